"""What the speeds rest on, and what was published nearby: speed-ups, qualities, methods."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum
from typing import TYPE_CHECKING

from app.calculators.pruning.data.tables import Source, constant, source_of
from app.calculators.pruning.data.tables import rows as read_rows
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import Show, duration, links, name, passes
from app.calculators.pruning.speed.devices import Device
from app.calculators.pruning.speed.engines import NAMES, Engine
from app.calculators.pruning.speed.laws.ranges import Range
from app.vocabulary.calculator import Line, Row, Table
from app.vocabulary.quantity import show_count, show_ratio, show_share, show_typed, signed

if TYPE_CHECKING:
    from app.calculators.pruning.speed.evidence.edge import Edge, Timed
    from app.calculators.pruning.speed.evidence.published import Quality
    from app.calculators.pruning.speed.evidence.recovery import Recovery, Trained


def speeds(result: Result, show: Show) -> Table:
    """Why these speeds: low, likely, high, and what each rests on."""

    def row(each: Option, phase: str, speed: Range) -> Row:
        times: Line = ()
        if speed.before and speed.after:
            times = (" ", duration(fsum(speed.before)), " before, ", duration(fsum(speed.after)), " after. ")
        return Row(
            (f"{name(each, result)}, {phase}",),
            (
                (show.ratio(speed.low),),
                (show.ratio(speed.likely, how=passes(speed)),),
                (show.ratio(speed.high),),
                (speed.basis, *times, " ", *links(speed.sources)),
            ),
            chosen=each is result.chosen,
        )

    return Table(
        "Why these speeds",
        ("Option and phase", "Low", "Likely", "High", "What the figure rests on"),
        lambda: (
            row(each, phase, speed)
            for each in result.options[1:]
            for phase, speed in (("prefill", each.prefill), ("decode", each.decode))
        ),
        notes=(
            (
                f"The dense model’s regimes: {result.dense.prefill.regime}; {result.dense.decode.regime}. Every"
                " roofline here has the constants fitted to ",
                *links((constant("power", "gemm").source,)),
                ".",
                *_on(result.question.device.engine),
            ),
        ),
    )


def _on(engine: Engine | None) -> Line:
    """What an engine other than the one that was fitted means for the ranges."""
    if engine is None:
        return ()
    return (
        f" What a pass takes beside its matrices, and what kernels reach, is that of {NAMES[engine.key]}; gains were"
        " timed in vLLM and in products alone, and the ranges are of those.",
    )


def stands_for(option: Option, dtype: str) -> tuple[str, str, str]:
    """What stands for an option where results are looked up: its key, the type in whatever layout, and words on what is
    missing there.

    Nobody has published pruning followed by quantization together, but for 2:4 on 4-bit weights.
    """
    dtype = types()[dtype].base
    first, _, then = option.key.partition("+")
    if not then or option.key == "int4+2:4":
        return option.key, dtype, ""
    if ":" in then:
        return then, first, f"the pattern alone, {first.upper()} on both sides"
    return first, dtype, "the cut alone, not quantized" if first == "structured" else "the zeros alone, not quantized"


def evidence(result: Result, show: Show) -> Table:
    """The published speed-ups nearest to each speed, and what was different there."""

    def rows() -> Iterator[Row]:
        from app.calculators.pruning.speed.evidence.speedups import (
            nearest,  # its data is read when a table first shows it
        )

        question = result.question
        for each in result.options[1:]:
            key, dtype, not_both = stands_for(each, question.dtype)
            for run, speed in zip(question.runs, (each.prefill, each.decode), strict=True):
                found = nearest(key, run._replace(dtype=dtype), each.sparsity, 2, question.pattern, question.keep.part)
                said = show.speed(speed)
                label: Line = (f"{name(each, result)}, {run.phase}",)
                chosen = each is result.chosen
                if not_both or not any(one.near for one in found):
                    none: Line = (
                        "Nothing near was published, so the page extrapolates" + ("; the nearest:" if found else "."),
                    )
                    yield Row(label, (said, (), none, ()), chosen=chosen)
                for one in found:
                    there = one.measurement
                    where = ", ".join(filter(None, (there.model, there.device, there.dtype.upper())))
                    where += f" ({there.note})" if there.note else ""
                    cells: tuple[Line, ...] = (
                        said,
                        (show.ratio(there.speedup),),
                        (where + _other(not_both, *one.differences),),
                        _cited(there.source),
                    )
                    yield Row(label, cells, chosen=chosen)

    return Table(
        "Published speed-ups nearest to these",
        ("Option and phase", "Here", "Measured", "On what", "Source"),
        rows,
        intro="Others’ measurements, nearest first, with what differs from your inputs.",
        notes=(
            (
                "The speeds here are those of “Why these speeds”, by constants fitted to ",
                *links((constant("power", "gemm").source,)),
                ".",
            ),
            *filter(None, (_small(result.question.device),)),
        ),
    )


def _small(device: Device) -> Line:
    """Where to look for devices that no row speaks of."""
    if device.maker in ("nvidia", "amd"):
        return ()
    return ("For phones, microcontrollers and CPUs see “Pruning on small devices”: no model stands behind that table.",)


def _other(*differences: str) -> str:
    said = ", ".join(filter(None, differences))
    return f"; different here: {said}" if said else ""


def _cited(source: Source) -> Line:
    """A source and the place in it."""
    return (*links((source,)), f", {source.locator}" if source.locator else "")


def quality(result: Result, _show: Show) -> Table:
    """The published qualities nearest to each option."""

    def rows() -> Iterator[Row]:
        from app.calculators.pruning.speed.evidence.quality import quality as published

        question = result.question
        for each in result.options[1:]:
            key, _, not_both = stands_for(each, question.dtype)
            found = published(key, question.model, each.sparsity, question.pattern, 3, question.keep.part)
            chosen = each is result.chosen
            if not found:
                yield Row((name(each, result),), (("no published figure",), (), (), ()), chosen=chosen)
            for one in found:
                there = one.quality
                cells: tuple[Line, ...] = (
                    (f"{there.model}, {_how(there)}{_other(not_both and 'not quantized', *one.differences)}",),
                    (there.metric,),
                    (_change(there),),
                    _cited(there.source),
                )
                yield Row((name(each, result),), cells, chosen=chosen)

    return Table(
        "Published quality nearest to these",
        ("Option", "Model and method", "Metric", "Dense to pruned", "Source"),
        rows,
        intro="Nobody can compute the quality of your model: these are the nearest published cases.",
    )


def _how(there: Quality) -> str:
    """What was done to a model: of which part, and whether it was trained afterwards."""
    said = there.option != "structured" or there.pattern in there.method
    part = "" if said or not there.pattern else f" ({there.pattern})"
    return f"{there.method}{part}, {'retrained' if there.retrained else 'not retrained'}"


def _change(there: Quality | None) -> str:
    """A quality, dense to pruned; a dash where it was not measured."""
    if there is None:
        return "–"
    change = signed(show_typed(there.delta))
    if there.dense is None or there.pruned is None:
        return change
    return f"{show_typed(there.dense)} to {show_typed(there.pruned)} ({change})"


def tasks(result: Result, _show: Show) -> Table:
    """Qualities of one pruned model side by side, by task."""

    def rows() -> Iterator[Row]:
        from app.calculators.pruning.speed.evidence.quality import by_task

        question = result.question
        for each in result.options[1:]:
            key, _, not_both = stands_for(each, question.dtype)
            for one in by_task(key, question.model, each.sparsity, question.pattern, part=question.keep.part):
                there = one.quoted.quality
                cells: tuple[Line, ...] = (
                    (f"{there.model}, {_how(there)}{_other(not_both and 'not quantized', *one.quoted.differences)}",),
                    (_change(one.perplexity),),
                    (_change(one.mmlu),),
                    (_change(one.gsm8k),),
                    (f"{one.others[0].metric}: {_change(one.others[0])}" if one.others else "–",),
                    links(found.source for found in one.all),
                )
                yield Row((name(each, result),), cells, chosen=each is result.chosen)

    return Table(
        "Published quality, task by task",
        ("Option", "Model and method", "Perplexity", "MMLU", "GSM8K", "The worst of the others", "Source"),
        rows,
        intro="The same pruned model, dense to pruned, by task: knowledge may stay where arithmetic is gone.",
    )


def recovery() -> Table:
    """What training after pruning brought back, by tokens, and what it cost."""

    def rows() -> Iterator[Row]:
        from app.calculators.pruning.speed.evidence.recovery import recoveries

        for each in recoveries():
            cells: tuple[Line, ...] = (
                (each.method,),
                (each.metric if each.metric != "cost only" else "–",),
                (_number(each.dense),),
                (_number(each.untrained),),
                ("; ".join(map(_after, each.after)),),
                (_hours(each),),
                (each.note,),
                _cited(each.source),
            )
            yield Row((f"{each.model} to {each.pruned_to}",), cells)

    return Table(
        "Published recovery by training afterwards",
        ("Model", "How", "Metric", "Dense", "Before training", "After training", "GPU-hours", "Note", "Source"),
        rows,
        intro="Pruned, then trained on so many tokens. A dash is what the source does not state.",
    )


def _number(value: float | None) -> str:
    return "–" if value is None else show_typed(value)


def _after(each: Trained) -> str:
    """A metric with the tokens it took."""
    tokens = f"{show_count(each.tokens_b * 1e9)} tokens" if each.tokens_b else ""
    if each.recovered is None:
        return tokens or "–"
    return f"{show_typed(each.recovered)}{f' ({tokens})' if tokens else ''}"


def _hours(each: Recovery) -> str:
    """What the training cost, in the order of the tokens."""
    if not any(one.gpu_hours for one in each.after):
        return "–"
    return "; ".join(_number(one.gpu_hours) for one in each.after) + f" ({each.gpu})"


def edge() -> Table:
    """What pruning gained on phones, microcontrollers and CPUs."""

    def rows() -> Iterator[Row]:
        from app.calculators.pruning.speed.evidence.edge import edges

        for each in edges():
            cells: tuple[Line, ...] = (
                (each.network or "–",),
                (each.pattern,),
                (_gained(each),),
                ("; ".join(show_ratio(one.smaller) for one in each.timed if one.smaller) or "–",),
                _cited(each.source),
            )
            yield Row((f"{each.device}, {each.framework}",), cells)

    return Table(
        "Pruning on small devices",
        ("Device and framework", "Network", "What was done", "Speed against dense", "File smaller", "Source"),
        rows,
        intro="Published timings on phones, microcontrollers, NPUs and CPUs. No model stands behind them: none of the "
        "speeds above speaks of these devices.",
    )


def _gained(each: Edge) -> str:
    """What was timed at each share of zeros, and what else is known."""
    timed = "; ".join(filter(None, map(_timed, each.timed)))
    return f"{timed}; {each.note}" if timed and each.note else timed or f"no figures: {each.note}"


def _timed(each: Timed) -> str:
    """A speed-up with the share of zeros it was measured at; nothing where none was published."""
    if each.speedup is None:
        return ""
    return show_ratio(each.speedup) + (f" at {show_share(each.sparsity)}" if each.sparsity else "")


def methods() -> Table:
    """What published methods prune, and what they leave."""
    return Table(
        "What published methods prune, and what they leave",
        ("Method", "Prunes", "Leaves dense", "Source"),
        lambda: (
            Row((each["method"],), ((each["prunes"],), (each["leaves"],), links((source_of(each),))))
            for each in read_rows("methods.csv")
        ),
    )
