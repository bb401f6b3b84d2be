"""Precision against recall, and what one cutoff is worth: of cases with labels and scores, at every threshold.

>>> from app.calculators.roc_auc.scores import roc
>>> from app.vocabulary.calculator import finish
>>> found = precision_recall(finish(roc([False, False, True, True], [0.1, 0.4, 0.35, 0.8])))
>>> round(found.average_precision, 12), found.no_skill, round(found.best.f1, 12), found.best.recall
(0.833333333333, 0.5, 0.8, 1.0)
"""

from __future__ import annotations

from itertools import compress, repeat
from math import fsum, inf, nan
from operator import add, mul, sub, truediv
from typing import NamedTuple

from app.calculators.roc_auc.scores import Scored


class Measures(NamedTuple):
    """What one cutoff is worth. `recall` is the TPR; `precision` the share of positives among the flagged, not a number
    where nothing is flagged; `f1` the harmonic mean of both, 0 where no positive is flagged; `accuracy` the share of
    right answers. The likelihood ratios say how much more often a positive case is flagged (`lr_positive`) or left
    alone (`lr_negative`) than a negative one; 0 / 0 is not a number.
    """

    recall: float
    precision: float
    f1: float
    accuracy: float
    lr_positive: float
    lr_negative: float


class Best(NamedTuple):
    """The threshold with the highest F1, the highest of those that tie: its place among all thresholds, infinity first,
    and its value.
    """

    place: int
    f1: float
    precision: float
    recall: float


class PrecisionRecall(NamedTuple):
    """Average precision; `no_skill`, the share of positives, which is the precision of guessing at any recall; and the
    best F1.
    """

    average_precision: float
    no_skill: float
    best: Best


def precision_recall(scored: Scored) -> PrecisionRecall:
    """The area under the steps of precision against recall: Σ (Rᵢ − Rᵢ₋₁) Pᵢ, without straight lines between points,
    which would be too kind (`sklearn.metrics.average_precision_score`; Davis & Goadrich 2006,
    https://doi.org/10.1145/1143844.1143874).
    """
    tp, n_pos = scored.tp, scored.n_pos
    flagged = [*map(add, tp, scored.fp)]
    found = [*map(sub, tp[1:], tp)]
    precision = map(truediv, compress(tp[1:], found), compress(flagged[1:], found))
    area = fsum(map(mul, filter(None, found), precision)) / n_pos
    # F1 = 2 TP / (TP + FP + positives), half of it first
    halved = [*map(truediv, tp, map(add, flagged, repeat(n_pos)))]
    place = halved.index(max(halved))
    best = Best(place, 2 * halved[place], tp[place] / flagged[place], tp[place] / n_pos)
    return PrecisionRecall(min(1.0, area), scored.prevalence, best)


def at(scored: Scored, place: int) -> tuple[float, float]:
    """Recall and precision at a threshold, by its place; nothing is flagged at infinity, the first."""
    tp, fp = scored.tp[place], scored.fp[place]
    return tp / scored.n_pos, tp / (tp + fp)


def measures(tpr: float, fpr: float, prevalence: float) -> Measures:
    """What a point of a ROC curve is worth at a prevalence.

    >>> found = measures(0.7, 0.2, 0.5)
    >>> round(found.precision, 4), round(found.f1, 4), round(found.lr_positive, 12), round(found.lr_negative, 12)
    (0.7778, 0.7368, 3.5, 0.375)
    """
    tp, fp = prevalence * tpr, (1 - prevalence) * fpr
    flagged = tp + fp
    return Measures(
        recall=tpr,
        precision=tp / flagged if flagged else nan,
        f1=2 * tp / (flagged + prevalence) if flagged + prevalence else nan,
        accuracy=tp + (1 - prevalence) * (1 - fpr),
        lr_positive=_ratio(tpr, fpr),
        lr_negative=_ratio(1 - tpr, 1 - fpr),
    )


def _ratio(one: float, other: float) -> float:
    return one / other if other else inf if one else nan
