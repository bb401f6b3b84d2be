"""The list of devices: what is known of them, what is not, and the names that people use."""

import itertools

import pytest

from app.calculators.pruning import inputs
from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed.devices import arithmetic, device, devices, named, supports_24
from app.page import rendering
from app.vocabulary.calculator import Invalid, read
from tests import depth, reading


def shown(**raw):
    return rendering.regions(CALCULATOR, CALCULATOR.defaults | raw)


# --- names ---


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("A100", "a100-80gb"),
        ("a100 40 GB", "a100-40gb"),
        ("A100 PCIe", "a100-pcie"),
        ("4090", "rtx-4090"),
        ("RTX 4090", "rtx-4090"),
        ("rtx4090", "rtx-4090"),
        ("NVIDIA GeForce RTX 4090 Laptop GPU", "rtx-4090-laptop"),
        ("4070 Ti", "rtx-4070-ti"),
        ("RTX 4070", "rtx-4070"),
        ("H100 80GB SXM5", "h100-sxm"),
        ("H100 NVL", "h100-nvl"),
        ("Apple M3 Max", "apple-m3-max"),
        ("M4 Pro", "apple-m4-pro"),
        ("MI300", "mi300x"),
        ("7900XTX", "rx-7900-xtx"),
        ("TPU v5e", "tpu-v5e"),
        ("tpu v7", "tpu-v7x"),
        ("Trillium", "tpu-v6e"),
        ("DGX Spark", "gb10"),
        ("Xeon", "cpu-xeon-spr"),
        ("EPYC Turin", "cpu-epyc-turin"),
        ("Gaudi3", "gaudi3"),
        ("g5.xlarge", "a10g"),
        ("trn2.48xlarge", "trainium2"),
        ("L4", "l4"),
        ("A10", "a10"),
        ("another geforce", "other-geforce"),
        ("another AMD", "other-amd"),
        ("Radeon RX 7900 XT", "rx-7900-xt"),
        ("A100 80", "a100-80gb"),
        ("a100 40", "a100-40gb"),
        ("H100 PCIe", "h100-pcie"),
        ("MI300X", "mi300x"),
        ("M3 Max", "apple-m3-max"),
    ],
)
def test_a_device_is_found_by_the_name_that_people_use(text, key):
    assert inputs.device(text).key == key
    assert key in {choice.value for choice in inputs.search_devices(text)}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("A100 80", ["a100-80gb", "a100-pcie"]),
        ("h100", ["h100-sxm", "h100-pcie", "h100-nvl"]),
        ("geforce 4090", ["rtx-4090"]),
        ("nvidia geforce rtx 4090 laptop gpu", ["rtx-4090-laptop"]),
        ("apple m3 ma", ["apple-m3-max", "apple-m3-max-30"]),
        ("sapph", ["cpu-xeon-spr"]),
        ("another geforce", ["other-geforce"]),
        ("Tesla V100 GPU", ["v100"]),
        ("amd a100", []),
        ("toaster", []),
        ("<img src=x>", []),
    ],
)
def test_the_list_narrows_as_a_name_is_typed(text, keys):
    assert [choice.value for choice in inputs.search_devices(text)] == keys


def test_the_whole_list_is_there_until_something_is_typed_in_its_groups_with_memory_and_bandwidth():
    everything = inputs.search_devices(" ")
    assert everything == inputs.DEVICES
    groups = [group for group, _ in itertools.groupby(everything, lambda each: each.group)]
    assert len(set(groups)) == len(groups) > 10
    detail = {choice.value: choice.detail for choice in everything}
    assert detail["h100-sxm"] == "80 GB, 3,350 GB/s"
    assert detail["cpu-graviton3"] == "307.2 GB/s"
    assert detail["other-amd"] == ""


@pytest.mark.parametrize("text", ["h100-sxm", "H100", "h100 sxm5 80 GB"])
def test_the_box_shows_the_name_of_the_device_and_the_link_keeps_what_was_typed(text):
    html = shown(device=text)["field-device"]
    box = next(found for tag, found in reading.read(html).tags if tag == "input")
    assert (box["value"], box["data-raw"], box["role"]) == ("H100 SXM 80GB", text, "combobox")


def test_a_device_that_is_not_listed_stands_in_the_box_as_typed():
    html = shown(device="RTX <2080>")["field-device"]
    box = next(found for tag, found in reading.read(html).tags if tag == "input")
    assert (box["value"], box["aria-invalid"], "data-raw" in box) == ("RTX <2080>", "true", False)
    assert "“Another GeForce or RTX GPU”" in reading.text(html)


@pytest.mark.parametrize(
    ("text", "another"),
    [
        ("RTX 2080 Ti", "Another GeForce or RTX GPU"),
        ("RTX 4090 D", "Another GeForce or RTX GPU"),
        ("Radeon RX 6800", "Another AMD GPU"),
        ("Ryzen 9 7950X", "Another CPU"),
        ("H800", "Another NVIDIA data-centre GPU"),
        ("A1", "Another NVIDIA data-centre GPU"),
        ("L40", "Another NVIDIA data-centre GPU"),
        ("TPU v9", "Another accelerator"),
        ("16", "Another accelerator"),
    ],
)
def test_a_name_that_is_not_listed_points_to_what_stands_for_it(text, another):
    with pytest.raises(Invalid, match=f"“{text}” is not a device in the list.*“{another}”"):
        inputs.device(text)
    assert f'value="{text}"' in shown(device=text)["field-device"], "what was typed stays"


