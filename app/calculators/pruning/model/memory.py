"""What a device must hold beside the weights: KV cache and overhead; and whether all of it fits.

Bytes throughout. The cache holds a key and a value for every token, layer and KV head: it shrinks with layers and KV
heads, and with nothing else that pruning takes away.
"""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

from app.calculators.pruning.model.architecture import Model, Shape


class Overhead(NamedTuple):
    """Memory left for activations and the runtime: a share of the device (`of_device`) and a `fixed` amount."""

    of_device: float = 0.0
    fixed: float = 0.0

    def bytes(self, memory: float | None) -> float:
        """What that is on a device with `memory` bytes, or with none known."""
        return self.of_device * (memory or 0.0) + self.fixed


class Fit(NamedTuple):
    """What one option asks of a device. `memory` is what the device has, None where that is not known; `cache` is None
    where no architecture is known.
    """

    weights: float
    cache: float | None
    overhead: float
    memory: float | None

    @property
    def needed(self) -> float:
        """Everything together."""
        return self.weights + (self.cache or 0.0) + self.overhead

    @property
    def fits(self) -> bool:
        """Whether one device holds it."""
        return self.memory is not None and self.needed <= self.memory

    @property
    def devices(self) -> int | None:
        """How many devices hold weights and cache if they divide evenly, each with its own overhead; None if no number
        does.
        """
        if self.memory is None or self.memory <= self.overhead:
            return None
        return max(1, ceil((self.weights + (self.cache or 0.0)) / (self.memory - self.overhead)))


def cache_values(shape: Shape) -> int:
    """Values kept for one token in one layer: keys and values, or the latent of MLA (DeepSeek-V2, arXiv 2405.04434).

    >>> from app.calculators.pruning.model.architecture import preset
    >>> cache_values(preset("Llama-3.1-8B").shape)
    2048
    """
    return shape.kv_rank + shape.qk_rope_dim if shape.kv_rank else 2 * shape.kv_heads * shape.head_dim


def tokens_kept(shape: Shape, context: int) -> int:
    """Tokens kept, summed over the layers: a layer with a sliding window keeps no more than the window."""
    windowed = shape.windowed_layers
    return (shape.layers - windowed) * context + windowed * min(context, shape.window)


def cache_bytes(model: Model, batch: int, context: int, bits: int) -> float | None:
    """The KV cache of `batch` requests with `context` tokens each; 0 for a model that writes no tokens, None where no
    architecture is known.

    >>> from app.calculators.pruning.model.architecture import preset
    >>> cache_bytes(preset("Llama-2-7B"), 1, 4096, 16) / 2**30
    2.0
    """
    if model.kind != "decoder":
        return 0.0
    if model.shape is None:
        return None
    return batch * tokens_kept(model.shape, context) * cache_values(model.shape) * bits / 8
