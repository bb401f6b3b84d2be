"""What the page says about a result: verdict, cards, the worked example, and how the inputs were understood.

Words and figures, no HTML. The tables are in `sheets`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.model.cuts import Amount
from app.calculators.pruning.model.flops import Flops
from app.calculators.pruning.model.memory import cache_values, tokens_kept
from app.calculators.pruning.model.storage import NM, types
from app.calculators.pruning.options import Bytes, Option, Result
from app.calculators.pruning.show.figures import (
    Show,
    article,
    duration,
    format_name,
    groups_of,
    links,
    name,
    operations,
    passes,
    quotient,
    remaining,
    total,
    weights,
)
from app.calculators.pruning.show.sheets import sheets
from app.calculators.pruning.speed.devices import Device, arithmetic
from app.calculators.pruning.speed.laws import Range
from app.calculators.pruning.speed.serving import Served
from app.vocabulary.calculator import Card, Figure, Line, Link, Step, Values, View
from app.vocabulary.quantity import show_bytes, show_bytes_binary, show_duration, show_exact

if TYPE_CHECKING:
    from app.calculators.pruning.speed.timings import Timings


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    show = Show(values["bytes"] == "GiB", values["operations"] == "MACs", values["formulas"] == "on")
    verdict, reason, warning = _verdict(result, show)
    return View(
        verdict=verdict,
        reason=reason,
        warning=warning,
        change=_change(result, show),
        cards=_cards(result, show),
        tables=sheets(result, show),
        steps=partial(_steps, result, show),
        notes=_notes(values, result, show),
        groups=_groups(values, result, show),
        formulas=show.formulas,
    )


# --- the verdict ---


def _verdict(result: Result, show: Show) -> tuple[Line, Line, Line]:
    """The claim, its reason, and the trap if the user is about to step into it."""
    chosen, device = result.chosen, result.inputs.device
    dtype = types()[result.inputs.dtype].label
    sparsity = show.share(chosen.sparsity)
    if chosen.removed_params == 0:
        return (
            ("Nothing is pruned: every figure is the dense model’s.",),
            ("Raise the sparsity or the prunable share to see what it saves.",),
            (),
        )
    saved: Line = (
        show.bytes(chosen.device_bytes),
        " instead of ",
        show.bytes(result.dense.device_bytes),
        f" on {article(device.name)}",
    )
    times: Line = ("prefill ", *show.speed(chosen.prefill), ", decode ", *show.speed(chosen.decode))
    if chosen.key == "unstructured":
        return (
            (sparsity, f" scattered zeros save no memory and no time on {article(device.name)}."),
            (
                chosen.decode.basis,
                " Engines hold the tensor dense; only the file can shrink, from ",
                show.bytes(result.dense.disk_bytes),
                " to ",
                show.bytes(chosen.disk_bytes),
                f", stored as “{format_name(chosen.disk_format)}”.",
            ),
            (
                "on paper ",
                show.share(1 - chosen.paper_flops / chosen.dense_flops),
                " of the operations are gone, but a dense kernel executes all ",
                show.flops(chosen.executed_flops),
                " per token.",
            ),
        )
    if chosen.key in ("2:4", "n:m"):
        words = name(chosen, result)
        if chosen.device_format == "dense":
            return (
                (f"{words} saves no memory and no time in {dtype} on {article(device.name)}.",),
                (chosen.prefill.basis,),
                (
                    f"{words} needs a device, a weight type and software that know it. Here its zeros are ordinary"
                    " weights: only the file can shrink, to ",
                    show.bytes(chosen.disk_bytes),
                    ".",
                ),
            )
        return (
            (f"{words} takes ", *saved, ": ", *times, "."),
            (
                "Half the products of the linear layers are skipped, but each kept weight needs an index, and the "
                "rest of the model keeps its size and its time."
                + (" The hardware takes it as 2:4, its missing weights stored as zeros." if words != "2:4" else ""),
            ),
            (f"{words} can be slower than dense: the low end is below 1×.",)
            if min(chosen.prefill.low, chosen.decode.low) < 1
            else (),
        )
    what: Line = (" of the parameters",) if result.cut else (" of the structure",)
    return (
        ("Removing ", sparsity, *what, " takes ", *saved, ": ", *times, "."),
        ("What is left is a smaller dense model, so every engine and every device gains without special kernels.",),
        (),
    )


def _change(result: Result, show: Show) -> Line:
    """What would do more at the same inputs, by the figures of the page itself."""
    chosen = result.chosen
    others = [each for each in result.options if each.key not in (chosen.key, "dense") and "+" not in each.key]
    smallest = min(others, key=lambda each: each.device_bytes)
    fastest = max(others, key=lambda each: each.decode.likely)
    parts: list[str | Figure | Link] = []
    if smallest.device_bytes < chosen.device_bytes:
        parts += [f"{name(smallest, result)} takes ", show.bytes(smallest.device_bytes), " on the device"]
        if fastest is smallest and fastest.decode.likely > chosen.decode.likely:
            parts += [" and decodes ", *show.speed(fastest.decode), " as fast as dense"]
        parts += [". "]
    if fastest is not smallest and fastest.decode.likely > chosen.decode.likely:
        parts += [f"{name(fastest, result)} decodes ", *show.speed(fastest.decode), " as fast as dense. "]
    if not parts:
        parts += ["no other option here is smaller or decodes faster. "]
    parts += ["Look at quality first: published losses are under Questions."]
    return tuple(parts)


# --- the cards ---


def _cards(result: Result, show: Show) -> tuple[Card, ...]:
    inputs, chosen, dense, groups = result.inputs, result.chosen, result.dense, result.groups
    params = inputs.model.total
    left, kept = groups_of(groups, chosen, params)
    return (
        Card(
            "Parameters left",
            (show.short(chosen.remaining_params, "remaining_params", remaining(groups, params, chosen)),),
            (
                (
                    show.short(
                        chosen.removed_params,
                        "removed_params",
                        lambda: f"{show_exact(params)} − {show_exact(chosen.remaining_params)}",
                    ),
                    " of ",
                    show.short(params),
                    " removed",
                ),
                (
                    show.share(chosen.removed_params / params, quotient(chosen.removed_params, params)),
                    " of all parameters",
                ),
            ),
        ),
        Card(
            "Weights on the device",
            (show.bytes(chosen.device_bytes, "device_bytes", weights(left, chosen.device, kept)),),
            (
                ("dense ", show.bytes(dense.device_bytes, "dense_bytes", weights(groups, dense.device))),
                ("on disk ", show.bytes(chosen.disk_bytes, "disk_bytes", weights(left, chosen.disk, kept))),
                *_fits(chosen, show),
            ),
        ),
        Card(
            f"{'MACs' if show.macs else 'FLOPs'} per token, executed",
            (show.flops(chosen.executed_flops, "executed_flops", operations(chosen.executed.token, show.macs)),),
            (
                ("dense ", show.flops(chosen.dense_flops, "dense_flops", operations(chosen.dense.token, show.macs))),
                ("on paper ", show.flops(chosen.paper_flops, "paper_flops", operations(chosen.paper.token, show.macs))),
            ),
        ),
        _speed_card("Prefill speed", "prefill_speedup", chosen.prefill, show, _first_token(result)),
        _speed_card("Decode speed", "decode_speedup", chosen.decode, show, _per_token(result)),
        *_request_card(result, show),
    )


def _first_token(result: Result) -> tuple[Line, ...]:
    """The time to the first token, after and before."""
    after, before = result.chosen.served, result.dense.served
    if after is None or before is None:
        return ()
    words = "first token after " if before.per_token_us else "one pass "
    return (
        (
            words,
            duration(after.first_token_us.likely, "time_to_first_token"),
            ", dense ",
            duration(before.first_token_us.likely, "dense_time_to_first_token"),
        ),
    )


def _per_token(result: Result) -> tuple[Line, ...]:
    """The time of each further token, after and before."""
    after, before = result.chosen.served, result.dense.served
    if after is None or before is None or after.per_token_us is None or before.per_token_us is None:
        return ()
    return (
        (
            "each token ",
            duration(after.per_token_us.likely, "time_per_output_token"),
            ", dense ",
            duration(before.per_token_us.likely, "dense_time_per_output_token"),
        ),
    )


def _request_card(result: Result, show: Show) -> tuple[Card, ...]:
    """The whole request: what prefill and decode come to together."""
    after, before, asked = result.chosen.served, result.dense.served, result.inputs
    if after is None or before is None or after.tokens_per_second is None or before.tokens_per_second is None:
        return ()
    whole = after.speedup
    low, likely, high = (
        show.ratio(whole.low, "request_speedup_low"),
        show.ratio(whole.likely, "request_speedup", _request_formula(result)),
        show.ratio(whole.high, "request_speedup_high"),
    )
    varies = whole.low != whole.high
    return (
        Card(
            "Whole request",
            (low, " – ", high) if varies else (likely,),
            (
                ("likely ", likely) if varies else ("low ", low, ", high ", high),
                (
                    show.rate(after.tokens_per_second.likely, "tokens_per_second"),
                    " tokens/s, dense ",
                    show.rate(before.tokens_per_second.likely, "dense_tokens_per_second"),
                ),
                (
                    "a prompt of ",
                    show.exact(asked.workload.prefill_tokens),
                    ", ",
                    show.exact(asked.output),
                    " tokens out",
                ),
            ),
        ),
    )


def _request_formula(result: Result) -> Callable[[], str]:
    """Prefill and every further token, before and after."""
    later = result.inputs.output - 1

    def one(served: Served | None) -> str:
        if served is None or served.per_token_us is None:
            return ""
        first, each = (show_duration(us.likely / 1e6) for us in (served.first_token_us, served.per_token_us))
        return f"({first} + {later:,} × {each})"

    return lambda: f"{one(result.dense.served)} / {one(result.chosen.served)}"


def _fits(chosen: Option, show: Show) -> tuple[Line, ...]:
    """Whether one device holds weights, cache and overhead."""
    fit = chosen.fit
    if fit.memory is None:
        return ()
    needed = show.bytes(fit.needed, how=total(fit.weights, fit.cache or 0.0, fit.overhead))
    beyond: Line = () if fit.fits else (show.bytes(fit.memory),)
    return (("with KV cache and overhead ", needed, ": fits" if fit.fits else ": more than the ", *beyond),)


def _speed_card(label: str, name: str, speed: Range, show: Show, times: tuple[Line, ...]) -> Card:
    low, likely, high = (
        show.ratio(speed.low, f"{name}_low"),
        show.ratio(speed.likely, name, passes(speed)),
        show.ratio(speed.high, f"{name}_high"),
    )
    if speed.low == speed.high:
        return Card(label, (likely,), (("low ", low, ", high ", high), *times, (speed.regime,)))
    return Card(label, (low, " – ", high), (("likely ", likely), *times, (speed.regime,)))


# --- the worked example ---


def _steps(result: Result, show: Show) -> tuple[Step, ...]:
    inputs, chosen, groups = result.inputs, result.chosen, result.groups
    params = inputs.model.total
    prunable = groups.pruned / params
    if result.cut and result.cut.parts and chosen.key == "structured":
        parts = result.cut.parts
        left = Step(
            "Parameters left",
            "attention + MLP + experts + embedding + head + other, counted from the shape after the cut",
            _plus(show, *parts[:6]),
            _left(chosen, params, show),
        )
    else:
        left = Step(
            "Parameters left",
            "P × (1 − c × s), with c the prunable share and s the sparsity",
            (show.exact(params), " × (1 − ", show.share(prunable), " × ", show.share(chosen.sparsity), ")"),
            _left(chosen, params, show),
        )
    return (
        left,
        _bytes_step("Bytes of the dense model", result, result.dense, result.dense.device, "dense", show),
        _bytes_step("Bytes on disk", result, chosen, chosen.disk, chosen.disk_format, show),
        _bytes_step("Bytes on the device", result, chosen, chosen.device, chosen.device_format, show),
        *_cache_step(result, show),
        Step(
            "Operations per token, dense",
            "2 × active weights in the blocks + 2 × weights in the head + attention over the context",
            _summed(chosen.dense.token, show),
            (show.flops(chosen.dense_flops),),
        ),
        Step(
            "Operations per token, on paper",
            "the same sum, less every zero",
            _summed(chosen.paper.token, show),
            (show.flops(chosen.paper_flops),),
        ),
        Step(
            "Operations per token, executed",
            "the same sum, less what the kernel really skips",
            _summed(chosen.executed.token, show),
            (
                show.flops(chosen.executed_flops),
                ", ",
                show.share(chosen.executed_flops / chosen.dense_flops),
                " of dense",
            ),
        ),
        _speed_step("Prefill speed-up", chosen.prefill, show),
        _speed_step("Decode speed-up", chosen.decode, show),
    )


def _left(chosen: Option, params: int, show: Show) -> Line:
    """Parameters that remain, and those that do not."""
    return (
        show.exact(chosen.remaining_params),
        " parameters; ",
        show.exact(chosen.removed_params),
        " or ",
        show.share(chosen.removed_params / params),
        " are removed",
    )


def _plus(show: Show, *parts: float) -> Line:
    line: Line = ()
    for part in parts:
        if part:
            line += (*((" + ",) if line else ()), show.exact(part))
    return line or (show.exact(0),)


def _summed(flops: Flops, show: Show) -> Line:
    return (show.flops(flops.blocks), " + ", show.flops(flops.head), " + ", show.flops(flops.attention))


def _bytes_step(label: str, result: Result, option: Option, held: Bytes, key: str, show: Show) -> Step:
    """Bytes as the sum of what is pruned, what is only linear, and the rest, each weights × bits / 8."""
    groups, kept = groups_of(result.groups, option, result.inputs.model.total)
    parts: Line = ()
    for size, taken in (
        (groups.pruned * kept, held.pruned),
        (groups.linear, held.linear),
        (groups.rest, held.rest),
    ):
        if size:
            parts += (*((" + ",) if parts else ()), show.exact(size), " × ", show.bits(8 * taken / size), " / 8")
    return Step(
        label if key == "dense" else f"{label}: {format_name(key)}",
        "weights × bits per weight / 8, for the pruned part and for what stays as it is",
        parts or (show.exact(0),),
        (
            show.exact(held.total),
            " bytes, ",
            Figure(held.total, show_bytes(held.total)),
            " or ",
            Figure(held.total, show_bytes_binary(held.total)),
        ),
    )


def _cache_step(result: Result, show: Show) -> tuple[Step, ...]:
    inputs, model = result.inputs, result.chosen.model
    cache = result.chosen.fit.cache
    if model.shape is None or model.kind != "decoder" or cache is None:
        return ()
    asked = inputs.workload
    return (
        Step(
            "KV cache",
            "batch × tokens kept, summed over the layers × values per token and layer × bits / 8",
            (
                show.exact(asked.batch),
                " × ",
                show.exact(tokens_kept(model.shape, asked.context)),
                " × ",
                show.exact(cache_values(model.shape)),
                " × ",
                show.bits(asked.kv_bits),
                " / 8",
            ),
            (show.exact(cache), " bytes, ", show.bytes(cache)),
        ),
    )


def _speed_step(label: str, speed: Range, show: Show) -> Step:
    ends: Line = (
        "low ",
        show.ratio(speed.low),
        ", likely ",
        show.ratio(speed.likely),
        ", high ",
        show.ratio(speed.high),
    )
    if speed.before is None or speed.after is None:
        return Step(label, f"{speed.regime}: {speed.basis}", (), ends)
    return Step(
        label,
        f"{speed.regime}: (time in the blocks + the rest) before / the same after. {speed.basis}",
        (
            "(",
            duration(speed.before.blocks_us),
            " + ",
            duration(speed.before.rest_us),
            ") / (",
            duration(speed.after.blocks_us),
            " + ",
            duration(speed.after.rest_us),
            ")",
        ),
        ends,
    )


# --- how the inputs were understood ---


def _notes(values: Values, result: Result, show: Show) -> Mapping[str, Line]:
    inputs = result.inputs
    model, device, kind = inputs.model, inputs.device, types()[inputs.dtype]
    known = "the linear layers of the blocks" if model.parts else "no architecture is known, so all of it"
    notes: dict[str, Line] = {
        "params": ("Read as ", show.exact(model.total), " parameters", *_read_from(model), "."),
        "prunable": (
            show.share(inputs.prunable),
            " of the parameters" + (f": {known}." if values["prunable"] is None else "."),
        ),
        "pattern": (
            f"{inputs.pattern.words} is ",
            show.share(inputs.pattern.sparsity),
            " zeros. " + _hardware(inputs.pattern),
        ),
        **_cut_notes(result, show),
    }
    if inputs.structure == "2:4":
        notes["sparsity"] = ("2:4 fixes it at ", show.share(0.5), "; your value still prices the other options.")
    elif inputs.structure == "n:m":
        notes["sparsity"] = (
            f"{inputs.pattern.words} fixes it at ",
            show.share(inputs.pattern.sparsity),
            "; your value still prices the other options.",
        )
    elif inputs.structure == "structured" and result.cut:
        notes["sparsity"] = (
            "The cut fixes it: ",
            show.share(result.chosen.sparsity),
            " of all parameters go; your value still prices scattered zeros.",
        )
    if values["context"] is None:
        notes["context"] = (show.exact(inputs.workload.context), " tokens: prompt and output.")
    memory = result.dense.fit.memory
    if memory:
        notes["overhead"] = (show.bytes(inputs.overhead.bytes(memory)), " of ", show.bytes(memory), ".")
    if kind.note:
        notes["dtype"] = (kind.note.partition(".")[0] + ".",)
    if device.memory_gb and device.bandwidth_gb_s:
        how = arithmetic(device, inputs.dtype)
        peak = device.peaks[how.dtype] if how else None
        notes["device"] = (
            show.exact(device.memory_gb),
            " GB at ",
            show.exact(device.bandwidth_gb_s),
            " GB/s",
            *((", ", show.exact(peak.dense_tflops), f" dense {peak.dtype.upper()} TFLOPS") if peak else ()),
            "; 2:4 for this type: ",
            "yes. " if how and how.supports_24 else "no. ",
            *links((peak.source,) if peak else (device.source,)),
        )
    elif device.note:
        notes["device"] = (device.note + ".",)
    if values["timings"] is not None:
        notes["timings"] = _brought(values["timings"], device, show)
    return notes


def _brought(brought: Timings, device: Device, show: Show) -> Line:
    """What a visitor's timings say, or why they are not used."""
    if not brought.are_of(device):
        return (f"Not used: these are of {brought.of}, and the device is {device.name}.",)
    line: Line = (f"Used wherever {device.name} computes in these types.",)
    for kind, each in brought.timed:
        line += (
            f" {kind.upper()}: ",
            show.tflops(each.tflops * 1e6),
            " dense, 2:4 computes ",
            show.ratio(each.gain_24),
            " as fast; half of ",
            show.exact(each.products),
            " products within ",
            show.share(each.error),
            ".",
        )
    return line


