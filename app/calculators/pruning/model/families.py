"""How the families of Hugging Face models keep their sizes in a `config.json`: one `Family` for each `model_type`.

A family says under which keys its sizes stand, what transformers assumes where a key is missing, and what all its
models have in common; what does not fit such a table is a short function. Checked against transformers 5.23, with which
tests/reference/data/configs.json was counted (`make oracle`). To add one, add it to `FAMILIES`, and a config of it to
tools/oracle.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isqrt
from typing import Any, NamedTuple

from app.calculators.pruning.model.architecture import Shape
from app.vocabulary.calculator import Invalid, shorten

Config = Mapping[str, Any]
Fields = dict[str, Any]


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
    finish: Callable[[Reader, Fields], None] | None = None
    describe: Callable[[Shape], Fields] | None = None
    strict: bool = False


class Reader:
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
        return self.number(keys, MOST[field]) if keys else None

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
            raise Invalid(f"{key} must be true or false, not {quoted(value)}.")
        return value

    def listed(self, key: str) -> list[Any] | None:
        """A list, None where there is none."""
        value = self.config.get(key)
        if value is not None and not isinstance(value, list):
            raise Invalid(f"{key} must be a list, not {quoted(value)}.")
        return value

    def indices(self, key: str) -> list[int] | None:
        """A list of layer numbers, the first being 0."""
        value = self.listed(key)
        return None if value is None else [_whole(key, each, MOST["layers"], 0) for each in value]

    def name(self, field: str) -> str:
        """The key that holds a field in this config, for a message."""
        keys = self.family.keys.get(field, (field,))
        return next((key for key in keys if key in self.config), keys[0])


_DERIVED = {"num_key_value_heads", "num_kv_heads", "head_dim", "n_inner", "ffn_hidden_size", "q_lora_rank"}

MOST = {
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
WINDOW = 1_000_000_000


def quoted(value: object) -> str:
    """A value of the config as a message may show it: a lone half of a surrogate pair cannot be shown."""
    text = value if isinstance(value, str) else json.dumps(value)
    return f"“{shorten(shown(text[:200]))}”"


def shown(text: str) -> str:
    """Text as it can be shown: without lone halves of surrogate pairs."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _whole(key: str, value: object, most: int, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(f"{key} must be a whole number, not {quoted(value)}.")
    if not least <= value <= most:
        raise Invalid(f"{key} is {shorten(f'{value:,}')}: it must lie between {least:,} and {most:,}.")
    return value


def architectures(config: Config) -> list[str]:
    """The classes that a config names."""
    found = config.get("architectures")
    return [each for each in found if isinstance(each, str) and each.strip()] if isinstance(found, list) else []


# What `finish` does for the families that a table does not describe.


def _dense(fields: Fields, dense: list[int], width: Callable[[], int]) -> None:
    """Note which layers carry a plain MLP, `width` wide, instead of experts."""
    fields["dense_layers"] = len(dense)
    fields["dense_spread"] = dense != list(range(len(dense)))
    fields["dense_intermediate"] = width() if dense else 0


def _qwen_moe(reader: Reader, fields: Fields) -> None:
    step = reader.number(("decoder_sparse_step",), MOST["layers"], 1) or 1
    only = set(reader.indices("mlp_only_layers") or ())
    dense = [layer for layer in range(fields["layers"]) if layer in only or (layer + 1) % step]
    _dense(fields, dense, lambda: reader.needed("dense_intermediate"))
    shared = reader.size("shared_intermediate")
    if shared:
        fields.update(shared_experts=1, shared_intermediate=shared, shared_gate=True)


def _describe_qwen_moe(shape: Shape) -> Fields:
    return {"decoder_sparse_step": 1, "mlp_only_layers": some(shape.layers, shape.dense_layers, shape.dense_spread)}


def some(layers: int, chosen: int, spread: bool) -> list[int]:
    """`chosen` of the layers: the first ones, or some all the way up."""
    return [i for i in range(layers) if i * chosen % layers < chosen] if spread else list(range(chosen))


def first_dense(reader: Reader, fields: Fields) -> None:
    """The first layers are dense, and some experts work on every token (DeepSeek, GLM-4.5)."""
    first = reader.number(("first_k_dense_replace",), MOST["layers"], 0, 0) or 0
    dense = list(range(min(first, fields["layers"])))
    _dense(fields, dense, lambda: reader.needed("dense_intermediate"))
    fields["shared_experts"] = reader.number(("n_shared_experts",), MOST["shared_experts"], 0, 0) or 0
    if reader.config.get("moe_layer_freq", 1) != 1:
        raise Invalid(f"moe_layer_freq is {quoted(reader.config['moe_layer_freq'])}: only 1 can be counted.")
    groups = reader.number(("n_group",), MOST["experts"])
    if groups and fields["experts"] % groups:
        raise Invalid(
            f"{reader.name('experts')} is {fields['experts']:,}: it must be divisible by n_group, which is {groups:,}."
        )


