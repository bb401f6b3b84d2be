"""The start: what is loaded and how often, what the policy says, and what a visitor sees when something is missing."""

from __future__ import annotations

import json
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests import depth
from tests.browser.broken import BROKEN, cut, gone, mistyped
from tests.browser.opening import FAILED, READY, WITHOUT_WORKERS, ready, watched
from tools import serve
from tools.build import bytecode, trim
from tools.build.site import build
from tools.build.stdlib import imported
from tools.paths import ROOT
from tools.serve import Handler

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; style-src 'self'; "
    "img-src 'self' data:; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'"
)


# --- one start, in full ---


class Start(NamedTuple):
    """A first visit: the page, how often it asked for each address, and what came."""

    page: Page
    asked: Counter[str]
    statuses: dict[str, int]


NOTE_SHIFTS = """window.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().map((entry) => entry.value)))
  .observe({ type: 'layout-shift', buffered: true });"""


@pytest.fixture(scope="module")
def start(browser: Browser, site: str) -> Iterator[Start]:
    context = browser.new_context()
    context.add_init_script(WITHOUT_WORKERS)
    with watched(context, site):
        found = Start(context.new_page(), Counter(), {})
        found.page.add_init_script(NOTE_SHIFTS)
        found.page.on("request", lambda request: found.asked.update([request.url]))
        found.page.on("response", lambda response: found.statuses.update({response.url: response.status}))
        found.page.goto(site)
        ready(found.page)
        yield found
        context.close()


def test_python_takes_over(start: Start) -> None:
    expect(start.page.locator("#status")).to_have_text("")
    states = "[...document.querySelectorAll('[data-state]')].map((e) => e.dataset.state)"
    assert start.page.evaluate(states) == ["ready"]
    expect(start.page.locator("#unstarted")).to_have_count(0)


def test_the_policy_is_the_strict_one(start: Start) -> None:
    assert start.page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content") == POLICY
    assert start.page.locator("[style], style, script:not([src]):not([type=py])").count() == 0


def test_every_file_is_asked_for_once_and_found(start: Start) -> None:
    assert [url for url, times in start.asked.items() if times > 1] == []
    assert {url: status for url, status in start.statuses.items() if status != 200} == {}


def test_python_brings_no_layout_shift(start: Start) -> None:
    start.page.wait_for_timeout(300)
    assert start.page.evaluate("window.shifts.reduce((sum, shift) => sum + shift, 0)") == 0


def test_each_preload_is_used(page: Page, site: str) -> None:
    ahead = re.compile(r'<link rel="(?:module)?preload".* href="\./(.+)">')

    def without(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=ahead.sub("", response.text()))

    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))
    loaded_ahead = ahead.findall(page.request.get(site).text())
    page.route(site, without)
    page.goto(site)
    ready(page)
    assert len(loaded_ahead) >= 10
    assert {site + path for path in loaded_ahead} <= asked


