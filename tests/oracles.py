"""Second opinions: what the app computes fast, in slices or in closed form, computed once more in the plainest way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import inf

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
