"""Whether weights, KV cache and overhead fit on one device, and on how many they would."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.model.architecture import Model, Shape, groups
from app.calculators.pruning.model.memory import STATE_BITS, Fit, cache_values, least, state_values, tokens_kept
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import (
    NOT_KNOWN,
    Show,
    groups_of,
    name,
    quotient,
    read_at,
    requests,
    total,
    weights,
)
from app.vocabulary.calculator import Line, Row, Segment, Table
from app.vocabulary.quantity import show_exact, show_share


def fit(result: Result, show: Show) -> Table:
    """Weights, cache and overhead against the device's memory."""
    return Table(
        "Does it fit?",
        ("Option", "Weights", "KV cache", "Overhead", "Total", "Of the device", f"On {_devices(result)}"),
        lambda: map(partial(_row, result, show), result.options),
        intro=f"Weights, KV cache and overhead against the memory of {_devices(result)}. The bar is your choice.",
        notes=(_note(result, show),),
        bar=_bar(result.chosen.fit, show),
    )


def _devices(result: Result) -> str:
    number = result.question.devices
    return "one device" if number == 1 else f"{number:,} devices"


def _row(result: Result, show: Show, each: Option) -> Row:
    """What an option asks of the devices."""
    found, question = each.fit, result.question
    groups, kept = groups_of(question.groups, each, question.model.total)
    cache, share = NOT_KNOWN, NOT_KNOWN
    if found.cache is not None:
        cache = (show.bytes(found.cache, how=cache_formula(each.model, result, each.heads)),)
    if found.memory:
        share = (show.percent(found.each / found.memory, how=quotient(found.each, found.memory)),)
    return Row(
        (name(each, result),),
        (
            (show.bytes(found.weights, how=weights(groups, each.device, kept)),),
            cache,
            (show.bytes(found.overhead * found.number, how=_overhead(result)),),
            (show.bytes(found.needed, how=_together(found)),),
            share,
            _answer(found, show),
        ),
        chosen=each is result.chosen,
    )


def _answer(found: Fit, show: Show) -> Line:
    """Whether the devices hold it, and how many would."""
    memory = found.memory
    if memory is None:
        return NOT_KNOWN
    if found.fits:
        spare = show.bytes(memory - found.each, how=lambda: f"{show_exact(memory)} − {show_exact(found.each)}")
        return ("fits, ", spare, " to spare" + (" on each" if found.number > 1 else ""))
    if found.devices is None:
        return ("no: the overhead alone fills it",)
    count = show.exact(
        found.devices,
        lambda: (
            f"({show_exact(found.weights)} + {show_exact(found.cache or 0)}) /"
            f" ({show_exact(memory)} − {show_exact(found.overhead)}), rounded up"
        ),
    )
    return ("no: ", count, " devices")


def _together(found: Fit) -> Callable[[], str]:
    """Everything on one device, or what the fullest one of several holds, as many times."""
    if found.number == 1:
        return total(found.weights, found.cache or 0, found.overhead)
    return lambda: f"{show_exact(found.each)} × {found.number:,}"


def _note(result: Result, show: Show) -> Line:
    """What the memory is, and what is counted as cache and overhead."""
    question, memory = result.question, result.dense.fit.memory
    has: Line = ("The memory of this device is not known: write it under “Device and workload”. ",)
    if memory:
        has = ("Memory of the device: ", show.bytes(memory), ". ")
    return (
        *has,
        "KV cache of ",
        *requests(question.workload.batch),
        ", ",
        show.exact(question.workload.context),
        " tokens of context each"
        + (
            ""
            if result.dense.fit.cache is not None
            else ": not counted, because only the number of parameters is known"
        )
        + ". It shrinks with layers and KV heads, and with nothing else: a structured share without a cut takes"
        " that share of the heads. "
        + _shared_out(result)
        + "The overhead is an assumption that you can change: vLLM leaves a"
        " tenth of the device free unless told otherwise. ",
        *read_at("Default of vLLM", (constant("overhead_share").source,)),
    )


def _shared_out(result: Result) -> str:
    """How weights and cache are shared out among several devices."""
    if result.question.devices == 1:
        return "Several devices: if weights and cache divide evenly. "
    return (
        "Total: as many times what the fullest device holds. Matrices are shared out by heads and channels, the"
        " vocabulary by entries; norms are on every device, and so are KV heads where there are fewer of them than"
        " devices, and the latent of MLA. "
    )


def _bar(chosen: Fit, show: Show) -> tuple[Segment, ...]:
    """What was chosen, and what it leaves free."""
    overhead = chosen.overhead * chosen.number
    parts = [("Weights", chosen.weights), ("KV cache", chosen.cache or 0.0), ("Overhead", overhead)]
    if chosen.alike:
        parts.append(("Replicated on several devices", chosen.alike))
    if chosen.memory and chosen.fits:
        parts.append(("Free", chosen.memory * chosen.number - chosen.needed))
    return tuple(Segment(label, size, show.bytes(size).text) for label, size in parts)


def _overhead(result: Result) -> Callable[[], str]:
    asked, memory, number = result.question.overhead, result.dense.fit.memory, result.question.devices
    each = f"{show_share(asked.of_device)} × {show_exact(memory or 0)}" if asked.of_device else show_exact(asked.fixed)
    return lambda: each if number == 1 else f"{each} × {number:,}"


def cache_formula(model: Model, result: Result, heads: float = 1.0) -> Callable[[], str] | None:
    """How the KV cache of `model`, with the share `heads` of its heads, is counted; None where no architecture is
    known.
    """
    known, workload = model.shape, result.question.workload
    if known is None:
        return None
    left = f" × {show_share(heads)}" if heads < 1 else ""
    return lambda: f"{workload.batch:,} requests × {_kept(known, workload.context, workload.kv_bits)}{left}"


def _kept(shape: Shape, context: int, bits: int) -> str:
    """What one request keeps: of each group of layers the tokens, and what is kept of each; and the state."""
    caches = [
        f"{tokens_kept(group, context):,} tokens over all layers × {cache_values(group):,} values"
        if not shape.kinds
        else f"{tokens_kept(group, context):,} × {cache_values(group):,}"
        for group in groups(shape)
        if group.own_kv and cache_values(group)
    ]
    caches += [
        f"{group.layers:,} layers × {least(context, module.window):,} × {module.cache:,} of the {module.name}"
        for group in groups(shape)
        for module in group.modules
        if module.cache
    ]
    state = state_values(shape)
    if len(caches) == 1 and not state:
        return f"{caches[0]} × {bits} / 8"
    kept = f"({' + '.join(caches)}) × {bits} / 8" if caches else ""
    return " + ".join(filter(None, (kept, f"{state:,} values of state × {STATE_BITS} / 8" if state else "")))
