"""Peaks that a visitor types, and timings that they bring."""

import csv
import io
import random
from statistics import median

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.speed import timings
from app.calculators.pruning.speed.devices import Own, device, devices, named, owned
from app.calculators.pruning.speed.kernels import fitted
from app.page import rendering
from app.vocabulary.calculator import Invalid
from tests import reading
from tools.lab.measured import read
from tools.paths import ROOT

TIMED = ROOT / "data" / "gemm_2to4_latency.csv"


def shown(**raw):
    return rendering.regions(CALCULATOR, CALCULATOR.defaults | raw)


def outputs(**raw):
    return reading.outputs(shown(**raw))


def messages(**raw):
    return rendering.render(CALCULATOR, CALCULATOR.defaults | raw).messages


# --- peaks ---


def test_the_peaks_of_a_device_typed_in_give_its_own_figures():
    h100 = outputs(structure="2:4")
    typed = outputs(structure="2:4", bandwidth="3350 GB/s", tflops="989.4", tflops8="1978.9", has24="yes")
    assert typed["dense_time_per_output_token"] == h100["dense_time_per_output_token"]
    assert typed["decode_speedup"] == h100["decode_speedup"]
    basis = reading.text(shown(structure="2:4", tflops="989.4")["speeds"])
    assert "Extrapolated: no published timing" in basis, "peaks that were typed are not those of a GPU that was timed"


def test_twice_the_bandwidth_decodes_nearly_twice_as_fast():
    big = "Llama-3.1-70B"  # a small one waits for the host
    once, twice = (outputs(params=big, bandwidth=text)["dense_tokens_per_second"] for text in ("auto", "6.7 TB/s"))
    assert 1.7 < twice / once < 2


def test_another_device_needs_bandwidth_and_16_bits_and_says_so():
    for raw, field, words in (
        ({"bandwidth": "900"}, "bandwidth", "TFLOPS in 16 bits"),
        ({"tflops": "100"}, "tflops", "memory bandwidth"),
        ({"tflops8": "100"}, "tflops8", "TFLOPS in 16 bits"),
        ({"has24": "yes"}, "has24", "TFLOPS in 16 bits"),
    ):
        found = messages(device="other-geforce", **raw)
        assert words in found[field], raw
    found = outputs(device="other-geforce", bandwidth="900", tflops="100", has24="yes", structure="2:4")
    assert found["prefill_speedup"] > 1
    assert outputs(device="other-geforce", bandwidth="900", tflops="100", structure="2:4")["prefill_speedup"] == 1


def test_another_device_without_peaks_still_answers():
    for key in ("other-datacenter", "other-geforce", "other-amd"):
        assert outputs(device=key, structure="structured")["decode_speedup"] > 1
        assert "tokens_per_second" not in outputs(device=key)


def test_of_a_cpu_the_bandwidth_can_be_typed_and_nothing_else():
    assert not messages(device="cpu", bandwidth="100 GB/s")
    assert "100 GB/s" in reading.text(shown(device="cpu", bandwidth="100 GB/s")["field-device"])
    for field, text in (("tflops", "10"), ("tflops8", "20"), ("has24", "yes")):
        assert "choose a GPU" in messages(device="cpu", bandwidth="100 GB/s", **{field: text})[field]


def test_a_device_without_peaks_takes_those_that_are_typed():
    assert "tokens_per_second" not in outputs(device="apple-m4-max")
    assert outputs(device="apple-m4-max", tflops="30")["tokens_per_second"] > 1
    assert outputs(device="gb300", bandwidth="8 TB/s", structure="2:4")["prefill_speedup"] > 1


def test_hardware_without_two_of_four_gains_nothing_from_it_however_new():
    assert outputs(structure="2:4", has24="no")["prefill_speedup_high"] == 1
    assert outputs(structure="2:4", device="v100", has24="yes")["prefill_speedup"] > 1


