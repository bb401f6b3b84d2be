"""A calculator's words: Markdown with formulas and citations in, HTML sections out. Runs at build time only."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import mistune
from latex2mathml.converter import convert
from markupsafe import Markup
from mistune.plugins.math import math
from mistune.plugins.table import table

HEADINGS = ("Formula", "About", "How to use", "Why use it", "Questions")
"""What the words of every calculator are about: each a level-2 heading of its text.md, which may have others."""

FEWEST_FORMULAS, FEWEST_SOURCES = 2, 3
"""Without which no reader could check a page."""

_CITATION = re.compile(r"\[\^([\w.-]+)\]")


class Incomplete(ValueError):
    """A file that a calculator must have lacks something: which file, and what to write there."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One source: where a figure or a statement on the page can be read."""

    key: str
    title: str
    url: str
    publisher: str = ""
    year: int | None = None
    locator: str = ""
    kind: str = ""
    as_of: str = ""
    used_by: str = ""


class _Renderer(mistune.HTMLRenderer):
    """Formulas become MathML, which browsers draw themselves; headings move below the page's own."""

    def block_math(self, text: str) -> str:
        """A formula on its own line."""
        drawn = convert(text.strip(), display="block")
        # A wide one scrolls in its own box, which must be reachable by keyboard.
        return f'<div class="formula" role="group" aria-label="Formula" tabindex="0">{drawn}</div>\n'

    def inline_math(self, text: str) -> str:
        """A formula within a line."""
        return convert(text)


def references(path: Path) -> tuple[Reference, ...]:
    """The references of `path` (TOML, `[[reference]]` tables) in the order they stand there. Raises `Incomplete`."""
    ask = 'write the sources into it, each under [[reference]] with key = "…", title = "…" and url = "https://…"'
    try:
        found = tomllib.loads(_text(path, ask)).get("reference", [])
    except tomllib.TOMLDecodeError as error:
        raise Incomplete(f"{_named(path)} is no TOML: {error}.") from None
    if not isinstance(found, list):
        raise Incomplete(f"{_named(path)} has [reference]: write [[reference]], in two brackets, before each.")
    for number, entry in enumerate(found, 1):
        absent = [key for key in ("key", "title", "url") if not entry.get(key)]
        unknown = [key for key in entry if key not in Reference.__dataclass_fields__]
        if absent or unknown:
            known = ", ".join(Reference.__dataclass_fields__)
            says = f"has no {' and no '.join(absent)}" if absent else f"has {' and '.join(unknown)}, which is not known"
            raise Incomplete(f"{_named(path)}: reference {number} {says}: its keys are {known}.")
        if not entry["url"].startswith(("https://", "http://")):
            raise Incomplete(f"{_named(path)}: the url of “{entry['key']}” cannot be opened: begin it with https://.")
    twice = [key for key, count in Counter(entry["key"] for entry in found).items() if count > 1]
    if twice:
        raise Incomplete(f"{_named(path)} has several references called “{twice[0]}”: give each a key of its own.")
    if len(found) < FEWEST_SOURCES:
        raise Incomplete(f"{_named(path)} has {len(found)} references, fewer than {FEWEST_SOURCES}: {ask}.")
    return tuple(Reference(**entry) for entry in found)


def sections(path: Path, cited: tuple[Reference, ...], slug: str) -> dict[str, Markup]:
    """The words of `path` (Markdown) as HTML by level-2 heading. `[^key]` becomes a link to the reference of that key,
    numbered as listed. Raises `Incomplete`.
    """
    headings = ", ".join(f"## {heading}" for heading in HEADINGS)
    markdown = _text(path, f"write the words into it, under the headings {headings}")
    numbers = {reference.key: number for number, reference in enumerate(cited, 1)}
    render = mistune.Markdown(renderer=_Renderer(escape=True), plugins=[table, math])

    def link(match: re.Match[str]) -> str:
        number = numbers[match[1]]
        target = f"#{slug}-reference-{match[1]}"
        return Markup('<a class="cite" href="{}" aria-label="Source {}">[{}]</a>').format(target, number, number)

    parts = re.split(r"^## (.+)$", markdown, flags=re.MULTILINE)
    titles = [title.strip() for title in parts[1::2]]
    absent = [heading for heading in HEADINGS if titles.count(heading) != 1]
    if absent:
        raise Incomplete(f"{_named(path)} has not one heading “## {absent[0]}”: it needs {headings}, each once.")
    named = {*_CITATION.findall(markdown)}
    for key in sorted(named - numbers.keys()):
        raise Incomplete(f"{_named(path)} cites [^{key}], and no reference has that key: add it to references.toml.")
    if len(named) < FEWEST_SOURCES:
        raise Incomplete(
            f"{_named(path)} cites {len(named)} sources, fewer than {FEWEST_SOURCES}: write [^key] after what one says."
        )
    rendered = [str(render(body)) for body in parts[2::2]]
    formulas = sum(html.count("<math") for html in rendered)
    if formulas < FEWEST_FORMULAS:
        raise Incomplete(f"{_named(path)} has {formulas} formulas, fewer than {FEWEST_FORMULAS}: write them as $$…$$.")
    return {title: Markup(_CITATION.sub(link, html)) for title, html in zip(titles, rendered, strict=True)}


def _text(path: Path, ask: str) -> str:
    """What stands in a file of a calculator."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Incomplete(f"{_named(path)} is not there: {ask}.") from None


def _named(path: Path) -> str:
    return f"app/calculators/{path.parent.name}/{path.name}"
