"""Claims about the silhouette page: what it answers, how tables are read, what it refuses, what it draws and gives."""

from __future__ import annotations

import csv
import doctest
import io
import math
import random
import statistics
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.preprocessing import StandardScaler

from app.calculators.silhouette import bands, compute, figures, inputs, pictures, sheets, thinning, view, worked
from app.calculators.silhouette.calculator import CALCULATOR
from app.calculators.silhouette.compute import Result
from app.page import rendering
from app.vocabulary import calculator, link, table
from app.vocabulary.calculator import Invalid, Plot, Progress, Trace, reading
from tests import reading as html

THREE = "0,0;0.1,0;1,1"
"""Points on a line with their labels: the named case of the page contract."""

FOUR = "0,1,4,5,x;1,0,3,6,x;4,3,0,2,y;5,6,2,0,y"
"""A distance matrix with its labels."""


def regions(**raw: str) -> dict[str, str]:
    """The page for these inputs, the defaults elsewhere."""
    return rendering.regions(CALCULATOR, CALCULATOR.defaults | raw)


def outputs(**raw: str) -> dict[str, float]:
    """Its outputs at full precision."""
    return html.outputs(regions(**raw))


def words(name: str, **raw: str) -> str:
    """What a person reads in one of its regions."""
    return html.text(regions(**raw)[name])


def read(**raw: str) -> calculator.Reading:
    """What is made of these inputs."""
    return calculator.read(CALCULATOR, CALCULATOR.defaults | raw)


def found(**raw: str) -> Result:
    """The result for these inputs, which must be sound."""
    made = read(**raw)
    assert not made.messages
    result: Result = made.result
    return result


def message(name: str, **raw: str) -> str:
    """What the page says is wrong with a field."""
    return read(**raw).messages[name]


def plots(slug: str, **raw: str) -> list[Plot]:
    """The plots beside a table."""
    drawn = rendering.tables(CALCULATOR, CALCULATOR.defaults | raw)[slug].plots
    return [each for each in drawn if isinstance(each, Plot)]


def file(name: str, **raw: str) -> list[dict[str, str]]:
    """The rows of a file that can be taken away."""
    return taken(calculator.read(CALCULATOR, CALCULATOR.defaults | raw), name)


def taken(found: calculator.Reading, name: str) -> list[dict[str, str]]:
    """The rows of a file of what was found."""
    make = rendering.downloads(CALCULATOR, found)[name].make
    assert make is not None
    return list(csv.DictReader(io.StringIO(make())))


def blobs(size: int, clusters: int, coordinates: int = 2, seed: int = 7) -> str:
    """Points around some centres, as text."""
    rng = random.Random(seed)
    rows = ([rng.gauss(3 * (at % clusters), 1) for _ in range(coordinates)] for at in range(size))
    return ";".join(",".join(f"{x:.4f}" for x in row) + f",c{at % clusters}" for at, row in enumerate(rows))


@pytest.mark.parametrize("module", [bands, compute, figures, inputs, pictures, sheets, thinning, view, worked])
def test_examples_in_docstrings_hold(module: Any) -> None:
    assert doctest.testmod(module).failed == 0


# One point


def test_a_point_of_known_means_has_the_silhouette_of_the_formula() -> None:
    assert outputs(a="0.3", b="0.7") == {"silhouette": (0.7 - 0.3) / 0.7, "a_mean": 0.3, "b_mean": 0.7}
    assert "0.5714: it lies nearer its own cluster" in words("verdict")


def test_of_several_clusters_the_nearest_counts_and_each_has_its_row() -> None:
    raw = {"a": "0.3", "b": "0.9; 0.7 1,2"}
    assert outputs(**raw)["b_mean"] == 0.7
    assert "The smallest of 3 counts: 0.7." in words("field-b", **raw)
    text = words("by-cluster", **raw)
    for shown in ("Other 1", "0.6667", "Other 2", "the nearest: this one counts", "0.5714", "Other 3", "0.75"):
        assert shown in text


@pytest.mark.parametrize(
    ("a", "b", "s", "says"),
    [
        ("3", "1.5", -0.5, "nearer another cluster than its own"),
        ("2", "2", 0, "as near another cluster as its own"),
        ("0", "0", 0, "as near another cluster as its own"),
        ("0", "5", 1, "nearer its own cluster than any other"),
        ("1e-300", "1e100", 1, "nearer its own"),
    ],
)
def test_the_verdict_follows_the_sign(a: str, b: str, s: float, says: str) -> None:
    assert outputs(a=a, b=b)["silhouette"] == s
    assert "—" not in words("verdict", a=a, b=b)
    assert says in words("verdict", a=a, b=b)


def test_a_point_alone_has_the_silhouette_of_the_convention_and_no_a() -> None:
    assert outputs(single="yes") == {"silhouette": 0, "b_mean": 0.7}
    assert outputs(single="yes", singletons="1") == {"silhouette": 1, "b_mean": 0.7}
    assert "by convention" in words("verdict", single="yes")
    assert "MATLAB" in words("worked", single="yes", singletons="1")


def test_the_worked_example_of_one_point_has_its_numbers() -> None:
    text = words("worked", a="0.3", b="0.9 0.7")
    for shown in ("min(0.9, 0.7) = 0.7", "max(0.3, 0.7) = 0.7", "(0.7 − 0.3) / 0.7 = 0.5714"):
        assert shown in text


def test_the_pictures_of_one_point_are_its_distances_and_its_place_between_minus_one_and_one() -> None:
    distances, scale = plots("by-cluster", a="0.3", b="0.9 0.7")
    assert {x for trace in distances.traces for x, _ in trace.points} == {0.3, 0.7, 0.9}
    assert [text for _, text in distances.y.ticks] == ["a", "to 1", "to 2"]
    (spot,) = [trace for trace in scale.traces if trace.look == "dots"]
    assert spot.points == (((0.7 - 0.3) / 0.7, 0.5),)
    assert (scale.x.low, scale.x.high) == (-1, 1)


# Points


