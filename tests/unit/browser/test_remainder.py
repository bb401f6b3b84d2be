"""The rest of the program: late, lost, and needed sooner than it is here."""

from __future__ import annotations

import pytest

from tests.fake_browser import Browser
from tests.unit.browser.conftest import Open, Switch, click, type_into, verdict

ABSENT = ModuleNotFoundError("not here yet")


def arrive(browser: Browser, switch: Switch) -> None:
    """Let it come, and with it what was absent."""
    browser.arrive(switch.faults.clear)
    browser.wait()


def test_it_is_asked_for_once_the_page_answers(open_page: Open) -> None:
    browser = open_page(at_once=True)
    assert browser.state == "ready"
    assert len(browser.fetched) == 1
    type_into(browser, "x", "3")
    assert "It is" in verdict(browser)


def test_a_link_that_needs_it_is_answered_before_the_page_is_ready(open_page: Open, switch: Switch) -> None:
    switch.fail("load other", ABSENT)
    browser = open_page("#other?x=3", at_once=True)
    assert browser.state == "loading"
    assert browser.root.waiting == ""
    arrive(browser, switch)
    assert browser.state == "ready"
    assert 'value="6.0"' in browser.html["other-cards"]
    assert browser.console == []


@pytest.mark.parametrize("absent", [ABSENT, ImportError("cannot import name 'x' from 'app'"), FileNotFoundError()])
def test_what_is_typed_before_python_and_needs_it_counts(open_page: Open, switch: Switch, absent: Exception) -> None:
    switch.fail("parse", absent)
    browser = open_page("#demo?x=3", at_once=True, typed=({"x": "5"}, []))
    assert "on its way" in verdict(browser)
    assert ("take_back", "demo") in browser.done
    assert not browser.times("mark_fault")
    arrive(browser, switch)
    assert 'value="10.0"' in browser.html["demo-cards"]


def test_of_what_is_typed_meanwhile_the_last_counts(open_page: Open, switch: Switch) -> None:
    browser = open_page(at_once=True)
    switch.fail("compute", ABSENT)
    for text in ("3", "4"):
        type_into(browser, "x", text)
    assert "on its way" in verdict(browser)
    arrive(browser, switch)
    assert 'value="8.0"' in browser.html["demo-cards"]
    assert switch.made.count("compute") == 3  # twice in vain, and once for the last


def test_a_table_that_needs_it_shows_no_old_figures_and_all_else_follows(open_page: Open, switch: Switch) -> None:
    browser = open_page(at_once=True)
    switch.fail("first", ABSENT)
    type_into(browser, "x", "3")
    browser.wait()
    assert ("take_back", "demo", "first") in browser.done
    assert 'value="6.0"' in browser.html["demo-second"]
    assert "demo-first" not in browser.html
    arrive(browser, switch)
    assert 'value="6.0"' in browser.html["demo-first"]
    assert browser.console == []


def test_a_table_that_the_build_made_stays_until_it_is_here(open_page: Open, switch: Switch) -> None:
    switch.fail("first", ABSENT)
    browser = open_page(at_once=True)
    browser.wait()
    arrive(browser, switch)
    assert browser.html == {}
    assert not browser.times("take_back")


def test_a_file_that_needs_it_is_taken_when_it_is_here(open_page: Open, switch: Switch) -> None:
    browser = open_page(at_once=True)
    switch.fail("take", ABSENT)
    browser.fire("drop", section="demo", brings_files=True, dropped=[browser.file("a.txt", b"5")])
    browser.read(b"5")
    assert "demo-taken-extra" not in browser.said
    arrive(browser, switch)
    assert browser.said["demo-taken-extra"] == "a.txt read."


def test_a_file_that_is_asked_for_before_it_is_here_is_made_then(open_page: Open, switch: Switch) -> None:
    browser = open_page(at_once=True)
    browser.wait()
    switch.fail("download", ABSENT)
    click(browser, action="download", file="demo.csv")
    assert not browser.times("save")
    arrive(browser, switch)
    assert browser.times("save", "demo.csv", "double\n2\n") == 1


@pytest.mark.parametrize("lost", ["not sent", "refused", "cut", "not whole"])
def test_what_did_not_arrive_is_said_and_asked_for_again_when_it_is_needed(
    open_page: Open, switch: Switch, lost: str
) -> None:
    browser = open_page(at_once=True)
    browser.lose(lost)
    assert browser.done[-1][0] == "tell"
    assert "did not arrive" in browser.done[-1][1]
    assert browser.state == "ready"
    type_into(browser, "x", "3")
    assert "It is" in verdict(browser)
    assert len(browser.fetched) == 1  # what is not needed is not asked for
    switch.fail("compute", ABSENT)
    type_into(browser, "x", "4")
    assert len(browser.fetched) == 2
    arrive(browser, switch)
    assert ("tell", "") in browser.done
    assert 'value="8.0"' in browser.html["demo-cards"]


def test_a_link_that_cannot_be_answered_without_it_fails_and_recovers(open_page: Open, switch: Switch) -> None:
    switch.fail("compute", ABSENT)
    browser = open_page("#demo?x=3", at_once=True)
    browser.lose("refused")
    assert browser.state == "error"
    assert "did not arrive whole" in browser.console[0]
    type_into(browser, "x", "4")
    arrive(browser, switch)
    assert browser.state == "ready"
    assert 'value="8.0"' in browser.html["demo-cards"]


def test_a_file_that_needs_what_did_not_arrive_asks_for_it_again(open_page: Open, switch: Switch) -> None:
    browser = open_page(at_once=True)
    browser.lose("refused")
    switch.fail("take", ABSENT)
    browser.fire("paste", section="demo", name="extra", pasted="5\n6")
    assert len(browser.fetched) == 2
    arrive(browser, switch)
    assert 'value="5\n6"' in browser.html["demo-field-extra"]


def test_where_it_did_not_arrive_an_input_that_does_without_it_is_answered(open_page: Open, switch: Switch) -> None:
    switch.fail("compute", ABSENT)
    browser = open_page("#demo?x=3", at_once=True)
    browser.lose("refused")
    assert browser.state == "error"
    switch.faults.clear()
    type_into(browser, "x", "4")
    assert 'value="8.0"' in browser.html["demo-cards"]
    assert browser.state == "ready"


def test_a_fault_in_one_thing_that_waited_stops_no_other(open_page: Open, switch: Switch) -> None:
    switch.fail("load other", ABSENT)
    browser = open_page("#other?x=3", at_once=True)
    browser.arrive(lambda: switch.fail("load other"))
    assert browser.state == "ready"
    assert "does not start" in verdict(browser, "other")


def test_what_is_still_missing_when_it_is_here_is_a_fault(open_page: Open, switch: Switch) -> None:
    browser = open_page(at_once=True)
    switch.fail("compute", ABSENT)
    type_into(browser, "x", "3")
    browser.arrive()
    assert "the page failed" in verdict(browser)
    assert "not here yet" in browser.console[0]
