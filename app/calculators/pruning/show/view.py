"""Everything the page says about a result, put together from the files beside this one. Words and figures, no HTML."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.calculators.pruning.decide import decide
from app.calculators.pruning.options import Result
from app.calculators.pruning.show.cards import cards, facts, summary
from app.calculators.pruning.show.comparison import options, sizes
from app.calculators.pruning.show.curves import curves, read_at
from app.calculators.pruning.show.evidence import edge, evidence, methods, quality, recovery, speeds, tasks
from app.calculators.pruning.show.figures import Show
from app.calculators.pruning.show.formats import formats, matrix
from app.calculators.pruning.show.gists import gists
from app.calculators.pruning.show.goal import reach, room
from app.calculators.pruning.show.memory import fit
from app.calculators.pruning.show.notes import groups, notes
from app.calculators.pruning.show.operations import work
from app.calculators.pruning.show.roofline import roofline
from app.calculators.pruning.show.serving import serving
from app.calculators.pruning.show.shape import parts, shape
from app.calculators.pruning.show.software import support
from app.calculators.pruning.show.validation import validation
from app.calculators.pruning.show.verdict import verdict
from app.calculators.pruning.show.worked import steps
from app.vocabulary.calculator import Table, Values, View


def cost(result: Result, show: Show) -> Table:
    """What every option costs at the price that was typed."""
    from app.calculators.pruning.show import money  # of the later part, like those below

    return money.cost(result, show)


def payback(result: Result, show: Show) -> Table:
    """At which load the project of the chosen option pays."""
    from app.calculators.pruning.show import project

    return project.payback(result, show)


def causes(result: Result, _: Show, said: tuple[str, ...] = ()) -> Table:
    """Why the model is not smaller or faster, by what was `said` of it: what was observed, how it is stored, and what
    runs it.
    """
    from app.calculators.pruning.show import causes

    return causes.causes(result, *said)


def recipe(result: Result, _: Show) -> Table:
    """How to make what was chosen."""
    from app.calculators.pruning.show import recipe

    return recipe.recipe(result)


def prices(result: Result, _: Show) -> Table:
    """What devices are listed at."""
    from app.calculators.pruning.show import prices

    return prices.prices(result)


TABLES: tuple[Callable[..., Table], ...] = (
    reach,
    serving,
    speeds,
    roofline,
    work,
    fit,
    room,
    sizes,
    parts,
    formats,
    matrix,
    shape,
    quality,
    tasks,
    recovery,
    methods,
    evidence,
    edge,
    validation,
    support,
    recipe,
    causes,
    cost,
    payback,
    prices,
)
"""What makes each table, in the order of the page. A table's slug is its maker's name."""

CONTENTS = {
    "Goal": reach,
    "Speed": serving,
    "Memory": fit,
    "Structured cut": shape,
    "Quality": quality,
    "Evidence": evidence,
    "Software": support,
    "Recipe": recipe,
    "Why not?": causes,
    "Cost": cost,
}
"""Where each part of what is folded begins, for the line of contents."""

FIXED = frozenset({validation, methods, recovery, edge})
"""Those that are the same for every result. Given as they are, they are made once."""


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    show = Show(values["bytes"] == "GiB", values["operations"] == "MACs", values["formulas"] == "on")
    decision = decide(result)
    said = verdict(result, decision, show)
    table = partial(options, result, decision, show)
    return View(
        verdict=said.claim,
        better=said.better,
        findings=said.findings,
        reason=(),
        change=(),
        cards=cards(result, decision, show),
        facts=facts(result, show),
        summary=summary(result, show),
        gists=gists(result, decision, show),
        contents={words: make.__name__ for words, make in CONTENTS.items()},
        tables={"options": table, "curves": partial(curves, result, show)}
        | {make.__name__: make if make in FIXED else partial(make, result, show) for make in TABLES}
        | {"causes": partial(causes, result, show, tuple(values[name] for name in ("observed", "stored", "runs")))},
        readings={"curves": partial(read_at, result, show)},
        marked={"options": partial(table, marked=True), "curves": partial(curves, result, show, marked=True)},
        steps=partial(steps, result, show),
        notes=notes(values, result, decision, show),
        groups=groups(values, result, show),
        formulas=show.formulas,
    )
