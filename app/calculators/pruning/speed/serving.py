"""From speed-ups to what a user of a served model waits for: time to the first token, per token, tokens per second.

The dense model's times are those of the roofline; every option's are these, divided by its speed-up. All times are
microseconds.
"""

from __future__ import annotations

from typing import NamedTuple

from app.calculators.pruning.speed.devices import arithmetic
from app.calculators.pruning.speed.engines import bytes_share
from app.calculators.pruning.speed.laws.ranges import Range, Span
from app.calculators.pruning.speed.roofline import Pass, moved, roofs
from app.calculators.pruning.speed.run import Run


class Served(NamedTuple):
    """What one batch of requests takes: the prefill that yields the first token, each further token, and all of them.

    `per_token` and `tokens_per_second` (of the whole batch, while it decodes) are None for a model that writes no
    tokens: its first token stands for its one pass. `speedup` is that of the whole request, against the dense model.
    """

    first_token_us: Span
    per_token_us: Span | None
    request_us: Span
    tokens_per_second: Span | None
    speedup: Span


def serve(prefill: Range, decode: Range, dense: tuple[Pass, Pass | None], output: int, batch: int) -> Served:
    """What `batch` requests of `output` tokens take, from the speed-ups of both phases and the dense passes.

    The first token comes from the prefill. The ends of the whole go with those of both phases (Amdahl).

    >>> same = Range(1.0, 1.0, 1.0, "", "")
    >>> serve(same, same, (Pass(900.0, 100.0), Pass(90.0, 10.0)), 11, 4).request_us.likely
    2000.0
    """
    first = _divided(sum(dense[0]), prefill)
    if dense[1] is None:
        return Served(first, None, first, None, Span(*prefill[:3]))
    per_token = _divided(sum(dense[1]), decode)
    request = Span(*(one + (output - 1) * other for one, other in zip(first, per_token, strict=True)))
    whole = sum(dense[0]) + (output - 1) * sum(dense[1])
    return Served(
        first,
        per_token,
        request,
        Span(*(batch * 1e6 / each for each in reversed(per_token))),
        Span(*(whole / each for each in reversed(request))),
    )


def by_bytes(run: Run) -> Span | None:
    """What a token of one request takes where no peak is known, by the bytes that it reads: the shares of the bandwidth
    are those of llama.cpp on Apple silicon. None where a roofline gives times, and for a CPU, several devices or more
    requests, of which nothing was published.
    """
    device, drawn = run.device, roofs(run.model)
    known = device.bandwidth_gb_s is None or arithmetic(device, run.dtype) is not None or device.maker == "cpu"
    if known or not drawn or run.kind != "decode" or run.workload.batch > 1 or run.split.devices > 1:
        return None
    us = moved(drawn[0], run) / ((device.bandwidth_gb_s or 0.0) * 1e3)
    share = bytes_share()
    return Span(us / share.high, us / share.likely, us / share.low)


def _divided(whole_us: float, by: Range) -> Span:
    return Span(whole_us / by.high, whole_us / by.likely, whole_us / by.low)
