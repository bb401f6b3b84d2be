"""How fast the page starts and answers, measured beside baselines in one run. `make bench`. Asserts nothing.

Baselines are PyScript's "hello, world" on the files as npm brings them, on Pyodide and on MicroPython. The rounds take
turns, so that whatever else the machine does falls on all alike; read the ratios, not the milliseconds. Bytes and
times are those of gzip over loopback, with the `max-age=600` that GitHub Pages sends.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import BrowserType, Page, sync_playwright

from tools import find_browser
from tools.build import build
from tools.paths import BUILD, MODULES, write
from tools.serve import serving

ROUNDS = 5
KEYSTROKES = 400
OURS, STOCK, MICRO = "this page", "hello on stock Pyodide", "hello on MicroPython"
HELLO = """<!doctype html><html lang="en"><meta charset="utf-8"><title>hello</title>
<link rel="icon" href="data:,"><script type="module" src="./core/core.js"></script>
<p id="hello"></p>
<script type="{kind}" config='{{"interpreter": "./interpreter/{entry}"}}'>
from pyscript import document
document.getElementById("hello").textContent = "hello"
document.documentElement.dataset.state = "ready"
</script>"""

# Notes, in each page, when Python says that it is ready.
_WATCH = """new MutationObserver(() => {
  if (document.documentElement?.dataset.state === "ready") window.readyAt ??= performance.now();
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-state"] });"""

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
# A file as spreadsheets write it, pasted into the box of a table: the time until its result stands there.
_PASTE = """async (count) => {
  const rows = Array.from({ length: count }, (_, i) => `${i / count},${(i / count) ** (1 + Math.random())}`);
  const box = document.querySelector("#roc-auc [name=points]");
  const shown = () => document.querySelector("#roc-auc output[name=auc] data").value;
  const data = new DataTransfer();
  data.setData("text/plain", ["FPR,TPR", ...rows].join("\\r\\n"));
  const before = shown();
  const start = performance.now();
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  while (shown() === before) await new Promise((resolve) => setTimeout(resolve, 1));
  return performance.now() - start;
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
    samples.push(performance.now() - start);
    if (shown() === before) throw new Error("the cell changed no result");
    await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  }
  return samples;
}"""
_BYTES = """["navigation", "resource"].flatMap((type) => performance.getEntriesByType(type))
  .reduce((sum, entry) => sum + entry.transferSize, 0)"""


@contextmanager
def pages() -> Iterator[dict[str, str]]:
    """The addresses of the page and its baselines."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        sites = {
            OURS: build(),
            STOCK: hello(Path(folder, "stock"), "py", "pyodide", "pyodide.mjs"),
            MICRO: hello(
                Path(folder, "micro"), "mpy", "@micropython/micropython-webassembly-pyscript", "micropython.mjs"
            ),
        }
        yield {name: stack.enter_context(serving(site, cache="max-age=600")) for name, site in sites.items()}


def hello(site: Path, kind: str, package: str, entry: str) -> Path:
    """The smallest PyScript page on the interpreter of `package`, its files untouched."""
    shutil.copytree(MODULES / "@pyscript/core/dist", site / "core", ignore=shutil.ignore_patterns("*.map"))
    shutil.copytree(MODULES / package, site / "interpreter", ignore=shutil.ignore_patterns("*.map"))
    write(site / "index.html", HELLO.format(kind=kind, entry=entry).encode())
    return site


def visit(page: Page, address: str) -> float:
    """Milliseconds from the start of the navigation until Python is ready."""
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("html[data-state=ready]", state="attached")
    page.wait_for_timeout(500)  # let the browser put its compiled code away
    return float(page.evaluate("readyAt"))


def measure(chromium: BrowserType, browser: str) -> dict[str, dict[str, list[float]]]:
    """Samples by measure and page."""
    samples: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with pages() as addresses:
        for turn in range(ROUNDS):
            for name, address in addresses.items():
                with tempfile.TemporaryDirectory() as profile:
                    context = chromium.launch_persistent_context(profile, executable_path=browser)
                    context.add_init_script(_WATCH)
                    page = context.new_page()
                    samples["ready, first visit (ms)"][name].append(visit(page, address))
                    samples["over the wire, first visit (KB)"][name].append(page.evaluate(_BYTES) / 1000)
                    samples["ready, next visits (ms)"][name] += [visit(page, address), visit(page, address)]
                    if name == OURS:
                        page.goto("about:blank")
                        page.goto(f"{address}#pruning?structure=unstructured")
                        page.wait_for_selector("html[data-state=ready]", state="attached")
                        for state in ("folded", "unfolded"):
                            if state == "unfolded":
                                page.evaluate(_UNFOLD)
                            times = page.evaluate(_TYPE, KEYSTROKES // ROUNDS)
                            samples[f"keystroke to patched, {state} (ms)"][name] += [patched for patched, _ in times]
                            samples[f"keystroke to frame, {state} (ms)"][name] += [painted for _, painted in times]
                        page.goto("about:blank")
                        page.goto(f"{address}#roc-auc")
                        page.wait_for_selector("html[data-state=ready]", state="attached")
                        for rows in (10_000, 1000):
                            samples[f"paste of {rows:,} rows to result (ms)"][name].append(page.evaluate(_PASTE, rows))
                            page.wait_for_timeout(500)
                        cells = page.evaluate(_TYPE_CELL, KEYSTROKES // ROUNDS)
                        samples["keystroke in a cell of 1,000 rows (ms)"][name] += cells
                    context.close()
            print(f"round {turn + 1} of {ROUNDS}", flush=True)
    return samples


def report(samples: dict[str, dict[str, list[float]]]) -> list[dict[str, object]]:
    """One row for every measure of every page, with its ratio to each baseline."""
    rows: list[dict[str, object]] = []
    for measured, by_page in samples.items():
        middle = {name: statistics.median(values) for name, values in by_page.items()}
        for name, values in by_page.items():
            rows.append(
                {
                    "measure": measured,
                    "page": name,
                    "median": middle[name],
                    "min": min(values),
                    "max": max(values),
                    "p95": statistics.quantiles(values, n=20, method="inclusive")[-1],
                    "samples": len(values),
                    "ratio": {other: middle[name] / middle[other] for other in middle if other != name},
                }
            )
    return rows


def show(rows: list[dict[str, object]]) -> None:
    """The rows as a table on the terminal."""
    print(f"\n{'':36}{'':25}{'median':>9}{'min–max':>18}{'p95':>9}   ratio")
    for row in rows:
        ratios = row["ratio"] if row["page"] == OURS else {}
        assert isinstance(ratios, dict)
        spread = f"{row['min']:.1f}–{row['max']:.1f}"
        against = ", ".join(f"{ratio:.2f} × {other}" for other, ratio in ratios.items())
        print(f"{row['measure']:36}{row['page']:25}{row['median']:9.1f}{spread:>18}{row['p95']:9.1f}   {against}")


def main() -> None:
    """Measure, print, and leave the figures in build/bench.json."""
    with sync_playwright() as playwright:
        rows = report(measure(playwright.chromium, find_browser.provide()))
    show(rows)
    write(BUILD / "bench.json", json.dumps(rows, indent=1, ensure_ascii=False).encode())
    print(f"\nIn full: {BUILD.name}/bench.json")


if __name__ == "__main__":
    main()
