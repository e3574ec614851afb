"""What a household and an operator do, step by step."""

import gzip
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import notices
import serve
import trouble


def check(browser, checks, shots):
    for story in (signs_in, signs_an_operator_in, pairs, offers, picks, gives, follows_a_trade, sets_rules, orders_tokens, sets_the_meter,
                  pairs_a_phone,
                  reads_charts, turns_weeks, moves_about, looks_around, is_told, explores, operates, invites, lets_operators_in, weighs):
        browser.node()
        checks.tell(story, browser)
    notices.check(browser, checks)
    trouble.check(browser, checks)


def written(page, path):
    """The bodies of what the page sends to `path`, as it sends them."""
    bodies = []
    page.on("request", lambda request: request.method != "GET" and request.url.endswith(path) and bodies.append(json.loads(request.post_data or "{}")))
    return bodies


def removed(page):
    """The last parts of the addresses that the page deletes, as it does."""
    gone = []
    page.on("request", lambda request: request.method == "DELETE" and gone.append(request.url.rsplit("/", 1)[1]))
    return gone


def signs_in(browser, checks):
    browser.node(session="none", problem="wrong-password")
    page = browser.visit("/more/tokens", allowed=["401"])
    page.wait_for_url("**/sign-in?next=%2Fmore%2Ftokens")
    field = page.get_by_label("App password")
    field.fill("no")
    field.press("Enter")
    page.get_by_text("3 tries left").wait_for()
    checks.equal(field.get_attribute("aria-invalid"), "true", "a wrong password's field")
    checks.equal(page.evaluate("document.activeElement.id"), "password", "focus after a wrong password")
    field.fill("yes")
    field.press("Enter")
    page.wait_for_url("**/more/tokens")
    page.get_by_role("heading", name="You have 41.27 tokens.").wait_for()
    checks.that(True, "signed in, and there")
    page.context.close()
    page = browser.visit("/sign-in?next=//elsewhere.example/", allowed=["401"])
    page.get_by_label("App password").fill("yes")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Your roof gives").wait_for()
    checks.that(page.url.startswith(browser.base), "no address leads elsewhere")
    page.context.close()
    page = browser.browser.new_context(java_script_enabled=False).new_page()
    page.goto(browser.base + "/sign-in")
    checks.equal(page.locator("form[method=post] input[type=password]").count(), 1, "a plain form without scripts")
    page.context.close()


def signs_an_operator_in(browser, checks):
    for language, name, said in [
        ("en-GB", "Your name", "No operator has this name and password. 3 tries left before a pause."),
        ("de-DE", "Ihr Name", "Kein Betreiber hat diesen Namen und dieses Passwort. Noch 3 Versuche bis zu einer Pause."),
    ]:
        browser.node(kind="aggregator", session="none", problem="wrong-operator")
        page = browser.visit("/sign-in", allowed=["401"], language=language)
        page.get_by_label(name).fill("berg")
        page.locator("#password").fill("no")
        page.locator("#password").press("Enter")
        page.get_by_text(said).wait_for()
        checks.equal(page.locator("#name").get_attribute("aria-invalid"), "true", "the name may be wrong too")
        page.context.close()
        page = browser.visit("/sign-in?problem=wrong-operator", allowed=["401"], language=language)
        page.get_by_text(said.split(".")[0]).wait_for()
        checks.that("App" not in page.locator("form").inner_text(), "an operator's password is no app's")
        page.context.close()


def pairs(browser, checks):
    browser.node(session="none", paired="no", problem="wrong-code")
    page = browser.visit("/pair#7KQ4-M2XD", allowed=["401", "410", "422"])
    sent = written(page, "/pairing")
    checks.that("#" not in page.url, "the code does not stay in the address")
    page.get_by_label("A new app password").fill("long enough")
    page.get_by_role("button", name="Pair").click()
    page.get_by_text("That is not the code.").wait_for()
    browser.change(problem="code-expired")
    page.get_by_role("button", name="Pair").click()
    page.get_by_text("That code is used or too old.").wait_for()
    browser.change(problem="password-too-short")
    page.get_by_role("button", name="Pair").click()
    page.get_by_text("At least 8 characters.").wait_for()
    page.get_by_role("button", name="Pair").click()
    page.wait_for_url(browser.base + "/**")
    checks.equal(sent[0], {"code": "7KQ4M2XD", "password": "long enough", "label": "Phone"}, "pairing sends")
    page.context.close()


