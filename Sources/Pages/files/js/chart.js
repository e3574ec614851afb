import { svg, html } from "./html.js";
import { t, whole, clock } from "./format.js";
import { changed } from "./state.js";

const [left, foot, head] = [34, 22, 6];

/** Round steps of 1, 2 or 5, so that zero and the largest values of both sides lie within. */
export function scale(up, down, lines = 5) {
    if (up + down <= 0) return { step: 1, up: 1, down: 0 };
    const least = (up + down) / lines;
    const power = 10 ** Math.floor(Math.log10(least));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= least * .999);
    return { step, up: Math.max(Math.ceil(up / step - 1e-9), down > 0 ? 0 : 1) * step, down: Math.ceil(down / step - 1e-9) * step };
}

/** The hours of a day of `slots` quarter hours, as the clock on the wall shows them. */
export function hourTicks(startsAt, slots, width) {
    const start = Date.parse(startsAt);
    const apart = width < 480 ? 6 : 3;
    const ticks = [];
    for (let slot = 0; slot < slots; slot += 4) {
        const text = clock(start + slot * 900_000);
        if (Number(text.slice(0, 2)) % apart === 0 && ticks.at(-1)?.text !== text) ticks.push({ at: slot, text });
    }
    return [...ticks, { at: slots, text: "24:00" }];
}

/** The frame of a chart: levels at the left, ticks below, and what `draw` puts between. */
function frame({ width, height, count, up, down, step, ticks, between, label }, draw) {
    const x = (place) => left + place * (width - left) / count;
    const y = (value) => head + (up - value) * (height - foot - head) / (up + down);
    const levels = Array.from({ length: Math.round((up + down) / step) + 1 }, (_, index) => up - index * step);
    const digits = step < 1 ? 1 : 0;
    const anchor = ({ at }) => (between ? "middle" : at === 0 ? "start" : at === count ? "end" : "middle");
    return svg`<svg class="chart" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${label ? svg`role="img" aria-label="${label}"` : svg`aria-hidden="true"`}>
        <defs><pattern id="gap" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="grid" width="1.5" height="5"/></pattern></defs>
        ${levels.map((level) => svg`<line class="${Math.abs(level) < step / 2 ? "zero" : "tick"}" x1="${left}" x2="${width}" y1="${y(level).toFixed(1)}" y2="${y(level).toFixed(1)}"/>
            <text text-anchor="end" x="${left - 8}" y="${(y(level) + 4).toFixed(1)}">${digits ? Math.abs(level).toLocaleString(document.documentElement.lang, { minimumFractionDigits: 1, maximumFractionDigits: 1 }) : whole(Math.abs(level))}</text>`)}
        ${draw(x, y)}
        ${ticks.map((tick) => svg`<text x="${x(tick.at + (between ? .5 : 0)).toFixed(1)}" y="${height - 4}" text-anchor="${anchor(tick)}">${tick.text}</text>`)}
    </svg>`;
}

/**
 * Columns of stacked parts. `columns`: `{index, up: [[kind, value]…], down: …, isGap}`; what has not
 * come yet is blank, what was not measured is hatched. `now` is a copper line; `mark` a cursor.
 */
export function stackChart({ columns, count, ticks, between = false, now = null, mark = null, label = "", lines = 5 }, width, height) {
    const sum = (parts) => parts.reduce((total, [, value]) => total + value, 0);
    const sides = scale(Math.max(0, ...columns.map((one) => sum(one.up))), Math.max(0, ...columns.map((one) => sum(one.down))), lines);
    return frame({ width, height, count, ticks, between, label, ...sides }, (x, y) => {
        const room = (width - left) / count;
        const size = between ? room - Math.min(4, room / 4) : Math.max(room - 1, 1);
        const pile = (index, parts, sign) => {
            let from = 0;
            return parts.map(([kind, value]) => {
                const to = from + sign * value;
                const box = value > 0 && svg`<rect class="${kind}" x="${(x(index) + (room - size) / 2).toFixed(2)}" width="${size.toFixed(2)}" y="${Math.min(y(from), y(to)).toFixed(2)}" height="${Math.abs(y(from) - y(to)).toFixed(2)}"/>`;
                from = to;
                return box;
            });
        };
        const whole = (index, kind) => svg`<rect class="${kind}" x="${x(index).toFixed(2)}" width="${room.toFixed(2)}" y="${head}" height="${height - foot - head}"/>`;
        return [
            columns.map(({ index, up, down, isGap }) => (isGap ? whole(index, "gap") : [pile(index, up, 1), pile(index, down, -1)])),
            mark !== null && whole(mark, "mark"),
            now !== null && svg`<line class="now" x1="${x(now).toFixed(1)}" x2="${x(now).toFixed(1)}" y1="${head}" y2="${height - foot}"/>`,
        ];
    });
}

