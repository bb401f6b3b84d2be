"""What is known of a checkpoint, as lines, tables and a picture: from its headers, from a sample, and in the end."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from functools import partial
from itertools import islice

from app.calculators.pruning.checkpoint.exported import as_csv, as_json
from app.calculators.pruning.checkpoint.findings import Dead, Findings, Total, by, fits, layer_of, total
from app.calculators.pruning.checkpoint.layouts import Matrix
from app.calculators.pruning.checkpoint.measured import Measured
from app.calculators.pruning.checkpoint.scanning import Estimate
from app.calculators.pruning.checkpoint.verdict import Scan, so_far
from app.vocabulary.calculator import Download, Figure, Line, Row, Table
from app.vocabulary.quantity import show_bytes, show_exact, show_share
from app.vocabulary.study import Heat, HeatCell, Report

MOST_ROWS = 100
"""Rows of a table that are shown; a file has the rest."""

MOST_LAYERS = 40
"""Rows of the picture: of more layers, several share one."""


# --- by what is known ---


def headers(findings: Findings, model: Measured) -> Report:
    """What the headers tell."""
    return Report(
        ("Read so far: names, shapes and types. Zeros are being counted.",),
        (_size(findings), *((note,) for note in (*model.notes, *findings.checkpoint.notes))),
        (_types(findings), _tensors(findings)),
        gist=f"{show_exact(model.parameters)} parameters",
    )


def estimated(findings: Findings, model: Measured, said: Estimate) -> Report:
    """What a sample tells beside."""
    of = Figure(said.looked_at, show_exact(said.looked_at))
    how: Line = ("An estimate from a sample of ", of, " weights; every weight is being counted.")
    known = headers(findings, model)
    return known._replace(claim=(so_far(said),), lines=(how, *known.lines), heat=_sampled(findings, said))


def found(scanned: Scan, notes: Sequence[str] = ()) -> Generator[None, None, Report]:
    """What the counts tell, a part at a time."""
    findings, prunable = scanned.findings, scanned.prunable
    yield
    everything = total(findings, findings.counts)
    tables = [_formats(scanned), _dead(scanned.dead, prunable)]
    for table in (_layers, _types, _tensors):
        yield
        tables.append(table(findings))
    yield
    fitting = prunable.fitting_groups / prunable.groups if prunable.groups else 0.0
    counted: Line = (
        _whole(everything.counted_weights, "scanned_weights"),
        " weights were counted, ",
        _whole(everything.zeros, "scanned_zeros"),
        " of them are zero. In the prunable matrices ",
        Figure(fitting, show_share(fitting), "scanned_24"),
        " of the groups of four weights have at least two zeros. 2:4 needs that of every group: ",
        _whole(prunable.fitting),
        " of ",
        _whole(prunable.counted),
        " matrices satisfy it.",
    )
    carry = tuple(scanned.verdict.fields.items())
    return Report(
        (scanned.verdict.headline,),
        (counted, _size(findings), *((each,) for each in (*scanned.verdict.sentences, *notes))),
        tuple(tables),
        _heat(findings),
        carry,
        f"Take this over: {_carried(scanned)}" if "structure" in scanned.verdict.fields else "",
        (
            Download("checkpoint.csv", "Every tensor as CSV", partial(as_csv, scanned)),
            Download("checkpoint.json", "Everything as JSON", partial(as_json, scanned)),
        ),
        f"{show_share(prunable.sparsity)} of the prunable weights are zero" if prunable.counted else "not counted",
    )


def _carried(scanned: Scan) -> str:
    fields = scanned.verdict.fields
    words = {"dense": "dense", "2:4": "2:4", "n:m": fields.get("pattern", ""), "unstructured": "unstructured"}
    share = f", {show_share(scanned.prunable.sparsity)}" if "sparsity" in fields else ""
    return f"this model, {words[fields['structure']]}{share}"


def _whole(value: float, name: str = "") -> Figure:
    return Figure(value, show_exact(value), name)


def _bytes(value: float) -> Figure:
    return Figure(value, show_bytes(value))


def _share(value: float) -> Figure:
    return Figure(value, show_share(value))


def _size(findings: Findings) -> Line:
    checkpoint = findings.checkpoint
    held = len({each.file for each in checkpoint.tensors})
    return (
        f"{checkpoint.way}: ",
        _whole(findings.parameters),
        " parameters in ",
        _whole(len(findings.every)),
        " tensors, ",
        _bytes(checkpoint.bytes),
        f" in {held:,} file{'s' if held > 1 else ''}.",
    )


# --- tables ---


def _none() -> Line:
    return ("—",)


def _cells(each: Total) -> tuple[Line, ...]:
    """Matrices, weights, bytes; and, of what was counted, zeros and matrices that satisfy 2:4."""
    zero: Line = (_share(each.sparsity),) if each.counted else _none()
    fit: Line = (_whole(each.fitting), " of ", _whole(each.counted)) if each.counted else _none()
    return ((_whole(each.matrices),), (_whole(each.weights),), (_bytes(each.stored_bytes),), zero, fit)


_HEADS = ("Tensors", "Weights", "Bytes", "Zeros", "Satisfy 2:4")


def _types(findings: Findings) -> Table:
    types = by(findings, lambda one: one.type)
    return _grouped("By type", "Type", [(name or "other", each) for name, each in types.items()])


def _layers(findings: Findings) -> Table:
    return _grouped("By layer", "Layer", [(name or "outside", each) for name, each in by(findings, layer_of).items()])


def _grouped(title: str, head: str, groups: Sequence[tuple[str, Total]]) -> Table:
    rows = [Row((name,), _cells(each)) for name, each in groups[:MOST_ROWS]]
    return Table(title, (head, *_HEADS), lambda: rows, notes=_left(len(groups)))


def _left(number: int) -> tuple[Line, ...]:
    return ((f"The first {MOST_ROWS} of {number:,}: the file has them all.",),) if number > MOST_ROWS else ()


def _tensors(findings: Findings) -> Table:
    rows = [_tensor(findings, at, each) for at, each in islice(enumerate(findings.every), MOST_ROWS)]
    return Table(
        "By tensor",
        ("Tensor", "Type", "Shape", "Weights", "Bytes", "Zeros", "2:4"),
        lambda: rows,
        notes=_left(len(findings.every)),
    )


def _tensor(findings: Findings, at: int, matrix: Matrix) -> Row:
    counts = findings.counts.get(at)
    zero: Line = (_share(counts.sparsity),) if counts else _none()
    fit: Line = ("yes" if fits(matrix, counts, "2:4") else "no",) if counts else _none()
    shape = " × ".join(map(str, matrix.values.shape)) or "1"
    size: Line = (_whole(matrix.weights),)
    note: Line = (f"Not counted: {matrix.why}.",) if matrix.why and matrix.weights else ()
    return Row((matrix.name,), ((matrix.type,), (shape,), size, (_bytes(matrix.stored_bytes),), zero, fit), note=note)


def _formats(scanned: Scan) -> Table:
    rows = [
        Row((each.label,), ((_bytes(each.bytes),), (_whole(each.matrices),), ("yes" if each.written else "no",)))
        for each in scanned.stored
        if each.matrices or each.key == "dense"
    ]
    return Table(
        "These tensors in every format", ("Format", "Bytes", "Matrices in it", "Software writes it"), lambda: rows
    )


def _dead(gone: Dead, prunable: Total) -> Table:
    rows = [
        Row((words,), ((_whole(number),),))
        for words, number in (
            ("Outputs (rows of a matrix)", gone.outputs),
            ("Inputs (columns of a matrix)", gone.inputs),
            ("Blocks of 64 × 64", gone.blocks),
            ("Attention heads", gone.heads),
            ("Channels of the MLP", gone.channels),
            ("Experts", gone.experts),
            ("Whole matrices", gone.matrices),
        )
    ]
    saved: Line = ("There is nothing to remove.",)
    if gone.weights:
        part = _share(gone.weights / max(1, prunable.counted_weights))
        saved = ("Removed, these outputs and inputs would save ", _bytes(gone.stored_bytes), ", ", part,
                 " of the weights that were counted, on every engine.")  # fmt: skip
    return Table("All zero", ("What", "How many"), lambda: rows, notes=(saved,))


# --- the picture ---

_TITLE = "Share of zeros by layer and matrix"
_LEGEND = ("2:4: at most two of every four weights are not zero",)


def _heat(findings: Findings) -> Heat | None:
    shares = {}
    for at in findings.prunable:
        counts = findings.counts.get(at)
        if counts:
            shares[at] = (float(counts.zeros), counts.weights, fits(findings.every[at], counts, "2:4"))
    return _drawn(findings, shares, _TITLE, _LEGEND)


def _sampled(findings: Findings, said: Estimate) -> Heat | None:
    shares = {at: (share * findings.every[at].weights, findings.every[at].weights, False)
              for at, share in said.by_matrix.items()}  # fmt: skip
    return _drawn(findings, shares, f"{_TITLE}, from a sample", ())


def _drawn(
    findings: Findings, shares: dict[int, tuple[float, int, bool]], title: str, legend: tuple[str, ...]
) -> Heat | None:
    """Layers down, roles across: of matrices by their place zeros, weights and whether they satisfy 2:4."""
    layers = list(dict.fromkeys(layer_of(findings.every[at]) for at in shares))
    roles = sorted(dict.fromkeys(findings.every[at].place.role for at in shares), key=_in_order)
    if not layers:
        return None
    step = -(-len(layers) // MOST_LAYERS)
    row = {layer: at // step for at, layer in enumerate(layers)}
    held: dict[tuple[int, str], list[tuple[float, int, bool]]] = {}
    for at, each in shares.items():
        matrix = findings.every[at]
        held.setdefault((row[layer_of(matrix)], matrix.place.role), []).append(each)
    names = tuple(_names(layers[at : at + step]) for at in range(0, len(layers), step))
    cells = tuple(tuple(_cell(held.get((at, role), ())) for role in roles) for at in range(len(names)))
    return Heat(title, tuple(roles), names, cells, legend)


_ROLES = ("query", "query, key, value", "key", "value", "attention out", "gate", "gate and up", "up", "down")


def _in_order(role: str) -> tuple[int, int]:
    """As a layer computes: attention, the MLP, experts, all else."""
    of_expert = role.removeprefix("shared ").removeprefix("expert ")
    return (of_expert != role) + 2 * (of_expert not in _ROLES), _ROLES.index(of_expert) if of_expert in _ROLES else 0


def _names(layers: Sequence[str]) -> str:
    numbers = [each.rpartition(".")[2] or "outside" for each in layers]
    return numbers[0] if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"


def _cell(parts: Iterable[tuple[float, int, bool]]) -> HeatCell | None:
    parts = tuple(parts)
    if not parts:
        return None
    share = sum(zeros for zeros, _, _ in parts) / sum(weights for _, weights, _ in parts)
    whole = all(fit for _, _, fit in parts)
    return HeatCell(share, "2:4" if whole else f"{100 * share:.0f}%")
