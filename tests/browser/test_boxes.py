"""A box with a list, as a visitor uses it: by keys, by mouse and with a finger."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.boxes import active, box, expect_closed, expect_held, expect_settled, figures, options
from tests.browser.looks import expected, outputs
from tests.browser.opening import Open, ready

# --- the box for a model ---


def test_typing_finds_and_enter_takes(open_here: Open) -> None:
    page = open_here("#pruning")
    box(page).fill("")
    box(page).press_sequentially("qwen 7b")
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    expect(options(page).first).to_contain_text("Qwen2.5-7B")
    expect(options(page).first).to_contain_text("parameters")
    expect(page.get_by_role("listbox").get_by_role("group", name="Qwen")).to_be_visible()
    box(page).press("ArrowDown")
    expect(active(page)).to_contain_text("Qwen2.5-7B")
    box(page).press("Enter")
    expect(box(page)).to_have_value("Qwen2.5-7B")
    expect(box(page)).not_to_have_attribute("aria-invalid", "true")
    expect(box(page)).to_be_focused()
    expect_closed(page)
    page.wait_for_url("**/#pruning?params=Qwen2.5-7B")
    page.go_back()
    expect(box(page)).to_have_value("Llama-3.1-8B")


def test_the_button_shows_everything_and_a_click_takes(open_here: Open) -> None:
    page = open_here("#pruning")
    opener = page.get_by_label("Show the list: Model or parameters")
    opener.click()
    expect(box(page)).to_be_focused()
    everything = options(page).count()
    assert everything > 20
    expect(active(page)).to_contain_text("Llama-3.1-8B")
    opener.click()
    expect_closed(page)
    box(page).fill("70B")
    opener.click()
    expect(options(page)).to_have_count(everything)
    assert box(page).get_attribute("aria-activedescendant") is None
    page.get_by_role("option", name="Mixtral-8x7B").first.click()
    expect(box(page)).to_have_value(re.compile("^Mixtral-8x7B"))
    expect(box(page)).to_be_focused()
    expect_closed(page)


# As fast as a key that is held down; whether the browser sends it is asked of the keys before and after.
WALK = """(box, steps) => Array.from({ length: steps }, () => {
  box.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
  const option = document.getElementById(box.getAttribute("aria-activedescendant"));
  const selected = document.querySelectorAll("[aria-selected=true]");
  const list = option.closest(".list > *").getBoundingClientRect(); // which scrolls
  const { top, bottom } = option.getBoundingClientRect();
  const seen = top < Math.min(list.bottom, innerHeight) && bottom > Math.max(list.top, 0);
  return [option.dataset.value, selected.length === 1 && selected[0] === option && seen];
})"""


def test_arrows_walk_the_whole_list_and_round(open_here: Open) -> None:
    page = open_here("#pruning")
    box(page).press("ArrowDown")
    everything = options(page).count()
    expect(active(page)).to_contain_text("Llama-3.1-8B")
    walked = box(page).evaluate(WALK, everything)
    seen = [value for value, _ in walked]
    assert [value for value, shown in walked if not shown] == []
    assert len(set(seen)) == everything
    assert seen[-1] == "Llama-3.1-8B"
    box(page).press("ArrowUp")
    assert active(page).get_attribute("data-value") == seen[-2]
    expect(box(page)).to_have_value("Llama-3.1-8B")
    box(page).press("Home")  # the box's own
    assert box(page).evaluate("(box) => box.selectionStart") == 0


def test_the_last_answer_stays_while_a_name_is_typed_key_by_key(open_here: Open) -> None:
    page = open_here("#pruning")
    before = figures(page)
    box(page).press("ControlOrMeta+a")
    box(page).press("Delete")
    expect_held(page, "Llama-3.1-8B", before)
    for key in "gemma":
        box(page).press(key)
        expect(options(page).first).to_be_visible()
        expect_held(page, "Llama-3.1-8B", before)
    looks = page.locator("#pruning .claim").evaluate("(claim) => getComputedStyle(claim).color")
    box(page).press("ArrowDown")
    box(page).press("Enter")
    expect(box(page)).to_have_value(re.compile("^Gemma"))
    expect_settled(page)
    assert figures(page) != before
    assert page.locator("#pruning .claim").evaluate("(claim) => getComputedStyle(claim).color") != looks


@pytest.mark.parametrize("how", ["Enter", "Tab", "click", "radio"])
def test_the_one_match_is_taken(open_here: Open, how: str) -> None:
    page = open_here("#pruning")
    box(page).fill("")
    box(page).press_sequentially("mixtral 22")
    expect(options(page)).to_have_count(1)
    page.wait_for_url("**/#pruning?params=mixtral%2022")
    if how == "click":
        page.locator("#pruning h1").click()
    elif how == "radio":
        page.locator("#pruning [name=structure][value='2:4']").check()
    else:
        box(page).press(how)
    expect(box(page)).to_have_value("Mixtral-8x22B")
    expect_closed(page)
    expect_settled(page)
    expect(page.locator("#pruning-params-note")).to_contain_text("Read as 140,")
    query = "params=Mixtral-8x22B" + ("&structure=2:4" if how == "radio" else "")
    page.wait_for_url(f"**/#pruning?{query}")
    page.go_back()
    expect(box(page)).to_have_value("Mixtral-8x22B" if how == "radio" else "Llama-3.1-8B")


@pytest.mark.parametrize("how", ["Enter", "Tab", "click"])
@pytest.mark.parametrize("text", ["qwen", "zebra"])
def test_without_one_match_the_message_comes_when_the_box_is_left(open_here: Open, text: str, how: str) -> None:
    page = open_here("#pruning")
    before = figures(page)
    box(page).fill("")
    box(page).press_sequentially(text)
    page.wait_for_timeout(400)
    expect_held(page, "Llama-3.1-8B", before)
    if how == "click":
        page.locator("#pruning h1").click()
    else:
        box(page).press(how)
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#pruning-params-message")).to_contain_text(f"“{text}” is not a model in the list")
    expect(page.locator("#pruning-verdict")).to_contain_text("No answer yet")
    expect(page.locator("#pruning data:not([value=''])")).to_have_count(0)
    expect_closed(page)
    box(page).fill("")
    box(page).press_sequentially("llama")  # the next search is no fault again
    expect(box(page)).not_to_have_attribute("aria-invalid", "true")


def test_what_is_clicked_is_not_pushed_away_by_the_message(open_here: Open) -> None:
    page = open_here("#pruning")
    box(page).fill("zebra")
    radio = page.locator("#pruning label:has([name=structure][value='2:4'])")
    place = radio.bounding_box()
    assert place
    radio.evaluate(
        "(label) => addEventListener('mouseup', () => { window.top_then = label.getBoundingClientRect().top }, true)"
    )
    # A finger takes its time.
    page.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] - 4, delay=120)
    assert page.evaluate("window.top_then") == place["y"]
    expect(page.locator("#pruning [name=structure][value='2:4']")).to_be_checked()
    expect(box(page)).to_have_attribute("aria-invalid", "true")


# --- the box for a device ---


def device(page: Page) -> Locator:
    """The box, in its group, which is opened."""
    page.locator("#pruning-fold-workload").evaluate("(fold) => { fold.open = true }")
    return page.locator("#pruning-device")


@pytest.mark.parametrize(
    ("typed", "name", "key"),
    [
        ("4090", "RTX 4090", "rtx-4090"),
        ("A100 80", "A100 SXM 80GB", "a100-80gb"),
        ("H100 PCIe", "H100 PCIe 80GB", "h100-pcie"),
        ("MI300X", "MI300X", "mi300x"),
        ("M3 Max", "Apple M3 Max (40-core GPU)", "apple-m3-max"),
        ("sapph", "Intel Xeon 4th gen (Sapphire Rapids, 8x DDR5-4800)", "cpu-xeon-spr"),
    ],
)
@pytest.mark.parametrize("how", ["Enter", "Tab", "click"])
def test_a_device_is_typed_as_people_write_it(open_here: Open, typed: str, name: str, key: str, how: str) -> None:
    page = open_here("#pruning")
    device(page).press("ControlOrMeta+a")
    device(page).press_sequentially(typed)
    expect(device(page)).to_have_value(typed)
    listed = page.locator("#pruning-list-device").get_by_role("option")
    expect(listed.and_(page.locator(f"[data-value='{key}']"))).to_be_visible()
    if how == "click":
        page.locator("#pruning h1").click()
    else:
        device(page).press(how)
    expect(device(page)).to_have_value(name)
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect_settled(page)
    assert outputs(page, "pruning") == expected("pruning", device=key)


def test_the_devices_are_listed_in_groups_with_their_memory_and_chosen_by_arrows(open_here: Open) -> None:
    page = open_here("#pruning?device=t4")
    expect(device(page)).to_have_value("T4")
    device(page).press("ArrowDown")
    box_list = page.locator("#pruning-list-device")
    expect(box_list.locator("[aria-selected=true]")).to_contain_text("T4")
    group = box_list.get_by_role("group", name="NVIDIA data centre, with 2:4")
    expect(group.get_by_role("option").first).to_contain_text("H100 SXM 80GB")
    expect(group.get_by_role("option").first).to_contain_text("80 GB, 3,350 GB/s")
    device(page).press("ArrowDown")
    device(page).press("Enter")
    expect(device(page)).to_have_value("RTX 5090")
    page.wait_for_url("**/#pruning?device=rtx-5090")
    page.go_back()
    expect(device(page)).to_have_value("T4")
    page.get_by_role("button", name="Reset").click()
    expect(device(page)).to_have_value("H100 SXM 80GB")


def test_a_device_that_is_not_listed_points_to_what_stands_for_it(open_here: Open) -> None:
    page = open_here("#pruning")
    device(page).fill("")
    device(page).press_sequentially("RTX 2080 Ti")
    expect(page.locator("#pruning-list-device")).to_have_text("Nothing on the list matches.")
    device(page).press("Tab")
    expect(page.locator("#pruning-device-message")).to_contain_text("“Another GeForce or RTX GPU”")
    expect(device(page)).to_have_value("RTX 2080 Ti")
    device(page).fill("another geforce")
    device(page).press("Enter")
    expect(device(page)).to_have_value("Another GeForce or RTX GPU")
    page.wait_for_url("**/#pruning?device=other-geforce")


# --- the keys of both ---


def test_escape_tab_and_leaving_close_and_keep_what_was_typed(open_here: Open) -> None:
    page = open_here("#pruning")
    for leave in (
        lambda: box(page).press("Escape"),
        lambda: box(page).press("Tab"),
        lambda: page.locator("#pruning h1").click(),
    ):
        box(page).fill("")
        box(page).press_sequentially("mistral")
        expect(options(page).first).to_be_visible()
        box(page).press("ArrowDown")
        leave()
        expect_closed(page)
        expect(box(page)).to_have_value("mistral")
    box(page).fill("mistral")
    box(page).press("Escape")
    box(page).press("ArrowDown")
    expect(active(page)).to_contain_text("istral")


def test_a_number_shows_no_list_and_a_stranger_finds_nothing(open_here: Open) -> None:
    page = open_here("#pruning")
    box(page).fill("")
    for key in "70B":
        box(page).press(key)
        expect_closed(page)
    box(page).fill("zebra")
    expect(page.locator("#pruning-list-params")).to_have_text("Nothing on the list matches.")
    box(page).press("ArrowDown")
    box(page).press("Enter")
    expect(box(page)).to_have_value("zebra")
    expect(page.locator("#pruning-list-params")).to_be_empty()


def test_a_finger_chooses(browser: Browser, site: str) -> None:
    context = browser.new_context(has_touch=True, is_mobile=True, viewport={"width": 375, "height": 700})
    page = context.new_page()
    page.goto(site)
    ready(page)
    page.get_by_role("button", name="Edit").first.tap()
    page.get_by_label("Show the list: Model or parameters").tap()
    option = page.get_by_role("option", name="Llama-3.1-70B")
    option.scroll_into_view_if_needed()
    height = option.evaluate("(option) => option.getBoundingClientRect().height")
    assert height >= 44
    option.tap()
    expect(box(page)).to_have_value("Llama-3.1-70B")
    expect_closed(page)
    context.close()
