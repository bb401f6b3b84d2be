"""The tables of the threshold page that ask what changes the answer: another prevalence, costs that are not sure,
resampled training data, scores that are no probabilities. Words and figures, no HTML.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from math import fsum

from app.calculators.threshold_cost.compute import Counted, Result
from app.calculators.threshold_cost.cost import CASES, Costs, flag_all, flag_none, policy
from app.calculators.threshold_cost.cost import threshold as cost_threshold
from app.calculators.threshold_cost.figures import cells, cost, exact, more, rate, settled, share, threshold, where
from app.calculators.threshold_cost.points import OperatingPoint, envelope, normalised_cost, probability_cost
from app.calculators.threshold_cost.prevalence import negatives_factor, score_threshold, shifted
from app.vocabulary.calculator import Axis, Download, Figure, Line, Plot, Row, Table, Trace
from app.vocabulary.table import csv_text

# --- when the prevalence changes ---

PREVALENCES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5)
"""Prevalences that are shown beside the reader's own."""


def by_prevalence(result: Result) -> Table:
    """The best point at other prevalences, while p* stays; with cost curves."""
    shown = _prevalences(result)
    return Table(
        "When the prevalence changes",
        (
            "Prevalence",
            "Cheapest on today’s scores",
            "Cost per 1,000",
            "If today’s point stays",
            "Flag every case",
            "Flag no case",
            "TPR",
            "FPR",
            "PC(+)",
            "Normalised cost",
        ),
        lambda: (_at_prevalence(result, each) for each in shown),
        intro="The costs alone fix p*. The prevalence changes what a score is worth, so the same p* stands at another"
        " score, and another point of the ROC curve is the cheapest.",
        notes=(
            (
                "p* is ",
                threshold(result.p_star),
                " in every row. Cost curves as Drummond and Holte draw them: 0 is a perfect classifier, and PC(+) is"
                " the prevalence weighted by what its mistakes cost.",
            ),
        ),
        plots=(_cost_curves(result),),
        downloads=(Download("threshold-prevalence.csv", "Download the prevalences", partial(_prevalence_csv, result)),),
    )


def _prevalences(result: Result) -> tuple[float, ...]:
    return tuple(sorted({*PREVALENCES, result.prevalence}))


def _best(result: Result, share_of: float) -> OperatingPoint:
    """The cheapest point at a prevalence; at the reader's own the one the page shows."""
    found = result.cheapest
    if share_of == result.prevalence:
        return OperatingPoint(found.tpr, found.fpr, found.threshold)
    return result.known.best(result.costs, share_of)


def _at_prevalence(result: Result, share_of: float) -> Row:
    best, costs = _best(result, share_of), result.costs
    found = policy(costs, share_of, best.tpr, best.fpr, best.threshold)
    stays = policy(costs, share_of, result.star.tpr, result.star.fpr)
    weighted = probability_cost(costs, share_of)
    return Row(
        (share(share_of),),
        (
            where(found, result),
            (cost(found.per_1000),),
            (cost(stays.per_1000),),
            (cost(flag_all(costs, share_of).per_1000),),
            (cost(flag_none(costs, share_of).per_1000),),
            (rate(best.tpr),),
            (rate(best.fpr),),
            (threshold(weighted),),
            (rate(normalised_cost(best, weighted)),),
        ),
        chosen=share_of == result.prevalence,
    )


def _cost_curves(result: Result) -> Plot:
    """Normalised cost against PC(+): the lower envelope of the points, and what needs no model."""
    costs, star = result.costs, result.star
    edge = [
        (each.low, normalised_cost(each.point, each.low))
        for each in envelope(result.known.corners())
        if each.low < each.high
    ]
    today = OperatingPoint(star.tpr, star.fpr)
    kept = _below(normalised_cost(today, 0), normalised_cost(today, 1))
    rows = [(probability_cost(costs, each), each) for each in _prevalences(result)]
    spots = tuple((at, normalised_cost(_best(result, each), at)) for at, each in rows)
    here = probability_cost(costs, result.prevalence)
    axis = tuple((each / 4, f"{each / 4:g}") for each in range(5))
    return Plot(
        "Normalised cost against PC(+)",
        Axis("PC(+), prevalence weighted by cost", 0, 1, axis),
        Axis("normalised cost", 0, _TOP, tuple((each / 10, f"{each / 10:g}") for each in range(6))),
        (
            Trace("flag every case", _below(1, 0), "dashed", 3),
            Trace("flag no case", _below(0, 1), "dashed", 6),
            Trace("today’s point", kept, "dashed", 2),
            Trace("the cheapest of all points", (*edge, (1.0, 0.0)), "line", 1),
            Trace("prevalences of the table", spots, "rings", 1),
            Trace("yours", ((here, normalised_cost(_best(result, result.prevalence), here)),), "dots", 5),
        ),
    )


