import { html } from "../html.js";
import { t } from "../format.js";
import { get } from "../api.js";
import { overview, ordersList, orderActions } from "./desk.js";

export const every = 5000;

export async function load() {
    const [, orders] = await Promise.all([overview(), get("/aggregator/purchases?limit=100")]);
    return { orders };
}

/** The orders of tokens that wait for a person. */
export function view({ orders }, size, { form }) {
    const wanted = (form.what ?? "").trim().toLowerCase();
    const items = orders.items.filter((one) => [one.reference, one.name].some((text) => text?.toLowerCase().includes(wanted)));
    return html`
    <div class="lead"><h1>${orders.items.length ? t("orders.title", { count: orders.items.length }) : t("orders.none")}</h1><p>${t("orders.lead")}</p></div>
    ${orders.items.length > 0 && html`<section class="part" aria-label="${t("nav.orders")}">
        <p class="filter"><label for="what">${t("orders.search")}</label> <input id="what" name="what" autocomplete="off" data-input="look"></p>
        ${items.length ? ordersList(items) : html`<p>${t("explorer.none")}</p>`}</section>`}`;
}

export const actions = {
    ...orderActions,
    look({ element, form, redraw }) {
        form.what = element.value;
        redraw();
    },
};
