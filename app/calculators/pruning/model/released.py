"""Open models by the names that people give them: `released.csv` has, for each, its Hugging Face id, other names, and
the keys of its config that hold sizes, or the preset of the same shape. It comes later than the page.

>>> find("Qwen/Qwen3-Next-80B-A3B-Instruct").name, find("mixtral").name
('Qwen3-Next-80B-A3B', 'Mixtral-8x7B-v0.1')
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import cache, lru_cache
from typing import NamedTuple

from app.calculators.pruning.data.tables import rows, source_of
from app.calculators.pruning.model import config
from app.calculators.pruning.model.architecture import Model, preset, presets


class Released(NamedTuple):
    """A model on the list: its name, its number of parameters."""

    name: str
    total: int


def released() -> tuple[Released, ...]:
    """What the list has beyond the presets, in its order."""
    return tuple(Released(row["name"], int(row["total"])) for row in rows("released.csv") if row["config"])


def find(text: str) -> Model | None:
    """The model of that name, id or other name, in any case, spelled with blanks, hyphens or neither, and whatever it
    was tuned for or quantized to; None where the list has none.
    """
    known = _by_id() if "/" in text else _by_name()
    for spelled in (_plain(text), _plain(_base(text))):
        if spelled in known:
            return _model(known[spelled])
    return None


_TUNED = re.compile(
    r"[-_ ](instruct|chat|it|base|hf|pt|thinking|fp8|fp4|nvfp4|mxfp4|bf16|fp16|f16|awq|gptq|gguf|bnb|int[48]|[48]bit"
    r"|w\da\d+|q\d\w*|2[3-6]\d\d|\d{4}|v0\.[1-3]|preview|distilled|dynamic|static|exl2|mlx|qat|unsloth|text)$",
    re.IGNORECASE,
)


def _base(text: str) -> str:
    """A name without its owner, and without what it was tuned for or quantized to."""
    name = text.strip().rpartition("/")[2]
    while (shorter := _TUNED.sub("", name)) != name:
        name = shorter
    return re.sub(r"^(meta|nvidia)[-_]", "", name, flags=re.IGNORECASE)


def _plain(text: str) -> str:
    """A name as it is compared: without blanks, hyphens, the colon before a tag, and case."""
    return re.sub(r"[\s_:-]+", "", text.strip().rpartition("/")[2].casefold())


@cache
def _by_id() -> dict[str, str]:
    """The names in the table by every spelling of name and id; the earlier one of two that are alike."""
    names = [(model.name, name) for model in presets() for name in (model.name, model.hf_id)]
    for row in rows("released.csv"):
        names += [(row["name"], name) for name in (row["name"], row["hf_id"], *_others(row)) if name]
    return _spelled((model, name) for model, name in names if "/" in name or model == name)


@cache
def _by_name() -> dict[str, str]:
    """The same, and by the other names that people use."""
    others = _spelled((row["name"], name) for row in rows("released.csv") for name in _others(row))
    return others | _by_id()


def _others(row: dict[str, str]) -> list[str]:
    return row["aliases"].split(";")


def _spelled(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Models by their names, as they stand and without what they were tuned for; the earlier one of two alike."""
    pairs = list(names)
    found: dict[str, str] = {}
    for spell in (_plain, lambda name: _plain(_base(name))):
        for model, name in pairs:
            if spelled := spell(name):
                found.setdefault(spelled, model)
    return found


@lru_cache(maxsize=16)
def _model(name: str) -> Model | None:
    row = next((row for row in rows("released.csv") if row["name"] == name), None)
    if row is None or row["preset"]:
        return preset(row["preset"] if row else name)
    return replace(config.model(row["config"]), name=name, hf_id=row["hf_id"], note="", source=source_of(row))
