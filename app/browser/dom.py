"""Thin wrappers over the browser: read controls and files, patch HTML, history, clipboard, timers. Knows no
calculator.

What the browser is given to call is guarded: whoever hands it over names who is told of a fault in it (`failed`).
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from js import (
    URL,
    Blob,
    IntersectionObserver,
    Object,
    clearTimeout,
    console,
    document,
    fetch,
    history,
    location,
    navigator,
    setTimeout,
    window,
)
from pyodide.ffi import create_once_callable, create_proxy, to_js
from pyodide_js import unpackArchive
from pyscript.js_modules.idiomorph import Idiomorph

from app.page.chart import LEFT, PLOT_WIDTH, RIGHT
from app.page.grid import Caret, Cell
from app.page.rendering import STALE

if TYPE_CHECKING:
    from app.page.picture import Picture

_MORPH = to_js({"morphStyle": "innerHTML"}, dict_converter=Object.fromEntries)
_STILL = to_js({"preventScroll": True}, dict_converter=Object.fromEntries)
_NEAREST = to_js({"block": "nearest"}, dict_converter=Object.fromEntries)

Failed: TypeAlias = Callable[[Exception], None]
"""Who is told of a fault of ours in what the browser called."""


# --- what the browser calls ---


def _guarded(call: Callable[..., None], failed: Failed) -> Callable[..., None]:
    """`call`, a fault in which is told to `failed`; where that fails too, the page no longer answers."""

    def guarded(*arguments: Any) -> None:
        try:
            call(*arguments)
        except Exception as fault:
            try:
                failed(fault)
            except Exception as worse:
                fail(worse)

    return guarded


def _callback(call: Callable[..., None], failed: Failed) -> Any:
    """`call` for the browser to call as often as it likes."""
    return create_proxy(_guarded(call, failed))


def _then(promise: Any, done: Callable[[Any], None], refused: Callable[[], None], failed: Failed) -> None:
    """Call `done` with what `promise` brings, or `refused` where it brings nothing."""
    promise.then(
        create_once_callable(_guarded(done, failed)), create_once_callable(_guarded(lambda _: refused(), failed))
    )


# --- the page ---


def patch(identity: str, html: str) -> None:
    """Make the inside of the element `identity` equal to `html`, touching only what differs: focus, caret and
    scroll positions stay.
    """
    Idiomorph.morph(document.getElementById(identity), html, _MORPH)


def replace(identity: str, html: str) -> None:
    """Put `html` into the element `identity`, where nothing is typed, chosen or scrolled: five times as fast."""
    document.getElementById(identity).innerHTML = html


_ON_WINDOW = frozenset({"hashchange", "pagehide"})  # the document does not hear of these
_ON_THE_WAY_DOWN = frozenset({"scroll"})  # nor of these on the way up


def listen(kind: str, handler: Callable[[Any], None], failed: Failed) -> None:
    """Call `handler` on every event `kind` in the page. Bound once, for the page's life."""
    target = window if kind in _ON_WINDOW else document
    target.addEventListener(kind, _callback(handler, failed), kind in _ON_THE_WAY_DOWN)


def watch(section: str, seen: set[str], failed: Failed) -> None:
    """Keep in `seen` the `data-part` of every element of `section` that is on the screen. The browser tells of changes
    only, and measures without making the page lay itself out.
    """

    def note(entries: Any, _observer: Any) -> None:
        for entry in entries:
            (seen.add if entry.isIntersecting else seen.discard)(_data(entry.target, "part"))

    observer = IntersectionObserver.new(_callback(note, failed))
    for element in _parts(section):
        observer.observe(element)


def on_screen(section: str) -> set[str]:
    """The `data-part` of every element of `section` that is on the screen now."""
    boxes = {_data(each, "part"): each.getBoundingClientRect() for each in _parts(section)}
    height = window.innerHeight
    return {part for part, box in boxes.items() if box.height and box.top < height and box.bottom > 0}


def _parts(section: str) -> Any:
    return document.querySelectorAll(f"#{section} [data-part]")


def unfold(identity: str) -> None:
    """Open the `<details>` called `identity`."""
    document.getElementById(identity).open = True


