"""DeLong's variances, covariances, intervals and tests are those that pROC publishes for its own example, aSAH.

The figures are those of pROC's tests (https://github.com/xrobin/pROC, tests/testthat, version 1.19.0.1). The method
looks at nothing but the order of the scores, so the file beside this holds ranks: of 113 patients the outcome, and the
rank of WFNS, S100β and NDKA among the distinct values of each (Turck et al. 2010,
https://doi.org/10.1007/s00134-009-1641-y).
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.calculators.roc_auc.delong import interval, unpaired, variance
from tests.oracles import paired, roc

with (Path(__file__).parent / "data" / "asah_ranks.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))
POOR = [row["poor"] == "1" for row in ROWS]
RANKS = {name: [float(row[name]) for row in ROWS] for name in ("wfns", "s100b", "ndka")}


def exactly(published):
    return pytest.approx(published, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "published"), [("wfns", 0.00146991470882363), ("ndka", 0.0031908105493913), ("s100b", 0.00266868245717244)]
)
def test_the_variance_of_an_auc(name: str, published: float) -> None:  # test-var.R
    spread = variance(roc(POOR, RANKS[name]))
    assert spread is not None
    assert spread.error**2 == exactly(published)


def test_the_interval_of_an_auc() -> None:  # test-ci.auc.R
    found = interval(roc(POOR, RANKS["ndka"]), 0.95)
    assert found is not None
    assert (found.low, found.auc, found.high) == exactly((0.501244999271703, 0.611957994579946, 0.722670989888189))


@pytest.mark.parametrize(
    ("one", "other", "z", "p", "low", "high"),  # test-roc.test.R
    [
        ("wfns", "s100b", 2.20898359144091, 0.0271757822291882, 0.0104061769564846, 0.174214419249478),
        ("wfns", "ndka", 2.79777591868904, 0.00514557970691098, 0.0634011709339876, 0.3600405634833566),
        ("ndka", "s100b", -1.39077002573558, 0.164295175223054, -0.2876917446341914, 0.0488706064228094),
    ],
)
def test_two_models_on_the_same_patients(one: str, other: str, z: float, p: float, low: float, high: float) -> None:
    found = paired(POOR, RANKS[one], RANKS[other])
    assert (found.z, found.p, found.low, found.high) == exactly((z, p, low, high))


@pytest.mark.parametrize(
    ("one", "other", "covariance"),  # test-cov.R
    [
        ("wfns", "ndka", -0.000532967856762438),
        ("ndka", "s100b", -0.000756164938056579),
        ("s100b", "wfns", 0.00119615567376754),
    ],
)
def test_the_correlation_of_two_aucs(one: str, other: str, covariance: float) -> None:
    spreads = [variance(roc(POOR, RANKS[name])) for name in (one, other)]
    errors = [spread.error for spread in spreads if spread is not None]
    assert paired(POOR, RANKS[one], RANKS[other]).correlation == exactly(covariance / errors[0] / errors[1])


@pytest.mark.parametrize(
    ("one", "other", "t", "p"),  # test-roc.test.R, paired = FALSE
    [
        ("wfns", "s100b", 1.43490640926908, 0.152825378808796),
        ("wfns", "ndka", 3.10125096778969, 0.00220950791756457),
        ("ndka", "s100b", -1.55995743389685, 0.120192832430845),
    ],
)
def test_two_curves_as_if_of_different_patients(one: str, other: str, t: float, p: float) -> None:
    found = unpaired(roc(POOR, RANKS[one]), roc(POOR, RANKS[other]))
    assert found is not None
    assert (found.z, found.p) == exactly((t, p))
