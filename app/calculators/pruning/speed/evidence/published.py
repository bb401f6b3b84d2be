"""What was published: speed-ups and qualities, as `evidence.csv` and `quality.csv` have them. tools/lab/evidence.py
writes them and says what their columns mean.

A speed-up is dense time over pruned time: below 1 is slower.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple, cast

from app.calculators.pruning.data.tables import Source, rows
from app.calculators.pruning.model.architecture import Kind
from app.calculators.pruning.model.storage import NM

Level = Literal["end_to_end", "layer", "gemm"]


Timed = Literal["prefill", "decode", "request", "train", "na"]
"""What was timed: one of the phases, whole requests with both, training, or it is not stated."""


class Measurement(NamedTuple):
    """A published speed-up.

    `option` is a key of `options.Option`, with `pattern` where that is `n:m`, `hybrid` where only some of the matrix is
    2:4 and the rest dense, `experts` or `depth` where these alone were removed; a type is a dense model that was
    quantized. `sparsity` is None where the source does not state it. `device` is as the source names it, `key` the
    device of `devices.csv` where that is certainly the same board, `chip` what may be on it (both may be empty).
    `dtype` is the type of the weights (empty: not stated), `against` that of the dense model it is compared with.
    `params` is 0 where no model is named; a matrix has `outputs` by `inputs`, else 0. `tokens` are the fewest and the
    most of one pass (of whole requests: how many at once), 0 where not stated; `batch` is in the words of the source.
    `value` is empty for a plain measurement, else its `value_type`: see `CAVEATS`. `group` is what was published
    together.
    """

    option: str
    pattern: str
    level: Level
    device: str
    key: str
    chip: str
    dtype: str
    against: str
    model: str
    params: float
    kind: Kind
    outputs: int
    inputs: int
    tokens: tuple[int, int]
    batch: str
    phase: Timed
    sparsity: float | None
    speedup: float
    value: str
    note: str
    group: str
    source: Source


class Quality(NamedTuple):
    """The quality of a model before and after, as published.

    `option` is a key of `options.Option`, or a type (`int8`, `fp8`, `int4`, `nvfp4`) for a quantized model. `pattern`
    is that of `n:m`, `hybrid` where only some of the matrix is 2:4, or what was removed: depth, width, experts.
    `retrained`: weights or masks were trained afterwards.
    `dense` and `pruned` are None where only the difference was published.
    """

    option: str
    pattern: str
    family: str
    model: str
    params: float
    kind: Kind
    sparsity: float | None
    method: str
    retrained: bool
    metric: str
    dense: float | None
    pruned: float | None
    delta: float
    note: str
    source: Source

    @property
    def lower_is_better(self) -> bool:
        """True of a perplexity, false of an accuracy."""
        return "perplexity" in self.metric


@cache
def _devices() -> dict[str, tuple[str, str]]:
    """Devices as sources name them: the board in devices.csv where it is certain, and the chips it may have, or the
    word that devices.csv has for them.
    """
    return {row["device"]: (row["key"], row["chips"]) for row in rows("evidence_devices.csv")}


@cache
def sources() -> dict[str, tuple[str, Source]]:
    """What was published together, and the source, by key."""
    return {
        row["key"]: (row["group"], Source(row["source"], row["url"], row["locator"]))
        for row in rows("evidence_sources.csv")
    }


def _pattern(text: str) -> NM:
    kept, group = map(int, text.split(":"))
    return NM(kept, group)


HYBRID = "hybrid"
"""The pattern of a matrix of which some is 2:4 and the rest dense: its sparsity says how much."""


PARTS = {"experts": "experts", "depth": "whole layers"}
"""What was removed alone, in words."""


def _share(row: dict[str, str], option: str, pattern: str) -> float | None:
    """The share of zeros or of what was removed: by the pattern where that fixes it, None where it is not stated."""
    if row["sparsity"]:
        return float(row["sparsity"])
    if pattern == HYBRID:
        return None
    if option in ("2:4", "int4+2:4"):
        return 0.5
    return _pattern(pattern).sparsity if ":" in pattern else None


def _count(text: str) -> tuple[int, int]:
    """A number or a range of them."""
    fewest, _, most = text.partition("-")
    return int(fewest or 0), int(most or fewest or 0)


def _way(pruning: str) -> tuple[str, str]:
    """The option and the pattern that a word of the column `pruning` stands for."""
    if pruning == HYBRID:
        return "2:4", HYBRID
    if pruning in PARTS:
        return "structured", pruning
    if ":" in pruning and pruning not in ("2:4", "int4+2:4"):
        return "n:m", pruning
    return pruning, ""


@cache
def measurements() -> tuple[Measurement, ...]:
    """Every published speed-up, in the order of the table."""
    found = []
    for row in rows("evidence.csv"):
        option, pattern = _way(row["pruning"])
        key, chip = _devices().get(row["device"], ("", ""))
        group, source = sources()[row["source"]]
        speedups = row["speedup"].split()
        tokens = row["tokens"].split() or [""]
        found += [
            Measurement(
                option=option,
                pattern=pattern,
                level=cast(Level, row["level"]),
                device=row["device"],
                key=key,
                chip=chip,
                dtype=row["dtype"],
                against=row["against"] or row["dtype"],
                model=row["model"],
                params=float(row["params_b"] or 0) * 1e9,
                kind=cast(Kind, row["kind"] or "decoder"),
                outputs=int(row["n"] or 0),
                inputs=int(row["k"] or 0),
                tokens=_count(several),
                batch=row["batch"],
                phase=cast(Timed, row["phase"]),
                sparsity=_share(row, option, pattern),
                speedup=float(speedup),
                value=row["value"],
                note=row["note"],
                group=group,
                source=source,
            )
            for several, speedup in zip(tokens, speedups, strict=True)
        ]
    return tuple(found)


_FAMILY = re.compile(r"([a-z]+)(?:-?(\d+)(?:\.\d+)?(?![\d.]*[bmx]))?", re.IGNORECASE)


@cache
def family(name: str) -> str:
    """The family and generation that a model's name begins with; its size, minor version and owner do not count.

    >>> family("Llama-3.1-8B"), family("meta-llama/Llama-2-7b-hf"), family("OPT-13B"), family("Qwen2.5-7B")
    ('llama3', 'llama2', 'opt', 'qwen2')
    """
    owner, _, rest = name.partition("/")
    found = _FAMILY.match(rest if rest[:1].isalpha() else owner)
    return (found[1] + (found[2] or "")).casefold() if found else ""


@cache
def qualities() -> tuple[Quality, ...]:
    """Every published quality, in the order of the table."""
    found = []
    for row in rows("quality.csv"):
        dense, pruned = (float(row[name]) if row[name] else None for name in ("dense", "pruned"))
        delta = float(row["delta"]) if dense is None or pruned is None else round(pruned - dense, 4)
        found.append(
            Quality(
                option=row["option"],
                pattern=row["pattern"],
                family=family(row["model"]),
                model=row["model"],
                params=float(row["params_b"] or 0) * 1e9,
                kind=cast(Kind, row["kind"] or "decoder"),
                sparsity=_share(row, row["option"], row["pattern"]),
                method=row["method"],
                retrained=row["retrained"] == "yes",
                metric=row["metric"],
                dense=dense,
                pruned=pruned,
                delta=delta,
                note=row["note"],
                source=sources()[row["source"]][1],
            )
        )
    return tuple(found)
