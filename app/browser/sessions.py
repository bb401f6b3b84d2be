"""The calculators that were opened, and the way from one to another, which is the address."""

from __future__ import annotations

from typing import Any

from app.browser import dom
from app.browser.remainder import Remainder
from app.browser.session import Session
from app.calculators.registry import CALCULATORS, load
from app.vocabulary import link

FIRST = next(iter(CALCULATORS))


class Sessions:
    """The sessions, by slug: one for each calculator that has been seen."""

    def __init__(self, remainder: Remainder) -> None:
        self.remainder = remainder
        self.by_slug: dict[str, Session] = {}

    def of(self, slug: str) -> Session:
        """A calculator's session, begun when it is first asked for; one of `remainder.ABSENT` before it is here."""
        if slug not in self.by_slug:
            self.by_slug[slug] = Session(load(slug), self.remainder)
        return self.by_slug[slug]

    def at(self, event: Any) -> Session | None:
        """The session of the calculator in which an event happened, if it has one."""
        return self.by_slug.get(dom.section(event))

    def follow(self) -> None:
        """Show what the address says."""
        slug, raw = link.read(dom.fragment.read())
        if slug not in ("", *CALCULATORS):
            return
        for opened in self.by_slug.values():
            opened.address.due.cancel()
        session = self.of(slug or FIRST)
        # A way back to a calculator as it was left says what is in it already.
        if dom.fragment.read() == session.fragment():
            session.adopting.start()
        else:
            session.open(raw)
            session.reveal()

    def begin(self) -> None:
        """Answer the link that the page was opened with, and what was typed since."""
        slug, raw = link.read(dom.fragment.read())
        session = self.of(slug if slug in CALCULATORS else FIRST)
        session.open(raw if slug == session.slug else {})
        before, cells = dom.typed(f"{session.slug}-inputs")
        session.raw = session.raw | {name: text for name, text in before.items() if name in session.raw}
        if session.raw == session.calculator.defaults and not cells:
            session.adopting.start()  # the page shows it already: answer first, render when idle
        else:
            session.reveal()
        for name, at, text in cells:
            session.cells[name].type(at, text)
        if before:
            session.address.due.start()

    def leave(self) -> None:
        """Let the address follow at once: the page may be gone."""
        for session in self.by_slug.values():
            session.address.due.flush()
