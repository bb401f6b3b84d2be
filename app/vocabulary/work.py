"""Long work in slices: how far it is as a part of more, and what of it was found before."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, TypeVar

from app.vocabulary.calculator import Progress

_Step = TypeVar("_Step")
_Sent = TypeVar("_Sent")
_Found = TypeVar("_Found")


def within(work: Generator[Progress, None, _Found], start: float, share: float) -> Generator[Progress, None, _Found]:
    """Work that is a `share` of all there is, of which a part is done at its `start`."""
    while True:
        try:
            progress = next(work)
        except StopIteration as done:
            found: _Found = done.value
            return found
        yield Progress(start + share * progress.done, progress.doing)


class Kept:
    """What was found last, stage by stage, of one table: a keystroke elsewhere does not have it found again."""

    def __init__(self) -> None:
        self.table: object = None
        self.last: dict[str, tuple[Any, Any]] = {}

    def of(self, table: object) -> None:
        """Let go of what was found of another table, which will not be asked for again."""
        if self.table is not table:
            self.table = table
            self.last.clear()

    def stage(
        self, name: str, asked: object, work: Callable[[], Generator[_Step, _Sent, _Found]]
    ) -> Generator[_Step, _Sent, _Found]:
        """What work finds; if the same was `asked` of the stage called `name` before, that is at hand. What is asked
        holds all that the work depends on, the table too.
        """
        if name not in self.last or self.last[name][0] != asked:
            found = yield from work()
            self.last[name] = (asked, found)
            return found
        at_hand: _Found = self.last[name][1]
        return at_hand
