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

from functools import cache
from math import log2
from typing import Literal, NamedTuple, TypeAlias, cast

from app.pruning.tables import Source, rows, source_of

Pattern: TypeAlias = Literal["any", "2:4", "blocks"]
"""What the zeros must look like for a format to hold them."""

Kept: TypeAlias = Literal["all", "density", "half"]
"""Which weights a format stores."""


class WeightType(NamedTuple):
    """A type of weight: `bits` per weight with its scales, `values` without, `rest_bits` for what is not
    quantized.

    `scope` says which weights have it: all, the linear layers of the blocks, or a mean over the whole model.
    """

    key: str
    label: str
    bits: float
    values: int
    rest_bits: int
    scope: str
    note: str
    source: Source

    @property
    def scales(self) -> float:
        """Bits per weight for scales and zero points."""
        return self.bits - self.values


@cache
def types() -> dict[str, WeightType]:
    """Every weight type of `types.csv` by key."""
    found = {}
    for row in rows("types.csv"):
        bits = float(row["bits"])
        rest = int(row["rest_bits"] or 0)
        found[row["key"]] = WeightType(
            row["key"], row["label"], bits, int(bits), rest, row["scope"], row["note"], source_of(row)
        )
    return found


class Format(NamedTuple):
    """A way to store a matrix with zeros.

    `values` says which weights are stored: all, the kept ones (`density`), or half (2:4). `index_per_weight`
    bits are added for every original weight and `index_per_kept` for every kept one; `block` weights are kept
    or dropped together. `scales` replaces the type's own scales where the format has its own. `fits` lists
    the value bits it exists for, `written` those for which released software writes it. `pattern` is what the
    zeros must look like: any, 2:4, or whole blocks.
    """

    key: str
    label: str
    pattern: Pattern
    values: Kept
    index_per_weight: float
    index_per_kept: float
    block: int
    scales: float | None
    fits: frozenset[int]
    written: frozenset[int]
    where: str
    note: str
    source: Source

    def bits(self, sparsity: float, value_bits: int, scales: float = 0.0, scattered: bool = False) -> float:
        """Bits per original weight at `sparsity`, with values of `value_bits` and `scales` bits beside each
        weight.

        Scales are kept in full: a group of weights has its scale however many of them are zero. `scattered`
        zeros empty a block only by chance; otherwise whole blocks are taken to be zero.
        """
        own = scales if self.scales is None else self.scales
        if self.values == "all":
            return value_bits + own
        zeros = sparsity**self.block if scattered and self.block > 1 else sparsity
        kept = 0.5 if self.values == "half" else 1 - zeros
        return kept * (value_bits + self.index_per_kept) + self.index_per_weight + own

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


def nm_bits(kept: int, group: int, value_bits: float, index_bits: float | None = None) -> float:
    """Bits per original weight of an N:M pattern: `kept` of every `group` weights, with an index each.

    Without `index_bits` per kept weight, the fewest whole bits that can tell `group` places apart.

    >>> nm_bits(2, 4, 16), nm_bits(2, 4, 8), nm_bits(4, 8, 4, 1)
    (9.0, 5.0, 2.5)
    """
    if index_bits is None:
        index_bits = float(-(-log2(group) // 1)) if group > 1 else 0.0
    return kept / group * (value_bits + index_bits)


def to_bytes(weights: float, bits: float) -> float:
    """The bytes of `weights` weights at `bits` bits each."""
    return weights * bits / 8
