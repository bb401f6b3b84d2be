"""Claims about what was published near a question. The figures are those of the sources that each test names."""

from __future__ import annotations

import csv
import time
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calculators.pruning.data.tables import Source, rows
from app.calculators.pruning.model.architecture import Model, bare, preset, presets
from app.calculators.pruning.model.storage import NM
from app.calculators.pruning.speed.devices import Device, device, devices
from app.calculators.pruning.speed.evidence.distance import CAVEATS, NEAR
from app.calculators.pruning.speed.evidence.edge import edges
from app.calculators.pruning.speed.evidence.published import family, measurements, qualities
from app.calculators.pruning.speed.evidence.quality import by_task, quality
from app.calculators.pruning.speed.evidence.recovery import recoveries
from app.calculators.pruning.speed.evidence.speedups import Near, nearest
from app.calculators.pruning.speed.run import PHASES, Phase, Run, Workload
from tests import depth
from tools.paths import ROOT

OPTIONS = ["dense", "unstructured", "2:4", "n:m", "structured", "int8", "fp8", "int4", "int4+2:4"]
TYPES = ["fp32", "fp16", "bf16", "fp8", "int8", "int4", "mxfp4", "nvfp4"]


def machine(key: str) -> Device:
    found = device(key)
    assert found is not None
    return found


def model(name: str) -> Model:
    found = preset(name)
    assert found is not None
    return found


def run(machine: Device, dtype: str, model: Model, phase: Phase, tokens: int) -> Run:
    """One pass of so many tokens."""
    return Run(model, machine, dtype, phase, Workload(tokens, 1) if phase == "prefill" else Workload(batch=tokens))


def first(*asked: object, **more: object) -> Near:
    return nearest(*asked, **more)[0]  # type: ignore[arg-type]


# The tables

TABLES = ("evidence.csv", "quality.csv", "recovery.csv", "edge.csv")


def sound(source: Source) -> bool:
    return source.url.startswith("https://") and bool(source.title) and bool(source.locator)


def test_every_speed_up_can_be_looked_up() -> None:
    assert len(measurements()) > 1200
    for found in measurements():
        assert sound(found.source)
        assert found.group
        assert found.speedup > 0
        assert found.sparsity is None or 0 < found.sparsity < 1
        assert found.value in CAVEATS
        assert 0 <= found.tokens[0] <= found.tokens[1]
        assert (found.outputs > 0) == (found.inputs > 0)
        assert found.phase in ("prefill", "decode", "request", "train", "na")
        assert found.option in OPTIONS
        assert (found.option == "n:m") == (":" in found.pattern)


def test_every_quality_can_be_looked_up() -> None:
    assert len(qualities()) > 250
    for found in qualities():
        assert sound(found.source)
        assert found.family
        assert found.method
        assert found.metric
        assert (found.dense is None) == (found.pruned is None)
        if found.dense is not None and found.pruned is not None:
            assert found.delta == pytest.approx(found.pruned - found.dense, abs=1e-3)


def test_no_figure_is_impossible() -> None:
    assert not [found for found in measurements() if "anomalous" in found.value or "outlier" in found.value]
    # half of the products and more than half of the bytes: not more than twice as fast, and 15% for noise
    plain = [found for found in measurements() if found.option in ("2:4", "n:m")]
    assert max(found.speedup for found in plain) <= 2.3
    # SlideSparse's INT8 baseline on B200 runs at a fraction of its peak: no such row is quoted
    assert not [found for found in plain if found.key == "b200" and found.dtype == "int8"]


def test_every_source_is_used_once_written() -> None:
    used = {row["source"] for name in TABLES for row in rows(name)}
    assert used == {row["key"] for row in rows("evidence_sources.csv")}
    assert not [row for row in rows("evidence_sources.csv") if "GitHub id" in row["source"] + row["locator"]]


def test_the_tables_are_small() -> None:
    from app.calculators.pruning.data import tables

    packed = [zlib.compress((tables._HERE / name).read_bytes(), 9) for name in (*TABLES, "evidence_sources.csv")]
    assert sum(map(len, packed)) < 34_000  # as they travel


# Speed


