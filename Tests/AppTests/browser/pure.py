"""The modules that only compute, in the browser that runs them."""

LAYOUT = """async ({ root }) => {
    const { balance, layout } = await import(`${root}/js/flow.js`);
    let seed = 7;
    const random = (most) => { seed = (seed * 48271) % 2147483647; return Math.floor(seed / 2147483647 * most); };
    const wrong = [];
    for (let turn = 0; turn < 1000; turn += 1) {
        const width = [288, 358, 573, 900][random(4)];
        const connection = random(20000) - 10000;
        const generation = random(3) === 0 ? null : random(12000);
        const near = random(4) === 0 ? null : random(Math.abs(connection) + 1);
        const parts = balance({ connectionWatts: connection, generationWatts: generation, neighboursWatts: near });
        const sum = (side) => side.reduce((total, part) => total + part.watts, 0);
        if (sum(parts.sources) !== sum(parts.sinks)) wrong.push(`sums ${connection} ${generation} ${near}`);
        if ([...parts.sources, ...parts.sinks].some((part) => part.watts < 0)) wrong.push(`negative ${connection} ${generation} ${near}`);
        const { above, below } = layout(parts, 5000, width);
        for (const side of [above, below]) {
            side.forEach((part, index) => {
                if (part.left < -.5 || part.right > width + .5) wrong.push(`outside ${width} ${connection} ${generation} ${near}`);
                if (index > 0 && part.left < side[index - 1].right - .01) wrong.push(`overlap ${width} ${connection} ${generation} ${near}`);
                if (part.size > part.right - part.left + .01) wrong.push(`wide ${width} ${connection} ${generation} ${near}`);
            });
        }
    }
    return wrong.slice(0, 5);
}"""

FORMATS = """async ({ root }) => {
    const f = await import(`${root}/js/format.js`);
    const results = {};
    for (const language of ["en", "de"]) {
        await f.speak(language);
        results[language] = [f.exact("70000"), f.exact("1234567890123456789"), f.signed("-43700"), f.tokens("41270000"), f.tokens("3800"), f.energy(999), f.energy(1200),
            f.watts(2250, 40)(40), f.percent(392), f.part(625), f.part(1), f.part(400), f.plain("20000000"), f.typed("140000"), f.span(59), f.span(7800), f.parseTokens("0,14"), f.parseTokens("0.14"), f.parseTokens("1.2.3"), f.parseTokens("-1"),
            f.parseTokens("12345678901"), f.parseWhole("500"), f.parseWhole("5x"), f.shortDay("2026-03-29"), f.each("88000", 800)].map((value) => typeof value === "string" ? value.replaceAll("\\u00a0", " ") : value);
    }
    let refused = 0;
    for (const bad of [NaN, Infinity, undefined]) { try { f.whole(bad); } catch { refused += 1; } }
    return { ...results, refused };
}"""

CHARTS = """async ({ root }) => {
    const f = await import(`${root}/js/format.js`);
    const { scale, hourTicks } = await import(`${root}/js/chart.js`);
    const { glyphs } = await import(`${root}/js/led.js`);
    const wrong = [];
    for (const [up, down] of [[4.4, .2], [0, 3], [0, 0], [13, 5], [.04, .01], [1999, 0]]) {
        const { step, up: top, down: bottom } = scale(up, down);
        const digit = step / 10 ** Math.floor(Math.log10(step) + 1e-9);
        if (![1, 2, 5, 10].some((round) => Math.abs(digit - round) < 1e-6)) wrong.push(`step ${step}`);
        if (top < up - 1e-9 || bottom < down - 1e-9) wrong.push(`cut ${up} ${down}`);
        if ((top + bottom) / step > 8) wrong.push(`many ${up} ${down}`);
    }
    f.useTimeZone("Europe/Berlin");
    const ticks = ["2026-03-28T23:00:00Z", "2026-10-24T22:00:00Z", "2026-06-15T22:00:00Z"].map((start, index) => hourTicks(start, [92, 100, 96][index], 400).map((tick) => `${tick.at}=${tick.text}`).join(" "));
    const shapes = new Set(Object.values(glyphs).map(String));
    const rows = Object.values(glyphs).every((rows) => rows.length === 5 && rows.every((row) => /^[X.]{8}$/.test(row)));
    return { wrong, ticks, distinct: shapes.size === Object.keys(glyphs).length, rows };
}"""

