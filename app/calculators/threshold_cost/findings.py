"""The lines below the verdict of the threshold page, which never move: the cutoff, what it costs against other ways to
decide, whether the scores can be trusted, and how many cases it flags.
"""

from __future__ import annotations

from math import inf
from typing import Literal, TypeAlias

from app.calculators.threshold_cost.classifiers import Counted, Listed, Modelled, is_trivial
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import CASES, Policy
from app.calculators.threshold_cost.figures import cases, cost, exact, more, share, threshold, times, where
from app.vocabulary.calculator import Finding, Line

Sign: TypeAlias = Literal["good", "mixed", "bad", "unknown"]

APART = 0.2
"""By what share of the prevalence the mean probability may miss it before it is called off."""

FEW = 50
"""Below so many cases of one kind the page warns of chance."""


def findings(result: Result) -> tuple[Finding, ...]:
    """The four lines."""
    return (
        Finding("Cutoff", *_cutoff(result)),
        Finding("Cost", *_cost(result)),
        Finding("Scores", *_scores(result)),
        Finding("Capacity", *_capacity(result)),
    )


def _cutoff(result: Result) -> tuple[Sign, Line]:
    """Where p* comes from, and whether the data agree."""
    costs = result.costs
    ratio = costs.regret_fn / costs.regret_fp
    worth: Line = ("p* is ", threshold(result.p_star), ", as both mistakes add the same")
    if ratio != 1:
        dearer, cheaper = ("a miss", "a false alarm") if ratio > 1 else ("a false alarm", "a miss")
        worth = ("p* is ", threshold(result.p_star), f": {dearer} adds ", times(max(ratio, 1 / ratio)))
        worth += (f" times what {cheaper} adds",)
    if result.amounts:
        worth += (", for the average amount",)
    if isinstance(result.classifier, Modelled):
        return "good", (*worth, ".")
    if result.advised is result.star:
        saved = CASES * more(result.star.cost, result.cheapest.cost)
        if not saved:
            return "good", (*worth, ". No threshold costs less on your table.")
        named = _named(result.cheapest, result)
        chance = " or too uncertain" if isinstance(result.classifier, Counted) else ""
        less: Line = (" costs ", cost(saved), f" less, too little{chance} to count.")
        return "good", (*worth, ". On your table ", *named, *less)
    return "mixed", (*worth, ". By your table ", *_named(result.cheapest, result), " costs less.")


def _named(policy: Policy, result: Result) -> Line:
    if policy.threshold in (inf, -inf):
        return ("flagging no case" if policy.threshold == inf else "flagging every case",)
    return ("the threshold ", *where(policy, result)) if policy.threshold is not None else ("another point",)


def _cost(result: Result) -> tuple[Sign, Line]:
    """The bill of 1,000 cases, against the threshold to compare and against no model."""
    best, everyone, nobody = result.advised, result.everyone, result.nobody
    free, how = (everyone, "all") if everyone.cost <= nobody.cost else (nobody, "none")
    said: Line = (cost(best.per_1000), " per 1,000 cases")
    if result.yours is not None:
        said += (", ", cost(result.yours.per_1000), " at ", threshold(result.your_threshold))
    said += ("; flagging all ", cost(everyone.per_1000), ", none ", cost(nobody.per_1000), ".")
    if is_trivial(best):
        return "mixed", (*said, f" No threshold beats flagging {how}.")
    saved = more(free.cost, best.cost)
    return ("good" if saved > 0 else "bad"), said


def _scores(result: Result) -> tuple[Sign, Line]:
    """Whether the scores are the probabilities that p* needs."""
    classifier = result.classifier
    if isinstance(classifier, Modelled):
        return "unknown", ("assumed calibrated, with AUC ", threshold(result.auc), ": bring labels and probabilities.")
    if isinstance(classifier, Listed):
        return "unknown", ("points do not say whether scores are probabilities: labels and probabilities would.",)
    mean = classifier.mean
    said: Line = ("the mean probability is ", share(mean), ", and ", share(result.prevalence), " are positive")
    few = min(len(classifier.cases.positives), len(classifier.cases.negatives)) < FEW
    if few:
        return "unknown", (*said, "; so few cases of one kind tell little.")
    off = abs(mean - result.prevalence) > APART * min(result.prevalence, 1 - result.prevalence)
    if off or result.advised is not result.star:
        return ("bad" if off else "mixed"), (*said, ": p* needs calibrated probabilities, and these look off.")
    return "good", (*said, ".")


def _capacity(result: Result) -> tuple[Sign, Line]:
    """How many cases are flagged, and what a limit costs."""
    if result.cap is None:
        return "good", ("flags ", cases(result.advised.flagged), " of 1,000 cases; no limit is set.")
    capped = result.capped
    extra = more(capped.cost, result.cheapest.cost)
    said: Line = ("flags ", cases(capped.flagged), " of at most ", cases(result.cap), " per 1,000")
    if not extra:
        return "good", (*said, ": the limit costs nothing.")
    return "mixed", (*said, ": the limit costs ", cost(CASES * extra), " more.")


def counted_on(result: Result) -> Line:
    """What the answer rests on, as the start of a sentence."""
    if isinstance(result.classifier, Counted):
        return ("On your ", exact(result.classifier.cases.total), " cases ")
    return ("By your operating points ",)


def cited(result: Result) -> Line:
    """A line to cite."""
    best = result.advised
    line: Line = ("p* ", threshold(result.p_star), "; expected cost ", cost(best.per_1000), " per 1,000 cases")
    if best is not result.star:
        line += (", ", *_named(best, result))
    line += (", at a prevalence of ", share(result.prevalence))
    if isinstance(result.classifier, Counted):
        return (*line, " (", exact(result.classifier.cases.total), " labelled cases)")
    return (*line, " (operating points)") if isinstance(result.classifier, Listed) else (*line, " (assumed scores)")