def describe_first_dense(shape: Shape) -> Fields:
    """The keys that `first_dense` reads."""
    return {"first_k_dense_replace": shape.dense_layers, "n_shared_experts": shape.shared_experts}


def _latent(reader: Reader, fields: Fields) -> None:
    """Multi-head latent attention: every head has its own key and value, unpacked from a small vector."""
    first_dense(reader, fields)
    for name in ("kv_rank", "qk_nope_dim", "qk_rope_dim", "v_dim"):
        fields[name] = reader.needed(name)
    fields.update(q_rank=reader.size("q_rank") or 0, kv_heads=fields["heads"], head_dim=fields["v_dim"])


def _describe_latent(shape: Shape) -> Fields:
    return {**describe_first_dense(shape), "q_lora_rank": shape.q_rank or None}


def _llama4(reader: Reader, fields: Fields) -> None:
    step = reader.number(("interleave_moe_layer_step",), MOST["layers"], 1) or 1
    routed = reader.indices("moe_layers")
    if routed is None:
        routed = list(range(step - 1, fields["layers"], step))
    chosen = set(routed)
    dense = [layer for layer in range(fields["layers"]) if layer not in chosen]
    _dense(fields, dense, lambda: reader.needed("dense_intermediate"))
    fields["shared_experts"] = 1


def _describe_llama4(shape: Shape) -> Fields:
    dense = set(some(shape.layers, shape.dense_layers, shape.dense_spread))
    return {"moe_layers": [layer for layer in range(shape.layers) if layer not in dense]}


def _opt(reader: Reader, fields: Fields) -> None:
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


def _positions(reader: Reader, fields: Fields) -> None:
    keys = ("n_positions", "max_position_embeddings", "n_ctx")
    default = reader.family.defaults.get("max_position_embeddings")
    fields["positions"] = reader.number(keys, _POSITIONS, default) or 0


def _describe_positions(shape: Shape) -> Fields:
    return {"n_positions": shape.positions}


def _gpt_bigcode(reader: Reader, fields: Fields) -> None:
    _positions(reader, fields)
    if reader.flag("multi_query", True):
        fields["kv_heads"] = 1


def _describe_gpt_bigcode(shape: Shape) -> Fields:
    return {"n_positions": shape.positions, "multi_query": shape.kv_heads == 1}


def _gpt_neo(reader: Reader, fields: Fields) -> None:
    fields["positions"] = reader.number(("max_position_embeddings",), _POSITIONS) or 0
    groups = _attention_types(reader)
    layers = sum(len(kinds) * times for kinds, times in groups)
    if layers != fields["layers"]:
        raise Invalid(f"attention_types describes {layers:,} layers, but the model has {fields['layers']:,}.")
    window = reader.number(("window_size",), WINDOW)
    local = sum(kinds.count("local") * times for kinds, times in groups)
    if window and local:
        fields.update(window=window, windowed_layers=local)


def _attention_types(reader: Reader) -> list[tuple[list[str], int]]:
    """The kinds of the layers: groups of kinds, each with how often it is repeated, as in [[["global", "local"], 12]].
    They are never unrolled: a short text can describe more layers than memory holds.
    """
    groups = reader.listed("attention_types")
    if groups is None:
        return [(["global", "local"], 12)]
    found = []
    for group in groups:
        match group:
            case [list(kinds), int(times)] if all(kind in ("global", "local") for kind in kinds):
                found.append((kinds, _whole("attention_types", times, MOST["layers"])))
            case _:
                raise Invalid('attention_types must look like [[["global", "local"], 12]].')
    return found


def first_types(groups: list[tuple[list[str], int]], layers: int) -> list[list[Any]]:
    """`attention_types` of the first `layers`, as they are written.

    >>> first_types([(["global", "local"], 12)], 5)
    [[['global', 'local'], 2], [['global'], 1]]
    """
    found: list[list[Any]] = []
    for kinds, times in groups:
        whole, rest = divmod(layers, len(kinds)) if kinds else (0, 0)
        if whole >= times:
            whole, rest = times, 0
        found += [[part, number] for part, number in ((kinds, whole), (kinds[:rest], 1)) if part and number]
        layers -= len(kinds) * whole + rest
    return found


def _describe_gpt_neo(shape: Shape) -> Fields:
    local = set(some(shape.layers, shape.windowed_layers, spread=True))
    kinds = ["local" if layer in local else "global" for layer in range(shape.layers)]
    return {"max_position_embeddings": shape.positions, "attention_types": [[kinds, 1]], "window_size": shape.window}


