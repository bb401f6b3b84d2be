"""`tools/measure_gpu.py` on GPUs made up here: what it plans, times, leaves out, writes and says. No time in this file
was measured on a GPU.
"""

import ast
import csv
import doctest
import subprocess
import sys
from collections import Counter
from types import SimpleNamespace
from typing import NamedTuple

import pytest

from app.calculators.pruning.speed.devices import devices, named
from tools import measure_gpu
from tools.lab import measured, validate
from tools.measure_gpu import GpuLost, Kernel, Product, Skipped, Timing, TorchGpu, measure, outdone, plan, ready
from tools.paths import ROOT

SCRIPT = ROOT / "tools" / "measure_gpu.py"
PUBLISHED = ROOT / "data" / "gemm_2to4_latency.csv"


class Result(NamedTuple):
    """What a made-up kernel computes: so far off the dense result."""

    off: float


class Made:
    """A GPU whose kernels take the time that they are told to, and fail where they are told to.

    `times` are functions from a product to microseconds, by kernel; `off` how wrong a kernel is; `fails` what it raises
    for which products.
    """

    def __init__(self, name="NVIDIA H100 PCIe", times=None, off=None, fails=None, lacks=None, late=()):
        self.name = name
        self.times = times or {"dense": honest, "cusparselt": lambda product: honest(product) / 1.6}
        self.off, self.fails, self._lacks, self.late = off or {}, fails or {}, lacks or {}, late
        self.timed, self.tidied = [], 0

    def software(self):
        return {"torch": "2.13.0", "cuda": "13.0", "cusparselt": "", "driver": "590.1"}

    def lacks(self, dtype):
        return self._lacks.get(dtype, "")

    def kernels(self, product):
        def kernel(name):
            def run():
                error = self.fails.get(name, lambda _: None)(product)
                if error is not None:
                    raise error
                return Result(self.off.get(name, 0.0))

            run.us, run.kernel = self.times[name](product), name
            return Kernel(name, lambda: run)

        return [kernel(name) for name in self.times]

    def difference(self, found, wanted):
        assert isinstance(wanted, Result)
        return found.off

    def time(self, run, calls, cold):
        assert isinstance(cold, bool)
        self.timed.append((run.kernel, calls))
        return Timing(run.us, run.kernel not in self.late)

    def reason(self, error):
        if "illegal" in str(error):
            raise GpuLost(str(error))
        return "out of memory" if isinstance(error, MemoryError) else str(error)

    def tidy(self):
        self.tidied += 1


def honest(product):
    """Microseconds at 400 TFLOPS and 4 µs of launch."""
    return 4 + 2 * product.tokens * product.outputs * product.inputs / 400e6


SMALL = Product("int8", "own", 64, 1024, 1024)


def written(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def run(tmp_path, gpu, *arguments):
    """What the command leaves: its exit code and the rows of its file, None where there is no file."""
    out = tmp_path / "own_gpu.csv"
    code = measure_gpu.main([*arguments, "--out", str(out)], gpu)
    return code, written(out) if out.exists() else None


# --- the plan ---


def test_the_file_needs_nothing_of_this_project_and_runs_on_python_3_9():
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 9))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
    assert "__future__" in imported, "3.9 cannot evaluate the annotations"


def test_every_example_of_the_file_is_true():
    failed, tried = doctest.testmod(measure_gpu)
    assert failed == 0
    assert tried > 4


def test_shapes_are_those_of_the_models_as_the_published_timings_have_them():
    published = {}
    for row in written(PUBLISHED):
        published.setdefault(row["model"], set()).add((int(row["N"]), int(row["K"])))
    for name, shapes in measure_gpu.MODELS.items():
        if name == "SQUARE":
            assert set(shapes) <= published[name]
            continue
        shape = measured.model_named(name).shape
        heads, keys = shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim
        hidden, wide = shape.hidden_size, shape.intermediate
        assert shapes == ((heads + 2 * keys, hidden), (hidden, heads), (2 * wide, hidden), (hidden, wide))
        assert set(shapes) == published.get(name, set(shapes))


