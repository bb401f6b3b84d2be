"""Claims about the families as data: every word of the file is known, and every default is read and has its source."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from app.calculators.pruning.data.tables import text
from app.calculators.pruning.model import families
from app.calculators.pruning.model.architecture import Shape, bare, preset
from app.calculators.pruning.model.config import read
from app.calculators.pruning.model.families import family_of
from app.calculators.pruning.model.layers import CHANGES, ORDERS
from app.calculators.pruning.model.reader import MOST, Reader
from app.calculators.pruning.model.special import SPECIAL
from app.vocabulary.calculator import Invalid
from tests.configs import COUNTED, keys_read

DATA: dict[str, Any] = json.loads(text("families.json"))
FAMILIES, KINDS, UNKNOWN = DATA["families"], DATA["kinds"], DATA["unknown"]
EVERYTHING = [*FAMILIES.values(), *KINDS.values(), *UNKNOWN]
SHARED = {
    "like",
    "window",
    "tied",
    "strict",
    "special",
    "defaults",
    "keys",
    "fixed",
    "flags",
    "layers",
    "order",
    "extra",
}
SHARED |= {"listed", "refused"}
SWITCHES = {name for name, default in Shape._field_defaults.items() if isinstance(default, bool)}


def test_every_family_has_a_name_and_a_source_that_can_be_opened() -> None:
    assert re.fullmatch(r"https://\S+/", DATA["source"]["url"])
    assert re.fullmatch(r"20\d\d-\d\d", DATA["source"]["as_of"])
    for entry in FAMILIES.values():
        assert entry["name"]
        assert re.fullmatch(r"\w+/configuration_\w+\.py|https://\S+", entry["source"])


def test_the_defaults_are_of_the_version_that_the_configs_were_counted_with() -> None:
    assert {f"transformers {entry['transformers']}" for entry in COUNTED} == {DATA["source"]["title"]}


def test_no_word_of_the_file_is_unknown() -> None:
    assert set(DATA) == {"source", "kinds", "families", "unknown"}
    assert all(set(entry) <= SHARED | {"name", "source", "also"} for entry in FAMILIES.values())
    assert all(set(entry) <= SHARED for entry in KINDS.values())
    assert all(set(entry) <= SHARED | {"name", "when"} for entry in UNKNOWN)
    for entry in EVERYTHING:
        assert set(entry.get("keys", {})) <= set(MOST)
        assert set(entry.get("fixed", {})) <= set(Shape._fields)
        for fields in entry.get("flags", {}).values():
            assert {fields} <= SWITCHES if isinstance(fields, str) else set(fields) <= SWITCHES
        assert entry.get("window", "all") in ("all", "late", "all or late", "chunked", "listed") or entry["window"] > 1
        assert entry.get("special", "opt") in SPECIAL
        assert entry.get("order", "linear") in ORDERS
        assert {name for names in entry.get("layers", {}).values() for name in names} <= set(CHANGES)
        assert set(entry.get("extra", {})) <= {"layer", "wide", "outside"}
        assert entry.get("like", "usual") in KINDS | FAMILIES


def test_every_special_way_and_every_kind_is_some_familys() -> None:
    assert {family_of(name).special for name in FAMILIES} == {"", *SPECIAL}
    assert {entry.get("like") for entry in EVERYTHING} >= set(KINDS)


def test_nothing_is_taken_away_that_is_not_there() -> None:
    for entry in EVERYTHING:
        base = families._whole({key: value for key, value in entry.items() if key == "like"})
        for part in ("keys", "defaults", "fixed", "flags"):
            assert {key for key, value in entry.get(part, {}).items() if value is None} <= set(base[part])


def test_no_two_families_share_a_name() -> None:
    names = [*FAMILIES, *(other for entry in FAMILIES.values() for other in entry.get("also", ()))]
    assert len(set(names)) == len(names)


INCOMPLETE = {
    "deepseek_v2": {"num_experts_per_tok": 6},
    "glm4_moe": {"head_dim": 128},
    "phi-msft": {"n_embd": 2560, "n_layer": 32, "n_head": 32},
    "dots1": {"n_routed_experts": 128, "num_experts_per_tok": 6},
}
"""What must be said beside the defaults of transformers, which alone describe no model."""


@pytest.mark.parametrize("model_type", [name for name in FAMILIES if family_of(name).defaults])
def test_every_default_of_a_family_is_under_a_key_that_it_reads(model_type: str) -> None:
    config = {"model_type": model_type, "use_sliding_window": True}
    if model_type in INCOMPLETE:
        with pytest.raises(Invalid, match="|".join(INCOMPLETE[model_type])):
            keys_read(config)
    asked = keys_read(config | INCOMPLETE.get(model_type, {}))
    # The width of dense layers is read only where there are some, and so are convolutions.
    read_at_times = {"conv_L_cache", *(key for key, *_ in family_of(model_type).keys.values())}
    assert set(family_of(model_type).defaults) <= {*asked, *read_at_times}


def test_the_last_of_the_unknown_families_takes_every_config() -> None:
    assert UNKNOWN[-1]["when"] == []
    assert all(entry["when"] for entry in UNKNOWN[:-1])


@pytest.fixture
def told_anew() -> Iterator[None]:
    """What was read from the file is forgotten, before and after."""
    remembered = (families._data, families._names, families.family_of, read)
    for each in remembered:
        each.cache_clear()
    yield
    for each in remembered:
        each.cache_clear()


@pytest.mark.usefixtures("told_anew")
def test_a_plain_family_is_a_few_lines() -> None:
    new = {
        "name": "New",
        "like": "mistral",
        "source": "new/configuration_new.py",
        "defaults": {"num_key_value_heads": 4, "sliding_window": None},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(families, "text", lambda _: json.dumps(DATA | {"families": FAMILIES | {"new": new}}))
        found = read('{"model_type": "new"}')
        like = read('{"model_type": "mistral", "num_key_value_heads": 4, "sliding_window": null}')
    assert (found.family, found.model_type, found.shape) == ("New", "new", like.shape)


def test_a_family_inherits_all_but_its_name_its_source_and_its_other_names() -> None:
    new, old = family_of("ministral"), family_of("mistral")
    assert new._replace(model_type="mistral", name=old.name, source=old.source) == old
    assert family_of("mistral3") == old


def test_a_reader_and_a_model_say_what_they_are() -> None:
    assert repr(preset("Llama-3.1-8B")) == "Model('Llama-3.1-8B', 8,030,261,248 parameters)"
    assert repr(bare(7)) == "Model('', 7 parameters)"
    assert repr(Reader({"model_type": "opt"}, family_of("opt"))) == "Reader(1 keys of OPT, assumed [])"


MODULES = ("architecture", "config", "cuts", "families", "flops", "memory", "special", "storage")


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    failed, tried = doctest.testmod(import_module(f"app.calculators.pruning.model.{name}"))
    assert tried > 0 == failed
