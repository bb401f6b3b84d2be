"""The answer in words: the claim, and four lines that never move."""

from __future__ import annotations

from typing import Literal, NamedTuple

from app.calculators.silhouette.bands import band, bands
from app.calculators.silhouette.compute import Result
from app.calculators.silhouette.distances import ROUNDING
from app.calculators.silhouette.figures import NAMES, count, counted, distance, percent, quoted, score
from app.calculators.silhouette.figures import error as error_of
from app.calculators.silhouette.scores import Point, Silhouette, Single
from app.vocabulary.calculator import Finding, Line


class Said(NamedTuple):
    """The claim, and what stands below it."""

    claim: Line
    findings: tuple[Finding, ...]


def _sign(s: float) -> Literal["good", "mixed", "bad"]:
    _, reasonable, weak, _ = bands()
    return "good" if s > reasonable.above else "mixed" if s > weak.above else "bad"


def where(s: float) -> str:
    """Where a point with the silhouette `s` lies."""
    if s > ROUNDING:
        return "it lies nearer its own cluster than any other"
    if s < -ROUNDING:
        return "it lies nearer another cluster than its own"
    return "it lies as near another cluster as its own"


def _whose(singletons: float) -> str:
    return "MATLAB counts 1" if singletons else "Rousseeuw, scikit-learn and R count 0"


# --- one point whose means are known ---


def of_one(one: Single, result: Result) -> Said:
    """What is said of a point whose mean distances are known."""
    s = score(one.s)
    if result.alone:
        return Said(
            ("The silhouette of the point is ", s, ", by convention: it is alone in its cluster."),
            (
                Finding(
                    "a",
                    "unknown",
                    (f"there is no other point to be near, so a does not exist. {_whose(result.singletons)}.",),
                ),
                Finding(
                    "Otherwise",
                    "unknown",
                    ("the other convention for clusters of one is under “Metric, point and conventions”.",),
                ),
            ),
        )
    sign: Literal["good", "mixed", "bad"] = "good" if one.s > ROUNDING else "bad" if one.s < -ROUNDING else "mixed"
    ratio: Line = ()
    small, large = sorted((one.a, one.b))
    if small > large * 1e-6:
        ratio = ("; b is " if one.b >= one.a else "; a is ", distance(large / small))
        ratio += (" times a",) if one.b >= one.a else (" times b",)
    if one.s < -ROUNDING:
        turns: Line = ("it becomes positive as soon as a falls below ", distance(one.b), ".")
    else:
        turns = (
            *("it becomes negative as soon as a exceeds ", distance(one.b)),
            *(", or b falls below ", distance(one.a), "."),
        )
    return Said(
        ("The silhouette of the point is ", s, f": {where(one.s)}."),
        (
            Finding("a", sign, ("on average it is ", distance(one.a), " from the points of its own cluster.")),
            Finding("b", sign, (distance(one.b), " from those of the nearest other one", *ratio, ".")),
            Finding("Turns", sign, turns),
        ),
    )


# --- points ---


def of_points(whole: Silhouette, result: Result) -> Said:
    """What is said of points in clusters."""
    return Said(
        _claim(whole, result) if result.chosen is None else _claim_of_row(result.chosen, result),
        (
            _mean(whole),
            _weakest(whole),
            _negative(whole),
            _best_k(result) or _noise(result) or _otherwise(whole, result),
        ),
    )


def _claim(whole: Silhouette, result: Result) -> Line:
    by: Line = () if result.k is None else (" by k-means",)
    return (
        *("The mean silhouette of ", *counted(whole.size, "point"), " in ", *counted(len(whole.clusters), "cluster")),
        *(*by, _scale(result), " is "),
        *(("about ",) if whole.is_sample else ()),
        *(score(whole.mean), "."),
    )


def _scale(result: Result) -> str:
    return ", standardised," if result.scaled else ""


def _claim_of_row(point: Point, result: Result) -> Line:
    head: Line = (
        *("The silhouette of row ", count(point.row), f", in cluster {quoted(point.label)}{_scale(result)}"),
        *(" is " if result.scaled else ", is ", score(point.s)),
    )
    if point.a is None:
        return (*head, f", by convention: it is alone there. {_whose(result.singletons)}.")
    return (
        *(*head, f": {where(point.s)}. Its mean distance is ", distance(point.a), " within its cluster and "),
        *(distance(point.b), f" to {quoted(point.nearest)}, the nearest other one."),
    )


def _mean(whole: Silhouette) -> Finding:
    called = band(whole.mean)
    said: Line = (f"{called.words}, in Kaufman and Rousseeuw’s bands as ", called.source, " has them.")
    if whole.is_sample:
        estimated: Line = (
            *("estimated from ", count(len(whole.points)), " of ", count(whole.size), " points, each measured against"),
            *(" all: standard error ", error_of(whole.error), "; "),
        )
        return Finding("Mean", _sign(whole.mean), (score(whole.mean), ", ", *estimated, *said))
    return Finding("Mean", _sign(whole.mean), (score(whole.mean), ": ", *said))