def reader(event: Any) -> tuple[str, float]:
    """The table whose plots a slider reads, and its place from 0 to 1; "" for any other control."""
    element = event.target
    slug = _data(element, "reads")
    return (slug, float(element.value) / float(element.max)) if slug else ("", 0.0)


def pointed(event: Any) -> tuple[str, float]:
    """The table over whose plot the pointer is, where that can be read, and the place along its axis, to which its
    slider follows; "" for any other place.
    """
    target = event.target
    plot = target.closest("[data-read-by] .plot svg") if hasattr(target, "closest") else None
    if not plot:
        return "", 0.0
    identity = _data(plot.closest("[data-read-by]"), "read-by")
    box, slider = plot.getBoundingClientRect(), document.getElementById(identity)
    across = (event.clientX - box.left) / box.width * PLOT_WIDTH
    place = min(max((across - LEFT) / (RIGHT - LEFT), 0.0), 1.0)
    slider.value = str(round(place * float(slider.max)))
    return _data(slider, "reads"), float(slider.value) / float(slider.max)


def mark_read(section: str, name: str, place: float) -> None:
    """Draw where the plots of a table are read, at a place along their axis."""
    _part(section, name).style.setProperty("--read-at", str(place))


def control(event: Any) -> tuple[str, str]:
    """The name of the field that the changed control belongs to and the text that now stands for it; "" for a control
    of none.
    """
    element = event.target
    fills = _data(element, "fills")
    name = element.name or fills
    if not name or not element.form or (fills and not element.value):
        return "", ""
    return name, _text(element)


def _text(element: Any) -> str:
    return f"{element.value}{_data(element, 'unit')}"


def _data(element: Any, name: str) -> str:
    return str(element.getAttribute(f"data-{name}") or "")


def typed(form: str) -> tuple[dict[str, str], list[tuple[str, Cell, str]]]:
    """What the visitor changed in `form` before Python came: the text of every control that no longer stands at the
    value it was built with, and every such cell of a table with its name and place. A slider speaks for the box it
    fills, unless the box itself was changed.
    """
    own: dict[str, str] = {}
    companions: dict[str, str] = {}
    cells = []
    for element in document.getElementById(form).elements:
        if element.tagName == "SELECT":
            changed = element.selectedIndex >= 0 and not element.selectedOptions[0].defaultSelected
        elif element.type == "radio":
            changed = element.checked and not element.defaultChecked
        else:
            changed = element.tagName in ("INPUT", "TEXTAREA") and element.value != element.defaultValue
        if not changed:
            continue
        if _data(element, "cell"):
            cells.append((_data(element, "sheet"), _place(element), str(element.value)))
        elif element.name:
            own[element.name] = _text(element)
        elif _data(element, "fills") and element.value:
            companions[_data(element, "fills")] = _text(element)
    return companions | own, cells


# --- tables ---


def _place(element: Any) -> Cell:
    row, column = _data(element, "cell").split(",")
    return Cell(int(row), int(column))


def cell(event: Any) -> tuple[str, Cell] | None:
    """The table, by name, and the cell of it in which an event happened; None for any other place."""
    element = event.target
    if not getattr(element, "getAttribute", None) or not _data(element, "cell"):
        return None
    return _data(element, "sheet"), _place(element)


def role(event: Any) -> tuple[str, int, str] | None:
    """The table, by name, and the column of it, for which it was chosen what it is taken for, and that; None for any
    other control.
    """
    element = event.target
    if not getattr(element, "getAttribute", None) or not _data(element, "role"):
        return None
    name, column = _data(element, "role").split(",")
    return name, int(column), str(element.value)


def text(event: Any) -> str:
    """What stands in the control in which an event happened."""
    return str(event.target.value)


def caret(event: Any) -> Caret:
    """Where the caret stands in the cell in which a key was pressed, and what was held."""
    box = event.target
    start, end = box.selectionStart, box.selectionEnd
    control = bool(event.ctrlKey or event.metaKey)
    return Caret(start == end == 0, start == end == len(box.value), bool(event.shiftKey), control)


def with_control(event: Any) -> bool:
    """Whether a key was pressed as a shortcut."""
    return bool(event.ctrlKey or event.metaKey)


