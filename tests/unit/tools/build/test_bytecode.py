"""What comes later is there, and the first answer does without it."""

from __future__ import annotations

import subprocess
import sys

from tools.build.bytecode import ASKED_FOR, NOT_NEEDED_AT_FIRST
from tools.paths import ROOT


def test_what_comes_later_is_there() -> None:
    assert [each for each in (*NOT_NEEDED_AT_FIRST, *ASKED_FOR) if not (ROOT / each).exists()] == []


ASKED = """
import sys
from app.calculators.registry import CALCULATORS, load
from app.page.rendering import render

first = load(next(iter(CALCULATORS)))
render(first, first.defaults)
print(*(each.replace(".", "/") for each in sys.modules))
"""


def test_the_first_answer_does_without_it() -> None:
    found = subprocess.run([sys.executable, "-c", ASKED], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    modules = {f"{each}.py" for each in found.split()} | {f"{each}/" for each in found.split()}
    assert "app/calculators/pruning/calculator.py" in modules
    assert modules.isdisjoint((*NOT_NEEDED_AT_FIRST, *ASKED_FOR))
