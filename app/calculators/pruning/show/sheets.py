"""The tables of the pruning page. Words and figures, no HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import fsum

from app.calculators.pruning.data.tables import constants, source_of
from app.calculators.pruning.model.architecture import Linear, Model, Parts, Shape, linears
from app.calculators.pruning.model.flops import Flops, Work
from app.calculators.pruning.model.memory import cache_bytes, cache_values, tokens_kept
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.options import FormatBytes, Option, Result, Support, stored
from app.calculators.pruning.show import sheets_speed
from app.calculators.pruning.show.figures import (
    NOT_KNOWN,
    Show,
    groups_of,
    links,
    name,
    operations,
    quotient,
    remaining,
    total,
    weights,
)
from app.calculators.pruning.speed.devices import arithmetic
from app.vocabulary.calculator import Download, Invalid, Line, Row, Segment, Table
from app.vocabulary.quantity import show_count, show_exact, show_share


def sheets(result: Result, show: Show) -> dict[str, Callable[[], Table]]:
    """Every table by its slug, in the order of the page, to be made when it is wanted."""
    makers = (
        options,
        sheets_speed.serving,
        sheets_speed.roofline,
        fit,
        parts,
        shape,
        work,
        matrix,
        formats,
        sheets_speed.speeds,
        sheets_speed.evidence,
        sheets_speed.quality,
        sheets_speed.validation,
        sheets_speed.methods,
        sheets_speed.support,
    )
    return {make.__name__: partial(make, result, show) for make in makers}


def options(result: Result, show: Show) -> Table:
    """All options side by side."""

    def row(each: Option) -> Row:
        head: Line = (name(each, result),)
        if each.sparsity:
            head += (", ", show.share(each.sparsity))
        groups, kept = groups_of(result.groups, each, result.inputs.model.total)
        return Row(
            head,
            (
                (show.short(each.remaining_params, how=remaining(result.groups, result.inputs.model.total, each)),),
                (show.bytes(each.disk_bytes, how=weights(groups, each.disk, kept)),),
                (show.bytes(each.device_bytes, how=weights(groups, each.device, kept)),),
                (show.flops(each.executed_flops, how=operations(each.executed.token, show.macs)),),
                show.speed(each.prefill),
                show.speed(each.decode),
            ),
            note=_runs_on(each.runs_on),
            chosen=each is result.chosen,
        )

    asked = result.inputs.workload
    return Table(
        "Every option at these inputs",
        (
            "Option",
            "Parameters",
            "Weights on disk",
            "Weights on the device",
            "Operations per token",
            "Prefill",
            "Decode",
        ),
        lambda: map(row, result.options),
        intro="Speeds are against the dense model of the same weight type, from low to high.",
        folded=False,
        notes=(
            (
                "Prefill of ",
                show.exact(asked.prefill_tokens),
                " tokens; decode at batch ",
                show.exact(asked.batch),
                " with ",
                show.exact(asked.context),
                " tokens of context. ",
                *_sources(result),
            ),
        ),
    )


def _sources(result: Result) -> Line:
    """Where the shape, the peaks and the constants of speed were read."""
    machine, model = result.inputs.device, result.inputs.model
    how = arithmetic(machine, result.inputs.dtype)
    found = [model.source, *([how.source] if how else []), constants()["gemm.p"].source]
    return ("Read from: ", *links(found), ".")


def _runs_on(support: tuple[Support, ...]) -> Line:
    """The engines that run an option with a gain today, or what has become of them."""
    runs = [each.engine for each in support if each.status in ("runs", "partial")]
    if runs:
        return (f"runs on {', '.join(runs)}",)
    research = [each.engine for each in support if each.status == "research"]
    return (f"no engine in use gains; research: {', '.join(research)}" if research else "no engine in use gains",)


# --- does it fit ---


def fit(result: Result, show: Show) -> Table:
    """Weights, cache and overhead against the device's memory."""
    inputs = result.inputs
    asked, memory = inputs.workload, result.dense.fit.memory

    def row(each: Option) -> Row:
        found = each.fit
        groups, kept = groups_of(result.groups, each, inputs.model.total)
        devices = found.devices
        answer: Line
        if found.memory is None:
            answer = NOT_KNOWN
        elif found.fits:
            spare = show.bytes(
                found.memory - found.needed, how=lambda: f"{show_exact(found.memory or 0)} − {show_exact(found.needed)}"
            )
            answer = ("fits, ", spare, " to spare")
        elif devices is None:
            answer = ("no: the overhead alone fills it",)
        else:
            count = show.exact(
                devices,
                lambda: (
                    f"({show_exact(found.weights)} + {show_exact(found.cache or 0)}) /"
                    f" ({show_exact(found.memory or 0)} − {show_exact(found.overhead)}), rounded up"
                ),
            )
            answer = ("no: ", count, " devices")
        return Row(
            (name(each, result),),
            (
                (show.bytes(found.weights, how=weights(groups, each.device, kept)),),
                (show.bytes(found.cache, how=_cache_formula(each.model, result)),)
                if found.cache is not None
                else NOT_KNOWN,
                (show.bytes(found.overhead, how=_overhead(result)),),
                (show.bytes(found.needed, how=total(found.weights, found.cache or 0, found.overhead)),),
                (show.share(found.needed / found.memory, how=quotient(found.needed, found.memory)),)
                if found.memory
                else NOT_KNOWN,
                answer,
            ),
            chosen=each is result.chosen,
        )

    has: Line = (
        ("Memory of the device: ", show.bytes(memory), ". ")
        if memory
        else ("No verified memory size for this device: write it under “Device and workload”. ",)
    )
    chosen = result.chosen.fit
    pieces = [
        Segment("Weights", chosen.weights, show.bytes(chosen.weights).text),
        Segment("KV cache", chosen.cache or 0.0, show.bytes(chosen.cache or 0.0).text),
        Segment("Overhead", chosen.overhead, show.bytes(chosen.overhead).text),
    ]
    if memory and chosen.fits:
        pieces.append(Segment("Free", memory - chosen.needed, show.bytes(memory - chosen.needed).text))
    return Table(
        "Does it fit?",
        ("Option", "Weights", "KV cache", "Overhead", "Together", "Of the device", "On one device"),
        lambda: map(row, result.options),
        intro="Weights, KV cache and overhead against the memory of one device. The bar is your choice.",
        notes=(
            (
                *has,
                "KV cache for batch ",
                show.exact(asked.batch),
                " and ",
                show.exact(asked.context),
                " tokens of context each"
                + ("" if inputs.model.shape else ": not counted, because only the number of parameters is known")
                + ". It shrinks with layers and KV heads, and with nothing else: a share without a cut leaves it whole."
                " "
                "Several devices: if weights and cache divide evenly. "
                "The overhead is an assumption that you can change: vLLM leaves a tenth of the device free unless told"
                " otherwise. ",
                *links((source_of(_OVERHEAD),)),
            ),
        ),
        bar=tuple(pieces),
    )


