"""Every way to shrink a model, priced side by side at the same inputs.

`compute` turns `Inputs` into a `Result`: dense, unstructured, 2:4, structured, 8-bit, 4-bit, and pruning followed by
quantization (2:4 in 8 and in 4 bits, structured in 4), each an `Option` with its parameters, bytes, operations and
speed-up ranges, all against the dense model of the chosen type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache, partial
from math import fsum
from typing import Literal, NamedTuple

from app.calculators.pruning.data.tables import Source, rows, source_of
from app.calculators.pruning.model.architecture import Model, Shape, count, linears
from app.calculators.pruning.model.cuts import Keep, cut
from app.calculators.pruning.model.flops import Work, work
from app.calculators.pruning.model.memory import Fit, Overhead, cache_bytes
from app.calculators.pruning.model.storage import NM, Format, WeightType, by_key, formats, to_bytes, types
from app.calculators.pruning.speed import laws
from app.calculators.pruning.speed.devices import Device, format_24, supports_24
from app.calculators.pruning.speed.laws import Range
from app.calculators.pruning.speed.roofline import Pass, Phase, Workload, dense_pass, regime
from app.calculators.pruning.speed.serving import Served, serve
from app.vocabulary.calculator import Invalid

Structure = Literal["unstructured", "2:4", "n:m", "structured"]
DType = Literal["fp32", "fp16", "bf16", "fp8", "int8", "int4", "mxfp4", "nvfp4"]


class Inputs(NamedTuple):
    """What is asked: a model, the share of zeros or of removed weights in what is pruned (2:4 is always one
    half), the structure, the weight type, the share of the parameters that is pruned at all, the device and
    the workload.

    `output` tokens are written per request. `pattern` is what `n:m` means, `keep` what a structured cut leaves.
    `memory` in bytes replaces the device's own.
    """

    model: Model
    sparsity: float
    structure: Structure
    dtype: DType
    prunable: float
    device: Device
    workload: Workload = Workload()
    output: int = 256
    pattern: NM = NM(4, 8)
    keep: Keep = Keep()
    memory: float | None = None
    overhead: Overhead = Overhead()


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
    formula: Callable[[], str]

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
    """One way to shrink the model. Of its work, `paper` leaves out the zeros, `executed` what the kernel skips.
    `served` is None where no roofline gives times. `model` is what is left of it where a structured cut says so
    exactly.
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
    dense: Work
    paper: Work
    executed: Work
    prefill: Range
    decode: Range
    served: Served | None
    runs_on: tuple[Support, ...]
    fit: Fit
    model: Model

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
        return self.dense.token.total

    @property
    def paper_flops(self) -> float:
        """Operations per token if no zero were multiplied."""
        return self.paper.token.total

    @property
    def executed_flops(self) -> float:
        """Operations per token that the kernel executes."""
        return self.executed.token.total


class Result(NamedTuple):
    """All options at the same inputs: `dense` first, `chosen` as asked. `cut` is the model that a structured cut
    leaves, where one was asked for.
    """

    inputs: Inputs
    groups: Groups
    dense: Option
    options: tuple[Option, ...]
    chosen: Option
    cut: Model | None

    @property
    def formats(self) -> tuple[FormatBytes, ...]:
        """The whole model in every format that can hold what was chosen, and in every quantized type."""
        return stored(self.inputs, self.groups) + _quantized_formats(self.groups)


@cache
def support(option: str, maker: str) -> tuple[Support, ...]:
    """The rows of `support.csv` for an option on a maker's devices (`nvidia`, `amd`, `cpu`).

    What runs its last step runs one that was pruned and then quantized, where there is no row for both.
    """
    listed = rows("support.csv")
    if not any(row["option"] == option for row in listed):
        option = option.rpartition("+")[2]
    return tuple(
        Support(row["engine"], row["status"], row["says"], source_of(row))
        for row in listed
        if row["option"] == option and maker in row["makers"].split()
    )


def _groups(inputs: Inputs) -> Groups:
    """Split the parameters. Quantization takes the linear layers of the blocks, pruned or not.

    Without a shape the given prunable share is all that is known of them.
    """
    total, share = inputs.model.total, inputs.prunable
    linear = share if inputs.model.parts is None else max(share, inputs.model.prunable)
    return Groups(total * share, total * (linear - share), total * (1 - linear))


