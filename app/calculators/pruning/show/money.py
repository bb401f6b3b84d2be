"""What serving costs at the price that was typed, what an option saves, and when a project has paid for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from math import isfinite

from app.calculators.pruning.money import (
    HOURS_PER_MONTH,
    MOST_DEVICES,
    Budget,
    Offer,
    cost_of,
    cost_per_million,
    counted,
    device_seconds,
    fleet,
    listed,
    offers,
    placed,
    saved_per_month,
)
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
from app.calculators.pruning.show.figures import NOT_KNOWN, Show, links, name
from app.calculators.pruning.software import DEPENDS, RUNNING
from app.calculators.pruning.speed.devices import device
from app.calculators.pruning.speed.laws.ranges import Span
from app.vocabulary.calculator import Card, Figure, Line, Link, Row, Table
from app.vocabulary.quantity import show_number, show_ratio

TYPE_A_PRICE = "Type a price per device-hour under “Cost”: everything here follows from it."


def amount(value: float, sign: str, name: str = "") -> Figure:
    """An amount of money to three figures, its sign before it and a code after it.

    >>> [amount(each, "$").text for each in (0.4196, 6.4, 14517.5, -12_345_678, 0)], amount(2.5, "EUR").text
    (['$0.420', '$6.40', '$14,500', '−$12.3\\u202fM', '$0'], '2.50\\u202fEUR')
    """
    size, unit = abs(float(f"{value:.3g}")), ""
    for unit_of, more in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if size >= unit_of:
            size, unit = size / unit_of, f"\u202f{more}"
            break
    figures = f"{size:,.0f}" if size >= 1000 else f"{size:#.3g}".rstrip(".") if size >= 1e-4 else show_number(size, 3)
    text = f"{figures}{unit}\u202f{sign}" if sign.isalpha() else f"{sign}{figures}{unit}"
    return Figure(value, f"−{text}" if value < 0 else text, name)


def priced(value: float, sign: str) -> Figure:
    """The price of an hour, to the cent: as it was typed or listed."""
    figures = f"{value:,.2f}" if value >= 0.01 or not value else show_number(value, 3)
    return Figure(value, f"{figures}\u202f{sign}" if sign.isalpha() else f"{sign}{figures}")


_CENTURY = 1200


def months(value: float, name: str = "", unit: str = "\u202fmonths") -> Line:
    """A number of months; more than a century is as good as never, which is no figure.

    >>> from math import inf
    >>> [each if isinstance(each, str) else each.text for value in (0.0, 8.316, 0.02, inf) for each in months(value)]
    ['0\\u202fmonths', '8.3\\u202fmonths', '<\\u202f0.1\\u202fmonths', 'never']
    """
    if value > _CENTURY:
        return ("never",)
    figure = "<\u202f0.1" if value < 0.1 else show_number(value, 2)
    return (Figure(value, f"{figure}{unit}" if value else f"0{unit}", name),)


def span(found: Span | None, shown: Callable[[float], Line], end: Callable[[float], Line] | None = None) -> Line:
    """What is likely, and its ends where they differ."""
    if found is None:
        return NOT_KNOWN
    likely = shown(found.likely)
    if found.low == found.likely == found.high:
        return likely
    low, high = map(end or shown, (found.low, found.high))
    return (*likely, " (", *low, " – ", *high, ")")


def _money(found: Span | None, sign: str) -> Line:
    return span(found, lambda value: (amount(value, sign),))


def _number(found: Span | None, show: Show) -> Line:
    return span(found, lambda value: (show.rate(value),))


# --- by option ---


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
        notes=_notes(result, budget, show) if budget else ((TYPE_A_PRICE,), _hint(result)),
    )


def _row(result: Result, budget: Budget, show: Show, each: Option) -> Row:
    place = placed(result.question, each)
    if place is None:
        why = "no time is known" if each.served is None else f"fits on no number of devices up to {MOST_DEVICES}"
        return Row((name(each, result),), ((why,), *[NOT_KNOWN] * 5), chosen=each is result.chosen)
    elsewhere = "" if place.devices == result.question.devices else f"served by {place.devices}, which hold it"
    gains = each.key == "dense" or any(one.status in (*RUNNING, DEPENDS) for one in each.runs_on)
    prompt = result.question.model.kind == "decoder"
    return Row(
        (name(each, result),),
        (
            _money(cost_of(result, each), budget.sign),
            _money(cost_per_million(result, each, prompt=True), budget.sign) if prompt else ("–",),
            _number(fleet(result, each), show),
            ("–",) if each.key == "dense" else _money(saved_per_month(result, each), budget.sign),
            ("–",) if each.key == "dense" else _money(project_cost(result, each), budget.sign),
            ("–",) if each.key == "dense" else _pays_back(result, each),
        ),
        note=("; ".join(filter(None, (elsewhere, "" if gains else "no engine in use gains from it"))),),
        chosen=each is result.chosen,
    )


def _pays_back(result: Result, option: Option, load: float | None = None) -> Line:
    """Months until the project is paid, and why where that is never."""
    spent, saved = project_cost(result, option), saved_per_month(result, option, load)
    if spent is None or saved is None:
        return NOT_KNOWN
    found = break_even_months(spent, saved)
    if not isfinite(found.low):
        return (f"never: {_why_nothing(result, option, saved, load)}",)
    return span(found, months, partial(months, unit="") if found.likely <= _CENTURY else None)


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


def _notes(result: Result, budget: Budget, show: Show) -> tuple[Line, ...]:
    return (_counts(result, budget, show), _load(result, budget, show), _project(result, budget, show))


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
        " always full. Times are those under “What you wait for”, and no surer.",
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


def _project(result: Result, budget: Budget, show: Show) -> Line:
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
    hours = _number(work.hours, show)
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
    said: list[str | Figure | Link] = []
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


# --- by load ---

_LOADS = (1.0, 10.0, 100.0, 1000.0)


def payback(result: Result, show: Show) -> Table:
    """At which load the project of the chosen option pays, and after how long."""
    budget = result.question.budget

    def rows() -> Iterable[Row]:
        if budget is None:
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
            _number(fleet(result, result.dense, load), show),
            _number(fleet(result, result.chosen, load), show),
            _money(saved_per_month(result, result.chosen, load), budget.sign),
            _pays_back(result, result.chosen, load),
        ),
        chosen=load == budget.load,
    )


def _within_a_year(result: Result, show: Show) -> Line:
    """The load from which the project has paid for itself in a year."""
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


# --- what others ask ---


def prices(result: Result) -> Table:
    """What devices are listed at: a hint, as old as its source."""
    here = result.question.device.key
    return Table(
        "Listed prices",
        ("Device", "US$ per device-hour", "Provider", "Offer", "As of", "Source"),
        lambda: map(_offer, sorted(offers(), key=lambda each: each.device != here)),
        intro="On demand, with the host, without discounts; your device first. Prices change by the week: type your"
        " own.",
    )


def _offer(each: Offer) -> Row:
    of = (f"{each.devices} for ", priced(each.usd_per_hour, "$")) if each.devices > 1 else ()
    there = device(each.device)
    return Row(
        (there.name.partition(" (")[0] if there else each.device,),
        (
            (priced(each.each, "$"),),
            (each.provider,),
            (each.name, *((", ",) if of else ()), *of),
            (each.source.as_of,),
            links((each.source,)),
        ),
    )


def _hint(result: Result) -> Line:
    """What the chosen device is listed at."""
    asked = result.question.device
    label, found = asked.name.partition(" (")[0], listed(asked.key)
    if not found:
        return (f"No price of {label} is listed here.",)
    said: list[str | Figure | Link] = [f"Listed for {label}, in US$ per device-hour: "]
    for place, each in enumerate(found):
        said += ["; "] if place else []
        said += [priced(each.each, "$"), f" ({each.provider}, ", Link(each.source.as_of, each.source.url), ")"]
    return (*said, ".")


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
