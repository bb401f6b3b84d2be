"""Scattered zeros: nothing in mainstream engines; research kernels and a former CPU engine mark the high end."""

from __future__ import annotations

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed.devices import arithmetic
from app.calculators.pruning.speed.laws.ranges import Range, amdahl, same, sources
from app.calculators.pruning.speed.roofline import Roof, ceiling, least_of_blocks, least_of_rest, regime, roofs
from app.calculators.pruning.speed.run import Run


def speedup(run: Run, sparsity: float, share: float) -> Range:
    """The share `sparsity` of zeros, on the share of the block matrices that is pruned."""
    if run.device.maker == "cpu":
        return _on_cpu(run, sparsity, share)
    narrow = types()[run.dtype].bits == 16 and run.device.maker == "nvidia"
    slope, offset = constant("spmv_slope"), constant("spmv_offset")
    if run.kind == "prefill" or run.workload.batch != 1 or not narrow:
        return same(run, "Dense kernels multiply by the zeros: engines in use gain nothing.", slope)
    kernel = 1 / (slope.value * (1 - sparsity) + offset.value)
    # Only the pruned weights are read faster; the head is read in full.
    pruned, parts = share, run.model.parts
    if parts is not None:
        pruned *= parts.active_blocks / (parts.active_blocks + parts.head_matrix)
    ceilings = (_most(drawn, run, sparsity, share) for drawn in roofs(run.model) if arithmetic(run.device, run.dtype))
    high = max(1.0, min([amdahl(pruned, kernel), *ceilings]))
    why = "Dense kernels multiply by the zeros; the high end is MACKO, a research kernel for batch 1."
    return Range(1.0, 1.0, high, regime(run), why, sources(slope))


def _most(drawn: Roof, run: Run, sparsity: float, share: float) -> float:
    """The most that a kernel can gain which reads no zero and nothing to find the others by."""
    dense, rest = least_of_blocks(drawn, run), least_of_rest(drawn, run)
    return ceiling(dense + rest, dense.times(1 - share * sparsity) + rest)


def _on_cpu(run: Run, sparsity: float, share: float) -> Range:
    offset = constant("cpu_sparse_offset")
    high = max(1.0, 1 / (1 - sparsity * share + offset.value)) if sparsity else 1.0
    why = "No engine in use skips scattered zeros; the high end is DeepSparse, which ended 2025-06."
    return Range(1.0, 1.0, high, regime(run), why, sources(offset))
