"""The form: what of a table is on the page, and where it says what became of what was handed over."""

from __future__ import annotations

import pytest

from app.calculators.registry import load
from app.page import form
from app.vocabulary.calculator import Field, Sheet
from tests.reading import read

TABLE = Field("points", "Points", "1,2", str, "table", sheet=Sheet(lambda _: (), lambda cells: ("x",) * len(cells[0])))


@pytest.mark.parametrize(
    ("slug", "name"), [("silhouette", "points"), ("silhouette", "distances"), ("roc-auc", "points")]
)
@pytest.mark.parametrize("width", [1, 60, 785, 100_000])
def test_so_many_columns_of_a_table_are_on_the_page_and_no_more(slug: str, name: str, width: int) -> None:
    field = next(each for each in load(slug).fields if each.name == name)
    assert 1 < len(form.heads_of(field, (("0",) * width,))) <= form.SHEET_COLUMNS
    assert len(form.heads_of(TABLE, (("0",) * width,))) == min(width, form.SHEET_COLUMNS)


def test_of_a_long_table_the_box_shows_the_beginning_and_cannot_be_typed_into() -> None:
    for text, shown in (("1;" * 10_000, "1;" * 10_000), ("1;" * 10_001, "1;" * 100 + "… (20,002 characters")):
        reader = read(form.control("demo", TABLE, text, 0, "", ""))
        box = next(found for tag, found in reader.tags if tag == "textarea")
        assert ("readonly" in box) == (len(text) > form.LONGEST_SHOWN)
        assert "".join(reader.words).replace("Points", "").strip().startswith(shown)


def test_a_table_that_takes_no_file_says_beside_it_what_cannot_be_pasted() -> None:
    assert 'id="demo-taken-points"' in str(form.upload("demo", TABLE))
    assert 'type="file"' not in str(form.upload("demo", TABLE))
