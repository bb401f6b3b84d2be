"""What the page says about a result: verdict, cards, traps, and how the inputs were understood.

Words and figures, no HTML. The tables are in `sheets`, the worked example in `worked`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.calculators.silhouette.bands import band
from app.calculators.silhouette.compute import Result
from app.calculators.silhouette.distances import ROUNDING, natural_order
from app.calculators.silhouette.figures import NAMES, count, counted, distance, quoted, score
from app.calculators.silhouette.inputs import Matrix, Points
from app.calculators.silhouette.scores import Point, Silhouette, Single
from app.calculators.silhouette.sheets import sheets
from app.vocabulary.calculator import Card, Figure, Line, Step, Values, View, shorten
from app.vocabulary.quantity import show_number

UNEVEN = 10
"""A coordinate whose values spread this many times as far as another's decides the distances by itself."""


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    points: Points | None = values["points"] if result.given == "points" else None
    if result.whole is not None:
        verdict, reason, change = _of_points(result.whole, result)
        cards = _point_cards(result.whole, result)
    elif result.one is not None:
        verdict, reason, change = _of_one(result.one, result)
        cards = _one_cards(result.one, result)
    return View(
        verdict=verdict,
        reason=reason,
        change=change,
        cards=cards,
        tables=sheets(result, points),
        steps=_steps(values, result),
        warning=_traps(values, result, points),
        notes=_notes(values, result),
        groups=_groups(values),
    )


def _steps(values: Values, result: Result) -> Callable[[], tuple[Step, ...]]:
    given: Points | Matrix | None = values["distances"] if result.given == "distances" else values["points"]

    def make() -> tuple[Step, ...]:
        from app.calculators.silhouette.worked import steps  # out of sight at first

        return steps(result, given, values["metric"])

    return make


# --- the verdict ---


def _where(s: float) -> str:
    """Where a point with the silhouette `s` lies."""
    if s > ROUNDING:
        return "it lies nearer its own cluster than any other"
    if s < -ROUNDING:
        return "it lies nearer another cluster than its own"
    return "it lies as near another cluster as its own"


def _of_one(one: Single, result: Result) -> tuple[Line, Line, Line]:
    """Claim, reason and what would change it, of a point whose means are known."""
    s = score(one.s)
    if result.alone:
        whose = "MATLAB counts 1" if result.singletons else "Rousseeuw, scikit-learn and R count 0"
        return (
            ("The silhouette of the point is ", s, ", by convention: it is alone in its cluster."),
            (f"There is no other point to be near, so a does not exist. {whose}.",),
            ("the other convention for clusters of one, under “Metric, point and conventions”.",),
        )
    reason: Line = (
        "On average it is ",
        distance(one.a),
        " from the points of its own cluster and ",
        distance(one.b),
        " from those of the nearest other one",
    )
    small, large = sorted((one.a, one.b))
    if small > large * 1e-6:
        reason += (": b is " if one.b >= one.a else ": a is ", distance(large / small))
        reason += (" times a." if one.b >= one.a else " times b.",)
    else:
        reason += (".",)
    if one.s < -ROUNDING:
        change: Line = ("it becomes positive as soon as a falls below ", distance(one.b), ".")
    else:
        change = (
            "it becomes negative as soon as a exceeds ",
            distance(one.b),
            ", or b falls below ",
            distance(one.a),
            ".",
        )
    return ("The silhouette of the point is ", s, f": {_where(one.s)}."), reason, change


def _of_points(whole: Silhouette, result: Result) -> tuple[Line, Line, Line]:
    """Claim, reason and what would change it, of points with labels."""
    called = band(whole.mean)
    of_all: Line = (
        "mean silhouette of ",
        *counted(len(whole.points), "point"),
        " in ",
        *counted(len(whole.clusters), "cluster"),
        " is ",
        score(whole.mean),
    )
    named: Line = ("In Kaufman and Rousseeuw’s bands, quoted by ", called.source, f", that is {called.words}.")
    negative = whole.negative
    if result.chosen is not None:
        verdict, reason = _of_chosen(result.chosen, result)
        return verdict, (*reason, " The ", *of_all, "."), _change(whole, result)
    if not negative:
        sign: Line = (" No point lies nearer another cluster than its own.",)
    else:
        lowest = min(whole.points, key=lambda point: (point.s, point.row))
        sign = (
            " ",
            *counted(negative, "point lies", "points lie"),
            " nearer another cluster than ",
            "its own" if negative == 1 else "their own",
            ", the lowest in row ",
            count(lowest.row),
            " with ",
            score(lowest.s),
            ".",
        )
    return ("The ", *of_all, "."), (*named, *sign), _change(whole, result)


