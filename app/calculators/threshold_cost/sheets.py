"""The tables of the threshold page: policies side by side, a thousand cases, operating points. Words and figures, no
HTML. Those that ask what changes the answer are in `sheets_change`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import isfinite

from app.calculators.threshold_cost import pictures, sheets_change
from app.calculators.threshold_cost.classifiers import Classifier, Counted, Listed, Modelled
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import Policy, policy, whole
from app.calculators.threshold_cost.cost_curve import curve
from app.calculators.threshold_cost.figures import (
    cases,
    cells,
    cost,
    exact,
    more,
    rate,
    share,
    threshold,
    where,
)
from app.calculators.threshold_cost.points import OperatingPoint, Stretch, by_prevalence, is_off
from app.vocabulary.calculator import Download, Line, Row, Table
from app.vocabulary.quantity import show_rate
from app.vocabulary.table import csv_text

MOST_ROWS = 50
"""Rows of a table on the page; its file has them all."""

_POLICY_HEADS = ("threshold", "tpr", "fpr", "flagged", "tp", "fp", "fn", "tn", "cost")
"""What `cells` writes of a policy."""


def sheets(result: Result) -> dict[str, Callable[[], Table]]:
    """Every table by its slug, in the order of the page."""
    return {
        "policies": partial(policies, result),
        "outcomes": partial(outcomes, result),
        "operating-points": partial(operating_points, result),
        "by-prevalence": partial(sheets_change.by_prevalence, result),
        "uncertain": partial(sheets_change.uncertain, result),
        "resampling": partial(sheets_change.resampling, result),
        "calibration": partial(sheets_change.calibration, result),
        "matrix": partial(sheets_change.matrix, result),
    }


# --- policies side by side ---


def side_by_side(result: Result) -> tuple[tuple[Line, Policy | None, Line], ...]:
    """Every way to decide: what it is called, what comes of it, and a word on it."""
    cap: Line = ("no limit is set",) if result.cap is None else ("at most ", cases(result.cap), " flagged per 1,000")
    return (
        (("p*",), result.star, _star_note(result)),
        (("Your threshold, ", threshold(result.your_threshold)), result.yours, ()),
        (("Flag every case",), result.everyone, ("needs no model",)),
        (("Flag no case",), result.nobody, ("needs no model",)),
        (("Cheapest",), result.cheapest, ()),
        (("Within your limit",), result.capped, cap),
        *(((("Each from its own p*",), result.each_own, ("by its amount",)),) if result.each_own else ()),
    )


def _star_note(result: Result) -> Line:
    if not isinstance(result.classifier, Listed):
        return ()
    if result.classifier.usable:
        return ("the point nearest to ", threshold(result.p_star))
    return ("on calibrated scores the cheapest point is at p*",)


def policies(result: Result) -> Table:
    """Policies side by side, with the cost curve."""

    def row(head: Line, policy: Policy | None, note: Line) -> Row:
        if policy is None:
            return Row(head, (where(policy, result), *[("–",)] * 8), note)
        rates = (cases(policy.flagged), rate(policy.tpr), rate(policy.fpr))
        figures = (cost(policy.per_1000), *rates, *map(cases, policy.outcomes))
        needs_no_model = policy in (result.everyone, result.nobody) and note
        return Row(
            head, (("–",) if needs_no_model else where(policy, result), *((figure,) for figure in figures)), note
        )

    return Table(
        "Policies side by side",
        ("Policy", "Threshold", "Cost per 1,000", "Flagged", "TPR", "FPR", "TP", "FP", "FN", "TN"),
        lambda: (row(*policy) for policy in side_by_side(result)),
        intro="Cases and expected costs per 1,000 cases.",
        folded=False,
        plots=(pictures.expected_cost(result),),
        downloads=(
            Download("threshold-policies.csv", "Download the policies", partial(_policies_csv, result)),
            Download("threshold-cost-curve.csv", "Download the cost curve", partial(_curve_csv, result)),
        ),
        notes=_curve_note(result),
    )


def _curve_note(result: Result) -> tuple[Line, ...]:
    if result.amounts:
        return (("Costs, TPR and FPR count each case by its amount; the numbers of cases do not.",),)
    if isinstance(result.classifier, Modelled):
        return (
            (
                "The curve is an illustration: calibrated scores with a beta distribution. Give operating points, or"
                " labels and probabilities, for one of your own.",
            ),
        )
    if isinstance(result.classifier, Listed) and not result.classifier.usable:
        return (("The points have no thresholds from 0 to 1, so they are drawn by how many cases they flag.",),)
    return ()


def _policies_csv(result: Result) -> str:
    names = ("p*", "your threshold", "flag every case", "flag no case", "cheapest", "within your limit", "own p*")
    named = zip(names, (policy for _, policy, _ in side_by_side(result)), strict=False)
    return csv_text(
        ("policy", *_POLICY_HEADS), ((name, *cells(policy)) for name, policy in named if policy is not None)
    )


def _curve_csv(result: Result) -> str:
    return csv_text(_POLICY_HEADS, map(cells, curve(result)))


# --- a thousand cases ---


def outcomes(result: Result) -> Table:
    """What becomes of a thousand cases, in whole numbers, at p* and at the threshold to compare."""
    named = (("p*", result.star), (show_rate(result.your_threshold), result.yours))
    known = [(name, policy) for name, policy in named if policy is not None]

    def row(name: str, policy: Policy) -> Row:
        tp, fp, fn, tn = whole(policy.outcomes)
        counts = tuple((exact(count),) for count in (tp, fn, fp, tn))
        return Row((f"At {name}",), (*counts, (cost(policy.per_1000),)))

    return Table(
        "What becomes of 1,000 cases",
        (
            "Threshold",
            "Positive, flagged (TP)",
            "Positive, missed (FN)",
            "Negative, flagged (FP)",
            "Negative, left (TN)",
            "Expected cost",
        ),
        lambda: (row(*policy) for policy in known),
        intro="Each dot is a case. Rounded to whole cases that add up; the cost is not rounded.",
        plots=tuple(
            pictures.thousand_cases(f"1,000 cases at {name}", whole(policy.outcomes)) for name, policy in known
        ),
    )


# --- operating points ---


def operating_points(result: Result) -> Table:
    """What each operating point costs, and where it would be the cheapest."""
    table, cheapest = _table(result.classifier), result.cheapest
    corners = result.classifier.corners()
    stretches = {stretch.point: stretch for stretch in by_prevalence(corners, result.costs)} if table else {}

    def row(number: int, point: OperatingPoint) -> Row:
        priced = _priced(point, result)
        typed = result.listed[number].threshold if result.listed else point.threshold
        best = (point.tpr, point.fpr) == (cheapest.tpr, cheapest.fpr)
        return Row(
            _named(number, typed),
            (
                (rate(point.tpr),),
                (rate(point.fpr),),
                (cases(priced.flagged),),
                (cost(priced.per_1000),),
                ("the cheapest",) if best else (cost(more(priced.per_1000, cheapest.per_1000)), " more"),
                _best_at(point, corners, stretches),
            ),
        )

    def rows() -> Iterable[Row]:
        return (row(number, point) for number, point in enumerate(table[:MOST_ROWS]))

    download = Download("operating-points-cost.csv", "Download every point", partial(_points_csv, result))
    return Table(
        "Operating points",
        ("Threshold", "TPR", "FPR", "Flagged", "Cost per 1,000", "Over the cheapest", "Cheapest at a prevalence of"),
        rows,
        intro="Expected cost of each, per 1,000 cases. A point below the hull of the ROC curve is never the cheapest,"
        " whatever the costs and the prevalence.",
        notes=tuple(_points_notes(result, table)),
        downloads=(download,) if table else (),
    )


def _priced(point: OperatingPoint, result: Result) -> Policy:
    """What a point costs. Of cases with amounts, how many are flagged is counted anew."""
    found = policy(result.costs, result.prevalence, point.tpr, point.fpr, point.threshold)
    if not (result.amounts and isinstance(result.classifier, Counted) and point.threshold is not None):
        return found
    counted = result.classifier.cases.at(result.costs, point.threshold, result.prevalence)
    return found._replace(outcomes=counted.outcomes)


def _points_notes(result: Result, table: tuple[OperatingPoint, ...]) -> Iterable[Line]:
    if not table:
        yield ("No operating points are given: write, paste or drop them under “Operating points”.",)
    if len(table) > MOST_ROWS:
        yield ("And ", exact(len(table) - MOST_ROWS), " more, in the file.")
    if isinstance(result.classifier, Counted):
        yield ("Of your cases, the thresholds that are the cheapest at some prevalence.",)
    cheapest = result.cheapest
    if table and cheapest.flagged in (0.0, 1.0):
        flag = "every case" if cheapest.flagged else "no case"
        yield (f"At these costs and this prevalence no point beats flagging {flag}: ", cost(cheapest.per_1000))


def _table(classifier: Classifier) -> tuple[OperatingPoint, ...]:
    """The points that are listed, or of cases the corners of the hull."""
    if isinstance(classifier, Listed):
        return classifier.table
    if isinstance(classifier, Counted):
        return tuple(point for point in classifier.corners() if isfinite(point.threshold or 0))
    return ()


def _named(number: int, typed: float | None) -> Line:
    """What a point is called: its threshold, where it has one."""
    if typed is None:
        return (f"Point {number + 1}",)
    if not isfinite(typed):
        return ("∞",) if typed > 0 else ("−∞",)
    return (threshold(typed),)


def _best_at(
    point: OperatingPoint, corners: tuple[OperatingPoint, ...], stretches: dict[OperatingPoint, Stretch]
) -> Line:
    """The prevalences at which a point is the cheapest."""
    if point in stretches:
        stretch = stretches[point]
        return (share(stretch.low), " to ", share(stretch.high))
    return ("never",) if is_off(corners, point) else ("ties with its neighbours at one",)


def _points_csv(result: Result) -> str:
    corners = result.classifier.corners()

    def line(point: OperatingPoint) -> tuple[object, ...]:
        priced = _priced(point, result)
        return (*cells(priced), "no" if is_off(corners, point) else "yes")

    return csv_text((*_POLICY_HEADS, "on_the_hull"), map(line, _table(result.classifier)))
