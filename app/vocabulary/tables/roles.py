"""What a column can be taken for, as a link says it and as a page shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from app.vocabulary.calculator import Choice, Invalid, shorten

AUTO, ASK = "auto", "ask"
OUT = "out"

NAMES = {
    "label": "Label",
    "score": "Score",
    "weight": "Weight",
    "amount": "Amount",
    "curve": "Curve",
    "fpr": "FPR",
    "tpr": "TPR",
    "tnr": "Specificity",
    "threshold": "Threshold",
    "tp": "TP",
    "fp": "FP",
    "fn": "FN",
    "tn": "TN",
    "x": "Coordinate",
    "cluster": "Cluster",
    "class": "Second label",
    "distance": "Distance",
    OUT: "Left out",
}
"""What each role is called on the page."""

SEVERAL = frozenset({"score", "x", "distance", "class", OUT})
"""The roles that several columns may have."""


class Column(NamedTuple):
    """What a column is taken for, and why, in a few words."""

    head: str
    role: str
    why: str = ""


class Taken(NamedTuple):
    """The columns of a table as they are taken, what is to be said of that (`remarks`), and what may be wrong with it
    (`warnings`), in a sentence each.
    """

    columns: tuple[Column, ...]
    remarks: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def at(self, role: str) -> int | None:
        """The first column that is taken for this."""
        return next((at for at, column in enumerate(self.columns) if column.role == role), None)

    def every(self, role: str) -> list[int]:
        """All columns that are taken for this."""
        return [at for at, column in enumerate(self.columns) if column.role == role]

    @property
    def roles(self) -> str:
        """As a link says it."""
        return ",".join(column.role for column in self.columns)


def choices(*roles: str) -> tuple[Choice, ...]:
    """What the columns of a table can be taken for, to be chosen from."""
    return tuple(Choice(role, NAMES[role]) for role in (*roles, OUT))


def said(*roles: str) -> Callable[[str], tuple[str, ...] | None]:
    """A parser of what columns are said to be, one role for each, such as `label,score,out`; None where the page is to
    find out by itself, or is to ask.

    >>> said("label", "score")("label,score,out"), said("label", "score")("auto")
    (('label', 'score', 'out'), None)
    """
    offered = (*roles, OUT)

    def parse(text: str) -> tuple[str, ...] | None:
        plain = text.strip().casefold()
        if plain in ("", AUTO, ASK):
            return None
        found = tuple([each.strip() for each in plain.split(",")])
        unknown = next((each for each in found if each not in offered), None)
        if unknown is not None:
            raise Invalid(
                f"“{shorten(unknown)}” is nothing that a column can be here: write auto, or {', '.join(offered)}, one"
                " for each column."
            )
        twice = next((each for each in found if each not in SEVERAL and found.count(each) > 1), None)
        if twice is not None:
            raise Invalid(f"Two columns are taken for {NAMES[twice]}: choose one, and leave the other out.")
        return found

    return parse


def chosen(read: Callable[[str], tuple[str, ...] | None], text: str) -> tuple[str, ...] | None:
    """What was said of the columns; nothing where it cannot be read, which the field that says it tells."""
    try:
        return read(text)
    except Invalid:
        return None


def changed(roles: Sequence[str], at: int, role: str) -> str:
    """The roles with one changed, as a link says them: a role that only one column can have goes from the other to this
    one, and what this one was goes to the other.

    >>> changed(["label", "score", "out"], 1, "label"), changed(["x", "x", "cluster"], 0, "out")
    ('score,label,out', 'out,x,cluster')
    """
    found = [*roles]
    if role not in SEVERAL and role in found:
        found[found.index(role)] = found[at]
    found[at] = role
    return ",".join(found)
