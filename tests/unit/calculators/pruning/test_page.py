"""The pruning page as rendered: the outputs of the contract, the verdicts, the trap."""

from __future__ import annotations

import itertools

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.inputs import STRUCTURES
from app.calculators.pruning.model.architecture import presets
from app.calculators.pruning.speed.devices import devices
from app.page import rendering
from app.vocabulary.calculator import read
from app.vocabulary.quantity import share
from tests import depth, reading

OUTPUTS = {
    "remaining_params",
    "removed_params",
    "dense_bytes",
    "disk_bytes",
    "device_bytes",
    "dense_flops",
    "executed_flops",
    *(f"{phase}_speedup{end}" for phase in ("prefill", "decode") for end in ("", "_low", "_high")),
}


def regions(**raw: str) -> dict[str, str]:
    """The page for these inputs, the defaults elsewhere."""
    return rendering.regions(CALCULATOR, CALCULATOR.defaults | raw)


def outputs(**raw: str) -> dict[str, float]:
    """Its outputs at full precision."""
    return reading.outputs(regions(**raw))


def test_every_output_of_the_contract_is_on_the_page() -> None:
    assert outputs().keys() >= OUTPUTS


def test_seven_billion_at_fifty_percent_leave_three_and_a_half() -> None:
    found = outputs(params="7B", sparsity="50%")
    assert (found["remaining_params"], found["removed_params"]) == (3.5e9, 3.5e9)
    assert found["dense_bytes"] == 14e9
    assert found["dense_flops"] == 14e9


def test_scattered_zeros_shrink_the_file_and_nothing_else() -> None:
    found = outputs(params="7B", sparsity="90%", structure="unstructured", dtype="fp16")
    assert found["device_bytes"] == found["dense_bytes"] == 14e9
    assert found["disk_bytes"] == pytest.approx(7e9 * (0.1 * 16 + 1) / 8)  # bitmask, MODEL.md 1.2
    assert found["executed_flops"] == found["dense_flops"]
    assert found["prefill_speedup"] == found["decode_speedup"] == 1


def test_two_four_keeps_nine_sixteenths_at_sixteen_bits_and_ten_at_eight() -> None:
    assert outputs(params="7B", structure="2:4", dtype="bf16")["device_bytes"] == 7e9 * 9 / 8
    assert outputs(params="7B", structure="2:4", dtype="int8")["device_bytes"] == 7e9 * 5 / 8


def test_two_four_fixes_sparsity_at_one_half_and_says_so() -> None:
    found = regions(params="7B", structure="2:4", sparsity="90%")
    assert reading.outputs(found)["remaining_params"] == 3.5e9
    assert "2:4 fixes it at 50%" in reading.text(reading.form(found))
    assert 'value="90%"' in reading.form(found)


@pytest.mark.parametrize("device", ["v100", "t4", "cpu"])
def test_a_device_without_two_four_gains_nothing_from_it(device: str) -> None:
    found = outputs(structure="2:4", device=device)
    speeds = {name: value for name, value in found.items() if "speedup" in name}
    assert set(speeds.values()) == {1.0}
    assert found["device_bytes"] == found["dense_bytes"]
    assert found["executed_flops"] == found["dense_flops"]


def test_the_trap_is_shown_for_unstructured_zeros_only() -> None:
    trap = "of the operations are gone; dense kernels execute them all"
    assert trap in reading.text(regions(structure="unstructured")["verdict"])
    assert trap not in reading.text(regions(structure="structured")["verdict"])


def test_all_structures_and_both_quantizations_stand_side_by_side_with_the_choice_marked() -> None:
    for choice in STRUCTURES:
        table = regions(structure=choice.value)["options"]
        words = reading.text(table)
        for name in ("Dense", "Unstructured", "2:4", "Structured", "INT8", "INT4"):
            assert name in words
        assert table.count('aria-current="true"') == 1


def test_the_worked_example_multiplies_out() -> None:
    words = reading.text(regions(params="7B", sparsity="25%", structure="structured")["worked"])
    assert "7,000,000,000 × (1 − 100% × 25%) = 5,250,000,000 parameters" in words
    assert "5,250,000,000 × 16 / 8" in words


@pytest.mark.parametrize(("text", "params"), [("7B params", 7e9), ("350 M Parameters", 35e7), ("8 billion param", 8e9)])
def test_a_number_may_be_said_to_be_of_parameters(text: str, params: float) -> None:
    assert outputs(params=text, sparsity="50%")["remaining_params"] == params / 2


def test_what_a_number_is_of_may_be_said_behind_it() -> None:
    said = regions(devices="2x", batch="8 requests", prompt="4k tokens", output="100 tok", memory="24GB VRAM")
    plain = regions(devices="2", batch="8", prompt="4000", output="100", memory="24 GB")
    differ = {name for name in plain if plain[name] != said[name]}
    assert differ == {f"field-{name}" for name in ("devices", "batch", "prompt", "output", "memory")}


@pytest.mark.parametrize("params", ["8x7B", "8×7B", "8 x 7b", "8x7B params"])
def test_eight_times_seven_is_fewer_than_fifty_six(params: str) -> None:
    asked = read(CALCULATOR, {"params": params}).messages["params"]
    assert "is Mixtral-8x7B-v0.1 meant?" in asked
    assert "such as 56B" in asked