@lru_cache(maxsize=64)
def reshaped(model: Model, shape: Shape) -> Model:
    """`model` in another shape: the same object for the same question, as the caches of the speeds want it."""
    parts = count(shape)
    return Model(
        name=model.name,
        total=parts.total,
        prunable=parts.prunable / parts.total,
        active_share=parts.active / parts.total,
        kind=model.kind,
        shape=shape,
        parts=parts,
    )


def _cut(inputs: Inputs) -> Model | None:
    """What the structured cut leaves, None where none is asked for."""
    kept, shape = inputs.keep, inputs.model.shape
    if kept.all:
        return None
    if shape is None:
        asked = next(name for name, amount in zip(Keep._fields, kept, strict=True) if amount is not None)
        raise Invalid(
            "Only the number of parameters is known, not the architecture: choose a model or bring its config.json,"
            " or write all.",
            asked,
        )
    return reshaped(inputs.model, cut(shape, kept))


@lru_cache(maxsize=64)
def _rows_per_weight(model: Model) -> float:
    """Rows of the block matrices per weight in them; 0 where no shape is known."""
    if model.shape is None or model.parts is None or not model.parts.prunable:
        return 0.0
    return fsum(each.outputs * each.layers * each.experts for each in linears(model.shape)) / model.parts.prunable


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
def _fitting(nm: NM | None, zeros: bool, values: int) -> tuple[Format, ...]:
    """The formats for values of that many bits: with `zeros` those that leave some out, in the pattern `nm` if they
    have one. A smaller matrix is dense.
    """
    return tuple(
        entry
        for entry in formats()
        if values in entry.fits
        and (":" not in entry.pattern or (nm is not None and nm.within(entry.pattern)))
        and (entry.values == "all" or zeros)
    )


def zeros_of(inputs: Inputs) -> tuple[float, NM | None]:
    """The sparsity of what was chosen, and its N:M pattern where it has one."""
    if inputs.structure == "2:4":
        return 0.5, NM(2, 4)
    if inputs.structure == "n:m":
        return inputs.pattern.sparsity, inputs.pattern
    return inputs.sparsity, None


def _packed(groups: Groups, dtype: str, sparsity: float, rows: float, nm: NM | None = None) -> tuple[Bytes, str]:
    """The model in the smallest format that released software writes, the first of equals; dense when none is
    smaller.
    """
    kind = types()[dtype]
    bits, _, key = min(
        (entry.bits(sparsity, kind.values, kind.scales, scattered=True, rows=rows), place, entry.key)
        for place, entry in enumerate(_fitting(nm, True, kind.values))
        if kind.values in entry.written
    )
    return _held(groups, dtype, bits), key


def stored(inputs: Inputs, groups: Groups, dtype: str = "") -> tuple[FormatBytes, ...]:
    """The whole model in every format that can hold the chosen structure, in the chosen type or in `dtype`."""
    dtype = dtype or inputs.dtype
    kind = types()[dtype]
    sparsity, nm = zeros_of(inputs)
    structured = inputs.structure == "structured"
    after = _cut(inputs) if structured else None
    rows = _rows_per_weight(inputs.model)
    kept = 1 - sparsity if structured else 1.0
    found: list[FormatBytes] = []
    for entry in _fitting(nm, not structured, kind.values):
        for scattered in (True, False) if entry.block > 1 else (True,):
            bits = entry.bits(sparsity, kind.values, kind.scales, scattered=scattered, rows=rows)
            how = "" if entry.block == 1 else ", zeros scattered" if scattered else ", zeros in whole blocks"
            whole = model_bytes(after, dtype) if after else _held(groups, dtype, bits, kept)
            found.append(
                FormatBytes(
                    entry.key + ("" if scattered else "-whole"),
                    entry.label + how,
                    "pruned",
                    8 * whole.pruned / groups.pruned if groups.pruned else bits,
                    whole,
                    None if how and scattered else entry.break_even(kind.values),
                    kind.values in entry.written,
                    entry.where,
                    entry.note,
                    entry.source,
                    partial(_smaller_formula, bits, whole.pruned, groups.pruned, kept, after is not None)
                    if structured
                    else partial(entry.formula, sparsity, kind.values, kind.scales, scattered),
                )
            )
    if nm is not None and nm != NM(2, 4):
        bits = nm.bits(kind.values, kind.scales)
        label = f"{nm.words} with an index per kept weight"
        note = "The least an N:M layout can take: no released software writes it"
        found.append(
            FormatBytes(
                "n:m",
                label,
                "pruned",
                bits,
                _held(groups, dtype, bits),
                None,
                False,
                "nowhere today",
                note,
                _BY_DEFINITION,
                partial(nm.formula, kind.values, kind.scales),
            )
        )
    return tuple(found)


