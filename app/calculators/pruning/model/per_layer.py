"""Families that say the sizes of their layers one by one, each in its own way: short functions, named in
`data/families.json`, that complete the fields of a `Shape` and list what differs in every layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from app.calculators.pruning.model.architecture import Matrix, Module
from app.calculators.pruning.model.layers import NO_ATTENTION, NO_EXPERTS, NO_MLP, Fields
from app.calculators.pruning.model.reader import MOST, WINDOW, Reader, quoted, whole_number
from app.vocabulary.calculator import Invalid


class Alike:
    """Makes one object of all layers in which the same fields differ: `shape_of` counts these."""

    def __init__(self) -> None:
        self._known: dict[tuple[tuple[str, Any], ...], Fields] = {}

    def of(self, **changes: Any) -> Fields:
        """The changes of one layer."""
        return self._known.setdefault(tuple(sorted(changes.items())), changes)


def _listed(reader: Reader, key: str, layers: int, default: Callable[[int], Any]) -> list[Any]:
    """What a config says of every layer, or what it is where it does not."""
    found = reader.listed(key)
    if found is None:
        return [default(layer) for layer in range(layers)]
    if len(found) < layers:
        raise Invalid(f"{key} lists {len(found):,} layers, but the model has {layers:,}: list them all.")
    return found[:layers]


def _windowed(reader: Reader, key: str, layers: int, default: Callable[[int], str]) -> list[bool]:
    """Which layers have a sliding window, from a list of kinds."""
    kinds = _listed(reader, key, layers, default)
    for kind in kinds:
        if kind not in ("full_attention", "sliding_attention"):
            raise Invalid(
                f"Layers of the kind {quoted(kind)} ({key}) are not understood in the family {reader.family.name}."
            )
    return [kind == "sliding_attention" for kind in kinds]


def _numbers(reader: Reader, key: str, layers: int, default: int) -> list[int]:
    """A number for every layer, said once or layer by layer."""
    value = reader.at(key)
    if not isinstance(value, list):
        return [reader.number((key,), MOST["intermediate"], default) or default] * layers
    return [whole_number(key, each, MOST["intermediate"]) for each in _listed(reader, key, layers, lambda _: default)]


def _gated_inputs(reader: Reader, fields: Fields) -> tuple[Module, ...]:
    """The way of a layer's own input into it: down, up and a norm."""
    size = reader.number(reader.family.keys["per_layer_input"], MOST["per_layer_input"], 0, 0) or 0
    fields["per_layer_input"] = size
    if not size:
        return ()
    fields["per_layer_vocab"] = reader.size("per_layer_vocab") or fields["vocab"]
    matrices = (Matrix("own input down", size, 0, "mlp"), Matrix("own input up", 0, size, "mlp"))
    return (Module("own input", matrices, 0, 1),)


def gemma3n(reader: Reader, fields: Fields) -> None:
    """Gemma 3n: streams that every layer mixes (AltUp), a low-rank path beside it (LAuReL), an input of its own."""
    h, layers = fields["hidden_size"], fields["layers"]
    streams, rank = reader.whole("altup_num_inputs"), reader.whole("laurel_rank")
    fields["outside"] = 2 * (streams - 1) * h * h
    wide = 3 + streams + reader.flag("altup_correct_scale", True)
    fields["modules"] = (
        Module("streams", (), streams * streams + streams**3, wide - 1),
        Module("low-rank path", (Matrix("low-rank down", rank, 0), Matrix("low-rank up", 0, rank))),
        *_gated_inputs(reader, fields),
    )
    shared = reader.number(("num_kv_shared_layers",), MOST["layers"], 0, 0) or 0
    windowed = _windowed(
        reader, "layer_types", layers, lambda i: "sliding_attention" if (i + 1) % 5 else "full_attention"
    )
    window = reader.number(("sliding_window",), WINDOW) or 0
    widths = _numbers(reader, "intermediate_size", layers, 16384)
    fields["intermediate"] = max(widths)
    alike = Alike()
    fields["per_layer"] = [
        alike.of(intermediate=wide, own_kv=i < layers - shared, window=window * near, windowed_layers=int(near))
        for i, (wide, near) in enumerate(zip(widths, windowed, strict=True))
    ]


