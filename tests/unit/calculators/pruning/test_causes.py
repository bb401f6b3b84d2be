"""Why a pruned model is not smaller or faster: each cause is named where it applies, and not where it does not."""

from __future__ import annotations

import json
import random
from urllib.parse import quote

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.causes import CONDITIONS, Cause, Check, causes
from app.calculators.pruning.data.tables import rows
from app.page import rendering
from app.vocabulary import link
from app.vocabulary.calculator import read
from tests import depth
from tests.unit.calculators.pruning import test_extremes as extremes


def found(fragment: str, **typed: str) -> dict[str, Cause]:
    """The causes by key, for the inputs that a link has."""
    raw = CALCULATOR.defaults | link.read(f"#pruning?{fragment}")[1] | typed
    values, result, messages = read(CALCULATOR, raw)
    assert not messages
    return {
        each.key: each for each in causes(result, Check(*(values[name] for name in ("observed", "stored", "runs"))))
    }


def llama(**other: int) -> str:
    """The link of a config of Llama-2-7B, but for `other` sizes."""
    sizes = {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32}
    return f"params={quote(json.dumps({'model_type': 'llama', 'vocab_size': 32000, **sizes, **other}))}"


_24 = "structure=2:4"
_CUT = "structure=structured"
_4_BIT = "structure=dense&quantize=4-bit"
_8_BIT = "structure=dense&quantize=8-bit"

CASES = {
    "zeros-in-dense-file": ("stored=dense", f"{_CUT}&stored=dense"),
    "mask-kept": ("stored=mask", "stored=dense"),
    "channels-only-zeroed": (f"{_CUT}&stored=mask", f"{_CUT}&stored=engine"),
    "compressed-writes-dense": ("stored=compressed", "stored=dense"),
    "rest-stays": ("params=Gemma-2-2B", "params=Llama-3.1-70B"),
    "rest-keeps-16-bits": (f"{_4_BIT}&params=Llama-3.1-8B", f"{_4_BIT}&params=Llama-3.1-8B&quantized=all"),
    "llama-cpp-stores-zeros": ("runs=llama.cpp", "runs=vllm"),
    "onnxruntime-multiplies-zeros": ("device=cpu&runs=onnxruntime", f"{_8_BIT}&device=cpu&runs=onnxruntime"),
    "cpu-has-no-sparse-engine": ("device=cpu", "device=h100-sxm"),
    "kernels-multiply-zeros": ("device=h100-sxm", _24),
    "pattern-has-no-hardware": ("structure=n:m&pattern=4:8", "structure=n:m&pattern=1:4"),
    "device-has-no-24": (f"{_24}&device=v100-sxm2", f"{_24}&device=a100-80gb"),
    "type-has-no-24": (f"{_24}&dtype=fp32", f"{_24}&dtype=bf16"),
    "vllm-removed-24": (f"{_24}&runs=vllm", f"{_24}&runs=tensorrt"),
    "not-converted": (f"{_24}&runs=pytorch", f"{_24}&runs=tensorrt"),
    "tensorrt-chose-dense": (f"{_24}&runs=tensorrt", f"{_24}&runs=pytorch"),
    "cusparselt-0-8-0": (f"{_24}&device=h100-sxm&runs=pytorch", f"{_24}&device=a100-80gb&runs=pytorch"),
    "few-tokens": (f"{_24}&batch=1", f"{_24}&batch=64"),
    "not-compiled": (f"{_24}&runs=pytorch", f"{_24}&runs=tensorrt"),
    "fp8-24-on-ada": (f"{_24}&dtype=fp8&device=rtx-4090", f"{_24}&dtype=fp8&device=h100-sxm"),
    "24-sizes": (f"{_24}&{llama(intermediate_size=11000)}", f"{_24}&{llama()}"),
    "odd-width": (f"{_CUT}&ffn=10001&multiple=8", f"{_CUT}&ffn=50%25&multiple=128"),
    "odd-head": (llama(head_dim=100), llama()),
    "same-experts-per-token": (
        f"{_CUT}&params=Qwen3-30B-A3B&experts=75%25&batch=1",
        f"{_CUT}&params=Qwen3-30B-A3B&experts=75%25&batch=128",
    ),
    "width-is-not-proportional": (f"{_CUT}&ffn=50%25", f"{_CUT}&layers=50%25"),
    "4-bit-prompts": (f"{_4_BIT}&prompt=8192", f"{_8_BIT}&prompt=8192"),
    "4-bit-many-requests": (f"{_4_BIT}&batch=8", f"{_4_BIT}&batch=1"),
    "no-arithmetic-in-type": (
        "structure=dense&dtype=fp8&device=a100-80gb",
        "structure=dense&dtype=fp8&device=h100-sxm",
    ),
    "bitsandbytes-8-bit": (f"{_8_BIT}&runs=pytorch", f"{_8_BIT}&runs=vllm"),
    "cpu-without-int8": (f"{_8_BIT}&device=cpu&runs=onnxruntime", f"{_8_BIT}&device=h100-sxm"),
    "zeros-were-lost": ("quantize=8-bit", "quantize=none"),
    "overhead-bound": (f"{_24}&params=BERT-base-uncased&prompt=16&batch=1", f"{_24}&prompt=8192"),
    "all-reduce": (
        f"{_8_BIT}&params=Llama-3.1-70B&device=l40s&devices=4",
        f"{_8_BIT}&params=Llama-3.1-70B&device=h200&devices=1",
    ),
    "rest-of-the-time": (f"{_24}&prompt=32768", f"{_24}&params=Llama-2-70B&prompt=512&batch=8"),
    "cache-dominates": ("batch=64&prompt=8192", "batch=1&prompt=2048"),
    "vllm-reserves": ("observed=memory&runs=vllm", "observed=memory&runs=pytorch"),
    "allocator-keeps": ("observed=memory&runs=pytorch", "observed=memory&runs=vllm"),
    "not-synchronized": ("observed=slower&runs=pytorch", "observed=slower&runs=vllm"),
}
"""By cause, a link where it applies and one where it does not."""


