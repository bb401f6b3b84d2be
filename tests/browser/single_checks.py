"""What holds of the one-file copy in any browser. A browser is asked through `Evaluate`: run a JavaScript expression in
the page, wait for the promise if it is one, and give back its value.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from app import link
from app import page as rendering
from app.calculator import Calculator
from app.registry import CALCULATORS, load
from tests import cases, reading

Evaluate = Callable[[str], Any]

STATE = "document.documentElement.dataset.state"


def wait_for(evaluate: Evaluate, expression: str, value: object, seconds: float = 60) -> None:
    """Until the expression has that value."""
    end = time.monotonic() + seconds
    while evaluate(expression) != value:
        assert time.monotonic() < end, f"{expression} is {evaluate(expression)!r}, not {value!r}"
        time.sleep(0.05)


def wait_for_all_of_it(evaluate: Evaluate) -> None:
    """Until Python answers, also for what comes later."""
    wait_for(evaluate, STATE, "ready")
    follow(evaluate, "#silhouette?a=0.2&b=0.4")
    wait_for(evaluate, "document.querySelector('#silhouette output[name=silhouette] data').value", "0.5")
    follow(evaluate, "#silhouette")


def outputs(evaluate: Evaluate, slug: str) -> dict[str, float]:
    """Every output of a calculator at full precision; stale ones are left out."""
    found: dict[str, str] = evaluate(
        f"Object.fromEntries([...document.querySelectorAll('#{slug} output')]"
        ".map((output) => [output.getAttribute('name'), output.querySelector('data').value]))"
    )
    return {name: float(value) for name, value in found.items() if value}


def expected(calculator: Calculator, raw: dict[str, str]) -> dict[str, float]:
    """What CPython makes of the same inputs."""
    return reading.outputs(rendering.regions(calculator, calculator.defaults | raw))


def check_outputs(evaluate: Evaluate, slug: str, wanted: object, told: str) -> None:
    """The outputs are those wanted, or become so: a slow machine computes in slices."""
    end = time.monotonic() + 10
    while (found := outputs(evaluate, slug)) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    assert found == wanted, told


def follow(evaluate: Evaluate, fragment: str) -> None:
    """Follow a link within the page."""
    evaluate(
        "new Promise((done) => { addEventListener('hashchange', () => done(), { once: true });"
        f" location.hash = {json.dumps(fragment)} }})"
    )


def type_into(evaluate: Evaluate, slug: str, name: str, text: str) -> None:
    """Put text into a box, as a keystroke would."""
    evaluate(
        f"(() => {{ const box = document.querySelector('#{slug} [name={name}]'); box.value = {json.dumps(text)};"
        " box.dispatchEvent(new Event('input', { bubbles: true })); })()"
    )


def check_typing(evaluate: Evaluate) -> None:
    """Each calculator answers what is typed into it."""
    typed = {"pruning": ("params", "7B"), "roc-auc": ("points", "0,0.3"), "threshold-cost": ("cost_fn", "20")}
    typed["silhouette"] = ("a", "0.2")
    assert typed.keys() == CALCULATORS.keys()
    for slug, (name, text) in typed.items():
        if evaluate("location.hash") != f"#{slug}":
            follow(evaluate, f"#{slug}")
        type_into(evaluate, slug, name, text)
        calculator = load(slug)
        assert expected(calculator, {name: text}) != expected(calculator, {})
        check_outputs(evaluate, slug, pytest.approx(expected(calculator, {name: text}), rel=1e-12), text)
        wait_for(evaluate, f"location.hash.startsWith('#{slug}?{name}=')", True)


def check_cases(evaluate: Evaluate, slug: str, count: int, exactly: bool) -> None:
    """Links made by chance give what CPython computes."""
    calculator, told = load(slug), 0
    for raw in cases.BY_SLUG[slug](count):
        fragment = link.write(slug, raw, calculator.defaults)
        wanted = expected(calculator, raw)
        told += bool(wanted)
        follow(evaluate, fragment)
        check_outputs(evaluate, slug, wanted if exactly else pytest.approx(wanted, rel=1e-12), fragment)
    assert told == count, "every case has an answer"
