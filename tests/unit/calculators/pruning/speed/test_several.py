"""One model on several devices: what a pass takes, what it costs to add up, and what the page says."""

import itertools
from math import fsum

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.architecture import linears, preset, presets
from app.calculators.pruning.model.parallel import Split, share_of
from app.calculators.pruning.speed.devices import device, devices
from app.calculators.pruning.speed.kernels import dense_kernel, matmul_us
from app.calculators.pruning.speed.links import in_one_machine, links
from app.calculators.pruning.speed.roofline import adding_up_us, dense_pass, roofs
from app.calculators.pruning.speed.run import Run, Workload
from app.page import rendering
from app.vocabulary.calculator import read
from tests import reading

BIG = preset("Llama-3.1-70B")


def run_on(number, key="h100-sxm", phase="decode", workload=None, model=BIG, stages=1):
    return Run(model, device(key), "bf16", phase, workload or Workload(), Split(number, stages))


def shown(**raw):
    return rendering.regions(CALCULATOR, CALCULATOR.defaults | raw)


def outputs(**raw):
    return reading.outputs(shown(**raw))


# --- links ---


def test_every_device_has_a_link_that_is_listed_and_every_link_a_source():
    for machine in devices():
        assert machine.link in links()
        assert in_one_machine(machine) >= 1
        if machine.link not in ("unknown", "none"):
            assert machine.link_source is not None, machine.key
            assert machine.link_source.title
    for link in links().values():
        assert link.source.title
        assert link.gb_s > 0 < link.floor_us


def test_an_all_reduce_takes_its_floor_and_never_less_than_the_link_needs():
    for link, number, size in itertools.product(links().values(), (2, 4, 8, 72), (1, 10**4, 10**6, 10**9)):
        took = link.all_reduce_us(number, size)
        gb_s = min(link.gb_s, link.pair_gb_s * (number - 1)) if link.pair_gb_s else link.gb_s
        assert took > link.floor_us
        assert took > 2 * (number - 1) / number * size / (gb_s * 1e3), (link.key, number, size)
    assert links()["nvlink4"].all_reduce_us(1, 10**6) == 0


@pytest.mark.parametrize(("number", "size", "us"), [(2, 4096, 3.9), (8, 32768, 7.8), (8, 16_777_216, 135.7)])
def test_an_all_reduce_on_h100_takes_about_what_was_timed(number, size, us):
    # SGLang pull request 2904, and Triton-distributed issue 57
    assert links()["nvlink4"].all_reduce_us(number, size) == pytest.approx(us, rel=0.25)


def test_a_pair_in_a_mesh_has_one_link_of_seven():
    mesh = links()["xgmi-mi300x"]
    assert mesh.all_reduce_us(2, 10**9) > 3 * mesh.all_reduce_us(8, 10**9)


# --- a pass ---


@pytest.mark.parametrize("number", [2, 4, 8])
@pytest.mark.parametrize("tokens", [1, 64, 4096])
def test_a_share_of_a_product_takes_more_than_that_share_of_its_time(number, tokens):
    kernel, power = dense_kernel(device("h100-sxm"), "bf16"), constant("power", "gemm").value
    for whole, one in zip(linears(BIG.shape), linears(share_of(BIG.shape, number)), strict=True):
        before = matmul_us(tokens, whole.outputs, whole.inputs, kernel, power)
        after = matmul_us(tokens, one.outputs, one.inputs, kernel, power)
        assert before / number < after < before, whole.name


@pytest.mark.parametrize("key", ["h100-sxm", "mi300x", "rtx-4090", "a100-pcie", "tpu-v5e"])
@pytest.mark.parametrize("phase", ["prefill", "decode"])
def test_no_number_of_devices_is_more_times_as_fast(key, phase):
    one = fsum(dense_pass(run_on(1, key, phase)))
    for number in (2, 4, 8):
        assert one / number < fsum(dense_pass(run_on(number, key, phase)))


def test_a_second_machine_gives_no_more_speed():
    assert fsum(dense_pass(run_on(8, stages=2))) > fsum(dense_pass(run_on(8)))


def test_the_link_takes_the_prompt_of_cards_without_nvlink():
    run = run_on(8, "a100-pcie", "prefill")
    assert adding_up_us(roofs(BIG, 8)[0], run) > 0.4 * fsum(dense_pass(run))
    assert adding_up_us(roofs(BIG, 8)[0], run_on(8, phase="prefill")) < 0.4 * fsum(
        dense_pass(run_on(8, phase="prefill"))
    )


