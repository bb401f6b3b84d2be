"""The counts of a piece, in plain Python: a byte for each weight, 1 where it is not zero, then sums of bytes side by
side as whole numbers of millions of digits, which C adds. It is what a faster script in a worker is held to.
"""

from __future__ import annotations

from functools import lru_cache, reduce

from app.calculators.pruning.checkpoint.counts import BLOCK, GROUPS, NOTHING, Counts, Grid, Piece

_LIVE = bytes([0] + [1] * 255)
_MAGNITUDE = bytes(byte & 0x7F for byte in range(256))
_LOW = bytes(byte & 0xF for byte in range(256))
_HIGH = bytes(byte >> 4 for byte in range(256))
_F4_LOW, _F4_HIGH = bytes(byte & 7 for byte in range(256)), bytes(byte >> 4 & 7 for byte in range(256))
_WIDE = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8": 1, "I64": 8, "I32": 4, "I16": 2, "I8": 1}
_EIGHT = 8


def count(grid: Grid, piece: Piece, content: bytes, against: bytes = b"") -> Counts:
    """What stands in a piece, whose bytes are `content`. A weight is zero where its bits are those of `against`, which
    is repeated as often as it takes; of floats the sign does not count.
    """
    live = _live(grid.cell, content, against)
    if len(live) != piece.weights:
        raise ValueError(f"{len(content)} bytes are not {piece.weights} weights of {grid.cell}")
    if grid.order == "columns":
        return _of_columns(grid, piece, live)
    if grid.order == "words":
        return _of_words(grid, piece, live)
    row = grid.inputs * grid.positions
    output, at = divmod(piece.first, row)
    width = min(row - at, len(live)) // grid.positions
    return reduce(
        Counts.plus,
        (
            _of_rows(grid, live[place :: grid.positions], width, output, at // grid.positions)
            for place in range(grid.positions)
        ),
    )


def _of_columns(grid: Grid, piece: Piece, live: bytes) -> Counts:
    """An output is every so many weights on."""
    matrix, at = divmod(piece.first, grid.inputs * grid.outputs)
    turned = b"".join([live[output :: grid.outputs] for output in range(grid.outputs)])
    width = len(live) // grid.outputs
    return _of_rows(grid, turned, width, matrix * grid.outputs, at // grid.outputs)


def _of_words(grid: Grid, piece: Piece, live: bytes) -> Counts:
    """A word has eight inputs of an output; words of the same output stand every so many on."""
    matrix, at = divmod(piece.first, grid.inputs * grid.outputs)
    row, output = divmod(at // _EIGHT, grid.outputs)
    if output or len(live) < grid.outputs * _EIGHT:
        return _of_rows(grid, live, _EIGHT, matrix * grid.outputs + output, row * _EIGHT)
    words = memoryview(live).cast("Q")
    turned = b"".join([words[each :: grid.outputs].tobytes() for each in range(grid.outputs)])
    return _of_rows(grid, turned, len(words) // grid.outputs * _EIGHT, matrix * grid.outputs, row * _EIGHT)


# --- one byte a weight ---


def _live(cell: str, content: bytes, against: bytes) -> bytes:
    """A byte for each weight: 1 where it is not zero, else 0."""
    if against:
        content = _differing(content, against)
    if cell in _WIDE:
        return _joined(content, _WIDE[cell], cell[0] != "I")
    if cell in ("I4", "F4"):
        low, high = (_LOW, _HIGH) if cell == "I4" else (_F4_LOW, _F4_HIGH)
        halves = bytearray(2 * len(content))
        halves[::2], halves[1::2] = content.translate(low), content.translate(high)
        return bytes(halves.translate(_LIVE))
    if cell == "BIT":
        bits = bytearray(8 * len(content))
        for place in range(8):
            bits[place::8] = content.translate(_bit(place))
        return bytes(bits)
    return _of_q8_0(content)


@lru_cache(maxsize=8)
def _bit(place: int) -> bytes:
    return bytes(byte >> place & 1 for byte in range(256))


def _differing(content: bytes, against: bytes) -> bytes:
    repeated = (against * -(-len(content) // len(against)))[: len(content)]
    return (int.from_bytes(content, "little") ^ int.from_bytes(repeated, "little")).to_bytes(len(content), "little")


def _joined(content: bytes, wide: int, signed: bool) -> bytes:
    """Of cells of so many bytes, the last of which has the sign."""
    last = content[wide - 1 :: wide]
    if signed:
        last = last.translate(_MAGNITUDE)
    if wide == 1:
        return last.translate(_LIVE)
    found = int.from_bytes(last, "little")
    for place in range(wide - 1):
        found |= int.from_bytes(content[place::wide], "little")
    return found.to_bytes(len(last), "little").translate(_LIVE)


def _of_q8_0(content: bytes) -> bytes:
    """Blocks of a scale of 16 bits and 32 weights of 8: all are zero where the scale is."""
    scales = _joined(b"".join([content[at : at + 2] for at in range(0, len(content), 34)]), 2, signed=True)
    parts = [content[at + 2 : at + 34] if scales[at // 34] else bytes(32) for at in range(0, len(content), 34)]
    return b"".join(parts).translate(_LIVE)


# --- rows ---


def _of_rows(grid: Grid, live: bytes, width: int, output: int, at: int) -> Counts:
    """The counts of rows of `width` bytes: the first is that of an `output`, and begins with the input `at`."""
    if not live:
        return NOTHING
    rows = len(live) // width
    if live.find(0) < 0:
        return _full(grid, rows, width, output, at)
    nonzeros, groups = _groups(_filled(live, width))
    inputs, blocks = _live_blocks(grid, live, width, output, at)
    return Counts(
        len(live),
        len(live) - nonzeros,
        tuple(_without_filling(found, rows, width) for found in groups),
        _live_rows(live, width) << output,
        inputs << at,
        blocks,
    )


def _full(grid: Grid, rows: int, width: int, output: int, at: int) -> Counts:
    """Of rows without a zero."""
    groups = []
    for size in GROUPS:
        found = [0] * (size + 1)
        found[size] = width // size * rows
        found[width % size] += rows if width % size else 0
        groups.append(tuple(found))
    span = (1 << (at + width - 1) // BLOCK - at // BLOCK + 1) - 1
    across, blocks = -(-grid.inputs // BLOCK), 0
    for row in range(output // BLOCK, (output + rows - 1) // BLOCK + 1):
        blocks |= span << row * across + at // BLOCK
    return Counts(rows * width, 0, tuple(groups), (1 << rows) - 1 << output, (1 << width) - 1 << at, blocks)


def _filled(live: bytes, width: int) -> bytes:
    """Rows filled up with zeros to a multiple of eight."""
    short = -width % _EIGHT
    if not short:
        return live
    fill = bytes(short)
    return b"".join([live[at : at + width] + fill for at in range(0, len(live), width)])


def _without_filling(found: tuple[int, ...], rows: int, width: int) -> tuple[int, ...]:
    """The groups of one size without those that only the filling up to eights made."""
    size = len(found) - 1
    more = (width + -width % _EIGHT) // size - -(-width // size)
    return (found[0] - more * rows, *found[1:])


@lru_cache(maxsize=64)
def _all(byte: int, length: int) -> int:
    return int.from_bytes(bytes([byte]) * length, "little")


def _groups(live: bytes) -> tuple[int, tuple[tuple[int, ...], ...]]:
    """Nonzeros in all, and how many groups of each size have how many: pairs are added, then pairs of these."""
    found = []
    sums = live
    for size in GROUPS:
        added = int.from_bytes(sums[::2], "little") + int.from_bytes(sums[1::2], "little")
        sums = added.to_bytes(len(sums) // 2, "little")
        found.append(_times(sums, added, size))
    return sum(kept * times for kept, times in enumerate(found[0])), tuple(found)


def _times(sums: bytes, added: int, size: int) -> tuple[int, ...]:
    """How often each number from 0 to `size` stands among bytes, which `added` holds as one number."""
    if size == GROUPS[0]:
        ones, twos = (added & _all(1, len(sums))).bit_count(), (added & _all(2, len(sums))).bit_count()
        return len(sums) - ones - twos, ones, twos
    times = [sums.count(value) for value in range(size)]
    return (*times, len(sums) - sum(times))


_FEW = 32


def _live_rows(live: bytes, width: int) -> int:
    """A bit for each row that has a 1."""
    if width > _FEW:
        return _packed(bytes([live.find(1, at, at + width) >= 0 for at in range(0, len(live), width)]))
    held = 0
    for place in range(width):
        held |= int.from_bytes(live[place::width], "little")
    return _packed(held.to_bytes(len(live) // width, "little"))


def _live_inputs(live: bytes, width: int) -> int:
    """A bit for each byte of a row that is 1 in any of the rows. Where a few rows have them all, the others are not
    looked at.
    """
    few = _laid(live[: _FEW * width], width)
    if len(live) <= _FEW * width or few.find(0) < 0:
        return _packed(few)
    return _packed(_laid(live, width))


def _laid(live: bytes, width: int) -> bytes:
    """Rows laid on each other, half of them at a time."""
    rows = len(live) // width
    held = int.from_bytes(live, "little")
    while rows > 1:
        half = rows // 2
        cut = 8 * width * half
        held = (held & (1 << cut) - 1) | held >> cut
        rows -= half
    return held.to_bytes(width, "little")


_DIGITS = bytes([ord("0")] + [ord("1")] * 255)


def _packed(live: bytes) -> int:
    """Bytes of 0 and 1 as bits, the first the least."""
    return int(live.translate(_DIGITS)[::-1], 2)


def _live_blocks(grid: Grid, live: bytes, width: int, output: int, at: int) -> tuple[int, int]:
    """The inputs of these rows that have a 1, and the blocks of the whole matrix."""
    across = -(-grid.inputs // BLOCK)
    every = _all_blocks(width, at % BLOCK)
    rows = len(live) // width
    inputs = found = begin = 0
    while begin < rows:
        place = (output + begin) // BLOCK
        end = min(rows, (place + 1) * BLOCK - output)
        here = _live_inputs(live[begin * width : end * width], width)
        inputs |= here
        blocks = every if here == (1 << width) - 1 else _blocks_of(here << at % BLOCK)
        found |= blocks << place * across + at // BLOCK
        begin = end
    return inputs, found


def _all_blocks(width: int, lead: int) -> int:
    return (1 << -(-(width + lead) // BLOCK)) - 1


def _blocks_of(inputs: int) -> int:
    """A bit for every so many bits of which one is set."""
    if not inputs:
        return 0
    wide = BLOCK // 8
    content = inputs.to_bytes(-(-inputs.bit_length() // BLOCK) * wide, "little")
    return _packed(_joined(content, wide, signed=False))
