"""Published figures that the arithmetic must reproduce. Each case names where its number comes from."""

import csv
from pathlib import Path
from statistics import median

import pytest

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.architecture import (
    Model,
    Shape,
    bare,
    count,
    preset,
    presets,
    with_experts,
    with_layers,
)
from app.calculators.pruning.model.storage import by_key, to_bytes, types
from app.calculators.pruning.options import compute
from app.calculators.pruning.question import Question
from app.calculators.pruning.speed import laws
from app.calculators.pruning.speed.devices import device
from app.calculators.pruning.speed.run import Run, Workload

DATA = Path(__file__).parent / "data"
GIB = 2**30


def table(name):
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", table("model_parameters.csv"), ids=lambda row: row["model"])
def test_every_part_of_every_model_is_counted_exactly(row):
    parts = preset(row["model"]).parts
    assert parts.total == int(row["total_params"])
    assert parts.prunable == int(row["prunable_linear_params"])
    assert parts.embedding == int(row["embedding_params"])
    assert parts.head == int(row["lm_head_params"])
    assert parts.other == int(row["norm_bias_router_params"])
    if row["active_linear_params_per_token"]:
        assert parts.active_blocks == int(row["active_linear_params_per_token"])
    if row["published_total"]:
        assert parts.total == int(row["published_total"])


def test_every_preset_has_an_oracle():
    assert {model.name for model in presets()} == {row["model"] for row in table("model_parameters.csv")}


def test_llama_2_7b_has_6_738_415_616_parameters():
    assert preset("Llama-2-7B").total == 6_738_415_616


def test_half_the_layers_of_llama_3_1_8b_is_43_5_percent_of_its_parameters():
    # MODEL 1.2: depth 32 -> 16 is 4.540 B parameters
    whole = preset("Llama-3.1-8B")
    half = count(with_layers(whole.shape, 16)).total
    assert half / 1e9 == pytest.approx(4.540, abs=5e-4)
    assert 1 - half / whole.total == pytest.approx(0.435, abs=5e-4)


@pytest.mark.parametrize(("experts", "gib"), [(128, 56.93), (96, 43.43), (64, 29.92)])
def test_reap_prunes_the_experts_of_qwen3_30b_a3b(experts, gib):
    # REAP: 56.93 -> 43.43 -> 29.92 GiB in bf16, as loaded. The weights alone are 0.06 GiB less each time.
    weights = to_bytes(count(with_experts(preset("Qwen3-30B-A3B").shape, experts)).total, 16) / GIB
    assert weights == pytest.approx(gib, abs=0.07)


def test_a_quarter_of_the_experts_frees_13_5_gib():
    shape = preset("Qwen3-30B-A3B").shape
    freed = to_bytes(count(shape).total - count(with_experts(shape, 96)).total, 16) / GIB
    assert freed == pytest.approx(56.93 - 43.43, abs=0.01)


def test_torchao_llama_3_8b_without_embedding():
    # torchao LLaMA benchmarks: bf16 15.01 GB, int4 g64 4.22 GB, sparse Marlin g64 3.05 GB
    parts = preset("Llama-3.1-8B").parts
    weights = parts.total - parts.embedding
    assert to_bytes(weights, 16) / 1e9 == pytest.approx(15.01, abs=0.005)
    assert to_bytes(weights, types()["int4-g64"].bits) / 1e9 == pytest.approx(4.22, abs=0.005)
    marlin_g64 = 2 + 1 + 16 / 64
    assert to_bytes(weights, marlin_g64) / 1e9 == pytest.approx(3.05, abs=0.005)


def test_q4_k_m_of_llama_3_1_8b_is_3_27_times_smaller():
    # llama.cpp quantize README: F16 14.96 GiB -> Q4_K_M 4.58 GiB
    total = preset("Llama-3.1-8B").total
    dense, packed = to_bytes(total, 16) / GIB, to_bytes(total, types()["q4_k_m"].bits) / GIB
    assert dense == pytest.approx(14.96, abs=0.005)
    assert packed == pytest.approx(4.58, abs=0.005)
    assert dense / packed == pytest.approx(3.27, abs=0.005)


def test_csr_at_half_sparsity_is_bigger_than_dense():
    # MODEL 1.2: CSR with 32-bit indices at 50% of 7 B fp16 is 21 GB, dense is 14 GB
    result = compute(Question(bare(7 * 10**9), 0.5, "unstructured", "fp16", 1.0, device("a100-80gb")))
    held = {entry.key: entry.total_bytes for entry in result.formats}
    assert held["csr-int32"] == 21e9
    assert held["dense"] == 14e9


@pytest.mark.parametrize(
    "row",
    table("bits_per_weight.csv"),
    ids=lambda row: f"{row['format']}-{row['value_bits']}-{row['sparsity']}",
)
def test_bits_per_weight_of_every_format_with_a_source(row):
    found = by_key()[row["format"]].bits(float(row["sparsity"]), int(row["value_bits"]))
    assert found == pytest.approx(float(row["bits_per_original_weight"]), abs=0.005)


