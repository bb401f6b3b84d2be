"""Claims about the models by the names that people give them, and about models said by hand."""

from __future__ import annotations

import csv
import doctest
import json

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.data.tables import rows
from app.calculators.pruning.inputs import model, search
from app.calculators.pruning.model import config, released
from app.calculators.pruning.model.architecture import count, preset, with_layers
from app.calculators.pruning.model.memory import cache_bytes
from app.calculators.pruning.show.shape import pruned_config
from app.calculators.pruning.speed.devices import devices
from app.vocabulary.calculator import Invalid, read
from tools.paths import ROOT

ROWS = rows("released.csv")
_TEXT = (ROOT / "tests/reference/data/published.csv").read_text(encoding="utf-8")
PUBLISHED = list(csv.DictReader(_TEXT.splitlines()))

SPELLED = {
    "meta-llama/Llama-3.1-8B-Instruct": "Llama-3.1-8B",
    "unsloth/Meta-Llama-3.1-8B-Instruct-bnb-4bit": "Llama-3.1-8B",
    "Llama 3.1 70B": "Llama-3.1-70B",
    "llama_3.1_70b": "Llama-3.1-70B",
    "Llama-3.3-70B": "Llama-3.1-70B",
    "Qwen/Qwen3-32B": "Qwen3-32B",
    "Qwen/Qwen3-4B-Instruct-2507": "Qwen3-4B",
    "Qwen3-235B-A22B": "Qwen3-235B-A22B",
    "235b-a22b": "Qwen3-235B-A22B",
    "30b-a3b": "Qwen3-30B-A3B",
    "mixtral": "Mixtral-8x7B-v0.1",
    "mistralai/Mixtral-8x22B-Instruct-v0.1": "Mixtral-8x22B",
    "DeepSeek-R1": "DeepSeek-V3 (main model, no MTP)",
    "deepseek-ai/DeepSeek-R1-0528": "DeepSeek-V3 (main model, no MTP)",
    "Kimi-K2": "Kimi-K2",
    "gpt-oss-120b": "GPT-OSS-120b",
    "google/gemma-3-27b-it": "Gemma-3-27b (text tower)",
    "qwen3-next": "Qwen3-Next-80B-A3B",
    "qwen2.5:7b": "Qwen2.5-7B",
    "llama3.1:8b-instruct-q4_K_M": "Llama-3.1-8B",
    "gemma3:27b": "Gemma-3-27b (text tower)",
    # DeepSeek-R1's README names what each was tuned from; Qwen2.5-Math-7B has the shape of Qwen2.5-7B.
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B": "Qwen2.5-7B",
    "unsloth/DeepSeek-R1-Distill-Qwen-14B-bnb-4bit": "Qwen2.5-14B",
    "DeepSeek-R1-Distill-Llama-8B": "Llama-3.1-8B",
    "R1-Distill-Llama-70B": "Llama-3.1-70B",
}


@pytest.mark.parametrize("name", SPELLED)
def test_a_model_is_found_as_people_write_it(name: str) -> None:
    assert model(name).name == SPELLED[name]
    assert model(name.upper()).name == SPELLED[name]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_every_model_of_the_list_is_found_by_its_name_and_id_and_counted(row: dict[str, str]) -> None:
    found = released.find(row["name"])
    assert found is released.find(row["hf_id"]) is not None
    if row["preset"]:
        assert found is preset(row["preset"])
    else:
        assert found.shape
        assert count(found.shape).total == found.total == int(row["total"])
        assert found.source.url.startswith("https://")


def test_there_are_a_hundred_open_models_and_they_can_be_searched() -> None:
    assert len(ROWS) >= 100
    assert len({row["name"] for row in ROWS}) == len(ROWS)
    assert {"Qwen3-Next-80B-A3B", "Qwen3-32B"} <= {choice.value for choice in search("qwen3")}


def test_the_config_of_a_hybrid_on_the_list_can_be_taken_away_with_half_its_layers() -> None:
    whole = model("Qwen3-Next-80B-A3B")
    half = with_layers(whole.shape, 24)
    assert json.loads(pruned_config(whole, half))["num_hidden_layers"] == 24
    assert config.read(pruned_config(whole, half)).shape.order == half.order


def test_another_generation_is_not_taken_for_the_one_that_is_meant() -> None:
    with pytest.raises(Invalid, match="not a model in the list"):
        model("Qwen/Qwen-7B")


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["hf_id"])
def test_a_model_has_as_many_parameters_as_were_published(row: dict[str, str]) -> None:
    found = model(row["hf_id"])
    assert found.total == pytest.approx(float(row["total"]), rel=1e-3)
    if row["active"]:
        # Rounded as published; some leave out the embedding, a row of which is looked up, and some the head too.
        least = found.total * found.active_share - found.parts.embedding - found.parts.head
        assert least * 0.99 <= float(row["active"]) <= found.total * found.active_share * 1.01 + 5e8


# By hand.


def test_a_model_can_be_said_by_hand() -> None:
    found = model("30B active 3B kv 96 kB state 50 MB")
    assert (found.total, found.active_share, found.kv_bytes, found.state_bytes) == (30 * 10**9, 0.1, 96e3, 50e6)
    assert cache_bytes(found, 2, 1000, 16) == 2 * (96e6 + 50e6)
    assert cache_bytes(found, 1, 1000, 8) == 48e6 + 50e6
    assert model("30B active 3B kv 96kB state 50MB") is found
    assert cache_bytes(model("30B active 3B"), 1, 1000, 16) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30B active 40B", "are active, but there are 30,000,000,000"),
        ("30B active 3B active 4B", "one thing twice"),
        ("30B kv lots", "such as 96 kB"),
        ("30B active", "such as 7B"),
    ],
)
def test_what_is_said_by_hand_is_checked(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        model(text)


def test_what_works_on_a_token_is_what_decode_reads_at_one_request_and_more_is_read_for_many() -> None:
    def tokens_per_second(params: str, batch: str) -> float:
        asked = read(CALCULATOR, {"params": params, "device": devices()[0].key, "batch": batch})
        result = CALCULATOR.compute(asked.values)
        return float(result.dense.served.tokens_per_second.likely)

    whole, few = (tokens_per_second(params, "1") for params in ("30B", "30B active 3B"))
    assert 4 < few / whole < 12
    whole, few = (tokens_per_second(params, "64") for params in ("30B", "30B active 3B"))
    assert few / whole < 4


def test_the_example_holds() -> None:
    failed, tried = doctest.testmod(released)
    assert tried > 0 == failed
