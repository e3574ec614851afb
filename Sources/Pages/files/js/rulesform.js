import { html } from "./html.js";
import { t, price, typed, parseTokens, parseWhole } from "./format.js";
import { send, getTagged } from "./api.js";
import { state, isOwner, changed, marketNow } from "./state.js";
import { reload, trouble, say } from "./page.js";
import { ladder } from "./ladder.js";
import { marketClock } from "./names.js";

const prices = ["sellFrom", "buyUpTo"];
const further = ["askUpTo", "reserve", "mostPerDay"];
/** How long a change may be undone, in milliseconds. */
const undoable = 10_000;

const text = (form, rules, field) => form[field] ?? typed(rules[field]);
const value = (form, rules, field) => parseTokens(text(form, rules, field));

/** What becomes of a limit outside of the corridor. */
function word(field, amount, least) {
    const { tariff } = state.household;
    if (amount === null) return t("rules.wrong");
    if (field === "askUpTo" && BigInt(amount) < BigInt(least)) return t("rules.askUpTo.low");
    if (!tariff) return null;
    if (field === "sellFrom" && BigInt(amount) < BigInt(tariff.feedIn)) return t("offer.low", { price: price(tariff.feedIn) });
    return field === "buyUpTo" && BigInt(amount) > BigInt(tariff.retail) ? t("offer.high", { price: price(tariff.retail) }) : null;
}

function input(form, rules, field) {
    const amount = value(form, rules, field);
    const said = word(field, amount, value(form, rules, "sellFrom") ?? "0");
    return html`<div><label for="${field}">${t(`rules.${field}`)}</label>
        <input id="${field}" name="${field}" inputmode="decimal" autocomplete="off" value="${typed(rules[field])}" data-input="typing" required ${amount === null && html`aria-invalid="true"`} ${said && html`aria-describedby="${field}-word"`}>
        ${said && html`<small id="${field}-word" class="${amount === null && "error"}">${said}</small>`}</div>`;
}

/** From when a change holds: the next quarter hour, or the trader's next decision. */
const fromWhen = ({ effectiveAt }) => (Date.parse(effectiveAt) > marketNow() + 1000 ? t("rules.from", { time: marketClock(effectiveAt) }) : t("rules.at-once"));

/** The rules by which the node trades, set once. */
export function rulesForm({ rules, now }, width, form) {
    const { tariff } = state.household;
    const [ask, bid] = prices.map((field) => value(form, rules, field) ?? rules[field]);
    const picture = tariff && ladder(tariff, { ask, bid }, now, width);
    if (!isOwner()) return html`${picture}<dl class="facts">${[...prices, ...further].map((field) => html`<div><dt>${t(`rules.${field}`)}</dt><dd>${price(rules[field])}</dd></div>`)}</dl><p class="caption">${t("viewer.text")}</p>`;
    return html`${picture}
    <form class="bars" data-do="saveRules">
        <label class="checked"><input type="checkbox" name="isEnabled" ${rules.isEnabled && html`checked`}>${t("rules.isEnabled")}</label>
        <div class="pair">${prices.map((field) => input(form, rules, field))}</div>
        <details><summary>${t("rules.further")}</summary><div class="bars">${further.map((field) => input(form, rules, field))}
            <div><label for="lotWh">${t("rules.lotWh")}</label><input id="lotWh" name="lotWh" inputmode="numeric" autocomplete="off" value="${rules.lotWh}" required></div></div></details>
        ${trouble(form)}
        <small>${fromWhen(rules)}</small>
        <button ${form.isBusy && html`disabled`}>${t("rules.save")}</button>
        ${form.undo && html`<p role="status">${t("rules.saved")} <button type="button" class="link" data-do="undoRules">${t("rules.undo")}</button></p>`}
    </form>`;
}

/** Changes the rules as they were when they were read; someone else's change in between wins. */
async function put(data, wanted, form) {
    form.isBusy = true;
    changed();
    try {
        await send("PUT", "/household/rules", wanted, { "if-match": data.tag });
    } catch (problem) {
        if (problem.code === "changed") await reload();
        throw problem;
    } finally {
        form.isBusy = false;
    }
    state.household.isTrading = wanted.isEnabled;
    await reload();
}

const settable = ({ isEnabled, sellFrom, askUpTo, buyUpTo, reserve, mostPerDay, lotWh }) => ({ isEnabled, sellFrom, askUpTo, buyUpTo, reserve, mostPerDay, lotWh });

export const rulesActions = {
    typing({ element, form, redraw }) {
        form[element.name] = element.value;
        redraw();
    },

    async saveRules({ element, data, form }) {
        const before = settable(data.rules);
        const wanted = { ...before, isEnabled: element.elements.isEnabled.checked, lotWh: parseWhole(element.elements.lotWh.value) || before.lotWh };
        for (const field of [...prices, ...further]) {
            wanted[field] = parseTokens(element.elements[field].value);
            if (wanted[field] !== null) continue;
            element.elements[field].closest("details")?.setAttribute("open", "");
            element.elements[field].focus();
            form[field] = element.elements[field].value;
            changed();
            return;
        }
        // Whoever sells from more asks for more.
        if (BigInt(wanted.askUpTo) < BigInt(wanted.sellFrom)) wanted.askUpTo = wanted.sellFrom;
        await put(data, wanted, form);
        form.undo = before;
        say(t("rules.saved"));
        setTimeout(() => {
            if (form.undo === before) form.undo = null;
            changed();
        }, undoable);
    },

    async undoRules({ data, form }) {
        const before = form.undo;
        form.undo = null;
        await put(data, before, form);
        for (const field of [...prices, ...further]) {
            delete form[field];
            document.getElementById(field).value = typed(before[field]);
        }
        document.querySelector("[name=isEnabled]").checked = before.isEnabled;
    },
};

export async function loadRules() {
    const { body: rules, tag } = await getTagged("/household/rules");
    return { rules, tag };
}