# --- the page ---


def test_one_device_is_what_is_asked_where_nothing_is_said():
    assert outputs() == outputs(devices="1")


@pytest.mark.parametrize(("text", "words"), [("0", "at least 1"), ("1025", "1,024"), ("1.5", "whole"), ("two", "8")])
def test_a_number_of_devices_that_cannot_be_is_refused(text, words):
    assert words in rendering.render(CALCULATOR, CALCULATOR.defaults | {"devices": text}).messages["devices"]


def test_what_does_not_fit_on_one_fits_on_four_and_decodes_faster():
    one, four = (shown(params="Llama-3.1-70B", devices=number) for number in ("1", "4"))
    assert "no: 2 devices" in reading.text(one["fit"])
    assert "to spare on each" in reading.text(four["fit"])
    times = [reading.outputs(each)["dense_time_per_output_token"] for each in (one, four)]
    assert 2 < times[0] / times[1] < 4
    words = reading.text(four["field-devices"])
    assert "NVLink 4" in words
    assert "All-reduces, two a layer, take" in words
    assert "4 devices" in reading.text(four["cards"])


def test_what_several_devices_pay_for_together_dilutes_every_gain():
    raw = {"params": "Llama-3.1-70B", "structure": "2:4", "batch": "128"}
    gains = [outputs(**raw, devices=number)["decode_speedup"] for number in ("1", "2", "4", "8")]
    assert gains == sorted(gains, reverse=True)
    assert gains[-1] > 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"devices": "16"}, "through 2 machines, which gives memory, and no more speed"),
        ({"devices": "9"}, "1 would stand idle"),
        ({"devices": "8", "params": "Qwen2.5-7B"}, "28 heads do not divide by 8"),
        ({"devices": "2", "device": "arc-b580"}, "no roofline gives times"),
        ({"devices": "2", "device": "rtx-3080"}, "a link that is not known"),
        ({"devices": "2", "params": "ResNet-50"}, "no roofline gives times"),
        ({"devices": "16", "device": "l40s"}, "room for 8, it is assumed"),
    ],
)
def test_what_is_assumed_of_several_devices_is_said(raw, words):
    assert words in reading.text(shown(**raw)["field-devices"])


@pytest.mark.parametrize("number", ["2", "8", "72", "1000"])
def test_every_device_in_any_number_gets_an_answer(number):
    latent = next(model.name for model in presets() if model.shape and model.shape.kv_rank)
    models = ("Llama-3.1-8B", "Mixtral-8x7B-v0.1", latent, "BERT-base-uncased", "ResNet-50", "7B")
    structures = ("unstructured", "2:4", "n:m", "structured")
    for place, machine in enumerate(devices()):
        raw = {
            "device": machine.key,
            "devices": number,
            "params": models[place % len(models)],
            "structure": structures[place % len(structures)],
        }
        values, result, messages = read(CALCULATOR, CALCULATOR.defaults | raw)
        assert not messages, (raw, messages)
        for option in result.options:
            for speed in (option.prefill, option.decode):
                assert 0 < speed.low <= speed.likely <= speed.high < float("inf"), raw
            assert option.fit.needed * (1 + 1e-9) >= option.fit.weights + (option.fit.cache or 0.0)
        assert CALCULATOR.view(values, result).verdict


def test_where_the_link_is_not_known_the_range_reaches_over_any():
    raw = {"params": "Llama-3.1-70B", "structure": "2:4", "batch": "128", "devices": "4"}
    unknown, known = (outputs(**raw, device=key) for key in ("rtx-3080", "rtx-3080-12gb"))
    for phase in ("prefill", "decode"):
        low, likely, high = (unknown[f"{phase}_speedup{end}"] for end in ("_low", "", "_high"))
        assert low < likely < high
    assert unknown["prefill_speedup_high"] > known["prefill_speedup_high"]
    assert "What joins the devices is not known" in reading.text(shown(**raw, device="rtx-3080")["speeds"])


def test_a_batch_on_four_a100_takes_what_was_published():
    # vLLM pull request 2192: Llama 70B, FP16, 64 requests of 256 + 256 tokens, four A100 SXM: 14.57 s
    prefill = Run(preset("Llama-2-70B"), device("a100-80gb"), "fp16", "prefill", Workload(256, 64, 384), Split(4))
    whole = fsum(dense_pass(prefill)) + 255 * fsum(dense_pass(prefill._replace(phase="decode")))
    assert whole / 1e6 == pytest.approx(14.57, rel=0.15)