def offers(browser, checks):
    page = browser.visit("/")
    sent = written(page, "/household/offers")
    page.get_by_role("link", name="Offer it").click()
    browser.until(page, "document.activeElement.id === 'offer'", "focus on the part that was asked for")
    amount, price = page.get_by_label("Energy, Wh"), page.get_by_label("Price, tokens a kWh")
    checks.equal((amount.input_value(), price.input_value()), ("500", "0.14"), "the suggestion")
    amount.fill("20000")
    page.get_by_text("Your connection can deliver at most 17.25 kWh").wait_for()
    page.get_by_role("button", name="Make the offer").click()
    checks.equal(sent, [], "what cannot be is not sent")
    amount.fill("400")
    price.fill("0")
    page.get_by_text("The price must be above 0, unless it is a gift to one neighbour.").wait_for()
    page.get_by_role("button", name="Make the offer").click()
    checks.equal((sent, price.get_attribute("aria-invalid")), ([], "true"), "nothing is offered for nothing")
    page.get_by_label("For", exact=True).select_option("No. 7")
    page.get_by_text("A gift: it costs nothing.").wait_for()
    page.get_by_label("For", exact=True).select_option("anyone")
    price.fill("0,05")
    page.get_by_text("0.02 tokens in all. At the present surplus it takes about 24 min. Below 0.08 the supplier pays you more.").wait_for()
    page.wait_for_timeout(1200)
    checks.equal(amount.input_value(), "400", "what is typed stays while the page lives")
    price.press("Enter")
    page.wait_for_url("**/market/436")
    page.get_by_role("heading", name="500 Wh are waiting for a neighbour.").wait_for()
    checks.equal(sent, [{"energyWh": 400, "price": "20000", "forSeconds": 3600}], "an offer sends")
    page.context.close()


def picks(browser, checks):
    page = browser.visit("/market", allowed=["409"])
    sent = written(page, "/household/picks")
    dialog = page.get_by_role("dialog")
    browser.change(problem="offer-taken")
    page.get_by_role("button", name=re.compile("^Buy 431")).click()
    dialog.get_by_text("Buy 800 Wh from No. 3 for 0.088 tokens.").wait_for()
    dialog.get_by_role("button", name="Buy").click()
    dialog.get_by_text("went to someone else a moment ago. Nothing was charged. The next costs 0.14 a kWh.").wait_for()
    browser.change(problem="too-few-tokens")
    dialog.get_by_role("button", name="Buy").click()
    dialog.get_by_text("It takes 0.088 tokens; you have 0.05.").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.get_by_role("button", name=re.compile("^Buy 431")).click()
    dialog.get_by_role("button", name="Buy").click()
    page.wait_for_url("**/market/431")
    checks.equal(sent[-1], {"trade": 431, "price": "88000"}, "a pick sends")
    page.get_by_role("heading", name="You bought 800 Wh from No. 3.").wait_for()
    page.context.close()


