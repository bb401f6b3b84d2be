"""What serving costs at a price per device-hour: per million tokens, in devices for a load, per month, and saved.

A replica is the asked number of devices. It serves the asked batch, one after another: a request takes the time of
`Served.request_us`, its prompt included, and a device is paid whether it is busy or not. An option that the asked
devices do not hold is served by the fewest, twice as many at a time, that do. Comes with the later part of the program:
nobody waits for it who has typed no price.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from math import ceil, inf
from typing import NamedTuple

from app.calculators.pruning.data.tables import Source, rows, source_of
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.options import option as priced
from app.calculators.pruning.question import Question
from app.calculators.pruning.speed.laws.ranges import Span
from app.calculators.pruning.speed.serving import Served
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import count, number

HOURS_PER_MONTH = 24 * 365 / 12
"""730, as clouds count a month."""

MOST_DEVICES = 64
"""Devices up to which it is asked whether they hold what fewer do not."""

# --- what is typed ---


class Price(NamedTuple):
    """An amount of money for an hour of one device, in the currency as it was typed; `sign` is empty for none."""

    amount: float
    sign: str = ""


class Training(NamedTuple):
    """What is trained after pruning: so many `tokens`, or GPU-hours of the visitor's own (`hours`)."""

    tokens: float | None = None
    hours: float | None = None


class Budget(NamedTuple):
    """What is said of money. `load` is in requests per second, None for as many as the dense model serves on the asked
    devices when they are full. `training` is None for the published recoveries, `training_price` for what is known of
    the GPU that they were trained on.
    """

    price: Price
    load: float | None = None
    training: Training | None = None
    training_price: Price | None = None

    @property
    def sign(self) -> str:
        """The currency of all amounts: US dollars where none was typed."""
        return self.price.sign or "$"


_CODES = "USD|EUR|GBP|JPY|CNY|INR|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|KRW|SGD|HKD|TWD|BRL|MXN|ZAR|ILS|TRY|AED"
_CURRENCY = rf"(?:[A-Z]{{0,2}}[$€£¥₹₩₺₪₫₱₦฿]|{_CODES})"
_PRICE = re.compile(
    rf"({_CURRENCY})? ?(.*?) ?({_CURRENCY})?(?: ?(?:/|per|an?) ?(?:(?:GPU|device)[ -]?)?(?:h|hr|hours?)\.?)?",
    re.IGNORECASE,
)
_LOAD = re.compile(
    r"(.*?) ?(?:requests?|reqs?)?"
    r" ?(?:(?:/|per|an?) ?(s|sec|seconds?|min|minutes?|h|hr|hours?|d|days?|months?)|rps|qps)?",
    re.IGNORECASE,
)
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "mo": HOURS_PER_MONTH * 3600}
_TRAINING = re.compile(r"(.*?)(?:(?: (?:[A-Z]+\d*[ -])?)?(h|hr|hours?)| ?tokens?)?", re.IGNORECASE)
_LONGEST = 64


