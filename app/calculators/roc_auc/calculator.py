"""The ROC-AUC calculator's declaration: what it asks and how the answers are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.calculators.roc_auc.compute import compute
from app.calculators.roc_auc.inputs import (
    case_heads,
    case_rows,
    cases,
    or_auto,
    point_heads,
    point_rows,
    points,
    take_cases,
    take_points,
)
from app.calculators.roc_auc.view import view
from app.vocabulary.calculator import (
    Calculator,
    Choice,
    Field,
    Group,
    Invalid,
    Related,
    Sheet,
    Upload,
    one_of,
    shorten,
)
from app.vocabulary.quantity import count, number, share

_FILES = ".csv,.tsv,.txt,text/csv,text/plain"
_LARGEST_FILE = 20_000_000

_COLUMNS = (
    Choice("fpr,tpr", "FPR, TPR"),
    Choice("sensitivity,specificity", "Sensitivity, specificity"),
    Choice("specificity,sensitivity", "Specificity, sensitivity"),
)
_ENDS = (Choice("add", "Add (0, 0) and (1, 1)"), Choice("as typed", "Leave the points as typed"))

_cost = partial(number, minimum=0, maximum=1e15, example="10")


def _positive(text: str) -> str | None:
    stripped = text.strip()
    return None if stripped.casefold() in ("", "auto") else stripped


def _cases(what: str) -> Callable[[str], int | None]:
    """A parser of a number of cases, or of "auto"."""

    def read(text: str) -> int:
        value = count(text, minimum=1, maximum=1e12, example="100")
        if value != int(value):
            raise Invalid(f"“{shorten(text)}” is not a whole number: write one such as 100.")
        return int(value)

    return or_auto(read, what)


def _level(text: str) -> float:
    value = share(text)
    if value in (0, 1):
        raise Invalid("A level of confidence lies between 0 and 1: write one such as 95%.")
    return value


CALCULATOR = Calculator(
    slug="roc-auc",
    title="ROC-AUC calculator",
    promise="The area under a ROC curve from its points or from labels and scores, with every step shown.",
    groups=(
        Group("cases", "Labels and scores instead"),
        Group("reading", "How points are read"),
        Group("costs", "Costs and prevalence"),
        Group("band", "Partial area"),
        Group("sure", "How sure it is"),
    ),
    fields=(
        Field(
            "points",
            "Points of the curve",
            "0.1,0.5;0.2,0.7;0.5,0.9",
            points,
            "table",
            hint="FPR, TPR; a third column names the curve. Heads such as sensitivity are understood.",
            upload=Upload("Choose a CSV of points", _FILES, _LARGEST_FILE, take_points),
            sheet=Sheet(point_rows, point_heads),
        ),
        Field(
            "scores",
            "Labels and scores",
            "",
            cases,
            "table",
            hint="A label and a score for each case; a third column names the curve.",
            upload=Upload("Choose a CSV of labels and scores", _FILES, _LARGEST_FILE, take_cases),
            sheet=Sheet(case_rows, case_heads),
            group="cases",
        ),
        Field(
            "positive",
            "Positive label",
            "auto",
            _positive,
            hint="The label of the class that high scores speak for, or auto: 1, yes, true, pos.",
            group="cases",
        ),
        Field(
            "columns",
            "Columns without heads",
            "fpr,tpr",
            one_of(*_COLUMNS),
            "select",
            choices=_COLUMNS,
            group="reading",
        ),
        Field("ends", "Ends of the curve", "add", one_of(*_ENDS), "select", choices=_ENDS, group="reading"),
        Field("cost_fp", "Cost of a false positive", "1", _cost, hint="In any currency, such as 1.", group="costs"),
        Field("cost_fn", "Cost of a false negative", "1", _cost, hint="In the same currency.", group="costs"),
        Field(
            "prevalence",
            "Prevalence",
            "auto",
            or_auto(share, "what the labels say, else a half"),
            hint="Share of positives where the model will work, such as 2%, or auto.",
            group="costs",
        ),
        Field(
            "max_fpr",
            "Highest FPR that counts",
            "none",
            or_auto(share, "no partial area"),
            hint="Such as 10%, or none.",
            group="band",
        ),
        Field("min_fpr", "Lowest FPR that counts", "0", share, hint="Mostly 0.", group="band"),
        Field(
            "n_pos",
            "Positives",
            "auto",
            _cases("what the labels say"),
            hint="Cases behind the curve, or auto: as the labels say.",
            group="sure",
        ),
        Field("n_neg", "Negatives", "auto", _cases("what the labels say"), hint="Likewise.", group="sure"),
        Field("level", "Confidence", "95%", _level, hint="Such as 95%.", group="sure"),
    ),
    compute=compute,
    view=view,
    related=(
        Related(
            "pruning",
            "Pruning and sparsity calculator",
            "What really gets smaller and faster when weights become zero.",
        ),
        Related(
            "threshold-cost",
            "Classification threshold cost calculator",
            "The threshold your costs imply, and what another one costs.",
        ),
        Related(
            "silhouette",
            "Silhouette calculator",
            "How well one point sits in its cluster, from distances or coordinates.",
        ),
    ),
)