def test_three_points_on_a_line_are_those_of_the_contract() -> None:
    result = found(points=THREE)
    assert result.whole is not None
    assert [point.s for point in result.whole.points] == pytest.approx([0.9, 0.8889, 0], abs=5e-5)
    assert outputs(points=THREE) == {
        "silhouette": result.whole.mean,
        "mean_silhouette": result.whole.mean,
        "clusters": 2,
        "negative_points": 0,
    }
    assert [outputs(points=THREE, point=row)["silhouette"] for row in "123"] == [p.s for p in result.whole.points]


def test_a_chosen_row_has_its_own_a_and_b_beside_the_mean_of_all() -> None:
    found = outputs(points=THREE, point="2")
    assert (found["a_mean"], found["b_mean"]) == (0.1, 0.9)
    assert found["mean_silhouette"] == outputs(points=THREE)["mean_silhouette"]
    assert "your choice" in words("by-point", points=THREE, point="2")
    rows = list(rendering.tables(CALCULATOR, CALCULATOR.defaults | {"points": THREE, "point": "3"})["by-point"].rows())
    assert [(row.head[0], row.chosen) for row in rows] == [("3", True), ("2", False), ("1", False)]
    alone = outputs(points=THREE, point="3")
    assert "a_mean" not in alone
    assert alone["silhouette"] == 0


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "manhattan", "cosine"])
def test_the_outputs_are_those_of_scikit_learn(metric: str) -> None:
    text = blobs(60, 3, 3)
    rows = [row.split(",") for row in text.split(";")]
    x, y = [[float(cell) for cell in row[:-1]] for row in rows], [row[-1] for row in rows]
    each = silhouette_samples(x, y, metric=metric)
    shown = outputs(points=text, metric=metric, point="5")
    assert shown["silhouette"] == pytest.approx(each[4], rel=1e-9)
    assert shown["mean_silhouette"] == pytest.approx(silhouette_score(x, y, metric=metric), rel=1e-9)
    assert shown["negative_points"] == sum(s < 0 for s in each)


def test_a_distance_matrix_goes_before_points_and_points_before_a_and_b() -> None:
    assert outputs(distances=FOUR)["mean_silhouette"] == pytest.approx((2 * 3.5 / 4.5 + 1.5 / 3.5 + 3.5 / 5.5) / 4)
    both = {"distances": FOUR, "points": THREE, "a": "9"}
    assert outputs(**both) == outputs(distances=FOUR)
    for name in ("a", "b", "points", "metric"):
        assert "Not used: the distance matrix goes first." in words(f"field-{name}", **both)
    assert "Not used: the points below go first." in words("field-a", points=THREE)
    assert "Not used" not in "".join(regions().values())


def test_every_point_and_cluster_is_in_its_table_with_the_worst_first() -> None:
    raw = {"points": "0,0,a;0,1,a;9,9,a;9,8,b;8,9,b;20,20,lone"}
    result = found(**raw)
    assert result.whole is not None
    rows = [row.head[0] for row in rendering.tables(CALCULATOR, CALCULATOR.defaults | raw)["by-point"].rows()]
    ranked = sorted(result.whole.points, key=lambda point: (point.s, point.row))
    assert rows == [str(point.row) for point in ranked]
    assert rows[0] == "3"
    assert "3negative a" in words("by-point", **raw)
    text = words("by-cluster", **raw)
    assert "a cluster of one: s is 0 by convention" in text
    assert outputs(**raw)["negative_points"] == 1
    assert "1 point lies nearer another cluster than its own (16.7%), the lowest in row 3" in words("verdict", **raw)


def test_long_tables_show_fifty_rows_and_say_how_many_there_are() -> None:
    raw = {"points": blobs(160, 80), "point": "100"}
    made = rendering.tables(CALCULATOR, CALCULATOR.defaults | raw)
    points, clusters = list(made["by-point"].rows()), list(made["by-cluster"].rows())
    assert len(points) == len(clusters) == 50
    assert points[0].head == ("100",)
    assert points[0].chosen
    assert "50 of 160 points; the file has all." in words("by-point-notes", **raw)
    assert "50 of 80 clusters" in words("by-cluster-notes", **raw)
    assert len(file("silhouette-points.csv", **raw)) == 160
    assert len(file("silhouette-clusters.csv", **raw)) == 80


def test_the_worked_example_of_points_adds_up() -> None:
    text = words("worked", points=THREE, point="2")
    for shown in (
        "a of row 2, in cluster “0”",
        "= 0.1 / 1 = 0.1",
        "b, to cluster “1”, the nearest other one",
        "= 0.9 / 1 = 0.9",
        "(0.9 − 0.1) / 0.9 = 0.8889",
        "(0.9 + 0.8889 + 0) / 3 = 0.5963",
    ):
        assert shown in text
    assert "(4 + 5) / 2 = 4.5" in words("worked", distances=FOUR, point="1")
    assert "so s is a convention = 0, as with Rousseeuw" in words("worked", points=THREE, point="3")
    assert " + … + " in words("worked", points=blobs(60, 2))


# Conventions


def test_both_conventions_for_singletons_stand_side_by_side() -> None:
    zero, one = outputs(points=THREE), outputs(points=THREE, singletons="1")
    assert one["mean_silhouette"] == pytest.approx(zero["mean_silhouette"] + 1 / 3)
    assert outputs(points=THREE, singletons="1", point="3")["silhouette"] == 1
    for raw in ({"singletons": "0"}, {"singletons": "1"}):
        text = words("conventions", points=THREE, **raw)
        assert "0.5963" in text
        assert "0.9296" in text
    assert "Clusters of one point: “1”." in words("conventions-notes", points=THREE)


def test_matlabs_default_is_squared_and_counts_one() -> None:
    text = words("conventions", points=THREE)
    assert "Squared Euclidean, singletons 1 MATLAB, unless told otherwise 0.99255" in text
    squared = words("conventions", points=THREE, metric="sqeuclidean")
    assert "Euclidean, singletons 0 scikit-learn, unless told otherwise 0.5963" in squared


def test_the_mean_of_the_clusters_means_counts_every_cluster_the_same() -> None:
    result = found(points=THREE)
    assert result.whole is not None
    assert f"{(result.whole.clusters[0].mean + 0) / 2:.4f}" in words("conventions", points=THREE)


