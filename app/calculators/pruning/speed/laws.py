"""How much faster: a range for prefill and decode, by one law for each way to prune.

A speed-up is dense time over pruned time: below 1 is slower. The times are those of `roofline`, the constants stand in
`fitted.csv` and `speed.csv` with their sources.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import exp, fsum, hypot, log
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, constant, constants
from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.model.storage import NM, types
from app.calculators.pruning.speed.devices import Arithmetic, Device, arithmetic, supports_24
from app.calculators.pruning.speed.roofline import (
    Pass,
    Phase,
    Workload,
    blocks_us,
    dense_kernel,
    every_fitted,
    fitted,
    power_of,
    regime,
    rest_us,
    roof,
    roofs,
    scatter,
    sparse24_kernel,
    stand_ins,
    tokens_of,
)


class Range(NamedTuple):
    """A speed-up: low, likely and high; the regime it holds in; why, in one sentence; where that was read.

    Where a roofline was drawn, `before` and `after` are the passes that `likely` is the ratio of.
    """

    low: float
    likely: float
    high: float
    regime: str
    basis: str
    sources: tuple[Source, ...] = ()
    before: Pass | None = None
    after: Pass | None = None


def _sources(*keys: str) -> tuple[Source, ...]:
    seen: dict[Source, None] = {}
    for key in keys:
        seen[constants()[key].source] = None
    return tuple(seen)


def same(where: str, why: str, *keys: str) -> Range:
    """Exactly the dense speed: there is nothing to gain or to lose."""
    return Range(1.0, 1.0, 1.0, where, why, _sources(*keys))


def _amdahl(share: float, gain: float) -> float:
    return 1 / (1 - share + share / gain)


def _spread(found: Iterable[tuple[float, float, float]]) -> tuple[float, float, float]:
    """One range from those of the model or of its stand-ins: the first is likely, the widest ends count."""
    lows, likely, highs = zip(*found, strict=True)
    return min(lows), likely[0], max(highs)


_ALMOST_ALL = 0.99
"""No speed is promised for more than this share gone: a model of nothing would be infinitely fast."""


@lru_cache(maxsize=1024)
def _computed_in(machine: Device, dtype: str) -> str:
    """A sentence when the device does not compute in the weights' own type; empty when it does."""
    how = arithmetic(machine, dtype)
    if how is None or how.dtype == dtype:
        return ""
    if how.weight_only:
        wide = how.dtype.upper()
        return f" {types()[dtype].label} weights are widened to {wide} to compute on {machine.name}."
    return f" No verified {dtype.upper()} peak for {machine.name}: that of {how.dtype.upper()} is used."


def _phase_of(model: Model, phase: Phase) -> Phase:
    """A model that does not generate has no decode: its one forward pass is timed as prefill."""
    return phase if model.kind == "decoder" else "prefill"


_NO_DECODE = "This model writes no tokens, so decode is its one forward pass. "


TWO_FOUR = NM(2, 4)

FEWEST_TIMED = {"prefill": 512, "decode": 64}
"""The smallest passes among the timings that the roofline was fitted to."""


