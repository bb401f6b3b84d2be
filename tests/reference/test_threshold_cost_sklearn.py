"""What scikit-learn, NumPy and SciPy compute, the threshold calculator must compute too.

scikit-learn counts the confusion matrices and SciPy knows the beta distribution; the costs are NumPy's, from Elkan's
definitions, by brute force over every threshold.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betainc
from scipy.stats import beta
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve

from app.calculators.threshold_cost import points, scores
from app.calculators.threshold_cost.calibrated import LEAST_AUC, MOST_AUC, Calibrated, from_auc
from app.calculators.threshold_cost.cost import Costs, threshold
from app.vocabulary.calculator import finish
from app.vocabulary.distributions import incomplete_beta
from tests import depth
from tests.oracles import expected_cost, off_hull, table

CASES = depth.cases(400, 4000)
BATCH = 100
CLOSE = 1e-12


def generate(seed):
    """Scores with ties, labels of both classes, a reasonable cost matrix, and a prevalence or none."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(3, 120))
    values = rng.beta(*rng.uniform(0.3, 3, 2), count)
    if seed % 2:
        values = np.round(values, int(rng.integers(1, 3)))
    labels = (rng.random(count) < values).astype(int)
    labels[rng.choice(count, 2, replace=False)] = (0, 1)
    c00, c11 = (0.0, 0.0) if seed % 4 < 2 else rng.uniform(-20, 5, 2)
    fp, fn = 10 ** rng.uniform(-2, 3, 2)
    base = None if seed % 3 else rng.uniform(0, 1)
    return values, labels, Costs(float(c00 + fp), float(c11 + fn), float(c00), float(c11)), base


def by_numpy(labels, flagged, costs, base):
    """The cost per case of a decision and what rounding can do to it, from scikit-learn's confusion matrix."""
    matrix = confusion_matrix(labels, flagged, labels=[0, 1]).astype(float)  # rows: the truth, columns: the prediction
    if base is None:
        shares = matrix / matrix.sum()
    else:
        shares = matrix / matrix.sum(axis=1, keepdims=True) * np.array([[1 - base], [base]])
    terms = shares * np.array([[costs.c00, costs.c10], [costs.c01, costs.c11]])
    return terms.sum(), np.abs(terms).sum()


def curves(labels, values, costs, base):
    """Thresholds, rates and costs at all of them, from scikit-learn's ROC curve."""
    fpr, tpr, thresholds = roc_curve(labels, values, drop_intermediate=False)
    positives, negatives = labels.sum(), len(labels) - labels.sum()
    tp, fp = np.rint(tpr * positives), np.rint(fpr * negatives)
    share = positives / len(labels) if base is None else base
    shares = (
        np.array([tp, positives - tp]) / positives * share,
        np.array([fp, negatives - fp]) / negatives * (1 - share),
    )
    terms = np.vstack([shares[0] * [[costs.c11], [costs.c01]], shares[1] * [[costs.c10], [costs.c00]]])
    return thresholds, tpr, fpr, terms.sum(axis=0), np.abs(terms).sum(axis=0)


@pytest.mark.deep
@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_costs_at_every_threshold_and_the_cheapest_one(first):
    for seed in range(first, first + BATCH):
        values, labels, costs, base = generate(seed)
        thresholds, tpr, fpr, cost, size = curves(labels, values, costs, base)
        whole = scores.cases(values.tolist(), labels.tolist())
        share = labels.mean() if base is None else base
        found = [whole.at(costs, each, share) for each in thresholds]

        np.testing.assert_allclose([each.tpr for each in found], tpr, rtol=CLOSE)
        np.testing.assert_allclose([each.fpr for each in found], fpr, rtol=CLOSE)
        # Relative to what is added up: benefits may cancel costs. Without benefits that is the cost itself.
        assert np.all(np.abs([each.cost for each in found] - cost) <= CLOSE * size), seed

        best = finish(scores.sweep(whole)).cheapest(whole, costs, share)
        first = np.flatnonzero(cost <= cost.min() + CLOSE * np.abs(cost).max())[0]
        assert best.threshold == thresholds[first], seed

        for t in (best.threshold, threshold(costs), 0.5):
            one, around = by_numpy(labels, values >= t, costs, base)
            assert abs(whole.at(costs, t, share).cost - one) <= CLOSE * around

        rows = points.priced(table(*zip(thresholds, tpr, fpr, strict=True)), costs, share)
        assert np.all(np.abs([each.cost for each in rows] - cost) <= CLOSE * max(map(abs, costs))), seed


