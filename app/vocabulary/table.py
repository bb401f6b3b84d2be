"""Tables as text. In a link and in a box, rows are parted by ";" and cells by ",": `0.1,0.5;0.2,0.7`. From a
spreadsheet or a file they come as lines, with tabs, semicolons or commas between the cells.

>>> rows("0.1,0.5;0.2,0.7")
(('0.1', '0.5'), ('0.2', '0.7'))
>>> rows("FPR;TPR\\n0,1;0,5\\n")
(('FPR', 'TPR'), ('0,1', '0,5'))
>>> write([("0,1", "0.5"), ("a;b", "")])
'"0,1",0.5;"a;b",'

Pure, and fast where a table is large: a hundred thousand rows are read in one pass, and a column of plain numbers in
another.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import TypeAlias

from app.vocabulary.calculator import Invalid

Row: TypeAlias = tuple[str, ...]
Rows: TypeAlias = tuple[Row, ...]

MOST_ROWS = 100_000
"""Below a line of heads."""

MOST_CHARACTERS = 20_000_000
"""What a page can hold, and more than anybody types."""

_SPECIAL = re.compile(r'[,;"\n\r\t]')


def is_block(text: str) -> bool:
    """Whether a text that is pasted into a cell is more than one.

    >>> is_block("0.5"), is_block("0,5"), is_block("1\\t2"), is_block("1,2;3,4")
    (False, False, True, True)
    """
    return any(mark in text.strip() for mark in "\n\r\t;")


@lru_cache(maxsize=4)
def rows(text: str) -> Rows:
    """The cells of a table, each without the spaces around it.

    Lines are rows where there are lines or tabs, blank ones left out; their cells are parted by tabs, else by
    semicolons, else by commas. A text on one line has its rows parted by semicolons and its cells by commas; there a
    blank row is one that is being typed, and only those at the end are left out. Raises `Invalid` for too many rows.
    """
    text = text.strip().removeprefix("\ufeff")
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"The table is too large: keep it below {MOST_CHARACTERS // 1_000_000} MB.")
    lined = any(mark in text for mark in "\n\r\t")
    if '"' in text:
        found = _quoted(text, lined)
    else:
        lines = text.splitlines() if lined else text.split(";")
        mark = _mark(text) if lined else ","
        found = [line.split(mark) for line in lines]
    spaced = len(text.split(maxsplit=1)) > 1  # else there is nothing to strip, which takes as long as all the rest
    stripped = [tuple(map(str.strip, row)) for row in found] if spaced else [tuple(row) for row in found]
    if lined:
        stripped = [row for row in stripped if any(row)]
    while stripped and not any(stripped[-1]):
        stripped.pop()
    if len(stripped) > MOST_ROWS + 1:  # a line of heads aside
        raise Invalid(f"The table has {len(stripped):,} rows: keep it to {MOST_ROWS:,}.")
    return tuple(stripped)


def _mark(text: str) -> str:
    """What parts the cells of a line: what the first lines have of it."""
    head = text[:4000]
    return next((mark for mark in "\t;" if mark in head), ",")


def _quoted(text: str, lined: bool) -> list[list[str]]:
    """Rows of a table in which a cell stands in quotes, as spreadsheets write one that holds a mark."""
    if lined:
        return list(
            csv.reader(text.splitlines(), delimiter=_mark(re.sub(r'"[^"]*"', "", text[:4000])), skipinitialspace=True)
        )
    # The module parts cells, not rows: each row is a line to it once the semicolons outside quotes are line ends.
    pieces = re.split(r'("(?:[^"]|"")*")', text)
    lines = "".join(piece if at % 2 else piece.replace(";", "\n") for at, piece in enumerate(pieces))
    return [row or [""] for row in csv.reader(lines.splitlines(), skipinitialspace=True)]


def write(table: Iterable[Sequence[str]]) -> str:
    """The table on one line, for a box and a link."""
    return ";".join(map(_line, table))


def _line(row: Sequence[str]) -> str:
    text = ",".join(row)
    plain = text.count(",") < max(len(row), 1) and not (";" in text or '"' in text or "\n" in text or "\t" in text)
    return text if plain and "\r" not in text else ",".join(map(_cell, row))


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def csv_text(heads: Sequence[str], table: Iterable[Sequence[object]]) -> str:
    """A CSV file that spreadsheets open: a line of heads, then the rows."""
    return "".join(",".join(_csv_cell(str(cell)) for cell in row) + "\r\n" for row in (heads, *table))


def _csv_cell(text: str) -> str:
    # A spreadsheet takes a text that begins so for a formula (OWASP, "CSV Injection"); a number may begin with a sign.
    if text and (text[0] in "=@\t\r" or (text[0] in "+-" and not _is_number(text))):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def plain_numbers(cells: Sequence[str]) -> list[float] | None:
    """Every cell as a number, or None where one of them is not plainly one: then each is to be looked at by itself.

    >>> plain_numbers(["0.1", "1e-3"]), plain_numbers(["0,1"]), plain_numbers(["nan"]), plain_numbers(["1_0"])
    ([0.1, 0.001], None, None, None)
    """
    try:
        found = [*map(float, cells)]
    except ValueError:
        return None
    total = sum(found)
    if total - total != 0 or any("_" in cell for cell in cells):  # not finite, or as Python alone writes it
        return None
    return found


def column(
    table: Rows, at: int, read: Callable[[str], float], wrong: dict[tuple[int, int], str], within: tuple[float, float]
) -> list[float]:
    """One column of numbers. A cell that `read` refuses counts as 0, and its message is put into `wrong` by row and
    column, both from 0. A whole column of plain numbers between the two ends `within` is taken as it is.
    """
    cells = [row[at] if at < len(row) else "" for row in table]
    found = plain_numbers(cells)
    if found is not None and (not found or (within[0] <= min(found) and max(found) <= within[1])):
        return found
    values = []
    for place, cell in enumerate(cells):
        try:
            values.append(read(cell))
        except Invalid as invalid:
            wrong[place, at] = str(invalid)
            values.append(0.0)
    return values


def refuse(wrong: dict[tuple[int, int], str], names: Sequence[str]) -> None:
    """Raise `Invalid` for the cells that are wrong, if any: it speaks of the first and says how many more there are."""
    if not wrong:
        return
    (row, at), message = min(wrong.items())
    more = f" And {len(wrong) - 1:,} more." if len(wrong) > 1 else ""
    raise Invalid(f"Row {row + 1}, {names[min(at, len(names) - 1)]}: {message}{more}", cells=wrong)


def headed(table: Rows, names: Sequence[Sequence[str]]) -> Rows:
    """The table without its line of heads, with its columns in the order of `names`, if its first row is such a line:
    one that holds a name of every column that must be there. Each of `names` has the words for one column, in any case,
    "" among them if it may be absent. Columns of other names are left out.

    >>> headed((("TPR", "id", "fpr"), ("0.5", "a", "0.1")), (("fpr",), ("tpr",)))
    (('0.1', '0.5'),)
    >>> headed((("0.1", "0.5"),), (("fpr",), ("tpr",)))
    (('0.1', '0.5'),)
    """
    if not table:
        return table
    heads = [" ".join(re.sub(r"[^\w\s%]", " ", cell.casefold()).split()) for cell in table[0]]
    places = [next((heads.index(word) for word in words if word and word in heads), None) for words in names]
    absent = [words for words, place in zip(names, places, strict=True) if place is None and "" not in words]
    if absent or all(place is None for place in places):
        return table
    kept = [place for place in places if place is not None]
    return tuple(tuple(row[at] if at < len(row) else "" for at in kept) for row in table[1:])


def squared(table: Rows) -> Rows:
    """The table with every row as long as the longest.

    >>> squared((("a",), ("b", "c")))
    (('a', ''), ('b', 'c'))
    """
    if len({len(row) for row in table}) < 2:
        return table
    return tuple(zip(*zip_longest(*table, fillvalue=""), strict=True))
