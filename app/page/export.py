"""What is on the page as a file to take away: (calculator, raw values, what was read of them) -> CSV, JSON, Markdown.

In a CSV and in Markdown every figure reads as on the page. A CSV has its full value in a column beside it, for a
spreadsheet to compute with; a JSON has both, and `app.page.saved` reads its inputs back. Comes later: nothing of it is
needed for an answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from markupsafe import escape

from app.page.chart import key
from app.page.rendering import STALE
from app.vocabulary import link
from app.vocabulary.calculator import (
    Calculator,
    Field,
    Figure,
    Invalid,
    Line,
    Link,
    Meter,
    Piece,
    Raw,
    Reading,
    Row,
    Spread,
    Table,
    View,
)
from app.vocabulary.calculator import shorten as shortened
from app.vocabulary.quantity import show_ratio
from app.vocabulary.table import csv_text

VERSION = 1
"""Of the JSON: a change that a reader of an older one would misread counts it up."""

MOST_FIGURES = 3
"""Figures in one cell that get columns of their own in a CSV: with more of them it is a sentence."""

LONGEST_INPUT = 300
"""Characters of an input that Markdown shows: a table has its place in the JSON."""

_HALVES = re.compile("[\ud800-\udfff]")


class Taken(NamedTuple):
    """A file: its name and its text."""

    filename: str
    text: str


def export(
    kind: str, calculator: Calculator, raw: Raw, found: Reading, address: Callable[[str], str], only: str = ""
) -> Taken:
    """The file of a `kind`: `csv` (of the table `only`, by slug, or of all), `json` or `markdown`. `address` makes an
    address of a fragment. Raises `Invalid` where an input cannot be read: there is nothing to take away then.
    """
    if found.messages:
        wrong = " and ".join(field.label for field in calculator.fields if field.name in found.messages)
        raise Invalid(f"There is nothing to take away: {wrong} cannot be read. Correct it first.")
    view = calculator.view(found.values, found.result)
    fragment = link.write(calculator.slug, raw, calculator.defaults)
    if kind == "csv":
        made = view.tables.get(only)
        text = csv_text(*_cells(made())) if made else _of_all(calculator, raw, view, fragment)
        # Without the mark ahead Excel takes × and – for two letters each.
        return Taken(f"{key(calculator.slug, only if made else '')}.csv", "\ufeff" + whole(text))
    if kind == "json":
        return Taken(f"{calculator.slug}.json", _json(calculator, raw, view, fragment))
    if kind == "markdown":
        return Taken(f"{calculator.slug}.md", whole(_markdown(calculator, raw, view, address(fragment))))
    raise Invalid(f"“{shortened(kind)}” is no kind of file. Choose csv, json or markdown.")


def frame(calculator: Calculator, address: str) -> str:
    """The HTML that puts the page at `address` into another."""
    return (
        f'<iframe src="{escape(address)}" title="{escape(calculator.title)}" width="100%" height="640"'
        ' loading="lazy"></iframe>'
    )


def plain(line: Line) -> str:
    """A line as it reads on the page."""
    return "".join(shown(part) if isinstance(part, Figure) else _words(part) for part in line)


def _words(part: Piece) -> str:
    """A range has its ends on the page as a picture; a bar says what the figure beside it says."""
    if isinstance(part, Spread):
        return f"{show_ratio(part.low)} – {show_ratio(part.high)}"
    return part if isinstance(part, str) else "" if isinstance(part, Meter) else part.text


def shown(figure: Figure) -> str:
    """A figure as it reads on the page, where it is known."""
    return figure.text if figure.known else STALE


def figures(line: Line) -> list[Figure]:
    """The figures of a line."""
    return [part for part in line if isinstance(part, Figure)]


def setting(field: Field, raw: Raw) -> str:
    """What an input is set to, in words."""
    text = raw.get(field.name, field.default)
    return next((each.label for each in field.choices if each.value.casefold() == text.strip().casefold()), text)


def whole(text: str) -> str:
    """A text without halves of characters, which no file can hold."""
    return _HALVES.sub("\ufffd", text)


# --- CSV ---


def _of_all(calculator: Calculator, raw: Raw, view: View, fragment: str) -> str:
    """The inputs, the answers and every table, one below the other, each under its title."""
    rows: list[Sequence[object]] = [
        ["Link", fragment],
        [],
        ["Inputs"],
        *([field.label, setting(field, raw)] for field in calculator.fields),
        [],
        ["Answers"],
        *([card.label, plain(card.answer), *_values(card.answer)] for card in view.cards),
    ]
    for make in view.tables.values():
        table = make()
        heads, lines = _cells(table)
        rows += [[], [table.title], heads, *lines, *([plain(note)] for note in table.notes)]
    return csv_text([calculator.title], rows)


def _cells(table: Table) -> tuple[list[str], list[list[object]]]:
    """The heads and the rows of a table. Beside a column of figures stand their values."""
    rows = [*table.rows()]
    lines = [(row.head, *row.cells) for row in rows]
    beside = [
        max((len(figures(line[at])) for line in lines if at < len(line)), default=0) for at in range(len(table.columns))
    ]
    beside = [count if count <= MOST_FIGURES else 0 for count in beside]
    chosen, noted = any(row.chosen for row in rows), any(row.note for row in rows)
    heads: list[str] = []
    for column, count in zip(table.heads, beside, strict=True):
        heads += [column, *(f"{column}, value{f' {at + 1}' if count > 1 else ''}" for at in range(count))]
    heads += ["Chosen"] * chosen + ["Note"] * noted
    found = []
    for row, line in zip(rows, lines, strict=True):
        cells: list[object] = []
        for at, count in enumerate(beside):
            cell = line[at] if at < len(line) else ()
            values: list[object] = [*_values(cell)][:count]
            cells += [plain(cell), *values, *[""] * (count - len(values))]
        cells += ["yes" if row.chosen else ""] * chosen + [plain(row.note)] * noted
        found.append(cells)
    return heads, found


def _values(line: Line) -> Iterator[object]:
    return (each.value if each.known else "" for each in figures(line))


# --- JSON ---


def _json(calculator: Calculator, raw: Raw, view: View, fragment: str) -> str:
    """A line for each part, so that two files can be compared."""
    parts: dict[str, Any] = {
        "calculator": calculator.slug,
        "version": VERSION,
        "link": fragment,
        "verdict": plain(view.verdict),
        "inputs": {field.name: raw.get(field.name, field.default) for field in calculator.fields},
        "outputs": outputs(view),
    }
    tables = {slug: _table(make()) for slug, make in view.tables.items()}
    lines = [f"{json.dumps(name)}: {_dumped(part)}" for name, part in parts.items()]
    inside = ",\n".join(f"  {json.dumps(slug)}: {_dumped(table)}" for slug, table in tables.items())
    return "{\n" + ",\n".join(lines) + ',\n"tables": {\n' + inside + "\n}\n}\n"


def _dumped(value: object) -> str:
    """JSON as it reads on the page; half a character, which no file can hold, by its number."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def outputs(view: View) -> dict[str, float | str | None]:
    """The outputs of the page, by name; None where one is not known."""
    lines = [*_said(view), *view.notes.values(), *view.groups.values()]
    for card in view.cards:
        lines += [card.answer, *card.details]
    return {each.name: _number(each) for line in lines for each in figures(line) if each.name}


