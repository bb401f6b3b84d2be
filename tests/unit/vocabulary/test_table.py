"""Tables as text: from a link, a box, a spreadsheet and a file, and back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary import table
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import share

cells = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), max_size=8)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=6)


@given(tables)
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    expected = [tuple(row) for row in rows]
    while expected and not any(expected[-1]):
        expected.pop()
    if expected and expected[0][:1] and expected[0][0].startswith("\ufeff"):
        return  # a mark that some programs put before a file
    assert table.rows(table.write(rows)) == tuple(expected)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@given(tables)
def test_a_file_that_a_spreadsheet_writes_is_read(mark: str, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    expected = tuple(row for row in (tuple(cell.strip() for cell in row) for row in rows) if any(row))
    if len(rows) > 1 and all(len(row) > 1 for row in rows):
        assert table.rows(text.getvalue()) == expected


def test_decimal_commas_stand_beside_semicolons_and_tabs() -> None:
    wanted = (("0,1", "0,5"), ("0,2", "0,7"))
    assert table.rows("0,1;0,5\n0,2;0,7\n") == table.rows("0,1\t0,5\r\n0,2\t0,7") == wanted
    assert table.rows(table.write(wanted)) == wanted


def test_a_blank_row_that_is_being_typed_keeps_its_place_and_one_at_the_end_does_not() -> None:
    assert table.rows("0.1,0.5;,;0.2,0.7;,;") == (("0.1", "0.5"), ("", ""), ("0.2", "0.7"))
    assert table.rows("0.1,0.5\n\n0.2,0.7\n\n") == (("0.1", "0.5"), ("0.2", "0.7"))
    assert table.rows("") == table.rows(" ;; ") == table.rows("\n\n") == ()


def test_too_much_is_refused_and_says_how_much_is_right() -> None:
    assert len(table.rows("1,2;" * table.MOST_ROWS)) == table.MOST_ROWS
    with pytest.raises(Invalid, match="100,002 rows: keep it to 100,000"):
        table.rows("1,2;" * table.MOST_ROWS + "3,4;5,6")
    with pytest.raises(Invalid, match="keep it below 20 MB"):
        table.rows("1" * (table.MOST_CHARACTERS + 1))


def test_a_line_of_heads_puts_the_columns_right_and_goes() -> None:
    names = (("fpr", "false positive rate"), ("tpr", "sensitivity"), ("curve", ""))
    assert table.headed(table.rows("id,True,False positive rate,TPR\na,1,0.1,0.5"), names) == (("0.1", "0.5"),)
    assert table.headed(table.rows("Curve;TPR;FPR\nA;0,5;0,1"), names) == (("0,1", "0,5", "A"),)
    untouched = table.rows("0.1,0.5\n0.2,0.7")
    assert table.headed(untouched, names) == untouched
    assert table.headed(table.rows("fpr\n0.1"), names) == (("fpr",), ("0.1",))
    assert table.headed((), names) == ()


def test_a_column_is_read_in_one_go_or_cell_by_cell_with_every_message() -> None:
    wrong: dict[tuple[int, int], str] = {}
    assert table.column(table.rows("0.1;0.5"), 0, share, wrong, (0, 1)) == [0.1, 0.5]
    assert table.column((("10%",), ("0,5",), ("",), ("2",), ("nan",)), 0, share, wrong, (0, 1)) == [0.1, 0.5, 0, 0, 0]
    assert [place for place, _ in wrong] == [2, 3, 4]
    with pytest.raises(Invalid, match=r"Row 3, FPR: Write a share such as 0\.5 or 50%\. And 2 more\.") as refused:
        table.refuse(wrong, ("FPR",))
    assert refused.value.cells == wrong
    table.refuse({}, ())


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1_000", "1e999", "", "0x1", "१", "1 2"])
def test_what_only_python_calls_a_number_is_looked_at_by_itself(cell: str) -> None:
    found = table.plain_numbers(["0.5", cell])
    assert found is None or cell == "१"  # a digit in any script is a digit


def test_a_file_to_take_away_opens_in_a_spreadsheet_and_starts_no_formula() -> None:
    text = table.csv_text(("a", "b,c"), [(1, '=HYPERLINK("x")'), (-0.5, "-1+2"), ("+3", "@x"), ("", 0)])
    assert list(csv.reader(io.StringIO(text))) == [
        ["a", "b,c"],
        ["1", '\'=HYPERLINK("x")'],
        ["-0.5", "'-1+2"],
        ["+3", "'@x"],
        ["", "0"],
    ]


def test_a_cell_is_told_from_a_block() -> None:
    assert not any(map(table.is_block, ("0.5", "0,5", " 1 ", "1\n")))
    assert all(map(table.is_block, ("1\t2", "1\n2", "0.1,0.5;0.2,0.7")))
