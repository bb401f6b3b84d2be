"""Curves, areas, precision and recall of cases, with weights and without, are those of scikit-learn; DeLong's variance
is that of all pairs. On generated cases, each with its own seed, so a failure names the case that can be made again.
"""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_recall_curve, roc_auc_score, roc_curve

from app.calculators.roc_auc.precision_recall import at, precision_recall
from tests import depth, oracles
from tests.oracles import paired, roc

CASES = depth.cases(100, 2000)
BATCH = 100
batches = pytest.mark.parametrize("seeds", [range(at, at + BATCH) for at in range(0, CASES, BATCH)], ids=str)


def close(theirs):
    return pytest.approx(theirs, rel=1e-12, abs=1e-12)


def some_cases(seed):
    """Labels, scores and weights: with ties or without, weights of 0 among them or all equal."""
    random = np.random.default_rng([3, seed])
    size = random.integers(4, random.choice([8, 40, 300]))
    labels = random.random(size) < random.choice([0.1, 0.3, 0.5, 0.9])
    labels[:2], labels[2:4] = True, False
    scores = random.normal(labels * random.choice([-1, 0, 1, 3]), 1)
    scores = [scores, scores.round(1), scores.round(0), scores * 1e-12, scores * 1e9][random.integers(5)]
    weights = [random.random(size), random.integers(1, 4, size) * 1.0, random.integers(0, 3, size) * 1.0, np.ones(size)]
    weighed = weights[random.integers(4)]
    weighed[:4] = np.maximum(weighed[:4], 0.5)
    return labels.tolist(), scores.tolist(), weighed.tolist()


@pytest.mark.deep
@batches
def test_weights_give_the_curve_and_the_area_of_scikit_learn(seeds) -> None:
    for seed in seeds:
        labels, scores, weights = some_cases(seed)
        found = roc(labels, scores, weights)
        fpr, tpr, thresholds = roc_curve(labels, scores, sample_weight=weights, drop_intermediate=False)
        assert found.thresholds == tuple(thresholds), seed
        assert [x for x, _ in found.points] == close(fpr.tolist()), seed
        assert [y for _, y in found.points] == close(tpr.tolist()), seed
        assert found.auc == close(roc_auc_score(labels, scores, sample_weight=weights)), seed


@pytest.mark.deep
@batches
def test_precision_recall_and_average_precision_are_scikit_learns(seeds) -> None:
    for seed in seeds:
        labels, scores, weights = some_cases(seed)
        for weighed in (None, weights):
            scored = roc(labels, scores, weighed)
            found = precision_recall(scored)
            precision, recall, thresholds = precision_recall_curve(labels, scores, sample_weight=weighed)
            theirs = thresholds[::-1].tolist()  # from below; and none after all positives are found
            assert list(scored.thresholds[1 : 1 + len(theirs)]) == theirs, seed
            ours = [at(scored, place) for place in range(1, 1 + len(theirs))]
            assert [each for _, each in ours] == close(precision[:-1][::-1].tolist()), seed
            assert [each for each, _ in ours] == close(recall[:-1][::-1].tolist()), seed
            assert found.average_precision == close(average_precision_score(labels, scores, sample_weight=weighed))
            flagged = np.array(scores) >= scored.thresholds[found.best.place]
            assert found.best.f1 == close(f1_score(labels, flagged, sample_weight=weighed)), seed


@pytest.mark.deep
@batches
def test_the_variance_of_delong_is_that_of_all_pairs(seeds) -> None:
    for seed in seeds:
        labels, scores, _ = some_cases(seed)
        if len(labels) > 60:
            labels, scores = labels[:60], scores[:60]
        other = np.random.default_rng([4, seed]).normal(labels, 1).round(1).tolist()
        aucs, ((own, shared), (_, others)) = oracles.delong(labels, scores, other)
        found = paired(labels, scores, other)
        assert found.difference == close(float(aucs[0] - aucs[1])), seed
        assert found.error**2 == close(float(own + others - 2 * shared)), seed
