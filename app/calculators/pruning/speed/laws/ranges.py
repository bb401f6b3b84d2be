"""A range of speed-ups, how wide it is, and what the laws have in common."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import exp, hypot, log
from typing import NamedTuple

from app.calculators.pruning.data.tables import Constant, HeldOut, Kind, Source, constant
from app.calculators.pruning.model.storage import types
from app.calculators.pruning.speed.devices import Device, arithmetic
from app.calculators.pruning.speed.engines import NAMES
from app.calculators.pruning.speed.roofline import Pass, regime
from app.calculators.pruning.speed.run import Run


class Range(NamedTuple):
    """A speed-up: low, likely and high; the regime it holds in; why, in one sentence; where that was read.

    Where a roofline was drawn, `before` and `after` are the passes that `likely` is the ratio of.
    """

    low: float
    likely: float
    high: float
    regime: str
    basis: str
    sources: tuple[Source, ...] = ()
    before: Pass | None = None
    after: Pass | None = None


class Span(NamedTuple):
    """A figure that is likely, and its two ends: `low` is the smaller one."""

    low: float
    likely: float
    high: float


def same(run: Run, why: str, *cited: Constant) -> Range:
    """Exactly the dense speed: there is nothing to gain or to lose."""
    return Range(1.0, 1.0, 1.0, regime(run), why, sources(*cited))


def both(first: Range, second: Range) -> Range:
    """One thing after the other: the speed-ups multiply, and their uncertainties, taken to be independent, add up as
    squares do. `second` is against what `first` leaves.
    """
    likely = first.likely * second.likely
    down = hypot(log(first.low / first.likely), log(second.low / second.likely))
    up = hypot(log(first.high / first.likely), log(second.high / second.likely))
    return Range(
        min(likely, round(likely * exp(-down), 12)),  # see power_of
        likely,
        max(likely, round(likely * exp(up), 12)),
        first.regime,
        f"{first.basis} Then: {second.basis}",
        tuple(dict.fromkeys(first.sources + second.sources)),
        first.before or second.before,
        second.after or first.after,
    )


# --- how wide ---


def scatter(kind: Kind, timed: bool, tokens: int) -> tuple[float, float]:
    """How far below and above what is predicted 85% of measurements lie, as factors: more for few tokens.

    They are those of rows held out from the fit: of other models where the device, or its silicon, was timed, and of
    other devices where it was not.
    """
    low = constant("range", kind, held_out=held_out(timed), statistic="low", tokens=tokens)
    high = constant("range", kind, held_out=held_out(timed), statistic="high", tokens=tokens)
    return low.value, high.value


def held_out(timed: bool) -> HeldOut:
    """Whose errors hold for a device that was timed, and for one that was not."""
    return "model" if timed else "device"


def below(found: Span, most: float) -> Span:
    """A range cut off at the most that can be gained."""
    return Span(*(min(each, most) for each in found))


def slowed(after: Pass, by: float) -> Pass:
    """A pass that takes `by` times as long, as where the most that can be gained is less than the roofline says."""
    return after if by == 1 else Pass(after.blocks_us * by, after.rest_us * by)


def spread(found: Iterable[Span]) -> Span:
    """One range from those of the model or of its stand-ins: the first is likely, the widest ends count."""
    lows, likely, highs = zip(*found, strict=True)
    return Span(min(lows), likely[0], max(highs))


def amdahl(share: float, gain: float) -> float:
    """The speed-up of the whole, of which a share is `gain` times as fast."""
    return 1 / (1 - share + share / gain)


ALMOST_ALL = 0.99
"""No speed is promised for more than this share gone: a model of nothing would be infinitely fast."""


# --- what is said of them ---


def sources(*cited: Constant) -> tuple[Source, ...]:
    """Where constants were read, each place once."""
    return tuple(dict.fromkeys(each.source for each in cited))


@lru_cache(maxsize=1024)
def computed_in(device: Device, dtype: str) -> str:
    """A sentence when the device does not compute in the weights' own type; empty when it does."""
    how = arithmetic(device, dtype)
    if how is None or how.dtype == dtype:
        return ""
    label, wide = types()[dtype].name, how.dtype.upper()
    if device.engine and device.engine.in_int8 and wide == "INT8":
        return f" {NAMES[device.engine.key]} multiplies {label} weights in INT8."
    if how.weight_only and types()[dtype].base not in ("int4", "gguf"):
        return f" No {label} peak is known of {device.inside}: its weights are counted as widened to {wide} to compute."
    if how.weight_only:
        return f" {label} weights are widened to {wide} to compute on {device.inside}."
    return f" No {label} peak is known of {device.inside}: that of {wide} is used."


def one_pass(run: Run) -> str:
    """A sentence before all others where decode is asked of a model that has none."""
    return "" if run.kind == run.phase else "This model writes no tokens, so decode is its one forward pass. "
