"""The folders of the site, each called by what it holds: what the page loads has an address that changes with it.

Browsers use a file again without asking for as long as the server allows (GitHub Pages: ten minutes). After a change
of the site a new page would get old files under the old addresses; under these it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tools.paths import digest

FOLDERS = ("vendor", "icons", "static")
"""In this order: what stands in one may name what stands in those before it, and the page names all."""

_NAMING = {".html", ".js"}


def by_content(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """`files`, by their path, with each of the folders called by what it holds, where it is and where it is named."""
    called: dict[str, str] = {}
    made: dict[str, bytes] = {}
    for folder in FOLDERS:
        inside = {path: _renamed(path, files[path], called) for path in sorted(files) if path.startswith(f"{folder}/")}
        called[folder] = f"{folder}-{digest(part for pair in inside.items() for part in pair)[:8]}"
        made |= {called[folder] + path.removeprefix(folder): content for path, content in inside.items()}
    return made | {path: _renamed(path, content, called) for path, content in files.items() if "/" not in path}


def _renamed(path: str, content: bytes, called: Mapping[str, str]) -> bytes:
    """`content` with the folders of the relative addresses in it as they are `called`."""
    if not called or Path(path).suffix not in _NAMING:
        return content
    return re.sub(
        rf"(?<=\./)({'|'.join(called)})(?=/)".encode(), lambda found: called[found[1].decode()].encode(), content
    )
