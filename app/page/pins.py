"""Pinned scenarios: raw values under a name, as one text that a link holds, and the table that compares them with what
is on the page. Pure; comes later.

A pin's text is a link with the name in place of the calculator, `2:4, 50%?structure=2:4` before it is quoted: whatever
reads and bounds links, reads and bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import quote, unquote

from markupsafe import escape

from app.page.export import figures, plain, setting
from app.page.rendering import STALE, said
from app.vocabulary import link
from app.vocabulary.calculator import Calculator, Card, Field, Invalid, Line, Raw, Reading, shorten
from app.vocabulary.calculator import read as read_raw

LONGEST_NAME = 60
_LONGEST_CELL = 120
"""Characters of an input that a cell shows."""


class Pin(NamedTuple):
    """Raw values, all of them, under a name."""

    name: str
    raw: Raw


class Scenario(NamedTuple):
    """A pin, and its cards."""

    pin: Pin
    cards: tuple[Card, ...]


def tidy(name: str) -> str:
    """A name as it is kept: on one line, and no longer than a head of a column."""
    return shorten(name, LONGEST_NAME)


def write(calculator: Calculator, pin: Pin) -> str:
    """The text of a pin. Raises `Invalid` where it is longer than a link should carry."""
    left_out = link.too_long(pin.raw, calculator.defaults)
    text = link.write(quote(pin.name, safe=":,", errors="replace"), pin.raw, calculator.defaults).removeprefix("#")
    if left_out or len(text) > link.LONGEST_PIN:
        longest = max(calculator.fields, key=lambda field: len(pin.raw.get(field.name, field.default)))
        raise Invalid(f"Not pinned: “{longest.label}” is too long. Export it as JSON instead.")
    return text


def read(calculator: Calculator, text: str) -> Pin:
    """The pin that a text is of: unknown names in it are ignored, what it does not say is as the page came."""
    name, raw = link.read(text)
    known = {each: given for each, given in raw.items() if each in calculator.defaults}
    return Pin(tidy(unquote(name)), calculator.defaults | known)


def scenario(calculator: Calculator, pin: Pin, found: Reading | None = None) -> Scenario | None:
    """A pin with its answers, of which the reading may be there already; None where its inputs cannot be read."""
    found = found or read_raw(calculator, pin.raw)
    if found.messages:
        return None
    return Scenario(pin, calculator.view(found.values, found.result).cards)


def default_name(calculator: Calculator, raw: Raw, others: Sequence[Pin]) -> str:
    """A name of what is not as the page came, or not as in another pin: `2:4, 50%`."""
    words = []
    for field in calculator.fields:
        text = raw.get(field.name, field.default)
        if not field.sheet and {text} != {field.default, *(other.raw[field.name] for other in others)}:
            # A number alone does not say of what.
            words.append(shorten(f"{field.label} {text}" if field.group or text.isdigit() else text, 24))
    name = tidy(", ".join(words[:3])) or "As it came"
    taken = {other.name for other in others}
    return next(each for each in (name, *(f"{name} ({count})" for count in range(2, 9))) if each not in taken)


# --- the table ---


def compared(
    calculator: Calculator, raw: Raw, cards: tuple[Card, ...], pinned: Sequence[Scenario | None]
) -> dict[str, str]:
    """The heads and the rows of the table, as HTML: the inputs that differ, then the answers. `cards` are those of
    `raw`, none while they are not known. A pin that cannot be read is left out.
    """
    found = [(at, each) for at, each in enumerate(pinned) if each]
    heads = "".join(_head(calculator.slug, at, each.pin.name) for at, each in found)
    there = [each for _, each in found]
    names = ["Now", *(str(escape(each.pin.name)) for each in there)]
    rows = [*_inputs(calculator, raw, [each.pin.raw for each in there], names), *_answers(cards, there, names)]
    return {"pins-head": f'<tr><td></td><th scope="col">Now</th>{heads}</tr>', "pins": "".join(rows)}


def _head(slug: str, at: int, name: str) -> str:
    shown = escape(name)
    return (
        f'<th scope="col"><input type="text" id="{slug}-pin-{at}" data-pin="{at}" value="{shown}"'
        f' maxlength="{LONGEST_NAME}" aria-label="Name of pin {at + 1}" autocomplete="off">'
        f'<button type="button" data-action="show-pin" data-pin="{at}" aria-label="Show {shown}">Show</button>'
        f'<button type="button" data-action="unpin" data-pin="{at}" aria-label="Unpin {shown}">Unpin</button></th>'
    )


def _row(label: str, names: Sequence[str], cells: Sequence[str]) -> str:
    """A row. Each cell says of which scenario it is, for where the heads are not above it."""
    found = (f'<td data-of="{name}">{cell}</td>' for name, cell in zip(names, cells, strict=True))
    return f'<tr><th scope="row">{escape(label)}</th>{"".join(found)}</tr>'


def _inputs(calculator: Calculator, raw: Raw, pinned: Sequence[Raw], names: Sequence[str]) -> Iterator[str]:
    for field in calculator.fields:
        now = raw.get(field.name, field.default)
        if any(each[field.name] != now for each in pinned):
            marks = [_mark("≠", "changed") if each[field.name] != now else "" for each in pinned]
            others = [f"{_set(field, each)}{mark}" for each, mark in zip(pinned, marks, strict=True)]
            yield _row(field.label, names, [_set(field, raw), *others])


def _set(field: Field, raw: Raw) -> str:
    return str(escape(shorten(setting(field, raw), _LONGEST_CELL)))


def _answers(cards: tuple[Card, ...], pinned: Sequence[Scenario], names: Sequence[str]) -> Iterator[str]:
    """A row for each card, of whichever has it: not every scenario has the same."""
    now = {card.label: card.answer for card in cards}
    each_has = [{card.label: card.answer for card in each.cards} for each in pinned]
    for label in dict.fromkeys(label for has in (now, *each_has) for label in has):
        mine = now.get(label)
        others = (f"{_answer(has.get(label))}{_differs(mine, has.get(label))}" for has in each_has)
        yield _row(label, names, [_answer(mine), *others])


def _answer(line: Line | None) -> str:
    return STALE if line is None else said(line)


def _differs(now: Line | None, pinned: Line | None) -> str:
    """How a pinned answer differs from the present one, by a sign and in words."""
    if now is None or pinned is None:
        return ""
    if plain(now) == plain(pinned):
        return _mark("=", "the same")
    before, after = _numbers(now), _numbers(pinned)
    most = max(len(before), len(after))
    before, after = (each * most if len(each) == 1 else each for each in (before, after))  # a range may be one number
    if len(before) != len(after):
        return _mark("≠", "differs")
    # What reads the same counts as the same: the page shows no more of it.
    both = zip(before, after, strict=True)
    pairs = [(here, here if reads == so else there) for (here, reads), (there, so) in both]
    higher, lower = (any(sign * there > sign * here for here, there in pairs) for sign in (1, -1))
    if higher == lower:
        return _mark("≠", "differs")
    return _mark("▲", f"{_by(pairs)}higher") if higher else _mark("▼", f"{_by(pairs)}lower")


def _numbers(line: Line) -> list[tuple[float, str]]:
    """The numbers of a line, each with how it reads."""
    return [(each.value, each.text) for each in figures(line) if not isinstance(each.value, str)]


def _by(pairs: list[tuple[float, float]]) -> str:
    """By how much, where that is one share of something."""
    here, there = pairs[0]
    if len(pairs) > 1 or here <= 0:
        return ""
    share = abs(there / here - 1)
    return "under 1% " if share < 0.005 else f"{share:.0%} " if share < 10 else ""


def _mark(sign: str, words: str) -> str:
    return f'<span class="mark">{sign} {words}</span>'
