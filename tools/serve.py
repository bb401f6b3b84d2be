"""dist/ over HTTP as GitHub Pages would do it: under a path, gzipped, revalidated. Builds anew what has changed.

`python -m tools.serve` is `make serve`; tests and the benchmark use `serving`.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.paths import DIST, ROOT

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".whl": "application/zip",
    ".zip": "application/zip",
}
PACKED = {".png", ".whl", ".zip"}  # gzip would gain nothing


class Server(ThreadingHTTPServer):
    """Serves `folder` below the path `base`, calling `before_page` ahead of every page, and of what keeps it."""

    daemon_threads = True

    def __init__(self, folder: Path, base: str, port: int, cache: str, before_page: Callable[[], str]) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.folder, self.base, self.cache, self.before_page = folder.resolve(), base, cache, before_page

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.server_port}{self.base}"

    def handle_error(self, *_: object) -> None:
        """A browser that hangs up early is no news."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        """Answer with the file, or with 304 where the browser has it already."""
        path = self._file()
        if path and (path.suffix == ".html" or path.name == "sw.js"):
            failure = self.server.before_page()
            if failure:
                self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, failure.encode(), {"Content-Type": TYPES[".txt"]})
                return
        if not path or not path.is_file():
            self._answer(HTTPStatus.NOT_FOUND, b"Not found\n", {"Content-Type": TYPES[".txt"]})
            return
        zipped = path.suffix not in PACKED and "gzip" in self.headers.get("Accept-Encoding", "")
        body, tag = _content(path, path.stat().st_mtime_ns, zipped)
        headers = {
            "Content-Type": TYPES.get(path.suffix, "application/octet-stream"),
            "Cache-Control": self.server.cache,
            "Access-Control-Allow-Origin": "*",
            "ETag": tag,
            "Vary": "Accept-Encoding",
        }
        if zipped:
            headers["Content-Encoding"] = "gzip"
        known = self.headers.get("If-None-Match") == tag
        self._answer(HTTPStatus.NOT_MODIFIED if known else HTTPStatus.OK, b"" if known else body, headers)

    do_HEAD = do_GET  # noqa: N815 - likewise

    def _file(self) -> Path | None:
        path = unquote(urlsplit(self.path).path)
        if not path.startswith(self.server.base):
            return None
        file = (self.server.folder / path.removeprefix(self.server.base)).resolve()
        if not file.is_relative_to(self.server.folder):
            return None
        return file / "index.html" if file.is_dir() else file

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the terminal for what matters."""


@lru_cache(maxsize=256)
def _content(path: Path, _changed: int, zipped: bool) -> tuple[bytes, str]:
    raw = path.read_bytes()
    body = gzip.compress(raw, 9, mtime=0) if zipped else raw
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@contextmanager
def serving(folder: Path, base: str = "/REPO/", cache: str = "no-cache") -> Iterator[str]:
    """Serve `folder` in a thread while the block runs, under a sub-path as Pages does; gives the page's address."""
    with Server(folder, base, 0, cache, lambda: "") as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield server.address
        finally:
            server.shutdown()


class Rebuild:
    """Builds when a source has changed since the last build. Called ahead of each page."""

    def __init__(self) -> None:
        self._built: dict[Path, int] = {}
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """What went wrong, or nothing."""
        with self._lock:
            sources = _sources()
            if sources == self._built:
                return ""
            # A process of its own, because this one has imported the sources as they were.
            done = subprocess.run([sys.executable, "-m", "tools.build.site"], cwd=ROOT, capture_output=True, text=True)
            if done.returncode:
                return done.stdout + done.stderr
            self._built = sources
            return ""


def _sources() -> dict[Path, int]:
    """Every file that goes into the site, with the time of its last change."""
    folders = [ROOT / name for name in ("app", "icons", "static", "tools")]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [ROOT / "index.html", ROOT / "package-lock.json"]
    return {path: path.stat().st_mtime_ns for path in files if "__pycache__" not in path.parts}


def main() -> None:
    """Build, serve, and rebuild whenever a page is asked for, or whether there is a newer one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    port = parser.parse_args().port
    rebuild = Rebuild()
    print("Building …", flush=True)
    failure = rebuild()
    if failure:
        sys.exit(failure)
    with Server(DIST, "/", port, "no-cache", rebuild) as server:
        print(
            f"The page is at http://localhost:{port} (an edit makes a new version, which it offers; Ctrl-C stops)",
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
