"""Pyodide as npm brings it -> as the page needs it, without what only code that is compiled apart could ask for.

`make build UNTRIMMED=1`, and `make test UNTRIMMED=1`, take it as it comes.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.build.bytecode import NAMES
from tools.paths import BUILD, MODULES, digest, keep_only, write

PYODIDE = MODULES / "pyodide"
SCRIPT, WASM = "pyodide.asm.mjs", "pyodide.asm.wasm"

_HERE = Path(__file__).parent
_TRIM, _TRIAL = _HERE / "trim.mjs", _HERE / "trial.mjs"


def runtime(others: Sequence[Path]) -> dict[str, bytes]:
    """The script that loads Pyodide's WebAssembly and the WebAssembly, by file name, for a page whose `others` scripts
    are all else that speaks to them. Made once for every new input.
    """
    files = [PYODIDE / SCRIPT, PYODIDE / WASM]
    if not os.environ.get("UNTRIMMED"):
        tools = [MODULES / name / "package.json" for name in ("binaryen", "esbuild")]
        inputs = [*files, *others, PYODIDE / "python_stdlib.zip", NAMES, _TRIM, _TRIAL, *tools]
        made = BUILD / "pyodide" / digest(inputs)
        files = [made / SCRIPT, made / WASM]
        if not all(file.exists() for file in files):
            for name, content in _trimmed(others).items():
                write(made / name, content)
        keep_only(made.parent, files)
    return {file.name: file.read_bytes() for file in files}


def _trimmed(others: Sequence[Path]) -> dict[str, bytes]:
    """The two files, once they have been seen to work with every module that the page imports."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", _TRIM, PYODIDE / SCRIPT, PYODIDE / WASM, folder, *others], check=True)
        modules = NAMES.read_text(encoding="utf-8").split()
        subprocess.run(["node", _TRIAL, PYODIDE, folder, *modules], check=True)
        return {name: Path(folder, name).read_bytes() for name in (SCRIPT, WASM)}
