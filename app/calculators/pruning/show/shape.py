"""What the model is made of, and what a structured cut leaves of it: the table of its parts, that of the dimensions
before and after, and the pruned `config.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from math import fsum
from typing import NamedTuple

from app.calculators.pruning.model.architecture import Linear, Model, Parts, Shape, linears
from app.calculators.pruning.model.memory import cache_bytes, cache_values
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, quotient, read_at, total
from app.calculators.pruning.show.memory import cache_formula
from app.vocabulary.calculator import Download, Invalid, Line, Row, Segment, Table
from app.vocabulary.quantity import show_count, show_exact, show_share

_BRING = "choose a model, or bring its config.json."

# --- where the parameters are ---


class _Part(NamedTuple):
    """A part of the model: its words, its name in `Parts`, its size, and what zeros, cuts and types do to it."""

    label: str
    key: str
    size: int
    zeros: str
    structured: str
    quantized: str


_BLOCKS = ("attention", "mlp", "experts")


def parts(result: Result, show: Show) -> Table:
    """Where the parameters are, and which of them each method touches."""
    model, held = result.question.model, result.question.model.parts
    return Table(
        "Where the parameters are",
        (
            "Part",
            "Parameters",
            "Share",
            "Active per token",
            "Left by your option",
            "Zeros (unstructured, N:M)",
            "Structured",
            "Quantization",
        ),
        partial(_rows_of_parts, result, show, held) if held else lambda: (_all_of_it(model, show),),
        intro="And which of them each way to shrink a model touches.",
        notes=(_note_on_parts(model, show),),
        bar=_bar_of_parts(result, held) if held else (_whole(model),),
    )


def _all_of_it(model: Model, show: Show) -> Row:
    whole: Line = (show.exact(model.total),)
    return Row(("All parameters",), (whole, (show.percent(1.0),), whole, *[NOT_KNOWN] * 4))


def _whole(model: Model) -> Segment:
    return Segment("All parameters", model.total, show_count(model.total))


def _parts_of(result: Result, held: Parts) -> tuple[_Part, ...]:
    question = result.question
    pruned = "pruned" if question.prunable >= question.model.prunable else "pruned in part"
    return (
        _Part("Attention", "attention", held.attention, pruned, "heads, layers", "quantized"),
        _Part("MLP", "mlp", held.mlp, pruned, "channels, layers", "quantized"),
        _Part("Experts", "experts", held.experts, pruned, "experts, channels, layers", "quantized"),
        _Part("Embedding", "embedding", held.embedding, "stays", "hidden width only", "stays 16-bit"),
        _Part("Head", "head", held.head, "stays", "hidden width only", "stays 16-bit"),
        _Part(
            "Norms, biases, routers and others",
            "other",
            held.other,
            "stays",
            "with what they belong to",
            "stays 16-bit",
        ),
    )


def _rows_of_parts(result: Result, show: Show, held: Parts) -> Iterator[Row]:
    """Every part that there is, the head even where it has no weights of its own, and all of them together."""
    every = _parts_of(result, held)
    for each in every:
        if each.size or each.key == "head":
            yield _row_of_part(result, show, held, each)
    yield Row(
        ("Total",),
        (
            (show.exact(held.total, how=total(*(each.size for each in every))),),
            (show.percent(1.0),),
            (show.exact(held.active),),
            (show.exact(fsum(_left(result, held, each)[0] for each in every)),),
            *[()] * 3,
        ),
    )


def _row_of_part(result: Result, show: Show, held: Parts, each: _Part) -> Row:
    model, size = result.question.model, each.size
    at_rest = held.prunable - held.active_blocks if each.key == "experts" else 0
    rests = f" − {show_exact(at_rest)} at rest" if at_rest else ""
    left, how = _left(result, held, each)
    return Row(
        (each.label,),
        (
            (show.exact(size, how=_matrices(model.shape, each.key)),),
            (show.percent(size / held.total, how=quotient(size, held.total)),),
            (show.exact(size - at_rest, lambda: show_exact(size) + rests),),
            (show.exact(left, how),),
            *((words,) for words in each[-3:]),
        ),
        note=("shared with the embedding",) if each.key == "head" and not size and model.kind == "decoder" else (),
    )


def _left(result: Result, held: Parts, each: _Part) -> tuple[float, Callable[[], str]]:
    """What is left of a part, and how that is counted."""
    after = result.cut.parts if result.cut and result.chosen.pruning == "structured" else None
    if after:
        return float(getattr(after, each.key)), lambda: "counted from the shape after the cut"
    zeros = result.chosen.removed_params / held.prunable if each.key in _BLOCKS and held.prunable else 0.0
    return each.size * (1 - min(1.0, zeros)), lambda: f"{show_exact(each.size)} × (1 − {show_share(zeros)})"


def _matrices(known: Shape | None, key: str) -> Callable[[], str] | None:
    """The matrices of a part, each counted: layers × experts × outputs × inputs."""
    if known is None or key not in _BLOCKS:
        return None

    def one(each: Linear) -> str:
        times = f"{show_exact(round(each.layers))} × " + (f"{show_exact(each.experts)} × " if each.experts > 1 else "")
        return f"{times}{show_exact(round(each.outputs))} × {show_exact(round(each.inputs))}"

    return lambda: " + ".join(one(each) for each in linears(known) if each.part == key)


def _note_on_parts(model: Model, show: Show) -> Line:
    held = model.parts
    if held is None:
        return (f"Only the number of parameters is known: to see its parts, {_BRING}",)
    return (
        "Active: what works on one token; an embedding row is looked up. Pruning touches ",
        show.share(held.prunable / held.total, how=quotient(held.prunable, held.total)),
        " of this model. ",
        *((f"{model.note}. ",) if model.note else ()),
        *read_at("Shape of the model", (model.source,)),
    )


def _bar_of_parts(result: Result, held: Parts) -> tuple[Segment, ...]:
    return tuple(
        Segment(each.label, each.size, f"{show_count(each.size)}, {show_share(each.size / held.total)}")
        for each in _parts_of(result, held)
    )


# --- the shape after a structured cut ---


class _Dimension(NamedTuple):
    """A size of the model before and after the cut, and how it is rounded."""

    label: str
    before: float
    after: float
    rounded: str = ""


def shape(result: Result, show: Show) -> Table:
    """The shape before and after the structured cut."""
    before, after = result.question.model, result.cut or result.question.model
    known = before.shape is not None and after.shape is not None
    links_to = ("" if result.cut else "Nothing is cut yet. ", *read_at("Shape of the model", (before.source,)))
    return Table(
        "What a structured cut leaves",
        ("Dimension", "Before", "After", "Stays", "How it is rounded"),
        lambda: (_row_of_dimension(result, show, each) for each in _dimensions(result)),
        "Choose layers, heads, channels, width or experts under “Structured: what is removed”; this is what it leaves.",
        notes=(links_to if known else (f"No architecture is known: {_BRING}",),),
        downloads=(_pruned_config(before, after.shape),) if after.shape else (),
    )


def _dimensions(result: Result) -> Iterator[_Dimension]:
    """Every size that a cut may change, and those that follow; none where no architecture is known."""
    question = result.question
    before, after = question.model, result.cut or question.model
    old, new = before.shape, after.shape
    if old is None or new is None:
        return
    multiple = question.keep.multiple
    wide = f"up to a multiple of {multiple}" if multiple > 1 else "to whole numbers"
    groups = f"to whole KV groups of {max(1, old.heads // max(old.kv_heads, 1))}"
    yield _Dimension("Layers", old.layers, new.layers, "to whole layers")
    yield _Dimension("Attention heads", old.heads, new.heads, groups)
    if old.kv_rank:
        yield _Dimension("Values in the KV latent", cache_values(old), cache_values(new), "never cut")
    else:
        yield _Dimension("KV heads", old.kv_heads, new.kv_heads, "with their heads")
        yield _Dimension("Head dimension", old.head_dim, new.head_dim, "never cut")
    channels = "Channels of each expert" if old.experts else "MLP channels"
    yield _Dimension(channels, old.intermediate, new.intermediate, wide)
    yield _Dimension("Hidden width", old.hidden_size, new.hidden_size, wide)
    if old.experts:
        yield _Dimension("Experts", old.experts, new.experts, "to whole experts")
    yield _Dimension("Parameters", before.total, after.total)
    yield _Dimension("Active parameters", before.total * before.active_share, after.total * after.active_share)
    if before.kind == "decoder":
        asked = question.workload
        was, now = (cache_bytes(each, asked.batch, asked.context, asked.kv_bits) or 0.0 for each in (before, after))
        yield _Dimension("KV cache", was, now)


def _row_of_dimension(result: Result, show: Show, each: _Dimension) -> Row:
    after = result.cut or result.question.model
    shown = show.bytes if each.label == "KV cache" else show.exact
    formula = cache_formula(after, result) if each.label == "KV cache" else None
    if each.label == "Parameters" and after.parts:
        formula = total(*after.parts[:6])
    stays = show.percent(1.0)
    if each.before:
        stays = show.percent(each.after / each.before, how=quotient(each.after, each.before))
    rounded = each.rounded if each.after != each.before else ""
    return Row((each.label,), ((shown(each.before),), (shown(each.after, how=formula),), (stays,), (rounded,)))


def _pruned_config(model: Model, after: Shape) -> Download:
    """The file to take away, and what is in it."""
    if not model.model_type:
        said = "This model has no config.json."
    elif model.config and not model.hf_id:
        said = "Your config.json with the sizes changed."
    else:
        said = (
            "Only the sizes are known of a preset: put them into the model’s own config.json, which has the rotary,"
            " token and other settings too."
        )
    make = partial(pruned_config, model, after) if model.model_type else None
    return Download("config.json", "Download the pruned config.json", make, (said,))


def pruned_config(model: Model, after: Shape) -> str:
    """The `config.json` of `model` in the shape `after`. Raises `Invalid` where its family has no key for it."""
    import json  # all of it loaded by those who take the file away

    from app.calculators.pruning.model.config import read
    from app.calculators.pruning.model.write import described, pruned

    if model.shape is None:
        raise Invalid(f"No architecture is known: {_BRING}")
    found = pruned(read(model.config), after) if model.config else described(after, model.model_type, model.name)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