def test_the_same_model_type_and_board_is_at_distance_zero() -> None:
    # SlideSparse, appendix D: Llama-3.2-1B, INT8, 64 sequences on A100 80GB PCIe: 1.10
    pcie = replace(machine("a100-80gb"), key="a100-pcie")
    found = first("2:4", run(pcie, "int8", model("Llama-3.2-1B"), "decode", 64), 0.5)
    assert found.distance == pytest.approx(0, abs=0.01)
    assert found.near and not found.differences
    assert (found.measurement.speedup, found.measurement.group) == (1.1, "SlideSparse")
    assert found.measurement.source.url.endswith("appendix_d_decode_INT8.csv")


def test_a_board_with_the_same_chip_is_near_and_said_to_be_another() -> None:
    found = first("2:4", run(machine("a100-80gb"), "int8", model("Llama-3.2-1B"), "decode", 64), 0.5)
    assert found.near
    assert found.measurement.key == "a100-pcie"
    assert found.differences == ("another GPU: A100 80GB PCIe",)


def test_a_cut_on_h100_is_measured_by_slicegpt() -> None:
    # SliceGPT, table 11: Llama-2-13B, 25%, 2707 to 2878 tokens/s
    found = first("structured", run(machine("h100-sxm"), "fp16", model("Llama-2-13B"), "decode", 64), 0.25)
    assert found.near
    assert (found.measurement.speedup, found.measurement.source.locator) == (1.0632, "Table 11")
    assert "H100 80GB, board not stated" in found.differences
    assert "batch not stated" in found.differences


def test_blocks_of_zeros_are_no_smaller_model() -> None:
    asked = nearest("structured", run(machine("h100-sxm"), "bf16", model("Llama-3.1-8B"), "decode", 1), 0.8, 50)
    blocks = [each for each in asked if "block-sparse" in each.measurement.note]
    assert blocks
    assert all("blocks of zeros, not a smaller model" in each.differences for each in blocks)


def test_scattered_zeros_at_batch_1_are_measured_by_macko() -> None:
    # MACKO, e2e_llama_results.csv: 66.55 to 98.6 tokens/s at half zeros
    found = first("unstructured", run(machine("rtx-4090"), "fp16", model("Llama-2-7B"), "decode", 1), 0.5)
    assert (found.measurement.group, found.measurement.speedup) == ("MACKO", 1.4816)
    assert found.distance == pytest.approx(0, abs=0.01)


def test_a_cpu_is_only_compared_with_cpus() -> None:
    # SparseGPT, table 7: OPT-2.7B, half zeros, 1.82 with DeepSparse
    found = nearest("unstructured", run(machine("cpu"), "fp32", model("OPT-2.7B"), "prefill", 400), 0.5, 50)
    assert found[0].near and found[0].measurement.speedup == 1.82
    assert all("CPU" in each.measurement.device for each in found)
    assert nearest("2:4", run(machine("cpu"), "bf16", model("OPT-2.7B"), "prefill", 400), 0.5) == ()
    on_gpu = nearest("unstructured", run(machine("rtx-4090"), "fp32", model("OPT-2.7B"), "prefill", 400), 0.5, 50)
    assert not [each for each in on_gpu if "CPU" in each.measurement.device]


def test_a_gain_with_a_narrower_type_in_it_says_so() -> None:
    asked = nearest("unstructured", run(machine("cpu"), "bf16", model("Llama-3.1-8B"), "decode", 1), 0.5)
    assert asked[0].measurement.model == "MPT-7B"  # arXiv 2310.06927: 7 times with INT8 against FP32
    assert "with INT8 against dense FP32" in asked[0].differences
    assert not asked[0].near


def test_four_bits_with_24_is_compared_with_the_dense_type() -> None:
    # torchao: Llama-3-8B, 2.36 times BF16, and 1.25 times INT4
    a100, llama = machine("a100-80gb"), model("Llama-3.1-8B")
    against_bf16 = first("int4+2:4", run(a100, "bf16", llama, "decode", 1), 0.5)
    assert (against_bf16.measurement.speedup, against_bf16.near) == (2.3632, True)
    against_int4 = first("int4+2:4", run(a100, "int4", llama, "decode", 1), 0.5)
    assert against_int4.measurement.speedup == 1.2501
    assert first("2:4", run(a100, "int4", llama, "decode", 1), 0.5).measurement.speedup == 1.2501
    for each in nearest("2:4", run(a100, "bf16", llama, "decode", 1), 0.5, 500):
        assert each.measurement.option == "2:4"


def test_another_chip_is_never_near() -> None:
    for each in nearest("2:4", run(machine("mi300x"), "fp8", model("Llama-3.1-8B"), "decode", 1), 0.5, 500):
        assert not each.near
        assert any("GPU" in words or "one of" in words for words in each.differences)


