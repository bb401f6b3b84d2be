"""The tables of the silhouette page, with their pictures and files. Words and figures, no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import fsum
from typing import NamedTuple

from app.calculators.silhouette import pictures
from app.calculators.silhouette.compute import Result
from app.calculators.silhouette.figures import NAMES, NONE, count, difference, distance, quoted, score
from app.calculators.silhouette.inputs import Points
from app.calculators.silhouette.scores import Cluster, Point, Silhouette, coefficient
from app.vocabulary.calculator import Download, Line, Plot, Row, Table
from app.vocabulary.table import csv_text

SHOWN = 50
"""Rows of a table that are on the page; its file has all."""


def sheets(result: Result, points: Points | None) -> dict[str, Callable[[], Table]]:
    """Every table by its slug, in the order of the page, to be made when it is wanted."""
    return {
        "by-cluster": partial(by_cluster, result, points),
        "by-point": partial(by_point, result),
        "conventions": partial(conventions, result),
    }


# --- clusters ---


def by_cluster(result: Result, points: Points | None) -> Table:
    """The pictures, and a row for each cluster."""
    title, columns, intro = (
        "Clusters",
        ("Cluster", "Points", "a", "b", "s", "Lowest s", "Negative points"),
        "a is the mean distance to the own cluster, b to the nearest other one, s = (b − a) / max(a, b). For a"
        " cluster, these are the means over its points.",
    )
    whole = result.whole
    if whole is None:
        return Table(
            title, columns, partial(_known_rows, result), intro, _known_notes(result), False, (), _known(result)
        )
    drawn: tuple[Plot, ...] = (pictures.silhouette_plot(whole),)
    if result.given == "points" and points is not None:
        row = result.chosen.row if result.chosen else None
        drawn += (pictures.plane(points.rows, points.names, whole, row),)
    every: Sequence[Averaged] = averaged(whole)
    notes: list[Line] = []
    if len(every) > SHOWN:
        notes.append((count(SHOWN), " of ", count(len(every)), " clusters, the lowest means first; the file has all."))
        every = sorted(every, key=lambda cluster: cluster.cluster.mean)[:SHOWN]
    if result.given == "distances":
        notes.append(("A distance matrix has no coordinates, so the points are not drawn in a plane.",))
    return Table(
        title,
        columns,
        lambda: (_cluster_row(cluster, result) for cluster in every),
        intro,
        tuple(notes),
        folded=False,
        plots=drawn,
        downloads=(Download("silhouette-clusters.csv", "Download the clusters as CSV", partial(clusters_csv, whole)),),
    )


def _known(result: Result) -> tuple[Plot, ...]:
    if result.one is None:
        return ()
    return (
        pictures.means_plot(None if result.alone else result.one.a, result.others),
        pictures.number_line(result.one),
    )


def _known_rows(result: Result) -> Iterator[Row]:
    """The own cluster of one point, and each of the others with the silhouette that it alone would give."""
    one = result.one
    if one is None:
        return
    own: Line = ("none: the point is alone",) if result.alone else (distance(one.a),)
    yield Row(("Its own",), (NONE, own, NONE, NONE, NONE, NONE))
    for place, other in enumerate(result.others):
        alone = result.singletons if result.alone else coefficient(one.a, other)
        head = "The other" if len(result.others) == 1 else f"Other {place + 1:,}"
        note: Line = ("the nearest: this one counts",) if place == one.nearest and len(result.others) > 1 else ()
        yield Row((head,), (NONE, NONE, (distance(other),), (score(alone),), NONE, NONE), note)


def _known_notes(result: Result) -> tuple[Line, ...]:
    if len(result.others) < 2:
        return ()
    return (("Each s is what the point would have if that cluster were the only other one.",),)


class Averaged(NamedTuple):
    """A cluster with the mean a and b of its points; a cluster of one has no a."""

    cluster: Cluster
    a: float | None
    b: float


def averaged(whole: Silhouette) -> tuple[Averaged, ...]:
    """Every cluster with the means of its points."""
    members: dict[str, list[Point]] = {cluster.label: [] for cluster in whole.clusters}
    for point in whole.points:
        members[point.label].append(point)
    return tuple(
        Averaged(
            cluster,
            None if cluster.size == 1 else fsum(point.a or 0.0 for point in members[cluster.label]) / cluster.size,
            fsum(point.b for point in members[cluster.label]) / cluster.size,
        )
        for cluster in whole.clusters
    )


def _cluster_row(averaged: Averaged, result: Result) -> Row:
    cluster, a, b = averaged
    by_convention = "s is 1 by convention" if result.singletons else "s is 0 by convention"
    note: Line = (f"a cluster of one: {by_convention}",) if cluster.size == 1 else ()
    return Row(
        (cluster.label,),
        (
            (count(cluster.size),),
            NONE if a is None else (distance(a),),
            (distance(b),),
            (score(cluster.mean),),
            (score(cluster.lowest),),
            (count(cluster.negative),),
        ),
        note,
        chosen=result.chosen is not None and result.chosen.label == cluster.label,
    )


def clusters_csv(whole: Silhouette) -> str:
    """All clusters as a file."""
    heads = ("label", "points", "mean_a", "mean_b", "mean_s", "lowest_s", "negative_points")
    return csv_text(
        heads,
        (
            (cluster.label, cluster.size, "" if a is None else a, b, cluster.mean, cluster.lowest, cluster.negative)
            for cluster, a, b in averaged(whole)
        ),
    )


# --- points ---


def by_point(result: Result) -> Table:
    """A row for each point, those that lie worst first."""
    title, columns, intro = (
        "Points",
        ("Row", "Cluster", "a", "b", "s", "Nearest other cluster"),
        "The lowest silhouettes first. A negative one lies nearer another cluster than its own.",
    )
    whole, one = result.whole, result.one
    if whole is None or one is None:
        known: list[Row] = []
        if one is not None:
            a: Line = NONE if result.alone else (distance(one.a),)
            nearest = "the only one given" if len(result.others) == 1 else f"number {one.nearest + 1:,} of those given"
            known = [Row(("your point",), (NONE, a, (distance(one.b),), (score(one.s),), (nearest,)))]
        if whole is None:
            return Table(title, columns, lambda: known, intro)
    shown = worst(whole.points, result.chosen)
    notes: tuple[Line, ...] = ()
    if len(whole.points) > len(shown):
        notes = ((count(len(shown)), " of ", count(len(whole.points)), " points; the file has all."),)
    return Table(
        title,
        columns,
        lambda: (_point_row(point, result) for point in shown),
        intro,
        notes,
        downloads=(Download("silhouette-points.csv", "Download all points as CSV", partial(points_csv, whole)),),
    )


def worst(points: Sequence[Point], chosen: Point | None = None) -> list[Point]:
    """The points with the lowest silhouettes, equal ones by row; one that is chosen comes before them."""
    ranked = sorted(points, key=lambda point: (point.s, point.row))[:SHOWN]
    if chosen is None:
        return ranked
    return [chosen, *(point for point in ranked if point is not chosen)][:SHOWN]


def _point_row(point: Point, result: Result) -> Row:
    note: Line = ("alone in its cluster",) if point.a is None else ("negative",) if point.negative else ()
    return Row(
        (f"{point.row:,}",),
        (
            (point.label,),
            NONE if point.a is None else (distance(point.a),),
            (distance(point.b),),
            (score(point.s),),
            (point.nearest,),
        ),
        note,
        chosen=point is result.chosen,
    )


def points_csv(whole: Silhouette) -> str:
    """All points as a file, in the order of their rows."""
    heads = ("row", "label", "a", "b", "silhouette", "nearest", "negative")

    def cells(point: Point) -> tuple[object, ...]:
        row, label, a, b, s, nearest = point
        return (row, label, "" if a is None else a, b, s, nearest, int(point.negative))

    return csv_text(heads, map(cells, whole.points))


# --- conventions ---


def conventions(result: Result) -> Table:
    """The mean of the same points as others would compute it."""
    return Table(
        "The same points in other conventions",
        ("Convention", "Who has it", "Silhouette", "Against yours"),
        partial(_convention_rows, result),
        intro="Software differs in the metric it takes unless told otherwise, in what a cluster of one counts, and in"
        " how clusters are averaged. Each row is computed from your points.",
        notes=_convention_notes(result),
    )


def _convention_rows(result: Result) -> Iterator[Row]:
    whole = result.whole
    if whole is None:
        yield from _alone_rows(result)
        return
    chosen, *others = result.means
    name = NAMES[chosen.metric]
    yours = whole.mean

    def row(head: str, who: str, mean: float, mine: bool = False) -> Row:
        return Row((head,), ((who,), (score(mean),), (difference(mean - yours),)), chosen=mine)

    for s, who, mean in (
        (0, "Rousseeuw, scikit-learn, R’s cluster", chosen.with_0),
        (1, "MATLAB", chosen.with_1),
    ):
        yield row(f"{name[0].upper()}{name[1:]}, singletons {s}", who, mean, result.singletons == s)
    for metric, with_0, with_1 in others:
        if metric == "sqeuclidean":
            yield row("Squared Euclidean, singletons 1", "MATLAB, unless told otherwise", with_1)
        else:
            yield row("Euclidean, singletons 0", "scikit-learn, unless told otherwise", with_0)
    by_clusters = fsum(cluster.mean for cluster in whole.clusters) / len(whole.clusters)
    yield row("The mean of the clusters’ means", "macro average: every cluster counts the same", by_clusters)


def _alone_rows(result: Result) -> Iterator[Row]:
    """What one point would have if it were alone, and if it is not."""
    one = result.one
    if one is None:
        return
    for head, who, s, mine in (
        ("Not alone: (b − a) / max(a, b)", "all of them", coefficient(one.a, one.b), not result.alone),
        ("Alone: 0", "Rousseeuw, scikit-learn, R’s cluster", 0.0, result.alone and result.singletons == 0),
        ("Alone: 1", "MATLAB", 1.0, result.alone and result.singletons == 1),
    ):
        yield Row((head,), ((who,), (score(s),), (difference(s - one.s),)), chosen=mine)


def _convention_notes(result: Result) -> tuple[Line, ...]:
    if result.whole is None:
        return ()
    single = len(result.whole.singletons)
    notes: list[Line] = []
    if not single:
        notes.append(("No cluster has one point only, so both conventions for singletons agree.",))
    elif single <= 3:
        named = ", ".join(quoted(label) for label in result.whole.singletons)
        notes.append((f"Clusters of one point: {named}.",))
    else:
        notes.append((count(single), " clusters have one point only."))
    return tuple(notes)
