"""The pruning page as a visitor uses it: typing, choosing, links, the keyboard, and what must never happen."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from app.calculators.pruning.calculator import CALCULATOR
from tests import cases, depth, reading
from tests.browser import looks
from tests.browser.looks import outputs, unfold
from tests.browser.opening import Open, ready

SPEEDS = {f"{phase}_speedup{end}" for phase in ("prefill", "decode") for end in ("", "_low", "_high")}
BYTES = {"dense_bytes", "disk_bytes", "device_bytes"}


def control(page: Page, name: str) -> Locator:
    return page.locator(f"#pruning [name={name}]")


def results(page: Page) -> dict[str, Any]:
    """Every output at full precision; stale ones are left out."""
    return outputs(page, "pruning")


def expected(**raw: str) -> dict[str, Any]:
    """What CPython makes of the same inputs."""
    return looks.expected("pruning", **raw)


def set_input(page: Page, name: str, text: str) -> None:
    field = next(field for field in CALCULATOR.fields if field.name == name)
    if field.group:
        fold = page.locator(f"#pruning-fold-{field.group}")
        if fold.get_attribute("open") is None:
            fold.locator("> summary").click()
    if field.control == "radio":
        control(page, name).and_(page.locator(f"[value='{text}']")).check()
    elif field.control == "select":
        control(page, name).select_option(text)
    else:
        control(page, name).fill(text)


# --- the first sight ---


def test_the_built_page_holds_what_python_renders(open_page: Open, site: str) -> None:
    page = open_page("")
    built = page.evaluate(
        "(html) => new DOMParser().parseFromString(html, 'text/html').querySelector('#pruning').innerHTML",
        page.request.get(site).text(),
    )
    assert reading.outputs({"": built}) == expected()
    whole = page.locator("#pruning > .whole").evaluate("(link) => link.outerHTML")  # leads to what is in sight
    assert page.locator("#pruning").inner_html().replace(whole, "") == built[: built.rindex('<p class="whole"')]


def test_every_part_of_the_page_is_there(open_here: Open) -> None:
    pruning = open_here("#pruning").locator("#pruning")
    for heading in (
        "Every option at these inputs",
        "Formula",
        "Worked example, with your numbers",
        "About",
        "How to use",
        "Why use it",
        "Questions",
        "References",
        "Related tools",
    ):
        expect(pruning.get_by_role("heading", name=heading, exact=True)).to_have_count(1)
    assert pruning.locator("math").count() >= 5


def test_every_citation_leads_to_its_reference_and_keeps_the_link(open_here: Open) -> None:
    page = open_here("#pruning?params=7B")
    targets = page.eval_on_selector_all("a[href^='#']", "(links) => links.map((link) => link.getAttribute('href'))")
    assert len(targets) > 20
    for target in set(targets):
        place = target[1:].partition("?")[0]  # a story’s link has inputs with it
        assert page.locator(f"[id='{place}']").count() == 1, target
    page.locator("a.cite").first.click()
    assert page.evaluate("document.activeElement.id").startswith("pruning-reference-")
    assert page.url.endswith("#pruning?params=7B")


# --- every input changes what it should ---


@pytest.mark.parametrize(
    ("name", "text", "changed"),
    [
        ("params", "7B", {"remaining_params", "removed_params", "dense_flops", "executed_flops"} | BYTES),
        ("sparsity", "90%", {"remaining_params", "removed_params", "disk_bytes", "decode_speedup_high"}),
        ("structure", "2:4", {"device_bytes", "executed_flops", "decode_speedup_low"} | SPEEDS - {"decode_speedup"}),
        ("structure", "structured", {"device_bytes", "disk_bytes", "executed_flops"} | SPEEDS),
        ("dtype", "fp32", BYTES),
        ("prunable", "50%", {"remaining_params", "removed_params", "disk_bytes"}),
        ("device", "cpu", {"decode_speedup_high"}),
    ],
)
def test_an_input_changes_the_results_it_should(open_here: Open, name: str, text: str, changed: set[str]) -> None:
    page = open_here("#pruning")
    before = results(page)
    set_input(page, name, text)
    after = results(page)
    assert {key for key in before if before[key] != after.get(key)} >= changed
    assert after == expected(**{name: text})


def test_results_follow_each_keystroke(open_here: Open) -> None:
    page = open_here("#pruning")
    control(page, "params").fill("")
    seen = []
    for key in "70B":
        control(page, "params").press_sequentially(key)
        seen.append(results(page).get("remaining_params"))
    assert seen == [expected(params=text)["remaining_params"] for text in ("7", "70", "70B")]
    expect(page.locator("#pruning-worked")).to_contain_text("70,000,000,000")
    expect(page.locator("#pruning-verdict")).to_contain_text("Unstructured 50%")


def test_typing_keeps_caret_focus_and_what_is_unfolded(open_here: Open) -> None:
    page = open_here("#pruning")
    fold = page.locator("details", has_text="Size in each storage format")
    fold.locator("summary").click()
    box = control(page, "params")
    box.fill("70B")
    box.press("Home")
    box.press("ArrowRight")
    box.press_sequentially("5")
    assert box.input_value() == "750B"
    assert box.evaluate("(box) => box.selectionStart") == 2
    expect(box).to_be_focused()
    expect(fold).to_have_attribute("open", "")
    expect(fold).to_contain_text("1.50\u202fTB")


def test_box_and_slider_follow_each_other(open_here: Open) -> None:
    page = open_here("#pruning")
    slider = page.get_by_role("slider", name="Sparsity, slider")
    control(page, "sparsity").fill("0.9")
    expect(slider).to_have_value("90")
    slider.focus()
    slider.press("ArrowLeft")
    expect(control(page, "sparsity")).to_have_value("89%")
    assert results(page) == expected(sparsity="89%")


def test_two_four_fixes_sparsity_and_gives_it_back(open_here: Open) -> None:
    page = open_here("#pruning?sparsity=80%25&params=7B")
    set_input(page, "structure", "2:4")
    assert results(page)["remaining_params"] == 3.5e9
    expect(page.locator("#pruning-sparsity-note")).to_contain_text("fixes it at 50")
    expect(control(page, "sparsity")).to_have_value("80%")
    set_input(page, "structure", "unstructured")
    assert results(page)["remaining_params"] == pytest.approx(1.4e9)


# --- what cannot be read ---


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("params", "", "such as 7B"),
        ("params", "   ", "such as 7B"),
        ("params", "seven", "not a model in the list"),
        ("params", "Llama-9", "not a model in the list"),
        ("params", "7Q", "k, M, B and T"),
        ("params", "-7B", "negative"),
        ("params", "0", "at least 1"),
        ("params", "Infinity", "not a model in the list"),
        ("params", "1e999", "such as 7B"),
        ("params", "1.2.3", "one decimal mark"),
        ("params", "50%", "such as 7B"),
        ("params", "0x10", "such as 7B"),
        ("params", "<img src=x onerror=alert(1)>", "such as 7B"),
        ("params", "9" * 500, "characters"),
        ("sparsity", "", "50%"),
        ("sparsity", "50", "Did you mean 50%?"),
        ("sparsity", "150%", "100"),
        ("sparsity", "-0.1", "negative"),
        ("sparsity", "half", "50%"),
        ("sparsity", "0,5,5", "one decimal mark"),
        ("prunable", "2", "Did you mean 2%?"),
        ("prunable", "most", "Or write auto"),
    ],
)
def test_a_bad_value_gets_its_message_keeps_its_text_and_leaves_no_figure(
    open_here: Open, name: str, text: str, says: str
) -> None:
    page = open_here("#pruning")
    box = control(page, name)
    set_input(page, name, text)
    box.blur()  # a name is not wrong before that: more of it may follow
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_value(text)
    message = page.locator(f"#pruning-{name}-message")
    expect(message).to_contain_text(says)
    assert str(message.get_attribute("id")) in str(box.get_attribute("aria-describedby"))
    assert results(page) == {}
    assert page.locator("#pruning output[data-stale]").count() == page.locator("#pruning output").count()
    expect(page.locator("#pruning data:not([value=''])")).to_have_count(0)
    expect(page.locator("#pruning-verdict")).to_contain_text("No answer yet")
    box.fill(CALCULATOR.defaults[name])
    expect(box).not_to_have_attribute("aria-invalid", "true")
    expect(message).to_be_empty()
    assert results(page) == expected()


# --- Python in the page is Python on the desk ---


@pytest.mark.deep
def test_cases_made_by_chance_agree_to_the_last_digit(open_here: Open) -> None:
    for raw in cases.pruning(depth.cases(50, 1000)):
        query = "&".join(f"{name}={quote(text)}" for name, text in raw.items())
        page = open_here(f"#pruning?{query}")
        assert results(page) == expected(**raw), query


# --- links and history ---


def test_the_address_follows_and_a_link_restores(open_here: Open, open_page: Open) -> None:
    page = open_here("#pruning")
    control(page, "params").fill("70B")
    set_input(page, "structure", "2:4")
    page.wait_for_url(re.compile(r"#pruning\?params=70B&structure=2:4$"))
    shown = results(page)
    page = open_page("#pruning?params=70B&structure=2:4")
    expect(control(page, "params")).to_have_value("70B")
    assert results(page) == shown == expected(params="70B", structure="2:4")


def test_back_and_forward_walk_through_the_edits(open_here: Open) -> None:
    page = open_here("#pruning")
    control(page, "params").fill("7B")
    page.wait_for_url("**/#pruning?params=7B")
    control(page, "sparsity").fill("0.7")
    page.wait_for_url("**/#pruning?params=7B&sparsity=0.7")
    page.go_back()
    expect(control(page, "sparsity")).to_have_value("50%")
    assert results(page) == expected(params="7B")
    page.go_back()
    expect(control(page, "params")).to_have_value("Llama-3.1-8B")
    assert results(page) == expected()
    page.go_forward()
    page.go_forward()
    expect(control(page, "sparsity")).to_have_value("0.7")
    assert results(page) == expected(params="7B", sparsity="0.7")


def test_one_edit_is_one_step_back_however_many_keys_it_took(open_here: Open) -> None:
    page = open_here("#pruning?params=7B")
    control(page, "params").press("End")
    control(page, "params").press_sequentially("xx", delay=300)  # longer than the address waits
    page.wait_for_url("**/#pruning?params=7Bxx")
    page.go_back()
    expect(control(page, "params")).to_have_value("7B")


def test_a_broken_link_shows_as_the_visitors_own_bad_input(open_here: Open) -> None:
    page = open_here("#pruning?params=7Q&structure=banana&device=toaster&nonsense=1&sparsity=%00")
    for name in ("params", "structure", "device", "sparsity"):
        expect(page.locator(f"#pruning-{name}-message")).not_to_be_empty()
    expect(control(page, "params")).to_have_value("7Q")
    expect(control(page, "device")).to_have_value("toaster")
    expect(page.locator("#pruning-structure-message")).to_contain_text("banana")
    assert results(page) == {}
    set_input(page, "structure", "2:4")
    expect(page.locator("#pruning-structure-message")).to_be_empty()


@pytest.mark.parametrize(
    "fragment", ["#", "#elsewhere?params=7B", "#pruning?" + "&" * 3000, "#%E0%A4%A", "#pruning?params"]
)
def test_a_senseless_fragment_does_no_harm(open_here: Open, fragment: str) -> None:
    page = open_here("#pruning?params=70B")
    page = open_here(fragment)
    control(page, "params").fill("7B")
    assert results(page) == expected(params="7B")


def test_nor_does_it_at_the_start(open_page: Open) -> None:
    page = open_page("#%E0%A4%A")
    control(page, "params").fill("7B")
    assert results(page) == expected(params="7B")


def test_copy_link_and_reset(open_here: Open, site: str) -> None:
    page = open_here("#pruning")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    control(page, "params").fill("7B")
    page.locator("#pruning").get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Link copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{site}#pruning?params=7B"
    page.get_by_role("button", name="Reset").click()
    assert results(page) == expected()
    expect(control(page, "params")).to_have_value("Llama-3.1-8B")
    page.go_back()
    expect(control(page, "params")).to_have_value("7B")


# --- before Python is there ---


def test_what_is_typed_while_python_loads_counts(page: Page, site: str) -> None:
    held: list[Route] = []
    page.route("**/app.zip", lambda route: held.append(route))
    page.goto(f"{site}#pruning?dtype=int8&params=1B")
    control(page, "params").fill("Qwen2.5-7B")
    set_input(page, "structure", "2:4")
    page.get_by_role("slider", name="Sparsity, slider").fill("70")
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(100)
    for route in held:
        route.continue_()
    ready(page)
    expect(control(page, "params")).to_have_value("Qwen2.5-7B")
    expect(control(page, "params")).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("listbox")).to_have_count(0)
    expect(control(page, "dtype")).to_have_value("int8")
    expect(control(page, "sparsity")).to_have_value("70%")
    assert results(page) == expected(params="Qwen2.5-7B", dtype="int8", structure="2:4", sparsity="70%")
    page.wait_for_url(re.compile("params=Qwen2.5-7B"))


# --- by keyboard, by ear, in the dark, on a phone ---


def test_enter_in_a_box_neither_reloads_nor_loses_anything(open_here: Open) -> None:
    page = open_here("#pruning")
    control(page, "params").fill("7B")
    control(page, "params").press("Enter")
    page.wait_for_timeout(300)
    assert results(page) == expected(params="7B")


def tab_to(page: Page, name: str) -> None:
    """Go on to a control, past what stands before it: others, and the sources in their notes."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == name:
            return
    raise AssertionError(f"{name} is not reached")


