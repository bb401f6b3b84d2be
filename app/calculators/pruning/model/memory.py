"""What a device must hold beside the weights: KV cache and overhead; and whether all of it fits.

Bytes throughout. The cache holds a key and a value for every token, layer and KV head: it shrinks with layers and KV
heads, and with nothing else that pruning takes away. Recurrent layers keep a state of one size for each sequence.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from app.calculators.pruning.model.architecture import Model, Shape, groups


class Overhead(NamedTuple):
    """Memory left for activations and the runtime: a share of the device (`of_device`) and a `fixed` amount."""

    of_device: float = 0.0
    fixed: float = 0.0

    def bytes(self, memory: float | None) -> float:
        """What that is on a device with `memory` bytes, or with none known."""
        return self.of_device * (memory or 0.0) + self.fixed


class Fit(NamedTuple):
    """What one option asks of `number` devices: all weights and all of the cache, None where no architecture is known;
    the overhead and the memory of each, None where that is not known. `share` is what the fullest one holds of weights
    and cache, None for all of it.
    """

    weights: float
    cache: float | None
    overhead: float
    memory: float | None
    number: int = 1
    share: float | None = None

    @property
    def each(self) -> float:
        """What the fullest device holds, its overhead included."""
        return (self.weights + (self.cache or 0.0) if self.share is None else self.share) + self.overhead

    @property
    def needed(self) -> float:
        """Everything together, on all devices: what several of them hold alike counts for each."""
        # No less than its parts: a seventh, seven times, may round to less than one.
        return max(self._parts, self.each * self.number)

    @property
    def _parts(self) -> float:
        return self.weights + (self.cache or 0.0) + self.overhead * self.number

    @property
    def alike(self) -> float:
        """What is held more than once, or left empty, because it cannot be shared out evenly."""
        return self.needed - self._parts

    @property
    def fits(self) -> bool:
        """Whether the devices hold it."""
        return self.memory is not None and self.each <= self.memory

    @property
    def devices(self) -> int | None:
        """How many devices hold weights and cache if they divide evenly, each with its own overhead; None if no number
        does.
        """
        if self.memory is None or self.memory <= self.overhead:
            return None
        return max(1, ceil((self.weights + (self.cache or 0.0)) / (self.memory - self.overhead)))


STATE_BITS = 16
"""Bits of a value of a recurrent state, whatever the type of the KV cache: vLLM keeps it in the model's own type unless
told otherwise.
"""


def cache_values(shape: Shape) -> int:
    """Values kept for one token in one layer: keys and values, or the latent of MLA (DeepSeek-V2, arXiv 2405.04434).

    >>> from app.calculators.pruning.model.architecture import preset
    >>> cache_values(preset("Llama-3.1-8B").shape)
    2048
    """
    if shape.kv_rank:
        return shape.kv_rank + shape.qk_rope_dim
    return shape.kv_heads * (shape.head_dim + (shape.v_dim or shape.head_dim))


def kept_values(shape: Shape, context: int) -> int:
    """Values in the KV cache of one sequence of `context` tokens: a layer with a sliding window keeps no more than the
    window, and one that takes keys and values of another keeps none.
    """
    return sum(
        (cache_values(group) * tokens_kept(group, context) if group.own_kv else 0)
        + group.layers * sum(module.cache * least(context, module.window) for module in group.modules)
        for group in groups(shape)
    )


def read_values(shape: Shape, context: int) -> int:
    """Values of the KV cache that are read for one token that sees `context` tokens."""
    return sum(
        cache_values(group) * tokens_seen(group, context)
        + group.layers * sum(module.cache * least(context, module.window, module.looks) for module in group.modules)
        for group in groups(shape)
    )


def least(tokens: int, *bounds: int) -> int:
    """`tokens`, or the smallest of the bounds where that is less; a bound of 0 is none."""
    return min(tokens, *(bound for bound in bounds if bound)) if any(bounds) else tokens


def state_values(shape: Shape) -> int:
    """Values that recurrent layers keep of one sequence, however long it is."""
    return sum(group.layers * sum(module.state for module in group.modules) for group in groups(shape))


def tokens_kept(shape: Shape, context: int) -> int:
    """Tokens kept, summed over equal layers: a layer with a sliding window keeps no more than the window."""
    windowed = shape.windowed_layers
    return (shape.layers - windowed) * context + windowed * min(context, shape.window)


def tokens_seen(shape: Shape, context: int) -> int:
    """Tokens that one token looks at, summed over equal layers: of what is kept, sparse attention takes the best."""
    windowed = shape.windowed_layers
    return (shape.layers - windowed) * least(context, shape.looks) + windowed * min(context, shape.window)


def cache_bytes(model: Model, batch: int, context: int, bits: int) -> float | None:
    """The KV cache of `batch` requests with `context` tokens each, and their states; 0 for a model that writes
    no tokens, None where no architecture is known.

    >>> from app.calculators.pruning.model.architecture import preset
    >>> cache_bytes(preset("Llama-2-7B"), 1, 4096, 16) / 2**30
    2.0
    """
    if model.kind != "decoder":
        return 0.0
    if model.shape is None:
        if model.kv_bytes is None:
            return None
        return batch * (context * model.kv_bytes * bits / 16 + model.state_bytes)
    return batch * sequence_bytes(model.shape, context, bits)


def sequence_bytes(shape: Shape, context: int, bits: int) -> float:
    """What is kept of one sequence of `context` tokens: its KV cache, and the state of recurrent layers."""
    return (kept_values(shape, context) * bits + state_values(shape) * STATE_BITS) / 8
