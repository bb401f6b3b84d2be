"""Claims about the convex hull of a ROC curve."""

from __future__ import annotations

import doctest
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.roc_auc import hull as hull_module
from app.calculators.roc_auc.curve import area, curve, tpr_at
from tests.oracles import roc_hull

rates = st.floats(0, 1)
points = st.lists(st.tuples(rates, rates), min_size=1, max_size=30)
exact = st.integers(0, 16).map(lambda step: step / 16)
exact_points = st.lists(st.tuples(exact, exact), min_size=1, max_size=12)
SAGGING = [(0.0, 0.0), (0.1, 0.5), (0.2, 0.55), (0.5, 0.9), (1.0, 1.0)]


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(hull_module)
    assert tried >= 2
    assert not failed


def test_a_point_in_a_sag_is_dominated() -> None:
    found = roc_hull(SAGGING)
    assert found.corners == (0, 1, 3, 4)
    assert found.dominated == (2,)
    # 0.025 + 0.4 x 0.7 + 0.5 x 0.95
    assert found.area == pytest.approx(0.78, abs=1e-15)


def test_points_on_a_straight_line_are_not_dominated_and_are_no_corners() -> None:
    diagonal = curve([(step / 10, step / 10) for step in range(1, 10)]).points
    assert roc_hull(diagonal).corners == (0, 10)
    assert roc_hull(diagonal).dominated == ()
    thirds = curve([(1 / 3, 1 / 2), (2 / 3, 1)]).points  # (0, 0), (1/3, 1/2), (2/3, 1) lie on a line, all but rounding
    assert roc_hull(thirds).corners == (0, 2, 3)
    assert roc_hull(thirds).dominated == ()


def test_straight_up_and_straight_across_are_edges_of_the_hull() -> None:
    found = roc_hull(curve([(0, 0.3), (0, 0.5), (0.5, 1), (0.7, 1)]).points)
    assert found.points == ((0, 0), (0, 0.5), (0.5, 1), (1, 1))
    assert found.dominated == ()


def test_a_hair_to_the_right_and_lower_is_dominated() -> None:
    found = roc_hull([(0, 0), (0, 1), (1e-54, 0.5), (1, 1)])
    assert found.points == ((0, 0), (0, 1), (1, 1))
    assert found.dominated == (2,)


def test_below_the_diagonal_everything_is_dominated() -> None:
    found = roc_hull(curve([(0.5, 0.1), (1, 0.6)]).points)
    assert found.points == ((0, 0), (1, 1))
    assert found.dominated == (1, 2)
    assert found.area == 0.5


def test_the_ends_are_on_the_hull_of_a_curve_that_lacks_them() -> None:
    found = roc_hull(curve([(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)], ends=False).points)
    assert found.corners == (-1, 0, 1, 2, -1)
    assert found.area == pytest.approx(0.8, abs=1e-15)


def best_at_some_slope(found) -> set[int]:
    """By definition and in whole fractions: the points that no other beats at some price of FPR in TPR, from nothing
    to everything.
    """
    typed = [(Fraction(fpr), Fraction(tpr)) for fpr, tpr in found]
    slopes = {Fraction(0)}
    for (left, low), (right, high) in combinations(typed, 2):
        if right > left and high >= low:
            slopes.add((high - low) / (right - left))
    best = {at for at, (fpr, _) in enumerate(typed) if fpr == min(fpr for fpr, _ in typed)}
    for slope in slopes:
        gains = [tpr - slope * fpr for fpr, tpr in typed]
        best |= {at for at, gain in enumerate(gains) if gain == max(gains)}
    return best


@given(exact_points)
def test_dominated_is_what_is_best_at_no_costs(typed) -> None:
    found = curve(typed).points
    assert set(range(len(found))) - set(roc_hull(found).dominated) == best_at_some_slope(found)


@given(points)
def test_a_hull_is_never_below_its_curve_nor_below_chance(typed) -> None:
    found = curve(typed).points
    over = roc_hull(found)
    assert over.area >= area(found) - 1e-14
    assert 0.5 <= over.area <= 1
    for fpr, tpr in found:  # as distances go: an edge may be as good as upright
        assert tpr_at(over.points, min(1, fpr + 1e-12)) >= tpr - 1e-12
    for left, corner, right in zip(over.points, over.points[1:], over.points[2:], strict=False):
        assert corner[1] >= tpr_at([left, right], corner[0]) - 1e-12


@given(points)
def test_the_hull_of_a_hull_is_itself(typed) -> None:
    once = roc_hull(curve(typed).points)
    again = roc_hull(once.points)
    assert again.area == pytest.approx(once.area, abs=1e-14)
    assert again.dominated == ()
