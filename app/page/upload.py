"""What may come out of a file that a visitor hands over, and what is said about it. Pure; the field reads the text."""

from __future__ import annotations

from app.vocabulary.calculator import Field, Invalid, shorten
from app.vocabulary.quantity import show_bytes

LONGEST_REFUSED = 2000
"""Most characters of a text that was refused that are put into the box, for its owner to recognise."""

SAVED_LIMIT = 30_000_000
"""Bytes of a JSON file of all inputs: a table as large as a page can hold, and the rest."""


def is_saved(text: str) -> bool:
    """Whether a text looks like the JSON that the page writes of its inputs and answers (`app.page.export`).

    >>> is_saved('{"calculator": "pruning", "version": 1}'), is_saved('{"hidden_size": 64}')
    (True, False)
    """
    begins = text[:200].lstrip("\ufeff \t\r\n")
    return begins.startswith("{") and '"calculator"' in begins


def is_file(text: str) -> bool:
    """Whether what is pasted into a one-line box is a file's text.

    >>> is_file('{"hidden_size": 64}'), is_file("a\\nb"), is_file("7B\\n")
    (True, True, False)
    """
    stripped = text.strip()
    return stripped.startswith(("{", "[")) or "\n" in stripped


def accepts(field: Field, name: str) -> bool:
    """Whether a field takes files with such a name."""
    endings = field.upload.accept.split(",") if field.upload else []
    return any(ending.startswith(".") and name.casefold().endswith(ending) for ending in endings)


def check(name: str, size: int, limit: int) -> None:
    """Refuse a file that is too large to be what is asked for, before it is read."""
    if size > limit:
        raise Invalid(f"{shorten(name)} was not read: it has {show_bytes(size)}, the limit is {show_bytes(limit)}.")


def decoded(name: str, content: bytes) -> str:
    """The text in a file.

    >>> decoded("config.json", b'\\xef\\xbb\\xbf{}')
    '{}'
    """
    try:
        return content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Invalid(f"{shorten(name)} was not taken: it is not a text file.") from None


def unreadable(name: str) -> str:
    """What is said of a file that the browser cannot read."""
    return f"{shorten(name)} could not be read."


def foreign(name: str) -> str:
    """What is said of a file that no input takes."""
    return f"{shorten(name)} was not taken: choose a JSON file that this page wrote."


def told(name: str, count: int, taken: bool) -> str:
    """What is said of a file that was read, the first of `count`."""
    first = f", the first of {count} files" if count > 1 else ""
    return f"{shorten(name)} read{first}." if taken else f"{shorten(name)} cannot be used{first}."


def one_line(text: str) -> str:
    """The beginning of a text on one line, as a box would show it."""
    return " ".join(text[: 2 * LONGEST_REFUSED].split())[:LONGEST_REFUSED]
