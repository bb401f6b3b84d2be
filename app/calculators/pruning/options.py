"""Every way to shrink a model, priced side by side at the same inputs: a short function of the question for each.

`compute` turns a `Question` into a `Result`: dense, unstructured, 2:4, structured, 8-bit, 4-bit, and pruning followed
by quantization, each an `Option` with its parameters, bytes, operations and speed-up ranges, all against the dense
model of the chosen type.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.model.flops import Work
from app.calculators.pruning.model.memory import Fit, cache_bytes
from app.calculators.pruning.model.parallel import cache_of_one, shares
from app.calculators.pruning.model.storage import NM, by_key, types
from app.calculators.pruning.question import Question
from app.calculators.pruning.software import Support, support
from app.calculators.pruning.speed import laws
from app.calculators.pruning.speed.devices import format_24, supports_24
from app.calculators.pruning.speed.laws.ranges import Range, both, same
from app.calculators.pruning.speed.links import FASTEST, UNKNOWN, joined
from app.calculators.pruning.speed.roofline import dense_pass
from app.calculators.pruning.speed.run import Run
from app.calculators.pruning.speed.serving import Served, serve
from app.calculators.pruning.stored import Bytes, FormatBytes, held, packed, quantized, stored, whole


class Option(NamedTuple):
    """One way to shrink the model. Of its work, `paper` leaves out the zeros, `executed` what the kernel skips.
    `served` is None where no roofline gives times. `model` is what is left of it where a structured cut says so
    exactly; where it does not, `heads` is the share of the KV heads that stays.
    """

    key: str
    dtype: str
    sparsity: float
    remaining_params: float
    removed_params: float
    disk: Bytes
    device: Bytes
    dense: Work
    paper: Work
    executed: Work
    prefill: Range
    decode: Range
    served: Served | None
    runs_on: tuple[Support, ...]
    fit: Fit
    model: Model
    heads: float

    @property
    def pruning(self) -> str:
        """What is pruned of it, whatever it is quantized to: `dense` where nothing is.

        >>> [_pruning(key) for key in ("int8", "2:4", "int8+2:4", "structured+int4")]
        ['dense', '2:4', '2:4', 'structured']
        """
        return _pruning(self.key)

    @property
    def to(self) -> str:
        """The type that it is quantized to; empty where it keeps its own."""
        return next((part for part in self.key.split("+") if part in ("int8", "fp8", "int4")), "")

    @property
    def runs_24(self) -> bool:
        """Whether the device multiplies it as 2:4."""
        return self.device.format.startswith("2:4")

    @property
    def disk_bytes(self) -> float:
        """Bytes of the weights on disk, in the smallest listed format that software writes."""
        return self.disk.total

    @property
    def device_bytes(self) -> float:
        """Bytes of the weights in the device's memory, as engines hold them today."""
        return self.device.total

    @property
    def dense_flops(self) -> float:
        """Operations per token of the dense model."""
        return self.dense.token.total

    @property
    def paper_flops(self) -> float:
        """Operations per token if no zero were multiplied."""
        return self.paper.token.total

    @property
    def executed_flops(self) -> float:
        """Operations per token that the kernel executes."""
        return self.executed.token.total


def _pruning(key: str) -> str:
    return next((part for part in key.split("+") if part in ("unstructured", "2:4", "n:m", "structured")), "dense")


class Result(NamedTuple):
    """All options at the same inputs: `dense` first, `chosen` as asked. `cut` is the model that a structured cut
    leaves, where one was asked for.
    """

    question: Question
    dense: Option
    options: tuple[Option, ...]
    chosen: Option
    cut: Model | None

    @property
    def formats(self) -> tuple[FormatBytes, ...]:
        """The whole model in every format that can hold what was chosen, and in every quantized type."""
        return (*stored(self.question, self.chosen.dtype), *quantized(self.question))


def compute(question: Question) -> Result:
    """Price every option at the same inputs.

    Raises `Invalid`, naming the field, for a cut that the model cannot take.
    """
    found = tuple(way(question) for key, way in _ways(question).items() if key != "n:m" or question.structure == "n:m")
    chosen = next((each for each in found if each.key == key_of(question)), None)
    if chosen is None:  # what only this visitor asks for comes last
        chosen = option(question)
        found = (*found, chosen)
    return Result(question, found[0], found, chosen, question.cut())


