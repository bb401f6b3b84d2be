"""Claims about a ROC curve from labels and scores."""

from __future__ import annotations

import doctest
from fractions import Fraction
from itertools import product
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.roc_auc import scores as scores_module
from app.calculators.roc_auc.curve import area, curve
from app.calculators.roc_auc.operating import youden
from app.calculators.roc_auc.scores import corners
from app.vocabulary.calculator import Invalid
from tests.oracles import roc, roc_hull

few = st.integers(-4, 4).map(float)  # many ties
any_score = st.one_of(few, st.floats(allow_nan=False, allow_infinity=False))
cases = st.lists(st.tuples(st.booleans(), any_score), min_size=2, max_size=40).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(scores_module)
    assert tried >= 5
    assert not failed


@given(cases)
def test_the_area_is_the_share_of_pairs_in_the_right_order(rows) -> None:
    positives = [score for label, score in rows if label]
    negatives = [score for label, score in rows if not label]
    won = sum(Fraction(1) if high > low else Fraction(high == low, 2) for high, low in product(positives, negatives))
    found = roc(*zip(*rows, strict=True))
    assert found.auc == float(won / (len(positives) * len(negatives)))
    assert area(found.points) == pytest.approx(found.auc, abs=1e-14)
    assert (found.n_pos, found.n_neg) == (len(positives), len(negatives))


@given(cases)
def test_each_point_is_what_its_threshold_flags(rows) -> None:
    found = roc(*zip(*rows, strict=True))
    assert found.thresholds[0] == inf
    assert list(found.thresholds) == sorted(set(found.thresholds), reverse=True)
    for threshold, fp, tp in zip(found.thresholds, found.fp, found.tp, strict=True):
        assert tp == sum(score >= threshold for label, score in rows if label)
        assert fp == sum(score >= threshold for label, score in rows if not label)


@given(cases)
def test_points_from_scores_are_a_curve_as_they_stand(rows) -> None:
    points = roc(*zip(*rows, strict=True)).points
    found = curve(points)
    assert found.points == points
    assert found.rows == tuple(range(1, len(points) + 1))
    assert not (found.reordered or found.added or found.repeats or found.falls)


@given(cases, st.randoms())
def test_the_order_of_the_cases_does_not_matter(rows, random) -> None:
    assert roc(*zip(*random.sample(rows, len(rows)), strict=True)) == roc(*zip(*rows, strict=True))


@given(cases)
def test_scores_with_the_other_sign_turn_the_area_upside_down(rows) -> None:
    found = roc(*zip(*rows, strict=True))
    turned = roc([label for label, _ in rows], [-score for _, score in rows])
    assert turned.auc == pytest.approx(1 - found.auc, abs=1e-15)
    exchanged = roc([not label for label, _ in rows], [-score for _, score in rows])
    assert exchanged.auc == found.auc


@given(cases)
def test_corners_leave_area_hull_and_best_point_as_they_were(rows) -> None:
    found = roc(*zip(*rows, strict=True))
    fewer = corners(found)
    assert set(zip(*fewer[:3], strict=True)) <= set(zip(*found[:3], strict=True))
    assert fewer.auc == found.auc
    assert roc_hull(fewer.points).area == pytest.approx(roc_hull(found.points).area, abs=1e-14)
    assert youden(fewer.points).point == youden(found.points).point


def test_the_ratings_of_the_first_paper_on_the_area_give_its_area() -> None:
    # Hanley & McNeil 1982, Table I: 58 normal and 51 abnormal CT images, rated 1 to 5; published area 0.893
    normal, abnormal = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
    rated = [
        (label, rating)
        for label, counts in ((False, normal), (True, abnormal))
        for rating in range(1, 6)
        for _ in range(counts[rating - 1])
    ]
    found = roc(*zip(*rated, strict=True))
    assert (found.n_pos, found.n_neg) == (51, 58)
    assert round(found.auc, 3) == 0.893
    assert len(found.points) == 6


def test_one_score_for_all_is_chance() -> None:
    found = roc([True, False, True], [0.5, 0.5, 0.5])
    assert found.points == ((0, 0), (1, 1))
    assert found.auc == 0.5


def test_perfect_and_perfectly_wrong() -> None:
    assert roc([False, False, True], [1, 2, 3]).auc == 1
    assert roc([False, False, True], [3, 2, 1]).auc == 0


@pytest.mark.parametrize(
    ("labels", "scores", "says"),
    [
        ([], [], "at least one positive and one negative"),
        ([True, False], [0.1], "2 labels and 1 scores"),
        ([True, True, True], [0.1, 0.2, 0.3], "Every case is positive: a ROC curve needs at least one negative"),
        ([False], [0.1], "Every case is negative"),
        ([True, False], [0.1, nan], "Row 2: the score is not a number"),
        ([True, False], [inf, 0.1], "Row 1: the score is infinite"),
    ],
)
def test_what_makes_no_curve_is_refused(labels, scores, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        roc(labels, scores)
    assert says in str(refused.value)
    assert refused.value.field == "scores"
