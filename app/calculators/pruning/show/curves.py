"""Memory and speed against sparsity: a line for each pattern that takes any sparsity, a point for one that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import NamedTuple

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.goal import pace
from app.calculators.pruning.model.cuts import Keep
from app.calculators.pruning.options import Option, Result, option
from app.calculators.pruning.question import Question
from app.calculators.pruning.show.evidence import stands_for
from app.calculators.pruning.show.figures import Show, capacity, cut_name, links
from app.vocabulary.calculator import Axis, Line, Plot, Row, Table, Trace
from app.vocabulary.quantity import show_bytes, show_bytes_binary, show_ratio, show_share
from app.vocabulary.ticks import ticks

GRID = (*(each / 10 for each in range(6)), *(each / 20 for each in range(12, 20)))
"""The sparsities that are computed, closer where the lines bend. They are the same for every input, so that moving the
slider computes nothing anew.
"""


_HIGHEST = 4.2
"""Speed-up beyond which a line leaves the picture: nobody keeps a model of which so little is left."""


class Point(NamedTuple):
    """What a line shows at one sparsity: the bytes needed on a device, and the likely speed of a whole request."""

    needed: float
    pace: float


class Curve(NamedTuple):
    """A pattern at each of `GRID`."""

    label: str
    part: int
    points: tuple[Point, ...]


def curves(result: Result, show: Show, marked: bool = False) -> Table:
    """Memory needed and the speed of a whole request, against sparsity."""
    drawn = lines(result.question)
    memory = _memory(result, show, drawn)
    speed = _speed(result, drawn, marked)

    def rows() -> Iterator[Row]:
        for place, sparsity in enumerate(GRID):
            cells = []
            for line in drawn:
                one = line.points[place]
                cells += [(show.bytes(one.needed),), (show.ratio(one.pace),)]
            yield Row((show.share(sparsity),), tuple(cells))

    heads = tuple(f"{line.label}: {what}" for line in drawn for what in ("memory", "request"))
    return Table(
        "Memory and speed against sparsity",
        ("Sparsity", *heads),
        rows,
        folded=False,
        plots=(memory, speed),
        in_plots=True,
        notes=(
            (
                "2:4 is 50% by definition. A line says what the page computes, not what the quality survives: see"
                " Quality for how far published cuts went. Speeds by constants fitted to ",
                *links((constant("power", "gemm").source,)),
                ".",
            ),
        ),
    )


def read_at(result: Result, show: Show, place: float) -> Line:
    """What the lines come to at a sparsity."""
    said: Line = ("At ", show.share(place), ": ")
    free = _asked_of_lines(result.question)
    for structure, label in (("unstructured", "unstructured "), ("structured", "; structured ")):
        found = _at(free, structure, place)
        said += (label, show.bytes(found.needed), " and ", show.ratio(found.pace))
    return (*said, ".")


def lines(question: Question) -> tuple[Curve, ...]:
    """The patterns that can have any sparsity."""
    return _lines(_asked_of_lines(question))


def _asked_of_lines(question: Question) -> Question:
    """A question without what no line follows: moving the slider or choosing an option prices nothing anew."""
    return question._replace(
        keep=Keep(), sparsity=0.0, structure="unstructured", quantize="none", goal=None, budget=None, ends=False
    )


@lru_cache(maxsize=16)
def _lines(question: Question) -> tuple[Curve, ...]:
    return (
        Curve("Unstructured", 2, _along(question, "unstructured")),
        Curve("Structured", 3, _along(question, "structured")),
    )


def _along(question: Question, structure: str) -> tuple[Point, ...]:
    """A line that ends where it began has not moved between: more zeros never take more memory, nor make slower."""
    first, last = (_at(question, structure, each) for each in (GRID[0], GRID[-1]))
    if first == last:
        return (first,) * len(GRID)
    return (first, *(_at(question, structure, each) for each in GRID[1:-1]), last)


def _at(question: Question, structure: str, sparsity: float) -> Point:
    found = option(question._replace(sparsity=sparsity), structure)
    return Point(found.fit.needed, pace(found))


def _memory(result: Result, show: Show, lines: tuple[Curve, ...]) -> Plot:
    size = show_bytes_binary if show.binary else show_bytes
    room = capacity(result)
    highest = max(result.dense.fit.needed, result.chosen.fit.needed, room or 0.0) * 1.08
    traces = [
        Trace(line.label, tuple(zip(GRID, (each.needed for each in line.points), strict=True)), "line", line.part)
        for line in lines
    ]
    traces += _points(result, lambda each: each.fit.needed)
    if room is not None:
        traces.append(Trace("what the devices hold", ((0.0, room), (1.0, room)), "dashed", 5))
    y = Axis("", 0.0, highest, tuple((each, size(each)) for each, _ in ticks(0.0, highest)))
    return Plot("Memory needed against sparsity", _across(), y, tuple(traces))


def _speed(result: Result, lines: tuple[Curve, ...], marked: bool) -> Plot:
    speeds = [each.pace for line in lines for each in line.points]
    highest = min(max(*speeds, pace(result.chosen), 2.0) * 1.05, _HIGHEST)
    traces = [
        Trace(
            line.label, _within(zip(GRID, (each.pace for each in line.points), strict=True), highest), "line", line.part
        )
        for line in lines
    ]
    traces += _points(result, pace)
    if marked:
        traces += _measured(result)
    y = Axis("", 0.0, highest, tuple((each, show_ratio(each)) for each, _ in ticks(0.0, highest)))
    return Plot("Likely speed of a request against sparsity", _across(), y, tuple(traces))


def _within(points: Iterable[tuple[float, float]], highest: float) -> tuple[tuple[float, float], ...]:
    """A line that rises, up to where it leaves the picture."""
    found: list[tuple[float, float]] = []
    for x, y in points:
        if y > highest and found:
            last, before = found[-1]
            x, y = last + (highest - before) / (y - before) * (x - last), highest
        found.append((x, y))
        if y >= highest:
            break
    return tuple(found)


def _across() -> Axis:
    return Axis("sparsity", 0.0, 1.0, tuple((each / 4, show_share(each / 4)) for each in range(5)))


def _points(result: Result, of: Callable[[Option], float]) -> list[Trace]:
    """2:4, and what was chosen."""
    found = next(each for each in result.options if each.key == "2:4")
    traces = [Trace("2:4", ((0.5, of(found)),), "dots", 1)]
    if result.chosen.key != "2:4":
        traces.append(
            Trace(cut_name(result.chosen, result), ((result.chosen.sparsity, of(result.chosen)),), "rings", 4)
        )
    return traces


def _measured(result: Result) -> list[Trace]:
    """Published speed-ups of whole models near the options that are drawn."""
    from app.calculators.pruning.speed.evidence.speedups import nearest  # its data comes later

    question, points = result.question, []
    for each in result.options:
        if each.key in ("unstructured", "2:4", "structured"):
            key, dtype, _ = stands_for(each, question.dtype)
            find = partial(nearest, key)
            for run in question.runs:
                found = find(run._replace(dtype=dtype), each.sparsity, 4, question.pattern, question.keep.part)
                points += [
                    (one.measurement.sparsity, one.measurement.speedup)
                    for one in found
                    if one.near and one.measurement.level == "end_to_end" and one.measurement.sparsity is not None
                ]
    return [Trace("measured elsewhere, near these inputs", tuple(dict.fromkeys(points)), "cloud", 6)] if points else []
