import { html } from "../html.js";
import { t, energy, exact, price, each } from "../format.js";
import { get, send } from "../api.js";
import { state, isOwner } from "../state.js";
import { ask } from "../dialog.js";
import { name, marketClock, when } from "../names.js";
import { reload, say, trouble } from "../page.js";
import { reasons } from "../why.js";

export const reloadOn = ["step", "reset", "back"];

export async function load([id]) {
    const answer = await get(`/household/trades/${id}`);
    const sent = state.sent.get(answer.trade.id);
    if (!sent) return answer;
    if (answer.trade.state === "open") return { ...answer, side: sent === "pick" ? "buyer" : answer.side, waiting: answer.waiting ?? { what: sent } };
    state.sent.delete(answer.trade.id);
    return answer;
}

const order = ["OfferAdded", "OfferPicked", "PeerPaid", "EnergyDelivered", "SellerPaid"];
const endings = ["TradeRefunded", "OfferCancelled", "OfferExpired"];

/** The five steps of a trade, as they become final. */
export function view({ trade, side, progress, waiting, why }, size, { form }) {
    const known = progressOf(trade, progress);
    const isOpen = trade.state === "open";
    return html`
    <p class="trail"><a href="/market">${t("nav.market")}</a></p>
    <div class="lead"><h1>${waiting ? t("said.waiting", { energy: energy(trade.energyWh) }) : said(trade, side)}</h1><p>${lead(trade)}</p></div>
    <div class="beside">
        <section class="part" aria-labelledby="steps">
            <h2 id="steps" class="sr">${t("trade.steps")}</h2>
            <ol class="steps">${steps(trade, side, known, waiting)}</ol>
            ${trouble(form)}
            ${isOpen && side === "seller" && isOwner() && html`<p class="actions"><button type="button" class="quiet" data-do="takeBack">${t("market.takeBack")}</button></p>`}
        </section>
        <div>
            <section class="part" aria-labelledby="money">
                <h2 id="money">${t("trade.money")}</h2>
                <dl class="figures">${money(trade, side)}</dl>
            </section>
            ${why.length > 0 && html`<section class="part" aria-labelledby="why"><h2 id="why">${t("why.title")}</h2>${reasons(why)}</section>`}
            <section class="part" aria-labelledby="proof">
                <h2 id="proof">${t("trade.proof")}</h2>
                <p><small>${t(trade.steps.length > 3 ? "trade.proof.text" : "trade.proof.soon")}</small></p>
                <p class="mono">busbar chain verify</p>
                <p><a href="/street/trades/${trade.id}">${t("trade.ledger")}</a></p>
            </section>
        </div>
    </div>`;
}

/** The household's own count of a running delivery; the stream's is newer than what was loaded. */
const progressOf = (trade, progress) => state.household.running.find((one) => one.trade.id === trade.id)?.progress ?? progress;

function said(trade, side) {
    const words = {
        energy: energy(trade.energyWh), delivered: energy(trade.deliveredWh), amount: exact(trade.price), got: exact(trade.sellerAmount), returned: exact(trade.returned),
        buyer: name(trade.buyer), seller: name(trade.seller),
    };
    const part = trade.deliveredWh < trade.energyWh && { settled: "part", delivered: "lessDelivered" }[trade.state];
    return t(`said.${part || trade.state}.${side ?? "other"}`, words);
}

function lead(trade) {
    if (["picked", "paid", "delivered"].includes(trade.state)) return t("trade.lead");
    if (trade.state === "open") {
        const lines = [trade.recipient && t("trade.for", { recipient: name(trade.recipient) }), trade.expiresAt && t("trade.lead.open", { time: marketClock(trade.expiresAt) })].filter(Boolean);
        return lines.length ? lines.join(" ") : null;
    }
    return t("trade.lead.over");
}

function steps(trade, side, progress, waiting) {
    const taken = trade.steps.map((step) => html`<li class="done"><div class="split"><h3>${t(`step.${step.step}`)}</h3><small>${when(step.time)}</small></div>
        <small>${text(step.step, trade, side)} · <a href="/street/blocks/${step.block}">${t("trade.block", { block: step.block })}</a></small></li>`);
    const last = trade.steps.at(-1)?.step;
    if (last === "SellerPaid" || endings.includes(last) || trade.state === "expired") return taken;
    const left = order.slice(order.indexOf(last) + 1);
    return [taken, left.map((step, index) => (index > 0
        ? html`<li class="later"><h3>${t(`step.${step}`)}</h3><small>${text(step, trade, side)}</small></li>`
        : next(step, trade, side, progress, waiting)))];
}

/** The step that comes next: what it waits for, and how far a delivery is. */
function next(step, trade, side, progress, waiting) {
    const isSent = waiting !== null && waiting !== undefined;
    if (isSent) return html`<li class="now" aria-current="step"><h3>${t(waiting.what === "cancel" ? "step.OfferCancelled" : `step.${step}`)}</h3><small>${t("dialog.wait")}</small></li>`;
    if (step !== "EnergyDelivered") return html`<li class="now" aria-current="step"><h3>${t(`next.${step}`)}</h3><small>${t(`next.${step}.text`)}</small></li>`;
    const done = progress?.ownWh ?? 0;
    const count = t(done >= trade.energyWh ? "trade.counted" : "trade.delivering", { done: energy(done), all: energy(trade.energyWh) });
    return html`<li class="now" aria-current="step"><h3>${t("step.delivering")}</h3>
        <progress value="${done}" max="${trade.energyWh}" aria-label="${t("step.delivering")}"></progress>
        <small>${count}${progress && html` ${t(side === "buyer" ? "trade.rest.buyer" : "trade.rest", { time: marketClock(progress.deadline) })}`}</small></li>`;
}

const text = (step, trade, side) => t(`step.${step}.${side ?? "other"}`, { buyer: name(trade.buyer), seller: name(trade.seller), energy: energy(trade.deliveredWh) });

function money(trade, side) {
    const isOver = ["settled", "refunded"].includes(trade.state);
    const rows = isOver
        ? [["trade.paid", side === "seller" ? trade.sellerAmount : String(BigInt(trade.sellerAmount) + BigInt(trade.fee))], ["trade.returned", trade.returned], ["trade.fee", trade.fee]]
        : [[trade.state === "open" ? "trade.asked" : "trade.inEscrow", trade.price]];
    return html`${rows.map(([key, amount]) => html`<div><dt>${t(side === "buyer" && key === "trade.paid" ? "trade.cost" : key)}</dt><dd>${exact(amount)} <small>${t("token")}</small></dd></div>`)}
        <div><dt>${t("token.each")}</dt><dd>${price(each(trade.price, trade.energyWh))}</dd></div>`;
}

/** Whoever hears the page is told of each step, once it is final. */
export const events = {
    step({ trade, step }, shown) {
        if (trade === shown.data?.trade.id) say(t(`step.${step}`));
    },
};

export const actions = {
    async takeBack({ data: { trade } }) {
        const done = await ask({
            title: t("takeBack.title", { energy: energy(trade.energyWh) }), text: t("takeBack.text"), confirm: t("market.takeBack"),
            act: () => send("DELETE", `/household/offers/${trade.id}`),
        });
        if (done?.transaction === null) state.sent.set(trade.id, "cancel");
        await reload();
    },
};
