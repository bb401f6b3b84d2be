"""Links that were mangled on their way: whatever is left of one is answered or refused with a message, and nothing in
it becomes markup.
"""

from __future__ import annotations

import random

import pytest

from app.calculators.registry import CALCULATORS, load
from app.page import pins, rendering
from app.vocabulary import link
from app.vocabulary.calculator import read
from tests import depth, hostile, reading
from tests.unit.calculators import test_extremes
from tests.unit.calculators.pruning import test_extremes as of_pruning
from tests.unit.vocabulary.test_link import mended


@pytest.mark.deep
def test_any_mangled_link_is_answered_or_refused() -> None:
    chance = random.Random("mangled links")
    for fragment in hostile.links(chance, depth.cases(30, 1000)):
        slug, given = link.read(fragment)
        if slug not in CALCULATORS:
            continue  # the page stays as it is
        calculator = load(slug)
        raw = calculator.defaults | {name: text for name, text in given.items() if name in calculator.defaults}
        wrong = of_pruning.wrong(raw) if slug == "pruning" else test_extremes.wrong(calculator, raw)
        assert not wrong, fragment
        html = "".join(rendering.regions(calculator, raw).values())
        assert not [*hostile.markup(html)], fragment
        found = read(calculator, raw)
        cards = () if found.messages else calculator.view(found.values, found.result).cards
        pinned = [pins.scenario(calculator, pins.read(calculator, text)) for text in link.beside(fragment).pins]
        compared = "".join(pins.compared(calculator, raw, cards, pinned).values())
        assert not [*hostile.markup(compared)], fragment
        assert not of_pruning.NO_NUMBER.search("".join(reading.read(compared).figures)), fragment
        again = link.read(link.write(slug, raw, calculator.defaults))[1]
        for name in raw.keys() - {*link.too_long(raw, calculator.defaults)}:
            assert again.get(name, calculator.defaults[name]) == mended(raw[name]), fragment
