"""The form: one control for each field, with its note and its message. Pure: (field, text) -> HTML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from htpy import (
    Element,
    Node,
    button,
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
    table,
    tbody,
    textarea,
    thead,
    tr,
)
from markupsafe import Markup, escape

from app.page.cache import cached
from app.page.combobox import matches
from app.vocabulary.calculator import Choice, Field, Invalid

_Attributes: TypeAlias = "dict[str, str | bool | None]"

LONGEST_SHOWN = 20_000
"""Characters of a table that its box shows: more than that nobody reads or edits as text."""


def control(slug: str, field: Field, text: str, at: float, note: str, message: str, shown: str = "") -> Markup:
    """One control with what stands in it, its slider `at` a position, its note and its message. A box that shows
    something else for `text` (`Field.shows`) has `shown` in it, and the text beside.
    """
    whole = field.control != "table" or len(text) <= LONGEST_SHOWN
    if not whole:
        shown = f"{text[:200]}… ({len(text):,} characters: edit the cells below)"
    raw = text if whole and shown and shown != text else None
    made = _control(slug, field, shown or text, raw, whole, at, _NOTE if note else "", message)
    if not note:
        return made
    before, _, after = made.rpartition(_NOTE)  # the last one: what is typed stands before the note
    return Markup(f"{before}{note}{after}")


def shown(field: Field, text: str, value: Any) -> str:
    """What a box shows for the `text` that `value` was read from."""
    return field.shows(text, value) if field.shows else text


_NOTE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Where the note goes, which often is all of a control that changes at a keystroke."""


@cached(400_000)
def _control(
    slug: str, field: Field, text: str, raw: str | None, whole: bool, at: float, note: str, message: str
) -> Markup:
    identity = f"{slug}-{field.name}"
    described: _Attributes = {
        "readonly": not whole,
        "data_raw": raw,
        "aria_describedby": f"{identity}-message {identity}-note",
        "aria_invalid": "true" if message else None,
    }
    below = [
        p(".message", id=f"{identity}-message", aria_live="polite")[message],
        p(".note", id=f"{identity}-note")[
            (field.hint or note) and span[field.hint, " " if field.hint and note else "", Markup(note)]
        ],
    ]
    if field.control == "radio":
        controls = _radios(field, text)
        return Markup(fieldset(role="radiogroup", **described)[legend[field.label], controls, below])
    box = {"select": _select, "table": _area}.get(field.control, _text)
    return Markup(fragment[label(for_=identity)[field.label], box(identity, field, text, at, described), below])


def _select(identity: str, field: Field, text: str, _at: float, described: _Attributes) -> Node:
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


def _text(identity: str, field: Field, text: str, at: float, described: _Attributes) -> Node:
    searched = {
        "role": "combobox",
        "aria_expanded": "false",  # true for as long as its list is open: the list is put there and taken away alone
        "aria_autocomplete": "list",
        "aria_controls": f"{identity}-options",
    }
    box = input(
        id=identity,
        name=field.name,
        type="text",  # type=number loses "0,5" and half-typed values, and changes on scroll
        value=text,
        autocomplete="off",
        autocapitalize="off",
        spellcheck="false",
        **described,
        **(searched if field.search else {}),
    )
    # A slider holds no state of its own: it fills the box and is drawn from what stands in it.
    return div(".control")[
        box,
        field.search
        and button(
            ".opener",
            type="button",
            tabindex="-1",  # the keyboard has the arrow keys
            aria_label=f"Show the list: {field.label}",
            data_action="list",
            data_field=field.name,
        ),
        field.slider
        and input(
            type="range",
            aria_label=f"{field.label}, slider",
            aria_valuetext=f"{at:g}{field.slider.unit} {field.label.casefold()}",
            data_fills=field.name,
            data_unit=field.slider.unit,
            min=str(field.slider.minimum),
            max=str(field.slider.maximum),
            step="1",
            value=f"{at:g}",
            autocomplete="off",
        ),
    ]


def _area(identity: str, field: Field, text: str, _at: float, described: _Attributes) -> Node:
    return textarea(
        id=identity,
        name=field.name,
        rows="2",
        autocomplete="off",
        autocapitalize="off",
        spellcheck="false",
        **described,
    )[text]


