"""Claims about silhouettes: what they are, what is refused, and that slices of work add up to the whole."""

from __future__ import annotations

import doctest
import gc
import math
import random
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.calculators.silhouette import distances, scores, thinning
from app.calculators.silhouette.clusters import natural_order
from app.calculators.silhouette.distances import METRICS
from app.calculators.silhouette.scores import coefficient, silhouette_work, single
from app.calculators.silhouette.thinning import bars, in_order, marks, thinned
from app.vocabulary.calculator import Invalid, finish
from tests import depth
from tests.oracles import silhouette

COORDINATES = [metric for metric in METRICS if metric != "precomputed"]


# One point whose mean distances are known


@pytest.mark.parametrize(
    ("a", "b", "s"), [(1, 3, 2 / 3), (3, 1, -2 / 3), (2, 2, 0), (0, 5, 1), (5, 0, -1), (0, 0, 0), (1e300, 1e-300, -1)]
)
def test_s_is_the_difference_over_the_larger(a: float, b: float, s: float) -> None:
    assert coefficient(a, b) == s
    assert single(a, [b]).s == s


def test_the_nearest_of_several_clusters_counts() -> None:
    assert single(0.1, [2.5, 0.9, 0.9]) == (0.1, 0.9, coefficient(0.1, 0.9), 1)


def test_a_point_alone_in_its_cluster_has_the_silhouette_0() -> None:
    # Rousseeuw 1987, section 2: "we simply set s(i) equal to zero"
    assert single(0, [5], alone=True).s == 0


