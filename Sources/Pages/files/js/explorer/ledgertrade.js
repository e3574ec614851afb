import { html } from "../html.js";
import { t, energy, exact, price, each } from "../format.js";
import { get } from "../api.js";
import { state } from "../state.js";
import { marketClock } from "../names.js";
import { trail, facts, rawForm, accountLink, blockLink, hashLink, time, happened } from "./parts.js";

export const load = ([id]) => get(`/trades/${id}`);

/** One offer and its trade, as the ledger has them. */
export function view(trade) {
    const isMine = state.household && [trade.seller, trade.buyer].includes(state.household.account);
    return html`
    ${trail("trades")}
    <div class="lead"><h1>${t("ledgertrade.title", { id: trade.id, energy: energy(trade.energyWh), state: t(`state.${trade.state}`) })}</h1>
        ${isMine && html`<p><a href="/market/${trade.id}">${t("ledgertrade.mine")}</a></p>`}</div>
    <section class="part" aria-labelledby="steps"><h2 id="steps">${t("trade.steps")}</h2>
        <table class="stack"><thead><tr><th scope="col">${t("explorer.what")}</th><th scope="col">${t("explorer.block")}</th><th scope="col">${t("explorer.transaction")}</th><th scope="col" class="number">${t("explorer.time")}</th></tr></thead>
        <tbody>${trade.steps.map((step) => html`<tr><th scope="row">${happened(step.step)}</th><td>${blockLink(step.block)}</td><td>${hashLink(step.transaction)}</td><td class="number">${time(step.time)}</td></tr>`)}</tbody></table></section>
    <section class="part" aria-label="${t("explorer.fields")}">${facts([
        ["seller", accountLink(trade.seller), trade.seller], trade.recipient && ["recipient", accountLink(trade.recipient), trade.recipient], ["buyer", trade.buyer ? accountLink(trade.buyer) : "–", trade.buyer ?? undefined],
        ["energyWh", energy(trade.energyWh), trade.energyWh], ["price", `${exact(trade.price)} ${t("token")} (${price(each(trade.price, trade.energyWh))} ${t("token.each")})`, trade.price],
        ["offeredAt", marketClock(trade.offeredAt, true), trade.offeredAt], trade.expiresAt && ["expiresAt", marketClock(trade.expiresAt, true), trade.expiresAt],
        ["deliveredWh", energy(trade.deliveredWh), trade.deliveredWh], ["sellerAmount", exact(trade.sellerAmount), trade.sellerAmount], ["fee", exact(trade.fee), trade.fee], ["returned", exact(trade.returned), trade.returned],
    ])}</section>
    ${rawForm(`/trades/${trade.id}`, trade)}`;
}
