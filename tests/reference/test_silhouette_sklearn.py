"""Silhouettes equal those of scikit-learn, on generated cases of every metric.

scikit-learn is given the matrix of distances, because what it makes of coordinates is less exact: `euclidean_distances`
expands |x − y|² and so loses up to half the digits of a short distance, and `cosine_distances` subtracts from 1. From
coordinates it is compared too, to `PLAIN`, where points are not close together.
"""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import silhouette_samples, silhouette_score
from sklearn.preprocessing import StandardScaler

from app.calculators.silhouette.scaling import standardised
from app.vocabulary.calculator import finish
from tests import depth
from tests.oracles import silhouette

SEED = 1987
CASES = depth.cases(140, 2100)
"""For each of the five metrics, as many of each kind."""

EXACT = 1e-13
"""How far off a and b may be, as a share of themselves, and so s in itself: it is a difference of the two as a share of
the larger, and keeps no more digits near 0.
"""

UNIT = 2e-15
"""How far off a mean cosine distance may be besides, times its root: rounded unit vectors move small angles."""

TIE = 1e-12
"""Numbers that are taken as equal, as a share; documented as `ROUNDING`."""

PLAIN = 1e-7

KINDS = ("normal", "grid", "far", "tight", "few", "equal", "multiscale")
SCIPY = {"euclidean": "euclidean", "sqeuclidean": "sqeuclidean", "manhattan": "cityblock"}


