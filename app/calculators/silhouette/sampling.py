"""Chance that is the same on every machine, and a sample of points drawn by it.

>>> from app.calculators.silhouette.clusters import partition
>>> sample(partition([*"aaaaaabbbbbb"]), 6)
[0, 1, 3, 6, 8, 11]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.calculators.silhouette.clusters import Partition

SEED = 2_463_534_242
"""Where Marsaglia's own generator begins."""


def chances(seed: int = SEED) -> Callable[[], float]:
    """Numbers from 0 to below 1, the same for the same `seed`: George Marsaglia, “Xorshift RNGs”, J. Stat. Softw. 8
    (2003) 14, https://doi.org/10.18637/jss.v008.i14. The script beside the page draws the same ones.

    >>> draw = chances()
    >>> round(draw() * 2**32), round(draw() * 2**32)  # the first of y = 2463534242, a, b, c = 13, 17, 5
    (723471715, 2497366906)
    """
    y = seed

    def draw() -> float:
        nonlocal y
        y ^= (y << 13) & 0xFFFFFFFF
        y ^= y >> 17
        y ^= (y << 5) & 0xFFFFFFFF
        return y / 2**32

    return draw


def sample(cut: Partition, size: int) -> list[int]:
    """About `size` points, in the order of their rows: of every cluster its share, but two at least, so that it has a
    mean with an error (its only one, where it has no more).
    """
    draw = chances()
    points = len(cut.of)
    drawn: list[int] = []
    for members in cut.members:
        drawn += some(members, min(len(members), max(2, round(size * len(members) / points))), draw)
    return sorted(drawn)


def some(members: Sequence[int], number: int, draw: Callable[[], float]) -> list[int]:
    """So many of the `members`, each as likely as any other."""
    left = list(members)
    for at in range(number):  # Fisher and Yates, as far as needed
        other = at + int(draw() * (len(left) - at))
        left[at], left[other] = left[other], left[at]
    return left[:number]
