"""The answer in a sentence, why, the trap, and what would do more."""

from __future__ import annotations

from typing import NamedTuple

from app.calculators.pruning.model.storage import types
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.figures import Show, format_name, machines, name
from app.calculators.pruning.speed.devices import supports_24
from app.vocabulary.calculator import Figure, Line, Link


class Verdict(NamedTuple):
    """The claim, its reason, and the trap if the user is about to step into it."""

    claim: Line
    reason: Line
    trap: Line = ()


def verdict(result: Result, show: Show) -> Verdict:
    """The answer for what was chosen."""
    chosen = result.chosen
    if chosen.to:
        return Verdict((f"{name(chosen, result)} takes ", *_saved(result, show)), (chosen.decode.basis,))
    if chosen.removed_params == 0:
        return Verdict(
            ("Nothing is pruned: every figure is the dense model’s.",),
            ("Raise the sparsity or the prunable share to see what it saves.",),
        )
    if chosen.key == "unstructured":
        return _unstructured(result, show)
    if chosen.key in ("2:4", "n:m"):
        return _zeros_in_vain(result, show) if chosen.device.format == "dense" else _patterned(result, show)
    what = " of the parameters" if result.cut else " of the structure"
    left = "What is left is a smaller dense model, so every engine and every device runs it without special kernels."
    whole, cut = result.question.model.shape, result.cut and result.cut.shape
    if whole and cut and cut.experts < whole.experts:
        left += (
            " A token still passes as many experts: time is saved only where many requests at once read fewer of them."
        )
    return Verdict(("Removing ", show.share(chosen.sparsity), what, " takes ", *_saved(result, show)), (left,))


def _saved(result: Result, show: Show) -> Line:
    """The bytes on the device against dense, and both speeds."""
    chosen = result.chosen
    return (
        show.bytes(chosen.device_bytes),
        " instead of ",
        show.bytes(result.dense.device_bytes),
        f" on {machines(result.question)}",
        ": ",
        *("prefill ", *show.speed(chosen.prefill), ", decode ", *show.speed(chosen.decode), "."),
    )


def _unstructured(result: Result, show: Show) -> Verdict:
    chosen = result.chosen
    return Verdict(
        (
            show.share(chosen.sparsity),
            f" unstructured zeros save no memory and no time on {machines(result.question)}.",
        ),
        (
            chosen.decode.basis,
            " Engines hold the tensor dense; only the file can shrink, from ",
            show.bytes(result.dense.disk_bytes),
            " to ",
            show.bytes(chosen.disk_bytes),
            f", stored as “{format_name(chosen.disk.format)}”.",
        ),
        (
            "on paper ",
            show.share(1 - chosen.paper_flops / chosen.dense_flops),
            " of the operations are gone, but a dense kernel executes all ",
            show.flops(chosen.executed_flops),
            " per token.",
        ),
    )


def _zeros_in_vain(result: Result, show: Show) -> Verdict:
    """An N:M pattern that nothing here knows."""
    words, dtype = name(result.chosen, result), types()[result.question.dtype].name
    machine, as_24 = result.question.device, words == "2:4" or result.question.pattern.within("2:4")
    if as_24 and supports_24(machine, result.question.dtype) is None:
        claim = f"Whether {words} saves memory and time in {dtype} on {machines(result.question)} is not known."
    else:
        claim = f"{words} saves no memory and no time in {dtype} on {machines(result.question)}."
    return Verdict(
        (claim,),
        (result.chosen.prefill.basis,),
        (
            f"{words} needs a device, a weight type and software that know it. Here its zeros are ordinary weights:"
            " only the file can shrink, to ",
            show.bytes(result.chosen.disk_bytes),
            ".",
        ),
    )


def _patterned(result: Result, show: Show) -> Verdict:
    """An N:M pattern that the device runs as 2:4."""
    chosen, words = result.chosen, name(result.chosen, result)
    as_24 = "" if words == "2:4" else " The hardware takes it as 2:4, its missing weights stored as zeros."
    slower = min(chosen.prefill.low, chosen.decode.low) < 1
    return Verdict(
        (f"{words} takes ", *_saved(result, show)),
        (
            "Half the products of the linear layers are skipped, but each kept weight needs an index, and the "
            f"rest of the model keeps its size and its time.{as_24}",
        ),
        (f"{words} can be slower than dense: the low end is below 1×.",) if slower else (),
    )


def change(result: Result, show: Show) -> Line:
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
