import { html } from "./html.js";
import { t } from "./format.js";
import { send, getTagged } from "./api.js";
import { state, changed } from "./state.js";
import { ask, tell } from "./dialog.js";
import { led, sentence, glyphs } from "./led.js";
import { ledNow } from "./notices.js";
import { common, reload, say } from "./page.js";
import { resume } from "./live.js";
import { loadHousehold } from "./household.js";

/* What every panel can do. */
Object.assign(common, {
    async copy({ element }) {
        await navigator.clipboard?.writeText(element.dataset.text);
        say(t("copied"));
        element.textContent = t("copied");
    },

    tryAgain: () => (state.household ? reload() : location.reload()),

    /** The matrix in words, and what its pictures mean. */
    explainBoard() {
        const known = Object.keys(glyphs).filter((name) => name !== "dark");
        return tell(sentence(ledNow()), html`<ul class="rows board-words">${known.map((name) => html`<li><div class="row"><span>${t(`led.${name}`)}</span>${led({ state: name })}</div></li>`)}</ul>
            <p><small>${t("led.rows")}</small></p>`);
    },

    /** The new version takes over, and the page begins anew with it. */
    async useVersion() {
        const registration = await navigator.serviceWorker.ready;
        registration.waiting?.postMessage("use");
    },

    async signOut() {
        await send("DELETE", "/session");
        sessionStorage.clear();
        location.replace("/sign-in");
    },

    /** Signs in again in place, so that what is typed stays. */
    async signInAgain() {
        const done = await ask({
            title: t("notice.signedOut"), confirm: t("door.enter"),
            fields: html`<div><label for="again">${t("door.password")}</label><input id="again" name="password" type="password" autocomplete="current-password" required></div>`,
            act: async ({ password }) => {
                await send("POST", "/session", { password, remember: true });
                return true;
            },
        });
        if (!done) return;
        resume();
        await loadHousehold();
        await reload();
    },

    async startTrading() {
        const { body, tag } = await getTagged("/household/rules");
        await send("PUT", "/household/rules", { ...body, isEnabled: true }, { "if-match": tag });
        state.household.isTrading = true;
        changed();
    },
});
