"""Values to URL fragment and back: `#pruning?params=7B&structure=2:4`. Beside the values may stand pinned
scenarios, `pin=NAME?structure=2:4` for each (`app.page.pins`), and `embed=1`.

A fragment never reaches a server. What comes out of one is as hostile as anything typed: it is bounded here and
parsed by the fields like any other input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

LONGEST = 200_000
"""Longest fragment that is read or written, in characters: several thousand table rows, well below what browsers
accept.
"""

LONGEST_TEXT = 60_000
"""Longest text of one field that goes into a link, in characters: some browsers and most messengers cut what is longer,
and Firefox and Safari take long over it at every change.
"""

MOST_PINS = 4
LONGEST_PIN = 8_000
"""Characters of one of them: some hundred rows of a table. Longer ones, and more of them, are not read."""

_PIN, _EMBED = "pin", "embed"


class Beside(NamedTuple):
    """What a link says beside the values: the texts of pinned scenarios, and whether only the answer is to be seen, in
    a frame of another page.
    """

    pins: tuple[str, ...] = ()
    embed: bool = False


NOTHING = Beside()

_HALVES = re.compile("[\ud800-\udfff]")
"""Surrogates: no characters by themselves."""


def read(fragment: str) -> tuple[str, dict[str, str]]:
    """The slug and the raw values in `fragment`; ("", {}) for a fragment that is no link of ours.

    >>> read("#pruning?params=7B&sparsity=50%25&structure=2:4")
    ('pruning', {'params': '7B', 'sparsity': '50%', 'structure': '2:4'})
    >>> read("#pruning")
    ('pruning', {})
    """
    slug, pairs = _pairs(fragment)
    return slug, {name: text for name, text in pairs if name not in (_PIN, _EMBED)}


def beside(fragment: str) -> Beside:
    """What `fragment` says beside the values: of pins the first ones, and none that is too long.

    >>> beside("#pruning?sparsity=0.9&pin=mine%3Fstructure=2:4&pin=dense%3Fstructure=dense")
    Beside(pins=('mine?structure=2:4', 'dense?structure=dense'), embed=False)
    """
    _, pairs = _pairs(fragment)
    pins = [text for name, text in pairs if name == _PIN and 0 < len(text) <= LONGEST_PIN]
    return Beside(tuple(dict.fromkeys(pins))[:MOST_PINS], (_EMBED, "1") in pairs)


def _pairs(fragment: str) -> tuple[str, list[tuple[str, str]]]:
    if len(fragment) > LONGEST:
        return "", []
    slug, _, query = fragment.removeprefix("#").partition("?")
    try:
        return slug, parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:  # more than 100 fields
        return slug, []


def write(slug: str, raw: Mapping[str, str], defaults: Mapping[str, str], also: Beside = NOTHING) -> str:
    """The fragment that restores `raw`: only what differs from `defaults`, so that a link stays readable, and not what
    is too long; and what is to stand beside it. Half a character, as browsers leave it of an emoji, is written as
    U+FFFD: an address cannot hold it.

    >>> write("pruning", {"params": "7B", "structure": "2:4"}, {"params": "7B", "structure": "unstructured"})
    '#pruning?structure=2:4'
    """
    query = "&".join(_query(raw, defaults, also).parts)
    return f"#{slug}?{query}" if query else f"#{slug}"


def too_long(raw: Mapping[str, str], defaults: Mapping[str, str], also: Beside = NOTHING) -> list[str]:
    """The names of the fields that a link leaves out because their text is too long, or all that is in it would be."""
    return _query(raw, defaults, also).left_out


def pairs(texts: Iterable[tuple[str, str]]) -> str:
    """Texts by field as a link has them behind its slug.

    >>> pairs([("structure", "2:4"), ("quantize", "none")])
    'structure=2:4&quantize=none'
    """
    return "&".join(f"{name}={_quoted(text)}" for name, text in texts)


class _Query(NamedTuple):
    """What of a link follows the slug, and the names of the fields that are not in it although they differ."""

    parts: list[str]
    left_out: list[str]


def _query(raw: Mapping[str, str], defaults: Mapping[str, str], also: Beside) -> _Query:
    found = _Query([], [])
    last = [f"{_PIN}={_quoted(text, '=?')}" for text in also.pins]
    last += [f"{_EMBED}=1"] * also.embed
    room = LONGEST - 100 - sum(map(len, last)) - len(last)  # beside the slug
    for name, default in defaults.items():
        text = raw.get(name, default)
        if text == default:
            continue
        part = f"{name}={_quoted(text)}" if len(text) <= LONGEST_TEXT else ""
        if part and len(part) <= min(LONGEST_TEXT, room):
            found.parts.append(part)
            room -= len(part) + 1
        else:
            found.left_out.append(name)
    found.parts.extend(last)
    return found


def _quoted(text: str, also: str = "") -> str:
    return quote(_HALVES.sub("\ufffd", text), safe=f":,;/*{also}")
