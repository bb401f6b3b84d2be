"""What leaves the page with its visitor, as a file or on paper, what comes back, and what is pinned. Comes later: it is
needed when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.browser import dom
from app.calculators import registry
from app.page import export, picture, pins, saved
from app.page.chart import key
from app.vocabulary import link
from app.vocabulary.calculator import Invalid, read, shorten

if TYPE_CHECKING:
    from app.browser.session import Session


def _export(session: Session, data: dict[str, str]) -> None:
    """Hand the visitor the page as a file of `kind`, or print it."""
    kind = data.get("kind", "")
    if kind == "print":
        dom.print_page()
    elif kind == "embed":
        _embed(session)
    elif kind == "cite":
        _cite(session)
    elif session.computation.busy:
        raise Invalid("Still computing: take it when that is done.")
    else:
        session.address.due.flush()
        found = session.reading or read(session.calculator, session.raw)
        found = found._replace(messages=found.messages | session.refused)
        made = export.export(kind, session.calculator, session.raw, found, dom.address, data.get("table", ""))
        dom.save(made.filename, made.text)
        dom.say(session.address.place, f"Saved as {made.filename}.")


def _embed(session: Session) -> None:
    """Put the HTML of a frame on the clipboard, which shows the answer and the way to the whole page."""
    calculator, where = session.calculator, session.address
    address = dom.address(link.write(session.slug, session.raw, calculator.defaults, link.Beside(embed=True)))
    if address.startswith("#"):
        raise Invalid("This page is a file of yours: a frame of it would be empty elsewhere. Open it on the web first.")
    html = export.frame(calculator, address)
    dom.copy(
        html,
        lambda: dom.say(where.place, f"The HTML of a frame is copied.{where.left_out()}"),
        lambda: dom.say(where.place, f"This browser keeps the clipboard closed. Copy this: {html}"),
        session.failed,
    )


def _cite(session: Session) -> None:
    """Put the answer on the clipboard, as a line to cite."""
    found, where = session.reading, session.address.place
    if session.computation.busy or found is None or found.messages or session.refused:
        raise Invalid("There is no answer to copy yet.")
    line = export.plain(session.calculator.view(found.values, found.result).cite)
    dom.copy(
        line,
        lambda: dom.say(where, f"Copied: {line}"),
        lambda: dom.say(where, f"This browser keeps the clipboard closed. Copy this: {line}"),
        session.failed,
    )


def _open(session: Session, data: dict[str, str]) -> None:
    """Take the inputs out of a file that the page wrote, in the calculator that it is of."""
    found = saved.read(data["text"])
    calculator = registry.load(found.slug)
    raw = saved.texts(calculator, found.inputs)
    if found.slug == session.slug:
        session.address.step()
        session.replace(raw)
        session.address.write()
        session.reveal()
        dom.say(session.address.place, f"The inputs are those of {shorten(data.get('name', 'the text'))}.")
    elif link.too_long(raw, calculator.defaults):
        raise Invalid(f"This file is of another calculator: go to “{calculator.title}” and open it there.")
    else:
        dom.follow(link.write(found.slug, raw, calculator.defaults))


def _save_picture(session: Session, data: dict[str, str]) -> None:
    """Hand the visitor a picture as it is seen, as a file of `kind`."""
    drawn = dom.picture(session.slug, data["of"])
    if drawn is None:
        raise Invalid("This picture is not on the page any more.")
    made = picture.standalone(drawn, session.calculator.title)
    name = f"{key(session.slug, drawn.part, drawn.title)}.{data['kind']}"

    def saved() -> None:
        dom.say(session.address.place, f"Saved as {name}.")

    def refused() -> None:
        dom.say(session.address.place, "This browser does not paint it: take the SVG.", bad=True)

    if data["kind"] == "png":
        dom.save_png(name, made.text, (made.width, made.height), saved, refused, session.failed)
    else:
        dom.save(name, made.text)
        saved()


def _pin(session: Session, _data: dict[str, str]) -> None:
    """Pin what is on the page."""
    found = session.reading
    if session.computation.busy or found is None:
        raise Invalid("Still computing: pin it when that is done.")
    if found.messages or session.refused:
        raise Invalid("Not pinned: an input cannot be read. Correct it first.")
    texts = session.pins.texts
    if len(texts) >= link.MOST_PINS:
        raise Invalid(f"{link.MOST_PINS} are pinned, and there is room for no more: unpin one first.")
    others = [pins.read(session.calculator, text) for text in texts]
    same = next((each.name for each in others if each.raw == session.raw), "")
    if same:
        raise Invalid(f"This is pinned already, as “{same}”.")
    name = pins.default_name(session.calculator, session.raw, others)
    text = pins.write(session.calculator, pins.Pin(name, session.raw))
    session.pins.scenarios[text] = pins.scenario(session.calculator, pins.Pin(name, session.raw), found)
    _become(session, (*texts, text), f"Pinned as “{name}”.")


def _unpin(session: Session, data: dict[str, str]) -> None:
    """Take a pinned scenario away."""
    at = int(data["pin"])
    texts = session.pins.texts
    name = pins.read(session.calculator, texts[at]).name
    _become(session, texts[:at] + texts[at + 1 :], f"“{name}” is not pinned any more.")
    if session.pins.texts:
        dom.focus(f"{session.slug}-pin-0")


def _rename_pin(session: Session, data: dict[str, str]) -> None:
    """Call a pinned scenario something else, or as before where there is no name."""
    at = int(data["pin"])
    texts = session.pins.texts
    before = pins.read(session.calculator, texts[at])
    name = pins.tidy(data["name"]) or before.name
    text = pins.write(session.calculator, before._replace(name=name))
    if text in texts[:at] + texts[at + 1 :]:
        raise Invalid(f"“{name}” is pinned already.")
    _become(session, (*texts[:at], text, *texts[at + 1 :]), f"It is called “{name}” now.")


def _show_pin(session: Session, data: dict[str, str]) -> None:
    """Bring the page to a pinned scenario."""
    pin = pins.read(session.calculator, session.pins.texts[int(data["pin"])])
    session.address.step()
    session.replace(dict(pin.raw))
    session.address.write()
    session.reveal()
    dom.say(session.address.place, f"The inputs are those of “{pin.name}”.")


def _become(session: Session, texts: tuple[str, ...], said: str) -> None:
    """Pin these and no others: in the link, on the device and on the page."""
    session.address.step()
    session.pins.become(texts)
    session.pins.keep()
    session.address.write()
    if session.reading and session.answered == session.raw:
        session.put(session.reading)
    dom.say(session.address.place, said)


ACTIONS: Mapping[str, Callable[[Session, dict[str, str]], None]] = {
    "export": _export,
    "open": _open,
    "save-picture": _save_picture,
    "pin": _pin,
    "unpin": _unpin,
    "rename-pin": _rename_pin,
    "show-pin": _show_pin,
}
"""By what is asked for, with the words that come with it. Each raises `Invalid` where it cannot be done."""
