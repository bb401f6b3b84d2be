"""Points sorted into clusters by their labels, and the labels in the order in which people would list them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.vocabulary.calculator import Invalid, shorten


class Partition(NamedTuple):
    """Points in clusters: the `labels` in natural order, the indices of the `members` of each, and for every point the
    index `of` its cluster.
    """

    labels: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    of: tuple[int, ...]


def natural_order(label: str) -> tuple[Any, ...]:
    """A key that sorts labels as people do: numbers by value, then words, with the numbers in them by value.

    >>> sorted(["c10", "10", "c2", "-1", "2", "B"], key=natural_order)
    ['-1', '2', '10', 'B', 'c2', 'c10']
    """
    if re.fullmatch(r"[+-]?[0-9]{1,15}(\.[0-9]*)?", label):
        return 0, float(label), label
    # Words at even places, digits at odd ones: a number with more digits is larger.
    pieces = re.split(r"0*([0-9]+)", label.casefold())
    return 1, tuple((len(piece), piece) if place % 2 else piece for place, piece in enumerate(pieces)), label


def partition(labels: Sequence[str]) -> Partition:
    """Sort points into clusters by label. Fewer than 2 labels, or as many as points, are refused as in scikit-learn.

    >>> partition(["b", "a", "b"])
    Partition(labels=('a', 'b'), members=((1,), (0, 2)), of=(1, 0, 1))
    """
    members: dict[str, list[int]] = {}
    for index, label in enumerate(labels):
        members.setdefault(label, []).append(index)
    if not members:
        raise Invalid("There are no points: give at least 3, in at least 2 clusters.", "points")
    if len(members) == 1:
        only = shorten(labels[0])
        raise Invalid(f"All points are in one cluster, “{only}”: give at least 2 labels to compare.", "points")
    if len(members) == len(labels):
        raise Invalid(
            f"Each of the {len(labels):,} points is a cluster of its own: give at most {len(labels) - 1:,} labels, so "
            "that some points share one.",
            "points",
        )
    ordered = tuple(sorted(members, key=natural_order))
    place = {label: index for index, label in enumerate(ordered)}
    return Partition(
        ordered, tuple(tuple(members[label]) for label in ordered), tuple(place[label] for label in labels)
    )
