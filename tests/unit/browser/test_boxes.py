"""A box with a list: the last answer stays while something is looked for, and the box shows a name for what it has."""

from __future__ import annotations

import pytest

from tests import reading
from tests.fake_browser import Browser
from tests.unit.browser.conftest import Open, Switch, click, press, type_into, verdict

LEFT_MS = 250


def box(browser: Browser) -> dict[str, str | None]:
    """The attributes of the box."""
    tags = reading.read(browser.html["demo-field-fruit"]).tags
    return next(found for tag, found in tags if tag == "input")


def said(browser: Browser) -> str:
    """What is said below the box."""
    return reading.text(browser.html["demo-field-fruit"]).removeprefix("Fruit").strip()


def options(browser: Browser) -> str:
    return reading.text(browser.html.get("demo-list-fruit", ""))


def leave(browser: Browser) -> None:
    """Leave the box, as by a click elsewhere."""
    browser.fire("focusout", section="demo", is_combobox=True)


def held(browser: Browser) -> list[bool]:
    """When the page was marked as the last answer, and when no longer."""
    return [each[2] for each in browser.done if each[:2] == ("hold", "demo")]


# --- while something is looked for ---


@pytest.mark.parametrize("text", ["", " ", "k", "Kum", "zebra"])
def test_a_search_keeps_the_last_answer_marks_it_and_is_no_fault(open_page: Open, text: str) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    browser.wait()
    shown = {name: html for name, html in browser.html.items() if "fruit" not in name}
    type_into(browser, "fruit", text)
    browser.wait(1000)
    assert {name: html for name, html in browser.html.items() if "fruit" not in name} == shown
    assert held(browser) == [True]
    assert box(browser)["value"] == text
    assert "aria-invalid" not in box(browser)
    assert said(browser) == "The answer is still of Kiwi."
    assert bool(options(browser)) == bool(text.strip())
    assert browser.state == "ready"
    assert browser.times("take_back") == 0


def test_it_is_marked_once_and_released_with_the_next_answer(open_page: Open) -> None:
    browser = open_page()
    for text in ("", "m", "ma", "mango", "mang", "mango"):
        type_into(browser, "fruit", text)
    assert held(browser) == [True, False, True, False]
    assert said(browser) == ""


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_one_match_is_taken_by_a_key(open_page: Open, key: str) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    event = press(browser, "fruit", key)
    assert event.prevented == (key == "Enter")
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("Kumquat", "k2")
    assert options(browser) == ""
    assert held(browser) == [True, False]
    browser.wait(250)
    assert browser.steps == ["", "#demo?fruit=k2"]


