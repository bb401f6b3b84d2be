"""The convex hull of a ROC curve: which points can be best at some costs and prevalence, and which never are.

Where the curve sags, drawing lots between two thresholds does better than those between: the mixture lies on the
straight line that joins them (Provost & Fawcett 2001, https://doi.org/10.1023/A:1007601015854).

>>> from app.vocabulary.calculator import finish
>>> found = finish(hull([(0.0, 0.0), (0.1, 0.5), (0.2, 0.55), (0.5, 0.9), (1.0, 1.0)]))
>>> found.corners, found.dominated, round(found.area, 12)
((0, 1, 3, 4), (2,), 0.78)
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import pairwise
from typing import NamedTuple

from app.calculators.roc_auc.curve import END, SAME, START, Point, area
from app.vocabulary.calculator import Progress

_ROUNDING = 1e-15

_SLICE = 5000
"""Points that are looked at in one go."""


class Hull(NamedTuple):
    """The upper convex hull from (0, 0) to (1, 1), and the area under it.

    `corners` are the indices of its points in the curve, -1 for an end that the curve lacks; `dominated` those of the
    points strictly below the hull. A point on an edge is not: at one ratio of costs it is as good as the edge's ends.
    """

    points: tuple[Point, ...]
    corners: tuple[int, ...]
    dominated: tuple[int, ...]
    area: float


def hull(points: Sequence[Point]) -> Generator[Progress, None, Hull]:
    """The hull of points sorted by (FPR, TPR), in slices. Both ends are on it: nobody needs a model to flag nothing, or
    all.
    """
    places = [*range(len(points))]
    if points[0] != START:
        places.insert(0, -1)
    if points[-1] != END:
        places.append(-1)
    closed = [points[place] if place >= 0 else END if index else START for index, place in enumerate(places)]
    corners: list[int] = []
    for index, point in enumerate(closed):
        height = point[1]
        while len(corners) > 1:
            last = closed[corners[-1]]
            # Nearly upright, a line runs close by points far above its end, and those are corners.
            if last[1] > height or _depth(last, closed[corners[-2]], point) <= -_ROUNDING:
                break
            corners.pop()
        corners.append(index)
        if not (index + 1) % _SLICE:
            yield Progress(0.6 * index / len(closed), "hull")
    dominated = []
    looked = 0
    for left, right in pairwise(corners):
        start, end = closed[left], closed[right]
        for index in range(left + 1, right):
            if _depth(closed[index], start, end) > SAME:
                dominated.append(places[index])
            looked += 1
            if not looked % _SLICE:
                yield Progress(0.6 + 0.4 * index / len(closed), "hull")
    on_hull = tuple(closed[index] for index in corners)
    return Hull(on_hull, tuple(places[index] for index in corners), tuple(dominated), area(on_hull))


def _depth(point: Point, start: Point, end: Point) -> float:
    """How far `point` lies below the line from `start` to `end`: its distance, or up to √2 times less."""
    (left, low), (right, high) = start, end
    across, up = right - left, high - low
    span = abs(across) + abs(up)
    return ((point[0] - left) * up - (point[1] - low) * across) / span if span else 0.0
