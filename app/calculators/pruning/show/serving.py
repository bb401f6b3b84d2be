"""Latency and throughput: time to the first token, per token, tokens per second, the whole request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.question import Question
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, duration, name, read_at, requests
from app.calculators.pruning.speed.laws.ranges import Span
from app.calculators.pruning.speed.run import Phase
from app.vocabulary.calculator import Figure, Line, Row, Table
from app.vocabulary.quantity import show_share


def serving(result: Result, show: Show) -> Table:
    """Time to the first token, time of each further one, tokens per second, and the whole request."""
    decoder = result.dense.served is None or result.dense.served.per_token_us is not None
    return Table(
        "Latency and throughput",
        (
            "Option",
            "Time to first token" if decoder else "Time of one pass",
            "Time per output token",
            "Tokens per second",
            "Whole request",
            "Speed-up of the request",
        ),
        lambda: map(partial(_row, result, show), result.options),
        intro="Likely, and from low to high. The whole request is the prompt and every token of the output.",
        notes=(_note(result.question, show),),
    )


def _row(result: Result, show: Show, each: Option) -> Row:
    found, cells = each.served, (*[NOT_KNOWN] * 4, ())
    if found:
        cells = (
            _span(found.first_token_us, duration),
            _span(found.per_token_us, duration),
            _span(found.tokens_per_second, show.rate),
            _span(found.request_us, duration),
            _span(found.speedup, show.ratio),
        )
    return Row((name(each, result),), cells, chosen=each is result.chosen)


def _note(question: Question, show: Show) -> Line:
    """What is asked, and how far off the times are."""
    return (
        "A prompt of ",
        show.exact(question.workload.prefill_tokens),
        " tokens, ",
        show.exact(question.output),
        " tokens out, ",
        *requests(question.workload.batch),
        ". Times are of vLLM on one device"
        + (", to which the all-reduces of several are added" if question.devices > 1 else "")
        + ": on runs held out from the fit, the dense model’s were off by ",
        f"{_off('prefill')}, {_off('decode')}. Ratios are surer than times. ",
        *read_at("Timings", (constant("time_error", "prefill", held_out="model", statistic="median").source,)),
    )


def _off(kind: Phase) -> str:
    """How far off the time of a dense pass is."""
    median = constant("time_error", kind, held_out="model", statistic="median").value
    p90 = constant("time_error", kind, held_out="model", statistic="p90").value
    return f"{show_share(median)} ({show_share(p90)} for 90% of them) in {kind}"


def _span(span: Span | None, shown: Callable[[float], Figure]) -> Line:
    """What is likely, and its ends where they differ."""
    if span is None:
        return ("–",)
    likely = shown(span.likely)
    return (likely,) if span.low == span.high else (likely, " (", shown(span.low), " – ", shown(span.high), ")")
