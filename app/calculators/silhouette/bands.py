"""Which words a mean silhouette has been given, and by whom."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from app.vocabulary.calculator import Link


class Band(NamedTuple):
    """What a mean silhouette `above` a bound has been called, and the source of the words."""

    above: float
    words: str
    source: Link


@cache
def bands() -> tuple[Band, ...]:
    """Every band, the highest first."""
    with (Path(__file__).parent / "bands.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Band(float(row["above"]), row["words"], Link(row["source"], row["url"])) for row in csv.DictReader(file)
        )


def band(mean: float) -> Band:
    """What a mean silhouette has been called.

    >>> band(0.55).words, band(0.5).words
    ('a reasonable structure', 'a weak structure, which could be artificial')
    """
    return next((band for band in bands() if mean > band.above), bands()[-1])
