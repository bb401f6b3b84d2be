"""What a visitor takes away: every file of every calculator, of tables whose labels and names are hostile."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping

import pytest

from app.calculators.registry import CALCULATORS, load
from app.page import rendering
from app.vocabulary import table
from app.vocabulary.calculator import read

STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def hostile(slug: str, start: str) -> list[dict[str, str]]:
    """Inputs of a calculator with every text in them that it can take, each beginning with `start` and words."""
    one, other = f'{start}1+1|cmd "{start}A"', f"{start}HYPERLINK(B)"
    tables: Mapping[str, list[tuple[str, list[tuple[str, ...]]]]] = {
        "roc-auc": [
            ("points", [("0.1", "0.5", one), ("0.2", "0.7", one), ("0.3", "0.6", other)]),
            (
                "scores",
                [(label, score, name) for label, score in (("1", "0.8"), ("0", "0.3")) for name in (one, other)],
            ),
        ],
        "silhouette": [
            ("points", [("0", "0", one), ("0.1", "0", one), ("1", "1", other), ("1", "2", other)]),
            ("points", [(one, other, "label"), ("0", "0", "a"), ("0.1", "0", "a"), ("1", "1", "b"), ("1", "2", "b")]),
            ("distances", [("0", "1", "2", one), ("1", "0", "3", other), ("2", "3", "0", one)]),
        ],
        "threshold-cost": [
            ("points", [("0.9", "0.5", "0.1"), ("0.5", "0.8", "0.3")]),
            ("scores", [("1", "0.8"), ("0", "0.3"), ("1", "0.6"), ("0", "0.7")]),
        ],
    }
    return [{name: table.write(rows)} for name, rows in tables.get(slug, [])] or [{}]


def files(slug: str, raw: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The name and the text of every file that can be had."""
    calculator = load(slug)
    found = read(calculator, raw)
    assert not found.messages
    for name, each in rendering.downloads(calculator, found).items():
        if each.make:
            yield name, each.make()


@pytest.mark.parametrize("start", STARTS, ids=ascii)
@pytest.mark.parametrize("slug", CALCULATORS)
def test_no_cell_of_a_file_is_taken_for_a_formula(slug: str, start: str) -> None:
    for raw in hostile(slug, start):
        for name, text in files(slug, raw):
            if name.endswith(".csv"):
                rows = list(csv.reader(io.StringIO(text, newline="")))
                assert len(rows) > 1
                assert len({len(row) for row in rows}) == 1, name
                for cell in (cell for row in rows for cell in row):
                    assert not re.match(
                        r"[\s\x00-\x1f]*[=+@＝＋－＠]|[\s\x00-\x1f]*-(?!(inf|\d+(\.\d+)?(e-?\d+)?)$)", cell
                    ), name


@pytest.mark.parametrize("start", STARTS, ids=ascii)
def test_a_hostile_name_is_in_the_file_behind_a_mark(start: str) -> None:
    names = [f"'{start}HYPERLINK(B)".replace("'\t", "").replace("'\r", "")]  # a cell has no spaces around it
    seen = {
        cell
        for slug in ("roc-auc", "silhouette")
        for raw in hostile(slug, start)
        for _, text in files(slug, raw)
        for row in csv.reader(io.StringIO(text, newline=""))
        for cell in row
    }
    assert seen.issuperset(names)


def test_the_numbers_in_a_file_are_those_that_were_computed() -> None:
    """A negative one keeps its sign: nothing is put before it."""
    raw = {"points": "0,0,a;1,0,a;0.1,0,b;5,5,b"}
    found = read(load("silhouette"), raw).result
    text = dict(files("silhouette", raw))["silhouette-points.csv"]
    shown = [float(row["silhouette"]) for row in csv.DictReader(io.StringIO(text))]
    assert shown == [each.s for each in found.whole.points]
    assert min(shown) < 0


def test_files_of_another_kind_are_left_as_they_are() -> None:
    for name, text in files("pruning", {"params": "Llama-2-7B", "structure": "structured", "layers": "50%"}):
        if name == "config.json":
            assert json.loads(text)["num_hidden_layers"] == 16
        else:  # a recipe, which no spreadsheet opens
            assert not name.endswith(".csv")
