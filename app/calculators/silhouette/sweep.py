"""The silhouettes of k-means clusterings of the same points, k by k."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.calculators.silhouette.distances import ROUNDING
from app.calculators.silhouette.scores import Silhouette

MOST_K = 30
"""The largest k."""

USUAL_K = 10
"""How far k goes where there are no labels and nothing is said."""


class Swept(NamedTuple):
    """The clustering of `k`: a label for each row, and the silhouettes of it."""

    k: int
    labels: tuple[str, ...]
    whole: Silhouette


def best(sweep: Sequence[Swept]) -> Swept:
    """The clustering whose mean silhouette is the highest; of several that are as high, the one of the smallest k."""
    highest = max(each.whole.mean for each in sweep)
    return next(each for each in sweep if each.whole.mean >= highest - ROUNDING)