_TOP = 0.55
"""The normalised cost at which the picture ends: the envelope never reaches more than a half."""


def _below(start: float, end: float) -> tuple[tuple[float, float], ...]:
    """The line from `start` at 0 to `end` at 1, as far as it is in the picture."""
    if start == end:
        return ((0.0, start), (1.0, end))
    crossing = min(max((_TOP - start) / (end - start), 0.0), 1.0)
    edge = (crossing, start + crossing * (end - start))
    left = (0.0, start) if start <= _TOP else edge
    right = (1.0, end) if end <= _TOP else edge
    return (left, right)


def _prevalence_csv(result: Result) -> str:
    def line(share_of: float) -> tuple[object, ...]:
        best = _best(result, share_of)
        found = policy(result.costs, share_of, best.tpr, best.fpr, best.threshold)
        return (share_of, settled(probability_cost(result.costs, share_of)), *cells(found))

    heads = ("prevalence", "pc", "threshold", "tpr", "fpr", "flagged", "tp", "fp", "fn", "tn", "cost")
    return csv_text(heads, map(line, _prevalences(result)))


# --- when the costs are not sure ---

FACTORS = (0.25, 0.5, 1, 2, 4)
"""By how much a miss may be dearer than was thought."""


def uncertain(result: Result) -> Table:
    """What it costs to have the costs wrong."""
    right = CASES * (result.prevalence * result.costs.c11 + (1 - result.prevalence) * result.costs.c00)

    def row(factor: float) -> Row:
        # What right answers cost is left out and added again: it changes no decision (Elkan), and a small difference
        # would drown in it.
        costs = Costs(result.costs.regret_fp, factor * result.costs.regret_fn)
        best = right + result.known.cheapest(costs).per_1000
        kept = right + policy(costs, result.prevalence, result.star.tpr, result.star.fpr).per_1000
        return Row(
            (exact(factor), " ×"),
            (
                (cost(result.costs.c11 + costs.c01),),
                (threshold(cost_threshold(costs)),),
                (cost(best),),
                (cost(kept),),
                (cost(more(kept, best)),),
            ),
            chosen=factor == 1,
        )

    return Table(
        "If the cost of a miss is not sure",
        (
            "A miss really adds",
            "Cost of a miss",
            "p* would be",
            "Cheapest per 1,000",
            "At today’s threshold",
            "Lost by not knowing",
        ),
        lambda: map(row, FACTORS),
        intro="Only the ratio of what two mistakes add moves the threshold. Near the lowest cost the curve is flat, so"
        " a rough ratio often loses little.",
    )


# --- resampled training data ---

TRAINED = (0.2, 0.3, 0.5)
"""Prevalences of training data that are shown: 0.5 is what balancing gives."""


def resampling(result: Result) -> Table:
    """Where p* stands on the scores of a model that was trained at another prevalence."""
    own = result.scale.trained
    shown = tuple(sorted({*TRAINED, result.prevalence, *(() if own is None else (own,))}))

    def row(trained: float) -> Row:
        return Row(
            (share(trained),),
            (
                (threshold(score_threshold(result.p_star, trained, result.prevalence)),),
                (threshold(shifted(0.5, trained, result.prevalence)),),
            ),
            note=("as where it is used",) if trained == result.prevalence else (),
            chosen=trained == own,
        )

    return Table(
        "When the training data was resampled",
        ("Positives in training", "p* on its scores", "A score of 0.5 is worth"),
        lambda: map(row, shown),
        intro="Over- or undersampling, and class weights, shift every score. The same decision then needs another"
        " threshold on the scores, or the scores have to be shifted back.",
        notes=(
            (
                "As probabilities at a prevalence of ",
                share(result.prevalence),
                ". To make 0.5 decide as p* does, train with ",
                exact(float(f"{negatives_factor(result.p_star):.3g}")),
                " times as many negatives (Elkan, theorem 1); moving the threshold does the same and wastes no data.",
            ),
        ),
    )


