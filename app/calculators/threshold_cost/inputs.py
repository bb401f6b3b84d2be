"""What is typed, read: costs, shares, a limit, a table of operating points, a table of labels and probabilities."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import exp, inf
from typing import NamedTuple

from app.calculators.threshold_cost.calibrated import separation
from app.calculators.threshold_cost.cost import CASES, LARGEST
from app.calculators.threshold_cost.points import OperatingPoint
from app.vocabulary import heads, table
from app.vocabulary.calculator import Invalid, Way, shorten
from app.vocabulary.quantity import number, share
from app.vocabulary.tables import declared, kinds, roles
from app.vocabulary.tables.boxes import Boxes
from app.vocabulary.tables.cells import Gaps, cells_of, refuse
from app.vocabulary.tables.guesses import guesses, settled
from app.vocabulary.tables.rates import rates
from app.vocabulary.tables.roles import ASK, AUTO, Column, Taken
from app.vocabulary.tables.route import elsewhere
from app.vocabulary.tables.shape import Shape, shape

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
    text = text.strip()
    per = re.sub(r"(?:per|in|of|/)\s*1[ ,.\u202f]?000$|‰$", "", text, flags=re.IGNORECASE).strip()
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

_PLACES = {
    2: ("tpr", "fpr"),
    3: ("threshold", "tpr", "fpr"),
    4: ("tp", "fp", "fn", "tn"),
    5: ("threshold", "tp", "fp", "fn", "tn"),
}
"""What columns without heads are, by how many there are."""

POINT_ROLES = ("threshold", "tpr", "fpr", "tnr", "tp", "fp", "fn", "tn")
point_columns = roles.said(*POINT_ROLES)

BOXES = Boxes("threshold-cost", "points_columns", "Operating points")


class Points(NamedTuple):
    """A table of operating points; `own` is the prevalence of the cases they were counted on, where they all agree.
    `remarks` and `warnings` are sentences about how the table was read.
    """

    table: tuple[OperatingPoint, ...]
    own: float | None
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def _point_heads(rows: table.Rows) -> tuple[str, ...]:
    """What the columns hold: with or without a threshold, rates or counts."""
    width = max(map(len, rows), default=3)
    return tuple([roles.NAMES[role] for role in _PLACES.get(width, _PLACES[3][:width])])


def _point_columns(found: Shape, said: str) -> Taken:
    """The columns as they are taken: as was chosen, by their heads, or by their places."""
    places = _PLACES.get(max(found.width, 2), ())
    taken = kinds.points(found, thresholds=True) or kinds.by_place(found, *places)
    unknown = taken.at("threshold")
    if found.heads and unknown is not None and not any(cells_of(found, unknown)):
        columns = [*taken.columns]
        columns[unknown] = Column(found.head(unknown), roles.OUT, "empty")
        taken = taken._replace(columns=tuple(columns))
    return kinds.with_said(found, taken, roles.chosen(point_columns, said))


POINTS = declared.sheet("points_columns", POINT_ROLES, _point_columns, _point_heads)


def points(text: str, said: str = AUTO) -> Points | None:
    """The operating points of a table; None for an empty one.

    >>> points("0.5,80,180,20,720")[:2]
    ((OperatingPoint(tpr=0.8, fpr=0.2, threshold=0.5),), 0.1)
    """
    found = shape(text)
    rows = found.rows
    if not rows:
        return None
    if said.strip().casefold() == ASK:
        BOXES.ask(found, text)
    taken = _point_columns(found, said)
    if kinds.points(found) is None and roles.chosen(point_columns, said) is None:
        _refuse_other_points(found, text)
    wrong: dict[tuple[int, int], str] = {}
    at = taken.at("threshold")
    thresholds: Sequence[float | None] = [None] * len(rows)
    if at is not None:
        thresholds = table.column(cells_of(found, at), at, _threshold, wrong, (-inf, inf))
    places = _point_heads(rows)
    read = rates(found, taken, wrong)
    refuse(wrong, found, taken, places, "points")
    points = tuple(map(OperatingPoint, read.tpr, read.fpr, thresholds))
    _refuse_endless(points, at or 0, wrong)
    refuse(wrong, found, taken, places, "points")
    same = len({*read.positive}) == 1 == len({*read.negative})
    own = read.positive[0] / (read.positive[0] + read.negative[0]) if same else None
    return Points(points, own, taken.remarks, taken.warnings)


def _refuse_other_points(found: Shape, text: str) -> None:
    """Refuse a table that is none of operating points, and say where it belongs."""
    possible = guesses(found)
    if possible and possible[0].kind not in ("cases", "points"):
        raise elsewhere(possible[0].kind, "threshold-cost", text)
    if found.heads and possible:
        BOXES.ask(found, text)
    if found.width not in _PLACES or found.heads:
        cells = "1 cell" if found.width == 1 else f"{found.width} cells"
        ask = "write TPR, FPR or TP, FP, FN, TN, with or without a threshold before them"
        raise Invalid(f"A row has {cells}: {ask}, such as 0.5, 0.8, 0.2. Or choose above the columns what they are.")
    if found.width == 2 and len(found.rows) > 3 and [each.kind for each in possible] == ["cases"]:
        BOXES.ask(found, text)


def _refuse_endless(table: Sequence[OperatingPoint], at: int, wrong: dict[tuple[int, int], str]) -> None:
    """Note the endless thresholds, in the column `at`, that contradict their rates."""
    for row, (tpr, fpr, threshold) in enumerate(table):
        if threshold == inf and (tpr or fpr):
            wrong[row, at] = "A threshold of ∞ flags no case: TPR and FPR are 0 there."
        if threshold == -inf and not tpr == fpr == 1:
            wrong[row, at] = "A threshold of −∞ flags every case: TPR and FPR are 1 there."


def _threshold(cell: str) -> float:
    """A threshold; libraries write ∞ for the one that flags no case."""
    sign = -1 if cell[:1] in ("-", "−") else 1
    if cell.lstrip("+-−").casefold() in ("inf", "infinity", "∞"):
        return sign * inf
    return number(cell, example="0.5")


# --- labels and probabilities ---

SCORE_HEADS = ("Label", "Probability")
CASE_ROLES = ("label", "score", "amount")
_case_roles = roles.said(*CASE_ROLES)


class Labelled(NamedTuple):
    """The label of each case, one of two in lower case, and its probability, whose column has the head `name` if it has
    one. Of each case the `amounts` may say what an error costs that is made of it. `remarks` and `warnings` are
    sentences about how the table was read.
    """

    labels: Sequence[str]
    scores: Sequence[float]
    amounts: Sequence[float] | None = None
    name: str = ""
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


LOGISTIC = "logistic:"
"""Before what the columns are said to be: the scores are log odds, whose logistic is the probability."""


def scores_columns(text: str) -> tuple[str, ...] | None:
    """What the columns of cases are said to be."""
    return _case_roles(text.strip().casefold().removeprefix(LOGISTIC))


def _case_columns(found: Shape, said: str) -> Taken:
    """The columns as they are taken: as was chosen, by names and by content, or by their places."""
    places = () if found.heads else ("label", "score")
    taken = kinds.cases(found, amounts=True) or kinds.by_place(found, *places)
    return kinds.with_said(found, taken, roles.chosen(scores_columns, said))


SCORES = declared.sheet("scores_columns", CASE_ROLES, _case_columns, lambda _: SCORE_HEADS)


def scores(text: str, said: str = AUTO) -> Labelled | None:
    """Labelled cases; None for an empty table. Of labels that all say which class they are, many words will do.

    >>> scores("1,0.9;0,60%;yes,0.3")[:2]
    (['1', '0', '1'], [0.9, 0.6, 0.3])
    """
    found = shape(text)
    if not found.rows:
        return None
    said = said.strip().casefold()
    if said.removeprefix(LOGISTIC) == ASK:
        BOXES.ask(found, text)
    taken = _case_columns(found, said)
    label, at = taken.at("label"), taken.every("score")
    by_hand = roles.chosen(scores_columns, said) is not None
    if label is None or not at:
        if not by_hand:
            BOXES.refuse_no_cases(found, text)
        if found.width < 2:
            raise Invalid("A row has 1 cell: write a label and a probability, such as 1, 0.9.")
        raise Invalid("Choose above the columns which holds the label, and which the probability.")
    if len(at) > 1:
        _refuse_several(found, taken, at)
    if not found.heads and not by_hand and found.width > 2:
        cells = f"{found.width} cells"
        raise Invalid(
            f"A row has {cells}: write a label and a probability, such as 1, 0.9. Or choose above each what it is."
        )
    return _read_cases(found, taken, label, at[0], said)


def _refuse_several(found: Shape, taken: Taken, at: Sequence[int]) -> None:
    """Ask which of several models is priced."""
    if len(at) > kinds.MOST_SCORES:
        raise Invalid(
            f"{len(at):,} columns may hold the probability: choose above them which does, and leave the others out."
        )
    columns = kinds.every(found)
    ways = tuple(
        Way(f"The probability is {kinds.named(columns[each], each)}", {"scores_columns": ",".join(_only(taken, each))})
        for each in at
    )
    raise Invalid(f"{len(at)} columns hold scores. Which is the probability?", ways=ways)


def _only(taken: Taken, score: int) -> list[str]:
    return [
        roles.OUT if column.role == "score" and at != score else column.role for at, column in enumerate(taken.columns)
    ]


def _read_cases(found: Shape, taken: Taken, label: int, at: int, said: str) -> Labelled:
    wrong: dict[tuple[int, int], str] = {}
    amount, logistic = taken.at("amount"), said.startswith(LOGISTIC)
    gaps = Gaps.of(found, [label, at, *([] if amount is None else [amount])])
    labels = _two_labels(found, label, gaps, wrong)
    if logistic:
        odds = gaps.numbers(found, at, number, wrong, (-inf, inf))
        probabilities = [1 / (1 + exp(-each)) if each >= -700 else 0.0 for each in odds]
    else:
        probabilities = gaps.numbers(found, at, share, wrong, (0, 1))
        if any(column == at for _, column in wrong) and _are_log_odds(gaps.kept(cells_of(found, at))):
            _ask_logistic(found, at, said)
    amounts = None if amount is None else gaps.numbers(found, amount, _amount, wrong, (0, DEAREST))
    refuse(wrong, found, taken, SCORE_HEADS, "scores")
    if not labels:
        raise Invalid("No row has both a label and a probability.")
    warnings = kinds.predicted(found, [at]) + kinds.numbered(found)
    if logistic:
        warnings = (*warnings, "The scores are read as log odds, and their logistic as probabilities.")
    remarks = (*taken.remarks, *gaps.remarks("label or probability"))
    return Labelled(labels, probabilities, amounts, found.head(at), remarks, warnings)


def _amount(cell: str) -> float:
    return number(cell, minimum=0, maximum=DEAREST, example="120")


def _are_log_odds(cells: Sequence[str]) -> bool:
    """Whether numbers that are no probabilities can be log odds: some are negative, or beyond 1, none is a percentage,
    and the largest is no large number.
    """
    try:
        found = [number(cell) for cell in cells]
    except Invalid:
        return False
    return len(found) > 1 and min(found) < 0 and max(map(abs, found)) <= 60


def _ask_logistic(found: Shape, at: int, said: str) -> None:
    name = kinds.named(kinds.every(found)[at], at)
    raise Invalid(
        f"The scores in {name} are no probabilities: some are below 0 or above 1. A threshold in terms of costs needs"
        " probabilities. If they are log odds, as a logistic regression gives them, their logistic is one.",
        ways=(Way("Read them as log odds", {"scores_columns": f"{LOGISTIC}{said}"}),),
    )


def _two_labels(found: Shape, at: int, gaps: Gaps, wrong: dict[tuple[int, int], str]) -> list[str]:
    """The labels in lower case: any two, or any words that say which class they are, as 1 and 0. A missing one and a
    third one have their messages in `wrong`.
    """
    labels = gaps.labels(found, at, wrong)
    kinds_of = [kind for kind in dict.fromkeys(labels) if kind]
    if len(kinds_of) <= 2 and not ({*kinds_of} <= heads.POSITIVE or {*kinds_of} <= heads.NEGATIVE):
        return labels
    minus_one = [kind for kind in kinds_of if kind in ("-1", "-1.0", "−1")]
    third = minus_one and not {"0", "0.0"}.isdisjoint(kinds_of)  # each is a negative case only without the other
    known = heads.POSITIVE | heads.NEGATIVE
    if not third and {*kinds_of} <= known:
        return ["1" if label in heads.POSITIVE else "0" for label in labels]
    other = minus_one[0] if third else next((kind for kind in kinds_of if kind not in known), kinds_of[-1])
    row = gaps.row(labels.index(other))
    cell = shorten(cells_of(found, at)[row])
    wrong[row, at] = f"“{cell}” is a third label beside {_others(kinds_of, other)}: two classes have two."
    return labels


def _others(kinds_of: Sequence[str], but: str) -> str:
    return " and ".join(f"“{shorten(kind)}”" for kind in kinds_of[:3] if kind != but)


# --- a table that comes ---


def take(text: str) -> Mapping[str, str]:
    """The texts of the fields for a table that is dropped or pasted, on whatever box: as many cells in a row as points
    have, and no heads, are points where nothing else is known of them.
    """
    found = shape(text)
    if not found.heads and found.width in _PLACES and found.width > 2 and not guesses(found):
        return BOXES.as_points(settled(found.rows, found), AUTO)
    return BOXES.take(text)
