"""`make validate`: what it prints for the files of the project, for one made here, and for what it cannot read."""

import csv
import json
import sys
from statistics import median

import pytest

from app.calculators.pruning.data import tables
from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.speed.devices import arithmetic, device
from app.calculators.pruning.speed.kernels import dense_kernel, fitted, matmul_us
from app.calculators.pruning.speed.laws.ranges import scatter
from app.calculators.pruning.speed.timings import unclear
from tools import measure_gpu
from tools.lab import errors, fit, measured, validate
from tools.paths import PRUNING_DATA, ROOT

GEMM, SPEEDUPS = ROOT / "data" / "gemm_2to4_latency.csv", ROOT / "data" / "speedups.csv"


def printed(capsys, monkeypatch, path):
    monkeypatch.setattr(sys, "argv", ["validate", str(path)])
    validate.main()
    return capsys.readouterr().out


@pytest.mark.parametrize(("path", "kinds"), [(GEMM, ["gemm"]), (SPEEDUPS, ["prefill", "decode"])])
def test_the_errors_are_within_what_the_page_promises(capsys, monkeypatch, path, kinds):
    out = json.loads(printed(capsys, monkeypatch, path).splitlines()[-1])
    most = {"gemm": (0.06, 0.22), "prefill": (0.07, 0.25), "decode": (0.06, 0.15)}
    for kind in kinds:
        assert out[kind]["n"] > 100
        assert (out[kind]["median"], out[kind]["p90"]) <= most[kind]
        assert abs(out[kind]["bias"]) <= 0.03
        assert 0.8 <= out[kind]["inside"] <= 0.92, "the range is wider or narrower than it needs to be"


