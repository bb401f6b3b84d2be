"""Whatever stands in a file, under whatever name: a text, or a message that says why there is none. And what the page
keeps for itself comes back or is refused.
"""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.registry import CALCULATORS, load
from app.page import export, pins, rendering, saved, upload
from app.vocabulary import link
from app.vocabulary.calculator import Invalid, read
from tests.corpus import xlsx

WHOLE = xlsx([("label", "score & more"), ("1", 0.9), ("0", 0.3), ("ja", "x\ty")])
BEGINNINGS = (b"", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b'{"calculator": "pruning", ', b"GGUF")

damage = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=6)), max_size=5)


@given(st.sampled_from(BEGINNINGS), st.binary(max_size=200))
def test_any_bytes_are_a_text_or_are_refused(begins: bytes, content: bytes) -> None:
    with suppress(Invalid):
        upload.decoded("a.csv", begins + content)


@given(damage, st.floats(0, 1))
def test_a_damaged_workbook_is_a_table_or_is_refused(by: list[tuple[float, bytes]], kept: float) -> None:
    content = bytearray(WHOLE)
    for where, what in by:
        at = int(where * len(content))
        content[at : at + len(what)] = what
    with suppress(Invalid):
        upload.decoded("a.xlsx", bytes(content if kept > 0.3 else content[: int(kept * len(content))]))


def book(**parts: str) -> bytes:
    """A workbook with other parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WHOLE)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = "sheet" if "worksheets/" in name else name.rpartition("/")[2].partition(".")[0]
            new.writestr(name, parts.get(part, old.read(name).decode()))
    return made.getvalue()


PIECES = ("<row", "<c", "<v", "<t", "<si", "<rPh", ">", "/>", "</row>", "</c>", "</v>", "</t>", "</si>", "</rPh>")
pieces = st.lists(
    st.one_of(
        st.sampled_from(
            (*PIECES, ' r="A1"', ' r="ZZZ9"', ' t="s"', ' t="inlineStr"', ' t="b"', "&#", "&#x110000;", "x:")
        ),
        st.text(max_size=4),
    ),
    max_size=30,
).map("".join)


@given(pieces, pieces, pieces)
def test_whatever_a_workbook_holds_is_a_table_or_is_refused(sheet: str, strings: str, workbook: str) -> None:
    parts = {"sheet": sheet, "sharedStrings": strings, "workbook": workbook}
    with suppress(Invalid):
        upload.decoded(
            "a.xlsx", book(**{name: text.encode("utf-8", "replace").decode() for name, text in parts.items()})
        )


@pytest.mark.parametrize(
    "piece", [*PIECES, "<row>", "<row><c>", "<v>", "<si>", "<t>", "<rPh>", "<row a", "<c r=", "a "]
)
@pytest.mark.parametrize("part", ["sheet", "sharedStrings", "workbook"])
def test_beginnings_without_an_end_are_gone_through_once(part: str, piece: str) -> None:
    # Gone through once for each, they would take hours.
    with suppress(Invalid):
        upload.decoded("a.xlsx", book(**{part: piece * 200_000}))
    inside = {"sheet": "<row><c>{}</c></row>", "sharedStrings": "<si>{}</si>", "workbook": "<sheet {}>"}[part]
    with suppress(Invalid):
        upload.decoded("a.xlsx", book(**{part: inside.format(piece * 200_000)}))


def test_what_a_phonetic_guide_says_is_no_part_of_a_text() -> None:
    strings = "<si><t>東京</t><rPh sb='0' eb='2'><t>とうきょう</t></rPh><t>都</t></si><si><t>b</t></si>"
    sheet = '<row><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    assert upload.decoded("a.xlsx", book(sheet=sheet, sharedStrings=strings)) == "東京都\tb\n"


# --- what the page wrote of itself ---

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(exclude_categories=[]))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


@given(st.data())
def test_a_file_of_inputs_gives_texts_or_is_refused(data: st.DataObject) -> None:
    slug = data.draw(st.sampled_from([*CALCULATORS]))
    calculator = load(slug)
    names = st.one_of(st.sampled_from([*calculator.defaults]), st.text(max_size=9))
    content = {
        "calculator": data.draw(st.one_of(st.just(slug), json_values)),
        "version": data.draw(st.one_of(st.just(export.VERSION), json_values)),
        "inputs": data.draw(
            st.one_of(st.dictionaries(names, st.one_of(st.text(), json_values), max_size=4), json_values)
        ),
    }
    text = json.dumps(content)
    cut = data.draw(st.one_of(st.just(len(text)), st.integers(0, len(text))))
    try:
        found = saved.read(text[:cut])
        raw = saved.texts(load(found.slug), found.inputs)
    except Invalid:
        return
    assert raw.keys() == load(found.slug).defaults.keys()
    assert all(isinstance(each, str) for each in raw.values())


@given(st.sampled_from([*CALCULATORS]), st.text(st.characters(exclude_categories=[]), max_size=120), st.data())
def test_any_text_of_a_pin_is_compared_or_left_out(slug: str, text: str, data: st.DataObject) -> None:
    calculator = load(slug)
    name = data.draw(st.sampled_from([*calculator.defaults]))
    for pinned in (text, f"{text}?{name}={text}", f"a?{text}&{name}=1"):
        pin = pins.read(calculator, pinned)
        assert len(pin.name) <= pins.LONGEST_NAME
        found = read(calculator, calculator.defaults)
        cards = rendering.render(calculator, calculator.defaults, found=found).cards
        assert pins.compared(calculator, calculator.defaults, cards, [pins.scenario(calculator, pin)])
        with suppress(Invalid):
            again = pins.read(calculator, pins.write(calculator, pin))
            assert len(again.name) <= pins.LONGEST_NAME
            assert again.raw.keys() == pin.raw.keys()
    assert all(len(each) <= link.LONGEST_PIN for each in link.beside(f"#{slug}?pin={text}").pins)
