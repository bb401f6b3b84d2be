"""A GGUF file of version 1, 2 or 3: a head of keys and values, the names, shapes, types and places of its tensors, then
the tensors (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; `checkpoint_types.csv` has the blocks).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.calculators.pruning.checkpoint.source import File, Reading, Window
from app.calculators.pruning.checkpoint.tensors import (
    MOST_TENSORS,
    Tensor,
    bytes_of,
    kinds,
    named,
    refuse_overlaps,
    shape_of,
)
from app.calculators.pruning.checkpoint.texts import decoded, name_of, quoted
from app.vocabulary.calculator import Invalid, shorten

MAGIC = b"GGUF"
_VERSIONS = (1, 2, 3)
_ALIGNMENT = 32
_MOST_KEYS, _MOST_VALUES = 10_000, 4_000_000
_LONGEST_KEY, _LONGEST_TEXT, _LONGEST_HEAD = 65_535, 2**26, 2**28
_DEEPEST = 2
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MOST_DIMENSIONS = 4
_KEPT = 1000
"""Characters of a text, and values of a list, that are kept of what a file says of itself."""


class Header(NamedTuple):
    """The tensors of one file and what it says of itself: of a long list or text the beginning,
    of a list of texts nothing.
    """

    tensors: tuple[Tensor, ...]
    said: dict[str, Any]


class _Head:
    """The head of one file, read from front to back. In version 1 counts and lengths have four bytes, later eight."""

    def __init__(self, files: Sequence[File], file: int) -> None:
        self.name = files[file].label
        self.window = Window(files, file)
        self.values = 0
        self.wide = True

    def number(self, code: str) -> Reading[Any]:
        size = struct.calcsize(f"<{code}")
        if self.window.at > _LONGEST_HEAD:
            raise Invalid(f"The head of {self.name} does not end: the file is damaged.")
        return struct.unpack(f"<{code}", (yield from self.window.take(size, "head")))[0]

    def size(self) -> Reading[int]:
        found: int = yield from self.number("Q" if self.wide else "I")
        return found

    def text(self, longest: int) -> Reading[bytes]:
        length = yield from self.size()
        if length > longest:
            raise Invalid(f"A text in the head of {self.name} would have {length:,} bytes: the file is damaged.")
        return (yield from self.window.take(length, "head"))

    def value(self, kind: int, depth: int = 0) -> Reading[Any]:
        """The value of a key. Of a long list or text the beginning."""
        if kind in _SCALARS:
            return (yield from self.number(_SCALARS[kind]))
        if kind == _STRING:
            return decoded((yield from self.text(_LONGEST_TEXT)), f"A text in the head of {self.name}")[:_KEPT]
        if kind != _ARRAY or depth >= _DEEPEST:
            raise Invalid(f"The head of {self.name} has a value of an unknown kind ({kind}): the file is damaged.")
        inner = yield from self.number("I")
        length = yield from self.size()
        self.values += length
        if self.values > _MOST_VALUES:
            raise Invalid(f"A list in the head of {self.name} would have {length:,} values: the file is damaged.")
        if inner in _SCALARS:
            return (yield from self._scalars(_SCALARS[inner], length))
        if inner == _STRING:
            yield from self._skip_texts(length)
            return []
        kept = []
        for _ in range(length):
            kept.append((yield from self.value(inner, depth + 1)))  # noqa: PERF401 - a comprehension cannot yield
        return kept

    def _scalars(self, code: str, length: int) -> Reading[list[Any]]:
        size, kept = struct.calcsize(f"<{code}"), min(length, _KEPT)
        found = struct.unpack(f"<{kept}{code}", (yield from self.window.take(kept * size, "head")))
        self.window.at += (length - kept) * size
        return list(found)

    def _skip_texts(self, number: int) -> Reading[None]:
        """Pass over the texts of a list: a vocabulary has hundreds of thousands."""
        wide = 8 if self.wide else 4
        while number:
            here, at = (yield from self.window.peek(wide, "head")), 0
            while number and at <= len(here) - wide:
                at += wide + int.from_bytes(here[at : at + wide], "little")
                number -= 1
            self.window.at += at


def header(files: Sequence[File], file: int) -> Reading[Header]:
    """The head of one file. Raises `Invalid` for one that is none, or does not fit its file."""
    head = _Head(files, file)
    magic, version = (yield from head.window.take(4, "head")), (yield from head.number("I"))
    if magic != MAGIC:
        raise Invalid(f"{head.name} does not begin with GGUF: it is no GGUF file.")
    if version not in _VERSIONS:
        if version & 0xFFFF == 0:
            raise Invalid(f"{head.name} has its numbers the other way round (big-endian): such files are not read.")
        raise Invalid(f"{head.name} is GGUF of version {version:,}: versions 1 to 3 are read.")
    head.wide = version > 1
    number, keys = (yield from head.size()), (yield from head.size())
    if number > MOST_TENSORS or keys > _MOST_KEYS:
        raise Invalid(f"{head.name} would have {number:,} tensors and {keys:,} keys: the file is damaged.")
    said: dict[str, Any] = {}
    for _ in range(keys):
        key = decoded((yield from head.text(_LONGEST_KEY)), f"A key of {head.name}")
        said[key] = yield from head.value((yield from head.number("I")))
    placed = []
    for _ in range(number):
        placed.append((yield from _tensor(head, file)))  # noqa: PERF401 - a comprehension cannot yield
    alignment = said.get("general.alignment", _ALIGNMENT)
    if type(alignment) is not int or not 0 < alignment <= 2**20:
        raise Invalid(f"general.alignment in {head.name} is {shorten(str(alignment))}: the file is damaged.")
    start = -(-head.window.at // alignment) * alignment
    tensors = [each._replace(offset=start + each.offset) for each in placed]
    if len({each.name for each in tensors}) < len(tensors):
        raise Invalid(f"Two tensors of {head.name} have one name: the file is damaged.")
    refuse_overlaps(tensors, files)
    return Header(tuple(tensors), said)


def _tensor(head: _Head, file: int) -> Reading[Tensor]:
    """One tensor; its `offset` is from the end of the head. GGUF has the length of a row first."""
    name = name_of(decoded((yield from head.text(_LONGEST_KEY)), f"The name of a tensor in {head.name}"))
    dimensions = yield from head.number("I")
    if dimensions > _MOST_DIMENSIONS:
        raise Invalid(f"{quoted(name)} would have {dimensions:,} dimensions: the file is damaged.")
    dims = []
    for _ in range(dimensions):
        dims.append((yield from head.size()))  # noqa: PERF401 - a comprehension cannot yield
    shape = shape_of(reversed(dims), name)
    code, offset = (yield from head.number("I")), (yield from head.number("Q"))
    dtype = named("gguf").get(str(code))
    if dtype is None:
        raise Invalid(f"{quoted(name)} has the type {code:,} of GGUF, which is not known here.")
    if shape and shape[-1] % kinds()[dtype].weights:
        raise Invalid(
            f"The rows of {quoted(name)} have {shape[-1]:,} weights, and blocks of {dtype} {kinds()[dtype].weights}:"
            " the file is damaged."
        )
    return Tensor(name, shape, dtype, file, offset, bytes_of(dtype, shape))
