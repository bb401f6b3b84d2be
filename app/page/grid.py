"""What keys, pasting and buttons make of the cells of a table. Pure: (cells, place, what was done) -> cells or place.

Keys are those of a spreadsheet: Enter and the arrows go from cell to cell, left and right once the caret is at an end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.page.form import SHEET_ROWS
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


def typed(cells: Sequence[Row], at: Cell, text: str) -> Row:
    """The row at a place with one cell changed, as long as it takes.

    >>> typed([("1", "2")], Cell(0, 1), "3"), typed([], Cell(0, 1), "3")
    (('1', '3'), ('', '3'))
    """
    row = list(cells[at.row]) if at.row < len(cells) else []
    row += [""] * (at.column + 1 - len(row))
    row[at.column] = text
    return tuple(row)


def without(cells: Sequence[Row], row: int) -> Rows:
    """The table without one row."""
    return (*cells[:row], *cells[row + 1 :])


def pasted(cells: Sequence[Row], at: Cell, block: Rows) -> Rows:
    """The table with a block put over it, its first cell at a place.

    >>> pasted((("1", "2"), ("3", "4")), Cell(1, 1), (("a", "b"), ("c", "d")))
    (('1', '2'), ('3', 'a', 'b'), ('', 'c', 'd'))
    """
    rows = list(cells)
    for offset, put in enumerate(block):
        place = at.row + offset
        row = list(rows[place]) if place < len(rows) else []
        row += [""] * (at.column - len(row))
        row[at.column : at.column + len(put)] = put
        rows[place : place + 1] = [tuple(row)]
    return tuple(rows)


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
