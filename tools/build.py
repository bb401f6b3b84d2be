"""index.html, app/, static/ and the runtime -> dist/, the site as it is served. Redoes only what is stale."""

from __future__ import annotations

from pathlib import Path

from tools import bytecode
from tools.document import document
from tools.licences import licences
from tools.paths import DIST, ROOT, VENDOR, copy, keep_only, write
from tools.vendor import vendor


def build(site: Path = DIST) -> Path:
    """Make `site` what the sources say, and return it."""
    library = VENDOR / "pyodide" / "python_stdlib.zip"
    write(library, bytecode.stdlib())
    keep_only(VENDOR, [*vendor(), library])

    made = {
        "index.html": document((ROOT / "index.html").read_text(encoding="utf-8")).encode(),
        "pyscript.toml": (ROOT / "pyscript.toml").read_bytes(),
        "app.zip": bytecode.app(),
        "later.zip": bytecode.later(),
        "LICENSES.txt": licences().encode(),
    }
    for name, content in made.items():
        write(site / name, content)
    copied = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    for path in copied:
        copy(path, site / path.relative_to(ROOT))
    keep_only(site, [*(site / name for name in made), *(site / path.relative_to(ROOT) for path in copied)])
    return site


if __name__ == "__main__":
    build()
