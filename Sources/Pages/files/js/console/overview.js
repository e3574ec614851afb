import { html } from "../html.js";
import { t, whole } from "../format.js";
import { get } from "../api.js";
import { overview, metersTable, ordersList, deliveriesList, orderActions, others } from "./desk.js";
import { sharedPicture } from "../shared.js";

export const every = 5000;
/** How many meters that are fine are shown beside the troubled ones. */
const someFine = 5;

export async function load() {
    const [summary, meters, orders, deliveries, quarters] = await Promise.all([overview(), get("/aggregator/meters?limit=100"), get("/aggregator/purchases"), get("/aggregator/deliveries"), get("/aggregator/quarters")]);
    return { summary, meters, orders, deliveries, quarters };
}

/** What needs a person, first. */
export function view({ summary, meters, orders, deliveries, quarters }, { width, isWide }, { form }) {
    const wrong = meters.items.filter((one) => one.state !== "ok");
    const fine = meters.items.filter((one) => one.state === "ok");
    const shown = form.all ? fine : fine.slice(0, someFine);
    return html`
    <div class="lead"><h1>${summary.troubled > 0 ? t("console.title", { count: summary.troubled }) : t("console.well")}</h1>
        <p>${t("console.lead", { count: summary.members })} ${summary.lateDeliveries > 0 ? t("console.late", { count: summary.lateDeliveries }) : t("console.intime")}</p></div>
    <section class="part" aria-labelledby="meters"><h2 id="meters">${t("console.meters")}</h2>
        ${meters.items.length ? metersTable([...wrong, ...shown]) : html`<p>${t("members.none")}</p>`}
        ${shown.length < fine.length && others(fine.length - shown.length)}</section>
    <div class="halves">
        <section class="part" aria-labelledby="orders"><div class="split"><h2 id="orders">${t("console.orders", { number: whole(summary.openPurchases) })}</h2><a href="/operator/orders">${t("nav.orders")}</a></div>${ordersList(orders.items)}</section>
        <section class="part" aria-labelledby="deliveries"><div class="split"><h2 id="deliveries">${t("console.deliveries", { number: whole(summary.running) })}</h2><a href="/operator/deliveries">${t("nav.deliveries")}</a></div>${deliveriesList(deliveries.items)}</section>
    </div>
    <section class="part" aria-labelledby="shared"><div class="split"><h2 id="shared">${t("console.shared")}</h2><small>kW</small></div>
        ${quarters.items.length ? sharedPicture(quarters, width, isWide) : html`<p>${t("console.unshared")}</p>`}</section>
    <p class="split"><span><a href="/operator/people">${t("console.operators")}</a> · <a href="/street" data-leave="1">${t("console.street")}</a></span><button type="button" class="quiet" data-do="signOut">${t("more.signOut")}</button></p>`;
}

export const actions = {
    ...orderActions,
    all({ form, redraw }) {
        form.all = true;
        redraw();
    },
};
