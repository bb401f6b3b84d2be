"""The times of whole engines against published runs, and what an engine changes."""

from __future__ import annotations

import csv
from statistics import median

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.inputs import question
from app.calculators.pruning.model.architecture import Model, preset
from app.calculators.pruning.model.parallel import Split
from app.calculators.pruning.options import compute
from app.calculators.pruning.question import Question
from app.calculators.pruning.speed.devices import Device, arithmetic, device, run_by
from app.calculators.pruning.speed.engines import DEFAULT, NAMES, bytes_share, engine, wrong
from app.calculators.pruning.speed.laws.ranges import computed_in
from app.calculators.pruning.speed.roofline import dense_pass, rest_of, roofs
from app.calculators.pruning.speed.run import Run, Workload
from app.calculators.pruning.speed.serving import by_bytes
from app.page import rendering
from app.vocabulary.calculator import Invalid
from tests import reading
from tools.lab.engines import HELD_OUT
from tools.lab.times import published


def known(key: str) -> Device:
    found = device(key)
    assert found is not None
    return found


def asked(**raw: str) -> Question:
    """The question of the page with these inputs."""
    typed = CALCULATOR.defaults | raw
    return question({field.name: field.parse(typed[field.name]) for field in CALCULATOR.fields})


def shown(**raw: str) -> str:
    """All words of the page with these inputs."""
    return reading.text(" ".join(rendering.regions(CALCULATOR, CALCULATOR.defaults | raw).values()))


def llama(name: str = "Llama-3.1-8B") -> Model:
    found = preset(name)
    assert found is not None
    return found


