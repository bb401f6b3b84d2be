"""Python sources -> a zip of bytecode. Runs inside Pyodide only: bytecode is of one interpreter's making.

Two runs over the same files give the same bytes: names are sorted, times fixed, and the bytecode is bound to no time
stamp (PEP 552, "unchecked hash"), which also spares the browser from looking for a source that is not there.
"""

import ast
import importlib.util
import io
import marshal
import re
import zipfile
from pathlib import Path
from types import CodeType

ROOMS = ("app/calculators/pruning/checkpoint/",)
"""Folders that few visitors ask for. Their modules are packed as text and together, a third as large as their bytecode,
and compiled where they are first imported.
"""

UNCHECKED_HASH = (0b01).to_bytes(4, "little")  # PEP 552's flags: hash-based, and never checked
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can name


def pack(folder: str, optimize: int) -> bytes:
    """Every file below `folder` in one zip, each .py as the .pyc that stands in its place, those of a room as text."""
    root = Path(folder)
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
    made = {}
    for name, content in with_rooms(files).items():
        compiled = name.endswith(".py") and not name.startswith(ROOMS)
        made[f"{name}c" if compiled else name] = bytecode(content, name, optimize) if compiled else content
    return zipped(made, zipfile.ZIP_DEFLATED)


def with_rooms(files: dict[str, bytes]) -> dict[str, bytes]:
    """`files` by name, with the modules of each room as bare text in one archive, from which Python imports them."""
    found = dict(files)
    for room in ROOMS:
        modules = {name: bare(found.pop(name)) for name in files if name.startswith(room) and name.endswith(".py")}
        if modules:
            first = modules.pop(f"{room}__init__.py")
            found[f"{room}__init__.py"] = first + b'\n__path__.append(__path__[0] + "/modules.zip")\n'
            # Not compressed: what goes into a zip that is, shrinks as one text.
            inner = {name.removeprefix(room): content for name, content in modules.items()}
            found[f"{room}modules.zip"] = zipped(inner, zipfile.ZIP_STORED)
    return found


def zipped(files: dict[str, bytes], method: int) -> bytes:
    """A zip of `files`, by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.compress_type = method
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


def with_records(tree: ast.Module) -> ast.Module:
    """`tree` with its named tuples as subclasses of `Record` (app/vocabulary/record.py), with `__new__` and the fields
    spelled out.
    """
    found = [each for each in tree.body if isinstance(each, ast.ClassDef) and _is_named_tuple(each)]
    for each in found:
        _spell_out(each)
    if found:
        imported = ast.parse(
            "from _collections import _tuplegetter\nfrom app.vocabulary.record import Record\n_new = tuple.__new__"
        )
        # After the docstring and `from __future__`, which must come first.
        at = next(i for i, each in enumerate(tree.body) if not (_is_text(each) or _is_future(each)))
        tree.body[at:at] = imported.body
    return ast.fix_missing_locations(tree)


def without_words(tree: ast.Module) -> ast.Module:
    """`tree` without its docstrings, a tenth of the zip, which nobody reads there. A dataclass keeps its own: one
    without writes itself one at import, which costs more than shipping it.
    """
    for each in ast.walk(tree):
        if not isinstance(each, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if ast.get_docstring(each, clean=False) is not None and not _is_dataclass(each):
            each.body = each.body[1:] or [ast.Pass()]
    return ast.fix_missing_locations(tree)


class _WithoutTypes(ast.NodeTransformer):
    """Leaves out what functions say of types, which nothing reads there: a twentieth of the zip."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.returns = None
        given = node.args
        for each in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if each:
                each.annotation = None
        return node


def without_types(tree: ast.Module) -> ast.Module:
    """`tree` without the types of its functions and variables. Classes keep theirs, which make the fields of a
    dataclass.
    """
    tree = _WithoutTypes().visit(tree)
    tree.body = [
        ast.Assign([each.target], each.value) if isinstance(each, ast.AnnAssign) and each.value else each
        for each in tree.body
        if not isinstance(each, ast.AnnAssign) or each.value
    ]
    return ast.fix_missing_locations(tree)


def _is_dataclass(each: ast.AST) -> bool:
    return isinstance(each, ast.ClassDef) and any("dataclass" in ast.unparse(by) for by in each.decorator_list)


def _is_named_tuple(each: ast.ClassDef) -> bool:
    return [base.id for base in each.bases if isinstance(base, ast.Name)] == ["NamedTuple"]


def _is_text(each: ast.stmt) -> bool:
    return isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)


def _is_future(each: ast.stmt) -> bool:
    return isinstance(each, ast.ImportFrom) and each.module == "__future__"


def _spell_out(each: ast.ClassDef) -> None:
    """Make a named tuple of annotations the class that `NamedTuple` would make of it."""
    fields = [(at.target.id, at.value) for at in each.body if isinstance(at, ast.AnnAssign)]  # type: ignore[union-attr]
    names = [name for name, _ in fields]
    with_default = [name for name, value in fields if value is not None]
    arguments = ", ".join(name if value is None else f"{name}={ast.unparse(value)}" for name, value in fields)
    lines = [
        "__slots__ = ()",
        f"_fields = __match_args__ = {tuple(names)!r}",
        f"def __new__(_cls, {arguments}): return _new(_cls, ({', '.join(names)},))",
        f"_field_defaults = dict(zip({with_default!r}, __new__.__defaults__ or ()))",
        *(f"{name} = _tuplegetter({at}, None)" for at, name in enumerate(names)),
    ]
    rest = [at for at in each.body if not isinstance(at, ast.AnnAssign)]
    each.bases = [ast.Name("Record", ast.Load())]
    each.body = [*ast.parse("\n".join(lines)).body, *rest]


def bare(source: bytes) -> bytes:
    """A program without comments, docstrings, types and all indentation but what tells its blocks apart."""
    text = ast.unparse(without_types(without_words(ast.parse(source))))
    return re.sub(r"^(?: {4})+", lambda found: " " * (len(found[0]) // 4), text, flags=re.MULTILINE).encode()


def without_lines(code: CodeType) -> CodeType:
    """`code`, and all code within, with a table of lines that knows none: entries of kind 15, "no location", for eight
    instructions each (CPython's InternalDocs/code_objects.md). Without any, no traceback could be formatted.
    """
    inner = tuple(without_lines(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    eights, rest = divmod(len(code.co_code) // 2, 8)
    table = b"\xff" * eights + (bytes([0xF8 + rest - 1]) if rest else b"")
    return code.replace(co_consts=inner, co_linetable=table)


def bytecode(source: bytes, name: str, optimize: int) -> bytes:
    """What a .pyc file of `source` holds. Tracebacks will call it `name`; of the most optimized they know no lines,
    whose tables are a third of the zip.
    """
    tree = ast.parse(source)
    if name.startswith("app/"):
        tree = with_records(tree)
    if optimize == 1:
        tree = without_types(without_words(tree))
    code = compile(tree, name, "exec", dont_inherit=True, optimize=optimize)
    if optimize == 2:
        code = without_lines(code)
    return importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source) + marshal.dumps(code)