def test_the_prunable_share_can_be_set_and_defaults_to_the_architectures_own() -> None:
    own = outputs(params="Llama-3.1-8B", sparsity="100%")["removed_params"] / 8030261248
    assert own == pytest.approx(0.869, abs=5e-4)  # MODEL.md 1.1
    assert outputs(params="7B", sparsity="50%", prunable="80%")["removed_params"] == pytest.approx(2.8e9)


@pytest.mark.deep
@pytest.mark.parametrize("sparsity", ["0", "0.5", "100%"])
def test_every_model_on_every_device_in_every_type_gets_an_answer(sparsity: str) -> None:
    structures = [choice.value for choice in STRUCTURES]
    dtypes = ("fp32", "fp16", "bf16", "fp8", "int8", "int4", "mxfp4", "nvfp4")
    names = [model.name for model in presets()] + ["7B", "1", "1000T"]
    combinations = list(itertools.product(names, structures, dtypes, [device.key for device in devices()]))
    for params, structure, dtype, device in combinations[:: depth.cases(331, 127)]:
        for prunable in ("auto", "0", "1"):
            values, result, messages = read(
                CALCULATOR,
                {
                    "params": params,
                    "structure": structure,
                    "dtype": dtype,
                    "device": device,
                    "prunable": prunable,
                    "sparsity": sparsity,
                },
            )
            assert not messages
            chosen = result.chosen
            for speed in (chosen.prefill, chosen.decode):
                assert 0 < speed.low <= speed.likely <= speed.high < float("inf"), (
                    params,
                    structure,
                    dtype,
                    device,
                )
            assert 0 <= chosen.executed_flops <= chosen.dense_flops
            assert CALCULATOR.view(values, result).verdict


@pytest.mark.parametrize(
    ("raw", "note", "group"),
    [
        ({"layers": "16"}, "16 of 32 kept, 16 removed.", "16 layers kept"),
        ({"layers": "-50%"}, "16 of 32 kept, 16 removed.", "of layers kept"),
        ({"layers": "12 removed"}, "20 of 32 kept, 12 removed.", "12 layers removed"),
        ({"layers": "-30%"}, "22 of 32 kept, 10 removed, rounded to whole layers from 22.4.", "of layers kept"),
        ({"heads": "-30"}, "4 of 32 kept, 28 removed, rounded to whole groups: 1 KV heads from 2.", "30 heads removed"),
    ],
)
def test_a_cut_says_what_is_kept_and_what_is_removed(raw: dict[str, str], note: str, group: str) -> None:
    found = regions(structure="structured", **raw)
    assert note in reading.text(found[f"field-{next(iter(raw))}"])
    assert group in reading.text(found["group-cuts"])


@pytest.mark.parametrize("params", ["7B", "70B", "175B", "Llama-3.1-8B", "ResNet-50"])
def test_a_line_is_drawn_to_its_end_or_to_where_it_leaves_the_picture(params: str) -> None:
    for dtype, prompt in itertools.product(("bf16", "int8"), ("16", "4096")):
        speed = rendering.tables(CALCULATOR, {"params": params, "dtype": dtype, "prompt": prompt})["curves"].plots[1]
        for line in (trace for trace in speed.traces if trace.look == "line"):
            last, gain = line.points[-1]
            assert (last == 0.95 and gain <= speed.y.high) or (last < 0.95 and gain == speed.y.high), line.label
            assert all(before < x for (before, _), (x, _) in itertools.pairwise(line.points))


def test_typing_any_device_by_its_short_name_works() -> None:
    assert outputs(device="H100") == outputs(device="h100-sxm")


def test_the_page_starts_from_the_overhead_and_the_prompt_that_its_constants_state() -> None:
    defaults = CALCULATOR.defaults
    assert share(defaults["overhead"]) == constant("overhead_share").value
    assert float(defaults["prompt"]) == constant("workload_prefill_tokens").value
    assert float(defaults["batch"]) == constant("workload_batch").value


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"device": "cpu"}, "on another CPU"),
        ({"device": "h100-sxm"}, "on an H100"),
        ({"device": "h100-sxm", "devices": "4"}, "on 4 × H100"),
        ({"device": "t4"}, "on a T4"),
    ],
)
def test_the_verdict_names_the_devices_as_one_says_them(raw, words):
    assert words in said(**raw)


def test_a_cut_of_experts_promises_no_gain_to_every_device():
    words = said(params="Qwen3-30B-A3B", structure="structured", experts="75%", batch="1")
    assert "every device gains" not in words
    assert "A token still passes as many experts" in words


def test_what_was_typed_of_a_model_by_hand_is_said_back():
    note = reading.text(
        rendering.render(CALCULATOR, CALCULATOR.defaults | {"params": "30B active 3B kv 96 kB state 50 MB"}).now[
            "field-params"
        ]
    )
    assert "Read as 30,000,000,000 parameters, 3,000,000,000 of them for each token" in note
    assert "of KV cache a token" in note
    assert "of state a request" in note


def said(**raw):
    return reading.text(rendering.render(CALCULATOR, CALCULATOR.defaults | raw).now["verdict"])
