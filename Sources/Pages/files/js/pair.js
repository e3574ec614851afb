import { door, html, t, send } from "./door.js";

/* The code of a link stands behind the #, so that it is in no log. */
const given = location.hash.slice(1);
history.replaceState(null, "", "/pair");

door((app, form) => {
    const code = form.problem?.code;
    const isOperator = app.kind === "aggregator";
    const needsPassword = !app.isPaired || code?.startsWith("password");
    const invalid = (codes) => codes.includes(code) && html`aria-invalid="true"`;
    return {
        title: t("pair.title", { house: app.name }), lead: t("pair.lead"), action: "pairing", enter: t("pair.enter"),
        fields: html`<div><label for="code">${t("pair.code")}</label>
            <input id="code" name="code" value="${given}" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" maxlength="12" required aria-describedby="problem how" ${invalid(["wrong-code", "code-expired"])}>
            <small id="how">${t("pair.how")}</small></div>
            ${(needsPassword || isOperator) && html`<div><label for="password">${t(isOperator ? "pair.password.operator" : "pair.password")}</label>
            <input id="password" name="password" type="password" autocomplete="new-password" minlength="8" ${needsPassword && html`required`} aria-describedby="problem" ${invalid(["password-needed", "password-too-short"])}></div>`}
            <div><label for="label">${t("pair.label")}</label><input id="label" name="label" value="${t("pair.label.value")}" maxlength="40" required></div>`,
        after: html`<p><a href="/sign-in">${t("pair.signIn")}</a></p>`,
    };
}, async ({ code, password, label }, app) => {
    await send("POST", "/pairing", { code: code.replace(/[\s-]/g, "").toUpperCase(), ...(password && { password }), label });
    return app.kind === "aggregator" ? "/operator" : "/";
});
