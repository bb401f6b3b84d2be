"""What passes between the page and a study of files: they are read by slices, however large they are, and what is
known of them is said as it comes. Comes with the first file.

    files  --Calculator.study-->  Slice, Job, Progress: answered    Filled, Report: shown
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, NamedTuple, TypeAlias

from app.vocabulary.calculator import Download, Job, Line, Progress, Table


class Slice(NamedTuple):
    """Bytes of a file that are wanted; the file is told by its place among the files. Of no length, nothing is wanted
    but a pause.
    """

    file: int
    offset: int
    length: int


class Filled(NamedTuple):
    """Texts for fields of the calculator, and what is said beside the first of them."""

    texts: Mapping[str, str]
    said: str


class HeatCell(NamedTuple):
    """A cell of a picture: its share from 0 to 1, and the word that stands in it."""

    share: float
    word: str


class Heat(NamedTuple):
    """A picture of shares: rows and columns with their names, cells by both (None where there is nothing), and what the
    words in them mean.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[HeatCell | None, ...], ...]
    legend: tuple[str, ...] = ()


class Report(NamedTuple):
    """What is known of the files: a `claim`, `lines` below it, and what leads on: texts that `carry` it into the
    calculator, under a `label`. `wrong`: the files cannot be used.
    """

    claim: Line
    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    heat: Heat | None = None
    carry: tuple[tuple[str, str], ...] = ()
    label: str = ""
    downloads: tuple[Download, ...] = ()
    gist: str = ""
    wrong: bool = False


Step: TypeAlias = Slice | Job | Progress | Filled | Report
Study: TypeAlias = Generator[Step, Any, None]
"""It is sent the bytes of a slice, what a job has found or None, and nothing else."""
