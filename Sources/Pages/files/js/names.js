import { html } from "./html.js";
import { t, clock, seconds, dayAndClock } from "./format.js";
import { state, isMarketApart, wallNow } from "./state.js";

/** What the household calls the account at `address`. */
export function name(address) {
    if (!address) return t("name.nobody");
    if (address === state.household?.account) return t("name.you");
    if (address === state.household?.aggregator) return t("name.aggregator");
    if (/^0x0{30}/.test(address)) return t("name.contract", { digits: address.slice(-4).toUpperCase() });
    // A name does not break between "No." and "7".
    return state.neighbours.get(address)?.name?.replaceAll(" ", "\u00a0") ?? t("name.neighbour", { digits: address.slice(2, 6).toUpperCase() });
}

export const isFavourite = (address) => state.neighbours.get(address)?.isFavourite === true;

/** The name of a member of `role`; those who are no neighbours go by what they do. */
export const memberName = (address, role) => (state.neighbours.has(address) || address === state.household?.account || role === "prosumer" || role === "consumer"
    ? name(address) : `${t(`role.${role}`)}\u00a0${address.slice(2, 6).toUpperCase()}`);

/** A time of the market; said to be one where it is not the time on the wall. */
export function marketClock(time, withDay = false) {
    const text = withDay ? dayAndClock(time) : clock(time);
    return isMarketApart() ? t("time.market", { time: text }) : text;
}

/** When something became final: to the second if that was today, else with its day. */
export function when(time) {
    const now = new Date(wallNow());
    return dayAndClock(now).slice(0, -5) === dayAndClock(time).slice(0, -5) ? seconds(time) : dayAndClock(time);
}

/** Long digits, the way people compare them: beginning and end. */
export const short = (digits) => `${digits.slice(0, 8)}…${digits.slice(-4)}`;

/** Digits to copy, with their button. */
export const copyable = (text, what) => html`<p class="mono">${text}</p>
    <button type="button" class="link" data-do="copy" data-text="${text}">${what}</button>`;
