"""What a checkpoint holds, from a terminal: `python -m tools.scan PATH...`."""

from __future__ import annotations

import sys
from pathlib import Path

from app.calculators.pruning.checkpoint.opening import opened
from app.calculators.pruning.checkpoint.source import drive, files_of


class PathSource:
    """A file on this machine."""

    def __init__(self, path: Path, name: str) -> None:
        self.name, self.size = name, path.stat().st_size
        self._path = path

    def read(self, offset: int, length: int) -> bytes:
        """Those bytes of it."""
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(length)


def main() -> None:
    """Tell."""
    sources = []
    for arg in sys.argv[1:]:
        path = Path(arg)
        sources += [PathSource(each, str(each)) for each in ([path] if path.is_file() else path.rglob("*"))]
    found = drive(opened(files_of(sources)), sources)
    print(found.way, len(found.tensors), found.bytes, found.notes)
    for each in found.tensors[:5]:
        print(each)


if __name__ == "__main__":
    main()
