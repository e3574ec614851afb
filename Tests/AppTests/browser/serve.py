#!/usr/bin/env python3
"""Serves the app's pages with the answers in fixtures/, so that they can be tried without a node.

    serve.py [--port 8480]

`GET /-/set?KEY=VALUE` changes what the "node" is like, `/-/set?reset=1` makes it as it was:
    session=owner|viewer|operator|none    kind=household|aggregator|validator
    stalled=1  behind=9  aggregator=away  suspended=1, long (ago), why (the reason is told)  silent=1 (no readings), old (none for five minutes)  down=1 (no answers)
    problem=CODE (the next write fails so)  at=PATH (answers there fail with 500)
    event=KIND JSON (each stream tells it once)
    case=getting|alone|grid|connection|nosplit|quarter|meters|new|empty|purchase|rate|local (an address of this
         machine's own)|over (the running trade is)|unregistered (a node that is new)|untold, yesterday (of the
         community's quarters nothing is told, nothing since yesterday)
"""

import argparse
import copy
import datetime
import hashlib
import http.server
import json
import mimetypes
import pathlib
import re
import sys
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
FILES = HERE.parents[2] / "Sources/Pages/files"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types busbar"
)
DOCUMENTS = [
    (r"/(market|history|street|more)?(/.*)?", "index.html"),
    (r"/operator(/.*)?", "operator.html"),
    (r"/sign-in", "sign-in.html"),
    (r"/pair", "pair.html"),
    (r"/trust", "trust.html"),
]
BEGAN = time.monotonic()
LOCK = threading.Lock()
STATE: dict[str, str] = {}
#: What every stream tells, as `KIND JSON`.
EVENTS: list[str] = []
ETAG = '"rules-1"'


def version():
    """What changes with any of the files, as a node makes it."""
    files = sorted(file for file in FILES.rglob("*") if file.is_file())
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


VERSION = version()


def fixture(name):
    return json.loads((HERE / "fixtures" / f"{name}.json").read_text())


PROBLEMS = fixture("problems")


def now():
    """The fake node's time: that of the fixtures, and it goes on."""
    began = datetime.datetime(2026, 6, 16, 9, 24, 8, tzinfo=datetime.timezone.utc)
    return began + datetime.timedelta(seconds=time.monotonic() - BEGAN)


