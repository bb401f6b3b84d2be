"""What is waited for: time to the first token, per token, tokens per second, the whole request."""

from __future__ import annotations

from collections.abc import Callable

from app.calculators.pruning.data.tables import constant
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, duration, links, name
from app.calculators.pruning.speed.laws.ranges import Span
from app.calculators.pruning.speed.run import Phase
from app.vocabulary.calculator import Figure, Line, Row, Table
from app.vocabulary.quantity import show_share


def serving(result: Result, show: Show) -> Table:
    """Time to the first token, time of each further one, tokens per second, and the whole request."""
    asked, output = result.question.workload, result.question.output
    decoder = result.dense.served is None or result.dense.served.per_token_us is not None

    def row(each: Option) -> Row:
        found = each.served
        if found is None:
            return Row((name(each, result),), (*[NOT_KNOWN] * 4, ()), chosen=each is result.chosen)
        return Row(
            (name(each, result),),
            (
                _span(found.first_token_us, duration),
                _span(found.per_token_us, duration),
                _span(found.tokens_per_second, show.rate),
                _span(found.request_us, duration),
                _span(found.speedup, show.ratio),
            ),
            chosen=each is result.chosen,
        )

    def absolute(kind: Phase) -> Line:
        median, p90 = (
            constant("time_error", kind, held_out="model", statistic="median"),
            constant("time_error", kind, held_out="model", statistic="p90"),
        )
        return (f"{show_share(median.value)} ({show_share(p90.value)} for 90 % of them) in {kind}",)

    return Table(
        "What you wait for",
        (
            "Option",
            "Time to first token" if decoder else "Time of one pass",
            "Time per output token",
            "Tokens per second",
            "Whole request",
            "Speed-up of the request",
        ),
        lambda: map(row, result.options),
        intro="Likely, and from low to high. The whole request is the prompt and every token of the output.",
        notes=(
            (
                "A prompt of ",
                show.exact(asked.prefill_tokens),
                " tokens, ",
                show.exact(output),
                " tokens out, batch ",
                show.exact(asked.batch),
                ". Times are of vLLM on one device: on runs held out from the fit, the dense model’s were off by ",
                *absolute("prefill"),
                ", ",
                *absolute("decode"),
                ". Ratios are surer than times. ",
                *links((constant("time_error", "prefill", held_out="model", statistic="median").source,)),
            ),
        ),
    )


def _span(span: Span | None, shown: Callable[[float], Figure]) -> Line:
    """What is likely, and its ends where they differ."""
    if span is None:
        return ("–",)
    likely = shown(span.likely)
    return (likely,) if span.low == span.high else (likely, " (", shown(span.low), " – ", shown(span.high), ")")
