"""The shape of a table: its line of heads, if it has one, and rows that are all as long.

A line of heads is one whose cells stand above columns that they do not belong to: a word above numbers, or the names
0, 1, 2 that pandas gives to columns without one. R leaves out the head of its row names.

>>> shape("x y\\n1 0.1 0.2\\n2 0.3 0.4")
Shape(heads=('', 'x', 'y'), rows=(('1', '0.1', '0.2'), ('2', '0.3', '0.4')))
>>> shape("0,1,kind\\n5.1,3.5,a\\n4.9,3.1,b").heads
('0', '1', 'kind')
>>> shape("a;b\\n0,5;1.234,5").rows
(('0.5', '1234.5'),)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

from app.vocabulary import table
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.heads import known
from app.vocabulary.table import Row, Rows
from app.vocabulary.tables.facts import MISSING, is_number


class Shape(NamedTuple):
    """A table: the line of heads as it was written, () where there is none, and the rows below it."""

    heads: Row
    rows: Rows

    @property
    def width(self) -> int:
        """How many columns it has."""
        return len(self.heads) or max(map(len, self.rows), default=0)

    def head(self, at: int) -> str:
        """The head of a column, or nothing."""
        return self.heads[at] if at < len(self.heads) else ""


_last: list[tuple[Shape, tuple[Row, ...]]] = []
"""The table that was last looked at by its columns, and these: one entry, or none. A cache that compares tables cell by
cell would take as long as looking at them.
"""


def columns(found: Shape) -> tuple[Row, ...]:
    """The cells of every column."""
    if not _last or _last[0][0] is not found:
        table.forget_numbers()
        _last[:] = [(found, tuple([tuple(map(itemgetter(at), found.rows)) for at in range(found.width)]))]
    return _last[0][1]


_shapes: list[tuple[str, Shape]] = []
"""The present text and its shape: one entry, or none."""


def shape(text: str) -> Shape:
    """The shape of a text. Raises `Invalid` for one that is too large, and for a row that is longer or shorter than the
    line of heads.
    """
    if not text:  # and what is remembered stays
        return Shape((), ())
    if not _shapes or _shapes[0][0] != text:
        _shapes[:] = [(text, _shape(text))]
    return _shapes[0][1]


def ahead(text: str) -> Iterator[None]:
    """Find the shape of a text and its columns, in slices: they are remembered."""
    if not _ARFF.match(text[:10_000]):
        table.rows(_uncommented(text))
        yield
    columns(shape(text))
    yield


def written(rows: Rows, found: Shape) -> str | None:
    """The text on one line of a table, or of some `rows` of it, which need not be read again: it is known what that
    would find. None where its first row would no longer be one of heads, or would become one.
    """
    whole = (found.heads, *rows) if found.heads else rows
    text = table.write(whole)
    widths = {found.width} if rows is found.rows else None
    again = _headed(whole, False, widths) if whole and not _ARFF.match(text[:10_000]) else None
    if again is None or again.heads != found.heads:
        return None
    table.remember(text, whole)
    _shapes[:] = [(text, found if rows is found.rows else again)]
    return text


def _shape(text: str) -> Shape:
    arff = _ARFF.match(text[:10_000])
    if arff:
        return _arff(text)
    text = _uncommented(text)
    lined = table.is_lined(text)
    rows = table.rows(text)
    if not rows:
        return Shape((), ())
    if lined:
        rows = _without_empty_ends(_without_title(rows))
        rows = _as_numbers_are_written_here(rows, text)
    return _headed(rows, lined)


_COMMENT = re.compile(r"\A\s*#[ \t]*(?=[^\r\n]*[\r\n])")
"""What NumPy puts before a line of heads."""


def _uncommented(text: str) -> str:
    return _COMMENT.sub("", text, count=1)


def _headed(rows: Rows, lined: bool, widths: Set[int] | None = None) -> Shape:
    """The shape of rows, of which those below the first have these `widths`, if that is known."""
    first, below = rows[0], rows[1:]
    if not below:
        return Shape(first, ()) if _all_known(first) else Shape((), rows)
    widths = widths or {*map(len, below)}
    width = usual(map(len, below)) if len(widths) > 1 else max(widths)
    short = lined and widths == {len(first) + 1} and _names_all_but_the_first(first, below)
    if not short and not _is_heads(first, below, width, lined):
        if lined:
            most = usual(map(len, rows))
            _check(most, rows, f"most have {most:,}")
        return Shape((), table.squared(rows))
    heads = ("", *first) if short else first
    if len(heads) < width and not any(any(row[len(heads) :]) for row in below):
        below = tuple([row[: len(heads)] for row in below])
    if widths != {len(heads)}:
        _check(len(heads), below, f"there are {len(heads):,} heads")
    return Shape(heads, below)


def usual(widths: Iterable[int]) -> int:
    """How many cells most rows have; of numbers of cells that are as frequent, the largest."""
    counts = Counter(widths)
    return max(counts, key=lambda width: (counts[width], width))


def _check(width: int, rows: Rows, others: str) -> None:
    """Refuse rows that are longer or shorter than `others`, which have `width` cells."""
    if {*map(len, rows)} <= {width}:
        return
    wrong = [place for place, row in enumerate(rows) if len(row) != width]
    place = wrong[0]
    size = len(rows[place])
    more = f" And {len(wrong) - 1:,} more rows." if len(wrong) > 1 else ""
    comma = " Where a comma is the decimal mark, part the cells by semicolons or tabs." if size > width else ""
    raise Invalid(
        f"Row {place + 1} has {size:,} cell{'' if size == 1 else 's'}, and {others}:"
        f" “{shorten(', '.join(rows[place]))}”. Every row needs as many, an empty one too.{more}{comma}",
        cells={(at, min(len(rows[at]), width)): "Not as long as the others." for at in wrong[:100]},
    )


def _without_title(rows: Rows) -> Rows:
    """The rows without a title above them: up to three lines in which one cell alone is filled, with a word."""
    return rows[next((at for at in range(min(4, len(rows) - 1)) if not _is_title(rows[at])), 0) :]


def _is_title(row: Row) -> bool:
    return bool(row[0]) and not any(row[1:]) and len(row) != 2 and not is_number(row[0])


def _without_empty_ends(rows: Rows) -> Rows:
    """The rows without the columns at their end in which nothing stands."""
    used = max((at + 1 for row in rows for at, cell in enumerate(row) if cell), default=0) if _ends_empty(rows) else 0
    if not used:
        return rows
    return tuple([row[:used] for row in rows])


def _ends_empty(rows: Rows) -> bool:
    longest = max(map(len, rows))
    return not any(row[-1] for row in rows if len(row) == longest)


# --- the line of heads ---


def _all_known(row: Row) -> bool:
    """Whether a single row is one of heads: all of its cells are words that heads have."""
    return len(row) > 1 and all(known(cell) for cell in row)


def _is_heads(first: Row, below: Rows, width: int, lined: bool) -> bool:
    """Whether the first row names the columns below it. In a table that is typed, a single word may be a slip."""
    if len(first) < 2 and width > 1:
        return False
    most = max(4, min(_SAMPLE, 100 * _SAMPLE // max(width, 1)))
    sample = below if len(below) <= most else (*below[: most // 2], *below[-most // 2 :])
    columns = [[row[at] for row in sample if at < len(row) and row[at]] for at in range(len(first))]
    naming = [cell for cell, cells in zip(first, columns, strict=True) if _names(cell, cells)]
    numbers = any(map(is_number, first))
    again = not lined and any(cell in cells for cell, cells in zip(first, columns, strict=True) if not is_number(cell))
    if naming and not again and (lined or not numbers or any(map(known, naming))):
        return True
    if _counts(first) and not _belongs(first, columns):
        return True
    if numbers:
        return False
    # Words above words: heads are known as such, or stand nowhere below where few words come again and again.
    if any(known(cell) for cell in first):
        return not any(cell in cells for cell, cells in zip(first, columns, strict=True))
    return False


_SAMPLE = 400
"""Rows that are looked at to tell a line of heads."""


def _names(cell: str, below: Sequence[str]) -> bool:
    """Whether a cell is a name above numbers."""
    if not cell or is_number(cell) or cell.casefold() in MISSING or cell in ("∞",):
        return False
    filled = [each for each in below if each.casefold() not in MISSING]
    return bool(filled) and sum(map(is_number, filled)) > len(filled) / 2 and not _infinite(cell)


def _infinite(cell: str) -> bool:
    return cell.lstrip("+-−").casefold() in ("inf", "infinity", "∞")


def _counts(first: Row) -> bool:
    """Whether the cells of a row that are numbers count 0, 1, 2 or 1, 2, 3, as names that nobody gave do."""
    numbers = [cell for cell in first if is_number(cell)]
    return len(numbers) > 1 and numbers in ([str(at) for at in range(start, start + len(numbers))] for start in (0, 1))


def _belongs(first: Row, columns: Sequence[Sequence[str]]) -> bool:
    """Whether the cells of a row that counts may be of their columns all the same: whole numbers stand below each,
    and a word that is there stands below too.
    """
    if first[0] == "" and len(first) > 2:
        return False
    words = [(cell, below) for cell, below in zip(first, columns, strict=True) if cell and not is_number(cell)]
    if any(cell not in below and (known(cell) or len({*below}) <= len(below) / 2) for cell, below in words):
        return False
    numbers = [(cell, below) for cell, below in zip(first, columns, strict=True) if is_number(cell)]
    fractions = sum(any("." in each for each in below) and all(map(is_number, below)) for _, below in numbers)
    return not (fractions == len(numbers) or (fractions > 2 and fractions >= len(numbers) - 1))


def _names_all_but_the_first(first: Row, below: Rows) -> bool:
    """Whether a row with one cell fewer than those below has the heads of all but the first, as R writes it."""
    names = [row[0] for row in below]
    columns = [[row[at] for row in below if at < len(row)] for at in range(1, len(first) + 1)]
    named = any(_names(cell, cells) for cell, cells in zip(first, columns, strict=True))
    return len({*names}) == len(names) and (named or (not any(map(is_number, first)) and all(first)))


# --- numbers ---

_AMOUNT = re.compile(r"[+-−]?[\d.,'’ \u00a0\u202f]*\d[\d.,'’ \u00a0\u202f]*(?:[eE][+-]?\d+)?\s*%?")
_COMMA_IS_DECIMAL = re.compile(
    r"[+-−]?(?:\d{1,3}(?:[.'’ \u00a0\u202f]\d{3})+,\d+|\d*,\d{1,2}|\d*,\d{4,}|0,\d+|\d*,\d+[eE][+-]?\d+)\s*%?"
)
_COMMA_IS_NONE = re.compile(
    r"[+-−]?(?:\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:,\d{3}){2,}|\d*\.\d{1,2}|\d*\.\d{4,}|0\.\d+)\s*%?"
)
_DOTS = re.compile(r"[+-−]?\d{1,3}(?:\.\d{3})+")


def _as_numbers_are_written_here(rows: Rows, text: str) -> Rows:
    """The rows with decimal points for the decimal commas of a table that has them. One cell tells for all: 1,234 is
    more than a thousand or more than one, and 0,5 beside it says which.
    """
    if _has_no_decimal_commas(text) or "," not in "".join(chain.from_iterable(rows)):
        return rows
    amounts = {cell for row in rows for cell in row if ("," in cell or "." in cell) and _AMOUNT.fullmatch(cell)}
    with_comma = [cell for cell in amounts if "," in cell]
    decimal = any(map(_COMMA_IS_DECIMAL.fullmatch, with_comma))
    none = any(map(_COMMA_IS_NONE.fullmatch, amounts))
    if none or not with_comma or not (decimal or table.mark_of(text) == ";" or text[:4].casefold() == "sep="):
        return rows
    ours = {cell: _point(cell) for cell in amounts if "," in cell or _DOTS.fullmatch(cell)}
    return tuple([tuple([ours.get(cell, cell) for cell in row]) for row in rows])


def _has_no_decimal_commas(text: str) -> bool:
    """Whether commas are known to part the cells: then none is within one."""
    return '"' not in text and "sep=" not in text[:20].casefold() and table.mark_of(text) == ","


def _point(cell: str) -> str:
    """An amount with a decimal comma, as it is written here."""
    return re.sub(r"[.'’ \u00a0\u202f](?=\d)", "", cell).replace(",", ".")


# --- WEKA ---

_ARFF = re.compile(r"\s*(?:%[^\n]*\n\s*)*@(?:relation|attribute)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\s*@attribute\s+(?:'([^']*)'|"([^"]*)"|(\S+))""", re.IGNORECASE)


def _arff(text: str) -> Shape:
    """The table of a file as WEKA writes it: its attributes are the heads."""
    start = re.search(r"(?im)^\s*@data[^\n]*\n?", text)
    if start is None:
        raise Invalid("There are attributes, as WEKA writes them, and no rows: they stand below a line “@data”.")
    named = filter(None, map(_ATTRIBUTE.match, text[: start.start()].splitlines()))
    heads = tuple(next(filter(None, each.groups()), "") for each in named)
    data = re.sub(r"(?m)^\s*%[^\n]*\n?", "", text[start.end() :])
    rows = tuple([tuple([cell.strip("'") for cell in row]) for row in table.rows(f"{data}\n")])
    if any("{" in row[0] for row in rows):
        raise Invalid("The rows are sparse, as {1 x, 3 y}: save the file in WEKA as CSV.")
    _check(len(heads), rows, f"there are {len(heads):,} heads")
    return Shape(heads, rows)
