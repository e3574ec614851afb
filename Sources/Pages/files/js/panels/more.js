import { html } from "../html.js";
import { t, tokens, exact, watts, languages, language, speak } from "../format.js";
import { get } from "../api.js";
import { state, changed } from "../state.js";
import { copyable } from "../names.js";
import { rulesForm, rulesActions, loadRules } from "../rulesform.js";
import { usesShortcuts, useShortcuts } from "../shortcuts.js";
import { notifying, looksWhenClosed, startNotifying, stopNotifying } from "../notify.js";

export const reloadOn = ["rules", "reset", "back"];

export async function load() {
    const [rules, community] = await Promise.all([loadRules(), get("/community")]);
    return { ...rules, now: community.price };
}

const pages = ["tokens", "neighbours", "devices", "meter"];
const themes = ["system", "light", "dark"];

/** The rules that trade for us, who we are, and how the app looks. */
export function view(data, { column, side }, { form }) {
    const { account, role, ratedPowerWatts, balance, due } = state.household;
    return html`
    <div class="lead"><h1>${t("more.title")}</h1><p>${t("more.lead")}</p></div>
    <div class="beside">
        <section class="part" aria-labelledby="rules"><h2 id="rules">${t("more.rules")}</h2>${rulesForm(data, column, form)}</section>
        <div>
            <section class="part" aria-labelledby="profile"><h2 id="profile">${t("more.profile")}</h2>
                <dl class="figures"><div><dt>${t("token")}</dt><dd>${tokens(balance)}</dd></div><div><dt>${t("more.due")}</dt><dd>${exact(due)}</dd></div>
                    <div><dt>${t("more.role")}</dt><dd>${role ? t(`role.${role}`) : "–"}</dd></div><div><dt>${t("more.power")}</dt><dd>${ratedPowerWatts === null ? "–" : watts(ratedPowerWatts)(ratedPowerWatts)}</dd></div></dl>
                ${copyable(account, t("more.copy"))}
            </section>
            <section class="part" aria-labelledby="pages"><h2 id="pages" class="sr">${t("more.pages")}</h2>
                <ul class="rows">${pages.map((page) => html`<li><a class="row" href="/more/${page}"><span><strong>${t(`more.${page}`)}</strong><small>${t(`more.${page}.text`)}</small></span></a></li>`)}</ul>
            </section>
        </div>
    </div>
    <section class="part" aria-labelledby="looks"><h2 id="looks">${t("more.app")}</h2>
        <div class="bars">
            <fieldset><legend>${t("more.language")}</legend><div class="choice">${Object.entries(languages).map(([tag, name]) => html`<label lang="${tag}"><input type="radio" name="language" value="${tag}" data-change="language" ${tag === language && html`checked`}>${name}</label>`)}</div></fieldset>
            <fieldset><legend>${t("more.theme")}</legend><div class="choice">${themes.map((name) => html`<label><input type="radio" name="theme" value="${name}" data-change="theme" ${name === (localStorage.getItem("busbar-theme") ?? "system") && html`checked`}>${t(`theme.${name}`)}</label>`)}</div></fieldset>
            ${notices()}
            <label class="checked"><input type="checkbox" data-change="shortcuts" ${usesShortcuts() && html`checked`}>${t("more.shortcuts")}</label>
            ${location.protocol === "https:" && html`<p><a href="/trust">${t("more.trust")}</a></p>`}
            <div class="split"><button type="button" class="quiet" data-do="signOut">${t("more.signOut")}</button>
                <small>Busbar ${state.app.version} · ${t("more.chain", { chain: state.app.chainId })}</small></div>
        </div>
    </section>`;
}

/** Whether the browser tells of what happens while one looks elsewhere, and what that means. */
function notices() {
    const now = notifying();
    return html`<div><h3>${t("notify.title")}</h3><p>${t(`notify.text.${now}`)}</p>
        ${now === "on" && html`<p><small>${t(looksWhenClosed() ? "notify.closed" : "notify.open")}</small></p>`}
        ${now === "off" && html`<p><button type="button" class="quiet" data-do="notify">${t("notify.start")}</button></p>`}
        ${now === "on" && html`<p><button type="button" class="quiet" data-do="quiet">${t("notify.stop")}</button></p>`}</div>`;
}

export const actions = {
    ...rulesActions,

    async language({ element }) {
        localStorage.setItem("busbar-language", element.value);
        await speak(element.value);
        changed();
    },

    theme({ element }) {
        localStorage.setItem("busbar-theme", element.value);
        if (element.value === "system") delete document.documentElement.dataset.theme;
        else document.documentElement.dataset.theme = element.value;
    },

    shortcuts: ({ element }) => useShortcuts(element.checked),

    async notify() {
        await startNotifying();
        changed();
    },

    async quiet() {
        await stopNotifying();
        changed();
    },
};
