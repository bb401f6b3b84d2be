"""Public reports of what pruning and quantization gained or lost, by name: each stands in the evidence.

`REPORTS` is the whole list. A link is the fragment of the page's inputs that comes closest to the report's setting.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.speed.evidence.published import Level, measurements
from app.vocabulary import link
from app.vocabulary.calculator import read

GITHUB = "https://github.com/"


class Report(NamedTuple):
    """What somebody published: its `name`, the page's inputs that reproduce its setting, what of the page it speaks of
    (an option's key, and a phase; a whole `request` is both), the dense time over the other, what was timed, and where
    it stands. `differs` says what the link cannot say of the setting. One that lies outside the range of a whole model
    is `told` of where the speed is explained.
    """

    name: str
    link: str
    option: str
    phase: Literal["prefill", "decode", "request"]
    published: float
    level: Level
    source: str
    differs: str = ""
    told: str = ""


_DECODE = "prompt=16&output=512"
_24 = "structure=2:4&dtype=fp16"

REPORTS = (
    # 2:4 at few tokens
    Report(
        "Model-Optimizer 1974: Qwen3-4B on L4",
        f"params=Qwen3-4B&{_24}&device=l4",
        "2:4",
        "request",
        1.0,
        "end_to_end",
        GITHUB + "NVIDIA/Model-Optimizer/issues/1974",
        "in words; batch and lengths are not stated",
    ),
    Report(
        "TensorRT-LLM 1802: LLaMA-7B on A10",
        f"params=Llama-2-7B&{_24}&device=a10&batch=1&prompt=128&output=128",
        "2:4",
        "request",
        1.0,
        "end_to_end",
        GITHUB + "NVIDIA/TensorRT-LLM/issues/1802",
        "in words",
    ),
    Report(
        "TensorRT-LLM 1802: LLaMA-7B on H100",
        f"params=Llama-2-7B&{_24}&device=h100-sxm&batch=1&prompt=128&output=128",
        "2:4",
        "request",
        1.0,
        "end_to_end",
        GITHUB + "NVIDIA/TensorRT-LLM/issues/1802",
        "in words; the board is not stated",
    ),
    Report(
        "TensorRT-LLM 1559: Llama-2-7B on A800",
        f"params=Llama-2-7B&{_24}&device=a100-80gb&batch=1",
        "2:4",
        "request",
        1.0,
        "end_to_end",
        GITHUB + "NVIDIA/TensorRT-LLM/issues/1559",
        "in words; an A800 is an A100 with slower links; batch and lengths are not stated",
    ),
    Report(
        "TensorRT-LLM 1913: Llama-3-8B in FP8 on RTX 4090",
        "params=Llama-3.1-8B&structure=2:4&dtype=fp8&device=rtx-4090&batch=1",
        "2:4",
        "request",
        1.0,
        "end_to_end",
        GITHUB + "NVIDIA/TensorRT-LLM/issues/1913",
        "in words; batch and lengths are not stated",
    ),
    Report(
        "TensorRT-LLM 1731: GPT3-843M in BF16",
        "params=843M&structure=2:4&dtype=bf16&device=h100-sxm&batch=1",
        "2:4",
        "request",
        1.05,
        "end_to_end",
        GITHUB + "NVIDIA/TensorRT-LLM/issues/1731",
        "at most, in words; the GPU is not stated",
    ),
    Report(
        "PyTorch 111339: one token by a 4,096² matrix",
        f"params=Llama-2-7B&{_24}&device=a100-80gb&batch=1&{_DECODE}",
        "2:4",
        "decode",
        0.111,
        "gemm",
        GITHUB + "pytorch/pytorch/issues/111339",
        "one product; the GPU is not stated",
        "one product with one token took nine times as long",
    ),
    Report(
        "PyTorch tutorials 3505: Llama-2-7B on RTX 4090",
        f"params=Llama-2-7B&{_24}&device=rtx-4090&batch=1&{_DECODE}",
        "2:4",
        "decode",
        0.88,
        "end_to_end",
        GITHUB + "pytorch/tutorials/issues/3505",
        "in words",
    ),
    *(
        Report(
            f"PyTorch tutorials 3236: BERT, {batch} at once, {how}",
            f"params=BERT-base-uncased&{_24}&device=a10g&batch={batch}&prompt=128",
            "2:4",
            "prefill",
            published,
            "end_to_end",
            GITHUB + "pytorch/tutorials/issues/3236",
            "the GPU is not stated: the build asks for an A10G; lengths are not stated",
            "not compiled it took 1.8 to 2.5 times as long" if how == "not compiled" else "",
        )
        for batch, how, published in (
            (4, "compiled", 0.9463),
            (16, "compiled", 0.8991),
            (64, "compiled", 0.7864),
            (256, "compiled", 0.7323),
            (64, "not compiled", 0.5098),
            (256, "not compiled", 0.3983),
        )
    ),
    Report(
        "torchao: Llama-3.1-8B on H100",
        f"params=Llama-3.1-8B&structure=2:4&dtype=bf16&device=h100-sxm&batch=1&{_DECODE}",
        "2:4",
        "decode",
        1.2165,
        "end_to_end",
        GITHUB + "pytorch/ao/blob/1df9caef6386061cc2fdcb52dc60efea5edf82a2/torchao/_models/llama/bsr_bench_results.txt",
        "the board is not stated",
    ),
    Report(
        "torchao: Llama-3-8B in INT4 on A100",
        f"params=Llama-3.1-8B&structure=2:4&dtype=int4&device=a100-80gb&batch=1&{_DECODE}",
        "2:4",
        "decode",
        1.2501,
        "end_to_end",
        GITHUB + "pytorch/ao",
        "against INT4; the board is not stated",
    ),
    # INT4: prefill loses, decode gains
    *(
        Report(
            f"llama.cpp: Llama-3-8B Q4_K_M on {name}, {words}",
            f"params=Llama-3.1-8B&structure=unstructured&sparsity=0&dtype=fp16&device={device}&batch=1&{sizes}",
            "int4",
            phase,
            published,
            "end_to_end",
            GITHUB + "XiongjieDai/GPU-Benchmarks-on-LLM-Inference",
        )
        for name, device, prefill, decode in (
            ("RTX 4090", "rtx-4090", 0.7618, 2.3508),
            ("RTX 3090", "rtx-3090", 0.9117, 2.4025),
            ("H100 PCIe", "h100-pcie", 0.7503, 2.1314),
            ("A100 PCIe", "a100-pcie", 0.773, 2.535),
            ("A40", "a40", 0.8016, 2.62),
        )
        for words, phase, published, sizes in (
            ("1,024 tokens read", "prefill", prefill, "prompt=1024&output=1"),
            ("1,024 tokens written", "decode", decode, "prompt=1&output=1024"),
        )
    ),
    Report(
        "marlin 21: 16,384 tokens on RTX 6000 Ada",
        "params=Llama-2-7B&dtype=fp16&device=rtx-6000-ada&batch=1&prompt=16384&output=1",
        "int4",
        "prefill",
        0.816,
        "gemm",
        GITHUB + "IST-DASLab/marlin/issues/21",
        "one product",
    ),
    Report(
        "vLLM 2497: the first Marlin, 2,048 tokens",
        "params=Llama-2-7B&dtype=fp16&device=a10&batch=1&prompt=2048&output=1",
        "int4",
        "prefill",
        0.6,
        "gemm",
        GITHUB + "vllm-project/vllm/pull/2497",
        "one product, of January 2024; the GPU is not stated",
        "makes long prompts slower than dense ones",
    ),
    *(
        Report(
            f"Model-Optimizer: Llama-3.1-8B in {words} on H200, batch {batch}",
            f"params=Llama-3.1-8B&dtype=bf16&device=h200&batch={batch}&prompt=2048&output=128",
            option,
            "request",
            published,
            "end_to_end",
            GITHUB + "NVIDIA/Model-Optimizer/blob/",
            told="INT4 AWQ in TensorRT-LLM was slower than BF16 from 8 requests on" if batch == 8 else "",
        )
        for words, option, batch, published in (
            ("INT4 AWQ", "int4", 1, 1.3334),
            ("INT4 AWQ", "int4", 8, 0.7467),
            ("INT4 AWQ", "int4", 64, 0.8292),
        )
    ),
    # a CPU is bound by bytes
    *(
        Report(
            f"llama.cpp: LLaMA-7B {words} on a CPU, {threads} threads",
            f"params=Llama-2-7B&dtype=fp16&device=cpu&batch=1&{_DECODE}",
            option,
            "decode",
            published,
            "end_to_end",
            GITHUB + "ggml-org/llama.cpp",
            "the machine is not named",
        )
        for words, option, threads, published in (
            ("Q4_0", "int4", 4, 2.3091),
            ("Q4_0", "int4", 8, 2.8372),
            ("Q8_0", "int8", 8, 1.8209),
        )
    ),
    # structured
    *(
        Report(
            f"Model-Optimizer: Qwen3-8B cut to 32 layers of 3,840, {phase}",
            "params=Qwen3-8B&structure=structured&dtype=bf16&device=h200-nvl&batch=64&prompt=1000&output=200"
            "&layers=32&hidden=3840",
            "structured",
            phase,
            published,
            "end_to_end",
            GITHUB + "NVIDIA/Model-Optimizer/blob/",
            "time to first token includes the queue",
        )
        for phase, published in (("prefill", 1.0884), ("decode", 1.1014), ("request", 1.127))
    ),
    Report(
        "llm-compressor 3094: 64 to 48 experts, 128 requests",
        "params=Qwen3-30B-A3B&structure=structured&dtype=bf16&device=h100-sxm&batch=128&prompt=256&output=256&experts=75%",
        "structured",
        "request",
        1.2,
        "end_to_end",
        GITHUB + "vllm-project/llm-compressor/issues/3094",
        "GLM-4.7-Flash; the length of the prompts is not stated",
    ),
    Report(
        "ds4 281: 256 to 192 experts, one request",
        f"params=Qwen3-30B-A3B&structure=structured&dtype=int4&device=h100-sxm&batch=1&experts=75%&{_DECODE}",
        "structured",
        "decode",
        1.0,
        "end_to_end",
        GITHUB + "antirez/ds4/pull/281",
        "in words; DeepSeek-V4-Flash in 2 bits on an M2 Max",
    ),
    # unstructured zeros: research kernels
    *(
        Report(
            f"Flash-LLM: {share}% zeros on A100",
            f"params=OPT-30B&structure=unstructured&sparsity={share}%&dtype=fp16&device=a100-80gb&batch=16&{_DECODE}",
            "unstructured",
            "decode",
            published,
            "gemm",
            "https://arxiv.org/abs/2309.10285",
            "products of 8 to 64 rows; the board is not stated",
            "its products gained 1.4× to 2.1×",
        )
        for share, published in ((70, 1.4), (80, 1.7), (90, 2.1))
    ),
    Report(
        "SpInfer: prefill of OPT at 60% zeros on RTX 4090",
        "params=OPT-13B&structure=unstructured&sparsity=60%&dtype=fp16&device=rtx-4090&batch=8&prompt=512&output=1",
        "unstructured",
        "prefill",
        0.882,
        "end_to_end",
        "https://doi.org/10.1145/3689031.3717481",
        told="such a kernel made prefill slower (SpInfer: 0.88×)",
    ),
)
"""Every report that a test can name."""


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_stands_in_the_evidence(report: Report) -> None:
    phases = ("request", "decode", "na") if report.phase == "request" else (report.phase, "na")
    options = {report.option, "int4+2:4"} if "dtype=int4" in report.link else {report.option}
    found = [
        each
        for each in measurements()
        if each.option in options
        and each.level == report.level
        and each.phase in phases
        and abs(each.speedup - report.published) < 1e-4
    ]
    assert [each for each in found if each.source.url.startswith(report.source)]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_can_be_asked_of_the_page(report: Report) -> None:
    slug, typed = link.read(f"#pruning?{report.link}")
    assert slug == "pruning"
    asked = read(CALCULATOR, CALCULATOR.defaults | typed)
    assert not asked[2]
    assert len(typed) == report.link.count("=")


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.name)
def test_a_report_lies_inside_the_range_or_its_trap_is_told(report: Report) -> None:
    _, typed = link.read(f"#pruning?{report.link}")
    result = read(CALCULATOR, CALCULATOR.defaults | typed)[1]
    option = next(each for each in result.options if each.key == report.option)
    if report.told:
        assert report.told in f"{option.prefill.basis} {option.decode.basis}"
        return
    range_ = option.served.speedup if report.phase == "request" else getattr(option, report.phase)
    # What was published is rounded.
    assert range_.low - 0.005 <= report.published <= range_.high + 0.005


def test_every_report_has_a_name_of_its_own() -> None:
    assert len({report.name for report in REPORTS}) == len(REPORTS) > 40
