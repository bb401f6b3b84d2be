"""What lets the site work without a network: its service worker, with the list of everything there is."""

from __future__ import annotations

import base64
import hashlib
import json
import posixpath
import re
from collections.abc import Mapping

from tools.paths import COPY, ROOT, digest

WORKER = ROOT / "static" / "sw.js"
_VERSION = re.compile(r'(<meta name="version" content=")[^"]*(">)')


def offline(site: Mapping[str, bytes]) -> dict[str, bytes]:
    """`index.html` with the version of the site in it, and the `sw.js` that keeps this version, for the other files by
    their path.
    """
    listed = {name: content for name, content in sorted(site.items()) if name not in _left_out(site)}
    page = listed.pop("index.html").decode()
    version = digest([*(part for pair in listed.items() for part in pair), _VERSION.sub(r"\1\2", page), WORKER])[:16]
    stamped, places = _VERSION.subn(rf"\g<1>{version}\2", page)
    if places != 1:
        raise ValueError('index.html must hold <meta name="version" content=""> once')
    files = {"./": _integrity(stamped.encode())} | {name: _integrity(content) for name, content in listed.items()}
    head = f'const VERSION = "{version}";\nconst FILES = {json.dumps(files, indent=0)};\n'
    return {"index.html": stamped.encode(), "sw.js": head.encode() + WORKER.read_bytes()}


def _left_out(site: Mapping[str, bytes]) -> set[str]:
    """What is not kept: the worker itself, the copy in one file, and pictures that only a browser's dialog shows."""
    pictures = {
        posixpath.join(posixpath.dirname(name), picture["src"])
        for name, content in site.items()
        if name.endswith(".webmanifest")
        for picture in json.loads(content)["screenshots"]
    }
    return {"sw.js", COPY, *pictures}


def _integrity(content: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(content).digest()).decode()}"