def put_rows(identity: str, html: str, first: int, count: int) -> None:
    """Put rows into the body `identity` of a table that has `count`, of which they are those from `first` on: its
    margins stand for the others, so that it scrolls as if all were there. The cell with the keyboard keeps it.
    """
    body = document.getElementById(identity)
    box = document.activeElement
    kept = box.id if box and body.contains(box) else ""
    at = (box.selectionStart, box.selectionEnd) if kept else (0, 0)
    body.innerHTML = html
    height, shown = _row_height(body), body.rows.length
    style = body.parentElement.style
    style.marginTop, style.marginBottom = f"{first * height}px", f"{max(0, count - first - shown) * height}px"
    box = document.getElementById(kept) if kept else None
    if box:
        box.focus(_STILL)
        box.setSelectionRange(*at)


def _row_height(body: Any) -> float:
    return float(body.rows[0].offsetHeight) if body.rows.length else 0.0


def add_row(identity: str, remover: str, html: str) -> None:
    """Put a row behind the one of the cell `identity`, which can be removed from now on."""
    row = document.getElementById(identity).closest("tr")
    row.lastElementChild.innerHTML = remover
    row.insertAdjacentHTML("afterend", html)


def mark_cell(identity: str, message: str) -> None:
    """Mark the cell `identity` as wrong, with why; or as right if there is no message."""
    box = document.getElementById(identity)
    if not box:  # null has a type of its own here
        return
    why = document.getElementById(f"{identity}-why")
    if message:
        if not why:
            why = document.createElement("span")
            why.id, why.className = f"{identity}-why", "hidden"
            box.after(why)
        why.textContent = message
        box.setAttribute("aria-invalid", "true")
        box.setAttribute("aria-describedby", why.id)
    else:
        box.removeAttribute("aria-invalid")
        box.removeAttribute("aria-describedby")
        if why:
            why.remove()


def enter_cell(identity: str) -> None:
    """Put the keyboard into the cell `identity`, all of it selected, and bring it into view."""
    box = document.getElementById(identity)
    if box:
        box.focus()
        box.select()
        box.scrollIntoView(_NEAREST)


def sheet(event: Any) -> str:
    """The name of the table whose box is scrolled, or nothing."""
    element = event.target
    return _data(element, "sheet") if getattr(element, "getAttribute", None) and _data(element, "cell") == "" else ""


def scrolled(event: Any) -> tuple[float, float]:
    """How far a table's box is scrolled down, and the height of a row in it, in pixels."""
    return float(event.target.scrollTop), _row_height(event.target.querySelector("tbody"))


# --- long computations ---


def computing(identity: str, done: float, doing: str) -> None:
    """Say that the figures of a calculator are being computed."""
    _working(identity, True)
    _tell(f"{identity}-working", done, f"Computing: {doing}, {done:.0%}")


def stopped(identity: str) -> None:
    """Say that the figures of a calculator are not being computed any more."""
    _stop(f"{identity}-working", "Stopped: the figures are not computed.")


def computed(identity: str) -> None:
    """Say no more that the figures of a calculator are being computed."""
    box = document.getElementById(f"{identity}-working")
    box.hidden = True
    box.removeAttribute("data-stopped")
    _working(identity, False)


def _working(identity: str, on: bool) -> None:
    document.getElementById(identity).toggleAttribute("data-working", on)


def studying(identity: str, done: float, doing: str) -> None:
    """Say how far the study of files is."""
    _tell(f"{identity}-study-working", done, f"{doing}, {done:.0%}")


def study_paused(identity: str) -> None:
    """Say that the study of files waits."""
    _stop(f"{identity}-study-working", "Paused.")


def studied(identity: str) -> None:
    """Say no more how far the study of files is."""
    document.getElementById(f"{identity}-study-working").hidden = True


def _tell(identity: str, done: float, words: str) -> None:
    """Say how far something is, and in words."""
    box = document.getElementById(identity)
    box.hidden = False
    box.removeAttribute("data-stopped")
    box.querySelector("progress").value = done
    box.querySelector("span").textContent = words


def _stop(identity: str, words: str) -> None:
    """Say in words that something does not go on."""
    box = document.getElementById(identity)
    box.setAttribute("data-stopped", "")
    box.querySelector("span").textContent = words


