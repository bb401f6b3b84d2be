"""Read rendered HTML back: what tests look at is what a browser would be given."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest


class Reader(HTMLParser):
    """What is in some HTML: `outputs` by name, all `figures`, `tags` with attributes, `words`."""

    def __init__(self) -> None:
        super().__init__()
        self.outputs: dict[str, str] = {}
        self.figures: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._output = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "output":
            self._output = found["name"] or ""
        elif tag == "data":
            self.figures.append(found["value"] or "")
            if self._output:
                assert self._output not in self.outputs, f"two outputs are called {self._output}"
                self.outputs[self._output] = found["value"] or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "output":
            self._output = ""
        if tag not in ("data", "output", "a", "span", "strong"):
            self.words.append(" ")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(html: str) -> Reader:
    """Parse `html`."""
    reader = Reader()
    reader.feed(html)
    return reader


def outputs(regions: dict[str, str]) -> dict[str, Any]:
    """The page's outputs at full precision, or the keys that some of them are, by name; stale ones are left out."""
    return {name: value_of(value) for name, value in read("".join(regions.values())).outputs.items() if value}


def close(wanted: dict[str, Any]) -> Any:
    """What equals these outputs: numbers but for their last digits, keys to the letter."""
    return {
        name: value if isinstance(value, str) else pytest.approx(value, rel=1e-12) for name, value in wanted.items()
    }


def value_of(value: str) -> float | str:
    """A number, or what is none: the key of an option."""
    try:
        return float(value)
    except ValueError:
        return value


def text(html: str) -> str:
    """What a person reads, on one line."""
    return " ".join("".join(read(html).words).split())


def form(regions: dict[str, str]) -> str:
    """The HTML of every control."""
    return "".join(html for name, html in regions.items() if name.startswith("field-"))
