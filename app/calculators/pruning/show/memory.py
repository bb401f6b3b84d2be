"""Whether weights, KV cache and overhead fit on one device, and on how many they would."""

from __future__ import annotations

from collections.abc import Callable

from app.calculators.pruning.data.tables import source_of
from app.calculators.pruning.model.architecture import Model
from app.calculators.pruning.model.memory import cache_values, tokens_kept
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, groups_of, links, name, quotient, total, weights
from app.vocabulary.calculator import Line, Row, Segment, Table
from app.vocabulary.quantity import show_exact, show_share


def fit(result: Result, show: Show) -> Table:
    """Weights, cache and overhead against the device's memory."""
    question = result.question
    asked, memory = question.workload, result.dense.fit.memory

    def row(each: Option) -> Row:
        found = each.fit
        groups, kept = groups_of(result.question.groups, each, question.model.total)
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
                (show.bytes(found.cache, how=cache_formula(each.model, result)),)
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
                + ("" if question.model.shape else ": not counted, because only the number of parameters is known")
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
    asked, memory = result.question.overhead, result.dense.fit.memory
    return lambda: (
        f"{show_share(asked.of_device)} × {show_exact(memory or 0)}" if asked.of_device else show_exact(asked.fixed)
    )


_OVERHEAD = {
    "source": "vLLM engine arguments, gpu_memory_utilization",
    "url": "https://docs.vllm.ai/en/stable/configuration/engine_args/",
    "locator": "--gpu-memory-utilization",
    "as_of": "2026-11",
}


def cache_formula(model: Model, result: Result) -> Callable[[], str] | None:
    """How the KV cache of `model` is counted; None where no architecture is known."""
    known = model.shape
    if known is None:
        return None
    question = result.question
    asked = question.workload
    return lambda: (
        f"{asked.batch:,} requests × {tokens_kept(known, asked.context):,} tokens over all layers ×"
        f" {cache_values(known):,} values × {asked.kv_bits} / 8"
    )
