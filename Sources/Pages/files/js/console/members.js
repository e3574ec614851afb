import { html } from "../html.js";
import { t, watts, parseWhole } from "../format.js";
import { get, send } from "../api.js";
import { ask } from "../dialog.js";
import { reload } from "../page.js";
import { overview, memberLink } from "./desk.js";

export async function load() {
    const [, members] = await Promise.all([overview(), get("/aggregator/members?limit=100")]);
    return members;
}

/** Who is registered; names and metering points stay off the ledger. */
export function view({ items, next }, size, { form }) {
    const wanted = (form.what ?? "").trim().toLowerCase();
    const shown = items.filter((one) => [one.name, one.meteringPoint, one.address].some((text) => text?.toLowerCase().includes(wanted)));
    return html`
    <div class="lead"><h1>${t("members.title", { count: items.length })}</h1><p>${t("members.lead")}</p></div>
    <section class="part" aria-label="${t("nav.members")}">
        <p class="filter"><label for="what">${t("members.search")}</label> <input id="what" name="what" autocomplete="off" data-input="look"></p>
        ${shown.length ? html`<table class="stack"><thead><tr><th scope="col">${t("console.member")}</th><th scope="col">${t("explorer.role")}</th><th scope="col">${t("members.point")}</th><th scope="col" class="number">${t("more.power")}</th></tr></thead>
            <tbody>${shown.map((one) => html`<tr><th scope="row">${memberLink(one.address, one.name)}${one.suspended && html` <span class="tag alarm">${t("explorer.suspended")}</span>`}</th><td>${t(`role.${one.role}`)}</td><td class="mono">${one.meteringPoint}</td><td class="number">${watts(one.ratedPowerWatts)(one.ratedPowerWatts)}</td></tr>`)}</tbody></table>` : html`<p>${t("members.none")}</p>`}
        <p class="actions">${next && html`<button type="button" class="quiet" data-do="older">${t("explorer.older")}</button>`}<button type="button" data-do="register">${t("members.register")}</button></p></section>`;
}

const field = (name, { value = "", pattern = null, mode = null, hint = null } = {}) => html`<div><label for="${name}">${t(`members.${name}`)}</label>
    <input id="${name}" name="${name}" value="${value}" autocomplete="off" spellcheck="false" required ${pattern && html`pattern="${pattern}"`} ${mode && html`inputmode="${mode}"`} ${hint && html`aria-describedby="${name}-hint"`}>${hint && html`<small id="${name}-hint">${hint}</small>`}</div>`;
const roles = () => html`<fieldset><legend>${t("explorer.role")}</legend><div class="choice">${["prosumer", "consumer"].map((name) => html`<label><input type="radio" name="role" value="${name}" ${name === "prosumer" && html`checked`}>${t(`role.${name}`)}</label>`)}</div></fieldset>`;
const rated = () => field("ratedPowerWatts", { value: "17250", mode: "numeric", pattern: "\\d{2,6}" });
const address = "0x[0-9a-fA-F]{40}";

export const actions = {
    look({ element, form, redraw }) {
        form.what = element.value;
        redraw();
    },
    async older({ data, redraw }) {
        const more = await get(`/aggregator/members?limit=100&cursor=${data.next}`);
        data.items = [...data.items, ...more.items];
        data.next = more.next;
        redraw();
    },
    async register() {
        await ask({
            title: t("members.register.title"), text: t("members.register.text"), confirm: t("members.register"),
            fields: html`${field("name")}${field("meteringPoint")}${field("account", { pattern: address })}${field("meterKey", { pattern: address })}${field("certificateHash", { pattern: "0x[0-9a-fA-F]{64}" })}${roles()}${rated()}`,
            act: (values) => send("POST", "/aggregator/members", { ...values, ratedPowerWatts: parseWhole(values.ratedPowerWatts) }),
        });
        await reload();
    },
};