def _overhead(result: Result) -> Callable[[], str]:
    asked, memory = result.inputs.overhead, result.dense.fit.memory
    return lambda: (
        f"{show_share(asked.of_device)} × {show_exact(memory or 0)}" if asked.of_device else show_exact(asked.fixed)
    )


_OVERHEAD = {
    "source": "vLLM engine arguments, gpu_memory_utilization",
    "url": "https://docs.vllm.ai/en/stable/configuration/engine_args/",
    "locator": "--gpu-memory-utilization",
    "as_of": "2026-11",
}


def _cache_formula(model: Model, result: Result) -> Callable[[], str] | None:
    known = model.shape
    if known is None:
        return None
    inputs = result.inputs
    asked = inputs.workload
    return lambda: (
        f"{asked.batch:,} requests × {tokens_kept(known, asked.context):,} tokens over all layers ×"
        f" {cache_values(known):,} values × {asked.kv_bits} / 8"
    )


# --- where the parameters are ---


def parts(result: Result, show: Show) -> Table:
    """Where the parameters are, and which of them each method touches."""
    inputs = result.inputs
    held, after = inputs.model.parts, result.cut.parts if result.cut else None
    model = inputs.model
    if held is None:
        return Table(
            _PARTS,
            _PARTS_COLUMNS,
            lambda: [
                Row(
                    ("All parameters",),
                    ((show.exact(model.total),), (show.share(1.0),), (show.exact(model.total),), *[NOT_KNOWN] * 4),
                )
            ],
            intro=_PARTS_INTRO,
            notes=((f"Only the number of parameters is known: to see its parts, {_BRING}",),),
            bar=(Segment("All parameters", model.total, show_count(model.total)),),
        )
    pruned = "pruned" if inputs.prunable >= model.prunable else "pruned in part"
    rows_of = (
        ("Attention", "attention", held.attention, (pruned, "heads, layers", "quantized")),
        ("MLP", "mlp", held.mlp, (pruned, "channels, layers", "quantized")),
        ("Experts", "experts", held.experts, (pruned, "experts, channels, layers", "quantized")),
        ("Embedding", "embedding", held.embedding, ("stays", "hidden width only", "stays 16-bit")),
        ("Head", "head", held.head, ("stays", "hidden width only", "stays 16-bit")),
        (
            "Norms, biases, routers and others",
            "other",
            held.other,
            ("stays", "with what they belong to", "stays 16-bit"),
        ),
    )
    zeros = result.chosen.removed_params / held.prunable if held.prunable else 0.0

    def left(key: str, size: int) -> float:
        if after and result.chosen.key == "structured":
            return float(getattr(after, key))
        return size * (1 - min(1.0, zeros)) if key in _BLOCKS else float(size)

    def how(key: str, size: int) -> Callable[[], str]:
        if after and result.chosen.key == "structured":
            return lambda: "counted from the shape after the cut"
        return lambda: f"{show_exact(size)} × (1 − {show_share(zeros if key in _BLOCKS else 0)})"

    def row(label: str, key: str, size: int, touched: tuple[str, str, str]) -> Row:
        active = _active(held, key, size)
        return Row(
            (label,),
            (
                (show.exact(size, how=_matrices(model.shape, key)),),
                (show.share(size / held.total, how=quotient(size, held.total)),),
                (
                    show.exact(
                        active,
                        lambda: show_exact(size) + (f" − {show_exact(size - active)} at rest" if active < size else ""),
                    ),
                ),
                (show.exact(left(key, size), how(key, size)),),
                *((each,) for each in touched),
            ),
            note=("shared with the embedding",) if key == "head" and not size and model.kind == "decoder" else (),
        )

    def everything() -> Iterator[Row]:
        for label, key, size, touched in rows_of:
            if size or key == "head":
                yield row(label, key, size, touched)
        yield Row(
            ("Together",),
            (
                (show.exact(held.total, how=total(*(size for _, _, size, _ in rows_of))),),
                (show.share(1.0),),
                (show.exact(held.active),),
                (show.exact(fsum(left(key, size) for _, key, size, _ in rows_of)),),
                (),
                (),
                (),
            ),
        )

    return Table(
        _PARTS,
        _PARTS_COLUMNS,
        everything,
        intro=_PARTS_INTRO,
        notes=(
            (
                "Active: what works on one token; an embedding row is looked up. Pruning touches ",
                show.share(held.prunable / held.total, how=quotient(held.prunable, held.total)),
                " of this model. ",
                *((f"{model.note}. ",) if model.note else ()),
                *links((model.source,)),
            ),
        ),
        bar=tuple(
            Segment(label, size, f"{show_count(size)}, {show_share(size / held.total)}")
            for label, _, size, _ in rows_of
        ),
    )


