"""The devices of `devices.csv`: what they hold, what they compute in, and whether they know 2:4. What no source says of
them is not known, which is neither yes nor no.

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
from app.calculators.pruning.speed.engines import Engine
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_number


class Peak(NamedTuple):
    """What a datasheet states for one type: dense and 2:4 TFLOPS (TOPS for integers), whether 2:4 runs in it (None
    where that is not known), and how near we have timings.

    `evidence` is `measured` (this GPU and type), `near` (same silicon or family), `own` (the visitor's timings), or
    `extrapolated`.
    """

    dtype: str
    dense_tflops: float
    sparse24_tflops: float | None
    supports_24: bool | None
    evidence: str
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
    """A device: memory in GB (10⁹), bandwidth in GB/s, whether any type runs 2:4 on it, peaks by type. What is not
    known is None, or no peak. `kind` is the group that it is listed in, empty for one that stands for any other.
    `source` is that of memory and bandwidth. Up to `node` of them, None where that is not known, stand in one machine,
    joined by a `link` (a key of `links.csv`). `timed` are a visitor's own timings, by type. `engine` runs it, None
    where that is vLLM. No two are equal: the caches of the speeds look for the very same one.
    """

    key: str
    name: str
    kind: str
    maker: str
    arch: str
    memory_gb: float | None
    bandwidth_gb_s: float | None
    fit: str
    has_24: bool | None
    peaks: Mapping[str, Peak]
    link: str
    node: int | None
    link_source: Source | None
    note: str
    source: Source
    timed: Mapping[str, Timed]
    engine: Engine | None = None

    def __repr__(self) -> str:
        return f"Device({self.key!r})"

    @property
    def inside(self) -> str:
        """Its name inside a sentence: "another AMD GPU"."""
        return f"a{self.name[1:]}" if self.name.startswith("Another ") else self.name


_SAID = {"yes": True, "no": False, "unknown": None}


def _said(row: Mapping[str, str], column: str) -> bool | None:
    """Yes, no or unknown; any other word is a fault of the file."""
    if row[column] not in _SAID:
        raise ValueError(f"{row['key']}: {column} is “{row[column]}”, not one of {', '.join(_SAID)}")
    return _SAID[row[column]]


def _number(text: str) -> float | None:
    return float(text) if text else None


@cache
def devices() -> tuple[Device, ...]:
    """Every device of `devices.csv`, in its order, with the peaks that `hardware.csv` has of it."""
    sources = {row["key"]: source_of(row) for row in rows("hardware_sources.csv")}
    peaks: dict[str, dict[str, Peak]] = {}
    for row in rows("hardware.csv"):
        peaks.setdefault(row["key"], {})[row["dtype"]] = Peak(
            dtype=row["dtype"],
            dense_tflops=float(row["dense_tflops"]),
            sparse24_tflops=_number(row["sparse24_tflops"]),
            supports_24=_said(row, "supports_24"),
            evidence=row["evidence"],
            source=sources[row["source"]],
        )
    return tuple(
        Device(
            key=row["key"],
            name=row["name"],
            kind=row["kind"],
            maker=row["maker"],
            arch=row["arch"],
            memory_gb=_number(row["memory_gb"]),
            bandwidth_gb_s=_number(row["bandwidth_gb_s"]),
            fit=row["fit"],
            has_24=_said(row, "has_24"),
            peaks=peaks.get(row["key"], {}),
            link=row["link"] or "unknown",
            node=int(row["node"]) if row["node"] else None,
            link_source=sources.get(row["link_source"]),
            note=row["note"],
            source=sources[row["source"]],
            timed={},
        )
        for row in rows("devices.csv")
    )


def device(key: str) -> Device | None:
    """The device of that key, in any case; None when there is none."""
    wanted = key.strip().casefold()
    return next((found for found in devices() if found.key == wanted), None)


_NOISE = frozenset(
    (
        "nvidia",
        "amd",
        "intel",
        "google",
        "aws",
        "geforce",
        "instinct",
        "radeon",
        "tesla",
        "gpu",
        "core",
        "processor",
        "generation",
    )
)
"""Words that people write or leave out."""

_LONGEST = 200
"""Characters of a name that are looked at: no device has as many, and a file of times may say anything."""


@lru_cache(maxsize=256)
def _words(text: str) -> tuple[str, ...]:
    """The words of a name, each as it is written most often, without those that people leave out.

    >>> _words("NVIDIA GeForce RTX4090"), _words("H100 SXM5 80 GB"), _words("Radeon RX 7900XTX")
    (('rtx', '4090'), ('h100', 'sxm', '80gb'), ('rx', '7900', 'xtx'))
    """
    return tuple(word for word in _every_word(text) if word not in _NOISE)


@lru_cache(maxsize=256)
def _every_word(text: str) -> tuple[str, ...]:
    plain = re.sub(r"\.(\d*x?large|metal)\b", "", text[:_LONGEST].casefold())  # the size of a machine in a cloud
    plain = re.sub(r"(\d+)[\s-]*gi?b\b", r"\1gb", plain)
    plain = re.sub(r"\bsxm\d\b", "sxm", plain)
    plain = re.sub(r"\b(rtx|gtx|rx|tpu|arc|gaudi|trainium|inferentia)(?=v?\d)", r"\1 ", plain)
    plain = re.sub(r"\b(\d{4})(ti|super|xtx?)\b", r"\1 \2", plain)
    return tuple(re.findall(r"[a-z0-9]+", plain))


@lru_cache(maxsize=256)
def named(text: str) -> Device | None:
    """The device of that name, or the first whose name begins so, else the first that has every word of `text` in it,
    whatever stands in brackets aside; None where none has.

    >>> [found.key for text in ("A100 80GB PCIe", "A100 80", "4090", "M3 Max", "MI300") if (found := named(text))]
    ['a100-pcie', 'a100-80gb', 'rtx-4090', 'apple-m3-max', 'mi300x']
    >>> named("RTX 4090 D"), named("L40")
    (None, None)
    """
    words = _words(re.sub(r"\([^()]*\)", "", text))
    if not re.search(r"[a-z]|\d{4}", " ".join(words)):  # "16" is no name, "4090" is
        return None
    # Cut within a number or a word it would be another one: "A1" is no A100, an L40 no L40S. But people leave out an X.
    begins = re.compile(re.escape(" ".join(words)) + r"x?\b").match
    same = next((each for each in devices() if each.name.casefold() == text.strip().casefold()), None)
    every = set(_every_word(text))
    if not same and len(every) > len(words):  # "another GeForce" is not any other
        same = next((each for each in devices() if every <= set(_every_word(each.name))), None)
    first = same or next((each for each in devices() if begins(" ".join(_words(each.name)))), None)
    return first or next((each for each in devices() if set(words) <= _with_bare_sizes(_words(each.name))), None)


def _with_bare_sizes(words: tuple[str, ...]) -> set[str]:
    """Words, and the size of a memory among them without its unit, as in "A100 80"."""
    return {*words, *(word.removesuffix("gb") for word in words)}


_MAKERS = frozenset(("nvidia", "amd", "intel", "google", "aws"))


def matching(text: str) -> tuple[Device, ...]:
    """The devices that `text` may be the beginning of a name of: each of its words begins a word of the name, the kind,
    the maker or the key. Where none has them all, what people leave out may be left out, but the maker must be right.

    >>> [[each.key for each in matching(text)] for text in ("A100 80", "4090", "Tesla T4 GPU", "nvidia turin")]
    [['a100-80gb', 'a100-pcie'], ['rtx-4090', 'rtx-4090-laptop'], ['t4'], []]
    """
    words = _every_word(text)
    return _with_all(words) or _with_all(tuple(word for word in words if word in _MAKERS or word not in _NOISE))


def _with_all(beginnings: tuple[str, ...]) -> tuple[Device, ...]:
    return tuple(
        each
        for each in devices()
        if all(any(word.startswith(begun) for word in _found_by(each)) for begun in beginnings)
    )


@cache
def _found_by(machine: Device) -> frozenset[str]:
    """The words that a device is found by."""
    return frozenset(_every_word(f"{machine.name} {machine.kind} {machine.maker} {machine.key}"))


def near(text: str, most: int = 3) -> tuple[Device, ...]:
    """The first devices in whose names a number, that is no size of a memory, begins as one of `text` does.

    >>> [each.name for each in near("L40")], [each.key for each in near("TPU v5")]
    (['L40S'], ['tpu-v5p', 'tpu-v5e'])
    """
    words = [word for word in _words(text) if re.search(r"[a-z]\d|\d{3}", word) and not word.endswith("gb")]
    alike = {each: sum(any(of.startswith(word) for of in _words(each.name)) for word in words) for each in devices()}
    best = max(alike.values(), default=0)
    return tuple(each for each, shared in alike.items() if shared == best > 0)[:most]


_ANOTHER = (
    ("cpu", r"cpu|xeon|epyc|ryzen|threadripper|graviton|i[3579]\b|ultra \d|snapdragon|opteron|altra"),
    ("other-geforce", r"geforce|rtx|gtx|quadro|titan"),
    ("other-amd", r"amd|radeon|rx|mi\d|instinct|vega"),
    ("other-datacenter", r"nvidia|tesla|jetson|\b[abhlpt]\d+|v100|gb\d|gh\d"),
    ("other-accelerator", ""),
)


def another(text: str) -> Device:
    """The device that stands for one that is not listed, by what its name says of it.

    >>> [another(text).key for text in ("RTX 2080 Ti", "Ryzen 9 7950X", "H800", "TPU v9")]
    ['other-geforce', 'cpu', 'other-datacenter', 'other-accelerator']
    """
    key = next(key for key, pattern in _ANOTHER if re.search(pattern, text.casefold()))
    return next(each for each in devices() if each.key == key)


@lru_cache(maxsize=64)
def run_by(machine: Device, engine: Engine | None) -> Device:
    """`machine` as the engine runs it: the same object for the same engine, as the caches of the speeds want it. A CPU
    has a law of its own.
    """
    return machine if engine is None or machine.maker == "cpu" else replace(machine, engine=engine)


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

    Of a CPU the bandwidth alone counts. Raises `Invalid`, at an input that was used, for anything else of a CPU, and
    where a peak or the bandwidth is missing.
    """
    said = [name for name, each in zip(FIELDS, own, strict=True) if each not in (None, "", ())]
    if not said:
        return machine
    if machine.maker == "cpu":
        beside = [name for name in said if name != "bandwidth"]
        if beside:
            raise Invalid(
                "The speeds of a CPU go by its memory bandwidth alone: write auto, or choose a GPU.", beside[0]
            )
        return replace(machine, bandwidth_gb_s=own.bandwidth_gb_s)
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
    has_24 = machine.has_24 if own.has_24 is None else own.has_24
    return replace(machine, bandwidth_gb_s=bandwidth, has_24=has_24, peaks=peaks, timed=dict(own.timed))


def _typed(machine: Device, kind: str, tflops: float) -> Peak:
    known = machine.peaks.get(kind)
    return Peak(kind, tflops, None, known.supports_24 if known else machine.has_24, "extrapolated", TYPED)


class Arithmetic(NamedTuple):
    """How a device computes with weights of a type: in what type, at what peak, with 2:4 or not.

    `weight_only`: the weights are stored in the type and widened to 16 bits to compute. `supports_24` is None where it
    is not known.
    """

    dtype: str
    tflops: float
    weight_only: bool
    supports_24: bool | None
    evidence: str
    source: Source

    @property
    def timed(self) -> bool:
        """Whether somebody timed products in this type on this silicon, so that the constants are its own. How much
        longer one dense product takes than another carries over from board to board: 12 of the 13 FP8 products that we
        timed against BF16 on H100 SXM (data/own_timings.csv) lay within the range fitted to H100 PCIe.
        """
        return self.evidence in ("measured", "near", "own")

    @property
    def timed_24(self) -> bool:
        """Whether somebody timed 2:4 in this type on this very device. Another board with the same silicon says too
        little: of 21 products of many tokens that we timed on H100 SXM, 1 lay within the range of a device that was
        timed, and 19 within that of one that was not, about what timings on H100 PCIe had predicted.
        """
        return self.evidence in ("measured", "own")


_SUBSTITUTES = {
    "fp32": ("fp32", "tf32", "fp16", "bf16"),
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
    """What `machine` computes in when the weights are `dtype`; None where no roofline can be drawn, because its
    bandwidth is not known, or no peak in 16 bits.

    4-bit weights, and 8-bit ones on a device of which no peak for them is known, are weight-only. FP32 gains nothing
    from 2:4: the hardware offers only a 1:2 pattern, and that in TF32.
    """
    wide = next((machine.peaks[key] for key in ("bf16", "fp16") if key in machine.peaks), None)
    if machine.bandwidth_gb_s is None or wide is None:
        return None
    native = next((machine.peaks[key] for key in _SUBSTITUTES.get(dtype, ()) if key in machine.peaks), None)
    if native is None:
        whole = machine.peaks.get("int8") if machine.engine and machine.engine.in_int8 else None
        used = whole or wide
        return Arithmetic(used.dtype, used.dense_tflops, whole is None, False, "extrapolated", used.source)
    sparse = False if dtype == "fp32" else native.supports_24
    return Arithmetic(native.dtype, native.dense_tflops, False, sparse, native.evidence, native.source)


def format_24(dtype: str) -> str:
    """The storage format that 2:4 hardware reads for a type: FP4 wants its zeros in pairs."""
    return "2:4-pairs" if types()[dtype].values == 4 else "2:4"


def supports_24(machine: Device, dtype: str) -> bool | None:
    """Whether 2:4 runs faster hardware paths on this device for this type; None where it is not known.

    >>> [supports_24(device(key), "bf16") for key in ("a100-80gb", "t4", "mi250")]
    [True, False, None]
    """
    found = arithmetic(machine, dtype)
    if found is not None:
        return found.supports_24
    if machine.has_24 is False or types()[dtype].base in ("fp32", "int4", "gguf"):
        return False
    return machine.has_24 if dtype in WIDE else None
