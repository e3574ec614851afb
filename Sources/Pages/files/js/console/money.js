import { html } from "../html.js";
import { t, tokens, exact, signed, whole, energy, monthName, dayAndClock } from "../format.js";
import { get } from "../api.js";
import { overview } from "./desk.js";

export const every = 10_000;

export async function load([month]) {
    await overview();
    const [figures, audit] = await Promise.all([get(`/aggregator/months/${month ?? "latest"}`), get("/aggregator/audit?limit=50")]);
    return { figures, audit };
}

/** The month in figures, the exchange's mints, and who did what. */
export function view({ figures, audit }) {
    const { month, months, mints } = figures;
    const rest = BigInt(figures.minted) - BigInt(figures.burned) - BigInt(figures.balances) - BigInt(figures.escrow);
    const shown = [["money.sold", tokens(figures.tokensSold)], ["money.float", tokens(figures.float)], ["money.settled", whole(figures.settled)], ["money.energy", energy(figures.settledWh)], ["money.refunded", whole(figures.refunded)], ["money.fees", tokens(figures.fees)], ["money.balances", tokens(figures.balances)], ["money.escrow", tokens(figures.escrow)]];
    return html`
    <div class="lead"><h1>${t(rest === 0n ? "money.title" : "money.title.wrong", { month: monthName(month) })}</h1>
        <p>${rest === 0n ? t("money.lead", { minted: tokens(figures.minted), burned: tokens(figures.burned) }) : html`<span class="tag alarm">${t("money.wrong", { amount: signed(rest) })}</span>`}</p></div>
    <nav class="choice months" aria-label="${t("history.months")}">${months.map((name) => html`<a href="/operator/money/${name}" ${name === month && html`aria-current="page"`}>${monthName(name)}</a>`)}</nav>
    <section class="part" aria-labelledby="figures"><h2 id="figures">${monthName(month)}</h2>
        <dl class="figures wide">${shown.map(([key, value]) => html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`)}</dl>
        <p class="actions"><a class="button" href="/api/v1/aggregator/months/${month}.csv" download="busbar-${month}.csv">${t("history.csv")}</a></p></section>
    <div class="halves">
        <section class="part" aria-labelledby="mints"><h2 id="mints">${t("money.mints")}</h2>
            ${mints.length ? html`<ul class="rows">${mints.map((one) => html`<li><div class="row"><span><strong>${t("money.minted", { amount: tokens(one.amount) })}</strong><small>${one.reference}</small></span><small>${dayAndClock(one.time)}, <a href="/street/blocks/${one.block}" data-leave="1">${t("trade.block", { block: one.block })}</a></small></div></li>`)}</ul>` : html`<p>${t("explorer.none")}</p>`}</section>
        <section class="part" aria-labelledby="audit"><h2 id="audit">${t("money.audit")}</h2>
            ${audit.items.length ? html`<ul class="rows">${audit.items.map((one) => html`<li><div class="row"><span><strong>${t(`did.${one.what}`)}: ${one.name}</strong><small>${[one.values.amount && `${exact(one.values.amount)} ${t("token")}`, one.reason, cameOf(one)].filter(Boolean).join(" · ")}</small></span><small>${one.operator}, ${dayAndClock(one.at)}</small></div></li>`)}</ul>` : html`<p>${t("explorer.none")}</p>`}</section>
    </div>`;
}

/** What came of something that an operator did, where that is more than that it was done. */
export const cameOf = ({ outcome, refusal }) => outcome === "refused" ? t("did.refused", { reason: refusal }) : outcome === "done" ? null : t("did.open");
