"""What the inputs come to. What is given decides: a distance matrix goes before points, points before a and b.

Points are worked through in slices. What was found last is kept, so that another point or another convention for
singletons does not measure all distances again.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Literal, NamedTuple

from app.calculators.silhouette.distances import Rows
from app.calculators.silhouette.inputs import Matrix, Points
from app.calculators.silhouette.scores import Point, Silhouette, Single, silhouette_work, single
from app.vocabulary.calculator import Invalid, Progress, Values, Work

MOST_PAIRED = 20_000
"""The most points whose Euclidean distances are computed: pair by pair, so that twice the points take four times as
long. Other metrics, and points on a line, need no pairs.
"""

FEW = 1000
"""So many points are measured a second time in Euclidean distances, for comparison, where another metric is chosen."""


class Mean(NamedTuple):
    """The mean silhouette of all points by one `metric`, with 0 and with 1 for those alone in their cluster."""

    metric: str
    with_0: float
    with_1: float


class Result(NamedTuple):
    """The silhouette of one point whose mean distances are known (`one`, with those to all `others`; `alone` in its
    cluster or not), or those of a `whole` of points, of which one may be `chosen`. `labels` are those given, of which
    the points labelled `noise` are left out; `means` are of the same points, the first by the chosen metric.
    """

    given: Literal["means", "points", "distances"]
    singletons: float
    one: Single | None = None
    others: tuple[float, ...] = ()
    alone: bool = False
    whole: Silhouette | None = None
    chosen: Point | None = None
    labels: tuple[str, ...] = ()
    noise: frozenset[str] = frozenset()
    means: tuple[Mean, ...] = ()

    @property
    def left_out(self) -> int:
        """How many points are left out as noise."""
        return len(self.labels) - len(self.whole.points) if self.whole else 0


class _Asked(NamedTuple):
    """What distances are measured of."""

    rows: Rows
    labels: tuple[str, ...]
    metric: str
    noise: frozenset[str]


class _Measured(NamedTuple):
    whole: Silhouette
    means: tuple[Mean, ...]


_last: list[tuple[_Asked, _Measured]] = []
"""What was asked last, and what was found: one entry, or none."""


def compute(values: Values) -> Result | Work:
    """The result for parsed values: at once for a and b, else as work in slices."""
    matrix: Matrix | None = values["distances"]
    points: Points | None = values["points"]
    singletons: float = values["singletons"]
    if matrix is None and points is None:
        one, alone = single(values["a"], values["b"], values["single"]), values["single"]
        return Result("means", singletons, one._replace(s=singletons) if alone else one, values["b"], alone)
    return _measure(values)


def _measure(values: Values) -> Generator[Progress, None, Result]:
    matrix: Matrix | None = values["distances"]
    table: Matrix | Points = matrix or values["points"]
    field: Literal["points", "distances"] = "distances" if matrix else "points"
    asked = _Asked(table.rows, table.labels, "precomputed" if matrix else values["metric"], values["noise"])
    if asked.metric == "euclidean" and len(asked.rows) > MOST_PAIRED and len(asked.rows[0]) > 1:
        raise Invalid(
            f"There are {len(asked.rows):,} points: Euclidean distances are computed pair by pair, for {MOST_PAIRED:,}"
            " points at most. Give a sample of the points, or choose squared Euclidean, Manhattan or cosine as the"
            " metric.",
            field,
        )
    try:
        measured = yield from _measured(asked)
    except Invalid as invalid:
        raise Invalid(str(invalid), field) from None
    whole = measured.whole.with_singletons(values["singletons"])
    return Result(
        field,
        values["singletons"],
        whole=whole,
        chosen=_chosen(whole, values["point"], asked),
        labels=asked.labels,
        noise=asked.noise,
        means=measured.means,
    )


def _chosen(whole: Silhouette, row: int | None, asked: _Asked) -> Point | None:
    """The point in this row."""
    if row is None:
        return None
    if row > len(asked.labels):
        raise Invalid(
            f"There are {len(asked.labels):,} points: write a number from 1 to {len(asked.labels):,}, or all.", "point"
        )
    chosen = next((point for point in whole.points if point.row == row), None)
    if chosen is None:
        raise Invalid(f"Row {row:,} is left out as noise: choose another point, or write all.", "point")
    return chosen


def _measured(asked: _Asked) -> Generator[Progress, None, _Measured]:
    """The silhouettes with 0 for singletons, and the means of the same points by metric."""
    if _last and _same(_last[0][0], asked):
        return _last[0][1]
    metrics = [asked.metric, *_others(asked)]
    silhouettes = []
    for place, metric in enumerate(metrics):
        work = silhouette_work(asked.rows, asked.labels, metric, asked.noise)
        doing = "measuring distances" if place == 0 else "comparing with other conventions"
        try:
            while True:
                progress = next(work)
                yield Progress((place + progress.done / max(progress.total, 1)) / len(metrics), doing)
        except StopIteration as end:
            whole: Silhouette = end.value
            silhouettes.append(whole)
    means = tuple(
        Mean(metric, whole.mean_with_singletons(0), whole.mean_with_singletons(1))
        for metric, whole in zip(metrics, silhouettes, strict=True)
    )
    _last[:] = [(asked, _Measured(silhouettes[0], means))]
    return _last[0][1]


def _others(asked: _Asked) -> Sequence[str]:
    """The metrics that software takes unless it is told otherwise, where they are another and soon measured."""
    if asked.metric == "precomputed":
        return ()
    soon = ["sqeuclidean", *(["euclidean"] if len(asked.rows) <= FEW else [])]
    return [metric for metric in soon if metric != asked.metric]


def _same(one: _Asked, other: _Asked) -> bool:
    return one.rows is other.rows and one.labels is other.labels and one[2:] == other[2:]
