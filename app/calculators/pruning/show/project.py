"""What a pruning project costs, and when and at which load it has paid for itself."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from math import isfinite

from app.calculators.pruning.money import Budget, fleet, saved_per_month
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.project import (
    TRAINED_ON,
    Effort,
    break_even_months,
    effort,
    load_that_pays,
    project_cost,
    pruned,
    training_price,
)
from app.calculators.pruning.show.amounts import CENTURY, TYPE_A_PRICE, money, months, number, priced, span
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, links, name
from app.calculators.pruning.speed.laws.ranges import Span
from app.vocabulary.calculator import Line, Piece, Row, Table
from app.vocabulary.quantity import show_number, show_ratio

_LOADS = (1.0, 10.0, 100.0, 1000.0)


def payback(result: Result, show: Show) -> Table:
    """At which load the project of the chosen option pays, and after how long."""
    budget = result.question.budget

    def rows() -> Iterable[Row]:
        if budget is None or result.chosen is result.dense:
            return ()
        loads = sorted({*_LOADS, *([budget.load] if budget.load else [])})
        return (_at_load(result, budget, show, each) for each in loads)

    return Table(
        "Pays back, by load",
        ("Requests per second", "Devices, dense", "Devices, your choice", "Saved per month", "Pays back after"),
        rows,
        intro="The chosen option against dense, in whole replicas.",
        notes=(_within_a_year(result, show) if budget else (TYPE_A_PRICE,),),
    )


def _at_load(result: Result, budget: Budget, show: Show, load: float) -> Row:
    return Row(
        (show.rate(load),),
        (
            number(fleet(result, result.dense, load), show),
            number(fleet(result, result.chosen, load), show),
            money(saved_per_month(result, result.chosen, load), budget.sign),
            pays_back(result, result.chosen, load),
        ),
        chosen=load == budget.load,
    )


def _within_a_year(result: Result, show: Show) -> Line:
    """The load from which the project has paid for itself in a year."""
    if result.chosen is result.dense:
        return ("The dense model is what the others are compared with: choose another option.",)
    found = load_that_pays(result, result.chosen, 12)
    if found is None:
        return ("From which load it pays is not known.",)
    if not isfinite(found.low):
        return ("At no load: a request takes no less of a device than with the dense model.",)
    low, likely, high = ((show.rate(each),) if isfinite(each) else ("never",) for each in found)
    return (
        "Paid back within a year from so many requests per second, devices counted in fractions: ",
        *likely,
        " (",
        *low,
        " – ",
        *high,
        ").",
    )


def pays_back(result: Result, option: Option, load: float | None = None) -> Line:
    """Months until the project is paid, and why where that is never."""
    spent, saved = project_cost(result, option), saved_per_month(result, option, load)
    if spent is None or saved is None:
        return NOT_KNOWN
    found = break_even_months(spent, saved)
    if not isfinite(found.low):
        return (f"never: {_why_nothing(result, option, saved, load)}",)
    return span(found, months, partial(months, unit="") if found.likely <= CENTURY else None)


def _why_nothing(result: Result, option: Option, saved: Span, load: float | None) -> str:
    """Why nothing is saved, not even at best."""
    budget = result.question.budget
    if saved.high < 0:
        return "it costs more than dense"
    if budget and not budget.price.amount:
        return "an hour costs nothing"
    asked = load if load is not None else budget and budget.load
    needed = None if asked is None else fleet(result, option, load)
    if needed and not needed.high:
        return "there is no load"
    return "as many devices are needed" if needed else "a request takes as much of a device as with dense"


def made_of(result: Result, budget: Budget, show: Show) -> Line:
    """What the project of the chosen option is made of."""
    option = result.chosen
    work, price = effort(result, option), training_price(result)
    if not pruned(option):
        return (f"{name(option, result)} prunes nothing: making it takes no training, and is counted as nothing.",)
    if work is None:
        return ("No recovery of such a model was published: type tokens or GPU-hours under “Training after pruning”.",)
    said: Line = (f"{name(option, result)}: ", *training(work, show))
    if not work.hours.high:
        return (*said, ", so the project is counted as nothing.")
    if price is None:
        return (*said, ". What that costs in your currency is not known: type a price of a GPU-hour of training.")
    listed = price.low < price.high
    at = span(price, lambda value: (priced(value, budget.sign),))
    return (*said, ", at ", *at, f" an hour{', as H100s are listed' if listed else ''}.", *_from(work))


def training(work: Effort, show: Show) -> Line:
    """What is trained, in words: tokens and GPU-hours."""
    if not work.hours.high:
        return ("no training after pruning",)
    hours = number(work.hours, show)
    if work.tokens is None:
        return (*hours, " GPU-hours of your own")
    tokens = span(work.tokens, lambda value: (show.short(value),))
    return (*tokens, " tokens of training, ", *hours, f" {TRAINED_ON}-hours")


def trained(result: Result, show: Show) -> Line:
    """What is trained for the chosen option: a note at the field."""
    if not pruned(result.chosen):
        return ("Nothing is pruned.",)
    work = effort(result, result.chosen)
    return ("No recovery of such a model was published.",) if work is None else (*training(work, show), ".")


def _from(work: Effort) -> Line:
    """Where the tokens and the rate were read."""
    said: list[Piece] = []
    near, rate = work.nearest, work.rate
    if near:
        said += [
            f" Tokens: likely as for {near.model} to {near.pruned_to} ({near.method}), from the fewest to the most that"
            " were published for this pattern: ",
            *links((near.source,)),
            ".",
        ]
    if rate:
        first, *series = rate.of
        low, high = rate.hours.likely / rate.hours.low, rate.hours.high / rate.hours.likely
        scaled = "active parameters" if first.active_b != first.trained_b else "parameters"
        said += [
            f" Hours: {show_number(rate.hours.likely, 3)} for 10⁹ tokens and 10⁹ {scaled}, as for {first.model} to"
            f" {first.pruned_to.partition(' (')[0]}: ",
            *links((first.source,)),
            f"; down by {show_ratio(low)} and up by {show_ratio(high)}, by how far apart other sizes are per"
            " parameter: ",
            *links(dict.fromkeys(each.source for each in series)),
            ".",
        ]
    return tuple(said)
