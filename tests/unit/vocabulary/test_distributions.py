"""Claims about quantiles and p-values; those of the incomplete beta function stand with its first user."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from app.vocabulary import distributions
from app.vocabulary.distributions import normal_p, student_p, two_sided_t, two_sided_z


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(distributions)
    assert tried >= 4
    assert not failed


@given(st.floats(1e-6, 1 - 1e-9))
@example(0.5)
@example(0.95)
@example(0.999999)
def test_the_normal_quantile_is_scipys(level: float) -> None:
    assert two_sided_z(level) == pytest.approx(stats.norm.isf((1 - level) / 2), rel=1e-12, abs=1e-12)


@given(st.floats(-30, 30))
def test_the_normal_p_value_is_scipys(z: float) -> None:
    assert normal_p(z) == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-12)


@given(st.floats(-40, 40), st.floats(1, 1e6))
def test_the_p_value_of_student_is_scipys(t: float, degrees: float) -> None:
    assert student_p(t, degrees) == pytest.approx(2 * stats.t.sf(abs(t), degrees), rel=1e-8, abs=1e-250)


@given(st.floats(1e-4, 1 - 1e-9), st.floats(2, 1e6))
@example(0.95, 3.0)
def test_the_quantile_of_student_is_scipys(level: float, degrees: float) -> None:
    assert two_sided_t(level, degrees) == pytest.approx(stats.t.isf((1 - level) / 2, degrees), rel=1e-6)


@given(st.floats(1e-6, 1e-4), st.floats(2, 1e6))
@example(1e-6, 4.0)  # scipy 1.17.1 is wrong there by one in 10,000
def test_so_near_to_nothing_the_quantile_of_student_is_the_level_over_the_density(level: float, degrees: float) -> None:
    assert two_sided_t(level, degrees) == pytest.approx(level / 2 / stats.t.pdf(0, degrees), rel=1e-6)


def test_an_infinite_t_has_no_chance() -> None:
    assert student_p(float("inf"), 10) == 0
