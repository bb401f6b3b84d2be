"""Hugging Face `config.json`: read into a `Shape`, and written back for a pruned one.

What each family of models writes under which keys stands in `families`.

>>> read('{"model_type": "gpt2"}').shape.layers
12
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple, NoReturn

from app.calculators.pruning.data.tables import Source
from app.calculators.pruning.model.architecture import Model, Shape, count, linears
from app.calculators.pruning.model.families import (
    EXPERT_KEYS,
    EXPERTS,
    FAMILIES,
    INNER,
    LATENT,
    LAYER_KINDS,
    LLAMA,
    LLAMA_FLAGS,
    MOST,
    RECURRENT,
    SAME,
    UNKNOWN,
    WINDOW,
    Config,
    Family,
    Fields,
    Reader,
    architectures,
    describe_first_dense,
    first_dense,
    first_types,
    quoted,
    shown,
    some,
)
from app.vocabulary.calculator import Invalid, shorten

LONGEST = 200_000
"""Characters that are read at most."""

_DEEPEST = 50
_LONGEST_NUMBER = 40
_KEPT = 4  # configs that are remembered: a parsed one takes up to thirty times the room of its text


class Reading(NamedTuple):
    """What a config says: the shape it describes, how it was understood, and the config itself, whole.

    `family` is in words for the page. `notes` are sentences on what was assumed or is not counted.
    """

    shape: Shape
    model_type: str
    family: str
    config: Config
    notes: tuple[str, ...]


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
    if text.count("[") + text.count("{") <= _DEEPEST:
        return
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
        raise Invalid(f"The key {quoted(twice)} stands twice in the config: keep one of them.")
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


@lru_cache(maxsize=_KEPT)
def read(text: str) -> Reading:
    """What the text of a `config.json` says. Raises `Invalid`, with what would be right, for anything else."""
    return _reading(_parse(text))


def compact(text: str) -> str:
    """The same config on one line, without blanks. Raises `Invalid` like `read`, and where that line cannot be read
    again: signs beyond ASCII and short numbers such as 1e9 are longer when spelled out.
    """
    line = json.dumps(read(text).config, separators=(",", ":"))
    if len(line) > LONGEST:
        raise Invalid(f"Written out, this text has {len(line):,} characters: a config.json has a few thousand.")
    return line


def model(text: str) -> Model:
    """The model that a config describes: the same object for the same config. Raises `Invalid` like `read`."""
    return _model(compact(text))


@lru_cache(maxsize=_KEPT)
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
        return shorten(shown(given), 60)
    architecture = next(iter(architectures(reading.config)), reading.family)
    return f"{shorten(shown(architecture), 60)}, {reading.shape.layers:,} layers"


def _reading(config: dict[str, Any]) -> Reading:
    _refuse_other_files(config)
    where = _inner_key(config)
    inner: Config = config[where] if where else config
    model_type, family, words = _family_of(inner, config)
    reader = Reader(inner, family)
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


def _tied(reader: Reader, config: Config) -> bool:
    """Whether the head reuses the embedding: said by the text model, or by the whole."""
    for each in (reader.config, config):
        value = each.get("tie_word_embeddings")
        if value is not None:
            if not isinstance(value, bool):
                raise Invalid(f"tie_word_embeddings must be true or false, not {quoted(value)}.")
            return value
    if "tied" not in reader.family.fixed:
        reader.assumed["tie_word_embeddings"] = reader.family.tied
    return reader.family.tied


def _inner_key(config: Config) -> str:
    """The key of the text model inside a model of several kinds of input; empty where there is none."""
    for key in INNER:
        if isinstance(config.get(key), dict):
            return key
        if config.get(key) is not None:
            raise Invalid(f"{key} must be an object, not {quoted(config[key])}.")
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
    if "model_type" in config or any(key in config for keys in UNKNOWN.values() for key in keys[:1]):
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
        raise Invalid(f"model_type must be a name such as llama, not {quoted(named)}.")
    model_type = SAME.get(named, named)
    if model_type in FAMILIES:
        return model_type, FAMILIES[model_type], ""
    return shorten(shown(named), 60), *_unknown(named, inner)


def _unknown(named: str, config: Config) -> tuple[Family, str]:
    """A family that is not known here, read like the known one whose keys it has."""
    what = f"family {quoted(named)}" if named else "family without a model_type"
    recurrent = [key for key in config if key.startswith(RECURRENT)]
    if recurrent:
        raise Invalid(
            f"The {what} has layers without attention ({shorten(shown(recurrent[0]))}), which are not counted here."
        )
    if "kv_lora_rank" in config:
        like = FAMILIES["deepseek_v3"]
        keys: Mapping[str, tuple[str, ...]] = {**LATENT, "experts": ("n_routed_experts", *EXPERT_KEYS[:2])}
    elif any(key in config for key in EXPERT_KEYS):
        like = FAMILIES["mixtral"]
        width = ("moe_intermediate_size", "intermediate_size")
        keys = {**UNKNOWN, **EXPERTS, "experts": EXPERT_KEYS, "intermediate": width, "dense_intermediate": width[1:]}
    else:
        like, keys = LLAMA, UNKNOWN
    derived = {"kv_heads", "head_dim", "q_rank", "dense_intermediate"}
    missing = [
        names[0] for field, names in keys.items() if field not in derived and not any(name in config for name in names)
    ]
    if missing:
        raise Invalid(f"The {what} is not known here, and the config lacks {', '.join(missing)}.")
    finish = first_dense if like.name == "Mixtral" else like.finish
    describe = describe_first_dense if like.name == "Mixtral" else like.describe
    family = like._replace(
        defaults={}, keys=keys, flags=LLAMA_FLAGS, window="all", finish=finish, describe=describe, strict=False
    )
    return family, f"unknown {what}, counted like {like.name}"


def _shape(reader: Reader, tied: bool) -> Shape:
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


def _head_dim(reader: Reader, hidden: int, heads: int) -> int:
    if hidden % heads:
        also = ", or head_dim must be given" if "head_dim" in reader.family.keys else ""
        raise Invalid(
            f"{reader.name('hidden_size')} is {hidden:,}: it must be divisible by {reader.name('heads')},"
            f" which is {heads:,}{also}."
        )
    return hidden // heads


def _windows(reader: Reader, layers: int) -> tuple[int, int]:
    """How many tokens a sliding window has, and how many layers have one."""
    kinds = _layer_kinds(reader, layers)
    rule = reader.family.window
    if not rule:
        return 0, 0
    key = "attention_chunk_size" if rule == "chunked" else "sliding_window"
    late = rule == "late" or (reader.family.keys is UNKNOWN and "use_sliding_window" in reader.config)
    if late and not reader.flag("use_sliding_window"):
        return 0, 0
    window = reader.number((key,), WINDOW, least=0) if key in reader.config or key in reader.family.defaults else None
    if key in reader.config and reader.config[key] is None:
        window = None
    if kinds is not None:
        windowed = sum(kinds)
    elif late:
        windowed = max(0, layers - (reader.number(("max_window_layers",), MOST["layers"], 28, 0) or 0))
    elif rule == "chunked":
        windowed = _chunked(reader, layers)
    elif isinstance(rule, int):
        every = reader.number(("sliding_window_pattern", "_sliding_window_pattern"), MOST["layers"], rule) or rule
        windowed = layers - layers // every
    else:
        windowed = layers
    return (window, windowed) if window and windowed else (0, 0)


def _layer_kinds(reader: Reader, layers: int) -> list[bool] | None:
    """Which layers have a window, where the config lists every layer. Raises `Invalid` for layers without attention."""
    kinds = reader.listed("layer_types")
    if kinds is None:
        return None
    if len(kinds) < layers:
        raise Invalid(f"layer_types lists {len(kinds):,} layers, but the model has {layers:,}: list them all.")
    for kind in kinds[:layers]:
        if not isinstance(kind, str) or kind not in LAYER_KINDS:
            raise Invalid(f"Layers of the kind {quoted(kind)} are not counted here, only layers with attention.")
    return [LAYER_KINDS[kind] for kind in kinds[:layers]]


def _chunked(reader: Reader, layers: int) -> int:
    """Llama 4 looks back one chunk in the layers that have rotary positions."""
    rotary = reader.indices("no_rope_layers")
    if not rotary:
        every = reader.number(("no_rope_layer_interval",), MOST["layers"], 4) or 4
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
    heads = [name for name in architectures(config) if name.startswith(("Bert", "Roberta", "DistilBert"))]
    if heads and not heads[0].endswith("Model"):
        yield f"The head of {shorten(shown(heads[0]))} is not counted, only the encoder below it."


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
    if "embedding_dim" in family.keys and not shape.embedding_dim:
        for key in family.keys["embedding_dim"]:
            if key in inner:
                inner[key] = shape.hidden_size
    if shape.layers != before.layers:
        _shorten_lists(inner, family, before.layers, shape.layers)
    if family.describe and _dense_differ(before, shape):
        _write_dense(inner, family.describe(shape), shape)
    return _checked(config, family, shape)


def described(shape: Shape, model_type: str, name: str) -> dict[str, Any]:
    """A config with the keys that describe the shape of a model of that family, and no others.

    Raises `Invalid` where a config of that family cannot say so.
    """
    model_type = SAME.get(model_type, model_type)
    family = FAMILIES.get(model_type)
    if family is None:
        raise Invalid(f"How a config of the family {quoted(model_type)} is written is not known here.")
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
        windowed = set(some(shape.layers, shape.windowed_layers, spread=True))
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


def _shorten_lists(config: dict[str, Any], family: Family, before: int, layers: int) -> None:
    """Keep of everything that is listed layer by layer what belongs to the first layers."""
    for key, value in config.items():
        if not isinstance(value, list):
            continue
        if key in ("mlp_only_layers", "moe_layers"):
            config[key] = [each for each in value if not isinstance(each, int) or each < layers]
        elif key == "attention_types" and family is FAMILIES["gpt_neo"]:
            config[key] = first_types(value, layers)
        elif len(value) >= before and key.endswith(("_layers", "_types")):
            config[key] = value[:layers]
    for key in ("max_window_layers", "first_k_dense_replace"):
        if isinstance(config.get(key), int):
            config[key] = min(config[key], layers)


def _dense_differ(before: Shape, shape: Shape) -> bool:
    """Whether dense layers must be said anew: of fewer layers, a step between them leaves fewer dense ones."""
    fewer = before.dense_spread and shape.layers != before.layers
    return fewer or shape.dense_layers != before.dense_layers


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
