"""What comes later, or when it is asked for, is there, and the first answer does without it."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tools.build import bytecode, precompile
from tools.build.bytecode import ANNEXES, ASKED_FOR, NOT_NEEDED_AT_FIRST
from tools.paths import ROOT, write

ANNEXED = (*chain(*ANNEXES.values()),)
AWAY = (*NOT_NEEDED_AT_FIRST, *ASKED_FOR, *ANNEXED)


def test_what_comes_later_is_there() -> None:
    assert [each for each in AWAY if not (ROOT / each).exists()] == []


ASKED = """
import sys
from app.calculators.registry import CALCULATORS, load
from app.page.rendering import render

first = load(next(iter(CALCULATORS)))
render(first, first.defaults)
print(*(each.replace(".", "/") for each in sys.modules))
"""


def test_the_first_answer_does_without_it() -> None:
    found = subprocess.run([sys.executable, "-c", ASKED], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    modules = {f"{each}.py" for each in found.split()} | {f"{each}/" for each in found.split()}
    assert "app/calculators/pruning/calculator.py" in modules
    assert modules.isdisjoint(AWAY)


def test_nothing_imports_an_annex_before_it_is_here() -> None:
    """Neither the start nor what comes later: only a function that is called when it is here."""
    found = {
        path: imported
        for path in (each.relative_to(ROOT).as_posix() for each in (ROOT / "app").rglob("*.py"))
        if not path.startswith(ANNEXED)
        for imported in _at_import(ast.parse((ROOT / path).read_text(encoding="utf-8")).body)
        if f"{imported.replace('.', '/')}.py".startswith(ANNEXED) or f"{imported.replace('.', '/')}/" in ANNEXED
    }
    assert found == {}


def _at_import(body: list[ast.stmt]) -> Iterator[str]:
    """The modules that a module imports where it is imported, and what it takes from them, which may be modules."""
    for each in body:
        if isinstance(each, ast.Import):
            yield from (name.name for name in each.names)
        elif isinstance(each, ast.ImportFrom):
            yield from (each.module or "", *(f"{each.module}.{name.name}" for name in each.names))
        elif not isinstance(each, ast.FunctionDef) and not _for_types(each):
            yield from _at_import([inner for inner in ast.iter_child_nodes(each) if isinstance(inner, ast.stmt)])


def _for_types(each: ast.stmt) -> bool:
    return isinstance(each, ast.If) and ast.unparse(each.test) == "TYPE_CHECKING"


def test_the_page_says_where_each_annex_is() -> None:
    shell = (ROOT / "index.html").read_text(encoding="utf-8")
    assert [name for name in ANNEXES if f'{name}="./static/{name}.zip"' not in shell] == []


def test_what_is_packed_as_text_says_the_same(tmp_path: Path) -> None:
    """The reader of checkpoints reads one, in a house that has nothing of it but the archive of its bare texts."""
    app = [each for each in (ROOT / "app").rglob("*") if each.is_file() and "__pycache__" not in each.parts]
    packed = precompile.with_rooms({each.relative_to(ROOT).as_posix(): each.read_bytes() for each in app})
    assert len(app) > len(packed) > 100
    for name, content in packed.items():
        write(tmp_path / name, content)
    write(tmp_path / "tools" / "scan.py", (ROOT / "tools" / "scan.py").read_bytes())
    torch_files = ROOT / "tests/unit/calculators/pruning/checkpoint/torch_files"
    asked = ["tools/scan.py", "--json", "--quiet", torch_files / "state.pt"]
    said = [
        subprocess.run([sys.executable, *asked], cwd=folder, capture_output=True, check=True).stdout
        for folder in (ROOT, tmp_path)
    ]
    assert said[0] == said[1] and len(said[0]) > 1000


def test_the_app_imports_no_module_that_the_page_does_not_bring() -> None:
    brought = {name.partition(".")[0] for name in bytecode.NAMES.read_text(encoding="utf-8").split()}
    # What is compiled into Pyodide, and here may be a file.
    brought |= set(sys.builtin_module_names) | {"array", "math", "unicodedata"}
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            wanted = {name.partition(".")[0] for name in names} & set(sys.stdlib_module_names)
            assert wanted <= brought, f"{path}: `make stdlib` lists {wanted - brought}, which costs the page its bytes"