SHEET_ROWS, SHEET_COLUMNS = 40, 60
"""Rows of a table that are on the page at once: those that can be seen, and some on either side. And the most columns:
each is a box in every row.
"""


class Head(NamedTuple):
    """The head of a column on the page, and what the column is taken for, where that can be chosen."""

    text: str
    role: str = ""


def sheet(slug: str, field: Field, text: str, said: str = "auto") -> str:
    """The first cells of a table and the buttons below; `said` is what its columns are said to be."""
    lines = lines_of(field, text)
    heads = heads_of(field, lines, roles_of(field, text, said))
    name = field.name

    def act(action: str, words: str) -> Element:
        return button(type="button", data_action=action, data_field=name)[words]

    return str(
        fragment[
            div(".sheet", data_sheet=name, tabindex="-1")[
                table(aria_label=f"{field.label}, cells", aria_rowcount=str(len(lines) + 1))[
                    thead[tr(id=f"{slug}-heads-{name}")[Markup(sheet_heads(slug, field, heads))]],
                    tbody(id=f"{slug}-rows-{name}")[Markup(sheet_rows(slug, field, lines, heads, 0))],
                ]
            ],
            div(".actions")[act("undo", "Undo"), act("clear", "Clear")],
        ]
    )


def sheet_heads(slug: str, field: Field, heads: Sequence[Head]) -> str:
    """The names of the columns of a table's cells, and below each what it is taken for, to be chosen."""
    named = "".join(
        f'<th scope="col">{escape(head.text)}{_role(slug, field, at, head) if head.role else ""}</th>'
        for at, head in enumerate(heads)
    )
    return f'<th scope="col">Row</th>{named}<td></td>'


def _role(slug: str, field: Field, at: int, head: Head) -> str:
    roles = field.sheet.roles if field.sheet else ()
    listed = "".join(
        f'<option value="{each.value}"{" selected" if each.value == head.role else ""}>{escape(each.label)}</option>'
        for each in roles
    )
    return (
        f'<select id="{slug}-{field.name}-role-{at}" class="role" data-role="{field.name},{at}"'
        f' aria-label="Column {at + 1}, {escape(head.text)}: taken for" autocomplete="off">{listed}</select>'
    )


def heads_of(field: Field, lines: Sequence[tuple[str, ...]], roles: Sequence[str] = ()) -> tuple[Head, ...]:
    """The heads of the columns of a table that are on the page: as its first line has them, else what they hold. Of a
    table with room for more than is typed, nothing is chosen yet.
    """
    if not field.sheet:
        return ()
    named = lines[0] if lines else ()
    own = field.sheet.heads(tuple(lines[1:])) if not named else ()
    roles = roles if len(roles) >= len(own) else ()
    labels = {each.value: each.label for each in field.sheet.roles}
    width = max(len(named) or len(own), len(roles))
    heads = []
    for at in range(min(width, SHEET_COLUMNS)):
        role = roles[at] if at < len(roles) else ""
        known = labels.get(role) or (own[at] if at < len(own) else "")
        text = (named[at] if at < len(named) else "") if named else known
        heads.append(Head(text or f"Column {at + 1}", role))
    return tuple(heads)


def lines_of(field: Field, text: str) -> tuple[tuple[str, ...], ...]:
    """The lines of a table's text: first that of its heads, empty where it has none, then its rows; no rows of one that
    is too large to be a table.
    """
    try:
        rows = field.sheet.rows(text) if field.sheet else ()
        return (field.sheet.named(text) if field.sheet and field.sheet.named else (), *rows)
    except Invalid:
        return ((),)


def roles_of(field: Field, text: str, said: str) -> tuple[str, ...]:
    """What the columns of a table are taken for, where that can be chosen."""
    try:
        return field.sheet.taken(text, said) if field.sheet and field.sheet.taken else ()
    except Invalid:
        return ()


def sheet_rows(
    slug: str,
    field: Field,
    lines: Sequence[tuple[str, ...]],
    heads: Sequence[Head],
    first: int,
    wrong: Mapping[tuple[int, int], str] = MappingProxyType({}),
) -> str:
    """The rows of a table from the place `first` on, as far as they are on the page; the last row of all is empty, to
    be typed into. Put together as strings: they come anew while scrolling.
    """
    count, names = len(lines) - 1, [head.text for head in heads]
    return "".join(
        _sheet_row(slug, field.name, place, lines[place + 1] if place < count else (), names, place < count, wrong)
        for place in range(first, min(first + SHEET_ROWS, count + 1))
    )


