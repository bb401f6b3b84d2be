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


_BINARY = {
    b"\xd0\xcf\x11\xe0": "an old Excel file (.xls)",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "compressed",
    b"\x93NUMPY": "a NumPy array",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x89HDF": "an HDF5 file",
    b"$FL2": "an SPSS file (.sav)",
    b"RDX": "an R file",
    b"SQLite": "a database",
}
"""How files begin that hold tables and are no text."""

_CP1252 = dict(zip(range(0x80, 0xA0), "€�‚ƒ„…†‡ˆ‰Š‹Œ�Ž��‘’“”•–—˜™š›œ�žŸ", strict=True))
"""What Windows writes where ISO 8859-1 has marks that nobody writes (WHATWG Encoding Standard,
windows-1252: https://encoding.spec.whatwg.org/#windows-1252).
"""


def decoded(name: str, content: bytes, table: bool = True) -> str:
    """The text in a file: in UTF-8, in UTF-16 as PowerShell writes it, or as Windows writes it; the first sheet of an
    .xlsx workbook. Raises `Invalid` for any other, and says what to do where a `table` is wanted.

    >>> decoded("config.json", b'\\xef\\xbb\\xbf{}'), decoded("a.csv", b"gr\\xfc\\xdfe")
    ('{}', 'grüße')
    """
    if content.startswith(b"PK\x03\x04"):
        from app.page.workbook import first_sheet

        return first_sheet(name, content)
    kind = next((kind for begins, kind in _BINARY.items() if content.startswith(begins)), "")
    if kind:
        raise _no_text(name, f"{kind}, not a text file", table)
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _text(name, content.decode("utf-16", "replace").removeprefix("\ufeff"), table)
    try:
        return _text(name, content.decode().removeprefix("\ufeff"), table)
    except UnicodeDecodeError:
        return _text(name, content.decode("latin-1").translate(_CP1252), table)


def _text(name: str, text: str, table: bool) -> str:
    """A text without what no text has."""
    if (
        "\x00" in text[:4000]
        or "\ufffd" in text[-1:]
        or sum(each < " " and each not in "\t\r\n\f\x1a" for each in text[:4000]) > 2
    ):
        raise _no_text(name, "not a text file", table)
    return text


def _no_text(name: str, what: str, table: bool) -> Invalid:
    advice = " Save the table as CSV or .xlsx." if table else ""
    return Invalid(f"{shorten(name)} was not taken: it is {what}.{advice}")


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
