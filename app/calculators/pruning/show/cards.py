"""The answers at the top, which are the outputs of the page contract."""

from __future__ import annotations

from collections.abc import Callable

from app.calculators.pruning.decide import Decision
from app.calculators.pruning.goal import pace
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import (
    Show,
    capacity,
    cut_name,
    duration,
    groups_of,
    machines,
    operations,
    passes,
    quotient,
    remaining,
    total,
    weights,
)
from app.calculators.pruning.speed.laws.ranges import Range
from app.calculators.pruning.speed.serving import Served
from app.vocabulary.calculator import Card, Figure, Line
from app.vocabulary.quantity import show_count, show_duration, show_exact


def summary(result: Result, show: Show) -> tuple[Line, Line]:
    """What was asked and what came out, in a line each."""
    question, chosen, room = result.question, result.chosen, capacity(result)
    model = question.model.name or show_count(question.model.total)
    there: Line = (" of ", show.bytes(room)) if room else ()
    return (
        (f"{model} · {cut_name(chosen, result)} · {machines(question)}",),
        (show.bytes(chosen.fit.needed), *there, " · ", show.ratio(pace(chosen))),
    )


def facts(result: Result, show: Show) -> tuple[Line, ...]:
    """The main figures of what was chosen, against those of the dense model."""
    chosen, dense, params = result.chosen, result.dense, result.question.model.total
    found: list[Line] = [
        ("Parameters ", show.short(chosen.remaining_params), " of ", show.short(params)),
        ("Weights ", show.bytes(chosen.device_bytes), " of ", show.bytes(dense.device_bytes)),
        ("File ", show.bytes(chosen.disk_bytes)),
        (
            f"{'MACs' if show.macs else 'FLOPs'} per token, executed ",
            show.flops(chosen.executed_flops),
            " of ",
            show.flops(chosen.dense_flops),
        ),
    ]
    after, before = chosen.served, dense.served
    if after and before:
        words = "First token " if before.per_token_us else "One pass "
        found.append((words, duration(after.first_token_us.likely), " of ", duration(before.first_token_us.likely)))
        if after.tokens_per_second and before.tokens_per_second:
            rates = (show.rate(each.tokens_per_second.likely) for each in (after, before) if each.tokens_per_second)
            now, was = rates
            found.append(("Throughput ", now, " of ", was, " tokens/s"))
    return tuple(found)


def cards(result: Result, decision: Decision, show: Show) -> tuple[Card, ...]:
    """The cards of what was chosen, and what would be best."""
    question, chosen, dense, groups = result.question, result.chosen, result.dense, result.question.groups
    params = question.model.total
    left, kept = groups_of(groups, chosen, params)
    return (
        Card(
            "Parameters left",
            (show.short(chosen.remaining_params, "remaining_params", remaining(groups, params, chosen)),),
            (
                (
                    show.short(
                        chosen.removed_params,
                        "removed_params",
                        lambda: f"{show_exact(params)} − {show_exact(chosen.remaining_params)}",
                    ),
                    " of ",
                    show.short(params),
                    " removed",
                ),
                (
                    show.share(chosen.removed_params / params, quotient(chosen.removed_params, params)),
                    " of all parameters",
                ),
            ),
        ),
        Card(
            "Weights on the device",
            (show.bytes(chosen.device_bytes, "device_bytes", weights(left, chosen.device, kept)),),
            (
                ("dense ", show.bytes(dense.device_bytes, "dense_bytes", weights(groups, dense.device))),
                ("on disk ", show.bytes(chosen.disk_bytes, "disk_bytes", weights(left, chosen.disk, kept))),
                *_fits(chosen, show),
            ),
        ),
        Card(
            f"{'MACs' if show.macs else 'FLOPs'} per token, executed",
            (show.flops(chosen.executed_flops, "executed_flops", operations(chosen.executed.token, show.macs)),),
            (
                ("dense ", show.flops(chosen.dense_flops, "dense_flops", operations(chosen.dense.token, show.macs))),
                ("on paper ", show.flops(chosen.paper_flops, "paper_flops", operations(chosen.paper.token, show.macs))),
            ),
        ),
        _speed_card("Prefill speed", "prefill_speedup", chosen.prefill, show, _first_token(result)),
        _speed_card("Decode speed", "decode_speedup", chosen.decode, show, _per_token(result)),
        *_request_card(result, show),
        *_cost_card(result),
        *_best_card(result, decision),
    )