COLOURS = """() => {
    const style = getComputedStyle(document.documentElement);
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const element = document.createElement("i");
    document.body.append(element);
    const rgb = (name) => {
        element.className = "";
        element.setAttribute("color", "");
        const sheet = new CSSStyleSheet();
        sheet.replaceSync(`#probe { color: var(--${name}) }`);
        element.id = "probe";
        document.adoptedStyleSheets = [sheet];
        return getComputedStyle(element).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
    };
    const names = ["paper", "raised", "ink", "soft", "copper", "alarm", "near", "on-near", "grid", "edge", "sun", "sun-edge", "home"];
    const found = Object.fromEntries(names.map((name) => [name, rgb(name)]));
    document.adoptedStyleSheets = [];
    element.remove();
    return found;
}"""


def luminance(colour):
    parts = [value / 255 for value in colour]
    r, g, b = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


WRITTEN = {
    "en": ["0.07", "1,234,567,890,123.456789", "−0.043700", "41.27", "0.0038", "999 Wh", "1.20 kWh", "0.04 kW", "39%", "62.5%", "0.1%", "40%", "20", "0.14", "59 s", "2 h 10 min",
           "140000", "140000", None, None, None, 500, None, "29 Mar", 110000],
    "de": ["0,07", "1.234.567.890.123,456789", "−0,043700", "41,27", "0,0038", "999 Wh", "1,20 kWh", "0,04 kW", "39 %", "62,5 %", "0,1 %", "40 %", "20", "0,14", "59 s", "2 h 10 min",
           "140000", "140000", None, None, None, 500, None, "29. März", 110000],
}


def check(browser, checks, shots):
    browser.node()
    page = browser.visit("/street")
    root = {"root": page.evaluate("new URL(document.querySelector('script[type=module]').src).href.replace(/\\/js\\/main.js$/, '')")}
    checks.equal(page.evaluate(LAYOUT, root), [], "layout of the busbar")
    formats = page.evaluate(FORMATS, root)
    for language, texts in WRITTEN.items():
        for got, wanted in zip(formats[language], texts, strict=True):
            checks.equal(got, wanted, f"written in {language}")
    checks.equal(formats["refused"], 3, "numbers that are none")
    charts = page.evaluate(CHARTS, root)
    checks.equal(charts["wrong"], [], "scales")
    checks.equal(charts["ticks"], [
        "0=00:00 20=06:00 44=12:00 68=18:00 92=24:00", "0=00:00 28=06:00 52=12:00 76=18:00 100=24:00",
        "0=00:00 24=06:00 48=12:00 72=18:00 96=24:00"], "hours of days of 23, 25 and 24 hours")
    checks.that(charts["distinct"] and charts["rows"], "each glyph has a shape of its own, 8 wide and 5 high")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        colours = page.evaluate(COLOURS)
        for name, ground, least in [
            ("ink", "paper", 7), ("soft", "paper", 4.5), ("soft", "raised", 4.5), ("alarm", "paper", 4.5), ("on-near", "near", 4.5),
            ("copper", "paper", 3), ("near", "paper", 3), ("edge", "paper", 3), ("edge", "raised", 3), ("grid", "paper", 3), ("home", "paper", 3),
            ("sun-edge" if theme == "light" else "sun", "paper", 3),
        ]:
            value = contrast(colours[name], colours[ground])
            checks.that(value >= least, f"{theme}: {name} on {ground} has a contrast of {value:.2f}")
    page.context.close()
