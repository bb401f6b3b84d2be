"""Published timings as rows: what was measured, on what, and whether the model of the page (`roofline`) claims it.

Two formats are read: matrix products with their times (`data/gemm_2to4_latency.csv`; `data/own_timings.csv` and what
else `tools/measure_gpu.py` writes), and speed-ups of any kind (`data/speedups.csv`).
"""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from app.calculators.pruning.model.architecture import Model, presets
from app.calculators.pruning.model.storage import NM
from app.calculators.pruning.speed.devices import Device, arithmetic, named
from app.calculators.pruning.speed.timings import (
    LEAST_POSSIBLE,
    MOST_POSSIBLE,
    SMALLEST,
    UNRELIABLE_SHARE,
    unclear,
)


class Row(NamedTuple):
    """One measurement. `kind` is gemm, prefill or decode; `tokens` is M: those of the pass, or the sequences that
    decode. A matrix product has its shape in `outputs` and `inputs`, the rest their `model`. `dense_us` is 0 where it
    is not known. `excluded` says why the row is not compared, and is empty where it is.
    """

    kind: str
    device: Device | None
    device_name: str
    dtype: str
    model_name: str
    model: Model | None
    tokens: int
    outputs: int
    inputs: int
    pattern: NM
    speedup: float
    dense_us: float
    group: str
    source: str
    url: str
    excluded: str


