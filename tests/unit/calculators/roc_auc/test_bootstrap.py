"""Claims about intervals and bands from cases drawn anew."""

from __future__ import annotations

import doctest
import random

import numpy as np
import pytest

from app.calculators.roc_auc import bootstrap as room
from app.calculators.roc_auc.bootstrap import STEPS, bootstrap, percentiles
from app.calculators.roc_auc.delong import variance
from app.vocabulary.calculator import finish
from tests.oracles import roc

_chance = random.Random(7)
LABELS = [_chance.random() < 0.4 for _ in range(300)]
SCORES = [round(_chance.gauss(1.2 * label, 1), 1) for label in LABELS]


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(room)
    assert tried >= 1
    assert not failed


def test_it_draws_the_same_cases_every_time_and_those_of_today() -> None:
    scored = roc(LABELS, SCORES)
    found = finish(bootstrap(scored, LABELS, SCORES, None, 400, 0.95))
    assert found == finish(bootstrap(scored, LABELS, SCORES, None, 400, 0.95))
    assert (found.low, found.high) == pytest.approx((0.7735851428571429, 0.8666988571428571), rel=1e-12)


def test_it_varies_as_much_as_delong_says_here() -> None:
    scored = roc(LABELS, SCORES)
    spread = variance(scored)
    assert spread is not None
    found = finish(bootstrap(scored, LABELS, SCORES, None, 2000, 0.95))
    assert found.error == pytest.approx(spread.error, rel=0.06)
    assert found.low < scored.auc < found.high


def test_weights_of_one_change_nothing_and_others_do() -> None:
    scored = roc(LABELS, SCORES)
    plain = finish(bootstrap(scored, LABELS, SCORES, None, 200, 0.9))
    assert finish(bootstrap(scored, LABELS, SCORES, [1.0] * 300, 200, 0.9)) == plain
    weights = [3.0 if score > 0 else 1.0 for score in SCORES]
    assert finish(bootstrap(roc(LABELS, SCORES, weights), LABELS, SCORES, weights, 200, 0.9)).low != plain.low


def test_cases_without_a_weight_are_not_drawn() -> None:
    weights = [0.0 if score == SCORES[0] else 1.0 for score in SCORES]
    kept = [at for at, weight in enumerate(weights) if weight]
    labels, scores = [LABELS[at] for at in kept], [SCORES[at] for at in kept]
    found = finish(bootstrap(roc(LABELS, SCORES, weights), LABELS, SCORES, weights, 200, 0.9))
    assert found == finish(bootstrap(roc(labels, scores), labels, scores, None, 200, 0.9))


def test_the_band_rises_holds_the_curve_and_ends_at_one() -> None:
    scored = roc(LABELS, SCORES)
    band = finish(bootstrap(scored, LABELS, SCORES, None, 400, 0.95)).band
    assert [fpr for fpr, _, _ in band] == [step / STEPS for step in range(STEPS + 1)]
    lows, highs = [low for _, low, _ in band], [high for _, _, high in band]
    assert lows == sorted(lows)
    assert highs == sorted(highs)
    assert band[-1] == (1.0, 1.0, 1.0)
    within = sum(low <= np.interp(fpr, *zip(*scored.points, strict=True)) <= high for fpr, low, high in band)
    assert within == len(band)


def test_percentiles_are_numpys() -> None:
    values = [_chance.random() for _ in range(37)]
    assert percentiles(values, 0.9) == pytest.approx(tuple(np.percentile(values, [5, 95])), rel=1e-12)


def test_it_works_in_slices() -> None:
    slices = list(bootstrap(roc(LABELS, SCORES), LABELS, SCORES, None, 400, 0.95))
    assert len(slices) > 20
    assert [each.done for each in slices] == sorted(each.done for each in slices)
