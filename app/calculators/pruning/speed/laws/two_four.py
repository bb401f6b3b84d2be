"""2:4, and N:M patterns that a research kernel rewrites as 2:4."""

from __future__ import annotations

from functools import lru_cache
from math import fsum
from typing import NamedTuple

from app.calculators.pruning.data.tables import Constant, constant, known
from app.calculators.pruning.model.storage import NM, by_key, types
from app.calculators.pruning.speed.devices import Arithmetic, arithmetic, format_24, supports_24
from app.calculators.pruning.speed.kernels import Fitted, dense_kernel, every_fitted, fitted, sparse24_kernel
from app.calculators.pruning.speed.laws.ranges import (
    Range,
    Span,
    amdahl,
    below,
    computed_in,
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
    regime,
    rest_of,
    roofs,
    roofs_of,
    stand_ins,
)
from app.calculators.pruning.speed.run import Phase, Run
from app.vocabulary.quantity import show_ratio

TWO_FOUR = NM(2, 4)

FEW = 64
"""Tokens of a pass below which nobody timed 2:4 but in single reports of whole models."""

FEWEST_TIMED = {"prefill": 512, "decode": 64}
"""The smallest passes among the timings that the roofline was fitted to."""


@lru_cache(maxsize=512)
def speedup(run: Run, share: float, pattern: NM = TWO_FOUR) -> Range:
    """2:4, or a milder `pattern` rewritten as 2:4, on the share of the block matrices that is pruned."""
    how = arithmetic(run.device, run.dtype)
    if (
        how is not None
        and types()[run.dtype].base == "int4"
        and run.device.maker == "nvidia"
        and supports_24(run.device, "fp16")
    ):
        return _marlin(run, share)
    if not supports_24(run.device, run.dtype):
        return _without_hardware(run)
    if share == 0:
        return same(run, "Nothing is pruned.")
    if how is None or not roofs(run.model):
        return _without_roofline(run, how, share)
    return _under_rooflines(run, how, share, pattern)


@lru_cache(maxsize=512)
def rewritten(run: Run, share: float, pattern: NM) -> Range:
    """An N:M pattern that is not 2:4: nothing in engines today; a research kernel that rewrites it as 2:4 marks the
    high end.
    """
    plain = speedup(run, share, pattern)
    none = f"No hardware has {pattern.words}: engines multiply by its zeros."
    if plain.high <= 1 or types()[run.dtype].base == "int4" or pattern.stretch_24 >= 2:
        return same(run, none)
    why = (
        f"{none} The high end is SlideSparse, a research kernel that rewrites it as 2:4 with longer rows. {plain.basis}"
    )
    return Range(1.0, 1.0, max(1.0, plain.high), plain.regime, why, plain.sources)


# --- where nothing is gained today ---


def _marlin(run: Run, share: float) -> Range:
    """2:4 on 4-bit weights, for which there was a kernel once."""
    gain = constant("marlin_24_gain")
    if run.kind == "prefill":
        return same(run, "No software runs 2:4 on 4-bit weights today: vLLM and torchao removed it.", gain)
    why = "No software runs 2:4 on 4-bit weights today; the high end is Marlin-24, since removed."
    high = min(
        [
            amdahl(share, gain.value),
            *(_most(drawn, run, share, TWO_FOUR) for drawn in roofs_of(run)),
        ]
    )
    return Range(1.0, 1.0, max(1.0, high), regime(run), why, sources(gain))


def _without_hardware(run: Run) -> Range:
    device = run.device
    if device.has_24 is False:
        why = f"{device.name} has no 2:4 hardware: the zeros are computed like any weight."
    elif supports_24(device, run.dtype) is None:
        kind = types()[run.dtype].name
        why = (
            f"Whether {device.inside} runs 2:4 in {kind} is not known: counted as if it did not. If it does, say so"
            " under “Your own peaks and timings”."
        )
    elif run.dtype == "fp32":
        why = "FP32 has no 2:4 path: the hardware offers only a 1:2 pattern in TF32."
    else:
        kind = types()[run.dtype].name
        why = f"No 2:4 path for {kind} on {device.inside}: the zeros are computed like any weight."
    return same(run, why)._replace(sources=(device.source,) if device.source.url else ())


# --- where 2:4 runs ---


def _others(run: Run, dtype: str) -> tuple[Fitted, ...]:
    """The gains that may be the device's own beside the likely one: all that were timed, for a maker of whom nobody
    has timed 2:4.
    """
    return every_fitted(dtype) if run.device.maker != "nvidia" else ()


