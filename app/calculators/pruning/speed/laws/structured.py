"""A smaller dense model: of the exact shape that a cut leaves, or of a share that is gone.

The low end keeps of each cut only what the least lucky published SliceGPT run kept end to end.
"""

from __future__ import annotations

from functools import lru_cache
from math import fsum

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.architecture import Model, with_layers
from app.calculators.pruning.speed.devices import arithmetic
from app.calculators.pruning.speed.kernels import dense_kernel, power_of
from app.calculators.pruning.speed.laws.ranges import (
    ALMOST_ALL,
    Range,
    Span,
    below,
    computed_in,
    held_out,
    one_pass,
    same,
    slowed,
    sources,
    spread,
)
from app.calculators.pruning.speed.roofline import (
    Least,
    Pass,
    Roof,
    blocks_us,
    bound,
    ceiling,
    least_of_blocks,
    least_of_rest,
    pass_of,
    regime,
    rest_of,
    roof,
    roofs_of,
)
from app.calculators.pruning.speed.run import Run


def speedup(run: Run, sparsity: float, share: float) -> Range:
    """The share `sparsity` gone of that share of the block matrices: whole heads and channels (likely), whole layers
    (high).
    """
    if sparsity == 0:
        return same(run, "Nothing is pruned.")
    gone = min(sparsity * share, ALMOST_ALL)
    if run.model.kind == "cnn":
        return _of_cnn(run, gone)
    how = arithmetic(run.device, run.dtype)
    if how is None:
        most = 1 / (1 - min(run.model.prunable * gone, ALMOST_ALL))
        return _without_roofline(run, gone, run.model.prunable, most)
    found, passes = zip(*(_under(drawn, run, sparsity, share) for drawn in roofs_of(run)), strict=True)
    why = (
        "Likely: heads and channels gone, the roofline on narrower matrices. High: whole layers gone. "
        "Low: what SliceGPT kept end to end."
    )
    cited = (*sources(constant("power", "gemm"), constant("structured_low_share")), how.source)
    why = one_pass(run) + why + computed_in(run.device, run.dtype)
    return Range(*spread(found), regime(run), why, cited, *passes[0])


def _under(drawn: Roof, run: Run, sparsity: float, share: float) -> tuple[Span, tuple[Pass, Pass]]:
    """The range under one roofline, and the passes before and after."""
    gone = min(sparsity * share, ALMOST_ALL)
    kernel, rest = dense_kernel(run.device, run.dtype), rest_of(drawn, run)
    fixed, layers, attention = rest
    before = blocks_us(drawn, kernel, run.tokens)
    narrowed = share * blocks_us(drawn, kernel, run.tokens, 1 - sparsity) + (1 - share) * before
    dense = Pass(before, fixed + layers + attention)
    narrow = Pass(narrowed, fixed + layers + attention * (1 - gone))
    likely = fsum(dense) / fsum(narrow)
    if run.model.kind != "decoder":
        fixed = 0.0  # measured on decoders in vLLM: left out of the best case
    shallow = (before + fixed + layers + attention) / (fixed + (before + layers + attention) * (1 - gone))
    blocks, least = least_of_blocks(drawn, run), least_of_rest(drawn, run)
    narrower = least_of_blocks(drawn, run, kept=1 - sparsity)
    fewer = narrower.times(share) + blocks.times(1 - share) + least_of_rest(drawn, run, attention=1 - gone)
    most = _most(blocks + least, fewer, gone, run)
    found = below(Span(min(_least(gone), likely), likely, max(likely, shallow)), most)
    return found, (dense, slowed(narrow, likely / found.likely))


def _most(before: Least, after: Least, layers_gone: float, run: Run) -> float:
    """The most that a smaller model can gain: fewer operations and bytes, and where neither takes the time, layers."""
    most = ceiling(before, after)
    return max(most, 1 / (1 - layers_gone)) if bound(run) in ("overhead", "link") else most


def _least(gone: float) -> float:
    return 1 / (1 - constant("structured_low_share").value * gone)


def _of_cnn(run: Run, gone: float) -> Range:
    exponent = constant("cnn_width_exponent")
    left = 1 - min(gone * run.model.prunable, ALMOST_ALL)
    likely = power_of(left, -exponent.value)
    why = "CNNs keep less than their arithmetic promises: a power law read off ResNet-50."
    cited = sources(exponent, constant("structured_low_share"))
    return Range(min(_least(gone), likely), likely, max(likely, 1 / left), regime(run), why, cited)


def _without_roofline(run: Run, gone: float, share: float, most: float) -> Range:
    """Where no peaks are known: a usual part of the time, of that share of the model, shrinks."""
    usual = constant("fallback_share", run.kind)
    likely = 1 / (1 - usual.value * share * gone)
    why = "Extrapolated, as the device’s peaks are not known: a usual share of the time shrinks, at best all blocks."
    cited = sources(usual, constant("structured_low_share"))
    return Range(min(_least(gone), likely), likely, max(likely, most), regime(run), why, cited)


@lru_cache(maxsize=512)
def of_shape(run: Run, after: Model) -> Range:
    """The exact model that a cut leaves, against the whole one: the roofline of both shapes."""
    gone = min(1 - after.total / run.model.total, ALMOST_ALL)
    how = arithmetic(run.device, run.dtype)
    if how is None or not run.model.shape or not after.shape:
        usual = constant("fallback_share", run.kind)
        likely = 1 / (1 - usual.value * gone)
        why = "Extrapolated, as no roofline can be drawn: a usual share of the time shrinks, at best all of it."
        cited = sources(usual, constant("structured_low_share"))
        ends = min(_least(gone), likely), likely, max(likely, 1 / (1 - gone))
        return Range(*ends, regime(run), one_pass(run) + why, cited)
    drawn, cut = (roof(shape, run.split.tensor) for shape in (run.model.shape, after.shape))
    before, left = pass_of(drawn, run), pass_of(cut, run)
    likely = fsum(before) / fsum(left)
    error = constant("error", run.kind, held_out=held_out(how.timed), statistic="p90")
    fewer = 1 - after.shape.layers / run.model.shape.layers
    only_layers = after.shape == with_layers(run.model.shape, after.shape.layers)
    published = constant("layers_low_share" if only_layers else "structured_low_share")
    low = 1 / (1 - published.value * (fewer if only_layers else gone))
    if after.shape.experts != run.model.shape.experts:
        low = likely  # an expert that is gone was not read by a token that did not choose it: only the error is known
    whole, smaller = (least_of_blocks(each, run) + least_of_rest(each, run) for each in (drawn, cut))
    ends = below(
        Span(min(low, likely / (1 + error.value)), likely, max(1.0, likely * (1 + error.value))),
        max(1.0, _most(whole, smaller, fewer, run)),
    )
    why = (
        "The roofline of the exact new shape against the old one, with its 90th-percentile error of"
        f" {error.value:.0%}; the low end is no more than what was published of such cuts."
    )
    cited = sources(constant("power", "gemm"), error, published)
    return Range(
        *ends,
        regime(run),
        one_pass(run) + why + computed_in(run.device, run.dtype),
        tuple(dict.fromkeys((*cited, how.source))),
        before,
        slowed(left, likely / ends.likely),
    )
