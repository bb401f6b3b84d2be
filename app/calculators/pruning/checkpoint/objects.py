"""JSON out of a file that nobody vouches for, within bounds: one object, a few members at a time, so that others have
their turn in between.
"""

from __future__ import annotations

import json
import re
from typing import Any

from app.calculators.pruning.checkpoint.source import PAUSE, Reading
from app.calculators.pruning.checkpoint.texts import quoted
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.nesting import once
from app.vocabulary.quantity import show_bytes

_AT_ONCE = 1_000
"""Members that are read between two frames."""

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_STRINGS = re.compile(rb'(?:[^"]*+%s){1,20000}+' % _STRING.pattern, re.DOTALL)
"""As many as are looked for between two frames."""

_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SPACE = re.compile(r"[ \t\n\r]*+")


def json_object(content: bytes, what: str, longest: int, deepest: int) -> Reading[dict[str, Any]]:
    """The JSON object in `content`, of at most `longest` bytes and nested at most `deepest` deep. Raises `Invalid` for
    anything else, a key that stands twice in one object among it.
    """
    if len(content) > longest:
        raise Invalid(f"{what} has {show_bytes(len(content))}: none has over {show_bytes(longest)}.")
    yield from _refuse_deep(content, what, deepest)
    try:
        return (yield from _members(content.decode().removeprefix("\ufeff"), what))
    except UnicodeDecodeError:
        raise Invalid(f"{what} is no text in UTF-8: it is damaged, or not what its name says.") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise Invalid(f"{what} is no JSON ({shorten(str(error))}): it is damaged, or not what its name says.") from None


def _refuse_deep(content: bytes, what: str, deepest: int) -> Reading[None]:
    """A reader of JSON goes as deep as the text, and a browser's stack is small: pairs of brackets are taken away from
    the inside, as often as the text may be deep.
    """
    outside, at = [], 0
    while some := _STRINGS.match(content, at):
        outside.append(_STRING.sub(b"", some[0]).translate(None, _NO_BRACKETS))
        at = some.end()
        yield PAUSE
    outside.append(content[at:].translate(None, _NO_BRACKETS))
    brackets = b"".join(outside)
    for _ in range(deepest):
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    if brackets:
        raise Invalid(f"{what} is no JSON nested at most {deepest} deep: it is damaged, or not what its name says.")


def _members(text: str, what: str) -> Reading[dict[str, Any]]:
    """The members of an object, by their names."""
    found: dict[str, Any] = {}
    at, sign = _sign(text, 0)
    if sign != "{":
        raise Invalid(f"{what} is no JSON object, from {{ to }}: it is damaged, or not what its name says.")
    at, sign = _sign(text, at + 1)
    more = sign != "}"
    while more:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting a name in double quotes", text, at)
        name, at = _READER.raw_decode(text, at)
        at, sign = _sign(text, at)
        if sign != ":":
            raise json.JSONDecodeError("Expecting ':'", text, at)
        at, _ = _sign(text, at + 1)
        if name in found:
            raise Invalid(_twice(name))
        found[name], at = _READER.raw_decode(text, at)
        at, sign = _sign(text, at)
        if sign not in (",", "}"):
            raise json.JSONDecodeError("Expecting ','", text, at)
        more = sign == ","
        if more:
            at, _ = _sign(text, at + 1)
        if len(found) % _AT_ONCE == 0:
            yield PAUSE
    at, sign = _sign(text, at + 1)
    if sign:
        raise json.JSONDecodeError("Extra data", text, at)
    return found


def _sign(text: str, at: int) -> tuple[int, str]:
    """The place of what comes next that is no space, and that; nothing at the end."""
    space = _SPACE.match(text, at)
    at = space.end() if space else at
    return at, text[at : at + 1]


def _twice(name: str) -> str:
    return f"The name {quoted(name)} stands twice in a JSON object: which one counts is not known."


def _integer(text: str) -> int:
    if len(text) > 40:
        raise Invalid(f"A number of {len(text):,} digits is no size.")
    return int(text)


_READER = json.JSONDecoder(object_pairs_hook=once(_twice), parse_int=_integer)
