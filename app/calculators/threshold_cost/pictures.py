"""The pictures of the threshold page: expected cost, a thousand cases, Drummond and Holte’s curves, calibration."""

from __future__ import annotations

from collections.abc import Sequence

from app.calculators.threshold_cost.classifiers import Classifier, Counted, Listed, Modelled
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import CASES, Outcomes, Policy
from app.calculators.threshold_cost.cost_curve import along, curve, lowest
from app.calculators.threshold_cost.points import OperatingPoint, envelope, normalised_cost, probability_cost
from app.calculators.threshold_cost.reliability import Bin
from app.vocabulary.calculator import Axis, Plot, Segment, Trace, Waffle
from app.vocabulary.quantity import show_exact, show_rate
from app.vocabulary.ticks import powers_of_ten, ticks

MOST_DRAWN = 400
"""Points of a curve that can be told apart."""

_MARKED = 60
"""So many operating points at most are drawn one by one."""


def expected_cost(result: Result) -> Plot:
    """Expected cost against threshold, or against what is flagged where thresholds are not known."""
    classifier = result.classifier
    by_threshold = not isinstance(classifier, Listed) or classifier.usable
    policies = curve(result, MOST_DRAWN)
    everyone, nobody = result.everyone.per_1000, result.nobody.per_1000
    y = _cost_axis([*(policy.per_1000 for policy in (*policies, result.star, result.cheapest)), everyone, nobody])
    x = _threshold_axis(result) if by_threshold else Axis("flagged per 1,000", 0, CASES, ticks(0, CASES))

    def place(policy: Policy) -> tuple[float, float]:
        return min(max(along(policy, by_threshold), x.low), x.high), policy.per_1000

    def level(label: str, height: float, part: int) -> Trace:
        return Trace(label, ((x.low, height), (x.high, height)), "dashed", part)

    same = result.cheapest.flagged == result.star.flagged and result.cheapest.cost == result.star.cost
    marks = [Trace("p*, the cheapest" if same else "p*", (place(result.star),), "dots", 2, ("p*",))]
    if not same:
        marks.append(Trace("cheapest", (place(result.cheapest),), "rings", 4))
    if result.yours is not None:
        shown = show_rate(result.your_threshold)
        marks.append(Trace("your threshold", (place(result.yours),), "dots", 5, (shown,)))
    places = tuple(map(place, policies))
    few = isinstance(classifier, Listed) and len(places) <= _MARKED
    return Plot(
        "Expected cost per 1,000 cases against " + ("threshold" if by_threshold else "cases flagged"),
        x,
        y,
        (
            level("flag every case", everyone, 3),
            level("flag no case", nobody, 6),
            Trace(_CURVES[type(classifier)], places, "line", 1),
            *([Trace("operating points", places, "rings", 1)] if few else []),
            *marks,
        ),
    )


_CURVES: dict[type[Classifier], str] = {Modelled: "assumed scores", Listed: "between them", Counted: "your cases"}


def _cost_axis(drawn: Sequence[float]) -> Axis:
    """From nothing, or the greatest benefit, to the dearest, with room for words below what is near the bottom."""
    low, high = min(0.0, *drawn), max(0.0, *drawn)
    high = high if high > low else low + 1  # where every policy costs nothing
    room = 0.09 * (high - low) if min(drawn) - low < 0.09 * (high - low) else 0.0
    top = high + 0.05 * (high - low)
    return Axis("cost per 1,000", low - room, top, ticks(low, top))


def _threshold_axis(result: Result) -> Axis:
    low = lowest(result)
    if low == 0:
        return Axis("threshold", 0, 1, ticks(0, 1))
    return Axis("threshold", low, 1, powers_of_ten(low, 1), log=True)


def thousand_cases(title: str, counts: Outcomes) -> Waffle:
    """A thousand cases by what becomes of them."""
    tp, fp, fn, tn = counts
    named = (("positive, flagged", tp), ("negative, flagged", fp), ("positive, missed", fn), ("negative, left", tn))
    return Waffle(title, tuple(Segment(label, count, show_exact(count)) for label, count in named))


def cost_curves(result: Result, prevalences: Sequence[float]) -> Plot:
    """Normalised cost against PC(+): the lower envelope of the points, what needs no model, and some prevalences."""
    today = OperatingPoint(result.star.tpr, result.star.fpr)
    edge = [
        (stretch.low, normalised_cost(stretch.point, stretch.low))
        for stretch in envelope(result.classifier.corners())
        if stretch.low < stretch.high
    ]

    def spot(prevalence: float) -> tuple[float, float]:
        weighted = probability_cost(result.costs, prevalence)
        return weighted, normalised_cost(result.best(prevalence), weighted)

    return Plot(
        "Normalised cost against PC(+)",
        Axis("PC(+), prevalence weighted by cost", 0, 1, ticks(0, 1)),
        Axis("normalised cost", 0, _TOP, ticks(0, _TOP, 6)),
        (
            Trace("flag every case", _below(1, 0), "dashed", 3),
            Trace("flag no case", _below(0, 1), "dashed", 6),
            Trace("today’s point", _below(normalised_cost(today, 0), normalised_cost(today, 1)), "dashed", 2),
            Trace("the cheapest of all points", (*edge, (1.0, 0.0)), "line", 1),
            Trace("prevalences of the table", tuple(map(spot, prevalences)), "rings", 1),
            Trace("yours", (spot(result.prevalence),), "dots", 5),
        ),
    )


_TOP = 0.55
"""The normalised cost at which the picture ends: the envelope never reaches more than a half."""


def _below(start: float, end: float) -> tuple[tuple[float, float], ...]:
    """The line from `start` at 0 to `end` at 1, as far as it is in the picture."""
    if start == end:
        return ((0.0, start), (1.0, end))
    crossing = min(max((_TOP - start) / (end - start), 0.0), 1.0)
    edge = (crossing, start + crossing * (end - start))
    left = (0.0, start) if start <= _TOP else edge
    right = (1.0, end) if end <= _TOP else edge
    return (left, right)


def calibration(bins: Sequence[Bin]) -> Plot:
    """The share of positives in each bin against its mean prediction."""
    return Plot(
        "Share positive against prediction",
        Axis("mean prediction", 0, 1, ticks(0, 1)),
        Axis("share positive", 0, 1, ticks(0, 1)),
        (
            Trace("calibrated", ((0, 0), (1, 1)), "dashed", 6),
            Trace("your cases", tuple((each.mean, each.positive) for each in bins), "rings", 1),
        ),
    )
