"""The tables of the threshold page that ask what changes the answer: another prevalence, costs that are not sure,
resampled training data, scores that are no probabilities. Words and figures, no HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from app.calculators.threshold_cost import pictures
from app.calculators.threshold_cost.classifiers import Counted
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import CASES, Costs, flag_all, flag_none, policy
from app.calculators.threshold_cost.cost import threshold as cost_threshold
from app.calculators.threshold_cost.figures import (
    cells,
    cost,
    exact,
    more,
    rate,
    settled,
    share,
    threshold,
    times,
    where,
)
from app.calculators.threshold_cost.points import normalised_cost, probability_cost
from app.calculators.threshold_cost.prevalence import negatives_factor, score_threshold, shifted
from app.calculators.threshold_cost.reliability import BINS, Bin, bins
from app.vocabulary.calculator import Download, Line, Row, Table
from app.vocabulary.quantity import show_rate
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
        lambda: (_at_prevalence(result, prevalence) for prevalence in shown),
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
        plots=(pictures.cost_curves(result, shown),),
        downloads=(Download("threshold-prevalence.csv", "Download the prevalences", partial(_prevalence_csv, result)),),
    )


def _prevalences(result: Result) -> tuple[float, ...]:
    return tuple(sorted({*PREVALENCES, result.prevalence}))


def _at_prevalence(result: Result, prevalence: float) -> Row:
    best, costs = result.best(prevalence), result.costs
    cheapest = policy(costs, prevalence, best.tpr, best.fpr, best.threshold)
    stays = policy(costs, prevalence, result.star.tpr, result.star.fpr)
    weighted = probability_cost(costs, prevalence)
    return Row(
        (share(prevalence),),
        (
            where(cheapest, result),
            (cost(cheapest.per_1000),),
            (cost(stays.per_1000),),
            (cost(flag_all(costs, prevalence).per_1000),),
            (cost(flag_none(costs, prevalence).per_1000),),
            (rate(best.tpr),),
            (rate(best.fpr),),
            (threshold(weighted),),
            (rate(normalised_cost(best, weighted)),),
        ),
        chosen=prevalence == result.prevalence,
    )


def _prevalence_csv(result: Result) -> str:
    def line(prevalence: float) -> tuple[object, ...]:
        best = result.best(prevalence)
        cheapest = policy(result.costs, prevalence, best.tpr, best.fpr, best.threshold)
        return (prevalence, settled(probability_cost(result.costs, prevalence)), *cells(cheapest))

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
        best = right + result.classifier.cheapest(costs).per_1000
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
                times(negatives_factor(result.p_star)),
                " times as many negatives (Elkan, theorem 1); moving the threshold does the same and wastes no data.",
            ),
        ),
    )


# --- calibration ---


def calibration(result: Result) -> Table:
    """Predicted against observed, in bins of the probability."""
    counted = result.classifier
    columns = ("Probability", "Cases", "Mean prediction", "Share positive", "Difference")
    intro = "p* needs probabilities that mean what they say: of the cases at 0.2, a fifth should be positive."
    title = "Are the probabilities calibrated?"
    if not isinstance(counted, Counted):
        none: Line = ("Give labels and probabilities to see. Without them the page takes calibration on trust.",)
        return Table(title, columns, lambda: (), intro, (none,))
    filled = tuple(bins(counted))
    weighed = ". Classes are weighed to the prevalence"
    if counted.scale.trained is not None:
        weighed += ", and scores shifted back from that of the training data"
    return Table(
        title,
        columns,
        lambda: map(_bin_row, filled),
        intro,
        (
            (
                "The mean prediction is ",
                rate(counted.mean),
                " and the prevalence ",
                threshold(result.prevalence),
                f"{weighed}.",
            ),
        ),
        plots=(pictures.calibration(filled),),
    )


def _bin_row(each: Bin) -> Row:
    figures = (exact(each.cases), rate(each.mean), rate(each.positive), rate(each.positive - each.mean))
    return Row((f"{show_rate(each.low)} to {show_rate(each.low + 1 / BINS)}",), tuple((figure,) for figure in figures))


# --- the matrix ---


def matrix(result: Result) -> Table:
    """The cost matrix, what a mistake adds, and the conditions it must meet."""
    costs = result.costs

    def rows() -> Iterable[Row]:
        yield Row(("Flagged",), ((cost(costs.c11), " (true positive)"), (cost(costs.c10), " (false positive)")))
        yield Row(("Not flagged",), ((cost(costs.c01), " (false negative)"), (cost(costs.c00), " (true negative)")))
        yield Row(("What a mistake adds",), ((cost(costs.regret_fn),), (cost(costs.regret_fp),)))
        ratio = times(costs.regret_fn / costs.regret_fp, 6)
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
