"""The silhouette of points in clusters: s = (b − a) / max(a, b).

a is a point's mean distance to the other points of its cluster, b its smallest mean distance to another cluster. s is
near 1 in a cluster that is tight and far from the others, 0 between two clusters, and negative where the point lies
nearer another cluster than its own. Peter J. Rousseeuw, “Silhouettes”, J. Comput. Appl. Math. 20 (1987) 53–65,
https://doi.org/10.1016/0377-0427(87)90125-7.

>>> from app.vocabulary.calculator import finish
>>> result = finish(silhouette_work([[0], [0.1], [1]], ["0", "0", "1"]))
>>> [round(point.s, 4) for point in result.points]
[0.9, 0.8889, 0.0]
>>> result.points[1]
Point(row=2, label='0', a=0.1, b=0.9, s=0.888888888888889, nearest='1')
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import fsum, isfinite
from operator import itemgetter
from typing import NamedTuple

from app.calculators.silhouette.distances import (
    AT_ONCE,
    METRICS,
    ROUNDING,
    Means,
    Partition,
    Parts,
    Rows,
    Work,
    check,
    means,
    partition,
)
from app.vocabulary.calculator import Invalid, shorten


class Single(NamedTuple):
    """The silhouette `s` of one point whose mean distances are known: `a` to its own cluster, `b` the smallest to
    another, which is the one at place `nearest` of those given, from 0.
    """

    a: float
    b: float
    s: float
    nearest: int


class Point(NamedTuple):
    """One point: its `row`, counted from 1, its `label`, its mean distances `a` and `b`, its silhouette `s`, and the
    label of the `nearest` other cluster, the first in order if several are as near. `a` is None for the only point of
    a cluster.
    """

    row: int
    label: str
    a: float | None
    b: float
    s: float
    nearest: str

    @property
    def negative(self) -> bool:
        """Whether it lies nearer another cluster than its own, by more than rounding makes of equal distances."""
        return self.s < -ROUNDING


class Cluster(NamedTuple):
    """One cluster: its `label`, how many points it has (`size`), the `mean` and the `lowest` of their silhouettes, and
    how many of these are `negative`.
    """

    label: str
    size: int
    mean: float
    lowest: float
    negative: int


class Silhouette(NamedTuple):
    """The silhouettes of all `points` in the order of their rows, of the `clusters` in natural order of their labels,
    and the `mean` of all points.
    """

    points: tuple[Point, ...]
    clusters: tuple[Cluster, ...]
    mean: float

    @property
    def negative(self) -> int:
        """How many points lie nearer another cluster than their own."""
        return sum(cluster.negative for cluster in self.clusters)

    @property
    def singletons(self) -> tuple[str, ...]:
        """The labels of clusters of one point. Its s is 0 by convention, since it has no a."""
        return tuple(cluster.label for cluster in self.clusters if cluster.size == 1)

    def mean_with_singletons(self, s: float) -> float:
        """The mean of all points if those alone in their cluster had the silhouette `s`.

        That is 0 here, as with Rousseeuw, scikit-learn and R's cluster package, and 1 in MATLAB.

        >>> from app.vocabulary.calculator import finish
        >>> finish(silhouette_work([[0], [0.1], [1]], ["0", "0", "1"])).mean_with_singletons(1)
        0.9296296296296296
        """
        return fsum(s if point.a is None else point.s for point in self.points) / len(self.points)

    def with_singletons(self, s: float) -> Silhouette:
        """The same with the silhouette `s` for those alone in their cluster.

        >>> from app.vocabulary.calculator import finish
        >>> finish(silhouette_work([[0], [0.1], [1]], ["0", "0", "1"])).with_singletons(1).clusters[1]
        Cluster(label='1', size=1, mean=1, lowest=1, negative=0)
        """
        if not self.singletons:
            return self
        return Silhouette(
            tuple([point._replace(s=s) if point.a is None else point for point in self.points]),
            tuple([cluster._replace(mean=s, lowest=s) if cluster.size == 1 else cluster for cluster in self.clusters]),
            self.mean_with_singletons(s),
        )


def coefficient(a: float, b: float) -> float:
    """(b − a) / max(a, b), between −1 and 1; 0 where both are 0.

    >>> coefficient(0.1, 0.9), coefficient(3.0, 1.5), coefficient(0.0, 0.0)
    (0.888888888888889, -0.5, 0.0)
    """
    largest = max(a, b)
    return (b - a) / largest if largest else 0.0


def single(a: float, others: Sequence[float], alone: bool = False) -> Single:
    """The silhouette of one point from its mean distance `a` to its own cluster and those to the `others`, of which the
    smallest counts. A point `alone` in its cluster has no a, and gets 0.

    >>> single(0.1, [2.5, 0.9])
    Single(a=0.1, b=0.9, s=0.888888888888889, nearest=1)
    """
    if not others:
        raise Invalid("Give the mean distance to at least one other cluster.", "b")
    for value, field in ((a, "a"), *((other, "b") for other in others)):
        if not (isfinite(value) and value >= 0):
            wrong = "is negative" if value < 0 else "is not a finite number"
            raise Invalid(f"The mean distance {wrong}: write 0 or more, such as 1.5.", field)
    b = min(others)
    return Single(a, b, 0.0 if alone else coefficient(a, b), others.index(b))


def silhouette_work(
    rows: Sequence[Sequence[float]], labels: Sequence[str], metric: str = "euclidean", leave_out: Collection[str] = ()
) -> Work[Silhouette]:
    """The silhouettes of all points as work to be done in slices.

    `rows` are coordinates, or for the metric `precomputed` distances to all points. `metric` is one of `METRICS`.
    Points whose label is in `leave_out`, such as the noise that DBSCAN labels −1, are in no cluster and get no
    silhouette. Raises `Invalid`, naming the field `points`, at once and not when the work is done.

    >>> from app.vocabulary.calculator import finish
    >>> finish(silhouette_work([[0], [0.1], [1], [9]], ["0", "0", "1", "-1"], leave_out={"-1"})).mean
    0.5962962962962963
    """
    if metric not in METRICS:
        raise Invalid(f"“{shorten(metric)}” is not a metric known here. Choose one of {', '.join(METRICS)}.", "metric")
    if len(rows) != len(labels):
        raise Invalid(f"There are {len(rows):,} rows and {len(labels):,} labels: give each row one.", "points")
    if "" in labels:
        raise Invalid(f"Row {list(labels).index('') + 1:,} has no label: write the cluster of each point.", "points")
    sound: Rows = [tuple(row) for row in rows]
    check(sound, metric)
    kept = [index for index, label in enumerate(labels) if label not in leave_out]
    cut = partition([labels[index] for index in kept])
    if len(kept) < len(labels):
        sound = [sound[index] for index in kept]
        if metric == "precomputed":
            sound = [itemgetter(*kept)(row) for row in sound]
    return _work(sound, kept, cut, metric)


def _work(rows: Rows, kept: Sequence[int], cut: Partition, metric: str) -> Work[Silhouette]:
    mean_distances = yield from means(rows, cut, metric)
    points = []
    for start in range(0, len(kept), AT_ONCE):
        points += _points(kept, cut, mean_distances, range(start, min(start + AT_ONCE, len(kept))))
        yield Parts(len(kept), len(kept))
    return Silhouette(
        tuple(points),
        tuple(_cluster(label, [points[member] for member in members]) for label, members in zip(*cut[:2], strict=True)),
        fsum(point.s for point in points) / len(points),
    )


def _points(kept: Sequence[int], cut: Partition, mean_distances: Means, which: range) -> list[Point]:
    return [
        Point(
            row=kept[index] + 1,
            label=cut.labels[cut.of[index]],
            a=(a := mean_distances.own[index]),
            b=(b := mean_distances.other[index]),
            s=0.0 if a is None else coefficient(a, b),
            nearest=cut.labels[mean_distances.nearest[index]],
        )
        for index in which
    ]


def _cluster(label: str, points: Sequence[Point]) -> Cluster:
    scores = [point.s for point in points]
    return Cluster(label, len(points), fsum(scores) / len(points), min(scores), sum(point.negative for point in points))
