import { html } from "../html.js";
import { t } from "../format.js";
import { get, Problem } from "../api.js";
import { go } from "../page.js";

/** Where the reader looks for something by its height, hash, address or number. */
export const search = (form) => html`<form class="search" role="search" data-do="search">
    <label for="search">${t("explorer.search")}</label>
    <div class="field"><input id="search" name="what" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="48213, #412, 0x…" required aria-describedby="found"><button class="quiet">${t("explorer.find")}</button></div>
    <p class="error" id="found" role="alert">${form.lost && t("explorer.lost")}</p></form>`;

/** The page of what `text` names, or null. */
async function find(text) {
    if (/^#\d+$/.test(text)) return `/street/trades/${text.slice(1)}`;
    if (/^\d+$/.test(text)) return `/street/blocks/${text}`;
    if (/^0x[0-9a-fA-F]{40}$/.test(text)) return `/street/accounts/${text.toLowerCase()}`;
    if (!/^0x[0-9a-fA-F]{64}$/.test(text)) return null;
    try {
        await get(`/transactions/${text.toLowerCase()}`);
        return `/street/transactions/${text.toLowerCase()}`;
    } catch (problem) {
        if (!(problem instanceof Problem) || problem.status !== 404) throw problem;
        return `/street/blocks/${text.toLowerCase()}`;
    }
}

export const searchActions = {
    async search({ element, form, redraw }) {
        const path = await find(element.elements.what.value.trim());
        form.lost = !path;
        if (path) await go(path);
        else redraw();
    },
};

document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea, dialog")) return;
    const field = document.getElementById("search");
    if (!field) return;
    event.preventDefault();
    field.focus();
});
