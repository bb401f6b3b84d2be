"""What is computed: the threshold that the costs imply, and every other way to decide beside it. Parsed values in, a
`Result` out.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import repeat
from operator import eq
from typing import NamedTuple

from app.calculators.threshold_cost import amounts, cost, matrix
from app.calculators.threshold_cost.advice import advised
from app.calculators.threshold_cost.calibrated import from_auc
from app.calculators.threshold_cost.classifiers import Classifier, Counted, Modelled, Scale, listed
from app.calculators.threshold_cost.cost import Costs, Policy, flag_all, flag_none
from app.calculators.threshold_cost.inputs import Labelled, Points
from app.calculators.threshold_cost.points import OperatingPoint
from app.calculators.threshold_cost.scores import cases as by_class
from app.calculators.threshold_cost.scores import check_classes, sweep
from app.vocabulary import heads
from app.vocabulary.calculator import Invalid, Progress, Values


class Result(NamedTuple):
    """What the page tells of: `p_star`, the score it is `on_scores`, what comes of it (`star`) and of what is
    `advised`, of the threshold to compare, `your_threshold` (`yours`; None where that is not known), of flagging every
    case (`everyone`) and none (`nobody`), of the `cheapest` policy, and of the cheapest that meets the limit `cap`
    (`capped`). `own` is the prevalence of the table, `listed` the operating points as typed. Where cases have amounts,
    of the kind `amounts`, the costs are those of an average case, and `each_own` is what comes of a threshold for every
    case.
    """

    costs: Costs
    prevalence: float
    auc: float
    classifier: Classifier
    p_star: float
    on_scores: float
    your_threshold: float
    star: Policy
    advised: Policy
    yours: Policy | None
    everyone: Policy
    nobody: Policy
    cheapest: Policy
    cap: float | None
    capped: Policy
    own: float | None
    listed: tuple[OperatingPoint, ...]
    amounts: str = ""
    each_own: Policy | None = None

    @property
    def scale(self) -> Scale:
        """From scores to probabilities."""
        return self.classifier.scale

    def best(self, prevalence: float) -> OperatingPoint:
        """The cheapest point at a prevalence; at the reader's own the one the page shows."""
        if prevalence == self.prevalence:
            return OperatingPoint(self.cheapest.tpr, self.cheapest.fpr, self.cheapest.threshold)
        return self.classifier.best(self.costs, prevalence)


def compute(values: Values) -> Generator[Progress, None, Result]:
    """Everything that follows from the inputs."""
    costs = Costs(values["cost_fp"], values["cost_fn"], values["cost_tn"], values["cost_tp"])
    given: Labelled | None = values["scores"]
    points: Points | None = values["points"]
    positive = _positive(given, values["positive"])
    kind = values["amounts"] if given and given.amounts is not None else ""
    weighed = None
    if given and given.amounts is not None:
        check_classes(positive)
        weighed = amounts.weighed(costs, kind, positive, given.amounts)
        costs = weighed.costs
        yield Progress(0.05, "amounts")
    _check(costs, kind)
    cases = by_class(given.scores, positive, weighed.worth if weighed else None) if given else None
    own = cases.prevalence if cases else points.own if points else None
    prevalence = values["prevalence"] or own or UNKNOWN
    scale = Scale(values["trained"], prevalence)
    classifier: Classifier
    each_own = None
    if cases:
        yield Progress(0.1, "thresholds")
        classifier = Counted(cases, (yield from sweep(cases)), scale)
        if given and weighed and given.amounts is not None:
            yield Progress(0.95, "amounts")
            worth = scale.probabilities(given.scores)
            each_own = amounts.each_by_its_own(cases, weighed, kind, positive, worth, given.amounts, prevalence)
    elif points:
        classifier = listed(points, scale)
    else:
        classifier = Modelled(from_auc(prevalence, values["auc"]), scale)
    p_star, cheapest, cap = cost.threshold(costs), classifier.cheapest(costs), values["cap"]
    star = classifier.star(costs)
    return Result(
        costs=costs,
        prevalence=prevalence,
        auc=values["auc"],
        classifier=classifier,
        p_star=p_star,
        on_scores=scale.score(p_star),
        your_threshold=values["at"],
        star=star,
        advised=advised(star, cheapest, classifier, costs),
        yours=classifier.at(costs, values["at"]),
        everyone=flag_all(costs, prevalence),
        nobody=flag_none(costs, prevalence),
        cheapest=cheapest,
        cap=cap,
        capped=cheapest if cap is None else classifier.capped(costs, cap),
        own=own,
        listed=points.table if points and not cases else (),
        amounts=kind,
        each_own=each_own,
    )


UNKNOWN = 0.1
"""The prevalence that is taken where neither the reader nor a table says one."""


def _positive(given: Labelled | None, named: str | None) -> list[bool]:
    """Whether each case is positive."""
    if given is None:
        if named is not None:
            raise Invalid("There are no labels to look for it: fill in labels and scores, or write auto.", "positive")
        return []
    if len({*given.labels}) > 1:
        is_positive = heads.positive_of(given.labels, named)[0]
        return [*map(eq, given.labels, repeat(is_positive))]
    return [label in heads.POSITIVE for label in given.labels]


def _check(costs: Costs, amounts: str) -> None:
    """Refuse costs that no threshold serves. A cost that amounts stand for is not in its field."""
    try:
        matrix.check(costs)
    except Invalid as invalid:
        replaced = {"missed": ("cost_fn",), "flagged": ("cost_fp",), "both": ("cost_fn", "cost_fp"), "": ()}[amounts]
        raise Invalid(str(invalid), "scores" if invalid.field in replaced else invalid.field) from None
