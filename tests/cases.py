"""Inputs made by chance, always the same ones, on which the page in a browser must agree with CPython."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from app.calculators.pruning.inputs import STRUCTURES
from app.calculators.pruning.model.architecture import presets
from app.calculators.pruning.speed.devices import devices

Raw = dict[str, str]


def pruning(count: int) -> Iterator[Raw]:
    """Models, shares and kinds of zeros, types and devices."""
    chance = random.Random(20261123)
    names = [model.name for model in presets()]
    for _ in range(count):
        yield {
            "params": chance.choice(
                [*names, f"{chance.uniform(0.1, 999):.3f}B", f"{chance.randint(1, 8)}x{chance.randint(1, 99)}B"]
            ),
            "sparsity": chance.choice([f"{chance.random():.4f}", f"{chance.randint(0, 100)}%"]),
            "structure": chance.choice(STRUCTURES).value,
            "dtype": chance.choice(["fp32", "fp16", "bf16", "fp8", "int8", "int4"]),
            "device": chance.choice(devices()).key,
            "prunable": chance.choice(["auto", f"{chance.random():.3f}"]),
        }


def roc_auc(count: int) -> Iterator[Raw]:
    """Points of a curve, or labels and scores; with costs, bands and intervals."""
    chance = random.Random(20261124)
    for _ in range(count):
        rates = (sorted(f"{chance.random():.4f}" for _ in range(chance.randint(1, 9))) for _ in range(2))
        given = chance.choice(
            [{"points": ";".join(map(",".join, zip(*rates, strict=False)))}, {"scores": _labelled(chance)}]
        )
        yield given | {
            "cost_fn": f"{chance.uniform(0.1, 20):.2f}",
            "prevalence": chance.choice(["auto", f"{chance.randint(1, 99)}%"]),
            "max_fpr": chance.choice(["none", f"{chance.uniform(0.05, 1):.3f}"]),
            "level": chance.choice(["90%", "95%", "99%"]),
        }


def threshold_cost(count: int) -> Iterator[Raw]:
    """Costs and prevalence, alone, with points or with labelled probabilities."""
    chance = random.Random(20261125)
    for _ in range(count):
        given = chance.choice([{}, {"points": "0.1,0.5;0.3,0.8"}, {"scores": _labelled(chance)}])
        yield given | {
            "cost_fp": f"{chance.uniform(0.1, 20):.2f}",
            "cost_fn": f"{chance.uniform(0.1, 90):.1f}",
            "prevalence": f"{chance.uniform(0.5, 99):.1f}%",
            "auc": f"{chance.uniform(0.52, 0.99):.3f}",
            "cap": chance.choice(["none", f"{chance.randint(1, 99)}%"]),
        }


def silhouette(count: int) -> Iterator[Raw]:
    """Two distances, or points with labels."""
    chance = random.Random(20261126)
    for _ in range(count):
        if chance.random() < 0.3:
            yield {"a": f"{chance.uniform(0.01, 9):.3f}", "b": f"{chance.uniform(0.01, 9):.3f}"}
        else:
            points = [(chance.uniform(0.1, 9), chance.uniform(0.1, 9)) for _ in range(chance.randint(4, 20))]
            yield {
                "points": ";".join(f"{x:.3f},{y:.3f},{at % 3}" for at, (x, y) in enumerate(points)),
                "metric": chance.choice(["euclidean", "sqeuclidean", "manhattan", "cosine"]),
                "singletons": chance.choice(["0", "1"]),
            }


def _labelled(chance: random.Random) -> str:
    """Labels, of which there are both, and scores."""
    labels = [1, 0, *(chance.randint(0, 1) for _ in range(chance.randint(1, 20)))]
    return ";".join(f"{label},{chance.random():.4f}" for label in labels)


BY_SLUG: dict[str, Callable[[int], Iterator[Raw]]] = {
    "pruning": pruning,
    "roc-auc": roc_auc,
    "threshold-cost": threshold_cost,
    "silhouette": silhouette,
}