def test_every_product_comes_after_those_that_contain_it_and_only_once():
    shapes = [(name, shape) for name in measure_gpu.MODELS for shape in measure_gpu.MODELS[name]]
    products = plan(["fp16", "int8"], [*shapes, ("again", (4096, 4096))], [1, 4096, 64, 64])
    assert len(products) == len(set(products)) == 2 * 3 * len({shape for _, shape in shapes})
    for at, each in enumerate(products):
        assert not any(each.within(later) for later in products[at + 1 :])
    assert {each.model for each in products if (each.outputs, each.inputs) == (4096, 4096)} == {"Llama3.1-8B"}


def test_defaults_are_what_the_head_of_the_file_says():
    def number(models, tokens):
        return len(plan(measure_gpu.TOLERANCE, [(m, s) for m in models for s in measure_gpu.MODELS[m]], tokens))

    assert f"# {number(measure_gpu.DEFAULT_MODELS, measure_gpu.DEFAULT_TOKENS)} products" in measure_gpu.__doc__
    assert f"# {number(measure_gpu.QUICK_MODELS, measure_gpu.QUICK_TOKENS)} of them" in measure_gpu.__doc__
    assert f"more than {measure_gpu.OUTDONE} times" in measure_gpu.__doc__


# --- a measurement ---


def test_the_fastest_kernel_counts_and_is_named():
    times = {"dense": lambda _: 100.0, "cusparselt": lambda _: 80.0, "cutlass": lambda _: 62.5}
    found = measure(Made(times=times), SMALL, 20, False)
    assert (found.dense_us, found.sp24_us, found.backend, found.speedup) == (100.0, 62.5, "cutlass", 1.6)
    assert found.note == ""


def test_a_kernel_that_fails_is_left_out_with_its_reason():
    times = {"dense": lambda _: 100.0, "cusparselt": lambda _: 80.0, "cutlass": lambda _: 10.0}
    gpu = Made(times=times, fails={"cutlass": lambda _: RuntimeError("only compute capability 8.x")})
    found = measure(gpu, SMALL, 20, False)
    assert (found.backend, found.note) == ("cusparselt", "cutlass: only compute capability 8.x")
    assert "cutlass" not in {name for name, _ in gpu.timed}


@pytest.mark.parametrize("off", [0.3, float("nan"), float("inf")])
def test_a_kernel_with_a_wrong_result_is_never_timed_however_fast(off):
    times = {"dense": lambda _: 100.0, "cusparselt": lambda _: 80.0, "cutlass": lambda _: 1.0}
    gpu = Made(times=times, off={"cutlass": off})
    found = measure(gpu, SMALL, 20, False)
    assert found.backend == "cusparselt"
    assert "cutlass: wrong result" in found.note
    assert "cutlass" not in {name for name, _ in gpu.timed}


@pytest.mark.parametrize(("dtype", "usable"), [("int8", False), ("fp16", True), ("fp8", True)])
def test_rounding_is_no_wrong_result_and_integers_have_none(dtype, usable):
    gpu = Made(off={"cusparselt": 0.004})
    if usable:
        assert len(ready(gpu, SMALL._replace(dtype=dtype))[0]) == 2
    else:
        with pytest.raises(Skipped, match="wrong result"):
            ready(gpu, SMALL)


@pytest.mark.parametrize("name", ["dense", "cusparselt"])
def test_a_product_without_a_baseline_or_without_a_24_kernel_is_skipped(name):
    gpu = Made(fails={name: lambda _: RuntimeError("self.size(0) needs to be greater than 16")})
    with pytest.raises(Skipped, match=f"{name}: self.size"):
        measure(gpu, SMALL, 20, False)
    assert gpu.timed == []


def test_a_dense_result_of_nan_is_no_baseline():
    with pytest.raises(Skipped, match="dense: wrong result"):
        measure(Made(off={"dense": float("nan")}), SMALL, 20, False)


