"""What llama.cpp's `llama-quantize` makes of a model: a type for each tensor, and the bits that follow.

The rule is that of `llama_tensor_get_type_impl` and `tensor_type_fallback` in its `src/llama-quant.cpp`, for the types
that the page offers, restated here: attention values and the matrices down take more bits in some layers, the output
matrix takes Q6_K, MXFP4 is for experts alone, and rows that are no multiple of a block take a type with smaller
blocks. `gguf.csv` has the blocks.

>>> from app.calculators.pruning.model.architecture import preset
>>> found = bits("q4_k_m", preset("Qwen2.5-0.5B").shape)
>>> round(found.linear, 2), round(found.rest, 2)
(5.52, 8.51)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from app.calculators.pruning.data.tables import rows
from app.calculators.pruning.model.architecture import Shape, count


class Bits(NamedTuple):
    """Bits of a weight, as means: over the block matrices, and over everything else."""

    linear: float
    rest: float


class Tensor(NamedTuple):
    """A matrix, or those of all `experts` of a layer: what it is, its layer, its weights, and those of one row."""

    role: str
    layer: int
    weights: int
    columns: int
    experts: int = 0


BASE = {
    "mxfp4_moe": "MXFP4",
    "q8_0": "Q8_0",
    "q6_k": "Q6_K",
    "q5_k_m": "Q5_K",
    "q4_k_m": "Q4_K",
    "q3_k_m": "Q3_K",
    "q2_k": "Q2_K",
}
"""The type that most tensors of a file take."""

_UNQUANTIZED = 32
"""Bits of norms, biases and routers."""

_70B_LAYERS = 80
_EIGHT_EXPERTS = 8


@cache
def _blocks() -> dict[str, tuple[int, float, str]]:
    """By type: weights in a block, bits of one of them, and the type of rows that are no multiple of the block."""
    return {
        row["type"]: (int(row["weights"]), 8 * int(row["bytes"]) / int(row["weights"]), row["otherwise"])
        for row in rows("gguf.csv")
    }


@lru_cache(maxsize=256)
def bits(key: str, shape: Shape) -> Bits | None:
    """The mean bits of a model in a GGUF type; None for a shape whose tensors the rule was not restated for."""
    if shape.kind != "decoder" or shape.kinds or shape.kv_rank:
        return None
    parts = count(shape)
    blocks = list(_block_tensors(shape))
    held = sum(each.weights for each in blocks)
    if held != parts.prunable:
        return None  # matrices that are not named here
    linear = sum(each.weights * _bits_of(key, each, shape) for each in blocks)
    embedding = Tensor("output" if shape.tied else "embedding", 0, parts.embedding, shape.hidden_size)
    head = Tensor("output", 0, parts.head, shape.hidden_size)
    rest = sum(each.weights * _bits_of(key, each, shape) for each in (embedding, head))
    others = parts.total - held - parts.embedding - parts.head
    return Bits(linear / held, (rest + others * _UNQUANTIZED) / (parts.total - held))


def _block_tensors(shape: Shape) -> Iterator[Tensor]:
    """Every matrix inside the blocks."""
    hidden, queries, keys = shape.hidden_size, shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
    up = ("gate", "up") if shape.gated else ("up",)
    for layer in range(shape.layers):
        yield Tensor("query", layer, queries * hidden, hidden)
        yield Tensor("key", layer, keys * hidden, hidden)
        yield Tensor("value", layer, keys * hidden, hidden)
        yield Tensor("attention out", layer, hidden * queries, queries)
        dense = not shape.experts or layer < shape.dense_layers
        width = (shape.dense_intermediate or shape.intermediate) if shape.experts and dense else shape.intermediate
        times = 1 if dense else shape.experts
        for role in up:
            yield Tensor(role, layer, times * width * hidden, hidden, 0 if dense else shape.experts)
        yield Tensor("down", layer, times * width * hidden, width, 0 if dense else shape.experts)


def _bits_of(key: str, tensor: Tensor, shape: Shape) -> float:
    """Bits of each weight of a tensor in a file of that type."""
    kind = _type_of(key, tensor, shape)
    for _ in range(2):
        weights, held, otherwise = _blocks()[kind]
        if tensor.columns % weights == 0:
            return held
        kind = otherwise or "F16"
    return _blocks()["F16"][1] if tensor.columns % _blocks()[kind][0] else _blocks()[kind][1]


def _type_of(key: str, tensor: Tensor, shape: Shape) -> str:
    """The type that llama.cpp wants for a tensor, whatever the length of its rows."""
    base = BASE[key]
    if key == "mxfp4_moe":
        return "MXFP4" if tensor.experts else "Q8_0"
    if tensor.role == "output":
        return "Q8_0" if base == "Q8_0" or tensor.columns % _blocks()[base][0] else "Q6_K"
    eight = shape.experts == _EIGHT_EXPERTS
    if tensor.role == "value":
        return _of_values(key, base, tensor.layer, shape, eight)
    if tensor.role == "key":
        return "Q8_0" if eight else base
    if tensor.role == "down":
        if key == "q3_k_m":
            return "Q5_K" if tensor.layer < shape.layers // 16 else "Q4_K"
        if key in ("q4_k_m", "q5_k_m") and _more_bits(tensor.layer, shape.layers):
            return "Q6_K"
        return "Q3_K" if key == "q2_k" else base
    if tensor.role == "attention out":
        if eight:
            return "Q5_K" if key in ("q2_k", "q3_k_m", "q4_k_m") else base
        return {"q2_k": "Q3_K", "q3_k_m": "Q4_K"}.get(key, base)
    return base


def _of_values(key: str, base: str, layer: int, shape: Shape, eight: bool) -> str:
    """The type of the attention's values."""
    if eight:
        return "Q8_0"
    shared = shape.heads // shape.kv_heads
    kind = base
    if key == "q2_k":
        kind = "Q4_K" if shared >= 4 else "Q3_K"
    elif key == "q3_k_m":
        kind = "Q5_K" if layer < 2 else "Q4_K"
    elif key in ("q4_k_m", "q5_k_m") and _more_bits(layer, shape.layers):
        kind = "Q6_K"
    if shape.layers == _70B_LAYERS and shared > 1 and kind in ("Q3_K", "Q4_K"):
        kind = "Q5_K"
    return kind


def _more_bits(layer: int, layers: int) -> bool:
    """The first eighth of the layers, the last, and every third between."""
    first = layers // 8
    return layer < first or layer >= 7 * layers // 8 or (layer - first) % 3 == 2
