"""A calculator's words: Markdown with formulas and citations in, HTML sections out. Runs at build time only."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import mistune
from latex2mathml.converter import convert
from markupsafe import Markup
from mistune.plugins.math import math
from mistune.plugins.table import table

_CITATION = re.compile(r"\[\^([\w.-]+)\]")


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
    """The references of `path` (TOML, `[[reference]]` tables) in the order they stand there."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["reference"]
    return tuple(Reference(**entry) for entry in entries)


def sections(markdown: str, cited: tuple[Reference, ...], slug: str) -> dict[str, Markup]:
    """HTML by level-2 heading. `[^key]` becomes a link to the reference of that key, numbered as listed.

    Raises KeyError for a citation without a reference.
    """
    numbers = {reference.key: number for number, reference in enumerate(cited, 1)}
    render = mistune.Markdown(renderer=_Renderer(escape=True), plugins=[table, math])

    def link(match: re.Match[str]) -> str:
        number = numbers[match[1]]
        target = f"#{slug}-reference-{match[1]}"
        return Markup('<a class="cite" href="{}" aria-label="Source {}">[{}]</a>').format(target, number, number)

    parts = re.split(r"^## (.+)$", markdown, flags=re.MULTILINE)
    return {
        title.strip(): Markup(_CITATION.sub(link, str(render(body))))
        for title, body in zip(parts[1::2], parts[2::2], strict=True)
    }
