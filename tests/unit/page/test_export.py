"""What is taken away says what the page says, and what is brought back is what it was."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.registry import CALCULATORS, load
from app.page import export, rendering, saved, upload
from app.vocabulary import link
from app.vocabulary.calculator import Calculator, Figure, Invalid, Line, Link, Row, Table, View, read
from tests import cases, reading
from tests.unit.calculators.test_downloads import STARTS, hostile

SITE = "https://example.org/page/"

every_calculator = pytest.mark.parametrize("slug", CALCULATORS)


def made(kind: str, slug: str, raw: Mapping[str, str], only: str = "") -> export.Taken:
    calculator = load(slug)
    return export.export(kind, calculator, raw, read(calculator, raw), lambda fragment: SITE + fragment, only)


def answered(slug: str, count: int = 5) -> Iterator[dict[str, str]]:
    """Inputs of a calculator that it takes."""
    calculator = load(slug)
    for raw in ({}, *cases.made(slug, count)):
        whole = calculator.defaults | raw
        if not read(calculator, whole).messages:
            yield whole


def tables(calculator: Calculator, raw: Mapping[str, str]) -> list[Table]:
    return [*rendering.tables(calculator, raw).values()]


def figures(rows: Iterator[Row] | list[Row]) -> list[Figure]:
    return [part for row in rows for line in (row.head, *row.cells) for part in line if isinstance(part, Figure)]


# --- CSV ---


@every_calculator
def test_a_csv_has_every_cell_as_on_the_page_and_every_figure_whole(slug: str) -> None:
    for raw in answered(slug):
        for name, table in rendering.tables(load(slug), raw).items():
            text = made("csv", slug, raw, name).text.removeprefix("\ufeff")
            heads, *lines = csv.reader(io.StringIO(text, newline=""))
            rows = [*table.rows()]
            assert len(lines) == len(rows)
            for row, line in zip(rows, lines, strict=True):
                found = dict(zip(heads, line, strict=True))
                for column, cell in zip(table.heads, (row.head, *row.cells), strict=False):
                    assert found[column].removeprefix("'") == export.plain(cell).removeprefix("'")
                    known = [each.value for each in export.figures(cell) if isfinite(each.value)]
                    beside = [text for head, text in found.items() if head.startswith(f"{column}, value") and text]
                    if beside:
                        assert [*map(float, beside)] == known


@every_calculator
def test_one_csv_has_all_tables_under_their_titles(slug: str) -> None:
    calculator = load(slug)
    taken = made("csv", slug, calculator.defaults)
    assert taken.filename == f"{slug}.csv"
    firsts = [row[0] if row else "" for row in csv.reader(io.StringIO(taken.text.removeprefix("\ufeff"), newline=""))]
    for table in tables(calculator, calculator.defaults):
        at = firsts.index(table.title, firsts.index("Answers"))
        assert firsts[at - 1] == ""
        assert firsts[at + 1] == table.heads[0]
    assert [*firsts[firsts.index("Inputs") + 1 : firsts.index("Answers") - 1]] == [
        field.label for field in calculator.fields
    ]


@pytest.mark.parametrize("start", STARTS, ids=ascii)
@every_calculator
def test_no_cell_is_taken_for_a_formula(slug: str, start: str) -> None:
    for raw in hostile(slug, start):
        text = made("csv", slug, load(slug).defaults | raw).text.removeprefix("\ufeff")
        for row in csv.reader(io.StringIO(text, newline="")):
            for cell in row:
                assert not re.match(r"[\s\x00-\x1f]*([=@＝＋－＠]|[+-](?!\d+(\.\d+)?(e[+-]?\d+)?$))", cell)


# --- JSON ---


@every_calculator
def test_a_json_has_the_outputs_of_the_page_and_its_link(slug: str) -> None:
    calculator = load(slug)
    for raw in answered(slug):
        found = json.loads(made("json", slug, raw).text)
        assert found["calculator"] == slug
        assert found["version"] == 1
        known = {name: value for name, value in found["outputs"].items() if value is not None}
        assert known == reading.outputs(rendering.regions(calculator, raw))
        assert calculator.defaults | link.read(found["link"])[1] == raw
        numbers = [
            number
            for table in found["tables"].values()
            for row in table["rows"]
            for cell in row["cells"]
            if isinstance(cell, dict)
            for number in cell["values"]
        ]
        shown = [each.value for table in tables(calculator, raw) for each in figures([*table.rows()])]
        assert numbers == [value if isfinite(value) else None for value in shown]


@every_calculator
def test_what_a_json_was_written_of_is_read_out_of_it(slug: str) -> None:
    calculator = load(slug)
    for raw in answered(slug, 20):
        text = made("json", slug, raw).text
        assert upload.is_saved(text)
        found = saved.read(text)
        assert found.slug == slug
        assert saved.texts(calculator, found.inputs) == raw


@cache
def as_it_comes(calculator: Calculator) -> View:
    """What is shown of the defaults."""
    return calculator.view(*read(calculator, calculator.defaults)[:2])


@every_calculator
@given(data=st.data())
def test_any_text_in_any_input_comes_back_to_the_letter(slug: str, data: st.DataObject) -> None:
    """Whatever it is, half a character included: the inputs are texts, and no more is known of them."""
    calculator = load(slug)
    raw = {
        field.name: data.draw(st.text(st.characters(exclude_categories=[]), max_size=20)) for field in calculator.fields
    }
    text = export._json(calculator, raw, as_it_comes(calculator), "")
    assert text.encode().decode() == text
    assert saved.texts(calculator, saved.read(text).inputs) == raw


def test_a_number_that_somebody_wrote_counts_as_it_is_written() -> None:
    calculator = load("pruning")
    text = '{"calculator": "pruning", "version": 1, "inputs": {"sparsity": 0.50, "devices": 2, "gone": [1], "x": null}}'
    assert saved.texts(calculator, saved.read(text).inputs) == calculator.defaults | {
        "sparsity": "0.50",
        "devices": "2",
    }


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"calculator": "pruning"', "This is not JSON"),
        ('{"calculator": ' + "[" * 100_000, "nested more than 10 deep"),
        ('{"calculator": "pruning", "version": 1}', "no inputs"),
        ('["calculator"]', "no inputs"),
        ('{"calculator": "pruning", "version": 2, "inputs": {}}', "version 2"),
        ('{"calculator": "else", "version": 1, "inputs": {}}', "“else” is no calculator"),
        ('{"calculator": ["pruning"], "version": 1, "inputs": {}}', "is no calculator"),
    ],
)
def test_what_is_no_file_of_ours_is_refused(text: str, why: str) -> None:
    with pytest.raises(Invalid, match=re.escape(why)):
        saved.read(text)


@pytest.mark.parametrize("wrong", [None, True, ["50%"], {"a": "b"}])
def test_what_is_neither_a_text_nor_a_number_is_refused(wrong: object) -> None:
    with pytest.raises(Invalid, match="“sparsity” in this file is no text"):
        saved.texts(load("pruning"), {"sparsity": wrong})


# --- Markdown ---


@every_calculator
def test_markdown_says_what_is_asked_the_answer_and_what_is_open(slug: str) -> None:
    calculator = load(slug)
    for raw in answered(slug):
        found = read(calculator, raw)
        view = calculator.view(found.values, found.result)
        text = made("markdown", slug, raw).text
        plain = re.sub(r"\\([\\`*_{}\[\]<>|~&#$])", r"\1", text)
        assert text.startswith(f"# {calculator.title}\n")
        assert export.plain(view.verdict) in plain
        for card in view.cards:
            assert f"**{card.label}**: {export.plain(card.answer)}" in plain
        for table in tables(calculator, raw):
            assert (f"## {table.title}" in plain) == (not table.folded)
        address = SITE + link.write(slug, raw, calculator.defaults)
        assert text.endswith(f"({address})\n")


def test_nothing_that_is_typed_is_taken_for_markdown() -> None:
    name = "<img src=x> | `a` *b* [c](javascript:d)\n# e"
    line: Line = (name, Link("a [b]", "https://example.org/(x)"))
    assert export._marked(line) == (
        "\\<img src=x\\> \\| \\`a\\` \\*b\\* \\[c\\](javascript:d) \\# e[a \\[b\\]](https://example.org/%28x%29)"
    )


# --- all of them ---


@pytest.mark.parametrize("kind", ["csv", "json", "markdown"])
@every_calculator
def test_nothing_is_taken_away_while_an_input_is_wrong(slug: str, kind: str) -> None:
    calculator = load(slug)
    field = next(each for each in calculator.fields if each.control == "text")
    with pytest.raises(Invalid, match=re.escape(field.label)):
        made(kind, slug, calculator.defaults | {field.name: "<nonsense>"})


def test_there_is_no_other_kind() -> None:
    with pytest.raises(Invalid, match="no kind of file"):
        made("exe", "pruning", load("pruning").defaults)
