"""Curves, areas, partial areas and hulls are those of scikit-learn and SciPy, on generated cases.

Each case has its own seed, so a failure names the case that can be made again.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.metrics import auc, roc_auc_score, roc_curve

from app.calculators.roc_auc.calculator import CALCULATOR
from app.calculators.roc_auc.curve import area, as_typed, curve
from app.calculators.roc_auc.partial import partial
from app.calculators.roc_auc.scores import corners
from app.page import rendering
from app.vocabulary.calculator import Invalid
from app.vocabulary.table import rows as table_rows
from tests import depth, reading
from tests.oracles import roc, roc_hull

CASES = depth.cases(400, 4000)
BATCH = 100


def batches(test):
    """Gives the test its seeds, a batch at a time."""
    seeds = [range(at, at + BATCH) for at in range(0, CASES, BATCH)]
    return pytest.mark.deep(pytest.mark.parametrize("seeds", seeds, ids=str)(test))


def close(theirs):
    return pytest.approx(theirs, rel=1e-12, abs=1e-15)


def some_points(seed):
    """Rows of FPR and TPR: unsorted, sorted or backwards, with ties and repeats, above or below the diagonal, with and
    without the ends.
    """
    random = np.random.default_rng([1, seed])
    rows = random.random((random.integers(1, random.choice([4, 12, 100])), 2))
    rows = [rows, rows.round(1), rows.round(2), np.floor(rows * 3) / 3, rows**3][random.integers(5)]
    if random.random() < 0.5:
        rows = np.sort(rows, axis=0)[:: random.choice([1, -1])]
    if random.random() < 0.3:
        rows = np.vstack([rows, rows[random.integers(len(rows), size=2)]])
    if random.random() < 0.3:
        rows = np.vstack([[0, 0], rows])
    if random.random() < 0.3:
        rows = np.vstack([rows, [1, 1]])
    return [(float(fpr), float(tpr)) for fpr, tpr in rows]


def some_cases(seed):
    """Labels and scores: balanced or not, scores with and without ties, informative or not."""
    random = np.random.default_rng([2, seed])
    size = random.integers(2, random.choice([5, 20, 200]))
    labels = random.random(size) < random.choice([0.05, 0.3, 0.5, 0.9])
    scores = random.normal(labels * random.choice([-1, 0, 1, 3]), 1)
    scores = [scores, scores.round(1), scores.round(0), scores * 1e-12, scores * 1e9][random.integers(5)]
    return (
        labels.tolist(),
        scores.tolist(),
        float(random.choice([0.01, 0.1, 0.25, 0.5, 0.9, 1.0, random.uniform(0, 1)])),
    )


@batches
def test_the_area_of_points_is_that_of_the_sorted_points_with_ends(seeds) -> None:
    for seed in seeds:
        typed = some_points(seed)
        for ends in (True, False):
            rows = typed + [end for end in ((0.0, 0.0), (1.0, 1.0)) if ends and end not in typed]
            if len(set(rows)) < 2:
                with pytest.raises(Invalid, match="One point alone"):
                    curve(typed, ends)
                continue
            theirs = auc(*zip(*sorted(rows), strict=True))
            assert area(curve(typed, ends).points) == close(theirs), seed


@batches
def test_as_typed_is_what_auc_says_of_the_points_as_they_stand(seeds) -> None:
    answered = 0
    for seed in seeds:
        typed = some_points(seed)
        try:
            theirs = auc(*zip(*typed, strict=True))
        except ValueError:
            assert as_typed(typed) is None, seed
        else:
            answered += 1
            assert as_typed(typed) == close(theirs), seed
    assert 0.2 * BATCH < answered < 0.9 * BATCH


@batches
def test_the_hull_is_scipys(seeds) -> None:
    for seed in seeds:
        found = curve(some_points(seed)).points
        # With (1, 0) the hull is everything below the curve's upper hull.
        theirs = ConvexHull([*found, (1.0, 0.0)])
        ours = roc_hull(found)
        assert ours.area == close(theirs.volume), seed
        corners_of_theirs = {at for at in theirs.vertices if at < len(found) and found[at] != (1, 0)}
        assert corners_of_theirs.isdisjoint(ours.dominated), seed
        assert set(ours.corners).isdisjoint(ours.dominated), seed


@batches
def test_labels_and_scores_give_the_curve_and_the_areas_of_scikit_learn(seeds) -> None:
    refused = 0
    for seed in seeds:
        labels, scores, max_fpr = some_cases(seed)
        if len(set(labels)) < 2:
            refused += 1
            with pytest.raises(Invalid, match="needs at least one"):
                roc(labels, scores)
            with pytest.warns(UndefinedMetricWarning):
                assert np.isnan(roc_auc_score(labels, scores))
            continue
        found = roc(labels, scores)
        fpr, tpr, thresholds = roc_curve(labels, scores, drop_intermediate=False)
        assert found.points == tuple(zip(fpr, tpr, strict=True)), seed
        assert found.thresholds == tuple(thresholds), seed
        assert (found.n_pos, found.n_neg) == (sum(labels), len(labels) - sum(labels)), seed
        theirs = roc_auc_score(labels, scores)
        assert found.auc == close(theirs), seed
        assert area(curve(found.points).points) == close(theirs), seed
        in_part = partial(found.points, max_fpr)
        assert in_part.standardised == close(roc_auc_score(labels, scores, max_fpr=max_fpr)), seed
        assert partial(corners(found).points, max_fpr).area == close(in_part.area), seed
    assert refused < 0.5 * BATCH


@batches
def test_corners_are_those_of_roc_curve_but_for_the_first_of_a_straight_run(seeds) -> None:
    for seed in seeds:
        labels, scores, _ = some_cases(seed)
        if len(set(labels)) < 2:
            continue
        theirs = roc_curve(labels, scores)[2].tolist()
        ours = list(corners(roc(labels, scores)).thresholds)
        assert ours in (theirs, theirs[:1] + theirs[2:]), seed


@pytest.mark.parametrize("points", ["0.1,0.5;0.2,0.7;0.5,0.9", "0.5,0.9;0.2,0.7", "0.2,0.7;0.1,0.5;0.5,0.9", "0.2,0.7"])
def test_the_page_quotes_what_auc_says_of_points_as_typed(points) -> None:
    said = reading.text(rendering.regions(CALCULATOR, CALCULATOR.defaults | {"points": points})["conventions"])
    quoted = said.partition("points as typed ")[2]
    fpr, tpr = zip(*((float(cell) for cell in row) for row in table_rows(points)), strict=True)
    try:
        theirs = auc(fpr, tpr)
    except ValueError as error:
        assert quoted.startswith("ValueError: ")
        assert str(error).startswith(quoted.removeprefix("ValueError: ").partition(" It needs")[0])
    else:
        assert float(quoted.split()[0]) == pytest.approx(theirs, abs=5e-5)
