"""A page that is used for long: what a round of mixed inputs leaves behind, the next rounds leave no more of."""

from __future__ import annotations

import random

import pytest

from app.calculators.registry import CALCULATORS, load
from tests import cases, hostile
from tests.depth import cases as so_many
from tests.endurance import count_objects
from tests.fake_browser import Browser
from tests.unit.browser.test_scripts import visited

INPUTS = so_many(40, 10_000)
"""Of each of three rounds; a real browser takes several times as long for each."""

TABLES = {
    "roc-auc": b"label,score\n1,0.9\n0,0.4\n1,0.7\n0,0.1\n",
    "threshold-cost": b"threshold;TPR;FPR\n0,5;0,8;0,2\n0,7;0,5;0,1\n",
    "silhouette": b"x,y,label\n0,0,a\n1,0,a\n5,5,b\n6,5,b\n",
    "pruning": b'{"model_type": "gpt2"}',
}


def use(browser: Browser, chance: random.Random, count: int) -> None:
    """Type, follow links, drop files, undo and reset, all over the calculators."""
    drawn = {slug: [*cases.made(slug, 60)] for slug in CALCULATORS}
    links = hostile.links(chance, count)
    for _ in range(count):
        slug = chance.choice([*CALCULATORS])
        what = chance.random()
        if what < 0.3:
            browser.follow(next(links))
        elif what < 0.8:
            name, text = chance.choice([*chance.choice(drawn[slug]).items()])
            browser.fire("input", section=slug, control=(name, text))
        elif what < 0.9:
            before = len(browser.reads)
            browser.fire("drop", section=slug, brings_files=True, dropped=[browser.file("a.csv", TABLES[slug])])
            if len(browser.reads) > before:
                browser.read(TABLES[slug])
        else:
            tables = [field.name for field in load(slug).fields if field.sheet]
            undo = [{"action": "undo", "field": name} for name in tables]
            browser.fire("click", section=slug, action=chance.choice([{"action": "reset"}, *undo]))
        browser.wait(chance.choice([0, 10, 1000]))
        browser.done.clear()  # what the test's own browser notes
        browser.reads.clear()
        del browser.steps[:-1]
        assert browser.state == "ready"
        assert browser.console == [], "a fault of the page"


@pytest.mark.deep
def test_round_after_round_leaves_no_more_objects() -> None:
    held = []
    with visited() as browser:
        for _ in range(3):
            use(browser, random.Random("endurance"), INPUTS)
            for slug in CALCULATORS:  # all of them as they came, so that a round ends where the one before it did
                browser.follow(f"#{slug}")
                browser.wait(1000)
                browser.done.clear()
            held.append(count_objects())
    # The process is the test runner's as well, which has been seen to hold five more by itself.
    assert held[2] <= held[0] + max(20, INPUTS // 100), held
