import { html, show } from "./html.js";
import { preferredLanguage, speak, t } from "./format.js";
import { get, Problem } from "./api.js";

/** How a device is made to trust the node's certificate, step by step. */
const systems = ["ios", "android", "windows", "macos", "firefox"];

/** The certificate; null where the node has none to offer, or does not answer. */
async function certificate() {
    try {
        return await get("/certificate");
    } catch (problem) {
        if (problem instanceof Problem) return null;
        throw problem;
    }
}

await speak(preferredLanguage());
const found = await certificate();
show(document.querySelector("main"), html`
    <div class="lead"><h1>${t("trust.title")}</h1><p>${t(found ? "trust.lead" : "trust.none")}</p></div>
    ${found && html`<section class="part" aria-labelledby="file"><h2 id="file">${t("trust.file")}</h2>
        <p><a class="button" href="/api/v1/certificate.pem" download="busbar-${found.name}.crt">${t("trust.get")}</a></p>
        <p>${t("trust.compare")}</p><p class="mono">${found.fingerprint}</p><p><small>${t("trust.names", { names: found.names.join(", ") })}</small></p></section>
    ${systems.map((system) => html`<section class="part" aria-labelledby="${system}"><h2 id="${system}">${t(`trust.${system}`)}</h2><p>${t(`trust.${system}.text`)}</p></section>`)}`}
    <p><a href="/sign-in">${t("door.enter")}</a></p>`);
document.title = `${t("trust.title")} · Busbar`;
