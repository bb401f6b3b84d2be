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
_BELONGS = {
    "cases": "These are labels and scores: they belong",
    "points": "These are points of a ROC curve: they belong",
    "coordinates": "These are points with coordinates and the label of a cluster: they belong",
    "distances": "This is a matrix of distances: it belongs",
}

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
            "This is a matrix of similarities, with 1 along its diagonal, such as correlations. Bring distances: 1 less"
            " each, with 0 along the diagonal."
        )
    return Invalid(f"{_BELONGS[kind]} to the {_PAGES[kind][1]}.", link=other_page(kind, slug, text))
