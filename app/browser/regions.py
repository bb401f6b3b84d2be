"""The parts of a calculator that follow its inputs: what is on the screen at once, the other tables one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from app.browser import dom
from app.browser.remainder import Remainder
from app.page.rendering import Part, Rendering


class Regions:
    """What each region of one calculator was last given, and which tables still show what was."""

    def __init__(self, slug: str, remainder: Remainder) -> None:
        self.slug, self.remainder = slug, remainder
        self.given: dict[str, str] = {}  # the HTML of each region
        self.tables: Mapping[str, Part] = {}
        self.made: dict[str, Part] = {}  # the tables that were shown last
        self.built = False  # whether the page is what the build made of these inputs
        self.on_screen: set[str] = set()
        self.waiting: list[str] = []
        self.next = dom.Timer(self.show_next, 0)
        dom.watch(slug, self.on_screen)

    def show(self, rendering: Rendering) -> None:
        """Patch the regions whose HTML has changed. Tables that are not on the screen follow one at a time, so that the
        next keystroke need not wait for them.
        """
        self.built, self.tables = False, rendering.tables
        self.patch(rendering.now)
        due = [name for name, part in self.tables.items() if self.made.get(name) != part]
        for name in due:
            if name in self.on_screen:
                self.show_table(name)
        self.wait_for([name for name in due if name not in self.on_screen])

    def adopt(self, rendering: Rendering) -> None:
        """Take what the build made as given, part by part; it also warms every cache for the first keystroke."""
        self.built, self.tables = True, rendering.tables
        self.given |= rendering.now
        self.wait_for(list(self.tables))

    def wait_for(self, tables: list[str]) -> None:
        """Leave `tables` for later."""
        self.waiting = tables
        self.next.start()

    def show_next(self) -> None:
        """Show the next table that still shows what was."""
        if self.waiting:
            self.show_table(self.waiting.pop(0))
            self.next.start()

    def show_table(self, name: str) -> None:
        """Patch one table, or take it as given where the build made it; later, where what it needs is not here."""
        self.remainder.patiently(f"{self.slug} table {name}", partial(self.put_table, name), urgent=False)

    def put_table(self, name: str) -> None:
        """Make one table of the present inputs, and bring the page up to it."""
        part = self.tables[name]
        regions = part()
        if self.built:
            self.given |= regions
        else:
            self.patch(regions)
        self.made[name] = part

    def patch(self, regions: Mapping[str, str]) -> None:
        """Bring the page up to `regions`, by name."""
        for name, html in regions.items():
            if self.given.get(name) != html:
                put = dom.patch if name.startswith(("field-", "list-")) else dom.replace
                put(f"{self.slug}-{name}", html)
                self.given[name] = html
