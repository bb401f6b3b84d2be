"""docs/model.md walks one example through the files of this room: they are there, and so are its names and numbers."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from tools.paths import ROOT, calculator

PAGE = ROOT / "docs" / "model.md"
ROOM = calculator("pruning")


def test_its_examples_say_what_the_code_computes() -> None:
    fences = re.compile(r"^```.*$", re.MULTILINE)
    examples = doctest.DocTestParser().get_doctest(
        fences.sub("", PAGE.read_text("utf-8")), {}, "model.md", str(PAGE), 0
    )
    failed, tried = doctest.DocTestRunner().run(examples)
    assert (failed, tried > 40) == (0, True)


def sections() -> Iterator[tuple[str, str]]:
    """The file that each heading names, and the words below it, without the examples."""
    for section in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        named = re.match(r"`([\w/.]+)`", section)
        if named:
            yield named[1], re.sub(r"^```.*?^```", "", section, flags=re.MULTILINE | re.DOTALL)


def test_every_file_that_it_names_is_there() -> None:
    files = [name for name, _ in sections()]
    assert len(files) > 10
    assert [name for name in files if not (ROOM / name).exists()] == []
    for name, words in sections():
        folder = (ROOM / name).parent if name.endswith(".py") else ROOM / name
        for other in re.findall(r"`([\w/]+\.(?:py|csv))`", words):
            places = (ROOT / other, ROOM / other, folder / other)
            assert any(place.exists() for place in places), f"{other}, under {name}"


@pytest.mark.parametrize(("file", "words"), list(sections()))
def test_what_stands_in_code_under_a_file_is_defined_in_it(file: str, words: str) -> None:
    module = import_module(f"app.calculators.pruning.{file.removesuffix('.py').strip('/').replace('/', '.')}")
    for name in re.findall(r"`([A-Za-z_]\w*)`", words):
        assert hasattr(module, name), f"{name}, under {file}"
