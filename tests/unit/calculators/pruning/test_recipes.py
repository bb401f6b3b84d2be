"""How to make what was chosen: each option has steps in software that supports it, or is told that there are none."""

from __future__ import annotations

import ast
import itertools
import json
import random
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.data.tables import rows, text
from app.calculators.pruning.recipes import ANY_MODEL, Recipe, recipes
from app.page import rendering
from app.vocabulary import link
from app.vocabulary.calculator import read
from tests import depth
from tests.unit.calculators.pruning import test_extremes as extremes
from tools.paths import ROOT

SNIPPETS = ROOT / "app" / "calculators" / "pruning" / "data" / "recipes"


def found(fragment: str, **typed: str) -> tuple[Recipe, ...]:
    """The steps for the inputs that a link has."""
    _, result, messages = read(CALCULATOR, CALCULATOR.defaults | link.read(f"#pruning?{fragment}")[1] | typed)
    assert not messages
    return recipes(result)


def keys(fragment: str) -> list[str]:
    """What the steps are called: their files without number and kind, or what is said instead."""
    names = (each.filename.partition("-")[2].rpartition(".")[0] or each.what for each in found(fragment))
    return [name.partition(":")[0] for name in names]


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("structure=dense", ["Nothing to do"]),
        ("structure=unstructured", ["unstructured"]),
        ("structure=unstructured&quantize=4-bit", ["zeros-then-fewer-bits"]),
        ("structure=n:m&pattern=4:8", ["unstructured"]),
        ("structure=2:4", ["24-mask", "24-pytorch"]),
        ("structure=n:m&pattern=1:4", ["unstructured", "24-pytorch"]),
        ("structure=n:m&pattern=1:4&params=ViT-B/16", ["24-magnitude", "24-tensorrt"]),
        ("structure=2:4&params=BERT-base-uncased", ["24-magnitude", "24-tensorrt"]),
        ("structure=2:4&dtype=fp8", ["24-magnitude", "24-fp8-torchao"]),
        ("structure=2:4&params=ResNet-50&dtype=int8", ["24-int8", "24-tensorrt"]),
        ("structure=structured&layers=50%25", ["layers"]),
        ("structure=structured&ffn=50%25", ["width"]),
        ("structure=structured", ["width"]),
        ("structure=structured&params=ResNet-50", ["channels"]),
        ("structure=structured&params=Qwen3-30B-A3B&experts=50%25", ["experts"]),
        ("structure=structured&params=Qwen3-30B-A3B&experts=50%25&layers=40", ["layers", "experts"]),
        ("structure=structured&layers=50%25&quantize=4-bit", ["layers", "int4"]),
        ("structure=dense&quantize=8-bit", ["int8"]),
        ("structure=dense&quantize=8-bit&device=b300", ["fp8"]),
        ("structure=dense&quantize=4-bit", ["int4"]),
        ("structure=dense&quantize=4-bit&device=cpu", ["gguf"]),
        ("structure=dense&quantize=8-bit&device=cpu&params=BERT-base-uncased", ["onnx-int8"]),
        ("structure=unstructured&params=ResNet-50", ["unstructured-torch"]),
        ("structure=unstructured&params=ViT-B/16&quantize=8-bit", ["unstructured-torch", "onnx-int8"]),
    ],
)
def test_an_option_has_the_steps_that_software_supports(fragment: str, expected: list[str]) -> None:
    assert keys(fragment) == expected


@pytest.mark.parametrize(
    ("fragment", "told"),
    [
        ("structure=2:4&quantize=4-bit", "Nothing that is current runs 2:4 on 4-bit weights"),
        ("structure=2:4&quantize=8-bit", "No engine for language models runs INT8 with 2:4"),
        ("structure=2:4&dtype=fp8&device=b200", "Nothing ready-made runs FP8 with 2:4"),
        ("structure=dense&quantize=4-bit&params=BERT-base-uncased", "No recipe was checked"),
        ("structure=dense&quantize=8-bit&params=ResNet-50", "No recipe was checked"),
    ],
)
def test_where_nothing_supports_it_that_is_said(fragment: str, told: str) -> None:
    first = found(fragment)[0]
    assert first.what.startswith(told)
    assert not first.snippet and not first.filename
    assert first.then and first.source.url


