"""Text out of a file that nobody vouches for: JSON within bounds, and names that can be shown."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_bytes

LONGEST_NAME = 1000
"""Characters that a name of a tensor has at most."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


def json_object(content: bytes, what: str, longest: int, deepest: int) -> dict[str, Any]:
    """The JSON object in `content`, of at most `longest` bytes and nested at most `deepest` deep. Raises `Invalid` for
    anything else, a key that stands twice in one object among it.
    """
    if len(content) > longest:
        raise Invalid(f"{what} has {show_bytes(len(content))}: none has over {show_bytes(longest)}.")
    _refuse_deep(content, what, deepest)
    try:
        found = json.loads(content.decode().removeprefix("\ufeff"), object_pairs_hook=_once, parse_int=_integer)
    except UnicodeDecodeError:
        raise Invalid(f"{what} is no text in UTF-8: it is damaged, or not what its name says.") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise Invalid(f"{what} is no JSON ({shorten(str(error))}): it is damaged, or not what its name says.") from None
    if not isinstance(found, dict):
        raise Invalid(f"{what} is no JSON object, from {{ to }}: it is damaged, or not what its name says.")
    return found


def _refuse_deep(content: bytes, what: str, deepest: int) -> None:
    """A reader of JSON goes as deep as the text, and a browser's stack is small: pairs of brackets are taken away from
    the inside, as often as the text may be deep.
    """
    brackets = _STRING.sub(b"", content).translate(None, _NO_BRACKETS)
    for _ in range(deepest):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if brackets:
        raise Invalid(f"{what} is no JSON nested at most {deepest} deep: it is damaged, or not what its name says.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name in named if times[name] > 1)
        raise Invalid(f"The name {quoted(twice)} stands twice in a JSON object: which one counts is not known.")
    return named


def _integer(text: str) -> int:
    if len(text) > 40:
        raise Invalid(f"A number of {len(text):,} digits is no size.")
    return int(text)


def name_of(text: str) -> str:
    r"""A name as it can be shown: what cannot be printed is spelled out.

    >>> name_of("a.weight"), name_of("a\x07\u202eb")
    ('a.weight', 'a\\x07\\u202eb')
    """
    if len(text) > LONGEST_NAME:
        raise Invalid(f"A name has {len(text):,} characters ({quoted(text)}): no tensor’s name is so long.")
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)


def decoded(content: bytes, what: str) -> str:
    """A text in UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise Invalid(f"{what} is no text in UTF-8: the file is damaged.") from None


def quoted(text: str) -> str:
    """A name inside a message."""
    return f"“{shorten(name_of(text[:200]))}”"
