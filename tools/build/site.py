"""index.html, app/, static/ and the runtime -> dist/, the site as it is served. Redoes only what is stale."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tools.build import bytecode
from tools.build.document import document
from tools.build.licences import licences
from tools.build.offline import WORKER, offline
from tools.build.single import single
from tools.build.vendor import vendor
from tools.paths import COPY, DIST, ROOT, keep_only, write

_UNWEIGHED = 'data-bytes=""'
_LOADED_AHEAD = re.compile(r'<link rel="(?:module)?preload".* href="\./(.+)">')


def build(site: Path = DIST) -> Path:
    """Make `site` what the sources say, and return it."""
    static = (path for path in (ROOT / "static").glob("*.*") if path != WORKER)
    files = vendor() | {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in static}
    files |= {
        "pyscript.toml": (ROOT / "pyscript.toml").read_bytes(),
        "app.zip": bytecode.app(),
        "later.zip": bytecode.later(),
        "LICENSES.txt": licences().encode(),
    }
    shell = weighed((ROOT / "index.html").read_text(encoding="utf-8"), files)
    copy = single(document(shell, licences=files["LICENSES.txt"].decode()), files)
    html = document(shell, copy_bytes=len(copy))
    files |= offline(files | {"index.html": html.encode()}) | {COPY: copy}
    for name, content in files.items():
        write(site / name, content)
    keep_only(site, [site / name for name in files])
    return site


def weighed(html: str, files: Mapping[str, bytes]) -> str:
    """`html` with the bytes of what its head loads ahead told to static/start.js, which says how much has come."""
    if html.count(_UNWEIGHED) != 1:
        raise ValueError(f"index.html must hold {_UNWEIGHED} once")
    size = sum(len(files[name]) for name in _LOADED_AHEAD.findall(html))
    return html.replace(_UNWEIGHED, f'data-bytes="{size}"')


if __name__ == "__main__":
    build()