def read(path: Path) -> list[Row]:
    """The rows of a CSV file in either format.

    Raises ValueError, naming the file, for one in neither.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
        columns = set(found[0]) if found else set()
    if {"M", "N", "K", "speedup_24", "device", "dtype"} <= columns:
        return _without_unreliable([_gemm(row) for row in found])
    if {"kind", "level", "phase", "measured_speedup", "device", "dtype", "model_or_shape"} <= columns:
        return [each for row in found if (each := _speedup(row)) is not None]
    raise ValueError(
        f"{path}: neither timings of matrix products (device, dtype, M, N, K, speedup_24) nor speed-ups (kind, level,"
        " phase, device, dtype, model_or_shape, measured_speedup)"
    )


def _number(text: str | None) -> float:
    try:
        return float(text or 0)
    except ValueError:
        return 0.0


def _gemm(row: dict[str, str]) -> Row:
    machine, speedup = named(row["device"]), _number(row["speedup_24"])
    anomalous = row.get("anomalous_baseline", "") == "yes"
    return Row(
        kind="gemm",
        device=machine,
        device_name=row["device"],
        dtype=row["dtype"],
        model_name=row.get("model", ""),
        model=None,
        tokens=int(row["M"]),
        outputs=int(row["N"]),
        inputs=int(row["K"]),
        pattern=NM(2, 4),
        speedup=speedup,
        dense_us=_number(row.get("dense_us")),
        group=row.get("source_group", "") or "SlideSparse-gemm",
        source="",
        url="",
        excluded="flagged: the dense baseline is anomalous"
        if anomalous
        else unclear(row) or _why_not(machine, row["dtype"], speedup) or _too_small(int(row["N"]), int(row["K"])),
    )


def _speedup(row: dict[str, str]) -> Row | None:
    """A row of speed-ups, None where it is no 2:4 or N:M measurement of a pass or a product."""
    if row["kind"] not in ("2:4", "n:m") or row["level"] == "layer" or row["phase"] not in ("prefill", "decode"):
        return None
    value_type, text = row.get("value_type", "measured"), row["model_or_shape"]
    if not value_type.startswith("measured"):
        return None
    machine, speedup = named(row["device"]), _number(row["measured_speedup"])
    shape = _product(text, int(_number(row["batch"]))) if row["level"] == "gemm" else None
    why = _why_not(machine, row["dtype"], speedup) or (_too_small(*shape[1:]) if shape else "")
    if value_type != "measured":
        why = f"flagged: {value_type.removeprefix('measured_').replace('_', ' ')}"
    pattern = re.search(r"(\d+):(\d+)$", text.strip())
    model = None if shape else model_named(text)
    if row["level"] == "gemm" and not shape:
        why = why or "the shape of the product is not given"
    if row["level"] != "gemm" and model is None:
        why = why or "the shape of the model is not known"
    speed = re.search(r"dense ([\d.e+]+) tok/s", row.get("note", ""))
    tokens = shape[0] if shape else int(_number(row["batch"]))
    if row["level"] != "gemm" and tokens < (FEWEST_PREFILLED if row["phase"] == "prefill" else 1):
        why = why or "the number of tokens is not given"
    return Row(
        kind="gemm" if row["level"] == "gemm" else row["phase"],
        device=machine,
        device_name=row["device"],
        dtype=row["dtype"],
        model_name=text,
        model=model,
        tokens=tokens,
        outputs=shape[1] if shape else 0,
        inputs=shape[2] if shape else 0,
        pattern=NM(int(pattern[1]), int(pattern[2])) if pattern and row["kind"] == "n:m" else NM(2, 4),
        speedup=speedup,
        dense_us=tokens / float(speed[1]) * 1e6 if speed and tokens else 0.0,
        group=row.get("source_group", ""),
        source=row.get("source", ""),
        url=row.get("url", ""),
        excluded=why,
    )


def _why_not(machine: Device | None, dtype: str, speedup: float) -> str:
    """The written rule: why a measurement is not one that the model claims to predict; empty where it does."""
    if not speedup:
        return "no speed-up is given"
    if machine is None:
        return "the device is not among those of devices.csv"
    if dtype == "fp4":
        return "FP4 takes its zeros in pairs (4 of 8), which is not 2:4"
    how = arithmetic(machine, dtype) if dtype in ("fp16", "bf16", "fp8", "int8") else None
    if how is None or how.weight_only:
        return "no peak is known for this type on this device"
    if not LEAST_POSSIBLE <= speedup <= MOST_POSSIBLE:
        return f"beyond what 2:4 can do ({LEAST_POSSIBLE} to {MOST_POSSIBLE} times): a baseline is at fault"
    return ""


FEWEST_PREFILLED = 16
"""A prefill of fewer tokens than these counts prompts, and does not say how long they are."""


def _too_small(outputs: int, inputs: int) -> str:
    if min(outputs, inputs) >= SMALLEST:
        return ""
    return f"fewer than {SMALLEST} outputs or inputs: smaller than the matrices of a language model"


def _product(text: str, batch: int) -> tuple[int, int, int] | None:
    """Tokens, outputs and inputs of a product, from `M=…, N=…, K=…` or from a matrix of a preset named with M; None
    where one of them is not given.
    """
    given = {name: int(value) for name, value in re.findall(r"\b([MNK])=(\d+)", text)}
    tokens = given.get("M", batch)
    if {"N", "K"} <= set(given):
        return (tokens, given["N"], given["K"]) if tokens else None
    name, _, part = text.partition(",")[0].rpartition(" ")
    found = model_named(name.replace("LLaMA2", "Llama-2"))
    if found is None or found.shape is None or not tokens:
        return None
    shape = found.shape
    wide = shape.heads * shape.head_dim
    sizes = {
        "Q": (wide, shape.hidden_size),
        "K": (shape.kv_heads * shape.head_dim, shape.hidden_size),
        "Out": (shape.hidden_size, wide),
        "up/gate": (shape.intermediate, shape.hidden_size),
        "down": (shape.hidden_size, shape.intermediate),
    }
    return (tokens, *sizes[part]) if part in sizes else None


SLOWER, LARGE = 0.75, 1024
"""A device and type of which too many products are beyond what 2:4 can do is not compared at all. Nor may a product of
many tokens, bound by compute, be slower than this: the kernel chosen for it is at fault."""


def _without_unreliable(found: list[Row]) -> list[Row]:
    """Exclude whole series, by device and type, of which too much is impossible."""
    whole: dict[tuple[str, str], list[bool]] = {}
    for row in found:
        bad = row.speedup > MOST_POSSIBLE or (row.tokens >= LARGE and row.speedup < SLOWER)
        whole.setdefault((row.device_name, row.dtype), []).append(bad)
    unreliable = {key for key, bad in whole.items() if sum(bad) > UNRELIABLE_SHARE * len(bad)}
    why = f"more than {UNRELIABLE_SHARE:.0%} of this device's timings in this type are beyond what 2:4 can do"
    return [
        row._replace(excluded=row.excluded or why) if (row.device_name, row.dtype) in unreliable else row
        for row in found
    ]


@cache
def model_named(text: str) -> Model | None:
    """The preset that `text` names, or that its first word names, with or without hyphens, or BitNet-2B; None where it
    names none.
    """
    names = {each.name.casefold().replace("-", ""): each for each in presets()}
    whole = re.sub(r"\s+\d+:\d+$", "", text.strip())
    for part in (whole, *whole.split()[:1]):
        name = part.casefold().replace("-", "")
        if name == "bitnet2b":
            return _bitnet()
        if name in names:
            return names[name]
    return None


def _bitnet() -> Model:
    """BitNet b1.58 2B4T: https://huggingface.co/microsoft/bitnet-b1.58-2B-4T/blob/main/config.json"""
    from app.calculators.pruning.model.config import model

    return model(
        '{"model_type": "llama", "hidden_size": 2560, "num_hidden_layers": 30, "num_attention_heads": 20,'
        ' "num_key_value_heads": 5, "head_dim": 128, "intermediate_size": 6912, "vocab_size": 128256,'
        ' "tie_word_embeddings": true}'
    )
