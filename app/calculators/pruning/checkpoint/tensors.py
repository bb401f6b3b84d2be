"""What a checkpoint holds: a record for each tensor, one for the whole, and what stands in no two ways of a file.

>>> bytes_of("F16", (4096, 4096)), bytes_of("Q4_K", (2, 256))
(33554432, 288)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import prod
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from app.calculators.pruning.checkpoint.source import File
from app.calculators.pruning.checkpoint.texts import quoted
from app.calculators.pruning.data.tables import rows
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_bytes

MOST_TENSORS = 300_000
"""Tensors that are read: Kimi-K2 with its scales has some 200,000."""

MOST_DIMENSIONS = 8
MOST_WEIGHTS = 2**53
"""Weights of a tensor, and of all: beyond it a browser's numbers are no longer exact."""

Way = Literal["safetensors", "GGUF", "PyTorch", "ONNX"]
"""The ways in which a file is written."""

Used = Literal["", "product", "product turned", "convolution", "lookup"]
"""What a graph does with a tensor, where there is one: it multiplies by rows of inputs, or by columns of them; it
convolves; it looks vectors up.
"""


class Tensor(NamedTuple):
    """A tensor of a file: its `dtype` by the name in `checkpoint_types.csv`, and where its `bytes` begin (`file` is the
    place among the files). `strides` are in elements, None for row after row. `same_as` names the tensor before it that
    has the very same bytes; `used` is what a graph does with it, and `zero_point` names the tensor whose values stand
    for zero in it. Where `bytes` stand in no slice of a file, `offset` is -1 and `why` says so.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    file: int
    offset: int
    bytes: int
    strides: tuple[int, ...] | None = None
    same_as: str = ""
    used: Used = ""
    why: str = ""
    zero_point: str = ""

    @property
    def elements(self) -> int:
        """How many elements it has: of packed ones, words."""
        return prod(self.shape)


class Checkpoint(NamedTuple):
    """All tensors of some files of one way, in the order of the files. `config` is the object in `config.json`, `said`
    what a file says of itself, `notes` are sentences on what was left out or looks wrong.
    """

    way: Way
    files: tuple[File, ...]
    tensors: tuple[Tensor, ...]
    config: Mapping[str, Any] | None = None
    said: Mapping[str, Any] = MappingProxyType({})
    notes: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[Tensor, ...]:
        """The tensors without those that only repeat another's bytes."""
        return tuple(each for each in self.tensors if not each.same_as)

    @property
    def bytes(self) -> int:
        """Bytes of the tensors, each counted once."""
        return sum(each.bytes for each in self.own)


class Kind(NamedTuple):
    """A type of element: so many `weights` stand in a block of so many `bytes`. `zeros` says how its zeros are told:
    "float" by all bits but the sign, "integer" by all bits, "Q8_0" by a scale too, "" not at all.
    """

    name: str
    weights: int
    bytes: int
    zeros: str


@cache
def kinds() -> dict[str, Kind]:
    """Every type by its name."""
    return {
        row["dtype"]: Kind(row["dtype"], int(row["weights"]), int(row["bytes"]), row["zeros"])
        for row in rows("checkpoint_types.csv")
    }


@cache
def named(way: str) -> dict[str, str]:
    """Our names of the types by what a way of writing files calls them: a column of `checkpoint_types.csv`."""
    return {name: row["dtype"] for row in rows("checkpoint_types.csv") for name in row[way].split()}


def shape_of(dims: Iterable[Any], name: str) -> tuple[int, ...]:
    """A shape, checked: whole numbers, not too many, and a product that can be counted with."""
    shape = tuple(dims)
    if len(shape) > MOST_DIMENSIONS or not all(type(each) is int and 0 <= each <= MOST_WEIGHTS for each in shape):
        raise Invalid(
            f"The shape of {quoted(name)} is {shorten(str(shape))}: that is no tensor’s. The file is damaged."
        )
    if prod(shape) > MOST_WEIGHTS:
        raise Invalid(f"{quoted(name)} would have {prod(shape):,} weights: the file is damaged.")
    return shape


def bytes_of(dtype: str, shape: Sequence[int]) -> int:
    """The bytes of a tensor, row after row in whole blocks.

    >>> bytes_of("I4", (3,)), bytes_of("F64", ())
    (2, 8)
    """
    kind, elements = kinds()[dtype], prod(shape)
    return -(-elements // kind.weights) * kind.bytes


def checked(tensors: list[Tensor], files: Sequence[File]) -> tuple[Tensor, ...]:
    """The tensors, those with the very same bytes told. Raises `Invalid` where a tensor ends beyond its file, or there
    are too many weights.
    """
    _refuse_many(len(tensors))
    if sum(each.elements for each in tensors) > MOST_WEIGHTS:
        raise Invalid("The tensors would have more weights than can be counted: the file is damaged.")
    first: dict[tuple[object, ...], str] = {}
    found = []
    for each in tensors:
        if each.offset >= 0 and each.offset + each.bytes > files[each.file].size:
            raise Invalid(
                f"{quoted(each.name)} would end beyond {files[each.file].label}, which has"
                f" {show_bytes(files[each.file].size)}: the file is cut short or damaged. Fetch it again."
            )
        if each.offset >= 0 and each.bytes:
            held = first.setdefault((each.file, each.offset, each.bytes, each.shape, each.strides), each.name)
            if held != each.name:
                each = each._replace(same_as=held)
        found.append(each)
    return tuple(found)


def _refuse_many(number: int) -> None:
    if number > MOST_TENSORS:
        raise Invalid(f"There are {number:,} tensors: up to {MOST_TENSORS:,} are read.")


def refuse_overlaps(tensors: Iterable[Tensor], files: Sequence[File]) -> None:
    """Raise `Invalid` where tensors of one file stand in each other's bytes."""
    by_file = defaultdict(list)
    for each in tensors:
        if each.bytes and each.offset >= 0:
            by_file[each.file].append((each.offset, each.offset + each.bytes, each.name))
    for file, spans in by_file.items():
        spans.sort()
        for (_, end, one), (begin, _, other) in pairwise(spans):
            if begin < end:
                raise Invalid(f"{quoted(one)} and {quoted(other)} overlap in {files[file].label}: the file is damaged.")
