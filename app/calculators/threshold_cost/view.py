"""What the page says about a result: verdict, cards, and how the inputs were understood.

Words and figures, no HTML. The tables are in `sheets`, the worked example in `worked`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from functools import partial
from math import inf, nan

from app.calculators.threshold_cost.amounts import STANDS_FOR
from app.calculators.threshold_cost.classifiers import Classifier, Counted, Listed, Modelled, is_trivial
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import CASES, Policy
from app.calculators.threshold_cost.figures import (
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
from app.calculators.threshold_cost.findings import FEW, cited, counted_on, findings
from app.calculators.threshold_cost.prevalence import score_threshold
from app.calculators.threshold_cost.sheets import sheets
from app.calculators.threshold_cost.worked import steps
from app.vocabulary.calculator import Card, Line, Values, View, also

_SAME_SHARE = 5e-4
"""Shares closer than this are shown alike."""


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    return View(
        verdict=_verdict(result),
        findings=findings(result),
        cite=cited(result),
        unused=frozenset() if isinstance(result.classifier, Modelled) else frozenset({"auc"}),
        reason=_reason(result),
        warning=also(_warning(result), _doubts(values)),
        change=_change(result),
        cards=_cards(result),
        tables=sheets(result),
        steps=partial(steps, result),
        notes=_notes(values, result),
        groups=_groups(values, result),
        taken={"prevalence": result.prevalence},
    )


def _doubts(values: Values) -> tuple[str, ...]:
    """What may be wrong with how the table was read."""
    given = values["scores"] or values["points"]
    return given.warnings if given else ()


# --- the verdict ---


def _verdict(result: Result) -> Line:
    """Where to flag: by the costs, or by what the reader's own cases or points show to be clearly cheaper."""
    p_star, best = threshold(result.p_star), result.advised
    if best is not result.star:
        return (*counted_on(result), *_decision(result, best), ": p*, ", p_star, ", costs more here.")
    if isinstance(result.classifier, Counted) and result.scale.trained is None:
        yours = _not_yours(result)
        return (*counted_on(result), "flag from a probability of ", p_star, *yours, ".")
    if result.scale.trained is not None:
        return (
            "Flag a case when its score is at least ",
            threshold(result.on_scores),
            ": that is a probability of ",
            p_star,
            " where you use it.",
        )
    return ("Flag a case when its probability is at least ", p_star, *_not_yours(result), ".")


def _not_yours(result: Result) -> Line:
    yours = result.your_threshold
    return (", not ", threshold(yours)) if abs(yours - result.p_star) > 1e-9 else ()


def _decision(result: Result, policy: Policy) -> Line:
    """To flag from a threshold on, all cases, or none."""
    if policy.threshold in (inf, -inf):
        return ("flag no case" if policy.threshold == inf else "flag every case",)
    if policy.threshold is None:
        return ("work where TPR is ", rate(policy.tpr), " and FPR ", rate(policy.fpr))
    if result.scale.trained is not None:
        return ("flag from a score of ", rate(result.scale.score(policy.threshold)))
    return ("flag from ", rate(policy.threshold))


def _reason(result: Result) -> Line:
    """What the answer rests on, and that it needs probabilities."""
    if isinstance(result.classifier, Modelled):
        rests: Line = ("If scores are calibrated and separate with AUC ", threshold(result.auc), ", that is the bill. ")
    elif isinstance(result.classifier, Counted):
        own = result.own is not None and abs(result.own - result.prevalence) <= _SAME_SHARE
        weighed = "as they are, at a prevalence of " if own else "weighed to a prevalence of "
        rests = ("The cases count ", weighed, share(result.prevalence), ". ")
    else:
        rests = ("The points are priced at a prevalence of ", share(result.prevalence), ". ")
    return (
        *rests,
        *_nearest(result),
        *_by_amount(result),
        "The threshold is for calibrated probabilities: on scores that are not, it means nothing.",
    )


def _by_amount(result: Result) -> Line:
    """What a threshold for every case would cost instead of one for all."""
    own = result.each_own
    if own is None:
        return ()
    return (
        "Flagging each case from its own p*, by its amount, costs ",
        cost(own.per_1000),
        " per 1,000 cases. ",
    )


