"""What was done to a table can be taken back and done again, and takes no more memory than what was changed."""

from __future__ import annotations

import doctest
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.page import grid, history
from app.page.grid import Cell
from app.page.history import Change, History
from app.vocabulary.table import Rows

Step = tuple[str, int, Rows]

cells = st.text("ab", max_size=2)
blocks = st.lists(st.tuples(cells, cells), min_size=1, max_size=3).map(tuple)
steps = st.lists(st.tuples(st.sampled_from(["type", "remove", "paste", "become"]), st.integers(0, 4), blocks))


def change(rows: list[tuple[str, ...]], step: Step) -> Change:
    what, row, block = step
    at = Cell(min(row, len(rows)), row % 2)
    return {
        "type": lambda: grid.typed(rows, at, block[0][0]),
        "remove": lambda: grid.without(rows, at.row),
        "paste": lambda: grid.pasted(rows, at, block),
        "become": lambda: grid.whole(rows, block),
    }[what]()


@given(blocks, steps)
def test_everything_is_taken_back_and_done_again(start: Rows, steps: list[Step]) -> None:
    rows, done, known = list(start), History(), [tuple(start)]
    for step in steps:
        each = change(rows, step)
        done.add(each)
        each.make(rows)
        known.append(tuple(rows))
    for before in reversed(known[:-1]):
        assert done.undo(rows)
        assert tuple(rows) == before
    assert not done.undo(rows)
    for after in known[1:]:
        assert done.redo(rows)
        assert tuple(rows) == after
    assert not done.redo(rows)


def test_what_was_taken_back_is_gone_once_something_else_is_done() -> None:
    rows, done = [("1",)], History()
    for text in ("2", "3"):
        done.add(grid.typed(rows, Cell(0, 0), text))
        done.past[-1].make(rows)
    done.undo(rows)
    done.add(grid.typed(rows, Cell(0, 0), "4"))
    done.past[-1].make(rows)
    assert not done.redo(rows)
    assert (done.undo(rows), rows) == (True, [("2",)])


@pytest.mark.parametrize("place", [Cell(0, 1), Cell(1, 0), Cell(3, 1)])
def test_the_keys_of_one_edit_are_one_change(place: Cell) -> None:
    start = [("1", "2")]
    rows, done = list(start), History()
    for count in range(1, 6):
        each = grid.typed(rows, place, "x" * count)
        done.add(each, goes_on=count > 1)
        each.make(rows)
    assert len(done.past) == 1
    assert rows[place.row][place.column] == "xxxxx"
    done.undo(rows)
    assert rows == start
    done.redo(rows)
    assert rows[place.row][place.column] == "xxxxx"


def test_a_hundred_changes_are_remembered_and_only_so_many_characters() -> None:
    rows, done = [("0",)], History()
    for at in range(1, 131):
        each = grid.typed(rows, Cell(0, 0), str(at))
        done.add(each)
        each.make(rows)
    assert len(done.past) == history.MOST_CHANGES
    assert done.size == sum(each.size for each in done.past)
    chance = random.Random(1)
    for _ in range(20):
        each = grid.whole(rows, [(f"{chance.random():.12f}",)] * 50_000)
        done.add(each)
        each.make(rows)
    assert done.size == sum(each.size for each in done.past) <= history.MOST_CHARACTERS
    assert len(done.past) > 1
    larger = grid.whole(rows, [("7" * history.MOST_CHARACTERS,)])
    done.add(larger)
    assert done.past == [larger], "the last one can be taken back however large it is"


def test_what_the_words_show_is_so() -> None:
    for module in (grid, history):
        failed, tried = doctest.testmod(module)
        assert tried and not failed
