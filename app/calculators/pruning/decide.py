"""The verdict, as a rule on computed values: what is good and bad of the chosen option, and which other one is better.

No words and no HTML: `show/verdict.py` says it. A better option is better by the page's own figures, fits, is run by
software in use, and goes no further than published cuts that did no harm.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from app.calculators.pruning.goal import Answer, Target, answer, met, pace, slowest, target, way_chosen
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.quality import covered, nearest_quality, unchanged
from app.calculators.pruning.question import Question
from app.calculators.pruning.software import DEPENDS, RUNNING
from app.calculators.pruning.speed.devices import supports_24
from app.calculators.pruning.speed.evidence.quality import TOLERABLE, lost

Sign = Literal["good", "mixed", "bad", "unknown"]


class Judgement(NamedTuple):
    """One line of the verdict: its sign, and why, in a word of the function that judges."""

    sign: Sign
    why: str


class Judged(NamedTuple):
    """What is good and bad of one option."""

    memory: Judgement
    speed: Judgement
    quality: Judgement
    software: Judgement


class Decision(NamedTuple):
    """The verdict. `judged` is the chosen option, against `baseline`, the dense model: where `baseline_fits` is False,
    a gain is one over what it would take if it fitted; it is None where the memory is not known.

    `better` is the option to take instead, because it `fits`, `runs`, meets the `goal` or is `faster`. It is None where
    the chosen one is the `fastest`, no other is faster by enough (`close`), neither it nor any other gains over the
    dense model (`as dense`), what does better goes beyond what was published without harm (`beyond published`, or
    `usable beyond published` where the chosen one cannot be used) or what was published at all (`unpublished`), what is
    faster does not reach the goal as it does (`goal kept`), `none fits` of those that run, or `none runs`: that
    is `why`.
    `fastest` and `smallest` are the best of those that fit and run, whatever was published; None where none does. With
    a goal: its `target`, whether the chosen option meets it, and what of the chosen option must change to meet it.
    """

    chosen: Option
    baseline: Option
    judged: Judged
    baseline_fits: bool | None
    better: Option | None
    why: str
    fastest: Option | None
    smallest: Option | None
    target: Target | None = None
    goal_met: bool | None = None
    answer: Answer | None = None


ENOUGH = 1.02
"""How much faster is faster: less would be rounding."""


def decide(result: Result) -> Decision:
    """The verdict on what was chosen."""
    able = [each for each in result.options if not too_big(each) and runs(each)]
    wanted = target(result)
    better, why = _better(result, able, wanted)
    return Decision(
        chosen=result.chosen,
        baseline=result.dense,
        judged=judge(result.chosen, result),
        baseline_fits=fits(result.dense),
        better=better,
        why=why,
        fastest=max(able, key=_speeds, default=None),
        smallest=min(able, key=lambda each: each.fit.needed, default=None),
        target=wanted,
        goal_met=met(result.chosen, result.question, wanted) if wanted else None,
        answer=answer(way_chosen(result.question), wanted) if wanted else None,
    )


def _better(result: Result, able: list[Option], wanted: Target | None) -> tuple[Option | None, str]:
    """The option to take instead, and why; or why there is none."""
    chosen, question = result.chosen, result.question
    others = [each for each in able if each.key != chosen.key]
    if wanted:
        reach = [each for each in others if met(each, question, wanted)]
        if usable(chosen) and met(chosen, question, wanted):
            if not any(faster(each, chosen) for each in reach) and any(faster(each, chosen) for each in others):
                return None, "goal kept"
            others = reach
        elif any(covered(each, question) for each in reach):
            return max((each for each in reach if covered(each, question)), key=_speeds), "goal"
    if usable(chosen):
        others = [each for each in others if faster(each, chosen)]
    sound = [each for each in others if covered(each, question)]
    if sound:
        return max(sound, key=_speeds), "faster" if usable(chosen) else "fits" if too_big(chosen) else "runs"
    if not others:
        return None, _why_none(result, able)
    if all(nearest_quality(each, question) is None for each in others):
        return None, "unpublished"
    return None, "beyond published" if usable(chosen) else "usable beyond published"


def _speeds(option: Option) -> tuple[float, float]:
    """What options are the fastest by: without times, of those whose slower phase is as fast, the one whose other phase
    is faster.
    """
    return pace(option), max(option.prefill.likely, option.decode.likely)


def _why_none(result: Result, able: list[Option]) -> str:
    """Why no other option would be better."""
    chosen = result.chosen
    others = [each for each in able if each.key != chosen.key]
    if not others:
        return "none fits" if any(map(runs, result.options)) else "none runs"
    if chosen.key != "dense" and not faster(chosen, result.dense) and not smaller(chosen, result.dense):
        return "as dense"
    return "close" if max(map(pace, others)) > pace(chosen) else "fastest"


# --- what an option is ---


def fits(option: Option) -> bool | None:
    """Whether the devices hold it; None where their memory is not known."""
    return None if option.fit.memory is None else option.fit.fits


def too_big(option: Option) -> bool:
    """Whether the devices are known not to hold it."""
    return fits(option) is False


def runs(option: Option) -> bool:
    """Whether software in use runs it on this device, in this type, with what it should gain."""
    return any(each.status in RUNNING for each in option.runs_on)


def loads(option: Option) -> bool:
    """Whether software runs it at all, be it as dense weights, or may: where that is not known it is not denied."""
    return any(each.status in (*RUNNING, DEPENDS, "no gain", "not known") for each in option.runs_on)


def usable(option: Option) -> bool:
    """Whether an option can be used as it stands."""
    return not too_big(option) and loads(option)


def faster(one: Option, other: Option) -> bool:
    """Whether one option answers a request in less time than another, by enough; without times, whether it is so in one
    phase and not slower in the other.
    """
    if one.served and other.served:
        return other.served.request_us.likely >= ENOUGH * one.served.request_us.likely
    gains = one.prefill.likely / other.prefill.likely, one.decode.likely / other.decode.likely
    return min(gains) >= 1 and max(gains) >= ENOUGH


def smaller(one: Option, other: Option) -> bool:
    """Whether one option needs less memory for weights and cache than another, by enough."""
    return other.fit.each - other.fit.overhead >= ENOUGH * (one.fit.each - one.fit.overhead)


# --- the four lines ---


def judge(option: Option, result: Result) -> Judged:
    """What is good and bad of an option."""
    return Judged(
        _memory(option, result.dense), _speed(option, result.question), _quality(option, result), _software(option)
    )


def _memory(option: Option, dense: Option) -> Judgement:
    """`too big`, `not known`; of what fits: it is `dense`, `dense does not`, it `saves`, the `same`, or `more`."""
    if fits(option) is None:
        return Judgement("unknown", "not known")
    if too_big(option):
        return Judgement("bad", "too big")
    if unchanged(option):
        return Judgement("good", "dense")
    if too_big(dense):
        return Judgement("good", "dense does not")
    if smaller(option, dense):
        return Judgement("good", "saves")
    return Judgement("mixed", "more" if smaller(dense, option) else "same")


def _speed(option: Option, question: Question) -> Judgement:
    """`faster`; `may be slower`, `prefill slower` or `decode slower` where that is not all; `same` as the dense model,
    `slower`, or `not known`.
    """
    if unchanged(option):
        return Judgement("mixed", "same")
    if option.pruning in ("2:4", "n:m") and supports_24(question.device, option.dtype) is None:
        return Judgement("unknown", "not known")
    likely = pace(option)
    if likely < 1 / ENOUGH:
        return Judgement("bad", "slower")
    gains = option.served is None and max(option.prefill.likely, option.decode.likely) >= ENOUGH
    if likely < ENOUGH and not gains:
        return Judgement("bad", "same")
    for phase, found in (("prefill", option.prefill), ("decode", option.decode)):
        if found.likely < 1 / ENOUGH:
            return Judgement("mixed", f"{phase} slower")
    return Judgement("mixed", "may be slower") if slowest(option) < 1 else Judgement("good", "faster")


_LITTLE = 0.05
"""A loss of quality up to this share is little."""
_SAME_CUT = 0.05
"""A published cut that is smaller by no more than this stands for the one that is asked."""


def _quality(option: Option, result: Result) -> Judgement:
    """`unchanged`, `no figure`, `little` lost, `some`, `much`; or `little` `after training`, of a model `unlike`
    this, while `others lost more`, of a `smaller cut`, or of one `not together` with quantization; `not stated` where
    only that it changed was published.
    """
    if unchanged(option):
        return Judgement("good", "unchanged")
    quoted = nearest_quality(option, result.question)
    if quoted is None:
        return Judgement("unknown", "no figure")
    found, gone = quoted.quality, lost(quoted.quality)
    if gone is None:
        return Judgement("mixed", "not stated")
    if gone > TOLERABLE:
        return Judgement("bad", "much")
    if option.sparsity and found.sparsity and found.sparsity < option.sparsity - _SAME_CUT:
        return Judgement("unknown", "smaller cut")
    if gone > _LITTLE:
        return Judgement("mixed", "some")
    if found.retrained:
        return Judgement("mixed", "after training")
    if option.to and option.removed_params:
        return Judgement("mixed", "not together")
    if not covered(option, result.question):
        return Judgement("mixed", "others lost more")
    return Judgement("good", "little") if quoted.near else Judgement("mixed", "unlike")


def _software(option: Option) -> Judgement:
    """`runs`, `partial`, `depends` on the GPU, `not known`, `no gain` where it runs as dense weights, only in
    `research`, or in `none`.
    """
    found = {each.status for each in option.runs_on}
    if "runs" in found:
        return Judgement("good", "runs")
    for status, why in (("partial", "partial"), (DEPENDS, "depends")):
        if status in found:
            return Judgement("mixed", why)
    for status in ("research", "no gain"):
        if status in found:
            return Judgement("bad", status)
    return Judgement("unknown", "not known") if found == {"not known"} else Judgement("bad", "none")
