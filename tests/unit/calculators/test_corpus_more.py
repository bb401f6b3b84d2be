"""The corpus changed at random, and files that are known to everybody: whatever becomes of a table, no exception, and
no other number without a word of warning.
"""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets
from sklearn.metrics import roc_auc_score, silhouette_score

from app.calculators.registry import load
from app.page import rendering
from app.vocabulary.calculator import Message, read
from tests import depth, reading
from tests.corpus import EVERY, Case, german, pandas, r_csv, r_table
from tests.unit.calculators.test_corpus import boxes, brought

TEXTS = [case for case in EVERY if isinstance(case.content, str) and not case.refused]


def outcome(case: Case, text: str, box: str) -> tuple[dict[str, str], dict[str, Any], str]:
    """The messages, the outputs and what is said, of a table that falls on a box."""
    calculator = load(case.page)
    raw, refused = brought(case.page, box, case.file, text)
    found = read(calculator, raw)
    regions = rendering.render(calculator, raw, refused, found).now
    said = reading.text(regions["verdict"]) + " ".join(
        reading.text(regions[f"field-{each}"]) for each in boxes(case.page)
    )
    return {**found.messages, **refused}, reading.outputs(regions), said


# --- changed at random ---


def blank_lines(text: str, _: int) -> str:
    return text.replace("\n", "\n\n")


def crlf(text: str, _: int) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def marked(text: str, _: int) -> str:
    return "\ufeff" + text


def spaced(text: str, _: int) -> str:
    return "\n\n  \n" + text + "\n  \n"


def rows_turned(text: str, at: int) -> str:
    """The rows in another order, the line of heads where it was."""
    lines = text.strip().splitlines()
    if not lines or lines[0][:1] in "%@#" or lines[0].startswith("sep="):
        return text
    head, below = lines[:1], lines[1:]
    if not any(character.isalpha() for character in head[0].replace("e+", "").replace("e-", "").replace("inf", "")):
        return text
    cut = at % len(below) if below else 0
    return "\n".join([*head, *below[cut:], *below[:cut]]) + "\n"


HARMLESS = (blank_lines, crlf, marked, spaced)
"""What changes no answer."""


@given(st.sampled_from(TEXTS), st.sampled_from(HARMLESS), st.integers(0, 50), st.integers(0, 1))
def test_what_changes_nothing_changes_no_answer(case: Case, change: Any, at: int, box: int) -> None:
    assert isinstance(case.content, str)
    where = boxes(case.page)[box]
    messages, outputs, _ = outcome(case, case.content, where)
    changed, others, _ = outcome(case, change(case.content, at), where)
    assert {*messages} == {*changed}
    assert outputs.get(case.output) == others.get(case.output)


CELLS = st.sampled_from(["", "NaN", "NA", "abc", "1e999", "-1", "0,5", '"', "∞", "=1+1", "7;8", "<b>", "99999999"])


@given(
    st.sampled_from(TEXTS),
    st.integers(0, 400),
    CELLS,
    st.sampled_from(["put", "drop", "add", "cut"]),
    st.integers(0, 1),
)
def test_a_cell_that_is_changed_ends_in_no_exception_and_no_silent_gap(
    case: Case, at: int, cell: str, how: str, box: int
) -> None:
    assert isinstance(case.content, str)
    lines = case.content.splitlines()
    place = at % len(lines)
    mark = next((mark for mark in "\t;," if mark in lines[place]), " ")
    cells = lines[place].split(mark)
    column = at % len(cells)
    if how == "put":
        cells[column] = cell
    elif how == "drop":
        del cells[column]
    elif how == "add":
        cells.append(cell)
    else:
        cells = cells[:column]
    text = "\n".join([*lines[:place], mark.join(cells), *lines[place + 1 :]]) + "\n"
    messages, outputs, said = outcome(case, text, boxes(case.page)[box])
    assert not messages or case.output not in outputs
    if how in ("drop", "add", "cut") and not messages and len(mark.join(cells)) and place and mark != " ":
        # A row that is as long as the others all the same, or the last of the columns that nobody needs.
        assert outputs[case.output] == pytest.approx(case.value, rel=1e-11) or (case.warns and case.warns in said)
    if not messages and place and how == "put" and cell in ("NaN", "NA") and case.page != "silhouette":
        assert case.output in outputs


@given(st.sampled_from(TEXTS), st.text(st.sampled_from(',;\t\n "0.1eNaN-x')), st.integers(0, 2000), st.integers(0, 1))
def test_a_text_with_anything_in_it_ends_in_no_exception(case: Case, put: str, at: int, box: int) -> None:
    assert isinstance(case.content, str)
    text = case.content[: at % len(case.content)] + put + case.content[at % len(case.content) :]
    messages, outputs, _ = outcome(case, text, boxes(case.page)[box])
    assert not messages or case.output not in outputs


# --- files that are known to everybody ---