def action(event: Any) -> dict[str, str]:
    """The `data-` attributes of the clicked thing that has a `data-action`, by name; none of any other."""
    button = event.target.closest("[data-action]")
    return dict(Object.assign(Object.new(), button.dataset).to_py()) if button else {}


def section(event: Any) -> str:
    """The slug of the calculator in which an event happened, or nothing."""
    element = event.target
    found = element.closest("section.calculator") if getattr(element, "closest", None) else None
    return str(found.id) if found else ""


def follow(fragment: str) -> None:
    """Go to `fragment`, as a link would."""
    location.hash = fragment


def anchor(event: Any) -> str:
    """The fragment of the clicked link if it points into this page, or nothing."""
    link = event.target.closest("a[href^='#']")
    return str(link.getAttribute("href")) if link else ""


def scroll_to(identity: str) -> None:
    """Bring an element into view and let the keyboard go on from there."""
    element = document.getElementById(identity)
    if element:
        fold = element.closest("details")
        if fold:
            fold.open = True
        element.setAttribute("tabindex", "-1")
        element.focus()
        element.scrollIntoView()


def say(identity: str, text: str, bad: bool = False) -> None:
    """Show and announce `text` in the element `identity`, as a complaint if it is `bad`."""
    element = document.getElementById(identity)
    element.textContent = text
    element.classList.toggle("message", bad)


def focused() -> str:
    """The name of the control that has the keyboard, or nothing."""
    return str(getattr(document.activeElement, "name", "") or "")


def speak(section: str) -> None:
    """Let a screen reader say the claim of a calculator."""
    claim = document.querySelector(f"#{section} .claim")
    say(f"{section}-spoken", claim.textContent if claim else "")


def has_focus(identity: str) -> bool:
    """Whether the keyboard is in the element `identity`."""
    return bool(document.getElementById(identity).contains(document.activeElement))


def focus(identity: str) -> None:
    """Put the keyboard into the control `identity`."""
    document.getElementById(identity).focus()


def key(event: Any) -> tuple[str, str, str]:
    """The name of the combobox in which a key was pressed, what stands in it, and the key; "" for any other place,
    and while a character is being put together or a shortcut is meant.
    """
    box = event.target
    if not is_combobox(box) or event.isComposing or event.ctrlKey or event.metaKey:
        return "", "", ""
    return box.name, box.value, event.key


def is_combobox(element: Any) -> bool:
    """Whether `element` is a box with a list."""
    return bool(element and element.getAttribute and element.getAttribute("role") == "combobox")


def within(event: Any, selector: str) -> bool:
    """Whether an event happened in an element that `selector` picks."""
    return bool(event.target.closest(selector))


def expand(identity: str, active: str) -> None:
    """Say of the combobox `identity` that its list is open, and bring the option `active`, if any, into view."""
    box = document.getElementById(identity)
    box.setAttribute("aria-expanded", "true")
    if active:
        box.setAttribute("aria-activedescendant", active)
        document.getElementById(active).scrollIntoView(_NEAREST)
    else:
        box.removeAttribute("aria-activedescendant")


def collapse(identity: str) -> None:
    """Say of the combobox `identity` that its list is closed."""
    box = document.getElementById(identity)
    box.setAttribute("aria-expanded", "false")
    box.removeAttribute("aria-activedescendant")


def name(event: Any) -> str:
    """The name of the control in which an event happened, or nothing."""
    return str(getattr(event.target, "name", "") or "")


def field(event: Any) -> str:
    """The name of the field in whose part of the form an event happened, or nothing."""
    found = event.target.closest(".field")
    return _data(found, "name") if found else ""


def pasted(event: Any) -> str:
    """The text that is pasted."""
    return str(event.clipboardData.getData("text/plain"))


def takes(event: Any) -> str:
    """The name of the field for which the changed control takes a file, or nothing."""
    return _data(event.target, "takes")


