"""What keys, pasting and buttons make of the cells of a table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.page.form import SHEET_ROWS
from app.page.grid import Caret, Cell, first_row, moved, pasted, typed, whole, without
from app.page.history import Change
from app.vocabulary.table import Rows

INSIDE = Caret(False, False, False, False)
AT_ENDS = Caret(True, True, False, False)

blocks = st.lists(st.tuples(st.text("ab", max_size=2), st.text("ab", max_size=2)), min_size=1, max_size=4).map(tuple)


@pytest.mark.parametrize(
    ("key", "caret", "to"),
    [
        ("Enter", INSIDE, (2, 1)),
        ("Enter", INSIDE._replace(shift=True), (0, 1)),
        ("ArrowDown", INSIDE, (2, 1)),
        ("ArrowUp", INSIDE, (0, 1)),
        ("ArrowLeft", INSIDE, None),
        ("ArrowLeft", AT_ENDS, (1, 0)),
        ("ArrowRight", AT_ENDS, (1, 2)),
        ("ArrowRight", INSIDE, None),
        ("PageDown", INSIDE, (3, 1)),
        ("PageUp", INSIDE, (0, 1)),
        ("Home", INSIDE, None),
        ("Home", INSIDE._replace(control=True), (0, 0)),
        ("End", INSIDE._replace(control=True), (3, 0)),
        ("Enter", INSIDE._replace(control=True), None),
    ],
)
def test_keys_go_from_cell_to_cell_as_in_a_spreadsheet(key: str, caret: Caret, to: tuple[int, int] | None) -> None:
    assert moved(Cell(1, 1), key, caret, rows=3, columns=3) == to


def test_no_key_leads_out_of_the_table() -> None:
    assert moved(Cell(0, 0), "ArrowUp", AT_ENDS, 3, 2) is None
    assert moved(Cell(0, 0), "ArrowLeft", AT_ENDS, 3, 2) is None
    assert moved(Cell(3, 1), "Enter", AT_ENDS, 3, 2) is None, "the row to be typed into is the last"
    assert moved(Cell(3, 1), "ArrowRight", AT_ENDS, 3, 2) is None


def made(cells: Rows, change: Change) -> Rows:
    rows = list(cells)
    change.make(rows)
    return tuple(rows)


@given(blocks, blocks, st.integers(0, 5), st.integers(0, 1))
def test_a_block_is_put_over_the_cells_from_a_place_on(cells: Rows, block: Rows, row: int, column: int) -> None:
    at = Cell(min(row, len(cells)), column)
    found = made(cells, pasted(cells, at, block))
    assert len(found) == max(len(cells), at.row + len(block))
    for place, put in enumerate(block, at.row):
        assert found[place][at.column : at.column + 2] == put
    assert found[: at.row] == cells[: at.row]
    assert found[at.row + len(block) :] == cells[at.row + len(block) :]


def test_a_row_is_typed_into_and_removed() -> None:
    cells = (("1", "2"), ("3", "4"))
    assert made(cells, typed(cells, Cell(2, 0), "5")) == (*cells, ("5",))
    assert made(cells, typed(cells, Cell(3, 1), "5")) == (*cells, (), ("", "5"))
    assert made(cells, typed(cells, Cell(1, 2), "5")) == (("1", "2"), ("3", "4", "5"))
    assert made(cells, without(cells, 0)) == (("3", "4"),)
    assert made(cells, without(cells, 2)) == cells
    assert made(cells, whole(cells, (("5",),))) == (("5",),)


@given(st.floats(0, 1e7), st.integers(0, 100_000))
def test_the_rows_on_the_page_are_those_that_are_seen(top: float, rows: int) -> None:
    first = first_row(top, 36, rows)
    assert first >= 0
    seen = min(int(top / 36), rows)
    assert first <= seen < first + SHEET_ROWS or rows + 1 <= seen
