"""Second opinions: what the app computes fast, in slices or in closed form, computed once more in the plainest way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from math import inf

from app.calculators.roc_auc import delong as delong_module
from app.calculators.roc_auc import hull as hull_module
from app.calculators.roc_auc import scores as scores_module
from app.calculators.roc_auc.curve import Point
from app.calculators.roc_auc.delong import Comparison
from app.calculators.roc_auc.hull import Hull
from app.calculators.roc_auc.scores import Scored
from app.calculators.silhouette.scores import Silhouette, silhouette_work
from app.calculators.threshold_cost.cost import Costs, Outcomes, Policy, weigh
from app.calculators.threshold_cost.points import OperatingPoint, hull, is_off
from app.vocabulary.calculator import finish

# Silhouette


def silhouette(
    rows: Sequence[Sequence[float]], labels: Sequence[str], metric: str = "euclidean", leave_out: Collection[str] = ()
) -> Silhouette:
    """The silhouettes of all points in one go, without slices."""
    return finish(silhouette_work(rows, labels, metric, leave_out))


# ROC


def roc(labels: Sequence[bool], scores: Sequence[float], weights: Sequence[float] | None = None) -> Scored:
    """Every threshold in one go, without slices."""
    return finish(scores_module.roc(labels, scores, weights))


def roc_hull(points: Sequence[Point]) -> Hull:
    """The hull of a ROC curve in one go."""
    return finish(hull_module.hull(points))


def paired(labels: Sequence[bool], one: Sequence[float], other: Sequence[float], level: float = 0.95) -> Comparison:
    """DeLong's test of two models on the same cases in one go."""
    ranked = (delong_module.Ranked(each, roc(labels, each)) for each in (one, other))
    return finish(delong_module.paired(labels, *ranked, level))


# Threshold cost


def table(*rows: Sequence[float]) -> tuple[OperatingPoint, ...]:
    """Operating points from rows of TPR and FPR, with or without a threshold before them."""
    return tuple(OperatingPoint(*row[-2:], *row[:-2]) for row in rows)


def off_hull(points: Sequence[OperatingPoint]) -> tuple[bool, ...]:
    """For each point, whether it lies below the hull of all of them."""
    corners = hull(points)
    return tuple(is_off(corners, each) for each in points)


def expected_cost(costs: Costs, prevalence: float, tpr: float, fpr: float) -> float:
    """The cost per case by definition: Elkan 2001, section 1."""
    positive = tpr * costs.c11 + (1 - tpr) * costs.c01
    negative = fpr * costs.c10 + (1 - fpr) * costs.c00
    return prevalence * positive + (1 - prevalence) * negative


def worth_using(costs: Costs, tpr: float, fpr: float) -> tuple[float, float] | None:
    """The prevalences between which this operating point is cheaper than flagging none and than flagging all; None
    where it never is.
    """
    if tpr <= fpr:
        return None
    fp, fn = costs.regret_fp, costs.regret_fn
    return fpr * fp / (fpr * fp + tpr * fn), (1 - fpr) * fp / ((1 - fpr) * fp + (1 - tpr) * fn)


def iso_cost_slope(costs: Costs, prevalence: float) -> float:
    """The slope of the lines of equal cost in ROC space, Δtpr / Δfpr (Provost and Fawcett 2001). ∞ where no case is
    positive.
    """
    return inf if prevalence == 0 else (1 - prevalence) * costs.regret_fp / (prevalence * costs.regret_fn)


def realised(
    scores: Sequence[float], labels: Sequence[int], costs: Costs, threshold: float, prevalence: float | None = None
) -> Policy:
    """What flagging from `threshold` on cost on these cases, per case, by looking at each. `prevalence` weighs the
    classes anew.
    """
    positives, negatives = sum(labels), len(labels) - sum(labels)
    flagged = [label for score, label in zip(scores, labels, strict=True) if score >= threshold]
    tp = sum(flagged)
    fp = len(flagged) - tp
    one = other = 1 / len(labels)
    if prevalence is not None:
        one, other = prevalence / positives, (1 - prevalence) / negatives
    outcomes = Outcomes(one * tp, other * fp, one * (positives - tp), other * (negatives - fp))
    return weigh(costs, threshold, tp / positives, fp / negatives, outcomes)


def realised_curve(
    scores: Sequence[float], labels: Sequence[int], costs: Costs, prevalence: float | None = None
) -> list[Policy]:
    """What every threshold cost on these cases: flagging none, then flagging from each score on, the highest first. No
    other threshold gives another cost.
    """
    return [realised(scores, labels, costs, at, prevalence) for at in (inf, *sorted(set(scores), reverse=True))]


# DeLong


def delong(
    labels: Sequence[bool], *models: Sequence[float]
) -> tuple[tuple[Fraction, ...], tuple[tuple[Fraction, ...], ...]]:
    """The AUC of each model and the covariances of the AUCs, by comparing every positive with every negative: DeLong,
    DeLong & Clarke-Pearson 1988, equations 3 to 5, without rounding.
    """

    def won(one: float, other: float) -> Fraction:
        return Fraction(1) if one > other else Fraction(one == other, 2)

    aucs, placed = [], []
    for scores in models:
        positives = [score for label, score in zip(labels, scores, strict=True) if label]
        negatives = [score for label, score in zip(labels, scores, strict=True) if not label]
        v10 = [sum(won(one, other) for other in negatives) / len(negatives) for one in positives]
        v01 = [sum(won(one, other) for one in positives) / len(positives) for other in negatives]
        aucs.append(sum(v10) / len(v10))
        placed.append((v10, v01))

    def covariance(one: int, other: int) -> Fraction:
        return sum(
            sum((a - aucs[one]) * (b - aucs[other]) for a, b in zip(first, second, strict=True))
            / (len(first) - 1)
            / len(first)
            for first, second in zip(placed[one], placed[other], strict=True)
        )

    every = range(len(models))
    return tuple(aucs), tuple(tuple(covariance(one, other) for other in every) for one in every)
