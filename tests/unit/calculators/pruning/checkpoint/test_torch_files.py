"""What torch.save wrote is read without torch, and what would run code is refused before anything runs."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.vocabulary.calculator import Invalid
from tests.checkpoints import Memory, archive_of, open_all, open_one, state

FILES = Path(__file__).parent / "torch_files"


def test_shapes_types_and_bytes_are_those_that_torch_saved() -> None:
    content = (FILES / "state.pt").read_bytes()
    found = {each.name: each for each in open_one("state.pt", content).tensors}

    def held(name: str) -> bytes:
        return content[found[name].offset : found[name].offset + found[name].bytes]

    assert {name: (each.dtype, each.shape) for name, each in found.items()} == {
        "model.embed_tokens.weight": ("BF16", (5, 4)),
        "lm_head.weight": ("BF16", (5, 4)),
        "layers.0.half": ("F16", (2, 3)),
        "layers.0.slice": ("F32", (2, 8)),
        "layers.0.turned": ("F32", (8, 6)),
        "layers.0.column": ("F32", (6,)),
        "layers.0.parameter": ("F64", (3, 2)),
        "layers.0.fp8": ("F8_E4M3", (4,)),
        "steps": ("I64", ()),
        "empty": ("F32", (0, 4)),
    }
    assert held("layers.0.half") == struct.pack("<6e", 0.0, -0.0, 1.5, 2.0, 0.0, 3.0)
    assert held("layers.0.slice") == struct.pack("<16f", *range(16, 32))
    assert held("layers.0.turned") == struct.pack("<48f", *range(48))
    assert held("layers.0.parameter") == struct.pack("<6d", *[1.0] * 6)
    assert held("layers.0.fp8") == b"\x00\x80\x38\x40"
    assert held("steps") == struct.pack("<q", 7)
    assert held("model.embed_tokens.weight")[8:16] == bytes(8)


def test_tied_tensors_are_told_and_counted_once() -> None:
    found = open_one("state.pt", (FILES / "state.pt").read_bytes())
    assert {each.name: each.same_as for each in found.tensors if each.same_as} == {
        "lm_head.weight": "model.embed_tokens.weight"
    }
    assert len(found.own) == len(found.tensors) - 1


def test_a_view_says_how_its_elements_lie() -> None:
    found = {each.name: each for each in open_one("state.pt", (FILES / "state.pt").read_bytes()).tensors}
    assert found["layers.0.slice"].strides is None
    assert found["layers.0.turned"].strides == (1, 8) and not found["layers.0.turned"].why
    assert found["layers.0.column"].strides == (8,) and "do not follow each other" in found["layers.0.column"].why


def test_of_a_training_the_weights_are_read() -> None:
    found = open_one("training.ckpt", (FILES / "training.ckpt").read_bytes())
    assert [each.name for each in found.tensors] == ["w"]
    assert found.notes[0].startswith("Only “state_dict” in training.ckpt is read")


def test_a_whole_module_is_refused_by_its_class() -> None:
    with pytest.raises(Invalid, match=r"would load torch\.nn\.modules\.linear\.Linear.*Nothing of it was run"):
        open_one("module.pt", (FILES / "module.pt").read_bytes())


class _Calls:
    """A pickle of this calls what it was given."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


ran: list[int] = []


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_calls_is_refused_and_nothing_runs(protocol: int) -> None:
    for call in (_Calls(ran.append, 1), _Calls(exec, "ran.append(1)"), _Calls(print, "x")):
        content = pickle.dumps({"w": call}, protocol)
        with pytest.raises(Invalid, match="Nothing of it was run"):
            open_one("a.pt", archive_of(content, {}))
    assert ran == []


