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
from app.vocabulary.tables import kinds, roles
from app.vocabulary.tables.cells import Gaps, cells_of, refuse
from app.vocabulary.tables.guesses import guesses, settled
from app.vocabulary.tables.roles import ASK, AUTO, Column, Taken
from app.vocabulary.tables.route import elsewhere, other_page
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

_HEADS = {
    2: ("TPR", "FPR"),
    3: ("Threshold", "TPR", "FPR"),
    4: ("TP", "FP", "FN", "TN"),
    5: ("Threshold", "TP", "FP", "FN", "TN"),
}
_PLACES = {
    2: ("tpr", "fpr"),
    3: ("threshold", "tpr", "fpr"),
    4: ("tp", "fp", "fn", "tn"),
    5: ("threshold", "tp", "fp", "fn", "tn"),
}
"""What columns without heads are, by how many there are."""

POINT_ROLES = ("threshold", "tpr", "fpr", "tnr", "tp", "fp", "fn", "tn")
point_columns = roles.said(*POINT_ROLES)


class Points(NamedTuple):
    """A table of operating points; `own` is the prevalence of the cases they were counted on, where they all agree.
    `remarks` and `warnings` are sentences about how the table was read.
    """

    table: tuple[OperatingPoint, ...]
    own: float | None
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def heads_of(text: str) -> tuple[str, ...]:
    """The line of heads of a table, () where it has none."""
    return shape(text).heads


def points_rows(text: str) -> table.Rows:
    """The cells, without a line of heads."""
    return shape(text).rows


def points_heads(rows: table.Rows) -> tuple[str, ...]:
    """What the columns hold: with or without a threshold, rates or counts."""
    width = max(map(len, rows), default=3)
    return _HEADS.get(width) or (*_HEADS[3], *(f"Column {column}" for column in range(4, width + 1)))[:width]


def points_taken(text: str, said: str = AUTO) -> tuple[str, ...]:
    """What each column of operating points is taken for."""
    found = shape(text)
    return tuple(column.role for column in _point_columns(found, said).columns)


def _point_columns(found: Shape, said: str) -> Taken:
    """The columns as they are taken: as was chosen, by their heads, or by their places."""
    taken = kinds.points(found, thresholds=True)
    if taken is None:
        width = max(found.width, 2)
        places = _PLACES.get(width, (roles.OUT,) * width)
        taken = Taken(tuple(Column(found.head(at), role, "its place") for at, role in enumerate(places)))
    unknown = taken.at("threshold")
    if found.heads and unknown is not None and not any(cells_of(found, unknown)):
        columns = [*taken.columns]
        columns[unknown] = Column(found.head(unknown), roles.OUT, "empty")
        taken = taken._replace(columns=tuple(columns))
    return kinds.with_said(found, taken, roles.chosen(point_columns, said))


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
        _ask(found, text)
    taken = _point_columns(found, said)
    if kinds.points(found) is None and roles.chosen(point_columns, said) is None:
        _refuse_other_points(found, text)
    wrong: dict[tuple[int, int], str] = {}
    at = taken.at("threshold")
    thresholds: Sequence[float | None] = [None] * len(rows)
    if at is not None:
        thresholds = table.column(cells_of(found, at), at, _threshold, wrong, (-inf, inf))
    places = points_heads(rows)
    counts = [taken.at(role) for role in ("tp", "fp", "fn", "tn")]
    if taken.at("tpr") is None and None not in counts:
        of = {role: place for role, place in zip(("tp", "fp", "fn", "tn"), counts, strict=True) if place is not None}
        tp, fp, fn, tn = (table.column(cells_of(found, of[role]), of[role], _count, wrong, (0, 1e15)) for role in of)
        positive, negative = [a + b for a, b in zip(tp, fn, strict=True)], [a + b for a, b in zip(fp, tn, strict=True)]
        for whole, column, says in (
            (positive, of["tp"], "TP and FN cannot both be 0: the rates need a positive case."),
            (negative, of["fp"], "FP and TN cannot both be 0: the rates need a negative case."),
        ):
            wrong.update(
                {(row, column): says for row, count in enumerate(whole) if count == 0 and (row, column) not in wrong}
            )
        refuse(wrong, found, taken, places, "points")
        rates = (
            [a / b for a, b in zip(flagged, all_, strict=True)] for flagged, all_ in ((tp, positive), (fp, negative))
        )
        points = tuple(map(OperatingPoint, *rates, thresholds))
        _refuse_endless(points, at or 0, wrong)
        refuse(wrong, found, taken, places, "points")
        same = len(set(positive)) == 1 == len(set(negative))
        own = positive[0] / (positive[0] + negative[0]) if same else None
        return Points(points, own, taken.remarks, taken.warnings)
    points = tuple(map(OperatingPoint, *_rates(found, taken, wrong), thresholds))
    _refuse_endless(points, at or 0, wrong)
    refuse(wrong, found, taken, places, "points")
    return Points(points, None, taken.remarks, taken.warnings)


