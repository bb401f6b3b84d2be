"""Predicted against measured: `make validate ROWS=FILE.csv` prints how far off the page is on the rows of a file.

The file has the columns of `data/speedups.csv` or of `data/gemm_2to4_latency.csv`. Rows that the model does not claim
are counted with the written rule that leaves them out. The last line is JSON for a script to read.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.speed.devices import arithmetic
from app.calculators.pruning.speed.kernels import dense_kernel, fitted, matmul_us, sparse24_kernel
from app.calculators.pruning.speed.laws import two_four
from app.calculators.pruning.speed.laws.ranges import scatter
from app.calculators.pruning.speed.run import Run, Workload
from tools.lab.fit import CONTEXT, OWN_GROUP, PROMPT
from tools.lab.measured import Row, read

KINDS = ("gemm", "prefill", "decode")


class Compared(NamedTuple):
    """A measured speed-up beside what the page says: low, likely and high."""

    measured: float
    low: float
    likely: float
    high: float

    @property
    def error(self) -> float:
        """Signed, as a share of the measured speed-up."""
        return self.likely / self.measured - 1


def compare(row: Row) -> Compared:
    """What the page says of a row that is not excluded. Raises ValueError for one that is."""
    if row.excluded or row.device is None:
        raise ValueError(f"not compared: {row.excluded}")
    return Compared(row.speedup, *(_product(row) if row.kind == "gemm" else _pass(row)))


def _product(row: Row) -> tuple[float, float, float]:
    """A product as benchmarks repeat it: its matrices rest in the cache, so memory sets no limit to their bandwidth."""
    machine = row.device
    how = arithmetic(machine, row.dtype) if machine else None
    if machine is None or how is None:
        raise ValueError(f"no peaks for {row.device_name}")
    found, peak = fitted(machine, how.dtype), (machine.bandwidth_gb_s or 0.0) * 1e3
    dense = dense_kernel(machine, row.dtype)._replace(bytes_per_us=peak * found.warm_share)
    pruned = sparse24_kernel(machine, row.dtype)._replace(bytes_per_us=peak * found.warm_share * found.traffic_24)
    power = constant("power", "gemm").value
    before = matmul_us(row.tokens, row.outputs, row.inputs, dense, power)
    likely = before / matmul_us(row.tokens, row.outputs, row.inputs * row.pattern.stretch_24, pruned, power)
    least, most = scatter("gemm", how.timed_24, row.tokens)
    return likely * least, likely, likely * most


def _pass(row: Row) -> tuple[float, float, float]:
    """A whole pass, as the page computes it for the workload that `tools.lab.fit` assumes of the tables."""
    if row.device is None or row.model is None:
        raise ValueError("the model or the device is not known")
    if row.kind == "prefill":
        work = Workload(min(row.tokens, PROMPT), max(1, row.tokens // PROMPT), 0)
        run = Run(row.model, row.device, row.dtype, "prefill", work)
    else:
        run = Run(row.model, row.device, row.dtype, "decode", Workload(PROMPT, row.tokens, CONTEXT))
    found = two_four.speedup(run, 1.0, row.pattern)
    return found.low, found.likely, found.high


def summary(found: Sequence[Compared]) -> dict[str, float]:
    """Number, median and 90th percentile of the error, bias, and the share of rows within low to high."""
    if not found:
        return {"n": 0, "median": 0.0, "p90": 0.0, "bias": 0.0, "inside": 0.0}
    off = [abs(each.error) for each in found]
    return {
        "n": len(found),
        "median": round(median(off), 4),
        "p90": round(quantiles(off, n=10, method="inclusive")[-1] if len(off) > 1 else off[0], 4),
        "bias": round(median(each.error for each in found), 4),
        "inside": round(sum(each.low <= each.measured <= each.high for each in found) / len(found), 4),
    }


def lines(found: Iterable[tuple[Row, Compared]], by: Callable[[Row], str]) -> Iterable[str]:
    """One line of a table for each group of rows."""
    groups: dict[str, list[Compared]] = {}
    for row, each in found:
        groups.setdefault(by(row), []).append(each)
    for name, mine in sorted(groups.items()):
        one = summary(mine)
        yield (
            f"{name:<40} {one['n']:>5}  median {one['median']:>6.1%}  p90 {one['p90']:>6.1%}"
            f"  bias {one['bias']:>+6.1%}  inside {one['inside']:>4.0%}"
        )


def main() -> None:
    """Read the file, compare, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=Path, help="a CSV file of measurements")
    try:
        rows = read(parser.parse_args().rows)
    except (OSError, ValueError, KeyError) as error:
        parser.error(str(error))
    found = [(row, compare(row)) for row in rows if not row.excluded]
    left_out = Counter(row.excluded for row in rows if row.excluded)
    for why, count in left_out.most_common():
        print(f"left out {count:>5}: {why}")
    print("\nby phase, device and type")
    for line in lines(found, lambda row: f"{row.kind} {row.device_name} {row.dtype}"):
        print(line)
    others = [(row, each) for row, each in found if not row.group.startswith(OWN_GROUP)]
    if others:
        print("\nsources that no constant was fitted to")
        for line in lines(others, lambda row: f"{row.group} {row.kind}"):
            print(line)
    print(json.dumps({kind: summary([each for row, each in found if row.kind == kind]) for kind in KINDS}))


if __name__ == "__main__":
    main()
