import { html, show } from "./html.js";
import { t } from "./format.js";
import { explain } from "./problems.js";

/** The page when the node cannot be reached and nothing of it is kept. */
export function unreachable(problem) {
    show(document.getElementById("panel"), html`<div class="lead"><h1 tabindex="-1">${t("failed.node")}</h1><p>${explain(problem)}</p></div>
        <p><button type="button" id="again">${t("notice.again")}</button></p>`);
    document.getElementById("again").addEventListener("click", () => location.reload());
    document.title = `${t("failed.node")} · Busbar`;
}
