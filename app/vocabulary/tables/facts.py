"""What can be counted of a column: numbers, kinds of cells, whether it only counts or names the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from app.vocabulary import heads, table
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import number, share

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", ".", "?", "#null!", "<na>", "nat", "#div/0!", "#value!"})
"""What programs write where there is no value, in lower case."""

_ID = frozenset(
    {"id", "ids", "uid", "uuid", "guid", "index", "idx", "rownum", "rowid", "rowindex", "rownames", "unnamed"}
)
"""Words of a head that only tell rows apart, whatever stands below."""

_COUNTED = frozenset(
    {"row", "nr", "no", "num", "number", "key", "customer", "patient", "passenger", "account", "subject"}
) | {
    *("record", "observation", "obs", "inst", "instance", "barcode", "user", "client", "case", "sample", "member"),
    *("person", "kunde", "kundennummer", "nummer", "order", "transaction", "invoice", "serial", "ssn", "phone"),
}
"""Words of a head that tell rows apart where no two cells below are the same."""

COORDINATE = re.compile(
    r"(?:x|y|z|v|pc|dim|umap|tsne|t sne|component|lat|lon|long|latitude|longitude|pixel|px|feature|f) ?\d*"
)
"""Heads of what is measured, even where it counts."""


class Facts(NamedTuple):
    """A column: its head as written (`head`) and as compared (`name`), its cells, the numbers in them (None where one
    that is filled is none), the different ones in lower case (`kinds`), and how many are `missing`.
    """

    head: str
    name: str
    cells: Sequence[str]
    numbers: Sequence[float] | None
    kinds: frozenset[str]
    missing: int

    @property
    def words(self) -> frozenset[str]:
        """The words of the head."""
        return heads.words_of(self.head)

    @property
    def is_rate(self) -> bool:
        """Whether all are shares."""
        return bool(self.numbers) and min(self.numbers or [0]) >= 0 and max(self.numbers or [0]) <= 1

    @property
    def is_whole(self) -> bool:
        """Whether all are whole numbers."""
        return bool(self.numbers) and all(each == int(each) for each in self.numbers or () if abs(each) < 1e18)

    @property
    def is_count(self) -> bool:
        """Whether it counts the rows, from 0 or from 1."""
        found = self.numbers
        if not found or self.missing or found[0] not in (0, 1):
            return False
        start = int(found[0])
        return len(found) > 1 and [*found] == [*range(start, start + len(found))]

    @property
    def tells_apart(self) -> bool:
        """Whether no two rows have the same, each a word or a whole number."""
        return not self.missing and len(self.kinds) == len(self.cells) and (self.numbers is None or self.is_whole)

    @property
    def names_rows(self) -> str:
        """Why it only tells rows apart, or nothing."""
        if self.is_count and not COORDINATE.fullmatch(self.name):
            return "it counts the rows"
        if self.words & _ID or (self.head and self.name in heads.COUNTER):
            return "it tells rows apart"
        if self.words & _COUNTED and self.tells_apart:
            return "it numbers the rows" if self.numbers else "it names the rows"
        if not self.name and self.tells_apart and self.numbers is None:
            return "it names the rows"
        return ""


def facts(head: str, cells: Sequence[str]) -> Facts:
    """What can be counted of a column."""
    found = table.plain_numbers(cells)
    whole = "".join(cells)
    kinds = frozenset(cells if whole == whole.casefold() else map(str.casefold, {*cells}))
    if found is not None:
        return Facts(head, heads.plain(head), cells, found, kinds, 0)
    gone = kinds & MISSING
    missing = sum(cell.casefold() in MISSING for cell in cells) if gone else 0
    return Facts(head, heads.plain(head), cells, _numbers(cells, bool(gone)), kinds - MISSING, missing)


def _numbers(cells: Sequence[str], gaps: bool) -> Sequence[float] | None:
    """The numbers of the cells that are filled, None where one is none."""
    filled = [cell for cell in cells if cell.casefold() not in MISSING] if gaps else cells
    if not filled or not is_number(filled[0]):
        return None
    plain = table.plain_numbers(filled)
    if plain is not None:
        return plain
    try:
        return [*map(amount, filled)]
    except Invalid:
        return None


def amount(cell: str) -> float:
    """A number or a percentage."""
    return share(cell) if cell.endswith("%") else number(cell)


def is_number(cell: str) -> bool:
    """Whether a cell is a number or a percentage.

    >>> is_number("0,5"), is_number("50 %"), is_number("1e-3"), is_number("a1"), is_number("")
    (True, True, True, False, False)
    """
    if not any(map(str.isdigit, cell)):
        return False
    try:
        float(cell)
    except ValueError:
        try:
            number(cell.removesuffix("%"))
        except Invalid:
            return False
    return "_" not in cell