@pytest.mark.parametrize("kind", ["gemm", "prefill", "decode"])
@pytest.mark.parametrize("split", ["model", "device"])
def test_rows_held_out_are_predicted_as_well_as_the_constants_say(kind, split):
    with (ROOT / "data" / "validation.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == kind]
    off = sorted(abs(float(row[f"other_{split}s"]) / float(row["measured"]) - 1) for row in rows)
    middle, bias = (constant("error", kind, held_out=split, statistic=each).value for each in ("median", "bias"))
    assert off[len(off) // 2] == pytest.approx(middle, abs=0.002)
    assert abs(bias) <= 0.03


def test_independent_sources_stand_apart_and_lie_within_the_range(capsys, monkeypatch):
    out = printed(capsys, monkeypatch, SPEEDUPS)
    assert "sources that no constant was fitted to" in out
    assert "SparseGPT gemm" in out
    assert "SliceGPT gemm" in out
    assert json.loads(out.splitlines()[-1])["gemm"]["inside"] >= 0.8


HEAD = "id,kind,level,device,dtype,model_or_shape,batch,phase,sparsity,measured_speedup,value_type,source_group\n"


def test_a_kind_without_rows_has_none(tmp_path, capsys, monkeypatch):
    path = tmp_path / "own.csv"
    path.write_text(HEAD + '1,2:4,gemm,A100 80GB,fp16,"M=2048,N=4096,K=4096",2048,prefill,0.5,1.5,measured,mine\n')
    out = json.loads(printed(capsys, monkeypatch, path).splitlines()[-1])
    assert set(out) == {"gemm", "prefill", "decode"}
    assert set(out["gemm"]) == {"n", "median", "p90", "bias", "inside"}
    assert (out["gemm"]["n"], out["prefill"]["n"], out["decode"]["n"]) == (1, 0, 0)


def test_rows_are_left_out_by_rule_and_not_by_name():
    def why(device="A100 80GB", dtype="fp16", shape="M=2048,N=4096,K=4096", speedup=1.5, value_type="measured"):
        row = {"kind": "2:4", "level": "gemm", "batch": "2048", "phase": "prefill", "value_type": value_type}
        row |= {"device": device, "dtype": dtype, "model_or_shape": shape, "measured_speedup": str(speedup)}
        return measured._speedup(row).excluded

    assert why() == ""
    assert "beyond what 2:4 can do" in why(speedup=4.0)
    assert "beyond what 2:4 can do" in why(speedup=0.1)
    assert "device" in why(device="Abacus")
    assert "FP4" in why(device="B200", dtype="fp4")
    assert "smaller" in why(shape="M=64,N=256,K=4096")
    assert "not given" in why(shape="FFN")
    assert "outlier" in why(value_type="measured_outlier")


def test_a_file_in_another_format_is_refused_with_what_would_be_right(tmp_path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="speedup_24"):
        measured.read(path)


def test_what_the_page_shows_of_its_errors_is_what_the_held_out_rows_give(tmp_path, monkeypatch):
    for name in ("VALIDATION", "SCATTER"):
        written = tmp_path / getattr(errors, name).name
        monkeypatch.setattr(errors, name, written)
    errors.main()
    for name in ("validation.csv", "scatter.csv"):
        assert (tmp_path / name).read_text() == (PRUNING_DATA / name).read_text(), "make fit writes it anew"


def own_timings():
    with errors.OWN.open(encoding="utf-8", newline="") as file:
        text = list(csv.DictReader(file))
    return list(zip(measured.read(errors.OWN), text, strict=True))


def test_our_own_timings_lie_in_the_range_of_a_device_that_was_not_timed_and_not_in_that_of_one_that_was():
    rows = [row for row, _ in own_timings() if not row.excluded]
    found = [validate.compare(row) for row in rows]
    assert {row.device.key for row in rows} == {"h100-sxm"}
    assert {arithmetic(row.device, row.dtype).evidence for row in rows} == {"near"}
    assert validate.summary(found)["inside"] >= fit.WITHIN
    many = [(row, each) for row, each in zip(rows, found, strict=True) if row.tokens > 1024]
    inside = {
        timed: sum(
            each.likely * least <= row.speedup <= each.likely * most
            for row, each in many
            for least, most in [scatter("gemm", timed, row.tokens)]
        )
        for timed in (True, False)
    }
    assert (len(many), inside) == (21, {True: 1, False: 19}), "as `Arithmetic.timed_24` says"


def test_dense_products_in_another_type_lie_in_the_range_of_the_silicon():
    machine, power = device("h100-sxm"), constant("power", "gemm").value

    def predicted(dtype, row):
        kernel = dense_kernel(machine, dtype)
        read_at = machine.bandwidth_gb_s * 1e3 * fitted(machine, dtype).warm_share
        return matmul_us(row.tokens, row.outputs, row.inputs, kernel._replace(bytes_per_us=read_at), power)

    dense_us = {(row.dtype, row.tokens, row.outputs, row.inputs): row.dense_us for row, _ in own_timings()}
    inside = []
    for row, _ in own_timings():
        in_bf16 = dense_us.get(("bf16", row.tokens, row.outputs, row.inputs))
        if row.dtype == "fp8" and in_bf16:
            least, most = scatter("gemm", arithmetic(machine, "fp8").timed, row.tokens)
            likely = predicted("bf16", row) / predicted("fp8", row)
            inside.append(likely * least <= in_bf16 / row.dense_us <= likely * most)
    assert (sum(inside), len(inside)) == (12, 13), "as `Arithmetic.timed` says"


def test_what_is_left_out_of_our_own_timings_is_what_the_page_says():
    def gains(dtype, clear=True):
        return sorted(
            row.speedup
            for row, text in own_timings()
            if row.dtype == dtype and row.tokens >= 1024 and clear is not bool(unclear(text))
        )

    assert {row.dtype for row, _ in own_timings() if not row.excluded} == {"bf16", "fp8"}
    assert 1 / max(gains("int8")) == pytest.approx(0.35, abs=0.005)
    assert 1 / median(gains("fp16")) == pytest.approx(1.5, abs=0.005)
    assert median(gains("bf16")) == pytest.approx(1.4, abs=0.05)
    assert median(gains("fp8")) == pytest.approx(1.4, abs=0.05)
    assert {text["cusparselt"] for _, text in own_timings()} == {"800"}
    assert len(gains("bf16", clear=False)) == 3


def test_a_row_that_says_too_little_of_the_gpu_is_left_out():
    clear = {"dense_spread": "0.01", "sp24_spread": "0.25", "note": "cutlass: only compute capability 8.x"}
    assert unclear(clear) == unclear({}) == unclear({"dense_spread": "", "note": None}) == ""
    for spread in ("0.26", "nan", "-inf?", "1e9"):
        assert "the middle half of its samples" in unclear(clear | {"sp24_spread": spread})
        assert "the middle half of its samples" in unclear(clear | {"dense_spread": spread})
    late = f"cusparselt: {measure_gpu.LATE}"
    assert "the host was too slow" in unclear(clear | {"note": late})


@pytest.mark.parametrize(("kind", "half", "p90"), [("gemm", 0.06, 0.22), ("prefill", 0.07, 1), ("decode", 0.06, 1)])
def test_rows_held_out_are_predicted_as_well_as_was_asked(kind, half, p90):
    row = next(row for row in tables.rows("validation.csv") if (row["kind"], row["of"]) == (kind, "all devices"))
    assert (float(row["median"]) <= half, float(row["p90"]) <= p90) == (True, True)
    assert abs(float(row["bias"])) <= 0.03
    assert 0.8 <= float(row["inside"]) <= 0.9


def test_the_constants_stand_in_the_columns_that_the_fit_writes():
    for name in ("fitted.csv", "speed.csv"):
        assert tuple(tables.rows(name)[0]) == fit.COLUMNS
    at = [
        tuple(row[column] for column in fit.COLUMNS[:7])
        for name in ("fitted.csv", "speed.csv")
        for row in tables.rows(name)
    ]
    assert len(set(at)) == len(at), "two constants are of the same"


def test_a_constant_is_written_as_it_stands_in_the_file():
    rows = tables.rows("fitted.csv")
    for row, each in zip(rows, tables.constants()[-len(rows) :], strict=True):
        written = fit.Constant(each.name, each.value, each.source.locator, each.note, *each[1:7])
        assert [str(cell) for cell in written.row(each.source.as_of)] == list(row.values())


def test_every_device_and_every_other_source_is_reported_apart():
    found = {(row["kind"], row["of"]) for row in tables.rows("validation.csv")}
    for kind in ("gemm", "prefill", "decode"):
        assert len([of for at, of in found if at == kind and of not in ("all devices",)]) >= 6
    assert {("gemm", "SparseGPT"), ("gemm", "SliceGPT"), ("gemm", "PyTorch"), ("decode", "torchao")} <= found


def test_a_model_is_found_by_the_first_word_of_what_was_timed():
    assert measured.model_named("Llama-3.1-8B 2:4 (cuSPARSELt/CUTLASS)").name == "Llama-3.1-8B"
    assert measured.model_named("SAM ViT-H, MLP only 2:4") is None
