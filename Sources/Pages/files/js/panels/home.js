import { html } from "../html.js";
import { t, watts, energy, tokens, exact, price, clock } from "../format.js";
import { get } from "../api.js";
import { state } from "../state.js";
import { flow } from "../flow.js";
import { dayFigure } from "../days.js";
import { name, marketClock } from "../names.js";
import { readingAge } from "../live.js";

export const reloadOn = ["quarter", "day", "reset", "back"];
export const load = () => get("/household/quarters");

/** What is now, what is under way, what was today. */
export function view(quarters, { width, column, isWide }) {
    const { today, live } = state.household;
    const { title, text } = said();
    return html`
    <div class="lead"><h1>${title}</h1>${text && html`<p>${text}</p>`}</div>
    <div class="beside">
        <section class="part ${(state.staleSince || state.offlineSince) && "aged"}" aria-labelledby="now">
            <div class="split"><h2 id="now">${t("home.now")}</h2><small>${live && measured()}</small></div>
            ${live ? flow({ live, peak: state.household.peakWatts }, column, isWide ? 360 : 322) : html`<p>${t("home.silent.text")}</p>`}
            ${live && html`<p class="caption">${knowledge(live)}</p>`}
        </section>
        <div>
            ${state.household.isNew ? newcomer() : running()}
            <section class="part" aria-labelledby="today">
                <h2 id="today">${t("home.today")}</h2>
                <dl class="figures">
                    <div><dt><span class="key near"></span>${t("home.given")}</dt><dd>${energy(today.toNeighboursWh)}</dd></div>
                    <div><dt>${t("home.earned")}</dt><dd>${tokens(today.earned)} <small>${t("token")}</small></dd></div>
                    <div><dt><span class="key near"></span>${t("home.got")}</dt><dd>${energy(today.fromNeighboursWh)}</dd></div>
                    <div><dt>${t("home.spent")}</dt><dd>${tokens(today.spent)} <small>${t("token")}</small></dd></div>
                </dl>
            </section>
        </div>
    </div>
    <section class="part" aria-labelledby="day">
        <div class="split"><h2 id="day">${t("home.day")}</h2><a href="/history/${quarters.day}">${t("home.table")}</a></div>
        ${quarters.items.length ? dayFigure(quarters, width, isWide ? 210 : 180) : html`<p>${t("history.empty")}</p>`}
    </section>`;
}

/** The sentence, by what flows. */
function said() {
    const { live, tariff, role } = state.household;
    if (!live) return { title: t("home.silent") };
    const { connectionWatts: connection, generationWatts: generation, neighboursWatts: near } = live;
    const power = Math.abs(connection);
    const write = watts(power, near ?? 0);
    const rest = power - (near ?? 0);
    const offer = role === "prosumer" && html` <a href="/market#offer">${t("home.offerIt")}</a>`;
    if (generation > 0 && power < 50) return { title: t("home.alone") };
    if (connection < 0) {
        if (!near) return { title: t("home.toGrid", { power: write(power) }), text: html`${tariff && t("home.toGrid.text", { price: price(tariff.feedIn) })}${offer}` };
        return { title: t("home.giving", { power: write(near) }), text: rest > 0 && html`${tariff ? t("home.spare", { power: write(rest), price: price(tariff.feedIn) }) : t("home.spare.only", { power: write(rest) })}${offer}` };
    }
    if (near === null) return { title: t("home.drawing", { power: write(power) }) };
    if (near === 0) return { title: t("home.fromGrid", { power: write(power) }), text: html`<a href="/market">${t("home.look")}</a>` };
    return { title: t("home.getting", { power: write(near) }), text: rest > 0 && (tariff ? t("home.rest", { power: write(rest), price: price(tariff.retail) }) : t("home.rest.only", { power: write(rest) })) };
}

function measured() {
    const since = state.staleSince ?? state.offlineSince ?? state.keptAt;
    return since ? t("notice.since", { time: clock(since) }) : t("home.measured", { seconds: Math.max(readingAge(), 0) });
}

/** How much of the picture is measured. */
function knowledge(live) {
    const parts = [];
    if (live.generationWatts === null) parts.push(t("home.connectionOnly"));
    if (live.generationWatts + live.connectionWatts < 0 && live.generationWatts !== null) parts.push(t("home.unexplained"));
    if (live.split === "quarter") parts.push(t("home.splitOf", { time: marketClock(live.splitOf) }));
    if (live.neighboursWatts === null) parts.push(t("home.noSplit"));
    return parts.join(" ");
}

/** The first visit: three sentences in place of the running trade. */
function newcomer() {
    const isProsumer = state.household.role === "prosumer";
    return html`<section class="part" aria-labelledby="first">
        <h2 id="first">${t("first.title")}</h2>
        <ul class="three"><li>${t("first.1")}</li><li>${isProsumer ? t("first.2") : t("first.2.consumer")}</li><li>${isProsumer ? t("first.3") : t("first.3.consumer")}</li></ul>
        <p class="actions"><a class="button" href="/market${isProsumer ? "?energy=100#offer" : ""}">${t(isProsumer ? "first.offer" : "first.take")}</a></p>
    </section>`;
}

function running() {
    const trades = state.household.running;
    return html`<section class="part" aria-labelledby="running">
        <div class="split"><h2 id="running">${t("home.running")}</h2>${trades.length === 1 && html`<a href="/market/${trades[0].trade.id}">${t("home.details")}</a>`}</div>
        ${trades.length === 0 && html`<p>${t(state.household.isTrading ? "home.idle" : "home.idle.off")}</p>`}
        ${trades.length > 0 && html`<ul class="bars">${trades.slice(0, 3).map((one) => delivery(one, trades.length > 1))}</ul>`}
    </section>`;
}

function delivery({ trade, side, progress }, isOneOfMany) {
    const other = side === "seller" ? t("home.toBuyer", { buyer: name(trade.buyer) }) : t("home.fromSeller", { seller: name(trade.seller) });
    const done = progress ? t("home.delivered", { done: energy(progress.ownWh), all: energy(trade.energyWh) }) : t("home.notYet", { all: energy(trade.energyWh) });
    return html`<li><p><strong>${isOneOfMany ? html`<a href="/market/${trade.id}">${other}</a>` : other}</strong></p>
        <progress value="${progress?.ownWh ?? 0}" max="${trade.energyWh}" aria-label="${other}"></progress>
        <div class="split"><small>${done}</small><small>${t("home.escrow", { amount: exact(trade.price) })}</small></div></li>`;
}
