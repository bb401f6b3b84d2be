"""Everything that is computed, of every curve that is given: parsed values in, a `Result` out, in slices."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from itertools import repeat
from math import isnan
from operator import eq
from typing import NamedTuple

from app.calculators.roc_auc import delong
from app.calculators.roc_auc.bootstrap import FEWEST, MOST_CASES, Bootstrapped, bootstrap
from app.calculators.roc_auc.curve import Curve, Point, area, as_typed, curve, from_sensitivity, thinned
from app.calculators.roc_auc.hull import Hull, hull
from app.calculators.roc_auc.inputs import Cases, Points, by_curve, picked
from app.calculators.roc_auc.interval import Interval, hanley_mcneil
from app.calculators.roc_auc.operating import Best, Costs, cheapest, youden
from app.calculators.roc_auc.operating import costs as checked_costs
from app.calculators.roc_auc.partial import Partial, partial
from app.calculators.roc_auc.precision_recall import PrecisionRecall, precision_recall
from app.calculators.roc_auc.scores import Scored, corners, roc
from app.vocabulary import heads
from app.vocabulary.calculator import Invalid, Progress, Values
from app.vocabulary.work import Kept, within

DEFAULTS = {"min_fpr": 0.0, "max_fpr": None, "cost_fp": 1.0, "cost_fn": 1.0, "prevalence": None}
"""What the fields of a refusal start with: one that still stands there is not at fault."""


class Roc(NamedTuple):
    """One curve and what is computed of it. `name` is "" where it has none.

    `auc` is its area, which is an AUC where `curve.whole`. Of labels and scores, `scored` has every threshold, `turns`
    those that the curve's points belong to, one by one, and `precise` precision against recall. `as_typed` is what
    `sklearn.metrics.auc` makes of the points in the order of their rows, None where it raises. `drawn` are the places
    of the points that a picture needs.
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
    precise: PrecisionRecall | None
    drawn: list[int]

    def threshold(self, index: int) -> float | None:
        """The threshold that a point of the curve belongs to, where it is known."""
        return self.turns.thresholds[index] if self.turns else None


class Counts(NamedTuple):
    """Positives and negatives behind a curve, None where not known."""

    n_pos: int | None
    n_neg: int | None


class Against(NamedTuple):
    """One curve against another, by their places: by DeLong's test, `paired` where both are of the same cases."""

    one: int
    other: int
    paired: bool
    test: delong.Comparison


class Result(NamedTuple):
    """Every curve, the first of which the answers are about, and what they were asked: `costs`, a `band` of FPR, the
    `counts` that the intervals rest on. `labels` are the positive and the negative one, where labels and scores are
    given. Of several, the first is held `against` each of the others, and the highest against the next (`top`), where
    that can be tested, at the `level` of confidence. `drawn_anew` are the cases of the first, drawn anew where that was
    asked for.
    """

    curves: tuple[Roc, ...]
    costs: Costs
    band: tuple[float, float] | None
    counts: Counts
    labels: tuple[str, str] | None
    against: tuple[Against, ...] = ()
    top: Against | None = None
    drawn_anew: Bootstrapped | None = None
    level: float = 0.95

    @property
    def first(self) -> Roc:
        """The curve that the answers are about."""
        return self.curves[0]

    @property
    def weighted(self) -> bool:
        """Whether cases count with weights."""
        return bool(self.first.scored and self.first.scored.weighted)

    @property
    def highest(self) -> Roc | None:
        """The curve with the highest AUC, where several curves have one."""
        several = len(self.curves) > 1 and all(roc.curve.whole for roc in self.curves)
        return max(self.curves, key=lambda roc: roc.auc) if several else None


_kept = Kept()


