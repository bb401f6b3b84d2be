"""What a decision costs: the cost matrix, the threshold that follows from it, the expected cost of flagging.

The notation is Elkan's (The Foundations of Cost-Sensitive Learning, IJCAI 2001): c(i, j) is the cost of predicting i
when the truth is j. A cost may be negative: then it is a benefit. Costs are in any one unit and per case; rates, shares
and probabilities lie between 0 and 1.

A case that is positive with probability p costs p c11 + (1 − p) c10 if flagged and p c01 + (1 − p) c00 if not. Flagging
is no dearer from p* on, and p* knows nothing of the prevalence:

>>> threshold(Costs(c10=1, c01=10))
0.09090909090909091
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor, fsum, inf, isfinite
from typing import NamedTuple

from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_number, show_typed

CASES = 1000
"""Costs and counts are shown for this many cases."""

LARGEST = 1e12
"""The largest cost that is taken: beyond it a larger unit is meant, and differences would lose their digits."""

TIE = 1e-12
"""What two computations of the same cost or share may differ by, relative to the largest."""


class Costs(NamedTuple):
    """The cost matrix: `c10` of a false positive, `c01` of a false negative, `c00` of a true negative, `c11` of a true
    positive.
    """

    c10: float
    c01: float
    c00: float = 0.0
    c11: float = 0.0

    @property
    def regret_fp(self) -> float:
        """How much more a false positive costs than a true negative."""
        return self.c10 - self.c00

    @property
    def regret_fn(self) -> float:
        """How much more a false negative costs than a true positive."""
        return self.c01 - self.c11


_CELLS = (
    ("c10", "cost_fp", "a false positive"),
    ("c01", "cost_fn", "a false negative"),
    ("c00", "cost_tn", "a true negative"),
    ("c11", "cost_tp", "a true positive"),
)


class Outcomes(NamedTuple):
    """What becomes of the cases: true and false positives, false and true negatives, as shares of all or in number."""

    tp: float
    fp: float
    fn: float
    tn: float

    @property
    def flagged(self) -> float:
        """True and false positives together."""
        return self.tp + self.fp


class Policy(NamedTuple):
    """A way to decide and what comes of it: flag when the score is at least `threshold` (None where it is not known,
    ∞ flags no case and −∞ flags all), the rates that gives, the `outcomes` as shares of all cases, and the expected
    `cost` per case.
    """

    threshold: float | None
    tpr: float
    fpr: float
    outcomes: Outcomes
    cost: float

    @property
    def flagged(self) -> float:
        """The share of all cases that is flagged."""
        return self.outcomes.flagged

    @property
    def per_1000(self) -> float:
        """The expected cost of a thousand cases."""
        return CASES * self.cost


class Capped(NamedTuple):
    """The cheapest policy without (`free`) and with (`capped`) a limit on what can be flagged."""

    free: Policy
    capped: Policy


def threshold(costs: Costs) -> float:
    """p*, the probability from which flagging is no dearer than not flagging (Elkan 2001, equation 2).

    With correct answers at no cost it is C_FP / (C_FP + C_FN). Raises `Invalid` for a matrix that no threshold serves.

    >>> threshold(Costs(c10=5, c01=5)), threshold(Costs(c10=10, c01=100, c11=-20))
    (0.5, 0.07692307692307693)
    """
    reasonable(costs)
    return costs.regret_fp / (costs.regret_fp + costs.regret_fn)


def finite(costs: Costs) -> None:
    """Raise `Invalid` for a cost that is not a number one can calculate with."""
    for name, field, what in _CELLS:
        value = getattr(costs, name)
        if not isfinite(value):
            raise Invalid(f"The cost of {what} is not a number: write one, such as 10.", field)
        if abs(value) > LARGEST:
            given, most = show_number(value, 6), show_typed(LARGEST)
            raise Invalid(f"The cost of {what} is {given}: use a larger unit, so that it is at most {most}.", field)


def reasonable(costs: Costs) -> None:
    """Raise `Invalid` unless every wrong answer costs more than the right one: c10 > c00 and c01 > c11.

    These are the reasonableness conditions of Elkan (2001, section 1.1). Where one fails, one row of the matrix is no
    dearer than the other whatever the truth is, and no probability changes the best answer.

    >>> reasonable(Costs(c10=1, c01=10, c00=2))
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: A false positive costs 1 and a true negative 2, so it is best to flag every \
case, whatever its probability. A false positive must cost more than a true negative (c10 > c00): write more than 2.
    """
    finite(costs)
    if costs.regret_fp > 0 < costs.regret_fn:
        return
    c10, c01, c00, c11 = map(show_typed, costs)
    fp = f"A false positive costs {c10} and a true negative {c00}"
    fn = f"a false negative costs {c01} and a true positive {c11}"
    more_fp = f"A false positive must cost more than a true negative (c10 > c00): write more than {c00}."
    more_fn = f"A false negative must cost more than a true positive (c01 > c11): write more than {c11}."
    if costs.regret_fn > 0:
        raise Invalid(f"{fp}, so it is best to flag every case, whatever its probability. {more_fp}", "cost_fp")
    if costs.regret_fp > 0:
        fn = fn[0].upper() + fn[1:]
        raise Invalid(f"{fn}, so it is best to flag no case, whatever its probability. {more_fn}", "cost_fn")
    equal = costs.regret_fp == 0 == costs.regret_fn
    why = "so flagging changes nothing." if equal else "so the right answers cost more. Are the costs swapped?"
    raise Invalid(f"{fp}, {fn}, {why} {more_fp} {more_fn}", "cost_fp")


def share(value: float, what: str, field: str, example: str = "0.1", inside: bool = False) -> float:
    """`value` if it lies between 0 and 1, and is neither where it must lie `inside`; else an `Invalid` that says so of
    `what`.
    """
    if not 0 <= value <= 1 or (inside and value in (0, 1)):
        wrong = f"is {show_typed(value)}" if isfinite(value) else "is not a number"
        limits = "more than 0 and less than 1" if inside else "at least 0 and at most 1"
        raise Invalid(f"{what} {wrong}: it must be {limits}, such as {example}.", field)
    return value


def case_cost(costs: Costs, p: float, flagged: bool) -> float:
    """The expected cost of one case that is positive with probability `p`.

    >>> case_cost(Costs(c10=1, c01=10), 0.2, flagged=True), case_cost(Costs(c10=1, c01=10), 0.2, flagged=False)
    (0.8, 2.0)
    """
    positive, negative = (costs.c11, costs.c10) if flagged else (costs.c01, costs.c00)
    return p * positive + (1 - p) * negative


def policy(costs: Costs, prevalence: float, tpr: float, fpr: float, threshold: float | None = None) -> Policy:
    """The policy that works at this operating point. Raises `Invalid` for a rate or prevalence outside 0 to 1."""
    finite(costs)
    share(prevalence, "The prevalence", "prevalence")
    share(tpr, "The true-positive rate", "points", "0.8")
    share(fpr, "The false-positive rate", "points")
    rest = 1 - prevalence
    return weigh(
        costs, threshold, tpr, fpr, Outcomes(prevalence * tpr, rest * fpr, prevalence * (1 - tpr), rest * (1 - fpr))
    )


def weigh(costs: Costs, threshold: float | None, tpr: float, fpr: float, outcomes: Outcomes) -> Policy:
    """The policy with these outcomes (shares of all cases), unchecked: for those who have checked them."""
    tp, fp, fn, tn = outcomes
    terms = (tp * costs.c11, fp * costs.c10, fn * costs.c01, tn * costs.c00)
    cost = fsum(terms)
    # What is left where costs and benefits cancel is rounding.
    return Policy(threshold, tpr, fpr, outcomes, cost if abs(cost) > 1e-15 * max(map(abs, terms)) else 0.0)


def flag_none(costs: Costs, prevalence: float) -> Policy:
    """Flag no case, without a model.

    >>> flag_none(Costs(c10=1, c01=10), 0.1).per_1000
    1000.0
    """
    return policy(costs, prevalence, 0.0, 0.0, inf)


def flag_all(costs: Costs, prevalence: float) -> Policy:
    """Flag every case, without a model.

    >>> flag_all(Costs(c10=1, c01=10), 0.1).per_1000
    900.0
    """
    return policy(costs, prevalence, 1.0, 1.0, -inf)


def cheapest(policies: Iterable[Policy], cap: float = 1.0) -> Policy | None:
    """The policy with the lowest expected cost among those that flag no more than `cap` of all cases; None where every
    one flags more. Of equally cheap ones it is the first.

    >>> costs = Costs(c10=1, c01=10)
    >>> either = flag_none(costs, 0.1), flag_all(costs, 0.1)
    >>> cheapest(either).flagged, cheapest(either, cap=0.2).flagged
    (1.0, 0.0)
    """
    share(cap, "The share that can be flagged", "cap", "0.05")
    allowed = [policy for policy in policies if policy.flagged <= cap + TIE]
    if not allowed:
        return None
    least = min(policy.cost for policy in allowed)
    margin = TIE * max(abs(policy.cost) for policy in allowed)
    return next(policy for policy in allowed if policy.cost <= least + margin)


def capped(policies: Sequence[Policy], cap: float) -> Capped | None:
    """The cheapest policy without and with a limit: at most `cap` of all cases can be flagged. None where every policy
    flags more.

    >>> costs = Costs(c10=1, c01=10)
    >>> found = capped([policy(costs, 0.1, 0.8, 0.2), policy(costs, 0.1, 0.6, 0.1)], cap=0.2)
    >>> round(found.capped.flagged, 6), round(1000 * (found.capped.cost - found.free.cost))
    (0.15, 110)
    """
    within = cheapest(policies, cap)
    free = cheapest(policies)
    return Capped(free, within) if free and within else None


def whole(outcomes: Outcomes, cases: int = CASES) -> Outcomes:
    """Shares of all cases as whole numbers that add up to `cases`: the largest remainders are rounded up, of equal ones
    the first.

    >>> whole(Outcomes(0.0475, 0.1425, 0.0025, 0.8075))
    Outcomes(tp=48, fp=143, fn=2, tn=807)
    """
    exact = [cases * share for share in outcomes]
    counts = [floor(share) for share in exact]
    # Rounded, because of two equal remainders one may come out a hair larger.
    by_remainder = sorted(range(4), key=lambda index: -round(exact[index] - counts[index], 6))
    for index in by_remainder[: cases - sum(counts)]:
        counts[index] += 1
    return Outcomes(*counts)


def net_benefit(prevalence: float, tpr: float, fpr: float, p_star: float) -> float:
    """True positives less false positives at their exchange rate p*/(1 − p*), per case: the net benefit of decision
    curve analysis (Vickers and Elkin 2006), whose threshold probability is p*.

    Times c01 − c11 it is what is saved over flagging no case.

    >>> round(net_benefit(prevalence=0.1, tpr=0.8, fpr=0.2, p_star=1 / 11), 12)
    0.062
    """
    share(prevalence, "The prevalence", "prevalence")
    share(tpr, "The true-positive rate", "points", "0.8")
    share(fpr, "The false-positive rate", "points")
    share(p_star, "The threshold", "threshold", inside=True)
    return prevalence * tpr - (1 - prevalence) * fpr * p_star / (1 - p_star)