@lru_cache(maxsize=512)
def sparse24(
    model: Model,
    machine: Device,
    dtype: str,
    share: float,
    phase: Phase,
    work: Workload,
    pattern: NM = TWO_FOUR,
) -> Range:
    """2:4, or a milder `pattern` rewritten as 2:4, on the share of the block matrices that is pruned."""
    where = regime(model, machine, dtype, phase, work)
    how = arithmetic(machine, dtype)
    if dtype == "int4" and how is not None and supports_24(machine, "fp16") and machine.maker == "nvidia":
        if phase == "prefill" or model.kind != "decoder":
            why = "No software runs 2:4 on 4-bit weights today: vLLM and torchao removed it."
            return same(where, why, "marlin_24.gain")
        return Range(
            1.0,
            1.0,
            _amdahl(share, constant("marlin_24.gain")),
            where,
            "No software runs 2:4 on 4-bit weights today; the high end is Marlin-24, since removed.",
            _sources("marlin_24.gain"),
        )
    if how is None or not how.supports_24:
        if not machine.has_24:
            why = f"{machine.name} has no 2:4 hardware: the zeros are computed like any weight."
        elif dtype == "fp32":
            why = "FP32 has no 2:4 path: the hardware offers only a 1:2 pattern in TF32."
        else:
            kind = types()[dtype].label
            why = f"No 2:4 path for {kind} on {machine.name}: the zeros are computed like any weight."
        return same(where, why)._replace(sources=(machine.source,) if machine.source.url else ())
    if share == 0:
        return same(where, "Nothing is pruned.")
    actual = _phase_of(model, phase)
    tokens = tokens_of(actual, work)
    timed = how.timed
    least, most = scatter(actual, timed, tokens)
    # What is not pruned is not uncertain either.
    least, most = 1 - share * (1 - least), 1 + share * (most - 1)
    own = fitted(machine, how.dtype)
    # Nobody has timed 2:4 of this maker: any of the gains that were timed may be its own.
    others = every_fitted(how.dtype) if machine.maker == "amd" else ()
    cited = ("gemm.p", f"range.{actual}.{'model' if timed else 'device'}.more.low")
    if not roofs(model):
        fraction = share * constant("prefill.fallback_share")
        gains = [_amdahl(fraction, one.gain_24) for one in (own, *others)]
        why = "No roofline for a CNN: a usual share of the time gains what a 2:4 matrix product gains."
        low, high = min(gains) * least, max(gains) * most
        return Range(low, gains[0], high, where, why, _sources("prefill.fallback_share", *cited))
    found, passes = [], []
    # Time of host and layers was fitted to vLLM, decoders, and so many tokens: the best case of all else leaves it out.
    few = tokens < FEWEST_TIMED[actual]
    at_best = 1.0 if model.kind == "decoder" and not few else 0.0
    for drawn in roofs(model):
        before = blocks_us(drawn, dense_kernel(machine, dtype), tokens)
        rest = fsum(rest_us(drawn, machine, actual, work))
        left = [
            share * blocks_us(drawn, sparse24_kernel(machine, dtype, one), tokens, stretch=pattern.stretch_24)
            + (1 - share) * before
            for one in (None, *others)
        ]
        passes.append((Pass(before, rest), Pass(left[0], rest)))
        likely, worst = (before + rest) / (left[0] + rest), (before + rest) / (max(left) + rest)
        best = (before + rest * at_best) / (min(left) + rest * at_best)
        found.append((worst * least, likely, max(likely, best) * most))
    low, likely, high = _spread(found)
    if machine.maker == "amd":
        low = min(low, 1.0)
    odd = f"products_24.{machine.key}.{how.dtype}"
    scattered = f"{odd}.low" in constants() and how.evidence != "own"
    drawn_passes: tuple[Pass, ...] = passes[0]
    if scattered and likely > constant(f"{odd}.high"):
        likely, drawn_passes = constant(f"{odd}.high"), ()
    if scattered:
        low = min(low, likely, constant(f"{odd}.low"))
    why = _NO_DECODE if actual != phase else ""
    if how.dtype == "fp4":
        why += "FP4 wants its zeros in pairs (4 of 8): an element-wise 2:4 checkpoint cannot be used. "
    if scattered:
        ends = f"{constant(f'{odd}.low'):.2f}× and {constant(f'{odd}.high'):.2f}×"
        why += f"Most large 2:4 products timed here lay between {ends} dense: too scattered to fit."
    else:
        why += _how_sure(machine, how, actual)
    if model.kind != "decoder":
        why += " Host time is that of decoders in vLLM; the high end has none."
    elif few:
        why += f" Passes below {FEWEST_TIMED[actual]} tokens were not timed: the high end has no host time."
    if model.shape is None:
        why += f" Shape unknown: drawn for {stand_ins(model.total)[0].name} and its neighbours, scaled."
    elif model.shape.experts:
        why += " No published 2:4 timing for a mixture of experts."
    why += _computed_in(machine, dtype)
    sources = tuple(dict.fromkeys((*_sources(*cited), how.source)))
    return Range(low, likely, high, where, why, sources, *drawn_passes)


