"""How numbers are written on the silhouette page, and which words a mean silhouette has been given."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from app.calculators.silhouette.distances import ROUNDING
from app.vocabulary.calculator import Figure, Line, Link, shorten

NONE: Line = ("–",)


def score(value: float, name: str = "") -> Figure:
    """A silhouette.

    >>> score(0.888888888888889).text, score(-0.5).text, score(-1e-17).text, score(0.99999).text
    ('0.8889', '−0.5', '0', '0.99999')
    """
    return Figure(value, _short(value), name)


def difference(value: float) -> Figure:
    """How much higher or lower a silhouette is.

    >>> difference(1 / 3).text, difference(-0.5).text, difference(0.0).text
    ('+0.3333', '−0.5', '0')
    """
    return Figure(value, f"{'+' if value > ROUNDING else ''}{_short(value)}")


def distance(value: float, name: str = "") -> Figure:
    """A distance, in the unit of the coordinates.

    >>> distance(0.1).text, distance(1 / 3).text, distance(12345.6).text, distance(2.5e-7).text
    ('0.1', '0.3333', '12,346', '2.5e−7')
    """
    size = abs(value)
    text = f"{value:,.0f}" if 1000 <= size < 1e9 else f"{value:.4g}"
    return Figure(value, _marked(text), name)


def count(value: int, name: str = "") -> Figure:
    """A number of points or clusters."""
    return Figure(value, f"{value:,}", name)


def counted(value: int, one: str, many: str = "") -> Line:
    """So many things, in words.

    >>> counted(1, "point")[1], counted(3, "point")[1], counted(2, "lies", "lie")[1]
    (' point', ' points', ' lie')
    """
    return (count(value), f" {one if value == 1 else many or one + 's'}")


def quoted(label: str) -> str:
    """A label as it stands in a sentence."""
    return f"“{shorten(label, 24)}”"


def _short(value: float) -> str:
    """Four decimals, and more where they would show nothing or all."""
    if abs(value) <= ROUNDING:
        return "0"
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    if text in ("0", "-0", "1", "-1") and float(text) != value:
        text = f"{value:.2g}" if abs(value) < 0.5 else f"{value:.12g}"
    return _marked(text)


def _marked(text: str) -> str:
    return text.replace("e+0", "e").replace("e+", "e").replace("e-0", "e-").replace("-", "−")


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
    return next((each for each in bands() if mean > each.above), bands()[-1])