def _read_from(model: Model) -> Line:
    """What a config.json was read as, and what could not be counted."""
    if not model.config:
        return ()
    return (f", from a config.json: {model.name}", *((f". {model.note.rstrip('.')}",) if model.note else ()))


def _hardware(pattern: NM) -> str:
    """What hardware makes of an N:M pattern."""
    if pattern == NM(2, 4):
        return "Sparse tensor cores run it, from 16 to 8 bits."
    if pattern == NM(1, 2):
        return "cuSPARSELt has it for FP32 in TF32; elsewhere it is scattered zeros to the hardware."
    if pattern.within("2:4"):
        return "Every such matrix is also 2:4, so 2:4 hardware takes it, and gains no more than from 2:4."
    if pattern == NM(4, 8):
        return "FP4 hardware wants it in pairs; no hardware runs it element by element."
    if pattern.kept == pattern.group - 2 and pattern.group % 2 == 0:
        return "No hardware runs it; research (SlideSparse) rewrites it into longer 2:4 rows."
    return "No hardware runs it."


def _cut_notes(result: Result, show: Show) -> dict[str, Line]:
    """What stays, by field: counts before and after, and how they were rounded."""
    old, kept = result.inputs.model.shape, result.inputs.keep
    new = result.cut.shape if result.cut else None
    if old is None or new is None:
        return {}
    found: dict[str, Line] = {}
    for field, amount, was, now, rounded in (
        ("layers", kept.layers, old.layers, new.layers, "to whole layers"),
        ("heads", kept.heads, old.heads, new.heads, f"to whole groups: {new.kv_heads} KV heads"),
        ("ffn", kept.ffn, old.intermediate, new.intermediate, f"up to a multiple of {kept.multiple}"),
        ("hidden", kept.hidden, old.hidden_size, new.hidden_size, f"up to a multiple of {kept.multiple}"),
        ("experts", kept.experts, old.experts, new.experts, "to whole experts"),
    ):
        if amount is not None:
            moved = f", rounded {rounded} from {_wanted(amount, was)}" if amount.of(was) != now else ""
            found[field] = (show.exact(now), " of ", show.exact(was), f" stay{moved}.")
    return found


