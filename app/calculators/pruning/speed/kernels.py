"""The time of one matrix product on a device, dense and 2:4, by constants that `make fit` found.

A product takes the soft maximum of its compute time and its memory time, plus a launch; 2:4 divides the compute by a
measured gain and shrinks the weights that are read. Times are microseconds.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Literal, NamedTuple

from app.calculators.pruning.data.tables import constant, constants, known
from app.calculators.pruning.model.storage import by_key, types
from app.calculators.pruning.speed.devices import Arithmetic, Device, arithmetic, format_24
from app.calculators.pruning.speed.engines import AT, BANDWIDTH, FULLEST


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


def power_of(base: float, exponent: float) -> float:
    """A power, to twelve decimals: beyond these the C libraries of a desk and of WebAssembly differ, and the page must
    equal CPython to the last bit.
    """
    return round(float(base**exponent), 12)


def matmul_us(
    tokens: float, outputs: float, inputs: float, kernel: Kernel, power: float, weights_read: float = 1.0
) -> float:
    """The time of a product of `tokens` × `inputs` with a weight of `outputs` × `inputs`, which is read `weights_read`
    times: the soft maximum of compute and memory time, and the launch. Numbers or arrays of them.
    """
    compute = 2 * tokens * outputs * inputs / kernel.ops_per_us
    if kernel.wide:
        compute *= (1 + (outputs / WIDE) ** 2) ** (kernel.wide / 2)
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


def family(device: Device) -> str:
    """The kind of device whose mean stands for one that nobody has measured."""
    return "geforce" if device.fit.startswith(("geforce", "rtx")) else "datacenter"


def timed_as(device: Device) -> tuple[str, ...]:
    """What may have been timed that stands for this device, the nearest first."""
    return device.key, device.fit, device.maker, family(device)


def _of_series(device: str, dtype: str) -> Fitted | None:
    """The constants of a type on a device, an architecture or a family; None where they were not fitted."""
    if known("gain_24", "gemm", device, dtype) is None:
        return None
    return Fitted(*(constant(name, "gemm", device, dtype).value for name in Fitted._fields))


@lru_cache(maxsize=256)
def fitted(device: Device, dtype: str) -> Fitted:
    """The constants of a type on a device: its own, or those of its architecture, or of its family. Where its owner
    timed it, what that says stands in their place.
    """
    series = ((device.key, dtype), (device.fit, dtype), (family(device), dtype), (family(device), "fp16"))
    found = next(each for of in series if (each := _of_series(*of)))
    own = device.timed.get(dtype)
    if own is None or device.bandwidth_gb_s is None:
        return found
    return found._replace(
        compute_share=own.tflops / device.peaks[dtype].dense_tflops,
        warm_share=own.gb_s / device.bandwidth_gb_s,
        gain_24=own.gain_24,
        traffic_24=own.traffic_24,
    )


@cache
def every_fitted(dtype: str) -> tuple[Fitted, ...]:
    """What was found for a type, or for 16 bits where nobody timed it, on every device that was timed."""
    timed = [each for each in constants() if each.name == "gain_24" and each.device not in FAMILIES]
    kind = dtype if any(each.dtype == dtype for each in timed) else "fp16"
    return tuple(found for each in timed if each.dtype == kind and (found := _of_series(each.device, kind)))


@lru_cache(maxsize=1024)
def dense_kernel(device: Device, dtype: str) -> Kernel:
    """The dense matrix product with weights of `dtype` on a device that has peaks."""
    how = arithmetic(device, dtype)
    if how is None or device.bandwidth_gb_s is None:
        raise ValueError(f"no peaks for {device.name}")
    # Activations have the type of the arithmetic: FP4 in the blocks of the weights' own kind.
    acts = "fp16" if how.weight_only else dtype if how.dtype in ("tf32", "fp4") else how.dtype
    computed = types()["fp32" if dtype == "fp32" else acts].bits / 8
    return Kernel(
        ops_per_us=reached_tflops(device, how) * 1e6,
        bytes_per_us=_from_memory(device, fitted(device, how.dtype).warm_share),
        activation_bytes=computed,
        output_bytes=max(2.0, computed),
        weight_bytes=types()[dtype].bits / 8,
        launch_us=launch_us(device),
    )


def launch_us(device: Device) -> float:
    """What launching a product takes: the engine's, or as was fitted to vLLM."""
    own = device.engine.launch_us if device.engine else None
    return constant("launch_us", "gemm").value if own is None else own


def reached_tflops(device: Device, how: Arithmetic) -> float:
    """What a dense product reaches: by the engine's share of a peak, or by what was fitted to vLLM."""
    widening = constant("widened_share", statistic="median").value if how.weight_only else 1.0
    engine = device.engine
    whole = device.peaks.get("int8") if engine and engine.in_int8 else None
    of = whole.dense_tflops if whole else how.tflops
    shares = engine.compute_share if engine and bool(whole) == engine.in_int8 else {}
    share = next((shares[each] for each in timed_as(device) if each in shares), None)
    if engine is None or share is None:
        return how.tflops * fitted(device, how.dtype).compute_share * widening
    return min(how.tflops, share * of * power_of(of / AT, -engine.compute_wane)) * widening


def widened(device: Device, dtype: str, end: Literal["low", "high"]) -> float:
    """How much faster a product computes at one end of what was published of kernels that widen each weight to 16 bits
    before they multiply it, than `dense_kernel` does; 1 where the device computes in the type.
    """
    how = arithmetic(device, dtype)
    if how is None or not how.weight_only:
        return 1.0
    return constant("widened_share", statistic=end).value / constant("widened_share", statistic="median").value


@lru_cache(maxsize=1024)
def sparse24_kernel(device: Device, dtype: str, found: Fitted | None = None) -> Kernel:
    """The 2:4 matrix product, by the constants of the device or by those `found` on another."""
    kind, how = types()[dtype], arithmetic(device, dtype)
    stored = by_key()[format_24(dtype)].bits(0.5, kind.values, kind.scales)
    found = found or fitted(device, how.dtype if how else dtype)
    reads = _from_memory(device, found.warm_share * found.traffic_24)
    return pruned_24(dense_kernel(device, dtype), found, stored / 8, reads)


def _from_memory(device: Device, warm_share: float) -> float:
    """Bytes per microsecond of a kernel that reads `warm_share` of the peak from the cache: memory is no faster."""
    return (device.bandwidth_gb_s or 0.0) * 1e3 * min(warm_share, bandwidth_share(device))


def bandwidth_share(device: Device) -> float:
    """The share of the peak bandwidth that a pass reaches which reads from memory."""
    own = device.engine.bandwidth_share.get(family(device)) if device.engine else None
    if not device.engine or own is None:
        return constant("bandwidth_share", device=family(device)).value
    return min(FULLEST, own * power_of((device.bandwidth_gb_s or BANDWIDTH) / BANDWIDTH, -device.engine.bandwidth_wane))
