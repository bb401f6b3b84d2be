"""Browser entry: events in, patches out. One direction: fragment or event -> raw values -> HTML -> patch."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from . import browser, link, page
from .calculator import Calculator
from .registry import CALCULATORS, load

FRAGMENT_AFTER_MS = 250
"""The address follows when typing pauses. Browsers refuse scripts that rewrite it at every keystroke (Chromium
drops calls beyond 200 in 10 s, WebKit throws beyond 100 in 30 s)."""


class Session:
    """What is on the page now: the calculator, the raw values, and the HTML each region was last given."""

    def __init__(self, calculator: Calculator) -> None:
        self.calculator = calculator
        self.raw: dict[str, str] = calculator.defaults
        self.shown: dict[str, str] = {}
        self.editing = ""  # the field whose present edit already has its own step in the history
        self.pushing = False
        self.address = browser.Later(self.write_address, FRAGMENT_AFTER_MS)
        self.rendering: page.Rendering | None = None
        self.folded = browser.Later(self.show_folded, 0)

    @property
    def form(self) -> str:
        """The id of the calculator's form."""
        return f"{self.calculator.slug}-inputs"

    @property
    def fragment(self) -> str:
        """The link to what is on the page."""
        return link.write(self.calculator.slug, self.raw, self.calculator.defaults)

    def adopt(self) -> None:
        """Take what the build rendered for the defaults as shown; it also warms every cache for the first keystroke."""
        if not self.shown:
            self.shown = page.regions(self.calculator, self.calculator.defaults)

    def show(self) -> None:
        """Render, and patch the regions whose HTML has changed: what is folded away after what is seen."""
        self.rendering = page.render(self.calculator, self.raw)
        self.patch(self.rendering.now)
        self.folded.ask()

    def show_folded(self) -> None:
        """Patch what can wait."""
        if self.rendering:
            self.patch(self.rendering.later())

    def patch(self, regions: dict[str, str]) -> None:
        """Bring the page's regions up to `regions`."""
        for name, html in regions.items():
            if self.shown.get(name) != html:
                put = browser.patch if name.startswith(("field-", "presets-")) else browser.replace
                put(f"{self.calculator.slug}-{name}", html)
                self.shown[name] = html

    def set(self, name: str, text: str) -> None:
        """Take what now stands in one control. The first change of an edit makes a step in the history."""
        if name != self.editing:
            self.address.now()
            self.editing, self.pushing = name, True
        self.raw = self.raw | {name: text}
        self.address.ask()
        self.show()

    def open(self, fragment: str) -> None:
        """Restore what a link says: none means the defaults, an unknown one changes nothing, unknown keys in it are
        ignored.
        """
        slug, raw = link.read(fragment)
        if slug in ("", self.calculator.slug):
            defaults = self.calculator.defaults
            self.raw = defaults | {name: text for name, text in raw.items() if name in defaults}

    def write_address(self) -> None:
        """Let the address follow the inputs."""
        browser.write_fragment(self.fragment, push=self.pushing)
        self.pushing = False


def start() -> None:
    """Take over the prerendered page: the link first, then what was typed while Python was loading."""
    session = Session(load(next(iter(CALCULATORS))))

    def on_input(event: Any) -> None:
        changed = browser.control(event)
        if changed and changed[0] in session.raw:
            session.set(*changed)

    def on_change(_event: Any) -> None:
        session.editing = ""  # the edit is finished: the next one is a new step in the history

    def on_fragment(_event: Any) -> None:
        session.address.cancel()
        session.editing = ""
        session.open(browser.fragment())
        session.show()

    def on_click(event: Any) -> None:
        action, anchor = browser.action(event), browser.anchor(event)
        if action == "reset":
            reset()
        elif action == "copy-link":
            copy_link()
        elif anchor and link.read(anchor)[0] not in CALCULATORS:
            # The fragment is the state: a jump within the page must not replace it.
            event.preventDefault()
            browser.scroll_to(anchor.removeprefix("#"))

    def reset() -> None:
        session.address.now()
        session.raw, session.editing, session.pushing = session.calculator.defaults, "", True
        session.write_address()
        session.show()
        browser.say(session.form, "Back to the defaults.")

    def copy_link() -> None:
        session.address.now()
        browser.copy(
            browser.address(session.fragment),
            lambda: browser.say(session.form, "Link copied."),
            lambda: browser.say(session.form, "This browser keeps the clipboard closed: copy the address bar."),
        )

    session.open(browser.fragment())
    before = browser.typed(session.form)
    session.raw = session.raw | {name: text for name, text in before.items() if name in session.raw}
    adopting = browser.Later(session.adopt, 0)
    if session.raw == session.calculator.defaults:
        adopting.ask()  # the page shows it already: answer first, render when idle
    else:
        session.show()
    if before:
        session.address.ask()
    browser.listen("input", _guarded(on_input))
    browser.listen("change", _guarded(on_change))
    browser.listen("click", _guarded(on_click))
    browser.listen("hashchange", _guarded(on_fragment), on_window=True)
    browser.listen("pagehide", _guarded(lambda _event: session.address.now()), on_window=True)
    browser.ready()


def _guarded(handler: Callable[[Any], None]) -> Callable[[Any], None]:
    def guarded(event: Any) -> None:
        try:
            handler(event)
        except Exception:
            browser.fail(traceback.format_exc())

    return guarded
