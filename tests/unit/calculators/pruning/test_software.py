"""Claims about what software runs: by device and by type, as its own pages say it."""

from __future__ import annotations

from typing import get_args

import pytest

from app.calculators.pruning.data.tables import rows
from app.calculators.pruning.model.architecture import Kind
from app.calculators.pruning.software import DEPENDS, RUNNING, Support, support, target
from app.calculators.pruning.speed.devices import Device, device, devices, supports_24

OPTIONS = (
    *("dense", "unstructured", "2:4", "n:m", "structured", "int8", "fp8", "int4"),
    *("int8+2:4", "fp8+2:4", "int4+2:4", "structured+int4"),
)
CHIPS = {(each.maker, target(each.arch)): each for each in devices()}
"""A device of each maker and chip: software asks for nothing else of one."""

TYPES = ("fp32", "fp16", "bf16", "fp8", "int8", "int4", "mxfp4", "nvfp4", "int4-g64", "q4_k_m")


def on(key: str) -> Device:
    found = device(key)
    assert found is not None
    return found


def running(option: str, key: str, dtype: str = "fp16") -> list[str]:
    """The engines that run it."""
    return [each.engine for each in support(option, on(key), dtype) if each.status in RUNNING]


def said(option: str, key: str, dtype: str, engine: str) -> Support:
    return next(each for each in support(option, on(key), dtype) if each.engine.startswith(engine))


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_option_is_spoken_of_on_every_device_in_every_type(kind: Kind) -> None:
    for machine in CHIPS.values():
        for option in OPTIONS:
            for dtype in TYPES:
                found = support(option, machine, dtype, kind)
                assert found, (option, machine, dtype)
                assert len({(each.engine, each.says) for each in found}) == len(found)
                if not target(machine.arch) and machine.maker == "nvidia":
                    assert not [each for each in found if each.status in RUNNING and "compute capability" in each.says]


def test_of_devices_with_the_same_chip_the_same_is_said() -> None:
    for machine in devices():
        other = CHIPS[machine.maker, target(machine.arch)]
        for option in OPTIONS:
            assert support(option, machine, "fp16") == support(option, other, "fp16")


def test_every_row_is_of_some_device_and_has_a_source() -> None:
    chips = {target(each.arch) for each in devices()}
    makers = {each.maker for each in devices()}
    for row in rows("support.csv"):
        assert row["source"] and row["url"].startswith("https://") and row["as_of"]
        assert set(row["types"].split()) <= set(TYPES)
        assert set(row["kinds"].split()) <= {*get_args(Kind)}
        for each in row["on"].split():
            assert each in makers | chips | {"else"} or (each.endswith("+") and each[:-1] in chips), each


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("v100", "sm70"),
        ("a100-80gb", "sm80"),
        ("a10", "sm86"),
        ("jetson-orin-nx", "sm87"),
        ("l4", "sm89"),
        ("h200", "sm90"),
        ("b200", "sm100"),
        ("b300", "sm103"),
        ("jetson-thor", "sm110"),
        ("rtx-5080-laptop", "sm120"),
        ("gb10", "sm121"),
        ("mi250x", "gfx90a"),
        ("mi355x", "gfx950"),
        ("other-geforce", ""),
    ],
)
def test_a_chip_has_the_compute_capability_of_its_makers_table(key: str, expected: str) -> None:
    # https://developer.nvidia.com/cuda-gpus
    assert target(on(key).arch) == expected


def test_what_writes_text_is_not_said_to_run_what_looks_at_pictures() -> None:
    for machine in CHIPS.values():
        for option in OPTIONS:
            for dtype in TYPES:
                for each in support(option, machine, dtype, "cnn"):
                    assert each.status not in RUNNING or not each.engine.startswith(("vLLM", "llama.cpp", "SGLang"))
    assert [each.engine for each in support("int8", on("t4"), "fp32", "cnn") if each.status == "runs"] == ["TensorRT"]
    assert [each.engine for each in support("dense", on("t4"), "fp32", "cnn")] == ["PyTorch"]


def test_nothing_runs_24_on_4_bit_weights_anywhere() -> None:
    for machine in devices():
        for option, dtype in (("int4+2:4", "fp16"), ("2:4", "int4")):
            assert not [each for each in support(option, machine, dtype) if each.status in (*RUNNING, DEPENDS)]


