"""Files: one that is handed over becomes the text of a field, one that is asked for is made and handed out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from app.browser import dom
from app.browser.annex import Asked
from app.browser.computation import READING
from app.page import faults, form, rendering, upload
from app.page.grid import Cell
from app.vocabulary import table
from app.vocabulary.calculator import Field, Invalid, Message, Work, finish, read

if TYPE_CHECKING:
    from app.browser.session import Session


STUDY = "study"
"""What a control takes that hands files to the calculator's study of them, and the annex that this comes with."""

LONG = 500_000
"""Characters of a table that takes longer to read than the page may be silent about."""

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
    """Study files, now or when what does so is here; or say where the answer would stand that it did not arrive."""
    slug = session.slug

    def begin() -> None:
        from app.browser.studying import Studying

        session.studying = session.studying or Studying(session, session.scripts.zeros)
        session.studying.begin(files)

    def here() -> None:
        session.remainder.whole(f"{slug} {STUDY}", begin, session.failed)

    coming = partial(_before, session, "", "Fetching the part of the page that reads files…")
    lost = partial(_before, session, faults.not_here(), "Not read: a part of the page did not arrive.")
    if files:
        dom.unfold(f"{slug}-table-study")
        dom.scroll_to(f"{slug}-table-study")
        session.annexes[STUDY].ask(slug, Asked(here, coming, lost))


def study_again(session: Session) -> None:
    """Try once more to study files for which something did not arrive."""
    session.annexes[STUDY].again(session.slug)


def forget(session: Session) -> None:
    """Forget the files that were studied, or were to be."""
    if session.studying:
        session.studying.clear()
    elif session.calculator.files:
        session.annexes[STUDY].forget(session.slug)
        _before(session, "", "")


def _before(session: Session, html: str, said: str) -> None:
    """Say of files what there is to say before they are studied."""
    dom.patch(f"{session.slug}-study", html)
    dom.say(f"{session.slug}-study-said", said)


def direct(session: Session, action: str) -> None:
    """Do to the study of files what is asked for."""
    if session.studying:
        from app.browser.studying import DIRECTIONS

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

        if saved:
            take_away(session, "open", {"text": text, "name": file.name})
        elif field:
            told = partial(upload.told, file.name, len(files))
            put = partial(take, session, field, text, lambda used: say(told(used)))
            session.remainder.patiently(f"{session.slug} take {field.name}", put, session.failed)
        else:
            say(upload.foreign(file.name), bad=True)

    try:
        upload.check(file.name, file.size, max(most, upload.SAVED_LIMIT) if json or field is None else most)
    except Invalid as invalid:
        say(str(invalid), bad=True)
        return
    file.read(done, lambda: say(upload.unreadable(file.name), bad=True), session.failed)


def take(session: Session, field: Field, text: str, told: Callable[[bool], None] = lambda _: None) -> None:
    """Put into a field what it makes of a file's text, or the text itself with what is wrong with it; then it is `told`
    whether it could be used. A table, which may be large, is read in slices.
    """
    work = _taking(session, field, text, told)
    if field.sheet:
        session.take(work, long=len(text) > LONG)
    else:
        finish(work)()


def _taking(session: Session, field: Field, text: str, told: Callable[[bool], None]) -> Work:
    """Read a file's text. What is returned puts what it comes to into the controls."""
    try:
        for _ in field.upload.ahead(text) if field.upload else ():
            yield READING
        taken = field.upload.take(text) if field.upload else text
        texts = {field.name: taken} if isinstance(taken, str) else dict(taken)
        # The table goes where it belongs, which need not be where it was dropped.
        name = next((name for name in texts if name in session.cells and texts[name]), field.name)
        lines = form.lines_of(session.fields[name], texts[name]) if field.sheet else ()
        yield READING
    except Exception as fault:
        return partial(_refuse, session, field, text, _why(session, fault), told)
    return partial(_put, session, field, texts, name, lines, told)


def paste(session: Session, field: Field, at: Cell, text: str) -> None:
    """Put a block of cells over those of a field's table from `at` on; what is large, in slices."""
    work = _pasting(session, field, at, text)
    if len(text) > LONG:
        session.take(work, long=True)
    else:
        finish(work)()


def _pasting(session: Session, field: Field, at: Cell, text: str) -> Work:
    """Make of a block what the table is with it. What is returned puts it there."""
    try:
        return (yield from session.cells[field.name].pasting(at, text))
    except Invalid as invalid:
        return partial(_not_pasted, session, field, f"Not pasted: {invalid}")


def _not_pasted(session: Session, field: Field, why: str) -> None:
    if session.computation.busy:
        session.show()  # its figures were taken back while the block was read
    session.notices.tell(field.name, why, bad=True)


def _refuse(session: Session, field: Field, text: str, why: str, told: Callable[[bool], None]) -> None:
    session.address.step()
    session.choose(field.name, text if field.sheet else upload.one_line(text), why)
    told(False)


def _put(
    session: Session, field: Field, texts: dict[str, str], name: str, lines: table.Rows, told: Callable[[bool], None]
) -> None:
    session.address.step()
    session.refused = {name: why for name, why in session.refused.items() if name not in {field.name, *texts}}
    session.raw = session.raw | texts
    if field.sheet:
        session.cells[name].become(lines, "" if table.is_lined(texts[name]) else texts[name])
        session.unfold([name])
    else:
        session.choose(field.name, texts[field.name])
    told(True)


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
