"""The tables of the ROC page. Words and figures, no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import inf

from app.calculators.roc_auc.compute import Result, Roc
from app.calculators.roc_auc.curve import SAME, Trapezoid, area, if_flipped, tpr_at, trapezoids
from app.calculators.roc_auc.figures import called, cost, gini_of, place, point, rate, share, whole
from app.calculators.roc_auc.pictures import picture
from app.vocabulary.calculator import Download, Figure, Line, Link, Row, Table
from app.vocabulary.quantity import show_exact, show_rate
from app.vocabulary.table import csv_text

MOST_ROWS = 50
"""Rows of a table that are shown: the files have all."""

CASES = 1000
"""The cases that points are counted in where no labels are given."""

_NONE: Line = ("–",)

AUC_PAGE = Link("scikit-learn", "https://scikit-learn.org/stable/modules/generated/sklearn.metrics.auc.html")
SCORE_PAGE = Link(
    "scikit-learn", "https://scikit-learn.org/stable/modules/generated/sklearn.metrics.roc_auc_score.html"
)
PROC_PAGE = Link("pROC", "https://search.r-project.org/CRAN/refmans/pROC/html/roc.html")


def sheets(result: Result) -> dict[str, Callable[[], Table]]:
    """Every table by its slug, in the order of the page, to be made when it is wanted."""
    makers = (curve, operating, compared, segments, counts, done, conventions)
    return {make.__name__: partial(make, result) for make in makers}


# --- the curve ---


def curve(result: Result) -> Table:
    """The picture, and the points of every curve in order."""
    most = max(12, MOST_ROWS // len(result.curves))
    shown = sum(len(_listed(roc, most)) for roc in result.curves)
    total = sum(len(roc.curve.points) for roc in result.curves)
    return Table(
        "The curve",
        ("Point", "FPR", "TPR", "Hull", "J = TPR − FPR", "Cost per case"),
        lambda: (row for roc in result.curves for row in _point_rows(result, roc, most)),
        notes=(
            *_not_all(shown, total, "points"),
            (
                "A point on the convex hull is the cheapest at some costs and prevalence. One below it never is: two"
                " others and a coin do better.",
            ),
        ),
        folded=False,
        plots=(picture(result),),
        downloads=(Download("roc-points.csv", "Download all points (CSV)", partial(_points_file, result)),),
    )


def _not_all(shown: int, total: int, what: str) -> tuple[Line, ...]:
    """How many rows there are beside those that are shown, if any."""
    if shown == total:
        return ()
    return ((whole(shown), " of ", whole(total), f" {what}, the best ones among them; the file has all."),)


def _listed(roc: Roc, most: int) -> list[int]:
    """The places of the points that are shown: all, or some of every stretch and the best ones."""
    points = roc.curve.points
    if len(points) <= most:
        return list(range(len(points)))
    step = (len(points) - 1) / (most - 3)
    even = {round(part * step) for part in range(most - 2)}
    return sorted({*even, roc.youden.place, roc.cheapest.place})


def _point_rows(result: Result, roc: Roc, most: int) -> Iterator[Row]:
    dominated, corners = set(roc.hull.dominated), set(roc.hull.corners)
    several = len(result.curves) > 1
    for index in _listed(roc, most):
        fpr, tpr = roc.curve.points[index]
        best = [
            *(["Youden"] if index == roc.youden.place else []),
            *(["cheapest"] if index == roc.cheapest.place else []),
            *(["TPR falls here"] if index in roc.curve.falls else []),
        ]
        head = ((f"{called(roc)}, ",) if several else ()) + place(roc, index)
        yield Row(
            head,
            (
                (rate(fpr),),
                (rate(tpr),),
                ("below it" if index in dominated else "corner" if index in corners else "on an edge",),
                (rate(tpr - fpr),),
                (cost(result.costs.expected((fpr, tpr))),),
            ),
            note=(", ".join(best),) if best else (),
        )


def _points_file(result: Result) -> str:
    """Every point of every curve."""

    def rows() -> Iterator[tuple[object, ...]]:
        for roc in result.curves:
            dominated = set(roc.hull.dominated)
            for index, (fpr, tpr) in enumerate(roc.curve.points):
                threshold = roc.threshold(index)
                where = roc.curve.rows[index] or "added" if threshold is None else threshold
                yield (
                    roc.name,
                    where,
                    fpr,
                    tpr,
                    "no" if index in dominated else "yes",
                    tpr - fpr,
                    result.costs.expected((fpr, tpr)),
                )

    place = "threshold" if result.labels else "row"
    return csv_text(("curve", place, "fpr", "tpr", "on_hull", "youden_j", "cost_per_case"), rows())


# --- where to work ---


def operating(result: Result) -> Table:
    """The points to work at, by Youden's J and by cost, beside flagging nothing and everything."""
    costs = result.costs
    several = len(result.curves) > 1

    def row(head: Line, fpr: float, tpr: float, threshold: Line, ties: int = 1) -> Row:
        positive, flagged = costs.prevalence * tpr, costs.prevalence * tpr + (1 - costs.prevalence) * fpr
        return Row(
            head,
            (
                threshold,
                (rate(fpr),),
                (rate(tpr),),
                (rate(tpr - fpr),),
                (cost(costs.expected((fpr, tpr))),),
                (share(flagged),),
                (share(positive / flagged),) if flagged else _NONE,
            ),
            note=(whole(ties - 1), " more as good, at a higher FPR") if ties > 1 else (),
        )

    def rows() -> Iterator[Row]:
        for roc in result.curves:
            of = f", {called(roc)}" if several else ""
            for name, best in ((f"Youden’s J{of}", roc.youden), (f"Lowest cost{of}", roc.cheapest)):
                yield row((name,), *best.point, place(roc, best.place), len(best.ties))
        yield row(("Flag nothing",), 0, 0, _NONE)
        yield row(("Flag everything",), 1, 1, _NONE)

    return Table(
        "Where to work",
        ("Chosen by", "Point", "FPR", "TPR", "J", "Cost per case", "Flagged", "Precision"),
        rows,
        intro="Youden’s J weighs both rates alike. The lowest cost follows from what mistakes cost and how common"
        " positives are.",
        notes=(
            (
                "At a false positive’s cost of ",
                cost(costs.false_positive),
                ", a false negative’s of ",
                cost(costs.false_negative),
                " and a prevalence of ",
                share(costs.prevalence),
                *(
                    (", lines of equal cost are upright.",)
                    if costs.slope == inf
                    else (", lines of equal cost have the slope ", cost(costs.slope), ".")
                ),
                " Flagged and precision are at that prevalence too.",
            ),
        ),
    )


