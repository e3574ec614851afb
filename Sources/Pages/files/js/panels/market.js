import { html } from "../html.js";
import { t, energy, exact, price, clock, each, span } from "../format.js";
import { get, send } from "../api.js";
import { state, isOwner, marketNow } from "../state.js";
import { ask } from "../dialog.js";
import { name, isFavourite, marketClock } from "../names.js";
import { go, reload, trouble } from "../page.js";
import { offerForm, offerActions } from "../offerform.js";

export const reloadOn = ["step", "reset", "back"];

/** The most pages of offers that are asked for; a street has fewer. */
const mostPages = 3;

export async function load(params, { form, query }) {
    form.energy ??= query.get("energy") ?? undefined;
    const [offers, suggestion, rules] = await Promise.all([openOffers(), get("/household/suggestion"), get("/household/rules")]);
    form.suggestion ??= suggestion;
    return { offers, suggestion, rules };
}

async function openOffers() {
    // Those for us, our own and those for anyone are asked for apart: no number of one kind hides another. Those of others
    // for others are not asked for at all.
    const { account } = state.household;
    const [forUs, ours] = await Promise.all([`recipient=${account}`, `seller=${account}`].map((whose) => get(`/offers?limit=100&${whose}`)));
    const items = [...forUs.items, ...ours.items];
    let cursor = "";
    for (let page = 0; page < mostPages; page += 1) {
        const answer = await get(`/offers?limit=100&recipient=nobody${cursor}`);
        items.push(...answer.items.filter((offer) => offer.seller !== account));
        if (!answer.next) break;
        cursor = `&cursor=${answer.next}`;
    }
    return groups(items.filter((offer) => secondsLeft(offer) > 0));
}

/** Gifts to us come first, and of our own those for one household alone last. */
const rank = ({ recipient, price: asked }) => (recipient === null ? 1 : recipient !== state.household.account ? 2 : asked === "0" ? 0 : 1);

/** Offers of one seller, energy, price and recipient are one row: whoever buys gets the one that stands longest. */
function groups(items) {
    const alike = new Map();
    for (const offer of items) {
        const key = `${offer.seller} ${offer.energyWh} ${offer.price} ${offer.recipient}`;
        alike.set(key, [...alike.get(key) ?? [], offer]);
    }
    const cost = (offer) => offer.price / offer.energyWh;
    return [...alike.values()].map((group) => ({ offer: group.sort((one, other) => secondsLeft(other) - secondsLeft(one))[0], count: group.length }))
        .sort((one, other) => rank(one.offer) - rank(other.offer) || cost(one.offer) - cost(other.offer) || isFavourite(other.offer.seller) - isFavourite(one.offer.seller) || one.offer.id - other.offer.id);
}

/** What neighbours offer, and what to offer them. */
export function view({ offers, suggestion, rules }, size, { form }) {
    const { tariff, account, role } = state.household;
    const open = offers.filter(({ offer }) => secondsLeft(offer) > 0);
    const others = open.filter(({ offer }) => offer.seller !== account);
    const mine = open.filter(({ offer }) => offer.seller === account);
    return html`
    <div class="lead"><h1>${said(others)}</h1>
        ${tariff && html`<p>${t("market.lead", { feedIn: price(tariff.feedIn), retail: price(tariff.retail) })}</p>`}</div>
    <div class="beside">
        <section class="part" aria-labelledby="open">
            <div class="split"><h2 id="open">${t("market.open")}</h2><small>${t("token.each")}</small></div>
            ${trouble(form)}
            ${others.length ? html`<ul class="rows">${others.map(row)}</ul>` : html`<p>${t("market.empty")}</p>`}
            ${mine.length > 0 && html`<h3 class="mine">${t("market.yours")}</h3><ul class="rows">${mine.map(row)}</ul>`}
            ${state.session?.role === "viewer" && html`<p class="caption">${t("viewer.text")}</p>`}
        </section>
        <div>
            <section class="part" aria-labelledby="rules">
                <div class="split"><h2 id="rules">${t("market.rules")}</h2><a href="/more">${t(isOwner() ? "market.change" : "market.see")}</a></div>
                <p>${rules.isEnabled ? t("market.rules.text", { ask: price(rules.sellFrom), bid: price(rules.buyUpTo) }) : t("market.rules.off")}</p>
            </section>
            <section class="part" aria-labelledby="offer">
                <h2 id="offer">${t("market.offer")}</h2>
                ${role === "prosumer" && isOwner() ? offerForm(form, suggestion) : html`<p>${t(role === "prosumer" ? "viewer.text" : "market.consumer")}</p>`}
            </section>
        </div>
    </div>`;
}

