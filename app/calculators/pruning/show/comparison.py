"""All options side by side, the table that the page leads with."""

from __future__ import annotations

from functools import partial

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import Show, groups_of, links, name, operations, remaining, weights
from app.calculators.pruning.software import DEPENDS, RUNNING, Support
from app.calculators.pruning.speed.devices import arithmetic
from app.vocabulary.calculator import Line, Row, Table


def options(result: Result, show: Show) -> Table:
    """All options side by side."""
    workload = result.question.workload
    return Table(
        "Every option at these inputs",
        (
            "Option",
            "Parameters",
            "Weights on disk",
            "Weights on the device",
            "Operations per token",
            "Prefill",
            "Decode",
        ),
        lambda: map(partial(_row, result, show), result.options),
        intro="Speeds are against the dense model of the same weight type, from low to high.",
        folded=False,
        notes=(
            (
                "Prefill of ",
                show.exact(workload.prefill_tokens),
                " tokens; decode at batch ",
                show.exact(workload.batch),
                " with ",
                show.exact(workload.context),
                " tokens of context. ",
                *_sources(result),
            ),
        ),
    )


def _row(result: Result, show: Show, each: Option) -> Row:
    params, groups = result.question.model.total, result.question.groups
    left, kept = groups_of(groups, each, params)
    return Row(
        (name(each, result), *((", ", show.share(each.sparsity)) if each.sparsity else ())),
        (
            (show.short(each.remaining_params, how=remaining(groups, params, each)),),
            (show.bytes(each.disk_bytes, how=weights(left, each.disk, kept)),),
            (show.bytes(each.device_bytes, how=weights(left, each.device, kept)),),
            (show.flops(each.executed_flops, how=operations(each.executed.token, show.macs)),),
            show.speed(each.prefill),
            show.speed(each.decode),
        ),
        note=_runs_on(each.runs_on),
        chosen=each is result.chosen,
    )


def _sources(result: Result) -> Line:
    """Where the shape, the peaks and the constants of speed were read."""
    machine, model = result.question.device, result.question.model
    how = arithmetic(machine, result.question.dtype)
    found = [model.source, *([how.source] if how else []), constant("power", "gemm").source]
    return ("Read from: ", *links(found), ".")


def _runs_on(support: tuple[Support, ...]) -> Line:
    """The engines that run an option with a gain today, or what has become of them."""
    runs = [each.engine for each in support if each.status in RUNNING]
    if runs:
        return (f"runs on {', '.join(runs)}",)
    maybe = [each.engine for each in support if each.status == DEPENDS]
    if maybe:
        return (f"depends on the GPU: {', '.join(dict.fromkeys(maybe))}",)
    if all(each.status == "not known" for each in support):
        return ("what runs it here is not known",)
    research = [each.engine for each in support if each.status == "research"]
    return (f"no engine in use gains; research: {', '.join(research)}" if research else "no engine in use gains",)
