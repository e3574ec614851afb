import { html } from "../html.js";
import { t, watts, plain, span, energy } from "../format.js";
import { get, send } from "../api.js";
import { state, setClocks, wallNow, marketNow, marketRate } from "../state.js";
import { ask } from "../dialog.js";
import { reload } from "../page.js";

/** Asks for the overview, which every place of the console needs for its corner and its notices. */
export async function overview() {
    const answer = await get("/aggregator");
    state.standing = answer.standing;
    state.isTroubled = answer.troubled + answer.openPurchases + answer.lateDeliveries > 0;
    setClocks(answer.time, answer.market.time, answer.market.rate);
    return answer;
}

export const memberLink = (address, name) => html`<a href="/operator/members/${address}">${name}</a>`;
export const heard = (time) => (time ? span((wallNow() - Date.parse(time)) / 1000) : t("meter.unheard"));
export const power = (value) => (value === null ? "–" : watts(value)(value));

/** What is wrong with a meter, in words. */
export function trouble({ state: standing, reasons }) {
    if (standing === "ok") return html`<span class="tag soft">${t("reason.ok")}</span>`;
    const words = reasons.map(({ code, values }) => t(`reason.${code}`, {
        time: values.seconds !== undefined ? span(values.seconds) : "", watts: values.watts !== undefined ? power(values.watts) : "", rated: values.ratedPowerWatts ? power(values.ratedPowerWatts) : "",
    }));
    return html`<span class="tag alarm">${words.join(", ")}</span>`;
}

export const metersTable = (items) => html`<table class="stack"><thead><tr><th scope="col">${t("console.member")}</th><th scope="col">${t("explorer.state")}</th><th scope="col" class="number">${t("console.power")}</th><th scope="col" class="number">${t("console.heard")}</th></tr></thead>
    <tbody>${items.map((one) => html`<tr><th scope="row">${memberLink(one.member, one.name)}</th><td>${trouble(one)}</td><td class="number">${power(one.powerWatts)}</td><td class="number">${heard(one.lastReadingAt)}</td></tr>`)}</tbody></table>`;

export function ordersList(items) {
    if (!items.length) return html`<p>${t("orders.none")}</p>`;
    return html`<ul class="rows">${items.map((one) => html`<li data-key="${one.buyer}"><div class="row"><span><strong>${t("orders.wants", { buyer: one.name, amount: plain(one.amount) })}</strong><small>${[one.reference, one.orderedAt && t("time.ago", { time: heard(one.orderedAt) })].filter(Boolean).join(", ")}</small></span>
        <span class="choices"><button type="button" class="quiet" data-do="decline" data-buyer="${one.buyer}" aria-label="${t("orders.decline")}: ${one.name}">${t("orders.decline")}</button><button type="button" data-do="sell" data-buyer="${one.buyer}" aria-label="${t("orders.sell")}: ${one.name}">${t("orders.sell")}</button></span></div></li>`)}</ul>`;
}

const reason = (label) => html`<div><label for="reason">${label}</label><input id="reason" name="reason" maxlength="120" required></div>`;

/** Selling and declining: each asks once, names whom it hits, and is written down. */
export const orderActions = {
    async sell({ element, data }) {
        const one = data.orders.items.find((item) => item.buyer === element.dataset.buyer);
        await ask({
            title: t("orders.sell.title", { buyer: one.name, amount: plain(one.amount) }), text: t("orders.sell.text", { reference: one.reference }), confirm: t("orders.sell"),
            act: () => send("POST", `/aggregator/purchases/${one.buyer}/sale`, { number: one.number }),
        });
        await reload();
    },
    async decline({ element, data }) {
        const one = data.orders.items.find((item) => item.buyer === element.dataset.buyer);
        await ask({
            title: t("orders.decline.title", { buyer: one.name, amount: plain(one.amount) }), fields: reason(t("orders.reason")), confirm: t("orders.decline"), kind: "danger",
            act: ({ reason: why }) => send("POST", `/aggregator/purchases/${one.buyer}/refusal`, { number: one.number, reason: why.trim() }),
        });
        await reload();
    },
};

/** Suspending and reinstating a member, with a reason. */
export async function setSuspended({ address, name }, isSuspended) {
    const word = isSuspended ? "suspend" : "reinstate";
    await ask({
        title: t(`members.${word}.title`, { name }), text: t(`members.${word}.text`), fields: reason(t("members.reason")), confirm: t(`members.${word}`), kind: isSuspended ? "danger" : "",
        act: ({ reason: why }) => send("PATCH", `/aggregator/members/${address}`, { suspended: isSuspended, reason: why.trim() }),
    });
    await reload();
}

export function deliveriesList(items) {
    if (!items.length) return html`<p>${t("deliveries.none")}</p>`;
    return html`<ul class="bars">${items.map((one) => {
        const left = (Date.parse(one.deadline) - marketNow()) / 1000 / marketRate();
        const pair = `${one.sellerName} → ${one.buyerName}`;
        return html`<li><div class="split"><strong><a href="/street/trades/${one.trade}" data-leave="1">${pair}</a></strong><small>${left > 0 ? t("market.until", { time: span(left) }) : t("deliveries.over")}</small></div>
            ${[["seller", one.sellerWh], ["buyer", one.buyerWh]].map(([side, value]) => html`<progress value="${value ?? 0}" max="${one.energyWh}" aria-label="${t(`deliveries.${side}`)}, ${pair}"></progress>
                <div class="split"><small>${t(`deliveries.${side}`)}</small><small>${t("home.delivered", { done: energy(value ?? 0), all: energy(one.energyWh) })}</small></div>`)}
            ${one.blockedBy && html`<p class="tag alarm">${t(`blocked.${one.blockedBy}`)}</p>`}</li>`;
    })}</ul>`;
}

export const others = (count) => html`<p class="actions"><button type="button" class="link" data-do="all">${t("console.others", { count })}</button></p>`;
