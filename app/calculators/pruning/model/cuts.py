"""Structured pruning, true to the architecture: what stays of layers, heads, channels, width and experts.

A cut gives the exact new shape; `architecture.count` says what it holds. Heads go in whole KV groups, widths
are rounded up to a multiple that hardware likes.

>>> from app.calculators.pruning.model.architecture import count, preset
>>> llama = preset("Llama-3.1-8B").shape
>>> count(cut(llama, Keep(layers=Amount(number=16)))).total
4540469248
"""

from __future__ import annotations

import re
from math import ceil, floor
from typing import Any, NamedTuple

from app.calculators.pruning.model.architecture import Shape, with_experts, with_layers
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import count, share


class Amount(NamedTuple):
    """How many stay: a `number` of them, a `share` between 0 and 1, or all but those `removed`."""

    number: int = 0
    share: float = 0.0
    removed: int = 0

    def of(self, whole: int) -> float:
        """How many of `whole` that is, before rounding.

        >>> Amount(number=16).of(32), Amount(share=0.25).of(32), Amount(removed=4).of(32)
        (16, 8.0, 28)
        """
        return whole - self.removed if self.removed else self.number or self.share * whole


class Keep(NamedTuple):
    """What stays of each dimension, None for all of it, and the `multiple` that widths are rounded up to."""

    layers: Amount | None = None
    heads: Amount | None = None
    ffn: Amount | None = None
    hidden: Amount | None = None
    experts: Amount | None = None
    multiple: int = 8

    @property
    def all(self) -> bool:
        """Whether nothing is cut."""
        return all(amount is None for amount in self[:-1])

    @property
    def part(self) -> str:
        """What is cut where it is one thing alone that sources name: experts, or whole layers (depth).

        >>> Keep(experts=Amount(96)).part, Keep(layers=Amount(16)).part, Keep(layers=Amount(16), ffn=Amount(64)).part
        ('experts', 'depth', '')
        """
        cut = [name for name, amount in zip(self._fields, self[:-1], strict=False) if amount is not None]
        return {"experts": "experts", "layers": "depth"}.get(cut[0], "") if len(cut) == 1 else ""


_REMOVED = frozenset(("remove", "removed", "drop", "dropped", "cut", "prune", "pruned"))
_KEPT = frozenset(("keep", "kept"))
_WAYS = "what is kept, such as 16 or 50%, what is removed, such as -16 or -50%, or all"


def keep(text: str, what: str) -> Amount | None:
    """Read how many of `what` stay: a whole number, or a share with a percent sign or below 1, of those kept or, with a
    minus sign or a word such as "removed", of those that go; or all.

    >>> keep("16", "layers"), keep("50%", "layers"), keep("all", "layers")
    (Amount(number=16, share=0.0, removed=0), Amount(number=0, share=0.5, removed=0), None)
    >>> keep("-16", "layers"), keep("drop 25%", "layers"), keep("16 layers removed", "layers")[2]
    (Amount(number=0, share=0.0, removed=16), Amount(number=0, share=0.75, removed=0), 16)
    """
    if text.strip().casefold() in ("", "all", "auto"):
        return None
    words = text.split()
    said = {word.casefold() for word in words} & (_REMOVED | _KEPT)
    amount = " ".join(word for word in words if word.casefold() not in (*said, what, what[:-1]))
    minus = re.match(r"[-−–]\s*", amount) if not said else None
    goes = bool(minus) or bool(said & _REMOVED)
    if len(said) > 1:
        raise Invalid(f"“{shorten(text)}” says two things of the {what}: write {_WAYS}.")
    try:
        found = _amount(amount[minus.end() :] if minus else amount, what)
    except Invalid as invalid:
        raise Invalid(f"{invalid} Write {_WAYS}.") from None
    if goes:
        found = Amount(removed=found.number) if found.number else Amount(share=round(1 - found.share, 12))
    if not any(found):
        raise Invalid(f"No {what} would be left: write {_WAYS}.")
    return None if found.share == 1 else found


