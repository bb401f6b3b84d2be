"""Mean distances of every point to its own cluster and to the nearest other one, a slice of work at a time.

Every metric is a generator: it yields `Parts` after each slice and returns `Means`. Many Euclidean distances are a job
that a script beside the page may do; what stands here is its reference. None of the metrics subtracts numbers that are
nearly equal, so means are true to 13 digits wherever the points lie, on every Python version (of a cosine
distance, to 15 digits less those of the angle: 10 where it is 0.0001).

- Euclidean distances are computed pair by pair; no formula spares that. But the mean distance to a cluster is at least
  the distance to its centre (Jensen's inequality), so a cluster that is too far to be the nearest is left out.
- The mean squared distance is the squared distance to the centre plus the variance (the parallel axis theorem).
- The cosine distance is half the squared Euclidean distance of unit vectors.
- Manhattan distances add up, axis by axis, from the gaps between sorted values.

So the first takes time as points² (or points × those that are measured), the others as points × clusters ×
coordinates.

>>> from app.calculators.silhouette.clusters import partition
>>> from app.vocabulary.calculator import finish
>>> finish(means([(0.0,), (0.25,), (1.0,)], partition(["0", "0", "1"]), "euclidean"))
Means(own=[0.25, 0.25, None], other=[1.0, 0.75, 0.875], nearest=[1, 1, 0])
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Generator, Sequence
from itertools import accumulate, chain, pairwise, repeat
from math import (
    dist,
    fsum,  # sum() rounds as the Python version pleases
    hypot,
    inf,
    isfinite,
    sqrt,
)
from operator import add, itemgetter
from typing import NamedTuple, TypeAlias, TypeVar

from app.calculators.silhouette.clusters import Partition
from app.vocabulary.calculator import Found, Invalid, Job, Progress
from app.vocabulary.quantity import show_number

Rows: TypeAlias = Sequence[tuple[float, ...]]
"""The coordinates of a point in each row; for the metric `precomputed`, its distances to all points."""

ROUNDING = 1e-12
"""Numbers that differ by less than this share are taken as equal where it must be said which is the smaller: rounding
alone could part them.
"""

MATRIX_TOLERANCE = 1e-6
"""How far from zero the diagonal of a distance matrix may be, how far apart its two halves and how far below zero an
entry, as a share of the largest entry: what single precision leaves of a sound matrix.
"""

LARGEST = 1e100
SMALLEST = 1 / LARGEST
"""Numbers beyond these, but for 0, are refused: their squares, added up, would leave the range of floating-point
numbers.
"""

AT_ONCE = 500
"""How many points a slice takes where it takes several."""

FEW_PAIRS = 200_000
"""So many Euclidean distances are computed here at most where a script beside the page could do it: no visitor notices
them.
"""

# A unit vector is true to about 1e-16, so a smaller squared distance than this is no angle but rounding.
_PARALLEL = 1e-30


class Parts(NamedTuple):
    """`done` of `total` parts of the work, which take about the same time each. A slice need not finish one."""

    done: int
    total: int


class Means(NamedTuple):
    """For every point that is measured the mean distance to the others in its `own` cluster (a; None where there are no
    others), the smallest mean distance to an `other` cluster (b), and the index of this `nearest` cluster, the first if
    several are.
    """

    own: list[float | None]
    other: list[float]
    nearest: list[int]


T = TypeVar("T")

Work: TypeAlias = Generator[Parts | Job, Found | None, T]
"""A calculation that pauses after each slice of work and returns its result at the end. To abandon it, drop it. A job
that it yields may be done for it; sent None, it does it itself.
"""


def means(rows: Rows, cut: Partition, metric: str, which: Sequence[int] | None = None) -> Work[Means]:
    """The mean distances of all `rows`, or of `which` of them, to all. `check` has found them sound for this `metric`.

    A slice goes once through all coordinates of all points for Euclidean distances, through one coordinate of each
    otherwise. With 5,000 points of 10 coordinates none took longer than 11 ms in Pyodide, 5 ms in CPython.
    """
    if metric == "euclidean" and len(rows[0]) > 1:
        return (yield from _euclidean(rows, cut, range(len(rows)) if which is None else which))
    found = yield from METRICS[metric](rows, cut)
    if which is None:
        return found
    own, other, nearest = found
    return Means([own[index] for index in which], [other[at] for at in which], [nearest[at] for at in which])


def check(rows: Rows, metric: str) -> Work[None]:
    """Refuse rows that have no distances, by the number of the row, counted from 1."""
    width = len(rows) if metric == "precomputed" else len(rows[0]) if rows else 0
    for number, row in enumerate(rows, 1):
        if number % AT_ONCE == 0:
            yield Parts(0, 1)
        if not row:
            raise Invalid(f"Row {number:,} has no numbers: write its coordinates, then its label.", "points")
        if len(row) != width:
            raise Invalid(
                f"Row {number:,} has {len(row):,} distances, but there are {width:,} rows: a distance matrix is square."
                if metric == "precomputed"
                else f"Row {number:,} has {len(row):,} coordinates, but row 1 has {width:,}: give all points as many.",
                "points",
            )
        if not sum(map(abs, row)) <= LARGEST:
            for column, value in enumerate(row, 1):
                if not abs(value) <= LARGEST:
                    where = f"Row {number:,}, column {column:,} is {_shown(value)}"
                    raise Invalid(f"{where}: write a number between −1e100 and 1e100.", "points")
        if metric == "cosine" and hypot(*row) < SMALLEST:
            raise Invalid(
                f"Row {number:,} is a zero vector, which makes no angle with another: leave it out, or choose a metric "
                "other than cosine.",
                "points",
            )
    if metric == "precomputed":
        _check_matrix(rows)


def _check_matrix(matrix: Rows) -> None:
    """Refuse a square matrix of numbers that are no distances, by row and column."""
    near = MATRIX_TOLERANCE * max(map(max, matrix), default=0.0)
    for index, (row, mirrored) in enumerate(zip(matrix, zip(*matrix, strict=True), strict=True)):
        if min(row) < -near:
            other = next(other for other, value in enumerate(row) if value < -near)
            raise Invalid(f"{_entry(matrix, index, other)}: a distance is not negative.", "points")
        if row[index] > near:
            raise Invalid(f"{_entry(matrix, index, index)}: a point is at distance 0 from itself.", "points")
        if row != mirrored:
            for other, (one_way, the_other) in enumerate(zip(row, mirrored, strict=True)):
                if abs(one_way - the_other) > near:
                    both = f"{_entry(matrix, index, other)}, but {_entry(matrix, other, index).lower()}"
                    raise Invalid(f"{both}: a distance is the same both ways.", "points")


def _entry(matrix: Rows, row: int, column: int) -> str:
    return f"Row {row + 1:,}, column {column + 1:,} is {_shown(matrix[row][column])}"


def _shown(value: float) -> str:
    return show_number(value, 6) if isfinite(value) else "not a finite number"


def _euclidean(points: Rows, cut: Partition, which: Sequence[int]) -> Work[Means]:
    """Point by point: the own cluster, then the others from the nearest centre on, until no nearer one can come."""
    groups = [[points[member] for member in members] for members in cut.members]
    centres = []
    for group in groups:
        centres.append(tuple([fsum(axis) / len(group) for axis in zip(*group, strict=True)]))
        yield Parts(0, len(which))
    # How far rounding may have moved a centre.
    slack = 1e-15 * hypot(*(max(map(abs, axis)) for axis in zip(*points, strict=True)))
    if len(points) * len(which) > FEW_PAIRS:
        found = yield Job("mean-distances", _data(groups, cut, centres, which, slack), Progress(0.0, ""), 1.0)
        if found is not None:
            return _taken(found)
    means = _nothing(which)
    for index, (point, own) in enumerate((points[index], cut.of[index]) for index in which):
        if len(groups[own]) > 1:
            means.own[index] = fsum(map(dist, repeat(point), groups[own])) / (len(groups[own]) - 1)
        bounds = list(map(dist, repeat(point), centres))
        near: list[tuple[int, float]] = []
        smallest = inf
        for other in sorted(range(len(groups)), key=bounds.__getitem__):
            if (bounds[other] - slack) * (1 - ROUNDING) > smallest:
                break
            if other != own:
                mean = fsum(map(dist, repeat(point), groups[other])) / len(groups[other])
                near.append((other, mean))
                smallest = min(smallest, mean)
        means.other[index] = smallest
        means.nearest[index] = min(other for other, mean in near if mean * (1 - ROUNDING) <= smallest)
        yield Parts(index + 1, len(which))
    return means


def _data(
    groups: Sequence[Rows], cut: Partition, centres: Rows, which: Sequence[int], slack: float
) -> dict[str, object]:
    """What the script is given: points by cluster, so that it goes through memory in one direction."""
    place = array("i", bytes(4 * len(cut.of)))
    for at, member in enumerate(chain.from_iterable(cut.members)):
        place[member] = at
    return {
        "points": array("d", chain.from_iterable(chain.from_iterable(groups))),
        "width": len(centres[0]),
        "starts": array("i", accumulate(map(len, groups), initial=0)),
        "centres": array("d", chain.from_iterable(centres)),
        "which": array("i", [place[index] for index in which]),
        "slack": slack,
        "rounding": ROUNDING,
    }


def _taken(found: Found) -> Means:
    """What the script has found: a point alone in its cluster has NaN for a."""
    own: list[float | None] = [None if mean != mean else mean for mean in found["own"].tolist()]
    return Means(own, found["other"].tolist(), found["nearest"].tolist())


def _squared_euclidean(points: Rows, cut: Partition, least: float = 0.0) -> Work[Means]:
    """Cluster by cluster, from its centre and variance; a mean up to `least` is rounding, and counts as 0."""
    means = _nothing(points)
    axes = list(zip(*points, strict=True))
    done = 0
    for cluster, members in enumerate(cut.members):
        size = len(members)
        # Measured from a member, the centre has the cluster's own precision, however far all of it lies from 0. The
        # smallest member, so that the order of the rows makes no difference.
        origins = min(points[member] for member in members)
        squares = [0.0] * len(points)
        for axis, origin in zip(axes, origins, strict=True):
            centre = fsum([axis[member] - origin for member in members]) / size
            squares = [square + (x := value - origin - centre) * x for square, value in zip(squares, axis, strict=True)]
            done += 1
            yield Parts(done, len(cut.members) * len(axes))
        variance = fsum([squares[member] for member in members]) / size
        _take(means, cut, cluster, [size * mean if (mean := s + variance) > least else 0.0 for s in squares])
    return means


def _cosine(points: Rows, cut: Partition) -> Work[Means]:
    """Of vectors of length √½ the squared distance is 1 − cos, and small angles keep their digits."""
    units: list[tuple[float, ...]] = []
    for start in range(0, len(points), AT_ONCE):
        for point in points[start : start + AT_ONCE]:
            length = hypot(*point) / sqrt(0.5)
            units.append(tuple([value / length for value in point]))
        yield Parts(0, len(cut.members) * len(units[0]))
    return (yield from _squared_euclidean(units, cut, _PARALLEL))


def _manhattan(points: Rows, cut: Partition) -> Work[Means]:
    """Cluster by cluster and axis by axis, from sorted values."""
    means = _nothing(points)
    axes = []
    for axis in zip(*points, strict=True):
        order = sorted(range(len(points)), key=axis.__getitem__)
        rank = sorted(range(len(points)), key=order.__getitem__)
        axes.append((axis, itemgetter(*order)(axis), itemgetter(*rank)))
        yield Parts(0, len(cut.members) * len(points[0]))
    done = 0
    for cluster, members in enumerate(cut.members):
        totals = [0.0] * len(points)
        for axis, values, unsorted in axes:
            sums = sums_of_distances(values, sorted(axis[member] for member in members))
            totals = list(map(add, totals, unsorted(sums)))
            done += 1
            yield Parts(done, len(cut.members) * len(axes))
        _take(means, cut, cluster, totals)
    return means


def sums_of_distances(values: Sequence[float], members: Sequence[float]) -> list[float]:
    """For each of the `values` on a line the sum of its distances to all `members`, both sorted.

    Between two members the sum is a straight line, added up from gaps, which are all positive: no digit is lost.

    >>> sums_of_distances([0, 1, 2, 5], [1, 3])
    [4.0, 2.0, 2.0, 6.0]
    """
    size = len(members)
    gaps = [high - low for low, high in pairwise(members)]
    below = list(accumulate((count * gap for count, gap in enumerate(gaps, 1)), initial=0.0))
    above = list(accumulate((count * gap for count, gap in enumerate(reversed(gaps), 1)), initial=0.0))[::-1]
    start = bisect_right(values, members[0])
    sums = [above[0] + size * (members[0] - value) for value in values[:start]]
    for count, (low, high) in enumerate(pairwise(members), 1):
        stop = bisect_right(values, high, start)
        if stop > start:
            ends = below[count - 1] + above[count]
            sums += [ends + count * (value - low) + (size - count) * (high - value) for value in values[start:stop]]
            start = stop
    return sums + [below[-1] + size * (value - members[-1]) for value in values[start:]]


def _precomputed(matrix: Rows, cut: Partition) -> Work[Means]:
    """Row by row, its columns put in the order of the clusters."""
    means = _nothing(matrix)
    in_order = itemgetter(*(member for members in cut.members for member in members))
    ends = list(accumulate(map(len, cut.members), initial=0))
    for index, (row, own) in enumerate(zip(matrix, cut.of, strict=True)):
        if min(row) < 0:
            row = tuple([max(value, 0.0) for value in row])
        distances = in_order(row)
        totals = [fsum(distances[start:end]) for start, end in pairwise(ends)]
        others = [total / len(members) for total, members in zip(totals, cut.members, strict=True)]
        if len(cut.members[own]) > 1:
            means.own[index] = (totals[own] - row[index]) / (len(cut.members[own]) - 1)
        others[own] = inf
        smallest = means.other[index] = min(others)
        means.nearest[index] = next(at for at, mean in enumerate(others) if mean * (1 - ROUNDING) <= smallest)
        yield Parts(index + 1, len(matrix))
    return means


def _nothing(rows: Sequence[object]) -> Means:
    return Means([None] * len(rows), [inf] * len(rows), [0] * len(rows))


def _take(means: Means, cut: Partition, cluster: int, totals: list[float]) -> None:
    """Enter the `totals` of the distances of all points to the members of one cluster."""
    members = cut.members[cluster]
    size = len(members)
    for member in members:
        if size > 1:
            means.own[member] = totals[member] / (size - 1)
        totals[member] = inf
    other, nearest = means.other, means.nearest
    for index, total in enumerate(totals):
        mean = total / size
        if mean < other[index]:
            if mean < other[index] * (1 - ROUNDING):
                nearest[index] = cluster
            other[index] = mean


def between(metric: str, one: Sequence[float], other: Sequence[float]) -> float:
    """The distance between two points, to be shown: the means above are computed without it.

    >>> [between(metric, (3.0, 0.0), (0.0, 4.0)) for metric in ("euclidean", "sqeuclidean", "manhattan")]
    [5.0, 25.0, 7.0]
    >>> round(between("cosine", (3.0, 0.0), (0.0, 4.0)), 12)
    1.0
    """
    if metric == "manhattan":
        return fsum(abs(x - y) for x, y in zip(one, other, strict=True))
    if metric == "cosine":
        lengths = hypot(*one), hypot(*other)
        return dist([x / lengths[0] for x in one], [y / lengths[1] for y in other]) ** 2 / 2
    return dist(one, other) ** (2 if metric == "sqeuclidean" else 1)


METRICS: dict[str, Callable[[Rows, Partition], Work[Means]]] = {
    "euclidean": _manhattan,  # on a line, where they are the same
    "sqeuclidean": _squared_euclidean,
    "manhattan": _manhattan,
    "cosine": _cosine,
    "precomputed": _precomputed,
}
"""How each metric is computed, under the names that scikit-learn and SciPy give them."""
