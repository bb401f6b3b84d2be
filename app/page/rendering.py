"""(calculator, raw values) -> HTML. Pure, and the only renderer there is.

What follows the inputs is cut into regions. The built page holds each one rendered for the defaults; after every
event the browser patches those whose HTML has changed. Lines, rows and cards, which are most of a page, are put
together as strings of escaped parts: as htpy elements they would take a keystroke five times as long. The form, where
attributes abound and a cache spares most of the work, is htpy's (`app.page.form`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from markupsafe import escape

from app.page.cache import cached
from app.page.chart import bar, meter, plot, spread, waffle
from app.page.form import control, sheet, shown
from app.vocabulary import link
from app.vocabulary.calculator import (
    Calculator,
    Card,
    Code,
    Download,
    Field,
    Figure,
    Finding,
    Line,
    Link,
    Message,
    Meter,
    Plot,
    Raw,
    Reading,
    Row,
    Spread,
    Step,
    Table,
    View,
    Waffle,
    nameless,
    read,
    shorten,
)

STALE = "—"
"""Shown in place of every figure while an input is invalid: no number is better than a wrong one."""


MARKED = "-marked"
"""What the name of a table ends with that is made once more. It has no place of its own, so that it is never made while
somebody waits for what is in sight.
"""


UNUSED = '<i class="unused"></i>'
"""What a field ends with that does not show: the style sheet leaves out the whole of it."""


class _Show(NamedTuple):
    """How to show figures: as unknown because an input is invalid, or each with its formula."""

    stale: bool
    formulas: bool


class Part(NamedTuple):
    """A table, or the worked example, that can wait until it is looked at.

    Two that are equal have the same HTML. One whose `make` is the same function for every result is equal to the last,
    and need not be made again.
    """

    render: Callable[[str, Callable[[], Any], _Show], dict[str, str]]
    slug: str
    make: Callable[[], Any]
    show: _Show

    def __call__(self) -> dict[str, str]:
        """The HTML of its regions, by name."""
        return self.render(self.slug, self.make, self.show)


GIST = "-gist"
"""What the name of a table's main figure ends with."""

READ = "-reading"
"""What the name of a reading ends with, behind that of its table."""

MIDDLE = 0.5


class Rendering(NamedTuple):
    """The HTML of each region by name: what is seen at once, and by table what can wait until it is looked at. What is
    wrong, by field; and the cards as they are.
    """

    now: dict[str, str]
    tables: dict[str, Part]
    messages: dict[str, str]
    cards: tuple[Card, ...] = ()


def render(
    calculator: Calculator,
    raw: Raw,
    refused: Mapping[str, str] = MappingProxyType({}),
    found: Reading | None = None,
    typing: str = "",
    places: Mapping[str, float] = MappingProxyType({}),
) -> Rendering:
    """Render a calculator for what stands in its controls, and what was `found` of it if that was read already. What
    was `refused` before it got there has its message. The box in which someone is `typing` shows what is typed.
    Plots are read at these `places`, by table.
    """
    values, result, messages = found or read(calculator, raw)
    messages = messages | dict(refused)
    view = calculator.view(values, result)
    show = _Show(stale=bool(messages), formulas=view.formulas)
    now: dict[str, str] = {"verdict": _waiting(calculator, messages) if messages else _verdict(view)}
    if view.facts:
        now["facts"] = "" if messages else "".join(f"<span>{_line(fact, show)}</span> " for fact in view.facts)
    now["summary"] = _summary(calculator, view, show)
    now["cards"] = "".join(_card(card, show) for card in view.cards)
    for field in calculator.fields:
        message = messages.get(field.name, "")
        note = _line(() if message else view.notes.get(field.name, ()), show)
        at = field.slider.position(view.taken.get(field.name, values[field.name])) if field.slider else 0
        text = raw.get(field.name, field.default)
        box = text if message or field.name == typing else shown(field, text, values[field.name])
        hidden = UNUSED if field.name in view.unused and not message else ""
        now[f"field-{field.name}"] = f"{control(calculator.slug, field, text, at, note, message, box)}{hidden}"
    for group in calculator.groups:
        now[f"group-{group.key}"] = _line(view.groups.get(group.key, ()), show)
    tables = {slug: Part(_table, slug, make, show) for slug, make in view.tables.items()}
    tables["worked"] = Part(_worked, "worked", view.steps, show)
    tables |= {f"{slug}{MARKED}": Part(_table, slug, make, show) for slug, make in view.marked.items()}
    tables |= {
        f"{slug}{READ}": Part(_gist, f"{slug}{READ}", partial(read_at, places.get(slug, MIDDLE)), show)
        for slug, read_at in view.readings.items()
    }
    tables |= {f"{slug}{GIST}": Part(_gist, f"{slug}{GIST}", make, show) for slug, make in view.gists.items()}
    return Rendering(now, tables, messages, view.cards)


