"""Browsers to test with. A Chromium: an installed one, else Playwright's own, else Debian's package. Beside it Firefox
and WebKit as Debian packages them.

`python -m tools.find_browser` sees to it that there is a Chromium, and the other two where they can be had.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATION = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
# Chromium chooses some of its processes by chance and samples what they allocate. In Chromium 156 that walks the stack
# of WebAssembly wrongly: of pages that hold Pyodide, 4 in 25 hung or crashed in the processes chosen, 0 in 70 without.
# A second `--enable-features` takes the place of Playwright's own, so that its one feature is repeated.
STEADY = (
    "--enable-features=CDPScreenshotNewSurface,HeapProfilerReporting:stable-probability/0.0/nonstable-probability/0.0",
)


class Engine(NamedTuple):
    """A browser beside Chromium: the programs that its tests run, and the packages of Debian that hold them."""

    programs: tuple[str, ...]
    packages: tuple[str, ...]


OTHERS = {
    "Firefox": Engine(("firefox-esr",), ("firefox-esr",)),
    "WebKit": Engine(("WebKitWebDriver", "Xvfb"), ("webkit2gtk-driver", "xvfb")),
}
_APT = (
    *("apt-get", "install", "-y", "-qq", "--no-install-recommends"),
    *("-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=30", "-o", "DPkg::Lock::Timeout=120"),
)


def find() -> str | None:
    """The path of an installed Chromium or Chrome, else of Playwright's own, if it is there."""
    installed = next((path for path in map(shutil.which, COMMANDS) if path), None)
    if installed or APPLICATION.exists():
        return installed or str(APPLICATION)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def provide() -> str:
    """The path of a browser, installed now if there is none. Exits with a hint if that fails."""
    ways = [[[sys.executable, "-m", "playwright", "install", "chromium"]]]
    if _can_install():
        ways.append([["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]])
    for commands in ([], *ways):
        if all(subprocess.run(command).returncode == 0 for command in commands):
            browser = find()
            if browser:
                return browser
    sys.exit("No browser to test with: install Chromium or Chrome, then run this again.")


def missing(engine: str) -> str:
    """What the tests in one of `OTHERS` need and is not here, if anything."""
    programs, packages = OTHERS[engine]
    return "" if all(map(shutil.which, programs)) else f"Debian's {' and '.join(packages)}"


def provide_others() -> None:
    """Install what is missing of `OTHERS`, where that can be done. The tests in what stays missing are skipped."""
    wanted = [_APT + OTHERS[engine].packages for engine in OTHERS if missing(engine) and _can_install()]
    failed = [install for install in wanted if not _quietly(install)]
    if failed:  # the list of packages may be old, or not there yet
        _quietly(("apt-get", "update", "-qq"))
        for install in failed:
            _quietly(install)


def _quietly(command: tuple[str, ...]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, capture_output=True).returncode == 0


def _can_install() -> bool:
    return bool(shutil.which("apt-get")) and os.geteuid() == 0


if __name__ == "__main__":
    print(f"Browser: {provide()}")
    provide_others()
    for engine, (programs, _) in OTHERS.items():
        absent = missing(engine)
        print(f"{engine}: {shutil.which(programs[0]) if not absent else f'none, its tests need {absent}'}", flush=True)