def _table(table: Table) -> dict[str, Any]:
    return {
        "title": table.title,
        "columns": table.heads,
        "rows": [_row(row) for row in table.rows()],
        "notes": [plain(note) for note in table.notes],
    }


def _row(row: Row) -> dict[str, Any]:
    extra: dict[str, Any] = ({"note": plain(row.note)} if row.note else {}) | ({"chosen": True} if row.chosen else {})
    return {"cells": [_cell(cell) for cell in (row.head, *row.cells)]} | extra


def _cell(cell: Line) -> str | dict[str, Any]:
    found = [_number(each) for each in figures(cell)]
    return {"text": plain(cell), "values": found} if found else plain(cell)


def _number(figure: Figure) -> float | str | None:
    return figure.value if figure.known else None


# --- Markdown ---

_MEANT = re.compile(r"([\\`*_{}\[\]<>|~&#$])")
"""What Markdown, or HTML in it, would take for its own."""

_ENDS = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
"""Ends of lines, each with the spaces around it."""


def _markdown(calculator: Calculator, raw: Raw, view: View, address: str) -> str:
    """A page to paste into a report: what is asked, the answer, what is open on the page, and the sources of both."""
    tables = [table for table in (make() for make in view.tables.values()) if not table.folded]
    verdict = [line for line in (view.verdict, view.better, view.reason, view.warning, view.change) if line]
    findings = "\n".join(f"- **{_escaped(each.label)}** ({each.sign}): {_marked(each.words)}" for each in view.findings)
    parts = [
        f"# {_escaped(calculator.title)}",
        *(f"**{_marked(line)}**" if line is view.verdict else _marked(line) for line in verdict),
        *([findings] if findings else []),
        "## Inputs",
        _grid(("Input", "Set to"), ((_escaped(label), _escaped(text)) for label, text in _settings(calculator, raw))),
        "## Answers",
        "\n".join(
            f"- **{_escaped(card.label)}**: {_marked(card.answer)}"
            + "".join(f"; {_marked(detail)}" for detail in card.details)
            for card in view.cards
        ),
        *(part for table in tables for part in _section(table)),
        *_sources(view, tables),
        f"Made with [{_escaped(calculator.title)}]({address})" if "://" in address else f"Link: `{address}`",
    ]
    return "\n\n".join(parts) + "\n"


