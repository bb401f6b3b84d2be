"""Coordinates on one scale: each with a mean of 0 and a standard deviation of 1, as scikit-learn's `StandardScaler` has
them.

>>> from app.vocabulary.calculator import finish
>>> finish(standardised([(1.0, 7.0), (3.0, 7.0)]))
((-1.0, 0.0), (1.0, 0.0))
"""

from __future__ import annotations

from math import fsum, sqrt
from sys import float_info

from app.calculators.silhouette.distances import Parts, Rows, Work


def standardised(rows: Rows) -> Work[Rows]:
    """The rows with each coordinate less its mean, divided by its standard deviation (n below the sum of squares). One
    that is the same in all rows, or differs by no more than rounding, is only centred: scikit-learn's
    `_is_constant_feature`.
    """
    axes = []
    for axis in zip(*rows, strict=True):
        size = len(axis)
        mean = fsum(axis) / size
        off = [value - mean for value in axis]
        variance = fsum([x * x for x in off]) / size
        rounding = size * float_info.epsilon * variance + (size * mean * float_info.epsilon) ** 2
        deviation = 1.0 if variance <= rounding else sqrt(variance)
        axes.append([x / deviation for x in off])
        yield Parts(len(axes), len(rows[0]))
    return tuple(zip(*axes, strict=True))