def test_the_whole_form_works_by_keyboard(open_here: Open) -> None:
    page = open_here("#pruning")
    control(page, "params").focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("7B")
    tab_to(page, "structure")
    page.keyboard.press("ArrowDown")
    tab_to(page, "sparsity")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("0.25")
    assert results(page) == expected(params="7B", structure="2:4", sparsity="0.25")


def test_nothing_sticks_out_sideways(open_here: Open) -> None:
    page = open_here("#pruning")
    unfold(page)
    for width in (320, 375, 768, 1280, 2560):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_on_a_phone_the_answer_comes_first_and_the_inputs_are_one_tap_away(open_here: Open) -> None:
    page = open_here("#pruning")
    page.set_viewport_size({"width": 375, "height": 700})
    expect(page.locator("#pruning .claim")).to_be_in_viewport()
    expect(control(page, "params")).to_be_hidden()
    page.get_by_role("button", name="Edit").click()
    expect(control(page, "params")).to_be_in_viewport()
    expect(page.locator("#pruning-summary")).to_be_in_viewport()  # the answer stays in sight
    control(page, "params").fill("7B")
    expect(page.locator("#pruning-summary")).to_contain_text("7\u202fB")
    page.keyboard.press("Escape")
    expect(control(page, "params")).to_be_hidden()
    expect(page.get_by_role("button", name="Edit")).to_be_focused()


