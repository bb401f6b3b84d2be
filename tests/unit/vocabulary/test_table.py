"""Tables as text: from a link, a box, a spreadsheet and a file, and back."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary import link, table
from app.vocabulary.calculator import Invalid
from app.vocabulary.quantity import share

# All of Unicode, halves of emoji included, and often what parts cells and rows somewhere.
MARKS = list(",;\"'\t\r\n\x00\x0b\x0c\x1c\x85\u2028\u2029\ufeff\xa0 ")
characters = st.one_of(st.characters(exclude_categories=[]), st.sampled_from(MARKS))
cells = st.text(characters, max_size=8)
tables = st.lists(st.lists(cells, min_size=1, max_size=4), max_size=6)


def meant(rows: list[list[str]]) -> table.Rows:
    """What a table means: cells without the spaces around them, and no blank rows at the end."""
    found = [tuple(cell.strip() for cell in row) for row in rows]
    while found and not any(found[-1]):
        found.pop()
    return tuple(found)


@given(tables)
def test_what_is_written_is_read_again(rows: list[list[str]]) -> None:
    assert table.rows(table.write(rows)) == meant(rows)


@given(tables)
def test_a_table_goes_through_a_link(rows: list[list[str]]) -> None:
    _, raw = link.read(link.write("roc-auc", {"points": table.write(rows)}, {"points": "0,0"}))
    whole = [[re.sub("[\ud800-\udfff]", "\ufffd", cell) for cell in row] for row in rows]
    assert table.rows(raw.get("points", "0,0")) == meant(whole)


@given(st.one_of(st.text(characters), st.text(st.sampled_from(',;"\n\r\t ab'))))
def test_any_text_is_a_table_or_is_refused(text: str) -> None:
    try:
        found = table.rows(text)
    except Invalid as refused:
        assert re.match(r"Row \d+: the quotation mark before “", str(refused))
    else:
        assert table.rows(table.write(found)) == found


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
@given(tables)
def test_a_file_that_a_spreadsheet_writes_is_read(mark: str, end: str, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    expected = tuple(row for row in (tuple(cell.strip() for cell in row) for row in rows) if any(row))
    if len(rows) > 1 and all(len(row) > 1 for row in rows):
        assert table.rows(text.getvalue()) == expected


def test_a_line_ends_where_a_spreadsheet_ends_it_and_nowhere_else() -> None:
    assert table.rows("a,b\u2028c\n1,2\x0b3\n4,5\x85") == (("a", "b\u2028c"), ("1", "2\x0b3"), ("4", "5"))
    assert table.rows('a,"b\nc"\r1,"2\r\n3"') == (("a", "b\nc"), ("1", "2\r\n3"))
    assert table.rows('0.1,"a\tb";0.2,"c\nd"') == (("0.1", "a\tb"), ("0.2", "c\nd")), "the rows of one line"


def test_a_quotation_mark_is_one_only_where_a_cell_begins() -> None:
    assert table.rows('5" disk,1;6" disk,2') == (('5" disk', "1"), ('6" disk', "2"))
    assert table.rows('size, "a;b", c"') == (("size", "a;b", 'c"'),)
    assert table.rows('a,"5"" disk"\nb,""""') == (("a", '5" disk'), ("b", '"'))