def compute(values: Values) -> Generator[Progress, None, Result]:
    """Every curve, step by step: with a hundred thousand rows a step takes a tenth of a second in a browser. What
    another cost or prevalence does not change is not done again for it.
    """
    given: Cases | None = values["scores"]
    points: Points | None = values["points"]
    labels, models = None, list[_Model]()
    times, level = values["bootstrap"], values["level"]
    _kept.of(points if given is None else given)
    if given is not None:
        cases = given, values["positive"]
        labels, models = yield from _kept.stage("cases", cases, lambda: _models(*cases))
        _check_draws(times, models[0])
        sources = yield from _kept.stage("sources", cases, lambda: _from_cases(models))
    else:
        if values["positive"] is not None:
            raise Invalid("There are no labels to look for it: fill in labels and scores, or write auto.", "positive")
        if times is not None:
            raise Invalid("Only cases can be drawn anew: fill in labels and scores, or write none.", "bootstrap")
        asked = points, values["columns"], values["ends"] == "add"
        sources = yield from _kept.stage("sources", asked, lambda: _from_points(*asked))
    scored = sources[0].scored
    costs, band = _costs(values, scored), _band(values)
    rocs = []
    for place, source in enumerate(sources):
        work = _computed(source, place, values, costs, band)
        rocs.append((yield from within(work, 0.4 + 0.4 * place / len(sources), 0.4 / len(sources))))
    against: tuple[Against, ...] = ()
    top = drawn_anew = None
    if given is not None:
        paired = bool(given.others)
        against, top = yield from _kept.stage("against", (*cases, level), lambda: _against(models, rocs, paired, level))
        if times is not None:
            drawn_anew = yield from _kept.stage(
                "drawn anew", (*cases, times, level), lambda: _drawn_anew(sources[0], models[0], times, level)
            )
    return Result(tuple(rocs), costs, band, _counts(values, scored), labels, against, top, drawn_anew, level)


class _Shape(NamedTuple):
    """What follows from a curve alone."""

    auc: float
    hull: Hull
    youden: Best
    precise: PrecisionRecall | None
    drawn: list[int]


def _shape(source: _Source) -> Generator[Progress, None, _Shape]:
    points, scored = source.curve.points, source.scored
    yield Progress(0, "area")
    auc = scored.auc if scored else area(points)
    convex = yield from within(hull(points), 0, 0.6)
    yield Progress(0.6, "best points")
    best = youden(points)
    yield Progress(0.7, "precision and recall")
    precise = precision_recall(scored) if scored else None
    yield Progress(0.9, "picture")
    return _Shape(auc, convex, best, precise, thinned(points))