def gives(browser, checks):
    """Gifts to us come first, those of others to others are not shown, and the rules say who gets what part."""
    page = browser.visit("/market", allowed=["404", "409"])
    rows = page.locator("section[aria-labelledby=open] > ul").first.locator("> li")
    checks.that(rows.first.inner_text().replace("\u00a0", " ").startswith("300 Wh from No. 9"), "a gift to us comes first")
    checks.that(not any("For No." in text.replace("\u00a0", " ") for text in rows.all_inner_texts()), "what others give each other is not shown")
    mine = page.locator("section[aria-labelledby=open] > ul").last.locator("> li").last
    own = mine.inner_text().replace("\u00a0", " ")
    checks.that("For No. 7 alone" in own and "Gift" in own, "a gift of ours is told of as such, last")
    checks.equal(mine.get_by_role("button").all_inner_texts(), ["Take back"], "and may be taken back")
    keys = "rows => rows.map((row) => row.dataset.key)"
    shown = rows.evaluate_all(keys)
    browser.node(case="crowd")
    page.reload()
    rows.first.wait_for()
    checks.equal(rows.evaluate_all(keys), shown, "nor does any number of it hide what is for us or for anyone")
    browser.node()
    sent = written(page, "/household/picks")
    rows.first.get_by_role("button", name=re.compile("^Take 434")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Take 300 Wh from No. 9 as a gift.").wait_for()
    dialog.get_by_role("button", name="Take").click()
    dialog.wait_for(state="detached")
    checks.equal(sent, [{"trade": 434, "price": "0"}], "taking a gift sends")
    page.goto(browser.base + "/market")
    offered = written(page, "/household/offers")
    page.get_by_label("Price, tokens a kWh").fill("0")
    page.get_by_label("For", exact=True).select_option("No. 14")
    page.get_by_role("button", name="Make the offer").click()
    page.wait_for_url("**/market/436")
    checks.equal(offered, [{"energyWh": 500, "price": "0", "forSeconds": 3600, "recipient": "0xd90827572b8e87c7d2322d5a14b1d247dedadc15"}], "a gift by hand sends")
    page.goto(browser.base + "/more/neighbours")
    page.get_by_text("15.5% of what is left over is given").wait_for()
    saved = written(page, "/household/neighbours/0xad7fd7f29028f09fb3ce1fde3736d2ecf17ef4f5")
    browser.change(problem="too-much-given")
    page.get_by_role("button", name="Change No. 7").click()
    part = dialog.get_by_label("Give away, % of what you have left over")
    checks.equal(part.input_value(), "0", "nothing is given at first")
    part.fill("62.5")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("All gifts together are 100% at most. For this neighbour 40% are left.").wait_for()
    dialog.get_by_label("Give away, % of what you have left over").fill("40")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")
    checks.equal([one["giftPermille"] for one in saved], [625, 400], "a part is sent in thousandths")
    page.context.close()


def follows_a_trade(browser, checks):
    page = browser.visit("/market/412")
    steps = page.locator("ol.steps > li")
    checks.equal([one.inner_text().split("\n")[0] for one in steps.all()], ["Offered", "Picked", "Payment stands", "Delivering", "Paid out"], "the five steps, in order")
    checks.equal(page.locator("[aria-current=step] h3").inner_text(), "Delivering", "the step that is now")
    browser.change(event='delivery {"trade": 412, "ownWh": 401}')
    page.get_by_text("401 Wh of 500 Wh by your meter.").wait_for()
    with page.expect_request("**/household/trades/412"):
        browser.change(event='step {"trade": 412, "step": "EnergyDelivered", "block": 48220, "time": "2026-06-16T09:30:00Z"}')
    browser.until(page, "document.getElementById('said').textContent === 'Delivered'", "the step is said")
    order = page.evaluate("""() => [...document.querySelectorAll('a, button, summary, h1, h2, h3, [role=status]')]
        .filter((one) => one.checkVisibility()).map((one) => (one.id || one.textContent).trim().replaceAll("\\u00a0", " "))""")
    wanted = ["Skip to the content", "Home", "Market", "More", "notice", "500 Wh are on their way to No. 7.", "steps", "Offered", "block 48170", "Picked", "block 48186", "Payment stands", "Delivering", "Paid out", "money", "why", "proof", "said"]
    rest = iter(order)
    checks.equal([name for name in wanted if name not in rest], [], f"the order in which the five-step panel is read ({order})")
    page.context.close()


def sets_rules(browser, checks):
    page = browser.visit("/more", allowed=["412"])
    sent = written(page, "/household/rules")
    page.get_by_role("textbox", name="Sell from").fill("0.07")
    page.get_by_text("Below 0.08 the supplier pays you more.").wait_for()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").first.wait_for()
    checks.equal(sent[0]["sellFrom"], "70000", "the new limit")
    page.get_by_role("button", name="Undo").click()
    browser.until(page, "document.getElementById('sellFrom').value === '0.10'", "the limit is back")
    checks.equal(sent[1]["sellFrom"], "100000", "the limit before")
    browser.change(problem="changed")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The rules were changed elsewhere meanwhile.").wait_for()
    page.context.close()


def orders_tokens(browser, checks):
    page = browser.visit("/more/tokens", allowed=["409"])
    sent = written(page, "/household/purchases")
    page.get_by_text("50", exact=True).click()
    page.get_by_role("button", name="Order 50 tokens").wait_for()
    page.get_by_text("Other", exact=True).click()
    page.get_by_label("Amount, tokens").fill("12.5")
    browser.change(problem="purchase-open")
    page.get_by_role("button", name="Order 12.50 tokens").click()
    page.get_by_text("You have an open order already.").wait_for()
    checks.equal(sent, [{"amount": "12500000", "reference": "NO12-8"}], "an order sends")
    page.context.close()


def sets_the_meter(browser, checks):
    page = browser.visit("/more/meter")
    sent = written(page, "/meter")
    slider = page.get_by_label("What the house draws or gives")
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_timeout(300)
    checks.equal(sent, [{"powerWatts": -3230}], "the slider sends")
    checks.equal(slider.get_attribute("aria-valuetext"), "gives 3,230\u00a0W", "the slider says")
    page.context.close()


def pairs_a_phone(browser, checks):
    """What the dialog shows, another program's camera reads, in light and dark."""
    page = browser.visit("/more/devices")
    sent = written(page, "/invitations")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Invite").click()
    dialog.get_by_label("Name of this device").fill("Kim's phone")
    dialog.get_by_role("button", name="Invite").click()
    code = dialog.get_by_role("img", name="The address as a code for a camera")
    code.wait_for()
    checks.equal(sent, [{"label": "Kim's phone", "role": "viewer"}], "an invitation sends")
    checks.equal(dialog.get_by_text("This computer alone").count(), 0, "an address for others")
    for theme in ("light", "dark") if shutil.which("zbarimg") else ():
        page.emulate_media(color_scheme=theme)
        with tempfile.TemporaryDirectory() as place:
            picture = pathlib.Path(place) / "code.png"
            code.screenshot(path=picture)
            read = subprocess.run(["zbarimg", "-q", "--raw", picture], capture_output=True, text=True)
        checks.equal(read.stdout.strip(), serve.fixture("invitation")["url"], f"what a camera reads, {theme}")
    page.context.close()
    browser.node(case="local")
    page = browser.visit("/more/devices")
    page.get_by_role("button", name="Invite").click()
    page.get_by_role("dialog").get_by_role("button", name="Invite").click()
    page.get_by_text("This computer alone knows the address.").wait_for()
    page.context.close()


def reads_charts(browser, checks):
    page = browser.visit("/history/2026-06-16")
    figure = page.get_by_role("slider")
    figure.focus()
    page.keyboard.press("ArrowLeft")
    browser.until(page, "document.querySelector('[role=slider]').ariaValueText.startsWith('11:00')", "the cursor has moved")
    said = figure.get_attribute("aria-valuetext")
    checks.equal(page.locator("figcaption .caption").inner_text().replace("\u00a0", " "), said.replace("\u00a0", " "), "the line beneath the chart")
    checks.equal(page.locator("tbody tr").count(), 46, "the same as a table")
    checks.equal(page.get_by_role("link", name="Download CSV").get_attribute("href"), "/api/v1/household/statements/2026-06-16.csv", "a day's CSV")
    page.context.close()


def turns_weeks(browser, checks):
    page = browser.visit("/history")
    page.get_by_role("navigation", name="Months and weeks").get_by_role("link", name="Week 25").click()
    page.get_by_role("heading", name=re.compile("^Week 25 .15 Jun to 21 Jun.: 1.20 tokens better than alone")).wait_for()
    checks.equal(page.get_by_role("link", name="Download CSV").get_attribute("href"), "/api/v1/household/statements/2026-W25.csv", "a week's CSV")
    checks.equal(page.locator("svg.chart text[text-anchor=middle]").all_text_contents(), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], "the days of a week")
    checks.equal(page.locator("tbody tr").count(), 2, "the days that have begun")
    checks.equal(page.get_by_role("link", name="Statement").count(), 0, "statements are of months")
    page.get_by_role("link", name="Week 24").wait_for()
    page.get_by_role("link", name="June 2026").click()
    page.get_by_role("link", name="Statement").wait_for()
    page.context.close()


