"""Links: what is written is read back, and nothing hostile gets further than a field's parser."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.vocabulary import link

names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)
# A lone surrogate is no text: an address cannot hold one.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@given(st.dictionaries(names, texts, max_size=12))
def test_a_link_is_read_back_as_it_was_written(raw: dict[str, str]) -> None:
    defaults = dict.fromkeys(raw, "\x00 a default no one types")
    assert link.read(link.write("pruning", raw, defaults)) == ("pruning", raw)


@given(st.text(max_size=300))
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
