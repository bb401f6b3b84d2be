"""How many times as fast twice the devices are: published throughputs of one model on 1, 2, 4 and 8 of them, against
what the page says; and the constants of an all-reduce.

`data/scaling.csv` holds tokens per second of all devices together under maximum load, with a model of which each layer
is shared among them. As many requests run at once as the memory holds, and a server takes. Where few fit, the second
device pays by the cache it brings, which is not what is asked here: `FEWEST` must fit on the fewer ones.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from math import floor
from pathlib import Path
from statistics import median
from typing import NamedTuple

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.architecture import Model, preset
from app.calculators.pruning.model.parallel import Split, cache_of_one, shares
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed.devices import Device, device
from app.calculators.pruning.speed.links import Adding, adding, link_of
from app.calculators.pruning.speed.roofline import dense_pass
from app.calculators.pruning.speed.run import Run, Workload
from app.calculators.pruning.stored import whole
from tools.lab.validate import Compared, summary
from tools.paths import ROOT

SCALING, ALL_REDUCE = ROOT / "data" / "scaling.csv", ROOT / "data" / "allreduce.csv"
FEWEST, MOST = 64, 1024
"""Requests at once: with fewer the memory is what limits, and a server takes no more (TensorRT-LLM's tables do not say
how many it took)."""

CHUNK = 8192
"""Tokens of prompts that TensorRT-LLM reads in one pass, unless told otherwise."""


class Throughput(NamedTuple):
    """One row: so many `devices` put out `tokens_per_second` for requests of so many tokens in and out."""

    device: Device
    model: Model
    dtype: str
    devices: int
    input_tokens: int
    output_tokens: int
    tokens_per_second: float
    source: str
    url: str


class Doubled(NamedTuple):
    """How many times as fast twice the devices were, and would be by the page."""

    fewer: Throughput
    measured: float
    predicted: float


def read(path: Path = SCALING) -> list[Throughput]:
    """The rows. Raises ValueError for a device or a model that the page does not know."""
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            machine, model = device(row["device"]), preset(row["model"])
            if machine is None or model is None:
                raise ValueError(f"{path.name}: {row['device']} or {row['model']} is not known")
            found.append(
                Throughput(
                    machine,
                    model,
                    row["dtype"],
                    int(row["devices"]),
                    int(row["input_tokens"]),
                    int(row["output_tokens"]),
                    float(row["tokens_per_second"]),
                    row["source"],
                    row["url"],
                )
            )
    return found


def requests(row: Throughput) -> int:
    """How many requests run at once: as many as nine tenths of the memory hold beside the weights."""
    among, bits = Split(row.devices), 16 if row.dtype == "fp16" else 8
    held, share = whole(row.model, types()[row.dtype]), shares(row.model, among)
    weights = held.pruned * share.blocks + held.rest * share.rest
    cache = cache_of_one(row.model, among, 1, row.input_tokens + row.output_tokens, bits)
    if row.device.memory_gb is None or not cache:
        raise ValueError(f"no memory known of {row.device.name}, or no cache of {row.model.name}")
    usable = row.device.memory_gb * 1e9 * (1 - constant("overhead_share").value)
    return max(0, min(MOST, floor((usable - weights) / cache)))


def predicted(row: Throughput) -> float:
    """Tokens per second: every request is read once, in chunks, and then decoded with all others, on the average with
    half of its output behind it.
    """
    batch, bits = requests(row), 16 if row.dtype == "fp16" else 8
    context = row.input_tokens + row.output_tokens // 2
    together = min(batch, max(1, CHUNK // row.input_tokens))
    reading = Run(
        row.model,
        row.device,
        row.dtype,
        "prefill",
        Workload(row.input_tokens, together, context, bits),
        Split(row.devices),
    )
    writing = reading._replace(phase="decode", workload=Workload(row.input_tokens, batch, context, bits))
    read_us = sum(dense_pass(reading) or ()) * batch / together
    return batch * row.output_tokens * 1e6 / (read_us + row.output_tokens * sum(dense_pass(writing) or ()))


def doubled(rows: list[Throughput]) -> Iterator[Doubled]:
    """Every pair of rows that differ in the devices alone, by a factor of two, and of which memory is not the limit."""
    by_key = {row._replace(tokens_per_second=0.0): row for row in rows}
    for key, fewer in by_key.items():
        more = by_key.get(key._replace(devices=2 * key.devices))
        if more and requests(fewer) >= FEWEST:
            measured = more.tokens_per_second / fewer.tokens_per_second
            yield Doubled(fewer, measured, predicted(more) / predicted(fewer))


def lines(rows: list[Throughput]) -> Iterator[tuple[object, ...]]:
    """A line of `validation.csv` for each link and number of devices."""
    found = list(doubled(rows))
    for key, number in sorted({(each.fewer.device.link, each.fewer.devices) for each in found}):
        mine = [each for each in found if (each.fewer.device.link, each.fewer.devices) == (key, number)]
        errors = summary([Compared(each.measured, each.predicted, each.predicted, each.predicted) for each in mine])
        link, first = link_of(mine[0].fewer.device).name, mine[0].fewer
        figures = (errors[name] for name in ("n", "median", "p90", "bias"))
        yield ("devices", f"{link}, {number} to {2 * number}", *figures, "", "", "", first.source, first.url)


# --- the all-reduce ---


class AllReduce(NamedTuple):
    """So many `devices` added up so many bytes in so many microseconds."""

    device: Device
    devices: int
    size: int
    us: float


def all_reduces(path: Path = ALL_REDUCE) -> list[AllReduce]:
    """What was timed: of every device and number of them, the fastest time for at least so many bytes."""
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            machine = device(row["device"])
            if machine is None:
                raise ValueError(f"{path.name}: {row['device']} is not known")
            found.append(AllReduce(machine, int(row["devices"]), int(row["bytes"]), float(row["us"])))

    def least(of: AllReduce) -> float:
        return min(
            each.us for each in found if (each.device, each.devices) == (of.device, of.devices) and each.size >= of.size
        )

    return list(dict.fromkeys(each._replace(us=least(each)) for each in found))


def main() -> None:
    """Fit the constants of an all-reduce between GPUs behind a switch anew, and print how far off both are."""
    from scipy.optimize import least_squares

    timed = all_reduces()
    switched = [each for each in timed if each.device.link.startswith(("nvlink", "xgmi"))]

    def off(constants: tuple[float, float, float, float]) -> list[float]:
        first, step, scale, power = constants
        return [
            math.log(
                link_of(each.device)
                ._replace(floor_us=first, step_us=step)
                .all_reduce_us(each.devices, each.size, Adding(scale, power, adding().share))
                / each.us
            )
            for each in switched
        ]

    fit = least_squares(off, (3.0, 0.3, 10.0, 0.6), loss="soft_l1")
    print("floor_us, step_us, all_reduce_scale, all_reduce_power:", *(f"{value:.3f}" for value in fit.x))
    errors = [abs(link_of(each.device).all_reduce_us(each.devices, each.size) / each.us - 1) for each in timed]
    print(f"all-reduce: {len(errors)} timed, median error {median(errors):.1%}")
    for _, of, n, middle, p90, bias, *_ in lines(read()):
        print(f"{of:<28} {n:>4}  median {middle:>6.1%}  p90 {p90:>6.1%}  bias {bias:>+6.1%}")
    every = [abs(each.predicted / each.measured - 1) for each in doubled(read())]
    print(f"all {len(every)}: median {median(every):.1%}")


if __name__ == "__main__":
    main()
