"""How deep a JSON text is nested, before anything reads it: a reader goes as deep as the text, and a browser's stack
is small.
"""

from __future__ import annotations

import re

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
