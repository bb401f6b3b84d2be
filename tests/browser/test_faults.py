"""A fault of ours in a real browser: seen, contained, and over with the next input. What tests/unit/browser says of
each kind of fault is not said again; here is what only a page can show.

The calculators are the real ones. Whatever they compute, write or draw fails while the page's `planted` names it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect

from app.calculators.registry import CALCULATORS
from app.page import rendering
from tests import cases, reading
from tests.browser.looks import expected, outputs
from tests.browser.opening import LAST, READY, WIDE, WITHOUT_WORKERS, Open, is_complaint
from tools.paths import ROOT

PLANTED = """

from js import window

_load = load


def _check(part):
    if part in str(getattr(window, "planted", "")).split():
        raise ZeroDivisionError(f"planted in {part}")


def _planted(part, call):
    def planted(*arguments):
        _check(part)
        return call(*arguments)

    return planted


def load(slug):
    calculator = _load(slug)

    def view(values, result):
        _check("view")
        found = calculator.view(values, result)
        tables = {slug: _planted(slug, make) for slug, make in found.tables.items()}
        gists = {slug: _planted(f"{slug}-gist", make) for slug, make in found.gists.items()}
        readings = {slug: _planted(f"{slug}-reading", make) for slug, make in found.readings.items()}
        return found._replace(tables=tables, gists=gists, readings=readings, steps=_planted("worked", found.steps))

    fields = tuple(field._replace(parse=_planted("parse", field.parse)) for field in calculator.fields)
    return calculator._replace(compute=_planted("compute", calculator.compute), view=view, fields=fields)