def test_a_v100_runs_no_24_at_all() -> None:
    for dtype in TYPES:
        assert running("2:4", "v100", dtype) == []


def test_torchao_has_24_in_fp8_only() -> None:
    # pull request 4728, and its tensor that asks for compute capability 9.0
    for machine in devices():
        for dtype in TYPES:
            runs = [
                each for each in support("2:4", machine, dtype) if each.engine == "torchao" and each.status == "runs"
            ]
            assert bool(runs) == (dtype == "fp8" and target(machine.arch) in HOPPER_AND_LATER), (machine, dtype)


HOPPER_AND_LATER = ("sm90", "sm100", "sm103", "sm110", "sm120", "sm121", "gfx950")


def test_software_runs_24_only_where_the_device_has_it() -> None:
    for machine in devices():
        if machine.has_24 is False:
            for dtype in TYPES:
                assert not [each for each in support("2:4", machine, dtype) if each.status in RUNNING], (machine, dtype)


def test_where_the_hardware_gains_from_24_some_software_runs_it_or_is_named() -> None:
    without = set()
    for machine in devices():
        for dtype in ("fp16", "bf16", "int8", "fp8"):
            if supports_24(machine, dtype) and target(machine.arch):
                found = support("2:4", machine, dtype)
                if not [each for each in found if each.status in RUNNING]:
                    without.add((target(machine.arch), dtype))
                    assert [each for each in found if each.status in ("unsupported", "not known")], (machine, dtype)
    # hipSPARSELt's page on MI300: FP8 is "not currently enabled at the library level". AMD's blog: it starts from the
    # MI300 series, so not with Radeon. AWS's software was not looked into.
    known = {each for each in without if each[0] != "neuron"}
    assert known == {("gfx942", "fp8"), ("gfx1201", "fp16"), ("gfx1201", "bf16")}


def test_vllm_refuses_a_config_whose_sparsity_config_has_targets() -> None:
    found = next(each for each in support("2:4", on("h100-sxm"), "bf16") if each.status == "refuses")
    assert found.engine == "vLLM 0.24 to 0.26"
    assert "sparsity_config has targets" in found.says


def test_int8_products_do_not_run_in_vllm_on_blackwell_and_weights_do() -> None:
    # vLLM's page on INT8: not from compute capability 10.0
    for key in ("b200", "rtx-5090", "gb10"):
        assert "vLLM, W8A8" not in running("int8", key)
        assert "vLLM, W8A16 (Marlin)" in running("int8", key)
    assert "vLLM, W8A8" in running("int8", "h100-sxm")


def test_fp8_products_start_with_ada_and_weights_with_turing() -> None:
    # vLLM's page on FP8
    assert running("fp8", "l4") == ["vLLM, W8A8"]
    assert running("fp8", "a100-80gb") == ["vLLM, W8A16 (Marlin)"] == running("fp8", "t4")
    assert running("fp8", "v100") == []
    assert running("fp8", "mi300x") == ["vLLM, W8A8"]
    assert running("fp8", "mi250x") == []


def test_fp4_products_are_blackwells() -> None:
    assert running("dense", "b200", "nvfp4") == ["vLLM, W4A4"]
    assert running("dense", "h100-sxm", "nvfp4") == ["vLLM, W4A16 (Marlin)"]
    assert "llama.cpp" in running("dense", "apple-m3-max", "mxfp4")


def test_a_volta_or_turing_gpu_has_no_bf16() -> None:
    # vLLM issue 946
    assert said("dense", "v100", "bf16", "vLLM").status == "refuses"
    assert "vLLM, PyTorch, llama.cpp" in running("dense", "v100", "fp16")


def test_an_unknown_gpu_is_told_what_it_depends_on() -> None:
    found = support("2:4", on("other-datacenter"), "fp8")
    assert any(each.status == DEPENDS and "compute capability 9.0 and above" in each.says for each in found)


def test_a_pruned_and_quantized_model_runs_where_its_last_step_does() -> None:
    assert support("int8+2:4", on("a100-80gb"), "bf16") == support("2:4", on("a100-80gb"), "int8")
    assert support("structured+int4", on("t4"), "fp16") == support("int4", on("t4"), "int4")
