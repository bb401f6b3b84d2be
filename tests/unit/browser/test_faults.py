"""Faults of ours: each is seen and logged, takes back what it concerns and no more, and is over with the next input."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.page.grid import Cell
from tests.fake_browser import Browser
from tests.unit.browser.conftest import Open, Switch, click, type_into, verdict
from tools.paths import ROOT

RESET = 'data-action="reset"'
WHOLE = {"parse": "while reading “Number”", "compute": "while computing", "view": "while writing the answer"}


def faulty(browser: Browser, part: str = "", slug: str = "demo") -> bool:
    """Whether a calculator, or a part of it, is marked as at fault."""
    marks = [on for name, *what, on in browser.done if name == "mark_fault" and what == [slug, part]]
    return bool(marks) and marks[-1]


def assert_owned(browser: Browser, doing: str, slug: str = "demo") -> None:
    """All figures are taken back, and the page says that it failed, at what, and the way on."""
    assert f"the page failed {doing}" in verdict(browser, slug)
    assert "a fault of this page, not of what you typed" in verdict(browser, slug)
    assert RESET in verdict(browser, slug)
    assert ("take_back", slug) in browser.done
    assert faulty(browser, slug=slug)
    assert browser.console
    assert "Traceback" in browser.console[-1]
    assert browser.state == "ready"


def assert_answers(browser: Browser, slug: str = "demo") -> None:
    """The next input is answered, in full."""
    browser.html.clear()
    browser.console.clear()
    type_into(browser, "x", "21", slug)
    browser.wait()
    for name in ("verdict", "cards", "first", "second", "worked"):
        assert 'value="42.0"' in browser.html[f"{slug}-{name}"], name
    assert not faulty(browser, slug=slug)
    assert not any(faulty(browser, part, slug) for part in ("first", "second", "fixed", "worked"))
    assert browser.console == []
    assert browser.state == "ready"


# --- of the whole answer ---


@pytest.mark.parametrize("part", WHOLE)
def test_a_fault_at_a_keystroke(open_page: Open, switch: Switch, part: str) -> None:
    browser = open_page()
    switch.fail(part)
    type_into(browser, "x", "3")
    browser.wait(250)
    assert_owned(browser, WHOLE[part])
    assert f"planted in {part}" in browser.console[0]
    assert 'value="3"' in browser.html["demo-field-x"]
    assert browser.location.hash == "#demo?x=3"
    switch.faults.clear()
    assert_answers(browser)


@pytest.mark.parametrize("part", WHOLE)
def test_a_fault_at_the_start_with_a_link(open_page: Open, switch: Switch, part: str) -> None:
    switch.fail(part)
    browser = open_page("#demo?x=3&name=beta&extra=5&points=7;8")
    assert_owned(browser, WHOLE[part])
    for name, text in (("x", "3"), ("name", "beta"), ("extra", "5"), ("points", "7;8")):
        assert text in browser.html[f"demo-field-{name}"]
    assert browser.times("put_rows", "demo-rows-points") == 1
    assert ("unfold", "demo-fold-more") in browser.done
    switch.faults.clear()
    assert_answers(browser)


@pytest.mark.parametrize("part", WHOLE)
def test_reset_leads_out_of_a_fault_and_changes_the_address(open_page: Open, switch: Switch, part: str) -> None:
    switch.fail(part)
    browser = open_page("#demo?x=3")
    switch.faults.clear()
    click(browser, action="reset")
    browser.wait()
    assert browser.location.hash == "#demo"
    assert 'value="2.0"' in browser.html["demo-cards"]
    assert not faulty(browser)


def test_a_fault_of_the_defaults_is_seen_though_the_build_has_figures(open_page: Open, switch: Switch) -> None:
    switch.fail("compute")
    browser = open_page()
    assert_owned(browser, "while computing")
    click(browser, action="reset")
    assert_owned(browser, "while computing")
    switch.faults.clear()
    browser.follow("#demo")
    browser.wait()
    assert 'value="2.0"' in browser.html["demo-cards"]
    assert_answers(browser)


def test_a_fault_in_a_later_slice(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.slices = 3
    switch.fail("slice 1")
    type_into(browser, "x", "3")
    assert browser.done[-1][0] == "computing"
    browser.wait()
    assert_owned(browser, "while computing")
    assert browser.times("computed") == 1
    switch.slices = 0
    assert_answers(browser)


def test_what_is_wrong_besides_is_still_said(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.fail("compute")
    type_into(browser, "points", "a")
    assert_owned(browser, "while computing")
    assert "A cell is wrong" in browser.html["demo-field-points"]


def test_the_same_fault_again_is_said_again_and_typing_goes_on(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.fail("compute")
    for text in ("3", "4"):
        type_into(browser, "x", text)
        assert_owned(browser, "while computing")
    browser.wait(250)
    assert browser.location.hash == "#demo?x=4"
    type_into(browser, "name", "bet")
    assert "Beta" in browser.html["demo-list-name"]
    click(browser, action="choose", field="name", value="beta")
    assert browser.html["demo-list-name"] == ""


def test_a_fault_before_the_page_has_come_to_rest(open_page: Open, switch: Switch) -> None:
    browser = open_page(at_once=True)
    switch.fail("compute")
    type_into(browser, "x", "3")
    click(browser, action="reset")
    switch.faults.clear()
    made = len(switch.made)
    browser.wait()
    assert len(switch.made) == made, "what the page shows is not what the build made"
    assert_answers(browser)


def test_a_fault_of_one_calculator_is_none_of_another(open_page: Open, switch: Switch) -> None:
    browser = open_page("#demo?x=3")
    browser.follow("#other?x=4")
    switch.fail("compute")
    type_into(browser, "x", "5", "other")
    switch.faults.clear()
    assert_owned(browser, "while computing", "other")
    assert ("take_back", "demo") not in browser.done
    browser.follow("#demo?x=6")
    assert 'value="12.0"' in browser.html["demo-cards"]
    assert faulty(browser, slug="other")


# --- of a calculator that does not start ---


def test_a_calculator_that_does_not_start_says_so_and_the_others_go_on(open_page: Open, switch: Switch) -> None:
    switch.fail("load other")
    browser = open_page("#other?x=3")
    assert browser.state == "ready"
    assert "does not start" in verdict(browser, "other")
    assert faulty(browser, slug="other")
    assert "planted in load other" in browser.console[0]
    browser.follow("#demo?x=3")
    assert_answers(browser)


def test_one_that_starts_the_next_time_answers_then(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.fail("rows")  # its table, as it begins
    browser.follow("#other")
    browser.wait()
    assert "does not start" in verdict(browser, "other")
    switch.faults.clear()
    browser.follow("#demo")
    browser.follow("#other")
    browser.wait()
    assert 'value="2.0"' in browser.html["other-cards"]
    assert_answers(browser, "other")


# --- of one part ---


@pytest.mark.parametrize("on_screen", [True, False])
@pytest.mark.parametrize("part", ["first", "second", "fixed", "worked"])
def test_a_fault_in_one_part_takes_back_that_part_only(
    open_page: Open, switch: Switch, part: str, on_screen: bool
) -> None:
    browser = open_page("#demo?x=2", at_once=True, on_screen={part} if on_screen else set())
    browser.wait()
    switch.fail(part)
    browser.html.clear()
    type_into(browser, "x", "none" if part == "fixed" else "3")  # one that is always the same is made anew as unknown
    browser.wait()
    assert [each for each in browser.done if each[0] == "take_back"] == [("take_back", "demo", part)]
    said = browser.html["demo-worked" if part == "worked" else f"demo-{part}-bar"]
    assert "a fault of this page, not of what you typed" in said
    assert RESET in said
    assert faulty(browser, part)
    assert not faulty(browser)
    for name in {"first", "second", "worked"} - {part}:
        assert ('data value=""' if part == "fixed" else 'value="6.0"') in browser.html[f"demo-{name}"]
    assert len(browser.console) == 1
    assert browser.state == "ready"
    switch.faults.clear()
    assert_answers(browser)
    assert "fault" not in browser.html.get(f"demo-{part}-bar", "")


def test_a_part_that_failed_is_shown_again_even_if_it_is_as_it_was(open_page: Open, switch: Switch) -> None:
    browser = open_page("#demo?x=3")
    switch.fail("first")
    type_into(browser, "x", "4")
    browser.wait()
    switch.faults.clear()
    browser.html.clear()
    type_into(browser, "x", "3")
    browser.wait()
    assert 'value="6.0"' in browser.html["demo-first"]
    assert "demo-first-downloads" in browser.html
    assert browser.html["demo-first-bar"] == ""


def test_a_fault_in_a_part_of_the_defaults_is_seen(open_page: Open, switch: Switch) -> None:
    switch.fail("first")
    browser = open_page()
    assert faulty(browser, "first")
    assert ("take_back", "demo", "first") in browser.done
    switch.faults.clear()
    assert_answers(browser)


def test_a_fault_in_making_a_file_is_said_beside_its_button(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.fail("download")
    done = browser.times("take_back")
    click(browser, action="download", file="demo.csv")
    assert "a fault of this page" in browser.said["got-demo.csv"]
    assert "planted in download" in browser.console[0]
    assert browser.times("take_back") == done
    switch.faults.clear()
    click(browser, action="download", file="demo.csv")
    assert browser.times("save", "demo.csv") == 1


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_a_fault_in_taking_a_file_keeps_its_text_and_says_so_in_sight(
    open_page: Open, switch: Switch, how: str
) -> None:
    browser = open_page()
    switch.fail("take")
    if how == "drop":
        browser.fire("drop", section="demo", brings_files=True, dropped=[browser.file("a.txt", b"5\n6")])
        browser.read(b"5\n6")
        assert browser.said["demo-taken-extra"] == "a.txt cannot be used."
    else:
        browser.fire("paste", section="demo", name="extra", pasted="5\n6")
    assert 'value="5 6"' in browser.html["demo-field-extra"]
    assert "a fault of this page" in browser.html["demo-field-extra"]
    assert "No answer yet: Extra" in verdict(browser)
    assert ("unfold", "demo-fold-more") in browser.done
    assert "planted in take" in browser.console[0]
    switch.faults.clear()
    type_into(browser, "extra", "7")
    assert_answers(browser)


def test_a_fault_in_a_list_is_said_in_its_place_and_typing_goes_on(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.fail("list")
    type_into(browser, "name", "bet")
    assert "a fault of this page" in browser.html["demo-list-name"]
    assert "It is" in verdict(browser) or verdict(browser) == ""
    browser.wait(250)
    assert browser.location.hash == "#demo?name=bet"
    browser.fire("keydown", section="demo", key=("name", "bet", "ArrowDown"))
    browser.fire("focusout", section="demo", is_combobox=True)
    assert browser.html["demo-list-name"] == ""
    click(browser, action="list", field="name")
    assert "a fault of this page" in browser.html["demo-list-name"]
    assert not faulty(browser)
    assert {"planted in list" in each for each in browser.console} == {True}
    switch.faults.clear()
    assert_answers(browser)


def test_a_fault_in_the_rows_of_a_table(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.fail("rows")
    type_into(browser, "points", "5;6")
    assert_owned(browser, "while writing the answer")
    assert "5;6" in browser.html["demo-field-points"]
    browser.fire("paste", section="demo", cell=("points", Cell(1, 0)), pasted="1\n2")
    assert_owned(browser, "at what was done last")
    switch.faults.clear()
    assert_answers(browser)


def test_a_fault_in_writing_the_link_is_said_and_stops_nothing(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = open_page()
    monkeypatch.setattr("app.vocabulary.link.write", lambda *_: 1 / 0)
    type_into(browser, "x", "3")
    assert 'value="6.0"' in browser.html["demo-cards"]
    browser.wait(250)
    assert browser.location.hash == "#demo"
    assert "a fault of this page" in browser.said["demo-said"]
    assert "ZeroDivisionError" in browser.console[0]
    type_into(browser, "name", "beta")
    click(browser, action="copy-link")
    browser.follow("#other")
    assert not faulty(browser)


def test_an_address_that_the_browser_refuses_takes_no_figure_back(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = open_page()
    monkeypatch.setattr(browser.dom.history, "pushState", lambda *_: 1 / 0)
    type_into(browser, "x", "3")
    browser.wait(250)
    assert "a fault of this page" in browser.said["demo-said"]
    type_into(browser, "x", "4")
    type_into(browser, "name", "beta")
    assert 'value="8.0"' in browser.html["demo-cards"]
    assert 'value="beta"' in browser.html["demo-field-name"]
    assert not browser.times("take_back")


# --- of the page itself: whatever the browser calls is guarded ---


def test_a_fault_in_an_event_is_owned_by_the_calculator_that_is_seen(open_page: Open) -> None:
    browser = open_page("#other?x=3")
    browser.fire("input", section="other", cell=("no such table", Cell(0, 0)))
    assert_owned(browser, "at what was done last", "other")
    assert_answers(browser, "other")


def test_a_fault_in_a_timer_is_owned(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    with monkeypatch.context() as patch:
        patch.setattr("app.browser.regions.Regions.show_table", lambda *_: 1 / 0)
        browser.wait()
    assert_owned(browser, "at what was done last")
    assert_answers(browser)


def test_a_fault_in_a_promise_is_owned(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = open_page()
    with monkeypatch.context() as patch:
        patch.setattr("app.page.upload.decoded", lambda *_: 1 / 0)
        browser.fire("drop", section="demo", brings_files=True, dropped=[browser.file("a.txt", b"5")])
        browser.read(b"5")
    assert_owned(browser, "at what was done last")
    assert_answers(browser)


def test_a_fault_in_what_the_browser_tells_of_the_screen_is_owned(open_page: Open) -> None:
    browser = open_page()
    browser.observers[0](None, None)
    assert_owned(browser, "at what was done last")
    assert_answers(browser)


def test_a_fault_in_the_start_itself_leaves_a_page_that_answers(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("app.vocabulary.link.read", lambda _: 1 / 0)
        browser = open_page("#demo?x=3")
    assert browser.state == "ready"
    assert "does not start" in verdict(browser)
    browser.follow("#demo?x=3")
    assert_answers(browser)


def test_where_owning_a_fault_fails_too_the_page_says_that_it_answers_no_more(
    open_page: Open, switch: Switch, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = open_page()
    monkeypatch.setattr("app.page.faults.answer", lambda _: 1 / 0)
    switch.fail("compute")
    type_into(browser, "x", "3")
    assert browser.state == "error"
    assert browser.console


def test_the_browser_is_given_nothing_to_call_that_is_not_guarded() -> None:
    names = {"create_proxy", "create_once_callable"}
    allowed = {
        ("dom.py", "_callback"): 1,
        ("dom.py", "_then"): 2,
        ("dom.py", "_of_entry"): 2,
        ("dom.py", "_hand_out"): 1,
        ("dom.py", "_as_png"): 1,
        ("dom.py", "_start"): 1,
    }
    found: dict[tuple[str, str], int] = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
            for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
                if isinstance(call.func, ast.Name) and call.func.id in names:
                    found[path.name, function.name] = found.get((path.name, function.name), 0) + 1
                    guard = call.args[0]
                    assert isinstance(guard, ast.Call)
                    assert ast.unparse(guard.func) == "_guarded"
    assert found == allowed


def test_only_the_seam_knows_the_browser() -> None:
    for path in sorted((ROOT / "app").rglob("*.py")):
        imported = {
            alias.name if isinstance(each, ast.Import) else str(each.module)
            for each in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(each, ast.Import | ast.ImportFrom)
            for alias in each.names
        }
        of_the_browser = {
            each for each in imported if each.split(".")[0] in ("js", "pyodide", "pyodide_js", "pyscript")
        }
        assert not of_the_browser or path == Path(ROOT, "app/browser/dom.py"), path