def _how_sure(machine: Device, how: Arithmetic, phase: Phase) -> str:
    """Whose timings stand behind a roofline, and how wide that makes its range."""
    evidence = how.evidence
    if evidence == "own":
        own = machine.timed[how.dtype]
        return (
            f"Calibrated with your own timings of {own.products:,} products in {how.dtype.upper()}, half of whose"
            f" speed-ups it meets within {own.error:.0%}; " + _holds(phase, "model")
        )
    if machine.maker == "amd":
        return "Extrapolated: 2:4 peaks without published timings; the range spans all measured gains."
    if evidence == "measured":
        return "Roofline fitted to timings on this GPU; " + _holds(phase, "model")
    if evidence == "near":
        return "Roofline fitted to a GPU of the same silicon; " + _holds(phase, "model")
    return "Extrapolated: no published timing on this GPU and type; " + _holds(phase, "device")


def _holds(phase: Phase, split: str) -> str:
    error = constant(f"error.{phase}.{split}.median")
    return f"the range holds 85 % of timings on a {split} it has not seen, half of them within {error:.0%}."


@lru_cache(maxsize=512)
def patterned(
    model: Model, machine: Device, dtype: str, pattern: NM, share: float, phase: Phase, work: Workload
) -> Range:
    """An N:M pattern that is not 2:4: nothing in engines today; a research kernel that rewrites it as 2:4 marks the
    high end.
    """
    plain = sparse24(model, machine, dtype, share, phase, work, pattern)
    none = f"No hardware has {pattern.words}: engines multiply by its zeros."
    if plain.high <= 1 or dtype == "int4" or pattern.stretch_24 >= 2:
        return same(plain.regime, none)
    why = (
        f"{none} The high end is SlideSparse, a research kernel that rewrites it as 2:4 with longer rows. {plain.basis}"
    )
    return Range(1.0, 1.0, max(1.0, plain.high), plain.regime, why, plain.sources)


def unstructured(
    model: Model, machine: Device, dtype: str, sparsity: float, share: float, phase: Phase, work: Workload
) -> Range:
    """Scattered zeros: nothing in mainstream engines; research kernels and a former CPU engine mark the high
    end.
    """
    where = regime(model, machine, dtype, phase, work)
    if machine.maker == "cpu":
        high = max(1.0, 1 / (1 - sparsity * share + constant("cpu_sparse.offset")))
        if sparsity == 0:
            high = 1.0
        why = "No engine in use skips scattered zeros; the high end is DeepSparse, which ended 2025-06."
        return Range(1.0, 1.0, high, where, why, _sources("cpu_sparse.offset"))
    narrow = types()[dtype].bits == 16 and machine.maker == "nvidia"
    if phase == "prefill" or model.kind != "decoder" or work.batch != 1 or not narrow:
        return same(where, "Dense kernels multiply by the zeros: engines in use gain nothing.", "spmv.slope")
    kernel = 1 / (constant("spmv.slope") * (1 - sparsity) + constant("spmv.offset"))
    # Only the pruned weights are read faster; the head is read in full.
    pruned = share
    if model.parts is not None:
        pruned *= model.parts.active_blocks / (model.parts.active_blocks + model.parts.head_matrix)
    high = max(1.0, _amdahl(pruned, kernel))
    why = "Dense kernels multiply by the zeros; the high end is MACKO, a research kernel for batch 1."
    return Range(1.0, 1.0, high, where, why, _sources("spmv.slope"))


