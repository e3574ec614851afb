"""The pictures in docs/app.md: each panel of a testnet whose households have traded for some hours of its
market by themselves, taken by processes.py --shots."""

import time

import figures

#: Real seconds; its market runs sixty times as fast.
TRADES_FOR = 200
NAMES = {"h01": "No. 1", "h02": "No. 2", "h08": "No. 8", "h05": "No. 5", "h07": "No. 7", "h09": "No. 9"}

#: Name, path, and what is pressed before the picture is taken.
PHONE = [
    ("market", "/market", None), ("history", "/history", None), ("week", "/history", "nav.months a:last-of-type"),
    ("day", "/", "section[aria-labelledby=day] a"), ("street", "/street", None), ("more", "/more", None), ("tokens", "/more/tokens", None),
    ("neighbours", "/more/neighbours", None), ("devices", "/more/devices", "[data-do=invite]"), ("meter", "/more/meter", None),
]
DESKTOP = [("home", "/"), ("market", "/market")]
OPERATOR = [("operator", "/operator"), ("members", "/operator/members"), ("orders", "/operator/orders"), ("deliveries", "/operator/deliveries"), ("money", "/operator/money")]


def take(net, person, browser, checks, shots, most):
    """Takes a picture of each panel, for docs/app.md, and measures once more where all trade."""
    call_by_names(net)
    time.sleep(TRADES_FOR)
    net.ask("h07", "/household/purchases", {"amount": "200000000", "reference": "NO7-2"})
    phone = person(browser, checks, net.link("h01"), width=390, height=844, language="en-GB")
    show(phone, "/")
    phone.screenshot(path=shots / "home-phone.png")
    for name, path, pressed in PHONE:
        show(phone, path)
        if pressed:
            phone.locator(pressed).first.click()
            phone.wait_for_timeout(700)
        if name == "devices":
            phone.get_by_role("dialog").get_by_role("button", name="Invite").click()
            phone.locator("svg.qr").wait_for()
        whole(phone, shots / f"{name}-phone.png")
    running(net, phone, "h01", shots / "trade-phone.png")
    desktop = person(browser, checks, net.link("h05"), width=1280, height=800, language="de-DE", dark=True)
    for name, path in DESKTOP:
        show(desktop, path)
        whole(desktop, shots / f"{name}-desktop.png")
    running(net, desktop, "h05", shots / "trade-desktop.png")
    show(desktop, "/history")
    desktop.locator("a[href$=statement]").click()
    desktop.wait_for_timeout(1200)
    desktop.screenshot(path=shots / "statement-desktop.png")
    operator = person(browser, checks, net.link("aggregator"), width=1280, height=800, language="en-GB")
    for name, path in OPERATOR:
        show(operator, path)
        whole(operator, shots / f"{name}-desktop.png")
    figures.measure(net, checks, phone, most)
    phone.context.clear_cookies()
    show(phone, "/sign-in")
    phone.screenshot(path=shots / "sign-in-phone.png")


def call_by_names(net):
    """Two households and the aggregator call the others by names, as neighbours do."""
    for name, said in NAMES.items():
        address = net.node(name)["address"].lower()
        for own in ("h01", "h05"):
            if own != name:
                net.ask(own, f"/household/neighbours/{address}", {"name": said, "isFavourite": name == "h08"}, "PUT")
        net.ask("aggregator", f"/aggregator/members/{address}", {"name": said, "reason": "as the contract says"}, "PATCH")


def running(net, page, name, path):
    """A picture of a trade that is being delivered, one that has just begun if there is one."""
    share = lambda one: one["progress"]["ownWh"] / one["trade"]["energyWh"]
    found = []
    for _ in range(80):
        running = net.ask(name, "/household")["running"]
        found = sorted((one for one in running if one["progress"] and share(one) > 0), key=share) or found
        if found and share(found[0]) < 0.5:
            break
        time.sleep(0.25)
    show(page, f"/market/{found[0]['trade']['id'] if found else 1}")
    whole(page, path)


def show(page, path):
    page.goto("/".join(page.url.split("/", 3)[:3]) + path)
    page.locator("main h1").wait_for()
    page.wait_for_timeout(600)


def whole(page, path):
    """The whole page, with the places at its foot, or what a dialog covers."""
    size = page.viewport_size
    if page.locator("dialog[open]").count() == 0:
        height = page.evaluate("Math.max(innerHeight, document.documentElement.scrollHeight)")
        page.set_viewport_size({"width": size["width"], "height": min(height, 1900)})
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(300)
    page.screenshot(path=path)
    page.set_viewport_size(size)
