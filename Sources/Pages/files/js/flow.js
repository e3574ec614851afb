import { svg } from "./html.js";
import { watts, t } from "./format.js";

const [thick, tip, gap] = [6, 14, 14];

/**
 * What flows now, from what is measured: `connection` is what the house draws (negative for what it
 * gives), `generation` what the roof makes if that is metered, `near` the neighbours' part of the
 * connection if it is known. Nothing is guessed; meters that disagree leave a rest.
 */
export function balance({ connectionWatts: connection, generationWatts: generation, neighboursWatts: near }) {
    const [drawn, given] = [Math.max(connection, 0), Math.max(-connection, 0)];
    const street = (watts, way) => (near === null
        ? [{ kind: "grid", name: `${way}Both`, watts }]
        : [{ kind: "near", name: `${way}Near`, watts: Math.min(near, watts) }, { kind: "grid", name: `${way}Grid`, watts: Math.max(watts - near, 0) }]);
    const [sources, sinks] = [street(drawn, "from"), street(given, "to")];
    if (generation === null) {
        (drawn > 0 ? sinks : sources).unshift({ kind: "home", name: "connection", watts: drawn + given });
        return { sources, sinks };
    }
    const used = generation + connection;
    sources.unshift({ kind: "sun", name: "roof", watts: generation });
    sinks.unshift({ kind: "home", name: "home", watts: Math.max(used, 0) });
    // More goes out than comes in: a meter is wrong, and the picture says by how much.
    if (used < 0) sources.push({ kind: "unknown", name: "unknown", watts: -used });
    return { sources, sinks };
}

/** Where everything is drawn: ribbons in columns wide enough for their words, on one scale. */
export function layout({ sources, sinks }, peak, width) {
    const some = (parts) => parts.filter((part) => part.watts > 0);
    const [above, below] = [some(sources), some(sinks)];
    const scale = Math.min(width * .6 / peak, fitting(above, width), fitting(below, width));
    const total = Math.max(...[above, below].map((parts) => parts.reduce((sum, part) => sum + part.watts, 0))) * scale;
    return { above: columns(above, scale, width, total), below: columns(below, scale, width, total), scale };
}

/** How wide a column is for the words beneath a ribbon. */
const words = (parts, width) => Math.min(106, (width - 2) / Math.max(parts.length, 1));

/** The largest scale at which `parts` and their words fit beside each other. */
function fitting(parts, width) {
    const label = words(parts, width);
    let scale = Infinity;
    for (let wide = parts; ;) {
        const sum = wide.reduce((total, part) => total + part.watts, 0);
        if (sum === 0) return scale;
        scale = Math.max((width - wide.length * gap - (parts.length - wide.length) * label) / sum, 1e-9);
        const still = wide.filter((part) => part.watts * scale > label);
        if (still.length === wide.length) return scale;
        wide = still;
    }
}

function columns(parts, scale, width, total) {
    const sizes = parts.map((part) => Math.max(part.watts * scale, 2));
    const wide = sizes.map((size) => Math.max(size, words(parts, width)));
    const spare = Math.max(width - wide.reduce((sum, column) => sum + column, 0), 0) / Math.max(parts.length - 1, 1);
    let [near, column] = [(width - total) / 2, parts.length === 1 ? spare / 2 : 0];
    return parts.map((part, index) => {
        const place = { ...part, size: sizes[index], near, far: column + (wide[index] - sizes[index]) / 2, left: column, right: column + wide[index] };
        near += sizes[index];
        column += wide[index] + spare;
        return place;
    });
}

/** The busbar: what comes in hangs above it, what goes out below; a ribbon is as wide as its power. */
export function flow({ live, peak }, width, tall) {
    const parts = balance(live);
    const { above, below, scale } = layout(parts, peak, width);
    const write = watts(0, ...[...above, ...below].map((part) => part.watts));
    const level = { top: 56, bar: Math.round(tall * .46), bottom: tall - 62 };
    const ruler = [5000, 2000, 1000, 500, 200, 100].find((step) => step <= peak / 5) ?? 50;
    const isOld = live.split === "quarter";
    return svg`<svg class="flow" viewBox="0 0 ${width} ${tall}" width="${width}" height="${tall}" role="img" aria-label="${spoken(above, below, write)}">
        <defs>${["sun", "near", "grid", "home"].map((kind) => [fade(kind, "in", level.top, level.bar), fade(kind, "out", level.bottom + tip, level.bar)])}
            <pattern id="stripe" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="stripe" d="M0 0v7"/></pattern>
            <pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="unknown" d="M0 0v6"/></pattern></defs>
        ${above.map((part) => ribbon(part, write, level.bar, level.top, "in", isOld))}
        ${below.map((part) => ribbon(part, write, level.bar + thick, level.bottom, "out", isOld))}
        <rect class="copper" x="0" y="${level.bar}" width="${width}" height="${thick}"/>
        <path class="rule" d="M.5 ${level.bar - 16}v8m0 -4h${(ruler * scale).toFixed(1)}m0 -4v8"/>
        <text class="scale" x="0" y="${level.bar - 23}">${watts(ruler)(ruler).replace(/[.,]00/, "")}</text>
    </svg>`;
}

/** Colour gathers towards the bar. */
const fade = (kind, way, outer, inner) => svg`<linearGradient id="${kind}-${way}" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="${outer}" y2="${inner}">
    <stop class="${kind} faded" offset="0"/><stop class="${kind}" offset=".75"/></linearGradient>`;

/** A ribbon whose outer end says where it runs: notched where energy comes in, pointed where it goes. */
function ribbon({ kind, name, watts: power, size, near, far: end }, write, inner, outer, way, isOld) {
    const middle = (inner + outer) / 2;
    const depth = Math.min(tip, size / 3);
    const [a, b, e, f] = [near, near + size, end, end + size].map((value) => value.toFixed(1));
    const shape = `M${a} ${inner}C${a} ${middle} ${e} ${middle} ${e} ${outer}l${(size / 2).toFixed(1)} ${depth.toFixed(1)} ${(size / 2).toFixed(1)} ${(-depth).toFixed(1)}C${f} ${middle} ${b} ${middle} ${b} ${inner}Z`;
    const isUnknown = kind === "unknown";
    const y = way === "in" ? 24 : outer + tip + 26;
    const center = (end + size / 2).toFixed(1);
    return svg`<path class="${kind}-edge" fill="url(#${isUnknown ? "unknown" : `${kind}-${way}`})" d="${shape}"/>
        ${isOld && (kind === "near" || kind === "grid") && svg`<path fill="url(#stripe)" d="${shape}"/>`}
        <text class="value" text-anchor="middle" x="${center}" y="${y}">${write(power)}</text>
        <text class="name" text-anchor="middle" x="${center}" y="${y + 19}">${t(`flow.${name}`)}</text>`;
}

function spoken(above, below, write) {
    const list = (parts) => parts.map((part) => `${t(`flow.${part.name}`)} ${write(part.watts)}`).join(", ");
    return t("flow.spoken", { in: list(above) || write(0), out: list(below) || write(0) });
}
