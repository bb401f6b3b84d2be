"""Where a model's parameters are: its shape, the count of every part, and structural cuts of whole layers or
experts.

`Shape` holds what a Hugging Face `config.json` says; `count` turns it into `Parts`; `linears` lists the
matrices that pruning touches (the linear layers inside the blocks: SparseGPT, arXiv 2301.00774, section 4,
leaves embedding, head, norms and biases alone). `Model` is what the calculator takes: a preset with a shape,
or a bare number of parameters. The shapes stand in `models.csv`.

>>> count(preset("Llama-2-7B").shape).total
6738415616
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple, cast

from app.calculators.pruning.data.tables import Source, rows, source_of

Kind = Literal["decoder", "encoder", "vision", "cnn"]
"""What a model does with its input: only a `decoder` writes token after token."""

Part = Literal["attention", "mlp", "experts"]
"""Where in a block a matrix stands."""

AS_GIVEN = Source("the number of parameters as given")
"""The source of a model of which only the size is known."""


class Matrix(NamedTuple):
    """One matrix of a `Module`: 0 for its `outputs` or `inputs` is the hidden width. Of `experts` like it, `per_token`
    work on one token.
    """

    name: str
    outputs: int
    inputs: int
    part: Part = "attention"
    experts: int = 1
    per_token: int = 1


class Module(NamedTuple):
    """A part of a layer that is neither the attention nor the MLP of `Shape`: a recurrent mixer, the indexer of sparse
    attention, a projection of its own.

    `other` counts parameters in no matrix (convolutions, biases, norms), `wide` vectors as long as the hidden width. It
    keeps `state` values for each sequence, however long, and `cache` values for each of the last `window` tokens;
    a token takes `look` operations for each of the best `looks` of these (0: for all).
    """

    name: str
    matrices: tuple[Matrix, ...] = ()
    other: int = 0
    wide: int = 0
    state: int = 0
    cache: int = 0
    look: int = 0
    window: int = 0
    looks: int = 0


class Shape(NamedTuple):
    """The architecture of a transformer, in the words of its `config.json`.

    Dimensions are counts of features; `layers`, `experts`, `vocab` are counts of things. `gated` says that
    the MLP has three matrices instead of two, `tied` that the head reuses the embedding. `norm` is `rms` (a
    weight), `layer` (a weight and a bias) or `none` (neither); `qk_norm` normalises each head with shared
    weights, `qk_norm_whole` with weights for every head. `positions` counts learned position, segment and class
    vectors. `embedding_dim` is the width of the embedding where it is not `hidden_size`.

    Multi-head latent attention (DeepSeek) is given by `q_rank` (0: no low-rank query), `kv_rank`, `qk_nope_dim`,
    `qk_rope_dim` and `v_dim`. Of a mixture of experts, `dense_layers` layers carry a plain MLP of
    `dense_intermediate`: the first ones, or, with `dense_spread`, some all the way up. Its shared experts are
    `shared_intermediate` wide together, 0 for as wide as `shared_experts` routed ones, and are weighed by a gate
    if `shared_gate`; `expert_width` is the width in which routed experts work, 0 for the hidden one. `windowed_layers`
    of the layers see the last `window` tokens only; others look at the best `looks` tokens, 0 for all.

    Where layers differ, `kinds` are the kinds of layers, each the shape of one, and `order` says of every layer
    which kind it is; the sizes beside them are then those of the attention, the MLP or the experts that there are.
    A layer without attention has no `heads`, one without an MLP no `intermediate`; `modules` are what else is in
    it. A layer without `own_kv` takes keys and values of an earlier one. `gate_dim` values for each head weigh what
    attention yields, with biases of their own where `gate_bias`; where `values_are_keys` one matrix makes both.
    `v_dim` is the size of a head's value where it is not `head_dim`.

    Every layer may add a vector of `per_layer_input`, from an embedding of `per_layer_vocab` entries of its own (Gemma
    3n). `outside` counts parameters outside the layers that nothing else here names.
    """

    hidden_size: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    intermediate: int
    vocab: int = 0
    gated: bool = False
    tied: bool = False
    experts: int = 0
    experts_per_token: int = 0
    shared_experts: int = 0
    dense_layers: int = 0
    dense_intermediate: int = 0
    norm: str = "rms"
    norms_per_layer: int = 2
    qkv_bias: bool = False
    out_bias: bool = False
    mlp_bias: bool = False
    head_bias: bool = False
    router_bias: bool = False
    qk_norm: bool = False
    sinks: bool = False
    positions: int = 0
    embedding_norm: bool = False
    pooler: bool = False
    patch_inputs: int = 0
    classes: int = 0
    q_rank: int = 0
    kv_rank: int = 0
    qk_nope_dim: int = 0
    qk_rope_dim: int = 0
    v_dim: int = 0
    kind: Kind = "decoder"
    embedding_dim: int = 0
    final_norm: bool = True
    qk_norm_whole: bool = False
    dense_spread: bool = False
    shared_intermediate: int = 0
    shared_gate: bool = False
    expert_width: int = 0
    window: int = 0
    windowed_layers: int = 0
    looks: int = 0
    gate_dim: int = 0
    gate_bias: bool = False
    values_are_keys: bool = False
    own_kv: bool = True
    modules: tuple[Module, ...] = ()
    per_layer_input: int = 0
    per_layer_vocab: int = 0
    outside: int = 0
    kinds: tuple[Shape, ...] = ()
    order: bytes = b""

    @property
    def routed_layers(self) -> int:
        """How many layers choose among experts."""
        if self.kinds:
            return sum(group.routed_layers for group in groups(self))
        return self.layers - self.dense_layers if self.experts else 0


class Linear(NamedTuple):
    """One kind of matrix inside the blocks: `outputs` by `inputs`, in `layers` layers, `experts` times in
    each.

    `per_token` of the experts work on one token. `cut` names the side that structured pruning shortens: the
    outputs of what opens a head or a channel, the inputs of what closes it. `outputs` and `inputs` are
    fractional only in a stand-in scaled to a bare number of parameters.
    """

    name: str
    part: Part
    outputs: float
    inputs: float
    layers: float
    experts: float = 1
    per_token: int = 1
    cut: Literal["outputs", "inputs"] = "outputs"


class Parts(NamedTuple):
    """How many parameters each part holds.

    `attention`, `mlp` and `experts` are the matrices in the blocks: together they are `prunable`. `head` is 0
    when it is tied to the embedding. `other` holds norms, biases, routers, poolers. `active_blocks` are the
    parameters of the block matrices that work on one token; `head_matrix` those of the product that yields
    the logits, tied or not.
    """

    attention: int
    mlp: int
    experts: int
    embedding: int
    head: int
    other: int
    active_blocks: int
    head_matrix: int

    @property
    def prunable(self) -> int:
        """Parameters of the linear layers inside the blocks."""
        return self.attention + self.mlp + self.experts

    @property
    def total(self) -> int:
        """Every parameter."""
        return self.prunable + self.embedding + self.head + self.other

    @property
    def active(self) -> int:
        """Every parameter but those of the experts that rest while one token passes."""
        return self.total - self.prunable + self.active_blocks


@lru_cache(maxsize=256)
def groups(shape: Shape) -> tuple[Shape, ...]:
    """The layers in groups of equal ones, each as a shape of so many layers: one group where all are alike."""
    if not shape.kinds:
        return (shape,)
    numbers = [shape.order.count(kind) for kind in range(len(shape.kinds))]
    return tuple(kind._replace(layers=n) for kind, n in zip(shape.kinds, numbers, strict=True) if n)


@lru_cache(maxsize=256)
def linears(shape: Shape) -> tuple[Linear, ...]:
    """The matrices inside the blocks, fused as engines run them: query, key and value in one, gate and up in
    one.
    """
    if not shape.kinds:
        return _linears(shape)
    found: dict[Linear, float] = {}
    for group in groups(shape):
        for each in _linears(group):
            alike = each._replace(layers=0)
            found[alike] = found.get(alike, 0) + each.layers
    return tuple(each._replace(layers=layers) for each, layers in found.items())


def _linears(shape: Shape) -> tuple[Linear, ...]:
    attention = _latent_attention(shape) if shape.kv_rank else _attention(shape) if shape.heads else ()
    dense, wide = _dense_mlp(shape)
    return (*attention, *_in_modules(shape), *_experts(shape), *_mlp("MLP", "mlp", shape, wide, dense))


def _dense_mlp(shape: Shape) -> tuple[int, int]:
    """How many layers have a plain MLP, and how wide it is."""
    return (shape.dense_layers, shape.dense_intermediate) if shape.experts else (shape.layers, shape.intermediate)


def _attention(shape: Shape) -> tuple[Linear, ...]:
    q, value = shape.heads * shape.head_dim, shape.v_dim or shape.head_dim
    kv = shape.kv_heads * (shape.head_dim + (0 if shape.values_are_keys else value)) if shape.own_kv else 0
    name = "query, key, value" if shape.own_kv else "query"
    return (
        Linear(name, "attention", q + kv, shape.hidden_size, shape.layers),
        *_gate(shape),
        Linear("attention out", "attention", shape.hidden_size, shape.heads * value, shape.layers, cut="inputs"),
    )


def _gate(shape: Shape) -> tuple[Linear, ...]:
    if not shape.gate_dim:
        return ()
    return (Linear("attention gate", "attention", shape.heads * shape.gate_dim, shape.hidden_size, shape.layers),)


def _in_modules(shape: Shape) -> Iterator[Linear]:
    for module in shape.modules:
        for each in module.matrices:
            yield Linear(
                each.name,
                each.part,
                each.outputs or shape.hidden_size,
                each.inputs or shape.hidden_size,
                shape.layers,
                each.experts,
                each.per_token,
                cut="outputs" if each.outputs else "inputs",
            )


def _latent_attention(shape: Shape) -> tuple[Linear, ...]:
    h, layers = shape.hidden_size, shape.layers
    qk = shape.heads * (shape.qk_nope_dim + shape.qk_rope_dim)
    kv = shape.heads * (shape.qk_nope_dim + shape.v_dim)
    query = (
        (
            Linear("query down", "attention", shape.q_rank, h, layers),
            Linear("query up", "attention", qk, shape.q_rank, layers),
        )
        if shape.q_rank
        else (Linear("query", "attention", qk, h, layers),)
    )
    return (
        *query,
        Linear("key-value down", "attention", shape.kv_rank + shape.qk_rope_dim, h, layers),
        Linear("key-value up", "attention", kv, shape.kv_rank, layers),
        *_gate(shape),
        Linear("attention out", "attention", h, shape.heads * shape.v_dim, layers, cut="inputs"),
    )


def _experts(shape: Shape) -> tuple[Linear, ...]:
    """The experts that a token chooses among, and those that work on every token."""
    routed = shape.routed_layers
    if not routed:
        return ()
    inside = shape._replace(hidden_size=shape.expert_width or shape.hidden_size)
    chosen = _mlp("expert", "experts", inside, shape.intermediate, routed, shape.experts, shape.experts_per_token)
    if not shape.shared_experts:
        return chosen
    shared = shape.shared_intermediate or shape.shared_experts * shape.intermediate
    return (*chosen, *_mlp("shared expert", "experts", shape, shared, routed))


def _mlp(
    name: str, part: Part, shape: Shape, wide: int, layers: int, experts: int = 1, per_token: int = 1
) -> tuple[Linear, ...]:
    """Up and down again; none where there are no layers, or no channels."""
    if not layers or not wide:
        return ()
    h, up = shape.hidden_size, 2 if shape.gated else 1
    return (
        Linear(f"{name} up", part, up * wide, h, layers, experts, per_token),
        Linear(f"{name} down", part, h, wide, layers, experts, per_token, cut="inputs"),
    )


def _other(shape: Shape) -> int:
    """Norms, biases, routers, attention sinks, poolers, patch projection and class head, one sum for one
    family each.
    """
    h, norm = shape.hidden_size, _norm(shape)
    total = shape.outside + sum(_in_layers(group) for group in groups(shape))
    if shape.kind != "encoder" and shape.final_norm:
        total += norm  # the last norm; BERT ends on the norm of its last layer
    if shape.embedding_norm:
        total += norm
    if shape.embedding_dim not in (0, h):
        total += 2 * shape.embedding_dim * h  # one matrix into the width of the blocks, one out of it
    if shape.head_bias:
        total += shape.vocab
    if shape.pooler:
        total += h * h + h
    if shape.patch_inputs:
        total += shape.patch_inputs * h + h
    if shape.classes:
        total += shape.classes * (h + 1)
    if shape.per_layer_input:
        total += shape.layers * shape.per_layer_input * h + shape.per_layer_input  # into all layers, and a norm
    return total


def _norm(shape: Shape) -> int:
    return {"layer": 2 * shape.hidden_size, "rms": shape.hidden_size, "none": 0}[shape.norm]


def _in_layers(shape: Shape) -> int:
    """What is in no matrix of the layers, or in a small one that is never pruned."""
    modules = sum(each.other + each.wide * shape.hidden_size for each in shape.modules)
    each_layer = shape.norms_per_layer * _norm(shape) + modules
    if shape.heads:
        each_layer += _in_attention(shape)
    return shape.layers * each_layer + _in_mlp(shape)


def _in_attention(shape: Shape) -> int:
    """Biases, norms of queries and keys, and sinks, in one layer."""
    q, k = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim * shape.own_kv
    total = 0
    if shape.qkv_bias:
        # Of the matrices of latent attention, only those that lead down carry a bias.
        value = 0 if shape.values_are_keys else shape.kv_heads * (shape.v_dim or shape.head_dim) * shape.own_kv
        total += shape.q_rank + shape.kv_rank + shape.qk_rope_dim if shape.kv_rank else q + k + value
        total += shape.heads * shape.gate_dim * shape.gate_bias
    if shape.out_bias:
        total += shape.hidden_size
    if shape.qk_norm:
        total += (1 + shape.own_kv) * shape.head_dim * (2 if shape.norm == "layer" else 1)
    if shape.qk_norm_whole:
        total += q + k
    if shape.sinks:
        total += shape.heads
    if shape.kv_rank:
        total += shape.q_rank + shape.kv_rank  # each low-rank projection has its own norm
    return total


def _in_mlp(shape: Shape) -> int:
    """Routers, gates and biases, in all layers."""
    h, routed, up = shape.hidden_size, shape.routed_layers, 2 if shape.gated else 1
    total = routed * (shape.experts * h + (shape.experts if shape.router_bias else 0))
    if shape.shared_gate and shape.shared_experts:
        total += routed * h
    if shape.mlp_bias:
        dense, wide = _dense_mlp(shape)
        total += routed * shape.experts * (up * shape.intermediate + h)
        total += dense * (up * wide + h) if wide else 0
    return total


@lru_cache(maxsize=256)
def count(shape: Shape) -> Parts:
    """How many parameters each part of `shape` holds, exactly.

    >>> count(preset("OPT-125M").shape).prunable
    84934656
    """
    held = {"attention": 0, "mlp": 0, "experts": 0}
    active = 0
    for linear in linears(shape):
        of_one_expert = int(linear.outputs) * int(linear.inputs) * int(linear.layers)
        held[linear.part] += of_one_expert * int(linear.experts)
        active += of_one_expert * linear.per_token
    vectors = shape.vocab * (shape.embedding_dim or shape.hidden_size)
    of_layers = shape.per_layer_vocab * shape.layers * shape.per_layer_input
    generates = shape.kind == "decoder"
    return Parts(
        attention=held["attention"],
        mlp=held["mlp"],
        experts=held["experts"],
        embedding=vectors + of_layers + shape.positions * shape.hidden_size,
        head=0 if shape.tied or not generates else vectors,
        other=_other(shape),
        active_blocks=active,
        head_matrix=vectors if generates else shape.classes * shape.hidden_size,
    )


def with_layers(shape: Shape, layers: int) -> Shape:
    """The same model with only `layers` of its layers: depth pruning.

    >>> llama = preset("Llama-3.1-8B").shape
    >>> round(1 - count(with_layers(llama, 16)).total / count(llama).total, 3)
    0.435
    """
    if not 0 < layers <= shape.layers:
        raise ValueError(f"a model of {shape.layers} layers can keep 1 to {shape.layers}, not {layers}")
    if shape.kinds:
        return shape._replace(layers=layers, order=shape.order[:layers])
    if shape.dense_spread:
        dense = layers - shape.routed_layers * layers // shape.layers
    else:
        dense = min(shape.dense_layers, layers)
    windowed = round(shape.windowed_layers * layers / shape.layers)
    return shape._replace(layers=layers, dense_layers=dense, windowed_layers=windowed)


def with_experts(shape: Shape, experts: int) -> Shape:
    """The same model with only `experts` routed experts in each layer: expert pruning. A token uses as many
    as before.
    """
    if not shape.experts_per_token <= experts <= shape.experts:
        raise ValueError(
            f"a model of {shape.experts} experts, {shape.experts_per_token} per token, can keep"
            f" {shape.experts_per_token} to {shape.experts}, not {experts}"
        )
    kinds = tuple(kind._replace(experts=experts) if kind.experts else kind for kind in shape.kinds)
    return shape._replace(experts=experts, kinds=kinds)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Model:
    """What is pruned: a name, how many parameters (`total`), and what is known of its shape.

    `prunable` is the share of the parameters in the linear layers of the blocks, `active_share` the share that
    works on one token. `macs_per_item` is set where arithmetic does not follow from parameters (a CNN reuses its
    weights over an image): multiply-adds per image. `source` names where the shape was read. `kv_bytes` and
    `state_bytes` are said by hand where no shape is known: what the KV cache keeps of each token, in 16 bits, and
    what is kept of each sequence. `model_type` is the family as a `config.json` names it, `config` the one it came
    from, on one line, where there was one.

    Compared by identity, so that results can be remembered cheaply: `preset` and `bare` return the same
    object for the same question.
    """

    name: str
    total: int
    prunable: float
    active_share: float = 1.0
    kind: Kind = "decoder"
    shape: Shape | None = None
    parts: Parts | None = None
    macs_per_item: int = 0
    hf_id: str = ""
    note: str = ""
    source: Source = AS_GIVEN
    model_type: str = ""
    config: str = ""
    kv_bytes: float | None = None
    state_bytes: float = 0.0

    def __repr__(self) -> str:
        return f"Model({self.name!r}, {self.total:,} parameters)"


_TEXT = ("kind", "norm")
_FLAGS = frozenset(name for name, default in Shape._field_defaults.items() if isinstance(default, bool))


def _model(row: dict[str, str]) -> Model:
    macs = 0
    shape: Shape | None = None
    kind = cast(Kind, row["kind"])
    if row["counted_blocks"]:
        # A CNN has no transformer shape: its parts were counted layer by layer and stand in the table.
        blocks = int(row["counted_blocks"])
        macs = int(row["macs_per_item"])
        head = int(row["counted_head"])
        parts = Parts(0, blocks, 0, int(row["counted_embedding"]), head, int(row["counted_other"]), blocks, head)
    else:
        names = [name for name in Shape._fields if name not in _TEXT]
        given = {name: row[name] for name in names if row.get(name)}
        numbers: dict[str, Any] = {
            name: bool(int(text)) if name in _FLAGS else int(text) for name, text in given.items()
        }
        shape = Shape(**numbers, norm=row["norm"], kind=kind)
        parts = count(shape)
    return Model(
        name=row["name"],
        total=parts.total,
        prunable=parts.prunable / parts.total,
        active_share=parts.active / parts.total,
        kind=kind,
        shape=shape,
        parts=parts,
        macs_per_item=macs,
        hf_id=row["hf_id"],
        note=row["note"],
        source=source_of(row),
        model_type=row["model_type"],
    )


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in rows("models.csv")}


@cache
def _preset(name: str) -> Model:
    """The model of one row, counted when it is first asked for: the page starts with one, not with all."""
    return _model(_rows()[name])


@cache
def presets() -> tuple[Model, ...]:
    """Every model of `models.csv`, in its order: families together, small before large."""
    return tuple(map(_preset, _rows()))


@cache
def _names() -> dict[str, str]:
    return {row["hf_id"].casefold(): name for name, row in _rows().items()} | {
        name.casefold(): name for name in _rows()
    }


def preset(name: str) -> Model | None:
    """The preset of that name or Hugging Face id, in any case; None when there is none.

    >>> preset("meta-llama/llama-2-7b-hf").name
    'Llama-2-7B'
    """
    known = _names().get(name.strip().casefold())
    return _preset(known) if known else None


@lru_cache(maxsize=64)
def bare(params: int) -> Model:
    """A model of which only the number of parameters is known: all of it counts as prunable and as active."""
    return Model(name="", total=params, prunable=1.0)


@lru_cache(maxsize=64)
def by_hand(params: int, active: int, kv_bytes: float | None, state_bytes: float) -> Model:
    """A model of which only these are known; see `Model`."""
    return Model(
        name="",
        total=params,
        prunable=1.0,
        active_share=active / params,
        kv_bytes=kv_bytes,
        state_bytes=state_bytes,
        source=Source("the numbers as given"),
    )
