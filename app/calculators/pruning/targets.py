"""The goal as it is typed: of what kind it is, and a target that is measured in what the kind says."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import cast

from app.calculators.pruning.question import Goal, GoalKind
from app.vocabulary.calculator import Choice, Invalid, shorten
from app.vocabulary.quantity import OF_PARAMETERS, count, duration, perplexity, size, throughput, times

GOALS = (
    Choice("none", "None"),
    Choice("fit", "Fit in memory"),
    Choice("speed", "Speed-up of a request"),
    Choice("throughput", "Tokens per second"),
    Choice("first-token", "Time to first token"),
    Choice("params", "Parameters left"),
    Choice("quality", "Published perplexity"),
)
_TARGETS: dict[str, Callable[[str], float]] = {
    "fit": partial(size, minimum=1, example="24 GB"),
    "speed": times,
    "throughput": throughput,
    "first-token": duration,
    "params": partial(count, minimum=1, maximum=1e15, example="4B", of=OF_PARAMETERS),
    "quality": perplexity,
}
_USUALLY = {
    "fit": "the memory of the device",
    "speed": "2×",
    "throughput": "twice the dense model’s",
    "first-token": "half the dense model’s time",
    "params": "half of them",
    "quality": "a rise by 1",
}


def target(text: str) -> str | None:
    """What is written as the target of some goal, None for a usual one: of which, only the goal says."""
    if text.strip().casefold() in ("", "auto"):
        return None
    for of_a_kind in _TARGETS.values():
        with suppress(Invalid):
            of_a_kind(text)
            return text
    examples = "24 GB, 2×, 100 tokens/s, 500 ms or 4B"
    raise Invalid(f"“{shorten(text)}” is not a target: write what the goal asks for, such as {examples}, or auto.")


def goal(kind: str, written: str | None) -> Goal | None:
    """What is to be reached, None for nothing: the kind of goal says what its target is measured in.

    Raises `Invalid`, naming the field, for a target that is not of its kind.

    >>> goal("speed", "2x"), goal("fit", None), goal("none", "4B")
    (Goal(kind='speed', target=2.0), Goal(kind='fit', target=None), None)
    """
    if kind == "none":
        return None
    if written is None:
        return Goal(cast(GoalKind, kind))
    try:
        return Goal(cast(GoalKind, kind), _TARGETS[kind](written))
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write auto, for {_USUALLY[kind]}.", "target") from None
