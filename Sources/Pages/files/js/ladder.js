import { svg } from "./html.js";
import { t, price as write } from "./format.js";

/** The corridor of prices: what the supplier pays, what it charges, and the household's two limits. */
export function ladder({ feedIn, retail }, { ask, bid }, now, width) {
    const [low, high] = [Number(feedIn), Number(retail)];
    const x = (value) => Math.min(Math.max((Number(value) - low) * width / (high - low), 0), width);
    const [from, to] = [x(ask), x(bid)];
    const label = now !== null && Math.min(Math.max(x(now), 40), width - 40);
    return svg`<svg class="ladder" viewBox="0 0 ${width} 100" width="${width}" height="100" role="img"
        aria-label="${t("ladder.spoken", { feedIn: write(feedIn), retail: write(retail), ask: write(ask), bid: write(bid) })} ${now !== null && t("ladder.now", { price: write(now) })}">
        <rect class="span" x="0" y="44" width="${width}" height="8"/>
        ${to > from && svg`<rect class="mine" x="${from}" y="44" width="${to - from}" height="8"/>`}
        <rect class="mine" x="${Math.max(from - 1.5, 0)}" y="38" width="3" height="20"/><rect class="mine" x="${Math.min(to - 1.5, width - 3)}" y="38" width="3" height="20"/>
        ${now !== null && svg`<path class="price" d="M${x(now)} 42l-6 -10h12z"/><text class="strong" x="${label}" y="22" text-anchor="middle">${t("ladder.now", { price: write(now) })}</text>`}
        <text class="strong" x="0" y="76">${write(feedIn)}</text><text x="0" y="94">${t("ladder.feedIn")}</text>
        <text class="strong" x="${width}" y="76" text-anchor="end">${write(retail)}</text><text x="${width}" y="94" text-anchor="end">${t("ladder.retail")}</text>
    </svg>`;
}