class File:
    """A file that the visitor handed over, with its name and size; nothing of it has been read."""

    def __init__(self, file: Any, path: str = "") -> None:
        self.whole = file  # as the browser has it
        self.name, self.size = str(file.name), int(file.size)
        self.path = path or self.name  # with the folders that were chosen or dropped

    def read(self, done: Callable[[bytes], None], refused: Callable[[], None], failed: Failed) -> None:
        """Call `done` with what is in it, or `refused` where it cannot be read."""
        _content(self.whole, done, refused, failed)

    def slice(
        self, offset: int, length: int, done: Callable[[bytes], None], refused: Callable[[], None], failed: Failed
    ) -> None:
        """The same of some of its bytes."""
        _content(self.whole.slice(offset, offset + length), done, refused, failed)


def _content(blob: Any, done: Callable[[bytes], None], refused: Callable[[], None], failed: Failed) -> None:
    _then(blob.arrayBuffer(), lambda buffer: done(buffer.to_bytes()), refused, failed)


def chosen(event: Any) -> list[File]:
    """The files that were chosen, which leave the control so that the same ones can be chosen again."""
    files = [File(file, str(getattr(file, "webkitRelativePath", ""))) for file in event.target.files]
    event.target.value = ""
    return files


def brings_files(event: Any) -> bool:
    """Whether what is dragged over the page is files."""
    return bool(event.dataTransfer) and "Files" in list(event.dataTransfer.types)


def dropped(event: Any) -> list[File]:
    """The files that were dropped."""
    return [File(file) for file in event.dataTransfer.files]


def folders(event: Any) -> list[Any]:
    """What was dropped, if there are folders among it; nothing where there are none. It is known no longer than the
    event lasts.
    """
    entries = [item.webkitGetAsEntry() for item in event.dataTransfer.items if hasattr(item, "webkitGetAsEntry")]
    return entries if any(entry and entry.isDirectory for entry in entries) else []


def walk(entries: list[Any], most: int, done: Callable[[list[File]], None], failed: Failed) -> None:
    """Call `done` with the files in these folders, without those that are hidden or cannot be read; no more than `most`
    are looked at.
    """
    found: list[File] = []
    waiting = [entry for entry in entries if entry]
    seen = 0

    def following() -> None:
        nonlocal seen
        while waiting and seen < most:
            entry = waiting.pop(0)
            if str(entry.name).startswith("."):
                continue
            seen += 1
            if entry.isDirectory:
                listed(entry.createReader())
            else:
                _of_entry(entry.file, partial(take, str(entry.fullPath).lstrip("/")), following, failed)
            return
        done(found)

    def take(path: str, file: Any) -> None:
        found.append(File(file, path))
        following()

    def listed(reader: Any) -> None:
        def some(batch: Any) -> None:
            inside = list(batch)
            waiting.extend(inside)
            if inside and len(waiting) < most:  # a browser lists a hundred at a time
                listed(reader)
            else:
                following()

        _of_entry(reader.readEntries, some, following, failed)

    following()


def _of_entry(call: Any, done: Callable[[Any], None], refused: Callable[[], None], failed: Failed) -> None:
    """Ask an entry for something: these tell by two calls, of which one is made."""
    call(create_once_callable(_guarded(done, failed)), create_once_callable(_guarded(lambda _: refused(), failed)))


def mark_drop(identity: str, on: bool) -> None:
    """Show that a file can be dropped on the element `identity`, or no longer."""
    document.getElementById(identity).toggleAttribute("data-drop", on)


def save(filename: str, text: str) -> None:
    """Hand `text` to the visitor as a file."""
    kinds = {"json": "application/json", "csv": "text/csv", "md": "text/markdown", "svg": "image/svg+xml"}
    kind = f"{kinds.get(filename.rpartition('.')[2], 'text/plain')};charset=utf-8"
    _hand_out(filename, Blob.new(to_js([text]), to_js({"type": kind}, dict_converter=Object.fromEntries)))


def _hand_out(filename: str, blob: Any) -> None:
    address = URL.createObjectURL(blob)
    anchor = document.createElement("a")
    anchor.href, anchor.download = address, filename
    anchor.click()
    # The browser has hold of the file once the click is dealt with.
    setTimeout(create_once_callable(_guarded(lambda: URL.revokeObjectURL(address), log)), 1000)


