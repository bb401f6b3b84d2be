"""How numbers are written on the threshold page."""

from __future__ import annotations

from math import ceil, floor, inf, isfinite, log10

from app.calculators.threshold_cost.compute import Counted, Listed, Result
from app.calculators.threshold_cost.cost import CASES, Policy
from app.vocabulary.calculator import Figure, Line
from app.vocabulary.quantity import show_count, show_share


def settled(value: float) -> float:
    """A value to twelve figures: beyond these the C libraries of a desk and of WebAssembly differ."""
    return float(f"{value:.12g}") if isfinite(value) else value


def cost(value: float, name: str = "") -> Figure:
    """A cost, in the unit of the inputs.

    >>> cost(518.293).text, cost(0.90909).text, cost(-12345).text, cost(2.5e9).text
    ('518', '0.909', '−12,345', '2.5\\u202fB')
    """
    return Figure(settled(value), _amount(value), name)


def more(one: float, other: float) -> float:
    """By how much one cost exceeds another; nothing where they differ by rounding alone."""
    extra = one - other
    return extra if abs(extra) > 1e-12 * max(abs(one), abs(other)) else 0.0


def cases(share: float, name: str = "") -> Figure:
    """How many of a thousand cases, from a share of all.

    >>> cases(0.0475).text, cases(0.8075).text
    ('47.5', '808')
    """
    return Figure(settled(CASES * share), _amount(CASES * share), name)


def exact(value: float) -> Figure:
    """An input as it was typed, or a whole number."""
    return Figure(value, f"{value:,.12g}".replace("-", "−"))


def threshold(value: float, name: str = "") -> Figure:
    """A probability, to three figures from 0 and from 1.

    >>> threshold(1 / 11).text, threshold(0.5).text, threshold(0.9987654).text, threshold(6.35e-7).text
    ('0.0909', '0.5', '0.99877', '6.35e−7')
    """
    return Figure(value, threshold_text(value), name)


def rate(value: float, name: str = "") -> Figure:
    """The same of a TPR, an FPR, or a threshold that was searched for."""
    return Figure(settled(value), threshold_text(value), name)


def threshold_text(value: float) -> str:
    """The same as text."""
    near = min(abs(value), abs(1 - value))
    if near < 1e-9 or abs(value) < 1e-4 or not isfinite(value):
        return _signed(f"{value:.3g}")
    decimals = max(3, 2 - floor(log10(near)))
    written = f"{value:.{decimals}f}"
    return _signed(written.rstrip("0").rstrip(".") if "." in written else written)


def _signed(text: str) -> str:
    """The text of a number with a true minus sign, and a power of ten without empty places."""
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e").replace("-", "−")


def share(value: float) -> Figure:
    """A share, as a percentage."""
    return Figure(settled(value), show_share(value))


def _amount(value: float) -> str:
    size = abs(value)
    if size >= 1e9:
        text = show_count(size)
    elif size >= 99.95:
        text = f"{size:,.0f}"
    else:
        text = _signed(f"{size:.3g}")
    return f"−{text}" if value < 0 and text != "0" else text


def where(found: Policy | None, result: Result) -> Line:
    """The threshold of a policy, in words where it has none."""
    if found is None or found.threshold is None:
        return ("not known",)
    if found.threshold == inf:
        return ("flag no case",)
    if found.threshold == -inf:
        return ("flag every case",)
    on_scores: Line = ()
    probabilities = not isinstance(result.known, Listed) or result.known.usable
    if probabilities and result.scale.trained is not None:
        on_scores = (" (", rate(result.scale.score(found.threshold)), " on the scores)")
    return (rate(found.threshold), *on_scores)


def cells(found: Policy) -> tuple[object, ...]:
    """A policy as cells of a file: its threshold and rates, shares of all cases, and the cost of 1,000."""
    numbers = (found.tpr, found.fpr, found.flagged, *found.outcomes, found.per_1000)
    return ("" if found.threshold is None else found.threshold, *map(settled, numbers))


def basis(result: Result) -> Line:
    """What the costs rest on, as the start of a sentence."""
    if isinstance(result.known, Counted):
        total: Figure = exact(result.known.cases.total)
        return ("On your ", total, " cases, weighed to a prevalence of ", share(result.prevalence), ", ")
    if isinstance(result.known, Listed):
        return ("By your operating points, at a prevalence of ", share(result.prevalence), ", ")
    two = f"{result.auc:.2f}"
    shown = Figure(result.auc, two if float(two) == result.auc else threshold_text(result.auc))
    return ("If scores are calibrated and separate with AUC ", shown, ", ")


def ticks(low: float, high: float, about: int = 5) -> tuple[tuple[float, str], ...]:
    """Round places between two ends, and how they are written.

    >>> ticks(0, 1000)
    ((0.0, '0'), (200.0, '200'), (400.0, '400'), (600.0, '600'), (800.0, '800'), (1000.0, '1,000'))
    """
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough * 0.999)
    places = (at * step for at in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1))
    return tuple((at, show_count(at) if abs(at) >= 10_000 else _amount(at)) for at in places)
