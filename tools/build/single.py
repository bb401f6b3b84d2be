"""The site -> one HTML file with everything inside, which opens by double-click: no server, no connection.

The page and the program are those of the site. Styles and scripts stand in the page; what the program fetches stands
there too, gzipped and in base64; and tools/build/copy.js answers for it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tools.paths import BUILD, digest, keep_only, write
from tools.serve import TYPES

FETCHED = {".json", ".wasm", ".zip"}  # what the program asks for; a test sees to it that it asks for all of it
WORKERS = ("/inner_loops.js", "/zeros.js")  # asked for as well, where a computation takes long
COMPUTED = "/pyodide.asm.mjs"  # of a module that Pyodide imports by an address that it computes

_MODULES = {".js", ".mjs"}
_PACKED = BUILD / "packed"
_BUNDLER = Path(__file__).parent / "single.mjs"
_POLICY = re.compile(r'(http-equiv="Content-Security-Policy" content=)"[^"]*"')
_COMMENT = re.compile(r"<!--.*?-->\n")  # in the head, those of the site do not hold for the copy
_UNFURLED = re.compile(r'<meta (?:property="og:|name="twitter:)[^>]*>\n')  # what a link to a file has no use for
_LINK = re.compile(r"<link [^>]*>\n?")
_CONFIG = re.compile(r"<script type=\"py\" config='(\{[^']*\})'")
_SCRIPT = re.compile(r"<script [^>]*src=[^>]*></script>\n?")


def single(html: str, files: Mapping[str, bytes]) -> bytes:
    """The page `html` with all that it loads of the `files` of the site, by their path, inside."""
    head, body = html.split("</head>")
    started, scripts, styles = [], [], []

    def link(found: re.Match[str]) -> str:
        relation, name = _attribute(found[0], "rel"), _attribute(found[0], "href").removeprefix("./")
        if relation == "stylesheet":
            styles.append(files[name].decode())
            return _inline("style", styles[-1])
        if relation == "icon":
            return f'<link rel="icon" href="data:{TYPES[Path(name).suffix]};base64,{_base64(files[name])}">\n'
        return ""  # what would only be fetched ahead

    def script(found: re.Match[str]) -> str:
        name = _attribute(found[0], "src").removeprefix("./")
        if _attribute(found[0], "type") == "module":
            started.append(name)
            return ""
        # A module of its own, so that it waits for the whole page, as `defer` makes it do.
        scripts.append(files[name].decode())
        return _inline("script", scripts[-1], ' type="module"')

    head = _SCRIPT.sub(script, _LINK.sub(link, _UNFURLED.sub("", _COMMENT.sub("", head)))).replace(
        "<html ", "<html data-copy ", 1
    )
    scripts.append(_bundle(started, _CONFIG.findall(body)[0], files))
    policy = (
        f"default-src 'none'; script-src {' '.join(map(_hash, scripts))} 'wasm-unsafe-eval'; "
        f"style-src {' '.join(map(_hash, styles))}; img-src data:; worker-src blob:; base-uri 'none'; "
        "form-action 'none'"
    )
    head = _POLICY.sub(rf'\1"{policy}"', head)
    body = body.replace('href="./"', 'href=""').removesuffix("</body>\n</html>\n")
    inside = {name: files[name] for name in sorted(files) if Path(name).suffix in FETCHED or name.endswith(WORKERS)}
    keep_only(_PACKED, [_packed_as(content) for content in inside.values()])
    return "".join(
        [
            f"{head}</head>{body}",
            *(_data(name, _packed(content)) for name, content in inside.items()),
            _inline("script", scripts[-1], ' type="module"'),
            '<div id="whole" hidden></div>\n</body>\n</html>\n',
        ]
    ).encode()


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return found[1] if found else ""


def _inline(tag: str, text: str, attributes: str = "") -> str:
    """`text` as the browser will read it: HTML has no way to write some texts in a script."""
    if re.search(rf"</{tag}|<!--|[\r\0]", text):
        raise ValueError(f"this cannot stand in a <{tag}>: {text[:60]}…")
    return f"<{tag}{attributes}>{text}</{tag}>\n"


def _hash(text: str) -> str:
    return f"'sha256-{_base64(hashlib.sha256(text.encode()).digest())}'"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _data(name: str, content: bytes) -> str:
    return f'<script type="{TYPES[Path(name).suffix]}" data-file="{name}">{_base64(content)}</script>\n'


def _packed_as(content: bytes) -> Path:
    return _PACKED / f"{digest([content])}.gz"


def _packed(content: bytes) -> bytes:
    """It gzipped, once for every new content."""
    made = _packed_as(content)
    if not made.exists():
        write(made, gzip.compress(content, 9, mtime=0))
    return made.read_bytes()


def _bundle(started: list[str], config: str, files: Mapping[str, bytes]) -> str:
    """The modules of the page in one script: those that it starts, and those that PyScript's `config` names."""
    named = json.loads(config)
    asked = [path.removeprefix("./") for path in (*named["js_modules"]["main"], named["interpreter"])]
    computed = [name for name in files if name.endswith(COMPUTED)]
    with tempfile.TemporaryDirectory() as folder:
        site, out = Path(folder, "site"), Path(folder, "bundle.js")
        for name, content in files.items():
            if Path(name).suffix in _MODULES:
                write(site / name, content)
        lists = [json.dumps(paths) for paths in (started, [*computed, *asked])]
        subprocess.run(["node", _BUNDLER, site, *lists, out], check=True)
        return out.read_text(encoding="utf-8")
