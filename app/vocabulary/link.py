"""Values to URL fragment and back: `#pruning?params=7B&structure=2:4`.

A fragment never reaches a server. What comes out of one is as hostile as anything typed: it is bounded here and
parsed by the fields like any other input.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, quote

LONGEST = 200_000
"""Longest fragment that is read, in characters: several thousand table rows, well below what browsers accept."""


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


LONGEST_TEXT = 60_000
"""Longest text of one field that goes into a link, in characters: some browsers and most messengers cut what is longer,
and Firefox and Safari take long over it at every change.
"""


def too_long(raw: Mapping[str, str], defaults: Mapping[str, str]) -> list[str]:
    """The names of the fields that a link leaves out because their text is too long."""
    return [name for name, default in defaults.items() if len(raw.get(name, default)) > LONGEST_TEXT]


def write(slug: str, raw: Mapping[str, str], defaults: Mapping[str, str]) -> str:
    """The fragment that restores `raw`: only what differs from `defaults`, so that a link stays readable, and not what
    is too long.

    >>> write("pruning", {"params": "7B", "structure": "2:4"}, {"params": "7B", "structure": "unstructured"})
    '#pruning?structure=2:4'
    """
    query = "&".join(
        f"{name}={quote(raw[name], safe=':,;/*')}"
        for name, default in defaults.items()
        if raw.get(name, default) != default and len(raw[name]) <= LONGEST_TEXT
    )
    return f"#{slug}?{query}" if query else f"#{slug}"