def gemma4(reader: Reader, fields: Fields) -> None:
    """Gemma 4: wider heads, and fewer keys, in the layers that see everything; experts beside the MLP."""
    layers, heads = fields["layers"], fields["heads"]
    windowed = _windowed(
        reader, "layer_types", layers, lambda i: "sliding_attention" if (i + 1) % 6 else "full_attention"
    )
    windowed[-1] = False
    own = reader.at("per_layer_config")
    if own is not None and not isinstance(own, Mapping):
        raise Invalid(f"per_layer_config must be an object, not {quoted(own)}.")
    same = reader.flag("attention_k_eq_v")
    size = reader.size("head_dim") or fields["hidden_size"] // heads
    wide = reader.number(("global_head_dim",), MOST["head_dim"], 512) or size
    few = reader.number(("num_global_key_value_heads",), MOST["kv_heads"]) if same else None
    window = reader.number(("sliding_window",), WINDOW) or 0
    shared = reader.number(("num_kv_shared_layers",), MOST["layers"], 0, 0) or 0
    double = reader.flag("use_double_wide_mlp")
    fields["modules"] = _gated_inputs(reader, fields)
    if reader.flag("enable_moe_block"):
        _experts_beside(reader, fields)
    alike, fields["per_layer"] = Alike(), []
    for layer, near in enumerate(windowed):
        told = _told(own, layer)
        reuses = layer >= layers - shared
        fields["per_layer"].append(
            alike.of(
                head_dim=_of_layer(told, "head_dim", size if near or own is not None else wide),
                kv_heads=_of_layer(
                    told, "num_key_value_heads", fields["kv_heads"] if near or own else few or fields["kv_heads"]
                ),
                values_are_keys=same and not near,
                own_kv=not reuses,
                intermediate=fields["intermediate"] * (2 if double and reuses else 1),
                window=window if near else 0,
                windowed_layers=int(near),
            )
        )


def _told(own: Mapping[str, Any] | None, layer: int) -> Mapping[str, Any]:
    """What is said of one layer by its number, which may be written with zeros before it."""
    for key in (str(layer), f"{layer:02}", f"{layer:03}"):
        told = (own or {}).get(key)
        if isinstance(told, Mapping):
            unknown = [name for name in told if name not in ("head_dim", "num_key_value_heads")]
            if unknown:
                raise Invalid(f"per_layer_config has {quoted(unknown[0])}, which is not understood.")
            return told
    return {}


def _of_layer(told: Mapping[str, Any], key: str, otherwise: int) -> int:
    return whole_number(key, told[key], MOST["head_dim"]) if key in told else otherwise


def _experts_beside(reader: Reader, fields: Fields) -> None:
    """Experts that work beside a plain MLP, with norms and a router of their own."""
    experts = reader.number(("num_experts",), MOST["experts"])
    chosen = reader.number(("top_k_experts", "num_experts_per_tok"), MOST["experts_per_token"])
    wide = reader.number(("moe_intermediate_size",), MOST["intermediate"])
    if experts is None or chosen is None or wide is None:
        raise Invalid("The config lacks num_experts, top_k_experts or moe_intermediate_size, but has experts.")
    if chosen > experts:
        raise Invalid(f"top_k_experts is {chosen:,}, but there are {experts:,} experts.")
    matrices = (
        Matrix("expert up", 2 * wide, 0, "experts", experts, chosen),
        Matrix("expert down", 0, wide, "experts", experts, chosen),
    )
    fields["modules"] += (Module("experts", matrices, experts, 4 + experts),)


