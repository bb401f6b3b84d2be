"""What weights weigh: bits per original weight of every storage format, and the sparsity where each breaks
even.

All functions are pure and give bits per ORIGINAL weight, zeros included, so that bytes are weights * bits /
8. `formats.csv` lists the sparse formats with what each adds to the values, `types.csv` the weight types with
the bits of their scales.

>>> by_key()["2:4"].bits(0.5, 16)
9.0
>>> by_key()["csr-int32"].bits(0.5, 16)
24.0
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from math import ceil, log2
from typing import Literal, NamedTuple, TypeAlias, cast

from app.calculators.pruning.data.tables import Source, rows, source_of
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_number

Pattern: TypeAlias = Literal["any", "2:4", "1:2", "blocks"]
"""What the zeros must look like for a format to hold them."""

Kept: TypeAlias = Literal["all", "density", "half"]
"""Which weights a format stores."""


WIDE = 16
"""Bits of a weight that is not quantized."""


class WeightType(NamedTuple):
    """A type of weight: `bits` per weight with its scales, `values` without, `rest_bits` for what is not
    quantized. A `group` of weights shares a scale; 0 where there is none, or one a channel.

    `scope` says which weights usually have it: all, all linear layers, those of the blocks, or a mean over the model.
    `share` of the block matrices have it, the others 16 bits. `known`: the bits of a whole model are those of the very
    model that is asked about.
    """

    key: str
    label: str
    bits: float
    values: int
    rest_bits: float
    scope: str
    note: str
    source: Source
    group: int = 0
    share: float = 1.0
    known: bool = False

    @property
    def base(self) -> str:
        """The type without its layout: what software, sources and peaks call it.

        >>> types()["int4-g64"].base, types()["q4_k_m"].base, types()["bf16"].base
        ('int4', 'gguf', 'bf16')
        """
        return "gguf" if self.scope == "whole model" else self.key.partition("-")[0]

    @property
    def name(self) -> str:
        """The label inside a sentence: without what stands in brackets.

        >>> types()["int4"].name
        'INT4'
        """
        return self.label.partition(" (")[0]

    def mean(self, bits: Callable[[int, float], float]) -> float:
        """Bits of a block weight where `bits` says what values of so many bits with scales of so many come to."""
        if self.share == 1.0:
            return bits(self.values, self.scales)
        return self.share * bits(self.values, self.scales) + (1 - self.share) * bits(WIDE, 0.0)

    @property
    def scales(self) -> float:
        """Bits per weight for scales and zero points."""
        return self.bits - self.values


@cache
def types() -> dict[str, WeightType]:
    """Every weight type of `types.csv` by key."""
    by_type = {}
    for row in rows("types.csv"):
        bits = float(row["bits"])
        by_type[row["key"]] = WeightType(
            key=row["key"],
            label=row["label"],
            bits=bits,
            values=int(bits),
            rest_bits=float(row["rest_bits"]),
            scope=row["scope"],
            note=row["note"],
            source=source_of(row),
            group=int(row["group"] or 0),
        )
    return by_type


class Format(NamedTuple):
    """A way to store a matrix with zeros.

    `values` says which weights are stored: all, the kept ones (`density`), or half (2:4). `index_per_weight`
    bits are added for every original weight, `index_per_kept` for every kept one and `index_per_row` for every row
    of a matrix; `block` weights are kept or dropped together. `scales` replaces the type's own scales where the
    format has its own. `fits` lists the value bits it exists for, `written` those for which released software
    writes it. `pattern` is what the zeros must look like: any, an N:M pattern, or whole blocks.
    """

    key: str
    label: str
    pattern: Pattern
    values: Kept
    index_per_weight: float
    index_per_kept: float
    index_per_row: float
    block: int
    scales: float | None
    fits: frozenset[int]
    written: frozenset[int]
    where: str
    note: str
    source: Source

    def bits(
        self, sparsity: float, value_bits: int, scales: float = 0.0, scattered: bool = False, rows: float = 0.0
    ) -> float:
        """Bits per original weight at `sparsity`, with values of `value_bits` and `scales` bits beside each
        weight.

        Scales are kept in full: a group of weights has its scale however many of them are zero. `scattered`
        zeros empty a block only by chance; otherwise whole blocks are taken to be zero. `rows` are the rows of the
        matrices per weight, for the formats that point at each.
        """
        own = scales if self.scales is None else self.scales
        if self.values == "all":
            return value_bits + own
        zeros = sparsity**self.block if scattered and self.block > 1 else sparsity
        kept = 0.5 if self.values == "half" else 1 - zeros
        return kept * (value_bits + self.index_per_kept) + self.index_per_weight + self.index_per_row * rows + own

    def in_groups(self, weights: int) -> Format:
        """The format with a 16-bit scale for a group of so many weights, where it has scales of its own.

        >>> by_key()["2:4-marlin"].in_groups(64).bits(0.5, 4)
        3.25
        """
        return self._replace(scales=WIDE / weights) if self.scales is not None and weights else self

    def formula(self, sparsity: float, value_bits: int, scales: float = 0.0, scattered: bool = False) -> str:
        """What `bits` computes, with the numbers in place; row pointers are named, not spelled out."""
        own = scales if self.scales is None else self.scales
        plus = f" + {show_number(own, 6)} for scales" if own else ""
        if self.values == "all":
            return f"{value_bits}{plus}"
        zeros = show_number(sparsity, 6) + (f"^{self.block}" if scattered and self.block > 1 else "")
        kept = "1/2" if self.values == "half" else f"(1 − {zeros})"
        stored = f"({value_bits} + {show_number(self.index_per_kept, 6)})" if self.index_per_kept else f"{value_bits}"
        index = f" + {show_number(self.index_per_weight, 6)}" if self.index_per_weight else ""
        return f"{kept} × {stored}{index}{plus}" + (" + row pointers" if self.index_per_row else "")

    def break_even(self, value_bits: int) -> float | None:
        """The sparsity above which the format is smaller than dense; None when no sparsity decides it.

        >>> by_key()["bitmask"].break_even(16)
        0.0625
        """
        if self.values != "density" or self.index_per_weight >= value_bits:
            return None
        return (self.index_per_kept + self.index_per_weight) / (value_bits + self.index_per_kept)


@cache
def formats() -> tuple[Format, ...]:
    """Every format of `formats.csv`, dense first."""
    return tuple(
        Format(
            key=row["key"],
            label=row["label"],
            pattern=cast(Pattern, row["pattern"]),
            values=cast(Kept, row["values"]),
            index_per_weight=float(row["index_per_weight"] or 0),
            index_per_kept=float(row["index_per_kept"] or 0),
            index_per_row=float(row["index_per_row"] or 0),
            block=int(row["block"] or 1),
            scales=float(row["scale_bits"]) if row["scale_bits"] else None,
            fits=frozenset(map(int, row["value_bits"].split())),
            written=frozenset(map(int, row["written_bits"].split())),
            where=row["where"],
            note=row["note"],
            source=source_of(row),
        )
        for row in rows("formats.csv")
    )


@cache
def by_key() -> dict[str, Format]:
    """The formats by key."""
    return {entry.key: entry for entry in formats()}


class NM(NamedTuple):
    """An N:M pattern: `kept` of every `group` weights in a row stay."""

    kept: int
    group: int

    @property
    def sparsity(self) -> float:
        """The share of zeros."""
        return 1 - self.kept / self.group

    def within(self, pattern: str) -> bool:
        """Whether every matrix of this pattern is also one of `pattern`, such as 2:4: then its hardware can take it,
        padded with zeros.

        >>> NM(1, 4).within("2:4"), NM(2, 8).within("2:4"), NM(4, 8).within("2:4")
        (True, True, False)
        """
        kept, group = map(int, pattern.split(":"))
        return self.kept <= kept and self.group % group == 0

    @property
    def stretch_24(self) -> float:
        """How much longer the rows become when this pattern is rewritten as 2:4: windows of four that slide by two take
        any matrix of which two in every 2L weights are zero (SlideSparse, https://arxiv.org/abs/2603.05232). 1 for what
        is 2:4 already, 2 for a pattern without a zero.

        >>> NM(2, 4).stretch_24, NM(6, 8).stretch_24, NM(7, 8).stretch_24, NM(4, 8).stretch_24
        (1.0, 1.5, 1.75, 1.5)
        """
        if self.within("2:4"):
            return 1.0
        zeros = self.group - self.kept
        window = self.group if zeros >= 2 and self.group % 2 == 0 else 2 * self.group
        return 2 - 4 / window if zeros else 2.0

    @property
    def words(self) -> str:
        """The pattern as it is written: 4:8."""
        return f"{self.kept}:{self.group}"

    def bits(self, value_bits: float, scales: float = 0.0) -> float:
        """Bits per original weight with an index beside each kept one: the fewest whole bits that tell the places of
        a group apart. No more than dense.

        >>> NM(2, 4).bits(16), NM(2, 4).bits(8), NM(4, 8).bits(16)
        (9.0, 5.0, 9.5)
        """
        return min(self.kept / self.group * (value_bits + ceil(log2(self.group))), float(value_bits)) + scales

    def formula(self, value_bits: float, scales: float = 0.0) -> str:
        """What `bits` computes, with the numbers in place."""
        plus = f" + {show_number(scales, 6)} for scales" if scales else ""
        bits = show_number(value_bits, 6)
        return f"{self.kept}/{self.group} × ({bits} + {ceil(log2(self.group))}), at most {bits}{plus}"


_PATTERN = re.compile(r"\s*(\d{1,3})\s*[:/]\s*(\d{1,3})\s*")


def pattern(text: str) -> NM:
    """Read an N:M pattern: N kept of every M.

    >>> pattern("6:8").sparsity
    0.25
    >>> pattern("8:4")
    Traceback (most recent call last):
    app.vocabulary.calculator.Invalid: “8:4” keeps 8 of every 4. Write N:M with N below M, such as 4:8: N of every M \
weights stay.
    """
    written = _PATTERN.fullmatch(text)
    right = "Write N:M with N below M, such as 4:8: N of every M weights stay."
    if written is None:
        raise Invalid(f"“{shorten(text)}” is not an N:M pattern. {right}")
    kept, group = int(written[1]), int(written[2])
    if not 0 < kept < group:
        raise Invalid(f"“{shorten(text)}” keeps {kept} of every {group}. {right}")
    return NM(kept, group)


def to_bytes(weights: float, bits: float) -> float:
    """The bytes of `weights` weights at `bits` bits each."""
    return weights * bits / 8
