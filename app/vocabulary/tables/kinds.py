"""What the columns of a table are taken for, by names and by content: cases, points of curves, counts, coordinates,
distances. Each answers for its own kind, or says None where the table cannot be one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.vocabulary import heads
from app.vocabulary.calculator import shorten
from app.vocabulary.tables import shape
from app.vocabulary.tables.facts import Facts, facts, is_number
from app.vocabulary.tables.roles import OUT, Column, Taken
from app.vocabulary.tables.shape import Shape
from app.vocabulary.tables.shape import columns as columns_of

MOST_SCORES = 4
"""Models of which the scores can stand side by side."""


def named(found: Facts, at: int) -> str:
    """What a column is called in a sentence.

    >>> named(facts("age", ["1"]), 0), named(facts("", ["1"]), 2)
    ('“age”', 'column 3')
    """
    return f"“{shorten(found.head)}”" if found.head else f"column {at + 1}"


_last: list[tuple[Shape, tuple[Facts, ...]]] = []
"""The table that was looked at last, and the facts of its columns: one entry, or none. A cache that compares tables
cell by cell would take as long as looking at them.
"""


def every(found: Shape) -> tuple[Facts, ...]:
    """The facts of all columns of a table."""
    if not _last or _last[0][0] is not found:
        _last[:] = [(found, tuple([facts(found.head(at), cells) for at, cells in enumerate(columns_of(found))]))]
    return _last[0][1]


def ahead(text: str) -> Iterator[None]:
    """Find the facts of a table's columns, in slices: they are remembered."""
    yield from shape.ahead(text)
    every(shape.shape(text))
    yield


def by_place(found: Shape, *places: str) -> Taken:
    """The columns taken for what stands at their places, where nothing else is known of them; those beyond are left
    out. Of a table with less than two there are two all the same.
    """
    width = max(found.width, 2)
    known = [Column(found.head(at), role, "its place") for at, role in enumerate(places[:width])]
    others = [Column(found.head(at), OUT, "not known") for at in range(len(known), width)]
    return Taken((*known, *others))


# --- labels and scores ---


def cases(found: Shape, amounts: bool = False, weights: bool = False) -> Taken | None:
    """Labels and scores, with weights or amounts where a page has a use for them. None where no column can hold labels,
    or none scores.
    """
    columns = every(found)
    taken: dict[int, Column] = {}
    for at, each in enumerate(columns):
        role, why = _beside(each, amounts, weights)
        if role:
            taken[at] = Column(each.head, role, why)
    if not found.heads:  # a number may be a case's all the same: it is asked about when the table comes
        taken = {}
    label = _label(columns, taken)
    if label is None:
        return None
    taken[label] = Column(columns[label].head, "label", _why_label(columns[label]))
    for at in _scores(columns, taken, label):
        taken[at] = Column(columns[at].head, "score", "its head" if heads.is_score(columns[at].head) else "numbers")
    if not any(column.role == "score" for column in taken.values()):
        return None
    left = {at: Column(each.head, OUT, _why_no_score(each)) for at, each in enumerate(columns) if at not in taken}
    whole = taken | left
    return Taken(tuple(whole[at] for at in range(len(columns))), _left_out(columns, whole))


