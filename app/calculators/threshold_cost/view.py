"""What the page says about a result: verdict, cards, the worked example, and how the inputs were understood.

Words and figures, no HTML. The tables are in `sheets`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from math import inf, nan

from app.calculators.threshold_cost.compute import Counted, Listed, Modelled, Result, is_trivial
from app.calculators.threshold_cost.cost import CASES, Costs, Outcomes, Policy, case_cost, net_benefit
from app.calculators.threshold_cost.figures import basis, cases, cost, exact, more, rate, share, threshold, where
from app.calculators.threshold_cost.prevalence import score_threshold
from app.calculators.threshold_cost.sheets import sheets
from app.vocabulary.calculator import Card, Line, Step, Values, View

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
        steps=partial(_steps, result),
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
    other: Line = (", not ", threshold(result.typed)) if abs(result.typed - result.p_star) > 1e-9 else ()
    return ("Flag a case when its probability is at least ", p_star, *other, ".")


def _reason(result: Result) -> Line:
    """Why: the exchange rate, what it costs, and that it needs probabilities."""
    costs = result.costs
    ratio = costs.regret_fn / costs.regret_fp
    if ratio == 1:
        worth: Line = ("Both mistakes add the same cost, so the more likely answer is the cheaper one. ",)
    else:
        more, less = ("A miss", "a false alarm") if ratio > 1 else ("A false alarm", "a miss")
        worth = (f"{more} adds ", exact(_figures(max(ratio, 1 / ratio))), f" times what {less} adds, so flagging pays")
        worth += (" from 1 case in ", exact(_figures(1 / result.p_star)), " on. ")
    bill: Line = ("1,000 cases then cost ", cost(result.star.per_1000))
    if result.at is not None:
        bill += (", and ", cost(result.at.per_1000), " at ", threshold(result.typed))
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
    if not isinstance(result.known, Listed):
        return ()
    if result.known.usable:
        return ("The point nearest to p* has the threshold ", *where(result.star, result), ". ")
    return ("The points have no thresholds from 0 to 1, so the cheapest of them stands for p*. ",)


def _figures(value: float) -> float:
    """A number to three figures."""
    return float(f"{value:.3g}")


def _warning(result: Result) -> Line:
    """A threshold that costs more than needs no model, first the one that is used today."""
    everyone, nobody = result.everyone, result.nobody
    free, how = (everyone, "every case") if everyone.cost <= nobody.cost else (nobody, "no case")
    at, star = result.at, result.star
    if at is not None and not is_trivial(at) and at.cost > free.cost:
        return (
            "a threshold of ",
            threshold(result.typed),
            " costs ",
            cost(at.per_1000),
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
    if not isinstance(result.known, Modelled) and star.cost - result.cheapest.cost > (_WORSE - 1) * abs(star.cost):
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
    star, at, cheapest, capped = result.star, result.at, result.cheapest, result.capped
    typed = threshold(result.typed)
    everyone, nobody = cost(result.everyone.per_1000, "cost_flag_all"), cost(result.nobody.per_1000, "cost_flag_none")
    if at is None:
        compared: tuple[Line, ...] = (("at ", typed, ": no point has a known threshold"),)
    else:
        listed = isinstance(result.known, Listed) and at.threshold != result.scale.probability(result.typed)
        nearest: Line = (" (the nearest point, ", *where(at, result), ")") if listed else ()
        compared = (("at ", typed, *nearest, ", ", *_difference(at, star, "p*")), _does(at))
    limit: Line = ("no limit is set, so this is the cheapest",)
    if result.cap is not None:
        limit = ("flags ", cases(capped.flagged), " of at most ", cases(result.cap), " per 1,000")
    return (
        Card(
            "Flag from a probability of",
            (threshold(result.p_star, "threshold"),),
            (
                (share(result.p_star), ", or 1 case in ", exact(_figures(1 / result.p_star))),
                ("on the scores of your model: ", threshold(result.on_scores, "score_threshold")),
            ),
        ),
        Card("Cost of 1,000 cases there", (cost(star.per_1000, "expected_cost"),), (_does(star), _given(result))),
        Card("At your threshold", (cost(at.per_1000 if at else nan, "cost_at"),), compared),
        Card(
            "Flag every case",
            (everyone,),
            (("flag no case: ", nobody), ("neither needs a model",)),
        ),
        Card(
            "Cheapest of all thresholds",
            (cost(cheapest.per_1000, "cheapest_cost"),),
            (("at ", rate(_number(cheapest), "cheapest_threshold"), *_words(cheapest)), _does(cheapest)),
        ),
        Card(
            "Within your limit",
            (cost(capped.per_1000, "capped_cost"),),
            (
                limit,
                *(((*_difference(capped, cheapest, "the cheapest"),),) if result.cap is not None else ()),
            ),
        ),
    )


def _does(found: Policy) -> Line:
    return (
        "flags ",
        cases(found.flagged),
        " per 1,000, finds ",
        share(found.tpr),
        " of the positives",
    )


def _given(result: Result) -> Line:
    """What the cost rests on, in a few words."""
    if isinstance(result.known, Modelled):
        return ("assumes calibrated scores with AUC ", threshold(result.auc))
    if isinstance(result.known, Listed):
        return ("from your operating points",)
    return ("from your ", exact(result.known.cases.total), " cases")


def _difference(one: Policy, other: Policy, than: str) -> Line:
    extra = more(one.cost, other.cost)
    if not extra:
        return (f"the same as {than}",)
    return (cost(abs(CASES * extra)), f" {'more' if extra > 0 else 'less'} than {than}")


def _number(found: Policy) -> float:
    """A threshold as a number: flagging every case is flagging from 0 on; not a number where it is not known."""
    return {None: nan, -inf: 0.0}.get(found.threshold, found.threshold or 0.0)


def _words(found: Policy) -> Line:
    if found.threshold is None:
        return (" no known threshold",)
    return {inf: (" no threshold: flag no case",), -inf: (": flag every case",)}.get(found.threshold, ())


# --- the worked example ---


def _steps(result: Result) -> tuple[Step, ...]:
    costs, star, p = result.costs, result.star, result.p_star
    fp = _less(costs.c10, costs.c00)
    return (
        Step(
            "Threshold p*",
            "(C_FP − C_TN) / ((C_FP − C_TN) + (C_FN − C_TP))",
            ("(", *fp, ") / ((", *fp, ") + (", *_less(costs.c01, costs.c11), "))"),
            (threshold(p),),
        ),
        *_score_step(result),
        Step(
            "One case at p*, flagged",
            "p* × C_TP + (1 − p*) × C_FP",
            (threshold(p), " × ", exact(costs.c11), " + ", threshold(1 - p), " × ", exact(costs.c10)),
            (cost(case_cost(costs, p, flagged=True)),),
        ),
        Step(
            "The same case, not flagged",
            "p* × C_FN + (1 − p*) × C_TN",
            (threshold(p), " × ", exact(costs.c01), " + ", threshold(1 - p), " × ", exact(costs.c00)),
            (cost(case_cost(costs, p, flagged=False)), ", the same: here the decision turns"),
        ),
        *_bill("p*", star, result),
        *(_bill("your threshold", result.at, result) if result.at is not None else ()),
        Step(
            "1,000 cases, every one flagged",
            "positives × C_TP + negatives × C_FP",
            _positives_and_negatives(result, costs.c11, costs.c10),
            (cost(result.everyone.per_1000),),
        ),
        Step(
            "1,000 cases, none flagged",
            "positives × C_FN + negatives × C_TN",
            _positives_and_negatives(result, costs.c01, costs.c00),
            (cost(result.nobody.per_1000),),
        ),
        _benefit(result),
    )


def _less(one: float, other: float) -> Line:
    """One less another, a negative one in brackets."""
    return (exact(one), " − ", *(("(", exact(other), ")") if other < 0 else (exact(other),)))


def _score_step(result: Result) -> tuple[Step, ...]:
    trained, deployed = result.scale.trained, result.prevalence
    if trained is None:
        return ()
    return (
        Step(
            "p* on the scores of a model trained at another prevalence",
            "p* × t / π / (p* × t / π + (1 − p*) × (1 − t) / (1 − π)), with t the prevalence in training and π in use",
            (
                threshold(result.p_star),
                " × ",
                threshold(trained),
                " / ",
                threshold(deployed),
                " over the sum of that and ",
                threshold(1 - result.p_star),
                " × ",
                threshold(1 - trained),
                " / ",
                threshold(1 - deployed),
            ),
            (threshold(result.on_scores),),
        ),
    )


def _bill(name: str, found: Policy, result: Result) -> tuple[Step, ...]:
    """Outcomes and cost of a thousand cases under a policy."""
    costs, positive = result.costs, result.prevalence
    counts = Outcomes(*(CASES * each for each in found.outcomes))
    priced: tuple[tuple[float, float], ...] = (
        (counts.tp, costs.c11),
        (counts.fp, costs.c10),
        (counts.fn, costs.c01),
        (counts.tn, costs.c00),
    )
    summed: Line = ()
    for count, each in priced:
        if each:
            summed += (*((" + ",) if summed else ()), cases(count / CASES), " × ", exact(each))
    return (
        Step(
            f"1,000 cases at {name}",
            "TP = positives × TPR, FN = the other positives, FP = negatives × FPR, TN = the other negatives",
            (cases(positive), " × ", rate(found.tpr), " and ", cases(1 - positive), " × ", rate(found.fpr)),
            tuple(
                part
                for at, (label, count) in enumerate(zip(("TP", "FN", "FP", "TN"), _ordered(counts), strict=True))
                for part in (f"{', ' if at else ''}{label} ", cases(count / CASES))
            ),
        ),
        Step(
            f"Their cost at {name}",
            "TP × C_TP + FP × C_FP + FN × C_FN + TN × C_TN",
            summed or (exact(0),),
            (cost(found.per_1000),),
        ),
    )


def _ordered(counts: Outcomes) -> tuple[float, ...]:
    return (counts.tp, counts.fn, counts.fp, counts.tn)


def _positives_and_negatives(result: Result, positive: float, negative: float) -> Line:
    share_of = result.prevalence
    return (cases(share_of), " × ", exact(positive), " + ", cases(1 - share_of), " × ", exact(negative))


def _benefit(result: Result) -> Step:
    """Net benefit, and that it is the same bill."""
    costs, star, p = result.costs, result.star, result.p_star
    found = net_benefit(result.prevalence, star.tpr, star.fpr, p)
    return Step(
        "Net benefit of 1,000 cases at p*, and what it saves",
        "TP − FP × p* / (1 − p*); times C_FN − C_TP it is what is saved over flagging no case",
        (
            cases(star.outcomes.tp),
            " − ",
            cases(star.outcomes.fp),
            " × ",
            exact(_figures(costs.regret_fp / costs.regret_fn)),
            " = ",
            cases(found),
            "; × ",
            exact(costs.regret_fn),
        ),
        (cost(result.nobody.per_1000 - star.per_1000),),
    )


# --- how the inputs were understood ---


def _notes(values: Values, result: Result) -> Mapping[str, Line]:
    known, own = result.known, result.own
    notes: dict[str, Line] = {"prevalence": (cases(result.prevalence), " of 1,000 cases are positive.")}
    if own is not None and values["prevalence"] is not None and abs(own - result.prevalence) > 5e-4:
        notes["prevalence"] += (
            " Your table has ",
            share(own),
            " positives, and costs are weighed to ",
            share(result.prevalence),
            ": write auto to take them as they are.",
        )
    elif own is not None and values["prevalence"] is None:
        notes["prevalence"] += (" That of your table.",)
    if not isinstance(known, Modelled):
        used = "labels and probabilities" if isinstance(known, Counted) else "operating points"
        notes["auc"] = (f"Not used: your {used} are.",)
    if isinstance(known, Counted):
        whole = known.cases
        notes["scores"] = (exact(whole.total), " cases, ", exact(len(whole.positives)), " of them positive.")
        if min(len(whole.positives), len(whole.negatives)) < _FEW:
            notes["scores"] += (" With so few of one kind the cheapest threshold is largely chance.",)
        if values["points"]:
            notes["points"] = ("Not used: labels and probabilities are given, which say more.",)
    elif isinstance(known, Listed):
        notes["points"] = _points_note(known)
    if result.cap is not None:
        notes["cap"] = (cases(result.cap), " of 1,000 cases, ", share(result.cap), ".")
    if result.scale.trained is not None:
        notes["at"] = ("As a probability: ", threshold(result.scale.probability(result.typed)), ".")
        notes["trained"] = ("p* is a score of ", threshold(result.on_scores), ".")
    return notes


def _points_note(known: Listed) -> Line:
    line: Line = (exact(len(known.table)), " points." if len(known.table) > 1 else " point.")
    if all(each.tpr < each.fpr for each in known.table):
        return (*line, " Every TPR is below its FPR: is the order TPR, then FPR?")
    if not known.usable and any(each.threshold is not None for each in known.table):
        return (*line, " Thresholds beyond 0 to 1 are no probabilities, so p* cannot be looked up among them.")
    if not known.usable:
        return (*line, " Without thresholds, p* cannot be looked up among them.")
    return line


def _groups(values: Values, result: Result) -> Mapping[str, Line]:
    """What each group of inputs is set to, in a line."""
    costs: Costs = result.costs
    points, own = values["points"], result.known
    limit: Line = ("no limit",) if result.cap is None else ("at most ", cases(result.cap), " per 1,000")
    resampled: Line = ()
    if result.scale.trained is not None:
        resampled = (", trained at ", share(result.scale.trained))
    return {
        "right": (exact(costs.c00), " and ", exact(costs.c11)),
        "points": (exact(len(points.table)), " given") if points else ("none",),
        "scores": (exact(own.cases.total), " cases") if isinstance(own, Counted) else ("none",),
        "capacity": ("compared with ", threshold(result.typed), ", ", *limit, *resampled),
    }
