"""Hugging Face `config.json`, read into a `Shape`.

>>> read('{"model_type": "gpt2"}').shape.layers
12
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from math import prod
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source
from app.calculators.pruning.model.architecture import Model, Module, Shape, count
from app.calculators.pruning.model.families import Config, Family, family_of, unknown_family
from app.calculators.pruning.model.layers import changed, kinds_of, shape_of
from app.calculators.pruning.model.parse import LONGEST, parse
from app.calculators.pruning.model.reader import MOST, WINDOW, Reader, architectures, quoted, shown, whole_number
from app.calculators.pruning.model.special import SPECIAL, Fields
from app.vocabulary.calculator import Invalid, shorten

_KEPT = 4  # configs that are remembered: a parsed one takes up to thirty times the room of its text


class Reading(NamedTuple):
    """What a config says: the shape it describes, how it was understood, and the config itself, whole.

    `family` is in words for the page, `read_as` the family whose keys were taken. `inner` is the key of the text model
    inside a model of several kinds of input; empty where there is none. `notes` are sentences on what was assumed or is
    not counted.
    """

    shape: Shape
    model_type: str
    family: str
    config: Config
    notes: tuple[str, ...]
    read_as: Family
    inner: str


@lru_cache(maxsize=_KEPT)
def read(text: str) -> Reading:
    """What the text of a `config.json` says. Raises `Invalid`, with what would be right, for anything else."""
    return reading_of(parse(text))


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


def reading_of(config: Config) -> Reading:
    """What a config says that is no longer text. Raises `Invalid` like `read`."""
    _refuse_other_files(config)
    where = _inner_key(config)
    inner: Config = config[where] if where else config
    family, words = _family(inner, config)
    reader = Reader(inner, family)
    if words:
        reader.notes.append(
            f"This is an {words}: if its layers hold anything that {family.name} lacks, the numbers are off."
        )
    tied = _tied(reader, config)
    shape = _shape(reader, tied)
    if words:
        _refuse_unread(reader, words)
    _refuse_known_weights(reader)
    notes = [*reader.notes]
    if reader.assumed:
        listed = ", ".join(f"{key} {json.dumps(value)}" for key, value in reader.assumed.items())
        notes.append(f"Not in the config, so transformers' defaults are used: {listed}.")
    notes += _not_counted(config, inner)
    return Reading(shape, family.model_type, words or family.name, config, tuple(notes), family, where)


def _tied(reader: Reader, config: Config) -> bool:
    """Whether the head reuses the embedding: said by the text model, or by the whole."""
    for told in (reader.config, config):
        value = told.get("tie_word_embeddings")
        if value is not None:
            if not isinstance(value, bool):
                raise Invalid(f"tie_word_embeddings must be true or false, not {quoted(value)}.")
            return value
    if "tied" not in reader.family.fixed:
        reader.assumed["tie_word_embeddings"] = reader.family.tied
    return reader.family.tied


def _inner_key(config: Config) -> str:
    """The key of the text model inside a model of several kinds of input; empty where there is none."""
    for key in ("text_config", "llm_config", "language_config"):
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
    if "model_type" in config or any(key in config for (key, *_) in unknown_family("", {}).keys.values()):
        return
    for keys, what in _OTHER_FILES_WITHOUT_MODEL:
        if any(key in config for key in keys.split()):
            raise Invalid(f"This is {what}: the config.json that lies beside it is wanted.")


_RECURRENT = ("mamba", "ssm_", "linear_", "conv_L", "conv_kernel", "lru_width", "state_size", "hybrid_", "rwkv")
_DERIVED = {
    "kv_heads",
    "head_dim",
    "q_rank",
    "dense_intermediate",
    "shared_experts",
    "dense_layers",
}  # what a config need not say


def _family(inner: Config, config: Config) -> tuple[Family, str]:
    """How a config is to be read, and, for a family not known here, like what, in words."""
    for told in (inner, config):
        if told.get("is_encoder_decoder") is True:
            raise Invalid("This model has an encoder and a decoder: only models with one stack of layers are counted.")
    named = inner.get("model_type") or config.get("model_type") or ""
    if not isinstance(named, str):
        raise Invalid(f"model_type must be a name such as llama, not {quoted(named)}.")
    known = family_of(named)
    if known:
        return known, ""
    what = f"family {quoted(named)}" if named else "family without a model_type"
    family = unknown_family(shorten(shown(named), 60), inner)
    _refuse_other_layers(what, inner)
    missing = [
        names[0]
        for field, names in family.keys.items()
        if field not in _DERIVED and not any(name in inner for name in names)
    ]
    if missing:
        raise Invalid(f"The {what} is not known here, and the config lacks {', '.join(missing)}.")
    return family, f"unknown {what}, counted like {family.name}"


_WITHOUT_WEIGHTS = re.compile(
    r"_token_id$|_token_index$|rope|rotary|drop|initializer|^init_|_std$|_coeff?$|eps(ilon)?$|_multiplier$|scal|softcap"
    r"|dtype$|^use_cache$|^architectures$|version$|^model_type$|^_name_or_path$|^max_(position|seq|window|model)"
    r"|^model_max_length$|2label$|2id$|^return_|^output_|^auto_map$|^pretraining_tp$|^tie_|^(bos|eos|pad|sep|unk)_"
    r"|^problem_type$|^finetuning_task$|^task_specific_params$|^(quantization|compression|sparsity)_config$|^norm_topk|^topk_|^n_group$"
    r"|^router_|^scoring_func|^aux_|^seq_aux$|act(ivation)?(_fn|_function)?$|^is_|^chunk_size_feed_forward$|^num_labels$"
    r"|^tokenizer_|^max_(length|tokenizer)|^_|^z_loss|^seq_length$|_token$|mup|^dim_model_base$|^scale_|^(bf|fp)(16|32)$"
    r"|attn_implementation$|^use_flash|^sliding_window|^use_sliding|^layer_types$|^(vision|audio)_config$|_loss"
)
"""Keys that say how a model works or was trained, and never how many weights it has."""
_ACTIVATIONS = ("hidden_act", "hidden_activation", "activation_function", "activation")


def _refuse_unread(reader: Reader, words: str) -> None:
    """A guess is only made where nothing in the config can hold weights that were not counted."""
    given = next((reader.config[key] for key in _ACTIVATIONS if reader.config.get(key) is not None), None)
    if given not in ("silu", "swish"):
        said = "does not say its activation" if given is None else f"has the activation {quoted(given)}"
        raise Invalid(f"This is an {words.partition(',')[0]}. It {said}: whether its MLP is gated is not known.")
    known = reader.asked.union(*reader.family.keys.values())
    for key, value in reader.config.items():
        unread = key not in known and not _WITHOUT_WEIGHTS.search(key)
        if unread and value and not isinstance(value, float):
            raise Invalid(
                f"This is an {words.partition(',')[0]}, and {quoted(key)} in it is not understood: it may hold weights."
            )


_HOLDS_WEIGHTS = re.compile(
    r"^(num_(local_)?experts|n_routed_experts|moe_num_experts|kv_lora_rank|hidden_size_per_layer_input|block_configs"
    r"|per_layer_config|cross_attention_layers|index_n_heads|moe_latent_size|latent_moe|attn_res|routed_expert_hidden)"
)
"""Keys that hold weights in some family."""


def _refuse_known_weights(reader: Reader) -> None:
    """A family is not what its name says where a config has experts or layers of a kind that the family lacks."""
    known = reader.asked.union(*reader.family.keys.values(), reader.family.flags)
    if reader.at("is_moe") is False:  # Doge has its experts' sizes in every config
        return
    for key, value in reader.config.items():
        unread = value and key not in known
        if unread and (_HOLDS_WEIGHTS.search(key) or (key.startswith(_RECURRENT) and not reader.family.layers)):
            raise Invalid(f"{quoted(key)} is not understood in the family {reader.family.name}: it may hold weights.")


def _refuse_other_layers(what: str, config: Config) -> None:
    recurrent = [key for key in config if key.startswith(_RECURRENT)]
    if recurrent:
        raise Invalid(
            f"The {what} has layers without attention ({shorten(shown(recurrent[0]))}), which are not counted here."
        )


def _shape(reader: Reader, tied: bool) -> Shape:
    family = reader.family
    fields = _sizes(reader)
    hidden, heads = fields["hidden_size"], fields["heads"]
    fields |= {"tied": tied, **family.fixed}
    for key in family.refused:
        if reader.at(key):
            raise Invalid(f"{key} is set, and what that adds is not counted in a {family.name}.")
    for key, names in family.flags.items():
        fields.update(dict.fromkeys(names, reader.flag(key)))
    if "experts" in family.keys:
        fields |= _experts(reader)
    if family.special:
        SPECIAL[family.special].read(reader, fields)
    if heads and heads % fields["kv_heads"]:
        raise Invalid(
            f"{reader.name('heads')} is {heads:,}: it must be divisible by {reader.name('kv_heads')},"
            f" which is {fields['kv_heads']:,}."
        )
    if heads:
        fields["head_dim"] = fields["head_dim"] or reader.size("head_dim") or _head_dim(reader, hidden, heads)
        if "gate_dim" in family.keys:
            fields["gate_dim"] = reader.size("gate_dim") or fields["head_dim"]
    dense_at = fields.pop("dense_at", ())
    _extra(reader, fields)
    if "every" in family.layers:
        fields |= changed(reader, fields, family.layers["every"])
    if "per_layer" in fields:
        return shape_of(fields, fields.pop("per_layer"))
    if family.layers.keys() - {"every"}:
        return _of_kinds(reader, fields, dense_at)
    if "window" not in fields:
        fields["window"], fields["windowed_layers"] = _windows(reader, fields["layers"])
    return Shape(**fields)


def _of_kinds(reader: Reader, fields: Fields, dense_at: Collection[int]) -> Shape:
    """The shape of a model whose layers differ."""
    made: dict[tuple[str, bool], Fields] = {}
    layers = []
    for layer, kind in enumerate(kinds_of(reader, fields["layers"])):
        dense = layer in dense_at
        if (kind, dense) not in made:
            names = reader.family.layers[kind]
            made[kind, dense] = changed(reader, fields, (*names, "dense") if dense else names)
        layers.append(made[kind, dense])
    return shape_of(fields, layers)


def _extra(reader: Reader, fields: Fields) -> None:
    """Parameters for which there is no field of their own."""
    sums = {where: _sum(reader, fields, text) for where, text in reader.family.extra.items()}
    if "outside" in sums:
        fields["outside"] = fields.get("outside", 0) + sums["outside"]
    if "layer" in sums or "wide" in sums:
        module = Module("more norms and scales", (), sums.get("layer", 0), sums.get("wide", 0))
        fields["modules"] = (*fields.get("modules", ()), module)


def _sum(reader: Reader, fields: Fields, text: str) -> int:
    """The value of a sum of products, such as "2*head_dim + 4": its names are fields of `Shape` or keys."""

    def value(name: str) -> int:
        return int(name) if name.isdigit() else fields[name] if name in fields else reader.whole(name, least=0)

    return sum(prod(value(name.strip()) for name in product.split("*")) for product in text.split("+"))


def _sizes(reader: Reader) -> Fields:
    """What every model has; no heads in a family without attention."""
    hidden = reader.needed("hidden_size")
    heads = reader.needed("heads") if "heads" in reader.family.keys else 0
    kv_heads = reader.size("kv_heads") or heads
    return {
        "hidden_size": hidden,
        "layers": _layers(reader),
        "heads": heads,
        "kv_heads": kv_heads,
        "head_dim": 0,
        "intermediate": reader.size("intermediate") or 4 * hidden,
        "vocab": reader.needed("vocab") if "vocab" in reader.family.keys else 0,
    }


def _layers(reader: Reader) -> int:
    """How many layers there are: said, or as many as are listed."""
    layers = reader.size("layers")
    if layers is None and reader.family.order == "letters":
        listed = reader.config.get("hybrid_override_pattern") or reader.listed("layers_block_type")
        return whole_number(
            "the number of layers", len(listed) if isinstance(listed, str | list) else 4, MOST["layers"]
        )
    return reader.needed("layers") if layers is None else layers


def _experts(reader: Reader) -> Fields:
    keys = reader.family.keys
    told = [key for key in keys["experts"] if key in reader.config]
    if told and not any(reader.config[key] for key in told):  # null and 0 say that there are none
        width = reader.needed("dense_intermediate") if "dense_intermediate" in keys else 0
        return {"intermediate": width, "dense_intermediate": width} if width else {}
    experts = reader.needed("experts")
    per_token = reader.size("experts_per_token")
    if per_token is None:
        raise Invalid("The config lacks num_experts_per_tok: without it nobody knows how many experts work.")
    if per_token > experts:
        raise Invalid(f"{reader.name('experts_per_token')} is {per_token:,}, but there are {experts:,} experts.")
    fields = {"experts": experts, "experts_per_token": per_token}
    if "shared_experts" in keys:
        fields["shared_experts"] = reader.number(keys["shared_experts"], MOST["shared_experts"], 0, 0) or 0
    if "shared_intermediate" in keys:
        shared = reader.number(keys["shared_intermediate"], MOST["shared_intermediate"], 0, 0) or 0
        fields["shared_intermediate"] = shared
        fields["shared_experts"] = int(shared > 0)
    return fields


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
    if rule == "all or late":
        rule = "late" if "use_sliding_window" in reader.config else "all"
    if rule == "late" and not reader.flag("use_sliding_window"):
        return 0, 0
    window = _window(reader, "attention_chunk_size" if rule == "chunked" else "sliding_window")
    windowed = _windowed(reader, rule, layers) if kinds is None else sum(kinds)
    return (window, windowed) if window and windowed else (0, 0)


def _window(reader: Reader, key: str) -> int:
    """How many tokens; 0 for all."""
    said = key in reader.config or key in reader.family.defaults
    window = reader.number((key,), WINDOW, least=0) if said else None
    if key in reader.config and reader.config[key] is None:
        return 0
    return window or 0


def _windowed(reader: Reader, rule: str | int, layers: int) -> int:
    """How many layers, by the rule of the family."""
    if rule == "late":
        return max(0, layers - (reader.number(("max_window_layers",), MOST["layers"], 28, 0) or 0))
    if rule == "chunked":
        return _chunked(reader, layers)
    if rule == "listed":
        return 0
    if isinstance(rule, int):
        keys = ("sliding_window_pattern", "_sliding_window_pattern", "global_attn_every_n_layers")
        every = reader.number(keys, MOST["layers"], rule) or rule
        return layers - layers // every
    return layers


_LAYER_KINDS = {
    "full_attention": False,
    "attention": False,
    "sliding_attention": True,
    "chunked_attention": True,
}
"""The kinds of layers that are counted, and whether they have a window."""


def _layer_kinds(reader: Reader, layers: int) -> list[bool] | None:
    """Which layers have a window, where the config lists every layer. Raises `Invalid` for layers without attention."""
    kinds = reader.listed("layer_types")
    if kinds is None:
        return None
    if len(kinds) < layers:
        raise Invalid(f"layer_types lists {len(kinds):,} layers, but the model has {layers:,}: list them all.")
    for kind in kinds[:layers]:
        if not isinstance(kind, str) or kind not in _LAYER_KINDS:
            raise Invalid(
                f"Layers of the kind {quoted(kind)} (layer_types) are not counted here, only layers with attention."
            )
    return [_LAYER_KINDS[kind] for kind in kinds[:layers]]


def _chunked(reader: Reader, layers: int) -> int:
    """Llama 4 looks back one chunk in the layers that have rotary positions."""
    rotary = reader.indices("no_rope_layers")
    if not rotary:
        every = reader.number(("no_rope_layer_interval",), MOST["layers"], 4) or 4
        return layers - layers // every
    return sum(1 for is_rotary in rotary[:layers] if is_rotary)


def _sparse_targets(config: Config) -> bool:
    """Whether compressed-tensors wrote down which layers hold zeros, under the quantization or in its own place."""
    holders = (config, *(config.get(key) for key in ("quantization_config", "compression_config")))
    said = [each.get("sparsity_config") for each in holders if isinstance(each, dict)]
    return any(isinstance(each, dict) and bool(each.get("targets")) for each in said)


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
    if _sparse_targets(config):
        yield (
            "vLLM 0.24 to 0.26 refuses this config, because its sparsity_config has targets, even where its format is"
            " dense (vLLM issue 51188): take sparsity_config out of it where no weight is stored sparse."
        )
    heads = [name for name in architectures(config) if name.startswith(("Bert", "Roberta", "DistilBert"))]
    if heads and not heads[0].endswith("Model"):
        yield f"The head of {shorten(shown(heads[0]))} is not counted, only the encoder below it."
