"""What the browser tells while one looks elsewhere: by the page that is open, and by the worker."""

import re

#: A page that says it is hidden when told to, and writes down what it has the browser tell.
STAGE = """
    globalThis.told = [];
    globalThis.Notification = new Proxy(Notification, { construct: (_, [title, { body }]) => { told.push(`${title}: ${body}`); return {}; } });
    Object.defineProperty(Document.prototype, "hidden", { get: () => globalThis.looksElsewhere === true });
"""
STEP = 'step {"trade": %d, "step": "%s", "block": 48220, "time": "2026-06-16T09:30:00Z", "transaction": "0x"}'


def check(browser, checks):
    for story in (is_off_at_first, tells_while_open, tells_by_the_worker, says_what_it_cannot):
        browser.node()
        checks.tell(story, browser)


def visit(browser, **options):
    page = browser.visit("/more", permissions=["notifications"], **options)
    page.context.add_init_script(STAGE)
    page.reload()
    page.wait_for_selector("main h1")
    return page


def plain(texts):
    """The texts in order; since when the meter is silent depends on when one asks."""
    return sorted(re.sub(r"silent since 11:\d\d", "silent since then", text.replace("\u00a0", " ")) for text in texts)


def is_off_at_first(browser, checks):
    """The browser would allow it, but nobody has asked for it."""
    page = visit(browser)
    page.get_by_text("Let the browser tell you while you look elsewhere").wait_for()
    page.evaluate("looksElsewhere = true")
    browser.change(event=STEP % (398, "SellerPaid"))
    page.wait_for_timeout(1500)
    checks.equal(page.evaluate("told"), [], "what is told unasked")
    page.context.close()


def tells_while_open(browser, checks):
    page = visit(browser)
    page.get_by_role("button", name="Show notices").click()
    page.get_by_text("Once it is closed, nothing is told.").wait_for()
    browser.change(event=STEP % (398, "SellerPaid"))
    page.wait_for_timeout(1500)
    checks.equal(page.evaluate("told"), [], "nothing is told while one looks on")
    page.evaluate("looksElsewhere = true")
    for trade, step in ((398, "SellerPaid"), (401, "SellerPaid"), (377, "TradeRefunded"), (412, "PeerPaid")):
        browser.change(event=STEP % (trade, step))
    browser.until(page, "told.length === 3", "three trades are over")
    browser.change(stalled="1", silent="old")
    with page.expect_request("**/household"):
        browser.change(event="reset {}")
    browser.until(page, "told.length === 5", "the meter is silent, and nothing becomes final")
    page.wait_for_timeout(6000)
    checks.equal(plain(page.evaluate("told")), [
        "No. 12: Not delivered: 400 Wh from No. 3. Your tokens came back.", "No. 12: Nothing has become final since 11:15.",
        "No. 12: Sold: 312 Wh to No. 14.", "No. 12: Sold: 500 Wh to No. 7.", "No. 12: Your meter has been silent since then.",
    ], "what is told, each once")
    page.evaluate("looksElsewhere = false")
    page.get_by_role("button", name="No more notices").click()
    page.get_by_role("button", name="Show notices").wait_for()
    page.evaluate("looksElsewhere = true; told.length = 0")
    browser.change(event=STEP % (398, "SellerPaid"))
    page.wait_for_timeout(1500)
    checks.equal(page.evaluate("told"), [], "what is told once it is switched off")
    page.context.close()


SHOWN = "navigator.serviceWorker.ready.then((one) => one.getNotifications()).then((all) => all.map((one) => `${one.title}: ${one.body}`))"


def tells_by_the_worker(browser, checks):
    """An installed app: the worker shows what the page tells, and looks by itself once that is closed."""
    page = visit(browser, worker=True)
    session = browser.browser.new_browser_cdp_session()
    target = next(one for one in session.send("Target.getTargets")["targetInfos"] if one["url"].startswith(browser.base))
    session.send("Browser.grantPermissions", {
        "permissions": ["notifications", "periodicBackgroundSync"], "origin": browser.base, "browserContextId": target["browserContextId"]})
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    page.get_by_role("button", name="Show notices").click()
    page.get_by_text("Once it is closed, the browser looks at times of its own choosing").wait_for()
    page.evaluate("looksElsewhere = true")
    browser.change(event=STEP % (398, "SellerPaid"))
    page.wait_for_timeout(1500)
    checks.equal(len(page.evaluate(SHOWN)), 1, "the worker shows what the page tells")
    elsewhere = page.context.new_page()
    workers = page.context.new_cdp_session(elsewhere)
    known = []
    workers.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
    workers.send("ServiceWorker.enable")
    page.goto(browser.base + "/")
    page.wait_for_selector("main h1")
    page.close()
    browser.change(stalled="1", silent="old", case="over")
    elsewhere.wait_for_timeout(500)
    one = next(one for one in known if one["scopeURL"].startswith(browser.base))
    workers.send("ServiceWorker.dispatchPeriodicSyncEvent", {"origin": browser.base, "registrationId": one["registrationId"], "tag": "look"})
    elsewhere.wait_for_timeout(2500)
    elsewhere.goto(browser.base + "/files/icon.svg")
    shown = elsewhere.evaluate(SHOWN.replace("ready", f"getRegistration('{browser.base}/')"))
    checks.equal(plain(shown), [
        "No. 12: Nothing has become final since 11:15.", "No. 12: Sold: 500 Wh to No. 7.", "No. 12: Sold: 500 Wh to No. 7.",
        "No. 12: Your meter has been silent since then.",
    ], "what the worker tells by itself")
    elsewhere.context.close()


def says_what_it_cannot(browser, checks):
    page = browser.visit("/more")
    page.context.add_init_script("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })")
    page.reload()
    page.get_by_text("This browser was told to show no notices of this page.").wait_for()
    checks.equal(page.get_by_role("button", name="Show notices").count(), 0, "a button that could do nothing")
    page.context.add_init_script("delete globalThis.Notification")
    page.reload()
    page.get_by_text("This browser shows no notices of this page.").wait_for()
    checks.equal(page.get_by_role("button", name="Show notices").count(), 0, "a button that could do nothing")
    page.context.close()