def _of_chosen(point: Point, result: Result) -> tuple[Line, Line]:
    head: Line = (
        "The silhouette of row ",
        count(point.row),
        f", in cluster {quoted(point.label)}, is ",
        score(point.s),
    )
    if point.a is None:
        whose = "MATLAB counts 1" if result.singletons else "Rousseeuw, scikit-learn and R count 0"
        return (
            (*head, ", by convention: it is alone there."),
            (f"Without another point in its cluster it has no a. {whose}.",),
        )
    return (
        (*head, f": {_where(point.s)}."),
        (
            "Its mean distance is ",
            distance(point.a),
            " within its cluster and ",
            distance(point.b),
            f" to {quoted(point.nearest)}, the nearest other one.",
        ),
    )


def _change(whole: Silhouette, result: Result) -> Line:
    """The weakest cluster, and what another convention makes of the same points."""
    # Of clusters of one the silhouette is a convention, and says nothing of them.
    lowest = min(whole.clusters, key=lambda cluster: (cluster.size == 1, cluster.mean))
    parts: Line = (
        f"cluster {quoted(lowest.label)} is the weakest, with a mean of ",
        score(lowest.mean),
        ".",
    )
    if len(result.means) < 2:
        return parts
    other = result.means[1]
    return (
        *parts,
        f" With {NAMES[other.metric]} distances the mean of all is ",
        score(other.with_1 if result.singletons else other.with_0),
        ". Scaling the coordinates changes every distance.",
    )


# --- the cards ---


def _one_cards(one: Single, result: Result) -> tuple[Card, ...]:
    least: Line = (
        ("the only one given",)
        if len(result.others) == 1
        else ("the smallest of ", count(len(result.others)), " given, number ", count(one.nearest + 1))
    )
    a = (
        Card("a, to its own cluster", ("none",), (("the point is alone in its cluster",),))
        if result.alone
        else Card(
            "a, to its own cluster", (distance(one.a, "a_mean"),), (("mean distance to the other points in it",),)
        )
    )
    return (
        Card(
            "Silhouette",
            (score(one.s, "silhouette"),),
            ((f"{_where(one.s)}",) if not result.alone else ("a convention",),),
        ),
        a,
        Card("b, to the nearest other cluster", (distance(one.b, "b_mean"),), (least,)),
    )


def _point_cards(whole: Silhouette, result: Result) -> tuple[Card, ...]:
    points = len(whole.points)
    of_all: Line = ("mean of all ", *counted(points, "point"), " ", score(whole.mean, "mean_silhouette"))
    called: Line = (band(whole.mean).words,)
    chosen = result.chosen
    first = (
        Card("Mean silhouette", (score(whole.mean, "silhouette"),), (of_all, called))
        if chosen is None
        else Card(f"Silhouette of row {chosen.row:,}", (score(chosen.s, "silhouette"),), (of_all,))
    )
    sizes = [cluster.size for cluster in whole.clusters]
    singles = len(whole.singletons)
    within: Line = (
        ("of ", count(min(sizes)), " to ", *counted(max(sizes), "point"))
        if min(sizes) < max(sizes)
        else ("of ", *counted(max(sizes), "point"), " each")
    )
    alone: tuple[Line, ...] = ((*counted(singles, "has", "have"), " one point only"),) if singles else ()
    lowest = min(whole.points, key=lambda point: (point.s, point.row))
    return (
        first,
        Card("Clusters", (count(len(whole.clusters), "clusters"),), (within, *alone)),
        Card(
            "Negative points",
            (count(whole.negative, "negative_points"),),
            (("of ", count(points)), ("lowest ", score(lowest.s), ", row ", count(lowest.row))),
        ),
        *(_mean_cards(chosen) if chosen else ()),
    )


def _mean_cards(chosen: Point) -> tuple[Card, ...]:
    own = f"a, within {quoted(chosen.label)}"
    return (
        Card(own, ("none",), (("the point is alone in its cluster",),))
        if chosen.a is None
        else Card(own, (distance(chosen.a, "a_mean"),), (("mean distance to the other points in it",),)),
        Card(f"b, to {quoted(chosen.nearest)}", (distance(chosen.b, "b_mean"),), (("the nearest other cluster",),)),
    )


# --- traps ---