def moves_about(browser, checks):
    page = browser.visit("/")
    for place, heading in [("Market", "A neighbour gives 300 Wh away."), ("History", "June 2026"), ("Street", "The street covers"), ("More", "Set it once."), ("Home", "Your roof gives")]:
        page.get_by_role("navigation").get_by_role("link", name=place, exact=True).click()
        page.get_by_role("heading", level=1, name=re.compile(heading)).wait_for()
        checks.that(page.title().startswith(heading[:8]), f"the title is {page.title()}")
        checks.equal(page.evaluate("document.activeElement.tagName"), "H1", f"focus at {place}")
        checks.equal(page.locator("nav.nav [aria-current=page]").inner_text().strip(), place, "the place that is current")
    page.go_back()
    page.get_by_role("heading", name="Set it once.").wait_for()
    page.get_by_text("Deutsch").click()
    page.get_by_role("heading", name="Einmal einstellen.").wait_for()
    page.get_by_text("Dunkel").click()
    checks.equal(page.evaluate("document.documentElement.dataset.theme + document.documentElement.lang"), "darkde", "look and language")
    page.reload()
    page.get_by_role("heading", name="Einmal einstellen.").wait_for()
    checks.equal(page.evaluate("getComputedStyle(document.body).colorScheme"), "dark", "the look is kept")
    page.get_by_text("Tasten: g, dann").click()
    page.locator("h1").focus()
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.get_by_role("heading", name="Die Straße deckt").wait_for()
    checks.that(page.url.endswith("/street"), "keys lead to places, where wanted")
    page.context.close()


