"""A part of the program that few visitors ask for, with an archive of its own: it is fetched when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from app.browser import dom


class Asked(NamedTuple):
    """What is done once it is here, what before that while it is on its way, and what where it did not arrive whole."""

    here: Callable[[], None]
    coming: Callable[[], None]
    lost: Callable[[], None]


class Annex:
    """It is away, on its way or here: a zip at `address` (`ANNEXES` in tools/build/bytecode.py)."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._here = self._coming = False
        self._asked: dict[str, Asked] = {}

    def ask(self, key: str, asked: Asked) -> None:
        """Do what is asked, now or when it is here. Of the same `key` the last counts, until it is done."""
        self._asked[key] = asked
        if self._here:
            self._open()
            return
        asked.coming()
        if not self._coming:
            self._coming = True
            dom.unpack(self._address, self._open, self._lost, dom.fail)

    def again(self, key: str) -> None:
        """Ask once more for what was not to be had."""
        if key in self._asked:
            self.ask(key, self._asked[key])

    def forget(self, key: str) -> None:
        """Do not what was asked for."""
        self._asked.pop(key, None)

    def _open(self) -> None:
        self._here, self._coming = True, False
        asked, self._asked = self._asked, {}
        for each in asked.values():
            each.here()

    def _lost(self) -> None:
        self._coming = False
        for each in self._asked.values():
            each.lost()
