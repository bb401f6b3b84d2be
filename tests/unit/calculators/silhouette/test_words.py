"""The words of the silhouette page: their shape, their sources, and figures that the code computes again."""

from __future__ import annotations

import re
import tomllib

import pytest
from latex2mathml.converter import convert

from app.calculators.silhouette import choices
from app.calculators.silhouette.bands import bands
from app.calculators.silhouette.compute import MOST_PAIRED, SAMPLE
from app.calculators.silhouette.inputs import MOST_DISTANCES
from app.calculators.silhouette.k_means import STARTS
from app.calculators.silhouette.scores import Point
from app.vocabulary import table
from tests.oracles import silhouette
from tools.paths import CALCULATORS

TEXT = (CALCULATORS / "silhouette" / "text.md").read_text(encoding="utf-8")
REFERENCES = tomllib.loads((CALCULATORS / "silhouette" / "references.toml").read_text(encoding="utf-8"))["reference"]

HEADINGS = ["Formula", "About", "How to use", "Why use it", "Questions", "Differences of convention"]
QUESTIONS = [
    "What is a good value?",
    "Why is a point negative?",
    "What about a cluster of one?",
    "Can I choose the number of clusters by it?",
    "Do I have to scale the coordinates?",
    "What about DBSCAN's noise?",
]
_parts = re.split(r"^## (.+)$", TEXT, flags=re.MULTILINE)
SECTIONS = dict(zip(_parts[1::2], _parts[2::2], strict=True))
FORMULAS = re.findall(r"^\$\$\n(.+?)\n\$\$$", TEXT, flags=re.MULTILINE | re.DOTALL)
ANSWERS = dict(
    zip(*(re.split(r"^### (.+)$", SECTIONS["Questions"], flags=re.MULTILINE)[at::2] for at in (1, 2)), strict=True)
)


def test_the_sections_stand_in_their_order() -> None:
    assert list(SECTIONS) == HEADINGS


def test_the_questions_are_asked() -> None:
    assert list(ANSWERS) == QUESTIONS


def test_how_to_use_has_three_steps() -> None:
    assert re.findall(r"^(\d)\. ", SECTIONS["How to use"], flags=re.MULTILINE) == ["1", "2", "3"]


def test_why_use_it_has_three_to_five_reasons() -> None:
    assert 3 <= len(re.findall(r"^- ", SECTIONS["Why use it"], flags=re.MULTILINE)) <= 5


def test_the_text_can_be_read_in_seven_minutes() -> None:
    assert 900 <= len(TEXT.split()) <= 1500


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_becomes_mathml(formula: str) -> None:
    mathml = convert(formula, display="block")
    assert mathml.startswith("<math")
    assert "\\" not in mathml, "a command was passed through as text"


def test_every_formula_is_followed_by_a_sentence() -> None:
    blocks = [block for block in SECTIONS["Formula"].split("\n\n") if block.strip()]
    assert TEXT.count("$$") == 2 * len(FORMULAS)
    assert [block.lstrip().startswith("$$") for block in blocks] == [True, False] * len(FORMULAS)


def test_citations_and_references_match() -> None:
    cited = re.findall(r"\[\^([\w.-]+)\]", TEXT)
    keys = [reference["key"] for reference in REFERENCES]
    assert len(keys) == len(set(keys))
    assert set(cited) == set(keys)


def test_a_reference_says_what_it_is_and_where() -> None:
    kinds = {"paper", "documentation", "software"}
    for reference in REFERENCES:
        assert reference["kind"] in kinds, reference["key"]
        assert reference["url"].startswith("https://"), reference["key"]
        assert all(reference[name] for name in ("title", "publisher", "locator", "as_of")), reference["key"]
        assert re.fullmatch(r"\d{4}-\d{2}", reference["as_of"]), reference["key"]
        assert 1987 <= reference["year"] <= 2026


def test_the_bands_are_those_of_the_data_and_of_its_source() -> None:
    bounds = [f"{each.above:.2f}" for each in bands()[:3]]
    rows = re.findall(r"^\| (?:above )?(\d\.\d\d)", ANSWERS["What is a good value?"], flags=re.MULTILINE)
    assert rows == [*bounds, bounds[-1]]
    (source,) = {each.source.url for each in bands()}
    assert source == next(each["url"] for each in REFERENCES if each["key"] == "evaluomer")


def end_of_the_chain() -> Point:
    """The last point of the chain of the answer on negative points."""
    chain, cluster = [(float(x),) for x in range(0, 21, 2)], [(25.0,), (25.5,), (26.0,)]
    return silhouette(chain + cluster, ["chain"] * 11 + ["cluster"] * 3).points[10]


def test_the_end_of_a_chain_is_negative_beside_its_own_neighbour() -> None:
    end = end_of_the_chain()
    assert (end.a, end.b, end.s) == (11, 5.5, -0.5)
    assert "The end of the chain at 20 has a = 11 and b = 5.5, so s = −0.5" in ANSWERS["Why is a point negative?"]


def test_three_points_have_the_means_that_are_told() -> None:
    points, labels = [(0.0,), (0.1,), (1.0,)], ["0", "0", "1"]
    plain, squared = silhouette(points, labels), silhouette(points, labels, "sqeuclidean")
    assert f"a mean of {plain.mean:.4f} in the first convention" in ANSWERS["What about a cluster of one?"]
    assert f"and {plain.mean_with_singletons(1):.4f} in the second" in ANSWERS["What about a cluster of one?"]
    assert (
        f"MATLAB's mean of the three points above is {squared.mean_with_singletons(1):.4f} where scikit-learn's is"
        f" {plain.mean:.4f}"
    ) in SECTIONS["Differences of convention"]


def test_people_measured_in_centimetres_are_other_clusters() -> None:
    answer = ANSWERS["Do I have to scale the coordinates?"]
    people = [(float(x), float(y)) for x, y in re.findall(r"\((\d\.\d\d), (\d\d)\)", answer)]
    assert len(people) == 4
    labels = ["short", "short", "tall", "tall"]
    metres = silhouette(people, labels).mean
    centimetres = silhouette([(100 * height, weight) for height, weight in people], labels).mean
    assert f"a mean of {metres:.4f}.".replace("-", "−") in answer
    assert f"in centimetres it is {centimetres:.4f}" in answer


def test_noise_as_a_cluster_pulls_the_mean_down() -> None:
    points = [(0, 0), (0, 1), (1, 0), (5, 5), (5, 6), (6, 5), (2.5, 9), (9, 0)]
    labels = ["0", "0", "0", "1", "1", "1", "-1", "-1"]
    assert silhouette(points, labels).mean < silhouette(points, labels, leave_out={"-1"}).mean


def test_what_the_page_takes_is_what_it_says() -> None:
    assert f"a matrix of {MOST_DISTANCES:,}" in SECTIONS["Why use it"]
    assert f"beyond {MOST_PAIRED:,} a sample" in SECTIONS["Why use it"]
    assert f"{table.MOST_ROWS:,} points" in SECTIONS["Why use it"]
    assert f"over {MOST_PAIRED:,} in Euclidean distances" in choices.SAMPLE.hint
    assert f"a sample of {SAMPLE:,}" in choices.SAMPLE.hint
    assert f"from {STARTS} starts" in ANSWERS["Can I choose the number of clusters by it?"]
