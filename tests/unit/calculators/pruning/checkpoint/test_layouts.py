"""What is stored in several tensors is one matrix, and its zeros are those of the weights that were packed."""

from __future__ import annotations

import json
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from app.calculators.pruning.checkpoint.counts import Counts, Grid
from app.calculators.pruning.checkpoint.layouts import Matrix, matrices
from app.calculators.pruning.checkpoint.opening import opened
from app.calculators.pruning.checkpoint.scanning import counted
from app.calculators.pruning.checkpoint.source import drive, files_of
from app.vocabulary.calculator import Invalid
from tests.checkpoints import Memory, header_of, onnx_of, open_all, safetensors_of
from tests.unit.calculators.pruning.checkpoint.test_counting import oracle

BASE = "model.layers.0.self_attn.q_proj"


def found_in(arrays: dict[str, np.ndarray], config: str = "") -> dict[str, tuple[Matrix, Counts | None]]:
    sources = [Memory("model.safetensors", safetensors_of(arrays))]
    if config:
        sources.append(Memory("config.json", config.encode()))
    files = files_of(sources)
    every = matrices(drive(opened(files), sources))
    return {each.name: (each, drive(counted(files, each), sources) if each.grid else None) for each in every}


def expected(live: np.ndarray) -> Counts:
    return oracle(live.reshape(live.shape[0], 1, live.shape[1]), live.shape[1])


def words(halves: np.ndarray) -> np.ndarray:
    """Eight halves of a byte along the last axis in a word of 32 bits, the first one lowest."""
    parts = halves.reshape(*halves.shape[:-1], -1, 8).astype(np.uint32)
    return (parts << np.arange(0, 32, 4, dtype=np.uint32)).sum(-1, dtype=np.uint32).view(np.int32)


RNG = np.random.default_rng(5)
QUANTIZED = RNG.integers(-8, 8, (48, 128))
QUANTIZED[RNG.random(QUANTIZED.shape) < 0.4] = 0
QUANTIZED[3] = 0


def test_int4_of_compressed_tensors_without_zero_points() -> None:
    arrays = {
        f"{BASE}.weight_packed": words(QUANTIZED + 8),
        f"{BASE}.weight_scale": np.ones((48, 4), np.float16),
        f"{BASE}.weight_shape": np.array([48, 128]),
    }
    ((matrix, counts),) = found_in(arrays).values()
    assert (matrix.name, matrix.type, matrix.weights) == (f"{BASE}.weight", "INT4 (compressed-tensors)", 48 * 128)
    assert matrix.stored_bytes == 48 * 64 + 48 * 8 + 16 and matrix.place.role == "query"
    assert counts == expected(QUANTIZED != 0)


def test_int8_of_compressed_tensors_in_words() -> None:
    config = '{"quantization_config": {"config_groups": {"group_0": {"weights": {"num_bits": 8}}}}}'
    arrays = {
        f"{BASE}.weight_packed": (QUANTIZED + 128).astype(np.uint8).view(np.int32),
        f"{BASE}.weight_scale": np.ones((48, 1), np.float16),
    }
    ((matrix, counts),) = found_in(arrays, config).values()
    assert (matrix.type, matrix.grid) == ("INT8 (compressed-tensors)", Grid("I8", 48, 128))
    assert counts == expected(QUANTIZED != 0)


