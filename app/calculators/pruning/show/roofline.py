"""Where a pass stands under the roofline of the device: the table and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from app.calculators.pruning.model.storage import types
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.figures import Show, name, quotient, read_at
from app.calculators.pruning.speed.devices import Arithmetic, Device, arithmetic
from app.calculators.pruning.speed.kernels import dense_kernel, sparse24_kernel
from app.calculators.pruning.speed.roofline import Spot, roof, roofs, spot
from app.calculators.pruning.speed.run import PHASES, Phase
from app.vocabulary.calculator import Axis, Plot, Row, Table, Trace
from app.vocabulary.quantity import show_number


class _Shown(NamedTuple):
    """A spot of the picture: its words, where it is, the peak and the bandwidth above it."""

    label: str
    phase: Phase
    spot: Spot
    peak_per_us: float
    bytes_per_us: float

    @property
    def roof_per_us(self) -> float:
        return min(self.peak_per_us, self.spot.intensity * self.bytes_per_us)


def roofline(result: Result, show: Show) -> Table:
    """Where the block matrices stand under the device's roofline, before and after."""
    question, chosen = result.question, result.chosen
    machine, how = question.device, arithmetic(question.device, question.dtype)
    columns = ("Phase", "FLOPs per byte", "Reached", "The roof there", "Of the roof", "Bound by")
    if how is None or not roofs(question.model):
        none = ("No roofline: " + ("a CNN has none here." if how else _UNKNOWN),)
        return Table(_ROOFLINE, columns, lambda: (), _UNDER, (none,))
    found = _spots(result, how)
    runs_24 = chosen.runs_24

    def row(each: _Shown) -> Row:
        roof = each.roof_per_us
        return Row(
            (each.label,),
            (
                (show.rate(each.spot.intensity),),
                (show.tflops(each.spot.flops_per_us),),
                (show.tflops(roof),),
                (show.percent(each.spot.flops_per_us / roof, quotient(each.spot.flops_per_us, roof)),),
                ("memory" if roof < each.peak_per_us else "compute",),
            ),
        )

    return Table(
        _ROOFLINE,
        columns,
        lambda: map(row, found),
        intro=_UNDER,
        notes=(
            (
                "Roofs are the datasheet’s: ",
                show.tflops(how.tflops * 1e6),
                f" dense in {how.dtype.upper()}",
                *((", ", show.tflops(_peak_24(how, machine) * 1e6), " with 2:4, its zeros counted") if runs_24 else ()),
                ", ",
                show.exact(machine.bandwidth_gb_s or 0),
                " GB/s. The block matrices alone: head, attention and the KV cache come on top. ",
                *read_at(f"{machine.inside.partition(' (')[0]} figures", (how.source, machine.source)),
            ),
        ),
        plots=(_roofline_plot(found, "2:4" if runs_24 else types()[chosen.dtype].name),),
    )


_UNKNOWN = "the peaks of this device are not known, or its bandwidth."
_ROOFLINE = "Where you are under the roofline"
_UNDER = (
    "Left of the ridge a pass is memory-bound, right of it compute-bound. Fewer bytes move a point to the right, and up"
    " along the slope; fewer FLOPs at the same speed leave it where it is."
)


def _peak_24(how: Arithmetic, machine: Device) -> float:
    """The peak of 2:4 in TFLOPS: what the datasheet says, else twice the dense one, which is what half the products
    come to at most.
    """
    return machine.peaks[how.dtype].sparse24_tflops or 2 * how.tflops


def _spots(result: Result, how: Arithmetic) -> tuple[_Shown, ...]:
    """Both phases, before and after what was chosen."""
    question, chosen = result.question, result.chosen
    machine, model, dtype = question.device, question.model, question.dtype
    bandwidth = (machine.bandwidth_gb_s or 0.0) * 1e3
    dense, now = dense_kernel(machine, dtype), arithmetic(machine, chosen.dtype) or how
    kernel = (sparse24_kernel if chosen.runs_24 else dense_kernel)(machine, chosen.dtype)
    tensor = question.split.tensor
    after, kept = roofs(model, tensor)[0], 1.0
    if chosen.pruning == "structured":
        if chosen.model.shape and chosen.model is not model:
            after = roof(chosen.model.shape, tensor)
        else:
            kept = max(1 - chosen.sparsity * question.share, 0.01)
    spots = []
    for phase in PHASES if model.kind == "decoder" else PHASES[:1]:
        tokens = question.workload.tokens(phase)
        label = phase.capitalize() if model.kind == "decoder" else "One pass"
        before = spot(roofs(model, tensor)[0], dense, tokens)
        spots.append(_Shown(f"{label}, dense", phase, before, how.tflops * 1e6, bandwidth))
        found = spot(after, kernel, tokens, kept)
        peak = (_peak_24(now, machine) if chosen.runs_24 else now.tflops) * 1e6
        spots.append(_Shown(f"{label}, {name(chosen, result)}", phase, found, peak, bandwidth))
    return tuple(spots)


def _roofline_plot(found: Sequence[_Shown], what: str) -> Plot:
    """The roofs of both kernels, the second with `what` is new, and the spots below, on scales of equal factors."""
    bends = [each.peak_per_us / each.bytes_per_us for each in found]
    left = min(*(each.spot.intensity for each in found), *bends) / 3
    right = max(*(each.spot.intensity for each in found), *bends) * 3
    lowest = min(each.spot.flops_per_us for each in found) / 3
    highest = max(each.peak_per_us for each in found) * 2
    x = Axis("FLOPs per byte", left, right, _decades(left, right, 1.0), log=True)
    y = Axis("TFLOPS", lowest, highest, _decades(lowest, highest, 1e6), log=True)

    def roof_of(each: _Shown) -> tuple[tuple[float, float], ...]:
        bend = each.peak_per_us / each.bytes_per_us
        start = max(left, lowest / each.bytes_per_us)
        return ((start, start * each.bytes_per_us), (bend, each.peak_per_us), (right, each.peak_per_us))

    before, after = found[::2], found[1::2]
    roofs_drawn = [Trace("roof", roof_of(before[0]), "line", 6)]
    if after[0].peak_per_us != before[0].peak_per_us:
        roofs_drawn.append(Trace(f"roof with {what}", roof_of(after[0]), "dashed", 6))
    now = after[0].label.partition(", ")[2]
    return Plot(
        "TFLOPS reached against FLOPs per byte",
        x,
        y,
        (
            *roofs_drawn,
            Trace("dense", _places(before), "rings", 1, tuple(each.phase for each in before)),
            Trace(now, _places(after), "dots", 1),
        ),
    )


def _places(found: Sequence[_Shown]) -> tuple[tuple[float, float], ...]:
    return tuple((each.spot.intensity, each.spot.flops_per_us) for each in found)


def _decades(low: float, high: float, unit: float) -> tuple[tuple[float, str], ...]:
    """Ticks at powers of ten of `unit`."""
    powers = range(ceil(log10(low / unit) - 1e-9), floor(log10(high / unit) + 1e-9) + 1)
    return tuple((10.0**power * unit, show_number(10.0**power)) for power in powers)
