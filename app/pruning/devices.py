"""The devices of `hardware.csv`: what they hold, what they compute in, and whether they know 2:4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from app.pruning.storage import types
from app.pruning.tables import Source, rows, source_of


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
