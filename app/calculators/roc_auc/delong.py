"""How sure an AUC is, and whether two differ, by the method of DeLong, DeLong & Clarke-Pearson (1988,
https://doi.org/10.2307/2531595): it supposes no shape of the scores.

The placement of a positive is the share of negatives that score below it, a tie counting half; that of a negative the
share of positives above it. The mean of either is the AUC, and their variances, each over its number of cases, add up
to that of the AUC. Found by counting at every threshold instead of comparing all pairs, as Sun & Xu do with midranks
(2014, https://doi.org/10.1109/LSP.2014.2337313). Placements are kept as whole numbers, twice the number of cases won,
so nothing is rounded before the last division.

>>> from app.calculators.roc_auc.scores import roc
>>> from app.vocabulary.calculator import finish
>>> labels, one, other = [False, False, True, True, True], [0.1, 0.4, 0.35, 0.8, 0.9], [0.3, 0.2, 0.1, 0.6, 0.2]
>>> first, second = (Ranked(scores, finish(roc(labels, scores))) for scores in (one, other))
>>> round(variance(first.scored).error, 6), round(finish(paired(labels, first, second, 0.95)).p, 6)
(0.235702, 0.2113)
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from itertools import compress, repeat
from math import nan, sqrt
from operator import add, mul, not_, sub
from typing import NamedTuple

from app.calculators.roc_auc.interval import Interval, normal_interval
from app.calculators.roc_auc.scores import Scored
from app.vocabulary.calculator import Progress
from app.vocabulary.distributions import normal_p, student_p, two_sided_t, two_sided_z

FEWEST = 2
"""Cases of a class below which its placements have no variance."""


class Spread(NamedTuple):
    """The variances of the placements of positives (`s10`) and negatives (`s01`), and the standard error of the AUC
    they make: √(s10 / n₊ + s01 / n₋).
    """

    s10: float
    s01: float
    error: float


class Comparison(NamedTuple):
    """One AUC against another: their `difference`, its standard error, the statistic (`z`, or Student's t with so many
    `degrees` of freedom where they are known) and its two-sided p-value. `correlation` is that of the two AUCs, of
    different cases None. `low` and `high` bound the difference at a level of confidence.

    Where both rank every pair alike there is nothing to test: z is 0 and p is 1, as in pROC. Where the difference has
    no variance for another reason, z and p are not numbers.
    """

    difference: float
    error: float
    z: float
    p: float
    low: float
    high: float
    correlation: float | None
    degrees: float | None = None


def variance(scored: Scored) -> Spread | None:
    """How much an AUC varies; None for a class of one case, or for cases that have weights."""
    if scored.weighted or min(scored.n_pos, scored.n_neg) < FEWEST:
        return None
    n_pos, n_neg = int(scored.n_pos), int(scored.n_neg)
    above, below = _won(scored)
    s10 = _variance([*map(sub, scored.tp[1:], scored.tp)], above, n_pos) / (4 * n_neg * n_neg)
    s01 = _variance([*map(sub, scored.fp[1:], scored.fp)], below, n_neg) / (4 * n_pos * n_pos)
    return Spread(s10, s01, sqrt(s10 / n_pos + s01 / n_neg))


def interval(scored: Scored, level: float, auc: float | None = None) -> Interval | None:
    """The normal interval AUC ± z · SE, cut off at 0 and 1 as pROC does; None where the AUC has no variance, as at 0
    and 1: there the method has nothing to go by. The `auc` is not summed up again where it is known.
    """
    spread = variance(scored)
    if spread is None or not spread.error:
        return None
    counts = int(scored.n_pos), int(scored.n_neg)
    area = scored.auc if auc is None else auc
    return normal_interval(area, counts, level, spread.error, "DeLong", (spread.s10, spread.s01))


class Ranked(NamedTuple):
    """What a model says of each case, and the curve of it."""

    scores: Sequence[float]
    scored: Scored


def paired(labels: Sequence[bool], one: Ranked, other: Ranked, level: float) -> Generator[Progress, None, Comparison]:
    """The test of two models on the same cases, by the differences of their placements, case by case; in slices."""
    difference = one.scored.auc - other.scored.auc  # exactly 0 where both are equal
    n_pos, n_neg = int(one.scored.n_pos), int(one.scored.n_neg)
    if one.scored.weighted or min(n_pos, n_neg) < FEWEST:
        return Comparison(difference, nan, nan, nan, nan, nan, None)
    spread = var_one = var_other = shared = 0.0
    for positive, cases, against in ((True, n_pos, n_neg), (False, n_neg, n_pos)):
        kept = labels if positive else [*map(not_, labels)]
        placed = []
        for each in (one, other):
            yield Progress(0.5, "comparing")
            placed.append([*_placed(each.scored, compress(each.scores, kept), positive)])
        yield Progress(0.5, "comparing")
        first, second = placed
        apart = [*map(sub, first, second)]
        by = 4 * against * against * cases
        spread += _covariance(apart, apart) / by
        yield Progress(0.5, "comparing")
        var_one += _covariance(first, first) / by
        var_other += _covariance(second, second) / by
        yield Progress(0.5, "comparing")
        shared += _covariance(first, second) / by
    correlation = shared / sqrt(var_one * var_other) if var_one and var_other else None
    return _tested(difference, sqrt(spread), level, correlation)


def unpaired(one: Scored, other: Scored, level: float = 0.95) -> Comparison | None:
    """The test of two curves of different cases: Student's t with the degrees of freedom of Welch and Satterthwaite
    over all cases of each, as pROC takes it. None where either has no variance to compute.
    """
    first, second = variance(one), variance(other)
    if first is None or second is None:
        return None
    difference = one.auc - other.auc
    squares = first.error**2, second.error**2
    cases = one.n_pos + one.n_neg, other.n_pos + other.n_neg
    error = sqrt(sum(squares))
    if not error:
        return _tested(difference, error, level, None)
    degrees = sum(squares) ** 2 / sum(
        square * square / (count - 1) for square, count in zip(squares, cases, strict=True)
    )
    return _tested(difference, error, level, None, degrees)


def _tested(
    difference: float, error: float, level: float, correlation: float | None, degrees: float | None = None
) -> Comparison:
    if not error:
        z, p = (0.0, 1.0) if not difference else (nan, nan)
        return Comparison(difference, error, z, p, difference, difference, correlation)
    z = difference / error
    p = normal_p(z) if degrees is None else student_p(z, degrees)
    reach = error * (two_sided_z(level) if degrees is None else two_sided_t(level, degrees))
    return Comparison(difference, error, z, p, difference - reach, difference + reach, correlation, degrees)


def _won(scored: Scored) -> tuple[list[float], list[float]]:
    """At each threshold, twice the negatives below a positive there, and twice the positives above a negative there: a
    tie is one of the two. Whole numbers.
    """
    twice = 2 * scored.n_neg
    above = [*map(sub, repeat(twice), map(add, scored.fp[1:], scored.fp))]
    below = [*map(add, scored.tp[1:], scored.tp)]
    return above, below


def _variance(counts: Sequence[float], won: Sequence[float], cases: int) -> float:
    """The sample variance of whole numbers of which each stands so many times: exact but for the division."""
    times, each = [*filter(None, counts)], [*compress(won, counts)]
    total: float = sum(map(mul, times, each))
    squares: float = sum(map(mul, times, map(mul, each, each)))
    return (cases * squares - total * total) / (cases * (cases - 1))


def _placed(scored: Scored, scores: Iterable[float], positive: bool) -> Iterable[float]:
    """What cases of a class win, by their scores."""
    by_score = dict(zip(scored.thresholds[1:], _won(scored)[0 if positive else 1], strict=True))
    return map(by_score.__getitem__, scores)


def _covariance(one: Sequence[float], other: Sequence[float]) -> float:
    """The sample covariance of whole numbers: exact but for the division."""
    cases = len(one)
    products: float = sum(map(mul, one, other))
    return (cases * products - sum(one) * sum(other)) / (cases * (cases - 1))