def _amount(text: str, what: str) -> Amount:
    """A whole number of `what`, or a share of them."""
    if text.casefold() == "all":
        return Amount(share=1)
    if text.endswith("%"):
        return Amount(share=share(text))
    number = count(text, maximum=1e9, example="16")
    if number < 1:
        return Amount(share=number)
    if number != round(number):
        raise Invalid(f"“{shorten(text)}” is not a whole number of {what}.")
    return Amount(number=int(number))


def cut(shape: Shape, kept: Keep) -> Shape:
    """`shape` with only what is kept. Raises `Invalid`, naming the field, where the model has no such thing."""
    if kept.layers:
        shape = with_layers(shape, _whole("layers", "layers", kept.layers, shape.layers))
    if kept.experts:
        if not shape.experts:
            beside = any(each.experts > 1 for module in shape.modules for each in module.matrices)
            words = (
                "This model's experts stand beside an MLP, and are not cut here"
                if beside
                else "This model has no experts"
            )
            raise Invalid(f"{words}: write all.", "experts")
        number = _whole("experts", "experts", kept.experts, shape.experts)
        if number < shape.experts_per_token:
            raise Invalid(
                f"A token needs {shape.experts_per_token} of the {shape.experts} experts: keep at least that many.",
                "experts",
            )
        shape = with_experts(shape, number)
    if kept.heads:
        shape = _with_heads(shape, kept.heads)
    if kept.ffn:
        shape = _with_channels(shape, kept.ffn, kept.multiple)
    if kept.hidden:
        width = _width("hidden", "features", kept.hidden, shape.hidden_size, kept.multiple)
        kinds = tuple(kind._replace(hidden_size=width) for kind in shape.kinds)
        shape = shape._replace(hidden_size=width, kinds=kinds)
    return shape


def _with_heads(shape: Shape, amount: Amount) -> Shape:
    """Whole KV groups go, each with its query heads: what is left still maps onto the cache. Layers with other heads
    keep the same share of theirs.
    """
    if not shape.heads:
        raise Invalid("This model has no attention heads: write all.", "heads")
    group = max(1, shape.heads // max(shape.kv_heads, 1))
    wanted = _whole("heads", "heads", amount, shape.heads)
    heads = group * ceil(wanted / group)
    same = Amount(share=heads / shape.heads)
    kinds = tuple(_with_heads(kind, same) if kind.heads else kind for kind in shape.kinds)
    return shape._replace(heads=heads, kv_heads=heads // group, kinds=kinds)


def _with_channels(shape: Shape, amount: Amount, multiple: int) -> Shape:
    """Channels of the MLP, or of each expert; MLPs of another width in the same model keep the same share."""
    if not shape.intermediate:
        raise Invalid("This model has no MLP: write all.", "ffn")
    width = _width("ffn", "channels", amount, shape.intermediate, multiple)
    same = Amount(share=width / shape.intermediate)
    others: dict[str, Any] = {
        name: _width("ffn", "channels", same, getattr(shape, name), multiple)
        for name in ("dense_intermediate", "shared_intermediate")
        if getattr(shape, name)
    }
    kinds = tuple(_with_channels(kind, same, multiple) if kind.intermediate else kind for kind in shape.kinds)
    return shape._replace(intermediate=width, kinds=kinds, **others)


def _whole(field: str, what: str, amount: Amount, whole: int) -> int:
    """How many of `whole` stay: a share is rounded to the nearest, and at least one stays."""
    _not_more(field, what, amount, whole)
    return max(1, floor(amount.of(whole) + 0.5))


def _width(field: str, what: str, amount: Amount, whole: int, multiple: int) -> int:
    """A width rounded up to the multiple, and never beyond what there was."""
    _not_more(field, what, amount, whole)
    # A hair less, because 0.3 × 10 is a hair more than 3.
    return min(whole, multiple * max(1, ceil(amount.of(whole) / multiple - 1e-9)))


def _not_more(field: str, what: str, amount: Amount, whole: int) -> None:
    if amount.number > whole:
        raise Invalid(f"The model has {whole:,} {what}: {amount.number:,} cannot stay. Write at most {whole:,}.", field)
    if amount.removed >= whole:
        most = f"Remove at most {whole - 1:,}, or write" if whole > 1 else "Write"
        raise Invalid(f"The model has {whole:,} {what}: removing {amount.removed:,} leaves none. {most} all.", field)
