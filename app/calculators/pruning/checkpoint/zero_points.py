"""Where zero is not the same bits for every weight: zero points of a group of inputs, read once for a matrix and laid
out under each of its pieces.

A weight is (q − z)·scale: zero where q is z (compressed-tensors `quantization/lifecycle/forward.py`; AutoAWQ
`utils/packing_utils.py`). GPTQ's first version stores z − 1 (AutoGPTQ `qlinear_cuda.py`: `zeros + 1`, kept in 4 bits).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.calculators.pruning.checkpoint.counts import Grid, Piece
from app.calculators.pruning.checkpoint.layouts import Matrix
from app.calculators.pruning.checkpoint.source import MOST_AT_ONCE, File, Reading, take
from app.calculators.pruning.checkpoint.tensors import Tensor
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import show_bytes

_EIGHT, _WORD = 8, 4


class Zeros(NamedTuple):
    """What stands for zero in a matrix: the same `bits` everywhere, or, by group, the zero point of every output
    (`by_group`: a byte each), and by input which group it is of.
    """

    bits: bytes = b""
    by_group: tuple[bytes, ...] = ()
    group_of: Sequence[int] = ()


def zeros_of(files: Sequence[File], matrix: Matrix) -> Reading[Zeros]:
    """The zeros of a matrix. Raises `Invalid` where its zero points do not go with it."""
    points, grid = matrix.zero_points, matrix.grid
    if points is None or grid is None:
        return Zeros(matrix.zero)
    content = yield from _read(files, points)
    if not matrix.group:
        return _of_bytes(content, points, matrix)
    if len(set(content)) == 1 and content[0] >> 4 == content[0] & 0xF:
        one = (content[0] & 0xF) + matrix.plus_one & 0xF
        return Zeros(bytes([one << 4 | one]))
    if grid.order == "rows":
        by_group = _of_compressed_tensors(content, points, grid.stack * grid.outputs)
    elif grid.order == "columns":  # AWQ: laid out as the weights are, so that whole rows are compared
        row = _WORD * points.shape[1]
        by_group = tuple(content[at : at + row] for at in range(0, len(content), row))
    else:
        by_group = tuple(_halves(content[at : at + grid.outputs // 2], matrix.plus_one)
                         for at in range(0, len(content), grid.outputs // 2))  # fmt: skip
    group_of = [each // matrix.group for each in range(grid.inputs)]
    if matrix.indices is not None:
        if matrix.indices.dtype != "I32" or matrix.indices.elements != grid.inputs:
            raise Invalid(f"The groups of {matrix.name} are not laid out as expected.")
        group_of = memoryview((yield from _read(files, matrix.indices))).cast("i").tolist()
    if not all(0 <= each < len(by_group) for each in group_of):
        raise Invalid(f"The zero points of {matrix.name} do not go with its groups: the file is damaged.")
    return Zeros(b"", by_group, group_of)


def _read(files: Sequence[File], tensor: Tensor) -> Reading[bytes]:
    if tensor.offset < 0:
        raise Invalid(f"The zero points {tensor.name} are not read: {tensor.why}.")
    if tensor.bytes > MOST_AT_ONCE:
        raise Invalid(f"{tensor.name} has {show_bytes(tensor.bytes)}: zero points are not so many.")
    return (yield from take(files, tensor.file, tensor.offset, tensor.bytes, "zero points"))


def _of_bytes(content: bytes, points: Tensor, matrix: Matrix) -> Zeros:
    """A byte for the whole matrix, or one for every output."""
    grid = matrix.grid
    if points.dtype not in ("I8", "U8", "I4", "U4") or grid is None or not content:
        raise Invalid(f"The zero points of {matrix.name} are not laid out as expected.")
    if grid.cell == "I4":
        if points.elements == 1:
            return Zeros(bytes([(content[0] & 0xF) * 17]))
    elif len(set(content)) == 1 or (grid.order == "columns" and len(content) == grid.outputs):
        return Zeros(content[:1] if len(set(content)) == 1 else content)
    elif grid.order in ("rows", "positions") and len(content) == grid.outputs * grid.stack:
        return Zeros(b"", (content,), (0,))
    raise Invalid(f"The zero points of {matrix.name} are not laid out as expected.")


def _halves(content: bytes, plus_one: bool) -> bytes:
    """A byte for each half of a byte, the low one first."""
    found = bytearray(2 * len(content))
    found[::2] = content.translate(bytes((byte + plus_one) & 0xF for byte in range(256)))
    found[1::2] = content.translate(bytes(((byte >> 4) + plus_one) & 0xF for byte in range(256)))
    return bytes(found)


def _of_compressed_tensors(content: bytes, points: Tensor, outputs: int) -> tuple[bytes, ...]:
    """Words of eight outputs, the first one lowest, by group side by side."""
    groups = points.shape[-1]
    if len(content) != _WORD * groups * -(-outputs // _EIGHT):
        raise Invalid(f"{points.name} is not laid out as expected.")
    words = memoryview(content).cast("I")
    return tuple(_halves(words[group::groups].tobytes(), plus_one=False)[:outputs] for group in range(groups))


def against(matrix: Matrix, zeros: Zeros, piece: Piece) -> bytes:
    """What the bytes of a piece are compared with: repeated, if it is shorter."""
    grid = matrix.grid
    if grid is None or not zeros.by_group:
        return zeros.bits
    if grid.order == "columns":
        first = piece.first // grid.outputs
        rows = -(-piece.weights // grid.outputs)
        return b"".join([zeros.by_group[zeros.group_of[first + row]] for row in range(rows)])
    if grid.order in ("rows", "positions"):
        return _under_rows(grid, matrix.group, zeros, piece)
    return _under_words(grid.outputs, zeros, piece)


def _under_rows(grid: Grid, group: int, zeros: Zeros, piece: Piece) -> bytes:
    """A zero point for every output, or for every output and group of its inputs."""
    inputs = grid.inputs * grid.positions
    output, at = divmod(piece.first, inputs)
    if not group:
        points = zeros.by_group[0]
        rows = -(-(at + piece.weights) // inputs)
        if at:
            return points[output : output + 1]
        return b"".join([points[each : each + 1] * inputs for each in range(output, output + rows)])
    found = []
    for each in range(output, output + -(-(at + piece.weights) // inputs)):
        found += [bytes([points[each] * 17]) * (group // 2) for points in zeros.by_group]
    return b"".join(found)[at // 2 : at // 2 + piece.bytes]


def _under_words(outputs: int, zeros: Zeros, piece: Piece) -> bytes:
    """Rows of words: each has the zero points of its output for the groups of its eight inputs."""
    row, output = divmod(piece.first // _EIGHT, outputs)
    found = []
    for each in range(row, row + -(-(output + piece.weights // _EIGHT) // outputs)):
        words = bytearray(_WORD * outputs)
        for byte in range(_WORD):
            low = zeros.by_group[zeros.group_of[_EIGHT * each + 2 * byte]]
            high = zeros.by_group[zeros.group_of[_EIGHT * each + 2 * byte + 1]]
            both = int.from_bytes(low, "little") | int.from_bytes(high, "little") << 4
            words[byte::_WORD] = both.to_bytes(outputs, "little")
        found.append(bytes(words))
    return b"".join(found)[_WORD * output : _WORD * output + piece.bytes]
