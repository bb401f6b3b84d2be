"""Which point of a ROC curve to work at: by Youden's J, or by what mistakes cost and how common positives are.

>>> points = [(0, 0), (0.1, 0.5), (0.2, 0.7), (0.5, 0.9), (1, 1)]
>>> youden(points).point, round(youden(points).value, 12)
((0.2, 0.7), 0.5)
>>> ten_to_one = costs(1, 10, 0.5)
>>> ten_to_one.slope, cheapest(points, ten_to_one).point
(0.1, (1, 1))
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from typing import NamedTuple

from app.calculators.roc_auc.curve import SAME, Point
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_number

_LEAST = 1e-200
"""Where the dearest point costs less than this, what others cost would leave the range of floating-point numbers."""


class Best(NamedTuple):
    """A best point, its `place` in the curve and the `value` it is best by. `ties` are the places of all that
    are as good, itself first: of these it has the lowest FPR.
    """

    place: int
    point: Point
    value: float
    ties: tuple[int, ...]


class Costs(NamedTuple):
    """What a false positive and a false negative cost, in one currency, and the share of cases that are positive."""

    false_positive: float
    false_negative: float
    prevalence: float

    @property
    def slope(self) -> float:
        """The slope of the lines of equal cost: the TPR that must be gained to pay for more FPR (Fawcett 2006, section
        6, https://doi.org/10.1016/j.patrec.2005.10.010). Infinite where false negatives cost nothing.
        """
        positives = self.false_negative * self.prevalence
        return self.false_positive * (1 - self.prevalence) / positives if positives else inf

    def expected(self, point: Point) -> float:
        """The expected cost per case of working at `point`.

        >>> costs(1, 10, 0.5).expected((0.5, 0.75))
        1.5
        """
        fpr, tpr = point
        negatives, positives = 1 - self.prevalence, self.prevalence
        return self.false_positive * negatives * fpr + self.false_negative * positives * (1 - tpr)


def costs(false_positive: float, false_negative: float, prevalence: float) -> Costs:
    """Costs that can be worked with: raises `Invalid` for a negative or endless one, a prevalence that is no share, or
    where no mistake costs anything.

    >>> costs(1, 0, 1)
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: At these costs no mistake costs anything: make one of them more than 0.
    """
    for field, what, cost in (
        ("cost_fp", "false positive", false_positive),
        ("cost_fn", "false negative", false_negative),
    ):
        if not (isfinite(cost) and cost >= 0):
            raise Invalid(f"The cost of a {what} is a number from 0, such as 1 or 10.", field)
    if not 0 <= prevalence <= 1:
        raise Invalid("The prevalence is a share from 0 to 1, such as 0.02 or 2%.", "prevalence")
    priced = Costs(false_positive, false_negative, prevalence)
    dearest = priced.expected((1, 0))
    if not dearest:
        raise Invalid("At these costs no mistake costs anything: make one of them more than 0.", "cost_fn")
    if dearest < _LEAST:
        raise Invalid(
            f"At most {show_number(dearest)} per case is too little to compare: write larger costs.", "cost_fn"
        )
    return priced


def youden(points: Sequence[Point]) -> Best:
    """The point farthest above the diagonal, by J = TPR − FPR (Youden 1950,
    https://doi.org/10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3). It is the cheapest where the slope of
    equal cost is 1.
    """
    return _best(points, [tpr - fpr for fpr, tpr in points], SAME)


def cheapest(points: Sequence[Point], costs: Costs) -> Best:
    """The point with the lowest expected cost per case, which is its `value`. On straight lines between points nothing
    is cheaper, so the points of a hull give the same cost.
    """
    positives, negatives = costs.false_negative * costs.prevalence, costs.false_positive * (1 - costs.prevalence)
    saved = [-(negatives * fpr + positives * (1 - tpr)) for fpr, tpr in points]
    best = _best(points, saved, SAME * costs.expected((1, 0)))
    return best._replace(value=-best.value)


def _best(points: Sequence[Point], values: Sequence[float], same: float) -> Best:
    highest = max(values)
    ties = tuple(index for index, value in enumerate(values) if value >= highest - same)
    return Best(ties[0], points[ties[0]], values[ties[0]], ties)


def iso_line(point: Point, slope: float) -> tuple[Point, Point]:
    """The line of equal cost through `point`, from where it enters the unit square to where it leaves it.

    >>> iso_line((0.25, 0.75), 1), iso_line((0.25, 0.75), inf)
    (((0.0, 0.5), (0.5, 1.0)), ((0.25, 0.0), (0.25, 1.0)))
    """
    fpr, tpr = point
    if slope == inf:
        return (fpr, 0.0), (fpr, 1.0)
    left, right = tpr - slope * fpr, tpr + slope * (1 - fpr)
    start = (0.0, left) if left >= 0 else (fpr - tpr / slope, 0.0)
    end = (1.0, right) if right <= 1 else (fpr + (1 - tpr) / slope, 1.0)
    return start, end