@pytest.mark.parametrize("groups", [1, 4])
def test_int4_of_compressed_tensors_with_zero_points(groups: int) -> None:
    points = RNG.integers(-8, 8, (48, groups))
    arrays = {
        f"{BASE}.weight_packed": words(QUANTIZED + 8),
        f"{BASE}.weight_scale": np.ones((48, groups), np.float16),
        f"{BASE}.weight_zero_point": np.ascontiguousarray(words((points + 8).T).T),
        f"{BASE}.weight_shape": np.array([48, 128]),
    }
    ((_, counts),) = found_in(arrays).values()
    assert counts == expected(np.repeat(points, 128 // groups, axis=1) != QUANTIZED)


def test_int8_of_compressed_tensors_with_a_zero_point_for_every_output() -> None:
    points = RNG.integers(-8, 8, (48, 1), dtype=np.int8)
    arrays = {
        f"{BASE}.weight": QUANTIZED.astype(np.int8),
        f"{BASE}.weight_scale": np.ones((48, 1), np.float16),
        f"{BASE}.weight_zero_point": points,
    }
    ((matrix, counts),) = found_in(arrays).values()
    assert matrix.type == "I8" and counts == expected(points != QUANTIZED)


def gptq(points: np.ndarray, group_of: np.ndarray, less: int) -> dict[str, np.ndarray]:
    """(outputs, inputs) of 0 to 15, zero points by group and output, both packed as AutoGPTQ packs them."""
    return {
        f"{BASE}.qweight": np.ascontiguousarray(words(QUANTIZED + 8).T),
        f"{BASE}.qzeros": words((points - less) & 15),
        f"{BASE}.scales": np.ones(points.shape, np.float16),
        f"{BASE}.g_idx": group_of.astype(np.int32),
    }


@pytest.mark.parametrize("version", ["gptq", "gptq_v2"])
@pytest.mark.parametrize("kind", ["symmetric", "groups", "reordered"])
def test_gptq_by_its_zero_points(version: str, kind: str) -> None:
    less = version == "gptq"
    points = np.full((4, 48), 8) if kind == "symmetric" else RNG.integers(0, 16, (4, 48))
    group_of = np.arange(128) // 32 if kind != "reordered" else RNG.permutation(np.arange(128) // 32)
    config = f'{{"quantization_config": {{"quant_method": "gptq", "bits": 4, "checkpoint_format": "{version}"}}}}'
    ((matrix, counts),) = found_in(gptq(points, group_of, less), config).values()
    assert matrix.type == "INT4 (GPTQ)" and matrix.grid == Grid("I4", 48, 128, "words")
    assert counts == expected(QUANTIZED + 8 != points[group_of].T)


@pytest.mark.parametrize("symmetric", [True, False])
def test_awq_by_its_zero_points(symmetric: bool) -> None:
    order = np.array([0, 2, 4, 6, 1, 3, 5, 7])
    points = np.full((4, 48), 8) if symmetric else RNG.integers(0, 16, (4, 48))

    def packed(halves: np.ndarray) -> np.ndarray:
        return words(halves.reshape(halves.shape[0], -1, 8)[:, :, order].reshape(halves.shape))

    arrays = {
        f"{BASE}.qweight": packed((QUANTIZED + 8).T),
        f"{BASE}.qzeros": packed(points),
        f"{BASE}.scales": np.ones(points.shape, np.float16),
    }
    ((matrix, counts),) = found_in(arrays).values()
    live = QUANTIZED + 8 != np.repeat(points, 32, axis=0).T
    assert matrix.type == "INT4 (AWQ)" and counts is not None
    # Outputs stand in the order of the packing, of which nothing but their number is told.
    reordered = live.reshape(-1, 8, 128)[:, order].reshape(live.shape)
    assert counts == expected(reordered)


def test_a_bitmask_is_read_as_the_nonzeros_it_tells() -> None:
    live = RNG.random((24, 64)) < 0.4
    name = f"{BASE}.weight"
    arrays = {
        f"{name}.bitmask": np.packbits(live, axis=-1, bitorder="little"),
        f"{name}.compressed": np.ones(int(live.sum()), np.float16),
        f"{name}.row_offsets": np.zeros((24, 1), np.int64),
        f"{name}.shape": np.array([24, 64]),
    }
    ((matrix, counts),) = found_in(arrays).values()
    assert matrix.stored_sparse and matrix.weights == 24 * 64 and matrix.type == "F16 as a bitmask"
    assert counts == expected(live)


def test_fp4_in_pairs_is_zero_but_for_its_sign() -> None:
    halves = RNG.integers(0, 16, (2, 6, 2, 32), dtype=np.uint8)
    blocks = (halves[..., ::2] | halves[..., 1::2] << 4).astype(np.uint8)
    name = "model.layers.0.mlp.experts.down_proj"
    arrays = {f"{name}_blocks": blocks, f"{name}_scales": np.ones((2, 6, 2), np.uint8)}
    ((matrix, counts),) = found_in(arrays).values()
    assert (matrix.type, matrix.weights, matrix.place.role) == ("MXFP4", 2 * 6 * 64, "expert down")
    assert counts == expected((halves & 7 != 0).reshape(12, 64))


@pytest.mark.parametrize(
    ("values", "scales", "kind"),
    [
        ("weight_packed", ("weight_scale", "weight_global_scale"), "NVFP4"),
        ("weight_packed", ("weight_scale",), "MXFP4"),
        ("weight", ("weight_scale", "weight_scale_2"), "NVFP4"),
    ],
)
def test_fp4_of_linear_layers_is_zero_but_for_its_sign(values: str, scales: tuple[str, ...], kind: str) -> None:
    halves = RNG.integers(0, 16, (6, 64), dtype=np.uint8)
    arrays = {f"{BASE}.{values}": (halves[:, ::2] | halves[:, 1::2] << 4).astype(np.uint8)}
    arrays |= {f"{BASE}.{each}": np.ones((6, 4), np.uint8) for each in scales}
    ((matrix, counts),) = found_in(arrays).values()
    assert (matrix.name, matrix.type, matrix.value_bits) == (f"{BASE}.weight", kind, 4)
    assert counts == expected(halves & 7 != 0)


def test_fp8_with_scales_is_one_matrix() -> None:
    values = RNG.normal(size=(8, 16)).astype(ml_dtypes.float8_e4m3fn)
    values[0] = -0.0
    arrays = {f"{BASE}.weight": values, f"{BASE}.weight_scale_inv": np.ones((1, 1), np.float32)}
    ((matrix, counts),) = found_in(arrays).values()
    assert matrix.type == "F8_E4M3" and matrix.stored_bytes == 132
    assert counts == expected(values.astype(np.float32) != 0)


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"qweight": np.zeros((12, 8), np.int32)}, "layout is not known"),
        (
            {
                "qweight": np.zeros((12, 8), np.int32),
                "qzeros": np.zeros((2, 3), np.int32),
                "scales": np.zeros((2, 8), np.float16),
            },
            "only words with 4 bits",
        ),
        (
            {
                "qweight": np.zeros((12, 8), np.int32),
                "qzeros": np.zeros((2, 1), np.int64),
                "scales": np.zeros((2, 8), np.float16),
            },
            "layout is not known",
        ),
        ({"weight_packed": np.zeros((12, 7), np.int64)}, "are not read"),
    ],
)
def test_a_layout_that_is_not_known_is_told(arrays: dict[str, Any], why: str) -> None:
    ((matrix, counts),) = found_in({f"{BASE}.{name}": each for name, each in arrays.items()}).values()
    assert counts is None and why in matrix.why