def test_the_same_words_are_the_same_device():
    own = Own(bandwidth_gb_s=1000)
    assert owned(device("h100-sxm"), own) is owned(device("h100-sxm"), Own(bandwidth_gb_s=1000))
    assert owned(device("h100-sxm"), Own()) is device("h100-sxm")


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("bandwidth", "fast", "2000 GB/s"),
        ("bandwidth", "0", "at least 1"),
        ("bandwidth", "80 GB", "does not belong here"),
        ("tflops", "-3", "negative"),
        ("tflops", "NaN", "such as 300"),
        ("tflops8", "10 GB/s", "such as 600"),
        ("has24", "perhaps", "Choose one of auto, yes, no"),
        ("timings", "fast", "measure_gpu.py"),
        ("timings", "X: bf16 1 1 1 1 1", "measure_gpu.py"),
        ("timings", "X: bf16 nan 1 1 1 1 0", "measure_gpu.py"),
        ("timings", "X: bf16 1e9 1 1 1 1 0", "measure_gpu.py"),
        ("timings", "X: fp4 1 1 1 1 1 0", "measure_gpu.py"),
        ("timings", "X: bf16 1 1 1 1 1 0; bf16 1 1 1 1 1 0", "measure_gpu.py"),
    ],
)
def test_what_cannot_be_read_is_said(field, text, says):
    assert says in messages(**{field: text})[field]


# --- timings ---


def part_of(name, dtype, seed=0, half=0):
    """Half of the published timings of one device and type as a file, and as products."""
    with TIMED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["device"], row["dtype"]) == (name, dtype)]
    random.Random(seed).shuffle(rows)
    mine = rows[half::2]
    return file_of(mine), [
        timings.Product(*(float(row[column]) for column in timings.NEEDED[2:]))
        for row in mine
        if row["sp24_us"] and row["anomalous_baseline"] != "yes"
    ]


def file_of(rows):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def errors(products, found, name, dtype):
    known = fitted(named(name), dtype)
    off = []
    for each in products:
        dense, sparse = timings.times(each, known, dtype, found.tflops, found.gb_s, found.gain_24, found.traffic_24)
        off.append(abs(dense / sparse * each.sparse_us / each.dense_us - 1))
    return off


@pytest.mark.parametrize(
    ("name", "dtype"), [("A100 80GB PCIe", "int8"), ("RTX 4090", "fp16"), ("H100 PCIe", "bf16"), ("B200", "fp8")]
)
def test_timings_of_half_of_the_products_predict_the_other_half(name, dtype):
    text, _ = part_of(name, dtype)
    _, others = part_of(name, dtype, half=1)
    found = dict(timings.read(timings.take(text)).timed)[dtype]
    assert median(errors(others, found, name, dtype)) < 0.1


def test_a_card_that_differs_from_all_others_is_met_after_calibration():
    # the published products of an A100, with every dense time a fifth longer: 2:4 gains more, by as much
    text, _ = part_of("A100 80GB PCIe", "bf16")
    rows = list(csv.DictReader(io.StringIO(text)))
    slower = file_of([row | {"dense_us": str(float(row["dense_us"]) * 1.2)} for row in rows])
    plain, changed = (dict(timings.read(timings.take(each)).timed)["bf16"] for each in (text, slower))
    assert changed.gain_24 / plain.gain_24 == pytest.approx(1.2, rel=0.1)
    assert changed.tflops / plain.tflops == pytest.approx(1 / 1.2, rel=0.05)


def test_a_line_is_read_as_it_was_written():
    text, _ = part_of("RTX 4090", "int8")
    line = timings.take(text)
    assert timings.write(timings.read(line)) == line
    assert line.startswith("RTX 4090: int8 ")


def test_own_timings_replace_the_devices_and_say_so():
    text, _ = part_of("H100 PCIe", "bf16")
    line = timings.take(text)
    before = outputs(device="h100-pcie", structure="2:4")
    regions = shown(device="h100-pcie", structure="2:4", timings=line)
    after = reading.outputs(regions)
    assert before["prefill_speedup"] != after["prefill_speedup"] == pytest.approx(before["prefill_speedup"], rel=0.15)
    assert "Calibrated with your own timings" in reading.text(regions["speeds"])
    assert "Used wherever H100 PCIe" in reading.text(regions["field-timings"])


def test_timings_of_another_device_are_not_used_and_it_says_so():
    text, _ = part_of("RTX 4090", "bf16")
    line = timings.take(text)
    assert outputs(timings=line, structure="2:4") == outputs(structure="2:4")
    assert "Not used: these are of RTX 4090" in reading.text(shown(timings=line)["field-timings"])


def test_timings_of_an_unknown_device_serve_another_device_and_bring_its_peaks():
    text, _ = part_of("RTX 4090", "bf16")
    line = timings.take(text.replace("RTX 4090", "NVIDIA GeForce RTX 7090"))
    assert line.startswith("RTX 7090: bf16")
    found = outputs(device="other-geforce", bandwidth="1008", timings=line, structure="2:4")
    assert found["prefill_speedup"] > 1.3
    assert "bandwidth" in messages(device="other-geforce", timings=line)["timings"]


