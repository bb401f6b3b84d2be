"""The picture of the curves, kept small: a curve of a hundred thousand points is drawn by a few hundred."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from app.calculators.roc_auc.compute import Result, Roc
from app.calculators.roc_auc.curve import END, START, Point, thinned, tpr_at
from app.calculators.roc_auc.operating import iso_line
from app.calculators.roc_auc.precision_recall import at
from app.calculators.roc_auc.scores import Scored
from app.vocabulary.calculator import Axis, Plot, Trace
from app.vocabulary.ticks import ticks

MOST_DOTS = 40
"""Points of a curve that are marked one by one."""

_FOOT = 0.1

_COST, _QUIET = 5, 6


def picture(result: Result) -> Plot:
    """The curves, and of the first its hull, its points, the partial area and the line of equal cost."""
    first = result.first
    drawn = [Trace("chance", (START, END), "line", _QUIET)]
    if first.partial:
        drawn.insert(0, Trace("partial area", _band(first, result.band or (0.0, 1.0)), "area", 1))
    if first.hull.dominated:
        drawn.append(Trace("convex hull", _some(first.hull.points), "dashed", _QUIET))
    slope = result.costs.slope
    drawn.append(Trace("equal cost", iso_line(first.cheapest.point, slope), "dashed", _COST))
    for part, roc in enumerate(result.curves, 1):
        points = tuple(roc.curve.points[index] for index in roc.drawn)
        drawn.append(Trace(roc.name or "ROC curve", points, "line", part))
    if result.drawn_anew:
        band = result.drawn_anew.band
        low, high = (tuple((each[0], each[end]) for each in band) for end in (1, 2))
        drawn += [Trace("band of cases drawn anew", low, "dashed", 1), Trace("", high, "dashed", 1)]
    drawn += _dots(first)
    return Plot(
        "TPR against FPR",
        Axis("false positive rate (1 − specificity)", 0, 1, ticks(0, 1)),
        Axis("true positive rate (sensitivity)", 0, 1, ticks(0, 1)),
        tuple(drawn),
    )


def precision_picture(result: Result) -> tuple[Plot, ...]:
    """Precision against recall, in steps as average precision adds them up, beside the precision of guessing; none of
    points, of which no share of positives is known.
    """
    first = result.first
    if first.precise is None or first.scored is None:
        return ()
    guess = first.precise.no_skill
    drawn = [Trace("guessing", ((0.0, guess), (1.0, guess)), "dashed", _QUIET)]
    most = MOST_STAIRS // len(result.curves)
    for part, roc in enumerate(result.curves, 1):
        if roc.scored:
            drawn.append(Trace(roc.name or "precision", _stairs(roc.scored, most), "line", part))
    best = first.precise.best
    drawn.append(Trace("", ((best.recall, best.precision),), "dots", 1, ("best F1",)))
    return (
        Plot(
            "Precision against recall",
            Axis("recall (true positive rate)", 0, 1, ticks(0, 1)),
            Axis("precision", 0, 1, ticks(0, 1)),
            tuple(drawn),
        ),
    )


MOST_STAIRS = 300
"""Steps of precision that are drawn, of all curves together: of more, the first ones and some of every recall."""


def _stairs(scored: Scored, most: int) -> tuple[Point, ...]:
    """Steps from recall 0 on: each precision holds from the last recall to its own."""
    last = len(scored.tp) - 1
    places: Iterable[int] = range(1, last + 1)
    if last > most:
        half = most // 2
        even = {bisect_left(scored.tp, step / half * scored.n_pos) for step in range(1, half)}
        places = sorted({*range(1, half), *even, last})
    stairs: list[Point] = []
    before = 0.0
    for place in places:
        recall, precision = at(scored, place)
        stairs += [(before, precision), (recall, precision)]
        before = recall
    return tuple(stairs)


def _some(points: Sequence[Point]) -> tuple[Point, ...]:
    return tuple(points[index] for index in thinned(points))


def _band(roc: Roc, band: tuple[float, float]) -> tuple[Point, ...]:
    """The top of the partial area."""
    points, (low, high) = roc.curve.points, band
    within = [points[index] for index in roc.drawn if low < points[index][0] <= high]
    return ((low, tpr_at(points, low)), *within, (high, tpr_at(points, high)))


def _dots(roc: Roc) -> list[Trace]:
    """The points of a curve, where they are few, and the best ones by name."""
    points, dominated = roc.curve.points, set(roc.hull.dominated)
    best, low = roc.youden.point, roc.cheapest.point
    traces = []
    if len(points) <= MOST_DOTS:
        below = tuple(points[index] for index in sorted(dominated) if index >= 0)
        traces.append(Trace("", tuple(points[index] for index in range(len(points)) if index not in dominated), "dots"))
        if below:
            traces.append(Trace("never the best", below, "rings", 1))
    if best == low:
        traces.append(_marked((best,), ("Youden, cheapest",)))
    else:
        traces.append(_marked((best, low), ("Youden", "cheapest")))
    return traces


def _marked(points: tuple[Point, ...], marks: tuple[str, ...]) -> Trace:
    """Points with words beside them; none at the foot of the picture, where they would cover the axis."""
    told = tuple(mark if tpr > _FOOT else "" for (_, tpr), mark in zip(points, marks, strict=True))
    return Trace("", points, "dots", 1, told)
