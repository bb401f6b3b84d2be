"""How rates, areas and costs are written on the ROC page."""

from __future__ import annotations

from math import nan

from app.calculators.roc_auc.compute import Found
from app.calculators.roc_auc.curve import SAME, gini
from app.vocabulary.calculator import Figure, Line
from app.vocabulary.quantity import show_exact, show_share


def written(value: float) -> str:
    """A rate or an area to four decimals, two at least; only nothing is 0 and only the whole is 1.

    >>> written(0.8), written(0.68056), written(1), written(0.99999), written(-0.25), written(2e-16)
    ('0.80', '0.6806', '1', '>\\u202f0.9999', '−0.25', '0')
    """
    size, sign = abs(value), "−" if value < 0 else ""
    if size < SAME or abs(size - 1) < SAME:
        return f"{sign if size > SAME else ''}{round(size)}"
    text = f"{size:.4f}"
    if text == "0.0000":
        return f"{'>' if sign else '<'}\u202f{sign}0.0001"
    if text == "1.0000" and size < 1:
        return f"{'<' if sign else '>'}\u202f{sign}0.9999"
    whole, _, decimals = text.partition(".")
    return f"{sign}{whole}.{decimals[:2]}{decimals[2:].rstrip('0')}"


def rate(value: float, name: str = "") -> Figure:
    """A rate, an area or an index."""
    return Figure(value, written(value), name)


def gini_of(found: Found, name: str = "") -> Figure:
    """The Gini coefficient, which an area that is no AUC has not."""
    return rate(gini(found.auc) if found.curve.whole else nan, name)


def share(value: float) -> Figure:
    """A share, as a percentage."""
    return Figure(value, show_share(value))


def whole(value: float) -> Figure:
    """A number of things, with all its digits."""
    return Figure(value, show_exact(value))


def cost(value: float) -> Figure:
    """A cost, to four figures or all before the point, and no fewer than two decimals where it has any.

    >>> cost(0.25).text, cost(0.5).text, cost(12345.6).text, cost(10).text, cost(0.00012346).text
    ('0.25', '0.50', '12,346', '10', '0.0001235')
    """
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    _, point, decimals = text.partition(".")
    return Figure(value, text + "0" if point and len(decimals) < 2 else text)


def score(value: float) -> Figure:
    """A threshold, to six figures."""
    return Figure(value, f"{value:.6g}".replace("-", "−"))


def point(at: tuple[float, float]) -> Line:
    """A point in brackets: FPR, TPR."""
    return ("(", rate(at[0]), ", ", rate(at[1]), ")")


def called(found: Found) -> str:
    """What a curve is called, where it has a name."""
    return f"“{found.name}”" if found.name else "the curve"


def place(found: Found, at: int) -> Line:
    """What a point of a curve is called: the row it was typed in, or the threshold it belongs to."""
    threshold = found.threshold(at)
    if threshold is not None:
        return ("nothing flagged",) if threshold == float("inf") else ("score ≥ ", score(threshold))
    row = found.curve.rows[at]
    if row:
        return ("row ", whole(row))
    return ("added, flags everything",) if at else ("added, flags nothing",)
