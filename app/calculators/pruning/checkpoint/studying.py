"""A checkpoint in a page, from its files to the verdict: headers first, then a sample with its error, then every
weight. What it wants of the page it yields (app/vocabulary/study.py).
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from app.calculators.pruning.checkpoint.counts import NOTHING, Counts, pieces
from app.calculators.pruning.checkpoint.findings import Findings
from app.calculators.pruning.checkpoint.handed_out import NAME, counts_of, data_of
from app.calculators.pruning.checkpoint.layouts import Matrix, matrices_in_parts
from app.calculators.pruning.checkpoint.measured import measured, model_fields
from app.calculators.pruning.checkpoint.opening import opened
from app.calculators.pruning.checkpoint.report import estimated, found, headers
from app.calculators.pruning.checkpoint.scanning import Task, done, estimate, sample, task
from app.calculators.pruning.checkpoint.source import PAUSE, File
from app.calculators.pruning.checkpoint.verdict import scan_in_parts
from app.calculators.pruning.checkpoint.zero_points import Zeros, zeros_of
from app.vocabulary.calculator import Invalid, Job, Progress
from app.vocabulary.quantity import show_bytes, show_exact
from app.vocabulary.study import Filled, Step, Study

T = TypeVar("T")

SAMPLED = 16 * 10**6
"""Bytes of a sample: it must be read and counted within a second or two."""

BY_SCRIPT, BY_PYTHON = 2**23, 2**19
"""Bytes of a piece: the script reads the next while it counts one; Python counts one between two frames."""

_AT_ONCE, _MOST_TASKS = 2**26, 256
"""Bytes and pieces that the script is given at once."""

_BETWEEN_FRAMES = 32
"""Counts that are read, or matrices that are looked at, without a pause."""


class _Part(NamedTuple):
    """A task, and the place of its matrix."""

    matrix: int
    task: Task


def study(files: Sequence[tuple[str, int]]) -> Study:
    """Study the checkpoint in some files, by name and size. Raises `Invalid` where there is none."""
    these = tuple(File(*each) for each in files)
    yield Progress(0.0, "reading headers")
    checkpoint = yield from opened(these)
    yield PAUSE
    every = yield from _paused(matrices_in_parts(checkpoint))
    nothing = Findings(checkpoint, every, {})
    model = measured(nothing)
    name = these[0].label if len(these) == 1 else f"{len(these):,} files"
    yield Filled(model_fields(nothing, model), f"Measured from {name}: {show_exact(model.parameters)} parameters.")
    yield headers(nothing, model)
    counter = _Counter(these, every)
    drawn = sample(every, SAMPLED)
    if drawn:
        yield Progress(0.0, "looking at a sample")
        zeros = yield from counter.zeros({each.matrix for each in drawn})
        looked = [each for each in drawn if each.matrix in zeros]
        parts = [_Part(each.matrix, task(every[each.matrix], zeros[each.matrix], each.piece)) for each in looked]
        counts = yield from counter.each(parts, 0)
        yield estimated(nothing, model, estimate(every, zip(looked, counts, strict=True)))
    counts_by_matrix = yield from counter.everything()
    scanned = yield from _paused(scan_in_parts(nothing._replace(counts=counts_by_matrix), model))
    yield (yield from _paused(found(scanned, tuple(counter.notes))))


def _paused(work: Generator[None, None, T]) -> Generator[Step, Any, T]:
    """The result of work in parts, with a pause after each."""
    try:
        while True:
            next(work)
            yield PAUSE
    except StopIteration as returned:
        result: T = returned.value
        return result


def _read(parts: Sequence[_Part], found: Sequence[Any]) -> Generator[Step, Any, list[Counts]]:
    """The counts that the script found, some at a time."""
    counts = []
    for part, each in zip(parts, found, strict=True):
        counts.append(counts_of(part.task, each))
        if len(counts) % _BETWEEN_FRAMES == 0:
            yield PAUSE
    return counts


class _Counter:
    """Counts pieces, by the script as long as there is one."""

    def __init__(self, files: Sequence[File], every: Sequence[Matrix]) -> None:
        self.files, self.every = files, every
        self.by_script = True
        self.notes: list[str] = []
        self._places = [at for at, each in enumerate(every) if each.grid is not None and each.weights]
        self._whole = sum(every[at].values.bytes for at in self._places)

    def zeros(self, places: Iterable[int]) -> Generator[Step, Any, dict[int, Zeros]]:
        """What stands for zero in each of these matrices; without those of which that cannot be told."""
        zeros = {}
        for at in sorted(places):
            try:
                zeros[at] = yield from zeros_of(self.files, self.every[at])
            except Invalid as invalid:
                note = f"{self.every[at].name} was not counted. {invalid}"
                self.notes += [] if note in self.notes else [note]
        return zeros

    def each(self, parts: Sequence[_Part], before: int) -> Generator[Step, Any, list[Counts]]:
        """The counts of these pieces, `before` which so many bytes were counted."""
        size = sum(each.task.where.length for each in parts)
        if self.by_script:
            begun = Progress(before / max(1, self._whole), self._words(before + size))
            job = Job(NAME, data_of([each.task for each in parts]), begun, size / max(1, self._whole))
            answer = yield job
            if answer is not None:
                return (yield from _read(parts, answer["counts"]))
            self.by_script = False
            self.notes.append(
                "This browser let no script count beside the page: Python did, which takes many times as long."
            )
        counts = []
        for each in parts:
            content = yield each.task.where
            counts.append(done(each.task, content))
            before += each.task.where.length
            yield Progress(before / max(1, self._whole), self._words(before))
        return counts

    def _words(self, counted: int) -> str:
        return f"{show_bytes(min(counted, self._whole))} of {show_bytes(self._whole)}"

    def everything(self) -> Generator[Step, Any, dict[int, Counts]]:
        """The counts of all matrices that can be counted, by their place."""
        counts: dict[int, Counts] = {}
        held: list[_Part] = []
        before = size = 0
        for at in self._places:
            zeros = yield from self.zeros([at])
            for what in self._tasks(at, zeros) if zeros else ():
                held.append(_Part(at, what))
                size += what.where.length
                if not self.by_script or size >= _AT_ONCE or len(held) >= _MOST_TASKS:
                    yield from self._add(counts, held, before)
                    before, size, held = before + size, 0, []
        yield from self._add(counts, held, before)
        return counts

    def _tasks(self, at: int, zeros: dict[int, Zeros]) -> Iterator[Task]:
        matrix = self.every[at]
        if matrix.grid is None:
            return
        small = not self.by_script or zeros[at].by_group  # what they are compared with is laid out in Python
        for part in pieces(matrix.grid, BY_PYTHON if small else BY_SCRIPT):
            yield task(matrix, zeros[at], part)

    def _add(self, counts: dict[int, Counts], parts: Sequence[_Part], before: int) -> Generator[Step, Any, None]:
        if parts:
            more = yield from self.each(parts, before)
            for part, each in zip(parts, more, strict=True):
                counts[part.matrix] = counts.get(part.matrix, NOTHING).plus(each)
