"""The tables of the ROC page. Words and figures, no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import inf, isnan

from app.calculators.roc_auc import sheets_compare
from app.calculators.roc_auc.compute import Result, Roc
from app.calculators.roc_auc.curve import Trapezoid, area, trapezoids
from app.calculators.roc_auc.figures import called, cost, place, point, rate, share, whole
from app.calculators.roc_auc.pictures import picture, precision_picture
from app.calculators.roc_auc.precision_recall import measures
from app.calculators.roc_auc.sheets_compare import NONE, best_f1, compared
from app.calculators.roc_auc.sheets_read import conventions, done
from app.vocabulary.calculator import Download, Figure, Line, Row, Table
from app.vocabulary.quantity import show_exact
from app.vocabulary.table import csv_text

MOST_ROWS = 50
"""Rows of a table that are shown: the files have all."""

CASES = 1000
"""The cases that points are counted in where no labels are given."""


def sheets(result: Result) -> dict[str, Callable[[], Table]]:
    """Every table by its slug, in the order of the page, to be made when it is wanted."""
    makers = (curve, operating, compared, cutoffs, counts, segments, done, conventions)
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
            *_not_all(shown, total),
            (
                "A point on the convex hull is the cheapest at some costs and prevalence. One below it never is: two"
                " others and a coin do better.",
            ),
            *_band_note(result),
        ),
        folded=False,
        plots=(picture(result), *precision_picture(result)),
        downloads=(Download("roc-points.csv", "Download all points (CSV)", partial(_points_file, result)),),
    )


def _band_note(result: Result) -> tuple[Line, ...]:
    """What the band around the curve is."""
    drawn = result.drawn_anew
    if drawn is None:
        return ()
    said: Line = ("The band holds ", share(drawn.level), " of the TPRs at each FPR when the cases are drawn anew ")
    return ((*said, whole(drawn.times), " times: point by point, not for the whole curve at once."),)


def _not_all(shown: int, total: int, file: bool = True) -> tuple[Line, ...]:
    """How many points there are beside those that are shown, if any, and whether the file has them."""
    if shown == total:
        return ()
    has_all = "; the file has all" if file else ""
    return ((whole(shown), " of ", whole(total), f" points, the best ones among them{has_all}."),)


def _listed(roc: Roc, most: int) -> list[int]:
    """The places of the points that are shown: all, or some of every stretch and the best ones."""
    points = roc.curve.points
    if len(points) <= most:
        return list(range(len(points)))
    step = (len(points) - 1) / (most - 4)
    even = {round(part * step) for part in range(most - 3)}
    best = best_f1(roc)
    return sorted({*even, roc.youden.place, roc.cheapest.place, *([] if best is None else [best])})


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
                (share(positive / flagged),) if flagged else NONE,
            ),
            note=(whole(ties - 1), " more as good, at a higher FPR") if ties > 1 else (),
        )

    def rows() -> Iterator[Row]:
        for roc in result.curves:
            of = f", {called(roc)}" if several else ""
            for name, best in ((f"Youden’s J{of}", roc.youden), (f"Lowest cost{of}", roc.cheapest)):
                yield row((name,), *best.point, place(roc, best.place), len(best.ties))
        yield row(("Flag nothing",), 0, 0, NONE)
        yield row(("Flag everything",), 1, 1, NONE)

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
            mean: Line = (rate(total / width),) if width else NONE
            head: Line = (whole(shown + 1), " to ", whole(pieces))
            yield Row(head, (point(points[shown]), point(points[-1]), (rate(width),), mean, (rate(total),)))
        span = points[-1][0] - points[0][0]
        mean = (rate(roc.auc / span),) if span else NONE
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


# --- what a cutoff is worth, and how many cases that is ---


def cutoffs(result: Result) -> Table:
    """What each cutoff is worth, by every measure."""
    shown = _listed(result.first, MOST_ROWS)
    table = sheets_compare.cutoffs(result, shown)
    return table._replace(notes=(*table.notes, *_not_all(len(shown), len(result.first.curve.points), file=False)))


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
        cells = tuple((Figure(each, show_exact(each if result.weighted else round(each))),) for each in numbers)
        return Row(place(roc, index), (*cells, (share(tp / (tp + fp)),) if tp + fp else NONE))

    of: Line = (f"Of {called(roc)}. ",) if len(result.curves) > 1 else ()
    if scored:
        cases = " of weight in labelled cases." if result.weighted else " labelled cases."
        said: Line = (*of, "Counted in ", whole(scored.n_pos + scored.n_neg), cases)
    else:
        said = (*of, "In ", whole(CASES), " cases at a prevalence of ", share(prevalence), ", rounded to whole cases.")
    return Table(
        "How many cases that is",
        ("Point", "True positives", "False positives", "False negatives", "True negatives", "Precision"),
        lambda: map(row, shown),
        intro="Of labels and scores these are counts; of points, what a thousand cases would give.",
        notes=(said, *_not_all(len(shown), len(roc.curve.points), file=scored is not None)),
        downloads=(_thresholds(roc),),
    )


def _thresholds(roc: Roc) -> Download:
    """Every threshold of labels and scores, those inside a straight run too."""
    scored = roc.scored
    label = "Download all thresholds (CSV)"
    if scored is None:
        return Download("roc-thresholds.csv", label, None, ("Thresholds come with labels and scores.",))

    def measured(tpr: float, fpr: float) -> tuple[object, ...]:
        """The measures but for recall, which is the TPR; nothing for one that is not a number."""
        return tuple("" if isnan(each) else each for each in measures(tpr, fpr, scored.prevalence)[1:])

    def make() -> str:
        rows = zip(scored.thresholds, scored.tp, scored.fp, scored.points, strict=True)
        return csv_text(
            (*("threshold", "tp", "fp", "fn", "tn", "fpr", "tpr"), *_MEASURES),
            (
                (threshold, tp, fp, scored.n_pos - tp, scored.n_neg - fp, fpr, tpr, *measured(tpr, fpr))
                for threshold, tp, fp, (fpr, tpr) in rows
            ),
        )

    return Download("roc-thresholds.csv", label, make)


_MEASURES = ("precision", "f1", "accuracy", "lr_positive", "lr_negative")
