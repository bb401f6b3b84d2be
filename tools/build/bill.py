"""What the site is made of -> a bill of materials, CycloneDX 1.6, as those who keep lists of software read it.

It says what the lock files say, and nothing of when or where it was made: two builds write the same.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from importlib.metadata import distribution
from typing import Any

from tools.build.licences import NOT_SERVED, WHEELS
from tools.paths import MODULES, ROOT

_LOCKED = re.compile(r"^([\w.-]+)==([\w.]+)(?: ;[^\\\n]*)? \\\n((?:    --hash=sha256:\w{64}(?: \\)?\n)+)", re.MULTILINE)


def bill() -> bytes:
    """Every part that npm's and pip's lock files name for the site: "required" if its code is on it, "excluded" if it
    only took part in the making.
    """
    parts = sorted([*_packages(), *_wheels()], key=lambda part: str(part["bom-ref"]))
    page = {"type": "application", "bom-ref": "page", "name": "pruning-calculator", "licenses": _licence("MIT")}
    content = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"lifecycles": [{"phase": "build"}], "component": page},
        "components": parts,
        "dependencies": [{"ref": "page", "dependsOn": [part["bom-ref"] for part in parts]}],
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"


def _packages() -> Iterator[dict[str, Any]]:
    """What package-lock.json names, without the builds of a tool for other machines."""
    locked = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    found = {}
    for path, entry in locked.items():
        if path and not entry.get("optional"):
            name = path.rpartition("node_modules/")[2]
            served = not entry.get("dev") and path not in NOT_SERVED
            digest = base64.b64decode(entry["integrity"].removeprefix("sha512-")).hex()
            hashes = [{"alg": "SHA-512", "content": digest}]
            part = _part("npm", name, entry["version"], entry["license"], served, hashes)
            if name == "pyodide":
                part |= _inside_pyodide()
            found[part["bom-ref"]] = part  # two places may hold the same version
    yield from found.values()


def _inside_pyodide() -> dict[str, Any]:
    """What Pyodide brings along, and what the build does to it."""
    version = json.loads((MODULES / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]["python"]
    cpython = {
        "type": "application",
        "bom-ref": f"pkg:generic/cpython@{version}",
        "name": "cpython",
        "version": version,
        "purl": f"pkg:generic/cpython@{version}",
        "licenses": _licence("PSF-2.0"),
    }
    notes = "tools/build/trim.mjs cuts what the page cannot reach; the standard library is compiled to bytecode."
    return {"components": [cpython], "pedigree": {"notes": notes}}


def _wheels() -> Iterator[dict[str, Any]]:
    """What requirements/page.txt names. Its hashes are those of all files of a release, of which pip takes one."""
    for name, version, hashes in _LOCKED.findall((ROOT / "requirements" / "page.txt").read_text(encoding="utf-8")):
        about = distribution(name).metadata
        licence = about["License-Expression"] or about["License"]
        digests = [{"alg": "SHA-256", "content": each} for each in re.findall(r"\w{64}", hashes)]
        yield _part("pypi", name, version, licence, name in WHEELS, digests)


def _part(
    registry: str, name: str, version: str, licence: str, served: bool, hashes: list[dict[str, str]]
) -> dict[str, Any]:
    address = f"pkg:{registry}/{name.replace('@', '%40')}@{version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "scope": "required" if served else "excluded",
        "hashes": hashes,
        "licenses": _licence(licence),
        "purl": address,
    }


def _licence(name: str) -> list[dict[str, str]]:
    return [{"expression": name.replace("APACHE", "Apache")}]
