"""Files from visitors: what is refused before a field reads it, and what is said."""

from __future__ import annotations

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.page import upload
from app.vocabulary.calculator import Invalid


def test_a_large_file_is_refused_with_both_sizes() -> None:
    upload.check("a.json", 1_000_000, 1_000_000)
    with pytest.raises(Invalid, match=r"a\.json .* 10\.0\u202fMB.* 1\.00\u202fMB"):
        upload.check("a.json", 10_000_000, 1_000_000)


def test_text_is_decoded_and_anything_else_refused() -> None:
    assert upload.decoded("a", b"\xef\xbb\xbf{\r\n}") == "{\r\n}"
    with pytest.raises(Invalid, match=r"photo\.png"):
        upload.decoded("photo.png", b"\x89PNG")


def test_a_refused_text_is_one_short_line() -> None:
    assert upload.one_line(" a\n\tb ") == "a b"
    assert len(upload.one_line("[\n" * 10**6)) == upload.LONGEST_REFUSED


def test_what_is_said_names_the_file_and_how_many_there_were() -> None:
    assert upload.told("a.json", 1, taken=True) == "a.json read."
    assert upload.told("a.json", 3, taken=True) == "a.json read, the first of 3 files."
    assert upload.told("a.json", 1, taken=False) == "a.json cannot be used."
    assert len(upload.told("a" * 500, 1, taken=True)) < 60


def test_a_file_goes_to_the_field_that_takes_its_kind() -> None:
    fields = {field.name: field for field in CALCULATOR.fields if field.upload}
    assert upload.accepts(fields["params"], "Config.JSON")
    assert upload.accepts(fields["timings"], "own_gpu.csv")
    assert not upload.accepts(fields["params"], "own_gpu.csv")
    assert not upload.accepts(fields["timings"], "csv")
