"""How much arithmetic a token and a request take. A multiply-add is two operations.

`work` counts the dense model; `Work.thinned` takes away what an ideal or a real kernel skips.
"""

from __future__ import annotations

from typing import NamedTuple

from app.calculators.pruning.model.architecture import Model, Shape
from app.calculators.pruning.model.memory import tokens_kept


class Flops(NamedTuple):
    """Operations, by where they happen.

    `blocks`: matrix products inside the blocks, 2 per active parameter and token. `head`: the product that yields the
    logits. `attention`: scores and weighted sum, 4 * layers * heads * head_dim for every token that is looked at.
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


class Work(NamedTuple):
    """The operations of one `token` at the end of the context (one image for a CNN), and of one request: reading the
    prompt (`prefill`) and writing the output (`decode`).
    """

    token: Flops
    prefill: Flops
    decode: Flops

    def thinned(self, blocks: float, attention: float = 0.0) -> Work:
        """The same with a share of the blocks' and of the attention's operations gone."""
        return Work(*(part.thinned(blocks, attention) for part in self))


def per_token(model: Model, context: int) -> Flops:
    """Operations of the dense model for one token that sees `context` tokens; 2 * parameters when only they
    are known.

    >>> from app.calculators.pruning.model.architecture import bare
    >>> per_token(bare(7_000_000_000), 2048).total
    14000000000.0
    """
    parts, shape = model.parts, model.shape
    if model.macs_per_item:
        return Flops(2.0 * model.macs_per_item)
    if parts is None or shape is None:
        return Flops(2.0 * model.total)
    return Flops(
        2.0 * parts.active_blocks,
        2.0 * parts.head_matrix,
        float(_per_look(shape) * tokens_kept(shape, context)),
    )


def work(model: Model, context: int, prompt: int, output: int) -> Work:
    """The operations of a token at `context`, and of a request with `prompt` and `output` tokens.

    The logits are made once for the prompt and once for each further token; the first token of the output comes from
    the prompt's own pass. Attention is causal: token number i looks at i tokens.

    >>> from app.calculators.pruning.model.architecture import bare
    >>> request = work(bare(1_000), 2, 10, 3)
    >>> request.prefill.total, request.decode.total
    (20000.0, 4000.0)
    """
    token = per_token(model, context)
    if model.kind != "decoder":
        # One pass over the whole input, each token seeing all the others; a CNN's input is one image.
        tokens = 1 if model.macs_per_item else prompt
        seen = per_token(model, prompt)
        whole = Flops(tokens * seen.blocks, seen.head, tokens * seen.attention)
        return Work(token, whole, Flops(0.0))
    later = output - 1
    look = _per_look(model.shape) if model.shape else 0
    seen_first = _looked_at(model.shape, prompt) if model.shape else 0
    seen_all = _looked_at(model.shape, prompt + later) if model.shape else 0
    return Work(
        token,
        Flops(prompt * token.blocks, token.head, float(look * seen_first)),
        Flops(later * token.blocks, later * token.head, float(look * (seen_all - seen_first))),
    )


def _per_look(shape: Shape) -> int:
    """Operations in one layer for one token that looks at one other."""
    # Scores use the query-key dimension, the weighted sum the value dimension: equal but in latent attention.
    dims = shape.qk_nope_dim + shape.qk_rope_dim + shape.v_dim if shape.kv_rank else 2 * shape.head_dim
    return 2 * shape.heads * dims


def _looked_at(shape: Shape, tokens: int) -> int:
    """How many tokens the first `tokens` look at, themselves included, summed over the layers."""
    full = tokens * (tokens + 1) // 2
    inside = min(tokens, shape.window)
    windowed = inside * (inside + 1) // 2 + (tokens - inside) * shape.window
    return (shape.layers - shape.windowed_layers) * full + shape.windowed_layers * windowed
