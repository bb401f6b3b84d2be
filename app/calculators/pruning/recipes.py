"""How to make what was chosen: the steps in libraries that still support it, with the numbers of the page put in place;
or that nothing supports it.

`recipes.csv` says of each step which library it is written for and where that is documented, `recipe_warnings.csv` what
to mind; the snippets stand in `data/recipes/`, with @names@ for what is put in.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, rows, source_of, text
from app.calculators.pruning.model.storage import NM, types
from app.calculators.pruning.options import Result
from app.calculators.pruning.software import target


class Warned(NamedTuple):
    """What to mind, and where that was read."""

    says: str
    source: Source


class Recipe(NamedTuple):
    """One step: `what` it does, in a `package` of a version, by a `snippet` that can be taken as a file; or why there
    is none, with both empty. `then` says what becomes of the result, `checked` how far the snippet was tried.
    """

    what: str
    package: str
    snippet: str
    filename: str
    then: str
    checked: str
    source: Source
    warnings: tuple[Warned, ...]


class _Step(NamedTuple):
    """A row of `recipes.csv`, and what is put into its snippet."""

    key: str
    slots: Mapping[str, str]


def recipes(result: Result) -> tuple[Recipe, ...]:
    """The steps to what was chosen, in their order."""
    listed, warned = _listed(), _warned()
    return tuple(
        Recipe(
            what=row["what"],
            package=_package(row),
            snippet=_filled(row["files"], each.slots),
            filename=f"{number}-{each.key}.{row['extension']}" if row["files"] else "",
            then=row["then"],
            checked=row["checked"],
            source=source_of(row),
            warnings=warned.get(each.key, ()),
        )
        for number, each in enumerate(_steps(result), 1)
        for row in (listed[each.key],)
    )


@cache
def _listed() -> dict[str, dict[str, str]]:
    return {row["key"]: row for row in rows("recipes.csv")}


@cache
def _warned() -> dict[str, tuple[Warned, ...]]:
    found: dict[str, tuple[Warned, ...]] = {}
    for row in rows("recipe_warnings.csv"):
        found[row["recipe"]] = (*found.get(row["recipe"], ()), Warned(row["says"], source_of(row)))
    return found


@cache
def _snippet(name: str) -> str:
    return text(f"recipes/{name}.txt")


def _package(row: Mapping[str, str]) -> str:
    released = f" ({row['released']})" if row["released"] else ""
    return f"{row['library']} {row['version']}".strip() + released


def _filled(files: str, slots: Mapping[str, str]) -> str:
    """The snippets of those names one after the other, with what is put in."""
    found = "\n".join(map(_snippet, files.split()))
    for name, value in slots.items():
        found = found.replace(f"@{name}@", value)
    return found


# --- which steps ---


def _steps(result: Result) -> tuple[_Step, ...]:
    chosen, slots = result.chosen, _slots(result)
    to = chosen.to
    if chosen.pruning == "structured":
        cut = tuple(_Step(key, slots) for key in _cuts(result))
        made = slots | {"model": f"./{slots['out']}", "out": f"{slots['out']}-{to}"}
        return (*cut, *((_Step(_quantizing(result, to), made),) if to else ()))
    if chosen.pruning == "dense":
        return (_Step(_quantizing(result, to) if to else "dense", slots),)
    as_24 = chosen.pruning == "2:4" or (chosen.pruning == "n:m" and result.question.pattern.within("2:4"))
    return tuple(_Step(key, slots) for key in (_to_24 if as_24 else _to_zeros)(result, to))


def _cuts(result: Result) -> tuple[str, ...]:
    """What cuts the model smaller: experts last, for they are chosen by what passes through the rest."""
    keep, kind = result.question.keep, result.question.model.kind
    if kind != "decoder":
        return ("channels",)
    widths = keep.heads or keep.ffn or keep.hidden
    first = "width" if widths or keep.all else "layers" if keep.layers else ""
    return tuple(filter(None, (first, "experts" if keep.experts else "")))


def _quantizing(result: Result, to: str) -> str:
    """What quantizes it: by the type, the kind of model and the device."""
    kind = result.question.model.kind
    if kind != "decoder":
        return "onnx-int8" if to == "int8" and kind != "cnn" else "no-small-model"
    return to if result.question.device.maker in ("nvidia", "amd") else "gguf"


def _to_24(result: Result, to: str) -> tuple[str, ...]:
    base = to or types()[result.question.dtype].base
    decoder = result.question.model.kind == "decoder"
    if base == "int4":
        return ("no-int4-24",)
    if base == "fp8":
        return ("24-magnitude", "24-fp8-torchao") if target(result.question.device.arch) == "sm90" else ("no-fp8-24",)
    if base == "int8":
        return ("no-int8-24", "zeros-then-fewer-bits") if decoder else ("24-int8", "24-tensorrt")
    if not decoder:
        return ("24-magnitude", "24-tensorrt")
    # Model-Optimizer prunes to 2:4 and to no other pattern.
    return ("24-mask" if result.chosen.pruning == "2:4" else "unstructured", "24-pytorch")


def _to_zeros(result: Result, to: str) -> tuple[str, ...]:
    if result.question.model.kind != "decoder":
        return ("unstructured-torch", *((_quantizing(result, to),) if to else ()))
    return ("zeros-then-fewer-bits",) if to else ("unstructured",)


# --- what is put in ---

ANY_MODEL = "path/to/your-model"
"""Where the model's name in the library of models is not known."""

