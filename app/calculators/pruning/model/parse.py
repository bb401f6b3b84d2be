"""The text of a `config.json` -> the object it holds, within bounds: neither its length, nor its depth, nor a number in
it can take more room or time than a model's config needs.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any

from app.calculators.pruning.model.reader import quoted
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.nesting import is_deeper, once

LONGEST = 200_000
"""Characters that are read at most."""

_DEEPEST = 50
_LONGEST_NUMBER = 40


def parse(text: str) -> dict[str, Any]:
    """The JSON object in `text`. Raises `Invalid` for anything else."""
    text = text.strip().removeprefix("\ufeff").strip() if len(text) <= LONGEST else text
    if len(text) > LONGEST:
        raise Invalid(f"This text has {len(text):,} characters: a config.json has a few thousand.")
    if not text:
        raise Invalid("There is no text: paste the whole config.json of a model.")
    if is_deeper(text, _DEEPEST):
        raise Invalid(f"This JSON is nested more than {_DEEPEST} deep: a config.json is not.")
    try:
        config = json.loads(text, object_pairs_hook=once(_twice), parse_int=_integer, parse_float=_fraction)
    except json.JSONDecodeError as error:
        raise Invalid(_not_json(text, error)) from None
    if not isinstance(config, dict):
        kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
        kind = kinds.get(type(config), "a number")
        raise Invalid(f"This is {kind}, not a config.json: that is an object, from {{ to }}.")
    if not config:
        raise Invalid("This config is empty: paste the whole config.json of a model.")
    return config


def _twice(name: str) -> str:
    return f"The key {quoted(name)} stands twice in the config: keep one of them."


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise Invalid(f"A number of {len(text):,} digits is no size of a model.")
    return int(text)


def _fraction(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise Invalid(f"{shorten(text)} is too large a number for a config.json.")
    return value


def _not_json(text: str, error: json.JSONDecodeError) -> str:
    if text.startswith("<"):
        return "This is a web page, not JSON: open the raw config.json and copy its text."
    if re.match(r"\{\s*'", text) or re.search(r":\s*(None|True|False)\b", text):
        return "This is Python, not JSON: JSON has double quotes, and null, true and false. Print it with json.dumps."
    if not text.startswith("{"):
        return "This is not JSON: paste the whole config.json, from { to }."
    where = f"line {error.lineno:,}, column {error.colno:,}"
    return f"This is not JSON ({error.msg}, {where}): paste the whole config.json, from {{ to }}."
