"""What the app holds, the app uses: a function that only tests call belongs into tests/oracles.py, or nowhere."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from tools.paths import ROOT

STARTS = {"start", "CALCULATOR"}
"""What is named outside Python: by the line in index.html, and by the registry, which imports by a path in words."""

KEPT = {
    "app.vocabulary.record.Record": "the build puts it in the place of NamedTuple",
}


class Part(NamedTuple):
    """A function, a class, a method or a constant of the app, or all else of a module (`name` is empty): what stands
    in it, by names that can be followed, and by attributes and words, which can mean any method of that name.
    """

    module: str
    name: str
    names: frozenset[str]
    words: frozenset[str]


def parts(module: str, tree: ast.Module) -> Iterator[Part]:
    imported = _imported(tree)
    if module.endswith(".__init__"):  # what it hands on: who uses that, uses what it is
        module = module.removesuffix(".__init__")
        for name, thing in imported.items():
            yield Part(module, name, frozenset({thing}), frozenset())
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            yield _part(
                module, node.name, [each for each in ast.iter_child_nodes(node) if each not in methods], imported
            )
            for each in methods:
                yield _part(module, f"{node.name}.{each.name}", [each], imported)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield _part(module, node.name, [node], imported)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            name = getattr(targets[0], "id", "")
            yield _part(module, "" if name.startswith("__") else name, [node], imported)
        elif not isinstance(node, ast.Import | ast.ImportFrom):
            yield _part(module, "", [node], imported)


def _imported(tree: ast.Module) -> dict[str, str]:
    """Names of other modules' things, wherever they are imported, by the names they have here."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.asname or each.name: each.name for each in node.names}
    return found


def _part(module: str, name: str, nodes: list[ast.AST], imported: dict[str, str]) -> Part:
    names, words = set(), set()
    for node in (inner for each in nodes for inner in ast.walk(each)):
        if isinstance(node, ast.Name):
            names |= {imported.get(node.id, ""), f"{module}.{node.id}"}
        elif isinstance(node, ast.Attribute):
            words.add(node.attr)
            names.add(_dotted(node, imported))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
    return Part(module, name, frozenset(names), frozenset(words))


def _dotted(node: ast.expr, imported: dict[str, str]) -> str:
    """`laws.two_four.speedup` by its whole name; of what is no module's, something that nothing is called."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, imported)}.{node.attr}"
    return imported.get(node.id, "") if isinstance(node, ast.Name) else ""


def test_nothing_in_the_app_is_used_by_tests_alone() -> None:
    everything: list[Part] = []
    for path in sorted([*(ROOT / "app").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        everything += parts(module, ast.parse(path.read_text(encoding="utf-8")))
    waiting = [part for part in everything if part.module.startswith("app.") and part.name]
    found = [part for part in everything if part not in waiting]
    names, words = set(KEPT), set(STARTS)
    while found:
        for part in found:
            names |= part.names
            words |= part.words
        found = [part for part in waiting if _is_used(part, names, words)]
        waiting = [part for part in waiting if part not in found]
    unused = [f"{part.module}.{part.name}" for part in waiting]
    assert unused == [], "what only tests use belongs into tests/oracles.py, or nowhere"


def _is_used(part: Part, names: set[str], words: set[str]) -> bool:
    owner, _, method = part.name.rpartition(".")
    if not owner:
        return f"{part.module}.{part.name}" in names or (part.name in STARTS)
    return f"{part.module}.{owner}" in names and (method in words or method.startswith("__"))


def test_what_is_kept_all_the_same_is_there() -> None:
    for name in KEPT:
        module, _, thing = name.rpartition(".")
        assert f"class {thing}" in (ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8")
