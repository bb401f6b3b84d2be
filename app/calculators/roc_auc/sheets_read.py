"""The tables of the ROC page about how it was read: what was done to the points, and what other programs make of them.
Words and figures, no HTML.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.calculators.roc_auc.compute import Result, Roc
from app.calculators.roc_auc.curve import SAME, if_flipped
from app.calculators.roc_auc.figures import called, gini_of, place, rate, whole
from app.vocabulary.calculator import Line, Link, Row, Table
from app.vocabulary.quantity import show_rate

AUC_PAGE = Link("scikit-learn", "https://scikit-learn.org/stable/modules/generated/sklearn.metrics.auc.html")
SCORE_PAGE = Link(
    "scikit-learn", "https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html"
)
PROC_PAGE = Link("pROC", "https://search.r-project.org/CRAN/refmans/pROC/html/roc.html")


def done(result: Result) -> Table:
    """How what was typed became a curve."""
    several = len(result.curves) > 1
    return Table(
        "What was done to the points",
        ("Step", "What it did"),
        lambda: (
            Row((f"{step}, {called(roc)}" if several else step,), (line,))
            for roc in result.curves
            for step, line in _steps(roc)
        ),
    )


def _steps(roc: Roc) -> Iterable[tuple[str, Line]]:
    drawn, scored = roc.curve, roc.scored
    if scored and roc.turns:
        levels, turns = len(scored.thresholds), len(roc.turns.thresholds)
        cases = scored.n_pos + scored.n_neg
        tied = cases - (levels - 1)
        yield (
            "Thresholds",
            (
                whole(cases),
                " cases have ",
                whole(levels - 1),
                " different scores",
                *(("; ", whole(tied), " repeat the score of another") if tied else ()),
                ". Cases with the same score are flagged together.",
            ),
        )
        yield (
            "Straight runs",
            ("Of ", whole(levels), " points, ", whole(turns), " are at an end or a turn. The others change no area."),
        )
    else:
        yield (
            "Sorted",
            ("By FPR, then by TPR: the order was another.",) if drawn.reordered else ("In order as typed.",),
        )
        yield ("Ends", _ends(roc))
        yield ("Repeats", _repeats(roc))
    yield ("Falling TPR", falling(roc) or ("Nowhere: TPR rises with FPR or stays.",))


def _ends(roc: Roc) -> Line:
    added = roc.curve.added
    if added:
        names: Line = ()
        for end in added:
            names += (" and ",) if names else ()
            names += (f"({show_rate(end[0])}, {show_rate(end[1])})",)
        return (*names, " added: a ROC curve reaches from (0, 0) to (1, 1).")
    return ("Nothing to add.",) if roc.curve.whole else incomplete(roc)


def _repeats(roc: Roc) -> Line:
    repeats = roc.curve.repeats
    if not repeats:
        return ("None.",)
    row, first = repeats[0]
    return ("Row ", whole(row), " repeats row ", whole(first), " and changes nothing", *_more(len(repeats)), ".")


def incomplete(roc: Roc) -> Line:
    """That a curve does not reach from end to end."""
    points = roc.curve.points
    return (
        "The points reach from FPR ",
        rate(points[0][0]),
        " to ",
        rate(points[-1][0]),
        " only: the area under them is no AUC.",
    )


def falling(roc: Roc) -> Line:
    """Where TPR falls though FPR rises, if anywhere."""
    drawn = roc.curve
    if not drawn.falls:
        return ()
    index = drawn.falls[0]
    return (
        "TPR falls from ",
        rate(drawn.points[index - 1][1]),
        " to ",
        rate(drawn.points[index][1]),
        " between ",
        *place(roc, index - 1),
        " and ",
        *place(roc, index),
        ", though FPR rises",
        *_more(len(drawn.falls)),
        ": no threshold does that. Check these rows.",
    )


def _more(times: int) -> Line:
    return (" (and ", whole(times - 1), " more)") if times > 1 else ()


# --- other programs, other numbers ---


def conventions(result: Result) -> Table:
    """What other programs say of the same input, and why."""
    roc = result.first
    return Table(
        "Why another program says something else",
        ("Who", "Value", "Why"),
        lambda: (Row((who,), (value, why)) for who, value, why in _conventions(result)),
        notes=((f"Of {called(roc)}.",),) if len(result.curves) > 1 else (),
    )


def _conventions(result: Result) -> Iterator[tuple[str, Line, Line]]:
    roc, part = result.first, result.first.partial
    scored = roc.scored
    yield (
        "This page",
        (rate(roc.auc),),
        ("Trapezoids between the points in order." if roc.curve.whole else "The area under the points, no AUC.",),
    )
    if roc.as_typed is None:
        value: Line = (_raised(roc),)
        why = "It needs two points or more, and an FPR that only rises or only falls. "
    else:
        value = (rate(roc.as_typed),)
        near = abs(roc.as_typed - roc.auc) < SAME
        why = (
            "The same points, so the same area. "
            if near
            else "It takes the points as they stand: it neither sorts them nor adds (0, 0) and (1, 1). "
        )
    given = "of roc_curve’s points" if scored else "points as typed"
    yield f"sklearn.metrics.auc, {given}", value, (why, AUC_PAGE)
    if scored:
        yield (
            "sklearn.metrics.roc_auc_score",
            (rate(roc.auc),),
            ("From labels and scores, ties counted half: the same. ", SCORE_PAGE),
        )
    else:
        yield (
            "sklearn.metrics.roc_auc_score",
            ("not from points",),
            (
                "It needs labels and scores; its curve has every threshold, so it can lie above these points. ",
                SCORE_PAGE,
            ),
        )
    if part and part.low == 0:
        yield (
            "roc_auc_score with max_fpr",
            (rate(part.standardised),),
            ("The standardised partial AUC, not the area itself, which is ", rate(part.area), ". ", SCORE_PAGE),
        )
    yield (
        "Convex hull",
        (rate(roc.hull.area),),
        ("Two thresholds and a coin reach every point on the line between them.",),
    )
    if scored:
        flipped = if_flipped(roc.auc)
        yield (
            "R, pROC::roc",
            (rate(roc.auc if flipped is None else flipped), " as a rule"),
            (
                "Unless its direction is set, the medians of the two classes decide which way scores count, so that an"
                " AUC below a half mostly comes out above it. ",
                PROC_PAGE,
            ),
        )
    yield "Gini, accuracy ratio", (gini_of(roc),), ("2 × AUC − 1: guessing is 0 instead of a half.",)


def _raised(roc: Roc) -> str:
    few = len(roc.curve.points) - len(roc.curve.added) + len(roc.curve.repeats) < 2
    return "ValueError: At least 2 points are needed" if few else "ValueError: x is neither increasing nor decreasing"
