"""A workbook as Excel and its like write it (.xlsx, ECMA-376 part 1): the cells of the first sheet as text, parted by
tabs.

It is a zip of XML files. Nothing is unpacked before its size is known to be bearable, and of the XML only cells and
their texts are read: no entity but those of XML itself, and nothing that leads elsewhere.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import NamedTuple

from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import show_bytes
from app.vocabulary.table import MOST_CELLS, MOST_CHARACTERS, MOST_COLUMNS

LARGEST = 100_000_000
"""Bytes of one file in a workbook, unpacked: a sheet as large as a page can hold."""

_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot|apos)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));")
_ATTRIBUTE = re.compile(r"""(?<![\w:])([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_OPENING = {
    tag: re.compile(rf"<((?:\w+:)?{tag})\b([^<>]*)>")
    for tag in ("sheet", "Relationship", "si", "rPh", "t", "row", "c", "v")
}
"""How each element begins that is read. No pattern here looks for the end of what it found: where a file has many
beginnings and no end, each would look through all the rest.
"""


class _Element(NamedTuple):
    """An element: where it begins and ends, its attributes, and what is in it."""

    start: int
    end: int
    attributes: str
    content: str


def _elements(tag: str, xml: str) -> Iterator[_Element]:
    """The elements called so, in one pass; none of them is within another of its kind."""
    at = 0
    while found := _OPENING[tag].search(xml, at):
        name, attributes = found.groups()
        at = found.end()
        if attributes.endswith("/"):
            yield _Element(found.start(), at, attributes, "")
            continue
        end = xml.find(f"</{name}>", at)
        if end < 0:
            return
        content, at = xml[at:end], end + len(name) + 3
        yield _Element(found.start(), at, attributes, content)


def first_sheet(name: str, content: bytes) -> str:
    """The text of the first sheet of the workbook called `name`. Raises `Invalid` where it is none, or too large."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            if "xl/workbook.xml" not in archive.NameToInfo:
                raise Invalid(f"{shorten(name)} was not taken: it is no workbook (.xlsx). Save the table as CSV.")
            strings = _strings(name, archive)
            return _sheet(name, _part(name, archive, _first(name, archive)), strings)
    except (zipfile.BadZipFile, KeyError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as fault:
        if isinstance(fault, Invalid):
            raise
        raise Invalid(f"{shorten(name)} cannot be read as a workbook (.xlsx): save the table as CSV.") from None
    except Exception as fault:
        if type(fault).__module__ == "zlib":
            raise Invalid(f"{shorten(name)} is damaged: save the table as CSV.") from None
        raise


def _part(name: str, archive: zipfile.ZipFile, path: str) -> str:
    """One file of a workbook, if it is not too large. What it says of its size is not believed."""
    with archive.open(path) as file:
        found = file.read(LARGEST + 1)
    if len(found) > LARGEST:
        raise Invalid(f"{shorten(name)} is too large: a sheet may have {show_bytes(LARGEST)}. Save the table as CSV.")
    return found.decode()


def _first(name: str, archive: zipfile.ZipFile) -> str:
    """The path of the first sheet."""
    sheet = _OPENING["sheet"].search(_part(name, archive, "xl/workbook.xml"))
    relations = "xl/_rels/workbook.xml.rels"
    if sheet is None:
        raise Invalid(f"{shorten(name)} has no sheet.")
    identity = next((value for key, value in _attributes(sheet[2]).items() if key.endswith(":id")), "")
    if relations in archive.NameToInfo:
        for each in _OPENING["Relationship"].finditer(_part(name, archive, relations)):
            relation = _attributes(each[2])
            if relation.get("Id") == identity:
                target = relation.get("Target", "")
                return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return "xl/worksheets/sheet1.xml"


def _attributes(text: str) -> dict[str, str]:
    return {key: one or other for key, one, other in _ATTRIBUTE.findall(text)}


def _strings(name: str, archive: zipfile.ZipFile) -> list[str]:
    """The texts that cells share."""
    path = "xl/sharedStrings.xml"
    if path not in archive.NameToInfo:
        return []
    return [_words(item.content) for item in _elements("si", _part(name, archive, path))]


def _words(xml: str) -> str:
    """The text of an item, without how it is said (`rPh`, in Japanese)."""
    if "rPh" in xml:
        parts, at = [], 0
        for said in _elements("rPh", xml):
            parts.append(xml[at : said.start])
            at = said.end
        xml = "".join([*parts, xml[at:]])
    return _plain("".join(text.content for text in _elements("t", xml)))


def _plain(text: str) -> str:
    """A text of XML as it is meant."""
    if "&" not in text:
        return text
    return _ENTITY.sub(_character, text)


def _character(entity: re.Match[str]) -> str:
    named, decimal, hexadecimal = entity.groups()
    if named:
        return _ENTITIES[named]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 else "\N{REPLACEMENT CHARACTER}"


def _sheet(name: str, xml: str, strings: list[str]) -> str:
    """The cells of a sheet, a line for each row."""
    lines: list[str] = []
    size = 0
    for row in _elements("row", xml):
        cells: list[str] = []
        for at, text in _cells(row.content, strings):
            if at >= MOST_COLUMNS:
                raise Invalid(f"{shorten(name)} has too many columns: keep it to {MOST_COLUMNS:,}.")
            cells += [""] * (at + 1 - len(cells))
            cells[at] = text
        size += max(len(cells), 1)
        if size > MOST_CELLS:
            raise Invalid(f"{shorten(name)} has too many cells: keep it to {MOST_CELLS:,}.")
        lines.append("\t".join(map(_quoted, cells)))
    text = "\n".join(lines) + "\n"
    if not text.strip() or len(text) > MOST_CHARACTERS:
        problem = "is too large" if text.strip() else "has nothing on its first sheet"
        raise Invalid(f"{shorten(name)} {problem}: bring the table as CSV.")
    return text


def _cells(xml: str, strings: list[str]) -> Iterator[tuple[int, str]]:
    """The filled cells of a row, each with its column from 0."""
    after = 0
    for cell in _elements("c", xml):
        attributes = _attributes(cell.attributes)
        at = _column(attributes.get("r", ""))
        at = after if at is None else at
        after = at + 1
        yield at, _cell(attributes.get("t", "n"), cell.content, strings)


def _column(reference: str) -> int | None:
    """The column of a cell called such as AB12, from 0; None where it is not called so.

    >>> _column("A1"), _column("AB12"), _column("")
    (0, 27, None)
    """
    letters = re.match(r"[A-Z]{1,3}(?=[0-9])", reference)
    if letters is None:
        return None
    at = 0
    for letter in letters[0]:
        at = 26 * at + ord(letter) - ord("A") + 1
    return at - 1


def _cell(kind: str, xml: str, strings: list[str]) -> str:
    """The text of a cell."""
    if kind == "inlineStr":
        return _words(xml)
    value = next(_elements("v", xml), None)
    text = _plain(value.content) if value else ""
    if kind == "s":
        place = int(text) if text.isdecimal() else -1
        return strings[place] if 0 <= place < len(strings) else ""
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    return "NA" if kind == "e" else text


def _quoted(text: str) -> str:
    if any(mark in text for mark in '"\t\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text
