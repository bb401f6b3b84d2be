"""How several devices share a model: each layer among some of them (tensor parallelism), the layers among groups of
those (pipeline parallelism).

Of a layer that is shared out, every device holds whole heads and whole channels: its share of each matrix, rounded up.
Norms are on all of them, and so are KV heads where there are fewer of them than devices, and the latent of MLA.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil
from typing import NamedTuple

from app.calculators.pruning.model.architecture import Model, Module, Shape, count, groups
from app.calculators.pruning.model.memory import cache_bytes, sequence_bytes


class Split(NamedTuple):
    """Each layer is shared among `tensor` devices; the layers follow each other through `stages` groups of those."""

    tensor: int = 1
    stages: int = 1

    @property
    def devices(self) -> int:
        """All devices that hold a share."""
        return self.tensor * self.stages


def split(devices: int, node: int) -> Split:
    """`devices` of which up to `node` stand together: tensor parallel among those, and a stage for every node.

    >>> split(4, 8), split(16, 8), split(3, 1)
    (Split(tensor=4, stages=1), Split(tensor=8, stages=2), Split(tensor=1, stages=3))
    """
    stages = ceil(devices / node)
    return Split(devices // stages, stages)


@lru_cache(maxsize=256)
def share_of(shape: Shape, tensor: int) -> Shape:
    """What the one of `tensor` devices holds that holds most.

    >>> from app.calculators.pruning.model.architecture import preset
    >>> one = share_of(preset("Llama-3.1-70B").shape, 16)
    >>> one.heads, one.kv_heads, one.intermediate, one.hidden_size
    (4, 1, 1792, 8192)
    """
    if tensor == 1:
        return shape

    def part(whole: int) -> int:
        return ceil(whole / tensor)

    shared = shape.shared_intermediate or shape.shared_experts * shape.intermediate
    return shape._replace(
        heads=part(shape.heads),
        kv_heads=part(shape.kv_heads),
        intermediate=part(shape.intermediate),
        dense_intermediate=part(shape.dense_intermediate),
        shared_intermediate=part(shared),
        vocab=part(shape.vocab),
        per_layer_vocab=part(shape.per_layer_vocab),
        modules=tuple(_share_of_module(each, tensor) for each in shape.modules),
        kinds=tuple(share_of(each, tensor) for each in shape.kinds),
    )


def _share_of_module(module: Module, tensor: int) -> Module:
    """A share of its heads or channels. What it keeps of every token is for all heads, and kept by every device."""
    return module._replace(
        matrices=tuple(
            each._replace(outputs=ceil(each.outputs / tensor))
            if each.outputs
            else each._replace(inputs=ceil(each.inputs / tensor))
            for each in module.matrices
        ),
        state=ceil(module.state / tensor),
    )


class Shares(NamedTuple):
    """What the fullest device holds of the block matrices and of the other weights, as shares of all of them."""

    blocks: float
    rest: float


@lru_cache(maxsize=64)
def shares(model: Model, among: Split) -> Shares:
    """The shares of the weights; equal ones where no architecture is known."""
    if model.shape is None or model.parts is None:
        return Shares(1 / among.devices, 1 / among.devices)
    whole, one = model.parts, count(share_of(model.shape, among.tensor))
    rest = whole.total - whole.prunable
    return Shares(
        one.prunable / whole.prunable / among.stages if whole.prunable else 0.0,
        (one.total - one.prunable) / rest / among.stages if rest else 0.0,
    )


def cache_of_one(model: Model, among: Split, batch: int, context: int, bits: int) -> float | None:
    """The KV cache on the fullest device: an equal share where no architecture says more, None where no cache is
    known.
    """
    if model.shape is None:
        whole = cache_bytes(model, batch, context, bits)
        return None if whole is None else whole / among.devices
    if model.kind != "decoder":
        return 0.0
    return batch * sequence_bytes(share_of(model.shape, among.tensor), context, bits) / among.stages


@lru_cache(maxsize=256)
def all_reduces(shape: Shape) -> int:
    """How often the devices of a layer add up what they have in one pass: after every attention or mixer, and after
    every MLP (Megatron-LM, arXiv 1909.08053, section 3).

    >>> from app.calculators.pruning.model.architecture import preset
    >>> all_reduces(preset("Llama-3.1-8B").shape)
    64
    """
    return sum(
        group.layers * (bool(group.heads or group.modules) + bool(group.intermediate or group.dense_intermediate))
        for group in groups(shape)
    )