def laguna(reader: Reader, fields: Fields) -> None:
    """Laguna: the number of query heads differs from layer to layer."""
    layers = fields["layers"]
    heads = _numbers(reader, "num_attention_heads_per_layer", layers, fields["heads"])
    windowed = _windowed(reader, "layer_types", layers, lambda _: "full_attention")
    window = reader.number(("sliding_window",), WINDOW) or 0
    kinds = _listed(reader, "mlp_layer_types", layers, lambda i: "sparse" if i else "dense")
    size = reader.size("head_dim") or fields["hidden_size"] // fields["heads"]
    gating = reader.at("gating")
    gate = 1 if gating in (None, True, "per-head") else size
    alike = Alike()
    fields["per_layer"] = [
        alike.of(
            heads=number,
            gate_dim=gate,
            window=window * near,
            windowed_layers=int(near),
            **_plain(reader) if kind == "dense" else {},
        )
        for number, near, kind in zip(heads, windowed, kinds, strict=True)
    ]


def _plain(reader: Reader) -> Fields:
    return {**NO_EXPERTS, "intermediate": reader.needed("dense_intermediate")}


def mimo(reader: Reader, fields: Fields) -> None:
    """MiMo-V2: layers with a window have other heads, and sinks."""
    layers = fields["layers"]
    pattern = reader.listed("hybrid_layer_pattern")
    if pattern is not None and reader.at("layer_types") is None:
        windowed = [bool(kind) for kind in _listed(reader, "hybrid_layer_pattern", layers, lambda _: 0)]
    else:
        windowed = _windowed(
            reader,
            "layer_types",
            layers,
            lambda i: "full_attention" if i == 0 or not (i + 1) % 6 else "sliding_attention",
        )
    routed = _listed(reader, "mlp_layer_types", layers, lambda i: "sparse" if i else "dense")
    frequency = reader.at("moe_layer_freq")
    if isinstance(frequency, list) and reader.at("mlp_layer_types") is None:
        routed = ["sparse" if each else "dense" for each in _listed(reader, "moe_layer_freq", layers, lambda _: 1)]
    window = reader.number(("sliding_window", "sliding_window_size"), WINDOW) or 0
    near_kv = reader.number(("swa_num_key_value_heads",), MOST["kv_heads"], 2 * fields["kv_heads"])
    fields["v_dim"] = reader.size("v_dim") or 0
    alike = Alike()
    fields["per_layer"] = [
        alike.of(
            kv_heads=near_kv if near else fields["kv_heads"],
            heads=reader.number(("swa_num_attention_heads",), MOST["heads"], fields["heads"])
            if near
            else fields["heads"],
            sinks=near,
            window=window * near,
            windowed_layers=int(near),
            **_plain(reader) if kind == "dense" else {},
        )
        for near, kind in zip(windowed, routed, strict=True)
    ]


def minimax_m3(reader: Reader, fields: Fields) -> None:
    """MiniMax-M3: some layers look at blocks that a small indexer finds."""
    layers = fields["layers"]
    within = "sparse_attention_config."
    sparse_at, routed_at = reader.indices(f"{within}sparse_attention_freq"), reader.indices("moe_layer_freq")
    kinds = _listed(reader, "layer_types", layers, _kind_at(sparse_at, "indexed_attention", "full_attention"))
    routed = _listed(reader, "mlp_layer_types", layers, _kind_at(routed_at, "sparse", "dense"))
    heads = reader.whole(f"{within}sparse_num_index_heads", "index_n_heads", default=4)
    size = reader.whole(f"{within}sparse_index_dim", "index_head_dim", default=128)
    looks = reader.whole(f"{within}sparse_block_size", "index_block_size", default=128) * (
        reader.whole(f"{within}sparse_topk_blocks", "index_topk_blocks", default=16)
        + reader.whole(f"{within}sparse_local_block", "index_local_blocks", default=1)
    )
    matrices = (Matrix("indexer query", heads * size, 0), Matrix("indexer key", size, 0))
    indexer = Module("indexer", matrices, 2 * size, cache=size, look=2 * heads * size)
    alike, fields["per_layer"] = Alike(), []
    for kind, mlp in zip(kinds, routed, strict=True):
        if kind not in ("full_attention", "minimax_m3_sparse", "sparse", "indexed_attention"):
            raise Invalid(f"Layers of the kind {quoted(kind)} (layer_types) are not understood in a MiniMax-M3.")
        sparse = {} if kind == "full_attention" else {"modules": (indexer,), "looks": looks}
        fields["per_layer"].append(alike.of(**sparse, **(_plain(reader) if mlp == "dense" else {})))