def searching(calculator: Calculator, field: Field, text: str, last: str) -> dict[str, str]:
    """The region of a box in which a search is typed, which is no value yet and no fault: the answer that is seen is
    of what stood there `last`, if there is one.
    """
    note = f"The answer is still of {_escaped(shorten(last))}." if last else ""
    return {f"field-{field.name}": control(calculator.slug, field, text, 0, note, "")}


def regions(calculator: Calculator, raw: Raw) -> dict[str, str]:
    """The HTML of every region, by name."""
    rendering = render(calculator, raw)
    found = dict(rendering.now)
    for table in rendering.tables.values():
        found |= table()
    for field in calculator.fields:
        if field.sheet:
            said = raw.get(field.sheet.columns, "auto")
            found[f"sheet-{field.name}"] = sheet(calculator.slug, field, raw.get(field.name, field.default), said)
    return found


def tables(calculator: Calculator, raw: Raw) -> dict[str, Table]:
    """The tables for what stands in the controls, by the slugs that their regions are named after."""
    values, result, _ = read(calculator, raw)
    return {slug: make() for slug, make in calculator.view(values, result).tables.items()}


def contents(calculator: Calculator) -> Mapping[str, str]:
    """The folded tables at which a part begins, by the name of the part; all of them where a calculator names none."""
    values, result, _ = read(calculator, calculator.defaults)
    view = calculator.view(values, result)
    if view.contents:
        return view.contents
    return {table.title: slug for slug, make in view.tables.items() if (table := make()).folded}


def downloads(calculator: Calculator, found: Reading) -> dict[str, Download]:
    """The files that can be had for what was read, by name; none while an input is invalid."""
    if found.messages:
        return {}
    made = (make() for make in calculator.view(found.values, found.result).tables.values())
    return {each.filename: each for table in made for each in table.downloads}


# --- figures and lines ---

_PLAIN = _Show(stale=False, formulas=False)


def _figure(figure: Figure, show: _Show) -> str:
    known = not show.stale and figure.known
    value = _escaped(figure.value) if isinstance(figure.value, str) else repr(figure.value)
    shown = f'<data value="{value}">{_escaped(figure.text)}</data>' if known else f'<data value="">{STALE}</data>'
    if show.formulas and figure.formula and known:
        shown += f'<span class="how">= {_escaped(figure.formula)}</span>'
    if not figure.name:
        return shown
    # Outputs are live regions by default; a dozen of them speaking at each keystroke would drown the verdict.
    mark = " data-stale" if show.stale else ""
    return f'<output name="{_escaped(figure.name)}" aria-live="off"{mark}>{shown}</output>'


def _line(line: Line, show: _Show) -> str:
    parts = []
    for part in line:
        if isinstance(part, str):
            shown = _escaped(part)
            parts.append(f"<pre><code>{shown}</code></pre>" if isinstance(part, Code) else shown)
        elif isinstance(part, Figure):
            parts.append(_figure(part, show))
        elif not isinstance(part, Link):
            parts.append("" if show.stale else meter(part) if isinstance(part, Meter) else spread(part))
        else:
            parts.append(f'<a href="{_escaped(part.url)}" rel="noreferrer">{_escaped(part.text)}</a>')
    return "".join(parts)


def said(line: Line) -> str:
    """A line as HTML, for what is on the page a second time."""
    return _line(nameless(line), _PLAIN)


def outright(line: Line) -> str:
    """A line as HTML, with its outputs: for what has no input that could be wrong."""
    return _line(line, _PLAIN)


