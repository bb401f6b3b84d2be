"""Every calculator by itself, and the way from one to another. A new one is tested by being in the registry."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sklearn.metrics import silhouette_score

from app.calculators.registry import CALCULATORS, load
from app.vocabulary.calculator import Calculator
from tests import reading
from tests.browser.looks import check_for_everyone, expected, outputs, unfold, until_all_follows
from tests.browser.opening import Open

ALL = [load(slug) for slug in CALCULATORS]
every_calculator = pytest.mark.parametrize("calculator", ALL, ids=list(CALCULATORS))
OTHERS = list(CALCULATORS)[1:]


@every_calculator
def test_it_opens_by_its_link_and_shows_what_cpython_computes(open_page: Open, calculator: Calculator) -> None:
    page = open_page(f"#{calculator.slug}")
    expect(page.locator(f"#{calculator.slug}")).to_be_visible()
    for other in CALCULATORS:
        if other != calculator.slug:
            expect(page.locator(f"#{other}")).to_be_hidden()
    assert outputs(page, calculator.slug) == reading.close(expected(calculator.slug))


@every_calculator
def test_it_has_all_its_parts(open_here: Open, calculator: Calculator) -> None:
    page = open_here(f"#{calculator.slug}")
    section = page.locator(f"#{calculator.slug}")
    for heading in (
        "Formula",
        "Worked example, with your numbers",
        "About",
        "How to use",
        "Why use it",
        "Questions",
        "References",
        "Related tools",
    ):
        expect(section.get_by_role("heading", name=heading, exact=True)).to_have_count(1)
    expect(section.locator(".related li")).to_have_count(len(CALCULATORS) - 1)
    assert section.locator("math").count() >= 2
    assert section.locator(".references li").count() >= 3


@every_calculator
def test_every_citation_leads_to_its_reference(open_here: Open, calculator: Calculator) -> None:
    page = open_here(f"#{calculator.slug}")
    section = page.locator(f"#{calculator.slug}")
    targets = section.locator("a.cite").evaluate_all("(links) => links.map((link) => link.getAttribute('href'))")
    assert len(set(targets)) >= 3
    for target in set(targets):
        assert page.locator(f"[id='{target[1:]}']").count() == 1, target


@every_calculator
def test_a_bad_value_gets_its_message_keeps_its_text_and_leaves_no_figure(
    open_here: Open, calculator: Calculator
) -> None:
    page = open_here(f"#{calculator.slug}")
    section = page.locator(f"#{calculator.slug}")
    known = section.locator("output data:not([value=''])")
    unfold(page)
    for field in calculator.fields:
        if field.control not in ("text", "table"):
            continue
        box = section.locator(f"[name={field.name}]")
        box.fill("nonsense ∞")
        if field.search:
            box.blur()  # until then it may be on its way to a name
        expect(box).to_have_attribute("aria-invalid", "true")
        expect(box).to_have_value("nonsense ∞")
        expect(page.locator(f"#{calculator.slug}-{field.name}-message")).not_to_be_empty()
        expect(known).to_have_count(0)  # what is out of sight follows after a frame
        box.fill(field.default)
        expect(box).not_to_have_attribute("aria-invalid", "true")
    until_all_follows(page, f"#{calculator.slug}")
    assert outputs(page, calculator.slug) == reading.close(expected(calculator.slug))
    box.fill("nonsense ∞")  # whichever field it is: no table knows
    expect(section.locator("data:not([value=''])")).to_have_count(0)


@every_calculator
def test_axe_finds_nothing_and_nothing_sticks_out(open_here: Open, calculator: Calculator) -> None:
    page = open_here(f"#{calculator.slug}")
    unfold(page)
    until_all_follows(page, f"#{calculator.slug}")
    check_for_everyone(page)


# --- from one to another ---


def test_switching_takes_no_reload_and_keeps_what_was_typed(open_page: Open) -> None:
    page = open_page("#pruning?params=7B")
    page.evaluate("window.same = true")
    for slug in OTHERS:
        page.evaluate("scrollTo({ top: 500, behavior: 'instant' })")
        at = page.evaluate(
            """slug => new Promise((done) => {
              addEventListener("hashchange", () => done(scrollY), { once: true });
              document.querySelector(`.banner nav a[href='#${slug}']`).click();
            })""",
            slug,
        )
        assert at == 0, "nothing slides past"
        expect(page.locator(f"#{slug}")).to_be_visible()
        expect(page.locator("#pruning")).to_be_hidden()
        expect(page.locator(".banner nav a[aria-current=page]")).to_have_attribute("href", f"#{slug}")
        assert page.title() == load(slug).title
        assert outputs(page, slug) == reading.close(expected(slug))
    page.locator(".banner nav a[href='#pruning']").click()
    expect(page.locator("#pruning [name=params]")).to_have_value("7B")
    assert page.url.endswith("#pruning?params=7B")
    assert page.evaluate("window.same")


def test_a_way_elsewhere_is_not_undone_by_what_was_typed_just_before(open_here: Open) -> None:
    page = open_here("")
    page.fill("#pruning [name=params]", "7B")
    page.evaluate("location.hash = 'roc-auc'")
    expect(page.locator("#roc-auc")).to_be_visible()
    page.wait_for_timeout(500)  # the address follows after 250 ms
    assert page.url.endswith("#roc-auc")
    expect(page.locator("#roc-auc")).to_be_visible()
    # The address would follow just when it is changed by another: the way there goes on.
    page.fill("#roc-auc [name=points]", "0.1,0.6")
    page.evaluate(
        """() => {
          const write = history.pushState;
          history.pushState = (...step) => { window.written = true; write.apply(history, step); };
          location.hash = 'silhouette';
          dispatchEvent(new PageTransitionEvent('pagehide'));
        }"""
    )
    expect(page.locator("#silhouette")).to_be_visible()
    assert page.evaluate("delete history.pushState; window.written") is None
    assert page.url.endswith("#silhouette")


def test_back_and_forward_go_from_one_to_another(open_here: Open) -> None:
    page = open_here("")
    page.locator(".banner nav a[href='#roc-auc']").click()
    page.fill("#roc-auc [name=points]", "0.1,0.6")
    page.wait_for_url(re.compile("points=0.1,0.6$"))
    page.locator(".banner nav a[href='#silhouette']").click()
    page.fill("#silhouette [name=a]", "0.2")
    page.wait_for_url(re.compile(r"#silhouette\?a=0\.2$"))
    page.go_back()
    page.go_back()
    expect(page.locator("#roc-auc")).to_be_visible()
    expect(page.locator("#roc-auc [name=points]")).to_have_value("0.1,0.6")
    page.go_forward()
    page.go_forward()
    expect(page.locator("#silhouette [name=a]")).to_have_value("0.2")


def test_a_related_tool_is_one_click_away(open_here: Open) -> None:
    page = open_here("")
    page.locator("#pruning-related a", has_text="Silhouette").click()
    expect(page.locator("#silhouette h1")).to_be_in_viewport()


def test_a_jump_within_a_calculator_keeps_its_address(open_here: Open) -> None:
    page = open_here("#threshold-cost?cost_fn=20")
    page.locator("#threshold-cost a.cite").first.click()
    assert page.url.endswith("#threshold-cost?cost_fn=20")
    expect(page.locator("#threshold-cost [name=cost_fn]")).to_have_value("20")


# --- the contract's own cases ---


def test_the_cases_that_the_contract_names(open_here: Open) -> None:
    page = open_here("#roc-auc?points=0.1,0.5;0.2,0.7;0.5,0.9")
    assert outputs(page, "roc-auc")["auc"] == pytest.approx(0.80)
    assert outputs(page, "roc-auc")["gini"] == pytest.approx(0.60)
    page = open_here("#roc-auc?points=0,0;0,.5;1,1")
    assert outputs(page, "roc-auc")["auc"] == pytest.approx(0.75)
    page = open_here("#threshold-cost?cost_fp=1&cost_fn=10&prevalence=10%25")
    assert outputs(page, "threshold-cost")["threshold"] == pytest.approx(1 / 11)
    assert outputs(page, "threshold-cost")["expected_cost"] > 0
    page = open_here("#roc-auc?scores=label,one,two;1,0.9,0.4;0,0.3,0.7;1,0.7,0.6;0,0.8,0.5;1,0.4,0.9;0,0.1,0.2")
    found = outputs(page, "roc-auc")
    assert {"auc", "auc_low", "auc_high", "auc_b", "p_value", "average_precision"} <= found.keys()
    assert (found["auc"], found["auc_b"]) == (pytest.approx(7 / 9), pytest.approx(6 / 9))
    page.locator("#roc-auc").get_by_role("button", name="Copy to cite").click()
    expect(page.locator("#roc-auc-said")).to_contain_text("AUC 0.778, 95% CI")
    page = open_here("#silhouette?a=0.3&b=0.7")
    assert outputs(page, "silhouette")["silhouette"] == pytest.approx(0.4 / 0.7)
    page = open_here("#silhouette?points=0,0;0.1,0;1,1")
    assert outputs(page, "silhouette")["silhouette"] == pytest.approx((0.9 + 8 / 9 + 0) / 3)


# --- long computations ---

CLOUD = """(count) => {
  let seed = 1;
  const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const row = (_, i) => [chance() + (i % 2), chance(), i % 2].join();
  return Array.from({ length: count }, row).join('\\n');
}"""


def put_points(page: Page, count: int) -> None:
    text = page.evaluate(CLOUD, count)
    page.eval_on_selector(
        "#silhouette [name=points]",
        """(box, text) => {
          const data = new DataTransfer();
          data.setData('text/plain', text);
          box.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        text,
    )


