"""Scores of single cases: what every threshold would have cost, and what it will if the scores are probabilities.

With labels the cost is a fact, and a step function of the threshold: it changes only at a score. Without labels it is
an expectation, if the scores are calibrated: of the cases with score p, the share p is positive.

>>> from app.calculators.threshold_cost.cost import cheapest
>>> scores, labels, costs = (0.9, 0.6, 0.3, 0.05), (1, 0, 1, 0), Costs(c10=1, c01=10)
>>> best = cheapest(realised_curve(scores, labels, costs))
>>> best.threshold, best.cost
(0.3, 0.25)
>>> round(expected(scores, costs, 0.3).cost, 6)
0.425
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Sequence
from itertools import accumulate, groupby
from math import fsum, inf, isfinite, isnan
from typing import NamedTuple

from app.calculators.threshold_cost.cost import TIE, Costs, Outcomes, Policy, finite, share, weigh
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
        """What flagging from `threshold` on costs per case, the classes weighed to `prevalence`: as `realised`, without
        looking at every case.

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
    for found, what, label in ((positives, "positive", 1), (negatives, "negative", 0)):
        if not found:
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
        none, if no other is cheaper. Of equally cheap ones it is the highest. As `cheapest` of `realised_curve`.
        """
        finite(costs)
        positive, negative = prevalence / len(whole.positives), (1 - prevalence) / len(whole.negatives)
        gain, loss = positive * costs.regret_fn, negative * costs.regret_fp
        extra = [loss * fp - gain * tp for tp, fp in zip(self.tp, self.fp, strict=True)]  # over flagging none
        if cap < 1:
            shares = zip(self.tp, self.fp, strict=True)
            allowed = next(
                (at for at, (tp, fp) in enumerate(shares) if positive * tp + negative * fp > cap + TIE), len(extra)
            )
            extra = extra[:allowed]
        least = min(extra, default=0.0)
        margin = TIE * max(prevalence * costs.regret_fn, (1 - prevalence) * costs.regret_fp)
        if least + margin >= 0:
            return whole.at(costs, inf, prevalence)
        best = next(at for at, each in enumerate(extra) if each <= least + margin)
        return whole.at(costs, self.thresholds[best], prevalence)


def sweep(whole: Cases) -> Generator[Progress, None, Swept]:
    """Look at every threshold in slices, so that a hundred thousand cases do not keep a reader waiting.

    >>> from app.vocabulary.calculator import Progress
    >>> def result(work):
    ...     while True:
    ...         try:
    ...             next(work)
    ...         except StopIteration as done:
    ...             return done.value
    >>> swept = result(sweep(cases((0.9, 0.6, 0.3, 0.05), (1, 0, 1, 0))))
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
    inner = [OperatingPoint(tp / len(whole.positives), fp / len(whole.negatives), at) for tp, fp, at in corners[1:-1]]
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


def realised(
    scores: Sequence[float], labels: Sequence[int], costs: Costs, threshold: float, prevalence: float | None = None
) -> Policy:
    """What flagging from `threshold` on cost on these cases, per case. `prevalence` weighs the classes anew, for cases
    that were not drawn as they come.
    """
    finite(costs)
    positive, negative = _weights(scores, labels, prevalence)
    _threshold(threshold)
    flagged = [label for score, label in zip(scores, labels, strict=True) if score >= threshold]
    tp = sum(flagged)
    return _realised(costs, threshold, tp, len(flagged) - tp, sum(labels), len(labels), positive, negative)


def realised_curve(
    scores: Sequence[float], labels: Sequence[int], costs: Costs, prevalence: float | None = None
) -> list[Policy]:
    """What every threshold cost on these cases: flagging none (a threshold of ∞), then flagging from each distinct
    score on, the highest first. No other threshold gives another cost. Takes n log n time.
    """
    finite(costs)
    positive, negative = _weights(scores, labels, prevalence)
    whole, count = sum(labels), len(labels)
    tp = fp = 0
    curve = [_realised(costs, inf, 0, 0, whole, count, positive, negative)]
    for score, group in groupby(sorted(zip(scores, labels, strict=True), reverse=True), key=lambda case: case[0]):
        same = [label for _, label in group]
        tp += sum(same)
        fp += len(same) - sum(same)
        curve.append(_realised(costs, score, tp, fp, whole, count, positive, negative))
    return curve