def rows_outright(rows: Iterable[Row]) -> str:
    """Rows of a table as HTML, like that."""
    return "".join(_row(row, _PLAIN) for row in rows)


def download_outright(each: Download) -> str:
    """A file to take away, like that."""
    return _download(each, _PLAIN)


_has_markup = re.compile("[&<>\"']").search


def _escaped(text: str) -> str:
    """`text` as HTML. Most of it has nothing to escape, which is soon seen."""
    return str(escape(text)) if _has_markup(text) else text


# --- the answer ---


def _verdict(view: View) -> str:
    better = f"<br>{_line(view.better, _PLAIN)}" if view.better else ""
    parts = [f'<p class="claim">{_line(view.verdict, _PLAIN)}{better}</p>']
    if view.findings:
        parts.append(f'<ul class="findings">{"".join(map(_finding, view.findings))}</ul>')
    if view.cite:
        copy = '<button type="button" data-action="export" data-kind="cite">Copy to cite</button>'
        parts.append(f'<p class="citable"><span>{_line(view.cite, _PLAIN)}</span> {copy}</p>')
    if view.reason:
        parts.append(f"<p>{_line(view.reason, _PLAIN)}</p>")
    if view.warning:
        parts.append(f'<p class="trap"><strong>The trap:</strong> {_line(view.warning, _PLAIN)}</p>')
    if view.change:
        parts.append(f'<p class="change"><strong>What would change it:</strong> {_line(view.change, _PLAIN)}</p>')
    return "".join(parts)


_SIGNS = {"good": ("✓", "good"), "mixed": ("~", "mixed"), "bad": ("✕", "bad"), "unknown": ("?", "not known")}
"""How a finding stands: for the eye, and in a word for who does not see it."""


def _finding(found: Finding) -> str:
    mark, word = _SIGNS[found.sign]
    return (
        f'<li class="{found.sign}"><span class="sign" aria-hidden="true">{mark}</span>'
        f'<strong>{_escaped(found.label)}<span class="hidden"> ({word}):</span></strong>'
        f"<span>{_line(found.words, _PLAIN)}</span></li>"
    )


def _summary(calculator: Calculator, view: View, show: _Show) -> str:
    """What was asked and what came out, in a line each, for a screen that has no room for both at once."""
    asked, found = view.summary
    if not asked:  # the first answer stands for all; it has its name in its card
        first = view.cards[0]
        asked = (calculator.title,)
        found = (f"{first.label} ", *nameless(first.answer))
    return f"<strong>{_line(asked, _PLAIN)}</strong> <span>{_line(found, show)}</span>"


def _waiting(calculator: Calculator, messages: dict[str, str]) -> str:
    """In place of the answer: which inputs are wrong, and why, for who does not see the form beside it; or what is to
    be said first, with what each way to read an input comes to.
    """
    asking = next((name for name, each in messages.items() if isinstance(each, Message) and each.asked), "")
    if asking and len(messages) == 1:
        return _question(asking, messages[asking])
    wrong = [(field.label, messages[field.name]) for field in calculator.fields if field.name in messages]
    labels = " and ".join(label for label, _ in wrong)
    reasons = (message if len(wrong) == 1 else f"{label}: {message}" for label, message in wrong)
    return (
        f'<p class="claim">No answer yet: {_escaped(labels)} cannot be read.</p>'
        + "".join(f'<p class="message">{_escaped(reason)}</p>' for reason in reasons)
        + "".join(
            f'<p class="elsewhere">{_line((each.link,), _PLAIN)}</p>'
            for each in messages.values()
            if isinstance(each, Message) and each.link
        )
        + "<p>The figures come back as soon as the marked input is right. What you typed is kept.</p>"
    )


def _question(name: str, message: str) -> str:
    """In place of the answer: how an input is meant, with a button for each way and what it comes to."""
    asked = message.asked if isinstance(message, Message) else ()
    link = message.link if isinstance(message, Message) else None
    ways = "".join(
        f'<li><button type="button" data-action="mean" data-field="{_escaped(name)}" data-way="{at}">'
        f"{_escaped(each.way.label)}</button> <span>{_line(nameless(each.answer), _PLAIN)}</span></li>"
        for at, each in enumerate(asked)
    )
    return (
        f'<p class="claim">{_escaped(message)}</p><ul class="ways">{ways}</ul>'
        + (f'<p class="elsewhere">{_line((link,), _PLAIN)}</p>' if link else "")
        + "<p>Choose one: the page goes on with it, and the link says so. What you brought is kept.</p>"
    )


