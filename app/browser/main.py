"""Browser entry: every event goes to the calculator that it happened in; the address says which one is seen."""

from __future__ import annotations

import gc
from functools import partial
from typing import Any

from app.browser import dom
from app.browser.later import Later
from app.browser.session import Session
from app.calculators.registry import CALCULATORS, load
from app.page import combobox, upload
from app.page.grid import KEYS as CELL_KEYS
from app.vocabulary import link, table
from app.vocabulary.calculator import Choice

FIRST = next(iter(CALCULATORS))


SELDOM = (100_000, 50, 50)
"""When Python looks for cycles of garbage. By default it does so many times in a keystroke, each time through more of
what a large table is made of; the page makes next to none (a test watches the heap).
"""


class Sessions:
    """The calculators that have been seen, by slug."""

    def __init__(self, later: Later) -> None:
        self.later = later
        self.by_slug: dict[str, Session] = {}

    def of(self, slug: str) -> Session:
        """A calculator's session, begun when it is first asked for. Raises one of `later.ABSENT` before it is here."""
        if slug not in self.by_slug:
            self.by_slug[slug] = Session(load(slug), self.later)
        return self.by_slug[slug]

    def at(self, event: Any) -> Session | None:
        """The session of the calculator in which an event happened, if it has one."""
        return self.by_slug.get(dom.section(event))


