"""What the script beside the page finds is what Python finds, and what scikit-learn does.

Means of distances differ by no more than the rounding of a few operations (`CLOSE`, as a share of themselves): Python
rounds a sum once, the script after every addition, and keeps what is lost. Clusters by k-means are the same, point by
point.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.metrics import silhouette_samples, silhouette_score

from app.calculators.silhouette import distances, k_means
from app.calculators.silhouette.clusters import partition
from app.calculators.silhouette.distances import means
from app.calculators.silhouette.scores import silhouette_work
from app.vocabulary.calculator import Job, Progress, finish
from tests import depth
from tests.inner_loops import Script, finish_with, script
from tests.reference.test_silhouette_sklearn import KINDS, case, coordinates, labels_for

CASES = depth.cases(60, 2000)
CLOSE = 1e-14


@pytest.fixture(scope="module")
def running() -> Iterator[Script]:
    with script() as started:
        yield started


@pytest.fixture(autouse=True)
def all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few there are, the script does it."""
    monkeypatch.setattr(distances, "FEW_PAIRS", 0)
    monkeypatch.setattr(k_means, "FEW", 0)


@pytest.mark.deep
def test_mean_distances_are_those_of_python_and_silhouettes_those_of_scikit_learn(running: Script) -> None:
    for number in range(CASES):
        rows, labels, matrix, kind = case("euclidean", number)
        where = f"{number} {kind}"
        names = [str(label) for label in labels]
        if rows.shape[1] == 1:
            continue
        cut = partition(names)
        which = None if number % 2 else sorted({0, len(rows) // 2, len(rows) - 1})
        points = [tuple(row) for row in rows.tolist()]
        ours, found = (
            finish(means(points, cut, "euclidean", which)),
            finish_with(running, means(points, cut, "euclidean", which)),
        )
        assert running.jobs[-1] == "mean-distances"
        assert found.nearest == ours.nearest, where
        assert [each is None for each in found.own] == [each is None for each in ours.own], where
        for one, other in zip([*found.own, *found.other], [*ours.own, *ours.other], strict=True):
            assert one is None or one == pytest.approx(other, rel=CLOSE, abs=0), where
        whole = finish_with(running, silhouette_work(points, names))
        expected = silhouette_samples(matrix, labels, metric="precomputed")
        assert [point.s for point in whole.points] == pytest.approx(expected, rel=1e-12, abs=1e-12), where


@pytest.mark.deep
def test_clusters_by_k_means_are_those_of_python(running: Script) -> None:
    chance = np.random.default_rng(2007)
    settled = 0
    for number in range(CASES):
        kind = KINDS[number % len(KINDS)]
        rows = coordinates(chance, kind, int(chance.integers(3, 60)), int(chance.integers(1, 7)))
        points = [tuple(row) for row in rows.tolist()]
        k = int(chance.integers(2, min(12, len(points))))
        ours, found = finish(k_means.k_means(points, k)), finish_with(running, k_means.k_means(points, k))
        assert running.jobs[-1] == "k-means"
        assert found == ours, (number, kind)
        distinct = len(set(points))
        if distinct < k:
            assert ours is None
        elif ours is not None:
            settled += 1
            assert len(set(ours)) <= k
            assert list(dict.fromkeys(ours)) == [str(at + 1) for at in range(len(set(ours)))], "numbered as they come"
    assert settled > CASES / 2


def test_k_means_is_as_good_as_that_of_scikit_learn(running: Script) -> None:
    points = load_iris().data
    for k in range(2, 11):
        labels = np.array(finish_with(running, k_means.k_means([tuple(row) for row in points.tolist()], k)))
        inertia = sum(
            ((points[labels == label] - points[labels == label].mean(axis=0)) ** 2).sum() for label in set(labels)
        )
        theirs = KMeans(k, n_init=10, random_state=0).fit(points)
        assert inertia == pytest.approx(theirs.inertia_, rel=0.02), k
        ours = finish_with(running, silhouette_work(points.tolist(), labels.tolist())).mean
        assert ours == pytest.approx(silhouette_score(points, labels), abs=1e-12), k


def test_the_script_says_how_far_it_is_and_what_it_does_not_know(running: Script) -> None:
    chance = np.random.default_rng(7)
    rows = chance.normal(size=(500, 8)).tolist()
    labels = [str(label) for label in labels_for(chance, 500) % 3]
    found = finish_with(running, silhouette_work(rows, labels))
    assert len(found.points) == 500
    assert len(running.told) > 100
    assert running.told == sorted(running.told)
    assert 0 < running.told[0] < running.told[-1] < 1
    with pytest.raises(RuntimeError, match="TypeError"):
        running.do(Job("no such job", {}, Progress(0.0, ""), 1.0))
