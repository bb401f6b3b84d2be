"""Scripts through every way in, into the real calculators in a fake browser: what was typed, pasted, dropped, linked or
kept is shown as the text that it is, and nothing of it is markup.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np
import onnx
import pytest

from app.calculators.registry import CALCULATORS, load
from app.vocabulary import link, table
from tests import configs, depth, hostile, reading
from tests.checkpoints import archive_of, gguf_of, header_of, onnx_of, safetensors_of, state
from tests.fake_browser import Browser

Given: TypeAlias = Mapping[str, str]

AS_HTML = ("patch", "replace", "put_rows", "add_row")
"""What the page is given as HTML; all else as text, which a browser never reads as markup."""


SOME = hostile.SCRIPTS[:: depth.cases(3, 1)]


@contextmanager
def visited(fragment: str = "", kept: str = "") -> Iterator[Browser]:
    """The page with its own calculators, at a link, with what the device kept."""
    with pytest.MonkeyPatch.context() as patch:
        browser = Browser(patch, f"https://page/{fragment}")
        browser.kept = {"pins": kept}
        importlib.import_module("app.browser.main").start("later.zip", "inner_loops.js", study="study.zip")
        browser.arrive()
        browser.wait()
        yield browser


def brought(browser: Browser) -> list[str]:
    """The markup in all that the page was given since this was last asked for."""
    html = [part for how, *parts in browser.done if how in AS_HTML for part in parts if isinstance(part, str)]
    browser.done.clear()
    assert browser.state == "ready"
    assert browser.console == [], "a fault of the page"
    return [*{each: None for part in html for each in hostile.markup(part)}]


def seen(browser: Browser) -> str:
    """All that is read on the page."""
    return reading.text(" ".join([*browser.html.values(), *browser.said.values()]))


@pytest.mark.parametrize("slug", CALCULATORS)
def test_in_no_field_is_a_script_more_than_a_text(slug: str) -> None:
    fields = load(slug).defaults
    with visited(f"#{slug}") as browser:
        for at, name in enumerate(fields):
            script = hostile.SCRIPTS[at % len(hostile.SCRIPTS)]
            browser.follow(link.write(slug, {name: script}, fields))
            browser.wait(1000)
            assert brought(browser) == [], name
        for script in hostile.SCRIPTS:
            browser.follow(link.write(slug, dict.fromkeys(fields, script), fields))
            browser.wait(1000)
            assert brought(browser) == [], script


def _config(**also: object) -> str:
    return json.dumps(configs.BY_NAME["meta-llama/Llama-2-7b-hf"] | also)


def _rows(*rows: tuple[str, ...]) -> str:
    return table.write(rows)


TAKEN: dict[str, tuple[str, Callable[[str], Given]]] = {
    "a label": ("roc-auc", lambda script: {"scores": _rows((script, "0.9"), ("b", "0.3"), (script, "0.4"))}),
    "the positive label": (
        "roc-auc",
        lambda script: {"scores": _rows((script, "0.9"), ("b", "0.3"), (script, "0.4")), "positive": script},
    ),
    "the name of a model": (
        "roc-auc",
        lambda script: {
            "scores": _rows(("label", script, "b"), ("1", "0.9", "0.8"), ("0", "0.3", "0.4"), ("1", "0.2", "0.9")),
            "scores_columns": "label,score,score",
        },
    ),
    "the name of a curve": (
        "roc-auc",
        lambda script: {"points": _rows(("0.1", "0.5", script), ("0.2", "0.7", script), ("0.3", "0.4", "b"))},
    ),
    "the head of a probability": (
        "threshold-cost",
        lambda script: {
            "scores": _rows(("label", script), ("1", "0.9"), ("0", "0.3"), ("1", "0.2")),
            "scores_columns": "label,score",
        },
    ),
    "a label beside a probability": (
        "threshold-cost",
        lambda script: {"scores": _rows((script, "0.9"), ("b", "0.3")), "positive": script},
    ),
    "the name of a cluster": (
        "silhouette",
        lambda script: {"points": _rows(("0", script), ("1", script), ("5", "b"), ("6", "b"))},
    ),
    "the head of a coordinate": (
        "silhouette",
        lambda script: {"points": _rows((script, "cluster"), ("0", "a"), ("1", "a"), ("5", "b"), ("6", "b"))},
    ),
    "a class beside a cluster": (
        "silhouette",
        lambda script: {
            "points": _rows(("x", script, "c"), ("0", "p", "a"), ("1", script, "a"), ("5", "q", "b"), ("6", "q", "b")),
            "points_columns": "x,class,cluster",
        },
    ),
    "what kind of model": ("pruning", lambda script: {"params": _config(model_type=script)}),
    "whose architecture": ("pruning", lambda script: {"params": _config(architectures=[script])}),
    "a currency": ("pruning", lambda script: {"price": f"2 {script}", "training_price": f"{script}3"}),
}
"""Ways in by which a text gets further than a message: the calculator, and its inputs with a script in them."""


@pytest.mark.deep
@pytest.mark.parametrize("way", TAKEN)
def test_in_what_is_taken_a_script_is_a_text(way: str) -> None:
    slug, given = TAKEN[way]
    fields = load(slug).defaults
    with visited(f"#{slug}") as browser:
        for script in SOME:
            browser.follow(link.write(slug, given(script), fields))
            browser.wait(1000)
            assert brought(browser) == [], script
            assert script.split()[0][:12] in seen(browser), "this way in leads nowhere"


@pytest.mark.deep
@pytest.mark.parametrize("script", SOME)
def test_neither_a_pin_nor_what_the_device_kept_is_more_than_a_text(script: str) -> None:
    for slug in CALCULATORS:
        fields = load(slug).defaults
        name = next(iter(fields))
        pins = [link.write(script, {name: each}, fields).removeprefix("#") for each in ("7", script)]
        with visited(f"#{slug}", kept=f"{slug} {script}\n{script}") as browser:
            browser.follow(link.write(slug, {}, fields, link.Beside(tuple(pins))))
            browser.wait(1000)
            assert brought(browser) == [], slug
            assert f"{slug}-pins-head" in browser.html
            browser.fire("focusout", section=slug, pin_renamed=(0, script))
            browser.wait(1000)
            assert brought(browser) == [], slug


@pytest.mark.deep
@pytest.mark.parametrize("script", SOME)
def test_no_file_is_more_than_a_text_by_its_name_or_by_what_is_in_it(script: str) -> None:
    inputs = {"inputs": {"sparsity": script, script: script}, "version": 1}
    files = {
        f"{script}.csv": f"{script},{script}\n{script},{script}",
        f"{script}.json": json.dumps({"calculator": "pruning", **inputs}),
        "other.json": json.dumps({"calculator": script, **inputs}),
        "version.json": json.dumps({"calculator": "pruning", **inputs, "version": script}),
        "config.json": _config(model_type=script, **{script: 1}),
        "timings.csv": f"device,dtype,M,N,K,dense_us,sp24_us\n{script},bf16,64,4096,4096,10,9\n" * 2,
    }
    for slug in CALCULATORS:
        with visited(f"#{slug}") as browser:
            for field in ("", *(field.name for field in load(slug).fields if field.upload)):
                for name, text in files.items():
                    before = len(browser.reads)
                    browser.fire(
                        "drop", section=slug, name=field, brings_files=True, dropped=[browser.file(name, text.encode())]
                    )
                    if len(browser.reads) > before:
                        browser.read(text.encode())
                    browser.wait(1000)
                    assert brought(browser) == [], (slug, field, name)


# --- checkpoints ---


def _called(script: str) -> str:
    """The name of a file, which has no slash."""
    return script.replace("/", "\N{DIVISION SLASH}")


def _whole_checkpoints(script: str, folder: Path) -> Iterator[dict[str, bytes]]:
    """Files by name, with a script wherever a checkpoint has a text: each way of writing one."""
    called = _called(script)
    values = np.zeros((4, 8), np.float32)
    names = (script, f"model.layers.0.{script}.weight", f"{script}.layers.1.mlp.up_proj.weight", f"h.{script}.weight")
    tensors = dict.fromkeys(names, values)
    claims = {"sparsity_config": {"sparsity_structure": script, "format": script, "targets": [script]}}
    config = _config(model_type=script, architectures=[script], quantization_config={"quant_method": script}, **claims)
    yield {
        f"{called}/{called}.safetensors": safetensors_of(tensors, {script: script, "format": script}),
        f"{called}/config.json": config.encode(),
    }
    said = {"general__name": script, "general__file_type": script, "general__tags": [script]}
    yield {f"{called}.gguf": gguf_of(tensors, folder, **said)}
    yield {f"{called}.pt": archive_of(state(name=script), {"0": bytes(8)})}
    arrays = [onnx.numpy_helper.from_array(values, name) for name in names]
    product = onnx.helper.make_node("MatMul", [script, arrays[0].name], [script], script)
    yield {f"{called}.onnx": onnx_of(arrays, [product], script)}


def _refused_checkpoints(script: str, folder: Path) -> Iterator[dict[str, bytes]]:
    """Files that something is wrong with, which is said with what is in them."""
    called = _called(script)
    entry = {"dtype": "F16", "shape": [4], "data_offsets": [0, 9]}
    index = {"metadata": {script: script}, "weight_map": {script: f"{called}.safetensors"}}
    for entries in ({script: entry}, {script: entry | {"dtype": script}}, {script: script}, {"__metadata__": script}):
        yield {f"{called}.safetensors": header_of(json.dumps(entries), bytes(9))}
    yield {"model.safetensors.index.json": json.dumps(index).encode(), f"{called}.safetensors": b""}
    yield {f"{called}.gguf": gguf_of({script: np.zeros(8, np.float32)}, folder, general__alignment=script)}
    yield {f"{called}.gguf": f"<!DOCTYPE html>{script}".encode()}
    for storage in (f"cos\n{script}\n", f"ctorch\n{script}Storage\n"):
        yield {f"{called}.pt": archive_of(state(storage.encode(), name=script), {"0": bytes(8)})}
    yield {f"{called}.onnx": script.encode()}


def _on_the_disk(browser: Browser, path: str, content: bytes) -> Any:
    """A file whose bytes are there as soon as they are asked for."""

    def part(start: int, end: int) -> Any:
        here = SimpleNamespace(to_bytes=lambda: content[start:end])
        return SimpleNamespace(arrayBuffer=lambda: SimpleNamespace(then=lambda done, _: done(here)))

    return browser.dom.File(SimpleNamespace(name=path.rpartition("/")[2], size=len(content), slice=part), path)


@pytest.mark.deep
@pytest.mark.parametrize("script", SOME)
@pytest.mark.parametrize("written", [_whole_checkpoints, _refused_checkpoints])
def test_no_text_in_a_checkpoint_is_more_than_a_text(
    written: Callable[[str, Path], Iterator[dict[str, bytes]]], script: str, tmp_path: Path
) -> None:
    with visited("#pruning") as browser:
        for files in written(script, tmp_path):
            held = [_on_the_disk(browser, path, content) for path, content in files.items()]
            before = len(browser.fetched)
            browser.fire("change", section="pruning", takes="study", chosen=held)
            if len(browser.fetched) > before:  # what studies files comes with the first
                browser.arrive()
            browser.wait(1000)
            ended = browser.said["pruning-study-said"] or browser.html["pruning-study"]
            assert ("Counted." in ended) is (written is _whole_checkpoints), [*files, ended]
            assert brought(browser) == [], [*files]
            begun = {each.split()[0][:12] for each in (script, _called(script))}
            assert any(each in seen(browser) for each in begun), "this way in leads nowhere"
