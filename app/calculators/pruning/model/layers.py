"""Layers that differ: which kind each of them is, and what a kind has instead of the usual attention and MLP.

`data/families.json` names, for each kind of layer that a family's configs list, the changes that make it, and the rule
for configs that list none. A change is a short function: of a config to the fields of `Shape` that differ in such a
layer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import Any

from app.calculators.pruning.model.architecture import Matrix, Module, Shape
from app.calculators.pruning.model.reader import MOST, WINDOW, Reader, quoted
from app.vocabulary.calculator import Invalid

Fields = dict[str, Any]
Change = Callable[[Reader, Fields], Fields]

_MOST_KINDS = 255


# --- what a layer has instead ---


NO_ATTENTION: Fields = {
    **dict.fromkeys(("heads", "kv_heads", "kv_rank", "q_rank", "gate_dim", "window", "windowed_layers"), 0),
    "qk_norm": False,
    "qk_norm_whole": False,
    "sinks": False,
}
NO_EXPERTS: Fields = {"experts": 0, "experts_per_token": 0, "shared_experts": 0, "shared_intermediate": 0}
NO_MLP: Fields = {"intermediate": 0, **NO_EXPERTS}


def _always(changes: Fields) -> Change:
    return lambda _reader, _fields: changes


def _dense(reader: Reader, fields: Fields) -> Fields:
    """A plain MLP where other layers choose among experts."""
    return {**NO_EXPERTS, "intermediate": fields.get("dense_intermediate") or reader.needed("dense_intermediate")}


def _latent_experts(_reader: Reader, fields: Fields) -> Fields:
    """Experts that work in a narrower space, with a way into it and out."""
    latent = fields.get("expert_width")
    if not latent:
        return {}
    matrices = (Matrix("expert space in", latent, 0, "experts"), Matrix("expert space out", 0, latent, "experts"))
    bias = int(fields.get("mlp_bias", False))
    return _with(fields, Module("expert space", matrices, latent * bias, bias))


def _window(reader: Reader, _fields: Fields) -> Fields:
    return {"window": reader.whole("sliding_window", "attention_window_size", most=WINDOW), "windowed_layers": 1}


def _mamba(reader: Reader, fields: Fields) -> Fields:
    """Mamba (arXiv 2312.00752): a state for every channel. Jamba normalises what makes the step; others have no
    weights for it.
    """
    jamba = "mamba_d_state" in reader.family.defaults
    wide = reader.whole("mamba_expand", "expand") * fields["hidden_size"]
    if not jamba:
        wide = reader.whole("intermediate_size", default=wide)
    state, conv = reader.whole("mamba_d_state", "state_size"), reader.whole("mamba_d_conv", "conv_kernel")
    rank = _or_auto(reader, ("mamba_dt_rank", "time_step_rank"), ceil(fields["hidden_size"] / 16))
    bias = reader.either("mamba_proj_bias", "use_bias")
    other = wide * (state + 1 + conv + reader.either("mamba_conv_bias", "use_conv_bias") + 1 + 2 * bias)
    matrices = (
        Matrix("Mamba in", 2 * wide, 0),
        Matrix("Mamba step, in and out", rank + 2 * state, wide),
        Matrix("Mamba step", wide, rank),
        Matrix("Mamba out", 0, wide),
    )
    other += rank + 2 * state if jamba else 0
    return _with(fields, Module("Mamba", matrices, other, int(bias), wide * (state + conv - 1)))


def _mamba2(reader: Reader, fields: Fields) -> Fields:
    """Mamba-2 (arXiv 2405.21060): a matrix of state for every head."""
    alone = reader.family.model_type == "mamba2"  # the names without "mamba" are those of attention elsewhere
    heads = reader.whole(*(("num_heads",) if alone else ("mamba_num_heads", "mamba_n_heads")))
    wide = reader.whole("mamba_expand", "expand", default=2) * fields["hidden_size"]
    wide = reader.whole("mamba_d_ssm", default=wide)
    size = _or_auto(reader, ("head_dim",) if alone else ("mamba_head_dim", "mamba_d_head"), wide // heads)
    wide = heads * size
    state = reader.whole("ssm_state_size", "mamba_d_state", "state_size")
    vectors = 2 * reader.whole("n_groups", "mamba_n_groups") * state
    conv = reader.whole("conv_kernel", "mamba_d_conv")
    opened = 2 * wide + vectors + heads
    into, out = (reader.either("mamba_proj_bias", "use_bias"),) * 2
    if reader.family.model_type == "falcon_h1":
        out = reader.flag("projectors_bias")
    other = 3 * heads + (wide + vectors) * (conv + reader.either("use_conv_bias", "mamba_conv_bias"))
    other += wide * reader.flag("mamba_rms_norm", reader.family.model_type != "falcon_h1") + opened * into
    matrices = (Matrix("Mamba-2 in", opened, 0), Matrix("Mamba-2 out", 0, wide))
    return _with(fields, Module("Mamba-2", matrices, other, int(out), wide * state + (wide + vectors) * (conv - 1)))


def _gated_delta(reader: Reader, fields: Fields) -> Fields:
    """Gated DeltaNet (arXiv 2412.06464): a matrix of state for every value head."""
    keys = reader.whole("linear_num_key_heads", default=fields["heads"])
    heads = reader.whole("linear_num_value_heads", default=fields["heads"])
    key = reader.whole("linear_key_head_dim", default=int(0.75 * fields["hidden_size"] / keys) or 1)
    value = reader.whole("linear_value_head_dim", default=2 * key)
    conv, mixed, wide = reader.whole("linear_conv_kernel_dim"), 2 * keys * key + heads * value, heads * value
    matrices = (
        Matrix("linear query, key, value, gate", mixed + wide, 0),
        Matrix("linear step and decay", 2 * heads, 0),
        Matrix("linear attention out", 0, wide),
    )
    other = 2 * heads + mixed * conv + value
    return _with(fields, Module("Gated DeltaNet", matrices, other, 0, heads * key * value + mixed * (conv - 1)))


def _delta_attention(reader: Reader, fields: Fields) -> Fields:
    """Kimi Delta Attention (arXiv 2510.26692): the decay is a vector, made through a small matrix or a whole one."""
    heads = reader.whole("linear_attn_config.num_heads", "linear_num_heads", default=fields["heads"])
    size = reader.whole("linear_attn_config.head_dim", "linear_head_dim", "head_dim")
    conv = reader.whole("linear_attn_config.short_conv_kernel_size", "linear_conv_kernel_dim", "short_conv_kernel_size")
    wide = heads * size
    through = "kimi" in reader.family.model_type
    gates = (Matrix("linear decay and gate down", 2 * size, 0), Matrix("linear decay and gate up", 2 * wide, size))
    matrices = (
        Matrix("linear query, key, value", 3 * wide, 0),
        *(gates if through else (Matrix("linear decay and gate", 2 * wide, 0),)),
        Matrix("linear step", heads, 0),
        Matrix("linear attention out", 0, wide),
    )
    other = 3 * wide * conv + wide + heads + size
    return _with(fields, Module("Kimi Delta Attention", matrices, other, 0, wide * size + 3 * wide * (conv - 1)))


def _lightning(reader: Reader, fields: Fields) -> Fields:
    """Lightning attention (arXiv 2501.08313): linear attention with a gate, every head with its own key."""
    size = reader.size("head_dim") or fields["hidden_size"] // fields["heads"]
    wide = fields["heads"] * size
    matrices = (
        Matrix("linear query, key, value", 3 * wide, 0),
        Matrix("linear attention gate", wide, 0),
        Matrix("linear attention out", 0, wide),
    )
    return _with(fields, Module("lightning attention", matrices, wide, 0, wide * size))


def _short_convolution(reader: Reader, fields: Fields) -> Fields:
    """A convolution over the last tokens between two gates (LFM2)."""
    kernel, bias = reader.whole("conv_L_cache"), reader.flag("conv_bias")
    matrices = (Matrix("convolution in", 3 * fields["hidden_size"], 0), Matrix("convolution out", 0, 0))
    state = (kernel - 1) * fields["hidden_size"]
    return _with(fields, Module("short convolution", matrices, 0, kernel + 5 * bias, state))


def _gated_linear_recurrence(reader: Reader, fields: Fields) -> Fields:
    """The real-gated linear recurrent unit of Griffin (arXiv 2402.19427)."""
    wide = reader.whole("lru_width", default=fields["hidden_size"])
    conv, heads = reader.whole("conv1d_width"), fields["heads"]
    matrices = (
        Matrix("recurrence in", 2 * wide, 0),
        Matrix("recurrence gates", 2 * wide, wide // heads),
        Matrix("recurrence out", 0, wide),
    )
    return _with(fields, Module("recurrence", matrices, wide * (2 + conv + 1 + 1 + 2), 1, wide * conv))


def _rwkv(reader: Reader, fields: Fields) -> Fields:
    """RWKV-4 (arXiv 2305.13048): time mixing and channel mixing."""
    h = fields["hidden_size"]
    wide = reader.whole("attention_hidden_size", default=h)
    inner = reader.whole("intermediate_size", default=4 * h)
    matrices = (
        Matrix("time mixing in", 3 * wide, 0),
        Matrix("time mixing out", 0, wide),
        Matrix("channel mixing in", inner, 0, "mlp"),
        Matrix("channel mixing gate", 0, 0, "mlp"),
        Matrix("channel mixing out", 0, inner, "mlp"),
    )
    return _with(fields, Module("RWKV", matrices, 2 * wide, 5, 3 * wide + 2 * h))


def _rwkv7(reader: Reader, fields: Fields) -> Fields:
    """RWKV-7 (arXiv 2503.14456), as flash-linear-attention keeps it: a matrix of state for every head."""
    h, size = fields["hidden_size"], reader.whole("head_dim", default=64)
    wide = reader.whole("value_dim", default=h) if not isinstance(reader.at("value_dim"), list) else h
    inner = reader.whole("intermediate_size", default=4 * h)
    low = {name: reader.whole(f"{name}_low_rank_dim") for name in ("decay", "gate", "a", "v")}
    ranks = sum(low.values())
    matrices = (
        Matrix("time mixing in", 3 * wide, 0),
        Matrix("time mixing low-rank down", ranks, 0),
        Matrix("time mixing low-rank up", wide, ranks),
        Matrix("time mixing out", 0, wide),
        Matrix("channel mixing in", inner, 0, "mlp"),
        Matrix("channel mixing out", 0, inner, "mlp"),
    )
    return _with(fields, Module("RWKV-7", matrices, 0, 15, wide * size + 2 * h))


def _mlstm(reader: Reader, fields: Fields) -> Fields:
    """The matrix memory of xLSTM (arXiv 2405.04517)."""
    h, heads = fields["hidden_size"], fields["heads"]
    key = 64 * ceil(h * reader.real("qk_dim_factor") / 64)
    value = 64 * ceil(h * reader.real("v_dim_factor") / 64)
    bias = reader.flag("use_bias")
    matrices = (
        Matrix("query, key, value, output gate", 2 * key + 2 * value, 0),
        Matrix("input and forget gate", 2 * heads, 0),
        Matrix("memory out", 0, value),
    )
    other = 2 * heads + value + (2 * key + 2 * value) * bias
    return _with(fields, Module("matrix memory", matrices, other, int(bias), key * value // heads + key + heads))


def _indexer(reader: Reader, fields: Fields) -> Fields:
    """The indexer of DeepSeek's sparse attention (arXiv 2512.02556): it keeps a small key of every token, and attention
    looks at the tokens that it finds best.
    """
    heads, size = reader.whole("index_n_heads"), reader.whole("index_head_dim")
    matrices = (
        Matrix("indexer query", heads * size, fields["q_rank"] or 0),
        Matrix("indexer key", size, 0),
        Matrix("indexer weights", heads, 0),
    )
    module = Module("indexer", matrices, 2 * size, cache=size, look=2 * heads * size)
    return {**_with(fields, module), "looks": reader.whole("index_topk")}


def _shared_indexer(reader: Reader, _fields: Fields) -> Fields:
    """Sparse attention that takes what the indexer of an earlier layer found."""
    return {"looks": reader.whole("index_topk")}


def _with(fields: Fields, module: Module) -> Fields:
    return {"modules": (*fields.get("modules", ()), module)}


def _or_auto(reader: Reader, keys: tuple[str, ...], otherwise: int) -> int:
    """A size that may be "auto"."""
    told = next((found for found in map(reader.at, keys) if found is not None), None)
    return otherwise if told == "auto" else reader.whole(*keys, default=otherwise)


CHANGES: Mapping[str, Change] = {
    "delta attention": _delta_attention,
    "dense": _dense,
    "gated delta": _gated_delta,
    "indexer": _indexer,
    "latent experts": _latent_experts,
    "lightning": _lightning,
    "linear recurrence": _gated_linear_recurrence,
    "mamba": _mamba,
    "mamba-2": _mamba2,
    "mlstm": _mlstm,
    "no attention": _always(NO_ATTENTION),
    "no mlp": _always(NO_MLP),
    "one norm": _always({"norms_per_layer": 1}),
    "rwkv": _rwkv,
    "rwkv-7": _rwkv7,
    "shared indexer": _shared_indexer,
    "short convolution": _short_convolution,
    "window": _window,
}
"""The changes by the names that `data/families.json` gives them."""


# --- which kind a layer is, where the config does not list them ---


def _every(key: str, default: int) -> Callable[[Reader, int], list[str]]:
    """Full attention in every n-th layer, linear in the others."""

    def listed(reader: Reader, layers: int) -> list[str]:
        step = reader.number((key,), MOST["layers"], default) or default
        return ["linear_attention" if (layer + 1) % step else "full_attention" for layer in range(layers)]

    return listed


def _all(kind: str) -> Callable[[Reader, int], list[str]]:
    return lambda _reader, layers: [kind] * layers


def _jamba(reader: Reader, layers: int) -> list[str]:
    step, first = reader.whole("attn_layer_period"), reader.whole("attn_layer_offset", least=0)
    return ["full_attention" if layer % step == first else "linear_attention" for layer in range(layers)]


def _at_indices(key: str, other: str) -> Callable[[Reader, int], list[str]]:
    def listed(reader: Reader, layers: int) -> list[str]:
        indices = reader.indices(key)
        chosen = set(range(layers) if indices is None and other == "conv" else indices or ())
        return ["full_attention" if layer in chosen else other for layer in range(layers)]

    return listed


_LETTERS = {"M": "linear_attention", "E": "moe", "*": "full_attention", "-": "mlp"}


def _letters(reader: Reader, _layers: int) -> list[str]:
    """Nemotron-H: a letter for every layer."""
    text = reader.at("hybrid_override_pattern")
    if text is None:
        return ["linear_attention", "moe", "full_attention", "mlp"]
    if not isinstance(text, str) or not text or any(letter not in _LETTERS for letter in text):
        raise Invalid(f"hybrid_override_pattern must be written in {', '.join(_LETTERS)}, not {quoted(text)}.")
    return [_LETTERS[letter] for letter in text]


def _kimi(reader: Reader, layers: int) -> list[str]:
    full = reader.indices("linear_attn_config.full_attn_layers")
    if full is not None:
        return ["full_attention" if layer + 1 in full else "linear_attention" for layer in range(layers)]
    return ["full_attention" if layer and layer % 4 == 0 else "linear_attention" for layer in range(layers)]


def _minimax(reader: Reader, layers: int) -> list[str]:
    kinds = reader.indices("attn_type_list")
    if kinds is not None:
        return ["full_attention" if kind else "linear_attention" for kind in kinds]
    return ["linear_attention" if layer % 2 else "full_attention" for layer in range(layers)]


def _cycle(*kinds: str) -> Callable[[Reader, int], list[str]]:
    return lambda _reader, layers: [kinds[layer % len(kinds)] for layer in range(layers)]


def _block_types(reader: Reader, layers: int) -> list[str]:
    kinds = reader.listed("block_types") or ["recurrent", "recurrent", "attention"]
    return [kinds[layer % len(kinds)] for layer in range(layers)]


def _indexer_types(reader: Reader, layers: int) -> list[str]:
    """GLM-5: some layers take what the indexer of an earlier one found."""
    kinds = reader.listed("indexer_types")
    if kinds is None:
        return ["indexed_attention"] * layers
    return ["shared_indexer" if kind == "shared" else "indexed_attention" for kind in kinds]


def _lfm3(_reader: Reader, layers: int) -> list[str]:
    return [
        "full_attention" if layer % 4 == 2 else "conv" if layer % 4 or not layer else "sliding_attention"
        for layer in range(layers)
    ]


ORDERS: Mapping[str, Callable[[Reader, int], list[str]]] = {
    "attn_layer_indices": _at_indices("attn_layer_indices", "linear_attention"),
    "block_types": _block_types,
    "full_attention_interval": _every("full_attention_interval", 4),
    "full_attn_idxs": _at_indices("full_attn_idxs", "conv"),
    "indexer_types": _indexer_types,
    "jamba": _jamba,
    "kimi": _kimi,
    "lara": _cycle("linear_attention", "sliding_attention", "linear_attention", "full_attention", "sliding_attention"),
    "layer_group_size": _every("layer_group_size", 6),
    "letters": _letters,
    "lfm3": _lfm3,
    "indexed": _all("indexed_attention"),
    "linear": _all("linear_attention"),
    "minimax": _minimax,
}
"""The rules by the names that `data/families.json` gives them."""

_LISTS = ("layer_types", "layers_block_type", "layers_type")


def kinds_of(reader: Reader, layers: int) -> list[str]:
    """The kind of every layer, from the config's list or by the rule of its family. Raises `Invalid` for a kind that is
    not understood.
    """
    key = next((key for key in _LISTS if reader.at(key) is not None), "")
    listed = reader.listed(key) if key and reader.family.order != "indexer_types" else None
    if listed is None and reader.family.order:
        key, listed = reader.family.order, ORDERS[reader.family.order](reader, layers)
    if listed is None:
        raise Invalid("The config lacks layer_types: without it nobody knows which layers have attention.")
    if len(listed) < layers:
        raise Invalid(f"{key} lists {len(listed):,} layers, but the model has {layers:,}: list them all.")
    for kind in listed[:layers]:
        if not isinstance(kind, str) or kind not in reader.family.layers:
            raise Invalid(
                f"Layers of the kind {quoted(kind)} ({key}) are not understood in the family {reader.family.name}."
            )
    return listed[:layers]


def changed(reader: Reader, fields: Fields, names: Sequence[str]) -> Fields:
    """The fields that differ in a layer that is changed so."""
    found: Fields = {}
    for name in names:
        found |= CHANGES[name](reader, {**fields, "modules": found.get("modules", fields.get("modules", ()))})
    return found


def shape_of(fields: Fields, layers: Sequence[Fields]) -> Shape:
    """The shape of a model in whose layers these fields differ. Raises `Invalid` where there are too many kinds."""
    one: Fields = dict.fromkeys(("vocab", "outside", "positions", "per_layer_vocab", "per_layer_input"), 0)
    one |= {"layers": 1, "dense_layers": 0, "dense_spread": False, "windowed_layers": 0, "head_bias": False}
    one |= {"embedding_norm": False, "tied": False, "embedding_dim": 0, "window": 0, "dense_intermediate": 0}
    kinds: dict[Shape, int] = {}
    numbers: dict[int, int] = {}
    order = bytearray()
    for changes in layers:
        number = numbers.get(id(changes))
        if number is None:
            kind = Shape(**{**fields, **one, **changes})
            number = numbers[id(changes)] = kinds.setdefault(kind, len(kinds))
            if len(kinds) > _MOST_KINDS:
                raise Invalid(f"This model has more than {_MOST_KINDS} kinds of layers, which is too many to count.")
        order.append(number)
    if len(kinds) == 1:
        (kind,) = kinds
        alike = Shape(**{**fields, **kind._asdict(), **{name: fields.get(name, value) for name, value in one.items()}})
        return alike._replace(
            layers=len(order),
            window=kind.window,
            windowed_layers=kind.windowed_layers * len(order),
            dense_layers=0,
            dense_spread=False,
        )
    base = {**fields, "dense_layers": 0, "dense_spread": False}
    if not any(kind.experts for kind in kinds):
        base |= {**NO_EXPERTS, "intermediate": max(kind.intermediate for kind in kinds)}
    return Shape(**base, kinds=tuple(kinds), order=bytes(order))
