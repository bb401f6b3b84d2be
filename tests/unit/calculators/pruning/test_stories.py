"""The stories for a newcomer are links that open, and say what the page says there."""

from __future__ import annotations

import re

import pytest

from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.options import Option, Result
from app.vocabulary import link
from app.vocabulary.calculator import read
from app.vocabulary.quantity import show_bytes, show_count, show_ratio, show_share
from tools.paths import CALCULATORS

_TEXT = (CALCULATORS / "pruning" / "text.md").read_text(encoding="utf-8")
STORIES = {
    title: (fragment, said)
    for title, fragment, said in re.findall(r"^\*\*\[(.+?)\]\((#pruning\?.+?)\)\.\*\* (.+)$", _TEXT, re.MULTILINE)
}


def asked(title: str, **other: str) -> Result:
    """What the page makes of the link of a story, or of `other` inputs there."""
    slug, raw = link.read(STORIES[title][0])
    assert slug == "pruning"
    reading = read(CALCULATOR, CALCULATOR.defaults | raw | other)
    assert not reading.messages
    result = reading.result
    assert isinstance(result, Result)
    return result


def option(result: Result, key: str) -> Option:
    return next(each for each in result.options if each.key == key)


def told(title: str, *figures: str) -> None:
    """Every figure of a story is one of the page, and none is missing."""
    said = STORIES[title][1]
    for each in figures:
        assert each.replace("\u202f", " ") in said, f"{title}: the page says {each}"
    units = re.findall(r"\d[\d.,]* (?:GB|MB)|\d[\d.]*×|\d[\d.]*%", said)
    assert sorted(units) == sorted(each.replace("\u202f", " ") for each in figures)


def test_there_are_three_each_in_two_sentences_or_three() -> None:
    assert list(STORIES) == [
        "An 8B model on one 24 GB card",
        "A 70B model on two GPUs",
        "An encoder on a CPU",
    ]
    assert all(2 <= len(re.findall(r"[.](?= |$)", said)) <= 3 for _, said in STORIES.values())


def test_8b_on_one_24_gb_card() -> None:
    result = asked("An 8B model on one 24 GB card")
    dense, int4, int8 = (option(result, key) for key in ("dense", "int4", "int8"))
    assert result.chosen is int4
    assert not dense.fit.fits
    assert int4.fit.fits and int8.fit.fits
    assert int4.served and int8.served
    assert int4.decode.likely > 1 > int4.prefill.likely
    assert "4,096 tokens" in STORIES["An 8B model on one 24 GB card"][1]
    assert result.question.workload.batch == 16  # “Sixteen requests”
    told(
        "An 8B model on one 24 GB card",
        *(show_bytes(each.fit.needed) for each in (dense, int4, int8)),
        show_ratio(int4.served.speedup.likely),
        show_ratio(int8.served.speedup.likely),
    )


def test_70b_on_two_gpus() -> None:
    result = asked("A 70B model on two GPUs")
    dense, int8, sparse = (option(result, key) for key in ("dense", "int8", "2:4"))
    assert result.question.devices == 2
    assert result.chosen is int8
    assert (dense.fit.fits, int8.fit.fits, sparse.fit.fits) == (False, True, True)
    servers = [each for each in sparse.runs_on if each.engine.startswith(("vLLM", "TensorRT-LLM", "llama.cpp"))]
    assert servers
    assert "runs" not in {each.status for each in servers}
    told("A 70B model on two GPUs", show_bytes(80e9), *(show_bytes(each.fit.each) for each in (dense, int8, sparse)))


def test_an_encoder_on_a_cpu() -> None:
    result = asked("An encoder on a CPU")
    zeros = result.chosen
    assert zeros.key == "unstructured"
    assert zeros.device_bytes == result.dense.device_bytes
    assert zeros.prefill.likely == 1
    half = option(asked("An encoder on a CPU", structure="structured", layers="50%"), "structured")
    told(
        "An encoder on a CPU",
        show_share(zeros.sparsity),
        show_bytes(zeros.device_bytes),
        show_bytes(half.device_bytes),
        show_ratio(half.prefill.likely),
    )


@pytest.mark.parametrize("title", STORIES)
def test_a_story_names_its_model(title: str) -> None:
    size = show_count(asked(title).question.model.total).replace("\u202f", "")
    assert size[0] in title or title == "An encoder on a CPU"