def test_the_result_is_there_without_scripts(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    assert page.locator("output data").count() > 0
    expect(page.locator(".noscript")).to_contain_text("Scripting is off")
    expect(page.locator("#unstarted")).to_have_css("display", "none")
    context.close()


NEEDED = (
    *("pyodide.asm.wasm", "pyodide.asm.mjs", "pyodide.mjs", "python_stdlib.zip", "pyodide-lock.json", "app.zip"),
    *("core.js", "core-*.js", "start.js", "policy.js", "python.js", "memory.js", "storage.js", "idiomorph.esm.js"),
)


@pytest.mark.deep
@pytest.mark.expects_console_errors
@pytest.mark.parametrize("broken", BROKEN[:: depth.cases(len(BROKEN), 1)])
@pytest.mark.parametrize("file", NEEDED[:: depth.cases(len(NEEDED), 1)])
def test_however_a_file_is_broken_the_page_answers_or_says_so(
    page: Page, site: str, file: str, broken: Callable[[Route], None]
) -> None:
    page.route(f"**/{file}", broken)
    page.goto(site)
    page.wait_for_selector(
        f"{FAILED}, {READY}", state="attached", timeout=90_000
    )  # what is not heard of, is waited for
    status = page.locator("#status")
    if page.locator(FAILED).count():
        expect(status).to_contain_text(re.compile("Python could not start|stopped while starting|taking too long"))
        expect(status).to_contain_text("The results shown are for the inputs the page came with")
        expect(status.get_by_role("button", name="Reload")).to_be_visible()
    else:
        page.fill("#pruning [name=params]", "7B")
        expect(page.locator("#pruning output[name=remaining_params]")).to_have_text("3.5\u202fB")
    assert page.locator("output data").count() > 0


LATER = """() => document.getAnimations().map((waiting) => {
  waiting.finish();
  return waiting.effect.getTiming().delay;
})"""
"""Lets pass what the style waits for, and says how long that is."""


@pytest.mark.expects_console_errors
@pytest.mark.parametrize("broken", [each for each in BROKEN if each is not mistyped])  # that runs all the same
def test_where_no_script_runs_the_page_says_so_after_a_while(
    page: Page, site: str, broken: Callable[[Route], None]
) -> None:
    page.route("**/*js", broken)
    page.goto(site)
    said = page.locator("#unstarted")
    expect(said).to_be_hidden()
    assert page.evaluate(LATER) == [20_000]
    expect(said).to_be_visible()
    expect(said).to_contain_text("Reload the page")
    assert page.locator("output data").count() > 0
    page.unroute_all(behavior="ignoreErrors")  # what is asked for last may still be on its way


@pytest.mark.expects_console_errors
def test_where_what_watches_the_start_is_missing_python_answers_and_the_page_says_so(page: Page, site: str) -> None:
    page.route("**/start.js", gone)
    page.goto(site)
    ready(page)
    page.fill("#pruning [name=params]", "7B")
    expect(page.locator("#pruning output[name=remaining_params]")).to_have_text("3.5\u202fB")
    page.evaluate(LATER)
    expect(page.locator("#unstarted")).to_contain_text("has not started as it should")
    expect(page.locator("#unstarted")).to_be_visible()


@pytest.mark.expects_console_errors
@pytest.mark.parametrize(
    ("file", "broken", "said"),
    [
        ("pyodide.asm.wasm", gone, "pyodide.asm.wasm could not be fetched (404)"),
        ("pyodide.asm.wasm", cut, "arrived damaged"),
        ("pyodide.asm.mjs", gone, "pyodide.asm.mjs could not be fetched (404)"),
        ("pyodide.mjs", gone, "pyodide.mjs could not be fetched (404)"),
        ("python_stdlib.zip", gone, "python_stdlib.zip could not be fetched (404)"),
        ("python_stdlib.zip", cut, "Python could not start"),
        ("pyodide-lock.json", gone, "pyodide-lock.json could not be fetched (404)"),
        ("app.zip", gone, "app.zip could not be fetched (404)"),
        ("app.zip", cut, "arrived damaged"),
        ("core.js", gone, "core.js could not be fetched (404)"),
        ("core-*.js", cut, "Python could not start"),
        ("policy.js", gone, "policy.js could not be fetched"),
        ("memory.js", gone, "memory.js could not be fetched (404)"),
        ("storage.js", gone, "storage.js could not be fetched (404)"),
        ("idiomorph.esm.js", gone, "idiomorph.esm.js could not be fetched (404)"),
    ],
)
def test_a_broken_start_says_so(page: Page, site: str, file: str, broken: Callable[[Route], None], said: str) -> None:
    page.route(f"**/{file}", broken)
    page.goto(site)
    page.wait_for_selector(FAILED, state="attached")
    status = page.locator("#status")
    expect(status).to_contain_text(said)
    expect(status).to_contain_text("The results shown are for the inputs the page came with")
    assert page.locator("output data").count() > 0


@pytest.mark.expects_console_errors
@pytest.mark.parametrize(("file", "broken"), [("pyodide.asm.wasm", gone), ("app.zip", cut)])
def test_once_it_is_whole_again_a_reload_starts_it(
    page: Page, site: str, file: str, broken: Callable[[Route], None]
) -> None:
    # Mended only by the reload: a page that asks again for a file that has come back recovers by itself.
    visits: list[str] = []
    page.on("framenavigated", lambda frame: visits.append(frame.url))
    page.route(f"**/{file}", lambda route: broken(route) if len(visits) < 2 else route.fallback())
    page.goto(site)
    page.wait_for_selector(FAILED, state="attached")
    page.locator("#status").get_by_role("button", name="Reload").click()
    ready(page)
    expect(page.locator("#status")).to_be_empty()


@pytest.mark.expects_console_errors
def test_a_calculator_that_does_not_start_says_so(page: Page, site: str) -> None:
    def wrong(route: Route) -> None:
        response = route.fetch()
        route.fulfill(
            response=response, body=re.sub(r"start\(.*\)</script>", "raise OSError</script>", response.text())
        )

    page.route(site, wrong)
    page.goto(site)
    page.wait_for_selector(FAILED, state="attached")
    expect(page.locator("#status")).to_contain_text("The calculator stopped while starting")


def test_a_start_that_stalls_says_so_and_recovers(page: Page, site: str) -> None:
    held: list[Route] = []
    page.clock.install()
    page.route("**/app.zip", lambda route: held.append(route))
    page.goto(site)
    expect(page.locator("#status")).to_have_text("Fetching the calculator…")
    page.clock.fast_forward(60_000)
    expect(page.locator("#status")).to_contain_text("taking too long")
    held[0].continue_()
    ready(page)
    expect(page.locator("#status")).to_have_text("")


class Trickling(Handler):
    """Sends bit by bit, as a slow line does. Chromium's own emulation of one stood still for good in 2 of 91 starts."""

    def setup(self) -> None:
        super().setup()
        write = self.wfile.write

        def bit_by_bit(content: bytes) -> None:
            for start in range(0, len(content), 40_000):
                time.sleep(0.02)
                write(content[start : start + 40_000])

        self.wfile.write = bit_by_bit  # type: ignore[method-assign, assignment]


def test_the_progress_tells_the_bytes_then_the_stages(
    new_context: Callable[..., BrowserContext], dist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "Handler", Trickling)
    context = new_context()
    context.add_init_script(WITHOUT_WORKERS)
    page = context.new_page()
    page.add_init_script("""addEventListener("DOMContentLoaded", () => {
      const status = document.getElementById("status");
      window.said = [];
      new MutationObserver(() => said.push(status.textContent)).observe(status, { subtree: true, childList: true });
    })""")
    with serve.serving(dist) as site, watched(context, site):
        page.goto(site)
        ready(page)
    said = page.evaluate("said")
    stages = [text for text, _ in groupby(text.partition("…")[0] for text in said)]
    assert stages == ["Fetching Python", "Starting Python", "Fetching the calculator", "Opening the calculator", ""]
    told = [re.fullmatch(r"Fetching Python… ([\d.]+) of ([\d.]+) MB, unpacked", text) for text in said]
    amounts = [(float(each[1]), float(each[2])) for each in told if each]
    assert amounts == sorted(amounts)
    assert len({*amounts}) > 20
    assert len({total for _, total in amounts}) == 1
    assert amounts[-1][0] == amounts[-1][1]


def test_opened_as_a_file_it_says_what_to_do(browser: Browser, dist: Path) -> None:
    page = browser.new_page()
    page.goto((dist / "index.html").as_uri())
    page.wait_for_selector(FAILED, state="attached")
    expect(page.locator("#status")).to_contain_text("make serve")
    page.close()


def test_the_standard_library_holds_what_the_page_imports(browser: Browser, dist: Path) -> None:
    listed = bytecode.NAMES.read_text(encoding="utf-8").split()
    wanted = imported(browser, dist)
    missing, idle = sorted({*wanted} - {*listed}), sorted({*listed} - {*wanted})
    assert (missing, idle) == ([], []), f"missing {missing}, idle {idle}; put the list right with: make stdlib"


def test_nothing_is_compiled_in_the_browser(dist: Path) -> None:
    for path in map(next, map(dist.rglob, ("app.zip", "python_stdlib.zip"))):
        names = zipfile.ZipFile(path).namelist()
        assert "app/browser/main.pyc" in names or "dataclasses.pyc" in names
        assert [name for name in names if name.endswith(".py")] == []


def test_two_builds_are_the_same_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dist: Path) -> None:
    for step in (bytecode, trim):
        monkeypatch.setattr(step, "BUILD", tmp_path / "build")
    again = build(tmp_path / "dist")

    def content(site: Path) -> dict[str, bytes]:
        return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}

    first, second = content(dist), content(again)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_the_site_carries_its_licences_and_nothing_idle(dist: Path) -> None:
    text = (dist / "LICENSES.txt").read_text(encoding="utf-8")
    for part in (
        "Mozilla Public License",
        "PYTHON SOFTWARE FOUNDATION LICENSE",
        "Apache License",
        "idiomorph",
        "htpy",
        "MarkupSafe",
    ):
        assert part in text
    assert [path for path in dist.rglob("*") if path.suffix in {".map", ".py", ".ts"}] == []


