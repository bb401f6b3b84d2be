"""Claims about which point of a ROC curve to work at."""

from __future__ import annotations

import doctest
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.roc_auc import operating
from app.calculators.roc_auc.curve import curve
from app.calculators.roc_auc.operating import cheapest, costs, iso_line, youden
from app.vocabulary.calculator import Invalid
from tests.oracles import roc_hull

rates = st.floats(0, 1)
points = st.lists(st.tuples(rates, rates), min_size=1, max_size=30)
exact = st.integers(0, 16).map(lambda step: step / 16)
prices = st.floats(0.001, 1000)
prevalences = st.floats(0.001, 0.999)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(operating)
    assert tried >= 7
    assert not failed


def test_youden_is_the_largest_difference_of_the_rates() -> None:
    best = youden(curve([(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)]).points)
    assert best.point == (0.2, 0.7)
    assert best.value == pytest.approx(0.5, abs=1e-15)
    assert best.ties == (2,)


def test_of_equals_the_one_with_the_lowest_fpr_is_named_and_the_others_listed() -> None:
    # 0.7 - 0.2, 0.8 - 0.3 and 0.9 - 0.4 differ by rounding alone
    best = youden(curve([(0.4, 0.9), (0.3, 0.8), (0.2, 0.7)]).points)
    assert best.point == (0.2, 0.7)
    assert best.ties == (1, 2, 3)


def test_no_point_is_better_than_flagging_nothing_where_the_curve_is_below_chance() -> None:
    best = youden(curve([(0.5, 0.1)]).points)
    assert best.point == (0, 0)
    assert best.value == 0


def test_a_miss_ten_times_as_dear_moves_the_best_point_to_the_right() -> None:
    found = curve([(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)]).points
    even = costs(1, 1, 0.5)
    assert even.slope == 1
    assert cheapest(found, even).point == (0.2, 0.7)  # Youden's
    dear = costs(1, 10, 0.1)
    assert dear.slope == pytest.approx(0.9, abs=1e-15)
    best = cheapest(found, dear)
    assert best.point == (0.2, 0.7)
    # 1 x 0.9 x 0.2 + 10 x 0.1 x 0.3
    assert best.value == pytest.approx(0.48, abs=1e-15)
    assert cheapest(found, costs(1, 10, 0.5)).point == (1, 1)
    assert cheapest(found, costs(1, 1, 0.01)).point == (0, 0)


def test_at_the_slope_of_an_edge_both_of_its_ends_are_best() -> None:
    best = cheapest(curve([(0.25, 0.75)]).points, costs(3, 1, 0.5))
    assert best.ties == (0, 1)
    assert best.point == (0, 0)


def test_free_mistakes_make_a_line_of_equal_cost_upright_or_flat() -> None:
    assert costs(1, 0, 0.5).slope == inf
    assert costs(0, 1, 0.5).slope == 0
    assert costs(1, 1, 0).slope == inf
    assert costs(1, 1, 1).slope == 0


@pytest.mark.parametrize(
    ("fp", "fn", "prevalence", "field"),
    [
        (-1, 1, 0.5, "cost_fp"),
        (nan, 1, 0.5, "cost_fp"),
        (1, inf, 0.5, "cost_fn"),
        (1, 1, 1.5, "prevalence"),
        (1, 1, nan, "prevalence"),
        (0, 0, 0.5, "cost_fn"),
        (1, 0, 1, "cost_fn"),
        (0, 1, 0, "cost_fn"),
    ],
)
def test_costs_that_cannot_be_are_refused_by_field(fp: float, fn: float, prevalence: float, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        costs(fp, fn, prevalence)
    assert refused.value.field == field


@given(points, prices, prices, prevalences)
def test_nothing_on_the_hull_is_cheaper_than_the_best_point(typed, fp, fn, prevalence) -> None:
    found = curve(typed).points
    at = costs(fp, fn, prevalence)
    best = cheapest(found, at)
    dearest = fp * (1 - prevalence) + fn * prevalence
    assert best.value == at.expected(best.point)
    assert best.value <= min(map(at.expected, found)) + 1e-12 * dearest
    assert best.place == min(best.ties)
    assert cheapest(roc_hull(found).points, at).value == pytest.approx(best.value, abs=1e-11 * dearest)


@given(exact, exact, st.floats(0.01, 100))
def test_every_point_of_an_iso_line_costs_the_same(fpr, tpr, slope) -> None:
    start, end = iso_line((fpr, tpr), slope)
    at = costs(slope, 1, 0.5)
    for point in (start, end):
        assert -1e-12 <= point[0] <= 1 + 1e-12
        assert -1e-12 <= point[1] <= 1 + 1e-12
        assert at.expected(point) == pytest.approx(at.expected((fpr, tpr)), abs=1e-11)
    assert start[0] <= fpr <= end[0]
    assert min(start) == pytest.approx(0, abs=1e-12)
    assert max(end) == pytest.approx(1, abs=1e-12)


def test_iso_lines_flat_and_upright_cross_the_square() -> None:
    assert iso_line((0.2, 0.7), 0) == ((0, 0.7), (1, 0.7))
    assert iso_line((0.2, 0.7), inf) == ((0.2, 0), (0.2, 1))