def _kind_at(marks: Sequence[int] | None, marked: str, other: str) -> Callable[[int], str]:
    """The kind of a layer by a list of marks; without one, all are of the kind that most are without a list."""
    if marks is None:
        return lambda _: "full_attention" if marked == "indexed_attention" else marked
    return lambda layer: marked if layer < len(marks) and marks[layer] else other


_RATIOS = {0: "sliding_attention", 4: "compressed_sparse_attention", 128: "heavily_compressed_attention"}


def deepseek_v4(reader: Reader, fields: Fields) -> None:
    """DeepSeek V4: one key for all heads, of a window and, compressed, of everything; four streams between layers."""
    h, heads, size = fields["hidden_size"], fields["heads"], reader.needed("head_dim")
    query, groups, out = reader.whole("q_lora_rank"), reader.whole("o_groups"), reader.whole("o_lora_rank")
    streams = reader.whole("hc_mult")
    mixing = streams * streams + 2 * streams
    opened = (
        Matrix("query down", query, 0),
        Matrix("query up", heads * size, query),
        Matrix("key", size, 0),
        Matrix("attention out, grouped", groups * out, heads * size // groups),
        Matrix("attention out", 0, groups * out),
    )
    window = reader.number(("sliding_window",), WINDOW) or 0
    look = 4 * heads * size
    near = Module("attention to a window", opened, query + size + heads, 0, 0, size, look, window)
    hyper = Module("streams", (), 2 * (mixing + 3), 2 * mixing * streams)
    fields["outside"] = streams * streams * h + streams + 1
    fields["modules"] = ()
    parts = {kind: (near, hyper, *_compressed(reader, kind, size, query, look)) for kind in _RATIOS.values()}
    made = {kind: {**NO_ATTENTION, "modules": modules} for kind, modules in parts.items()}
    fields["per_layer"] = []
    for kind in _v4_kinds(reader, fields["layers"]):
        if kind not in made:
            raise Invalid(f"Layers of the kind {quoted(kind)} (layer_types) are not understood in a DeepSeek V4.")
        fields["per_layer"].append(made[kind])
    hashed = reader.number(("num_hash_layers",), MOST["layers"], 3, 0) or 0
    routed = _listed(reader, "mlp_layer_types", fields["layers"], lambda i: "hash_moe" if i < hashed else "moe")
    learnt = {id(each): {**each, "router_bias": True} for each in fields["per_layer"]}
    fields["per_layer"] = [
        each if mlp == "hash_moe" else learnt[id(each)] for each, mlp in zip(fields["per_layer"], routed, strict=True)
    ]


def _v4_kinds(reader: Reader, layers: int) -> Sequence[Any]:
    if reader.at("layer_types") is None and reader.at("compress_ratios") is not None:
        ratios = _listed(reader, "compress_ratios", layers, lambda _: 0)
        return [
            _RATIOS.get(ratio, f"compressed {ratio} times") if isinstance(ratio, int) else ratio for ratio in ratios
        ]
    return _listed(
        reader,
        "layer_types",
        layers,
        lambda i: "heavily_compressed_attention" if i < 2 or i % 2 == 0 else "compressed_sparse_attention",
    )


def _compressed(reader: Reader, kind: str, size: int, query: int, look: int) -> tuple[Module, ...]:
    """What compresses keys, and what finds the ones to look at."""
    if kind == "sliding_attention":
        return ()
    rates = reader.at("compress_rates")
    wide = 2 if kind == "compressed_sparse_attention" else 1
    rate = next(ratio for ratio, name in _RATIOS.items() if name == kind)
    if isinstance(rates, Mapping) and kind in rates:
        rate = whole_number(kind, rates[kind], MOST["head_dim"])
    making = (Matrix("compression", 2 * wide * size, 0),)
    if wide == 1:
        return (Module("compressed attention", making, size * rate + size, 0, 0, size // rate, look // rate),)
    heads, small, best = reader.whole("index_n_heads"), reader.whole("index_head_dim"), reader.whole("index_topk")
    finding = (
        Matrix("indexer key", 4 * small, 0),
        Matrix("indexer query", heads * small, query),
        Matrix("indexer weights", heads, 0),
    )
    other = 2 * size * rate + size
    return (
        Module("compressed attention", making, other, 0, 0, size // rate, look // rate, 0, best * rate),
        Module("indexer", finding, 2 * small * rate + small, 0, 0, small // rate, 2 * heads * small // rate),
    )


def deci(reader: Reader, fields: Fields) -> None:
    """DeciLM, as architecture search leaves it: each block says its own attention and MLP, or that it has none."""
    h, layers = fields["hidden_size"], fields["layers"]
    blocks = _listed(reader, "block_configs", layers, lambda _: None)
    per_layer = reader.listed("num_key_value_heads_per_layer")
    alike, fields["per_layer"] = Alike(), []
    for layer, block in enumerate(blocks):
        if block is None:
            if per_layer is None:
                raise Invalid("The config lacks block_configs: without it nobody knows what its layers have.")
            found: Fields = {"kv_heads": whole_number("num_key_value_heads_per_layer", per_layer[layer], MOST["heads"])}
        else:
            found = _block(block, fields["heads"], h)
        if fields["heads"] % found.get("kv_heads", 1) if found.get("kv_heads") else False:
            raise Invalid(
                f"Layer {layer:,} has {found['kv_heads']:,} KV heads, which do not divide {fields['heads']:,}."
            )
        fields["per_layer"].append(alike.of(**found))
    fields["intermediate"] = max((each.get("intermediate", 0) for each in fields["per_layer"]), default=0) or h
    with_attention = [each["kv_heads"] for each in fields["per_layer"] if each.get("kv_heads")]
    fields["kv_heads"] = max(with_attention, default=fields["heads"])


def _block(block: Any, heads: int, hidden: int) -> Fields:
    """One of `block_configs`."""
    attention, ffn = (block.get(part) if isinstance(block, Mapping) else None for part in ("attention", "ffn"))
    if not isinstance(attention, Mapping) or not isinstance(ffn, Mapping):
        raise Invalid(f"A block of block_configs must have attention and ffn, not {quoted(block)}.")
    found: Fields = {"norms_per_layer": 2}
    linear = Module("linear map", (Matrix("linear map", 0, 0),))
    modules: tuple[Module, ...] = ()
    if attention.get("no_op") or attention.get("replace_with_linear"):
        found |= NO_ATTENTION
        found["norms_per_layer"] -= bool(attention.get("no_op"))
        modules += (linear,) if attention.get("replace_with_linear") else ()
    else:
        group = whole_number("n_heads_in_group", attention.get("n_heads_in_group"), MOST["heads"])
        found["kv_heads"] = max(1, heads // group)
    if ffn.get("no_op") or ffn.get("replace_with_linear"):
        found |= NO_MLP
        found["norms_per_layer"] -= bool(ffn.get("no_op"))
        modules += (linear,) if ffn.get("replace_with_linear") else ()
    else:
        found["intermediate"] = _ffn_width(ffn, hidden)
    if modules:
        found["modules"] = modules
    return found


def _ffn_width(ffn: Mapping[str, Any], hidden: int) -> int:
    """As the model's own code rounds it: two thirds of a multiple of the hidden width, up to 256."""
    if ffn.get("intermediate_size") is not None:
        return whole_number("intermediate_size", ffn["intermediate_size"], MOST["intermediate"])
    times = ffn.get("ffn_mult")
    if not isinstance(times, int | float) or isinstance(times, bool) or not 0 < times <= 1000:
        raise Invalid(f"ffn_mult must be a number above 0 and up to 1,000, not {quoted(times)}.")
    return 256 * ceil(int(2 * times * hidden / 3) / 256)
