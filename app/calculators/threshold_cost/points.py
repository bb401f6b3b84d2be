"""A table of operating points: what each costs, which is the cheapest, and which never can be.

An operating point is a pair of rates that a classifier reaches at some threshold. Its expected cost is linear in them,
so the cheapest point at any costs and prevalence lies on the convex hull of the ROC curve (Provost and Fawcett 2001).
Cost curves (Drummond and Holte 2006) show the same: there each point is a line, and the hull is their lower envelope.

>>> costs = Costs(c10=1, c01=10)
>>> table = [OperatingPoint(0.6, 0.1, 0.5), OperatingPoint(0.8, 0.3, 0.2), OperatingPoint(0.95, 0.5, 0.1)]
>>> [round(each.per_1000) for each in priced(table, costs, prevalence=0.1)]
[490, 470, 500]
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, isnan
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


class Stretch(NamedTuple):
    """Between `low` and `high` on some axis from 0 to 1, `point` is the cheapest."""

    low: float
    high: float
    point: OperatingPoint


def priced(table: Sequence[OperatingPoint], costs: Costs, prevalence: float) -> list[Policy]:
    """What each point costs at this prevalence, in the order of the table."""
    return [policy(costs, prevalence, point.tpr, point.fpr, point.threshold) for point in table]


def nearest(table: Sequence[OperatingPoint], threshold: float) -> int | None:
    """The index of the point whose threshold is nearest, of equally near ones the first; None where none is known.

    >>> nearest([OperatingPoint(0.6, 0.1, threshold=0.5), OperatingPoint(0.8, 0.3, threshold=0.2)], 1 / 11)
    1
    """
    if isnan(threshold):
        raise Invalid("The threshold is not a number: write one, such as 0.5.", "threshold")
    # Rounded, because 0.5 − 0.35 is a hair more than 0.35 − 0.2.
    apart = [
        (round(abs(point.threshold - threshold), 12), index)
        for index, point in enumerate(table)
        if point.threshold is not None
    ]
    return min(apart)[1] if apart else None


def is_off(corners: Sequence[OperatingPoint], point: OperatingPoint) -> bool:
    """Whether `point` lies below the hull with these `corners`: then another is cheaper at any costs and prevalence. On
    an edge of the hull it is as cheap as its neighbours at one cost ratio, so it is not off.

    >>> table = [OperatingPoint(0.6, 0.1), OperatingPoint(0.7, 0.3), OperatingPoint(0.95, 0.4)]
    >>> [is_off(hull(table), each) for each in table]
    [False, True, False]
    """
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

    >>> [(round(each.low, 3), round(each.high, 3)) for each in envelope([OperatingPoint(0.8, 0.2)])]
    [(0.0, 0.2), (0.2, 0.8), (0.8, 1.0)]
    """
    corners = hull(table)
    turns = [
        (after.fpr - corner.fpr) / (after.fpr - corner.fpr + after.tpr - corner.tpr)
        for corner, after in pairwise(corners)
    ]
    return tuple(
        Stretch(low, high, corner) for low, high, corner in zip([0.0, *turns], [*turns, 1.0], corners, strict=True)
    )


def by_prevalence(table: Sequence[OperatingPoint], costs: Costs) -> tuple[Stretch, ...]:
    """Which point is the cheapest from which prevalence to which: p* stays, the best point moves.

    >>> stretches = by_prevalence([OperatingPoint(0.8, 0.2)], Costs(c10=1, c01=10))
    >>> [(round(each.high, 4), each.point.tpr) for each in stretches]
    [(0.0244, 0.0), (0.2857, 0.8), (1.0, 1.0)]
    """
    return tuple(
        Stretch(prevalence_at(costs, stretch.low), prevalence_at(costs, stretch.high), stretch.point)
        for stretch in envelope(table)
    )


def hull(table: Sequence[OperatingPoint]) -> tuple[OperatingPoint, ...]:
    """The corners of the convex hull that are the cheapest somewhere, by rising FPR and TPR."""
    corners: list[OperatingPoint] = []
    for point in sorted((*table, FLAG_NONE, FLAG_ALL), key=lambda point: (point.fpr, -point.tpr)):
        if corners and point.tpr <= corners[-1].tpr:
            continue
        while len(corners) > 1 and _turns_up(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
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
