import { svg } from "./html.js";
import { t } from "./format.js";

/** The glyphs of the 8×8 matrix: rows 0 to 4. Each has a shape of its own, so none needs its colour. */
export const glyphs = {
    idle: ["...XX...", "..XXXX..", ".XXXXXX.", "..X..X..", "..X..X.."],
    selling: ["...XX...", "..XXXX..", ".XXXXXX.", "...XX...", "...XX..."],
    buying: ["...XX...", "...XX...", ".XXXXXX.", "..XXXX..", "...XX..."],
    waiting: [".XXXXXX.", "..X..X..", "...XX...", "..X..X..", ".XXXXXX."],
    done: [".......X", "......X.", "X....X..", ".X..X...", "..XX...."],
    failed: [".X....X.", "..X..X..", "...XX...", "..X..X..", ".X....X."],
    stalled: [".XX..XX.", ".XX..XX.", ".XX..XX.", ".XX..XX.", ".XX..XX."],
    offline: ["........", "........", ".XXXXXX.", "........", "........"],
    attention: ["...XX...", "...XX...", "...XX...", "........", "...XX..."],
    dark: ["........", "........", "........", "........", "........"],
};
const colours = { idle: "near", selling: "near", buying: "near", done: "near", stalled: "sun", attention: "sun" };

/** The matrix: what is going on, the steps taken of five, and the eighths delivered. `rows` are the
 *  node's own, which a matrix of real lights shows as well. */
export function led({ state, steps = 0, eighths = 0, rows }) {
    const line = (count) => "X".repeat(count).padEnd(8, ".");
    const lines = rows ?? [...glyphs[state], "........", line(steps), line(eighths)];
    const kinds = [colours[state] ?? "home", "home", "sun"];
    const dot = (x, y, isOn) => svg`<rect x="${x * 10}" y="${y * 10}" width="8" height="8" rx="1.5" class="${isOn && `on ${kinds[Math.max(0, y - 5)]}`}"/>`;
    return svg`<svg class="led" viewBox="0 0 78 78" role="img" aria-label="${sentence({ state, steps, eighths })}">
        ${lines.flatMap((row, y) => [...row].map((character, x) => dot(x, y, character === "X")))}</svg>`;
}

/** The state as a sentence. */
export function sentence({ state, steps = 0, eighths = 0 }) {
    const parts = [t(`led.${state}`)];
    if (steps > 0) parts.push(t("led.steps", { steps }));
    if (steps > 0 && eighths > 0) parts.push(t("led.eighths", { eighths }));
    return parts.join(" ");
}
