"""How numbers are written on the threshold page, and how a policy is told in words and cells."""

from __future__ import annotations

from math import inf, isfinite

from app.calculators.threshold_cost.classifiers import Listed
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import CASES, Policy
from app.vocabulary.calculator import Figure, Line
from app.vocabulary.quantity import show_number, show_rate, show_share


def settled(value: float) -> float:
    """A value to twelve figures: beyond these the C libraries of a desk and of WebAssembly differ."""
    return float(f"{value:.12g}") if isfinite(value) else value


def cost(value: float, name: str = "") -> Figure:
    """A cost, in the unit of the inputs.

    >>> cost(518.293).text, cost(0.909091).text, cost(-12345).text
    ('518.3', '0.9091', '−12,345')
    """
    return Figure(settled(value), show_number(value), name)


def more(one: float, other: float) -> float:
    """By how much one cost exceeds another; nothing where they differ by rounding alone."""
    extra = one - other
    return extra if abs(extra) > 1e-12 * max(abs(one), abs(other)) else 0.0


def cases(share: float, name: str = "") -> Figure:
    """How many of a thousand cases, from a share of all.

    >>> cases(0.0475).text, cases(0.80754).text
    ('47.5', '807.5')
    """
    return Figure(settled(CASES * share), show_number(CASES * share), name)


def exact(value: float) -> Figure:
    """An input as it was typed, or a whole number."""
    return Figure(value, show_number(value, 12))


def times(value: float, figures: int = 3) -> Figure:
    """How many times as much, to so many figures."""
    return exact(float(f"{value:.{figures}g}"))


def threshold(value: float, name: str = "") -> Figure:
    """A threshold or another probability."""
    return Figure(value, show_rate(value), name)


def rate(value: float, name: str = "") -> Figure:
    """A TPR, an FPR, or a threshold that was searched for."""
    return Figure(settled(value), show_rate(value), name)


def share(value: float) -> Figure:
    """A share, as a percentage."""
    return Figure(settled(value), show_share(value))


def where(policy: Policy | None, result: Result) -> Line:
    """The threshold of a policy, in words where it has none."""
    if policy is None or policy.threshold is None:
        return ("not known",)
    if policy.threshold == inf:
        return ("flag no case",)
    if policy.threshold == -inf:
        return ("flag every case",)
    on_scores: Line = ()
    probabilities = not isinstance(result.classifier, Listed) or result.classifier.usable
    if probabilities and result.scale.trained is not None:
        on_scores = (" (", rate(result.scale.score(policy.threshold)), " on the scores)")
    return (rate(policy.threshold), *on_scores)


def cells(policy: Policy) -> tuple[object, ...]:
    """A policy as cells of a file: its threshold and rates, shares of all cases, and the cost of 1,000."""
    numbers = (policy.tpr, policy.fpr, policy.flagged, *policy.outcomes, policy.per_1000)
    return ("" if policy.threshold is None else policy.threshold, *map(settled, numbers))
