"""Claims about cases whose mistakes cost different amounts."""

from __future__ import annotations

import doctest
import random
from math import inf

import pytest

from app.calculators.threshold_cost import amounts as room
from app.calculators.threshold_cost.amounts import weighed
from app.calculators.threshold_cost.calculator import CALCULATOR
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import Costs
from app.page import rendering
from app.vocabulary.calculator import Invalid, Reading, finish, read
from tests import reading as html

_chance = random.Random(11)
SCORES = [round(_chance.random(), 2) for _ in range(120)]
LABELS = [int(_chance.random() < score) for score in SCORES]
AMOUNTS = [round(_chance.expovariate(1 / 50), 2) + 5 for _ in SCORES]
TEXT = ";".join(f"{label},{score}" for label, score in zip(LABELS, SCORES, strict=True))


def page(**raw: str) -> tuple[Result, dict[str, str]]:
    """What is computed of the cases with their amounts, and what is said of it."""
    values, _, messages = read(CALCULATOR, CALCULATOR.defaults | {"scores": TEXT} | raw)
    assert not messages
    values["scores"] = values["scores"]._replace(amounts=AMOUNTS)
    result = finish(CALCULATOR.compute(values))
    drawn = rendering.render(CALCULATOR, CALCULATOR.defaults | raw, found=Reading(values, result, {}))
    return result, drawn.now | {name: "".join(make().values()) for name, make in drawn.tables.items()}


def bill(threshold: float, costs: Costs, kind: str) -> float:
    """What flagging from a threshold on costs 1,000 cases, by looking at each."""
    total = 0.0
    for label, score, amount in zip(LABELS, SCORES, AMOUNTS, strict=True):
        if score >= threshold:
            total += costs.c11 if label else (costs.c10 if kind == "missed" else amount)
        else:
            total += (costs.c01 if kind == "flagged" else amount) if label else costs.c00
    return 1000 * total / len(SCORES)


def near(value: float) -> object:
    return pytest.approx(value, rel=1e-11, abs=1e-9)


def test_the_examples_in_the_text_are_true() -> None:
    failed, tried = doctest.testmod(room)
    assert tried >= 3
    assert not failed


@pytest.mark.parametrize("kind", ["missed", "flagged", "both"])
@pytest.mark.parametrize(("tn", "tp"), [("0", "0"), ("-2", "3"), ("1", "-40")])
def test_every_cost_is_the_sum_of_the_amounts_of_the_mistakes(kind: str, tn: str, tp: str) -> None:
    costs = Costs(c10=4, c01=60, c00=float(tn), c11=float(tp))
    found, shown = page(amounts=kind, cost_fp="4", cost_fn="60", cost_tn=tn, cost_tp=tp)
    thresholds = [inf, *sorted({*SCORES}, reverse=True)]
    every = {threshold: bill(threshold, costs, kind) for threshold in thresholds}
    assert found.nobody.per_1000 == near(every[inf])
    assert found.everyone.per_1000 == near(bill(0, costs, kind))
    assert found.cheapest.per_1000 == near(min(every.values()))
    assert found.star.per_1000 == near(bill(found.p_star, costs, kind))
    assert found.yours is not None
    assert found.yours.per_1000 == near(bill(0.5, costs, kind))
    assert html.outputs(shown)["expected_cost"] == near(found.star.per_1000)
    flagged = sum(score >= found.p_star for score in SCORES)
    assert found.star.flagged == near(flagged / len(SCORES))


def test_each_case_has_a_threshold_of_its_own_by_its_amount() -> None:
    found, shown = page(cost_fp="5")
    total = 0.0
    for label, score, amount in zip(LABELS, SCORES, AMOUNTS, strict=True):
        flagged = score * amount >= (1 - score) * 5 - 1e-12
        total += (0 if flagged else amount) if label else (5 if flagged else 0)
    assert found.each_own is not None
    assert found.each_own.per_1000 == near(1000 * total / len(SCORES))
    assert "Flagging each case from its own p*, by its amount, costs" in html.text(shown["verdict"])
    assert "Each from its own p*" in html.text(shown["policies"])
    assert "Not used: each case has its amount" in html.text(shown["field-cost_fn"])


def test_a_limit_counts_cases_and_not_amounts() -> None:
    found, _ = page(cap="20%", cost_fp="5")
    assert found.capped.flagged <= 0.2


def test_the_worked_example_comes_out() -> None:
    found, shown = page(cost_fp="5")
    said = html.text(shown["worked"])
    assert "each case counting by its amount" in said
    n = found.nobody.per_1000 - found.star.per_1000
    assert f"= {n:,.0f}" in said or f"{n:.4g}" in said


@pytest.mark.parametrize(
    ("kind", "amounts", "says"),
    [
        ("missed", [3.0, 1.0, 9.0], "Row 1: the amount 3 is less than the 5 of a true positive"),
        ("missed", [5.0, 1.0, 5.0], "By the amounts missing a positive never costs more than a true positive"),
        ("both", [1e13, 1.0, 9.0], "Row 1: the amount 1e13 is too large"),
    ],
)
def test_amounts_that_make_no_sense_are_refused_by_name(kind: str, amounts: list[float], says: str) -> None:
    with pytest.raises(Invalid) as refused:
        weighed(Costs(1, 1, 0, 5), kind, [True, False, True], amounts)
    assert says in str(refused.value)
    assert refused.value.field == "scores"