def _falcon(reader: Reader, fields: Fields) -> None:
    renewed = reader.flag("new_decoder_architecture")
    if not renewed:
        fields["kv_heads"] = 1 if reader.flag("multi_query", True) else fields["heads"]
    norms = reader.number(("num_ln_in_parallel_attn",), 2) or (2 if renewed else 1)
    fields["norms_per_layer"] = norms if reader.flag("parallel_attn", True) else 2


def _describe_falcon(shape: Shape) -> Fields:
    return {"new_decoder_architecture": shape.kv_heads > 1, "num_ln_in_parallel_attn": shape.norms_per_layer}


def _bert(reader: Reader, fields: Fields) -> None:
    positions = reader.number(("max_position_embeddings",), _POSITIONS) or 0
    fields["positions"] = positions + (reader.number(("type_vocab_size",), _POSITIONS, 0, 0) or 0)


def _describe_bert(shape: Shape) -> Fields:
    types = 2 if shape.positions > 2 else 0
    return {"max_position_embeddings": shape.positions - types, "type_vocab_size": types}


def _describe_distilbert(shape: Shape) -> Fields:
    return {"max_position_embeddings": shape.positions}


def _vit(reader: Reader, fields: Fields) -> None:
    image, patch = _square(reader, "image_size", 100_000), _square(reader, "patch_size", 100_000)
    channels = reader.number(("num_channels",), 10_000) or 0
    fields["positions"] = (image[0] // patch[0]) * (image[1] // patch[1]) + 2  # and the class token and its position
    fields["patch_inputs"] = channels * patch[0] * patch[1]
    labels = reader.config.get("id2label")
    classes = len(labels) if isinstance(labels, dict) else reader.number(("num_labels",), 1_000_000, 0, 0) or 0
    if "ViTModel" in architectures(reader.config) or not classes:
        fields["pooler"] = True
        reader.notes.append("There is no classifier in this config: the pooler of a ViTModel is counted instead.")
    else:
        fields["classes"] = classes


def _square(reader: Reader, key: str, most: int) -> tuple[int, int]:
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


def _stablelm(reader: Reader, fields: Fields) -> None:
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
EXPERTS = {
    "experts": ("num_experts", "num_local_experts"),
    "experts_per_token": ("num_experts_per_tok", "num_experts_per_token"),
}
_MOE = {
    **_SIZES,
    **EXPERTS,
    "intermediate": ("moe_intermediate_size",),
    "dense_intermediate": ("intermediate_size",),
}
LATENT = {
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


LLAMA_FLAGS = {**_ATTENTION, "mlp_bias": ("mlp_bias",)}
_NO_HEAD_DIM = _without(_SIZES, "head_dim")
_MULTI_HEAD = _without(_SIZES, "head_dim", "kv_heads")
_BERT_FIXED = {**_PLAIN, "kind": "encoder", "tied": True, "embedding_norm": True, "pooler": True}
_MIXTRAL_KEYS = {**_SIZES, **EXPERTS, "experts": ("num_local_experts", "num_experts")}
LLAMA = _family("Llama", _sizes(32000, 4096, 32, 32, 11008), flags=LLAMA_FLAGS, strict=True)
_QWEN_FIXED = {**_RMS, "qkv_bias": True}
_GEMMA_FIXED = {**_RMS, "norms_per_layer": 4}

FAMILIES: Mapping[str, Family] = {
    "llama": LLAMA,
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
        {**_SIZES, **EXPERTS},
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
    "granite": _family("Granite", _sizes(32000, 4096, 32, 32, 11008), flags=LLAMA_FLAGS),
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
        finish=first_dense,
        describe=describe_first_dense,
    ),
    "smollm3": _family(
        "SmolLM3",
        _sizes(128256, 2048, 36, 16, 11008, **_kv(4)),
        flags=LLAMA_FLAGS,
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
        LATENT,
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
        LATENT,
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
    "nemotron": _family("Nemotron", _sizes(256000, 6144, 32, 48, 24576), fixed={"norm": "layer"}, flags=LLAMA_FLAGS),
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

SAME = {
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

INNER = ("text_config", "llm_config", "language_config")
"""Where a model of several kinds of input keeps the part that writes text."""

UNKNOWN = {
    "hidden_size": ("hidden_size", "n_embd", "d_model"),
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads"),
    "kv_heads": ("num_key_value_heads", "num_kv_heads"),
    "head_dim": ("head_dim",),
    "intermediate": ("intermediate_size", "ffn_dim", "n_inner"),
    "vocab": ("vocab_size",),
}
EXPERT_KEYS = ("num_experts", "num_local_experts", "n_routed_experts")
RECURRENT = ("mamba", "ssm_", "linear_", "conv_L", "conv_kernel", "lru_width", "state_size", "hybrid_", "rwkv")
LAYER_KINDS = {
    "full_attention": False,
    "attention": False,
    "sliding_attention": True,
    "chunked_attention": True,
}
