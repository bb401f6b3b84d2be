"""The beginning of a study: what it needs is compiled a module at a time, so that the page answers in between."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from app.calculators.pruning.checkpoint.source import PAUSE
from app.vocabulary.study import Study

_MODULES = (
    *("tensors", "objects", "safetensors", "archive", "gguf", "onnx", "pickled", "pytorch", "opening", "roles"),
    *("counts", "layouts", "zero_points", "counting", "scanning", "findings", "measured", "verdict", "exported"),
    *("handed_out", "report", "studying"),
)
"""Each after those that it needs."""


def begin(files: Sequence[tuple[str, int]]) -> Study:
    """Study some files, by name and size."""
    for name in _MODULES:
        import_module(f"app.calculators.pruning.checkpoint.{name}")
        yield PAUSE
    from app.calculators.pruning.checkpoint.studying import study

    yield from study(files)