def _best_card(result: Result, decision: Decision) -> tuple[Card, ...]:
    """The best of the options that fit and that software runs: a program reads their keys."""
    if decision.fastest is None or decision.smallest is None:
        return ()
    fastest, smallest = (
        Figure(each.key, cut_name(each, result), key)
        for each, key in ((decision.fastest, "best_request_option"), (decision.smallest, "smallest_option"))
    )
    return (Card("Fastest that fits and runs", (fastest,), (("smallest: ", smallest),)),)


def _first_token(result: Result) -> tuple[Line, ...]:
    """The time to the first token, after and before."""
    after, before = result.chosen.served, result.dense.served
    if after is None or before is None:
        return ()
    words = "first token after " if before.per_token_us else "one pass "
    return (
        (
            words,
            duration(after.first_token_us.likely, "time_to_first_token"),
            ", dense ",
            duration(before.first_token_us.likely, "dense_time_to_first_token"),
        ),
    )


def _per_token(result: Result) -> tuple[Line, ...]:
    """The time of each further token, after and before."""
    after, before = result.chosen.served, result.dense.served
    if after is None or before is None or after.per_token_us is None or before.per_token_us is None:
        return ()
    return (
        (
            "each token ",
            duration(after.per_token_us.likely, "time_per_output_token"),
            ", dense ",
            duration(before.per_token_us.likely, "dense_time_per_output_token"),
        ),
    )


def _request_card(result: Result, show: Show) -> tuple[Card, ...]:
    """The whole request: what prefill and decode come to together."""
    after, before, asked = result.chosen.served, result.dense.served, result.question
    if after is None or before is None or after.tokens_per_second is None or before.tokens_per_second is None:
        return ()
    whole = after.speedup
    low, likely, high = (
        show.ratio(whole.low, "request_speedup_low"),
        show.ratio(whole.likely, "request_speedup", _request_formula(result)),
        show.ratio(whole.high, "request_speedup_high"),
    )
    varies = whole.low != whole.high
    return (
        Card(
            "Whole request",
            (low, " – ", high) if varies else (likely,),
            (
                ("likely ", likely) if varies else ("low ", low, ", high ", high),
                (
                    show.rate(after.tokens_per_second.likely, "tokens_per_second"),
                    " tokens/s, dense ",
                    show.rate(before.tokens_per_second.likely, "dense_tokens_per_second"),
                ),
                (
                    "a prompt of ",
                    show.exact(asked.workload.prefill_tokens),
                    ", ",
                    show.exact(asked.output),
                    " tokens out",
                ),
            ),
        ),
    )


def _cost_card(result: Result) -> tuple[Card, ...]:
    """What serving costs, where a price was typed."""
    if result.question.budget is None:
        return ()
    from app.calculators.pruning.show import money  # by those who typed a price, and by nobody else

    return money.card(result)


def _request_formula(result: Result) -> Callable[[], str]:
    """Prefill and every further token, before and after."""
    later = result.question.output - 1

    def one(served: Served | None) -> str:
        if served is None or served.per_token_us is None:
            return ""
        first, each = (show_duration(us.likely / 1e6) for us in (served.first_token_us, served.per_token_us))
        return f"({first} + {later:,} × {each})"

    return lambda: f"{one(result.dense.served)} / {one(result.chosen.served)}"


def _fits(chosen: Option, show: Show) -> tuple[Line, ...]:
    """Whether the devices hold weights, cache and overhead."""
    fit = chosen.fit
    how = total(fit.weights, fit.cache or 0.0, fit.overhead) if fit.number == 1 else None
    needed = show.bytes(fit.needed, "needed_bytes", how)
    if fit.memory is None:
        return (("with KV cache and overhead ", needed),)
    fits = Figure(float(fit.fits), "fits" if fit.fits else "does not fit", "fits")
    said: Line = ("with KV cache and overhead ", needed, ": ", fits)
    if fit.number == 1:
        return ((*said, *(() if fit.fits else (" in ", show.bytes(fit.memory)))),)
    return (said, ("each of ", show.exact(fit.number), " holds ", show.bytes(fit.each), " of ", show.bytes(fit.memory)))


def _speed_card(label: str, name: str, speed: Range, show: Show, times: tuple[Line, ...]) -> Card:
    low, likely, high = (
        show.ratio(speed.low, f"{name}_low"),
        show.ratio(speed.likely, name, passes(speed)),
        show.ratio(speed.high, f"{name}_high"),
    )
    if speed.low == speed.high:
        return Card(label, (likely,), (("low ", low, ", high ", high), *times, (speed.regime,)))
    return Card(label, (low, " – ", high), (("likely ", likely), *times, (speed.regime,)))
