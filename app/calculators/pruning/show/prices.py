"""What devices are listed at: a hint of what a device-hour costs."""

from __future__ import annotations

from app.calculators.pruning.money import Offer, listed, offers
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.amounts import priced
from app.calculators.pruning.show.figures import links
from app.calculators.pruning.speed.devices import device
from app.vocabulary.calculator import Line, Link, Piece, Row, Table


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


def hint(result: Result) -> Line:
    """What the chosen device is listed at."""
    asked = result.question.device
    label, found = asked.name.partition(" (")[0], listed(asked.key)
    if not found:
        return (f"No price of {label} is listed here.",)
    said: list[Piece] = [f"Listed for {label}, in US$ per device-hour: "]
    for place, each in enumerate(found):
        said += ["; "] if place else []
        said += [priced(each.each, "$"), f" ({each.provider}, ", Link(each.source.as_of, each.source.url), ")"]
    return (*said, ".")
