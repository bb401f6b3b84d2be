"""Claims about how sure an AUC is."""

from __future__ import annotations

import doctest
from math import nan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.roc_auc import interval
from app.calculators.roc_auc.interval import hanley_mcneil
from app.vocabulary.calculator import Invalid

shares = st.floats(0, 1)
counts = st.integers(1, 100_000)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(interval)
    assert tried >= 2
    assert not failed


@pytest.mark.parametrize(
    ("n_pos", "n_neg", "error"), [(20, 200, 0.06498283), (110, 110, 0.03282048), (20, 20, 0.07789072)]
)
def test_the_standard_error_is_that_of_the_r_package_auctestr(n_pos: int, n_neg: int, error: float) -> None:
    # auctestr 1.0.0, se_auc(0.75, n_p, n_n), example output: https://rdrr.io/cran/auctestr/man/se_auc.html
    assert hanley_mcneil(0.75, n_pos, n_neg).error == pytest.approx(error, abs=5e-9)


@given(shares, counts, counts)
def test_the_standard_error_is_the_published_formula(auc: float, n_pos: int, n_neg: int) -> None:
    found = hanley_mcneil(auc, n_pos, n_neg)
    variance = auc * (1 - auc) + (n_pos - 1) * (found.parts[0] - auc**2) + (n_neg - 1) * (found.parts[1] - auc**2)
    # As published it takes small differences of larger numbers, so fewer of its figures are right.
    assert found.error**2 == pytest.approx(variance / (n_pos * n_neg), rel=1e-9, abs=1e-15)


@given(shares, counts, counts, st.floats(0.01, 0.999))
def test_an_interval_holds_its_auc_and_stays_within_0_and_1(auc: float, n_pos: int, n_neg: int, level: float) -> None:
    found = hanley_mcneil(auc, n_pos, n_neg, level)
    assert 0 <= found.low <= auc <= found.high <= 1
    beyond = auc - found.z * found.error < 0 or auc + found.z * found.error > 1
    assert found.clamped == beyond
    if not found.clamped:
        assert found.high - found.low == pytest.approx(2 * found.z * found.error, abs=1e-15)


@given(st.floats(0.01, 0.99), st.integers(1, 1000), st.integers(1, 1000))
def test_more_cases_of_either_class_make_an_auc_surer(auc: float, n_pos: int, n_neg: int) -> None:
    error = hanley_mcneil(auc, n_pos, n_neg).error
    assert hanley_mcneil(auc, n_pos + 1, n_neg).error < error
    assert hanley_mcneil(auc, n_pos, n_neg + 1).error < error


def test_one_case_of_each_class_is_a_single_yes_or_no() -> None:
    assert hanley_mcneil(0.75, 1, 1).error == pytest.approx(sqrt(0.75 * 0.25))


@pytest.mark.parametrize("auc", [0, 1])
def test_an_auc_of_0_or_1_has_no_error_to_compute(auc: float) -> None:
    found = hanley_mcneil(auc, 5, 5)
    assert (found.low, found.high, found.error, found.clamped) == (auc, auc, 0, False)


def test_what_passes_1_is_cut_off_and_said() -> None:
    found = hanley_mcneil(0.95, 10, 10)
    assert found.high == 1
    assert found.clamped


@pytest.mark.parametrize(
    ("auc", "n_pos", "n_neg", "level", "field"),
    [
        (nan, 10, 10, 0.95, "points"),
        (1.2, 10, 10, 0.95, "points"),
        (0.8, 0, 10, 0.95, "n_pos"),
        (0.8, 10.5, 10, 0.95, "n_pos"),
        (0.8, 10, -3, 0.95, "n_neg"),
        (0.8, 10, nan, 0.95, "n_neg"),
        (0.8, 10, 10, 0, "level"),
        (0.8, 10, 10, 1, "level"),
        (0.8, 10, 10, 95, "level"),
    ],
)
def test_what_makes_no_interval_is_refused_by_field(auc, n_pos, n_neg, level, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        hanley_mcneil(auc, n_pos, n_neg, level)
    assert refused.value.field == field