# --- curves side by side ---


def compared(result: Result) -> Table:
    """All curves, in the order they were given."""
    highest = result.highest

    def row(roc: Roc) -> Row:
        sure, part = roc.interval, roc.partial
        return Row(
            (roc.name or ("the curve" if len(result.curves) == 1 else "without a name"),),
            (
                (rate(roc.auc),),
                (rate(sure.low), " – ", rate(sure.high)) if sure else ("not known",),
                (gini_of(roc),),
                (rate(roc.hull.area),),
                (rate(roc.youden.value),),
                (cost(roc.cheapest.value),),
                (rate(part.standardised),) if part else ("not asked",),
            ),
            note=("no AUC",) if not roc.curve.whole else ("highest AUC",) if roc is highest else (),
        )

    return Table(
        "Curves compared",
        ("Curve", "AUC", "Interval", "Gini", "Hull AUC", "Best J", "Lowest cost per case", "Partial, standardised"),
        lambda: map(row, result.curves),
        intro="A third column of the table names the curve a row belongs to: up to four.",
        notes=_crossings(result) if len(result.curves) > 1 else (("One curve is given.",),),
    )


def _crossings(result: Result) -> tuple[Line, ...]:
    """Which curves cross, and what that means."""
    crossing = [
        f"{called(one)} and {called(other)}"
        for place, one in enumerate(result.curves)
        for other in result.curves[place + 1 :]
        if _cross(one, other)
    ]
    sure: Line = (
        "Intervals that overlap do not settle which of two curves from the same cases is better: what moves one mostly"
        " moves the other.",
    )
    if not crossing:
        return (("No two of these curves cross: the higher one is as good or better at every FPR.",), sure)
    said = f"{'; '.join(crossing)} cross: which is better depends on the FPR, so compare costs, not AUCs."
    return ((said,), sure)


def _cross(one: Roc, other: Roc) -> bool:
    """Whether each of two curves is above the other somewhere, by the points that are drawn."""
    first, second = one.curve.points, other.curve.points
    low, high = max(first[0][0], second[0][0]), min(first[-1][0], second[-1][0])
    places = {roc.curve.points[index][0] for roc in (one, other) for index in roc.drawn}
    gaps = [tpr_at(first, fpr) - tpr_at(second, fpr) for fpr in places if low <= fpr <= high]
    return min(gaps, default=0) < -SAME and max(gaps, default=0) > SAME


