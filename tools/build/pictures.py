"""icons/icon.svg and the finished page -> the icons and screenshots that are shown where the page is installed.

`make pictures`. They are committed: making them needs a browser, and the build does without one.
"""

from __future__ import annotations

import base64
import re

from playwright.sync_api import Browser, sync_playwright

from tools import find_browser
from tools.build.site import build
from tools.paths import ROOT, write
from tools.serve import serving

FOLDER = ROOT / "icons"

ICONS = {"icon-192": 192, "icon-512": 512}
TILES = {"icon-maskable": (512, 0.85), "apple-touch-icon": (180, 1.0)}
"""Icons from which the system cuts a shape of its own: they fill the square, and what matters keeps to the middle."""

ON_TWO = "params=Llama-3.1-70B&device=a100-80gb&devices=2&batch=32&structure=2:4"
SCREENS = {
    FOLDER / "screenshot-wide.png": (1200, 630, 1, ""),
    FOLDER / "screenshot-narrow.png": (360, 780, 1.5, ""),
    ROOT / "docs/screenshot.png": (1280, 860, 1, f"#pruning?{ON_TWO}"),
}
"""Width, height, pixels to each of theirs, and the link that is shown. The first is also what unfurls
from a link to the site, in the shape that is usual there; the last is for README.md."""


def icons(browser: Browser) -> None:
    """Paint icon.svg at every size."""
    drawing = (FOLDER / "icon.svg").read_bytes()
    colour = re.search(r'fill="(#\w+)"', drawing.decode())
    if not colour:
        raise ValueError("icon.svg must begin with its ground")
    shapes = {name: (size, 1.0, "transparent") for name, size in ICONS.items()}
    shapes |= {name: (size, share, colour[1]) for name, (size, share) in TILES.items()}
    for name, (size, share, ground) in shapes.items():
        page = browser.new_page(viewport={"width": size, "height": size})
        page.set_content(
            f'<body style="margin: 0; height: {size}px; display: grid; place-items: center; background: {ground}">'
            f'<img width="{size * share}" src="data:image/svg+xml;base64,{base64.b64encode(drawing).decode()}">'
        )
        write(FOLDER / f"{name}.png", page.screenshot(omit_background=True))
        page.close()


def screens(browser: Browser) -> None:
    """Photograph the finished page."""
    with serving(build()) as address:
        for path, (width, height, scale, fragment) in SCREENS.items():
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
            page.goto(f"{address}{fragment}")
            page.wait_for_selector("html[data-state=ready]", state="attached")
            page.wait_for_load_state("networkidle")  # what comes later has marks for the chart
            page.wait_for_timeout(500)
            page.evaluate("scrollTo(0, 0)")
            write(path, page.screenshot())
            page.close()


def main() -> None:
    """Make them all, and say how large they are."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser.provide(), args=find_browser.STEADY)
        icons(browser)
        screens(browser)
        browser.close()
    for path in sorted({*FOLDER.glob("*.png"), *SCREENS}):
        print(f"{path.name:24}{path.stat().st_size / 1000:8.1f} KB")


if __name__ == "__main__":
    main()
