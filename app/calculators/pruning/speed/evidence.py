"""What was published near a question: the measured speed-ups and the qualities of pruned models most like it.

`nearest` and `quality` look up, they do not compute: every figure is one that its source prints, with words on what is
different there. Read when the page shows evidence, not at the start. The tables are `evidence.csv`, `quality.csv` and
`evidence_sources.csv`; tools/evidence.py writes them and says what their columns mean.

A speed-up is dense time over pruned time: below 1 is slower.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from math import log2
from typing import Literal, NamedTuple, TypeVar, cast

from app.calculators.pruning.data.tables import Source, rows
from app.calculators.pruning.model.architecture import Kind, Model
from app.calculators.pruning.model.storage import NM
from app.calculators.pruning.speed.devices import Device
from app.calculators.pruning.speed.run import Run

Level = Literal["end_to_end", "layer", "gemm"]
Timed = Literal["prefill", "decode", "train", "na"]

NEAR = 1.5
"""Up to this distance a published row is near: a speed on another board of the same chip with other tokens, say, but
not on another chip."""


class Measurement(NamedTuple):
    """A published speed-up.

    `option` is a key of `options.Option`, with `pattern` where that is `n:m`; a type is a dense model that was
    quantized. `device` is as the source names it, `key`
    the device of `hardware.csv` where that is certainly the same board, `chip` what may be on it (both may be empty).
    `dtype` is the type of the weights (empty: not stated), `against` that of the dense model it is compared with.
    `params` is 0 where no model is named; a matrix has `outputs` by `inputs`, else 0. `tokens` are the fewest and the
    most of one pass, 0 where not stated; `batch` is in the words of the source. `value` is empty for a plain
    measurement, else its `value_type`: see `_CAVEATS`. `group` is what was published together.
    """

    option: str
    pattern: str
    level: Level
    device: str
    key: str
    chip: str
    dtype: str
    against: str
    model: str
    params: float
    kind: Kind
    outputs: int
    inputs: int
    tokens: tuple[int, int]
    batch: str
    phase: Timed
    sparsity: float
    speedup: float
    value: str
    note: str
    group: str
    source: Source


class Near(NamedTuple):
    """A measurement, in words what is different there, whether it is near at all, and its distance."""

    measurement: Measurement
    differences: tuple[str, ...]
    near: bool
    distance: float


class Quality(NamedTuple):
    """The quality of a model before and after, as published.

    `option` is a key of `options.Option`, or a type (`int8`, `fp8`, `int4`, `nvfp4`) for a quantized model. `pattern`
    is that of `n:m`, or `depth` where whole layers were removed. `retrained`: weights or masks were trained afterwards.
    `dense` and `pruned` are None where only the difference was published.
    """

    option: str
    pattern: str
    family: str
    model: str
    params: float
    kind: Kind
    sparsity: float
    method: str
    retrained: bool
    metric: str
    dense: float | None
    pruned: float | None
    delta: float
    note: str
    source: Source

    @property
    def lower_is_better(self) -> bool:
        """True of a perplexity, false of an accuracy."""
        return "perplexity" in self.metric


class Quoted(NamedTuple):
    """A quality, in words what is different there, whether the model is of the same family, whether it is near, and its
    distance.
    """

    quality: Quality
    differences: tuple[str, ...]
    same_family: bool
    near: bool
    distance: float


# ----------------------------------------------------------------------------------------------------
# The tables

# Devices as sources name them: the board in hardware.csv where it is certain, and the chips it may have, or the word
# that hardware.csv has for them.
_DEVICES = {
    "A100": ("", "GA100"),
    "A100 40GB": ("", "GA100"),
    "A100 80GB": ("", "GA100"),
    "A100 80GB (cuSPARSELt 0.5)": ("", "GA100"),
    "A100 80GB PCIe": ("a100-pcie", "GA100"),
    "A100/A5000/H100 (vLLM)": ("", "GA100 GA102 GH100"),
    "B200": ("b200", "GB100"),
    "GB10": ("gb10", "GB10"),
    "H-class GPU": ("", "GH100"),
    "H100": ("", "GH100"),
    "H100 (vLLM 0.6.x CUTLASS)": ("", "GH100"),
    "H100 80GB": ("", "GH100"),
    "H100 80GB TRT-LLM": ("", "GH100"),
    "H100 PCIe": ("h100-pcie", "GH100"),
    "RTX 2080 SUPER": ("", "Turing"),
    "RTX 3090": ("rtx-3090", "GA102"),
    "RTX 4090": ("rtx-4090", "AD102"),
    "RTX 4090 / A6000": ("", "AD102 GA102"),
    "RTX 5080": ("rtx-5080", "GB203"),
    "RTX A5000": ("", "GA102"),
    "RTX6000 24GB": ("", "Turing"),
    "V100": ("", "Volta"),
}


def _on_cpu(device: str) -> bool:
    return "CPU" in device


@cache
def _sources() -> dict[str, tuple[str, Source]]:
    return {
        row["key"]: (row["group"], Source(row["source"], row["url"], row["locator"]))
        for row in rows("evidence_sources.csv")
    }


def _pattern(text: str) -> NM:
    kept, group = map(int, text.split(":"))
    return NM(kept, group)


def _count(text: str) -> tuple[int, int]:
    """A number or a range of them."""
    fewest, _, most = text.partition("-")
    return int(fewest or 0), int(most or fewest or 0)


@cache
def measurements() -> tuple[Measurement, ...]:
    """Every published speed-up, in the order of the table."""
    found = []
    for row in rows("evidence.csv"):
        pruning = row["pruning"]
        special = pruning in ("2:4", "int4+2:4")
        pattern = pruning if ":" in pruning and not special else ""
        sparsity = 0.5 if special else _pattern(pattern).sparsity if pattern else float(row["sparsity"] or 0)
        key, chip = _DEVICES.get(row["device"], ("", ""))
        group, source = _sources()[row["source"]]
        speedups = row["speedup"].split()
        tokens = row["tokens"].split() or [""]
        found += [
            Measurement(
                option="n:m" if pattern else pruning,
                pattern=pattern,
                level=cast(Level, row["level"]),
                device=row["device"],
                key=key,
                chip=chip,
                dtype=row["dtype"],
                against=row["against"] or row["dtype"],
                model=row["model"],
                params=float(row["params_b"] or 0) * 1e9,
                kind=cast(Kind, row["kind"] or "decoder"),
                outputs=int(row["n"] or 0),
                inputs=int(row["k"] or 0),
                tokens=_count(several),
                batch=row["batch"],
                phase=cast(Timed, row["phase"]),
                sparsity=sparsity,
                speedup=float(speedup),
                value=row["value"],
                note=row["note"],
                group=group,
                source=source,
            )
            for several, speedup in zip(tokens, speedups, strict=True)
        ]
    return tuple(found)


@cache
def qualities() -> tuple[Quality, ...]:
    """Every published quality, in the order of the table."""
    found = []
    for row in rows("quality.csv"):
        pattern = row["pattern"] if ":" in row["pattern"] else row["option"] if row["option"] == "2:4" else ""
        dense, pruned = (float(row[name]) if row[name] else None for name in ("dense", "pruned"))
        delta = float(row["delta"]) if dense is None or pruned is None else round(pruned - dense, 4)
        found.append(
            Quality(
                option=row["option"],
                pattern=row["pattern"],
                family=family(row["model"]),
                model=row["model"],
                params=float(row["params_b"] or 0) * 1e9,
                kind=cast(Kind, row["kind"] or "decoder"),
                sparsity=_pattern(pattern).sparsity if pattern else float(row["sparsity"] or 0),
                method=row["method"],
                retrained=row["retrained"] == "yes",
                metric=row["metric"],
                dense=dense,
                pruned=pruned,
                delta=delta,
                note=row["note"],
                source=_sources()[row["source"]][1],
            )
        )
    return tuple(found)


# ----------------------------------------------------------------------------------------------------
# How far a measurement is from a question: a sum of these

_LEVELS: dict[Level, tuple[float, str]] = {
    "end_to_end": (0.0, ""),
    "layer": (1.0, "one layer, not the whole model"),
    "gemm": (1.5, "a matrix product, not the whole model"),
}

_CAVEATS = {
    "": (0.0, ""),
    "derived": (0.0, "the ratio of two published figures"),
    "vendor_average": (0.25, "the vendor's average"),
    "vendor_upper_bound": (0.5, "the best case, “up to”"),
    "range_low": (0.25, "the low end of a published range"),
    "range_high": (0.25, "the high end of a published range"),
    "break_even": (0.5, "a break-even point"),
    "measured_combined_with_quant": (1.0, ""),  # in words with the types
    "measured_confounded_by_batch": (1.0, "the batch changed too"),
    "doubtful_series": (1.0, "other timings of this series are impossible"),
    "block_sparse": (1.0, "blocks of zeros, not a smaller model"),
}
"""What a figure that is no plain measurement adds to the distance, and its words."""

_KINDS = {"decoder": "a language model", "encoder": "an encoder", "vision": "a vision model", "cnn": "a CNN"}

_SAME_CHIP, _BOARD_NOT_STATED, _OTHER_GPU, _SOME_CPU = 1.0, 0.5, 2.0, 1.0
_SAME_WIDTH, _OTHER_WIDTH = 0.5, 1.0
_NOT_STATED = 0.5
"""Where a source does not state its type, its size, its tokens or its phase."""
_OTHER_KIND = 1.0
_OTHER_PATTERN = 0.5
_PER_SPARSITY = 4.0
_ALIKE = 1.1
"""Sizes that differ by less than a tenth are not worth a word."""


def _device_away(found: Measurement, machine: Device) -> tuple[float, str]:
    if found.key == machine.key:
        return 0.0, ""
    if _on_cpu(found.device):
        return _SOME_CPU, f"on {found.device}"
    if set(found.chip.split()) & set(machine.arch.split()):
        if found.key:
            return _SAME_CHIP, f"another GPU: {found.device}"
        if " " in found.chip:
            return _SAME_CHIP, f"one of {found.device}"
        return _BOARD_NOT_STATED, f"{found.device}, board not stated"
    if "unstated" in found.device:
        return _OTHER_GPU, "GPU not stated"
    return _OTHER_GPU, f"another GPU: {found.device}"


_QUANTIZED = ("int8", "fp8", "int4", "int4+2:4")
"""Options whose dense model has another type."""


@cache
def _width(dtype: str) -> str:
    return "".join(filter(str.isdigit, dtype))


def _dtype_away(found: Measurement, dtype: str) -> tuple[float, str]:
    """What was quantized is compared with a dense model of any type, the rest has the type itself."""
    quantized = found.option in _QUANTIZED
    there = found.against if quantized else found.dtype
    if there == dtype:
        return 0.0, ""
    if not there:
        return _NOT_STATED, "type not stated"
    away = _SAME_WIDTH if _width(there) == _width(dtype) else _OTHER_WIDTH
    dense = "against dense " if quantized else ""
    return away, f"{dense}{there.upper()}, not {dtype.upper()}"


def _billions(params: float) -> str:
    return f"{params / 1e9:,.1f} B" if params >= 1e9 else f"{params / 1e6:,.0f} M"


def _params_away(there: float, model: Model) -> tuple[float, str]:
    if not there:
        return _NOT_STATED, ""
    ratio = there / max(model.total, 1)
    alike = 1 / _ALIKE < ratio < _ALIKE
    return abs(log2(ratio)) / 2, "" if alike else f"{_billions(there)} parameters, not {_billions(model.total)}"


def _tokens_away(there: tuple[int, int], tokens: int, phase: Timed) -> tuple[float, str]:
    fewest, most = there
    what = "batch" if phase == "decode" else "tokens"
    if not most:
        return _NOT_STATED, f"{what} not stated"
    nearest = min(max(tokens, fewest), most)
    if nearest == tokens:
        return 0.0, ""
    shown = f"{fewest:,}" if fewest == most else f"{fewest:,}–{most:,}"
    words = f"batch {shown}, not {tokens:,}" if what == "batch" else f"{shown} tokens, not {tokens:,}"
    return abs(log2(nearest / max(tokens, 1))) / 4, words


def _zeros_away(option: str, there: float, sparsity: float) -> tuple[float, str]:
    what = "removed" if option == "structured" else "zeros"
    shown, asked = f"{there * 100:.3g}", f"{sparsity * 100:.3g}"
    return abs(there - sparsity) * _PER_SPARSITY, f"{shown} % {what}, not {asked} %" if shown != asked else ""


def _pattern_away(there: str, asked: str) -> tuple[float, str]:
    return (_OTHER_PATTERN, f"{there}, not {asked}") if there and asked and there != asked else (0.0, "")


def _combined(found: Measurement) -> str:
    """Words for a figure that has the gain of a narrower type in it."""
    if found.option in _QUANTIZED or found.against == found.dtype:
        return ""
    return f"with {found.dtype.upper()} against dense {found.against.upper()}"


class _Indexed(NamedTuple):
    """A measurement, its place in the table, and what of its distance is the same for every question."""

    found: Measurement
    place: int
    fixed: float


@cache
def _index() -> dict[tuple[str, str], tuple[_Indexed, ...]]:
    """The measurements by option and phase; those of neither phase serve both, training serves none.

    INT4 with 2:4 against dense INT4 is also 2:4, where INT4 is asked for.
    """
    index: dict[tuple[str, str], list[_Indexed]] = {}
    for place, found in enumerate(measurements()):
        caveat = _CAVEATS[found.value][0]
        both = found.option == "int4+2:4"
        options = [found.option] + (["2:4"] if both and found.against == found.dtype else [])
        phases = ("prefill", "decode") if found.phase == "na" else (found.phase,)
        if both and found.value == "measured_combined_with_quant":
            caveat = 0.0  # it is the question
        entry = _Indexed(found, place, _LEVELS[found.level][0] + caveat)
        for option in options:
            for phase in phases:
                index.setdefault((option, phase), []).append(entry)
    return {key: tuple(entries) for key, entries in index.items()}


Entry = TypeVar("Entry")


def _diverse(
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


@lru_cache(maxsize=256)
def nearest(option_key: str, run: Run, sparsity: float, limit: int = 3, pattern: NM | None = None) -> tuple[Near, ...]:
    """The published speed-ups most like one option of a dense `run`, nearest first.

    The distance is a sum: of the device (same board 0, same chip with the board not stated 0.5, same chip 1, any other
    2; a CPU never stands for a GPU), the type (same 0, same width 0.5, other 1), the parameters (|log₂ of the ratio| /
    2), the tokens (|log₂ of the ratio| / 4), the level (model 0, layer 1, product 1.5), the sparsity (difference × 4;
    2:4 has but one), the pattern (other 0.5), the kind of model (other 1), the phase (not stated 0.5) and the kind of
    figure (`_CAVEATS`). What a source does not state counts 0.5. No more than two of the rows come from one publication
    where others are within 2 of them.
    """
    model, machine, dtype, tokens = run.model, run.device, run.dtype, run.workload.tokens(run.phase)
    decoder = model.kind == "decoder"
    entries = _index().get((option_key, run.kind), ())
    asked = pattern.words if pattern and option_key == "n:m" else ""
    if option_key in ("2:4", "int4+2:4"):
        sparsity = 0.5
    here = machine.maker == "cpu"
    # Few values stand in many rows: each is compared once.
    devices: dict[str, float] = {}
    types: dict[tuple[str, str, bool], float] = {}
    sizes: dict[float, float] = {}
    counts: dict[tuple[int, int], float] = {}
    ranked: list[tuple[float, int, Measurement]] = []
    for found, place, fixed in entries:
        if found.option != option_key and found.dtype != dtype:
            continue
        device = found.device
        if device not in devices:
            devices[device] = _device_away(found, machine)[0] if _on_cpu(device) == here else -1.0
        if devices[device] < 0:
            continue
        kinds = (found.dtype, found.against, found.option in _QUANTIZED)
        if kinds not in types:
            types[kinds] = _dtype_away(found, dtype)[0]
        if found.params not in sizes:
            sizes[found.params] = _params_away(found.params, model)[0]
        if found.tokens not in counts:
            counts[found.tokens] = _tokens_away(found.tokens, tokens, found.phase)[0]
        distance = fixed + devices[device] + types[kinds] + sizes[found.params] + counts[found.tokens]
        distance += abs(found.sparsity - sparsity) * _PER_SPARSITY
        if found.model and found.kind != model.kind:
            distance += _OTHER_KIND
        if decoder and found.phase == "na":
            distance += _NOT_STATED
        if asked and found.pattern != asked:
            distance += _OTHER_PATTERN
        ranked.append((round(distance, 6), place, found))  # the last bits of log2 are not the same everywhere
    ranked.sort()  # no two have the same place
    chosen = _diverse(((away, found) for away, _, found in ranked), limit, lambda found: found.group, 2, 2.0)
    return tuple(
        Near(found, _differences(found, run, sparsity, asked), round(away, 2) <= NEAR, away) for away, found in chosen
    )


def _differences(found: Measurement, run: Run, sparsity: float, asked: str) -> tuple[str, ...]:
    """What is different in a measurement, in words, what matters most first."""
    model, tokens = run.model, run.workload.tokens(run.phase)
    words = (
        _LEVELS[found.level][1],
        _device_away(found, run.device)[1],
        _dtype_away(found, run.dtype)[1],
        _combined(found),
        f"{_KINDS[found.kind]}, not {_KINDS[model.kind]}" if found.model and found.kind != model.kind else "",
        _params_away(found.params, model)[1],
        _pattern_away(found.pattern, asked)[1],
        _zeros_away(found.option, found.sparsity, sparsity)[1],
        _tokens_away(found.tokens, tokens, found.phase)[1] if found.kind not in ("vision", "cnn") else "",
        "phase not stated" if model.kind == "decoder" and found.phase == "na" else "",
        _CAVEATS[found.value][1],
    )
    return tuple(filter(None, words))


# ----------------------------------------------------------------------------------------------------
# Quality

_OTHER_GENERATION, _OTHER_FAMILY = 0.5, 2.0
_OTHER_NM = 1.0
_USUAL = ("SparseGPT", "Wanda")
_LESS_USUAL, _MAGNITUDE, _NOT_PERPLEXITY, _FLATTERED = 0.1, 0.2, 0.05, 0.1
"""Among equals the usual one-shot methods come first, perplexity before other metrics, magnitude pruning last."""

_FAMILY = re.compile(r"([a-z]+)(?:-?(\d+)(?:\.\d+)?(?![\d.]*[bmx]))?", re.IGNORECASE)


@cache
def family(name: str) -> str:
    """The family and generation that a model's name begins with; its size, minor version and owner do not count.

    >>> family("Llama-3.1-8B"), family("meta-llama/Llama-2-7b-hf"), family("OPT-13B"), family("Qwen2.5-7B")
    ('llama3', 'llama2', 'opt', 'qwen2')
    """
    owner, _, rest = name.partition("/")
    found = _FAMILY.match(rest if rest[:1].isalpha() else owner)
    return (found[1] + (found[2] or "")).casefold() if found else ""


@cache
def _stem(name: str) -> str:
    """A family without its generation."""
    found = re.match(r"[a-z]*", name)
    return found[0] if found else ""


def _family_away(found: Quality, model: Model) -> tuple[float, str]:
    here = family(model.name)
    if found.family == here:
        return 0.0, ""
    if _stem(found.family) in (_stem(here), _stem(model.model_type)):
        return _OTHER_GENERATION, f"another generation: {found.model}"
    return _OTHER_FAMILY, f"another family: {found.model}" if here or model.model_type else f"of {found.model}"


@lru_cache(maxsize=128)
def quality(
    option_key: str, model: Model, sparsity: float, pattern: NM | None = None, limit: int = 4
) -> tuple[Quoted, ...]:
    """The published qualities most like one option of a model, nearest first; none where nothing was published.

    Only the same kind of model counts. The distance is a sum: of the family (another generation 0.5, another family
    2), the parameters (|log₂ of the ratio| / 2), the sparsity (difference × 4) and the N:M pattern (other 1); after
    that the usual methods come first. Every method once where others are within 1 of it, and one that trained
    afterwards where it is.
    """
    asked = pattern.words if pattern and option_key == "n:m" else ""
    if option_key == "2:4":
        sparsity = 0.5
    ranked: list[tuple[float, Quality]] = []
    for found in qualities():
        if found.option != option_key or found.kind != model.kind:
            continue
        distance = _family_away(found, model)[0] + _params_away(found.params, model)[0]
        if found.sparsity:
            distance += abs(found.sparsity - sparsity) * _PER_SPARSITY
        if asked and found.pattern != asked:
            distance += _OTHER_NM
        if found.method not in _USUAL:
            distance += _MAGNITUDE if found.method == "magnitude" else _LESS_USUAL
        distance += _FLATTERED if "flatters" in found.note else 0.0
        distance += 0.0 if found.lower_is_better else _NOT_PERPLEXITY
        ranked.append((round(distance, 6), found))
    ranked.sort(key=lambda each: each[0])
    quoted = []
    chosen = _diverse(ranked, limit, lambda found: found.method, 1, 1.0)
    if chosen and not any(found.retrained for _, found in chosen):
        trained = next((each for each in ranked if each[1].retrained and each[0] <= chosen[-1][0] + 1), None)
        if trained:
            chosen = sorted([*chosen[:-1], trained], key=lambda each: each[0])
    for away, found in chosen:
        kin, other = _family_away(found, model)
        words = (
            other,
            _params_away(found.params, model)[1],
            _pattern_away(found.pattern, asked)[1],
            _zeros_away(found.option, found.sparsity, sparsity)[1] if found.sparsity else "",
        )
        quoted.append(Quoted(found, tuple(filter(None, words)), kin < _OTHER_FAMILY, round(away, 2) <= NEAR, away))
    return tuple(quoted)