def test_a_matrix_product_is_not_the_whole_model() -> None:
    found = nearest("2:4", run(machine("rtx-4090"), "bf16", model("Qwen2.5-7B"), "prefill", 4096), 0.5, 500)
    products = [each for each in found if each.measurement.level == "gemm"]
    assert products
    assert all("a matrix product, not the whole model" in each.differences for each in products)
    assert all(each.distance >= 1.5 for each in products)


def test_a_pattern_that_was_measured_comes_before_one_that_was_not() -> None:
    # SlideSparse, appendix C: Qwen2.5-7B, 6:8, FP8, 2,048 tokens on H100 PCIe
    asked = ("n:m", run(machine("h100-pcie"), "fp8", model("Qwen2.5-7B"), "prefill", 2048), 0.25)
    same, other = first(*asked, pattern=NM(6, 8)), first(*asked, pattern=NM(3, 4))
    assert (same.measurement.pattern, same.differences) == ("6:8", ())
    assert "6:8, not 3:4" in other.differences
    assert other.distance == pytest.approx(same.distance + 0.5)


def test_whole_requests_are_nearer_to_decode_than_to_prefill() -> None:
    # Model-Optimizer's table on an H200: INT4 AWQ gains 1.33 at one request, and loses at 8 (0.75) and 64 (0.83)
    h200, llama = machine("h200"), model("Llama-3.1-8B")
    for batch, expected in ((1, 1.3334), (8, 0.7467), (64, 0.8292)):
        found = first("int4", run(h200, "bf16", llama, "decode", batch), 0.0)
        assert (found.measurement.phase, found.measurement.speedup) == ("request", expected)
        assert "whole requests, prefill too" in found.differences
        assert not any("batch" in words for words in found.differences)
    # and what was timed of a prefill comes first in prefill
    read = first("int4", run(machine("h100-sxm"), "bf16", llama, "prefill", 1024), 0.0)
    assert (read.measurement.phase, read.measurement.speedup) == ("prefill", 0.7503)


def test_a_hybrid_is_not_full_24() -> None:
    # PATCH: Llama-2-7B with 25% zeros, some tiles 2:4 and the rest dense: 1.07 on an A100, 1.18 on an RTX A6000
    found = [each for each in measurements() if each.group == "PATCH"]
    assert {(each.option, each.pattern) for each in found} == {("2:4", "hybrid")}
    assert sorted({each.sparsity or 0 for each in found}) == [0.25, 0.35, 0.45]
    asked = nearest("2:4", run(machine("a100-80gb"), "fp16", model("Llama-2-7B"), "decode", 16), 0.5, 500)
    quarter = next(each for each in asked if each.measurement.speedup == 1.07)
    assert {"2:4 in some tiles, the rest dense", "25% zeros, not 50%"} <= set(quarter.differences)
    assert not quarter.near
    # SpenseGPT states no share
    unstated = next(each for each in measurements() if each.group == "SpenseGPT")
    assert unstated.sparsity is None
    scored = [each for each in qualities() if each.pattern == "hybrid"]
    assert len(scored) > 20 and {each.sparsity for each in scored} == {0.25, 0.35, 0.45}
    assert {each.option for each in scored} == {"2:4"}


def test_a_cut_of_experts_is_compared_with_cuts_of_experts() -> None:
    # llm-compressor 3094: 64 to 48 experts gain 1.2 to 1.22 at 128 requests; ds4 281: nothing at one
    asked = ("structured", run(machine("h100-sxm"), "bf16", model("Qwen3-30B-A3B"), "decode", 128), 0.25)
    found = nearest(*asked, part="experts")
    assert {each.measurement.pattern for each in found[:2]} == {"experts"}
    assert sorted(each.measurement.speedup for each in found[:2]) == [1.2, 1.22]
    for each in nearest(*asked, 500, part="experts"):
        other = each.measurement.pattern != "experts"
        assert other == any(words.endswith("removed, not experts") for words in each.differences)
    for each in nearest(*asked, 500):
        assert (each.measurement.pattern == "experts") == ("experts removed" in each.differences)
    scored = quality("structured", model("Qwen3-30B-A3B"), 0.25, part="experts")[0]
    assert (scored.quality.pattern, scored.quality.method) == ("experts", "REAP")


