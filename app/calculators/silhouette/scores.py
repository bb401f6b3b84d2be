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
from math import fsum, isfinite, sqrt
from operator import itemgetter
from typing import NamedTuple

from app.calculators.silhouette.clusters import Partition, partition
from app.calculators.silhouette.distances import (
    AT_ONCE,
    METRICS,
    ROUNDING,
    Means,
    Parts,
    Rows,
    Work,
    check,
    means,
)
from app.calculators.silhouette.sampling import sample
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
    """One cluster: its `label`, how many points it has (`size`) and how many of them were `measured`, the `mean`, the
    `spread` (the standard deviation, n − 1 below the sum of squares; 0 of one point) and the `lowest` of their
    silhouettes, and how many of these are `negative`.
    """

    label: str
    size: int
    measured: int
    mean: float
    spread: float
    lowest: float
    negative: int

    @property
    def share(self) -> float:
        """The share of its measured points that lie nearer another cluster."""
        return self.negative / self.measured


class Silhouette(NamedTuple):
    """The silhouettes of the `points` that were measured, in the order of their rows, of the `clusters` in natural
    order of their labels, and the `mean` of all points: exact where all were measured, else estimated.
    """

    points: tuple[Point, ...]
    clusters: tuple[Cluster, ...]
    mean: float

    @property
    def size(self) -> int:
        """How many points the clusters have."""
        return sum(cluster.size for cluster in self.clusters)

    @property
    def is_sample(self) -> bool:
        """Whether not all points were measured."""
        return len(self.points) < self.size

    @property
    def error(self) -> float:
        """The standard error of the mean, 0 where all points were measured: that of a sample drawn without replacement
        from each cluster (William G. Cochran, Sampling Techniques, 3rd ed., Wiley 1977, chapter 5).
        """
        return _of_sample(self.clusters)[1]

    @property
    def share(self) -> float:
        """The share of all points that lie nearer another cluster than their own: estimated, where not all were
        measured.
        """
        return fsum(cluster.size * cluster.share for cluster in self.clusters) / self.size

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
        if not self.singletons:
            return self.mean
        if self.is_sample:
            return _of_sample([each._replace(mean=s) if each.size == 1 else each for each in self.clusters])[0]
        return fsum(s if point.a is None else point.s for point in self.points) / len(self.points)

    def with_singletons(self, s: float) -> Silhouette:
        """The same with the silhouette `s` for those alone in their cluster.

        >>> from app.vocabulary.calculator import finish
        >>> finish(silhouette_work([[0], [0.1], [1]], ["0", "0", "1"])).with_singletons(1).clusters[1]
        Cluster(label='1', size=1, measured=1, mean=1, spread=0.0, lowest=1, negative=0)
        """
        if not self.singletons:
            return self
        return Silhouette(
            tuple([point._replace(s=s) if point.a is None else point for point in self.points]),
            tuple([cluster._replace(mean=s, lowest=s) if cluster.size == 1 else cluster for cluster in self.clusters]),
            self.mean_with_singletons(s),
        )


def _of_sample(clusters: Sequence[Cluster]) -> tuple[float, float]:
    """The mean of all points, estimated from those of each cluster that were measured, and its standard error."""
    size = sum(cluster.size for cluster in clusters)
    error = fsum((each.size / size * each.spread) ** 2 * (1 / each.measured - 1 / each.size) for each in clusters)
    return fsum(each.size * each.mean for each in clusters) / size, sqrt(error)


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


class Prepared(NamedTuple):
    """What silhouettes are computed of: sound `rows` without those that are left out, the indices that those `kept` had
    before, their clusters, and the `metric`.
    """

    rows: Rows
    kept: Sequence[int]
    cut: Partition
    metric: str


