"""All options side by side: the chart-table that the page leads with, and what else there is to know of each."""

from __future__ import annotations

import re
from functools import lru_cache, partial

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.decide import Decision, fits
from app.calculators.pruning.goal import pace, slowest
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.quality import nearest_perplexity, nearest_quality, unchanged
from app.calculators.pruning.show.evidence import stands_for
from app.calculators.pruning.show.figures import (
    Show,
    capacity,
    cut_name,
    groups_of,
    links,
    name,
    operations,
    quoted,
    remaining,
    requests,
    weights,
)
from app.calculators.pruning.software import DEPENDS, Support, standing
from app.calculators.pruning.speed.devices import arithmetic
from app.vocabulary.calculator import Axis, Figure, Line, Meter, Row, Spread, Table

AXIS = Axis(
    "Whole request against dense", 0.5, 8.0, ((0.5, "0.5"), (1.0, "1×"), (2.0, "2"), (4.0, "4"), (8.0, "8")), log=True
)
"""The same for every input, so that a range moves when its figures do, and at nothing else. What lies beyond stands at
an end.
"""


def options(result: Result, decision: Decision, show: Show, marked: bool = False) -> Table:
    """All options side by side; where it is `marked`, with what others measured."""
    workload = result.question.workload
    return Table(
        "Every option at these inputs",
        (
            "Option",
            "Memory needed",
            AXIS,
            "Likely",
            "Prefill",
            "Decode",
            "Quality, published",
            "Runs on",
        ),
        lambda: (_row(result, decision, show, each, marked) for each in result.options),
        folded=False,
        notes=(
            (
                "● likely, bar: low to high; ◇ measured elsewhere, near these inputs; ┃ what the devices hold."
                " Speeds are against the dense model of the same weight type; prefill of ",
                show.exact(workload.prefill_tokens),
                " tokens, decode of ",
                *requests(workload.batch),
                " with ",
                show.exact(workload.context),
                " tokens of context. ",
                *_sources(result),
            ),
        ),
    )


def _row(result: Result, decision: Decision, show: Show, each: Option, marked: bool) -> Row:
    return Row(
        (cut_name(each, result),),
        (
            _memory(result, show, each),
            _spread(result, each, marked),
            (show.ratio(pace(each)),),
            (show.ratio(each.prefill.likely),),
            (show.ratio(each.decode.likely),),
            _quality(result, each),
            (_runs_on(each.runs_on),),
        ),
        note=(_note(each, result),),
        chosen=each is result.chosen,
        key=each.key,
        sets=_sets(each),
        tags=_tags(each, decision),
    )


def _sets(each: Option) -> tuple[tuple[str, str], ...]:
    """The fields that choose an option."""
    to = {"": "none", "int4": "4-bit"}.get(each.to, "8-bit")
    return (("structure", each.pruning), ("quantize", to))


def _tags(each: Option, decision: Decision) -> tuple[str, ...]:
    """What an option is the best at, of those that fit and run."""
    return tuple(
        words
        for words, best in (("fastest that runs", decision.fastest), ("smallest that runs", decision.smallest))
        if best is each
    )


_NOTES = {
    "dense": "the model as it is",
    "unstructured": "zeros stay in the tensors",
    "2:4": "two of every four weights",
    "n:m": "weights kept in every group",
    "structured": "a smaller dense model",
}


def _note(each: Option, result: Result) -> str:
    """What an option is, in a few words."""
    if not each.to:
        return _NOTES[each.pruning]
    arithmetic_too = each.to in ("int8", "fp8") and each.to in result.question.device.peaks
    done = "weights and activations" if arithmetic_too else "weights only"
    return done if each.pruning == "dense" else f"{_NOTES[each.pruning]}, then {done}"


def _memory(result: Result, show: Show, each: Option) -> Line:
    """What is needed, as a bar against what there is."""
    room, most = capacity(result), max(one.fit.needed for one in result.options)
    said: Line = (Meter(each.fit.needed, max(most, room or 0.0), room), show.bytes(each.fit.needed))
    # A figure too, so that it is taken back with the other.
    return (*said, " ", Figure(0.0, "does not fit")) if fits(each) is False else said


def _spread(result: Result, each: Option, marked: bool) -> Line:
    """The range of the whole request, and what others measured."""
    # Where there are no times to add up it ends where the slower phase does.
    whole = each.served.speedup if each.served else min((each.prefill, each.decode), key=lambda one: one.likely)
    marks = _measured(result, each) if marked else ()
    return (Spread(slowest(each), pace(each), whole.high, AXIS, marks),)


def _measured(result: Result, each: Option) -> tuple[float, ...]:
    """Published speed-ups of whole models near this option, in either phase."""
    from app.calculators.pruning.speed.evidence.speedups import nearest  # its data comes later

    if each.key == "dense":
        return ()
    question = result.question
    key, dtype, not_both = stands_for(each, question.dtype)
    if not_both:
        return ()
    found = (
        one
        for run in question.runs
        for one in nearest(key, run._replace(dtype=dtype), each.sparsity, 2, question.pattern, question.keep.part)
    )
    return tuple(
        dict.fromkeys(one.measurement.speedup for one in found if one.near and one.measurement.level == "end_to_end")
    )


def _quality(result: Result, each: Option) -> Line:
    """The nearest published figure in short; the line of the verdict and the tables below say of what."""
    if unchanged(each):
        return ("unchanged",)
    # Perplexity where there is one, so that the column can be read down.
    found = nearest_perplexity(each, result.question) or nearest_quality(each, result.question)
    if found is None:
        return ("no figure",)
    return (*quoted(found.quality), "" if found.near else ", another model")


@lru_cache(maxsize=128)
def _runs_on(support: tuple[Support, ...]) -> str:
    """The engines that run an option with a gain today, or what has become of them."""
    status, engines = standing(support)
    if status == "runs":
        return ", ".join(list(dict.fromkeys(short for each in engines for short in _short(each)))[:3])
    said = {DEPENDS: "depends on the GPU: ", "not known": "not known here", "research": "research only: "}
    return said.get(status, "no engine in use gains") + ", ".join(engines)


def _short(engines: str) -> list[str]:
    """The names of engines, without how they do it: the software table says that.

    >>> _short("vLLM and others through Marlin, GPTQ, AWQ"), _short("llama.cpp (GGUF Q4_K_M)"), _short("vLLM, PyTorch")
    (['vLLM'], ['llama.cpp'], ['vLLM', 'PyTorch'])
    """
    if engines.startswith("Any engine"):
        return ["any engine"]
    return re.split(r" \(| and others| through| with ", engines)[0].split(", ")


def sizes(result: Result, show: Show) -> Table:
    """Parameters, bytes and operations of all options."""
    return Table(
        "Parameters, bytes and operations of every option",
        (
            "Option",
            "Parameters",
            "Weights on disk",
            "Weights on the device",
            "Operations per token",
            "Prefill",
            "Decode",
        ),
        lambda: map(partial(_sizes_row, result, show), result.options),
        intro="Speeds are against the dense model of the same weight type, from low to high.",
        notes=(_sources(result),),
    )


def _sizes_row(result: Result, show: Show, each: Option) -> Row:
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
        chosen=each is result.chosen,
    )


def _sources(result: Result) -> Line:
    """Where the shape, the peaks and the constants of speed were read."""
    machine, model = result.question.device, result.question.model
    how = arithmetic(machine, result.question.dtype)
    found = [model.source, *([how.source] if how else []), constant("power", "gemm").source]
    return ("Read from: ", *links(found), ".")
