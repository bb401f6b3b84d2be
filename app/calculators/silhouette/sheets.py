"""The tables of the silhouette page, with their pictures and files. Words and figures, no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from heapq import nsmallest
from math import ceil, floor, fsum
from operator import attrgetter
from typing import NamedTuple

from app.calculators.silhouette import pictures
from app.calculators.silhouette.compute import Result
from app.calculators.silhouette.figures import NAMES, NONE, count, difference, distance, percent, quoted, score
from app.calculators.silhouette.inputs import Points
from app.calculators.silhouette.scores import Cluster, Point, Silhouette, coefficient
from app.calculators.silhouette.sweep import USUAL_K, Swept
from app.calculators.silhouette.thinning import in_order
from app.vocabulary.calculator import Axis, Download, Line, Meter, Plot, Row, Spread, Table
from app.vocabulary.table import csv_text

SHOWN = 50
"""Rows of a table that are on the page; its file has all."""

SCALE = Axis("Middle half of s", -1.0, 1.0, ((-1.0, "−1"), (0.0, "0"), (1.0, "1")))
"""Over the column of ranges: from the quarter that lies worst to the quarter that lies best."""


def sheets(result: Result, points: Points | None) -> dict[str, Callable[[], Table]]:
    """Every table by its slug, in the order of the page, to be made when it is wanted."""
    return {
        "by-cluster": partial(by_cluster, result, points),
        "by-k": partial(by_k, result),
        "by-point": partial(by_point, result),
        "conventions": partial(conventions, result),
    }


# --- clusters ---


def by_cluster(result: Result, points: Points | None) -> Table:
    """The pictures, and a row for each cluster."""
    title, columns, intro = (
        "Clusters",
        ("Cluster", "Points", "a", "b", "s", SCALE, "Spread of s", "Lowest s", "Below 0"),
        "a is the mean distance to the own cluster, b to the nearest other one, s = (b − a) / max(a, b). For a"
        " cluster, these are the means over its points; the dot is its s, the stroke the middle half of its points, the"
        " spread a standard deviation.",
    )
    whole = result.whole
    if whole is None:
        return Table(
            title, columns, partial(_known_rows, result), intro, _known_notes(result), False, (), _known(result)
        )
    drawn: tuple[Plot, ...] = (pictures.silhouette_plot(whole),)
    if result.given == "points" and points is not None:
        drawn += (pictures.plane(points.rows, points.names, whole, result.chosen),)
    every: Sequence[Averaged] = averaged(whole)
    notes: list[Line] = []
    if len(every) > SHOWN:
        notes.append((count(SHOWN), " of ", count(len(every)), " clusters, the lowest means first; the file has all."))
        every = sorted(every, key=lambda cluster: cluster.cluster.mean)[:SHOWN]
    if whole.is_sample:
        notes.append(
            (
                count(len(whole.points)),
                " of ",
                count(whole.size),
                " points were measured, each against all of them, of every cluster its share: means, spreads and shares"
                " below 0 are estimates.",
            )
        )
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
    yield Row(("Its own",), (NONE, own, *[NONE] * 6))
    for place, other in enumerate(result.others):
        alone = result.singletons if result.alone else coefficient(one.a, other)
        head = "The other" if len(result.others) == 1 else f"Other {place + 1:,}"
        note: Line = ("the nearest: this one counts",) if place == one.nearest and len(result.others) > 1 else ()
        yield Row((head,), (NONE, NONE, (distance(other),), (score(alone),), *[NONE] * 4), note)


def _known_notes(result: Result) -> tuple[Line, ...]:
    if len(result.others) < 2:
        return ()
    return (("Each s is what the point would have if that cluster were the only other one.",),)


class Averaged(NamedTuple):
    """A cluster with the mean a and b of its points, and the silhouettes between which the middle half of them lies; a
    cluster of one has no a.
    """

    cluster: Cluster
    a: float | None
    b: float
    middle: tuple[float, float]


def averaged(whole: Silhouette) -> tuple[Averaged, ...]:
    """Every cluster with the means of its points."""
    return tuple(
        Averaged(
            cluster,
            None if cluster.size == 1 else fsum(point.a or 0.0 for point in points) / cluster.measured,
            fsum(point.b for point in points) / cluster.measured,
            _middle([point.s for point in reversed(points)]),
        )
        for cluster, points in zip(whole.clusters, in_order(whole), strict=True)
    )


def _middle(ranked: Sequence[float]) -> tuple[float, float]:
    """The quartiles, between the values on both sides of them."""

    def at(share: float) -> float:
        place = share * (len(ranked) - 1)
        below = ranked[floor(place)]
        return below + (place - floor(place)) * (ranked[ceil(place)] - below)

    return at(0.25), at(0.75)


def _cluster_row(averaged: Averaged, result: Result) -> Row:
    cluster, a, b, middle = averaged
    by_convention = "s is 1 by convention" if result.singletons else "s is 0 by convention"
    note: Line = (f"a cluster of one: {by_convention}",) if cluster.size == 1 else ()
    return Row(
        (cluster.label,),
        (
            (count(cluster.size),),
            NONE if a is None else (distance(a),),
            (distance(b),),
            (score(cluster.mean),),
            (Spread(middle[0], cluster.mean, middle[1], SCALE),),
            (score(cluster.spread),) if cluster.measured > 1 else NONE,
            (score(cluster.lowest),),
            (Meter(cluster.share, 1.0), percent(cluster.share)),
        ),
        note,
        chosen=result.chosen is not None and result.chosen.label == cluster.label,
    )


def clusters_csv(whole: Silhouette) -> str:
    """All clusters as a file."""
    heads = ("label", "points", "mean_a", "mean_b", "mean_s", "lowest_s", "negative_points", "measured", "sd_s")
    return csv_text(
        heads,
        (
            (
                *(cluster.label, cluster.size, "" if a is None else a, b, cluster.mean, cluster.lowest),
                *(cluster.negative, cluster.measured, cluster.spread if cluster.measured > 1 else ""),
            )
            for cluster, a, b, _ in averaged(whole)
        ),
    )


# --- points ---


def by_point(result: Result) -> Table:
    """A row for each point, those that lie worst first."""
    title, columns, intro = (
        "Points",
        ("Row", "Cluster", "a", "b", "s", "Nearest other cluster"),
        "The lowest silhouettes first. Where s is negative, the point lies nearer another cluster than its own.",
    )
    whole = result.whole
    if whole is None:
        return Table(title, columns, partial(_known_point, result), intro)
    shown = worst(whole.points, result.chosen)
    notes: tuple[Line, ...] = ()
    if len(whole.points) > len(shown):
        which = "measured points" if whole.is_sample else "points"
        notes = ((count(len(shown)), " of ", count(len(whole.points)), f" {which}; the file has all."),)
    return Table(
        title,
        columns,
        lambda: (_point_row(point, result) for point in shown),
        intro,
        notes,
        downloads=(Download("silhouette-points.csv", "Download all points as CSV", partial(points_csv, whole)),),
    )


def _known_point(result: Result) -> Iterator[Row]:
    """The one point whose mean distances are known."""
    one = result.one
    if one is None:
        return
    a: Line = NONE if result.alone else (distance(one.a),)
    nearest = "the only one given" if len(result.others) == 1 else f"number {one.nearest + 1:,} of those given"
    yield Row(("your point",), (NONE, a, (distance(one.b),), (score(one.s),), (nearest,)))


def worst(points: Sequence[Point], chosen: Point | None = None) -> list[Point]:
    """The points with the lowest silhouettes, equal ones by row; one that is chosen comes before them."""
    ranked = nsmallest(SHOWN, points, key=attrgetter("s"))  # equal ones stay in the order of their rows
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


# --- the number of clusters ---


def by_k(result: Result) -> Table:
    """A row for every k that was tried."""
    swept = result.swept
    yours = result.whole.mean if result.whole and result.labels and result.k is None else None
    file = Download("silhouette-by-k.csv", "Download the means as CSV", partial(k_csv, swept))
    return Table(
        "How many clusters: k-means for every k",
        ("k", "Mean s", "Weakest cluster", "Below 0", "Smallest and largest cluster"),
        partial(_k_rows, result),
        "Your points, sorted anew into k clusters: k-means from k-means++, the best of 10 starts, the same ones every"
        " time. A row shows the silhouettes of that k above.",
        _k_notes(result),
        plots=(pictures.sweep_plot(swept, yours),) if swept else (),
        downloads=(file,) if swept else (),
    )


def _k_rows(result: Result) -> Iterator[Row]:
    best = result.best_k
    for each in result.swept:
        yield Row(
            (str(each.k),),
            _k_cells(each.whole),
            chosen=each.k == result.k,
            key=f"k{each.k}",
            sets=(("k", str(each.k)),),
            tags=("highest mean",) if each is best else (),
        )
    if result.swept and result.labels:
        yield Row(
            ("Your labels",),
            _k_cells(None if result.k else result.whole),
            chosen=result.k is None,
            key="labels",
            sets=(("k", "labels"),),
        )
    elif not result.swept and result.given == "points":
        yield Row((f"Try k = 2 to {USUAL_K}",), _k_cells(None), key="sweep", sets=(("sweep", str(USUAL_K)),))


def _k_cells(whole: Silhouette | None) -> tuple[Line, ...]:
    if whole is None:
        return (NONE,) * 4
    weakest, smallest, largest = _ends(whole)
    return (
        (score(whole.mean),),
        (score(weakest),),
        (Meter(whole.share, 1.0), percent(whole.share)),
        (count(smallest), " and ", count(largest)),
    )


def _ends(whole: Silhouette) -> tuple[float, int, int]:
    """The mean of the weakest cluster, and the sizes of the smallest and the largest."""
    sizes = [cluster.size for cluster in whole.clusters]
    return min(cluster.mean for cluster in whole.clusters), min(sizes), max(sizes)


def _k_notes(result: Result) -> tuple[Line, ...]:
    if result.given == "means":
        return (("It takes points: one point’s distances have no clusters to sort anew.",),)
    if result.given == "distances":
        return (("It takes coordinates: k-means has no centres in a distance matrix.",),)
    if not result.swept:
        return (("Not computed so far.",),)
    notes: list[Line] = []
    if result.means and result.means[0].metric != "euclidean":
        notes.append((f"k-means makes Euclidean clusters; the silhouettes are {NAMES[result.means[0].metric]}.",))
    if result.noise:
        notes.append(("k-means is not given the noise, and these means are without it.",))
    if any(each.whole.is_sample for each in result.swept):
        # Of two with the same standard error, 95% of chance differences are within 1.96 × √2 = 2.8 of it.
        notes.append(
            (
                "Each mean is estimated from a sample. The file has their standard errors: means that differ by less"
                " than three of these may be equal.",
            )
        )
    return tuple(notes)


def k_csv(swept: Sequence[Swept]) -> str:
    """The means of every k as a file."""
    heads = ("k", "mean_s", "standard_error", "weakest_cluster_mean_s", "share_below_0", "smallest", "largest")

    def cells(each: Swept) -> tuple[object, ...]:
        whole = each.whole
        weakest, smallest, largest = _ends(whole)
        return (each.k, whole.mean, whole.error, weakest, whole.share, smallest, largest)

    return csv_text(heads, map(cells, swept))


# --- conventions ---

WAYS = {
    "out": ("Noise left out", "R’s fpc"),
    "cluster": ("Noise as a cluster of its own", "scikit-learn, which knows of no noise"),
    "alone": ("Each noise point alone, s = 0", "proposed in scikit-learn’s issue 20351"),
}
"""How noise is counted, and by whom."""


def conventions(result: Result) -> Table:
    """The mean of the same points as others would compute it."""
    return Table(
        "The same points in other conventions",
        ("Convention", "Who has it", "Silhouette", "Against yours"),
        partial(_convention_rows, result),
        intro="Software differs in the metric it takes unless told otherwise, in what a cluster of one counts, in how"
        " clusters are averaged, and people differ in what they do with noise. Each row is computed from your points.",
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
    for each in result.reckoned:
        head, who = WAYS[each.counted]
        if each.whole is None:
            yield Row((head,), ((who,), NONE, NONE), (f"not to be had: {each.why}",))
        else:
            yield row(head, who, each.whole.mean, each.counted == result.counted and bool(result.noise))


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
