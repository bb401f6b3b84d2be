"""Every family of causal language models that transformers has: counted as transformers counts it, or refused for its
true reason. `families.json` is written by `make oracle`.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.calculators.pruning.data.tables import text
from app.calculators.pruning.model.architecture import count
from app.calculators.pruning.model.config import read
from app.vocabulary.calculator import Invalid
from tools.paths import ROOT

WHOLE: dict[str, Any] = json.loads(
    (ROOT / "tests" / "reference" / "data" / "families.json").read_text(encoding="utf-8")
)
CASES: dict[str, list[Any]] = WHOLE["families"]
BUILT = {name: cases for name, cases in CASES.items() if cases}


def counts(name: str, changes: dict[str, Any]) -> tuple[int, int] | str:
    """The parameters and the active ones of a config, or why it is refused."""
    try:
        found = count(read(json.dumps({"model_type": name, **changes})).shape)
    except Invalid as invalid:
        return str(invalid)
    return found.total, found.active


def right(found: tuple[int, int], case: list[Any]) -> bool:
    """As transformers counts: router corrections, buffers there, count in released checkpoints."""
    _, total, active, buffers = case
    return any(
        abs(found[0] / (total + extra) - 1) < 1e-6 and abs(found[1] / (active + extra) - 1) < 0.01
        for extra in (0, buffers)
    )


@pytest.mark.parametrize("name", BUILT)
def test_a_family_is_counted_as_transformers_counts_it_or_refused(name: str) -> None:
    for case in BUILT[name]:
        found = counts(name, case[0])
        assert isinstance(found, str) or right(found, case), (case, found)


def exact(name: str) -> bool:
    return any(not isinstance(counts(name, case[0]), str) for case in BUILT[name])


def test_nearly_every_family_that_is_a_decoder_alone_is_counted() -> None:
    assert len(CASES) == 196
    assert sum(map(exact, BUILT)) >= 150


REASONS = (
    "has an encoder and a decoder",
    "is not known here, and the config lacks",
    "is not understood",
    "whether its MLP",
)
REASONS += (
    "lacks",
    "are not counted here",
    "must be divisible",
    "without attention",
    "is not counted",
    "not counted in",
    "are counted in",
    "there are",
)


@pytest.mark.parametrize("name", BUILT)
def test_a_refusal_names_the_key_or_the_layer(name: str) -> None:
    for changes, *_ in BUILT[name]:
        found = counts(name, changes)
        if isinstance(found, str):
            assert any(reason in found for reason in REASONS), found
            named = {word.strip("“”(),.:;") for word in found.split()}
            assert any("_" in word for word in named) or name in named or "encoder" in named, found


def test_the_defaults_are_of_the_version_that_was_asked() -> None:
    assert json.loads(text("families.json"))["source"]["title"] == f"transformers {WHOLE['transformers']}"
