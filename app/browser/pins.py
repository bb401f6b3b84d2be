"""Pinned scenarios of one calculator: which there are, in the link and on this device, and the table that compares them
with what is on the page. What is done to them is in `app.browser.take_away`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from app.browser import dom
from app.page.rendering import Part, Rendering
from app.vocabulary import link
from app.vocabulary.calculator import Calculator, Card, Raw

if TYPE_CHECKING:
    from app.page.pins import Scenario


class Pins:
    """The `texts` of what is pinned, as they stand in a link, and what was computed of each, once."""

    def __init__(self, calculator: Calculator) -> None:
        self.calculator = calculator
        self.texts: tuple[str, ...] = ()
        self.scenarios: dict[str, Scenario | None] = {}
        if not dom.is_embedded():
            self.become(_kept(dom.kept()).get(calculator.slug, ()))

    @property
    def beside(self) -> link.Beside:
        """What belongs into a link beside the values."""
        return link.Beside(self.texts, dom.is_embedded())

    def take(self, found: link.Beside) -> None:
        """Take what a link pins; one that pins nothing leaves what is pinned, to compare it with."""
        if found.pins:
            self.become(found.pins)

    def become(self, texts: tuple[str, ...]) -> None:
        """Pin these, and no others."""
        if bool(texts) != bool(self.texts):
            dom.show(f"{self.calculator.slug}-pinned", bool(texts))
        self.texts = texts
        self.scenarios = {text: found for text, found in self.scenarios.items() if text in texts}

    def keep(self) -> None:
        """Let this device keep them for the next visit."""
        kept = _kept(dom.kept()) | {self.calculator.slug: self.texts}
        dom.keep("\n".join(f"{slug} {text}" for slug, texts in kept.items() for text in texts))

    def put_beside(self, raw: Raw, rendering: Rendering) -> None:
        """Put the table that compares them among those of a rendering of `raw`, if there is anything to compare."""
        if self.texts:
            show = rendering.tables["worked"].show
            rendering.tables["pins"] = Part(_compared, "pins", partial(self._compare, raw, rendering.cards), show)

    def _compare(self, raw: Raw, cards: tuple[Card, ...], stale: bool) -> dict[str, str]:
        from app.page import pins

        for text in self.texts:
            if text not in self.scenarios:
                self.scenarios[text] = pins.scenario(self.calculator, pins.read(self.calculator, text))
        found = [self.scenarios[text] for text in self.texts]
        return pins.compared(self.calculator, raw, () if stale else cards, found)


def _compared(_slug: str, make: Callable[..., Any], show: Any) -> dict[str, str]:
    found: dict[str, str] = make(show.stale)
    return found


def _kept(text: str) -> dict[str, tuple[str, ...]]:
    """What a device keeps, which anybody may have written there: a line for each, the calculator and the text."""
    found: dict[str, tuple[str, ...]] = {}
    for line in text[: link.LONGEST].splitlines():
        slug, _, pin = line.partition(" ")
        before = found.get(slug, ())
        if 0 < len(pin) <= link.LONGEST_PIN and len(before) < link.MOST_PINS and pin not in before:
            found[slug] = (*before, pin)
    return found
