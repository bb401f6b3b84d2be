"""Claims about speed that hold for every model, device and type."""

from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calculators.pruning.data.tables import constant, constants
from app.calculators.pruning.model.architecture import bare, preset, presets
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed import laws
from app.calculators.pruning.speed.devices import arithmetic, device, devices
from app.calculators.pruning.speed.laws.ranges import both
from app.calculators.pruning.speed.roofline import dense_pass
from app.calculators.pruning.speed.run import Run, Workload
from tests import depth

models = st.sampled_from([*presets(), bare(7_000_000_000), bare(1), bare(10**12)])
machines = st.sampled_from(devices())
dtypes = st.sampled_from(list(types()))
phases = st.sampled_from(["prefill", "decode"])
shares = st.floats(0, 1)
works = st.builds(Workload, st.integers(1, 8192), st.integers(1, 64), st.integers(1, 8192), st.sampled_from([8, 16]))


def ends(found):
    return found.low, found.likely, found.high


@settings(max_examples=depth.cases(300, 3000))
@given(models, machines, dtypes, shares, shares, phases, works)
def test_low_is_never_above_likely_nor_likely_above_high(model, machine, dtype, sparsity, share, phase, work):
    for found in (
        laws.two_four.speedup(Run(model, machine, dtype, phase, work), share),
        laws.unstructured.speedup(Run(model, machine, dtype, phase, work), sparsity, share),
        laws.structured.speedup(Run(model, machine, dtype, phase, work), sparsity, share),
        laws.quantized.speedup(Run(model, machine, dtype, phase, work), "int8"),
        laws.quantized.speedup(Run(model, machine, dtype, phase, work), "int4"),
        laws.quantized.int4_24(Run(model, machine, dtype, phase, work)),
    ):
        assert 0 < found.low <= found.likely <= found.high
        assert found.regime
        assert found.basis.endswith(".")


@given(models, machines, dtypes, shares, phases)
def test_nothing_pruned_is_exactly_the_dense_speed(model, machine, dtype, share, phase):
    for law in (laws.unstructured.speedup, laws.structured.speedup):
        assert ends(law(Run(model, machine, dtype, phase, Workload()), 0.0, share)) == (1, 1, 1)


@given(models, machines, dtypes, phases, st.floats(0.01, 0.98), st.floats(0.001, 0.01))
def test_a_smaller_model_is_never_slower_than_a_larger_one(model, machine, dtype, phase, sparsity, more):
    one = laws.structured.speedup(Run(model, machine, dtype, phase, Workload()), sparsity, 1.0)
    other = laws.structured.speedup(Run(model, machine, dtype, phase, Workload()), sparsity + more, 1.0)
    assert all(a <= b + 1e-12 for a, b in zip(ends(one), ends(other), strict=True))


@pytest.mark.parametrize("key", ["v100", "t4", "cpu"])
@pytest.mark.parametrize("dtype", ["fp32", "fp16", "bf16", "fp8", "int8", "int4"])
def test_two_of_four_gains_nothing_without_the_hardware(key, dtype):
    for model in presets():
        for phase in ("prefill", "decode"):
            assert ends(laws.two_four.speedup(Run(model, device(key), dtype, phase, Workload()), 1.0)) == (1, 1, 1)


def test_fp32_gains_nothing_from_two_of_four_anywhere():
    for machine in devices():
        found = laws.two_four.speedup(Run(preset("Llama-2-7B"), machine, "fp32", "prefill", Workload()), 1.0)
        assert ends(found) == (1, 1, 1)


def test_int4_two_of_four_is_not_claimed_beyond_what_marlin_24_once_gave():
    # torchao, Llama-3-8B on A100: 180.8 -> 226.0 tokens/s
    found = laws.two_four.speedup(Run(preset("Llama-3.1-8B"), device("a100-80gb"), "int4", "decode", Workload()), 1.0)
    assert ends(found) == (1, 1, 1.25)


def test_scattered_zeros_gain_nothing_on_a_gpu_in_prefill():
    for machine in devices():
        if machine.maker != "cpu":
            found = laws.unstructured.speedup(
                Run(preset("Llama-2-7B"), machine, "fp16", "prefill", Workload()), 0.9, 1.0
            )
            assert ends(found) == (1, 1, 1)


@pytest.mark.parametrize("sparsity", [0.5, 0.7, 0.9])
def test_the_research_kernel_follows_its_published_fit(sparsity):
    # MACKO, arXiv 2511.13061: 1/(1.128(1-s)+0.134), batch 1
    run = Run(bare(7 * 10**9), device("rtx-4090"), "fp16", "decode", Workload())
    found = laws.unstructured.speedup(run, sparsity, 1.0)
    assert found.likely == 1
    assert found.high == pytest.approx(1 / (1.128 * (1 - sparsity) + 0.134))
    many = laws.unstructured.speedup(run._replace(workload=Workload(batch=128)), sparsity, 1.0)
    assert ends(many) == (1, 1, 1)


@pytest.mark.parametrize(("sparsity", "published"), [(0.7, 1.4), (0.8, 1.7), (0.9, 2.1)])
def test_for_a_batch_it_is_another_kernel(sparsity, published):
    # Flash-LLM, arXiv 2309.10285, Fig. 9: averages over products of 8 to 64 tokens
    run = Run(bare(7 * 10**9), device("a100-80gb"), "fp16", "decode", Workload(batch=16, context=1))
    found = laws.unstructured.speedup(run, sparsity, 1.0)
    assert found.likely == 1
    assert found.high == pytest.approx(published, rel=0.02)


