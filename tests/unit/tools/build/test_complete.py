"""What a new calculator may lack, one thing after the other: each is told with the file at fault and its remedy."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import app.calculators
from app.calculators.registry import CALCULATORS, load
from tests.new_calculator import FOLDER, SLUG
from tests.reading import read
from tools import paths
from tools.build.complete import calculators, complete
from tools.build.document import document
from tools.build.prose import Incomplete

CODE = "app/calculators/compound_interest/calculator.py"
WORDS = "app/calculators/compound_interest/text.md"
SOURCES = "app/calculators/compound_interest/references.toml"
REGISTRY = "app/calculators/registry.py"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a calculator that is in the registry, to take something away from."""
    found = tmp_path / FOLDER.name
    shutil.copytree(FOLDER, found)
    monkeypatch.setattr(paths, "CALCULATORS", tmp_path)
    monkeypatch.setattr(app.calculators, "__path__", [*app.calculators.__path__, str(tmp_path)])
    monkeypatch.setitem(CALCULATORS, SLUG, "app.calculators.compound_interest.calculator")
    yield found
    for name in [each for each in sys.modules if each.startswith("app.calculators.compound_interest")]:
        del sys.modules[name]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.usefixtures("folder")
def test_nothing_is_missing_of_what_the_readme_asks_for() -> None:
    found = complete(SLUG)
    assert [*found.words] == ["Formula", "About", "How to use", "Why use it", "Questions"]
    assert [each.key for each in found.cited] == ["bernoulli", "halley", "fibonacci"]


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("calculator.py", "CALCULATOR =", "Calculator_ =", f"{CODE} has no CALCULATOR: declare one"),
        ("calculator.py", '="compound-interest"', '="interest"', f'{CODE}: its slug is "interest", and "{SLUG}" in'),
        ("calculator.py", 'Field("years"', 'Field("sum"', f"{CODE}: 2 fields are called “sum”: give each a name"),
        ("calculator.py", '"5%"', '"five"', f"{CODE}: the field “rate” refuses its own default, “five”: “five” is not"),
        (
            "calculator.py",
            '"5%", share',
            '"5%", share, group="more"',
            "are in a group “more” that is not there: add it",
        ),
        ("calculator.py", '"5%", share', '"5%", share, "select"', "“rate” is a select without choices: give it some."),
        (
            "calculator.py",
            '"5%", share',
            '"5%", share, "table"',
            "“rate” has a sheet or is a table, and not both: give",
        ),
        ("text.md", "## About", "### About", f"{WORDS} has not one heading “## About”: it needs ## Formula, ## About,"),
        ("text.md", "## ", "", f"{WORDS} has not one heading “## Formula”: it needs"),
        ("text.md", "## About", "## Formula", f"{WORDS} has not one heading “## Formula”"),
        ("text.md", "[^halley]", "[^haley]", f"{WORDS} cites [^haley], and no reference has that key: add it to"),
        ("text.md", "[^halley]", "", f"{WORDS} cites 2 sources, fewer than 3: write [^key] after what one says."),
        ("text.md", "$", "", f"{WORDS} has 0 formulas, fewer than 2: write them as $$…$$."),
        ("references.toml", "[[reference]]", "", f"{SOURCES} is no TOML: Cannot overwrite a value"),
        (
            "references.toml",
            "[[reference]]",
            "[[source]]",
            f"{SOURCES} has 0 references, fewer than 3: write the sources",
        ),
        (
            "references.toml",
            'key = "halley"\n',
            "",
            f"{SOURCES}: reference 2 has no key: its keys are key, title, url,",
        ),
        ("references.toml", 'title = "Liber abaci"\n', "", f"{SOURCES}: reference 3 has no title: its keys are"),
        ("references.toml", "year = 1705", "yeer = 1705", f"{SOURCES}: reference 2 has yeer, which is not known: its"),
        ("references.toml", '"halley"', '"bernoulli"', f"{SOURCES} has several references called “bernoulli”: give"),
        (
            "references.toml",
            '"https://archive',
            '"archive',
            f"{SOURCES}: the url of “bernoulli” cannot be opened: begin",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_remedy(
    folder: Path, name: str, old: str, new: str, says: str
) -> None:
    change(folder / name, old, new)
    with pytest.raises(Incomplete) as told:
        complete(SLUG)
    assert says in str(told.value)
    assert f"compound_interest/{name}" in str(told.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("calculator.py", f'{REGISTRY} lists "{SLUG}", and there is no {CODE}: declare its CALCULATOR there.'),
        ("text.md", f"{WORDS} is not there: write the words into it, under the headings ## Formula, ## About"),
        ("references.toml", f"{SOURCES} is not there: write the sources into it, each under [[reference]] with key ="),
    ],
)
def test_a_file_that_is_not_there_is_told_with_what_belongs_into_it(folder: Path, name: str, says: str) -> None:
    (folder / name).unlink()
    with pytest.raises(Incomplete) as told:
        complete(SLUG)
    assert says in str(told.value)


@pytest.mark.parametrize("text", ["", "# none yet\n"])
def test_sources_that_are_empty_are_asked_for(folder: Path, text: str) -> None:
    (folder / "references.toml").write_text(text, encoding="utf-8")
    with pytest.raises(Incomplete, match=r"references\.toml has 0 references, fewer than 3: write the sources into it"):
        complete(SLUG)


def test_several_things_that_are_wrong_are_told_at_once(folder: Path) -> None:
    change(folder / "calculator.py", '"5%", share', '"five", share, group="more"')
    change(folder / "calculator.py", 'Field("years"', 'Field("sum"')
    with pytest.raises(Incomplete) as told:
        complete(SLUG)
    assert len(str(told.value).splitlines()) == 3


@pytest.mark.usefixtures("folder")
def test_a_folder_without_a_line_in_the_registry_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(CALCULATORS, SLUG)
    with pytest.raises(Incomplete) as told:
        calculators()
    line = '"compound-interest": "app.calculators.compound_interest.calculator",'
    assert str(told.value) == f"{REGISTRY} has no line for app/calculators/compound_interest: add {line}"


@pytest.mark.usefixtures("folder")
def test_a_line_for_another_module_than_that_of_the_folder_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CALCULATORS, SLUG, "app.calculators.interest.calculator")
    with pytest.raises(Incomplete) as told:
        complete(SLUG)
    assert "called after it: write app.calculators.compound_interest.calculator" in str(told.value)


def test_the_related_tools_are_all_others_in_their_own_words() -> None:
    html = document('<main id="page"></main>')
    every = [load(slug) for slug in CALCULATORS]
    for calculator in every:
        related = html.partition(f'id="{calculator.slug}-related"')[2].partition("</ul>")[0]
        assert [found["href"] for tag, found in read(related).tags if tag == "a"] == [
            f"#{each.slug}" for each in every if each is not calculator
        ]
        for each in every:
            assert (each.promise in related and each.title in related) == (each is not calculator)
