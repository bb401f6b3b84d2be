"""What single families keep in their own way: pairs of short functions, named in `data/families.json`.

`read` completes the fields of a `Shape` from a config, `write` gives the keys that say the same of a shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, isqrt
from typing import Any, NamedTuple

from app.calculators.pruning.model import per_layer
from app.calculators.pruning.model.architecture import Shape
from app.calculators.pruning.model.reader import MOST, POSITIONS, WINDOW, Reader, architectures, quoted, whole_number
from app.vocabulary.calculator import Invalid

Fields = dict[str, Any]


class Special(NamedTuple):
    """How a family's own way is read, and written from a shape alone where that can be."""

    read: Callable[[Reader, Fields], None]
    write: Callable[[Shape], Fields] | None = None


def _dense(reader: Reader, fields: Fields, dense: list[int], width: Callable[[], int]) -> None:
    """Note which layers carry a plain MLP, `width` wide, instead of experts: those it lists, or `dense`."""
    listed = reader.listed("mlp_layer_types")
    if listed is not None:
        if len(listed) < fields["layers"]:
            raise Invalid(f"mlp_layer_types lists {len(listed):,} layers, but the model has {fields['layers']:,}.")
        dense = [layer for layer, kind in enumerate(listed[: fields["layers"]]) if kind == "dense"]
    fields["dense_at"] = frozenset(dense)
    fields["dense_layers"] = len(dense)
    fields["dense_spread"] = dense != list(range(len(dense)))
    fields["dense_intermediate"] = width() if dense else 0


def _read_qwen_moe(reader: Reader, fields: Fields) -> None:
    step = reader.number(("decoder_sparse_step",), MOST["layers"], 1) or 1
    only = set(reader.indices("mlp_only_layers") or ())
    dense = [layer for layer in range(fields["layers"]) if layer in only or (layer + 1) % step]
    _dense(reader, fields, dense, lambda: reader.needed("dense_intermediate"))


def _write_qwen_moe(shape: Shape) -> Fields:
    return {"decoder_sparse_step": 1, "mlp_only_layers": some(shape.layers, shape.dense_layers, shape.dense_spread)}


def some(layers: int, chosen: int, spread: bool) -> list[int]:
    """`chosen` of the layers: the first ones, or some all the way up."""
    return [i for i in range(layers) if i * chosen % layers < chosen] if spread else list(range(chosen))


def _read_first_dense(reader: Reader, fields: Fields) -> None:
    """The first layers are dense (DeepSeek, GLM-4.5)."""
    if not fields.get("experts"):
        return
    first = reader.number(reader.family.keys["dense_layers"], MOST["layers"], 0, 0) or 0
    dense = list(range(min(first, fields["layers"])))
    _dense(reader, fields, dense, lambda: reader.needed("dense_intermediate"))
    frequency = reader.at("moe_layer_freq")
    if frequency not in (None, 1):
        raise Invalid(f"moe_layer_freq is {quoted(frequency)}: only 1 can be counted.")
    groups = reader.number(("n_group",), MOST["experts"])
    if groups and fields["experts"] % groups:
        raise Invalid(
            f"{reader.name('experts')} is {fields['experts']:,}: it must be divisible by n_group, which is {groups:,}."
        )


def _write_first_dense(shape: Shape) -> Fields:
    return {"first_k_dense_replace": shape.dense_layers}


def _read_latent(reader: Reader, fields: Fields) -> None:
    """Multi-head latent attention: every head has its own key and value, unpacked from a small vector."""
    if fields.get("experts"):
        _read_first_dense(reader, fields)
    for name in ("kv_rank", "qk_nope_dim", "qk_rope_dim"):
        fields[name] = reader.needed(name)
    alike = None if fields.get("experts") else fields["hidden_size"] // fields["heads"]
    fields["v_dim"] = reader.size("v_dim") or alike or reader.needed("v_dim")
    fields.update(q_rank=reader.size("q_rank") or 0, kv_heads=fields["heads"], head_dim=fields["v_dim"])


def _write_latent(shape: Shape) -> Fields:
    return {**(_write_first_dense(shape) if shape.experts else {}), "q_lora_rank": shape.q_rank or None}


def _read_llama4(reader: Reader, fields: Fields) -> None:
    step = reader.number(("interleave_moe_layer_step",), MOST["layers"], 1) or 1
    routed = reader.indices("moe_layers")
    if routed is None:
        routed = list(range(step - 1, fields["layers"], step))
    chosen = set(routed)
    dense = [layer for layer in range(fields["layers"]) if layer not in chosen]
    _dense(reader, fields, dense, lambda: reader.needed("dense_intermediate"))
    fields["shared_experts"] = 1


def _write_llama4(shape: Shape) -> Fields:
    dense = set(some(shape.layers, shape.dense_layers, shape.dense_spread))
    return {"moe_layers": [layer for layer in range(shape.layers) if layer not in dense]}


