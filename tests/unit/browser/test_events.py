"""Events in, patches and history out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.page.grid import Cell
from tests.fake_browser import AFTER_FRAME_MS, Browser
from tests.unit.browser.conftest import Open, Switch, click, type_into, verdict


def fold(browser: Browser, slug: str = "demo") -> int:
    """How often the group of a calculator was opened."""
    return browser.times("unfold", f"{slug}-fold-more")


# --- the start ---


def test_the_page_as_it_was_built_is_taken_as_it_is(open_page: Open) -> None:
    browser = open_page()
    assert browser.state == "ready"
    assert browser.html == {}
    assert browser.steps == [""]
    assert browser.console == []


def test_a_link_is_answered_before_the_page_is_ready(open_page: Open) -> None:
    browser = open_page("#demo?x=4&nonsense=1", at_once=True)
    assert browser.state == "ready"
    assert "It is" in verdict(browser)
    assert 'value="8.0"' in browser.html["demo-cards"]
    assert 'value="4"' in browser.html["demo-field-x"]


def test_what_is_on_the_screen_is_of_the_link_when_the_page_is_ready(open_page: Open, switch: Switch) -> None:
    browser = open_page("#demo?x=4", at_once=True, on_screen={"second", "worked"})
    assert browser.state == "ready"
    assert "first" not in switch.made
    assert 'value="8.0"' in browser.html["demo-second"]
    assert 'value="8.0"' in browser.html["demo-worked"]


def test_what_was_typed_before_python_came_counts(open_page: Open) -> None:
    browser = open_page("#demo?x=4&name=beta", typed=({"x": "5", "gone": "1"}, [("points", Cell(1, 0), "7")]))
    assert 'value="10.0"' in browser.html["demo-cards"]
    assert 'value="beta"' in browser.html["demo-field-name"]
    browser.wait(250)
    assert browser.steps[-1] == "#demo?x=5&name=beta&points=1;7"


def test_of_several_calculators_the_one_in_the_address_is_begun(open_page: Open, switch: Switch) -> None:
    open_page("#other")
    assert [each for each in switch.made if each.startswith("load")] == ["load other"]


def test_a_senseless_address_opens_the_first(open_page: Open) -> None:
    browser = open_page("#elsewhere?x=3")
    assert browser.state == "ready"
    assert browser.html == {}


# --- typing ---


def test_typing_is_answered_and_patches_only_what_changes(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    assert 'value="6.0"' in browser.html["demo-cards"]
    assert 'value="6.0"' in browser.html["demo-verdict"]
    browser.wait()
    assert 'value="6.0"' in browser.html["demo-second"]
    assert "demo-field-name" not in browser.html
    browser.html.clear()
    type_into(browser, "x", "3.0")
    browser.wait()
    assert set(browser.html) == {"demo-field-x"}


def scroll_to(browser: Browser, part: str) -> None:
    """Have a part on the screen."""
    target = SimpleNamespace(getAttribute=lambda _: part)
    browser.observers[0]([SimpleNamespace(isIntersecting=True, target=target)], None)


def test_what_is_on_the_screen_is_shown_at_once_and_the_rest_one_by_one(open_page: Open) -> None:
    browser = open_page()
    scroll_to(browser, "second")
    type_into(browser, "x", "3")
    assert "demo-second" in browser.html
    browser.wait(AFTER_FRAME_MS - 1)
    assert "demo-first" not in browser.html
    browser.now_ms += 1
    browser.turn()
    assert "demo-first" in browser.html
    assert "demo-worked" not in browser.html


def test_what_is_on_the_screen_is_asked_for_only_where_the_browser_has_not_told(open_page: Open) -> None:
    browser = open_page()
    scroll_to(browser, "second")
    browser.on_screen = {"first"}  # which the page would have to be laid out for
    type_into(browser, "x", "3")
    assert "demo-second" in browser.html
    assert "demo-first" not in browser.html


def test_a_table_that_is_always_the_same_is_made_once(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    for text in ("2", "3", "4"):
        type_into(browser, "x", text)
        browser.wait()
    assert switch.made.count("second") == 4
    assert switch.made.count("fixed") == 1
    type_into(browser, "x", "none")  # then no figure is known, nor are its
    browser.wait()
    assert 'data value=""' in browser.html["demo-fixed"]
    type_into(browser, "x", "5")
    browser.wait()
    assert 'data value="1"' in browser.html["demo-fixed"]


def test_a_bad_value_keeps_its_text_and_leaves_no_figure(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "seven")
    browser.wait()
    assert "is no number" in browser.html["demo-field-x"]
    assert 'value="seven"' in browser.html["demo-field-x"]
    assert "No answer yet: Number" in verdict(browser)
    assert 'data value=""' in browser.html["demo-cards"]
    assert browser.console == []


def test_an_event_elsewhere_is_nobodys(open_page: Open) -> None:
    browser = open_page()
    for kind in ("input", "change", "click", "keydown", "paste", "scroll", "drop", "focusout", "mousedown"):
        browser.fire(kind, control=("x", "9"), cell=("points", Cell(0, 0)), brings_files=True)
    assert browser.html == {}
    assert browser.console == []


# --- history ---


def test_the_address_follows_when_typing_pauses_with_one_step_for_each_edit(open_page: Open) -> None:
    browser = open_page()
    for text in ("3", "33", "333"):
        type_into(browser, "x", text)
        browser.wait(100)
    assert browser.steps == [""]
    browser.wait(250)
    assert browser.steps == ["", "#demo?x=333"]
    type_into(browser, "x", "4")
    browser.wait(250)
    assert browser.steps == ["", "#demo?x=4"]
    browser.fire("change", section="demo")
    type_into(browser, "x", "5")
    browser.wait(250)
    assert browser.steps == ["", "#demo?x=4", "#demo?x=5"]


def test_another_field_is_another_step_however_fast(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    type_into(browser, "name", "beta")
    assert browser.steps == [""], "a step takes the browser long: none comes between two keys"
    browser.wait(250)
    assert browser.steps == ["", "#demo?x=3", "#demo?x=3&name=beta"]


def test_steps_that_wait_are_written_once_and_in_order(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    for text in ("beta", "alpha"):
        type_into(browser, "name", text)
        type_into(browser, "x", "3")  # as it stands already
    browser.fire("pagehide")
    assert browser.steps == ["", "#demo?x=3", "#demo?x=3&name=beta", "#demo?x=3"]
    browser.wait(250)
    assert browser.steps == ["", "#demo?x=3", "#demo?x=3&name=beta", "#demo?x=3"]


def test_a_reset_leaves_nothing_that_is_written_later(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """By then the way may lead elsewhere already, of which the page hears afterwards."""
    browser = open_page()
    type_into(browser, "x", "3")
    click(browser, action="reset")
    assert browser.steps == ["", "#demo?x=3", "#demo"]
    written: list[str] = []
    monkeypatch.setattr(browser.dom.history, "replaceState", lambda _, __, fragment: written.append(fragment))
    browser.wait(1000)
    assert written == []


def test_a_step_back_brings_the_values_and_figures_back(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    browser.wait(250)
    browser.follow("#demo")
    assert 'value="1"' in browser.html["demo-field-x"]
    assert 'value="2.0"' in browser.html["demo-cards"]


def test_leaving_the_page_writes_the_address_at_once(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    browser.fire("pagehide")
    assert browser.steps == ["", "#demo?x=3"]


def test_a_way_elsewhere_is_not_undone_by_what_was_typed_just_before(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    browser.location.hash = "#other"  # the browser tells of it a little later
    browser.wait(250)
    assert browser.location.hash == "#other"
    browser.fire("hashchange")
    browser.wait(250)
    assert browser.location.hash == "#other"
    type_into(browser, "x", "5", "other")
    browser.follow("#demo?x=7")  # told before the address would have followed
    browser.wait(250)
    assert browser.location.hash == "#demo?x=7"


def test_reset_is_a_step_and_says_so(open_page: Open) -> None:
    browser = open_page("#demo?x=3")
    click(browser, action="reset")
    assert browser.steps == ["#demo?x=3", "#demo"]
    assert browser.said["demo-said"] == "Back to the defaults."
    assert 'value="2.0"' in browser.html["demo-cards"]


# --- from one calculator to another ---


def test_a_link_to_another_calculator_leads_to_it_as_it_was_left(open_page: Open) -> None:
    browser = open_page("#demo?x=3")
    event = browser.fire("click", section="demo", anchor="#other")
    assert not event.prevented
    browser.follow("#other")
    event = browser.fire("click", section="other", anchor="#demo")
    assert event.prevented
    assert ("follow", "#demo?x=3") in browser.done
    made = browser.html["demo-cards"]
    browser.html.clear()
    browser.follow("#demo?x=3")
    browser.wait()
    assert browser.html == {}
    assert 'value="6.0"' in made


def test_a_jump_to_a_place_keeps_the_address(open_page: Open) -> None:
    browser = open_page("#demo?x=3")
    event = browser.fire("click", section="demo", anchor="#demo-reference-one")
    assert event.prevented
    assert ("scroll_to", "demo-reference-one") in browser.done
    assert browser.steps == ["#demo?x=3"]


def test_a_link_with_inputs_leads_to_the_answer_above_it(open_page: Open) -> None:
    browser = open_page("#demo?x=3")
    event = browser.fire("click", section="demo", anchor="#demo?x=7")
    assert not event.prevented
    assert ("scroll_to", "demo-title") in browser.done
    browser.follow("#demo?x=7")
    assert browser.steps[-1] == "#demo?x=7"


# --- the link is copied ---


def test_a_link_is_copied_and_said(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    click(browser, action="copy-link")
    address, promise = browser.copied[0]
    assert address == "https://page/#demo?x=3"
    assert "demo-said" not in browser.said
    promise.resolve(None)
    assert browser.said["demo-said"] == "Link copied."
    promise.reject()
    assert "closed" in browser.said["demo-said"]


def test_a_link_says_what_is_too_long_for_it(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "name", "n" * 60_001)
    click(browser, action="copy-link")
    address, promise = browser.copied[0]
    promise.resolve(None)
    assert address == "https://page/#demo"
    assert browser.said["demo-said"] == "Link copied. It leaves out Name: too long for a link."


def test_of_a_page_in_a_file_the_end_of_the_link_is_copied(open_page: Open) -> None:
    browser = open_page("#demo?x=3", protocol="file:")
    click(browser, action="copy-link")
    address, promise = browser.copied[0]
    promise.resolve(None)
    assert address == "#demo?x=3"
    assert "from the # on" in browser.said["demo-said"]


def test_without_a_clipboard_it_says_what_to_do(open_page: Open) -> None:
    browser = open_page()
    browser.patch.setattr(browser.dom, "navigator", object())
    click(browser, action="copy-link")
    assert "copy the address bar" in browser.said["demo-said"]


# --- groups ---


def test_a_link_opens_the_groups_it_sets(open_page: Open) -> None:
    assert fold(open_page("#demo?extra=5")) == 1
    assert fold(open_page("#demo?x=5")) == 0


def test_a_message_that_appears_in_a_closed_group_opens_it_once(open_page: Open) -> None:
    browser = open_page("#demo?extra=13")
    assert fold(browser) == 2  # it is wrong, and set
    type_into(browser, "x", "3")
    assert fold(browser) == 2  # what the visitor closes stays closed
    type_into(browser, "extra", "0")
    type_into(browser, "extra", "13")
    assert fold(browser) == 3


# --- a box with a list ---


def options(browser: Browser) -> str:
    return browser.html.get("demo-list-name", "")


def test_a_list_opens_with_what_is_typed_and_enter_takes(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "name", "bet")
    assert "Beta" in options(browser)
    assert "Alpha" not in options(browser)
    assert browser.done[-1] == ("expand", "demo-name", "")
    browser.fire("keydown", section="demo", key=("name", "bet", "ArrowDown"))
    assert browser.done[-1] == ("expand", "demo-name", "demo-name-option-0")
    event = browser.fire("keydown", section="demo", key=("name", "bet", "Enter"))
    assert event.prevented
    assert 'value="beta"' in browser.html["demo-field-name"]
    assert options(browser) == ""
    browser.wait(250)
    assert browser.steps[-1] == "#demo?name=beta"


def test_a_list_opens_and_closes_with_its_button_and_a_click_takes(open_page: Open) -> None:
    browser = open_page()
    click(browser, action="list", field="name")
    assert "Alpha" in options(browser)
    assert ("focus", "demo-name") in browser.done
    click(browser, action="list", field="name")
    assert options(browser) == ""
    assert browser.done[-1] == ("collapse", "demo-name")
    click(browser, action="list", field="name")
    assert browser.fire("mousedown", section="demo", within=True).prevented
    click(browser, action="choose", field="name", value="beta")
    assert options(browser) == ""
    assert 'value="beta"' in browser.html["demo-field-name"]


def test_keys_that_mean_nothing_to_a_list_are_the_boxs(open_page: Open) -> None:
    browser = open_page()
    assert not browser.fire("keydown", section="demo", key=("name", "a", "Home")).prevented
    assert not browser.fire("keydown", section="demo", key=("x", "a", "Home")).prevented
    assert not browser.fire("keydown", section="demo", key=("name", "a", "Escape")).prevented
    type_into(browser, "name", "bet")
    assert browser.fire("keydown", section="demo", key=("name", "bet", "Escape")).prevented
    assert options(browser) == ""


def test_a_list_closes_when_its_box_is_left(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "name", "bet")
    browser.fire("focusout", section="demo")
    assert "Beta" in options(browser)
    browser.fire("focusout", section="demo", is_combobox=True)
    assert options(browser) == ""


def test_half_an_emoji_stays_in_the_box_and_the_link_goes_on(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "name", "alph\ud83d")
    browser.wait(1000)
    assert browser.location.hash == "#demo?name=alph%EF%BF%BD"
    assert 'value="alph\ud83d"' in browser.html["demo-field-name"]
    type_into(browser, "name", "alph\U0001f600")
    browser.wait(1000)
    assert browser.location.hash == "#demo?name=alph%F0%9F%98%80"
