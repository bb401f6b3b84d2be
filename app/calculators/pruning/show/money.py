"""What serving costs at the price that was typed, and what an option saves."""

from __future__ import annotations

from functools import partial

from app.calculators.pruning.money import (
    HOURS_PER_MONTH,
    MOST_DEVICES,
    Budget,
    cost_of,
    cost_per_million,
    counted,
    device_seconds,
    fleet,
    placed,
    saved_per_month,
)
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.project import break_even_months, project_cost
from app.calculators.pruning.show.amounts import TYPE_A_PRICE, amount, money, months, number, priced
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, name
from app.calculators.pruning.show.prices import hint
from app.calculators.pruning.show.project import made_of, pays_back
from app.calculators.pruning.software import DEPENDS, RUNNING
from app.vocabulary.calculator import Card, Figure, Line, Row, Table


def cost(result: Result, show: Show) -> Table:
    """What every option costs, what it saves, and when its project has paid for itself."""
    budget = result.question.budget
    return Table(
        "Cost",
        (
            "Option",
            "Per million tokens",
            "With those of the prompt",
            "Devices for the load",
            "Saved per month",
            "The project costs",
            "Pays back after",
        ),
        lambda: map(partial(_row, result, budget, show), result.options) if budget else (),
        intro="Likely, and from low to high, at the price that was typed.",
        notes=_notes(result, budget, show) if budget else ((TYPE_A_PRICE,), hint(result)),
    )


def _row(result: Result, budget: Budget, show: Show, each: Option) -> Row:
    place = placed(result.question, each)
    if place is None:
        why = "no time is known" if each.served is None else f"fits on no number of devices up to {MOST_DEVICES}"
        return Row((name(each, result),), ((why,), *[NOT_KNOWN] * 5), chosen=each is result.chosen)
    elsewhere = "" if place.devices == result.question.devices else f"needs {place.devices} devices"
    gains = each.key == "dense" or any(one.status in (*RUNNING, DEPENDS) for one in each.runs_on)
    prompt = result.question.model.kind == "decoder"
    return Row(
        (name(each, result),),
        (
            money(cost_of(result, each), budget.sign),
            money(cost_per_million(result, each, prompt=True), budget.sign) if prompt else ("–",),
            number(fleet(result, each), show),
            ("–",) if each.key == "dense" else money(saved_per_month(result, each), budget.sign),
            ("–",) if each.key == "dense" else money(project_cost(result, each), budget.sign),
            ("–",) if each.key == "dense" else pays_back(result, each),
        ),
        note=("; ".join(filter(None, (elsewhere, "" if gains else "no engine in use gains from it"))),),
        chosen=each is result.chosen,
    )


def _notes(result: Result, budget: Budget, show: Show) -> tuple[Line, ...]:
    return (_counts(result, budget, show), _load(result, budget, show), made_of(result, budget, show))


def _counts(result: Result, budget: Budget, show: Show) -> Line:
    """What is counted, and at what price."""
    question = result.question
    decoder = question.model.kind == "decoder"
    what = "the tokens written, " if decoder else "the tokens read, "
    return (
        "Counted are ",
        what,
        show.exact(counted(question)),
        " a request; the time of the whole request is paid, its prompt included. A replica is ",
        show.exact(question.devices),
        " × ",
        question.device.name.partition(" (")[0],
        " at ",
        priced(budget.price.amount, budget.sign),
        " each an hour, with batch ",
        show.exact(question.workload.batch),
        " always full. Times are those under “Latency and throughput”, and no surer.",
    )


def _load(result: Result, budget: Budget, show: Show) -> Line:
    """The load, and how devices are counted for it."""
    place = placed(result.question, result.dense)
    serves: Line = ()
    if place:
        rate = place.devices / device_seconds(place, result.question).likely
        serves = (" One replica of dense serves ", show.rate(rate), " requests per second.")
    if budget.load is None:
        return (
            "The load is what one replica of dense serves when it is full; of other options only the share of the"
            " devices counts that serves as much, as in a large fleet. A month has ",
            show.exact(HOURS_PER_MONTH),
            " hours.",
            *serves,
        )
    return (
        "The load is ",
        show.rate(budget.load),
        " requests per second: whole replicas, all full, no headroom, paid for the ",
        show.exact(HOURS_PER_MONTH),
        " hours of a month whether they are busy or not.",
        *serves,
    )


# --- for the answer ---


def card(result: Result) -> tuple[Card, ...]:
    """What the chosen option costs and saves; nothing where no price was typed or no cost is known."""
    budget, chosen = result.question.budget, result.chosen
    after, before = cost_of(result, chosen), cost_of(result, result.dense)
    if budget is None or after is None:
        return ()
    sign, varies = budget.sign, after.low != after.high
    places = placed(result.question, chosen), placed(result.question, result.dense)
    low, likely, high = (
        amount(each, sign, f"cost_per_million_tokens{end}")
        for each, end in zip(after, ("_low", "", "_high"), strict=True)
    )
    what = "output tokens" if result.question.model.kind == "decoder" else "tokens read"
    dense: Line = (amount(before.likely, sign, "dense_cost_per_million_tokens"),) if before else NOT_KNOWN
    number = result.question.devices
    here, there = (f" on {place.devices} devices" if place and place.devices != number else "" for place in places)
    ends: Line = ("likely ", likely) if varies else ("low ", low, ", high ", high)
    return (
        Card(
            f"Per million {what}",
            (low, " – ", high) if varies else (likely,),
            ((*ends, f"{here}, dense{there} ", *dense), *_saving(result, budget)),
        ),
    )


def _saving(result: Result, budget: Budget) -> tuple[Line, ...]:
    """What is saved in a month, and when the project is paid."""
    chosen = result.chosen
    saved, spent = saved_per_month(result, chosen), project_cost(result, chosen)
    if saved is None or chosen.key == "dense":
        return ()
    line: Line = (amount(saved.likely, budget.sign, "saved_per_month"), " saved per month")
    if spent is None:
        return (line,)
    paid = months(break_even_months(spent, saved).likely, "break_even_months")
    return (line, ("pays back after " if isinstance(paid[0], Figure) else "pays back ", *paid))
