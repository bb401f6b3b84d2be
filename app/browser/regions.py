"""The parts of a calculator that follow its inputs: what is on the screen at once, the other tables one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from app.browser import dom
from app.browser.remainder import Remainder
from app.page import faults
from app.page.rendering import MARKED, Part, Rendering

AFTER_FRAME_MS = 20
"""When what is out of sight begins to follow: what is seen is painted first, in a frame of 17 ms."""

SPOKEN_AFTER_MS = 700
"""A pause in typing: the answers on the way to the one that is meant would only be in its way."""


class Regions:
    """What each region of one calculator was last given, and which tables still show what was."""

    def __init__(self, slug: str, remainder: Remainder, failed: dom.Failed) -> None:
        self.slug, self.remainder = slug, remainder
        self.given: dict[str, str] = {}  # the HTML of each region
        self.tables: Mapping[str, Part] = {}
        self.made: dict[str, Part] = {}  # the tables that were shown last
        self.shown = False  # whether anything was
        self.built = False  # whether the page is what the build made of these inputs
        self.on_screen: set[str] = set()
        self.waiting: list[str] = []
        self.faulty: set[str] = set()  # the tables that failed, and "" if all did
        self.next = dom.Timer(self.show_next, 0, failed)
        self.speaking = dom.Timer(partial(dom.speak, slug), SPOKEN_AFTER_MS, failed)
        dom.watch(slug, self.on_screen, failed)

    def show(self, rendering: Rendering) -> None:
        """Patch the regions whose HTML has changed. Tables that are not on the screen follow one at a time, so that the
        next keystroke need not wait for them.
        """
        self.built, self.tables = False, rendering.tables
        self.patch(rendering.now)
        self.mend("")
        if not (self.shown or self.on_screen):  # the browser has not told yet, and to ask it lays out the whole page
            self.on_screen |= dom.on_screen(self.slug)
        self.shown = True
        due = [name for name, part in self.tables.items() if self.made.get(name) != part]
        for name in due:
            if name in self.on_screen:
                self.show_table(name)
        self.wait_for([name for name in due if name not in self.on_screen])

    def read(self, name: str, place: float) -> None:
        """Show what lines come to at another place along their axis."""
        part = self.tables.get(name)
        if part and isinstance(part.make, partial):
            there = partial(part.make.func, *part.make.args[:-1], place)
            self.tables = {**self.tables, name: part._replace(make=there)}
            self.built = False
            self.show_table(name)

    def adopt(self, rendering: Rendering) -> None:
        """Take what the build made as given, part by part; it also warms every cache for the first keystroke."""
        self.built, self.tables = True, rendering.tables
        self.given |= rendering.now
        self.wait_for(list(self.tables))

    def wait_for(self, tables: list[str]) -> None:
        """Leave `tables` for later."""
        self.waiting = tables
        self.next.start(AFTER_FRAME_MS)

    def show_next(self) -> None:
        """Show the next table that still shows what was."""
        if self.waiting:
            self.show_table(self.waiting.pop(0))
            self.next.start()

    def show_table(self, name: str) -> None:
        """Patch one table, or take it as given where the build made it; later, where what it needs is not here."""
        key, put, failed = f"{self.slug} table {name}", partial(self.put_table, name), partial(self.fail_table, name)
        self.remainder.patiently(key, put, failed, urgent=False)

    def put_table(self, name: str) -> None:
        """Make one table of the present inputs, and bring the page up to it."""
        part = self.tables[name]
        try:
            regions = part()
        except Exception as fault:
            if not (self.built and self.remainder.explains(fault)):
                self.take_back(name)  # what it shows is of other inputs, or wrong
            raise
        if self.built:
            self.given |= regions
        else:
            self.patch(regions)
            self.mend(name)
        self.made[name] = part

    def patch(self, regions: Mapping[str, str]) -> None:
        """Bring the page up to `regions`, by name."""
        if self.given.get("verdict") != regions.get("verdict", self.given.get("verdict")):
            self.speaking.start()
        for name, html in regions.items():
            if self.given.get(name) != html:
                identity = f"{self.slug}-{name}"
                # What has the keyboard keeps it. Patching takes longer, so that all else is replaced.
                kept = name.startswith(("field-", "list-")) or ("<button" in html and dom.has_focus(identity))
                (dom.patch if kept else dom.replace)(identity, html)
                self.given[name] = html

    # --- where the page fails ---

    def blank(self, verdict: str) -> None:
        """Take back all that is shown, and say why in place of the answer. Lists stay."""
        self.next.cancel()
        self.made = {}
        self.given = {name: html for name, html in self.given.items() if name.startswith("list-")}
        dom.take_back(self.slug)
        self.patch({"verdict": verdict})

    def fail_table(self, name: str, fault: Exception) -> None:
        """Take back one table, and say so in its place; the rest holds."""
        dom.log(fault)
        self.patch(faults.table(name.removesuffix(MARKED)))
        self.mark(name)

    def take_back(self, name: str) -> None:
        """Take back what one table shows."""
        self.made.pop(name, None)
        name = name.removesuffix(MARKED)
        self.given = {region: html for region, html in self.given.items() if not f"{region}-".startswith(f"{name}-")}
        dom.take_back(self.slug, name)

    def mark(self, name: str) -> None:
        """Mark a table, or all that is not one, as at fault."""
        name = name.removesuffix(MARKED)
        self.faulty.add(name)
        dom.mark_fault(self.slug, name, True)

    def mend(self, name: str) -> None:
        """Mark it as right again."""
        if name in self.faulty:
            self.faulty.remove(name)
            dom.mark_fault(self.slug, name, False)
