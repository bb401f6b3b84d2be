"""The form as a visitor uses it: groups that fold, a box with a list, files in and out. By mouse, keyboard and ear."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, FileChooser, FilePayload, Locator, Page, expect

from tests.browser.looks import check_for_everyone, unfold, until_all_follows
from tests.browser.opening import Open, ready

LLAMA = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "tie_word_embeddings": False,
    "vocab_size": 128256,
}
CONFIG = json.dumps(LLAMA, indent=2)
READ_AS = "Read as 8,030,261,248 parameters"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452ff")


def box(page: Page) -> Locator:
    return page.locator("#pruning-params")


def options(page: Page) -> Locator:
    return page.locator("#pruning-list-params").get_by_role("option")


def active(page: Page) -> Locator:
    """The option that a screen reader is told of."""
    identity = box(page).get_attribute("aria-activedescendant")
    assert identity
    option = page.locator(f"[id='{identity}']")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(page.locator("[aria-selected=true]")).to_have_count(1)
    expect(option).to_be_in_viewport()
    return option


def expect_closed(page: Page) -> None:
    expect(box(page)).to_have_attribute("aria-expanded", "false")
    assert box(page).get_attribute("aria-activedescendant") is None
    expect(page.get_by_role("listbox")).to_have_count(0)


def expect_answering(page: Page) -> None:
    """The next keystroke is answered."""
    box(page).fill("7B")
    expect(box(page)).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#pruning output[name=remaining_params] data")).not_to_have_attribute("value", "")
    assert page.locator("html").get_attribute("data-state") == "ready"


# --- groups ---


def test_groups_are_folded_say_what_they_are_set_to_and_stay_as_they_are_put(open_here: Open) -> None:
    page = open_here("#pruning")
    folds = page.locator("#pruning-inputs details")
    assert folds.count() > 2
    assert page.locator("#pruning-inputs details[open]").count() == 0
    fold = page.locator("#pruning-fold-workload")
    expect(fold.locator("summary")).to_contain_text("Device and workload")
    expect(page.locator("#pruning-group-workload")).to_contain_text("1 request,")
    summary = fold.locator("summary")
    summary.focus()
    summary.press("Enter")
    page.locator("#pruning-batch").fill("8")
    expect(page.locator("#pruning-group-workload")).to_contain_text("8 concurrent requests,")
    expect(fold).to_have_attribute("open", "")
    summary.click()
    box(page).fill("7B")
    page.get_by_role("button", name="Reset").click()
    expect(fold).not_to_have_attribute("open", "")
    expect(page.locator("#pruning-group-workload")).to_contain_text("1 request,")


@pytest.mark.parametrize(
    ("fragment", "opened"),
    [
        ("#pruning?batch=8", ["workload"]),
        ("#pruning?batch=none&prunable=", ["workload", "pruned"]),
        ("#pruning?layers=16", ["cuts"]),
        ("#pruning?params=7B&sparsity=2", []),
    ],
)
def test_a_link_opens_the_groups_it_sets(open_here: Open, fragment: str, opened: list[str]) -> None:
    page = open_here(fragment)

    def unfolded() -> list[str]:
        found: list[str] = page.eval_on_selector_all(
            "#pruning-inputs details[open]", "(folds) => folds.map((fold) => fold.id.replace('pruning-fold-', ''))"
        )
        return found

    assert unfolded() == opened
    page.evaluate("location.hash = '#pruning?formulas=on'")
    expect(page.locator("#pruning-fold-display")).to_have_attribute("open", "")
    assert unfolded() == [*opened, "display"]


def test_so_does_the_link_that_the_page_is_opened_with(open_page: Open) -> None:
    page = open_page("#pruning?batch=none&prunable=")
    expect(page.locator("#pruning-inputs details[open]")).to_have_count(2)
    for group in ("workload", "pruned"):
        expect(page.locator(f"#pruning-fold-{group}")).to_have_attribute("open", "")


# --- the box with a list ---


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


def test_arrows_walk_the_whole_list_and_round(open_here: Open) -> None:
    page = open_here("#pruning")
    box(page).press("ArrowDown")
    everything = options(page).count()
    expect(active(page)).to_contain_text("Llama-3.1-8B")
    seen = []
    for _ in range(everything):
        box(page).press("ArrowDown")
        seen.append(active(page).get_attribute("data-value"))
    assert len(set(seen)) == everything
    assert seen[-1] == "Llama-3.1-8B"
    box(page).press("ArrowUp")
    assert active(page).get_attribute("data-value") == seen[-2]
    expect(box(page)).to_have_value("Llama-3.1-8B")
    box(page).press("Home")  # the box's own
    assert box(page).evaluate("(box) => box.selectionStart") == 0


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
    page.get_by_label("Show the list: Model or parameters").tap()
    option = page.get_by_role("option", name="Llama-3.1-70B")
    option.scroll_into_view_if_needed()
    height = option.evaluate("(option) => option.getBoundingClientRect().height")
    assert height >= 44
    option.tap()
    expect(box(page)).to_have_value("Llama-3.1-70B")
    expect_closed(page)
    context.close()


# --- files in ---


def payload(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def choose(page: Page, *files: FilePayload) -> None:
    page.get_by_label("Choose a config.json").set_input_files(files[0])


def drop(page: Page, *files: tuple[str, str], onto: str = "#pruning h1") -> None:
    """Drag files over the page and drop them: what a browser does, less the hand."""
    transfer = page.evaluate_handle(
        """(files) => {
          const transfer = new DataTransfer();
          for (const [name, text] of files) transfer.items.add(new File([text], name));
          return transfer;
        }""",
        [list(each) for each in files],
    )
    page.dispatch_event(onto, "dragover", {"dataTransfer": transfer})
    page.dispatch_event(onto, "drop", {"dataTransfer": transfer})


def paste(page: Page, text: str) -> None:
    page.evaluate(
        """(text) => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', text);
          document.getElementById('pruning-params').dispatchEvent(
            new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
        }""",
        text,
    )


@pytest.mark.parametrize("way", ["choose", "drop", "paste"])
def test_a_config_is_taken(open_here: Open, way: str) -> None:
    page = open_here("#pruning?params=7B")
    if way == "choose":
        choose(page, payload("config.json", CONFIG.encode()))
    elif way == "drop":
        drop(page, ("config.json", CONFIG))
    else:
        paste(page, CONFIG)
    expect(box(page)).to_have_value(re.compile(r"^\{.*\}$"))
    assert "\n" not in box(page).input_value()
    expect(box(page)).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#pruning-params-note")).to_contain_text(READ_AS)
    expect(page.locator("#pruning-taken-params")).to_have_text("" if way == "paste" else "config.json read.")
    page.wait_for_url(re.compile("params=%7B|params={"))
    page.go_back()
    expect(box(page)).to_have_value("7B")
    expect(page.locator("#pruning-taken-params")).to_be_empty()


def test_a_config_that_was_taken_comes_with_the_link(open_here: Open, open_page: Open) -> None:
    page = open_here("#pruning")
    choose(page, payload("config.json", CONFIG.encode()))
    page.wait_for_url(re.compile("params=%7B|params={"))
    page = open_page("#" + page.url.partition("#")[2])
    expect(page.locator("#pruning-params-note")).to_contain_text(READ_AS)
    box(page).fill("7B")
    expect(page.locator("#pruning-params-note")).not_to_contain_text(READ_AS)


def test_the_file_button_works_by_keyboard_and_twice(open_here: Open) -> None:
    page = open_here("#pruning")

    def heard(_: FileChooser) -> None:
        """Playwright begins to listen a moment after it is first asked to."""

    page.on("filechooser", heard)
    chooser = page.get_by_label("Choose a config.json")
    for name in ("one.json", "one.json"):
        box(page).focus()
        page.keyboard.press("Tab")
        expect(chooser).to_be_focused()
        with page.expect_file_chooser() as asked:
            page.keyboard.press("Enter")
        asked.value.set_files(payload(name, CONFIG.encode()))
        expect(page.locator("#pruning-taken-params")).to_have_text("one.json read.")
        box(page).fill("7B")
    page.remove_listener("filechooser", heard)


def test_what_is_dragged_is_shown_and_a_stray_drop_changes_nothing(open_here: Open) -> None:
    page = open_here("#pruning")
    section = page.locator("#pruning")
    before = page.url
    for way in ("over", "out", "text"):
        prevented = page.evaluate(
            """(way) => {
              const dataTransfer = new DataTransfer();
              if (way === 'text') dataTransfer.setData('text/plain', 'words');
              else dataTransfer.items.add(new File(['{}'], 'a.json'));
              const event = new DragEvent('dragover', { dataTransfer, bubbles: true, cancelable: true });
              document.querySelector(way === 'out' ? '.banner' : '#pruning h1').dispatchEvent(event);
              return event.defaultPrevented;
            }""",
            way,
        )
        assert prevented == (way != "text")
        assert section.evaluate("(section) => section.hasAttribute('data-drop')") == (way == "over")
    drop(page, ("config.json", CONFIG), onto=".banner")
    page.wait_for_timeout(200)
    expect(box(page)).to_have_value("Llama-3.1-8B")
    assert page.url == before


def test_of_several_files_the_first_is_taken(open_here: Open) -> None:
    page = open_here("#pruning")
    drop(page, ("one.json", CONFIG), ("two.json", "{}"))
    expect(page.locator("#pruning-taken-params")).to_have_text("one.json read, the first of 2 files.")
    expect(page.locator("#pruning-params-note")).to_contain_text(READ_AS)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("model.safetensors", b"{" * 10_000_000, "10.0\u202fMB"),
        ("photo.png", PNG, "not a text file"),
    ],
)
def test_a_file_that_is_no_text_is_not_taken(open_here: Open, name: str, content: bytes, said: str) -> None:
    page = open_here("#pruning")
    choose(page, payload(name, content))
    expect(page.locator("#pruning-taken-params")).to_contain_text(said)
    expect(page.locator("#pruning-taken-params")).to_contain_text(name)
    expect(box(page)).to_have_value("Llama-3.1-8B")
    expect_answering(page)
    expect(page.locator("#pruning-taken-params")).to_be_empty()


UNUSABLE = {
    "array": "[1, 2, 3]",
    "deep array": "[" * 100_000,
    "deep object": '{"a":' * 50_000,
    "infinite": '{"model_type": "llama", "hidden_size": 1e400}',
    "long number": '{"model_type": "llama", "hidden_size": ' + "9" * 5000 + "}",
    "html": '{"model_type": "<img src=x onerror=alert(1)>"}',
    "negative": '{"model_type": "llama", "num_hidden_layers": -1}',
    "words": "just\nwords\n",
}
UNUSABLE_FILES = UNUSABLE | {"empty": "", "null": "\x00"}


@pytest.mark.parametrize("name", UNUSABLE_FILES)
def test_a_chosen_config_that_cannot_be_used_says_why(open_here: Open, name: str) -> None:
    page = open_here("#pruning")
    choose(page, payload("config.json", UNUSABLE_FILES[name].encode()))
    expect(page.locator("#pruning-taken-params")).to_have_text("config.json cannot be used.")
    expect_refused(page)


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_pasted_config_that_cannot_be_used_says_why(open_here: Open, name: str) -> None:
    page = open_here("#pruning")
    paste(page, UNUSABLE[name])
    expect_refused(page)


def expect_refused(page: Page) -> None:
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#pruning-params-message")).not_to_be_empty()
    assert len(box(page).input_value()) <= 2000
    expect(page.locator("#pruning data:not([value=''])")).to_have_count(0)
    expect_answering(page)


def test_a_hostile_link_is_refused_too(open_page: Open) -> None:
    page = open_page("#pruning?params=" + quote("[" * 50_000, safe=""))
    expect(page.locator("#pruning-params-message")).not_to_be_empty()
    expect_answering(page)


def test_one_line_is_pasted_as_ever(open_here: Open) -> None:
    page = open_here("#pruning")
    prevented = page.evaluate(
        """() => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text/plain', '13B\\n');
          const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
          document.getElementById('pruning-params').dispatchEvent(event);
          return event.defaultPrevented;
        }"""
    )
    assert not prevented


# --- files out ---


def test_the_pruned_config_can_be_taken_away(open_here: Open) -> None:
    page = open_here("#pruning?structure=structured&layers=16&params=" + quote(json.dumps(LLAMA)))
    fold = page.locator("details.table:has([data-file='config.json'])")
    fold.locator("summary").click()
    button = fold.locator("[data-file='config.json']")
    button.focus()
    with page.expect_download() as waiting:
        button.press("Enter")
    assert waiting.value.suggested_filename == "config.json"
    made = json.loads(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert made["num_hidden_layers"] == 16
    assert made["hidden_size"] == 4096
    box(page).fill("7Q")
    expect(button).to_be_disabled()


# --- the tables follow, the seen ones first ---


def test_every_table_follows_wherever_it_is(open_here: Open) -> None:
    page = open_here("#pruning")
    for summary in page.locator("#pruning details.table summary").all():
        summary.click()
    box(page).fill("7Q")
    expect(page.locator("#pruning data:not([value=''])")).to_have_count(0)
    box(page).fill("7B")
    expect(page.locator("#pruning [data-part] data[value='']")).to_have_count(0)
    page.locator("#pruning-worked").scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    box(page).evaluate(
        "(box) => { box.value = '70B'; box.dispatchEvent(new Event('input', { bubbles: true }));"
        " window.worked = document.getElementById('pruning-worked').textContent }"
    )
    assert "70,000,000,000" in page.evaluate("window.worked")


# --- for everyone ---


def test_axe_finds_nothing_with_formulas_and_the_whole_list(open_here: Open) -> None:
    fragment = "#pruning?formulas=on&structure=structured&layers=16"
    page = open_here(fragment)
    unfold(page)
    until_all_follows(page, fragment)
    box(page).press("ArrowDown")
    expect(active(page)).to_contain_text("Llama-3.1-8B")
    check_for_everyone(page)


def test_axe_finds_nothing_with_wrong_values_and_an_empty_list(open_here: Open) -> None:
    page = open_here("#pruning")
    unfold(page)
    box(page).fill("zebra")
    page.fill("#pruning [name=sparsity]", "2")
    box(page).press("End")
    box(page).press_sequentially("s")
    until_all_follows(page, "#pruning?params=zebras&sparsity=2")
    expect(page.locator("#pruning-list-params")).to_have_text("Nothing on the list matches.")
    check_for_everyone(page)
