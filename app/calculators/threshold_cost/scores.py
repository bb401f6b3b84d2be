"""Scores of single cases with labels: what every threshold would have cost. That is a fact, and a step function of the
threshold: it changes only at a score.

>>> from app.vocabulary.calculator import finish
>>> found, costs = cases((0.9, 0.6, 0.3, 0.05), (1, 0, 1, 0)), Costs(c10=1, c01=10)
>>> best = finish(sweep(found)).cheapest(found, costs, prevalence=0.5)
>>> best.threshold, best.cost
(0.3, 0.25)
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Sequence
from math import inf
from typing import NamedTuple

from app.calculators.threshold_cost.cost import TIE, Costs, Outcomes, Policy, finite, weigh
from app.calculators.threshold_cost.points import OperatingPoint, hull
from app.vocabulary.calculator import Invalid, Progress

SLICE = 5000
"""Thresholds that are looked at in one go."""


class Cases(NamedTuple):
    """The scores of labelled cases, of each class by itself, rising. Neither is empty."""

    positives: tuple[float, ...]
    negatives: tuple[float, ...]

    @property
    def total(self) -> int:
        """How many cases there are."""
        return len(self.positives) + len(self.negatives)

    @property
    def prevalence(self) -> float:
        """The share of positives among them."""
        return len(self.positives) / self.total

    def flagged(self, threshold: float) -> tuple[int, int]:
        """How many positives and how many negatives score at least `threshold`."""
        positives, negatives = self
        return len(positives) - bisect_left(positives, threshold), len(negatives) - bisect_left(negatives, threshold)

    def at(self, costs: Costs, threshold: float, prevalence: float) -> Policy:
        """What flagging from `threshold` on costs per case, the classes weighed to `prevalence`, without looking at
        every case.

        >>> round(cases((0.9, 0.6, 0.3, 0.05), (1, 0, 1, 0)).at(Costs(c10=1, c01=10), 0.3, prevalence=0.5).cost, 12)
        0.25
        """
        tp, fp = self.flagged(threshold)
        weights = prevalence / len(self.positives), (1 - prevalence) / len(self.negatives)
        return _realised(costs, threshold, tp, fp, len(self.positives), self.total, *weights)


def cases(scores: Sequence[float], labels: Sequence[float]) -> Cases:
    """Cases by class. Raises `Invalid` if one class has none.

    >>> cases((0.9, 0.6, 0.3), (1, 0, 1))
    Cases(positives=(0.3, 0.9), negatives=(0.6,))
    """
    positives = sorted(score for score, label in zip(scores, labels, strict=True) if label)
    negatives = sorted(score for score, label in zip(scores, labels, strict=True) if not label)
    for of_class, what, label in ((positives, "positive", 1), (negatives, "negative", 0)):
        if not of_class:
            raise Invalid(f"No case is {what}: at least one must have the label {label}.", "scores")
    return Cases(tuple(positives), tuple(negatives))


class Swept(NamedTuple):
    """What every threshold that can be the cheapest does: the `thresholds`, falling, at each of which a positive case
    stands, how many positives (`tp`) and negatives (`fp`) are flagged from it on, and the `corners` of the ROC curve's
    hull. Lowering a threshold past negatives alone only adds false positives.
    """

    thresholds: tuple[float, ...]
    tp: tuple[int, ...]
    fp: tuple[int, ...]
    corners: tuple[OperatingPoint, ...]

    def cheapest(self, whole: Cases, costs: Costs, prevalence: float, cap: float = 1.0) -> Policy:
        """The cheapest threshold for the cases it was swept from that flags no more than `cap` of them; ∞, which flags
        none, if no other is cheaper. Of equally cheap ones it is the highest.
        """
        finite(costs)
        positive, negative = prevalence / len(whole.positives), (1 - prevalence) / len(whole.negatives)
        gain, loss = positive * costs.regret_fn, negative * costs.regret_fp
        extra = [loss * fp - gain * tp for tp, fp in zip(self.tp, self.fp, strict=True)]  # over flagging none
        if cap < 1:
            shares = zip(self.tp, self.fp, strict=True)
            allowed = next(
                (step for step, (tp, fp) in enumerate(shares) if positive * tp + negative * fp > cap + TIE), len(extra)
            )
            extra = extra[:allowed]
        least = min(extra, default=0.0)
        margin = TIE * max(prevalence * costs.regret_fn, (1 - prevalence) * costs.regret_fp)
        if least + margin >= 0:
            return whole.at(costs, inf, prevalence)
        best = next(step for step, cost in enumerate(extra) if cost <= least + margin)
        return whole.at(costs, self.thresholds[best], prevalence)


def sweep(whole: Cases) -> Generator[Progress, None, Swept]:
    """Look at every threshold in slices, so that a hundred thousand cases do not keep a reader waiting.

    >>> from app.vocabulary.calculator import finish
    >>> swept = finish(sweep(cases((0.9, 0.6, 0.3, 0.05), (1, 0, 1, 0))))
    >>> swept.thresholds, swept.tp, swept.fp
    ((0.9, 0.3), (1, 2), (0, 1))
    """
    thresholds = sorted(set(whole.positives), reverse=True)
    all_tp: list[int] = []
    all_fp: list[int] = []
    corners: list[tuple[int, int, float]] = [(0, 0, inf)]
    for start in range(0, len(thresholds), SLICE):
        if start:
            yield Progress(start / len(thresholds), "thresholds")
        for threshold in thresholds[start : start + SLICE]:
            tp, fp = whole.flagged(threshold)
            all_tp.append(tp)
            all_fp.append(fp)
            _add(corners, (tp, fp, threshold))
    _add(corners, (len(whole.positives), len(whole.negatives), -inf))
    inner = [
        OperatingPoint(tp / len(whole.positives), fp / len(whole.negatives), threshold)
        for tp, fp, threshold in corners[1:-1]
    ]
    return Swept(tuple(thresholds), tuple(all_tp), tuple(all_fp), hull(inner))


def _add(corners: list[tuple[int, int, float]], new: tuple[int, int, float]) -> None:
    """Put a point to the corners of the hull so far, and take away those that now lie on or below it: in whole numbers,
    so nothing is rounded.
    """
    tp, fp, _ = new
    while len(corners) > 1:
        (before_tp, before_fp, _), (last_tp, last_fp, _) = corners[-2:]
        if (last_tp - before_tp) * (fp - before_fp) > (tp - before_tp) * (last_fp - before_fp):
            break
        corners.pop()
    corners.append(new)


def _realised(
    costs: Costs,
    threshold: float,
    tp: int,
    fp: int,
    positives: int,
    count: int,
    positive_weight: float,
    negative_weight: float,
) -> Policy:
    fn, tn = positives - tp, count - positives - fp
    outcomes = Outcomes(positive_weight * tp, negative_weight * fp, positive_weight * fn, negative_weight * tn)
    return weigh(costs, threshold, tp / positives, fp / (count - positives), outcomes)
