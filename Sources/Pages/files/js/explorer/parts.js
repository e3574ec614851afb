import { html } from "../html.js";
import { t, has, span, dayAndClock, seconds } from "../format.js";
import { wallNow } from "../state.js";
import { name, memberName, short } from "../names.js";
import { search } from "./search.js";

export const kinds = ["blocks", "transactions", "events", "trades", "members"];

/** The explorer's five lists, and where one looks for something. */
export const tabs = (current, form) => html`<nav class="choice months" aria-label="${t("street.explorer")}">${kinds.map((kind) => html`<a href="/street/${kind}" ${kind === current && html`aria-current="page"`}>${t(`explorer.${kind}`)}</a>`)}</nav>
    ${search(form)}`;

export const trail = (kind) => html`<p class="trail"><a href="/street">${t("nav.street")}</a> / <a href="/street/${kind}">${t(`explorer.${kind}`)}</a></p>`;

export const accountLink = (address, role = null) => (address ? html`<a href="/street/accounts/${address}">${role ? memberName(address, role) : name(address)}</a>` : t("explorer.nobody"));
export const blockLink = (number) => html`<a href="/street/blocks/${number}">${number}</a>`;
export const hashLink = (hash) => html`<a class="mono" href="/street/transactions/${hash}">${short(hash)}</a>`;
export const ago = (time) => t("time.ago", { time: span((wallNow() - Date.parse(time)) / 1000) });
export const time = (at) => html`${dayAndClock(at).slice(0, -5)}${seconds(at)}`;

/** What one thing consists of: each field's plain name, its value, and the raw one beneath. */
export const facts = (fields) => html`<dl class="facts">${fields.filter(Boolean).map(([key, value, raw]) => html`<div><dt>${t(`field.${key}`)}</dt><dd>${value}${raw !== undefined && html`<small class="mono raw-field">${raw}</small>`}</dd></div>`)}</dl>`;

/** The answer as programs get it. */
export const rawForm = (path, value) => html`<section class="part" aria-labelledby="raw"><details><summary id="raw">${t("explorer.raw")}</summary>
    <pre class="raw" tabindex="0">${JSON.stringify(value, null, 2)}</pre><p><a href="/api/v1${path}" data-leave="1" target="_blank" rel="noopener">/api/v1${path}</a></p></details></section>`;

/** What a function of a contract does, in words. */
export const does = (name) => (name === null || name === undefined ? t("does.nothing") : has(`does.${name}`) ? t(`does.${name}`) : name);
export const happened = (name) => (has(`event.${name}`) ? t(`event.${name}`) : name);
export const status = (one) => (one.status === "final" ? html`<span class="tag soft">${t("explorer.final")}</span>` : html`<span class="tag ${one.status === "failed" && "alarm"}">${t(`explorer.${one.status}`)}</span>`);

export function transactionsTable(items) {
    if (!items.length) return html`<p>${t("explorer.none")}</p>`;
    return html`<table class="stack"><thead><tr><th scope="col">${t("explorer.what")}</th><th scope="col">${t("explorer.state")}</th><th scope="col">${t("field.from")}</th><th scope="col" class="number">${t("explorer.block")}</th></tr></thead>
        <tbody>${items.map((one) => html`<tr><th scope="row"><a href="/street/transactions/${one.hash}">${does(one.function)}</a></th><td>${status(one)}</td><td>${accountLink(one.from)}</td><td class="number">${one.block === undefined ? "–" : blockLink(one.block)}</td></tr>`)}</tbody></table>`;
}
