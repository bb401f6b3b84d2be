"""Every field of the pruning page at once over extreme and contradictory values: a message or an answer, never an
exception, and no answer that is no number.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from math import inf

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.inputs import STRUCTURES
from app.calculators.pruning.model.architecture import presets
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.speed import timings
from app.calculators.pruning.speed.devices import Device, devices
from app.page import rendering
from app.vocabulary.calculator import Invalid, Reading, read
from tests import depth, reading

Raw = dict[str, str]

SHARES = ("0", "0%", "100%", "50%", "1", "0.999999999", "99.9999999%", "0.000001", "1e-15", "1e-9", "1e-16", "5e-324")
TOKENS = ("1", "2", "2048", "1e8", "0", "1e9")
SIZES = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 1}
MODELS = (
    *(model.name for model in presets()),
    *("1", "2", "7B", "1e15", "1000T", "0", "1.5"),
    json.dumps(SIZES | {"model_type": "llama"}),
    json.dumps(SIZES | {"model_type": "mixtral", "num_local_experts": 4, "num_experts_per_tok": 2}),
)
KEPT = ("all", "all", "all", "1", "2", "8", "50%", "1e-300", "5e-324", "99.9999999%", "1e9")
POOLS: dict[str, tuple[str, ...]] = {
    "params": MODELS,
    "structure": tuple(choice.value for choice in STRUCTURES),
    "sparsity": SHARES,
    "prunable": ("auto", *SHARES),
    "pattern": ("1:2", "2:4", "4:8", "6:8", "1:999", "998:999", "8:4"),
    "memory": ("auto", "1 B", "2 B", "0.000001", "80 GB", "1000 TB", "0", "1e-300"),
    "batch": ("1", "8", "1e6", "1e7"),
    "prompt": TOKENS,
    "output": TOKENS,
    "context": ("auto", *TOKENS),
    "overhead": ("10%", "0", "0%", "100%", "99.9999999%", "1 B", "1000 TB", "5e-324"),
    "devices": ("1", "1", "2", "7", "1024"),
    "bandwidth": ("auto", "auto", "1", "1e6", "5e-324"),
    "tflops": ("auto", "auto", "0.001", "1e6", "1e308"),
    "tflops8": ("auto", "auto", "0.001", "1e6"),
    "price": ("none", "$2.50", "0", "1e6", "5e-324", "0.004 EUR", "€1e-9", "nan"),
    "load": ("auto", "auto", "0", "20", "1e12", "5e-324", "2M/day", "1/month"),
    "training": ("auto", "none", "13B", "1e15", "1", "2000 h", "1e9 h", "0 h"),
    "training_price": ("auto", "auto", "0", "1e6", "3 EUR", "€2"),
    **dict.fromkeys(("layers", "heads", "ffn", "hidden", "experts"), KEPT),
}
NO_NUMBER = re.compile(r"\b(?:nan|inf|infinity)\b", re.IGNORECASE)


def drawn(chance: random.Random) -> Raw:
    """Values of all fields: of half of them the defaults, and mostly such as the field takes by itself."""
    machine = chance.choice(devices())
    pools = POOLS | {
        field.name: tuple(each.value for each in field.choices) for field in CALCULATOR.fields if field.choices
    }
    pools |= {"device": (machine.key,), "timings": ("none", line(chance, machine), file(chance, machine))}
    share = chance.choice([0.3, 0.6, 1.0])
    raw = {name: chance.choice(pool) for name, pool in pools.items() if chance.random() < share}
    if chance.random() < 0.9:
        for name in read(CALCULATOR, raw).messages:
            del raw[name]
    return raw


def line(chance: random.Random, machine: Device) -> str:
    """Timings as the page writes them, at the ends of what can be and beyond."""
    of = chance.sample(timings.TYPES, chance.randint(1, 4))
    beyond = ("5e-324", "0", "-1", "nan", "1e308") if chance.random() < 0.1 else ()
    ends = [(f"{least:.15g}", f"{most:.15g}", *beyond) for least, most, _ in timings.BOUNDS]
    ends[0] = ("0.001", "1", "100", "900", *beyond)
    return f"{machine.name}: " + "; ".join(f"{each} {' '.join(map(chance.choice, ends))}" for each in of)


def file(chance: random.Random, machine: Device) -> str:
    """What the page makes of a file of timings: all equal, absurd, or contradictory; none where it refuses the file."""
    times = ("0.001", "1", "5.7", "100", "1e9", "5e-324")
    sizes = ("512", "4096", "1e8")
    rows = [
        [
            "bf16",
            chance.choice(("1", "4096", "1e8")),
            *(chance.choice(sizes) for _ in range(2)),
            *[chance.choice(times)] * 2,
        ]
        for _ in range(chance.choice([1, 1, 3, 12]))
    ]
    text = "".join(f"{machine.name},{','.join(row)}\n" for row in rows * 12)
    try:
        return timings.take(f"{','.join(timings.NEEDED)}\n{text}")
    except Invalid:
        return "none"


def wrong(raw: Raw) -> list[str]:
    """What is wrong with the answer to these inputs, all of it rendered and made."""
    found = read(CALCULATOR, raw)
    regions = rendering.regions(CALCULATOR, raw)
    told = {
        name: html for name, html in regions.items() if not name.startswith("field-")
    }  # what was typed is no answer
    figures = reading.read("".join(told.values())).figures
    if found.messages:
        return [f"a figure beside a message: {figure}" for figure in figures if figure]
    return [
        *(f"no number in {name}" for name, html in told.items() if NO_NUMBER.search(html)),
        *(["a figure is not known"] if "" in figures else []),
        *unsound(found.result),
        *unmade(found),
    ]


def unsound(result: Result) -> Iterator[str]:
    """What cannot be of the options."""
    for each in result.options:
        speeds = [each.prefill, each.decode, *(span for span in each.served or () if span)]
        if not all(0 < span.low <= span.likely <= span.high < inf for span in speeds):
            yield f"{each.key}: low, likely and high are {speeds}"
        yield from (f"{each.key}: {words}" for words, kept in kept_by(each) if not kept)


def kept_by(each: Option) -> Iterator[tuple[str, bool]]:
    """Claims about an option, and whether they hold."""
    params = each.remaining_params + each.removed_params
    yield "parameters are neither left nor removed", 0 <= each.remaining_params <= params * (1 + 1e-12) < inf
    yield "a share of parameters is none", 0 <= each.sparsity <= 1
    yield "more is executed than dense", 0 <= each.executed_flops <= each.dense_flops * (1 + 1e-9) < inf
    yield "more is there on paper than is executed", 0 <= each.paper_flops <= each.executed_flops * (1 + 1e-9)
    yield "bytes are none", 0 <= each.disk_bytes < inf and 0 <= each.device_bytes < inf
    yield "what is needed is less than its parts", each.device_bytes <= each.fit.needed < inf


def unmade(found: Reading) -> Iterator[str]:
    """Files that cannot be made, and do not say why."""
    for each in rendering.downloads(CALCULATOR, found).values():
        try:
            made = each.make() if each.make else "{}"
        except Invalid:
            continue
        if NO_NUMBER.search(made):
            yield f"no number in {each.filename}"


def test_any_inputs_at_once_get_an_answer_or_a_message() -> None:
    chance = random.Random("extremes of pruning")
    for _ in range(depth.cases(100, 3000)):
        raw = drawn(chance)
        assert not wrong(raw), raw


H100 = {"device": "h100-sxm", "structure": "2:4"}
FOUND: list[tuple[Raw, Raw]] = [
    (H100 | {"timings": "H100 SXM 80GB: bf16 5e-324 3000 1.6 1 8 0"}, {"timings": "“5e-324” TFLOPS"}),
    (H100 | {"timings": "H100 SXM 80GB: bf16 900 5e-324 1.6 1 8 0"}, {"timings": "“5e-324” GB/s"}),
    (H100 | {"timings": "H100 SXM 80GB: bf16 900 3000 5e-324 1 8 0"}, {"timings": "“5e-324” times the speed with 2:4"}),
    (H100 | {"timings": "H100 SXM 80GB: bf16 900 3000 10 1 8 0"}, {"timings": "between 0.5 and 2.3"}),
    (H100 | {"timings": "H100 SXM 80GB: int8 900 3000 1.6 5e-324 8 0"}, {"timings": "times the use of memory"}),
    (H100 | {"timings": "H100 SXM 80GB: bf16 900 3000 1.6 1 0.4 0"}, {"timings": "“0.4” products"}),
    (H100 | {"timings": "H100 SXM 80GB: bf16 1e6 3000 1.6 1 8 0"}, {"timings": "its peak is 989.4"}),
    (H100 | {"timings": "H100 SXM 80GB: bf16 900 3000 1.6 1 8 0", "tflops": "0.001"}, {"timings": "its peak is 0.001"}),
    (H100 | {"timings": "H100 SXM 80GB: bf16 0.001 1 0.5 0.3 1 10", "batch": "1e6", "prompt": "1e8"}, {}),
    ({"memory": "1e-300", "overhead": "99.9999999%"}, {"memory": "at least 1"}),
    ({"memory": "0"}, {"memory": "at least 1"}),
    ({"params": "1e15", "memory": "1 B", "overhead": "99.9999999%", "batch": "1e6", "context": "1e8"}, {}),
    (
        {"params": "Phi-4", "structure": "2:4", "prunable": "5e-324", "formulas": "on"},
        {"prunable": "not one parameter"},
    ),
    ({"sparsity": "5e-324", "structure": "structured"}, {"sparsity": "not one parameter"}),
    ({"params": "1", "sparsity": "1e-15", "prunable": "1e-15", "formulas": "on"}, {}),
]
"""Inputs that raised or were answered wrongly, and what their messages say now; none where there is an answer."""


@pytest.mark.parametrize(("raw", "said"), FOUND)
def test_inputs_that_once_raised_get_an_answer_or_say_what_would_be_right(raw: Raw, said: Raw) -> None:
    messages = read(CALCULATOR, raw).messages
    assert messages.keys() == said.keys()
    for field, part in said.items():
        assert part in messages[field]
    assert not wrong(raw)


HEAD = ",".join(timings.NEEDED) + "\n"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            "X,bf16,64,4096,4096,5e-324,5e-324",
            "Row 2, dense_us: “5e-324” is not a number between 0.001 and 1,000,000,000",
        ),
        ("X,bf16,64,4096,4096,10,0", "Row 2, sp24_us: “0”"),
        ("X,bf16,1e11,4096,4096,10,9", "Row 2, M: “1e11” is not a number between 1 and 100,000,000"),
        ("X,bf16,1e8,1e8,1e8,1,1", "TFLOPS"),
        ("X,bf16,1,512,512,1e9,1e9", "TFLOPS"),
    ],
)
def test_a_file_of_times_that_cannot_be_is_refused(row: str, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        timings.take(HEAD + f"{row}\n" * 20)
    assert says in str(refused.value)


@pytest.mark.parametrize("sparse_us", ["20", "10", "5"])
def test_products_that_all_say_the_same_are_met(sparse_us: str) -> None:
    line = timings.take(HEAD + f"RTX 4090,bf16,4096,4096,4096,1000,{1000 * float(sparse_us) / 10}\n" * 20)
    assert not wrong({"device": "rtx-4090", "structure": "2:4", "timings": line})


@pytest.mark.parametrize("name", ["params", "device"])
@pytest.mark.parametrize("text", ["1-" * 50_000, "7b " * 40_000, "a100 " * 20_000, "8x" * 50_000, "(" * 100_000])
def test_a_long_name_is_refused_before_it_is_looked_for(name: str, text: str) -> None:
    raw = CALCULATOR.defaults | {name: text}
    before = time.process_time()
    assert name in read(CALCULATOR, raw)[2]
    assert time.process_time() - before < 1.0