def looks_around(browser, checks):
    """A neighbour's name is text, whatever it is."""
    page = browser.browser.new_context(service_workers="block").new_page()
    page.route("**/household/neighbours", lambda route: route.fulfill(json={"items": [{**one, "name": "<img src=x onerror=alert(1)>"} for one in serve.fixture("household-neighbours")["items"]]}))
    page.goto(browser.base + "/market")
    page.get_by_text("from <img src=x onerror=alert(1)>").first.wait_for()
    checks.equal(page.locator("main img").count(), 0, "elements that a name has made")
    page.context.close()


def is_told(browser, checks):
    cases = [
        ({}, "tells it, up to", "Today in quarter hours"),
        ({"case": "untold"}, "has not told this node yet", None),
        ({"case": "yesterday"}, "has told nothing of this day yet", None),
        ({"case": "unregistered"}, "this node has none yet", None),
        ({"kind": "validator", "session": "none"}, "this node is not told", None),
    ]
    for state, text, heading in cases:
        browser.node(**state)
        page = browser.visit("/street")
        page.get_by_text(text).wait_for()
        part = page.locator("section[aria-labelledby=shared]")
        checks.equal(part.locator("svg").count() > 0, heading is not None, f"a picture of what was told, {state}")
        checks.equal("the ledger holds none of this" in part.inner_text(), heading is not None, f"whose word it is, {state}")
        page.context.close()


def explores(browser, checks):
    browser.node(session="none")
    page = browser.visit("/street")
    page.keyboard.press("/")
    checks.equal(page.evaluate("document.activeElement.id"), "search", "where / leads")
    for text, url in [("48213", "/street/blocks/48213"), ("#412", "/street/trades/412"), ("0x" + "A" * 40, "/street/accounts/0x" + "a" * 40), ("0x" + "b" * 64, "/street/transactions/0x" + "b" * 64)]:
        page.goto(browser.base + "/street/blocks")
        page.get_by_label("Look for").fill(text)
        page.get_by_role("button", name="Find").click()
        page.wait_for_url("**" + url)
        checks.that(page.locator("h1").inner_text() != "", f"found {text}")
    page.goto(browser.base + "/street/trades")
    page.get_by_label("Look for").fill("nonsense")
    page.get_by_role("button", name="Find").click()
    page.get_by_text("That is no height").wait_for()
    rows = page.locator("tbody tr").count()
    page.get_by_role("button", name="Older").click()
    browser.until(page, f"document.querySelectorAll('tbody tr').length === {2 * rows}", "older ones are added")
    with page.expect_request("**/trades?limit=20&state=settled"):
        page.get_by_label("Show").select_option("settled")
    page.wait_for_url("**/street/trades?kind=settled")
    checks.that(True, "explored")
    page.context.close()


