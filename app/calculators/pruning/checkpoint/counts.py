"""Counts of zeros: how a matrix lies in a file (`Grid`), the pieces it is counted in (`Piece`), and what comes of each
(`Counts`), which add up in any order. A piece is the unit of work: whatever counts it, here or in a worker, gives the
same counts.

Nonzeros are counted by group, along the inputs of a product: groups of 2, 4 and 8 that are aligned to the start of a
row, the last one filled up with zeros where a row is no multiple, as kernels fill it up. Hardware that takes 2:4 wants
at most 2 nonzeros in each 4 (https://arxiv.org/abs/2104.08378, section 3.1).

>>> Grid("BF16", outputs=4, inputs=6).weights
24
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Order = Literal["rows", "positions", "columns", "words"]
"""How the weights of a matrix follow each other. `rows`: inputs of an output side by side. `positions`: an output, its
inputs, and of each its positions in a kernel (convolutions). `columns`: an input, and its outputs side by side (GPT-2,
AWQ, ONNX's MatMul). `words`: eight inputs in each word, words of all outputs side by side (GPTQ).
"""

GROUPS = (2, 4, 8)
"""The groups whose nonzeros are counted."""

BLOCK = 64
"""Rows and columns of a block: those of BSR in `formats.csv`."""

MOST_BYTES = 2**20
"""Bytes of a piece, unless eight rows of a matrix are longer."""

_LONGEST_ROWS = 2**26
_LONGEST_SIDE = 2**30
"""Inputs or outputs of a matrix: each is a bit of a whole number."""

_EIGHT = 8

BITS: dict[str, float] = {
    "F64": 64,
    "F32": 32,
    "F16": 16,
    "BF16": 16,
    "F8": 8,
    "I64": 64,
    "I32": 32,
    "I16": 16,
    "I8": 8,
    "I4": 4,
    "F4": 4,
    "BIT": 1,
    "Q8_0": 8.5,
}
"""Bits of a weight by the kind of cell it stands in: F8 is any float of eight bits, BIT a mask, I4 and F4 halves of a
byte, the low one first.
"""


class Grid(NamedTuple):
    """How the weights of a tensor lie: the kind of `cell`, the matrix as it is used, and the order. `stack` matrices
    (experts) follow each other; a convolution has `positions` in its kernel, 1 elsewhere.
    """

    cell: str
    outputs: int
    inputs: int
    order: Order = "rows"
    stack: int = 1
    positions: int = 1

    @property
    def weights(self) -> int:
        """How many weights there are."""
        return self.stack * self.outputs * self.inputs * self.positions

    @property
    def bytes(self) -> int:
        """The bytes they take."""
        return _bytes(self, self.weights)


class Piece(NamedTuple):
    """Some weights of a matrix: the number of the first one, in the order of the file, and how many. Their bytes begin
    at `offset` from the start of the tensor's.
    """

    first: int
    weights: int
    offset: int
    bytes: int


class Counts(NamedTuple):
    """What is in some weights. `groups[k]` says how many groups of `GROUPS[k]` have 0, 1, 2, … nonzeros. Bits of
    `live_outputs`, `live_inputs` and `live_blocks` are set for those that have a nonzero: outputs of all matrices of a
    stack one after the other, inputs of any, blocks row after row.
    """

    weights: int
    zeros: int
    groups: tuple[tuple[int, ...], ...]
    live_outputs: int
    live_inputs: int
    live_blocks: int

    def plus(self, other: Counts) -> Counts:
        """Of these weights and of others of the same matrix."""
        return Counts(
            self.weights + other.weights,
            self.zeros + other.zeros,
            tuple(tuple(map(sum, zip(*both, strict=True))) for both in zip(self.groups, other.groups, strict=True)),
            self.live_outputs | other.live_outputs,
            self.live_inputs | other.live_inputs,
            self.live_blocks | other.live_blocks,
        )

    @property
    def sparsity(self) -> float:
        """The share of zeros."""
        return self.zeros / self.weights if self.weights else 0.0

    def fitting(self, kept: int, group: int) -> float:
        """The share of groups that a pattern of `kept` in every `group` takes."""
        found = self.groups[GROUPS.index(group)]
        return sum(found[: kept + 1]) / sum(found) if sum(found) else 0.0

    def pattern(self, group: int) -> int:
        """The most nonzeros that a group of so many has."""
        return most(self.groups[GROUPS.index(group)])


def most(times: Sequence[int]) -> int:
    """The most nonzeros that a group has, where so many groups have 0, 1, 2, …

    >>> most((5, 0, 3, 0, 0))
    2
    """
    return next((kept for kept in range(len(times) - 1, 0, -1) if times[kept]), 0)


NOTHING = Counts(0, 0, tuple((0,) * (group + 1) for group in GROUPS), 0, 0, 0)
"""The counts of no weights."""


def pieces(grid: Grid, most: int = MOST_BYTES) -> Iterator[Piece]:
    """The pieces of a matrix, from the first to the last: none splits a group, and none has over `most` bytes where
    that can be helped.
    """
    return (piece(grid, place, most) for place in range(number_of_pieces(grid, most)))


def number_of_pieces(grid: Grid, most: int = MOST_BYTES) -> int:
    """How many pieces a matrix is counted in."""
    run, step = _cut(grid, most)
    return grid.weights // run * -(-run // step) if run else 0


def piece(grid: Grid, place: int, most: int = MOST_BYTES) -> Piece:
    """The piece at that place among the pieces, from 0."""
    run, step = _cut(grid, most)
    which, at = divmod(place, -(-run // step))
    first, number = which * run + at * step, min(step, run - at * step)
    return Piece(first, number, _bytes(grid, first), _bytes(grid, first + number) - _bytes(grid, first))


def countable(grid: Grid) -> bool:
    """Whether its pieces and its counts stay small, and pieces end with a byte: eight inputs of a matrix in columns
    stand as far apart as it has outputs, and a row of half bytes must end with a whole one.
    """
    if not grid.weights:
        return True
    if max(grid.inputs, grid.stack * grid.outputs) > _LONGEST_SIDE:
        return False
    if grid.order == "columns":
        return _bytes(grid, _EIGHT * grid.outputs) <= _LONGEST_ROWS and grid.outputs % _together(grid) == 0
    if grid.order == "words":
        return grid.inputs % _EIGHT == 0
    return grid.inputs * grid.positions % _together(grid) == 0


def _together(grid: Grid) -> int:
    """How many weights stand in a byte, or in a block."""
    return {"I4": 2, "F4": 2, "BIT": 8, "Q8_0": 32}.get(grid.cell, 1)


def _bytes(grid: Grid, weights: int) -> int:
    return weights * int(2 * BITS[grid.cell]) // 16


def _cut(grid: Grid, most: int) -> tuple[int, int]:
    """The weights of a run, which is cut for itself, and of a piece of it: whole rows of a matrix, or parts of a row
    that hold whole groups. The matrices of a stack are rows of one where an output's weights stand together.
    """
    cells = max(_EIGHT, int(most * 8 // BITS[grid.cell]))
    matrix, row = grid.inputs * grid.outputs * grid.positions, grid.inputs * grid.positions
    unit = grid.positions * max(_EIGHT, _together(grid))
    if grid.order in ("columns", "words"):
        row, unit = grid.outputs * _EIGHT, _EIGHT if grid.order == "words" else 0
    else:
        matrix *= grid.stack
    if row <= cells or not unit:
        return matrix, max(1, cells // max(1, row)) * row
    return row, max(1, cells // unit) * unit
