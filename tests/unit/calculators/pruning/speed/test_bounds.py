"""What no state may break: nothing is faster than the datasheet allows, whatever model, device, type and workload."""

from __future__ import annotations

import random
from itertools import islice, product

import pytest

from app.calculators.pruning.model.architecture import bare, preset, presets
from app.calculators.pruning.model.cuts import Amount, Keep
from app.calculators.pruning.model.storage import NM
from app.calculators.pruning.options import Option, Result, compute
from app.calculators.pruning.question import Question
from app.calculators.pruning.speed.devices import arithmetic, devices, run_by
from app.calculators.pruning.speed.engines import NAMES, engine
from app.calculators.pruning.speed.roofline import bound
from app.calculators.pruning.speed.run import Workload
from tests import depth

MODELS = (*presets(), bare(7_000_000_000), bare(400_000_000_000), bare(3_000_000))
STRUCTURES = ("unstructured", "2:4", "n:m", "structured")
TYPES = ("fp32", "fp16", "bf16", "fp8", "int8", "int4", "mxfp4", "nvfp4")
PROMPTS = (1, 64, 512, 2_048, 16_384, 131_072, 1_048_576)
BATCHES = (1, 8, 64, 256, 4_096)
ENGINES = tuple(NAMES)
SLACK = 1 + 1e-6  # times are rounded to millionths of a microsecond


def questions(number: int) -> list[Question]:
    """So many questions, the same ones each time: every device and every model among them, all else by chance."""
    chance = random.Random(16)
    places = list(product(devices(), TYPES))
    chance.shuffle(places)
    found = []
    for i in range(number):
        machine, dtype = places[i % len(places)]
        machine = run_by(machine, engine(ENGINES[i // 2 % len(ENGINES)]))
        model = MODELS[i % len(MODELS)]
        layers = model.shape.layers if model.shape else 0
        kept = Keep(layers=Amount(number=max(1, layers // 2))) if layers > 1 and i % 3 == 0 else Keep()
        found.append(
            Question(
                model,
                chance.choice((0.0, 0.25, 0.5, 0.9, 1.0)),
                chance.choice(STRUCTURES),
                dtype,
                model.prunable,
                machine,
                Workload(*map(chance.choice, (PROMPTS, BATCHES, PROMPTS, (8, 16)))),
                output=chance.choice((1, 256)),
                pattern=chance.choice((NM(1, 4), NM(4, 8), NM(6, 8))),
                keep=kept,
                devices=(1, 1, 2, 8, 64)[i % 5],
            )
        )
    return found


def research(option: Option) -> bool:
    """Whether the high end of an option is a kernel that engines do not run."""
    return option.key in ("unstructured", "n:m", "int4+2:4") or (option.key, option.dtype) == ("2:4", "int4")


def faults(question: Question) -> list[str]:
    """What is impossible in the answer to a question."""
    found, told = compute(question), []
    for option in found.options:
        for phase in ("prefill", "decode"):
            range_ = getattr(option, phase)
            if not 0 < range_.low <= range_.likely <= range_.high < float("inf"):
                told.append(f"{option.key} {phase}: {range_[:3]} is no range")
        told += too_fast(question, option)
        told += gains_too_much(question, found, option)
    return told


def too_fast(question: Question, option: Option) -> list[str]:
    """A time below what the operations that are executed, or the bytes that are read, take at the datasheet's peak, on
    all devices at once.
    """
    if option.served is None or question.device.bandwidth_gb_s is None or option.model.shape is None:
        return []
    how, wide = arithmetic(question.device, option.dtype), arithmetic(question.device, "fp16")
    if how is None or wide is None:
        return []
    # The zeros of 2:4 are not executed, at the rate of dense arithmetic; the high end of what is research skips them.
    number, executed = question.devices, (option.paper if research(option) else option.executed).prefill
    batch = question.workload.batch / number
    least = executed.blocks / (how.tflops * 1e6) + (executed.head + executed.attention) / (wide.tflops * 1e6)
    told = []
    if option.served.first_token_us.low * SLACK < least * batch:
        told.append(f"{option.key}: first token in {option.served.first_token_us.low:.0f} µs, not {least * batch:.0f}")
    if option.served.per_token_us and option.model.parts:
        read = 2.0 * option.model.parts.head_matrix
        if not research(option) and not option.model.shape.experts:
            read += option.device.pruned + option.device.linear
        moved = ((option.fit.cache or 0) + read) / (question.device.bandwidth_gb_s * 1e3) / number
        if option.served.per_token_us.low * SLACK < moved:
            told.append(f"{option.key}: a token in {option.served.per_token_us.low:.0f} µs, not {moved:.0f}")
    return told


def gains_too_much(question: Question, found: Result, option: Option) -> list[str]:
    """A gain beyond the operations or the bytes that are saved."""
    run = question.runs[0]
    if option.served is None or run.model.shape is None or bound(run) != "compute":
        return []
    if question.devices > 1:  # whole heads and channels: a cut may also share out more evenly
        return []
    dense = found.dense.executed.prefill
    executed = (option.paper if research(option) else option.executed).prefill
    how, was, wide = (arithmetic(question.device, each) for each in (option.dtype, question.dtype, "fp16"))
    if how is None or was is None or wide is None:
        return []

    def at_peak(blocks: float, rest: float, tflops: float) -> float:
        return blocks / tflops + rest / wide.tflops

    most = at_peak(dense.blocks, dense.head + dense.attention, was.tflops) / at_peak(
        executed.blocks, executed.head + executed.attention, how.tflops
    )
    # At the ridge of the roofline a pass waits for both, and fewer bytes help too; experts get there late.
    intense = question.workload.prefill_tokens * question.workload.batch > 4_096 and not run.model.shape.experts
    if intense and option.prefill.high > max(1.0, most) * 1.02:
        return [f"{option.key}: prefill {option.prefill.high:.3f}×, and at most {most:.3f}× of the operations are gone"]
    return []


@pytest.mark.deep
def test_nothing_is_faster_than_the_datasheet_allows() -> None:
    wrong = {}
    for i, question in enumerate(questions(depth.cases(800, 20_000))):
        found = faults(question)
        if found:
            where = question.model.name, question.device.key, question.dtype, question.structure, question.workload
            wrong[i] = f"{where}: {found}"
    assert not wrong, "\n".join(islice(wrong.values(), 20))


@pytest.mark.parametrize("name", ["Llama-3.1-8B", "Llama-2-7B", "Qwen3-32B", "OPT-13B", "BERT-base-uncased"])
@pytest.mark.parametrize("tokens", [2_048, 131_072])
def test_the_same_cut_written_in_two_ways_has_one_answer(name: str, tokens: int) -> None:
    model = preset(name)
    assert model is not None
    half = Amount(share=0.5)
    asked = Question(
        model, 0.5, "structured", "bf16", model.prunable, devices()[0], Workload(tokens, 1, tokens), keep=Keep()
    )
    shared, exact = (
        compute(each).chosen for each in (asked, asked._replace(keep=Keep(heads=half, ffn=half, multiple=1)))
    )
    for one, other in (
        (shared.device_bytes, exact.device_bytes),
        (shared.fit.needed, exact.fit.needed),
        (shared.executed.prefill.total, exact.executed.prefill.total),
        (shared.prefill.likely, exact.prefill.likely),
        (shared.decode.likely, exact.decode.likely),
    ):
        assert one == pytest.approx(other, rel=2e-3)  # biases of what is cut go with the exact one alone
