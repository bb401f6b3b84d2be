"""Shapes, types and bytes are what the libraries that wrote the files say."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import gguf
import ml_dtypes
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from app.calculators.pruning.checkpoint.safetensors import header
from app.calculators.pruning.checkpoint.source import PAUSE, files_of
from app.vocabulary.calculator import Invalid
from tests.checkpoints import Memory, gguf_of, header_of, onnx_of, open_all, open_files, open_one, safetensors_of

TORCH = Path(__file__).parent / "torch_files"
NUMPY = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "F8_E4M3": ml_dtypes.float8_e4m3fn,
    "F8_E5M2": ml_dtypes.float8_e5m2,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U8": np.uint8,
    "BOOL": np.bool_,
}


def held(content: bytes, tensor) -> bytes:  # type: ignore[no-untyped-def]
    return content[tensor.offset : tensor.offset + tensor.bytes]


# --- safetensors ---


def test_every_type_of_safetensors_stands_where_it_says() -> None:
    arrays = {f"of.{name}": np.arange(6).reshape(2, 3).astype(kind) for name, kind in NUMPY.items()}
    content = safetensors_of(arrays, {"format": "pt"})
    found = open_one("model.safetensors", content)
    assert found.way == "safetensors" and found.said == {"format": "pt"}
    by_name = {each.name: each for each in found.tensors}
    assert by_name.keys() == arrays.keys()
    for dtype in NUMPY:
        tensor, array = by_name[f"of.{dtype}"], arrays[f"of.{dtype}"]
        assert (tensor.dtype, tensor.shape, tensor.bytes) == (dtype, array.shape, array.nbytes)
        assert held(content, tensor) == array.tobytes()


def test_a_scalar_and_an_empty_tensor_are_tensors() -> None:
    arrays = {"one": np.asarray(np.float32(3)), "none": np.zeros((0, 4), np.float32)}
    found = open_one("a.safetensors", safetensors_of(arrays))
    assert {each.name: (each.shape, each.bytes) for each in found.tensors} == {"one": ((), 4), "none": ((0, 4), 0)}


def test_a_header_may_have_any_length() -> None:
    """Its first byte may be that of a pickle, or of anything else."""
    for length in (*range(0x60, 0x100), 0x8B1F):
        text = '{"w": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}'.ljust(length)
        for name in ("a.safetensors", "a.bin"):
            assert len(open_one(name, header_of(text, b"1")).tensors) == 1


def test_shards_are_one_checkpoint_and_a_missing_one_is_told() -> None:
    parts = [safetensors_of({f"layers.{at}.w": np.ones((2, 2), np.float32)}) for at in range(2)]
    names = [f"model-0000{at + 1}-of-00002.safetensors" for at in range(2)]
    index = json.dumps(
        {"metadata": {"total_size": 32}, "weight_map": {f"layers.{at}.w": names[at] for at in range(2)}}
    ).encode()
    beside = [Memory("repo/model.safetensors.index.json", index), Memory("repo/tokenizer.json", b"{}")]
    whole = open_all([*(Memory(f"repo/{name}", part) for name, part in zip(names, parts, strict=True)), *beside])
    assert [each.name for each in whole.tensors] == ["layers.0.w", "layers.1.w"] and not whole.notes
    assert [each.file for each in whole.tensors] == [0, 1]
    half = open_all([Memory(f"repo/{names[0]}", parts[0]), *beside])
    assert half.notes == (
        "1 of 2 files are not here: all that follows is of the others.",
        "Files that the index names are not here: 1, such as model-00002-of-00002.safetensors.",
    )


@pytest.mark.parametrize(
    ("index", "why"), [(b"[", "is no JSON"), (b"{}", "has no weight_map"), (b" " * 48_000_001, "up to 48.0")]
)
def test_an_index_that_cannot_be_used_is_told_and_nothing_is_lost(index: bytes, why: str) -> None:
    parts = [Memory(f"a-0000{at}-of-00002.safetensors", safetensors_of({f"w{at}": np.ones(2)})) for at in (1, 2)]
    found = open_all([*parts, Memory("a.safetensors.index.json", index)])
    assert len(found.tensors) == 2 and len(found.notes) == 1
    assert found.notes[0].startswith("The index was not used. a.safetensors.index.json ") and why in found.notes[0]


def test_a_folder_with_several_ways_is_read_in_one_of_them() -> None:
    found = open_all(
        [
            Memory("pytorch_model.bin", (TORCH / "state.pt").read_bytes()),
            Memory("model.safetensors", safetensors_of({"w": np.ones((2, 2), np.float32)})),
            Memory("training_args.bin", b"\x80\x02."),
            Memory("config.json", b'{"model_type": "gpt2"}'),
        ]
    )
    assert found.way == "safetensors" and found.config == {"model_type": "gpt2"}
    assert found.notes == ("Only one checkpoint is read. Left out: pytorch_model.",)


def test_a_config_that_cannot_be_used_is_told_and_nothing_is_lost() -> None:
    found = open_all([Memory("a.safetensors", safetensors_of({"w": np.ones(2)})), Memory("config.json", b"[")])
    assert found.config is None and found.notes[0].startswith("config.json was not used. This is not JSON")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"abc", "cut short"),
        ((10**11).to_bytes(8, "little") + b"{}", "its header would take 100\u202fGB, and the file has 10\u202fB"),
        ((2**64 - 1).to_bytes(8, "little") + b"{}", "no whole safetensors file"),
        (header_of("{"), "no JSON"),
        (header_of("[]"), "no JSON object"),
        (header_of('{"a": 1}'), "lacks its dtype, shape or data_offsets"),
        (header_of('{"a": {"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}}', b"1234"), "has the type “F99”"),
        (header_of('{"a": {"dtype": ["F32"], "shape": [1], "data_offsets": [0, 4]}}', b"1234"), "not known here"),
        (header_of('{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}', b"1234"), "take 8"),
        (
            header_of('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}}', b"1234"),
            "begin at 4 and end at 0",
        ),
        (header_of('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', b"123"), "cut short"),
        (header_of('{"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}', b"1234"), "no tensor’s"),
        (header_of('{"a": {"dtype": "F32", "shape": [true], "data_offsets": [0, 4]}}', b"1234"), "no tensor’s"),
        (header_of('{"a": {"dtype": "F32", "shape": [1e400], "data_offsets": [0, 4]}}', b"1234"), "no tensor’s"),
        (header_of(f'{{"a": {{"dtype": "F32", "shape": [{"9" * 5000}], "data_offsets": [0, 4]}}}}'), "5,000 digits"),
        (header_of('{"a": {"dtype": "F32", "shape": [4294967296, 4294967296], "data_offsets": [0, 4]}}'), "weights"),
        (header_of('{"a": {"dtype": "F32", "shape": [1], "data_offsets": ["0", 4]}}', b"1234"), "two whole numbers"),
        (header_of('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}"), "nested at most 4 deep"),
        (header_of('{"a": ' + '{"a":' * 100_000), "nested at most 4 deep"),
        (header_of('{"a": 1, "a": 2}'), "“a” stands twice"),
        (header_of('{"__metadata__": {"a": 1}}'), "something other than texts"),
        (header_of(b'{"\xff": 1}'), "no text in UTF-8"),
        (header_of('{"' + "a" * 5000 + '": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}', b"1234"), "5,000"),
        (
            header_of(
                '{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},'
                ' "b": {"dtype": "F32", "shape": [1], "data_offsets": [2, 6]}}',
                b"123456",
            ),
            "“a” and “b” overlap",
        ),
    ],
)
def test_a_damaged_safetensors_file_is_refused_for_its_reason(content: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_one("a.safetensors", content)
    assert says in str(refused.value)


def test_a_header_longer_than_any_is_refused_unread() -> None:
    source = Memory("a.safetensors", (10**9).to_bytes(8, "little") + b"{", size=2 * 10**9)
    with pytest.raises(Invalid, match=r"up to 48\.0"):
        open_all([source])
    assert source.read_bytes < 1000


def test_a_long_header_lets_others_have_their_turn() -> None:
    entries = ",".join(f'"{at}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}' for at in range(5000))
    source = Memory("a.safetensors", header_of(f"{{{entries}}}"))
    reading, wanted, turns = header(files_of([source]), 0), PAUSE, 0
    next(reading)
    with pytest.raises(StopIteration) as returned:
        wanted = reading.send(source.read(0, 8))
        while True:
            turns += wanted == PAUSE
            wanted = reading.send(source.read(wanted.offset, wanted.length))
    assert len(returned.value.value.tensors) == 5000 and turns >= 10


def test_a_million_tensors_are_refused() -> None:
    entries = ",".join(f'"{at}":{{"dtype":"F32","shape":[],"data_offsets":[0,0]}}' for at in range(300_001))
    with pytest.raises(Invalid, match="300,001 tensors"):
        open_one("a.safetensors", header_of(f"{{{entries}}}"))


def test_a_name_with_controls_is_spelled_out() -> None:
    text = json.dumps({"a\x07\u202eb<script>": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}})
    found = open_one("a.safetensors", header_of(text, b"1234"))
    assert found.tensors[0].name == "a\\x07\\u202eb<script>"


def test_a_file_over_four_gigabytes_costs_its_header() -> None:
    text = json.dumps({"w": {"dtype": "F16", "shape": [50_000, 65_536], "data_offsets": [0, 6_553_600_000]}})
    source = Memory("big.safetensors", header_of(text), size=8 + len(text) + 6_553_600_000)
    assert open_all([source]).bytes == 6_553_600_000 and source.read_bytes < 10_000


# --- GGUF ---


def test_gguf_is_what_its_library_reads(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    blocks = gguf.quants.quantize(rng.normal(size=(3, 64)).astype(np.float32), gguf.GGMLQuantizationType.Q8_0)
    k_blocks = np.zeros((4, 2 * 144), np.uint8)
    tensors = {
        "blk.0.attn_q.weight": rng.normal(size=(4, 8)).astype(np.float32),
        "blk.0.ffn_up.weight": rng.normal(size=(2, 3, 8)).astype(np.float16),
        "blk.0.ffn_down.weight": (blocks, gguf.GGMLQuantizationType.Q8_0),
        "token_embd.weight": (k_blocks, gguf.GGMLQuantizationType.Q4_K),
    }
    words = ["a" * (at % 50) for at in range(5000)]
    content = gguf_of(tensors, tmp_path, tokenizer__ggml__tokens=words, llama__block_count=1, general__name="tiny")
    found = open_one("any name", content)
    assert found.way == "GGUF" and found.said["general.name"] == "tiny" and found.said["llama.block_count"] == 1
    library = {each.name: each for each in gguf.GGUFReader(tmp_path / "made.gguf").tensors}
    assert {each.name for each in found.tensors} == library.keys()
    for each in found.tensors:
        theirs = library[each.name]
        assert each.shape == tuple(int(n) for n in reversed(theirs.shape))
        assert (each.bytes, each.offset) == (theirs.n_bytes, theirs.data_offset)
        assert each.dtype == theirs.tensor_type.name


def made_gguf(version: int, dims: tuple[int, ...], code: int = 0, keys: bytes = b"", number: int = 0) -> bytes:
    """A GGUF head written by hand, of one tensor, and its data."""
    wide = "I" if version == 1 else "Q"
    name = struct.pack(f"<{wide}", 1) + b"w"
    tensor = (
        name + struct.pack("<I", len(dims)) + struct.pack(f"<{len(dims)}{wide}", *dims) + struct.pack("<IQ", code, 0)
    )
    head = b"GGUF" + struct.pack(f"<I{wide}{wide}", version, 1, number) + keys + tensor
    return head.ljust(-(-len(head) // 32) * 32, b"\0") + bytes(64)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_each_version_of_gguf_is_read(version: int) -> None:
    (tensor,) = open_one("a.gguf", made_gguf(version, (4, 2))).tensors
    assert (tensor.name, tensor.shape, tensor.dtype, tensor.bytes) == ("w", (2, 4), "F32", 32)


def test_the_blocks_are_those_of_the_library() -> None:
    from app.calculators.pruning.checkpoint.tensors import kinds, named

    for kind, (weights, size) in gguf.GGML_QUANT_SIZES.items():
        ours = kinds()[named("gguf")[str(int(kind))]]
        assert (ours.weights, ours.bytes) == (weights, size)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"GGUF", "cut short"),
        (b"GGUF" + struct.pack("<I", 9), "version 9"),
        (b"GGUF" + struct.pack(">IQQ", 3, 1, 0) + bytes(99), "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0) + bytes(99), "1,152,921,504,606,846,976 tensors"),
        (made_gguf(3, (4, 2), code=77), "type 77"),
        (made_gguf(3, (33,), code=8), "blocks of Q8_0 32"),
        (made_gguf(3, (2**40, 2**40)), "weights"),
        (made_gguf(3, (4, 2))[:-60], "beyond"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**62), "would have 4,611,686,018,427,387,904 bytes"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"kI\0\0\0", "unknown kind"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQ", 9, 0, 2**60), "values"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1) + b"k" + struct.pack("<IIQQ", 9, 8, 9, 2**60), "cut short"),
    ],
)
def test_a_damaged_gguf_file_is_refused_for_its_reason(content: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_one("a.gguf", content)
    assert says in str(refused.value)


# --- ONNX ---


def test_every_type_of_onnx_that_is_kept_as_bytes_stands_where_it_says() -> None:
    arrays = {name: np.arange(6).reshape(2, 3).astype(kind) for name, kind in NUMPY.items()}
    content = onnx_of([numpy_helper.from_array(array, name) for name, array in arrays.items()])
    found = open_one("a.onnx", content)
    assert found.way == "ONNX" and [each.name for each in found.tensors] == list(arrays)
    for each in found.tensors:
        array = arrays[each.name]
        assert (each.dtype, each.shape, each.bytes) == (each.name, array.shape, array.nbytes)
        assert held(content, each) == array.tobytes()


def test_what_onnx_keeps_as_numbers_is_told_where_it_can_be() -> None:
    floats = helper.make_tensor("floats", TensorProto.FLOAT, [2, 2], [1.0, 0.0, 2.0, 3.0])
    halves = helper.make_tensor("halves", TensorProto.FLOAT16, [2], [1.0, 0.0])
    content = onnx_of([floats, halves])
    one, other = open_one("a.onnx", content).tensors
    assert held(content, one) == np.array([1, 0, 2, 3], np.float32).tobytes() and not one.why
    assert other.shape == (2,) and other.offset == -1 and "plain bytes" in other.why


def test_nested_graphs_constants_and_uses_of_onnx_are_read() -> None:
    ones = np.ones((4, 8), np.float32)
    branch = helper.make_graph(
        [helper.make_node("Gemm", ["x", "inner"], ["y"], transB=1)],
        "branch",
        [],
        [],
        [numpy_helper.from_array(ones, "inner")],
    )
    nodes = [
        helper.make_node("If", ["c"], ["z"], then_branch=branch, else_branch=branch),
        helper.make_node("Constant", [], ["held"], value=numpy_helper.from_array(ones, "another name")),
        helper.make_node("MatMul", ["x", "held"], ["m"]),
        helper.make_node("DequantizeLinear", ["int8", "scale"], ["float"]),
        helper.make_node("Transpose", ["float"], ["turned"]),
        helper.make_node("MatMul", ["x", "turned"], ["n"]),
        helper.make_node("Gather", ["table", "i"], ["g"]),
        helper.make_node("Conv", ["x", "kernel"], ["k"]),
    ]
    given = {"int8": ones.astype(np.int8), "scale": np.float32([1]), "table": ones, "kernel": np.ones((2, 2, 3, 3))}
    content = onnx_of([numpy_helper.from_array(np.asarray(each), name) for name, each in given.items()], nodes)
    uses = {each.name: each.used for each in open_one("a.onnx", content).tensors}
    assert uses == {
        "inner": "product",
        "held": "product turned",
        "int8": "product",
        "scale": "",
        "table": "lookup",
        "kernel": "convolution",
    }


def test_what_onnx_keeps_in_another_file_is_found_there_or_told(tmp_path: Path) -> None:
    array = np.arange(64, dtype=np.float32).reshape(8, 8)
    model = onnx.load_from_string(onnx_of([numpy_helper.from_array(array, "w")]))
    onnx.save(model, tmp_path / "m.onnx", save_as_external_data=True, location="m.data", size_threshold=0)
    content, data = (tmp_path / "m.onnx").read_bytes(), (tmp_path / "m.data").read_bytes()
    found = open_all([Memory("m.onnx", content), Memory("m.data", data)])
    assert held(data, found.tensors[0]) == array.tobytes() and found.tensors[0].file == 1
    (alone,) = open_one("m.onnx", content).tensors
    assert alone.offset == -1 and alone.why == "its bytes stand in m.data, which is not here" and alone.bytes == 256
    with pytest.raises(Invalid, match="cut short"):
        open_all([Memory("m.onnx", content), Memory("m.data", data[:-1])])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\x08\x07", "has no graph"),
        (b"\x08\x07" + b"\x3a\xff\xff\xff\xff\x0f", "beyond the whole"),
        (b"\x08" + b"\xff" * 20, "does not end"),
        (b"\x08\x07\x3b", "unknown kind"),
        (onnx_of([helper.make_tensor("w", TensorProto.FLOAT, [3], b"12345678" + b"1234", raw=True)])[:-6], "cut short"),
    ],
)
def test_a_damaged_onnx_file_is_refused_for_its_reason(content: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_one("a.onnx", content)
    assert says in str(refused.value)


def test_graphs_that_stand_too_deep_in_each_other_are_refused() -> None:
    graph = helper.make_graph([], "g", [], [])
    for _ in range(20):
        graph = helper.make_graph([helper.make_node("If", ["c"], ["z"], then_branch=graph)], "g", [], [])
    with pytest.raises(Invalid, match="12 deep"):
        open_one("a.onnx", helper.make_model(graph).SerializeToString())


# --- files that are something else ---


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "pointer of Git LFS"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\x1f\x8b\x08" + bytes(30), "gzip"),
        (b"\x93NUMPY\x01\x00", "NumPy"),
        (b"\x89HDF\r\n\x1a\n", "HDF5"),
        ((TORCH / "before_1_6.pt").read_bytes(), "before 1.6"),
    ],
)
def test_other_files_are_called_by_their_name(content: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_one("model.bin", content)
    assert says in str(refused.value)


def test_a_folder_without_weights_says_what_would_be_right() -> None:
    with pytest.raises(Invalid, match=r"\.safetensors, \.gguf"):
        open_files(README=b"# a", config=b"{}")