def test_noise_is_a_cluster_until_it_is_left_out() -> None:
    raw = {"points": "0,0,0;0,1,0;1,0,0;5,5,1;5,6,1;6,5,1;2.5,9,-1;9,0,-1"}
    assert outputs(**raw)["clusters"] == 3
    assert "Label “-1” counts as a cluster here" in words("verdict", **raw)
    without = raw | {"noise": "-1"}
    assert outputs(**without)["clusters"] == 2
    assert outputs(**without)["mean_silhouette"] > outputs(**raw)["mean_silhouette"]
    assert "2 points are left out." in words("field-noise", **without)
    assert "The trap" not in words("verdict", **without)
    assert [row["row"] for row in file("silhouette-points.csv", **without)] == ["1", "2", "3", "4", "5", "6"]
    assert message("point", point="7", **without) == "Row 7 is left out as noise: choose another point, or write all."
    assert "No point has such a label." in words("field-noise", points=THREE, noise="noise")


@pytest.mark.parametrize("label", ["noise", "Noise", "OUTLIER"])
def test_noise_may_be_called_so(label: str) -> None:
    assert outputs(points=f"{THREE};5,{label}", noise="noise") == outputs(points=THREE)


# Traps


@pytest.mark.parametrize(("one", "other"), [("1", "1.0"), ("A", "a"), ("north east", "Northeast")])
def test_labels_that_look_alike_are_two_clusters_and_the_page_warns(one: str, other: str) -> None:
    said = words("verdict", points=f"0,{one};0.1,{one};1,{other};2,{other}")
    assert f"“{one}” and “{other}” are two clusters here" in said


def test_uneven_scales_are_a_trap_and_even_ones_are_not() -> None:
    uneven = "1.60,70,a;1.62,80,a;1.90,71,b;1.92,81,b"
    assert "x2 spreads 34.4 times as far as x1" in words("verdict", points=uneven)
    assert "weight spreads 34.4 times as far as height" in words("verdict", points=f"height,weight,label;{uneven}")
    assert "The trap" not in words("verdict", points=uneven, metric="cosine")
    assert "The trap" not in words("verdict", points="160,70,a;162,80,a;190,71,b;192,81,b")


# Tables as people write them


@pytest.mark.parametrize(
    "text",
    [
        "0,0,a;0.1,0.5,a;1,1,b",
        "0\t0\ta\n0.1\t0.5\ta\n1\t1\tb\n",
        "0;0;a\r\n0,1;0,5;a\r\n1;1;b\r\n",
        "x,y,label\n0,0,a\n0.1,0.5,a\n1,1,b\n",
        "Cluster;x;y\na;0;0\na;0,1;0,5\nb;1;1\n",
        "x,class,y\n0,a,0\n0.1,a,0.5\n1,b,1\n",
        ",x,y,species\n0,0,0,a\n1,0.1,0.5,a\n2,1,1,b\n",
        "id,length,width,kind\n7,0,0,a\n8,0.1,0.5,a\n9,1,1,b\n",
        '"x","y","label"\n"0","0","a"\n"0.1","0.5","a"\n"1","1","b"',
        "\ufeff0,0,a\n\n0.1,0.5,a\n1,1,b\n\n",
        "0,,0,a;0.1,,0.5,a;1,,1,b",
        "x1,x2,y\n0,0,a\n0.1,0.5,a\n1,1,b",
        "y,x1,x2\na,0,0\na,0.1,0.5\nb,1,1",
    ],
)
def test_a_table_is_read_however_it_is_written(text: str) -> None:
    read = inputs.points(text)
    assert read is not None
    assert read.rows == ((0, 0), (0.1, 0.5), (1, 1))
    assert read.labels == ("a", "a", "b")
    texts = dict(inputs.take(text))
    taken = inputs.points(texts["points"], texts["points_columns"])
    assert taken is not None
    assert (taken.rows, taken.labels, taken.names) == (read.rows, read.labels, read.names)


def test_a_table_without_heads_loses_no_row() -> None:
    for text in ("0,0,a;1,1,b", "a,0;b,1", "0,y;1,y", "1,2,a\n3,4,b\n", "b,c,d"):
        assert len(inputs.POINTS.rows(text)) == len(table.rows(text))


def test_a_line_end_within_a_label_makes_no_line_of_heads() -> None:
    rows = (("north", "a"), ("0.5", "b\nc"), ("1", "a"))
    assert inputs.POINTS.rows(table.write(rows)) == rows


def test_the_page_says_what_it_made_of_the_heads() -> None:
    said = words("field-points", points="id,length,width,species\n7,0,0,a\n8,1,5,a\n9,1,1,b\n")
    assert "3 points of 2 coordinates in 2 clusters. The label is the column “species”." in said
    assert "Left out: “id” (it tells rows apart)." in said
    (_, plane) = plots("by-cluster", points="length,width,species\n0,0,a\n1,5,a\n9,1,b\n")
    assert (plane.x.label, plane.y.label) == ("length", "width")


def test_columns_are_named_after_what_they_hold() -> None:
    heads, distance_heads = inputs.POINTS.heads, inputs.DISTANCES.heads
    assert heads(()) == heads((("0",),)) == heads((("0", "1"),)) == ("x1", "x2", "Label")
    assert heads((("0", "a"), ("1", "b"))) == ("x1", "Label")
    assert heads((("0", "1", "2", "3", "a"),)) == ("x1", "x2", "x3", "x4", "Label")
    assert distance_heads(()) == ("to 1", "to 2", "to 3", "Label")
    assert distance_heads(table.rows(FOUR)) == ("to 1", "to 2", "to 3", "to 4", "Label")


@pytest.mark.parametrize(
    "text",
    [
        FOUR,
        "0\t1\t4\t5\tx\n1\t0\t3\t6\tx\n4\t3\t0\t2\ty\n5\t6\t2\t0\ty",
        ",p,q,r,s,label\np,0,1,4,5,x\nq,1,0,3,6,x\nr,4,3,0,2,y\ns,5,6,2,0,y\n",
        ",0,1,2,3,cluster\n0,0,1,4,5,x\n1,1,0,3,6,x\n2,4,3,0,2,y\n3,5,6,2,0,y\n",
        "p,q,r,s,label\n0,1,4,5,x\n1,0,3,6,x\n4,3,0,2,y\n5,6,2,0,y\n",
    ],
)
def test_a_distance_matrix_is_read_with_and_without_the_names_of_its_points(text: str) -> None:
    for written in (text, dict(inputs.take(text))["distances"]):
        read = inputs.distances(written)
        assert read is not None
        assert read.rows == ((0, 1, 4, 5), (1, 0, 3, 6), (4, 3, 0, 2), (5, 6, 2, 0))
        assert read.labels == ("x", "x", "y", "y")


