"""The silhouette calculator's declaration: what it asks and how the answers are read."""

from __future__ import annotations

import re
from functools import partial

from app.calculators.silhouette.compute import compute
from app.calculators.silhouette.distances import LARGEST
from app.calculators.silhouette.inputs import DISTANCES, DISTANCES_FILE, POINTS, POINTS_FILE, distances, points
from app.calculators.silhouette.view import view
from app.vocabulary.calculator import Calculator, Choice, Field, Group, Invalid, Related, one_of, shorten
from app.vocabulary.quantity import count, number

METRICS = (
    Choice("euclidean", "Euclidean"),
    Choice("sqeuclidean", "Squared Euclidean"),
    Choice("manhattan", "Manhattan"),
    Choice("cosine", "Cosine"),
)
SINGLETONS = (Choice("0", "s = 0 (scikit-learn, R)"), Choice("1", "s = 1 (MATLAB)"))
NOISE = (
    Choice("none", "None: every label is a cluster"),
    Choice("-1", "Label −1 (scikit-learn’s DBSCAN)"),
    Choice("0", "Label 0 (R’s dbscan)"),
    Choice("noise", "Labels noise and outlier"),
)
_LEFT_OUT = {
    "none": frozenset[str](),
    "-1": frozenset({"-1", "-1.0"}),
    "0": frozenset({"0", "0.0"}),
    "noise": frozenset(
        way(word) for word in ("noise", "outlier", "outliers") for way in (str.lower, str.capitalize, str.upper)
    ),
}
ALONE = (Choice("no", "No, there are others"), Choice("yes", "Yes, it is alone"))

MOST_OTHERS = 1000
"""Clusters whose mean distances are taken for one point."""

_distance = partial(number, minimum=0, maximum=LARGEST)


def _several(text: str) -> tuple[float, ...]:
    """Distances that are parted by semicolons, spaces or lines.

    >>> _several("0.7; 0,9 1.5"), _several("0.7, 0.9")
    ((0.7, 0.9, 1.5), (0.7, 0.9))
    """
    pieces = [piece for piece in re.split(r"[;\s]+|,\s+", text.replace(", ", ";").strip(" \t\n\r;")) if piece]
    if not pieces:
        raise Invalid("Write the mean distance to the nearest other cluster, such as 0.7, or several: 0.7; 0.9.")
    if len(pieces) > MOST_OTHERS:
        raise Invalid(f"There are {len(pieces):,} distances: give at most {MOST_OTHERS:,}.")
    try:
        return tuple(float(_distance(piece, example="0.7")) for piece in pieces)
    except Invalid as invalid:
        more = " Part several by semicolons, such as 0.7; 0.9." if "," in text else ""
        raise Invalid(f"{invalid}{more}") from None


def _row(text: str) -> int | None:
    """The number of a row, or None for all."""
    if text.strip().casefold() in ("", "all"):
        return None
    try:
        value = count(text, minimum=1, maximum=100_000, example="3")
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write all.") from None
    if value != round(value):
        raise Invalid(f"“{shorten(text)}” is not a whole number: write the number of a row, such as 3, or all.")
    return int(value)


CALCULATOR = Calculator(
    slug="silhouette",
    title="Silhouette calculator",
    promise="How well a point sits in its cluster, from mean distances, coordinates or a distance matrix.",
    groups=(
        Group("settings", "Metric, point and conventions"),
        Group("matrix", "A distance matrix instead"),
    ),
    fields=(
        Field(
            "a",
            "a, mean distance within its own cluster",
            "0.3",
            lambda text: float(_distance(text, example="0.3")),
            hint="From the point to the others in it.",
        ),
        Field(
            "b",
            "b, mean distance to another cluster",
            "0.7",
            _several,
            hint="The nearest one, or several parted by semicolons.",
        ),
        Field(
            "points",
            "Or points with labels",
            "",
            points,
            "table",
            hint="A row for each: coordinates, then the label. Paste from a spreadsheet, with heads or without.",
            upload=POINTS_FILE,
            sheet=POINTS,
        ),
        Field("metric", "Metric", "euclidean", one_of(*METRICS), "select", choices=METRICS, group="settings"),
        Field("point", "Point", "all", _row, hint="all, or the number of a row.", group="settings"),
        Field(
            "singletons",
            "A cluster of one point counts",
            "0",
            lambda text: float(one_of(*SINGLETONS)(text)),
            "select",
            choices=SINGLETONS,
            group="settings",
        ),
        Field(
            "noise",
            "Noise left out",
            "none",
            lambda text: _LEFT_OUT[one_of(*NOISE)(text)],
            "select",
            choices=NOISE,
            group="settings",
        ),
        Field(
            "single",
            "With a and b: is the point alone in its cluster?",
            "no",
            lambda text: one_of(*ALONE)(text) == "yes",
            "select",
            choices=ALONE,
            group="settings",
        ),
        Field(
            "distances",
            "Distance matrix with labels",
            "",
            distances,
            "table",
            hint="A row for each point: its distances to all points, then its label. It goes before points.",
            upload=DISTANCES_FILE,
            sheet=DISTANCES,
            group="matrix",
        ),
    ),
    compute=compute,
    view=view,
    related=(
        Related(
            "pruning",
            "Pruning and sparsity calculator",
            "What really gets smaller and faster when weights become zero.",
        ),
        Related("roc-auc", "ROC-AUC calculator", "The area under a ROC curve from its points, every segment shown."),
        Related(
            "threshold-cost",
            "Classification threshold cost calculator",
            "The threshold your costs imply, and what another one costs.",
        ),
    ),
)
