"""What pruning gained on phones, microcontrollers and CPUs, as `edge.csv` has it: a table without a model, for these
devices follow none of the laws of this room.
"""

from __future__ import annotations

from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, rows
from app.calculators.pruning.speed.evidence.published import sources


class Timed(NamedTuple):
    """A network at one share of zeros, its speed-up, and how many times smaller its file is; each None where it was not
    published, the first too where nothing was pruned.
    """

    sparsity: float | None
    speedup: float | None
    smaller: float | None


class Edge(NamedTuple):
    """A network on a small device. `timed` is in the order of the sparsity."""

    device: str
    framework: str
    network: str
    pattern: str
    timed: tuple[Timed, ...]
    note: str
    source: Source


@cache
def edges() -> tuple[Edge, ...]:
    """Every row of the table, in its order."""
    return tuple(
        Edge(
            row["device"],
            row["framework"],
            row["model"],
            row["pattern"],
            tuple(_timed(row)),
            row["note"],
            sources()[row["source"]][1],
        )
        for row in rows("edge.csv")
    )


def _timed(row: dict[str, str]) -> list[Timed]:
    """The sparsities of a row with what goes with each."""
    several = [[float(each) for each in row[name].split()] for name in Timed._fields]
    return [Timed(*each) for each in zip_longest(*several)]
