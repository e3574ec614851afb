import { t, energy, clock, language } from "./format.js";
import { get, Problem } from "./api.js";
import { state, wallNow } from "./state.js";
import { name } from "./names.js";

/* What a household hears of while it looks elsewhere, where the browser allows it. The page tells while
   it is open in the background; of an installed app the service worker looks from time to time. */
const key = "busbar-notify";
/** The worker's task of looking, and what it has to know; it lies where sign-out removes it. */
const [task, kept, note] = ["look", "kept", "/notify"];
/** How long a meter is silent before anyone is disturbed. */
const silence = 60_000;
const told = { meter: null, ledger: null };

/** "none" where the browser cannot, "denied" where it must not, else whether it does: "on", "off". */
export function notifying() {
    if (!("Notification" in globalThis)) return "none";
    if (Notification.permission === "denied") return "denied";
    return Notification.permission === "granted" && localStorage.getItem(key) ? "on" : "off";
}
/** Whether the browser lets the worker look while the app is closed. */
export const looksWhenClosed = () => localStorage.getItem(key) === "closed";

export async function startNotifying() {
    if (await Notification.requestPermission() !== "granted") return;
    localStorage.setItem(key, "open");
    const worker = await registration();
    try {
        await worker.periodicSync.register(task, { minInterval: 3_600_000 });
        localStorage.setItem(key, "closed");
        await keepNote();
    } catch (error) {
        console.info(`nothing is told while the app is closed: ${error.message}`);
    }
}

/** What the worker has to know; each sign-out takes it away. */
async function keepNote() {
    await (await caches.open(kept)).put(note, Response.json({ language }));
}

export async function stopNotifying() {
    localStorage.removeItem(key);
    await (await globalThis.caches?.open(kept))?.delete(note);
    await (await registration())?.periodicSync?.unregister(task);
}

const registration = () => navigator.serviceWorker?.getRegistration();

/** Tells it; pressed, it leads to `path`. A later word about the same thing takes its place. */
async function tell(tag, body, path) {
    const options = { body, tag, data: { path }, icon: "/files/icon-180.png", lang: language };
    const worker = await registration();
    if (worker?.active) await worker.showNotification(state.household.name, options);
    else new Notification(state.household.name, options).onclick = () => focus();
}

const isWanted = () => document.hidden && notifying() === "on" && Boolean(state.household);
const ends = { SellerPaid: { seller: "notify.sold", buyer: "notify.bought" }, TradeRefunded: { seller: "notify.lost", buyer: "notify.refunded" } };

/** A trade of the household's is over. */
async function toldOf({ trade: id, step }) {
    if (!isWanted() || !ends[step]) return;
    try {
        const { trade, side } = await get(`/household/trades/${id}`);
        if (!side) return;
        const words = { energy: energy(step === "SellerPaid" ? trade.deliveredWh : trade.energyWh), buyer: name(trade.buyer), seller: name(trade.seller) };
        await tell(`trade-${id}`, t(ends[step][side], words), `/market/${id}`);
    } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
    }
}

/** What lasts is told once, until it is over. */
async function look() {
    const { live, standing } = state.household ?? {};
    // Of a node that is not heard nobody knows what its meter does.
    const isHeard = wallNow() - (state.lastBeat ?? 0) < 10_000;
    const isSilent = live && isHeard && wallNow() - Date.parse(live.time) > silence;
    const found = { meter: isSilent ? live.time : null, ledger: standing?.stalledSince ?? null };
    for (const [kind, since] of Object.entries(found)) {
        if (since !== null && told[kind] === since) continue;
        if (since === null) told[kind] = null;
        else if (isWanted()) {
            told[kind] = since;
            await tell(kind, t(`notify.${kind}`, { time: clock(since) }), "/");
        }
    }
}

/** Begins to watch; `on` is the live stream's. */
export function watchForNotices(on) {
    on("step", toldOf);
    if (looksWhenClosed()) keepNote();
    setInterval(look, 5000);
}
