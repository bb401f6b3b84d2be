"""node_modules/ -> vendor/ of the site: of the runtime, only the files that the page loads, without source maps.

npm has checked every package against the lock file's hashes. The standard library is not copied but compiled.
"""

from __future__ import annotations

import json
import re

from tools.build import bytecode
from tools.paths import MODULES

# PyScript comes in chunks, named by content. Those of its editor, terminal, game and worker plug-ins stay away:
# index.html switches them off. An upgrade brings new names, here and in index.html's preloads.
FILES = {
    "pyscript": ("@pyscript/core/dist", ["core.js", "core-C9KDLldu.js", "error-D2315lOB.js"]),
    "pyodide": ("pyodide", ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm"]),
    "idiomorph": ("idiomorph/dist", ["idiomorph.esm.js"]),
}
_MAP = re.compile(rb"\n//# sourceMappingURL=\S+\s*\Z")


def vendor() -> dict[str, bytes]:
    """The runtime, by its path on the site."""
    files = {}
    for name, (folder, kept) in FILES.items():
        for file in kept:
            content = (MODULES / folder / file).read_bytes()
            files[f"vendor/{name}/{file}"] = _MAP.sub(b"\n", content) if file.endswith("js") else content
    return files | {"vendor/pyodide/pyodide-lock.json": _lock(), "vendor/pyodide/python_stdlib.zip": bytecode.stdlib()}


def _lock() -> bytes:
    """Pyodide asks for the list of packages it could load. The page loads none, so the list is empty."""
    full = json.loads((MODULES / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))
    return json.dumps({"info": full["info"], "packages": {}}).encode()
