"""What is typed, pasted or dropped: points of curves, and labels with scores. Text in, columns out.

A line of heads says which column is which, in any order, and then goes. Without one, points are two columns, as the
field `columns` says, and cases are a label and a score; a third column names the curve.

>>> points("0.1,0.5;20%,0.7").first
[0.1, 0.2]
>>> points("Sensitivity;Specificity\\n0,7;0,8\\n").first
[0.2]
>>> cases("Score\\tLabel\\n0.8\\tyes\\n0.3\\tno").labels
['yes', 'no']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from math import inf
from typing import NamedTuple, TypeVar

from app.calculators.roc_auc.bootstrap import FEWEST, MOST
from app.vocabulary import heads, table
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import number, share, whole
from app.vocabulary.table import Rows

MOST_CURVES = 4
"""As many as have a colour of their own."""


class Points(NamedTuple):
    """Two columns of shares: FPR and TPR where the line of heads said so (`headed`), else what `columns` says. `names`
    has the curve of each row, if any row names one.
    """

    first: Sequence[float]
    second: Sequence[float]
    names: Sequence[str] | None
    headed: bool


class Cases(NamedTuple):
    """The label of each case, one of two in lower case, its score, and the curve it belongs to, if any is named. It
    may count with one of the `weights`. `others` are the scores of further models for the same cases, by the heads of
    their columns, at most `MOST_CURVES` with the first, whose head is `name`.
    """

    labels: Sequence[str]
    scores: Sequence[float]
    names: Sequence[str] | None
    weights: Sequence[float] | None = None
    others: tuple[tuple[str, Sequence[float]], ...] = ()
    name: str = ""


# --- points ---


def point_rows(text: str) -> Rows:
    """The cells of points, FPR before TPR where a line of heads named them."""
    return _point_rows(text)[0]


def point_heads(cells: Rows) -> tuple[str, ...]:
    """What the cells of points are called."""
    return ("FPR", "TPR", "Curve") if _width(cells) > 2 else ("FPR", "TPR")


@lru_cache(maxsize=1)
def _point_rows(text: str) -> tuple[Rows, bool]:
    """The cells, and whether there was a line of heads."""
    cells = table.rows(text)
    for first in (heads.FPR, heads.TNR):
        headed = heads.columns(cells, first, heads.TPR, heads.optional(heads.CURVE))
        if headed is not None:
            flipped = first is heads.TNR
            return tuple((heads.complement(row[0]), *row[1:]) for row in headed) if flipped else headed, True
    return table.squared(cells), False


def points(text: str) -> Points | None:
    """The points in `text`, None where there are none."""
    cells, headed = _point_rows(text)
    if not cells:
        return None
    wrong: dict[tuple[int, int], str] = {}
    first, second = (table.column(cells, column, share, wrong, (0, 1)) for column in (0, 1))
    _refuse_more(
        cells,
        wrong,
        "A row has FPR, TPR and the name of a curve, no more. Between decimal commas, put tabs or semicolons.",
    )
    if not headed and len(cells) > 1 and {(0, 0), (0, 1)} <= wrong.keys() and not _has_digit(cells[0]):
        named = [f"“{shorten(head)}”" for head in cells[0][:2]]
        known = "FPR and TPR, or sensitivity and specificity"
        raise Invalid(
            f"The columns {' and '.join(named)} are not known here: call them {known}, or delete that line."
            if len(named) == 2
            else f"The column {named[0]} stands alone: write {known}, in every row.",
            cells=wrong,
        )
    table.refuse(wrong, ("FPR", "TPR", "Curve", "Further cells"))
    hint = " If the third column is no name, such as thresholds, leave it out." if not headed else ""
    return Points(first, second, _names(cells, hint), headed)


def take_points(text: str) -> str | dict[str, str]:
    """The text for the box from a file's; refused if it is no table of points. Where a line of heads said which column
    is which, the field `columns` need not, and must not say otherwise.
    """
    cells = table.rows(text)
    if heads.columns(cells, heads.TRUTH, heads.SCORE) is not None and not _point_rows(text)[1]:
        raise Invalid("These are labels and scores: unfold “Labels and scores instead” and bring the file there.")
    rows, headed = _point_rows(text)
    taken = _taken(rows, "one with FPR and TPR")
    return {"points": taken, "columns": "fpr,tpr"} if headed else taken


# --- labels and scores ---


def case_rows(text: str) -> Rows:
    """The cells of cases: label, score, and the name of a curve."""
    return _case_rows(text)


def case_heads(cells: Rows) -> tuple[str, ...]:
    """What the cells of cases are called."""
    return ("Label", "Score", "Curve") if _width(cells) > 2 else ("Label", "Score")


@lru_cache(maxsize=1)
def _case_rows(text: str) -> Rows:
    cells = table.rows(text)
    headed = heads.columns(cells, heads.TRUTH, heads.SCORE, heads.optional(heads.CURVE))
    return table.squared(cells if headed is None else headed)


def cases(text: str) -> Cases | None:
    """The labels and scores in `text`, None where there are none."""
    cells = case_rows(text)
    if not cells:
        return None
    wrong: dict[tuple[int, int], str] = {}
    labels = [row[0].casefold() for row in cells]
    kinds = list(dict.fromkeys(labels))
    if "" in kinds:
        message = "Write the label of the case, such as 1 or 0."
        wrong.update({(row, 0): message for row, label in enumerate(labels) if not label})
    scores = table.column(cells, 1, _score, wrong, (-inf, inf))
    _refuse_more(cells, wrong, "A row has a label, a score and the name of a curve, no more.")
    table.refuse(wrong, ("Label", "Score", "Curve", "Further cells"))
    if len(kinds) == 1:
        raise Invalid(f"Every label is “{shorten(kinds[0])}”: a ROC curve needs cases of both classes.")
    if len(kinds) > 2:
        row = labels.index(kinds[2])
        listed = ", ".join(f"“{shorten(kind)}”" for kind in kinds[:3])
        message = (
            f"There are {len(kinds):,} different labels, {listed}{' and so on' if len(kinds) > 3 else ''}: a ROC curve"
            " has two classes. The label stands in the first column, the score in the second."
        )
        raise Invalid(message, cells={(row, 0): "A third label: a ROC curve has two."})
    return Cases(labels, scores, _names(cells, ""))


def _score(cell: str) -> float:
    return share(cell) if cell.endswith("%") else number(cell, example="0.8")


def take_cases(text: str) -> str:
    """The text for the box from a file's; refused if it is no table of cases."""
    if _point_rows(text)[1]:
        raise Invalid("These are points of a curve: bring the file to the box “Points of the curve”.")
    return _taken(case_rows(text), "one with a label and a score")


