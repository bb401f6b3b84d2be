"""The published speed-ups nearest to one option of a run."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple

from app.calculators.pruning.model.storage import NM
from app.calculators.pruning.speed.evidence.distance import (
    CAVEATS,
    KINDS,
    LEVELS,
    NEAR,
    NOT_STATED,
    OTHER_KIND,
    QUANTIZED,
    REQUEST,
    Away,
    combined,
    device_away,
    diverse,
    dtype_away,
    on_cpu,
    params_away,
    params_far,
    part_away,
    pattern_away,
    tokens_away,
    zeros_away,
)
from app.calculators.pruning.speed.evidence.published import Measurement, Timed, measurements
from app.calculators.pruning.speed.run import Phase, Run


class Near(NamedTuple):
    """A measurement, in words what is different there, whether it is near at all, and its distance."""

    measurement: Measurement
    differences: tuple[str, ...]
    near: bool
    distance: float


class _Indexed(NamedTuple):
    """A measurement, its place in the table, and what of its distance is the same for every question."""

    found: Measurement
    place: int
    fixed: float


@cache
def _index() -> dict[tuple[str, str], tuple[_Indexed, ...]]:
    """The measurements by option and phase; those of neither phase serve both, training serves none.

    INT4 with 2:4 against dense INT4 is also 2:4, where INT4 is asked for.
    """
    index: dict[tuple[str, str], list[_Indexed]] = {}
    for place, found in enumerate(measurements()):
        caveat = CAVEATS[found.value].far
        both = found.option == "int4+2:4"
        options = [found.option] + (["2:4"] if both and found.against == found.dtype else [])
        phases = ("prefill", "decode") if found.phase in ("na", "request") else (found.phase,)
        if both and found.value == "measured_combined_with_quant":
            caveat = 0.0  # it is the question
        entry = _Indexed(found, place, LEVELS[found.level].far + caveat)
        for option in options:
            for phase in phases:
                index.setdefault((option, phase), []).append(entry)
    return {key: tuple(entries) for key, entries in index.items()}


@lru_cache(maxsize=256)
def nearest(
    option_key: str, run: Run, sparsity: float, limit: int = 3, pattern: NM | None = None, part: str = ""
) -> tuple[Near, ...]:
    """The published speed-ups most like one option of a dense `run`, nearest first. A structured cut may be of one
    `part` alone: experts or depth.

    The distance is a sum: of the device (same board 0, same chip with the board not stated 0.5, same chip 1, any other
    2; a CPU never stands for a GPU), the type (same 0, same width 0.5, other 1), the parameters (|log₂ of the ratio| /
    2), the tokens (|log₂ of the ratio| / 4), the level (model 0, layer 1, product 1.5), the sparsity (difference × 4;
    2:4 has but one), the pattern (other 0.5), the part that was removed (other 0.5; experts against others 1), the kind
    of model (other 1), the phase (not stated 0.5, whole requests 0.5 from decode and 1 from prefill) and the kind of
    figure (`CAVEATS`). What a source does not state counts 0.5. No more than two of the rows come from one publication
    where others are within 2 of them.
    """
    model, machine, dtype, tokens = run.model, run.device, run.dtype, run.workload.tokens(run.phase)
    decoder = model.kind == "decoder"
    entries = _index().get((option_key, run.kind), ())
    asked = pattern.words if pattern and option_key == "n:m" else ""
    if option_key in ("2:4", "int4+2:4"):
        sparsity = 0.5
    here = machine.maker == "cpu"
    # Few values stand in many rows: each is compared once.
    devices: dict[str, float] = {}
    types: dict[tuple[str, str, bool], float] = {}
    sizes: dict[float, float] = {}
    counts: dict[tuple[tuple[int, int], Timed], float] = {}
    shares: dict[tuple[str, float | None], float] = {}
    ranked: list[tuple[float, int, Measurement]] = []
    for found, place, fixed in entries:
        if found.option != option_key and found.dtype != dtype:
            continue
        device = found.device
        if device not in devices:
            devices[device] = device_away(found, machine).far if on_cpu(device) == here else -1.0
        if devices[device] < 0:
            continue
        kinds = (found.dtype, found.against, found.option in QUANTIZED)
        if kinds not in types:
            types[kinds] = dtype_away(found, dtype).far
        if found.params not in sizes:
            sizes[found.params] = params_far(found.params, model)
        counted = (found.tokens, found.phase)
        if counted not in counts:
            counts[counted] = _tokens_away(found, tokens, run.kind).far
        distance = fixed + devices[device] + types[kinds] + sizes[found.params] + counts[counted]
        pruned = (found.option, found.sparsity)
        if pruned not in shares:
            shares[pruned] = zeros_away(*pruned, sparsity).far
        distance += shares[pruned]
        if found.model and found.kind != model.kind:
            distance += OTHER_KIND
        if decoder:
            distance += _phase_away(found, run.kind).far
        if found.option == "structured":
            distance += part_away(found.pattern, part).far
        elif found.pattern:
            distance += pattern_away(found.pattern, asked).far
        ranked.append((round(distance, 6), place, found))  # the last bits of log2 are not the same everywhere
    ranked.sort()  # no two have the same place
    chosen = diverse(((away, found) for away, _, found in ranked), limit, lambda found: found.group, 2, 2.0)
    return tuple(
        Near(found, _differences(found, run, sparsity, asked, part), round(away, 2) <= NEAR, away)
        for away, found in chosen
    )


def _tokens_away(found: Measurement, tokens: int, phase: Phase) -> Away:
    """The tokens of a pass. Those of whole requests count concurrent requests, which says nothing of their prompts."""
    if found.phase == "request" and phase == "prefill":
        return Away(NOT_STATED)
    return tokens_away(found.tokens, tokens, found.phase)


def _phase_away(found: Measurement, phase: Phase) -> Away:
    """Whether it is the phase that was timed. A product has none, but tokens."""
    if found.phase == "request":
        return REQUEST[phase]
    stated = found.phase != "na" or (found.level == "gemm" and found.tokens[1])
    return Away(0.0) if stated else Away(NOT_STATED, "phase not stated")


def _differences(found: Measurement, run: Run, sparsity: float, asked: str, part: str) -> tuple[str, ...]:
    """What is different in a measurement, in words, what matters most first."""
    model, tokens = run.model, run.workload.tokens(run.phase)
    words = (
        LEVELS[found.level].words,
        device_away(found, run.device).words,
        dtype_away(found, run.dtype).words,
        combined(found),
        f"{KINDS[found.kind]}, not {KINDS[model.kind]}" if found.model and found.kind != model.kind else "",
        params_away(found.params, model).words,
        part_away(found.pattern, part).words if found.option == "structured" else "",
        pattern_away(found.pattern, asked).words,
        zeros_away(found.option, found.sparsity, sparsity).words,
        _tokens_away(found, tokens, run.kind).words if found.kind not in ("vision", "cnn") else "",
        _phase_away(found, run.kind).words if model.kind == "decoder" else "",
        CAVEATS[found.value].words,
    )
    return tuple(filter(None, words))
