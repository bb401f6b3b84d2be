"""What a visitor takes away and brings back, in a real browser."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.calculators.registry import CALCULATORS, load
from app.page import export, saved
from app.vocabulary.calculator import read
from tests import cases, reading
from tests.browser.looks import check_for_everyone, outputs, unfold, until_all_follows
from tests.browser.opening import Open, ready

NewContext: TypeAlias = Callable[..., BrowserContext]

every_calculator = pytest.mark.parametrize("slug", CALCULATORS)


def taken(page: Page, selector: str) -> tuple[str, bytes]:
    """The name and the content of the file that a click brings."""
    with page.expect_download() as waiting:
        page.locator(selector).first.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def export_as(page: Page, kind: str) -> None:
    """Choose from what the head of the page exports."""
    if not page.locator("#export").is_visible():
        page.get_by_role("button", name="Export", exact=True).click()
    page.locator(f"#export [data-kind={kind}]").click()


def exported(page: Page, kind: str) -> tuple[str, bytes]:
    """The name and the content of the file that is exported."""
    with page.expect_download() as waiting:
        export_as(page, kind)
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


# --- files ---


@every_calculator
@pytest.mark.parametrize("kind", ["csv", "json", "markdown"])
def test_each_file_is_the_one_that_cpython_makes(open_here: Open, slug: str, kind: str) -> None:
    name, text = cases.typed(slug)
    calculator = load(slug)
    raw = calculator.defaults | {name: text}
    page = open_here(f"#{slug}?{name}={text}")
    unfold(page)
    filename, content = exported(page, kind)
    there = page.url.partition("#")[0]
    wanted = export.export(kind, calculator, raw, read(calculator, raw), lambda fragment: there + fragment)
    assert filename == wanted.filename
    if slug == "pruning":  # of the others' functions the last digit depends on the C library
        assert content.decode() == wanted.text
    elif kind == "json":
        assert json.loads(content)["outputs"] == reading.close(json.loads(wanted.text)["outputs"])
    else:
        assert len(content.decode().splitlines()) == len(wanted.text.splitlines())


def test_a_csv_is_read_back(open_here: Open) -> None:
    page = open_here("#pruning?structure=2:4")
    unfold(page)
    _, content = exported(page, "csv")
    rows = [*csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))]
    answers = {row[0]: row[1:] for row in rows if row}
    assert float(answers["Weights on the device"][1]) == outputs(page, "pruning")["device_bytes"]


def test_of_what_is_wrong_nothing_is_taken_away_and_it_says_why(open_here: Open) -> None:
    page = open_here("#pruning?sparsity=much")
    unfold(page)
    export_as(page, "csv")
    expect(page.locator("#pruning-said")).to_contain_text("Sparsity cannot be read")


def test_print_asks_for_the_browsers_own_dialogue(open_page: Open) -> None:
    page = open_page("")
    unfold(page)
    page.evaluate("() => { window.print = () => { document.title = 'printed' } }")
    export_as(page, "print")
    expect(page).to_have_title("printed")


@every_calculator
def test_a_json_that_is_dropped_chosen_or_pasted_brings_the_inputs_back(open_here: Open, slug: str) -> None:
    name, text = cases.typed(slug)
    page = open_here(f"#{slug}?{name}={text}")
    unfold(page)
    _, content = exported(page, "json")
    before = outputs(page, slug)
    fragment = json.loads(content)["link"]

    def away() -> None:
        page.locator(f"#{slug} [data-action=reset]").click()
        assert outputs(page, slug) != before

    away()
    page.set_input_files(f"#{slug}-saved", {"name": "a.json", "mimeType": "application/json", "buffer": content})
    expect(page.locator(f"#{slug}-said")).to_have_text("The inputs are those of a.json.")
    assert outputs(page, slug) == before
    away()
    page.evaluate(
        """([slug, text]) => {
          const brings = new DataTransfer();
          brings.items.add(new File([text], "b.json"));
          const event = new DragEvent("drop", { dataTransfer: brings, bubbles: true, cancelable: true });
          document.querySelector(`#${slug} h1`).dispatchEvent(event);
        }""",
        [slug, content.decode()],
    )
    expect(page.locator(f"#{slug}-said")).to_have_text("The inputs are those of b.json.")
    assert outputs(page, slug) == before
    away()
    page.evaluate(
        """([slug, text]) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
          document.querySelector(`#${slug} h1`).dispatchEvent(event);
        }""",
        [slug, content.decode()],
    )
    expect(page.locator(f"#{slug}-said")).to_have_text("The inputs are those of the text.")
    until_all_follows(page, fragment)


def test_a_json_of_another_calculator_leads_there(open_here: Open) -> None:
    page = open_here("#pruning")
    text = json.dumps({"calculator": "silhouette", "version": 1, "inputs": {"a": "0.2"}})
    assert saved.read(text).slug == "silhouette"
    page.set_input_files("#pruning-saved", {"name": "a.json", "mimeType": "application/json", "buffer": text.encode()})
    expect(page.locator("#silhouette")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#silhouette\?a=0\.2$"))


# --- pictures ---


def test_every_picture_is_taken_away_as_svg_and_as_png_of_twice_its_size(open_here: Open) -> None:
    for slug in CALCULATORS:
        page = open_here(f"#{slug}")
        until_all_follows(page, f"#{slug}")
        unfold(page)
        names = page.eval_on_selector_all(f"#{slug} .picture", "(all) => all.map((each) => each.dataset.picture)")
        assert names, slug
        assert len({*names}) == len(names)
        for name in names:
            button = f"#{slug} [data-action=save-picture][data-of='{name}']"
            page.wait_for_timeout(200)  # of more than ten downloads in a second Chromium drops the rest, silently
            filename, svg = taken(page, f"{button}[data-kind=svg]")
            assert filename.startswith(f"{slug}-")
            assert name[:20] in filename
            assert filename.endswith(".svg")
            root = ElementTree.fromstring(svg)
            assert root.findtext("{http://www.w3.org/2000/svg}title")
            assert b"var(" not in svg
            assert b"class=" not in svg
            filename, png = taken(page, f"{button}[data-kind=png]")
            assert filename.endswith(".png")
            assert png[:8] == b"\x89PNG\r\n\x1a\n"
            width, height = struct.unpack(">II", png[16:24])
            assert (width, height) == (2 * int(root.get("width") or 0), 2 * int(root.get("height") or 0))


# --- pinned scenarios ---


def pin_two(page: Page) -> None:
    """Pin 2:4, and 2:4 in INT4."""
    page.locator(".tools [data-action=pin]").click()
    page.locator("#pruning-dtype").select_option("int4")
    page.locator(".tools [data-action=pin]").click()
    expect(page.locator("#pruning-said")).to_have_text("Pinned as “2:4, int4”.")
    expect(page.locator("#pruning-pins-head input")).to_have_count(2)


def pinned(page: Page) -> list[str]:
    found: list[str] = page.eval_on_selector_all("#pruning-pins-head input", "(all) => all.map((each) => each.value)")
    return found


def test_two_pins_survive_a_reload_and_travel_in_a_link(page: Page, open_page: Open, new_context: NewContext) -> None:
    open_page("#pruning?structure=2:4")
    pin_two(page)
    assert pinned(page) == ["2:4", "2:4, int4"]
    expect(page).to_have_url(re.compile(r"&pin=2:4\?structure=2:4&pin="))
    address = page.url
    rows = page.locator("#pruning-pins tr")
    expect(rows.filter(has_text="Weight type")).to_contain_text("≠ changed")
    expect(rows.filter(has_text="Weights on the device").locator("td").nth(1)).to_contain_text("▲")
    page.goto(page.url.partition("#")[0])  # without the link: the device knows
    ready(page)
    expect(page.locator("#pruning-pinned")).to_be_visible()
    expect(page.locator("#pruning-pins-head input")).to_have_count(2)
    other = new_context().new_page()  # another device, with the link
    other.goto(address)
    ready(other)
    expect(other.locator("#pruning-pins-head input")).to_have_count(2)
    assert pinned(other) == ["2:4", "2:4, int4"]
    assert other.evaluate("localStorage.length") == 0
    other.locator("#pruning-sparsity").fill("50%")
    expect(other.locator("#pruning-pins tr").first).to_be_visible()


def test_pins_are_renamed_shown_and_unpinned_by_keys_alone(open_page: Open) -> None:
    page = open_page("#pruning?structure=2:4")
    pin_two(page)
    name = page.locator("#pruning-pin-0")
    name.fill("ours")
    name.press("Enter")
    expect(page.locator("#pruning-said")).to_have_text("It is called “ours” now.")
    expect(name).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#pruning-dtype")).to_have_value("bf16")
    expect(page.get_by_role("button", name="Show ours")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert pinned(page) == ["2:4, int4"]
    expect(page.locator("#pruning-pin-0")).to_be_focused()
    page.get_by_role("button", name="Unpin 2:4, int4").click()
    expect(page.locator("#pruning-pinned")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


def test_four_pins_are_cut_at_no_width(open_page: Open) -> None:
    page = open_page("#pruning?structure=2:4")
    for dtype in ("int4", "int8", "fp8", "bf16"):
        page.locator("#pruning-dtype").select_option(dtype)
        page.locator(".tools [data-action=pin]").click()
    expect(page.locator("#pruning-pins-head input")).to_have_count(4)
    for width in (320, 375, 768, 900, 1024, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 800})
        beyond = "(box) => box.scrollWidth - box.clientWidth"
        assert page.locator("#pruning-pinned .scroll").evaluate(beyond) == 0, width


def test_pins_are_for_everyone(open_page: Open) -> None:
    page = open_page("#pruning?structure=2:4")
    pin_two(page)
    check_for_everyone(page)


# --- in a frame of another page ---

EMBEDDED = "#pruning?structure=2:4&embed=1"


def test_in_a_frame_the_verdict_and_the_options_are_seen_and_the_way_to_the_rest(open_page: Open) -> None:
    page = open_page(EMBEDDED)
    expect(page.locator("#pruning .verdict")).to_be_visible()
    expect(page.locator("#pruning [data-part=options]")).to_be_visible()
    for hidden in (".banner", "footer", "#pruning form", "#pruning .words >> nth=0", "#roc-auc"):
        expect(page.locator(hidden)).to_be_hidden()
    with page.expect_popup() as waiting:
        page.locator("#pruning .whole a").click()
    whole = waiting.value
    ready(whole)
    assert whole.url.endswith("#pruning?structure=2:4")
    expect(whole.locator("#pruning form")).to_be_visible()
    assert outputs(whole, "pruning") == outputs(page, "pruning")


def test_what_is_in_a_frame_is_for_everyone(open_page: Open) -> None:
    check_for_everyone(open_page(EMBEDDED))


def test_the_html_that_is_copied_is_such_a_frame(page: Page, open_page: Open, site: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page("#pruning?structure=2:4")
    unfold(page)
    export_as(page, "embed")
    expect(page.locator("#pruning-said")).to_have_text("The HTML of a frame is copied.")
    html = page.evaluate("navigator.clipboard.readText()")
    other = page.context.new_page()
    other.set_content(html)
    frame = other.frame_locator(f"iframe[src='{site}{EMBEDDED}']")
    expect(frame.locator("html[data-state=ready]")).to_be_attached()
    expect(frame.locator("#pruning .verdict")).to_be_visible()
