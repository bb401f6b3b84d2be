"""How numbers, labels and metrics are written on the silhouette page."""

from __future__ import annotations

from app.calculators.silhouette.distances import ROUNDING
from app.vocabulary.calculator import Figure, Line, shorten
from app.vocabulary.quantity import show_exact, show_number, show_percent, show_rate, signed

NONE: Line = ("–",)

NAMES = {
    "euclidean": "Euclidean",
    "sqeuclidean": "squared Euclidean",
    "manhattan": "Manhattan",
    "cosine": "cosine",
    "precomputed": "your distances",
}
"""What the page calls the metrics."""


def score(value: float, name: str = "") -> Figure:
    """A silhouette.

    >>> score(0.888888888888889).text, score(-0.5).text, score(-1e-17).text, score(0.99999).text
    ('0.8889', '−0.5', '0', '0.99999')
    """
    return Figure(value, show_rate(value, ROUNDING), name)


def difference(value: float) -> Figure:
    """How much higher or lower a silhouette is.

    >>> difference(1 / 3).text, difference(-0.5).text, difference(0.0).text
    ('+0.3333', '−0.5', '0')
    """
    return Figure(value, signed(show_rate(value, ROUNDING)))


def distance(value: float, name: str = "") -> Figure:
    """A distance, in the unit of the coordinates.

    >>> distance(0.1).text, distance(1 / 3).text, distance(12345.6).text, distance(2.5e-7).text
    ('0.1', '0.3333', '12,346', '2.5e−7')
    """
    return Figure(value, show_number(value), name)


def count(value: int, name: str = "") -> Figure:
    """A number of points or clusters."""
    return Figure(value, show_exact(value), name)


def counted(value: int, one: str, many: str = "") -> Line:
    """So many things, in words.

    >>> counted(1, "point")[1], counted(3, "point")[1], counted(2, "lies", "lie")[1]
    (' point', ' points', ' lie')
    """
    return (count(value), f" {one if value == 1 else many or one + 's'}")


def error(value: float, name: str = "") -> Figure:
    """A standard error.

    >>> error(0.00312).text
    '0.0031'
    """
    return Figure(value, show_number(value, 2), name)


def percent(share: float) -> Figure:
    """A share of points.

    >>> percent(0.0972).text
    '9.72%'
    """
    return Figure(share, show_percent(share))


def quoted(label: str) -> str:
    """A label as it stands in a sentence."""
    return f"“{shorten(label, 24)}”"