"""
every_calculator = pytest.mark.parametrize("slug", list(CALCULATORS))


def plant(route: Route) -> None:
    """Answer with the program, in which the list of calculators gives those that fail on request. Where a module is
    there as source and as bytecode, Python takes the source.
    """
    response = route.fetch()
    path = "app/calculators/registry.py"
    archive = io.BytesIO(response.body())
    with zipfile.ZipFile(archive, "a") as file:
        assert f"{path}c" in file.namelist()
        file.writestr(path, (ROOT / path).read_text(encoding="utf-8") + PLANTED)
    route.fulfill(body=archive.getvalue(), content_type="application/zip")


@pytest.fixture(scope="module")
def planted(browser: Browser, site: str) -> Iterator[Page]:
    """One page whose calculators fail on request. It may complain of what was planted, and of nothing else."""
    context = browser.new_context()
    context.add_init_script(WITHOUT_WORKERS)
    complaints: list[str] = []
    context.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    page = context.new_page()
    page.route(re.compile(r"/app\.zip"), plant)
    page.goto(site)
    page.wait_for_selector(READY, state="attached")
    yield page
    context.close()
    assert complaints
    assert [each for each in complaints if "planted in" not in each] == []


def fail(page: Page, *parts: str) -> None:
    page.evaluate("(parts) => { window.planted = parts }", " ".join(parts))


def go(page: Page, slug: str) -> None:
    fail(page)
    page.evaluate("(slug) => { location.hash = slug }", slug)
    expect(page.locator(f"#{slug}")).to_be_visible()
    page.locator(f"#{slug} .actions [data-action=reset]").last.click()


def fill(page: Page, slug: str) -> None:
    name, text = cases.typed(slug)
    page.fill(f"#{slug} [name={name}]", "0.3")
    page.fill(f"#{slug} [name={name}]", text)


def expect_no_figure(page: Page, selector: str) -> None:
    expect(page.locator(f"{selector} data:not([value=''])")).to_have_count(0)
    expect(page.locator(f"{selector} output:not([data-stale])")).to_have_count(0)
    expect(page.locator(f"{selector} :is(svg.bar, .plot)")).to_have_count(0)
    expect(page.locator(f"{selector} [data-action=download]:enabled")).to_have_count(0)


def expect_answers(page: Page, slug: str) -> None:
    name, text = cases.typed(slug)
    page.fill(f"#{slug} [name={name}]", text)
    wanted = expected(slug, **{name: text})
    page.wait_for_function(
        "([slug, name]) => !document.querySelector(`#${slug}[data-fault], #${slug} [data-fault]`)", arg=[slug, name]
    )
    assert outputs(page, slug) == reading.close(wanted)
    expect(page.locator(f"#{slug} [data-part] data[value='']")).to_have_count(0)
    assert page.locator("html").get_attribute("data-state") == "ready"


@every_calculator
@pytest.mark.parametrize("part", ["parse", "compute", "view"])
def test_a_fault_leaves_no_figure_keeps_what_was_typed_and_is_over_with_the_next_input(
    planted: Page, slug: str, part: str
) -> None:
    page = planted
    go(page, slug)
    fail(page, part)
    fill(page, slug)
    name, text = cases.typed(slug)
    verdict = page.locator(f"#{slug}-verdict")
    expect(verdict).to_contain_text("a fault of this page, not of what you typed")
    expect_no_figure(page, f"#{slug}")
    expect(page.locator(f"#{slug} [name={name}]")).to_have_value(text)
    expect(page.locator(f"#{slug}")).to_have_attribute("data-fault", "")
    assert page.locator("html").get_attribute("data-state") == "ready"
    fail(page)
    page.fill(f"#{slug} [name={name}]", "0.3")
    expect_answers(page, slug)


@every_calculator
def test_a_fault_in_a_table_takes_back_that_table_and_the_rest_is_of_the_present_inputs(
    planted: Page, slug: str
) -> None:
    page = planted
    go(page, slug)
    parts = page.eval_on_selector_all(f"#{slug} [data-part]", "(all) => all.map((each) => each.dataset.part)")
    lines = [part for part in parts if part.endswith((rendering.GIST, rendering.READ))]
    made = [part for part in parts if part not in (*lines, "pins")]
    broken = {made[0], made[len(made) // 2], "worked", *lines[:1], *lines[-1:]}
    fail(page, *broken)
    fill(page, slug)
    for part in parts:
        place = page.locator(f"#{slug} [data-part='{part}']")
        if part in broken and part in lines:  # there is no room to say more than nothing
            expect(place).to_have_text("")
        elif part in broken:
            expect(place).to_contain_text("a fault of this page")
            expect_no_figure(page, f"#{slug} [data-part='{part}']")
        else:
            expect(place).not_to_contain_text("a fault of this page")
    name, text = cases.typed(slug)
    wanted = expected(slug, **{name: text})
    found = outputs(page, slug)
    assert found == reading.close({key: wanted[key] for key in found})
    assert found
    fail(page)
    page.fill(f"#{slug} [name={name}]", "0.3")
    expect_answers(page, slug)


@pytest.mark.expects_console_errors
def test_a_link_that_fails_at_the_start_is_answered_with_a_message_and_a_way_out(page: Page, site: str) -> None:
    page.route(re.compile(r"/app\.zip"), plant)
    page.add_init_script("if (location.hash.includes('?')) window.planted = 'compute'")
    for visit in ("a link", "a reload"):
        if visit == "a link":
            page.goto(f"{site}#pruning?params=13B&batch=8")
        else:
            page.reload()
        page.wait_for_selector(READY, state="attached")
        expect(page.locator("#pruning-verdict")).to_contain_text("a fault of this page")
        expect(page.locator("#pruning [name=params]")).to_have_value("13B")
        expect(page.locator("#pruning [name=batch]")).to_be_visible()
        expect_no_figure(page, "#pruning")
    page.evaluate("window.planted = ''")
    page.locator("#pruning-verdict").get_by_role("button", name="Reset this calculator").click()
    assert page.url.endswith("#pruning")
    assert outputs(page, "pruning") == expected("pruning")
    page.reload()
    page.wait_for_selector(READY, state="attached")
    assert outputs(page, "pruning") == expected("pruning")


@pytest.mark.parametrize(("scheme", "width"), [("light", 375), ("dark", 1280)])
def test_axe_finds_nothing_in_what_is_said_of_a_fault(planted: Page, scheme: str, width: int) -> None:
    page = planted
    go(page, "roc-auc")
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    for parts in ("compute", "curve worked"):
        fail(page, parts)
        page.set_viewport_size(WIDE)  # where the form is in sight
        fill(page, "roc-auc")
        page.set_viewport_size({"width": width, "height": 800})
        expect(page.locator("#roc-auc .message", has_text="a fault of this page").first).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.set_viewport_size(WIDE)
        fail(page)


@pytest.mark.expects_console_errors
def test_where_python_itself_comes_to_an_end_the_page_says_so_and_offers_the_defaults(open_page: Open) -> None:
    page = open_page(f"{LAST}?a=1&b=2")  # nothing is to come that this Python, which is well, would still answer
    page.evaluate("setTimeout(() => { throw Object.assign(new Error('the end'), { pyodide_fatal_error: true }) })")
    page.wait_for_selector("html[data-state=error]", state="attached")
    status = page.locator("#status")
    expect(status).to_contain_text("The page no longer answers")
    status.get_by_role("button", name="Start from the defaults").click()
    page.wait_for_selector(READY, state="attached")
    assert page.url.endswith(LAST)
    expect(status).to_be_empty()


@pytest.mark.expects_console_errors  # of the file that is never given
def test_a_page_that_cannot_even_own_a_fault_at_the_start_says_so(page: Page, site: str) -> None:
    held: list[Route] = []
    page.route(re.compile(r"/app\.zip"), lambda route: held.append(route))
    page.goto(site)
    page.evaluate("document.documentElement.dataset.state = 'error'")  # as Python would
    expect(page.locator("#status")).to_contain_text("The page no longer answers")
    for route in held:
        route.abort()


@pytest.mark.parametrize(
    "fragment",
    [
        "#silhouette?points=x,cluster;0,1,a;1,1,a;5,5,b;6,1,b",
        "#roc-auc?points=FPR;0.1",
        "#roc-auc?min_fpr=0.9999999999999999",
        "#threshold-cost?cost_fp=5e-324&cost_fn=1",
    ],
)
def test_links_that_once_failed_are_answered(open_here: Open, fragment: str) -> None:
    page = open_here(fragment)
    slug = fragment[1:].partition("?")[0]
    expect(page.locator(f"#{slug}-verdict")).not_to_contain_text("fault")
    page.wait_for_timeout(500)
    expect(page.locator("[data-fault]")).to_have_count(0)
