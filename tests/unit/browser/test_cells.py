"""The cells of a table: typed into, pasted over, taken away, and all of it undone."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from app.page.grid import Caret, Cell
from app.vocabulary import table
from tests.fake_browser import Browser
from tests.unit.browser.conftest import Open, click, type_into, verdict

NONE_HELD = Caret(at_start=False, at_end=False, shift=False, control=False)
CONTROL = NONE_HELD._replace(control=True)


def put(browser: Browser, row: int, column: int, text: str) -> None:
    browser.fire("input", section="demo", cell=("points", Cell(row, column)), text=text)


def paste(browser: Browser, row: int, column: int, text: str) -> bool:
    return browser.fire("paste", section="demo", cell=("points", Cell(row, column)), pasted=text).prevented


def press(browser: Browser, key: str, caret: Caret = NONE_HELD, row: int = 0, column: int = 0) -> bool:
    place = ("points", Cell(row, column))
    return browser.fire(
        "keydown", section="demo", cell=place, key=key, caret=caret, with_control=caret.control
    ).prevented


def text(browser: Browser) -> str:
    """What the address says of the table, once it follows."""
    browser.wait(1000)
    return browser.location.hash.partition("points=")[2].replace("%20", " ")


def last(browser: Browser, what: str) -> tuple[Any, ...]:
    return next(each for each in reversed(browser.done) if each[0] == what)


def test_what_is_typed_becomes_the_text_and_is_marked_where_it_is_wrong(open_page: Open) -> None:
    browser = open_page()
    put(browser, 0, 0, "abc")
    assert last(browser, "mark_cell") == ("mark_cell", "demo-points-0-0", "Not a number.")
    assert "A cell is wrong" in browser.html["demo-field-points"]
    put(browser, 0, 0, "7")
    assert last(browser, "mark_cell") == ("mark_cell", "demo-points-0-0", "")
    assert text(browser) == "7;2"
    assert not browser.times("put_rows")  # the cell that is typed into is left alone


def test_typing_in_the_last_row_adds_one(open_page: Open) -> None:
    browser = open_page()
    put(browser, 2, 0, "3")
    _, place, remover, row = last(browser, "add_row")
    assert place == "demo-points-2-0"
    assert 'data-row="2"' in remover
    assert "demo-points-3-0" in row
    assert text(browser) == "1;2;3"


def test_a_block_is_pasted_from_a_cell_on_and_one_value_is_the_cells_own(open_page: Open) -> None:
    browser = open_page()
    assert paste(browser, 1, 0, "8\t9\n10\t11\n")
    assert text(browser) == "1;8,9;10,11"
    assert not paste(browser, 0, 0, "5")
    assert text(browser) == "1;8,9;10,11"


@pytest.mark.parametrize("typed", [False, True])
def test_a_large_block_is_pasted_in_slices_over_what_was_typed_meanwhile(
    open_page: Open, monkeypatch: pytest.MonkeyPatch, typed: bool
) -> None:
    browser = open_page("#demo?points=1;2;3;4")
    monkeypatch.setattr(sys.modules["app.browser.files"], "LONG", 3)
    assert paste(browser, 2, 0, "8\t9\n10\t11\n")
    assert browser.times("computing", "demo") == 1
    assert browser.times("put_rows") == 1, "of the link"
    if typed:
        put(browser, 0, 0, "7")
    browser.wait(1000)
    assert text(browser) == ("7" if typed else "1") + ";2;8,9;10,11"
    click(browser, action="undo", field="points")
    browser.wait(1000)
    assert text(browser) == ("7" if typed else "1") + ";2;3;4"
    assert paste(browser, 2, 0, 'a\t"b\nc\t')
    browser.wait(1000)
    assert "is never closed" in last(browser, "say")[2]
    assert "It is" in verdict(browser), "what was taken back while it was read is shown again"


def test_several_rows_on_the_first_cell_are_another_table(open_page: Open) -> None:
    browser = open_page()
    assert paste(browser, 0, 0, "4\n5\n6\n")
    assert text(browser) == "4;5;6"


def test_rows_are_removed_cleared_and_everything_can_be_undone(open_page: Open) -> None:
    browser = open_page()
    click(browser, action="remove", field="points", row="0")
    assert text(browser) == "2"
    click(browser, action="clear", field="points")
    assert text(browser) == ""
    click(browser, action="undo", field="points")
    assert text(browser) == "2"
    press(browser, "z", CONTROL)
    assert text(browser) == ""  # the defaults, which the address does not name
    assert 'value="1"' in last(browser, "put_rows")[2]
    press(browser, "y", CONTROL)
    assert text(browser) == "2"
    press(browser, "z", CONTROL._replace(shift=True))
    assert text(browser) == ""
    assert browser.location.hash == "#demo?points="


def test_one_edit_of_a_cell_is_one_step_back(open_page: Open) -> None:
    browser = open_page()
    for typed in ("7", "70", "700"):
        put(browser, 0, 0, typed)
    browser.fire("change", section="demo", cell=("points", Cell(0, 0)))
    put(browser, 0, 0, "7001")
    press(browser, "z", CONTROL)
    assert text(browser) == "700;2"
    press(browser, "z", CONTROL)
    assert text(browser) == ""
    assert browser.location.hash == "#demo"


@pytest.mark.parametrize(
    ("key", "caret", "leads_to"),
    [
        ("Enter", NONE_HELD, "1-0"),
        ("ArrowDown", NONE_HELD, "1-0"),
        ("PageDown", NONE_HELD, "2-0"),
        ("End", CONTROL, "2-0"),
        ("ArrowRight", NONE_HELD._replace(at_end=True), "0-1"),
        ("ArrowRight", NONE_HELD, ""),
        ("ArrowUp", NONE_HELD, ""),
        ("a", NONE_HELD, ""),
        ("a", CONTROL, ""),
    ],
)
def test_keys_lead_from_cell_to_cell(open_page: Open, key: str, caret: Caret, leads_to: str) -> None:
    browser = open_page()
    assert press(browser, key, caret) == bool(leads_to)
    assert browser.times("enter_cell") == bool(leads_to)
    if leads_to:
        assert last(browser, "enter_cell") == ("enter_cell", f"demo-points-{leads_to}")


def test_a_row_is_removed_by_keyboard(open_page: Open) -> None:
    browser = open_page()
    assert press(browser, "Delete", CONTROL, row=1)
    assert text(browser) == "1"


def test_the_text_of_a_large_table_waits_for_a_pause(open_page: Open) -> None:
    browser = open_page()
    paste(browser, 0, 0, "1\n" * 3000)
    browser.done.clear()
    put(browser, 2999, 0, "x")
    assert not browser.times("mark_cell")
    browser.wait(299)
    assert not browser.times("patch", "demo-field-points")
    browser.wait(1)
    assert browser.times("patch", "demo-field-points") == 1
    assert 'data value=""' in browser.html["demo-cards"]  # what was typed is no number


def test_only_the_rows_around_those_that_are_seen_are_on_the_page(open_page: Open) -> None:
    browser = open_page()
    paste(browser, 0, 0, "".join(f"{at}\n" for at in range(3000)))
    assert last(browser, "put_rows")[2].count("<tr") == 40
    browser.fire("scroll", section="demo", sheet="points", scrolled=(36_000.0, 36.0))
    _, place, rows, first, count = last(browser, "put_rows")
    assert (place, first, count) == ("demo-rows-points", 990, 3001)
    assert 'value="1000"' in rows
    done = browser.times("put_rows")
    browser.fire("scroll", section="demo", sheet="points", scrolled=(36_010.0, 36.0))
    assert browser.times("put_rows") == done
    press(browser, "Home", CONTROL, row=1000)
    assert last(browser, "put_rows")[3] == 0


def test_a_link_shows_its_cells(open_page: Open) -> None:
    browser = open_page("#demo?points=5;6;7")
    rows = last(browser, "put_rows")[2]
    assert [f'value="{each}"' in rows for each in ("5", "6", "7", "1")] == [True, True, True, False]
    assert table.rows("5;6;7") == (("5",), ("6",), ("7",))


def test_what_cannot_be_pasted_is_said_and_changes_nothing(open_page: Open) -> None:
    browser = open_page()
    for row in (0, 1):
        browser.done.clear()
        assert paste(browser, row, 0, 'a\t"b\nc\t')
        assert last(browser, "say") == (
            "say",
            "demo-taken-points",
            "Not pasted: Row 1: the quotation mark before “b c” is never closed. Close it, or take it out.",
            True,
        )
        assert not browser.times("put_rows")
        assert text(browser) == ""
    put(browser, 0, 0, "7")
    assert last(browser, "say")[:3] == ("say", "demo-taken-points", "")


def test_what_was_typed_into_the_box_is_undone_as_one_with_the_cells(open_page: Open) -> None:
    browser = open_page()
    put(browser, 0, 0, "7")
    for typed in ("7;2;3", "7;2;34"):
        type_into(browser, "points", typed)
    put(browser, 2, 0, "35")
    assert text(browser) == "7;2;35"
    for before in ("7;2;34", "7;2", ""):
        click(browser, action="undo", field="points")
        assert text(browser) == before
    for after in ("7;2", "7;2;34", "7;2;35"):
        press(browser, "y", CONTROL)
        assert text(browser) == after


def test_a_reset_takes_no_table_away_that_cannot_be_had_back(open_page: Open) -> None:
    browser = open_page()
    paste(browser, 0, 0, "".join(f"{row}\n" for row in range(3000)))
    click(browser, action="reset")
    assert browser.location.hash == "#demo"
    click(browser, action="undo", field="points")
    assert last(browser, "put_rows")[-1] == 3001