_PARTS = "Where the parameters are"
_PARTS_COLUMNS = (
    "Part",
    "Parameters",
    "Share",
    "Active per token",
    "Left by your choice",
    "Zeros (scattered, N:M)",
    "Structured",
    "Quantization",
)
_PARTS_INTRO = "And which of them each way to shrink a model touches."
_BLOCKS = ("attention", "mlp", "experts")


def _active(held: Parts, key: str, size: int) -> int:
    """What of a part works on one token: all of it but the experts that rest."""
    return size - (held.prunable - held.active_blocks) if key == "experts" else size


def _matrices(known: Shape | None, key: str) -> Callable[[], str] | None:
    """The matrices of a part, each counted: layers × experts × outputs × inputs."""
    if known is None or key not in _BLOCKS:
        return None

    def one(each: Linear) -> str:
        times = f"{each.layers:,.0f} × " + (f"{each.experts:,} × " if each.experts > 1 else "")
        return f"{times}{each.outputs:,.0f} × {each.inputs:,.0f}"

    return lambda: " + ".join(one(each) for each in linears(known) if each.part == key)


# --- the shape after a structured cut ---


def shape(result: Result, show: Show) -> Table:
    """The shape before and after the structured cut."""
    inputs = result.inputs
    before, after = inputs.model, result.cut or inputs.model
    old, new = before.shape, after.shape
    columns = ("Dimension", "Before", "After", "Stays", "How it is rounded")
    intro = (
        "Choose layers, heads, channels, width or experts under “Structured: what stays”; this is the model it leaves."
    )
    if old is None or new is None:
        return Table(_SHAPE, columns, lambda: (), intro, ((f"No architecture is known: {_BRING}",),))
    multiple = inputs.keep.multiple
    wide = f"up to a multiple of {multiple}" if multiple > 1 else "to whole numbers"
    groups = f"to whole KV groups of {max(1, old.heads // max(old.kv_heads, 1))}"

    formulas = {
        "Parameters": total(*after.parts[:6]) if after.parts else None,
        "KV cache": _cache_formula(after, result),
    }

    def dimensions() -> Iterable[tuple[str, float, float, str]]:
        yield "Layers", old.layers, new.layers, "to whole layers"
        yield "Attention heads", old.heads, new.heads, groups
        if old.kv_rank:
            yield "Values in the KV latent", cache_values(old), cache_values(new), "never cut"
        else:
            yield "KV heads", old.kv_heads, new.kv_heads, "with their heads"
            yield "Head dimension", old.head_dim, new.head_dim, "never cut"
        yield "Channels of each expert" if old.experts else "MLP channels", old.intermediate, new.intermediate, wide
        yield "Hidden width", old.hidden_size, new.hidden_size, wide
        if old.experts:
            yield "Experts", old.experts, new.experts, "to whole experts"
        yield "Parameters", before.total, after.total, ""
        yield "Active parameters", before.total * before.active_share, after.total * after.active_share, ""
        if before.kind == "decoder":
            asked = inputs.workload
            caches = [cache_bytes(each, asked.batch, asked.context, asked.kv_bits) or 0.0 for each in (before, after)]
            yield "KV cache", caches[0], caches[1], ""

    def row(label: str, was: float, now: float, rounded: str) -> Row:
        how = show.bytes if label == "KV cache" else show.exact
        stays = show.share(now / was, how=quotient(now, was)) if was else show.share(1.0)
        formula = formulas.get(label)
        cells = ((how(was),), (how(now, how=formula),), (stays,), (rounded if now != was else "",))
        return Row((label,), cells)

    return Table(
        _SHAPE,
        columns,
        lambda: (row(*each) for each in dimensions()),
        intro,
        notes=(("" if result.cut else "Nothing is cut yet. ", *links((before.source,))),),
        downloads=(
            Download(
                "config.json",
                "Download the pruned config.json",
                partial(pruned_config, inputs.model, new) if inputs.model.model_type else None,
                (
                    "Your config.json with the sizes changed."
                    if inputs.model.config
                    else "Only the sizes are known of a preset: put them into the model’s own config.json, which has"
                    " the rotary, token and other settings too."
                    if inputs.model.model_type
                    else "This model has no config.json.",
                ),
            ),
        ),
    )


