"""Where things lie, and writing them so that nothing changes but what differs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
BUILD = ROOT / "build"
DIST = ROOT / "dist"
CALCULATORS = ROOT / "app" / "calculators"
PRUNING_DATA = CALCULATORS / "pruning" / "data"
COPY = "single.html"  # in dist/: all of the site in one file
BILL = "bom.json"  # in dist/: what the site is made of, for those who keep lists of software


def calculator(slug: str) -> Path:
    """The folder of the calculator called `slug`."""
    return CALCULATORS / slug.replace("-", "_")


def write(path: Path, content: bytes) -> None:
    """Make `path` hold `content`, leaving it alone where it already does."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def keep_only(folder: Path, files: Iterable[Path]) -> None:
    """Remove from `folder` every file that is not among `files`, and the folders that leaves empty."""
    kept = set(files)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
        elif path.is_file() and path not in kept:
            path.unlink()


def digest(parts: Iterable[Path | str | bytes]) -> str:
    """A key that changes when any of `parts` does; of a path, its name and content count."""
    total = hashlib.sha256()
    for part in parts:
        content = part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
        name = part.name if isinstance(part, Path) else ""
        total.update(f"{name}:{len(content)}:".encode())
        total.update(content)
    return total.hexdigest()
