"""What the list below a combobox shows, and what keys do to it. Pure: (field, text, list, key) -> list.

It follows the "editable combobox with list autocomplete" of the ARIA Authoring Practices: the focus stays in the box,
and one option of the list is active, told to screen readers by `aria-activedescendant`.
"""

from __future__ import annotations

import re
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
    """The list once `text` was typed: what matches a name, and none for a number or anything else. Where nothing but
    what is on the list can stand in the box, any text is a name, such as "4090".
    """
    return Listing(field, text, -1) if field.search and _is_name(text, bool(field.choices)) else None


def is_search(field: Field, text: str) -> bool:
    """Whether a `text` that cannot be read may only be the beginning of what is looked for; nothing at all is, too."""
    return bool(field.search) and (not text.strip() or typed(field, text) is not None)


def only(field: Field, text: str) -> Choice | None:
    """The one choice that `text` comes to; None where there are several, or none. Found by the end of a word or of a
    number it is not what was meant: a "Llama 9" is no "Llama 49B".
    """
    found = matches(field, text)
    if len(found) != 1:
        return None
    name = f"{found[0].label} {found[0].value} {found[0].group}".casefold()
    return found[0] if all(_begins_in(name, word) for word in re.split(r"[\s-]+", text.strip().casefold())) else None


def _begins_in(name: str, word: str) -> bool:
    within = r"(?<!\d)" if word[:1].isdigit() else r"(?<![^\W\d_])" if word[:1].isalpha() else ""
    return re.search(within + re.escape(word), name) is not None


def opened(field: Field, text: str) -> Listing:
    """The whole list, with what stands in the box active."""
    wanted = text.strip().casefold()
    named = (
        at for at, each in enumerate(matches(field, "")) if wanted in (each.value.casefold(), each.label.casefold())
    )
    return Listing(field, "", next(named, -1))


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


def _is_name(text: str, any_sign: bool) -> bool:
    first = text.strip()[:1]
    return (first.isalpha() or (any_sign and first != "")) and len(text) <= LONGEST_QUERY
