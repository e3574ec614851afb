import { html } from "../html.js";
import { t, watts, energy, exact, dayAndClock, clock } from "../format.js";
import { get, send, Problem } from "../api.js";
import { ask } from "../dialog.js";
import { reload } from "../page.js";
import { stackChart, cursorFigure, cursor, hourTicks } from "../chart.js";
import { overview, setSuspended, trouble, heard, power } from "./desk.js";
import { cameOf } from "./money.js";

export const every = 5000;

export async function load([address]) {
    const [, members, meters] = await Promise.all([overview(), get("/aggregator/members?limit=100"), get("/aggregator/meters?limit=100")]);
    const member = members.items.find((one) => one.address === address);
    if (!member) throw new Problem(404, { code: "not-found" });
    const meter = meters.items.find((one) => one.member === address) ?? null;
    return { member, meter, quarters: meter && await get(`/aggregator/meters/${meter.meter}/quarters`) };
}

/** One member: the meter, its quarter hours, and what was done about it. */
export function view({ member, meter, quarters }, { width, isWide }) {
    const facts = [
        ["explorer.role", t(`role.${member.role}`)], ["members.meteringPoint", html`<span class="mono">${member.meteringPoint || "–"}</span>`], ["field.address", html`<span class="mono">${member.address}</span>`],
        ["members.meterKey", html`<span class="mono">${member.meterKey}</span>`], ["more.power", watts(member.ratedPowerWatts)(member.ratedPowerWatts)], ["token", exact(member.balance)], ["members.since", dayAndClock(member.since)],
        ["members.signedIn", member.signedInAt ? dayAndClock(member.signedInAt) : t("members.signedIn.never")],
    ];
    return html`
    <p class="trail"><a href="/operator/members">${t("nav.members")}</a></p>
    <div class="lead"><h1>${t(member.suspended ? "member.title.suspended" : meter && meter.state !== "ok" ? "member.title.trouble" : "member.title", { name: member.name })}</h1>
        ${meter && html`<p>${trouble(meter)} ${t("member.heard", { time: heard(meter.lastReadingAt), power: power(meter.powerWatts) })}</p>`}</div>
    ${quarters && html`<section class="part" aria-labelledby="quarters"><div class="split"><h2 id="quarters">${t("member.quarters")}</h2><small>kW</small></div>${picture(quarters, width, isWide)}
        <dl class="figures wide"><div><dt>${t("meter.import")}</dt><dd>${energy(meter.importRegisterWh)}</dd></div><div><dt>${t("meter.export")}</dt><dd>${energy(meter.exportRegisterWh)}</dd></div></dl></section>`}
    <section class="part" aria-label="${t("explorer.fields")}"><dl class="facts">${facts.map(([key, value]) => html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`)}</dl>
        <p class="actions"><button type="button" class="${member.suspended ? "quiet" : "danger"}" data-do="suspend">${t(member.suspended ? "members.reinstate" : "members.suspend")}</button> <button type="button" class="quiet" data-do="rename">${t("members.rename")}</button></p></section>
    <section class="part" aria-labelledby="past"><h2 id="past">${t("member.history")}</h2>
        ${member.history.length ? html`<ul class="rows">${member.history.map((one) => html`<li><div class="row"><span><strong>${t(`did.${one.what}`)}</strong><small>${[one.reason, cameOf(one)].filter(Boolean).join(" · ")}</small></span><small>${one.operator}, ${dayAndClock(one.at)}</small></div></li>`)}</ul>` : html`<p>${t("explorer.none")}</p>`}</section>`;
}

function picture({ day, startsAt, slots, items }, width, isWide) {
    const id = `meter-${day}`;
    const columns = items.map((one) => ({ index: one.index, isGap: one.flag === "missing", up: [["near", one.exportWh / 250]], down: [["grid", one.importWh / 250]] }));
    return cursorFigure({
        id, label: t("chart.day.spoken"), count: items.length, slots, picture: stackChart({ columns, count: slots, ticks: hourTicks(startsAt, slots, width), mark: cursor(id) }, width, isWide ? 200 : 170),
        text: (index) => items[index] && `${clock(items[index].startsAt)}: ${items[index].flag === "missing" ? t("flag.missing") : t("member.at", { export: energy(items[index].exportWh), import: energy(items[index].importWh) })}`,
        legend: html`<span><span class="key near"></span>${t("meter.export")}</span> <span><span class="key grid"></span>${t("meter.import")}</span> <span><span class="key gap"></span>${t("legend.gap")}</span>`,
    });
}

export const actions = {
    suspend: ({ data: { member } }) => setSuspended(member, !member.suspended),
    async rename({ data: { member } }) {
        await ask({
            title: t("members.rename.title", { name: member.name }), confirm: t("rules.save"),
            fields: html`<div><label for="name">${t("members.name")}</label><input id="name" name="name" maxlength="40" value="${member.name}" required></div><div><label for="meteringPoint">${t("members.meteringPoint")}</label><input id="meteringPoint" name="meteringPoint" maxlength="40" value="${member.meteringPoint}" required></div>`,
            act: (values) => send("PATCH", `/aggregator/members/${member.address}`, { ...values, reason: t("members.rename") }),
        });
        await reload();
    },
};
