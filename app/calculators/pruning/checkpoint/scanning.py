"""Matrices -> their counts: as tasks that each read one slice and need nothing else, so that they can be done anywhere
and in any order; all of them for the exact counts, some of them, drawn by chance, for an estimate with its error.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import fsum, sqrt
from random import Random
from typing import NamedTuple

from app.calculators.pruning.checkpoint.counting import count
from app.calculators.pruning.checkpoint.counts import NOTHING, Counts, Grid, Piece, number_of_pieces, piece, pieces
from app.calculators.pruning.checkpoint.layouts import Matrix
from app.calculators.pruning.checkpoint.source import File, Reading
from app.calculators.pruning.checkpoint.zero_points import Zeros, against, zeros_of
from app.vocabulary.calculator import Invalid
from app.vocabulary.study import Slice


class Task(NamedTuple):
    """A piece of a matrix to be counted: the bytes of `where` in a file, of the `grid`, zero where they equal `against`
    (`counting.count`).
    """

    grid: Grid
    piece: Piece
    where: Slice
    against: bytes


def task(matrix: Matrix, zeros: Zeros, part: Piece) -> Task:
    """The task that counts a piece of a matrix."""
    if matrix.grid is None:
        raise ValueError(f"{matrix.name} cannot be counted: {matrix.why}")
    where = Slice(matrix.values.file, matrix.values.offset + part.offset, part.bytes)
    return Task(matrix.grid, part, where, against(matrix, zeros, part))


def done(what: Task, content: bytes) -> Counts:
    """The counts of a task, of the bytes that it is of. Raises `Invalid` where they are not as many as there were."""
    if len(content) != what.where.length:
        raise Invalid("A file changed while it was read: choose it again.")
    return count(what.grid, what.piece, content, what.against)


def counted(files: Sequence[File], matrix: Matrix) -> Reading[Counts]:
    """The exact counts of a matrix that has a grid."""
    found = NOTHING
    zeros = yield from zeros_of(files, matrix)
    for part in pieces(matrix.grid) if matrix.grid else ():
        what = task(matrix, zeros, part)
        found = found.plus(done(what, (yield what.where)))
    return found


# --- by chance ---

LEAST, MOST = 2**12, 2**16
"""Bytes of a piece that is drawn."""

_EACH, _FEWEST = 8, 2
"""Pieces of a matrix where the bytes allow it, and at least: their differences tell the error."""


class Drawn(NamedTuple):
    """A piece that was drawn: the place of its matrix among the matrices."""

    matrix: int
    piece: Piece


def sample(every: Sequence[Matrix], most_bytes: int, seed: int = 0) -> tuple[Drawn, ...]:
    """Pieces spread over all prunable matrices by their weights, of about so many bytes in all; the same for the same
    seed. Of more matrices than the bytes allow, some are drawn.
    """
    random = Random(seed)  # noqa: S311 - chance, not secrecy
    places = [at for at, each in enumerate(every) if each.place.prunable and each.grid and each.weights]
    if not places:
        return ()
    size = min(MOST, max(LEAST, most_bytes // (_EACH * len(places))))
    affordable = max(1, most_bytes // (_FEWEST * size))
    if len(places) > affordable:
        places = sorted(random.sample(places, affordable))
    total = sum(every[at].weights for at in places)
    found = []
    for at in places:
        grid = every[at].grid
        if grid is None:
            continue
        there = number_of_pieces(grid, size)
        wanted = min(there, max(_FEWEST, round(most_bytes * every[at].weights / total / size)))
        found += [Drawn(at, piece(grid, place, size)) for place in sorted(random.sample(range(there), wanted))]
    return tuple(found)


class Estimate(NamedTuple):
    """What a sample says of all prunable weights: the share of zeros and its standard error, the share of groups that
    2:4 takes, how many weights were looked at, and the sparsity found in each matrix that was drawn.
    """

    sparsity: float
    error: float
    fits_24: float
    looked_at: int
    by_matrix: Mapping[int, float]


def estimate(every: Sequence[Matrix], drawn: Iterable[tuple[Drawn, Counts]]) -> Estimate:
    """The estimate from the counts of the pieces drawn: each matrix counts by its weights, and the error is that of
    pieces drawn within each without putting back (Cochran, Sampling Techniques, 1977, sections 5.3 to 5.5).
    """
    found: dict[int, list[Counts]] = defaultdict(list)
    for at, counts in drawn:
        found[at.matrix].append(counts)
    total = sum(every[at].weights for at in found)
    if not total:
        return Estimate(0.0, 0.0, 0.0, 0, {})
    sums = {at: _sum(parts) for at, parts in found.items()}

    def mean(share: Mapping[int, float]) -> float:
        return fsum(every[at].weights * share[at] for at in found) / total

    by_matrix = {at: each.sparsity for at, each in sums.items()}
    overall = mean(by_matrix)
    variance = fsum(
        (every[at].weights / total) ** 2 * _variance(parts, by_matrix[at], overall, every[at].weights)
        for at, parts in found.items()
    )
    variance += _left_out(every, found, by_matrix, overall)
    return Estimate(
        overall,
        sqrt(variance),
        mean({at: each.fitting(2, 4) for at, each in sums.items()}),
        sum(each.weights for each in sums.values()),
        by_matrix,
    )


def _sum(parts: Iterable[Counts]) -> Counts:
    found = NOTHING
    for each in parts:
        found = found.plus(each)
    return found


def _variance(parts: Sequence[Counts], own: float, overall: float, weights: int) -> float:
    """The variance of the share of one matrix. Of a single piece, how far it is from the rest stands for it."""
    number, seen = len(parts), sum(each.weights for each in parts)
    unseen = max(0.0, 1 - seen / weights)
    if number == 1:
        return unseen * (own - overall) ** 2
    return unseen * fsum((each.sparsity - own) ** 2 for each in parts) / (number - 1) / number


def _left_out(
    every: Sequence[Matrix], found: Mapping[int, object], by_matrix: Mapping[int, float], overall: float
) -> float:
    """The variance that comes of matrices that were not drawn at all."""
    there = [at for at, each in enumerate(every) if each.place.prunable and each.grid and each.weights]
    number = len(found)
    if number < 2 or number == len(there):
        return 0.0
    between = fsum((each - overall) ** 2 for each in by_matrix.values()) / (number - 1)
    return (1 - number / len(there)) * between / number
