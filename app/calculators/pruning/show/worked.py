"""The worked example: every step from the parameters to the speed-ups, with the numbers in place."""

from __future__ import annotations

from app.calculators.pruning.model.flops import Flops
from app.calculators.pruning.model.memory import (
    STATE_BITS,
    cache_values,
    kept_values,
    state_values,
    tokens_kept,
)
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import Show, duration, format_name, groups_of
from app.calculators.pruning.speed.laws.ranges import Range
from app.calculators.pruning.stored import Bytes
from app.vocabulary.calculator import Figure, Line, Step
from app.vocabulary.quantity import show_bytes, show_bytes_binary


def steps(result: Result, show: Show) -> tuple[Step, ...]:
    """The steps for what was chosen."""
    chosen, dense = result.chosen, result.dense
    executed = show.share(chosen.executed_flops / chosen.dense_flops)
    return (
        _parameters_step(result, show),
        _bytes_step("Bytes of the dense model", result, dense, dense.device, show),
        _bytes_step("Bytes on disk", result, chosen, chosen.disk, show),
        _bytes_step("Bytes on the device", result, chosen, chosen.device, show),
        *_cache_step(result, show),
        Step(
            "Operations per token, dense",
            "2 × active weights in the blocks + 2 × weights in the head + attention over the context",
            _summed(chosen.dense.token, show),
            (show.flops(chosen.dense_flops),),
        ),
        Step(
            "Operations per token, on paper",
            "the same sum, less every zero",
            _summed(chosen.paper.token, show),
            (show.flops(chosen.paper_flops),),
        ),
        Step(
            "Operations per token, executed",
            "the same sum, less what the kernel really skips",
            _summed(chosen.executed.token, show),
            (show.flops(chosen.executed_flops), ", ", executed, " of dense"),
        ),
        _speed_step("Prefill speed-up", chosen.prefill, show),
        _speed_step("Decode speed-up", chosen.decode, show),
    )


def _parameters_step(result: Result, show: Show) -> Step:
    """Parameters left: counted from the shape after a cut, else by the formula of the page."""
    chosen, params = result.chosen, result.question.model.total
    left = _left(chosen, params, show)
    if result.cut and result.cut.parts and chosen.pruning == "structured":
        words = "attention + MLP + experts + embedding + head + other, counted from the shape after the cut"
        return Step("Parameters left", words, _plus(show, *result.cut.parts[:6]), left)
    prunable = show.share(result.question.groups.pruned / params)
    return Step(
        "Parameters left",
        "P × (1 − c × s), with c the prunable share and s the sparsity",
        (show.exact(params), " × (1 − ", prunable, " × ", show.share(chosen.sparsity), ")"),
        left,
    )


def _left(chosen: Option, params: int, show: Show) -> Line:
    """Parameters that remain, and those that do not."""
    return (
        show.exact(chosen.remaining_params),
        " parameters; ",
        show.exact(chosen.removed_params),
        " or ",
        show.share(chosen.removed_params / params),
        " are removed",
    )


def _plus(show: Show, *parts: float) -> Line:
    line: Line = ()
    for part in parts:
        if part:
            line += (*((" + ",) if line else ()), show.exact(part))
    return line or (show.exact(0),)


def _summed(flops: Flops, show: Show) -> Line:
    return (show.flops(flops.blocks), " + ", show.flops(flops.head), " + ", show.flops(flops.attention))


def _bytes_step(label: str, result: Result, option: Option, held: Bytes, show: Show) -> Step:
    """Bytes as the sum of what is pruned, what is only linear, and the rest, each weights × bits / 8."""
    groups, kept = groups_of(result.question.groups, option, result.question.model.total)
    parts: Line = ()
    for size, taken in (
        (groups.pruned * kept, held.pruned),
        (groups.linear, held.linear),
        (groups.rest, held.rest),
    ):
        if size:
            parts += (*((" + ",) if parts else ()), show.exact(size), " × ", show.bits(8 * taken / size), " / 8")
    return Step(
        label if held.format == "dense" else f"{label}: {format_name(held.format)}",
        "weights × bits per weight / 8, for the pruned part and for what stays as it is",
        parts or (show.exact(0),),
        (
            show.exact(held.total),
            " bytes, ",
            Figure(held.total, show_bytes(held.total)),
            " or ",
            Figure(held.total, show_bytes_binary(held.total)),
        ),
    )


def _cache_step(result: Result, show: Show) -> tuple[Step, ...]:
    question, model = result.question, result.chosen.model
    cache = result.chosen.fit.cache
    if model.shape is None or model.kind != "decoder" or cache is None:
        return ()
    asked, shape, state = question.workload, model.shape, state_values(model.shape)
    values: Line = (show.exact(tokens_kept(shape, asked.context)), " × ", show.exact(cache_values(shape)))
    words = "concurrent requests × tokens kept, summed over the layers × values per token and layer × bits / 8"
    if shape.kinds or shape.modules:
        values = (show.exact(kept_values(shape, asked.context)),)
        words = "concurrent requests × values kept, summed over the layers × bits / 8"
    more: Line = ()
    if state:
        words += ", and concurrent requests × values of state × their bits / 8"
        more = (" + ", show.exact(asked.batch), " × ", show.exact(state), " × ", show.bits(STATE_BITS), " / 8")
    return (
        Step(
            "KV cache and state" if state else "KV cache",
            words,
            (show.exact(asked.batch), " × ", *values, " × ", show.bits(asked.kv_bits), " / 8", *more),
            (show.exact(cache), " bytes, ", show.bytes(cache)),
        ),
    )


def _speed_step(label: str, speed: Range, show: Show) -> Step:
    ends: Line = (
        "low ",
        show.ratio(speed.low),
        ", likely ",
        show.ratio(speed.likely),
        ", high ",
        show.ratio(speed.high),
    )
    if speed.before is None or speed.after is None:
        return Step(label, f"{speed.regime}: {speed.basis}", (), ends)
    return Step(
        label,
        f"{speed.regime}: (time in the blocks + the rest) before / the same after. {speed.basis}",
        (
            "(",
            duration(speed.before.blocks_us),
            " + ",
            duration(speed.before.rest_us),
            ") / (",
            duration(speed.after.blocks_us),
            " + ",
            duration(speed.after.rest_us),
            ")",
        ),
        ends,
    )
