"""A checkpoint of one's own, chosen or dropped on the page: counted as Python counts it, said, carried over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from playwright.sync_api import Page, expect

from tests.browser.checkpoints import CHOOSE, COUNTED, folder_of_shards, in_base64, pruned, scanned
from tests.browser.looks import check_for_everyone, outputs, unfold
from tests.browser.opening import Open
from tests.checkpoints import gguf_of, header_of, onnx_of, safetensors_of

TORCH_FILE = Path(__file__).parents[1] / "unit/calculators/pruning/checkpoint/torch_files/state.pt"
SAID, FOUND = "#pruning-study-said", "#pruning-study"
HOSTILE = "<img src=x onerror=alert(1)>"


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
    check_for_everyone(page)
    page.locator("#pruning [data-action=reset]").first.click()
    expect(page.locator(FOUND)).to_be_empty()


def test_every_way_of_writing_is_counted_and_one_file_takes_the_place_of_another(
    open_here: Open, tmp_path: Path
) -> None:
    page = open_here("#pruning")
    tensors = pruned(range(2), kept=1)
    arrays = [onnx.numpy_helper.from_array(values, name) for name, values in tensors.items()]
    product = onnx.helper.make_node("MatMul", ["x", arrays[0].name], ["y"])
    ways = {
        "one.safetensors": safetensors_of({HOSTILE: np.zeros((4, 8), np.float32)} | tensors),
        "made.gguf": gguf_of(
            {f"blk.{at}.attn_q.weight": values for at, values in enumerate(tensors.values())}, tmp_path
        ),
        "state.pt": TORCH_FILE.read_bytes(),
        "graph.onnx": onnx_of(arrays, [product]),
    }
    for name, content in ways.items():
        (tmp_path / name).write_bytes(content)
        choose(page, [tmp_path / name])
        expect(page.locator("#pruning-taken-params")).to_contain_text(name)
        assert found(page) == scanned(tmp_path / name), name
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
