"""The address follows what is on the page: one step of the history for each edit, however many keys it took."""

from __future__ import annotations

from collections.abc import Callable

from app.browser import dom

AFTER_MS = 250
"""The address follows when typing pauses. Browsers refuse scripts that rewrite it at every keystroke (Chromium
drops calls beyond 200 in 10 s, WebKit throws beyond 100 in 30 s)."""

PART_COPIED = "Copied from the # on: put it behind the address of this page, on the web or in a file."
"""What is said where the page is a file of the visitor's, whose whole address would lead nobody else anywhere."""


class Address:
    """The address while one calculator is edited. `fragment` says what leads to it as it is now."""

    def __init__(self, fragment: Callable[[], str], failed: dom.Failed) -> None:
        self.fragment, self.failed = fragment, failed
        self.editing = ""  # the field whose present edit already has its own step in the history
        self.pushing = False  # whether the next change of the address is a new step
        self.due = dom.Timer(self.write, AFTER_MS, failed)

    def edit(self, field: str) -> None:
        """Begin to edit a field, or go on with it. To be called before it is changed: what went before has its step."""
        if field != self.editing:
            self.step()
            self.editing = field
        self.due.start()

    def step(self) -> None:
        """Let the next change be a step of its own."""
        self.due.flush()
        self.editing, self.pushing = "", True

    def finish(self) -> None:
        """Take the present edit as done: the next change is another."""
        self.editing = ""

    def write(self) -> None:
        """Let the address follow now."""
        dom.fragment.write(self.fragment(), push=self.pushing)
        self.pushing = False

    def copy(self, place: str, left_out: list[str]) -> None:
        """Put the link on the clipboard, and say so in `place`, with the labels of what it had to leave out."""
        self.due.flush()
        without = f" It leaves out {' and '.join(left_out)}: too long for a link." if left_out else ""
        fragment = self.fragment()
        address = dom.address(fragment)
        copied = "Link copied." if address != fragment else PART_COPIED
        dom.copy(
            address,
            lambda: dom.say(place, f"{copied}{without}"),
            lambda: dom.say(place, "This browser keeps the clipboard closed: copy the address bar."),
            self.failed,
        )
