"""The form: what of a table is on the page, and where it says what became of what was handed over."""

from __future__ import annotations

import pytest

from app.calculators.registry import load
from app.page import faults, form, rendering
from app.vocabulary.calculator import Field, Sheet, Slider
from tests.reading import read

TABLE = Field("points", "Points", "1,2", str, "table", sheet=Sheet(lambda _: (), lambda cells: ("x",) * len(cells[0])))


@pytest.mark.parametrize(
    ("slug", "name"), [("silhouette", "points"), ("silhouette", "distances"), ("roc-auc", "points")]
)
@pytest.mark.parametrize("width", [1, 60, 785, 100_000])
def test_so_many_columns_of_a_table_are_on_the_page_and_no_more(slug: str, name: str, width: int) -> None:
    field = next(each for each in load(slug).fields if each.name == name)
    assert 1 < len(form.heads_of(field, ((), ("0",) * width))) <= form.SHEET_COLUMNS
    assert len(form.heads_of(TABLE, ((), ("0",) * width))) == min(width, form.SHEET_COLUMNS)


def test_of_a_long_table_the_box_shows_the_beginning_and_cannot_be_typed_into() -> None:
    for text, shown in (("1;" * 10_000, "1;" * 10_000), ("1;" * 10_001, "1;" * 100 + "… (20,002 characters")):
        reader = read(form.control("demo", TABLE, text, 0, "", ""))
        box = next(found for tag, found in reader.tags if tag == "textarea")
        assert ("readonly" in box) == (len(text) > form.LONGEST_SHOWN)
        assert "".join(reader.words).replace("Points", "").strip().startswith(shown)


def test_a_table_that_takes_no_file_says_beside_it_what_cannot_be_pasted() -> None:
    assert 'id="demo-taken-points"' in str(form.upload("demo", TABLE))
    assert 'type="file"' not in str(form.upload("demo", TABLE))


# --- what a box shows ---

NAMED = Field("name", "Name", "a", str, shows=lambda text, value: f"<{value}>" if text == "a" else text)


@pytest.mark.parametrize(
    ("text", "shown", "value", "raw"),
    [("a", "<Ann>", "<Ann>", "a"), ("a", "", "a", None), ("a", "a", "a", None), ("", "", "", None)],
)
def test_a_box_shows_a_name_and_keeps_the_text_beside_it(text: str, shown: str, value: str, raw: str | None) -> None:
    html = str(form.control("demo", NAMED, text, 0, "", "", shown))
    box = next(found for tag, found in read(html).tags if tag == "input")
    assert (box["value"], box.get("data-raw")) == (value, raw)
    assert "<Ann>" not in html


def test_a_box_shows_what_is_typed_while_it_is_typed_and_what_cannot_be_read() -> None:
    calculator = load("pruning")
    raw = calculator.defaults | {"device": "t4", "params": "7Q"}
    for typing, value in (("", "T4"), ("device", "t4")):
        now = rendering.render(calculator, raw, typing=typing).now
        assert f' value="{value}"' in now["field-device"]
        assert ' value="7Q"' in now["field-params"]
        memory = {each.name: (raw[each.name], each.parse(raw[each.name])) for each in calculator.fields[1:]}
        there = faults.inputs(calculator, raw, memory, {}, typing)
        assert f' value="{value}"' in there["field-device"]
        assert ' value="7Q"' in there["field-params"]


def test_a_slider_says_its_value_with_its_unit_and_what_it_is_of() -> None:
    field = Field("share", "Sparsity", "50%", str, slider=Slider(0, 100, float, "%"))
    slider = next(found for _, found in read(form.control("demo", field, "50%", 50, "", "")).tags if "max" in found)
    assert slider["aria-valuetext"] == "50% sparsity"


@pytest.mark.parametrize("field", [NAMED, TABLE])
def test_whatever_stands_in_a_box_or_its_message_a_note_is_put_below(field: Field) -> None:
    text, note = "\ufffc", '<data value="1">1</data>'
    html = str(form.control("demo", field, text, 0, note, f"{text} is no number."))
    assert html.count(note) == 1
    assert html.index(f"{text} is no number.") < html.index(note)
    assert html.count(text) == str(form.control("demo", field, text, 0, "", f"{text} is no number.")).count(text) > 1
