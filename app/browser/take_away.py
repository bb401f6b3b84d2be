"""What leaves the page with its visitor, as a file, a frame or on paper, and what comes back. Comes later: it is needed
when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from app.browser import dom
from app.calculators import registry
from app.page import export, picture, saved
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
    elif session.computation.busy:
        raise Invalid("Still computing: take it when that is done.")
    else:
        session.address.due.flush()
        found = session.reading or read(session.calculator, session.raw)
        found = found._replace(messages=found.messages | session.refused)
        made = export.export(kind, session.calculator, session.raw, found, dom.address, data.get("table", ""))
        dom.save(made.filename, made.text)
        dom.say(session.address.place, f"Saved as {made.filename}.")


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

    def refused() -> None:
        dom.say(session.address.place, "This browser does not paint it: take the SVG.", bad=True)

    if data["kind"] == "png":
        dom.save_png(name, made.text, made.width, made.height, refused, session.failed)
    else:
        dom.save(name, made.text)
    dom.say(session.address.place, f"Saved as {name}.")


ACTIONS: Mapping[str, Callable[[Session, dict[str, str]], None]] = {
    "export": _export,
    "open": _open,
    "save-picture": _save_picture,
}
"""By what is asked for, with the words that come with it. Each raises `Invalid` where it cannot be done."""
