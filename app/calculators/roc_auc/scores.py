"""A ROC curve from labels and scores: every threshold, with what it flags.

A case is flagged where its score is at least the threshold. Cases with the same score are flagged together, so a tie
between the classes makes a slanted step, and the AUC counts a tied pair as half.

>>> found = roc([False, False, True, True], [0.1, 0.4, 0.35, 0.8])
>>> found.thresholds, found.points
((inf, 0.8, 0.4, 0.35, 0.1), ((0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)))
>>> found.auc
0.75
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, compress, pairwise
from math import inf, isfinite, isnan
from operator import sub
from typing import NamedTuple

from app.calculators.roc_auc.curve import Point
from app.vocabulary.calculator import Invalid


class Scored(NamedTuple):
    """Thresholds from infinity down, the false and true positives at each, and how many there are of each class."""

    thresholds: tuple[float, ...]
    fp: tuple[int, ...]
    tp: tuple[int, ...]
    n_pos: int
    n_neg: int

    @property
    def points(self) -> tuple[Point, ...]:
        """(FPR, TPR) at each threshold, from (0, 0) to (1, 1), sorted and distinct: a curve keeps them as they are."""
        n_pos, n_neg = self.n_pos, self.n_neg
        return tuple([(fp / n_neg, tp / n_pos) for fp, tp in zip(self.fp, self.tp, strict=True)])

    @property
    def auc(self) -> float:
        """The area under the curve, counted in whole pairs of a positive and a negative and rounded once: the Wilcoxon–
        Mann–Whitney statistic (Hanley & McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747).
        """
        steps = zip(pairwise(self.fp), pairwise(self.tp), strict=True)
        twice_won = sum((right - left) * (low + high) for (left, right), (low, high) in steps)
        return twice_won / (2 * self.n_pos * self.n_neg)


def roc(labels: Sequence[bool], scores: Sequence[float]) -> Scored:
    """Every threshold of `scores`, as `sklearn.metrics.roc_curve(drop_intermediate=False)` gives them. `labels` say
    which cases are positive. Raises `Invalid` where a score is no finite number, or all cases are of one class.

    >>> roc([True, True], [0.1, 0.2])
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: Every case is positive: a ROC curve needs at least one negative.
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
    with_score = Counter(scores)
    positives = Counter(compress(scores, labels))
    n_pos = positives.total()
    if n_pos in (0, cases):
        has, lacks = ("positive", "negative") if n_pos else ("negative", "positive")
        raise Invalid(f"Every case is {has}: a ROC curve needs at least one {lacks}.", "scores")
    # Counted by score first: only the distinct scores are sorted, and no case needs a record of its own.
    thresholds = sorted(with_score, reverse=True)
    tp = (0, *accumulate([positives.get(threshold, 0) for threshold in thresholds]))
    flagged = (0, *accumulate([with_score[threshold] for threshold in thresholds]))
    return Scored((inf, *thresholds), tuple(map(sub, flagged, tp)), tp, n_pos, cases - n_pos)


def corners(scored: Scored) -> Scored:
    """Without the thresholds inside a straight run of equal steps, much as `roc_curve` leaves them out by default (it
    keeps the first after infinity). Curve, area, hull and best points stay the same: it is what to draw and to list.

    >>> corners(roc([True, True, True, False], [0.9, 0.8, 0.7, 0.6])).points
    ((0.0, 0.0), (0.0, 1.0), (1.0, 1.0))
    """
    fp, tp = scored.fp, scored.tp
    inner = range(1, len(fp) - 1)
    turns = [
        index
        for index in inner
        if fp[index + 1] + fp[index - 1] != 2 * fp[index] or tp[index + 1] + tp[index - 1] != 2 * tp[index]
    ]
    kept = [0, *turns, len(fp) - 1]
    return scored._replace(
        thresholds=tuple([scored.thresholds[index] for index in kept]),
        fp=tuple([fp[index] for index in kept]),
        tp=tuple([tp[index] for index in kept]),
    )