def operates(browser, checks):
    browser.node(kind="aggregator")
    page = browser.visit("/operator", allowed=["422"])
    sold, declined = written(page, "/sale"), written(page, "/refusal")
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Sell: No. 7").click()
    dialog.get_by_text("Sell 50 tokens to No. 7?").wait_for()
    dialog.get_by_role("button", name="Not now").click()
    checks.equal(sold, [], "nothing is sold that was not confirmed")
    page.get_by_role("button", name="Sell: No. 7").click()
    dialog.get_by_role("button", name="Sell").click()
    dialog.wait_for(state="detached")
    checks.equal(sold, [{"number": 3}], "a sale sends")
    page.get_by_role("button", name="Decline: No. 18").click()
    dialog.get_by_role("button", name="Decline").click()
    checks.equal(declined, [], "nothing is declined without a reason")
    dialog.get_by_label("Reason").fill("No payment")
    dialog.get_by_role("button", name="Decline").click()
    dialog.wait_for(state="detached")
    checks.equal(declined, [{"number": 1, "reason": "No payment"}], "a refusal sends")
    page.context.close()


def invites(browser, checks):
    browser.node(kind="aggregator")
    page = browser.visit("/operator/members")
    sent, withdrawn = written(page, "/invitations"), removed(page)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Invite").click()
    dialog.get_by_label("Name").fill("No. 30")
    dialog.get_by_label("Metering point").fill("DE0012300000000030")
    dialog.get_by_role("button", name="Invite").click()
    dialog.get_by_text("M3QD-77KX-9ABC", exact=True).wait_for()
    checks.equal(sent, [{"name": "No. 30", "meteringPoint": "DE0012300000000030", "role": "prosumer", "ratedPowerWatts": 17250}], "an invitation sends")
    checks.that("busbar member join --config ~/busbar/node.toml --code M3QD-77KX-9ABC --at https://aggregator.example:8443 --fingerprint 0x5c" in dialog.inner_text(), "the command is shown whole")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Withdraw: No. 30").click()
    dialog.get_by_role("button", name="Withdraw").click()
    dialog.wait_for(state="detached")
    checks.equal(withdrawn, ["3"], "a withdrawal sends")
    page.context.close()


def lets_operators_in(browser, checks):
    browser.node(kind="aggregator")
    page = browser.visit("/operator", allowed=["409"])
    page.get_by_role("link", name="Operators").click()
    page.get_by_role("heading", name="2 operators.").wait_for()
    sent, gone = written(page, "/operators"), removed(page)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Add an operator").click()
    browser.change(problem="operator-exists")
    dialog.get_by_label("Name").fill("berg")
    dialog.get_by_role("button", name="Add an operator").click()
    dialog.get_by_text("Somebody has that name already.").wait_for()
    dialog.get_by_label("Name").fill(" Anna ")
    dialog.get_by_role("button", name="Add an operator").click()
    dialog.get_by_text("7KQX-M3D9", exact=True).wait_for()
    checks.equal(sent, [{"operator": "berg"}, {"operator": "Anna"}], "who is let in")
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Remove: Ümit Özdemir").click()
    dialog.get_by_role("button", name="Remove").click()
    dialog.wait_for(state="detached")
    checks.equal(gone, ["%C3%9Cmit%20%C3%96zdemir"], "who is removed")
    page.context.close()


def weighs(browser, checks):
    """What a first visit asks for, compressed as a node sends it."""
    for path, state in [("/", {}), ("/street", {"session": "none"}), ("/sign-in", {"session": "none"}), ("/operator", {"kind": "aggregator"})]:
        browser.node(**state)
        context = browser.browser.new_context(service_workers="block")
        page = context.new_page()
        sizes = []
        page.on("response", lambda answer: "events" not in answer.url and answer.status == 200 and sizes.append(len(gzip.compress(answer.body(), 9))))
        page.goto(browser.base + path)
        page.wait_for_selector("main h1")
        page.wait_for_timeout(500)
        print(f"{path}: {len(sizes)} answers, {sum(sizes)} bytes compressed")
        checks.that(sum(sizes) < 60_000, f"{path} weighs {sum(sizes)} bytes")
        context.close()