_LOOKS = {
    "fill": "rgb(0, 0, 0)",
    "fill-opacity": "1",
    "stroke": "none",
    "stroke-opacity": "1",
    "stroke-width": "1px",
    "stroke-linecap": "butt",
    "stroke-linejoin": "miter",
    "stroke-dasharray": "none",
    "vector-effect": "none",
    "font-size": "16px",
    "font-weight": "400",
    "opacity": "1",
}
"""What the style sheet says of a picture's elements, and what holds where nothing is said."""

_DRAWN = "*:not(title)"


def picture(section: str, name: str) -> Picture | None:
    """The picture called `name` as it looks now, its colours and lines written out; None if it is not there."""
    from app.page.picture import Key, Picture

    box = document.querySelector(f"#{section} [data-picture='{name}']")
    drawing = box.querySelector("svg") if box else None
    if not drawing:
        return None
    copy = drawing.cloneNode(True)
    for element, copied in zip(drawing.querySelectorAll(_DRAWN), copy.querySelectorAll(_DRAWN), strict=True):
        look = window.getComputedStyle(element)
        for each, usual in _LOOKS.items():
            value = look.getPropertyValue(each)
            if value and value != usual:
                copied.setAttribute(each, value)
        copied.removeAttribute("class")
    keys = [
        Key(str(key.className), _colour(key), str(key.parentElement.textContent))
        for key in box.querySelectorAll(".legend .key")
    ]
    caption = box.querySelector("figcaption, svg > title")
    part = box.closest("[data-part]")
    page = window.getComputedStyle(document.documentElement)
    return Picture(
        str(caption.textContent),
        _data(part, "part") if part else "",
        "".join(window.XMLSerializer.new().serializeToString(each) for each in copy.children),
        float(drawing.viewBox.baseVal.width),
        float(drawing.viewBox.baseVal.height),
        bool(drawing.getAttribute("preserveAspectRatio") == "none"),
        tuple(keys),
        str(page.backgroundColor),
        str(page.color),
    )


def _colour(key: Any) -> str:
    """The colour of a key of a legend: of what it is filled with, or of its line."""
    look = window.getComputedStyle(key)
    transparent = look.backgroundColor in ("transparent", "rgba(0, 0, 0, 0)")
    return str(look.borderTopColor if transparent else look.backgroundColor)


def save_png(
    filename: str,
    svg: str,
    size: tuple[int, int],
    saved: Callable[[], None],
    refused: Callable[[], None],
    failed: Failed,
) -> None:
    """Hand a picture to the visitor in twice as many pixels each way as its width and height, and tell that it is
    `saved`; `refused` where the browser cannot paint it.
    """
    image = window.Image.new()
    image.src = f"data:image/svg+xml;charset=utf-8,{window.encodeURIComponent(svg)}"

    def painted(blob: Any) -> None:
        if blob:
            _hand_out(filename, blob)
            saved()
        else:
            refused()

    def here(_: Any) -> None:
        canvas = document.createElement("canvas")
        canvas.width, canvas.height = (2 * each for each in size)
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height)
        _as_png(canvas, painted, failed)

    _then(image.decode(), here, refused, failed)


def _as_png(canvas: Any, done: Callable[[Any], None], failed: Failed) -> None:
    canvas.toBlob(create_once_callable(_guarded(done, failed)), "image/png")


def kept() -> str:
    """What this device keeps for the page; nothing where the browser keeps nothing."""
    try:
        return str(window.localStorage.getItem(_KEPT) or "")
    except Exception:  # storage may be blocked: asking is an error then
        return ""


def keep(text: str) -> None:
    """Let this device keep `text` for the page, in place of what it kept; nothing if it is empty."""
    try:
        if text:
            window.localStorage.setItem(_KEPT, text)
        else:
            window.localStorage.removeItem(_KEPT)
    except Exception as fault:  # blocked, or full: it stays in the link
        console.info(str(fault))


_KEPT = "pins"


def is_embedded() -> bool:
    """Whether only the answer is seen, in a frame of another page."""
    return bool(document.documentElement.hasAttribute("data-embed"))


def pin_renamed(event: Any) -> str:
    """The place of the pinned scenario whose name was changed, or nothing."""
    return _data(event.target, "pin") if event.target.tagName == "INPUT" else ""


def show(identity: str, on: bool) -> None:
    """Show the element `identity`, or hide it."""
    document.getElementById(identity).hidden = not on


