"""What the prevalence changes, and what it does not.

p* follows from the costs alone. Which point of a ROC curve is the cheapest follows from the prevalence as well, and so
does what a probability means once the prevalence is no longer that of the data a model was trained on.
"""

from __future__ import annotations

from app.calculators.threshold_cost.cost import share
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_typed


def shifted(p: float, trained: float, deployed: float) -> float:
    """What the probability `p` of a model becomes when the prevalence is `deployed` and was `trained` in its training
    data, with positives and negatives each looking as before (Elkan 2001, theorem 2; Saerens et al. 2002).

    >>> round(shifted(0.5, trained=0.5, deployed=0.01), 6)
    0.01
    """
    share(p, "The probability", "threshold")
    share(deployed, "The prevalence", "prevalence")
    share(trained, "The prevalence of the training data", "trained", "0.5", inside=True)
    positive, negative = p * deployed / trained, (1 - p) * (1 - deployed) / (1 - trained)
    if positive + negative == 0:
        raise Invalid(
            f"A probability of {show_typed(p)} and a prevalence of {show_typed(deployed)} contradict each other: "
            "write a prevalence between 0 and 1.",
            "prevalence",
        )
    return positive / (positive + negative)


def score_threshold(p_star: float, trained: float, deployed: float) -> float:
    """Where to put the threshold on the uncorrected scores of a model trained at another prevalence, so that it decides
    as p* does on corrected ones.

    >>> round(score_threshold(1 / 11, trained=0.5, deployed=0.01), 4)
    0.9083
    """
    share(deployed, "The prevalence", "prevalence", inside=True)
    share(trained, "The prevalence of the training data", "trained", "0.5", inside=True)
    return shifted(p_star, deployed, trained)


def negatives_factor(p_star: float, p0: float = 0.5) -> float:
    """By what to multiply the number of negatives in the training data so that the threshold `p0` on the new model
    decides as p* does on the old (Elkan 2001, theorem 1).

    >>> round(negatives_factor(1 / 11), 6)
    0.1
    """
    for value in (p_star, p0):
        share(value, "The threshold", "threshold", inside=True)
    return p_star / (1 - p_star) * (1 - p0) / p0