def test_kernels_take_turns_and_the_first_changes():
    times = {"dense": lambda _: 100.0, "a": lambda _: 80.0, "b": lambda _: 60.0}
    gpu = Made(times=times)
    measure(gpu, SMALL, 20, False)
    sampled = [name for name, _ in gpu.timed[6:]]
    rounds = [sampled[at : at + 3] for at in range(0, len(sampled), 3)]
    assert len(rounds) == 20
    assert all(set(each) == {"dense", "a", "b"} for each in rounds)
    assert [each[0] for each in rounds[:4]] == ["dense", "a", "b", "dense"]


def test_a_sample_lasts_a_millisecond_or_64_calls():
    for us, cold, calls in [(100, False, 10), (1, False, 64), (5000, False, 1), (1, True, 16)]:
        gpu = Made(times={"dense": lambda _, us=us: us, "a": lambda _: 80.0})
        measure(gpu, SMALL, 20, cold)
        assert {each for name, each in gpu.timed[4:] if name == "dense"} == {calls}


def test_the_median_is_not_moved_by_a_few_slow_samples_and_the_spread_is_told():
    class Jittery(Made):
        def time(self, run, calls, cold):
            timing = super().time(run, calls, cold)
            turn = len(self.timed)
            return timing._replace(us=timing.us * (10 if turn % 9 == 0 else 1 + turn % 4 / 100))

    found = measure(Jittery(), SMALL, 40, False)
    assert found.dense_us == pytest.approx(honest(SMALL), rel=0.03)
    assert 0 < found.dense_spread < 0.05


def test_a_short_product_that_waits_for_the_host_is_not_a_time_of_the_gpu():
    with pytest.raises(Skipped, match="dense: the host launches"):
        measure(Made(late=("dense",)), SMALL, 20, False)
    with pytest.raises(Skipped, match="cusparselt: the host launches"):
        measure(Made(late=("cusparselt",)), SMALL, 20, False)
    with pytest.raises(Skipped, match="cusparselt: the host launches"):
        measure(Made(late=("cusparselt",)), SMALL._replace(tokens=1 << 20), 20, False)
    long = SMALL._replace(tokens=1 << 23)
    assert measure(Made(late=("cusparselt",)), long, 20, False).backend == "cusparselt"


def test_samples_that_hold_time_of_the_host_do_not_count_beside_those_that_do_not():
    class Hurried(Made):
        def time(self, run, calls, cold):
            timing = super().time(run, calls, cold)
            return Timing(timing.us * 150, alone=False) if len(self.timed) % 3 == 0 else timing

    found = measure(Hurried(), SMALL, 40, False)
    assert found.dense_us == pytest.approx(honest(SMALL))
    assert (found.dense_spread, found.sp24_spread, found.note) == (0, 0, "")


def test_a_dense_kernel_is_at_fault_where_a_larger_product_took_much_less():
    def product(tokens, outputs=1024, dtype="int8"):
        return Product(dtype, "own", tokens, outputs, 1024)

    earlier = {product(64): 10.0}
    assert outdone(product(32), 16.0, earlier)
    assert not outdone(product(32), 14.0, earlier), "within the noise"
    assert not outdone(product(128), 100.0, earlier), "larger, so it may take longer"
    assert not outdone(product(32, outputs=2048), 100.0, earlier), "larger one way"
    assert not outdone(product(32, dtype="fp16"), 100.0, earlier), "another type"


# --- the file, from the command ---

ONE = ("--shapes", "4096,4096;1024,4096", "--tokens", "1,64,4096")


def test_rows_come_back_through_the_readers_of_this_project(tmp_path, capsys):
    gpu = Made(times={"dense": honest, "cusparselt": lambda product: 2 + honest(product) / 1.6})
    code, rows = run(
        tmp_path, gpu, "--models", "llama-3.2-1B,Qwen2.5-7B", "--tokens", "64,4096", "--dtypes", "fp16,fp8"
    )
    assert code == 0
    back = measured.read(tmp_path / "own_gpu.csv")
    assert len(back) == len(rows) == 2 * 2 * 8
    for text, row in zip(rows, back, strict=True):
        product = Product(text["dtype"], text["model"], int(text["M"]), int(text["N"]), int(text["K"]))
        assert row.device.key == "h100-pcie"
        assert (row.kind, row.excluded, row.pattern.words) == ("gemm", "", "2:4")
        assert (row.dtype, row.tokens, row.outputs, row.inputs) == (product[0], *product[2:])
        assert measured.model_named(row.model_name) is not None
        assert row.dense_us == pytest.approx(honest(product), abs=1e-3)
        assert row.speedup == pytest.approx(honest(product) / (2 + honest(product) / 1.6), abs=1e-4)
        assert row.group == "own", "the project's own fit does not take it for one of its sources"
        found = validate.compare(row)
        assert 0 < found.low <= found.likely <= found.high
    said = capsys.readouterr().err
    assert f"32 rows are in {tmp_path / 'own_gpu.csv'}" in said
    assert "Timings of your own GPU" in said
    assert "make validate ROWS=" in said


