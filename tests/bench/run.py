"""How fast the page starts and answers, measured beside baselines in one run. `make bench`. Asserts nothing.

Baselines are PyScript's "hello, world" on the files as npm brings them, on Pyodide and on MicroPython; the page
without any script; and the same first result put up by plain JavaScript. The rounds take turns, so that whatever else
the machine does falls on all alike; read the ratios, not the milliseconds. Bytes and times are those of gzip over
loopback, with the `max-age=600` that GitHub Pages sends: at full speed, and on a slow device and line.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from playwright.sync_api import BrowserType, Page, sync_playwright

from tests.browser.opening import wait_for_memory
from tools import find_browser, serve
from tools.build.site import build
from tools.paths import BUILD, MODULES, write

Samples: TypeAlias = "dict[str, dict[str, list[float]]]"
"""By measure and page."""

ROUNDS = 5
KEYSTROKES = 400
PINNED = "pin=half%3Fstructure=2:4&pin=four%20bits%3Fquantize=4-bit"
"""Two scenarios to compare with, as somebody has them who decides."""
OURS, STOCK, MICRO = "this page", "hello on stock Pyodide", "hello on MicroPython"
STATIC, PLAIN = "without scripts", "plain JavaScript"
BASELINES = {
    STOCK: "PyScript hello-world, stock files",
    MICRO: "the same on MicroPython",
    PLAIN: "the same first result in plain JavaScript",
    STATIC: "this page without scripts",
}
FIRST, RELOAD, TAB, BROWSER = VISITS = ("first visit", "reload in the same tab", "new tab", "new browser")


class Speed(NamedTuple):
    """A device and a line: how many times slower than this machine, and megabits a second (0 for no limit)."""

    name: str
    slower: int
    megabits: float


FULL, SLOW = Speed("full speed", 1, 0), Speed("CPU ÷ 4, 9 Mbit/s", 4, 9)
LATENCY_MS = 40

HELLO = """<!doctype html><html lang="en"><meta charset="utf-8"><title>hello</title>
<link rel="icon" href="data:,"><script type="module" src="./core/core.js"></script>
<p id="hello"></p>
<script type="{kind}" config='{{"interpreter": "./interpreter/{entry}"}}'>
from pyscript import document
document.getElementById("hello").textContent = "hello"
document.documentElement.dataset.state = "ready"
</script>"""
_SCRIPTS = re.compile(
    r"<script.*?</script>|<link rel=\"(?:module)?preload\".*?>|<mpy-config.*?</mpy-config>", re.DOTALL
)

# Notes, in each page, when it says that it is ready, and what kept the browser from answering for over 50 ms.
_WATCH = """new MutationObserver(() => {
  if (document.documentElement?.dataset.state === "ready") window.readyAt ??= performance.now();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
window.tasks = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: "longtask", buffered: true });"""
_SEEN = """() => ({
  "ready": readyAt,
  "first paint": performance.getEntriesByName("first-contentful-paint")[0].startTime,
  "in long tasks": tasks.reduce((sum, task) => sum + task, 0),
  "longest task": Math.max(0, ...tasks),
})"""

# One event at a time, each awaited to the next frame: the time until the results have changed, and until they show.
_TYPE = """async (times) => {
  const form = document.querySelector("form");
  const shown = () => [...document.querySelectorAll("output")].map((output) => output.textContent).join();
  const samples = [];
  for (let turn = 0; turn < times; turn++) {
    const name = turn % 2 ? "sparsity" : "params";
    const control = form.elements[name];
    const before = shown();
    control.value = turn % 2 ? `${10 + (turn % 83)} %` : `${1 + (turn % 97)}.5B`;
    const start = performance.now();
    control.dispatchEvent(new Event("input", { bubbles: true }));
    const patched = performance.now() - start;
    if (shown() === before) throw new Error(`${name} = ${control.value} changed no result`);
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    samples.push([patched, performance.now() - start]);
  }
  return samples;
}"""
_UNFOLD = """async () => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  await new Promise((resolve) => setTimeout(resolve, 500));
}"""
# A file as spreadsheets write it, pasted into the box of a table: the time until its result stands there, and the
# longest that the browser did not answer meanwhile, where that was over 50 ms.
_PASTE = """async ([name, heads, count]) => {
  const row = {
    points: (i) => `${i / count},${(i / count) ** (1 + Math.random())}`,
    scores: (i) => `${i % 2},${Math.random() + 0.3 * (i % 2)}`,
  };
  const box = document.querySelector(`#roc-auc [name=${name}]`);
  const shown = () => document.querySelector("#roc-auc output[name=auc] data").value;
  const data = new DataTransfer();
  data.setData("text/plain", [heads, ...Array.from({ length: count }, (_, i) => row[name](i))].join("\\r\\n"));
  const before = shown();
  await new Promise((resolve) => setTimeout(resolve, 100));
  tasks.length = 0;
  const start = performance.now();
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  while (["", before].includes(shown())) await new Promise((resolve) => setTimeout(resolve, 1));
  const taken = performance.now() - start;
  await new Promise((resolve) => setTimeout(resolve, 100));
  return [taken, Math.max(0, ...tasks)];
}"""
_TYPE_CELL = """async (times) => {
  const shown = () => document.querySelector("#roc-auc output[name=auc] data").value;
  const samples = [];
  for (let turn = 0; turn < times; turn++) {
    const cell = document.querySelector("#roc-auc-points-3-1");
    const before = shown();
    cell.value = `0.${1000 + turn}`;
    const start = performance.now();
    cell.dispatchEvent(new Event("input", { bubbles: true }));
    while (shown() === before) await new Promise((resolve) => setTimeout(resolve)); // a long answer comes in slices
    samples.push(performance.now() - start);
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  }
  return samples;
}"""
KEPT = "#offline:not(:empty)"


class Counted(serve.Handler):
    """Counts the bytes of the bodies that it sends: what a service worker asks for is on no page's list."""

    sent = 0

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        Counted.sent += len(body)
        super()._answer(status, body, headers)