def _ways(question: Question) -> dict[str, Callable[[Question], Option]]:
    """What prices each option that everybody sees, by its key, in their order."""
    eight = _eight(question)
    return {
        "dense": dense,
        "unstructured": unstructured,
        "2:4": sparse24,
        "n:m": n_m,
        "structured": structured,
        eight: in_8_bits,
        "int4": in_4_bits,
        f"{eight}+2:4": sparse24_in_8,
        "int4+2:4": sparse24_in_4,
        "structured+int4": structured_in_4,
    }


def option(question: Question, key: str = "") -> Option:
    """One of the options, by its key, or the chosen one: the same as `compute` has, without the others."""
    key = key or key_of(question)
    ways = _ways(question)
    if key in ways:
        return ways[key](question)
    return _pruned_then(question, question.structure, quantized_to(question))


def quantized_to(question: Question) -> str:
    """The key of the type that what is chosen is quantized to; empty where it is not."""
    return {"none": "", "8-bit": _eight(question), "4-bit": "int4"}[question.quantize]


def key_of(question: Question) -> str:
    """The key of the option that is chosen: 2:4 and other patterns come after the type, as in `int8+2:4`."""
    pruned, to = question.structure, quantized_to(question)
    if pruned == "dense" or not to:
        return to or pruned
    return f"{to}+{pruned}" if ":" in pruned else f"{pruned}+{to}"


# --- the ways, alone ---


def dense(question: Question) -> Option:
    """The model as it is: everything else is compared with it."""
    held_as = held(question.groups, question.weights())
    speeds = _speeds(question, lambda run: same(run, "The reference: everything else is compared with it."))
    return _option(question, "dense", Weights(held_as, held_as), _executed(question.work()), speeds)


def unstructured(question: Question) -> Option:
    """Zeros anywhere: the file can be packed, the device holds and multiplies them all."""
    sparsity, work = question.sparsity, question.work()
    weights = Weights(packed(question, sparsity), held(question.groups, question.weights()))
    thinned = work.thinned(question.share * sparsity)
    speeds = _speeds(question, lambda run: laws.unstructured.speedup(run, sparsity, question.share))
    return _option(question, "unstructured", weights, Multiplied(thinned, work), speeds, sparsity)


def sparse24(question: Question) -> Option:
    """Two zeros in every four weights."""
    return _patterned(question, "2:4", NM(2, 4))


def n_m(question: Question) -> Option:
    """The N:M pattern that was asked for."""
    return _patterned(question, "n:m", question.pattern)


def structured(question: Question) -> Option:
    """A smaller dense model: of the exact shape after a cut, or by the share that was asked for."""
    return _smaller(question, "structured", question.dtype, "dense", _of_smaller(question, question.dtype))


# --- the ways, quantized ---


def in_8_bits(question: Question) -> Option:
    """The whole model in INT8, or in FP8 where the device has no INT8."""
    to = _eight(question)
    return _quantized(question, to, to)


def in_4_bits(question: Question) -> Option:
    """The whole model in INT4, in the layout that was asked for."""
    return _quantized(question, "int4", question.int4)


def sparse24_in_8(question: Question) -> Option:
    """2:4, then 8 bits."""
    return _patterned(question, "2:4", NM(2, 4), _eight(question))


def sparse24_in_4(question: Question) -> Option:
    """2:4, then INT4: a file that Marlin-24 wrote, and INT4 alone on the device."""
    work, kind = question.work(), question.weights(question.int4)
    marlin = by_key()["2:4-marlin"].in_groups(kind.group)
    on_disk = held(question.groups, kind, marlin.key, kind.mean(partial(marlin.bits, 0.5)))
    return _option(
        question,
        "int4+2:4",
        Weights(on_disk, held(question.groups, kind, kind.key)),
        Multiplied(work.thinned(question.share * 0.5), work),
        _speeds(question, laws.quantized.int4_24),
        sparsity=0.5,
        dtype=kind.key,
    )


def structured_in_4(question: Question) -> Option:
    """A smaller dense model, then INT4."""
    return _structured_then(question, question.int4)