def _computed(
    source: _Source, place: int, values: Values, costs: Costs, band: tuple[float, float] | None
) -> Generator[Progress, None, Roc]:
    """What is computed of one curve."""
    points = source.curve.points
    shape = yield from _kept.stage(f"shape {place}", source, lambda: within(_shape(source), 0, 0.8))
    asked = source, values["level"], values["n_pos"], values["n_neg"]
    sure = yield from _kept.stage(f"interval {place}", asked, lambda: _sure(source, shape.auc, values))
    return Roc(
        name=source.name,
        curve=source.curve,
        auc=shape.auc,
        hull=shape.hull,
        youden=shape.youden,
        cheapest=cheapest(points, costs),
        partial=_partial(points, band, values),
        interval=sure,
        as_typed=source.as_typed,
        scored=source.scored,
        turns=source.turns,
        precise=shape.precise,
        drawn=shape.drawn,
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
        done, share = 0.4 * place / len(curves), 0.4 / len(curves)
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


class _Model(NamedTuple):
    """What one model says of its cases."""

    name: str
    labels: Sequence[bool]
    scores: Sequence[float]
    weights: Sequence[float] | None


def _models(given: Cases, named: str | None) -> Generator[Progress, None, tuple[tuple[str, str], list[_Model]]]:
    """The positive label and the other one, and every model: of the same cases a column each, or of cases that name
    theirs.
    """
    labels = heads.positive_of(given.labels, named)
    yield Progress(0, "labels")
    flags = [*map(eq, given.labels, repeat(labels[0]))]
    if given.others:
        columns = ((given.name, given.scores), *given.others)
        return labels, [
            _Model(name or f"model {place}", flags, scores, given.weights)
            for place, (name, scores) in enumerate(columns, 1)
        ]
    return labels, [
        _Model(
            name,
            picked(flags, rows),
            picked(given.scores, rows),
            None if given.weights is None else picked(given.weights, rows),
        )
        for name, rows in by_curve(given.names, len(flags))
    ]


def _check_draws(times: int | None, model: _Model) -> None:
    """Refuse what would keep a page busy for minutes."""
    cases = len(model.labels)
    if times is not None and times * cases > MOST_CASES:
        most = MOST_CASES // cases
        do = f"draw them at most {most:,} times" if most >= FEWEST else "write none"
        raise Invalid(
            f"{times:,} times {cases:,} cases are too many to draw: {do}. So many cases hardly need it.", "bootstrap"
        )


def _from_cases(models: Sequence[_Model]) -> Generator[Progress, None, list[_Source]]:
    sources = []
    for place, (name, labels, scores, weights) in enumerate(models):
        done, share = 0.4 * place / len(models), 0.4 / len(models)
        try:
            scored = yield from within(roc(labels, scores, weights), done, 0.6 * share)
        except Invalid as invalid:
            raise _of_curve(name, invalid, "scores") from None
        yield Progress(done + 0.6 * share, "turning points")
        turns = corners(scored)
        yield Progress(done + 0.8 * share, "points")
        points = turns.points  # sorted, so nothing is left of what a curve does to points
        drawn = Curve(points, tuple(range(1, len(points) + 1)), reordered=False, repeats=(), falls=())
        sources.append(_Source(name, drawn, scored.auc, scored, turns))
    return sources


# --- one curve against another ---


def _against(
    models: Sequence[_Model], rocs: Sequence[Roc], paired: bool, level: float
) -> Generator[Progress, None, tuple[tuple[Against, ...], Against | None]]:
    """The first model against each of the others, and the highest against the next: where labels and scores are given,
    without weights.
    """
    if len(models) < 2:
        return (), None

    def test(one: int, other: int) -> Generator[Progress, None, Against | None]:
        ours, theirs = rocs[one].scored, rocs[other].scored
        if ours is None or theirs is None or ours.weighted:
            return None
        if paired:
            ranked = delong.Ranked(models[one].scores, ours), delong.Ranked(models[other].scores, theirs)
            work = delong.paired(models[one].labels, *ranked, level)
            compared = yield from within(work, 0.8, 0.0)
            return None if isnan(compared.error) else Against(one, other, paired, compared)
        yield Progress(0.8, "comparing")
        found = delong.unpaired(ours, theirs, level)
        return None if found is None else Against(one, other, paired, found)

    against = []
    for other in range(1, len(models)):
        found = yield from test(0, other)
        against += [found] if found else []
    best, second, *_ = sorted(range(len(rocs)), key=lambda place: -rocs[place].auc)
    known = next((each for each in against if {each.one, each.other} == {best, second}), None)
    return tuple(against), known or (yield from test(best, second))


def _drawn_anew(
    source: _Source, model: _Model, times: int, level: float
) -> Generator[Progress, None, Bootstrapped | None]:
    if source.scored is None:
        return None
    work = bootstrap(source.scored, model.labels, model.scores, model.weights, times, level)
    return (yield from within(work, 0.8, 0.2))


# --- what was asked of them ---


def _at_fault(values: Values, *names: str) -> str:
    """The first of these fields that is not as it starts."""
    return next((name for name in names if values[name] != DEFAULTS[name]), names[0])


def _costs(values: Values, scored: Scored | None) -> Costs:
    prevalence = values["prevalence"]
    if prevalence is None:
        prevalence = scored.prevalence if scored else 0.5
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
    if scored and not scored.weighted:
        n_pos, n_neg = n_pos or int(scored.n_pos), n_neg or int(scored.n_neg)
    return Counts(n_pos, n_neg)


def _sure(source: _Source, auc: float, values: Values) -> Generator[Progress, None, Interval | None]:
    yield Progress(0.8, "interval")
    found = _interval(source, auc, values)
    yield Progress(0.9, "best points")
    return found


def _interval(source: _Source, auc: float, values: Values) -> Interval | None:
    """The interval, where the area is an AUC and the method has something to go by. DeLong's where labels and scores
    are given; that of Hanley and McNeil where counts alone are known, and where a class has one case.
    """
    scored = source.scored
    if scored and values["n_pos"] is None and values["n_neg"] is None:
        found = delong.interval(scored, values["level"], auc)
        if found or scored.weighted or min(scored.n_pos, scored.n_neg) >= delong.FEWEST:
            return found
    counts = _counts(values, scored)
    if not (source.curve.whole and 0 < auc < 1) or counts.n_pos is None or counts.n_neg is None:
        return None
    return hanley_mcneil(auc, counts.n_pos, counts.n_neg, values["level"])
