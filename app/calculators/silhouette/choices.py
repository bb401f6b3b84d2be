"""What can be chosen of how points are measured: the scale, a sample, how noise counts, k-means for several k."""

from __future__ import annotations

from typing import Literal

from app.calculators.silhouette.noise import WAYS, Counted
from app.calculators.silhouette.sweep import MOST_K, USUAL_K
from app.vocabulary import table
from app.vocabulary.calculator import Choice, Field, Invalid, one_of
from app.vocabulary.quantity import whole

SCALES = (
    Choice("none", "As they are given"),
    Choice("standard", "Standardised: mean 0, standard deviation 1"),
)
NOISE_AS = (
    Choice("out", "Left out"),
    Choice("cluster", "A cluster of its own (scikit-learn)"),
    Choice("alone", "Each point alone, s = 0"),
)
LEAST_SAMPLE = 100
"""Of fewer points a standard error says little."""

Sample = int | Literal["auto", "all"]


def sample(text: str) -> Sample:
    """How many points are measured: `auto`, `all`, or so many of them."""
    plain = text.strip().casefold()
    if plain in ("auto", ""):
        return "auto"
    if plain == "all":
        return "all"
    try:
        return whole(text, minimum=LEAST_SAMPLE, maximum=table.MOST_ROWS, example="2000")
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write all, or auto.") from None


def _k(text: str, otherwise: str, example: str) -> int | None:
    if text.strip().casefold() in (otherwise, "", "off", "none"):
        return None
    try:
        return whole(text, minimum=2, maximum=MOST_K, example=example)
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write {otherwise}.") from None


def sweep(text: str) -> int | None:
    """The largest k to try, or None for no sweep."""
    return _k(text, "no", str(USUAL_K))


def k(text: str) -> int | None:
    """The k of the k-means clusters to measure, or None for the labels that were given."""
    return _k(text, "labels", "3")


def counted(text: str) -> Counted:
    """How noise counts."""
    chosen = one_of(*NOISE_AS)(text)
    return next(each for each in WAYS if each == chosen)


SCALE = Field(
    "scale",
    "Coordinates",
    "none",
    one_of(*SCALES),
    "select",
    choices=SCALES,
    group="settings",
    hint="As for clustering.",
)
SAMPLE = Field(
    "sample",
    "Points measured",
    "auto",
    sample,
    hint="auto: all, or a sample of 2,000 of over 20,000 in Euclidean distances. Or all, or a number.",
    group="settings",
)
COUNTED = Field("noise_as", "Noise counts", "out", counted, "select", choices=NOISE_AS, group="settings")
SWEEP = Field(
    "sweep",
    "Try k-means with k from 2 to",
    "no",
    sweep,
    hint=f"no, or a number up to {MOST_K}.",
    group="settings",
)
K = Field("k", "Clusters", "labels", k, hint="labels: those of your table. Or the k of k-means.", group="settings")
