"""Every calculator with its words and its sources; or which of its files lacks what, and what to write there.

A calculator is a folder and a line of the registry. What both must hold is told in `app/calculators/__init__.py`, and
asked for here: by the build, and by the tests of the contract.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import NamedTuple

from markupsafe import Markup

from app.calculators.registry import CALCULATORS
from app.vocabulary.calculator import Calculator, Field, Invalid
from tools import paths
from tools.build.prose import Incomplete, Reference, references, sections

REGISTRY = "app/calculators/registry.py"


class Complete(NamedTuple):
    """A calculator, its `words` as HTML by heading, and its sources, in order."""

    calculator: Calculator
    words: dict[str, Markup]
    cited: tuple[Reference, ...]


def calculators() -> list[Complete]:
    """Every calculator of the registry, in the order of the page. Raises `Incomplete`."""
    listed = {paths.calculator(slug) for slug in CALCULATORS}
    for folder in sorted(paths.CALCULATORS.iterdir()):
        if folder not in listed and any(folder.glob("*.py")):
            slug = folder.name.replace("_", "-")
            line = f'"{slug}": "{_module(slug)}",'
            raise Incomplete(f"{REGISTRY} has no line for app/calculators/{folder.name}: add {line}")
    return [complete(slug) for slug in CALCULATORS]


def complete(slug: str) -> Complete:
    """The calculator called `slug` in the registry. Raises `Incomplete`."""
    folder = paths.calculator(slug)
    calculator = declared(slug)
    wrong = [*_wrong(calculator)]
    if wrong:
        raise Incomplete("\n".join(f"app/calculators/{folder.name}/calculator.py: {each}" for each in wrong))
    cited = references(folder / "references.toml")
    return Complete(calculator, sections(folder / "text.md", cited, slug), cited)


def declared(slug: str) -> Calculator:
    """The declaration of the calculator called `slug` in the registry. Raises `Incomplete`."""
    module = _module(slug)
    file = f"{module.replace('.', '/')}.py"
    if CALCULATORS[slug] != module:
        raise Incomplete(f'{REGISTRY}: the folder and the module of "{slug}" are called after it: write {module}.')
    if not (paths.calculator(slug) / "calculator.py").is_file():
        raise Incomplete(f'{REGISTRY} lists "{slug}", and there is no {file}: declare its CALCULATOR there.')
    found = getattr(import_module(module), "CALCULATOR", None)
    if not isinstance(found, Calculator):
        raise Incomplete(f"{file} has no CALCULATOR: declare one, a Calculator of app/vocabulary/calculator.py.")
    if found.slug != slug:
        raise Incomplete(f'{file}: its slug is "{found.slug}", and "{slug}" in {REGISTRY}: call it the same in both.')
    return found


def _module(slug: str) -> str:
    return f"app.calculators.{slug.replace('-', '_')}.calculator"


def _wrong(calculator: Calculator) -> Iterator[str]:
    """What is wrong with a declaration, and what would be right."""
    yield from (
        f"{count} fields are called “{name}”: give each a name of its own, for it stands in links."
        for name, count in Counter(field.name for field in calculator.fields).items()
        if count > 1
    )
    for field in calculator.fields:
        yield from (f"the field “{field.name}” {each}" for each in _wrong_field(field))
    yield from _apart(
        {field.group for field in calculator.fields if field.group}, {group.key for group in calculator.groups}
    )


def _wrong_field(field: Field) -> Iterator[str]:
    try:
        field.parse(field.default)
    except Invalid as invalid:
        yield f"refuses its own default, “{field.default}”: {invalid} Give a default that its parser takes."
    if field.control in ("select", "radio") and not field.choices:
        yield f"is a {field.control} without choices: give it some."
    if (field.control == "table") != bool(field.sheet):
        yield "has a sheet or is a table, and not both: give both or neither."


def _apart(used: Iterable[str], there: Iterable[str]) -> Iterator[str]:
    """What is wrong with groups, of which some are used by fields and some are there."""
    for key in sorted({*used} - {*there}):
        yield f"fields are in a group “{key}” that is not there: add it to the groups, or they are on no page."
    for key in sorted({*there} - {*used}):
        yield f"no field is in the group “{key}”: take it away, or name it in a field."
