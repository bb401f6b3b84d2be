"""A browser for tests of `app.browser`: it records what is done to the page, and does nothing by itself.

The real `dom` runs over stand-ins for what Pyodide brings, so that timers, promises, events, the address and whatever
guards them are the real thing. Only what `dom` reads from elements and does to them is in the hands of the test: what
it would read is said with the event, what it does is noted, after a look at whether `dom` would take such arguments.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from itertools import count
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from app.page.grid import Caret, Cell

AFTER_FRAME_MS = 20
"""When what is out of sight begins to follow (`app.browser.regions`, which needs the browser that is faked here)."""

READ: dict[str, Any] = {
    "action": {},
    "anchor": "",
    "brings_files": False,
    "caret": Caret(at_start=False, at_end=False, shift=False, control=False),
    "cell": None,
    "control": ("", ""),
    "dropped": [],
    "chosen": [],
    "field": "",
    "folders": [],
    "has_focus": False,
    "is_combobox": False,
    "key": ("", "", ""),
    "name": "",
    "pasted": "",
    "pin_renamed": "",
    "pointed": ("", 0.0),
    "reader": ("", 0.0),
    "role": None,
    "scrolled": (0.0, 0.0),
    "section": "",
    "sheet": "",
    "takes": "",
    "text": "",
    "with_control": False,
    "within": False,
}
"""What `dom` reads from an event that says nothing of it."""

DONE = (
    *("add_row", "collapse", "computed", "computing", "enter_cell", "expand", "focus", "follow", "hold"),
    *("mark_cell", "mark_drop", "mark_fault", "mark_read", "patch", "print_page", "put_rows", "replace", "save"),
    *("save_png", "say", "scroll_to", "show", "speak", "stopped", "studied", "study_paused", "studying"),
    *("take_back", "tell", "unfold"),
)
"""What `dom` does to elements, which is noted."""


class Promise:
    """What the browser will have one day: the test says when, and what."""

    def then(self, done: Callable[[Any], None], refused: Callable[[Any], None]) -> None:
        self.resolve, self.reject = done, lambda: refused(None)


class Worker:
    """A script in a thread beside the page: the test says what it answers."""

    def __init__(self, address: str) -> None:
        self.address, self.ended = address, False
        self.posted: list[Any] = []
        self.postMessage = self.posted.append
        self.onmessage: Callable[[Any], None] | None = None
        self.onerror: Callable[[Any], None] | None = None

    def say(self, message: dict[str, Any]) -> None:
        """Let it send a message."""
        if self.onmessage:
            self.onmessage(SimpleNamespace(data=SimpleNamespace(to_py=lambda: message)))

    def fail(self) -> None:
        """Let the browser not run it."""
        if self.onerror:
            self.onerror(None)

    def terminate(self) -> None:
        self.ended = True


class Event(SimpleNamespace):
    """An event, with what `dom` reads from it."""

    key, isComposing, prevented = "", False, False  # noqa: N815 - named by the browser

    @property
    def target(self) -> Event:
        return self  # what is read from its element is said with the event

    def preventDefault(self) -> None:  # noqa: N802
        self.prevented = True


class Browser:
    """A page at an address, and everything that was done to it."""

    def __init__(self, patch: pytest.MonkeyPatch, address: str) -> None:
        self.patch = patch
        self.now_ms, self.count = 0, count()
        self.timers: dict[int, tuple[int, Callable[[], None]]] = {}  # when each is due, and what is called
        self.listeners: dict[str, list[Callable[[Any], None]]] = {}
        self.html: dict[str, str] = {}  # what each element was last given
        self.said: dict[str, str] = {}
        self.done: list[tuple[Any, ...]] = []  # what else was done, in order
        self.console: list[str] = []
        self.steps = [address.partition("#")[2] and f"#{address.partition('#')[2]}"]  # of the history
        self.fetched: list[Promise] = []
        self.addresses: list[str] = []  # of what was fetched
        self.copied: list[tuple[str, Promise]] = []
        self.typed: tuple[dict[str, str], list[tuple[str, Cell, str]]] = ({}, [])  # before Python came
        self.focused = ""  # the control that has the keyboard
        self.on_screen: set[str] = set()
        self.reads: list[Promise] = []  # of files
        self.observers: list[Callable[[Any, Any], None]] = []  # of what is on the screen
        self.workers: list[Worker] = []
        self.without_workers = False  # as a browser that refuses them
        self.root = SimpleNamespace(state="loading")
        self.location = SimpleNamespace(hash=self.steps[0], href=address, protocol=address.partition("/")[0])
        self.embedded = False
        self.kept: dict[str, str] = {}  # on the device
        self._stand_in()
        self.dom: Any = importlib.import_module("app.browser.dom")
        for name in DONE:
            patch.setattr(self.dom, name, self._note(name, inspect.signature(getattr(self.dom, name))))
        for name, default in READ.items():
            patch.setattr(self.dom, name, lambda event, *_, name=name, default=default: getattr(event, name, default))
        patch.setattr(self.dom, "typed", lambda _form: self.typed)
        patch.setattr(self.dom, "focused", lambda: self.focused)
        patch.setattr(self.dom, "on_screen", lambda _section: {*self.on_screen})
        patch.setattr(self.dom, "in_sight", lambda: self.location.hash.lstrip("#").partition("?")[0] or "demo")

    def _stand_in(self) -> None:
        target = SimpleNamespace(
            addEventListener=lambda kind, call, _: self.listeners.setdefault(kind, []).append(call)
        )
        target.localStorage = SimpleNamespace(
            getItem=lambda key: self.kept.get(key),
            setItem=lambda key, text: self.kept.update({key: text}),
            removeItem=lambda key: self.kept.pop(key, None),
        )
        target.Worker = SimpleNamespace(new=self._work)
        root = SimpleNamespace(dataset=self.root, hasAttribute=lambda name: name == "data-embed" and self.embedded)
        js = {
            "document": SimpleNamespace(**vars(target), documentElement=root, querySelectorAll=lambda _: []),
            "window": target,
            "location": self.location,
            "history": SimpleNamespace(
                pushState=lambda _, __, fragment: self._go([*self.steps, fragment]),
                replaceState=lambda _, __, fragment: self._go([*self.steps[:-1], fragment]),
            ),
            "console": SimpleNamespace(error=self.console.append),
            "navigator": SimpleNamespace(clipboard=SimpleNamespace(writeText=self._copy)),
            "fetch": self._fetch,
            "URL": SimpleNamespace(createObjectURL=lambda blob: f"blob:{blob}", revokeObjectURL=lambda _: None),
            "setTimeout": self._later,
            "clearTimeout": lambda timer: self.timers.pop(timer, None),
            "IntersectionObserver": SimpleNamespace(new=self.observers.append),
            "Object": SimpleNamespace(fromEntries=None),
            "Blob": None,
        }
        modules = {
            "js": js,
            "pyodide.ffi": {"create_proxy": _proxy, "create_once_callable": _same, "to_js": lambda value, **_: value},
            "pyodide_js": {"unpackArchive": lambda archive, _kind: archive()},
            "pyscript.js_modules.idiomorph": {"Idiomorph": None},
        }
        for name in [name for name in sys.modules if name.startswith("app.browser")]:
            self.patch.delitem(sys.modules, name)
        for name in ("pyodide", "pyscript", "pyscript.js_modules", *modules):
            module = ModuleType(name)
            vars(module).update(modules.get(name, {}))
            self.patch.setitem(sys.modules, name, module)

    def _note(self, name: str, signature: inspect.Signature) -> Callable[..., None]:
        def note(*arguments: Any, **named: Any) -> None:
            given = tuple(signature.bind(*arguments, **named).arguments.values())
            self.done.append((name, *given))
            if name in ("patch", "replace"):
                self.html[given[0]] = given[1]
            elif name == "say":
                self.said[given[0]] = given[1]

        return note

    def _later(self, call: Callable[[], None], milliseconds: int) -> int:
        timer = next(self.count)
        self.timers[timer] = (self.now_ms + milliseconds, call)
        return timer

    def _work(self, address: str) -> Worker:
        if self.without_workers:
            raise RuntimeError("refused")
        self.workers.append(Worker(address))
        return self.workers[-1]

    def _promise(self, kept: list[Promise]) -> Promise:
        kept.append(Promise())
        return kept[-1]

    def _fetch(self, address: str) -> Promise:
        self.addresses.append(address)
        return self._promise(self.fetched)

    def _copy(self, text: str) -> Promise:
        self.copied.append((text, Promise()))
        return self.copied[-1][1]

    def _go(self, steps: list[str]) -> None:
        self.steps, self.location.hash = steps, steps[-1]

    # --- what a test does ---

    @property
    def state(self) -> str:
        """What the page says of itself."""
        return str(self.root.state)

    def fire(self, kind: str, **read: Any) -> Event:
        """Let an event happen, of which `dom` reads this."""
        event = Event(**read)
        for call in self.listeners.get(kind, []):
            call(event)
        return event

    def follow(self, fragment: str) -> None:
        """Go to another fragment, as a link or the history does."""
        self._go([*self.steps, fragment])
        self.fire("hashchange")

    def wait(self, milliseconds: int = AFTER_FRAME_MS) -> None:
        """Let time pass: what is due is called, and what that makes due as well; by default until what is out of sight
        has followed.
        """
        end = self.now_ms + milliseconds
        while self.timers and (due := min(at for at, _ in self.timers.values())) <= end:
            self.now_ms = max(due, self.now_ms)
            self.turn()
        self.now_ms = end

    def turn(self) -> bool:
        """Call what has been due for longest, if anything is."""
        due = sorted((at, timer) for timer, (at, _) in self.timers.items() if at <= self.now_ms)
        for _, timer in due[:1]:
            self.timers.pop(timer)[1]()
        return bool(due)

    def arrive(self, unpack: Callable[[], None] = lambda: None) -> None:
        """Let what was fetched last arrive: the rest of the program, or an annex."""
        answered = Promise()
        self.fetched[-1].resolve(SimpleNamespace(ok=True, arrayBuffer=lambda: answered))
        answered.resolve(unpack)

    def lose(self, how: str) -> None:
        """Let what was fetched last not arrive: it was "not sent", "refused", "cut", or "not whole"."""
        promise = Promise()
        if how == "not sent":
            self.fetched[-1].reject()
            return
        self.fetched[-1].resolve(SimpleNamespace(ok=how != "refused", arrayBuffer=lambda: promise))
        if how == "cut":
            promise.reject()
        elif how == "not whole":
            promise.resolve(None)  # no archive

    def file(self, name: str, content: bytes) -> Any:
        """A file for an event to bring."""
        return self.dom.File(
            SimpleNamespace(name=name, size=len(content), arrayBuffer=lambda: self._promise(self.reads))
        )

    def read(self, content: bytes) -> None:
        """Let what is in the file that was asked for last be there."""
        self.reads[-1].resolve(SimpleNamespace(to_bytes=lambda: content))

    def times(self, *what: Any) -> int:
        """How often something was done that begins so."""
        return sum(each[: len(what)] == what for each in self.done)


def _same(call: Any) -> Any:
    return call


def _proxy(call: Any) -> Any:
    call.destroy = lambda: None
    return call
