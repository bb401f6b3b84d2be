"""The CSV files of this room, read once, and the `Source` that every figure on the page can name.

>>> rows("types.csv")[0]["key"]
'fp32'
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache, lru_cache
from math import inf
from pathlib import Path
from typing import Literal, NamedTuple, cast

_HERE = Path(__file__).parent


class Source(NamedTuple):
    """Where a figure was read: a title, an address (empty when there is none), the place in it, the month."""

    title: str
    url: str = ""
    locator: str = ""
    as_of: str = ""


def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of one CSV file beside this module, as text."""
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def text(name: str) -> str:
    """One file beside this module, whole."""
    return (_HERE / name).read_text(encoding="utf-8")


def source_of(row: Mapping[str, str]) -> Source:
    """The `Source` that stands in a row."""
    return Source(row["source"], row.get("url", ""), row.get("locator", ""), row.get("as_of", ""))


Kind = Literal["gemm", "prefill", "decode"]
"""What is timed: a matrix product, or a whole pass in one of the two phases."""

HeldOut = Literal["model", "device"]
"""What a fit had not seen of the rows that it was then to predict."""

Statistic = Literal["median", "p90", "bias", "low", "high"]


class Constant(NamedTuple):
    """One figure of `speed.csv`, which was read somewhere, or of `fitted.csv`, which `make fit` found.

    `name` says what it is; the columns after it say of what, each empty where that does not matter: the `kind` of
    timing, the key, the architecture or the family of a `device`, the type, what was `held_out` when an error was
    measured, the most tokens that it holds for, and which `statistic` it is.
    """

    name: str
    kind: Kind | Literal[""]
    device: str
    dtype: str
    held_out: HeldOut | Literal[""]
    up_to_tokens: float
    statistic: Statistic | Literal[""]
    value: float
    unit: str
    note: str
    source: Source


@cache
def constants() -> tuple[Constant, ...]:
    """Every row of `speed.csv` and of `fitted.csv`."""
    return tuple(
        Constant(
            name=row["name"],
            kind=cast(Kind, row["kind"]),
            device=row["device"],
            dtype=row["dtype"],
            held_out=cast(HeldOut, row["held_out"]),
            up_to_tokens=float(row["up_to_tokens"] or inf),
            statistic=cast(Statistic, row["statistic"]),
            value=float(row["value"]),
            unit=row["unit"],
            note=row["note"],
            source=source_of(row),
        )
        for row in (*rows("speed.csv"), *rows("fitted.csv"))
    )


@cache
def _by_columns() -> dict[tuple[str, ...], tuple[Constant, ...]]:
    """The constants by what they are and of what, the one for the fewest tokens first."""
    found: dict[tuple[str, ...], tuple[Constant, ...]] = {}
    for each in sorted(constants(), key=lambda each: each.up_to_tokens):
        key = (each.name, each.kind, each.device, each.dtype, each.held_out, each.statistic)
        found[key] = (*found.get(key, ()), each)
    return found


def known(
    name: str,
    kind: Kind | Literal[""] = "",
    device: str = "",
    dtype: str = "",
    held_out: HeldOut | Literal[""] = "",
    statistic: Statistic | Literal[""] = "",
    tokens: float = inf,
) -> Constant | None:
    """The constant of that name and of these columns, that holds for so many tokens; None where there is none."""
    every = _by_columns().get((name, kind, device, dtype, held_out, statistic), ())
    return next((each for each in every if tokens <= each.up_to_tokens), None)


@lru_cache(maxsize=1024)
def constant(
    name: str,
    kind: Kind | Literal[""] = "",
    device: str = "",
    dtype: str = "",
    held_out: HeldOut | Literal[""] = "",
    statistic: Statistic | Literal[""] = "",
    tokens: float = inf,
) -> Constant:
    """The constant of that name and of these columns, that holds for so many tokens.

    >>> constant("launch_us", kind="gemm").unit, constant("workload_batch").value
    ('us', 1.0)
    """
    found = known(name, kind, device, dtype, held_out, statistic, tokens)
    if found is None:
        raise KeyError(f"no constant {name!r} for {(kind, device, dtype, held_out, statistic, tokens)}")
    return found
