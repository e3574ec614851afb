import { html } from "../html.js";
import { t, energy, exact, clock } from "../format.js";
import { get } from "../api.js";
import { name, marketClock, when } from "../names.js";
import { reasons } from "../why.js";
import { exchanged } from "../days.js";

export const reloadOn = ["quarter", "reset", "back"];
export const load = ([startsAt]) => get(`/household/quarters/${startsAt}/why`);

/** One quarter hour: what was measured, what the market made of it, and why. */
export function view({ quarter, trades, answer }) {
    const end = new Date(Date.parse(quarter.startsAt) + 900_000).toISOString();
    const isMissing = quarter.flag === "missing";
    const facts = [
        ["quarter.export", energy(quarter.exportWh)], ["quarter.import", energy(quarter.importWh)],
        ["home.given", energy(quarter.toNeighboursWh)], ["home.got", energy(quarter.fromNeighboursWh)],
        ["home.earned", `${exact(quarter.earned)} ${t("token")}`], ["home.spent", `${exact(quarter.spent)} ${t("token")}`],
    ];
    return html`
    <p class="trail"><a href="/history">${t("nav.history")}</a></p>
    <div class="lead"><h1>${t("quarter.title", { from: clock(quarter.startsAt), to: clock(end), what: exchanged(quarter) })}</h1>
        <p>${marketClock(quarter.startsAt, true)}. ${quarter.finalAt ? t("quarter.final", { time: when(quarter.finalAt) }) : !quarter.isClosed && t("quarter.open")} ${["S", "I", "C"].includes(quarter.flag) && t("quarter.flag", { flag: t(`flag.${quarter.flag}`) })}</p></div>
    <div class="beside">
        <section class="part" aria-labelledby="why"><h2 id="why">${t(trades.length > 0 && answer.length === 0 ? "quarter.trades" : "why.title")}</h2>${answer.length ? reasons(answer) : trades.length === 0 && html`<p>${t("quarter.nowhy")}</p>`}
            ${trades.length > 0 && html`<ul class="rows">${trades.map(({ trade, side }) => html`<li><a class="row" href="/market/${trade.id}"><span><strong>${side === "buyer" ? t("home.fromSeller", { seller: name(trade.seller) }) : t("home.toBuyer", { buyer: name(trade.buyer) })}</strong><small>${t("home.delivered", { done: energy(trade.deliveredWh), all: energy(trade.energyWh) })} · ${t(`state.${trade.state}`)}</small></span></a></li>`)}</ul>`}</section>
        <section class="part" aria-labelledby="facts"><h2 id="facts">${t("quarter.facts")}</h2>
            ${isMissing ? html`<p>${t("why.missing-reading")}</p>` : html`<dl class="figures">${facts.map(([key, value]) => html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`)}</dl>`}</section>
    </div>`;
}
