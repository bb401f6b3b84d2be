"""The answer in words: the claim, the option to take instead, and four lines that never move."""

from __future__ import annotations

from typing import NamedTuple

from app.calculators.pruning.decide import Decision, Judgement
from app.calculators.pruning.goal import pace
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.quality import nearest_quality, unchanged
from app.calculators.pruning.question import Question
from app.calculators.pruning.show.figures import Show, capacity, cut_name, duration, links, machines, quoted
from app.calculators.pruning.software import DEPENDS, Support, standing
from app.vocabulary.calculator import Finding, Line, Link, nameless


class Verdict(NamedTuple):
    """The claim, the option to take instead, and the four lines."""

    claim: Line
    better: Line
    findings: tuple[Finding, ...]


def verdict(result: Result, decision: Decision, show: Show) -> Verdict:
    """The answer for what was chosen."""
    judged = decision.judged
    return Verdict(
        _claim(result, decision, show),
        _better(result, decision, show),
        (
            Finding("Memory", judged.memory.sign, _memory(result, show, judged.memory.why)),
            Finding("Speed", judged.speed.sign, _speed(result, decision, show)),
            Finding("Quality", judged.quality.sign, _quality(result, judged.quality, show)),
            Finding("Software", judged.software.sign, _software(result.chosen)),
            *_goal(result, decision, show),
        ),
    )


# --- the claim ---


def _claim(result: Result, decision: Decision, show: Show) -> Line:
    """What was chosen, in the one respect that counts most: whether it fits, else its speed, else its bytes."""
    chosen, why = result.chosen, decision.judged.speed.why
    what, where = cut_name(chosen, result), machines(result.question)
    if decision.judged.memory.why == "too big":
        more = ", and neither does the dense model" if decision.baseline_fits is False and chosen.key != "dense" else ""
        return (f"{what} does not fit on {where}{more}.",)
    if unchanged(chosen):
        return (f"Nothing is pruned: this is the dense model on {where}.",)
    if why == "not known":
        return (f"Whether {what} gains anything on {where} is not known.",)
    if why == "slower":
        return (f"{what} makes a request slower on {where}: about ", show.ratio(pace(chosen)), " the speed of dense.")
    if chosen.served is None and why != "same":
        return (f"{what}: ", *_phases(chosen, result, show), f" the speed of dense on {where}.")
    if why != "same":
        return (f"{what} answers a request about ", show.ratio(pace(chosen)), f" as fast on {where}.")
    if chosen.device_bytes >= result.dense.device_bytes:
        return (f"{what} saves no memory and no time on {where}.",)
    return (
        f"{what} takes ",
        show.bytes(chosen.device_bytes),
        " of weights instead of ",
        show.bytes(result.dense.device_bytes),
        f", and saves no time on {where}.",
    )


_WHY_NONE = {
    "fastest": "No other option that fits and runs is faster here.",
    "close": "No other option is faster by more than a rounding.",
    "as dense": "No other option gains anything here.",
    "beyond published": "What would be faster was published only with more loss, or with training afterwards.",
    "usable beyond published": "What fits and runs was published only with more loss, or with training afterwards.",
    "unpublished": "Of what would be faster no quality was published.",
    "goal kept": "What would be faster does not reach the goal.",
    "none fits": "No option that software runs fits: take fewer requests, a shorter context or more devices.",
    "none runs": "No software in use is known to run any of the options here.",
}


_DENSE_INSTEAD = {
    "goal": "The dense model reaches the goal.",
    "fits": "The dense model fits.",
    "runs": "The dense model is what software runs here.",
}


def _better(result: Result, decision: Decision, show: Show) -> Line:
    """The option to take instead, or why there is none."""
    found = decision.better
    if found is None:
        return (_WHY_NONE.get(decision.why, ""),)
    if found.key == "dense":
        return (_DENSE_INSTEAD.get(decision.why, "The dense model is faster here."),)
    what, fast = cut_name(found, result), pace(found)
    quality = nearest_quality(found, result.question)
    keeps = ""
    if quality is not None and quality.near and found.pruning == "dense":
        keeps = ", with little loss of quality"
    speed: Line = ("about ", show.ratio(fast), " as fast as dense")
    if found.served is None:
        speed = (*_phases(found, result, show), " the speed of dense")
    if decision.why == "fits":
        return (f"{what} fits, at ", *speed, f"{keeps}.")
    if decision.why == "runs":
        return (f"{what} is what software runs here, at ", *speed, f"{keeps}.")
    if decision.why == "goal":
        return (f"{what} reaches the goal, at ", *speed, f"{keeps}.")
    return (f"{what} does more: ", *speed, f"{keeps}.")


# --- the four lines ---


def _memory(result: Result, show: Show, why: str) -> Line:
    chosen, dense = result.chosen.fit, result.dense.fit
    needed = show.bytes(chosen.needed)
    room = capacity(result)
    if chosen.memory is None or room is None:
        return (needed, " needed; how much memory the device has is not known.")
    where = f"on {machines(result.question)}"
    if why == "too big":
        also = dense.needed > room and result.chosen.key != "dense"
        more: Line = (" Dense needs ", show.bytes(dense.needed), " and does not either.") if also else ()
        return (needed, " needed, ", show.bytes(room), f" there: does not fit {where}.", *more)
    said: Line = (needed, " of ", show.bytes(room), f": fits {where}.")
    if why == "dense":
        return said
    if why == "dense does not":
        return (*said, " Dense needs ", show.bytes(dense.needed), " and does not.")
    return (*said, " Dense needs ", show.bytes(dense.needed), "." if why == "saves" else ", no less.")


