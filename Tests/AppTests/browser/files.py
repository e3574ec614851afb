"""What can be said of the files without a browser."""

import collections
import gzip
import json
import re

import serve

#: No file is longer, so that a reader holds one in the head.
MOST_LINES = 200
#: All that a household's app consists of, in one language, compressed, in bytes.
MOST_BYTES = 100_000
#: Messages whose names are made of two parts in the code.
MADE = [
    r"nav\.\w+", r"kind\.\w+", r"role\.\w+", r"state\.\w+", r"said\.\w+(\.\w+)?", r"step\.\w+(\.\w+)?", r"next\.\w+(\.text)?",
    r"why\.[\w-]+", r"flow\.\w+", r"led\.\w+", r"problem\.[\w-]+(\.\w+)?", r"flag\.\w", r"rules\.\w+", r"more\.\w+(\.text)?", r"theme\.\w+",
    r"source\.\w+", r"trust\.\w+(\.text)?", r"explorer\.\w+", r"lists\.\w+", r"field\.\w+", r"does\.\w+", r"event\.\w+", r"transaction\.\w+", r"define\.\w+",
    r"chart\.\w+\.spoken", r"notify\.\w+(\.\w+)?", r"street\.\w+", r"reason\.[\w-]+", r"deliveries\.\w+", r"blocked\.[\w-]+", r"did\.\w+", r"members\.\w+(\.\w+)?", r"tokens\.\w+",
]


def read(pattern):
    return {file: file.read_text() for file in sorted(serve.FILES.rglob(pattern))}


def check(checks):
    texts = read("*.js") | read("*.css") | read("*.html")
    for file, text in texts.items():
        checks.that(text.count("\n") <= MOST_LINES, f"{file.name} has {text.count(chr(10))} lines")
        checks.that("innerHTML" not in text or file.name == "html.js", f"{file.name} makes elements past html.js")
    for file, text in read("*.html").items():
        inline = re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://", text)
        checks.that(not inline, f"{file.name}: {inline and inline.group()}")
    names = collections.Counter(file.name for file in serve.FILES.rglob("*") if file.is_file())
    checks.equal([name for name, count in names.items() if count > 1], [], "names that two files have")
    sizes = {str(file.relative_to(serve.FILES)): (file.stat().st_size, len(gzip.compress(file.read_bytes(), 9)))
             for file in serve.FILES.rglob("*") if file.is_file()}
    print(f"files: {len(sizes)}, {sum(plain for plain, _ in sizes.values())} bytes plain, {sum(small for _, small in sizes.values())} compressed")
    for language in ("en", "de"):
        others = ("js/console/", "js/operator.js", "operator.html", "icon-", "messages/")
        app = sum(small for name, (_, small) in sizes.items() if not name.startswith(others)) + sizes[f"messages/{language}.json"][1]
        print(f"the household's app in {language}: {app} bytes compressed")
        checks.that(app < MOST_BYTES, f"{app} bytes compressed")
    preloads(checks)
    messages(checks, "\n".join(text for file, text in texts.items() if file.suffix != ".css"))
    worker(checks)


def imports(file, found):
    """Adds `file` and all that it imports when it begins to `found`."""
    if file in found:
        return found
    found.append(file)
    for one, other in re.findall(r'^(?:import|export)[^;]*?from "([^"]+)"|^import "([^"]+)"', file.read_text(), re.M):
        imports((file.parent / (one or other)).resolve(), found)
    return found


def preloads(checks):
    """Each page names all that it needs at once, so that nothing is found out late."""
    for page, first in [("index", "panels/home"), ("operator", "console/overview"), ("sign-in", None), ("pair", None), ("trust", None)]:
        text = (serve.FILES / f"{page}.html").read_text()
        main = re.search(r'<script type="module" src="/files/([^"]+)"', text).group(1)
        wanted = imports(serve.FILES / main, [])
        if first:
            imports(serve.FILES / f"js/{first}.js", wanted)
        names = sorted(str(file.relative_to(serve.FILES)) for file in wanted if file != serve.FILES / main)
        checks.equal(sorted(re.findall(r'modulepreload" href="/files/([^"]+)"', text)), names, f"{page}.html preloads")


def messages(checks, code):
    english, german = (json.loads((serve.FILES / f"messages/{name}.json").read_text()) for name in ("en", "de"))
    checks.equal(sorted(english), sorted(german), "names of messages")
    for name, text in english.items():
        places = lambda words: sorted(set(re.findall(r"\{(\w+)\}", words)))
        if not name.endswith(".one"):
            checks.equal(places(german.get(name, "")), places(text), f"places in {name}")
        plain = re.sub(r"\.(one|other)$", "", name)
        isUsed = f'"{plain}"' in code or any(re.fullmatch(pattern, plain) for pattern in MADE)
        checks.that(isUsed, f"message {name} is used nowhere")
    for name in set(re.findall(r'\bt\("([\w.-]+)"', code)):
        checks.that(name in english or f"{name}.other" in english, f"message {name} is missing")


def worker(checks):
    """The worker keeps each file of the household's app, and names none that is not there."""
    listed = set(re.findall(r'"((?:css|js)/[^"]+|icon\.svg)"', (serve.FILES / "sw.js").read_text()))
    others = ("js/console/", "js/operator.js", "js/sign-in.js", "js/pair.js", "js/door.js", "js/trust.js", "js/explorer/", "messages/")
    present = {str(file.relative_to(serve.FILES)) for file in serve.FILES.rglob("*") if file.suffix in (".js", ".css", ".json")}
    wanted = {file for file in present if not file.startswith(others) and file != "sw.js"} | {"icon.svg", "js/explorer/search.js"}
    checks.equal(sorted(wanted - listed), [], "files that the worker does not keep")
    checks.equal(sorted(listed - wanted), [], "files that the worker keeps and nobody has")
