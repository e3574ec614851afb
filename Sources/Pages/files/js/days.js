import { t, energy, clock } from "./format.js";
import { stackChart, hourTicks, cursorFigure, cursor } from "./chart.js";
import { html } from "./html.js";
import { state, marketNow } from "./state.js";

const kilowatts = (wattHours) => wattHours * 4 / 1000;

/** What was given and taken, in words, for the cursor of a chart and for tables. */
export function exchanged(item) {
    if (item.flag === "missing") return t("flag.missing");
    const parts = [["toNeighboursWh", "home.given"], ["toGridWh", "given.grid"], ["fromNeighboursWh", "home.got"], ["fromGridWh", "got.grid"]]
        .filter(([name]) => item[name] > 0).map(([name, key]) => `${energy(item[name])} ${t(key)}`);
    return parts.length ? parts.join(", ") : t("chart.nothing");
}

export const legend = (hasGap) => html`<span><span class="key near"></span>${t("legend.near")}</span> <span><span class="key grid"></span>${t("legend.grid")}</span>
    ${hasGap && html` <span><span class="key gap"></span>${t("legend.gap")}</span>`}`;

/** The household's day in quarter hours: given away above the line, taken below it, in kW. */
export function dayFigure({ day, startsAt, slots, items }, width, height) {
    const columns = items.map((item) => ({
        index: item.index, isGap: item.flag === "missing",
        up: [["near", kilowatts(item.toNeighboursWh)], ["grid", kilowatts(item.toGridWh)]],
        down: [["near", kilowatts(item.fromNeighboursWh)], ["grid", kilowatts(item.fromGridWh)]],
    }));
    const isToday = day === state.household?.day;
    const now = (marketNow() - Date.parse(startsAt)) / 900_000;
    const id = `day-${day}`;
    const picture = stackChart({
        columns, count: slots, ticks: hourTicks(startsAt, slots, width), mark: cursor(id),
        now: isToday && now >= 0 && now <= slots ? now : null,
    }, width, height);
    return cursorFigure({
        id, label: t("chart.day.spoken"), picture, count: items.length, slots,
        text: (index) => items[index] && `${clock(items[index].startsAt)}: ${exchanged(items[index])}`,
        legend: legend(items.some((item) => item.flag === "missing")),
    });
}
