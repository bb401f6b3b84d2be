"""What takes long, in slices: between them the page answers, and says how far it is. What a script beside the page does
faster is handed to it.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

from app.browser import dom
from app.vocabulary.calculator import Found, Job, Progress, Work

if TYPE_CHECKING:
    from app.browser.inner_loops import InnerLoops

AT_ONCE_S, SLICE_S = 0.1, 0.012
"""Seconds that a computation may take before the page says that it is at it, and between two frames from then on."""

READING = Progress(0, "reading")
"""How far the answer is while a file is read."""


class Computation:
    """What one calculator is computing, and whether the page says so: then it is `busy`. The script that may do a part
    of it is at the address `inner_loops`.
    """

    def __init__(
        self,
        slug: str,
        inner_loops: str,
        begun: Callable[[], None],
        failed: dom.Failed,
    ) -> None:
        self.slug, self.begun, self.failed = slug, begun, failed
        self.busy = False
        self.work: Work | None = None
        self.done: Callable[[Any], None]  # what is told what the work found
        self.next = dom.Timer(self.advance, 0, failed)
        self.address = inner_loops
        self.inner_loops: InnerLoops | None = None  # once they were needed

    def begin(self, work: Work, done: Callable[[Any], None]) -> None:
        """Begin to compute; what was being computed is dropped."""
        self.drop()
        self.work, self.done = work, done
        self.go_on(None, SLICE_S if self.busy else AT_ONCE_S)

    def advance(self) -> None:
        """Compute for a while, then let the page live before it goes on."""
        self.go_on(None, SLICE_S)

    def go_on(self, found: Found | None, seconds: float) -> None:
        """Compute for so long, beginning with what was `found` of the job that was handed out, if one was."""
        if not self.work:
            return
        until = perf_counter() + seconds
        try:
            step = self.work.send(found)
            while isinstance(step, Progress) and perf_counter() < until:
                step = next(self.work)
        except StopIteration as returned:
            self.work = None
            self.done(returned.value)
            if not self.work:  # what is done may begin what follows of it
                self.finish()
            return
        if isinstance(step, Job):
            self.hand_out(step)
        else:
            self.tell(step)
            self.next.start()

    def hand_out(self, job: Job) -> None:
        """Let the script do a job, and go on with what it has found."""
        from app.browser.inner_loops import InnerLoops  # most answers need none

        self.inner_loops = self.inner_loops or InnerLoops(self.address, self.failed)
        self.tell(job.begun)
        self.inner_loops.begin(
            job, lambda done: self.tell(job.begun._replace(done=job.begun.done + job.share * done)), self.returned
        )

    def returned(self, found: Found | None) -> None:
        """Go on with what the script has found, or without."""
        self.go_on(found, SLICE_S)

    def tell(self, progress: Progress) -> None:
        """Say how far it is; from the first time on the page is busy with it."""
        if not self.busy:
            self.busy = True
            self.begun()
        dom.computing(self.slug, progress.done, progress.doing)

    def drop(self) -> None:
        """Have nothing go on by itself."""
        self.next.cancel()
        if self.inner_loops:
            self.inner_loops.stop()

    def cancel(self) -> None:
        """Compute no further, and say so."""
        self.drop()
        dom.stopped(self.slug)

    def finish(self) -> None:
        """Have nothing to compute."""
        self.drop()
        self.work = None
        if self.busy:
            self.busy = False
            dom.computed(self.slug)