@pytest.mark.deep
def test_the_corners_of_the_hull_are_the_cheapest_points_by_brute_force():
    for seed in range(depth.cases(100, 2000)):
        values, labels, costs, _ = generate(seed)
        fpr, tpr, _ = roc_curve(labels, values, drop_intermediate=False)
        corners = table(*zip(tpr, fpr, strict=True))
        off = np.array(off_hull(corners))
        for base in np.random.default_rng(seed).uniform(0.001, 0.999, 20):
            cost = base * (tpr * costs.c11 + (1 - tpr) * costs.c01) + (1 - base) * (
                fpr * costs.c10 + (1 - fpr) * costs.c00
            )
            ties = cost <= cost.min() + CLOSE * np.abs(cost).max()
            assert not off[ties].all(), seed
            stretch = next(each for each in points.by_prevalence(corners, costs) if each.low <= base <= each.high)
            assert expected_cost(costs, base, stretch.point.tpr, stretch.point.fpr) == pytest.approx(
                cost.min(), abs=CLOSE * max(map(abs, costs))
            )


@pytest.mark.deep
def test_the_incomplete_beta_is_scipys():
    rng = np.random.default_rng(7)
    for _ in range(depth.cases(5000, 100_000)):
        a, b = 10 ** rng.uniform(-4, 5, 2)
        mean = a / (a + b)
        spread = (mean * (1 - mean) / (a + b + 1)) ** 0.5
        near = np.clip(mean + 2 * spread * rng.normal(), 1e-12, 1 - 1e-12)
        for x in (near, rng.random()):
            assert incomplete_beta(a, b, x) == pytest.approx(betainc(a, b, x), abs=1e-10, rel=1e-9)


@pytest.mark.parametrize("base", [1e-6, 0.001, 0.01, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("auc", [LEAST_AUC, 0.6, 0.8, 0.95, 0.99, MOST_AUC])
def test_the_rates_and_costs_of_the_model_are_scipys(base, auc):
    model, costs = from_auc(base, auc), Costs(1, 10, -0.5, 2)
    a, b = model
    for t in (base / 2, base, 2 * base, threshold(costs), 0.5, 0.9, 0.999):
        if not 0 < t < 1:
            continue
        tpr, fpr = beta.sf(t, a + 1, b), beta.sf(t, a, b + 1)
        fnr, tnr = beta.cdf(t, a + 1, b), beta.cdf(t, a, b + 1)
        # the small tails too, to as many digits
        assert (model.tpr(t), model.fpr(t)) == pytest.approx((tpr, fpr), rel=1e-8, abs=1e-290)
        found = model.at(costs, t).outcomes
        assert (found.fn / base, found.tn / (1 - base)) == pytest.approx((fnr, tnr), rel=1e-8, abs=1e-290)
        cost = base * (tpr * costs.c11 + (1 - tpr) * costs.c01) + (1 - base) * (fpr * costs.c10 + (1 - fpr) * costs.c00)
        assert model.at(costs, t).cost == pytest.approx(cost, abs=1e-9)


@pytest.mark.parametrize(("a", "b"), [(1, 1), (0.7, 6.3), (2, 5), (0.5, 0.5), (30, 300), (1.3, 0.4)])
def test_the_closed_auc_is_the_integral(a, b):
    # P(a positive scores higher than a negative): positives are Beta(a + 1, b), negatives Beta(a, b + 1)
    area, _ = quad(lambda x: beta.cdf(x, a, b + 1) * beta.pdf(x, a + 1, b), 0, 1, epsabs=1e-12, epsrel=1e-12, limit=200)
    assert Calibrated(a, b).auc == pytest.approx(area, abs=1e-9)


def test_drawn_scores_have_the_auc_and_the_cost_of_the_model():
    # 400,000 draws: the standard error of the AUC is about 0.001, that of the cost per 1,000 about 2
    rng, costs = np.random.default_rng(11), Costs(1, 10)
    model = from_auc(0.1, 0.8)
    values = rng.beta(*model, 400_000)
    labels = (rng.random(values.size) < values).astype(int)
    assert roc_auc_score(labels, values) == pytest.approx(0.8, abs=0.005)
    for t in (threshold(costs), 0.5):
        cost, _ = by_numpy(labels, values >= t, costs, None)
        assert 1000 * cost == pytest.approx(model.at(costs, t).per_1000, abs=10)
