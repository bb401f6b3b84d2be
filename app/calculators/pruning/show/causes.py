"""Why a model is not smaller or faster: the causes that apply at these inputs, with how to tell and what helps."""

from __future__ import annotations

from collections.abc import Iterator

from app.calculators.pruning.causes import Cause, Check
from app.calculators.pruning.causes import causes as found_causes
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.figures import links, name
from app.vocabulary.calculator import Row, Table

_NONE = "None of the causes that are known here applies"


def causes(result: Result, *said: str) -> Table:
    """The causes that apply, by what was `said`: what was observed, how the model is stored, and what runs it."""

    def rows() -> Iterator[Row]:
        found = found_causes(result, Check(*said))
        yield from map(_row, found)
        if not found:
            yield Row((_NONE,), (("Compare with the ranges above: they say how much to expect.",), ("–",), ()))

    return Table(
        "Why is my pruned model not smaller or faster?",
        ("Cause", "How to tell", "What helps", "Source"),
        rows,
        intro="Say under “What you measured” what you see, how it was saved and what runs it. Likely causes first.",
        notes=((f"For {name(result.chosen, result)}. Each cause is from a public report, or from documentation.",),),
    )


def _row(each: Cause) -> Row:
    """One cause; the note has what shows it at these inputs."""
    sure = "Applies here" if each.applies.sure else "Possible"
    note = (sure, *((": ", *each.applies.here) if each.applies.here else ()))
    source = (*links((each.source,)), f", {each.source.locator}" if each.source.locator else "")
    return Row((each.wrong,), ((each.tell,), (each.helps,), source), note=note)