def test_the_lock_file_checks_every_package_and_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, entry in packages.items():
        assert not name or entry["integrity"].startswith("sha512-")
        assert "resolved" not in entry


# --- what comes later ---

CONFIG = (
    '{"model_type":"llama","hidden_size":64,"num_hidden_layers":2,"num_attention_heads":4,"intermediate_size":128,'
    '"vocab_size":100}'
)


def test_the_first_answer_does_not_wait_for_what_comes_later(page: Page, site: str) -> None:
    held: list[Route] = []
    page.route("**/later.zip", lambda route: held.append(route))
    page.goto(site)
    ready(page)
    page.fill("#pruning [name=params]", "7B")
    expect(page.locator("output[name=remaining_params]")).to_have_text("3.5\u202fB")
    page.get_by_label("2:4", exact=True).check()
    expect(page.locator("#pruning-evidence data:not([value=''])")).to_have_count(0)  # those were of other inputs
    page.fill("#pruning [name=params]", CONFIG)
    page.wait_for_timeout(300)
    held[0].continue_()
    expect(page.locator("#pruning-params-note")).to_contain_text("from a config.json")
    expect(page.locator("#pruning-evidence tr[aria-current]").first).to_contain_text("2:4")


def test_a_link_that_needs_what_comes_later_is_answered_before_the_page_is_ready(page: Page, site: str) -> None:
    page.goto(f"{site}#pruning?params={quote(CONFIG)}&layers=none")
    ready(page)
    expect(page.locator("#pruning [name=layers]")).to_be_visible()
    expect(page.locator("#pruning [name=layers]")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#pruning-params-note")).to_contain_text("from a config.json")
    expect(page.locator("#status")).to_be_empty()


@pytest.mark.expects_console_errors
@pytest.mark.parametrize("broken", [gone, cut])
def test_what_did_not_arrive_is_said_and_asked_for_again(
    page: Page, site: str, broken: Callable[[Route], None]
) -> None:
    asked: list[str] = []

    def once(route: Route) -> None:
        asked.append(route.request.url)
        broken(route) if len(asked) == 1 else route.continue_()

    page.route("**/later.zip", once)
    page.goto(site)
    expect(page.locator("html[data-state=ready]")).to_be_attached(timeout=30_000)
    expect(page.locator("#status")).to_contain_text("A part of the page did not arrive")
    page.fill("#pruning [name=params]", CONFIG)
    expect(page.locator("#pruning-params-note")).to_contain_text("from a config.json")
    expect(page.locator("#status")).to_be_empty()
    assert len(asked) == 2


@pytest.mark.expects_console_errors
def test_a_link_that_cannot_be_answered_without_it_says_so(page: Page, site: str) -> None:
    page.route("**/later.zip", gone)
    page.goto(f"{site}#pruning?params={quote(CONFIG)}")
    page.wait_for_selector(FAILED, state="attached")
    expect(page.locator("#status")).to_contain_text(re.compile("reload", re.IGNORECASE))
