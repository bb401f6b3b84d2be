"""What is typed, pasted or dropped: mean distances of a point, points with a label each, or a distance matrix with a
label in each row.

>>> points("0,0,a;0.1,0,a;1,1,b")[:3]
(((0.0, 0.0), (0.1, 0.0), (1.0, 1.0)), ('a', 'a', 'b'), ('x1', 'x2'))

The label stands in the last cell of a row, or wherever a line of heads says so. Numbers are those of a spreadsheet:
columns of plain ones are read in one go, the others cell by cell, so that every wrong cell gets its message.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from app.calculators.silhouette.distances import LARGEST, SMALLEST, Rows
from app.vocabulary import heads, table
from app.vocabulary.calculator import Invalid, Sheet, Upload
from app.vocabulary.quantity import number, whole

MOST_OTHERS = 1000
"""Clusters whose mean distances are taken for one point."""

MOST_DISTANCES = 1000
"""The most points of a distance matrix: a million distances."""

NOISE = {
    "none": frozenset[str](),
    "-1": frozenset({"-1", "-1.0"}),
    "0": frozenset({"0", "0.0"}),
    "noise": frozenset(
        way(word) for word in ("noise", "outlier", "outliers") for way in (str.lower, str.capitalize, str.upper)
    ),
}
"""The labels that are left out, by what was chosen."""


# --- one point whose mean distances are known ---

_distance = partial(number, minimum=0, maximum=LARGEST)


def own_distance(text: str) -> float:
    """The mean distance to the own cluster."""
    return _distance(text, example="0.3")


def other_distances(text: str) -> tuple[float, ...]:
    """Mean distances to other clusters, separated by semicolons, spaces or lines.

    >>> other_distances("0.7; 0,9 1.5"), other_distances("0.7, 0.9")
    ((0.7, 0.9, 1.5), (0.7, 0.9))
    """
    pieces = [piece for piece in re.split(r"[;\s]+|,\s+", text.replace(", ", ";").strip(" \t\n\r;")) if piece]
    if not pieces:
        raise Invalid("Write the mean distance to the nearest other cluster, such as 0.7, or several: 0.7; 0.9.")
    if len(pieces) > MOST_OTHERS:
        raise Invalid(f"There are {len(pieces):,} distances: give at most {MOST_OTHERS:,}.")
    try:
        return tuple(_distance(piece, example="0.7") for piece in pieces)
    except Invalid as invalid:
        more = " Part several by semicolons, such as 0.7; 0.9." if "," in text else ""
        raise Invalid(f"{invalid}{more}") from None


def row(text: str) -> int | None:
    """The number of a row, or None for all."""
    if text.strip().casefold() in ("", "all"):
        return None
    try:
        return whole(text, maximum=table.MOST_ROWS, example="3")
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write all.") from None


# --- points and distances ---


class Points(NamedTuple):
    """Points: the coordinates in `rows` under their `names`, a label each. `label` is the head of their column, if it
    has one, and `absent` are the heads of columns that were left out, of which `reasons` say why. `other` is a second
    column of labels, its head and its cells: the class beside a cluster, which is no coordinate.
    """

    rows: Rows
    labels: tuple[str, ...]
    names: tuple[str, ...]
    label: str = ""
    absent: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    other: tuple[str, tuple[str, ...]] | None = None


class Matrix(NamedTuple):
    """The distances of every point to all points, in `rows`, and a label each."""

    rows: Rows
    labels: tuple[str, ...]


class _Read(NamedTuple):
    """The cells of a table without its line of heads, the label last, and what the line said."""

    cells: table.Rows
    names: tuple[str, ...] = ()
    label: str = ""
    absent: tuple[str, ...] = ()


_NEAR = "is too close to zero to calculate with: write 0, or all numbers in a smaller unit."


# --- points ---


def points(text: str) -> Points | None:
    """The points of a table, or None of an empty one."""
    cells, names, label, absent = _points(text)
    if not cells:
        return None
    width = len(names) + 1 if names else _width(cells)
    if width < 2:
        raise Invalid(
            "Each row needs at least one coordinate and a label: write rows such as 0.1, 0.5, A.",
            cells={(0, 1): "Write the label."},
        )
    # A column that is empty throughout is one that was not needed: points on a line have one coordinate.
    used = [column for column in range(width - 1) if any(column < len(row) and row[column] for row in cells)]
    shown = names or tuple(f"x{column}" for column in range(1, width))
    most = "in the line of heads" if names else "in most"
    rows, labels = _numbers(cells, used, width, (*shown, "the label"), most)
    return Points(rows, labels, tuple(shown[column] for column in used), label, absent)


def _numbers(
    cells: table.Rows, used: Sequence[int], width: int, names: Sequence[str], most: str = "in most"
) -> tuple[Rows, tuple[str, ...]]:
    """The numbers of the columns that are `used`, row by row, and the labels in the last of `width` columns, as many as
    there are in `most`.
    """
    wrong: dict[tuple[int, int], str] = {}
    for place, row in enumerate(cells):
        if any(row[width:]):
            wrong[place, width] = (
                f"There are {len(row)} cells in this row and {width} {most}. Take out what is too much; where a comma"
                " is the decimal mark, part the cells by semicolons or tabs, a row on each line."
            )
    read = partial(number, minimum=-LARGEST, maximum=LARGEST, example="1.5")
    numbers = [table.column(cells, column, read, wrong, (-LARGEST, LARGEST)) for column in used]
    for column, values in zip(used, numbers, strict=True):
        if min(filter(None, map(abs, values)), default=1.0) < SMALLEST:
            near = (place for place, value in enumerate(values) if 0 < abs(value) < SMALLEST)
            wrong |= {(place, column): f"{cells[place][column]} {_NEAR}" for place in near}
    last = width - 1
    labels = tuple([row[last] if last < len(row) else "" for row in cells])
    if "" in labels:
        for place, label in enumerate(labels):
            if not label:
                wrong.setdefault((place, last), "Write the cluster of this point in the last cell, such as A or 1.")
    table.refuse(wrong, names)
    return tuple(zip(*numbers, strict=True)), labels


def _width(cells: table.Rows) -> int:
    """How many cells most rows have; of numbers of cells that are as frequent, the largest."""
    counts = Counter(map(len, cells))
    return max(counts, key=lambda width: (counts[width], width))


@lru_cache(maxsize=1)
def _points(text: str) -> _Read:
    """The cells of a table of points."""
    rows = table.rows(text)
    if len(rows) < 2 or not _is_heads(rows[0], rows[1], table.is_lined(text)):
        return _Read(rows)
    named = rows[0]
    plain = [heads.plain(head) for head in named]
    label = _label_at(plain)
    absent = [place for place, head in enumerate(plain) if place != label and head in heads.COUNTER]
    order = [place for place in range(len(named)) if place not in (label, *absent)]
    return _Read(
        _ordered(rows[1:], [*order, label]),
        tuple(named[place] for place in order),
        named[label],
        tuple(named[place] or "without a name" for place in absent),
    )


def _is_heads(first: table.Row, second: table.Row, lined: bool) -> bool:
    """Whether the first row of a table names its columns: all cells are filled (the first may be empty), none is a
    number, and one is the name of a label or, where the table stands in lines, there are numbers below.
    """
    if len(first) < 2 or not all(first[1:]) or any(map(_is_number, first)):
        return False
    plain = [heads.plain(cell) for cell in first]
    named = any(head in heads.CLUSTER for head in plain) or "y" in (plain[0], plain[-1])
    return named or (lined and any(map(_is_number, second)))


def _label_at(plain: Sequence[str]) -> int:
    """Which column holds the label: by its head, else the last. `y` is a label too where it stands first or last."""
    for word in heads.CLUSTER:
        if word in plain:
            return plain.index(word)
    return 0 if plain[0] == "y" else len(plain) - 1


def _is_number(cell: str) -> bool:
    try:
        number(cell)
    except Invalid:
        return False
    return True


def _ordered(rows: table.Rows, order: Sequence[int]) -> table.Rows:
    """The rows with their columns in this order; cells beyond those of the heads are kept at the end."""
    known = len(order)
    if order == list(range(known)):
        return rows
    width = max(order) + 1
    return tuple(
        tuple([row[column] if column < len(row) else "" for column in order]) + row[max(width, known) :] for row in rows
    )


def _point_heads(cells: table.Rows) -> tuple[str, ...]:
    """A name for every column. A table of a row or none has three columns, so that there is room to type."""
    width = max(map(len, cells), default=0)
    width = max(width, 2 if len(cells) > 1 else 3)
    return (*(f"x{at}" for at in range(1, width)), "Label")


def _take_points(text: str) -> str:
    """The text for the box of what stands in a file, with its line of heads where it has one."""
    found, rows = _points(text), table.rows(text)
    if not found.cells:
        raise Invalid("The file has no rows: it needs coordinates and a label in each.")
    if not found.names:
        return table.write(rows)
    # On one line a table's heads are known by the name of the label.
    plain = [heads.plain(head) for head in rows[0]]
    named = [head or "index" for head in rows[0]]
    if not set(heads.CLUSTER) & set(plain):
        named[_label_at(plain)] = "label"
    return table.write([named, *rows[1:]])


POINTS = Sheet(lambda text: _points(text).cells, _point_heads)
POINTS_FILE = Upload("Choose a CSV", ".csv,.tsv,.txt,text/csv", table.MOST_CHARACTERS, _take_points)


# --- a distance matrix ---


def distances(text: str) -> Matrix | None:
    """The distance matrix of a table, or None of an empty one."""
    cells = _distances(text).cells
    if not cells:
        return None
    size, width = len(cells), _width(cells)
    if size < 3:
        raise Invalid(
            "A distance matrix has at least 3 rows, one for each point: its distances to all points, then its label.",
            cells={(size - 1, width - 1): "Add the rows of the other points."},
        )
    if size > MOST_DISTANCES:
        raise Invalid(
            f"There are {size:,} rows: a distance matrix has at most {MOST_DISTANCES:,} here. Give the coordinates of"
            " the points instead, or fewer points."
        )
    if width == size and any(_is_number(row[-1]) for row in cells):
        raise Invalid(
            f"There are {size:,} rows of {width:,} cells: write one more at the end of each, the point’s label.",
            cells={(0, size): "Write the label."},
        )
    if width != size + 1:
        raise Invalid(
            f"There are {size:,} rows, and {width - 1:,} distances in most: a distance matrix is square, with as many"
            " distances in each row as there are rows, then the label.",
            cells={(0, width - 1): "Make the matrix square."},
        )
    names = [f"column {at}" for at in range(1, width)]
    return Matrix(*_numbers(cells, range(size), width, (*names, "the label")))


@lru_cache(maxsize=1)
def _distances(text: str) -> _Read:
    """The cells of a distance matrix, without the names of the points above and before them."""
    rows = table.rows(text)
    first = rows[0] if len(rows) > 1 else ("0",)
    if any(map(_is_number, first)) and not (heads.plain(first[-1]) in heads.CLUSTER and len(first) >= len(rows)):
        return _Read(rows)
    before = len(rows[0]) == len(rows) + 1 and heads.plain(rows[0][0]) in heads.COUNTER
    return _Read(tuple([row[1:] for row in rows[1:]]) if before else rows[1:])


def _distance_heads(cells: table.Rows) -> tuple[str, ...]:
    """A name for every column: the point that the distance goes to."""
    width = max(max(map(len, cells), default=0), 4 if len(cells) < 2 else 2)
    return (*(f"to {at}" for at in range(1, width)), "Label")


def _take_distances(text: str) -> str:
    """The text for the box of what stands in a file."""
    cells = _distances(text).cells
    if not cells:
        raise Invalid("The file has no rows: it needs a row of distances and a label for each point.")
    return table.write(cells)


DISTANCES = Sheet(lambda text: _distances(text).cells, _distance_heads)
DISTANCES_FILE = Upload("Choose a CSV of distances", ".csv,.tsv,.txt,text/csv", table.MOST_CHARACTERS, _take_distances)
