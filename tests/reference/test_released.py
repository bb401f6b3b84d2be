"""Released configs, whole as they are pasted, are counted as transformers counts them and as was published."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.calculators.pruning.model.architecture import count
from app.calculators.pruning.model.config import read
from app.calculators.pruning.model.cuts import Amount, Keep, cut
from app.calculators.pruning.model.write import pruned
from app.vocabulary.calculator import Invalid
from tests.configs import COUNTED
from tools.paths import ROOT

RELEASED: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "reference" / "data" / "released.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("entry", RELEASED, ids=lambda entry: entry["name"])
def test_a_released_config_is_counted(entry: dict[str, Any]) -> None:
    found = count(read(json.dumps(entry["config"])).shape)
    assert "counted" in entry or "published" in entry
    if "counted" in entry:
        total, active, buffers = entry["counted"]
        assert found.total in (total, total + buffers)
        assert found.active == pytest.approx(active + found.total - total, rel=1e-2)
    if "published" in entry:
        assert found.total == pytest.approx(entry["published"][0], rel=1e-3)
        assert any(entry["published"][1:]), "where it was published"


def test_there_are_enough_models_of_enough_families() -> None:
    assert len(RELEASED) >= 160
    assert len({entry["config"]["model_type"] for entry in RELEASED}) >= 60
    assert sum("published" in entry for entry in RELEASED) >= 90
    assert all(entry["source"].startswith("https://") for entry in RELEASED)


@pytest.mark.parametrize("entry", RELEASED, ids=lambda entry: entry["name"])
def test_a_config_that_nothing_was_cut_from_is_written_as_it_was(entry: dict[str, Any]) -> None:
    found = read(json.dumps(entry["config"]))
    assert pruned(found, found.shape) == entry["config"]


def halved(entry: dict[str, Any], part: str) -> str:
    """What becomes of the config of a model with half of one thing: written, or why it cannot be."""
    found = read(json.dumps(entry["config"]))
    try:
        kept = cut(found.shape, Keep(**{part: Amount(share=0.5)}))
        again = read(json.dumps(pruned(found, kept))).shape
    except Invalid as invalid:
        return str(invalid)
    assert count(again) == count(kept)
    return "written"


REFUSED = (
    "cannot describe",
    "no experts",
    "are not cut here",
    "no attention heads",
    "no MLP",
    "divided by the heads",
    "only if the heads",
)
REFUSED += ("must be divisible", "A token needs", "are counted", "kv_heads")


@pytest.mark.parametrize("part", ["layers", "heads", "ffn", "hidden", "experts"])
def test_a_pruned_config_is_written_where_the_family_has_keys_for_it(part: str) -> None:
    said = {entry["name"]: halved(entry, part) for entry in RELEASED}
    refused = {name: why for name, why in said.items() if why != "written"}
    assert not {name: why for name, why in refused.items() if not any(each in why for each in REFUSED)}
    assert len(said) - len(refused) >= {"layers": 170, "heads": 90, "ffn": 150, "hidden": 90, "experts": 40}[part]


def test_most_of_them_are_not_counted_elsewhere() -> None:
    others = {json.dumps(entry["config"], sort_keys=True) for entry in COUNTED}
    assert not [entry["name"] for entry in RELEASED if json.dumps(entry["config"], sort_keys=True) in others]