def written(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def market(moment):
    if STATE.get("case") == "rate":
        hours = datetime.timedelta(hours=3)
        return (moment + hours).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


LIVE = {
    "getting": {"connectionWatts": 2140, "generationWatts": 0, "neighboursWatts": 1320},
    "alone": {"connectionWatts": -12, "generationWatts": 952, "neighboursWatts": 0},
    "grid": {"connectionWatts": 842, "generationWatts": 120, "neighboursWatts": 0},
    "connection": {"generationWatts": None},
    "nosplit": {"generationWatts": None, "neighboursWatts": None, "split": None},
    "quarter": {"split": "quarter", "splitOf": "2026-06-16T09:00:00Z"},
    "meters": {"generationWatts": 2400},
}


def standing():
    value = fixture("household")["standing"] | {"time": written(now())}
    if STATE.get("stalled"):
        value |= {"stalledSince": "2026-06-16T09:15:02.000Z", "answering": 2}
    if STATE.get("behind"):
        value |= {"blocksBehind": int(STATE["behind"])}
    if STATE.get("aggregator") == "away":
        value |= {"aggregatorSince": "2026-06-16T09:20:11.000Z", "deadline": "2026-06-16T10:12:06Z"}
    return value


def live():
    value = fixture("household")["live"] | {"time": written(now())} | LIVE.get(STATE.get("case"), {})
    if STATE.get("silent") == "old":
        value["time"] = written(now() - datetime.timedelta(minutes=5))
    return None if STATE.get("silent") == "always" else value


def led():
    value = fixture("led")
    state = {"stalled": "stalled", "behind": "attention"}
    shown = next((state[key] for key in state if STATE.get(key)), None)
    return value | {"state": shown, "rows": None} if shown else value


def household():
    value = fixture("household")
    rate = {"time": market(now()), "rate": 60 if STATE.get("case") == "rate" else 1}
    value |= {"time": written(now()), "market": rate, "live": live(), "standing": standing(), "led": led()}
    case = STATE.get("case")
    if STATE.get("suspended"):
        since = {"block": 48102, "time": "2026-06-16T08:41:02.120Z"}
        value |= {"suspended": True, "suspendedSince": None if STATE["suspended"] == "long" else since}
        if STATE["suspended"] == "why":
            value["suspensionReason"] = "The meter is exchanged <b>twice</b>."
    if STATE.get("idle"):
        value |= {"isTrading": False}
    if case == "new":
        value |= {"isNew": True, "running": []}
    if case in ("empty", "over"):
        value |= {"running": []}
    if case == "unregistered":
        value |= {"role": None, "ratedPowerWatts": None, "aggregator": None, "isRegistered": False, "running": [], "tariff": None}
        value["standing"] |= {"answering": None}
    if case == "consumer":
        value |= {"role": "consumer"}
    return value


def answer(path, query):
    """The answer to GET `path`, or None where nothing is."""
    case = STATE.get("case")
    if path == "/app":
        kind = STATE.get("kind", "household")
        value = fixture("app-aggregator" if kind == "aggregator" else "app") | {"kind": kind}
        return value | {"isPaired": STATE.get("paired") != "no"}
    if path == "/session":
        role = STATE.get("session", "operator" if STATE.get("kind") == "aggregator" else "owner")
        return fixture({"owner": "session", "viewer": "session-viewer", "operator": "session-operator"}[role])
    if path == "/household":
        return household()
    if path == "/community" and case == "unregistered":
        unknown = dict.fromkeys(("selfSufficiencyPermille", "selfUsePermille", "price", "sharedTodayWh"))
        return fixture("community") | unknown | {"standing": standing() | {"answering": None}, "time": written(now())}
    if path == "/validators" and case == "unregistered":
        value = fixture("validators") | {"answering": None}
        value["items"] = [one | {"name": None, "isAnswering": None, "lastVoteAt": None} for one in value["items"]]
        return value
    if path == "/community/quarters":
        value = fixture("community-quarters")
        value["source"] |= source(case)
        return value | ({"items": []} if source(case) else {})
    if path == "/aggregator/quarters":
        value = fixture("community-quarters")
        value["source"] |= {"kind": "meters", "until": None}
        return value
    if path == "/community":
        return fixture("community") | {"standing": standing(), "time": written(now())}
    if path == "/household/suggestion" and case == "empty":
        return 204
    if path == "/household/trades/412" and case == "over":
        return fixture("household-trade-398")
    if path == "/household/days" and "week" in query:
        return fixture("household-days-week")
    if path == "/household/purchases" and case == "purchase":
        return fixture("household-purchases-open")
    if path == "/offers":
        return offers(query)
    value = by_path(path)
    if value and case == "empty" and "items" in value:
        value |= {"items": []}
    return value


def offers(query):
    """A page of the offers that fit `query`. In the case "crowd" two households have just offered each other very much."""
    items = fixture("offers")["items"]
    if STATE.get("case") == "empty":
        items = []
    if STATE.get("case") == "crowd":
        given = next(one for one in items if one["id"] == 440)
        items = [given | {"id": 1000 - number} for number in range(320)] + items
    if "recipient" in query:
        recipient = None if query["recipient"] == "nobody" else query["recipient"]
        items = [one for one in items if one["recipient"] == recipient]
    if "seller" in query:
        items = [one for one in items if one["seller"] == query["seller"]]
    start, limit = int(query.get("cursor", 0)), int(query.get("limit", 20))
    end = start + limit
    return {"items": items[start:end], "next": str(end) if len(items) > end else None}


def source(case):
    """What is otherwise about whose word the community's quarters are, where there are none."""
    if STATE.get("kind") == "validator":
        return {"kind": "none", "until": None}
    return {
        "unregistered": {"aggregator": None, "until": None},
        "untold": {"until": None},
        "yesterday": {"until": "2026-06-15T21:45:00Z"},
    }.get(case, {})


ROUTES = [
    (r"/household/trades/(\d+)", "household-trade-{0}"),
    (r"/household/quarters/.+/why", "household-quarter-why"),
    (r"/household/statements/[\d-]+", "household-statement"),
    (r"/household/(\w+)", "household-{0}"),
    (r"/trades/\d+", "trade"),
    (r"/blocks/\w+", "block"),
    (r"/blocks/\w+/transactions", "block-transactions"),
    (r"/transactions/0x\w+", "transaction"),
    (r"/accounts/0x\w+", "account"),
    (r"/accounts/0x\w+/(\w+)", "account-{0}"),
    (r"/events/log", "events-log"),
    (r"/community/quarters", "community-quarters"),
    (r"/aggregator/meters/.+/quarters", "aggregator-quarters"),
    (r"/aggregator/quarters", "community-quarters"),
    (r"/aggregator/months/.+", "aggregator-month"),
    (r"/aggregator/(\w+)", "aggregator-{0}"),
    (r"/(\w+)", "{0}"),
]


def by_path(path):
    for pattern, name in ROUTES:
        match = re.fullmatch(pattern, path)
        if match:
            try:
                return copy.deepcopy(fixture(name.format(*match.groups())))
            except FileNotFoundError:
                return None
    return None


WRITES = [
    (r"POST /session|DELETE /session|POST /pairing", 204, None),
    (r"POST /household/offers", 201, "offer-made"),
    (r"POST /household/picks", 202, "pick-made"),
    (r"POST /household/purchases", 202, "purchase-made"),
    (r"POST /invitations", 201, "invitation"),
    (r"POST /aggregator/invitations", 201, "aggregator-invitation"),
    (r"POST /aggregator/operators", 201, "operator-invitation"),
    (r"DELETE /aggregator/(invitations|operators)/.*", 204, None),
    (r"PUT /household/rules", 200, "household-rules"),
    (r"PUT /household/neighbours/.*|PUT /password|POST /meter|DELETE /devices/.*", 204, None),
    (r"(POST|PATCH|DELETE) /.*", 202, "offer-waiting"),
]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", kind="application/json", headers=(), cache="no-cache"):
        self.send_response(status)
        if status != 204:
            self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("x-content-type-options", "nosniff")
        self.send_header("cache-control", cache)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def tell(self, value, status=200, headers=()):
        self.reply(status, json.dumps(value).encode(), headers=headers)

    def problem(self, code):
        known = PROBLEMS.get(code, {"type": "about:blank", "title": code, "status": 500, "detail": "disk full"})
        self.reply(known["status"], json.dumps(known).encode(), "application/problem+json")

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        if url.path == "/-/set":
            with LOCK:
                if query.pop("reset", None):
                    STATE.clear()
                if event := query.pop("event", None):
                    EVENTS.append(event)
                STATE.update(query)
            return self.tell(STATE)
        if STATE.get("down"):
            return self.close()
        if url.path.startswith("/api/v1/"):
            return self.api(url.path[7:], query)
        self.page(url.path)

    def close(self):
        self.close_connection = True
        self.connection.close()

    def page(self, path):
        name = next((file for pattern, file in DOCUMENTS if re.fullmatch(pattern, path)), None)
        isKept = path.startswith(f"/files/{VERSION}/")
        if path.startswith("/files/"):
            name = path[7 + (len(VERSION) + 1) * isKept :]
        elif path in ("/sw.js", "/app.webmanifest"):
            name = path[1:]
        file = (FILES / name).resolve() if name else None
        if not file or FILES not in file.parents or not file.is_file():
            return self.reply(404, b"nothing is here", "text/plain")
        kind = {".webmanifest": "application/manifest+json"}.get(file.suffix) or mimetypes.guess_type(name)[0]
        text = "; charset=utf-8" if kind.startswith("text/") else ""
        body = file.read_bytes()
        if name.endswith((".html", ".webmanifest")) or name == "sw.js":
            body = body.replace(b"/files/", f"/files/{VERSION}/".encode())
        cache = "max-age=31536000, immutable" if isKept else "no-cache"
        self.reply(200, body, kind + text, [
            ("content-security-policy", POLICY), ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin")], cache)

    def api(self, path, query):
        if STATE.get("at") and re.fullmatch(STATE["at"], path):
            return self.problem("failed")
        is_open = re.match(r"/(app|certificate|community|validators|blocks|transactions|events|accounts|members|offers|trades|status)\b", path)
        if STATE.get("session") == "none" and path == "/session":
            return self.reply(204)
        if STATE.get("session") == "none" and not is_open:
            return self.problem("signed-out")
        if path == "/household/events":
            return self.stream()
        if path.endswith(".csv"):
            return self.reply(200, "local;utc\n".encode(), "text/csv; charset=utf-8")
        value = answer(path, query)
        if value is None:
            return self.problem_404()
        if value == 204:
            return self.reply(204)
        self.tell(value, headers=[("etag", ETAG)] if path == "/household/rules" else ())

    def problem_404(self):
        body = {"type": "about:blank", "title": "Not found", "status": 404, "detail": "nothing is there"}
        self.reply(404, json.dumps(body).encode(), "application/problem+json")

    def write(self):
        length = int(self.headers.get("content-length") or 0)
        self.rfile.read(length)
        path = urllib.parse.urlsplit(self.path).path
        if STATE.get("down"):
            return self.close()
        if self.headers.get("x-busbar") != "1":
            return self.reply(403, b"x-busbar is missing", "text/plain")
        with LOCK:
            code = STATE.pop("problem", None)
        if code:
            return self.problem(code)
        if path == "/api/v1/session" and self.command == "POST" and STATE.get("session") == "none":
            STATE.pop("session")
        for pattern, status, name in WRITES:
            if re.fullmatch(pattern, f"{self.command} {path[7:]}"):
                local = {"isLocal": True} if name == "invitation" and STATE.get("case") == "local" else {}
                return self.tell(fixture(name) | local, status) if name else self.reply(status)
        self.problem_404()

    do_POST = do_PUT = do_PATCH = do_DELETE = write

    def stream(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("cache-control", "no-store")
        self.end_headers()
        self.close_connection = True
        number, told = 0, len(EVENTS)
        try:
            while STATE.get("session") != "none" and not STATE.get("down"):
                if not STATE.get("quiet"):
                    events = [("beat", {"time": written(now()), "marketTime": market(now())})]
                    if number % 5 == 0:
                        events += [("standing", standing()), ("led", led())]
                    if not STATE.get("silent"):
                        events.append(("power", live()))
                    for event in EVENTS[told:]:
                        kind, _, data = event.partition(" ")
                        events.append((kind, json.loads(data or "{}")))
                        told += 1
                    for kind, data in events:
                        text = f"id: {number}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"
                        self.wfile.write(text.encode())
                    self.wfile.flush()
                number += 1
                time.sleep(1 if number > 1 else 0.2)
        except OSError:
            pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        # A browser that leaves is no error.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def serve(port=8480):
    server = Server(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8480)
    port = parser.parse_args().port
    serve(port)
    print(f"http://localhost:{port}/", flush=True)
    threading.Event().wait()