def expected(scores: Sequence[float], costs: Costs, threshold: float) -> Policy:
    """What flagging from `threshold` on is expected to cost per case if the scores are calibrated: a flagged case with
    probability p costs p c11 + (1 − p) c10, another p c01 + (1 − p) c00.
    """
    finite(costs)
    _probabilities(scores)
    _threshold(threshold)
    flagged = [score for score in scores if score >= threshold]
    rest = [score for score in scores if score < threshold]
    sums = fsum(flagged), fsum(1 - score for score in flagged), fsum(rest), fsum(1 - score for score in rest)
    return _expected(costs, threshold, sums, len(scores))


def expected_curve(scores: Sequence[float], costs: Costs) -> list[Policy]:
    """The expected cost of every threshold if the scores are calibrated, in the order of `realised_curve`."""
    finite(costs)
    _probabilities(scores)
    ordered = sorted(scores, reverse=True)
    rest = [1 - score for score in ordered]
    # Sums from either end, because a difference of sums would lose the digits of the smaller one.
    flagged, spared, missed, passed = (
        list(accumulate(values, initial=0.0)) for values in (ordered, rest, ordered[::-1], rest[::-1])
    )
    count = len(ordered)
    last = [index for index in range(1, count + 1) if index == count or ordered[index] != ordered[index - 1]]
    return [
        _expected(
            costs,
            ordered[index - 1] if index else inf,
            (flagged[index], spared[index], missed[count - index], passed[count - index]),
            count,
        )
        for index in (0, *last)
    ]


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


def _expected(costs: Costs, threshold: float, sums: tuple[float, float, float, float], count: int) -> Policy:
    """The policy with these sums of p and 1 − p over the flagged and the others."""
    tp, fp, fn, tn = sums
    outcomes = Outcomes(tp / count, fp / count, fn / count, tn / count)
    return weigh(costs, threshold, tp / (tp + fn), fp / (fp + tn), outcomes)


def _weights(scores: Sequence[float], labels: Sequence[int], prevalence: float | None) -> tuple[float, float]:
    """What one positive and one negative case weigh, all of them together 1."""
    if len(scores) != len(labels):
        raise Invalid(
            f"There are {len(scores)} scores and {len(labels)} labels: give every score a label, 0 or 1.", "scores"
        )
    for row, (score, label) in enumerate(zip(scores, labels, strict=True), 1):
        if not isfinite(score):
            raise Invalid(f"Row {row}, cell 1 (score) is not a number: write one, such as 0.7.", "scores")
        if label not in (0, 1):
            wrong = f"Row {row}, cell 2 (label) is {label:g}"
            raise Invalid(f"{wrong}: write 1 for a positive case and 0 for a negative one.", "scores")
    positives = sum(labels)
    for number, what, label in ((positives, "positive", 1), (len(labels) - positives, "negative", 0)):
        if not number:
            raise Invalid(f"No case is {what}: at least one must have the label {label}.", "scores")
    if prevalence is None:
        return 1 / len(labels), 1 / len(labels)
    share(prevalence, "The prevalence", "prevalence")
    return prevalence / positives, (1 - prevalence) / (len(labels) - positives)


def _probabilities(scores: Sequence[float]) -> None:
    """Raise `Invalid` unless the scores can be probabilities of both classes."""
    for row, score in enumerate(scores, 1):
        if not 0 <= score <= 1:
            wrong = f"is {score:.15g}" if isfinite(score) else "is not a number"
            raise Invalid(f"Row {row}, cell 1 (score) {wrong}: a probability is at least 0 and at most 1.", "scores")
    if not scores:
        raise Invalid("There are no scores: write at least one probability, such as 0.7.", "scores")
    for certain in (0, 1):
        if all(score == certain for score in scores):
            raise Invalid(f"Every score is {certain}: then all is known, and there is nothing to decide.", "scores")


def _threshold(threshold: float) -> None:
    if isnan(threshold):
        raise Invalid("The threshold is not a number: write one, such as 0.5.", "threshold")
