"""Unstructured zeros: nothing in mainstream engines; research kernels and a former CPU engine mark the high end."""

from __future__ import annotations

from app.calculators.pruning.data.tables import Constant, constant
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed.devices import arithmetic
from app.calculators.pruning.speed.laws.ranges import Range, amdahl, same, sources
from app.calculators.pruning.speed.roofline import Roof, ceiling, least_of_blocks, least_of_rest, regime, roofs_of
from app.calculators.pruning.speed.run import Run


def speedup(run: Run, sparsity: float, share: float) -> Range:
    """The share `sparsity` of zeros, on the share of the block matrices that is pruned."""
    if run.device.maker == "cpu":
        return _on_cpu(run, sparsity, share)
    research = _research(run)
    if research is None:
        return same(run, "Dense kernels multiply by the zeros: engines in use gain nothing.", constant("spmv_slope"))
    slope, offset, said = research
    kernel = 1 / (slope.value * (1 - sparsity) + offset.value)
    # Only the pruned weights are read faster; the head is read in full.
    pruned, parts = share, run.model.parts
    if parts is not None:
        pruned *= parts.active_blocks / (parts.active_blocks + parts.head_matrix)
    ceilings = (_most(drawn, run, sparsity, share) for drawn in roofs_of(run) if arithmetic(run.device, run.dtype))
    high = max(1.0, min([amdahl(pruned, kernel), *ceilings]))
    why = f"Dense kernels multiply by the zeros; the high end is {said}"
    return Range(1.0, 1.0, high, regime(run), why, sources(slope))


MOST_TIMED = 64
"""Concurrent requests up to which research kernels for unstructured zeros were timed."""


def _research(run: Run) -> tuple[Constant, Constant, str] | None:
    """The research kernel that was timed for a pass: its time against dense is slope × what is left + offset."""
    if run.kind == "prefill" or types()[run.dtype].bits != 16 or run.device.maker != "nvidia":
        return None
    if run.workload.batch == 1:
        return constant("spmv_slope"), constant("spmv_offset"), "MACKO, a research kernel for batch 1."
    if run.workload.batch > MOST_TIMED:
        return None
    said = (
        "Flash-LLM, a research kernel for 8 to 64 requests: its products gained 1.4× to 2.1× at 70 to 90% zeros, and"
        " such a kernel made prefill slower (SpInfer: 0.88×)."
    )
    return constant("spmm_slope"), constant("spmm_offset"), said


def _most(drawn: Roof, run: Run, sparsity: float, share: float) -> float:
    """The most that a kernel can gain which reads no zero and nothing to find the others by."""
    dense, rest = least_of_blocks(drawn, run), least_of_rest(drawn, run)
    return ceiling(dense + rest, dense.times(1 - share * sparsity) + rest)


def _on_cpu(run: Run, sparsity: float, share: float) -> Range:
    offset = constant("cpu_sparse_offset")
    high = max(1.0, 1 / (1 - sparsity * share + offset.value)) if sparsity else 1.0
    why = "No engine in use skips unstructured zeros; the high end is DeepSparse, which ended 2025-06."
    return Range(1.0, 1.0, high, regime(run), why, sources(offset))