def test_a_link_brings_everything_back() -> None:
    raw = CALCULATOR.defaults | {
        "points": 'x,y,label;0,0,"a;b";0.1,0.5,"a;b";1,1,ü & +',
        "point": "2",
        "metric": "manhattan",
        "noise": "-1",
        "singletons": "1",
    }
    slug, back = link.read(link.write("silhouette", raw, CALCULATOR.defaults))
    assert (slug, CALCULATOR.defaults | back) == ("silhouette", raw)
    assert outputs(**back) == outputs(**raw)
    assert link.read("#silhouette?points=0,0;0.1,0;1,1") == ("silhouette", {"points": THREE})


# Scale, sample, noise, k


def numbers(text: str) -> tuple[list[list[float]], list[str]]:
    rows = [row.split(",") for row in text.split(";")]
    return [[float(cell) for cell in row[:-1]] for row in rows], [row[-1] for row in rows]


UNEVEN = "1.60,70,a;1.62,80,a;1.90,71,b;1.92,81,b"


def test_standardised_coordinates_are_those_of_standard_scaler_and_the_answer_says_so() -> None:
    x, y = numbers(UNEVEN)
    scaled = StandardScaler().fit_transform(x)
    assert outputs(points=UNEVEN, scale="standard")["silhouette"] == pytest.approx(silhouette_score(scaled, y))
    said = words("verdict", points=UNEVEN, scale="standard")
    assert "4 points in 2 clusters, standardised, is" in said
    assert "The trap" not in said
    assert "standardised" in words("group-settings", points=UNEVEN, scale="standard")
    # The worked example measures what was measured, the picture shows what was given.
    a = math.dist(scaled[0], scaled[1])
    assert float(html.read(regions(points=UNEVEN, scale="standard", point="1")["worked"]).figures[0]) == pytest.approx(
        a
    )
    _, plane = plots("by-cluster", points=UNEVEN, scale="standard")
    assert {x for trace in plane.traces for x, _ in trace.points} == {1.6, 1.62, 1.9, 1.92}


def test_a_sample_is_measured_against_all_points_and_says_its_error() -> None:
    text = blobs(1500, 3)
    x, y = numbers(text)
    each, whole = silhouette_samples(x, y), found(points=text, sample="300").whole
    assert whole is not None
    assert whole.is_sample
    assert len(whole.points) == 300
    assert [point.s for point in whole.points] == pytest.approx([each[point.row - 1] for point in whole.points])
    assert [cluster.size for cluster in whole.clusters] == [500] * 3
    assert [cluster.measured for cluster in whole.clusters] == [100] * 3
    strata = [[point.s for point in whole.points if point.label == label] for label in ("c0", "c1", "c2")]
    variance = sum((1 / 3) ** 2 * (1 - 100 / 500) * statistics.variance(of) / 100 for of in strata)
    assert whole.error == pytest.approx(math.sqrt(variance))
    shown = outputs(points=text, sample="300")
    assert shown["standard_error"] == whole.error
    assert abs(shown["mean_silhouette"] - each.mean()) < 3 * whole.error
    said = words("verdict", points=text, sample="300")
    assert "is about" in said
    assert "estimated from 300 of 1,500 points, each measured against all" in said
    assert "of every cluster its share" in words("field-sample", points=text, sample="300")
    assert "300 of 1,500 points were measured" in words("by-cluster-notes", points=text, sample="300")
    assert "= (500 × " in words("worked", points=text, sample="300")


def test_a_sample_as_large_as_the_table_is_the_table() -> None:
    text = blobs(120, 3)
    assert outputs(points=text, sample="120") == outputs(points=text) == outputs(points=text, sample="all")


def test_any_row_can_be_chosen_of_a_sample() -> None:
    text = blobs(400, 2)
    x, y = numbers(text)
    each = silhouette_samples(x, y)
    for row in (1, 2, 3, 399):
        assert outputs(points=text, sample="100", point=str(row))["silhouette"] == pytest.approx(each[row - 1])


def test_beyond_so_many_points_a_sample_answers_where_pairs_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compute, "MOST_PAIRED", 500)
    monkeypatch.setattr(compute, "SAMPLE", 200)
    text = blobs(900, 3)
    assert found(points=text).whole.is_sample  # type: ignore[union-attr]
    assert "standard_error" in outputs(points=text)
    for more in ({"sample": "all"}, {"metric": "manhattan"}, {"metric": "cosine"}):
        assert not found(points=text, **more).whole.is_sample  # type: ignore[union-attr]


NOISY = "0,0,0;0,1,0;1,0,0;5,5,1;5,6,1;6,5,1;2.5,9,-1;9,0,-1;3,3,-1"


@pytest.mark.parametrize("counted", ["out", "cluster", "alone"])
def test_noise_is_counted_in_three_ways_and_all_are_shown(counted: str) -> None:
    x, y = numbers(NOISY)
    kept = [at for at, label in enumerate(y) if label != "-1"]
    means = {
        "out": silhouette_score([x[at] for at in kept], [y[at] for at in kept]),
        "cluster": silhouette_score(x, y),
        "alone": silhouette_score(x, [f"{label} {at}" if label == "-1" else label for at, label in enumerate(y)]),
    }
    result = found(points=NOISY, noise="-1", noise_as=counted)
    assert {each.counted: each.whole.mean for each in result.reckoned if each.whole} == pytest.approx(means)
    assert outputs(points=NOISY, noise="-1", noise_as=counted)["silhouette"] == pytest.approx(means[counted])
    said = words("verdict", points=NOISY, noise="-1", noise_as=counted)
    for way, mean in means.items():
        mine = " (this answer)" if way == counted else ""
        name = {"out": "left out", "cluster": "as one cluster", "alone": "each point alone with 0"}[way]
        assert f"{name} {figures.score(mean).text}{mine}" in said
    assert "Each noise point alone, s = 0" in words("conventions", points=NOISY, noise="-1", noise_as=counted)


