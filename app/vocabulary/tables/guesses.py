"""What a whole table may be: by the heads of its columns where they say so, else by what stands in them. One guess
where it is sure; several, the likeliest first, where somebody has to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from app.vocabulary import heads, table
from app.vocabulary.tables import kinds
from app.vocabulary.tables.facts import Facts, is_number
from app.vocabulary.tables.kinds import every
from app.vocabulary.tables.roles import OUT
from app.vocabulary.tables.shape import Shape, written

Kind: TypeAlias = Literal["cases", "points", "coordinates", "distances", "similarities"]

PERFECT = 20
"""Rows from which a table with 0 and 1 in one column and rising numbers in the other is no curve."""


class Guess(NamedTuple):
    """What a table may be, what its columns are taken for then ("auto" where they say it), and that in a few words. A
    table that is read as another has the `text` of that.
    """

    kind: Kind
    roles: str = "auto"
    words: str = ""
    text: str = ""


def guesses(found: Shape) -> tuple[Guess, ...]:
    """What a table may be; nothing where no kind fits it."""
    if not found.rows:
        return ()
    if kinds.is_similarity(found):
        return (Guess("similarities"),)
    if kinds.distances(found):
        return (Guess("distances"),)
    if kinds.points(found):
        return (Guess("points"),)
    square = _confusion(found)
    if square:
        return square
    columns = every(found)
    cases, coordinates = kinds.cases(found), kinds.coordinates(found)
    clustered = any(heads.is_cluster(each.head) and not heads.is_score(each.head) for each in columns)
    if cases and not clustered:
        label = cases.at("label")
        sure = label is not None and heads.is_truth(columns[label].head)
        if sure and any(heads.is_score(columns[at].head) for at in cases.every("score")):
            return (Guess("cases"), *([Guess("coordinates")] if coordinates and len(cases.every("score")) == 1 else []))
    if not found.heads:
        counts = _counts(found, columns) or _with_third(found, columns)
        if counts:
            return counts
    rates = kinds.may_be_points(found)
    two = cases is not None and len(columns[cases.at("label") or 0].kinds) == 2
    if rates and not clustered and not (two and cases):
        return _curves(found, columns, rates)
    if cases and two and not clustered:
        return (*_cases(found, columns, rates), *([Guess("coordinates")] if coordinates else []))
    if coordinates and _clusters(columns[coordinates.at("cluster") or 0]):
        return (Guess("coordinates"),)
    return (Guess("coordinates"),) if coordinates and clustered else ()


def _clusters(label: Facts) -> bool:
    """Whether a column may hold the labels of clusters: some come again."""
    return 1 < len(label.kinds) < len(label.cells)


def _roles(width: int, **at: int) -> str:
    places = {place: role for role, place in at.items()}
    return ",".join(places.get(place, OUT) for place in range(width))


def _called(columns: Sequence[Facts], at: int) -> str:
    return kinds.named(columns[at], at)


# --- labels and scores, or a curve ---


def _cases(found: Shape, columns: Sequence[Facts], rates: Sequence[int]) -> tuple[Guess, ...]:
    """The ways to read a table with a column of two values and one of numbers."""
    taken = kinds.cases(found)
    if taken is None:
        return ()
    label, scores = taken.at("label") or 0, taken.every("score")
    if len(scores) != 1 or {label, scores[0]} != {*rates}:
        counter = _may_count(found, columns, label, scores)
        return counter or (Guess("cases"),)
    (score,) = scores
    first, second = (columns[at].numbers or () for at in (label, score))
    curve = Guess("points", _roles(found.width, fpr=rates[0], tpr=rates[1]), "Points: FPR, then TPR")
    plain = Guess("cases", taken.roles, f"Labels and scores: the label in {_called(columns, label)}")
    told = heads.is_truth(columns[label].head) or heads.is_score(columns[score].head)
    if told:
        return (Guess("cases"),)
    rising, count = kinds.rises(first, second), len(found.rows)
    if len(columns[score].kinds) <= 2:
        if count <= 4 and rising:
            return curve, plain
        turned = _roles(found.width, label=score, score=label)
        return plain, Guess("cases", turned, f"Labels and predictions: the label in {_called(columns, score)}")
    return (plain, curve) if rising and count < PERFECT else (Guess("cases"),)


def _may_count(found: Shape, columns: Sequence[Facts], label: int, scores: Sequence[int]) -> tuple[Guess, ...]:
    """The ways to read a table without heads in which one column counts the rows, or may."""
    counting = [at for at in scores if columns[at].is_count] if not found.heads else []
    if not counting or len(scores) < 2:
        return ()
    rest = [at for at in scores if at not in counting]
    roles = ",".join("label" if at == label else "score" if at in rest else OUT for at in range(found.width))
    return (Guess("cases", roles),) if rest else ()


def _curves(found: Shape, columns: Sequence[Facts], rates: Sequence[int]) -> tuple[Guess, ...]:
    """The ways to read two columns of shares."""
    one, other = rates
    first, second = (columns[at].numbers or () for at in rates)
    width, count = found.width, len(found.rows)
    if count > 2 and kinds.rises(first, [-each for each in second]) and not kinds.rises(first, second):
        return (
            Guess("points", _roles(width, tpr=one, tnr=other), "Sensitivity, then specificity"),
            Guess("points", _roles(width, tnr=one, tpr=other), "Specificity, then sensitivity"),
            Guess("points", _roles(width, fpr=one, tpr=other), "FPR, then TPR"),
        )
    above = sum(a < b for a, b in zip(first, second, strict=True))
    below = sum(a > b for a, b in zip(first, second, strict=True))
    up = Guess("points", _roles(width, fpr=one, tpr=other), "FPR, then TPR")
    down = Guess("points", _roles(width, tpr=one, fpr=other), "TPR, then FPR")
    return (up,) if not below else (down, up) if not above else (up, down)


def _with_third(found: Shape, columns: Sequence[Facts]) -> tuple[Guess, ...]:
    """The ways to read three columns without heads of which two are those of a curve: the third has its thresholds, or
    names it.
    """
    if found.width != 3 or len(found.rows) < 2:
        return ()
    possible = []
    for at in (2, 0, 1):
        one, other = (columns[each] for each in range(3) if each != at)
        if one.numbers is None or other.numbers is None or one.missing or other.missing:
            continue
        if not (one.is_rate and other.is_rate) or max(len(one.kinds), len(other.kinds)) < 2:
            continue
        first, second = [each for each in range(3) if each != at]
        if columns[at].numbers is None and not _has_infinite(columns[at]):
            if at == 2 and _clusters(columns[at]):
                roles = _roles(3, fpr=0, tpr=1, curve=2)
                return (Guess("points", roles, "FPR, TPR and the name of a curve"), Guess("coordinates"))
            continue
        if not kinds.rises(one.numbers, other.numbers) or not _is_monotone(columns[at]):
            continue
        above = sum(a < b for a, b in zip(one.numbers, other.numbers, strict=True))
        below = sum(a > b for a, b in zip(one.numbers, other.numbers, strict=True))
        fpr, tpr = (first, second) if above >= below else (second, first)
        roles = _roles(3, fpr=fpr, tpr=tpr, threshold=at)
        order = ", ".join({fpr: "FPR", tpr: "TPR", at: "threshold"}[each] for each in range(3))
        possible.append(Guess("points", roles, order[:1].upper() + order[1:]))
    return tuple(possible)


def _has_infinite(column: Facts) -> bool:
    """Whether a column holds numbers once its first cell, an endless threshold, is left aside."""
    rest = column.cells[1:]
    first = column.cells[0].casefold().lstrip("+") if column.cells else ""
    return first in ("inf", "infinity", "∞") and bool(rest) and all(map(is_number, rest))


def _is_monotone(column: Facts) -> bool:
    """Whether a column falls or rises all along, as thresholds do beside a curve."""
    numbers = column.numbers if column.numbers is not None else [float(each) for each in column.cells[1:]]
    steps = [b - a for a, b in pairwise(numbers)]
    return max(steps, default=0) < 0 or min(steps, default=0) > 0


# --- counts ---


def _is_amounts(columns: Sequence[Facts]) -> bool:
    return all(each.is_whole and not each.missing and min(each.numbers or [0]) >= 0 for each in columns)


_ORDERS = (
    ("tp,fp,fn,tn", "TP, FP, FN, TN"),
    ("tn,fp,fn,tp", "TN, FP, FN, TP, as scikit-learn’s ravel"),
)


def _counts(found: Shape, columns: Sequence[Facts]) -> tuple[Guess, ...]:
    """The two orders of four whole numbers in a row without heads, where they can be counts of the same cases."""
    if found.width not in (4, 5) or not _is_amounts(columns[-4:]) or found.heads:
        return ()
    a, b, c, d = (each.numbers or () for each in columns[-4:])
    before = "threshold," if found.width == 5 else ""
    orders = []
    for (roles, words), positive, negative in zip(_ORDERS, ((a, c), (d, c)), ((b, d), (b, a)), strict=True):
        sums = [{x + y for x, y in zip(*pair, strict=True)} for pair in (positive, negative)]
        if all(len(each) == 1 for each in sums):
            orders.append(Guess("points", before + roles, words))
    return tuple(orders) if sum(map(sum, (a, b, c, d))) > 4 * len(a) else ()


def _confusion(found: Shape) -> tuple[Guess, ...]:
    """The ways to read a square of two by two counts, with names around it or without."""
    if len(found.rows) != 2 or not 2 <= found.width <= 3:
        return ()
    columns = every(found)[-2:]
    if not _is_amounts(columns) or (found.width == 3 and not _names_classes(found)):
        return ()
    (a, c), (b, d) = (each.numbers or (0.0, 0.0) for each in columns)  # by rows: a b, c d
    if found.width == 2 and not found.heads and max(a, b, c, d) <= 1:
        return ()
    truth_in_rows = _axis(found)
    ways = {
        "Rows are the truth, 0 first, as scikit-learn gives it: TN, FP / FN, TP": (d, b, c, a),
        "Rows are the truth, 1 first: TP, FN / FP, TN": (a, c, b, d),
        "Rows are predictions, 1 first: TP, FP / FN, TN": (a, b, c, d),
        "Rows are predictions, 0 first, as R’s table gives it: TN, FN / FP, TP": (d, c, b, a),
    }
    wanted = [
        (words, counts)
        for words, counts in ways.items()
        if (truth_in_rows is None or words.startswith("Rows are the truth") == truth_in_rows)
        and _first(found) in (None, "0 first" in words)
    ]
    return tuple(
        Guess("points", "auto", words, table.write([("TP", "FP", "FN", "TN"), tuple(f"{each:g}" for each in counts)]))
        for words, counts in wanted
    )


_TRUTH = frozenset({"actual", "true", "truth", "reference", "observed", "obs"})
_GUESS = frozenset({"predicted", "prediction", "pred"})


def _names_classes(found: Shape) -> bool:
    """Whether the first of three columns names the classes of a square: words, or 0 and 1 below a head that says so."""
    first = every(found)[0]
    return bool(found.heads) and (first.numbers is None or not found.heads[0] or bool(first.words & (_TRUTH | _GUESS)))


def _axis(found: Shape) -> bool | None:
    """Whether the rows of a square are the truth, by the names around it; None where they do not say."""
    square = found.heads[-2:]
    across = {word for head in square for word in heads.words_of(head)}
    down = {word for row in found.rows for word in heads.words_of(row[0])} if found.width == 3 else set()
    if found.width == 3 and found.heads:
        down |= heads.words_of(found.heads[0])
    truth, guess = _TRUTH, _GUESS
    if down & truth or across & guess:
        return True
    return False if down & guess or across & truth else None


def _first(found: Shape) -> bool | None:
    """Whether the negative class stands first, by the names around a square; None where they do not say."""
    names = [row[0] for row in found.rows] if found.width == 3 else list(found.heads)
    words = [heads.words_of(name) | {name.casefold()} for name in names]
    if len(words) != 2 or not any(map(bool, names)):
        return None
    if words[0] & heads.NEGATIVE and words[1] & heads.POSITIVE:
        return True
    return False if words[0] & heads.POSITIVE and words[1] & heads.NEGATIVE else None


def settled(text_rows: table.Rows, found: Shape) -> str:
    """The text of a table on one line, with heads that are known for what they are when it is read again: numbers that
    stand for names become words.
    """
    text = written(text_rows, found)
    if text is not None:
        return text
    if not found.heads:
        return table.write(text_rows)
    named = [f"column {head}" if is_number(head) else head or f"column {at}" for at, head in enumerate(found.heads, 1)]
    return table.write([named, *text_rows])