def _wanted(amount: Amount, whole: int) -> str:
    return show_exact(amount.number) if amount.number else show_exact(amount.share * whole)


def _owned(values: Values, show: Show) -> Line:
    """Peaks that were typed, and timings that were brought."""
    line: Line = ()
    for field, unit in (("bandwidth", " GB/s"), ("tflops", " TFLOPS in 16 bits"), ("tflops8", " in 8")):
        if values[field] is not None:
            line += (*((", ",) if line else ()), show.exact(values[field]), unit)
    if values["has24"] is not None:
        line += (*((", ",) if line else ()), "with 2:4" if values["has24"] else "without 2:4")
    if values["timings"] is not None:
        line += (*((", ",) if line else ()), f"timings of {values['timings'].of}")
    return line or ("none",)


def _groups(values: Values, result: Result, show: Show) -> Mapping[str, Line]:
    """What each group of inputs is set to, in a line."""
    inputs, asked = result.inputs, result.inputs.workload
    cut = [
        (label, getattr(inputs.keep, field))
        for label, field in (
            ("layers", "layers"),
            ("heads", "heads"),
            ("channels", "ffn"),
            ("width", "hidden"),
            ("experts", "experts"),
        )
    ]
    stays: Line = ()
    for label, amount in cut:
        if amount is not None:
            shown = show.exact(amount.number) if amount.number else show.share(amount.share)
            stays += (*((", ",) if stays else ()), shown, f" {label}" if amount.number else f" of the {label}")
    return {
        "workload": (
            inputs.device.name.partition(" (")[0] + ", batch ",
            show.exact(asked.batch),
            ", ",
            show.exact(asked.prefill_tokens),
            " + ",
            show.exact(inputs.output),
            " tokens",
        ),
        "own": _owned(values, show),
        "pruned": (show.share(inputs.prunable), " of the parameters; N:M is ", inputs.pattern.words),
        "cuts": stays or ("everything",),
        "display": (
            f"{'GiB' if show.binary else 'GB'}, {'MACs' if show.macs else 'FLOPs'}"
            + (", with formulas" if show.formulas else ""),
        ),
    }
