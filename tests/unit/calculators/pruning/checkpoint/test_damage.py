"""Whatever stands in a file, it is read or refused with a message: never another fault, and never much read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from app.vocabulary.calculator import Invalid
from tests import depth
from tests.checkpoints import Memory, gguf_of, onnx_of, open_all, safetensors_of

FILES = Path(__file__).parent / "torch_files"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    arrays = {f"layers.{at}.w": np.arange(24, dtype=np.float32).reshape(4, 6) for at in range(3)}
    return {
        "a.safetensors": safetensors_of(arrays, {"format": "pt"}),
        "a.gguf": gguf_of(arrays, tmp_path_factory.mktemp("made"), a__b=3, words=["a", "b"]),
        "a.onnx": onnx_of([numpy_helper.from_array(each, name) for name, each in arrays.items()]),
        "a.pt": (FILES / "state.pt").read_bytes(),
    }


def read(name: str, content: bytes) -> None:
    """Reads it or refuses it, and asks for no more of it than a few times what it has."""
    source = Memory(name, content)
    try:
        found = open_all([source])
    except Invalid as refused:
        assert str(refused).isprintable() or "\u202f" in str(refused)
    else:
        for each in found.tensors:
            assert each.offset == -1 or 0 <= each.offset <= each.offset + each.bytes <= len(content)
            assert each.name.isprintable()
    assert source.read_bytes <= 20 * (len(content) + 1000)


NAMES = ("a.safetensors", "a.gguf", "a.onnx", "a.pt")


@settings(max_examples=depth.cases(100, 2000))
@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=8)), max_size=4),
    st.floats(0, 1),
    st.booleans(),
)
@example("a.pt", [], 0.5, True)
def test_a_file_with_damage_is_read_or_refused(
    whole: dict[str, bytes], name: str, damage: list[tuple[float, bytes]], kept: float, head_only: bool
) -> None:
    content = bytearray(whole[name])
    for where, by in damage:
        at = int(where * (min(len(content), 600) if head_only else len(content)))
        content[at : at + len(by)] = by
    read(name, bytes(content[: int(kept * len(content)) + 1] if kept < 0.5 else content))


@settings(max_examples=depth.cases(100, 2000))
@given(st.sampled_from(NAMES), st.binary(max_size=300))
def test_anything_under_any_name_is_read_or_refused(name: str, content: bytes) -> None:
    begins = {"a.safetensors": len(content).to_bytes(8, "little") + b"{", "a.gguf": b"GGUF\3\0\0\0", "a.onnx": b"\x08"}
    read(name, begins.get(name, b"") + content)
