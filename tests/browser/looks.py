"""What is seen of a page as a whole: its outputs, all its tables; by everyone."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as TooLong

from app.calculators.registry import load
from app.page import rendering
from app.vocabulary import link
from tests import reading

EXACT = "pruning"
"""Of the others' functions the last digit depends on the C library."""

# Tables off the screen follow one by one.
_DIFFERENT = """([slug, regions, exact]) => Object.keys(regions).filter((name) => {
  const shown = [...document.getElementById(`${slug}-${name}`).querySelectorAll("data")].map((each) => each.value);
  const same = (one, other) => one === other || (!exact && Math.abs(one - other) <= 1e-9 * Math.abs(other) + 1e-12);
  return shown.length !== regions[name].length || !shown.every((value, at) => same(value, regions[name][at]));
})"""


def outputs(page: Page, slug: str) -> dict[str, Any]:
    """Every output of a calculator at full precision; stale ones are left out."""
    found: dict[str, str] = page.evaluate(
        "(slug) => Object.fromEntries([...document.querySelectorAll(`#${slug} output`)]"
        ".map((output) => [output.getAttribute('name'), output.querySelector('data').value]))",
        slug,
    )
    return {name: reading.value_of(value) for name, value in found.items() if value}


def expected(slug: str, **raw: str) -> dict[str, Any]:
    """What CPython makes of the same inputs: every output is seen at once (tests/unit/calculators/test_contract.py)."""
    calculator = load(slug)
    return reading.outputs(rendering.render(calculator, calculator.defaults | raw).now)


def until_all_follows(page: Page, fragment: str) -> None:
    """Wait until every region of a calculator has the figures that CPython renders for a link."""
    slug, raw = link.read(fragment)
    calculator = load(slug)
    regions = rendering.regions(calculator, calculator.defaults | raw)
    figures = {name: reading.read(html).figures for name, html in regions.items() if not name.startswith("sheet-")}
    wanted = [slug, figures, slug == EXACT]
    try:
        page.wait_for_function(f"(all) => !({_DIFFERENT})(all).length", arg=wanted, timeout=10_000)
    except TooLong:
        assert page.evaluate(_DIFFERENT, wanted) == [], fragment


def unfold(page: Page) -> None:
    """Open all that is folded."""
    page.eval_on_selector_all("details", "(all) => all.forEach((fold) => { fold.open = true })")


FURTHER_ROWS = {"exclude": [["tbody tr:nth-child(n+5):not([aria-current])"]]}
"""Rows like those before them. axe takes long for each cell, and tests/browser/test_calculators.py has it go through
them all: what changes how all rows look need not.
"""


def check_for_everyone(page: Page, but: dict[str, Any] | None = None) -> None:
    """axe finds nothing (`but` in what is left out), and nothing sticks out sideways, where it is narrow and light and
    where it is wide and dark. tests/unit/test_style.py says that the other two differ from these in nothing that could
    matter.
    """
    for width, scheme in ((375, "light"), (1280, "dark")):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page, but)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, scheme
