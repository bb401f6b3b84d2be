"""Hugging Face `config.json`: read into a `Shape`, and written back for a pruned one.

Each `Family` says under which keys a `model_type` keeps its sizes, what transformers assumes where a key is missing,
and what all its models have in common. What does not fit such a table is a short function beside it. Checked against
transformers 5.23, with which tests/reference/data/configs.json was counted (`make oracle`).

>>> read('{"model_type": "gpt2"}').shape.layers
12
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import isfinite, isqrt
from typing import Any, NamedTuple, NoReturn

from app.calculator import Invalid, shorten
from app.pruning.architecture import Model, Shape, count, linears
from app.pruning.tables import Source

LONGEST = 200_000
"""Characters that are read at most."""

_DEEPEST = 50
_LONGEST_NUMBER = 40

Config = Mapping[str, Any]
Fields = dict[str, Any]


class Reading(NamedTuple):
    """What a config says: the shape it describes, how it was understood, and the config itself, whole.

    `family` is in words for the page. `notes` are sentences on what was assumed or is not counted.
    """

    shape: Shape
    model_type: str
    family: str
    config: Config
    notes: tuple[str, ...]


class Family(NamedTuple):
    """How the configs of one `model_type` are to be read.

    `keys` names, for a field of `Shape`, the keys that may hold it: the first is the one to write. `defaults` are
    transformers' own, by that first key, None for derived. `fixed` holds for every model of the family, `flags` are
    switches in the config by the fields they set. `window` says which layers have a sliding window: `all`, `late`
    (from max_window_layers on), `chunked`, or a number n for all but every n-th. `finish` completes the fields,
    `describe` gives the keys that say what `finish` reads. `strict`: transformers refuses heads that do not divide
    the width, whatever the size of a head.
    """

    name: str
    defaults: Mapping[str, Any]
    keys: Mapping[str, tuple[str, ...]]
    fixed: Mapping[str, Any]
    flags: Mapping[str, tuple[str, ...]]
    window: str | int = ""
    tied: bool = False
    finish: Callable[[_Reader, Fields], None] | None = None
    describe: Callable[[Shape], Fields] | None = None
    strict: bool = False


class _Reader:
    """Takes values out of one config and remembers which ones it lacked."""

    def __init__(self, config: Config, family: Family) -> None:
        self.config = config
        self.family = family
        self.assumed: dict[str, Any] = {}
        self.notes: list[str] = []

    def value(self, keys: tuple[str, ...], default: Any = None) -> tuple[str, Any]:
        """The first of `keys` that is set, and its value; the family's default, or else `default`, if none is."""
        for key in keys:
            if self.config.get(key) is not None:
                return key, self.config[key]
        key = keys[0]
        standard = self.family.defaults.get(key, default)
        if standard is not None and not any(name in self.config for name in keys):
            self.assumed[key] = standard
        # null asks for the derived value where there is one.
        derivable = key in _DERIVED and any(name in self.config for name in keys)
        return key, None if derivable else standard

    def number(self, keys: tuple[str, ...], most: int, default: int | None = None, least: int = 1) -> int | None:
        """A whole number from `least` to `most`; None if it is neither set nor has a default."""
        key, value = self.value(keys, default)
        return None if value is None else _whole(key, value, most, least)

    def size(self, field: str) -> int | None:
        """The number that holds a field of `Shape`."""
        keys = self.family.keys.get(field)
        return self.number(keys, _MOST[field]) if keys else None

    def needed(self, field: str) -> int:
        """Like `size`, where nothing can be counted without it."""
        found = self.size(field)
        if found is None:
            raise Invalid(f"The config lacks {self.family.keys[field][0]}: without it nothing can be counted.")
        return found

    def flag(self, key: str, default: bool = False) -> bool:
        """A switch."""
        value = self.config.get(key)
        if value is None:
            return bool(self.family.defaults.get(key, default))
        if not isinstance(value, bool):
            raise Invalid(f"{key} must be true or false, not {_quoted(value)}.")
        return value

    def listed(self, key: str) -> list[Any] | None:
        """A list, None where there is none."""
        value = self.config.get(key)
        if value is not None and not isinstance(value, list):
            raise Invalid(f"{key} must be a list, not {_quoted(value)}.")
        return value

    def indices(self, key: str) -> list[int] | None:
        """A list of layer numbers, the first being 0."""
        value = self.listed(key)
        return None if value is None else [_whole(key, each, _MOST["layers"], 0) for each in value]

    def name(self, field: str) -> str:
        """The key that holds a field in this config, for a message."""
        keys = self.family.keys.get(field, (field,))
        return next((key for key in keys if key in self.config), keys[0])


_DERIVED = {"num_key_value_heads", "num_kv_heads", "head_dim", "n_inner", "ffn_hidden_size", "q_lora_rank"}

_MOST = {
    "hidden_size": 1_000_000,
    "layers": 10_000,
    "heads": 100_000,
    "kv_heads": 100_000,
    "head_dim": 1_000_000,
    "intermediate": 10_000_000,
    "dense_intermediate": 10_000_000,
    "shared_intermediate": 10_000_000,
    "vocab": 100_000_000,
    "experts": 100_000,
    "experts_per_token": 100_000,
    "shared_experts": 1_000,
    "embedding_dim": 1_000_000,
    "q_rank": 1_000_000,
    "kv_rank": 1_000_000,
    "qk_nope_dim": 1_000_000,
    "qk_rope_dim": 1_000_000,
    "v_dim": 1_000_000,
}
_POSITIONS = 100_000_000
_WINDOW = 1_000_000_000


