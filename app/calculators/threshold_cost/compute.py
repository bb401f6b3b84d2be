"""What is computed: the threshold that the costs imply, and every other way to decide beside it.

Three kinds of knowledge of a classifier answer the same questions: a model of calibrated scores (`Modelled`), a table
of operating points (`Listed`) and labelled cases (`Counted`). A threshold is a probability where the decision is taken;
`Scale` says which score of the user's model that is.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from math import inf, isfinite
from typing import NamedTuple, TypeAlias

from app.calculators.threshold_cost import cost
from app.calculators.threshold_cost.calibrated import Calibrated, from_auc
from app.calculators.threshold_cost.cost import Costs, Policy, flag_all, flag_none, policy, reasonable
from app.calculators.threshold_cost.inputs import Points, usable
from app.calculators.threshold_cost.points import OperatingPoint, hull, nearest, priced
from app.calculators.threshold_cost.prevalence import score_threshold, shifted
from app.calculators.threshold_cost.scores import Cases, Swept, sweep
from app.vocabulary.calculator import Invalid, Progress, Values

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
        every = (step / STEPS for step in range(STEPS + 1))
        return hull([OperatingPoint(self.model.tpr(t), self.model.fpr(t), t) for t in every])


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
        found = nearest(self.table, self.scale.probability(score)) if self.usable else None
        return None if found is None else self._policy(costs, self.table[found])

    def star(self, costs: Costs) -> Policy:
        """The point nearest to p*; where no threshold is known the cheapest, which is where p* is on calibrated
        scores.
        """
        found = nearest(self.table, cost.threshold(costs)) if self.usable else None
        return self.cheapest(costs) if found is None else self._policy(costs, self.table[found])

    def cheapest(self, costs: Costs) -> Policy:
        """The cheapest point, flagging none and flagging all among them."""
        return self._cheapest(costs, self.edge, 1.0)

    def capped(self, costs: Costs, cap: float) -> Policy:
        """The cheapest point that flags no more than `cap`: it need not be on the hull."""
        return self._cheapest(costs, (*self.table, *self.edge), cap)

    def best(self, costs: Costs, prevalence: float) -> OperatingPoint:
        """The cheapest point if the prevalence were another."""
        return min(self.edge, key=lambda each: policy(costs, prevalence, each.tpr, each.fpr).cost)

    def corners(self) -> tuple[OperatingPoint, ...]:
        """The corners of the hull."""
        return self.edge

    def _policy(self, costs: Costs, point: OperatingPoint) -> Policy:
        return policy(costs, self.scale.deployed, point.tpr, point.fpr, point.threshold)

    def _cheapest(self, costs: Costs, among: tuple[OperatingPoint, ...], cap: float) -> Policy:
        found = cost.cheapest(priced(among, costs, self.scale.deployed), cap)
        return found or flag_none(costs, self.scale.deployed)


class Counted(NamedTuple):
    """Labelled cases, and what every threshold does to them."""

    cases: Cases
    swept: Swept
    scale: Scale

    def at(self, costs: Costs, score: float) -> Policy | None:
        """What flagging from `score` on costs."""
        return self._known(self.cases.at(costs, score, self.scale.deployed))

    def star(self, costs: Costs) -> Policy:
        """What flagging from p* on costs, if the scores are the probabilities they say they are or not."""
        p_star = cost.threshold(costs)
        return self.cases.at(costs, self.scale.score(p_star), self.scale.deployed)._replace(threshold=p_star)

    def cheapest(self, costs: Costs) -> Policy:
        """The cheapest threshold on these cases."""
        return self._known(self.swept.cheapest(self.cases, costs, self.scale.deployed))

    def capped(self, costs: Costs, cap: float) -> Policy:
        """The cheapest threshold that flags no more than `cap`."""
        return self._known(self.swept.cheapest(self.cases, costs, self.scale.deployed, cap))

    def best(self, costs: Costs, prevalence: float) -> OperatingPoint:
        """The cheapest threshold if the prevalence were another."""
        found = min(self.swept.corners, key=lambda each: policy(costs, prevalence, each.tpr, each.fpr).cost)
        return found._replace(threshold=_probability(found.threshold, self.scale))

    def corners(self) -> tuple[OperatingPoint, ...]:
        """The corners of the ROC curve's hull."""
        return self.swept.corners

    def _known(self, found: Policy) -> Policy:
        return found._replace(threshold=_probability(found.threshold, self.scale))


Classifier: TypeAlias = Modelled | Listed | Counted


def _probability(score: float | None, scale: Scale) -> float | None:
    return score if score is None or not isfinite(score) else scale.probability(score)


class Result(NamedTuple):
    """What the page tells of: `p_star`, the score it is `on_scores`, what comes of it (`star`), of the threshold that
    was `typed` (`at`; None where that is not known), of flagging every case (`everyone`) and none (`nobody`), of the
    `cheapest` policy, and of the cheapest that meets the limit `cap` (`capped`). `own` is the prevalence of the table,
    `listed` the operating points as typed.
    """

    costs: Costs
    prevalence: float
    auc: float
    known: Classifier
    p_star: float
    on_scores: float
    typed: float
    star: Policy
    at: Policy | None
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
        return self.known.scale