def _speed(result: Result, decision: Decision, show: Show) -> Line:
    """The whole request, likely, and its ends; what differs between the phases; and the trap, if there is one."""
    chosen, why = result.chosen, decision.judged.speed.why
    found, basis = chosen.served, "dense"
    if decision.baseline_fits is False:
        basis = "what dense would take if it fitted"
    if unchanged(chosen):
        return ("a request takes ", duration(found.request_us.likely), ".") if found else (_NO_TIMES,)
    if found is None:
        likely = ("likely ", *_phases(chosen, result, show), f" the speed of {basis}; {_NO_TIMES}")
        return (*likely, *_trap(chosen, result.question, show, why))
    said: Line = ("a request takes ", duration(found.request_us.likely), ", likely ", show.ratio(found.speedup.likely))
    if found.speedup.low != found.speedup.high:
        said += (" (", show.ratio(found.speedup.low), " to ", show.ratio(found.speedup.high), ")")
    said += (f" the speed of {basis}." if basis == "dense" else f" of {basis}.",)
    if why in ("prefill slower", "decode slower"):
        said += (" Prefill ", show.ratio(chosen.prefill.likely), ", decode ", show.ratio(chosen.decode.likely), ".")
    return (*said, *_trap(chosen, result.question, show, why))


_NO_TIMES = "the page has no times for this model or device."


def _phases(option: Option, result: Result, show: Show) -> Line:
    """The likely speed of each phase, or of the one pass of a model that writes no tokens."""
    if result.question.model.kind != "decoder":
        return (show.ratio(pace(option)),)
    return (show.ratio(option.prefill.likely), " in prefill and ", show.ratio(option.decode.likely), " in decode,")


def _trap(chosen: Option, question: Question, show: Show, why: str) -> Line:
    """What looks like a gain and is none."""
    if ":" in chosen.pruning and not chosen.runs_24:
        return (f" {chosen.prefill.basis}",)
    if chosen.pruning == "unstructured" and chosen.paper_flops < chosen.executed_flops:
        gone = show.share(1 - chosen.paper_flops / chosen.dense_flops)
        return (" On paper ", gone, " of the operations are gone; dense kernels execute them all.")
    if why == "may be slower":
        return (" It can be slower than dense.",)
    whole, cut = question.model.shape, chosen.model.shape
    if whole and cut and cut.experts < whole.experts:
        return (" A token still passes as many experts: only many concurrent requests read fewer of them.",)
    return ()


def _goal(result: Result, decision: Decision, show: Show) -> tuple[Finding, ...]:
    """A fifth line where a goal is set: what of the chosen pattern reaches it, or what stops it."""
    if decision.goal_met is None:
        return ()
    from app.calculators.pruning.show.goal import note  # by those who have a goal, and by nobody else

    # The figures have their names at the field, and once is enough.
    words = nameless(note(result, decision, show))
    asked = decision.target is not None and not decision.target.why_not
    return (Finding("Goal", "unknown" if not asked else "good" if decision.goal_met else "bad", words),)


_SAID = {
    "unchanged": "unchanged: no weight is touched.",
    "no figure": "nobody published a figure for it.",
}


def _quality(result: Result, judgement: Judgement, show: Show) -> Line:
    """The nearest published figure, and how much it is worth here."""
    found = nearest_quality(result.chosen, result.question)
    if found is None:
        return (_SAID.get(judgement.why, _SAID["no figure"]),)
    there = found.quality
    trained = "retrained" if there.retrained else "not retrained"
    cut = (" at ", show.share(there.sparsity)) if there.sparsity and result.chosen.removed_params else ()
    said: Line = (*quoted(there), f": {there.model}, {there.method}", *cut, f", {trained}")
    if judgement.why == "smaller cut":
        said += ("; a larger cut was not published",)
    elif judgement.why == "not together":
        said += ("; with the quantization as well, nothing was published",)
    elif judgement.why == "others lost more":
        said += ("; others lost more",)
    elif found.differences:
        said += (f"; different here: {found.differences[0]}",)
    return (*said, " (", Link(there.source.title, there.source.url), ").")


def _software(chosen: Option) -> Line:
    """What runs it today, and what no longer does."""
    found = chosen.runs_on
    gone = next((each for each in found if each.status in ("removed", "ended", "refuses")), None)
    said: Line = (_runs(found),)
    if gone is None:
        return said
    return (*said, f" {gone.engine}: {gone.says[:1].lower()}{gone.says[1:]}, ", *links((gone.source,)), ".")


def _runs(found: tuple[Support, ...]) -> str:
    """What runs an option with what it should gain; else what may, or why nothing does."""
    status, each = standing(found)
    engines = ", ".join(each)
    if status == "runs":
        return f"{engines} {'run' if ',' in engines or ' and ' in engines else 'runs'} it."
    return {
        DEPENDS: f"depends on the GPU: {engines}.",
        "not known": "what runs it on this device is not known.",
        "research": f"no engine in use gains from it; research: {engines}.",
        "none": "no engine in use gains from it.",
    }[status]
