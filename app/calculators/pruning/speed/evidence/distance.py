"""How far a publication is from a question: a sum of numbers, each with words on what is different there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from math import log2
from typing import NamedTuple, TypeVar

from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.speed.devices import Device
from app.calculators.pruning.speed.evidence.published import HYBRID, PARTS, Level, Measurement, Timed
from app.vocabulary.quantity import show_count, show_share


class Away(NamedTuple):
    """How far one thing is from what is asked, and what is different in words; empty where nothing is."""

    far: float
    words: str = ""


NEAR = 1.5
"""Up to this distance a published row is near: a speed on another board of the same chip with other tokens, say, but
not on another chip."""

LEVELS: dict[Level, Away] = {
    "end_to_end": Away(0.0),
    "layer": Away(1.0, "one layer, not the whole model"),
    "gemm": Away(1.5, "a matrix product, not the whole model"),
}

CAVEATS = {
    "": Away(0.0),
    "derived": Away(0.0, "the ratio of two published figures"),
    "vendor_average": Away(0.25, "the vendor's average"),
    "vendor_upper_bound": Away(0.5, "the best case, “up to”"),
    "range_low": Away(0.25, "the low end of a published range"),
    "range_high": Away(0.25, "the high end of a published range"),
    "break_even": Away(0.5, "a break-even point"),
    "measured_combined_with_quant": Away(1.0),  # in words with the types
    "measured_confounded_by_batch": Away(1.0, "the batch changed too"),
    "measured_confounded_by_gpus": Away(1.0, "the dense model on two GPUs"),
    "measured_confounded_by_cache": Away(1.0, "the smaller model left more room for the cache"),
    "reported_in_words": Away(0.25, "in words, without figures"),
    "reported_upper_bound": Away(0.5, "in words, “at most”"),
    "short_prompt": Away(1.0, "a short prompt, prefill not compiled"),
    "activations": Away(2.0, "zeros in the activations: every weight stays"),
    "against_sparse": Away(2.0, "against other sparse kernels, not against dense"),
    "doubtful_series": Away(1.0, "other timings of this series are impossible"),
    "block_sparse": Away(1.0, "blocks of zeros, not a smaller model"),
}
"""What a figure that is no plain measurement adds to the distance, and its words."""

KINDS = {"decoder": "a language model", "encoder": "an encoder", "vision": "a vision model", "cnn": "a CNN"}
_SAME_CHIP, _BOARD_NOT_STATED, _OTHER_GPU, _SOME_CPU = 1.0, 0.5, 2.0, 1.0
_SAME_WIDTH, _OTHER_WIDTH = 0.5, 1.0
NOT_STATED = 0.5
REQUEST = {"prefill": Away(1.0, "whole requests, decode too"), "decode": Away(0.5, "whole requests, prefill too")}
"""How far whole requests are from a phase: most of their time goes to writing."""

"""Where a source does not state its type, its size, its tokens or its phase."""

OTHER_KIND = 1.0
OTHER_PATTERN = 0.5
PER_SPARSITY = 4.0
_ALIKE = 1.1
"""Sizes that differ by less than a tenth are not worth a word."""


def on_cpu(device: str) -> bool:
    """Whether a device, as a source names it, is a CPU."""
    return "CPU" in device


def device_away(found: Measurement, machine: Device) -> Away:
    """The same board, the same chip, or another; a CPU is some CPU."""
    if found.key == machine.key:
        return Away(0.0)
    if on_cpu(found.device):
        return Away(_SOME_CPU, f"on {found.device}")
    if set(found.chip.split()) & set(machine.arch.split()):
        if found.key:
            return Away(_SAME_CHIP, f"another GPU: {found.device}")
        if " " in found.chip:
            return Away(_SAME_CHIP, f"one of {found.device}")
        return Away(_BOARD_NOT_STATED, f"{found.device}, board not stated")
    if "unstated" in found.device:
        return Away(_OTHER_GPU, "GPU not stated")
    return Away(_OTHER_GPU, f"another GPU: {found.device}")


QUANTIZED = ("int8", "fp8", "int4", "int4+2:4")
"""Options whose dense model has another type."""


@cache
def _width(dtype: str) -> str:
    return "".join(filter(str.isdigit, dtype))


def dtype_away(found: Measurement, dtype: str) -> Away:
    """What was quantized is compared with a dense model of any type, the rest has the type itself."""
    quantized = found.option in QUANTIZED
    there = found.against if quantized else found.dtype
    if there == dtype:
        return Away(0.0)
    if not there:
        return Away(NOT_STATED, "type not stated")
    away = _SAME_WIDTH if _width(there) == _width(dtype) else _OTHER_WIDTH
    dense = "against dense " if quantized else ""
    return Away(away, f"{dense}{there.upper()}, not {dtype.upper()}")


def params_far(there: float, model: Model) -> float:
    """How far `params_away` is, without its words: asked of all that was published at every keystroke."""
    return abs(log2(there / max(model.total, 1))) / 2 if there else NOT_STATED


def params_away(there: float, model: Model) -> Away:
    """By how many times the sizes differ."""
    far = params_far(there, model)
    if not there or 1 / _ALIKE < there / max(model.total, 1) < _ALIKE:
        return Away(far)
    return Away(far, f"{show_count(there)} parameters, not {show_count(model.total)}")


def tokens_away(there: tuple[int, int], tokens: int, phase: Timed) -> Away:
    """By how many times the tokens of a pass are outside what was measured."""
    fewest, most = there
    what = "batch" if phase in ("decode", "request") else "tokens"
    if not most:
        return Away(NOT_STATED, f"{what} not stated")
    nearest = min(max(tokens, fewest), most)
    if nearest == tokens:
        return Away(0.0)
    shown = f"{fewest:,}" if fewest == most else f"{fewest:,}–{most:,}"
    words = f"batch {shown}, not {tokens:,}" if what == "batch" else f"{shown} tokens, not {tokens:,}"
    return Away(abs(log2(nearest / max(tokens, 1))) / 4, words)


def zeros_away(option: str, there: float | None, sparsity: float) -> Away:
    """By what share more, or less, was pruned; a dense model in a narrower type has none of it to state."""
    what = "removed" if option == "structured" else "zeros"
    if there is None:
        return Away(0.0) if option in QUANTIZED else Away(NOT_STATED, f"share of {what} not stated")
    shown, asked = show_share(there), show_share(sparsity)
    return Away(abs(there - sparsity) * PER_SPARSITY, f"{shown} {what}, not {asked}" if shown != asked else "")


def pattern_away(there: str, asked: str) -> Away:
    """Whether another N:M pattern was measured, or one in only some of the matrix."""
    if there == HYBRID:
        return Away(OTHER_PATTERN, "2:4 in some tiles, the rest dense")
    differ = ":" in there and asked and there != asked
    return Away(OTHER_PATTERN, f"{there}, not {asked}") if differ else Away(0.0)


def part_away(there: str, asked: str) -> Away:
    """Whether something else was removed: experts, which rest while a token passes, whole layers, or widths."""
    there = there if there in PARTS else ""
    if there == asked or not (asked or there == "experts"):
        return Away(0.0)
    far = OTHER_KIND if "experts" in (there, asked) else OTHER_PATTERN
    removed = f"{PARTS.get(there, 'widths, or several parts,')} removed"
    return Away(far, f"{removed}, not {PARTS[asked]}" if asked else removed)


def combined(found: Measurement) -> str:
    """Words for a figure that has the gain of a narrower type in it."""
    if found.option in QUANTIZED or found.against == found.dtype:
        return ""
    return f"with {found.dtype.upper()} against dense {found.against.upper()}"


Entry = TypeVar("Entry")


def diverse(
    ranked: Iterable[tuple[float, Entry]], limit: int, group: Callable[[Entry], str], most: int, within: float
) -> list[tuple[float, Entry]]:
    """The first `limit` of what is ranked by distance, no more than `most` of one group where others come `within` that
    of it; ranked still.
    """
    left = list(ranked)
    taken: dict[str, int] = {}
    chosen: list[tuple[float, Entry]] = []
    while left and len(chosen) < limit:
        at = next((at for at, each in enumerate(left) if taken.get(group(each[1]), 0) < most), 0)
        if left[at][0] > left[0][0] + within:
            at = 0
        chosen.append(left.pop(at))
        name = group(chosen[-1][1])
        taken[name] = taken.get(name, 0) + 1
    return sorted(chosen, key=lambda each: each[0])
