"""What the page says about a result: verdict, cards, the worked example, and how the inputs were understood.

Words and figures, no HTML. The tables are in `sheets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from app.calculators.roc_auc.compute import Result
from app.calculators.roc_auc.curve import SAME, if_flipped
from app.calculators.roc_auc.figures import called, cost, gini_of, place, rate, share, whole
from app.calculators.roc_auc.sheets import falling, incomplete, sheets
from app.calculators.roc_auc.worked import steps
from app.vocabulary.calculator import Card, Line, Values, View
from app.vocabulary.quantity import show_share


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    verdict, reason = _verdict(result)
    return View(
        verdict=verdict,
        reason=reason,
        warning=_warning(result),
        change=_change(result),
        cards=_cards(result),
        tables=sheets(result),
        steps=partial(steps, result),
        notes=_notes(values, result),
        groups=_groups(values, result),
    )


# --- the verdict ---


def _verdict(result: Result) -> tuple[Line, Line]:
    found = result.first
    named = f"{called(found)}: " if found.name else ""
    if not found.curve.whole:
        start = f"{named}the" if named else "The"
        return (
            (f"{start} area under these points is ", rate(found.auc), ", and that is no AUC."),
            ("An AUC is the area from FPR 0 to FPR 1. Let (0, 0) and (1, 1) be added to get it.",),
        )
    claim: Line = (
        f"{named}AUC ",
        rate(found.auc),
        ": a random positive scores above a random negative in ",
        share(found.auc),
        " of all pairs.",
    )
    reason: Line = ("A tie counts as half. Guessing gives 0.5, a perfect ranking 1.",)
    highest = result.highest
    if highest:
        reason += (
            " Of ",
            whole(len(result.curves)),
            f" curves, {called(highest)} has the highest: ",
            rate(highest.auc),
            ".",
        )
    sure = found.interval
    if sure:
        reason += (
            " From ",
            whole(sure.n_pos),
            " positives and ",
            whole(sure.n_neg),
            " negatives, its ",
            share(sure.level),
            " interval is ",
            rate(sure.low),
            " to ",
            rate(sure.high),
            ".",
        )
    return claim, reason


def _warning(result: Result) -> Line:
    """What is wrong with the points, as far as it can be seen from them."""
    found = result.first
    said: list[Line] = []
    if not found.curve.whole:
        said.append(incomplete(found))
    said += [((f"{called(each)}: " if each.name else ""), *falling(each)) for each in result.curves if each.curve.falls]
    flipped = if_flipped(found.auc)
    if found.curve.whole and flipped is not None:
        said.append(
            (
                "An AUC below 0.5 ranks the wrong way round: with every score’s sign changed it would be ",
                rate(flipped),
                ". Check which class is called positive, and whether a high score speaks for it.",
            )
        )
    line: Line = ()
    for each_line in said:
        line += ((" ",) if line else ()) + each_line
    return line


def _change(result: Result) -> Line:
    """What would give another number, by the figures of the page itself."""
    found = result.first
    parts: list[Line] = []
    if found.scored is None and found.curve.whole:
        if found.as_typed is None:
            parts.append(("without sorting, scikit-learn’s auc refuses these points.",))
        elif abs(found.as_typed - found.auc) > SAME:
            parts.append(
                (
                    "without sorting and without ends, scikit-learn’s auc gives ",
                    rate(found.as_typed),
                    " for these points.",
                )
            )
    if found.hull.area > found.auc + SAME and found.curve.whole:
        parts.append(("mixing thresholds by lot reaches the convex hull, ", rate(found.hull.area), "."))
    if found.scored is None:
        parts.append(("more thresholds move it, as the curve is only taken to be straight between points.",))
    else:
        parts.append(("another sample of cases moves it: see how sure the AUC is.",))
    line, *further = parts
    for start, *rest in further:
        line += (" ", str(start)[0].upper() + str(start)[1:], *rest)
    return line


# --- the cards ---


def _cards(result: Result) -> tuple[Card, ...]:
    found = result.first
    best, low = found.youden, found.cheapest
    dominated = len(found.hull.dominated)
    cards = [
        Card(
            "Area under the ROC curve" if found.curve.whole else "Area under the points: no AUC",
            (rate(found.auc, "auc"),),
            (
                ("Gini ", gini_of(found, "gini")),
                *(
                    ((f"of {called(found)}, the first of ", whole(len(result.curves))),)
                    if len(result.curves) > 1
                    else ()
                ),
                *(() if found.curve.whole else (incomplete(found),)),
            ),
        ),
        _sure_card(result),
        Card(
            "Area under the convex hull",
            (rate(found.hull.area, "hull_auc"),),
            (
                (whole(dominated), f" point{'' if dominated == 1 else 's'} below it")
                if dominated
                else ("no point is below it",),
                *(() if found.curve.whole else (("with (0, 0) and (1, 1), which need no model",),)),
            ),
        ),
        Card(
            "Youden’s J, at its highest",
            (rate(best.value, "youden"),),
            (
                ("FPR ", rate(best.point[0], "youden_fpr"), ", TPR ", rate(best.point[1], "youden_tpr")),
                place(found, best.at),
            ),
        ),
        Card(
            "Cheapest point",
            ("FPR ", rate(low.point[0], "best_fpr"), ", TPR ", rate(low.point[1], "best_tpr")),
            (
                place(found, low.at),
                ("costs ", cost(low.value), " per case"),
            ),
        ),
    ]
    part = found.partial
    if part:
        cards.append(
            Card(
                "Partial AUC, standardised",
                (rate(part.standardised, "partial_auc_standardised"),),
                (
                    ("area ", rate(part.area, "partial_auc"), " of at most ", rate(part.perfect)),
                    ("FPR from ", rate(part.low), " to ", rate(part.high)),
                ),
            )
        )
    return tuple(cards)


def _sure_card(result: Result) -> Card:
    """How sure the AUC is, or why that is not known."""
    found, sure = result.first, result.first.interval
    if sure:
        cut: tuple[Line, ...] = (("cut off at 0 or 1",),) if sure.clamped else ()
        return Card(
            f"{show_share(sure.level)} interval",
            (rate(sure.low, "auc_low"), " – ", rate(sure.high, "auc_high")),
            (
                ("standard error ", rate(sure.error)),
                (whole(sure.n_pos), " positives, ", whole(sure.n_neg), " negatives"),
                *cut,
            ),
        )
    if not found.curve.whole:
        why: Line = ("The area is no AUC.",)
    elif result.counts.n_pos is None or result.counts.n_neg is None:
        why = ("It takes the number of positives and of negatives: see “How sure it is”.",)
    else:
        why = (
            "At an AUC of ",
            whole(round(found.auc)),
            " the formula gives no width, which is not to say that it is sure.",
        )
    return Card("How sure it is", ("not known",), (why,))


# --- how the inputs were understood ---

_READ_AS = {
    "fpr,tpr": "FPR, then TPR",
    "sensitivity,specificity": "sensitivity, then specificity",
    "specificity,sensitivity": "specificity, then sensitivity",
}


def _notes(values: Values, result: Result) -> Mapping[str, Line]:
    given, cases = values["points"], values["scores"]
    notes: dict[str, Line] = {}
    several: Line = (" in ", whole(len(result.curves)), " curves") if len(result.curves) > 1 else ()
    if cases is not None:
        unused: Line = ("Not used: labels and scores are given, and the curve is theirs.",)
        notes |= {"points": unused, "columns": unused, "ends": unused}
        positive = result.labels[0] if result.labels else ""
        notes["scores"] = (
            "Read as ",
            whole(len(cases.scores)),
            " cases",
            *several,
            ", ",
            whole(sum(label == positive for label in cases.labels)),
            f" of them positive (“{positive}”). The points above are not used.",
        )
        notes["positive"] = (
            (f"“{result.labels[0]}” is positive, “{result.labels[1]}” is not.",) if result.labels else ()
        )
    else:
        headed = given.headed
        notes["points"] = (
            "Read as ",
            whole(len(given.first)),
            " points",
            *several,
            f": {'by the line of heads' if headed else _READ_AS[values['columns']]}.",
        )
        if headed:
            notes["columns"] = ("Not used: the line of heads says what the columns are.",)
        elif values["columns"] != "fpr,tpr":
            at = result.first.curve.rows.index(1) if 1 in result.first.curve.rows else 0
            notes["columns"] = (
                "Row 1 is FPR ",
                rate(result.first.curve.points[at][0]),
                ", TPR ",
                rate(result.first.curve.points[at][1]),
                ".",
            )
        if values["ends"] != "add":
            notes["ends"] = ("The hull has them all the same: nobody needs a model to flag nothing, or all.",)
    if result.band:
        notes["max_fpr"] = ("The band is FPR ", rate(result.band[0]), " to ", rate(result.band[1]), ".")
    if values["prevalence"] is None:
        notes["prevalence"] = (
            share(result.costs.prevalence),
            " in the labels." if cases is not None else ", as nothing is known of it.",
        )
    notes |= _count_notes(values, result)
    return notes


def _count_notes(values: Values, result: Result) -> dict[str, Line]:
    """Where the counts come from, and which one is missing."""
    scored, counts = result.first.scored, result.counts
    notes: dict[str, Line] = {}
    for name, count in (("n_pos", counts.n_pos), ("n_neg", counts.n_neg)):
        if scored:
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
    cases, counts, at = values["scores"], result.counts, result.costs
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
        "costs": (cost(at.false_positive), " to ", cost(at.false_negative), ", prevalence ", share(at.prevalence)),
        "band": ("FPR ", rate(result.band[0]), " to ", rate(result.band[1])) if result.band else ("not asked",),
        "sure": sure,
    }
