"""Thin wrappers over the browser: read controls, patch HTML, history, clipboard, timers. Knows no calculator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from js import Object, clearTimeout, console, document, history, location, navigator, setTimeout, window
from pyodide.ffi import create_once_callable, create_proxy, to_js
from pyscript.js_modules.idiomorph import Idiomorph

_MORPH = to_js({"morphStyle": "innerHTML"}, dict_converter=Object.fromEntries)


def patch(identity: str, html: str) -> None:
    """Make the inside of the element `identity` equal to `html`, touching only what differs: focus, caret and
    scroll positions stay.
    """
    Idiomorph.morph(document.getElementById(identity), html, _MORPH)


def replace(identity: str, html: str) -> None:
    """Put `html` into the element `identity`, where nothing is typed, chosen or scrolled: five times as fast."""
    document.getElementById(identity).innerHTML = html


def listen(kind: str, handler: Callable[[Any], None], on_window: bool = False) -> None:
    """Call `handler` on every event `kind` that reaches the document or the window. Bound once, for the page's life."""
    (window if on_window else document).addEventListener(kind, create_proxy(handler))


def control(event: Any) -> tuple[str, str] | None:
    """The name of the field that the changed control belongs to and the text that now stands for it."""
    element = event.target
    fills = _data(element, "fills")
    name = element.name or fills
    if not name or not element.form or (fills and not element.value):
        return None
    return name, _text(element)


def _text(element: Any) -> str:
    return f"{element.value}{_data(element, 'unit')}"


def _data(element: Any, name: str) -> str:
    return str(element.getAttribute(f"data-{name}") or "")


def typed(form: str) -> dict[str, str]:
    """What the visitor changed in `form` before Python came: every control that no longer stands at the value it
    was built with. Sliders and presets speak for the box they fill, unless the box itself was changed.
    """
    own: dict[str, str] = {}
    companions: dict[str, str] = {}
    for element in document.getElementById(form).elements:
        if element.tagName == "SELECT":
            changed = element.selectedIndex >= 0 and not element.selectedOptions[0].defaultSelected
        elif element.type == "radio":
            changed = element.checked and not element.defaultChecked
        else:
            changed = element.tagName == "INPUT" and element.value != element.defaultValue
        if not changed:
            continue
        if element.name:
            own[element.name] = _text(element)
        elif _data(element, "fills") and element.value:
            companions[_data(element, "fills")] = _text(element)
    return companions | own


def action(event: Any) -> str:
    """What the clicked button does: its `data-action`, or nothing."""
    button = event.target.closest("[data-action]")
    return _data(button, "action") if button else ""


def anchor(event: Any) -> str:
    """The fragment of the clicked link if it points into this page, or nothing."""
    link = event.target.closest("a[href^='#']")
    return str(link.getAttribute("href")) if link else ""


def scroll_to(identity: str) -> None:
    """Bring an element into view and let the keyboard go on from there."""
    element = document.getElementById(identity)
    if element:
        element.setAttribute("tabindex", "-1")
        element.focus()
        element.scrollIntoView()


def say(form: str, text: str) -> None:
    """Show and announce `text` beside the buttons of `form`."""
    document.querySelector(f"#{form} [data-done]").textContent = text


def fragment() -> str:
    """The fragment of the address as it stands there, still percent-encoded."""
    return str(location.hash)


def write_fragment(fragment: str, push: bool) -> None:
    """Put `fragment` into the address: as a new step of the history, or in place of the present one."""
    if push:
        history.pushState(None, "", fragment)
    else:
        history.replaceState(None, "", fragment)


def address(fragment: str) -> str:
    """The whole address of this page with `fragment`."""
    return str(location.href).partition("#")[0] + fragment


def copy(text: str, done: Callable[[], None], refused: Callable[[], None]) -> None:
    """Put `text` on the clipboard, then call `done`; `refused` where the browser does not allow it."""
    clipboard = getattr(navigator, "clipboard", None)  # absent on plain http beyond localhost
    if clipboard is None:
        refused()
        return
    clipboard.writeText(text).then(create_once_callable(lambda _: done()), create_once_callable(lambda _: refused()))


class Later:
    """One pending call: asking again before it is due puts it off, so that a burst of events makes one call."""

    def __init__(self, call: Callable[[], None], milliseconds: int) -> None:
        self._call, self._milliseconds = call, milliseconds
        self._proxy = create_proxy(self._due)
        self._timer: Any = None

    def ask(self) -> None:
        """Call in a while, counted from now."""
        self.cancel()
        self._timer = setTimeout(self._proxy, self._milliseconds)

    def cancel(self) -> None:
        """Forget the pending call, if there is one."""
        if self._timer is not None:
            clearTimeout(self._timer)
            self._timer = None

    def now(self) -> None:
        """Make the pending call at once, if there is one."""
        if self._timer is not None:
            self.cancel()
            self._call()

    def _due(self) -> None:
        self._timer = None
        self._call()


def ready() -> None:
    """Tell the page, and whoever watches it, that Python now answers."""
    document.documentElement.dataset.state = "ready"


def fail(message: str) -> None:
    """Log a fault of ours and show that the page no longer answers."""
    console.error(message)
    document.documentElement.dataset.state = "error"
