"""How wrong the times of dense passes are on published runs.

`data/dense_runs.csv` holds tokens per second of one device by engine, phase, batch and lengths; `runs_as` is the engine
of the page that a run counts for. None of the default engine's constants was fitted to them.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

from app.calculators.pruning.model import released
from app.calculators.pruning.model.architecture import preset
from app.calculators.pruning.speed.devices import device, run_by
from app.calculators.pruning.speed.engines import Engine
from app.calculators.pruning.speed.roofline import dense_pass
from app.calculators.pruning.speed.run import Phase, Run, Workload
from tools.paths import ROOT

RUNS = ROOT / "data" / "dense_runs.csv"


class Published(NamedTuple):
    """A published run, and what one pass of it took in microseconds."""

    runs_as: str
    engine: str
    run: Run
    measured_us: float
    source: str
    url: str

    @property
    def batch(self) -> int:
        """Requests at once."""
        return self.run.workload.batch

    def off(self, predicted_us: float) -> float:
        """How much faster a prediction is than what was measured, as a share of that."""
        return self.measured_us / predicted_us - 1

    def predicted_us(self, by: Engine | None) -> float | None:
        """What the page says that a pass takes on an engine; None where no roofline can be drawn."""
        found = dense_pass(self.run._replace(device=run_by(self.run.device, by)))
        return sum(found) if found else None


def published(path: Path = RUNS) -> Iterator[Published]:
    """Every run of a model and a device that are listed."""
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            model, machine = preset(row["model"]) or released.find(row["model"]), device(row["device"])
            if model is None or machine is None:
                continue
            phase = cast(Phase, row["phase"])
            read, written, batch = (int(row[name]) for name in ("input", "output", "batch"))
            # Half of what is written stands in the cache of the token between.
            work = Workload(max(1, read), batch, max(1, read + written // 2 if phase == "decode" else read))
            yield Published(
                row["runs_as"],
                row["engine"],
                Run(model, machine, row["dtype"], phase, work),
                work.tokens(phase) * 1e6 / float(row["tokens_per_s"]),
                row["source"],
                row["url"],
            )