def test_the_three_ways_are_shown_before_noise_is_chosen_and_none_where_there_is_none() -> None:
    assert "as one cluster" in words("verdict", points=NOISY)
    assert "(this answer)" in words("verdict", points=NOISY)
    assert "noise" not in words("verdict", points=THREE).casefold()
    assert not found(points=THREE, noise="-1").reckoned


def test_a_way_that_leaves_too_few_clusters_says_why() -> None:
    text = "0,0,0;0,1,0;1,0,0;2.5,9,-1;9,0,-1"
    assert "left out not to be had" in words("verdict", points=text)
    assert "All points are in one cluster" in words("conventions", points=text)


def test_k_is_swept_on_request_and_the_best_named() -> None:
    text = blobs(90, 3)
    assert not found(points=text).swept
    assert "best_k" not in outputs(points=text)
    result = found(points=text, sweep="6")
    x, y = numbers(text)
    assert [each.k for each in result.swept] == [2, 3, 4, 5, 6]
    for each in result.swept:
        assert each.whole.mean == pytest.approx(silhouette_score(x, each.labels), abs=1e-12)
        assert len(set(each.labels)) == each.k
    best = max(result.swept, key=lambda each: each.whole.mean)
    assert outputs(points=text, sweep="6")["best_k"] == best.k
    # The answer stays that of the labels.
    assert outputs(points=text, sweep="6")["silhouette"] == pytest.approx(silhouette_score(x, y))
    assert f"k = {best.k} has the highest mean of k = 2 to 6" in words("verdict", points=text, sweep="6")
    rows = list(rendering.tables(CALCULATOR, CALCULATOR.defaults | {"points": text, "sweep": "6"})["by-k"].rows())
    assert [row.key for row in rows] == ["k2", "k3", "k4", "k5", "k6", "labels"]
    assert [row.tags for row in rows].count(("highest mean",)) == 1
    (plot,) = plots("by-k", points=text, sweep="6")
    assert {trace.label for trace in plot.traces} == {
        *("mean of all points", "", "mean of the weakest cluster", "your labels"),
    }
    assert [row["k"] for row in file("silhouette-by-k.csv", points=text, sweep="6")] == ["2", "3", "4", "5", "6"]


def test_a_row_of_k_shows_its_silhouettes() -> None:
    text = blobs(90, 3)
    result = found(points=text, sweep="6", k="4")
    assert result.whole is not None
    assert result.whole.mean == next(each for each in result.swept if each.k == 4).whole.mean
    assert [cluster.label for cluster in result.whole.clusters] == ["1", "2", "3", "4"]
    assert "in 4 clusters by k-means is" in words("verdict", points=text, k="4")
    assert outputs(points=text, k="4")["silhouette"] == result.whole.mean


def test_k_means_is_not_given_noise_that_is_left_out() -> None:
    result = found(points=NOISY, noise="-1", k="2")
    assert result.whole is not None
    assert {point.row for point in result.whole.points} == {1, 2, 3, 4, 5, 6}
    assert found(points=NOISY, k="2").whole.size == 9  # type: ignore[union-attr]


@pytest.mark.parametrize("counted", ["out", "cluster", "alone"])
def test_noise_is_counted_as_is_said_beside_clusters_by_k_means_too(counted: str) -> None:
    x, y = numbers(NOISY)
    raw = {"points": NOISY, "noise": "-1", "noise_as": counted, "k": "2", "sweep": "3"}
    result = found(**raw)
    assert result.whole is not None
    apart = [f"-1 (row {row})" for row in (7, 8, 9)] if counted == "alone" else ["-1"] * (counted == "cluster")
    assert {cluster.label for cluster in result.whole.clusters} == {"1", "2", *apart}
    way = {each.counted: each.whole for each in result.reckoned}
    assert way[counted] == result.whole
    assert way["cluster"].mean == pytest.approx(silhouette_score(x, [*"111222", *["-1"] * 3]))
    assert way["out"].mean == pytest.approx(silhouette_score(x[:6], y[:6]))
    assert "k-means is not given the noise" in words("by-k-notes", **raw)
    assert all(each.whole.size == 6 for each in result.swept)


def test_what_nobody_called_noise_is_none_to_k_means() -> None:
    assert not found(points=NOISY, k="2").reckoned
    assert "noise" not in words("verdict", points=NOISY, k="2").casefold()


def test_points_without_labels_get_the_best_clusters_of_k_means() -> None:
    x, _ = numbers(blobs(60, 3))
    values = read().values | {"points": inputs.Points(tuple(map(tuple, x)), (), ("x1", "x2"))}
    result = calculator.finish(compute.compute(values))  # type: ignore[arg-type]
    best = max(result.swept, key=lambda each: each.whole.mean)
    assert (result.k, result.whole.mean) == (best.k, best.whole.mean)
    assert "by k-means" in str(view.view(values, result).verdict)
    same = calculator.finish(compute.compute(values | {"k": 4}))  # type: ignore[arg-type]
    assert same.k == 4
    with pytest.raises(Invalid, match="too much alike for 2 clusters"):
        calculator.finish(compute.compute(values | {"points": inputs.Points(((1.0,),) * 9, (), ("x1",))}))  # type: ignore[arg-type]


def without_labels() -> str:
    return "\n".join(["length,width,height", *(",".join(map(str, row)) for row in numbers(blobs(60, 3, 3))[0])])


def test_a_table_without_labels_is_clustered_once_its_last_column_is_said_to_be_a_coordinate() -> None:
    text = without_labels()
    # By a link it is read as ever: refused here, and warned of where the fractions come again.
    assert "is a cluster of its own" in message("points", points=text)
    again = "length,width\n0.5,0.2\n0.7,0.2\n3.5,1.4\n3.6,1.4"
    assert "“width” stands last, so it is taken for the label, though it has fractions." in words(
        "verdict", points=again
    )
    assert "though it has fractions" not in words("verdict", points=again, points_columns="x,cluster")
    x = numbers(blobs(60, 3, 3))[0]
    raw = {"points": text, "points_columns": "x,x,x"}
    result = found(**raw)
    assert result.whole is not None
    assert result.k == outputs(**raw)["best_k"]
    labels = next(each.labels for each in result.swept if each.k == result.k)
    assert outputs(**raw)["silhouette"] == pytest.approx(silhouette_score(x, labels), abs=1e-12)
    assert "60 points of 3 coordinates, without labels: k-means found the clusters." in words("field-points", **raw)
    assert "by k-means is" in words("verdict", **raw)


