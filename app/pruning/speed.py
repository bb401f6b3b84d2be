"""How much faster: a range for prefill and decode, from a roofline drawn for every matrix of the model.

A matrix product takes the soft maximum of its compute time and its memory time, plus a launch; 2:4 divides
the compute by a measured gain and shrinks the weights it reads. End to end, the host, the layers' small work,
the head and the KV cache stay as they are (Amdahl). Constants stand in `speed.csv` with their sources,
devices in `hardware.csv`. Times are microseconds. A speed-up is dense time over pruned time: below 1 is
slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import (
    fsum,  # sum() rounds as the Python version pleases, and the page must equal CPython to the last bit
    log,
)
from typing import Literal, NamedTuple

from app.pruning.architecture import Linear, Model, Shape, linears, presets
from app.pruning.storage import by_key, types
from app.pruning.tables import Source, constant, constants, rows, source_of

Phase = Literal["prefill", "decode"]


class Peak(NamedTuple):
    """What a datasheet states for one type: dense and 2:4 TFLOPS (TOPS for integers), and how near we have
    timings.

    `evidence` is `measured` (this GPU and type), `near` (same silicon or family), or `extrapolated`.
    """

    dtype: str
    dense_tflops: float
    sparse24_tflops: float | None
    supports_24: bool
    evidence: str
    note: str
    source: Source


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Device:
    """A machine: memory in GB (10⁹), bandwidth in GB/s, peaks by type. A CPU has no verified figures here:
    None.
    """

    key: str
    name: str
    maker: str
    arch: str
    memory_gb: float | None
    bandwidth_gb_s: float | None
    fit: str
    peaks: Mapping[str, Peak]
    note: str
    source: Source
    memory_source: str

    @property
    def has_24(self) -> bool:
        """Whether any type runs 2:4 on this device."""
        return any(peak.supports_24 for peak in self.peaks.values())


@cache
def devices() -> tuple[Device, ...]:
    """Every device of `hardware.csv`, in its order."""
    found: dict[str, Device] = {}
    peaks: dict[str, dict[str, Peak]] = {}
    for row in rows("hardware.csv"):
        key = row["key"]
        if key not in found:
            peaks[key] = {}
            found[key] = Device(
                key=key,
                name=row["name"],
                maker=row["maker"],
                arch=row["arch"],
                memory_gb=float(row["memory_gb"]) if row["memory_gb"] else None,
                bandwidth_gb_s=float(row["bandwidth_gb_s"]) if row["bandwidth_gb_s"] else None,
                fit=row["fit"],
                peaks=peaks[key],
                note="" if row["dtype"] else row["note"],
                source=source_of(row),
                memory_source=row["memory_source"],
            )
        if row["dtype"]:
            peaks[key][row["dtype"]] = Peak(
                dtype=row["dtype"],
                dense_tflops=float(row["dense_tflops"]),
                sparse24_tflops=float(row["sparse24_tflops"]) if row["sparse24_tflops"] else None,
                supports_24=bool(row["supports_24"]),
                evidence=row["evidence"],
                note=row["note"],
                source=source_of(row),
            )
    return tuple(found.values())


def device(key: str) -> Device | None:
    """The device of that key, in any case; None when there is none."""
    wanted = key.strip().casefold()
    return next((found for found in devices() if found.key == wanted), None)


class Workload(NamedTuple):
    """What the model is asked: a prompt of `prefill_tokens`, `batch` requests at once, `context` tokens when
    decoding.

    The defaults are an assumption of this page, stated in `speed.csv`.
    """

    prefill_tokens: int = int(constant("workload.prefill_tokens"))
    batch: int = int(constant("workload.batch"))
    context: int = int(constant("workload.context"))


class Pass(NamedTuple):
    """One pass through the model in microseconds: the block matrices, and everything else."""

    blocks_us: float
    rest_us: float


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


# ----------------------------------------------------------------------------------------------------
# The roofline


class Arithmetic(NamedTuple):
    """How a device computes with weights of a type: in what type, at what peak, with 2:4 or not.

    `weight_only`: the weights are stored in the type and widened to 16 bits to compute.
    """

    dtype: str
    tflops: float
    weight_only: bool
    supports_24: bool
    evidence: str
    source: Source


_SUBSTITUTES = {
    "fp32": ("fp32", "tf32", "fp16"),
    "fp16": ("fp16", "bf16"),
    "bf16": ("bf16", "fp16"),
    "fp8": ("fp8",),
    "int8": ("int8",),
    "int4": (),
    "mxfp4": ("fp4",),
    "nvfp4": ("fp4",),
}


@lru_cache(maxsize=1024)
def arithmetic(machine: Device, dtype: str) -> Arithmetic | None:
    """What `machine` computes in when the weights are `dtype`; None for a machine without peaks.

    4-bit weights, and 8-bit ones on a device without a peak for them, are weight-only. FP32 gains nothing
    from 2:4: the hardware offers only a 1:2 pattern, and that in TF32.
    """
    if not machine.peaks:
        return None
    native = next((machine.peaks[key] for key in _SUBSTITUTES[dtype] if key in machine.peaks), None)
    if native is not None:
        sparse = native.supports_24 and dtype != "fp32"
        return Arithmetic(native.dtype, native.dense_tflops, False, sparse, native.evidence, native.source)
    wide = next(machine.peaks[key] for key in ("bf16", "fp16") if key in machine.peaks)
    return Arithmetic(wide.dtype, wide.dense_tflops, True, False, "extrapolated", wide.source)


def format_24(dtype: str) -> str:
    """The storage format that 2:4 hardware reads for a type: FP4 wants its zeros in pairs."""
    return "2:4-pairs" if types()[dtype].values == 4 else "2:4"


def supports_24(machine: Device, dtype: str) -> bool:
    """Whether 2:4 runs faster hardware paths on this device for this type."""
    found = arithmetic(machine, dtype)
    return found is not None and found.supports_24


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Kernel:
    """A matrix product on a device: operations and bytes per microsecond, bytes per element, the launch in
    µs.
    """

    ops_per_us: float
    bytes_per_us: float
    activation_bytes: float
    output_bytes: float
    weight_bytes: float
    launch_us: float


def _share(machine: Device, dtype: str) -> float:
    family = "geforce" if machine.fit == "geforce" else "datacenter"
    known = constants().get(f"compute_share.{family}.{dtype}")
    return known.value if known else constant(f"compute_share.{family}.fp16")


def _gain(machine: Device, dtype: str) -> float:
    known = constants().get(f"gain_24.{machine.fit}.{dtype}") or constants().get(f"gain_24.datacenter.{dtype}")
    return known.value if known else constant("gain_24.datacenter.fp16")


@cache
def _gains(dtype: str) -> tuple[float, float]:
    """The lowest and the highest measured 2:4 gain for a type over all devices."""
    all_types = {key: entry.value for key, entry in constants().items() if key.startswith("gain_24.")}
    found = [value for key, value in all_types.items() if key.endswith(dtype)] or list(all_types.values())
    return min(found), max(found)


@lru_cache(maxsize=1024)
def dense_kernel(machine: Device, dtype: str) -> Kernel:
    """The dense matrix product with weights of `dtype` on a device that has peaks."""
    how = arithmetic(machine, dtype)
    if how is None or machine.bandwidth_gb_s is None:
        raise ValueError(f"no peaks for {machine.name}")
    # Activations have the type of the arithmetic: FP4 in the blocks of the weights' own kind.
    acts = "fp16" if how.weight_only else dtype if how.dtype in ("tf32", "fp4") else how.dtype
    computed = types()["fp32" if dtype == "fp32" else acts].bits / 8
    return Kernel(
        ops_per_us=how.tflops * 1e6 * _share(machine, how.dtype),
        bytes_per_us=machine.bandwidth_gb_s * 1e3 * constant("gemm.bandwidth_share"),
        activation_bytes=computed,
        output_bytes=max(2.0, computed),
        weight_bytes=types()[dtype].bits / 8,
        launch_us=constant("gemm.launch_us"),
    )


@lru_cache(maxsize=1024)
def sparse24_kernel(machine: Device, dtype: str, gain: float, traffic: float) -> Kernel:
    """The 2:4 matrix product: compute divided by `gain`, weights in the 2:4 format, bandwidth used `traffic`
    as well.
    """
    dense = dense_kernel(machine, dtype)
    kind = types()[dtype]
    stored = by_key()[format_24(dtype)].bits(0.5, kind.values, kind.scales)
    return replace(
        dense,
        ops_per_us=dense.ops_per_us * gain,
        bytes_per_us=dense.bytes_per_us * traffic,
        weight_bytes=stored / 8,
        launch_us=dense.launch_us + constant("gemm.launch_24_us"),
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Roof:
    """What of a model the roofline needs: the block matrices, and what sizes the rest.

    `kv_bytes` is the KV cache of one token in bytes; `generates` is false for a model that only reads its
    input.
    """

    matrices: tuple[Linear, ...]
    layers: float
    hidden_size: float
    vocab: int
    kv_bytes: float
    generates: bool


def _power(base: float, exponent: float) -> float:
    """A power, to twelve decimals: beyond these the C libraries of a desk and of WebAssembly differ, and the page must
    equal CPython to the last bit.
    """
    return round(float(base**exponent), 12)


@lru_cache(maxsize=256)
def roof(shape: Shape, scale: float = 1.0) -> Roof:
    """The roof of a shape; with `scale`, of one with that many times the parameters in its blocks.

    Layers and both sides of every matrix grow by the cube root, as models of one family roughly do.
    """
    side = _power(scale, 1 / 3)
    per_layer = shape.kv_rank + shape.qk_rope_dim if shape.kv_rank else 2 * shape.kv_heads * shape.head_dim
    return Roof(
        matrices=tuple(
            entry._replace(outputs=entry.outputs * side, inputs=entry.inputs * side, layers=entry.layers * side)
            for entry in linears(shape)
        ),
        layers=shape.layers * side,
        hidden_size=shape.hidden_size * side,
        vocab=shape.vocab,
        kv_bytes=2.0 * shape.layers * side * per_layer * side,
        generates=shape.kind == "decoder",
    )


@cache
def _dense_presets() -> tuple[Model, ...]:
    return tuple(model for model in presets() if model.shape and model.kind == "decoder" and not model.shape.experts)


STAND_INS = 3
"""How many presets of the nearest sizes stand in for a bare number of parameters: their spread widens the
range.
"""


@lru_cache(maxsize=256)
def stand_ins(total: int) -> tuple[Model, ...]:
    """The dense presets nearest in size to `total` parameters, nearest first."""
    return tuple(sorted(_dense_presets(), key=lambda model: abs(log(model.total / max(total, 1))))[:STAND_INS])


@lru_cache(maxsize=256)
def roofs(model: Model) -> tuple[Roof, ...]:
    """The roofs to draw: the model's own, those of its stand-ins scaled to its size, or none for a CNN."""
    if model.shape is not None:
        return (roof(model.shape),)
    if model.kind == "cnn":
        return ()
    return tuple(
        roof(found.shape, model.total * model.prunable / found.parts.prunable)
        for found in stand_ins(model.total)
        if found.shape and found.parts
    )


