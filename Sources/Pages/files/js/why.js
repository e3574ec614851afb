import { html } from "./html.js";
import { t, exact, price, energy, has } from "./format.js";
import { name, marketClock } from "./names.js";

/** How many reasons are shown at once. */
const most = 3;

function sentence({ code, values, block }) {
    const words = { ...values };
    for (const key of ["limit", "price"]) if (words[key]) words[key] = price(words[key]);
    if (words.balance) words.balance = exact(words.balance);
    for (const key of ["sellerWh", "buyerWh"]) if (key in words) words[key] = energy(words[key]);
    if (words.neighbour) words.neighbour = name(words.neighbour);
    if (words.deadline) words.deadline = marketClock(words.deadline);
    if (code === "partial" && values.sellerWh === values.buyerWh) code = "late";
    const text = has(`why.${code}`) ? t(`why.${code}`, words) : t("why.other", { code });
    const proof = block && html` <a href="/street/blocks/${block}">${t("trade.block", { block })}</a>${!text.endsWith(".") && "."}`;
    return html`<p>${text}${proof}</p>`;
}

/** Why something came as it did: the node's reasons in words, with the blocks that prove them. */
export function reasons(list) {
    const rest = list.slice(most);
    return html`${list.slice(0, most).map(sentence)}${rest.length > 0 && html`<details><summary>${t("why.all")}</summary>${rest.map(sentence)}</details>`}`;
}