@contextmanager
def pages() -> Iterator[dict[str, str]]:
    """The addresses of the page and its baselines."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        serve.Handler, site, micro = Counted, build(), "@micropython/micropython-webassembly-pyscript"
        sites = {
            OURS: site,
            STOCK: hello(Path(folder, "stock"), "py", "pyodide", "pyodide.mjs"),
            MICRO: hello(Path(folder, "micro"), "mpy", micro, "micropython.mjs"),
            STATIC: static(Path(folder, "static"), site),
            PLAIN: plain(Path(folder, "plain"), site),
        }
        yield {name: stack.enter_context(serve.serving(site, cache="max-age=600")) for name, site in sites.items()}


def hello(site: Path, kind: str, package: str, entry: str) -> Path:
    """The smallest PyScript page on the interpreter of `package`, its files untouched."""
    shutil.copytree(MODULES / "@pyscript/core/dist", site / "core", ignore=shutil.ignore_patterns("*.map"))
    shutil.copytree(MODULES / package, site / "interpreter", ignore=shutil.ignore_patterns("*.map"))
    write(site / "index.html", HELLO.format(kind=kind, entry=entry).encode())
    return site


def static(site: Path, ours: Path) -> Path:
    """Our page as it was built, without what makes it answer."""
    html = _SCRIPTS.sub("", (ours / "index.html").read_text(encoding="utf-8"))
    write(site / "index.html", html.replace('data-state="loading"', 'data-state="ready"').encode())
    for path in (*ours.glob("*/style.css"), *ours.glob("*/icon.svg")):
        write(site / path.relative_to(ours), path.read_bytes())
    return site


def plain(site: Path, ours: Path) -> Path:
    """The same first result, put up by a script as single-page applications do."""
    html = (static(site, ours) / "index.html").read_text(encoding="utf-8").replace('data-state="ready"', "")
    head, body, tail = re.split("<body>|</body>", html)
    script = f"document.body.innerHTML = {json.dumps(body)};document.documentElement.dataset.state = 'ready';"
    write(site / "page.js", script.encode())
    write(site / "index.html", f'{head}<body><script src="./page.js"></script></body>{tail}'.encode())
    return site


def visit(page: Page, address: str, keeps: bool) -> dict[str, float]:
    """Milliseconds from the start of the navigation and those spent in long tasks, and the kilobytes that it took, with
    those of a page that `keeps` itself for when there is no network.
    """
    page.goto("about:blank")
    Counted.sent = 0
    page.goto(address)
    page.wait_for_selector("html[data-state=ready]", state="attached")
    page.wait_for_timeout(500)  # let the browser put its compiled code away
    seen: dict[str, float] = page.evaluate(_SEEN)
    if keeps:
        page.wait_for_selector(KEPT, state="attached")
    return {**{f"{name} (ms)": value for name, value in seen.items()}, "over the wire (KB)": Counted.sent / 1000}


def answer(page: Page, address: str, times: int) -> Iterator[tuple[str, list[float]]]:
    """What keystrokes and a paste take, by what was done."""
    page.goto("about:blank")
    page.goto(f"{address}#pruning?structure=unstructured&{PINNED}")
    page.wait_for_selector("html[data-state=ready]", state="attached")
    for state in ("folded", "unfolded"):
        if state == "unfolded":
            page.evaluate(_UNFOLD)
        samples = page.evaluate(_TYPE, times)
        yield f"keystroke to patched, {state} (ms)", [patched for patched, _ in samples]
        yield f"keystroke to frame, {state} (ms)", [painted for _, painted in samples]
    page.goto("about:blank")
    page.goto(f"{address}#roc-auc")
    page.wait_for_selector("html[data-state=ready]", state="attached")
    for rows in (10_000, 1000):
        taken, _ = page.evaluate(_PASTE, ["points", "FPR,TPR", rows])
        yield f"paste of {rows:,} rows to result (ms)", [taken]
        page.wait_for_timeout(500)
    yield "keystroke in a cell of 1,000 rows (ms)", page.evaluate(_TYPE_CELL, times)
    taken, longest = page.evaluate(_PASTE, ["scores", "y_true,y_score", 100_000])
    yield "paste of 100,000 labels and scores to result (ms)", [taken]
    yield "longest task of that (ms)", [longest]


def slow_down(page: Page, speed: Speed) -> None:
    """Let `page` have the device and the line of `speed`."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": speed.slower})
    if speed.megabits:
        throughput = speed.megabits * 1e6 / 8
        line = {"latency": LATENCY_MS, "downloadThroughput": throughput, "uploadThroughput": throughput}
        session.send("Network.emulateNetworkConditions", {"offline": False, **line})


