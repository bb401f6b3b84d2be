"""What is typed, pasted or dropped: mean distances of a point, points with a label each, or a distance matrix with a
label in each row.

>>> points("0,0,a;0.1,0,a;1,1,b")[:3]
(((0.0, 0.0), (0.1, 0.0), (1.0, 1.0)), ('a', 'a', 'b'), ('x1', 'x2'))

The label stands in the last cell of a row, or wherever a line of heads says so. Numbers are those of a spreadsheet:
columns of plain ones are read in one go, the others cell by cell, so that every wrong cell gets its message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from itertools import pairwise
from typing import NamedTuple

from app.calculators.silhouette.distances import LARGEST, SMALLEST, Rows
from app.vocabulary import heads, table
from app.vocabulary.calculator import Invalid, Sheet, Way
from app.vocabulary.quantity import number, whole
from app.vocabulary.tables import declared, kinds, roles
from app.vocabulary.tables.cells import cells_of, refuse
from app.vocabulary.tables.facts import COORDINATE, MISSING, Facts, is_number
from app.vocabulary.tables.guesses import guesses, settled
from app.vocabulary.tables.roles import ASK, AUTO, Taken
from app.vocabulary.tables.route import elsewhere, other_page
from app.vocabulary.tables.shape import Shape, shape, usual

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
    """Points: the coordinates in `rows` under their `names`, and a label each, or no labels at all. `label` is the head
    of their column, if it has one, and `absent` are the heads of columns that were left out, of which `reasons` say
    why. `other` is a second column of labels, its head and its cells: the class beside a cluster, which is no
    coordinate. `remarks` and `warnings` are sentences about how the table was read.
    """

    rows: Rows
    labels: tuple[str, ...]
    names: tuple[str, ...]
    label: str = ""
    absent: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    other: tuple[str, tuple[str, ...]] | None = None
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Matrix(NamedTuple):
    """The distances of every point to all points, in `rows`, and a label each."""

    rows: Rows
    labels: tuple[str, ...]


_NEAR = "is too close to zero to calculate with: write 0, or all numbers in a smaller unit."


# --- points ---

ROLES = ("x", "cluster", "class")
columns = roles.said(*ROLES)
"""What the columns of points are said to be."""


def _columns(found: Shape, said: str) -> Taken:
    """The columns of points as they are taken: as was chosen, by names and by content, or by their places."""
    places = (*["x"] * max(found.width - 1, 1), "cluster")
    taken = kinds.coordinates(found) or kinds.by_place(found, *places)
    return kinds.with_said(found, taken, roles.chosen(columns, said))


def points(text: str, said: str = AUTO) -> Points | None:
    """The points of a table, or None of an empty one."""
    found = shape(text)
    if not found.rows:
        return None
    if said.strip().casefold() == ASK:
        _ask(found, text)
    by_hand = roles.chosen(columns, said) is not None
    if not by_hand and kinds.distances(found):
        raise Invalid(
            "This is a matrix of distances, not of coordinates: symmetric, with 0 along its diagonal.",
            ways=(Way("Read it as distances", _as_distances(found)),),
        )
    if found.width < 2:
        raise Invalid(
            "Each row needs at least one coordinate and a label: write rows such as 0.1, 0.5, A.",
            cells={(0, 1): "Write the label."},
        )
    taken = _columns(found, said)
    label, coordinates = taken.at("cluster"), taken.every("x")
    if not coordinates:
        raise Invalid("Choose above the columns which of them are coordinates, and which holds the label.")
    # A column that is empty throughout is one that was not needed: points on a line have one coordinate.
    used = [at for at in coordinates if found.heads or any(at < len(row) and row[at] for row in found.rows)]
    shown = [found.head(at) or f"x{at + 1}" for at in range(found.width)]
    width = _usual(found) if not found.heads else found.width
    rows, labels = _numbers(found, used, label, width, shown, "points")
    out = [(at, column) for at, column in enumerate(taken.columns) if column.role in (roles.OUT, "class")]
    other = taken.at("class")
    return Points(
        rows,
        labels,
        tuple(shown[at] for at in used),
        "" if label is None else found.head(label),
        tuple(column.head or "without a name" for _, column in out),
        tuple(column.why for _, column in out),
        None if other is None else (found.head(other), tuple(cells_of(found, other))),
        taken.remarks,
        (*taken.warnings, *kinds.numbered(found), *(() if by_hand else _fractions(found, label))),
    )


def _fractions(found: Shape, label: int | None) -> tuple[str, ...]:
    """What is to be said of a label that is one by its place only, and looks like a coordinate."""
    if label is None or not _may_be_coordinate(found, label):
        return ()
    name = kinds.named(kinds.every(found)[label], label)
    return (
        f"{name} stands last, so it is taken for the label, though it has fractions. If it is a coordinate, choose so"
        " above the column: k-means then finds the clusters.",
    )


def _may_be_coordinate(found: Shape, label: int) -> bool:
    column = kinds.every(found)[label]
    by_head = found.heads and kinds.is_label(column)
    return not by_head and bool(column.numbers) and not column.is_whole


def _usual(found: Shape) -> int:
    """How many cells most rows have, empty ones at the end aside."""
    filled = (len(row) - next((at for at, cell in enumerate(reversed(row)) if cell), 0) for row in found.rows)
    return max(usual(filled), 2)


def _numbers(
    found: Shape, used: Sequence[int], label: int | None, width: int, names: Sequence[str], field: str
) -> tuple[Rows, tuple[str, ...]]:
    """The numbers of the columns that are `used`, row by row, and the labels, if a column has them; most rows have
    `width` cells.
    """
    wrong: dict[tuple[int, int], str] = {}
    read = partial(number, minimum=-LARGEST, maximum=LARGEST, example="1.5")
    if not found.heads and width < found.width:
        for place, row in enumerate(found.rows):
            if any(row[width:]):
                size = next(at for at in range(len(row), 0, -1) if row[at - 1])
                wrong[place, width] = (
                    f"There are {size} cells in this row and {width} in most. Take out what is too much; where a comma"
                    " is the decimal mark, part the cells by semicolons or tabs, a row on each line."
                )
        used = [at for at in range(width if label is None else width - 1) if any(row[at] for row in found.rows)]
        label = None if label is None else width - 1
    numbers = [table.column(cells_of(found, at), at, read, wrong, (-LARGEST, LARGEST)) for at in used]
    for at, values in zip(used, numbers, strict=True):
        if min(filter(None, map(abs, values)), default=1.0) < SMALLEST:
            near = (place for place, value in enumerate(values) if 0 < abs(value) < SMALLEST)
            wrong |= {(place, at): f"“{found.rows[place][at]}” {_NEAR}" for place in near}
    if label is None:
        refuse(wrong, found, Taken(()), names, field)
        return tuple(zip(*numbers, strict=True)), ()
    labels = tuple(cells_of(found, label))
    gone = {place for place, each in enumerate(labels) if each.casefold() in MISSING}
    for place in gone:
        wrong.setdefault((place, label), _no_label(labels[place]))
    refuse(wrong, found, Taken(()), [*names[:label], "the label", *names[label + 1 : width]], field)
    return tuple(zip(*numbers, strict=True)), labels


def _no_label(cell: str) -> str:
    said = f"“{cell}” is no label. " if cell else ""
    return f"{said}Write the cluster of this point in the last cell, such as A or 1."


def _point_heads(cells: table.Rows) -> tuple[str, ...]:
    """A name for every column. A table of a row or none has three columns, so that there is room to type."""
    width = max(map(len, cells), default=0)
    width = max(width, 2 if len(cells) > 1 else 3)
    return (*(f"x{at}" for at in range(1, width)), "Label")


def take(text: str) -> Mapping[str, str]:
    """The texts of the fields for a table that is dropped or pasted, on whatever box: points go to theirs, distances to
    theirs, and where it may be either, the page asks.
    """
    found = shape(text)
    if not found.rows:
        raise Invalid("The file has no rows: it needs coordinates and a label in each.")
    possible = [guess.kind for guess in guesses(found)]
    if "distances" in possible:
        return _as_distances(found)
    if possible and not ("coordinates" in possible or (possible[0] == "cases" and _may_be_clusters(found))):
        raise elsewhere(possible[0], "silhouette", text)
    line = settled(found.rows, found)
    asks = len(_ways(found)) > 1
    return {"points": line, "points_columns": ASK if asks else _without_counter(found), "distances": ""}


def _may_be_clusters(found: Shape) -> bool:
    """Whether a table has coordinates, and labels of which some come again."""
    taken = kinds.coordinates(found)
    label = taken.at("cluster") if taken else None
    return label is not None and 1 < len(kinds.every(found)[label].kinds) < len(found.rows)


def _without_counter(found: Shape) -> str:
    """What the columns of a table without heads are, where the first only counts the rows; else "auto"."""
    columns = kinds.every(found)
    if found.heads or len(columns) < 3 or not columns[0].is_count or len(found.rows) < SURE:
        return AUTO
    return ",".join((roles.OUT, *["x"] * (len(columns) - 2), "cluster"))


SURE = 10
"""Rows from which a column that counts them is none of coordinates."""


def _ways(found: Shape) -> tuple[Way, ...]:
    """The ways to read points: a column that may only number the rows as a coordinate or not, fractions in the place of
    the label as a coordinate or not, and labels and scores as points on a line.
    """
    taken = kinds.coordinates(found)
    if taken is None:
        return ()
    columns, each = kinds.every(found), [column.role for column in taken.columns]
    line = settled(found.rows, found)

    def way(words: str, said: Sequence[str]) -> Way:
        return Way(words, {"points": line, "points_columns": ",".join(said), "distances": ""})

    numbering = [at for at in taken.every("x") if _may_number(columns[at], found)]
    if numbering and len(taken.every("x")) > 1:
        (at, *_) = numbering
        name = kinds.named(columns[at], at)
        return (
            way(f"{name} only numbers the rows: leave it out", [*each[:at], roles.OUT, *each[at + 1 :]]),
            way(f"{name} is a coordinate", each),
        )
    label = taken.at("cluster")
    if label is not None and _may_be_coordinate(found, label):
        name = kinds.named(columns[label], label)
        return (
            way(f"{name} is a coordinate: k-means finds the clusters", [*each[:label], "x", *each[label + 1 :]]),
            way(f"{name} is the label of the cluster", each),
        )
    possible = guesses(found)
    if possible and possible[0].kind == "cases" and len(taken.every("x")) == 1:
        return (way("Points on a line, in clusters", each),) * 2
    return ()


def _may_number(column: Facts, found: Shape) -> bool:
    """Whether a column may only number the rows, and no more is known: whole numbers that rise from row to row."""
    if COORDINATE.fullmatch(column.name) or not column.is_whole or not column.tells_apart or column.numbers is None:
        return False
    if not found.heads and column.is_count:
        return 3 <= len(found.rows) < SURE and column is kinds.every(found)[0]
    return bool(found.heads) and len(found.rows) >= 5 and all(a < b for a, b in pairwise(column.numbers))


def _ask(found: Shape, text: str) -> None:
    """Ask how points are meant, with what each way to read them comes to."""
    ways = _ways(found)
    if not ways:
        return
    if ways[0] == ways[-1]:
        raise Invalid(
            "These look like labels and scores, which have a ROC curve. Are they points on a line, in clusters?",
            ways=ways[:1],
            link=other_page("cases", "silhouette", text),
        )
    if "cluster" not in ways[0].texts["points_columns"]:
        raise Invalid("Is the last column the label of the cluster, or a coordinate too?", ways=ways)
    raise Invalid("Is a column here a coordinate, or does it only number the rows?", ways=ways)


POINTS = declared.sheet("points_columns", ROLES, _columns, _point_heads)


# --- a distance matrix ---


def distances(text: str) -> Matrix | None:
    """The distance matrix of a table, or None of an empty one."""
    cells = _distances(text)
    if not cells:
        return None
    size, width = len(cells), usual(map(len, cells))
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
    if width == size and any(is_number(row[-1]) for row in cells):
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
    found = Shape((), table.squared(cells))
    return Matrix(*_numbers(found, range(size), size, width, (*names, "the label"), ""))


@lru_cache(maxsize=1)
def _distances(text: str) -> table.Rows:
    """The cells of a distance matrix, without the names of the points above and before them."""
    rows = table.rows(text)
    first = rows[0] if len(rows) > 1 else ("0",)
    if any(map(is_number, first)) and not (heads.plain(first[-1]) in heads.CLUSTER and len(first) >= len(rows)):
        return rows
    before = len(rows[0]) == len(rows) + 1 and heads.plain(rows[0][0]) in heads.COUNTER
    return tuple([row[1:] for row in rows[1:]]) if before else rows[1:]


def _as_distances(found: Shape) -> dict[str, str]:
    """The texts of the fields for a matrix of distances: the square, and the labels behind it where it has some."""
    taken = kinds.distances(found)
    order = [] if taken is None else [*taken.every("distance"), *taken.every("cluster")]
    cells = tuple([tuple([row[at] for at in order]) for row in found.rows])
    text = table.write(cells)
    table.remember(text, cells)
    return {"distances": text, "points": ""}


def _distance_heads(cells: table.Rows) -> tuple[str, ...]:
    """A name for every column: the point that the distance goes to."""
    width = max(max(map(len, cells), default=0), 4 if len(cells) < 2 else 2)
    return (*(f"to {at}" for at in range(1, width)), "Label")


DISTANCES = Sheet(_distances, _distance_heads)