def _nearest(result: Result) -> Line:
    """Which point stands for p*, where points are listed."""
    if not isinstance(result.classifier, Listed):
        return ()
    if result.classifier.usable:
        return ("The point nearest to p* has the threshold ", *where(result.star, result), ". ")
    return ("The points have no thresholds from 0 to 1, so the cheapest of them stands for p*. ",)


def _warning(result: Result) -> Line:
    """What is wrong with the scores by the look of them; or a threshold that costs more than needs no model, first the
    one that is used today.
    """
    wrong = _look(result.classifier)
    if wrong:
        return wrong
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
            "). Calibrated probabilities do that by chance alone",
            ", or in too coarse a table" if isinstance(result.classifier, Listed) else "",
            ": calibrate the scores, or use the cheapest threshold, ",
            *where(result.cheapest, result),
            ".",
        )
    if result.advised is not star:
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


def _look(classifier: Classifier) -> Line:
    """What labels and probabilities look like, if not like that."""
    if not isinstance(classifier, Counted):
        return ()
    cases = classifier.cases
    if all(bisect_right(each, 0.0) == bisect_left(each, 1.0) for each in (cases.positives, cases.negatives)):
        return (
            "every probability is 0 or 1, as predicted classes are: then no threshold between changes anything. Bring"
            " the probabilities behind the classes.",
        )
    high, low = classifier.means
    if high < low:
        return (
            "positive cases have lower probabilities than negative ones, ",
            rate(high),
            " against ",
            rate(low),
            " on average. Check which label is positive, and what the probability is of.",
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
        Card(
            "Cost of 1,000 cases there", (cost(star.per_1000, "expected_cost"),), (_does(star, result), _given(result))
        ),
        _your_card(result),
        Card(
            "Flag every case",
            (cost(result.everyone.per_1000, "cost_flag_all"),),
            (("flag no case: ", cost(result.nobody.per_1000, "cost_flag_none")), ("neither needs a model",)),
        ),
        Card(
            "Cheapest of all thresholds",
            (cost(cheapest.per_1000, "cheapest_cost"),),
            (("at ", rate(_number(cheapest), "cheapest_threshold"), *_words(cheapest)), _does(cheapest, result)),
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
        (("at ", typed, *nearest, ", ", *_difference(yours, result.star, "p*")), _does(yours, result)),
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


def _does(policy: Policy, result: Result) -> Line:
    of = "what missing costs" if result.amounts in ("missed", "both") else "the positives"
    return ("flags ", cases(policy.flagged), " per 1,000, finds ", share(policy.tpr), f" of {of}")


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
        notes["scores"] = also(_cases_note(classifier), values["scores"].remarks)
        if values["points"]:
            notes["points"] = ("Not used: labels and probabilities are given, which say more.",)
    elif isinstance(classifier, Listed):
        notes["points"] = also(_points_note(classifier), values["points"].remarks)
    if result.amounts:
        for name, cell in STANDS_FOR[result.amounts].items():
            notes[name] = ("Not used: each case has its amount, ", cost(getattr(result.costs, cell)), " on average.")
    elif isinstance(classifier, Counted):
        notes["amounts"] = ("Not used: the cases have no amounts.",)
    if result.cap is not None:
        notes["cap"] = (cases(result.cap), " of 1,000 cases, ", share(result.cap), ".")
    if result.scale.trained is not None:
        notes["at"] = ("As a probability: ", threshold(result.scale.probability(result.your_threshold)), ".")
        notes["trained"] = ("p* is a score of ", threshold(result.on_scores), ".")
    return notes


def _prevalence_note(values: Values, result: Result) -> Line:
    said: Line = (cases(result.prevalence), " of 1,000 cases are positive.")
    if result.own is None:
        return said if values["prevalence"] is not None else (*said, " An assumption: nothing is known of it.")
    if values["prevalence"] is None:
        return (*said, " That of your table.")
    if abs(result.own - result.prevalence) <= _SAME_SHARE:
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
    few = min(len(cases.positives), len(cases.negatives)) < FEW
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
        "reading": (exact(classifier.cases.total), " cases") if isinstance(classifier, Counted) else ("none",),
        "capacity": ("compared with ", threshold(result.your_threshold), ", ", *limit, *resampled),
    }
