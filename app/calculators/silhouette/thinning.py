"""What the pictures of a silhouette show: bars in the order of the plot, and points in a plane.

Thousands of marks are slow to draw and show no more, so `thinned` draws fewer: of every cluster the points with the
highest and the lowest silhouette, and those at even steps of rank between them.

>>> from app.calculators.silhouette.scores import silhouette_work
>>> from app.vocabulary.calculator import finish
>>> result = finish(silhouette_work([[0], [0.1], [1]], ["0", "0", "1"]))
>>> [(bar.point.row, bar.stands_for) for bar in bars(result)]
[(1, 1), (2, 1), (3, 1)]
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from app.calculators.silhouette.scores import Point, Silhouette

BARS = 600
"""About as many bars as there are pixel rows in a silhouette plot."""

MARKS = 1500
"""Points in a plane that a browser still draws at once."""


class Bar(NamedTuple):
    """One bar of the silhouette plot: its `point`, and how many points of the same cluster it `stands_for`."""

    point: Point
    stands_for: int


class Mark(NamedTuple):
    """One `point` in the plane: `x` is its first coordinate and `y` its second, 0 where it has only one."""

    point: Point
    x: float
    y: float


def in_order(result: Silhouette) -> list[list[Point]]:
    """The points of each cluster by falling silhouette, equal ones by row; the clusters in order."""
    members: dict[str, list[Point]] = {cluster.label: [] for cluster in result.clusters}
    for point in result.points:  # in the order of their rows, which the sort keeps where silhouettes are equal
        members[point.label].append(point)
    return [sorted(points, key=attrgetter("s"), reverse=True) for points in members.values()]


def thinned(sizes: Sequence[int], limit: int) -> list[list[int]]:
    """Which ranks to draw of clusters of these `sizes`: all, or at most `limit` in all, the first and the last of each
    among them and even steps between, more of a larger cluster. Where that is not possible, at even steps from the
    first rank of the first cluster to the last of the last, so that some clusters have none.

    >>> thinned([9, 2, 1], limit=7)
    [[0, 3, 5, 8], [0, 1], [0]]
    """
    whole = sum(sizes)
    if whole <= limit:
        return [list(range(size)) for size in sizes]
    ends = [min(size, 2) for size in sizes]
    spare = limit - sum(ends)
    if spare >= 0:
        between = whole - sum(ends)
        return [
            _steps(size, least + spare * (size - least) // between) for size, least in zip(sizes, ends, strict=True)
        ]
    ranks = iter(_steps(whole, limit))
    drawn: list[list[int]] = []
    rank, start = next(ranks, whole), 0
    for size in sizes:
        drawn.append([])
        while rank < start + size:
            drawn[-1].append(rank - start)
            rank = next(ranks, whole)
        start += size
    return drawn


def _steps(size: int, number: int) -> list[int]:
    """`number` different ranks of `size`, at even steps from the first to the last."""
    if number < 2:
        return [0] * number
    return [(step * (size - 1) + (number - 1) // 2) // (number - 1) for step in range(number)]


def bars(result: Silhouette, limit: int = BARS) -> list[Bar]:
    """The bars of the silhouette plot, from top to bottom: clusters in order, in each the highest silhouette first.

    At most `limit` bars, see `thinned`. A point that is not drawn counts for the next one drawn of its cluster, or for
    the last.
    """
    clusters = in_order(result)
    drawn = []
    for points, ranks in zip(clusters, thinned([len(points) for points in clusters], limit), strict=True):
        starts = [0, *(rank + 1 for rank in ranks)][: len(ranks)]
        ends = [*starts[1:], len(points)]
        drawn += [Bar(points[rank], end - start) for rank, start, end in zip(ranks, starts, ends, strict=True)]
    return drawn


def marks(rows: Sequence[Sequence[float]], result: Silhouette, limit: int = MARKS) -> list[Mark]:
    """The points in the plane of their first two coordinates, whatever others they have. `rows` are the coordinates as
    they were given to `silhouette`. At most `limit` points, thinned as the bars are, in the order of the bars.

    >>> from app.calculators.silhouette.scores import silhouette_work
    >>> from app.vocabulary.calculator import finish
    >>> rows = [[0, 5, 1], [1, 5, 1], [9, 8, 1]]
    >>> [(mark.x, mark.y) for mark in marks(rows, finish(silhouette_work(rows, ["a", "a", "b"])))]
    [(0, 5), (1, 5), (9, 8)]
    """
    drawn = []
    for bar in bars(result, limit):
        x, y, *_ = (*rows[bar.point.row - 1], 0.0)
        drawn.append(Mark(bar.point, x, y))
    return drawn
