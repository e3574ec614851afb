import { preferredLanguage, speak, t, useTimeZone } from "./format.js";
import { get, Problem } from "./api.js";
import { state, setClocks } from "./state.js";
import { shell } from "./shell.js";
import { run, common } from "./page.js";
import "./common.js";

const routes = [
    [/^\/operator$/, "overview", () => import("./console/overview.js")],
    [/^\/operator\/members$/, "members", () => import("./console/members.js")],
    [/^\/operator\/members\/(0x[0-9a-f]{40})$/, "members", () => import("./console/member.js")],
    [/^\/operator\/orders$/, "orders", () => import("./console/orders.js")],
    [/^\/operator\/deliveries$/, "deliveries", () => import("./console/deliveries.js")],
    [/^\/operator\/people$/, "overview", () => import("./console/operators.js")],
    [/^\/operator\/money(?:\/(\d{4}-\d\d))?$/, "money", () => import("./console/money.js")],
];
const places = ["overview", "members", "orders", "deliveries", "money"].map((place) => ({ place, path: place === "overview" ? "/operator" : `/operator/${place}` }));

const signIn = () => location.replace(`/sign-in?next=${encodeURIComponent(location.pathname)}`);
common.signInAgain = signIn;

/** The matrix: a person is needed, nothing becomes final, or all is well. */
function board() {
    if (state.standing?.stalledSince) return { state: "stalled" };
    return { state: state.isTroubled ? "attention" : "idle" };
}

function around(place) {
    shell({ title: state.app.name, subtitle: state.app.street ?? t("kind.aggregator"), board: board(), places, current: place });
}

async function begin() {
    await speak(preferredLanguage());
    [state.app, state.session] = await Promise.all([get("/app"), get("/session")]);
    if (state.session?.role !== "operator") {
        signIn();
        return;
    }
    useTimeZone(state.app.timeZone);
    setClocks(state.app.market.time, state.app.market.time, state.app.market.rate);
    await run(routes, around);
}

begin().catch(async (problem) => {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.code === "signed-out") signIn();
    else (await import("./unreachable.js")).unreachable(problem);
});
