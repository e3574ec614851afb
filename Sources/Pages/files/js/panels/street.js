import { html } from "../html.js";
import { t, percent, price, whole, energy, clock, span } from "../format.js";
import { get } from "../api.js";
import { state, setClocks, wallNow } from "../state.js";
import { sharedPicture } from "../shared.js";
import { tell } from "../dialog.js";
import { memberName, marketClock } from "../names.js";
import { search, searchActions } from "../explorer/search.js";

export const every = 5000;

export async function load() {
    const [community, quarters, validators, blocks] = await Promise.all([
        get("/community"), get("/community/quarters"), get("/validators"), get("/blocks?limit=5"),
    ]);
    state.standing = community.standing;
    setClocks(community.time, community.market.time, community.market.rate);
    return { community, quarters, validators, blocks };
}

/** What the street shares, and whether its ledger stands. */
export function view({ community, quarters, validators, blocks }, { width, isWide }) {
    const figures = [
        ["street.price", community.price === null ? "–" : price(community.price)], ["street.open", whole(community.openOffers)],
        ["street.running", whole(community.running)], ["street.settled", whole(community.settled)],
    ];
    const source = quarters.source ?? { kind: "none", aggregator: null };
    const { selfSufficiencyPermille: share, selfUsePermille: use } = community;
    return html`
    <div class="lead"><h1>${share === null ? t("street.title.few", { count: community.members }) : t("street.title", { share: percent(share) })}</h1>
        <p>${use === null ? t("street.lead.ledger", { energy: energy(community.settledWh), settled: whole(community.settled) }) : t("street.lead", { count: community.members, use: percent(use) })}</p></div>
    <section class="part" aria-labelledby="shared">
        <div class="split"><h2 id="shared">${t("street.shared")}</h2><small>kW</small></div>
        ${quarters.items.length ? sharedPicture(quarters, width, isWide) : html`<p>${untold(source)}</p>`}
        ${quarters.items.length > 0 && source.kind === "aggregator" && html`<p class="caption">${t("street.told", { name: aggregatorName(source), time: marketClock(source.until, true) })}</p>`}
        <p><button type="button" class="link" data-do="define">${t("street.define")}</button></p>
    </section>
    <section class="part" aria-labelledby="market"><h2 id="market">${t("street.market")}</h2>
        <dl class="figures wide">${figures.map(([key, value]) => html`<div><dt>${t(key)}</dt><dd>${value}</dd></div>`)}</dl></section>
    <div class="halves">
        <section class="part" aria-labelledby="validators"><h2 id="validators">${validators.answering === null ? t("street.validators.stalled", { count: validators.items.length }) : t("street.validators", { answering: validators.answering, all: validators.items.length })}</h2>
            <table><thead><tr><th scope="col">${t("street.validator")}</th><th scope="col" class="number">${t("street.vote")}</th></tr></thead><tbody>${validators.items.map(validator)}</tbody></table>
            <p class="caption">${t("street.quorum", { count: validators.quorum })}</p></section>
        <section class="part" aria-labelledby="blocks"><div class="split"><h2 id="blocks">${t("street.blocks")}</h2><a href="/street/blocks">${t("street.explorer")}</a></div>
            <table><thead class="sr"><tr><th scope="col">${t("explorer.block")}</th><th scope="col">${t("explorer.transactions")}</th><th scope="col">${t("explorer.time")}</th></tr></thead>
            <tbody>${blocks.items.map((block) => html`<tr><th scope="row"><a href="/street/blocks/${block.number}">${block.number}</a></th><td>${t("street.transactions", { count: block.transactions.length })}</td><td class="number">${ago(block.time)}</td></tr>`)}</tbody></table>
            ${search({})}</section>
    </div>`;
}

const aggregatorName = ({ aggregator }) => memberName(aggregator, "aggregator");

/** Why there is nothing to show of the day, and where there is. */
function untold(source) {
    if (source.aggregator === null) return t("street.unknown.nobody");
    const name = aggregatorName(source);
    if (source.kind === "meters") return t("street.unmeasured");
    if (source.kind === "none") return t("street.unknown", { name });
    return source.until === null ? t("street.untold", { name }) : t("street.untold.today", { name, time: marketClock(source.until, true) });
}

export const ago = (time) => t("time.ago", { time: span((wallNow() - Date.parse(time)) / 1000) });

function validator({ name: called, address, isAnswering, lastVoteAt }) {
    const since = lastVoteAt && span((wallNow() - Date.parse(lastVoteAt)) / 1000);
    const vote = since === null ? t("street.never") : t("time.ago", { time: since });
    return html`<tr><th scope="row"><a href="/street/accounts/${address}">${called ?? memberName(address, "validator")}</a></th>
        <td class="number">${isAnswering === false ? html`<span class="tag alarm">${since === null ? vote : t("street.missing", { time: since })}</span>` : vote}</td></tr>`;
}

export const actions = {
    ...searchActions,
    define: ({ data }) => tell(t("street.define"), html`<dl class="facts">${["both", "supply", "need", "self", "use"].map((word) => html`<div><dt>${t(`street.${word}`)}</dt><dd>${t(`define.${word}`)}</dd></div>`)}</dl>
        <p><small>${t("define.asOf", { time: clock(data.community.asOf) })}</small></p>`),
};
