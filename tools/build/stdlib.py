"""Which modules of the standard library the page imports: asked of the page itself, in a browser.

The site carries only those that stdlib_modules.txt lists. `make stdlib` writes the list anew; a test compares it.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Route, sync_playwright

from app.calculators.registry import CALCULATORS
from tools import find_browser
from tools.build import bytecode
from tools.build.site import build
from tools.serve import serving

# Imported at every start by modules that do without them (`try: import ssl`), and used by nothing in a page: sockets
# and other ways to pack an archive.
LEFT_OUT = ("ssl", "bz2", "lzma", "compression")

# Appended to the page's own line of Python. A formatted error is among what must work: it imports lazily.
_PROBE = """
import math, sys, traceback, js
from pyodide.ffi import create_proxy
try:
    math.no_such_name
except AttributeError as error:
    traceback.format_exc()
js.importedModules = create_proxy(lambda: " ".join(sys.modules))
"""


def imported(browser: Browser, site: Path) -> list[str]:
    """The modules that the page in `site`, given the whole standard library, has imported once it was used."""

    def page_with_probe(route: Route) -> None:
        html = (site / "index.html").read_text(encoding="utf-8")
        route.fulfill(body=html.replace(")</script>", f"){_PROBE}</script>"), content_type="text/html")

    with serving(site) as address:
        page = browser.new_page()
        page.route(address, page_with_probe)
        page.route("**/python_stdlib.zip", lambda route: route.fulfill(path=bytecode.STDLIB))
        page.goto(address)
        page.wait_for_selector("html[data-state=ready]", state="attached")
        for text in ("not a number", "1,5", "{}"):
            page.locator("form input[name]").first.fill(text)
        for slug in CALCULATORS:
            page.evaluate("slug => { location.hash = slug }", slug)
            page.wait_for_selector(f"#{slug}:not([hidden])")
        page.wait_for_timeout(1000)  # tables follow one by one
        names = str(page.evaluate("importedModules()")).split()
        page.close()
    with zipfile.ZipFile(bytecode.STDLIB) as archive:
        found = [name for name in names if bytecode.stdlib_path(name, archive)]
    return sorted(name for name in found if name.partition(".")[0] not in LEFT_OUT)


def main() -> None:
    """Write the list."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser.provide(), args=find_browser.STEADY)
        names = imported(browser, build())
    bytecode.NAMES.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    print(f"{len(names)} modules in {bytecode.NAMES.name}")


if __name__ == "__main__":
    main()
