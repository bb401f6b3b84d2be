"""The time of a pass through a model, from a roofline drawn for every matrix.

A matrix product takes the soft maximum of its compute time and its memory time, plus a launch; 2:4 divides the compute
by a measured gain and shrinks the weights it reads. End to end, the host, the layers' small work, the head and the KV
cache stay as they are (Amdahl). Constants stand in `fitted.csv`, which `make fit` writes. Times are microseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from math import (
    fsum,  # sum() rounds as the Python version pleases, and the page must equal CPython to the last bit
    log,
)
from typing import Literal, NamedTuple

from app.calculators.pruning.data.tables import constant, constants
from app.calculators.pruning.model.architecture import Linear, Model, Shape, linears, presets
from app.calculators.pruning.model.storage import by_key, types
from app.calculators.pruning.speed.devices import Device, arithmetic, format_24

Phase = Literal["prefill", "decode"]


class Workload(NamedTuple):
    """What the model is asked: a prompt of `prefill_tokens`, `batch` requests at once, `context` tokens when
    decoding, the bits of a value in the KV cache.

    The defaults are an assumption of this page, stated in `speed.csv`.
    """

    prefill_tokens: int = int(constant("workload.prefill_tokens"))
    batch: int = int(constant("workload.batch"))
    context: int = int(constant("workload.context"))
    kv_bits: int = 16


class Pass(NamedTuple):
    """One pass through the model in microseconds: the block matrices, and everything else."""

    blocks_us: float
    rest_us: float


class Fitted(NamedTuple):
    """What `make fit` found for a type on a device, on its architecture, or on its family.

    `compute_share` and `warm_share` are the shares of the peak compute and of the peak bandwidth that a dense product
    reaches when its matrices rest in the cache, as in a benchmark that repeats it. 2:4 computes `gain_24` times as
    fast, less by `wide_24` for many outputs; it uses the bandwidth `traffic_24` times as well, and its launch costs
    `launch_24_us` more.
    """

    compute_share: float
    warm_share: float
    gain_24: float
    traffic_24: float
    launch_24_us: float
    wide_24: float


class Kernel(NamedTuple):
    """A matrix product on a device: operations and bytes per microsecond, bytes per element, the launch in µs.

    `wide` is how much slower it computes for many outputs: the exponent of 1 + outputs / 8192.
    """

    ops_per_us: float
    bytes_per_us: float
    activation_bytes: float
    output_bytes: float
    weight_bytes: float
    launch_us: float
    wide: float = 0.0


WIDE = 8192
"""Outputs, beyond which 2:4 in 16 bits has been measured to lose much of its gain (see `Fitted.wide_24`)."""


def matmul_us(
    tokens: float, outputs: float, inputs: float, kernel: Kernel, power: float, weights_read: float = 1.0
) -> float:
    """The time of a product of `tokens` × `inputs` with a weight of `outputs` × `inputs`, which is read `weights_read`
    times: the soft maximum of compute and memory time, and the launch. Numbers or arrays of them.
    """
    compute = 2 * tokens * outputs * inputs / kernel.ops_per_us * (1 + (outputs / WIDE) ** 2) ** (kernel.wide / 2)
    moved = tokens * (inputs * kernel.activation_bytes + outputs * kernel.output_bytes)
    memory = (moved + weights_read * outputs * inputs * kernel.weight_bytes) / kernel.bytes_per_us
    time: float = (compute**power + memory**power) ** (1 / power) + kernel.launch_us
    return time


def pruned_24(dense: Kernel, found: Fitted, stored_bytes: float, bytes_per_us: float) -> Kernel:
    """The 2:4 kernel of a dense one, its weights stored in `stored_bytes` per original weight."""
    return dense._replace(
        ops_per_us=dense.ops_per_us * found.gain_24,
        bytes_per_us=bytes_per_us,
        weight_bytes=stored_bytes,
        launch_us=dense.launch_us + found.launch_24_us,
        wide=found.wide_24,
    )


FAMILIES = ("datacenter", "geforce")


def family(machine: Device) -> str:
    """The kind of device whose mean stands for one that nobody has measured."""
    return "geforce" if machine.fit.startswith(("geforce", "rtx")) else "datacenter"


@lru_cache(maxsize=256)
def fitted(machine: Device, dtype: str) -> Fitted:
    """The constants of a type on a device: its own, or those of its architecture, or of its family. Where its owner
    timed it, what that says stands in their place.
    """

    def one(name: str) -> float:
        for of in (machine.key, machine.fit, family(machine)):
            known = constants().get(f"{name}.{of}.{dtype}")
            if known:
                return known.value
        return constant(f"{name}.{family(machine)}.fp16")

    known = Fitted(*map(one, Fitted._fields))
    own = machine.timed.get(dtype)
    if own is None or machine.bandwidth_gb_s is None:
        return known
    return known._replace(
        compute_share=own.tflops / machine.peaks[dtype].dense_tflops,
        warm_share=own.gb_s / machine.bandwidth_gb_s,
        gain_24=own.gain_24,
        traffic_24=own.traffic_24,
    )


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
        ops_per_us=how.tflops * 1e6 * fitted(machine, how.dtype).compute_share,
        bytes_per_us=_from_memory(machine, fitted(machine, how.dtype).warm_share),
        activation_bytes=computed,
        output_bytes=max(2.0, computed),
        weight_bytes=types()[dtype].bits / 8,
        launch_us=constant("gemm.launch_us"),
    )


@cache
def every_fitted(dtype: str) -> tuple[Fitted, ...]:
    """What was found for a type, or for 16 bits where nobody timed it, on every device that was timed."""
    series = [key.split(".")[1:] for key in constants() if key.startswith("gain_24.")]
    devices = {kind: [of for of, its in series if its == kind and of not in FAMILIES] for kind in (dtype, "fp16")}
    kind = dtype if devices[dtype] else "fp16"
    return tuple(Fitted(*(constant(f"{name}.{of}.{kind}") for name in Fitted._fields)) for of in devices[kind])


@lru_cache(maxsize=1024)
def sparse24_kernel(machine: Device, dtype: str, found: Fitted | None = None) -> Kernel:
    """The 2:4 matrix product, by the constants of the device or by those `found` on another."""
    kind, how = types()[dtype], arithmetic(machine, dtype)
    stored = by_key()[format_24(dtype)].bits(0.5, kind.values, kind.scales)
    found = found or fitted(machine, how.dtype if how else dtype)
    reads = _from_memory(machine, found.warm_share * found.traffic_24)
    return pruned_24(dense_kernel(machine, dtype), found, stored / 8, reads)


def _from_memory(machine: Device, warm_share: float) -> float:
    """Bytes per microsecond of a kernel that reads `warm_share` of the peak from the cache: memory is no faster."""
    return (machine.bandwidth_gb_s or 0.0) * 1e3 * min(warm_share, constant(f"bandwidth_share.{family(machine)}"))


BANDS = {"gemm": (256, 2048), "prefill": (4096,), "decode": (64,)}
"""Up to how many tokens one band of errors holds: small passes scatter more, so their range is wider."""


def scatter(kind: str, timed: bool, tokens: int) -> tuple[float, float]:
    """How far below and above what is foretold 85 % of measurements lie, as factors.

    They are those of rows kept back from the fit: of other models where the device, or its silicon, was timed, and of
    other devices where it was not. `kind` is gemm, prefill or decode.
    """
    name = next((str(edge) for edge in BANDS[kind] if tokens <= edge), "more")
    of = f"range.{kind}.{'model' if timed else 'device'}.{name}"
    return constant(f"{of}.low"), constant(f"{of}.high")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Roof:
    """What of a model the roofline needs: the block matrices, and what sizes the rest.

    `kv_values` are the values that one token leaves in the KV cache of all layers; the share `windowed` of them is read
    for the last `window` tokens only. `generates` is false for a model that only reads its input.
    """

    matrices: tuple[Linear, ...]
    layers: float
    hidden_size: float
    vocab: int
    kv_values: float
    windowed: float
    window: int
    generates: bool


def power_of(base: float, exponent: float) -> float:
    """A power, to twelve decimals: beyond these the C libraries of a desk and of WebAssembly differ, and the page must
    equal CPython to the last bit.
    """
    return round(float(base**exponent), 12)


@lru_cache(maxsize=256)
def roof(shape: Shape, scale: float = 1.0) -> Roof:
    """The roof of a shape; with `scale`, of one with that many times the parameters in its blocks.

    Layers and both sides of every matrix grow by the cube root, as models of one family roughly do.
    """
    side = power_of(scale, 1 / 3)
    per_layer = shape.kv_rank + shape.qk_rope_dim if shape.kv_rank else 2 * shape.kv_heads * shape.head_dim
    return Roof(
        matrices=tuple(
            entry._replace(outputs=entry.outputs * side, inputs=entry.inputs * side, layers=entry.layers * side)
            for entry in linears(shape)
        ),
        layers=shape.layers * side,
        hidden_size=shape.hidden_size * side,
        vocab=shape.vocab,
        kv_values=shape.layers * side * per_layer * side,
        windowed=shape.windowed_layers / shape.layers,
        window=shape.window,
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


def _products(
    drawn: Roof, tokens: int, kept: float, stretch: float
) -> Iterator[tuple[float, float, float, float, float]]:
    """How often each product of the block matrices is done, its tokens, outputs and inputs, and how often its weight is
    read.
    """
    for matrix in drawn.matrices:
        n, k = matrix.outputs, matrix.inputs
        if matrix.cut == "outputs":
            n *= kept
        else:
            k *= kept
        read = 1.0
        if matrix.experts > 1:
            # Experts that at least one of the tokens chose, if all are chosen alike.
            read = matrix.experts * (1 - power_of(1 - matrix.per_token / matrix.experts, tokens))
        yield matrix.layers, tokens * matrix.per_token, n, k * stretch, read


@lru_cache(maxsize=1024)
def blocks_us(drawn: Roof, kernel: Kernel, tokens: int, kept: float = 1.0, stretch: float = 1.0) -> float:
    """The time of all block matrices for `tokens` tokens, each cut to the share `kept` of its cut side, or with inputs
    stretched, as `NM.stretch_24` has it.
    """
    power = constant("gemm.p")
    total = 0.0
    for times, routed, n, k, read in _products(drawn, tokens, kept, stretch):
        total += times * matmul_us(routed, n, k, kernel, power, read)
    return round(total, 6)  # see power_of


class Spot(NamedTuple):
    """Where the block matrices of a pass stand under a roofline: FLOPs per byte that is moved, and FLOPs per
    microsecond that are reached. The zeros of 2:4 count as FLOPs, as they do in a datasheet's peak.
    """

    intensity: float
    flops_per_us: float


def spot(drawn: Roof, kernel: Kernel, tokens: int, kept: float = 1.0) -> Spot:
    """The spot of a pass of `tokens` tokens."""
    flops = moved = 0.0
    for times, routed, n, k, read in _products(drawn, tokens, kept, 1.0):
        flops += times * 2 * routed * n * k
        traffic = routed * (k * kernel.activation_bytes + n * kernel.output_bytes)
        moved += times * (traffic + read * n * k * kernel.weight_bytes)
    return Spot(round(flops / moved, 6), round(flops / blocks_us(drawn, kernel, tokens, kept), 6))


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
    tokens = tokens_of(phase, work)
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
        seen = work.context * (1 - drawn.windowed) + min(work.context, drawn.window) * drawn.windowed
        moved = drawn.kv_values * work.kv_bits / 8 * seen * work.batch
        cache_us = moved / (per_us * constant(f"bandwidth_share.{family(machine)}"))
    return fixed, layers, cache_us


@lru_cache(maxsize=256)
def dense_pass(model: Model, machine: Device, dtype: str, phase: Phase, work: Workload) -> Pass | None:
    """One pass through the dense model, or through the first of those that stand in for it; None where no roofline can
    be drawn.
    """
    if arithmetic(machine, dtype) is None or not roofs(model):
        return None
    drawn = roofs(model)[0]
    blocks = blocks_us(drawn, dense_kernel(machine, dtype), tokens_of(phase, work))
    return Pass(blocks, fsum(rest_us(drawn, machine, phase, work)))


def tokens_of(phase: Phase, work: Workload) -> int:
    """Tokens in one pass: all prompts in prefill, one per request in decode."""
    return work.prefill_tokens * work.batch if phase == "prefill" else work.batch


@lru_cache(maxsize=1024)
def regime(model: Model, machine: Device, dtype: str, phase: Phase, work: Workload) -> str:
    """The regime of the dense model in words: the phase, its size, and what bounds it."""
    if model.kind != "decoder":
        phase, size = "prefill", f"one forward pass of {tokens_of('prefill', work):,} tokens"
        if model.kind == "cnn":
            return "one forward pass over images"
    elif phase == "prefill":
        size = f"prefill, {tokens_of(phase, work):,} tokens"
    else:
        size = f"decode, batch {work.batch:,}"
    if arithmetic(machine, dtype) is None:
        return size
    drawn = roofs(model)[0]
    kernel = dense_kernel(machine, dtype)
    tokens = tokens_of(phase, work)
    launches = fsum(matrix.layers for matrix in drawn.matrices) * kernel.launch_us
    compute = blocks_us(drawn, kernel._replace(bytes_per_us=float("inf"), launch_us=0), tokens)
    fixed, layers, cache_us = rest_us(drawn, machine, phase, work)
    memory = blocks_us(drawn, kernel._replace(ops_per_us=float("inf"), launch_us=0), tokens) + cache_us
    bound = max((compute, "compute-bound"), (memory, "memory-bound"), (fixed + layers + launches, "overhead-bound"))
    return f"{size}, {bound[1]}"
