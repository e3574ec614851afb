import { html } from "../html.js";
import { t, energy, whole, seconds, dayAndClock } from "../format.js";
import { get, send } from "../api.js";
import { state, isOwner } from "../state.js";
import { marketClock } from "../names.js";
import { trouble } from "../page.js";

export const reloadOn = ["reset", "back"];
export const load = () => get("/household/meter");

/** What the meter shows, where its figures come from, and whether the aggregator has the same. */
export function view(data, size, { form }) {
    const live = state.household.live ?? data;
    const power = live.connectionWatts ?? data.powerWatts;
    const { aggregator } = data;
    return html`
    <p class="trail"><a href="/more">${t("nav.more")}</a></p>
    <div class="lead"><h1>${t(power < 0 ? "meter.gives" : "meter.draws", { power: `${whole(Math.abs(power))}\u00a0W` })}</h1><p>${t("meter.read", { time: seconds(live.time) })}</p></div>
    <div class="halves">
        <section class="part" aria-labelledby="registers"><h2 id="registers">${t("meter.registers")}</h2>
            <dl class="figures"><div><dt>${t("meter.import")}</dt><dd>${energy(live.importRegisterWh)}</dd></div><div><dt>${t("meter.export")}</dt><dd>${energy(live.exportRegisterWh)}</dd></div></dl>
            <p><small>${t("meter.source")}: ${t(`source.${data.source}`)}</small></p>
            <p class="mono">${data.meter}</p></section>
        <div>
            ${data.isSetByHand && html`<section class="part" aria-labelledby="hand"><h2 id="hand">${t("meter.hand")}</h2>${isOwner() ? slider(data, form) : html`<p>${t("viewer.text")}</p>`}</section>`}
            <section class="part" aria-labelledby="same"><h2 id="same">${t("meter.aggregator")}</h2>
                ${aggregator ? html`<p>${same(aggregator)}</p><p><small>${t("meter.signedIn", { time: dayAndClock(aggregator.signedInAt) })}</small></p>` : html`<p>${t("meter.never")}</p>`}</section>
        </div>
    </div>`;
}

const same = ({ quarters, differing }) => (differing.length === 0 ? t("meter.same", { count: quarters }) : t("meter.differs", { times: differing.map((time) => marketClock(time, true)).join(", ") }));

/** For a meter that is set by hand: what the house draws, or gives. */
function slider({ leastWatts, mostWatts, powerWatts }, form) {
    const at = form.watts ?? powerWatts;
    return html`<form class="bars" data-do="set">
        <div><label for="watts">${t("meter.set")}</label>
            <input id="watts" name="watts" type="range" min="${leastWatts}" max="${mostWatts}" step="10" value="${powerWatts}" data-input="slide" data-change="set" aria-valuetext="${words(at)}">
            <div class="split"><small>${t("meter.most.gives")}</small><strong>${words(at)}</strong><small>${t("meter.most.draws")}</small></div></div>
        ${trouble(form)}
    </form>`;
}

const words = (watts) => t(watts < 0 ? "meter.giving" : "meter.drawing", { power: `${whole(Math.abs(watts))}\u00a0W` });

export const actions = {
    slide({ element, form, redraw }) {
        form.watts = Number(element.value);
        redraw();
    },
    async set({ form }) {
        if (form.watts !== undefined) await send("POST", "/meter", { powerWatts: form.watts });
    },
};
