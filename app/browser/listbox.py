"""The list below a combobox: which one is open, and what the boxes tell of it. What is on it, `app.page` says."""

from __future__ import annotations

from app.browser import dom
from app.browser.regions import Regions
from app.page import combobox, form
from app.vocabulary.calculator import Field


class ListBox:
    """The lists of one calculator, of which at most one is `open`."""

    def __init__(self, slug: str, fields: tuple[Field, ...], regions: Regions) -> None:
        self.slug, self.regions = slug, regions
        self.fields = [field for field in fields if field.search]
        self.open: combobox.Listing | None = None

    def turn(self, listing: combobox.Listing | None) -> None:
        """Open this list, or close what is open."""
        if listing != self.open:
            self.open = listing
            self.show()

    def show(self) -> None:
        """Bring the lists on the page up to what is open, and tell the boxes."""
        for field in self.fields:
            box, region = f"{self.slug}-{field.name}", f"list-{field.name}"
            if self.open and self.open.field is field:
                _, query, active = self.open
                self.regions.patch({region: form.options(self.slug, field, query, active)})
                if self.open.choices:
                    dom.expand(box, form.option_id(self.slug, field, active) if active >= 0 else "")
                else:
                    dom.collapse(box)
            elif self.regions.given.get(region):
                self.regions.patch({region: ""})
                dom.collapse(box)
