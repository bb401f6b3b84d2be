"""What is computed: the threshold that the costs imply, and every other way to decide beside it. Parsed values in, a
`Result` out.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import NamedTuple

from app.calculators.threshold_cost import cost, matrix
from app.calculators.threshold_cost.calibrated import from_auc
from app.calculators.threshold_cost.classifiers import Classifier, Counted, Modelled, Scale, listed
from app.calculators.threshold_cost.cost import Costs, Policy, flag_all, flag_none
from app.calculators.threshold_cost.inputs import Labelled, Points
from app.calculators.threshold_cost.points import OperatingPoint
from app.calculators.threshold_cost.scores import Cases, sweep
from app.calculators.threshold_cost.scores import cases as by_class
from app.vocabulary import heads
from app.vocabulary.calculator import Invalid, Progress, Values


class Result(NamedTuple):
    """What the page tells of: `p_star`, the score it is `on_scores`, what comes of it (`star`), of the threshold to
    compare, `your_threshold` (`yours`; None where that is not known), of flagging every case (`everyone`) and none
    (`nobody`), of the `cheapest` policy, and of the cheapest that meets the limit `cap` (`capped`). `own` is the
    prevalence of the table, `listed` the operating points as typed.
    """

    costs: Costs
    prevalence: float
    auc: float
    classifier: Classifier
    p_star: float
    on_scores: float
    your_threshold: float
    star: Policy
    yours: Policy | None
    everyone: Policy
    nobody: Policy
    cheapest: Policy
    cap: float | None
    capped: Policy
    own: float | None
    listed: tuple[OperatingPoint, ...]

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
    matrix.check(costs)
    cases = _cases(values["scores"], values["positive"])
    points: Points | None = values["points"]
    own = cases.prevalence if cases else points.own if points else None
    prevalence = _prevalence(values["prevalence"], own)
    scale = Scale(values["trained"], prevalence)
    classifier: Classifier
    if cases:
        classifier = Counted(cases, (yield from sweep(cases)), scale)
    elif points:
        classifier = listed(points, scale)
    else:
        classifier = Modelled(from_auc(prevalence, values["auc"]), scale)
    p_star, cheapest, cap = cost.threshold(costs), classifier.cheapest(costs), values["cap"]
    return Result(
        costs=costs,
        prevalence=prevalence,
        auc=values["auc"],
        classifier=classifier,
        p_star=p_star,
        on_scores=scale.score(p_star),
        your_threshold=values["at"],
        star=classifier.star(costs),
        yours=classifier.at(costs, values["at"]),
        everyone=flag_all(costs, prevalence),
        nobody=flag_none(costs, prevalence),
        cheapest=cheapest,
        cap=cap,
        capped=cheapest if cap is None else classifier.capped(costs, cap),
        own=own,
        listed=points.table if points and not cases else (),
    )


def _cases(given: Labelled | None, positive: str | None) -> Cases | None:
    """The cases by class, where there are any."""
    if given is None:
        if positive is not None:
            raise Invalid("There are no labels to look for it: fill in labels and scores, or write auto.", "positive")
        return None
    if len({*given.labels}) > 1:
        is_positive = heads.positive_of(given.labels, positive)[0]
        return by_class(given.scores, [label == is_positive for label in given.labels])
    return by_class(given.scores, [label in heads.POSITIVE for label in given.labels])


def _prevalence(typed: float | None, own: float | None) -> float:
    """The prevalence that was typed, else that of the table."""
    prevalence = own if typed is None else typed
    if prevalence is None or not 0 < prevalence < 1:
        raise Invalid(
            "Auto is the prevalence of your table, and none is given that has one: write a share such as 10%.",
            "prevalence",
        )
    return prevalence
