"""The worked example of the threshold page: the threshold, and the bill of a thousand cases, with numbers in place."""

from __future__ import annotations

from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import CASES, Outcomes, Policy, case_cost, net_benefit
from app.calculators.threshold_cost.cost import policy as at_point
from app.calculators.threshold_cost.figures import cases, cost, exact, rate, threshold, times
from app.vocabulary.calculator import Line, Step


def steps(result: Result) -> tuple[Step, ...]:
    """The worked example."""
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
        *(_bill("your threshold", result.yours, result) if result.yours is not None else ()),
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


def _bill(name: str, policy: Policy, result: Result) -> tuple[Step, ...]:
    """Outcomes and cost of a thousand cases under a policy."""
    costs, prevalence = result.costs, result.prevalence
    tp, fp, fn, tn = Outcomes(*(CASES * share for share in _counted(policy, result)))
    summed: Line = ()
    for count, price in ((tp, costs.c11), (fp, costs.c10), (fn, costs.c01), (tn, costs.c00)):
        if price:
            summed += (*((" + ",) if summed else ()), cases(count / CASES), " × ", exact(price))
    counted: Line = ()
    for label, count in (("TP", tp), ("FN", fn), ("FP", fp), ("TN", tn)):
        counted += (f"{', ' if counted else ''}{label} ", cases(count / CASES))
    by_amount = ", each case counting by its amount" if result.amounts else ""
    return (
        Step(
            f"1,000 cases at {name}{by_amount}",
            "TP = positives × TPR, FN = the other positives, FP = negatives × FPR, TN = the other negatives",
            (cases(prevalence), " × ", rate(policy.tpr), " and ", cases(1 - prevalence), " × ", rate(policy.fpr)),
            counted,
        ),
        Step(
            f"Their cost at {name}",
            "TP × C_TP + FP × C_FP + FN × C_FN + TN × C_TN",
            summed or (exact(0),),
            (cost(policy.per_1000),),
        ),
    )


def _counted(policy: Policy, result: Result) -> Outcomes:
    """The outcomes that the costs are of: where cases have amounts, those of the rates that count by them."""
    if not result.amounts:
        return policy.outcomes
    return at_point(result.costs, result.prevalence, policy.tpr, policy.fpr).outcomes


def _positives_and_negatives(result: Result, positive: float, negative: float) -> Line:
    """What all cases cost where a positive and a negative one cost so much."""
    prevalence = result.prevalence
    return (cases(prevalence), " × ", exact(positive), " + ", cases(1 - prevalence), " × ", exact(negative))


def _benefit(result: Result) -> Step:
    """Net benefit, and that it is the same bill."""
    costs, star, p = result.costs, result.star, result.p_star
    counted = _counted(star, result)
    return Step(
        "Net benefit of 1,000 cases at p*, and what it saves",
        "TP − FP × p* / (1 − p*); times C_FN − C_TP it is what is saved over flagging no case",
        (
            cases(counted.tp),
            " − ",
            cases(counted.fp),
            " × ",
            times(costs.regret_fp / costs.regret_fn),
            " = ",
            cases(net_benefit(result.prevalence, star.tpr, star.fpr, p)),
            "; × ",
            exact(costs.regret_fn),
        ),
        (cost(result.nobody.per_1000 - star.per_1000),),
    )
