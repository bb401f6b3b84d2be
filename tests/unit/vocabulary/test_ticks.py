"""Claims about the places along an axis."""

from __future__ import annotations

import doctest
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.vocabulary import ticks as room
from app.vocabulary.quantity import count
from app.vocabulary.ticks import powers_of_ten, ticks

ends = st.floats(-1e100, 1e100)


@given(ends, ends, st.integers(2, 12))
def test_places_are_few_even_and_between_the_ends(one: float, other: float, most: int) -> None:
    low, high = sorted((one, other))
    # Closer together, floats themselves do not stand evenly to nine digits.
    assume(low == high or high - low > 1e-6 * max(abs(low), abs(high)))
    places = [place for place, _ in ticks(low, high, most)]
    assert 1 <= len(places) <= most + 2
    steps = [(after - before) / (high - low) for before, after in pairwise(places)]
    assert max(steps, default=0) - min(steps, default=0) <= 1e-9
    assert all(low - 1e-6 * (high - low) <= place <= high + 1e-6 * (high - low) for place in places)


def test_a_place_is_written_round() -> None:
    assert [text for _, text in ticks(0, 1)] == ["0", "0.2", "0.4", "0.6", "0.8", "1"]
    assert [text for _, text in ticks(0, 0.55, 6)] == ["0", "0.1", "0.2", "0.3", "0.4", "0.5"]
    assert [text for _, text in ticks(-3e-7, 3e-7)] == ["−2e−7", "0", "2e−7"]
    assert [text for _, text in ticks(2.5, 2.5)] == ["2.5"]


@given(st.integers(-300, 300), st.integers(1, 20))
def test_powers_of_ten_start_where_the_axis_does(power: int, span: int) -> None:
    shown = powers_of_ten(10.0**power, 10.0 ** min(power + span, 308))
    assert len(shown) <= 5
    assert shown[0][0] == 10.0**power
    assert all(count(text) == pytest.approx(place) for place, text in shown)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(room)
    assert tried > 1
    assert not failed
