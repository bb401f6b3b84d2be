"""Every way to shrink a model, priced side by side at the same inputs.

`compute` turns `Inputs` into a `Result`: dense, unstructured, 2:4, structured, 8-bit, 4-bit and 4-bit with
2:4, each an `Option` with its parameters, bytes, operations and speed-up ranges, all against the dense model
of the chosen type.
"""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

from app.pruning import speed
from app.pruning.architecture import Model
from app.pruning.flops import Flops, per_token
from app.pruning.speed import Device, Range, Workload
from app.pruning.storage import Format, by_key, formats, to_bytes, types
from app.pruning.tables import Source, rows, source_of

Structure = Literal["unstructured", "2:4", "structured"]
DType = Literal["fp32", "fp16", "bf16", "fp8", "int8", "int4"]


class Inputs(NamedTuple):
    """What is asked: a model, the share of zeros or of removed weights in what is pruned (2:4 is always one
    half), the structure, the weight type, the share of the parameters that is pruned at all, the device and
    the workload.
    """

    model: Model
    sparsity: float
    structure: Structure
    dtype: DType
    prunable: float
    device: Device
    workload: Workload = Workload()


class Groups(NamedTuple):
    """The parameters by what happens to them: `pruned`, `linear` (quantized but not pruned), `rest`
    (neither).
    """

    pruned: float
    linear: float
    rest: float


class Bytes(NamedTuple):
    """Bytes of the weights: those of the pruned, of the other linear and of the remaining parameters."""

    pruned: float
    linear: float
    rest: float

    @property
    def total(self) -> float:
        """All weights."""
        return self.pruned + self.linear + self.rest


class FormatBytes(NamedTuple):
    """What one storage format makes of the whole model at the chosen structure and sparsity.

    `bits_per_weight` counts original weights of the pruned part (of the whole model for GGUF). `group` is
    `pruned` for a way to store the zeros or the smaller matrix, `quantized` for a type without pruning.
    `written`: released software writes it for this type. `break_even` is the sparsity above which it beats
    dense.
    """

    key: str
    label: str
    group: Literal["pruned", "quantized"]
    bits_per_weight: float
    bytes: Bytes
    break_even: float | None
    written: bool
    where: str
    note: str
    source: Source

    @property
    def total_bytes(self) -> float:
        """Bytes of the whole model."""
        return self.bytes.total


class Support(NamedTuple):
    """What software does with an option today: `runs`, `no gain`, `partial`, `removed`, `ended` or
    `research`.
    """

    engine: str
    status: str
    says: str
    source: Source


class Option(NamedTuple):
    """One way to shrink the model. Flops are per token: `paper` leaves out the zeros, `executed` what the
    kernel skips.
    """

    key: str
    label: str
    dtype: str
    sparsity: float
    remaining_params: float
    removed_params: float
    disk: Bytes
    disk_format: str
    device: Bytes
    device_format: str
    dense: Flops
    paper: Flops
    executed: Flops
    prefill: Range
    decode: Range
    runs_on: tuple[Support, ...]

    @property
    def disk_bytes(self) -> float:
        """Bytes of the weights on disk, in the smallest listed format that software writes."""
        return self.disk.total

    @property
    def device_bytes(self) -> float:
        """Bytes of the weights in the device's memory, as engines hold them today."""
        return self.device.total

    @property
    def dense_flops(self) -> float:
        """Operations per token of the dense model."""
        return self.dense.total

    @property
    def paper_flops(self) -> float:
        """Operations per token if no zero were multiplied."""
        return self.paper.total

    @property
    def executed_flops(self) -> float:
        """Operations per token that the kernel executes."""
        return self.executed.total


class Result(NamedTuple):
    """All options at the same inputs: `dense` first, `chosen` as asked; every format for it."""

    inputs: Inputs
    groups: Groups
    dense: Option
    options: tuple[Option, ...]
    chosen: Option
    formats: tuple[FormatBytes, ...]


