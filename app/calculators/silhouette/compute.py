"""What the inputs come to. What is given decides: a distance matrix goes before points, points before a and b.

Points are worked through in slices. What was found last is kept, stage by stage, so that another point or another
convention for singletons does not measure all distances again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from app.calculators.silhouette import noise, sweep
from app.calculators.silhouette.choices import Sample
from app.calculators.silhouette.course import Course
from app.calculators.silhouette.distances import Rows
from app.calculators.silhouette.inputs import Matrix, Points
from app.calculators.silhouette.k_means import k_means
from app.calculators.silhouette.noise import Counted, Reckoned
from app.calculators.silhouette.scaling import standardised
from app.calculators.silhouette.scores import Point, Silhouette, Single, point_work, single
from app.calculators.silhouette.sweep import Swept
from app.vocabulary.calculator import Invalid, Values, Work

MOST_PAIRED = 20_000
"""The most points that are all measured in Euclidean distances unless that is asked for: they go pair by pair, so that
twice the points take four times as long. Other metrics, and points on a line, need no pairs.
"""

SAMPLE = 2000
"""So many are measured instead, each against all points."""

COMPARED = 5000
"""Of more points the other ways to count noise are estimated from a sample."""

FEW = 1000
"""So many points are measured a second time in Euclidean distances, for comparison, where another metric is chosen."""


class Mean(NamedTuple):
    """The mean silhouette of all points by one `metric`, with 0 and with 1 for those alone in their cluster."""

    metric: str
    with_0: float
    with_1: float


class Result(NamedTuple):
    """The silhouette of one point whose mean distances are known (`one`, with those to all `others`; `alone` in its
    cluster or not), or those of a `whole` of points, of which one may be `chosen`.

    `rows` are what was measured: the coordinates (`scaled`, or as given) or the distances. `labels` are those given;
    the clusters are theirs, or those of `k` by k-means, and `assigned` says for each row where it went. Points
    labelled `noise` are `counted` in one way, of which `reckoned` has all. `means` are of the same points, the first by
    the chosen metric; `swept` are the clusterings of several k.
    """

    given: Literal["means", "points", "distances"]
    singletons: float
    one: Single | None = None
    others: tuple[float, ...] = ()
    alone: bool = False
    whole: Silhouette | None = None
    chosen: Point | None = None
    rows: Rows = ()
    scaled: bool = False
    labels: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    k: int | None = None
    noise: frozenset[str] = frozenset()
    counted: Counted = "cluster"
    reckoned: tuple[Reckoned, ...] = ()
    means: tuple[Mean, ...] = ()
    swept: tuple[Swept, ...] = ()

    @property
    def noisy(self) -> int:
        """How many points are noise."""
        return sum(label in self.noise for label in self.labels) if self.noise else 0

    @property
    def best_k(self) -> Swept | None:
        """The clustering with the highest mean of those that were tried."""
        return sweep.best(self.swept) if self.swept else None


def compute(values: Values) -> Result | Work:
    """The result for parsed values: at once for a and b, else as work in slices."""
    matrix: Matrix | None = values["distances"]
    points: Points | None = values["points"]
    singletons: float = values["singletons"]
    if matrix is None and points is None:
        one, alone = single(values["a"], values["b"], values["single"]), values["single"]
        return Result("means", singletons, one._replace(s=singletons) if alone else one, values["b"], alone)
    return _measure(values)


def _measure(values: Values) -> Work:
    matrix: Matrix | None = values["distances"]
    field: Literal["points", "distances"] = "distances" if matrix else "points"
    try:
        return (yield from _found(values, matrix or values["points"], field))
    except Invalid as invalid:
        # What is said of rows and labels is said of the table that they came from.
        raise Invalid(str(invalid), field if invalid.field == "points" else invalid.field) from None


def _found(values: Values, table: Matrix | Points, field: Literal["points", "distances"]) -> Work:
    singletons: float = values["singletons"]
    metric = "precomputed" if field == "distances" else values["metric"]
    others = _others(metric, len(table.rows))
    scaled = field == "points" and values["scale"] == "standard"
    by_k_means = field == "points" and values["k"] is not None
    is_noise = noise.noise_of(frozenset(table.labels), values["noise"])
    if by_k_means and not values["noise"]:
        is_noise = frozenset()  # what nobody called noise, k-means sorts like any other
    counted = noise.way(values["noise"], values["noise_as"])
    apart = is_noise if values["noise"] else frozenset[str]()  # what k-means is not given
    ks = _ks(values, table, apart) if field == "points" else range(0)
    parts = scaled + 2 * len(ks) + by_k_means + 1 + len(others) + (2 if is_noise else 0)
    course = Course(table.rows, parts + (values["point"] is not None))

    rows = table.rows
    if scaled:
        rows = yield from course.stage("scale", rows, lambda: standardised(table.rows), "scaling")
    labels, k = table.labels, values["k"] if field == "points" else None
    swept = yield from _swept(course, _Clustered(rows, table.labels, apart), ks, metric, values["sample"])
    if not (swept or labels or k):
        raise Invalid(
            "The points are too few or too much alike for 2 clusters: give at least 3 different ones.", "points"
        )
    if k is not None:
        labels = yield from _clustered(course, _Clustered(rows, table.labels, apart), k)
    elif not labels:
        best = sweep.best(swept)
        labels, k = best.labels, best.k
    asked = _asked(rows, labels, metric, is_noise, counted)._replace(most=_most(values["sample"], rows, metric))
    # What the sweep has measured is at hand, unless noise counts besides.
    stage = f"k {k}" if k in ks and asked.leave_out == apart else "whole"
    whole = yield from course.silhouette(stage, asked, "measuring distances")
    means = [_mean(metric, whole)]
    for other in others:
        silhouette = yield from course.silhouette(
            other, asked._replace(metric=other), "comparing with other conventions"
        )
        means.append(_mean(other, silhouette))
    reckoned: list[Reckoned] = []
    for each in noise.WAYS if is_noise else ():
        if each == counted:
            reckoned.append(Reckoned(each, whole.with_singletons(singletons)))
            continue
        other_way = _asked(rows, labels, metric, is_noise, each)._replace(most=asked.most)
        if len(rows) > COMPARED and metric == "euclidean":
            other_way = other_way._replace(most=min(asked.most or SAMPLE, SAMPLE))
        try:
            silhouette = yield from course.silhouette(each, other_way, "counting noise in other ways")
            reckoned.append(Reckoned(each, silhouette.with_singletons(singletons)))
        except Invalid as invalid:
            reckoned.append(Reckoned(each, None, str(invalid)))
    whole = whole.with_singletons(singletons)
    return Result(
        field,
        singletons,
        whole=whole,
        chosen=(yield from _chosen(course, whole, values["point"], asked, singletons)),
        rows=rows,
        scaled=scaled,
        labels=table.labels,
        assigned=asked.labels,
        k=k,
        noise=is_noise if values["noise"] else frozenset(),
        counted=counted,
        reckoned=tuple(reckoned),
        means=tuple(means),
        swept=swept,
    )


# --- what is measured ---


class _Asked(NamedTuple):
    """What silhouettes are asked of, and how to measure: `most` points, or all."""

    rows: Rows
    labels: tuple[str, ...]
    metric: str
    leave_out: frozenset[str]
    most: int | None = None


def _asked(rows: Rows, labels: tuple[str, ...], metric: str, is_noise: frozenset[str], counted: Counted) -> _Asked:
    relabelled, leave_out = noise.relabelled(labels, is_noise, counted)
    return _Asked(rows, relabelled, metric, leave_out)


def _mean(metric: str, whole: Silhouette) -> Mean:
    return Mean(metric, whole.mean_with_singletons(0), whole.mean_with_singletons(1))


def _others(metric: str, size: int) -> Sequence[str]:
    """The metrics that software takes unless it is told otherwise, where they are another and soon measured."""
    if metric == "precomputed":
        return ()
    soon = ["sqeuclidean", *(["euclidean"] if size <= FEW else [])]
    return [other for other in soon if other != metric]


def _most(asked: Sample, rows: Rows, metric: str) -> int | None:
    """How many points are measured, where it is not all."""
    if asked == "auto":
        paired = metric == "euclidean" and len(rows[0]) > 1
        return SAMPLE if paired and len(rows) > MOST_PAIRED else None
    return None if asked == "all" else asked


def _chosen(course: Course, whole: Silhouette, row: int | None, asked: _Asked, singletons: float) -> Work:
    """The point in this row, which a sample need not have."""
    if row is None:
        return None
    if row > len(asked.labels):
        raise Invalid(
            f"There are {len(asked.labels):,} points: write a number from 1 to {len(asked.labels):,}, or all.", "point"
        )
    if asked.labels[row - 1] in asked.leave_out:
        raise Invalid(f"Row {row:,} is left out as noise: choose another point, or write all.", "point")
    measured = next((point for point in whole.points if point.row == row), None)
    if measured is not None:
        return measured
    found = yield from course.stage(
        "point", (asked, row), lambda: point_work(*asked[:4], row=row), "measuring the point"
    )
    return found._replace(s=singletons) if found.a is None else found


# --- clusters by k-means ---


class _Clustered(NamedTuple):
    """What k-means is given: the `rows` but for those whose label is kept `apart`."""

    rows: Rows
    labels: tuple[str, ...]
    apart: frozenset[str]


def _ks(values: Values, table: Matrix | Points, apart: frozenset[str]) -> range:
    """The k to try: as far as is asked, where there are so many points; where there are no labels, in any case."""
    most: int | None = values["sweep"] or (None if table.labels or values["k"] else sweep.USUAL_K)
    size = len(table.rows) - (sum(label in apart for label in table.labels) if apart else 0)
    return range(2, min(most or 0, size - 1) + 1)


def _clustered(course: Course, asked: _Clustered, k: int) -> Work:
    """A label for each row by k-means."""
    kept = [at for at, label in enumerate(asked.labels) if label not in asked.apart] if asked.apart else None
    rows = asked.rows if kept is None else [asked.rows[at] for at in kept]
    found = None
    if k < len(rows):
        found = yield from course.stage(f"{k}-means", asked, lambda: k_means(rows, k), f"k-means, k = {k}")
    if found is None:
        raise Invalid(f"There are too few different points for {k} clusters: choose a smaller k.", "k")
    if kept is None:
        return found
    labels = list(asked.labels)
    for at, label in zip(kept, found, strict=True):
        labels[at] = label
    return tuple(labels)


def _swept(course: Course, asked: _Clustered, ks: range, metric: str, sample: Sample) -> Work:
    """The clusterings of every k that there are points for."""
    swept: list[Swept] = []
    for k in ks:
        try:
            labels = yield from _clustered(course, asked, k)
        except Invalid:
            break
        most = _most(sample, asked.rows, metric)
        whole = yield from course.silhouette(
            f"k {k}", _Asked(asked.rows, labels, metric, asked.apart, most), f"measuring k = {k}"
        )
        swept.append(Swept(k, labels, whole))
    return tuple(swept)
