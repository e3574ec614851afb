import { html } from "../html.js";
import { t } from "../format.js";

/** Where nothing is. */
export const view = () => html`<div class="lead"><h1>${t("missing.title")}</h1><p>${t("missing.text")}</p></div>
    <p><a href="/">${t("missing.back")}</a></p>`;
