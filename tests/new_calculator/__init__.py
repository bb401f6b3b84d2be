"""A calculator that is not in the house, and a copy of the house in which it is: made as README.md says, in words."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools.paths import ROOT

SLUG = "compound-interest"
FOLDER = Path(__file__).parent / "compound_interest"
LINE = '    "compound-interest": "app.calculators.compound_interest.calculator",\n'

# At the top; elsewhere these are sources. What was compiled before goes along: most of it need not be anew.
_MADE = {".git", ".venv", "node_modules", "dist", "test-results"}
_CACHES = {"__pycache__", ".hypothesis", ".pytest_cache", ".mypy_cache", ".ruff_cache"}


def _left_out(folder: str, names: list[str]) -> set[str]:
    return {*names} & (_CACHES | _MADE if Path(folder) == ROOT else _CACHES)


def house(to: Path) -> Path:
    """A copy of all sources in `to`, with one folder and one line more."""
    shutil.copytree(ROOT, to, ignore=_left_out, symlinks=True)
    (to / "node_modules").symlink_to(ROOT / "node_modules")
    shutil.copytree(FOLDER, to / "app" / "calculators" / FOLDER.name, ignore=_left_out)
    registry = to / "app" / "calculators" / "registry.py"
    lines = registry.read_text(encoding="utf-8").splitlines(keepends=True)
    lines.insert(lines.index("}\n"), LINE)
    registry.write_text("".join(lines), encoding="utf-8")
    return to