def _rates(found: Shape, taken: Taken, wrong: dict[tuple[int, int], str]) -> tuple[Sequence[float], Sequence[float]]:
    """TPR and FPR of every row."""
    tpr, fpr, tnr = taken.at("tpr"), taken.at("fpr"), taken.at("tnr")
    at = fpr if fpr is not None else tnr
    if tpr is None or at is None:
        raise Invalid(
            "Choose above the columns which holds TPR, and which FPR or the specificity; or which TP, FP, FN and TN."
        )
    first = table.column(cells_of(found, tpr), tpr, share, wrong, (0, 1))
    other = table.column(cells_of(found, at), at, share, wrong, (0, 1))
    return first, other if fpr is not None else [float(f"{round(1 - each, 15):.15g}") for each in other]


def _refuse_other_points(found: Shape, text: str) -> None:
    """Refuse a table that is none of operating points, and say where it belongs."""
    possible = guesses(found)
    if possible and possible[0].kind not in ("cases", "points"):
        raise elsewhere(possible[0].kind, "threshold-cost", text)
    if found.heads and possible:
        _ask(found, text)
    if found.width not in _PLACES or found.heads:
        cells = "1 cell" if found.width == 1 else f"{found.width} cells"
        ask = "write TPR, FPR or TP, FP, FN, TN, with or without a threshold before them"
        raise Invalid(f"A row has {cells}: {ask}, such as 0.5, 0.8, 0.2. Or choose above the columns what they are.")
    if found.width == 2 and len(found.rows) > 3 and [each.kind for each in possible] == ["cases"]:
        _ask(found, text)


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


def _count(cell: str) -> float:
    return number(cell, minimum=0, maximum=1e15, example="20")


# --- labels and probabilities ---

SCORE_HEADS = ("Label", "Probability")
CASE_ROLES = ("label", "score", "amount")
case_columns = roles.said(*CASE_ROLES)


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


def scores_rows(text: str) -> table.Rows:
    """The cells, without a line of heads."""
    return shape(text).rows


def scores_heads(rows: table.Rows) -> tuple[str, ...]:
    """What the columns hold; those beyond two hold nothing that is wanted."""
    width = max(map(len, rows), default=2)
    return (*SCORE_HEADS, *(f"Column {column}" for column in range(3, width + 1)))


def scores_taken(text: str, said: str = AUTO) -> tuple[str, ...]:
    """What each column of cases is taken for."""
    found = shape(text)
    return tuple(column.role for column in _case_columns(found, said.removeprefix(LOGISTIC)).columns)


def _case_columns(found: Shape, said: str) -> Taken:
    """The columns as they are taken: as was chosen, by names and by content, or by their places."""
    taken = kinds.cases(found, amounts=True)
    if taken is None:
        width = max(found.width, 2)
        places = ("label", "score") if not found.heads else ()
        taken = Taken(
            tuple(
                Column(found.head(at), role, "its place")
                for at, role in enumerate((*places, *[roles.OUT] * width)[:width])
            )
        )
    return kinds.with_said(found, taken, roles.chosen(case_columns, said))