@lru_cache(maxsize=1024)
def blocks_us(drawn: Roof, kernel: Kernel, tokens: int, kept: float = 1.0) -> float:
    """The time of all block matrices for `tokens` tokens, each cut to the share `kept` of its cut side."""
    power = constant("gemm.p")
    total = 0.0
    for matrix in drawn.matrices:
        n, k = matrix.outputs, matrix.inputs
        if matrix.cut == "outputs":
            n *= kept
        else:
            k *= kept
        routed = tokens * matrix.per_token
        read = 1.0
        if matrix.experts > 1:
            # Experts that at least one of the tokens chose, if all are chosen alike.
            read = matrix.experts * (1 - _power(1 - matrix.per_token / matrix.experts, tokens))
        compute = 2 * routed * n * k / kernel.ops_per_us
        moved = routed * (k * kernel.activation_bytes + n * kernel.output_bytes) + read * n * k * kernel.weight_bytes
        memory = moved / kernel.bytes_per_us
        total += matrix.layers * (((compute**power + memory**power) ** (1 / power)) + kernel.launch_us)
    return round(total, 6)  # see _power


@lru_cache(maxsize=1024)
def rest_us(drawn: Roof, machine: Device, phase: Phase, work: Workload) -> tuple[float, float, float]:
    """What pruning of the matrices leaves: time per pass, time of all layers' small work, time to read the KV
    cache.

    The first holds host, requests and the head; the other two shrink when whole layers go, the last also with
    heads.
    """
    wide = arithmetic(machine, "fp16")
    if wide is None or machine.bandwidth_gb_s is None:
        raise ValueError(f"no peaks for {machine.name}")
    tokens = _tokens(phase, work)
    per_us = machine.bandwidth_gb_s * 1e3
    fixed = constant(f"{phase}.host_us") + constant(f"{phase}.request_us") * work.batch
    layers = constant(f"{phase}.layer_us") * drawn.layers
    layers += constant(f"{phase}.passes") * tokens * drawn.layers * drawn.hidden_size * 2 / per_us
    if drawn.generates:
        weights = drawn.vocab * drawn.hidden_size
        compute = 2 * work.batch * weights / (wide.tflops * 1e6 * constant("head.compute_share"))
        fixed += max(compute, weights * 2 / (per_us * constant("head.bandwidth_share")))
    cache_us = 0.0
    if phase == "decode":
        cache_us = drawn.kv_bytes * work.context * work.batch / (per_us * constant("gemm.bandwidth_share"))
    return fixed, layers, cache_us


