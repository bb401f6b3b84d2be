"""The study of files in one calculator: it is read to by slices, a script beside the page works for it, and what it
knows is shown as it comes. Comes with the first file.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from app.browser import dom
from app.browser.inner_loops import InnerLoops
from app.page import faults
from app.page.study import study as rendered
from app.vocabulary.calculator import Invalid, Job, Progress, shorten
from app.vocabulary.study import Filled, Report, Slice, Study

if TYPE_CHECKING:
    from app.browser.session import Session

SLICE_S = 0.012
"""Seconds between two frames."""

TELL_S = 0.1
"""Seconds between two words on how far it is."""


class Studying:
    """What is being studied, or was."""

    def __init__(self, session: Session, script: str) -> None:
        self.session, self.slug = session, session.slug
        self.files: list[dom.File] = []
        self.work: Study | None = None
        self.report: Report | None = None
        self.paused = False
        self.held: Callable[[], None] | None = None  # what goes on after a pause
        self.due: Filled | Report | None = None  # what is to be shown next
        self.told_at = 0.0
        self.next = dom.Timer(self.turn, 0, self.failed)
        self.script = InnerLoops(script, self.failed)

    # --- what a visitor does ---

    def begin(self, files: list[dom.File]) -> None:
        """Study these files; what was known of others is gone."""
        declared = self.session.calculator.files
        if declared is None:
            return
        self.clear()
        self.files = files
        self.work = declared.study([(file.path, file.size) for file in files])
        self.go_on(None)

    def pause(self) -> None:
        """Let it wait; what is being counted is finished and kept."""
        if self.work:
            self.paused = True
            dom.study_paused(self.slug)

    def resume(self) -> None:
        """Go on where it was."""
        self.paused = False
        held, self.held = self.held, None
        if held:
            held()

    def cancel(self) -> None:
        """Go no further; what is known so far stays, and says that it is not all."""
        if self.work:
            self.finish()
            self.say("Stopped: not every weight was counted.")

    def clear(self) -> None:
        """Forget it all."""
        self.finish()
        self.files, self.report = [], None
        self.say("")
        self.show("", "")

    # --- from step to step ---

    def turn(self) -> None:
        """Show what is due, or go on: one of them between two frames."""
        if self.paused:
            self.held = self.turn
            return
        due, self.due = self.due, None
        if due:
            self.take(due)
            self.next.start()
        else:
            self.go_on(None)

    def go_on(self, answer: Any) -> None:
        """Answer what was asked for, and do what is wanted next."""
        if self.paused:
            self.held = partial(self.go_on, answer)
            return
        until = perf_counter() + SLICE_S
        try:
            while self.work:
                step = self.work.send(answer)
                answer = None
                if isinstance(step, Slice) and step.length:
                    self.read(step)
                    return
                if isinstance(step, Job):
                    self.hand_out(step)
                    return
                if isinstance(step, Progress):
                    self.tell(step)
                elif not isinstance(step, Slice):
                    self.due = step
                if perf_counter() > until or self.due:
                    self.next.start()
                    return
        except StopIteration:
            self.finish()
            self.say("Counted.")
        except Invalid as invalid:
            self.refuse(str(invalid))
        except Exception as fault:
            self.failed(fault)

    def take(self, step: Filled | Report) -> None:
        """Show what is told."""
        if isinstance(step, Filled):
            self.session.fill(step.texts)
            name = next(iter(step.texts))
            self.session.notices.tell(name, step.said)
        else:
            self.report = step
            self.show(rendered(step), step.gist)

    def read(self, wanted: Slice) -> None:
        """Bring some bytes of a file."""
        work, file = self.work, self.files[wanted.file]

        def here(content: bytes) -> None:
            if self.work is work:
                self.go_on(content)

        def refused() -> None:
            if self.work is work:
                self.refuse(f"{shorten(file.name)} could not be read, or changed meanwhile: choose it again.")

        file.slice(wanted.offset, wanted.length, here, refused, self.failed)

    def hand_out(self, job: Job) -> None:
        """Let the script do a job on these files."""
        self.tell(job.begun)
        data = {**job.data, "files": [file.whole for file in self.files]}

        def told(share: float) -> None:
            self.tell(job.begun._replace(done=job.begun.done + job.share * share))

        self.script.begin(job._replace(data=data), told, self.go_on)

    def tell(self, progress: Progress) -> None:
        """Say how far it is, now and then."""
        now = perf_counter()
        if not self.paused and (now - self.told_at > TELL_S or not progress.done):
            self.told_at = now
            dom.studying(self.slug, progress.done, f"Counting: {progress.doing}")

    # --- the end ---

    def finish(self) -> None:
        """Have nothing to do."""
        work, self.work = self.work, None
        self.paused, self.held, self.due = False, None, None
        self.next.cancel()
        self.script.stop()
        if work:
            work.close()
            dom.studied(self.slug)

    def refuse(self, why: str) -> None:
        """Say why these files cannot be used; nothing that was found of them stands."""
        self.finish()
        self.report = Report((why,), wrong=True)
        self.show(rendered(self.report), "")

    def failed(self, fault: Exception) -> None:
        """Own a fault."""
        dom.log(fault)
        self.refuse(faults.TAKEN)

    def show(self, html: str, gist: str) -> None:
        """Show what is known; what is open stays open."""
        dom.patch(f"{self.slug}-study", html)
        dom.say(f"{self.slug}-study-gist", gist)

    def say(self, text: str) -> None:
        """Say what became of it."""
        dom.say(f"{self.slug}-study-said", text)


DIRECTIONS: dict[str, Callable[[Studying], None]] = {
    "study-pause": Studying.pause,
    "study-go-on": Studying.resume,
    "study-cancel": Studying.cancel,
}
"""By the `data-action` of what is clicked."""