def scores(text: str, said: str = AUTO) -> Labelled | None:
    """Labelled cases; None for an empty table. Of labels that all say which class they are, many words will do.

    >>> scores("1,0.9;0,60%;yes,0.3")[:2]
    (['1', '0', '1'], [0.9, 0.6, 0.3])
    """
    found = shape(text)
    if not found.rows:
        return None
    logistic = said.strip().casefold().startswith(LOGISTIC)
    said = said.strip().casefold().removeprefix(LOGISTIC)
    if said == ASK:
        _ask(found, text)
    taken = _case_columns(found, said)
    label, at = taken.at("label"), taken.every("score")
    by_hand = roles.chosen(case_columns, said) is not None
    if label is None or not at:
        if not by_hand:
            _refuse_no_cases(found, text)
        raise Invalid("Choose above the columns which holds the label, and which the probability.")
    if len(at) > 1:
        _refuse_several(found, taken, at)
    if not found.heads and not by_hand and found.width > 2:
        cells = f"{found.width} cells"
        raise Invalid(
            f"A row has {cells}: write a label and a probability, such as 1, 0.9. Or choose above each what it is."
        )
    return _read_cases(found, taken, label, at[0], "" if not logistic else LOGISTIC, said)


LOGISTIC = "logistic:"
"""Before what the columns are said to be: the scores are log odds, whose logistic is the probability."""


def _refuse_several(found: Shape, taken: Taken, at: Sequence[int]) -> None:
    """Ask which of several models is priced."""
    called = [f"“{shorten(found.head(each))}”" if found.head(each) else f"column {each + 1}" for each in at]
    if len(at) > kinds.MOST_SCORES:
        raise Invalid(
            f"{len(at):,} columns may hold the probability: choose above them which does, and leave the others out."
        )
    ways = tuple(
        Way(f"The probability is {name}", {"scores_columns": ",".join(_only(taken, each))})
        for name, each in zip(called, at, strict=True)
    )
    raise Invalid(f"{len(at)} columns hold scores. Which is the probability?", ways=ways)


def _only(taken: Taken, score: int) -> list[str]:
    return [
        roles.OUT if column.role == "score" and at != score else column.role for at, column in enumerate(taken.columns)
    ]


def _read_cases(found: Shape, taken: Taken, label: int, at: int, logistic: str, said: str) -> Labelled:
    wrong: dict[tuple[int, int], str] = {}
    amount = taken.at("amount")
    gaps = Gaps.of(found, [label, at, *([] if amount is None else [amount])])
    bad: dict[tuple[int, int], str] = {}
    labels = _two_labels(gaps.kept(cells_of(found, label)), label, bad)
    cells = gaps.kept(cells_of(found, at))
    if logistic:
        odds = table.column(cells, at, number, bad, (-inf, inf))
        probabilities: Sequence[float] = [1 / (1 + exp(-each)) if each >= -700 else 0.0 for each in odds]
    else:
        probabilities = table.column(cells, at, share, bad, (0, 1))
        if any(column == at for _, column in bad) and _are_log_odds(cells):
            _ask_logistic(found, at, said)
    amounts = None
    if amount is not None:
        amounts = table.column(gaps.kept(cells_of(found, amount)), amount, _amount, bad, (0, DEAREST))
    wrong |= {(gaps.row(row), column): message for (row, column), message in bad.items()}
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
    name = f"“{shorten(found.head(at))}”" if found.head(at) else "the second column" if at == 1 else f"column {at + 1}"
    raise Invalid(
        f"The scores in {name} are no probabilities: some are below 0 or above 1. A threshold in terms of costs needs"
        " probabilities. If they are log odds, as a logistic regression gives them, their logistic is one.",
        ways=(Way("Read them as log odds", {"scores_columns": f"{LOGISTIC}{said}"}),),
    )


def scores_columns(text: str) -> tuple[str, ...] | None:
    """What the columns of cases are said to be."""
    return case_columns(text.strip().casefold().removeprefix(LOGISTIC))


