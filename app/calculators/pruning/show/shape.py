"""What the model is made of, and what a structured cut leaves of it: the table of its parts, that of the dimensions
before and after, and the pruned `config.json`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from math import fsum

from app.calculators.pruning.model.architecture import Linear, Model, Parts, Shape, linears
from app.calculators.pruning.model.memory import cache_bytes, cache_values
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, links, quotient, total
from app.calculators.pruning.show.memory import cache_formula
from app.vocabulary.calculator import Download, Invalid, Row, Segment, Table
from app.vocabulary.quantity import show_count, show_exact, show_share


def parts(result: Result, show: Show) -> Table:
    """Where the parameters are, and which of them each method touches."""
    question = result.question
    held, after = question.model.parts, result.cut.parts if result.cut else None
    model = question.model
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
    pruned = "pruned" if question.prunable >= model.prunable else "pruned in part"
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


def shape(result: Result, show: Show) -> Table:
    """The shape before and after the structured cut."""
    question = result.question
    before, after = question.model, result.cut or question.model
    old, new = before.shape, after.shape
    columns = ("Dimension", "Before", "After", "Stays", "How it is rounded")
    intro = (
        "Choose layers, heads, channels, width or experts under “Structured: what stays”; this is the model it leaves."
    )
    if old is None or new is None:
        return Table(_SHAPE, columns, lambda: (), intro, ((f"No architecture is known: {_BRING}",),))
    multiple = question.keep.multiple
    wide = f"up to a multiple of {multiple}" if multiple > 1 else "to whole numbers"
    groups = f"to whole KV groups of {max(1, old.heads // max(old.kv_heads, 1))}"

    formulas = {
        "Parameters": total(*after.parts[:6]) if after.parts else None,
        "KV cache": cache_formula(after, result),
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
            asked = question.workload
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
                partial(pruned_config, question.model, new) if question.model.model_type else None,
                (
                    "Your config.json with the sizes changed."
                    if question.model.config
                    else "Only the sizes are known of a preset: put them into the model’s own config.json, which has"
                    " the rotary, token and other settings too."
                    if question.model.model_type
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

    from app.calculators.pruning.model.config import read
    from app.calculators.pruning.model.write import described, pruned

    known = model.shape
    if known is None:
        raise Invalid(f"No architecture is known: {_BRING}")
    found = pruned(read(model.config), after) if model.config else described(after, model.model_type, model.name)
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
