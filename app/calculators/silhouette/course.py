"""A long computation of several parts: how far it is in all, and what of it was found before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.calculators.silhouette.distances import Work as Part
from app.calculators.silhouette.scores import silhouette_work
from app.vocabulary.calculator import Job, Progress, Work
from app.vocabulary.work import Kept

_kept = Kept()


class Course:
    """The way through so many `parts`, which count the same."""

    def __init__(self, table: object, parts: int) -> None:
        self.parts, self.done = parts, 0
        _kept.of(table)

    def stage(self, name: str, asked: object, part: Callable[[], Part[Any]], doing: str) -> Work:
        """What a part finds; if the same was `asked` of the stage called `name` before, that is at hand."""
        found = yield from _kept.stage(name, asked, lambda: self._through(part(), doing))
        self.done += 1
        return found

    def silhouette(self, name: str, asked: Any, doing: str) -> Work:
        """The silhouettes of what is asked, the arguments of `silhouette_work`."""
        return (yield from self.stage(name, asked, lambda: silhouette_work(*asked), doing))

    def _through(self, part: Part[Any], doing: str) -> Work:
        found = None
        try:
            while True:
                step = part.send(found)
                if isinstance(step, Job):
                    begun = Progress((self.done + step.begun.done) / self.parts, doing)
                    found = yield step._replace(begun=begun, share=step.share / self.parts)
                else:
                    found = None
                    yield Progress((self.done + step.done / max(step.total, 1)) / self.parts, doing)
        except StopIteration as end:
            return end.value
