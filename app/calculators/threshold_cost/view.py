"""What the page says about a result: verdict, cards, and how the inputs were understood.

Words and figures, no HTML. The tables are in `sheets`, the worked example in `worked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import inf, nan

from app.calculators.threshold_cost.classifiers import Counted, Listed, Modelled, is_trivial
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import CASES, Policy
from app.calculators.threshold_cost.figures import (
    basis,
    cases,
    cost,
    exact,
    more,
    rate,
    share,
    threshold,
    times,
    where,
)
from app.calculators.threshold_cost.prevalence import score_threshold
from app.calculators.threshold_cost.sheets import sheets
from app.calculators.threshold_cost.worked import steps
from app.vocabulary.calculator import Card, Line, Values, View

_WORSE = 1.02
"""By what factor a cost must exceed another to be called more."""

_FEW = 50
"""Below so many cases of one kind the page warns of chance."""


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    return View(
        verdict=_verdict(result),
        reason=_reason(result),
        warning=_warning(result),
        change=_change(result),
        cards=_cards(result),
        tables=sheets(result),
        steps=partial(steps, result),
        notes=_notes(values, result),
        groups=_groups(values, result),
    )


# --- the verdict ---


def _verdict(result: Result) -> Line:
    p_star = threshold(result.p_star)
    if result.scale.trained is not None:
        return (
            "Flag a case when its score is at least ",
            threshold(result.on_scores),
            ": that is a probability of ",
            p_star,
            " where you use it.",
        )
    yours = result.your_threshold
    other: Line = (", not ", threshold(yours)) if abs(yours - result.p_star) > 1e-9 else ()
    return ("Flag a case when its probability is at least ", p_star, *other, ".")


def _reason(result: Result) -> Line:
    """Why: the exchange rate, what it costs, and that it needs probabilities."""
    costs = result.costs
    ratio = costs.regret_fn / costs.regret_fp
    if ratio == 1:
        worth: Line = ("Both mistakes add the same cost, so the more likely answer is the cheaper one. ",)
    else:
        dearer, cheaper = ("A miss", "a false alarm") if ratio > 1 else ("A false alarm", "a miss")
        worth = (f"{dearer} adds ", times(max(ratio, 1 / ratio)), f" times what {cheaper} adds, so flagging pays")
        worth += (" from 1 case in ", times(1 / result.p_star), " on. ")
    bill: Line = ("1,000 cases then cost ", cost(result.star.per_1000))
    if result.yours is not None:
        bill += (", and ", cost(result.yours.per_1000), " at ", threshold(result.your_threshold))
    return (
        *worth,
        *basis(result),
        *bill,
        ". ",
        *_nearest(result),
        "The threshold is for calibrated probabilities: on scores that are not, it means nothing.",
    )


def _nearest(result: Result) -> Line:
    """Which point stands for p*, where points are listed."""
    if not isinstance(result.classifier, Listed):
        return ()
    if result.classifier.usable:
        return ("The point nearest to p* has the threshold ", *where(result.star, result), ". ")
    return ("The points have no thresholds from 0 to 1, so the cheapest of them stands for p*. ",)


def _warning(result: Result) -> Line:
    """A threshold that costs more than needs no model, first the one that is used today."""
    everyone, nobody = result.everyone, result.nobody
    free, how = (everyone, "every case") if everyone.cost <= nobody.cost else (nobody, "no case")
    yours, star = result.yours, result.star
    if yours is not None and not is_trivial(yours) and yours.cost > free.cost:
        return (
            "a threshold of ",
            threshold(result.your_threshold),
            " costs ",
            cost(yours.per_1000),
            f" per 1,000 cases, more than flagging {how}, which costs ",
            cost(free.per_1000),
            " and needs no model.",
        )
    if not is_trivial(star) and star.cost > free.cost:
        return (
            "at p* you pay ",
            cost(star.per_1000),
            f" per 1,000 cases, more than flagging {how} (",
            cost(free.per_1000),
            "). Calibrated probabilities cannot do that: calibrate the scores, or use the cheapest threshold, ",
            *where(result.cheapest, result),
            ".",
        )
    own = not isinstance(result.classifier, Modelled)
    if own and star.cost - result.cheapest.cost > (_WORSE - 1) * abs(star.cost):
        return (
            "the cheapest threshold here is not p* but ",
            *where(result.cheapest, result),
            ", at ",
            cost(result.cheapest.per_1000),
            " per 1,000 cases instead of ",
            cost(star.per_1000),
            ". Either the scores are not calibrated, or the table is too coarse or too small to tell.",
        )
    return ()


def _change(result: Result) -> Line:
    """What moves the threshold, and what only moves the bill."""
    costs = result.costs
    doubled = costs.regret_fp / (costs.regret_fp + 2 * costs.regret_fn)
    line: Line = ("were a miss to add twice as much, p* would be ", threshold(doubled), ". ")
    if result.scale.trained is None:
        balanced = score_threshold(result.p_star, 0.5, result.prevalence)
        line += ("On scores from balanced training data it stands at ", threshold(balanced), ". ")
    return (*line, "The prevalence does not move p*, but it moves the bill and the best point of a ROC curve.")


# --- the cards ---


def _cards(result: Result) -> tuple[Card, ...]:
    star, cheapest = result.star, result.cheapest
    return (
        Card(
            "Flag from a probability of",
            (threshold(result.p_star, "threshold"),),
            (
                (share(result.p_star), ", or 1 case in ", times(1 / result.p_star)),
                ("on the scores of your model: ", threshold(result.on_scores, "score_threshold")),
            ),
        ),
        Card("Cost of 1,000 cases there", (cost(star.per_1000, "expected_cost"),), (_does(star), _given(result))),
        _your_card(result),
        Card(
            "Flag every case",
            (cost(result.everyone.per_1000, "cost_flag_all"),),
            (("flag no case: ", cost(result.nobody.per_1000, "cost_flag_none")), ("neither needs a model",)),
        ),
        Card(
            "Cheapest of all thresholds",
            (cost(cheapest.per_1000, "cheapest_cost"),),
            (("at ", rate(_number(cheapest), "cheapest_threshold"), *_words(cheapest)), _does(cheapest)),
        ),
        _capped_card(result),
    )


def _your_card(result: Result) -> Card:
    """What the threshold to compare costs."""
    title, yours, typed = "At your threshold", result.yours, threshold(result.your_threshold)
    if yours is None:
        return Card(title, (cost(nan, "cost_at"),), (("at ", typed, ": no point has a known threshold"),))
    another = yours.threshold != result.scale.probability(result.your_threshold)
    nearest: Line = ()
    if isinstance(result.classifier, Listed) and another:
        nearest = (" (the nearest point, ", *where(yours, result), ")")
    return Card(
        title,
        (cost(yours.per_1000, "cost_at"),),
        (("at ", typed, *nearest, ", ", *_difference(yours, result.star, "p*")), _does(yours)),
    )


def _capped_card(result: Result) -> Card:
    """What the cheapest policy costs that flags no more than can be."""
    capped = result.capped
    details: list[Line] = [("no limit is set, so this is the cheapest",)]
    if result.cap is not None:
        details = [
            ("flags ", cases(capped.flagged), " of at most ", cases(result.cap), " per 1,000"),
            _difference(capped, result.cheapest, "the cheapest"),
        ]
    return Card("Within your limit", (cost(capped.per_1000, "capped_cost"),), tuple(details))


def _does(policy: Policy) -> Line:
    return ("flags ", cases(policy.flagged), " per 1,000, finds ", share(policy.tpr), " of the positives")


def _given(result: Result) -> Line:
    """What the cost rests on, in a few words."""
    if isinstance(result.classifier, Modelled):
        return ("assumes calibrated scores with AUC ", threshold(result.auc))
    if isinstance(result.classifier, Listed):
        return ("from your operating points",)
    return ("from your ", exact(result.classifier.cases.total), " cases")


def _difference(one: Policy, other: Policy, than: str) -> Line:
    extra = more(one.cost, other.cost)
    if not extra:
        return (f"the same as {than}",)
    return (cost(abs(CASES * extra)), f" {'more' if extra > 0 else 'less'} than {than}")


def _number(policy: Policy) -> float:
    """A threshold as a number: flagging every case is flagging from 0 on; not a number where it is not known."""
    return {None: nan, -inf: 0.0}.get(policy.threshold, policy.threshold or 0.0)


def _words(policy: Policy) -> Line:
    if policy.threshold is None:
        return (" no known threshold",)
    return {inf: (" no threshold: flag no case",), -inf: (": flag every case",)}.get(policy.threshold, ())


# --- how the inputs were understood ---


def _notes(values: Values, result: Result) -> Mapping[str, Line]:
    classifier = result.classifier
    notes: dict[str, Line] = {"prevalence": _prevalence_note(values, result)}
    if not isinstance(classifier, Modelled):
        used = "labels and probabilities" if isinstance(classifier, Counted) else "operating points"
        notes["auc"] = (f"Not used: your {used} are.",)
    if isinstance(classifier, Counted):
        notes["scores"] = _cases_note(classifier)
        if values["points"]:
            notes["points"] = ("Not used: labels and probabilities are given, which say more.",)
    elif isinstance(classifier, Listed):
        notes["points"] = _points_note(classifier)
    if result.cap is not None:
        notes["cap"] = (cases(result.cap), " of 1,000 cases, ", share(result.cap), ".")
    if result.scale.trained is not None:
        notes["at"] = ("As a probability: ", threshold(result.scale.probability(result.your_threshold)), ".")
        notes["trained"] = ("p* is a score of ", threshold(result.on_scores), ".")
    return notes


def _prevalence_note(values: Values, result: Result) -> Line:
    said: Line = (cases(result.prevalence), " of 1,000 cases are positive.")
    if result.own is None:
        return said
    if values["prevalence"] is None:
        return (*said, " That of your table.")
    if abs(result.own - result.prevalence) <= 5e-4:
        return said
    return (
        *said,
        " Your table has ",
        share(result.own),
        " positives, and costs are weighed to ",
        share(result.prevalence),
        ": write auto to take them as they are.",
    )


def _cases_note(counted: Counted) -> Line:
    cases = counted.cases
    said: Line = (exact(cases.total), " cases, ", exact(len(cases.positives)), " of them positive.")
    few = min(len(cases.positives), len(cases.negatives)) < _FEW
    return (*said, " With so few of one kind the cheapest threshold is largely chance.") if few else said


def _points_note(listed: Listed) -> Line:
    said: Line = (exact(len(listed.table)), " points." if len(listed.table) > 1 else " point.")
    if all(point.tpr < point.fpr for point in listed.table):
        return (*said, " Every TPR is below its FPR: is the order TPR, then FPR?")
    if not listed.usable and any(point.threshold is not None for point in listed.table):
        return (*said, " Thresholds beyond 0 to 1 are no probabilities, so p* cannot be looked up among them.")
    if not listed.usable:
        return (*said, " Without thresholds, p* cannot be looked up among them.")
    return said


def _groups(values: Values, result: Result) -> Mapping[str, Line]:
    """What each group of inputs is set to, in a line."""
    points, classifier = values["points"], result.classifier
    limit: Line = ("no limit",) if result.cap is None else ("at most ", cases(result.cap), " per 1,000")
    resampled: Line = ()
    if result.scale.trained is not None:
        resampled = (", trained at ", share(result.scale.trained))
    return {
        "right": (exact(result.costs.c00), " and ", exact(result.costs.c11)),
        "points": (exact(len(points.table)), " given") if points else ("none",),
        "scores": (exact(classifier.cases.total), " cases") if isinstance(classifier, Counted) else ("none",),
        "capacity": ("compared with ", threshold(result.your_threshold), ", ", *limit, *resampled),
    }
