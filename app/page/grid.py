"""What keys, pasting and buttons make of the cells of a table. Pure: (cells, place, what was done) -> change or place.

Keys are those of a spreadsheet: Enter and the arrows go from cell to cell, left and right once the caret is at an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from app.page.form import SHEET_ROWS
from app.page.history import Change
from app.vocabulary.table import Row, Rows

KEYS = frozenset({"Enter", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"})
"""The keys that may lead to another cell."""

PAGE = 10
"""Rows that a page key goes."""

AROUND = 10
"""Rows kept on the page above those that can be seen."""


class Cell(NamedTuple):
    """A place in a table, from 0. The row after the last is the empty one that is typed into."""

    row: int
    column: int


class Caret(NamedTuple):
    """Where the caret stands in a cell's text, and which keys were held."""

    at_start: bool
    at_end: bool
    shift: bool
    control: bool


def typed(cells: Sequence[Row], at: Cell, text: str, width: int = 0) -> Change:
    """One cell changed, in a row that is as long as it takes, and at least `width`.

    >>> typed([("1", "2")], Cell(0, 1), "3").after, typed([], Cell(1, 1), "3").after
    ((('1', '3'),), ((), ('', '3')))
    >>> typed([], Cell(0, 0), "3", 2).after
    (('3', ''),)
    """
    change = pasted(cells, at, ((text,),))
    row = change.after[-1]
    return change._replace(after=(*change.after[:-1], (*row, *[""] * (width - len(row)))))


def without(cells: Sequence[Row], row: int) -> Change:
    """One row taken away."""
    return Change(row, tuple(cells[row : row + 1]), ())


def pasted(cells: Sequence[Row], at: Cell, block: Rows) -> Change:
    """A block put over the table, its first cell at a place.

    >>> pasted((("1", "2"), ("3", "4")), Cell(1, 1), (("a", "b"), ("c", "d")))
    Change(at=1, before=(('3', '4'),), after=(('3', 'a', 'b'), ('', 'c', 'd')))
    """
    first = min(at.row, len(cells))
    before = tuple(cells[first : first + len(block)])
    after: list[Row] = [()] * (at.row - first)
    for row, put in zip_longest(before, block, fillvalue=()):
        start = row[: at.column]
        after.append((*start, *[""] * (at.column - len(start)), *put, *row[at.column + len(put) :]))
    return Change(first, before, tuple(after))


def whole(cells: Sequence[Row], others: Sequence[Row]) -> Change:
    """The table become another."""
    return Change(0, tuple(cells), tuple(others))


def moved(at: Cell, key: str, caret: Caret, rows: int, columns: int) -> Cell | None:
    """The cell that a key leads to from one of a table with `rows` filled rows; None where it stays in the cell."""
    row, column = at
    if key in ("Home", "End"):
        if not caret.control:
            return None
        return Cell(0, 0) if key == "Home" else Cell(rows, 0)
    if caret.control:
        return None
    if key == "ArrowLeft":
        return Cell(row, column - 1) if caret.at_start and column else None
    if key == "ArrowRight":
        return Cell(row, column + 1) if caret.at_end and column + 1 < columns else None
    by = {"Enter": -1 if caret.shift else 1, "ArrowUp": -1, "ArrowDown": 1, "PageUp": -PAGE, "PageDown": PAGE}[key]
    place = min(max(row + by, 0), rows)
    return Cell(place, column) if place != row else None


def first_row(top: float, row_height: float, rows: int) -> int:
    """The first row to be on the page when a table with `rows` filled rows is scrolled down by `top` pixels."""
    seen = int(top / row_height) if row_height > 0 else 0
    return max(0, min(seen - AROUND, rows + 1 - SHEET_ROWS))
