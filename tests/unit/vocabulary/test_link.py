"""Links: what is written is read back, and nothing hostile gets further than a field's parser."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary import link

beside = {"pin", "embed"}  # no fields: what stands beside the values
names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12).filter(lambda name: name not in beside)
texts = st.text(st.characters(exclude_categories=[]), max_size=80)  # with halves of emoji, as browsers leave them


def mended(text: str) -> str:
    """What an address can hold of a text."""
    return "".join("\ufffd" if 0xD800 <= ord(each) <= 0xDFFF else each for each in text)


@given(st.dictionaries(names, texts, max_size=12))
def test_a_link_is_read_back_as_it_was_written(raw: dict[str, str]) -> None:
    defaults = dict.fromkeys(raw, "\x00 a default no one types")
    written = link.write("pruning", raw, defaults)
    assert link.read(written) == ("pruning", {name: mended(text) for name, text in raw.items()})


@given(st.dictionaries(names, texts, max_size=3))
def test_a_browser_leaves_a_link_as_it_was_written(raw: dict[str, str]) -> None:
    # Of a fragment it percent-encodes controls, spaces, ", <, >, ` and all beyond ASCII (URL standard): none is there.
    written = link.write("pruning", raw, dict.fromkeys(raw, "\x00 a default no one types"))
    assert re.fullmatch(r"[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~]*", written)


@given(st.text(st.characters(exclude_categories=[]), max_size=300))
def test_any_fragment_at_all_is_read_without_an_error(fragment: str) -> None:
    slug, raw = link.read(fragment)
    assert isinstance(slug, str)
    assert all(isinstance(text, str) for text in raw.values())


def test_defaults_are_left_out_of_a_link() -> None:
    assert link.write("pruning", {"params": "7B", "sparsity": "50%"}, {"params": "7B", "sparsity": "50%"}) == "#pruning"


def test_a_link_may_be_written_by_hand() -> None:
    assert link.read("#pruning?params=7B&sparsity=0.5&structure=2:4") == (
        "pruning",
        {"params": "7B", "sparsity": "0.5", "structure": "2:4"},
    )


def test_an_endless_link_is_not_read() -> None:
    assert link.read("#pruning?params=" + "7" * link.LONGEST) == ("", {})


def test_a_link_with_a_hundred_and_one_fields_is_read_as_bare() -> None:
    assert link.read("#pruning?" + "a=1&" * 101) == ("pruning", {})


@pytest.mark.parametrize("character", ["7", " ", "é", "😀", "\ud83d"])
def test_what_is_written_is_never_too_long_to_be_read(character: str) -> None:
    defaults = dict.fromkeys("abcdef", "")
    for length in (1000, 5000, 12_000, link.LONGEST_TEXT // len(character.encode("utf-8", "replace")), 60_000, 10**6):
        raw = dict.fromkeys(defaults, character * length)
        written = link.write("threshold-cost", raw, defaults)
        kept = {name: mended(text) for name, text in raw.items() if name not in link.too_long(raw, defaults)}
        assert len(written) <= link.LONGEST
        assert link.read(written) == ("threshold-cost", kept)
    assert link.too_long(raw, defaults) == [*defaults]
    assert link.too_long({"a": "7" * 60_000} | dict.fromkeys("bcdef", "7"), defaults) == ["a"], "longer with its name"
    assert link.too_long(dict.fromkeys(defaults, "7" * 50_000), defaults) == ["d", "e", "f"], "the first are kept"
