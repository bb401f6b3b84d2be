"""A reading that takes long, in slices: between them the page answers, and says how far it is."""

from __future__ import annotations

from collections.abc import Callable, Generator
from time import perf_counter

from app.browser import dom
from app.vocabulary.calculator import Progress, Reading

AT_ONCE_S, SLICE_S = 0.1, 0.012
"""Seconds that a computation may take before the page says that it is at it, and between two frames from then on."""


class Computation:
    """What one calculator is computing, and whether the page says so: then it is `busy`."""

    def __init__(
        self, slug: str, begun: Callable[[], None], done: Callable[[Reading], None], failed: dom.Failed
    ) -> None:
        self.slug, self.begun, self.done = slug, begun, done
        self.busy = False
        self.work: Generator[Progress, None, Reading] | None = None
        self.next = dom.Timer(self.advance, 0, failed)

    def begin(self, work: Generator[Progress, None, Reading]) -> None:
        """Begin to compute; what was being computed is dropped."""
        self.work = work
        self.advance(SLICE_S if self.busy else AT_ONCE_S)

    def advance(self, seconds: float = SLICE_S) -> None:
        """Compute for a while, then let the page live before it goes on."""
        if not self.work:
            return
        until = perf_counter() + seconds
        try:
            progress = next(self.work)
            while perf_counter() < until:
                progress = next(self.work)
        except StopIteration as returned:
            self.finish()
            self.done(returned.value)
        else:
            if not self.busy:
                self.busy = True
                self.begun()
            dom.computing(self.slug, progress.done, progress.doing)
            self.next.start()

    def cancel(self) -> None:
        """Compute no further, and say so."""
        self.next.cancel()
        dom.stopped(self.slug)

    def finish(self) -> None:
        """Have nothing to compute."""
        self.next.cancel()
        self.work = None
        if self.busy:
            self.busy = False
            dom.computed(self.slug)
