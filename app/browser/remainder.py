"""The rest of the program, without which the first answer does: fetched once the page answers, and waited for by what
needs it sooner.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from app.browser import dom

ABSENT = (ImportError, FileNotFoundError)
"""What is raised by what needs it before it is there. Asked of a package that is, a module that is not raises no
`ModuleNotFoundError`.
"""

NOT_WHOLE = (
    "A part of the page did not arrive: other calculators, published measurements and files cannot be read yet. Change"
    " an input to try again, or reload the page."
)

Call: TypeAlias = Callable[[], object]


class Lost(Exception):
    """What the page cannot answer without did not arrive."""


class Waiting(NamedTuple):
    """A call that waits, and who is told of a fault in it."""

    call: Call
    failed: dom.Failed


class Remainder:
    """The rest of the program: on its way, here, or stuck. It is a zip at `address` (tools/build/bytecode.py)."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._here = self._stuck = False
        self._waiting: dict[str, Waiting] = {}

    @property
    def awaited(self) -> bool:
        """Whether something waits for it."""
        return bool(self._waiting)

    def patiently(self, key: str, call: Call, failed: dom.Failed, urgent: bool = True) -> None:
        """Call, now or when all of the program is here if it needs more than is. Any other fault is told to `failed`.
        What is `urgent` asks again for a program that did not arrive.
        """
        try:
            call()
        except Exception as fault:
            if self.explains(fault):
                self.then(key, call, failed)
                if urgent:
                    self.bring_again()
            else:
                failed(fault)

    def whole(self, key: str, call: Call, failed: dom.Failed) -> None:
        """Call, now or when all of the program is here."""
        if self._here:
            self.patiently(key, call, failed)
        else:
            self.then(key, call, failed)
            self.bring_again()

    def explains(self, fault: Exception) -> bool:
        """Whether a fault is only that the rest of the program is not here yet."""
        return isinstance(fault, ABSENT) and not self._here

    def then(self, key: str, call: Call, failed: dom.Failed) -> None:
        """Call when all of the program is here, after what waits for it already. Of the same `key` the last counts."""
        self._waiting.pop(key, None)
        self._waiting[key] = Waiting(call, failed)

    def bring(self) -> None:
        """Fetch it, then do what waits for it. What does not arrive is asked for again when it is needed."""
        self._stuck = False
        dom.unpack(self._address, self._arrived, self._lost, dom.fail)

    def bring_again(self) -> None:
        """Fetch it if it did not arrive."""
        if self._stuck:
            self.bring()

    def _arrived(self) -> None:
        self._here = True
        dom.tell("")
        waiting, self._waiting = self._waiting, {}
        for key, (call, failed) in waiting.items():
            self.patiently(key, call, failed)

    def _lost(self) -> None:
        self._stuck = True
        if "ready" in self._waiting:
            dom.fail(Lost("the rest of the program did not arrive whole"))
        dom.tell(NOT_WHOLE)
