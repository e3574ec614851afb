"""Every panel, on a phone and on a desktop, light and dark, in English and German."""

import re

from axe_playwright_python.sync_playwright import Axe

SIZES = {"phone": (390, 844), "desktop": (1280, 800)}
ADDRESS = "0x" + "a" * 40
HASH = "0x" + "a" * 64
NUMBER_9 = "0x3231237d55c6e6cf440b330871aa74db8900e8c7"

#: Name, path, state of the fake node, and what is done before one looks.
PANELS = [
    ("home", "/", {}, None),
    ("home-getting", "/", {"case": "getting"}, None),
    ("home-connection", "/", {"case": "connection"}, None),
    ("home-quarter", "/", {"case": "quarter"}, None),
    ("home-meters", "/", {"case": "meters"}, None),
    ("home-new", "/", {"case": "new"}, None),
    ("home-silent", "/", {"silent": "always", "case": "empty"}, None),
    ("home-stalled", "/", {"stalled": "1"}, None),
    ("board", "/", {}, ".board"),
    ("home-new-node", "/", {"case": "unregistered"}, None),
    ("more-new-node", "/more", {"case": "unregistered"}, None),
    ("street-new-node", "/street", {"case": "unregistered"}, None),
    ("market-new-node", "/market", {"case": "unregistered"}, None),
    ("market", "/market", {}, None),
    ("market-empty", "/market", {"case": "empty"}, None),
    ("pick", "/market", {}, "[data-do=pick]"),
    ("trade-running", "/market/412", {}, None),
    ("trade-open", "/market/436", {}, None),
    ("trade-part", "/market/401", {}, None),
    ("trade-refunded", "/market/377", {}, None),
    ("history", "/history", {}, None),
    ("week", "/history/2026-W25", {}, None),
    ("day", "/history/2026-06-16", {}, None),
    ("quarter", "/history/2026-06-16T08:45:00Z", {}, None),
    ("statement", "/history/2026-06/statement", {}, None),
    ("verify", "/history", {}, "[data-do=verify]"),
    ("street", "/street", {}, None),
    ("street-untold", "/street", {"case": "untold"}, None),
    ("blocks", "/street/blocks", {}, None),
    ("transactions", "/street/transactions", {}, None),
    ("events", "/street/events", {}, None),
    ("trades", "/street/trades", {}, None),
    ("members", "/street/members", {}, None),
    ("block", "/street/blocks/48213", {}, "summary"),
    ("transaction", f"/street/transactions/{HASH}", {}, None),
    ("account", f"/street/accounts/{ADDRESS}", {}, None),
    ("ledger-trade", "/street/trades/412", {}, None),
    ("more", "/more", {}, "summary"),
    ("more-viewer", "/more", {"session": "viewer"}, None),
    ("tokens", "/more/tokens", {}, None),
    ("tokens-open", "/more/tokens", {"case": "purchase"}, None),
    ("neighbours", "/more/neighbours", {}, None),
    ("neighbour", "/more/neighbours", {}, "[data-do=change]"),
    ("devices", "/more/devices", {}, None),
    ("invitation", "/more/devices", {}, "[data-do=invite]|dialog button:not([value])"),
    ("meter", "/more/meter", {}, None),
    ("missing", "/street/nothing", {}, None),
    ("sign-in", "/sign-in", {"session": "none"}, "summary"),
    ("pair", "/pair", {"session": "none", "paired": "no"}, None),
    ("trust", "/trust", {"session": "none"}, None),
    ("password", "/more/devices", {}, "[data-do=password]"),
    ("street-open", "/street", {"session": "none"}, None),
    ("operator", "/operator", {"kind": "aggregator"}, None),
    ("operator-members", "/operator/members", {"kind": "aggregator"}, None),
    ("operator-register", "/operator/members", {"kind": "aggregator"}, "[data-do=register]"),
    ("operator-invite", "/operator/members", {"kind": "aggregator"}, "[data-do=invite]"),
    ("operator-withdraw", "/operator/members", {"kind": "aggregator"}, "[data-do=withdraw]"),
    ("operator-member", f"/operator/members/{NUMBER_9}", {"kind": "aggregator"}, None),
    ("operator-orders", "/operator/orders", {"kind": "aggregator"}, None),
    ("operator-deliveries", "/operator/deliveries", {"kind": "aggregator"}, None),
    ("operator-money", "/operator/money", {"kind": "aggregator"}, None),
    ("operator-people", "/operator/people", {"kind": "aggregator"}, None),
    ("operator-add", "/operator/people", {"kind": "aggregator"}, "[data-do=admit]"),
    ("operator-pair", "/pair", {"kind": "aggregator", "session": "none"}, None),
    ("operator-sign-in", "/sign-in", {"kind": "aggregator", "session": "none"}, None),
]
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], "resultTypes": ["violations"]}
UNFIT = """() => {
    const over = document.documentElement.scrollWidth - innerWidth;
    const wide = [...document.querySelectorAll("main *, header *, nav *")].filter((one) => {
        const box = one.getBoundingClientRect();
        return box.width > 0 && box.right > innerWidth + 1 && !one.closest(".scroll, .sr, .raw") && getComputedStyle(one).position !== "fixed";
    });
    return over > 0 ? [`${over} px too wide`] : wide.slice(0, 3).map((one) => `${one.nodeName}.${one.className.baseVal ?? one.className} ${one.textContent.slice(0, 30)}`);
}"""


def check(browser, checks, shots):
    axe = Axe()
    for name, path, state, action in PANELS:
        if not re.search(browser.panel, name):
            continue
        for language in ("en-GB", "de-DE"):
            browser.node(**state)
            page = browser.visit(path, name=name, language=language)
            for selector in (action or "").split("|") if action else []:
                page.locator(selector).first.click()
                page.wait_for_timeout(150)
            for size, (width, height) in SIZES.items():
                for theme in ("light", "dark"):
                    look(page, checks, axe, shots, name, language[:2], size, width, height, theme)
            narrow(page, checks, f"{name} {language}")
            page.context.close()


def look(page, checks, axe, shots, name, language, size, width, height, theme):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(120)
    label = f"{name} {language} {size} {theme}"
    found = axe.run(page, options=AXE).response["violations"]
    checks.equal([f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found], [], f"axe on {label}")
    text = page.inner_text("body")
    checks.that("NaN" not in text and "undefined" not in text and "{" not in text.replace('{\n', ""), f"{label} shows a fault")
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=shots / f"{name}-{size}-{theme}-{language}.png", full_page=not page.query_selector("dialog[open]"))


def narrow(page, checks, label):
    page.set_viewport_size({"width": 320, "height": 640})
    page.wait_for_timeout(120)
    checks.equal(page.evaluate(UNFIT), [], f"{label} at 320 px")