def test_one_match_is_taken_when_the_box_is_left_but_not_from_under_the_mouse(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    browser.wait(250)  # the address has what was typed
    browser.fire("change", section="demo", name="fruit")
    leave(browser)
    assert options(browser) == ""
    browser.wait(LEFT_MS - 1)
    assert box(browser)["value"] == "kum"
    browser.wait(1)
    assert box(browser)["value"] == "Kumquat"
    browser.wait(250)
    assert browser.steps == ["", "#demo?fruit=k2"], "one edit is one step"


def test_a_click_elsewhere_takes_it_at_once(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    leave(browser)
    click(browser)
    assert box(browser)["value"] == "Kumquat"


def test_what_is_clicked_finds_what_was_meant(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    click(browser, action="copy-link")
    assert browser.copied[0][0] == "https://page/#demo?fruit=k2"


def test_so_does_another_input(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    type_into(browser, "x", "3")
    assert box(browser)["value"] == "Kumquat"
    assert 'value="6.0"' in browser.html["demo-cards"]
    browser.wait(250)
    assert browser.steps == ["", "#demo?fruit=k2", "#demo?x=3&fruit=k2"]


@pytest.mark.parametrize("text", ["", "k", "zebra"])
@pytest.mark.parametrize("how", ["Enter", "Tab", "leave", "x"])
def test_without_one_match_the_message_comes_when_it_is_meant(open_page: Open, text: str, how: str) -> None:
    browser = open_page()
    type_into(browser, "fruit", text)
    if how == "leave":
        leave(browser)
        browser.wait(LEFT_MS)
    elif how == "x":
        type_into(browser, "x", "3")
    else:
        press(browser, "fruit", how)
    assert box(browser)["aria-invalid"] == "true"
    assert box(browser)["value"] == text
    assert said(browser) == f"“{text}” is no fruit."
    assert "No answer yet: Fruit" in verdict(browser)
    assert options(browser) == ""
    assert held(browser) == [True, False]
    assert 'data value=""' in browser.html["demo-cards"]


def test_escape_closes_the_list_and_goes_on_looking(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    press(browser, "fruit", "Escape")
    assert options(browser) == ""
    assert held(browser) == [True]
    assert "aria-invalid" not in box(browser)
    press(browser, "fruit", "Enter")
    assert box(browser)["value"] == "Kumquat"


def test_after_a_message_a_new_search_is_no_fault_and_there_is_no_answer_to_keep(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "zebra")
    press(browser, "fruit", "Enter")
    type_into(browser, "fruit", "k")
    assert "aria-invalid" not in box(browser)
    assert said(browser) == ""
    assert "No answer yet" in verdict(browser)
    assert held(browser) == [True, False]
    type_into(browser, "fruit", "kiwi")
    assert 'value="2.0"' in browser.html["demo-cards"]


def test_what_is_no_name_is_refused_at_once(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "k" * 61)
    assert box(browser)["aria-invalid"] == "true"
    assert held(browser) == []


def test_another_link_ends_the_search_and_so_does_a_reset(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    browser.follow("#demo?fruit=ku")
    assert box(browser)["aria-invalid"] == "true"
    assert held(browser) == [True, False]
    type_into(browser, "fruit", "kiwi")
    type_into(browser, "fruit", "kum")
    click(browser, action="reset")
    browser.wait(1000)
    assert box(browser)["value"] == "Kiwi"
    assert held(browser)[-1] is False
    assert browser.steps[-1] == "#demo"


def test_a_choice_in_another_box_settles_the_first(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    click(browser, action="choose", field="name", value="beta")
    assert box(browser)["value"] == "Kumquat"
    assert 'value="beta"' in browser.html["demo-field-name"]


def test_a_row_that_is_chosen_settles_it_too(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    click(browser, action="pick", sets="x=3")
    assert box(browser)["value"] == "Kumquat"
    assert 'value="6.0"' in browser.html["demo-cards"]
    assert held(browser) == [True, False]


def test_the_list_of_the_same_box_goes_on_with_the_search(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "fruit", "k")
    click(browser, action="list", field="fruit")  # it was open
    click(browser, action="list", field="fruit")
    assert "Mango" in options(browser)
    assert held(browser) == [True]
    click(browser, action="choose", field="fruit", value="m1")
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("Mango", "m1")


# --- what the box shows ---


def test_a_link_with_a_key_shows_the_name(open_page: Open) -> None:
    browser = open_page("#demo?fruit=k2")
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("Kumquat", "k2")
    browser.follow("#demo?fruit=m1")
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("Mango", "m1")
    browser.follow("#demo?fruit=Mango")
    assert (box(browser)["value"], "data-raw" in box(browser)) == ("Mango", False)


def test_what_is_typed_stays_as_typed_until_the_box_is_left(open_page: Open) -> None:
    browser = open_page()
    for text in ("k1", "k2"):
        type_into(browser, "fruit", text)
        assert (box(browser)["value"], "data-raw" in box(browser)) == (text, False)
    leave(browser)
    browser.wait(LEFT_MS)
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("Kumquat", "k2")


@pytest.mark.parametrize("how", ["Enter", "Tab", "leave"])
def test_another_name_of_what_is_on_the_list_becomes_its_key(open_page: Open, how: str) -> None:
    browser = open_page()
    type_into(browser, "fruit", "MANGO")
    browser.wait(250)
    assert browser.steps == ["", "#demo?fruit=MANGO"]
    if how == "leave":
        browser.fire("change", section="demo", name="fruit")
        leave(browser)
        browser.wait(LEFT_MS)
    else:
        press(browser, "fruit", how)
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("Mango", "m1")
    browser.wait(250)
    assert browser.steps == ["", "#demo?fruit=m1"]


def test_a_file_shows_as_a_line_and_stays_what_it_is_in_the_link(open_page: Open) -> None:
    browser = open_page("#demo?fruit={a}")
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("file of 3 <signs>", "{a}")
    assert "<signs>" not in browser.html["demo-field-fruit"]
    type_into(browser, "x", "3")
    browser.wait(250)
    assert browser.steps[-1] == "#demo?x=3&fruit=%7Ba%7D"


def test_an_edit_of_the_line_replaces_it_and_one_that_is_taken_back_does_not(open_page: Open) -> None:
    browser = open_page("#demo?fruit={a}")
    type_into(browser, "fruit", "file of 3 <signs>!")
    assert box(browser)["value"] == "file of 3 <signs>!"
    assert said(browser) == "The answer is still of file of 3 <signs>."
    type_into(browser, "fruit", "file of 3 <signs>")
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("file of 3 <signs>", "{a}")
    browser.wait(250)
    assert browser.steps == ["#demo?fruit={a}", "#demo?fruit=%7Ba%7D"]
    type_into(browser, "fruit", "file of 3 <signs>!")
    press(browser, "fruit", "Enter")
    assert box(browser)["aria-invalid"] == "true"
    browser.wait(250)
    browser.follow("#demo?fruit={a}")
    assert (box(browser)["value"], box(browser)["data-raw"]) == ("file of 3 <signs>", "{a}")


def test_what_was_typed_before_python_came_is_not_changed_under_the_keys(open_page: Open) -> None:
    browser = open_page(typed=({"fruit": "k2"}, []), focused="fruit")
    assert (box(browser)["value"], "data-raw" in box(browser)) == ("k2", False)
    leave(browser)
    browser.wait(LEFT_MS)
    assert box(browser)["value"] == "Kumquat"


def test_a_name_that_is_typed_again_opens_its_list_again(open_page: Open) -> None:
    browser = open_page("#demo?fruit=Mango")
    type_into(browser, "fruit", "Mang")
    type_into(browser, "fruit", "Mango")
    assert options(browser) == "Mango"
    assert held(browser) == [True, False]


# --- where something fails ---


def test_a_fault_in_what_is_shown_leaves_the_text(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.fail("shows")
    type_into(browser, "x", "3")
    assert box(browser)["value"] == "k1"
    assert "the page failed" in verdict(browser)


def test_a_fault_ends_the_search_and_the_next_key_goes_on(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    type_into(browser, "fruit", "k")
    switch.fail("fruit")
    type_into(browser, "fruit", "ku")
    assert held(browser) == [True, False]
    assert "the page failed while reading “Fruit”" in verdict(browser)
    assert box(browser)["value"] == "ku"
    switch.faults.clear()
    type_into(browser, "fruit", "kum")
    press(browser, "fruit", "Tab")
    assert box(browser)["value"] == "Kumquat"


def test_a_fault_in_the_list_leaves_the_box_as_good_without(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    type_into(browser, "fruit", "kum")
    switch.fail("list")
    press(browser, "fruit", "Tab")
    assert box(browser)["aria-invalid"] == "true"
    assert len(browser.console) == 1
