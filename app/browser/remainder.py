"""The rest of the program, without which the first answer does: fetched once the page answers, and waited for by what
needs it sooner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from app.browser import dom

ADDRESS = "./later.zip"
"""See tools/build/bytecode.py for what is in it."""

ABSENT = (ModuleNotFoundError, FileNotFoundError)
"""What is raised by what needs it before it is there."""

NOT_WHOLE = (
    "A part of the page did not arrive: other calculators, published measurements and files cannot be read yet. Change"
    " an input to try again, or reload the page."
)

Call: TypeAlias = Callable[[], object]


class Remainder:
    """The rest of the program: on its way, here, or `stuck`."""

    def __init__(self) -> None:
        self._here = self._stuck = False
        self._after: dict[str, Call] = {}  # what waits for it

    @property
    def awaited(self) -> bool:
        """Whether something waits for it."""
        return bool(self._after)

    def patiently(self, key: str, call: Call, urgent: bool = True) -> None:
        """Call, now or when all of the program is here if it needs more than is. Of calls with the same `key` the last
        counts. What is `urgent` asks again for a program that did not arrive.
        """
        try:
            call()
        except ABSENT:
            if self._here:
                raise
            self.then(key, call)
            if self._stuck and urgent:
                self.bring()

    def then(self, key: str, call: Call) -> None:
        """Call when all of the program is here, after what waits for it already."""
        self._after.pop(key, None)
        self._after[key] = call

    def bring(self) -> None:
        """Fetch it, then do what waits for it. What does not arrive is asked for again when it is needed."""

        def arrived() -> None:
            self._here = True
            dom.tell("")
            after, self._after = self._after, {}
            for call in after.values():
                call()

        def failed() -> None:
            self._stuck = True
            if "ready" in self._after:
                dom.fail("the rest of the program did not arrive whole")
            dom.tell(NOT_WHOLE)

        self._stuck = False
        dom.unpack(ADDRESS, dom.reported(arrived), failed)