@cache
def support(option: str, maker: str) -> tuple[Support, ...]:
    """The rows of `support.csv` for an option on a maker's devices (`nvidia`, `amd`, `cpu`)."""
    return tuple(
        Support(row["engine"], row["status"], row["says"], source_of(row))
        for row in rows("support.csv")
        if row["option"] == option and maker in row["makers"].split()
    )


def _groups(inputs: Inputs) -> Groups:
    """Split the parameters. Quantization takes the linear layers of the blocks, pruned or not.

    Without a shape the given prunable share is all that is known of them.
    """
    total, share = inputs.model.total, inputs.prunable
    linear = share if inputs.model.parts is None else max(share, inputs.model.prunable)
    return Groups(total * share, total * (linear - share), total * (1 - linear))


def _held(groups: Groups, dtype: str, bits: float | None = None, kept: float = 1.0) -> Bytes:
    """Bytes of the groups in `dtype`: the pruned one at `bits` per original weight, or shrunk to the share
    `kept`.
    """
    kind = types()[dtype]
    return Bytes(
        to_bytes(groups.pruned * kept, kind.bits if bits is None else bits),
        to_bytes(groups.linear, kind.bits),
        to_bytes(groups.rest, kind.rest_bits),
    )


@cache
def _fitting(structure: Structure, values: int) -> tuple[Format, ...]:
    """The formats that can hold a structure in values of that many bits. A smaller matrix is dense."""
    return tuple(
        entry
        for entry in formats()
        if values in entry.fits
        and (entry.pattern != "2:4" or structure == "2:4")
        and (entry.values == "all" or structure != "structured")
    )


def _packed(groups: Groups, dtype: str, structure: Structure, sparsity: float) -> tuple[Bytes, str]:
    """The model in the smallest format that released software writes, the first of equals; dense when none is
    smaller.
    """
    kind = types()[dtype]
    bits, _, key = min(
        (entry.bits(sparsity, kind.values, kind.scales, scattered=True), place, entry.key)
        for place, entry in enumerate(_fitting(structure, kind.values))
        if kind.values in entry.written
    )
    return _held(groups, dtype, bits), key


def stored(inputs: Inputs, groups: Groups) -> tuple[FormatBytes, ...]:
    """The whole model in every format that can hold the chosen structure in the chosen type."""
    kind = types()[inputs.dtype]
    sparsity = 0.5 if inputs.structure == "2:4" else inputs.sparsity
    kept = 1 - sparsity if inputs.structure == "structured" else 1.0
    found: list[FormatBytes] = []
    for entry in _fitting(inputs.structure, kind.values):
        bits = entry.bits(sparsity, kind.values, kind.scales, scattered=True)
        found.append(
            FormatBytes(
                entry.key,
                entry.label,
                "pruned",
                bits * kept,
                _held(groups, inputs.dtype, bits, kept),
                entry.break_even(kind.values),
                kind.values in entry.written,
                entry.where,
                entry.note,
                entry.source,
            )
        )
    return tuple(found)


def _quantized_formats(groups: Groups) -> tuple[FormatBytes, ...]:
    """The whole model, unpruned, in every quantized type."""
    found = []
    for kind in types().values():
        if kind.scope == "all weights":
            continue
        if kind.scope == "whole model":
            each = Bytes(*(to_bytes(part, kind.bits) for part in (groups.pruned, groups.linear, groups.rest)))
        else:
            each = _held(groups, kind.key)
        found.append(
            FormatBytes(
                kind.key,
                kind.label,
                "quantized",
                kind.bits,
                each,
                None,
                True,
                "disk and device",
                kind.note,
                kind.source,
            )
        )
    return tuple(found)


