"""Where a table belongs that is no use on a page: a refusal that says what it is, and the way to go."""

from __future__ import annotations

from app.vocabulary import link
from app.vocabulary.calculator import Invalid, Link
from app.vocabulary.tables.guesses import Kind

_PAGES = {
    "cases": ("roc-auc", "ROC-AUC calculator", "scores"),
    "points": ("roc-auc", "ROC-AUC calculator", "points"),
    "coordinates": ("silhouette", "silhouette calculator", "points"),
    "distances": ("silhouette", "silhouette calculator", "distances"),
}
_WORDS = {
    "cases": "labels and scores",
    "points": "points of a ROC curve",
    "coordinates": "points with coordinates and the label of a cluster",
    "distances": "a matrix of distances",
    "similarities": "a matrix of similarities, with 1 along its diagonal",
}
FILES = ".csv,.tsv,.txt,.tab,.dat,.arff,.xlsx,text/csv,text/plain,text/tab-separated-values"
"""The files that a table comes in."""

LONGEST = 8_000
"""Characters of a table that goes along in the link to the other calculator."""


def other_page(kind: Kind, slug: str, text: str) -> Link | None:
    """The way to the calculator that a table of this kind belongs to, with the table if it is not long; None for the
    calculator that it is on.
    """
    page, title, field = _PAGES.get(kind, ("", "", ""))
    if not page or page == slug:
        return None
    with_text = len(text) <= LONGEST
    return Link(
        f"To the {title}{', with this table' if with_text else ''}",
        f"#{page}?{link.pairs([(field, text)])}" if with_text else f"#{page}",
    )


def elsewhere(kind: Kind, slug: str, text: str) -> Invalid:
    """The refusal of a table that belongs elsewhere."""
    if kind == "similarities":
        return Invalid(
            f"This is {_WORDS[kind]}, such as correlations. Bring distances: 1 less each, with 0 along the diagonal."
        )
    return Invalid(
        f"These are {_WORDS[kind]}: they belong to the {_PAGES[kind][1]}.".replace(
            "These are a ", "This is a "
        ).replace("matrix of distances: they belong", "matrix of distances: it belongs"),
        link=other_page(kind, slug, text),
    )
