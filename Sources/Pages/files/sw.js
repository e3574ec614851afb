/* Keeps the app, so that it opens without the node and shows how things stood, with their time. */
const root = "/files/";
const cacheName = `app-${root}`;
const keptName = "kept";

/* The household's panels; the explorer's are kept once they were looked at. */
const files = [
    "css/tokens.css", "css/base.css", "css/shell.css", "css/parts.css", "css/figures.css",
    "js/api.js", "js/chart.js", "js/common.js", "js/days.js", "js/dialog.js", "js/flow.js", "js/format.js",
    "js/household.js", "js/html.js", "js/ladder.js", "js/led.js", "js/live.js", "js/main.js", "js/names.js",
    "js/notices.js", "js/notify.js", "js/offerform.js", "js/page.js", "js/problems.js", "js/rulesform.js",
    "js/shared.js", "js/shell.js", "js/shortcuts.js", "js/state.js", "js/theme.js", "js/unreachable.js", "js/why.js",
    "js/panels/day.js", "js/panels/devices.js", "js/panels/home.js", "js/panels/market.js", "js/panels/meter.js",
    "js/panels/missing.js", "js/panels/month.js", "js/panels/more.js", "js/panels/neighbours.js",
    "js/panels/quarter.js", "js/panels/statement.js", "js/panels/street.js", "js/panels/tokens.js", "js/panels/trade.js",
    "js/explorer/search.js", `messages/${navigator.language.startsWith("de") ? "de" : "en"}.json`, "icon.svg",
];

/* What of the node's answers is kept: the last of each, no more. */
const kept = ["/api/v1/app", "/api/v1/session", "/api/v1/household", "/api/v1/household/neighbours", "/api/v1/household/quarters"];

addEventListener("install", (event) => {
    event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(["/", ...files.map((file) => root + file)])));
});

addEventListener("activate", (event) => {
    event.waitUntil(caches.keys().then((names) => Promise.all(
        names.filter((name) => name !== cacheName && name !== keptName).map((name) => caches.delete(name)))));
});

addEventListener("message", (event) => {
    if (event.data === "use") skipWaiting();
});

addEventListener("notificationclick", (event) => {
    event.notification.close();
    event.waitUntil(show(event.notification.data.path));
});

/* The browser lets an installed app look from time to time, if its owner wants to be told. */
addEventListener("periodicsync", (event) => {
    if (event.tag === "look") event.waitUntil(look());
});

addEventListener("fetch", (event) => {
    const { request } = event;
    const url = new URL(request.url);
    if (url.origin !== location.origin) return;
    if (request.method === "DELETE" && url.pathname === "/api/v1/session") {
        event.respondWith(caches.delete(keptName).then(() => fetch(request)));
    } else if (request.method !== "GET") {
        return;
    } else if (request.mode === "navigate") {
        event.respondWith(document(request, url));
    } else if (kept.includes(url.pathname) && !url.search) {
        event.respondWith(answer(request));
    } else if (url.pathname.startsWith("/files/")) {
        event.respondWith(file(request));
    }
});

/** The page from the node; without it the app, if it is the app's. */
async function document(request, url) {
    try {
        return await fetch(request);
    } catch (error) {
        const page = /^\/(market|history|street|more)?(\/|$)/.test(url.pathname) && await caches.match("/");
        return page || Response.error();
    }
}

/** A file under its hash never changes; another is asked for. */
async function file(request) {
    const found = await caches.match(request);
    if (found && root !== "/files/") return found;
    try {
        const fresh = await fetch(request);
        if (fresh.ok) await (await caches.open(cacheName)).put(request, fresh.clone());
        return fresh;
    } catch (error) {
        return found ?? Response.error();
    }
}

/** The node's answer; without the node its last one, marked with the time it was given. */
async function answer(request) {
    try {
        const fresh = await fetch(request);
        // Whoever is not signed in sees nothing of what was kept.
        if (fresh.status === 401 || fresh.status === 204) await caches.delete(keptName);
        if (fresh.status !== 200) return fresh;
        const headers = new Headers({ "content-type": "application/json", "x-busbar-kept": new Date().toISOString() });
        const body = await fresh.clone().blob();
        await (await caches.open(keptName)).put(request, new Response(body, { headers }));
        return fresh;
    } catch (error) {
        return await caches.match(request, { cacheName: keptName }) ?? Response.error();
    }
}

/** Shows the app at `path`, where it is open already if it is. */
async function show(path) {
    const [open] = await clients.matchAll({ type: "window" });
    if (!open) return clients.openWindow(path);
    await open.focus();
    return open.navigate(path);
}

/** Tells what has become of the trades that were under way when one looked last, and what stands still;
 *  nothing while the app is open, which tells itself. */
async function look() {
    const cache = await caches.open(keptName);
    const note = await (await cache.match("/notify"))?.json();
    if (!note || (await clients.matchAll({ type: "window" })).length > 0) return;
    const before = await (await cache.match("/api/v1/household"))?.json();
    let now;
    try {
        const reply = await answer(new Request("/api/v1/household", { credentials: "same-origin" }));
        if (reply.status !== 200 || reply.headers.has("x-busbar-kept")) return;
        now = await reply.json();
    } catch (error) {
        return;
    }
    const words = await (await caches.match(`${root}messages/${note.language}.json`) ?? await fetch(`${root}messages/${note.language}.json`)).json();
    const tell = (tag, key, values, path) => registration.showNotification(now.name, {
        body: words[key].replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap), tag, data: { path }, lang: note.language,
    });
    const clock = (time) => new Intl.DateTimeFormat(note.language, { timeZone: now.timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(time));
    const { items: neighbours = [] } = await (await cache.match("/api/v1/household/neighbours"))?.json() ?? {};
    const name = (address) => neighbours.find((one) => one.address === address)?.name ?? address.slice(2, 6).toUpperCase();
    const { stalledSince } = now.standing;
    if (stalledSince && stalledSince !== before?.standing.stalledSince) await tell("ledger", "notify.ledger", { time: clock(stalledSince) }, "/");
    const isSilent = now.live && Date.parse(now.time) - Date.parse(now.live.time) > 60_000;
    if (isSilent && now.live.time !== before?.live?.time) await tell("meter", "notify.meter", { time: clock(now.live.time) }, "/");
    const running = now.running.map((one) => one.trade.id);
    for (const { trade: { id } } of before?.running.filter((one) => !running.includes(one.trade.id)) ?? []) {
        const reply = await fetch(`/api/v1/household/trades/${id}`);
        if (!reply.ok) continue;
        const { trade, side } = await reply.json();
        const key = trade.state === "refunded" ? (side === "seller" ? "notify.lost" : "notify.refunded") : trade.state === "settled" && (side === "seller" ? "notify.sold" : "notify.bought");
        const energy = `${new Intl.NumberFormat(note.language).format(trade.state === "settled" ? trade.deliveredWh : trade.energyWh)}\u00a0Wh`;
        if (key && side) await tell(`trade-${id}`, key, { energy, buyer: name(trade.buyer), seller: name(trade.seller) }, `/market/${id}`);
    }
}
