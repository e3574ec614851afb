import { html } from "../html.js";
import { t, dayAndClock } from "../format.js";
import { get, send } from "../api.js";
import { ask, tell } from "../dialog.js";
import { reload } from "../page.js";
import { overview } from "./desk.js";

export async function load() {
    const [, operators] = await Promise.all([overview(), get("/aggregator/operators")]);
    return operators;
}

/** Who runs the aggregator, each with a password of one's own. */
export const view = ({ items }) => html`
    <p class="trail"><a href="/operator">${t("nav.overview")}</a></p>
    <div class="lead"><h1>${t("operators.title", { count: items.length })}</h1><p>${t("operators.lead")}</p></div>
    <section class="part" aria-labelledby="people"><h2 id="people">${t("operators.list")}</h2>
        <ul class="rows">${items.map((one) => row(one, items.length))}</ul>
        <p class="actions"><button type="button" data-do="admit">${t("operators.add")}</button> <button type="button" class="quiet" data-do="password">${t("operators.password")}</button></p></section>`;

const row = ({ name, devices, seenAt, isThis }, count) => html`<li data-key="${name}"><div class="row">
    <span><strong>${name}</strong><small>${[isThis && t("operators.this"), seenAt ? t("operators.seen", { time: dayAndClock(seenAt) }) : t("operators.out"), devices > 0 && t("operators.devices", { count: devices })].filter(Boolean).join(" · ")}</small></span>
    ${count > 1 && html`<button type="button" class="quiet" data-do="remove" data-name="${name}" aria-label="${t("operators.remove")}: ${name}">${t("operators.remove")}</button>`}</div></li>`;

export const actions = {
    async admit() {
        const made = await ask({
            title: t("operators.add.title"), text: t("operators.add.text"), confirm: t("operators.add"),
            fields: html`<div><label for="operator">${t("operators.name")}</label><input id="operator" name="operator" maxlength="40" autocomplete="off" spellcheck="false" required></div>`,
            act: ({ operator }) => send("POST", "/aggregator/operators", { operator: operator.trim() }),
        });
        if (!made) return;
        await tell(t("members.code", { name: made.label }), html`<p><strong class="mono">${made.code}</strong></p><p>${t("operators.code.text", { time: dayAndClock(made.expiresAt) })}</p><p class="mono">${new URL(made.url, location.origin).href}</p>`);
        await reload();
    },
    async remove({ element }) {
        const { name } = element.dataset;
        await ask({
            title: t("operators.remove.title", { name }), text: t("operators.remove.text"), confirm: t("operators.remove"), kind: "danger",
            act: async () => { await send("DELETE", `/aggregator/operators/${encodeURIComponent(name)}`); return true; },
        });
        await reload();
    },

    /** One's own: other operators set theirs. */
    async password() {
        await ask({
            title: t("operators.password"), text: t("operators.password.text"), confirm: t("rules.save"),
            fields: html`<div><label for="new-password">${t("operators.password.new")}</label><input id="new-password" name="password" type="password" autocomplete="new-password" minlength="8" required></div>`,
            act: async (values) => { await send("PUT", "/password", values); return true; },
        });
        await reload();
    },
};
