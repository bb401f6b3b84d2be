"""An answer that takes long: in slices, with the page alive between them."""

from __future__ import annotations

from typing import Any

from tests.fake_browser import Browser
from tests.unit.browser.conftest import Open, Switch, click, type_into


def told(browser: Browser) -> list[tuple[Any, ...]]:
    """What was said of the computation."""
    return [each for each in browser.done if each[0] in ("computing", "computed", "stopped")]


def test_it_says_how_far_it_is_and_then_answers(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.slices = 2
    type_into(browser, "x", "3")
    assert told(browser) == [("computing", "demo", 0.0, "doubling")]
    assert browser.done.count(("take_back", "demo")) == 1
    assert "No answer yet: it is not computed." in browser.html["demo-verdict"]
    assert "demo-cards" not in browser.html
    browser.turn()
    assert told(browser)[-1] == ("computing", "demo", 0.5, "doubling")
    browser.wait()
    assert told(browser)[-1] == ("computed", "demo")
    assert 'value="6.0"' in browser.html["demo-cards"]


def test_what_is_typed_meanwhile_drops_it(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.slices = 3
    type_into(browser, "x", "3")
    browser.turn()
    type_into(browser, "x", "4")
    browser.wait()
    assert 'value="8.0"' in browser.html["demo-cards"]
    assert browser.times("computed") == 1
    switch.slices = 3
    type_into(browser, "x", "5")
    switch.slices = 0
    type_into(browser, "x", "6")
    assert 'value="12.0"' in browser.html["demo-cards"]
    browser.wait()
    assert 'value="12.0"' in browser.html["demo-cards"]


def test_it_can_be_stopped_and_gone_on_with(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.slices = 3
    type_into(browser, "x", "3")
    click(browser, action="cancel")
    browser.wait(1000)
    assert told(browser)[-1] == ("stopped", "demo")
    assert "demo-cards" not in browser.html
    click(browser, action="go-on")
    browser.wait()
    assert 'value="6.0"' in browser.html["demo-cards"]


def test_a_link_to_a_long_one_is_answered_before_the_page_is_ready(open_page: Open, switch: Switch) -> None:
    switch.slices = 4
    browser = open_page("#demo?x=3", at_once=True)
    browser.arrive()
    browser.turn()
    assert browser.state == "loading"
    assert browser.root.waiting == ""
    browser.wait()
    assert 'value="6.0"' in browser.html["demo-cards"]
    assert browser.state == "ready"


def test_one_that_is_stopped_at_the_start_leaves_a_page_that_answers(open_page: Open, switch: Switch) -> None:
    switch.slices = 4
    browser = open_page("#demo?x=3", at_once=True)
    click(browser, action="cancel")
    browser.wait()
    assert told(browser)[-1] == ("stopped", "demo")
    assert browser.state == "ready"
