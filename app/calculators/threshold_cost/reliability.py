"""Predicted against observed: labelled cases in bins of their probability. Both classes are weighed to the prevalence
where the decision is taken, and scores are what they are worth there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from math import fsum
from typing import NamedTuple

from app.calculators.threshold_cost.classifiers import Counted

BINS = 10


class Bin(NamedTuple):
    """The cases whose probability is at least `low` and less than a step more: how many (`cases`), their `mean`
    probability, and the share of them that is `positive`.
    """

    low: float
    cases: int
    mean: float
    positive: float


class _Class(NamedTuple):
    """The probabilities of the cases of one label, rising, and what one of them weighs."""

    probabilities: Sequence[float]
    weight: float
    label: int


def bins(counted: Counted) -> Iterator[Bin]:
    """Every bin that has cases."""
    classes = _classes(counted)
    for place in range(BINS):
        cases, weight, total, positive = 0, 0.0, 0.0, 0.0
        for probabilities, each_weighs, label in classes:
            start = bisect_left(probabilities, place / BINS)
            end = bisect_left(probabilities, (place + 1) / BINS) if place < BINS - 1 else len(probabilities)
            within = probabilities[start:end]
            cases += len(within)
            weight += each_weighs * len(within)
            total += each_weighs * fsum(within)
            positive += label * each_weighs * len(within)
        if cases:
            yield Bin(place / BINS, cases, total / weight, positive / weight)


def _classes(counted: Counted) -> tuple[_Class, ...]:
    prevalence = counted.scale.deployed
    return tuple(
        _Class(counted.scale.probabilities(scores), weight / len(scores), label)
        for scores, weight, label in (
            (counted.cases.positives, prevalence, 1),
            (counted.cases.negatives, 1 - prevalence, 0),
        )
    )
