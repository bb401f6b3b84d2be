"""Tables as text. In a link and in a box, rows are separated by ";" and cells by ",": `0.1,0.5;0.2,0.7`. From a
spreadsheet or a file they come as lines, with tabs, semicolons, commas or blanks between the cells.

>>> rows("0.1,0.5;0.2,0.7")
(('0.1', '0.5'), ('0.2', '0.7'))
>>> rows("FPR;TPR\\n0,1;0,5\\n")
(('FPR', 'TPR'), ('0,1', '0,5'))
>>> write([("0,1", "0.5"), ("a;b", "")])
'"0,1",0.5;"a;b",'

A cell that begins with a quotation mark ends at the next one that is not doubled, whatever stands in between. Any text
is a table or is refused with `Invalid`, before anything is made that is larger than a page can hold.

Pure, and fast where a table is large: a hundred thousand rows are read in one pass, and a column of plain numbers in
another.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from io import StringIO
from itertools import chain, islice, repeat, zip_longest
from operator import itemgetter
from typing import TypeAlias

from app.vocabulary.calculator import Invalid, shorten

Row: TypeAlias = tuple[str, ...]
Rows: TypeAlias = tuple[Row, ...]

MOST_ROWS = 100_000
"""Below a line of heads."""

MOST_COLUMNS = 100_000
MOST_CELLS = 5_000_000
"""Of a table whose rows are all as long as its longest: what a page can hold."""

MOST_CHARACTERS = 20_000_000
"""What a page can hold, and more than anybody types."""

MOST_WRONG = 1000
"""Cells with a message of their own, beyond which no more are looked for: a file of words is full of them."""

csv.field_size_limit(2**31 - 1)  # its own of 131,072 characters ends in an error that is no `Invalid`

_SPECIAL = re.compile('[,;"\n\r\t\ufeff]')
"""What only a cell in quotation marks may hold. The last is what some programs put before a file."""

_IN_QUOTES = r' *"[^"]*+(?:""[^"]*+)*+(?:"|\Z)'
"""A cell from its beginning to its closing quotation mark, or to the end of the text where there is none."""

_CELL = rf"(?>{_IN_QUOTES}[^,;\n\r\t]*+|[^,;\n\r\t]*+)"
"""A cell of a text on one line."""


def is_block(text: str) -> bool:
    """Whether a text that is pasted into a cell is more than one.

    >>> is_block("0.5"), is_block("0,5"), is_block("1\\t2"), is_block("1,2;3,4")
    (False, False, True, True)
    """
    return any(mark in text.strip() for mark in "\n\r\t;")


def is_lined(text: str) -> bool:
    """Whether a text has its rows on lines: a line end or a tab stands outside quotation marks, and not only around.

    >>> is_lined("a\\tb"), is_lined('0.1,"a\\tb";0.2,c\\n')
    (True, False)
    """
    text = _trimmed(text)
    if not any(mark in text for mark in "\n\r\t"):
        return False
    on_one_line = re.match(rf"(?:{_CELL}[,;])*+{_CELL}", text)
    return on_one_line is None or on_one_line.end() < len(text)


_read: list[tuple[str, Rows]] = []
"""The present text and its cells: one entry, or none. Those of every text that was typed would fill the page."""


def rows(text: str) -> Rows:
    """The cells of a table, each without the spaces around it.

    Lines are rows where there are lines or tabs, blank ones left out; their cells are parted by what `mark_of` finds,
    or what a first line such as `sep=;` says, as Excel writes it. A text on one line has its rows separated by
    semicolons and its cells by commas; there a blank row is one that is being typed, and only those at the end are left
    out. Raises `Invalid` for a table that is too large, and for a quotation mark that is never closed.
    """
    if not text:  # and what is remembered stays
        return ()
    if not _read or _read[0][0] != text:
        _read[:] = [(text, _rows(text))]
    return _read[0][1]


def remember(text: str, cells: Rows) -> None:
    """Keep the cells of a text that was written of them, which need not be read again."""
    _read[:] = [(text, cells)]


def _rows(text: str) -> Rows:
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"The table is too large: keep it below {MOST_CHARACTERS // 1_000_000} MB.")
    text = _trimmed(text)
    lined = is_lined(text)
    mark, text = _parted(text) if lined else (",", text)
    quoted = '"' in text
    found = _quoted(text, lined, mark) if quoted else _plain(text, lined, mark)
    # To strip takes as long as all the rest.
    spaced = quoted or _has_spaces(text.replace(mark, "").replace("\n", "").replace("\r", "") if lined else text)
    stripped = [tuple(map(str.strip, row)) for row in found] if spaced else [*map(tuple, found)]
    if lined and not all(map(itemgetter(0), stripped)):
        stripped = [*filter(any, stripped)]
    while stripped and not any(stripped[-1]):
        stripped.pop()
    return tuple(stripped)


def _has_spaces(text: str) -> bool:
    """Whether a text has any white space."""
    return text != "" and text.split(maxsplit=1) != [text]


def _trimmed(text: str) -> str:
    """The text without what stands around it. A tab before the first of several lines ends an empty cell."""
    text = text.rstrip().lstrip(" \r\n").removeprefix("\ufeff").lstrip(" \r\n")
    return text if "\n" in text or "\r" in text else text.strip().removeprefix("\ufeff")


_SEP = re.compile(r"sep=([^\r\n])[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)


def _parted(text: str) -> tuple[str, str]:
    """What parts the cells of a text in lines, and the text without a first line that says so."""
    said = _SEP.match(text)
    if said:
        return said[1], text[said.end() :]
    mark = mark_of(text)
    if mark == " " and text.count('"') < MOST_CELLS and text.count(" ") < MOST_CELLS:
        return "\t", _blanks_as_tabs(text)
    return mark, text


_DECIMAL_COMMAS = re.compile(r"[+-]?\d+,\d+(?:[ \u00a0]+[+-]?\d+(?:,\d+)?)+")
_BLANK = re.compile(r"[ \u00a0]+")


def mark_of(text: str) -> str:
    """What parts the cells of lines, by what the first ones have outside quotation marks: the first of tab, semicolon
    and comma of which each has as many, else the first that is there at all, else a blank.

    >>> [mark_of(text) for text in ("a\tb", "0,1;0,5", "a,b; c\n1,2", "x y\n1 0.1 0.2", "0,1 0,5\n1,2 3,4")]
    ['\t', ';', ',', ' ', ' ']
    """
    head = text[:4000]
    outside = re.sub(rf"(?:^|(?<=[,;\t\r\n])){_IN_QUOTES}", "", head) if '"' in head else head
    lines = [line for line in outside.splitlines() if line.strip()]
    if len(text) > len(head) and len(lines) > 1:
        lines.pop()  # cut off
    there = [mark for mark in "\t;," if mark in outside]
    if lines and "\t" not in there and all(_DECIMAL_COMMAS.fullmatch(line.strip()) for line in lines):
        return " "
    even = [mark for mark in there if len({line.count(mark) for line in lines}) == 1]
    if there:
        return (even or there)[0]
    whole = [line for line in head.splitlines() if line.strip()][: -1 if len(text) > len(head) else None]
    bare = [re.sub(r'"[^"]*"', "q", line).strip() for line in whole]
    return " " if len(bare) > 1 and all(map(_BLANK.search, bare)) else ","


def _blanks_as_tabs(text: str) -> str:
    """Lines with a tab for each run of blanks that is not within quotation marks."""
    pieces: list[str] = re.split(r'("[^"\r\n]*")', text) if '"' in text else [text]
    parted = "".join(each if each.startswith('"') else _BLANK.sub("\t", each) for each in pieces)
    return re.sub(r"(?m)^\t+|\t+$", "", parted)


def _plain(text: str, lined: bool, mark: str) -> Sequence[Sequence[str]]:
    """The rows of a text without quotation marks. Where all are as long, they are cut from one list of cells: a list
    for each row would take twice the time.
    """
    if lined:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    end = "\n" if lined else ";"
    if text.count(end) > MOST_ROWS:  # so many may be blank
        text = re.sub(rf"\n[\s{mark}]*(?=\n)", "", text) if lined else text.rstrip(" ,;")
        count = text.count(end) + 1
        if count > MOST_ROWS + 1:  # a line of heads aside
            raise Invalid(f"The table has {count:,} rows: keep it to {MOST_ROWS:,}.")
    lines = text.split(end)
    marks = {*map(str.count, lines, repeat(mark))}
    if text.count(mark) >= MOST_CELLS:
        _check_cells(len(lines), max(marks) + 1)
    if len(marks) == 1:
        width = marks.pop() + 1
        _check_cells(len(lines), width)
        cells = iter(text.replace(end, mark).split(mark))
        return [*zip(*[cells] * width, strict=True)]
    found = [*map(str.split, lines, repeat(mark))]
    _check_cells(len(found), max(map(len, found)))
    return found


def _quoted(text: str, lined: bool, mark: str) -> list[list[str]]:
    """The rows of a text in which cells stand in quotation marks, as spreadsheets write one that holds a mark."""
    if text.count(mark) > MOST_CELLS:
        raise Invalid(f"The table has {text.count(mark):,} cells: keep it to {MOST_CELLS:,}.")
    row = rf"({_CELL}(?:,{_CELL})*+)(?:;|\Z)"
    each = records(text, mark) if lined else _records((found[1] for found in re.finditer(row, text)), mark)
    filled = (cells for cells in each if any(map(str.strip, cells))) if lined else (cells or [""] for cells in each)
    found = list(islice(filled, MOST_ROWS + 2))
    if len(found) > MOST_ROWS + 1:
        raise Invalid(f"The table has more than {MOST_ROWS:,} rows: keep it to {MOST_ROWS:,}.")
    _check_cells(len(found), max(map(len, found), default=1))
    return found


def records(text: str, mark: str = ",") -> Iterator[list[str]]:
    """The rows of a text in lines one after the other, without a cell for a blank line. A line ends as in a
    spreadsheet, by LF, CR or both, and not within quotation marks. Raises `Invalid` at one of these that is never
    closed.

    >>> [*records('a,"b\\nc"\\n\\nd')]
    [['a', 'b\\nc'], [], ['d']]
    """
    return _records(StringIO(text, newline=""), mark)


def _records(lines: Iterable[str], mark: str) -> Iterator[list[str]]:
    last = f"end{mark}end"  # what is read last is a row of its own unless a cell is still open
    reader = csv.reader(chain(lines, (last,)), delimiter=mark, skipinitialspace=True)
    place, row = 1, next(reader)
    for after in reader:
        yield row
        place, row = place + 1, after
    if row != last.split(mark):
        begins = shorten(row[-1].removesuffix(last)[:100])
        raise Invalid(f"Row {place}: the quotation mark before “{begins}” is never closed. Close it, or take it out.")


def _check_cells(count: int, widest: int) -> None:
    """Refuse a table of `count` rows with too many cells in the longest, or in all were they as long."""
    if widest > MOST_COLUMNS:
        raise Invalid(f"A row of the table has {widest:,} cells: keep it to {MOST_COLUMNS:,}.")
    if count * widest > MOST_CELLS:
        raise Invalid(
            f"The table has {count:,} rows with up to {widest:,} cells: keep it to {MOST_CELLS:,} cells in all."
        )


def write(table: Iterable[Sequence[str]]) -> str:
    """The table on one line, for a box and a link."""
    found = list(table)
    text = ";".join(map(",".join, found))
    ends, marks = len(found) - 1, sum(map(len, found)) - len(found)
    if text.count(";") == ends and text.count(",") == marks and not any(each in text for each in '"\n\r\t\ufeff'):
        return text
    return ";".join(",".join(map(_cell, row)) for row in found)


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def csv_text(heads: Sequence[str], table: Iterable[Sequence[object]]) -> str:
    """A CSV file that spreadsheets open: a line of heads, then the rows. No text in it is taken for a formula."""
    return "".join(",".join(map(_csv_cell, row)) + "\r\n" for row in (heads, *table))


_FORMULA = frozenset("=+-@＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula, wherever it has learnt to type (OWASP, "CSV Injection")."""

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")


