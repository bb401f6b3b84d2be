"""(calculator, raw values) -> HTML. Pure, and the only renderer there is.

What follows the inputs is cut into regions. The built page holds each one rendered for the defaults; after every
event the browser patches those whose HTML has changed. Lines, rows and cards, which are most of a page, are put
together as strings of escaped parts: as htpy elements they would take a keystroke five times as long. The form, where
attributes abound and a cache spares most of the work, is htpy's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from htpy import (
    Element,
    Node,
    div,
    fieldset,
    fragment,
    input,
    label,
    legend,
    optgroup,
    option,
    p,
    select,
    span,
)
from markupsafe import Markup, escape

from .calculator import (
    Calculator,
    Card,
    Choice,
    Field,
    Figure,
    Line,
    Raw,
    Row,
    Step,
    Table,
    View,
    read,
)

STALE = "—"
"""Shown in place of every figure while an input is invalid: no number is better than a wrong one."""


class Rendering(NamedTuple):
    """The HTML of each region by name: what is seen at once, and what can wait a moment because it is folded away."""

    now: dict[str, str]
    later: Callable[[], dict[str, str]]


def render(calculator: Calculator, raw: Raw) -> Rendering:
    """Render a calculator for what stands in its controls."""
    values, messages = read(calculator, raw)
    view = calculator.view(values, calculator.compute(values))
    stale = bool(messages)
    now: dict[str, str] = {"verdict": _waiting(calculator, messages) if stale else _verdict(view)}
    now["cards"] = "".join(_card(card, stale) for card in view.cards)
    for field in calculator.fields:
        message = messages.get(field.name, "")
        note = _line(() if message else view.notes.get(field.name, ()), stale)
        at = field.slider.position(values[field.name]) if field.slider else 0
        text = raw.get(field.name, field.default)
        now[f"field-{field.name}"] = _field(calculator.slug, field, text, at, note, message)
        if presets(field):
            now[f"presets-{field.name}"] = _presets(field, _selected(field.choices, text))
    now |= _tables(view, stale, folded=False)
    now["worked"] = "".join(_step(step, stale) for step in view.steps)
    return Rendering(now, lambda: _tables(view, stale, folded=True))


def regions(calculator: Calculator, raw: Raw) -> dict[str, str]:
    """The HTML of every region, by name."""
    now, later = render(calculator, raw)
    return now | later()


def presets(field: Field) -> bool:
    """Whether a list of presets stands below the field: a region of its own, for a keystroke seldom changes it."""
    return field.control == "text" and bool(field.choices)


def tables(calculator: Calculator) -> tuple[Table, ...]:
    """The tables of a calculator, whose rows and notes are regions by their slug."""
    values, _ = read(calculator, calculator.defaults)
    return calculator.view(values, calculator.compute(values)).tables


# --- figures and lines ---


def _figure(figure: Figure, stale: bool) -> str:
    known = not stale and math.isfinite(figure.value)
    shown = (
        f'<data value="{figure.value!r}">{_escaped(figure.text)}</data>' if known else f'<data value="">{STALE}</data>'
    )
    if not figure.name:
        return shown
    # Outputs are live regions by default; a dozen of them speaking at each keystroke would drown the verdict.
    mark = " data-stale" if stale else ""
    return f'<output name="{_escaped(figure.name)}" aria-live="off"{mark}>{shown}</output>'


def _line(line: Line, stale: bool) -> str:
    parts = []
    for part in line:
        if isinstance(part, str):
            parts.append(_escaped(part))
        elif isinstance(part, Figure):
            parts.append(_figure(part, stale))
        else:
            parts.append(f'<a href="{_escaped(part.url)}" rel="noreferrer">{_escaped(part.text)}</a>')
    return "".join(parts)


@lru_cache(maxsize=4096)
def _escaped(text: str) -> str:
    """`text` as HTML. Most of it is the same at every keystroke."""
    return str(escape(text))


# --- the answer ---


def _verdict(view: View) -> str:
    trap = f'<p class="trap"><strong>The trap:</strong> {_line(view.warning, False)}</p>' if view.warning else ""
    return (
        f'<p class="claim">{_line(view.verdict, False)}</p><p>{_line(view.reason, False)}</p>{trap}'
        f'<p class="change"><strong>What would change it:</strong> {_line(view.change, False)}</p>'
    )


def _waiting(calculator: Calculator, messages: dict[str, str]) -> str:
    labels = " and ".join(field.label for field in calculator.fields if field.name in messages)
    return (
        f'<p class="claim">No answer yet: {_escaped(labels)} cannot be read.</p>'
        "<p>The figures come back as soon as the marked input is right. What you typed is kept.</p>"
    )


def _card(card: Card, stale: bool) -> str:
    # A stale card keeps its outputs, and drops the words that rest on them.
    told = [
        detail for detail in card.details if not stale or any(isinstance(part, Figure) and part.name for part in detail)
    ]
    details = "".join(f'<p class="detail">{_line(detail, stale)}</p>' for detail in told)
    answer = f'<p class="figure">{_line(card.answer, stale)}</p>'
    return f'<div class="card"><h3>{_escaped(card.label)}</h3>{answer}{details}</div>'


# --- the form ---


@lru_cache(maxsize=256)
def _field(slug: str, field: Field, text: str, at: float, note: str, message: str) -> Markup:
    """One control with what stands in it, its slider `at` a position, its note and its message."""
    identity = f"{slug}-{field.name}"
    described = {
        "aria_describedby": f"{identity}-message {identity}-note",
        "aria_invalid": "true" if message else None,
    }
    below = [
        p(".message", id=f"{identity}-message", aria_live="polite")[message],
        p(".note", id=f"{identity}-note")[field.hint, " " if field.hint and note else "", Markup(note)],
    ]
    if field.control == "radio":
        controls = _radios(field, text)
        return Markup(fieldset(role="radiogroup", **described)[legend[field.label], controls, below])
    box = _select if field.control == "select" else _text
    return Markup(fragment[label(for_=identity)[field.label], box(identity, field, text, at, described), below])


def _select(identity: str, field: Field, text: str, _at: float, described: dict[str, str | None]) -> Node:
    selected = _selected(field.choices, text)
    return select(id=identity, name=field.name, **described)[
        # What a link says stays, even where it is no option: marked invalid, or read as an alias of one.
        not selected and option(value=text, selected=True)[text],
        _options(field.choices, selected),
    ]


def _radios(field: Field, text: str) -> Element:
    selected = _selected(field.choices, text)
    return div(".radios")[
        (
            label[
                input(type="radio", name=field.name, value=choice.value, checked=choice.value == selected),
                span[choice.label],
            ]
            for choice in field.choices
        )
    ]


def _text(identity: str, field: Field, text: str, at: float, described: dict[str, str | None]) -> Node:
    box = input(
        id=identity,
        name=field.name,
        type="text",  # type=number loses "0,5" and half-typed values, and changes on scroll
        value=text,
        autocomplete="off",
        autocapitalize="off",
        spellcheck="false",
        **described,
    )
    # Sliders and presets hold no state of their own: they fill the box and are drawn from what stands in it.
    return div(".control")[
        box,
        field.slider
        and input(
            type="range",
            aria_label=f"{field.label}, slider",
            data_fills=field.name,
            data_unit=field.slider.unit,
            min=str(field.slider.minimum),
            max=str(field.slider.maximum),
            step="1",
            value=f"{at:g}",
            autocomplete="off",
        ),
    ]


@lru_cache(maxsize=256)
def _presets(field: Field, selected: str) -> str:
    chooser = select(aria_label=f"{field.label}: choose a preset", data_fills=field.name)
    return str(chooser[option(value="", selected=not selected)["Presets…"], _options(field.choices, selected)])


@lru_cache(maxsize=256)
def _options(choices: tuple[Choice, ...], selected: str) -> Markup:
    """The options of a select. Cached: there are a hundred, and a keystroke changes none."""

    def group(name: str, members: Iterator[Choice]) -> Node:
        options = [option(value=each.value, selected=each.value == selected)[each.label] for each in members]
        return optgroup(label=name)[options] if name else options

    return Markup(fragment[(group(*each) for each in groupby(choices, key=lambda choice: choice.group))])


def _selected(choices: tuple[Choice, ...], text: str) -> str:
    """The value of the choice that `text` names in any case, or nothing."""
    return next((each.value for each in choices if each.value.casefold() == text.strip().casefold()), "")


# --- tables and the worked example ---


def _tables(view: View, stale: bool, folded: bool) -> dict[str, str]:
    found = {}
    for table in view.tables:
        if table.folded == folded:
            found[table.slug] = "".join(_row(row, stale) for row in table.rows())
            found[f"{table.slug}-notes"] = "".join(f'<p class="note">{_line(note, stale)}</p>' for note in table.notes)
    return found


@lru_cache(maxsize=1024)
def _row(row: Row, stale: bool) -> str:
    current, mark = (' aria-current="true"', '<span class="mark"> your choice</span>') if row.chosen else ("", "")
    note = f'<p class="note">{_line(row.note, stale)}</p>' if row.note else ""
    cells = "".join(f"<td>{_line(cell, stale)}</td>" for cell in row.cells)
    return f'<tr{current}><th scope="row">{_line(row.head, stale)}{mark}{note}</th>{cells}</tr>'


def _step(step: Step, stale: bool) -> str:
    substituted = f'<p class="substituted">= {_line(step.substituted, stale)}</p>' if step.substituted else ""
    return (
        f'<li><h3>{_escaped(step.title)}</h3><p class="formula">{_escaped(step.formula)}</p>{substituted}'
        f'<p class="result">= {_line(step.result, stale)}</p></li>'
    )
