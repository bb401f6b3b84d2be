"""How the inputs were understood: a note at each of them, and a line for each group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.calculators.pruning import inputs
from app.calculators.pruning.decide import Decision
from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.model.cuts import Amount
from app.calculators.pruning.model.storage import NM, types
from app.calculators.pruning.options import Result
from app.calculators.pruning.question import Question
from app.calculators.pruning.show.figures import Show, duration, links, read_at
from app.calculators.pruning.show.goal import note as goal
from app.calculators.pruning.speed.devices import Device, arithmetic, supports_24
from app.calculators.pruning.speed.links import in_one_machine, link_of
from app.calculators.pruning.speed.roofline import adding_up_us, roofs
from app.vocabulary.calculator import Choice, Line, Values
from app.vocabulary.quantity import show_exact, show_number

if TYPE_CHECKING:
    from app.calculators.pruning.speed.timings import Timings


def notes(values: Values, result: Result, decision: Decision, show: Show) -> Mapping[str, Line]:
    """By field, how what stands in it was understood."""
    question, memory = result.question, result.dense.fit.memory
    model, kind = question.model, types()[question.dtype]
    known = "the linear layers of the blocks" if model.parts else "no architecture is known, so all of it"
    found: dict[str, Line] = {
        "params": ("Read as ", show.exact(model.total), " parameters", *_read_from(model, show), "."),
        "sparsity": _fixed(result, show),
        "dtype": (kind.note.partition(". ")[0] + ".",) if kind.note else (),
        "target": goal(result, decision, show),
        "device": _device(question, show),
        "devices": _several(result, show),
        "prunable": (
            show.share(question.prunable),
            " of the parameters" + (f": {known}." if values["prunable"] is None else "."),
        ),
        "pattern": (
            f"{question.pattern.words} is ",
            show.share(question.pattern.sparsity),
            " zeros. " + _hardware(question.pattern),
        ),
        "quantized": _quantized(question, show),
        **_cut_notes(result, show),
    }
    if values["context"] is None:
        found["context"] = (show.exact(question.workload.context), " tokens: prompt and output.")
    if memory:
        found["overhead"] = (show.bytes(question.overhead.bytes(memory)), " of ", show.bytes(memory), ".")
    if question.budget:
        from app.calculators.pruning.show.project import trained  # by those who typed a price, and by nobody else

        found["training"] = trained(result, show)
    if values["timings"] is not None:
        found["timings"] = _brought(values["timings"], question.device, show)
    return found


def _quantized(question: Question, show: Show) -> Line:
    """Which weights have the type, and what the others have."""
    asked = question.dtype if types()[question.dtype].scope != "all weights" else question.int4
    kind = question.weights(asked)
    label = kind.name
    if kind.base == "gguf":
        whose = "each tensor by llama.cpp’s rule" if kind.known else "the mean of another model"
        return (f"{label}: {whose}.",)
    part: Line = (show.share(kind.share), " of the block matrices, 16 bits for the others")
    rest = f"{show_number(kind.rest_bits, 3)} bits" + (", as a mean," if kind.rest_bits % 1 else "")
    return (f"{label} for ", *(part if kind.share < 1 else ("the block matrices",)), f"; {rest} for the rest.")


def _fixed(result: Result, show: Show) -> Line:
    """What fixes the sparsity whatever was typed; nothing where nothing does."""
    question = result.question
    if question.structure == "2:4":
        return ("2:4 fixes it at ", show.share(0.5), "; your value still prices the other options.")
    if question.structure == "n:m":
        words, sparsity = question.pattern.words, question.pattern.sparsity
        return (f"{words} fixes it at ", show.share(sparsity), "; your value still prices the other options.")
    if question.structure == "structured" and result.cut:
        gone = show.share(result.chosen.sparsity)
        return ("The cut fixes it: ", gone, " of all parameters go; your value still prices unstructured zeros.")
    return ()


def _device(question: Question, show: Show) -> Line:
    """What the device holds and computes, as far as that is known."""
    device, how = question.device, arithmetic(question.device, question.dtype)
    more = f"{device.note}. " if device.note else ""
    if not device.kind and not device.bandwidth_gb_s:
        return (more.strip(),)
    peak = device.peaks[how.dtype] if how else None
    return (
        f"{device.name}: ",
        *((show.exact(device.memory_gb), " GB") if device.memory_gb else ("memory not known",)),
        *((" at ", show.exact(device.bandwidth_gb_s), " GB/s") if device.bandwidth_gb_s else (" at an unknown rate",)),
        ", ",
        *((show.exact(peak.dense_tflops), f" dense {peak.dtype.upper()} TFLOPS") if peak else ("peaks not known",)),
        f"; 2:4 for this type: {_YES_OR_NO[supports_24(device, question.dtype)]}. {more}",
        *read_at("Figures", (peak.source,) if peak else (device.source,)),
    )


def _several(result: Result, show: Show) -> Line:
    """How several devices share the model, over what link, and what that costs; nothing for one."""
    question = result.question
    among, device, link = question.split, question.device, link_of(question.device)
    if question.devices == 1:
        return ()
    if question.model.kind == "cnn" or not result.dense.served:
        return ("The memory is shared out; no roofline gives times here, so the speed-ups are those of one device.",)
    said: Line = ()
    if among.tensor > 1:
        said += ("Each layer is shared among ", show.exact(among.tensor), f", joined by {link.name}")
        said += (" (", show.exact(link.gb_s), " GB/s each way). ")
        said += (*_adding_up(question), *links(tuple(filter(None, (device.link_source, link.source)))), " ")
    if among.stages > 1:
        room = f"A machine has room for {in_one_machine(device):,}" + ("" if device.node else ", it is assumed")
        said += (f"{room}: the layers follow each other through ", show.exact(among.stages), " machines, which")
        said += (" gives memory, and no more speed to one batch. ",)
    if among.devices < question.devices:
        said += (show.exact(question.devices - among.devices), " would stand idle: they cannot share evenly. ")
    shape = question.model.shape
    if shape and shape.heads % among.tensor:
        said += (f"{shape.heads:,} heads do not divide by {among.tensor:,}: engines may refuse that. ",)
    return said


def _adding_up(question: Question) -> Line:
    """What the all-reduces of a pass take, in both phases."""
    line: Line = ("All-reduces, two a layer, take ",)
    for place, run in enumerate(question.runs if question.model.kind == "decoder" else question.runs[:1]):
        us = adding_up_us(roofs(run.model, run.split.tensor)[0], run)
        line += (*((" and ",) if place else ()), duration(us), f" of the dense model’s {run.phase}")
    return (*line, ". ")


_YES_OR_NO = {True: "yes", False: "no", None: "not known"}


def _brought(brought: Timings, device: Device, show: Show) -> Line:
    """What a visitor's timings say, or why they are not used."""
    if not brought.are_of(device):
        return (f"Not used: these are of {brought.of}, and the device is {device.inside}.",)
    line: Line = (f"Used wherever {device.inside} computes in these types.",)
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
    if brought.at_fault:
        types = ", ".join(kind.upper() for kind in brought.at_fault)
        line += (f" Left out: {types}, where 2:4 gains more than it can, so that the dense kernel is at fault.",)
    return line


