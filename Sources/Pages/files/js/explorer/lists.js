import { html } from "../html.js";
import { t, whole, energy, price, each, exact } from "../format.js";
import { get } from "../api.js";
import { go } from "../page.js";
import { name, short } from "../names.js";
import { searchActions } from "./search.js";
import { tabs, transactionsTable, accountLink, blockLink, ago, happened } from "./parts.js";

/** How each list is asked for, what may be chosen, and what tells its items apart. */
const lists = {
    blocks: { path: "/blocks", id: (item) => item.number },
    transactions: { path: "/transactions", id: (item) => item.hash },
    events: { path: "/events/log", id: (item) => `${item.block}-${item.index}`, filter: "name", values: ["OfferAdded", "OfferPicked", "PeerPaid", "EnergyDelivered", "SellerPaid", "OfferCancelled", "OfferExpired", "TradeRefunded", "TokensSold", "PurchaseOpened", "PurchaseDeclined", "Transfer", "MemberRegistered", "MemberSuspended", "MemberReinstated"], word: happened },
    trades: { path: "/trades", id: (item) => item.id, filter: "state", values: ["open", "picked", "paid", "delivered", "settled", "refunded", "cancelled", "expired"], word: (state) => t(`state.${state}`) },
    members: { path: "/members", id: (item) => item.address, filter: "role", values: ["prosumer", "consumer", "aggregator", "validator", "exchange"], word: (role) => t(`role.${role}`) },
};

export const every = 4000;

const question = (list, query, cursor) => `${list.path}?limit=20${query.get("kind") && list.filter ? `&${list.filter}=${encodeURIComponent(query.get("kind"))}` : ""}${cursor ? `&cursor=${cursor}` : ""}`;

export async function load([kind], { query, form }) {
    const first = await get(question(lists[kind], query));
    form.fresh = null;
    return { kind, items: first.items, next: first.next };
}

/** Looks for newer items; they wait until they are wanted, so that nothing jumps. */
export async function poll({ data, query, form, params: [kind] }) {
    if (!data) return;
    const list = lists[kind];
    const { items } = await get(question(list, query));
    const known = new Set(data.items.map(list.id));
    form.fresh = kind === "members" ? 0 : items.filter((item) => !known.has(list.id(item))).length;
}

export function view({ kind, items, next }, size, { form, query }) {
    const list = lists[kind];
    return html`
    <p class="trail"><a href="/street">${t("nav.street")}</a></p>
    <div class="lead"><h1>${t(`lists.${kind}`)}</h1></div>
    ${tabs(kind, form)}
    <section class="part" aria-label="${t(`explorer.${kind}`)}">
        ${list.filter && html`<p class="filter"><label for="kind">${t("explorer.filter")}</label> <select id="kind" data-change="filter" data-kind="${kind}"><option value="">${t("explorer.all")}</option>${list.values.map((value) => html`<option value="${value}" ${value === query.get("kind") && html`selected`}>${list.word(value)}</option>`)}</select></p>`}
        ${form.fresh > 0 && html`<p><button type="button" class="quiet" data-do="fresh">${t("explorer.fresh", { count: form.fresh })}</button></p>`}
        ${items.length ? tables[kind](items) : html`<p>${t("explorer.none")}</p>`}
        ${next && html`<p class="actions"><button type="button" class="quiet" data-do="older">${t("explorer.older")}</button></p>`}
    </section>`;
}

const table = (heads, rows) => html`<table class="stack"><thead><tr>${heads.map(([key, kind]) => html`<th scope="col" class="${kind}">${t(key)}</th>`)}</tr></thead><tbody>${rows}</tbody></table>`;

const tables = {
    blocks: (items) => table([["explorer.block"], ["explorer.transactions"], ["field.proposer"], ["explorer.time", "number"]], items.map((one) => html`<tr><th scope="row">${blockLink(one.number)}</th>
        <td>${t("street.transactions", { count: one.transactions.length })}</td><td>${accountLink(one.proposer, "validator")}</td><td class="number">${ago(one.time)}</td></tr>`)),
    transactions: transactionsTable,
    events: (items) => table([["explorer.what"], ["explorer.who"], ["explorer.block"], ["explorer.time", "number"]], items.map((one) => html`<tr><th scope="row"><a href="/street/transactions/${one.transaction}">${happened(one.name)}</a></th>
        <td>${subject(one.arguments)}</td><td>${blockLink(one.block)}</td><td class="number">${ago(one.time)}</td></tr>`)),
    trades: (items) => table([["statement.trade"], ["explorer.state"], ["explorer.energy", "number"], ["token.each", "number"]], items.map((one) => html`<tr><th scope="row"><a href="/street/trades/${one.id}">${one.id}</a> <small>${name(one.seller)} → ${one.buyer ? name(one.buyer) : "–"}</small></th>
        <td>${t(`state.${one.state}`)}</td><td class="number">${energy(one.energyWh)}</td><td class="number" data-unit="${t("token.each")}">${price(each(one.price, one.energyWh))}</td></tr>`)),
    members: (items) => table([["explorer.account"], ["explorer.role"], ["field.address"], ["token", "number"]], items.map((one) => html`<tr><th scope="row">${accountLink(one.address, one.role)}${one.suspended && html` <span class="tag alarm">${t("explorer.suspended")}</span>`}</th>
        <td>${t(`role.${one.role}`)}</td><td class="mono">${short(one.address)}</td><td class="number" data-unit="${t("token")}">${exact(one.balance)}</td></tr>`)),
};

/** Whom or what an event is about. */
function subject({ id, seller, buyer, account, from, to, value }) {
    if (id) return html`<a href="/street/trades/${id}">${t("ledger.trade", { id })}</a>`;
    return accountLink(account ?? buyer ?? to ?? seller ?? from ?? value ?? null);
}

export const actions = {
    ...searchActions,
    async fresh({ data, params, query, form, redraw }) {
        Object.assign(data, await load(params, { query, form }));
        redraw();
    },
    async older({ data, params: [kind], query, redraw }) {
        const more = await get(question(lists[kind], query, data.next));
        data.items = [...data.items, ...more.items];
        data.next = more.next;
        redraw();
    },
    filter: ({ element }) => go(`/street/${element.dataset.kind}${element.value ? `?kind=${element.value}` : ""}`),
};
