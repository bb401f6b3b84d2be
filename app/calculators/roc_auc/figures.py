"""How rates, areas and costs are written on the ROC page."""

from __future__ import annotations

from math import nan

from app.calculators.roc_auc.compute import Roc
from app.calculators.roc_auc.curve import SAME, gini
from app.vocabulary.calculator import Figure, Line
from app.vocabulary.quantity import show_exact, show_number, show_rate, show_rates, show_share


def rate(value: float, name: str = "") -> Figure:
    """A rate, an area or an index.

    >>> rate(0.8).text, rate(0.68056).text, rate(0.99999).text, rate(-0.25).text, rate(2e-16).text
    ('0.8', '0.6806', '0.99999', '−0.25', '0')
    """
    return Figure(value, show_rate(value, SAME), name)


def between(low: float, high: float, names: tuple[str, str] = ("", ""), decimals: int = 0) -> tuple[Figure, Figure]:
    """Both ends of an interval of rates.

    >>> [each.text for each in between(0.9891, 0.999292)], [each.text for each in between(0.9891, 0.9993, decimals=3)]
    (['0.9891', '0.9993'], ['0.989', '0.999'])
    """
    texts = show_rates(low, high, SAME, decimals)
    return Figure(low, texts[0], names[0]), Figure(high, texts[1], names[1])


def gini_of(roc: Roc, name: str = "") -> Figure:
    """The Gini coefficient, which an area that is no AUC has not."""
    return rate(gini(roc.auc) if roc.curve.whole else nan, name)


def short(value: float, name: str = "") -> Figure:
    """A rate to three figures, for a line to cite.

    >>> short(0.94123).text, short(0.99996).text
    ('0.941', '0.99996')
    """
    figures = show_number(value, 3)
    return Figure(value, figures if figures != "1" else show_rate(value, SAME), name)


def p_value(value: float, name: str = "") -> Figure:
    """A p-value, to two figures.

    >>> p_value(0.02718).text, p_value(0.0004).text, p_value(1.0).text
    ('0.027', '<\\u202f0.001', '1')
    """
    return Figure(value, "<\u202f0.001" if value < 1e-3 else show_number(value, 2), name)


def share(value: float) -> Figure:
    """A share, as a percentage."""
    return Figure(value, show_share(value))


def whole(value: float) -> Figure:
    """A number of things, with all its digits."""
    return Figure(value, show_exact(value))


def cost(value: float) -> Figure:
    """A cost, in the unit of the inputs.

    >>> cost(0.25).text, cost(12345.6).text, cost(0.00012346).text
    ('0.25', '12,346', '0.0001235')
    """
    return Figure(value, show_number(value))


def score(value: float) -> Figure:
    """A threshold on scores, to six figures."""
    return Figure(value, show_number(value, 6))


def point(place: tuple[float, float]) -> Line:
    """A point in brackets: FPR, TPR."""
    return ("(", rate(place[0]), ", ", rate(place[1]), ")")


def called(roc: Roc) -> str:
    """What a curve is called, where it has a name."""
    return f"“{roc.name}”" if roc.name else "the curve"


def place(roc: Roc, index: int) -> Line:
    """What a point of a curve is called: the row it was typed in, or the threshold it belongs to."""
    threshold = roc.threshold(index)
    if threshold is not None:
        return ("nothing flagged",) if threshold == float("inf") else ("score ≥ ", score(threshold))
    row = roc.curve.rows[index]
    if row:
        return ("row ", whole(row))
    return ("added, flags everything",) if index else ("added, flags nothing",)
