"""How sure an AUC is, from the number of positives and negatives behind it.

>>> found = hanley_mcneil(0.75, 20, 200)
>>> round(found.error, 8), round(found.low, 3), round(found.high, 3)
(0.06498283, 0.623, 0.877)
"""

from __future__ import annotations

from math import sqrt
from typing import Literal, NamedTuple, TypeAlias

from app.vocabulary.calculator import Invalid
from app.vocabulary.distributions import two_sided_z

Method: TypeAlias = Literal["Hanley–McNeil", "DeLong"]


class Interval(NamedTuple):
    """A standard error and the interval `auc` ± z · `error`, cut off at 0 and 1 where `clamped`.

    Its two `parts` are, by the method of Hanley and McNeil, the chance that two positives both score above a negative
    (Q1) and that a positive scores above two negatives (Q2); by DeLong's, the variances of the placements of positives
    (S10) and of negatives (S01). At an AUC of 0 or 1 the error comes to 0: neither formula has anything to go by then,
    and the AUC is not sure at all.
    """

    auc: float
    n_pos: int
    n_neg: int
    level: float
    error: float
    z: float
    low: float
    high: float
    clamped: bool
    method: Method
    parts: tuple[float, float]


def hanley_mcneil(auc: float, n_pos: float, n_neg: float, level: float = 0.95) -> Interval:
    """The standard error of an AUC (Hanley & McNeil 1982, https://doi.org/10.1148/radiology.143.1.7063747) and the
    normal interval at a confidence level. Q1 = A / (2 − A) and Q2 = 2 A² / (1 + A) suppose negative exponential scores.

    Raises `Invalid` for an AUC or a level that is no share, or counts that are not whole numbers from 1.
    """
    if not 0 <= auc <= 1:
        raise Invalid("An AUC is a share from 0 to 1.", "points")
    for field, what, number in (("n_pos", "positives", n_pos), ("n_neg", "negatives", n_neg)):
        if not (1 <= number <= 1e15 and number == int(number)):
            raise Invalid(f"The number of {what} is a whole number from 1, such as 100.", field)
    if not 0 < level < 1:
        raise Invalid("The confidence level is a share between 0 and 1, such as 95%.", "level")
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    # A (1 − A) + (n₊ − 1)(Q1 − A²) + (n₋ − 1)(Q2 − A²) over n₊ n₋, with A (1 − A) in front: no small differences.
    spread = 1 + (n_pos - 1) * (1 - auc) / (2 - auc) + (n_neg - 1) * auc / (1 + auc)
    error = sqrt(auc * (1 - auc) * spread / (n_pos * n_neg))
    return normal_interval(auc, (int(n_pos), int(n_neg)), level, error, "Hanley–McNeil", (q1, q2))


def normal_interval(
    auc: float, counts: tuple[int, int], level: float, error: float, method: Method, parts: tuple[float, float]
) -> Interval:
    """`auc` ± z · `error`, cut off at 0 and 1."""
    z = two_sided_z(level)
    low, high = auc - z * error, auc + z * error
    clamped = low < 0 or high > 1
    return Interval(auc, *counts, level, error, z, max(0.0, low), min(1.0, high), clamped, method, parts)