def tabs(chromium: BrowserType, browser: str, speed: Speed) -> Iterator[tuple[str, Page]]:
    """For each of a visitor's `VISITS`, in order, the tab that it is made in."""
    with tempfile.TemporaryDirectory() as profile:
        for rounds in ((FIRST, RELOAD, TAB), (BROWSER,)):
            context = chromium.launch_persistent_context(profile, executable_path=browser, args=find_browser.STEADY)
            context.add_init_script(_WATCH)
            for when in rounds:
                if when != RELOAD:
                    page = context.new_page()
                    slow_down(page, speed)
                yield when, page
                if when == RELOAD:
                    page.close()
            context.close()


def measure(chromium: BrowserType, browser: str) -> dict[Speed, Samples]:
    """Samples by measure and page, at each speed."""
    samples: dict[Speed, Samples] = {speed: defaultdict(lambda: defaultdict(list)) for speed in (FULL, SLOW)}
    with pages() as addresses:
        for turn, (speed, found) in product(range(ROUNDS), samples.items()):
            for name, address in addresses.items():
                for when, page in tabs(chromium, browser, speed):
                    for seen, value in visit(page, address, keeps=name == OURS).items():
                        found[f"{seen}, {when}"][name].append(value)
                    if (when, name) == (RELOAD, OURS):
                        wait_for_memory(page)
                    if (when, name) == (BROWSER, OURS):
                        for done, values in answer(page, address, KEYSTROKES // ROUNDS):
                            found[done][name] += values
            print(f"round {turn + 1} of {ROUNDS}, {speed.name}", flush=True)
    return samples


def report(samples: dict[Speed, Samples]) -> list[dict[str, Any]]:
    """One row for every measure of every page, with its ratio to each baseline."""
    rows = []
    for speed, by_measure in samples.items():
        for measured, by_page in by_measure.items():
            middle = {name: statistics.median(values) for name, values in by_page.items()}
            rows += [
                {
                    "speed": speed.name,
                    "measure": measured,
                    "page": name,
                    "median": middle[name],
                    "min": min(values),
                    "max": max(values),
                    "p95": statistics.quantiles(values, n=20, method="inclusive")[-1],
                    "samples": len(values),
                    "ratio": {other: middle[name] / middle[other] for other in middle if middle[other]},
                }
                for name, values in by_page.items()
            ]
    return rows


# What README.md tells, in its words, by the words of `measure`: how long, how much, and how long with the slow tail.
_TOLD = {
    "time": [
        *((f"ready, {when}", f"ready (ms), {when}") for when in VISITS),
        *((f"first paint with the result, {when}", f"first paint (ms), {when}") for when in VISITS),
        *((f"in tasks of over 50 ms, {when}", f"in long tasks (ms), {when}") for when in VISITS),
    ],
    "bytes": [
        ("over the wire, first visit, all that is kept included", f"over the wire (KB), {FIRST}"),
        *((f"over the wire, {when}", f"over the wire (KB), {when}") for when in VISITS[1:]),
    ],
    "keys": [
        ("keystroke to patched, what is seen", "keystroke to patched, folded (ms)"),
        ("the same with everything unfolded", "keystroke to patched, unfolded (ms)"),
        ("keystroke to frame", "keystroke to frame, folded (ms)"),
        ("keystroke in a cell of a table of 1,000 rows", "keystroke in a cell of 1,000 rows (ms)"),
        ("10,000 rows pasted, to their AUC", "paste of 10,000 rows to result (ms)"),
        ("100,000 labels and scores pasted, to their AUC", "paste of 100,000 labels and scores to result (ms)"),
        ("longest task of that", "longest task of that (ms)"),
    ],
}


def show(rows: list[dict[str, Any]]) -> None:
    """The rows as README.md has them, on the terminal."""
    ours = {(row["speed"], row["measure"]): row for row in rows if row["page"] == OURS}
    for speed in (FULL, SLOW):
        print(f"\n| at {speed.name} | {OURS} | {' | '.join(f'÷ {each}' for each in BASELINES.values())} |")
        print(f"|---|---|{'---|' * len(BASELINES)}")
        for kind, told in _TOLD.items():
            for label, measured in told:
                row = ours[speed.name, measured]
                # Without scripts the page is ready when it is there: what divides by that says nothing.
                against = [
                    each for each in BASELINES if each in row["ratio"] and not (each == STATIC and "ready" in label)
                ]
                ratios = (f"{_three(row['ratio'][each])} ×" if each in against else "" for each in BASELINES)
                print(f"| {label} | {_figure(kind, row)} | {' | '.join(ratios)} |")


def _figure(kind: str, row: dict[str, Any]) -> str:
    if kind == "bytes":
        return f"{row['median'] / 1000:.2f} MB" if row["median"] else "0"
    if kind == "keys":
        return f"{_duration(row['median'])}, p95 {_duration(row['p95'])}"
    low, high = (_duration(row[end]) for end in ("min", "max"))
    return f"{_duration(row['median'])} ({low}–{high})"


def _duration(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.2f} s" if milliseconds >= 1000 else f"{_three(milliseconds)} ms"


def _three(value: float) -> str:
    """Two decimals at the most, three digits or what stands before the point."""
    if not value:
        return "0"
    return f"{value:.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


def main() -> None:
    """Measure, print, and leave the figures in build/bench.json."""
    with sync_playwright() as playwright:
        rows = report(measure(playwright.chromium, find_browser.provide()))
    show(rows)
    write(BUILD / "bench.json", json.dumps(rows, indent=1, ensure_ascii=False).encode())
    print(f"\nIn full: {BUILD.name}/bench.json")


if __name__ == "__main__":
    main()
