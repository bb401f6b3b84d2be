"""Operations per token and per request: dense, on paper, executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.calculators.pruning.model.flops import Flops, Work
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.figures import Show, name, operations, quotient, read_at
from app.vocabulary.calculator import Line, Row, Table


def work(result: Result, show: Show) -> Table:
    """Operations per token and per request: dense, on paper, executed."""
    chosen = result.chosen
    asked, output = result.question.workload, result.question.output
    decoder = result.question.model.kind == "decoder"

    def row(label: str, take: Callable[[Work], Flops], note: str = "") -> Row:
        found = [take(each) for each in (chosen.dense, chosen.paper, chosen.executed)]
        cells = tuple((show.flops(each.total, how=operations(each, show.macs)),) for each in found)
        dense, _, executed = (each.total for each in found)
        share: Line = (show.percent(executed / dense, how=quotient(executed, dense)),) if dense else ()
        return Row((label,), (*cells, share), note=(note,) if note else ())

    def everything() -> Iterator[Row]:
        if decoder:
            yield row("One prompt token, on average", lambda each: _scaled(each.prefill, 1 / asked.prefill_tokens))
            yield row("One output token", lambda each: each.token, "at the end of the context")
            yield row("Prefill of the prompt", lambda each: each.prefill)
            yield row("Decode of the output", lambda each: each.decode)
            yield row("The whole request", lambda each: _sum(each.prefill, each.decode))
        else:
            yield row("One input", lambda each: each.prefill)
        yield row("of it in the blocks", lambda each: Flops(_sum(each.prefill, each.decode).blocks))
        yield row("of it in the head", lambda each: Flops(_sum(each.prefill, each.decode).head))
        yield row("of it in attention over the context", lambda each: Flops(_sum(each.prefill, each.decode).attention))

    return Table(
        "Operations per token and per request",
        ("What", "Dense", "On paper", "Executed", "Executed of dense"),
        everything,
        intro="On paper leaves the zeros out; executed is what the kernel does. A multiply-add (MAC) is two FLOPs.",
        notes=(
            (
                f"For {name(chosen, result)}, one request of ",
                show.exact(asked.prefill_tokens),
                " tokens",
                *((" that writes ", show.exact(output), " tokens") if decoder else ()),
                ". Blocks: 2 FLOPs per active weight and token. Attention: 4 × layers × heads × head dimension for"
                " every token looked at, each looking at those before it. The first output token comes from the"
                " prefill. ",
                *read_at("Shape of the model", (result.question.model.source,)),
            ),
        ),
    )


def _scaled(flops: Flops, by: float) -> Flops:
    return Flops(*(each * by for each in flops))


def _sum(one: Flops, other: Flops) -> Flops:
    return Flops(*(a + b for a, b in zip(one, other, strict=True)))