# --- calibration ---

BINS = 10


def calibration(result: Result) -> Table:
    """Predicted against observed, in bins of the probability."""
    known = result.known
    columns = ("Probability", "Cases", "Mean prediction", "Share positive", "Difference")
    intro = "p* needs probabilities that mean what they say: of the cases at 0.2, a fifth should be positive."
    title = "Are the probabilities calibrated?"
    if not isinstance(known, Counted):
        none: Line = ("Give labels and probabilities to see. Without them the page takes calibration on trust.",)
        return Table(title, columns, lambda: (), intro, (none,))
    found = tuple(_bins(known))

    def row(low: float, count: int, mean: float, positive: float) -> Row:
        cells = (exact(count), rate(mean), rate(positive), rate(positive - mean))
        head = f"{low:g} to {low + 1 / BINS:g}"
        return Row((head,), tuple((cell,) for cell in cells))

    classes = _classes(known)
    mean = fsum(weight * fsum(probabilities) for probabilities, weight, _ in classes)
    straight = Trace("calibrated", ((0, 0), (1, 1)), "dashed", 6)
    spots = Trace("your cases", tuple((each[2], each[3]) for each in found), "rings", 1)
    axis = tuple((each / 4, f"{each / 4:g}") for each in range(5))
    return Table(
        title,
        columns,
        lambda: (row(*each) for each in found),
        intro,
        (
            (
                "The mean prediction is ",
                rate(mean),
                " and the prevalence ",
                threshold(result.prevalence),
                ". Classes are weighed to the prevalence"
                + (
                    ", and scores shifted back from that of the training data."
                    if known.scale.trained is not None
                    else "."
                ),
            ),
        ),
        plots=(
            Plot(
                "Share positive against prediction",
                Axis("mean prediction", 0, 1, axis),
                Axis("share positive", 0, 1, axis),
                (straight, spots),
            ),
        ),
    )


def _bins(known: Counted) -> Iterator[tuple[float, int, float, float]]:
    """Of each bin with cases: where it starts, cases, mean probability, share of positives, both weighed."""
    classes = _classes(known)
    for at in range(BINS):
        count, weight, total, positive = 0, 0.0, 0.0, 0.0
        for probabilities, each_weighs, label in classes:
            end = bisect_left(probabilities, (at + 1) / BINS) if at < BINS - 1 else len(probabilities)
            within = probabilities[bisect_left(probabilities, at / BINS) : end]
            count += len(within)
            weight += each_weighs * len(within)
            total += each_weighs * fsum(within)
            positive += label * each_weighs * len(within)
        if count:
            yield at / BINS, count, total / weight, positive / weight


def _classes(known: Counted) -> tuple[tuple[Sequence[float], float, int], ...]:
    """The probabilities of each class, rising, what one of its cases weighs, and its label."""
    share_of = known.scale.deployed
    return tuple(
        (known.scale.probabilities(scores), weight / len(scores), label)
        for scores, weight, label in ((known.cases.positives, share_of, 1), (known.cases.negatives, 1 - share_of, 0))
    )


# --- the matrix ---


def matrix(result: Result) -> Table:
    """The cost matrix, what a mistake adds, and the conditions it must meet."""
    costs = result.costs

    def rows() -> Iterable[Row]:
        yield Row(("Flagged",), ((cost(costs.c11), " (true positive)"), (cost(costs.c10), " (false positive)")))
        yield Row(("Not flagged",), ((cost(costs.c01), " (false negative)"), (cost(costs.c00), " (true negative)")))
        yield Row(("What a mistake adds",), ((cost(costs.regret_fn),), (cost(costs.regret_fp),)))
        ratio: Figure = exact(float(f"{costs.regret_fn / costs.regret_fp:.6g}"))
        yield Row(("The same, in false positives",), ((ratio,), (exact(1),)))

    return Table(
        "Cost matrix and its conditions",
        ("Decision", "Case is positive", "Case is negative"),
        rows,
        intro="Both mistakes must cost more than the right answer in their column; a negative cost is a benefit.",
        notes=(
            ("c10 > c00: ", cost(costs.c10), " > ", cost(costs.c00), ", or it would be best to flag every case."),
            ("c01 > c11: ", cost(costs.c01), " > ", cost(costs.c11), ", or it would be best to flag no case."),
        ),
    )
