"""Files in, and files out."""

from __future__ import annotations

import pytest

from app.page.grid import Cell
from tests.fake_browser import Browser
from tests.unit.browser.conftest import Open, Switch, click, type_into, verdict


def drop(browser: Browser, *files: tuple[str, bytes], field: str = "", slug: str = "demo") -> None:
    """Drop files on a field or beside all, and let the first be read."""
    dropped = [browser.file(*each) for each in files]
    browser.fire("drop", section=slug, brings_files=True, dropped=dropped, field=field)


def test_a_chosen_file_is_taken_and_said(open_page: Open) -> None:
    browser = open_page()
    file = browser.file("five.txt", b" 5 ")
    browser.fire("change", section="demo", takes="extra", chosen=[file])
    assert browser.html == {}
    browser.read(b" 5 ")
    assert 'value="5"' in browser.html["demo-field-extra"]
    assert browser.said["demo-taken-extra"] == "five.txt read."
    assert ("unfold", "demo-fold-more") in browser.done
    browser.wait(250)
    assert browser.steps == ["", "#demo?extra=5"]
    type_into(browser, "extra", "6")
    assert browser.said["demo-taken-extra"] == ""


@pytest.mark.parametrize(("field", "taker"), [("points", "points"), ("extra", "extra"), ("x", "extra"), ("", "extra")])
def test_a_dropped_file_goes_where_it_is_dropped_else_to_the_first_that_takes_it(
    open_page: Open, field: str, taker: str
) -> None:
    browser = open_page()
    drop(browser, ("a.txt", b"5"), ("b.txt", b"6"), field=field)
    browser.read(b"5")
    assert browser.said[f"demo-taken-{taker}"] == "a.txt read, the first of 2 files."


def test_where_a_file_can_be_dropped_is_shown(open_page: Open) -> None:
    browser = open_page()
    browser.fire("dragover", section="demo")
    assert not browser.times("mark_drop")
    browser.fire("dragover", section="demo", brings_files=True)
    assert browser.done[-1] == ("mark_drop", "demo", True)
    browser.fire("dragover", brings_files=True)
    assert browser.done[-1] == ("mark_drop", "demo", False)
    browser.fire("dragover", section="demo", brings_files=True)
    browser.fire("dragleave", section="demo")
    assert browser.done[-1] == ("mark_drop", "demo", False)
    drop(browser, ("a.txt", b"5"))
    assert ("mark_drop", "demo", False) in browser.done


def test_a_table_is_dropped_and_can_be_undone(open_page: Open) -> None:
    browser = open_page()
    drop(browser, ("a.csv", b"4\n5\n6\n"), field="points")
    browser.read(b"4\n5\n6\n")
    assert "4;5;6" in browser.html["demo-field-points"]
    click(browser, action="undo", field="points")
    assert "1;2" in browser.html["demo-field-points"]


def test_a_file_that_is_too_large_is_not_read(open_page: Open) -> None:
    browser = open_page()
    drop(browser, ("a.txt", b"5" * 21))
    assert not browser.reads
    assert "was not read" in browser.said["demo-taken-extra"]
    assert browser.html == {}


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_file_that_is_no_text_or_cannot_be_read_says_so(open_page: Open, content: bytes | None) -> None:
    browser = open_page()
    drop(browser, ("a.txt", b""))
    if content is None:
        browser.reads[-1].reject()
    else:
        browser.read(content)
    assert "a.txt" in browser.said["demo-taken-extra"]
    assert browser.html == {}
    assert ("unfold", "demo-fold-more") in browser.done


def test_a_refused_file_stands_in_the_box_with_the_reason_in_sight(open_page: Open) -> None:
    browser = open_page()
    drop(browser, ("a.txt", b"bad"))
    browser.read(b"bad")
    assert browser.said["demo-taken-extra"] == "a.txt cannot be used."
    assert "This file has no number." in browser.html["demo-field-extra"]
    assert 'value="bad"' in browser.html["demo-field-extra"]
    assert "No answer yet: Extra" in verdict(browser)
    assert ("unfold", "demo-fold-more") in browser.done
    type_into(browser, "x", "3")
    assert "No answer yet: Extra" in verdict(browser)
    type_into(browser, "extra", "3")
    assert "It is" in verdict(browser)


def test_a_file_is_a_step_of_its_own_however_soon_after_another(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    drop(browser, ("a.txt", b"5"))
    browser.read(b"5")
    type_into(browser, "extra", "6")
    browser.wait(250)
    assert browser.steps == ["", "#demo?x=3", "#demo?x=3&extra=5", "#demo?x=3&extra=6"]


def test_a_text_that_is_a_file_is_pasted_as_one(open_page: Open) -> None:
    browser = open_page()
    assert browser.fire("paste", section="demo", name="extra", pasted="7\n8\n").prevented
    assert "7" in browser.html["demo-field-extra"]
    assert not browser.fire("paste", section="demo", name="extra", pasted="7").prevented
    assert not browser.fire("paste", section="demo", name="x", pasted="7\n8\n").prevented


# --- out ---


def test_a_file_is_made_of_the_present_inputs(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "4")
    click(browser, action="download", file="demo.csv")
    assert browser.done[-1] == ("save", "demo.csv", "double\n8\n")


def test_a_file_that_cannot_be_had_says_why_until_something_changes(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "13")
    click(browser, action="download", file="demo.csv")
    assert browser.said["got-demo.csv"] == "Not in this shape."
    assert not browser.times("save")
    type_into(browser, "x", "4")
    assert browser.said["got-demo.csv"] == ""
    assert browser.console == []


def test_none_is_made_while_the_page_computes(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.slices = 3
    type_into(browser, "x", "4")
    click(browser, action="download", file="demo.csv")
    assert "Still computing" in browser.said["got-demo.csv"]


def test_a_cell_does_not_take_a_file_for_itself(open_page: Open) -> None:
    browser = open_page()
    browser.fire("change", section="demo", cell=("points", Cell(0, 0)))
    assert not browser.reads
