"""The worked example of the ROC page: every number of the answer, with the numbers it is made of in place."""

from __future__ import annotations

from math import inf

from app.calculators.roc_auc.compute import Result, Roc
from app.calculators.roc_auc.curve import Point, Trapezoid, trapezoids
from app.calculators.roc_auc.figures import (
    between,
    called,
    cost,
    gini_of,
    p_value,
    place,
    point,
    rate,
    score,
    share,
    whole,
)
from app.calculators.roc_auc.interval import Interval
from app.calculators.roc_auc.precision_recall import at
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
        *_precision_steps(roc),
        *(_interval_steps(roc.interval) if roc.interval else ()),
        *_test_steps(result),
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


def _precision_steps(roc: Roc) -> tuple[Step, ...]:
    """Average precision, by the first few thresholds that find another positive."""
    precise, scored = roc.precise, roc.scored
    if precise is None or scored is None:
        return ()
    finding = [place for place in range(1, len(scored.tp)) if scored.tp[place] > scored.tp[place - 1]]
    found = [
        (recall - scored.tp[place - 1] / scored.n_pos, precision)
        for place in finding[:MOST_SEGMENTS]
        for recall, precision in (at(scored, place),)
    ]
    line: Line = ()
    for gained, precision in found:
        line += ((" + ",) if line else ()) + (rate(gained), " × ", rate(precision))
    more = len(finding) - MOST_SEGMENTS
    return (
        Step(
            "Average precision",
            "Σ recall gained × precision, threshold by threshold",
            (*line, " + ", whole(more), " more") if more > 0 else line,
            (rate(precise.average_precision),),
        ),
    )


def _interval_steps(sure: Interval) -> tuple[Step, ...]:
    area, (low, high) = rate(sure.auc), between(sure.low, sure.high)
    return (
        *(_delong_steps(sure) if sure.method == "DeLong" else _hanley_mcneil_steps(sure)),
        Step(
            f"{show_share(sure.level)} interval",
            "A ± z × standard error",
            (area, " ± ", score(sure.z), " × ", rate(sure.error)),
            (low, " – ", high, *((", cut off at 0 or 1",) if sure.clamped else ())),
        ),
    )


def _delong_steps(sure: Interval) -> tuple[Step, ...]:
    s10, s01 = sure.parts
    return (
        Step(
            "Variances of the placements",
            "S₁₀ of the share of negatives below each positive, S₀₁ of the share of positives above each negative, ties"
            " counting half",
            ("of ", whole(sure.n_pos), " positives, of ", whole(sure.n_neg), " negatives"),
            (rate(s10), ", ", rate(s01)),
        ),
        Step(
            "Standard error",
            "√(S₁₀ / n₊ + S₀₁ / n₋)",
            ("√(", rate(s10), " / ", whole(sure.n_pos), " + ", rate(s01), " / ", whole(sure.n_neg), ")"),
            (rate(sure.error),),
        ),
    )


def _test_steps(result: Result) -> tuple[Step, ...]:
    """The test of the first curve against the second."""
    found = next((each for each in result.against if each.other == 1), None)
    if found is None or not found.test.error:
        return ()
    test = found.test
    how = "z" if test.degrees is None else "t"
    of = "the placements’ differences, case by case" if found.paired else "both standard errors"
    return (
        Step(
            f"The first against {called(result.curves[1])}",
            f"{how} = difference of the AUCs / its standard error, from {of}",
            (rate(test.difference), " / ", rate(test.error)),
            (f"{how} ", cost(test.z), ", p ", p_value(test.p)),
        ),
    )


def _hanley_mcneil_steps(sure: Interval) -> tuple[Step, ...]:
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
    )
