"""The finished site in a real browser, served as GitHub Pages serves it. A page that complains fails its test.

`page` and `context` are watched: a console error or warning, an uncaught error, or a request to another origin fails
the test. Only a test that breaks the page on purpose, and says so by `expects_console_errors`, may see the first two.

The page finds no service workers, as in a browser without them, unless a test is marked `with_worker`: what a worker
fetches, no route of a test is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from playwright.sync_api import TimeoutError as TooLong

from tools import find_browser
from tools.serve import serving

Open: TypeAlias = Callable[[str], Page]

READY = "html[data-state=ready]"
WITHOUT_WORKERS = "delete Navigator.prototype.serviceWorker"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    return {**browser_type_launch_args, "executable_path": find_browser.find()}


@pytest.fixture(scope="session")
def site(dist: Path) -> Iterator[str]:
    """The page's address."""
    with serving(dist) as address:
        yield address


@contextmanager
def watched(context: BrowserContext, site: str, broken: bool = False) -> Iterator[BrowserContext]:
    """Pages of `context` ask for nothing elsewhere and, unless they are meant to be `broken`, complain of nothing."""
    complaints: list[str] = []
    strays: list[str] = []
    context.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on(
        "request",
        lambda asked: None if asked.url.startswith((site, "data:")) else strays.append(asked.url),
    )
    yield context
    assert not strays, "requests that leave the page's own folder"
    assert broken or not complaints, "the console must stay clean"


@pytest.fixture
def context(
    new_context: Callable[..., BrowserContext], site: str, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    context = new_context()
    if not request.node.get_closest_marker("with_worker"):
        context.add_init_script(WITHOUT_WORKERS)
    with watched(context, site, broken=bool(request.node.get_closest_marker("expects_console_errors"))):
        yield context


def is_complaint(message: ConsoleMessage) -> bool:
    """Whether the console says that something is wrong. A file loaded ahead that is used only after some seconds
    says that the machine is slow; whether it is used at all, tests/browser/test_platform.py asks.
    """
    return message.type in {"error", "warning"} and "was preloaded using link preload but not used" not in message.text


@pytest.fixture
def open_page(page: Page, site: str) -> Open:
    """Opens the page at a fragment (`""` for none) and waits until Python answers."""
    return opener(page, site)


def opener(page: Page, site: str) -> Open:
    """What opens the site in a page, and says what is missing if it is not ready in time."""
    asked: dict[Request, str] = {}
    page.on("request", lambda request: asked.update({request: "asked for"}))
    page.on("response", lambda response: asked.update({response.request: "coming"}))
    page.on("requestfinished", lambda request: asked.update({request: "here"}))
    page.on("requestfailed", lambda request: asked.update({request: "failed"}))

    def open_at(fragment: str = "") -> Page:
        page.goto(site + fragment)
        try:
            page.wait_for_selector(READY, state="attached")
        except TooLong:
            files = "\n".join(f"{state}: {request.url}" for request, state in asked.items())
            pytest.fail(f"The page is not ready. It says: {page.locator('#status').inner_text()!r}\n{files}")
        return page

    return open_at


@pytest.fixture(scope="module")
def same_page(browser: Browser, site: str) -> Iterator[Page]:
    """One page for the many small questions of a module, whose console must stay clean throughout."""
    context = browser.new_context()
    context.add_init_script(WITHOUT_WORKERS)
    with watched(context, site):
        page = context.new_page()
        yield opener(page, site)("")
        context.close()


@pytest.fixture
def open_here(same_page: Page) -> Open:
    """Follows a link within `same_page`, which is as wide and as light again as a new one."""
    same_page.set_viewport_size({"width": 1280, "height": 720})
    same_page.emulate_media(color_scheme="light")

    def open_at(fragment: str) -> Page:
        same_page.evaluate(
            """(fragment) => new Promise((done) => {
              addEventListener("hashchange", () => done(), { once: true });
              if (location.hash === new URL(fragment, location.href).hash) history.replaceState(null, "", "#");
              location.hash = fragment;
            })""",
            fragment,
        )
        return same_page

    return open_at
