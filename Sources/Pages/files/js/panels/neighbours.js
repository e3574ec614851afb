import { html } from "../html.js";
import { t, part } from "../format.js";
import { send } from "../api.js";
import { state, isOwner } from "../state.js";
import { ask } from "../dialog.js";
import { name, short } from "../names.js";
import { reload } from "../page.js";
import { loadNeighbours } from "../household.js";

export const load = loadNeighbours;

/** Who is who; what they are called stays on this node. */
export function view(items) {
    return html`
    <p class="trail"><a href="/more">${t("nav.more")}</a></p>
    <div class="lead"><h1>${t("neighbours.title", { count: items.length })}</h1><p>${t("neighbours.lead")}</p></div>
    <section class="part" aria-labelledby="list"><h2 id="list">${t("more.neighbours")}</h2>
        ${items.length ? html`<ul class="rows">${items.map(row)}</ul>` : html`<p>${t("neighbours.none")}</p>`}
        ${!isOwner() && html`<p class="caption">${t("viewer.text")}</p>`}</section>`;
}

function row({ address, role, isFavourite, giftPermille }) {
    const words = [t(`role.${role}`), short(address), isFavourite && t("neighbours.favourite"), giftPermille > 0 && t("neighbours.given", { part: part(giftPermille) })].filter(Boolean).join(" · ");
    return html`<li data-key="${address}"><div class="row"><span><strong>${name(address)}</strong><small>${words}</small></span>
        ${isOwner() && html`<button type="button" class="quiet" data-do="change" data-address="${address}" aria-label="${t("neighbours.change")} ${name(address)}">${t("neighbours.change")}</button>`}</div></li>`;
}

export const actions = {
    async change({ element, data }) {
        const one = data.find((item) => item.address === element.dataset.address);
        // Who feeds nothing in has nothing to give.
        const gives = state.household.role === "prosumer";
        await ask({
            title: name(one.address), confirm: t("rules.save"),
            fields: html`<p class="mono">${one.address}</p>
                <div><label for="called">${t("neighbours.name")}</label><input id="called" name="called" maxlength="40" value="${one.name}"></div>
                <label class="checked"><input type="checkbox" name="isFavourite" ${one.isFavourite && html`checked`}>${t("neighbours.first")}</label>
                ${gives && html`<div><label for="gift">${t("neighbours.gift")}</label><input id="gift" name="gift" type="number" min="0" max="100" step="0.1" value="${one.giftPermille / 10}" required aria-describedby="gift-word">
                    <small id="gift-word">${t("neighbours.gift.text")}</small></div>`}`,
            act: async ({ called, isFavourite, gift }) => {
                const giftPermille = gift === undefined ? one.giftPermille : Math.round(Number(gift) * 10);
                await send("PUT", `/household/neighbours/${one.address}`, { name: called.trim() || null, isFavourite: isFavourite === "on", giftPermille });
                return true;
            },
        });
        await reload();
    },
};
