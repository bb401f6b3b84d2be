"""Claims about the area under part of a ROC curve."""

from __future__ import annotations

import doctest
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.roc_auc import partial as partial_module
from app.calculators.roc_auc.curve import area, curve
from app.calculators.roc_auc.partial import partial
from app.vocabulary.calculator import Invalid

SPECIFIED = [(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)]  # MODEL.md 2
rates = st.floats(0, 1)
points = st.lists(st.tuples(rates, rates), min_size=1, max_size=30)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(partial_module)
    assert tried >= 2
    assert not failed


def test_partial_areas_of_the_specified_curve() -> None:
    whole = curve(SPECIFIED).points
    found = partial(whole, 0.2)
    assert found.area == pytest.approx(0.085, abs=1e-15)
    # McClish 1989: half of 1 + (0.085 - 0.02) / (0.2 - 0.02)
    assert found.standardised == pytest.approx(0.5 * (1 + 0.065 / 0.18), abs=1e-15)
    assert partial(whole, 0.3, low=0.1).area == pytest.approx(0.06 + 0.1 * (0.7 + 0.2 / 6), abs=1e-15)
    assert partial(whole, 1).standardised == pytest.approx(0.8, abs=1e-15)


def test_chance_is_a_half_and_a_perfect_curve_one_in_every_band() -> None:
    for low, high in ((0, 0.1), (0.2, 0.3), (0, 1), (0.9, 1)):
        assert partial([(0, 0), (1, 1)], high, low).standardised == pytest.approx(0.5, abs=1e-12)
        assert partial([(0, 0), (0, 1), (1, 1)], high, low).standardised == pytest.approx(1, abs=1e-12)


@given(points, st.floats(0.001, 0.999))
def test_two_parts_make_the_whole(typed, cut) -> None:
    found = curve(typed).points
    assert partial(found, cut).area + partial(found, 1, cut).area == pytest.approx(area(found), abs=1e-14)


@pytest.mark.parametrize(
    ("high", "low", "field"),
    [(0, 0, "max_fpr"), (1.1, 0, "max_fpr"), (nan, 0, "max_fpr"), (0.2, 0.2, "min_fpr"), (0.2, -0.1, "min_fpr")],
)
def test_a_band_that_is_none_is_refused(high: float, low: float, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        partial([(0, 0), (1, 1)], high, low)
    assert refused.value.field == field


@pytest.mark.parametrize(("high", "low", "field"), [(0.4, 0, "min_fpr"), (0.6, 0.2, "max_fpr")])
def test_a_band_off_the_curve_is_refused(high: float, low: float, field: str) -> None:
    with pytest.raises(Invalid, match=r"0\.1 to 0\.5") as refused:
        partial(curve(SPECIFIED, ends=False).points, high, low)
    assert refused.value.field == field