def _weakest(whole: Silhouette) -> Finding:
    # Of clusters of one the silhouette is a convention, and says nothing of them.
    lowest = min(whole.clusters, key=lambda cluster: (cluster.size == 1, cluster.mean))
    below = sum(1 for cluster in whole.clusters if cluster.size > 1 and cluster.mean < whole.mean)
    return Finding(
        "Weakest",
        _sign(lowest.mean),
        (
            *(f"cluster {quoted(lowest.label)} of ", *counted(lowest.size, "point"), " has a mean of "),
            *(score(lowest.mean), ", with ", percent(lowest.share), " of them below 0; "),
            *(count(below), " of ", *counted(len(whole.clusters), "cluster")),
            " lies below the mean of all." if below == 1 else " lie below the mean of all.",
        ),
    )


def _negative(whole: Silhouette) -> Finding:
    negative = whole.negative
    if not negative:
        of = " of those measured" if whole.is_sample else ""
        return Finding("Negative", "good", (f"no point{of} lies nearer another cluster than its own.",))
    lowest = min(whole.points, key=lambda point: (point.s, point.row))
    measured: Line = (" of ", count(len(whole.points)), " measured") if whole.is_sample else ()
    return Finding(
        "Negative",
        "mixed",
        (
            *(counted(negative, "point") if measured else counted(negative, "point lies", "points lie")),
            *((*measured, " lie" if negative > 1 else " lies") if measured else ()),
            *(" nearer another cluster than ", "its own" if negative == 1 else "their own", " (", percent(whole.share)),
            *("), the lowest in row ", count(lowest.row), " with ", score(lowest.s), "."),
        ),
    )


def _best_k(result: Result) -> Finding | None:
    """Which k of those that were tried has the highest mean."""
    best = result.best_k
    if best is None or result.whole is None:
        return None
    tried: Line = ("k = ", count(best.k), " has the highest mean of k = 2 to ", count(result.swept[-1].k), ": ")
    said: Line = (*tried, score(best.whole.mean), ", by k-means.")
    if result.k is not None:
        return Finding("Best k", "good" if best.k == result.k else "mixed", said)
    mine = len(result.whole.clusters)
    same = next((each for each in result.swept if each.k == mine), None)
    if same is not None and same is not best:
        said = (*said, " With k = ", count(mine), ", as many clusters as yours, it is ", score(same.whole.mean), ".")
    return Finding("Best k", "good" if best.k == mine else "mixed", said)


_WAYS = {"out": "left out", "cluster": "as one cluster", "alone": "each point alone with 0"}


def _noise(result: Result) -> Finding | None:
    """The mean with noise counted in all three ways."""
    if not result.reckoned:
        return None
    means: list[Line] = [
        (f"{_WAYS[each.counted]} ", *((score(each.whole.mean),) if each.whole else ("not to be had",)))
        + ((" (this answer)",) if each.counted == result.counted else ())
        for each in result.reckoned
    ]
    return Finding("Noise", "mixed", (*means[0], ", ", *means[1], ", ", *means[2], "."))


def _otherwise(whole: Silhouette, result: Result) -> Finding:
    """What another convention makes of the same points."""
    depends = "" if result.given == "distances" else " Scaling the coordinates changes every distance."
    if len(result.means) < 2:
        return Finding("Otherwise", "unknown", (f"other distances make other silhouettes.{depends}",))
    other = result.means[1]
    mean = other.with_1 if result.singletons else other.with_0
    same = band(mean).words == band(whole.mean).words
    return Finding(
        "Otherwise",
        "good" if same else "mixed",
        (f"with {NAMES[other.metric]} distances the mean of all is ", score(mean), f".{depends}"),
    )


# --- to cite ---


def cited(result: Result) -> Line:
    """A line to cite, as a paper has it."""
    whole = result.whole
    if whole is None:
        return ()
    noise = {
        "out": (", ", *counted(result.noisy, "noise point"), " left out"),
        "alone": (", ", *counted(result.noisy, "noise point"), " alone with 0"),
        "cluster": (", noise as one cluster",),
    }
    error: Line = (" (standard error ", error_of(whole.error), ", ", count(len(whole.points)), " measured)")
    return (
        *("Mean silhouette ", score(whole.mean), *(error if whole.is_sample else ())),
        *(f", {NAMES[result.means[0].metric]}", ", standardised" if result.scaled else ""),
        *(", ", *counted(whole.size, "point"), " in ", *counted(len(whole.clusters), "cluster")),
        *(() if result.k is None else (" by k-means",)),
        *(noise[result.counted] if result.noise else ()),
        *((", singletons 1",) if result.singletons and whole.singletons else ()),
        ".",
    )