def _tokens(phase: Phase, work: Workload) -> int:
    return work.prefill_tokens * work.batch if phase == "prefill" else work.batch


def pass_us(drawn: Roof, machine: Device, kernel: Kernel, phase: Phase, work: Workload) -> float:
    """The time of one pass through the model: a prompt in prefill, one token per request in decode."""
    return blocks_us(drawn, kernel, _tokens(phase, work)) + fsum(rest_us(drawn, machine, phase, work))


@lru_cache(maxsize=1024)
def regime(model: Model, machine: Device, dtype: str, phase: Phase, work: Workload) -> str:
    """The regime of the dense model in words: the phase, its size, and what bounds it."""
    if model.kind != "decoder":
        phase, size = "prefill", f"one forward pass of {_tokens('prefill', work):,} tokens"
        if model.kind == "cnn":
            return "one forward pass over images"
    elif phase == "prefill":
        size = f"prefill, {_tokens(phase, work):,} tokens"
    else:
        size = f"decode, batch {work.batch:,}"
    if arithmetic(machine, dtype) is None:
        return size
    drawn = roofs(model)[0]
    kernel = dense_kernel(machine, dtype)
    tokens = _tokens(phase, work)
    launches = fsum(matrix.layers for matrix in drawn.matrices) * kernel.launch_us
    compute = blocks_us(drawn, replace(kernel, bytes_per_us=float("inf"), launch_us=0), tokens)
    fixed, layers, cache_us = rest_us(drawn, machine, phase, work)
    memory = blocks_us(drawn, replace(kernel, ops_per_us=float("inf"), launch_us=0), tokens) + cache_us
    bound = max((compute, "compute-bound"), (memory, "memory-bound"), (fixed + layers + launches, "overhead-bound"))
    return f"{size}, {bound[1]}"


