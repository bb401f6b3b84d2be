"""Points that belong to no cluster, such as those that DBSCAN labels −1: three ways to count them, which people use.

scikit-learn's silhouette knows of no noise: the label is a cluster like any other. Others leave the points out, or make
each a cluster of its own, whose silhouette is 0; https://github.com/scikit-learn/scikit-learn/issues/20351 has all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

from app.calculators.silhouette.scores import Silhouette

Counted = Literal["out", "cluster", "alone"]

WAYS: tuple[Counted, ...] = ("out", "cluster", "alone")

DBSCAN = frozenset({"-1", "-1.0"})
"""The label that scikit-learn gives to noise, as tables write it."""


class Reckoned(NamedTuple):
    """The mean silhouette with noise `counted` in one way: `whole`, or `why` there is none."""

    counted: Counted
    whole: Silhouette | None
    why: str = ""


def noise_of(labels: Collection[str], chosen: frozenset[str]) -> frozenset[str]:
    """The labels among `labels` that are noise: those `chosen`, else DBSCAN's own."""
    return (chosen or DBSCAN) & frozenset(labels)


def way(noise: frozenset[str], counted: Counted) -> Counted:
    """How noise is counted: where none is chosen, every label is a cluster."""
    return counted if noise else "cluster"


def relabelled(
    labels: Sequence[str], noise: Collection[str], counted: Counted
) -> tuple[tuple[str, ...], frozenset[str]]:
    """The labels with noise `counted` so, and those of them that are left out.

    >>> relabelled(["0", "-1", "0"], {"-1"}, "alone")
    (('0', '-1 (row 2)', '0'), frozenset())
    """
    if counted == "out":
        return tuple(labels), frozenset(noise)
    if counted == "cluster":
        return tuple(labels), frozenset()
    return (
        tuple([f"{label} (row {row})" if label in noise else label for row, label in enumerate(labels, 1)]),
        frozenset(),
    )
