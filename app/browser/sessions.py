"""The calculators that were opened, and the way from one to another, which is the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from app.browser import dom
from app.browser.annex import Annex
from app.browser.remainder import Remainder
from app.browser.session import Scripts, Session
from app.calculators.registry import CALCULATORS, load
from app.page import faults
from app.vocabulary import link

FIRST = next(iter(CALCULATORS))


class Sessions:
    """The sessions, by slug: one for each calculator that has been seen."""

    def __init__(self, remainder: Remainder, scripts: Scripts, annexes: Mapping[str, Annex]) -> None:
        self.remainder, self.scripts, self.annexes = remainder, scripts, annexes
        self.by_slug: dict[str, Session] = {}
        self.broken: set[str] = set()  # the calculators that did not start when they were last asked for

    def of(self, slug: str) -> Session:
        """A calculator's session, begun when it is first asked for; one of `remainder.ABSENT` before it is here."""
        if slug not in self.by_slug:
            self.by_slug[slug] = Session(load(slug), self.remainder, self.scripts, self.annexes)
            if slug in self.broken:
                self.broken.remove(slug)
                self.by_slug[slug].regions.mark("")
        return self.by_slug[slug]

    def at(self, event: Any) -> Session | None:
        """The session of the calculator in which an event happened, if it has one."""
        return self.by_slug.get(dom.section(event))

    def follow(self) -> None:
        """Show what the address says."""
        slug, raw = link.read(dom.fragment.read())
        if slug in ("", *CALCULATORS):
            for opened in self.by_slug.values():
                opened.address.drop()
            self.open("fragment", slug or FIRST, partial(self.show, slug or FIRST, raw))

    def show(self, slug: str, raw: dict[str, str]) -> None:
        """Show a calculator with what a link says."""
        session, fragment = self.of(slug), dom.fragment.read()
        # A way back to a calculator as it was left says what is in it already; what the device kept was not shown yet.
        stands = fragment == session.address.fragment and bool(session.reading or not session.pins.texts)
        session.pins.take(link.beside(fragment))
        if stands and not session.regions.faulty:
            session.adopting.start()
        else:
            session.open(raw)
            session.reveal()

    def begin(self) -> None:
        """Answer the link that the page was opened with, and what was typed since."""
        slug, raw = link.read(dom.fragment.read())
        if slug in CALCULATORS:
            self.open("begin", slug, partial(self.take_over, slug, raw))
        else:
            self.open("begin", FIRST, partial(self.take_over, FIRST, {}))

    def take_over(self, slug: str, raw: dict[str, str]) -> None:
        """Show a calculator with what a link says, and what was typed while Python was loading."""
        session = self.of(slug)
        session.pins.take(link.beside(dom.fragment.read()))
        session.open(raw)
        before, cells = dom.typed(f"{slug}-inputs")
        session.raw = session.raw | {name: text for name, text in before.items() if name in session.raw}
        focused = session.fields.get(dom.focused())
        session.typing = focused.name if focused and focused.search and focused.name in before else ""
        if session.raw == session.calculator.defaults and not cells and not session.pins.texts:
            session.adopting.start()  # the page shows it already: answer first, render when idle
        else:
            session.reveal()
        for name, place, text in cells:
            session.cells[name].type(place, text)
        if before:
            session.address.due.start()

    def open(self, key: str, slug: str, call: Callable[[], None]) -> None:
        """Do what opens a calculator, now or when it is here."""
        self.remainder.patiently(key, call, partial(self.fail, slug))

    def fail(self, slug: str, fault: Exception) -> None:
        """Let a calculator own a fault; one that did not even start says so."""
        if slug in self.by_slug:
            self.by_slug[slug].failed(fault)
            return
        dom.log(fault)
        dom.take_back(slug)
        dom.mark_fault(slug, "", True)
        dom.replace(f"{slug}-verdict", faults.missing())
        self.broken.add(slug)

    def failed(self, fault: Exception) -> None:
        """Let the calculator that is seen own a fault."""
        self.fail(dom.in_sight(), fault)

    def ready(self) -> None:
        """Say that the page answers; or that it will, if the answer takes long: then that says so itself."""
        computing = any(session.computation.busy for session in self.by_slug.values())
        (dom.waiting if computing else dom.ready)()

    def leave(self) -> None:
        """Let the address follow at once: the page may be gone."""
        for session in self.by_slug.values():
            session.address.due.flush()
