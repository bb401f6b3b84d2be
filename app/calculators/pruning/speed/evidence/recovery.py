"""What training after pruning brought back, and what it cost, as `recovery.csv` has it."""

from __future__ import annotations

from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, rows
from app.calculators.pruning.speed.evidence.published import sources


class Trained(NamedTuple):
    """A metric after so many training tokens, in 10⁹; each None where it is not stated. `gpu_hours` are of the GPU that
    `Recovery` names.
    """

    tokens_b: float | None
    recovered: float | None
    gpu_hours: float | None


class Recovery(NamedTuple):
    """One metric of a pruned model: dense, pruned and not yet trained, and after training, each None where it was not
    published. `after` is in the order of the tokens. `option` is a key of `options.Option`. In 10⁹ `dense_b` are the
    parameters before, `trained_b` those left while it was trained (None where not stated), `active_b` those of them
    that work on a token.
    """

    model: str
    pruned_to: str
    method: str
    gpu: str
    metric: str
    dense: float | None
    untrained: float | None
    after: tuple[Trained, ...]
    note: str
    source: Source
    option: str
    dense_b: float
    trained_b: float | None
    active_b: float | None


def _figure(text: str) -> float | None:
    return float(text) if text else None


@cache
def recoveries() -> tuple[Recovery, ...]:
    """Every published recovery, in the order of the table."""
    found = []
    for row in rows("recovery.csv"):
        several = [[float(each) for each in row[name].split()] for name in Trained._fields]
        found.append(
            Recovery(
                model=row["model"],
                pruned_to=row["pruned_to"],
                method=row["method"],
                gpu=row["gpu"],
                metric=row["metric"],
                dense=_figure(row["dense"]),
                untrained=_figure(row["untrained"]),
                after=tuple(Trained(*each) for each in zip_longest(*several)),
                note=row["note"],
                source=sources()[row["source"]][1],
                option=row["option"],
                dense_b=float(row["dense_b"]),
                trained_b=_figure(row["trained_b"]),
                active_b=_figure(row["active_b"]) or _figure(row["trained_b"]),
            )
        )
    return tuple(found)