def test_an_empty_cell_before_a_tab_is_a_cell() -> None:
    assert table.rows("\tx\ty\n0\t1\t2") == (("", "x", "y"), ("0", "1", "2"))
    assert table.rows("\t0.1,0.5;0.2,0.7") == (("0.1", "0.5"), ("0.2", "0.7")), "one line is no file"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('0.1,0.5\n0.2,"0.7\n0.5,0.9\n', "Row 2: the quotation mark before “0.7 0.5,0.9” is never closed."),
        ('0.1,0.5;"', "Row 2: the quotation mark before “” is never closed."),
        ('a\tb\n\n"' + "c" * 200_000, "Row 3: the quotation mark before “ccc"),
    ],
)
def test_a_quotation_mark_that_is_never_closed_is_refused_where_it_stands(text: str, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        table.rows(text)
    assert str(refused.value).startswith(said)
    assert str(refused.value).endswith("Close it, or take it out.")


def test_a_cell_may_be_as_long_as_the_table() -> None:
    text = "b" * 200_000
    assert table.rows(f'a,"{text}"\n1,2') == (("a", text), ("1", "2"))
    assert table.rows(f"a,{text}\n1,2") == (("a", text), ("1", "2"))


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


MANY = 3_000_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("," * 5_000_000, "A row of the table has 5,000,001 cells: keep it to 100,000."),
        ('"",' * 5_000_001, "The table has 5,000,001 cells: keep it to 5,000,000."),
        ("1;" * MANY, "The table has 3,000,000 rows: keep it to 100,000."),
        ("1\n" * MANY, "The table has 3,000,000 rows: keep it to 100,000."),
        ('"";' * MANY + "1", "The table has more than 100,000 rows: keep it to 100,000."),
        ('"1"\n' * MANY, "The table has more than 100,000 rows: keep it to 100,000."),
        (
            "1;" * 90_000 + "," * 90_000,
            "The table has 90,001 rows with up to 90,001 cells: keep it to 5,000,000 cells in all.",
        ),
    ],
    ids=["cells", "quoted cells", "rows", "lines", "quoted rows", "quoted lines", "one long row"],
)
def test_what_is_too_large_is_refused_before_it_is_built(text: str, said: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Invalid) as refused:
            table.rows(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert str(refused.value) == said
    assert peak < 25e6 + 4 * len(text), "100,000 rows, and the text to be read from"


def test_blank_lines_are_no_rows_however_many() -> None:
    text = "1,2\r\n" * 1000 + ",,\r\n\r\n" * 200_000 + "3,4"
    assert table.rows(text) == (*[("1", "2")] * 1000, ("3", "4"))
    assert table.rows("1,2;" + ";,;" * 200_000) == (("1", "2"),)


def test_a_file_of_words_is_refused_without_looking_at_each() -> None:
    wrong: dict[tuple[int, int], str] = {}
    tried: list[str] = []

    def read(cell: str) -> float:
        tried.append(cell)
        raise Invalid("no number")

    assert table.column(["a"] * 50_000, 0, read, wrong, (0, 1)) == [0.0] * 50_000
    assert len(tried) == len(wrong) == table.MOST_WRONG
    with pytest.raises(Invalid, match=r"Row 1, FPR: no number And at least 999 more\."):
        table.refuse(wrong, ("FPR", "TPR"))


def test_a_column_is_read_in_one_go_or_cell_by_cell_with_every_message() -> None:
    wrong: dict[tuple[int, int], str] = {}
    assert table.column(("0.1", "0.5"), 0, share, wrong, (0, 1)) == [0.1, 0.5]
    assert table.column(("10%", "0,5", "", "2", "nan"), 0, share, wrong, (0, 1)) == [0.1, 0.5, 0, 0, 0]
    assert [place for place, _ in wrong] == [2, 3, 4]
    with pytest.raises(Invalid, match=r"Row 3, FPR: Write a share such as 0\.5 or 50%\. And 2 more\.") as refused:
        table.refuse(wrong, ("FPR",))
    assert refused.value.cells == wrong
    table.refuse({}, ())


@pytest.mark.parametrize("cell", ["nan", "inf", "-inf", "1_000", "1e999", "", "0x1", "१", "1 2"])
def test_what_only_python_calls_a_number_is_looked_at_by_itself(cell: str) -> None:
    found = table.plain_numbers(["0.5", cell])
    assert found is None or cell == "१"  # a digit in any script is a digit


def test_a_file_to_take_away_opens_in_a_spreadsheet() -> None:
    text = table.csv_text(("a", "b,c"), [(1, 'x "y"'), (-0.5, "z\nz"), ("", 0)])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["a", "b,c"],
        ["1", 'x "y"'],
        ["-0.5", "z\nz"],
        ["", "0"],
    ]


STARTS = [
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
    " =",
    "\u00a0@",
    "\u200b=",
    "\ufeff=",
    "\x00=",
    "\n ＝",
]


@pytest.mark.parametrize("start", STARTS, ids=ascii)
def test_no_text_in_a_file_starts_a_formula(start: str) -> None:
    hostile = f'{start}HYPERLINK("x")'
    text = table.csv_text((hostile, "b"), [(hostile, 1), ("b", hostile)])
    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert cells == [f"'{hostile}", "b", f"'{hostile}", "1", "b", f"'{hostile}"]


def test_a_number_in_a_file_stays_one_with_its_sign() -> None:
    row = [-1, -0.5, 1e-300, -1e22, float("-inf"), "-1", "+3", "-1.5e-7", "0,5", ""]
    cells = next(csv.reader(io.StringIO(table.csv_text([], [row]).removeprefix("\r\n"))))
    assert cells == ["-1", "-0.5", "1e-300", "-1e+22", "-inf", "-1", "+3", "-1.5e-7", "0,5", ""]
    for text in ("-inf", "-1_0", "-1+2", "+1%", "-٣", "- 1"):
        assert table.csv_text([text], []) == f"'{text}\r\n"


def test_a_cell_is_told_from_a_block() -> None:
    assert not any(map(table.is_block, ("0.5", "0,5", " 1 ", "1\n")))
    assert all(map(table.is_block, ("1\t2", "1\n2", "0.1,0.5;0.2,0.7")))
