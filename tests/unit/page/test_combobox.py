"""The list below a box: when it opens, what keys do, and the HTML of it."""

from __future__ import annotations

import pytest

from app.page import combobox, form
from app.page.combobox import Listing
from app.vocabulary.calculator import Choice, Field
from tests import reading

FRUIT = (Choice("apple", "Apple", "Pome", "red"), Choice("pear", "Pear", "Pome"), Choice("plum", "<Plum>", "Stone"))


def search(text: str) -> tuple[Choice, ...]:
    return tuple(choice for choice in FRUIT if text.casefold() in choice.label.casefold())


FIELD = Field("fruit", "Fruit", "apple", str, search=search)
PLAIN = Field("other", "Other", "", str)
LISTED = FIELD._replace(choices=FRUIT)


@pytest.mark.parametrize("text", ["", " ", "7B", "{", "[", "-1", ".5", "a" * 61])
def test_only_a_name_opens_the_list(text: str) -> None:
    assert combobox.typed(FIELD, text) is None


def test_a_name_opens_what_matches_and_only_where_there_is_a_list() -> None:
    listing = combobox.typed(FIELD, "ap")
    assert listing == Listing(FIELD, "ap", -1)
    assert [choice.value for choice in listing.choices] == ["apple"]
    assert combobox.typed(PLAIN, "ap") is None


@pytest.mark.parametrize("text", ["4090", "{", "-1", "ap"])
def test_where_nothing_else_can_stand_any_text_opens_it(text: str) -> None:
    assert combobox.typed(LISTED, text) == Listing(LISTED, text, -1)


@pytest.mark.parametrize("text", ["", " ", "a" * 61])
def test_nothing_typed_and_something_pasted_open_none(text: str) -> None:
    assert combobox.typed(LISTED, text) is None


@pytest.mark.parametrize(
    ("field", "text", "is_search"),
    [
        *((field, text, True) for field in (FIELD, LISTED) for text in ("", " ", "ap", "zebra")),
        (FIELD, "7", False),
        (LISTED, "7", True),
        (LISTED, "a" * 61, False),
        (PLAIN, "", False),
        (PLAIN, "ap", False),
    ],
)
def test_what_cannot_be_read_may_be_the_beginning_of_a_name(field: Field, text: str, is_search: bool) -> None:
    assert combobox.is_search(field, text) is is_search


def test_one_choice_is_taken_where_there_is_one() -> None:
    assert combobox.only(FIELD, "plu") == FRUIT[2]
    assert combobox.only(FIELD, "p") is None
    assert combobox.only(FIELD, "lum") is None, "found by its end"
    assert combobox.only(FIELD, "zebra") is None
    assert combobox.only(PLAIN, "") is None


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("llama 49", True),
        ("llama-4", True),
        ("llama 9", False),
        ("lama 49", False),
        ("8x22", True),
        ("22b", True),
        ("2b", False),
    ],
)
def test_a_number_and_a_word_are_not_cut_to_find_the_one_choice(text: str, taken: bool) -> None:
    many = (Choice("Llama-49B", "Llama-49B"), Choice("Mixtral-8x22B", "Mixtral-8x22B"))

    def find(query: str) -> tuple[Choice, ...]:
        return tuple(
            each for each in many if all(word in each.value.casefold() for word in query.replace("-", " ").split())
        )

    assert (combobox.only(FIELD._replace(search=find), text) is not None) is taken


def test_opened_by_hand_it_is_whole_with_what_stands_in_the_box_active() -> None:
    assert combobox.opened(FIELD, " PEAR ") == Listing(FIELD, "", 1)
    assert combobox.opened(FIELD, "<PLUM>") == Listing(FIELD, "", 2)
    assert combobox.opened(FIELD, "pe") == Listing(FIELD, "", -1)


@pytest.mark.parametrize(
    ("text", "key", "listing"),
    [
        ("pear", "ArrowDown", Listing(FIELD, "", 1)),
        ("pear", "ArrowUp", Listing(FIELD, "", 1)),
        ("7B", "ArrowDown", Listing(FIELD, "", 0)),
        ("7B", "ArrowUp", Listing(FIELD, "", 2)),
        ("pl", "ArrowDown", Listing(FIELD, "pl", 0)),
        ("zebra", "ArrowDown", Listing(FIELD, "zebra", -1)),
        ("pear", "Enter", None),
        ("pear", "Escape", None),
    ],
)
def test_keys_on_a_closed_list(text: str, key: str, listing: Listing | None) -> None:
    assert combobox.pressed(FIELD, text, None, key) == listing


@pytest.mark.parametrize(
    ("active", "key", "then"), [(-1, "ArrowDown", 0), (2, "ArrowDown", 0), (0, "ArrowUp", 2), (-1, "ArrowUp", 2)]
)
def test_arrows_go_round(active: int, key: str, then: int) -> None:
    assert combobox.pressed(FIELD, "", Listing(FIELD, "", active), key) == Listing(FIELD, "", then)


def test_enter_takes_what_is_active_and_every_other_key_closes() -> None:
    assert combobox.pressed(FIELD, "", Listing(FIELD, "", 2), "Enter") == FRUIT[2]
    assert combobox.pressed(FIELD, "", Listing(FIELD, "", -1), "Enter") is None
    assert combobox.pressed(FIELD, "", Listing(FIELD, "", 2), "Escape") is None
    assert combobox.pressed(FIELD, "", Listing(FIELD, "", 2), "Tab") is None


def test_the_html_groups_marks_one_and_escapes() -> None:
    html = form.options("food", FIELD, "", 1)
    tags = reading.read(html).tags
    assert [found["aria-label"] for _, found in tags if found.get("role") == "group"] == ["Pome", "Stone"]
    listed = [found for _, found in tags if found.get("role") == "option"]
    assert [found["aria-selected"] for found in listed] == ["false", "true", "false"]
    assert listed[1]["id"] == form.option_id("food", FIELD, 1)
    assert "&lt;Plum&gt;" in html
    assert "matches" in reading.text(form.options("food", FIELD, "zebra", -1))
