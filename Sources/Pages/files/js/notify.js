import { t, energy } from "./format.js";
import { get, Problem } from "./api.js";
import { state } from "./state.js";
import { name } from "./names.js";

/** What a household wants to hear of while it looks elsewhere. */
const told = ["OfferPicked", "SellerPaid", "TradeRefunded"];
const key = "busbar-notify";

export const mayNotify = () => "Notification" in globalThis && Notification.permission !== "denied";
export const notifying = () => mayNotify() && Notification.permission === "granted" && localStorage.getItem(key) === "1";

export async function startNotifying() {
    const isAllowed = await Notification.requestPermission() === "granted";
    if (isAllowed) localStorage.setItem(key, "1");
    return isAllowed;
}

export const stopNotifying = () => localStorage.removeItem(key);

/** Tells of a step that became final while the page is hidden. */
export async function notifyOf({ trade: id, step }) {
    if (!document.hidden || !notifying() || !told.includes(step)) return;
    try {
        const { trade, side } = await get(`/household/trades/${id}`);
        const words = { energy: energy(trade.energyWh), buyer: name(trade.buyer), seller: name(trade.seller) };
        if (side) new Notification(state.household.name, { body: `${t(`step.${step}`)}: ${t(`step.${step}.${side}`, words)} (${words.energy})`, tag: `trade-${id}` });
    } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
    }
}
