"""Values to URL fragment and back: `#pruning?params=7B&structure=2:4`.

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


_HALVES = re.compile("[\ud800-\udfff]")
"""Surrogates: no characters by themselves."""


def read(fragment: str) -> tuple[str, dict[str, str]]:
    """The slug and the raw values in `fragment`; ("", {}) for a fragment that is no link of ours.

    >>> read("#pruning?params=7B&sparsity=50%25&structure=2:4")
    ('pruning', {'params': '7B', 'sparsity': '50%', 'structure': '2:4'})
    >>> read("#pruning")
    ('pruning', {})
    """
    if len(fragment) > LONGEST:
        return "", {}
    slug, _, query = fragment.removeprefix("#").partition("?")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:  # more than 100 fields
        return slug, {}
    return slug, dict(pairs)


def write(slug: str, raw: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """The fragment that restores `raw`: only what differs from `defaults`, so that a link stays readable, and not what
    is too long. Half a character, as browsers leave it of an emoji, is written as U+FFFD: an address cannot hold it.

    >>> write("pruning", {"params": "7B", "structure": "2:4"}, {"params": "7B", "structure": "unstructured"})
    '#pruning?structure=2:4'
    """
    query = "&".join(_query(raw, defaults).parts)
    return f"#{slug}?{query}" if query else f"#{slug}"


def too_long(raw: Mapping[str, str], defaults: Mapping[str, str]) -> list[str]:
    """The names of the fields that a link leaves out because their text is too long, or all that is in it would be."""
    return _query(raw, defaults).left_out


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


def _query(raw: Mapping[str, str], defaults: Mapping[str, str]) -> _Query:
    found = _Query([], [])
    room = LONGEST - 100  # beside the slug
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
    return found


def _quoted(text: str) -> str:
    return quote(_HALVES.sub("\ufffd", text), safe=":,;/*")