def compute(inputs: Inputs) -> Result:
    """Price every option at the same inputs."""
    model, device, dtype, work = inputs.model, inputs.device, inputs.dtype, inputs.workload
    sparsity = inputs.sparsity
    groups = _groups(inputs)
    # The share of the block matrices that is pruned: all when the prunable share is the architecture's own.
    share = min(1.0, inputs.prunable / model.prunable) if model.prunable else 0.0
    flops = per_token(model, work.context)
    plain = _held(groups, dtype)
    where = {phase: speed.regime(model, device, dtype, phase, work) for phase in ("prefill", "decode")}

    def option(
        key: str,
        label: str,
        disk: Bytes,
        disk_format: str,
        held: Bytes,
        held_format: str,
        paper: Flops,
        executed: Flops,
        prefill: Range,
        decode: Range,
        zeros: float = 0.0,
        kind: str = dtype,
    ) -> Option:
        removed = groups.pruned * zeros
        return Option(
            key=key,
            label=label,
            dtype=kind,
            sparsity=zeros,
            remaining_params=model.total - removed,
            removed_params=removed,
            disk=disk,
            disk_format=disk_format,
            device=held,
            device_format=held_format,
            dense=flops,
            paper=paper,
            executed=executed,
            prefill=prefill,
            decode=decode,
            runs_on=support(key, device.maker),
        )

    reference = "The reference: everything else is compared with it."
    dense = option(
        "dense",
        "Dense",
        plain,
        "dense",
        plain,
        "dense",
        flops,
        flops,
        speed.same(where["prefill"], reference),
        speed.same(where["decode"], reference),
    )

    packed, packed_format = _packed(groups, dtype, "unstructured", sparsity)
    unstructured = option(
        "unstructured",
        "Unstructured",
        packed,
        packed_format,
        plain,
        "dense",
        flops.thinned(share * sparsity),
        flops,
        speed.unstructured(model, device, dtype, sparsity, share, "prefill", work),
        speed.unstructured(model, device, dtype, sparsity, share, "decode", work),
        zeros=sparsity,
    )

    packed, packed_format = _packed(groups, dtype, "2:4", 0.5)
    runs = speed.supports_24(device, dtype)
    thinned = flops.thinned(share * 0.5)
    two_four = option(
        "2:4",
        "2:4",
        packed,
        packed_format,
        _held(groups, dtype, by_key()["2:4"].bits(0.5, types()[dtype].values)) if runs else plain,
        "2:4" if runs else "dense",
        thinned,
        thinned if runs else flops,
        speed.sparse24(model, device, dtype, share, "prefill", work),
        speed.sparse24(model, device, dtype, share, "decode", work),
        zeros=0.5,
    )

    small = _held(groups, dtype, kept=1 - sparsity)
    # Heads and channels go together, so the attention's own arithmetic shrinks with the matrices.
    shrunk = flops.thinned(share * sparsity, share * sparsity)
    structured = option(
        "structured",
        "Structured",
        small,
        "dense",
        small,
        "dense",
        shrunk,
        shrunk,
        speed.structured(model, device, dtype, sparsity, share, "prefill", work),
        speed.structured(model, device, dtype, sparsity, share, "decode", work),
        zeros=sparsity,
    )

    def in_type(to: str) -> Option:
        held = _held(groups, to)
        return option(
            to,
            types()[to].label,
            held,
            to,
            held,
            to,
            flops,
            flops,
            speed.quantized(model, device, dtype, to, "prefill", work),
            speed.quantized(model, device, dtype, to, "decode", work),
            kind=to,
        )

    eight = "fp8" if "fp8" in device.peaks and "int8" not in device.peaks else "int8"
    marlin = by_key()["2:4-marlin"]
    both = option(
        "int4+2:4",
        "INT4 with 2:4",
        _held(groups, "int4", marlin.bits(0.5, types()["int4"].values)),
        marlin.key,
        _held(groups, "int4"),
        "int4",
        thinned,
        flops,
        speed.quantized24(model, device, dtype, "prefill", work),
        speed.quantized24(model, device, dtype, "decode", work),
        zeros=0.5,
        kind="int4",
    )
    options = (dense, unstructured, two_four, structured, in_type(eight), in_type("int4"), both)
    chosen = {"unstructured": unstructured, "2:4": two_four, "structured": structured}[inputs.structure]
    return Result(inputs, groups, dense, options, chosen, stored(inputs, groups) + _quantized_formats(groups))
