"""What a reader of JSON does not look at: how deep a text is nested, before anything reads it, for a reader goes as
deep as the text, and a browser's stack is small; and names that stand twice in one object.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from app.vocabulary.calculator import Invalid

_TOKEN = re.compile(r'"(?:[^"\\]|\\[\s\S])*+(?:"|\\?\Z)|[][{}]')


def is_deeper(text: str, most: int) -> bool:
    """Whether objects and lists stand within each other more than `most` deep.

    >>> is_deeper('{"a": ["]]"]}', 1), is_deeper('{"a": ["[["]}', 2)
    (True, False)
    """
    if text.count("[") + text.count("{") <= most:
        return False
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        depth += mark in "[{" or -(mark in "]}")
        if depth > most:
            return True
    return False


def once(why: Callable[[str], str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """For `json.loads`: the object of some pairs. Raises `Invalid` with what `why` says of a name that stands twice.

    >>> once("“{}” stands twice.".format)([("a", 1), ("b", 2)])
    {'a': 1, 'b': 2}
    """

    def pairs_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        named = dict(pairs)
        if len(named) < len(pairs):
            times = Counter(name for name, _ in pairs)
            raise Invalid(why(next(name for name in named if times[name] > 1)))
        return named

    return pairs_once