def test_columns_begin_as_those_of_the_published_timings(tmp_path):
    _, rows = run(tmp_path, Made(), *ONE, "--dtypes", "int8")
    published = list(written(PUBLISHED)[0])
    assert list(rows[0])[: len(published)] == published
    assert rows[0]["sp46_us"] == rows[0]["sp68_us"] == rows[0]["sp810_us"] == ""
    assert (rows[0]["backend"], rows[0]["gpu"], rows[0]["torch"]) == ("cusparselt", "NVIDIA H100 PCIe", "2.13.0")
    assert (rows[0]["cache"], rows[0]["model"], rows[0]["anomalous_baseline"]) == ("warm", "own", "no")


def test_make_validate_takes_the_file(tmp_path, capsys, monkeypatch):
    run(tmp_path, Made(), "--quick")
    monkeypatch.setattr(sys, "argv", ["validate", str(tmp_path / "own_gpu.csv")])
    validate.main()
    out = capsys.readouterr().out
    assert "own gemm" in out
    assert '"gemm": {"n": 48,' in out


def test_a_dense_kernel_at_fault_is_marked_and_then_not_compared(tmp_path):
    slow_at_64 = {"dense": lambda product: honest(product) * (300 if product.tokens == 64 else 1)}
    gpu = Made(times=slow_at_64 | {"cusparselt": lambda product: honest(product) / 1.6})
    _, rows = run(tmp_path, gpu, *ONE, "--dtypes", "int8")
    assert {row["M"] for row in rows if row["anomalous_baseline"] == "yes"} == {"64"}
    assert {row.tokens for row in measured.read(tmp_path / "own_gpu.csv") if "anomalous" in row.excluded} == {64}


def test_what_does_not_fit_the_memory_is_skipped_and_said_and_the_rest_goes_on(tmp_path, capsys):
    gpu = Made(fails={"dense": lambda product: MemoryError() if product.tokens == 4096 else None})
    code, rows = run(tmp_path, gpu, *ONE, "--dtypes", "fp16")
    assert code == 0
    assert {row["M"] for row in rows} == {"64", "1"}
    said = capsys.readouterr().err
    assert "fp16 M=4096 N=4096 K=4096: skipped: dense: out of memory" in said
    assert "skipped 2: dense: out of memory" in said
    assert gpu.tidied == 1 + 6


@pytest.mark.parametrize("at", [0, 2])
def test_an_interruption_leaves_the_rows_until_then(tmp_path, capsys, at):
    shapes = [(4096, tokens) for tokens in (4096, 64, 1)] + [(1024, tokens) for tokens in (4096, 64, 1)]

    def stop(product):
        if (product.outputs, product.tokens) == shapes[at] and product.inputs == 4096:
            raise KeyboardInterrupt
        return 10.0

    gpu = Made(times={"dense": stop, "cusparselt": lambda _: 8.0})
    code, rows = run(tmp_path, gpu, *ONE, "--dtypes", "fp16")
    assert code == 130
    assert [(int(row["N"]), int(row["M"])) for row in rows or []] == shapes[:at]
    assert (rows is None) == (at == 0), "a file of no rows is no file"
    assert "Interrupted" in capsys.readouterr().err


