"""Which threshold to take: p*, unless the reader's own cases or points show another that is clearly cheaper."""

from __future__ import annotations

from math import hypot, sqrt

from app.calculators.threshold_cost.classifiers import Classifier, Counted, Modelled
from app.calculators.threshold_cost.cost import Costs, Policy

WORSE = 1.02
"""By what factor a cost must exceed another to be called more."""

SURE = 2
"""By how many standard errors the cheapest threshold must be cheaper than p*: it was picked as the cheapest."""


def advised(star: Policy, cheapest: Policy, classifier: Classifier, costs: Costs) -> Policy:
    """One of two policies: `star`, which flags from p* on, or the `cheapest` where it saves enough, and more than
    chance would.
    """
    saved = star.cost - cheapest.cost
    if isinstance(classifier, Modelled) or saved <= (WORSE - 1) * abs(star.cost):
        return star
    if isinstance(classifier, Counted) and saved < SURE * _error(star, cheapest, classifier, costs):
        return star
    return cheapest


def _error(star: Policy, cheapest: Policy, counted: Counted, costs: Costs) -> float:
    """The standard error of the difference of two costs on the same cases: it rests on those that one flags and the
    other does not, which are so many of each class, and worth so much, by chance.
    """
    cases, prevalence = counted.cases, counted.scale.deployed
    parts = (
        (prevalence * costs.regret_fn, star.tpr - cheapest.tpr, len(cases.positives)),
        ((1 - prevalence) * costs.regret_fp, star.fpr - cheapest.fpr, len(cases.negatives)),
    )
    return hypot(
        *(
            adds * sqrt(max(abs(apart) * (square - abs(apart)), 0.0) / count)
            for (adds, apart, count), square in zip(parts, counted.squares, strict=True)
        )
    )
