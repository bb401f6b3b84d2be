"""Points of a ROC curve as the columns of a table have them: rates, or the four counts behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.vocabulary import table
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import number, share
from app.vocabulary.tables.cells import cells_of
from app.vocabulary.tables.roles import Taken
from app.vocabulary.tables.shape import Shape


class Rates(NamedTuple):
    """FPR and TPR of every row and, where they are counted, how many positive and negative cases are behind them."""

    fpr: Sequence[float]
    tpr: Sequence[float]
    positive: Sequence[float] = ()
    negative: Sequence[float] = ()


def rates(found: Shape, taken: Taken, wrong: dict[tuple[int, int], str]) -> Rates:
    """The points of a table by what its columns are taken for. What is wrong with a cell is put into `wrong`."""
    tpr, fpr, tnr = taken.at("tpr"), taken.at("fpr"), taken.at("tnr")
    counts = [at for at in map(taken.at, ("tp", "fp", "fn", "tn")) if at is not None]
    if tpr is None and len(counts) == 4:
        return _counted(found, counts, wrong)
    other = fpr if fpr is not None else tnr
    if tpr is None or other is None:
        raise Invalid(
            "Choose above the columns which holds TPR, and which FPR or the specificity; or which TP, FP, FN and TN."
        )
    flagged, across = (table.column(cells_of(found, at), at, share, wrong, (0, 1)) for at in (tpr, other))
    return Rates(across if fpr is not None else [round(1 - each, 15) for each in across], flagged)


def _counted(found: Shape, at: Sequence[int], wrong: dict[tuple[int, int], str]) -> Rates:
    tp, fp, fn, tn = (table.column(cells_of(found, each), each, _count, wrong, (0, 1e15)) for each in at)
    positive, negative = [a + b for a, b in zip(tp, fn, strict=True)], [a + b for a, b in zip(fp, tn, strict=True)]
    for cases, column, says in (
        (positive, at[0], "TP and FN cannot both be 0: the rates need a positive case."),
        (negative, at[1], "FP and TN cannot both be 0: the rates need a negative case."),
    ):
        for row, count in enumerate(cases):
            if not count:
                wrong.setdefault((row, column), says)
    return Rates(_shares(fp, negative), _shares(tp, positive), positive, negative)


def _shares(flagged: Sequence[float], cases: Sequence[float]) -> list[float]:
    """The share of the cases that is flagged, in every row; 0 where there is none, which has its message."""
    return [part / whole if whole else 0.0 for part, whole in zip(flagged, cases, strict=True)]


def _count(cell: str) -> float:
    return number(cell, minimum=0, maximum=1e15, example="20")
