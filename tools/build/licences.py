"""The licences of everything that dist/ hands on, in one file beside it."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path

from tools.paths import MODULES, ROOT

_TEXTS = Path(__file__).parent / "licences"
WHEELS = ("htpy", "markupsafe")  # of what pip brings, what the site hands on
NOT_SERVED = {"node_modules/@types/emscripten", "node_modules/ws"}  # needed by npm's packages, not by their bundles


def licences() -> str:
    """Every part with its licence; parts under the very same text share it."""
    texts: dict[str, list[str]] = {}
    for part, text in _parts():
        texts.setdefault(text, []).append(part)
    rule = "=" * 100
    return "\n".join("\n".join([rule, *parts, rule, "", text, ""]) for text, parts in texts.items())


def _parts() -> list[tuple[str, str]]:
    return [
        ("This page", (ROOT / "LICENSE").read_text(encoding="utf-8")),
        *map(_wheel, WHEELS),
        (
            "Pyodide, Mozilla Public License 2.0; its source: https://github.com/pyodide/pyodide; cut to what the page "
            "needs by tools/build/trim.mjs of this page",
            (_TEXTS / "MPL-2.0.txt").read_text(encoding="utf-8"),
        ),
        ("CPython, inside Pyodide", (_TEXTS / "Python.txt").read_text(encoding="utf-8")),
        ("Other parts inside Pyodide", (_TEXTS / "inside-pyodide.txt").read_text(encoding="utf-8")),
        *_packages(),
    ]


def _wheel(name: str) -> tuple[str, str]:
    installed = distribution(name)
    (file,) = (file for file in installed.files or [] if file.name.startswith("LICEN"))
    return f"{installed.name} {installed.version}", Path(str(file.locate())).read_text(encoding="utf-8")


def _packages() -> list[tuple[str, str]]:
    """PyScript, Idiomorph, and what PyScript's bundle is made of."""
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    parts = []
    for path, entry in locked.items():
        if not path or entry.get("dev") or path in NOT_SERVED | {"node_modules/pyodide"}:
            continue
        folder = MODULES.parent / path
        about = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        text = next((file.read_text(encoding="utf-8") for file in sorted(folder.glob("LICEN[SC]E*"))), None)
        parts.append(
            (
                f"{about['name']} {about['version']}",
                text or f"{about['license']}, {about.get('author', 'no author named')}",
            )
        )
    return parts