def _pruned_then(question: Question, pruned: str, to: str) -> Option:
    """What is pruned first and then quantized, where that is not among the options that everybody sees."""
    if pruned == "structured":
        return _structured_then(question, question.int4 if to == "int4" else to)
    if pruned == "n:m":
        return _patterned(question, pruned, question.pattern, question.int4 if to == "int4" else to)
    return _unstructured_then(question, question.int4 if to == "int4" else to)


def _structured_then(question: Question, to: str) -> Option:
    smaller = _of_smaller(question, to)
    key = f"structured+{types()[to].base}"
    return _smaller(question, key, to, to, lambda run: both(laws.quantized.speedup(run, to), smaller(run)))


def _unstructured_then(question: Question, to: str) -> Option:
    """Zeros anywhere, then fewer bits: the zeros still save nothing on the device."""
    sparsity, share, work = question.sparsity, question.share, question.work()
    return _option(
        question,
        f"unstructured+{types()[to].base}",
        Weights(packed(question, sparsity, dtype=to), held(question.groups, question.weights(to), to)),
        Multiplied(work.thinned(share * sparsity), work),
        _speeds(
            question,
            lambda run: both(
                laws.quantized.speedup(run, to),
                laws.unstructured.speedup(run._replace(dtype=to), sparsity, share),
            ),
        ),
        sparsity,
        to,
    )


# --- what they have in common ---


class Weights(NamedTuple):
    """The weights as released software writes them to disk, and as engines hold them on the device."""

    disk: Bytes
    device: Bytes


class Multiplied(NamedTuple):
    """The operations on paper, without any zero, and those that the kernel executes."""

    paper: Work
    executed: Work


class Speeds(NamedTuple):
    """The speed-up of each phase."""

    prefill: Range
    decode: Range


def _option(
    question: Question,
    key: str,
    weights: Weights,
    multiplied: Multiplied,
    speeds: Speeds,
    sparsity: float = 0.0,
    dtype: str = "",
    left: Model | None = None,
    heads: float = 1.0,
) -> Option:
    """An option with what follows from its weights, its operations and its speeds. `heads` is the share of the KV heads
    that stays where no exact model is `left`.
    """
    model = question.model
    remaining = left.total if left else model.total - question.groups.pruned * sparsity
    now, as_it_is = left or model, remaining == model.total and dtype in ("", question.dtype)
    named = "dense" if as_it_is else key.replace("n:m", "2:4") if question.pattern.within("2:4") else key
    return Option(
        key=key,
        dtype=dtype or question.dtype,
        sparsity=sparsity,
        remaining_params=remaining,
        removed_params=model.total - remaining,
        disk=weights.disk,
        device=weights.device,
        dense=question.work(),
        paper=multiplied.paper,
        executed=multiplied.executed,
        prefill=speeds.prefill,
        decode=speeds.decode,
        served=_served(question, speeds),
        runs_on=support(named, question.device, question.dtype, question.model.kind),
        fit=fitted(question, weights.device, now, heads),
        model=now,
        heads=heads,
    )


def fitted(question: Question, weights: Bytes, model: Model, heads: float) -> Fit:
    """What the weights and the KV cache of `model`, with the share `heads` of its heads, ask of the devices."""
    asked, memory = question.workload, question.memory_bytes
    cache = cache_bytes(model, asked.batch, asked.context, asked.kv_bits)
    return Fit(
        weights.total,
        None if cache is None else cache * heads,
        question.overhead.bytes(memory),
        memory,
        question.devices,
        _on_one(question, weights, model, heads),
    )


def _on_one(question: Question, weights: Bytes, model: Model, heads: float) -> float | None:
    """Bytes of weights, and of the share `heads` of the KV cache, on the fullest of several devices; None where there
    is but one.
    """
    if question.devices == 1:
        return None
    asked, among = question.workload, question.split
    share = shares(model, among)
    cache = cache_of_one(model, among, asked.batch, asked.context, asked.kv_bits)
    return (weights.pruned + weights.linear) * share.blocks + weights.rest * share.rest + (cache or 0.0) * heads


def _executed(work: Work) -> Multiplied:
    """No zeros are left: what is executed is what there is on paper."""
    return Multiplied(work, work)


