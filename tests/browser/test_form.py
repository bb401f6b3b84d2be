"""The form as a visitor uses it: groups that fold, a box with a list, files in and out. By mouse, keyboard and ear."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import FileChooser, FilePayload, Page, expect

from app.calculators.registry import CALCULATORS
from tests.browser.boxes import active, box, expect_held, expect_settled, figures
from tests.browser.looks import FURTHER_ROWS, check_for_everyone, unfold, until_all_follows
from tests.browser.opening import Open

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
SHOWN_AS = "config.json: Llama, 32 layers, 8.03\u202fB"
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452ff")


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
    expect(fold.locator("summary")).to_contain_text("Engine, memory, KV cache and overhead")
    expect(page.locator("#pruning-group-workload")).to_contain_text("2,304 tokens of context")
    summary = fold.locator("summary")
    summary.focus()
    summary.press("Enter")
    page.locator("#pruning-context").fill("4096")
    expect(page.locator("#pruning-group-workload")).to_contain_text("4,096 tokens of context")
    expect(fold).to_have_attribute("open", "")
    summary.click()
    box(page).fill("7B")
    page.get_by_role("button", name="Reset").click()
    expect(fold).not_to_have_attribute("open", "")
    expect(page.locator("#pruning-group-workload")).to_contain_text("2,304 tokens of context")


@pytest.mark.parametrize(
    ("fragment", "opened"),
    [
        ("#pruning?context=8", ["workload"]),
        ("#pruning?context=none&prunable=", ["workload", "pruned"]),
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
    page = open_page("#pruning?context=none&prunable=")
    expect(page.locator("#pruning-inputs details[open]")).to_have_count(2)
    for group in ("workload", "pruned"):
        expect(page.locator(f"#pruning-fold-{group}")).to_have_attribute("open", "")


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
    expect(box(page)).to_have_value(SHOWN_AS)
    expect(box(page)).to_have_attribute("data-raw", re.compile(r"^\{.*\}$"))
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
    expect(box(page)).to_have_value(SHOWN_AS)
    box(page).fill("7B")
    expect(page.locator("#pruning-params-note")).not_to_contain_text(READ_AS)
    page.wait_for_url("**/#pruning?params=7B")
    page.go_back()
    expect(box(page)).to_have_value(SHOWN_AS)
    expect(page.locator("#pruning-params-note")).to_contain_text(READ_AS)
    page.get_by_role("button", name="Reset").click()
    expect(box(page)).to_have_value("Llama-3.1-8B")
    assert box(page).get_attribute("data-raw") is None


def test_the_line_of_a_config_is_replaced_by_what_is_typed_and_comes_back_when_that_is_taken_back(
    open_here: Open,
) -> None:
    page = open_here("#pruning")
    drop(page, ("config.json", CONFIG))
    expect(box(page)).to_have_value(SHOWN_AS)
    raw = box(page).get_attribute("data-raw")
    before = figures(page)
    box(page).press("End")
    box(page).press("x")
    expect(box(page)).to_have_value(SHOWN_AS + "x")
    expect_held(page, SHOWN_AS, before)
    box(page).press("Backspace")
    expect(box(page)).to_have_value(SHOWN_AS)
    assert box(page).get_attribute("data-raw") == raw
    expect_settled(page)
    assert figures(page) == before
    box(page).press("Backspace")
    box(page).press("Enter")
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    expect(box(page)).to_have_value(SHOWN_AS[:-1])
    drop(page, ("config.json", CONFIG))
    expect(box(page)).to_have_value(SHOWN_AS)


def test_what_a_hostile_config_calls_itself_is_only_text(open_here: Open) -> None:
    name = '"><img src=x onerror=alert(1)>'
    page = open_here("#pruning")
    paste(page, json.dumps(LLAMA | {"_name_or_path": name}))
    expect(box(page)).to_have_value(re.compile("^config.json: .*<img src=x onerror=alert.*, 32 layers, 8.03"))
    assert page.locator("#pruning img").count() == 0


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
        ("config.json", b"\x00", "not a text file"),
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
UNUSABLE_FILES = UNUSABLE | {"empty": ""}


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
    asked = "formulas=on&structure=structured&layers=16&goal=speed&target=1.5&price=2&training_price=3"
    page = open_here(f"#pruning?{asked}&pin=dense%3Fstructure=dense&pin=four%3Fquantize=4-bit")
    unfold(page)
    until_all_follows(page, f"#pruning?{asked}")
    unpin = page.locator("#pruning [data-action=unpin]")
    expect(unpin).to_have_count(2)
    box(page).press("ArrowDown")
    expect(active(page)).to_contain_text("Llama-3.1-8B")
    check_for_everyone(page, but=FURTHER_ROWS)
    unpin.last.click()  # for they stay on the page, whatever link is followed next
    unpin.first.click()
    expect(page.locator("#pruning-pinned")).to_be_hidden()


def test_axe_finds_nothing_while_something_is_looked_for(open_here: Open) -> None:
    page = open_here("#pruning")
    unfold(page)
    box(page).fill("llama")
    expect(page.locator("#pruning")).to_have_attribute("data-held", "")
    check_for_everyone(page, but=FURTHER_ROWS)


def test_the_slider_says_its_unit_and_what_it_is_of(open_here: Open) -> None:
    slider = open_here("#pruning").get_by_role("slider", name="Sparsity, slider")
    expect(slider).to_have_attribute("aria-valuetext", "50% sparsity")
    slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "51% sparsity")


@pytest.mark.parametrize("slug", [*CALCULATORS])
def test_whatever_is_clicked_is_large_enough_for_a_finger(open_here: Open, slug: str) -> None:
    page = open_here(f"#{slug}")
    unfold(page)
    for width in (375, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        small = page.evaluate(
            """(slug) => [...document.querySelectorAll(`#${slug} :is(input, select, textarea, summary, button)`)]
              .map((each) => ["radio", "file"].includes(each.type) ? each.labels[0] : each)
              .map((each) => each.matches(".pick") ? each.closest("tr") : each)
              .map((each) => [each, each.getBoundingClientRect()])
              .filter(([each, box]) => box.width && (box.height < 24 || box.width < 24))
              .map(([each, box]) => `${each.outerHTML.slice(0, 100)} ${box.width} × ${box.height}`)""",
            slug,
        )
        assert small == []


def test_axe_finds_nothing_with_wrong_values_and_an_empty_list(open_here: Open) -> None:
    page = open_here("#pruning")
    unfold(page)
    box(page).fill("zebra")
    page.fill("#pruning [name=sparsity]", "2")
    box(page).press("End")
    box(page).press_sequentially("s")
    until_all_follows(page, "#pruning?params=zebras&sparsity=2")
    expect(page.locator("#pruning-list-params")).to_have_text("Nothing on the list matches.")
    check_for_everyone(page, but=FURTHER_ROWS)