def _split(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """The groups of what was typed, empty where nothing was; what is too long is left to who reads the number."""
    line = " ".join(text.split())
    found = pattern.fullmatch(line) if len(line) <= _LONGEST else None
    return found.groups("") if found else (text, *[""] * (pattern.groups - 1))


def price(text: str) -> Price:
    """An amount with or without its currency, for an hour of a device.

    >>> price("$2.50/h"), price("2,5 EUR per hour"), price("2")
    (Price(amount=2.5, sign='$'), Price(amount=2.5, sign='EUR'), Price(amount=2.0, sign=''))
    """
    before, amount, after = _split(_PRICE, text) if len(text) <= _LONGEST else ("", text, "")
    if before and after:
        raise Invalid(f"“{shorten(text)}” has two currencies: write one, such as $2.50 or 2.50 EUR.")
    sign = (before or after).upper()
    return Price(number(amount, minimum=0, maximum=1e6, example="2.50"), "$" if sign in ("USD", "US$") else sign)


def load(text: str) -> float:
    """Requests per second, also where they are given by the minute, hour, day or month.

    >>> load("20"), load("30/min"), load("1.728M requests per day")
    (20.0, 0.5, 20.0)
    """
    amount, unit = _split(_LOAD, text)
    unit = unit.casefold()
    per = _SECONDS["mo" if unit.startswith("mo") else unit[:1]]
    return count(amount, minimum=0, maximum=1e12, example="20/s") / per


def training(text: str) -> Training:
    """Tokens, or GPU-hours where an hour is named; nothing for none.

    >>> training("13B"), training("2,000 GPU-hours"), training("none")
    (Training(tokens=13000000000.0, hours=None), Training(tokens=None, hours=2000.0), Training(tokens=0.0, hours=None))
    """
    if text.strip().casefold() == "none":
        return Training(0.0)
    amount, hours = _split(_TRAINING, text)
    if hours:
        return Training(hours=float(count(amount, minimum=0, maximum=1e9, example="2000 h")))
    return Training(float(count(amount, minimum=0, maximum=1e15, example="13B tokens or 2000 h")))


# --- what others ask ---


class Offer(NamedTuple):
    """What a provider asked for an hour of `devices` devices of that key (of `devices.csv`), in US dollars."""

    device: str
    provider: str
    name: str
    usd_per_hour: float
    devices: int
    source: Source

    @property
    def each(self) -> float:
        """For an hour of one device."""
        return self.usd_per_hour / self.devices


@cache
def offers() -> tuple[Offer, ...]:
    """Every listed price, in the order of the table: a hint of what is usual, on the day of its source."""
    sources = {row["key"]: source_of(row) for row in rows("price_sources.csv")}
    return tuple(
        Offer(
            row["device"],
            row["provider"],
            row["offer"],
            float(row["usd_per_hour"]),
            int(row["devices"]),
            sources[row["source"]],
        )
        for row in rows("prices.csv")
    )


@cache
def listed(device: str) -> tuple[Offer, ...]:
    """The offers of one device, the cheapest first."""
    return tuple(sorted((each for each in offers() if each.device == device), key=lambda each: each.each))


# --- what it costs ---


class Place(NamedTuple):
    """An option on the `devices` of one replica that hold it."""

    option: Option
    devices: int
    served: Served


def placed(question: Question, option: Option) -> Place | None:
    """The option on the devices that were asked for, or on the fewest that hold it; None where no time is known or
    where none of those that were tried hold it. Where the memory is not known it is taken to fit.
    """
    if option.served is None:
        return None
    if option.fit.memory is None or option.fit.fits:
        return Place(option, question.devices, option.served)
    devices, least = question.devices, option.fit.devices or inf
    while (devices := 2 * devices) <= MOST_DEVICES:
        if devices >= least:  # where it divides evenly, and seldom does it not
            there = _on(question._replace(budget=None, devices=devices), option.key)
            if there.fit.fits and there.served:
                return Place(there, devices, there.served)
    return None


_on = lru_cache(maxsize=64)(priced)
"""An option on other devices: the same at every price."""


def times(span: Span, factor: float) -> Span:
    """Every figure of a span, so many times: not for a factor below 0."""
    return Span(*(each * factor for each in span))


def device_seconds(place: Place, question: Question) -> Span:
    """Seconds of one device that a request takes: a batch shares the time of its replica."""
    return times(place.served.request_us, place.devices / question.workload.batch / 1e6)


def counted(question: Question, prompt: bool = False) -> int:
    """The tokens of a request that are counted: those written, with those of the prompt or without; those read for a
    model that writes none.
    """
    read = question.workload.prefill_tokens
    if question.model.kind != "decoder":
        return read
    return question.output + (read if prompt else 0)


def cost_per_million(result: Result, option: Option, prompt: bool = False) -> Span | None:
    """What a million tokens cost, counted as `counted` says; None where no price was typed or no time is known."""
    question = result.question
    place = placed(question, option)
    if question.budget is None or place is None:
        return None
    per_token = question.budget.price.amount / 3600 / counted(question, prompt) * 1e6
    return times(device_seconds(place, question), per_token)


def cost_of(result: Result, option: Option) -> Span | None:
    """What a million output tokens cost, or a million tokens read by a model that writes none. None where no price was
    typed or no time is known.
    """
    return cost_per_million(result, option)


def fleet(result: Result, option: Option, load: float | None = None) -> Span | None:
    """Devices that serve the load, or `load` requests per second where given: whole replicas, no headroom.

    Where no load was typed, the devices that were asked for are full with the dense model, and of other options only
    the share counts that serves as much. None where no time is known.
    """
    question = result.question
    place = placed(question, option)
    if place is None:
        return None
    each = device_seconds(place, question)
    asked = load if load is not None else question.budget and question.budget.load
    if asked is None:
        dense = placed(question, result.dense)
        return dense and times(each, dense.devices / device_seconds(dense, question).likely)
    # Rounded first: three replicas that are exactly full are not four.
    return Span(*(ceil(round(asked * one / place.devices, 9)) * place.devices for one in each))


def per_month(result: Result, option: Option, load: float | None = None) -> Span | None:
    """What the devices cost in a month; None where no price was typed or their number is not known."""
    budget, devices = result.question.budget, fleet(result, option, load)
    return times(devices, budget.price.amount * HOURS_PER_MONTH) if budget and devices else None


def saved_per_month(result: Result, option: Option, load: float | None = None) -> Span | None:
    """What the option saves in a month against the dense model: less than nothing where it costs more. None where
    either is not known.
    """
    before, after = per_month(result, result.dense, load), per_month(result, option, load)
    if before is None or after is None:
        return None
    return Span(before.likely - after.high, before.likely - after.likely, before.likely - after.low)
