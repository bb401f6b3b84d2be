"""Firefox and WebKit beside Chromium, behind one small interface: a test says the same to each.

Chromium and Firefox are driven by Playwright; WebKit, as the MiniBrowser of WebKitGTK on a screen of its own, by
WebDriver. Firefox and WebKit are told that the visitor likes it dark; the light scheme is seen in Chromium.
"""

from __future__ import annotations

import gzip
import os
import re
import shutil
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from playwright.sync_api import Page, Playwright
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import WebKitGTK
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests import reading
from tools import find_browser
from tools.serve import Handler

PATIENCE_S = 60
FIREFOX = {
    "ui.systemUsesDarkTheme": 1,
    "ui.prefersReducedMotion": 1,  # else a click may land beside what is still sliding
    "dom.navigation.navigationRateLimit.count": 0,  # else it follows 200 links in 10 s, and no more
}

# Notes what the console is told: WebKit tells its inspector alone, and Firefox that alone of what a policy refused.
_WATCH = """(() => {
  if (window.complaints) return;
  const complaints = (window.complaints = []);
  for (const level of ["error", "warn"]) {
    const say = console[level];
    console[level] = (...words) => { complaints.push(words.join(" ")); say.apply(console, words); };
  }
  const told = ({ message, target }) => complaints.push(message ?? `not loaded: ${target.outerHTML}`);
  addEventListener("error", told, true);
  addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
  addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) =>
    complaints.push(`refused by ${effectiveDirective}: ${blockedURI}`));
})();"""

_FOCUS = """(selector) => {
  const element = document.querySelector(selector);
  element.focus();
  if (element.select) element.select();
}"""
_TO_COPY = """(text) => {
  const box = document.body.appendChild(document.createElement("textarea"));
  box.id = "to-copy";
  box.value = text;
}"""
_OUTPUTS = """(slug) => [...document.querySelectorAll(`#${slug} output`)]
  .map((output) => [output.getAttribute("name"), output.querySelector("data").value])"""
# Follows links within the page one after the other, each to its outputs.
_FOLLOW = f"""async (fragments) => {{
  const found = [];
  for (const fragment of fragments) {{
    const there = new Promise((done) => addEventListener("hashchange", done, {{ once: true }}));
    location.hash = fragment;
    await there;
    const slug = fragment.slice(1).split("?")[0];
    while (document.querySelector(`#${{slug}}[data-working]`)) await new Promise((done) => setTimeout(done, 10));
    found.push(({_OUTPUTS})(slug));
  }}
  return found;
}}"""


class Engine(ABC):
    """A browser with one page."""

    def __init__(self) -> None:
        self._complaints: list[str] = []

    # --- what each does in its own way ---

    @abstractmethod
    def load(self, address: str) -> None:
        """Ask for a page, until its document is read; Python may still be on its way."""

    @abstractmethod
    def reload(self) -> None:
        """Ask for the same page again."""

    @abstractmethod
    def step(self, by: int) -> None:
        """Go one step back (-1) or forward (1) in the history."""

    @abstractmethod
    def evaluate(self, function: str, *arguments: object) -> Any:
        """What a JavaScript function, called in the page, returns or promises."""

    @abstractmethod
    def click(self, selector: str) -> None:
        """Press the mouse on an element."""

    @abstractmethod
    def write(self, text: str) -> None:
        """Type text where the keyboard is."""

    @abstractmethod
    def press(self, keys: str) -> None:
        """Press one key, or several at once: "Enter", "Control+v"."""

    @abstractmethod
    def close(self) -> None:
        """Leave nothing running."""

    def complaints(self) -> list[str]:
        """What the console was told since this was last asked for: errors and warnings."""
        self._collect()
        found, self._complaints = self._complaints, []
        return found

    def _collect(self) -> None:
        """Take what the page noted, before it is left."""
        self._complaints += self.evaluate("() => window.complaints?.splice(0) ?? []")

    # --- what follows from that ---

    def open(self, address: str) -> None:
        """Open a page, and wait until Python answers."""
        self.load(address)
        self.wait("html[data-state=ready]")

    def until(self, wanted: object, function: str, *arguments: object) -> None:
        """Wait until a JavaScript function returns what is wanted."""
        end = time.monotonic() + PATIENCE_S
        while (found := self.evaluate(function, *arguments)) != wanted:
            assert time.monotonic() < end, f"after {PATIENCE_S} s {function} of {arguments} is still {found!r}"
            time.sleep(0.02)

    def wait(self, selector: str) -> None:
        """Wait until there is such an element."""
        self.until(True, "(selector) => Boolean(document.querySelector(selector))", selector)

    def wait_for_value(self, selector: str, value: str) -> None:
        """Wait until a control holds this."""
        self.until(value, "(selector) => document.querySelector(selector)?.value", selector)

    def wait_for_fragment(self, fragment: str) -> None:
        """Wait until the address has this fragment."""
        self.until(fragment, "() => location.hash")

    def fill(self, selector: str, text: str) -> None:
        """Type text in place of what is in a control."""
        self.evaluate(_FOCUS, selector)
        self.write(text)

    def paste(self, selector: str, text: str) -> None:
        """Copy text elsewhere, and paste it in place of what is in a control."""
        self.evaluate(_TO_COPY, text)
        self.evaluate(_FOCUS, "#to-copy")
        self.press("Control+c")
        self.evaluate("() => document.getElementById('to-copy').remove()")
        self.evaluate(_FOCUS, selector)
        self.press("Control+v")

    def go(self, slug: str) -> None:
        """Go to a calculator, with what was typed there."""
        self.evaluate("(slug) => { location.hash = slug; }", slug)
        self.wait(f"#{slug}:not([hidden])")

    def outputs(self, slug: str) -> dict[str, Any]:
        """Every output of a calculator at full precision; stale ones are left out."""
        return _numbers(self.evaluate(_OUTPUTS, slug))

    def follow(self, *fragments: str) -> list[dict[str, Any]]:
        """Follow links within the page, one after the other, each to its outputs."""
        return [_numbers(found) for found in self.evaluate(_FOLLOW, fragments)]

    def strays(self, site: str) -> list[str]:
        """The addresses that the page has asked for and that are not below `site`."""
        asked = self.evaluate("() => performance.getEntriesByType('resource').map((entry) => entry.name)")
        return [address for address in asked if not address.startswith((site, "data:", "blob:"))]


