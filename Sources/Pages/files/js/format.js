/** Numbers, units and times, in the reader's language. One picture has one unit. */
export const languages = { en: "English", de: "Deutsch" };
export let language = "en";
let locale = "en";
let messages = {};
let zone = "UTC";

/** The language the reader chose on this device, else the first of the browser's that there is. */
export function preferredLanguage() {
    const wanted = [localStorage.getItem("busbar-language"), ...navigator.languages];
    return wanted.map((tag) => tag?.slice(0, 2)).find((tag) => tag in languages) ?? "en";
}

export async function speak(name) {
    const answer = await fetch(new URL(`../messages/${name}.json`, import.meta.url));
    if (!answer.ok) throw new Error(`messages of ${name}: ${answer.status}`);
    messages = await answer.json();
    language = name;
    // The browser's own tag says how numbers are written: de-AT, en-GB.
    locale = navigator.languages.find((tag) => tag.startsWith(name)) ?? name;
    document.documentElement.lang = name;
}

/** Times are shown as the node's own clock shows them. */
export function useTimeZone(name) { zone = name || "UTC" }

/** The message named `key` with `{name}` replaced; of a `count`, the form for that many. */
export function t(key, values = {}) {
    const counted = typeof values.count === "number" ? `${key}.${plural().select(values.count)}` : key;
    const text = messages[counted] ?? messages[key];
    if (text === undefined) {
        console.error(`no message ${key}`);
        return key;
    }
    return text.replace(/\{(\w+)\}/g, (gap, name) => {
        const value = values[name];
        return value === undefined ? gap : name === "count" ? whole(value) : value;
    });
}
export const has = (key) => key in messages;

const kept = new Map();
function made(kind, options, tag = locale) {
    const key = tag + kind.name + JSON.stringify(options);
    if (!kept.has(key)) kept.set(key, new kind(tag, options));
    return kept.get(key);
}
const plural = () => made(Intl.PluralRules, {}, language);

function number(value, least, most = least) {
    if (!Number.isFinite(Number(value))) throw new RangeError(`${value} is no number`);
    return made(Intl.NumberFormat, { minimumFractionDigits: least, maximumFractionDigits: most }).format(value).replace("-", "−");
}
export const whole = (value) => number(value, 0);
export const percent = (permille) => made(Intl.NumberFormat, { style: "percent" }).format(permille / 1000);
/** A part that somebody has chosen, to the thousandth that it may be set to. */
export const part = (permille) => made(Intl.NumberFormat, { style: "percent", maximumFractionDigits: 1 }).format(permille / 1000);

/** A string of base units as a decimal number, digit by digit. */
export function decimal(units) {
    const [, sign, digits] = /^(-?)0*(\d+)$/.exec(String(units));
    const padded = digits.padStart(7, "0");
    return `${sign}${padded.slice(0, -6)}.${padded.slice(-6)}`;
}
/** An amount of tokens, rounded to cents; one below a cent to its last digit. */
export const tokens = (units) => number(decimal(units), 2, Math.abs(Number(units)) < 10_000 ? 6 : 2);
/** An amount to its last digit: what is owed is never rounded away. */
export const exact = (units) => number(decimal(units), 2, 6);
/** An amount that somebody has named: whole tokens as they are. */
export const plain = (units) => (BigInt(units) % 1_000_000n === 0n ? number(decimal(units), 0) : exact(units));
/** An amount with its sign, always, to its last digit or to cents. */
export const signed = (units, digits = 6) => (BigInt(units) > 0n ? "+" : "") + number(decimal(units), digits);
/** The price of a kilowatt-hour, in base units, of `energy` watt-hours for `price`. */
export const each = (price, energy) => (energy > 0 ? Math.round(Number(price) * 1000 / energy) : 0);
export const price = (units) => number(decimal(units), 2, 4);

/** What somebody typed as base units, or null; a comma and a point both separate decimals. */
export function parseTokens(text) {
    const match = /^\s*(\d{1,9})(?:[.,](\d{0,6}))?\s*$/.exec(text);
    return match ? String(BigInt(match[1] + (match[2] ?? "").padEnd(6, "0"))) : null;
}
export const parseWhole = (text) => (/^\s*\d{1,9}\s*$/.test(text) ? Number(text) : null);
/** Base units as they are typed into a field. */
export const typed = (units) => made(Intl.NumberFormat, { minimumFractionDigits: 2, maximumFractionDigits: 6, useGrouping: false }).format(decimal(units));

/** Writes watts so that all of `values` share one unit: kW if the largest is a kilowatt or more. */
export function watts(...values) {
    const isKilo = Math.max(...values.map(Math.abs)) >= 1000;
    return (value) => (isKilo ? `${number(value / 1000, 2)}\u00a0kW` : `${whole(value)}\u00a0W`);
}
/** Energy: Wh below one kilowatt-hour, kWh from there on. */
export const energy = (value) => (Math.abs(value) < 1000 ? `${whole(value)}\u00a0Wh` : `${number(value / 1000, Math.abs(value) < 100_000 ? 2 : 1)}\u00a0kWh`);

const shown = (time, options) => made(Intl.DateTimeFormat, { timeZone: zone, ...options }).format(new Date(time));
export const clock = (time) => shown(time, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
export const seconds = (time) => shown(time, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
export const dayAndClock = (time) => `${shown(time, { day: "numeric", month: "short" })} ${clock(time)}`;
/* Days and months are names that the node has given; they belong to no zone. */
const named = (text, options) => made(Intl.DateTimeFormat, { timeZone: "UTC", ...options }).format(new Date(`${text.length === 7 ? `${text}-15` : text}T12:00:00Z`));
export const dayName = (day) => named(day, { weekday: "long", day: "numeric", month: "long" });
export const shortDay = (day) => named(day, { day: "numeric", month: "short" });
export const weekday = (day) => named(day, { weekday: "short" });
export const monthName = (month) => named(month, { month: "long", year: "numeric" });

/** How long something takes, in its two largest units at most. */
export function span(duration) {
    const value = Math.max(0, Math.round(duration));
    if (value < 60) return `${value}\u00a0s`;
    if (value < 3600) return `${Math.floor(value / 60)}\u00a0min`;
    if (value < 86400) return `${Math.floor(value / 3600)}\u00a0h${value % 3600 >= 60 && value < 36000 ? ` ${Math.floor(value % 3600 / 60)}\u00a0min` : ""}`;
    return t("time.days", { count: Math.floor(value / 86400) });
}
