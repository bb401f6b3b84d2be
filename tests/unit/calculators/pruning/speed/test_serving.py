"""What a user of a served model waits for, and where the page puts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.architecture import preset
from app.calculators.pruning.speed.devices import device
from app.calculators.pruning.speed.kernels import dense_kernel
from app.calculators.pruning.speed.laws.ranges import Range
from app.calculators.pruning.speed.roofline import Pass, dense_pass, roof, spot
from app.calculators.pruning.speed.run import Run, Workload
from app.calculators.pruning.speed.serving import serve
from app.page import rendering
from tests import reading

speeds = st.tuples(*[st.floats(0.3, 3)] * 3).map(lambda each: Range(*sorted(each), "", ""))
SAME = Range(1, 1, 1, "", "")
passes = st.builds(Pass, st.floats(1, 1e6), st.floats(1, 1e6))


def outputs(**raw):
    return reading.outputs(rendering.regions(CALCULATOR, CALCULATOR.defaults | raw))


@given(speeds, speeds, passes, passes, st.integers(1, 4096), st.integers(1, 64))
def test_the_whole_request_gains_between_what_its_phases_gain(prefill, decode, first, later, output, batch):
    found = serve(prefill, decode, (first, later), output, batch)
    for end in ("low", "likely", "high"):
        ends = sorted((getattr(prefill, end), getattr(decode, end)))
        assert ends[0] * (1 - 1e-12) <= getattr(found.speedup, end) <= ends[1] * (1 + 1e-12)
    for span in (found.first_token_us, found.per_token_us, found.request_us, found.tokens_per_second, found.speedup):
        assert 0 < span.low <= span.likely <= span.high
    assert found.tokens_per_second.likely == pytest.approx(batch * 1e6 / (sum(later) / decode.likely))


def test_one_token_of_output_is_the_prefill_alone():
    found = serve(SAME, Range(1, 2, 3, "", ""), (Pass(900, 100), Pass(9, 1)), 1, 1)
    assert found.request_us == (1000, 1000, 1000)
    assert found.speedup == (1, 1, 1)


def test_a_model_that_writes_no_tokens_has_one_pass():
    found = serve(Range(0.9, 1.2, 1.4, "", ""), SAME, (Pass(900, 100), None), 256, 8)
    assert found.per_token_us is found.tokens_per_second is None
    assert found.request_us == found.first_token_us
    assert found.speedup == (0.9, 1.2, 1.4)
    shown = outputs(params="BERT-base-uncased", structure="2:4")
    assert "time_to_first_token" in shown
    assert "tokens_per_second" not in shown


def test_batch_one_decode_of_an_8b_model_cannot_beat_reading_its_weights():
    # 8.03 B weights of 2 bytes at 3,350 GB/s take 4.8 ms
    found = outputs()
    assert found["dense_time_per_output_token"] > 16.06e9 / 3350e9
    assert found["dense_tokens_per_second"] == pytest.approx(1 / found["dense_time_per_output_token"])


def test_a_published_throughput_is_met_within_what_the_page_says_of_its_times():
    # torchao's LLaMA benchmarks: Llama-3-8B, the shape of 3.1, in bf16, batch 1, on an A100: 95.6 tokens/s
    found = outputs(device="a100-80gb", params="Llama-3.1-8B", prompt="100", output="200")
    off = constant("time_error", "decode", held_out="model", statistic="p90").value
    assert found["dense_tokens_per_second"] == pytest.approx(95.6, rel=off)


def test_before_and_after_stand_in_their_ratio():
    found = outputs(structure="2:4")
    for phase, time in (("prefill", "time_to_first_token"), ("decode", "time_per_output_token")):
        assert found[f"dense_{time}"] / found[time] == pytest.approx(found[f"{phase}_speedup"])
    later = 255
    before, after = (
        found[f"{when}time_to_first_token"] + later * found[f"{when}time_per_output_token"] for when in ("dense_", "")
    )
    assert before / after == pytest.approx(found["request_speedup"])


def test_nothing_pruned_waits_as_long_as_dense():
    found = outputs(sparsity="0")
    assert found["request_speedup"] == found["request_speedup_low"] == found["request_speedup_high"] == 1
    assert found["time_to_first_token"] == found["dense_time_to_first_token"]


@pytest.mark.parametrize("name", ["Llama-3.1-8B", "Mixtral-8x7B-v0.1", "DeepSeek-V3 (main model, no MTP)"])
@pytest.mark.parametrize("tokens", [1, 64, 8192])
def test_no_point_stands_above_its_roof(name, tokens):
    machine = device("h100-sxm")
    found = spot(roof(preset(name).shape), dense_kernel(machine, "bf16"), tokens)
    peak, memory = machine.peaks["bf16"].dense_tflops * 1e6, found.intensity * machine.bandwidth_gb_s * 1e3
    assert 0 < found.flops_per_us < min(peak, memory)


def test_one_token_moves_a_16_bit_weight_for_each_of_its_two_flops():
    # decode at batch 1: 2 FLOPs for every 2-byte weight, and hardly anything else moves
    found = spot(roof(preset("Llama-3.1-8B").shape), dense_kernel(device("h100-sxm"), "bf16"), 1)
    assert found.intensity == pytest.approx(1, rel=0.01)


def test_no_roofline_gives_no_times():
    assert dense_pass(Run(preset("Llama-3.1-8B"), device("cpu"), "bf16", "decode", Workload())) is None
    assert "tokens_per_second" not in outputs(device="cpu")
    assert dense_pass(Run(preset("ResNet-50"), device("h100-sxm"), "bf16", "prefill", Workload())) is None


@pytest.mark.parametrize("raw", [{}, {"structure": "2:4"}, {"structure": "structured", "layers": "50%"}])
def test_the_picture_of_the_roofline_says_what_its_table_says(raw):
    table = rendering.tables(CALCULATOR, CALCULATOR.defaults | raw)["roofline"]
    spots = [(row.cells[0][0].value, row.cells[1][0].value / 1e6) for row in table.rows()]
    drawn = [point for trace in table.plots[0].traces if trace.look in ("rings", "dots") for point in trace.points]
    assert sorted(round(x, 2) for x, _ in spots) == sorted(round(x, 2) for x, _ in drawn)
    assert sorted(y for _, y in spots) == pytest.approx(sorted(y for _, y in drawn))
    roofs = [trace.label for trace in table.plots[0].traces if trace.label.startswith("roof")]
    assert roofs == (["roof", "roof with 2:4"] if raw.get("structure") == "2:4" else ["roof"])
