"""A shape -> the `config.json` that describes it: a whole config changed to a pruned shape, or a new one. What was
written is read again, so that no config says anything else than was meant.
"""

from __future__ import annotations

import json
from typing import Any

from app.calculators.pruning.model.architecture import Shape, count, linears
from app.calculators.pruning.model.config import Reading, reading_of
from app.calculators.pruning.model.families import Family, family_of
from app.calculators.pruning.model.reader import quoted
from app.calculators.pruning.model.special import SPECIAL, Fields, first_types, some
from app.vocabulary.calculator import Invalid


def pruned(reading: Reading, shape: Shape) -> dict[str, Any]:
    """The whole config of `reading`, changed so that it describes `shape`.

    Raises `Invalid` where a config of that family cannot say so.
    """
    config: dict[str, Any] = json.loads(json.dumps(reading.config))
    inner = config[reading.inner] if reading.inner else config
    family, before = reading.read_as, reading.shape
    _check(family, shape)
    for field, keys in family.keys.items():
        wanted = getattr(shape, field)
        of_experts = field == "intermediate" and "dense_intermediate" in family.keys and not shape.experts
        if wanted != getattr(before, field) and not of_experts:
            _write(inner, keys, wanted)
    if (shape.hidden_size, shape.heads) != (before.hidden_size, before.heads):
        for field in ("kv_heads", "head_dim", "intermediate"):
            if field in family.keys and not shape.kv_rank:
                _write(inner, family.keys[field], getattr(shape, field))
    if "embedding_dim" in family.keys and not shape.embedding_dim:
        for key in family.keys["embedding_dim"]:
            if key in inner:
                inner[key] = shape.hidden_size
    if shape.layers != before.layers:
        _shorten_lists(inner, family, before.layers, shape.layers)
    say = SPECIAL[family.special].write if family.special else None
    if say and _dense_differ(before, shape):
        _write_dense(inner, say(shape), shape)
    return _checked(config, family, shape)


def described(shape: Shape, model_type: str, name: str) -> dict[str, Any]:
    """A config with the keys that describe the shape of a model of that family, and no others.

    Raises `Invalid` where a config of that family cannot say so.
    """
    family = family_of(model_type)
    if family is None:
        raise Invalid(f"How a config of the family {quoted(model_type)} is written is not known here.")
    _check(family, shape)
    config: dict[str, Any] = {"_name_or_path": name, "model_type": family.model_type}
    for field, keys in family.keys.items():
        if getattr(shape, field):
            config[keys[0]] = getattr(shape, field)
    if "tied" not in family.fixed:
        config["tie_word_embeddings"] = shape.tied
    for key, fields in family.flags.items():
        config[key] = all(getattr(shape, field) for field in fields)
    if family.special:
        say = SPECIAL[family.special].write
        if say is None or shape.kinds:
            raise Invalid(f"A {family.name} says more than its sizes: bring its config.json, and that will be changed.")
        config |= say(shape)
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
    keys: Fields = {key: shape.window or None}
    if not shape.windowed_layers:
        return keys
    if not isinstance(rule, int) or shape.windowed_layers != shape.layers - shape.layers // rule:
        if shape.windowed_layers == shape.layers and rule == "all":
            return keys
        kind = "chunked_attention" if rule == "chunked" else "sliding_attention"
        windowed = set(some(shape.layers, shape.windowed_layers, spread=True))
        keys["layer_types"] = [kind if i in windowed else "full_attention" for i in range(shape.layers)]
    return keys


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
    """Set every one of `keys` that the config has, one may be inside another, or else the first."""
    outer, _, inner = keys[0].partition(".")
    if inner and isinstance(config.get(outer), dict):
        config[outer][inner] = value
        return
    for key in [key for key in keys if key in config] or keys[:1]:
        config[key] = value


_OF_LAYERS = ("mlp_only_layers", "moe_layers", "full_attn_idxs", "attn_layer_indices", "attention_layer_ids")
_OF_LAYERS_FROM_1 = ("full_attn_layers", "kda_layers")
"""Lists of layers by their numbers."""


def _shorten_lists(config: dict[str, Any], family: Family, before: int, layers: int) -> None:
    """Keep of everything that is said layer by layer what belongs to the first layers."""
    for key, value in config.items():
        if isinstance(value, dict):
            _shorten_lists(value, family, before, layers)
        elif key == "hybrid_override_pattern" and isinstance(value, str):
            config[key] = value[:layers]
        elif not isinstance(value, list):
            continue
        elif key in _OF_LAYERS or key in _OF_LAYERS_FROM_1:
            last = layers + (key in _OF_LAYERS_FROM_1)
            config[key] = [layer for layer in value if not isinstance(layer, int) or layer < last]
        elif key == "attention_types" and family.special == "gpt_neo":
            config[key] = first_types(value, layers)
        elif len(value) == before > 1 or (len(value) > before and key.endswith(("_layers", "_types"))):
            config[key] = value[:layers]
    for key in ("max_window_layers", "first_k_dense_replace"):
        if isinstance(config.get(key), int):
            config[key] = min(config[key], layers)
    own = config.get("per_layer_config")
    if isinstance(own, dict):
        config["per_layer_config"] = {key: told for key, told in own.items() if not key.isdigit() or int(key) < layers}


def _dense_differ(before: Shape, shape: Shape) -> bool:
    """Whether dense layers must be said anew: of fewer layers, a step between them leaves fewer dense ones."""
    fewer = before.dense_spread and shape.layers != before.layers
    return fewer or shape.dense_layers != before.dense_layers


def _write_dense(config: dict[str, Any], said: Fields, shape: Shape) -> None:
    """Say which layers are dense, where the shortened lists no longer give as many as wanted."""
    for key in ("decoder_sparse_step", "mlp_only_layers", "moe_layers", "first_k_dense_replace"):
        if key not in said:
            continue
        value = config.get(key)
        if key == "mlp_only_layers" and config.get("decoder_sparse_step", 1) == 1 and value is not None:
            if len(value) == shape.dense_layers:
                continue
        elif key == "moe_layers" and value is not None and len(value) == shape.routed_layers:
            continue
        config[key] = said[key]


def _checked(config: dict[str, Any], family: Family, shape: Shape, windows: bool = False) -> dict[str, Any]:
    """`config` if it says what was meant. Raises `Invalid` otherwise: rather no config than a wrong one."""
    read = reading_of(config).shape
    same = count(read) == count(shape) and linears(read) == linears(shape)
    if not same or (windows and read != shape):
        names = [name for name in Shape._fields if getattr(read, name) != getattr(shape, name)]
        words = ", ".join(name.replace("_", " ") for name in names) or "this shape"
        raise Invalid(f"A config of the family {family.name} cannot describe this model: it has no key for {words}.")
    return config
