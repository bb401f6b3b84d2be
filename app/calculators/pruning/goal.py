"""The inverse of the page: what of an option must change to reach a goal, and what stops the one that cannot.

Nothing here is a formula turned round: an answer is found by pricing the option, as often as it takes, at other values
of one input. What an answer says can be typed into the page, and meets the goal there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import inf
from typing import Literal, NamedTuple

from app.calculators.pruning.model.cuts import Amount, Keep
from app.calculators.pruning.options import Option, Result, fitted
from app.calculators.pruning.options import option as priced
from app.calculators.pruning.quality import nearest_perplexity, unchanged
from app.calculators.pruning.question import GoalKind, Question
from app.calculators.pruning.speed.evidence.published import qualities

Dial = Literal["sparsity", "layers", "experts", "bits", "none"]
"""The input that is turned: the sparsity, the layers or the experts that stay, the bits; none of 2:4."""


# --- what is to be reached ---


class Target(NamedTuple):
    """A goal with the figure that it asks for, in the units of `question.Goal`; `why_not` says what makes it one that
    nothing can be asked of: `memory not known`, `no times`, `no tokens`, or `no perplexity` of this kind of model.
    """

    kind: GoalKind
    value: float
    why_not: str = ""


_USUAL_SPEED, _USUAL_LOSS = 2.0, 1.0


def target(result: Result) -> Target | None:
    """What is to be reached; None without a goal. Unless a target is written: to fit on these devices, a request in
    half the time, twice the tokens per second, the first token in half the time, half the parameters, one point of
    perplexity.
    """
    question, dense = result.question, result.dense
    goal = question.goal
    if goal is None:
        return None
    why_not, served = "", dense.served
    if goal.kind == "fit" and not (goal.target or question.memory_bytes):
        why_not = "memory not known"
    elif goal.kind == "throughput" and question.model.kind != "decoder":
        why_not = "no tokens"
    elif goal.kind in ("throughput", "first-token") and served is None:
        why_not = "no times"
    elif goal.kind == "quality" and not _perplexities(question):
        why_not = "no perplexity"
    usual = {
        "fit": question.memory_bytes or 0.0,
        "speed": _USUAL_SPEED,
        "throughput": 2 * served.tokens_per_second.likely if served and served.tokens_per_second else 0.0,
        "first-token": served.first_token_us.likely / 2e6 if served else 0.0,
        "params": question.model.total // 2,
        "quality": _USUAL_LOSS,
    }
    return Target(goal.kind, usual[goal.kind] if goal.target is None else goal.target, why_not)


def _perplexities(question: Question) -> bool:
    """Whether any perplexity was published of this kind of model."""
    return any(each.lower_is_better and each.kind == question.model.kind for each in qualities())


def pace(option: Option) -> float:
    """The likely speed of a whole request against the dense model; where no roofline gives times, that of the slower
    phase.
    """
    return option.served.speedup.likely if option.served else min(option.prefill.likely, option.decode.likely)


def slowest(option: Option) -> float:
    """The low end of `pace`; where no roofline gives times, the lower one of the two phases."""
    return option.served.speedup.low if option.served else min(option.prefill.low, option.decode.low)


def met(option: Option, question: Question, wanted: Target) -> bool:
    """Whether an option, as it is priced for a question, reaches what is wanted."""
    kind, value, why_not = wanted
    if why_not:
        return False
    if kind == "fit":
        return option.fit._replace(memory=value, overhead=question.overhead.bytes(value)).fits
    if kind == "speed":
        return pace(option) >= value
    if kind == "params":
        return option.remaining_params <= value
    if kind == "quality":
        return loss(option, question) <= value
    served = option.served
    if kind == "first-token":
        return served is not None and served.first_token_us.likely <= value * 1e6
    return served is not None and served.tokens_per_second is not None and served.tokens_per_second.likely >= value


def loss(option: Option, question: Question) -> float:
    """Points of perplexity that were lost by the nearest published case of at least this cut; infinite without one."""
    if unchanged(option):
        return 0.0
    found = nearest_perplexity(option, question)
    return found.quality.delta if found else inf


# --- the ways there ---


class Way(NamedTuple):
    """An option, and what of it is turned: through `steps`, from the least that is taken away to the most. A step is a
    sparsity in thousandths, or a number of layers, experts or bits that stay.
    """

    name: str
    dial: Dial
    question: Question
    steps: tuple[int, ...] | range

    def at(self, step: int) -> Question:
        """The question with that step."""
        if self.dial == "sparsity":
            return self.question._replace(sparsity=step / 1000)
        if self.dial == "none":
            return self.question
        if self.dial == "bits":
            return self.question._replace(quantize="8-bit" if step == 8 else "4-bit")
        whole, amount = self.question.keep, Amount(number=step)
        kept = whole._replace(layers=amount) if self.dial == "layers" else whole._replace(experts=amount)
        return self.question._replace(keep=kept)

    def fields(self, step: int) -> dict[str, str]:
        """What is typed into the form for that step."""
        typed: dict[str, str] = {"structure": self.question.structure, "quantize": self.at(step).quantize}
        if self.question.structure == "structured":
            typed |= dict.fromkeys(Keep._fields[:-1], "all")
        if self.dial == "sparsity":
            typed["sparsity"] = f"{step / 10:g}%"
        elif self.dial in ("layers", "experts"):
            typed[self.dial] = str(step)
        return typed


class Answer(NamedTuple):
    """What a goal takes of one way: the first step that meets it, of a quality the last, and the option there. `step`
    is None where none does, and the option that of the step that comes closest.
    """

    way: Way
    step: int | None
    option: Option

    @property
    def value(self) -> float | None:
        """The sparsity, the number of layers or experts that stay, or the bits of the type; None where none does, 0 for
        the dense model, of which nothing need go.
        """
        if self.step is None:
            return None
        if self.way.dial == "sparsity":
            return self.step / 1000
        if self.way.dial != "none":
            return float(self.step)
        if self.option.pruning != "dense":
            return self.option.sparsity
        return 0.0


_THOUSANDTHS = range(1001)


def ways(result: Result) -> tuple[Way, ...]:
    """Every option, with what can be turned of it; what is chosen among them."""
    question = result.question
    whole = question._replace(keep=Keep(multiple=question.keep.multiple), quantize="none")
    found = [
        Way("unstructured", "sparsity", whole._replace(structure="unstructured"), _THOUSANDTHS),
        Way("2:4", "none", whole._replace(structure="2:4"), (0,)),
    ]
    if question.structure == "n:m":
        found.append(Way("n:m", "none", whole._replace(structure="n:m"), (0,)))
    structured = whole._replace(structure="structured")
    found.append(Way("structured", "sparsity", structured, _THOUSANDTHS))
    shape = question.model.shape
    if shape and shape.layers > 1:
        found.append(Way("layers", "layers", structured, range(shape.layers, 0, -1)))
    if shape and shape.experts > max(1, shape.experts_per_token):
        found.append(
            Way("experts", "experts", structured, range(shape.experts, max(1, shape.experts_per_token) - 1, -1))
        )
    dense, pattern = whole._replace(structure="dense"), whole._replace(structure="2:4")
    found += [
        Way("8-bit", "bits", dense, (8,)),
        Way("4-bit", "bits", dense, (4,)),
        Way("8-bit+2:4", "none", pattern._replace(quantize="8-bit"), (0,)),
        Way("4-bit+2:4", "none", pattern._replace(quantize="4-bit"), (0,)),
        Way("structured+4-bit", "sparsity", structured._replace(quantize="4-bit"), _THOUSANDTHS),
    ]
    chosen = way_chosen(question)
    listed = any((each.dial, each.question) == (chosen.dial, chosen.question) for each in found)
    return tuple(found if listed or question.structure == "dense" else [*found, chosen])


def way_chosen(question: Question) -> Way:
    """What can be turned of the option that is chosen."""
    whole = question._replace(keep=Keep(multiple=question.keep.multiple))
    if question.structure == "dense" and question.quantize != "none":
        return Way("dense", "bits", whole, (8, 4))
    name = question.structure if question.quantize == "none" else f"{question.structure}+{question.quantize}"
    shape, part = question.model.shape, question.keep.part
    if question.structure == "structured" and shape and part:
        dial: Dial = "layers" if part == "depth" else "experts"
        most, least = (shape.layers, 1) if part == "depth" else (shape.experts, max(1, shape.experts_per_token))
        return Way(name, dial, whole, range(most, least - 1, -1))
    if question.structure in ("unstructured", "structured"):
        return Way(name, "sparsity", whole, _THOUSANDTHS)
    return Way(name, "none", whole, (0,))


@lru_cache(maxsize=64)  # the verdict, the form and the table ask it of what is chosen
def answer(way: Way, wanted: Target) -> Answer:
    """What the goal takes of one way."""
    if wanted.kind == "quality":
        return _gentlest(way, wanted)

    def reached(place: int) -> bool:
        question = way.at(way.steps[place])._replace(ends=False)  # a goal is met by what is likely
        return met(priced(question), question, wanted)

    def at(place: int) -> Option:
        return priced(way.at(way.steps[place]))

    low, high = 0, len(way.steps) - 1
    if reached(low):
        return Answer(way, way.steps[low], at(low))
    if not reached(high):
        return Answer(way, None, at(high))
    while high - low > 1:  # the goal is missed at the low end, and met at the high one
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return Answer(way, way.steps[high], at(high))


def _gentlest(way: Way, wanted: Target) -> Answer:
    """The most that can be taken away while what was published stays within the loss that is allowed: nothing is known
    between two published sparsities.
    """
    last: Answer | None = None
    for step in _published(way) if way.dial == "sparsity" else way.steps:
        question = way.at(step)
        option = priced(question)
        if not met(option, question, wanted):
            return last or Answer(way, None, option)
        if option.removed_params or option.to:
            last = Answer(way, step, option)
    return last or Answer(way, None, priced(way.at(way.steps[-1])))


def _published(way: Way) -> list[int]:
    """The sparsities that a perplexity was published of, in thousandths."""
    found = {
        round(1000 * each.sparsity)
        for each in qualities()
        if each.option == way.question.structure
        and each.kind == way.question.model.kind
        and each.lower_is_better
        and each.sparsity
    }
    return sorted(found) or [1000]


def untouched(option: Option, question: Question, wanted: Target) -> float | None:
    """The share of the dense model's time that is spent outside the matrices which an option makes smaller or faster:
    of a whole request, or of the phase that is asked about. None where no roofline gives times, or where it is not that
    which stops the option: it gains nothing at all.
    """
    prefill, decode, served = option.prefill.before, option.decode.before, option.served
    if served is None or prefill is None or decode is None:
        return None
    further = question.output - 1 if served.per_token_us else 0
    times = {"first-token": (1, 0), "throughput": (0, 1)}.get(wanted.kind, (1, further))
    gain = {"first-token": option.prefill.likely, "throughput": option.decode.likely}.get(wanted.kind, pace(option))
    if gain < 1:
        return None
    blocks = prefill.blocks_us * times[0] + decode.blocks_us * times[1]
    rest = prefill.rest_us * times[0] + decode.rest_us * times[1]
    return 1 - (1.0 if option.to else question.share) * blocks / (blocks + rest)


# --- how much fits ---


def largest_batch(question: Question, option: Option) -> int | None:
    """The most requests at once for which an option fits, at this context; 0 where not even one does, None where the
    memory or the cache is not known or any number fits.
    """
    asked = question.workload
    return _most(option, lambda batch: question._replace(workload=asked._replace(batch=batch)), MOST_REQUESTS)


def longest_context(question: Question, option: Option) -> int | None:
    """The most tokens of context for which an option fits, at this number of requests at once; as `largest_batch`."""
    asked = question.workload
    return _most(option, lambda tokens: question._replace(workload=asked._replace(context=tokens)), MOST_TOKENS)


MOST_REQUESTS, MOST_TOKENS = 10**6, 10**8
"""The most that the page can be asked."""


def _most(option: Option, at: Callable[[int], Question], limit: int) -> int | None:
    """The largest number up to the limit that fits."""
    if option.fit.memory is None or not option.fit.cache:
        return None

    def fits(number: int) -> bool:
        return fitted(at(number), option.device, option.model, option.heads).fits

    low, high = 0, limit
    if fits(high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