def fold_of(page: Page, title: str) -> Locator:
    fold = page.locator("#pruning details", has=page.locator("summary", has_text=title))
    fold.locator("> summary").click()
    return fold


def test_beside_each_speed_stands_the_nearest_measurement(open_here: Open) -> None:
    page = open_here("#pruning?structure=2:4&dtype=bf16&device=h100-pcie")
    fold = fold_of(page, "Published speed-ups nearest to these")
    mine = fold.locator("tbody tr", has_text="2:4, decode").first
    expect(mine).to_contain_text(re.compile(r"\d×.*(H100|A100)", re.DOTALL))
    assert (mine.locator("a").get_attribute("href") or "").startswith("https://")


def test_where_nothing_near_was_published_the_page_says_that_it_extrapolates(open_here: Open) -> None:
    page = open_here("#pruning?structure=2:4&dtype=fp16&device=mi300x")
    fold = fold_of(page, "Published speed-ups nearest to these")
    expect(fold.locator("tbody tr", has_text="2:4, prefill").first).to_contain_text("the page extrapolates")


def test_published_qualities_stand_beside_the_option(open_here: Open) -> None:
    page = open_here("#pruning?structure=2:4")
    fold = fold_of(page, "Published quality nearest to these")
    row = fold.locator("tbody tr", has_text="2:4").first
    expect(row).to_contain_text(re.compile("SparseGPT|Wanda"))
    assert (row.locator("a").get_attribute("href") or "").startswith("https://")


def test_the_page_says_how_wrong_it_is(open_here: Open) -> None:
    fold = fold_of(open_here("#pruning"), "Predicted and measured speeds")
    rows = fold.locator("tbody tr")
    for head in ("Matrix product, all devices", "Prefill, H100 PCIe 80GB", "Decode, B200 HGX 1000W", "Decode, torchao"):
        expect(rows.filter(has_text=re.compile(f"^{head}"))).to_contain_text(re.compile(r"\d.*\d.*%", re.DOTALL))
    expect(rows.filter(has_text="torchao").locator("a")).to_have_attribute("href", re.compile("^https://github.com/"))
    for kind in ("Matrix product", "Prefill", "Decode"):
        plot = fold.locator("figure.plot", has_text=f"{kind}: predicted against measured")
        dots = plot.locator("path.cloud").get_attribute("d") or ""
        assert dots.count("M") > 40
        expect(plot.locator("path.line")).to_have_count(1)
