"""Claims about the verdict: what is good and bad of an option, and which other one is better."""

from __future__ import annotations

import csv
import random
import time
from collections.abc import Iterator
from functools import cache
from typing import get_args

import pytest

from app.calculators.pruning.decide import Decision, decide, judge, usable
from app.calculators.pruning.goal import met
from app.calculators.pruning.model.architecture import Model, bare, preset
from app.calculators.pruning.model.cuts import Amount, Keep
from app.calculators.pruning.model.memory import Overhead
from app.calculators.pruning.model.storage import NM
from app.calculators.pruning.options import Option, Result, compute
from app.calculators.pruning.quality import covered, nearest_quality
from app.calculators.pruning.question import Goal, GoalKind, Quantize, Question
from app.calculators.pruning.speed.devices import Device, device
from app.calculators.pruning.speed.evidence.quality import harmless_up_to, nearest, quality
from app.calculators.pruning.speed.run import Workload
from tests import depth
from tests.unit.calculators.pruning.speed.test_bounds import questions
from tools.paths import ROOT


def machine(key: str) -> Device:
    found = device(key)
    assert found is not None
    return found


def model(name: str) -> Model:
    found = preset(name)
    assert found is not None
    return found


def ask(name: str = "Llama-3.1-8B", structure: str = "unstructured", key: str = "h100-sxm", **more: object) -> Result:
    asked = model(name)
    sparsity = more.pop("sparsity", 0.5)
    return compute(Question(asked, sparsity, structure, "bf16", asked.prunable, machine(key))._replace(**more))  # type: ignore[arg-type]


def verdict(*args: str, **more: object) -> Decision:
    return decide(ask(*args, **more))


# --- what no state may break ---