def _traps(values: Values, result: Result, points: Points | None) -> Line:
    """What the visitor is about to step into."""
    if result.whole is None:
        return ()
    traps = [*_twins(result.whole), *_noise(values, result)]
    if points is not None:
        traps += _uneven(points, values["metric"])
    return tuple(part for trap in traps for part in (*trap, " "))[:-1]


def _twins(whole: Silhouette) -> list[Line]:
    """Labels that look alike and are two clusters."""
    seen: dict[str, str] = {}
    for cluster in whole.clusters:
        alike = _alike(cluster.label)
        if alike in seen:
            return [
                (
                    f"{quoted(seen[alike])} and {quoted(cluster.label)} are two clusters here, since labels are"
                    " compared as they are written. Write both the same way if they are one.",
                )
            ]
        seen[alike] = cluster.label
    return []


def _alike(label: str) -> str:
    """The label as a number if it is one, else without case and spaces."""
    kind, key, *_ = natural_order(label)
    return str(key) if kind == 0 else "".join(label.casefold().split())


def _noise(values: Values, result: Result) -> list[Line]:
    if values["noise"] or "-1" not in {label.removesuffix(".0") for label in result.labels}:
        return []
    return [
        (
            "Label “-1” counts as a cluster here, and it is what DBSCAN calls noise. If it is noise, leave it out under"
            " “Metric, point and conventions”.",
        )
    ]


def _uneven(points: Points, metric: str) -> list[Line]:
    """Whether one coordinate outweighs another by far. An angle is not spared by this either, but has no spread."""
    if metric == "cosine" or len(points.names) < 2:
        return []
    spreads = [max(column) - min(column) for column in zip(*points.rows, strict=True)]
    widest, narrowest = max(spreads), min(filter(None, spreads), default=0.0)
    if not narrowest or widest < UNEVEN * narrowest:
        return []
    wide, narrow = (shorten(points.names[spreads.index(spread)], 24) for spread in (widest, narrowest))
    return [
        (
            f"{wide} spreads ",
            Figure(widest / narrowest, show_number(widest / narrowest, 3)),
            f" times as far as {narrow}, so it decides the distances. Scale both if their units differ.",
        )
    ]


# --- how the inputs were understood ---


def _notes(values: Values, result: Result) -> Mapping[str, Line]:
    points: Points | None = values["points"]
    matrix: Matrix | None = values["distances"]
    taken = {"means": "a and b", "points": "the points", "distances": "the distance matrix"}[result.given]
    unused: Line = (
        f"Not used: {taken} below go first." if result.given == "points" else f"Not used: {taken} goes first.",
    )
    later: Line = ("Used once there are points.",)
    notes: dict[str, Line] = {}
    if result.given == "means":
        notes |= {"point": later, "noise": later, "metric": later}
        if len(result.others) > 1 and result.one is not None:
            notes["b"] = ("The smallest of ", count(len(result.others)), " counts: ", distance(result.one.b), ".")
        return notes
    notes |= {"a": unused, "b": unused, "single": ("Not used: the labels say which points are alone.",)}
    if points is not None:
        notes["points"] = unused if matrix is not None else _about(points, result)
    if matrix is not None:
        notes["metric"] = unused
        notes["distances"] = (*counted(len(matrix.labels), "point"), " in ", *_clusters(result), ".")
    if values["noise"]:
        left = result.left_out
        notes["noise"] = (
            (*counted(left, "point is", "points are"), " left out.") if left else ("No point has such a label.",)
        )
    return notes


def _clusters(result: Result) -> Line:
    return counted(len(result.whole.clusters) if result.whole else 0, "cluster")


def _about(points: Points, result: Result) -> Line:
    said: Line = (
        *counted(len(points.labels), "point"),
        " of ",
        *counted(len(points.names), "coordinate"),
        " in ",
        *_clusters(result),
        ".",
    )
    if points.label:
        said += (f" The label is the column {quoted(points.label)}.",)
    if points.absent:
        named = ", ".join(map(quoted, points.absent[:3]))
        said += (f" Left out, since it counts rows: the column {named}.",)
    return said


def _groups(values: Values) -> Mapping[str, Line]:
    row = "all points" if values["point"] is None else f"row {values['point']:,}"
    noise = "noise left out" if values["noise"] else "no noise"
    matrix: Matrix | None = values["distances"]
    metric = "your distances" if matrix is not None else NAMES[values["metric"]]
    return {
        "settings": (f"{metric}, {row}, singletons {int(values['singletons'])}, {noise}",),
        "matrix": ("none",) if matrix is None else (*counted(len(matrix.labels), "point"),),
    }