def test_every_row_is_in_the_file_before_the_next_product_begins(tmp_path):
    out, seen = tmp_path / "own_gpu.csv", []

    def dense(_):
        if out.exists():
            seen.append(len(written(out)))
        return 10.0

    assert (
        measure_gpu.main([*ONE, "--dtypes", "fp16", "--out", str(out)], Made(times={"dense": dense, "a": dense})) == 0
    )
    assert seen == [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5], "first the trial, then row by row"


def breaks(product):
    """A fault after which no call works, with few tokens."""
    return RuntimeError("an illegal memory access") if product.tokens == 1 else None


def test_a_kernel_that_breaks_the_gpu_is_left_out_and_the_rest_goes_on_in_a_new_process(tmp_path, capsys):
    times = {"dense": honest, "a": lambda product: honest(product) / 1.5, "b": lambda product: honest(product) / 1.2}
    gpu, begun = Made(times=times, fails={"a": breaks}), []

    def anew(arguments):
        begun.append((arguments, len(written(tmp_path / "own_gpu.csv"))))
        return measure_gpu.main(arguments, gpu, anew)

    out = ["--out", str(tmp_path / "own_gpu.csv")]
    assert measure_gpu.main([*ONE, "--dtypes", "fp16,int8", *out], gpu, anew) == 0
    fp16, int8 = ["--resume", "--without", "fp16:a"], ["--resume", "--without", "fp16:a,int8:a"]
    assert begun == [
        ([*ONE, "--dtypes", "fp16,int8", *out, *fp16], 2),
        ([*ONE, "--dtypes", "fp16,int8", *out, *fp16, *int8], 8),
    ], "rows until then are kept, and what is left out in the one type is still tried in the other"
    rows = written(tmp_path / "own_gpu.csv")
    assert len(rows) == len({(row["dtype"], row["M"], row["N"]) for row in rows}) == 12
    assert [row["backend"] for row in rows] == ["a", "a", "b", "b", "b", "b"] * 2
    said = capsys.readouterr().err
    assert "The GPU failed: fp16 M=1 N=4096 K=4096, a: an illegal memory access" in said
    assert "fp16: without a: left out by --without" in said
    assert "12 products, large ones first. 2 of them are in" in said


@pytest.mark.parametrize(("kernel", "code"), [("dense", 2), ("a", 2)])
def test_a_gpu_that_breaks_at_once_ends_when_nothing_is_left_to_measure(tmp_path, kernel, code):
    gpu = Made(times={"dense": honest, "a": honest}, fails={kernel: lambda _: RuntimeError("an illegal instruction")})
    arguments = [*ONE, "--dtypes", "fp16", "--out", str(tmp_path / "own_gpu.csv")]
    begun = []

    def anew(again):
        begun.append(again)
        return measure_gpu.main(again, gpu, anew)

    assert measure_gpu.main(arguments, gpu, anew) == code
    assert [each[-1] for each in begun] == [f"fp16:{kernel}"]
    assert not (tmp_path / "own_gpu.csv").exists()


def test_a_gpu_that_fails_though_the_kernel_is_left_out_leaves_the_rows_until_then(tmp_path, capsys):
    class Failing(Made):
        def kernels(self, product):
            if product.tokens == 1:
                raise RuntimeError("an illegal memory access")
            return super().kernels(product)

    code, rows = run(tmp_path, Failing(), *ONE, "--dtypes", "fp16")
    assert (code, len(rows)) == (1, 2)
    assert "Nothing more can be measured" in capsys.readouterr().err


def test_a_kernel_that_breaks_the_gpu_only_when_it_is_timed_is_named():
    class Breaking(Made):
        def time(self, run, calls, cold):
            if run.kernel == "a":
                raise RuntimeError("an illegal memory access")
            return super().time(run, calls, cold)

    with pytest.raises(GpuLost) as lost:
        measure(Breaking(times={"dense": honest, "a": honest}), SMALL, 20, False)
    assert lost.value.kernel == "int8:a"


def test_a_new_process_is_this_program_with_further_arguments(monkeypatch):
    begun = []
    monkeypatch.setattr(measure_gpu.os, "execv", lambda *command: begun.append(command))
    measure_gpu._anew(["--quick", "--resume"])
    assert begun == [(sys.executable, [sys.executable, str(SCRIPT), "--quick", "--resume"])]


