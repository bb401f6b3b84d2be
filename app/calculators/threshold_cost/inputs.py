"""What is typed, read: costs, shares, a limit, a table of operating points, a table of labels and probabilities."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from math import inf
from typing import NamedTuple

from app.calculators.threshold_cost.calibrated import separation
from app.calculators.threshold_cost.cost import CASES, LARGEST
from app.calculators.threshold_cost.points import OperatingPoint
from app.vocabulary import heads, table
from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import number, share

DEAREST = LARGEST / 10
"""The largest cost that is typed: the page asks what a mistake several times as dear would do."""

RAREST = 1e-9
"""The smallest prevalence that is taken, of positives or of negatives: one case in a billion."""


def answer(text: str) -> float:
    """The cost of an answer, wrong or right. A negative one is a gain."""
    return number(text, minimum=-DEAREST, maximum=DEAREST, example="10")


def prevalence(text: str) -> float | None:
    """The share of positives; None for that of the table."""
    return None if _is(text, "auto") else _inside(text, " Or write auto, for that of your table.")


def trained(text: str) -> float | None:
    """The prevalence of the training data; None where it is the same."""
    return None if _is(text, "auto", "") else _inside(text, " Or write auto, if it was the same.")


def auc(text: str) -> float:
    """An AUC that a model can be made for."""
    return separation(share(text))


def cap(text: str) -> float | None:
    """The largest share of all cases that can be flagged; None for no limit. From 1 on a number is of 1,000 cases.

    >>> cap("50"), cap("5%"), cap("0.05"), cap("50 per 1,000"), cap("none")
    (0.05, 0.05, 0.05, 0.05, None)
    """
    if _is(text, "none", ""):
        return None
    per = re.sub(r"\s*(?:per|in|of|/)\s*1[ ,.\u202f]?000\s*$|\s*‰\s*$", "", text, flags=re.IGNORECASE)
    try:
        if "%" in per:
            return share(per)
        value = number(per, minimum=0, maximum=CASES, example="50")
    except Invalid as invalid:
        raise Invalid(f"{invalid} That is of {CASES:,} cases; 5% is a share; none is no limit.") from None
    return value if value < 1 and per == text else value / CASES


def _is(text: str, *words: str) -> bool:
    return text.strip().casefold() in words


def _inside(text: str, otherwise: str) -> float:
    """A share of which both classes have some."""
    try:
        value = share(text)
    except Invalid as invalid:
        raise Invalid(f"{invalid}{otherwise}") from None
    if not RAREST <= value <= 1 - RAREST:
        ask = "write a share above 0 and below 1, such as 10%"
        raise Invalid(f"“{shorten(text)}” leaves only one kind of case: {ask}.{otherwise}")
    return value


# --- operating points ---

_HEADS = {
    2: ("TPR", "FPR"),
    3: ("Threshold", "TPR", "FPR"),
    4: ("TP", "FP", "FN", "TN"),
    5: ("Threshold", "TP", "FP", "FN", "TN"),
}


class Points(NamedTuple):
    """A table of operating points; `own` is the prevalence of the cases they were counted on, where they all agree."""

    table: tuple[OperatingPoint, ...]
    own: float | None


@lru_cache(maxsize=1)
def points_rows(text: str) -> table.Rows:
    """The cells in the order of `points_heads`, without a line of heads. Specificities become false-positive rates."""
    cells, threshold = table.rows(text), heads.optional(heads.THRESHOLD)
    for kinds in (heads.COUNTS, (heads.TPR, heads.FPR), (heads.TPR, heads.TNR)):
        headed = heads.columns(cells, threshold, *kinds)
        if headed is None:
            continue
        if heads.TNR in kinds:
            headed = tuple((*row[:-1], heads.complement(row[-1])) for row in headed)
        unknown = headed and len(headed[0]) > len(kinds) and not any(row[0] for row in headed)
        return tuple(row[1:] for row in headed) if unknown else headed
    return cells


def points_heads(rows: table.Rows) -> tuple[str, ...]:
    """What the columns hold: with or without a threshold, rates or counts."""
    width = max(map(len, rows), default=3)
    return _HEADS.get(width) or (*_HEADS[3], *(f"Column {column}" for column in range(4, width + 1)))[:width]


def points(text: str) -> Points | None:
    """The operating points of a table; None for an empty one.

    >>> points("0.5,80,180,20,720")
    Points(table=(OperatingPoint(tpr=0.8, fpr=0.2, threshold=0.5),), own=0.1)
    """
    rows = points_rows(text)
    if not rows:
        return None
    named = points_heads(rows)
    if named not in _HEADS.values():
        cells = "1 cell" if len(named) == 1 else f"{len(named)} cells"
        ask = "write TPR, FPR or TP, FP, FN, TN, with or without a threshold before them"
        raise Invalid(f"A row has {cells}: {ask}, such as 0.5, 0.8, 0.2.")
    wrong: dict[tuple[int, int], str] = {}
    first = int(named[0] == "Threshold")
    thresholds: Sequence[float | None] = [None] * len(rows)
    if first:
        thresholds = table.column(rows, 0, _threshold, wrong, (-inf, inf))
    if "TPR" in named:
        tpr, fpr = (table.column(rows, column, share, wrong, (0, 1)) for column in (first, first + 1))
        taken = tuple(map(OperatingPoint, tpr, fpr, thresholds))
        _refuse_endless(taken, wrong)
        table.refuse(wrong, named)
        return Points(taken, None)
    tp, fp, fn, tn = (table.column(rows, column, _count, wrong, (0, 1e15)) for column in range(first, first + 4))
    positive, negative = [a + b for a, b in zip(tp, fn, strict=True)], [a + b for a, b in zip(fp, tn, strict=True)]
    for whole, column, says in (
        (positive, first, "TP and FN cannot both be 0: the rates need a positive case."),
        (negative, first + 1, "FP and TN cannot both be 0: the rates need a negative case."),
    ):
        wrong.update(
            {(row, column): says for row, count in enumerate(whole) if count == 0 and (row, column) not in wrong}
        )
    table.refuse(wrong, named)
    rates = ([a / b for a, b in zip(flagged, of, strict=True)] for flagged, of in ((tp, positive), (fp, negative)))
    taken = tuple(map(OperatingPoint, *rates, thresholds))
    _refuse_endless(taken, wrong)
    table.refuse(wrong, named)
    same = len(set(positive)) == 1 == len(set(negative))
    return Points(taken, positive[0] / (positive[0] + negative[0]) if same else None)


def _refuse_endless(table: Sequence[OperatingPoint], wrong: dict[tuple[int, int], str]) -> None:
    """Note the endless thresholds that contradict their rates."""
    for row, (tpr, fpr, threshold) in enumerate(table):
        if threshold == inf and (tpr or fpr):
            wrong[row, 0] = "A threshold of ∞ flags no case: TPR and FPR are 0 there."
        if threshold == -inf and not tpr == fpr == 1:
            wrong[row, 0] = "A threshold of −∞ flags every case: TPR and FPR are 1 there."


def _threshold(cell: str) -> float:
    """A threshold; libraries write ∞ for the one that flags no case."""
    sign = -1 if cell[:1] in ("-", "−") else 1
    if cell.lstrip("+-−").casefold() in ("inf", "infinity", "∞"):
        return sign * inf
    return number(cell, example="0.5")


def _count(cell: str) -> float:
    return number(cell, minimum=0, maximum=1e15, example="20")


# --- labels and probabilities ---

SCORE_HEADS = ("Label", "Probability")


class Labelled(NamedTuple):
    """The label of each case, one of two in lower case, and its probability, whose column has the head `name` if it has
    one. Of each case the `amounts` may say what an error costs that is made of it.
    """

    labels: Sequence[str]
    scores: Sequence[float]
    amounts: Sequence[float] | None = None
    name: str = ""


@lru_cache(maxsize=1)
def scores_rows(text: str) -> table.Rows:
    """The cells, label before probability, without a line of heads."""
    cells = table.rows(text)
    headed = heads.columns(cells, heads.TRUTH, heads.SCORE)
    return cells if headed is None else headed


def scores_heads(rows: table.Rows) -> tuple[str, ...]:
    """What the columns hold; those beyond two hold nothing that is wanted."""
    width = max(map(len, rows), default=2)
    return (*SCORE_HEADS, *(f"Column {column}" for column in range(3, width + 1)))


def scores(text: str) -> Labelled | None:
    """Labelled cases; None for an empty table. Of labels that all say which class they are, many words will do.

    >>> scores("1,0.9;0,60%;yes,0.3")
    Labelled(labels=['1', '0', '1'], scores=[0.9, 0.6, 0.3], amounts=None, name='')
    """
    rows = scores_rows(text)
    if not rows:
        return None
    width = max(map(len, rows))
    if width != 2:
        cells = "1 cell" if width == 1 else f"{width} cells"
        raise Invalid(f"A row has {cells}: write a label and a probability, such as 1, 0.9.")
    wrong: dict[tuple[int, int], str] = {}
    labels = _two_labels([row[0] for row in rows], wrong)
    probabilities = table.column(rows, 1, share, wrong, (0, 1))
    table.refuse(wrong, SCORE_HEADS)
    return Labelled(labels, probabilities)


def _two_labels(cells: Sequence[str], wrong: dict[tuple[int, int], str]) -> list[str]:
    """The labels in lower case: any two, or any words that say which class they are, as 1 and 0. A missing one and a
    third one have their messages in `wrong`.
    """
    labels = [cell.casefold() for cell in cells]
    kinds = list(dict.fromkeys(labels))
    if "" in kinds:
        kinds.remove("")
        wrong |= {
            (row, 0): "Write the label of the case, such as 1 or 0." for row, kind in enumerate(labels) if not kind
        }
    if len(kinds) <= 2 and not ({*kinds} <= heads.POSITIVE or {*kinds} <= heads.NEGATIVE):
        return labels
    minus_one = [kind for kind in kinds if kind in ("-1", "-1.0", "−1")]
    third = minus_one and not {"0", "0.0"}.isdisjoint(kinds)  # each is a negative case only without the other
    known = heads.POSITIVE | heads.NEGATIVE
    if not third and {*kinds} <= known:
        return ["1" if label in heads.POSITIVE else "0" for label in labels]
    other = minus_one[0] if third else next((kind for kind in kinds if kind not in known), kinds[-1])
    row = labels.index(other)
    wrong[row, 0] = f"“{shorten(cells[row])}” is a third label beside {_others(kinds, other)}: two classes have two."
    return labels


def _others(kinds: Sequence[str], but: str) -> str:
    return " and ".join(f"“{shorten(kind)}”" for kind in kinds[:3] if kind != but)


# --- files ---


def take_points(text: str) -> str:
    """The text of the box for a file of operating points."""
    return _take(text, points_rows, points)


def take_scores(text: str) -> str:
    """The text of the box for a file of labels and probabilities."""
    return _take(text, scores_rows, scores)


def _take(text: str, rows: Callable[[str], table.Rows], parse: Callable[[str], object]) -> str:
    taken = table.write(rows(text))
    if not taken:
        raise Invalid("The file has no rows: choose a CSV with one row for each case or point.")
    parse(taken)
    return taken
