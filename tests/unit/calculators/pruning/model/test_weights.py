"""Claims about what is quantized of a model: the checkpoints that were published, to the byte that is printed."""

from __future__ import annotations

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.inputs import INT4, question
from app.calculators.pruning.model.architecture import Model, bare, preset, presets
from app.calculators.pruning.model.storage import by_key, to_bytes, types
from app.calculators.pruning.model.weights import of_model
from app.calculators.pruning.options import Result, compute
from app.page.rendering import tables
from app.vocabulary.calculator import read


def asked(**raw: str) -> Result:
    found = read(CALCULATOR, CALCULATOR.defaults | raw)
    assert not found[2]
    return compute(question(found.values))


def model(name: str) -> Model:
    found = preset(name)
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "gb", "digit"), [("GPT-OSS-20b", 13.76, 0.02), ("GPT-OSS-120b", 65.2, 0.06)])
def test_only_the_experts_of_gpt_oss_are_4_bit(name: str, gb: float, digit: float) -> None:
    # huggingface.co/openai/gpt-oss-20b: shards of 4.79 + 4.80 + 4.17 GB; gpt-oss-120b: 65.2 GB
    found = asked(params=name, dtype="mxfp4")
    assert found.dense.device_bytes / 1e9 == pytest.approx(gb, abs=digit)
    # as every block matrix were: smaller than what is there to be loaded
    assert asked(params=name, dtype="mxfp4", quantized="blocks").dense.device_bytes < found.dense.device_bytes
    assert asked(params=name, dtype="mxfp4", quantized="experts").dense.device_bytes == found.dense.device_bytes


def test_a_model_without_experts_has_none_to_quantize_alone() -> None:
    kind = types()["mxfp4"]
    assert of_model(kind, model("Llama-3.1-8B"), "experts") == kind
    assert of_model(kind, model("Qwen3-30B-A3B"), "auto").share == 1.0


def test_torchao_quantizes_the_head_and_not_the_embedding() -> None:
    # torchao's Llama table, without the embedding: 15.01 GB in BF16, 4.22 GB in groups of 64
    parts = model("Llama-3.1-8B").parts
    assert parts is not None
    embedding = to_bytes(parts.embedding, 16)
    dense = asked(params="Llama-3.1-8B", dtype="bf16").dense.device_bytes
    int4 = asked(params="Llama-3.1-8B", dtype="int4", int4="int4-g64").dense.device_bytes
    assert (dense - embedding) / 1e9 == pytest.approx(15.01, abs=0.005)
    assert (int4 - embedding) / 1e9 == pytest.approx(4.22, abs=0.005)
    # and 3.05 GB with 2:4, by sparse Marlin with a scale for 64 weights
    marlin = by_key()["2:4-marlin"].in_groups(64)
    assert to_bytes(parts.total - parts.embedding, marlin.bits(0.5, 4)) / 1e9 == pytest.approx(3.05, abs=0.005)


@pytest.mark.parametrize(
    ("key", "bits"),
    [
        ("int4", 4 + 20 / 128),
        ("int4-64", 4 + 20 / 64),
        ("int4-32", 4 + 20 / 32),
        ("int4-symmetric-128", 4 + 16 / 128),
        ("int4-symmetric-64", 4 + 16 / 64),
        ("int4-symmetric-32", 4 + 16 / 32),
        ("int4-torchao-128", 4 + 32 / 128),
        ("int4-g64", 4 + 32 / 64),
        ("int4-torchao-32", 4 + 32 / 32),
    ],
)
def test_a_smaller_group_takes_more_bits(key: str, bits: float) -> None:
    # a scale of 16 bits and, with it, no zero, one of 4 bits, or one of 16
    assert types()[key].bits == bits
    assert key in [choice.value for choice in INT4]
    found = asked(dtype="int4", int4=key)
    assert found.question.dtype == key
    option = next(each for each in asked(int4=key).options if each.key == "int4")
    assert option.device.pruned + option.device.linear == pytest.approx(
        to_bytes(model("Llama-3.1-8B").total * model("Llama-3.1-8B").prunable, bits)
    )
    assert option.dtype == key


def test_the_head_and_the_embedding_may_be_quantized_too() -> None:
    parts = model("Llama-3.1-8B").parts
    assert parts is not None
    blocks, head, whole = (asked(dtype="int8", quantized=what).dense.device_bytes for what in ("blocks", "head", "all"))
    assert blocks - head == pytest.approx(parts.head)
    assert head - whole == pytest.approx(parts.embedding)


def test_gguf_is_a_type_of_its_own() -> None:
    # llama.cpp's README: 4.58 GiB; Qwen2.5-0.5B: 398 MB with some 6 MB of metadata
    assert asked(dtype="q4_k_m").dense.device_bytes / 2**30 == pytest.approx(4.58, abs=0.005)
    small = asked(params="Qwen2.5-0.5B", dtype="q4_k_m")
    assert small.dense.device_bytes / 1e6 == pytest.approx(398 - 5.9, abs=1)
    assert asked(params="Qwen2.5-0.5B", dtype="q6_k").dense.device_bytes / 1e6 == pytest.approx(506 - 5.9, abs=1)
    # zeros are stored in its blocks like other weights
    for option in small.options:
        if option.key in ("unstructured", "2:4"):
            assert option.disk_bytes == option.device_bytes == small.dense.device_bytes
    # without a shape, the mean over another model
    assert asked(params="7B", dtype="q4_k_m").dense.device_bytes == pytest.approx(to_bytes(7e9, 4.8944))


def test_every_preset_can_be_asked_in_every_type() -> None:
    for each in (*presets(), bare(7_000_000_000)):
        for key, kind in types().items():
            for what in ("auto", "blocks", "experts", "head", "all"):
                found = of_model(kind, each, what)
                assert 0 < found.bits <= 32 and 0 < found.rest_bits <= 32 and 0 < found.share <= 1, (each, key, what)


def test_old_links_say_what_they_said() -> None:
    # one scale and one zero for 128 weights; embedding, head and norms in 16 bits
    groups = asked().question.groups
    inside, outside = groups.pruned + groups.linear, groups.rest
    option = next(each for each in asked().options if each.key == "int4")
    assert option.device_bytes == pytest.approx(to_bytes(inside, 4.15625) + to_bytes(outside, 16))
    plain = asked(dtype="mxfp4").dense.device_bytes
    assert plain == pytest.approx(to_bytes(inside, 4.25) + to_bytes(outside, 16))


@pytest.mark.parametrize("quantized", ["auto", "experts", "all"])
@pytest.mark.parametrize("dtype", ["mxfp4", "q5_k_m", "int4"])
@pytest.mark.parametrize("structure", ["unstructured", "2:4", "n:m", "structured"])
def test_the_tables_of_formats_are_of_these_weights(quantized: str, dtype: str, structure: str) -> None:
    raw = {"params": "GPT-OSS-20b", "dtype": dtype, "quantized": quantized, "structure": structure}
    found = asked(**raw)
    made = tables(CALCULATOR, CALCULATOR.defaults | raw)
    for name in ("formats", "matrix", "fit", "options"):
        assert list(made[name].rows())
    rows = {each.key: each for each in found.formats}
    assert rows[found.question.dtype].total_bytes == pytest.approx(found.dense.device_bytes)
