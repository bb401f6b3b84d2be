"""Some files -> the checkpoint in them: which of them hold weights and how they are written, told by what they begin
with; the shards of one model together; the config.json beside them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from app.calculators.pruning.checkpoint import archive, gguf, onnx, pytorch, safetensors
from app.calculators.pruning.checkpoint.source import PAUSE, File, Reading, take
from app.calculators.pruning.checkpoint.tensors import Checkpoint, Tensor, Way, checked
from app.calculators.pruning.checkpoint.texts import name_of, quoted
from app.calculators.pruning.model.parse import LONGEST, parse
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_bytes

MOST_FILES = 2_000
"""Files that are looked at."""

_ENDINGS: dict[str, tuple[Way, ...]] = {
    ".safetensors": ("safetensors",),
    ".gguf": ("GGUF",),
    ".bin": ("PyTorch",),
    ".pt": ("PyTorch",),
    ".pth": ("PyTorch",),
    ".ckpt": ("PyTorch",),
    ".onnx": ("ONNX",),
}
_PREFERRED: tuple[Way, ...] = ("safetensors", "GGUF", "PyTorch", "ONNX")
_NOT_WEIGHTS = re.compile(r"(training_args|optimizer|scheduler|rng_state|scaler)[^/]*\.(bin|pt|pth)$")
_SHARD = re.compile(r"^(.*?)[-_.]?(\d{5})-of-(\d{5})$")
_BEGINNING = 16

_OTHERS = (
    (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "written by PyTorch before 1.6: load it and save it again"),
    (b"\x80", "a bare pickle, which is not read: save the state_dict() with torch.save, or as safetensors"),
    (b"\x93NUMPY", "an array of NumPy: save it as safetensors"),
    (b"\x89HDF", "an HDF5 file of Keras or TensorFlow: convert it to safetensors"),
    (b"\x1f\x8b", "compressed with gzip: unpack it first"),
    (b"BZh", "compressed with bzip2: unpack it first"),
    (b"\xfd7zXZ", "compressed with xz: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd: unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive: unpack it first"),
    (b"version https://", "a pointer of Git LFS and not the file itself: fetch it with git lfs pull"),
    (b"<!DOCTYPE", "a web page: download the file itself"),
    (b"<html", "a web page: download the file itself"),
    (b"lmgg", "written for llama.cpp before GGUF: convert the model anew"),
    (b"tjgg", "written for llama.cpp before GGUF: convert the model anew"),
)


class _Group(NamedTuple):
    """Files that belong together: the way, the folder and name they share, their places, how many there should be."""

    way: Way
    name: str
    members: tuple[int, ...]
    bytes: int
    shards: int


def opened(files: Sequence[File]) -> Reading[Checkpoint]:
    """The checkpoint in some files: a single one, or all that lie in a folder. Raises `Invalid` where there is none."""
    if not files:
        raise Invalid("No file was chosen: choose a checkpoint, or the folder it lies in.")
    if len(files) > MOST_FILES:
        raise Invalid(f"There are {len(files):,} files: choose the folder of one model.")
    groups = yield from _groups(files)
    chosen = groups[0]
    notes = _left_out(groups)
    found: list[Tensor] = []
    said: dict[str, Any] = {}
    for member in chosen.members:
        tensors, of_file, more = yield from _header(files, member, chosen.way)
        found += tensors
        said |= {key: value for key, value in of_file.items() if key not in said}
        notes += more
    missing = chosen.shards - len(chosen.members)
    if missing > 0:
        notes.append(f"{missing:,} of {chosen.shards:,} files are not here: all that follows is of the others.")
    if chosen.way in ("safetensors", "PyTorch"):
        notes += yield from _against_index(files, chosen, found)
    config, trouble = yield from _config(files, chosen)
    if not found:
        raise Invalid(f"{files[chosen.members[0]].label} holds no tensors.")
    twice = [name for name, times in Counter(each.name for each in found).items() if times > 1]
    if twice:
        notes.append(f"{quoted(twice[0])} stands in the files more than once: each is counted.")
    yield PAUSE
    tensors = checked(found, files)
    return Checkpoint(chosen.way, tuple(files), tensors, config, said, (*notes, *trouble))


def _groups(files: Sequence[File]) -> Reading[list[_Group]]:
    """The checkpoints among the files, the one that is read first."""
    shards: dict[tuple[Way, str], list[tuple[int, int]]] = {}
    why = ""
    for place, file in enumerate(files):
        path = PurePosixPath(file.name)
        alone = len(files) == 1
        if not alone and (path.suffix.casefold() not in _ENDINGS or _NOT_WEIGHTS.search(path.name)):
            continue
        try:
            way = yield from _way(files, place)
        except Invalid as invalid:
            if alone:
                raise
            why = why or str(invalid)
            continue
        shard = _SHARD.match(path.stem)
        key = (way, f"{path.parent}/{shard[1] if shard else path.stem}")
        shards.setdefault(key, []).append((place, int(shard[3]) if shard else 1))
    groups = [
        _Group(
            way,
            name,
            tuple(place for place, _ in members),
            sum(files[place].size for place, _ in members),
            max(number for _, number in members),
        )
        for (way, name), members in shards.items()
    ]
    if not groups:
        raise Invalid(
            why
            or "None of these files holds weights: choose files that end in .safetensors, .gguf, .bin, .pt, .pth or"
            " .onnx."
        )
    _join_index_named(groups)
    return sorted(groups, key=lambda each: (_PREFERRED.index(each.way), -each.bytes))


def _join_index_named(groups: list[_Group]) -> None:
    """Several files of one way and folder that are numbered otherwise than shards (consolidated.00.pth, layers-1, …)
    are one model.
    """
    for way in ("safetensors", "PyTorch"):
        alike = [each for each in groups if each.way == way and re.search(r"\d$", each.name)]
        if len(alike) > 1 and len({PurePosixPath(each.name).parent for each in alike}) == 1:
            whole = _Group(
                alike[0].way,
                alike[0].name,
                tuple(place for each in alike for place in each.members),
                sum(each.bytes for each in alike),
                sum(each.shards for each in alike),
            )
            groups[:] = [each for each in groups if each not in alike] + [whole]


def _left_out(groups: Sequence[_Group]) -> list[str]:
    others = [shorten(name_of(PurePosixPath(each.name).name[:200])) for each in groups[1:]]
    if not others:
        return []
    more = f" and {len(others) - 3:,} more" if len(others) > 3 else ""
    return [f"Only one checkpoint is read. Left out: {', '.join(others[:3])}{more}."]


def _way(files: Sequence[File], file: int) -> Reading[Way]:
    """How a file is written, by what it begins with. Raises `Invalid` for one that is not read here."""
    name, size = files[file].label, files[file].size
    if not size:
        raise Invalid(f"{name} is empty: fetch it again.")
    begins = yield from take(files, file, 0, min(_BEGINNING, size), "beginning")
    ending = PurePosixPath(files[file].name).suffix.casefold()
    if begins.startswith(gguf.MAGIC):
        return "GGUF"
    if begins.startswith(archive.MAGIC):
        return "PyTorch"
    # Before others: the length of a header may begin like anything.
    if begins[8:9] == b"{" and int.from_bytes(begins[:8], "little") <= size - 8:
        return "safetensors"
    for magic, what in _OTHERS:
        if begins.startswith(magic) and (len(magic) > 1 or ending != ".safetensors"):
            raise Invalid(f"{name} is {what}.")
    if ending == ".safetensors":
        return "safetensors"
    if ending == ".onnx" or begins[:1] == b"\x08":
        return "ONNX"
    if ending in _ENDINGS:
        raise Invalid(f"{name} does not begin as {_ENDINGS[ending][0]} does: it is damaged, or something else.")
    raise Invalid(
        f"{name} is no checkpoint that is read here: choose safetensors, GGUF, what torch.save wrote, or ONNX."
    )


def _header(
    files: Sequence[File], file: int, way: Way
) -> Reading[tuple[tuple[Tensor, ...], Mapping[str, Any], list[str]]]:
    """The tensors of one file, what it says of itself, and notes."""
    if way == "safetensors":
        head = yield from safetensors.header(files, file)
        left = head.left_over
        note = f"{files[file].label} has {show_bytes(left)} after its last tensor, which no tensor needs."
        return head.tensors, head.said, [note] if left else []
    if way == "GGUF":
        found = yield from gguf.header(files, file)
        return found.tensors, found.said, []
    if way == "PyTorch":
        saved = yield from pytorch.header(files, file)
        return saved.tensors, {}, list(saved.notes)
    return (yield from onnx.header(files, file)), {}, []


def _against_index(files: Sequence[File], chosen: _Group, found: Sequence[Tensor]) -> Reading[list[str]]:
    """What an index beside the files says otherwise than they do."""
    folder = PurePosixPath(files[chosen.members[0]].name).parent
    ending = ".safetensors.index.json" if chosen.way == "safetensors" else ".bin.index.json"
    place = next(
        (
            at
            for at, each in enumerate(files)
            if each.name.endswith(ending) and PurePosixPath(each.name).parent == folder
        ),
        None,
    )
    if place is None or chosen.shards == 1:
        return []
    try:
        index = yield from safetensors.index(files, place)
    except Invalid as invalid:
        return [f"The index was not used. {invalid}"]
    here = {PurePosixPath(files[each].name).name for each in chosen.members}
    away = sorted(set(index.values()) - here)
    names = {each.name for each in found}
    lacking = [name for name, where in index.items() if where in here and name not in names]
    notes = []
    if away:
        listed = ", ".join(shorten(name_of(each[:200])) for each in away[:3])
        notes.append(f"Files that the index names are not here: {len(away):,}, such as {listed}.")
    if lacking:
        notes.append(
            f"Tensors that the index names are not in its files: {len(lacking):,}, such as {quoted(lacking[0])}."
        )
    return notes


def _config(files: Sequence[File], chosen: _Group) -> Reading[tuple[Mapping[str, Any] | None, list[str]]]:
    """The config.json in the folder of the weights, or else the only one there is; and why it cannot be used."""
    folder = PurePosixPath(files[chosen.members[0]].name).parent
    places = [at for at, each in enumerate(files) if PurePosixPath(each.name).name == "config.json"]
    beside = [at for at in places if PurePosixPath(files[at].name).parent == folder]
    place = next(iter(beside or (places if len(places) == 1 else [])), None)
    if place is None:
        return None, []
    try:
        if files[place].size > LONGEST:
            raise Invalid(f"It has {show_bytes(files[place].size)}: a config.json has a few thousand bytes.")
        content = yield from take(files, place, 0, files[place].size, "text")
        return parse(content.decode(errors="replace")), []
    except Invalid as invalid:
        return None, [f"config.json was not used. {invalid}"]