def print_page() -> None:
    """Open the browser's own dialogue for paper and PDF."""
    window.print()


class Fragment:
    """The fragment of the address, which links and the history change too, and tell of it only afterwards."""

    def __init__(self) -> None:
        self._seen = str(location.hash)

    def read(self) -> str:
        """What stands there, still percent-encoded."""
        self._seen = str(location.hash)
        return self._seen

    def write(self, fragment: str, push: bool) -> None:
        """Put `fragment` there: as a new step of the history, or in place of the present one. Where the way leads
        elsewhere already, it is left as it is.
        """
        if str(location.hash) != self._seen:
            return
        if push:
            history.pushState(None, "", fragment)
        else:
            history.replaceState(None, "", fragment)
        self.read()


fragment = Fragment()


def address(fragment: str) -> str:
    """The address of this page with `fragment`; of a page that is a file, whose place means nothing elsewhere, the
    fragment alone.
    """
    return fragment if location.protocol == "file:" else str(location.href).partition("#")[0] + fragment


def copy(text: str, done: Callable[[], None], refused: Callable[[], None], failed: Failed) -> None:
    """Put `text` on the clipboard, then call `done`; `refused` where the browser does not allow it."""
    clipboard = getattr(navigator, "clipboard", None)  # absent on plain http beyond localhost
    if clipboard is None:
        refused()
        return
    _then(clipboard.writeText(text), lambda _: done(), refused, failed)


class Timer:
    """One pending call: starting anew before it is due puts it off, so that a burst of events makes one call."""

    def __init__(self, call: Callable[[], None], milliseconds: int, failed: Failed) -> None:
        self._call, self._milliseconds = _guarded(call, failed), milliseconds
        self._proxy = _callback(self._due, failed)
        self._timer: Any = None

    def start(self, milliseconds: int | None = None) -> None:
        """Call in a while, counted from now; in another than its own, if one is given."""
        self.cancel()
        self._timer = setTimeout(self._proxy, self._milliseconds if milliseconds is None else milliseconds)

    def cancel(self) -> None:
        """Forget the pending call, if there is one."""
        if self._timer is not None:
            clearTimeout(self._timer)
            self._timer = None

    @property
    def pending(self) -> bool:
        """Whether a call is."""
        return self._timer is not None

    def flush(self) -> None:
        """Make the pending call at once, if there is one."""
        if self.pending:
            self.cancel()
            self._call()

    def _due(self) -> None:
        self._timer = None
        self._call()


def unpack(address: str, done: Callable[[], None], lost: Callable[[], None], failed: Failed) -> None:
    """Fetch the zip at `address` and put its files beside those of the page, then call `done`; `lost` where it does
    not arrive whole.
    """

    def arrived(otherwise: Callable[[], None], buffer: Any) -> None:
        try:
            unpackArchive(buffer, "zip")
        except Exception:  # Pyodide unpacks with Python's own modules, each with errors of its own
            otherwise()
            return
        sys.path_importer_cache.clear()  # folders that have been looked into have more files now
        done()

    def answered(otherwise: Callable[[], None], response: Any) -> None:
        if response and response.ok:
            _then(response.arrayBuffer(), partial(arrived, otherwise), otherwise, failed)
        else:
            otherwise()

    def look() -> None:
        caches = _caches()
        if caches:
            _then(caches.match(address), partial(answered, lost), lost, failed)
        else:
            lost()

    _then(fetch(address), partial(answered, look), look, failed)


def _caches() -> Any:
    """What the service worker keeps, which does not answer for a page that was there before it; None where nothing may
    be kept.
    """
    try:
        return getattr(window, "caches", None)
    except Exception:
        return None


