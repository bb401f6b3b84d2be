"""What the page can reach of Pyodide stays as it was; the rest goes, from the script and from the WebAssembly."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from tools.paths import ROOT

TRIM = ROOT / "tools" / "build" / "trim.mjs"
LIST = "WebAssembly.Module.{kind}(new WebAssembly.Module(require('fs').readFileSync(process.argv[1])))"


def wasm(calls: dict[str, str], imports: Sequence[str]) -> bytes:
    """A module with a memory and a function for each of `calls`, exported by that name, which calls what stands there:
    one of the `imports` or another function.
    """
    places = {name: at for at, name in enumerate([*imports, *calls])}
    exports = [name(each) + bytes([0, places[each]]) for each in calls] + [name("memory") + bytes([2, 0])]
    return b"\0asm\1\0\0\0" + b"".join(
        [
            section(1, [b"\x60\0\0"]),  # one type: takes nothing, gives nothing
            section(2, [name("env") + name(each) + bytes([0, 0]) for each in imports]),
            section(3, [b"\0"] * len(calls)),
            section(5, [b"\0\1"]),
            section(7, exports),
            section(10, [bytes([4, 0, 0x10, places[called], 0x0B]) for called in calls.values()]),
        ]
    )


def name(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def section(kind: int, entries: Sequence[bytes]) -> bytes:
    content = bytes([len(entries)]) + b"".join(entries)
    assert len(content) < 128  # so that its length is one byte
    return bytes([kind, len(content)]) + content


def script(exports: Sequence[str], imports: Sequence[str], body: str) -> str:
    """What Emscripten writes beside such a module."""
    assigned = "".join(f'_{each}=Module["_{each}"]=wasmExports["{each}"];' for each in exports)
    return (
        "async function _createPyodideModule(moduleArg={}){var moduleRtn;var Module=moduleArg;"
        f"{body}var wasmMemory;var {','.join(f'_{each}' for each in exports)},memory;"
        f'function assignWasmExports(wasmExports){{{assigned}memory=Module["memory"]=wasmMemory=wasmExports["memory"]}}'
        f"var wasmImports={{{','.join(imports)}}};"
        "moduleRtn=[wasmImports,assignWasmExports];return moduleRtn}export default _createPyodideModule;\n"
    )


CALLS = {"used": "asked", "unused": "lost", "inner": "asked", "also": "inner", "page": "asked", "$odd": "asked"}
IMPORTS = ("asked", "lost")
BODY = (
    'function asked(){help()}function help(){eval("1")}asked.sig="v";function lost(){only_lost()}function only_lost(){}'
    'Module["asked"]=asked;Module["lost"]=lost;Module["handed"]=handed;var handed=()=>_also();'
    "Module.begin=()=>_used();"
)


class Trimmed(NamedTuple):
    """The script, and what the WebAssembly beside it exports and imports."""

    script: str
    exports: set[str]
    imports: set[str]


def trimmed(folder: Path, body: str = BODY, given: Sequence[str] = IMPORTS) -> Trimmed:
    (folder / "asm.mjs").write_text(script([*CALLS], given, body), encoding="utf-8")
    (folder / "asm.wasm").write_bytes(wasm(CALLS, IMPORTS))
    (folder / "page.mjs").write_text("loaded._page();loaded.handed()", encoding="utf-8")
    out = folder / "out"
    out.mkdir()
    command = ["node", TRIM, folder / "asm.mjs", folder / "asm.wasm", out, folder / "page.mjs"]
    subprocess.run(command, check=True, capture_output=True)
    text = (out / "asm.mjs").read_text(encoding="utf-8")
    return Trimmed(text, listed(out / "asm.wasm", "exports"), listed(out / "asm.wasm", "imports"))


def listed(file: Path, kind: str) -> set[str]:
    ask = f"console.log(JSON.stringify({LIST.format(kind=kind)}.map(({{ name }}) => name)))"
    return set(json.loads(subprocess.run(["node", "-e", ask, file], check=True, capture_output=True).stdout))


def test_what_a_script_of_the_page_says_stays_and_the_rest_goes_from_both_files(tmp_path: Path) -> None:
    found = trimmed(tmp_path)
    assert found.exports == {
        "used",
        "also",
        "page",
        "memory",
    }  # said by the script itself, by what it hands on, outside
    assert found.imports == {"asked"}
    for gone in ("unused", "lost", "only_lost", "$odd", ".sig"):
        assert gone not in found.script
    for kept in ("help()", "handed", "memory"):
        assert kept in found.script


@pytest.mark.parametrize(
    ("changed", "given", "message"),
    [
        (BODY.replace("var handed", "var wasmImports={};var handed"), IMPORTS, "2 places like /var wasmImports="),
        (BODY, ("lost",), "The WebAssembly needs what the script has not: asked"),
    ],
)
def test_what_has_another_shape_or_does_not_fit_is_refused_by_name(
    tmp_path: Path, changed: str, given: Sequence[str], message: str
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        trimmed(tmp_path, body=changed, given=given)
    assert message in refused.value.stderr.decode()