_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./")
_SCHEMES = {"int8": "W8A8", "fp8": "FP8_DYNAMIC", "int4": "W4A16"}
_GGUF = {"int8": "Q8_0", "fp8": "Q8_0", "int4": "Q4_K_M"}
TAIL = 3
"""Layers at the end that stay, whatever goes: they matter most."""


def _slots(result: Result) -> dict[str, str]:
    """What may be put into a snippet, by name: numbers, and names of safe characters alone."""
    question, chosen = result.question, result.chosen
    model, before = _model(result), question.model.shape
    after, nm = chosen.model.shape or before, question.pattern if chosen.pruning == "n:m" else NM(2, 4)
    layers, kept = (before.layers, after.layers) if before and after else (0, 0)
    tail = min(TAIL, kept // 2)
    done = chosen.pruning if chosen.pruning == "structured" else chosen.key
    return {
        "model": model,
        "out": f"{model.rpartition('/')[2]}-{done.replace(':', 'of').replace('+', '-')}",
        "sparsity": _decimal(chosen.sparsity),
        "ratio": _decimal(1 - (1 - chosen.sparsity) ** 0.5),
        "mask": f"{nm.kept}:{nm.group}" if chosen.pruning in ("2:4", "n:m") else "0:0",
        "group": str(nm.group),
        "zeros": str(nm.group - nm.kept),
        "scheme": _SCHEMES.get(chosen.to or types()[question.dtype].base, ""),
        "gguf": _GGUF.get(chosen.to, ""),
        "layers": str(layers),
        "kept": str(kept),
        "first": str(kept - tail),
        "last": str(layers - tail),
        "removed": _decimal(1 - after.experts / before.experts) if before and after and before.experts else "0",
        "cut": _minitron(result),
        "prompt": str(question.workload.prefill_tokens),
        "output": str(question.output),
    }


def _decimal(share: float) -> str:
    """A share to four decimals, as every language reads it."""
    return f"{share:.4f}".rstrip("0").rstrip(".")


def _model(result: Result) -> str:
    """The id of the model on Hugging Face, if it is one that can be put into any snippet as it is."""
    name = result.question.model.hf_id
    return name if name and len(name) <= 100 and _SAFE.issuperset(name) and ".." not in name else ANY_MODEL


def _minitron(result: Result) -> str:
    """What Minitron is to leave: the new sizes, or a number of parameters where no shape was asked for."""
    old, new = result.question.model.shape, result.chosen.model.shape
    if old is None or new is None or result.chosen.model is result.question.model:
        return f"--prune_target_params {round(result.chosen.remaining_params)}"
    sizes = (
        ("num_layers", old.layers, new.layers),
        ("hidden_size", old.hidden_size, new.hidden_size),
        ("ffn_hidden_size", old.intermediate, new.intermediate),
        ("num_attention_heads", old.heads, new.heads),
    )
    changed = ", ".join(f'"{name}": {now}' for name, was, now in sizes if was != now)
    return f"--prune_export_config '{{{changed}}}'"
