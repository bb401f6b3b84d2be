"""The directory of a zip archive, read by slices: names and places, never contents that were packed (PKWARE's APPNOTE,
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.7 to 4.3.16 and 4.5.3 for zip64).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

from app.calculators.pruning.checkpoint.source import File, Reading, take
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_bytes

MAGIC = b"PK\x03\x04"
_END, _END64, _LOCATOR64, _ENTRY = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"PK\x01\x02"
_END_BYTES, _END64_BYTES, _LOCATOR_BYTES, _ENTRY_BYTES, _LOCAL_BYTES = 22, 56, 20, 46, 30
_LONGEST_COMMENT = 65_535
_MOST_ENTRIES, _LONGEST_DIRECTORY = 400_000, 2**26
_IN_64, _FULL_32, _FULL_16 = 1, 0xFFFFFFFF, 0xFFFF


class Entry(NamedTuple):
    """One file of an archive: its bytes as they are and as `packed`, where its local head stands, whether it is
    compressed or encrypted.
    """

    name: str
    size: int
    packed: int
    head: int
    plain: bool


def entries(files: Sequence[File], file: int) -> Reading[dict[str, Entry]]:
    """What is in an archive, by name. Raises `Invalid` for a file that is none."""
    name, size = files[file].label, files[file].size
    tail = yield from take(files, file, max(0, size - _END_BYTES - _LONGEST_COMMENT), min(size, 65_557), "end")
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise Invalid(f"{name} begins as a zip archive and does not end as one: it is cut short. Fetch it again.")
    number, length, start = struct.unpack("<HII", tail[at + 10 : at + 20])
    before = at - _LOCATOR_BYTES
    if before >= 0 and tail[before : before + 4] == _LOCATOR64:
        where = int.from_bytes(tail[before + 8 : before + 16], "little")
        end64 = yield from take(files, file, where, _END64_BYTES, "directory")
        if end64[:4] != _END64:
            raise Invalid(f"The directory of {name} is not where it should be: the file is damaged.")
        number, length, start = struct.unpack("<QQQ", end64[32:56])
    if number > _MOST_ENTRIES or length > _LONGEST_DIRECTORY:
        raise Invalid(
            f"{name} would hold {number:,} files, listed in {show_bytes(length)}: no checkpoint does. It is damaged."
        )
    directory = yield from take(files, file, start, length, "directory")
    found: dict[str, Entry] = {}
    at = 0
    while at < len(directory):
        entry, at = _entry(directory, at, name)
        if entry.name in found:
            raise Invalid(f"{name} holds “{shorten(entry.name)}” twice: which one counts is not known.")
        found[entry.name] = entry
    if len(found) != number:
        raise Invalid(f"{name} should hold {number:,} files and lists {len(found):,}: it is damaged.")
    return found


def _entry(directory: bytes, at: int, archive: str) -> tuple[Entry, int]:
    head = directory[at : at + _ENTRY_BYTES]
    if len(head) < _ENTRY_BYTES or head[:4] != _ENTRY:
        raise Invalid(f"The directory of {archive} is damaged.")
    flags, method = struct.unpack("<HH", head[8:12])
    packed, size, name_bytes, extra_bytes, comment_bytes = struct.unpack("<IIHHH", head[20:34])
    local = int.from_bytes(head[42:46], "little")
    after = at + _ENTRY_BYTES + name_bytes
    sizes = [size, packed, local]
    if _FULL_32 in sizes:
        sizes = _sizes64(directory[after : after + extra_bytes], sizes)
    name = directory[at + _ENTRY_BYTES : after].decode("utf-8", "replace")
    size, packed, local = sizes
    plain = method == 0 and not flags & 1
    return Entry(name, size, packed, local, plain), after + extra_bytes + comment_bytes


def _sizes64(extra: bytes, sizes: list[int]) -> list[int]:
    """The sizes and the place, with those that did not fit in four bytes taken from where eight are."""
    at = 0
    while at <= len(extra) - 4:
        kind, length = struct.unpack("<HH", extra[at : at + 4])
        if kind == _IN_64:
            wide = iter(
                int.from_bytes(extra[begin : begin + 8], "little")
                for begin in range(at + 4, min(at + 4 + length, len(extra)), 8)
            )
            return [next(wide, each) if each == _FULL_32 else each for each in sizes]
        at += 4 + length
    return sizes


def start_of(files: Sequence[File], file: int, entry: Entry) -> Reading[int]:
    """Where the bytes of a file in an archive begin. Raises `Invalid` for one that is compressed or encrypted."""
    if not entry.plain or entry.packed != entry.size:
        raise Invalid(
            f"“{shorten(entry.name)}” in {files[file].label} is compressed, which torch.save never does:"
            " nothing of it was unpacked. Unpack the archive first, if it holds a checkpoint."
        )
    head = yield from take(files, file, entry.head, _LOCAL_BYTES, "archive")
    if head[:4] != MAGIC:
        raise Invalid(f"{files[file].label} is damaged: nothing begins where “{shorten(entry.name)}” should.")
    name_bytes, extra_bytes = struct.unpack("<HH", head[26:30])
    return entry.head + _LOCAL_BYTES + int(name_bytes) + int(extra_bytes)
