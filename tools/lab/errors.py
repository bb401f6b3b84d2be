"""How wrong the page's speeds are -> validation.csv, scatter.csv: what it shows of its own errors.

Rows of the source that the roofline is fitted to are those that `make fit` held out; those of other sources are
compared with the page as it stands. `make fit` runs this after the fit.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from app.calculators.pruning.data.tables import Kind
from app.calculators.pruning.speed.devices import device
from app.calculators.pruning.speed.engines import NAMES
from app.calculators.pruning.speed.laws.ranges import scatter
from tools.lab import engines, scaling
from tools.lab.fit import FROM, GEMM, HELD_OUT, OWN_GROUP, SPEEDUPS, URL, table
from tools.lab.measured import Row, read
from tools.lab.validate import Compared, compare, summary
from tools.paths import PRUNING_DATA, ROOT, write

OWN = ROOT / "data" / "own_timings.csv"
"""What tools/measure_gpu.py measured on a GPU that we had for a quarter of an hour. Nothing is fitted to it: cuSPARSELt
was 0.8.0, which is slower on H100 than what came before and after (https://docs.nvidia.com/cuda/cusparselt), and a few
products are worth more as a test of what others' timings predict."""
VALIDATION, SCATTER = PRUNING_DATA / "validation.csv", PRUNING_DATA / "scatter.csv"
COLUMNS = ("kind", "of", "n", "median", "p90", "bias", "inside", "device_median", "device_p90", "source", "url")
DENSE_URL = "https://github.com/XiongjieDai/GPU-Benchmarks-on-LLM-Inference"
"""Where most published runs of dense models stand; each row of data/dense_runs.csv has its own source."""
STEP = 0.04
"""Points of the scatter plot that are nearer to each other than 4% are drawn as one."""


class HeldOut(NamedTuple):
    """A measurement with what was predicted of it without its model, and without its device."""

    kind: Kind
    device: str
    tokens: int
    measured: float
    other_models: float
    other_devices: float


def held_out(path: Path = HELD_OUT) -> list[HeldOut]:
    """The rows that `make fit` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            HeldOut(
                cast(Kind, row["kind"]),
                row["device"],
                int(row["tokens"]),
                *(float(row[name]) for name in ("measured", "other_models", "other_devices")),
            )
            for row in csv.DictReader(file)
        ]


def own(rows: Sequence[HeldOut]) -> Iterator[tuple[object, ...]]:
    """A line for each kind, and for each kind on each device."""
    for kind in dict.fromkeys(row.kind for row in rows):
        mine = [row for row in rows if row.kind == kind]
        yield _line(kind, "all devices", mine)
        for key in dict.fromkeys(row.device for row in mine):
            machine = device(key)
            yield _line(kind, machine.name if machine else key, [row for row in mine if row.device == key])


def _line(kind: str, of: str, rows: Sequence[HeldOut]) -> tuple[object, ...]:
    models = summary([_compared(row, row.other_models, True) for row in rows])
    others = summary([_compared(row, row.other_devices, False) for row in rows])
    return (kind, of, *models.values(), others["median"], others["p90"], FROM, URL)


def _compared(row: HeldOut, predicted: float, timed: bool) -> Compared:
    least, most = scatter(row.kind, timed, row.tokens)
    return Compared(row.measured, predicted * least, predicted, predicted * most)


def independent(rows: Sequence[Row]) -> Iterator[tuple[object, ...]]:
    """A line for each other source."""
    found = [row for row in rows if not row.excluded and not row.group.startswith(OWN_GROUP)]
    for group, kind in sorted({(row.group, row.kind) for row in found}):
        mine = [row for row in found if (row.group, row.kind) == (group, kind)]
        source = mine[0].source or "tools/measure_gpu.py: data/own_timings.csv"
        yield (kind, group, *summary([compare(row) for row in mine]).values(), "", "", source, mine[0].url)


class Timed(NamedTuple):
    """A published run of a whole engine in passes per second, and what a fit predicted that had not seen its device."""

    runs_as: str
    device: str
    phase: str
    batch: int
    measured: float
    predicted: float
    source: str
    url: str


def timed(path: Path = engines.HELD_OUT) -> list[Timed]:
    """The rows that `tools.lab.engines` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Timed(
                row["runs_as"],
                machine.name if (machine := device(row["device"])) else row["device"],
                row["phase"],
                int(row["batch"]),
                1e6 / float(row["measured_us"]),
                1e6 / float(row["predicted_us"]),
                row["source"],
                row["url"],
            )
            for row in csv.DictReader(file)
        ]


def times(runs: Sequence[Timed]) -> Iterator[tuple[object, ...]]:
    """A line for the times of dense passes with one request and with more: on all engines, on each engine, and with one
    request on each device.
    """

    def line(kind: str, of: str, mine: Sequence[Timed]) -> tuple[object, ...]:
        found = summary([Compared(each.measured, each.predicted, each.predicted, each.predicted) for each in mine])
        sources = {(each.source, each.url) for each in mine}
        source, url = sources.pop() if len(sources) == 1 else (f"{len(sources)} sources", DENSE_URL)
        return (kind, of, *(found[name] for name in ("n", "median", "p90", "bias")), "", "", "", source, url)

    for phase in ("prefill", "decode"):
        for one, words in ((True, "one request"), (False, "more requests")):
            mine = [each for each in runs if each.phase == phase and (each.batch == 1) == one]
            yield line(f"{phase} time", f"all engines, {words}", mine)
            for key, engine in NAMES.items():
                ours = [each for each in mine if each.runs_as == key]
                if ours:
                    yield line(f"{phase} time", f"{engine}, {words}", ours)
            for name in sorted({each.device for each in mine if one}):
                yield line(f"{phase} time", f"{name}, {words}", [each for each in mine if each.device == name])


def points(rows: Sequence[HeldOut]) -> list[tuple[str, float, float]]:
    """Kind, measured and predicted without its model of every point, those that are near each other as one."""

    def near(value: float) -> float:
        return round(math.exp(round(math.log(value) / STEP) * STEP), 3)

    return sorted(Counter((row.kind, near(row.measured), near(row.other_models)) for row in rows))


def main() -> None:
    """Write both files."""
    rows = held_out()
    others = [*read(SPEEDUPS), *read(GEMM), *read(OWN)]
    lines = [*own(rows), *independent(others), *scaling.lines(scaling.read()), *times(timed())]
    write(VALIDATION, table(COLUMNS, lines))
    write(SCATTER, table(("kind", "measured", "predicted"), points(rows)))


if __name__ == "__main__":
    main()
