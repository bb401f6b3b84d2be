"""A table of operating points: what each costs, which is the cheapest, and which never can be.

An operating point is a pair of rates that a classifier reaches at some threshold. Its expected cost is linear in them,
so the cheapest point at any costs and prevalence lies on the convex hull of the ROC curve (Provost and Fawcett 2001).
Cost curves (Drummond and Holte 2006) show the same: there each point is a line, and the hull is their lower envelope.

>>> costs = Costs(c10=1, c01=10)
>>> table = points([(0.5, 0.6, 0.1), (0.2, 0.8, 0.3), (0.1, 0.95, 0.5)])
>>> [round(each.per_1000) for each in priced(table, costs, prevalence=0.1)]
[490, 470, 500]
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, isfinite, isnan
from typing import NamedTuple

from app.calculators.threshold_cost.cost import Costs, Policy, policy, reasonable, share
from app.vocabulary.calculator import Invalid

_NEAR = 1e-12  # rates closer than this are the same


class OperatingPoint(NamedTuple):
    """What a classifier does at a `threshold` (None where it is not known): `tpr` of the positives and `fpr` of the
    negatives are flagged.
    """

    tpr: float
    fpr: float
    threshold: float | None = None


FLAG_NONE = OperatingPoint(0.0, 0.0, inf)
FLAG_ALL = OperatingPoint(1.0, 1.0, -inf)

_RATES = ("TPR", "FPR")
_COUNTS = ("TP", "FP", "FN", "TN")


class Stretch(NamedTuple):
    """Between `low` and `high` on some axis from 0 to 1, `point` is the cheapest."""

    low: float
    high: float
    point: OperatingPoint


def points(rows: Sequence[Sequence[float]]) -> tuple[OperatingPoint, ...]:
    """Read the rows of a table: TPR and FPR, or the counts TP, FP, FN and TN; either may follow a threshold.

    Raises `Invalid` naming row and cell, counted from 1.

    >>> points([(0.8, 0.2)])
    (OperatingPoint(tpr=0.8, fpr=0.2, threshold=None),)
    >>> points([(0.5, 80, 180, 20, 720)])
    (OperatingPoint(tpr=0.8, fpr=0.2, threshold=0.5),)
    >>> points([(0.8, 0.2), (0.9, 1.3)])
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: Row 2, cell 2 (FPR) is 1.3: a rate is at least 0 and at most 1, such as 0.2.
    """
    if not rows:
        raise Invalid("There are no operating points: write at least one row, such as 0.5, 0.8, 0.2.", "points")
    return tuple(_point(row, number, len(rows[0])) for number, row in enumerate(rows, 1))


def sample_prevalence(rows: Sequence[Sequence[float]]) -> float | None:
    """The share of positives in the cases that the counts were taken on; None where the rows hold rates, or disagree.

    >>> sample_prevalence([(0.5, 80, 180, 20, 720), (0.2, 95, 400, 5, 500)])
    0.1
    """
    found = set()
    for row in rows:
        if len(row) < 4:
            return None
        tp, fp, fn, tn = row[-4:]
        found.add((tp + fn, fp + tn))
    if len(found) != 1:
        return None
    positive, negative = found.pop()
    return positive / (positive + negative)


def priced(table: Sequence[OperatingPoint], costs: Costs, prevalence: float) -> list[Policy]:
    """What each point costs at this prevalence, in the order of the table."""
    return [policy(costs, prevalence, each.tpr, each.fpr, each.threshold) for each in table]


def nearest(table: Sequence[OperatingPoint], threshold: float) -> int | None:
    """The index of the point whose threshold is nearest, of equally near ones the first; None where none is known.

    >>> nearest(points([(0.5, 0.6, 0.1), (0.2, 0.8, 0.3), (0.1, 0.95, 0.5)]), 1 / 11)
    2
    """
    if isnan(threshold):
        raise Invalid("The threshold is not a number: write one, such as 0.5.", "threshold")
    # Rounded, because 0.5 − 0.35 is a hair more than 0.35 − 0.2.
    apart = [
        (round(abs(each.threshold - threshold), 12), index)
        for index, each in enumerate(table)
        if each.threshold is not None
    ]
    return min(apart)[1] if apart else None


def off_hull(table: Sequence[OperatingPoint]) -> tuple[bool, ...]:
    """For each point, whether another is cheaper at any costs and prevalence: it lies below the convex hull of the ROC
    curve, to which flagging none and flagging all belong. A point on an edge of the hull is as cheap as its neighbours
    at one cost ratio, so it is not off.

    >>> off_hull(points([(0.6, 0.1), (0.7, 0.3), (0.95, 0.4)]))
    (False, True, False)
    """
    corners = hull(table)
    return tuple(is_off(corners, each) for each in table)


def is_off(corners: Sequence[OperatingPoint], point: OperatingPoint) -> bool:
    """Whether `point` lies below the hull with these `corners`."""
    return _height(corners, point.fpr) - point.tpr > _NEAR or point.fpr - corners[-1].fpr > _NEAR


def probability_cost(costs: Costs, prevalence: float) -> float:
    """PC(+) of Drummond and Holte: the share of positives weighted by what a mistake costs, the x axis of a cost curve.

    >>> probability_cost(Costs(c10=1, c01=9), prevalence=0.1)
    0.5
    """
    reasonable(costs)
    share(prevalence, "The prevalence", "prevalence")
    positive, negative = prevalence * costs.regret_fn, (1 - prevalence) * costs.regret_fp
    return positive / (positive + negative)


def prevalence_at(costs: Costs, probability_cost: float) -> float:
    """The prevalence at which PC(+) has this value: the inverse of `probability_cost`."""
    reasonable(costs)
    share(probability_cost, "The probability cost", "prevalence", "0.5")
    positive, negative = probability_cost * costs.regret_fp, (1 - probability_cost) * costs.regret_fn
    return positive / (positive + negative)


def normalised_cost(point: OperatingPoint, probability_cost: float) -> float:
    """The normalised expected cost of Drummond and Holte: 0 is a perfect classifier, 1 one that is always wrong. A line
    from FPR at PC(+) = 0 to the false-negative rate at PC(+) = 1.

    >>> round(normalised_cost(OperatingPoint(tpr=0.8, fpr=0.3), 0.5), 12)
    0.25
    """
    return (1 - point.tpr) * probability_cost + point.fpr * (1 - probability_cost)


def envelope(table: Sequence[OperatingPoint]) -> tuple[Stretch, ...]:
    """The lower envelope of the cost curve: which point is the cheapest from which PC(+) to which. Flagging none and
    flagging all are among them; where points tie all along, the first of the table stands for them.

    >>> [(round(each.low, 3), round(each.high, 3)) for each in envelope(points([(0.8, 0.2)]))]
    [(0.0, 0.2), (0.2, 0.8), (0.8, 1.0)]
    """
    found = hull(table)
    turns = [(after.fpr - each.fpr) / (after.fpr - each.fpr + after.tpr - each.tpr) for each, after in pairwise(found)]
    return tuple(Stretch(low, high, each) for low, high, each in zip([0.0, *turns], [*turns, 1.0], found, strict=True))


def by_prevalence(table: Sequence[OperatingPoint], costs: Costs) -> tuple[Stretch, ...]:
    """Which point is the cheapest from which prevalence to which: p* stays, the best point moves.

    >>> stretches = by_prevalence(points([(0.8, 0.2)]), Costs(c10=1, c01=10))
    >>> [(round(each.high, 4), each.point.tpr) for each in stretches]
    [(0.0244, 0.0), (0.2857, 0.8), (1.0, 1.0)]
    """
    return tuple(
        Stretch(prevalence_at(costs, each.low), prevalence_at(costs, each.high), each.point) for each in envelope(table)
    )


def _point(row: Sequence[float], number: int, cells: int) -> OperatingPoint:
    """One row, with as many cells as the first."""
    if cells not in (2, 3, 4, 5):
        raise Invalid(
            f"Row 1 has {_cells(cells)}: write TPR, FPR or TP, FP, FN, TN, with or without a threshold before them.",
            "points",
        )
    if len(row) != cells:
        raise Invalid(f"Row {number} has {_cells(len(row))} and row 1 has {cells}: give every row the same.", "points")
    names = _RATES if cells < 4 else _COUNTS
    threshold = row[0] if cells > len(names) else None
    if threshold is not None and isnan(threshold):
        raise Invalid(f"Row {number}, cell 1 (threshold) is not a number: write one, such as 0.5.", "points")
    for cell, (name, value) in enumerate(zip(names, row[-len(names) :], strict=True), 1 + cells - len(names)):
        where = f"Row {number}, cell {cell} ({name})"
        wrong = f"is {value:.15g}" if isfinite(value) else "is not a number"
        if names == _RATES and not 0 <= value <= 1:
            raise Invalid(f"{where} {wrong}: a rate is at least 0 and at most 1, such as 0.2.", "points")
        if names == _COUNTS and not 0 <= value < inf:
            raise Invalid(f"{where} {wrong}: a count is at least 0, such as 20.", "points")
    if names == _RATES:
        tpr, fpr = row[-2:]
        return OperatingPoint(tpr, fpr, threshold)
    tp, fp, fn, tn = row[-4:]
    for whole, what, cells_named in ((tp + fn, "positive", "TP and FN"), (fp + tn, "negative", "FP and TN")):
        if whole == 0:
            raise Invalid(f"Row {number} has no {what} case: {cells_named} cannot both be 0.", "points")
    return OperatingPoint(tp / (tp + fn), fp / (fp + tn), threshold)


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number} cells"


def hull(table: Sequence[OperatingPoint]) -> tuple[OperatingPoint, ...]:
    """The corners of the convex hull that are the cheapest somewhere, by rising FPR and TPR."""
    corners: list[OperatingPoint] = []
    for each in sorted((*table, FLAG_NONE, FLAG_ALL), key=lambda point: (point.fpr, -point.tpr)):
        if corners and each.tpr <= corners[-1].tpr:
            continue
        while len(corners) > 1 and _turns_up(corners[-2], corners[-1], each):
            corners.pop()
        corners.append(each)
    return tuple(corners)


def _turns_up(one: OperatingPoint, two: OperatingPoint, three: OperatingPoint) -> bool:
    """Whether the middle one lies on or below the line between the others."""
    return (two.tpr - one.tpr) * (three.fpr - one.fpr) <= (three.tpr - one.tpr) * (two.fpr - one.fpr)


def _height(hull: Sequence[OperatingPoint], fpr: float) -> float:
    """The TPR of the hull at `fpr`."""
    for one, two in pairwise(hull):
        if fpr <= two.fpr:
            return one.tpr + (two.tpr - one.tpr) * ((fpr - one.fpr) / (two.fpr - one.fpr))
    return hull[-1].tpr