MEASURED = re.compile(r" [1-9]\d?%")
"""What is said once some points are measured."""


def gone(page: Page) -> None:
    """Wait until no script runs beside the page: a browser may let one go on for a moment that is told to end."""
    for _ in range(100):
        if not page.workers:
            return
        page.wait_for_timeout(100)
    pytest.fail("the script beside the page goes on")


def score(count: int) -> float:
    """The mean silhouette of such points, by scikit-learn."""
    chance = [1]

    def draw() -> float:
        chance[0] = chance[0] * 16807 % 2147483647
        return chance[0] / 2147483647

    return float(silhouette_score([[draw() + at % 2, draw()] for at in range(count)], [at % 2 for at in range(count)]))


def test_twenty_thousand_points_are_computed_while_the_page_lives(open_here: Open) -> None:
    page = open_here("#silhouette")
    put_points(page, 20_000)
    working = page.locator("#silhouette-working")
    expect(working).to_be_visible()
    expect(working).to_contain_text("%")
    expect(page.locator("#silhouette output[name=silhouette]")).to_have_attribute("data-stale", "")
    # No figure, word or picture of the points before stands as the answer for these.
    expect(page.locator("#silhouette :is(output, td) data:not([value=''])")).to_have_count(0)
    expect(page.locator("#silhouette-verdict")).to_contain_text("No answer yet")
    expect(page.locator("#silhouette .verdict")).to_have_css("opacity", "1")  # it is of these points, and to be read
    page.fill("#silhouette [name=a]", "0.25")  # the page can be used in the meantime
    expect(page.locator("#silhouette [name=a]")).to_have_value("0.25")
    expect(working).to_be_hidden(timeout=60_000)
    assert -1 <= outputs(page, "silhouette")["silhouette"] <= 1
    expect(page.locator("#silhouette output[name=silhouette]")).not_to_have_attribute("data-stale", "")