def coordinates(chance: np.random.Generator, kind: str, count: int, width: int) -> np.ndarray:
    """Points of one kind: with ties, duplicates, far from the origin, close together, or all the same."""
    normal = chance.normal(size=(count, width))
    if kind == "grid":  # integers: many equal distances
        return chance.integers(-2, 3, (count, width)).astype(float)
    if kind == "far":
        return normal + 1e7
    if kind == "tight":  # clusters whose points differ in the third to fifth digit
        return normal[chance.integers(0, 3, count) % count] + normal * 10.0 ** -chance.integers(2, 5)
    if kind == "few":  # duplicates
        return normal[chance.integers(0, max(1, count // 3), count)]
    if kind == "equal":
        return np.repeat(normal[:1], count, axis=0)
    if kind == "multiscale":
        return normal * 10.0 ** chance.integers(-3, 4, (count, 1))
    return normal


def labels_for(chance: np.random.Generator, count: int) -> np.ndarray:
    """2 to n − 1 labels, none of them unused; many labels make singletons."""
    wanted = int(chance.integers(2, count)) if chance.random() < 0.3 else int(chance.integers(2, min(6, count)))
    labels = np.concatenate([np.arange(wanted), chance.integers(0, wanted, count - wanted)])
    return chance.permutation(labels) - int(chance.integers(0, 2))


def matrix(chance: np.random.Generator, kind: str, count: int) -> np.ndarray:
    """A symmetric matrix of dissimilarities that no points need have: the triangle inequality does not hold."""
    if kind == "equal":
        upper = np.full((count, count), 0.1)
    elif kind in ("grid", "few"):
        upper = chance.integers(0, 4, (count, count)).astype(float)
    else:
        upper = chance.exponential(size=(count, count)) * 10.0 ** chance.integers(-3, 4, (count, count))
    upper = np.triu(upper, 1)
    return upper + upper.T


def cosine_matrix(points: np.ndarray) -> np.ndarray:
    """1 − cos to 50 digits, 0 for parallel vectors: SciPy and scikit-learn keep few digits of it at small angles."""
    with localcontext() as context:
        context.prec = 50
        rows = [[Decimal(value) for value in row] for row in points.tolist()]
        lengths = [sum(value * value for value in row).sqrt() for row in rows]
        units = [[value / length for value in row] for row, length in zip(rows, lengths, strict=True)]
        found = np.zeros((len(rows), len(rows)))
        for i, one in enumerate(units):
            for j in range(i):
                exact = 1 - sum(map(Decimal.__mul__, one, units[j]))
                found[i, j] = found[j, i] = float(exact) if exact > Decimal("1e-30") else 0.0
    return found


def case(metric: str, number: int):
    """Rows to score, labels, the matrix of their distances, and the kind of points."""
    chance = np.random.default_rng([SEED, number])
    kind = KINDS[number % len(KINDS)]
    count = int(chance.integers(3, 31))
    labels = labels_for(chance, count)
    if metric == "precomputed":
        distances = matrix(chance, kind, count)
        return distances, labels, distances, kind
    points = coordinates(chance, kind, count, int(chance.integers(1, 11)))
    if metric == "cosine":
        points[~points.any(axis=1)] = 1.0  # zero vectors have no angle
        return points, labels, cosine_matrix(points), kind
    return points, labels, cdist(points, points, SCIPY[metric]), kind


def means_of(distances: np.ndarray, labels: np.ndarray):
    """a and b of every point and the mean distances to all clusters, from the definition; a is NaN for singletons."""
    clusters = np.unique(labels)
    own = labels[:, None] == labels[None, :]
    with np.errstate(invalid="ignore"):
        a = (distances * own).sum(axis=1) / (own.sum(axis=1) - 1)
    each = np.stack([distances[:, labels == cluster].mean(axis=1) for cluster in clusters], axis=1)
    others = np.where(labels[:, None] == clusters[None, :], np.inf, each)
    return a, others.min(axis=1), others, clusters


def allowed(mean: np.ndarray, metric: str) -> np.ndarray:
    return EXACT * mean + (UNIT * np.sqrt(mean) if metric == "cosine" else 0)


def assert_within(found: np.ndarray, expected: np.ndarray, off: np.ndarray, where: str) -> None:
    np.testing.assert_array_equal(np.isnan(found), np.isnan(expected), err_msg=where)
    with np.errstate(invalid="ignore"):
        wrong = np.abs(found - expected) > off
    assert not wrong.any(), (where, found[wrong], expected[wrong])


@pytest.mark.deep
@pytest.mark.parametrize("metric", [*SCIPY, "cosine", "precomputed"])
def test_silhouettes_of_generated_cases_equal_scikit_learn(metric: str) -> None:
    for number in range(CASES):
        rows, labels, distances, kind = case(metric, number)
        where = f"{metric} {number} {kind}"
        result = silhouette(rows.tolist(), [str(label) for label in labels], metric)

        a, b, others, clusters = means_of(distances, labels)
        found_a = np.array([np.nan if point.a is None else point.a for point in result.points])
        found_b = np.array([point.b for point in result.points])
        assert_within(found_a, a, allowed(a, metric), where)
        assert_within(found_b, b, allowed(b, metric), where)

        s = np.array([point.s for point in result.points])
        expected = silhouette_samples(distances, labels, metric="precomputed")
        larger = np.fmax(a, b)
        share = np.divide(allowed(larger, metric), larger, out=np.zeros_like(larger), where=larger > 0)
        assert_within(s, expected, EXACT + 2 * share, where)
        score = silhouette_score(distances, labels, metric="precomputed")
        slack = EXACT + 2 * share.max()
        assert result.mean == pytest.approx(score, rel=0, abs=slack), where

        # The cluster that is named is one of the nearest; where several are as near, the first of them.
        named = np.array([int(point.nearest) for point in result.points])
        first = clusters[np.argmax(others <= b[:, None] * (1 + TIE), axis=1)]
        np.testing.assert_array_equal(named, first, err_msg=where)

        for cluster, label in zip(result.clusters, clusters, strict=True):
            assert cluster.label == str(label), where
            of_cluster = expected[labels == label]
            assert cluster.size == len(of_cluster)
            assert cluster.mean == pytest.approx(of_cluster.mean(), rel=0, abs=slack), where
            assert cluster.lowest == pytest.approx(of_cluster.min(), rel=0, abs=slack), where
            assert cluster.negative == (of_cluster < -TIE).sum(), where

        if kind in ("normal", "grid", "few") and metric != "precomputed":
            plain = silhouette_samples(rows, labels, metric=metric)
            clear = larger > 0  # to scikit-learn, points in the same place may be 1e-8 apart
            np.testing.assert_allclose(s[clear], plain[clear], atol=PLAIN, err_msg=where)


def test_the_cases_are_as_various_as_they_claim() -> None:
    seen = {"singletons": 0, "negative": 0, "zero a": 0, "ties": 0, "one coordinate": 0, "many labels": 0}
    for number in range(CASES):
        points, labels, distances, _ = case("euclidean", number)
        a, b, others, clusters = means_of(distances, labels)
        seen["singletons"] += bool(np.isnan(a).any())
        seen["negative"] += bool((a > b).any())
        seen["zero a"] += bool((a == 0).any())
        seen["ties"] += bool((np.isclose(others, b[:, None], rtol=1e-13, atol=0).sum(axis=1) > 1).any())
        seen["one coordinate"] += points.shape[1] == 1
        seen["many labels"] += len(clusters) > len(labels) / 2
    assert min(seen.values()) >= CASES / 20, seen


@pytest.mark.deep
def test_standardised_coordinates_equal_those_of_standard_scaler() -> None:
    chance = np.random.default_rng(SEED)
    constant = 0
    for number in range(CASES):
        kind = KINDS[number % len(KINDS)]
        points = coordinates(chance, kind, int(chance.integers(3, 40)), int(chance.integers(1, 8)))
        if number % 3 == 0:  # of some coordinates all are the same, or as good as
            points[:, 0] = chance.normal() * 10.0 ** chance.integers(-5, 6)
            points[0, 0] *= 1 + 1e-16 * chance.integers(0, 4)
            constant += 1
        found = np.array(finish(standardised([tuple(row) for row in points.tolist()])))
        expected = StandardScaler().fit_transform(points)
        # What rounding leaves of the mean of a coordinate is as large as its values are.
        off = 1e-12 + 1e-15 * np.abs(points).max(axis=0) / np.where(points.std(axis=0) > 0, points.std(axis=0), 1)
        assert (np.abs(found - expected) <= off).all(), (number, kind)
    assert constant


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 1, 2, 3]])
def test_what_scikit_learn_refuses_is_refused(labels: list[int]) -> None:
    points = [[0.0], [1.0], [3.0], [7.0]]
    with pytest.raises(ValueError, match="Valid values are 2 to n_samples - 1"):
        silhouette_samples(points, labels)
    with pytest.raises(ValueError, match="labels"):
        silhouette(points, [str(label) for label in labels])


@pytest.mark.parametrize("metric", [*SCIPY, "cosine"])
def test_a_thousand_points_equal_scikit_learn(metric: str) -> None:
    chance = np.random.default_rng(SEED)
    labels = chance.integers(0, 6, 1000)
    points = chance.normal(size=(6, 8))[labels] * 3 + chance.normal(size=(1000, 8)) + 5
    result = silhouette(points.tolist(), [str(label) for label in labels], metric)
    expected = silhouette_samples(cdist(points, points, SCIPY.get(metric, metric)), labels, metric="precomputed")
    np.testing.assert_allclose([point.s for point in result.points], expected, rtol=EXACT, atol=EXACT)
    assert result.mean == pytest.approx(expected.mean(), rel=EXACT)
