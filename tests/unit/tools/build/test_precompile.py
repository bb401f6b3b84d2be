"""The build's own named tuples are as those of the standard library, and its bytecode holds nothing that is not run."""

from __future__ import annotations

import ast
import copy
import importlib
import pkgutil
import sys
import traceback
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

import app
from tools.build.precompile import bytecode, with_records, without_lines, without_types, without_words

SOURCE = '''"""A module."""
from __future__ import annotations

from typing import NamedTuple

DEFAULT = (1, 2)


class Point(NamedTuple):
    """A point."""

    x: float
    y: float = 0.0
    label: str = "p" + "q"
    more: tuple[int, ...] = DEFAULT

    @property
    def size(self) -> float:
        """How far out."""
        return abs(self.x) + abs(self.y)

    def moved(self, by: float) -> Point:
        return self._replace(x=self.x + by)


class Empty(NamedTuple):
    """Nothing but a word."""

    word: str


class Plain:
    """No named tuple."""

    x: int = 1
'''


def run(tree: ast.Module) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "sample"}
    exec(compile(tree, "sample", "exec"), names)
    return names


@pytest.fixture(params=["as written", "as built"])
def sample(request: pytest.FixtureRequest) -> dict[str, Any]:
    tree = ast.parse(SOURCE)
    return run(with_records(tree) if request.param == "as built" else tree)


def test_a_named_tuple_is_the_same_as_built(sample: dict[str, Any]) -> None:
    point = sample["Point"]
    one = point(3)
    assert one == (3, 0.0, "pq", (1, 2))
    assert isinstance(one, tuple)
    assert point(x=1, label="z") == (1, 0.0, "z", (1, 2))
    assert (one.x, one.y, one.label, one.more) == one
    assert one.size == 3
    assert one.moved(2) == (5, 0.0, "pq", (1, 2))
    assert type(one.moved(2)) is point
    assert repr(point(1, 2)) == "Point(x=1, y=2, label='pq', more=(1, 2))"
    assert one._asdict() == {"x": 3, "y": 0.0, "label": "pq", "more": (1, 2)}
    assert point._make([1, 2, 3, 4]) == (1, 2, 3, 4)
    assert point._fields == point.__match_args__ == ("x", "y", "label", "more")
    assert point._field_defaults == {"y": 0.0, "label": "pq", "more": (1, 2)}
    assert point._field_defaults["more"] is sample["DEFAULT"]
    assert hash(one) == hash(tuple(one))
    assert copy.copy(one) == one
    match one:
        case point(x=3, label=label):
            assert label == "pq"
    assert sample["Empty"]("a").word == "a"
    assert sample["Plain"].x == 1


@pytest.mark.parametrize(
    "wrong",
    [
        lambda point: point(),
        lambda point: point(1, 2, 3, 4, 5),
        lambda point: point(1, z=2),
        lambda point: point(1)._replace(z=2),
        lambda point: point._make([1, 2]),
        lambda point: setattr(point(1), "x", 2),
        lambda point: setattr(point(1), "other", 2),
    ],
)
def test_what_a_named_tuple_refuses_is_refused_as_built(sample: dict[str, Any], wrong: Any) -> None:
    with pytest.raises((TypeError, AttributeError, ValueError)):
        wrong(sample["Point"])


def modules() -> list[str]:
    found = [each.name for each in pkgutil.walk_packages(app.__path__, "app.")]
    return [name for name in found if not name.startswith("app.browser")]


@pytest.mark.parametrize("name", modules())
def test_every_named_tuple_of_the_app_is_the_same_as_built(name: str) -> None:
    module = importlib.import_module(name)
    source = Path(str(module.__file__)).read_text(encoding="utf-8")
    # Run under a name of its own, so that what is imported keeps its classes.
    names: dict[str, Any] = {"__name__": f"{name}_as_built", "__package__": name.rpartition(".")[0]}
    names["__file__"] = module.__file__
    sys.modules[names["__name__"]] = type(sys)(names["__name__"])
    try:
        exec(compile(with_records(ast.parse(source)), name, "exec"), names)
    finally:
        del sys.modules[names["__name__"]]
    for key, made in names.items():
        written = getattr(module, key, None)
        if isinstance(made, type) and hasattr(written, "_fields") and made.__module__ == names["__name__"]:
            assert made._fields == written._fields
            assert list(made._field_defaults) == list(written._field_defaults)
            inner = {each for each in vars(written) if not each.startswith("_")}
            assert inner <= {*vars(made)}, key


def lines(code: CodeType) -> list[int | None]:
    own = [line for _, _, line in code.co_lines()]
    return own + [line for each in code.co_consts if isinstance(each, CodeType) for line in lines(each)]


def test_words_stay_away_but_those_of_a_dataclass() -> None:
    source = b'''"""A module."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Kept:
    """Kept."""

    x: int = 0


class Other:
    """Gone."""

    def of(self) -> str:
        """Gone too."""
        return "said"


def nothing() -> None:
    """Only words."""
'''
    names: dict[str, Any] = {"__name__": "sample"}
    sys.modules["sample"] = type(sys)("sample")
    try:
        exec(compile(without_words(ast.parse(source)), "sample", "exec"), names)
    finally:
        del sys.modules["sample"]
    assert names["Kept"].__doc__ == "Kept."
    assert names["Other"].__doc__ is None and names["Other"].of.__doc__ is None
    assert names["Other"]().of() == "said" and names["nothing"]() is None
    for name in ("app/sample.py", "sample.py"):
        built = bytecode(source, name, 1)
        assert b"Gone" not in built and b"Kept." in built


def test_nothing_in_the_app_reads_its_own_words() -> None:
    root = Path(str(app.__file__)).parent if app.__file__ else Path(next(iter(app.__path__)))
    assert [path for path in root.rglob("*.py") if "__doc__" in path.read_text(encoding="utf-8")] == []


def test_code_without_lines_runs_and_fails_as_before() -> None:
    source = b"def f(x):\n    return 1 / x\n"
    code = without_lines(compile(source, "sample", "exec"))
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["f"](2) == 0.5
    with pytest.raises(ZeroDivisionError) as failed:
        names["f"](0)
    said = "".join(traceback.format_exception(failed.value))
    assert "ZeroDivisionError" in said
    assert "in f" in said
    assert len([*code.co_positions()]) == len(code.co_code) // 2
    assert not any(lines(code))
    assert any(lines(compile(source, "sample", "exec")))
    assert bytecode(source, "a.py", 2) == bytecode(source, "a.py", 2)


def test_types_are_left_out_but_for_those_that_make_fields() -> None:
    source = """
LIMIT: int = 3
LATER: str

class Point:
    x: float
    y: float = 0.0

    def __init__(self, x: float) -> None:
        self.x = x

    def moved(self, by: float = 1.0, *more: float, **named: float) -> "Point":
        far: float = self.x + by
        return Point(far)
"""
    names = run(without_types(ast.parse(source)))
    assert names["Point"](1.0).moved().x == 2.0
    assert names["Point"].moved.__annotations__ == {}
    assert names["LIMIT"] == 3
    assert "LATER" not in names
    assert list(names["Point"].__annotations__) == ["x", "y"]
