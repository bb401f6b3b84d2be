"""node_modules/ -> vendor/ of the site: of the runtime, only the files that the page loads, without source maps.

npm has checked every package against the lock file's hashes. The interpreter is trimmed to what the page can reach; its
standard library is compiled (bytecode.py).
"""

from __future__ import annotations

import json
import re

from tools.build import trim
from tools.paths import MODULES

# PyScript comes in chunks, named by content. Those of its editor, terminal, game and worker plug-ins stay away:
# index.html switches them off. An upgrade brings new names, here and in index.html's preloads.
FILES = {
    "pyscript": ("@pyscript/core/dist", ["core.js", "core-C9KDLldu.js", "error-D2315lOB.js"]),
    "pyodide": ("pyodide", ["pyodide.mjs"]),
    "idiomorph": ("idiomorph/dist", ["idiomorph.esm.js"]),
}
_MAP = re.compile(rb"\n//# sourceMappingURL=\S+\s*\Z")


def vendor() -> dict[str, bytes]:
    """The runtime, by its path on the site."""
    paths = {
        f"vendor/{name}/{file}": MODULES / folder / file for name, (folder, kept) in FILES.items() for file in kept
    }
    interpreter = trim.runtime(list(paths.values())) | {"pyodide-lock.json": _lock()}
    return {path: _MAP.sub(b"\n", file.read_bytes()) for path, file in paths.items()} | {
        f"vendor/pyodide/{name}": content for name, content in interpreter.items()
    }


def _lock() -> bytes:
    """Pyodide asks for the list of packages it could load. The page loads none, so the list is empty."""
    full = json.loads((MODULES / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))
    return json.dumps({"info": full["info"], "packages": {}}).encode()
