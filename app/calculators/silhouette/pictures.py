"""The pictures of the silhouette page: the silhouette plot, the points in a plane, and a and b of one point."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor
from typing import Literal, TypeAlias

from app.calculators.silhouette.distances import Rows
from app.calculators.silhouette.figures import score
from app.calculators.silhouette.scores import Point, Silhouette, Single
from app.calculators.silhouette.sweep import Swept
from app.calculators.silhouette.thinning import Bar, Mark, bars, marks
from app.vocabulary.calculator import Axis, Plot, Trace, shorten
from app.vocabulary.ticks import ticks

COLOURS = 5
"""Clusters that have a colour of their own; the sixth has that of the first again. The last colour is for the mean."""

NAMED = 8
"""Clusters that are named in a legend."""

_LINES = 170
"""Lines that lie close enough together to fill a plot from top to bottom."""

_GAP = 0.02
"""Room between two clusters, as a share of the plot."""

_MEANS = 12
"""So many mean distances of one point are drawn."""

_FULL = 60
"""So many points at most are drawn as large dots."""

Points: TypeAlias = tuple[tuple[float, float], ...]


def padded(values: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis with some room around the values."""
    low, high = min(values), max(values)
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    return low - room, high + room


def colour(cluster: int) -> int:
    """The colour of a cluster, by its place in their order."""
    return cluster % COLOURS + 1


def silhouette_plot(whole: Silhouette) -> Plot:
    """The silhouettes of all points as bars, cluster by cluster, with their mean as a line."""
    drawn = bars(whole)
    order = [cluster.label for cluster in whole.clusters]
    by_cluster: dict[str, list[Bar]] = {label: [] for label in order}
    for bar in drawn:
        by_cluster[bar.point.label].append(bar)
    total = len(whole.points)
    of = f"{total:,} points" if total == whole.size else f"{total:,} measured of {whole.size:,} points"
    gap = total * _GAP
    height = total + gap * (len(order) + 1)
    top = height - gap
    traces, names = [], []
    for place, label in enumerate(order):
        size = sum(bar.stands_for for bar in by_cluster[label])
        if not size:
            continue
        traces.append(
            Trace(
                shorten(label, 24) if place < NAMED else "",
                _filled(by_cluster[label], top, height / _LINES),
                "bars",
                colour(place),
            )
        )
        names.append((top - size / 2, label))
        top -= size + gap
    mean = Trace(f"mean {score(whole.mean).text}", ((whole.mean, 0.0), (whole.mean, height)), "dashed", COLOURS + 1)
    every = ceil(len(names) / 14)
    # The axis begins at 0 where no bar goes below it.
    low = floor(min(0.0, *(point.s for point in whole.points)) * 5) / 5
    return Plot(
        "Silhouette plot" if len(drawn) == whole.size else f"Silhouette plot: {len(drawn):,} of {of}",
        Axis("silhouette s", low, 1.0, ticks(low, 1.0)),
        Axis("", 0.0, height, tuple((middle, shorten(label, 6)) for middle, label in names[::every])),
        (*traces, mean),
    )


def _filled(drawn: Sequence[Bar], top: float, thickness: float) -> Points:
    """The ends of lines that fill each bar from `top` down, each of the `thickness` of a line."""
    ends = []
    for bar in drawn:
        lines = max(1, floor(0.86 * bar.stands_for / thickness))
        used = (lines - 1) * thickness
        first = top - (bar.stands_for - used) / 2
        ends += [(bar.point.s, first - line * thickness) for line in range(lines)]
        top -= bar.stands_for
    return tuple(ends)