def silhouette_work(
    rows: Sequence[Sequence[float]],
    labels: Sequence[str],
    metric: str = "euclidean",
    leave_out: Collection[str] = (),
    most: int | None = None,
) -> Work[Silhouette]:
    """The silhouettes of all points as work to be done in slices; or of `most` of them, a sample, each of them against
    all points, so that only the means are estimated.

    `rows` are coordinates, or for the metric `precomputed` distances to all points. `metric` is one of `METRICS`.
    Points whose label is in `leave_out`, such as the noise that DBSCAN labels −1, are in no cluster and get no
    silhouette. Raises `Invalid`, naming the field `points`, before anything is measured.

    >>> from app.vocabulary.calculator import finish
    >>> finish(silhouette_work([[0], [0.1], [1], [9]], ["0", "0", "1", "-1"], leave_out={"-1"})).mean
    0.5962962962962963
    """
    prepared = yield from _prepared([tuple(row) for row in rows], tuple(labels), metric, leave_out)
    which = None if most is None or most >= len(prepared.kept) else sample(prepared.cut, most)
    mean_distances = yield from means(prepared.rows, prepared.cut, metric, which)
    measured = range(len(prepared.kept)) if which is None else which
    points: list[Point] = []
    for start in range(0, len(measured), AT_ONCE):
        points += _points(prepared, mean_distances, measured, range(start, min(start + AT_ONCE, len(measured))))
        yield Parts(len(measured), len(measured))
    members: list[list[Point]] = [[] for _ in prepared.cut.labels]
    for index, point in zip(measured, points, strict=True):
        members[prepared.cut.of[index]].append(point)
    clusters = tuple(
        _cluster(label, len(all_of), some) for label, all_of, some in zip(*prepared.cut[:2], members, strict=True)
    )
    mean = fsum(point.s for point in points) / len(points) if which is None else _of_sample(clusters)[0]
    return Silhouette(tuple(points), clusters, mean)


def point_work(rows: Rows, labels: Sequence[str], metric: str, leave_out: Collection[str], row: int) -> Work[Point]:
    """The silhouette of the one point in this `row`, which must not be left out."""
    prepared = yield from _prepared(rows, labels, metric, leave_out)
    index = prepared.kept.index(row - 1)
    mean_distances = yield from means(prepared.rows, prepared.cut, prepared.metric, [index])
    return _points(prepared, mean_distances, [index], range(1))[0]


def _prepared(rows: Rows, labels: Sequence[str], metric: str, leave_out: Collection[str]) -> Work[Prepared]:
    """What silhouettes are computed of, or why they cannot be (`Invalid`)."""
    if metric not in METRICS:
        raise Invalid(f"“{shorten(metric)}” is not a metric known here. Choose one of {', '.join(METRICS)}.", "metric")
    if len(rows) != len(labels):
        raise Invalid(f"There are {len(rows):,} rows and {len(labels):,} labels: give each row one.", "points")
    if "" in labels:
        raise Invalid(f"Row {list(labels).index('') + 1:,} has no label: write the cluster of each point.", "points")
    yield from check(rows, metric)
    kept = [index for index, label in enumerate(labels) if label not in leave_out]
    cut = partition([labels[index] for index in kept])
    if len(kept) < len(labels):
        rows = [rows[index] for index in kept]
        if metric == "precomputed":
            rows = [itemgetter(*kept)(row) for row in rows]
    return Prepared(rows, kept, cut, metric)


def _points(prepared: Prepared, mean_distances: Means, measured: Sequence[int], which: range) -> list[Point]:
    kept, cut = prepared.kept, prepared.cut
    return [
        Point(
            row=kept[index] + 1,
            label=cut.labels[cut.of[index]],
            a=(a := mean_distances.own[at]),
            b=(b := mean_distances.other[at]),
            s=0.0 if a is None else coefficient(a, b),
            nearest=cut.labels[mean_distances.nearest[at]],
        )
        for at in which
        for index in (measured[at],)
    ]


def _cluster(label: str, size: int, points: Sequence[Point]) -> Cluster:
    scores = [point.s for point in points]
    mean = fsum(scores) / len(points)
    spread = sqrt(fsum([(s - mean) ** 2 for s in scores]) / (len(scores) - 1)) if len(scores) > 1 else 0.0
    return Cluster(label, size, len(points), mean, spread, min(scores), sum(point.negative for point in points))
