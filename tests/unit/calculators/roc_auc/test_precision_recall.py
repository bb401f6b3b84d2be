"""Claims about precision, recall, and what one cutoff is worth."""

from __future__ import annotations

import doctest
from math import inf, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.roc_auc import precision_recall as room
from app.calculators.roc_auc.precision_recall import at, measures, precision_recall
from tests.oracles import roc

cases = st.lists(st.tuples(st.booleans(), st.integers(-4, 4)), min_size=2, max_size=40).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(room)
    assert tried >= 4
    assert not failed


@given(cases)
def test_the_measures_of_a_point_are_those_of_its_counts(rows) -> None:
    scored = roc(*zip(*rows, strict=True))
    curve = precision_recall(scored)
    for place, (fpr, tpr) in enumerate(scored.points[1:]):
        found = measures(tpr, fpr, scored.prevalence)
        tp, fp = scored.tp[place + 1], scored.fp[place + 1]
        assert found.precision == pytest.approx(tp / (tp + fp))
        assert at(scored, place + 1) == (tpr, tp / (tp + fp))
        assert found.recall == tpr
        assert found.f1 == pytest.approx(2 * tp / (2 * tp + fp + scored.n_pos - tp))
        assert found.accuracy == pytest.approx((tp + scored.n_neg - fp) / len(rows))
        assert found.f1 <= curve.best.f1 + 1e-15
    best = curve.best
    assert measures(*reversed(scored.points[best.place]), scored.prevalence).f1 == pytest.approx(best.f1)


def test_a_perfect_ranking_has_an_average_precision_of_one_and_guessing_that_of_the_prevalence() -> None:
    assert precision_recall(roc([True, True, False], [3, 2, 1])).average_precision == 1
    tied = precision_recall(roc([True, False, False, False], [1, 1, 1, 1]))
    assert tied.average_precision == tied.no_skill == 0.25


def test_likelihood_ratios_at_the_ends() -> None:
    nothing, everything, best = measures(0, 0, 0.5), measures(1, 1, 0.5), measures(1, 0, 0.5)
    assert isnan(nothing.lr_positive)
    assert isnan(nothing.precision)
    assert (nothing.f1, nothing.lr_negative) == (0, 1)
    assert isnan(everything.lr_negative)
    assert (best.lr_positive, best.lr_negative, best.accuracy) == (inf, 0, 1)
