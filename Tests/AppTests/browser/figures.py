"""What the app promises in figures, measured on a testnet of real processes by processes.py."""

import os
import pathlib
import re
import shutil
import statistics
import subprocess
import tempfile
import time

#: Seconds and clicks from the printed address to the first watt-hours sold.
NEWCOMER = {"seconds": 120, "clicks": 12}
#: First paint and live update in s, memory in MB, share of a core. A debug build does with three times as
#: much, so that only what has gone wrong shows.
RELEASE = {"paint": 1.0, "live": 1.5, "memory": 60, "core": 0.03}
DEBUG = {"paint": 3.0, "live": 4.5, "memory": 180, "core": 0.15}

#: Writes down when the first heading was there.
HEADING = """
    new MutationObserver((_, observer) => {
        if (!document.querySelector("main h1")) return;
        globalThis.headingAt = performance.now();
        observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
"""
#: What the node told of readings, and when the picture changed.
LIVE = """(milliseconds) => new Promise((done) => {
    const [told, drawn] = [[], []];
    const source = new EventSource("/api/v1/household/events");
    source.addEventListener("power", (event) => {
        const { time, connectionWatts } = JSON.parse(event.data);
        told.push({ at: Date.now(), time: Date.parse(time), watts: connectionWatts });
    });
    const picture = document.querySelector("section[aria-labelledby=now]");
    new MutationObserver(() => drawn.push(Date.now())).observe(picture, { childList: true, subtree: true, characterData: true, attributes: true });
    setTimeout(() => { source.close(); done({ told, drawn }); }, milliseconds);
})"""


def limits(programs):
    return RELEASE if pathlib.Path(programs).resolve().name == "release" else DEBUG


class Hand:
    """Counts what somebody does: opens, presses, types into a field."""

    def __init__(self):
        self.clicks = 1

    def press(self, element):
        element.click()
        self.clicks += 1

    def type(self, element, text):
        element.fill(text)
        self.clicks += 1


def newcomer(net, checks, page, begun, password):
    """From the printed address to the first watt-hours offered and sold, to a neighbour whose node buys by
    its rules."""
    rules = net.ask("h05", "/household/rules")
    net.ask("h05", "/household/rules", {"isEnabled": True, "buyUpTo": "250000"}, "PUT")
    hand = Hand()
    hand.type(page.locator("input[name=password]"), password)
    hand.press(page.get_by_role("button", name="Pair"))
    hand.press(page.get_by_role("link", name="Offer 100 Wh now"))
    hand.press(page.get_by_role("button", name="Make the offer"))
    page.wait_for_timeout(100)
    if page.locator("#price[aria-invalid]").count() > 0:
        hand.type(page.locator("#price"), "0.14")
        hand.press(page.get_by_role("button", name="Make the offer"))
    page.wait_for_url("**/market/*")
    offered = time.monotonic() - begun
    page.locator("ol.steps > li a[href^='/street/blocks/']").nth(4).wait_for(timeout=NEWCOMER["seconds"] * 1000)
    sold = time.monotonic() - begun
    said = page.locator("main h1").inner_text()
    print(f"a newcomer has offered after {offered:.1f} s and sold after {sold:.1f} s, by {hand.clicks} clicks and fields: {said}", flush=True)
    checks.that(sold < NEWCOMER["seconds"] and hand.clicks <= NEWCOMER["clicks"], f"a newcomer takes {sold:.1f} s and {hand.clicks} clicks")
    checks.that("you got" in said or "are yours" in said, f"the newcomer reads: {said}")
    net.ask("h05", "/household/rules", {name: rules[name] for name in ("isEnabled", "buyUpTo")}, "PUT")


