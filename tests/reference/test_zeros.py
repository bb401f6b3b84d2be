"""The script that counts beside the page (static/zeros.js) finds what Python does, which is held to NumPy: of every
type, in every order, of any bytes, wherever pieces begin and end.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import prod
from typing import get_args

import pytest

from app.calculators.pruning.checkpoint import handed_out
from app.calculators.pruning.checkpoint.counting import count
from app.calculators.pruning.checkpoint.counts import BITS, Grid, Order, countable, pieces
from app.calculators.pruning.checkpoint.scanning import Task
from app.vocabulary.calculator import Job, Progress
from app.vocabulary.study import Slice
from tests import depth
from tests.inner_loops import Script, script

CASES = depth.cases(6, 200)


@pytest.fixture(scope="module")
def running() -> Iterator[Script]:
    with script("zeros.js") as started:
        yield started


def some_bytes(chance: random.Random, length: int) -> bytes:
    """Bytes with few bits set or none, signs alone, long runs of zeros; or any, or none that is zero."""
    kind = chance.randrange(4)
    if kind == 0:
        return chance.randbytes(length)
    if kind == 1:
        return bytes(chance.choices((0, 0, 0, 1, 0x80, 0x88, 0xFF), k=length))
    if kind == 2:
        return bytes(chance.choices(range(1, 256), k=length))
    found = bytearray(length)
    for at in range(length):
        found[at] = chance.randrange(256) if chance.random() < 0.02 else 0
    return bytes(found)


def check(running: Script, grid: Grid, content: bytes, most: int, against: bytes) -> None:
    """Every piece is counted alike."""
    found = []
    for piece in pieces(grid, most):
        own = against if len(against) < 2 else against[piece.offset : piece.offset + piece.bytes]
        found.append(Task(grid, piece, Slice(1, 3 + piece.offset, piece.bytes), own))
    data = handed_out.data_of(found) | {"files": [b"", b"abc" + content]}
    counts = running.do(Job(handed_out.NAME, data, Progress(0.0, ""), 1.0))["counts"]
    for task, each in zip(found, counts, strict=True):
        here = content[task.piece.offset : task.piece.offset + task.piece.bytes]
        assert handed_out.counts_of(task, each) == count(grid, task.piece, here, task.against), (grid, task.piece)
    assert running.told[-1] == 1


def some_grid(chance: random.Random, cell: str, order: Order) -> Grid:
    together = {"I4": 2, "F4": 2, "BIT": 8, "Q8_0": 32}.get(cell, 1)
    while True:
        outputs, inputs = chance.choice(((1, 1), (3, 7), (70, 40), (5, 136), (66, 24), (2, 1000), (130, 72), (9, 257)))
        positions = chance.choice((2, 9)) if order == "positions" else 1
        if cell in ("Q8_0", "BIT") and order == "rows":
            inputs = together * chance.randint(1, 5)
        grid = Grid(cell, outputs, inputs, order, chance.choice((1, 3)) if order != "positions" else 1, positions)
        if countable(grid) and prod(grid[1:3]) and (order == "rows" or cell not in ("Q8_0", "BIT")):
            return grid


@pytest.mark.parametrize("cell", BITS)
def test_the_script_counts_any_bytes_of_every_type_as_python_does(running: Script, cell: str) -> None:
    chance = random.Random(cell)
    orders = ("rows",) if cell in ("Q8_0", "BIT") else get_args(Order)
    for number in range(CASES):
        for order in orders:
            grid = some_grid(chance, cell, order)
            content = some_bytes(chance, grid.bytes)
            against = chance.choice((b"", b"\x88", chance.randbytes(1), some_bytes(chance, grid.bytes)))
            check(running, grid, content, chance.choice((64, 1000, 2**20)), b"" if number == 0 else against)


def test_the_script_refuses_a_file_that_is_shorter_than_it_was(running: Script) -> None:
    grid = Grid("F16", 4, 8)
    task = Task(grid, next(pieces(grid)), Slice(0, 0, 64), b"")
    with pytest.raises(RuntimeError, match="changed while it was read"):
        running.do(Job(handed_out.NAME, handed_out.data_of([task]) | {"files": [bytes(63)]}, Progress(0.0, ""), 1.0))