def _quoted(value: object) -> str:
    """A value of the config as a message may show it: a lone half of a surrogate pair cannot be shown."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"“{shorten(_shown(text[:200]))}”"


def _shown(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def _whole(key: str, value: object, most: int, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{key} must be a whole number, not {_quoted(value)}.")
    if not least <= value <= most:
        raise Invalid(f"{key} is {shorten(f'{value:,}')}: it must lie between {least:,} and {most:,}.")
    return value


# What `finish` does for the families that a table does not describe.


def _dense(fields: Fields, dense: list[int], width: Callable[[], int]) -> None:
    """Note which layers carry a plain MLP, `width` wide, instead of experts."""
    fields["dense_layers"] = len(dense)
    fields["dense_spread"] = dense != list(range(len(dense)))
    fields["dense_intermediate"] = width() if dense else 0


def _qwen_moe(reader: _Reader, fields: Fields) -> None:
    step = reader.number(("decoder_sparse_step",), _MOST["layers"], 1) or 1
    only = set(reader.indices("mlp_only_layers") or ())
    dense = [layer for layer in range(fields["layers"]) if layer in only or (layer + 1) % step]
    _dense(fields, dense, lambda: reader.needed("dense_intermediate"))
    shared = reader.size("shared_intermediate")
    if shared:
        fields.update(shared_experts=1, shared_intermediate=shared, shared_gate=True)


def _describe_qwen_moe(shape: Shape) -> Fields:
    return {"decoder_sparse_step": 1, "mlp_only_layers": _some(shape.layers, shape.dense_layers, shape.dense_spread)}


def _some(layers: int, chosen: int, spread: bool) -> list[int]:
    """`chosen` of the layers: the first ones, or some all the way up."""
    return [i for i in range(layers) if i * chosen % layers < chosen] if spread else list(range(chosen))


def _first_dense(reader: _Reader, fields: Fields) -> None:
    """The first layers are dense, and some experts work on every token (DeepSeek, GLM-4.5)."""
    first = reader.number(("first_k_dense_replace",), _MOST["layers"], 0, 0) or 0
    dense = list(range(min(first, fields["layers"])))
    _dense(fields, dense, lambda: reader.needed("dense_intermediate"))
    fields["shared_experts"] = reader.number(("n_shared_experts",), _MOST["shared_experts"], 0, 0) or 0
    if reader.config.get("moe_layer_freq", 1) != 1:
        raise Invalid(f"moe_layer_freq is {_quoted(reader.config['moe_layer_freq'])}: only 1 can be counted.")
    groups = reader.number(("n_group",), _MOST["experts"])
    if groups and fields["experts"] % groups:
        raise Invalid(
            f"{reader.name('experts')} is {fields['experts']:,}: it must be divisible by n_group, which is {groups:,}."
        )


def _describe_first_dense(shape: Shape) -> Fields:
    return {"first_k_dense_replace": shape.dense_layers, "n_shared_experts": shape.shared_experts}


def _latent(reader: _Reader, fields: Fields) -> None:
    """Multi-head latent attention: every head has its own key and value, unpacked from a small vector."""
    _first_dense(reader, fields)
    for name in ("kv_rank", "qk_nope_dim", "qk_rope_dim", "v_dim"):
        fields[name] = reader.needed(name)
    fields.update(q_rank=reader.size("q_rank") or 0, kv_heads=fields["heads"], head_dim=fields["v_dim"])


def _describe_latent(shape: Shape) -> Fields:
    return {**_describe_first_dense(shape), "q_lora_rank": shape.q_rank or None}


def _llama4(reader: _Reader, fields: Fields) -> None:
    step = reader.number(("interleave_moe_layer_step",), _MOST["layers"], 1) or 1
    routed = reader.indices("moe_layers")
    if routed is None:
        routed = list(range(step - 1, fields["layers"], step))
    chosen = set(routed)
    dense = [layer for layer in range(fields["layers"]) if layer not in chosen]
    _dense(fields, dense, lambda: reader.needed("dense_intermediate"))
    fields["shared_experts"] = 1


def _describe_llama4(shape: Shape) -> Fields:
    dense = set(_some(shape.layers, shape.dense_layers, shape.dense_spread))
    return {"moe_layers": [layer for layer in range(shape.layers) if layer not in dense]}


def _opt(reader: _Reader, fields: Fields) -> None:
    width = reader.size("embedding_dim") or fields["hidden_size"]
    fields["embedding_dim"] = 0 if width == fields["hidden_size"] else width
    positions = reader.number(("max_position_embeddings",), _POSITIONS) or 0
    fields["positions"] = positions + 2
    fields["final_norm"] = reader.flag("do_layer_norm_before", True) and not reader.flag("_remove_final_layer_norm")
    if not reader.flag("layer_norm_elementwise_affine", True):
        fields["norm"] = "none"


def _describe_opt(shape: Shape) -> Fields:
    return {
        "word_embed_proj_dim": shape.embedding_dim or shape.hidden_size,
        "max_position_embeddings": shape.positions - 2,
        "do_layer_norm_before": shape.final_norm,
        "layer_norm_elementwise_affine": shape.norm == "layer",
    }


def _positions(reader: _Reader, fields: Fields) -> None:
    keys = ("n_positions", "max_position_embeddings", "n_ctx")
    default = reader.family.defaults.get("max_position_embeddings")
    fields["positions"] = reader.number(keys, _POSITIONS, default) or 0


def _describe_positions(shape: Shape) -> Fields:
    return {"n_positions": shape.positions}


def _gpt_bigcode(reader: _Reader, fields: Fields) -> None:
    _positions(reader, fields)
    if reader.flag("multi_query", True):
        fields["kv_heads"] = 1


def _describe_gpt_bigcode(shape: Shape) -> Fields:
    return {"n_positions": shape.positions, "multi_query": shape.kv_heads == 1}


def _gpt_neo(reader: _Reader, fields: Fields) -> None:
    fields["positions"] = reader.number(("max_position_embeddings",), _POSITIONS) or 0
    kinds = _gpt_neo_kinds(reader)
    if len(kinds) != fields["layers"]:
        raise Invalid(f"attention_types describes {len(kinds):,} layers, but the model has {fields['layers']:,}.")
    window = reader.number(("window_size",), _WINDOW)
    local = kinds.count("local")
    if window and local:
        fields.update(window=window, windowed_layers=local)


def _gpt_neo_kinds(reader: _Reader) -> list[str]:
    """The kind of every layer: attention_types repeats groups of kinds, as in [[["global", "local"], 12]]."""
    kinds: list[str] = []
    groups = reader.listed("attention_types")
    if groups is None:
        return ["global", "local"] * 12
    for group in groups:
        match group:
            case [list(names), int(times)] if all(name in ("global", "local") for name in names):
                kinds += names * min(_whole("attention_types", times, _MOST["layers"]), _MOST["layers"])
            case _:
                raise Invalid('attention_types must look like [[["global", "local"], 12]].')
        if len(kinds) > _MOST["layers"]:
            raise Invalid(f"attention_types describes more than {_MOST['layers']:,} layers.")
    return kinds


def _describe_gpt_neo(shape: Shape) -> Fields:
    local = set(_some(shape.layers, shape.windowed_layers, spread=True))
    kinds = ["local" if layer in local else "global" for layer in range(shape.layers)]
    return {"max_position_embeddings": shape.positions, "attention_types": [[kinds, 1]], "window_size": shape.window}


def _falcon(reader: _Reader, fields: Fields) -> None:
    renewed = reader.flag("new_decoder_architecture")
    if not renewed:
        fields["kv_heads"] = 1 if reader.flag("multi_query", True) else fields["heads"]
    norms = reader.number(("num_ln_in_parallel_attn",), 2) or (2 if renewed else 1)
    fields["norms_per_layer"] = norms if reader.flag("parallel_attn", True) else 2


def _describe_falcon(shape: Shape) -> Fields:
    return {"new_decoder_architecture": shape.kv_heads > 1, "num_ln_in_parallel_attn": shape.norms_per_layer}


def _bert(reader: _Reader, fields: Fields) -> None:
    positions = reader.number(("max_position_embeddings",), _POSITIONS) or 0
    fields["positions"] = positions + (reader.number(("type_vocab_size",), _POSITIONS, 0, 0) or 0)


def _describe_bert(shape: Shape) -> Fields:
    types = 2 if shape.positions > 2 else 0
    return {"max_position_embeddings": shape.positions - types, "type_vocab_size": types}


def _describe_distilbert(shape: Shape) -> Fields:
    return {"max_position_embeddings": shape.positions}


def _vit(reader: _Reader, fields: Fields) -> None:
    image, patch = _square(reader, "image_size", 100_000), _square(reader, "patch_size", 100_000)
    channels = reader.number(("num_channels",), 10_000) or 0
    fields["positions"] = (image[0] // patch[0]) * (image[1] // patch[1]) + 2  # and the class token and its position
    fields["patch_inputs"] = channels * patch[0] * patch[1]
    labels = reader.config.get("id2label")
    classes = len(labels) if isinstance(labels, dict) else reader.number(("num_labels",), 1_000_000, 0, 0) or 0
    if "ViTModel" in _architectures(reader.config) or not classes:
        fields["pooler"] = True
        reader.notes.append("There is no classifier in this config: the pooler of a ViTModel is counted instead.")
    else:
        fields["classes"] = classes


def _square(reader: _Reader, key: str, most: int) -> tuple[int, int]:
    """A size in pixels, given as one number or as two."""
    value = reader.config.get(key)
    if isinstance(value, list) and len(value) == 2:
        return _whole(key, value[0], most), _whole(key, value[1], most)
    side = reader.number((key,), most) or 1
    return side, side


def _describe_vit(shape: Shape) -> Fields:
    patch = isqrt(shape.patch_inputs // 3)
    return {
        "patch_size": patch,
        "image_size": patch * isqrt(shape.positions - 2),
        "num_channels": 3,
        "num_labels": shape.classes,
        "architectures": ["ViTForImageClassification" if shape.classes else "ViTModel"],
    }


def _stablelm(reader: _Reader, fields: Fields) -> None:
    if reader.flag("use_parallel_residual"):
        fields["norms_per_layer"] = 1


def _describe_stablelm(shape: Shape) -> Fields:
    return {"use_parallel_residual": shape.norms_per_layer == 1}


# The families.


def _without(keys: Mapping[str, tuple[str, ...]], *fields: str, **more: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {field: names for field, names in keys.items() if field not in fields} | more


_SIZES = {
    "hidden_size": ("hidden_size",),
    "layers": ("num_hidden_layers",),
    "heads": ("num_attention_heads",),
    "kv_heads": ("num_key_value_heads",),
    "head_dim": ("head_dim",),
    "intermediate": ("intermediate_size",),
    "vocab": ("vocab_size",),
}
_GPT = {
    "hidden_size": ("n_embd", "hidden_size"),
    "layers": ("n_layer", "num_hidden_layers"),
    "heads": ("n_head", "num_attention_heads"),
    "intermediate": ("n_inner",),
    "vocab": ("vocab_size",),
}
_EXPERTS = {
    "experts": ("num_experts", "num_local_experts"),
    "experts_per_token": ("num_experts_per_tok", "num_experts_per_token"),
}
_MOE = {
    **_SIZES,
    **_EXPERTS,
    "intermediate": ("moe_intermediate_size",),
    "dense_intermediate": ("intermediate_size",),
}
_LATENT = {
    **_without(_MOE, "head_dim"),
    "experts": ("n_routed_experts", "num_local_experts"),
    "q_rank": ("q_lora_rank",),
    "kv_rank": ("kv_lora_rank",),
    "qk_nope_dim": ("qk_nope_head_dim",),
    "qk_rope_dim": ("qk_rope_head_dim",),
    "v_dim": ("v_head_dim",),
}
_RMS = {"gated": True, "norm": "rms"}
_PLAIN = {"norm": "layer", "qkv_bias": True, "out_bias": True, "mlp_bias": True}
_ATTENTION = {"attention_bias": ("qkv_bias", "out_bias")}
_ALL_BIASES = ("qkv_bias", "out_bias", "mlp_bias")


def _sizes(vocab: int, hidden: int, layers: int, heads: int, inner: int | None, **more: Any) -> Fields:
    """Defaults under the usual keys."""
    return {
        "vocab_size": vocab,
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "intermediate_size": inner,
        **more,
    }


def _gpt_sizes(vocab: int, hidden: int, layers: int, heads: int, **more: Any) -> Fields:
    return {"vocab_size": vocab, "n_embd": hidden, "n_layer": layers, "n_head": heads, **more}


def _family(
    name: str,
    defaults: Fields,
    keys: Mapping[str, tuple[str, ...]] = _SIZES,
    fixed: Mapping[str, Any] = _RMS,
    flags: Mapping[str, tuple[str, ...]] | None = None,
    **more: Any,
) -> Family:
    return Family(name, defaults, keys, fixed, flags or {}, **more)


def _kv(heads: int, **more: Any) -> Fields:
    return {"num_key_value_heads": heads, **more}


_LLAMA_FLAGS = {**_ATTENTION, "mlp_bias": ("mlp_bias",)}
_NO_HEAD_DIM = _without(_SIZES, "head_dim")
_MULTI_HEAD = _without(_SIZES, "head_dim", "kv_heads")
_BERT_FIXED = {**_PLAIN, "kind": "encoder", "tied": True, "embedding_norm": True, "pooler": True}
_MIXTRAL_KEYS = {**_SIZES, **_EXPERTS, "experts": ("num_local_experts", "num_experts")}
_LLAMA = _family("Llama", _sizes(32000, 4096, 32, 32, 11008), flags=_LLAMA_FLAGS, strict=True)
_QWEN_FIXED = {**_RMS, "qkv_bias": True}
_GEMMA_FIXED = {**_RMS, "norms_per_layer": 4}

FAMILIES: Mapping[str, Family] = {
    "llama": _LLAMA,
    "mistral": _family("Mistral", _sizes(32000, 4096, 32, 32, 14336, **_kv(8), sliding_window=4096), window="all"),
    "ministral": _family("Ministral", _sizes(32000, 4096, 32, 32, 14336, **_kv(8), sliding_window=4096), window="all"),
    "mixtral": _family(
        "Mixtral",
        _sizes(32000, 4096, 32, 32, 14336, **_kv(8), num_local_experts=8, num_experts_per_tok=2),
        _MIXTRAL_KEYS,
        window="all",
    ),
    "qwen2": _family("Qwen2", _sizes(151936, 4096, 32, 32, 22016, **_kv(32)), fixed=_QWEN_FIXED, window="late"),
    "qwen2_moe": _family(
        "Qwen2-MoE",
        _sizes(
            151936,
            2048,
            24,
            16,
            5632,
            **_kv(16),
            moe_intermediate_size=1408,
            shared_expert_intermediate_size=5632,
            num_experts=60,
            num_experts_per_tok=4,
            qkv_bias=True,
        ),
        {**_MOE, "shared_intermediate": ("shared_expert_intermediate_size",)},
        flags={"qkv_bias": ("qkv_bias",)},
        window="late",
        finish=_qwen_moe,
        describe=_describe_qwen_moe,
    ),
    "qwen3": _family(
        "Qwen3",
        _sizes(151936, 4096, 32, 32, 22016, **_kv(32), head_dim=128),
        fixed={**_RMS, "qk_norm": True},
        flags=_ATTENTION,
        window="late",
    ),
    "qwen3_moe": _family(
        "Qwen3-MoE",
        _sizes(151936, 2048, 24, 32, 6144, **_kv(4), moe_intermediate_size=768, num_experts=128, num_experts_per_tok=8),
        _MOE,
        {**_RMS, "qk_norm": True},
        _ATTENTION,
        window="late",
        finish=_qwen_moe,
        describe=_describe_qwen_moe,
    ),
    "gemma": _family(
        "Gemma", _sizes(256000, 3072, 28, 16, 24576, **_kv(16), head_dim=256), flags=_ATTENTION, tied=True
    ),
    "gemma2": _family(
        "Gemma 2",
        _sizes(256000, 2304, 26, 8, 9216, **_kv(4), head_dim=256, sliding_window=4096),
        fixed=_GEMMA_FIXED,
        flags=_ATTENTION,
        window=2,
        tied=True,
        strict=True,
    ),
    "gemma3_text": _family(
        "Gemma 3",
        _sizes(262208, 2304, 26, 8, 9216, **_kv(4), head_dim=256, sliding_window=4096),
        fixed={**_GEMMA_FIXED, "qk_norm": True},
        flags=_ATTENTION,
        window=6,
        tied=True,
        strict=True,
    ),
    "phi": _family(
        "Phi",
        _sizes(51200, 2048, 24, 32, 8192),
        fixed={**_PLAIN, "norms_per_layer": 1, "head_bias": True},
        flags={"qk_layernorm": ("qk_norm",)},
    ),
    "phi3": _family("Phi-3", _sizes(32064, 3072, 32, 32, 8192), window="all"),
    "phimoe": _family(
        "Phi-3.5-MoE",
        _sizes(32064, 4096, 32, 32, 6400, **_kv(8), num_local_experts=16, num_experts_per_tok=2),
        _MIXTRAL_KEYS,
        {"gated": True, "norm": "layer"},
        {**_ATTENTION, "lm_head_bias": ("head_bias",)},
        window="all",
    ),
    "opt": _family(
        "OPT",
        {**_sizes(50272, 768, 12, 12, None), "ffn_dim": 3072, "max_position_embeddings": 2048, "enable_bias": True},
        _without(_MULTI_HEAD, intermediate=("ffn_dim",), embedding_dim=("word_embed_proj_dim",)),
        {"norm": "layer"},
        {"enable_bias": _ALL_BIASES},
        tied=True,
        finish=_opt,
        describe=_describe_opt,
    ),
    "gpt2": _family(
        "GPT-2",
        _gpt_sizes(50257, 768, 12, 12, n_positions=1024),
        _GPT,
        _PLAIN,
        tied=True,
        finish=_positions,
        describe=_describe_positions,
    ),
    "gpt_bigcode": _family(
        "GPT-BigCode",
        _gpt_sizes(50257, 768, 12, 12, n_positions=1024),
        _GPT,
        _PLAIN,
        tied=True,
        finish=_gpt_bigcode,
        describe=_describe_gpt_bigcode,
    ),
    "gptj": _family(
        "GPT-J",
        _gpt_sizes(50400, 4096, 28, 16),
        _GPT,
        {"norm": "layer", "norms_per_layer": 1, "mlp_bias": True, "head_bias": True},
    ),
    "codegen": _family(
        "CodeGen",
        _gpt_sizes(50400, 4096, 28, 16),
        _GPT,
        {"norm": "layer", "norms_per_layer": 1, "mlp_bias": True, "head_bias": True},
    ),
    "gpt_neo": _family(
        "GPT-Neo",
        {
            "vocab_size": 50257,
            "hidden_size": 2048,
            "num_layers": 24,
            "num_heads": 16,
            "max_position_embeddings": 2048,
            "window_size": 256,
        },
        {**_MULTI_HEAD, "layers": ("num_layers", "num_hidden_layers"), "heads": ("num_heads", "num_attention_heads")},
        {"norm": "layer", "out_bias": True, "mlp_bias": True},
        tied=True,
        finish=_gpt_neo,
        describe=_describe_gpt_neo,
    ),
    "gpt_neox": _family(
        "GPT-NeoX",
        _sizes(50432, 6144, 44, 64, 24576, attention_bias=True),
        _MULTI_HEAD,
        {"norm": "layer", "mlp_bias": True},
        _ATTENTION,
    ),
    "falcon": _family(
        "Falcon",
        _sizes(65024, 4544, 32, 71, None),
        {
            "hidden_size": ("hidden_size", "n_embed"),
            "layers": ("num_hidden_layers", "n_layer"),
            "heads": ("num_attention_heads", "n_head"),
            "kv_heads": ("num_kv_heads", "n_head_kv"),
            "intermediate": ("ffn_hidden_size",),
            "vocab": ("vocab_size",),
        },
        {"norm": "layer"},
        {"bias": _ALL_BIASES},
        tied=True,
        finish=_falcon,
        describe=_describe_falcon,
    ),
    "bloom": _family(
        "BLOOM",
        {"vocab_size": 250880, "hidden_size": 64, "n_layer": 2, "n_head": 8},
        {
            "hidden_size": ("hidden_size", "n_embed"),
            "layers": ("n_layer", "num_hidden_layers"),
            "heads": ("n_head", "num_attention_heads"),
            "vocab": ("vocab_size",),
        },
        {**_PLAIN, "embedding_norm": True},
        tied=True,
    ),
    "mpt": _family(
        "MPT",
        {"vocab_size": 50368, "d_model": 2048, "n_layers": 24, "n_heads": 16},
        {"hidden_size": ("d_model",), "layers": ("n_layers",), "heads": ("n_heads",), "vocab": ("vocab_size",)},
        {"norm": "rms"},
        tied=True,
    ),
    "stablelm": _family(
        "StableLM",
        _sizes(50304, 2560, 32, 32, 6912, **_kv(32)),
        _NO_HEAD_DIM,
        {"gated": True, "norm": "layer"},
        {"use_qkv_bias": ("qkv_bias",), "qk_layernorm": ("qk_norm_whole",)},
        finish=_stablelm,
        describe=_describe_stablelm,
    ),
    "starcoder2": _family(
        "StarCoder2",
        _sizes(49152, 3072, 30, 24, 12288, **_kv(2), use_bias=True),
        fixed={"norm": "layer"},
        flags={"use_bias": _ALL_BIASES},
        window="all",
        tied=True,
    ),
    "olmo": _family(
        "OLMo", _sizes(50304, 4096, 32, 32, 11008), fixed={"gated": True, "norm": "none"}, flags=_ATTENTION
    ),
    "olmo2": _family(
        "OLMo 2", _sizes(50304, 4096, 32, 32, 11008), fixed={**_RMS, "qk_norm_whole": True}, flags=_ATTENTION
    ),
    "olmo3": _family(
        "OLMo 3",
        _sizes(50304, 4096, 32, 32, 11008, sliding_window=4096),
        fixed={**_RMS, "qk_norm_whole": True},
        flags=_ATTENTION,
        window=4,
    ),
    "olmoe": _family(
        "OLMoE",
        _sizes(50304, 2048, 16, 16, 2048, num_experts=64, num_experts_per_tok=8),
        {**_SIZES, **_EXPERTS},
        {**_RMS, "qk_norm_whole": True},
        _ATTENTION,
    ),
    "cohere": _family(
        "Cohere",
        _sizes(256000, 8192, 40, 64, 22528),
        fixed={**_RMS, "norms_per_layer": 1},
        flags={**_ATTENTION, "use_qk_norm": ("qk_norm_whole",)},
        tied=True,
    ),
    "cohere2": _family(
        "Cohere 2",
        _sizes(256000, 8192, 40, 64, 22528, sliding_window=4096),
        fixed={**_RMS, "norms_per_layer": 1},
        flags=_ATTENTION,
        window=4,
        tied=True,
    ),
    "granite": _family("Granite", _sizes(32000, 4096, 32, 32, 11008), flags=_LLAMA_FLAGS),
    "granitemoe": _family(
        "Granite-MoE",
        _sizes(32000, 4096, 32, 32, 11008, num_local_experts=8, num_experts_per_tok=2),
        _MIXTRAL_KEYS,
        flags=_ATTENTION,
    ),
    "glm": _family(
        "GLM",
        _sizes(151552, 4096, 40, 32, 13696, **_kv(2), head_dim=128, attention_bias=True),
        flags={"attention_bias": ("qkv_bias",)},
    ),
    "glm4": _family(
        "GLM-4",
        _sizes(151552, 4096, 40, 32, 13696, **_kv(2), head_dim=128, attention_bias=True),
        fixed={**_RMS, "norms_per_layer": 4},
        flags={"attention_bias": ("qkv_bias",)},
    ),
    "glm4_moe": _family(
        "GLM-4.5",
        _sizes(
            151552,
            4096,
            46,
            96,
            10944,
            **_kv(8),
            moe_intermediate_size=1408,
            n_routed_experts=128,
            n_shared_experts=1,
            num_experts_per_tok=8,
            first_k_dense_replace=1,
        ),
        {**_MOE, "experts": ("n_routed_experts", "num_local_experts")},
        {**_RMS, "router_bias": True},
        {"attention_bias": ("qkv_bias",), "use_qk_norm": ("qk_norm",)},
        finish=_first_dense,
        describe=_describe_first_dense,
    ),
    "smollm3": _family(
        "SmolLM3",
        _sizes(128256, 2048, 36, 16, 11008, **_kv(4)),
        flags=_LLAMA_FLAGS,
        window="late",
        tied=True,
    ),
    "deepseek_v2": _family(
        "DeepSeek V2",
        _sizes(
            102400,
            4096,
            32,
            32,
            11008,
            moe_intermediate_size=1407,
            n_routed_experts=64,
            n_shared_experts=2,
            first_k_dense_replace=0,
            q_lora_rank=1536,
            kv_lora_rank=512,
            qk_nope_head_dim=128,
            qk_rope_head_dim=64,
            v_head_dim=128,
        ),
        _LATENT,
        flags=_ATTENTION,
        finish=_latent,
        describe=_describe_latent,
        strict=True,
    ),
    "deepseek_v3": _family(
        "DeepSeek V3",
        _sizes(
            129280,
            7168,
            61,
            128,
            18432,
            moe_intermediate_size=2048,
            n_routed_experts=256,
            n_shared_experts=1,
            num_experts_per_tok=8,
            first_k_dense_replace=3,
            n_group=8,
            q_lora_rank=1536,
            kv_lora_rank=512,
            qk_nope_head_dim=128,
            qk_rope_head_dim=64,
            v_head_dim=128,
        ),
        _LATENT,
        {**_RMS, "router_bias": True},
        _ATTENTION,
        finish=_latent,
        describe=_describe_latent,
    ),
    "gpt_oss": _family(
        "gpt-oss",
        _sizes(
            201088,
            2880,
            36,
            64,
            2880,
            **_kv(8),
            head_dim=64,
            num_local_experts=128,
            num_experts_per_tok=4,
            sliding_window=128,
            attention_bias=True,
        ),
        _MIXTRAL_KEYS,
        {**_RMS, "mlp_bias": True, "router_bias": True, "sinks": True},
        _ATTENTION,
        window=2,
    ),
    "llama4_text": _family(
        "Llama 4",
        _sizes(
            202048,
            5120,
            48,
            40,
            8192,
            **_kv(8),
            head_dim=128,
            intermediate_size_mlp=16384,
            num_local_experts=16,
            num_experts_per_tok=1,
            attention_chunk_size=8192,
        ),
        {**_MIXTRAL_KEYS, "dense_intermediate": ("intermediate_size_mlp",)},
        flags=_ATTENTION,
        window="chunked",
        finish=_llama4,
        describe=_describe_llama4,
    ),
    "nemotron": _family("Nemotron", _sizes(256000, 6144, 32, 48, 24576), fixed={"norm": "layer"}, flags=_LLAMA_FLAGS),
    "helium": _family(
        "Helium",
        _sizes(48000, 2560, 24, 20, 7040, **_kv(20)),
        _NO_HEAD_DIM,
        flags={"attention_bias": ("qkv_bias",), "mlp_bias": ("mlp_bias",)},
    ),
    "ernie4_5": _family(
        "ERNIE 4.5",
        _sizes(103424, 1024, 18, 16, 3072, **_kv(2), head_dim=128),
        flags={"use_bias": _ALL_BIASES},
        tied=True,
    ),
    "seed_oss": _family(
        "Seed-OSS",
        _sizes(155136, 4096, 64, 80, 27648, **_kv(8), head_dim=128, attention_bias=True),
        flags={"attention_bias": ("qkv_bias",), "attention_out_bias": ("out_bias",), "mlp_bias": ("mlp_bias",)},
    ),
    "bert": _family(
        "BERT",
        _sizes(30522, 768, 12, 12, 3072, max_position_embeddings=512, type_vocab_size=2),
        _MULTI_HEAD,
        _BERT_FIXED,
        finish=_bert,
        describe=_describe_bert,
    ),
    "roberta": _family(
        "RoBERTa",
        _sizes(50265, 768, 12, 12, 3072, max_position_embeddings=512, type_vocab_size=2),
        _MULTI_HEAD,
        _BERT_FIXED,
        finish=_bert,
        describe=_describe_bert,
    ),
    "distilbert": _family(
        "DistilBERT",
        {
            "vocab_size": 30522,
            "dim": 768,
            "n_layers": 6,
            "n_heads": 12,
            "hidden_dim": 3072,
            "max_position_embeddings": 512,
        },
        {
            "hidden_size": ("dim",),
            "layers": ("n_layers",),
            "heads": ("n_heads",),
            "intermediate": ("hidden_dim",),
            "vocab": ("vocab_size",),
        },
        {**_BERT_FIXED, "pooler": False},
        finish=_bert,
        describe=_describe_distilbert,
    ),
    "vit": _family(
        "ViT",
        {**_sizes(0, 768, 12, 12, 3072), "image_size": 224, "patch_size": 16, "num_channels": 3, "qkv_bias": True},
        _without(_MULTI_HEAD, "vocab"),
        {"norm": "layer", "out_bias": True, "mlp_bias": True, "kind": "vision", "tied": True},
        {"qkv_bias": ("qkv_bias",)},
        finish=_vit,
        describe=_describe_vit,
    ),
}

_SAME = {
    "gemma3": "gemma3_text",
    "llama4": "llama4_text",
    "mistral3": "mistral",
    "llava": "llama",
    "llava_next": "llama",
    "paligemma": "gemma",
    "qwen2_vl": "qwen2",
    "qwen2_vl_text": "qwen2",
    "qwen2_5_vl": "qwen2",
    "qwen2_5_vl_text": "qwen2",
    "qwen3_vl": "qwen3",
    "qwen3_vl_text": "qwen3",
    "qwen3_vl_moe": "qwen3_moe",
    "qwen3_vl_moe_text": "qwen3_moe",
    "kimi_k2": "deepseek_v3",
    "RefinedWeb": "falcon",
    "RefinedWebModel": "falcon",
    "xlm-roberta": "roberta",
    "camembert": "roberta",
}
"""Other names under which a family's configs go."""

