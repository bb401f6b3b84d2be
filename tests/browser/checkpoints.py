"""Checkpoints of one's own in a real browser: small ones on the disk, how they are handed over, and what is in them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from playwright.sync_api import Page, expect

from app.calculators.pruning.checkpoint.findings import Findings, total
from app.calculators.pruning.checkpoint.layouts import matrices
from app.calculators.pruning.checkpoint.opening import opened
from app.calculators.pruning.checkpoint.source import drive, files_of
from tests.browser.looks import outputs
from tests.checkpoints import gguf_of, onnx_of, safetensors_of
from tools.scan import sources_of, told

CHOOSE = """(files) => {
  const input = document.getElementById("pruning-file-study");
  const held = new DataTransfer();
  for (const [name, content] of files) {
    held.items.add(new File([Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0))], name));
  }
  input.files = held.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}"""
"""Chooses files by name and content, as text in base64: what drives WebKit hands over none."""

SAID = "() => document.getElementById('pruning-study-said').textContent"
COUNTED = "Counted."
CLAIM = "() => document.querySelector('#pruning-study :is(.claim, .message)')?.textContent ?? ''"


TORCH_FILE = Path(__file__).parents[1] / "unit/calculators/pruning/checkpoint/torch_files/state.pt"
HOSTILE = "<img src=x onerror=alert(1)>"


def in_base64(*paths: Path) -> list[tuple[str, str]]:
    """Files for `CHOOSE`."""
    return [(path.name, base64.b64encode(path.read_bytes()).decode()) for path in paths]


def pruned(layers: Sequence[int], kept: int = 2) -> dict[str, np.ndarray]:
    """Layers in 16 bits, the odd ones with so many of every four weights."""
    chance = np.random.default_rng(7)
    found = {}
    for layer in layers:
        for name, shape in (("self_attn.q_proj", (64, 96)), ("mlp.down_proj", (96, 200))):
            values = chance.uniform(1, 2, shape).astype(np.float16).reshape(shape[0], -1, 4)
            values[:, :, kept:] *= layer % 2 == 0
            found[f"model.layers.{layer}.{name}.weight"] = values.reshape(shape)
    return found


def every_way(folder: Path) -> list[Path]:
    """A file in each way of writing, one with a name and tensors that would be markup."""
    tensors = pruned(range(2), kept=1)
    arrays = [onnx.numpy_helper.from_array(values, name) for name, values in tensors.items()]
    product = onnx.helper.make_node("MatMul", ["x", arrays[0].name], ["y"])
    ways = {
        f"{HOSTILE}.safetensors": safetensors_of({HOSTILE: np.zeros((4, 8), np.float32)} | tensors, {HOSTILE: HOSTILE}),
        "made.gguf": gguf_of({f"blk.{at}.attn_q.weight": values for at, values in enumerate(tensors.values())}, folder),
        "state.pt": TORCH_FILE.read_bytes(),
        "graph.onnx": onnx_of(arrays, [product]),
    }
    for name, content in ways.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in ways]


def folder_of_shards(folder: Path) -> Path:
    """A model in two files with a config.json, and what lies beside models."""
    folder.mkdir()
    for at in range(2):
        tensors = pruned(range(2 * at, 2 * at + 2))
        (folder / f"model-0000{at + 1}-of-00002.safetensors").write_bytes(safetensors_of(tensors))
    (folder / "config.json").write_text('{"model_type": "llama", "sparsity_config": {"sparsity_structure": "2:4"}}')
    (folder / "README.md").write_text("A model.")
    return folder


def check_counted(page: Page, path: Path) -> None:
    """Choose a file: the page counts in it what Python does."""
    page.set_input_files("#pruning-file-study", path)
    expect(page.locator("#pruning-study-said")).to_have_text(COUNTED, timeout=60_000)  # after all that was asked for
    counted = {name: value for name, value in outputs(page, "pruning").items() if name.startswith("scanned_")}
    assert counted == scanned(path)


def scanned(path: Path) -> dict[str, float]:
    """What plain Python counts in a file or folder, as the page's outputs have it."""
    sources = sources_of([path])
    checkpoint = drive(opened(files_of(sources)), sources)
    every = matrices(checkpoint)
    findings = Findings(checkpoint, every, dict(told(every, sources, quiet=True)))
    everything, prunable = total(findings, findings.counts), total(findings, findings.prunable)
    return {
        "scanned_weights": everything.counted_weights,
        "scanned_zeros": everything.zeros,
        "scanned_24": prunable.fitting_groups / prunable.groups if prunable.groups else 0.0,
    }