def _card(card: Card, show: _Show) -> str:
    # A stale card keeps its outputs, and drops the words that rest on them.
    told = [
        detail
        for detail in card.details
        if not show.stale or any(isinstance(part, Figure) and part.name for part in detail)
    ]
    details = "".join(f'<p class="detail">{_line(detail, show)}</p>' for detail in told)
    answer = f'<p class="figure">{_line(card.answer, show)}</p>'
    return f'<div class="card"><h3>{_escaped(card.label)}</h3>{answer}{details}</div>'


# --- tables and the worked example ---


def _table(slug: str, make: Callable[[], Table], show: _Show) -> dict[str, str]:
    """The regions of a table: rows, notes, bar, plots and downloads."""
    table = make()
    return {
        slug: "".join(_row(row, show) for row in table.rows()),
        f"{slug}-notes": "".join(f'<p class="note">{_line(note, show)}</p>' for note in table.notes),
        f"{slug}-bar": bar(table.title, table.bar) if table.bar and not show.stale else "",
        f"{slug}-plots": "" if show.stale else "".join(map(_picture, table.plots)),
        f"{slug}-downloads": "".join(_download(each, show) for each in table.downloads),
    }


def _picture(each: Plot | Waffle) -> str:
    return plot(each) if isinstance(each, Plot) else waffle(each)


_WIDE = ' class="wide"'


def _long(cell: Line) -> bool:
    """Whether a cell holds a sentence, which wants a column it can be read in."""
    return sum(len(getattr(part, "text", part)) for part in cell if not isinstance(part, (Meter, Spread))) > 40


@cached(1_000_000)
def _row(row: Row, show: _Show) -> str:
    current = ' aria-current="true"' if row.chosen else ""
    best = () if show.stale else row.tags
    tags = ("your choice", *best) if row.chosen else best
    marks = "".join(f'<span class="mark"> {_escaped(tag)}</span>' for tag in tags)
    note = f'<p class="note">{_line(row.note, show)}</p>' if row.note else ""
    cells = "".join(f"<td{_WIDE if _long(cell) else ''}>{_line(cell, show)}</td>" for cell in row.cells)
    head, key = _line(row.head, show), ""
    if row.key:
        # A pointer may choose it anywhere in the row, the keyboard by its button.
        picks = f'data-action="pick" data-sets="{_escaped(link.pairs(row.sets))}"'
        key, pressed = f' data-option="{_escaped(row.key)}" {picks}', "true" if row.chosen else "false"
        head = f'<button type="button" class="pick" {picks} aria-pressed="{pressed}">{head}</button>'
    return f'<tr{key}{current}><th scope="row">{head}{marks}{note}</th>{cells}</tr>'


def _gist(slug: str, make: Callable[[], Line], show: _Show) -> dict[str, str]:
    """The region of a line about a table."""
    return {slug: _line(make(), show)}


def _download(each: Download, show: _Show) -> str:
    off = " disabled" if show.stale or each.make is None else ""
    button = f'<button type="button" data-action="download" data-file="{_escaped(each.filename)}"{off}>'
    note = f'<p class="note">{_line(each.note, show)}</p>' if each.note and not show.stale else ""
    said = f'<p id="got-{_escaped(each.filename)}" role="status"></p>'  # why it cannot be had after all
    return f"<div>{button}{_escaped(each.label)}</button>{said}{note}</div>"


def _worked(slug: str, make: Callable[[], tuple[Step, ...]], show: _Show) -> dict[str, str]:
    """The region of the worked example."""
    return {slug: "".join(_step(step, show) for step in make())}


def _step(step: Step, show: _Show) -> str:
    substituted = f'<p class="substituted">= {_line(step.substituted, show)}</p>' if step.substituted else ""
    return (
        f'<li><h3>{_escaped(step.title)}</h3><p class="formula">{_escaped(step.formula)}</p>{substituted}'
        f'<p class="result">= {_line(step.result, show)}</p></li>'
    )
