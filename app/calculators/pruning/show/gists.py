"""The main figure of a folded table, for its title: who reads the titles knows whether to open one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.decide import Decision
from app.calculators.pruning.model.storage import by_key
from app.calculators.pruning.options import Result
from app.calculators.pruning.quality import nearest_quality
from app.calculators.pruning.show.figures import Show, capacity, cut_name, duration, machines, quoted
from app.calculators.pruning.software import RUNNING
from app.vocabulary.calculator import Line
from app.vocabulary.quantity import show_share


def gists(result: Result, decision: Decision, show: Show) -> Mapping[str, Callable[[], Line]]:
    """What makes each of them, by the slug of its table."""
    makers = (
        room,
        fit,
        parts,
        formats,
        sizes,
        serving,
        roofline,
        speeds,
        quality,
        support,
        shape,
        work,
        validation,
    )
    made = {make.__name__: partial(make, result, show) for make in makers}
    return made | {"reach": partial(reach, decision)}


def reach(decision: Decision) -> Line:
    """Whether what was chosen meets the goal."""
    if decision.target is None:
        return ("no goal is set",)
    if decision.target.why_not:
        return ("no answer for this goal",)
    return ("your choice meets it" if decision.goal_met else "your choice does not meet it",)


def room(result: Result, _show: Show) -> Line:
    """What else fits beside it."""
    return (f"the largest batch and the longest context on {machines(result.question)}",)


def fit(result: Result, show: Show) -> Line:
    """What is to spare, or missing."""
    room, needed = capacity(result), result.chosen.fit.needed
    if room is None:
        return (show.bytes(needed), " needed")
    if needed > room:
        return (show.bytes(needed - room), " too much")
    return ("fits with ", show.bytes(room - needed), " to spare")


def parts(result: Result, show: Show) -> Line:
    """How much of the model is in its blocks."""
    model = result.question.model
    return (show.share(model.prunable), " in the blocks, ", show.share(1 - model.prunable), " elsewhere")


def formats(result: Result, show: Show) -> Line:
    """The smallest way to store what was chosen that software writes."""
    chosen, dense = result.chosen, result.dense.device_bytes
    label = by_key()[chosen.disk.format].label if chosen.disk.format in by_key() else chosen.disk.format
    return (f"{label}: ", show.bytes(chosen.disk_bytes), ", ", show.share(chosen.disk_bytes / dense), " of dense")


def sizes(result: Result, show: Show) -> Line:
    """What is left of the parameters."""
    return (show.short(result.chosen.remaining_params), " of ", show.short(result.question.model.total), " parameters")


def serving(result: Result, _show: Show) -> Line:
    """What a user waits for."""
    found = result.chosen.served
    if found is None:
        return ("no times here",)
    if found.per_token_us is None:
        return ("one pass ", duration(found.first_token_us.likely))
    return (
        "first token ",
        duration(found.first_token_us.likely),
        ", then ",
        duration(found.per_token_us.likely),
        " a token",
    )


def roofline(result: Result, _show: Show) -> Line:
    """What bounds each phase of the dense model."""
    bounds = [each.regime.rpartition(", ")[2] for each in (result.dense.prefill, result.dense.decode)]
    if not all(each.endswith("-bound") for each in bounds):
        return ("none here",)
    if result.question.model.kind != "decoder":
        return (bounds[0],)
    return (f"prefill {bounds[0]}, decode {bounds[1]}",)


def speeds(result: Result, show: Show) -> Line:
    """The ranges of what was chosen."""
    chosen = result.chosen
    if result.question.model.kind != "decoder":
        return ("one pass ", *show.speed(chosen.prefill))
    return ("prefill ", *show.speed(chosen.prefill), ", decode ", *show.speed(chosen.decode))


def quality(result: Result, _show: Show) -> Line:
    """The nearest published figure."""
    found = nearest_quality(result.chosen, result.question)
    if found is None:
        return ("nothing published near",)
    return (*quoted(found.quality), f", {found.quality.model}")


def support(result: Result, _show: Show) -> Line:
    """How many ways there are to run what was chosen today."""
    running = sum(each.status in RUNNING for each in result.chosen.runs_on)
    what = cut_name(result.chosen, result)
    return (f"{what}: {running} of {len(result.chosen.runs_on)} entries run it",)


def shape(result: Result, show: Show) -> Line:
    """What a structured cut takes away."""
    if result.cut is None:
        return ("no layers or widths are named",)
    return (show.share(1 - result.cut.total / result.question.model.total), " of the parameters go")


def work(result: Result, show: Show) -> Line:
    """What a token costs."""
    per = "token" if result.question.model.kind == "decoder" else "pass"
    return (show.flops(result.chosen.executed_flops), f" a {per} executed")


def validation(_result: Result, _show: Show) -> Line:
    """How far off the speeds were where nobody had fitted them."""
    off = constant("error", "prefill", held_out="model", statistic="median").value
    return (f"median error {show_share(off)} on held-out timings",)
