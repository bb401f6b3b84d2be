"""What the page says about a result: verdict, cards, traps, and how the inputs were understood.

Words and figures, no HTML. The tables are in `sheets`, the worked example in `worked`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from app.calculators.silhouette import figures
from app.calculators.silhouette.bands import band
from app.calculators.silhouette.clusters import natural_order
from app.calculators.silhouette.compute import Result
from app.calculators.silhouette.figures import NAMES, count, counted, distance, quoted, score
from app.calculators.silhouette.findings import cited, of_one, of_points, where
from app.calculators.silhouette.inputs import Matrix, Points
from app.calculators.silhouette.scores import Point, Silhouette, Single
from app.calculators.silhouette.sheets import sheets
from app.vocabulary.calculator import Card, Figure, Line, Step, Values, View, also, shorten
from app.vocabulary.quantity import show_number

UNEVEN = 10
"""A coordinate whose values spread this many times as far as another's decides the distances by itself."""


def view(values: Values, result: Result) -> View:
    """Everything the page says about `result`."""
    points: Points | None = values["points"] if result.given == "points" else None
    if result.whole is not None:
        said, cards = of_points(result.whole, result), _point_cards(result.whole, result)
    elif result.one is not None:
        said, cards = of_one(result.one, result), _one_cards(result.one, result)
    return View(
        verdict=said.claim,
        reason=(),
        change=(),
        findings=said.findings,
        cite=cited(result),
        cards=cards,
        tables=sheets(result, points),
        gists={"by-k": partial(_gist_of_k, result), "by-point": partial(_gist_of_points, result)},
        steps=partial(_steps, result),
        warning=also(_traps(values, result, points), points.warnings if points else ()),
        notes=_notes(values, result),
        groups=_groups(values),
    )


def _steps(result: Result) -> tuple[Step, ...]:
    from app.calculators.silhouette.worked import steps  # out of sight at first

    return steps(result)


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
            ((f"{where(one.s)}",) if not result.alone else ("a convention",),),
        ),
        a,
        Card("b, to the nearest other cluster", (distance(one.b, "b_mean"),), (least,)),
    )


def _point_cards(whole: Silhouette, result: Result) -> tuple[Card, ...]:
    points = len(whole.points)
    of_all: Line = ("mean of all ", *counted(whole.size, "point"), " ", score(whole.mean, "mean_silhouette"))
    error: Line = (
        "from a sample of ",
        count(points),
        ", standard error ",
        figures.error(whole.error, "standard_error"),
    )
    estimated: tuple[Line, ...] = (error,) if whole.is_sample else ()
    called: Line = (band(whole.mean).words,)
    chosen = result.chosen
    first = (
        Card("Mean silhouette", (score(whole.mean, "silhouette"),), (of_all, *estimated, called))
        if chosen is None
        else Card(f"Silhouette of row {chosen.row:,}", (score(chosen.s, "silhouette"),), (of_all, *estimated))
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
            (
                ("of ", count(points), *((" measured",) if whole.is_sample else ())),
                ("lowest ", score(lowest.s), ", row ", count(lowest.row)),
            ),
        ),
        *_k_cards(result),
        *(_mean_cards(chosen) if chosen else ()),
    )


def _k_cards(result: Result) -> tuple[Card, ...]:
    best = result.best_k
    if best is None:
        return ()
    tried: Line = ("of k = 2 to ", count(result.swept[-1].k), ", by k-means")
    return (Card("Best k", (count(best.k, "best_k"),), (("mean ", score(best.whole.mean)), tried)),)


def _mean_cards(chosen: Point) -> tuple[Card, ...]:
    own = f"a, within {quoted(chosen.label)}"
    return (
        Card(own, ("none",), (("the point is alone in its cluster",),))
        if chosen.a is None
        else Card(own, (distance(chosen.a, "a_mean"),), (("mean distance to the other points in it",),)),
        Card(f"b, to {quoted(chosen.nearest)}", (distance(chosen.b, "b_mean"),), (("the nearest other cluster",),)),
    )


