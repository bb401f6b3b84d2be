"""Cost matrices that no threshold serves, refused at the field that can mend them."""

from __future__ import annotations

from collections.abc import Mapping

from app.calculators.threshold_cost.cost import Costs, reasonable
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_typed

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
    order = (field, partner, *(other for other in DEFAULTS if other not in (field, partner)))
    changed = [candidate for candidate in order if _changed(costs, candidate)]
    mending = [candidate for candidate in changed if not _fails(costs, field, candidate)]
    blamed = (mending or changed)[0]
    if blamed == field or str(invalid) == _FAR or blamed not in _RIGHT:
        return Invalid(str(invalid), blamed)
    right, mistake = _RIGHT[blamed]
    value = show_typed(getattr(costs, _CELLS[blamed]))
    return Invalid(
        f"A {right} costs {value}, and a {mistake} must cost more: write less here, or raise the other.", blamed
    )


_RIGHT = {"cost_tn": ("true negative", "false positive"), "cost_tp": ("true positive", "false negative")}
"""By the field of a right answer its name, and that of the mistake that must cost more."""


def _fails(costs: Costs, field: str, reset: str) -> bool:
    """Whether the refusal at `field` stays when the field `reset` is put back to what it started with."""
    try:
        reasonable(costs._replace(**{_CELLS[reset]: DEFAULTS[reset]}))
    except Invalid as invalid:
        return invalid.field == field
    return False
