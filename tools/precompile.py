"""Python sources -> a zip of bytecode. Runs inside Pyodide only: bytecode is of one interpreter's making.

Two runs over the same files give the same bytes: names are sorted, times fixed, and the bytecode is bound to no time
stamp (PEP 552, "unchecked hash"), which also spares the browser from looking for a source that is not there.
"""

import importlib.util
import io
import marshal
import zipfile
from pathlib import Path
from types import CodeType

UNCHECKED_HASH = (0b01).to_bytes(4, "little")  # PEP 552's flags: hash-based, and never checked
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can name


def pack(folder: str, optimize: int) -> bytes:
    """Every file below `folder` in one zip, each .py as the .pyc that stands in its place."""
    root, buffer = Path(folder), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                name, content = path.relative_to(root).as_posix(), path.read_bytes()
                if path.suffix == ".py":
                    name, content = f"{name}c", bytecode(content, name, optimize)
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content)
    return buffer.getvalue()


def without_lines(code: CodeType) -> CodeType:
    """`code`, and all code within, without the table of its lines."""
    inner = tuple(without_lines(each) if isinstance(each, CodeType) else each for each in code.co_consts)
    return code.replace(co_consts=inner, co_linetable=b"")


def bytecode(source: bytes, name: str, optimize: int) -> bytes:
    """What a .pyc file of `source` holds; tracebacks will call it `name`. Those of the most optimized know no lines,
    whose tables are a third of the zip.
    """
    code = compile(source, name, "exec", dont_inherit=True, optimize=optimize)
    if optimize == 2:
        code = without_lines(code)
    return importlib.util.MAGIC_NUMBER + UNCHECKED_HASH + importlib.util.source_hash(source) + marshal.dumps(code)
