"""A page that is opened: from nothing, which starts Python anew, or by a link that is followed within it. And what is
heard of it meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeAlias

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request
from playwright.sync_api import TimeoutError as TooLong

from app.calculators.registry import CALCULATORS

Open: TypeAlias = Callable[[str], Page]
"""Opens the page at a fragment (`""` for none), and returns it when it answers."""

READY = "html[data-state=ready]"
FAILED = "html[data-state=error]"

LAST = f"#{list(CALCULATORS)[-1]}"
"""A link that is answered only when all of the program is there."""

WITHOUT_WORKERS = "delete Navigator.prototype.serviceWorker"

WIDE = {"width": 1280, "height": 720}

_AS_IT_CAME = """async () => {
  for (const button of document.querySelectorAll("[data-action=reset]")) button.click();
  for (const said of document.querySelectorAll("[id$=-said]")) said.textContent = "";
  for (const fold of document.querySelectorAll("details")) fold.open = false;
  for (const sheet of document.querySelectorAll(".sheet")) sheet.scrollTo(0, 0);
  document.activeElement.blur();
  scrollTo({ top: 0, behavior: "instant" });
  return Promise.race([
    new Promise((painted) => requestAnimationFrame(() => painted(true))),
    new Promise((still) => setTimeout(() => still(false), 10_000)),
  ]);
}"""
_FOLLOW = """(fragment) => new Promise((done) => {
  addEventListener("hashchange", () => done(), { once: true });
  const { hash } = new URL(fragment || "#", location.href);
  if (location.hash === hash) history.replaceState(null, "", hash ? "#" : "#elsewhere");
  location.hash = fragment;
})"""


def ready(page: Page) -> Page:
    """The page, once Python answers."""
    page.wait_for_selector(READY, state="attached")
    return page


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
            return ready(page)
        except TooLong:
            files = "\n".join(f"{state}: {request.url}" for request, state in asked.items())
            pytest.fail(f"The page is not ready. It says: {page.locator('#status').inner_text()!r}\n{files}")

    return open_at


def follower(page: Page) -> Open:
    """What follows links within a page whose program is all there."""

    def open_at(fragment: str = "") -> Page:
        page.evaluate(_FOLLOW, fragment)
        return page

    return open_at


_OF_MEMORY = """async () => {
  const name = (await caches.keys()).find((each) => each.startsWith("memory "));
  return name ? (await (await caches.open(name)).keys()).length : 0;
}"""


def kept_of_memory(page: Page) -> int:
    """What the browser keeps of Python's memory (static/memory.js): 1 thing, once a later visit can begin with it."""
    found: int = page.evaluate(_OF_MEMORY)
    return found


def wait_for_memory(page: Page) -> None:
    """Let a page that may keep Python's memory do so, some seconds after it is ready."""
    for _ in range(300):
        if kept_of_memory(page) == 1:
            return
        page.wait_for_timeout(200)
    raise AssertionError("no memory was kept")


class Running:
    """A page that stays open from test to test, and what is heard of it; `begin` opens such a page in a context of its
    own.
    """

    def __init__(self, begin: Callable[[], tuple[Page, Heard]]) -> None:
        self._begin = begin
        self.page, self.heard = begin()

    def renew(self) -> None:
        """Open another in its place."""
        self.close()
        self.page, self.heard = self._begin()

    def close(self) -> None:
        """Close it, with all that was opened beside it."""
        self.page.context.close()


def put_back(page: Page) -> bool:
    """Bring an open page to where a new one begins: every calculator at its defaults and folded, at the top, as wide
    and as light. What stays is its history, and the rows that can be undone. Whether it is painted, too: Chromium
    was seen, twice, to paint a page no more, whatever was loaded into it.
    """
    for other in page.context.pages:
        if other is not page:
            other.close()
    page.unroute_all()
    page.context.clear_permissions()
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light", media="null")
    return bool(page.evaluate(_AS_IT_CAME))


# --- what it complains of, and what it asks for elsewhere ---


class Heard(NamedTuple):
    """What the pages of a context complained of, and what they asked for elsewhere."""

    complaints: list[str]
    strays: list[str]

    def check(self, broken: bool = False) -> None:
        """There is nothing elsewhere and, unless the page is meant to be `broken`, nothing to complain of."""
        complaints, strays = [*self.complaints], [*self.strays]
        self.complaints.clear()
        self.strays.clear()
        assert not strays, f"requests that leave the page's own folder: {strays}"
        assert broken or not complaints, f"the console must stay clean: {complaints}"


def hear(context: BrowserContext, site: str) -> Heard:
    """Listen to the pages of `context` from now on."""
    heard = Heard([], [])
    context.on("console", lambda message: heard.complaints.append(message.text) if is_complaint(message) else None)
    context.on("weberror", lambda error: heard.complaints.append(str(error.error)))
    context.on(
        "request",
        lambda asked: None if asked.url.startswith((site, "data:")) else heard.strays.append(asked.url),
    )
    return heard


def is_complaint(message: ConsoleMessage) -> bool:
    """Whether the console says that something is wrong. A file loaded ahead that is used only after some seconds
    says that the machine is slow; whether it is used at all, tests/browser/test_platform.py asks. What is said in an
    empty document is not the page's: Chromium has been seen to ask there for the icon of the page before.
    """
    if message.page and message.page.url == "about:blank":
        return False
    return message.type in {"error", "warning"} and "was preloaded using link preload but not used" not in message.text


@contextmanager
def watched(context: BrowserContext, site: str, broken: bool = False) -> Iterator[None]:
    """Pages of `context` ask for nothing elsewhere and, unless they are meant to be `broken`, complain of nothing."""
    heard = hear(context, site)
    yield
    heard.check(broken)