def _numbers(outputs: list[tuple[str, str]]) -> dict[str, Any]:
    return {name: reading.value_of(value) for name, value in outputs if value}


class ByPlaywright(Engine):
    """Chromium or Firefox."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self._page.add_init_script(_WATCH)

    def load(self, address: str) -> None:
        self._collect()
        self._page.goto(address, wait_until="domcontentloaded")

    def reload(self) -> None:
        self._collect()
        self._page.reload(wait_until="domcontentloaded")

    def step(self, by: int) -> None:
        self._collect()
        self._page.go_back() if by < 0 else self._page.go_forward()

    def evaluate(self, function: str, *arguments: object) -> Any:
        return self._page.evaluate(f"(all) => ({function})(...all)", arguments)

    def click(self, selector: str) -> None:
        self._page.click(selector)

    def write(self, text: str) -> None:
        self._page.keyboard.type(text)

    def press(self, keys: str) -> None:
        self._page.keyboard.press(keys)

    def close(self) -> None:
        self._page.context.close()


class ByWebDriver(Engine):
    """WebKit."""

    def __init__(self, display: str) -> None:
        super().__init__()
        options = Options()
        options.page_load_strategy = "none"  # any other at times waits five minutes for a page that is there
        for argument in ("--automation", "--dark-mode"):
            options.add_argument(argument)
        environment = {
            **os.environ,
            "DISPLAY": display,
            # As in Chromium (conftest.py), WebAssembly is not compiled anew, optimised: that takes three tenths of the
            # processor. In Firefox leaving it out gains nothing.
            "JSC_useOMGJIT": "0",
            "WEBKIT_DISABLE_COMPOSITING_MODE": "1",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # there is none for root, and what is opened is ours
        }
        self._driver = WebKitGTK(options, Service(shutil.which("WebKitWebDriver"), env=environment))
        self._driver.set_script_timeout(PATIENCE_S)

    def load(self, address: str) -> None:
        self._leave(lambda: self._driver.get(address))

    def reload(self) -> None:
        self._leave(self._driver.refresh)

    def _leave(self, ask: Callable[[], None]) -> None:
        self._collect()
        self.evaluate("() => { window.left = true; }")
        ask()
        end = time.monotonic() + PATIENCE_S
        while not self._arrived():
            assert time.monotonic() < end, "the page does not come"
            time.sleep(0.02)
        self._driver.execute_script(_WATCH)

    def _arrived(self) -> bool:
        try:
            return bool(self.evaluate("() => !window.left && document.readyState !== 'loading'"))
        except WebDriverException:  # the page that was asked has just been left
            return False

    def step(self, by: int) -> None:
        self._collect()
        self._driver.back() if by < 0 else self._driver.forward()

    def evaluate(self, function: str, *arguments: object) -> Any:
        return self._driver.execute_script(f"return ({function})(...arguments)", *arguments)

    def click(self, selector: str) -> None:
        self._driver.find_element(By.CSS_SELECTOR, selector).click()

    def write(self, text: str) -> None:
        self._driver.switch_to.active_element.send_keys(text)

    def press(self, keys: str) -> None:
        *held, key = keys.split("+")
        names = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in (*held, key) if len(name) > 1]
        self.write("".join(getattr(Keys, name) for name in names) + (key if len(key) == 1 else ""))

    def close(self) -> None:
        self._driver.quit()


class Watched(Handler):
    """Puts what notes complaints into every page that is opened, ahead of all that is the page's own. Whoever else asks
    for the page gets it as it is.
    """

    def do_GET(self) -> None:  # noqa: N802 - named by http.server
        if self.path.endswith("/watch.js"):
            self._answer(HTTPStatus.OK, _WATCH.encode(), {"Content-Type": "text/javascript"})
        else:
            super().do_GET()

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        if body and self.headers.get("Sec-Fetch-Mode") == "navigate":
            page = gzip.decompress(body).replace(b"<meta ", b'<script src="./watch.js"></script><meta ', 1)
            body = gzip.compress(page, 1)
        super()._answer(status, body, headers)


@contextmanager
def starter(name: str, playwright: Playwright, preferences: dict[str, Any] = FIREFOX) -> Iterator[Callable[[], Engine]]:
    """What starts a page in which nothing is kept from another, as often as it is called. The `preferences` are of
    Firefox alone.
    """
    if name == "WebKit":
        with _screen() as display:
            yield lambda: ByWebDriver(display)
    else:
        firefox = {"executable_path": shutil.which("firefox-esr"), "firefox_user_prefs": preferences}
        browser = (
            playwright.firefox.launch(channel="moz-firefox", **firefox)
            if name == "Firefox"
            else playwright.chromium.launch(executable_path=find_browser.find(), args=find_browser.STEADY)
        )
        with browser:
            yield lambda: ByPlaywright(browser.new_context().new_page())


@contextmanager
def _screen() -> Iterator[str]:
    """A display that nobody sees."""
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as screen:
        try:
            yield f":{screen.stdout.readline().strip()}"
        finally:
            screen.terminate()
