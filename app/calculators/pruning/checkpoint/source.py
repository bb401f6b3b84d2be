"""Where bytes come from: a reader is a generator that yields the `Slice` it wants of a file and is sent its bytes. Who
drives it may read a path (`drive`), or wait for a browser; how much a reader may ask for at once is bounded here.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from app.calculators.pruning.checkpoint.texts import name_of
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_bytes
from app.vocabulary.study import Slice

T = TypeVar("T")


class File(NamedTuple):
    """A file: its name, with the folders below what was chosen, and its size in bytes."""

    name: str
    size: int

    @property
    def label(self) -> str:
        """Its name in a message: without the folders, short, and as it can be shown."""
        return shorten(name_of(PurePosixPath(self.name).name[-200:] or self.name[:200]))


PAUSE = Slice(0, 0, 0)
"""Nothing is wanted but that others have their turn."""

Reading: TypeAlias = Generator[Slice, bytes, T]
"""What reads: it wants slices, is sent their bytes, and returns what it made of them."""


class Source(Protocol):
    """A file that can be read at once."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def size(self) -> int:
        """Its bytes."""

    def read(self, offset: int, length: int) -> bytes:
        """Those bytes of it."""


MOST_AT_ONCE = 64 * 2**20
"""Bytes that are asked for at once at most: the longest header that is read."""


def files_of(sources: Sequence[Source]) -> tuple[File, ...]:
    """Names and sizes."""
    return tuple(File(each.name, each.size) for each in sources)


def drive(reading: Reading[T], sources: Sequence[Source]) -> T:
    """What a reader returns, fed from sources that can be read at once."""
    try:
        wanted = next(reading)
        while True:
            wanted = reading.send(sources[wanted.file].read(wanted.offset, wanted.length))
    except StopIteration as done:
        result: T = done.value
        return result


def take(files: Sequence[File], file: int, offset: int, length: int, what: str) -> Reading[bytes]:
    """Those bytes of a file, all of them. Raises `Invalid` where the file does not have them, with `what` they are."""
    name, size = files[file].label, files[file].size
    if offset < 0 or length < 0 or offset + length > size:
        raise Invalid(
            f"{name} has {show_bytes(size)}, and its {what} would end at {show_bytes(max(offset, 0) + max(length, 0))}:"
            " the file is cut short or damaged. Fetch it again."
        )
    if length > MOST_AT_ONCE:
        raise Invalid(f"The {what} of {name} would have {show_bytes(length)}: no model’s is so long.")
    if not length:
        return b""
    content = yield Slice(file, offset, length)
    if len(content) != length:
        raise Invalid(f"{name} changed while it was read: choose it again.")
    return content


_LONGEST_VARINT = 10


class Window:
    """A file read from front to back, a piece of it at a time: what is skipped is not read."""

    def __init__(self, files: Sequence[File], file: int) -> None:
        self._files, self._file, self._size = files, file, files[file].size
        self.at = self._from = 0
        self._held = b""

    _PIECE = 2**18

    def take(self, length: int, what: str) -> Reading[bytes]:
        """The next bytes. Raises `Invalid` like `take`."""
        begin = self.at - self._from
        if not 0 <= begin <= len(self._held) - length:
            piece = max(length, min(self._PIECE, self._size - self.at))
            self._held = yield from take(self._files, self._file, self.at, piece, what)
            self._from, begin = self.at, 0
        self.at += length
        return self._held[begin : begin + length]

    def peek(self, least: int, what: str) -> Reading[bytes]:
        """The next bytes that are here, at least so many of them, without going on."""
        yield from self.take(least, what)
        self.at -= least
        return self._held[self.at - self._from :]

    def varint(self, what: str) -> Reading[int]:
        """The next whole number of protobuf: seven bits a byte, the least first, at most ten bytes."""
        value, least = 0, max(1, min(_LONGEST_VARINT, self._size - self.at))
        if not 0 <= self.at - self._from <= len(self._held) - least:
            yield from self.take(least, what)
            self.at -= least
        begin = self.at - self._from
        for place, byte in enumerate(self._held[begin : begin + _LONGEST_VARINT]):
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                self.at += place + 1
                return value
        raise Invalid(f"A number in {self._files[self._file].label} does not end: the file is damaged.")