# BitNet-2B is measured but no preset: microsoft/bitnet-b1.58-2B-4T, its matrices as in gemm_2to4_latency.csv.
_BITNET = Shape(2560, 30, 20, 5, 128, 6912, vocab=128256, gated=True, tied=True)
_MEASURED = {
    "Llama3.2-1B": preset("Llama-3.2-1B"),
    "Llama3.2-3B": preset("Llama-3.2-3B"),
    "Qwen2.5-7B": preset("Qwen2.5-7B"),
    "BitNet-2B": Model("BitNet-2B", count(_BITNET).total, 1.0, shape=_BITNET, parts=count(_BITNET)),
}


def predicted(row):
    """The model's range for a measured row, at the workload of the benchmark.

    bcacdwk/vllmbench, slidesparse/tools/throughput_bench.py: prefill splits its tokens into prompts of
    at most 1,024; decode runs prompts of 16 tokens for 512 steps, so a step sees 272 tokens of context on
    average.
    """
    tokens = int(row["tokens"])
    if row["phase"] == "prefill":
        work = Workload(min(tokens, 1024), max(1, tokens // 1024), 0)
    else:
        work = Workload(1024, tokens, 16 + 512 // 2)
    return laws.two_four.speedup(
        Run(_MEASURED[row["model"]], device(row["device"]), row["dtype"], row["phase"], work), 1.0
    )


@pytest.mark.parametrize("phase", ["prefill", "decode"])
def test_two_of_four_end_to_end_is_predicted_as_well_as_reported(phase):
    # SlideSparse, arXiv 2603.05232, Appendix C and D: every fourth verified measured row of the devices
    # offered here, sorted by phase, device, type, model, tokens. Reported median errors: fitted.csv.
    rows = [row for row in table("end_to_end_24.csv") if row["phase"] == phase]
    assert len(rows) > 20
    found = [(predicted(row), float(row["speedup"])) for row in rows]
    errors = [abs(each.likely / measured - 1) for each, measured in found]
    inside = [each.low <= measured <= each.high for each, measured in found]
    assert median(errors) <= constant("error", phase, held_out="model", statistic="median").value + 0.01
    assert abs(median(each.likely / measured - 1 for each, measured in found)) <= 0.03
    assert sum(inside) >= 0.8 * len(rows)


def run(name, key, dtype, phase, **work):
    return Run(preset(name), device(key), dtype, phase, Workload(**work))


# Sources not used for the fit: (what, measured, range)
_INDEPENDENT = {
    "torchao, H100, bf16, batch 1: 134.4 -> 163.5 tok/s": (
        1.2165,
        laws.two_four.speedup(run("Llama-3.1-8B", "h100-sxm", "bf16", "decode", context=128), 1.0),
    ),
    "Wanda, arXiv 2306.11695, LLaMA-7B on A100: 312 -> 251 ms": (
        1.243,
        laws.two_four.speedup(run("Llama-2-7B", "a100-80gb", "fp16", "prefill"), 1.0),
    ),
    "lab log, vLLM 0.20.2, H100, fp8, batch 32": (
        1.2033,
        laws.two_four.speedup(run("Llama-3.1-8B", "h100-sxm", "fp8", "decode", batch=32, context=512), 1.0),
    ),
    "PyTorch tutorial, BERT-base on A100, fp16": (
        1.3,
        laws.two_four.speedup(
            run("BERT-base-uncased", "a100-80gb", "fp16", "prefill", prefill_tokens=384, batch=64), 1.0
        ),
    ),
    "torchao, A100, bf16 -> int4, batch 1: 95.6 -> 180.8 tok/s": (
        1.89,
        laws.quantized.speedup(run("Llama-3.1-8B", "a100-80gb", "bf16", "decode", context=128), "int4"),
    ),
    "SliceGPT, arXiv 2401.15024, Table 11, LLaMA2-13B at 25%": (
        1.0632,
        laws.structured.speedup(
            run("Llama-2-13B", "h100-sxm", "fp16", "decode", prefill_tokens=128, batch=128), 0.25, 1.0
        ),
    ),
    "SliceGPT, Table 11, OPT-13B at 50%": (
        1.2196,
        laws.structured.speedup(run("OPT-13B", "h100-sxm", "fp16", "decode", prefill_tokens=128, batch=128), 0.5, 1.0),
    ),
    "LLM-Pruner README, LLaMA-7B 6.74 -> 5.47 B": (
        1.1839,
        laws.structured.speedup(run("Llama-2-7B", "a100-80gb", "fp16", "decode"), 0.196, 1.0),
    ),
}


@pytest.mark.parametrize("what", _INDEPENDENT)
def test_the_range_contains_measurements_it_was_not_fitted_to(what):
    measured, found = _INDEPENDENT[what]
    assert found.low <= measured <= found.high


@pytest.mark.parametrize(("sparsity", "measured"), [(0.4, 1.57), (0.5, 1.82), (0.6, 2.16)])
def test_a_sparse_engine_on_a_cpu_once_did_what_the_high_end_says(sparsity, measured):
    # SparseGPT, arXiv 2301.00774, App. E Table 7: OPT-2.7B in DeepSparse
    found = laws.unstructured.speedup(run("OPT-2.7B", "cpu", "fp32", "prefill"), sparsity, 1.0)
    assert found.high == pytest.approx(measured, rel=0.03)
    assert found.likely == 1
