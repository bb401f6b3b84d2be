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
from itertools import accumulate, compress, pairwise
from math import fsum, inf
from typing import NamedTuple

from app.calculators.threshold_cost.cost import TIE, Costs, Outcomes, Policy, finite, weigh
from app.calculators.threshold_cost.points import OperatingPoint, hull
from app.vocabulary.calculator import Invalid, Progress

SLICE = 5000
"""Thresholds that are looked at in one go."""


class Cases(NamedTuple):
    """The scores of labelled cases, of each class by itself, rising. Neither is empty.

    Where a mistake costs more in one case than in another, `worth` has for each class the running sums of what its
    cases are worth, from none on: what a mistake adds there, over what it adds on average. Then rates count each case
    by its worth, and a cost that follows from them is right in every case.
    """

    positives: tuple[float, ...]
    negatives: tuple[float, ...]
    worth: tuple[tuple[float, ...], tuple[float, ...]] | None = None

    @property
    def total(self) -> int:
        """How many cases there are."""
        return len(self.positives) + len(self.negatives)

    @property
    def prevalence(self) -> float:
        """The share of positives among them."""
        return len(self.positives) / self.total

    @property
    def squares(self) -> tuple[float, float]:
        """The mean squares of what the positives, and of what the negatives are worth."""
        if self.worth is None:
            return 1.0, 1.0
        positives, negatives = (fsum((end - start) ** 2 for start, end in pairwise(sums)) for sums in self.worth)
        return positives / len(self.positives), negatives / len(self.negatives)

    def flagged(self, threshold: float) -> tuple[int, int]:
        """How many positives and how many negatives score at least `threshold`."""
        positives, negatives, _ = self
        return len(positives) - bisect_left(positives, threshold), len(negatives) - bisect_left(negatives, threshold)

    def worth_of(self, tp: int, fp: int) -> tuple[float, float]:
        """What so many of the highest positives, and so many of the highest negatives, are worth."""
        if self.worth is None:
            return tp, fp
        positives, negatives = self.worth
        return positives[-1] - positives[-1 - tp], negatives[-1] - negatives[-1 - fp]

    def at(self, costs: Costs, threshold: float, prevalence: float) -> Policy:
        """What flagging from `threshold` on costs per case, the classes weighed to `prevalence`, without looking at
        every case.

        >>> round(cases((0.9, 0.6, 0.3, 0.05), (1, 0, 1, 0)).at(Costs(c10=1, c01=10), 0.3, prevalence=0.5).cost, 12)
        0.25
        """
        tp, fp = self.flagged(threshold)
        return self.realised(costs, threshold, (tp, fp), self.worth_of(tp, fp), prevalence)

    def realised(
        self,
        costs: Costs,
        threshold: float | None,
        counts: tuple[int, int],
        worth: tuple[float, float],
        prevalence: float,
    ) -> Policy:
        """The policy that flags so many positives and negatives, which are worth so much."""
        n_pos, n_neg = len(self.positives), len(self.negatives)
        (tp, fp), (found, alarms) = counts, worth
        positive, negative = prevalence / n_pos, (1 - prevalence) / n_neg
        outcomes = Outcomes(positive * tp, negative * fp, positive * (n_pos - tp), negative * (n_neg - fp))
        by_worth = outcomes
        if self.worth is not None:
            missed, left = max(n_pos - found, 0.0), max(n_neg - alarms, 0.0)
            by_worth = Outcomes(positive * found, negative * alarms, positive * missed, negative * left)
        return weigh(costs, threshold, found / n_pos, alarms / n_neg, by_worth)._replace(outcomes=outcomes)


def check_classes(positive: Sequence[bool]) -> None:
    """Raise `Invalid` if one class has no case."""
    for has, what, label in ((True, "positive", 1), (False, "negative", 0)):
        if has not in positive:
            raise Invalid(f"No case is {what}: at least one must have the label {label}.", "scores")


