"""The answer first, as a visitor meets it: what is in sight, how an option is chosen, how the curves are read."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.looks import outputs
from tests.browser.opening import Open

IN_SIGHT = """() => [...document.querySelectorAll("#pruning .claim, #pruning .findings li, #pruning .options tbody tr")]
  .filter((each) => { const box = each.getBoundingClientRect(); return box.top >= 0 && box.bottom <= innerHeight; })
  .map((each) => each.matches("tr") ? "row" : each.matches("li") ? "finding" : "claim")"""

CUT = """() => {
  const box = document.querySelector("#pruning .options").closest(".scroll").getBoundingClientRect();
  return [...document.querySelectorAll("#pruning .options tbody :is(.pick, .mark, .note, data, td, svg)")]
    .map((each) => [each, each.getBoundingClientRect()])
    .filter(([_, one]) => one.width && (one.left < box.left - 1 || one.right > box.right + 1))
    .map(([each]) => each.textContent);
}"""

# What reaches out of its own cell, and figures that stand on two lines.
BROKEN = """() => [...document.querySelectorAll("#pruning .options tbody :is(.pick, .mark, .note, data)")]
  .filter((each) => {
    const box = each.getBoundingClientRect(), cell = each.closest("td, th").getBoundingClientRect();
    const inCell = box.left >= cell.left - 1 && box.right <= cell.right + 1;
    return box.width && (!inCell || (each.matches("data") && each.getClientRects().length > 1));
  })
  .map((each) => each.textContent)"""


def claim(page: Page) -> str:
    return page.locator("#pruning .claim").inner_text()


def test_the_first_screen_holds_the_claim_the_four_lines_and_five_options(open_here: Open) -> None:
    page = open_here("#pruning")
    page.set_viewport_size({"width": 1280, "height": 800})
    seen = page.evaluate(IN_SIGHT)
    assert seen.count("claim") == 1
    assert seen.count("finding") == 4
    assert seen.count("row") >= 5
    page.set_viewport_size({"width": 375, "height": 812})
    expect(page.locator("#pruning .claim")).to_be_in_viewport(ratio=1)
    expect(page.locator("#pruning-summary")).to_be_in_viewport(ratio=1)


def test_the_table_of_options_is_cut_at_no_width(open_here: Open) -> None:
    page = open_here("#pruning?params=Llama-3.1-70B&devices=2&structure=2:4")
    table = page.locator("#pruning .options")
    for width in (320, 375, 480, 640, 768, 900, 992, 1080, 1090, 1180, 1280, 1600, 2560):
        page.set_viewport_size({"width": width, "height": 800})
        assert table.evaluate("(table) => table.scrollWidth <= table.parentElement.clientWidth + 1"), width
        assert page.evaluate(CUT) == [], width
        assert page.evaluate(BROKEN) == [], width


def test_a_row_is_chosen_by_a_click_and_by_a_key(open_here: Open) -> None:
    page = open_here("#pruning")
    page.locator("#pruning tr[data-option='int8'] .spread").click(force=True)  # anywhere in the row
    expect(page.locator("#pruning tr[data-option='int8']")).to_have_attribute("aria-current", "true")
    assert claim(page).startswith("INT8 ")
    expect(page.locator("#pruning [name=quantize][value='8-bit']")).to_be_checked()
    pick = page.locator("#pruning tr[data-option='structured+int4'] .pick")
    pick.focus()
    page.keyboard.press("Enter")
    expect(pick).to_have_attribute("aria-pressed", "true")
    expect(pick).to_be_focused()
    assert claim(page).startswith("Structured 50% + INT4")
    page.wait_for_url("**structure=structured&quantize=4-bit")
    page.go_back()
    expect(page.locator("#pruning tr[data-option='int8']")).to_have_attribute("aria-current", "true")


def test_the_best_are_those_that_fit_and_run(open_here: Open) -> None:
    page = open_here("#pruning?params=Llama-3.1-70B&device=a100-80gb&devices=2&batch=32&structure=2:4")
    found = outputs(page, "pruning")
    assert found["fits"] == 1
    assert found["needed_bytes"] < 160e9
    for name in ("best_request_option", "smallest_option"):
        row = page.locator(f"#pruning tr[data-option='{found[name]}']")
        expect(row).to_contain_text("that runs")
        expect(row).not_to_contain_text("does not fit")
    expect(page.locator("#pruning tr[data-option='dense']")).to_contain_text("does not fit")
    expect(page.locator("#pruning .findings")).to_contain_text("of what dense would take if it fitted")


def test_the_curves_are_read_by_arrow_keys_and_by_a_pointer(open_here: Open) -> None:
    page = open_here("#pruning")
    reader, said = page.locator("#pruning-curves-reader"), page.locator("#pruning-curves-reading")
    reader.scroll_into_view_if_needed()
    expect(said).to_contain_text("At 50%:")
    reader.focus()
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("At 51%:")
    expect(page.locator("#pruning [data-part=curves]")).to_contain_text("measured elsewhere")  # which comes last
    plot = page.locator("#pruning [data-part=curves] .plot svg").first
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    expect(said).not_to_contain_text("At 51%:")
    expect(said).to_contain_text("structured")
    place = page.locator("#pruning [data-part=curves]").evaluate("(box) => box.style.getPropertyValue('--read-at')")
    assert said.inner_text().startswith(f"At {100 * float(place):g}%"), "a line is drawn there"
    assert plot.evaluate("(svg) => getComputedStyle(svg).touchAction") == "pan-y"
    before = said.inner_text()
    page.locator("#pruning [name=batch]").fill("64")
    expect(said).not_to_have_text(before)  # of the new inputs, at the same place
    assert said.inner_text().partition(":")[0] == before.partition(":")[0]


def test_the_colours_are_chosen_without_a_script(open_here: Open) -> None:
    page = open_here("#pruning")
    page.emulate_media(color_scheme="light")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_label("Colours").select_option("dark")
    assert page.evaluate(paper) != light
    page.get_by_label("Colours").select_option("auto")
    assert page.evaluate(paper) == light


def test_the_contents_lead_to_what_is_folded(open_here: Open) -> None:
    page = open_here("#pruning?params=7B")
    contents = page.locator("#pruning .contents")
    contents.get_by_role("link", name="Quality").click()
    expect(page.locator("#pruning-table-quality")).to_be_in_viewport()
    expect(contents).to_be_in_viewport()
    assert "params=7B" in page.url, "a jump to a place is no other state"


def test_a_goal_has_its_own_line_and_its_answer(open_here: Open) -> None:
    page = open_here("#pruning?structure=structured&goal=speed&target=2")
    goal = page.locator("#pruning .findings li").nth(4)
    expect(goal).to_contain_text("does not")
    found = outputs(page, "pruning")
    assert found["goal_met"] == 0
    page.locator("#pruning [name=sparsity]").fill(f"{100 * found['goal_answer']:.1f}%")
    expect(goal).to_contain_text("meets it")
    assert outputs(page, "pruning")["request_speedup"] >= 2


def test_another_calculator_is_read_from_its_heading(open_here: Open) -> None:
    page = open_here("#pruning")
    page.locator(".banner nav a[href='#silhouette']").click()
    expect(page.locator("#silhouette h1")).to_be_focused()


def test_only_the_claim_is_spoken_once_typing_pauses(open_here: Open) -> None:
    page = open_here("#pruning")
    page.locator("#pruning [name=sparsity]").fill("60%")
    spoken = page.locator("#pruning-spoken")
    expect(spoken).to_contain_text("Unstructured 60%")
    assert "Memory" not in spoken.inner_text()