@pytest.mark.parametrize("key", CONDITIONS)
def test_a_cause_is_named_where_it_applies_and_nowhere_else(key: str) -> None:
    there, elsewhere = CASES[key]
    assert key in found(there)
    assert key not in found(elsewhere)


def test_every_cause_has_its_words_its_source_and_a_condition() -> None:
    listed = rows("causes.csv")
    assert [row["key"] for row in listed] == list(CONDITIONS) == list(dict.fromkeys(CASES))
    for row in listed:
        assert all(row[name].endswith((".", ")")) for name in ("wrong", "tell", "helps"))
        assert row["source"] and row["url"].startswith("https://") and row["locator"] and row["as_of"]
        assert set(row["explains"].split()) <= {"file", "memory", "speed", "slower"} != set()


@pytest.mark.parametrize(
    ("observed", "explained"), [("file", "file"), ("memory", "memory"), ("not-faster", "speed"), ("slower", "slower")]
)
def test_what_was_observed_is_explained_by_what_explains_it(observed: str, explained: str) -> None:
    explains = {row["key"]: row["explains"].split() for row in rows("causes.csv")}
    everything = found(f"{_24}&runs=pytorch&quantize=4-bit")
    some = found(f"{_24}&runs=pytorch&quantize=4-bit&observed={observed}")
    assert some
    assert all(explained in explains[key] for key in some)
    assert {key for key in everything if explained in explains[key]} <= set(some)


def test_what_applies_for_sure_comes_first() -> None:
    sure = [each.applies.sure for each in found(f"{_24}&observed=not-faster").values()]
    assert sorted(sure, reverse=True) == sure
    assert set(sure) == {True, False}


def test_nothing_is_named_where_nothing_was_done() -> None:
    assert not found("structure=dense")
    assert "None of the causes that are known here applies" in table("structure=dense")


def test_what_was_said_narrows_the_causes() -> None:
    # pytorch/tutorials 3236: BERT, 2:4, slower in PyTorch
    bert = f"{_24}&params=BERT-base-uncased&dtype=fp16&device=a10g&batch=64&prompt=128&observed=slower"
    assert "not-compiled" in found(f"{bert}&runs=pytorch")
    assert "not-compiled" not in found(f"{bert}&runs=tensorrt")
    # haochen-rye/NeRV 21: the file is bigger, because the mask is in it
    assert next(iter(found("observed=file&stored=mask"))) == "mask-kept"
    # TensorRT-LLM 1802, Model-Optimizer 1974: no gain at one request
    assert next(iter(found(f"{_24}&observed=not-faster&runs=tensorrt"))) == "tensorrt-chose-dense"
    # vllm 15204: the weights are smaller, and nvidia-smi says the same
    assert "vllm-reserves" in found("params=Qwen2.5-3B&structure=dense&quantize=4-bit&observed=memory&runs=vllm")


def table(fragment: str) -> str:
    """The HTML of the table."""
    return rendering.regions(CALCULATOR, CALCULATOR.defaults | link.read(f"#pruning?{fragment}")[1])["causes"]


def test_the_table_has_how_to_tell_what_helps_and_the_source() -> None:
    html = table("observed=file&stored=mask")
    assert "_mask" in html and "prune.remove" in html
    assert 'href="https://github.com/haochen-rye/NeRV/issues/21"' in html
    assert "Applies here" in html


def test_every_state_has_its_causes() -> None:
    chance = random.Random("causes")
    for _ in range(depth.cases(150, 2_000)):
        said = {
            name: chance.choice([each.value for each in field.choices])
            for field in CALCULATOR.fields
            if field.group == "check"
            for name in (field.name,)
        }
        values, result, _messages = read(CALCULATOR, CALCULATOR.defaults | extremes.drawn(chance) | said)
        for each in causes(result, Check(*(values[name] for name in ("observed", "stored", "runs")))):
            assert each.wrong and each.source.url