def plane(rows: Rows, names: Sequence[str], whole: Silhouette, chosen: Point | None = None) -> Plot:
    """The points in their first two coordinates, in the colours of their clusters, negative ones as rings; the `chosen`
    one has the number of its row beside it.
    """
    drawn = marks(rows, whole)
    row = chosen.row if chosen else None
    if chosen and all(mark.point.row != row for mark in drawn):
        x, y, *_ = (*rows[chosen.row - 1], 0.0)
        drawn.append(Mark(chosen, x, y))
    flat = len(names) < 2
    look: Literal["dots", "cloud"] = "dots" if len(drawn) <= _FULL else "cloud"
    sound: list[Trace] = []
    rings: list[Trace] = []
    for place, cluster in enumerate(whole.clusters):
        mine = [mark for mark in drawn if mark.point.label == cluster.label]
        negative = [mark for mark in mine if mark.point.negative]
        label = shorten(cluster.label, 24) if place < NAMED else ""
        sound.append(_spots(label, [mark for mark in mine if not mark.point.negative], look, colour(place), row))
        if negative:
            rings.append(_spots("" if rings else "a ring: negative", negative, "rings", colour(place), row))
    more = len(names) > 2
    title = "The points" + (f" in the first two of {len(names)} coordinates" if more else "")
    x_low, x_high = padded([mark.x for mark in drawn])
    y_low, y_high = (-1.0, 1.0) if flat else padded([mark.y for mark in drawn])
    return Plot(
        title if len(drawn) >= whole.size else f"{title}: {len(drawn):,} of {whole.size:,}",
        Axis(shorten(names[0], 30), x_low, x_high, ticks(x_low, x_high)),
        Axis("" if flat else shorten(names[1], 30), y_low, y_high, () if flat else ticks(y_low, y_high)),
        (*sound, *rings),
    )


def _spots(
    label: str, drawn: Sequence[Mark], look: Literal["dots", "cloud", "rings"], part: int, row: int | None
) -> Trace:
    words = tuple(f"row {row}" if mark.point.row == row else "" for mark in drawn)
    return Trace(label, tuple((mark.x, mark.y) for mark in drawn), look, part, words if any(words) else ())


def sweep_plot(swept: Sequence[Swept], yours: float | None = None) -> Plot:
    """The mean silhouette of every k, and the mean of its weakest cluster; and `yours` as a level line, where there are
    labels to compare with.
    """
    means = tuple((float(each.k), each.whole.mean) for each in swept)
    weakest = tuple((float(each.k), min(cluster.mean for cluster in each.whole.clusters)) for each in swept)
    low, high = padded([y for _, y in (*means, *weakest)] + ([] if yours is None else [yours]))
    first, last = swept[0].k - 0.5, swept[-1].k + 0.5
    every = ceil(len(swept) / 10)
    traces = [
        Trace("mean of all points", means, "line", 1),
        Trace("", means, "dots", 1),
        Trace("mean of the weakest cluster", weakest, "dashed", 2),
    ]
    if yours is not None:
        traces.append(Trace("your labels", ((first, yours), (last, yours)), "dashed", COLOURS + 1))
    return Plot(
        "Mean silhouette by k",
        Axis("number of clusters k", first, last, tuple((float(each.k), str(each.k)) for each in swept[::every])),
        Axis("mean silhouette", low, high, ticks(low, high)),
        tuple(traces),
    )


def means_plot(a: float | None, others: Sequence[float]) -> Plot:
    """The mean distance to the own cluster, and those to the others."""
    to_others = [("b" if len(others) == 1 else f"to {number}", mean) for number, mean in enumerate(others, 1)]
    shown = [*([] if a is None else [("a", a)]), *to_others][:_MEANS]
    high = 1.05 * (max(mean for _, mean in shown) or 1.0)
    size, smallest = len(shown), min(others)
    lines = floor(0.6 * _LINES / size)
    traces, names = [], []
    for place, (name, mean) in enumerate(shown):
        middle = size - place - 0.5
        ends = tuple((mean, middle + 0.3 - 0.6 * line / lines) for line in range(lines))
        traces.append(Trace("", ends, "bars", 1 if name == "a" else 2 if mean == smallest else COLOURS + 1))
        names.append((middle, name))
    return Plot(
        "Mean distances",
        Axis("mean distance", 0.0, high, ticks(0.0, high)),
        Axis("to a cluster", 0.0, float(size), tuple(names)),
        tuple(traces),
    )


def number_line(one: Single) -> Plot:
    """Where the silhouette of one point stands between −1 and 1."""
    return Plot(
        "The silhouette on its scale",
        Axis("nearer another cluster  ←  s  →  nearer its own", -1.0, 1.0, ticks(-1.0, 1.0)),
        Axis("", 0.0, 1.0, ()),
        (
            Trace("", ((-1.0, 0.5), (1.0, 0.5)), "line", COLOURS + 1),
            Trace("", ((0.0, 0.4), (0.0, 0.6)), "line", COLOURS + 1),
            Trace("", ((one.s, 0.5),), "dots", 2 if one.s < 0 else 1, (f"s = {score(one.s).text}",)),
        ),
    )
