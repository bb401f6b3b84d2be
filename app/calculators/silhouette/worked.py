"""The worked example of the silhouette page: how the numbers of one point are put together, and the mean of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from app.calculators.silhouette.compute import Result
from app.calculators.silhouette.distances import between
from app.calculators.silhouette.figures import count, distance, quoted, score
from app.calculators.silhouette.scores import Point, Silhouette
from app.vocabulary.calculator import Figure, Line, Step

TERMS = 6
"""A sum of more terms is shortened to its first three and its last."""


def steps(result: Result) -> tuple[Step, ...]:
    """Every step for what was given."""
    if result.whole is not None:
        return _measured(result.whole, _worked(result), result)
    return _known(result)


# --- one point whose means are known ---


def _known(result: Result) -> tuple[Step, ...]:
    one = result.one
    if one is None:
        return ()
    if result.alone:
        return (_by_convention(result.singletons, one.s),)
    smallest: Line = ("min(", *_listed([distance(other) for other in result.others], ", "), ")")
    return (
        Step(
            "b, the nearest other cluster",
            "b = the smallest mean distance to another cluster",
            smallest if len(result.others) > 1 else (),
            (distance(one.b),),
        ),
        *_score(one.a, one.b, one.s),
    )


def _by_convention(singletons: float, s: float) -> Step:
    whose = "in MATLAB" if singletons else "with Rousseeuw"
    return Step(
        "Alone in its cluster",
        "there is no other point to have a mean distance to, so s is a convention",
        (),
        (score(s), f", as {whose}"),
    )


def _score(a: float, b: float, s: float) -> tuple[Step, Step]:
    largest = max(a, b)
    return (
        Step("The larger of the two", "max(a, b)", ("max(", distance(a), ", ", distance(b), ")"), (distance(largest),)),
        Step(
            "The silhouette",
            "s = (b − a) / max(a, b)" if largest else "s = 0 where both distances are 0",
            ("(", distance(b), " − ", distance(a), ") / ", distance(largest)) if largest else (),
            (score(s),),
        ),
    )


# --- points ---


def _worked(result: Result) -> Point:
    """The point that is worked out: the chosen one, else the first that is not alone."""
    points = result.whole.points if result.whole else ()
    return result.chosen or next((point for point in points if point.a is not None), points[0])


def _measured(whole: Silhouette, point: Point, result: Result) -> tuple[Step, ...]:
    mean = (
        _of_sample(whole)
        if whole.is_sample
        else Step(
            "The mean of all points",
            "mean s = the sum of all silhouettes / the number of points",
            _mean(_Sum(tuple(score(other.s) for other in _ends(whole.points)), len(whole.points))),
            (score(whole.mean),),
        )
    )
    if point.a is None:
        return (_by_convention(point.s, point.s), mean)
    return (
        Step(
            f"a of row {point.row:,}, in cluster {quoted(point.label)}",
            "a = the sum of its distances to the other points of its cluster / their number",
            _mean(_to(point, point.label, result)),
            (distance(point.a),),
        ),
        Step(
            f"b, to cluster {quoted(point.nearest)}, the nearest other one",
            "b = the sum of its distances to the points of that cluster / their number",
            _mean(_to(point, point.nearest, result)),
            (distance(point.b),),
        ),
        *_score(point.a, point.b, point.s),
        mean,
    )


def _of_sample(whole: Silhouette) -> Step:
    """The mean of all points, estimated: each cluster counts by its size, not by how many of it were measured."""
    clusters = _ends(whole.clusters)
    terms: list[Line] = [(count(each.size), " × ", score(each.mean)) for each in clusters]
    line = terms[0]
    for place, term in enumerate(terms[1:], 1):
        cut = len(whole.clusters) > len(clusters) and place == len(terms) - 1
        line = (*line, " + … + " if cut else " + ", *term)
    return Step(
        "The mean of all points, estimated",
        "mean s = the sum of the clusters’ sizes times the means of what was measured of them / the number of points",
        ("(", *line, ") / ", count(whole.size)),
        (score(whole.mean),),
    )


def _to(point: Point, label: str, result: Result) -> _Sum:
    """The distances of a point to the other members of a cluster."""
    rows = [at for at, other in enumerate(result.assigned) if other == label and at != point.row - 1]
    metric, mine = result.means[0].metric, result.rows[point.row - 1]

    def to(row: int) -> Figure:
        return distance(mine[row] if metric == "precomputed" else between(metric, mine, result.rows[row]))

    return _Sum(tuple(map(to, _ends(rows))), len(rows))


class _Sum(NamedTuple):
    """A sum of so many terms, of which those that are shown stand here."""

    shown: tuple[Figure, ...]
    terms: int


T = TypeVar("T")


def _ends(terms: Sequence[T]) -> Sequence[T]:
    """All of a few terms, the first three and the last of many."""
    return terms if len(terms) <= TERMS else [*terms[:3], terms[-1]]


def _mean(summed: _Sum) -> Line:
    """A sum divided by the number of its terms."""
    shown, terms = summed
    line = (*_listed(shown[:3], " + "), " + … + ", shown[-1]) if terms > len(shown) else _listed(shown, " + ")
    return ("(", *line, ") / ", count(terms)) if terms > 1 else (*line, " / ", count(terms))


def _listed(terms: Sequence[Figure], mark: str) -> Line:
    line: Line = ()
    for term in terms:
        line += (*((mark,) if line else ()), term)
    return line
