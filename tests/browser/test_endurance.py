"""A page that is used for long, in a browser: mixed inputs over all calculators, gone through again, leave nothing.
tests/unit/browser/test_endurance.py goes through many times as many, without the browser.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from app.calculators.registry import CALCULATORS, load
from app.vocabulary import link
from tests import cases, depth
from tests.browser.checkpoints import check_counted, pruned
from tests.browser.looks import until_all_follows
from tests.browser.opening import LAST, Open
from tests.checkpoints import safetensors_of
from tests.endurance import count_objects
from tools import find_browser

ROUNDS, KEYSTROKES = depth.cases(1, 10), 330
"""Of each of three stretches: in a round every calculator is used in every way; then keys are pressed that wait for
nothing, in all a thousand.
"""

WAYS = ("follow", "type", "follow", "fold", "follow", "type", "reset")
"""A link that is followed, boxes that are typed into and left, all that is folded, the way back to the defaults."""

USE = """async ([slug, acts]) => {
  const turn = () => new Promise((done) => setTimeout(done));
  const go = (hash) => location.hash === hash || new Promise((done) => {
    addEventListener("hashchange", done, { once: true });
    location.hash = hash;
  });
  const section = document.getElementById(slug);
  await go(`#${slug}`);
  for (const [how, given] of acts) {
    if (how === "follow") await go(given);
    for (const [name, text] of how === "type" ? Object.entries(given) : []) {
      const box = section.querySelector(`[name=${name}]`);
      box.focus();
      box.value = text;
      box.dispatchEvent(new Event("input", { bubbles: true }));
      await turn();
      box.blur();
    }
    if (how === "fold") for (const fold of section.querySelectorAll("details")) fold.open = !fold.open;
    if (how === "fold") await new Promise((done) => requestAnimationFrame(done));
    if (how === "reset") section.querySelector("[data-action=reset]").click();
    await turn();
  }
}"""
PRESS = """(count) => {
  const box = document.querySelector("[name=params]");
  for (let i = 0; i < count; i++) {
    box.value = `${i % 90 + 1}B`;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
}"""

# The page's own Python, as whoever imports it once more is given it.
PYTHON = """async () => {
  const { loadPyodide } = await import(document.querySelector("script[src*='python.js']").src);
  window.python = await loadPyodide({ stdout: console.log, stderr: console.warn });
}"""
COUNT = f"{inspect.getsource(count_objects)}\ncount_objects()"
HELD = "(count) => [python.runPython(count), python._module.HEAPU8.length]"


class Held(NamedTuple):
    """What a page holds."""

    python_objects: int
    python_bytes: int
    listeners: int
    nodes: int
    script_bytes: int


def acts(slug: str) -> Iterator[list[tuple[str, Any]]]:
    """What is done in a calculator, round by round, as `USE` does it."""
    calculator = load(slug)
    typed = {field.name for field in calculator.fields if field.control in ("text", "table")}
    made = cases.made(slug, ROUNDS * len(WAYS))
    for _ in range(ROUNDS):
        some: list[tuple[str, Any]] = []
        for how, raw in zip(WAYS, made, strict=False):
            texts = {name: text for name, text in raw.items() if name in typed}
            some.append((how, link.write(slug, raw, calculator.defaults) if how == "follow" else texts))
        yield some


def use(page: Page, checkpoint: Path) -> None:
    """Go through a stretch, with a checkpoint counted, and come back to where it began."""
    for together in zip(*map(acts, CALCULATORS), strict=True):
        for slug, some in zip(CALCULATORS, together, strict=True):
            page.evaluate(USE, [slug, some])
    page.evaluate(USE, ["pruning", []])
    check_counted(page, checkpoint)
    page.evaluate(PRESS, KEYSTROKES)
    for slug in CALCULATORS:
        page.evaluate(USE, [slug, [("reset", None)]])
        page.eval_on_selector_all(f"#{slug} details", "(all) => all.forEach((fold) => { fold.open = false })")
        until_all_follows(page, f"#{slug}")
    page.wait_for_timeout(500)  # the address follows after 250 ms


def held(page: Page, session: CDPSession) -> Held:
    python = page.evaluate(HELD, COUNT)
    session.send("HeapProfiler.collectGarbage")
    found = {each["name"]: int(each["value"]) for each in session.send("Performance.getMetrics")["metrics"]}
    return Held(*python, found["JSEventListeners"], found["Nodes"], found["JSHeapUsedSize"])


@pytest.fixture(scope="module")
def browser(launch_browser: Callable[..., Browser]) -> Iterator[Browser]:
    """One that optimises what it runs often, as a page is used for long here."""
    with launch_browser(args=[*find_browser.STEADY]) as browser:
        yield browser


@pytest.mark.deep
def test_stretch_after_stretch_leaves_nothing_behind(open_page: Open, tmp_path: Path) -> None:
    checkpoint = tmp_path / "pruned.safetensors"
    checkpoint.write_bytes(safetensors_of(pruned([0, 1])))
    page = open_page(LAST)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    page.evaluate(PYTHON)
    found = []
    for _ in range(3):
        use(page, checkpoint)
        found.append(held(page, session))
    # The first stretch fills what is bounded: the changes that can be undone, and what the browser keeps of scripts
    # that have run, of which there is still a little more after the second: 0.6% after the third, then 0.3%.
    first, second, last = found
    assert last.listeners == first.listeners, found
    assert last.nodes <= 1.01 * first.nodes, found
    assert last.script_bytes <= 1.025 * second.script_bytes, found
    assert last.python_objects <= 1.002 * first.python_objects, found  # a timer that waits, or not
    assert last.python_bytes <= 1.21 * first.python_bytes, f"it grew twice, by a fifth each time: {found}"
