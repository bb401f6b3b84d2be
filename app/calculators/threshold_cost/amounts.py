"""Where a mistake costs more in one case than in another: an amount for each case, such as the money at stake.

The amount of a case stands for the cost of missing it, of flagging it wrongly, or of either. Then every case has a
threshold of its own (Elkan 2001, section 1: costs may depend on the example), and what any common threshold costs is
the sum of the amounts of its mistakes.

>>> found = weighed(Costs(c10=5, c01=1), "missed", [True, False, True], [100.0, 20.0, 300.0])
>>> found.costs.c01, found.worth
(200.0, ([0.5, 0.1, 1.5], [1.0, 1.0, 1.0]))
>>> own_threshold(found.costs, "missed", 100.0)
0.047619047619047616
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import compress
from math import fsum
from operator import not_
from typing import NamedTuple

from app.calculators.threshold_cost.cost import LARGEST, Costs, Policy
from app.calculators.threshold_cost.scores import Cases
from app.vocabulary.calculator import Choice, Invalid, Progress
from app.vocabulary.quantity import show_number

KINDS = (
    Choice("missed", "What missing the case costs"),
    Choice("flagged", "What flagging it wrongly costs"),
    Choice("both", "What either mistake costs"),
)

STANDS_FOR = {
    "": {},
    "missed": {"cost_fn": "c01"},
    "flagged": {"cost_fp": "c10"},
    "both": {"cost_fn": "c01", "cost_fp": "c10"},
}
"""Which costs the amounts of cases take the place of, by field, and by cell of the matrix."""

_SLICE = 5000
"""Cases that are decided in one go."""


class Weighed(NamedTuple):
    """The `costs` of an average case, and what missing and flagging each case adds over the mean of its class."""

    costs: Costs
    worth: tuple[Sequence[float], Sequence[float]]


def weighed(costs: Costs, kind: str, positive: Sequence[bool], amounts: Sequence[float]) -> Weighed:
    """The costs with the mean amount of its class in the place of each cost that the amounts stand for. Raises
    `Invalid` where a mistake would cost less than the right answer beside it, or where none of a class costs anything.
    """
    missed: Sequence[float] = [1.0] * len(amounts)
    flagged: Sequence[float] = missed
    if kind != "flagged":
        c01 = _mean(amounts, positive, costs.c11, "missing a positive", "a true positive")
        missed = [(amount - costs.c11) / (c01 - costs.c11) for amount in amounts]
        costs = costs._replace(c01=c01)
    if kind != "missed":
        c10 = _mean(amounts, [*map(not_, positive)], costs.c00, "flagging a negative", "a true negative")
        flagged = [(amount - costs.c00) / (c10 - costs.c00) for amount in amounts]
        costs = costs._replace(c10=c10)
    return Weighed(costs, (missed, flagged))


def _mean(amounts: Sequence[float], kept: Sequence[bool], right: float, mistake: str, answer: str) -> float:
    """The mean amount of a class, of which no case may cost less than the right answer."""
    of_class = [*compress(amounts, kept)]
    low, high = min(of_class), max(of_class)
    if low < right or high > LARGEST:
        bad = low if low < right else high
        row = next(row for row, (amount, has) in enumerate(zip(amounts, kept, strict=True), 1) if has and amount == bad)
        wrong = f"less than the {show_number(right)} of {answer}" if bad == low else "too large to calculate with"
        raise Invalid(
            f"Row {row}: the amount {show_number(bad)} is {wrong}. It is what {mistake} costs there.", "scores"
        )
    mean = fsum(of_class) / len(of_class)
    if not mean > right:
        raise Invalid(
            f"By the amounts {mistake} never costs more than {answer}, so no threshold helps. Check the column, or"
            " choose what an amount is.",
            "scores",
        )
    return mean


def own_threshold(costs: Costs, kind: str, amount: float) -> float:
    """p* of one case with its amount; 1 for one that is never worth flagging."""
    adds_fn = (amount if kind != "flagged" else costs.c01) - costs.c11
    adds_fp = (amount if kind != "missed" else costs.c10) - costs.c00
    if adds_fn <= 0:
        return 1.0
    return max(adds_fp, 0.0) / (max(adds_fp, 0.0) + adds_fn)


def each_by_its_own(
    whole: Cases,
    found: Weighed,
    kind: str,
    positive: Sequence[bool],
    probabilities: Sequence[float],
    amounts: Sequence[float],
    prevalence: float,
) -> Generator[Progress, None, Policy]:
    """What it costs to flag every case from its own threshold on, in slices."""
    tp = fp = 0
    missed, flagged = found.worth
    gained: list[float] = []
    alarms: list[float] = []
    for row, (is_positive, probability, amount) in enumerate(zip(positive, probabilities, amounts, strict=True)):
        if not row % _SLICE:
            yield Progress(0.9 + 0.1 * row / len(amounts), "amounts")
        if probability >= own_threshold(found.costs, kind, amount):
            if is_positive:
                tp += 1
                gained.append(missed[row])
            else:
                fp += 1
                alarms.append(flagged[row])
    return whole.realised(found.costs, None, (tp, fp), (fsum(gained), fsum(alarms)), prevalence)