def _scatter(run: Run, timed: bool, share: float) -> tuple[float, float]:
    """The scatter of a pass; what is not pruned is not uncertain either."""
    least, most = scatter(run.kind, timed, run.tokens)
    return 1 - share * (1 - least), 1 + share * (most - 1)


def _cited(run: Run, timed: bool) -> tuple[Constant, ...]:
    """The constants that stand for all of their kind."""
    return (
        constant("power", "gemm"),
        constant("range", run.kind, held_out=held_out(timed), statistic="low"),
    )


def _without_roofline(run: Run, how: Arithmetic | None, share: float) -> Range:
    """A CNN, or a device that has 2:4 and whose peaks are not known."""
    dtype, timed = (how.dtype, how.timed_24) if how else (run.dtype, False)
    least, most = _scatter(run, timed, share)
    usual = constant("fallback_share", run.kind)
    gained = (fitted(run.device, dtype), *_others(run, dtype))
    gains = [amdahl(share * usual.value, each.gain_24) for each in gained]
    none = "No roofline for a CNN" if how else f"The peaks of {run.device.inside} are not known"
    why = f"{none}: a usual share of the time gains what a 2:4 matrix product gains."
    found = _as_reported(Span(min(gains) * least, gains[0], max(gains) * most), run, share)
    return Range(*found, regime(run), one_pass(run) + why + _reported(run), sources(usual, *_cited(run, timed)))


def _under_rooflines(run: Run, how: Arithmetic, share: float, pattern: NM) -> Range:
    """The ratio of the passes before and after under each roofline, and the scatter about it."""
    found, passes = zip(*(_under(drawn, run, how, share, pattern) for drawn in roofs_of(run)), strict=True)
    ends, drawn_passes = spread(found), passes[0]
    if run.device.maker != "nvidia":
        ends = ends._replace(low=min(ends.low, 1.0))
    odd = _scattered(run, how)
    if odd:
        drawn_passes = drawn_passes if ends.likely <= odd.high else ()
        likely = min(ends.likely, odd.high)
        ends = Span(min(ends.low, likely, odd.low), likely, ends.high)
    cited = tuple(dict.fromkeys((*sources(*_cited(run, how.timed_24)), how.source)))
    return Range(*ends, regime(run), _why(run, how, odd), cited, *drawn_passes)


def _under(drawn: Roof, run: Run, how: Arithmetic, share: float, pattern: NM) -> tuple[Span, tuple[Pass, Pass]]:
    """The range under one roofline, and the passes before and after."""
    least, most = _scatter(run, how.timed_24, share)
    # Time of host and layers was fitted to vLLM, decoders, and so many tokens: the best case of all else leaves it out.
    at_best = 1.0 if run.model.kind == "decoder" and not _few(run) else 0.0
    before = blocks_us(drawn, dense_kernel(run.device, run.dtype), run.tokens)
    rest = fsum(rest_of(drawn, run))
    left = [
        share * blocks_us(drawn, sparse24_kernel(run.device, run.dtype, one), run.tokens, stretch=pattern.stretch_24)
        + (1 - share) * before
        for one in (None, *_others(run, how.dtype))
    ]
    likely, worst = (before + rest) / (left[0] + rest), (before + rest) / (max(left) + rest)
    best = (before + rest * at_best) / (min(left) + rest * at_best)
    found = below(Span(worst * least, likely, max(likely, best) * most), _most(drawn, run, share, pattern))
    found = _as_reported(found, run, share)
    return found, (Pass(before, rest), slowed(Pass(left[0], rest), likely / found.likely))


def _as_reported(found: Span, run: Run, share: float) -> Span:
    """A range with what was reported of whole models where the page cannot compute it: few tokens, and encoders."""
    if run.model.kind == "decoder":
        return _of_few_tokens(found, share) if run.tokens < FEW else found
    if run.model.kind == "cnn":
        return found
    low = 1 + share * (constant("encoder_24").value - 1)
    return found._replace(low=min(found.low, low))


def _of_few_tokens(drawn: Span, share: float) -> Span:
    """The range for so few tokens that engines pad them, or fall back on dense kernels: what whole models were reported
    to gain there. What the roofline says is the high end.
    """
    low, usual = (1 + share * (constant("few_tokens_24", statistic=each).value - 1) for each in ("low", "median"))
    likely = min(drawn.likely, usual)
    return Span(min(drawn.low, low, likely), likely, max(drawn.high, likely))