class Worker:
    """The script at `address` in a thread beside the page, which is sent messages of numbers and arrays and sends some
    back, which are `heard`; `lost` where the browser does not let it run.
    """

    def __init__(
        self, address: str, heard: Callable[[Mapping[str, Any]], None], lost: Callable[[], None], failed: Failed
    ) -> None:
        self._lost, self._failed = lost, failed
        self._heard = _callback(lambda event: heard(event.data.to_py()), failed)
        self._onerror = _callback(lambda _: lost(), failed)
        self._worker: Any = None
        self._unsent: list[Any] = []
        self._ended = False
        if location.protocol == "file:":  # of a file on the disk no worker is made, but of what stands in it
            gone = self._refused
            _then(fetch(address), lambda found: _then(found.blob(), self._carried, gone, failed), gone, failed)
        else:
            self._start(address)

    def _carried(self, script: Any) -> None:
        address = URL.createObjectURL(script)
        self._start(address)
        URL.revokeObjectURL(address)

    def _start(self, address: str) -> None:
        if self._ended:
            return
        try:
            self._worker = window.Worker.new(address)
        except Exception:  # refused, or a browser that knows of none
            setTimeout(create_once_callable(_guarded(self._refused, self._failed)), 0)
            return
        self._worker.onmessage, self._worker.onerror = self._heard, self._onerror
        for message in self._unsent:
            self._worker.postMessage(message)
        self._unsent.clear()

    def _refused(self) -> None:
        if not self._ended:
            self._lost()

    def post(self, message: Mapping[str, Any]) -> None:
        """Send it a message, now or when it is there."""
        sent = to_js(message, dict_converter=Object.fromEntries)
        if self._worker is None:
            self._unsent.append(sent)
        else:
            self._worker.postMessage(sent)

    def terminate(self) -> None:
        """End it, whatever it is doing; nothing is heard of it any more."""
        self._ended = True
        if self._worker is not None:
            self._worker.onmessage = self._worker.onerror = None
            self._worker.terminate()
        self._heard.destroy()
        self._onerror.destroy()


def tell(text: str) -> None:
    """Show and announce `text` at the foot of the page; nothing takes it away."""
    status = document.getElementById("status")
    if status.textContent != text:
        status.replaceChildren(*([_paragraph(text)] if text else []))


def _paragraph(text: str) -> Any:
    paragraph = document.createElement("p")
    paragraph.textContent = text
    return paragraph


def waiting() -> None:
    """Tell the page that Python is here, and that the answer is to come."""
    document.documentElement.dataset.waiting = ""


def ready() -> None:
    """Tell the page, and whoever watches it, that Python answers and what is seen is of the present inputs."""
    if document.documentElement.dataset.state != "ready":
        document.documentElement.dataset.state = "ready"


def log(fault: Exception) -> None:
    """Tell the console of a fault of ours, and where it came from."""
    console.error("".join(traceback.format_exception(fault)))


def fail(fault: Exception) -> None:
    """Log a fault of ours, and show that the page no longer answers."""
    log(fault)
    document.documentElement.dataset.state = "error"


def _part(section: str, name: str) -> Any:
    return document.querySelector(f"#{section} [data-part='{name}']" if name else f"#{section}")


_OF_INPUTS = ":not(.study *)"
"""What is found in files holds whatever stands in the form."""


def take_back(section: str, part: str = "") -> None:
    """Take back what a calculator shows, or one `part` of it: its figures are not known, its pictures and files cannot
    be had.
    """
    root = _part(section, part)
    for figure in root.querySelectorAll(f"data{_OF_INPUTS}"):
        figure.value, figure.textContent = "", STALE
    for output in root.querySelectorAll(f"output{_OF_INPUTS}"):
        output.toggleAttribute("data-stale", True)
    for told in root.querySelectorAll(
        f":is(.how, .plots > *, [id$='-bar'] > *, .card .detail:not(:has(output))){_OF_INPUTS}"
    ):
        told.remove()
    for file in root.querySelectorAll(f"[data-action=download]{_OF_INPUTS}"):
        file.disabled = True


def hold(section: str, on: bool) -> None:
    """Mark what a calculator shows as the answer to what stood there before, which it still is, or no longer."""
    root = document.getElementById(section)
    root.toggleAttribute("data-held", on)
    for output in root.querySelectorAll(f"output{_OF_INPUTS}"):
        output.toggleAttribute("data-stale", on)


def mark_fault(section: str, part: str, on: bool) -> None:
    """Mark a calculator, or one `part` of it, as at fault, or as right again."""
    _part(section, part).toggleAttribute("data-fault", on)


def in_sight() -> str:
    """The slug of the calculator that is seen, of which there is one."""
    return str(document.querySelector("section.calculator:not([hidden])").id)
