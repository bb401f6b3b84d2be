"""A file of `torch.save`: a zip archive with a pickle (`data.pkl`), which is followed and never run, and a file for
each storage, whose bytes are the tensors (torch/serialization.py, `_save`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from app.calculators.pruning.checkpoint.archive import Entry, entries, start_of
from app.calculators.pruning.checkpoint.pickled import Other, View, walk
from app.calculators.pruning.checkpoint.source import File, Reading, take
from app.calculators.pruning.checkpoint.tensors import (
    MOST_TENSORS,
    Tensor,
    bytes_of,
    kinds,
    named,
    refuse_overlaps,
    shape_of,
)
from app.calculators.pruning.checkpoint.texts import name_of, quoted
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_bytes

_LONGEST_PICKLE = 2**25
_DEEPEST = 20
_MOST_VISITED = 2 * MOST_TENSORS
_INSIDE = ("state_dict", "model_state_dict", "model", "module", "ema", "params")
"""Where the weights of a training's checkpoint stand: the first of these that holds tensors."""


class Header(NamedTuple):
    """The tensors of one file, and sentences on what was left out."""

    tensors: tuple[Tensor, ...]
    notes: tuple[str, ...]


def header(files: Sequence[File], file: int) -> Reading[Header]:
    """What a file of `torch.save` holds. Raises `Invalid` for one that is none, or does more than hold tensors."""
    name = files[file].label
    found = yield from entries(files, file)
    pickle = next((each for each in found.values() if each.name.endswith("/data.pkl")), found.get("data.pkl"))
    if pickle is None:
        raise Invalid(f"{name} is a zip archive without data.pkl: torch.save did not write it. Unpack it first.")
    folder = pickle.name.removesuffix("data.pkl")
    yield from _check_order(files, file, found.get(f"{folder}byteorder"))
    if pickle.size > _LONGEST_PICKLE:
        raise Invalid(f"The pickle in {name} has {show_bytes(pickle.size)}: no state_dict needs so much.")
    start = yield from start_of(files, file, pickle)
    content = yield from take(files, file, start, pickle.size, "pickle")
    root, where = _weights((yield from walk(content)))
    views = list(_views(root, ""))
    if not views:
        raise Invalid(f"{name} holds no tensors.")
    places: dict[str, Tensor] = {}
    tensors = []
    for called, view in views:
        key = view.storage.key
        if key not in places:
            places[key] = yield from _place(files, file, found.get(f"{folder}data/{key}"), key)
        tensors.append(_tensor(called, view, places[key]))
    refuse_overlaps(places.values(), files)
    left = f"Only {quoted(where)} in {name} is read: what stands beside it is no weight of the model." if where else ""
    return Header(tuple(tensors), (left,) if left else ())


def _check_order(files: Sequence[File], file: int, entry: Entry | None) -> Reading[None]:
    if entry is not None and entry.size <= 16:
        start = yield from start_of(files, file, entry)
        if (yield from take(files, file, start, entry.size, "byteorder")) == b"big":
            raise Invalid(f"{files[file].label} has its numbers the other way round (big-endian).")


def _place(files: Sequence[File], file: int, entry: Entry | None, key: str) -> Reading[Tensor]:
    """Where the bytes of a storage stand: as a tensor of bytes."""
    if entry is None:
        raise Invalid(f"{files[file].label} lacks the storage {quoted(key)}: the file is damaged.")
    start = yield from start_of(files, file, entry)
    if start + entry.size > files[file].size:
        raise Invalid(f"The storage {quoted(key)} would end beyond {files[file].label}: it is cut short.")
    return Tensor(name_of(key), (entry.size,), "U8", file, start, entry.size)


def _weights(root: Any) -> tuple[Any, str]:
    """The part of what was saved that holds the model's weights, and its key where it is not all."""
    if isinstance(root, dict) and not any(isinstance(each, View) for each in root.values()):
        for key in _INSIDE:
            if isinstance(root.get(key), dict) and any(isinstance(each, View) for each in root[key].values()):
                return root[key], key if len(root) > 1 else ""
    return root, ""


def _views(root: Any, prefix: str) -> Iterator[tuple[str, View]]:
    """Every tensor with its name: those inside others are named by all keys on the way."""
    visited, waiting = 0, [(prefix, root, 0)]
    while waiting:
        name, found, depth = waiting.pop()
        visited += 1
        if visited > _MOST_VISITED or depth > _DEEPEST:
            raise Invalid("What this file holds is nested too deep or too wide: it is no state_dict.")
        if isinstance(found, View):
            yield name_of(name), found
        elif isinstance(found, dict | list | tuple) and not isinstance(found, Other):
            inner = found.items() if isinstance(found, dict) else enumerate(found)
            dot = f"{name}." if name else ""
            waiting += reversed([(f"{dot}{key}", each, depth + 1) for key, each in inner if _may_hold(each)])


def _may_hold(found: Any) -> bool:
    return isinstance(found, View | dict | list) or (isinstance(found, tuple) and not isinstance(found, Other))


def _tensor(name: str, view: View, place: Tensor) -> Tensor:
    dtype = named("torch").get(view.dtype)
    if dtype is None:
        raise Invalid(f"{quoted(name)} has the type {quoted(view.dtype)}, which is not known here.")
    shape, size = shape_of(view.shape, name), kinds()[dtype].bytes
    spanned = 0 if 0 in shape else 1 + sum((n - 1) * step for n, step in zip(shape, view.strides, strict=True))
    if (view.offset + spanned) * size > place.bytes:
        raise Invalid(
            f"{quoted(name)} would need {show_bytes((view.offset + spanned) * size)} of a storage that has"
            f" {show_bytes(place.bytes)}: the file is damaged."
        )
    found = Tensor(name, shape, dtype, place.file, place.offset + view.offset * size, bytes_of(dtype, shape))
    if _is_plain(shape, view.strides):
        return found
    found = found._replace(strides=view.strides, bytes=min(found.bytes, spanned * size))
    turned = len(shape) == 2 and view.strides == (1, shape[0])
    return found if turned else found._replace(why="its elements do not follow each other in the file")


def _is_plain(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    """Whether elements stand row after row."""
    step = 1
    for length, stride in zip(reversed(shape), reversed(strides), strict=True):
        if length > 1 and stride != step:
            return False
        step *= length
    return True
