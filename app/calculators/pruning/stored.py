"""Bytes of the whole model: what one storage format, or a narrower type, makes of what is pruned and of the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, lru_cache, partial
from math import fsum
from operator import add
from typing import Literal, NamedTuple

from app.calculators.pruning.data.tables import Source
from app.calculators.pruning.model.architecture import Model, linears
from app.calculators.pruning.model.storage import NM, WIDE, Format, WeightType, by_key, formats, to_bytes, types
from app.calculators.pruning.question import Groups, Question
from app.vocabulary.quantity import show_exact, show_number


class Bytes(NamedTuple):
    """Bytes of the weights: those of the pruned, of the other linear and of the remaining parameters. `format` is the
    key of a format that holds the first of them, or of a type.
    """

    pruned: float
    linear: float
    rest: float
    format: str

    @property
    def total(self) -> float:
        """All weights."""
        return self.pruned + self.linear + self.rest


class FormatBytes(NamedTuple):
    """What one storage format makes of the whole model at the chosen structure and sparsity.

    `bits_per_weight` counts original weights of the pruned part (of the whole model for GGUF). `group` is
    `pruned` for a way to store the zeros or the smaller matrix, `quantized` for a type without pruning.
    `written`: released software writes it for this type. `break_even` is the sparsity above which it beats
    dense.
    """

    key: str
    label: str
    group: Literal["pruned", "quantized"]
    bits_per_weight: float
    bytes: Bytes
    break_even: float | None
    written: bool
    where: str
    note: str
    source: Source
    formula: Callable[[], str]

    @property
    def total_bytes(self) -> float:
        """Bytes of the whole model."""
        return self.bytes.total


def held(
    groups: Groups, kind: WeightType, stored_as: str = "dense", bits: float | None = None, kept: float = 1.0
) -> Bytes:
    """Bytes of the groups in a type: the pruned one at `bits` per original weight, or shrunk to the share
    `kept`.
    """
    own = kind.mean(add)
    return Bytes(
        to_bytes(groups.pruned * kept, own if bits is None else bits),
        to_bytes(groups.linear, own),
        to_bytes(groups.rest, kind.rest_bits),
        stored_as,
    )


def whole(model: Model, kind: WeightType, stored_as: str = "dense") -> Bytes:
    """Every weight of `model` in a type: block matrices, and the rest that is not quantized."""
    return held(Groups(model.total * model.prunable, 0.0, model.total * (1 - model.prunable)), kind, stored_as)


@lru_cache(maxsize=64)
def _rows_per_weight(model: Model) -> float:
    """Rows of the block matrices per weight in them; 0 where no shape is known."""
    if model.shape is None or model.parts is None or not model.parts.prunable:
        return 0.0
    return fsum(each.outputs * each.layers * each.experts for each in linears(model.shape)) / model.parts.prunable


@cache
def _fitting(nm: NM | None, values: int) -> tuple[Format, ...]:
    """The formats for values of that many bits, and for the pattern `nm` where they want one; dense for any."""
    return tuple(
        entry
        for entry in formats()
        if entry.key == "dense"
        or (values in entry.fits and (":" not in entry.pattern or (nm is not None and nm.within(entry.pattern))))
    )


def _formats(nm: NM | None, kind: WeightType) -> tuple[Format, ...]:
    """Those for a type: none but dense has GGUF's blocks."""
    return _fitting(nm, 0 if kind.base == "gguf" else kind.values)


def packed(question: Question, sparsity: float, nm: NM | None = None, dtype: str = "") -> Bytes:
    """The model in the smallest format that released software writes, the first of equals; dense when none is
    smaller.
    """
    kind, rows = question.weights(dtype), _rows_per_weight(question.model)
    bits, _, key = min(
        (kind.mean(partial(entry.bits, sparsity, scattered=True, rows=rows)), place, entry.key)
        for place, entry in enumerate(_formats(nm, kind))
        if entry.key == "dense" or kind.values in entry.written
    )
    return held(question.groups, kind, key, bits)


# --- every format, side by side ---


def stored(question: Question, dtype: str = "") -> tuple[FormatBytes, ...]:
    """The whole model in every format that can hold the chosen structure, in the chosen type or in `dtype`."""
    kind = question.weights(dtype)
    if question.structure == "structured":
        return (_smaller(question, kind),)
    sparsity, nm = _zeros(question)
    found = tuple(_sparse(question, kind, sparsity, nm))
    indexed = nm is not None and nm != NM(2, 4) and kind.base != "gguf"
    return (*found, _indexed(question, kind, nm)) if indexed and nm else found