# --- the area, piece by piece ---


def segments(result: Result) -> Table:
    """The trapezoids that the area is the sum of."""
    roc = result.first
    points = roc.curve.points
    pieces = len(points) - 1
    shown = pieces if pieces <= MOST_ROWS else MOST_ROWS - 1

    def row(number: int, piece: Trapezoid) -> Row:
        return Row(
            (whole(number),),
            (point(piece.start), point(piece.end), (rate(piece.width),), (rate(piece.mean_tpr),), (rate(piece.area),)),
        )

    def rows() -> Iterator[Row]:
        yield from (row(number, piece) for number, piece in enumerate(trapezoids(points[: shown + 1]), 1))
        if shown < pieces:
            width, total = points[-1][0] - points[shown][0], area(points[shown:])
            mean: Line = (rate(total / width),) if width else _NONE
            head: Line = (whole(shown + 1), " to ", whole(pieces))
            yield Row(head, (point(points[shown]), point(points[-1]), (rate(width),), mean, (rate(total),)))
        span = points[-1][0] - points[0][0]
        mean = (rate(roc.auc / span),) if span else _NONE
        yield Row(("Together",), (point(points[0]), point(points[-1]), (rate(span),), mean, (rate(roc.auc),)))

    return Table(
        "The area, segment by segment",
        ("Segment", "From", "To", "Width", "Mean TPR", "Area"),
        rows,
        intro="Each segment is a trapezoid: its width in FPR times its mean TPR.",
        notes=((f"Of {called(roc)}.",),) if len(result.curves) > 1 else (),
        downloads=(Download("roc-segments.csv", "Download all segments (CSV)", partial(_segments_file, roc)),),
    )


def _segments_file(roc: Roc) -> str:
    return csv_text(
        ("segment", "fpr_from", "tpr_from", "fpr_to", "tpr_to", "width", "mean_tpr", "area"),
        (
            (number, *piece.start, *piece.end, piece.width, piece.mean_tpr, piece.area)
            for number, piece in enumerate(trapezoids(roc.curve.points), 1)
        ),
    )


# --- how many cases that is ---


def counts(result: Result) -> Table:
    """What every point flags and misses, in cases."""
    roc, scored = result.first, result.first.turns
    prevalence = result.costs.prevalence
    n_pos = scored.n_pos if scored else CASES * prevalence
    n_neg = scored.n_neg if scored else CASES * (1 - prevalence)
    shown = _listed(roc, MOST_ROWS)

    def row(index: int) -> Row:
        fpr, tpr = roc.curve.points[index]
        tp = scored.tp[index] if scored else n_pos * tpr
        fp = scored.fp[index] if scored else n_neg * fpr
        numbers = (tp, fp, n_pos - tp, n_neg - fp)
        cells = tuple((Figure(number, show_exact(round(number))),) for number in numbers)
        return Row(place(roc, index), (*cells, (share(tp / (tp + fp)),) if tp + fp else _NONE))

    of: Line = (f"Of {called(roc)}. ",) if len(result.curves) > 1 else ()
    if scored:
        said: Line = (*of, "Counted in ", whole(scored.n_pos + scored.n_neg), " labelled cases.")
    else:
        said = (*of, "In ", whole(CASES), " cases at a prevalence of ", share(prevalence), ", rounded to whole cases.")
    return Table(
        "How many cases that is",
        ("Point", "True positives", "False positives", "False negatives", "True negatives", "Precision"),
        lambda: map(row, shown),
        intro="Of labels and scores these are counts; of points, what a thousand cases would give.",
        notes=(said, *_not_all(len(shown), len(roc.curve.points), "points")),
        downloads=(_thresholds(roc),),
    )


def _thresholds(roc: Roc) -> Download:
    """Every threshold of labels and scores, those inside a straight run too."""
    scored = roc.scored
    label = "Download all thresholds (CSV)"
    if scored is None:
        return Download("roc-thresholds.csv", label, None, ("Thresholds come with labels and scores.",))

    def make() -> str:
        rows = zip(scored.thresholds, scored.tp, scored.fp, scored.points, strict=True)
        return csv_text(
            ("threshold", "tp", "fp", "fn", "tn", "fpr", "tpr"),
            (
                (threshold, tp, fp, scored.n_pos - tp, scored.n_neg - fp, fpr, tpr)
                for threshold, tp, fp, (fpr, tpr) in rows
            ),
        )

    return Download("roc-thresholds.csv", label, make)


# --- what was done to the points ---


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
