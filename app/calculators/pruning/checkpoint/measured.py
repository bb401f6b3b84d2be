"""A checkpoint as the calculator's own model: what its inputs are to hold, and how far its config says otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from app.calculators.pruning.checkpoint.findings import Findings, layer_of
from app.calculators.pruning.checkpoint.layouts import Matrix
from app.calculators.pruning.checkpoint.tensors import Checkpoint
from app.calculators.pruning.model import config as configs
from app.calculators.pruning.model.architecture import Shape, count
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_exact

ALIKE = 0.001
"""How far the parameters of a config may be from those of the file and still be the same model: buffers, biases of
heads and the like.
"""


class Measured(NamedTuple):
    """What the file says of the model: its `parameters`, the share of them that is `prunable`, a config.json that
    describes it (empty where none does), the parameters of that config (None where it cannot be counted), the size of
    its heads (0 where that is not known), and sentences on what differs.
    """

    parameters: int
    prunable: float
    config: str
    of_config: int | None
    head_dim: int
    notes: tuple[str, ...]


def measured(findings: Findings) -> Measured:
    """The model in a checkpoint."""
    total = findings.parameters
    prunable = sum(findings.every[at].weights for at in findings.prunable)
    config, notes = _config(findings.checkpoint, findings.every)
    share = prunable / total if total else 0.0
    if config is None:
        return Measured(total, share, "", None, 0, notes)
    text = json.dumps(config)
    try:
        shape = configs.read(text).shape
        counted = count(shape).total
        line = configs.compact(text)
    except Invalid as invalid:
        return Measured(total, share, "", None, 0, (*notes, f"The config was not counted. {invalid}"))
    differ = _difference(total, shape, findings)
    same = not differ
    return Measured(
        total, share, line if same else "", counted, _head_dim(shape), (*notes, differ) if differ else notes
    )


def _head_dim(shape: Shape) -> int:
    return 0 if shape.kinds or shape.kv_rank else shape.head_dim


def _difference(total: int, shape: Shape, findings: Findings) -> str:
    """What the files and their config say of the number of parameters, where that is not the same, and where."""
    parts = count(shape)
    if abs(total - parts.total) <= ALIKE * max(total, parts.total):
        return ""
    said = f"The files hold {show_exact(total)} parameters, and the config describes {show_exact(parts.total)}"
    unread = sum(1 for each in findings.every if each.why and each.place.prunable and each.grid is None)
    layers = len({layer_of(each) for each in findings.every if each.weights and each.place.layer is not None})
    if layers != shape.layers:
        said += f"; they have {layers:,} layers, and it says {shape.layers:,}"
    held = dict.fromkeys(_PARTS, 0)
    for each in findings.every:
        held[_part(each.place.role)] += each.weights
    differ = [name for name in _PARTS if abs(held[name] - getattr(parts, name)) > ALIKE * max(held[name], 1)]
    listed = ", ".join(f"{_PARTS[name]} {held[name]:,} instead of {getattr(parts, name):,}" for name in differ[:3])
    said += f" ({listed})." if listed else "."
    if unread:
        return f"{said} {unread:,} matrices have a layout that is not known."
    if total < parts.total:
        return f"{said} Files or tensors are missing, or layers were cut and the config was not."
    return f"{said} The files hold more than that model, such as a vision tower, an adapter or a second head."


_PARTS = {
    "attention": "attention",
    "mlp": "MLP",
    "experts": "experts",
    "embedding": "embedding",
    "head": "head",
    "other": "all else",
}
"""The fields of `Parts` in words."""

_OF_PART = {
    **dict.fromkeys(("query", "key", "value", "query, key, value", "attention out"), "attention"),
    **dict.fromkeys(("gate", "up", "down", "gate and up"), "mlp"),
    "embedding": "embedding",
    "head": "head",
}


def _part(role: str) -> str:
    """The field of `Parts` in which a role is counted."""
    return "experts" if "expert " in role else _OF_PART.get(role, "other")


# --- a config from what GGUF says of itself ---

_FAMILIES = {"llama": "llama", "qwen2": "qwen2", "qwen3": "qwen3", "gemma": "gemma", "gemma2": "gemma2"}
_FAMILIES |= {
    "gemma3": "gemma3_text",
    "phi3": "phi3",
    "starcoder2": "starcoder2",
    "olmo2": "olmo2",
    "qwen3moe": "qwen3_moe",
}
"""Families by the architectures of GGUF (gguf-py, constants.py, MODEL_ARCH_NAMES)."""

_KEYS = {
    "block_count": "num_hidden_layers",
    "embedding_length": "hidden_size",
    "feed_forward_length": "intermediate_size",
    "attention.head_count": "num_attention_heads",
    "attention.head_count_kv": "num_key_value_heads",
    "attention.key_length": "head_dim",
    "expert_count": "num_experts",
    "expert_used_count": "num_experts_per_tok",
    "expert_feed_forward_length": "moe_intermediate_size",
    "attention.sliding_window": "sliding_window",
}


def _config(checkpoint: Checkpoint, every: tuple[Matrix, ...]) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
    """The config beside the files, or one made of what a GGUF file says of itself."""
    if checkpoint.config is not None:
        return checkpoint.config, ()
    architecture = checkpoint.said.get("general.architecture")
    if checkpoint.way != "GGUF" or architecture not in _FAMILIES:
        return None, ()
    found: dict[str, Any] = {"model_type": _FAMILIES[architecture]}
    for key, name in _KEYS.items():
        value = checkpoint.said.get(f"{architecture}.{key}")
        if type(value) is int:
            found[name] = value
    names = {each.name: each for each in every}
    embedding = names.get("token_embd.weight")
    if embedding is None or embedding.values.shape[:1] == ():
        return None, ()
    found["vocab_size"] = embedding.values.shape[0]
    found["tie_word_embeddings"] = "output.weight" not in names
    if any(each.name.endswith("attn_q.bias") for each in every) and architecture == "llama":
        found["attention_bias"] = True
    called = checkpoint.said.get("general.name")
    if isinstance(called, str) and called.strip():
        found["_name_or_path"] = called
    return found, ()


# --- the inputs ---

_TYPES = {"F32": "fp32", "F64": "fp32", "F16": "fp16", "BF16": "bf16", "I8": "int8", "MXFP4": "mxfp4", "NVFP4": "nvfp4"}
_OF_GGUF = {0: "fp32", 1: "fp16", 32: "bf16", 7: "q8_0", 10: "q2_k", 12: "q3_k_m", 15: "q4_k_m", 17: "q5_k_m"}
_OF_GGUF |= {18: "q6_k", 38: "mxfp4_moe"}
"""Types by `general.file_type` (llama.cpp, include/llama.h, llama_ftype)."""


def dtype(findings: Findings) -> str:
    """The key of the type that most prunable weights have; empty where the calculator has none for it."""
    if findings.checkpoint.way == "GGUF":
        kind = findings.checkpoint.said.get("general.file_type")
        if isinstance(kind, int) and kind in _OF_GGUF:
            return _OF_GGUF[kind]
    weights: dict[str, int] = {}
    for at in findings.prunable:
        each = findings.every[at]
        weights[each.type] = weights.get(each.type, 0) + each.weights
    most = max(weights, key=lambda each: weights[each], default="")
    if most.startswith("F8"):
        return "fp8"
    if most.startswith("INT4"):
        return "int4"
    return _TYPES.get(most.partition(" ")[0], "int8" if most.startswith("INT8") else "")


def model_fields(findings: Findings, model: Measured) -> dict[str, str]:
    """Texts for the inputs that say what the model is: its config where that is this very model, else its size and the
    share that pruning touches; and its type.
    """
    found = {"params": model.config or str(model.parameters), "prunable": "auto"}
    if not model.config and model.parameters:
        found["prunable"] = f"{100 * model.prunable:.6g}%"
    kind = dtype(findings)
    return found | ({"dtype": kind} if kind else {})
