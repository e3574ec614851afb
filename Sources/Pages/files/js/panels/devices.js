import { html, svg } from "../html.js";
import { t, dayAndClock } from "../format.js";
import { get, send } from "../api.js";
import { isOwner } from "../state.js";
import { ask, tell } from "../dialog.js";
import { reload } from "../page.js";

export const load = () => (isOwner() ? get("/devices") : null);

/** Who may look and who may change things, and on which devices. */
export function view(data) {
    return html`
    <p class="trail"><a href="/more">${t("nav.more")}</a></p>
    <div class="lead"><h1>${data ? t("devices.title", { count: data.items.length }) : t("devices.viewer")}</h1><p>${t(data ? "devices.lead" : "viewer.text")}</p></div>
    ${data && html`<section class="part" aria-labelledby="list"><h2 id="list">${t("more.devices")}</h2>
        <ul class="rows">${data.items.map(row)}</ul>
        <p class="actions"><button type="button" data-do="invite">${t("devices.invite")}</button> <button type="button" class="quiet" data-do="password">${t("devices.password")}</button></p></section>`}`;
}

const row = ({ id, label, role, seenAt, isThis }) => html`<li data-key="${id}"><div class="row">
    <span><strong>${label}</strong><small>${t(`role.${role}`)} · ${isThis ? t("devices.this") : t("devices.seen", { time: dayAndClock(seenAt) })}</small></span>
    ${!isThis && html`<button type="button" class="quiet" data-do="remove" data-id="${id}" data-label="${label}" aria-label="${t("devices.remove")} ${label}">${t("devices.remove")}</button>`}</div></li>`;

/** A code for a camera, as the node has drawn it: a row of X and points for each line; around it the
 *  four modules of margin that a camera needs. */
function code(rows) {
    const path = rows.flatMap((row, y) => [...row].map((dot, x) => (dot === "X" ? `M${x} ${y}h1v1h-1z` : ""))).join("");
    return svg`<svg class="qr" viewBox="-4 -4 ${rows.length + 8} ${rows.length + 8}" role="img" aria-label="${t("devices.qr")}" shape-rendering="crispEdges"><path d="${path}"/></svg>`;
}

export const actions = {
    async remove({ element }) {
        const { id, label } = element.dataset;
        await ask({ title: t("devices.remove.title", { label }), text: t("devices.remove.text"), confirm: t("devices.remove"), kind: "danger", act: async () => { await send("DELETE", `/devices/${id}`); return true; } });
        await reload();
    },

    /** A new app password signs out every other device. */
    async password() {
        await ask({
            title: t("devices.password"), text: t("devices.password.text"), confirm: t("rules.save"),
            fields: html`<div><label for="new-password">${t("pair.password")}</label><input id="new-password" name="password" type="password" autocomplete="new-password" minlength="8" required></div>`,
            act: async (values) => {
                await send("PUT", "/password", values);
                return true;
            },
        });
        await reload();
    },

    async invite() {
        const made = await ask({
            title: t("devices.invite.title"), confirm: t("devices.invite"),
            fields: html`<div><label for="label">${t("pair.label")}</label><input id="label" name="label" maxlength="40" value="${t("devices.tablet")}" required></div>
                <fieldset><legend>${t("devices.may")}</legend><div class="choice">${["viewer", "owner"].map((role) => html`<label><input type="radio" name="role" value="${role}" ${role === "viewer" && html`checked`}>${t(`role.${role}`)}</label>`)}</div></fieldset>`,
            act: (values) => send("POST", "/invitations", values),
        });
        if (!made) return;
        await tell(t("devices.code", { label: made.label }), html`<p>${t("devices.code.text", { time: dayAndClock(made.expiresAt) })}</p>
            ${made.isLocal && html`<p>${t("devices.code.local")}</p>`}${made.qr && code(made.qr)}<p class="mono">${new URL(made.url, location.origin).href}</p><p><strong class="mono">${made.code}</strong></p>`);
        await reload();
    },
};
