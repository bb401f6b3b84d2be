"""Claims about a ROC curve from points: how they are put in order, and the area under them."""

from __future__ import annotations

import doctest
from math import fsum, inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.roc_auc import curve as curve_module
from app.calculators.roc_auc.curve import (
    area,
    as_typed,
    curve,
    from_sensitivity,
    gini,
    if_flipped,
    tpr_at,
    trapezoids,
)
from app.vocabulary.calculator import Invalid

SPECIFIED = [(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)]  # MODEL.md 2
rates = st.floats(0, 1)
points = st.lists(st.tuples(rates, rates), min_size=1, max_size=30)
# Whole sixty-fourths: their differences from 1 are exact.
exact = st.integers(0, 64).map(lambda step: step / 64)
exact_points = st.lists(st.tuples(exact, exact), min_size=1, max_size=30)
# A curve as thresholds make it: both rates rise together.
rising = st.lists(st.tuples(exact, exact), min_size=1, max_size=30).map(
    lambda pairs: list(zip(sorted(x for x, _ in pairs), sorted(y for _, y in pairs), strict=True))
)


def auc(typed, ends=True):
    return area(curve(typed, ends).points)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(curve_module)
    assert tried >= 10
    assert not failed


def test_three_points_mean_an_area_of_080_where_scikit_learn_says_030() -> None:
    assert auc(SPECIFIED) == pytest.approx(0.80, abs=1e-15)
    assert as_typed(SPECIFIED) == pytest.approx(0.30, abs=1e-15)


def test_points_with_the_same_fpr_keep_the_order_of_their_tpr() -> None:
    assert auc([(0, 0), (0, 0.5), (1, 1)]) == 0.75
    assert auc([(0, 0.5), (0, 0), (1, 1)]) == 0.75
    assert auc([(0.5, 0.8), (0.5, 0.2)]) == auc([(0.5, 0.2), (0.5, 0.8)]) == 0.5


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ([(0, 0), (1, 1)], 0.5),  # chance
        ([(0, 1)], 1.0),  # perfect
        ([(1, 0)], 0.0),  # perfectly wrong
        ([(0.2, 0.8)], 0.8),  # one threshold: the mean of sensitivity and specificity
        ([(0.5, 0.5), (0.5, 0.5)], 0.5),
    ],
)
def test_curves_whose_area_is_known(typed, expected: float) -> None:
    assert auc(typed) == pytest.approx(expected, abs=1e-15)


def test_only_the_ends_that_are_missing_are_added() -> None:
    assert curve(SPECIFIED).added == ((0, 0), (1, 1))
    assert curve([(0, 0), *SPECIFIED]).added == ((1, 1),)
    assert curve([(0, 0), (1, 1)]).added == ()
    assert curve([(0, 0.2), (1, 0.9)]).added == ((0, 0), (1, 1))
    assert curve(SPECIFIED, ends=False).added == ()


def test_without_ends_the_area_reaches_no_farther_than_the_points() -> None:
    found = curve(SPECIFIED, ends=False)
    assert not found.whole
    assert area(found.points) == pytest.approx(0.30, abs=1e-15)
    assert curve([(0, 0.2), (1, 0.9)], ends=False).whole


def test_every_point_knows_the_row_it_was_typed_in() -> None:
    found = curve([(0.5, 0.9), (0.1, 0.5), (0.5, 0.9), (0.2, 0.7)])
    assert found.rows == (0, 2, 4, 1, 0)
    assert found.repeats == ((3, 1),)
    assert found.reordered
    assert not curve(SPECIFIED).reordered


def test_a_minus_before_zero_and_whole_numbers_change_nothing() -> None:
    found = curve([(-0.0, -0.0), (1, 1)])
    assert str(found.points) == "((0.0, 0.0), (1.0, 1.0))"
    assert found.added == ()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ([(0.1, 0.5), (nan, 0.7)], "Row 2: the FPR is not a number"),
        ([(0.1, nan)], "Row 1: the TPR is not a number"),
        ([(-0.1, 0.5)], "Row 1: the FPR is −0.1, less than 0"),
        ([(0.1, 0.5), (0.2, 0.7), (0.5, 1.2)], "Row 3: the TPR is 1.2, more than 1"),
        ([(15, 60)], "Did you mean 15%?"),
        ([(0.1, inf)], "the TPR is not a number. Write a share"),
        ([(0.1, -inf)], "the TPR is not a number"),
        ([], "at least one point"),
    ],
)
def test_what_is_no_rate_is_refused_by_row_and_cell(typed, says: str) -> None:
    for ends in (True, False):
        with pytest.raises(Invalid) as refused:
            curve(typed, ends)
        assert says in str(refused.value)
        assert refused.value.field == "points"