def _csv_cell(value: object) -> str:
    text = str(value)
    if isinstance(value, str) and _is_formula(text):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


def _is_formula(text: str) -> bool:
    """Whether a spreadsheet may compute a text instead of showing it. Spaces and what cannot be seen hide nothing from
    it; a number may begin with a sign.
    """
    if _NUMBER.fullmatch(text):
        return False
    seen = next((each for each in text if each.isprintable() and not each.isspace()), "")
    return seen in _FORMULA or text[:1] in ("\t", "\r", "\n")


def plain_numbers(cells: Sequence[str]) -> list[float] | None:
    """Every cell as a number, or None where one of them is not plainly one: then each is to be looked at by itself.

    >>> plain_numbers(["0.1", "1e-3"]), plain_numbers(["0,1"]), plain_numbers(["nan"]), plain_numbers(["1_0"])
    ([0.1, 0.001], None, None, None)
    """
    return _plain_numbers(cells) if isinstance(cells, tuple) else _plain_numbers.__wrapped__(cells)


def forget_numbers() -> None:
    """Let go of the columns that were read: another table is there."""
    _plain_numbers.cache_clear()


@lru_cache(maxsize=4)  # a column is asked for its numbers by what looks at it, and again by what reads it
def _plain_numbers(cells: Sequence[str]) -> list[float] | None:
    try:
        found = [*map(float, cells)]
    except ValueError:
        return None
    total = sum(found)
    if total - total != 0 or "_" in "".join(cells):  # not finite, or as Python alone writes it
        return None
    return found


