"""What is said where there is no answer and that is not the visitor's fault: why, and the way on. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import escape

from app.page.form import control, shown
from app.page.rendering import GIST, READ
from app.vocabulary.calculator import Calculator, Field, Invalid, Memory, Raw

OURS = "a fault of this page, not of what you typed"

_RESET = '<p><button type="button" data-action="reset">Reset this calculator</button></p>'


def answer(doing: str) -> str:
    """In place of the answer: what the page failed at, `doing` what."""
    return (
        f'<p class="claim">No answer: the page failed {escape(doing)}.</p>'
        f'<p class="message">This is {OURS}.</p>'
        "<p>What you typed is kept. Change an input, and the figures come back as soon as they can be computed; or"
        f" start again from the defaults.</p>{_RESET}"
    )


def computing() -> str:
    """In place of an answer that takes long."""
    return '<p class="claim">No answer yet: it is not computed.</p><p>What you typed is kept.</p>'


def coming() -> str:
    """In place of an answer for which a part of the page is needed that is on its way."""
    return (
        '<p class="claim">No answer yet: a part of the page is on its way.</p>'
        "<p>The figures come by themselves when it is here. What you typed is kept.</p>"
    )


def missing() -> str:
    """In place of a calculator that does not even start."""
    return (
        '<p class="claim">No answer: this calculator does not start.</p>'
        f'<p class="message">This is {OURS}.</p><p>The other calculators go on. Reload the page to try again.</p>'
    )


def not_here() -> str:
    """In place of what is found in files, where the part of the page that reads them did not arrive."""
    return (
        '<p class="message">These files were not read: the part of the page that reads files did not arrive whole.</p>'
        "<p>Check the connection and try again. If that does not help, reload the page and choose the files anew; if it"
        " is a copy in one file, that is damaged: get it once more.</p>"
        '<p><button type="button" data-action="study-again">Try again</button></p>'
    )


def table(name: str) -> dict[str, str]:
    """The region of a table, or of the worked example, that says in its place why it cannot be seen."""
    if name.endswith((GIST, READ)):  # a line of a table, which says so itself
        return {name: ""}
    said = f'<p class="message">This part cannot be shown: {OURS}. The rest of the page holds.</p>{_RESET}'
    return {"worked": f"<li>{said}</li>"} if name == "worked" else {f"{name}-bar": said}


def options() -> str:
    """In place of the list below a box."""
    return f'<p class="none">The list cannot be shown: {OURS}. Type the name.</p>'


LINK = f"The address does not follow: {OURS}."
FILE = f"This file cannot be made: {OURS}."
DONE = f"This could not be done: {OURS}."
TAKEN = f"This cannot be read: {OURS}."


def inputs(
    calculator: Calculator, raw: Raw, memory: Memory, refused: Mapping[str, str], typing: str = ""
) -> dict[str, str]:
    """The regions of the form, as far as they can be known without an answer: what stands in each control, and what is
    wrong with it; no notes. The box in which someone is `typing` shows what is typed.
    """
    regions = {f"group-{group.key}": "" for group in calculator.groups}
    for field in calculator.fields:
        text = raw.get(field.name, field.default)
        read_as, value = memory.get(field.name, ("", None))
        wrong = str(value) if read_as == text and isinstance(value, Invalid) else ""
        at = _position(field, value) if read_as == text and not wrong else 0
        message = refused.get(field.name, wrong)
        box = text if message or read_as != text or field.name == typing else _shown(field, text, value)
        regions[f"field-{field.name}"] = control(calculator.slug, field, text, at, "", message, box)
    return regions


def _shown(field: Field, text: str, value: object) -> str:
    """What the box of a field shows; the text itself if that cannot be known."""
    try:
        return shown(field, text, value)
    except Exception:
        return text


def _position(field: Field, value: object) -> float:
    """Where the slider of a field stands, if it has one; at its start if that cannot be known."""
    try:
        return field.slider.position(value) if field.slider else 0
    except Exception:
        return 0