def measure(net, checks, page, most):
    """First paint, live updates, and what the node needs with two apps open."""
    paints, headings = zip(*(paint(page) for _ in range(5)))
    print(f"first paint of Home after {statistics.median(paints):.2f} s, its heading after {statistics.median(headings):.2f} s "
          f"(medians of 5 without a cache, the longest {max(paints):.2f} and {max(headings):.2f})", flush=True)
    checks.that(statistics.median(headings) < most["paint"], f"Home is there after {statistics.median(headings):.2f} s")
    base = page.url.split("/", 3)
    page.goto("/".join(base[:3]) + "/")
    page.locator("section[aria-labelledby=now] svg").wait_for()
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("main h1").wait_for()
    pid = net.node("h01")["pid"]
    before, begun = busy(pid), time.monotonic()
    ages = updates(page.evaluate(LIVE, 30_000))
    share = (busy(pid) - before) / (time.monotonic() - begun)
    memory = resident(pid)
    other.close()
    checks.that(ages, "a reading changed the picture")
    print(f"a reading is on the page after {statistics.median(ages or [99]):.2f} s, at most {max(ages or [99]):.2f} s ({len(ages)} readings)")
    print(f"the node with two apps open: {memory:.1f} MB resident, {share:.1%} of a core", flush=True)
    checks.that(max(ages or [99]) < most["live"], f"a reading is on the page after {max(ages or [99]):.2f} s")
    checks.that(memory < most["memory"], f"the node has {memory:.1f} MB resident")
    checks.that(share < most["core"], f"the node takes {share:.1%} of a core")


def updates(seen):
    """How old each reading that was another than the one before it was when the picture showed it, in s."""
    ages = []
    for before, told in zip(seen["told"], seen["told"][1:]):
        # The page has a stream of its own, which may be told a moment earlier.
        drawn = [moment for moment in seen["drawn"] if moment >= told["at"] - 300]
        if told["watts"] != before["watts"] and drawn:
            ages.append((min(drawn) - told["time"]) / 1000)
    return ages


def paint(page):
    """When a browser that has nothing of the app paints Home first, and its heading, in s."""
    context = page.context.browser.new_context(
        storage_state=page.context.storage_state(), viewport={"width": 390, "height": 844}, service_workers="block")
    context.add_init_script(HEADING)
    fresh = context.new_page()
    fresh.goto("/".join(page.url.split("/", 3)[:3]) + "/")
    fresh.locator("main h1").wait_for()
    fresh.wait_for_timeout(200)
    times = fresh.evaluate("[performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity, headingAt]")
    context.close()
    return [value / 1000 for value in times]


def busy(pid):
    """The seconds of the processor that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid):
    line = next(line for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def drawn(net, checks):
    """The QR code that a terminal shows leads to the address that stands beside it."""
    checks.that("\u2588" not in net.printed + net.run("busbar", "app", "pair", "--as", "h01"), "nothing is drawn where nobody looks")
    said = net.run("busbar", "app", "pair", "--as", "h01", "--qr")
    lines = [line for line in re.sub("\x1b\\[[0-9;]*m", "", said).splitlines() if re.fullmatch("[ \u2580\u2584\u2588]{29,}", line)]
    checks.that(len(lines) > 14, f"{len(lines)} lines are drawn")
    if not shutil.which("zbarimg"):
        print("skipped: zbarimg is missing (apt-get install zbar-tools)")
        return
    rows = []
    for line in lines:
        rows += [[dot in "\u2580\u2588" for dot in line], [dot in "\u2584\u2588" for dot in line]]
    side = 4 * len(rows[0])
    dots = bytes(0 if rows[y // 4][x // 4] else 255 for y in range(4 * len(rows)) for x in range(side))
    with tempfile.NamedTemporaryFile(suffix=".pgm") as picture:
        picture.write(f"P5 {side} {4 * len(rows)} 255\n".encode() + dots)
        picture.flush()
        read = subprocess.run(["zbarimg", "-q", "--raw", picture.name], capture_output=True, text=True).stdout.strip()
    checks.that(read and f"open  {read}" in said.splitlines(), f"a camera reads {read!r} of {said}")
