"""How much arithmetic one token takes. A multiply-add is two operations.

`per_token` counts the dense model; `Flops.thinned` takes away what an ideal or a real kernel skips.
"""

from __future__ import annotations

from typing import NamedTuple

from app.pruning.architecture import Model


class Flops(NamedTuple):
    """Operations for one token (one image where the model is a CNN), by where they happen.

    `blocks`: matrix products inside the blocks, 2 per active parameter. `head`: the product that yields the
    logits. `attention`: scores and weighted sum over `context` tokens, 4 * layers * heads * head_dim *
    context.
    """

    blocks: float
    head: float = 0.0
    attention: float = 0.0

    @property
    def total(self) -> float:
        """All operations."""
        return self.blocks + self.head + self.attention

    def thinned(self, blocks: float, attention: float = 0.0) -> Flops:
        """The same with a share of the blocks' and of the attention's operations gone."""
        return Flops(self.blocks * (1 - blocks), self.head, self.attention * (1 - attention))


def per_token(model: Model, context: int) -> Flops:
    """Operations of the dense model for one token that sees `context` tokens; 2 * parameters when only they
    are known.

    >>> from app.pruning.architecture import bare
    >>> per_token(bare(7_000_000_000), 2048).total
    14000000000.0
    """
    parts, shape = model.parts, model.shape
    if model.macs_per_item:
        return Flops(2.0 * model.macs_per_item)
    if parts is None or shape is None:
        return Flops(2.0 * model.total)
    # Scores use the query-key dimension, the weighted sum the value dimension: equal but in latent attention.
    dims = 2 * shape.head_dim
    if shape.kv_rank:
        dims = shape.qk_nope_dim + shape.qk_rope_dim + shape.v_dim
    return Flops(
        2.0 * parts.active_blocks,
        2.0 * parts.head_matrix,
        2.0 * shape.layers * shape.heads * dims * context,
    )
