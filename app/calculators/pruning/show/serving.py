"""Latency and throughput: time to the first token, per token, tokens per second, the whole request."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.question import Question
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, duration, name, read_at, requests
from app.calculators.pruning.speed.engines import DEFAULT, NAMES, bytes_share, wrong
from app.calculators.pruning.speed.laws.ranges import Span
from app.calculators.pruning.speed.run import PHASES, Phase
from app.calculators.pruning.speed.serving import by_bytes
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
        notes=(_note(result, show),),
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


def _note(result: Result, show: Show) -> Line:
    """What is asked, whose times these are, and how far off."""
    question = result.question
    timed = _whose(question) if result.dense.served else _by_bytes(question, show)
    return (
        "A prompt of ",
        show.exact(question.workload.prefill_tokens),
        " tokens, ",
        show.exact(question.output),
        " tokens out, ",
        *requests(question.workload.batch),
        ". ",
        *timed,
    )


def _whose(question: Question) -> Line:
    """Whose times these are, and how far off the dense model's were on published runs; vLLM's also on those that it was
    fitted to, each held out.
    """
    key = question.device.engine.key if question.device.engine else DEFAULT
    several = ", to which the all-reduces of several are added" if question.devices > 1 else ""
    off = [(phase, wrong(key, phase)) for phase in PHASES]
    said = " and ".join(f"{show_share(each.median)} in {phase} ({each.runs} runs)" for phase, each in off)
    sources = [each.source for _, each in off]
    fitted = ""
    if key == DEFAULT:
        fitted = f" On those of its fit, each held out: {_off('prefill')}, {_off('decode')}."
        sources.append(constant("time_error", "prefill", held_out="model", statistic="median").source)
    return (
        f"Times are of {NAMES[key]} on one device{several}. On published runs of one request, whose device the fit had"
        f" not seen, the dense model’s were off by {said}, in the median.{fitted} Ratios are surer than times. ",
        *read_at("Timings", dict.fromkeys(sources)),
    )


def _off(kind: Phase) -> str:
    """How far off the time of a dense pass is."""
    median = constant("time_error", kind, held_out="model", statistic="median").value
    p90 = constant("time_error", kind, held_out="model", statistic="p90").value
    return f"{show_share(median)} ({show_share(p90)} for 90% of them) in {kind}"


def _by_bytes(question: Question, show: Show) -> Line:
    """What a token takes by its bytes, where no roofline gives times; nothing where one does, or nothing is known."""
    span = by_bytes(question.runs[1])
    if span is None:
        return ()
    share = bytes_share()
    per_second = Span(*(1e6 / each for each in reversed(span)))
    return (
        f"No peak of {question.device.inside} is known, so there are no times, but for the dense model’s decode, which"
        " waits for the bytes that it reads: ",
        *_span(span, duration),
        " a token, ",
        *_span(per_second, show.rate),
        f" tokens per second. llama.cpp on Apple silicon reached {show_share(share.low)} to {show_share(share.high)} of"
        " the bandwidth. ",
        *read_at("Timings", (share.source,)),
    )


def _span(span: Span | None, shown: Callable[[float], Figure]) -> Line:
    """What is likely, and its ends where they differ."""
    if span is None:
        return ("–",)
    likely = shown(span.likely)
    return (likely,) if span.low == span.high else (likely, " (", shown(span.low), " – ", shown(span.high), ")")
