"""A ROC curve from points, and the area under it by trapezoids.

A point is (FPR, TPR), two shares from 0 to 1. `curve` sorts points, adds the ends that are missing and records what it
did; everything else takes points in that order. Rows are counted from 1, as the person who typed them does.

The area is the probability that a positive scores above a negative, ties counted half (Hanley & McNeil 1982,
https://doi.org/10.1148/radiology.143.1.7063747).

>>> found = curve([(0.5, 0.9), (0.1, 0.5), (0.2, 0.7)])
>>> round(area(found.points), 12), found.reordered, found.added
(0.8, True, ((0.0, 0.0), (1.0, 1.0)))
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import fsum, inf, isfinite
from typing import Literal, NamedTuple, TypeAlias

from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_typed

Point: TypeAlias = tuple[float, float]
"""FPR and TPR of one threshold. A plain tuple: labels and scores make a hundred thousand of them."""

START: Point = (0.0, 0.0)
"""Nothing is flagged."""

END: Point = (1.0, 1.0)
"""Everything is flagged."""

SAME = 1e-12
"""Rates, distances and costs closer than this differ by rounding alone."""

_ASK = "Write a share from 0 to 1, such as 0.25 or 25%."


class Curve(NamedTuple):
    """Distinct points by (FPR, TPR), with `rows`: the row each was typed in first, 0 for an end that was added.

    `reordered`: sorting changed the order. `repeats`: each row that repeats another, with that other row. `falls`:
    where in `points` TPR is lower than at the point before.
    """

    points: tuple[Point, ...]
    rows: tuple[int, ...]
    reordered: bool
    repeats: tuple[tuple[int, int], ...]
    falls: tuple[int, ...]

    @property
    def added(self) -> tuple[Point, ...]:
        """The ends that were not typed."""
        return tuple(point for point, row in zip(self.points, self.rows, strict=True) if not row)

    @property
    def whole(self) -> bool:
        """Whether it reaches from FPR 0 to FPR 1, so that the area under it is an AUC."""
        return self.points[0][0] == 0 and self.points[-1][0] == 1


class Trapezoid(NamedTuple):
    """The area under one piece of a curve: its width in FPR times its mean TPR."""

    start: Point
    end: Point
    width: float
    mean_tpr: float
    area: float


def curve(points: Iterable[Point], ends: bool = True) -> Curve:
    """Sort `points` by FPR, then TPR, drop repeats, and add (0, 0) and (1, 1) where `ends` asks for them.

    Points with the same FPR stay in order of TPR, as a lower threshold would give them.

    >>> area(curve([(0, 0), (0, 0.5), (1, 1)]).points)
    0.75
    >>> curve([(0.1, 0.5), (1.5, 0.7)])
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: Row 2: the FPR is 1.5, more than 1. Did you mean 1.5%?
    """
    typed = []
    for row, (fpr, tpr) in enumerate(points, 1):
        if not (0 <= fpr <= 1 and 0 <= tpr <= 1):
            raise _refused(row, ("FPR", fpr), ("TPR", tpr))
        typed.append((fpr + 0.0, tpr + 0.0))  # whole numbers become floats, and -0.0 becomes 0.0
    order = sorted(range(len(typed)), key=typed.__getitem__)
    kept: list[Point] = []
    rows: list[int] = []
    repeats = []
    for index in order:
        point = typed[index]
        if kept and kept[-1] == point:
            repeats.append((index + 1, rows[-1]))
        else:
            kept.append(point)
            rows.append(index + 1)
    if ends and kept:
        if kept[0] != START:
            kept.insert(0, START)
            rows.insert(0, 0)
        if kept[-1] != END:
            kept.append(END)
            rows.append(0)
    if not kept:
        raise Invalid("Write at least one point: FPR and TPR, such as 0.1, 0.5.", "points")
    if len(kept) < 2:
        raise Invalid("One point alone has no area: write another, or let (0, 0) and (1, 1) be added.", "points")
    return Curve(
        points=tuple(kept),
        rows=tuple(rows),
        reordered=any(now > then for now, then in pairwise(order)),
        repeats=tuple(repeats),
        falls=tuple(index for index, (left, right) in enumerate(pairwise(kept), 1) if right[1] < left[1]),
    )


def from_sensitivity(
    pairs: Iterable[tuple[float, float]], first: Literal["sensitivity", "specificity"] = "sensitivity"
) -> tuple[Point, ...]:
    """Points from sensitivity and specificity, in the order that `first` says: TPR is the sensitivity, FPR is 1 minus
    the specificity, rounded to 15 decimals so that 0.9 gives 0.1.

    >>> from_sensitivity([(0.7, 0.9)]), from_sensitivity([(0.9, 0.7)], first="specificity")
    (((0.1, 0.7),), ((0.1, 0.7),))
    """
    points = []
    for row, (one, other) in enumerate(pairs, 1):
        sensitivity, specificity = (one, other) if first == "sensitivity" else (other, one)
        if not (0 <= sensitivity <= 1 and 0 <= specificity <= 1):
            raise _refused(row, ("sensitivity", sensitivity), ("specificity", specificity))
        points.append((round(1.0 - specificity, 15), sensitivity + 0.0))
    return tuple(points)


def _refused(row: int, *cells: tuple[str, float]) -> Invalid:
    """Why the first cell of a row that is no share cannot be used."""
    name, value = next((name, value) for name, value in cells if not 0 <= value <= 1)
    if not isfinite(value):
        wrong = f"is not a number. {_ASK}"
    elif value < 0:
        wrong = f"is {show_typed(value)}, less than 0. {_ASK}"
    else:
        meant = f"Did you mean {show_typed(value)}%?" if value <= 100 else _ASK
        wrong = f"is {show_typed(value)}, more than 1. {meant}"
    return Invalid(f"Row {row}: the {name} {wrong}", "points")


def trapezoids(points: Sequence[Point]) -> tuple[Trapezoid, ...]:
    """The area under a curve, piece by piece: the worked example.

    >>> [round(each.area, 3) for each in trapezoids(curve([(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)]).points)]
    [0.025, 0.06, 0.24, 0.475]
    """
    return tuple(
        Trapezoid(start, end, width := end[0] - start[0], mean := (start[1] + end[1]) / 2, width * mean)
        for start, end in pairwise(points)
    )


def area(points: Sequence[Point]) -> float:
    """The area under sorted points, 0 to 1: an AUC where they reach from FPR 0 to FPR 1."""
    # The widths are rounded one by one and may come to a hair more than 1.
    return min(1.0, fsum((right - left) * ((low + high) / 2) for (left, low), (right, high) in pairwise(points)))


def gini(auc: float) -> float:
    """The Gini coefficient, 2 AUC − 1 (Fawcett 2006, section 7, https://doi.org/10.1016/j.patrec.2005.10.010).

    >>> gini(0.75)
    0.5
    """
    return 2 * auc - 1


def if_flipped(auc: float) -> float | None:
    """The AUC after every score changes its sign, 1 − AUC, where that is better; else None.

    >>> if_flipped(0.25), if_flipped(0.5)
    (0.75, None)
    """
    return 1 - auc if auc < 0.5 else None


def as_typed(points: Sequence[Point]) -> float | None:
    """What `sklearn.metrics.auc` gives for points as they were typed, or None where it raises: fewer than two, or an
    FPR that both rises and falls. It neither sorts nor adds ends
    (https://scikit-learn.org/stable/modules/generated/sklearn.metrics.auc.html).

    >>> round(as_typed([(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)]), 12), as_typed([(0.2, 0.7), (0.1, 0.5), (0.5, 0.9)])
    (0.3, None)
    """
    steps = [end[0] - start[0] for start, end in pairwise(points)]
    if not steps or (min(steps) < 0 < max(steps)):
        return None
    total = fsum(step * ((start[1] + end[1]) / 2) for step, (start, end) in zip(steps, pairwise(points), strict=True))
    return -total if min(steps) < 0 else total


def tpr_at(points: Sequence[Point], fpr: float) -> float:
    """The TPR of a curve at `fpr`, on the straight line between its points; the highest where it rises straight up.

    >>> tpr_at([(0, 0), (0, 0.5), (1, 1)], 0), tpr_at([(0, 0), (0, 0.5), (1, 1)], 0.5)
    (0.5, 0.75)
    """
    after = bisect_right(points, (fpr, inf))
    left, low = points[after - 1]
    if after == len(points) or left == fpr:
        return low
    right, high = points[after]
    return low + (high - low) * ((fpr - left) / (right - left))


MOST_DRAWN = 300
"""Points of a curve that are drawn: closer together they fall on the same dot of a screen."""


def thinned(points: Sequence[Point], most: int = MOST_DRAWN) -> list[int]:
    """The places of the points that are drawn: all, or both ends and, of each stretch along the diagonal, the ones
    farthest above and below it.

    >>> thinned([(0, 0), (0.5, 1), (1, 1)])
    [0, 1, 2]
    """
    if len(points) <= most:
        return list(range(len(points)))
    stretches = (most - 2) // 2
    highest: dict[int, int] = {}
    lowest: dict[int, int] = {}
    for index, (fpr, tpr) in enumerate(points):
        stretch = min(int((fpr + tpr) / 2 * stretches), stretches - 1)
        above = tpr - fpr
        if stretch not in highest or above > points[highest[stretch]][1] - points[highest[stretch]][0]:
            highest[stretch] = index
        if stretch not in lowest or above < points[lowest[stretch]][1] - points[lowest[stretch]][0]:
            lowest[stretch] = index
    return sorted({0, len(points) - 1, *highest.values(), *lowest.values()})
