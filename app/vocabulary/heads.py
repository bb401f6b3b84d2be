"""What the columns of a table are called, in one list for every page that reads one: a file read here is read there.

A head is compared without case and marks, so that `True_Positive-Rate` is "true positive rate". One with a percent sign
says that percentages stand below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from app.vocabulary.calculator import Invalid, shorten
from app.vocabulary.quantity import share
from app.vocabulary.table import Row, Rows

Words: TypeAlias = tuple[str, ...]
"""What one kind of column is called, the surest first; "" among them where the column may be absent."""

FPR = ("fpr", "false positive rate", "false alarm rate", "fall out", "fallout", "1 specificity", "1 spec")
TPR = ("tpr", "true positive rate", "sensitivity", "sens", "recall", "hit rate")
TNR = ("tnr", "true negative rate", "specificity", "spec", "selectivity")
THRESHOLD = ("threshold", "thresholds", "cutoff", "cut off", "cut")
COUNTS = (
    ("tp", "true positives", "true positive"),
    ("fp", "false positives", "false positive"),
    ("fn", "false negatives", "false negative"),
    ("tn", "true negatives", "true negative"),
)

TRUTH = (
    *("label", "labels", "y true", "true", "truth", "ground truth", "target", "class", "actual", "outcome"),
    *("observed", "response", "y"),
)
"""Of the class that a case is of."""

CLUSTER = (
    *("label", "labels", "cluster", "clusters", "cluster label", "cluster id", "class", "group", "species"),
    "target",
)
"""Of the cluster that a point is in."""

SCORE = (
    *("score", "scores", "y score", "probability", "probabilities", "prob", "proba", "y prob", "y proba"),
    *("y pred proba", "predicted probability", "prediction", "predicted", "predictor", "pred", "y pred", "p"),
)
"""Of what a model says of a case: a score, or a probability."""

CURVE = ("curve", "model", "classifier", "method", "name")
COUNTER = ("", "id", "index", "row", "unnamed 0")
"""Of a column that only counts the rows."""

POSITIVE = frozenset({"1", "1.0", "true", "t", "yes", "y", "pos", "positive", "+", "case", "event"})
NEGATIVE = frozenset({"0", "0.0", "-1", "-1.0", "−1", "false", "f", "no", "n", "neg", "negative", "-", "−", "control"})
"""What stands below a head of the truth, in lower case, where the words themselves say which class is which."""


def optional(words: Words) -> Words:
    """The words of a column that may be absent."""
    return (*words, "")


def plain(head: str) -> str:
    """A head without case and marks.

    >>> plain(" Cluster_ID"), plain("1-Specificity (%)"), plain("Unnamed: 0")
    ('cluster id', '1 specificity', 'unnamed 0')
    """
    return " ".join(re.sub(r"[\W_]+", " ", head.casefold()).split())


def columns(table: Rows, *kinds: Words) -> Rows | None:
    """The table without its line of heads, with its columns in the order of `kinds`; None if its first row is no such
    line, which has a word of every kind that must be there. Columns of other heads are left out. A cell below a head
    with a percent sign has one too.

    >>> columns((("TPR", "id", "FPR %"), ("0.5", "a", "10")), FPR, TPR)
    (('10%', '0.5'),)
    >>> columns((("0.1", "0.5"),), FPR, TPR) is None
    True
    """
    heads = [plain(head) for head in table[0]] if table else []
    places = [next((heads.index(word) for word in words if word and word in heads), None) for words in kinds]
    absent = [words for words, place in zip(kinds, places, strict=True) if place is None and "" not in words]
    if absent or all(place is None for place in places):
        return None
    kept = [place for place in places if place is not None]
    rows = [tuple([row[place] if place < len(row) else "" for place in kept]) for row in table[1:]]
    percent = ["%" in table[0][place] for place in kept]
    return tuple(_in_percent(rows, percent) if any(percent) else rows)


def _in_percent(rows: Sequence[Row], percent: Sequence[bool]) -> Iterator[Row]:
    for row in rows:
        cells = zip(row, percent, strict=True)
        yield tuple(f"{cell}%" if sign and cell and not cell.endswith("%") else cell for cell, sign in cells)


def complement(cell: str) -> str:
    """One less a share, such as the FPR of a specificity. What is no share stays, to be refused as it was typed.

    >>> complement("0.9"), complement("90%"), complement("9")
    ('0.1', '0.1', '9')
    """
    try:
        return f"{round(1 - share(cell), 15):.15g}"
    except Invalid:
        return cell


def positive(text: str) -> str | None:
    """The positive label; None where the labels say which it is."""
    stripped = text.strip()
    return None if stripped.casefold() in ("", "auto") else stripped


def positive_of(labels: Iterable[str], named: str | None) -> tuple[str, str]:
    """The positive label and the other one, of labels in lower case: as `named`, else by what the words say. Raises
    `Invalid` for the field `positive` or `scores`.

    >>> positive_of(["no", "yes"], None), positive_of(["a", "b"], "B")
    (('yes', 'no'), ('b', 'a'))
    """
    one, other = dict.fromkeys(labels)
    if named is not None:
        wanted = named.casefold()
        if wanted not in (one, other):
            raise Invalid(
                f"“{shorten(named)}” is no label here: write “{shorten(one)}” or “{shorten(other)}”.", "positive"
            )
        return (one, other) if wanted == one else (other, one)
    if one in POSITIVE and other in NEGATIVE:
        return one, other
    if other in POSITIVE and one in NEGATIVE:
        return other, one
    raise Invalid(
        f"The labels are “{shorten(one)}” and “{shorten(other)}”: write under “Positive label” which one is positive.",
        "scores",
    )