def structured(
    model: Model, machine: Device, dtype: str, sparsity: float, share: float, phase: Phase, work: Workload
) -> Range:
    """A smaller dense model: whole heads and channels gone (likely), whole layers gone (high).

    The low end keeps of each cut only what the least lucky published SliceGPT run kept end to end.
    """
    where = regime(model, machine, dtype, phase, work)
    if sparsity == 0:
        return same(where, "Nothing is pruned.")
    gone = min(sparsity * share, _ALMOST_ALL)
    least = 1 / (1 - constant("structured.low_share") * gone)
    actual = _phase_of(model, phase)
    if model.kind == "cnn":
        left = 1 - min(gone * model.prunable, _ALMOST_ALL)
        likely = power_of(left, -constant("cnn.width_exponent"))
        why = "CNNs keep less than their arithmetic promises: a power law read off ResNet-50."
        return Range(
            min(least, likely),
            likely,
            max(likely, 1 / left),
            where,
            why,
            _sources("cnn.width_exponent", "structured.low_share"),
        )
    how = arithmetic(machine, dtype)
    if how is None:
        fraction = constant(f"{actual}.fallback_share") * model.prunable
        likely = 1 / (1 - fraction * gone)
        high = 1 / (1 - min(model.prunable * gone, _ALMOST_ALL))
        why = "Extrapolated, with no verified peaks: a usual share of the time shrinks, at best all blocks."
        return Range(
            min(least, likely),
            likely,
            max(likely, high),
            where,
            why,
            _sources(f"{actual}.fallback_share", "structured.low_share"),
        )
    cited = (*_sources("gemm.p", "structured.low_share"), how.source)
    kernel = dense_kernel(machine, dtype)
    tokens = tokens_of(actual, work)
    found, passes = [], []
    for drawn in roofs(model):
        before = blocks_us(drawn, kernel, tokens)
        narrowed = share * blocks_us(drawn, kernel, tokens, 1 - sparsity) + (1 - share) * before
        fixed, layers, cache_us = rest_us(drawn, machine, actual, work)
        dense = Pass(before, fixed + layers + cache_us)
        narrow = Pass(narrowed, fixed + layers + cache_us * (1 - gone))
        passes.append((dense, narrow))
        likely = fsum(dense) / fsum(narrow)
        if model.kind != "decoder":
            fixed = 0.0  # measured on decoders in vLLM: left out of the best case
        shallow = (before + fixed + layers + cache_us) / (fixed + (before + layers + cache_us) * (1 - gone))
        found.append((min(least, likely), likely, max(likely, shallow)))
    low, likely, high = _spread(found)
    why = (
        "Likely: heads and channels gone, the roofline on narrower matrices. High: whole layers gone. "
        "Low: what SliceGPT kept end to end."
    )
    why = (_NO_DECODE if actual != phase else "") + why + _computed_in(machine, dtype)
    return Range(low, likely, high, where, why, cited, *passes[0])


def _error(phase: Phase, how: Arithmetic) -> float:
    """The 90th-percentile error of the roofline end to end, where the device was timed, and where it was not."""
    split = "model" if how.timed else "device"
    return constant(f"error.{phase}.{split}.p90")


@lru_cache(maxsize=512)
def reshaped(model: Model, after: Model, machine: Device, dtype: str, phase: Phase, work: Workload) -> Range:
    """The smaller dense model that a cut leaves, against the whole one: the roofline of both shapes.

    The low end keeps of the cut only what the least lucky published SliceGPT run kept end to end.
    """
    where = regime(model, machine, dtype, phase, work)
    actual = _phase_of(model, phase)
    gone = min(1 - after.total / model.total, _ALMOST_ALL)
    least = 1 / (1 - constant("structured.low_share") * gone)
    how = arithmetic(machine, dtype)
    why = _NO_DECODE if actual != phase else ""
    if how is None or not model.shape or not after.shape:
        likely = 1 / (1 - constant(f"{actual}.fallback_share") * gone)
        why += "Extrapolated, with no verified peaks: a usual share of the time shrinks, at best all of it."
        cited = _sources(f"{actual}.fallback_share", "structured.low_share")
        return Range(min(least, likely), likely, max(likely, 1 / (1 - gone)), where, why, cited)
    kernel, error = dense_kernel(machine, dtype), _error(actual, how)
    tokens = tokens_of(actual, work)
    before, left = (
        Pass(blocks_us(drawn, kernel, tokens), fsum(rest_us(drawn, machine, actual, work)))
        for drawn in (roof(model.shape), roof(after.shape))
    )
    likely = fsum(before) / fsum(left)
    why += (
        "The roofline of the exact new shape against the old one; the high end adds its 90th-percentile error of"
        f" {error:.0%}. Low: what SliceGPT kept end to end." + _computed_in(machine, dtype)
    )
    cited = (*_sources("gemm.p", f"error.{actual}.device.p90", "structured.low_share"), how.source)
    return Range(
        min(least, likely),
        likely,
        max(1.0, likely * (1 + error)),
        where,
        why,
        tuple(dict.fromkeys(cited)),
        before,
        left,
    )


