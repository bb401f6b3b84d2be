"""A picture on the page -> an SVG that stands alone: its title, its legend and its colours are in it, and nothing that
it would fetch. Pure; `app.browser.dom` reads the picture. Comes later.
"""

from __future__ import annotations

import re
from textwrap import wrap
from typing import NamedTuple

from markupsafe import escape

from app.page.export import whole

WIDTH = 640
"""Pixels across a picture, beside its margins."""

_MARGIN, _LINE, _BAR = 16, 20, 28
_LETTERS = 84
"""Letters on a line of that width, as a common font has them."""


class Key(NamedTuple):
    """One entry of a legend: how it is drawn (class names of the style sheet), its colour, its words."""

    look: str
    colour: str
    text: str


class Picture(NamedTuple):
    """A picture as it is seen: its title, the table that it belongs to, the elements of its drawing, the units across
    and down, whether it is `stretched` to the width it gets, its legend, and the colours of the page.
    """

    title: str
    part: str
    drawing: str
    across: float
    down: float
    stretched: bool
    legend: tuple[Key, ...]
    ground: str
    ink: str


class Standalone(NamedTuple):
    """The text of an SVG, and its size in pixels."""

    text: str
    width: int
    height: int


def standalone(picture: Picture, source: str) -> Standalone:
    """The picture under its title and above its legend, with a last line that says what it is from."""
    lines = [
        f'<text x="{_MARGIN}" y="{_LINE + 8 + _LINE * at}" font-size="15" font-weight="600">{escape(text)}</text>'
        for at, text in enumerate(wrap(picture.title, 74))
    ]
    top = _MARGIN + _LINE * len(lines) + 6
    high = _BAR if picture.stretched else round(picture.down * WIDTH / picture.across)
    scales = f"{WIDTH / picture.across:.4f} {high / picture.down:.4f}"
    lines.append(f'<g transform="translate({_MARGIN} {top}) scale({scales})">{_bare(picture.drawing)}</g>')
    y = top + high + _LINE + 10
    for entry in picture.legend:
        lines.append(_mark(entry, y - 4))
        for text in wrap(entry.text, _LETTERS - 6) or [""]:
            lines.append(f'<text x="{_MARGIN + 34}" y="{y}">{escape(text)}</text>')
            y += _LINE
    lines.append(f'<text x="{_MARGIN}" y="{y + 4}" font-size="12" opacity="0.7">{escape(source)}</text>')
    width, height = WIDTH + 2 * _MARGIN, y + 4 + _MARGIN
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
        f' font-family="system-ui, sans-serif" font-size="13.5" fill="{escape(picture.ink)}">'
        f"<title>{escape(picture.title)}</title>"
        f'<rect width="{width}" height="{height}" fill="{escape(picture.ground)}"/>{"".join(lines)}</svg>\n'
    )
    return Standalone(whole(text), width, height)


def _bare(drawing: str) -> str:
    """Elements without the name of their language, which the whole has."""
    return re.sub(r' xmlns="[^"]*"', "", drawing)


def _mark(entry: Key, y: int) -> str:
    """What stands before an entry of a legend, as the style sheet draws it."""
    look, colour = {*entry.look.split()}, escape(entry.colour)
    if look & {"line", "dashed"}:
        dashes = ' stroke-dasharray="6 5"' if "dashed" in look else ""
        return f'<path d="M{_MARGIN} {y}h26" stroke="{colour}" stroke-width="3" fill="none"{dashes}/>'
    if look & {"dots", "rings", "cloud"}:
        fill = "none" if "rings" in look else colour
        return f'<circle cx="{_MARGIN + 13}" cy="{y}" r="4.5" fill="{fill}" stroke="{colour}" stroke-width="2"/>'
    opacity = ' fill-opacity="0.35"' if "area" in look else ""
    return f'<rect x="{_MARGIN + 7}" y="{y - 6}" width="12" height="12" fill="{colour}"{opacity}/>'