def test_a_cut_of_layers_is_compared_with_cuts_of_layers() -> None:
    found = quality("structured", model("Qwen3-8B"), 0.09, part="depth")
    assert found[0].quality.pattern == "depth" and found[0].near
    mixtral = ("structured", run(machine("h100-sxm"), "fp16", model("Mixtral-8x7B-v0.1"), "prefill", 2048), 0.16)
    assert nearest(*mixtral, part="depth")[0].measurement.pattern == "depth"


def test_zeros_in_activations_are_no_zeros_in_weights() -> None:
    # TEAL, TwELL: every weight stays
    asked = nearest("unstructured", run(machine("h100-sxm"), "fp16", model("Llama-2-7B"), "decode", 1), 0.5, 500)
    found = [each for each in asked if each.measurement.group in ("TEAL", "TwELL")]
    assert found
    assert all("zeros in the activations: every weight stays" in each.differences for each in found)
    assert not any(each.near for each in found)


def test_no_more_than_two_come_from_one_publication_where_others_are_as_near() -> None:
    found = nearest("2:4", run(machine("h100-pcie"), "fp8", model("Llama-3.1-8B"), "prefill", 2048), 0.5)
    groups = [each.measurement.group for each in found]
    assert groups.count("SlideSparse") == 2 and len(groups) == 3


def test_doubtful_and_vendors_figures_are_called_so() -> None:
    asked = nearest("2:4", run(machine("h100-sxm"), "bf16", model("Llama-3.1-8B"), "decode", 1), 0.5, 500)
    for each in asked:
        if each.measurement.value == "vendor_upper_bound":
            assert "the best case, “up to”" in each.differences
        if each.measurement.value == "doubtful_series":
            assert "other timings of this series are impossible" in each.differences
    assert {"vendor_upper_bound", "vendor_average", "doubtful_series"} <= {each.measurement.value for each in asked}


def test_a_model_that_writes_nothing_has_one_forward_pass() -> None:
    # PyTorch's tutorial: BERT-base, 1.3 times on A100
    bert = model("BERT-base-uncased")
    prefill, decode = (nearest("2:4", run(machine("a100-80gb"), "fp16", bert, each, 384), 0.5) for each in PHASES)
    assert prefill == decode
    assert prefill[0].near and prefill[0].measurement.speedup == 1.3


def test_what_was_not_published_is_not_quoted() -> None:
    asked = (run(machine("h100-sxm"), "bf16", model("Llama-3.1-8B"), "prefill", 512), 0.5)
    for option in ("dense", "nvfp4"):
        assert nearest(option, *asked) == ()


@pytest.mark.parametrize(("option", "tokens_per_second"), [("int8", 153.03), ("int4", 180.80)])
def test_a_quantized_model_is_compared_with_its_dense_one(option: str, tokens_per_second: float) -> None:
    # torchao's quantization README: Llama-3-8B on an A100, batch 1, 95.64 tokens/s in BF16
    found = nearest(option, run(machine("a100-80gb"), "bf16", model("Llama-3.1-8B"), "decode", 1), 0.0)
    assert found[0].measurement.speedup == pytest.approx(tokens_per_second / 95.64, abs=1e-4)
    assert found[0].near
    assert "weights only" in found[0].measurement.note


def test_a_kernel_that_was_slower_is_quoted_too() -> None:
    # the same README: 8.61 tokens/s with INT8 activations at batch 1
    found = nearest("int8", run(machine("a100-80gb"), "bf16", model("Llama-3.1-8B"), "decode", 1), 0.0)
    assert 0.09 in [each.measurement.speedup for each in found]


def test_products_in_two_types_are_quoted_from_one_timing() -> None:
    # SlideSparse's raw timings, H100 PCIe, 1,024 tokens by 37,888 x 3,584: BF16 over FP8
    found = first("fp8", run(machine("h100-pcie"), "bf16", model("Qwen2.5-7B"), "prefill", 1024), 0.0)
    with (ROOT / "data" / "gemm_2to4_latency.csv").open(encoding="utf-8", newline="") as file:
        timed = {
            row["dtype"]: float(row["dense_us"])
            for row in csv.DictReader(file)
            if (row["device"], row["model"], row["M"], row["N"], row["K"])
            == ("H100 PCIe", "Qwen2.5-7B", "1024", "37888", "3584")
        }
    assert found.measurement.speedup == pytest.approx(timed["bf16"] / timed["fp8"], abs=1e-4)


