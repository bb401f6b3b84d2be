"""What was found in a checkpoint, summed up: zeros by tensor, layer and role, the patterns that hold, what is dead and
could be removed, the bytes of these very tensors in every format, and what the checkpoint claims of itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

from app.calculators.pruning.checkpoint.counts import BLOCK, GROUPS, Counts, most
from app.calculators.pruning.checkpoint.layouts import Matrix
from app.calculators.pruning.checkpoint.tensors import Checkpoint
from app.calculators.pruning.model.storage import NM, Format, formats, to_bytes


class Findings(NamedTuple):
    """A checkpoint, its matrices, and the counts of those that were counted, by their place among the matrices."""

    checkpoint: Checkpoint
    every: tuple[Matrix, ...]
    counts: Mapping[int, Counts]

    @property
    def parameters(self) -> int:
        """How many weights the model has."""
        return sum(each.weights for each in self.every)

    @property
    def prunable(self) -> tuple[int, ...]:
        """The places of the matrices that pruning touches."""
        return tuple(at for at, each in enumerate(self.every) if each.place.prunable and each.weights)

    @property
    def pruned(self) -> tuple[tuple[Matrix, Counts], ...]:
        """The prunable matrices that were counted, with their counts."""
        return tuple((self.every[at], self.counts[at]) for at in self.prunable if at in self.counts)


class Total(NamedTuple):
    """Some matrices together: how many, their weights, bytes, and of those that were counted weights, zeros, groups of
    four that 2:4 takes, all such groups, and matrices all of whose groups it takes.
    """

    matrices: int
    weights: int
    stored_bytes: int
    counted: int
    counted_weights: int
    zeros: int
    fitting_groups: int
    groups: int
    fitting: int

    @property
    def sparsity(self) -> float:
        """The share of zeros."""
        return self.zeros / self.counted_weights if self.counted_weights else 0.0


def total(findings: Findings, places: Iterable[int]) -> Total:
    """The matrices at some places together."""
    places = tuple(places)
    every = [findings.every[at] for at in places]
    counted = [findings.counts[at] for at in places if at in findings.counts]
    fours = [each.groups[GROUPS.index(4)] for each in counted]
    fitting = [fits(findings.every[at], findings.counts[at], "2:4") for at in places if at in findings.counts]
    return Total(
        len(every),
        sum(each.weights for each in every),
        sum(each.stored_bytes for each in every),
        len(counted),
        sum(each.weights for each in counted),
        sum(each.zeros for each in counted),
        sum(sum(each[:3]) for each in fours),
        sum(sum(each) for each in fours),
        sum(fitting),
    )


def by(findings: Findings, key: Callable[[Matrix], str]) -> dict[str, Total]:
    """All matrices in groups: by layer, by role, by type."""
    found: dict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(findings.every):
        if each.weights:
            found[key(each)].append(at)
    return {name: total(findings, places) for name, places in found.items()}


def layer_of(matrix: Matrix) -> str:
    """The layer of a matrix, in words."""
    return "" if matrix.place.layer is None else f"{matrix.place.stack}.{matrix.place.layer}"


# --- patterns ---


def fits(matrix: Matrix, counts: Counts, pattern: str) -> bool:
    """Whether all groups of a matrix have no more nonzeros than an N:M pattern keeps. A matrix without a zero, or with
    rows shorter than a group, does not.
    """
    kept, group = _kept(pattern)
    wide = matrix.grid is not None and matrix.grid.inputs >= group
    return wide and counts.zeros > 0 and counts.pattern(group) <= kept


@cache
def _kept(pattern: str) -> tuple[int, int]:
    """How many of how many an N:M pattern keeps."""
    kept, _, group = pattern.partition(":")
    return int(kept), int(group)


def best(counts: Iterable[Counts]) -> NM | None:
    """The sparsest N:M pattern, of groups of 2, 4 or 8, that all of these matrices have; None where there is none."""
    by_group = zip(*(each.groups for each in counts if each.weights), strict=True)
    together = [tuple(map(sum, zip(*of_group, strict=True))) for of_group in by_group]
    found = [NM(most(times), len(times) - 1) for times in together]
    held = [each for each in found if 0 < each.kept < each.group]
    return min(held, key=lambda each: (each.kept / each.group, each.group), default=None)


# --- what is dead ---


class Dead(NamedTuple):
    """What has no nonzero and could be removed: outputs (rows) and inputs (columns) of matrices, whole blocks, heads,
    channels of the MLP, experts, whole matrices; and the weights that would go with outputs and inputs.
    """

    outputs: int
    inputs: int
    blocks: int
    heads: int
    channels: int
    experts: int
    matrices: int
    weights: int
    stored_bytes: float


def dead_outputs(matrix: Matrix, counts: Counts) -> int:
    """Rows of a matrix without a nonzero."""
    return matrix.grid.stack * matrix.grid.outputs - counts.live_outputs.bit_count() if matrix.grid else 0


def dead_inputs(matrix: Matrix, counts: Counts) -> int:
    """Columns of a matrix without a nonzero, in all matrices of a stack."""
    return matrix.grid.inputs - counts.live_inputs.bit_count() if matrix.grid else 0


def blocks(matrix: Matrix) -> int:
    """Blocks of a matrix."""
    grid = matrix.grid
    return -(-grid.stack * grid.outputs // BLOCK) * -(-grid.inputs // BLOCK) if grid else 0


def dead(findings: Findings, head_dim: int = 0) -> Dead:
    """What is dead in the prunable matrices. Heads are told where their size is known."""
    outputs = inputs = empty = gone = weights = 0
    stored = 0.0
    for matrix, counts in findings.pruned:
        if matrix.grid is None:
            continue
        rows, columns = dead_outputs(matrix, counts), dead_inputs(matrix, counts)
        outputs, inputs = outputs + rows, inputs + columns
        empty += blocks(matrix) - counts.live_blocks.bit_count()
        gone += counts.zeros == counts.weights
        high, wide = matrix.grid.stack * matrix.grid.outputs, matrix.grid.inputs
        left = (high - rows) * (wide - columns) * matrix.grid.positions
        weights += matrix.weights - left
        stored += (1 - left / matrix.weights) * matrix.stored_bytes
    heads, channels, experts = _units(findings, head_dim)
    return Dead(outputs, inputs, empty, heads, channels, experts, gone, weights, stored)


def _units(findings: Findings, head_dim: int) -> tuple[int, int, int]:
    """Heads, channels and experts that are dead, in all layers: without a nonzero on one side they are dead."""
    layers: dict[str, dict[str, list[tuple[Matrix, Counts]]]] = defaultdict(lambda: defaultdict(list))
    for matrix, counts in findings.pruned:
        layers[layer_of(matrix)][matrix.place.role].append((matrix, counts))
    heads = channels = experts = 0
    for roles in layers.values():
        heads += len(_dead_heads(roles, head_dim)) if head_dim else 0
        channels += _dead_channels(roles).bit_count()
        experts += len(set(_dead_experts(roles)))
    return heads, channels, experts


_Roles = Mapping[str, list[tuple[Matrix, Counts]]]


def _dead_heads(roles: _Roles, head_dim: int) -> set[int]:
    found: set[int] = set()
    for role in ("query", "attention out"):
        for matrix, counts in roles.get(role, ()) if len(roles.get(role, ())) == 1 else ():
            live, length = counts.live_outputs, matrix.grid.outputs if matrix.grid else 0
            if role == "attention out":
                live, length = counts.live_inputs, matrix.grid.inputs if matrix.grid else 0
            found |= set(_runs_without(live, length, head_dim))
    return found


def _runs_without(live: int, length: int, step: int) -> Iterator[int]:
    """Which runs of so many bits, of `length` in all, have none set."""
    if length and length % step == 0:
        digits = f"{live:0{length}b}"[::-1]
        yield from (at for at in range(length // step) if digits.find("1", at * step, at * step + step) < 0)


def _dead_channels(roles: _Roles) -> int:
    """Channels between up and down that pass nothing on, a bit each."""
    found = 0
    for role in ("gate", "up", "down"):
        for matrix, counts in roles.get(role, ()) if len(roles.get(role, ())) == 1 else ():
            if matrix.grid is None:
                continue
            live, length = counts.live_outputs, matrix.grid.outputs
            if role == "down":
                live, length = counts.live_inputs, matrix.grid.inputs
            found |= ~live & (1 << length) - 1
    return found


def _dead_experts(roles: _Roles) -> Iterator[int]:
    for role, held in roles.items():
        if not role.startswith("expert "):
            continue
        for matrix, counts in held:
            if matrix.place.expert is not None and counts.zeros == counts.weights:
                yield matrix.place.expert
            elif matrix.grid is not None and matrix.grid.stack > 1:
                high = matrix.grid.outputs
                yield from _runs_without(counts.live_outputs, matrix.grid.stack * high, high)


# --- bytes ---


class Stored(NamedTuple):
    """All tensors in one format: the bytes of all, how many matrices are held in it, whether software writes these."""

    key: str
    label: str
    bytes: float
    matrices: int
    written: bool


_PAIRS = "2:4-pairs"
"""A format that wants pairs of zeros, which are not counted."""

_AT_ONCE = 64
"""Matrices that are laid out in every format between two frames."""


def stored(findings: Findings) -> Generator[None, None, tuple[Stored, ...]]:
    """What these very tensors take in every format, the others as they are: dense first. A matrix that a format cannot
    hold stays dense in it.
    """
    entries = [each for each in formats() if each.key != _PAIRS]
    sizes, held, written = [0.0 for _ in entries], [0 for _ in entries], [bool(each.written) for each in entries]
    for at, matrix in enumerate(findings.every):
        if at % _AT_ONCE == 0:
            yield
        counts = findings.counts.get(at) if matrix.place.prunable and matrix.weights else None
        dense = _dense_bytes(matrix)
        for place, entry in enumerate(entries):
            bits = _bits(matrix, counts, entry) if counts else None
            if bits is None:
                sizes[place] += dense
            else:
                sizes[place] += to_bytes(matrix.weights, bits)
                held[place] += 1
                written[place] &= matrix.value_bits in entry.written
    return tuple(
        Stored(entry.key, entry.label, size, matrices, by_software)
        for entry, size, matrices, by_software in zip(entries, sizes, held, written, strict=True)
    )


def _dense_bytes(matrix: Matrix) -> float:
    return to_bytes(matrix.weights, matrix.value_bits) if matrix.stored_sparse else matrix.stored_bytes


def _bits(matrix: Matrix, counts: Counts, entry: Format) -> float | None:
    """Bits of each weight of a matrix in a format that can hold it."""
    if matrix.grid is None or matrix.value_bits not in entry.fits or entry.key == "dense":
        return None
    sparsity, rows = counts.sparsity, matrix.grid.stack * matrix.grid.outputs / matrix.weights
    if ":" in entry.pattern and not fits(matrix, counts, entry.pattern):
        return None
    if entry.pattern == "blocks":
        sparsity = 1 - counts.live_blocks.bit_count() / blocks(matrix)
    return entry.bits(sparsity, matrix.value_bits, matrix.scale_bits, rows=rows)


# --- what it claims ---


class Claim(NamedTuple):
    """What a config says of zeros: its format, the structure (such as 2:4), the share of zeros (None for nothing)."""

    format: str
    structure: str
    sparsity: float | None


def claim(checkpoint: Checkpoint) -> Claim | None:
    """What the config of compressed-tensors claims (`sparsity_config`: compressed_tensors/config/base.py,
    `SparsityCompressionConfig`); None where it claims nothing.
    """
    config = checkpoint.config or {}
    holders = (config, *(config.get(key) for key in ("quantization_config", "compression_config")))
    said = [each.get("sparsity_config") for each in holders if isinstance(each, Mapping)]
    found = next((each for each in said if isinstance(each, Mapping) and each), None)
    if found is None:
        return None
    share = found.get("global_sparsity")
    sparsity = None
    if isinstance(share, int | float) and not isinstance(share, bool) and 0 <= share <= 100:
        sparsity = share / 100 if share > 1 else float(share)
    return Claim(str(found.get("format", ""))[:40], str(found.get("sparsity_structure", ""))[:40], sparsity)
