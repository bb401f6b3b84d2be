"""How much arithmetic a token and a request take. A multiply-add is two operations.

`work` counts the dense model; `Work.thinned` takes away what an ideal or a real kernel skips.
"""

from __future__ import annotations

from typing import NamedTuple

from app.calculators.pruning.model.architecture import Model, Shape, groups
from app.calculators.pruning.model.memory import least, state_values, tokens_seen


class Flops(NamedTuple):
    """Operations, by where they happen.

    `blocks`: matrix products inside the blocks, 2 per active parameter and token. `head`: the product that yields the
    logits. `attention`: scores and weighted sum, 4 * layers * heads * head_dim for every token that is looked at, and
    what a recurrent state takes.
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
        return Flops(2.0 * model.total * model.active_share)
    return Flops(2.0 * parts.active_blocks, 2.0 * parts.head_matrix, float(mixing_of_token(shape, context)))


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
    mixed = mixing_of_prompt(model.shape, prompt) if model.shape else 0
    mixed_later = mixing_of_prompt(model.shape, prompt + later) if model.shape else 0
    return Work(
        token,
        Flops(prompt * token.blocks, token.head, float(mixed)),
        Flops(later * token.blocks, later * token.head, float(mixed_later - mixed)),
    )


def _per_look(shape: Shape) -> int:
    """Operations of the attention of one layer for one token that looks at one other."""
    # Scores use the query-key dimension, the weighted sum the value dimension: equal but in latent attention.
    key = shape.qk_nope_dim + shape.qk_rope_dim if shape.kv_rank else shape.head_dim
    dims = key + (shape.v_dim or shape.head_dim)
    return 2 * shape.heads * dims


_PER_STATE = 4
"""Operations for one value of a recurrent state and one token: a multiply-add to renew it and one to read it."""


def mixing_of_token(shape: Shape, context: int) -> int:
    """Operations that bring one token together with the `context` tokens that it sees, over all layers."""
    return _PER_STATE * state_values(shape) + sum(
        _per_look(group) * tokens_seen(group, context)
        + group.layers * sum(each.look * least(context, each.window, each.looks) for each in group.modules)
        for group in groups(shape)
    )


def mixing_of_prompt(shape: Shape, tokens: int) -> int:
    """The same for each of the first `tokens`: causal where tokens are written, all seeing all where they are not."""
    if shape.kind != "decoder":
        return tokens * mixing_of_token(shape, tokens)
    return tokens * _PER_STATE * state_values(shape) + sum(
        _per_look(group) * _looked_at(group, tokens)
        + group.layers * sum(each.look * _triangle(tokens, each.window, each.looks) for each in group.modules)
        for group in groups(shape)
    )


def _looked_at(shape: Shape, tokens: int) -> int:
    """How many tokens the first `tokens` look at, themselves included, summed over equal layers."""
    windowed = shape.windowed_layers
    return (shape.layers - windowed) * _triangle(tokens, shape.looks) + (
        windowed * _triangle(tokens, shape.window) if windowed else 0
    )


def _triangle(tokens: int, *bounds: int) -> int:
    """1 + 2 + ... up to the number of tokens, each at most the least of the bounds; a bound of 0 is none."""
    inside = least(tokens, *bounds)
    return inside * (inside + 1) // 2 + (tokens - inside) * inside