# --- what the titles of folded tables say ---


def _gist_of_k(result: Result) -> Line:
    best = result.best_k
    return ("best k ", count(best.k)) if best else ("not computed",) if result.given == "points" else ()


def _gist_of_points(result: Result) -> Line:
    whole = result.whole
    return (count(whole.negative), " negative", *((" of those measured",) if whole.is_sample else ())) if whole else ()


# --- traps ---


def _traps(values: Values, result: Result, points: Points | None) -> Line:
    """What the visitor is about to step into."""
    if result.whole is None:
        return ()
    traps = [*_twins(result.whole), *_noise(values, result)]
    if points is not None and not result.scaled:
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
    if values["noise"] or not result.reckoned:
        return []
    return [
        (
            "Label “-1” counts as a cluster here, and it is what DBSCAN calls noise. If it is noise, say so under"
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
            f" times as far as {narrow}, so it decides the distances. If their units differ, choose standardised"
            " coordinates.",
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
        notes |= dict.fromkeys(("point", "noise", "metric", "scale", "k", "sweep", "sample", "noise_as"), later)
        if len(result.others) > 1 and result.one is not None:
            notes["b"] = ("The smallest of ", count(len(result.others)), " counts: ", distance(result.one.b), ".")
        return notes
    notes |= {"a": unused, "b": unused, "single": ("Not used: the labels say which points are alone.",)}
    if points is not None:
        notes["points"] = unused if matrix is not None else _about(points, result)
    if matrix is not None:
        notes |= dict.fromkeys(("metric", "scale"), unused)
        notes |= dict.fromkeys(("k", "sweep"), ("Not used: it takes coordinates.",))
        notes["distances"] = (*counted(len(matrix.labels), "point"), " in ", *_clusters(result), ".")
    if values["noise"]:
        done = {"out": " left out.", "cluster": " in a cluster of their own.", "alone": " alone, each with s = 0."}
        notes["noise"] = (
            (*counted(result.noisy, "point is", "points are"), done[result.counted])
            if result.noisy
            else ("No point has such a label.",)
        )
    else:
        notes["noise_as"] = ("Used once a label is noise.",)
    if result.whole and result.whole.is_sample:
        notes["sample"] = (
            count(len(result.whole.points)),
            " of ",
            count(result.whole.size),
            " were measured, each against all: of every cluster its share, drawn by chance, the same ones every time.",
        )
    return notes


def _clusters(result: Result) -> Line:
    return counted(len(result.whole.clusters) if result.whole else 0, "cluster")


def _about(points: Points, result: Result) -> Line:
    said: Line = (
        *counted(len(points.rows), "point"),
        " of ",
        *counted(len(points.names), "coordinate"),
        *((" in ", *_clusters(result), ".") if points.labels else (", without labels: k-means found the clusters.",)),
    )
    if points.label:
        said += (f" The label is the column {quoted(points.label)}.",)
    return also(said, points.remarks)


def _groups(values: Values) -> Mapping[str, Line]:
    row = "all points" if values["point"] is None else f"row {values['point']:,}"
    counted_as = {"out": "noise left out", "cluster": "noise as a cluster", "alone": "noise points alone"}
    noise = counted_as[values["noise_as"]] if values["noise"] else "no noise"
    matrix: Matrix | None = values["distances"]
    metric = "your distances" if matrix is not None else NAMES[values["metric"]]
    chosen = [metric, *(["standardised"] if values["scale"] == "standard" else []), row]
    chosen += [f"k-means k = {values['k']}"] if values["k"] else []
    chosen += [f"k = 2 to {values['sweep']}"] if values["sweep"] else []
    chosen += [f"{values['sample']} measured"] if values["sample"] != "auto" else []
    return {
        "settings": (", ".join([*chosen, f"singletons {int(values['singletons'])}", noise]),),
        "matrix": ("none",) if matrix is None else (*counted(len(matrix.labels), "point"),),
    }
