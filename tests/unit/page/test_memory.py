"""What an edit of a large table leaves behind: its change, and not a copy of the table or of its text."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.calculators.registry import load
from app.page import form, grid, rendering
from app.page.cache import cached
from app.page.grid import Cell
from app.page.history import History
from app.vocabulary import table
from app.vocabulary.calculator import Memory, Reading, reading
from tests.depth import cases

ROWS = cases(10_000, 100_000)
EDITS = cases(12, 60)


@contextmanager
def watched() -> Iterator[Callable[[], int]]:
    """What says how many bytes are held more than at the start."""
    tracemalloc.start()
    try:
        gc.collect()
        start, _ = tracemalloc.get_traced_memory()

        def held() -> int:
            gc.collect()
            return tracemalloc.get_traced_memory()[0] - start

        yield held
    finally:
        tracemalloc.stop()


@pytest.mark.deep
def test_edits_of_a_large_table_leave_no_copies() -> None:
    calculator = load("roc-auc")
    view = calculator.view(*read(reading(calculator, {}))[:2])
    calculator = calculator._replace(compute=lambda _: None, view=lambda *_: view)  # tests/browser has it compute, too
    rows: list[table.Row] = [(f"{at / ROWS:.6f}", f"{(at / ROWS) ** 0.5:.6f}") for at in range(ROWS)]
    memory: Memory = {}
    done, shown = History(), {}

    def edit(turn: int) -> None:
        """As a keystroke in a cell does it, another one each time."""
        change = grid.typed(rows, Cell(turn, 1), f"0.{1000 + turn}")
        done.add(change)
        change.make(rows)
        raw = calculator.defaults | {"points": table.write(rows)}
        found = read(reading(calculator, raw, memory))
        shown.update(rendering.render(calculator, raw, found=found).now)

    with watched() as held:
        edit(0)
        first = held()
        for turn in range(1, EDITS):
            edit(turn)
        assert held() - first < 500_000
    assert len(shown["field-points"]) < 3000


def read(work: Iterator[object]) -> Reading:
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: Reading = done.value
            return found


FILLED = {
    ("roc-auc", "points"): lambda at: f"{at % 997 / 997:.6f},{at % 991 / 991:.6f}",
    ("roc-auc", "scores"): lambda at: f"{at % 2},{at % 997 / 997:.6f}",
    ("threshold-cost", "points"): lambda at: f"{at % 997 / 997:.6f},{at % 991 / 991:.6f}",
    ("threshold-cost", "scores"): lambda at: f"{at % 2},{at % 997 / 997:.6f}",
    ("silhouette", "points"): lambda at: f"{at % 997 / 997:.6f},{at % 991 / 991:.6f},{at % 2}",
}


@pytest.mark.deep
@pytest.mark.parametrize(("slug", "name"), FILLED, ids=str)
def test_of_many_tables_the_last_is_kept(slug: str, name: str) -> None:
    field = next(each for each in load(slug).fields if each.name == name)
    assert field.sheet

    def read(turn: int) -> None:
        text = ";".join(map(FILLED[slug, name], range(turn, turn + 5000)))
        field.parse(text)
        assert len(form.lines_of(field, text)) == 5001
        form.control(slug, field, text, 0, "", "")

    with watched() as held:
        read(0)
        first = held()
        for turn in range(1, cases(4, 20)):
            read(turn)
        assert held() - first < 100_000  # which a single table more would take


def test_a_cache_keeps_what_was_asked_for_lately_up_to_so_many_characters() -> None:
    made: list[int] = []

    @cached(1000)
    def digits(count: int) -> str:
        made.append(count)
        return "7" * count

    assert [len(digits(count)) for count in (100, 200, 100)] == [100, 200, 100]
    assert made == [100, 200]
    for count in range(30, 60):
        digits(count)
        assert len(digits(100)) == 100
    assert made.count(100) == 1, "what is asked for again and again stays"
    assert len(digits(200)) == 200
    assert made.count(200) == 2, "what is not goes"
    with watched() as held:
        for count in range(10**6, 10**6 + 5):
            digits(count)
        assert held() < 3e6, "the last two of any size"