def _zeros(question: Question) -> tuple[float, NM | None]:
    """The sparsity of what was chosen, and its N:M pattern where it has one."""
    if question.structure == "2:4":
        return 0.5, NM(2, 4)
    if question.structure == "n:m":
        return question.pattern.sparsity, question.pattern
    return 0.0 if question.structure == "dense" else question.sparsity, None


def _smaller(question: Question, kind: WeightType) -> FormatBytes:
    """A smaller matrix is dense: of the exact shape after a cut, or of the share that is kept."""
    groups, after, kept = question.groups, question.cut(), 1 - question.sparsity
    dense = by_key()["dense"]
    bits = kind.mean(add)
    left = whole(after, question.weights(kind.key, after)) if after else held(groups, kind, "dense", bits, kept)
    formula = partial(_smaller_formula, bits, left.pruned, groups.pruned, kept, after is not None)
    return _in_format(dense, kind, groups, left, bits, formula)


def _smaller_formula(bits: float, held: float, weights: float, kept: float, exact: bool) -> str:
    """Bits per original weight of a smaller dense matrix: of the exact shape after a cut, or of the share kept."""
    if exact:
        return f"8 × {show_exact(held)} / {show_exact(weights)}"
    return f"{show_number(bits, 6)} × {show_number(kept, 6)}"


def _sparse(question: Question, kind: WeightType, sparsity: float, nm: NM | None) -> Iterator[FormatBytes]:
    """The formats that hold the zeros; one of blocks twice, with the zeros scattered and in whole blocks."""
    groups, rows = question.groups, _rows_per_weight(question.model)
    for entry in _formats(nm, kind):
        for scattered in (True, False) if entry.block > 1 else (True,):
            bits = kind.mean(partial(entry.bits, sparsity, scattered=scattered, rows=rows))
            formula = partial(_mean_formula, kind, partial(entry.formula, sparsity, scattered=scattered))
            found = _in_format(entry, kind, groups, held(groups, kind, entry.key, bits), bits, formula)
            if entry.block == 1:
                yield found
            elif scattered:
                yield found._replace(label=f"{entry.label}, unstructured zeros", break_even=None)
            else:
                yield found._replace(key=f"{entry.key}-whole", label=f"{entry.label}, zeros in whole blocks")


def _mean_formula(kind: WeightType, formula: Callable[[int, float], str]) -> str:
    """What `WeightType.mean` computes, with the numbers in place."""
    own = formula(kind.values, kind.scales)
    if kind.share == 1.0:
        return own
    return f"{show_number(kind.share, 6)} × ({own}) + {show_number(1 - kind.share, 6)} × ({formula(WIDE, 0.0)})"


def _in_format(
    entry: Format, kind: WeightType, groups: Groups, whole: Bytes, bits: float, formula: Callable[[], str]
) -> FormatBytes:
    return FormatBytes(
        entry.key,
        entry.label,
        "pruned",
        8 * whole.pruned / groups.pruned if groups.pruned else bits,
        whole,
        entry.break_even(kind.values),
        entry.key == "dense" or kind.values in entry.written,
        entry.where,
        entry.note,
        entry.source,
        formula,
    )


_BY_DEFINITION = Source("definition of the format", "https://docs.pytorch.org/docs/stable/sparse.html", "arithmetic")


def _indexed(question: Question, kind: WeightType, nm: NM) -> FormatBytes:
    """The least that an N:M pattern can take."""
    bits = kind.mean(nm.bits)
    return FormatBytes(
        "n:m",
        f"{nm.words} with an index per kept weight",
        "pruned",
        bits,
        held(question.groups, kind, "n:m", bits),
        None,
        False,
        "nowhere today",
        "The least an N:M layout can take: no released software writes it",
        _BY_DEFINITION,
        partial(_mean_formula, kind, nm.formula),
    )


def quantized(question: Question) -> Iterator[FormatBytes]:
    """The whole model, unpruned, in every quantized type."""
    groups = question.groups
    for key, as_it_stands in types().items():
        if as_it_stands.scope == "all weights":
            continue
        kind = question.weights(key)
        yield FormatBytes(
            kind.key,
            kind.label,
            "quantized",
            kind.mean(add),
            held(groups, kind, kind.key),
            None,
            True,
            "disk and device",
            kind.note,
            kind.source,
            partial(_type_formula, kind),
        )


def _type_formula(kind: WeightType) -> str:
    """The bits of a quantized type: its values and its scales."""
    if kind.scope == "whole model":
        of = "the tensors of this model’s blocks" if kind.known else "another whole model"
        return f"{show_number(kind.bits, 6)}, a mean over {of}"
    return _mean_formula(
        kind, lambda values, scales: f"{values} + {show_number(scales, 6)} for scales" if scales else f"{values}"
    )