def held_out() -> list[tuple[str, str, bool, float]]:
    """Engine, phase, whether it is one request, and how far off a fit was that had not seen the device."""
    with HELD_OUT.open(encoding="utf-8", newline="") as file:
        return [
            (
                row["runs_as"],
                row["phase"],
                row["batch"] == "1",
                abs(float(row["measured_us"]) / float(row["predicted_us"]) - 1),
            )
            for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize("phase", ["prefill", "decode"])
def test_dense_times_of_published_runs_of_one_request_are_within_15_percent_in_the_median(phase: str) -> None:
    off = [each for _, kind, one, each in held_out() if one and kind == phase]
    assert len(off) > 190
    assert median(off) < 0.15


@pytest.mark.parametrize(
    ("key", "phase", "runs", "most"),
    [
        ("vllm", "prefill", 17, 0.15),
        ("vllm", "decode", 27, 0.15),
        ("vllm-2026", "prefill", 13, 0.15),
        ("vllm-2026", "decode", 13, 0.15),
        ("tensorrt-llm", "prefill", 40, 0.10),
        ("tensorrt-llm", "decode", 4, 0.30),  # two of four run 2.5 times as long in FP4 as their bytes take
        ("llama.cpp", "prefill", 22, 0.20),  # of four devices, one of them without INT8: the page says how far off
        ("llama.cpp", "decode", 38, 0.15),
        ("llama.cpp-2024", "prefill", 107, 0.15),
        ("llama.cpp-2024", "decode", 119, 0.15),
    ],
)
def test_each_engine_is_as_far_off_as_the_page_says(key: str, phase: str, runs: int, most: float) -> None:
    off = [each for name, kind, one, each in held_out() if (name, kind, one) == (key, phase, True)]
    said = wrong(key, phase)
    assert (len(off), said.runs) == (runs, runs)
    assert median(off) == pytest.approx(said.median, rel=1e-3)
    assert said.median < most


@pytest.mark.parametrize("key", NAMES)
def test_the_page_is_no_further_off_on_the_runs_that_an_engine_was_fitted_to(key: str) -> None:
    for phase in ("prefill", "decode"):
        off = [
            abs(each.off(us))
            for each in published()
            if (each.runs_as, each.run.phase, each.batch) == (key, phase, 1)
            and (us := each.predicted_us(engine(key))) is not None
        ]
        assert median(off) <= wrong(key, phase).median * 1.05


@pytest.mark.parametrize(
    ("key", "name", "machine", "dtype", "tokens", "ms"),
    [
        ("tensorrt-llm", "Llama-2-7B", "h100-sxm", "fp8", 128, 6.3),  # its performance.md, v0.9.0
        ("tensorrt-llm", "Llama-2-7B", "a100-80gb", "fp16", 2048, 132.4),
        ("llama.cpp", "Llama-3.1-8B", "rtx-4090", "q4_k_m", 512, 512e3 / 12382.64),  # pull request 24127
        ("llama.cpp", "Llama-3.1-8B", "rtx-5090", "int4-32", 512, 512e3 / 16129.48),  # pull request 20586
        ("llama.cpp-2024", "Llama-3.1-8B", "rtx-4090", "q4_k_m", 8192, 8192e3 / 4039.68),  # GPU-Benchmarks README
        ("vllm-2026", "Llama-3.1-8B", "a100-80gb", "bf16", 198, 27.78),  # AccelMark, vLLM 0.20.1
        ("vllm", "Llama-3.1-8B", "a100-40gb", "bf16", 28650, 2822.72),  # AccelMark, vLLM 0.7.3
    ],
)
def test_single_runs_come_out_within_22_percent_of_what_was_published(
    key: str, name: str, machine: str, dtype: str, tokens: int, ms: float
) -> None:
    run = Run(llama(name), run_by(known(machine), engine(key)), dtype, "prefill", Workload(tokens, 1, tokens))
    found = dense_pass(run)
    assert found is not None
    assert sum(found) / 1e3 == pytest.approx(ms, rel=0.22)


def test_a_short_prompt_waits_for_the_host_of_vllm_and_not_of_tensorrt_llm() -> None:
    times = {}
    for key in ("vllm", "tensorrt-llm"):
        run = Run(llama(), run_by(known("h100-sxm"), engine(key)), "fp8", "prefill", Workload(128, 1, 128))
        times[key] = sum(rest_of(roofs(run.model)[0], run))
    assert times["vllm"] > 5 * times["tensorrt-llm"]


def test_the_default_engine_leaves_a_device_as_it_is() -> None:
    machine = known("h100-sxm")
    assert engine(DEFAULT) is None
    assert run_by(machine, engine(DEFAULT)) is machine
    assert asked().device is machine


def test_a_cpu_has_its_own_law_on_any_engine() -> None:
    machine = known("cpu-epyc-genoa")
    assert run_by(machine, engine("llama.cpp")) is machine


def test_the_same_engine_gives_the_same_device() -> None:
    machine = known("rtx-4090")
    assert run_by(machine, engine("llama.cpp")) is run_by(machine, engine("llama.cpp")) is not machine


def test_llama_cpp_multiplies_quantized_weights_in_int8_where_the_device_can() -> None:
    on = {key: run_by(known(key), engine("llama.cpp")) for key in ("rtx-4090", "v100")}
    quick, wide = (arithmetic(on[key], "q4_k_m") for key in ("rtx-4090", "v100"))
    assert quick is not None
    assert wide is not None
    assert (quick.dtype, quick.weight_only, quick.supports_24) == ("int8", False, False)
    assert (wide.dtype, wide.weight_only) == ("fp16", True)
    assert computed_in(on["rtx-4090"], "q4_k_m") == " llama.cpp multiplies GGUF Q4_K_M weights in INT8."
    plain = arithmetic(known("rtx-4090"), "q4_k_m")
    assert plain is not None
    assert plain.weight_only


@pytest.mark.parametrize("key", [key for key in NAMES if key != DEFAULT])
def test_the_page_says_whose_times_these_are(key: str) -> None:
    words = shown(engine=key)
    assert f"Times are of {NAMES[key]} on one device" in words
    assert f"is that of {NAMES[key]}; gains were timed in vLLM" in words
    assert "Times are of vLLM, SGLang on one device" not in words


def test_an_engine_that_is_not_listed_is_refused_and_kept() -> None:
    with pytest.raises(Invalid):
        asked(engine="abacus")
    regions = rendering.regions(CALCULATOR, CALCULATOR.defaults | {"engine": "abacus"})
    assert 'aria-invalid="true"' in reading.form(regions)


# --- by bytes, where no peak is known ---


def test_decode_on_apple_silicon_has_a_time_by_its_bytes() -> None:
    run = Run(llama(), known("apple-m3-max"), "q4_k_m", "decode", Workload(1, 1, 512))
    found = by_bytes(run)
    assert found is not None
    # 8.03 B weights of 4.89 bits at 400 GB/s take 12.3 ms; published: 50.74 tokens/s at 1,024 tokens
    assert 12_000 < found.low < found.likely < found.high
    assert found.low < 1e6 / 50.74 < found.high


def test_published_decode_on_apple_silicon_lies_in_that_range_in_80_percent_of_the_runs() -> None:
    runs = [each for each in published() if each.run.device.maker == "apple" and each.run.phase == "decode"]
    inside = [each for each in runs if (span := by_bytes(each.run)) and span.low <= each.measured_us <= span.high]
    assert len(runs) == 46
    assert len(inside) / len(runs) >= 0.78
    share = bytes_share()
    assert 0.3 < share.low < share.likely < share.high < 0.95


@pytest.mark.parametrize(
    "run",
    [
        Run(llama(), known("h100-sxm"), "bf16", "decode", Workload(1, 1, 512)),  # a roofline gives its times
        Run(llama(), known("cpu-epyc-genoa"), "bf16", "decode", Workload(1, 1, 512)),
        Run(llama(), known("cpu"), "bf16", "decode", Workload(1, 1, 512)),
        Run(llama(), known("apple-m3-max"), "bf16", "decode", Workload(1, 2, 512)),
        Run(llama(), known("apple-m3-max"), "bf16", "decode", Workload(1, 1, 512), Split(tensor=2)),
        Run(llama(), known("apple-m3-max"), "bf16", "prefill", Workload(512, 1, 512)),
        Run(llama("BERT-base-uncased"), known("apple-m3-max"), "bf16", "decode", Workload(512, 1, 512)),
        Run(llama("ResNet-50"), known("apple-m3-max"), "bf16", "decode", Workload(512, 1, 512)),
    ],
)
def test_nothing_is_said_by_bytes_where_nothing_like_it_was_published(run: Run) -> None:
    assert by_bytes(run) is None


def test_the_page_says_what_a_token_takes_by_bytes() -> None:
    words = shown(device="apple-m3-max")
    assert "No peak of Apple M3 Max (40-core GPU) is known" in words
    assert "llama.cpp on Apple silicon reached 40.4% to 81.7% of the bandwidth" in words


def test_gguf_decode_reads_a_head_of_fewer_bits() -> None:
    fixed = [
        rest_of(roofs(llama())[0], Run(llama(), known("rtx-4090"), dtype, "decode", Workload(1, 1, 512))).fixed_us
        for dtype in ("int4", "q4_k_m")
    ]
    # 128,256 × 4,096 weights of 16 and of 4.89 bits, at 80% of 1,008 GB/s
    assert fixed[0] - fixed[1] == pytest.approx(128256 * 4096 * (16 - 4.8944) / 8 / (1008e3 * 0.8), rel=1e-6)


def test_an_engine_changes_times_and_hardly_the_gain_of_a_long_prompt() -> None:
    vllm, tensorrt = (
        compute(asked(engine=key, structure="2:4", prompt="8192")).chosen.prefill.likely
        for key in ("vllm", "tensorrt-llm")
    )
    assert vllm == pytest.approx(tensorrt, rel=0.1)
