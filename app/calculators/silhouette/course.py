"""A long computation of several parts: how far it is in all, and what of it was found before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.calculators.silhouette.distances import Work as Part
from app.calculators.silhouette.scores import silhouette_work
from app.vocabulary.calculator import Job, Progress, Work

_last: dict[str, tuple[Any, Any]] = {}
"""By stage what was asked last, and what was found."""

_TABLE = ""
"""The stage at which the table is given."""


class Course:
    """The way through so many `parts`, which count the same."""

    def __init__(self, table: object, parts: int) -> None:
        self.parts, self.done = parts, 0
        if _TABLE not in _last or _last[_TABLE][0] is not table:
            _last.clear()  # what was found of another one will not be asked for again
            _last[_TABLE] = (table, None)

    def stage(self, name: str, asked: object, part: Callable[[], Part[Any]], doing: str) -> Work:
        """What a part finds; if the same was `asked` of the stage called `name` before, that is at hand."""
        if name not in _last or _last[name][0] != asked:
            _last[name] = (asked, (yield from self._through(part(), doing)))
        self.done += 1
        return _last[name][1]

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
