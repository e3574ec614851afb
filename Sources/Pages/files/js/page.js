import { html, show } from "./html.js";
import { t } from "./format.js";
import { Problem } from "./api.js";
import { state, changed, whenChanged } from "./state.js";
import { notices } from "./notices.js";
import { explain } from "./problems.js";
import { on } from "./live.js";

/** What is shown: the panel's module, what its path says, what it has loaded, what is typed. */
let current = { panel: null, place: "", params: [], data: null, form: {} };
let turn = 0;
let timer = null;
let routes = [];
let wrap = () => {};
const wide = matchMedia("(width >= 60rem)");
export const common = {};

/** Begins: `table` has a pattern, a place and a module for each path; `around` draws the shell. */
export function run(table, around) {
    routes = table;
    wrap = around;
    whenChanged(draw);
    addEventListener("popstate", () => go(null));
    addEventListener("resize", changed);
    document.addEventListener("click", click);
    for (const kind of ["submit", "input", "change"]) document.addEventListener(kind, (event) => act(event, kind));
    document.addEventListener("keydown", (event) => act(event, "key"));
    for (const kind of ["step", "delivery", "quarter", "purchase", "rules", "day", "reset", "back"]) {
        on(kind, async (data) => {
            const shown = current;
            if (shown.panel?.reloadOn?.includes(kind)) await reload();
            shown.panel?.events?.[kind]?.(data, shown);
        });
    }
    return go(null);
}

function route(path) {
    for (const [pattern, place, module] of routes) {
        const match = pattern.exec(path);
        if (match) return { place, module, params: match.slice(1).map((part) => part && decodeURIComponent(part)) };
    }
    return { place: "", module: () => import("./panels/missing.js"), params: [] };
}

/** Shows the panel at `path`; null for the address as it stands. */
export async function go(path, { replace = false } = {}) {
    if (path !== null) history[replace ? "replaceState" : "pushState"](null, "", path);
    const mine = ++turn;
    const { place, module, params } = route(location.pathname);
    state.error = null;
    let next = { panel: null, place, params, data: null, form: {}, query: new URLSearchParams(location.search) };
    try {
        next.panel = await module().catch(unreachable);
        next.data = await next.panel.load?.(params, next);
    } catch (problem) {
        if (mine !== turn) return;
        if (!(problem instanceof Problem)) throw problem;
        if (problem.code === "signed-out") state.isSignedOut = true;
        if (problem.code === "not-found") next = { ...next, panel: await import("./panels/missing.js") };
        else next.problem = problem;
    }
    if (mine !== turn) return;
    current = next;
    draw();
    arrive();
    clearInterval(timer);
    // Panels without a live stream ask again from time to time, while somebody looks.
    if (next.panel?.every) timer = setInterval(() => !document.hidden && (current.panel.poll ?? reload)(current), next.panel.every);
}

/** A panel that was never loaded cannot be had without the node. */
function unreachable(error) {
    throw new Problem(0, { code: "offline", detail: error.message });
}

/** Asks anew for what the panel shows; what is typed stays. */
export async function reload() {
    const [mine, shown] = [turn, current];
    if (!shown.panel) {
        await go(null);
        return;
    }
    try {
        const data = await shown.panel.load?.(shown.params, shown);
        if (mine !== turn) return;
        shown.data = data;
        shown.problem = null;
        state.error = null;
    } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (problem.code === "signed-out") state.isSignedOut = true;
        else if (problem.code !== "offline") state.error = problem;
    }
    changed();
}

/** The heading takes focus, so that whoever hears the page hears where they are; or the part that
 *  the address names. */
function arrive() {
    const part = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const heading = part || document.querySelector("main h1");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    if (part) part.scrollIntoView();
    else scrollTo(0, 0);
}

function draw() {
    if (!current.panel && !current.problem) return;
    wrap(current.place);
    const main = document.querySelector("main");
    const style = getComputedStyle(main);
    // A window that is being opened has no width yet.
    const room = Math.max(Math.floor(main.clientWidth - parseFloat(style.paddingInlineStart) - parseFloat(style.paddingInlineEnd)), 240);
    const side = wide.matches ? Math.floor((room - 48) / 2.75) : room;
    const size = { width: room, side, column: wide.matches ? room - 48 - side : room, isWide: wide.matches };
    show(document.getElementById("notice"), notices());
    show(document.getElementById("panel"), current.problem ? failed(current.problem) : current.panel.view(current.data, size, current));
    const heading = main.querySelector("h1");
    document.title = `${heading.textContent} · Busbar`;
}

const failed = (problem) => html`<div class="lead"><h1>${t("failed.title")}</h1><p>${explain(problem)}</p></div>
    <p><button type="button" data-do="tryAgain">${t("notice.again")}</button></p>`;

function click(event) {
    const link = event.target.closest("a[href^='/']");
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link && isPlain && !link.target && !link.hasAttribute("download") && !link.dataset.leave) {
        event.preventDefault();
        go(link.getAttribute("href"));
        return;
    }
    act(event, "click");
}

/** Lets the panel, or what all panels share, do what an element's `data-do` (or `data-input` …) says. */
async function act(event, kind) {
    const attribute = kind === "click" || kind === "submit" ? "do" : kind;
    const element = event.target.closest?.(`[data-${attribute}]`);
    if (!element || (attribute === "do" && (kind === "submit") !== (element.nodeName === "FORM"))) return;
    const action = current.panel?.actions?.[element.dataset[attribute]] ?? common[element.dataset[attribute]];
    if (!action) return;
    if (kind === "submit") event.preventDefault();
    const shown = current;
    if (kind === "click" || kind === "submit") shown.form.problem = null;
    try {
        await action({ element, event, ...shown, redraw: changed });
    } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (problem.code === "signed-out") state.isSignedOut = true;
        else shown.form.problem = problem;
        changed();
    }
}

/** What went wrong with a form, said beside it. */
export const trouble = (form) => html`<p class="error" role="alert">${form.problem && explain(form.problem)}</p>`;

/** Says `text` to whoever hears the page. */
export function say(text) {
    document.getElementById("said").textContent = text;
}