def _most(drawn: Roof, run: Run, share: float, pattern: NM) -> float:
    """The most that a pattern can gain: without the operations on its zeros, and with the bytes of 2:4's format, or of
    what another pattern keeps.
    """
    kind = types()[run.dtype]
    stored = by_key()[format_24(run.dtype)].bits(0.5, kind.values, kind.scales)
    if pattern != TWO_FOUR:
        stored = kind.bits * (1 - pattern.sparsity)
    dense, rest = least_of_blocks(drawn, run), least_of_rest(drawn, run)
    pruned = least_of_blocks(drawn, run, gain=1 / (1 - pattern.sparsity), stored=stored / 8)
    return ceiling(dense + rest, pruned.times(share) + dense.times(1 - share) + rest)


def _few(run: Run) -> bool:
    """Whether the pass has fewer tokens than any that was timed."""
    return run.tokens < FEWEST_TIMED[run.kind]


class _Scattered(NamedTuple):
    """Between what most products of a device lay that are too far apart to fit."""

    low: float
    high: float


def _scattered(run: Run, how: Arithmetic) -> _Scattered | None:
    low = known("speedup_24", "gemm", run.device.key, how.dtype, statistic="low")
    high = known("speedup_24", "gemm", run.device.key, how.dtype, statistic="high")
    return _Scattered(low.value, high.value) if low and high and how.evidence != "own" else None


# --- in words ---


def _why(run: Run, how: Arithmetic, odd: _Scattered | None) -> str:
    """What the figure rests on."""
    model, why = run.model, one_pass(run)
    if how.dtype == "fp4":
        why += "FP4 wants its zeros in pairs (4 of 8): an element-wise 2:4 checkpoint cannot be used. "
    if odd:
        ends = f"{show_ratio(odd.low)} and {show_ratio(odd.high)}"
        why += f"Most large 2:4 products timed here lay between {ends} dense: too far apart to fit."
    elif model.kind != "decoder" or run.tokens >= FEW:
        why += _how_sure(run, how)
    if model.kind != "decoder":
        why += " Host time is that of decoders in vLLM; the high end has none."
    why += _reported(run) if why else _reported(run).lstrip()
    if model.kind == "decoder" and run.tokens < FEW:
        why += " The high end is the roofline."
    elif model.kind == "decoder" and _few(run):
        why += f" Passes below {FEWEST_TIMED[run.kind]} tokens were not timed: the high end has no host time."
    if model.shape is None:
        why += f" Shape unknown: drawn for {stand_ins(model.total)[0].name} and its neighbours, scaled."
    elif model.shape.experts:
        why += " No published 2:4 timing for a mixture of experts."
    return why + computed_in(run.device, run.dtype)


def _reported(run: Run) -> str:
    """What was reported of whole models where the page cannot compute it."""
    if run.model.kind in ("encoder", "vision"):
        return " The low end is BERT in compiled PyTorch; not compiled it took 1.8 to 2.5 times as long as dense."
    if run.model.kind == "decoder" and run.tokens < FEW:
        return (
            f" Below {FEW} tokens a pass engines pad them or fall back on dense kernels: most reports of whole models"
            " found no gain, some a loss, and one product with one token took nine times as long."
        )
    return ""


def _how_sure(run: Run, how: Arithmetic) -> str:
    """Whose timings stand behind a roofline, and how wide that makes its range."""
    if how.evidence == "own":
        own = run.device.timed[how.dtype]
        return (
            f"Calibrated with your own timings of {own.products:,} products in {how.dtype.upper()}, half of whose"
            f" speed-ups it meets within {own.error:.0%}; " + _holds(run.kind, how)
        )
    if run.device.maker != "nvidia":
        return "Extrapolated: 2:4 peaks without published timings; the range spans all measured gains."
    if how.evidence == "measured":
        return "Roofline fitted to timings on this GPU; " + _holds(run.kind, how)
    if how.evidence == "near":
        return "Roofline fitted to a GPU of the same silicon; " + _holds(run.kind, how)
    return "Extrapolated: no published timing on this GPU and type; " + _holds(run.kind, how)


def _holds(kind: Phase, how: Arithmetic) -> str:
    unseen = held_out(how.timed_24)
    error = constant("error", kind, held_out=unseen, statistic="median").value
    return f"the range holds 85% of timings on a {unseen} it has not seen, half of them within {error:.0%}."