def positive_of(given: Cases, named: str | None) -> tuple[str, str]:
    """The positive label and the other one: as `named`, else by what the words say.

    >>> positive_of(Cases(["no", "yes"], [], None), None), positive_of(Cases(["a", "b"], [], None), "B")
    (('yes', 'no'), ('b', 'a'))
    """
    return heads.positive_of(given.labels, named)


# --- both ---


def _width(cells: Rows) -> int:
    return max(map(len, cells), default=0)


def _has_digit(row: tuple[str, ...]) -> bool:
    return any(character.isdigit() for cell in row[:2] for character in cell)


def _refuse_more(cells: Rows, wrong: dict[tuple[int, int], str], message: str) -> None:
    if _width(cells) <= 3:
        return
    for place, row in enumerate(cells):
        wrong.update({(place, column): message for column, cell in enumerate(row[3:], 3) if cell})


def _names(cells: Rows, hint: str) -> list[str] | None:
    """The third column, where it names curves."""
    names = [row[2] for row in cells] if _width(cells) > 2 else []
    kinds = list(dict.fromkeys(names))
    if not any(kinds):
        return None
    if len(kinds) > MOST_CURVES:
        row = names.index(kinds[MOST_CURVES])
        message = f"“{shorten(kinds[MOST_CURVES])}” would be a fifth curve: keep it to {MOST_CURVES}.{hint}"
        raise Invalid(f"Row {row + 1}, Curve: {message}", cells={(row, 2): message})
    return names


def _taken(cells: Rows, what: str) -> str:
    if not cells:
        raise Invalid(f"There are no rows in it: bring a table, {what} in every row.")
    return table.write(cells)


_Column = TypeVar("_Column")


def by_curve(names: Sequence[str] | None, rows: int) -> list[tuple[str, Sequence[int]]]:
    """The rows of each curve, from 0, by its name, in the order they first stand in. One without a name is called "".

    >>> by_curve(["a", "b", "a"], 3), by_curve(None, 3)
    ([('a', [0, 2]), ('b', [1])], [('', range(0, 3))])
    """
    if names is None:
        return [("", range(rows))]
    curves: dict[str, list[int]] = {name: [] for name in dict.fromkeys(names)}
    for row, name in enumerate(names):
        curves[name].append(row)
    return list(curves.items())


def picked(column: Sequence[_Column], rows: Sequence[int]) -> Sequence[_Column]:
    """The cells of a column in some of its rows."""
    return column if len(rows) == len(column) else [column[row] for row in rows]


# --- numbers ---


def cost(text: str) -> float:
    """What a mistake costs."""
    return number(text, minimum=0, maximum=1e15, example="10")


def level(text: str) -> float:
    """A level of confidence."""
    value = share(text)
    if value in (0, 1):
        raise Invalid("A level of confidence lies between 0 and 1: write one such as 95%.")
    return value


def or_auto(parse: Callable[[str], _Column], means: str) -> Callable[[str], _Column | None]:
    """`parse`, or None for nothing, for "auto" and for "none"."""

    def read(text: str) -> _Column | None:
        if text.strip().casefold() in ("", "auto", "none"):
            return None
        try:
            return parse(text)
        except Invalid as invalid:
            raise Invalid(f"{invalid} Or write auto, for {means}.") from None

    return read


counted = or_auto(partial(whole, maximum=1e12), "what the labels say")
"""A number of cases; None where the labels say it."""


def draws(text: str) -> int | None:
    """How often cases are drawn anew; None where they are not."""
    if text.strip().casefold() in ("", "none"):
        return None
    try:
        return whole(text, minimum=FEWEST, maximum=MOST, example="2000")
    except Invalid as invalid:
        raise Invalid(f"{invalid} Or write none.") from None
