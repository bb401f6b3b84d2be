"""What was found, to take away: one object for JSON, and rows for a table."""

from __future__ import annotations

import json
from typing import Any

from app.calculators.pruning.checkpoint.counts import GROUPS, Counts
from app.calculators.pruning.checkpoint.findings import (
    Total,
    best,
    blocks,
    by,
    dead_inputs,
    dead_outputs,
    fits,
    layer_of,
)
from app.calculators.pruning.checkpoint.layouts import Matrix
from app.calculators.pruning.checkpoint.verdict import Scan
from app.vocabulary.table import csv_text

VERSION = 1
"""Of the object: a key is never given another meaning."""


def as_object(found: Scan) -> dict[str, Any]:
    """Everything that was found, in plain values."""
    findings = found.findings
    return {
        "version": VERSION,
        "verdict": found.verdict.headline,
        "notes": list(found.verdict.sentences),
        "format": findings.checkpoint.way,
        "files": [each._asdict() for each in findings.checkpoint.files],
        "parameters": findings.parameters,
        "parameters_of_config": found.model.of_config,
        "stored_bytes": findings.checkpoint.bytes,
        "prunable": _total(found.prunable),
        "pattern": found.pattern.words if found.pattern else None,
        "dead": found.dead._asdict(),
        "formats": [each._asdict() for each in found.stored],
        "claim": found.claim._asdict() if found.claim else None,
        "inputs": found.verdict.fields,
        "by_type": {name: _total(each) for name, each in by(findings, lambda each: each.type).items()},
        "by_layer": {name: _total(each) for name, each in by(findings, layer_of).items()},
        "by_role": {name: _total(each) for name, each in by(findings, lambda each: each.place.role).items()},
        "tensors": [_tensor(each, findings.counts.get(at)) for at, each in enumerate(findings.every)],
    }


def as_json(found: Scan) -> str:
    """That object as text."""
    return json.dumps(as_object(found), indent=1) + "\n"


def _total(found: Total) -> dict[str, Any]:
    return found._asdict() | {"sparsity": found.sparsity if found.counted_weights else None}


def _tensor(matrix: Matrix, counts: Counts | None) -> dict[str, Any]:
    """A matrix and its counts, with the same keys for each."""
    pattern = best([counts]) if counts and counts.zeros else None
    return {
        "name": matrix.name,
        "layer": layer_of(matrix),
        "role": matrix.place.role,
        "prunable": matrix.place.prunable,
        "type": matrix.type,
        "shape": list(matrix.values.shape),
        "weights": matrix.weights,
        "stored_bytes": matrix.stored_bytes,
        "zeros": counts.zeros if counts else None,
        "sparsity": counts.sparsity if counts else None,
        "is_24": fits(matrix, counts, "2:4") if counts else None,
        "groups_fitting_24": counts.fitting(2, 4) if counts else None,
        "pattern": pattern.words if pattern else None,
        **{f"nonzeros_of_{size}": list(counts.groups[at]) if counts else None for at, size in enumerate(GROUPS)},
        "dead_outputs": dead_outputs(matrix, counts) if counts else None,
        "dead_inputs": dead_inputs(matrix, counts) if counts else None,
        "dead_blocks": blocks(matrix) - counts.live_blocks.bit_count() if counts else None,
        "why_not_counted": matrix.why if not counts else "",
    }


_LEFT_OUT = {f"nonzeros_of_{size}" for size in GROUPS}


def as_csv(found: Scan) -> str:
    """A line for every tensor. Names that a spreadsheet would take for formulas are its own cells' text."""
    rows = [_tensor(each, found.findings.counts.get(at)) for at, each in enumerate(found.findings.every)]
    heads = [key for key in rows[0] if key not in _LEFT_OUT] if rows else ["name"]
    return csv_text(heads, [[_cell(row[key]) for key in heads] for row in rows])


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "×".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
