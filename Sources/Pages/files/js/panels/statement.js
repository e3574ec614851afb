import { html } from "../html.js";
import { t, energy, exact, price, tokens, monthName } from "../format.js";
import { get } from "../api.js";
import { name, when } from "../names.js";

export const load = ([month]) => get(`/household/statements/${month}`);

/** A month's statement, made to be printed on A4. */
export function view(data) {
    const { month, household, street, account, madeAt, height, blockHash, tariff, sums, items, isWhole } = data;
    const facts = [
        [t("statement.household"), `${household}, ${street}`], [t("statement.account"), html`<span class="mono">${account}</span>`],
        [t("statement.made"), t("statement.height", { time: when(madeAt), block: height })],
        tariff && [t("statement.tariff"), t("statement.tariff.text", { feedIn: price(tariff.feedIn), retail: price(tariff.retail), fee: price(tariff.gridFee) })],
    ].filter(Boolean);
    return html`
    <p class="trail"><a href="/history/${month}">${t("nav.history")}</a></p>
    <div class="lead"><h1>${t("statement.title", { month: monthName(month) })}</h1>${!isWhole && html`<p>${t("statement.part")}</p>`}</div>
    <section class="part"><dl class="facts">${facts.map(([key, value]) => html`<div><dt>${key}</dt><dd>${value}</dd></div>`)}</dl></section>
    <section class="part" aria-labelledby="sums"><h2 id="sums">${t("statement.sums")}</h2>
        <dl class="figures wide">
            <div><dt>${t("home.given")}</dt><dd>${energy(sums.toNeighboursWh)}</dd></div><div><dt>${t("home.earned")}</dt><dd>${tokens(sums.earned)}</dd></div>
            <div><dt>${t("home.got")}</dt><dd>${energy(sums.fromNeighboursWh)}</dd></div><div><dt>${t("history.spent", { fee: tokens(sums.fee) })}</dt><dd>${tokens(sums.spent)}</dd></div>
        </dl></section>
    <section class="part" aria-labelledby="lines"><h2 id="lines">${t("statement.lines")}</h2>
        ${items.length ? html`<div class="scroll" tabindex="0" role="group" aria-labelledby="lines"><table><thead><tr><th scope="col">${t("statement.trade")}</th><th scope="col">${t("statement.with")}</th><th scope="col" class="number">${t("statement.delivered")}</th><th scope="col" class="number">${t("token")}</th><th scope="col" class="number">${t("statement.saved")}</th><th scope="col">${t("statement.blocks")}</th></tr></thead>
        <tbody>${items.map(line)}</tbody></table></div>` : html`<p>${t("statement.none")}</p>`}</section>
    <section class="part" aria-labelledby="check"><h2 id="check">${t("history.verify")}</h2><p><small>${t("verify.what")}</small></p>
        <p class="mono">busbar statement verify ${month}.json --api-certificate ~/busbar/tls/api.pem</p><p class="mono">${blockHash}</p>
        <p class="actions"><button type="button" data-do="print">${t("statement.print")}</button> <a class="button quiet" href="/api/v1/household/statements/${month}" download="${month}.json">${t("verify.file", { file: `${month}.json` })}</a></p></section>`;
}

function line(item) {
    const isSale = item.side === "seller";
    const paid = isSale ? BigInt(item.amount) : -BigInt(item.amount);
    return html`<tr><th scope="row"><a href="/market/${item.trade}">${item.trade}</a> <small>${when(item.time)}</small></th><td>${isSale ? t("home.toBuyer", { buyer: name(item.counterparty) }) : t("home.fromSeller", { seller: name(item.counterparty) })}</td>
        <td class="number">${t("home.delivered", { done: energy(item.deliveredWh), all: energy(item.energyWh) })}</td><td class="number">${exact(paid)}</td><td class="number">${item.savedAgainstRetail === null ? "–" : exact(item.savedAgainstRetail)}</td>
        <td class="mono">${[...new Set(item.blocks)].map((block) => html`<a href="/street/blocks/${block}">${block}</a> `)}</td></tr>`;
}

export const actions = { print: () => print() };
