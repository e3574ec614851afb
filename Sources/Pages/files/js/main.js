import { workerAddress } from "./html.js";
import { preferredLanguage, speak, t, useTimeZone } from "./format.js";
import { get, Problem } from "./api.js";
import { state, changed, setClocks } from "./state.js";
import { shell } from "./shell.js";
import { ledNow } from "./notices.js";
import { run, reload } from "./page.js";
import { start, on } from "./live.js";
import { loadHousehold, loadNeighbours } from "./household.js";
import { watchForNotices } from "./notify.js";
import "./common.js";
import "./shortcuts.js";

const hash = "0x[0-9a-f]{64}";
const routes = [
    [/^\/$/, "home", () => import("./panels/home.js")],
    [/^\/market$/, "market", () => import("./panels/market.js")],
    [/^\/market\/(\d+)$/, "market", () => import("./panels/trade.js")],
    [/^\/history(?:\/(\d{4}-W?\d\d))?$/, "history", () => import("./panels/month.js")],
    [/^\/history\/(\d{4}-\d\d-\d\d)$/, "history", () => import("./panels/day.js")],
    [/^\/history\/(\d{4}-\d\d)\/statement$/, "history", () => import("./panels/statement.js")],
    [/^\/history\/([\dT:-]+Z)$/, "history", () => import("./panels/quarter.js")],
    [/^\/street$/, "street", () => import("./panels/street.js")],
    [/^\/street\/(blocks|transactions|events|trades|members)$/, "street", () => import("./explorer/lists.js")],
    [/^\/street\/blocks\/(\w+)$/, "street", () => import("./explorer/block.js")],
    [new RegExp(`^/street/transactions/(${hash})$`), "street", () => import("./explorer/transaction.js")],
    [/^\/street\/accounts\/(0x[0-9a-fA-F]{40})$/, "street", () => import("./explorer/account.js")],
    [/^\/street\/trades\/(\d+)$/, "street", () => import("./explorer/ledgertrade.js")],
    [/^\/more$/, "more", () => import("./panels/more.js")],
    [/^\/more\/tokens$/, "more", () => import("./panels/tokens.js")],
    [/^\/more\/neighbours$/, "more", () => import("./panels/neighbours.js")],
    [/^\/more\/devices$/, "more", () => import("./panels/devices.js")],
    [/^\/more\/meter$/, "more", () => import("./panels/meter.js")],
];
const own = ["home", "market", "history", "street", "more"].map((place) => ({ place, path: place === "home" ? "/" : `/${place}` }));
const open = [{ place: "street", path: "/street" }, { place: "signIn", path: "/sign-in" }];

/** The session, or null without one; a node says so with 204 or 401. */
async function session() {
    try {
        return await get("/session");
    } catch (problem) {
        if (problem instanceof Problem && problem.code === "signed-out") return null;
        throw problem;
    }
}

/** Without a session, and on a node that is no household's, there is the street only. */
function isElsewhere() {
    const isStreet = location.pathname.startsWith("/street");
    if (state.app.kind === "household") {
        if (state.session || isStreet) return false;
        location.replace(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
        return true;
    }
    if (!isStreet) history.replaceState(null, "", "/street");
    return false;
}

function around(place) {
    shell({
        title: state.household?.name ?? state.app.name, subtitle: state.app.street ?? t(`kind.${state.app.kind}`), current: place,
        board: state.household && ledNow(),
        places: state.household ? own : state.app.kind === "household" || state.app.kind === "aggregator" ? open : open.slice(0, 1),
    });
}

function listen() {
    on("power", (live) => { state.household.live = live; });
    on("led", (led) => { state.household.led = led; });
    on("delivery", ({ trade, ownWh }) => {
        const running = state.household.running.find((one) => one.trade.id === trade);
        if (running) running.progress = { ...running.progress, ownWh };
    });
    on("standing", (standing) => { state.household.standing = standing; });
    for (const kind of ["step", "quarter", "purchase", "rules", "day", "reset", "back"]) on(kind, refresh);
    watchForNotices(on);
    start();
}

let isRefreshing = false;
/** Asks for the household again, once however many events say so. */
async function refresh() {
    if (isRefreshing) return;
    isRefreshing = true;
    try {
        await loadHousehold();
        changed();
    } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
    } finally {
        isRefreshing = false;
    }
}

async function begin() {
    await speak(preferredLanguage());
    [state.app, state.session] = await Promise.all([get("/app"), session()]);
    useTimeZone(state.app.timeZone);
    setClocks(state.app.market.time, state.app.market.time, state.app.market.rate);
    if (isElsewhere()) return;
    if (state.session && state.app.kind === "household") {
        await Promise.all([loadHousehold(), loadNeighbours()]);
        listen();
    }
    await run(routes, around);
    keep();
}

/** Lets the service worker keep the app; where the certificate is not trusted there is none. */
async function keep() {
    const workers = navigator.serviceWorker;
    if (!workers) return;
    let registration;
    try {
        registration = await workers.register(workerAddress);
    } catch (error) {
        console.info(`not kept for offline: ${error.message}`);
        return;
    }
    if (!registration) return;
    const look = () => {
        state.isReplaced = Boolean(registration.waiting && workers.controller);
        changed();
    };
    look();
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    if (workers.controller) workers.addEventListener("controllerchange", () => location.reload());
}

begin().catch(async (error) => {
    if (!(error instanceof Problem)) throw error;
    const { unreachable } = await import("./unreachable.js");
    unreachable(error, reload);
});
