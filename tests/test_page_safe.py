"""The page is safe, and seen to be: its policy, its sources, what it is made of, and what a listener hears."""

from __future__ import annotations

import ast
import base64
import hashlib
import html
import http.server
import json
import re
import runpy
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from page_driver import CHROMIUM, Browser, need, unzipped

SOURCES = sorted((Path(__file__).parent.parent / "page/src").glob("*.js"))

# What would bring a text to life, lead the browser elsewhere, keep something in it, or ask somebody something.
FORBIDDEN = (
    r"\b(inner|outer)HTML\b", r"\binsertAdjacentHTML\b", r"\bdocument\.write", r"\bsetHTML", r"\bDOMParser\b",
    r"\bcreateContextualFragment\b", r"\beval\b", r"\bnew Function\b", r"\bset(Timeout|Interval)\(\s*['\"`]",
    r"\blocation\b", r"\bopen\s*\(", r"\bhistory\b", r"\bnavigation\b", r"\.submit\s*\(", r"\blocalStorage\b",
    r"\bsessionStorage\b", r"\bindexedDB\b", r"\bcookie\b", r"\bcaches\b", r"\bserviceWorker\b", r"\bsendBeacon\b",
    r"\bRTCPeerConnection\b", r"\bimport\s*\(", r"\.src\s*=", r"\bsrcdoc\b",
    r"\bsetAttribute\(\s*['\"](on|href|src|style)",
)  # fmt: skip


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_no_source_can_do_what_no_policy_forbids(path: Path) -> None:
    code = re.sub(r"(?m)(^|\s)//.*$", "", path.read_text(encoding="utf-8"))
    found = [match[0] for pattern in FORBIDDEN for match in re.finditer(pattern, code)]
    assert found == []
    if path.name != "worker.js":  # there every one of these is taken away, or looks into what the page handed over
        for word in ("fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport"):
            assert word not in code


