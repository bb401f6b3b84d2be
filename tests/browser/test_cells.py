"""A table as a visitor fills it: cell by cell, from a spreadsheet, from a file, with a hundred thousand rows."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from app.vocabulary.table import MOST_ROWS
from tests.browser.looks import check_for_everyone
from tests.browser.opening import Open, ready

POINTS = "#roc-auc [name=points]"
AUC = "#roc-auc output[name=auc] data"


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(f"#roc-auc-points-{row}-{column}")


def rows(page: Page) -> Locator:
    return page.locator("#roc-auc-rows-points tr")


def auc(page: Page) -> float:
    return float(page.locator(AUC).get_attribute("value") or "nan")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def paste(page: Page, selector: str, text: str) -> None:
    page.eval_on_selector(
        selector,
        """(box, text) => {
          box.focus();
          const data = new DataTransfer();
          data.setData('text/plain', text);
          const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
          if (box.dispatchEvent(event)) document.execCommand('insertText', false, text);
        }""",
        text,
    )


def test_cells_and_text_follow_each_other(open_here: Open) -> None:
    page = open_here("#roc-auc")
    before = auc(page)
    cell(page, 0, 1).fill("0.6")
    expect(page.locator(POINTS)).to_have_value("0.1,0.6;0.2,0.7;0.5,0.9")
    assert auc(page) > before
    page.fill(POINTS, "0.1,0.5")
    expect(rows(page)).to_have_count(2)  # one, and the empty one that is typed into
    expect(cell(page, 0, 1)).to_have_value("0.5")
    page.wait_for_url(re.compile(r"#roc-auc\?points=0\.1,0\.5$"))
    page.go_back()
    expect(cell(page, 0, 1)).to_have_value("0.6")


def test_typing_in_the_last_row_adds_one_and_keeps_the_caret(open_here: Open) -> None:
    page = open_here("#roc-auc?points=0.1,0.5")
    cell(page, 1, 0).press_sequentially("0.25")
    assert focused(page) == "roc-auc-points-1-0"
    expect(cell(page, 1, 0)).to_have_value("0.25")
    expect(rows(page)).to_have_count(3)
    expect(page.locator("#roc-auc-points-message")).to_contain_text("Row 2, TPR")
    page.keyboard.press("Tab")
    page.keyboard.type("70%")
    expect(page.locator("#roc-auc-points-message")).to_be_empty()
    expect(page.locator(POINTS)).to_have_value("0.1,0.5;0.25,70%")


def test_the_keyboard_goes_from_cell_to_cell(open_here: Open) -> None:
    page = open_here("#roc-auc")
    cell(page, 0, 0).focus()
    for key, at in (
        ("Enter", "1-0"),
        ("ArrowDown", "2-0"),
        ("Shift+Enter", "1-0"),
        ("ArrowUp", "0-0"),
        ("End", "0-0"),
        ("ArrowRight", "0-1"),
        ("PageDown", "3-1"),
        ("Control+Home", "0-0"),
        ("Tab", "0-1"),
        ("Home", "0-1"),
        ("ArrowLeft", "0-0"),
    ):
        page.keyboard.press(key)
        assert focused(page) == f"roc-auc-points-{at}", key


def test_rows_are_removed_and_everything_can_be_undone(open_here: Open) -> None:
    page = open_here("#roc-auc")
    text = "0.1,0.5;0.2,0.7;0.5,0.9"
    page.get_by_label("Remove row 2").click()
    expect(page.locator(POINTS)).to_have_value("0.1,0.5;0.5,0.9")
    cell(page, 0, 0).focus()
    page.keyboard.press("Control+Delete")
    expect(page.locator(POINTS)).to_have_value("0.5,0.9")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(page.locator(POINTS)).to_have_value(text)
    page.keyboard.press("Control+y")
    expect(page.locator(POINTS)).to_have_value("0.1,0.5;0.5,0.9")
    section = page.locator("#roc-auc .field[data-name=points]")
    section.get_by_role("button", name="Clear").click()
    expect(rows(page)).to_have_count(1)
    section.get_by_role("button", name="Undo").click()
    section.get_by_role("button", name="Undo").click()
    expect(page.locator(POINTS)).to_have_value(text)
    cell(page, 1, 1).press("End")
    cell(page, 1, 1).press_sequentially("5")
    cell(page, 1, 1).press_sequentially("5")
    page.keyboard.press("Control+z")
    expect(cell(page, 1, 1)).to_have_value("0.7")  # one edit is one step


def test_each_wrong_cell_is_marked_says_why_and_keeps_what_was_typed(open_here: Open) -> None:
    page = open_here("#roc-auc")
    for (row, column), text, says in (
        ((0, 0), "abc", "not a number"),
        ((0, 0), "1.5", "Did you mean"),
        ((2, 1), "-0.1", "negative"),
        ((1, 0), "", "Write a share"),
        ((1, 0), "<img src=x onerror=alert(1)>", "not a number"),
        ((1, 1), "NaN", "not a number"),
    ):
        box = cell(page, row, column)
        kept = box.input_value()
        box.fill(text)
        expect(box).to_have_value(text)
        expect(box).to_have_attribute("aria-invalid", "true")
        why = page.locator(f"#{box.get_attribute('aria-describedby')}")
        expect(why).to_contain_text(says)
        expect(page.locator("#roc-auc-points-message")).to_contain_text(f"Row {row + 1}, ")
        expect(page.locator("#roc-auc .cards data:not([value=''])")).to_have_count(0)
        box.fill(kept)
        expect(box).not_to_have_attribute("aria-invalid", "true")
        expect(page.locator("#roc-auc-points-message")).to_be_empty()


SPREADSHEETS = {
    "tabs": "FPR\tTPR\n0.1\t0.5\n0.2\t0.7\n0.5\t0.9\n",
    "commas and percent": "fpr,tpr\n10%,50%\n20%,70%\n50%,90%\n",
    "semicolons and decimal commas": "FPR;TPR\r\n0,1;0,5\r\n0,2;0,7\r\n0,5;0,9\r\n",
    "other columns and order": 'threshold,"true positive rate",fpr\n0.9,0.5,0.1\n0.5,0.7,0.2\n0.1,0.9,0.5\n',
    "one line": "0.1,0.5;0.2,0.7;0.5,0.9",
}


@pytest.mark.parametrize("text", SPREADSHEETS.values(), ids=SPREADSHEETS)
@pytest.mark.parametrize("where", [POINTS, "#roc-auc-points-0-0"])
def test_what_a_spreadsheet_holds_is_pasted(open_here: Open, text: str, where: str) -> None:
    page = open_here("#roc-auc?points=0,0.3")
    paste(page, where, text)
    expect(rows(page)).to_have_count(4)
    expect(page.locator("#roc-auc-points-message")).to_be_empty()
    assert auc(page) == pytest.approx(0.80)


def test_a_block_is_pasted_over_the_cells_from_one_on(open_here: Open) -> None:
    page = open_here("#roc-auc")
    paste(page, "#roc-auc-points-1-1", "0.75\n0.95\n1\n")
    expect(page.locator(POINTS)).to_have_value("0.1,0.5;0.2,0.75;0.5,0.95;,1")
    paste(page, "#roc-auc-points-3-0", "0.9")
    expect(page.locator(POINTS)).to_have_value("0.1,0.5;0.2,0.75;0.5,0.95;0.9,1")


@pytest.mark.parametrize("how", ["choose", "drop on the field", "drop on the page"])
def test_a_file_is_taken(open_here: Open, how: str) -> None:
    page = open_here("#roc-auc?points=0,0.3")
    content = SPREADSHEETS["semicolons and decimal commas"]
    if how == "choose":
        page.set_input_files(
            "#roc-auc-file-points", {"name": "a.csv", "mimeType": "text/csv", "buffer": content.encode()}
        )
    else:
        where = "#roc-auc .field[data-name=points]" if "field" in how else "#roc-auc"
        page.eval_on_selector(
            where,
            """(target, text) => {
              const data = new DataTransfer();
              data.items.add(new File([text], 'a.csv', { type: 'text/csv' }));
              target.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
            }""",
            content,
        )
    beside = "scores" if how == "drop on the page" else "points"  # where it was handed over; it goes where it belongs
    expect(page.locator(f"#roc-auc-taken-{beside}")).to_have_text("a.csv read.")
    assert auc(page) == pytest.approx(0.80)


def large(count: int) -> str:
    return "FPR,TPR\n" + "".join(f"{i / count:.6f},{(i / count) ** 0.5:.6f}\n" for i in range(count))


def test_a_hundred_thousand_rows_are_scrolled_typed_into_and_undone(open_page: Open) -> None:
    page = open_page("#roc-auc")
    paste(page, POINTS, large(MOST_ROWS))
    expect(page.locator("#roc-auc-working")).to_be_hidden(timeout=20_000)
    assert auc(page) == pytest.approx(2 / 3, abs=1e-4)
    assert rows(page).count() <= 41, "only the rows around those that are seen"
    sheet = page.locator("#roc-auc .sheet[data-sheet=points]")
    sheet.evaluate("(box) => { box.scrollTop = box.scrollHeight }")
    expect(cell(page, MOST_ROWS - 1, 0)).to_be_visible()
    cell(page, MOST_ROWS - 1, 1).fill("0.25")
    expect(page.locator(AUC)).not_to_have_attribute("value", "", timeout=20_000)
    page.keyboard.press("Control+Home")
    assert focused(page) == "roc-auc-points-0-0"
    expect(cell(page, 0, 0)).to_be_in_viewport()
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+End")
    expect(cell(page, MOST_ROWS - 1, 1)).not_to_have_value("0.25")
    expect(page.locator(POINTS)).to_have_attribute("readonly", "")
    page.locator("#roc-auc").get_by_role("button", name="Copy link").click()
    expect(page.locator("#roc-auc-said")).to_contain_text("too long for a link")
    assert len(page.url) < 1000


# In one go, so that nothing is answered in between: a paste, what is seen then, and a key pressed elsewhere.
_PASTE_AND_TYPE = """(text) => {
  const form = document.querySelector('#roc-auc form');
  const data = new DataTransfer();
  data.setData('text/plain', text);
  const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
  form.elements.scores.dispatchEvent(event);
  const seen = [...document.querySelectorAll('#roc-auc output data')].map((data) => data.value).join('');
  form.elements.level.value = '90%';
  form.elements.level.dispatchEvent(new Event('input', { bubbles: true }));
  return seen;
}"""


def test_while_a_hundred_thousand_cases_are_read_no_old_figure_stands_and_a_key_counts(open_page: Open) -> None:
    page = open_page("#roc-auc")
    cases = "y_true,y_score\n" + "".join(
        f"{i % 2},{(i * 7919 % MOST_ROWS + i % 2 * 20_000) / 2e5}\n" for i in range(MOST_ROWS)
    )
    assert page.evaluate(_PASTE_AND_TYPE, cases) == ""
    expect(page.locator("#roc-auc-working")).to_contain_text("reading")
    expect(page.locator("#roc-auc-working")).to_be_hidden(timeout=20_000)
    assert auc(page) == pytest.approx(1 - 0.8**2 / 2, abs=0.01)
    expect(page.locator("#roc-auc")).to_contain_text("90% interval")
    expect(page.locator("#roc-auc [name=scores]")).to_have_attribute("readonly", "")


def test_one_row_too_many_is_refused_and_said(open_here: Open) -> None:
    page = open_here("#roc-auc")
    paste(page, POINTS, large(MOST_ROWS + 1))
    expect(page.locator("#roc-auc-points-message")).to_contain_text("keep it to 100,000")


def test_what_is_typed_into_a_cell_while_python_loads_counts(page: Page, site: str) -> None:
    held: list[Route] = []
    page.route("**/app.zip", lambda route: held.append(route))
    page.goto(f"{site}#roc-auc")
    cell(page, 0, 1).fill("0.55")
    cell(page, 3, 0).fill("0.8")
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(100)
    held[0].continue_()
    ready(page)
    expect(page.locator(POINTS)).to_have_value("0.1,0.55;0.2,0.7;0.5,0.9;0.8")
    cell(page, 3, 1).fill("0.97")
    expect(page.locator("#roc-auc-points-message")).to_be_empty()


def test_axe_finds_nothing_in_a_table_with_wrong_cells(open_here: Open) -> None:
    check_for_everyone(open_here(f"#roc-auc?points={quote('a,b;0.1,0.5;2,-1')}"))


def test_the_table_of_a_page_without_scripts_is_there(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}#roc-auc")
    expect(cell(page, 0, 1)).to_have_value("0.5")
    context.close()