def _read_opt(reader: Reader, fields: Fields) -> None:
    width = reader.size("embedding_dim") or fields["hidden_size"]
    fields["embedding_dim"] = 0 if width == fields["hidden_size"] else width
    positions = reader.number(("max_position_embeddings",), POSITIONS) or 0
    fields["positions"] = positions + 2
    fields["final_norm"] = reader.flag("do_layer_norm_before", True) and not reader.flag("_remove_final_layer_norm")
    if not reader.flag("layer_norm_elementwise_affine", True):
        fields["norm"] = "none"


def _write_opt(shape: Shape) -> Fields:
    return {
        "word_embed_proj_dim": shape.embedding_dim or shape.hidden_size,
        "max_position_embeddings": shape.positions - 2,
        "do_layer_norm_before": shape.final_norm,
        "layer_norm_elementwise_affine": shape.norm == "layer",
    }


def _read_positions(reader: Reader, fields: Fields) -> None:
    keys = ("n_positions", "max_position_embeddings", "n_ctx")
    default = reader.family.defaults.get("max_position_embeddings")
    fields["positions"] = reader.number(keys, POSITIONS, default) or 0


def _write_positions(shape: Shape) -> Fields:
    return {"n_positions": shape.positions}


def _read_gpt_bigcode(reader: Reader, fields: Fields) -> None:
    _read_positions(reader, fields)
    if reader.flag("multi_query", True):
        fields["kv_heads"] = 1


def _write_gpt_bigcode(shape: Shape) -> Fields:
    return {"n_positions": shape.positions, "multi_query": shape.kv_heads == 1}


def _read_gpt_neo(reader: Reader, fields: Fields) -> None:
    fields["positions"] = reader.number(("max_position_embeddings",), POSITIONS) or 0
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
    listed = reader.listed("attention_types")
    if listed is None:
        return [(["global", "local"], 12)]
    groups = []
    for group in listed:
        match group:
            case [list(kinds), int(times)] if all(kind in ("global", "local") for kind in kinds):
                groups.append((kinds, whole_number("attention_types", times, MOST["layers"])))
            case _:
                raise Invalid('attention_types must look like [[["global", "local"], 12]].')
    return groups


def first_types(groups: list[tuple[list[str], int]], layers: int) -> list[list[Any]]:
    """`attention_types` of the first `layers`, as they are written.

    >>> first_types([(["global", "local"], 12)], 5)
    [[['global', 'local'], 2], [['global'], 1]]
    """
    kept: list[list[Any]] = []
    for kinds, times in groups:
        whole, rest = divmod(layers, len(kinds)) if kinds else (0, 0)
        if whole >= times:
            whole, rest = times, 0
        kept += [[part, number] for part, number in ((kinds, whole), (kinds[:rest], 1)) if part and number]
        layers -= len(kinds) * whole + rest
    return kept


def _write_gpt_neo(shape: Shape) -> Fields:
    local = set(some(shape.layers, shape.windowed_layers, spread=True))
    kinds = ["local" if layer in local else "global" for layer in range(shape.layers)]
    return {"max_position_embeddings": shape.positions, "attention_types": [[kinds, 1]], "window_size": shape.window}


def _read_falcon(reader: Reader, fields: Fields) -> None:
    renewed = reader.flag("new_decoder_architecture")
    if not renewed:
        fields["kv_heads"] = 1 if reader.flag("multi_query", True) else fields["heads"]
    norms = reader.number(("num_ln_in_parallel_attn",), 2) or (2 if renewed else 1)
    fields["norms_per_layer"] = norms if reader.flag("parallel_attn", True) else 2


def _write_falcon(shape: Shape) -> Fields:
    return {"new_decoder_architecture": shape.kv_heads > 1, "num_ln_in_parallel_attn": shape.norms_per_layer}


def _read_bert(reader: Reader, fields: Fields) -> None:
    positions = reader.number(("max_position_embeddings",), POSITIONS) or 0
    fields["positions"] = positions + (reader.number(("type_vocab_size",), POSITIONS, 0, 0) or 0)
    if reader.flag("use_task_id"):  # ERNIE
        fields["positions"] += reader.number(("task_type_vocab_size",), POSITIONS, 3) or 0


def _read_roformer(reader: Reader, fields: Fields) -> None:
    width = reader.whole("embedding_size", default=fields["hidden_size"])
    if width != fields["hidden_size"]:
        raise Invalid(f"embedding_size is {width:,}: another width than the model's is not counted in a RoFormer.")
    fields["positions"] = reader.number(("type_vocab_size",), POSITIONS, 0, 0) or 0


def _write_bert(shape: Shape) -> Fields:
    types = 2 if shape.positions > 2 else 0
    return {"max_position_embeddings": shape.positions - types, "type_vocab_size": types}