@pytest.mark.parametrize("typed", [[(0.1, 0.5)], [(0.1, 0.5), (0.1, 0.5)], [(0, 0)]])
def test_one_point_alone_is_refused_unless_ends_are_added(typed) -> None:
    with pytest.raises(Invalid, match="One point alone"):
        curve(typed, ends=False)
    assert len(curve(typed).points) >= 2


def test_sensitivity_and_specificity_are_the_same_curve() -> None:
    pairs = [(0.5, 0.9), (0.7, 0.8), (0.9, 0.5)]
    assert from_sensitivity(pairs) == tuple(SPECIFIED)
    assert from_sensitivity([(b, a) for a, b in pairs], first="specificity") == tuple(SPECIFIED)
    assert from_sensitivity([(0, 1), (1, 0)]) == ((0, 0), (1, 1))


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([(0.5, 0.9), (0.7, 1.2)], "Row 2: the specificity is 1.2, more than 1"),
        ([(80, 90)], "Row 1: the sensitivity is 80, more than 1. Did you mean 80%?"),
        ([(nan, 0.2)], "Row 1: the sensitivity is not a number"),
        ([(0.2, nan)], "Row 1: the specificity is not a number"),
    ],
)
def test_a_bad_sensitivity_is_refused_by_its_own_name(pairs, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        from_sensitivity(pairs)
    assert says in str(refused.value)


def test_scikit_learn_raises_where_fpr_rises_and_falls_and_takes_both_directions() -> None:
    assert as_typed([(0.1, 0.5), (0.5, 0.9), (0.2, 0.7)]) is None
    assert as_typed([(0.1, 0.5)]) is None
    assert as_typed([]) is None
    assert as_typed(SPECIFIED[::-1]) == as_typed(SPECIFIED)
    assert as_typed([(0.1, 0.5), (0.1, 0.7)]) == 0


def test_a_curve_below_chance_is_better_upside_down() -> None:
    assert if_flipped(0.25) == 0.75
    assert if_flipped(0.5) is None
    assert if_flipped(0.8) is None
    assert (gini(0.0), gini(0.5), gini(1.0)) == (-1, 0, 1)


@given(points, st.randoms())
def test_the_order_of_the_rows_does_not_matter(typed, random) -> None:
    shuffled = random.sample(typed, len(typed))
    assert curve(shuffled).points == curve(typed).points
    assert curve(typed + shuffled).points == curve(typed).points


@given(points)
def test_a_curve_is_sorted_distinct_and_made_of_what_was_typed(typed) -> None:
    found = curve(typed)
    assert list(found.points) == sorted(set(found.points))
    assert set(typed) <= set(found.points) <= set(typed) | {(0.0, 0.0), (1.0, 1.0)}
    assert len(found.points) + len(found.repeats) == len(typed) + len(found.added)
    for point, row in zip(found.points, found.rows, strict=True):
        assert row == 0 or typed[row - 1] == point
    for row, first in found.repeats:
        assert row > first
        assert typed[row - 1] == typed[first - 1]


@given(points)
def test_an_area_is_a_share_and_the_sum_of_its_trapezoids(typed) -> None:
    found = curve(typed).points
    pieces = trapezoids(found)
    assert 0 <= area(found) <= 1
    assert area(found) == min(1, fsum(each.area for each in pieces))
    assert fsum(each.width for each in pieces) == pytest.approx(1, abs=1e-15)
    assert [each.start for each in pieces[1:]] == [each.end for each in pieces[:-1]]


@given(points, rates, rates)
def test_higher_tpr_is_never_a_smaller_area(typed, lift, share) -> None:
    lifted = [(fpr, tpr + (1 - tpr) * lift) for fpr, tpr in typed]
    distinct = {fpr for fpr, _ in typed} - {0.0, 1.0}
    if len(distinct) == len(typed):  # else lifting may change which of two is the higher
        assert auc(lifted) >= auc(typed) - 1e-12
    assert 0 <= tpr_at(curve(lifted).points, share) <= 1


@given(exact_points)
def test_upside_down_the_area_is_what_was_missing(typed) -> None:
    upside_down = [(1 - fpr, 1 - tpr) for fpr, tpr in typed]
    assert auc(upside_down) == 1 - auc(typed)


@given(exact_points)
def test_with_the_classes_exchanged_a_rising_curve_has_the_same_area(typed) -> None:
    exchanged = [(1 - tpr, 1 - fpr) for fpr, tpr in typed]
    if not curve(typed).falls:
        assert auc(exchanged) == auc(typed)


@given(rising)
def test_a_curve_as_thresholds_make_it_never_falls(typed) -> None:
    assert not curve(typed).falls


@given(exact_points)
def test_a_fall_is_where_fpr_rises_and_tpr_does_not(typed) -> None:
    found = curve(typed)
    for at in range(1, len(found.points)):
        (left, before), (right, after) = found.points[at - 1 : at + 1]
        assert (at in found.falls) == (right > left and after < before)
