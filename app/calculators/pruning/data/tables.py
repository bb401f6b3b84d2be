"""The CSV files of this room, read once, and the `Source` that every figure on the page can name.

>>> rows("types.csv")[0]["key"]
'fp32'
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

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


def source_of(row: Mapping[str, str]) -> Source:
    """The `Source` that stands in a row."""
    return Source(row["source"], row.get("url", ""), row.get("locator", ""), row.get("as_of", ""))


class Constant(NamedTuple):
    """One figure of `speed.csv`, or fitted one of `fitted.csv`, with what it means and where it comes from."""

    value: float
    unit: str
    note: str
    source: Source


@cache
def constants() -> dict[str, Constant]:
    """Every row of `speed.csv` and `fitted.csv` by key."""
    both = (*rows("speed.csv"), *rows("fitted.csv"))
    return {row["key"]: Constant(float(row["value"]), row["unit"], row["note"], source_of(row)) for row in both}


def constant(key: str) -> float:
    """The value of one row of `speed.csv` or `fitted.csv`.

    >>> constant("workload.batch")
    1.0
    """
    return constants()[key].value
