"""Round places along an axis, each with its words."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TypeAlias

from app.vocabulary.quantity import show_count, show_number

Ticks: TypeAlias = tuple[tuple[float, str], ...]
"""Places and how they are written, as an `Axis` takes them."""


def ticks(low: float, high: float, most: int = 5) -> Ticks:
    """Round numbers from `low` to `high`, at even steps of 1, 2 or 5 times a power of ten, about as many as `most`.

    >>> [text for _, text in ticks(-0.34, 1)], [text for _, text in ticks(0, 72_000)]
    (['0', '0.5', '1'], ['0', '20\\u202fk', '40\\u202fk', '60\\u202fk'])
    """
    span = high - low
    if span < 1e-300:  # steps of it could not be told apart
        return ((low, written(low)),)
    size = 10.0 ** floor(log10(span / most))
    step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= span / most * 0.999)
    # From whole numbers of steps, so that 0.3 is not 0.30000000000000004.
    digits = 12 - floor(log10(step))
    places = range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)
    # Two ends just within two steps have no place between them: one is written at the lower.
    found = tuple(round(place * step, digits) for place in places) or (low,)
    return tuple((at, written(at)) for at in found)


def powers_of_ten(low: float, high: float, most: int = 5) -> Ticks:
    """Powers of ten from `low` to `high`, themselves such, at even steps.

    >>> [text for _, text in powers_of_ten(1e-8, 1)]
    ['1e−8', '1e−6', '0.0001', '0.01', '1']
    """
    powers = range(round(log10(low)), round(log10(high)) + 1)
    shown = powers[:: -(-len(powers) // most)]
    return tuple((10.0**power, written(10.0**power)) for power in shown)


def written(place: float) -> str:
    """How a place is written: in short, for there is little room."""
    return show_count(place) if abs(place) >= 10_000 else show_number(place)
