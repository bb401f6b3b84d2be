"""What the columns of a table are called, in one list for every page that reads one: a file read here is read there.

A head is compared without case and marks, so that `True_Positive-Rate` is "true positive rate".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from app.vocabulary.calculator import Invalid, Way, shorten

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

WEIGHT = ("weight", "weights", "sample weight", "sample weights", "case weight", "w", "freq", "frequency")
"""Of how much a case counts."""

AMOUNT = ("amount", "amt", "transaction amount", "loss", "loss amount", "error cost", "cost of error", "exposure")
"""Of what an error costs that is made of a case."""

_SCORED = frozenset(
    {"score", "scores", "prob", "proba", "probs", "probability", "probabilities", "pred", "predicted"}
) | {
    *("prediction", "predictions", "predictor", "logit", "logits", "risk", "confidence", "likelihood", "propensity"),
    *("marker", "wahrscheinlichkeit", "pscore"),
}
_TRUE = frozenset({"label", "labels", "truth", "true", "target", "class", "actual", "outcome", "observed", "obs"}) | {
    *("response", "y", "reference", "gold", "gt", "event", "status", "groundtruth", "zielvariable", "klasse"),
}
_CLUSTERED = frozenset(
    {"cluster", "clusters", "clustering", "kmeans", "dbscan", "hdbscan", "optics", "leiden", "louvain"}
) | {
    *("birch", "gmm", "segment", "community", "assignment", "clusterid", "prediction", "medoid", "pam", "agnes"),
}
"""Words within the heads of a score, of the truth and of a cluster."""


def words_of(head: str) -> frozenset[str]:
    """The words of a head in lower case.

    >>> sorted(words_of("CustomerID")), sorted(words_of("patient_no"))
    (['customer', 'id'], ['no', 'patient'])
    """
    return frozenset(plain(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", head)).split())


def is_score(head: str) -> bool:
    """Whether a head is one of a score."""
    return plain(head) in SCORE or bool(words_of(head) & _SCORED)


def is_truth(head: str) -> bool:
    """Whether a head is one of the class that a case is of, and not of one that is predicted."""
    return plain(head) in TRUTH or (bool(words_of(head) & _TRUE) and not is_score(head))


def is_cluster(head: str) -> bool:
    """Whether a head is one of a cluster and of no class."""
    return bool(words_of(head) & _CLUSTERED)


def known(head: str) -> bool:
    """Whether a cell is a word that heads have."""
    name = plain(head)
    rates = (FPR, TPR, TNR, THRESHOLD, *COUNTS, CURVE, WEIGHT, AMOUNT, CLUSTER)
    return bool(name) and (any(name in kind for kind in rates) or is_score(head) or is_truth(head) or is_cluster(head))


POSITIVE = frozenset({"1", "1.0", "true", "t", "yes", "y", "pos", "positive", "+", "case", "event"})
NEGATIVE = frozenset({"0", "0.0", "-1", "-1.0", "−1", "false", "f", "no", "n", "neg", "negative", "-", "−", "control"})
"""What stands below a head of the truth, in lower case, where the words themselves say which class is which."""


def plain(head: str) -> str:
    """A head without case and marks.

    >>> plain(" Cluster_ID"), plain("1-Specificity (%)"), plain("Unnamed: 0")
    ('cluster id', '1 specificity', 'unnamed 0')
    """
    return " ".join(re.sub(r"[\W_]+", " ", head.casefold()).split())


def positive(text: str) -> str | None:
    """The positive label; None where the labels say which it is."""
    stripped = text.strip()
    return None if stripped.casefold() in ("", "auto") else stripped


def labels(cells: Sequence[str]) -> list[str]:
    """Labels as they are compared: in lower case, and a whole number as such, however a program writes it.

    >>> labels(["Yes", "1.0", "0.000000e+00", "-1", "0.5"])
    ['yes', '1', '0', '-1', '0.5']
    """
    ours = {cell: _label(cell) for cell in {*cells}}
    return [*map(ours.__getitem__, cells)]


def _label(cell: str) -> str:
    plain = cell.casefold()
    if not any(mark in plain for mark in ".e") or not any(map(str.isdigit, plain)):
        return plain
    try:
        number = float(plain)
    except ValueError:
        return plain
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else plain


def positive_of(given: Iterable[str], named: str | None) -> tuple[str, str]:
    """The positive label and the other one, of labels in lower case: as `named`, else by what the words say. Raises
    `Invalid` for the field `positive` or `scores`.

    >>> positive_of(["no", "yes"], None), positive_of(["a", "b"], "B")
    (('yes', 'no'), ('b', 'a'))
    """
    one, other = dict.fromkeys(given)
    if named is not None:
        (wanted,) = labels([named])
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
        ways=tuple(Way(f"“{shorten(each)}” is positive", {"positive": each}) for each in (one, other)),
    )
