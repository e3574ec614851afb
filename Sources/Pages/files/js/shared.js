import { html } from "./html.js";
import { t, energy } from "./format.js";
import { areaChart, cursorFigure, cursor, hourTicks } from "./chart.js";
import { marketClock } from "./names.js";

const kilowatts = (wattHours) => wattHours === null ? null : wattHours * 4 / 1000;

/** Need, surplus and what of both was shared, in the quarter hours of a day, in kW. */
export function sharedPicture({ day, startsAt, slots, items }, width, isWide) {
    const id = `street-${day}`;
    const parts = items.map((item) => ({ index: item.index, supply: kilowatts(item.supplyWh), need: kilowatts(item.needWh), shared: kilowatts(item.sharedWh) }));
    const at = (index) => {
        const item = items[index];
        if (!item) return "";
        if (item.sharedWh === null) return `${marketClock(item.startsAt)}: ${t("street.hidden")}`;
        const part = item.of > item.members ? ` (${t("street.part", { measured: item.members, all: item.of })})` : "";
        return `${marketClock(item.startsAt)}: ${t("street.at", { shared: energy(item.sharedWh), supply: energy(item.supplyWh), need: energy(item.needWh) })}${part}`;
    };
    const isPart = items.some((item) => item.sharedWh !== null && item.of > item.members);
    const hasGap = items.some((item) => item.sharedWh === null);
    return cursorFigure({
        id, label: t("chart.street.spoken"), count: items.length, slots, text: at,
        picture: areaChart({ items: parts, count: slots, ticks: hourTicks(startsAt, slots, width), mark: cursor(id) }, width, isWide ? 230 : 190),
        legend: html`<span><span class="key near"></span>${t("street.both")}</span> <span><span class="key sun"></span>${t("street.supply")}</span> <span><span class="key line"></span>${t("street.need")}</span>
            ${hasGap && html` <span><span class="key gap"></span>${t("street.hidden.key")}</span>`}
            ${isPart && html` <span>${t("street.part.key")}</span>`}`,
    });
}
