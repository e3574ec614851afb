#!/usr/bin/env python3
"""Tries the app's pages in Debian's chromium, against the fixtures: files, figures, panels, stories.

    check.py [--shots DIRECTORY] [--only NAME]

Needs the PyPI packages playwright and axe-playwright-python and Debian's chromium; says so and stops
with 77 where they are missing. Stops with 1 if anything was wrong, and says what.
"""

import argparse
import pathlib
import shutil
import sys
import urllib.parse
import urllib.request

import serve

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"


class Checks:
    """Counts what was tried, and keeps what was wrong."""

    def __init__(self):
        self.count = 0
        self.wrong = []

    def that(self, holds, what):
        self.count += 1
        if not holds:
            self.wrong.append(what)
            print(f"wrong: {what}", flush=True)

    def tell(self, story, browser):
        """Tells a story; what it waited for in vain is wrong, and the next one is told."""
        from playwright.sync_api import Error

        try:
            story(browser, self)
        except Error as error:
            self.that(False, f"{story.__name__}: {error.message.strip()}")
        for context in browser.browser.contexts:
            context.close()

    def equal(self, one, other, what):
        self.that(one == other, f"{what}: {one!r}, not {other!r}")


class Browser:
    """Chromium with the fake node: one context a visit, everything wrong on the page noticed."""

    def __init__(self, playwright, checks, port, panel):
        self.panel = panel
        self.checks = checks
        self.port = port
        self.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

    def node(self, **state):
        """Makes the fake node as it was at first, but for `state`."""
        query = urllib.parse.urlencode({"reset": 1} | state)
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/set?{query}").read()

    def change(self, **state):
        query = urllib.parse.urlencode(state)
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/set?{query}").read()

    def visit(self, path, *, name="", width=390, height=844, language="en-GB", allowed=(), worker=False, **options):
        """A page at `path`; what its console says counts as wrong, but for texts with one of `allowed`."""
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, locale=language,
            service_workers="allow" if worker else "block", **options)
        page = context.new_page()
        page.set_default_timeout(8000)

        def said(kind, text):
            ignored = (*allowed, "Service Worker registration blocked")
            if not any(part in text for part in ignored):
                self.checks.that(False, f"{name or path}: {kind}: {text}")

        page.on("console", lambda message: message.type in ("error", "warning") and said(message.type, message.text))
        page.on("pageerror", lambda error: said("exception", error.message))
        page.on("request", lambda request: self.checks.that(
            request.url.startswith((self.base, "data:", "blob:")), f"{path}: asks {request.url}"))
        page.goto(self.base + path)
        page.wait_for_selector("main h1")
        return page

    def until(self, page, expression, what):
        """Waits for `expression` to hold on `page`, whose policy forbids it to watch by itself."""
        for _ in range(80):
            if page.evaluate(expression):
                break
            page.wait_for_timeout(100)
        self.checks.that(page.evaluate(expression), what)

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=pathlib.Path, help="where a picture of each panel goes")
    parser.add_argument("--only", help="one of files, pure, stories, panels")
    parser.add_argument("--panel", default="", help="only the panels whose name fits the pattern")
    parser.add_argument("--port", type=int, default=8489)
    arguments = parser.parse_args()
    checks = Checks()
    import files

    if arguments.only in (None, "files"):
        files.check(checks)
    try:
        import axe_playwright_python  # noqa: F401
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        print(f"skipped: {error.name} is missing (pip install playwright axe-playwright-python)")
        sys.exit(1 if checks.wrong else 77)
    if not pathlib.Path(CHROMIUM).exists():
        print("skipped: chromium is missing (apt-get install chromium)")
        sys.exit(1 if checks.wrong else 77)
    import panels
    import pure
    import stories

    serve.serve(arguments.port)
    with sync_playwright() as playwright:
        browser = Browser(playwright, checks, arguments.port, arguments.panel)
        for part in (pure, stories, panels):
            if arguments.only in (None, part.__name__):
                before = checks.count
                part.check(browser, checks, arguments.shots)
                print(f"{part.__name__}: {checks.count - before} checks", flush=True)
    print(f"{checks.count} checks, {len(checks.wrong)} wrong")
    sys.exit(1 if checks.wrong else 0)


if __name__ == "__main__":
    main()