def _sheet_row(
    slug: str,
    name: str,
    place: int,
    row: tuple[str, ...],
    heads: Sequence[str],
    removable: bool,
    wrong: Mapping[tuple[int, int], str],
) -> str:
    found = []
    for at, head in enumerate(heads):
        text, message = row[at] if at < len(row) else "", wrong.get((place, at), "")
        identity = f"{slug}-{name}-{place}-{at}"
        bad = f' aria-invalid="true" aria-describedby="{identity}-why"' if message else ""
        why = f'<span class="hidden" id="{identity}-why">{escape(message)}</span>' if message else ""
        found.append(
            f'<td><input type="text" id="{identity}" data-cell="{place},{at}" data-sheet="{name}"'
            f' value="{escape(text)}" aria-label="Row {place + 1}, {escape(head)}" autocomplete="off"'
            f' spellcheck="false"{bad}>{why}</td>'
        )
    remove = remover(name, place) if removable else ""
    return f'<tr aria-rowindex="{place + 2}"><th scope="row">{place + 1}</th>{"".join(found)}<td>{remove}</td></tr>'


def remover(name: str, place: int) -> str:
    """The button that takes a row of a table away."""
    return (
        f'<button type="button" class="remove" tabindex="-1" data-action="remove" data-field="{name}"'
        f' data-row="{place}" aria-label="Remove row {place + 1}">×</button>'
    )


def options(slug: str, field: Field, query: str, active: int) -> str:
    """The list below a combobox: what matches `query`, in groups, with the option at the place `active` marked."""
    found = list(enumerate(matches(field, query)))
    if not found:
        return str(p(".none")["Nothing on the list matches."])

    def group(name: str, members: Iterator[tuple[int, Choice]]) -> Node:
        listed = [
            div(
                id=option_id(slug, field, place),
                role="option",
                aria_selected="true" if place == active else "false",
                data_action="choose",
                data_field=field.name,
                data_value=choice.value,
            )[span[choice.label], choice.detail and span(".detail")[choice.detail]]
            for place, choice in members
        ]
        return div(role="group", aria_label=name)[div(".family", aria_hidden="true")[name], listed] if name else listed

    return str(
        div(id=f"{slug}-{field.name}-options", role="listbox", aria_label=field.label)[
            (group(*each) for each in groupby(found, key=lambda each: each[1].group))
        ]
    )


def option_id(slug: str, field: Field, place: int) -> str:
    """The id of one option of the list below a combobox."""
    return f"{slug}-{field.name}-option-{place}"


def upload(slug: str, field: Field, study: str = "") -> Node:
    """The button that takes a file in place of typing, the one that takes files to `study`, and the place where it says
    what became of what was handed over or pasted.
    """
    identity = f"{slug}-file-{field.name}"
    return (field.upload or field.sheet) and div(".upload")[
        field.upload
        and fragment[
            input(".hidden", id=identity, type="file", accept=field.upload.accept, data_takes=field.name),
            label(".button", for_=identity)[field.upload.label],
            label(".button", for_=f"{slug}-file-study")[study]
            if study
            else span(".note")["or drop it on the page, or paste its text"],
        ],
        span(".done", id=f"{slug}-taken-{field.name}", role="status"),
    ]


@lru_cache(maxsize=256)
def _options(choices: tuple[Choice, ...], selected: str) -> Markup:
    """The options of a select. Cached: a keystroke changes none."""

    def group(name: str, members: Iterator[Choice]) -> Node:
        listed = [option(value=each.value, selected=each.value == selected)[each.label] for each in members]
        return optgroup(label=name)[listed] if name else listed

    return Markup(fragment[(group(*each) for each in groupby(choices, key=lambda choice: choice.group))])


def _selected(choices: tuple[Choice, ...], text: str) -> str:
    """The value of the choice that `text` names in any case, or nothing."""
    return next((each.value for each in choices if each.value.casefold() == text.strip().casefold()), "")
