"""Text out of a file that nobody vouches for, as it can be shown."""

from __future__ import annotations

from app.vocabulary.calculator import Invalid, shorten

LONGEST_NAME = 1000
"""Characters that a name of a tensor has at most."""


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
