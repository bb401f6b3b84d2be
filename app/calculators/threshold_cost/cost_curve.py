"""The cost curve of a result: the policies along the thresholds, and the axis they stand on."""

from __future__ import annotations

from math import floor, isfinite, log10

from app.calculators.threshold_cost.classifiers import STEPS, Listed, Modelled
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import CASES, Policy
from app.calculators.threshold_cost.points import priced


def curve(result: Result, most: int | None = None) -> tuple[Policy, ...]:
    """The policies along the thresholds: of points that are listed these, about `most` of them, else of equal steps."""
    classifier = result.classifier
    if isinstance(classifier, Listed):
        shown = [point for point in classifier.table if not classifier.usable or isfinite(point.threshold or 0.0)]
        thinned = shown[:: 1 + len(shown) // most] if most else shown
        policies = priced(thinned, result.costs, result.prevalence)
        return tuple(sorted(policies, key=lambda policy: along(policy, classifier.usable)))
    policies = []
    for t in _thresholds(result):
        if isinstance(classifier, Modelled):
            policies.append(classifier.model.at(result.costs, t))
        else:
            counted = classifier.cases.at(result.costs, classifier.scale.score(t), result.prevalence)
            policies.append(counted._replace(threshold=t))
    return tuple(policies)


def _thresholds(result: Result) -> list[float]:
    """Thresholds from 0 to 1; where p* is small by equal factors, or all that matters would be in a corner."""
    low = lowest(result)
    if low == 0:
        return [step / STEPS for step in range(STEPS + 1)]
    return [round(low ** (1 - step / STEPS), 12) for step in range(STEPS + 1)]


def lowest(result: Result) -> float:
    """Where the axis of thresholds starts: 0, or a power of ten below p* if that is small."""
    if result.p_star >= 0.03:
        return 0.0
    return float(10.0 ** floor(log10(max(result.p_star / 5, 1e-8))))


def along(policy: Policy, by_threshold: bool) -> float:
    """Where a policy stands on the axis: its threshold, or else how many of a thousand cases it flags."""
    return (policy.threshold or 0.0) if by_threshold else CASES * policy.flagged