_BY_DEFINITION = Source("definition of the format", "https://docs.pytorch.org/docs/stable/sparse.html", "arithmetic")


def model_bytes(model: Model, dtype: str) -> Bytes:
    """Every weight of `model` in `dtype`: block matrices, and the rest that is not quantized."""
    return _held(Groups(model.total * model.prunable, 0.0, model.total * (1 - model.prunable)), dtype)


def _smaller_formula(bits: float, held: float, weights: float, kept: float, exact: bool) -> str:
    """Bits per original weight of a smaller dense matrix: of the exact shape after a cut, or of the share kept."""
    return f"8 × {held:.15g} / {weights:.15g}" if exact else f"{bits:g} × {kept:.6g}"


def _type_formula(kind: WeightType) -> str:
    """The bits of a quantized type: its values and its scales."""
    if kind.scope == "whole model":
        return f"{kind.bits:g}, a mean over a whole model"
    return f"{kind.values} + {kind.scales:g} for scales" if kind.scales else f"{kind.values}"


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
                partial(_type_formula, kind),
            )
        )
    return tuple(found)


def _passes(inputs: Inputs) -> tuple[Pass, Pass | None] | None:
    """The dense passes of both phases; only one where nothing is decoded, None where no roofline can be drawn."""
    prefill, decode = (
        dense_pass(inputs.model, inputs.device, inputs.dtype, phase, inputs.workload) for phase in _PHASES
    )
    if prefill is None:
        return None
    return prefill, decode if inputs.model.kind == "decoder" else None


_PHASES: tuple[Phase, Phase] = ("prefill", "decode")


def by_phase(law: Callable[[Phase], Range]) -> tuple[Range, Range]:
    """What a law says of prefill and of decode."""
    return law("prefill"), law("decode")


