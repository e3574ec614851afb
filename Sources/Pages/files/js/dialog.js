import { html, show } from "./html.js";
import { t } from "./format.js";
import { Problem } from "./api.js";
import { explain } from "./problems.js";

/**
 * Asks once before something is done. `act` gets the form's values and does it; what goes wrong is
 * said in the dialog, which then stays. Resolves to what `act` gave, or null if it was not wanted.
 */
export function ask({ title, text, fields = null, confirm, cancel = t("dialog.not"), kind = "", act = async () => true }) {
    const dialog = document.createElement("dialog");
    dialog.setAttribute("aria-labelledby", "dialog-title");
    document.body.append(dialog);
    let result = null;
    const draw = (problem, isBusy) => show(dialog, html`<form>
        <h2 id="dialog-title" tabindex="-1" autofocus>${title}</h2>
        ${text && html`<p>${text}</p>`}
        ${fields}
        <p class="error" role="alert">${problem}</p>
        <div class="split"><button type="button" class="quiet" value="cancel">${cancel}</button>
        ${confirm && html`<button class="${kind}" ${isBusy && html`disabled`}>${isBusy ? t("dialog.wait") : confirm}</button>`}</div></form>`);
    draw(null, false);
    dialog.addEventListener("click", (event) => {
        if (event.target.closest("[value=cancel]") || event.target === dialog) dialog.close();
    });
    dialog.addEventListener("submit", async (event) => {
        event.preventDefault();
        const values = Object.fromEntries(new FormData(event.target));
        draw(null, true);
        try {
            result = await act(values);
            dialog.close();
        } catch (problem) {
            if (!(problem instanceof Problem)) throw problem;
            draw(explain(problem), false);
        }
    });
    return new Promise((resolve) => {
        dialog.addEventListener("close", () => {
            dialog.remove();
            resolve(result);
        });
        dialog.showModal();
    });
}

/** Says something in a dialog that has nothing to decide. */
export const tell = (title, content) => ask({ title, fields: content, confirm: null, cancel: t("dialog.close") });
