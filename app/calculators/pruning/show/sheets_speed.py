"""The tables of the pruning page that are about speed and quality: what is waited for, where that stands under the
roofline, what it rests on, what was published nearby, how wrong it is. Words and figures, no HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, fsum, log10
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, constants, source_of
from app.calculators.pruning.data.tables import rows as read_rows
from app.calculators.pruning.options import Option, Result, Support
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, article, duration, links, name, passes, quotient
from app.calculators.pruning.speed.devices import Arithmetic, Device, arithmetic
from app.calculators.pruning.speed.laws import Range
from app.calculators.pruning.speed.roofline import (
    Phase,
    Spot,
    dense_kernel,
    roof,
    roofs,
    sparse24_kernel,
    spot,
    tokens_of,
)
from app.calculators.pruning.speed.serving import Span
from app.vocabulary.calculator import Axis, Figure, Line, Plot, Row, Table, Trace
from app.vocabulary.quantity import show_exact, show_share

# --- what is waited for ---


def serving(result: Result, show: Show) -> Table:
    """Time to the first token, time of each further one, tokens per second, and the whole request."""
    asked, output = result.inputs.workload, result.inputs.output
    decoder = result.dense.served is None or result.dense.served.per_token_us is not None

    def row(each: Option) -> Row:
        found = each.served
        if found is None:
            return Row((name(each, result),), (*[NOT_KNOWN] * 4, ()), chosen=each is result.chosen)
        return Row(
            (name(each, result),),
            (
                _span(found.first_token_us, duration),
                _span(found.per_token_us, duration),
                _span(found.tokens_per_second, show.rate),
                _span(found.request_us, duration),
                _span(found.speedup, show.ratio),
            ),
            chosen=each is result.chosen,
        )

    def absolute(kind: str) -> Line:
        median, p90 = (constants()[f"error.{kind}.time.{part}"] for part in ("median", "p90"))
        return (f"{show_share(median.value)} ({show_share(p90.value)} for 90 % of them) in {kind}",)

    return Table(
        "What you wait for",
        (
            "Option",
            "Time to first token" if decoder else "Time of one pass",
            "Time per output token",
            "Tokens per second",
            "Whole request",
            "Speed-up of the request",
        ),
        lambda: map(row, result.options),
        intro="Likely, and from low to high. The whole request is the prompt and every token of the output.",
        notes=(
            (
                "A prompt of ",
                show.exact(asked.prefill_tokens),
                " tokens, ",
                show.exact(output),
                " tokens out, batch ",
                show.exact(asked.batch),
                ". Times are of vLLM on one device: on runs kept back from the fit, the dense model’s were off by ",
                *absolute("prefill"),
                ", ",
                *absolute("decode"),
                ". Ratios are surer than times. ",
                *links((constants()["error.prefill.time.median"].source,)),
            ),
        ),
    )


def _span(span: Span | None, shown: Callable[[float], Figure]) -> Line:
    """What is likely, and its ends where they differ."""
    if span is None:
        return ("–",)
    likely = shown(span.likely)
    return (likely,) if span.low == span.high else (likely, " (", shown(span.low), " – ", shown(span.high), ")")


# --- under the roofline ---


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
    inputs, chosen = result.inputs, result.chosen
    machine, how = inputs.device, arithmetic(inputs.device, inputs.dtype)
    columns = ("Phase", "FLOPs per byte", "Reached", "The roof there", "Of the roof", "Bound by")
    if how is None or not roofs(inputs.model):
        none = ("No roofline: " + ("a CNN has none here." if how else "no verified peaks for this device."),)
        return Table(_ROOFLINE, columns, lambda: (), _UNDER, (none,))
    found = _spots(result, how)
    runs_24 = chosen.key in ("2:4", "n:m") and chosen.device_format != "dense"

    def row(each: _Shown) -> Row:
        roof = each.roof_per_us
        return Row(
            (each.label,),
            (
                (show.exact(round(each.spot.intensity, 2)),),
                (show.tflops(each.spot.flops_per_us),),
                (show.tflops(roof),),
                (show.share(each.spot.flops_per_us / roof, quotient(each.spot.flops_per_us, roof)),),
                ("memory" if roof < each.peak_per_us else "computing",),
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
                *links((how.source, machine.source)),
            ),
        ),
        plots=(_roofline_plot(found),),
    )


_ROOFLINE = "Where you are under the roofline"
_UNDER = (
    "Left of the bend a pass waits for memory, right of it for computing. Fewer bytes move a point to the right, and up"
    " along the slope; fewer FLOPs at the same speed leave it where it is."
)


def _peak_24(how: Arithmetic, machine: Device) -> float:
    """The peak of 2:4 in TFLOPS: what the datasheet says, else twice the dense one, which is what half the products
    come to at most.
    """
    return machine.peaks[how.dtype].sparse24_tflops or 2 * how.tflops


def _spots(result: Result, how: Arithmetic) -> tuple[_Shown, ...]:
    """Both phases, before and after what was chosen."""
    inputs, chosen = result.inputs, result.chosen
    machine, model, dtype = inputs.device, inputs.model, inputs.dtype
    bandwidth = (machine.bandwidth_gb_s or 0.0) * 1e3
    dense = dense_kernel(machine, dtype)
    runs_24 = chosen.key in ("2:4", "n:m") and chosen.device_format != "dense"
    kernel = sparse24_kernel(machine, dtype) if runs_24 else dense
    after, kept = roofs(model)[0], 1.0
    if chosen.key == "structured":
        if chosen.model.shape and chosen.model is not model:
            after = roof(chosen.model.shape)
        else:
            share = min(1.0, inputs.prunable / model.prunable) if model.prunable else 0.0
            kept = max(1 - chosen.sparsity * share, 0.01)
    spots = []
    for phase in ("prefill", "decode") if model.kind == "decoder" else ("prefill",):
        tokens = tokens_of(phase, inputs.workload)
        label = phase.capitalize() if model.kind == "decoder" else "One pass"
        before = spot(roofs(model)[0], dense, tokens)
        spots.append(_Shown(f"{label}, dense", phase, before, how.tflops * 1e6, bandwidth))
        now = spot(after, kernel, tokens, kept)
        peak = (_peak_24(how, machine) if runs_24 else how.tflops) * 1e6
        spots.append(_Shown(f"{label}, {name(chosen, result)}", phase, now, peak, bandwidth))
    return tuple(spots)


def _roofline_plot(found: Sequence[_Shown]) -> Plot:
    """The roofs of both kernels, and the spots under them, on scales of equal factors."""
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
        roofs_drawn.append(Trace("roof with 2:4", roof_of(after[0]), "dashed", 6))
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
    return tuple((10.0**power * unit, show_exact(10**power) if power >= 0 else f"{10.0**power:g}") for power in powers)


# --- what the speeds rest on ---


def speeds(result: Result, show: Show) -> Table:
    """Why these speeds: low, likely, high, and what each rests on."""

    def row(each: Option, phase: str, speed: Range) -> Row:
        times: Line = ()
        if speed.before and speed.after:
            times = (" ", duration(fsum(speed.before)), " before, ", duration(fsum(speed.after)), " after. ")
        return Row(
            (f"{name(each, result)}, {phase}",),
            (
                (show.ratio(speed.low),),
                (show.ratio(speed.likely, how=passes(speed)),),
                (show.ratio(speed.high),),
                (speed.basis, *times, " ", *links(speed.sources)),
            ),
            chosen=each is result.chosen,
        )

    return Table(
        "Why these speeds",
        ("Option and phase", "Low", "Likely", "High", "What the figure rests on"),
        lambda: (
            row(each, phase, speed)
            for each in result.options[1:]
            for phase, speed in (("prefill", each.prefill), ("decode", each.decode))
        ),
        notes=(
            (
                f"The dense model’s regimes: {result.dense.prefill.regime}; {result.dense.decode.regime}. Every"
                " roofline here has the constants fitted to ",
                *links((constants()["gemm.p"].source,)),
                ".",
            ),
        ),
    )


def _alone(option: Option, dtype: str) -> tuple[str, str, str]:
    """What stands for an option where results are looked up: its key, the type, and words on what is missing there.

    Nobody has published pruning followed by quantization together, but for 2:4 on 4-bit weights.
    """
    first, _, then = option.key.partition("+")
    if not then or option.key == "int4+2:4":
        return option.key, dtype, ""
    if then == "2:4":
        return then, first, f"2:4 alone, {first.upper()} on both sides"
    return first, dtype, "the cut alone, not quantized"


def evidence(result: Result, show: Show) -> Table:
    """The published speed-ups nearest to each speed, and what was different there."""

    def rows() -> Iterator[Row]:
        from app.calculators.pruning.speed.evidence import nearest  # its data is read when a table first shows it

        asked, model = result.inputs, result.inputs.model
        for each in result.options[1:]:
            key, dtype, alone = _alone(each, asked.dtype)
            for phase, speed in (("prefill", each.prefill), ("decode", each.decode)):
                tokens = tokens_of("prefill" if phase == "prefill" else "decode", asked.workload)
                found = nearest(key, asked.device, dtype, model, each.sparsity, phase, tokens, 2, asked.pattern)
                said = show.speed(speed)
                label: Line = (f"{name(each, result)}, {phase}",)
                chosen = each is result.chosen
                if alone or not any(one.near for one in found):
                    none: Line = (
                        "Nothing near was published, so the page extrapolates" + ("; the nearest:" if found else "."),
                    )
                    yield Row(label, (said, (), none, ()), chosen=chosen)
                for one in found:
                    there = one.measurement
                    where = ", ".join(filter(None, (there.model, there.device, there.dtype.upper())))
                    where += f" ({there.note})" if there.note else ""
                    cells: tuple[Line, ...] = (
                        said,
                        (show.ratio(there.speedup),),
                        (where + _other(alone, *one.differences),),
                        _cited(there.source),
                    )
                    yield Row(label, cells, chosen=chosen)

    return Table(
        "Published speed-ups nearest to these",
        ("Option and phase", "Here", "Measured", "On what", "Source"),
        rows,
        intro="Others’ measurements, nearest first, with what differs from your inputs.",
        notes=(
            (
                "The speeds here are those of “Why these speeds”, by constants fitted to ",
                *links((constants()["gemm.p"].source,)),
                ".",
            ),
        ),
    )


def _other(*differences: str) -> str:
    said = ", ".join(filter(None, differences))
    return f"; different here: {said}" if said else ""


def _cited(source: Source) -> Line:
    """A source and the place in it."""
    return (*links((source,)), f", {source.locator}" if source.locator else "")


def quality(result: Result, _show: Show) -> Table:
    """The published qualities nearest to each option."""

    def rows() -> Iterator[Row]:
        from app.calculators.pruning.speed.evidence import quality as published

        asked = result.inputs
        for each in result.options[1:]:
            key, _, alone = _alone(each, asked.dtype)
            found = published(key, asked.model, each.sparsity, asked.pattern, 3)
            chosen = each is result.chosen
            if not found:
                yield Row((name(each, result),), (("no published figure",), (), (), ()), chosen=chosen)
            for one in found:
                there = one.quality
                both = "" if there.dense is None else f"{there.dense:g} to {there.pruned:g} "
                change = (f"{both}({there.delta:+g})" if both else f"{there.delta:+g}").replace("-", "−")
                how = f"{there.method}, {'retrained' if there.retrained else 'not retrained'}"
                cells: tuple[Line, ...] = (
                    (f"{there.model}, {how}{_other(alone and 'not quantized', *one.differences)}",),
                    (there.metric,),
                    (change,),
                    _cited(there.source),
                )
                yield Row((name(each, result),), cells, chosen=chosen)

    return Table(
        "What it did to quality elsewhere",
        ("Option", "Model and method", "Metric", "Dense to pruned", "Source"),
        rows,
        intro="Nobody can compute the quality of your model: these are the nearest published cases.",
    )


_KINDS = {"gemm": "Matrix product", "prefill": "Prefill", "decode": "Decode"}


def validation(_result: Result, _show: Show) -> Table:
    """Predicted against measured: by phase and device on measurements kept back from the fit; other sources apart."""

    def row(each: dict[str, str]) -> Row:
        cells = [show_exact(int(each["n"]))]
        cells += [show_share(float(each[name])) for name in ("median", "p90")]
        cells += [f"{float(each['bias']):+.1%}".replace("-", "−"), show_share(float(each["inside"]))]
        cells += [show_share(float(each[name])) if each[name] else "–" for name in ("device_median", "device_p90")]
        own = bool(each["device_p90"])
        source: Line = ("kept back from the fit",) if own else links((source_of(each),))
        return Row((f"{_KINDS[each['kind']]}, {each['of']}",), (*((cell,) for cell in cells), source))

    return Table(
        "How wrong the 2:4 speeds are",
        (
            "Foretold for",
            "Measurements",
            "Median error",
            "90 % are within",
            "Bias",
            "Inside the range",
            "Median, device unseen",
            "90 %, device unseen",
            "Source",
        ),
        lambda: map(row, read_rows("validation.csv")),
        intro="Predicted against measured speed-up. Each measurement was foretold by a fit that had not seen its model,"
        " or, in the two columns so named, its device. No constant was fitted to the other sources.",
        notes=(
            (
                "Ranges are as wide as it takes to hold 85 % of these measurements. Left out by rule: FP4; devices and"
                " types of which more than a tenth of the timings is beyond what 2:4 can do; and matrices smaller than"
                " those of a language model. Kept back from the fit: ",
                *links((constants()["error.gemm.model.median"].source,)),
                ".",
            ),
        ),
        plots=tuple(_foretold(kind, label) for kind, label in _KINDS.items()),
    )


_ERROR_TICKS = tuple((float(tick), f"{tick}×") for tick in ("0.5", "0.7", "1", "1.4", "2"))


def _foretold(kind: str, label: str) -> Plot:
    """Predicted against measured for one kind; points on the line are right."""
    low, high = 0.45, 2.4
    found = tuple(
        (float(row["measured"]), float(row["foretold"])) for row in read_rows("scatter.csv") if row["kind"] == kind
    )
    x, y = (Axis(words, low, high, _ERROR_TICKS, log=True) for words in ("measured", "predicted"))
    return Plot(
        f"{label}: predicted against measured speed-up",
        x,
        y,
        (
            Trace("right", ((low, low), (high, high)), "line", 6),
            Trace("10 % off", ((low, low * 1.1), (high / 1.1, high)), "dashed", 6),
            Trace("", ((low * 1.1, low), (high, high / 1.1)), "dashed", 6),
            Trace("measurements kept back", found, "cloud", 1),
        ),
    )


def methods(_result: Result, _show: Show) -> Table:
    """What published methods prune, and what they leave."""
    return Table(
        "What published methods prune, and what they leave",
        ("Method", "Prunes", "Leaves dense", "Source"),
        lambda: (
            Row((each["method"],), ((each["prunes"],), (each["leaves"],), links((source_of(each),))))
            for each in read_rows("methods.csv")
        ),
    )


def support(result: Result, _show: Show) -> Table:
    """What software runs each option today."""

    def row(option: Option, each: Support) -> Row:
        cells = ((each.engine,), (each.status,), (each.says,), (each.source.as_of,), links((each.source,)))
        return Row((name(option, result),), cells)

    return Table(
        "What software runs it today",
        ("Option", "Software", "Status", "What is known", "As of", "Source"),
        lambda: (row(option, each) for option in result.options for each in option.runs_on),
        notes=((f"For {article(result.inputs.device.name)}.",),),
    )
