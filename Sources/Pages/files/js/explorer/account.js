import { html } from "../html.js";
import { t, exact, whole } from "../format.js";
import { get } from "../api.js";
import { name, memberName } from "../names.js";
import { trail, facts, rawForm, accountLink, blockLink, ago, transactionsTable } from "./parts.js";

export async function load([address]) {
    const [account, transactions, transfers] = await Promise.all([get(`/accounts/${address}`), get(`/accounts/${address}/transactions?limit=10`), get(`/accounts/${address}/transfers?limit=10`)]);
    return { account, transactions, transfers };
}

/** One account: what it holds, what it asked for, what moved. */
export function view({ account, transactions, transfers }) {
    return html`
    ${trail("members")}
    <div class="lead"><h1>${t("account.title", { name: account.role ? memberName(account.address, account.role) : name(account.address), amount: exact(account.balance) })}</h1><p class="mono">${account.address}</p></div>
    <section class="part" aria-label="${t("explorer.fields")}">${facts([
        ["role", account.role ? t(`role.${account.role}`) : t("account.none"), account.role ?? undefined], ["suspended", account.suspended === null ? "–" : t(account.suspended ? "yes" : "no")],
        ["trades", whole(account.trades)], ["nonce", whole(account.nonce)],
    ])}</section>
    <div class="halves">
        <section class="part" aria-labelledby="sent"><h2 id="sent">${t("account.sent")}</h2>${transactionsTable(transactions.items)}</section>
        <section class="part" aria-labelledby="moved"><h2 id="moved">${t("account.moved")}</h2>${transfers.items.length ? html`<table class="stack"><thead><tr><th scope="col">${t("token")}</th><th scope="col">${t("account.other")}</th><th scope="col">${t("explorer.block")}</th><th scope="col" class="number">${t("explorer.time")}</th></tr></thead>
            <tbody>${transfers.items.map((one) => {
                const isIn = one.to === account.address;
                return html`<tr><th scope="row">${isIn ? "+" : "−"}${exact(one.amount)}</th><td>${isIn ? transferred(one.from, "account.from") : transferred(one.to, "account.to")}</td><td>${blockLink(one.block)}</td><td class="number">${ago(one.time)}</td></tr>`;
            })}</tbody></table>` : html`<p>${t("explorer.none")}</p>`}</section>
    </div>
    ${rawForm(`/accounts/${account.address}`, account)}`;
}

const transferred = (address, key) => html`${t(key)} ${address ? accountLink(address) : t("account.contract")}`;