/** Supply and need of a street; the part that was shared is drawn full. */
export function areaChart({ items, count, ticks, mark = null, label = "" }, width, height) {
    const known = items.filter((item) => item.supply !== null);
    const sides = scale(Math.max(0, ...known.flatMap((item) => [item.supply, item.need])), 0, 4);
    return frame({ width, height, count, ticks, label, ...sides }, (x, y) => {
        const box = (index, value, kind) => value > 0 && svg`<rect class="${kind}" x="${x(index).toFixed(2)}" width="${(x(1) - x(0) + .3).toFixed(2)}" y="${y(value).toFixed(2)}" height="${(y(0) - y(value)).toFixed(2)}"/>`;
        let last = null;
        const line = known.map((item) => {
            const path = `${last === item.index ? "L" : "M"}${x(item.index).toFixed(1)} ${y(item.need).toFixed(1)}H${x(item.index + 1).toFixed(1)}`;
            last = item.index + 1;
            return path;
        }).join("");
        return [
            items.map((item) => (item.supply === null ? box(item.index, sides.up, "gap")
                : [box(item.index, item.supply, "sun faint"), box(item.index, item.shared, "near")])),
            mark !== null && box(mark, sides.up, "mark"),
            svg`<path class="outline" d="${line}"/>`,
        ];
    });
}

/** A chart with a cursor: pointer or arrow keys move it, and a line beneath says what is there. */
const cursors = new Map();
export const cursor = (id) => cursors.get(id) ?? null;
export function cursorFigure({ id, label, picture, count, slots = count, text, legend }) {
    const at = cursor(id) ?? count - 1;
    return html`<figure><div data-cursor="${id}" data-count="${count}" data-slots="${slots}" role="slider" tabindex="0" aria-label="${label}" aria-orientation="horizontal"
        aria-valuemin="0" aria-valuemax="${Math.max(count - 1, 0)}" aria-valuenow="${at}" aria-valuetext="${text(at)}">${picture}</div>
        <figcaption><p class="caption" aria-hidden="true">${cursor(id) === null ? t("chart.hint") : text(at)}</p><p class="legend">${legend}</p></figcaption></figure>`;
}

function move(id, to, count) {
    cursors.set(id, Math.min(Math.max(to, 0), count - 1));
    changed();
}

export function forgetCursors() { cursors.clear(); }

for (const kind of ["pointermove", "pointerdown"]) {
    document.addEventListener(kind, (event) => {
        const figure = event.target.closest?.("[data-cursor]");
        if (!figure) return;
        const box = figure.querySelector("svg").getBoundingClientRect();
        const share = (event.clientX - box.left - left) / (box.width - left);
        move(figure.dataset.cursor, Math.floor(share * Number(figure.dataset.slots)), Number(figure.dataset.count));
    });
}
document.addEventListener("keydown", (event) => {
    const figure = event.target.closest?.("[data-cursor]");
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1, PageDown: -4, PageUp: 4, Home: -1e6, End: 1e6 }[event.key];
    if (!figure || !step) return;
    event.preventDefault();
    const count = Number(figure.dataset.count);
    move(figure.dataset.cursor, (cursor(figure.dataset.cursor) ?? count - 1) + step, count);
});
