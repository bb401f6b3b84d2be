"""What the speeds rest on, and what was published nearby: speed-ups, qualities, methods."""

from __future__ import annotations

from collections.abc import Iterator
from math import fsum

from app.calculators.pruning.data.tables import Source, constant, source_of
from app.calculators.pruning.data.tables import rows as read_rows
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import Show, duration, links, name, passes
from app.calculators.pruning.speed.laws.ranges import Range
from app.vocabulary.calculator import Line, Row, Table
from app.vocabulary.quantity import show_typed, signed


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
            ),
        ),
    )


def _alone(option: Option, dtype: str) -> tuple[str, str, str]:
    """What stands for an option where results are looked up: its key, the type, and words on what is missing there.

    Nobody has published pruning followed by quantization together, but for 2:4 on 4-bit weights.
    """
    first, _, then = option.key.partition("+")
    if not then or option.key == "int4+2:4":
        return option.key, dtype, ""
    if then == "2:4":
        return then, first, f"2:4 alone, {first.upper()} on both sides"
    return first, dtype, "the cut alone, not quantized"


def evidence(result: Result, show: Show) -> Table:
    """The published speed-ups nearest to each speed, and what was different there."""

    def rows() -> Iterator[Row]:
        from app.calculators.pruning.speed.evidence.speedups import (
            nearest,  # its data is read when a table first shows it
        )

        question = result.question
        for each in result.options[1:]:
            key, dtype, alone = _alone(each, question.dtype)
            for run, speed in zip(question.runs, (each.prefill, each.decode), strict=True):
                found = nearest(key, run._replace(dtype=dtype), each.sparsity, 2, question.pattern)
                said = show.speed(speed)
                label: Line = (f"{name(each, result)}, {run.phase}",)
                chosen = each is result.chosen
                if alone or not any(one.near for one in found):
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
                        (where + _other(alone, *one.differences),),
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
        ),
    )


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
            key, _, alone = _alone(each, question.dtype)
            found = published(key, question.model, each.sparsity, question.pattern, 3)
            chosen = each is result.chosen
            if not found:
                yield Row((name(each, result),), (("no published figure",), (), (), ()), chosen=chosen)
            for one in found:
                there = one.quality
                change = signed(show_typed(there.delta))
                if there.dense is not None and there.pruned is not None:
                    change = f"{show_typed(there.dense)} to {show_typed(there.pruned)} ({change})"
                how = f"{there.method}, {'retrained' if there.retrained else 'not retrained'}"
                cells: tuple[Line, ...] = (
                    (f"{there.model}, {how}{_other(alone and 'not quantized', *one.differences)}",),
                    (there.metric,),
                    (change,),
                    _cited(there.source),
                )
                yield Row((name(each, result),), cells, chosen=chosen)

    return Table(
        "What it did to quality elsewhere",
        ("Option", "Model and method", "Metric", "Dense to pruned", "Source"),
        rows,
        intro="Nobody can compute the quality of your model: these are the nearest published cases.",
    )


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