def compute(inputs: Inputs) -> Result:
    """Price every option at the same inputs.

    Raises `Invalid`, naming the field, for a cut that the model cannot take.
    """
    model, device, dtype, asked = inputs.model, inputs.device, inputs.dtype, inputs.workload
    sparsity = inputs.sparsity
    after = _cut(inputs)
    groups = _groups(inputs)
    # The share of the block matrices that is pruned: all when the prunable share is the architecture's own.
    share = min(1.0, inputs.prunable / model.prunable) if model.prunable else 0.0
    flops = work(model, asked.context, asked.prefill_tokens, inputs.output)
    plain = _held(groups, dtype)
    passes = _passes(inputs)
    where = {phase: regime(model, device, dtype, phase, asked) for phase in _PHASES}
    memory = inputs.memory or (device.memory_gb * 1e9 if device.memory_gb else None)
    rows = _rows_per_weight(model)

    def option(
        key: str,
        label: str,
        disk: Bytes,
        disk_format: str,
        held: Bytes,
        held_format: str,
        paper: Work,
        executed: Work,
        speeds: tuple[Range, Range],
        zeros: float = 0.0,
        kind: str = dtype,
        left: Model | None = None,
    ) -> Option:
        remaining = left.total if left else model.total - groups.pruned * zeros
        cache = cache_bytes(left or model, asked.batch, asked.context, asked.kv_bits)
        return Option(
            key=key,
            label=label,
            dtype=kind,
            sparsity=zeros,
            remaining_params=remaining,
            removed_params=model.total - remaining,
            disk=disk,
            disk_format=disk_format,
            device=held,
            device_format=held_format,
            dense=flops,
            paper=paper,
            executed=executed,
            prefill=speeds[0],
            decode=speeds[1],
            served=serve(*speeds, passes, inputs.output, asked.batch) if passes else None,
            runs_on=support(key, device.maker),
            fit=Fit(held.total, cache, inputs.overhead.bytes(memory), memory),
            model=left or model,
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
        by_phase(lambda phase: laws.same(where[phase], reference)),
    )

    packed, packed_format = _packed(groups, dtype, sparsity, rows)
    unstructured = option(
        "unstructured",
        "Unstructured",
        packed,
        packed_format,
        plain,
        "dense",
        flops.thinned(share * sparsity),
        flops,
        by_phase(lambda phase: laws.unstructured(model, device, dtype, sparsity, share, phase, asked)),
        zeros=sparsity,
    )

    def patterned(key: str, nm: NM) -> Option:
        packed, packed_format = _packed(groups, dtype, nm.sparsity, rows, nm)
        # A sparser pattern that fits into 2:4 runs as 2:4, its missing weights stored as zeros.
        runs = nm.within("2:4") and supports_24(device, dtype)
        kind = types()[dtype]
        layout = format_24(dtype)
        thinned = flops.thinned(share * nm.sparsity)
        return option(
            key,
            key,
            packed,
            packed_format,
            _held(groups, dtype, by_key()[layout].bits(0.5, kind.values, kind.scales)) if runs else plain,
            layout if runs else "dense",
            thinned,
            flops.thinned(share * 0.5) if runs else flops,
            by_phase(
                lambda phase: (
                    laws.sparse24(model, device, dtype, share, phase, asked)
                    if nm.within("2:4")
                    else laws.patterned(model, device, dtype, nm, share, phase, asked)
                )
            ),
            zeros=nm.sparsity,
        )

    two_four = patterned("2:4", NM(2, 4))

    if after:
        small = model_bytes(after, dtype)
        shrunk = work(after, asked.context, asked.prefill_tokens, inputs.output)
        speeds = by_phase(lambda phase: laws.reshaped(model, after, device, dtype, phase, asked))
        gone = 1 - after.total / model.total
    else:
        small = _held(groups, dtype, kept=1 - sparsity)
        # Heads and channels go together, so the attention's own arithmetic shrinks with the matrices.
        shrunk = flops.thinned(share * sparsity, share * sparsity)
        speeds = by_phase(lambda phase: laws.structured(model, device, dtype, sparsity, share, phase, asked))
        gone = sparsity
    structured = option(
        "structured", "Structured", small, "dense", small, "dense", shrunk, shrunk, speeds, zeros=gone, left=after
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
            by_phase(lambda phase: laws.quantized(model, device, dtype, to, phase, asked)),
            kind=to,
        )

    eight = "fp8" if "fp8" in device.peaks and "int8" not in device.peaks else "int8"
    runs_24 = supports_24(device, eight)
    eight_24_bits = by_key()["2:4"].bits(0.5, types()[eight].values, types()[eight].scales) if runs_24 else None
    eight_24 = option(
        f"{eight}+2:4",
        f"{types()[eight].label} with 2:4",
        *_packed(groups, eight, 0.5, rows, NM(2, 4)),
        _held(groups, eight, eight_24_bits),
        "2:4" if runs_24 else eight,
        flops.thinned(share * 0.5),
        flops.thinned(share * 0.5) if runs_24 else flops,
        by_phase(
            lambda phase: laws.both(
                laws.quantized(model, device, dtype, eight, phase, asked),
                laws.sparse24(model, device, eight, share, phase, asked),
            )
        ),
        zeros=0.5,
        kind=eight,
    )
    marlin = by_key()["2:4-marlin"]
    int4_24 = option(
        "int4+2:4",
        "INT4 with 2:4",
        _held(groups, "int4", marlin.bits(0.5, types()["int4"].values)),
        marlin.key,
        _held(groups, "int4"),
        "int4",
        flops.thinned(share * 0.5),
        flops,
        by_phase(lambda phase: laws.quantized24(model, device, dtype, phase, asked)),
        zeros=0.5,
        kind="int4",
    )
    small_int4 = model_bytes(after, "int4") if after else _held(groups, "int4", kept=1 - sparsity)
    structured_int4 = option(
        "structured+int4",
        "Structured, then INT4",
        small_int4,
        "int4",
        small_int4,
        "int4",
        shrunk,
        shrunk,
        by_phase(
            lambda phase: laws.both(
                laws.quantized(model, device, dtype, "int4", phase, asked),
                laws.reshaped(model, after, device, "int4", phase, asked)
                if after
                else laws.structured(model, device, "int4", sparsity, share, phase, asked),
            )
        ),
        zeros=gone,
        kind="int4",
        left=after,
    )
    options = [
        *(dense, unstructured, two_four, structured),
        *(in_type(eight), in_type("int4"), eight_24, int4_24, structured_int4),
    ]
    chosen = {"unstructured": unstructured, "2:4": two_four, "structured": structured}.get(inputs.structure)
    if chosen is None:
        chosen = patterned("n:m", inputs.pattern)
        options.insert(3, chosen)
    return Result(inputs, groups, dense, tuple(options), chosen, after)
