"""How wrong the times of dense passes are on published runs that no constant was fitted to.

`data/dense_runs.csv` holds tokens per second of one device by engine, phase, batch and lengths.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

from app.calculators.pruning.model.architecture import preset
from app.calculators.pruning.speed.devices import device
from app.calculators.pruning.speed.roofline import dense_pass
from app.calculators.pruning.speed.run import Phase, Run, Workload
from tools.paths import ROOT

RUNS = ROOT / "data" / "dense_runs.csv"


class Timed(NamedTuple):
    """A published run with its tokens per second, and those that the roofline says."""

    engine: str
    device: str
    phase: Phase
    batch: int
    measured: float
    predicted: float
    source: str
    url: str


def timed(path: Path = RUNS) -> Iterator[Timed]:
    """Every run of a model and a device that are listed and that a roofline can be drawn for."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            model, machine, phase = preset(row["model"]), device(row["device"]), cast(Phase, row["phase"])
            if model is None or machine is None:
                continue
            read, written, batch = (int(row[name]) for name in ("input", "output", "batch"))
            # Half of what is written stands in the cache of the token between.
            work = Workload(max(1, read), batch, max(1, read + written // 2 if phase == "decode" else read))
            found = dense_pass(Run(model, machine, row["dtype"], phase, work))
            if found:
                yield Timed(
                    row["engine"],
                    machine.name,
                    phase,
                    batch,
                    float(row["tokens_per_s"]),
                    work.tokens(phase) * 1e6 / sum(found),
                    row["source"],
                    row["url"],
                )
