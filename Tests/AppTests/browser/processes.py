#!/usr/bin/env python3
"""The pilot's story on a real testnet: one household offers, another buys, both watch.

    processes.py PROGRAMS [--shots DIRECTORY]

PROGRAMS is the folder with busbar and busbar-testnet. Starts processes of its own in a temporary
directory, on free ports, and leaves nothing running. Times a newcomer's way from the address that is
printed to the first watt-hours sold, and measures what an open app costs (figures.py). Needs the PyPI package playwright and Debian's
chromium; says so and stops with 77 where they are missing. Stops with 1 if anything was wrong.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

import figures
import pictures

HERE = pathlib.Path(__file__).resolve().parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
PASSWORD = "korrekt pferd batterie"


class Testnet:
    """A testnet of real processes, and what its programs say."""

    def __init__(self, programs, manifest):
        self.manifest = HERE.parents[2] / manifest
        self.programs = pathlib.Path(programs).resolve()
        self.home = tempfile.mkdtemp(prefix="busbar-app-")
        self.directory = self.home + "/net"

    def run(self, program, *arguments):
        done = subprocess.run(
            [self.programs / program, *arguments, "--dir", self.directory], capture_output=True,
            text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise SystemExit(f"{program} {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def __enter__(self):
        self.printed = self.run("busbar-testnet", "network", "up", "--manifest", str(self.manifest))
        return self

    def __exit__(self, *error):
        try:
            self.run("busbar-testnet", "network", "down")
        finally:
            shutil.rmtree(self.home, ignore_errors=True)

    def node(self, name):
        with open(self.directory + "/endpoints.json", encoding="utf-8") as file:
            return next(node for node in json.load(file)["nodes"] if node["name"] == name)

    def link(self, name):
        """The address that opens the app of `name` signed in."""
        return self.run("busbar", "app", "open", "--as", name)

    def ask(self, name, path, body=None, method=None):
        """What the node of `name` answers a program of its owner."""
        token = self.run("busbar", "app", "token", "--as", name)
        request = urllib.request.Request(
            self.node(name)["app"] + "/api/v1" + path,
            data=None if body is None else json.dumps(body).encode(), method=method,
            headers={"authorization": "Bearer " + token, "content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return None if answer.status == 204 else json.load(answer)


class Checks:
    def __init__(self):
        self.count, self.wrong = 0, []

    def that(self, holds, what):
        self.count += 1
        if not holds:
            self.wrong.append(what)
            print(f"wrong: {what}", flush=True)


def person(browser, checks, link, *, width, height, language, dark=False, paired=True):
    """A browser of somebody's own, paired by `link` if wanted; what its console says counts as wrong."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=language,
        color_scheme="dark" if dark else "light", service_workers="block")
    page = context.new_page()
    page.set_default_timeout(20000)
    expected = ("Service Worker registration blocked", "net::ERR_", "status of 503", "status of 401", "status of 409")
    page.on("console", lambda said: said.type in ("error", "warning") and checks.that(
        any(part in said.text for part in expected), f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: checks.that(False, f"exception: {error.message}"))
    page.goto(link)
    if paired:
        page.locator("input[name=password]").fill(PASSWORD)
        page.get_by_role("button", name=re.compile("^(Pair|Verbinden)$")).click()
        page.wait_for_url(lambda url: "/pair" not in url)
    page.locator("main h1").wait_for()
    return page


def base(page):
    return re.match(r"https?://[^/]+", page.url).group()


def begin(net, browser, checks):
    """The newcomer's browser, at the address that was printed."""
    address = re.search(r"^begin +(\S+)", net.printed, re.M)
    checks.that(address, "an address to begin with is printed")
    begun = time.monotonic()
    page = person(browser, checks, address.group(1), width=390, height=844, language="en-GB", paired=False)
    return page, begun


def story(net, browser, checks, seller, shots):
    """The pilot's five steps, from two browsers."""
    clicks, begun = 0, time.monotonic()
    buyer = person(browser, checks, net.link("h05"), width=1280, height=800, language="de-DE", dark=True)
    before = {name: int(net.ask(name, "/household")["balance"]) for name in ("h01", "h05")}
    seller.goto(base(seller) + "/market")
    seller.get_by_label("Energy, Wh").fill("100")
    seller.get_by_label("Price, tokens a kWh").fill("0.14")
    shoot(seller, shots, "offer-phone")
    seller.get_by_role("button", name="Make the offer").click()
    clicks += 4
    seller.wait_for_url(re.compile(r"/market/\d+$"))
    trade = int(seller.url.rsplit("/", 1)[1])
    seller.get_by_role("heading", name="100 Wh are waiting for a neighbour.").wait_for()
    buyer.goto(base(buyer) + "/market")
    buyer.get_by_role("button", name=re.compile(f"{trade}\\b")).wait_for()
    buyer.get_by_role("button", name=re.compile(f"{trade}\\b")).click()
    shoot(buyer, shots, "pick-desktop")
    buyer.get_by_role("dialog").get_by_role("button", name="Kaufen").click()
    buyer.wait_for_url(re.compile(f"/market/{trade}$"))
    late = follow(net, seller, buyer, trade)
    checks.that(max(late.values()) < 1.5, f"a step was shown late: {late}")
    print(f"the trade is settled {time.monotonic() - begun:.1f} s after the first page, by {clicks} "
          f"clicks and keys of the seller; shown at most {max(late.values()):.2f} s after it was final")
    for page in (seller, buyer):
        page.wait_for_timeout(500)
        checks.that(page.locator("ol.steps > li").count() == 5, "five steps")
    after = {name: int(net.ask(name, "/household")["balance"]) for name in ("h01", "h05")}
    gained, paid = after["h01"] - before["h01"], before["h05"] - after["h05"]
    checks.that(0 < gained == paid <= 14_000, f"the seller has {gained} more, the buyer {paid} less")
    return seller, buyer


def follow(net, seller, buyer, trade):
    """Waits until the trade is settled; how long after finality each page showed it, at most."""
    late = {}
    deadline = time.monotonic() + 90
    shown, final = {}, {}
    pages = {"seller": seller, "buyer": buyer}
    while time.monotonic() < deadline:
        now = time.monotonic()
        steps = len(net.ask("h01", f"/household/trades/{trade}")["trade"]["steps"])
        for count in range(1, steps + 1):
            final.setdefault(count, now)
        for name, page in pages.items():
            times = page.locator("ol.steps > li a[href^='/street/blocks/']").count()
            for count in range(1, times + 1):
                shown.setdefault((name, count), time.monotonic())
        if steps == 5 and all((name, 5) in shown for name in pages):
            break
        time.sleep(0.05)
    for (name, count), moment in shown.items():
        if count > 2:
            late[f"{name} {count}"] = max(0, moment - final.get(count, moment))
    if not all((name, 5) in shown for name in pages):
        late["never"] = 1e9
    return late


def operate(net, browser, checks, shots):
    """The operator sells what a household ordered beyond the daily limit, and suspends a member."""
    operator = person(browser, checks, net.link("aggregator"), width=1280, height=800, language="en-GB")
    operator.goto(base(operator) + "/operator")
    operator.locator("main h1").wait_for()
    before = int(net.ask("h02", "/household")["balance"])
    net.ask("h02", "/household/purchases", {"amount": "200000000", "reference": "BANK-17"})
    operator.goto(base(operator) + "/operator/orders")
    operator.get_by_text("BANK-17").first.wait_for()
    operator.get_by_role("button", name=re.compile("^Sell")).first.click()
    operator.get_by_role("dialog").get_by_role("button", name=re.compile("^Sell")).click()
    operator.get_by_role("dialog").wait_for(state="detached")
    after = int(net.ask("h02", "/household")["balance"])
    checks.that(after - before == 200_000_000, f"the household has {after - before} more")
    account = net.node("h02")["address"].lower()
    operator.goto(base(operator) + f"/operator/members/{account}")
    operator.get_by_role("button", name="Suspend").click()
    operator.get_by_role("dialog").get_by_label("Reason").fill("meter exchange")
    operator.get_by_role("dialog").get_by_role("button", name=re.compile("^Suspend")).click()
    operator.get_by_role("button", name="Reinstate").wait_for()
    # The household's own node may not hear of it: others end their links with it in that very block.
    checks.that(net.ask("h01", f"/members/{account}")["suspended"], "the ledger knows of the suspension")
    shoot(operator, shots, "member-desktop")
    operator.get_by_role("button", name="Reinstate").click()
    operator.get_by_role("dialog").get_by_label("Reason").fill("exchanged")
    operator.get_by_role("dialog").get_by_role("button", name=re.compile("^Reinstate")).click()
    operator.get_by_role("button", name="Suspend").wait_for()
    operator.goto(base(operator) + "/operator/money")
    operator.locator("main h1").wait_for()
    operator.get_by_text("meter exchange").first.wait_for()


def trouble(net, checks, seller, buyer, shots):
    """The ledger stands still, and goes on; the node goes, and comes back."""
    pids = [net.node(name)["pid"] for name in ("v1", "v2")]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        seller.goto(base(seller) + "/market")
        seller.get_by_label("Energy, Wh").fill("50")
        seller.get_by_label("Price, tokens a kWh").fill("0.14")
        seller.get_by_role("button", name="Make the offer").click()
        seller.get_by_text("Nothing has become final since").first.wait_for(timeout=30000)
        checks.that(True, "it is said that nothing becomes final")
        shoot(seller, shots, "stalled-phone")
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
    seller.get_by_text("Nothing has become final since").first.wait_for(state="detached", timeout=40000)
    seller.goto(base(seller) + "/")
    seller.locator("main h1").wait_for()
    pid = net.node("h01")["pid"]
    os.kill(pid, signal.SIGTERM)
    seller.get_by_text("No connection to your node").first.wait_for(timeout=30000)
    shoot(seller, shots, "offline-phone")
    # It says good-bye before it has ended; one that has not is not started again.
    wait_for_end(pid)
    net.run("busbar-testnet", "network", "up")
    seller.get_by_text("No connection to your node").first.wait_for(state="detached", timeout=40000)
    checks.that(net.ask("h01", "/household")["isRegistered"], "the node is back")


def wait_for_end(pid):
    """Waits until the process has ended, whether anybody has asked how or not."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return
        if state == "Z":
            return
        time.sleep(0.05)
    raise SystemExit(f"process {pid} has not ended")


def shoot(page, shots, name):
    if shots:
        page.wait_for_timeout(300)
        pictures.whole(page, shots / f"{name}.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", help="the folder with busbar and busbar-testnet")
    parser.add_argument("--shots", type=pathlib.Path, help="where pictures go; takes five minutes more")
    arguments = parser.parse_args()
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        print("skipped: playwright is missing (scripts/setup --test-tools)")
        sys.exit(77)
    if not pathlib.Path(CHROMIUM).exists():
        print("skipped: chromium is missing (scripts/setup --test-tools)")
        sys.exit(77)
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    checks = Checks()
    with Testnet(arguments.programs, "Tests/ClusterTests/quiet.toml") as net, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        seller, begun = begin(net, browser, checks)
        figures.newcomer(net, checks, seller, begun, PASSWORD)
        figures.drawn(net, checks)
        pair = story(net, browser, checks, seller, arguments.shots)
        figures.measure(net, checks, pair[0], figures.limits(arguments.programs))
        operate(net, browser, checks, arguments.shots)
        trouble(net, checks, *pair, arguments.shots)
        browser.close()
    if arguments.shots:
        with Testnet(arguments.programs, "cluster/manifests/default.toml") as net, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            pictures.take(net, person, browser, checks, arguments.shots, figures.limits(arguments.programs))
            browser.close()
    print(f"app on a testnet: {checks.count} checks, {len(checks.wrong)} wrong")
    sys.exit(1 if checks.wrong else 0)


if __name__ == "__main__":
    main()
