"""What each event does: one small function for each, which is given the calculator it happened in, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

from app.browser import dom, files
from app.browser.session import Session
from app.browser.sessions import Sessions
from app.calculators.registry import CALCULATORS
from app.page import combobox, upload
from app.page.grid import KEYS as CELL_KEYS
from app.vocabulary import link, table
from app.vocabulary.calculator import Invalid, Message

# --- in a calculator ---


def on_input(session: Session, event: Any) -> None:
    """Take what is typed or chosen, key by key."""
    cell = dom.cell(event)
    if cell:
        name, place = cell
        session.cells[name].type(place, dom.text(event))
        return
    slug, along = dom.reader(event)
    if slug:
        session.read_plot(slug, along)
        return
    role = dom.role(event)
    if role:
        session.take_for(*role)
        return
    name, text = dom.control(event)
    if name in session.raw:
        session.type(name, text)


def on_point(session: Session, event: Any) -> None:
    """Read a plot where the pointer is."""
    slug, place = dom.pointed(event)
    if slug:
        session.read_plot(slug, place)


def on_change(session: Session, event: Any) -> None:
    """Take an edit as finished: the next one is a new step in the history. Or take a file that was chosen."""
    if not session.typing:  # else that is not finished before it is settled
        session.address.finish()
    cell = dom.cell(event)
    if cell:
        session.cells[cell[0]].editing = None
    pin = dom.pin_renamed(event)
    if pin:
        files.take_away(session, "rename-pin", {"pin": pin, "name": dom.text(event)})
    takes = dom.takes(event)
    if takes == files.STUDY:
        files.study(session, dom.chosen(event))
    elif takes in session.fields or takes == "saved":
        files.hand_over(session, session.fields.get(takes), dom.chosen(event))


def on_action(session: Session, event: Any) -> None:
    """Do what the clicked button or option says."""
    data = dom.action(event)
    action = ACTIONS.get(data.get("action", ""))
    session.leaving.flush()
    if action:
        session.settle(data.get("field", ""))
        action(session, data)


def on_key(session: Session, event: Any) -> None:
    """Go from cell to cell, or through a list. What the key does otherwise is then not done."""
    cell = dom.cell(event)
    if cell:
        name, place = cell
        for_table = (dom.with_control(event) or event.key in CELL_KEYS) and not event.isComposing
        if for_table and session.cells[name].press(place, event.key, dom.caret(event)):
            event.preventDefault()
        return
    name, _, key = dom.key(event)
    if name not in session.fields or key not in combobox.KEYS:
        return
    before = session.listbox.open
    chosen = session.listbox.press(session.fields[name], session.meant(name), key)
    if chosen:
        session.choose(name, chosen.value)
    elif key in ("Enter", "Tab"):
        session.settle()
    if key != "Tab" and (before or session.listbox.open):
        event.preventDefault()


def on_press(session: Session, event: Any) -> None:
    """Let the box keep the keyboard while its list is pressed or scrolled."""
    if session.listbox.open and dom.within(event, ".list, .opener"):
        event.preventDefault()


def on_leave(session: Session, event: Any) -> None:
    """Close the list of a box that is left, and take what was typed into it."""
    if dom.is_combobox(event.target):
        session.listbox.turn(None)
        if session.typing:
            session.leaving.start()


def on_paste(session: Session, event: Any) -> None:
    """Put a block of cells into a table, or take a text as the file that it is."""
    cell, text = dom.cell(event), dom.pasted(event)
    if upload.is_saved(text):
        event.preventDefault()
        files.take_away(session, "open", {"text": text})
        return
    if cell and not table.is_block(text):
        return
    field = session.fields.get(cell[0] if cell else dom.name(event))
    if cell and field and not (cell[1] == (0, 0) and field.upload and _is_table(text)):
        event.preventDefault()
        files.paste(session, field, cell[1], text)
    elif field and field.upload and (table.is_block(text) if field.sheet else upload.is_file(text)):
        event.preventDefault()
        session.remainder.patiently("paste", partial(files.take, session, field, text), session.failed)


def _is_table(text: str) -> bool:
    """Whether a text has several rows: on the first cell it is another table, as in the box or in a file. Its first
    lines tell, if it has some.
    """
    return _has_rows(text[:_FIRST].rpartition("\n")[0]) or _has_rows(text)


_FIRST = 10_000
"""Characters of a text that are looked at first: to read all of a large table takes long."""


def _has_rows(text: str) -> bool:
    try:
        return len(table.rows(text)) > 1
    except Invalid:
        return False


def on_scroll(session: Session, event: Any) -> None:
    """Let the rows of a large table follow."""
    name = dom.sheet(event)
    if name:
        session.cells[name].scroll(*dom.scrolled(event))


def on_drop(session: Session, event: Any) -> None:
    """Take a file that is dropped."""
    if dom.brings_files(event):
        dom.mark_drop(session.slug, False)
        folders = dom.folders(event) if session.calculator.files else []
        if folders:
            dom.walk(folders, files.MOST, partial(files.drop, session, dom.field(event)), session.failed)
        else:
            files.drop(session, dom.field(event), dom.dropped(event))


# --- what is clicked in a calculator ---


def reset(session: Session, _data: dict[str, str]) -> None:
    """Go back to the defaults, and forget files."""
    session.reset()
    files.forget(session)


def turn_list(session: Session, data: dict[str, str]) -> None:
    """Open the list of a box, or close it."""
    field = session.fields[data["field"]]
    dom.focus(f"{session.slug}-{field.name}")
    session.listbox.toggle(field, session.meant(field.name))


def carry(session: Session, data: dict[str, str]) -> None:
    """Take over what was found in files, and lead to what comes of it."""
    pick(session, data)
    dom.scroll_to(f"{session.slug}-title")


def pick(session: Session, data: dict[str, str]) -> None:
    """Choose what a row of a table stands for."""
    session.fill(link.read(f"#{session.slug}?{data['sets']}")[1])


def mean(session: Session, data: dict[str, str]) -> None:
    """Read an input in one of the ways that it can be meant in."""
    message = session.messages.get(data["field"], "")
    asked = message.asked if isinstance(message, Message) else ()
    if int(data["way"]) < len(asked):
        texts = asked[int(data["way"])].way.texts
        session.fill(texts)
        session.unfold(name for name, text in texts.items() if text and session.fields[name].sheet)


ACTIONS: Mapping[str, Callable[[Session, dict[str, str]], None]] = {
    "reset": reset,
    "copy-link": lambda session, _: session.address.copy(),
    "cancel": lambda session, _: session.cancel(),
    "pick": pick,
    "carry": carry,
    "mean": mean,
    "go-on": lambda session, _: session.show(),
    **{
        action: partial(lambda action, session, _: files.direct(session, action), action)
        for action in ("study-pause", "study-go-on", "study-cancel")
    },
    **{
        action: partial(lambda action, session, data: files.take_away(session, action, data), action)
        for action in ("export", "save-picture", "pin", "unpin", "show-pin")
    },
    "study-again": lambda session, _: files.study_again(session),
    "download": lambda session, data: files.save(session, data["file"]),
    "list": turn_list,
    "choose": lambda session, data: session.choose(data["field"], data["value"]),
    "remove": lambda session, data: session.cells[data["field"]].remove(int(data["row"])),
    "undo": lambda session, data: session.cells[data["field"]].undo(),
    "clear": lambda session, data: session.cells[data["field"]].clear(),
}
"""By the `data-action` of what is clicked; the other `data-` attributes say with what."""


# --- on the page ---


def on_link(sessions: Sessions, event: Any) -> None:
    """Follow a link within the page without losing anything: the address is the state."""
    anchor = dom.anchor(event)
    slug = link.read(anchor)[0] if anchor else ""
    if slug in CALCULATORS:
        sessions.leave()
    if slug in sessions.by_slug and anchor == f"#{slug}":
        # The way to another calculator leads to it as it was left.
        event.preventDefault()
        dom.follow(sessions.by_slug[slug].address.fragment)
    elif slug in sessions.by_slug and "?" in anchor:
        # Words that lead to inputs lead to the answer, which is above them.
        dom.scroll_to(f"{slug}-title")
    elif anchor and slug not in CALCULATORS:
        # A jump to a place must not replace the state.
        event.preventDefault()
        dom.scroll_to(anchor.removeprefix("#"))


def on_fragment(sessions: Sessions, _event: Any) -> None:
    """Follow the address: a link, a step of the history, or what somebody wrote there."""
    sessions.follow()


def on_drag(sessions: Sessions, event: Any) -> None:
    """Show where a file can be dropped."""
    over = sessions.at(event)
    if dom.brings_files(event):
        for session in sessions.by_slug.values():
            dom.mark_drop(session.slug, session is over and bool(files.taker(session, "", [])))


def on_drag_out(sessions: Sessions, _event: Any) -> None:
    """Show it no more. What is still over the page is marked again in no time."""
    for session in sessions.by_slug.values():
        dom.mark_drop(session.slug, False)


def on_page_left(sessions: Sessions, _event: Any) -> None:
    """Let the address follow before the page goes."""
    sessions.leave()


# --- the table of them all ---

InCalculator: TypeAlias = Callable[[Session, Any], None]
OnPage: TypeAlias = Callable[[Sessions, Any], None]

IN_CALCULATOR: Mapping[str, InCalculator] = {
    "input": on_input,
    "change": on_change,
    "click": on_action,
    "pointermove": on_point,
    "keydown": on_key,
    "mousedown": on_press,
    "focusout": on_leave,
    "paste": on_paste,
    "scroll": on_scroll,
    "drop": on_drop,
}
ON_PAGE: Mapping[str, OnPage] = {
    "click": on_link,
    "dragover": on_drag,
    "dragleave": on_drag_out,
    "hashchange": on_fragment,
    "pagehide": on_page_left,
}


def listen(sessions: Sessions) -> None:
    """Bind them, for the life of the page."""
    for kind, handler in IN_CALCULATOR.items():
        dom.listen(kind, partial(_in_calculator, sessions, kind, handler), sessions.failed)
    for kind, on_page in ON_PAGE.items():
        dom.listen(kind, partial(on_page, sessions), sessions.failed)


def _in_calculator(sessions: Sessions, kind: str, handler: InCalculator, event: Any) -> None:
    session = sessions.at(event) or _beside(sessions, kind, event)
    if session:
        handler(session, event)


def _beside(sessions: Sessions, kind: str, event: Any) -> Session | None:
    """Of a button beside all calculators, in the header, the session of the one that is seen."""
    acts = (kind == "click" and dom.action(event)) or (kind == "change" and dom.takes(event))
    return sessions.by_slug.get(dom.in_sight()) if acts else None