def _speeds(question: Question, law: Callable[[Run], Range]) -> Speeds:
    """What a law says of prefill and of decode."""
    return Speeds(*(_over_its_link(law, run) for run in question.runs))


def _over_its_link(law: Callable[[Run], Range], run: Run) -> Range:
    """What a law says of a run; where several devices are joined by a link that is not known, over any."""
    found = law(run)
    if run.split.tensor == 1 or run.device.link != UNKNOWN:
        return found
    fastest = law(run._replace(device=joined(run.device, FASTEST)))
    return found._replace(
        low=min(found.low, fastest.low),
        high=max(found.high, fastest.high),
        basis=f"{found.basis} What joins the devices is not known: likely as over PCIe 4, and up to NVLink 5.",
    )


def _served(question: Question, speeds: Speeds) -> Served | None:
    """What a request takes at these speeds; None where no roofline gives times."""
    prefill, decode = map(dense_pass, question.runs)
    if prefill is None:
        return None
    passes = prefill, decode if question.model.kind == "decoder" else None
    return serve(*speeds, passes, question.output, question.workload.batch)


def _patterned(question: Question, pruned: str, nm: NM, to: str = "") -> Option:
    """A pattern that hardware takes as 2:4 where it lies within: its missing weights are stored as zeros. With `to` it
    is quantized afterwards.
    """
    dtype, share, work = to or question.dtype, question.share, question.work()
    as_24 = nm.within("2:4")
    runs = as_24 and supports_24(question.device, dtype)
    on_device = _held_24(question, dtype) if runs else held(question.groups, question.weights(to), to or "dense")

    def law(run: Run) -> Range:
        of_type = run._replace(dtype=dtype)
        found = laws.two_four.speedup(of_type, share) if as_24 else laws.two_four.rewritten(of_type, share, nm)
        return both(laws.quantized.speedup(run, to), found) if to else found

    return _option(
        question,
        f"{types()[to].base}+{pruned}" if to else pruned,
        Weights(packed(question, nm.sparsity, nm, to), on_device),
        Multiplied(work.thinned(share * nm.sparsity), work.thinned(share * 0.5) if runs else work),
        _speeds(question, law),
        nm.sparsity,
        dtype,
    )


def _held_24(question: Question, dtype: str) -> Bytes:
    """The weights as 2:4 hardware reads them."""
    kind, layout = question.weights(dtype), format_24(dtype)
    return held(question.groups, kind, layout, kind.mean(partial(by_key()[layout].bits, 0.5)))


def _quantized(question: Question, key: str, to: str) -> Option:
    """The whole model in another type."""
    held_as = held(question.groups, question.weights(to), to)
    speeds = _speeds(question, lambda run: laws.quantized.speedup(run, to))
    return _option(question, key, Weights(held_as, held_as), _executed(question.work()), speeds, dtype=to)


def _eight(question: Question) -> str:
    """The 8-bit type of the device."""
    peaks = question.device.peaks
    return "fp8" if "fp8" in peaks and "int8" not in peaks else "int8"


def _smaller(question: Question, key: str, dtype: str, stored_as: str, law: Callable[[Run], Range]) -> Option:
    """A smaller dense model, its weights in `dtype`."""
    after, share, sparsity, heads = question.cut(), question.share, question.sparsity, 1.0
    if after:
        kind, work = question.weights(dtype, after), question.work(after)
        left, gone = whole(after, kind, stored_as), 1 - after.total / question.model.total
    else:
        left = held(question.groups, question.weights(dtype), stored_as, kept=1 - sparsity)
        # Heads and channels go together, so the attention's own arithmetic and cache shrink with the matrices.
        heads = 1 - share * sparsity
        work, gone = question.work().thinned(1 - heads, 1 - heads), sparsity
    speeds = _speeds(question, law)
    return _option(question, key, Weights(left, left), _executed(work), speeds, gone, dtype, left=after, heads=heads)


def _of_smaller(question: Question, dtype: str) -> Callable[[Run], Range]:
    """The law of a smaller dense model, its weights in `dtype`."""
    after = question.cut()
    if after:
        return lambda run: laws.structured.of_shape(run._replace(dtype=dtype), after)
    return lambda run: laws.structured.speedup(run._replace(dtype=dtype), question.sparsity, question.share)
