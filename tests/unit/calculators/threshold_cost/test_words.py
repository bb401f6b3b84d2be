"""The words of the threshold page: every figure is the code’s, every source is cited, every formula is drawn."""

from __future__ import annotations

import re
import tomllib

import pytest
from latex2mathml.converter import convert

from app.calculators.threshold_cost.calibrated import from_auc
from app.calculators.threshold_cost.cost import Costs, case_cost, flag_all, threshold
from app.calculators.threshold_cost.prevalence import score_threshold
from tests.oracles import worth_using
from tools.paths import CALCULATORS

FOLDER = CALCULATORS / "threshold_cost"
TEXT = (FOLDER / "text.md").read_text(encoding="utf-8")
REFERENCES = tomllib.loads((FOLDER / "references.toml").read_text(encoding="utf-8"))["reference"]

HEADINGS = ["Formula", "About", "How to use", "Why use it", "Questions", "Differences of convention"]
QUESTIONS = [
    "Why not 0.5?",
    "Do I need calibrated probabilities?",
    "Does class imbalance change the threshold?",
    "What if I resampled the training data?",
    "Where do the costs come from?",
    "What if I can only review so many cases?",
]
_parts = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
SECTIONS = dict(zip(_parts[1::2], _parts[2::2], strict=True))
FORMULAS = re.findall(r"^\$\$\n(.+?)\n\$\$$", TEXT, flags=re.MULTILINE | re.DOTALL)
TEN = Costs(c10=1, c01=10)


def question(title: str) -> str:
    """What is said below a question."""
    return SECTIONS["Questions"].split(f"### {title}\n")[1].split("\n### ")[0]


def test_the_sections_stand_in_their_order() -> None:
    assert list(SECTIONS) == HEADINGS


def test_the_questions_are_asked() -> None:
    assert re.findall(r"^### (.+)$", SECTIONS["Questions"], flags=re.MULTILINE) == QUESTIONS


def test_how_to_use_has_three_steps_and_why_has_three_to_five_reasons() -> None:
    assert re.findall(r"^(\d)\. ", SECTIONS["How to use"], flags=re.MULTILINE) == ["1", "2", "3"]
    assert 3 <= len(re.findall(r"^- ", SECTIONS["Why use it"], flags=re.MULTILINE)) <= 5


def test_the_text_can_be_read_in_seven_minutes() -> None:
    assert 900 <= len(TEXT.split()) <= 1500


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_becomes_mathml(formula: str) -> None:
    mathml = convert(formula, display="block")
    assert mathml.startswith("<math")
    assert "\\" not in mathml, "a command was passed through as text"


def test_every_formula_is_followed_by_a_sentence() -> None:
    assert TEXT.count("$$") == 2 * len(FORMULAS) == 20
    blocks = [block for block in SECTIONS["Formula"].split("\n\n") if block.strip()]
    assert [block.lstrip().startswith("$$") for block in blocks] == [True, False] * len(FORMULAS)


def test_citations_and_references_match() -> None:
    cited = set(re.findall(r"\[\^([\w.-]+)\]", TEXT))
    keys = [reference["key"] for reference in REFERENCES]
    assert len(keys) == len(set(keys))
    assert cited == set(keys)


def test_a_reference_says_what_it_is_and_where() -> None:
    for reference in REFERENCES:
        assert reference["kind"] in {"paper", "documentation"}, reference["key"]
        assert reference["url"].startswith("https://"), reference["key"]
        assert all(reference[name] for name in ("title", "publisher", "locator")), reference["key"]
        assert reference["as_of"] == "2026-11", reference["key"]
        assert isinstance(reference.get("year", 0), int)
        assert reference["kind"] == "documentation" or reference["year"] >= 2001


def test_the_starting_values_cost_what_the_text_says() -> None:
    model = from_auc(0.1, 0.8)
    at_p_star, at_half = (round(model.at(TEN, t).per_1000) for t in (threshold(TEN), 0.5))
    everyone = round(flag_all(TEN, 0.1).per_1000)
    assert f"1,000 cases cost {at_p_star} at p\\* and {at_half} at 0.5, and flagging everyone costs {everyone}." in (
        question("Why not 0.5?")
    )
    bound = model.capped(TEN, 0.05)
    extra = round(1000 * (bound.capped.cost - bound.free.cost))
    assert f"50 cases in 1,000, {extra} more per 1,000 cases" in question("What if I can only review so many cases?")


def test_a_case_at_a_fifth_costs_what_the_text_says() -> None:
    flagged, left = case_cost(TEN, 0.2, flagged=True), case_cost(TEN, 0.2, flagged=False)
    assert f"a case at 0.2 costs {flagged:g} flagged and {left:g} left alone" in question("Why not 0.5?")


def test_the_thresholds_in_the_text_follow_from_their_costs() -> None:
    assert threshold(TEN) == 1 / 11
    assert f"p\\* at 1/11, or {1 / 11:.4f}." in SECTIONS["Formula"]
    assert threshold(Costs(1, 5)) == 1 / 6
    assert "five times the reverse [^sklearn-cost], which puts p\\* at 1/6" in TEXT
    assert "puts p\\* at 1/6, not 1/5; in odds it is 1/5" in TEXT
    assert threshold(Costs(1, 9)) == 0.1
    assert "acts at 0.1 weighs a miss like nine false alarms" in TEXT


def test_balanced_training_data_move_p_star_as_the_text_says() -> None:
    moved = score_threshold(threshold(TEN), trained=0.5, deployed=0.1)
    assert f"from {threshold(TEN):.4f} to {moved:.3f} for balanced data and a prevalence of 10%" in TEXT


def test_a_point_is_worth_using_where_the_text_says() -> None:
    found = worth_using(TEN, tpr=0.8, fpr=0.2)
    assert found is not None
    low, high = (f"{100 * each:.1f}%" for each in found)
    assert f"only while {low} to {high} of cases are positive" in question("Does class imbalance change the threshold?")