_SHAPE = "What a structured cut leaves"
_BRING = "choose a model, or bring its config.json."


def pruned_config(model: Model, after: Shape) -> str:
    """The `config.json` of `model` in the shape `after`. Raises `Invalid` where its family has no key for it."""
    import json  # all of it loaded by those who take the file away

    from app.calculators.pruning.model.config import described, pruned, read

    known = model.shape
    if known is None:
        raise Invalid(f"No architecture is known: {_BRING}")
    found = pruned(read(model.config), after) if model.config else described(after, model.model_type, model.name)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


# --- operations ---


def work(result: Result, show: Show) -> Table:
    """Operations per token and per request: dense, on paper, executed."""
    chosen = result.chosen
    asked, output = result.inputs.workload, result.inputs.output
    decoder = result.inputs.model.kind == "decoder"

    def row(label: str, take: Callable[[Work], Flops], note: str = "") -> Row:
        found = [take(each) for each in (chosen.dense, chosen.paper, chosen.executed)]
        cells = tuple((show.flops(each.total, how=operations(each, show.macs)),) for each in found)
        dense, _, executed = (each.total for each in found)
        share: Line = (show.share(executed / dense, how=quotient(executed, dense)),) if dense else ()
        return Row((label,), (*cells, share), note=(note,) if note else ())

    def everything() -> Iterator[Row]:
        if decoder:
            yield row("One prompt token, on average", lambda each: _scaled(each.prefill, 1 / asked.prefill_tokens))
            yield row("One output token", lambda each: each.token, "at the end of the context")
            yield row("Prefill of the prompt", lambda each: each.prefill)
            yield row("Decode of the output", lambda each: each.decode)
            yield row("The whole request", lambda each: _sum(each.prefill, each.decode))
        else:
            yield row("One input", lambda each: each.prefill)
        yield row("of it in the blocks", lambda each: Flops(_sum(each.prefill, each.decode).blocks))
        yield row("of it in the head", lambda each: Flops(_sum(each.prefill, each.decode).head))
        yield row("of it in attention over the context", lambda each: Flops(_sum(each.prefill, each.decode).attention))

    return Table(
        "Operations per token and per request",
        ("What", "Dense", "On paper", "Executed", "Executed of dense"),
        everything,
        intro="On paper leaves the zeros out; executed is what the kernel does. A multiply-add (MAC) is two FLOPs.",
        notes=(
            (
                f"For {name(chosen, result)}, one request of ",
                show.exact(asked.prefill_tokens),
                " tokens",
                *((" that writes ", show.exact(output), " tokens") if decoder else ()),
                ". Blocks: 2 FLOPs per active weight and token. Attention: 4 × layers × heads × head dimension for"
                " every token looked at, each looking at those before it. The first output token comes from the"
                " prefill. ",
                *links((result.inputs.model.source,)),
            ),
        ),
    )