def _read_from(model: Model, show: Show) -> Line:
    """What a config.json was read as, and what could not be counted; or what was said of a model by hand."""
    if model.shape is None:
        return _said_of(model, show)
    if not model.config or model.hf_id:
        return ()
    return (f", from a config.json: {model.name}", *((f". {model.note.rstrip('.')}",) if model.note else ()))


def _said_of(model: Model, show: Show) -> Line:
    """What is known of a model beside its number of parameters."""
    said: Line = ()
    if model.active_share < 1:
        said += (", ", show.exact(round(model.total * model.active_share)), " of them for each token")
    if model.kv_bytes is not None:
        said += (", ", show.bytes(model.kv_bytes), " of KV cache a token")
    if model.state_bytes:
        said += (", ", show.bytes(model.state_bytes), " of state a request")
    return said


def _hardware(pattern: NM) -> str:
    """What hardware makes of an N:M pattern."""
    if pattern == NM(2, 4):
        return "Sparse tensor cores run it, from 16 to 8 bits."
    if pattern == NM(1, 2):
        return "cuSPARSELt has it for FP32 in TF32; elsewhere the hardware sees unstructured zeros."
    if pattern.within("2:4"):
        return "Every such matrix is also 2:4, so 2:4 hardware takes it, and gains no more than from 2:4."
    if pattern == NM(4, 8):
        return "FP4 hardware wants it in pairs; no hardware runs it element by element."
    if pattern.kept == pattern.group - 2 and pattern.group % 2 == 0:
        return "No hardware runs it; research (SlideSparse) rewrites it into longer 2:4 rows."
    return "No hardware runs it."


def _cut_notes(result: Result, show: Show) -> dict[str, Line]:
    """What stays, by field: counts before and after, and how they were rounded."""
    old, kept = result.question.model.shape, result.question.keep
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
            moved = f", rounded {rounded} from {show_exact(amount.of(was))}" if amount.of(was) != now else ""
            found[field] = (show.exact(now), " of ", show.exact(was), " kept, ", show.exact(was - now), " removed")
            found[field] += (f"{moved}.",)
    return found


def _of(amount: Amount, label: str, show: Show) -> Line:
    """How many of something stay or go, as it was typed."""
    if amount.removed:
        return (show.exact(amount.removed), f" {label} removed")
    return (
        (show.exact(amount.number), f" {label} kept")
        if amount.number
        else (show.share(amount.share), f" of {label} kept")
    )


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


def _chosen(choices: tuple[Choice, ...], value: str) -> str:
    return next(each.label for each in choices if each.value == value)


def groups(values: Values, result: Result, show: Show) -> Mapping[str, Line]:
    """What each group of inputs is set to, in a line."""
    question, asked = result.question, result.question.workload
    cut = [
        (label, getattr(question.keep, field))
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
            stays += (*((", ",) if stays else ()), *_of(amount, label, show))
    return {
        "workload": (
            *((show.bytes(question.memory_bytes), " a device, ") if question.memory_bytes else ()),
            show.exact(asked.context),
            f" tokens of context in {asked.kv_bits} bits, overhead ",
            show.bytes(question.overhead.bytes(question.memory_bytes)),
        ),
        "own": _owned(values, show),
        "pruned": (show.share(question.prunable), " of the parameters; N:M is ", question.pattern.words),
        "stored": (_chosen(inputs.QUANTIZED, question.quantized), "; ", types()[question.int4].label),
        "cuts": stays or ("everything",),
        "cost": _cost(question, show),
        "check": (_chosen(inputs.OBSERVED, values["observed"]),),
        "display": (
            f"{'GiB' if show.binary else 'GB'}, {'MACs' if show.macs else 'FLOPs'}"
            + (", with formulas" if show.formulas else ""),
        ),
    }


def _cost(question: Question, show: Show) -> Line:
    """What is said of money."""
    budget = question.budget
    if budget is None:
        return ("no price",)
    from app.calculators.pruning.show.amounts import priced

    load: Line = ("full devices",) if budget.load is None else (show.rate(budget.load), " requests per second")
    return (priced(budget.price.amount, budget.sign), " a device-hour, ", *load)