const secondsLeft = (offer) => (offer.expiresAt ? (Date.parse(offer.expiresAt) - marketNow()) / 1000 : Infinity);

function said(others) {
    const cheapest = others[0]?.offer;
    if (!cheapest) return t("market.nothing", { time: clock(new Date(marketNow())) });
    if (cheapest.price === "0") return t("market.given", { energy: energy(cheapest.energyWh) });
    return t("market.title", { price: price(each(cheapest.price, cheapest.energyWh)) });
}

function row({ offer, count }) {
    const isMine = offer.seller === state.household.account;
    const isGift = offer.price === "0";
    const left = secondsLeft(offer);
    const about = [isMine && offer.recipient && t("market.for", { recipient: name(offer.recipient) }), count > 1 && t("market.alike", { count }), isFavourite(offer.seller) && t("market.favourite"), left < 86_400 && t("market.until", { time: span(left) })].filter(Boolean).join(" · ");
    return html`<li data-key="${offer.id}"><div class="row">
        <span><strong>${energy(offer.energyWh)}</strong> ${!isMine && t("market.from", { seller: name(offer.seller) })}<small>${about}</small></span>
        <span class="price">${isGift ? t("market.gift") : price(each(offer.price, offer.energyWh))}<small>${isGift ? t("market.free") : t("market.total", { amount: exact(offer.price) })}</small></span>
        ${isOwner() && html`<button type="button" class="quiet buy" data-do="${isMine ? "takeBack" : "pick"}" data-id="${offer.id}"
            aria-label="${t(isMine ? "market.takeBack" : isGift ? "market.take" : "market.buy")} ${offer.id}, ${energy(offer.energyWh)}">${t(isMine ? "market.takeBack" : isGift ? "market.take" : "market.buy")}</button>`}
    </div></li>`;
}

const find = (data, element) => data.offers.find(({ offer }) => String(offer.id) === element.dataset.id).offer;

export const actions = {
    ...offerActions,

    /** Says all in one sentence, and buys. */
    async pick({ element, data }) {
        const offer = find(data, element);
        const isGift = offer.price === "0";
        const until = new Date(marketNow() + state.household.deliverySeconds * 1000).toISOString();
        const words = { energy: energy(offer.energyWh), seller: name(offer.seller), amount: exact(offer.price), time: marketClock(until) };
        const made = await ask({
            title: t(isGift ? "pick.title.gift" : "pick.title", words), text: t(isGift ? "pick.text.gift" : "pick.text", words), confirm: t(isGift ? "market.take" : "market.buy"),
            fields: BigInt(offer.price) > BigInt(state.household.balance) && html`<p><a href="/more/tokens" data-leave="1">${t("more.buy")}</a></p>`,
            act: () => send("POST", "/household/picks", { trade: offer.id, price: offer.price }),
        });
        if (!made) {
            await reload();
            return;
        }
        if (made.transaction === null) state.sent.set(offer.id, "pick");
        await go(`/market/${offer.id}`);
    },

    async takeBack({ element, data }) {
        const offer = find(data, element);
        const done = await ask({
            title: t("takeBack.title", { energy: energy(offer.energyWh) }), text: t("takeBack.text"), confirm: t("market.takeBack"),
            act: () => send("DELETE", `/household/offers/${offer.id}`),
        });
        if (done?.transaction === null) state.sent.set(offer.id, "cancel");
        if (done) await go(`/market/${offer.id}`);
    },
};
