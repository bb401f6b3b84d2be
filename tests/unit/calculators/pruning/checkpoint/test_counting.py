"""Counts equal those of NumPy to the last weight: in every type, in every order, wherever the pieces are cut."""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.pruning.checkpoint.counting import count
from app.calculators.pruning.checkpoint.counts import BLOCK, GROUPS, NOTHING, Counts, Grid, countable, pieces

FLOATS = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "BF16": ml_dtypes.bfloat16,
    "F8": ml_dtypes.float8_e4m3fn,
}
WHOLE = {"I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8}


def oracle(live: np.ndarray, inputs: int) -> Counts:
    """The counts of a matrix of booleans, (all outputs, positions, inputs), by NumPy."""
    outputs, positions, _ = live.shape
    filled = np.pad(live, ((0, 0), (0, 0), (0, -inputs % 8)))
    groups = []
    for size in GROUPS:
        wanted = -(-inputs // size)
        kept = filled.reshape(outputs, positions, -1, size).sum(-1)[:, :, :wanted]
        groups.append(tuple(int(each) for each in np.bincount(kept.ravel(), minlength=size + 1)))
    flat = live.any(1)
    tall = np.pad(flat, ((0, -outputs % BLOCK), (0, -inputs % BLOCK)))
    blocks = tall.reshape(tall.shape[0] // BLOCK, BLOCK, tall.shape[1] // BLOCK, BLOCK).any((1, 3))
    return Counts(
        live.size, int((~live).sum()), tuple(groups), bits(flat.any(1)), bits(flat.any(0)), bits(blocks.ravel())
    )


def bits(live: np.ndarray) -> int:
    return sum(1 << int(place) for place in np.flatnonzero(live))


def counted(grid: Grid, content: bytes, most: int = 2**20, against: bytes = b"") -> Counts:
    """The counts of all pieces, whose own bytes are checked to follow each other."""
    found, end, weights = NOTHING, 0, 0
    for piece in pieces(grid, most):
        assert (piece.offset, piece.first) == (end, weights)
        end, weights = end + piece.bytes, weights + piece.weights
        assert piece.bytes <= max(most, 8 * 8 * grid.positions * max(8, grid.outputs))
        found = found.plus(count(grid, piece, content[piece.offset : end], against))
    assert end == len(content) == grid.bytes and weights == grid.weights
    return found


SHAPES = [
    (1, 1),
    (3, 1),
    (1, 7),
    (5, 3),
    (4, 8),
    (7, 13),
    (64, 64),
    (65, 130),
    (2, 1000),
    (300, 24),
    (130, 72),
    (9, 257),
]


def some(rng: np.random.Generator, shape: tuple[int, ...], share: float) -> np.ndarray:
    """Values with zeros here and there, minus zeros among them, and dead rows and columns."""
    values = rng.normal(size=shape) * 3
    values[rng.random(shape) < share] = 0.0
    values[rng.random(shape) < 0.1] *= -1
    values[rng.random(shape[0]) < 0.2] = -0.0
    values[..., rng.random(shape[-1]) < 0.2] = 0.0
    return values


@pytest.mark.parametrize("cell", [*FLOATS, *WHOLE])
@pytest.mark.parametrize("most", [64, 4096, 2**20])
def test_every_type_is_counted_as_by_numpy(cell: str, most: int) -> None:
    rng = np.random.default_rng(len(cell) + most)
    for shape in SHAPES:
        for share in (0.0, 0.5, 0.97):
            values = some(rng, shape, share).astype((FLOATS | WHOLE)[cell])
            grid = Grid(cell, *shape)
            live = np.asarray(values.astype(np.float64) != 0).reshape(shape[0], 1, shape[1])
            assert counted(grid, values.tobytes(), most) == oracle(live, shape[1])


def test_any_bits_are_counted_as_by_numpy() -> None:
    """Bits of every kind: not-a-numbers, infinities, the smallest numbers."""
    rng = np.random.default_rng(1)
    for cell, kind in (FLOATS | {"F8": ml_dtypes.float8_e5m2}).items():
        content = rng.integers(0, 256, 40 * 56 * np.dtype(kind).itemsize, dtype=np.uint8) & rng.choice(
            np.array([0, 1, 128, 255], np.uint8), 40 * 56 * np.dtype(kind).itemsize
        )
        with np.errstate(invalid="ignore"):
            live = np.frombuffer(content.tobytes(), kind).astype(np.float64).reshape(40, 1, 56) != 0
        assert counted(Grid(cell, 40, 56), content.tobytes(), 100) == oracle(live, 56)


@pytest.mark.parametrize("most", [64, 1000, 2**20])
def test_every_order_is_counted_as_by_numpy(most: int) -> None:
    rng = np.random.default_rng(most)
    for stack, outputs, inputs, positions in (
        (1, 5, 24, 1),
        (3, 70, 40, 1),
        (2, 9, 16, 1),
        (1, 12, 10, 9),
        (1, 4, 64, 5),
    ):
        for share in (0.0, 0.6, 0.98):
            values = some(rng, (stack * outputs * positions, inputs), share).astype(np.float16)
            shaped = values.reshape(stack * outputs, positions, inputs)
            expected = oracle(shaped != 0, inputs)
            if positions > 1:
                content = shaped.transpose(0, 2, 1).tobytes()
                grid = Grid("F16", outputs, inputs, "positions", positions=positions)
                assert counted(grid, content, most) == expected
                continue
            assert counted(Grid("F16", outputs, inputs, stack=stack), shaped.tobytes(), most) == expected
            matrices = shaped.reshape(stack, outputs, inputs)
            columns = matrices.transpose(0, 2, 1).tobytes()
            assert counted(Grid("F16", outputs, inputs, "columns", stack), columns, most) == expected
            if inputs % 8 == 0:
                words = matrices.reshape(stack, outputs, inputs // 8, 8).transpose(0, 2, 1, 3).tobytes()
                assert counted(Grid("F16", outputs, inputs, "words", stack), words, most) == expected


def test_half_bytes_and_bits_are_counted_as_by_numpy() -> None:
    rng = np.random.default_rng(3)
    for outputs, inputs in ((3, 8), (40, 136), (66, 1024)):
        halves = rng.integers(0, 16, (outputs, inputs), dtype=np.uint8)
        halves[rng.random((outputs, inputs)) < 0.5] = 8
        packed = (halves[:, ::2] | halves[:, 1::2] << 4).astype(np.uint8).tobytes()
        live = (halves != 8).reshape(outputs, 1, inputs)
        assert counted(Grid("I4", outputs, inputs), packed, 512, b"\x88") == oracle(live, inputs)
        signed = (halves & 7 != 0).reshape(outputs, 1, inputs)
        assert counted(Grid("F4", outputs, inputs), packed, 512) == oracle(signed, inputs)
        mask = rng.random((outputs, inputs)) < 0.5
        bitmask = np.packbits(mask, axis=-1, bitorder="little").tobytes()
        assert counted(Grid("BIT", outputs, inputs), bitmask, 64) == oracle(mask.reshape(outputs, 1, inputs), inputs)


def test_q8_0_is_zero_where_its_scale_is() -> None:
    rng = np.random.default_rng(4)
    scales = rng.choice(np.array([0.0, -0.0, 1.5], np.float16), (6, 4))
    values = rng.integers(-1, 2, (6, 4, 32), dtype=np.int8)
    content = b"".join(scales[row, at].tobytes() + values[row, at].tobytes() for row in range(6) for at in range(4))
    live = ((values != 0) & (scales != 0)[..., None]).reshape(6, 1, 128)
    for most in (34, 200, 2**20):
        assert counted(Grid("Q8_0", 6, 128), content, most) == oracle(live, 128)


@given(
    st.integers(1, 40),
    st.integers(1, 70),
    st.integers(0, 2**32),
    st.sampled_from([0.0, 0.3, 0.9, 1.0]),
    st.integers(8, 600),
)
def test_any_matrix_cut_anywhere_is_counted_as_by_numpy(
    outputs: int, inputs: int, seed: int, share: float, most: int
) -> None:
    live = np.random.default_rng(seed).random((outputs, inputs)) >= share
    assert counted(Grid("I8", outputs, inputs), live.astype(np.int8).tobytes(), most) == oracle(
        live.reshape(outputs, 1, inputs), inputs
    )
    turned = live.T.astype(np.int8).tobytes()
    assert counted(Grid("I8", outputs, inputs, "columns"), turned, most) == oracle(
        live.reshape(outputs, 1, inputs), inputs
    )


def test_pieces_of_a_huge_matrix_stay_small() -> None:
    for grid in (
        Grid("BF16", 200_000, 8192),
        Grid("BF16", 1, 10**9),
        Grid("BF16", 128, 3_000_000, "positions", positions=9),
        Grid("I4", 28_672, 8192, "words"),
        Grid("BF16", 28_672, 8192, "columns"),
    ):
        assert countable(grid)
        for at, piece in zip(range(50), pieces(grid), strict=False):
            assert 0 < piece.bytes <= 2**20, at


def test_what_cannot_be_cut_is_told() -> None:
    assert not countable(Grid("BF16", 10**9, 8, "columns"))
    assert not countable(Grid("I4", 4, 7)) and not countable(Grid("I4", 8, 12, "words"))
    for outputs, inputs, stack in ((1, 2**30, 1), (2**30, 1, 1), (2**15, 1, 2**15)):  # a bit for each is kept
        grid = Grid("I8", outputs, inputs, stack=stack)
        assert countable(grid) and not countable(grid._replace(outputs=2 * outputs, inputs=2 * inputs))
    assert countable(Grid("F32", 4, 0)) and list(pieces(Grid("F32", 4, 0))) == []


def test_patterns_are_read_off_the_groups() -> None:
    values = np.tile(np.array([1, 0, 2, 0, 0, 0, 1, 1], np.float32), (8, 4))
    found = counted(Grid("F32", 8, 32), values.tobytes())
    assert found.sparsity == 0.5 and found.fitting(2, 4) == 1.0 and found.fitting(1, 2) == 0.75
    assert (found.pattern(2), found.pattern(4), found.pattern(8)) == (2, 2, 4)
