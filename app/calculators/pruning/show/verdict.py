"""The answer in a sentence, why, the trap, and what would do more."""

from __future__ import annotations

from app.calculators.pruning.model.storage import types
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.figures import Show, article, format_name, name
from app.vocabulary.calculator import Figure, Line, Link


def verdict(result: Result, show: Show) -> tuple[Line, Line, Line]:
    """The claim, its reason, and the trap if the user is about to step into it."""
    chosen, device = result.chosen, result.question.device
    dtype = types()[result.question.dtype].label
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
    if chosen.key in ("2:4", "n:m"):
        words = name(chosen, result)
        if chosen.device.format == "dense":
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
