"""How amounts of money and of months are written."""

from __future__ import annotations

from collections.abc import Callable

from app.calculators.pruning.show.figures import NOT_KNOWN, Show
from app.calculators.pruning.speed.laws.ranges import Span
from app.vocabulary.calculator import Figure, Line
from app.vocabulary.quantity import show_number

TYPE_A_PRICE = "Type a price per device-hour under “Cost”: everything here follows from it."


def amount(value: float, sign: str, name: str = "") -> Figure:
    """An amount of money to three figures, its sign before it and a code after it.

    >>> [amount(each, "$").text for each in (0.4196, 6.4, 14517.5, -12_345_678, 0)], amount(2.5, "EUR").text
    (['$0.420', '$6.40', '$14,500', '−$12.3\\u202fM', '$0'], '2.50\\u202fEUR')
    """
    size, unit = abs(float(f"{value:.3g}")), ""
    for unit_of, more in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if size >= unit_of:
            size, unit = size / unit_of, f"\u202f{more}"
            break
    figures = f"{size:,.0f}" if size >= 1000 else f"{size:#.3g}".rstrip(".") if size >= 1e-4 else show_number(size, 3)
    text = f"{figures}{unit}\u202f{sign}" if sign.isalpha() else f"{sign}{figures}{unit}"
    return Figure(value, f"−{text}" if value < 0 else text, name)


def priced(value: float, sign: str) -> Figure:
    """The price of an hour, to the cent: as it was typed or listed."""
    figures = f"{value:,.2f}" if value >= 0.01 or not value else show_number(value, 3)
    return Figure(value, f"{figures}\u202f{sign}" if sign.isalpha() else f"{sign}{figures}")


CENTURY = 1200
"""Months."""


def months(value: float, name: str = "", unit: str = "\u202fmonths") -> Line:
    """A number of months; more than a century is as good as never, which is no figure.

    >>> from math import inf
    >>> [each if isinstance(each, str) else each.text for value in (0.0, 8.316, 0.02, inf) for each in months(value)]
    ['0\\u202fmonths', '8.3\\u202fmonths', '<\\u202f0.1\\u202fmonths', 'never']
    """
    if value > CENTURY:
        return ("never",)
    figure = "<\u202f0.1" if value < 0.1 else show_number(value, 2)
    return (Figure(value, f"{figure}{unit}" if value else f"0{unit}", name),)


def span(found: Span | None, shown: Callable[[float], Line], end: Callable[[float], Line] | None = None) -> Line:
    """What is likely, and its ends where they differ."""
    if found is None:
        return NOT_KNOWN
    likely = shown(found.likely)
    if found.low == found.likely == found.high:
        return likely
    low, high = map(end or shown, (found.low, found.high))
    return (*likely, " (", *low, " – ", *high, ")")


def money(found: Span | None, sign: str) -> Line:
    """A range of money."""
    return span(found, lambda value: (amount(value, sign),))


def number(found: Span | None, show: Show) -> Line:
    """A range of numbers."""
    return span(found, lambda value: (show.rate(value),))