def test_where_the_last_column_has_fractions_a_dropped_table_asks() -> None:
    taken = inputs.take(without_labels())
    assert taken["points_columns"] == "ask"
    with pytest.raises(Invalid, match="Is the last column the label of the cluster, or a coordinate too") as asked:
        inputs.points(taken["points"], "ask")
    both = [way.texts["points_columns"] for way in asked.value.ways]
    assert both == ["x,x,x", "x,x,cluster"]
    for text in ("a,b,cluster\n0.5,1,1.5\n1,1,1.5\n3,4,2.5", "0,0,1\n1,0,1\n5,5,2"):
        assert inputs.take(text)["points_columns"] != "ask"


def test_the_line_to_cite_says_what_was_measured_and_how() -> None:
    text = blobs(60, 3)
    mean = figures.score(outputs(points=text)["silhouette"]).text
    assert f"Mean silhouette {mean}, Euclidean, 60 points in 3 clusters." in words("verdict", points=text)
    scaled = words("verdict", points=text, scale="standard", metric="manhattan", k="2")
    assert ", Manhattan, standardised, 60 points in 2 clusters by k-means." in scaled
    assert "6 points in 2 clusters, 3 noise points left out." in words("verdict", points=NOISY, noise="-1")
    assert "noise as one cluster." in words("verdict", points=NOISY, noise="-1", noise_as="cluster")
    assert ", 300 measured), Euclidean, 900 points" in words("verdict", points=blobs(900, 3), sample="300")


def test_more_clusters_than_different_points_are_refused() -> None:
    assert "too few different points for 5 clusters" in message("k", points="0,a;1,a;1,b;2,b;2,a;2,b", k="5")
    assert [each.k for each in found(points="0,a;1,a;1,b;2,b;2,a;2,b", sweep="9").swept] == [2, 3]


def test_a_matrix_has_no_k_means_and_says_so() -> None:
    assert found(distances=FOUR, sweep="5", k="2", scale="standard").k is None
    assert "Not used: it takes coordinates." in words("field-k", distances=FOUR)
    assert "no centres in a distance matrix" in words("by-k-notes", distances=FOUR)


def test_each_cluster_has_its_middle_half_its_spread_and_its_share_below_zero() -> None:
    text = blobs(90, 3)
    x, y = numbers(text)
    each = silhouette_samples(x, y)
    for row, label in zip(sheets.averaged(found(points=text).whole), ("c0", "c1", "c2"), strict=True):  # type: ignore[arg-type]
        mine = [s for s, other in zip(each, y, strict=True) if other == label]
        assert row.cluster.spread == pytest.approx(statistics.stdev(mine))
        assert row.middle == pytest.approx(tuple(numpy.percentile(mine, [25, 75])))
        assert row.cluster.share == pytest.approx(sum(s < 0 for s in mine) / 30)


# What is refused

BAD = [
    ("a", "-0.3", "negative: write a number that is at least 0"),
    ("a", "near", "is not a number I can read"),
    ("a", "", "Write a number, such as 0.3."),
    ("b", "", "Write the mean distance to the nearest other cluster"),
    ("b", "0.7; -1", "“-1” is negative"),
    ("b", "0.7,0.9", "Part several by semicolons"),
    ("b", "1;" * 1001, "give at most 1,000"),
    ("points", "0,0", "in one cluster, “0”: give at least 2"),
    ("points", "1;2;3", "Each row needs at least one coordinate and a label"),
    ("points", "0,0,a;x,1,b;1,1,b", "Row 2, x1: “x” is not a number"),
    ("points", "0,0,a;1,1,;1,0,b", "Row 2, the label: Write the cluster of this point in the last cell"),
    ("points", "0,0,a;50%,1,a;1,1,b", "Row 2, x1: “50%” is a percentage"),
    ("points", "0,0,a;1,1,2,b;1,0,b", "Row 2, the label: There are 4 cells in this row and 3 in most"),
    ("points", "0,0,a;1e200,1,a;1,1,b", "Row 2, x1: “1e200” is too large"),
    ("points", "0,0,a;1,1,a;2,2,a", "All points are in one cluster, “a”"),
    ("points", "0,0,a;1,1,b;2,2,c", "Each of the 3 points is a cluster of its own"),
    ("points", "0,nan,a;1,1,a;2,2,b", "Row 1, x2: “nan” is not a number"),
    ("point", "0", "Or write all."),
    ("point", "1.5", "is not a whole number"),
    ("point", "first", "is not a number I can read"),
    ("distances", "0,1,a;1,0,b", "A distance matrix has at least 3 rows"),
    ("distances", "0,1,2;1,0,2;2,2,0", "write one more at the end of each, the point’s label"),
    ("distances", "0,1,a;1,0,a;2,2,b", "There are 3 rows, and 2 distances in most: a distance matrix is square"),
    ("distances", "0,1,2,a;1,0,2,a;2,9,0,b", "Row 2, column 3 is 2, but row 3, column 2 is 9"),
    ("distances", "0,-1,2,a;-1,0,2,a;2,2,0,b", "Row 1, column 2 is −1: a distance is not negative"),
    ("distances", "1,1,2,a;1,0,2,a;2,2,0,b", "Row 1, column 1 is 1: a point is at distance 0 from itself"),
    ("distances", "0,1,2,a;1,0,2,a;2,,0,b", "Row 3, column 2"),
    ("metric", "hamming", "is not offered here"),
    ("noise", "-2", "is not offered here"),
    ("noise_as", "half", "is not offered here"),
    ("scale", "minmax", "is not offered here"),
    ("sample", "99", "Or write all, or auto."),
    ("sample", "some", "Or write all, or auto."),
    ("sweep", "1", "Or write no."),
    ("sweep", "31", "Or write no."),
    ("k", "many", "Or write labels."),
]