def _settings(calculator: Calculator, raw: Raw) -> Iterator[tuple[str, str]]:
    """The inputs that are always seen, and those of a fold that are not as the page came."""
    for field in calculator.fields:
        if not field.group or raw.get(field.name, field.default) != field.default:
            yield field.label, shortened(setting(field, raw), LONGEST_INPUT)


def _section(table: Table) -> Iterator[str]:
    yield f"## {_escaped(table.title)}"
    if table.intro:
        yield _escaped(table.intro)

    def line(row: Row) -> Iterable[str]:
        head = f"{_marked(row.head)}{' (chosen)' if row.chosen else ''}{f'; {_marked(row.note)}' if row.note else ''}"
        return (head, *map(_marked, row.cells))

    yield _grid([_escaped(column) for column in table.heads], map(line, table.rows()))
    yield from map(_marked, table.notes)


def _grid(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = [*heads]
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _said(view: View) -> list[Line]:
    """What the answer says, line by line."""
    said = [view.verdict, view.better, view.reason, view.warning, view.change, *view.facts]
    return [*said, *(each.words for each in view.findings)]


def _sources(view: View, tables: list[Table]) -> Iterator[str]:
    """The sources that stand in what was written, each once."""
    lines = _said(view)
    lines += [line for card in view.cards for line in (card.answer, *card.details)]
    for table in tables:
        lines += [*table.notes, *(line for row in table.rows() for line in (row.head, row.note, *row.cells))]
    found = dict.fromkeys(part for line in lines for part in line if isinstance(part, Link))
    if found:
        yield "## Sources"
        yield "\n".join(f"- {_linked(source)}" for source in found)


def _marked(line: Line) -> str:
    """A line with its sources as links."""
    return "".join(_linked(part) if isinstance(part, Link) else _escaped(plain((part,))) for part in line)


def _linked(source: Link) -> str:
    return f"[{_escaped(source.text)}]({source.url.replace('(', '%28').replace(')', '%29')})"


def _escaped(text: str) -> str:
    """A text on one line of which nothing is taken for Markdown."""
    return _MEANT.sub(r"\\\1", _ENDS.sub(" ", text))