def column(
    cells: Sequence[str],
    at: int,
    read: Callable[[str], float],
    wrong: dict[tuple[int, int], str],
    within: tuple[float, float],
) -> list[float]:
    """The numbers of the column `at` with these cells. A cell that `read` refuses counts as 0, and its message is put
    into `wrong` by row and column, both from 0; it looks no further once there are `MOST_WRONG`. A whole column of
    plain numbers between the two ends `within` is taken as it is.
    """
    found = plain_numbers(cells)
    if found is not None and (not found or (within[0] <= min(found) and max(found) <= within[1])):
        return found
    values = [0.0] * len(cells)
    for place, cell in enumerate(cells):
        try:
            values[place] = read(cell)
        except Invalid as invalid:
            wrong[place, at] = str(invalid)
            if len(wrong) >= MOST_WRONG:
                break
    return values


def refuse(wrong: dict[tuple[int, int], str], names: Sequence[str]) -> None:
    """Raise `Invalid` for the cells that are wrong, if any: it speaks of the first and says how many more there are."""
    if not wrong:
        return
    (row, at), message = min(wrong.items())
    at_least = "at least " if len(wrong) >= MOST_WRONG else ""
    more = f" And {at_least}{len(wrong) - 1:,} more." if len(wrong) > 1 else ""
    raise Invalid(f"Row {row + 1}, {names[min(at, len(names) - 1)]}: {message}{more}", cells=wrong)


def squared(table: Rows) -> Rows:
    """The table with every row as long as the longest.

    >>> squared((("a",), ("b", "c")))
    (('a', ''), ('b', 'c'))
    """
    if len({*map(len, table)}) < 2:
        return table
    return tuple(zip(*zip_longest(*table, fillvalue=""), strict=True))