@pytest.mark.parametrize(("name", "typed", "says"), BAD)
def test_what_cannot_be_right_is_refused_kept_and_leaves_no_figure(name: str, typed: str, says: str) -> None:
    assert says in message(name, **{name: typed})
    shown = regions(**{name: typed})
    assert set(html.read("".join(shown.values())).figures) == {""}
    assert html.read(shown["verdict"]).words
    if name in ("a", "b", "point"):
        assert f'value="{typed}"' in shown[f"field-{name}"]
    elif name in ("points", "distances"):
        assert typed in html.text(shown[f"field-{name}"])
    assert "<svg" not in shown["by-cluster-plots"]


def test_a_wrong_cell_has_its_message_by_row_and_column() -> None:
    with pytest.raises(Invalid) as refused:
        inputs.points("0,0,a;x,1,b;1,,")
    assert set(refused.value.cells) == {(1, 0), (2, 1), (2, 2)}
    assert "And 2 more." in str(refused.value)


def test_a_row_that_is_not_there_cannot_be_chosen() -> None:
    assert message("point", points=THREE, point="4") == "There are 3 points: write a number from 1 to 3, or all."
    assert "Used once there are points." in words("field-point", point="4")


def test_a_zero_vector_has_no_angle() -> None:
    text = "0,0,a;1,1,a;2,1,b"
    assert "Row 1 is a zero vector" in message("points", points=text, metric="cosine")
    assert not read(points=text).messages


def test_no_points_but_noise_are_no_points() -> None:
    assert "There are no points" in message("points", points="0,-1;1,-1;2,-1", noise="-1")


# Much


def drive(raw: dict[str, str]) -> list[Progress]:
    """The progress of a reading, all of it in Python."""
    return [step for step in reading(CALCULATOR, CALCULATOR.defaults | raw) if isinstance(step, Progress)]


def test_five_thousand_points_are_measured_in_slices_that_say_how_far_they_are() -> None:
    seen = drive({"points": blobs(5000, 4)})
    assert len(seen) > 5000
    done = [progress.done for progress in seen]
    assert done == sorted(done)
    assert 0 <= done[0] < 0.001
    assert done[-1] == 1
    assert {progress.doing for progress in seen} == {"measuring distances", "comparing with other conventions"}


@pytest.mark.parametrize(
    "more",
    [
        {"k": "3"},
        {"k": "3", "sweep": "4", "scale": "standard", "metric": "cosine"},
        {"noise": "-1", "noise_as": "alone", "sweep": "3"},
        {"sample": "100", "point": "7"},
    ],
)
def test_no_part_goes_further_than_the_whole(more: dict[str, str]) -> None:
    labels = [f"{at % 3 - 1}" for at in range(130)]
    rows, _ = numbers(blobs(130, 3))
    text = ";".join(f"{x},{y},{label}" for (x, y), label in zip(rows, labels, strict=True))
    done = [progress.done for progress in drive({"points": text, **more})]
    assert done == sorted(done)
    assert 0 <= done[0] < 0.1
    assert done[-1] <= 1


def test_folded_tables_say_their_main_figure_in_their_titles() -> None:
    text = blobs(90, 3)
    assert words("by-k-gist", points=text) == "not computed"
    assert words("by-k-gist", points=text, sweep="5") == f"best k {outputs(points=text, sweep='5')['best_k']:g}"
    assert words("by-point-gist", points=text) == f"{outputs(points=text)['negative_points']:g} negative"
    assert words("by-k-gist") == words("by-point-gist") == ""


def test_another_row_or_convention_measures_nothing_again() -> None:
    memory: calculator.Memory = {}
    raw = CALCULATOR.defaults | {"points": blobs(300, 3)}
    assert list(reading(CALCULATOR, raw, memory))
    for more in ({"point": "7"}, {"singletons": "1"}, {"a": "2"}):
        assert not list(reading(CALCULATOR, raw | more, memory))
    assert list(reading(CALCULATOR, raw | {"metric": "manhattan"}, memory))


@pytest.mark.parametrize("noise", ["none", "-1"])
def test_a_row_of_k_shows_what_was_measured_of_it(noise: str) -> None:
    memory: calculator.Memory = {}
    raw = CALCULATOR.defaults | {"points": f"{blobs(300, 3)};9,9,-1", "sweep": "4", "noise": noise}
    assert list(reading(CALCULATOR, raw, memory))
    said = {step.doing for step in reading(CALCULATOR, raw | {"k": "4"}, memory) if isinstance(step, Progress)}
    assert "comparing with other conventions" in said
    assert "measuring distances" not in said


def test_a_hundred_thousand_rows_are_read_and_measured_where_no_pairs_are_needed() -> None:
    text = ";".join(f"{at % 7},{at % 5},{'ab'[at % 2]}" for at in range(100_000))
    raw = CALCULATOR.defaults | {"points": text, "metric": "manhattan"}
    whole = calculator.read(CALCULATOR, raw)
    rendered = rendering.render(CALCULATOR, raw, found=whole)
    assert html.outputs(rendered.now)["clusters"] == 2
    assert all(make() for make in rendered.tables.values())
    assert len(taken(whole, "silhouette-points.csv")) == 100_000


def test_a_matrix_of_a_thousand_is_taken_and_a_larger_one_refused() -> None:
    def square(size: int) -> str:
        return ";".join(",".join(str(abs(i - j)) for j in range(size)) + f",{'ab'[2 * i // size]}" for i in range(size))

    assert outputs(distances=square(1000))["clusters"] == 2
    with pytest.raises(Invalid, match="1,001 rows: a distance matrix has at most 1,000"):
        inputs.distances(square(1001))


# Pictures


def bars_of(plot: Plot) -> dict[str, list[float]]:
    """The lengths of the bars by cluster: bars of some thickness are several lines of one length."""
    return {t.label: list(dict.fromkeys(x for x, _ in t.points)) for t in plot.traces if t.look == "bars"}


