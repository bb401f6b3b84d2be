"""What the page says about a result: verdict, cards, and how the inputs were understood.

Words and figures, no HTML. The findings are in `findings`, the tables in `sheets`, the worked example in `worked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import isnan, nan

from app.calculators.roc_auc.compute import Result, Roc
from app.calculators.roc_auc.curve import SAME, if_flipped
from app.calculators.roc_auc.figures import between, called, cost, gini_of, p_value, place, rate, share, whole
from app.calculators.roc_auc.findings import cited, findings
from app.calculators.roc_auc.partial import Partial
from app.calculators.roc_auc.precision_recall import PrecisionRecall
from app.calculators.roc_auc.sheets import sheets
from app.calculators.roc_auc.sheets_read import falling, incomplete
from app.calculators.roc_auc.worked import steps
from app.vocabulary.calculator import Card, Line, Values, View, also
from app.vocabulary.quantity import show_share


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    return View(
        verdict=_verdict(result),
        findings=findings(result),
        cite=cited(result),
        reason=_reason(result),
        warning=also(_warning(result), (values["scores"] or values["points"]).warnings),
        change=_change(result),
        cards=_cards(result),
        tables=sheets(result),
        steps=partial(steps, result),
        notes=_notes(values, result),
        groups=_groups(values, result),
    )


# --- the verdict ---


def _verdict(result: Result) -> Line:
    roc = result.first
    named = f"{called(roc)}: " if roc.name else ""
    if not roc.curve.whole:
        start = f"{named}the" if named else "The"
        return (f"{start} area under these points is ", rate(roc.auc), ", and that is no AUC.")
    return (
        f"{named}AUC ",
        rate(roc.auc),
        ": a random positive scores above a random negative in ",
        share(roc.auc),
        " of all pairs.",
    )


def _reason(result: Result) -> Line:
    if not result.first.curve.whole:
        return ("An AUC is the area from FPR 0 to FPR 1. Let (0, 0) and (1, 1) be added to get it.",)
    weigh = " A pair counts as much as the weights of its cases say." if result.weighted else ""
    return (f"A tie counts as half. Guessing gives 0.5, a perfect ranking 1.{weigh}",)


def _warning(result: Result) -> Line:
    """What is wrong with the points, as far as it can be seen from them."""
    roc = result.first
    said: list[Line] = []
    if not roc.curve.whole:
        said.append(incomplete(roc))
    said += [
        ((f"{called(curve)}: " if curve.name else ""), *falling(curve)) for curve in result.curves if curve.curve.falls
    ]
    hard = [curve for curve in result.curves if curve.scored and len(curve.scored.thresholds) == _OF_CLASSES]
    if hard:
        of = f" of {called(hard[0])}" if len(result.curves) > 1 else ""
        said.append(
            (
                f"All scores{of} are one of two values, as predicted classes are. The curve has one cutoff then, and"
                " the AUC is the mean of sensitivity and specificity there: bring the scores behind the classes.",
            )
        )
    for curve in result.curves:
        flipped = if_flipped(curve.auc)
        if curve.curve.whole and flipped is not None and (curve is roc or result.labels):
            of = f" of {called(curve)}" if len(result.curves) > 1 else ""
            said.append(
                (
                    f"An AUC{of} below 0.5 ranks the wrong way round: with every score’s sign changed it would be ",
                    rate(flipped),
                    ". Check which class is called positive, and whether a high score speaks for it.",
                )
            )
    line: Line = ()
    for each_line in said:
        line += ((" ",) if line else ()) + each_line
    return line


_OF_CLASSES = 3
"""Thresholds of predicted classes, which are no scores: infinity and two more."""


def _change(result: Result) -> Line:
    """What would give another number, by the figures of the page itself."""
    roc = result.first
    parts: list[Line] = []
    if roc.scored is None and roc.curve.whole:
        if roc.as_typed is None:
            parts.append(("without sorting, scikit-learn’s auc refuses these points.",))
        elif abs(roc.as_typed - roc.auc) > SAME:
            parts.append(
                (
                    "without sorting and without ends, scikit-learn’s auc gives ",
                    rate(roc.as_typed),
                    " for these points.",
                )
            )
    if roc.hull.area > roc.auc + SAME and roc.curve.whole:
        parts.append(("mixing thresholds by lot reaches the convex hull, ", rate(roc.hull.area), "."))
    if roc.scored is None:
        parts.append(("more thresholds move it, as the curve is only taken to be straight between points.",))
    else:
        parts.append(("another sample of cases moves it: see how sure the AUC is.",))
    line, *further = parts
    for start, *rest in further:
        line += (" ", str(start)[0].upper() + str(start)[1:], *rest)
    return line


# --- the cards ---


def _cards(result: Result) -> tuple[Card, ...]:
    roc = result.first
    return (
        _area_card(roc, len(result.curves)),
        _sure_card(result),
        *([_second_card(result)] if len(result.curves) > 1 else []),
        *([_precision_card(roc.precise, result.weighted)] if roc.precise else []),
        _hull_card(roc),
        _youden_card(roc),
        _cheapest_card(roc),
        *([_partial_card(roc.partial)] if roc.partial else []),
    )


def _area_card(roc: Roc, curves: int) -> Card:
    details: list[Line] = [("Gini ", gini_of(roc, "gini"))]
    if curves > 1:
        details.append((f"of {called(roc)}, the first of ", whole(curves)))
    if not roc.curve.whole:
        details.append(incomplete(roc))
    title = "Area under the ROC curve" if roc.curve.whole else "Area under the points: no AUC"
    return Card(title, (rate(roc.auc, "auc"),), tuple(details))


def _hull_card(roc: Roc) -> Card:
    dominated = len(roc.hull.dominated)
    below: Line = ("no point is below it",)
    if dominated:
        below = (whole(dominated), f" point{'' if dominated == 1 else 's'} below it")
    ends: tuple[Line, ...] = () if roc.curve.whole else (("with (0, 0) and (1, 1), which need no model",),)
    return Card("Area under the convex hull", (rate(roc.hull.area, "hull_auc"),), (below, *ends))


def _youden_card(roc: Roc) -> Card:
    best = roc.youden
    fpr, tpr = best.point
    return Card(
        "Youden’s J, at its highest",
        (rate(best.value, "youden"),),
        (("FPR ", rate(fpr, "youden_fpr"), ", TPR ", rate(tpr, "youden_tpr")), place(roc, best.place)),
    )


def _cheapest_card(roc: Roc) -> Card:
    low = roc.cheapest
    fpr, tpr = low.point
    return Card(
        "Cheapest point",
        ("FPR ", rate(fpr, "best_fpr"), ", TPR ", rate(tpr, "best_tpr")),
        (place(roc, low.place), ("costs ", cost(low.value), " per case")),
    )


def _partial_card(part: Partial) -> Card:
    return Card(
        "Partial AUC, standardised",
        (rate(part.standardised, "partial_auc_standardised"),),
        (
            ("area ", rate(part.area, "partial_auc"), " of at most ", rate(part.perfect)),
            ("FPR from ", rate(part.low), " to ", rate(part.high)),
        ),
    )


def _second_card(result: Result) -> Card:
    """The second curve, and whether the first differs from it."""
    second = result.curves[1]
    against = next((each for each in result.against if each.other == 1), None)
    details: list[Line] = [("the first is at ", rate(result.first.auc))]
    if against is None or isnan(against.test.p):
        details.append(("whether they differ cannot be tested here",))
    else:
        how = "on the same cases" if against.paired else "on different cases"
        details.append(("p ", p_value(against.test.p, "p_value"), f", DeLong’s test {how}"))
    return Card(f"AUC of {called(second)}", (rate(second.auc if second.curve.whole else nan, "auc_b"),), tuple(details))


def _precision_card(precise: PrecisionRecall, weighted: bool) -> Card:
    best = precise.best
    of = "of the weights" if weighted else "of the cases"
    return Card(
        "Average precision",
        (rate(precise.average_precision, "average_precision"),),
        (
            ("guessing has ", rate(precise.no_skill), f", the share {of} that is positive"),
            ("best F1 ", rate(best.f1), ": precision ", rate(best.precision), ", recall ", rate(best.recall)),
        ),
    )


def _sure_card(result: Result) -> Card:
    """How sure the AUC is, or why that is not known."""
    roc, sure, drawn = result.first, result.first.interval, result.drawn_anew
    anew: tuple[Line, ...] = ()
    if drawn:
        low, high = between(drawn.low, drawn.high, ("bootstrap_low", "bootstrap_high"))
        anew = (("drawn anew ", whole(drawn.times), " times: ", low, " – ", high),)
    if sure:
        cut: tuple[Line, ...] = (("cut off at 0 or 1",),) if sure.clamped else ()
        return Card(
            f"{show_share(sure.level)} interval",
            _dash(sure.low, sure.high),
            (
                ("standard error ", rate(sure.error), f", by {sure.method}"),
                (whole(sure.n_pos), " positives, ", whole(sure.n_neg), " negatives"),
                *cut,
                *anew,
            ),
        )
    if drawn and drawn.error and roc.curve.whole:
        return Card(
            f"{show_share(drawn.level)} interval",
            _dash(drawn.low, drawn.high),
            (("cases drawn anew ", whole(drawn.times), " times"), ("standard error ", rate(drawn.error))),
        )
    if not roc.curve.whole:
        why: Line = ("The area is no AUC.",)
    elif result.weighted:
        why = ("DeLong’s method has no weights: draw the cases anew, under “How sure it is”.",)
    elif result.counts.n_pos is None or result.counts.n_neg is None:
        why = ("It takes the number of positives and of negatives: see “How sure it is”.",)
    elif 0 < roc.auc < 1:
        why = ("Every score is the same, so the formula has nothing to go by.",)
    else:
        why = (
            "At an AUC of ",
            whole(round(roc.auc)),
            " the formula gives no width, which is not to say that it is sure.",
        )
    return Card("How sure it is", ("not known",), (why,))


def _dash(low: float, high: float) -> Line:
    one, other = between(low, high, ("auc_low", "auc_high"))
    return (one, " – ", other)


# --- how the inputs were understood ---

_READ_AS = {
    "fpr,tpr": "FPR, then TPR",
    "sensitivity,specificity": "sensitivity, then specificity",
    "specificity,sensitivity": "specificity, then sensitivity",
}


def _notes(values: Values, result: Result) -> Mapping[str, Line]:
    labelled = result.labels is not None
    notes = _case_notes(values, result) if labelled else _point_notes(values, result)
    if result.band:
        notes["max_fpr"] = ("The band is FPR ", rate(result.band[0]), " to ", rate(result.band[1]), ".")
    if values["prevalence"] is None:
        known = " in the labels." if labelled else ", as nothing is known of it."
        notes["prevalence"] = (share(result.costs.prevalence), known)
    if result.drawn_anew:
        notes["bootstrap"] = (whole(result.drawn_anew.times), " times, positives and negatives apart.")
    return notes | _count_notes(values, result)


def _case_notes(values: Values, result: Result) -> dict[str, Line]:
    """How labels and scores were read, which points give way to."""
    cases, (positive, negative) = values["scores"], result.labels or ("", "")
    unused: Line = ("Not used: labels and scores are given, and the curve is theirs.",)
    return {
        "points": unused,
        "columns": unused,
        "ends": unused,
        "scores": also(
            (
                "Read as ",
                whole(len(cases.scores)),
                " cases",
                *_several(result),
                ", ",
                whole(cases.labels.count(positive)),
                f" of them positive (“{positive}”). The points are not used.",
            ),
            cases.remarks,
        ),
        "positive": (f"“{positive}” is positive, “{negative}” is not.",),
    }


def _point_notes(values: Values, result: Result) -> dict[str, Line]:
    """How points were read."""
    given, curve = values["points"], result.first.curve
    columns = "by the line of heads" if given.headed else _READ_AS[values["columns"]]
    notes: dict[str, Line] = {
        "points": also(
            ("Read as ", whole(len(given.first)), " points", *_several(result), f": {columns}."), given.remarks
        )
    }
    if given.headed:
        notes["columns"] = ("Not used: the line of heads says what the columns are.",)
    elif values["columns"] != "fpr,tpr":
        fpr, tpr = curve.points[curve.rows.index(1) if 1 in curve.rows else 0]
        notes["columns"] = ("Row 1 is FPR ", rate(fpr), ", TPR ", rate(tpr), ".")
    if values["ends"] != "add":
        notes["ends"] = ("The hull has them all the same: nobody needs a model to flag nothing, or all.",)
    return notes


def _several(result: Result) -> Line:
    return (" in ", whole(len(result.curves)), " curves") if len(result.curves) > 1 else ()


def _count_notes(values: Values, result: Result) -> dict[str, Line]:
    """Where the counts come from, and which one is missing."""
    scored, counts = result.first.scored, result.counts
    notes: dict[str, Line] = {}
    for name, count in (("n_pos", counts.n_pos), ("n_neg", counts.n_neg)):
        if scored and scored.weighted:
            notes[name] = (
                ("Not known: cases have weights.",) if values[name] is None else ("As typed: cases have weights.",)
            )
        elif scored:
            own = scored.n_pos if name == "n_pos" else scored.n_neg
            notes[name] = (
                (whole(own), " in the labels.")
                if values[name] is None
                else ("Instead of ", whole(own), " in the labels.")
            )
        elif count is None and (counts.n_pos or counts.n_neg):
            notes[name] = ("Give this one too: the interval needs both.",)
    return notes


def _groups(values: Values, result: Result) -> Mapping[str, Line]:
    cases, counts, costs = values["scores"], result.counts, result.costs
    ends = "ends added" if values["ends"] == "add" else "ends as typed"
    given = values["points"]
    read = "by the line of heads" if cases is None and given.headed else _READ_AS[values["columns"]]
    sure: Line = (
        ("counts not known",)
        if counts.n_pos is None or counts.n_neg is None
        else (whole(counts.n_pos), " positives, ", whole(counts.n_neg), " negatives, ", share(values["level"]))
    )
    return {
        "cases": ("none",) if cases is None else (whole(len(cases.scores)), " cases"),
        "reading": (f"{read}; {ends}",) if cases is None else ("not used",),
        "costs": (
            cost(costs.false_positive),
            " to ",
            cost(costs.false_negative),
            ", prevalence ",
            share(costs.prevalence),
        ),
        "band": ("FPR ", rate(result.band[0]), " to ", rate(result.band[1])) if result.band else ("not asked",),
        "sure": sure,
    }