def test_the_visitors_model_and_numbers_stand_in_the_snippet() -> None:
    (layers, int4) = found("structure=structured&layers=24&quantize=4-bit&params=Llama-3.1-8B")
    assert layers.snippet.count("meta-llama/Llama-3.1-8B") == 2
    assert "layer_range: [0, 21]" in layers.snippet
    assert "layer_range: [29, 32]" in layers.snippet  # 21 + 3 = 24
    assert 'MODEL = "./Llama-3.1-8B-structured"' in int4.snippet
    (zeros,) = found("structure=unstructured&sparsity=62.5%25")
    assert "SparseGPTModifier(sparsity=0.625, mask_structure=" in zeros.snippet
    (pattern,) = found("structure=n:m&pattern=4:8")
    assert 'sparsity=0.5, mask_structure="4:8"' in pattern.snippet
    (magnitude, _) = found("structure=n:m&pattern=1:4&params=ViT-B/16")
    assert "sparse_block_shape=(1, 4), zeros_per_block=3" in magnitude.snippet
    (experts,) = found("structure=structured&params=Qwen3-30B-A3B&experts=96")
    assert "REAPPruningModifier(sparsity=0.25)" in experts.snippet
    (width,) = found("structure=structured&ffn=9216&hidden=3584&params=Llama-3.1-8B")
    assert """--prune_export_config '{"hidden_size": 3584, "ffn_hidden_size": 9216}'""" in width.snippet
    (share,) = found("structure=structured&sparsity=25%25&params=Llama-3.1-8B")
    assert "--prune_target_params 6285430784" in share.snippet
    (quantized,) = found("structure=unstructured&quantize=8-bit")
    assert 'scheme="W8A8"' in quantized.snippet


def test_no_input_gets_into_a_snippet_but_as_numbers_and_known_names() -> None:
    for name in ('x"; import os; os.system("true")', "../../etc/passwd", "a\nb", "$(reboot)", "x" * 150):
        config = {"model_type": "llama", "_name_or_path": name, "name": name, "hidden_size": 4096}
        config |= {"intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 32000}
        for how in ("structure=unstructured", "structure=structured&layers=16", "structure=dense&quantize=4-bit"):
            for each in found(f"{how}&params={quote(json.dumps(config))}"):
                assert name not in each.snippet
                assert ANY_MODEL in each.snippet or "your-model" in each.snippet


def every_state() -> Iterator[tuple[str, ...]]:
    """Every pattern with every type, on devices of each kind and models of each kind."""
    return itertools.product(
        ("dense", "unstructured", "2:4", "n:m", "structured"),
        ("none", "8-bit", "4-bit"),
        ("Llama-3.1-8B", "Qwen3-30B-A3B", "BERT-base-uncased", "ViT-B/16", "ResNet-50", "7B"),
        ("h100-sxm", "rtx-4090", "v100", "b300", "mi300x", "cpu"),
    )


def test_every_option_on_every_device_has_steps_that_are_whole() -> None:
    for structure, quantize, params, device in every_state():
        steps = found("", structure=structure, quantize=quantize, params=params, device=device)
        assert steps
        for each in steps:
            assert each.what and each.then and each.source.url.startswith("https://")
            assert "@" not in re.sub(r"@[0-9a-f]{8}", "", each.snippet)  # nothing is left to be put in
            assert bool(each.snippet) == bool(each.filename) == bool(each.package) == bool(each.checked)
            if each.filename.endswith(".py"):
                ast.parse(each.snippet)
            if each.filename.endswith(".yaml"):
                first, last = re.findall(r"\[(\d+), (\d+)\]", each.snippet)
                assert int(first[0]) == 0 < int(first[1]) <= int(last[0]) < int(last[1])


def test_states_made_by_chance_have_steps() -> None:
    chance = random.Random("recipes")
    for _ in range(depth.cases(150, 2_000)):
        result = read(CALCULATOR, CALCULATOR.defaults | extremes.drawn(chance))[1]
        for each in recipes(result):
            assert each.what
            if each.filename.endswith(".py"):
                ast.parse(each.snippet)


def test_every_row_is_documented_and_used() -> None:
    listed = rows("recipes.csv")
    asked = {name for row in listed for name in row["files"].split()}
    assert asked == {path.stem for path in SNIPPETS.iterdir()}
    for row in listed:
        assert row["source"] and row["url"].startswith("https://") and row["as_of"]
        assert all(text(f"recipes/{name}.txt").endswith("\n") for name in row["files"].split())
    for row in rows("recipe_warnings.csv"):
        assert row["says"].endswith(".") and row["url"].startswith("https://") and row["as_of"]
        assert row["recipe"] in {each["key"] for each in listed}
    steps = {
        each.what
        for structure, quantize, params, device in every_state()
        for dtype, kept in (("bf16", {}), ("fp8", {}), ("int8", {}), ("bf16", {"layers": "50%"}))
        if not kept or params in ("Llama-3.1-8B", "Qwen3-30B-A3B")
        for each in found("", structure=structure, quantize=quantize, params=params, device=device, dtype=dtype, **kept)
    }  # fmt: skip
    steps |= {each.what for each in found("structure=structured&params=Qwen3-30B-A3B&experts=50%25")}
    assert steps == {row["what"] for row in listed}


def test_the_page_shows_the_snippet_escaped_and_offers_it_as_a_file() -> None:
    raw = CALCULATOR.defaults | {"structure": "structured", "layers": "24"}
    shown = rendering.regions(CALCULATOR, raw)
    assert "<pre><code># slice.yaml: keeps 24 of 32 layers" in shown["recipe"]
    assert "&amp;&amp; mergekit-yaml" in shown["recipe"]
    assert 'data-file="1-layers.yaml"' in shown["recipe-downloads"]
    made = rendering.downloads(CALCULATOR, read(CALCULATOR, raw))["1-layers.yaml"].make
    assert made and made().startswith("# slice.yaml")