def test_an_interrupted_file_is_gone_on_with(tmp_path, capsys):
    whole = tmp_path / "whole.csv"
    assert measure_gpu.main([*ONE, "--dtypes", "fp16", "--out", str(whole)], Made()) == 0
    part = tmp_path / "own_gpu.csv"
    part.write_text("".join(whole.read_text().splitlines(keepends=True)[:4]))
    code, rows = run(tmp_path, Made(), *ONE, "--dtypes", "fp16", "--resume")
    assert (code, rows) == (0, written(whole))
    again, rows = run(tmp_path, gpu := Made(), *ONE, "--dtypes", "fp16", "--resume")
    assert (again, rows, len(gpu.timed)) == (0, written(whole), 1), "nothing is measured but that all kernels work"
    assert "6 of them are in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "arguments", "right"),
    [
        ("a,b\n1,2\n", (), "this program did not write it"),
        ("", ("--cold",), "it has rows of cache warm, and this is cold"),
        ("other", (), "it has rows of gpu NVIDIA H100 PCIe, and this is NVIDIA L4"),
    ],
)
def test_a_file_of_something_else_is_not_gone_on_with(tmp_path, capsys, content, arguments, right):
    out = tmp_path / "own_gpu.csv"
    run(tmp_path, Made(), *ONE, "--dtypes", "fp16")
    if content.startswith("a,"):
        out.write_text(content)
    before = out.read_text()
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path, Made(name="NVIDIA L4" if content == "other" else "NVIDIA H100 PCIe"), "--resume", *arguments)
    assert stopped.value.code == 2
    assert out.read_text() == before
    assert right in capsys.readouterr().err


def test_a_kernel_that_takes_absurdly_long_for_a_small_product_is_left_out(tmp_path, capsys):
    slow = {"dense": honest, "a": lambda _: 200_000.0, "b": honest}
    code, rows = run(tmp_path, gpu := Made(times=slow), *ONE, "--dtypes", "fp16")
    assert (code, {row["backend"] for row in rows}) == (0, {"b"})
    assert "fp16: without a: takes 200 ms for fp16 M=256 N=1024 K=1024" in capsys.readouterr().err
    assert [calls for name, calls in gpu.timed if name == "a"] == [1]
    (tmp_path / "own_gpu.csv").unlink()
    assert run(tmp_path, Made(times={"dense": honest, "a": slow["a"]}))[0] == 2, "nothing else is there"


def test_a_kernel_far_behind_the_fastest_is_not_sampled():
    times = {"dense": lambda _: 100.0, "a": lambda _: 70.0, "b": lambda _: 130.0, "c": lambda _: 150.0}
    gpu = Made(times=times)
    assert measure(gpu, SMALL, 20, False).backend == "a"
    assert Counter(name for name, _ in gpu.timed) == {"dense": 22, "a": 22, "b": 22, "c": 2}


def test_types_and_kernels_that_do_not_work_are_said_once_and_not_tried_again(tmp_path, capsys):
    refusal = {"cutlass": lambda _: RuntimeError("only 8.x")}
    refusal["cusparselt"] = lambda product: RuntimeError("not supported") if product.dtype == "bf16" else None
    times = {"dense": honest, "cusparselt": honest, "cutlass": honest}
    gpu = Made(times=times, fails=refusal, lacks={"fp8": "FP8 needs 8.9"})
    code, rows = run(tmp_path, gpu, *ONE)
    assert code == 0
    assert {row["dtype"] for row in rows} == {"fp16", "int8"}
    assert {row["note"] for row in rows} == {""}
    said = capsys.readouterr().err
    assert "fp8: skipped: FP8 needs 8.9" in said
    assert "bf16: skipped: cusparselt: not supported; cutlass: only 8.x" in said
    assert said.count("only 8.x") == 3


def test_a_gpu_on_which_no_24_kernel_works_is_nothing_to_measure_with(tmp_path, capsys):
    gpu = Made(fails={"cusparselt": lambda _: RuntimeError("cuSPARSELt not supported on your machine.")})
    assert run(tmp_path, gpu) == (2, None)
    assert "cuSPARSELt not supported" in capsys.readouterr().err