def test_a_row_without_end_is_not_counted() -> None:
    """However its weights are packed: a bit is kept for each input."""
    long = {"data_offsets": [0, 2**30 + 4], "shape": [1, 2**30 + 4]}
    for name, dtype in ((f"{BASE}.weight", "I8"), (f"{BASE}.weight_packed", "U8")):
        text = json.dumps({name: long | {"dtype": dtype}})
        (matrix,) = matrices(open_all([Memory("a.safetensors", header_of(text), size=8 + len(text) + 2**30 + 4)]))
        assert matrix.grid is None and "rows or columns are too long" in matrix.why


def test_groups_that_are_no_words_are_refused() -> None:
    points = np.arange(4 * 48).reshape(4, 48) % 16
    arrays = gptq(points, np.arange(128) // 32, 1) | {f"{BASE}.g_idx": np.arange(128) // 32}
    with pytest.raises(Invalid, match=r"The groups of .* are not laid out as expected"):
        found_in(arrays)


def test_gpt2_stands_input_by_input() -> None:
    values = RNG.normal(size=(16, 48)) * (RNG.random((16, 48)) < 0.5)
    fc = RNG.normal(size=(16, 16)) * (RNG.random((16, 16)) < 0.5)
    found = found_in({"h.0.attn.c_attn.weight": values, "h.0.attn.c_proj.weight": fc, "wte.weight": values})
    assert found["h.0.attn.c_attn.weight"][1] == expected(values.T != 0)
    assert found["h.0.attn.c_proj.weight"][1] == expected(fc.T != 0)
    assert found["wte.weight"][1] == expected(values != 0)


def test_fused_experts_stand_as_both_of_their_matrices_say() -> None:
    prefix = "model.layers.0.mlp.experts."
    values = RNG.normal(size=(2, 16, 24)) * (RNG.random((2, 16, 24)) < 0.5)
    down = RNG.normal(size=(2, 12, 16))
    found = found_in({f"{prefix}gate_up_proj": values, f"{prefix}down_proj": down})
    assert found[f"{prefix}gate_up_proj"][1] == expected((values != 0).transpose(0, 2, 1).reshape(48, 16))
    other = found_in({f"{prefix}gate_up_proj": values, f"{prefix}down_proj": np.ones((2, 24, 8))})
    assert other[f"{prefix}gate_up_proj"][1] == expected((values != 0).reshape(32, 24))


def test_a_convolution_is_grouped_along_its_inputs() -> None:
    values = RNG.normal(size=(6, 8, 3, 3)) * (RNG.random((6, 8, 3, 3)) < 0.5)
    ((matrix, counts),) = found_in({"layer1.0.conv2.weight": values}).values()
    assert matrix.place.prunable and counts == oracle((values != 0).reshape(6, 8, 9).transpose(0, 2, 1), 8)


def onnx_counts(values: np.ndarray, points: np.ndarray, kind: str = "MatMul") -> Counts:
    """The counts of a weight that a graph takes its zero points from."""
    nodes = [
        helper.make_node("DequantizeLinear", ["w", "scale", "points"], ["float"], axis=1),
        helper.make_node(kind, ["x", "float"], ["y"]),
    ]
    numbers = helper.make_tensor("points", TensorProto.UINT8, points.shape, points.ravel().tolist())
    given = [numpy_helper.from_array(values, "w"), numpy_helper.from_array(np.float32([1]), "scale"), numbers]
    sources = [Memory("a.onnx", onnx_of(given, nodes))]
    every = matrices(drive(opened(files_of(sources)), sources))
    (matrix,) = [each for each in every if each.name == "w"]
    assert matrix.place.prunable
    return drive(counted(files_of(sources), matrix), sources)


def test_integers_of_onnx_are_zero_at_their_zero_points() -> None:
    values = RNG.integers(100, 104, (16, 24), dtype=np.uint8)
    assert onnx_counts(values, np.array(101, np.uint8)) == expected(values.T != 101)
    points = RNG.integers(100, 104, 24, dtype=np.uint8)
    assert onnx_counts(values, points) == expected(points[:, None] != values.T)
    kernel = RNG.integers(100, 104, (4, 8, 3, 3), dtype=np.uint8)
    by_output = RNG.integers(100, 104, 4, dtype=np.uint8)
    live = (kernel != by_output[:, None, None, None]).reshape(4, 8, 9).transpose(0, 2, 1)
    assert onnx_counts(kernel, by_output, "Conv") == oracle(live, 8)


def test_nf4_of_bitsandbytes_is_zero_at_its_seventh_code() -> None:
    codes = RNG.integers(0, 16, 512, dtype=np.uint8)
    codes[RNG.random(512) < 0.3] = 7
    arrays = {
        f"{BASE}.weight": (codes[::2] << 4 | codes[1::2]).reshape(-1, 1),
        f"{BASE}.weight.absmax": np.ones(8, np.float32),
        f"{BASE}.weight.quant_map": np.ones(16, np.float32),
        f"{BASE}.weight.quant_state.bitsandbytes__nf4": np.zeros(90, np.uint8),
    }
    ((matrix, counts),) = found_in(arrays).values()
    assert counts is not None and matrix.place.prunable
    assert (matrix.type, counts.weights, counts.zeros) == ("NF4 (bitsandbytes)", 512, int((codes == 7).sum()))


def test_affine_groups_of_mlx_have_sizes_and_no_zeros() -> None:
    arrays = {
        f"{BASE}.weight": np.zeros((16, 8), np.uint32),
        f"{BASE}.scales": np.ones((16, 1), np.float16),
        f"{BASE}.biases": np.ones((16, 1), np.float16),
    }
    ((matrix, counts),) = found_in(arrays).values()
    assert (matrix.weights, counts, matrix.type) == (16 * 64, None, "MLX") and "no zero point" in matrix.why


def test_tables_that_are_no_weights_are_no_parameters() -> None:
    arrays = {
        "embeddings.position_ids": np.arange(8).reshape(1, 8),
        "model.layers.0.self_attn.rotary_emb.inv_freq": np.ones(8, np.float32),
        "h.0.attn.bias": np.tril(np.ones((1, 1, 8, 8), np.uint8)),
        "bn.num_batches_tracked": np.array(3),
    }
    assert sum(matrix.weights for matrix, _ in found_in(arrays).values()) == 0