def _scaled(flops: Flops, by: float) -> Flops:
    return Flops(*(each * by for each in flops))


def _sum(one: Flops, other: Flops) -> Flops:
    return Flops(*(a + b for a, b in zip(one, other, strict=True)))


# --- bytes ---

_TYPES = ("bf16", "fp8", "int4", "mxfp4", "nvfp4")


def matrix(result: Result, show: Show) -> Table:
    """Every format that can hold the chosen structure, in every type."""
    inputs, groups = result.inputs, result.groups
    left, _ = groups_of(groups, result.chosen, inputs.model.total)
    dense = result.dense.device_bytes

    def rows() -> Iterator[Row]:
        by_type = {key: {each.key: each for each in stored(inputs, groups, key)} for key in _TYPES}
        labels = {key: each.label for found in by_type.values() for key, each in found.items()}
        least = min(each.total_bytes for found in by_type.values() for each in found.values())
        for key, label in labels.items():
            cells = []
            for found in by_type.values():
                each = found.get(key)
                cells.append((show.bytes(each.total_bytes, how=weights(left, each.bytes)),) if each else ("–",))
            smallest = any(found[key].total_bytes == least for found in by_type.values() if key in found)
            written = any(found[key].written for found in by_type.values() if key in found)
            note = " and ".join(
                words
                for words, true in (("the smallest", smallest), ("written by no released software", not written))
                if true
            )
            source = next(found[key].source for found in by_type.values() if key in found)
            yield Row((label,), (*cells, links((source,))), note=(note,) if note else ())

    return Table(
        "Bytes by format and type",
        ("Format", *(types()[key].label.partition(" (")[0] for key in _TYPES), "Source"),
        rows,
        intro="The whole model, with your kind of zeros, in every format that can hold them and in every type.",
        notes=(
            (
                "Of it, outside the linear layers and never pruned: ",
                show.bytes(
                    result.dense.device.rest, how=weights(groups._replace(pruned=0, linear=0), result.dense.device)
                ),
                ". FP16 is as BF16, INT8 as FP8. Dense in the chosen type: ",
                show.bytes(dense),
                ".",
            ),
        ),
    )


def formats(result: Result, show: Show) -> Table:
    """Every format in the chosen type: bits, break-even, who writes it."""
    dense, whole = result.dense.device_bytes, result.groups
    left, _ = groups_of(whole, result.chosen, result.inputs.model.total)

    def row(each: FormatBytes) -> Row:
        return Row(
            (each.label,),
            (
                (show.bits(each.bits_per_weight, each.formula),),
                (show.bytes(each.total_bytes, how=weights(left if each.group == "pruned" else whole, each.bytes)),),
                (show.share(each.total_bytes / dense, how=quotient(each.total_bytes, dense)),),
                ("above ", show.share(each.break_even)) if each.break_even is not None else ("–",),
                (f"{each.where}. {each.note}" if each.note else each.where,),
                links((each.source,)),
            ),
        )

    bits = types()[result.inputs.dtype]
    return Table(
        "What each storage format makes of it",
        ("Format", "Bits per weight", "Whole model", "Of dense", "Smaller than dense", "Where", "Source"),
        lambda: map(row, result.formats),
        intro="Bits count per original weight of the pruned part, zeros included. Quantized rows are without pruning.",
        notes=(
            (
                f"Embedding, head and norms stay {bits.rest_bits}-bit in every row but GGUF’s, which are means over a"
                " whole model: ",
                show.bytes(result.dense.device.rest),
                " here. GB is 10⁹ bytes, GiB 2³⁰.",
            ),
        ),
    )
