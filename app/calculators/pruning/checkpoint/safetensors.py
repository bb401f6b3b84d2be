"""A safetensors file: eight bytes of length, a header in JSON, then the tensors, whose places the header tells from the
end of it (https://github.com/huggingface/safetensors, "Format"; the checks are those of its `Metadata::validate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.calculators.pruning.checkpoint.objects import json_object
from app.calculators.pruning.checkpoint.source import PAUSE, File, Reading, take
from app.calculators.pruning.checkpoint.tensors import MOST_TENSORS, Tensor, bytes_of, named, refuse_overlaps, shape_of
from app.calculators.pruning.checkpoint.texts import name_of, quoted
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_bytes

_LENGTH = 8
_AT_ONCE = 500
"""Tensors that are read between two frames."""

_LONGEST_HEADER = 48_000_000
"""Bytes of a header that is read; safetensors itself takes 100 MB."""

_DEEPEST = 4
_ENTRY = {"dtype", "shape", "data_offsets"}


class Header(NamedTuple):
    """The tensors of one file, what it says of itself, and how many bytes are left over at its end."""

    tensors: tuple[Tensor, ...]
    said: dict[str, str]
    left_over: int


def header(files: Sequence[File], file: int) -> Reading[Header]:
    """The header of one file. Raises `Invalid` for one that is none, or does not fit its file."""
    name, size = files[file].label, files[file].size
    length = int.from_bytes((yield from take(files, file, 0, _LENGTH, "header")), "little")
    if length > size - _LENGTH:
        raise Invalid(
            f"{name} is no whole safetensors file: its header would take {show_bytes(length)}, and the file has"
            f" {show_bytes(size)}."
        )
    if length > _LONGEST_HEADER:
        raise Invalid(f"The header of {name} has {show_bytes(length)}: up to {show_bytes(_LONGEST_HEADER)} are read.")
    content = yield from take(files, file, _LENGTH, length, "header")
    _refuse_many(name, content.count(b'"data_offsets"'))
    entries = yield from json_object(content, f"The header of {name}", _LONGEST_HEADER, _DEEPEST)
    said = entries.pop("__metadata__", None) or {}
    if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
        raise Invalid(f"__metadata__ in {name} holds something other than texts: the file is damaged.")
    start = _LENGTH + length
    tensors = []
    for called, entry in entries.items():
        tensors.append(_tensor(called, entry, file, start, size))
        if len(tensors) % _AT_ONCE == 0:
            yield PAUSE
    tensors.sort(key=lambda each: each.offset)
    yield PAUSE
    refuse_overlaps(tensors, files)
    yield PAUSE
    end = max((each.offset + each.bytes for each in tensors), default=start)
    return Header(tuple(tensors), said, size - end)


def _refuse_many(name: str, tensors: int) -> None:
    if tensors > MOST_TENSORS:
        raise Invalid(f"{name} has {tensors:,} tensors: up to {MOST_TENSORS:,} are read.")


def _tensor(called: str, entry: Any, file: int, start: int, size: int) -> Tensor:
    if not isinstance(entry, dict) or not entry.keys() >= _ENTRY:
        raise Invalid(f"{quoted(called)} lacks its dtype, shape or data_offsets: the header is damaged.")
    dtype = named("safetensors").get(entry["dtype"]) if isinstance(entry["dtype"], str) else None
    if dtype is None:
        raise Invalid(f"{quoted(called)} has the type {quoted(str(entry['dtype']))}, which is not known here.")
    if not isinstance(entry["shape"], list):
        raise Invalid(f"The shape of {quoted(called)} is no list: the header is damaged.")
    shape = shape_of(entry["shape"], called)
    offsets = entry["data_offsets"]
    if not (isinstance(offsets, list) and len(offsets) == 2 and all(type(each) is int for each in offsets)):
        raise Invalid(f"The data_offsets of {quoted(called)} are no two whole numbers: the header is damaged.")
    begin, end = offsets
    if not 0 <= begin <= end:
        raise Invalid(f"{quoted(called)} would begin at {begin:,} and end at {end:,}: the header is damaged.")
    if start + end > size:
        raise Invalid(
            f"{quoted(called)} would end at {show_bytes(start + end)}, and the file has {show_bytes(size)}: it is cut"
            " short. Fetch it again."
        )
    if end - begin != bytes_of(dtype, shape):
        raise Invalid(
            f"{quoted(called)} has {end - begin:,} bytes, and {list(shape)} of {dtype} take"
            f" {bytes_of(dtype, shape):,}: the header is damaged."
        )
    return Tensor(name_of(called), shape, dtype, file, start + begin, end - begin)


# --- the index over several files ---

_LONGEST_INDEX = 48_000_000


def index(files: Sequence[File], file: int) -> Reading[dict[str, str]]:
    """The file of each tensor, as a `*.index.json` has it (`weight_map`). Raises `Invalid` for anything else."""
    name, size = files[file].label, files[file].size
    if size > _LONGEST_INDEX:
        raise Invalid(f"{name} has {show_bytes(size)}: up to {show_bytes(_LONGEST_INDEX)} are read.")
    content = yield from take(files, file, 0, size, "text")
    mapped = (yield from json_object(content, name, _LONGEST_INDEX, _DEEPEST)).get("weight_map")
    if not isinstance(mapped, dict) or not all(isinstance(each, str) for each in mapped.values()):
        raise Invalid(f"{name} has no weight_map from tensors to files: it is no index of a checkpoint.")
    return {name_of(each): where for each, where in mapped.items()}