@pytest.mark.parametrize(
    ("text", "meant"), [("L40", "L40S"), ("TPU v5", "TPU v5p or TPU v5e"), ("RTX 4090 D", "RTX 4090")]
)
def test_a_name_that_is_nearly_listed_is_asked_for(text, meant):
    with pytest.raises(Invalid, match=f"Did you mean {meant}"):
        inputs.device(text)


def test_every_key_is_its_own_device_and_every_name_finds_a_device_of_that_name():
    for each in devices():
        assert inputs.device(each.key) is each
        assert inputs.device(each.key.upper()) is each
        found = named(each.name)
        assert found is not None
        assert found.name.startswith(each.name.partition(" (")[0])


def test_every_device_stands_once_in_a_group_that_says_whether_it_has_two_of_four():
    assert sorted(choice.value for choice in inputs.DEVICES) == sorted(each.key for each in devices())
    groups = [group for group, _ in itertools.groupby(inputs.DEVICES, key=lambda choice: choice.group)]
    assert len(groups) == len(set(groups)) < 25
    words = {True: "with 2:4", False: "without 2:4", None: "2:4 not known"}
    for choice in inputs.DEVICES:
        machine = device(choice.value)
        if machine.kind:
            assert choice.group == f"{machine.kind}, {words[machine.has_24]}"
    assert groups[-1] == "Not on this list"


# --- what is known, and what is not ---


def test_a_device_runs_two_of_four_only_in_a_type_that_says_so():
    for machine in devices():
        if machine.has_24 is False:
            assert not any(peak.supports_24 for peak in machine.peaks.values()), machine.key
        for peak in machine.peaks.values():
            assert not (peak.dtype == "fp32" and peak.supports_24), machine.key
            if peak.sparse24_tflops:
                assert peak.supports_24, (machine.key, peak.dtype)
                assert 1 < peak.sparse24_tflops / peak.dense_tflops < 2.05, (machine.key, peak.dtype)


@pytest.mark.parametrize("key", ["tpu-v5e", "gaudi3", "apple-m3-max", "cpu-epyc-genoa", "trainium1", "v100"])
def test_a_device_without_two_of_four_says_so(key):
    regions = shown(device=key, structure="2:4")
    assert "has no 2:4 hardware" in reading.text(regions["verdict"])
    assert "2:4 for this type: no" in reading.text(regions["field-device"])


@pytest.mark.parametrize("key", ["mi250x", "arc-b580", "rx-7900-xtx"])
def test_a_device_of_which_two_of_four_is_not_known_says_that(key):
    regions = shown(device=key, structure="2:4")
    words = reading.text(regions["verdict"])
    assert "is not known" in words
    assert "has no 2:4" not in words
    assert "2:4 for this type: not known" in reading.text(regions["field-device"])


@pytest.mark.parametrize("key", ["h100-nvl", "a10g", "rtx-4090-laptop", "mi350x"])
def test_two_of_four_gains_a_usual_share_where_the_peaks_are_not_known(key):
    regions = shown(device=key, structure="2:4")
    found = reading.outputs(regions)
    assert found["prefill_speedup_low"] < found["prefill_speedup"] < found["prefill_speedup_high"] < 2
    assert found["device_bytes"] < found["dense_bytes"]
    assert "are not known" in reading.text(regions["speeds"])


def test_a_peak_that_is_missing_is_not_known_rather_than_none():
    assert arithmetic(device("gb300"), "bf16") is None, "no bandwidth, no roofline"
    assert supports_24(device("gb300"), "bf16") is True
    words = reading.text(shown(device="gb300")["field-device"])
    assert "memory not known" in words
    assert "No INT8 peak is known of Radeon RX 7900 XTX" in reading.text(
        shown(device="rx-7900-xtx", dtype="int8")["speeds"]
    )


@pytest.mark.deep
def test_every_device_in_every_type_and_structure_gets_an_answer_or_a_message():
    structures = [choice.value for choice in inputs.STRUCTURES]
    every = [*itertools.product(devices(), structures, types())][:: depth.cases(3, 1)]
    for place, (machine, structure, dtype) in enumerate(every):
        raw = {"device": machine.key, "structure": structure, "dtype": dtype, "pattern": "6:8"}
        if dtype not in {choice.value for choice in inputs.DTYPES}:
            continue
        values, result, messages = read(CALCULATOR, CALCULATOR.defaults | raw)
        assert not messages
        for speed in (result.chosen.prefill, result.chosen.decode):
            assert 0 < speed.low <= speed.likely <= speed.high < float("inf"), raw
        if place % 7 == 0:
            assert CALCULATOR.view(values, result).verdict
