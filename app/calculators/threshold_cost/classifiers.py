"""What is known of a classifier, in three kinds that answer the same questions: a model of calibrated scores
(`Modelled`), a table of operating points (`Listed`) and labelled cases (`Counted`).

A threshold is a probability where the decision is taken; `Scale` says which score of the user's model that is.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite
from typing import NamedTuple, TypeAlias

from app.calculators.threshold_cost import cost
from app.calculators.threshold_cost.calibrated import Calibrated
from app.calculators.threshold_cost.cost import Costs, Policy, flag_none, policy
from app.calculators.threshold_cost.inputs import Points
from app.calculators.threshold_cost.points import OperatingPoint, hull, nearest, priced
from app.calculators.threshold_cost.prevalence import score_threshold, shifted
from app.calculators.threshold_cost.scores import Cases, Swept

STEPS = 100
"""Into how many steps the thresholds from 0 to 1 are cut to draw a curve."""


class Scale(NamedTuple):
    """From the scores of a model to probabilities where they are used, and back: the same unless the model was
    `trained` at another prevalence than it is `deployed` at.
    """

    trained: float | None
    deployed: float

    def probability(self, score: float) -> float:
        """What a score is worth as a probability."""
        return score if self.trained is None else shifted(score, self.trained, self.deployed)

    def probabilities(self, scores: Sequence[float]) -> Sequence[float]:
        """What many scores are worth."""
        if self.trained is None:
            return scores
        odds = self.deployed / (1 - self.deployed) * (1 - self.trained) / self.trained
        return [odds * score / (odds * score + (1 - score)) for score in scores]

    def score(self, probability: float) -> float:
        """The score that is worth this probability."""
        return probability if self.trained is None else score_threshold(probability, self.trained, self.deployed)


class Modelled(NamedTuple):
    """Calibrated scores that separate with an assumed AUC."""

    model: Calibrated
    scale: Scale

    def at(self, costs: Costs, score: float) -> Policy | None:
        """Flag from `score` on."""
        return self.model.at(costs, self.scale.probability(score))

    def star(self, costs: Costs) -> Policy:
        """Flag from p* on."""
        return self.model.at(costs, cost.threshold(costs))

    def cheapest(self, costs: Costs) -> Policy:
        """The cheapest threshold, which is p*, because the scores are calibrated."""
        return self.star(costs)

    def capped(self, costs: Costs, cap: float) -> Policy:
        """The cheapest threshold that flags no more than `cap`."""
        return self.model.capped(costs, cap).capped

    def best(self, costs: Costs, prevalence: float) -> OperatingPoint:
        """The cheapest threshold on today's probabilities if the prevalence were another: positives and negatives
        each look as before, so a probability means another one then.
        """
        today = shifted(cost.threshold(costs), prevalence, self.model.prevalence)
        return OperatingPoint(self.model.tpr(today), self.model.fpr(today), today)

    def corners(self) -> tuple[OperatingPoint, ...]:
        """Points along the ROC curve."""
        thresholds = (step / STEPS for step in range(STEPS + 1))
        return hull([OperatingPoint(self.model.tpr(t), self.model.fpr(t), t) for t in thresholds])


class Listed(NamedTuple):
    """A `table` of operating points, their thresholds as probabilities where they are `usable`, with the `edge` of
    their hull.
    """

    table: tuple[OperatingPoint, ...]
    edge: tuple[OperatingPoint, ...]
    usable: bool
    scale: Scale

    def at(self, costs: Costs, score: float) -> Policy | None:
        """The point with the nearest threshold; None where the thresholds are not known."""
        row = nearest(self.table, self.scale.probability(score)) if self.usable else None
        return None if row is None else self._policy(costs, self.table[row])

    def star(self, costs: Costs) -> Policy:
        """The point nearest to p*; where no threshold is known the cheapest, which is where p* is on calibrated
        scores.
        """
        row = nearest(self.table, cost.threshold(costs)) if self.usable else None
        return self.cheapest(costs) if row is None else self._policy(costs, self.table[row])

    def cheapest(self, costs: Costs) -> Policy:
        """The cheapest point, flagging none and flagging all among them."""
        return self._cheapest(costs, self.edge, 1.0)

    def capped(self, costs: Costs, cap: float) -> Policy:
        """The cheapest point that flags no more than `cap`: it need not be on the hull."""
        return self._cheapest(costs, (*self.table, *self.edge), cap)

    def best(self, costs: Costs, prevalence: float) -> OperatingPoint:
        """The cheapest point if the prevalence were another."""
        return min(self.edge, key=lambda point: policy(costs, prevalence, point.tpr, point.fpr).cost)

    def corners(self) -> tuple[OperatingPoint, ...]:
        """The corners of the hull."""
        return self.edge

    def _policy(self, costs: Costs, point: OperatingPoint) -> Policy:
        return policy(costs, self.scale.deployed, point.tpr, point.fpr, point.threshold)

    def _cheapest(self, costs: Costs, among: tuple[OperatingPoint, ...], cap: float) -> Policy:
        cheapest = cost.cheapest(priced(among, costs, self.scale.deployed), cap)
        return cheapest or flag_none(costs, self.scale.deployed)


class Counted(NamedTuple):
    """Labelled cases, and what every threshold does to them. `means` are the mean probabilities of the positives and of
    the negatives, `squares` the mean squares of what they are worth.
    """

    cases: Cases
    swept: Swept
    scale: Scale
    means: tuple[float, float]
    squares: tuple[float, float]

    @property
    def mean(self) -> float:
        """The mean probability of all cases, the classes weighed to the prevalence."""
        positive, negative = self.means
        return self.scale.deployed * positive + (1 - self.scale.deployed) * negative

    def at(self, costs: Costs, score: float) -> Policy | None:
        """What flagging from `score` on costs."""
        return self._as_probability(self.cases.at(costs, score, self.scale.deployed))

    def star(self, costs: Costs) -> Policy:
        """What flagging from p* on costs, if the scores are the probabilities they say they are or not."""
        p_star = cost.threshold(costs)
        return self.cases.at(costs, self.scale.score(p_star), self.scale.deployed)._replace(threshold=p_star)

    def cheapest(self, costs: Costs) -> Policy:
        """The cheapest threshold on these cases."""
        return self._as_probability(self.swept.cheapest(self.cases, costs, self.scale.deployed))

    def capped(self, costs: Costs, cap: float) -> Policy:
        """The cheapest threshold that flags no more than `cap`."""
        return self._as_probability(self.swept.cheapest(self.cases, costs, self.scale.deployed, cap))

    def best(self, costs: Costs, prevalence: float) -> OperatingPoint:
        """The cheapest threshold if the prevalence were another."""
        best = min(self.swept.corners, key=lambda point: policy(costs, prevalence, point.tpr, point.fpr).cost)
        return best._replace(threshold=_probability(best.threshold, self.scale))

    def corners(self) -> tuple[OperatingPoint, ...]:
        """The corners of the ROC curve's hull."""
        return self.swept.corners

    def _as_probability(self, policy: Policy) -> Policy:
        return policy._replace(threshold=_probability(policy.threshold, self.scale))


Classifier: TypeAlias = Modelled | Listed | Counted


def _probability(score: float | None, scale: Scale) -> float | None:
    return score if score is None or not isfinite(score) else scale.probability(score)


def usable(thresholds: Sequence[float | None]) -> bool:
    """Whether thresholds can be compared with a probability: all are known, and the finite ones lie from 0 to 1."""
    return all(threshold is not None and (not isfinite(threshold) or 0 <= threshold <= 1) for threshold in thresholds)


def listed(points: Points, scale: Scale) -> Listed:
    """The classifier of a table of operating points, its thresholds as probabilities."""
    table = points.table
    probabilities = usable([point.threshold for point in table])
    if probabilities and scale.trained is not None:
        table = tuple(point._replace(threshold=_probability(point.threshold, scale)) for point in table)
    return Listed(table, hull(table), probabilities, scale)


def is_trivial(policy: Policy) -> bool:
    """Whether a policy needs no model: it flags all cases or none."""
    return policy.threshold in (inf, -inf) or policy.flagged in (0.0, 1.0)
