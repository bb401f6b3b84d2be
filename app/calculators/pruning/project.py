"""What a pruning project costs, and after how many months it has paid for itself.

Pruned weights are trained again before they serve. Published recoveries say on how many tokens; a few of them say in
how many GPU-hours, from which a rate follows: hours for a billion tokens and a billion parameters. Pruning itself and
quantization take minutes to hours, which are counted as nothing. Comes with the later part of the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from math import inf, log2
from typing import NamedTuple

from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.money import HOURS_PER_MONTH, device_seconds, listed, placed
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.speed.evidence.published import family
from app.calculators.pruning.speed.evidence.recovery import Recovery, recoveries
from app.calculators.pruning.speed.laws.ranges import Span

TRAINED_ON = "H100"
"""The GPU whose hours are counted, as `recovery.csv` names it; `_LISTED` is what is listed of it."""
_LISTED = "h100-sxm"

_NOT_A_DEMONSTRATION = 1.0
"""Billions of tokens below which a recovery is no end of the range where others took more: it shows that training
starts to help.
"""

_OTHER_FAMILY, _PER_SHARE = 2.0, 4.0
"""How far another family is, and by how much another share removed, in doublings of the size."""


class Rate(NamedTuple):
    """GPU-hours for 10⁹ tokens and 10⁹ parameters, and the recoveries that say so: the first is what is likely."""

    hours: Span
    of: tuple[Recovery, ...]


class Effort(NamedTuple):
    """What is trained: GPU-hours, and where they were not the visitor's own, the tokens, the recovery nearest to what
    is asked where it was not the visitor who named the tokens, and the rate.
    """

    hours: Span
    tokens: Span | None = None
    nearest: Recovery | None = None
    rate: Rate | None = None


def pruned(option: Option) -> bool:
    """Whether something was pruned away that training would bring back."""
    return option.removed_params > 0


def effort(result: Result, option: Option) -> Effort | None:
    """What is trained before the option serves; None where no recovery like it was published."""
    budget, model = result.question.budget, result.question.model
    asked = budget and budget.training
    if not pruned(option):
        return Effort(Span(0.0, 0.0, 0.0))
    if asked and asked.hours is not None:
        return Effort(Span(*[asked.hours] * 3))
    nearest = None
    if asked and asked.tokens is not None:
        tokens = Span(*[asked.tokens] * 3)
    else:
        alike = _alike(option)
        if model.kind != "decoder" or not alike:
            return None
        nearest = min(alike, key=lambda each: (_away(each, model, option), -_most(each)))
        tokens = _published(alike, nearest)
    trained, active = trained_params(option, model)
    if not tokens.high or not active:  # no tokens, or nothing left to train
        return Effort(Span(0.0, 0.0, 0.0), tokens)
    found = rate(active < trained, trained / active)
    hours = Span(*(one * each / 1e9 * active / 1e9 for one, each in zip(tokens, found.hours, strict=True)))
    return Effort(hours, tokens, nearest, found)


def trained_params(option: Option, model: Model) -> tuple[float, float]:
    """The parameters that are trained, and those of them that work on a token. Zeros are kept in place, a smaller model
    has none.
    """
    left = option.model
    total = option.remaining_params if "structured" in option.key.split("+") else float(model.total)
    return total, total * left.active_share


@cache
def rate(experts: bool, total_per_active: float = 1.0) -> Rate:
    """Hours on a TRAINED_ON by 10⁹ active parameters: of a dense model, or of one with `experts`.

    Three sizes of one dense model say how far off it is to go from one size to another. Of models with experts one rate
    is published: whether it goes with the active parameters or with all of them is the width of its range.
    """
    known = _rated(recoveries())
    own = next(each for each in known if each.gpu == TRAINED_ON and _experts(each) == experts)
    series = [each for each in known if each.gpu != TRAINED_ON]
    by_size = [_hours_each(each) for each in series]
    off = max(by_size) / min(by_size)
    likely = _hours_each(own)
    ends = [likely]
    if experts:
        ends.append(likely * (own.active_b or 0.0) / (own.trained_b or 1.0) * total_per_active)
    return Rate(Span(min(ends) / off, likely, max(ends) * off), (own, *series))


def _rated(every: Iterable[Recovery]) -> tuple[Recovery, ...]:
    """The recoveries whose source states tokens, parameters and the hours of a GPU, one for each model."""
    found: dict[tuple[str, str], Recovery] = {}
    for each in every:
        last = each.after[-1]
        if last.tokens_b and last.gpu_hours and each.active_b and "unstated" not in each.gpu:
            found.setdefault((each.model, each.pruned_to), each)
    return tuple(found.values())


def _experts(each: Recovery) -> bool:
    return each.active_b != each.trained_b


def _hours_each(each: Recovery) -> float:
    """GPU-hours for 10⁹ tokens and 10⁹ active parameters."""
    last = each.after[-1]
    return (last.gpu_hours or 0.0) / (last.tokens_b or 1.0) / (each.active_b or 1.0)


def _alike(option: Option) -> tuple[Recovery, ...]:
    """The recoveries of the same pattern that state their tokens and what came back; another N:M is as 2:4."""
    parts = option.key.split("+")
    wanted = "2:4" if "n:m" in parts else next((each for each in parts if each in _PATTERNS), "")
    of_it = [each for each in recoveries() if each.option == wanted and each.after[-1].tokens_b]
    return tuple(each for each in of_it if each.metric != "cost only") or tuple(of_it)


_PATTERNS = ("unstructured", "2:4", "structured")


def _most(each: Recovery) -> float:
    return each.after[-1].tokens_b or 0.0


def _away(each: Recovery, model: Model, option: Option) -> float:
    """How far a recovery is from what is asked: by family, size, and the share removed."""
    far = 0.0 if family(each.model) == family(model.name) else _OTHER_FAMILY
    far += abs(log2(each.dense_b * 1e9 / max(model.total, 1)))
    if each.option != "structured":
        return far
    gone = 1 - each.trained_b / each.dense_b if each.trained_b else 0.0
    return far + _PER_SHARE * abs(gone - option.removed_params / model.total)


def _published(alike: tuple[Recovery, ...], nearest: Recovery) -> Span:
    """Tokens: the most of the nearest recovery, and the fewest and the most of all that are no demonstrations."""
    every = [one.tokens_b for each in alike for one in each.after if one.tokens_b]
    ends = [each for each in every if each >= _NOT_A_DEMONSTRATION] or every
    likely = _most(nearest)
    return Span(*(each * 1e9 for each in (min(*ends, likely), likely, max(*ends, likely))))


# --- in money ---


def training_price(result: Result) -> Span | None:
    """What an hour of training costs: as typed, the price of the device where the hours are its own, else what the GPU
    is listed at. None where that is in another currency or no price was typed.
    """
    question = result.question
    budget = question.budget
    if budget is None:
        return None
    own_hours = budget.training is not None and budget.training.hours is not None
    if budget.training_price:
        return Span(*[budget.training_price.amount] * 3)
    if own_hours or question.device.key == _LISTED:
        return Span(*[budget.price.amount] * 3)
    found = [each.each for each in listed(_LISTED)]
    middle = len(found) // 2
    # `statistics.median` would cost the page its import.
    return Span(found[0], (found[middle] + found[~middle]) / 2, found[-1]) if budget.sign == "$" else None


def project_cost(result: Result, option: Option) -> Span | None:
    """What is spent before the option serves; None where no recovery like it was published or no price is known."""
    work = effort(result, option)
    if work is None or result.question.budget is None:
        return None
    if not work.hours.high:
        return Span(0.0, 0.0, 0.0)
    price = training_price(result)
    return price and Span(*(hours * each for hours, each in zip(work.hours, price, strict=True)))


def break_even_months(cost: Span, saved: Span) -> Span:
    """Months until what is saved has paid for the project: 0 where it costs nothing, infinite where nothing is saved.

    >>> break_even_months(Span(100.0, 200.0, 300.0), Span(-10.0, 20.0, 50.0))
    Span(low=2.0, likely=10.0, high=inf)
    """
    return Span(*(_paid(one, each) for one, each in zip(cost, reversed(saved), strict=True)))


def _paid(cost: float, saved: float) -> float:
    return cost / saved if saved > 0 else inf


def load_that_pays(result: Result, option: Option, within_months: float) -> Span | None:
    """Requests per second from which the project has paid for itself in so many months, devices counted in fractions:
    infinite where a request takes no less of a device. None where its cost or a time is not known.
    """
    question, spent = result.question, project_cost(result, option)
    before, after = placed(question, result.dense), placed(question, option)
    if question.budget is None or spent is None or before is None or after is None:
        return None
    dense = device_seconds(before, question).likely
    paid = question.budget.price.amount * HOURS_PER_MONTH * within_months
    every = zip(spent, device_seconds(after, question), strict=True)
    return Span(*(_paid(cost, (dense - one) * paid) for cost, one in every))
