"""Files: one that is handed over becomes the text of a field, one that is asked for is made and handed out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.browser import dom
from app.page import faults, form, rendering, upload
from app.vocabulary.calculator import Field, Invalid, Message, read

if TYPE_CHECKING:
    from app.browser.session import Session


STUDY = "study"
"""What a control takes that hands files to the calculator's study of them."""

MOST = 2_000
"""Files of a folder that are looked at."""


def drop(session: Session, name: str, files: list[dom.File]) -> None:
    """Take files that were dropped on the field called `name`, or elsewhere: those to be studied together, else the
    first that a field takes.
    """
    declared = session.calculator.files
    if declared and declared.has(file.path for file in files):
        study(session, files)
    else:
        hand_over(session, taker(session, name, files), files)


def study(session: Session, files: list[dom.File]) -> None:
    """Study files, now or when what does so is here."""

    def begin() -> None:
        from app.browser.studying import Studying  # comes with the rest of the program

        session.studying = session.studying or Studying(session, session.scripts.zeros)
        session.studying.begin(files)

    if files:
        session.remainder.patiently(f"{session.slug} study", begin, session.failed)


def direct(session: Session, action: str) -> None:
    """Do to the study of files what is asked for."""
    from app.browser.studying import DIRECTIONS

    if session.studying:
        DIRECTIONS[action](session.studying)


def taker(session: Session, name: str, files: list[dom.File]) -> Field | None:
    """The field that takes files: the one called `name` if it does, else the one that takes files such as the first
    of these, by the ending of its name, else the first that takes any.
    """
    takers = [field for field in session.calculator.fields if field.upload]
    meant = next((field for field in takers if field.name == name), None)
    fitting = next((field for field in takers if files and upload.accepts(field, files[0].name)), None)
    return meant or fitting or next(iter(takers), None)


def hand_over(session: Session, field: Field | None, files: list[dom.File]) -> None:
    """Read the first of `files`, and say beside the field what became of it: into that field or, if it is what the page
    wrote of its inputs, into all of them.
    """
    if not files:
        return
    file = files[0]
    most = field.upload.limit if field and field.upload else 0
    json = file.name.casefold().endswith(".json")

    def say(text: str, bad: bool = False) -> None:
        if field:
            session.notices.tell(field.name, text, bad)
            session.unfold([field.name])
        else:
            dom.say(session.address.place, text, bad)

    def done(content: bytes) -> None:
        try:
            text = upload.decoded(file.name, content, table=not field or field.sheet is not None)
            saved = upload.is_saved(text)
            if field and not saved:
                upload.check(file.name, file.size, most)
        except Invalid as invalid:
            say(str(invalid), bad=True)
            return

        def put() -> None:
            say(upload.told(file.name, len(files), take(session, field, text))) if field else None

        if saved:
            take_away(session, "open", {"text": text, "name": file.name})
        elif field:
            session.remainder.patiently(f"{session.slug} take {field.name}", put, session.failed)
        else:
            say(upload.foreign(file.name), bad=True)

    try:
        upload.check(file.name, file.size, max(most, upload.SAVED_LIMIT) if json or field is None else most)
    except Invalid as invalid:
        say(str(invalid), bad=True)
        return
    file.read(done, lambda: say(upload.unreadable(file.name), bad=True), session.failed)


def take(session: Session, field: Field, text: str) -> bool:
    """Put into a field what it makes of a file's text, or the text itself with what is wrong with it. Whether it could
    be used.
    """
    session.address.step()
    try:
        taken = field.upload.take(text) if field.upload else text
        texts = {field.name: taken} if isinstance(taken, str) else dict(taken)
        lines = {
            name: form.lines_of(session.fields[name], each) for name, each in texts.items() if name in session.cells
        }
    except Exception as fault:
        why = _why(session, fault)
        session.choose(field.name, text if field.sheet else upload.one_line(text), why)
        return False
    tables = [name for name in lines if texts[name]] or [field.name]
    session.refused = {name: why for name, why in session.refused.items() if name not in {field.name, *texts}}
    session.raw = session.raw | texts
    if field.sheet:
        # The table goes where it belongs, which need not be where it was dropped.
        session.cells[tables[0]].become(lines[tables[0]])
        session.unfold(tables[:1])
    else:
        session.choose(field.name, texts[field.name])
    return True


def _why(session: Session, fault: Exception) -> str:
    """Why a file was not taken: what is wrong with it, or with the page. Raises what is only not here yet."""
    if isinstance(fault, Invalid):
        return Message.of(fault)
    if session.remainder.explains(fault):
        raise fault
    dom.log(fault)
    return faults.TAKEN


def save(session: Session, filename: str) -> None:
    """Hand a file to the visitor, or say beside its button why it cannot be had."""
    if session.computation.busy:
        session.notices.deny(filename, "Still computing: take it when that is done.")
    else:
        failed = partial(_not_made, session, filename)
        session.remainder.patiently("save", partial(_make, session, filename), failed)


def _make(session: Session, filename: str) -> None:
    report = session.studying.report if session.studying else None
    for each in report.downloads if report else ():
        if each.filename == filename and each.make:
            dom.save(filename, each.make())
            return
    reading = session.reading or read(session.calculator, session.raw)
    file = rendering.downloads(session.calculator, reading).get(filename)
    if file and file.make:
        dom.save(filename, file.make())


def _not_made(session: Session, filename: str, fault: Exception) -> None:
    if isinstance(fault, Invalid):  # not every shape can be said in the terms of every family
        session.notices.deny(filename, str(fault))
    else:
        dom.log(fault)
        session.notices.deny(filename, faults.FILE)


def take_away(session: Session, action: str, data: dict[str, str]) -> None:
    """Do what takes something away or brings it back (`app.browser.take_away`), now or when that is here; or say why
    it cannot be done.
    """

    def act() -> None:
        from app.browser.take_away import ACTIONS

        ACTIONS[action](session, data)

    def failed(fault: Exception) -> None:
        if not isinstance(fault, Invalid):
            dom.log(fault)
        dom.say(session.address.place, str(fault) if isinstance(fault, Invalid) else faults.DONE, bad=True)

    session.remainder.patiently(f"{session.slug} {action}", act, failed)