@cache
def one_shot() -> dict[tuple[str, str], list[float]]:
    """The published sparsities without training afterwards, by option and kind of model, as the file has them."""
    found: dict[tuple[str, str], list[float]] = {}
    with (ROOT / "app/calculators/pruning/data/quality.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_pattern = {"2:4": "0.5", "n:m": "0.5" if row["pattern"] == "4:8" else "0.25"}
            share = "" if row["pattern"] == "hybrid" else row["sparsity"] or by_pattern.get(row["option"], "")
            if row["retrained"] != "yes" and share:
                found.setdefault((row["option"], row["kind"] or "decoder"), []).append(float(share))
    return found


def states(number: int) -> Iterator[Question]:
    """So many questions, of every option and of every goal."""
    chance = random.Random(20)
    for at, question in enumerate(questions(number)):
        goal = Goal(chance.choice(get_args(GoalKind))) if at % 3 == 0 else None
        dense = question._replace(structure="dense") if at % 7 == 0 else question
        yield dense._replace(quantize=chance.choice(get_args(Quantize)), goal=goal)


def wrong(result: Result) -> list[str]:
    """What a recommendation must not be."""
    found = decide(result)
    better, chosen, told = found.better, found.chosen, []
    for each in (better, found.fastest, found.smallest):
        if each and each.fit.memory and each.fit.each > each.fit.memory:
            told.append(f"{each.key} does not fit")
        if each and not {"runs", "partial"} & {row.status for row in each.runs_on}:
            told.append(f"nothing runs {each.key}")
    if better is None:
        return told
    if found.why == "faster" and better.served and chosen.served:
        if better.served.request_us.likely * 1.01 > chosen.served.request_us.likely:
            told.append(f"{better.key} is no faster")
    elif found.why == "faster":
        if better.prefill.likely < chosen.prefill.likely or better.decode.likely < chosen.decode.likely:
            told.append(f"{better.key} is slower in a phase")
    elif found.why == "goal":
        assert found.target
        if (found.goal_met and usable(chosen)) or not met(better, result.question, found.target):
            told.append(f"{better.key} does not answer the goal")
    elif not (chosen.fit.memory and chosen.fit.each > chosen.fit.memory) and any(
        row.status in ("runs", "partial", "no gain") for row in chosen.runs_on
    ):
        told.append(f"{better.key} for one that can be used")
    if better.key not in ("dense", "int8", "fp8", "int4") and better.removed_params:
        most = max(one_shot().get((better.key, result.question.model.kind), [0.0]))
        if better.sparsity > most or "+" in better.key:
            told.append(f"{better.key} at {better.sparsity} is beyond what was published")
    return told


@pytest.mark.deep
def test_no_state_is_told_to_take_what_is_no_better() -> None:
    faults, better, number = [], 0, depth.cases(1_000, 20_000)
    for question in states(number):
        result = compute(question)
        found = wrong(result)
        if found:
            faults.append(f"{question.model.name}, {question.device.key}, {question.structure}: {found}")
        better += decide(result).better is not None
    assert not faults, "\n".join(faults[:20])
    assert better > number / 4  # the claim is not empty


def test_the_best_are_the_best_of_those_that_fit_and_run() -> None:
    for question in questions(200):
        result = compute(question)
        found = decide(result)
        able = [
            each
            for each in result.options
            if (each.fit.memory is None or each.fit.fits) and {"runs", "partial"} & {row.status for row in each.runs_on}
        ]
        assert (found.fastest is None) == (not able) == (found.smallest is None)
        for each in able:
            assert found.smallest and found.smallest.fit.needed <= each.fit.needed
            if each.served:
                assert found.fastest and found.fastest.served
                assert found.fastest.served.request_us.likely <= each.served.request_us.likely


# --- its edges, by name ---


def test_another_choice_than_the_better_one_leads_back_to_it() -> None:
    found = verdict("Llama-3.1-70B", "2:4", "a100-80gb", devices=2, workload=Workload(2048, 32, 2304))
    assert (found.better and found.better.key, found.why, found.baseline_fits) == ("int8", "faster", False)


def test_what_does_not_fit_is_answered_with_what_does() -> None:
    found = verdict("Llama-3.1-70B", "2:4", "h100-sxm")
    assert found.judged.memory == ("bad", "too big")
    assert (found.better and found.better.key, found.why) == ("int4", "fits")


def test_where_nothing_fits_nothing_is_better() -> None:
    found = verdict("Llama-3.1-70B", "2:4", "t4")
    assert (found.better, found.why, found.fastest, found.smallest) == (None, "none fits", None, None)


def test_only_the_dense_model_is_given_where_it_alone_can_be_used() -> None:
    # INT4 with 2:4 runs nowhere; all is dense on a device whose overhead leaves room for 16 bits and no type is faster
    result = ask("Llama-3.1-8B", "2:4", "h100-sxm")
    dense, pattern = result.dense, next(each for each in result.options if each.key == "int4+2:4")
    found = decide(result._replace(options=(dense, pattern), chosen=pattern))
    assert (found.better, found.why) == (dense, "runs")


def test_memory_that_is_not_known_excludes_nothing() -> None:
    asked = ask("Llama-3.1-70B", "2:4", "other-datacenter")
    assert asked.dense.fit.memory is None
    found = decide(asked)
    assert found.judged.memory == ("unknown", "not known")
    assert found.baseline_fits is None
    assert found.better is not None


def within(result: Result, *keys: str) -> Decision:
    """The verdict with these options alone, the first of them chosen."""
    options = {each.key: each for each in result.options}
    return decide(result._replace(options=tuple(options[key] for key in keys), chosen=options[keys[0]]))


def slowed(option: Option, by: float) -> Option:
    """The option, its request in `by` times the time."""
    served = option.served
    assert served is not None
    times = served.request_us._replace(likely=served.request_us.likely * by)
    return option._replace(served=served._replace(request_us=times, speedup=served.speedup._replace(likely=1.0 / by)))


@pytest.mark.parametrize(("by", "why"), [(1.03, "faster"), (1.01, "close"), (1.0, "fastest"), (0.9, "fastest")])
def test_less_than_two_percent_is_not_faster(by: float, why: str) -> None:
    result = ask("Llama-3.1-8B", "2:4")
    dense, int8 = result.dense, next(each for each in result.options if each.key == "int8")
    same = int8._replace(served=dense.served)
    found = decide(result._replace(options=(dense, same), chosen=slowed(dense, by)))
    assert found.why == why
    assert (found.better is not None) == (why == "faster")


def test_a_cut_beyond_what_was_published_is_not_given_though_it_is_faster() -> None:
    result = ask("Llama-3.1-8B", "unstructured", sparsity=0.9)
    assert within(result, "unstructured", "dense", "structured").why == "beyond published"
    result = ask("OPT-13B", "unstructured", sparsity=0.2)
    assert within(result, "unstructured", "dense", "structured").why == "faster"


def test_pruning_then_quantization_is_never_given() -> None:
    result = ask("OPT-13B", "unstructured", sparsity=0.1)  # nobody has published both together
    assert within(result, "unstructured", "dense", "structured+int4").why == "beyond published"


def test_zeros_that_gain_nothing_are_said_to_be_as_dense() -> None:
    assert within(ask(), "unstructured", "dense").why == "as dense"


def test_without_times_the_phases_decide() -> None:
    result = ask("Llama-3.1-8B", "unstructured", "cpu")
    assert result.chosen.served is None
    found = decide(result)
    assert found.better is not None
    assert found.better.decode.likely > result.chosen.decode.likely
    slower = found.better._replace(prefill=found.better.prefill._replace(likely=0.5))
    assert decide(result._replace(options=(result.dense, slower, result.chosen))).better is None


# --- the lines ---


@pytest.mark.parametrize(
    ("asked", "line", "sign", "why"),
    [
        ({"structure": "2:4"}, "memory", "good", "saves"),
        ({"structure": "unstructured"}, "memory", "mixed", "same"),
        (
            {"name": "Llama-3.1-70B", "structure": "2:4", "devices": 2, "memory": 60e9},
            "memory",
            "good",
            "dense does not",
        ),
        ({"structure": "unstructured"}, "speed", "bad", "same"),
        ({"structure": "structured"}, "speed", "good", "faster"),
        ({"structure": "2:4", "workload": Workload(4096, 16, 4096), "output": 1}, "speed", "good", "faster"),
        ({"structure": "2:4", "key": "other-datacenter"}, "speed", "unknown", "not known"),
        ({"structure": "structured", "sparsity": 0.0}, "quality", "good", "unchanged"),
        ({"structure": "2:4"}, "quality", "bad", "much"),  # Wanda++: 6.39 to 24.83
        ({"structure": "unstructured", "sparsity": 0.9}, "quality", "bad", "much"),
        ({"name": "OPT-13B", "structure": "structured", "sparsity": 0.1}, "quality", "good", "little"),
        ({"structure": "structured", "sparsity": 0.3}, "quality", "mixed", "others lost more"),
        ({"name": "BERT-base-uncased", "structure": "structured"}, "quality", "unknown", "no figure"),
        ({"name": "ResNet-50", "structure": "2:4"}, "quality", "mixed", "after training"),
        (
            {"name": "OPT-13B", "structure": "structured", "sparsity": 0.1, "quantize": "4-bit"},
            "quality",
            "mixed",
            "not together",
        ),
        ({"structure": "structured"}, "software", "good", "runs"),
        ({"structure": "unstructured"}, "software", "bad", "research"),
        ({"structure": "2:4"}, "software", "good", "runs"),
        ({"structure": "2:4", "key": "v100"}, "software", "bad", "no gain"),
        ({"structure": "2:4", "key": "other-datacenter"}, "software", "mixed", "depends"),
        ({"structure": "n:m", "key": "tpu-v5e"}, "software", "unknown", "not known"),
    ],
)
def test_a_line_has_its_sign_and_its_reason(asked: dict[str, object], line: str, sign: str, why: str) -> None:
    assert getattr(verdict(**asked).judged, line) == (sign, why)  # type: ignore[arg-type]


def test_a_phase_that_loses_is_no_plain_gain() -> None:
    found = decide(within_of("int4", Workload(16_384, 8, 16_384), output=512))
    assert found.judged.speed == ("mixed", "prefill slower")


def within_of(key: str, workload: Workload, output: int) -> Result:
    """A result in which the option with that key is chosen."""
    result = ask(workload=workload, output=output)
    return result._replace(chosen=next(each for each in result.options if each.key == key))


def test_the_line_on_quality_is_the_first_row_of_the_table() -> None:
    for name in ("Llama-3.1-8B", "Qwen3-8B", "OPT-13B", "ResNet-50", "Qwen3-30B-A3B"):
        for sparsity in (0.1, 0.25, 0.5, 0.7, 0.9):
            for key in ("unstructured", "2:4", "n:m", "structured", "int8", "int4", "fp8"):
                for part in ("", "depth", "experts"):
                    table = quality(key, model(name), sparsity, NM(4, 8), 3, part)
                    assert nearest(key, model(name), sparsity, NM(4, 8), part) == (table[0] if table else None)


def test_a_cut_is_harmless_up_to_where_the_first_result_was_not() -> None:
    assert harmless_up_to("structured", model("OPT-13B")) == 0.2  # SliceGPT: OPT-125M at 25% rose by a third
    assert harmless_up_to("structured", model("Llama-3.1-8B")) == 0.1  # LLM-Pruner at 17.7% doubled it
    assert harmless_up_to("2:4", model("Llama-3.1-8B")) == 0.0
    assert harmless_up_to("structured", model("BERT-base-uncased")) == 0.0  # nothing published
    assert harmless_up_to("structured", model("Qwen3-30B-A3B"), part="experts") == 0.5  # REAP: 0.9672 to 0.9653


def test_a_cut_of_nothing_and_the_dense_model_lose_nothing() -> None:
    result = ask("Llama-3.1-8B", "structured", sparsity=0.0)
    assert nearest_quality(result.chosen, result.question) is None
    assert nearest_quality(result.dense, result.question) is None
    assert covered(result.chosen, result.question)


def test_a_model_that_is_not_known_is_judged_too() -> None:
    asked = bare(7_000_000_000)
    keep, overhead = Keep(), Overhead(of_device=0.1)
    question = Question(asked, 0.5, "2:4", "bf16", asked.prunable, machine("rtx-3090"), keep=keep, overhead=overhead)
    assert decide(compute(question)).judged.memory.sign == "good"


def test_an_exact_cut_of_layers_is_judged_by_what_was_published_of_layers() -> None:
    found = ask("Qwen3-8B", "structured", keep=Keep(layers=Amount(number=32)))
    quoted = nearest_quality(found.chosen, found.question)
    assert quoted is not None
    assert quoted.quality.pattern == "depth"


def test_a_verdict_and_the_lines_of_every_option_take_no_time() -> None:
    results = [compute(ask().question._replace(sparsity=0.3 + at / 1000)) for at in range(100)]
    decide(results.pop())  # what is read once
    began = time.perf_counter()
    for result in results:
        decide(result)
        for option in result.options:
            judge(option, result)
    assert (time.perf_counter() - began) / len(
        results
    ) < 0.005  # a third of a millisecond, on a machine that is not busy