def test_a_file_that_is_there_is_not_overwritten(tmp_path, capsys):
    (tmp_path / "own_gpu.csv").write_text("mine")
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path, Made())
    assert stopped.value.code == 2
    assert (tmp_path / "own_gpu.csv").read_text() == "mine"
    assert "--out" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path, capsys):
    gpu = Made()
    with pytest.raises(SystemExit) as stopped:
        measure_gpu.main(["--out", str(tmp_path / "none" / "own.csv")], gpu)
    assert (stopped.value.code, gpu.timed) == (2, [])
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "right"),
    [
        (("--shapes", "4096"), "such as 4096,14336"),
        (("--shapes", "4096,14338"), "a multiple of 4"),
        (("--shapes", ""), "such as 4096,14336"),
        (("--models", "GPT-5"), "Llama3.1-8B"),
        (("--tokens", "0"), "such as 1,64,4096"),
        (("--dtypes", "fp4"), "fp16, bf16, int8, fp8"),
        (("--samples", "5"), "at least 20"),
    ],
)
def test_an_argument_that_is_wrong_is_refused_with_what_would_be_right(tmp_path, capsys, arguments, right):
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path, Made(), *arguments)
    assert stopped.value.code == 2
    assert right in capsys.readouterr().err


# --- names of devices ---

NAMES = {
    "NVIDIA A100 80GB PCIe": "a100-pcie",
    "NVIDIA A100-SXM4-80GB": "a100-80gb",
    "NVIDIA A100-SXM4-40GB": "a100-40gb",
    "NVIDIA H100 PCIe": "h100-pcie",
    "NVIDIA H100 80GB HBM3": "h100-sxm",
    "NVIDIA H200": "h200",
    "NVIDIA B200": "b200",
    "NVIDIA B300 SXM6 AC": "b300",
    "NVIDIA GB200": "gb200",
    "NVIDIA GB10": "gb10",
    "NVIDIA L40S": "l40s",
    "NVIDIA L4": "l4",
    "NVIDIA A40": "a40",
    "NVIDIA A10": "a10",
    "NVIDIA RTX PRO 6000 Blackwell Workstation Edition": "rtx-pro-6000",
    "NVIDIA GeForce RTX 5090": "rtx-5090",
    "NVIDIA GeForce RTX 5080": "rtx-5080",
    "NVIDIA GeForce RTX 4090": "rtx-4090",
    "NVIDIA GeForce RTX 3090": "rtx-3090",
    "NVIDIA GeForce RTX 3090 Ti": "rtx-3090-ti",
    "NVIDIA GeForce RTX 4070 Ti SUPER": "rtx-4070-ti-super",
    "NVIDIA GeForce RTX 4090 Laptop GPU": "rtx-4090-laptop",
    "NVIDIA GeForce RTX 5090 Laptop GPU": "rtx-5090-laptop",
    "NVIDIA RTX 6000 Ada Generation": "rtx-6000-ada",
    "NVIDIA RTX A6000": "rtx-a6000",
    "NVIDIA A10G": "a10g",
    "NVIDIA H100 NVL": "h100-nvl",
    "NVIDIA H200 NVL": "h200-nvl",
    "NVIDIA H20": "h20",
    "NVIDIA GB300": "gb300",
    "Tesla T4": "t4",
    "AMD Instinct MI300X": "mi300x",
}

STRANGERS = (
    "NVIDIA A100-PCIE-40GB",
    "NVIDIA A100-SXM4-80GB MIG 3g.40gb",
    "NVIDIA GH200 480GB",
    "NVIDIA RTX PRO 6000 Blackwell Server Edition",
    "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
    "NVIDIA GeForce RTX 4090 D",
)


@pytest.mark.parametrize("text", NAMES)
def test_the_driver_s_name_finds_the_device(text):
    assert named(measure_gpu.device_name(text)).key == NAMES[text]


@pytest.mark.parametrize("text", STRANGERS)
def test_another_board_of_the_same_name_finds_none(text):
    assert named(measure_gpu.device_name(text)) is None


