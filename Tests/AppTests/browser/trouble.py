"""What can go wrong, and what the page says then."""

import re

HOME = re.compile("Your roof gives")
NOTICES = [
    ({"stalled": "1", "behind": "9"}, "Nothing has become final since 11:15.", "2 of 4 validators answer; 3 are needed."),
    ({"behind": "9"}, "Your node is catching up: 9 blocks to go.", ""),
    ({"aggregator": "away"}, "The aggregator has not answered since 11:20.", "paid out all the same, at the latest at 12:12."),
    ({"suspended": "1"}, "This household is suspended since block 48,102, 16 Jun 10:41.", "your tokens stay yours."),
    ({"suspended": "why"}, "This household is suspended since", "The meter is exchanged <b>twice</b>."),
    ({"suspended": "long"}, "This household is suspended.", "Ask the aggregator for the reason"),
    ({"idle": "1"}, "Your node does not trade by itself.", ""),
]


def check(browser, checks):
    for state, title, text in NOTICES:
        browser.node(**state)
        page = browser.visit("/")
        checks.equal(page.locator("#notice .notice").count(), 1, f"notices at {state}")
        said = page.locator("#notice").inner_text()
        checks.that(title in said and text in said, f"at {state} the page says {said!r}")
        page.context.close()
    for trouble in (viewer, live, silent, offline, signed_out, failing, kept, apart, calm):
        browser.node()
        checks.tell(trouble, browser)


def viewer(browser, checks):
    """Viewers see all and change nothing."""
    browser.node(session="viewer")
    for path in ("/market", "/market/436", "/more", "/more/tokens", "/more/neighbours", "/more/devices", "/more/meter"):
        page = browser.visit(path)
        forbidden = page.locator("main form, [data-do=pick], [data-do=takeBack], [data-do=invite], [data-do=change]").count()
        checks.equal(forbidden, 0, f"what a viewer could change at {path}")
        page.context.close()


def live(browser, checks):
    page = browser.visit("/")
    browser.change(case="getting")
    page.get_by_role("heading", name="Neighbours give you 1.32").wait_for(timeout=2500)
    checks.that("0.82\u00a0kW from" in page.inner_text("main") or "0.82\u00a0kW come" in page.inner_text("main"), "the rest of what is drawn")
    with page.expect_request("**/household/quarters"):
        browser.change(event='quarter {"startsAt": "2026-06-16T09:15:00Z"}')
    page.context.close()


def silent(browser, checks):
    """The meter falls silent: the last values stay, grey, with their time."""
    page = browser.visit("/")
    page.wait_for_timeout(1500)
    browser.change(silent="1")
    page.get_by_text("No measurement since 11:2").wait_for(timeout=14_000)
    checks.equal(page.locator("section.aged").count(), 1, "what is old is grey")
    browser.change(silent="")
    page.get_by_text("No measurement since").wait_for(state="detached", timeout=4000)
    page.context.close()


def offline(browser, checks):
    page = browser.visit("/", allowed=["ERR_", "Failed to load"])
    page.wait_for_timeout(1500)
    browser.change(down="1")
    page.get_by_text("No connection to your node since").wait_for(timeout=10_000)
    page.get_by_role("navigation").get_by_role("link", name="Market", exact=True).click()
    page.get_by_text("Your node does not answer. Nothing was changed.").wait_for()
    browser.change(down="")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("heading", name="A neighbour gives").wait_for()
    page.get_by_text("No connection to your node since").wait_for(state="detached", timeout=12_000)
    checks.that(True, "back")
    page.context.close()


def signed_out(browser, checks):
    """The session is ended elsewhere: what is typed stays."""
    page = browser.visit("/market", allowed=["401"])
    page.get_by_label("Energy, Wh").fill("321")
    browser.change(session="none")
    page.locator("#notice").get_by_text("You were signed out.").wait_for(timeout=6000)
    page.locator("#notice").get_by_role("button", name="Sign in").click()
    page.get_by_role("dialog").get_by_label("App password").fill("yes")
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    page.locator("#notice .notice").wait_for(state="detached")
    checks.equal(page.get_by_label("Energy, Wh").input_value(), "321", "what was typed")
    page.context.close()


def failing(browser, checks):
    browser.node(at="/household/days")
    page = browser.visit("/history", allowed=["500"])
    page.get_by_text("(disk full)").wait_for()
    browser.change(at="")
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("heading", name="June 2026").wait_for()
    checks.that(True, "tried again")
    page.context.close()


def kept(browser, checks):
    """With the service worker the app opens without the node, and says how old its figures are."""
    page = browser.visit("/", worker=True, allowed=["ERR_", "Failed to load"])
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.get_by_role("heading", name=HOME).wait_for()
    browser.until(page, "navigator.serviceWorker.controller !== null", "the worker is there")
    page.reload()
    page.get_by_role("heading", name=HOME).wait_for()
    browser.change(down="1")
    page.reload()
    page.get_by_role("heading", name=HOME).wait_for()
    page.get_by_text("No connection to your node since").wait_for()
    checks.that("as of" in page.inner_text("main"), "old figures have their time")
    browser.change(down="")
    page.context.close()


def apart(browser, checks):
    """Where market time is another than the wall's, each time says which it is."""
    browser.node(case="rate")
    page = browser.visit("/market/412")
    checks.that("by 12:12 market time" in page.inner_text("main"), "a time of the market")
    checks.that("11:09:41" in page.inner_text("main") and "11:09:41 market" not in page.inner_text("main"), "a time on the wall")
    page.context.close()


def calm(browser, checks):
    """Nothing moves unless a value moves, and the open page costs little."""
    page = browser.visit("/", reduced_motion="reduce")
    checks.equal(page.evaluate("document.getAnimations().length"), 0, "animations")
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    busy = lambda: {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}["TaskDuration"]
    page.wait_for_timeout(1000)
    before = busy()
    page.wait_for_timeout(5000)
    share = (busy() - before) / 5
    print(f"Home open: {share:.1%} of a core")
    checks.that(share < 0.05, f"Home costs {share:.1%} of a core")
    page.emulate_media(forced_colors="active")
    checks.that(page.locator(".flow").is_visible(), "the picture in forced colours")
    page.context.close()