def _beside(each: Facts, amounts: bool, weights: bool) -> tuple[str, str]:
    """What a column is beside labels and scores, and why."""
    if each.name in heads.WEIGHT and each.numbers and min(each.numbers) >= 0:
        return ("weight", "its head") if weights else (OUT, "weights are not used here")
    if each.name in heads.AMOUNT and each.numbers is not None:
        return ("amount", "its head") if amounts else (OUT, "amounts are not used here")
    if each.name in heads.THRESHOLD:
        return OUT, "a threshold is of no case"
    if each.names_rows:
        return OUT, each.names_rows
    if (
        each.name in heads.CURVE[:-1]
        and len(each.kinds) <= max(2, len(each.cells) // 2)
        and not heads.is_score(each.head)
    ):
        return "curve", "its head"
    return "", ""


def _why_label(each: Facts) -> str:
    return "its head" if heads.is_truth(each.head) else f"{len(each.kinds)} different values"


def _label(columns: Sequence[Facts], taken: dict[int, Column]) -> int | None:
    """The column of the labels: one whose head says so, of two values before others; else one of two values."""
    free = [at for at in range(len(columns)) if at not in taken]
    if columns and not any(each.head for each in columns) and len(columns[0].kinds) <= 2:
        return 0
    called = [at for at in free if heads.is_truth(columns[at].head)]
    called.sort(key=lambda at: (len(columns[at].kinds) != 2, _rank(columns[at].name, heads.TRUTH)))
    if called:
        return called[0]
    # A head that is a word of a score says that a column of two values is what was predicted.
    two = [at for at in free if len(columns[at].kinds) == 2 and not heads.is_score(columns[at].head)]
    two.sort(key=lambda at: not {*columns[at].kinds} <= heads.POSITIVE | heads.NEGATIVE)
    if two:
        return two[0]
    words = [
        at for at in free if columns[at].numbers is None and 1 < len(columns[at].kinds) <= len(columns[at].cells) / 2
    ]
    return words[0] if words else None


def _rank(name: str, words: heads.Words) -> int:
    return words.index(name) if name in words else len(words)


def _scores(columns: Sequence[Facts], taken: dict[int, Column], label: int) -> list[int]:
    """The columns of the scores: those whose heads say so, else all that hold numbers."""
    numeric = [at for at, each in enumerate(columns) if at not in taken and each.numbers is not None]
    free = [at for at in numeric if len(columns[at].kinds) > 2]
    called = [at for at in free if heads.is_score(columns[at].head)] or free
    if called:
        return _one_of_each_pair(columns, called, columns[label])
    hard = [at for at in numeric if heads.is_score(columns[at].head)] or numeric
    return hard[:MOST_SCORES]


def _one_of_each_pair(columns: Sequence[Facts], scores: list[int], label: Facts) -> list[int]:
    """The scores without the one that is 1 less another, as `predict_proba` gives both: the one of the negative class
    goes, or the first.
    """
    kept = [*scores]
    for one in scores:
        for other in scores:
            if one < other and {one, other} <= {*kept} and _complementary(columns[one], columns[other]):
                kept.remove(other if _is_negative(columns[other], label) else one)
    return kept


def _complementary(one: Facts, other: Facts) -> bool:
    first, second = one.numbers or (), other.numbers or ()
    return len(first) == len(second) > 1 and all(abs(a + b - 1) < 2e-3 for a, b in zip(first, second, strict=True))


def _is_negative(each: Facts, label: Facts) -> bool:
    """Whether the head of a probability is that of the negative class."""
    words = {each.name, *each.words}
    own = {word for kind in label.kinds for word in (kind, heads.plain(kind))} & words
    return bool((own or words) & heads.NEGATIVE) and not (own or words) & heads.POSITIVE


def _why_no_score(each: Facts) -> str:
    if each.numbers is None:
        return "no numbers"
    return "two values only" if len(each.kinds) <= 2 else "its head is no score’s"


def _left_out(columns: Sequence[Facts], taken: dict[int, Column]) -> tuple[str, ...]:
    """The sentence that names the columns that are left out, and why; none where there is none."""
    there = [(at, column) for at, column in sorted(taken.items()) if at < len(columns)]
    out = [(at, column) for at, column in there if column.role in (OUT, "class")]
    if not out:
        return ()
    listed = "; ".join(f"{named(columns[at], at)} ({column.why})" for at, column in out[:4])
    more = f"; and {len(out) - 4:,} more" if len(out) > 4 else ""
    return (f"Left out: {listed}{more}.",)


WEKA = (
    "This is WEKA’s list of predictions: its last column is the probability of the class that was predicted, not of the"
    " positive one, so it ranks nothing. Write the list with the option -distribution, or bring a column with the"
    " probability of the positive class."
)


def is_weka(found: Shape) -> bool:
    """Whether a table is WEKA's list of predictions without the distribution."""
    names = {heads.plain(head) for head in found.heads}
    return {"actual", "predicted", "prediction"} <= names and "distribution" not in names


def with_said(found: Shape, taken: Taken, roles: Sequence[str] | None) -> Taken:
    """The columns as they are said to be, where that is said; of further ones nothing is known."""
    if roles is None:
        return taken
    columns = every(found)
    said = (*roles, *[OUT] * len(taken.columns))[: len(taken.columns)]
    chosen = {
        at: column
        if column.role == role
        else Column(column.head, role, (columns[at].names_rows if at < len(columns) else "") or "as chosen")
        for at, (column, role) in enumerate(zip(taken.columns, said, strict=True))
    }
    return Taken(tuple(chosen.values()), _left_out(columns, chosen), taken.warnings)


def numbered(found: Shape) -> tuple[str, ...]:
    """The warning about a first row that counts 0, 1, 2 above numbers with fractions: names that pandas gives, or
    values all the same.
    """
    first = found.rows[0] if found.rows and not found.heads else ()
    if len(found.rows) < 3 or [*first] != [str(at) for at in range(len(first))]:
        return ()
    below = [[row[at] for row in found.rows[1:50]] for at in range(len(first))]
    if not any(sum("." in cell for cell in cells) > len(cells) / 2 for cells in below):
        return ()
    return (f"The first row is {', '.join(first[:4])}: if these are the names of the columns, take it out.",)


def predicted(found: Shape, scores: Sequence[int]) -> tuple[str, ...]:
    """The warning about the first of these columns that holds predictions for scores; none where all hold scores."""
    columns = every(found)
    hard = next((at for at in scores if len(columns[at].kinds) <= 2), None)
    if hard is None or len(found.rows) <= 3:
        return ()
    return (
        f"{named(columns[hard], hard)} holds two values only: predictions, not scores. Their curve has a single point,"
        " and its area is no AUC of the model: bring the scores or probabilities behind them.",
    )


# --- points of curves ---


def points(found: Shape, thresholds: bool = False) -> Taken | None:
    """Points by the heads of their columns: FPR and TPR, or sensitivity and specificity, or the four counts. None where
    the heads say none of it.
    """
    columns = every(found)
    places: dict[str, int] = {}
    for role, words in (("fpr", heads.FPR), ("tpr", heads.TPR), ("tnr", heads.TNR), ("threshold", heads.THRESHOLD)):
        at = _called(columns, words)
        if at is not None:
            places[role] = at
    counts = [_called(columns, words) for words in heads.COUNTS]
    if thresholds and None not in counts:  # counts say the prevalence too
        wanted = {role: at for role, at in zip(("tp", "fp", "fn", "tn"), counts, strict=True) if at is not None}
    elif "tpr" in places and ("fpr" in places or "tnr" in places):
        wanted = {"tpr": places["tpr"], **({"fpr": places["fpr"]} if "fpr" in places else {"tnr": places["tnr"]})}
    elif None not in counts:
        wanted = {role: at for role, at in zip(("tp", "fp", "fn", "tn"), counts, strict=True) if at is not None}
    else:
        return None
    if thresholds and "threshold" in places:
        wanted["threshold"] = places["threshold"]
    curve = None if thresholds else _called(columns, heads.CURVE)
    if curve is not None and curve not in wanted.values():
        wanted["curve"] = curve
    roles = {at: Column(columns[at].head, role, "its head") for role, at in wanted.items()}
    for at, each in enumerate(columns):
        roles.setdefault(at, Column(each.head, OUT, each.names_rows or "not needed for a point"))
    return Taken(tuple(roles[at] for at in range(len(columns))), _left_out(columns, roles))


def _called(columns: Sequence[Facts], words: heads.Words) -> int | None:
    """The column whose head is one of these words, the surest first."""
    names = [each.name for each in columns]
    return next((names.index(word) for word in words if word and word in names), None)


def may_be_points(found: Shape) -> list[int]:
    """The two columns that may hold FPR and TPR where no head says so: the only ones with numbers, all of them shares;
    none where the table is another.
    """
    columns = every(found)
    used = [at for at, each in enumerate(columns) if not (found.heads and each.names_rows) and each.kinds]
    rates = [at for at in used if columns[at].numbers is not None and not columns[at].missing]
    return rates if len(rates) == len(used) == 2 and all(columns[at].is_rate for at in rates) else []


def rises(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether two columns can be a curve as they stand: both rise with the rows, or both fall."""
    up, across = ([b - a for a, b in pairwise(column)] for column in (first, second))
    return (min(up, default=0) >= 0 and min(across, default=0) >= 0) or (
        max(up, default=0) <= 0 and max(across, default=0) <= 0
    )


# --- coordinates and a label ---


def coordinates(found: Shape) -> Taken | None:
    """Coordinates and the label of a cluster. None where no column can be a coordinate, or none a label."""
    columns = every(found)
    label = _cluster(found, columns)
    if label is None:
        return None
    roles: dict[int, Column] = {label: Column(columns[label].head, "cluster", _why_cluster(found, columns[label]))}
    for at, each in enumerate(columns):
        if at in roles:
            continue
        if found.heads and each.names_rows:
            roles[at] = Column(each.head, OUT, each.names_rows)
        elif _is_class(each, found) and (heads.is_cluster(columns[label].head) or not heads.is_cluster(each.head)):
            roles[at] = Column(each.head, "class", "a second label is no coordinate")
        elif found.heads and each.numbers is None and not _mostly_numbers(each):
            roles[at] = Column(each.head, OUT, "no numbers")
        elif not each.kinds:
            roles[at] = Column(each.head, OUT, "empty")
        else:
            roles[at] = Column(each.head, "x", "numbers")
    if not any(column.role == "x" for column in roles.values()):
        return None
    return Taken(tuple(roles[at] for at in range(len(columns))), _left_out(columns, roles))


def _mostly_numbers(each: Facts) -> bool:
    """Whether a column holds numbers but for a few cells, which are wrong then."""
    filled = [cell for cell in each.cells[:200] if cell]
    return sum(map(is_number, filled)) > len(filled) / 2


def _is_class(each: Facts, found: Shape) -> bool:
    """Whether a column beside the label is another label by its head: few values, words or whole numbers."""
    if not found.heads or not (heads.is_truth(each.head) or each.name in heads.CLUSTER or heads.is_cluster(each.head)):
        return False
    few = len(each.kinds) <= max(2, len(each.cells) // 2)
    return few and (each.numbers is None or each.is_whole) and each.name != "y"


def _cluster(found: Shape, columns: Sequence[Facts]) -> int | None:
    """The column of the clusters: by its head, one that names clusters before one that names classes; else the last,
    or the only one of words.
    """
    if not columns:
        return None
    if not found.heads:
        return len(columns) - 1
    clustered = [at for at, each in enumerate(columns) if heads.is_cluster(each.head) and each.kinds]
    if clustered:
        return min(clustered, key=lambda at: _rank(columns[at].name, heads.CLUSTER))
    for word in heads.CLUSTER:
        at = next((at for at, each in enumerate(columns) if each.name == word), None)
        if at is not None:
            return at
    classes = [at for at, each in enumerate(columns) if heads.is_truth(each.head) and each.name != "y"]
    if classes:
        return classes[0]
    if "y" in (columns[0].name, columns[-1].name):
        return 0 if columns[0].name == "y" else len(columns) - 1
    words = [at for at, each in enumerate(columns) if each.numbers is None and not each.names_rows and each.kinds]
    if len(words) == 1 and not _mostly_numbers(columns[words[0]]):
        return words[0]
    return len(columns) - 1


def is_label(column: Facts) -> bool:
    """Whether a column is one of labels by its head."""
    return heads.is_truth(column.head) or column.name in heads.CLUSTER or heads.is_cluster(column.head)


def _why_cluster(found: Shape, label: Facts) -> str:
    return "its head" if found.heads and is_label(label) else "its place"


# --- distances ---


def distances(found: Shape) -> Taken | None:
    """A square of distances, symmetric with nothing on its diagonal, with a column of labels behind or names before it
    or without. None where there is none.
    """
    columns = every(found)
    size = len(found.rows)
    if size < 3 or not size <= found.width <= size + 2:
        return None
    for start in range(found.width - size + 1):
        square = columns[start : start + size]
        if all(each.numbers is not None and not each.missing for each in square) and _is_distance(square):
            rest = [at for at in range(found.width) if not start <= at < start + size]
            label = next((at for at in reversed(rest) if at >= start + size or not columns[at].names_rows), None)
            roles = {
                at: Column(columns[at].head, "distance", "a symmetric square") for at in range(start, start + size)
            }
            for at in rest:
                if at == label and len(columns[at].kinds) < size:
                    roles[at] = Column(columns[at].head, "cluster", "beside the distances")
                else:
                    roles[at] = Column(columns[at].head, OUT, columns[at].names_rows or "it names the rows")
            return Taken(tuple(roles[at] for at in range(found.width)), _left_out(columns, roles))
    return None


def _is_distance(square: Sequence[Facts]) -> bool:
    rows = [each.numbers or () for each in square]
    if any(rows[at][at] for at in range(len(rows))) or not any(map(any, rows)):
        return False
    return all(_same(rows[a][b], rows[b][a]) for a in range(len(rows)) for b in range(a)) and min(map(min, rows)) >= 0


def is_similarity(found: Shape) -> bool:
    """Whether a table is a square of similarities, such as correlations: symmetric, and 1 along its diagonal."""
    size = len(found.rows)
    columns = every(found)[found.width - size :] if 3 <= size <= found.width <= size + 1 else ()
    rows = [each.numbers or () for each in columns]
    return (
        bool(rows)
        and all(len(row) == size for row in rows)
        and all(_same(rows[a][b], rows[b][a] if a != b else 1.0) for a in range(size) for b in range(a + 1))
    )


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * max(abs(one), abs(other), 1e-300)