def _write_distilbert(shape: Shape) -> Fields:
    return {"max_position_embeddings": shape.positions}


def _read_vit(reader: Reader, fields: Fields) -> None:
    image, patch = _square(reader, "image_size", 100_000), _square(reader, "patch_size", 100_000)
    channels = reader.number(("num_channels",), 10_000) or 0
    fields["positions"] = (image[0] // patch[0]) * (image[1] // patch[1]) + 2  # and the class token and its position
    fields["patch_inputs"] = channels * patch[0] * patch[1]
    labels = reader.at("id2label")
    classes = len(labels) if isinstance(labels, dict) else reader.number(("num_labels",), 1_000_000, 0, 0) or 0
    if "ViTModel" in architectures(reader.config) or not classes:
        fields["pooler"] = True
        reader.notes.append("There is no classifier in this config: the pooler of a ViTModel is counted instead.")
    else:
        fields["classes"] = classes


def _square(reader: Reader, key: str, most: int) -> tuple[int, int]:
    """A size in pixels, given as one number or as two."""
    value = reader.at(key)
    if isinstance(value, list) and len(value) == 2:
        return whole_number(key, value[0], most), whole_number(key, value[1], most)
    side = reader.number((key,), most) or 1
    return side, side


def _write_vit(shape: Shape) -> Fields:
    patch = isqrt(shape.patch_inputs // 3)
    return {
        "patch_size": patch,
        "image_size": patch * isqrt(shape.positions - 2),
        "num_channels": 3,
        "num_labels": shape.classes,
        "architectures": ["ViTForImageClassification" if shape.classes else "ViTModel"],
    }


def _read_stablelm(reader: Reader, fields: Fields) -> None:
    if reader.flag("use_parallel_residual"):
        fields["norms_per_layer"] = 1


def _write_stablelm(shape: Shape) -> Fields:
    return {"use_parallel_residual": shape.norms_per_layer == 1}


def _read_after(reader: Reader, fields: Fields) -> None:
    """Two positions more than are said (BART's way)."""
    fields["positions"] = (reader.number(("max_position_embeddings",), POSITIONS) or 0) + 2


def _read_ernie(reader: Reader, fields: Fields) -> None:
    """ERNIE 4.5: experts between two layers, in every n-th."""
    layers = fields["layers"]
    step = reader.number(("moe_layer_interval",), MOST["layers"], 1) or 1
    first = _first_of(reader, "moe_layer_start_index", 1)
    last = _first_of(reader, "moe_layer_end_index", -1)
    last = layers - 1 if last < 0 else last
    dense = [i for i in range(layers) if (i + 1) % step or not first <= i <= last]
    for key in ("moe_num_experts", "moe_intermediate_size"):
        if isinstance(reader.at(key), list):
            raise Invalid(f"{key} lists several kinds of experts, which are not counted here.")
    _dense(reader, fields, dense, lambda: reader.needed("dense_intermediate"))


def _first_of(reader: Reader, key: str, default: int) -> int:
    """A layer's number, or the least of several; -1 for the last one."""
    found = reader.at(key)
    value = default if found is None else found
    values = value if isinstance(value, list) and value else [value]
    return min(whole_number(key, each, MOST["layers"], -1) for each in values)


def _read_hunyuan_moe(reader: Reader, fields: Fields) -> None:
    """Numbers that may be listed layer by layer, where all are the same."""
    fields["dense_layers"] = 0
    if not reader.flag("use_mixed_mlp_moe", True):
        fields["shared_experts"] = 0


def _read_nemotron_h(reader: Reader, fields: Fields) -> None:
    fields["dense_intermediate"] = reader.size("dense_intermediate") or 0
    latent = reader.size("expert_width")
    if latent:
        fields["expert_width"] = latent


def _read_jamba(reader: Reader, fields: Fields) -> None:
    step, first = reader.whole("expert_layer_period"), reader.whole("expert_layer_offset", least=0)
    dense = [i for i in range(fields["layers"]) if i % step != first]
    if fields.get("experts") == 1:
        fields.update(experts=0, experts_per_token=0)
        return
    _dense(reader, fields, dense, lambda: fields["intermediate"])


def _read_kimi_linear(reader: Reader, fields: Fields) -> None:
    frequency = reader.at("moe_layer_freq")
    if frequency not in (None, 1):
        raise Invalid(f"moe_layer_freq is {quoted(frequency)}: only 1 can be counted.")
    _read_latent(reader, fields)


def _read_lfm2(reader: Reader, fields: Fields) -> None:
    """LFM2 says the width of its MLP before it is shortened and rounded."""
    if not reader.flag("block_auto_adjust_ff_dim", True):
        return
    wide = int(2 * fields["intermediate"] / 3)
    if reader.config.get("block_ffn_dim_multiplier", 1.0) is not None:
        many = reader.whole("block_multiple_of", default=256)
        wide = many * -(-int(reader.real("block_ffn_dim_multiplier") * wide) // many)
    fields["intermediate"] = wide


def _read_lfm3(reader: Reader, fields: Fields) -> None:
    if reader.flag("use_attention_gate", True):
        fields["gate_dim"] = 1
    if not reader.flag("use_sandwich_norm", True):
        fields["norms_per_layer"] = 2


def _read_helium(reader: Reader, fields: Fields) -> None:
    size = reader.number(("head_dim",), MOST["head_dim"])
    if size and fields["heads"] * size != fields["hidden_size"]:
        raise Invalid(f"head_dim is {size:,}: only heads that make up the hidden width are counted in a Helium.")


def _write_helium(shape: Shape) -> Fields:
    return {"head_dim": shape.head_dim}


def _read_xlm(reader: Reader, fields: Fields) -> None:
    """A position, and a language where there are several, have a vector each."""
    _read_positions(reader, fields)
    languages = reader.number(("n_langs",), POSITIONS, 1) or 1
    if languages > 1 and reader.flag("use_lang_emb", True):
        fields["positions"] += languages


def _read_recurrent_gemma(_reader: Reader, fields: Fields) -> None:
    """RecurrentGemma says the width of gate and up together."""
    fields["intermediate"] //= 2
    fields["out_bias"] = True


def _read_xlstm(reader: Reader, fields: Fields) -> None:
    width = reader.whole("embedding_dim", default=fields["hidden_size"])
    if width != fields["hidden_size"]:
        raise Invalid(f"embedding_dim is {width:,}: another width than hidden_size is not counted in an xLSTM.")
    many = reader.whole("ffn_round_up_to_multiple_of")
    fields["intermediate"] = many * ceil(fields["hidden_size"] * reader.real("ffn_proj_factor") / many)


def _read_gpt_neox_japanese(reader: Reader, fields: Fields) -> None:
    fields["intermediate"] = int(fields["hidden_size"] * reader.real("intermediate_multiple_size"))


def _read_hyperclovax(reader: Reader, fields: Fields) -> None:
    if reader.flag("use_post_norm", True):
        fields["norms_per_layer"] = 4


def _read_qwen(_reader: Reader, fields: Fields) -> None:
    """The first Qwen says the width of gate and up together."""
    fields["intermediate"] //= 2


def _read_chatglm(reader: Reader, fields: Fields) -> None:
    if not reader.flag("multi_query_attention"):
        fields["kv_heads"] = fields["heads"]
    if not reader.flag("rmsnorm", True):
        fields["norm"] = "layer"


SPECIAL: Mapping[str, Special] = {
    "bert": Special(_read_bert, _write_bert),
    "distilbert": Special(_read_bert, _write_distilbert),
    "falcon": Special(_read_falcon, _write_falcon),
    "first_dense": Special(_read_first_dense, _write_first_dense),
    "gpt_bigcode": Special(_read_gpt_bigcode, _write_gpt_bigcode),
    "gpt_neo": Special(_read_gpt_neo, _write_gpt_neo),
    "latent": Special(_read_latent, _write_latent),
    "llama4": Special(_read_llama4, _write_llama4),
    "opt": Special(_read_opt, _write_opt),
    "positions": Special(_read_positions, _write_positions),
    "qwen_moe": Special(_read_qwen_moe, _write_qwen_moe),
    "stablelm": Special(_read_stablelm, _write_stablelm),
    "vit": Special(_read_vit, _write_vit),
    "after": Special(_read_after),
    "ernie": Special(_read_ernie),
    "hunyuan_moe": Special(_read_hunyuan_moe),
    "nemotron_h": Special(_read_nemotron_h),
    "jamba": Special(_read_jamba),
    "kimi_linear": Special(_read_kimi_linear),
    "lfm2": Special(_read_lfm2),
    "lfm3": Special(_read_lfm3),
    "recurrent_gemma": Special(_read_recurrent_gemma),
    "xlstm": Special(_read_xlstm),
    "gpt_neox_japanese": Special(_read_gpt_neox_japanese),
    "roformer": Special(_read_roformer),
    "qwen": Special(_read_qwen),
    "chatglm": Special(_read_chatglm),
    "xlm": Special(_read_xlm),
    "helium": Special(_read_helium, _write_helium),
    "hyperclovax": Special(_read_hyperclovax),
    "deepseek_v4": Special(per_layer.deepseek_v4),
    "gemma3n": Special(per_layer.gemma3n),
    "gemma4": Special(per_layer.gemma4),
    "laguna": Special(per_layer.laguna),
    "mimo": Special(per_layer.mimo),
    "deci": Special(per_layer.deci),
    "minimax_m3": Special(per_layer.minimax_m3),
}