@pytest.mark.parametrize(
    ("a", "others", "field", "says"),
    [
        (-0.5, [1], "a", "is negative"),
        (0.5, [1, -2], "b", "is negative"),
        (math.nan, [1], "a", "is not a finite number"),
        (0.5, [math.inf], "b", "is not a finite number"),
        (0.5, [], "b", "at least one other cluster"),
    ],
)
def test_what_is_no_mean_distance_is_refused(a: float, others: list[float], field: str, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        single(a, others)
    assert refused.value.field == field


@given(st.floats(0, 1e300), st.floats(0, 1e300))
def test_s_stays_between_minus_one_and_one_and_changes_sign_with_a_and_b(a: float, b: float) -> None:
    assert -1 <= coefficient(a, b) <= 1
    assert coefficient(a, b) == -coefficient(b, a)


# Points in clusters


def test_three_points_on_a_line() -> None:
    # MODEL.md 4: [0], [0.1], [1] with labels 0, 0, 1 have 0.9, 0.8889 and 0
    result = silhouette([[0], [0.1], [1]], ["0", "0", "1"])
    assert [point.s for point in result.points] == pytest.approx([0.9, 0.8889, 0], abs=5e-5)
    assert [(point.a, point.b, point.nearest) for point in result.points] == [
        (0.1, 1.0, "1"),
        (0.1, 0.9, "1"),
        (None, pytest.approx(0.95), "0"),
    ]
    assert result.clusters[1] == ("1", 1, 1, 0.0, 0.0, 0.0, 0)
    assert result.singletons == ("1",)
    assert result.mean == pytest.approx((0.9 + 0.8 / 0.9) / 3)


def test_singletons_raise_the_mean_in_matlab() -> None:
    result = silhouette([[0], [0.1], [1]], ["0", "0", "1"])
    assert result.mean_with_singletons(0) == result.mean
    assert result.mean_with_singletons(1) == pytest.approx(result.mean + 1 / 3)


# (0,0) and (3,4) against (0,4), and the other way round: every distance can be told by heart.
@pytest.mark.parametrize(
    ("metric", "a", "b"),
    [("euclidean", 5, 4), ("sqeuclidean", 25, 16), ("manhattan", 7, 4)],
)
def test_every_metric_measures_as_it_is_called(metric: str, a: float, b: float) -> None:
    first = silhouette([[0, 0], [3, 4], [0, 4]], ["p", "p", "q"], metric).points[0]
    assert (first.a, first.b) == pytest.approx((a, b))
    assert first.s == pytest.approx((b - a) / a)
    assert first.negative


def test_the_cosine_distance_is_that_of_the_angle_alone() -> None:
    first = silhouette([[2, 0], [0, 3], [5, 5]], ["p", "p", "q"], "cosine").points[0]
    assert first.a == pytest.approx(1)
    assert first.b == pytest.approx(1 - math.sqrt(0.5), rel=1e-12)
    same = silhouette([[1, 3], [0.1, 0.3], [7, 21]], ["p", "p", "q"], "cosine")
    assert [(point.a, point.b, point.s) for point in same.points[:2]] == [(0, 0, 0)] * 2


def test_small_angles_keep_their_digits() -> None:
    # 1 - cos of 1e-6 is 5.0e-13; subtracting from 1 would leave three digits of it
    result = silhouette([[1, 0], [1, 1e-6], [1, 3e-6]], ["p", "p", "q"], "cosine")
    assert result.points[0].a == pytest.approx(5e-13, rel=1e-9)
    assert result.points[0].b == pytest.approx(4.5e-12, rel=1e-9)


def test_a_distance_matrix_is_taken_as_it_is() -> None:
    matrix = [[0, 1, 4, 5], [1, 0, 3, 6], [4, 3, 0, 2], [5, 6, 2, 0]]
    result = silhouette(matrix, ["x", "x", "y", "y"], "precomputed")
    assert [(point.a, point.b) for point in result.points] == [(1, 4.5), (1, 4.5), (2, 3.5), (2, 5.5)]


def test_points_far_from_the_origin_keep_their_digits() -> None:
    near = [[0.0, 0.0], [0.25, 0.5], [4.0, 4.0], [4.5, 4.25]]
    far = [[x + 2.0**33, y - 2.0**33] for x, y in near]
    for metric in ("euclidean", "sqeuclidean", "manhattan"):
        at_home, abroad = (silhouette(rows, list("aabb"), metric).points for rows in (near, far))
        assert [point.s for point in abroad] == pytest.approx([point.s for point in at_home], rel=1e-13)


def test_a_tie_is_neither_negative_nor_decided_by_rounding() -> None:
    # 0.1 cannot be written in binary: the mean of three is not that of four, to the last bit
    matrix = [[0.1 * (i != j) for j in range(9)] for i in range(9)]
    result = silhouette(matrix, list("aabbbcccc"), "precomputed")
    assert result.negative == 0
    assert {point.nearest for point in result.points} == {"a", "b"}
    assert all(abs(point.s) < 1e-15 for point in result.points)


def test_clusters_stand_in_the_order_people_expect() -> None:
    labels = ["10", "9", "-1", "c10", "c9", "C1", "b", "1.5", "007", "α"]
    assert sorted(labels, key=natural_order) == ["-1", "1.5", "007", "9", "10", "b", "C1", "c9", "c10", "α"]
    result = silhouette([[i] for i in range(8)], ["10", "10", "2", "2", "b", "b", "-1", "-1"])
    assert [cluster.label for cluster in result.clusters] == ["-1", "2", "10", "b"]


def test_noise_can_be_left_out_and_rows_keep_their_numbers() -> None:
    rows, labels = [[9, 9], [0, 0], [0, 1], [5, 5], [5, 6]], ["-1", "a", "a", "b", "b"]
    result = silhouette(rows, labels, leave_out={"-1"})
    assert [point.row for point in result.points] == [2, 3, 4, 5]
    assert [point[1:] for point in result.points] == [point[1:] for point in silhouette(rows[1:], labels[1:]).points]
    matrix = [[math.dist(p, q) for q in rows] for p in rows]
    assert silhouette(matrix, labels, "precomputed", {"-1"}) == result


def test_noise_is_a_cluster_like_others_unless_it_is_left_out() -> None:
    result = silhouette([[9, 9], [0, 0], [0, 1], [5, 5], [5, 6]], ["-1", "a", "a", "b", "b"])
    assert result.singletons == ("-1",)


NAN, INF = math.nan, math.inf


@pytest.mark.parametrize(
    ("metric", "rows", "labels", "says"),
    [
        ("euclidean", [], "", "no points"),
        ("euclidean", [[1], [2]], "aa", "All points are in one cluster, “a”"),
        ("euclidean", [[1], [2], [3]], "abc", "Each of the 3 points is a cluster of its own: give at most 2 labels"),
        ("euclidean", [[1], [2]], "ab", "at most 1 labels"),
        ("euclidean", [[1], [2]], "a", "2 rows and 1 labels"),
        ("euclidean", [[1], [2], [3]], ["a", "", "b"], "Row 2 has no label"),
        ("euclidean", [[1, 2], [2], [3, 4]], "aab", "Row 2 has 1 coordinates, but row 1 has 2"),
        ("euclidean", [[], [], []], "aab", "Row 1 has no numbers"),
        ("manhattan", [[1, 2], [1, NAN], [3, 4]], "aab", "Row 2, column 2 is not a finite"),
        ("sqeuclidean", [[1, 2], [1, 3], [-INF, 4]], "aab", "Row 3, column 1 is not a finite"),
        ("euclidean", [[1, 2], [1e200, 3], [3, 4]], "aab", r"Row 2, column 1 is 1e200"),
        ("cosine", [[1, 2], [1, 3], [0, 0]], "aab", "Row 3 is a zero vector"),
        ("precomputed", [[0, 1], [1, 0], [2, 2]], "aab", "Row 1 has 2 distances, but there are 3 rows"),
        ("precomputed", [[0, 1, 2], [1, 0, NAN], [2, NAN, 0]], "aab", "Row 2, column 3 is not a finite"),
        ("precomputed", [[0, 1, -2], [1, 0, 3], [-2, 3, 0]], "aab", "Row 1, column 3 is −2: a distance is not neg"),
        ("precomputed", [[0, 1, 2], [1, 0.5, 3], [2, 3, 0]], "aab", "Row 2, column 2 is 0.5: a point is at distance 0"),
        (
            "precomputed",
            [[0, 1, 2], [1, 0, 3], [2, 3.5, 0]],
            "aab",
            "Row 2, column 3 is 3, but row 3, column 2 is 3.5",
        ),
        ("hamming", [[1], [2], [3]], "aab", "“hamming” is not a metric known here. Choose one of euclidean"),
    ],
)
def test_what_has_no_silhouette_is_refused_before_anything_is_measured(metric: str, rows, labels, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        silhouette(rows, list(labels), metric)
    assert refused.value.field == ("points" if metric in METRICS else "metric")


def test_what_rounding_leaves_in_a_distance_matrix_is_accepted() -> None:
    clean = [[0, 1, 2], [1, 0, 3], [2, 3, 0]]
    rounded = [[-2e-16, 1, 2], [1, 1e-7, 3], [2, 3 + 1e-7, 0]]
    expected, found = (silhouette(matrix, list("aab"), "precomputed") for matrix in (clean, rounded))
    assert found.mean == pytest.approx(expected.mean, abs=1e-6)
    assert found.points[0] == expected.points[0]
    assert found.points[1] == expected.points[1]


# Whatever the points

values = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@st.composite
def clustered(draw, most: int = 25):
    """Rows of coordinates, from few values so that there are ties and duplicates, and labels for them."""
    width = draw(st.integers(1, 4))
    pool = draw(st.lists(values, min_size=1, max_size=6))
    row = st.lists(st.sampled_from(pool), min_size=width, max_size=width)
    rows = draw(st.lists(row, min_size=3, max_size=most))
    wanted = draw(st.integers(2, len(rows) - 1))
    # Every label is used once, then any.
    labels = [str(i) if i < wanted else str(draw(st.integers(0, wanted - 1))) for i in range(len(rows))]
    return rows, labels


def summary(result: scores.Silhouette):
    """What must not depend on the order of the rows."""
    return sorted(point[1:5] for point in result.points if point.a is not None), result.clusters


@pytest.mark.parametrize("metric", COORDINATES)
@settings(max_examples=depth.cases(60, 600))
@given(case=clustered(), seed=st.integers(0, 1000))
def test_every_silhouette_is_in_range_and_the_order_of_rows_makes_no_difference(metric, case, seed) -> None:
    rows, labels = case
    if metric == "cosine":
        rows = [[*row, 1.0] for row in rows]
    result = silhouette(rows, labels, metric)
    for point in result.points:
        assert -1 <= point.s <= 1
        assert point.b >= 0
        assert point.a is None or point.a >= 0
        assert point.nearest != point.label
    assert -1 <= result.mean <= 1
    assert result.negative == sum(point.negative for point in result.points)
    assert sum(cluster.size for cluster in result.clusters) == len(rows)

    order = random.Random(seed).sample(range(len(rows)), len(rows))
    shuffled = silhouette([rows[i] for i in order], [labels[i] for i in order], metric)
    # Sorted values and exact sums: equal to the last bit.
    assert summary(shuffled) == summary(result)
    for point in shuffled.points:
        assert point[1:] == result.points[order[point.row - 1]][1:]


@settings(max_examples=depth.cases(60, 600))
@given(case=clustered(), scale=st.sampled_from([0.001, 0.5, 3.0, 1e6]), shift=values)
def test_shifting_and_scaling_all_points_changes_no_euclidean_silhouette(case, scale, shift) -> None:
    rows, labels = case
    expected = [point.s for point in silhouette(rows, labels).points]
    scaled = silhouette([[value * scale for value in row] for row in rows], labels)
    assert [point.s for point in scaled.points] == pytest.approx(expected, abs=1e-6)
    shifted = silhouette([[value + shift for value in row] for row in rows], labels)
    assert [point.s for point in shifted.points] == pytest.approx(expected, abs=1e-6)
    halved = silhouette([[value / 2 for value in row] for row in rows], labels)
    assert [point.s for point in halved.points] == expected, "half is exact in binary"


@settings(max_examples=depth.cases(40, 400))
@given(case=clustered())
def test_points_and_the_matrix_of_their_distances_agree(case) -> None:
    rows, labels = case
    matrix = [[math.dist(p, q) for q in rows] for p in rows]
    by_points, by_matrix = silhouette(rows, labels), silhouette(matrix, labels, "precomputed")
    assert [point.s for point in by_matrix.points] == pytest.approx([p.s for p in by_points.points], abs=1e-12)
    assert [point.nearest for point in by_matrix.points] == [point.nearest for point in by_points.points]


@settings(max_examples=depth.cases(40, 400))
@given(case=clustered(), width=st.integers(1, 3))
def test_renaming_the_clusters_renames_the_result(case, width) -> None:
    rows, labels = case
    named = silhouette(rows, ["x" * width + label for label in labels])
    assert [point.s for point in named.points] == [point.s for point in silhouette(rows, labels).points]


# Work in slices


def blobs(count: int, width: int, clusters: int, seed: int = 0) -> tuple[list[list[float]], list[str]]:
    chance = random.Random(seed)
    centres = [[chance.uniform(-9, 9) for _ in range(width)] for _ in range(clusters)]
    return [[chance.gauss(x, 2) for x in centres[i % clusters]] for i in range(count)], [
        str(i % clusters) for i in range(count)
    ]


def rows_for(metric: str, count: int = 60) -> tuple[list[list[float]], list[str]]:
    rows, labels = blobs(count, 3, 4)
    return ([[math.dist(p, q) for q in rows] for p in rows] if metric == "precomputed" else rows), labels


@pytest.mark.parametrize("metric", METRICS)
def test_slices_of_work_say_how_far_they_are(metric: str) -> None:
    rows, labels = rows_for(metric)
    seen = list(silhouette_work(rows, labels, metric))
    shares = [progress.done / progress.total for progress in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(set(shares)) >= 12
    assert all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize("metric", METRICS)
def test_work_can_be_abandoned_and_begun_anew(metric: str) -> None:
    rows, labels = rows_for(metric)
    expected = silhouette(rows, labels, metric)
    for stop in (0, 1, 7):
        work = silhouette_work(rows, labels, metric)
        for _ in range(stop):
            next(work)
        gone = weakref.ref(work)
        work.close()
        del work
        gc.collect()
        assert gone() is None
    two = [silhouette_work(rows, labels, metric) for _ in range(2)]
    for _ in range(5):
        for work in two:
            next(work)
    assert [finish(work) for work in two] == [expected, expected]


def test_changing_the_rows_later_does_not_disturb_work_under_way() -> None:
    rows, labels = rows_for("euclidean")
    expected, work = silhouette(rows, labels), silhouette_work(rows, labels)
    next(work)
    rows[0][0], labels[0] = 1e9, "new"
    assert finish(work) == expected


@pytest.mark.parametrize("metric", ["sqeuclidean", "manhattan", "cosine"])
def test_only_euclidean_distances_take_a_slice_for_every_point(metric: str) -> None:
    slices = {count: sum(1 for _ in silhouette_work(*blobs(count, 3, 4), metric)) for count in (100, 400)}
    assert slices[100] == slices[400]
    assert sum(1 for _ in silhouette_work(*blobs(400, 3, 4))) == 400 + 4 + 1  # and for each cluster, and at the end


# Pictures


def test_bars_stand_in_clusters_each_from_the_highest_down() -> None:
    result = silhouette(*blobs(100, 2, 4))
    drawn = bars(result)
    assert len(drawn) == 100
    assert {bar.stands_for for bar in drawn} == {1}
    assert [(int(bar.point.label), -bar.point.s) for bar in drawn] == sorted(
        (int(bar.point.label), -bar.point.s) for bar in drawn
    )


@settings(max_examples=depth.cases(200, 2000))
@given(st.lists(st.integers(1, 400), min_size=2, max_size=40), st.integers(80, 600))
def test_thinning_keeps_the_ends_of_every_cluster_and_the_limit(sizes: list[int], limit: int) -> None:
    drawn = thinned(sizes, limit)
    assert sum(map(len, drawn)) <= limit
    if sum(sizes) > limit:
        assert sum(map(len, drawn)) > limit - len(sizes), "the limit is used"
    for size, ranks in zip(sizes, drawn, strict=True):
        assert ranks == sorted(set(ranks))
        assert {ranks[0], ranks[-1]} == {0, size - 1}


@given(st.lists(st.integers(1, 9), min_size=50, max_size=300), st.integers(0, 49))
def test_with_more_clusters_than_bars_the_limit_still_holds(sizes: list[int], limit: int) -> None:
    drawn = thinned(sizes, limit)
    assert len(drawn) == len(sizes)
    assert sum(map(len, drawn)) == limit
    assert all(0 <= rank < size for size, ranks in zip(sizes, drawn, strict=True) for rank in ranks)


def test_thinned_bars_keep_the_extremes_and_stand_for_all_points() -> None:
    result = silhouette(*blobs(1000, 2, 4))
    drawn = bars(result, limit=60)
    assert len(drawn) <= 60
    for cluster, points in zip(result.clusters, in_order(result), strict=True):
        of_cluster = [bar for bar in drawn if bar.point.label == cluster.label]
        assert of_cluster[0].point == points[0]
        assert of_cluster[-1].point.s == cluster.lowest
        assert sum(bar.stands_for for bar in of_cluster) == cluster.size


def test_the_plane_shows_the_first_two_coordinates() -> None:
    rows, labels = blobs(200, 5, 3)
    result = silhouette(rows, labels)
    shown = marks(rows, result, limit=50)
    assert 40 < len(shown) <= 50
    for mark in shown:
        assert [mark.x, mark.y] == rows[mark.point.row - 1][:2]
        assert mark.point in result.points
    assert {mark.y for mark in marks([[0], [1], [5]], silhouette([[0], [1], [5]], list("aab")))} == {0}


@pytest.mark.parametrize("module", [distances, scores, thinning])
def test_the_examples_in_the_docstrings_hold(module) -> None:
    failed, tried = doctest.testmod(module)
    assert tried >= 4
    assert failed == 0
