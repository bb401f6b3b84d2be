"""What is typed, pasted or dropped: labels with scores, and points of curves. Text in, columns out.

What each column of a table is taken for is found by its head and by what stands in it (`app.vocabulary.tables`), or
said by the fields `scores_columns` and `columns`. Without heads points are FPR and TPR, and cases are a label and a
score; a third column names the curve.

>>> points("0.1,0.5;20%,0.7").first
[0.1, 0.2]
>>> points("Sensitivity;Specificity\\n0,7;0,8\\n").first
[0.2]
>>> points("TP,FP,FN,TN\\n80,180,20,720\\n").second
[0.8]
>>> cases("Score\\tLabel\\n0.8\\tyes\\n0.3\\tno").labels
['yes', 'no']
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from math import inf
from typing import NamedTuple, TypeVar

from app.calculators.roc_auc.bootstrap import FEWEST, MOST
from app.vocabulary import table
from app.vocabulary.calculator import Choice, Invalid, shorten
from app.vocabulary.quantity import number, share, whole
from app.vocabulary.table import Rows
from app.vocabulary.tables import declared, kinds, roles
from app.vocabulary.tables.boxes import Boxes
from app.vocabulary.tables.cells import Gaps, cells_of, refuse
from app.vocabulary.tables.facts import is_number
from app.vocabulary.tables.guesses import guesses
from app.vocabulary.tables.rates import rates
from app.vocabulary.tables.roles import ASK, AUTO, Taken
from app.vocabulary.tables.route import elsewhere
from app.vocabulary.tables.shape import Shape, shape

MOST_CURVES = kinds.MOST_SCORES
"""As many as have a colour of their own."""


class Points(NamedTuple):
    """Two columns of shares: FPR and TPR where the line of heads or the visitor said so (`headed`), else what `columns`
    says. `names` has the curve of each row, if any row names one. `remarks` and `warnings` are sentences about how the
    table was read.
    """

    first: Sequence[float]
    second: Sequence[float]
    names: Sequence[str] | None
    headed: bool
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Cases(NamedTuple):
    """The label of each case, one of two in lower case, its score, and the curve it belongs to, if any is named. It
    may count with one of the `weights`. `others` are the scores of further models for the same cases, by the heads of
    their columns, at most `MOST_CURVES` with the first, whose head is `name`. `remarks` and `warnings` are sentences
    about how the table was read.
    """

    labels: Sequence[str]
    scores: Sequence[float]
    names: Sequence[str] | None
    weights: Sequence[float] | None = None
    others: tuple[tuple[str, Sequence[float]], ...] = ()
    name: str = ""
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


# --- points ---

POINT_ROLES = ("fpr", "tpr", "tnr", "tp", "fp", "fn", "tn", "curve")

COLUMNS = (
    Choice("fpr,tpr", "By their heads, else FPR, TPR"),
    Choice("sensitivity,specificity", "Sensitivity, specificity"),
    Choice("specificity,sensitivity", "Specificity, sensitivity"),
)
"""What columns without heads may be, as links always had it. What is chosen above the columns is told by role."""

_SPOKEN = {"sensitivity,specificity": ("tpr", "tnr"), "specificity,sensitivity": ("tnr", "tpr")}
_FIRST = COLUMNS[0].value
_point_roles = roles.said(*POINT_ROLES)


def columns(text: str) -> str:
    """What columns without heads are; the first of `COLUMNS` where each column has its role."""
    plain = text.strip().casefold()
    if plain in {choice.value for choice in COLUMNS}:
        return plain
    _point_roles(text)
    return _FIRST


def _as_said_here(said: str) -> str:
    """What the columns of points are said to be, as this page says it: it has no use for thresholds."""
    plain = said.replace("threshold", roles.OUT)
    return _FIRST if plain == AUTO else plain


BOXES = Boxes("roc-auc", "columns", "Points of a curve", _as_said_here)


def _point_heads(cells: Rows) -> tuple[str, ...]:
    """What the cells of points are called."""
    return ("FPR", "TPR", "Curve") if _width(cells) > 2 else ("FPR", "TPR")


def _point_columns(found: Shape, said: str) -> Taken:
    """The columns of points as they are taken: as was chosen, by their heads, or by their places."""
    spoken = _SPOKEN.get(said.strip().casefold(), ())
    chosen = None if said.strip().casefold() == _FIRST or spoken else roles.chosen(_point_roles, said)
    taken = kinds.points(found) or kinds.by_place(found, *(spoken or ("fpr", "tpr")), "curve")
    return kinds.with_said(found, taken, chosen)


POINTS = declared.sheet("columns", POINT_ROLES, _point_columns, _point_heads)


def points(text: str, said: str = _FIRST) -> Points | None:
    """The points in `text`, None where there are none."""
    found = shape(text)
    if not found.rows:
        return None
    if said.strip().casefold() == ASK:
        BOXES.ask(found, text)
    by_heads = kinds.points(found) is not None
    by_hand = said.strip().casefold() != _FIRST and roles.chosen(_point_roles, said) is not None
    headed = by_heads or by_hand
    if not headed:
        _refuse_others(found, text)
    taken = _point_columns(found, said)
    wrong: dict[tuple[int, int], str] = {}
    first, second = _rates(found, taken, headed, wrong)
    if not headed:
        message = "A row has FPR, TPR and the name of a curve, no more. Between decimal commas, put tabs or semicolons."
        _refuse_more(found.rows, wrong, message)
    refuse(wrong, found, taken, ("FPR", "TPR", "Curve", "Further cells"), "points")
    hint = "" if headed else " If the third column is no name, such as thresholds, leave it out."
    names = _names(found, taken, hint)
    return Points(first, second, names, headed, taken.remarks, taken.warnings + _point_doubts(names, first, second))


def _rates(
    found: Shape, taken: Taken, headed: bool, wrong: dict[tuple[int, int], str]
) -> tuple[Sequence[float], Sequence[float]]:
    """FPR and TPR of every row by the roles of the columns; without heads the first two columns as they stand."""
    if not headed:
        first, second = (table.column(cells_of(found, at), at, share, wrong, (0, 1)) for at in (0, 1))
        return first, second
    read = rates(found, taken, wrong)
    return read.fpr, read.tpr


def _refuse_others(found: Shape, text: str) -> None:
    """Refuse a table that is no table of points, and say what it is and where it belongs."""
    possible = guesses(found)
    if possible and possible[0].kind not in ("cases", "points"):
        raise elsewhere(possible[0].kind, "roc-auc", text)
    if found.heads:
        named = [f"“{shorten(head)}”" for head in found.heads[:2]]
        known = "FPR and TPR, or sensitivity and specificity"
        raise Invalid(
            f"The columns {' and '.join(named)} are not known here: call them {known}, or choose that above them."
            if len(named) == 2
            else f"The column {named[0]} stands alone: write {known}, in every row.",
            ways=BOXES.ways(found),
        )
    if len(found.rows) > 3 and [each.kind for each in possible] == ["cases"] and _falls(found):
        BOXES.ask(found, text)


def _falls(found: Shape) -> bool:
    """Whether two columns are no curve: the lowest TPR at FPR 1 is below the highest at FPR 0."""
    columns = kinds.every(found)
    if len(columns) != 2 or columns[0].numbers is None or columns[1].numbers is None or not columns[1].is_rate:
        return False
    at: dict[float, list[float]] = {0.0: [], 1.0: []}
    for fpr, tpr in zip(columns[0].numbers, columns[1].numbers, strict=False):
        at.setdefault(fpr, []).append(tpr)
    return len(at) == 2 and bool(at[0.0]) and bool(at[1.0]) and min(at[1.0]) < max(at[0.0])


def _point_doubts(names: Sequence[str] | None, first: Sequence[float], second: Sequence[float]) -> tuple[str, ...]:
    """What may be wrong with points that can be read."""
    if names is not None and len(names) > 1 and len({*names}) == len(names) and all(map(is_number, names)):
        return (
            "Every curve has a single point, named by a number in the third column. If those are thresholds, take that"
            " column out.",
        )
    if names is None and len(first) > 5 and {*first} <= {0.0, 1.0} and len({*second}) > 2:
        return ("Every FPR is 0 or 1: if these are labels and scores, bring them to that box.",)
    return ()


# --- labels and scores ---

CASE_ROLES = ("label", "score", "weight", "curve")

case_columns = roles.said(*CASE_ROLES)
"""What the columns of cases are said to be."""


def _case_heads(cells: Rows) -> tuple[str, ...]:
    """What the cells of cases are called."""
    return ("Label", "Score", "Curve") if _width(cells) > 2 else ("Label", "Score")


def _case_columns(found: Shape, said: str) -> Taken:
    """The columns of cases as they are taken: as was chosen, by names and by content, or by their places."""
    taken = kinds.cases(found, weights=True)
    if not found.heads and (taken is None or _named_by_place(found)):
        taken = kinds.by_place(found, "label", "score", "curve")
    return kinds.with_said(found, taken or kinds.by_place(found), roles.chosen(case_columns, said))


def _named_by_place(found: Shape) -> bool:
    """Whether three columns without heads are a label, a score and the name of a curve: that comes again."""
    columns = kinds.every(found)
    if len(columns) != 3 or len(columns[0].kinds) > 2:
        return False
    third = columns[2]
    return third.numbers is None or (len(third.kinds) <= MOST_CURVES and len(third.kinds) < len(third.cells))


CASES = declared.sheet("scores_columns", CASE_ROLES, _case_columns, _case_heads)


def cases(text: str, said: str = AUTO) -> Cases | None:
    """The labels and scores in `text`, None where there are none."""
    found = shape(text)
    if not found.rows:
        return None
    if said.strip().casefold() == ASK:
        BOXES.ask(found, text)
    taken = _case_columns(found, said)
    by_hand = roles.chosen(case_columns, said) is not None
    label, scores = taken.at("label"), taken.every("score")
    if label is None or not scores:
        if not by_hand:
            BOXES.refuse_no_cases(found, text)
        raise Invalid("Choose above the columns which holds the label, and which the score.")
    if len(scores) > MOST_CURVES:
        raise Invalid(
            f"{len(scores):,} columns may hold scores: choose above the columns which are, at most {MOST_CURVES}, and"
            " leave the others out.",
        )
    return _read_cases(found, taken, label, scores)


def _read_cases(found: Shape, taken: Taken, label: int, scores: Sequence[int]) -> Cases:
    wrong: dict[tuple[int, int], str] = {}
    weight = taken.at("weight")
    gaps = Gaps.of(found, [label, *scores, *([] if weight is None else [weight])])
    labels = gaps.labels(found, label, wrong)
    read = [gaps.numbers(found, at, _score, wrong, (-inf, inf)) for at in scores]
    weights = None if weight is None else gaps.numbers(found, weight, _weight, wrong, (0, 1e15))
    if not found.heads:
        _refuse_more(found.rows, wrong, "A row has a label, a score and the name of a curve, no more.")
    refuse(wrong, found, taken, ("Label", "Score", "Curve", "Further cells"), "scores")
    if not labels:
        raise Invalid("No row has both a label and a score.")
    if weights is not None and not any(weights):
        raise Invalid("Every weight is 0: some case must count.")
    kinds_of = list(dict.fromkeys(labels))
    if len(kinds_of) == 1:
        raise Invalid(f"Every label is “{shorten(kinds_of[0])}”: a ROC curve needs cases of both classes.")
    if len(kinds_of) > 2:
        _refuse_labels(kinds_of, gaps.row(labels.index(kinds_of[2])), label)
    curves = _names(found, taken, "")
    names = None if curves is None else gaps.kept(curves)
    others = tuple((found.head(at), column) for at, column in zip(scores[1:], read[1:], strict=True))
    warnings = kinds.predicted(found, scores) + _third_column(found, names) + kinds.numbered(found)
    remarks = (*taken.remarks, *gaps.remarks("label or score"))
    return Cases(labels, read[0], names, weights, others, found.head(scores[0]), remarks, warnings)


def _third_column(found: Shape, names: Sequence[str] | None) -> tuple[str, ...]:
    """A doubt about curves that are named by numbers."""
    if found.heads or names is None or not all(map(is_number, {*names})):
        return ()
    return (
        "The third column is read as the name of the curve. If it holds other scores or predictions, say so above it.",
    )


def _refuse_labels(kinds_of: Sequence[str], row: int, at: int) -> None:
    listed = ", ".join(f"“{shorten(kind)}”" for kind in kinds_of[:3]) + (" and so on" if len(kinds_of) > 3 else "")
    raise Invalid(
        f"There are {len(kinds_of):,} different labels, {listed}: a ROC curve has two classes. If another"
        " column holds the label, choose it above the columns.",
        cells={(row, at): "A third label: a ROC curve has two."},
    )


def _score(cell: str) -> float:
    return share(cell) if cell.endswith("%") else number(cell, example="0.8")


def _weight(cell: str) -> float:
    return number(cell, minimum=0, maximum=1e15, example="2")


# --- both ---


def _width(cells: Rows) -> int:
    return max(map(len, cells), default=0)


def _refuse_more(cells: Rows, wrong: dict[tuple[int, int], str], message: str) -> None:
    if _width(cells) <= 3:
        return
    for place, row in enumerate(cells):
        wrong.update({(place, column): message for column, cell in enumerate(row[3:], 3) if cell})


def _names(found: Shape, taken: Taken, hint: str) -> Sequence[str] | None:
    """The column that names curves, if any row does."""
    at = taken.at("curve")
    names: Sequence[str] = [] if at is None else cells_of(found, at)
    kinds_of = list(dict.fromkeys(names))
    if not any(kinds_of):
        return None
    if len(kinds_of) > MOST_CURVES:
        row = names.index(kinds_of[MOST_CURVES])
        message = f"“{shorten(kinds_of[MOST_CURVES])}” would be a fifth curve: keep it to {MOST_CURVES}.{hint}"
        raise Invalid(f"Row {row + 1}, Curve: {message}", cells={(row, at or 0): message})
    return names


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
