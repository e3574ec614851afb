import { html } from "../html.js";
import { t, whole } from "../format.js";
import { get } from "../api.js";
import { trail, facts, rawForm, accountLink, time, transactionsTable } from "./parts.js";

export async function load([id]) {
    const [block, transactions] = await Promise.all([get(`/blocks/${id}`), get(`/blocks/${id}/transactions`)]);
    return { block, transactions };
}

/** One block: what a quorum has sealed. */
export function view({ block, transactions }) {
    return html`
    ${trail("blocks")}
    <div class="lead"><h1>${t("block.title", { number: block.number })}</h1><p>${t("block.lead", { count: block.seals })}</p></div>
    <section class="part" aria-labelledby="inside"><h2 id="inside">${t("explorer.transactions")}</h2>${transactionsTable(transactions.items)}</section>
    <section class="part" aria-label="${t("explorer.fields")}">${facts([
        ["time", time(block.time), block.time], ["proposer", accountLink(block.proposer, "validator"), block.proposer],
        ["hash", html`<span class="mono">${block.hash}</span>`], ["parentHash", html`<a class="mono" href="/street/blocks/${block.number - 1}">${block.parentHash}</a>`], ["stateRoot", html`<span class="mono">${block.stateRoot}</span>`],
        ["seals", whole(block.seals)], ["round", whole(block.round)], ["sizeBytes", whole(block.sizeBytes)], ["gasUsed", whole(block.gasUsed)],
    ])}
        <p class="split"><span>${block.number > 0 && html`<a href="/street/blocks/${block.number - 1}">← ${block.number - 1}</a>`}</span><a href="/street/blocks/${block.number + 1}">${block.number + 1} →</a></p></section>
    ${rawForm(`/blocks/${block.number}`, block)}`;
}
