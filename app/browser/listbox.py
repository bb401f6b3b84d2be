"""The list below a combobox: which one is open, and what the boxes tell of it. What is on it, `app.page` says."""

from __future__ import annotations

from app.browser import dom
from app.browser.regions import Regions
from app.page import combobox, faults, form
from app.vocabulary.calculator import Choice, Field


class ListBox:
    """The lists of one calculator, of which at most one is `open`."""

    def __init__(self, slug: str, fields: tuple[Field, ...], regions: Regions) -> None:
        self.slug, self.regions = slug, regions
        self.fields = [field for field in fields if field.search]
        self.open: combobox.Listing | None = None

    def toggle(self, field: Field, text: str) -> None:
        """Open the whole list of a box, or close what is open."""
        try:
            self.turn(None if self.open else combobox.opened(field, text))
        except Exception as fault:
            self.fail(field, fault)

    def press(self, field: Field, text: str, key: str) -> Choice | None:
        """Do what a key in a box does to its list. What it chose, if it did."""
        try:
            after = combobox.pressed(field, text, self.open, key)
        except Exception as fault:
            self.fail(field, fault)
            return None
        if isinstance(after, Choice):
            return after
        self.turn(after)
        return None

    def only(self, field: Field, text: str) -> Choice | None:
        """The one choice that a text comes to, if it does."""
        try:
            return combobox.only(field, text)
        except Exception as fault:
            self.fail(field, fault)
            return None

    def turn(self, listing: combobox.Listing | None) -> None:
        """Open this list, or close what is open."""
        if listing != self.open:
            self.open = listing
            self.show()

    def show(self) -> None:
        """Bring the lists on the page up to what is open, and tell the boxes."""
        for field in self.fields:
            if self.open and self.open.field is field:
                try:
                    self.put(self.open)
                except Exception as fault:
                    self.fail(field, fault)
            elif self.regions.given.get(f"list-{field.name}"):
                self.close(field, "")

    def put(self, listing: combobox.Listing) -> None:
        """Show a list below its box."""
        field, query, active = listing
        self.regions.patch({f"list-{field.name}": form.options(self.slug, field, query, active)})
        if listing.choices:
            option = form.option_id(self.slug, field, active) if active >= 0 else ""
            dom.expand(f"{self.slug}-{field.name}", option)
        else:
            dom.collapse(f"{self.slug}-{field.name}")

    def close(self, field: Field, instead: str) -> None:
        """Show no list below a box, but what is said `instead`."""
        self.regions.patch({f"list-{field.name}": instead})
        dom.collapse(f"{self.slug}-{field.name}")

    def fail(self, field: Field, fault: Exception) -> None:
        """Say that a list cannot be shown, unless it only is not here yet. The box is as good without."""
        if not self.regions.remainder.explains(fault):
            dom.log(fault)
            self.close(field, faults.options())