def test_a_long_computation_can_be_stopped_and_gone_on_with_by_a_worker_and_without(open_here: Open) -> None:
    page = open_here("#silhouette")
    put_points(page, 20_000)
    working = page.locator("#silhouette-working")
    expect(working).to_contain_text(MEASURED)
    working.get_by_role("button", name="Cancel").click()
    expect(working).to_contain_text("Stopped")
    shown = working.locator("progress").get_attribute("value")
    page.wait_for_timeout(300)
    assert working.locator("progress").get_attribute("value") == shown
    gone(page)
    expect(page.locator("#silhouette output[name=silhouette]")).to_have_attribute("data-stale", "")
    working.get_by_role("button", name="Go on").click()
    expect(working).to_be_hidden(timeout=60_000)
    put_points(page, 50)
    expect(working).to_be_hidden(timeout=10_000)
    wanted = pytest.approx(score(1000), abs=1e-12)
    put_points(page, 1000)
    expect(page.locator("#silhouette-verdict")).to_contain_text("1,000 points")
    assert len(page.workers) == 1, "the script beside the page"
    assert outputs(page, "silhouette")["silhouette"] == wanted
    put_points(page, 20_000)
    expect(working).to_contain_text(MEASURED)
    working.get_by_role("button", name="Cancel").click()
    gone(page)
    page.evaluate("() => { window.kept = Worker; delete window.Worker; }")
    try:
        put_points(page, 1000)
        expect(page.locator("#silhouette-verdict")).to_contain_text("1,000 points", timeout=60_000)
    finally:
        page.evaluate("() => { window.Worker = kept; }")
    assert page.workers == []
    assert outputs(page, "silhouette")["silhouette"] == wanted


@pytest.mark.expects_console_errors
def test_where_the_script_beside_the_page_does_not_arrive_python_computes(page: Page, open_page: Open) -> None:
    page.route("**/inner_loops.js", lambda route: route.abort())
    open_page("#silhouette")
    put_points(page, 1000)
    expect(page.locator("#silhouette-verdict")).to_contain_text("1,000 points", timeout=60_000)
    assert page.workers == []
    assert outputs(page, "silhouette")["silhouette"] == pytest.approx(score(1000), abs=1e-12)
