"""One look for numbers on every page: what is shown of a figure follows one grammar, and so do the numbers in words."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

import pytest

from app.calculators.registry import CALCULATORS, load
from app.page import rendering
from app.vocabulary.calculator import read
from tests import cases, depth, reading
from tests.unit.calculators import test_extremes as extremes
from tests.unit.calculators.pruning import test_extremes as pruning_extremes

NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e−?[1-9]\d*)?"
UNIT = r"\u202f(?:[kMBT]|(?:[kMGTP]|[KMGTP]i)?B|[kMGTP]?(?:FLOP|MAC)(?:/s)?|µs|ms|s|months)|[×%]"
MONEY = rf"[A-Z]{{0,2}}[$€£¥]{NUMBER}(?:\u202f[MBT])?|{NUMBER}(?:\u202f[MBT])?\u202f[A-Z]{{3}}"
FIGURE = re.compile(rf"(?:[<>]\u202f)?[−+]?(?:{MONEY}|{NUMBER}(?:{UNIT})?)|fits|does not fit")
"""A word for yes or no; or a sign, digits in groups of three, decimals, a power of ten, a unit after a narrow space, or
× or % at once; before it < or >. Money has the sign of its currency before it, or its code after.
"""

WORDS = re.compile("[a-z ]+")
"""What is yes or no, or one of several things, is shown in words."""

POWER = re.compile(r"\d[eE](?:\+|-|−?0)\d")
"""A power of ten with a sign or a zero that has no place there."""

ODD = re.compile(rf"{POWER.pattern}|(?:^|[\s(=×])-\d|(?<![\d.,])\d{{5}}|\d,\d{{1,2}}(?!\d)|,\d{{4}}|\d\s%")
"""That, a hyphen for a minus, digits that are not separated by threes, and a space before a percent sign."""

SAID = ("verdict", "cards", "worked")
"""Regions that quote no source and no label of the reader’s but in quotes."""


class Shown(HTMLParser):
    """What is shown of the figures in some HTML, and all that is said beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._value: str | None = None
        self._quoted = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            self._value = dict(attrs)["value"] or ""
        elif tag == "a":  # sources are called what they are called
            self._quoted = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "data":
            self._value = None
        elif tag == "a":
            self._quoted = False
        self.words.append(" ")

    def handle_data(self, data: str) -> None:
        if self._quoted:
            return
        if self._value is None:
            self.words.append(data)
        elif isinstance(reading.value_of(self._value), float):
            self.figures.append((self._value, data))


def links(slug: str) -> Iterator[Mapping[str, str]]:
    """Inputs made by chance, plain ones and extreme ones."""
    chance = random.Random(f"looks of {slug}")
    extreme = pruning_extremes.drawn if slug == "pruning" else extremes.MADE.get(slug, lambda _: {})
    yield {}
    yield from cases.made(slug, depth.cases(15, 400))
    yield from (extreme(chance) for _ in range(depth.cases(15, 400)))


@pytest.mark.parametrize("slug", CALCULATORS)
def test_every_figure_and_every_number_in_words_has_the_one_look(slug: str) -> None:
    calculator = load(slug)
    odd = set()
    for raw in links(slug):
        for name, html in rendering.regions(calculator, calculator.defaults | dict(raw)).items():
            shown = Shown()
            shown.feed(html)
            looks = [
                (text, bool(FIGURE.fullmatch(text) or WORDS.fullmatch(text))) for value, text in shown.figures if value
            ]
            odd |= {(name, text) for text, right in looks if not right}
            odd |= {(name, text) for value, text in shown.figures if not value and text != rendering.STALE}
            if not name.startswith(("field-", "sheet-")):  # these have what was typed
                odd |= {(name, near) for near in found(ODD if name in SAID else POWER, "".join(shown.words))}
    assert not odd


@pytest.mark.parametrize("slug", CALCULATORS)
def test_numbers_in_messages_have_the_one_look_too(slug: str) -> None:
    calculator = load(slug)
    messages = (read(calculator, calculator.defaults | dict(raw)).messages for raw in links(slug))
    assert not {near for each in messages for message in each.values() for near in found(ODD, message)}


def found(look: re.Pattern[str], words: str) -> list[str]:
    """Where a look is in some words, without what stands in quotes."""
    said = re.sub("“[^”]*”", "“”", words)
    return [said[max(0, match.start() - 30) : match.end() + 10] for match in look.finditer(said)]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        *(
            ("0", True),
            ("−0.25", True),
            ("12,346", True),
            ("2.5e−6", True),
            ("<\u202f0.1%", True),
            ("1.42×", True),
        ),
        *(("16.1\u202fGB", True), ("+0.3333", True), ("5\u202fTFLOP/s", True)),
        *(("2.5e-06", False), ("-1", False), ("1e+5", False), ("12346.", False), ("1 GB", False), ("nan", False)),
        ("50\u202f%", False),
        *(("$0.420", True), ("−€1.50\u202fM", True), ("2.50\u202fEUR", True), ("8.3\u202fmonths", True)),
        *(("$-1", False), ("€", False), ("2.50 EUR", False)),
    ],
)
def test_the_grammar_tells_one_look_from_others(text: str, right: bool) -> None:
    assert bool(FIGURE.fullmatch(text)) == right
