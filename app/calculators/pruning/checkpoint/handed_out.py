"""Tasks as a script in a worker takes them (static/zeros.js), and counts as it gives them back."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from app.calculators.pruning.checkpoint.counts import GROUPS, Counts
from app.calculators.pruning.checkpoint.scanning import Task

NAME = "count-zeros"
"""Of the job."""


def data_of(tasks: Sequence[Task]) -> dict[str, Any]:
    """What the script is to know of some tasks, beside the files."""
    return {"tasks": [_task(each) for each in tasks]}


def _task(each: Task) -> dict[str, Any]:
    grid, where = each.grid, each.where
    return {
        "file": where.file,
        "offset": where.offset,
        "length": where.length,
        "cell": grid.cell,
        "order": grid.order,
        "outputs": grid.outputs,
        "inputs": grid.inputs,
        "positions": grid.positions,
        "first": each.piece.first,
        "weights": each.piece.weights,
        "against": array("B", each.against),
    }


_ENDS = tuple(accumulate((size + 1 for size in GROUPS), initial=0))


def counts_of(task: Task, found: Mapping[str, Any]) -> Counts:
    """The counts of a task, of what the script found of it."""
    groups = [int(each) for each in found["groups"]]
    return Counts(
        task.piece.weights,
        int(found["zeros"]),
        tuple(tuple(groups[begin:end]) for begin, end in pairwise(_ENDS)),
        _bits(found["outputs"], int(found["output"])),
        _bits(found["inputs"], int(found["at"])),
        _bits(found["blocks"], int(found["block"])),
    )


def _bits(content: Any, place: int) -> int:
    return int.from_bytes(bytes(content), "little") << place