def cases(
    scores: Sequence[float], labels: Sequence[float], worth: tuple[Sequence[float], Sequence[float]] | None = None
) -> Cases:
    """Cases by class. `worth` says what missing and what flagging each case would add, over the mean of its class.
    Raises `Invalid` if one class has none.

    >>> cases((0.9, 0.6, 0.3), (1, 0, 1))
    Cases(positives=(0.3, 0.9), negatives=(0.6,), worth=None)
    >>> cases((0.9, 0.6, 0.3), (1, 0, 1), ((1.5, 1.5, 0.5), (1, 1, 1))).worth
    ((0, 0.5, 2.0), (0, 1))
    """
    kept = [bool(label) for label in labels], [not label for label in labels]
    check_classes(kept[0])
    if worth is None:
        positives, negatives = (tuple(sorted(compress(scores, has))) for has in kept)
        return Cases(positives, negatives)
    ordered = [
        sorted(zip(compress(scores, has), compress(each, has), strict=True))
        for has, each in zip(kept, worth, strict=True)
    ]
    positives, negatives = (tuple([score for score, _ in rows]) for rows in ordered)
    sums = tuple(tuple(accumulate((each for _, each in rows), initial=0)) for rows in ordered)
    return Cases(positives, negatives, (sums[0], sums[1]))


class Swept(NamedTuple):
    """What every threshold that can be the cheapest does: the `thresholds`, falling, at each of which a positive case
    stands, how many positives (`tp`) and negatives (`fp`) are flagged from it on, and the `corners` of the ROC curve's
    hull; `worth` has what the flagged of each class are worth. Lowering a threshold past negatives alone only adds
    false positives.
    """

    thresholds: tuple[float, ...]
    tp: tuple[int, ...]
    fp: tuple[int, ...]
    worth: tuple[tuple[float, float], ...]
    corners: tuple[OperatingPoint, ...]

    def cheapest(self, whole: Cases, costs: Costs, prevalence: float, cap: float = 1.0) -> Policy:
        """The cheapest threshold for the cases it was swept from that flags no more than `cap` of them; ∞, which flags
        none, if no other is cheaper. Of equally cheap ones it is the highest.
        """
        finite(costs)
        positive, negative = prevalence / len(whole.positives), (1 - prevalence) / len(whole.negatives)
        gain, loss = positive * costs.regret_fn, negative * costs.regret_fp
        extra = [loss * alarms - gain * found for found, alarms in self.worth]  # over flagging none
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
    all_worth: list[tuple[float, float]] = []
    corners: list[tuple[float, float, float]] = [(0, 0, inf)]
    for start in range(0, len(thresholds), SLICE):
        if start:
            yield Progress(start / len(thresholds), "thresholds")
        for threshold in thresholds[start : start + SLICE]:
            tp, fp = whole.flagged(threshold)
            all_tp.append(tp)
            all_fp.append(fp)
            found, alarms = whole.worth_of(tp, fp)
            all_worth.append((found, alarms))
            _add(corners, (found, alarms, threshold))
    _add(corners, (*whole.worth_of(len(whole.positives), len(whole.negatives)), -inf))
    inner = [
        OperatingPoint(min(1.0, tp / len(whole.positives)), min(1.0, fp / len(whole.negatives)), threshold)
        for tp, fp, threshold in corners[1:-1]
    ]
    return Swept(tuple(thresholds), tuple(all_tp), tuple(all_fp), tuple(all_worth), hull(inner))


def _add(corners: list[tuple[float, float, float]], new: tuple[float, float, float]) -> None:
    """Put a point to the corners of the hull so far, and take away those that now lie on or below it: of cases that are
    worth the same in whole numbers, so nothing is rounded.
    """
    tp, fp, _ = new
    while len(corners) > 1:
        (before_tp, before_fp, _), (last_tp, last_fp, _) = corners[-2:]
        if (last_tp - before_tp) * (fp - before_fp) > (tp - before_tp) * (last_fp - before_fp):
            break
        corners.pop()
    corners.append(new)
