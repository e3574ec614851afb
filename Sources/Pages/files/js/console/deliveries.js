import { html } from "../html.js";
import { t } from "../format.js";
import { get } from "../api.js";
import { overview, deliveriesList } from "./desk.js";

export const every = 5000;

export async function load() {
    const [summary, deliveries] = await Promise.all([overview(), get("/aggregator/deliveries?limit=100")]);
    return { summary, deliveries };
}

/** What is being delivered: both meters' share, the time left, and what blocks it. */
export const view = ({ deliveries: { items }, summary }) => html`
    <div class="lead"><h1>${items.length ? t("deliveries.title", { count: items.length }) : t("deliveries.none")}</h1>
        <p>${summary.lateDeliveries > 0 ? t("console.late", { count: summary.lateDeliveries }) : t("console.intime")}</p></div>
    ${items.length > 0 && html`<section class="part" aria-label="${t("nav.deliveries")}">${deliveriesList(items)}</section>`}`;
