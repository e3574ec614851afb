import { html } from "../html.js";
import { t, watts, parseWhole, dayAndClock } from "../format.js";
import { get, send } from "../api.js";
import { ask, tell } from "../dialog.js";
import { reload } from "../page.js";
import { overview, memberLink } from "./desk.js";

export async function load() {
    const [, members, invitations] = await Promise.all([overview(), get("/aggregator/members?limit=100"), get("/aggregator/invitations")]);
    return { ...members, invitations: invitations.items };
}

/** Who is registered; names and metering points stay off the ledger. */
export function view({ items, next, invitations }, size, { form }) {
    const wanted = (form.what ?? "").trim().toLowerCase();
    const shown = items.filter((one) => [one.name, one.meteringPoint, one.address].some((text) => text?.toLowerCase().includes(wanted)));
    return html`
    <div class="lead"><h1>${t("members.title", { count: items.length })}</h1><p>${t("members.lead")}</p></div>
    <section class="part" aria-label="${t("nav.members")}">
        <p class="filter"><label for="what">${t("members.search")}</label> <input id="what" name="what" autocomplete="off" data-input="look"></p>
        ${shown.length ? html`<table class="stack"><thead><tr><th scope="col">${t("console.member")}</th><th scope="col">${t("explorer.role")}</th><th scope="col">${t("members.point")}</th><th scope="col" class="number">${t("more.power")}</th></tr></thead>
            <tbody>${shown.map((one) => html`<tr><th scope="row">${memberLink(one.address, one.name)}${one.suspended && html` <span class="tag alarm">${t("explorer.suspended")}</span>`}</th><td>${t(`role.${one.role}`)}</td><td class="mono">${one.meteringPoint || "–"}</td><td class="number">${watts(one.ratedPowerWatts)(one.ratedPowerWatts)}</td></tr>`)}</tbody></table>` : html`<p>${t("members.none")}</p>`}
        <p class="actions">${next && html`<button type="button" class="quiet" data-do="older">${t("explorer.older")}</button>`}<button type="button" data-do="invite">${t("members.invite")}</button> <button type="button" class="quiet" data-do="register">${t("members.register")}</button></p></section>
    ${invitations.length > 0 && html`<section class="part" aria-labelledby="invitations"><h2 id="invitations">${t("members.invitations")}</h2><ul class="rows">${invitations.map(invitation)}</ul></section>`}`;
}

const invitation = ({ id, name, meteringPoint, role, ratedPowerWatts, operator, expiresAt, account }) => html`<li data-key="${id}"><div class="row">
    <span><strong>${name}</strong><small>${[meteringPoint, t(`role.${role}`), watts(ratedPowerWatts)(ratedPowerWatts)].filter(Boolean).join(" · ")}</small>
        <small>${account ? t("members.invitation.used") : t("members.invitation.open", { operator, time: dayAndClock(expiresAt) })}</small></span>
    <button type="button" class="quiet" data-do="withdraw" data-id="${id}" data-name="${name}" aria-label="${t("members.withdraw")}: ${name}">${t("members.withdraw")}</button></div></li>`;

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
    async invite() {
        const made = await ask({
            title: t("members.invite.title"), text: t("members.invite.text"), confirm: t("members.invite"), fields: html`${field("name")}${field("meteringPoint")}${roles()}${rated()}`,
            act: (values) => send("POST", "/aggregator/invitations", { ...values, ratedPowerWatts: parseWhole(values.ratedPowerWatts) }),
        });
        if (!made) return;
        const command = `busbar member join --config ~/busbar/node.toml --code ${made.code}${made.at ? ` --at ${made.at} --fingerprint ${made.fingerprint}` : ""}`;
        await tell(t("members.code", { name: made.name }), html`<p><strong class="mono">${made.code}</strong></p><p>${t("members.code.text", { time: dayAndClock(made.expiresAt) })}</p><p class="mono">${command}</p>${!made.at && html`<p>${t("members.code.nowhere")}</p>`}`);
        await reload();
    },
    async withdraw({ element }) {
        const { id, name } = element.dataset;
        await ask({
            title: t("members.withdraw.title", { name }), text: t("members.withdraw.text"), confirm: t("members.withdraw"), kind: "danger",
            act: async () => { await send("DELETE", `/aggregator/invitations/${id}`); return true; },
        });
        await reload();
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
