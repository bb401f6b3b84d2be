"""An answer that takes long: in slices, with the page alive between them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

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


# --- what a script beside the page does ---


def test_a_job_is_handed_out_and_what_it_finds_is_the_answer(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.handed_out = True
    type_into(browser, "x", "3")
    (worker,) = browser.workers
    assert worker.address == "inner_loops.js"
    assert worker.posted == [{"job": "double", "data": {"x": 3.0}}]
    assert told(browser) == [("computing", "demo", 0.5, "doubling fast")]
    worker.say({"progress": 0.5})
    assert told(browser)[-1] == ("computing", "demo", 0.625, "doubling fast")
    assert "demo-cards" not in browser.html
    worker.say({"result": {"double": 6.5}})  # which Python would not have found
    assert told(browser)[-1] == ("computed", "demo")
    assert 'value="6.5"' in browser.html["demo-cards"]
    type_into(browser, "x", "4")
    assert len(browser.workers) == 1, "it is there already"
    worker.say({"result": {"double": 8.5}})
    assert 'value="8.5"' in browser.html["demo-cards"]
    assert not worker.ended


def test_what_is_typed_meanwhile_ends_the_job(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.handed_out = True
    type_into(browser, "x", "3")
    type_into(browser, "x", "4")
    first, second = browser.workers
    assert first.ended
    first.say({"result": {"double": 6.5}})
    assert "demo-cards" not in browser.html
    second.say({"result": {"double": 8.0}})
    assert 'value="8.0"' in browser.html["demo-cards"]
    assert browser.times("computed") == 1


def test_a_job_can_be_stopped_and_begun_again(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.handed_out = True
    type_into(browser, "x", "3")
    click(browser, action="cancel")
    assert browser.workers[0].ended
    assert told(browser)[-1] == ("stopped", "demo")
    click(browser, action="go-on")
    browser.workers[1].say({"result": {"double": 6.0}})
    assert 'value="6.0"' in browser.html["demo-cards"]
    assert told(browser)[-1] == ("computed", "demo")


def test_where_a_job_is_done_by_nobody_python_does_it(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.handed_out = True
    type_into(browser, "x", "3")
    browser.workers[0].fail()
    browser.wait()
    assert 'value="6.0"' in browser.html["demo-cards"]
    type_into(browser, "x", "4")
    browser.wait()
    assert 'value="8.0"' in browser.html["demo-cards"]
    assert len(browser.workers) == 1, "refused once, it is not asked again"
    assert browser.console == []


def test_a_browser_without_workers_does_all_in_python(open_page: Open, switch: Switch) -> None:
    browser = open_page(without_workers=True)
    switch.handed_out = True
    type_into(browser, "x", "3")
    browser.wait()
    assert 'value="6.0"' in browser.html["demo-cards"]
    assert browser.console == []


def test_a_job_that_fails_is_logged_and_done_in_python(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.handed_out = True
    type_into(browser, "x", "3")
    browser.workers[0].say({"error": "RangeError: no room"})
    browser.wait()
    assert 'value="6.0"' in browser.html["demo-cards"]
    assert "RangeError: no room" in browser.console[0]


@pytest.mark.parametrize("arrives", [True, False])
def test_in_the_one_file_the_script_is_what_stands_in_it(open_page: Open, switch: Switch, arrives: bool) -> None:
    browser = open_page(protocol="file:")
    switch.handed_out = True
    type_into(browser, "x", "3")
    assert browser.workers == []
    if arrives:
        script = SimpleNamespace(then=lambda done, _: done("script"))
        browser.fetched[-1].resolve(SimpleNamespace(blob=lambda: script))
        (worker,) = browser.workers
        assert worker.address == "blob:script"
        assert len(worker.posted) == 1
        worker.say({"result": {"double": 6.5}})
    else:
        browser.fetched[-1].reject()
        browser.wait()
    assert f'value="{6.5 if arrives else 6.0}"' in browser.html["demo-cards"]


def test_in_the_one_file_what_is_late_for_one_job_says_nothing_of_the_next(open_page: Open, switch: Switch) -> None:
    browser = open_page(protocol="file:")
    switch.handed_out = True
    type_into(browser, "x", "3")
    late = browser.fetched[-1]
    type_into(browser, "x", "4")
    late.reject()
    browser.wait()
    assert "demo-cards" not in browser.html
    script = SimpleNamespace(then=lambda done, _: done("script"))
    browser.fetched[-1].resolve(SimpleNamespace(blob=lambda: script))
    (worker,) = browser.workers
    worker.say({"result": {"double": 8.5}})
    assert 'value="8.5"' in browser.html["demo-cards"]
