import { get, Problem } from "./api.js";
import { state, changed, setClocks } from "./state.js";
import { notifying } from "./notify.js";

/** The live stream: one a page, closed while the page is hidden, resumed where it ended. */
let source = null;
let last = null;
let heard = performance.now();
let measured = performance.now();
let tries = 0;
let timer = null;
const listeners = new Map();
const kinds = ["beat", "power", "step", "delivery", "quarter", "purchase", "rules", "led", "standing", "day", "reset", "end"];

/** `listener` gets the data of each event named `kind`. */
export function on(kind, listener) {
    listeners.set(kind, [...listeners.get(kind) ?? [], listener]);
}

/** Since how many seconds the last reading is known. */
export const readingAge = () => Math.floor((performance.now() - measured) / 1000);

export function start() {
    document.addEventListener("visibilitychange", () => (document.hidden && notifying() !== "on" ? stop() : connect()));
    addEventListener("pageshow", () => connect());
    addEventListener("online", () => connect());
    setInterval(watch, 1000);
    connect();
}

function stop() {
    source?.close();
    source = null;
    clearTimeout(timer);
}

function connect() {
    if ((document.hidden && notifying() !== "on") || state.isSignedOut || source) return;
    clearTimeout(timer);
    heard = performance.now();
    source = new EventSource(`/api/v1/household/events${last === null ? "" : `?last=${encodeURIComponent(last)}`}`);
    for (const kind of kinds) source.addEventListener(kind, (event) => take(kind, event));
    source.onerror = () => again();
}

/** Tries again later: after 1, 2, 4 … 30 s, not all pages at once. */
async function again() {
    stop();
    const wait = Math.min(30, 2 ** tries) * (.75 + Math.random() / 2);
    tries += 1;
    timer = setTimeout(connect, wait * 1000);
    try {
        if (await get("/session") === null) signedOut();
    } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (problem.code === "signed-out") signedOut();
        else lost();
    }
}

export function resume() {
    state.isSignedOut = false;
    tries = 0;
    stop();
    connect();
}

function signedOut() {
    stop();
    state.isSignedOut = true;
    changed();
}

function lost() {
    state.offlineSince ??= new Date(state.lastBeat ?? Date.now()).toISOString();
    changed();
}

function take(kind, event) {
    heard = performance.now();
    tries = 0;
    if (event.lastEventId) last = event.lastEventId;
    const data = event.data ? JSON.parse(event.data) : {};
    if (kind === "beat") {
        setClocks(data.time, data.marketTime);
        state.lastBeat = Date.parse(data.time);
    }
    if (kind === "power") measured = heard;
    if (kind === "reset") last = null;
    if (kind === "end") signedOut();
    const wasOffline = state.offlineSince !== null;
    state.offlineSince = state.keptAt = null;
    for (const listener of listeners.get(kind) ?? []) listener(data);
    if (wasOffline) for (const listener of listeners.get("back") ?? []) listener();
    changed();
}

/** Told each second: what has not been heard is lost, what has not been measured is old. */
function watch() {
    if (document.hidden || state.isSignedOut) return;
    if (source && performance.now() - heard > 5000) {
        lost();
        again();
    }
    const isStale = state.household?.live && !state.offlineSince && performance.now() - measured > 10_000;
    if (isStale) state.staleSince ??= state.household.live.time;
    else state.staleSince = null;
    changed();
}