def test_the_tensor_by_hand_is_one() -> None:
    (tensor,) = open_one("a.pt", archive_of(state(), {"0": bytes(8)})).tensors
    assert (tensor.name, tensor.shape, tensor.dtype, tensor.bytes) == ("w", (2,), "F32", 8)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (archive_of(state(), {}), "lacks the storage"),
        (archive_of(state(), {"0": bytes(4)}), "would need"),
        (archive_of(state(offset=9), {"0": bytes(8)}), "would need"),
        (archive_of(state(storage=b"ctorch\nThingStorage\n"), {"0": bytes(8)}), "type “ThingStorage”"),
        (archive_of(state(storage=b"cos\nsystem\n"), {"0": bytes(8)}), "would load os.system"),
        (archive_of(state(shape=b"X\x01\x00\x00\x00a\x85"), {"0": bytes(8)}), "no storage, shape and strides"),
        (archive_of(state(shape=b"K\x02"), {"0": bytes(8)}), "in a way that it does not have"),
        (archive_of(b"\x80\x02" + b"(" * 50, {}), "cut short"),
        (archive_of(b"\x80\x02R.", {}), "takes what it never put down"),
        (archive_of(b"\x80\x02h\x05.", {}), "takes what it never put down"),
        (archive_of(b"\x80\x02ios\nsystem\n.", {}), "instruction (0x69)"),
        (archive_of(b"\x80\x02}.", {}), "holds no tensors"),
        (archive_of(b"\x80\x02\x8a\xff" + bytes(255) + b".", {}), "no size of a tensor"),
        (archive_of(b"\x80\x02}()K\x01u.", {}), "keys"),
        (archive_of(b"\x80\x02X\xff\xff\xff\x7f.", {}), "cut short"),
        (archive_of(b"\x80\x02" + b"]" + b"]a" * 30 + b".", {}), "holds no tensors"),
        (archive_of(state(), {"0": bytes(8)}, zipfile.ZIP_DEFLATED), "is compressed"),
        (archive_of(state(), {"0": bytes(8)})[:-5], "does not end as one"),
        (b"PK\x03\x04" + bytes(40), "does not end as one"),
        (b"PK\x03\x04PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, 2**20, 0, 0), "cut short"),
        (b"PK\x03\x04PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 9, 9, 0, 4, 0), "should hold 9 files"),
    ],
)
def test_a_damaged_file_is_refused_for_its_reason(content: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_one("a.pt", content)
    assert says in str(refused.value)


def test_lists_that_hold_each_other_many_times_over_are_refused() -> None:
    doubled = b"]q\x00" + state()[2:-1] + b"a"
    for place in range(1, 19):
        doubled += b"]q" + bytes([place]) + (b"h" + bytes([place - 1]) + b"a") * 4
    with pytest.raises(Invalid, match="nested too deep or too wide"):
        open_one("a.pt", archive_of(b"\x80\x02" + doubled + b".", {"0": bytes(8)}))


def test_a_list_that_holds_itself_is_refused() -> None:
    with pytest.raises(Invalid, match="nested too deep"):
        open_one("a.pt", archive_of(b"\x80\x02]q\x00h\x00a.", {}))


def test_a_bomb_is_not_unpacked() -> None:
    content = archive_of(b"\x80\x02}." + bytes(50_000_000), {}, zipfile.ZIP_DEFLATED)
    source = Memory("bomb.pt", content)
    with pytest.raises(Invalid, match=r"nothing of it was unpacked|no state_dict needs so much"):
        open_all([source])


def test_an_archive_over_four_gigabytes_is_read_from_its_end() -> None:
    """zip64: sizes and places of eight bytes."""
    size = 5 * 2**30
    pkl, key = state(size=2), "archive/data/0"
    head = struct.pack("<4sHHHHHIIIHH", b"PK\x03\x04", 45, 0, 0, 0, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF, len(key), 0)
    first = head.replace(struct.pack("<HH", len(key), 0), struct.pack("<HH", 16, 0)) + b"archive/data.pkl" + pkl
    second = head + key.encode()
    wide = struct.pack("<HHQQQ", 1, 24, size, size, len(first))

    def listed(name: str, packed: int, at: int, extra: bytes) -> bytes:
        fields = (45, 45, 0, 0, 0, 0, 0, packed, packed, len(name), len(extra), 0, 0, 0, 0, at)
        return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", *fields) + name.encode() + extra

    where = len(first) + len(second) + size
    directory = listed("archive/data.pkl", len(pkl), 0, b"") + listed(key, 0xFFFFFFFF, 0xFFFFFFFF, wide)
    end = where + len(directory)
    tail = directory + struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 2, 2, len(directory), where)
    tail += struct.pack("<4sIQI", b"PK\x06\x07", 0, end, 1)
    tail += struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)

    class Sparse(Memory):
        def read(self, offset: int, length: int) -> bytes:
            self.read_bytes += length
            held = io.BytesIO()
            for at in range(offset, offset + length):
                inside = at - where
                held.write(tail[inside : inside + 1] if inside >= 0 else (first + second)[at : at + 1] or b"\0")
            return held.getvalue()

    source = Sparse("big.pt", b"", size=where + len(tail))
    (tensor,) = open_all([source]).tensors
    assert tensor.offset == len(first) + len(second) and source.read_bytes < 200_000
