"""Fewer bits per weight: the dense model in another type, and 4-bit weights that also hold the 2:4 pattern."""

from __future__ import annotations

from functools import lru_cache
from math import fsum

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed.devices import Arithmetic, arithmetic
from app.calculators.pruning.speed.kernels import dense_kernel, widened
from app.calculators.pruning.speed.laws import two_four
from app.calculators.pruning.speed.laws.ranges import (
    Range,
    Span,
    amdahl,
    below,
    held_out,
    one_pass,
    same,
    scatter,
    slowed,
    sources,
    spread,
)
from app.calculators.pruning.speed.roofline import (
    Pass,
    Roof,
    blocks_us,
    ceiling,
    least_of_blocks,
    least_of_rest,
    moved,
    pass_of,
    regime,
    rest_of,
    roofs,
    roofs_of,
)
from app.calculators.pruning.speed.run import Run


@lru_cache(maxsize=512)
def speedup(run: Run, to: str) -> Range:
    """The dense model with its block matrices in type `to`, against the dense model in the run's own type."""
    if run.dtype == to:
        return same(run, f"The weights are {types()[to].name} already.")
    how, was = arithmetic(run.device, to), arithmetic(run.device, run.dtype)
    if how is None or was is None or not roofs(run.model):
        return _without_roofline(run, to, how, was)
    timed = how.timed and not how.weight_only
    found, passes = zip(*(_under(drawn, run, to, timed) for drawn in roofs_of(run)), strict=True)
    ends = spread(found)
    if how.weight_only:
        why = _of_widened(run, types()[how.dtype].name)
    else:
        why = f"{_arithmetic(to, how.dtype)}: the roofline at that peak."
    unseen = held_out(timed)
    why += f" The range is that of matrix products on a {unseen} that the fit has not seen."
    cited = sources(constant("power", "gemm"), constant("error", "gemm", held_out=unseen, statistic="p90"))
    cited = tuple(dict.fromkeys((*cited, how.source, was.source)))
    return Range(*ends, regime(run), one_pass(run) + why, cited, *passes[0])


AWQ_LOSES = 8
"""Concurrent requests with which INT4 AWQ lost to BF16 (NVIDIA Model-Optimizer's benchmark.md: 0.75× on an H200)."""


def _arithmetic(to: str, used: str) -> str:
    """In what the weights are, and in what they are multiplied."""
    names = [types()[each].name for each in (to, used if used in types() else to)]
    return (
        f"Weights and arithmetic in {names[0]}"
        if names[0] == names[1]
        else "Weights in {}, arithmetic in {}".format(*names)
    )


def _of_widened(run: Run, wide: str) -> str:
    """What weights of few bits do that are widened to be multiplied."""
    if run.kind == "prefill":
        low, high = (constant("widened_share", statistic=end).value for end in ("low", "high"))
        return (
            f"Each weight is widened to {wide} before it is multiplied, which makes long prompts slower than dense"
            f" ones: kernels were published at {low:.2f}× to {high:.2f}×."
        )
    why = f"Fewer bytes to read, arithmetic in {wide}: the roofline says how much."
    if run.workload.batch >= AWQ_LOSES:
        why += f" INT4 AWQ in TensorRT-LLM was slower than BF16 from {AWQ_LOSES} requests on."
    return why


def _under(drawn: Roof, run: Run, to: str, timed: bool) -> tuple[Span, tuple[Pass, Pass]]:
    """The range under one roofline, and the passes before and after."""
    least, most = scatter("gemm", timed, run.tokens)
    before, rest, kernel = pass_of(drawn, run), fsum(rest_of(drawn, run)), dense_kernel(run.device, to)
    ratios = [
        fsum(before) / (blocks_us(drawn, kernel._replace(ops_per_us=kernel.ops_per_us * each), run.tokens) + rest)
        for each in (widened(run.device, to, "low"), 1.0, widened(run.device, to, "high"))
    ]
    slowest, likely, fastest = ratios
    found = below(Span(min(slowest, likely * least), likely, max(fastest, likely * most)), _most(drawn, run, to))
    after = Pass(blocks_us(drawn, kernel, run.tokens), rest)
    return found, (before, slowed(after, likely / found.likely))


def _most(drawn: Roof, run: Run, to: str) -> float:
    """The most that another type can gain: the peak and the bytes of it. The head stays as it is."""
    rest = least_of_rest(drawn, run)
    return ceiling(least_of_blocks(drawn, run) + rest, least_of_blocks(drawn, run, to) + rest)


def _on_cpu(run: Run, to: str) -> Range:
    """Decode on a CPU, which waits for the bytes that it reads."""
    ratios = [moved(drawn, run) / moved(drawn, run, to) for drawn in roofs(run.model)]
    shares = [constant("cpu_bytes_share", statistic=each) for each in ("low", "median")]
    low, likely = (amdahl(each.value, ratios[0]) for each in shares)
    ends = Span(min(low, likely), likely, max(*ratios, likely))
    why = "A CPU waits for the bytes that it reads: the share of the time that llama.cpp’s smaller types saved."
    return Range(*ends, regime(run), one_pass(run) + why, sources(*shares))


def _without_roofline(run: Run, to: str, how: Arithmetic | None, was: Arithmetic | None) -> Range:
    if run.device.maker == "cpu" and run.kind == "decode" and roofs(run.model):
        return _on_cpu(run, to)
    if how is not None and was is not None and not how.weight_only:
        ratio = how.tflops / was.tflops
    elif run.kind == "decode":
        ratio = types()[run.dtype].bits / types()[to].bits
    else:
        ratio = 1.0
    usual = constant("fallback_share", run.kind)
    likely = amdahl(usual.value, ratio)
    why = "Extrapolated: no roofline here; a usual share of the time follows the peak or the bytes."
    ends = sorted((1.0, likely, ratio))
    return Range(ends[0], likely, ends[2], regime(run), why, sources(usual))


@lru_cache(maxsize=512)
def int4_24(run: Run) -> Range:
    """INT4 weights that also hold the 2:4 pattern: INT4 alone today, Marlin-24's gain at the high end."""
    plain = speedup(run, "int4")
    extra = two_four.speedup(run._replace(dtype="int4"), 1.0)
    return plain._replace(
        high=max(plain.high * extra.high, plain.likely),
        basis=f"{extra.basis} Without it, INT4 alone: {plain.basis}",
        sources=tuple(dict.fromkeys(plain.sources + extra.sources)),
    )
