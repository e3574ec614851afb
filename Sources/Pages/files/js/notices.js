import { html } from "./html.js";
import { t, clock, dayAndClock, whole } from "./format.js";
import { state } from "./state.js";
import { marketClock } from "./names.js";
import { explain } from "./problems.js";

const notice = (title, text, actions = null, isAlarm = false) => html`<div class="notice ${isAlarm && "alarm"}">
    <strong>${title}</strong>${text && html`<p>${text}</p>`}${actions && html`<div class="actions">${actions}</div>`}</div>`;
const button = (action, text) => html`<button type="button" class="quiet" data-do="${action}">${text}</button>`;

const suspended = (since) => (since ? t("notice.suspended.since", { block: whole(since.block), time: dayAndClock(since.time) }) : t("notice.suspended"));

const why = (reason) => (reason ? t("notice.suspended.reason", { reason }) : t("notice.suspended.text"));

/** Each state that a household should know of, the one that explains the others first. */
const states = [
    () => (state.offlineSince || state.keptAt) && notice(t("notice.offline", { time: clock(state.offlineSince ?? state.keptAt) }), t("notice.offline.text")),
    () => state.isSignedOut && notice(t("notice.signedOut"), t("notice.signedOut.text"), button("signInAgain", t("door.enter"))),
    ({ stalledSince, answering, validators, quorum }) => stalledSince
        && notice(t("notice.stalled", { time: clock(stalledSince) }), t(answering === null ? "notice.stalled.few" : "notice.stalled.text", { answering, validators, quorum })),
    ({ blocksBehind }) => blocksBehind > 2 && notice(t("notice.behind", { blocks: whole(blocksBehind) }), null),
    () => state.staleSince && notice(t("notice.stale", { time: clock(state.staleSince) }), t("notice.stale.text")),
    ({ aggregatorSince, deadline }) => aggregatorSince && notice(t("notice.aggregator", { time: clock(aggregatorSince) }),
        deadline ? t("notice.aggregator.text", { time: marketClock(deadline) }) : t("notice.aggregator.none")),
    () => state.household?.suspended && notice(suspended(state.household.suspendedSince), why(state.household.suspensionReason), null, true),
    () => state.household?.isRegistered === false && notice(t("notice.unregistered"), t("notice.unregistered.text")),
    () => state.household?.isTrading === false && notice(t("notice.idle"), t("notice.idle.text"),
        state.session?.role === "owner" && button("startTrading", t("notice.idle.start"))),
    () => state.isReplaced && notice(t("notice.version"), null, button("useVersion", t("notice.version.use"))),
    () => state.error && notice(explain(state.error), null, button("tryAgain", t("notice.again")), true),
];

/** The one notice that comes first, or nothing. */
export function notices(standing = state.household?.standing ?? state.standing ?? {}) {
    for (const one of states) {
        const shown = one(standing);
        if (shown) return shown;
    }
    return html``;
}

/** What the matrix in the corner shows: the node's word, unless it cannot be heard. */
export function ledNow() {
    if (state.isSignedOut) return { state: "dark" };
    if (state.offlineSince || state.keptAt) return { state: "offline" };
    if (state.waiting > 0 || state.sent.size > 0) return { ...state.household?.led, rows: null, state: "waiting" };
    return state.household?.led ?? { state: "dark" };
}
