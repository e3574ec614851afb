import { html } from "../html.js";
import { t, tokens, energy, signed, monthName, shortDay, weekday } from "../format.js";
import { get } from "../api.js";
import { tell } from "../dialog.js";
import { stackChart, cursorFigure, cursor } from "../chart.js";
import { exchanged, legend } from "../days.js";

export const reloadOn = ["quarter", "day", "reset", "back"];
export const load = ([name]) => get(`/household/days${name ? `?${name.includes("W") ? "week" : "month"}=${name}` : ""}`);

/** A month or a week: what it came to, and every day. */
export function view(data, { width, isWide }) {
    const { kind, month, months, week, previous, next, sums, items } = data;
    const isWeek = kind === "week";
    const name = isWeek ? week : month;
    const link = (one, text) => html`<a href="/history/${one}" ${one === name && html`aria-current="page"`}>${text}</a>`;
    const shown = items.filter((item) => item.missing > 0 || item.toNeighboursWh + item.toGridWh + item.fromNeighboursWh + item.fromGridWh > 0);
    return html`
    <div class="lead"><h1>${said(data)}</h1><p>${sums.alone !== null && t("history.lead", { alone: cost(sums.alone), actual: cost(sums.actual) })}</p></div>
    <nav class="choice months" aria-label="${t("history.months")}">${months.map((one) => link(one, monthName(one)))}${link(week, t("week.short", { number: numberOf(week) }))}</nav>
    <section class="part" aria-labelledby="days">
        <div class="split"><h2 id="days">${t("history.days")}</h2><small>kWh</small></div>
        ${shown.length ? picture(data, width, isWide) : html`<p>${t("history.empty")}</p>`}
        ${isWeek && html`<div class="split"><span>${previous && html`<a href="/history/${previous}">← ${t("week.short", { number: numberOf(previous) })}</a>`}</span><span>${next && html`<a href="/history/${next}">${t("week.short", { number: numberOf(next) })} →</a>`}</span></div>`}
    </section>
    <section class="part" aria-labelledby="sums">
        <h2 id="sums">${items.length > 0 && t("history.sums", { from: shortDay(items[0].day), to: shortDay(items.at(-1).day) })}</h2>
        <dl class="figures wide">
            <div><dt>${t("home.given")}</dt><dd>${energy(sums.toNeighboursWh)}</dd></div>
            <div><dt>${t("home.earned")}</dt><dd>${tokens(sums.earned)}</dd></div>
            <div><dt>${t("home.got")}</dt><dd>${energy(sums.fromNeighboursWh)}</dd></div>
            <div><dt>${t("history.spent", { fee: tokens(sums.fee) })}</dt><dd>${tokens(sums.spent)}</dd></div>
        </dl>
        <div class="actions"><a class="button" href="/api/v1/household/statements/${name}.csv" download="busbar-${name}.csv">${t("history.csv")}</a>
            ${!isWeek && html`<a class="button quiet" href="/history/${month}/statement">${t("history.statement")}</a>
            <button type="button" class="quiet" data-do="verify">${t("history.verify")}</button>`}</div>
    </section>
    ${shown.length > 0 && html`<section class="part" aria-labelledby="lines"><h2 id="lines">${t("history.every")}</h2>
        <table class="stack"><thead><tr><th scope="col">${t("history.day")}</th><th scope="col" class="number">${t("home.given")}</th><th scope="col" class="number">${t("home.got")}</th><th scope="col" class="number">${t("token")}</th></tr></thead>
        <tbody>${shown.toReversed().map((item) => html`<tr><th scope="row"><a href="/history/${item.day}">${shortDay(item.day)}</a>${item.missing > 0 && html` <small>${t("history.missing", { count: item.missing })}</small>`}</th>
            <td class="number" data-unit="${t("home.given")}">${energy(item.toNeighboursWh)}</td><td class="number" data-unit="${t("home.got")}">${energy(item.fromNeighboursWh)}</td>
            <td class="number" data-unit="${t("token")}">${signed(BigInt(item.earned) - BigInt(item.spent), 2)}</td></tr>`)}</tbody></table></section>`}`;
}

const numberOf = (week) => Number(week.slice(-2));

/** Better or worse than the supplier alone; said the same way. */
function said({ kind, month, week, days, sums }) {
    const name = kind === "week" ? t("week.name", { number: numberOf(week), from: shortDay(days[0]), to: shortDay(days.at(-1)) }) : monthName(month);
    if (sums.alone === null) return t("history.title.plain", { month: name, given: energy(sums.toNeighboursWh), got: energy(sums.fromNeighboursWh) });
    const better = BigInt(sums.alone) - BigInt(sums.actual);
    return t(better < 0n ? "history.title.worse" : "history.title", { month: name, saved: tokens(better < 0n ? -better : better) });
}

const cost = (units) => (units.startsWith("-") ? t("history.income", { amount: tokens(units.slice(1)) }) : t("history.cost", { amount: tokens(units) }));

function picture({ kind, days, items }, width, isWide) {
    const columns = items.map((item) => ({
        index: days.indexOf(item.day),
        up: [["near", item.toNeighboursWh / 1000], ["grid", item.toGridWh / 1000]],
        down: [["near", item.fromNeighboursWh / 1000], ["grid", item.fromGridWh / 1000]],
    }));
    const id = `${kind}-${days[0]}`;
    const ticks = kind === "week" ? days.map((day, at) => ({ at, text: weekday(day) }))
        : [1, 8, 15, 22, days.length].map((day) => ({ at: day - 1, text: String(day) }));
    const chart = stackChart({ columns, count: days.length, ticks, between: true, mark: cursor(id) === null ? null : columns[cursor(id)]?.index }, width, isWide ? 200 : 170);
    return cursorFigure({
        id, label: t(`chart.${kind}.spoken`), picture: chart, count: items.length, slots: days.length, legend: legend(false),
        text: (index) => items[index] && `${shortDay(items[index].day)}: ${exchanged(items[index])}`,
    });
}

export const actions = {
    verify({ data: { month } }) {
        return tell(t("history.verify"), html`<p>${t("verify.text")}</p>
            <p><a href="/api/v1/household/statements/${month}" download="${month}.json">${t("verify.file", { file: `${month}.json` })}</a></p>
            <p class="mono">busbar statement verify ${month}.json --api-certificate ~/busbar/tls/api.pem</p><p><small>${t("verify.what")}</small></p>`);
    },
};
