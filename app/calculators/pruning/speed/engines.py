"""What an inference engine makes of a device: how long it takes beside the matrices, and the share of the peaks that
its kernels reach. `engines.csv` has the figures, which `make fit` finds on published runs.

The default engine has none here: the constants of `fitted.csv` are those of vLLM.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, rows, source_of


class Overhead(NamedTuple):
    """What a pass takes beside its matrices, its head and its attention: microseconds for a pass whatever its size, for
    a request and for a layer, and how often the activations of a layer go through memory.
    """

    host_us: float
    request_us: float
    layer_us: float
    passes: float


@dataclass(frozen=True, slots=True, eq=False)
class Engine:
    """An engine by its key. What a mapping has no entry for is as was fitted to vLLM.

    `overhead` is by phase. `compute_share` is the share that products reach of a peak of `AT` TFLOPS, by series of
    devices; of a higher peak less, by its power `-wane`. `attention_share` is how fast attention computes against the
    kernels of `fitted.csv`, `bandwidth_share` the share of the peak bandwidth by family of devices. One that multiplies
    `in_int8` does so with quantized weights, where the device can: it widens none to 16 bits.
    No two are equal, as devices.
    """

    key: str
    overhead: Mapping[str, Overhead]
    compute_share: Mapping[str, float]
    bandwidth_share: Mapping[str, float]
    attention_share: float = 1.0
    compute_wane: float = 0.0
    bandwidth_wane: float = 0.0
    launch_us: float | None = None
    in_int8: bool = False


AT = 500.0
"""The peak in TFLOPS that a `compute_share` is of."""

BANDWIDTH = 1000.0
"""The bandwidth in GB/s that a `bandwidth_share` is of."""

FULLEST = 0.95
"""The largest share of the bandwidth that any engine is said to reach."""

NAMES = {
    "vllm": "vLLM, SGLang",
    "vllm-2026": "vLLM, SGLang since late 2025",
    "tensorrt-llm": "TensorRT-LLM",
    "llama.cpp": "llama.cpp",
    "llama.cpp-2024": "llama.cpp of May 2024",
}
"""The engines by key."""

DEFAULT = "vllm"
"""The engine that `fitted.csv` is of."""

IN_INT8 = frozenset({"llama.cpp", "llama.cpp-2024"})


def engine_of(key: str, found: Mapping[tuple[str, str], float]) -> Engine:
    """An engine from its constants by name and by what they are of: a phase, or a series or a family of devices."""

    def by(name: str) -> dict[str, float]:
        return {of: value for (each, of), value in found.items() if each == name}

    return Engine(
        key,
        {phase: Overhead(*(found[name, phase] for name in Overhead._fields)) for phase in by("host_us")},
        by("compute_share"),
        by("bandwidth_share"),
        found.get(("attention_share", ""), 1.0),
        found.get(("compute_wane", ""), 0.0),
        found.get(("bandwidth_wane", ""), 0.0),
        found.get(("launch_us", "")),
        key in IN_INT8,
    )


class Wrong(NamedTuple):
    """How far off the times of an engine were, as the median of so many published runs of one request, each predicted
    by a fit that had not seen the device.
    """

    median: float
    runs: int
    source: Source


@cache
def _wrong() -> dict[tuple[str, str], Wrong]:
    found = {(row["engine"], row["name"], row["of"]): row for row in rows("engines.csv")}
    return {
        (key, of): Wrong(float(row["value"]), int(found[key, "runs", of]["value"]), source_of(row))
        for (key, name, of), row in found.items()
        if name == "error"
    }


def wrong(key: str, phase: str) -> Wrong:
    """How far off the times of an engine were in a phase."""
    return _wrong()[key, phase]


class BytesShare(NamedTuple):
    """The share of the bandwidth that llama.cpp reached in decode on devices whose peaks are not known."""

    low: float
    likely: float
    high: float
    source: Source


@cache
def bytes_share() -> BytesShare:
    """That share, and where it was published."""
    found = {row["of"]: row for row in rows("engines.csv") if row["name"] == "bytes_share"}
    low, likely, high = (float(found[end]["value"]) for end in ("low", "likely", "high"))
    return BytesShare(low, likely, high, source_of(found["likely"]))


@cache
def engine(key: str) -> Engine | None:
    """The engine of that key; None for the one that `fitted.csv` is of."""
    if key == DEFAULT:
        return None
    return engine_of(
        key,
        {(row["name"], row["of"]): float(row["value"]) for row in rows("engines.csv") if row["engine"] == key},
    )