@settings(max_examples=depth.cases(150, 1500))
@given(
    st.sampled_from(OPTIONS),
    st.sampled_from(devices()),
    st.sampled_from(TYPES),
    st.sampled_from([*presets(), bare(1), bare(7_000_000_000), bare(10**15)]),
    st.floats(0, 1),
    st.sampled_from(PHASES),
    st.integers(1, 10**6),
    st.integers(0, 6),
    st.sampled_from([None, NM(4, 8), NM(6, 8), NM(1, 4)]),
)
def test_any_question_is_answered_nearest_first(
    option: str,
    asked: Device,
    dtype: str,
    of: Model,
    sparsity: float,
    phase: Phase,
    tokens: int,
    limit: int,
    pattern: NM | None,
) -> None:
    found = nearest(option, run(asked, dtype, of, phase, tokens), sparsity, limit, pattern)
    assert len(found) <= limit
    distances = [each.distance for each in found]
    assert distances == sorted(distances)
    assert len({id(each.measurement) for each in found}) == len(found)
    for each in found:
        assert each.near == (round(each.distance, 2) <= NEAR)
        assert each.measurement.phase in ("na", "request", phase if of.kind == "decoder" else "prefill")
        assert all(each.differences)
    quoted = quality(option, of, sparsity, pattern, limit)
    assert len(quoted) <= limit
    assert [each.distance for each in quoted] == sorted(each.distance for each in quoted)
    assert all(each.quality.kind == of.kind and each.quality.option == option for each in quoted)


def test_a_question_takes_two_milliseconds() -> None:
    h100, llama = machine("h100-sxm"), model("Llama-3.1-8B")
    nearest("2:4", run(h100, "bf16", llama, "prefill", 1), 0.5)
    started = time.process_time()
    for tokens in range(2, 22):
        nearest("2:4", run(h100, "bf16", llama, "prefill", tokens), 0.5)
    assert (time.process_time() - started) / 20 < 0.01  # 0.8 ms; room for a busy machine


# Quality


def test_24_of_llama_2_is_quoted_from_its_tables() -> None:
    # Wanda's README: dense 5.12, SparseGPT 10.17, Wanda 11.02; MaskLLM trains its masks
    found = quality("2:4", model("Llama-2-7B"), 0.5)
    figures = {each.quality.method: (each.quality.dense, each.quality.pruned) for each in found}
    assert figures["SparseGPT"] == (5.12, 10.17)
    assert figures["Wanda"] == (5.12, 11.02)
    assert all(each.near and each.same_family and not each.differences for each in found)
    assert any(each.quality.retrained for each in found)


def test_one_that_trained_afterwards_is_among_them() -> None:
    found = quality("2:4", model("Llama-3.1-8B"), 0.5)
    assert [each.quality.retrained for each in found].count(True) == 1


def test_another_family_is_called_so_and_not_near() -> None:
    found = quality("unstructured", model("Gemma-2-9b"), 0.5)
    assert found
    for each in found:
        assert not each.same_family and not each.near
        assert each.differences[0].startswith("another family: ")
    unknown = quality("2:4", bare(7_000_000_000), 0.5)
    assert unknown and not any(each.same_family for each in unknown)


def test_a_generation_is_not_a_family() -> None:
    found = quality("unstructured", model("Llama-3.1-8B"), 0.7)  # OWL: LLaMA-7B at 70%
    assert found[0].same_family
    assert found[0].differences[0] == "another generation: LLaMA-7B"


def test_no_quality_is_quoted_where_none_was_published() -> None:
    assert quality("int4+2:4", model("Llama-3.1-8B"), 0.5) == ()
    assert quality("unstructured", model("ResNet-50"), 0.5) == ()  # a perplexity says nothing of a CNN


def test_eight_bits_cost_next_to_nothing_and_a_bit_more_with_activations() -> None:
    # torchao's quantization README: Llama-3-8B, 7.441 in BF16
    quoted = [each.quality for each in quality("int8", model("Llama-3.1-8B"), 0)]
    found = {each.method: each for each in quoted if each.model == "Llama-3-8B"}
    assert (found["int8wo"].pruned, found["int8dq"].pruned) == (7.447, 7.581)
    assert found["int8wo"].delta == 0.006


