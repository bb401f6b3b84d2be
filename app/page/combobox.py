"""What the list below a combobox shows, and what keys do to it. Pure: (field, text, list, key) -> list.

It follows the "editable combobox with list autocomplete" of the ARIA Authoring Practices: the focus stays in the box,
and one option of the list is active, told to screen readers by `aria-activedescendant`.
"""

from __future__ import annotations

from typing import NamedTuple

from app.vocabulary.calculator import Choice, Field

KEYS = frozenset({"ArrowDown", "ArrowUp", "Enter", "Escape", "Tab"})
"""The keys that mean something to a list. All others are for the box."""

LONGEST_QUERY = 60
"""Nobody looks for a name longer than this: it is something pasted."""


class Listing(NamedTuple):
    """A list that is open: below which field, what was looked for ("" for everything), which option is active (-1:
    none).
    """

    field: Field
    query: str
    active: int

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What is on the list."""
        return matches(self.field, self.query)


def matches(field: Field, query: str) -> tuple[Choice, ...]:
    """What `field` can be filled with, by what was typed to find it."""
    return field.search(query) if field.search else ()


def typed(field: Field, text: str) -> Listing | None:
    """The list once `text` was typed: what matches a name, and none for a number or anything else."""
    return Listing(field, text, -1) if field.search and _is_name(text) else None


def opened(field: Field, text: str) -> Listing:
    """The whole list, with what stands in the box active."""
    wanted = text.strip().casefold()
    values = [choice.value.casefold() for choice in matches(field, "")]
    return Listing(field, "", values.index(wanted) if wanted in values else -1)


def pressed(field: Field, text: str, listing: Listing | None, key: str) -> Listing | Choice | None:
    """What `key` makes of the list, which is None while it is closed: another list, or the choice that was made."""
    if key == "Enter" and listing and listing.active >= 0:
        return listing.choices[listing.active]
    if key in ("ArrowDown", "ArrowUp"):
        return _moved(listing, 1 if key == "ArrowDown" else -1) if listing else _entered(field, text, key)
    return None


def _entered(field: Field, text: str, key: str) -> Listing:
    """The list opened by an arrow key: at what stands in the box, else at the end that the arrow comes from."""
    listing = opened(field, text)
    if listing.active >= 0:
        return listing
    listing = typed(field, text) or listing
    return _moved(listing, 1 if key == "ArrowDown" else -1)


def _moved(listing: Listing, by: int) -> Listing:
    """The list with the next or the previous option active; past either end it goes round."""
    count = len(listing.choices)
    if not count:
        return listing
    if listing.active < 0:
        return listing._replace(active=0 if by > 0 else count - 1)
    return listing._replace(active=(listing.active + by) % count)


def _is_name(text: str) -> bool:
    return text.strip()[:1].isalpha() and len(text) <= LONGEST_QUERY