def start() -> None:
    """Take over the prerendered page: the link first, then what was typed while Python was loading."""
    gc.set_threshold(*SELDOM)
    later = Later()
    sessions = Sessions(later)

    def on_input(event: Any) -> None:
        session, cell = sessions.at(event), dom.cell(event)
        if session and cell:
            session.cells[cell[0]].type(cell[1], dom.text(event))
        elif session:
            changed = dom.control(event)
            if changed and changed[0] in session.raw:
                name, text = changed
                session.listing = combobox.typed(session.fields[name], text)
                session.set(name, text)

    def on_change(event: Any) -> None:
        session = sessions.at(event)
        if session:
            session.editing = ""  # the edit is finished: the next one is a new step in the history
            cell = dom.cell(event)
            if cell:
                session.cells[cell[0]].editing = None
            field = session.fields.get(dom.takes(event))
            if field:
                session.take_file(field, dom.chosen(event))

    def on_fragment(_event: Any) -> None:
        later.patiently("fragment", follow_address)

    def follow_address() -> None:
        slug, raw = link.read(dom.fragment.read())
        if slug in ("", *CALCULATORS):
            for each in sessions.by_slug.values():
                each.address.cancel()
            session = sessions.of(slug or FIRST)
            # A way back to a calculator as it was left says what is in it already.
            if dom.fragment.read() == session.fragment:
                session.adopting.ask()
            else:
                session.open(raw)
                session.reveal()

    def on_click(event: Any) -> None:
        session, anchor = sessions.at(event), dom.anchor(event)
        slug = link.read(anchor)[0] if anchor else ""
        if slug in CALCULATORS:
            leave(sessions)
        if slug in sessions.by_slug and anchor == f"#{slug}":
            # The way to another calculator leads to it as it was left.
            event.preventDefault()
            dom.follow(sessions.by_slug[slug].fragment)
        elif anchor and slug not in CALCULATORS:
            # The fragment is the state: a jump within the page must not replace it.
            event.preventDefault()
            dom.scroll_to(anchor.removeprefix("#"))
        elif session:
            data = dom.action(event)
            act(session, data.get("action", ""), data)

    def act(session: Session, action: str, data: dict[str, str]) -> None:
        field = session.fields.get(data.get("field", ""))
        if action == "reset":
            session.reset()
        elif action == "copy-link":
            session.copy_link()
        elif action == "download":
            later.patiently("save", partial(session.save, data["file"]))
        elif action == "cancel":
            session.cancel()
        elif action == "go-on":
            session.show()
        elif field and action == "list":
            dom.focus(f"{session.slug}-{field.name}")
            session.turn(None if session.listing else combobox.opened(field, session.raw[field.name]))
        elif field and action == "choose":
            session.choose(field.name, data["value"])
        elif field and action == "remove":
            session.cells[field.name].remove(int(data["row"]))
        elif field and action in ("undo", "clear"):
            cells = session.cells[field.name]
            (cells.undo if action == "undo" else cells.clear)()

    def on_key(event: Any) -> None:
        session, cell = sessions.at(event), dom.cell(event)
        if not session:
            return
        if cell:
            if (dom.with_control(event) or event.key in CELL_KEYS) and not event.isComposing:
                name, at = cell
                if session.cells[name].press(at, event.key, dom.caret(event)):
                    event.preventDefault()
            return
        name, text, key = dom.key(event)
        if name not in session.fields or key not in combobox.KEYS:
            return
        was = session.listing
        now = combobox.pressed(session.fields[name], text, was, key)
        if isinstance(now, Choice):
            session.choose(name, now.value)
        else:
            session.turn(now)
        if key != "Tab" and (was or now):
            event.preventDefault()

    def on_press(event: Any) -> None:
        # The box keeps the keyboard while its list is pressed or scrolled.
        session = sessions.at(event)
        if session and session.listing and dom.within(event, ".list, .opener"):
            event.preventDefault()

    def on_leave(event: Any) -> None:
        session = sessions.at(event)
        if session and session.listing and dom.is_combobox(event.target):
            session.turn(None)

    def on_paste(event: Any) -> None:
        session, cell, text = sessions.at(event), dom.cell(event), dom.pasted(event)
        if not session:
            return
        if cell and not table.is_block(text):
            return
        if cell and not (cell[1] == (0, 0) and len(table.rows(text)) > 1):
            event.preventDefault()
            session.cells[cell[0]].paste(cell[1], text)
            return
        # Several rows on the first cell are another table, as in the box or in a file.
        field = session.fields.get(cell[0] if cell else dom.name(event))
        if field and field.upload and (table.is_block(text) if field.sheet else upload.is_file(text)):
            event.preventDefault()
            later.patiently("paste", partial(session.take, field, text))

    def on_scroll(event: Any) -> None:
        session, name = sessions.at(event), dom.sheet(event)
        if session and name:
            session.cells[name].scroll(*dom.scrolled(event))

    def on_drag(event: Any) -> None:
        session = sessions.at(event)
        if dom.brings_files(event):
            for each in sessions.by_slug.values():
                dom.mark_drop(each.slug, each is session and bool(each.taker("", [])))

    def on_drag_out(_event: Any) -> None:
        for each in sessions.by_slug.values():
            dom.mark_drop(each.slug, False)  # still over the page, it is marked again in no time

    def on_drop(event: Any) -> None:
        session = sessions.at(event)
        if dom.brings_files(event) and session:
            dom.mark_drop(session.slug, False)
            files = dom.dropped(event)
            field = session.taker(dom.field(event), files)
            if field:
                session.take_file(field, files)

    def begin() -> None:
        """Answer the link that the page was opened with, and what was typed since."""
        slug, raw = link.read(dom.fragment.read())
        session = sessions.of(slug if slug in CALCULATORS else FIRST)
        session.open(raw if slug == session.slug else {})
        before, cells = dom.typed(f"{session.slug}-inputs")
        session.raw = session.raw | {name: text for name, text in before.items() if name in session.raw}
        if session.raw == session.calculator.defaults and not cells:
            session.adopting.ask()  # the page shows it already: answer first, render when idle
        else:
            session.reveal()
        for name, at, text in cells:
            session.cells[name].type(at, text)
        if before:
            session.address.ask()

    later.patiently("begin", begin)
    handlers = {
        "input": on_input,
        "change": on_change,
        "click": on_click,
        "keydown": on_key,
        "mousedown": on_press,
        "focusout": on_leave,
        "paste": on_paste,
        "dragover": on_drag,
        "dragleave": on_drag_out,
        "drop": on_drop,
    }
    for kind, handler in handlers.items():
        dom.listen(kind, dom.reported(handler))
    dom.listen("scroll", dom.reported(on_scroll), early=True)  # it does not bubble
    dom.listen("hashchange", dom.reported(on_fragment), on_window=True)
    dom.listen("pagehide", dom.reported(lambda _: leave(sessions)), on_window=True)
    if later.awaited:
        dom.waiting()
        later.then("ready", dom.ready)
    else:
        dom.ready()
    later.bring()


def leave(sessions: Sessions) -> None:
    """Let the address follow at once: the page may be gone."""
    for session in sessions.by_slug.values():
        session.address.now()
