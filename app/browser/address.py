"""The link to what is on the page. The address follows it: one step of the history for each edit, however many keys it
took.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.browser import dom
from app.page import faults
from app.vocabulary import link
from app.vocabulary.calculator import Calculator

AFTER_MS = 250
"""The address follows when typing pauses. Browsers refuse scripts that rewrite it at every keystroke (Chromium
drops calls beyond 200 in 10 s, WebKit throws beyond 100 in 30 s), and a new step takes Chromium up to 14 ms."""

PART_COPIED = "Copied from the # on: put it behind the address of this page, on the web or in a file."
"""What is said where the page is a file of the visitor's, whose whole address would lead nobody else anywhere."""


class Address:
    """The address while one calculator is edited, of which `raw` says what stands in its controls, and `beside` what
    else belongs into a link.
    """

    def __init__(
        self, calculator: Calculator, raw: Callable[[], Mapping[str, str]], beside: Callable[[], link.Beside]
    ) -> None:
        self.calculator, self.raw, self.beside = calculator, raw, beside
        self.place = f"{calculator.slug}-said"  # where it is spoken of
        self.editing = ""  # the field whose present edit already has its own step in the history
        self.pushing = False  # whether the next change of the address is a new step
        self.before: list[tuple[str, bool]] = []  # what it has not followed to, and whether each is a new step
        self.due = dom.Timer(self.write, AFTER_MS, self.failed)

    @property
    def fragment(self) -> str:
        """The link to what is on the page; where that cannot be written, to the calculator alone."""
        try:
            return link.write(self.calculator.slug, self.raw(), self.calculator.defaults, self.beside())
        except Exception as fault:
            self.failed(fault)
            return f"#{self.calculator.slug}"

    def failed(self, fault: Exception) -> None:
        """Own a fault: the address does not follow, and all else goes on."""
        dom.log(fault)
        dom.say(self.place, faults.LINK, bad=True)

    def edit(self, field: str) -> None:
        """Begin to edit a field, or go on with it. To be called before it is changed: what went before has its step."""
        if field != self.editing:
            self.step()
            self.editing = field
        self.due.start()

    def step(self) -> None:
        """Let the next change be a step of its own; what the address has not followed yet keeps its step."""
        if self.due.pending:
            self.before = self._steps()
        self.editing, self.pushing = "", True

    def finish(self) -> None:
        """Take the present edit as done: the next change is another."""
        self.editing = ""

    def write(self) -> None:
        """Let the address follow now, and not once more when it is due: by then the way may lead elsewhere."""
        self.due.cancel()
        steps = self._steps()
        self.pushing, self.before = self.pushing and steps is self.before, []
        for fragment, push in steps:
            dom.fragment.write(fragment, push)

    def _steps(self) -> list[tuple[str, bool]]:
        """What the address has yet to follow to, with what is on the page as the last of it."""
        fragment = self.fragment
        if self.before and self.before[-1][0] == fragment:
            return self.before
        return [*self.before, (fragment, self.pushing)]

    def drop(self) -> None:
        """Let the address be: it leads elsewhere already."""
        self.due.cancel()
        self.before.clear()

    def left_out(self) -> str:
        """What a link had to leave out, in a sentence; nothing if it holds all."""
        names = link.too_long(self.raw(), self.calculator.defaults, self.beside())
        labels = " and ".join(field.label for field in self.calculator.fields if field.name in names)
        return f" It leaves out {labels}: too long for a link." if labels else ""

    def copy(self) -> None:
        """Put the link on the clipboard, and say so, with what it had to leave out."""
        self.due.flush()
        fragment = self.fragment
        address = dom.address(fragment)
        copied = "Link copied." if address != fragment else PART_COPIED
        dom.copy(
            address,
            lambda: dom.say(self.place, f"{copied}{self.left_out()}"),
            lambda: dom.say(self.place, "This browser keeps the clipboard closed: copy the address bar."),
            self.failed,
        )