_INNER = ("text_config", "llm_config", "language_config")
"""Where a model of several kinds of input keeps the part that writes text."""

_UNKNOWN = {
    "hidden_size": ("hidden_size", "n_embd", "d_model"),
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
    "kv_heads": ("num_key_value_heads", "num_kv_heads"),
    "head_dim": ("head_dim",),
    "intermediate": ("intermediate_size", "ffn_dim", "n_inner"),
    "vocab": ("vocab_size",),
}
_EXPERT_KEYS = ("num_experts", "num_local_experts", "n_routed_experts")
_RECURRENT = ("mamba", "ssm_", "linear_", "conv_L", "conv_kernel", "lru_width", "state_size", "hybrid_", "rwkv")
_LAYER_KINDS = {
    "full_attention": False,
    "attention": False,
    "sliding_attention": True,
    "chunked_attention": True,
}


# From text to JSON.

_TOKEN = re.compile(r'"(?:[^"\\]|\\[\s\S])*+(?:"|\\?\Z)|[][{}]')


def _parse(text: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises `Invalid` for anything else."""
    text = text.strip().removeprefix("\ufeff").strip() if len(text) <= LONGEST else text
    if len(text) > LONGEST:
        raise Invalid(f"This text has {len(text):,} characters: a config.json has a few thousand.")
    if not text:
        raise Invalid("There is no text: paste the whole config.json of a model.")
    _shallow(text)
    try:
        found = json.loads(
            text, object_pairs_hook=_once, parse_constant=_constant, parse_int=_integer, parse_float=_fraction
        )
    except json.JSONDecodeError as error:
        raise Invalid(_not_json(text, error)) from None
    except RecursionError:  # unreachable while _DEEPEST is small; a browser's stack is smaller still
        raise Invalid(f"This JSON is nested more than {_DEEPEST} deep: a config.json is not.") from None
    if not isinstance(found, dict):
        kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
        kind = kinds.get(type(found), "a number")
        raise Invalid(f"This is {kind}, not a config.json: that is an object, from {{ to }}.")
    if not found:
        raise Invalid("This config is empty: paste the whole config.json of a model.")
    return found


def _shallow(text: str) -> None:
    """Refuse what is nested so deep that reading it would exhaust the stack."""
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        depth += mark in "[{" or -(mark in "]}")
        if depth > _DEEPEST:
            raise Invalid(f"This JSON is nested more than {_DEEPEST} deep: a config.json is not.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name in found if times[name] > 1)
        raise Invalid(f"The key {_quoted(twice)} stands twice in the config: keep one of them.")
    return found


def _constant(text: str) -> NoReturn:
    raise Invalid(f"{text} is not a number that a config.json can hold.")


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise Invalid(f"A number of {len(text):,} digits is no size of a model.")
    return int(text)


def _fraction(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise Invalid(f"{shorten(text)} is too large a number for a config.json.")
    return value


def _not_json(text: str, error: json.JSONDecodeError) -> str:
    if text.startswith("<"):
        return "This is a web page, not JSON: open the raw config.json and copy its text."
    if re.match(r"\{\s*'", text) or re.search(r":\s*(None|True|False)\b", text):
        return "This is Python, not JSON: JSON has double quotes, and null, true and false. Print it with json.dumps."
    if not text.startswith("{"):
        return "This is not JSON: paste the whole config.json, from { to }."
    where = f"line {error.lineno:,}, column {error.colno:,}"
    return f"This is not JSON ({error.msg}, {where}): paste the whole config.json, from {{ to }}."


# From JSON to a shape.


@lru_cache(maxsize=16)
def read(text: str) -> Reading:
    """What the text of a `config.json` says. Raises `Invalid`, with what would be right, for anything else."""
    return _reading(_parse(text))


def compact(text: str) -> str:
    """The same config on one line, without blanks. Raises `Invalid` like `read`."""
    return _line(read(text).config)


def _line(config: Config) -> str:
    return json.dumps(config, separators=(",", ":"))


def model(text: str) -> Model:
    """The model that a config describes: the same object for the same config. Raises `Invalid` like `read`."""
    return _model(compact(text))


@lru_cache(maxsize=16)
def _model(line: str) -> Model:
    reading = read(line)
    parts = count(reading.shape)
    return Model(
        name=_name(reading),
        total=parts.total,
        prunable=parts.prunable / parts.total,
        active_share=parts.active / parts.total,
        kind=reading.shape.kind,
        shape=reading.shape,
        parts=parts,
        note=" ".join(reading.notes),
        source=Source("config.json as given"),
        model_type=reading.model_type,
        config=line,
    )


def _name(reading: Reading) -> str:
    given = reading.config.get("_name_or_path")
    if isinstance(given, str) and any(sign.isalnum() for sign in given):
        return shorten(_shown(given), 60)
    architecture = next(iter(_architectures(reading.config)), reading.family)
    return f"{shorten(_shown(architecture), 60)}, {reading.shape.layers:,} layers"


def _architectures(config: Config) -> list[str]:
    found = config.get("architectures")
    return [each for each in found if isinstance(each, str) and each.strip()] if isinstance(found, list) else []


def _reading(config: dict[str, Any]) -> Reading:
    _refuse_other_files(config)
    where = _inner_key(config)
    inner: Config = config[where] if where else config
    model_type, family, words = _family_of(inner, config)
    reader = _Reader(inner, family)
    if words:
        reader.notes.append(
            f"This is an {words}: if its layers hold anything that {family.name} lacks, the numbers are off."
        )
    tied = _tied(reader, config)
    shape = _shape(reader, tied)
    notes = [*reader.notes]
    if reader.assumed:
        listed = ", ".join(f"{key} {json.dumps(value)}" for key, value in reader.assumed.items())
        notes.append(f"Not in the config, so transformers' defaults are used: {listed}.")
    notes += _not_counted(config, inner)
    return Reading(shape, model_type, words or family.name, config, tuple(notes))


def _tied(reader: _Reader, config: Config) -> bool:
    """Whether the head reuses the embedding: said by the text model, or by the whole."""
    for each in (reader.config, config):
        value = each.get("tie_word_embeddings")
        if value is not None:
            if not isinstance(value, bool):
                raise Invalid(f"tie_word_embeddings must be true or false, not {_quoted(value)}.")
            return value
    if "tied" not in reader.family.fixed:
        reader.assumed["tie_word_embeddings"] = reader.family.tied
    return reader.family.tied


def _inner_key(config: Config) -> str:
    """The key of the text model inside a model of several kinds of input; empty where there is none."""
    for key in _INNER:
        if isinstance(config.get(key), dict):
            return key
        if config.get(key) is not None:
            raise Invalid(f"{key} must be an object, not {_quoted(config[key])}.")
    return ""


_OTHER_FILES = (
    ("peft_type lora_alpha", "an adapter's adapter_config.json", "the model that the adapter was trained on"),
    ("_diffusers_version _class_name", "a diffusers config", "a language model or an encoder"),
    ("pretrained_cfg", "a timm config", "a model for the transformers library"),
)
_OTHER_FILES_WITHOUT_MODEL = (
    ("tokenizer_class added_tokens_decoder chat_template added_tokens", "a tokenizer's file"),
    ("do_sample temperature top_p _from_model_config max_new_tokens", "a generation_config.json"),
    ("desc_act quant_method bits", "a quantize_config.json"),
    ("image_processor_type feature_extractor_type image_mean", "a preprocessor_config.json"),
    ("weight_map", "the index of a checkpoint's files"),
)


def _refuse_other_files(config: Config) -> None:
    """Recognise the other JSON files that lie beside a config.json."""
    for keys, what, wanted in _OTHER_FILES:
        if any(key in config for key in keys.split()):
            raise Invalid(f"This is {what}: the config.json of {wanted} is wanted.")
    if "model_type" in config or any(key in config for keys in _UNKNOWN.values() for key in keys[:1]):
        return
    for keys, what in _OTHER_FILES_WITHOUT_MODEL:
        if any(key in config for key in keys.split()):
            raise Invalid(f"This is {what}: the config.json that lies beside it is wanted.")


def _family_of(inner: Config, config: Config) -> tuple[str, Family, str]:
    """The model type, its family, and, for a family not known here, how it is read."""
    for each in (inner, config):
        if each.get("is_encoder_decoder") is True:
            raise Invalid("This model has an encoder and a decoder: only models with one stack of layers are counted.")
    named = inner.get("model_type") or config.get("model_type") or ""
    if not isinstance(named, str):
        raise Invalid(f"model_type must be a name such as llama, not {_quoted(named)}.")
    model_type = _SAME.get(named, named)
    if model_type in FAMILIES:
        return model_type, FAMILIES[model_type], ""
    return named, *_unknown(named, inner)


def _unknown(named: str, config: Config) -> tuple[Family, str]:
    """A family that is not known here, read like the known one whose keys it has."""
    shown = f"family {_quoted(named)}" if named else "family without a model_type"
    recurrent = [key for key in config if key.startswith(_RECURRENT)]
    if recurrent:
        raise Invalid(
            f"The {shown} has layers without attention ({shorten(recurrent[0])}), which are not counted here."
        )
    if "kv_lora_rank" in config:
        like = FAMILIES["deepseek_v3"]
        keys: Mapping[str, tuple[str, ...]] = {**_LATENT, "experts": ("n_routed_experts", *_EXPERT_KEYS[:2])}
    elif any(key in config for key in _EXPERT_KEYS):
        like = FAMILIES["mixtral"]
        width = ("moe_intermediate_size", "intermediate_size")
        keys = {**_UNKNOWN, **_EXPERTS, "experts": _EXPERT_KEYS, "intermediate": width, "dense_intermediate": width[1:]}
    else:
        like, keys = _LLAMA, _UNKNOWN
    derived = {"kv_heads", "head_dim", "q_rank", "dense_intermediate"}
    missing = [
        names[0] for field, names in keys.items() if field not in derived and not any(name in config for name in names)
    ]
    if missing:
        raise Invalid(f"The {shown} is not known here, and the config lacks {', '.join(missing)}.")
    finish = _first_dense if like.name == "Mixtral" else like.finish
    describe = _describe_first_dense if like.name == "Mixtral" else like.describe
    family = like._replace(
        defaults={}, keys=keys, flags=_LLAMA_FLAGS, window="all", finish=finish, describe=describe, strict=False
    )
    return family, f"unknown {shown}, counted like {like.name}"


def _shape(reader: _Reader, tied: bool) -> Shape:
    family = reader.family
    hidden, heads = reader.needed("hidden_size"), reader.needed("heads")
    kv_heads = reader.size("kv_heads") or heads
    fields: Fields = {
        "hidden_size": hidden,
        "layers": reader.needed("layers"),
        "heads": heads,
        "kv_heads": kv_heads,
        "head_dim": 0,
        "intermediate": reader.size("intermediate") or 4 * hidden,
        "vocab": reader.needed("vocab") if "vocab" in family.keys else 0,
        "tied": tied,
        **family.fixed,
    }
    for key, names in family.flags.items():
        fields.update(dict.fromkeys(names, reader.flag(key)))
    if "experts" in family.keys:
        fields["experts"] = reader.needed("experts")
        per_token = reader.size("experts_per_token")
        if per_token is None:
            raise Invalid("The config lacks num_experts_per_tok: without it nobody knows how many experts work.")
        if per_token > fields["experts"]:
            raise Invalid(
                f"{reader.name('experts_per_token')} is {per_token:,}, but there are {fields['experts']:,} experts."
            )
        fields["experts_per_token"] = per_token
    if family.finish:
        family.finish(reader, fields)
    if heads % fields["kv_heads"]:
        raise Invalid(
            f"{reader.name('heads')} is {heads:,}: it must be divisible by {reader.name('kv_heads')},"
            f" which is {fields['kv_heads']:,}."
        )
    fields["head_dim"] = fields["head_dim"] or reader.size("head_dim") or _head_dim(reader, hidden, heads)
    if "window" not in fields:
        fields["window"], fields["windowed_layers"] = _windows(reader, fields["layers"])
    return Shape(**fields)


def _head_dim(reader: _Reader, hidden: int, heads: int) -> int:
    if hidden % heads:
        also = ", or head_dim must be given" if "head_dim" in reader.family.keys else ""
        raise Invalid(
            f"{reader.name('hidden_size')} is {hidden:,}: it must be divisible by {reader.name('heads')},"
            f" which is {heads:,}{also}."
        )
    return hidden // heads


def _windows(reader: _Reader, layers: int) -> tuple[int, int]:
    """How many tokens a sliding window has, and how many layers have one."""
    kinds = _layer_kinds(reader, layers)
    rule = reader.family.window
    if not rule:
        return 0, 0
    key = "attention_chunk_size" if rule == "chunked" else "sliding_window"
    late = rule == "late" or (reader.family.keys is _UNKNOWN and "use_sliding_window" in reader.config)
    if late and not reader.flag("use_sliding_window"):
        return 0, 0
    window = reader.number((key,), _WINDOW, least=0) if key in reader.config or key in reader.family.defaults else None
    if key in reader.config and reader.config[key] is None:
        window = None
    if kinds is not None:
        windowed = sum(kinds)
    elif late:
        windowed = max(0, layers - (reader.number(("max_window_layers",), _MOST["layers"], 28, 0) or 0))
    elif rule == "chunked":
        windowed = _chunked(reader, layers)
    elif isinstance(rule, int):
        every = reader.number(("sliding_window_pattern", "_sliding_window_pattern"), _MOST["layers"], rule) or rule
        windowed = layers - layers // every
    else:
        windowed = layers
    return (window, windowed) if window and windowed else (0, 0)


def _layer_kinds(reader: _Reader, layers: int) -> list[bool] | None:
    """Which layers have a window, where the config lists every layer. Raises `Invalid` for layers without attention."""
    kinds = reader.listed("layer_types")
    if kinds is None:
        return None
    if len(kinds) < layers:
        raise Invalid(f"layer_types lists {len(kinds):,} layers, but the model has {layers:,}: list them all.")
    for kind in kinds[:layers]:
        if not isinstance(kind, str) or kind not in _LAYER_KINDS:
            raise Invalid(f"Layers of the kind {_quoted(kind)} are not counted here, only layers with attention.")
    return [_LAYER_KINDS[kind] for kind in kinds[:layers]]


def _chunked(reader: _Reader, layers: int) -> int:
    """Llama 4 looks back one chunk in the layers that have rotary positions."""
    rotary = reader.indices("no_rope_layers")
    if not rotary:
        every = reader.number(("no_rope_layer_interval",), _MOST["layers"], 4) or 4
        return layers - layers // every
    return sum(1 for each in rotary[:layers] if each)


def _not_counted(config: Config, inner: Config) -> Iterable[str]:
    """Sentences on parts of the checkpoint that the shape leaves out."""
    towers = [key for key in ("vision_config", "audio_config") if config.get(key)]
    if towers:
        names = " and ".join(key.partition("_")[0] for key in towers)
        yield f"Only the text model is counted: the {names} part ({', '.join(towers)}) is left out."
    elif inner is not config:
        yield "Only the text model inside this config is counted."
    extra = inner.get("num_nextn_predict_layers")
    if isinstance(extra, int) and extra > 0:
        yield f"The layers that predict further tokens (num_nextn_predict_layers {extra:,}) are left out."
    quantized = config.get("quantization_config")
    if isinstance(quantized, dict):
        yield "This checkpoint is already quantised: parameters are counted as before quantising."
    heads = [name for name in _architectures(config) if name.startswith(("Bert", "Roberta", "DistilBert"))]
    if heads and not heads[0].endswith("Model"):
        yield f"The head of {shorten(_shown(heads[0]))} is not counted, only the encoder below it."


# From a shape back to JSON.


def pruned(reading: Reading, shape: Shape) -> dict[str, Any]:
    """The whole config of `reading`, changed so that it describes `shape`.

    Raises `Invalid` where a config of that family cannot say so.
    """
    config: dict[str, Any] = json.loads(json.dumps(reading.config))
    where = _inner_key(config)
    inner = config[where] if where else config
    _, family, _ = _family_of(inner, config)
    before = reading.shape
    _check(family, shape)
    for field, keys in family.keys.items():
        wanted = getattr(shape, field)
        if wanted != getattr(before, field):
            _write(inner, keys, wanted)
    if (shape.hidden_size, shape.heads) != (before.hidden_size, before.heads):
        for field in ("kv_heads", "head_dim", "intermediate"):
            if field in family.keys and not shape.kv_rank:
                _write(inner, family.keys[field], getattr(shape, field))
    if "word_embed_proj_dim" in inner and not shape.embedding_dim:
        _write(inner, family.keys["embedding_dim"], shape.hidden_size)
    if shape.layers != before.layers:
        _shorten_lists(inner, before.layers, shape)
    if shape.dense_layers != before.dense_layers and family.describe:
        _write_dense(inner, family.describe(shape), shape)
    return _checked(config, family, shape)


def described(shape: Shape, model_type: str, name: str) -> dict[str, Any]:
    """A config with the keys that describe the shape of a model of that family, and no others.

    Raises `Invalid` where a config of that family cannot say so.
    """
    model_type = _SAME.get(model_type, model_type)
    family = FAMILIES.get(model_type)
    if family is None:
        raise Invalid(f"How a config of the family {_quoted(model_type)} is written is not known here.")
    _check(family, shape)
    config: dict[str, Any] = {"_name_or_path": name, "model_type": model_type}
    for field, keys in family.keys.items():
        if getattr(shape, field):
            config[keys[0]] = getattr(shape, field)
    if "tied" not in family.fixed:
        config["tie_word_embeddings"] = shape.tied
    for key, fields in family.flags.items():
        config[key] = all(getattr(shape, field) for field in fields)
    if family.describe:
        config |= family.describe(shape)
    config |= _described_windows(family, shape)
    return _checked(config, family, shape, windows=True)


def _described_windows(family: Family, shape: Shape) -> Fields:
    rule = family.window
    if rule == "late":
        if not shape.windowed_layers:
            return {"use_sliding_window": False}
        first = shape.layers - shape.windowed_layers
        return {"use_sliding_window": True, "sliding_window": shape.window, "max_window_layers": first}
    if not rule:
        return {}
    key = "attention_chunk_size" if rule == "chunked" else "sliding_window"
    found: Fields = {key: shape.window or None}
    if not shape.windowed_layers:
        return found
    if not isinstance(rule, int) or shape.windowed_layers != shape.layers - shape.layers // rule:
        if shape.windowed_layers == shape.layers and rule == "all":
            return found
        kind = "chunked_attention" if rule == "chunked" else "sliding_attention"
        windowed = set(_some(shape.layers, shape.windowed_layers, spread=True))
        found["layer_types"] = [kind if i in windowed else "full_attention" for i in range(shape.layers)]
    return found


def _check(family: Family, shape: Shape) -> None:
    """Refuse, in words, the shapes that no config of the family can describe."""
    if "head_dim" not in family.keys and not shape.kv_rank and shape.heads * shape.head_dim != shape.hidden_size:
        raise Invalid(
            f"A config of the family {family.name} has no key for the size of a head, which is the hidden width"
            " divided by the heads: heads cannot go without width. Keep every head, or cut heads and width alike."
        )
    if family.strict and shape.hidden_size % shape.heads:
        heads = [n for n in range(shape.heads, 0, -1) if shape.hidden_size % n == 0][:1]
        raise Invalid(
            f"transformers loads a config of the family {family.name} only if the heads divide the hidden width:"
            f" {shape.heads:,} do not divide {shape.hidden_size:,}. Keep {heads[0]:,} heads."
        )


def _write(config: dict[str, Any], keys: tuple[str, ...], value: int) -> None:
    """Set every one of `keys` that the config has, or else the first."""
    for key in [key for key in keys if key in config] or keys[:1]:
        config[key] = value


def _shorten_lists(config: dict[str, Any], before: int, shape: Shape) -> None:
    """Keep of everything that is listed layer by layer what belongs to the first layers."""
    layers = shape.layers
    for key, value in config.items():
        if key in ("mlp_only_layers", "moe_layers") and isinstance(value, list):
            config[key] = [each for each in value if each < layers]
        elif key == "attention_types" and isinstance(value, list):
            kinds = [kind for names, times in value for kind in names * times]
            config[key] = [[kinds[:layers], 1]]
        elif isinstance(value, list) and len(value) >= before and key.endswith(("_layers", "_types")):
            config[key] = value[:layers]
    for key in ("max_window_layers", "first_k_dense_replace"):
        if isinstance(config.get(key), int):
            config[key] = min(config[key], layers)


def _write_dense(config: dict[str, Any], found: Fields, shape: Shape) -> None:
    """Say which layers are dense, where the shortened lists no longer give as many as wanted."""
    for key in ("decoder_sparse_step", "mlp_only_layers", "moe_layers", "first_k_dense_replace"):
        if key not in found:
            continue
        value = config.get(key)
        if key == "mlp_only_layers" and config.get("decoder_sparse_step", 1) == 1 and value is not None:
            if len(value) == shape.dense_layers:
                continue
        elif key == "moe_layers" and value is not None and len(value) == shape.routed_layers:
            continue
        config[key] = found[key]


def _checked(config: dict[str, Any], family: Family, shape: Shape, windows: bool = False) -> dict[str, Any]:
    """`config` if it says what was meant. Raises `Invalid` otherwise: rather no config than a wrong one."""
    found = _reading(config).shape
    same = count(found) == count(shape) and linears(found) == linears(shape)
    if not same or (windows and found != shape):
        names = [name for name in Shape._fields if getattr(found, name) != getattr(shape, name)]
        words = ", ".join(name.replace("_", " ") for name in names) or "this shape"
        raise Invalid(f"A config of the family {family.name} cannot describe this model: it has no key for {words}.")
    return config
