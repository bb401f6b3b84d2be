"""Claims about how sure an AUC is by DeLong's method, and about two AUCs beside each other."""

from __future__ import annotations

import doctest
from math import isnan, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.roc_auc import delong
from app.calculators.roc_auc.delong import interval, unpaired, variance
from tests import oracles
from tests.oracles import paired, roc

few = st.integers(-3, 3).map(float)  # many ties
any_score = st.one_of(few, st.floats(-1e9, 1e9, allow_nan=False))
cases = st.lists(st.tuples(st.booleans(), any_score, any_score), min_size=4, max_size=30).filter(
    lambda rows: 2 <= sum(label for label, *_ in rows) <= len(rows) - 2
)


def close(theirs: object) -> object:
    return pytest.approx(float(theirs), rel=1e-12, abs=1e-15)  # type: ignore[arg-type]


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(delong)
    assert tried >= 4
    assert not failed


@given(cases)
def test_counting_at_thresholds_gives_what_comparing_all_pairs_gives(rows) -> None:
    labels, one, other = (list(column) for column in zip(*rows, strict=True))
    aucs, covariances = oracles.delong(labels, one, other)
    first, second = roc(labels, one), roc(labels, other)
    for found, auc, of in ((first, aucs[0], covariances[0][0]), (second, aucs[1], covariances[1][1])):
        spread = variance(found)
        assert spread is not None
        assert found.auc == close(auc)
        assert spread.error**2 == close(of)
    together = paired(labels, one, other)
    (own, shared), (_, others) = covariances
    assert together.difference == close(aucs[0] - aucs[1])
    assert together.error**2 == close(own + others - 2 * shared)
    if own and others:
        assert together.correlation == pytest.approx(float(shared) / sqrt(own * others), rel=1e-9, abs=1e-12)
    apart = unpaired(first, second)
    assert apart is not None
    assert apart.error**2 == close(own + others)


@given(cases)
def test_the_other_model_first_turns_the_difference_and_keeps_the_p_value(rows) -> None:
    labels, one, other = (list(column) for column in zip(*rows, strict=True))
    there, back = paired(labels, one, other), paired(labels, other, one)
    assert back.difference == -there.difference
    assert back.p == there.p or (isnan(back.p) and isnan(there.p))


@given(cases)
def test_only_the_order_of_scores_counts(rows) -> None:
    labels, one, other = (list(column) for column in zip(*rows, strict=True))
    rank = {score: place for place, score in enumerate(sorted(set(one)))}
    ranks = [float(rank[score]) for score in one]
    assert variance(roc(labels, ranks)) == variance(roc(labels, one))
    assert paired(labels, ranks, other) == paired(labels, one, other)


@given(cases, cases)
def test_of_different_cases_the_interval_holds_zero_where_the_p_value_says_so(one, other) -> None:
    first, second = (roc([label for label, *_ in rows], [score for _, score, _ in rows]) for rows in (one, other))
    found = unpaired(first, second, 0.9)
    assert found is not None
    if found.error and abs(found.p - 0.1) > 1e-6:
        assert (found.low <= 0 <= found.high) == (found.p > 0.1)


def test_a_model_beside_itself_is_no_different() -> None:
    found = paired([True, True, False, False], [0.9, 0.4, 0.6, 0.1], [9, 4, 6, 1])
    assert (found.difference, found.z, found.p) == (0, 0, 1)  # as pROC, test-roc.test.R


def test_right_beside_wrong_throughout_has_a_difference_and_nothing_to_test_it_by() -> None:
    found = paired([True, True, False, False], [4, 3, 2, 1], [1, 2, 3, 4])
    assert found.difference == 1
    assert isnan(found.p)


def test_an_interval_is_cut_off_at_one_and_an_auc_of_one_has_none() -> None:
    labels = [True] * 5 + [False] * 5
    nearly = interval(roc(labels, [9, 8, 7, 6, 4, 5, 3, 2, 1, 0]), 0.95)
    assert nearly is not None
    assert (nearly.high, nearly.clamped, nearly.method) == (1, True, "DeLong")
    assert interval(roc(labels, range(10, 0, -1)), 0.95) is None


@pytest.mark.parametrize("labels", [[True, False, False], [True, True, False]])
def test_a_class_of_one_case_has_no_variance(labels: list[bool]) -> None:
    scored = roc(labels, [0.3, 0.2, 0.6])
    assert variance(scored) is None
    assert interval(scored, 0.95) is None
    assert unpaired(scored, scored) is None
    assert isnan(paired(labels, [0.3, 0.2, 0.6], [1, 2, 3]).p)


def test_cases_with_weights_have_none_either() -> None:
    assert variance(roc([True, True, False, False], [0.9, 0.4, 0.6, 0.1], [1, 2, 1, 1])) is None