# ----------------------------------------------------------------------------------------------------
# One law for each way to prune


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


@lru_cache(maxsize=512)
def sparse24(model: Model, machine: Device, dtype: str, share: float, phase: Phase, work: Workload) -> Range:
    """2:4 on the share of the block matrices that is pruned."""
    where = regime(model, machine, dtype, phase, work)
    how = arithmetic(machine, dtype)
    if dtype == "int4" and how is not None and supports_24(machine, "fp16") and machine.maker == "nvidia":
        if phase == "prefill" or model.kind != "decoder":
            return same(where, "No software runs 2:4 on 4-bit weights today: vLLM and torchao removed it.")
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
        return same(where, why)
    actual = _phase_of(model, phase)
    error = constant(f"{actual}.p90")
    low_gain = high_gain = gain = _gain(machine, how.dtype)
    sure = how.evidence in ("measured", "near")
    if not sure:
        low_gain, high_gain = _gains(how.dtype)
    if not roofs(model):
        fraction = share * constant("prefill.fallback_share")
        low, likely, high = (_amdahl(fraction, value) for value in (low_gain, gain, high_gain))
        why = "No roofline for a CNN: a usual share of the time gains what a 2:4 matrix product gains."
        return Range(
            low * (1 - error),
            likely,
            high * (1 + error),
            where,
            why,
            _sources("prefill.fallback_share", "prefill.p90"),
        )
    found, passes = [], []
    tokens = _tokens(actual, work)
    # The time of host and layers was measured on decoders in vLLM: the best case of others leaves it out.
    at_best = 1.0 if model.kind == "decoder" else 0.0
    usual, worst = constant("gemm.traffic_24"), constant("gemm.traffic_24_low")
    for drawn in roofs(model):
        before = blocks_us(drawn, dense_kernel(machine, dtype), tokens)
        rest = fsum(rest_us(drawn, machine, actual, work))

        def speedup(
            gain: float, traffic: float, drawn: Roof = drawn, before: float = before, rest: float = rest
        ) -> float:
            after = blocks_us(drawn, sparse24_kernel(machine, dtype, gain, traffic), tokens)
            return (before + rest) / (share * after + (1 - share) * before + rest)

        likely = speedup(gain, usual)
        kept = share * blocks_us(drawn, sparse24_kernel(machine, dtype, gain, usual), tokens)
        passes.append((Pass(before, rest), Pass(kept + (1 - share) * before, rest)))
        low = speedup(low_gain, usual) * (1 - error)
        if actual == "decode":
            low = min(low, speedup(low_gain, worst))
        found.append((low, likely, max(likely, speedup(high_gain, usual, rest=rest * at_best)) * (1 + error)))
    low, likely, high = _spread(found)
    if machine.maker == "amd":
        low = min(low, 1.0)
    why = _NO_DECODE if actual != phase else ""
    if how.dtype == "fp4":
        why += "FP4 wants its zeros in pairs (4 of 8): an element-wise 2:4 checkpoint cannot be used. "
    if machine.maker == "amd":
        why += "Extrapolated: 2:4 peaks without published timings; the range spans all measured gains."
    elif how.evidence == "measured":
        why += f"Roofline fitted to timings on this GPU; its 90th-percentile error is {error:.0%}."
    elif how.evidence == "near":
        why += f"Roofline fitted to a GPU of the same family; its 90th-percentile error is {error:.0%}."
    else:
        why += "Extrapolated: no published timing on this GPU and type; the range spans all measured gains."
    if model.kind != "decoder":
        why += " Host time is that of decoders in vLLM; the high end has none."
    if model.shape is None:
        why += f" Shape unknown: drawn for {stand_ins(model.total)[0].name} and its neighbours, scaled."
    elif model.shape.experts:
        why += " No published 2:4 timing for a mixture of experts."
    why += _computed_in(machine, dtype)
    cited = (*_sources("gemm.p", f"{actual}.p90", "gemm.traffic_24_low"), how.source)
    return Range(low, likely, high, where, why, tuple(dict.fromkeys(cited)), *passes[0])


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
        likely = _power(left, -constant("cnn.width_exponent"))
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
    tokens = _tokens(actual, work)
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
    kernel, error = dense_kernel(machine, dtype), constant(f"{actual}.p90")
    tokens = _tokens(actual, work)
    before, left = (
        Pass(blocks_us(drawn, kernel, tokens), fsum(rest_us(drawn, machine, actual, work)))
        for drawn in (roof(model.shape), roof(after.shape))
    )
    likely = fsum(before) / fsum(left)
    why += (
        "The roofline of the exact new shape against the old one; the high end adds its 90th-percentile error of"
        f" {error:.0%}. Low: what SliceGPT kept end to end." + _computed_in(machine, dtype)
    )
    cited = (*_sources("gemm.p", f"{actual}.p90", "structured.low_share"), how.source)
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
    error = constant(f"{actual}.p90")
    found = []
    for drawn in roofs(model):
        ratio = pass_us(drawn, machine, dense_kernel(machine, dtype), actual, work) / pass_us(
            drawn, machine, dense_kernel(machine, to), actual, work
        )
        found.append((ratio * (1 - error), ratio, ratio * (1 + error)))
    low, likely, high = _spread(found)
    if how.weight_only:
        why = f"Fewer bytes to read, arithmetic in {types()[how.dtype].label}: the roofline says how much."
    else:
        why = f"Weights and arithmetic in {types()[to].label}: the roofline at that peak."
    why += " Its constants were fitted to 8-bit and 16-bit timings; the range is their 90th-percentile error."
    why = (_NO_DECODE if actual != phase else "") + why
    cited = tuple(dict.fromkeys((*_sources("gemm.p", f"{actual}.p90"), how.source, was.source)))
    return Range(low, likely, high, where, why, cited)


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
