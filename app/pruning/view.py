"""What the page says about a result: verdict, cards, tables, the worked example. Words and figures, no HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.calculator import Card, Figure, Line, Link, Row, Step, Table, Values, View
from app.pruning.flops import Flops
from app.pruning.options import Bytes, FormatBytes, Option, Result, Support
from app.pruning.speed import Device, Range, arithmetic
from app.pruning.storage import by_key, types
from app.pruning.tables import Source
from app.quantity import (
    show_bytes,
    show_bytes_binary,
    show_count,
    show_exact,
    show_flops,
    show_ratio,
    show_share,
)

_NAMES = {
    "dense": "Dense",
    "unstructured": "Scattered zeros",
    "2:4": "2:4",
    "structured": "Structured",
    "int4+2:4": "4-bit with 2:4",
}


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    verdict, reason, warning = _verdict(result)
    return View(
        verdict=verdict,
        reason=reason,
        warning=warning,
        change=_change(result),
        cards=_cards(result),
        tables=(_options(result), _speeds(result), _formats(result), _support(result)),
        steps=_steps(result),
        notes=_notes(values, result),
    )


# --- figures ---


def _bytes(value: float, name: str = "") -> Figure:
    return Figure(value, show_bytes(value), name)


def _count(value: float, name: str = "") -> Figure:
    return Figure(value, show_count(value), name)


def _exact(value: float) -> Figure:
    return Figure(value, show_exact(value))


def _flops(value: float, name: str = "") -> Figure:
    return Figure(value, show_flops(value), name)


def _share(value: float) -> Figure:
    return Figure(value, show_share(value))


def _ratio(value: float, name: str = "") -> Figure:
    return Figure(value, show_ratio(value), name)


def _bits(value: float) -> Figure:
    return Figure(value, f"{value:.4g}")


def _milliseconds(microseconds: float) -> Figure:
    return Figure(microseconds, f"{microseconds / 1000:,.3g} ms")


def _range(speed: Range) -> Line:
    """ "1.02× – 1.42×", or the one figure when nothing can vary."""
    if speed.low == speed.high:
        return (_ratio(speed.likely),)
    return (_ratio(speed.low), " – ", _ratio(speed.high))


# --- the verdict ---


def _verdict(result: Result) -> tuple[Line, Line, Line]:
    """The claim, its reason, and the trap if the user is about to step into it."""
    chosen, device = result.chosen, result.inputs.device
    dtype = types()[result.inputs.dtype].label
    sparsity = _share(chosen.sparsity)
    if chosen.removed_params == 0:
        return (
            ("Nothing is pruned: every figure is the dense model’s.",),
            ("Raise the sparsity or the prunable share to see what it saves.",),
            (),
        )
    saved: Line = (
        _bytes(chosen.device_bytes),
        " instead of ",
        _bytes(result.dense.device_bytes),
        f" on {_article(device.name)}",
    )
    times: Line = ("prefill ", *_range(chosen.prefill), ", decode ", *_range(chosen.decode))
    if chosen.key == "unstructured":
        return (
            (sparsity, f" scattered zeros save no memory and no time on {_article(device.name)}."),
            (
                chosen.decode.basis,
                " Engines hold the tensor dense; only the file can shrink, from ",
                _bytes(result.dense.disk_bytes),
                " to ",
                _bytes(chosen.disk_bytes),
                f", stored as “{_format(chosen.disk_format)}”.",
            ),
            (
                "on paper ",
                _share(1 - chosen.paper_flops / chosen.dense_flops),
                " of the FLOPs are gone, but a dense kernel executes all ",
                _flops(chosen.executed_flops),
                " per token.",
            ),
        )
    if chosen.key == "2:4":
        if chosen.device_format == "dense":
            return (
                (f"2:4 saves no memory and no time in {dtype} on {_article(device.name)}.",),
                (chosen.prefill.basis,),
                (
                    "2:4 needs a device, a weight type and software that know it. Here its zeros are ordinary weights: "
                    "only the file can shrink, to ",
                    _bytes(chosen.disk_bytes),
                    ".",
                ),
            )
        return (
            ("2:4 takes ", *saved, ": ", *times, "."),
            (
                "Half the products of the linear layers are skipped, but each kept weight needs an index, and the "
                "rest of the model keeps its size and its time.",
            ),
            ("2:4 can be slower than dense: the low end is below 1×.",)
            if min(chosen.prefill.low, chosen.decode.low) < 1
            else (),
        )
    return (
        ("Removing ", sparsity, " of the structure takes ", *saved, ": ", *times, "."),
        ("What is left is a smaller dense model, so every engine and every device gains without special kernels.",),
        (),
    )


def _change(result: Result) -> Line:
    """What would do more at the same inputs, by the figures of the page itself."""
    chosen = result.chosen
    others = [each for each in result.options if each.key not in (chosen.key, "dense", "int4+2:4")]
    smallest = min(others, key=lambda each: each.device_bytes)
    fastest = max(others, key=lambda each: each.decode.likely)
    parts: list[str | Figure | Link] = []
    if smallest.device_bytes < chosen.device_bytes:
        parts += [f"{_name(smallest)} takes ", _bytes(smallest.device_bytes), " on the device"]
        if fastest is smallest and fastest.decode.likely > chosen.decode.likely:
            parts += [" and decodes ", *_range(fastest.decode), " as fast as dense"]
        parts += [". "]
    if fastest is not smallest and fastest.decode.likely > chosen.decode.likely:
        parts += [f"{_name(fastest)} decodes ", *_range(fastest.decode), " as fast as dense. "]
    if not parts:
        parts += ["no other option here is smaller or decodes faster. "]
    parts += ["Look at quality first: published losses are under Questions."]
    return tuple(parts)


def _article(name: str) -> str:
    """ "an H100", "a T4": by how the first letter is spoken."""
    return f"{'an' if name[0] in 'AFHILMNORSX' else 'a'} {name.partition(' (')[0]}"


def _name(option: Option) -> str:
    """What the page calls an option."""
    return _NAMES.get(option.key) or types()[option.key].label.partition(" (")[0]


def _format(key: str) -> str:
    """What the page calls a storage format."""
    formats = by_key()
    return formats[key].label if key in formats else types()[key].label


# --- the cards ---


def _cards(result: Result) -> tuple[Card, ...]:
    chosen, dense = result.chosen, result.dense
    return (
        Card(
            "Parameters left",
            (_count(chosen.remaining_params, "remaining_params"),),
            (
                (
                    _count(chosen.removed_params, "removed_params"),
                    " of ",
                    _count(result.inputs.model.total),
                    " removed",
                ),
                (_share(chosen.removed_params / result.inputs.model.total), " of all parameters"),
            ),
        ),
        Card(
            "Weights on the device",
            (_bytes(chosen.device_bytes, "device_bytes"),),
            (
                ("dense ", _bytes(dense.device_bytes, "dense_bytes")),
                ("on disk ", _bytes(chosen.disk_bytes, "disk_bytes")),
                *_too_large(chosen.device_bytes, result.inputs.device),
            ),
        ),
        Card(
            "FLOPs per token, executed",
            (_flops(chosen.executed_flops, "executed_flops"),),
            (
                ("dense ", _flops(chosen.dense_flops, "dense_flops")),
                ("on paper ", _flops(chosen.paper_flops, "paper_flops")),
            ),
        ),
        _speed_card("Prefill speed", "prefill_speedup", chosen.prefill),
        _speed_card("Decode speed", "decode_speedup", chosen.decode),
    )


def _too_large(weights: float, device: Device) -> tuple[Line, ...]:
    """Says so when the weights alone are more than one device holds."""
    if device.memory_gb is None or weights <= device.memory_gb * 1e9:
        return ()
    return (("more than the ", _bytes(device.memory_gb * 1e9), " of one device"),)


def _speed_card(label: str, name: str, speed: Range) -> Card:
    low, likely, high = (
        _ratio(speed.low, f"{name}_low"),
        _ratio(speed.likely, name),
        _ratio(speed.high, f"{name}_high"),
    )
    if speed.low == speed.high:
        return Card(label, (likely,), (("low ", low, ", high ", high), (speed.regime,)))
    return Card(label, (low, " – ", high), (("likely ", likely), (speed.regime,)))


# --- the tables ---


def _options(result: Result) -> Table:
    def row(each: Option) -> Row:
        head: Line = (_name(each),)
        if each.sparsity:
            head += (", ", _share(each.sparsity))
        return Row(
            head,
            (
                (_count(each.remaining_params),),
                (_bytes(each.disk_bytes),),
                (_bytes(each.device_bytes),),
                (_flops(each.executed_flops),),
                _range(each.prefill),
                _range(each.decode),
            ),
            note=_runs_on(each.runs_on),
            chosen=each is result.chosen,
        )

    work = result.inputs.workload
    return Table(
        "options",
        "Every option at these inputs",
        (
            "Option",
            "Parameters",
            "On disk",
            "On the device",
            "FLOPs per token",
            "Prefill",
            "Decode",
            "Runs on",
        ),
        lambda: map(row, result.options),
        intro="Speeds are against the dense model of the same weight type, from low to high. "
        "One multiply-add (MAC) is two FLOPs.",
        folded=False,
        notes=(
            (
                "Assumed: prefill of ",
                _exact(work.prefill_tokens),
                " tokens; decode at batch ",
                _exact(work.batch),
                " with ",
                _exact(work.context),
                " tokens of context. Bytes are of the weights alone: KV cache and activations come on top. "
                "GB is 10⁹ bytes.",
            ),
        ),
    )


def _runs_on(support: tuple[Support, ...]) -> Line:
    """The engines that run an option with a gain today, or what has become of them."""
    runs = [each.engine for each in support if each.status in ("runs", "partial")]
    if runs:
        return (f"runs on {', '.join(runs)}",)
    research = [each.engine for each in support if each.status == "research"]
    return (f"no engine in use gains; research: {', '.join(research)}" if research else "no engine in use gains",)


def _speeds(result: Result) -> Table:
    def row(each: Option, phase: str, speed: Range) -> Row:
        return Row(
            (f"{_name(each)}, {phase}",),
            (
                (_ratio(speed.low),),
                (_ratio(speed.likely),),
                (_ratio(speed.high),),
                (speed.basis, " ", *_links(speed.sources)),
            ),
            chosen=each is result.chosen,
        )

    return Table(
        "speeds",
        "Why these speeds",
        ("Option and phase", "Low", "Likely", "High", "What the figure rests on"),
        lambda: (
            row(each, phase, speed)
            for each in result.options[1:]
            for phase, speed in (("prefill", each.prefill), ("decode", each.decode))
        ),
        notes=((f"The dense model’s regimes: {result.dense.prefill.regime}; {result.dense.decode.regime}.",),),
    )


def _formats(result: Result) -> Table:
    dense = result.dense.device_bytes

    def row(each: FormatBytes) -> Row:
        return Row(
            (each.label,),
            (
                (_bits(each.bits_per_weight),),
                (
                    _bytes(each.total_bytes),
                    " (",
                    Figure(each.total_bytes, show_bytes_binary(each.total_bytes)),
                    ")",
                ),
                (_share(each.total_bytes / dense),),
                ("above ", _share(each.break_even)) if each.break_even is not None else ("–",),
                (f"{each.where}. {each.note}" if each.note else each.where,),
                _links((each.source,)),
            ),
        )

    return Table(
        "formats",
        "What each storage format makes of it",
        ("Format", "Bits per weight", "Whole model", "Of dense", "Smaller than dense", "Where", "Source"),
        lambda: map(row, result.formats),
        intro="Bits count per original weight of the pruned part, zeros included. Quantized rows are without pruning. "
        "GB is 10⁹ bytes, GiB 2³⁰.",
    )


def _support(result: Result) -> Table:
    def row(option: Option, each: Support) -> Row:
        cells = ((each.engine,), (each.status,), (each.says,), (each.source.as_of,), _links((each.source,)))
        return Row((_name(option),), cells)

    return Table(
        "support",
        "What software runs it today",
        ("Option", "Software", "Status", "What is known", "As of", "Source"),
        lambda: (row(option, each) for option in result.options for each in option.runs_on),
        notes=((f"For {_article(result.inputs.device.name)}.",),),
    )


def _links(sources: Iterable[Source]) -> Line:
    """Each source once, by title: two figures of one paper are one paper here."""
    parts: list[str | Figure | Link] = []
    for title, url in dict.fromkeys((source.title, source.url) for source in sources):
        parts += ["; "] if parts else []
        parts.append(Link(title, url) if url else title)
    return tuple(parts)


# --- the worked example ---


def _steps(result: Result) -> tuple[Step, ...]:
    inputs, chosen, groups = result.inputs, result.chosen, result.groups
    total = inputs.model.total
    prunable = groups.pruned / total
    return (
        Step(
            "Parameters left",
            "P × (1 − c × s), with c the prunable share and s the sparsity",
            (_exact(total), " × (1 − ", _share(prunable), " × ", _share(chosen.sparsity), ")"),
            (_exact(chosen.remaining_params), " parameters"),
        ),
        _bytes_step("Bytes of the dense model", result, result.dense.device, "dense"),
        _bytes_step("Bytes on disk", result, chosen.disk, chosen.disk_format),
        _bytes_step("Bytes on the device", result, chosen.device, chosen.device_format),
        Step(
            "FLOPs per token, dense",
            "2 × active weights in the blocks + 2 × weights in the head + attention over the context",
            _summed(chosen.dense),
            (_flops(chosen.dense_flops),),
        ),
        Step(
            "FLOPs per token, executed",
            "the same sum, less what the kernel really skips",
            _summed(chosen.executed),
            (_flops(chosen.executed_flops), ", ", _share(chosen.executed_flops / chosen.dense_flops), " of dense"),
        ),
        _speed_step("Prefill speed-up", chosen.prefill),
        _speed_step("Decode speed-up", chosen.decode),
    )


def _summed(flops: Flops) -> Line:
    return (_flops(flops.blocks), " + ", _flops(flops.head), " + ", _flops(flops.attention))


def _bytes_step(label: str, result: Result, held: Bytes, key: str) -> Step:
    """Bytes as the sum of what is pruned, what is only linear, and the rest, each weights × bits / 8."""
    groups = result.groups
    shrunk = result.chosen.key == "structured" and held is not result.dense.device
    kept = 1 - result.chosen.sparsity if shrunk else 1.0
    parts: list[str | Figure | Link] = []
    for weights, size in (
        (groups.pruned * kept, held.pruned),
        (groups.linear, held.linear),
        (groups.rest, held.rest),
    ):
        if weights:
            parts += [" + "] if parts else []
            parts += [_exact(weights), " × ", _bits(8 * size / weights), " / 8"]
    return Step(
        label if key == "dense" else f"{label}: {_format(key)}",
        "weights × bits per weight / 8, for the pruned part and for what stays as it is",
        tuple(parts) or (_exact(0),),
        (
            _exact(held.total),
            " bytes, ",
            _bytes(held.total),
            " or ",
            Figure(held.total, show_bytes_binary(held.total)),
        ),
    )


def _speed_step(label: str, speed: Range) -> Step:
    ends: Line = ("low ", _ratio(speed.low), ", likely ", _ratio(speed.likely), ", high ", _ratio(speed.high))
    if speed.before is None or speed.after is None:
        return Step(label, f"{speed.regime}: {speed.basis}", (), ends)
    return Step(
        label,
        f"{speed.regime}: (time in the blocks + the rest) before / the same after. {speed.basis}",
        (
            "(",
            _milliseconds(speed.before.blocks_us),
            " + ",
            _milliseconds(speed.before.rest_us),
            ") / (",
            _milliseconds(speed.after.blocks_us),
            " + ",
            _milliseconds(speed.after.rest_us),
            ")",
        ),
        ends,
    )


# --- how the inputs were understood ---


def _notes(values: Values, result: Result) -> Mapping[str, Line]:
    inputs = result.inputs
    model, device, kind = inputs.model, inputs.device, types()[inputs.dtype]
    known = "the linear layers of the blocks" if model.parts else "no architecture is known, so all of it"
    notes: dict[str, Line] = {
        "params": ("Read as ", _exact(model.total), " parameters."),
        "prunable": (
            _share(inputs.prunable),
            " of the parameters" + (f": {known}." if values["prunable"] is None else "."),
        ),
    }
    if inputs.structure == "2:4":
        notes["sparsity"] = ("2:4 fixes it at ", _share(0.5), "; your value still prices the other options.")
    if kind.note:
        notes["dtype"] = (kind.note.partition(".")[0] + ".",)
    if device.memory_gb and device.bandwidth_gb_s:
        how = arithmetic(device, inputs.dtype)
        peak = device.peaks[how.dtype] if how else None
        notes["device"] = (
            _exact(device.memory_gb),
            " GB at ",
            _exact(device.bandwidth_gb_s),
            " GB/s",
            *((", ", _exact(peak.dense_tflops), f" dense {peak.dtype.upper()} TFLOPS") if peak else ()),
            "; 2:4 for this type: ",
            "yes. " if how and how.supports_24 else "no. ",
            *_links((peak.source,) if peak else (device.source,)),
        )
    elif device.note:
        notes["device"] = (device.note + ".",)
    return notes
