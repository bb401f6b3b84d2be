"""k-means: points sorted into k clusters, so that the sum of their squared distances to the centres is small.

Lloyd's iterations from k-means++ (David Arthur and Sergei Vassilvitskii, “k-means++: the advantages of careful
seeding”, SODA 2007, 1027–1035), several times; the best is taken. A script beside the page does the same many times as
fast (static/inner_loops.js). What is here is its reference: both add and multiply the same numbers in the same order,
so that the clusters are the same on every machine, to the last point.

>>> from app.vocabulary.calculator import finish
>>> finish(k_means([(0.0, 0.0), (9.0, 9.0), (0.0, 1.0), (9.0, 8.0)], 2))
('1', '2', '1', '2')
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from math import fsum, inf
from typing import NamedTuple

from app.calculators.silhouette.distances import Parts, Rows, Work
from app.calculators.silhouette.sampling import SEED, chances
from app.vocabulary.calculator import Job, Progress

STARTS = 10
"""How often it begins anew."""

MOST_ROUNDS = 300
"""How often the centres move at most, as in scikit-learn."""

TOLERANCE = 1e-4
"""Centres rest when the sum of their squared moves is this share of the mean variance of the coordinates, as in
scikit-learn.
"""

FEW = 20_000
"""So many numbers, coordinates of points to centres, are worked through here where the script could do it."""

Axes = Sequence[Sequence[float]]


class _Clustering(NamedTuple):
    labels: list[int]
    inertia: float


def k_means(rows: Rows, k: int) -> Work[tuple[str, ...] | None]:
    """A label for each row, the clusters numbered from 1 as they come in the rows; None where there are fewer than `k`
    different rows.
    """
    axes: list[list[float]] = []
    for axis in zip(*rows, strict=True):
        mean = fsum(axis) / len(axis)
        axes.append([value - mean for value in axis])  # the sums below keep more digits near 0
        yield Parts(0, STARTS)
    tolerance = TOLERANCE * fsum(fsum([x * x for x in axis]) / len(axis) for axis in axes) / len(axes)
    seed = SEED ^ k
    labels: Sequence[int] | None = None
    if len(rows) * len(axes) * k > FEW:
        points = array("d", bytes(8 * len(rows) * len(axes)))
        for at, centred in enumerate(axes):
            points[at :: len(axes)] = array("d", centred)
            yield Parts(0, STARTS)
        data = {
            "points": points,
            "width": len(axes),
            "k": k,
            "seed": seed - 2**32 if seed >= 2**31 else seed,
            "starts": STARTS,
            "most": MOST_ROUNDS,
            "tolerance": tolerance,
        }
        found = yield Job("k-means", data, Progress(0.0, ""), 1.0)
        labels = None if found is None else found["labels"].tolist()
    if labels is None:
        labels = yield from _best(axes, k, chances(seed), tolerance)
    if not labels:
        return None
    names: dict[int, str] = {}
    return tuple([names.setdefault(label, f"{len(names) + 1}") for label in labels])


def _best(axes: Axes, k: int, draw: Callable[[], float], tolerance: float) -> Work[list[int]]:
    best = _Clustering([], inf)
    for start in range(STARTS):
        centres = yield from _begin(axes, k, draw, start)
        if not centres:
            return []
        found = yield from _settle(axes, centres, tolerance, start)
        if found.inertia < best.inertia:
            best = found
    return best.labels


def _begin(axes: Axes, k: int, draw: Callable[[], float], start: int) -> Work[list[list[float]]]:
    """Centres at points: the first at any, each other one at a point with a chance that grows as its squared distance
    to the nearest before it. None where there are fewer different points.
    """
    size = len(axes[0])
    centres = [_at(axes, int(draw() * size))]
    squares = [inf] * size
    while len(centres) < k:
        squares = list(map(min, squares, (yield from _squares(axes, centres[-1], start))))
        sums = list(accumulate(squares))
        if not sums[-1]:
            return []
        centres.append(_at(axes, bisect_right(sums, draw() * sums[-1])))
    return centres


def _settle(axes: Axes, centres: list[list[float]], tolerance: float, start: int) -> Work[_Clustering]:
    """Every point to its nearest centre, every centre to the mean of its points, until nothing moves any more."""
    labels, squares = yield from _assigned(axes, centres, start)
    for _ in range(MOST_ROUNDS):
        before, shift = labels, 0.0
        counts = [0] * len(centres)
        for label in labels:
            counts[label] += 1
        moved = []
        for axis in axes:
            totals = [0.0] * len(centres)
            for value, label in zip(axis, labels, strict=True):
                totals[label] += value
            moved.append(totals)
            yield Parts(start, STARTS)
        for at, (count, centre) in enumerate(zip(counts, centres, strict=True)):
            if count:
                goal = [totals[at] / count for totals in moved]
            else:  # a centre without points goes to the point that lies farthest from its own
                far = max(range(len(squares)), key=squares.__getitem__)
                squares[far] = 0.0
                goal = _at(axes, far)
            for to, value in zip(goal, centre, strict=True):
                shift += (to - value) * (to - value)
            centres[at] = goal
        labels, squares = yield from _assigned(axes, centres, start)
        if shift <= tolerance or labels == before:
            break
    inertia = 0.0
    for square in squares:
        inertia += square
    return _Clustering(labels, inertia)


def _assigned(axes: Axes, centres: Sequence[Sequence[float]], start: int) -> Work[tuple[list[int], list[float]]]:
    """For every point the place of its nearest centre, the first of several, and the squared distance to it."""
    least = yield from _squares(axes, centres[0], start)
    labels = [0] * len(least)
    for place, centre in enumerate(centres[1:], 1):
        squares = yield from _squares(axes, centre, start)
        labels = [place if one < other else label for one, other, label in zip(squares, least, labels, strict=True)]
        least = list(map(min, least, squares))
    return labels, least


def _squares(axes: Axes, centre: Sequence[float], start: int) -> Work[list[float]]:
    """The squared distance of every point to a centre, added up coordinate by coordinate."""
    squares = [0.0] * len(axes[0])
    for axis, at in zip(axes, centre, strict=True):
        squares = [square + (x := value - at) * x for square, value in zip(squares, axis, strict=True)]
        yield Parts(start, STARTS)
    return squares


def _at(axes: Axes, point: int) -> list[float]:
    return [axis[point] for axis in axes]