def test_every_nvidia_device_whose_2_to_4_was_timed_has_a_driver_s_name_here():
    timed = {
        each.key
        for each in devices()
        if each.maker == "nvidia" and any(peak.evidence == "measured" for peak in each.peaks.values())
    }
    assert timed <= set(NAMES.values())


# --- the clock, on a made-up queue ---


class Queue:
    """A host that launches and a GPU that works off what was launched, in microseconds; `_sleep` at 1.6 GHz."""

    def __init__(self, host_us, gpu_us, waits=False):
        self.host_us, self.gpu_us, self.waits = host_us, gpu_us, waits
        self.host = self.gpu = 0.0
        self.flushed = 0

    def flush(self):
        self.flushed += 1
        self._work(50)

    def _work(self, us):
        self.gpu = max(self.gpu, self.host) + us

    def _sleep(self, cycles):
        self._work(cycles / 1600)

    def run(self):
        self.host += self.host_us
        self._work(self.gpu_us)
        if self.waits:
            self.synchronize()

    def synchronize(self):
        self.host = max(self.host, self.gpu)

    def Event(self, enable_timing):  # noqa: N802 - PyTorch's name
        assert enable_timing
        queue = self

        class Event:
            def record(self):
                self.at = max(queue.gpu, queue.host)

            def query(self):
                return self.at <= queue.host

            def elapsed_time(self, end):
                return (end.at - self.at) / 1e3

        return Event()


def clocked(queue, calls=64, cold=False):
    kinds = dict.fromkeys(("float16", "bfloat16", "int8", "int32"))
    torch = SimpleNamespace(**kinds, cuda=queue, version=SimpleNamespace(hip=None))
    gpu = TorchGpu(torch, "made up", (9, 0), 1 << 20)
    gpu._flushed = SimpleNamespace(zero_=queue.flush)
    return gpu.time(queue.run, calls, cold)


@pytest.mark.parametrize("cold", [False, True])
@pytest.mark.parametrize("host_us", [5, 60, 300, 1200, 3000])
def test_a_host_slower_than_the_gpu_is_not_in_the_time(host_us, cold):
    assert clocked(Queue(host_us, 10), cold=cold) == (pytest.approx(10), True)


@pytest.mark.parametrize(("cold", "flushes"), [(True, 16), (False, 0)])
def test_l2_is_flushed_before_every_product_where_they_shall_be_cold(cold, flushes):
    queue = Queue(1, 10)
    assert clocked(queue, calls=16, cold=cold).us == pytest.approx(10)
    assert queue.flushed == flushes


def test_a_kernel_that_makes_the_host_wait_is_told_apart():
    timing = clocked(Queue(40, 10, waits=True))
    assert not timing.alone
    assert timing.us == pytest.approx(50 - 40 / 16), "16 calls, the first of which was launched before"


# --- without a GPU, as a user would see it ---

WITHOUT_CUDA = """
__version__ = "2.13.0"
class cuda:
    is_available = staticmethod(lambda: False)
"""
TURING = """
from types import SimpleNamespace
__version__ = "2.13.0"
class cuda:
    is_available = staticmethod(lambda: True)
    get_device_properties = staticmethod(lambda at: SimpleNamespace(name="Tesla T4", major=7, minor=5))
"""


@pytest.mark.parametrize(
    ("torch", "said"),
    [
        ("raise ImportError('No module named torch')", "PyTorch with CUDA is needed"),
        ("raise OSError('libcudart.so is missing')", "libcudart.so is missing"),
        (WITHOUT_CUDA, "sees no CUDA GPU"),
        (TURING, "Tesla T4 has compute capability 7.5. 2:4 needs 8.0"),
    ],
)
def test_nothing_to_measure_with_is_said_and_ends_with_2(tmp_path, torch, said):
    (tmp_path / "torch.py").write_text(torch)
    copy = tmp_path / "measure_gpu.py"
    copy.write_bytes(SCRIPT.read_bytes())
    ended = subprocess.run([sys.executable, copy, "--quick"], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "own_gpu.csv").exists()
