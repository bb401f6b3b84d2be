"""Every config counted by transformers is counted alike here.

`configs.json` is written by `make oracle`: what transformers says of each config, on a device without memory.
"""

import json

import pytest

from app.calculators.pruning.model.architecture import count, preset
from app.calculators.pruning.model.config import read
from app.calculators.pruning.model.families import model_types
from app.calculators.pruning.model.write import described, pruned
from tests.configs import COUNTED as CONFIGS

RELEASED = [entry for entry in CONFIGS if "/" in entry["name"]]


def reading(entry):
    return read(json.dumps(entry["config"]))


def counted(entry):
    """transformers keeps the routers' corrections as buffers; released checkpoints, and their totals, hold them."""
    return entry["parameters"] + entry["buffers"]


def by_name(entry):
    return entry["name"]


@pytest.mark.parametrize("entry", CONFIGS, ids=by_name)
def test_a_config_has_as_many_parameters_as_transformers_counts(entry):
    assert count(reading(entry).shape).total == counted(entry)


@pytest.mark.parametrize("entry", CONFIGS, ids=by_name)
def test_a_config_that_nothing_was_cut_from_is_written_as_it_was(entry):
    found = reading(entry)
    assert pruned(found, found.shape) == entry["config"]


@pytest.mark.parametrize("entry", CONFIGS, ids=by_name)
def test_every_known_family_can_be_described_from_its_shape_alone(entry):
    found = reading(entry)
    again = read(json.dumps(described(found.shape, found.model_type, entry["name"])))
    assert again.shape == found.shape


def test_there_are_enough_released_models_of_enough_families():
    assert len(RELEASED) >= 100
    assert len({reading(entry).model_type for entry in RELEASED}) >= 30
    assert {reading(entry).model_type for entry in CONFIGS} <= set(model_types())
    assert len({entry["name"] for entry in CONFIGS}) == len(CONFIGS)


def test_no_count_was_made_here():
    assert {entry["transformers"] for entry in CONFIGS} == {"5.24.0"}
    assert all(entry["source"] for entry in CONFIGS)


PRESETS = [entry for entry in CONFIGS if preset(entry["name"])]


@pytest.mark.parametrize("entry", PRESETS, ids=by_name)
def test_a_config_gives_the_shape_of_the_preset(entry):
    found = preset(entry["name"])
    assert reading(entry).shape == found.shape
    assert counted(entry) == found.total
    assert reading(entry).model_type == found.model_type


def test_nearly_every_preset_is_backed_by_a_config():
    assert len(PRESETS) >= 45
