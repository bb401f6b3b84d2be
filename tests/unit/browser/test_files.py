"""Files in, and files out."""

from __future__ import annotations

import pytest

from app.page.grid import Cell
from app.page.picture import Picture
from tests.fake_browser import Browser
from tests.unit.browser.conftest import Open, Switch, click, type_into, verdict


def drop(browser: Browser, *files: tuple[str, bytes], field: str = "", slug: str = "demo") -> None:
    """Drop files on a field or beside all, and let the first be read."""
    dropped = [browser.file(*each) for each in files]
    browser.fire("drop", section=slug, brings_files=True, dropped=dropped, field=field)


def test_a_chosen_file_is_taken_and_said(open_page: Open) -> None:
    browser = open_page()
    file = browser.file("five.txt", b" 5 ")
    browser.fire("change", section="demo", takes="extra", chosen=[file])
    assert browser.html == {}
    browser.read(b" 5 ")
    assert 'value="5"' in browser.html["demo-field-extra"]
    assert browser.said["demo-taken-extra"] == "five.txt read."
    assert ("unfold", "demo-fold-more") in browser.done
    browser.wait(250)
    assert browser.steps == ["", "#demo?extra=5"]
    type_into(browser, "extra", "6")
    assert browser.said["demo-taken-extra"] == ""


@pytest.mark.parametrize(("field", "taker"), [("points", "points"), ("extra", "extra"), ("x", "extra"), ("", "extra")])
def test_a_dropped_file_goes_where_it_is_dropped_else_to_the_first_that_takes_it(
    open_page: Open, field: str, taker: str
) -> None:
    browser = open_page()
    drop(browser, ("a.txt", b"5"), ("b.txt", b"6"), field=field)
    browser.read(b"5")
    assert browser.said[f"demo-taken-{taker}"] == "a.txt read, the first of 2 files."


def test_where_a_file_can_be_dropped_is_shown(open_page: Open) -> None:
    browser = open_page()
    browser.fire("dragover", section="demo")
    assert not browser.times("mark_drop")
    browser.fire("dragover", section="demo", brings_files=True)
    assert browser.done[-1] == ("mark_drop", "demo", True)
    browser.fire("dragover", brings_files=True)
    assert browser.done[-1] == ("mark_drop", "demo", False)
    browser.fire("dragover", section="demo", brings_files=True)
    browser.fire("dragleave", section="demo")
    assert browser.done[-1] == ("mark_drop", "demo", False)
    drop(browser, ("a.txt", b"5"))
    assert ("mark_drop", "demo", False) in browser.done


def test_a_table_is_dropped_and_can_be_undone(open_page: Open) -> None:
    browser = open_page()
    drop(browser, ("a.csv", b"4\n5\n6\n"), field="points")
    browser.read(b"4\n5\n6\n")
    assert "4;5;6" in browser.html["demo-field-points"]
    click(browser, action="undo", field="points")
    assert "1;2" in browser.html["demo-field-points"]


def hand_over(browser: Browser, content: bytes) -> None:
    drop(browser, ("a.csv", content), field="points")
    browser.read(content)


def test_a_table_that_takes_long_is_read_in_slices_and_nothing_typed_meanwhile_is_lost(
    open_page: Open, switch: Switch
) -> None:
    browser = open_page()
    switch.ahead = 3
    hand_over(browser, b"4;5;6")
    assert browser.done[-1] == ("computing", "demo", 0, "reading")
    assert "No answer yet: it is not computed." in verdict(browser)
    assert browser.said.get("demo-taken-points", "") == ""
    type_into(browser, "x", "3")
    assert "No answer yet: it is not computed." in verdict(browser), "what is typed is answered with the table"
    browser.wait()
    assert browser.said["demo-taken-points"] == "a.csv read."
    assert "4;5;6" in browser.html["demo-field-points"]
    assert 'value="6.0"' in browser.html["demo-cards"]
    assert browser.times("computed") == 1
    browser.wait(250)
    assert browser.steps == ["", "#demo?x=3", "#demo?x=3&points=4;5;6"]


