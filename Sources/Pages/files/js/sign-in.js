import { door, next, html, t, send } from "./door.js";
import { has } from "./format.js";

/* The problem that the plain form was answered with, if it was sent without scripts. */
const told = new URLSearchParams(location.search).get("problem");

door((app, form) => {
    const isOperator = app.kind === "aggregator";
    const code = form.problem?.code ?? told;
    return {
        title: app.name, action: "session", enter: t("door.enter"),
        lead: isOperator ? t("door.lead.operator") : app.street ? t("door.lead", { street: app.street }) : t("door.lead.plain"),
        fields: html`
            ${isOperator && html`<div><label for="name">${t("door.name")}</label><input id="name" name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required aria-describedby="${code ? "problem hint" : "hint"}" ${code && html`aria-invalid="true"`}></div>`}
            <div><label for="password">${t(isOperator ? "door.password.operator" : "door.password")}</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required aria-describedby="${code ? "problem hint" : "hint"}" ${code && html`aria-invalid="true"`}></div>
            ${!form.problem && told && has(`problem.${told}.plain`) && html`<p class="error">${t(`problem.${told}.plain`)}</p>`}
            <label class="checked"><input type="checkbox" name="remember" value="true" checked>${t("door.remember")}</label>`,
        after: html`<p><small id="hint">${t(isOperator ? "door.hint.operator" : "door.hint")}</small></p>
            <details><summary>${t("door.forgotten")}</summary><p>${t("door.forgotten.text")}</p><p class="mono">${isOperator ? "busbar app pair --operator" : "busbar app password"}</p></details>
            ${!app.isPaired && html`<p><a href="/pair">${t("door.pair")}</a></p>`}
            <p><a href="/street">${t("door.street")}</a></p>`,
    };
}, async ({ name, password, remember }, app) => {
    const label = navigator.userAgentData?.platform || t("pair.label.value");
    await send("POST", "/session", { ...(name && { name }), password, remember: remember === "true", label });
    return next(app.kind === "aggregator" ? "/operator" : "/");
});