def test_a_pattern_has_its_own_quality() -> None:
    found = quality("n:m", model("Llama-2-7B"), 0.5, NM(4, 8))
    assert {each.quality.pattern for each in found} == {"4:8"}
    other = quality("n:m", model("Llama-2-7B"), 0.5, NM(2, 8))
    assert all("4:8, not 2:8" in each.differences or "6:8, not 2:8" in each.differences for each in other)


def test_a_difference_alone_is_quoted_as_one() -> None:
    # DenoiseRotator, abstract: SparseGPT 2:4 of Llama-3-70B costs 8.1 of perplexity
    alone = [each for each in qualities() if each.dense is None]
    assert sorted(each.delta for each in alone if each.model == "Llama-3-70B") == [3.4, 8.1]
    # NVIDIA's benchmark table: INT4 AWQ of Llama-3.1-8B-Instruct loses 5.66% of its MMLU
    assert -5.66 in [each.delta for each in alone if each.option == "int4"]


def test_one_task_hides_what_another_shows() -> None:
    # NVIDIA Model-Optimizer: four of the 36 layers of Qwen3-8B gone, nothing trained
    found = by_task("structured", model("Qwen3-8B"), 0.09)[0]
    assert found.quoted.quality.pattern == "depth" and not found.quoted.quality.retrained
    assert found.mmlu and (found.mmlu.dense, found.mmlu.pruned) == (74.93, 73.96)
    assert found.gsm8k and (found.gsm8k.dense, found.gsm8k.pruned) == (87.49, 28.73)
    for option in ("unstructured", "2:4", "structured", "int4"):
        for each in by_task(option, model("Llama-3.1-8B"), 0.5):
            assert len(each.all) > 1
            assert len({one.method for one in each.all}) == 1


def test_training_tokens_bring_quality_back_at_a_price() -> None:
    # Model-Optimizer's tutorial: Nemotron-Nano-9B-v2 to 7B, the mean of 8 tasks; about 9,000 H100-hours for 80 B tokens
    found = next(each for each in recoveries() if "9B-v2" in each.model and each.metric == "mean of 8 tasks")
    assert (found.dense, found.untrained) == (66.1, 18.4)
    assert [(each.tokens_b, each.recovered) for each in found.after] == [
        (2.5, 59.8),
        (20, 63.5),
        (40, 64.1),
        (60, 64.4),
        (80, 65.1),
    ]
    assert found.after[0].gpu_hours == round(600 * 2.5 / 6.3)
    for each in recoveries():
        assert sound(each.source)
        assert each.after
        assert all(one.tokens_b or one.recovered for one in each.after)


def test_small_devices_stand_in_a_table_without_a_model() -> None:
    # TVM pull request 8065, MobileNetV2 on a Pixel 2: slower than dense below 40% zeros, twice as fast at 90%
    found = next(each for each in edges() if each.device == "Pixel 2" and each.timed[0].sparsity == 0.1)
    by_share = {each.sparsity: each.speedup for each in found.timed}
    assert max(by_share[share] or 9 for share in (0.1, 0.2, 0.3)) < 1 < (by_share[0.4] or 0)
    assert by_share[0.9] == pytest.approx(17.37 / 8.67, abs=1e-4)
    # Core ML on an iPhone 14 Pro: 75% zeros make ResNet-50 3.17 times smaller and 1.19 times as fast
    resnet = next(each for each in edges() if each.network == "ResNet-50" and each.pattern == "unstructured zeros")
    assert resnet.timed[-1] == (0.75, pytest.approx(1.1875), 3.17)
    assert all(sound(each.source) for each in edges())
    # what was not timed has no figure
    assert not [one for each in edges() if each.framework == "Ascend AMCT" for one in each.timed if one.speedup]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Llama-3.2-1B", "llama3"),
        ("LLaMA-65B", "llama"),
        ("meta-llama/Llama-2-7b-hf", "llama2"),
        ("OPT-1.3B", "opt"),
        ("Mixtral-8x7B-v0.1", "mixtral"),
        ("Phi-2", "phi2"),
        ("ViT-B/16", "vit"),
        ("", ""),
        ("1x", ""),
    ],
)
def test_a_family_is_what_a_name_begins_with(name: str, expected: str) -> None:
    assert family(name) == expected


def test_scores_of_tasks_are_in_percent() -> None:
    for name in ("quality.csv", "recovery.csv"):
        for row in rows(name):
            if row["dense"] and any(task in row["metric"] for task in ("MMLU", "HellaSwag", "GSM8K")):
                assert float(row["dense"]) > 1, row
