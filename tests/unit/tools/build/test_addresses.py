"""A folder of the site is called by what it holds, and named so by whoever needs something of it."""

from __future__ import annotations

import re

from tools.build.addresses import FOLDERS, by_content

PARTS = {
    "index.html": b'<link href="./icons/a.svg"><script src="./static/a.js"></script>',
    "LICENSES.txt": b"./static/",
    "static/a.js": b'import "./b.js"; import "../vendor/c.js"; // static/a.js',
    "static/b.js": b"1",
    "vendor/c.js": b'"./static/"',
    "icons/a.svg": b"<svg/>",
}


def called(parts: dict[str, bytes]) -> dict[str, str]:
    """What each folder is called."""
    return {name.partition("-")[0]: name.partition("/")[0] for name in by_content(parts) if "/" in name}


def test_every_file_is_where_it_is_named() -> None:
    made = by_content(PARTS)
    names = called(PARTS)
    assert {*names} == {*FOLDERS}
    assert all(re.fullmatch(rf"{folder}-[0-9a-f]{{8}}", name) for folder, name in names.items())
    icons, static, vendor = names["icons"], names["static"], names["vendor"]
    assert made == {
        "index.html": f'<link href="./{icons}/a.svg"><script src="./{static}/a.js"></script>'.encode(),
        "LICENSES.txt": PARTS["LICENSES.txt"],
        f"{static}/a.js": f'import "./b.js"; import "../{vendor}/c.js"; // static/a.js'.encode(),
        f"{static}/b.js": PARTS["static/b.js"],
        f"{vendor}/c.js": PARTS["vendor/c.js"],
        f"{icons}/a.svg": PARTS["icons/a.svg"],
    }


def test_an_address_changes_with_what_it_leads_to_and_with_nothing_else() -> None:
    before = called(PARTS)
    changes = {
        "index.html": set(),
        "static/b.js": {"static"},
        "icons/a.svg": {"icons"},
        "vendor/c.js": {"vendor", "static"},  # which names it
    }
    for name, folders in changes.items():
        after = called(PARTS | {name: b"changed"})
        assert {folder for folder in FOLDERS if after[folder] != before[folder]} == folders, name
