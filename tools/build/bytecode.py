"""Python sources -> zips of bytecode for the browser: the standard library it needs, and the app with its libraries.

At every start CPython would compile some 130 modules of Pyodide's own zip, which holds sources: three quarters of the
time until the page answers. Compiled here, and trimmed to what is imported, it starts about four times as fast.
"""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

from app.calculators.registry import CALCULATORS
from tools.paths import BUILD, MODULES, ROOT, digest, keep_only, write

_HERE = Path(__file__).parent
STDLIB = MODULES / "pyodide" / "python_stdlib.zip"
NAMES = _HERE / "stdlib_modules.txt"
DATA = {".csv", ".json", ".txt"}  # what app/ reads at run time; its words and references are prerendered
_WORKERS = [_HERE / "precompile.mjs", _HERE / "precompile.py"]

# How much the compiler drops: asserts (1), and docstrings as well (2). Of the app `precompile` drops them, but for what
# a dataclass would otherwise write itself at import.
_APP, _STDLIB = 1, 2


def stdlib() -> bytes:
    """The listed modules of Pyodide's standard library."""
    files = {}
    with zipfile.ZipFile(STDLIB) as archive:
        for name in NAMES.read_text(encoding="utf-8").split():
            path = stdlib_path(name, archive)
            if path is None:
                raise ValueError(f"{NAMES.name}: Pyodide has no module {name}; `make stdlib` lists them anew")
            files[path] = archive.read(path)
    return _compiled("stdlib", files, _STDLIB)


def stdlib_path(name: str, archive: zipfile.ZipFile) -> str | None:
    """Where module `name` stands in Pyodide's zip, or None if it is built in or not of the standard library."""
    stem = name.replace(".", "/")
    return next((path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in archive.NameToInfo), None)


_FIRST = f"app/calculators/{next(iter(CALCULATORS)).replace('-', '_')}"
NOT_NEEDED_AT_FIRST = (
    *(
        f"{_FIRST}/model/{name}.py"
        for name in ("config", "families", "gguf", "layers", "parse", "per_layer", "released")
    ),
    *(f"{_FIRST}/model/{name}.py" for name in ("reader", "special", "write")),
    f"{_FIRST}/data/families.json",
    f"{_FIRST}/data/released.csv",
    *(
        f"{_FIRST}/{name}.py"
        for name in ("money", "project", "show/amounts", "show/money", "show/prices", "show/project")
    ),
    *(f"{_FIRST}/data/{name}.csv" for name in ("prices", "price_sources")),
    *(f"{_FIRST}/{name}" for name in ("causes.py", "show/causes.py", "data/causes.csv")),
    *(f"{_FIRST}/{name}" for name in ("recipes.py", "show/recipe.py", "data/recipes/")),
    *(f"{_FIRST}/data/{name}.csv" for name in ("recipes", "recipe_warnings")),
    f"{_FIRST}/speed/timings.py",
    *(f"{_FIRST}/speed/evidence/{name}.py" for name in ("edge", "recovery", "speedups")),
    *(f"{_FIRST}/data/{name}.csv" for name in ("edge", "evidence", "evidence_devices")),
    *(f"{_FIRST}/data/{name}.csv" for name in ("gguf", "recovery", "scatter", "validation")),
)
"""What of the first calculator the first answer does without, files and folders. It comes with the other calculators,
later.
"""

ASKED_FOR = (
    "app/browser/inner_loops.py",
    "app/browser/take_away.py",
    *(f"app/page/{name}.py" for name in ("export", "picture", "pins", "saved", "workbook")),
    *(f"app/vocabulary/{name}.py" for name in ("distributions", "nesting", "work")),
    "app/vocabulary/tables/",
)
"""What every answer does without: it comes later too."""

ANNEXES = {
    "study": (
        "app/browser/studying.py",
        *(f"app/{room}/study.py" for room in ("page", "vocabulary")),
        *(f"{_FIRST}/{name}" for name in ("checkpoint/", "data/checkpoint_types.csv")),
    ),
}
"""What few visitors ask for, files and folders: each comes when it is asked for, in an archive of its own, which
index.html names (app/browser/annex.py). It may import all the rest; nothing else imports it before it is here.
"""


def _annexed(path: str) -> str:
    """The annex that a file is in, if it is in one."""
    return next((name for name, inside in ANNEXES.items() if path.startswith(inside)), "")


def _comes_later(path: str) -> bool:
    of_a_calculator = len(Path(path).parts) > 3 and path.startswith("app/calculators/")
    return path.startswith((*NOT_NEEDED_AT_FIRST, *ASKED_FOR)) or (
        of_a_calculator and not path.startswith(f"{_FIRST}/")
    )


def app() -> bytes:
    """`app/` with its data, the libraries it imports, and PyScript's own Python part; not what comes later."""
    files = {path: content for path, content in _sources().items() if not (_comes_later(path) or _annexed(path))}
    return _compiled("app", files | _library("htpy") | _library("markupsafe") | _pyscript(), _APP)


def later() -> bytes:
    """What of `app/` comes later: it is fetched once the page answers."""
    files = {path: content for path, content in _sources().items() if _comes_later(path) and not _annexed(path)}
    return _compiled("later", files, _APP)


def annexes() -> dict[str, bytes]:
    """What of `app/` comes when it is asked for, by name."""
    found = {name: {path: each for path, each in _sources().items() if _annexed(path) == name} for name in ANNEXES}
    return {name: _compiled(name, files, _APP) for name, files in found.items()}


def _sources() -> dict[str, bytes]:
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in (ROOT / "app").rglob("*")
        if path.suffix in DATA | {".py"}
    }


def _library(name: str) -> dict[str, bytes]:
    """A library's modules, as pip installed them after checking their hashes. Bindings to web frameworks, commands
    and compiled parts, which htpy and markupsafe keep in modules without an underscore or in no .py, stay away.
    """
    files = distribution(name).files or []
    return {
        str(file): Path(str(file.locate())).read_bytes()
        for file in files
        if re.fullmatch(rf"{name}/_\w+\.py", str(file))
    }


def _pyscript() -> dict[str, bytes]:
    """PyScript writes its Python part as sources at every start; bytecode found in the cache beside them is taken
    instead. A name in the cache holds the version of the interpreter, which is Pyodide's own major number.
    """
    text = (MODULES / "@pyscript/core/src/stdlib/pyscript.js").read_text(encoding="utf-8")
    sources = json.loads(text[text.index("{") : text.rindex("}") + 1])["pyscript"]
    major = json.loads((MODULES / "pyodide" / "package.json").read_text(encoding="utf-8"))["version"].split(".")[0]
    return {
        f"pyscript/__pycache__/{name.removesuffix('.py')}.cpython-{major}.py": source.encode()
        for name, source in sources.items()
    }


def _compiled(name: str, files: dict[str, bytes], optimize: int) -> bytes:
    """The zip of `files`, compiled once for every new content."""
    inputs = [part for path, content in sorted(files.items()) for part in (path, content)]
    key = digest([*inputs, *_WORKERS, STDLIB, str(optimize)])
    made = BUILD / "bytecode" / name / f"{key}.zip"
    if not made.exists():
        with tempfile.TemporaryDirectory() as folder:
            source, result = Path(folder, "source"), Path(folder, "zip")
            for path, content in files.items():
                write(source / path, content)
            subprocess.run(["node", _WORKERS[0], source, result, str(optimize)], check=True)
            write(made, result.read_bytes())
        keep_only(made.parent, [made])
    return made.read_bytes()