def compute(values: Values) -> Generator[Progress, None, Result]:
    """Everything that follows from the inputs."""
    costs = Costs(values["cost_fp"], values["cost_fn"], values["cost_tn"], values["cost_tp"])
    check(costs)
    labelled: Cases | None = values["scores"]
    points: Points | None = values["points"]
    own = labelled.prevalence if labelled else points.own if points else None
    prevalence = own if values["prevalence"] is None else values["prevalence"]
    if prevalence is None or not 0 < prevalence < 1:
        raise Invalid(
            "Auto is the prevalence of your table, and none is given that has one: write a share such as 10%.",
            "prevalence",
        )
    scale = Scale(values["trained"], prevalence)
    known: Classifier
    if labelled:
        known = Counted(labelled, (yield from sweep(labelled)), scale)
    elif points:
        known = _listed(points, scale)
    else:
        known = Modelled(from_auc(prevalence, values["auc"]), scale)
    p_star, cheapest, cap = cost.threshold(costs), known.cheapest(costs), values["cap"]
    return Result(
        costs,
        prevalence,
        values["auc"],
        known,
        p_star,
        scale.score(p_star),
        values["at"],
        known.star(costs),
        known.at(costs, values["at"]),
        flag_all(costs, prevalence),
        flag_none(costs, prevalence),
        cheapest,
        cap,
        cheapest if cap is None else known.capped(costs, cap),
        own,
        points.table if points and not labelled else (),
    )


def _listed(points: Points, scale: Scale) -> Listed:
    table, fit = points.table, usable([each.threshold for each in points.table])
    if fit and scale.trained is not None:
        table = tuple(each._replace(threshold=_probability(each.threshold, scale)) for each in table)
    return Listed(table, hull(table), fit, scale)


# --- cost matrices that no threshold serves ---

DEFAULTS: Mapping[str, float] = {"cost_fp": 1.0, "cost_fn": 10.0, "cost_tn": 0.0, "cost_tp": 0.0}
"""What each cost starts with, by field."""

_CELLS = {"cost_fp": "c10", "cost_fn": "c01", "cost_tn": "c00", "cost_tp": "c11"}
_PARTNERS = {"cost_fp": "cost_tn", "cost_fn": "cost_tp", "cost_tn": "cost_fp", "cost_tp": "cost_fn"}


def check(costs: Costs) -> None:
    """Raise `Invalid` for a matrix that no threshold serves, at a field that was changed: of two that do not go
    together, at the wrong answer unless only the right one was changed.
    """
    try:
        reasonable(costs)
    except Invalid as invalid:
        raise _blamed(costs, invalid) from None
    dearer, cheaper = ("cost_fp", "cost_fn") if costs.regret_fp > costs.regret_fn else ("cost_fn", "cost_fp")
    least, most = sorted((costs.regret_fp, costs.regret_fn))
    if most < _LEAST:
        raise Invalid(_NOTHING, dearer)
    if least * _APART <= most:
        raise _blamed(costs, Invalid(_FAR, cheaper if _changed(costs, cheaper) else dearer))


_APART = 1e15
_FAR = (
    "One mistake is so much dearer than the other that the threshold cannot be told from 0 or 1: write costs that are"
    " less than a quadrillion times apart."
)

_LEAST = 1e-200
"""What a mistake adds must be more, or costs per case would leave the range of floating-point numbers."""

_NOTHING = "Neither mistake adds enough to calculate with: write costs in a smaller unit, such as 1 and 10."


def _changed(costs: Costs, field: str) -> bool:
    return bool(getattr(costs, _CELLS[field]) != DEFAULTS[field])


def _blamed(costs: Costs, invalid: Invalid) -> Invalid:
    """The refusal at its field, or at another if this one stands as it started and could not do better."""
    field, partner = invalid.field, _PARTNERS[invalid.field]
    order = (field, partner, *(each for each in DEFAULTS if each not in (field, partner)))
    changed = [each for each in order if _changed(costs, each)]
    mending = [each for each in changed if not _fails(costs, field, each)]
    at = (mending or changed)[0]
    if at == field or str(invalid) == _FAR:
        return Invalid(str(invalid), at)
    right = {"cost_tn": ("true negative", "false positive"), "cost_tp": ("true positive", "false negative")}
    this, other = right.get(at, ("", ""))
    if not this:
        return Invalid(str(invalid), at)
    value = f"{getattr(costs, _CELLS[at]):.15g}"
    return Invalid(f"A {this} costs {value}, and a {other} must cost more: write less here, or raise the other.", at)


def _fails(costs: Costs, field: str, default: str) -> bool:
    """Whether the refusal at `field` stays when `default` is put back to what it started with."""
    try:
        reasonable(costs._replace(**{_CELLS[default]: DEFAULTS[default]}))
    except Invalid as invalid:
        return invalid.field == field
    return False


def is_trivial(found: Policy) -> bool:
    """Whether a policy needs no model: it flags all cases or none."""
    return found.threshold in (inf, -inf) or found.flagged in (0.0, 1.0)
