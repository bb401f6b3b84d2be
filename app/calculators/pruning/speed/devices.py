"""The devices of `hardware.csv`: what they hold, what they compute in, and whether they know 2:4.

And those of a visitor, who types peaks or brings timings (`owned`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, rows, source_of
from app.calculators.pruning.model.storage import types
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_number


class Peak(NamedTuple):
    """What a datasheet states for one type: dense and 2:4 TFLOPS (TOPS for integers), and how near we have
    timings.

    `evidence` is `measured` (this GPU and type), `near` (same silicon or family), `own` (the visitor's timings), or
    `extrapolated`.
    """

    dtype: str
    dense_tflops: float
    sparse24_tflops: float | None
    supports_24: bool
    evidence: str
    note: str
    source: Source


class Timed(NamedTuple):
    """What a visitor's own timings of matrix products in one type say of a device: the dense TFLOPS (TOPS) it reaches,
    the GB/s at which it reads, how many times as fast 2:4 computes and uses what it reads. `products` were timed, of
    whose speed-ups half are within the share `error` of what these constants give.
    """

    tflops: float
    gb_s: float
    gain_24: float
    traffic_24: float
    products: int
    error: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Device:
    """A device: memory in GB (10⁹), bandwidth in GB/s, peaks by type. A CPU has no verified figures here: None. `timed`
    are a visitor's own timings, by type. No two are equal: the caches of the speeds look for the very same one.
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
    timed: Mapping[str, Timed]

    def __repr__(self) -> str:
        return f"Device({self.key!r})"

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
                timed={},
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


@cache
def named(text: str) -> Device | None:
    """The first device whose name has every word of `text`, whatever stands in brackets aside; None where none has.

    >>> named("A100 80GB PCIe").key
    'a100-pcie'
    """
    words = set(re.sub(r"\(.*?\)", "", text).casefold().split())
    return next((each for each in devices() if words and words <= set(each.name.casefold().split())), None)


class Own(NamedTuple):
    """What a visitor says of a device: memory bandwidth in GB/s, dense TFLOPS in 16 and 8 bits, whether it has 2:4
    hardware (each None where the device's own holds), and timings of their own: by type, of the device `of`.
    """

    bandwidth_gb_s: float | None = None
    tflops_16: float | None = None
    tflops_8: float | None = None
    has_24: bool | None = None
    of: str = ""
    timed: tuple[tuple[str, Timed], ...] = ()


TYPED = Source("typed in by you")
TIMED = Source("your own timings")
WIDE, NARROW = ("fp16", "bf16"), ("fp8", "int8")
"""The types that a typed peak in 16 and in 8 bits stands for."""


BEYOND_PEAK = 10
"""Times its peak, beyond which timings are of another device, or in another unit. A boost clock, or a sum kept in 16
bits, gives twice as much."""

FIELDS = ("bandwidth", "tflops", "tflops8", "has24", "timings", "timings")
"""The inputs of the page that say what stands in `Own`, in its order."""


@lru_cache(maxsize=64)
def owned(machine: Device, own: Own) -> Device:
    """`machine` with what its owner says of it: the same object for the same words, as caches of the speeds want it.

    Raises `Invalid`, at an input that was used, for a CPU and where a peak is missing.
    """
    said = [name for name, each in zip(FIELDS, own, strict=True) if each not in (None, "", ())]
    if not said:
        return machine
    if machine.maker == "cpu":
        raise Invalid("The speeds of a CPU follow no roofline here: choose a GPU, or write auto.", said[0])
    peaks = dict(machine.peaks)
    for tflops, kinds in ((own.tflops_16, WIDE), (own.tflops_8, NARROW)):
        if tflops is not None:
            peaks |= {kind: _typed(machine, kind, tflops) for kind in kinds}
    for kind, found in own.timed:
        peak = peaks.get(kind) or _typed(machine, kind, found.tflops)
        if found.tflops > BEYOND_PEAK * peak.dense_tflops:
            raise Invalid(
                f"These timings give {machine.name} {show_number(found.tflops)} TFLOPS in {kind.upper()}, and its peak"
                f" is {show_number(peak.dense_tflops)}: one of the two is wrong.",
                "timings",
            )
        peaks[kind] = peak._replace(supports_24=True, evidence="own", source=TIMED)
    bandwidth = own.bandwidth_gb_s or machine.bandwidth_gb_s
    if not any(kind in peaks for kind in WIDE):
        raise Invalid(f"{machine.name} needs its TFLOPS in 16 bits as well: write them below.", said[0])
    if bandwidth is None:
        raise Invalid(f"{machine.name} needs its memory bandwidth as well: write it, such as 2000 GB/s.", said[0])
    other = bandwidth != machine.bandwidth_gb_s
    peaks = {
        kind: peak._replace(
            supports_24=peak.supports_24 if own.has_24 is None else own.has_24,
            evidence="extrapolated" if other and peak.evidence != "own" else peak.evidence,
        )
        for kind, peak in peaks.items()
    }
    return replace(machine, bandwidth_gb_s=bandwidth, peaks=peaks, timed=dict(own.timed))


def _typed(machine: Device, kind: str, tflops: float) -> Peak:
    known = machine.peaks.get(kind)
    return Peak(kind, tflops, None, bool(known and known.supports_24), "extrapolated", "", TYPED)


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

    @property
    def timed(self) -> bool:
        """Whether somebody timed 2:4 in this type on this silicon, so that the constants are its own."""
        return self.evidence in ("measured", "near", "own")


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
