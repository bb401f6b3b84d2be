"""How sure a curve and its AUC are, by drawing the cases anew: an interval that follows the cases as they are, and a
band around the curve.

Positives and negatives are drawn apart, with replacement, as many as there are (stratified). The interval has the
percentiles of the AUCs drawn (Efron & Tibshirani 1993, chapter 13); the band those of the TPR at each FPR, which is
vertical averaging (Fawcett 2006, section 8.1, https://doi.org/10.1016/j.patrec.2005.10.010). The band holds point by
point, not for the whole curve at once.

Drawn from Mersenne Twister's `random()` of one seed, the one method that Python promises never to change: a page and a
desk draw the same cases.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from itertools import accumulate, compress, repeat
from math import floor
from operator import add, mul, not_, sub
from typing import NamedTuple

from app.calculators.roc_auc.scores import Scored, of_weight
from app.vocabulary.calculator import Progress

FEWEST, MOST = 200, 10_000
"""Times that the cases can be drawn: with fewer, the ends of a 95% interval hang on a handful of draws."""

MOST_CASES = 20_000_000
"""Cases drawn in all: some 15 seconds of a page."""

STEPS = 50
"""Into how many steps of FPR the band is cut."""

SEED = 20_261_125

_SLICE = 4000
"""Cases that are drawn in one go, or one whole draw where that is more."""


class Bootstrapped(NamedTuple):
    """How often the cases were drawn (`times`), the standard deviation of the AUCs (`error`), the percentile interval
    at the `level`, and the `band`: FPR, and the TPR's interval there.
    """

    times: int
    level: float
    error: float
    low: float
    high: float
    band: tuple[tuple[float, float, float], ...]


def bootstrap(
    scored: Scored,
    labels: Sequence[bool],
    scores: Sequence[float],
    weights: Sequence[float] | None,
    times: int,
    level: float,
) -> Generator[Progress, None, Bootstrapped]:
    """Draw the cases behind a curve so many times."""
    if weights is not None:
        labels, scores, weights = of_weight(labels, scores, weights)
    places = {score: place for place, score in enumerate(scored.thresholds[1:])}
    positives, negatives = (
        _Class(
            [places[score] for score in compress(scores, kept)],
            None if weights is None else [*compress(weights, kept)],
            range(len(places)),
        )
        for kept in (labels, [*map(not_, labels)])
    )
    from random import Random  # by those who draw, and by nobody else

    random = Random(SEED).random  # noqa: S311 - it draws cases, no secrets
    aucs: list[float] = []
    tprs: list[list[float]] = [[] for _ in range(STEPS + 1)]
    drawn = 0
    for time in range(times):
        if drawn > _SLICE:
            drawn = 0
            yield Progress(time / times, "drawing cases anew")
        drawn += len(labels)
        tp, fp = _drawn(positives, random), _drawn(negatives, random)
        won = sum(map(mul, map(sub, fp[1:], fp), map(add, tp[1:], tp)))
        aucs.append(won / (2 * tp[-1] * fp[-1]))
        for step, at in enumerate(tprs):
            at.append(_tpr_at(fp, tp, step / STEPS))
    yield Progress(1, "percentiles")
    mean = sum(aucs) / len(aucs)
    error = (sum((auc - mean) ** 2 for auc in aucs) / (len(aucs) - 1)) ** 0.5
    band = tuple((step / STEPS, *percentiles(at, level)) for step, at in enumerate(tprs))
    return Bootstrapped(times, level, error, *percentiles(aucs, level), band)


class _Class(NamedTuple):
    """The cases of one class: the place of each among the thresholds, what each weighs, and the places there are."""

    places: Sequence[int]
    weights: Sequence[float] | None
    thresholds: range


def _drawn(cases: _Class, random: Callable[[], float]) -> tuple[float, ...]:
    """As many cases as there are, drawn with replacement: how many score at least each threshold, from none on."""
    places, weights, thresholds = cases
    size = len(places)
    at: dict[int, float] = {}
    if weights is None:
        at.update(Counter([places[int(random() * size)] for _ in range(size)]))
    else:
        for case in [int(random() * size) for _ in range(size)]:
            at[places[case]] = at.get(places[case], 0.0) + weights[case]
    return tuple(accumulate(map(at.get, thresholds, repeat(0)), initial=0))


def _tpr_at(fp: Sequence[float], tp: Sequence[float], fpr: float) -> float:
    """The TPR at an FPR, on straight lines, the highest where the curve rises straight up."""
    at = fpr * fp[-1]
    after = bisect_right(fp, at)
    if after == len(fp):
        return 1.0
    left, right = fp[after - 1], fp[after]
    low, high = tp[after - 1], tp[after]
    return (low + (high - low) * ((at - left) / (right - left))) / tp[-1]


def percentiles(values: Sequence[float], level: float) -> tuple[float, float]:
    """The two ends of the middle share `level` of values, on straight lines between them as R and NumPy do by default.

    >>> percentiles([4, 1, 2, 3, 5], 0.5)
    (2.0, 4.0)
    """
    ordered = sorted(values)

    def at(share: float) -> float:
        place = share * (len(ordered) - 1)
        below = min(floor(place), len(ordered) - 2)
        return ordered[below] + (ordered[below + 1] - ordered[below]) * (place - below)

    return at((1 - level) / 2), at((1 + level) / 2)
