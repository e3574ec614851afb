import { html, show } from "./html.js";
import { preferredLanguage, speak, t, useTimeZone } from "./format.js";
import { get, send, Problem } from "./api.js";
import { explain } from "./problems.js";
import { led } from "./led.js";

/** A page before the app: the house's name, a few fields, one button. */
export async function door(words, submit) {
    await speak(preferredLanguage());
    let app = null;
    let unheard = null;
    try {
        app = await get("/app");
        useTimeZone(app.timeZone);
    } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        unheard = problem;
    }
    const main = document.querySelector("main");
    const form = { problem: null, isBusy: false };
    const draw = () => {
        show(main, app ? page(words(app, form), form) : html`<div class="lead"><h1>${t("failed.node")}</h1><p>${explain(unheard)}</p></div><p><a class="button" href="${location.pathname}">${t("notice.again")}</a></p>`);
        document.title = `${main.querySelector("h1").textContent} · Busbar`;
    };
    draw();
    main.addEventListener("submit", async (event) => {
        event.preventDefault();
        const values = Object.fromEntries(new FormData(event.target));
        Object.assign(form, { isBusy: true, problem: null });
        draw();
        try {
            location.replace(await submit(values, app));
        } catch (problem) {
            if (!(problem instanceof Problem)) throw problem;
            Object.assign(form, { isBusy: false, problem });
            draw();
            main.querySelector("input[aria-invalid=true], input")?.focus();
        }
    });
}

function page({ title, lead, fields, enter, after, action }, form) {
    return html`${led({ state: "idle", eighths: 3 })}
    <div class="lead"><h1>${title}</h1><p>${lead}</p></div>
    <form method="post" action="/api/v1/${action}">${fields}
        <p class="error" id="problem" role="alert">${form.problem && explain(form.problem)}</p>
        <button ${form.isBusy && html`disabled`}>${enter}</button></form>
    ${after}`;
}

/** Where to after signing in: a path of this node, and of no other. */
export function next(fallback = "/") {
    const wanted = new URLSearchParams(location.search).get("next") ?? fallback;
    return /^\/(?![/\\])/.test(wanted) ? wanted : fallback;
}
export { html, t, send };
