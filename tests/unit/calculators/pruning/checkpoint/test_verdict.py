"""What is said of a checkpoint is what stands in it: patterns, dead parts, bytes, claims, and the model it is."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from app.calculators.pruning import inputs
from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.checkpoint.exported import as_csv, as_object
from app.calculators.pruning.checkpoint.findings import Findings
from app.calculators.pruning.checkpoint.layouts import matrices
from app.calculators.pruning.checkpoint.opening import opened
from app.calculators.pruning.checkpoint.scanning import counted, done, estimate, sample, task
from app.calculators.pruning.checkpoint.source import drive, files_of
from app.calculators.pruning.checkpoint.verdict import Scan, scan, so_far
from app.calculators.pruning.checkpoint.zero_points import zeros_of
from app.calculators.pruning.inputs import model as model_of
from app.calculators.pruning.model.storage import by_key
from app.vocabulary.calculator import read
from tests.checkpoints import Memory, gguf_of, safetensors_of

CONFIG: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 128,
    "vocab_size": 96,
    "tie_word_embeddings": False,
}
SHAPES = {
    "self_attn.q_proj": (64, 64),
    "self_attn.k_proj": (32, 64),
    "self_attn.v_proj": (32, 64),
    "self_attn.o_proj": (64, 64),
    "mlp.gate_proj": (128, 64),
    "mlp.up_proj": (128, 64),
    "mlp.down_proj": (64, 128),
}
PARAMETERS = 2 * (3 * 64 * 64 + 3 * 128 * 64 + 2 * 64) + 2 * 96 * 64 + 64


def llama(kind: type = np.float16, seed: int = 0) -> dict[str, np.ndarray]:
    """All tensors of a small Llama, none of them zero."""
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> np.ndarray:
        return (rng.choice([-1.0, 1.0], shape) * rng.uniform(0.1, 1, shape)).astype(kind)

    found = {"model.embed_tokens.weight": some(96, 64), "lm_head.weight": some(96, 64), "model.norm.weight": some(64)}
    for layer in range(2):
        prefix = f"model.layers.{layer}."
        found |= {f"{prefix}{name}.weight": some(*shape) for name, shape in SHAPES.items()}
        found |= {f"{prefix}{name}.weight": some(64) for name in ("input_layernorm", "post_attention_layernorm")}
    return found


def scanned(
    arrays: dict[str, np.ndarray], config: dict[str, Any] | None = None, said: dict[str, Any] | None = None
) -> Scan:
    sources = [Memory("model.safetensors", safetensors_of(arrays))]
    if config is not None:
        sources.append(Memory("config.json", json.dumps(config | (said or {})).encode()))
    return found_in(sources)


def found_in(sources: list[Memory]) -> Scan:
    files = files_of(sources)
    checkpoint = drive(opened(files), sources)
    every = matrices(checkpoint)
    counts = {at: drive(counted(files, each), sources) for at, each in enumerate(every) if each.grid and each.weights}
    return scan(Findings(checkpoint, every, counts))


def pruned(arrays: dict[str, np.ndarray], keep: Any) -> dict[str, np.ndarray]:
    """With only what `keep` says of each matrix in the layers."""
    return {
        name: (array * keep(array)).astype(array.dtype) if name.endswith("proj.weight") else array
        for name, array in arrays.items()
    }


def repeated(*kept: int) -> Any:
    """Groups of these in any order."""
    rng = np.random.default_rng(8)

    def keep(array: np.ndarray) -> np.ndarray:
        groups = np.tile(np.array(kept), (array.size // len(kept), 1))
        return rng.permuted(groups, axis=1).reshape(array.shape)

    return keep


two_of_four = repeated(1, 1, 0, 0)


def by_chance(share: float) -> Any:
    rng = np.random.default_rng(7)
    return lambda array: rng.random(array.shape) >= share


# --- verdicts ---


def test_a_dense_checkpoint_is_called_one_and_is_its_config() -> None:
    found = scanned(llama(), CONFIG)
    assert found.findings.parameters == PARAMETERS == found.model.of_config
    assert found.verdict.headline == "Nothing is pruned here: 0% of the prunable weights are zero."
    assert found.verdict.fields == {
        "params": found.model.config,
        "prunable": "auto",
        "dtype": "fp16",
        "structure": "dense",
    }
    assert model_of(found.verdict.fields["params"]).total == PARAMETERS
    assert found.verdict.sentences == ()


def test_zeros_by_chance_are_scattered_and_worth_a_bitmask() -> None:
    found = scanned(pruned(llama(), by_chance(0.6)), CONFIG)
    share = found.prunable.sparsity
    assert abs(share - 0.6) < 0.02
    assert "but unstructured: no matrix satisfies 2:4, so engines gain nothing." in found.verdict.headline
    assert "Stored as a bitmask and its nonzeros, the file would take" in found.verdict.headline
    assert found.verdict.fields["structure"] == "unstructured"
    assert found.verdict.fields["sparsity"] == f"{100 * share:.4g}%"
    # Of groups of four 1 - 4·0.6·0.4³ - 0.4⁴ have at least two zeros.
    assert found.prunable.fitting_groups / found.prunable.groups == pytest.approx(0.8208, abs=0.01)


def test_two_of_four_is_told_and_the_bytes_are_those_of_the_format() -> None:
    found = scanned(pruned(llama(), two_of_four), CONFIG)
    assert found.prunable.fitting == found.prunable.counted == 14
    assert "every matrix satisfies 2:4: devices with 2:4 can run it, once it is converted. Compressed as 2:4" in (
        found.verdict.headline
    )
    assert found.verdict.fields["structure"] == "2:4"
    weights = found.prunable.weights
    dense = found.findings.checkpoint.bytes
    stored = {each.key: each for each in found.stored}
    assert stored["dense"].bytes == dense
    assert stored["2:4"].bytes == dense - 2 * weights + weights * 9 / 8
    assert stored["2:4"].matrices == 14
    rows = sum(array.shape[0] for name, array in llama().items() if name.endswith("proj.weight"))
    bitmask = by_key()["bitmask"]
    assert stored["bitmask"].bytes == pytest.approx(
        dense - 2 * weights + weights * bitmask.bits(0.5, 16, rows=0) / 8 + rows * bitmask.index_per_row / 8
    )


def test_some_matrices_in_two_of_four_are_counted() -> None:
    arrays = llama()
    name = "model.layers.0.mlp.up_proj.weight"
    arrays[name] = (arrays[name] * two_of_four(arrays[name])).astype(np.float16)
    found = scanned(arrays, CONFIG)
    assert "; 1 of 14 matrices satisfy 2:4, so that engines could gain in those alone." in found.verdict.headline


def test_four_of_eight_is_a_pattern_that_no_engine_takes() -> None:
    found = scanned(pruned(llama(), repeated(1, 1, 1, 0, 0, 0, 0, 1)))
    assert found.pattern is not None and found.pattern.words == "4:8"
    assert "in a pattern of 4:8 that no matrix unit takes" in found.verdict.headline
    assert found.verdict.fields["structure"] == "n:m" and found.verdict.fields["pattern"] == "4:8"


def test_one_of_two_is_two_of_four_as_well() -> None:
    found = scanned(pruned(llama(np.float32), repeated(1, 0)))
    assert found.pattern is not None and found.pattern.words == "1:2" and found.prunable.fitting == 14
    assert "every matrix satisfies 2:4" in found.verdict.headline


def test_an_empty_checkpoint_is_called_one() -> None:
    assert scanned(pruned(llama(), lambda _: 0)).verdict.headline.startswith("Every prunable weight is zero")


def test_names_without_a_matrix_to_prune_are_told() -> None:
    found = scanned({"lm_head.weight": np.ones((4, 4), np.float16)})
    assert found.verdict.headline.startswith("No matrix of this checkpoint is one that pruning touches")


def test_what_no_software_writes_is_no_smaller_file() -> None:
    """compressed-tensors has a bitmask for 8 bits and more: `formats.csv`."""
    codes = np.where(np.random.default_rng(1).random((64, 128)) < 0.6, 8, 9).astype(np.uint32)
    packed = (codes.reshape(64, 16, 8) << np.arange(0, 32, 4, dtype=np.uint32)).sum(-1, dtype=np.uint32)
    found = scanned({"model.layers.0.mlp.up_proj.weight_packed": packed.view(np.int32)})
    bitmask = {each.key: each for each in found.stored}["bitmask"]
    assert (bitmask.matrices, bitmask.written) == (1, False) and bitmask.bytes < found.findings.checkpoint.bytes
    assert found.verdict.headline.endswith(
        "No format that software writes makes the file smaller than its 4.10\u202fkB."
    )


def test_a_file_that_is_a_bitmask_is_compared_as_it_is() -> None:
    live = np.random.default_rng(1).random((64, 128)) < 0.4
    name = "model.layers.0.mlp.up_proj.weight"
    arrays = {
        f"{name}.bitmask": np.packbits(live, axis=-1, bitorder="little"),
        f"{name}.compressed": np.ones(int(live.sum()), np.float16),
        f"{name}.row_offsets": np.zeros((64, 1), np.int64),
    }
    found = scanned(arrays)
    stored = {each.key: each.bytes for each in found.stored}
    assert stored["dense"] == 2 * live.size and stored["bitmask"] == found.findings.checkpoint.bytes
    assert "No format that software writes makes the file smaller than its" in found.verdict.headline


# --- dead parts ---


def test_dead_heads_channels_rows_and_columns_are_counted() -> None:
    arrays = llama()
    arrays["model.layers.0.self_attn.o_proj.weight"][:, 16:32] = 0  # the second of four heads of 16
    arrays["model.layers.1.self_attn.q_proj.weight"][:16] = 0  # the first head of the other layer
    arrays["model.layers.0.mlp.gate_proj.weight"][5] = 0
    arrays["model.layers.0.mlp.up_proj.weight"][6:8] = -0.0
    arrays["model.layers.0.mlp.down_proj.weight"][:, [5, 100]] = 0
    found = scanned(arrays, CONFIG)
    assert (found.model.head_dim, found.dead.heads, found.dead.channels) == (16, 2, 4)
    assert (found.dead.outputs, found.dead.inputs) == (16 + 1 + 2, 16 + 2)
    assert found.dead.weights == 16 * 64 + 16 * 64 + 64 + 2 * 64 + 2 * 64
    assert found.dead.stored_bytes == pytest.approx(2 * found.dead.weights)
    assert "removed, they leave smaller dense matrices" in found.verdict.headline
    dead = "Dead, since all weights into them or out of them are zero: heads (2), channels of the MLP (4)."
    assert dead in found.verdict.sentences


def test_dead_experts_are_counted_apart_or_stacked() -> None:
    prefix = "model.layers.0.mlp.experts."
    apart = {
        f"{prefix}{at}.{name}.weight": np.ones((8, 8), np.float16)
        for at in range(4)
        for name in ("up_proj", "down_proj")
    }
    apart[f"{prefix}2.down_proj.weight"] *= 0
    assert scanned(apart).dead.experts == 1
    stacked = {
        f"{prefix}up_proj": np.ones((4, 16, 24), np.float16),
        f"{prefix}down_proj": np.ones((4, 24, 16), np.float16),
    }
    stacked[f"{prefix}up_proj"][1:3] = 0
    assert scanned(stacked).dead.experts == 2


def test_dead_blocks_are_those_of_the_format() -> None:
    array = np.ones((128, 192), np.float16)
    array[64:, 64:128] = 0
    found = scanned({"model.layers.0.mlp.up_proj.weight": array})
    stored = {each.key: each.bytes for each in found.stored}
    assert found.dead.blocks == 1
    assert stored["bsr-64"] == pytest.approx(array.size * by_key()["bsr-64"].bits(1 / 6, 16, rows=128 / array.size) / 8)


# --- claims ---


@pytest.mark.parametrize("holder", ["sparsity_config", "quantization_config", "compression_config"])
def test_a_claim_that_is_not_so_is_told(holder: str) -> None:
    claim = {"format": "dense", "sparsity_structure": "2:4", "global_sparsity": 0.5, "targets": ["Linear"]}
    said = {holder: claim} if holder == "sparsity_config" else {holder: {"sparsity_config": claim}}
    found = scanned(llama(), CONFIG, said)
    assert found.claim is not None and found.claim.structure == "2:4"
    words = " ".join(found.verdict.sentences)
    assert "claims 2:4, and 0 of 14 matrices satisfy it" in words
    assert "claims a sparsity of 50%; 0% of the prunable weights are zero" in words


def test_a_claim_that_is_so_is_confirmed() -> None:
    claim = {"sparsity_config": {"format": "dense", "sparsity_structure": "2:4", "global_sparsity": 50}}
    found = scanned(pruned(llama(), two_of_four), CONFIG, claim)
    assert "What its config claims of zeros is what was found." in found.verdict.sentences


def test_zeros_that_no_config_tells_of_are_told() -> None:
    found = scanned(pruned(llama(), by_chance(0.6)), CONFIG)
    assert "Its config says nothing of zeros: engines load it as dense." in found.verdict.sentences


# --- the model ---


def test_a_config_of_another_model_is_told_and_the_file_counts() -> None:
    found = scanned(llama(), CONFIG | {"num_hidden_layers": 3})
    assert found.verdict.fields["params"] == str(PARAMETERS)
    assert found.verdict.fields["prunable"] == f"{100 * found.prunable.weights / PARAMETERS:.6g}%"
    (said,) = [each for each in found.verdict.sentences if "Files or tensors are missing, or layers were cut" in each]
    assert (
        "they have 2 layers, and it says 3 (attention 24,576 instead of 36,864, MLP 49,152 instead of 73,728,"
        " all else 320 instead of 448)." in (said)
    )


def test_a_tied_head_that_the_file_lacks_is_told() -> None:
    arrays = {name: each for name, each in llama().items() if name != "lm_head.weight"}
    (said,) = [each for each in scanned(arrays, CONFIG).verdict.sentences if "the config describes" in each]
    assert "(head 0 instead of 6,144)" in said and "layers, and it says" not in said
    assert scanned(arrays, CONFIG | {"tie_word_embeddings": True}).model.config


def test_a_config_that_cannot_be_counted_is_told() -> None:
    found = scanned(llama(), {"model_type": "no_such_thing"})
    assert any(each.startswith("The config was not counted.") for each in found.verdict.sentences)


def test_gguf_says_itself_which_model_it_is(tmp_path: Any) -> None:
    names = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v"}
    names |= {"self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up"}
    names |= {"mlp.down_proj": "ffn_down", "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm"}
    names |= {"model.embed_tokens": "token_embd", "lm_head": "output", "model.norm": "output_norm"}

    def renamed(name: str) -> str:
        head, _, part = name.removesuffix(".weight").partition("layers.")
        layer, _, part = part.partition(".")
        return f"blk.{layer}.{names[part]}.weight" if part else f"{names[head]}.weight"

    arrays = {renamed(name): array for name, array in llama().items()}
    said = {
        "llama__block_count": 2,
        "llama__embedding_length": 64,
        "llama__feed_forward_length": 128,
        "llama__attention__head_count": 4,
        "llama__attention__head_count_kv": 2,
        "general__name": "A Llama",
        "general__file_type": 1,
    }
    found = found_in([Memory("a.gguf", gguf_of(arrays, tmp_path, **said))])
    assert found.model.of_config == found.findings.parameters == PARAMETERS
    assert found.verdict.fields["dtype"] == "fp16"
    read = model_of(found.verdict.fields["params"])
    assert (read.total, read.name) == (PARAMETERS, "A Llama")


@pytest.mark.parametrize("kind", [np.float32, np.float16, ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn])
@pytest.mark.parametrize("keep", [by_chance(0.6), two_of_four, repeated(1, 1, 1, 0, 0, 0, 0, 1), lambda _: 1])
@pytest.mark.parametrize("config", [CONFIG, None])
def test_what_was_found_can_be_asked_of_the_calculator(kind: type, keep: Any, config: dict[str, Any] | None) -> None:
    found = scanned(pruned(llama(kind), keep), config)
    reading = read(CALCULATOR, CALCULATOR.defaults | found.verdict.fields)
    assert reading.messages == {}
    question = inputs.question(reading.values)
    assert question.model.total == PARAMETERS
    assert question.prunable == pytest.approx(found.prunable.weights / PARAMETERS, rel=1e-5)
    if question.structure in ("unstructured", "n:m"):
        sparsity = question.pattern.sparsity if question.structure == "n:m" else question.sparsity
        assert sparsity == pytest.approx(found.prunable.sparsity, rel=1e-3)


# --- by chance ---


def test_a_sample_is_near_the_truth_by_its_own_error() -> None:
    rng = np.random.default_rng(11)
    arrays = {
        f"model.layers.{at}.mlp.up_proj.weight": (rng.random((256, 512)) >= share).astype(np.float16)
        for at, share in enumerate((0.0, 0.3, 0.5, 0.9))
    }
    sources = [Memory("a.safetensors", safetensors_of(arrays))]
    files = files_of(sources)
    every = matrices(drive(opened(files), sources))
    exact = sum(int((array == 0).sum()) for array in arrays.values()) / sum(array.size for array in arrays.values())
    misses = 0
    for seed in range(40):
        drawn = []
        for each in sample(every, 100_000, seed):
            what = task(every[each.matrix], drive(zeros_of(files, every[each.matrix]), sources), each.piece)
            drawn.append((each, done(what, sources[0].read(what.where.offset, what.where.length))))
        found = estimate(every, drawn)
        assert 40_000 < 2 * found.looked_at < 200_000 and 0 < found.error < 0.01
        misses += abs(found.sparsity - exact) > 2 * found.error
    assert misses <= 6
    assert sample(every, 100_000, 3) == sample(every, 100_000, 3) != sample(every, 100_000, 4)
    assert so_far(found).startswith("About 4")


def test_a_sample_of_everything_is_exact() -> None:
    arrays = {"model.layers.0.mlp.up_proj.weight": np.tile(np.array([1, 0, 0, 0], np.float16), (64, 16))}
    sources = [Memory("a.safetensors", safetensors_of(arrays))]
    every = matrices(drive(opened(files_of(sources)), sources))
    drawn = [
        (each, done(task(every[0], drive(zeros_of(files_of(sources), every[0]), sources), each.piece),
                    sources[0].read(every[0].values.offset + each.piece.offset, each.piece.bytes)))
        for each in sample(every, 10**9)
    ]  # fmt: skip
    found = estimate(every, drawn)
    assert (found.sparsity, found.error, found.fits_24, found.looked_at) == (0.75, 0.0, 1.0, 4096)


# --- exports ---


def test_the_exports_hold_every_tensor_and_no_formula() -> None:
    arrays = pruned(llama(), two_of_four) | {"=HYPERLINK(1)": np.ones((2, 2), np.float16)}
    found = scanned(arrays, CONFIG)
    said = json.loads(json.dumps(as_object(found)))
    assert len(said["tensors"]) == len(arrays) and said["prunable"]["fitting"] == 14
    assert sum(each["weights"] for each in said["by_layer"].values()) == said["parameters"]
    (query,) = [each for each in said["tensors"] if each["name"] == "model.layers.1.self_attn.q_proj.weight"]
    assert query["nonzeros_of_4"] == [0, 0, 1024, 0, 0] and query["pattern"] == "2:4" and query["is_24"]
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert len(rows) == len(arrays) and any(row["name"] == "'=HYPERLINK(1)" for row in rows)
    assert {row["is_24"] for row in rows if row["name"].endswith("proj.weight")} == {"yes"}
