"""What is computed: the threshold that the costs imply, and every other way to decide beside it. Parsed values in, a
`Result` out.
"""

from __future__ import annotations

from collections.abc import Generator
from itertools import repeat
from math import fsum
from operator import eq
from typing import NamedTuple

from app.calculators.threshold_cost import amounts, cost, matrix
from app.calculators.threshold_cost.advice import advised
from app.calculators.threshold_cost.calibrated import from_auc
from app.calculators.threshold_cost.classifiers import Classifier, Counted, Modelled, Scale, listed
from app.calculators.threshold_cost.cost import Costs, Policy, flag_all, flag_none
from app.calculators.threshold_cost.inputs import Labelled, Points
from app.calculators.threshold_cost.points import OperatingPoint
from app.calculators.threshold_cost.scores import Cases, Swept, check_classes, sweep
from app.calculators.threshold_cost.scores import cases as by_class
from app.vocabulary import heads
from app.vocabulary.calculator import Invalid, Progress, Values
from app.vocabulary.work import Kept, within


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


_kept = Kept()


def compute(values: Values) -> Generator[Progress, None, Result]:
    """Everything that follows from the inputs. What another cost or prevalence does not change is not counted again."""
    costs = Costs(values["cost_fp"], values["cost_fn"], values["cost_tn"], values["cost_tp"])
    given: Labelled | None = values["scores"]
    points: Points | None = values["points"]
    kind = values["amounts"] if given and given.amounts is not None else ""
    seen = None
    _kept.of(given)
    if given:
        right = (costs.c00, costs.c11) if kind else (0.0, 0.0)
        asked = given, values["positive"], kind, right
        seen = yield from _kept.stage("cases", asked, lambda: _counted(*asked))
        average = seen.weighed.costs if seen.weighed else costs
        costs = costs._replace(**{cell: getattr(average, cell) for cell in amounts.STANDS_FOR[kind].values()})
    elif values["positive"] is not None:
        raise Invalid("There are no labels to look for it: fill in labels and scores, or write auto.", "positive")
    _check(costs, kind)
    own = seen.cases.prevalence if seen else points.own if points else None
    prevalence = values["prevalence"] or own or UNKNOWN
    scale = Scale(values["trained"], prevalence)
    classifier: Classifier
    each_own = None
    if given and seen:
        shift = None if scale.trained is None else scale
        means = yield from _kept.stage("means", (asked, shift), lambda: _means(seen.cases, scale))
        classifier = Counted(seen.cases, seen.swept, scale, means, seen.squares)
        if seen.weighed and given.amounts is not None:
            priced, worth = seen.weighed._replace(costs=costs), scale.probabilities(given.scores)
            each_own = yield from amounts.each_by_its_own(
                seen.cases, priced, kind, seen.positive, worth, given.amounts, prevalence
            )
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
        listed=points.table if points and not seen else (),
        amounts=kind,
        each_own=each_own,
    )


UNKNOWN = 0.1
"""The prevalence that is taken where neither the reader nor a table says one."""


class _Seen(NamedTuple):
    """What cases come to, whatever mistakes cost: whether each is `positive`, what its amount is worth (`weighed`, the
    costs of which are those that the amounts stand for), the `cases` by class, what every threshold does to them
    (`swept`), and the mean squares of what they are worth.
    """

    positive: list[bool]
    weighed: amounts.Weighed | None
    cases: Cases
    swept: Swept
    squares: tuple[float, float]


def _counted(
    given: Labelled, named: str | None, kind: str, right: tuple[float, float]
) -> Generator[Progress, None, _Seen]:
    """Count labelled cases. What right answers cost matters to their amounts alone."""
    positive = _positive(given, named)
    check_classes(positive)
    weighed = None
    if given.amounts is not None:
        weighed = amounts.weighed(Costs(0, 0, *right), kind, positive, given.amounts)
        yield Progress(0.05, "amounts")
    cases = by_class(given.scores, positive, weighed.worth if weighed else None)
    yield Progress(0.1, "thresholds")
    swept = yield from within(sweep(cases), 0.1, 0.8)
    yield Progress(0.9, "amounts" if weighed else "thresholds")
    return _Seen(positive, weighed, cases, swept, cases.squares)


def _means(cases: Cases, scale: Scale) -> Generator[Progress, None, tuple[float, float]]:
    """The mean probability of the positive cases and of the negative ones."""
    yield Progress(0.9, "means")
    positives, negatives = map(scale.probabilities, (cases.positives, cases.negatives))
    return fsum(positives) / len(positives), fsum(negatives) / len(negatives)


def _positive(given: Labelled, named: str | None) -> list[bool]:
    """Whether each case is positive."""
    if len({*given.labels}) > 1:
        is_positive = heads.positive_of(given.labels, named)[0]
        return [*map(eq, given.labels, repeat(is_positive))]
    return [label in heads.POSITIVE for label in given.labels]


def _check(costs: Costs, kind: str) -> None:
    """Refuse costs that no threshold serves. A cost that amounts stand for is not in its field."""
    try:
        matrix.check(costs)
    except Invalid as invalid:
        replaced = invalid.field in amounts.STANDS_FOR[kind]
        raise Invalid(str(invalid), "scores" if replaced else invalid.field) from None
