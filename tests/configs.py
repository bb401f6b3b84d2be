"""The configs that transformers counted (`make oracle`), and which of their keys are read."""

from __future__ import annotations

import json
from typing import Any

from app.calculators.pruning.model.config import reading_of
from tools.paths import ROOT

COUNTED: list[dict[str, Any]] = json.loads(
    (ROOT / "tests" / "reference" / "data" / "configs.json").read_text(encoding="utf-8")
)
"""Each with its `name`, the `config`, and how many `parameters` and `buffers` it has."""

BY_NAME: dict[str, dict[str, Any]] = {entry["name"]: entry["config"] for entry in COUNTED}


def line(config: Any) -> str:
    """JSON as `compact` writes it."""
    return json.dumps(config, separators=(",", ":"))


class _Asked(dict[str, Any]):
    """A config that remembers which of its keys were asked for."""

    def __init__(self, given: dict[str, Any]) -> None:
        super().__init__(given)
        self.keys_read: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.keys_read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.keys_read.add(key)
        return super().__getitem__(key)


def keys_read(config: dict[str, Any]) -> list[str]:
    """The keys that are asked for when the config is read."""
    asked = _Asked(config)
    reading_of(asked)
    return sorted(asked.keys_read)
