"""A JSON file that `app.page.export` wrote -> the inputs in it. As hostile as all that is handed over: it is bounded
here, and parsed by the fields like any other input. Comes later.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from app.calculators import registry
from app.page.export import VERSION
from app.vocabulary.calculator import Calculator, Invalid, shorten
from app.vocabulary.nesting import is_deeper

_DEEPEST = 10
"""Levels of a file of ours, and a few more."""


class Saved(NamedTuple):
    """A calculator, by slug, and the texts of its inputs by name."""

    slug: str
    inputs: dict[str, object]


def read(text: str) -> Saved:
    """The inputs in a file. Raises `Invalid` where it is none of ours."""
    if is_deeper(text, _DEEPEST):
        raise Invalid(f"This JSON is nested more than {_DEEPEST} deep: a file that this page wrote is not.")
    try:
        found = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        raise Invalid(f"This is not JSON ({error.msg}, {where}). Choose a file that this page wrote.") from None
    if not isinstance(found, dict) or not isinstance(found.get("inputs"), dict):
        raise Invalid("There are no inputs in this file. Choose a JSON file that this page wrote.")
    if found.get("version") != str(VERSION):
        version = shorten(str(found.get("version")))
        raise Invalid(f"This file is of version {version}, and this page reads version {VERSION}: save it anew.")
    slug = str(found.get("calculator"))
    if slug not in registry.CALCULATORS:
        raise Invalid(f"“{shorten(slug)}” is no calculator of this page. There are {', '.join(registry.CALCULATORS)}.")
    return Saved(slug, found["inputs"])


def texts(calculator: Calculator, inputs: dict[str, object]) -> dict[str, str]:
    """What is to stand in each control: what a file says, else as the page came. Unknown names are ignored; a number
    counts as it is written. Raises `Invalid` for what is neither a text nor a number.
    """
    wrong = [name for name in calculator.defaults if not isinstance(inputs.get(name, ""), str)]
    if wrong:
        raise Invalid(f"“{wrong[0]}” in this file is no text. Write one, such as “{calculator.defaults[wrong[0]]}”.")
    return {name: str(inputs.get(name, default)) for name, default in calculator.defaults.items()}