HEAD = "device,dtype,M,N,K,dense_us,sp24_us\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no column device"),
        ("a,b\n1,2\n", "no column device"),
        (HEAD, "no timings of 2:4"),
        (HEAD + "X,bf16,64,4096,4096,10,9\n", "too few products"),
        (HEAD + "X,bf16,64,4096,4096,10\n", "Row 2 has 6 cells"),
        (HEAD + "X,bf16,64,4096,4096,ten,9\n", "Row 2, dense_us: “ten”"),
        (HEAD + "X,bf16,64,4096,4096,nan,9\n", "Row 2, dense_us"),
        (HEAD + "X,bf16,64,4096,4096,10,-9\n", "Row 2, sp24_us"),
        (HEAD + "X,bf16,64,4096,4096,10,9\nY,bf16,64,4096,4096,10,9\n", "several devices (X, Y)"),
        (HEAD + "X,bf16,64,64,64,10,9\n" * 20, "too few products"),
        (HEAD + "X,bf16,64,4096,4096,10,1\n" * 20, "too few products"),
        (HEAD + "X,bf16,64,4096,4096,10,9\n" * 20_001, "more than 20,000 rows"),
        (HEAD + "X,fp4,64,4096,4096,10,9\n" * 20, "no timings of 2:4"),
        (HEAD + "X" * 140_000 + ",bf16,64,4096,4096,10,9\n", "too few products"),
        (HEAD + 'X,"bf16,64,4096,4096,10,9\n', "Row 2: the quotation mark before “bf16,64,4096,4096,10,9” is never"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_row_at_fault(text, says):
    with pytest.raises(Invalid) as refused:
        timings.take(text)
    assert says in str(refused.value)


def test_a_type_whose_dense_kernel_is_at_fault_is_left_out_and_it_says_so():
    line = timings.take((TIMED.parent / "own_timings.csv").read_text(encoding="utf-8"))
    assert [kind for kind, _ in timings.read(line).timed] == ["bf16", "fp8", "fp16"]
    assert timings.read(line).at_fault == ("int8",)
    assert timings.write(timings.read(line)) == line
    said = reading.text(shown(timings=line, device="h100-sxm")["field-timings"])
    assert "Left out: INT8, where 2:4 gains more than it can" in said
    alone = HEAD + "X,bf16,64,4096,4096,10,4\n" * 20
    with pytest.raises(Invalid, match="In BF16 2:4 gains more than it can: the dense kernel is at fault"):
        timings.take(alone)


@pytest.mark.parametrize(
    "rest", ["int8 at fault", "bf16 164.2 2380 1.87 1.04 48 0.031; bf16 at fault", "int4 at fault"]
)
def test_a_line_that_the_page_does_not_write_is_refused(rest):
    with pytest.raises(Invalid, match="not what the page writes"):
        timings.read(f"RTX 4090: {rest}")


def test_rows_that_say_too_little_of_the_gpu_are_not_calibrated_with():
    text, _ = part_of("RTX 4090", "bf16")
    head, *rows = text.splitlines()
    wrong = [row.split(",") for row in rows]
    at = {name: place for place, name in enumerate(head.split(","))}
    for row in wrong:  # as if 2:4 took as long as dense
        row[at["sp24_us"]] = row[at["dense_us"]]
    clear = [f"{row},0.01,0.01," for row in rows]
    spread = [f"{','.join(row)},0.01,3.5," for row in wrong]
    late = [
        f"{','.join(row)},0.01,0.01,cusparselt: the host launches it more slowly than the GPU computes" for row in wrong
    ]
    with_spreads = f"{head},dense_spread,sp24_spread,note"
    assert timings.take("\n".join([with_spreads, *clear, *spread, *late])) == timings.take(text)


def test_hostile_names_stay_words():
    text, _ = part_of("RTX 4090", "bf16")
    line = timings.take(text.replace("RTX 4090", "<img src=x onerror=alert(1)>: bf16; " + "x" * 500))
    assert len(line) < 200
    assert timings.write(timings.read(line)) == line
    regions = shown(timings=line)
    assert "<img" not in "".join(regions.values())


def test_the_rules_that_leave_rows_out_are_those_of_the_fit():
    kept = [row for row in read(TIMED) if not row.excluded]
    assert all(min(row.outputs, row.inputs) >= timings.SMALLEST for row in kept)
    assert all(timings.LEAST_POSSIBLE <= row.speedup <= timings.MOST_POSSIBLE for row in kept)


def test_every_device_is_found_by_its_name():
    for machine in devices():
        assert named(machine.name) is not None
