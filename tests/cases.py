"""Inputs on which the page in a browser must agree with CPython: made by chance, always the same ones, or typed. For a
calculator that is not known here they are found from what it declares.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import islice

from app.calculators.pruning.inputs import QUANTIZE, STRUCTURES
from app.calculators.pruning.model.architecture import presets
from app.calculators.pruning.speed.devices import devices
from app.calculators.registry import load
from app.page import rendering
from tests import reading

Raw = dict[str, str]


def pruning(count: int) -> Iterator[Raw]:
    """Models, shares and patterns of zeros, types and devices."""
    chance = random.Random(20261123)
    names = [model.name for model in presets()]
    for _ in range(count):
        yield {
            "params": chance.choice([*names, f"{chance.uniform(0.1, 999):.3f}B", _by_hand(chance)]),
            "sparsity": chance.choice([f"{chance.random():.4f}", f"{chance.randint(0, 100)}%"]),
            "structure": chance.choice(STRUCTURES).value,
            "quantize": chance.choice(QUANTIZE).value,
            "dtype": chance.choice(["fp32", "fp16", "bf16", "fp8", "int8", "int4"]),
            "device": chance.choice(devices()).key,
            "devices": chance.choice(["1", "1", "2", "8", "100"]),
            "prunable": chance.choice(["auto", f"{chance.random():.3f}"]),
        }


def _by_hand(chance: random.Random) -> str:
    """A model of which a visitor knows the numbers."""
    return f"{chance.randint(9, 99)}B active {chance.randint(1, 8)}B kv {chance.randint(8, 512)} kB"


def roc_auc(count: int) -> Iterator[Raw]:
    """Points of a curve, or labels and scores; with costs, bands and intervals."""
    chance = random.Random(20261124)
    for _ in range(count):
        rates = (sorted(f"{chance.random():.4f}" for _ in range(chance.randint(1, 9))) for _ in range(2))
        given = chance.choice(
            [
                {"points": ";".join(map(",".join, zip(*rates, strict=False)))},
                {"scores": _labelled(chance), "bootstrap": chance.choice(["none", "200"])},
                {"scores": _two_models(chance), "bootstrap": chance.choice(["none", "200"])},
            ]
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


def _two_models(chance: random.Random) -> str:
    """Labels, of which there are two of each, and the scores of two models, some of them tied."""
    labels = [1, 0, 1, 0, *(chance.randint(0, 1) for _ in range(chance.randint(2, 20)))]
    rows = (f"{label},{chance.random():.1f},{chance.random() + label:.3f}" for label in labels)
    return ";".join(["label,one,two", *rows])


_MADE: dict[str, Callable[[int], Iterator[Raw]]] = {
    "pruning": pruning,
    "roc-auc": roc_auc,
    "threshold-cost": threshold_cost,
    "silhouette": silhouette,
}

_TYPED = {
    "pruning": ("params", "7B"),
    "roc-auc": ("points", "0.1,0.5;0.2,0.7"),
    "threshold-cost": ("cost_fn", "20"),
    "silhouette": ("a", "0.2"),
}


def made(slug: str, count: int) -> Iterator[Raw]:
    """So many inputs of a calculator."""
    if slug in _MADE:
        return _MADE[slug](count)
    return islice(({name: text} for name, text in others(slug)), count)


def typed(slug: str) -> tuple[str, str]:
    """A field of a calculator, by name, and a text for it that changes the answer."""
    return _TYPED[slug] if slug in _TYPED else next(others(slug))


def others(slug: str) -> Iterator[tuple[str, str]]:
    """Fields of a calculator, each with a text that it takes and that changes the answer."""
    calculator = load(slug)

    def answers(raw: Raw) -> dict[str, float]:
        return reading.outputs(rendering.regions(calculator, calculator.defaults | raw))

    usual = answers({})
    for field in calculator.fields:
        for text in [choice.value for choice in field.choices] or ["7", "0.2", "20%", "0.1,0.5;0.2,0.7"]:
            found = answers({field.name: text})
            if found and found != usual:
                yield field.name, text