def test_of_two_tables_handed_over_the_first_is_taken_before_the_second(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.ahead = 3
    hand_over(browser, b"4;5;6")
    hand_over(browser, b"7;8")
    browser.wait()
    assert "7;8" in browser.html["demo-field-points"]
    click(browser, action="undo", field="points")
    assert "4;5;6" in browser.html["demo-field-points"]


def test_the_reading_of_a_table_can_be_stopped_and_gone_on_with(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.ahead = 3
    hand_over(browser, b"4;5;6")
    click(browser, action="cancel")
    browser.wait(1000)
    assert browser.said.get("demo-taken-points", "") == ""
    click(browser, action="go-on")
    browser.wait()
    assert "4;5;6" in browser.html["demo-field-points"]


def test_a_link_that_is_followed_while_a_table_is_read_counts_instead(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.ahead = 3
    hand_over(browser, b"4;5;6")
    click(browser, action="reset")
    browser.wait()
    assert "1;2" in browser.html["demo-field-points"]
    assert 'value="2.0"' in browser.html["demo-cards"]
    assert "read" not in browser.said.get("demo-taken-points", "")


def test_a_file_that_is_too_large_is_not_read(open_page: Open) -> None:
    browser = open_page()
    drop(browser, ("a.txt", b"5" * 21))
    assert not browser.reads
    assert "was not read" in browser.said["demo-taken-extra"]
    assert browser.html == {}


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_file_that_is_no_text_or_cannot_be_read_says_so(open_page: Open, content: bytes | None) -> None:
    browser = open_page()
    drop(browser, ("a.txt", b""))
    if content is None:
        browser.reads[-1].reject()
    else:
        browser.read(content)
    assert "a.txt" in browser.said["demo-taken-extra"]
    assert browser.html == {}
    assert ("unfold", "demo-fold-more") in browser.done


def test_a_refused_file_stands_in_the_box_with_the_reason_in_sight(open_page: Open) -> None:
    browser = open_page()
    drop(browser, ("a.txt", b"bad"))
    browser.read(b"bad")
    assert browser.said["demo-taken-extra"] == "a.txt cannot be used."
    assert "This file has no number." in browser.html["demo-field-extra"]
    assert 'value="bad"' in browser.html["demo-field-extra"]
    assert "No answer yet: Extra" in verdict(browser)
    assert ("unfold", "demo-fold-more") in browser.done
    type_into(browser, "x", "3")
    assert "No answer yet: Extra" in verdict(browser)
    type_into(browser, "extra", "3")
    assert "It is" in verdict(browser)


def test_a_file_is_a_step_of_its_own_however_soon_after_another(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "3")
    drop(browser, ("a.txt", b"5"))
    browser.read(b"5")
    type_into(browser, "extra", "6")
    browser.wait(250)
    assert browser.steps == ["", "#demo?x=3", "#demo?x=3&extra=5", "#demo?x=3&extra=6"]


def test_a_text_that_is_a_file_is_pasted_as_one(open_page: Open) -> None:
    browser = open_page()
    assert browser.fire("paste", section="demo", name="extra", pasted="7\n8\n").prevented
    assert "7" in browser.html["demo-field-extra"]
    assert not browser.fire("paste", section="demo", name="extra", pasted="7").prevented
    assert not browser.fire("paste", section="demo", name="x", pasted="7\n8\n").prevented


# --- out ---


def test_a_file_is_made_of_the_present_inputs(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "4")
    click(browser, action="download", file="demo.csv")
    assert browser.done[-1] == ("save", "demo.csv", "double\n8\n")


def test_a_file_that_cannot_be_had_says_why_until_something_changes(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "13")
    click(browser, action="download", file="demo.csv")
    assert browser.said["got-demo.csv"] == "Not in this shape."
    assert not browser.times("save")
    type_into(browser, "x", "4")
    assert browser.said["got-demo.csv"] == ""
    assert browser.console == []


def test_none_is_made_while_the_page_computes(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.slices = 3
    type_into(browser, "x", "4")
    click(browser, action="download", file="demo.csv")
    assert "Still computing" in browser.said["got-demo.csv"]


def test_a_cell_does_not_take_a_file_for_itself(open_page: Open) -> None:
    browser = open_page()
    browser.fire("change", section="demo", cell=("points", Cell(0, 0)))
    assert not browser.reads


# --- taken away, and brought back ---

SAVED = '{"calculator": "demo", "version": 1, "inputs": {"x": "4", "points": "3;4"}}'


def taken(browser: Browser) -> tuple[str, str]:
    """The name and the text of the file that was handed out last."""
    return next(each[1:] for each in reversed(browser.done) if each[0] == "save")


@pytest.mark.parametrize("section", ["demo", ""])
def test_the_page_is_taken_away_from_within_a_calculator_or_from_beside_it(open_page: Open, section: str) -> None:
    browser = open_page("#demo?x=3")
    browser.fire("click", section=section, action={"action": "export", "kind": "csv"})
    name, text = taken(browser)
    assert name == "demo.csv"
    assert "\r\nAnswers\r\nDouble,6,6.0\r\n\r\nFirst\r\n" in text
    assert browser.said["demo-said"] == "Saved as demo.csv."
    browser.fire("click", section=section, action={"action": "export", "kind": "print"})
    assert browser.times("print_page") == 1


def test_what_is_beside_all_calculators_is_of_the_one_in_sight(open_page: Open) -> None:
    browser = open_page("#demo?x=3")
    browser.follow("#other?x=5")
    browser.fire("click", action={"action": "export", "kind": "json"})
    name, text = taken(browser)
    assert name == "other.json"
    assert '"double": 10.0' in text


def test_nothing_is_taken_away_of_what_is_wrong_and_it_says_so(open_page: Open) -> None:
    browser = open_page()
    type_into(browser, "x", "none")
    click(browser, action="export", kind="json")
    assert not browser.times("save")
    assert "Number cannot be read" in browser.said["demo-said"]


def test_a_fault_of_ours_while_a_file_is_made_is_owned(open_page: Open, switch: Switch) -> None:
    browser = open_page()
    switch.fail("second")
    click(browser, action="export", kind="csv")
    assert not browser.times("save")
    assert "a fault of this page" in browser.said["demo-said"]


def test_while_it_computes_nothing_is_taken_away(open_page: Open, switch: Switch) -> None:
    switch.slices = 3
    browser = open_page()
    type_into(browser, "x", "3")
    click(browser, action="export", kind="csv")
    assert "Still computing" in browser.said["demo-said"]


@pytest.mark.parametrize("way", ["dropped", "dropped on a field", "chosen", "chosen beside", "pasted"])
def test_a_file_that_the_page_wrote_brings_its_inputs_back(open_page: Open, way: str) -> None:
    browser = open_page("#demo?name=beta")
    if way == "pasted":
        assert browser.fire("paste", section="demo", name="x", pasted=SAVED).prevented
    else:
        if way.startswith("chosen"):
            file = browser.file("demo.json", SAVED.encode())
            browser.fire("change", section="demo" if way == "chosen" else "", takes="saved", chosen=[file])
        else:
            drop(browser, ("demo.json", SAVED.encode()), field="points" if "field" in way else "")
        browser.read(SAVED.encode())
    assert 'value="8.0"' in browser.html["demo-cards"]
    assert "3;4" in browser.html["demo-field-points"]
    assert browser.steps == ["#demo?name=beta", "#demo?x=4&points=3;4"]
    assert browser.said["demo-said"].startswith("The inputs are those of ")


def test_a_file_of_another_calculator_leads_there(open_page: Open) -> None:
    browser = open_page()
    browser.fire("paste", section="demo", pasted=SAVED.replace("demo", "other"))
    assert ("follow", "#other?x=4&points=3;4") in browser.done


def test_a_file_of_another_calculator_that_no_link_holds_says_where_to_open_it(open_page: Open) -> None:
    browser = open_page()
    browser.fire("paste", section="demo", pasted=SAVED.replace("demo", "other").replace("3;4", "3;" * 40_000))
    assert "go to “Other” and open it there" in browser.said["demo-said"]


def test_a_file_that_looks_like_ours_and_is_not_says_why(open_page: Open) -> None:
    browser = open_page("#demo?x=3")
    browser.fire("paste", section="demo", pasted='{"calculator": "demo"}')
    assert "no inputs" in browser.said["demo-said"]
    assert browser.steps == ["#demo?x=3"]


def test_a_chosen_file_that_is_none_of_ours_is_not_taken(open_page: Open) -> None:
    browser = open_page()
    browser.fire("change", section="demo", takes="saved", chosen=[browser.file("a.json", b"{}")])
    browser.read(b"{}")
    assert "was not taken" in browser.said["demo-said"]


def test_a_json_may_be_larger_than_a_field_takes_but_not_endless(open_page: Open) -> None:
    browser = open_page()
    drop(browser, ("config.json", b" " * 100))
    browser.read(b" " * 100)
    assert "was not read" in browser.said["demo-taken-extra"]
    huge = browser.file("a.json", b"")
    huge.size = 30_000_001
    browser.fire("drop", section="demo", brings_files=True, dropped=[huge])
    assert len(browser.reads) == 1
    assert "the limit is 30" in browser.said["demo-taken-extra"]


# --- pictures ---


def test_a_picture_is_taken_away_as_it_is_seen(open_page: Open) -> None:
    browser = open_page()
    drawn = Picture("Speed, in all", "first", "<path/>", 400, 280, False, (), "white", "black")
    browser.patch.setattr(
        browser.dom, "picture", lambda slug, name: {("demo", "speed-in-all"): drawn}.get((slug, name))
    )
    click(browser, action="save-picture", of="speed-in-all", kind="svg")
    name, text = taken(browser)
    assert name == "demo-first-speed-in-all.svg"
    assert "<title>Speed, in all</title>" in text
    click(browser, action="save-picture", of="speed-in-all", kind="png")
    did, name, svg, (width, height), saved, refused, _ = browser.done[-1]
    assert (did, name, svg, width) == ("save_png", "demo-first-speed-in-all.png", text, 672)
    assert f'height="{height}"' in svg
    assert browser.said["demo-said"] == "Saved as demo-first-speed-in-all.svg."  # the other is not painted yet
    saved()
    assert browser.said["demo-said"] == "Saved as demo-first-speed-in-all.png."
    refused()
    assert "take the SVG" in browser.said["demo-said"]
    click(browser, action="save-picture", of="gone", kind="svg")
    assert "not on the page any more" in browser.said["demo-said"]


# --- in a frame of another page ---


def test_the_html_of_a_frame_is_copied(open_page: Open) -> None:
    browser = open_page("#demo?x=3&pin=a?x=4")
    click(browser, action="export", kind="embed")
    html, promise = browser.copied[0]
    assert html.startswith('<iframe src="https://page/#demo?x=3&amp;embed=1" title="Demo"')
    promise.resolve(None)
    assert browser.said["demo-said"] == "The HTML of a frame is copied."
    promise.reject()
    assert browser.said["demo-said"].endswith(html)


def test_a_page_in_a_file_has_no_frame_elsewhere(open_page: Open) -> None:
    browser = open_page("#demo?x=3", protocol="file:")
    click(browser, action="export", kind="embed")
    assert not browser.copied
    assert "Open it on the web first" in browser.said["demo-said"]
