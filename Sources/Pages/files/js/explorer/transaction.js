import { html } from "../html.js";
import { t, whole } from "../format.js";
import { get } from "../api.js";
import { trail, facts, rawForm, accountLink, blockLink, time, does, status } from "./parts.js";

export const load = ([hash]) => get(`/transactions/${hash}`);

/** One transaction: who asked for what, and what became of it. */
export function view(one) {
    const isFinal = one.status === "final" || one.status === "failed";
    return html`
    ${trail("transactions")}
    <div class="lead"><h1>${does(one.function)}</h1><p>${t(`transaction.${one.status}`)} ${one.reason && t("transaction.reason", { reason: one.detail ?? one.reason })}</p></div>
    <section class="part" aria-label="${t("explorer.fields")}">${facts([
        ["status", status(one), one.status], isFinal && ["block", blockLink(one.block), `${one.block}-${one.index}`], one.time && ["time", time(one.time), one.time],
        ["from", accountLink(one.from), one.from], ["to", one.to ? accountLink(one.to) : "–", one.to ?? ""], one.function && ["function", does(one.function), one.function],
        ["hash", html`<span class="mono">${one.hash}</span>`], one.nonce !== undefined && ["nonce", whole(one.nonce)], isFinal && ["gasUsed", whole(one.gasUsed)], one.data && ["data", html`<span class="mono">${one.data}</span>`],
    ])}</section>
    ${rawForm(`/transactions/${one.hash}`, one)}`;
}
