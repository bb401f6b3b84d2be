"""Workbooks: the first sheet as text, and whatever a file may hold instead."""

from __future__ import annotations

import doctest
import io
import zipfile

import pytest

from app.page import upload, workbook
from app.vocabulary.calculator import Invalid
from tests.corpus import xlsx


def zipped(**files: str) -> bytes:
    """A zip of texts, by path with a double underscore for each slash."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(f"{path.replace('__', '/')}.xml", text)
    return buffer.getvalue()


BOOK = '<workbook><sheets><sheet name="a" sheetId="1"/></sheets></workbook>'


def sheet(body: str, shared: str = "") -> str:
    """The text of a sheet with these rows."""
    parts = {"xl__workbook": BOOK, "xl__worksheets__sheet1": f"<worksheet><sheetData>{body}</sheetData></worksheet>"}
    return upload.decoded("a.xlsx", zipped(**parts, **({"xl__sharedStrings": shared} if shared else {})))


def test_cells_stand_where_their_names_say_and_texts_are_shared_or_their_own() -> None:
    assert upload.decoded("a.xlsx", xlsx([("a <b", "c"), (1, 0.5)])) == "a <b\tc\n1\t0.5\n"
    row = '<row><c r="C1"><v>3</v></c><c t="inlineStr"><is><t>x&#233;&amp;</t></is></c><c t="b"><v>1</v></c></row>'
    assert sheet(row) == "\t\t3\txé&\tTRUE\n"
    assert sheet('<row><c t="e"><v>#DIV/0!</v></c><c t="str"><f>A1</f><v>a\tb</v></c><c/></row>') == 'NA\t"a\tb"\t\n'
    runs = "<sst><si><r><t>one </t></r><r><t>two</t></r><rPh><t>no</t></rPh></si><si/></sst>"
    cells = '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>9</v></c><c t="s"><v>-1</v></c></row>'
    assert sheet(cells, runs) == "one two\t\t\t\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04" + b"\x00" * 40, "cannot be read as a workbook"),
        (zipped(a="b"), "it is no workbook"),
        (zipped(xl__workbook=BOOK), "cannot be read as a workbook"),
        (zipped(xl__workbook="<workbook/>"), "has no sheet"),
        (zipped(xl__workbook=BOOK, xl__worksheets__sheet1="<worksheet/>"), "has nothing on its first sheet"),
        (xlsx([("a", 1)])[:-30], "cannot be read as a workbook"),
        (b"\xd0\xcf\x11\xe0 and more", "an old Excel file"),
        (b"PAR1 and more", "a Parquet file"),
        (b"\x00\x01\x02\x03", "it is not a text file"),
        (b"\xff\xfea", "it is not a text file"),
    ],
)
def test_what_is_no_workbook_or_no_text_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says) as refused:
        upload.decoded("a.xlsx", content)
    assert "a.xlsx" in str(refused.value)


def test_a_zip_that_swells_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST", 100_000)
    rows = '<row><c r="A1"><v>1</v></c></row>' * 50_000
    with pytest.raises(Invalid, match="is too large"):
        sheet(rows)
    monkeypatch.setattr(workbook, "MOST_COLUMNS", 10)
    with pytest.raises(Invalid, match="too many columns"):
        sheet('<row><c r="ZZZ1"><v>1</v></c></row>')


def test_the_examples_in_the_text_are_true() -> None:
    for module in (upload, workbook):
        failed, tried = doctest.testmod(module)
        assert tried
        assert not failed
