"""The worked example of the ROC page: every number of the answer, with the numbers it is made of in place."""

from __future__ import annotations

from math import inf

from app.calculators.roc_auc.compute import Result, Roc
from app.calculators.roc_auc.curve import Point, Trapezoid, trapezoids
from app.calculators.roc_auc.figures import cost, gini_of, place, point, rate, score, share, whole
from app.calculators.roc_auc.interval import Interval
from app.vocabulary.calculator import Line, Step
from app.vocabulary.quantity import show_share

MOST_SEGMENTS = 8
"""Segments that are written out: of a curve that has more, half of so many."""


def steps(result: Result) -> tuple[Step, ...]:
    """The worked example."""
    roc = result.first
    best, low, costs = roc.youden, roc.cheapest, result.costs
    return (
        *_area_steps(roc),
        Step("Gini coefficient", "2 × AUC − 1", ("2 × ", rate(roc.auc), " − 1"), (gini_of(roc),)),
        Step(
            "Area under the convex hull",
            "the same sum over the corners of the hull alone",
            _listed(roc.hull.points),
            (rate(roc.hull.area),),
        ),
        Step(
            "Youden’s J",
            "the highest TPR − FPR of all points",
            (rate(best.point[1]), " − ", rate(best.point[0])),
            (rate(best.value), " at ", *point(best.point), ", ", *place(roc, best.place)),
        ),
        Step(
            "Slope of equal cost",
            "cost of a false positive × (1 − prevalence) / (cost of a false negative × prevalence)",
            (
                cost(costs.false_positive),
                " × (1 − ",
                share(costs.prevalence),
                ") / (",
                cost(costs.false_negative),
                " × ",
                share(costs.prevalence),
                ")",
            ),
            ("upright: beside a false positive a miss costs nothing",) if costs.slope == inf else (cost(costs.slope),),
        ),
        Step(
            "Cheapest point",
            "the lowest cost per case: cost of a false positive × (1 − prevalence) × FPR"
            " + cost of a false negative × prevalence × (1 − TPR)",
            (
                cost(costs.false_positive),
                " × (1 − ",
                share(costs.prevalence),
                ") × ",
                rate(low.point[0]),
                " + ",
                cost(costs.false_negative),
                " × ",
                share(costs.prevalence),
                " × (1 − ",
                rate(low.point[1]),
                ")",
            ),
            (cost(low.value), " per case at ", *point(low.point), ", ", *place(roc, low.place)),
        ),
        *_partial_steps(roc),
        *(_interval_steps(roc.interval) if roc.interval else ()),
    )


def _area_steps(roc: Roc) -> tuple[Step, ...]:
    pieces = len(roc.curve.points) - 1
    few = pieces <= MOST_SEGMENTS
    shown = trapezoids(roc.curve.points[: 1 + (pieces if few else MOST_SEGMENTS // 2)])

    def step(number: int, piece: Trapezoid) -> Step:
        return Step(
            f"Segment {number}",
            "width × mean TPR",
            (
                "(",
                rate(piece.end[0]),
                " − ",
                rate(piece.start[0]),
                ") × (",
                rate(piece.start[1]),
                " + ",
                rate(piece.end[1]),
                ") / 2",
            ),
            (rate(piece.area),),
        )

    parts: Line = ()
    for piece in shown:
        parts += ((" + ",) if parts else ()) + (rate(piece.area),)
    if not few:
        parts += (" + ", whole(pieces - len(shown)), " more segments")
    return (
        *(step(number, piece) for number, piece in enumerate(shown, 1)),
        Step(
            "Area under the ROC curve" if roc.curve.whole else "Area under the points",
            "the sum of all segments",
            parts,
            (rate(roc.auc),),
        ),
    )


def _listed(points: tuple[Point, ...]) -> Line:
    """Points in a row, the first few."""
    line: Line = ()
    for corner in points[:MOST_SEGMENTS]:
        line += ((", ",) if line else ()) + point(corner)
    more = len(points) - MOST_SEGMENTS
    return (*line, " and ", whole(more), " more") if more > 0 else line


def _partial_steps(roc: Roc) -> tuple[Step, ...]:
    part = roc.partial
    if part is None:
        return ()
    return (
        Step(
            "Partial area",
            "the segments between two FPRs, the outer ones cut where the band ends",
            ("FPR from ", rate(part.low), " to ", rate(part.high)),
            (rate(part.area),),
        ),
        Step(
            "Partial AUC, standardised",
            "½ × (1 + (area − chance) / (highest − chance)), chance being the area under the diagonal",
            (
                "½ × (1 + (",
                rate(part.area),
                " − ",
                rate(part.chance),
                ") / (",
                rate(part.perfect),
                " − ",
                rate(part.chance),
                "))",
            ),
            (rate(part.standardised),),
        ),
    )


def _interval_steps(sure: Interval) -> tuple[Step, ...]:
    area, (q1, q2) = rate(sure.auc), sure.parts
    return (
        Step(
            "Two chances about pairs",
            "Q₁ = A / (2 − A), Q₂ = 2 A² / (1 + A)",
            (area, " / (2 − ", area, "), 2 × ", area, "² / (1 + ", area, ")"),
            (rate(q1), ", ", rate(q2)),
        ),
        Step(
            "Standard error",
            "√((A (1 − A) + (n₊ − 1)(Q₁ − A²) + (n₋ − 1)(Q₂ − A²)) / (n₊ n₋))",
            (
                "√((",
                area,
                " × (1 − ",
                area,
                ") + ",
                whole(sure.n_pos - 1),
                " × (",
                rate(q1),
                " − ",
                area,
                "²) + ",
                whole(sure.n_neg - 1),
                " × (",
                rate(q2),
                " − ",
                area,
                "²)) / (",
                whole(sure.n_pos),
                " × ",
                whole(sure.n_neg),
                "))",
            ),
            (rate(sure.error),),
        ),
        Step(
            f"{show_share(sure.level)} interval",
            "A ± z × standard error",
            (area, " ± ", score(sure.z), " × ", rate(sure.error)),
            (rate(sure.low), " – ", rate(sure.high), *((", cut off at 0 or 1",) if sure.clamped else ())),
        ),
    )
