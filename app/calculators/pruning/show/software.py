"""What software runs each option today."""

from __future__ import annotations

from app.calculators.pruning.model.storage import types
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.show.figures import Show, article, links, name
from app.calculators.pruning.software import Support
from app.vocabulary.calculator import Row, Table


def support(result: Result, _show: Show) -> Table:
    """What software runs each option today."""

    def row(option: Option, each: Support) -> Row:
        cells = ((each.engine,), (each.status,), (each.says,), (each.source.as_of,), links((each.source,)))
        return Row((name(option, result),), cells)

    label = types()[result.question.dtype].name
    return Table(
        "What software runs it today",
        ("Option", "Software", "Status", "What is known", "As of", "Source"),
        lambda: (row(option, each) for option in result.options for each in option.runs_on),
        intro="A row “runs” where the software runs this option on this device and in this type.",
        notes=((f"For {article(result.question.device.name)}, and {label} before anything is quantized.",),),
    )
