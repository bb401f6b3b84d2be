"""A checkpoint of one's own, chosen or dropped on the page: counted as Python counts it, said, carried over."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.broken import cut, gone, lost
from tests.browser.checkpoints import CHOOSE, COUNTED, HOSTILE, every_way, folder_of_shards, in_base64, pruned, scanned
from tests.browser.looks import FURTHER_ROWS, check_for_everyone, outputs, unfold
from tests.browser.opening import LAST, Open
from tests.checkpoints import header_of, safetensors_of

SAID, FOUND = "#pruning-study-said", "#pruning-study"


def choose(page: Page, paths: Path | Sequence[Path], by: str = "file") -> None:
    page.set_input_files(f"#pruning-{by}-study", paths)


def found(page: Page) -> dict[str, float]:
    """What the page says that it counted."""
    expect(page.locator(SAID)).to_have_text(COUNTED)
    return {name: value for name, value in outputs(page, "pruning").items() if name.startswith("scanned_")}


def test_a_folder_is_counted_as_python_counts_it_said_and_carried_over(open_here: Open, tmp_path: Path) -> None:
    page = open_here("#pruning")
    model = folder_of_shards(tmp_path / "model")
    choose(page, model, by="folder")
    assert found(page) == scanned(model)
    expect(page.locator(f"{FOUND} .claim")).to_contain_text("4 of 8 matrices satisfy 2:4")
    expect(page.locator(FOUND)).to_contain_text("Its config claims 2:4, and 4 of 8 matrices satisfy it")
    expect(page.locator("#pruning-taken-params")).to_contain_text("parameters.")
    expect(page.locator(f"{FOUND} .heat rect")).to_have_count(8)
    expect(page.locator(f"{FOUND} .heat rect + text", has_text="2:4")).to_have_count(4)
    expect(page.locator("#pruning [name=params]")).to_have_value(str(4 * 64 * 96 + 4 * 96 * 200))
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Every tensor as CSV").click()
    assert Path(waiting.value.path()).read_text(encoding="utf-8").count("self_attn.q_proj") == 4
    page.get_by_role("button", name="Take this over").click()
    expect(page.locator("#pruning [name=sparsity]")).to_have_value("25%")
    page.wait_for_url(re.compile(r"#pruning\?params=\d+&.*sparsity=25%25"))
    unfold(page)
    check_for_everyone(page, but=FURTHER_ROWS)
    page.locator("#pruning [data-action=reset]").first.click()
    expect(page.locator(FOUND)).to_be_empty()


def test_every_way_of_writing_is_counted_and_one_file_takes_the_place_of_another(
    open_here: Open, tmp_path: Path
) -> None:
    page = open_here("#pruning")
    for path in every_way(tmp_path):
        choose(page, [path])
        expect(page.locator("#pruning-taken-params")).to_contain_text(path.name)
        assert found(page) == scanned(path), path.name
        assert page.locator("img").count() == 0


def test_what_is_none_says_why_and_what_is_dropped_is_taken(open_here: Open, tmp_path: Path) -> None:
    page = open_here("#pruning")
    entry = '"%s": {"dtype": "F16", "shape": [%s], "data_offsets": [%s]}'
    bad = {
        "short.safetensors": (b"\xff" * 16, "header"),
        "huge.safetensors": ((2**63).to_bytes(8, "little") + b"{}", "header would take"),
        "name.safetensors": (header_of("{" + entry % (HOSTILE, "4", "0, 9") + "}", bytes(9)), "img"),
        "nested.safetensors": (header_of("[" * 5000), "nested"),
        "page.gguf": (b"<!DOCTYPE html>", "web page"),
        "calls.pt": (b"\x80\x04cos\nsystem\n.", "pickle"),
        "empty.onnx": (b"", "empty"),
    }
    for name, (content, why) in bad.items():
        (tmp_path / name).write_bytes(content)
        choose(page, [tmp_path / name])
        expect(page.locator(f"{FOUND} .message")).to_contain_text(why)
        assert page.locator(f"{FOUND} output").count() == 0
        assert page.locator("img").count() == 0
    (tmp_path / "dropped.safetensors").write_bytes(safetensors_of(pruned([1])))
    drop = CHOOSE.replace("input.files = held.files;", "").replace(
        'new Event("change", { bubbles: true })', 'new DragEvent("drop", { bubbles: true, dataTransfer: held })'
    )
    page.evaluate(drop, in_base64(tmp_path / "dropped.safetensors"))
    assert found(page) == scanned(tmp_path / "dropped.safetensors")
    expect(page.locator(f"{FOUND} .claim")).to_contain_text("every matrix satisfies 2:4")


# --- what reads files, which comes with the first ---


def test_what_reads_files_is_fetched_with_the_first_file_and_once(page: Page, open_page: Open, tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    open_page(LAST)
    page.evaluate("location.hash = 'pruning'")
    unfold(page)
    page.wait_for_timeout(500)
    assert "later.zip" in asked and "study.zip" not in asked
    for at in range(2):
        path = tmp_path / f"{at}.safetensors"
        path.write_bytes(safetensors_of(pruned([at])))
        choose(page, [path])
        expect(page.locator("#pruning-taken-params")).to_contain_text(path.name)
        assert found(page) == scanned(path)
    assert asked.count("study.zip") == 1


@pytest.mark.expects_console_errors
@pytest.mark.parametrize("broken", [gone, cut, lost])
def test_where_it_does_not_arrive_that_is_said_and_it_is_asked_for_again(
    page: Page, open_page: Open, tmp_path: Path, broken: Callable[[Route], None]
) -> None:
    page.route("**/study.zip", broken)
    open_page("#pruning")
    path = tmp_path / "one.safetensors"
    path.write_bytes(safetensors_of(pruned([1])))
    choose(page, [path])
    expect(page.locator(f"{FOUND} .message")).to_contain_text("did not arrive whole")
    expect(page.locator(SAID)).to_contain_text("Not read")
    if broken is gone:  # what is said is the same each time
        check_for_everyone(page)
    page.fill("#pruning [name=params]", "7B")
    expect(page.locator("output[name=remaining_params]")).to_have_text("3.5\u202fB")
    page.unroute("**/study.zip")
    page.get_by_role("button", name="Try again").click()
    assert found(page) == scanned(path)
    expect(page.locator(f"{FOUND} .message")).to_have_count(0)