def _two_labels(cells: Sequence[str], at: int, wrong: dict[tuple[int, int], str]) -> list[str]:
    """The labels in lower case: any two, or any words that say which class they are, as 1 and 0. A missing one and a
    third one have their messages in `wrong`.
    """
    labels = heads.labels(cells)
    kinds_of = list(dict.fromkeys(labels))
    if "" in kinds_of:
        kinds_of.remove("")
        missing = "Write the label of the case, such as 1 or 0."
        wrong |= {(row, at): missing for row, kind in enumerate(labels) if not kind}
    if len(kinds_of) <= 2 and not ({*kinds_of} <= heads.POSITIVE or {*kinds_of} <= heads.NEGATIVE):
        return labels
    minus_one = [kind for kind in kinds_of if kind in ("-1", "-1.0", "−1")]
    third = minus_one and not {"0", "0.0"}.isdisjoint(kinds_of)  # each is a negative case only without the other
    known = heads.POSITIVE | heads.NEGATIVE
    if not third and {*kinds_of} <= known:
        return ["1" if label in heads.POSITIVE else "0" for label in labels]
    other = minus_one[0] if third else next((kind for kind in kinds_of if kind not in known), kinds_of[-1])
    row = labels.index(other)
    wrong[row, at] = (
        f"“{shorten(cells[row])}” is a third label beside {_others(kinds_of, other)}: two classes have two."
    )
    return labels


def _others(kinds_of: Sequence[str], but: str) -> str:
    return " and ".join(f"“{shorten(kind)}”" for kind in kinds_of[:3] if kind != but)


def _refuse_no_cases(found: Shape, text: str) -> None:
    """Say of a table without labels and scores what it is, and where it belongs."""
    possible = guesses(found)
    if possible and possible[0].kind == "points":
        _ask(found, text)
    if possible and possible[0].kind != "cases":
        raise elsewhere(possible[0].kind, "threshold-cost", text)
    if kinds.is_weka(found):
        raise Invalid(kinds.WEKA)
    if found.width < 2:
        raise Invalid("A row has 1 cell: write a label and a probability, such as 1, 0.9.")


# --- a table that comes ---


def take(text: str) -> Mapping[str, str]:
    """The texts of the fields for a table that is dropped or pasted, on whatever box: cases go to theirs, operating
    points to theirs, and where it may be either, the page asks.
    """
    found = shape(text)
    if not found.rows:
        raise Invalid("The file has no rows: choose a CSV with one row for each case or point.")
    if kinds.is_weka(found):
        raise Invalid(kinds.WEKA)
    possible = [guess for guess in guesses(found) if guess.kind in ("cases", "points")]
    if not possible:
        other = next(iter(guesses(found)), None)
        if other is not None:
            raise elsewhere(other.kind, "threshold-cost", text)
    line = settled(found.rows, found)
    if len(possible) > 1:
        return _as_cases(line, ASK)
    if possible and possible[0].kind == "points":
        return _as_points(possible[0].text or line, possible[0].roles)
    if not possible and not found.heads and found.width in _PLACES and found.width > 2:
        return _as_points(line, AUTO)
    return _as_cases(line, possible[0].roles if possible else AUTO)


def _as_cases(line: str, said: str) -> dict[str, str]:
    return {"scores": line, "scores_columns": said, "positive": "auto"}


def _as_points(line: str, said: str) -> dict[str, str]:
    return {"points": line, "points_columns": said, "scores": "", "scores_columns": AUTO, "positive": "auto"}


def _ask(found: Shape, text: str) -> None:
    """Ask what a table is, with what each way to read it comes to."""
    possible = guesses(found)
    line = settled(found.rows, found)
    ways = []
    for guess in possible:
        if guess.kind == "cases":
            ways.append(Way(guess.words or "Labels and scores", _as_cases(line, guess.roles)))
        elif guess.kind == "points":
            ways.append(Way(guess.words or "Operating points", _as_points(guess.text or line, guess.roles)))
    link = next(
        (other_page(each.kind, "threshold-cost", text) for each in possible if each.kind == "coordinates"), None
    )
    if ways:
        raise Invalid("This table can be read in more than one way. Which is meant?", ways=tuple(ways), link=link)
