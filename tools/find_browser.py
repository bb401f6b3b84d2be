"""A Chromium to test with: an installed one, else Playwright's own, else Debian's package.

`python -m tools.find_browser` sees to it that there is one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATION = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


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
    if shutil.which("apt-get") and os.geteuid() == 0:
        ways.append([["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]])
    for commands in ([], *ways):
        if all(subprocess.run(command).returncode == 0 for command in commands):
            browser = find()
            if browser:
                return browser
    sys.exit("No browser to test with: install Chromium or Chrome, then run this again.")


if __name__ == "__main__":
    print(f"Browser: {provide()}")
