"""A file that is read on one page is read on the next, whatever its columns are called."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from app.calculators.registry import load
from app.page import rendering
from app.vocabulary import heads
from app.vocabulary.calculator import Invalid, read

SCORED = "1,0.9;0,0.8;1,0.7;1,0.4;0,0.3;0,0.1"
SPELLINGS = (str.lower, str.upper, str.title, lambda head: head.replace(" ", "_"), lambda head: head.replace(" ", "-"))


def taken(slug: str, name: str, text: str) -> Any:
    """What a field makes of a file: dropped, and then read from the box."""
    field = next(field for field in load(slug).fields if field.name == name)
    assert field.upload is not None
    filled = field.upload.take(text)
    return field.parse(filled if isinstance(filled, str) else filled[name])


def file(slug: str, name: str, raw: Mapping[str, str]) -> str:
    """A file that a page gives."""
    calculator = load(slug)
    make = rendering.downloads(calculator, read(calculator, calculator.defaults | dict(raw)))[name].make
    assert make is not None
    return make()


def test_points_are_read_on_both_pages_whatever_their_heads() -> None:
    for fpr, tpr, spelled in product(heads.FPR, heads.TPR, SPELLINGS):
        text = f"{spelled(tpr)},id,{spelled(fpr)}\n0.5,a,0.1\n0.7,b,0.2\n"
        drawn = taken("roc-auc", "points", text)
        assert (drawn.first, drawn.second) == ([0.1, 0.2], [0.5, 0.7])
        assert [(point.fpr, point.tpr) for point in taken("threshold-cost", "points", text).table] == [
            (0.1, 0.5),
            (0.2, 0.7),
        ]


def test_a_specificity_is_one_less_the_fpr_on_both_pages() -> None:
    for tnr, percent in product(heads.TNR, ("", " (%)")):
        scale = 100 if percent else 1
        text = f"Sensitivity{percent};{tnr}{percent}\n{0.5 * scale};{0.9 * scale}\n"
        assert taken("roc-auc", "points", text).first == [0.1]
        assert [point.fpr for point in taken("threshold-cost", "points", text).table] == [0.1]


def test_cases_are_read_on_both_pages_whatever_their_heads() -> None:
    for truth, score, spelled in product(heads.TRUTH, heads.SCORE, SPELLINGS):
        text = f"{spelled(score)}\tid\t{spelled(truth)}\n0.9\ta\t1\n30%\tb\t0\n"
        cases = taken("roc-auc", "scores", text)
        assert (cases.labels, cases.scores) == (["1", "0"], [0.9, 0.3])
        counted = taken("threshold-cost", "scores", text)
        assert (counted.labels, counted.scores) == (["1", "0"], [0.9, 0.3])


def test_points_in_clusters_are_read_whatever_the_head_of_their_label() -> None:
    for cluster, spelled in product(heads.CLUSTER, SPELLINGS):
        read = taken("silhouette", "points", f"{spelled(cluster)},x,y\na,0,1\na,1,1\nb,5,6\n")
        assert (read.labels, read.names) == (("a", "a", "b"), ("x", "y"))


def test_the_words_for_the_two_classes_are_the_same_on_both_pages() -> None:
    roc, threshold = load("roc-auc"), load("threshold-cost")
    for positive, negative in product(heads.POSITIVE, heads.NEGATIVE):
        text = f"label,score\n{positive.title()},0.9\n{negative.upper()},0.3\n"
        counted = read(threshold, threshold.defaults | {"scores": text}).result.classifier.cases
        assert (counted.positives, counted.negatives) == ((0.9,), (0.3,))
        assert read(roc, roc.defaults | {"scores": text}).result.labels == tuple(heads.labels([positive, negative]))


def test_minus_one_beside_zero_is_a_third_label_on_both_pages() -> None:
    for slug in ("roc-auc", "threshold-cost"):
        with pytest.raises(Invalid, match=r"third label|3 different labels"):
            taken(slug, "scores", "label,score\n1,0.9\n0,0.3\n-1,0.2\n")


ROC_POINTS = ("roc-auc", "roc-points.csv", {})
ROC_THRESHOLDS = ("roc-auc", "roc-thresholds.csv", {"scores": SCORED})


@pytest.mark.parametrize(
    ("slug", "name", "raw"),
    [
        ROC_POINTS,
        ROC_THRESHOLDS,
        ("roc-auc", "roc-points.csv", {"scores": SCORED}),
        ("threshold-cost", "threshold-policies.csv", {}),
        ("threshold-cost", "threshold-cost-curve.csv", {}),
        ("threshold-cost", "threshold-cost-curve.csv", {"scores": SCORED}),
        ("threshold-cost", "threshold-prevalence.csv", {"scores": SCORED}),
        ("threshold-cost", "operating-points-cost.csv", {"points": "0.5,0.1;0.8,0.3"}),
        ("threshold-cost", "operating-points-cost.csv", {"points": "0.7,0.5,0.1;0.4,0.8,0.3"}),
    ],
)
def test_points_that_a_page_gives_are_taken_by_both(slug: str, name: str, raw: dict[str, str]) -> None:
    text = file(slug, name, raw)
    drawn = taken("roc-auc", "points", text)
    table = taken("threshold-cost", "points", text).table
    assert len(table) == len(drawn.first) == text.count("\r\n") - 1
    assert [point.fpr for point in table] == pytest.approx(drawn.first)
    assert [point.tpr for point in table] == pytest.approx(drawn.second)


def test_every_threshold_of_the_roc_page_finds_the_cheapest_one_on_the_other() -> None:
    calculator = load("threshold-cost")
    given = [{"scores": SCORED}, {"points": file(*ROC_THRESHOLDS)}]
    first, second = (read(calculator, calculator.defaults | raw | {"prevalence": "auto"}).result for raw in given)
    assert first.prevalence == second.prevalence == 0.5
    assert (first.cheapest.threshold, first.cheapest.cost) == pytest.approx(
        (second.cheapest.threshold, second.cheapest.cost)
    )
