"""How to make what was chosen: each step as a snippet, what to mind, and where it is documented."""

from __future__ import annotations

from collections.abc import Iterator

from app.calculators.pruning.options import Result
from app.calculators.pruning.recipes import Recipe, recipes
from app.calculators.pruning.show.figures import links, name
from app.vocabulary.calculator import Code, Download, Line, Row, Table


def recipe(result: Result) -> Table:
    """The steps to what was chosen, or that nothing supports it."""
    found = recipes(result)
    return Table(
        "A recipe for this option",
        ("Step", "How", "Source"),
        lambda: (row for each in found for row in _rows(each)),
        intro="A start in libraries that support it, as of 2026-11: read it before you run it.",
        notes=(
            (
                f"For {name(result.chosen, result)}. The snippets are untried on your model: what was tried of them"
                " stands beside each. Quality is to be measured afterwards.",
            ),
        ),
        downloads=tuple(_download(each) for each in found if each.snippet),
    )


def _rows(each: Recipe) -> Iterator[Row]:
    yield Row(
        (each.what,), ((Code(each.snippet),) if each.snippet else ("–",), links((each.source,))), note=_with(each)
    )
    yield Row(("Then",), ((each.then,), ()))
    for one in each.warnings:
        yield Row(("Warning",), ((one.says,), links((one.source,))))


def _with(each: Recipe) -> Line:
    """The package, and how far the snippet was tried."""
    said = "; ".join(filter(None, (each.package, each.checked)))
    return (f"{said}.",) if said else ()


def _download(each: Recipe) -> Download:
    return Download(each.filename, f"Download {each.filename}", lambda: each.snippet)
