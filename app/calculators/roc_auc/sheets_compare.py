"""The tables of the ROC page that compare: curves beside each other, and cutoffs by everything that is said of one.
Words and figures, no HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, isfinite

from app.calculators.roc_auc.compute import Against, Result, Roc
from app.calculators.roc_auc.curve import SAME, tpr_at
from app.calculators.roc_auc.figures import between, called, cost, gini_of, p_value, place, rate, share
from app.calculators.roc_auc.findings import told_apart, untested
from app.calculators.roc_auc.interval import Interval
from app.calculators.roc_auc.precision_recall import measures
from app.vocabulary.calculator import Figure, Line, Row, Table
from app.vocabulary.quantity import show_number

NONE: Line = ("–",)


# --- curves side by side ---


def compared(result: Result) -> Table:
    """All curves, in the order they were given."""
    highest = result.highest

    def row(index: int, roc: Roc) -> Row:
        part, precise = roc.partial, roc.precise
        against = next((each for each in result.against if each.other == index), None)
        return Row(
            (f"“{roc.name}”" if roc.name else "the curve" if len(result.curves) == 1 else "without a name",),
            (
                (rate(roc.auc),),
                _dash(roc.interval) if roc.interval else ("not known",),
                (rate(precise.average_precision),) if precise else NONE,
                (rate(-against.test.difference),) if against else NONE,
                (p_value(against.test.p),) if against and isfinite(against.test.p) else NONE,
                (gini_of(roc),),
                (rate(roc.hull.area),),
                (rate(roc.youden.value),),
                (cost(roc.cheapest.value),),
                (rate(part.standardised),) if part else ("not asked",),
            ),
            note=("no AUC",) if not roc.curve.whole else _highest(result) if roc is highest else (),
        )

    return Table(
        "Curves compared",
        (
            *("Curve", "AUC", "Interval", "Average precision", "Less the first", "p-value", "Gini", "Hull AUC"),
            *("Best J", "Lowest cost per case", "Partial, standardised"),
        ),
        lambda: (row(index, roc) for index, roc in enumerate(result.curves)),
        intro="Several models are columns of scores beside one column of labels, or a column that names the curve of a"
        " row: up to four.",
        notes=(*_tests(result), *_crossings(result)) if len(result.curves) > 1 else (("One curve is given.",),),
    )


def _dash(sure: Interval) -> Line:
    low, high = between(sure.low, sure.high)
    return (low, " – ", high)


def _highest(result: Result) -> Line:
    """That an AUC is the highest, and whether it is told apart from the next."""
    top = result.top
    if top is None or not isfinite(top.test.p):
        return ("highest AUC, without a test",)
    said = told_apart(top, 1 - result.level)
    second = result.curves[top.other if result.curves[top.one] is result.highest else top.one]
    return (f"highest AUC; against {called(second)}, the next, p ", p_value(top.test.p), f": {said}")


def _tests(result: Result) -> Iterator[Line]:
    """How the curves were tested, or why they were not."""
    if not result.against:
        why, bring = untested(result), ": bring labels and scores" if result.labels is None else ""
        yield (f"{why[0].upper()}{why[1:]}, so there is no p-value{bring}.",)
        return
    for against in result.against:
        yield _test(result, against)
    if len(result.curves) > 2:
        yield ("The p-values are of each pair alone: of many comparisons some come out small by chance.",)


def _test(result: Result, against: Against) -> Line:
    test = against.test
    named = f"{called(result.curves[against.one])} less {called(result.curves[against.other])}: "
    said: Line = (named, rate(test.difference))
    if not test.error:
        why = "its variance is 0" if test.difference else "both rank every pair alike"
        return (*said, f", and nothing to test it by: {why}.")
    statistic: Line = (", z ", _plain(test.z))
    if test.degrees is not None:
        statistic = (", t ", _plain(test.z), " with ", _plain(test.degrees), " degrees of freedom")
    low, high = between(test.low, test.high)
    said += (" (", low, " to ", high, "), standard error ", rate(test.error), *statistic)
    said += (", p ", p_value(test.p))
    if against.paired:
        alike: Line = ()
        if test.correlation is not None:
            alike = (", correlation of the two AUCs ", rate(test.correlation))
        lower, higher = sorted(result.curves[place].auc for place in (against.one, against.other))
        turned = ""
        if lower < 0.5 < higher:
            turned = " One of the two ranks the wrong way round: turn it before you compare."
        return (*said, *alike, f": DeLong’s test on the same cases.{turned}")
    return (
        *said,
        ": DeLong’s test as if of different cases. Are they the same, bring each model as a column of its own: that"
        " test sees more.",
    )


def _plain(value: float) -> Figure:
    return Figure(value, show_number(value))


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


# --- cutoffs ---


def cutoffs(result: Result, listed: Sequence[int]) -> Table:
    """What each of the cutoffs `listed` is worth, by every measure."""
    roc = result.first
    prevalence = roc.scored.prevalence if roc.scored else result.costs.prevalence
    best = best_f1(roc)

    def row(index: int) -> Row:
        fpr, tpr = roc.curve.points[index]
        found = measures(tpr, fpr, prevalence)
        notes = [
            *(["Youden"] if index == roc.youden.place else []),
            *(["cheapest"] if index == roc.cheapest.place else []),
            *(["best F1"] if index == best else []),
        ]
        shares = (found.recall, 1 - fpr, found.precision, found.f1, found.accuracy)
        cells = (*map(_measure, shares), *map(_ratio, (found.lr_positive, found.lr_negative)))
        return Row(
            place(roc, index),
            tuple((cell,) if isinstance(cell, Figure) else cell for cell in cells),
            note=(", ".join(notes),) if notes else (),
        )

    of = f"Of {called(roc)}. " if len(result.curves) > 1 else ""
    where: Line = (f"{of}At a prevalence of ", share(prevalence), ".")
    if roc.precise:
        where = (f"{of}At the ", share(prevalence), " of positives among the cases.")
    return Table(
        "Measures at each cutoff",
        ("Cutoff", "TPR, recall", "Specificity", "Precision", "F1", "Accuracy", "LR+", "LR−"),
        lambda: map(row, listed),
        intro="Precision, F1 and accuracy change with the prevalence; the likelihood ratios LR+ and LR− do not.",
        notes=(
            where,
            ("LR+ is TPR / FPR, LR− is (1 − TPR) / (1 − FPR); ∞ stands for a division by 0.",),
        ),
    )


def _measure(value: float) -> Figure | Line:
    if value == inf:
        return ("∞",)
    return rate(value) if isfinite(value) else NONE


def _ratio(value: float) -> Figure | Line:
    """A likelihood ratio, to three figures."""
    return Figure(value, show_number(value, 3)) if isfinite(value) else _measure(value)


def best_f1(roc: Roc) -> int | None:
    """The place of the point with the best F1."""
    if not (roc.precise and roc.scored and roc.turns):
        return None
    threshold = roc.scored.thresholds[roc.precise.best.place]
    return roc.turns.thresholds.index(threshold) if threshold in roc.turns.thresholds else None
