"""The page in Firefox and WebKit: what only another engine can tell. All else is tested in Chromium."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright

from app.calculators.registry import CALCULATORS
from tests import depth, reading
from tests.browser.checkpoints import CHOOSE, COUNTED, SAID, every_way, in_base64, scanned
from tests.browser.checks import check_cases, check_typing
from tests.browser.engines import Engine, Watched, starter
from tests.browser.looks import expected
from tests.browser.test_platform import POLICY
from tools import find_browser, serve
from tools.paths import COPY

Start = Callable[[], Engine]


class Held(Watched):
    """Can keep Python waiting for the calculators."""

    go_on = threading.Event()

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.path.endswith("/app.zip"):
            assert self.go_on.wait(60)
        super().do_GET()


@pytest.fixture(scope="module", params=find_browser.OTHERS)
def start(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Start]:
    absent = find_browser.missing(request.param)
    if absent:
        pytest.skip(f"{request.param} is not here: its tests need {absent}")
    with starter(request.param, playwright) as start:
        yield start


@pytest.fixture(scope="module")
def site(dist: Path) -> Iterator[str]:
    Held.go_on.set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(serve, "Handler", Held)
        with serve.serving(dist) as address:
            yield address


@pytest.fixture(scope="module")
def one(start: Start, site: str) -> Iterator[Engine]:
    """A page for all small questions: what a test needs of it, it asks for by a link."""
    engine = start()
    engine.open(site)
    yield engine
    engine.close()


@pytest.fixture
def page(one: Engine, site: str) -> Iterator[Engine]:
    yield one
    assert one.complaints() == [], "the console must stay clean"
    assert one.strays(site) == [], "requests that leave the page's own folder"


@pytest.fixture
def fresh(start: Start) -> Iterator[Engine]:
    """A page of a visitor who was never here."""
    engine = start()
    yield engine
    complaints = engine.complaints()
    engine.close()
    assert complaints == [], "the console must stay clean"


# --- Python answers, and as it does elsewhere ---


@pytest.mark.deep
@pytest.mark.parametrize("slug", CALCULATORS)
def test_each_calculator_computes_what_cpython_computes(page: Engine, slug: str) -> None:
    check_cases(page, slug, depth.cases(12, 200))
    (found,) = page.follow(f"#{slug}")
    assert found == reading.close(expected(slug))


def test_what_is_typed_before_python_is_there_counts(fresh: Engine, site: str) -> None:
    Held.go_on.clear()
    try:
        fresh.load(f"{site}#pruning?dtype=int8&params=1B")
        fresh.fill("#pruning [name=params]", "13B")
        fresh.click("#pruning [name=structure][value='2:4']")
        assert fresh.evaluate("() => document.documentElement.dataset.state") == "loading"
    finally:
        Held.go_on.set()
    fresh.wait("html[data-state=ready]")
    assert fresh.outputs("pruning") == expected("pruning", params="13B", dtype="int8", structure="2:4")
    fresh.wait_for_value("#pruning [name=params]", "13B")
    fresh.wait_for_value("#pruning [name=dtype]", "int8")
    fresh.wait_for_fragment("#pruning?params=13B&structure=2:4&dtype=int8")


# --- a visitor goes about ---


def test_typing_is_answered_and_back_and_forward_walk_through_it(page: Engine) -> None:
    page.follow("#pruning?dtype=fp16")
    page.fill("#pruning [name=params]", "7B")
    page.wait_for_fragment("#pruning?params=7B&dtype=fp16")
    page.fill("#pruning [name=sparsity]", "0,7")
    page.wait_for_fragment("#pruning?params=7B&sparsity=0,7&dtype=fp16")
    assert page.outputs("pruning") == expected("pruning", params="7B", sparsity="0,7", dtype="fp16")
    page.step(-1)
    page.wait_for_value("#pruning [name=sparsity]", "50%")
    assert page.outputs("pruning") == expected("pruning", params="7B", dtype="fp16")
    page.step(1)
    page.wait_for_value("#pruning [name=sparsity]", "0,7")
    assert page.outputs("pruning") == expected("pruning", params="7B", sparsity="0,7", dtype="fp16")


def test_one_calculator_leads_to_another_and_keeps_what_was_typed(page: Engine) -> None:
    page.follow("#threshold-cost")
    page.fill("#threshold-cost [name=cost_fn]", "20")
    for slug in CALCULATORS:
        page.click(f".banner nav a[href='#{slug}']")
        page.wait(f"#{slug}:not([hidden])")
        assert page.evaluate("() => document.querySelectorAll('section.calculator:not([hidden])').length") == 1
    page.step(-1)
    page.wait("#threshold-cost:not([hidden])")
    page.wait_for_value("#threshold-cost [name=cost_fn]", "20")
    assert page.outputs("threshold-cost") == reading.close(expected("threshold-cost", cost_fn="20"))


def test_a_table_is_typed_and_pasted(page: Engine) -> None:
    text = "#roc-auc [name=points]"
    page.follow("#roc-auc?points=0.1,0.5")
    page.fill("#roc-auc-points-1-0", "0.2")
    page.press("Tab")
    page.write("70%")
    page.wait_for_value(text, "0.1,0.5;0.2,70%")
    page.press("ArrowUp")
    assert page.evaluate("() => document.activeElement.id") == "roc-auc-points-0-1"
    page.paste("#roc-auc-points-1-1", "0.75\n0.95\n")
    page.wait_for_value(text, "0.1,0.5;0.2,0.75;,0.95")
    page.paste("#roc-auc-points-0-0", "FPR\tTPR\r\n0.1\t0.5\r\n0.2\t0.7\r\n0.5\t0.9\r\n")
    page.wait_for_value(text, "FPR,TPR;0.1,0.5;0.2,0.7;0.5,0.9")
    assert page.outputs("roc-auc")["auc"] == pytest.approx(0.80)
    page.press("Control+z")
    page.wait_for_value(text, "0.1,0.5;0.2,0.75;,0.95")


def test_a_checkpoint_is_counted_beside_the_page_however_it_is_written(
    fresh: Engine, site: str, tmp_path: Path
) -> None:
    page = fresh
    page.open(f"{site}#pruning")
    for made in every_way(tmp_path):
        page.evaluate(CHOOSE, in_base64(made))
        page.until(
            True, "(name) => document.getElementById('pruning-taken-params').textContent.includes(name)", made.name
        )
        page.until(COUNTED, SAID)
        assert {name: page.outputs("pruning")[name] for name in scanned(made)} == scanned(made), made.name


# --- without a connection ---


def test_without_its_server_every_calculator_answers(fresh: Engine, dist: Path) -> None:
    with serve.serving(dist) as address:
        fresh.open(address)
        fresh.until("Ready to work offline.", "() => document.getElementById('offline').textContent")
    fresh.reload()
    fresh.wait("html[data-state=ready]")
    check_typing(fresh)


@pytest.fixture(scope="module")
def from_file(start: Start, dist: Path) -> Iterator[Engine]:
    engine = start()
    engine.open((dist / COPY).as_uri())
    yield engine
    complaints, strays = engine.complaints(), engine.strays("file:")
    engine.close()
    assert complaints == [], "the console must stay clean"
    assert strays == [], "nothing is asked for"


def test_the_copy_in_one_file_answers_what_is_typed(from_file: Engine) -> None:
    check_typing(from_file)


@pytest.mark.deep
@pytest.mark.parametrize("slug", CALCULATORS)
def test_the_copy_in_one_file_computes_what_cpython_computes(from_file: Engine, slug: str) -> None:
    check_cases(from_file, slug, depth.cases(3, 200))


# --- the policy, the look ---


def test_the_policy_refuses_what_leaves_the_origin_and_the_console_tells(one: Engine) -> None:
    assert one.complaints() == []
    assert one.evaluate("() => document.querySelector('meta[http-equiv=Content-Security-Policy]').content") == POLICY
    gone = "(address) => fetch(address).then(() => 'answered', () => 'refused')"
    assert one.evaluate(gone, "http://elsewhere.test/") == "refused"
    assert any("elsewhere.test" in complaint for complaint in one.complaints())


def test_the_dark_scheme_can_be_read(page: Engine) -> None:
    page.follow("#pruning")
    assert page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
    colours = "() => ['backgroundColor', 'color'].map((each) => getComputedStyle(document.documentElement)[each])"
    ground, ink = (luminance(colour) for colour in page.evaluate(colours))
    assert (ink + 0.05) / (ground + 0.05) > 7


def luminance(colour: str) -> float:
    """The relative luminance of an opaque colour, as WCAG 2.2 defines it."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)]
    assert len(parts) == 3
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
