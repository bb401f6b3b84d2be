"""Everything that is computed, of every curve that is given: parsed values in, a `Result` out, in slices."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

from app.calculators.roc_auc.curve import Curve, Point, area, as_typed, curve, from_sensitivity, thinned
from app.calculators.roc_auc.hull import Hull, hull
from app.calculators.roc_auc.inputs import Cases, Points, by_curve, picked, positive_of
from app.calculators.roc_auc.interval import Interval, hanley_mcneil
from app.calculators.roc_auc.operating import Best, Costs, cheapest, youden
from app.calculators.roc_auc.operating import costs as checked_costs
from app.calculators.roc_auc.partial import Partial, partial
from app.calculators.roc_auc.scores import Scored, corners, roc
from app.vocabulary.calculator import Invalid, Progress, Values

DEFAULTS = {"min_fpr": 0.0, "max_fpr": None, "cost_fp": 1.0, "cost_fn": 1.0, "prevalence": None}
"""What the fields of a refusal start with: one that still stands there is not at fault."""


class Roc(NamedTuple):
    """One curve and what is computed of it. `name` is "" where it has none.

    `auc` is its area, which is an AUC where `curve.whole`. Of labels and scores, `scored` has every threshold and
    `turns` those that the curve's points belong to, one by one. `as_typed` is what `sklearn.metrics.auc` makes of the
    points in the order of their rows, None where it raises. `drawn` are the places of the points that a picture needs.
    """

    name: str
    curve: Curve
    auc: float
    hull: Hull
    youden: Best
    cheapest: Best
    partial: Partial | None
    interval: Interval | None
    as_typed: float | None
    scored: Scored | None
    turns: Scored | None
    drawn: list[int]

    def threshold(self, index: int) -> float | None:
        """The threshold that a point of the curve belongs to, where it is known."""
        return self.turns.thresholds[index] if self.turns else None


class Counts(NamedTuple):
    """Positives and negatives behind a curve, None where not known."""

    n_pos: int | None
    n_neg: int | None


class Result(NamedTuple):
    """Every curve, the first of which the answers are about, and what they were asked: `costs`, a `band` of FPR, the
    `counts` that the intervals rest on. `labels` are the positive and the negative one, where labels and scores are
    given.
    """

    curves: tuple[Roc, ...]
    costs: Costs
    band: tuple[float, float] | None
    counts: Counts
    labels: tuple[str, str] | None

    @property
    def first(self) -> Roc:
        """The curve that the answers are about."""
        return self.curves[0]

    @property
    def highest(self) -> Roc | None:
        """The curve with the highest AUC, where several curves have one."""
        several = len(self.curves) > 1 and all(roc.curve.whole for roc in self.curves)
        return max(self.curves, key=lambda roc: roc.auc) if several else None


def compute(values: Values) -> Generator[Progress, None, Result]:
    """Every curve, step by step: with a hundred thousand rows a step takes a few tenths of a second in a browser."""
    given: Cases | None = values["scores"]
    labels = None
    if given is not None:
        labels = positive_of(given, values["positive"])
        sources = yield from _from_cases(given, labels[0])
    else:
        if values["positive"] is not None:
            raise Invalid("There are no labels to look for it: fill in labels and scores, or write auto.", "positive")
        sources = yield from _from_points(values["points"], values["columns"], values["ends"] == "add")
    scored = sources[0].scored
    costs, band = _costs(values, scored), _band(values)
    rocs = []
    for place, source in enumerate(sources):
        part = Progress(0.5 + 0.5 * place / len(sources), "area and hull")
        rocs.append((yield from _computed(source, part, 0.5 / len(sources), values, costs, band)))
    return Result(tuple(rocs), costs, band, _counts(values, scored), labels)


def _computed(
    source: _Source, start: Progress, share: float, values: Values, costs: Costs, band: tuple[float, float] | None
) -> Generator[Progress, None, Roc]:
    """What is computed of one curve, the `share` of all work that follows `start`."""
    yield start
    points = source.curve.points
    auc = source.scored.auc if source.scored else area(points)
    convex = hull(points)
    yield Progress(start.done + 0.5 * share, "best points")
    best, low = youden(points), cheapest(points, costs)
    yield Progress(start.done + 0.8 * share, "picture")
    return Roc(
        name=source.name,
        curve=source.curve,
        auc=auc,
        hull=convex,
        youden=best,
        cheapest=low,
        partial=_partial(points, band, values),
        interval=_interval(source.curve, auc, _counts(values, source.scored), values["level"]),
        as_typed=source.as_typed,
        scored=source.scored,
        turns=source.turns,
        drawn=thinned(points),
    )


# --- from what is given to curves ---


class _Source(NamedTuple):
    """A curve, and where it comes from."""

    name: str
    curve: Curve
    as_typed: float | None
    scored: Scored | None = None
    turns: Scored | None = None


def _from_points(given: Points | None, columns: str, ends: bool) -> Generator[Progress, None, list[_Source]]:
    if given is None:
        raise Invalid("Write at least one point: FPR and TPR, such as 0.1, 0.5.", "points")
    sources = []
    curves = by_curve(given.names, len(given.first))
    for place, (name, rows) in enumerate(curves):
        done, share = 0.5 * place / len(curves), 0.5 / len(curves)
        yield Progress(done + 0.1 * share, "points")
        pairs: Sequence[Point] = list(zip(picked(given.first, rows), picked(given.second, rows), strict=True))
        if columns != "fpr,tpr" and not given.headed:
            pairs = from_sensitivity(pairs, "sensitivity" if columns.startswith("sensitivity") else "specificity")
        yield Progress(done + 0.2 * share, "sorting")
        try:
            drawn = curve(pairs, ends)
        except Invalid as invalid:
            raise _of_curve(name, invalid, "points") from None
        yield Progress(done + 0.9 * share, "points as typed")
        sources.append(_Source(name, _numbered(drawn, rows), as_typed(pairs)))
    return sources


def _of_curve(name: str, invalid: Invalid, field: str) -> Invalid:
    """A refusal that says which curve it is about, where curves have names."""
    return Invalid(f"Curve “{name}”: {invalid}" if name else str(invalid), field)


def _numbered(drawn: Curve, rows: Sequence[int]) -> Curve:
    """The curve with the rows of the whole table for the rows of its own."""
    if isinstance(rows, range):
        return drawn
    whole = [0, *(row + 1 for row in rows)]
    return drawn._replace(
        rows=tuple([whole[row] for row in drawn.rows]),
        repeats=tuple([(whole[row], whole[first]) for row, first in drawn.repeats]),
    )


def _from_cases(given: Cases, positive: str) -> Generator[Progress, None, list[_Source]]:
    sources = []
    yield Progress(0, "labels")
    flags = [label == positive for label in given.labels]
    curves = by_curve(given.names, len(flags))
    for place, (name, rows) in enumerate(curves):
        done, share = 0.5 * place / len(curves), 0.5 / len(curves)
        yield Progress(done + 0.1 * share, "thresholds")
        try:
            scored = roc(picked(flags, rows), picked(given.scores, rows))
        except Invalid as invalid:
            raise _of_curve(name, invalid, "scores") from None
        yield Progress(done + 0.6 * share, "turning points")
        turns = corners(scored)
        yield Progress(done + 0.8 * share, "points")
        points = turns.points
        sources.append(_Source(name, curve(points), as_typed(points), scored, turns))
    return sources


# --- what was asked of them ---


def _at_fault(values: Values, *names: str) -> str:
    """The first of these fields that is not as it starts."""
    return next((name for name in names if values[name] != DEFAULTS[name]), names[0])


def _costs(values: Values, scored: Scored | None) -> Costs:
    prevalence = values["prevalence"]
    if prevalence is None:
        prevalence = scored.n_pos / (scored.n_pos + scored.n_neg) if scored else 0.5
    try:
        return checked_costs(values["cost_fp"], values["cost_fn"], prevalence)
    except Invalid as invalid:
        raise Invalid(str(invalid), _at_fault(values, "cost_fn", "cost_fp", "prevalence")) from None


def _band(values: Values) -> tuple[float, float] | None:
    low, high = values["min_fpr"], values["max_fpr"]
    if high is None and not low:
        return None
    return low, 1.0 if high is None else high


def _partial(points: Sequence[Point], band: tuple[float, float] | None, values: Values) -> Partial | None:
    if band is None:
        return None
    try:
        return partial(points, band[1], band[0])
    except Invalid as invalid:
        raise Invalid(str(invalid), _at_fault(values, invalid.field, "max_fpr", "min_fpr")) from None


def _counts(values: Values, scored: Scored | None) -> Counts:
    n_pos, n_neg = values["n_pos"], values["n_neg"]
    if scored:
        n_pos, n_neg = n_pos or scored.n_pos, n_neg or scored.n_neg
    return Counts(n_pos, n_neg)


def _interval(drawn: Curve, auc: float, counts: Counts, level: float) -> Interval | None:
    """The interval, where the area is an AUC, the counts are known, and the formula has something to go by."""
    if not (drawn.whole and 0 < auc < 1) or counts.n_pos is None or counts.n_neg is None:
        return None
    return hanley_mcneil(auc, counts.n_pos, counts.n_neg, level)
