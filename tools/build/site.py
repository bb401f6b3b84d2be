"""index.html, app/, static/ and the runtime -> dist/, the site as it is served. Redoes only what is stale."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.build import bytecode
from tools.build.addresses import by_content
from tools.build.bill import bill
from tools.build.document import document
from tools.build.licences import licences
from tools.build.offline import WORKER, offline
from tools.build.single import single
from tools.build.vendor import vendor
from tools.paths import BILL, COPY, DIST, ROOT, keep_only, write

_UNWEIGHED = 'data-bytes=""'
_PICTURE = re.compile(r'<meta (?:property="og:image[:a-z]*"|name="twitter:card") content="[^"]*">\n')
_LOADED_AHEAD = re.compile(r'<link rel="(?:module)?preload".* href="\./(.+)">')


def build(site: Path = DIST, address: str = "") -> Path:
    """Make `site` what the sources say, and return it. Its `address` on the web, where that is known, goes into what
    says to others how a link to it looks.
    """
    files = finished(parts(), address)
    for name, content in files.items():
        write(site / name, content)
    keep_only(site, [site / name for name in files])
    return site


def parts() -> dict[str, bytes]:
    """What the site is made of, by its path in the sources or, of what is made, beside them."""
    paths = [ROOT / "index.html", *(ROOT / "static").glob("*.*"), *(ROOT / "icons").glob("*.*")]
    with ThreadPoolExecutor() as together:  # what is made anew takes seconds of Node.js
        runtime, annexes = together.submit(vendor), together.submit(bytecode.annexes)
        stdlib, app, later = map(together.submit, (bytecode.stdlib, bytecode.app, bytecode.later))
    return (
        runtime.result()
        | {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in paths if path != WORKER}
        | {
            "vendor/pyodide/python_stdlib.zip": stdlib.result(),
            "static/app.zip": app.result(),
            "static/later.zip": later.result(),
            "LICENSES.txt": licences().encode(),
        }
        | {f"static/{name}.zip": content for name, content in annexes.result().items()}
    )


def finished(parts: Mapping[str, bytes], address: str = "") -> dict[str, bytes]:
    """The site that these `parts` make, by the path of each file on it."""
    files = by_content(parts)
    shell = unfurled(weighed(files["index.html"].decode(), files), address)
    copy = single(document(shell, licences=files["LICENSES.txt"].decode()), files)
    html = document(shell, copy_bytes=len(copy))
    return files | offline(files | {"index.html": html.encode()}) | {COPY: copy, BILL: bill()}


def weighed(html: str, files: Mapping[str, bytes]) -> str:
    """`html` with the bytes of what its head loads ahead told to static/start.js, which says how much has come."""
    if html.count(_UNWEIGHED) != 1:
        raise ValueError(f"index.html must hold {_UNWEIGHED} once")
    size = sum(len(files[name]) for name in _LOADED_AHEAD.findall(html))
    return html.replace(_UNWEIGHED, f'data-bytes="{size}"')


def unfurled(html: str, address: str) -> str:
    """`html` with the whole address of the picture that stands for a link to it, which no site takes as a relative one;
    without the picture, where the address of the site is not known.
    """
    if not address:
        return _PICTURE.sub("", html)
    if not re.fullmatch(r"https?://[^\s\"'<>?#]+", address):
        raise ValueError(f"the address of the site is no web address: {address}")
    whole = address.rstrip("/") + "/"
    found = _PICTURE.sub(lambda line: line[0].replace('content="./', f'content="{whole}'), html)
    return found.replace(
        '<meta property="og:type"', f'<meta property="og:url" content="{whole}">\n<meta property="og:type"'
    )


if __name__ == "__main__":
    build()