def test_the_silhouette_plot_has_every_point_by_cluster_and_the_mean_as_a_line() -> None:
    raw = {"points": blobs(45, 3)}
    result = found(**raw)
    assert result.whole is not None
    plot, _ = plots("by-cluster", **raw)
    for cluster in result.whole.clusters:
        scores = [point.s for point in result.whole.points if point.label == cluster.label]
        assert bars_of(plot)[cluster.label] == sorted(scores, reverse=True)
    (mean,) = [trace for trace in plot.traces if trace.look == "dashed"]
    assert {x for x, _ in mean.points} == {result.whole.mean}
    assert mean.label == f"mean {result.whole.mean:.4f}"
    heights = [y for trace in plot.traces if trace.look == "bars" for _, y in trace.points]
    assert heights == sorted(heights, reverse=True)
    assert plot.y.low <= min(heights)
    assert max(heights) <= plot.y.high


def test_six_hundred_bars_stand_for_more_points() -> None:
    plot, _ = plots("by-cluster", points=blobs(2000, 3))
    assert sum(len(trace.points) for trace in plot.traces if trace.look == "bars") <= thinning.BARS
    assert plot.title == "Silhouette plot: 599 of 2,000 points"


def test_the_points_are_drawn_where_they_are_and_negative_ones_ringed() -> None:
    raw = {"points": "0,0,a;0,1,a;9,9,a;9,8,b;8,9,b", "point": "1"}
    _, plane = plots("by-cluster", **raw)
    spots = {spot for trace in plane.traces for spot in trace.points}
    assert spots == {(0, 0), (0, 1), (9, 9), (9, 8), (8, 9)}
    (rings,) = [trace for trace in plane.traces if trace.look == "rings"]
    assert rings.points == ((9, 9),)
    assert rings.label == "a ring: negative"
    assert [mark for trace in plane.traces for mark in trace.marks if mark] == ["row 1"]


def test_more_coordinates_than_two_are_said_and_one_lies_on_a_line() -> None:
    assert plots("by-cluster", points=blobs(9, 3, 4))[1].title == "The points in the first two of 4 coordinates"
    flat = plots("by-cluster", points=THREE)[1]
    assert {y for trace in flat.traces for _, y in trace.points} == {0}
    assert [trace.label for trace in flat.traces] == ["0", "1"]


def test_a_matrix_has_no_plane() -> None:
    assert len(plots("by-cluster", distances=FOUR)) == 1
    assert "not drawn in a plane" in words("by-cluster-notes", distances=FOUR)


def test_a_chosen_point_is_drawn_even_where_not_all_are() -> None:
    size = thinning.MARKS + 100
    text = blobs(size, 3)
    for row in ("1", "617", str(size)):
        _, plane = plots("by-cluster", points=text, point=row)
        assert [mark for trace in plane.traces for mark in trace.marks if mark] == [f"row {row}"]


def test_clusters_that_have_no_colour_of_their_own_take_turns() -> None:
    plot, _ = plots("by-cluster", points=blobs(40, 10))
    drawn: list[Trace] = [trace for trace in plot.traces if trace.look == "bars"]
    assert [trace.part for trace in drawn] == [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]
    assert [bool(trace.label) for trace in drawn] == [True] * 8 + [False] * 2


# Files


def test_the_files_have_every_number_in_full() -> None:
    raw = {"points": THREE}
    result = found(**raw)
    assert result.whole is not None
    rows = file("silhouette-points.csv", **raw)
    assert [float(row["silhouette"]) for row in rows] == [point.s for point in result.whole.points]
    assert [row["a"] for row in rows] == ["0.1", "0.1", ""]
    assert [row["nearest"] for row in rows] == ["1", "1", "0"]
    clusters = file("silhouette-clusters.csv", **raw)
    assert [(row["label"], row["points"], float(row["mean_s"])) for row in clusters] == [
        (each.label, str(each.size), each.mean) for each in result.whole.clusters
    ]


def test_a_label_that_a_spreadsheet_would_compute_is_made_harmless() -> None:
    rows = file("silhouette-points.csv", points='0,=1+1;0.1,=1+1;1,"a,b"')
    assert [row["label"] for row in rows] == ["'=1+1", "'=1+1", "a,b"]


def test_there_is_nothing_to_take_away_without_points() -> None:
    assert not rendering.downloads(CALCULATOR, calculator.read(CALCULATOR, CALCULATOR.defaults))


@pytest.mark.parametrize("raw", [{}, {"points": THREE}, {"distances": FOUR}, {"points": blobs(200, 60), "point": "9"}])
def test_tables_keep_their_heads_whatever_they_hold(raw: dict[str, str]) -> None:
    made = rendering.tables(CALCULATOR, CALCULATOR.defaults | raw)
    first = rendering.tables(CALCULATOR, CALCULATOR.defaults)
    for slug, each in made.items():
        assert (each.title, each.columns, each.intro, each.folded) == (
            first[slug].title,
            first[slug].columns,
            first[slug].intro,
            first[slug].folded,
        )
        for row in each.rows():
            assert len(row.cells) == len(each.columns) - 1
    assert list(made) == ["by-cluster", "by-k", "by-point", "conventions"]
    assert not made["by-cluster"].folded


def test_the_band_of_a_mean_has_its_source() -> None:
    assert [band.above for band in bands.bands()] == [0.7, 0.5, 0.25, -1]
    assert bands.band(-1).words == "no substantial structure"
    verdict = regions(points=THREE)["verdict"]
    assert "a reasonable structure" in html.text(verdict)
    assert bands.band(0.6).source.url in verdict


def test_groups_say_what_they_are_set_to() -> None:
    assert words("group-settings") == "Euclidean, all points, singletons 0, no noise"
    said = words("group-settings", points=THREE, point="2", metric="manhattan", singletons="1", noise="0")
    assert said == "Manhattan, row 2, singletons 1, noise left out"
    assert words("group-matrix", distances=FOUR) == "4 points"


@given(st.floats(-1, 1))
def test_a_silhouette_is_shown_as_it_is(s: float) -> None:
    text = figures.score(s).text.replace("−", "-")
    assert math.isclose(float(text), s, rel_tol=5e-2 if abs(s) < 1e-4 else 1e-3, abs_tol=5e-5)
    assert (text in ("1", "-1")) <= (abs(s) > 1 - 1e-11)