@lru_cache(maxsize=512)
def quantized(model: Model, machine: Device, dtype: str, to: str, phase: Phase, work: Workload) -> Range:
    """The dense model with its block matrices in type `to`, against the dense model in `dtype`."""
    where = regime(model, machine, dtype, phase, work)
    if dtype == to:
        return same(where, f"The weights are {types()[to].label} already.")
    actual = _phase_of(model, phase)
    how, was = arithmetic(machine, to), arithmetic(machine, dtype)
    if how is None or was is None or not roofs(model):
        if machine.peaks and how is not None and was is not None and not how.weight_only:
            ratio = how.tflops / was.tflops
        elif actual == "decode":
            ratio = types()[dtype].bits / types()[to].bits
        else:
            ratio = 1.0
        likely = _amdahl(constant(f"{actual}.fallback_share"), ratio)
        why = "Extrapolated: no roofline here; a usual share of the time follows the peak or the bytes."
        ends = sorted((1.0, likely, ratio))
        return Range(ends[0], likely, ends[2], where, why, _sources(f"{actual}.fallback_share"))
    timed = how.timed and not how.weight_only
    least, most = scatter("gemm", timed, tokens_of(actual, work))
    found, passes = [], []
    for drawn in roofs(model):
        rest = fsum(rest_us(drawn, machine, actual, work))
        before, after = (
            Pass(blocks_us(drawn, dense_kernel(machine, kind), tokens_of(actual, work)), rest) for kind in (dtype, to)
        )
        passes.append((before, after))
        ratio = fsum(before) / fsum(after)
        found.append((ratio * least, ratio, ratio * most))
    low, likely, high = _spread(found)
    if how.weight_only:
        why = f"Fewer bytes to read, arithmetic in {types()[how.dtype].label}: the roofline says how much."
    else:
        why = f"Weights and arithmetic in {types()[to].label}: the roofline at that peak."
    why += f" The range is that of matrix products on a {'model' if timed else 'device'} that the fit has not seen."
    why = (_NO_DECODE if actual != phase else "") + why
    split = "model" if timed else "device"
    cited = tuple(dict.fromkeys((*_sources("gemm.p", f"error.gemm.{split}.p90"), how.source, was.source)))
    return Range(low, likely, high, where, why, cited, *passes[0])


def both(first: Range, second: Range) -> Range:
    """One thing after the other: the speed-ups multiply, and their uncertainties, taken to be independent, add up as
    squares do. `second` is against what `first` leaves.
    """
    likely = first.likely * second.likely
    down = hypot(log(first.low / first.likely), log(second.low / second.likely))
    up = hypot(log(first.high / first.likely), log(second.high / second.likely))
    return Range(
        min(likely, round(likely * exp(-down), 12)),  # see power_of
        likely,
        max(likely, round(likely * exp(up), 12)),
        first.regime,
        f"{first.basis} Then: {second.basis}",
        tuple(dict.fromkeys(first.sources + second.sources)),
        first.before or second.before,
        second.after or first.after,
    )


@lru_cache(maxsize=512)
def quantized24(model: Model, machine: Device, dtype: str, phase: Phase, work: Workload) -> Range:
    """INT4 weights that also hold the 2:4 pattern: INT4 alone today, Marlin-24's gain at the high end."""
    plain = quantized(model, machine, dtype, "int4", phase, work)
    extra = sparse24(model, machine, "int4", 1.0, phase, work)
    return plain._replace(
        high=max(plain.high * extra.high, plain.likely),
        basis=f"{extra.basis} Without it, INT4 alone: {plain.basis}",
        sources=tuple(dict.fromkeys(plain.sources + extra.sources)),
    )
