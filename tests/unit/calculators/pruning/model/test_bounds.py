"""Whatever a config says, it is read or refused at once, and in little memory: what a text can multiply is checked
before anything is made of it.
"""

from __future__ import annotations

import gc
import json
import random
import time
import tracemalloc
from typing import Any

import pytest

from app.calculators.pruning.model import config
from app.calculators.pruning.model.cuts import Amount, Keep, cut
from app.calculators.pruning.model.families import family_of, model_types
from app.calculators.pruning.model.parse import LONGEST
from app.calculators.pruning.model.write import pruned
from app.vocabulary.calculator import Invalid
from tests import depth
from tests.configs import BY_NAME, keys_read, line
from tools.paths import ROOT

RELEASED = json.loads((ROOT / "tests/reference/data/released.json").read_text(encoding="utf-8"))
OWN_WAYS = [entry["config"] for entry in RELEASED if family_of(entry["config"]["model_type"]).special]
OWN_WAYS += [entry["config"] for entry in RELEASED if family_of(entry["config"]["model_type"]).layers]
EXAMPLES = {config["model_type"]: config for config in (*OWN_WAYS, *BY_NAME.values())}
FAMILIES = [name for name in model_types() if name in EXAMPLES]
SECONDS = 0.2  # of the processor; reading the longest of these texts takes a fifth of it
HALF = Amount(share=0.5)
CUTS = (Keep(layers=HALF), Keep(heads=HALF), Keep(ffn=HALF, hidden=HALF))

SMALL: tuple[Any, ...] = (
    *(0, -1, 1, 3, 0.5, 1e300, 2**63, 10**30, 10_000, True, None),
    *("", "x", "\ud800", [], {}, [[]], [None], [-1], [True], ["\ud800"], {"a": {"b": 1}}),
    *(
        [[["global", "local"], 12]],
        [[["global", "local"], 10**9]],
        [[[], 10_000]],
        [[["global"], True]],
        [["global", 3]],
    ),
)
LARGE: tuple[Any, ...] = (
    [1] * 50_000,
    [[1]] * 30_000,
    [{}] * 50_000,
    [[["global"] * 9000, 10_000]],
    [[["local"], 10_000]] * 9000,
    ["full_attention"] * 9000,
    {str(i): i for i in range(12_000)},
    "x" * 150_000,
    "é" * 25_000,
    "\ud83d" * 20_000,
)
OTHERS = ("layer_types", "mlp_only_layers", "moe_layers", "moe_layer_freq", "block_configs", "attn_layer_period")
OTHERS += ("attention_types", "word_embed_proj_dim", "id2label", "text_config", "quantization_config", "architectures")
OTHERS += ("model_type", "mamba_\ud800", "num_experts", "_name_or_path", "x_layers", "y_types", "nothing")


def outcome(text: str, *cuts: Keep) -> str:
    """`read`, or why it is refused: the model that a text describes is made, and its config is written for each cut."""
    try:
        model = config.model(text)
        for words in (model.name, model.note, model.model_type):
            words.encode()  # half a surrogate pair would stop the page
            assert len(words) < 1500
        reading = config.read(model.config)
    except Invalid as invalid:
        return said(invalid)
    for kept in cuts:
        try:
            json.dumps(pruned(reading, cut(reading.shape, kept)))
        except Invalid as invalid:
            said(invalid)
    return "read"


def said(invalid: Invalid) -> str:
    message = str(invalid)
    message.encode()
    assert len(message) < 600
    return message


def seconds(text: str, kept: Keep) -> float:
    """What the outcome takes of the processor, without collecting what all other tests have left."""
    gc.disable()
    before = time.process_time()
    try:
        outcome(text, kept)
        return time.process_time() - before
    finally:
        gc.enable()


def measured(text: str) -> tuple[str, int]:
    """The outcome, and the most bytes that were held on the way, what is remembered included."""
    for remembered in (config.read, config._model):
        remembered.cache_clear()
    tracemalloc.start()
    found = outcome(text, CUTS[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return found, peak


def room(text: str) -> int:
    """The most bytes that a text may take: one sign can be a list (64 bytes) in the config, its copy and a third."""
    return 1_000_000 + 100 * len(text)


@pytest.mark.deep
@pytest.mark.parametrize("family", FAMILIES)
def test_any_small_value_under_any_key_is_read_or_refused(family: str) -> None:
    example, chance = EXAMPLES[family], random.Random(family)
    cases = [(key, value) for key in keys_read(example) for value in SMALL]
    cases += [(chance.choice(OTHERS), chance.choice(SMALL)) for _ in range(depth.cases(20, 400))]
    for key, value in cases:
        assert seconds(line({**example, key: value}), chance.choice(CUTS)) < SECONDS, (key, value)


def large(value: Any, chance: random.Random) -> str:
    """A config with a large value under a key that its family reads, or under another."""
    example = EXAMPLES[chance.choice(FAMILIES)]
    found = {**example, chance.choice([*keys_read(example), *OTHERS]): value}
    return line(found if chance.random() < 0.8 else {"model_type": "llava", "text_config": found})


@pytest.mark.deep
@pytest.mark.parametrize("value", LARGE, ids=lambda value: f"{line(value)[:20]}")
def test_a_large_value_is_read_or_refused_at_once(value: Any) -> None:
    chance = random.Random(line(value))
    for _ in range(depth.cases(2, 40)):
        text = large(value, chance)
        assert seconds(text, chance.choice(CUTS)) < SECONDS, text[:300]


@pytest.mark.parametrize("value", LARGE, ids=lambda value: f"{line(value)[:20]}")
def test_a_large_value_takes_no_more_memory_than_its_text_allows(value: Any) -> None:
    text = large(value, random.Random(line(value)))
    assert measured(text)[1] < room(text), text[:300]


MULTIPLIED = [[["global"] * 9000, 10_000]]  # 117 kB that speak of 90,000,000 layers


def test_layers_that_a_text_multiplies_are_counted_before_they_are_made() -> None:
    text = json.dumps({"model_type": "gpt_neo", "attention_types": MULTIPLIED})
    found, peak = measured(text)
    assert "90,000,000 layers" in found
    assert peak < room(text)


@pytest.mark.parametrize("family", ["llama", "gpt_oss"])
def test_nor_are_they_made_when_a_family_that_does_not_read_them_is_written_back(family: str) -> None:
    text = json.dumps({**EXAMPLES[family], "attention_types": MULTIPLIED})
    found, peak = measured(text)
    assert found == "read"
    assert peak < room(text)


def test_groups_of_layers_stay_groups_when_they_are_shortened() -> None:
    given = {"model_type": "gpt_neo", "num_layers": 10_000, "attention_types": [[["global", "local"], 5000]]}
    reading = config.read(json.dumps(given))
    written = pruned(reading, reading.shape._replace(layers=4001, windowed_layers=2000))
    assert written["attention_types"] == [[["global", "local"], 2000], [["global"], 1]]


def test_a_config_is_remembered_only_while_it_can_still_be_needed() -> None:
    assert config.read.cache_parameters()["maxsize"] <= 4, "a parsed text of 200 kB takes up to 6 MB"


def test_a_config_that_grows_when_it_is_written_out_is_refused_for_that() -> None:
    text = json.dumps({**EXAMPLES["llama"], "note": "é" * 90_000}, ensure_ascii=False)
    assert len(text) < LONGEST
    with pytest.raises(Invalid, match="Written out"):
        config.compact(text)
    assert config.compact(json.dumps({**EXAMPLES["llama"], "note": "é" * 9_000}, ensure_ascii=False))
