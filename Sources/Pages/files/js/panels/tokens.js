import { html } from "../html.js";
import { t, tokens, exact, plain, parseTokens } from "../format.js";
import { get, send } from "../api.js";
import { state, isOwner, changed } from "../state.js";
import { ask } from "../dialog.js";
import { reload, trouble } from "../page.js";
import { when } from "../names.js";

export const reloadOn = ["purchase", "step", "reset", "back"];
export const load = () => get("/household/purchases");

const choices = [5, 10, 20, 50];

/** Tokens are ordered of the aggregator, on the ledger, and paid for outside of it. */
export function view({ items, limitPerDay, reference }, size, { form }) {
    const { balance, due, escrow } = state.household;
    const open = items.find((item) => item.status === "open");
    const rest = items.filter((item) => item !== open);
    return html`
    <p class="trail"><a href="/more">${t("nav.more")}</a></p>
    <div class="lead"><h1>${t("tokens.title", { balance: tokens(balance) })}</h1>
        <p>${due !== "0" && t("tokens.due", { due: exact(due) })} ${escrow !== "0" && t("tokens.escrow", { escrow: exact(escrow) })}</p></div>
    <div class="halves">
        <section class="part" aria-labelledby="buy">
            ${open ? html`<h2 id="buy">${t("tokens.number", { number: open.number })}</h2>${steps(open, limitPerDay)}
                ${trouble(form)}
                ${isOwner() && html`<p class="actions"><button type="button" class="quiet" data-do="takeBack" data-number="${open.number}">${t("market.takeBack")}</button></p>`}`
            : html`<h2 id="buy">${t("tokens.buy")}</h2>${isOwner() ? order(form, reference) : html`<p>${t("viewer.text")}</p>`}`}
        </section>
        <section class="part" aria-labelledby="past">
            <h2 id="past">${t("tokens.past")}</h2>
            ${rest.length ? html`<ul class="bars">${rest.map((item) => html`<li><p class="caption">${t("tokens.number", { number: item.number })}</p>${steps(item, limitPerDay)}</li>`)}</ul>` : html`<p>${t("tokens.none")}</p>`}
        </section>
    </div>`;
}

function order(form, reference) {
    const amount = chosen(form);
    return html`<form class="bars" data-do="order">
        <fieldset><legend>${t("tokens.amount")}</legend><div class="choice">
            ${choices.map((value) => html`<label><input type="radio" name="choice" value="${value}" data-change="choose" ${value === 20 && html`checked`}>${value}</label>`)}
            <label><input type="radio" name="choice" value="own" data-change="choose">${t("tokens.own")}</label></div></fieldset>
        ${form.choice === "own" && html`<div><label for="own">${t("tokens.own.amount")}</label><input id="own" name="own" inputmode="decimal" autocomplete="off" data-input="own" required></div>`}
        <div><label for="reference">${t("tokens.reference")}</label><input id="reference" name="reference" value="${reference}" maxlength="32" required aria-describedby="how">
            <small id="how">${t("tokens.how")}</small></div>
        ${trouble(form)}
        <button ${(form.isBusy || !amount) && html`disabled`}>${form.isBusy ? t("dialog.wait") : amount ? t("tokens.order", { amount: plain(amount) }) : t("tokens.order.which")}</button>
    </form>`;
}

function chosen(form) {
    const amount = parseTokens(form.choice === "own" ? form.own ?? "" : form.choice ?? "20");
    return amount === "0" ? null : amount;
}

/** An order as steps: ordered, then sold, declined or taken back. */
function steps({ amount, reference, status, reason, orderedAt, closedAt, block }, limit) {
    const time = (at) => html`<small>${when(at)}</small>`;
    const isAbove = limit !== null && BigInt(amount) > BigInt(limit);
    return html`<ol class="steps">
        <li class="done"><div class="split"><h3>${t("tokens.ordered", { amount: plain(amount) })}</h3>${time(orderedAt)}</div><small>${t("tokens.referenceIs", { reference })}</small></li>
        ${status === "open" ? html`<li class="now" aria-current="step"><h3>${t("tokens.open")}</h3><small>${isAbove ? t("tokens.limit", { limit: plain(limit) }) : t("tokens.pay")}</small></li>`
        : html`<li class="done"><div class="split"><h3>${t(`tokens.${status}`)}</h3>${closedAt && time(closedAt)}</div>
            <small>${reason ?? html`${t("tokens.final")} <a href="/street/blocks/${block}">${t("trade.block", { block })}</a>`}</small></li>`}
    </ol>`;
}

export const actions = {
    choose({ element, form, redraw }) {
        form.choice = element.value;
        redraw();
    },
    own({ element, form, redraw }) {
        form.own = element.value;
        redraw();
    },
    async order({ element, form }) {
        form.isBusy = true;
        try {
            await send("POST", "/household/purchases", { amount: chosen(form), reference: element.elements.reference.value.trim() });
            await reload();
        } finally {
            form.isBusy = false;
            changed();
        }
    },
    async takeBack({ element }) {
        await ask({
            title: t("tokens.takeBack", { number: element.dataset.number }), text: t("tokens.takeBack.text"), confirm: t("market.takeBack"),
            act: () => send("DELETE", `/household/purchases/${element.dataset.number}`),
        });
        await reload();
    },
};
