"""The words of the ROC-AUC page: in their places, cited, and with figures that the calculator itself gives."""

from __future__ import annotations

import re
import tomllib

import pytest
from latex2mathml.converter import convert

from app.calculators.roc_auc.curve import area, as_typed, curve
from app.calculators.roc_auc.figures import rate
from app.calculators.roc_auc.interval import hanley_mcneil
from app.calculators.roc_auc.operating import cheapest, costs
from app.calculators.roc_auc.partial import partial
from app.vocabulary.quantity import show_number, show_share
from tools.paths import CALCULATORS

TEXT = (CALCULATORS / "roc_auc" / "text.md").read_text(encoding="utf-8")
REFERENCES = tomllib.loads((CALCULATORS / "roc_auc" / "references.toml").read_text(encoding="utf-8"))["reference"]

HEADINGS = ["Formula", "About", "How to use", "Why use it", "Questions", "Differences of convention"]
QUESTIONS = [
    "What is a good AUC?",
    "Why does my AUC differ from scikit-learn’s?",
    "Is ROC right for imbalanced data?",
    "Can an AUC be below 0.5?",
    "Which threshold should I take?",
    "How sure is an AUC?",
]
_parts = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
SECTIONS = dict(zip(_parts[1::2], _parts[2::2], strict=True))
FORMULAS = re.findall(r"^\$\$\n(.+?)\n\$\$$", TEXT, flags=re.MULTILINE | re.DOTALL)
EXAMPLE = [(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)]
POINTS = curve(EXAMPLE).points


def question(title: str) -> str:
    """The answer to one question."""
    return SECTIONS["Questions"].partition(f"### {title}\n")[2].partition("\n### ")[0]


def test_sections_and_questions_stand_in_their_order() -> None:
    assert list(SECTIONS) == HEADINGS
    assert re.findall(r"^### (.+)$", SECTIONS["Questions"], flags=re.MULTILINE) == QUESTIONS


def test_it_takes_three_steps_for_up_to_five_reasons() -> None:
    assert re.findall(r"^(\d)\. ", SECTIONS["How to use"], flags=re.MULTILINE) == ["1", "2", "3"]
    assert 3 <= len(re.findall(r"^- ", SECTIONS["Why use it"], flags=re.MULTILINE)) <= 5


def test_the_text_is_short() -> None:
    without_formulas = re.sub(r"\$\$.+?\$\$", "", TEXT, flags=re.DOTALL)
    assert 900 <= len(without_formulas.split()) <= 1500


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_becomes_mathml(formula: str) -> None:
    mathml = convert(formula, display="block")
    assert mathml.startswith("<math")
    assert "\\" not in mathml, "a command was passed through as text"


def test_every_formula_is_followed_by_a_sentence() -> None:
    assert TEXT.count("$$") == 2 * len(FORMULAS) >= 16
    blocks = [block for block in SECTIONS["Formula"].split("\n\n") if block.strip()]
    assert [block.lstrip().startswith("$$") for block in blocks] == [True, False] * len(FORMULAS)


def test_citations_and_references_match() -> None:
    keys = [reference["key"] for reference in REFERENCES]
    assert len(keys) == len(set(keys))
    assert set(re.findall(r"\[\^([\w.-]+)\]", TEXT)) == set(keys)


def test_a_reference_says_what_it_is_and_where() -> None:
    for reference in REFERENCES:
        assert reference["kind"] in {"paper", "documentation"}, reference["key"]
        assert reference["url"].startswith("https://"), reference["key"]
        assert all(reference[name] for name in ("title", "publisher", "locator")), reference["key"]
        assert reference["as_of"] == "2026-11", reference["key"]
        assert ("year" in reference) == (reference["kind"] == "paper"), reference["key"]


def test_the_example_has_the_areas_that_are_said() -> None:
    told = question("Why does my AUC differ from scikit-learn’s?")
    typed = as_typed(EXAMPLE)
    assert typed is not None
    assert f"it returns {rate(typed).text}, the area between 0.1 and 0.5" in told
    assert f"has {rate(area(POINTS)).text}. Typed in another order, the same points raise an error." in told
    assert as_typed([EXAMPLE[1], EXAMPLE[0], EXAMPLE[2]]) is None


def test_the_example_has_the_precision_that_is_said() -> None:
    def precision(prevalence: float) -> str:
        return show_share(prevalence * 0.7 / (prevalence * 0.7 + (1 - prevalence) * 0.2)).replace("\u202f", " ")

    told = question("Is ROC right for imbalanced data?")
    assert f"has a precision of {precision(0.5)} at a prevalence of 50%, and of {precision(0.01)} at 1%" in told


def test_the_cheapest_points_are_those_that_are_said() -> None:
    assert cheapest(POINTS, costs(1, 1, 0.5)).point == (0.2, 0.7)
    assert "20% of negatives are false alarms and 70% of positives are found" in question("What is a good AUC?")
    dear = costs(1, 10, 0.5)
    assert cheapest(POINTS, dear).point == (1, 1)
    assert f"the slope is {dear.slope:g}, and the cheapest point of the example moves to (1, 1)" in question(
        "Which threshold should I take?"
    )


def test_the_intervals_are_those_that_are_said() -> None:
    few, many = (hanley_mcneil(0.8, cases, cases) for cases in (50, 500))
    told = question("How sure is an AUC?")
    assert (
        f"a 95% interval of {few.low:.2f} to {few.high:.2f}; from 500 of each, {many.low:.2f} to {many.high:.2f}"
        in told
    )


def test_partial_areas_and_ties_are_those_that_are_said() -> None:
    told = SECTIONS["Differences of convention"]
    first, *middle, last = (show_number(partial(POINTS, high).standardised, 2) for high in (0.1, 0.2, 0.5, 1))
    assert f"the example has {', '.join([first, *middle])} and {last}" in told
    upwards, mixed = curve([(0, 0), (0, 0.5), (1, 1)]).points, [(0, 0.5), (0, 0), (1, 1)]
    assert f"have {show_number(area(upwards), 2)}" in told
    assert f"come to {show_number(area(mixed), 2)}" in told
