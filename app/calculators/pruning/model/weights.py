"""Which weights of a model have a type and which stay in 16 bits: by what is quantized, or by tensor for GGUF."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.model.storage import WIDE, WeightType

Quantized: TypeAlias = Literal["auto", "blocks", "experts", "head", "all"]
"""What is quantized: the matrices in the blocks, of them those of experts alone, the head as well, the embedding too;
or what is usual for the type.
"""

_ITS_EXPERTS = ("gpt_oss",)
"""Families whose checkpoints in MXFP4 have their experts in it and nothing else (github.com/openai/gpt-oss, README)."""


def usual(kind: WeightType, model: Model) -> Quantized:
    """What is quantized unless somebody says otherwise: the experts of gpt-oss in MXFP4; all linear layers, the head
    among them, by torchao; elsewhere the matrices in the blocks.
    """
    if kind.key == "mxfp4" and model.model_type in _ITS_EXPERTS:
        return "experts"
    return "head" if kind.scope == "all linears" else "blocks"


@lru_cache(maxsize=512)
def of_model(kind: WeightType, model: Model, what: Quantized = "auto") -> WeightType:
    """The type with what it comes to in a model: the share of the block matrices that has it, and the mean bits of
    everything else; for GGUF, the mean bits of both. Without a known architecture it is the type as it stands.
    """
    parts = model.parts
    if kind.scope == "whole model":
        from app.calculators.pruning.model import gguf  # read by those who ask for its types, and by nobody else

        found = gguf.bits(kind.key, model.shape) if model.shape else None
        return kind._replace(bits=found.linear, rest_bits=found.rest, known=True) if found else kind
    if parts is None or kind.scope == "all weights":
        return kind
    what = usual(kind, model) if what == "auto" else what
    if what == "experts" and parts.experts:
        return kind._replace(share=parts.experts / parts.prunable)
    rest, named = parts.total - parts.prunable, 0
    if what in ("head", "all"):
        named = parts.head + (parts.embedding if what == "all" else 0)
    if not named:
        return kind
    return kind._replace(rest_bits=(named * kind.bits + (rest - named) * WIDE) / rest)