def test_the_policy_forbids_every_connection_and_pins_what_runs(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = text.split("\n")
    policy = html.unescape(re.search(r'content="(default-src[^"]*)"', lines[4])[1])
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    script, style = (re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1] for tag in ("script", "style"))
    pins = [f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'" for each in (script, style)]
    assert rules.pop("script-src") == f"{pins[0]} 'wasm-unsafe-eval'"
    assert rules.pop("style-src") == pins[1]
    assert rules.pop("worker-src") == "blob:"
    assert set(rules.values()) == {"'none'"}
    assert {"default-src", "connect-src", "form-action", "base-uri", "frame-src", "object-src"} <= rules.keys()
    body = re.sub(r"<(script|style)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert not re.search(r"\s(style|on\w+|src|href|action)=", body)


def test_the_same_sources_give_the_same_page(page: Path) -> None:
    digest, name = page.with_name(f"{page.name}.sha256").read_text(encoding="ascii").split()
    assert name == page.name
    assert digest == hashlib.sha256(page.read_bytes()).hexdigest()
    assert page.stat().st_size <= 15_000_000


class _Listener(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.heard.append(self.path)
        self.send_response(204)
        self.end_headers()

    do_POST = do_PUT = do_OPTIONS = do_HEAD = do_GET  # noqa: N815  the names are http.server's

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listener() -> Iterator[http.server.ThreadingHTTPServer]:
    """Hears every request to this computer itself."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Listener)
    server.heard = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


# Every way that a page has to reach another computer without leaving: each is tried from inside, and none arrives.
TRIES = """async (url) => {
  const make = (tag, more) => document.body.appendChild(Object.assign(document.createElement(tag), more));
  const inside = `fetch('${url}worker', {mode: 'no-cors'}); importScripts('${url}import')`;
  const ways = {
    fetch: () => fetch(url + 'fetch', {mode: 'no-cors'}),
    beacon: () => navigator.sendBeacon(url + 'beacon', 'x'),
    xhr: () => { const one = new XMLHttpRequest(); one.open('GET', url + 'xhr'); one.send(); },
    socket: () => new WebSocket(url.replace('http', 'ws') + 'socket'),
    events: () => new EventSource(url + 'events'),
    image: () => make('img', {src: url + 'image'}),
    frame: () => make('iframe', {src: url + 'frame'}),
    media: () => make('video', {src: url + 'media'}),
    script: () => make('script', {src: url + 'script'}),
    style: () => make('link', {rel: 'stylesheet', href: url + 'style'}),
    prefetch: () => make('link', {rel: 'prefetch', href: url + 'prefetch'}),
    form: () => make('form', {action: url + 'form', target: '_blank'}).submit(),
    worker: () => new Worker(URL.createObjectURL(new Blob([inside]))),
    inline: () => make('script', {textContent: 'document.title = "taken over"'}),
  };
  for (const way of Object.values(ways)) { try { await way(); } catch { /* refused at once */ } }
  await new Promise((go) => setTimeout(go, 1000));
  return Object.keys(ways).length;
}"""


def test_nothing_leaves_the_computer(page: Path, round_of_40: Path, tmp_path: Path) -> None:
    with listener() as server, Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path / "saved") as browser:
        browser.open(page)
        browser.give("returns-folder", round_of_40)
        browser("wait", code="() => document.getElementById('round-facts').textContent.includes('40 teams')")
        browser.click("combine")
        saved = browser.download("save-round")
        first, second = browser("requests")
        assert first == page.as_uri()
        assert second.startswith("blob:")
        assert browser.evaluate(TRIES, f"http://127.0.0.1:{server.server_port}/") == 14
        assert browser.evaluate("() => document.title") != "taken over"
        assert server.heard == []
        kept = "() => [document.cookie, Object.keys(globalThis.localStorage ?? {}).length].join()"
        assert browser.evaluate(kept) == ",0"
    assert unzipped(saved, tmp_path / "unzipped")


def test_the_page_says_what_it_cannot_do_without_webassembly(page: Path, tmp_path: Path) -> None:
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path, "--js-flags=--jitless") as browser:
        browser.open(page)
        assert browser.data("ready") == "no"
        text = browser.text("#broken")
    assert text.startswith("WebAssembly is switched off in this browser, and this page cannot work without it.")
    assert "DefaultJavaScriptJitSetting" in text
    assert "JavaScriptJitAllowedForSites" in text


def test_about_says_what_the_page_is_made_of(page: Path, root: Path, tmp_path: Path) -> None:
    parts = json.loads((root / "sbom.json").read_text(encoding="utf-8"))["components"]
    with Browser("chromium", need(CHROMIUM, "Chromium"), tmp_path) as browser:
        browser.open(page, init="const now = Date.now; Date.now = () => now() + 2 * 3.2e10;")
        browser("click", name="tab-about")
        text = browser.text("#about")
    assert "That is over a year ago: ask for a newer one." in text
    assert (
        "Comparing two rounds, the plan of actions, and questionnaires of your own are the command line's for now."
        in text
    )
    for part in parts:
        assert part["name"] in text
        assert part["version"] in text


def test_the_list_of_parts_is_fresh_and_every_part_has_its_licence(root: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-c", "import sbom; print(sbom.text(), end='')"],
        cwd=root / "page",
        check=True,
        capture_output=True,
    )
    assert (root / "sbom.json").read_bytes() == made.stdout
    texts = {path.stem.casefold() for path in (root / "page/licences").glob("*.txt")}
    names = " ".join(texts) + " mpdecimal"  # CPython's own text holds it
    for part in json.loads(made.stdout)["components"]:
        assert part["name"].casefold() in names


def test_nothing_names_where_packages_came_from(root: Path) -> None:
    lock = json.loads((root / "page/package-lock.json").read_text(encoding="utf-8"))
    for name, each in lock["packages"].items():
        assert "resolved" not in each
        assert not name or each["integrity"].startswith("sha512-")


def test_nothing_that_the_program_imports_is_left_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is imported at once, by importing it; what is imported later, by reading the sources."""
    monkeypatch.syspath_prepend(root / "page")
    unused = runpy.run_path(str(root / "page/build.py"))["UNUSED"]
    sources = [path for path in (root / "impact_xl").rglob("*.py") if "cli" not in path.parts]
    names = [
        path.relative_to(root).with_suffix("").as_posix().removesuffix("/__init__").replace("/", ".")
        for path in sources
    ]
    names = [name for name in names if not name.endswith("__main__")]
    libraries = ["openpyxl", "xlsxwriter", "python_calamine", "oxmsg", "olefile", "msoffcrypto", "email.mime.text"]
    code = f"import importlib, sys\nfor each in {names + libraries}: importlib.import_module(each)\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                loaded |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                loaded.add(node.module)
    optional = {"pandas", "pyarrow"}  # frames and Parquet, which the page has not
    own = {name for name in loaded if name.partition(".")[0] in sys.stdlib_module_names | optional}
    assert {name for name in own if unused.match(name.replace(".", "/"))} == set()
