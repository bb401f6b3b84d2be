"""A ROC curve from labels and scores: every threshold, with what it flags.

A case is flagged where its score is at least the threshold. Cases with the same score are flagged together, so a tie
between the classes makes a slanted step, and the AUC counts a tied pair as half.

>>> from app.vocabulary.calculator import finish
>>> found = finish(roc([False, False, True, True], [0.1, 0.4, 0.35, 0.8]))
>>> found.thresholds, found.points
((inf, 0.8, 0.4, 0.35, 0.1), ((0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)))
>>> found.auc
0.75
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import accumulate, compress, repeat
from math import fsum, inf, isfinite, isnan
from operator import add, mul, ne, not_, or_, sub, truediv
from typing import NamedTuple

from app.calculators.roc_auc.curve import Point
from app.vocabulary.calculator import Invalid, Progress

_HEAVIEST = 1e100
"""The largest weight of one case: a hundred thousand of them are still a number."""

_LIGHTEST = 1e-100
"""The least that a class weighs: less of both, and a product of the two would leave the range of floats."""


class Scored(NamedTuple):
    """Thresholds from infinity down, the false and true positives at each, and how many there are of each class: cases,
    or where `weighted` the sums of what they weigh.
    """

    thresholds: tuple[float, ...]
    fp: tuple[float, ...]
    tp: tuple[float, ...]
    n_pos: float
    n_neg: float
    weighted: bool = False

    @property
    def points(self) -> tuple[Point, ...]:
        """(FPR, TPR) at each threshold, from (0, 0) to (1, 1), sorted and, of cases without weights, distinct: a curve
        keeps them as they are.
        """
        fpr, tpr = map(truediv, self.fp, repeat(self.n_neg)), map(truediv, self.tp, repeat(self.n_pos))
        return tuple(zip(fpr, tpr, strict=True))

    @property
    def auc(self) -> float:
        """The area under the curve, counted in whole pairs of a positive and a negative and rounded once: the Wilcoxon–
        Mann–Whitney statistic (Hanley & McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747). A pair weighs
        what its two cases do.
        """
        steps = map(sub, self.fp[1:], self.fp)
        both = map(add, self.tp[1:], self.tp)
        won = map(mul, steps, both)
        return (fsum(won) if self.weighted else sum(won)) / (2 * self.n_pos * self.n_neg)

    @property
    def prevalence(self) -> float:
        """The share of positives among the cases."""
        return self.n_pos / (self.n_pos + self.n_neg)


def roc(
    labels: Sequence[bool], scores: Sequence[float], weights: Sequence[float] | None = None
) -> Generator[Progress, None, Scored]:
    """Every threshold of `scores`, in slices, as `sklearn.metrics.roc_curve(drop_intermediate=False)` gives them, with
    `sample_weight` where there are `weights`. `labels` say which cases are positive. Raises `Invalid` where a score is
    no finite number, a weight no number from 0, or all cases are of one class.

    >>> from app.vocabulary.calculator import finish
    >>> finish(roc([True, True], [0.1, 0.2]))
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: Every case is positive: a ROC curve needs at least one negative.
    >>> finish(roc([True, False, False], [0.8, 0.8, 0.3], [1, 0.5, 2])).auc
    0.9
    """
    cases = len(labels)
    if cases != len(scores):
        raise Invalid(f"There are {cases:,} labels and {len(scores):,} scores: every case needs one of each.", "scores")
    if not cases:
        raise Invalid("Write at least one positive and one negative case: label and score, such as 1, 0.8.", "scores")
    if not all(map(isfinite, scores)):
        row, bad = next((row, score) for row, score in enumerate(scores, 1) if not isfinite(score))
        wrong = "is not a number" if isnan(bad) else "is infinite"
        raise Invalid(f"Row {row}: the score {wrong}. Write a finite number, such as 0.8.", "scores")
    if weights is not None:
        labels, scores, weights = of_weight(labels, scores, weights)
    n_pos = sum(map(bool, labels))
    if n_pos in (0, len(labels)):
        has, lacks = ("positive", "negative") if n_pos else ("negative", "positive")
        weigh = " that weighs something" if weights is not None else ""
        raise Invalid(f"Every case{weigh} is {has}: a ROC curve needs at least one {lacks}.", "scores")
    ordered = sorted(scores, reverse=True)
    yield Progress(0.3, "counting")
    last = [*map(ne, ordered[1:], ordered), True]  # of those that share a score
    thresholds = [*compress(ordered, last)]
    if weights is None:
        flagged = (0, *compress(range(1, cases + 1), last))
        yield Progress(0.5, "counting")
        # Sorted before they are counted, they are found again in the order in which they stand in memory.
        tp = _running(Counter(sorted(compress(scores, labels), reverse=True)), thresholds)
        return Scored((inf, *thresholds), tuple(map(sub, flagged, tp)), tp, n_pos, cases - n_pos)
    positives: dict[float, float] = {}
    negatives: dict[float, float] = {}
    _add_up(positives, compress(scores, labels), compress(weights, labels))
    yield Progress(0.6, "counting")
    _add_up(negatives, compress(scores, map(not_, labels)), compress(weights, map(not_, labels)))
    yield Progress(0.8, "counting")
    tp, fp = _running(positives, thresholds), _running(negatives, thresholds)
    if min(tp[-1], fp[-1]) < _LIGHTEST:
        raise Invalid("The weights of a class come to almost nothing: write larger ones, such as 1.", "scores")
    return Scored((inf, *thresholds), fp, tp, tp[-1], fp[-1], weighted=True)


def of_weight(
    labels: Sequence[bool], scores: Sequence[float], weights: Sequence[float]
) -> tuple[Sequence[bool], Sequence[float], Sequence[float]]:
    """The cases that weigh something: one of weight 0 makes no threshold, in scikit-learn either."""
    if len(weights) != len(labels):
        raise Invalid(f"There are {len(labels):,} labels and {len(weights):,} weights: every case needs one.", "scores")
    for row, weight in enumerate(weights, 1):
        if not 0 <= weight <= _HEAVIEST:
            wrong = "is not a number" if isnan(weight) else "is negative" if weight < 0 else "is too large"
            raise Invalid(f"Row {row}: the weight {wrong}. Write a number from 0, such as 1 or 0.5.", "scores")
    if all(weights):
        return labels, scores, weights
    if not any(weights):
        raise Invalid("Every weight is 0: then no case counts. Write a weight above 0, such as 1.", "scores")
    kept = [weight > 0 for weight in weights]
    return [*compress(labels, kept)], [*compress(scores, kept)], [*compress(weights, kept)]


def _add_up(by_score: dict[float, float], scores: Iterable[float], weights: Iterable[float]) -> None:
    for score, weight in zip(scores, weights, strict=True):
        by_score[score] = by_score.get(score, 0.0) + weight


def _running(by_score: Mapping[float, float], thresholds: Sequence[float]) -> tuple[float, ...]:
    """How many have at least each score, from none at infinity on."""
    return tuple(accumulate(map(by_score.get, thresholds, repeat(0)), initial=0))


def corners(scored: Scored) -> Scored:
    """Without the thresholds inside a straight run of equal steps, much as `roc_curve` leaves them out by default (it
    keeps the first after infinity). Curve, area, hull and best points stay the same: it is what to draw and to list.

    >>> from app.vocabulary.calculator import finish
    >>> corners(finish(roc([True, True, True, False], [0.9, 0.8, 0.7, 0.6]))).points
    ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0))
    """
    right, up = _steps(scored.fp), _steps(scored.tp)
    turns = map(or_, map(ne, right[1:], right), map(ne, up[1:], up))
    kept = [True, *turns, True]
    return scored._replace(
        thresholds=tuple(compress(scored.thresholds, kept)),
        fp=tuple(compress(scored.fp, kept)),
        tp=tuple(compress(scored.tp, kept)),
    )


def _steps(running: Sequence[float]) -> list[float]:
    return [*map(sub, running[1:], running)]
