"""Claims about what a table is: its line of heads, its numbers, and what each column is taken for."""

from __future__ import annotations

import doctest
from collections.abc import Mapping

import pytest

from app.calculators.registry import load
from app.page import form
from app.vocabulary import table
from app.vocabulary.calculator import Invalid, Memory, finish, reading
from app.vocabulary.tables import facts, guesses, kinds, roles, shape
from tests.reading import read


def test_the_examples_in_the_text_are_true() -> None:
    for module, fewest in ((facts, 1), (kinds, 1), (roles, 2), (shape, 3)):
        failed, tried = doctest.testmod(module)
        assert tried >= fewest
        assert not failed


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b")),
        ("0,1,2,label\n5.1,3.5,1.4,0\n4.9,3.1,1.5,1\n", ("0", "1", "2", "label")),
        (",0,1\n0,5.1,3.5\n1,4.9,3.1\n", ("", "0", "1")),
        ("x y\nr1 1 2\nr2 3 4\n", ("", "x", "y")),
        ("Actual,Predicted\nyes,no\nno,no\nyes,yes\n", ("Actual", "Predicted")),
        ("# x y\n1 2\n3 4\n", ("x", "y")),
        ("x,y;1,2;3,4", ("x", "y")),
        ("1,2\n3,4\n", ()),
        ("abc,0.5;0.2,0.7", ()),
        ("NaN,0.5\n0.2,0.7\n", ()),
        ("inf,0,0\n0.9,0.1,0.5\n0.5,0.3,0.8\n", ()),
        ("setosa,5.1\nsetosa,4.9\nvirginica,6.3\n", ()),
    ],
)
def test_a_line_of_heads_is_told_by_its_shape(text: str, heads: tuple[str, ...]) -> None:
    assert shape.shape(text).heads == heads


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a;b\n0,5;1,095\n", "1.095"),
        ("a;b\n1,095;2,107\n", "2.107"),
        ("a;b\n1.234,5;1.234\n", "1234"),
        ("a\tb\n1,095\t2,107\n", "2,107"),
        ('a,b\n1,"1,234.5"\n', "1,234.5"),
        ("a;b\n0.5;1,095\n", "1,095"),
        ("sep=;\na;b\n1,5;2,25E-05\n", "2.25E-05"),
    ],
)
def test_a_comma_is_what_it_is_in_the_whole_table(text: str, cell: str) -> None:
    assert shape.shape(text).rows[0][1] == cell


def test_rows_that_are_not_as_long_as_the_others_are_refused_with_their_row() -> None:
    for text, row in (("a,b\n1,2\n3\n", 2), ("1,2\n3,4\n5,6,7\n", 3), ("a,b\n1,2\n3,4,5\n6,7\n", 2)):
        with pytest.raises(Invalid, match=f"^Row {row} has "):
            shape.shape(text)


def test_a_role_that_one_column_has_alone_changes_places() -> None:
    assert roles.said("label", "score")("Label, score ,out") == ("label", "score", "out")
    with pytest.raises(Invalid, match="Two columns are taken for Label"):
        roles.said("label", "score")("label,label")
    assert roles.changed(("label", "score"), 1, "score") == "label,score"


def test_nothing_is_guessed_of_what_is_no_table() -> None:
    for text in ("", "a", "a,b", "1\n2\n3\n", "x,y\na,b\nc,d\n"):
        assert guesses.guesses(shape.shape(text)) == ()


def test_above_each_column_stands_its_head_and_what_it_is_taken_for() -> None:
    field = next(each for each in load("roc-auc").fields if each.name == "scores")
    html = form.sheet("roc-auc", field, "id,<y>,score\n1,0,0.2\n2,1,0.9\n3,1,0.4\n")
    found = read(html)
    selects = [tags for tag, tags in found.tags if tag == "select"]
    assert [each["data-role"] for each in selects] == ["scores,0", "scores,1", "scores,2"]
    assert selects[1]["aria-label"] == "Column 2, <y>: taken for"
    chosen = [tags["value"] for tag, tags in found.tags if tag == "option" and "selected" in tags]
    assert chosen == ["out", "label", "score"]
    assert "<y>" not in html


@pytest.mark.parametrize(
    ("slug", "name", "heads"),
    [
        ("roc-auc", "scores", ["Label", "Score"]),
        ("roc-auc", "points", ["FPR", "TPR"]),
        ("threshold-cost", "points", ["Threshold", "TPR", "FPR"]),
        ("silhouette", "points", ["x1", "x2", "Label"]),
    ],
)
def test_above_an_empty_table_stands_what_is_typed_there(slug: str, name: str, heads: list[str]) -> None:
    calculator = load(slug)
    field = next(each for each in calculator.fields if each.name == name)
    assert field.sheet is not None
    roles_there = form.roles_of(field, "", calculator.defaults[field.sheet.columns])
    assert [head.text for head in form.heads_of(field, form.lines_of(field, ""), roles_there)] == heads


@pytest.mark.parametrize(
    ("slug", "text"),
    [
        ("roc-auc", "id,y_true,y_score\n7,0,0.2\n9,1,0.9\n8,1,0.4\n"),
        ("roc-auc", "fpr,tpr\n0.1,0.5\n0.3,0.9\n"),
        ("threshold-cost", "fpr,tpr\n0.1,0.5\n0.3,0.9\n"),
        ("silhouette", "x,y,cluster\n1,2,a\n1,3,a\n5,6,b\n5,7,b\n"),
        ("silhouette", "0,1,5,a\n1,0,6,a\n5,6,0,b\n"),
    ],
)
def test_a_table_that_is_brought_is_read_once(slug: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calculator = load(slug)
    field = next(each for each in calculator.fields if each.upload)
    assert field.upload is not None
    read_texts: list[str] = []
    whole = table._rows
    monkeypatch.setattr(table, "_rows", lambda each: read_texts.append(each) or whole(each))
    memory: Memory = {}
    finish(reading(calculator, calculator.defaults, memory))
    read_texts.clear()
    assert len([*field.upload.ahead(text)]) > 2
    texts = field.upload.take(text)
    assert isinstance(texts, Mapping)
    for name, each in texts.items():
        form.lines_of(next(field for field in calculator.fields if field.name == name), each)
    found = finish(reading(calculator, calculator.defaults | dict(texts), memory))
    assert not found.messages
    assert read_texts == [text]