def written(heads: list[str], rows: list[list[Any]]) -> dict[str, str | bytes]:
    """A table as each program writes it."""
    return {
        "pandas": pandas(heads, rows),
        "pandas with index": pandas(heads, rows, range(len(rows))),
        "R": r_csv(heads, rows),
        "R, write.table": r_table(heads, rows),
        "Excel in German": german(heads, rows),
    }


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
@pytest.mark.parametrize("way", ["pandas", "pandas with index", "R", "R, write.table", "Excel in German"])
def test_a_data_set_has_its_silhouette_as_each_program_writes_it(name: str, way: str) -> None:
    bunch = getattr(datasets, f"load_{name}")()
    count = depth.cases(200, len(bunch.target))
    x, y = (
        bunch.data[:: max(1, len(bunch.target) // count)][:count],
        bunch.target[:: max(1, len(bunch.target) // count)][:count],
    )
    heads = [*map(str, getattr(bunch, "feature_names", range(x.shape[1]))), "target"]
    rows = [[*map(float, row), int(kind)] for row, kind in zip(x, y, strict=True)]
    calculator = load("silhouette")
    raw, refused = brought("silhouette", "points", "table.csv", written(heads, rows)[way])
    found = read(calculator, raw)
    assert not found.messages
    assert not refused
    shown = reading.outputs(rendering.render(calculator, raw, found=found).now)
    assert shown["silhouette"] == pytest.approx(silhouette_score(x, y), abs=1e-12)


@pytest.mark.parametrize("way", ["pandas", "pandas with index", "R", "R, write.table", "Excel in German"])
def test_breast_cancer_by_one_of_its_measures_has_its_auc(way: str) -> None:
    bunch = datasets.load_breast_cancer()
    kept = [0, 7, 27]
    heads = [*(str(bunch.feature_names[at]) for at in kept), "target"]
    rows = [[*map(float, row[kept]), int(kind)] for row, kind in zip(bunch.data, bunch.target, strict=True)]
    calculator = load("roc-auc")
    raw, _ = brought("roc-auc", "points", "table.csv", written(heads, rows)[way])
    found = read(calculator, raw)
    assert not found.messages
    wanted = [roc_auc_score(bunch.target, bunch.data[:, at]) for at in kept]
    assert [each.auc for each in found.result.curves] == pytest.approx(wanted, abs=1e-12)
    assert "ranks the wrong way round" in reading.text(rendering.render(calculator, raw, found=found).now["verdict"])


def test_all_thirty_measures_of_breast_cancer_are_asked_about() -> None:
    bunch = datasets.load_breast_cancer()
    rows = [[*map(float, row), int(kind)] for row, kind in zip(bunch.data[:60], bunch.target[:60], strict=True)]
    text = pandas([*map(str, bunch.feature_names), "target"], rows)
    calculator = load("roc-auc")
    raw, _ = brought("roc-auc", "scores", "table.csv", text)
    assert "30 columns may hold scores" in read(calculator, raw).messages["scores"]
    chosen = ",".join("score" if at == 27 else "label" if at == 30 else "out" for at in range(31))
    found = read(calculator, raw | {"scores_columns": chosen})
    assert not found.messages
    assert found.result.first.auc == pytest.approx(roc_auc_score(bunch.target[:60], bunch.data[:60, 27]), abs=1e-12)


def test_the_four_tables_of_the_reports_have_their_right_figures() -> None:
    """Of the kinds that once ended in another number: our own data, the figures of scikit-learn."""
    chance = numpy.random.default_rng(18)
    x = numpy.vstack([chance.normal(at, 0.9, (38 if at else 37, 4)) for at in (0, 3, 6, 9)])
    kinds = numpy.repeat([0, 1, 2, 3], [37, 38, 38, 38])
    numbered = pandas(
        [0, 1, 2, 3, "label"], [[*row, kind] for row, kind in zip(x.tolist(), kinds.tolist(), strict=True)]
    )
    numbers = [
        [7000 + 3 * at, *row, kind] for at, (row, kind) in enumerate(zip(x.tolist(), kinds.tolist(), strict=True))
    ]
    customers = pandas(["customer_id", "a", "b", "c", "d", "cluster"], numbers)
    for text in (numbered, customers):
        raw, _ = brought("silhouette", "points", "a.csv", text)
        assert read(load("silhouette"), raw).result.whole.mean == pytest.approx(silhouette_score(x, kinds), abs=1e-12)
        assert read(load("silhouette"), raw).result.whole.size == 151


def test_a_question_is_asked_with_what_each_way_comes_to() -> None:
    calculator = load("roc-auc")
    raw, _ = brought("roc-auc", "points", "a.csv", "0,0.1\n0,0.2\n0,0.3\n1,0.6\n1,0.8\n")
    found = read(calculator, raw)
    (message,) = found.messages.values()
    assert isinstance(message, Message)
    assert [
        reading.text(str(part.text if hasattr(part, "text") else part))
        for each in message.asked
        for part in each.answer
    ][1::2] == ["1", "0.45"]
    verdict = rendering.render(calculator, raw, found=found).now["verdict"]
    assert verdict.count('data-action="mean"') == 2
    assert "<output" not in verdict
