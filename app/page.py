"""(calculator, raw values) -> HTML. Pure, and the only renderer there is.

What follows the inputs is cut into regions. The built page holds each one rendered for the defaults; after every
event the browser patches those whose HTML has changed. Text is escaped by htpy, never by hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from htpy import (
    Element,
    Node,
    button,
    caption,
    div,
    fieldset,
    fragment,
    h2,
    h3,
    input,
    label,
    legend,
    li,
    ol,
    optgroup,
    option,
    p,
    select,
    span,
    strong,
    table,
    tbody,
    th,
    thead,
    tr,
)
from markupsafe import Markup, escape

from .calculator import (
    Calculator,
    Card,
    Choice,
    Field,
    Figure,
    Line,
    Link,
    Raw,
    Row,
    Step,
    Table,
    Values,
    View,
    read,
)

STALE = "—"
"""Shown in place of every figure while an input is invalid: no number is better than a wrong one."""


def regions(calculator: Calculator, raw: Raw) -> dict[str, str]:
    """The HTML of each region, by name, for what stands in the controls."""
    values, messages = read(calculator, raw)
    view = calculator.view(values, calculator.compute(values))
    stale = bool(messages)
    return {
        "answer": str(fragment[_answer(calculator, view, messages)]),
        "inputs": str(fragment[_inputs(calculator, raw, values, view, messages)]),
        **{table.slug: _table(table, stale) for table in view.tables},
        "worked": str(fragment[_worked(view.steps, stale)]),
    }


def tables(calculator: Calculator) -> tuple[Table, ...]:
    """The tables of a calculator, each a region by its slug."""
    values, _ = read(calculator, calculator.defaults)
    return calculator.view(values, calculator.compute(values)).tables


# --- figures and lines ---


def _figure(figure: Figure, stale: bool) -> str:
    known = not stale and math.isfinite(figure.value)
    shown = (
        f'<data value="{figure.value!r}">{escape(figure.text)}</data>' if known else f'<data value="">{STALE}</data>'
    )
    if not figure.name:
        return shown
    # Outputs are live regions by default; a dozen of them speaking at each keystroke would drown the verdict.
    mark = " data-stale" if stale else ""
    return f'<output name="{escape(figure.name)}" aria-live="off"{mark}>{shown}</output>'


@lru_cache(maxsize=4096)
def _line(line: Line, stale: bool) -> Markup:
    """A line as one piece of markup. Lines are most of the page: strings here, not elements, halve a keystroke."""

    def render(part: str | Figure | Link) -> str:
        if isinstance(part, Figure):
            return _figure(part, stale)
        if isinstance(part, Link):
            return f'<a href="{escape(part.url)}" rel="noreferrer">{escape(part.text)}</a>'
        return escape(part)

    return Markup("".join(map(render, line)))


# --- the answer ---


def _answer(calculator: Calculator, view: View, messages: dict[str, str]) -> Node:
    stale = bool(messages)
    return [
        h2(".hidden")["Answer"],
        div(".verdict", role="status")[_waiting(calculator, messages) if stale else _verdict(view)],
        div(".cards", data_stale=stale)[(_card(card, stale) for card in view.cards)],
    ]


def _verdict(view: View) -> Node:
    return [
        p(".claim")[_line(view.verdict, False)],
        p[_line(view.reason, False)],
        bool(view.warning) and p(".trap")[strong["The trap: "], _line(view.warning, False)],
        p(".change")[strong["What would change it: "], _line(view.change, False)],
    ]


def _waiting(calculator: Calculator, messages: dict[str, str]) -> Node:
    labels = [field.label for field in calculator.fields if field.name in messages]
    return [
        p(".claim")[f"No answer yet: {' and '.join(labels)} cannot be read."],
        p["The figures come back as soon as the marked input is right. What you typed is kept."],
    ]


def _card(card: Card, stale: bool) -> Element:
    return div(".card")[
        h3[card.label],
        p(".figure")[_line(card.answer, stale)],
        (p(".detail")[_line(detail, stale)] for detail in card.details),
    ]


# --- the form ---


def _inputs(calculator: Calculator, raw: Raw, values: Values, view: View, messages: dict[str, str]) -> Node:
    def control(field: Field) -> Markup:
        text = raw.get(field.name, field.default)
        message = messages.get(field.name, "")
        note = _line(view.notes.get(field.name, ()) if not message else (), bool(messages))
        at = field.slider.position(values[field.name]) if field.slider else 0
        return _field(calculator.slug, field, text, at, note, message)

    return [
        h2["Inputs"],
        (control(field) for field in calculator.fields),
        div(".actions")[
            button(type="button", data_action="copy-link")["Copy link"],
            button(type="button", data_action="reset")["Reset"],
            span(".done", role="status", data_done=True),
        ],
    ]


@lru_cache(maxsize=256)
def _field(slug: str, field: Field, text: str, at: float, note: Markup, message: str) -> Markup:
    """One control with what stands in it, its slider `at` a position, its note and its message."""
    identity = f"{slug}-{field.name}"
    described = {
        "aria_describedby": f"{identity}-message {identity}-note",
        "aria_invalid": "true" if message else None,
    }
    below = [
        p(".message", id=f"{identity}-message", aria_live="polite")[message],
        p(".note", id=f"{identity}-note")[field.hint, " " if field.hint and note else "", note],
    ]
    if field.control == "radio":
        controls = _radios(field, text)
        return Markup(fieldset(".field", role="radiogroup", **described)[legend[field.label], controls, below])
    box = _select if field.control == "select" else _text
    return Markup(div(".field")[label(for_=identity)[field.label], box(identity, field, text, at, described), below])


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
    selected = _selected(field.choices, text)
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
    # Presets and sliders hold no state of their own: they fill the box and are drawn from what stands in it.
    return div(".control")[
        box,
        bool(field.choices)
        and select(aria_label=f"{field.label}: choose a preset", data_fills=field.name)[
            option(value="", selected=not selected)["Presets…"],
            _options(field.choices, selected),
        ],
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


@lru_cache(maxsize=64)
def _table(each: Table, stale: bool) -> Markup:
    parts = [
        bool(each.intro) and p[_line(each.intro, stale)],
        # A wide table scrolls in its own box, which must be reachable by keyboard.
        div(".scroll", role="region", tabindex="0", aria_label=each.title)[
            table(data_stale=stale)[
                caption(".hidden")[each.title],
                thead[tr[(th(scope="col")[column] for column in each.columns)]],
                tbody[(_row(row, stale) for row in each.rows)],
            ]
        ],
        (p(".note")[_line(note, stale)] for note in each.notes),
    ]
    return Markup(fragment[parts])


@lru_cache(maxsize=1024)
def _row(row: Row, stale: bool) -> Markup:
    """A row as one piece of markup, for the reason given at `_line`."""
    current, mark = (' aria-current="true"', '<span class="mark"> your choice</span>') if row.chosen else ("", "")
    cells = "".join(f"<td>{_line(cell, stale)}</td>" for cell in row.cells)
    return Markup(f'<tr{current}><th scope="row">{_line(row.head, stale)}{mark}</th>{cells}</tr>')


def _worked(steps: tuple[Step, ...], stale: bool) -> Node:
    return [
        h2["Worked example, with your numbers"],
        ol(".steps", data_stale=stale)[
            (
                li[
                    h3[step.title],
                    p(".formula")[step.formula],
                    bool(step.substituted) and p(".substituted")["= ", _line(step.substituted, stale)],
                    p(".result")["= ", _line(step.result, stale)],
                ]
                for step in steps
            )
        ],
    ]
