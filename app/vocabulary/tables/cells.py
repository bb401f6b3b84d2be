"""The cells of a table's columns, and the rows that are left out because something is missing in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from app.vocabulary import heads, table
from app.vocabulary.calculator import Invalid, Way
from app.vocabulary.tables.facts import MISSING
from app.vocabulary.tables.guesses import settled
from app.vocabulary.tables.roles import NAMES, OUT, Taken
from app.vocabulary.tables.shape import Shape, columns

_Cell = TypeVar("_Cell")

_GONE = MISSING - {""}
"""What says that nothing is there. A blank cell may be one that is being typed."""


def cells_of(found: Shape, at: int) -> Sequence[str]:
    """The cells of a column. Below a head with a percent sign each has one too."""
    cells = columns(found)[at] if at < found.width else ("",) * len(found.rows)
    if "%" not in found.head(at):
        return cells
    return [f"{cell}%" if cell and not cell.endswith("%") and cell.casefold() not in _GONE else cell for cell in cells]


class Gaps(NamedTuple):
    """The rows that are left out: `rows` are those that stay, from 0; None where all do."""

    rows: Sequence[int] | None
    out: Sequence[int] = ()

    @classmethod
    def of(cls, found: Shape, columns: Sequence[int]) -> Gaps:
        """The rows in which one of these columns says that nothing is there, such as NA or NaN."""
        out: set[int] = set()
        for at in columns:
            cells = cells_of(found, at)
            if table.plain_numbers(cells) is None and not _GONE.isdisjoint(map(str.casefold, {*cells})):
                out |= {row for row, cell in enumerate(cells) if cell.casefold() in _GONE}
        if not out:
            return cls(None)
        return cls([row for row in range(len(found.rows)) if row not in out], sorted(out))

    def kept(self, cells: Sequence[_Cell]) -> Sequence[_Cell]:
        """The cells of a column that stay."""
        return cells if self.rows is None else [cells[row] for row in self.rows]

    def row(self, place: int) -> int:
        """The row of the whole table that stands at this place among those that stay."""
        return place if self.rows is None else self.rows[place]

    def numbers(
        self,
        found: Shape,
        at: int,
        read: Callable[[str], float],
        wrong: dict[tuple[int, int], str],
        within: tuple[float, float],
    ) -> list[float]:
        """The numbers of a column in the rows that stay (`table.column`)."""
        bad: dict[tuple[int, int], str] = {}
        numbers = table.column(self.kept(cells_of(found, at)), at, read, bad, within)
        wrong |= {(self.row(place), at): message for (place, _), message in bad.items()}
        return numbers

    def labels(self, found: Shape, at: int, wrong: dict[tuple[int, int], str]) -> list[str]:
        """The labels in a column in the rows that stay, as they are compared. One that is missing has its message in
        `wrong`.
        """
        labels = heads.labels(self.kept(cells_of(found, at)))
        missing = "Write the label of the case, such as 1 or 0."
        wrong |= {(self.row(place), at): missing for place, label in enumerate(labels) if not label}
        return labels

    def remarks(self, what: str) -> tuple[str, ...]:
        """The sentence that says how many rows are left out, and why; none where all stay."""
        if not self.out:
            return ()
        count = len(self.out)
        listed = ", ".join(f"{row + 1:,}" for row in self.out[:5]) + (" and so on" if count > 5 else "")
        row = "1 row is" if count == 1 else f"{count:,} rows are"
        return (f"{row} left out, without a {what}: row {listed}.",)


def refuse(
    wrong: Mapping[tuple[int, int], str], found: Shape, taken: Taken, places: Sequence[str], field: str = ""
) -> None:
    """Raise `Invalid` for the cells that are wrong, if any, by the heads of their columns or, without, by what these
    are taken for, or by their places. Where nothing stands in any of them, the table of `field` can do without their
    rows.
    """
    if not wrong:
        return
    names = [
        found.head(at) or (NAMES[column.role] if column.role != OUT else places[min(at, len(places) - 1)])
        for at, column in enumerate(taken.columns)
    ]
    names += [*places[len(names) :]] or [places[-1]]
    try:
        table.refuse({**wrong}, names)
    except Invalid as invalid:
        ways = _without(wrong, found, field) if field else ()
        raise Invalid(str(invalid), cells=invalid.cells, ways=ways) from None


def _without(wrong: Mapping[tuple[int, int], str], found: Shape, field: str) -> tuple[Way, ...]:
    """The way to leave out the rows in which nothing stands where something must. A blank cell of a table without heads
    is one that is being typed.
    """
    cells = [found.rows[row][at] if at < len(found.rows[row]) else "" for row, at in wrong]
    rows = {row for row, _ in wrong}
    empty = all(cell.casefold() in MISSING for cell in cells) and (bool(found.heads) or any(cells))
    if not empty or not len(rows) < min(len(found.rows) - 2, table.MOST_WRONG):
        return ()
    kept = settled(tuple([row for at, row in enumerate(found.rows) if at not in rows]), found)
    return (Way(f"Leave out {'the row' if len(rows) == 1 else f'these {len(rows):,} rows'}", {field: kept}),)