def test_small_passes_can_be_slower_with_two_of_four():
    # SlideSparse, Appendix C: Llama-3.2-1B at 512 tokens: FP8 on B200 0.90x, INT8 on A100 0.88x
    for key, dtype, tokens, measured in (("b200", "fp8", 256, 0.90), ("a100-pcie", "int8", 512, 0.88)):
        run = Run(preset("Llama-3.2-1B"), device(key), dtype, "prefill", Workload(tokens, 1, 0))
        assert laws.two_four.speedup(run, 1.0).low <= measured


def test_a_device_without_a_peak_for_a_type_says_what_it_computes_in():
    found = laws.structured.speedup(Run(preset("Llama-2-7B"), device("v100"), "bf16", "prefill", Workload()), 0.5, 1.0)
    assert "No BF16 peak is known" in found.basis
    wide = arithmetic(device("v100"), "int8")
    assert wide is not None
    assert wide.weight_only


def test_geforce_cards_compute_in_sixteen_bits_with_32_bit_accumulation():
    # GeForce halves the rate with FP32 accumulation, which frameworks use
    assert device("rtx-4090").peaks["fp16"].dense_tflops == 165.2
    assert device("rtx-3090").peaks["fp16"].dense_tflops == 71


def test_every_constant_and_every_peak_names_its_source():
    for entry in constants():
        assert entry.source.title, entry.name
        assert entry.source.as_of, entry.name
    for machine in devices():
        for peak in machine.peaks.values():
            assert peak.source.title, machine.key
            assert peak.source.as_of, machine.key


@pytest.mark.parametrize("dtype", ["bf16", "nvfp4"])
def test_gb10_says_how_two_of_four_scattered_there(dtype):
    # SlideSparse, raw timings: a tenth of the large products in BF16, and nearly all in FP4, were slower than dense
    found = laws.two_four.speedup(Run(preset("Llama-3.1-8B"), device("gb10"), dtype, "prefill", Workload()), 1.0)
    assert found.low < 1
    assert "too far apart to fit" in found.basis
    assert ("pairs" in found.basis) == (found.likely < 1) == (dtype == "nvfp4")


@settings(max_examples=depth.cases(200, 2000))
@given(models, machines, dtypes, phases, works)
def test_pruning_and_then_quantizing_multiplies_and_is_less_sure_than_either(model, machine, dtype, phase, work):
    first = laws.quantized.speedup(Run(model, machine, dtype, phase, work), "int8")
    second = laws.two_four.speedup(Run(model, machine, "int8", phase, work), 1.0)
    found = both(first, second)
    assert found.likely == first.likely * second.likely
    for end in ("low", "high"):
        spread = abs(log(getattr(found, end) / found.likely))
        parts = [abs(log(getattr(each, end) / each.likely)) for each in (first, second)]
        assert max(parts) - 1e-9 <= spread <= sum(parts) + 1e-9


def test_an_eight_bit_kv_cache_makes_long_contexts_decode_faster():
    # 64 requests of 8,192 tokens: the cache of Llama-2-7B (0.5 MB a token in 16 bits) outweighs its weights
    model, machine = preset("Llama-2-7B"), device("h100-sxm")
    wide, narrow = (dense_pass(Run(model, machine, "bf16", "decode", Workload(1, 64, 8192, bits))) for bits in (16, 8))
    assert wide.blocks_us == narrow.blocks_us
    read_us = 0.5 * 2**20 * 8192 * 64 / 2 / (3350e3 * constant("bandwidth_share", device="datacenter").value)
    assert wide.rest_us - narrow.rest_us == pytest.approx(read_us, rel=1e-6)


def test_a_sliding_window_is_read_and_not_the_whole_context():
    # Gemma-2-2b: 13 of 26 layers see 4,096 tokens; 4 KV heads of 256
    model, machine = preset("Gemma-2-2b"), device("h100-sxm")
    short, long = (dense_pass(Run(model, machine, "bf16", "decode", Workload(1, 1, at))).rest_us for at in (4096, 8192))
    full = 2 * 2 * 4 * 256 * 4096 / (3350e3 * constant("bandwidth_share", device="datacenter").value)
    assert long - short == pytest.approx(13 * full, rel=1e-6)


@pytest.mark.parametrize("dtype", ["fp16", "bf16", "fp8", "int8"])
def test_few_tokens_may_lose_on_any_device_whose_peaks_are_known_or_not(dtype):
    # Of whole models at few tokens most reports found no gain, some a loss: tests/…/test_reports.py names them
    run = Run(preset("Llama-3.1-8B"), device("a10g"), dtype, "decode", Workload(512, 1, 512))
    for machine in devices():
        for batch in (1, 8, 63):
            found = laws.two_four.speedup(
                run._replace(device=machine, workload=run.workload._replace(batch=batch)), 1.0
            )
            assert found.low <= 0.9 or found.high == 1.0, (machine, batch)
            assert found.high == 1.0 or "fall back on dense kernels" in found.basis


def test_an_encoder_on_a_device_of_unknown_peaks_may_lose_too():
    # pytorch/tutorials issue 3236, whose build asks for an A10G
    found = laws.two_four.speedup(
        Run(preset("BERT-base-uncased"), device("a10g"), "fp16", "prefill", Workload(128, 64)), 1.0
    )
    assert found.low <= 0.7864 <= found.high
    assert "not compiled it took 1.8 to 2.5 times as long" in found.basis


def test_a_layout_of_int4_is_int4_to_every_law():
    a100, llama = device("a100-80gb"), preset("Llama-3.1-8B")
    plain, other = (
        laws.two_four.speedup(Run(llama, a100, dtype, "decode", Workload(512, 1)), 1.0)
        for dtype in ("int4", "int4-g64")
    )
    assert (other.low, other.likely) == (plain.low, plain.likely) and other.high > 1
    assert laws.two_four.speedup(Run(llama, a100, "q4_k_m", "decode", Workload(512, 1)), 1.0).high == 1.0
