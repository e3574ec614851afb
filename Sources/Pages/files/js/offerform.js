import { html } from "./html.js";
import { t, energy, exact, price, typed, parseTokens, parseWhole, span } from "./format.js";
import { send } from "./api.js";
import { state } from "./state.js";
import { go, reload, trouble } from "./page.js";
import { name } from "./names.js";

/** What the fields say: energy in Wh, the price of a kilowatt-hour and of all of it, null where wrong; and for whom it is, empty for anyone. */
function read(form, suggestion) {
    const wattHours = parseWhole(form.energy ?? String(suggestion?.energyWh ?? 100));
    const each = parseTokens(form.price ?? (suggestion ? typed(suggestion.price) : ""));
    const total = wattHours !== null && each !== null ? String((BigInt(each) * BigInt(wattHours) + 500n) / 1000n) : null;
    return { wattHours, each, total, recipient: form.recipient ?? "" };
}

/** What is wrong with the energy, as it is typed. */
function energyTrouble({ wattHours }) {
    const most = state.household.ratedPowerWatts;
    if (wattHours === null || wattHours < 1) return t("offer.energy.wrong");
    return most !== null && wattHours > most ? t("problem.above-rated-power", { mostWh: energy(most) }) : null;
}

/** Whether it can be offered: for nothing only to one alone. */
const isFor = ({ total, recipient }) => total !== null && (total !== "0" || recipient !== "");

/** What becomes of a price outside of what the supplier pays and charges. */
function priceWord({ each }) {
    const { tariff } = state.household;
    if (!tariff || !each || each === "0") return null;
    if (BigInt(each) < BigInt(tariff.feedIn)) return t("offer.low", { price: price(tariff.feedIn) });
    return BigInt(each) > BigInt(tariff.retail) ? t("offer.high", { price: price(tariff.retail) }) : null;
}

export function offerForm(form, suggestion) {
    const values = read(form, suggestion);
    const wrong = form.energy !== undefined && energyTrouble(values);
    const minutes = suggestion?.minutes && values.wattHours ? suggestion.minutes * values.wattHours / suggestion.energyWh : null;
    const sum = values.total === null ? t("offer.price.wrong")
        : !isFor(values) ? t("offer.price.nothing")
        : values.total === "0" ? t("offer.gift")
        : [t("offer.sum", { amount: exact(values.total) }), minutes && t("offer.minutes", { time: span(minutes * 60) })].filter(Boolean).join(" ");
    return html`<form class="bars" data-do="offer">
        <div><label for="energy">${t("market.energy")}</label>
            <input id="energy" name="energy" inputmode="numeric" autocomplete="off" value="${form.energy ?? suggestion?.energyWh ?? 100}" data-input="typing" required aria-describedby="energy-word" ${wrong && html`aria-invalid="true"`}>
            <small id="energy-word" class="${wrong && "error"}">${wrong || (state.household.ratedPowerWatts !== null && t("offer.most", { most: energy(state.household.ratedPowerWatts) }))}</small></div>
        <div><label for="price">${t("market.price")}</label>
            <input id="price" name="price" inputmode="decimal" autocomplete="off" value="${suggestion && typed(suggestion.price)}" data-input="typing" required aria-describedby="sum" ${form.price !== undefined && !isFor(values) && html`aria-invalid="true"`}>
            <small id="sum">${[sum, priceWord(values)].filter(Boolean).join(" ")}</small></div>
        <div><label for="recipient">${t("offer.for")}</label>
            <select id="recipient" name="recipient" data-change="typing"><option value="">${t("offer.anyone")}</option>${[...state.neighbours.keys()].map((address) => html`<option value="${address}" ${address === form.recipient && html`selected`}>${name(address)}</option>`)}</select></div>
        <div><label for="stands">${t("offer.stands")}</label>
            <select id="stands" name="stands">${[3600, 14_400, 43_200].map((duration) => html`<option value="${duration}">${span(duration)}</option>`)}</select></div>
        ${trouble(form)}
        ${form.sent && html`<p role="status">${t("offer.sent")}</p>`}
        <button ${form.isBusy && html`disabled`}>${form.isBusy ? t("dialog.wait") : t("market.make")}</button>
    </form>`;
}

export const offerActions = {
    typing({ element, form, redraw }) {
        form[element.name] = element.value;
        redraw();
    },

    async offer({ element, form, data, redraw }) {
        const values = read(form, data.suggestion);
        if (energyTrouble(values) || !isFor(values)) {
            form.energy ??= element.elements.energy.value;
            form.price ??= element.elements.price.value;
            element.elements[energyTrouble(values) ? "energy" : "price"].focus();
            redraw();
            return;
        }
        form.isBusy = true;
        redraw();
        try {
            const body = { energyWh: values.wattHours, price: values.total, forSeconds: Number(element.elements.stands.value) };
            if (values.recipient) body.recipient = values.recipient;
            const { trade } = await send("POST", "/household/offers", body);
            if (trade) await go(`/market/${trade}`);
            else {
                form.sent = true;
                await reload();
            }
        } finally {
            form.isBusy = false;
        }
    },
};
