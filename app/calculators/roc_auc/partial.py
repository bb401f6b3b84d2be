"""The area under part of a ROC curve: where only low false positive rates are affordable, the rest need not count.

>>> found = partial([(0, 0), (0.1, 0.5), (0.2, 0.7), (0.5, 0.9), (1, 1)], 0.2)
>>> round(found.area, 12), round(found.standardised, 12)
(0.085, 0.680555555556)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.calculators.roc_auc.curve import Point, area, tpr_at
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_number, show_typed

NARROW = 1e-6
"""A band narrower than this share of its upper end loses its digits to rounding, and so does one that near FPR 1, where
chance is as good as perfect.
"""

_LEAST = 1e-300
"""The area of a band below this would leave the range of floating-point numbers."""


class Partial(NamedTuple):
    """The area between FPR `low` and `high`; what chance (`chance`) and a perfect curve (`perfect`) have there.

    `standardised` makes 0.5 of chance and 1 of perfect, whatever the band: ½ (1 + (area − chance) / (perfect − chance))
    (McClish 1989, https://doi.org/10.1177/0272989X8900900307). A curve below the diagonal comes to less than 0.5.
    """

    low: float
    high: float
    area: float
    chance: float
    perfect: float
    standardised: float


def partial(points: Sequence[Point], high: float, low: float = 0.0) -> Partial:
    """The partial area of sorted points up to FPR `high`, on straight lines between them.

    From 0 on, `standardised` is scikit-learn's `roc_auc_score(max_fpr=high)`. Raises `Invalid` for a band that is empty
    or too narrow to compute with, or not on the curve.
    """
    if not _LEAST <= high <= 1:
        raise Invalid("The highest FPR of the band is a share above 0, and at most 1, such as 0.1 or 10%.", "max_fpr")
    if not 0 <= low < high:
        raise Invalid(f"The lowest FPR of the band is a share from 0 to less than {show_typed(high)}.", "min_fpr")
    first, last = points[0][0], points[-1][0]
    band = f"the band from {show_typed(low)} to {show_typed(high)}"
    if low > (1 - NARROW) * high:
        lower = show_number(0.99 * high, 3)
        raise Invalid(f"T{band[1:]} is too narrow to compute with: let it begin lower, such as at {lower}.", "min_fpr")
    if low < first or high > last:
        raise Invalid(
            f"The curve reaches from FPR {show_typed(first)} to {show_typed(last)}, and {band}: narrow it, or let"
            " (0, 0) and (1, 1) be added.",
            "min_fpr" if low < first else "max_fpr",
        )
    within = [point for point in points if low < point[0] <= high]
    under = area([(low, tpr_at(points, low)), *within, (high, tpr_at(points, high))])
    perfect = high - low
    chance = perfect * (high + low) / 2
    return Partial(low, high, under, chance, perfect, 0.5 * (1 + (under - chance) / (perfect - chance)))
