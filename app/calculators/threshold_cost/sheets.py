"""The tables of the threshold page: policies side by side, a thousand cases, operating points. Words and figures, no
HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from math import floor, isfinite, log10

from app.calculators.threshold_cost import sheets_change
from app.calculators.threshold_cost.compute import STEPS, Classifier, Counted, Listed, Modelled, Result
from app.calculators.threshold_cost.cost import CASES, Outcomes, Policy, policy, whole
from app.calculators.threshold_cost.figures import (
    cases,
    cells,
    cost,
    exact,
    more,
    rate,
    share,
    threshold,
    threshold_text,
    ticks,
    where,
)
from app.calculators.threshold_cost.points import OperatingPoint, Stretch, by_prevalence, is_off
from app.vocabulary.calculator import Axis, Download, Line, Plot, Row, Segment, Table, Trace, Waffle
from app.vocabulary.table import csv_text

MOST_ROWS = 50
"""Rows of a table on the page; its file has them all."""

MOST_DRAWN = 400
"""Points of a curve that can be told apart."""


def sheets(result: Result) -> dict[str, Callable[[], Table]]:
    """Every table by its slug, in the order of the page."""
    makers = (
        policies,
        outcomes,
        operating_points,
        sheets_change.by_prevalence,
        sheets_change.uncertain,
        sheets_change.resampling,
        sheets_change.calibration,
        sheets_change.matrix,
    )
    return {make.__name__.replace("_", "-"): partial(make, result) for make in makers}


# --- policies side by side ---


def side_by_side(result: Result) -> tuple[tuple[Line, Policy | None, Line], ...]:
    """Every way to decide: what it is called, what comes of it, and a word on it."""
    cap: Line = ("no limit is set",) if result.cap is None else ("at most ", cases(result.cap), " flagged per 1,000")
    return (
        (("p*",), result.star, _star_note(result)),
        (("Your threshold, ", threshold(result.typed)), result.at, ()),
        (("Flag every case",), result.everyone, ("needs no model",)),
        (("Flag no case",), result.nobody, ("needs no model",)),
        (("Cheapest",), result.cheapest, ()),
        (("Within your limit",), result.capped, cap),
    )


def _star_note(result: Result) -> Line:
    known = result.known
    if not isinstance(known, Listed):
        return ()
    if known.usable:
        return ("the point nearest to ", threshold(result.p_star))
    return ("on calibrated scores the cheapest point is at p*",)


def policies(result: Result) -> Table:
    """Policies side by side, with the cost curve."""

    def row(head: Line, found: Policy | None, note: Line) -> Row:
        if found is None:
            return Row(head, (where(found, result), *[("–",)] * 8), note)
        rates = (cases(found.flagged), rate(found.tpr), rate(found.fpr))
        figures = (cost(found.per_1000), *rates, *(cases(each) for each in found.outcomes))
        free: Line = ("–",) if found in (result.everyone, result.nobody) and note else where(found, result)
        return Row(head, (free, *((figure,) for figure in figures)), note)

    return Table(
        "Policies side by side",
        ("Policy", "Threshold", "Cost per 1,000", "Flagged", "TPR", "FPR", "TP", "FP", "FN", "TN"),
        lambda: (row(*each) for each in side_by_side(result)),
        intro="Cases and expected costs per 1,000 cases.",
        folded=False,
        plots=(_cost_plot(result),),
        downloads=(
            Download("threshold-policies.csv", "Download the policies", partial(_policies_csv, result)),
            Download("threshold-cost-curve.csv", "Download the cost curve", partial(_curve_csv, result)),
        ),
        notes=_curve_note(result),
    )


def _curve_note(result: Result) -> tuple[Line, ...]:
    if isinstance(result.known, Modelled):
        return (
            (
                "The curve is an illustration: calibrated scores with a beta distribution. Give operating points, or"
                " labels and probabilities, for one of your own.",
            ),
        )
    if isinstance(result.known, Listed) and not result.known.usable:
        return (("The points have no thresholds from 0 to 1, so they are drawn by how many cases they flag.",),)
    return ()


def curve(result: Result, most: int | None = None) -> tuple[Policy, ...]:
    """The policies along the thresholds: of points that are listed these, about `most` of them, else of equal steps."""
    known = result.known
    if isinstance(known, Listed):
        listed = [each for each in known.table if not known.usable or isfinite(each.threshold or 0.0)]
        thinned = listed[:: 1 + len(listed) // most] if most else listed
        priced = [policy(result.costs, result.prevalence, each.tpr, each.fpr, each.threshold) for each in thinned]
        return tuple(sorted(priced, key=lambda each: _along(each, known.usable)))
    found = []
    for t in _steps(result):
        if isinstance(known, Modelled):
            found.append(known.model.at(result.costs, t))
        else:
            at = known.cases.at(result.costs, known.scale.score(t), result.prevalence)
            found.append(at._replace(threshold=t))
    return tuple(found)


def _steps(result: Result) -> list[float]:
    """Thresholds from 0 to 1; where p* is small by equal factors, or all that matters would be in a corner."""
    low = _lowest(result)
    if low == 0:
        return [step / STEPS for step in range(STEPS + 1)]
    return [round(low ** (1 - step / STEPS), 12) for step in range(STEPS + 1)]


def _lowest(result: Result) -> float:
    """Where the axis of thresholds starts: 0, or a power of ten below p* if that is small."""
    if result.p_star >= 0.03:
        return 0.0
    return float(10.0 ** floor(log10(max(result.p_star / 5, 1e-8))))


def _along(each: Policy, by_threshold: bool) -> float:
    """Where a policy stands on the axis of the cost curve."""
    return (each.threshold or 0.0) if by_threshold else CASES * each.flagged


def _cost_plot(result: Result) -> Plot:
    """Expected cost against threshold, or against what is flagged where thresholds are not known."""
    known = result.known
    by_threshold = not isinstance(known, Listed) or known.usable
    line = curve(result, MOST_DRAWN)
    everyone, nobody = result.everyone.per_1000, result.nobody.per_1000
    y = _cost_axis([*(each.per_1000 for each in (*line, result.star, result.cheapest)), everyone, nobody])
    x = _threshold_axis(result) if by_threshold else Axis("flagged per 1,000", 0, CASES, ticks(0, CASES))

    def place(each: Policy) -> tuple[float, float]:
        at = _along(each, by_threshold)
        return min(max(at, x.low), x.high), each.per_1000

    def level(label: str, at: float, part: int) -> Trace:
        return Trace(label, ((x.low, at), (x.high, at)), "dashed", part)

    same = result.cheapest.flagged == result.star.flagged and result.cheapest.cost == result.star.cost
    marks = [Trace("p*, the cheapest" if same else "p*", (place(result.star),), "dots", 2, ("p*",))]
    if not same:
        marks.append(Trace("cheapest", (place(result.cheapest),), "rings", 4))
    if result.at is not None:
        shown = threshold_text(result.typed)
        marks.append(Trace("your threshold", (place(result.at),), "dots", 5, (shown,)))
    drawn = tuple(place(each) for each in line)
    points = [Trace("operating points", drawn, "rings", 1)] if isinstance(known, Listed) and len(drawn) <= 60 else []
    return Plot(
        "Expected cost per 1,000 cases against " + ("threshold" if by_threshold else "cases flagged"),
        x,
        y,
        (
            level("flag every case", everyone, 3),
            level("flag no case", nobody, 6),
            Trace(_CURVES[type(known)], drawn, "line", 1),
            *points,
            *marks,
        ),
    )


def _cost_axis(drawn: Sequence[float]) -> Axis:
    """From nothing, or the greatest benefit, to the dearest, with room for words below what is near the bottom."""
    low, high = min(0.0, *drawn), max(0.0, *drawn)
    high = high if high > low else low + 1  # where every policy costs nothing
    room = 0.09 * (high - low) if min(drawn) - low < 0.09 * (high - low) else 0.0
    top = high + 0.05 * (high - low)
    return Axis("cost per 1,000", low - room, top, ticks(low, top))


_CURVES: dict[type[Classifier], str] = {Modelled: "assumed scores", Listed: "between them", Counted: "your cases"}


def _threshold_axis(result: Result) -> Axis:
    low = _lowest(result)
    if low == 0:
        return Axis("threshold", 0, 1, ticks(0, 1))
    powers = range(round(log10(low)), 1)
    shown = powers if len(powers) <= 5 else powers[:: -(-len(powers) // 5)]
    return Axis("threshold", low, 1, tuple((10.0**power, f"{10.0**power:g}") for power in shown), log=True)


def _policies_csv(result: Result) -> str:
    heads = ("policy", "threshold", "tpr", "fpr", "flagged", "tp", "fp", "fn", "tn", "cost")
    names = ("p*", "your threshold", "flag every case", "flag no case", "cheapest", "within your limit")
    found = zip(names, (each for _, each, _ in side_by_side(result)), strict=True)
    return csv_text(heads, ((name, *cells(each)) for name, each in found if each is not None))


def _curve_csv(result: Result) -> str:
    heads = ("threshold", "tpr", "fpr", "flagged", "tp", "fp", "fn", "tn", "cost")
    return csv_text(heads, map(cells, curve(result)))


# --- a thousand cases ---


def outcomes(result: Result) -> Table:
    """What becomes of a thousand cases, in whole numbers, at p* and at the threshold to compare."""
    shown = [("p*", result.star), (threshold_text(result.typed), result.at)]

    def row(name: str, found: Policy) -> Row:
        tp, fp, fn, tn = whole(found.outcomes)
        return Row((f"At {name}",), ((exact(tp),), (exact(fn),), (exact(fp),), (exact(tn),), (cost(found.per_1000),)))

    known = [(name, found) for name, found in shown if found is not None]
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
        lambda: (row(*each) for each in known),
        intro="Each dot is a case. Rounded to whole cases that add up; the cost is not rounded.",
        plots=tuple(_dots(f"1,000 cases at {name}", whole(found.outcomes)) for name, found in known),
    )


def _dots(title: str, counts: Outcomes) -> Waffle:
    tp, fp, fn, tn = counts
    named = (("positive, flagged", tp), ("negative, flagged", fp), ("positive, missed", fn), ("negative, left", tn))
    return Waffle(title, tuple(Segment(label, each, f"{each:,.0f}") for label, each in named))


# --- operating points ---


def operating_points(result: Result) -> Table:
    """What each operating point costs, and where it would be the cheapest."""
    known = result.known
    table = _table(known)
    corners = known.corners()
    stretches = {each.point: each for each in by_prevalence(corners, result.costs)} if table else {}
    cheapest = result.cheapest

    def row(number: int, each: OperatingPoint) -> Row:
        found = policy(result.costs, result.prevalence, each.tpr, each.fpr)
        typed = result.listed[number].threshold if result.listed else each.threshold
        named: Line = (f"Point {number + 1}",) if typed is None else (threshold(typed),)
        if typed is not None and not isfinite(typed):
            named = ("∞",) if typed > 0 else ("−∞",)
        best = (each.tpr, each.fpr) == (cheapest.tpr, cheapest.fpr)
        return Row(
            named,
            (
                (rate(each.tpr),),
                (rate(each.fpr),),
                (cases(found.flagged),),
                (cost(found.per_1000),),
                ("the cheapest",) if best else (cost(more(found.per_1000, cheapest.per_1000)), " more"),
                _best_at(each, corners, stretches),
            ),
        )

    def rows() -> Iterable[Row]:
        return (row(number, each) for number, each in enumerate(table[:MOST_ROWS]))

    notes: list[Line] = []
    if not table:
        notes.append(("No operating points are given: write, paste or drop them under “Operating points”.",))
    if len(table) > MOST_ROWS:
        notes.append(("And ", exact(len(table) - MOST_ROWS), " more, in the file."))
    if isinstance(known, Counted):
        notes.append(("Of your cases, the thresholds that are the cheapest at some prevalence.",))
    if table and cheapest.flagged in (0.0, 1.0):
        flag = "every case" if cheapest.flagged else "no case"
        notes.append((f"At these costs and this prevalence no point beats flagging {flag}: ", cost(cheapest.per_1000)))
    download = Download("operating-points-cost.csv", "Download every point", partial(_points_csv, result))
    return Table(
        "Operating points",
        ("Threshold", "TPR", "FPR", "Flagged", "Cost per 1,000", "Over the cheapest", "Cheapest at a prevalence of"),
        rows,
        intro="Expected cost of each, per 1,000 cases. A point below the hull of the ROC curve is never the cheapest,"
        " whatever the costs and the prevalence.",
        notes=tuple(notes),
        downloads=(download,) if table else (),
    )


def _table(known: Classifier) -> tuple[OperatingPoint, ...]:
    """The points that are listed, or of cases the corners of the hull."""
    if isinstance(known, Listed):
        return known.table
    return (
        tuple(each for each in known.corners() if isfinite(each.threshold or 0)) if isinstance(known, Counted) else ()
    )


def _best_at(each: OperatingPoint, corners: Sequence[OperatingPoint], stretches: dict[OperatingPoint, Stretch]) -> Line:
    if each in stretches:
        found = stretches[each]
        return (share(found.low), " to ", share(found.high))
    return ("never",) if is_off(corners, each) else ("ties with its neighbours at one",)


def _points_csv(result: Result) -> str:
    corners, table = result.known.corners(), _table(result.known)

    def line(each: OperatingPoint) -> tuple[object, ...]:
        found = policy(result.costs, result.prevalence, each.tpr, each.fpr, each.threshold)
        return (*cells(found), "no" if is_off(corners, each) else "yes")

    heads = ("threshold", "tpr", "fpr", "flagged", "tp", "fp", "fn", "tn", "cost", "on_the_hull")
    return csv_text(heads, map(line, table))
