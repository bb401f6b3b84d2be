"""How the calculators grow with their tables, beside scikit-learn on the same machine. `make bench`. Asserts nothing.

Ours is pure Python, as it runs in the page, here on CPython; scikit-learn is compiled. Each size is timed in turn with
scikit-learn's, the best of a few rounds each; the exponent is the slope of log time against log rows.
"""

from __future__ import annotations

import gc
import math
import random
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.metrics import auc, roc_auc_score, roc_curve, silhouette_samples

from app.calculators.roc_auc.curve import area, curve
from app.vocabulary.table import remember, rows, write
from tests.oracles import roc, silhouette
from tools.paths import BUILD
from tools.paths import write as put

ROUNDS = 3


class Job(NamedTuple):
    """What is timed: its name, the rows it is timed at, and ours and scikit-learn's for so many."""

    name: str
    sizes: tuple[int, ...]
    make: Callable[[int], tuple[Callable[[], object], Callable[[], object] | None]]


def scored(n: int) -> tuple[list[bool], list[float]]:
    chance = random.Random(n)
    labels = [chance.random() < 0.3 for _ in range(n)]
    return labels, [chance.gauss(1.0 if label else 0.0, 1.0) for label in labels]


def from_scores(n: int) -> tuple[Callable[[], object], Callable[[], object]]:
    labels, scores = scored(n)
    y, s = np.array(labels), np.array(scores)
    return lambda: roc(labels, scores).auc, lambda: (roc_curve(y, s, drop_intermediate=False), roc_auc_score(y, s))


def from_points(n: int) -> tuple[Callable[[], object], Callable[[], object]]:
    chance = random.Random(n)
    points = [(x := chance.random(), x**0.5) for _ in range(n)]

    def theirs() -> object:
        found = np.array(sorted([(0.0, 0.0), *points, (1.0, 1.0)]))
        return auc(found[:, 0], found[:, 1])

    return lambda: area(curve(points).points), theirs


def clustered(n: int) -> tuple[list[list[float]], list[str]]:
    chance = random.Random(n)
    labels = [chance.randrange(5) for _ in range(n)]
    return [[chance.gauss(3 * label, 1), chance.gauss(-label, 1)] for label in labels], [str(label) for label in labels]


def silhouettes(n: int) -> tuple[Callable[[], object], Callable[[], object]]:
    points, labels = clustered(n)
    x, y = np.array(points), np.array(labels)
    return lambda: silhouette(points, labels), lambda: silhouette_samples(x, y)


def table(n: int) -> tuple[Callable[[], object], None]:
    text = write([(f"{i / n:.6f}", f"{(i / n) ** 0.5:.6f}") for i in range(n)])

    def read() -> object:
        remember("", ())
        return rows(text)

    return read, None


JOBS = (
    Job("ROC from labels and scores", (12_500, 25_000, 50_000, 100_000), from_scores),
    Job("ROC-AUC from points", (12_500, 25_000, 50_000, 100_000), from_points),
    Job("silhouette of every point, 5 clusters", (625, 1250, 2500, 5000), silhouettes),
    Job("a table read", (12_500, 25_000, 50_000, 100_000), table),
)


def best(call: Callable[[], object]) -> float:
    """The shortest of a few calls, in seconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def exponent(sizes: Sequence[int], times: Sequence[float]) -> float:
    """The slope of log time against log size."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def main() -> None:
    """Time, and print a line for each job. Garbage is looked for as seldom as in the page."""
    gc.set_threshold(100_000, 50, 50)
    lines = []
    for job in JOBS:
        ours, theirs = [], []
        for n in job.sizes:
            mine, other = job.make(n)
            ours.append(best(mine))
            theirs.append(best(other) if other else math.nan)
        ratio = (
            "" if math.isnan(theirs[-1]) else f"{ours[-1] / theirs[-1]:6.1f} × scikit-learn ({theirs[-1] * 1e3:.0f} ms)"
        )
        lines.append(
            f"{job.name:<40}{job.sizes[-1]:>8,} rows {ours[-1] * 1e3:8.0f} ms"
            f"  grows as n^{exponent(job.sizes, ours):.2f} {ratio}"
        )
        print(lines[-1], flush=True)
    put(BUILD / "scale.txt", "\n".join(lines).encode())


if __name__ == "__main__":
    main()
