"""Pinned scenarios on the page, in the link and on the device."""

from __future__ import annotations

import pytest

from tests.fake_browser import Browser
from tests.unit.browser.conftest import Open, Switch, click, type_into


def heads(browser: Browser, slug: str = "demo") -> str:
    browser.wait()
    return browser.html.get(f"{slug}-pins-head", "")


def names(browser: Browser, slug: str = "demo") -> list[str]:
    return [part.partition('"')[0] for part in heads(browser, slug).split(' value="')[1:]]


def test_what_is_pinned_is_compared_and_stands_in_the_link_and_on_the_device(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    click(browser, action="pin")
    assert browser.said["demo-said"] == "Pinned as “Number 3”."
    assert ("show", "demo-pinned", True) in browser.done
    assert browser.steps == ["", "#demo?x=3", "#demo?x=3&pin=Number%25203?x=3"]
    assert browser.kept == {"pins": "demo Number%203?x=3"}
    type_into(browser, "x", "6")
    browser.wait(250)
    assert browser.steps[-1] == "#demo?x=6&pin=Number%25203?x=3"
    assert names(browser) == ["Number 3"]
    rows = browser.html["demo-pins"]
    assert '<data value="12.0">12</data>' in rows
    assert '<data value="6.0">6</data><span class="mark">▼ 50% lower</span>' in rows


def test_a_pinned_scenario_is_computed_once(open_page: Open, switch: Switch) -> None:
    browser = open_page("#demo?x=3&pin=a?x=4&pin=b?x=5")
    browser.wait()
    assert switch.made.count("compute") == 3
    for text in ("6", "7", "8"):
        type_into(browser, "x", text)
        browser.wait()
    assert switch.made.count("compute") == 6
    assert names(browser) == ["a", "b"]


def test_pinning_computes_nothing(open_page: Open, switch: Switch) -> None:
    browser = open_page("#demo?x=3")
    before = switch.made.count("compute")
    click(browser, action="pin")
    assert names(browser) == ["Number 3"]
    assert switch.made.count("compute") == before


def test_a_keystroke_patches_no_heads(open_page: Open) -> None:
    browser = open_page("#demo?x=3&pin=a?x=4")
    browser.wait()
    browser.html.clear()
    type_into(browser, "x", "6")
    browser.wait()
    assert "demo-pins" in browser.html
    assert "demo-pins-head" not in browser.html


def test_the_next_visit_finds_what_the_device_kept(open_page: Open) -> None:
    kept = {"pins": "other o?x=9\ndemo a?x=4\ndemo b?x=5"}
    browser = open_page("", kept=kept)
    assert names(browser) == ["a", "b"]
    assert browser.steps == [""]  # nobody asked for another address
    click(browser, action="unpin", pin="0")
    assert browser.kept == {"pins": "other o?x=9\ndemo b?x=5"}
    click(browser, action="unpin", pin="0")
    assert browser.kept == {"pins": "other o?x=9"}
    assert ("show", "demo-pinned", False) in browser.done


def test_a_link_with_pins_shows_those_and_leaves_the_device_alone(open_page: Open) -> None:
    kept = {"pins": "demo mine?x=4"}
    browser = open_page("#demo?x=3&pin=yours?x=5", kept=kept)
    assert names(browser) == ["yours"]
    assert browser.kept == kept


def test_a_link_that_differs_in_its_pins_alone_shows_them(open_page: Open) -> None:
    browser = open_page("#demo?x=3")
    for pinned in ("yours", "mine"):
        browser.follow(f"#demo?x=3&pin={pinned}?x=5")
        browser.wait()
        assert names(browser) == [pinned]


def test_a_link_to_another_calculator_with_what_the_device_kept_shows_it(open_page: Open) -> None:
    browser = open_page("", kept={"pins": "other o?x=9"})
    browser.follow("#other?pin=o?x=9")
    browser.wait()
    assert names(browser, "other") == ["o"]


def test_a_link_without_pins_is_compared_with_what_is_pinned(open_page: Open) -> None:
    browser = open_page("#demo?x=3&pin=a?x=4")
    browser.follow("#demo?x=7")
    assert names(browser) == ["a"]
    type_into(browser, "x", "8")
    browser.wait(250)
    assert browser.steps[-1] == "#demo?x=8&pin=a?x=4"


def test_a_step_back_brings_back_what_was_unpinned(open_page: Open) -> None:
    browser = open_page("#demo?x=3&pin=a?x=4")
    click(browser, action="unpin", pin="0")
    assert browser.steps == ["#demo?x=3&pin=a?x=4", "#demo?x=3"]
    browser.follow("#demo?x=3&pin=a?x=4")
    assert names(browser) == ["a"]


def test_a_pin_is_renamed_and_shown(open_page: Open) -> None:
    browser = open_page("#demo?x=3&pin=a?x=4&pin=b?x=5")
    browser.fire("change", section="demo", pin_renamed="1", text="  <mine>  & yours ")
    assert names(browser) == ["a", "&lt;mine&gt; &amp; yours"]
    assert browser.steps[-1].endswith("&pin=a?x=4&pin=%253Cmine%253E%2520%2526%2520yours?x=5")
    browser.fire("change", section="demo", pin_renamed="1", text=" ")
    assert names(browser) == ["a", "&lt;mine&gt; &amp; yours"]
    click(browser, action="show-pin", pin="1")
    assert 'value="5"' in browser.html["demo-field-x"]
    assert 'value="10.0"' in browser.html["demo-cards"]


def test_four_and_no_more_and_none_twice(open_page: Open) -> None:
    browser = open_page()
    for text in ("3", "4", "5", "6"):
        type_into(browser, "x", text)
        click(browser, action="pin")
        click(browser, action="pin")
        assert "pinned" in browser.said["demo-said"]
    assert names(browser) == [f"Number {each}" for each in (3, 4, 5, 6)]
    type_into(browser, "x", "7")
    click(browser, action="pin")
    assert "unpin one first" in browser.said["demo-said"]
    assert len(names(browser)) == 4


def test_what_is_wrong_or_not_computed_is_not_pinned(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    type_into(browser, "x", "none")
    click(browser, action="pin")
    assert "Not pinned" in browser.said["demo-said"]
    switch.slices = 3
    type_into(browser, "x", "3")
    click(browser, action="pin")
    assert "Still computing" in browser.said["demo-said"]
    assert browser.kept == {}


@pytest.mark.parametrize(
    "fragment",
    [
        "#demo?pin=",
        "#demo?pin=a?x=none",
        "#demo?pin=a?" + "x" * 9000,
        "#demo?" + "&".join(f"pin={n}" for n in range(99)),
    ],
)
def test_broken_pins_hurt_nothing(open_page: Open, fragment: str) -> None:
    browser = open_page(fragment)
    browser.wait()
    assert browser.state == "ready"
    assert browser.console == []
    assert len(names(browser)) <= 4
    type_into(browser, "x", "4")
    assert 'value="8.0"' in browser.html["demo-cards"]


@pytest.mark.parametrize("kept", ["\n \n demo\ndemo \x00", "x" * 300_000, "demo a?x=4\n" * 9, "constructor a"])
def test_whatever_stands_on_the_device_hurts_nothing(open_page: Open, kept: str) -> None:
    browser = open_page("", kept={"pins": kept})
    assert browser.state == "ready"
    assert browser.console == []
    assert len(names(browser)) <= 1


def test_where_the_device_keeps_nothing_the_link_does(open_page: Open) -> None:
    browser = open_page()
    del browser.dom.window.localStorage
    browser.dom.console.info = lambda _: None
    type_into(browser, "x", "3")
    click(browser, action="pin")
    assert browser.steps[-1] == "#demo?x=3&pin=Number%25203?x=3"
    assert browser.said["demo-said"] == "Pinned as “Number 3”."


def test_a_fault_in_a_pinned_scenario_is_that_tables_alone(open_page: Open) -> None:
    browser = open_page("#demo?x=3&pin=a?x=4")
    browser.patch.setattr("app.page.pins.compared", lambda *_: 1 / 0)
    type_into(browser, "x", "5")
    browser.wait()
    assert "a fault of this page" in browser.html["demo-pins-bar"]
    assert 'value="10.0"' in browser.html["demo-cards"]


def test_in_a_frame_nothing_is_pinned_and_the_link_stays_one_for_a_frame(open_page: Open) -> None:
    browser = open_page("#demo?x=3&embed=1", kept={"pins": "demo a?x=4"}, embedded=True)
    assert names(browser) == []
    type_into(browser, "x", "4")
    browser.wait(250)
    assert browser.steps[-1] == "#demo?x=4&embed=1"
