"""The command says what the page's code finds, on a Python with nothing installed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.checkpoints import safetensors_of
from tools.paths import ROOT
from tools.scan import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model of two shards and a config, half of it zero, beside what is no model."""
    rng = np.random.default_rng(0)
    for at in range(2):
        array = (rng.random((64, 64)) < 0.5).astype(np.float32)
        name = f"model-0000{at + 1}-of-00002.safetensors"
        (tmp_path / name).write_bytes(safetensors_of({f"model.layers.{at}.mlp.up_proj.weight": array}))
    (tmp_path / "README.md").write_text("# A model")
    return tmp_path


def test_a_folder_is_one_checkpoint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found["parameters"] == 8192 and len(found["files"]) == 3 and len(found["tensors"]) == 2
    assert 0.45 < found["prunable"]["sparsity"] < 0.55
    assert said.err.endswith("0 of 0 MB\n") and "\r" in said.err


def test_several_files_are_one_checkpoint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*map(str, sorted(folder.glob("*.safetensors"))), "--quiet"]) == 0
    said = capsys.readouterr()
    assert "but unstructured" in said.out and "8,192 parameters" in said.out and said.err == ""


def test_lines_headers_and_samples_can_be_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(folder), "--csv", "--quiet"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3
    assert main([str(folder), "--headers"]) == 0
    assert "only sizes and shapes are read here" in capsys.readouterr().out
    assert main([str(folder), "--sample", "1"]) == 0
    assert capsys.readouterr().out.startswith("About ")


@pytest.mark.parametrize("content", [b"", b"GGUF", b"PK\x03\x04", b"<html>"])
def test_what_cannot_be_read_is_told_with_exit_code_1(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.bin").write_bytes(content)
    assert main([str(tmp_path / "a.bin")]) == 1
    said = capsys.readouterr()
    assert "a.bin" in said.err and not said.out
    assert main([str(tmp_path / "nowhere")]) == 1


def test_it_needs_nothing_but_python(folder: Path) -> None:
    """-I keeps the folder, the environment and the user's packages out, -S whatever is installed."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "tools" / "scan.py", folder],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "but unstructured" in done.stdout
    assert subprocess.run([sys.executable, ROOT / "tools" / "scan.py"], capture_output=True).returncode == 2
