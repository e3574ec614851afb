import { html } from "../html.js";
import { t, energy, signed, clock, dayName, shortDay } from "../format.js";
import { get } from "../api.js";
import { dayFigure } from "../days.js";

export const reloadOn = ["quarter", "reset", "back"];
export const load = ([day]) => get(`/household/quarters?day=${day}`);

/** One day in quarter hours: the picture, and the same as a table. */
export function view(data, { width, isWide }) {
    const { day, items, previous, next } = data;
    const sum = (name) => items.reduce((total, item) => total + item[name], 0);
    return html`
    <p class="trail"><a href="/history/${day.slice(0, 7)}">${t("nav.history")}</a></p>
    <div class="lead"><h1>${t("day.title", { day: dayName(day), given: energy(sum("toNeighboursWh")), got: energy(sum("fromNeighboursWh")) })}</h1></div>
    <section class="part" aria-labelledby="picture">
        <div class="split"><h2 id="picture">${t("day.picture")}</h2><small>kW</small></div>
        ${items.length ? dayFigure(data, width, isWide ? 230 : 190) : html`<p>${t("history.empty")}</p>`}
        <div class="split"><span>${previous && html`<a href="/history/${previous}">← ${shortDay(previous)}</a>`}</span><span>${next && html`<a href="/history/${next}">${shortDay(next)} →</a>`}</span></div>
    </section>
    ${items.length > 0 && html`<section class="part" aria-labelledby="lines"><h2 id="lines">${t("day.quarters")}</h2>
        <table class="stack"><thead><tr><th scope="col">${t("day.from")}</th><th scope="col" class="number">${t("legend.near")}</th><th scope="col" class="number">${t("legend.grid")}</th><th scope="col" class="number">${t("token")}</th></tr></thead>
        <tbody>${items.toReversed().map(row)}</tbody></table>
        <p class="actions"><a class="button" href="/api/v1/household/statements/${day}.csv" download="busbar-${day}.csv">${t("history.csv")}</a></p></section>`}`;
}

/** Sold or bought, with the word: one number never means two things. */
function part(item, to, from) {
    if (item.flag === "missing") return "–";
    if (item[to] > 0) return t("day.given", { energy: energy(item[to]) });
    return item[from] > 0 ? t("day.got", { energy: energy(item[from]) }) : energy(0);
}

function row(item) {
    const money = BigInt(item.earned) - BigInt(item.spent);
    const words = [!["M", "missing"].includes(item.flag) && t(`flag.${item.flag}`), item.flag === "missing" && t("flag.missing"), !item.isClosed && t("day.running")].filter(Boolean).join(", ");
    return html`<tr><th scope="row"><a href="/history/${item.startsAt}">${clock(item.startsAt)}</a>${words && html` <small>${words}</small>`}</th>
        <td class="number">${part(item, "toNeighboursWh", "fromNeighboursWh")}</td>
        <td class="number" data-unit="(${t("legend.grid")})">${part(item, "toGridWh", "fromGridWh")}</td>
        <td class="number" data-unit="${money !== 0n && t("token")}">${money === 0n ? "–" : signed(money)}</td></tr>`;
}
