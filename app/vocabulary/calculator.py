"""The vocabulary every calculator is written in.

A calculator declares its fields, a pure `compute` and a pure `view`. `app.page.rendering` turns any of them into HTML,
so a new calculator is a new folder and nothing else. Data walks one way:

    raw text  --Field.parse-->  values  --Calculator.compute-->  result  --Calculator.view-->  View

Records are named tuples: a frozen dataclass takes five times as long to define in the browser, and a tuple hashes at
C speed, which the renderer's caches live on.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from math import isfinite
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")

Raw: TypeAlias = Mapping[str, str]
"""What stands in the controls, by field name: text as typed, never checked."""

Values: TypeAlias = Mapping[str, Any]
"""What the fields' parsers made of it."""


class Invalid(ValueError):
    """A value that cannot be used. Its message says what is wrong and what would be right, in plain text.

    A `compute` names the `field` at fault; a field's own parser need not. Of a table, `cells` has the messages by row
    and column, both from 0. What belongs to another calculator has the `link` there. Where a value can be meant in
    several `ways`, the message asks which: the page shows what each comes to, and a button for it.
    """

    def __init__(
        self,
        message: str,
        field: str = "",
        cells: Mapping[tuple[int, int], str] = MappingProxyType({}),
        link: Link | None = None,
        ways: tuple[Way, ...] = (),
    ) -> None:
        super().__init__(message)
        self.field = field
        self.cells = cells
        self.link = link
        self.ways = ways


class Way(NamedTuple):
    """One way to read an input: what it is called on its button, and the `texts` that say it, by field."""

    label: str
    texts: Mapping[str, str]


class Asked(NamedTuple):
    """A way to read an input, and what it comes to: the first answer of the page, or why there is none."""

    way: Way
    answer: Line


class Message(str):
    """Why an input is not used, in plain text. Beside it stand the `link` to where it belongs, and what each way to
    read it comes to, where there are any.
    """

    link: Link | None = None
    asked: tuple[Asked, ...] = ()

    @classmethod
    def of(cls, invalid: Invalid) -> Message:
        """What a refusal says, with the way to where the input belongs."""
        message = cls(invalid)
        message.link = invalid.link
        return message


class Choice(NamedTuple):
    """One thing that can be chosen: `value` goes into the link, `label` is shown, under `group` where there is one.
    `detail` says quietly what tells it from the others.
    """

    value: str
    label: str
    group: str = ""
    detail: str = ""


class Slider(NamedTuple):
    """A slider beside a text box: it writes its position and `unit` into the box and stands at `position(value)`."""

    minimum: int
    maximum: int
    position: Callable[[Any], float]
    unit: str


class Upload(NamedTuple):
    """A file that can be chosen, dropped or pasted instead of typing.

    `take` turns the file's text into the text that goes into the box, or into the texts of several fields by name where
    a file says more, or raises `Invalid`. `accept` is the file chooser's filter, `limit` the most bytes that are read.
    Of a text that may be long, what `take` needs is found `ahead` of it, in slices, and is remembered.
    """

    label: str
    accept: str
    limit: int
    take: Callable[[str], str | Mapping[str, str]]
    ahead: Callable[[str], Iterable[object]] = lambda _: ()


class Sheet(NamedTuple):
    """A table that is typed, pasted or dropped: `rows` makes cells of its text (without a line of heads), `heads` names
    the columns of what they hold. Its text is what `app.vocabulary.table` reads and writes.

    Of a table with `roles` each column can be taken for one of them: `columns` is the field that says which, `named`
    the line of heads of a text, if it has one, and `taken` what each column is taken for, by the text and by what that
    field says. The field's `parse` is then given both texts.
    """

    rows: Callable[[str], tuple[tuple[str, ...], ...]]
    heads: Callable[[tuple[tuple[str, ...], ...]], tuple[str, ...]]
    columns: str = ""
    roles: tuple[Choice, ...] = ()
    named: Callable[[str], tuple[str, ...]] | None = None
    taken: Callable[[str, str], tuple[str, ...]] | None = None


class Field(NamedTuple):
    """One input.

    `parse` turns what was typed into a value or raises `Invalid`. `choices` are the options of a `select` or
    `radio` control, and of a `text` box that takes nothing else. `search` lists what a `text` box can be filled with,
    by what was typed to find it. `shows` says what such a box shows for a text and the value that was read from it,
    where that is not the text itself: the name for a key, a line for a file. A `table` has the cells of its `sheet`
    below its text. A field of a `group` (by key) is folded away with it. One that is `beside`
    another shares the line of the field before it, in equal parts or as the narrow one.
    """

    name: str
    label: str
    default: str
    parse: Callable[..., Any]
    control: Literal["text", "select", "radio", "table"] = "text"
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    slider: Slider | None = None
    search: Callable[[str], tuple[Choice, ...]] | None = None
    upload: Upload | None = None
    sheet: Sheet | None = None
    group: str = ""
    shows: Callable[[str, Any], str] | None = None
    beside: Literal["", "equal", "narrow"] = ""


class Group(NamedTuple):
    """Fields that are folded away together, under a `title`. What they are set to is said beside it (`View.groups`)."""

    key: str
    title: str


def one_of(*choices: Choice) -> Callable[[str], str]:
    """A parser that takes the value of one of `choices`, in any case, and refuses the rest by naming them.

    >>> one_of(Choice("fp16", "FP16"), Choice("int8", "INT8"))("FP16")
    'fp16'
    """
    by_value = {choice.value.casefold(): choice.value for choice in choices}

    def parse(text: str) -> str:
        value = by_value.get(text.strip().casefold())
        if value is None:
            known = list(by_value.values())
            listed = ", ".join(known[:8]) + (" and others in the list" if len(known) > 8 else "")
            raise Invalid(f"“{shorten(text)}” is not offered here. Choose one of {listed}.")
        return value

    return parse


def shorten(text: str, limit: int = 40) -> str:
    """`text` on one line and at most `limit` characters long, for quoting in a message."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


class Figure(NamedTuple):
    """A number on the page: shown as `text`, kept whole as `value`, an output of the page if it has a `name`. What is
    found may also be one of several things: then its value is the key of that.

    `formula` is how it was computed, with the numbers in place: shown where the reader asks for formulas.
    """

    value: float | str
    text: str
    name: str = ""
    formula: str = ""

    @property
    def known(self) -> bool:
        """Whether there is something to show: a number that is none is not."""
        return isinstance(self.value, str) or isfinite(self.value)


class Link(NamedTuple):
    """A source that a reader can open."""

    text: str
    url: str


class Axis(NamedTuple):
    """One axis of a plot or of a column: what it measures, its two ends, and the `ticks` that are written beside it,
    each a place and its words. With `log` equal steps are equal factors.
    """

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False


class Meter(NamedTuple):
    """A bar in a cell: `value` of the `whole` that the bars of a column share, up to a `limit` or beyond it."""

    value: float
    whole: float
    limit: float | None = None


class Spread(NamedTuple):
    """A range in a cell: from `low` to `high` on the axis of its column, `likely` within, with `marks` for what others
    measured.
    """

    low: float
    likely: float
    high: float
    axis: Axis
    marks: tuple[float, ...] = ()


class Code(str):
    """Words that are typed into a terminal or a file: shown line by line, as they are."""

    __slots__ = ()


Piece: TypeAlias = "str | Figure | Link | Meter | Spread"
"""What a line is made of."""

Line: TypeAlias = tuple[Piece, ...]
"""Words, figures and sources in reading order. A number that depends on an input is a `Figure`, so it can go stale. The
small pictures of a cell are hidden from screen readers: the figures beside them say the same.
"""


def nameless(line: Line) -> Line:
    """A line whose figures stand on the page a second time: an output has its name once.

    >>> nameless((Figure(7e9, "7B", "dense_params"), " parameters"))
    (Figure(value=7000000000.0, text='7B', name='', formula=''), ' parameters')
    """
    return tuple([each._replace(name="") if isinstance(each, Figure) else each for each in line])


def also(line: Line, sentences: Iterable[str]) -> Line:
    """A line and further sentences.

    >>> also(("One.",), ["Two.", "Three."]), also((), ["One."])
    (('One.', ' Two.', ' Three.'), ('One.',))
    """
    for sentence in sentences:
        line = (*line, f" {sentence}" if line else sentence)
    return line


class Finding(NamedTuple):
    """One of the lines below the claim, which never move: what it is about, how that stands, and why."""

    label: str
    sign: Literal["good", "mixed", "bad", "unknown"]
    words: Line


class Card(NamedTuple):
    """One of the answers at the top: a label, the answer itself, and a line or two that put it into proportion."""

    label: str
    answer: Line
    details: tuple[Line, ...] = ()


class Row(NamedTuple):
    """One row of a table: what it is about, its cells, a quiet line below its head, and whether the user chose it.

    A row with a `key` can be chosen: that `sets` these texts, by field. `tags` say what it is the best at.
    """

    head: Line
    cells: tuple[Line, ...]
    note: Line = ()
    chosen: bool = False
    key: str = ""
    sets: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()


class Segment(NamedTuple):
    """One piece of a bar: how large it is (`value`, in any unit), what it is, and its size in words."""

    label: str
    value: float
    text: str


class Trace(NamedTuple):
    """Points of a plot that belong together. `look` is how they are drawn; those that share a `part` share a colour. A
    trace without a `label` is not in the legend; `marks` are words beside the points, none or one for each. An `area`
    reaches from the points down to the axis, `bars` lie between them and the middle line, x = 0.
    """

    label: str
    points: tuple[tuple[float, float], ...]
    look: Literal["line", "dashed", "area", "bars", "dots", "rings", "cloud"] = "line"
    part: int = 1
    marks: tuple[str, ...] = ()


class Plot(NamedTuple):
    """A picture of what a table says: traces over two axes, and a `title` that tells it from others beside it."""

    title: str
    x: Axis
    y: Axis
    traces: tuple[Trace, ...]


class Waffle(NamedTuple):
    """A thousand cases as dots, in the colours of the `segments` they belong to, whose values are whole numbers."""

    title: str
    segments: tuple[Segment, ...]


class Download(NamedTuple):
    """A file to take away: made when it is asked for. Without `make` it cannot be had, and `note` says why."""

    filename: str
    label: str
    make: Callable[[], str] | None
    note: Line = ()


class Table(NamedTuple):
    """Rows under column heads, with an `intro` above and `notes` below; a bar of `segments`, `plots` and `downloads`
    where it has them. A head that is an axis has its ticks, for the ranges below it. A `folded` table opens when asked;
    of one `in_plots` the rows do. Only what is within may differ from result to result.
    """

    title: str
    columns: tuple[str | Axis, ...]
    rows: Callable[[], Iterable[Row]]
    intro: str = ""
    notes: tuple[Line, ...] = ()
    folded: bool = True
    bar: tuple[Segment, ...] = ()
    plots: tuple[Plot | Waffle, ...] = ()
    downloads: tuple[Download, ...] = ()
    in_plots: bool = False

    @property
    def heads(self) -> tuple[str, ...]:
        """The words over its columns."""
        return tuple(each if isinstance(each, str) else each.label for each in self.columns)


class Step(NamedTuple):
    """One line of the worked example: what is computed, by which formula, with these numbers, giving this."""

    title: str
    formula: str
    substituted: Line
    result: Line


class View(NamedTuple):
    """Everything a calculator says about one result.

    `verdict` is the answer in a sentence, `better` the option to take instead in another, `findings` the lines below
    them, `reason` why, `change` what would change it. `facts` are the main figures in a line each: with them the
    `cards` come after the first tables. `summary` says in a line what was asked, and in another what came out. `cite`
    is the answer as a line to copy into a text.

    `tables`, by slug, and `steps` are made when it is their turn: what is not on the screen can wait. A table whose
    maker is the same function for every result is made once. `marked` are some of them again, with what takes long to
    find; `gists`, by slug, are the main figure of a table, for its title; `readings`, by slug, say what the lines of
    its plots come to at a place along their axis, from 0 to 1; `contents` are the tables at which a part of them
    begins, by its name.

    `warning` is the trap the user is about to step into, if any. `notes` say, by field name, how an input was
    understood, and `taken` which value was taken where it leaves that to the page: there its slider stands. `groups`,
    by key, say what a group of inputs is set to. `formulas`: the reader wants every figure with its formula. A field
    that is `unused` does not show.
    """

    verdict: Line
    reason: Line
    change: Line
    cards: tuple[Card, ...]
    tables: Mapping[str, Callable[[], Table]]
    steps: Callable[[], tuple[Step, ...]]
    warning: Line = ()
    notes: Mapping[str, Line] = MappingProxyType({})
    groups: Mapping[str, Line] = MappingProxyType({})
    taken: Mapping[str, Any] = MappingProxyType({})
    formulas: bool = False
    better: Line = ()
    findings: tuple[Finding, ...] = ()
    facts: tuple[Line, ...] = ()
    gists: Mapping[str, Callable[[], Line]] = MappingProxyType({})
    readings: Mapping[str, Callable[[float], Line]] = MappingProxyType({})
    marked: Mapping[str, Callable[[], Table]] = MappingProxyType({})
    contents: Mapping[str, str] = MappingProxyType({})
    summary: tuple[Line, Line] = ((), ())
    cite: Line = ()
    unused: frozenset[str] = frozenset()


class Progress(NamedTuple):
    """How far a long computation is: the share that is done, and what it is doing, in a word or two."""

    done: float
    doing: str


class Job(NamedTuple):
    """A part of a long computation that a script beside the page may do in Python's stead, many times as fast: by its
    `name` there (static/inner_loops.js), on `data` of numbers and arrays of them. While it is at it, the computation
    goes from `begun` through a `share` of the whole.
    """

    name: str
    data: Mapping[str, Any]
    begun: Progress
    share: float


Found: TypeAlias = Mapping[str, Any]
"""What a job has found: numbers, and views of arrays of them, by name."""

Work: TypeAlias = Generator[Progress | Job, Found | None, Any]
"""A computation in slices, each short enough not to be noticed. It yields how far it is, and returns its result. Where
it yields a job it is sent what was found; if that is None, there is nobody to do it, and it finds the same by itself.
"""


class Files(NamedTuple):
    """Files of any size that a calculator studies: they are read by slices, never whole. `title` and `intro` stand over
    what is found, `label` on the button that takes them; their names have one of the `endings`. `study` begins with
    their names and sizes (`app.vocabulary.study`).
    """

    title: str
    short: str
    label: str
    intro: str
    endings: tuple[str, ...]
    study: Callable[[Sequence[tuple[str, int]]], Any]

    def has(self, names: Iterable[str]) -> bool:
        """Whether files of such names are for it."""
        return any(name.casefold().endswith(self.endings) for name in names)


class Calculator(NamedTuple):
    """A calculator: what it is called, what it asks, how it answers, and which files it studies.

    `compute` gives the result, or `Work` that returns it where that may take longer than a keystroke.
    """

    slug: str
    title: str
    promise: str
    fields: tuple[Field, ...]
    compute: Callable[[Values], Any]
    view: Callable[[Values, Any], View]
    groups: tuple[Group, ...] = ()
    files: Files | None = None

    @property
    def defaults(self) -> dict[str, str]:
        """The text each field starts with."""
        return {field.name: field.default for field in self.fields}


class Reading(NamedTuple):
    """What was made of raw values: the parsed ones by field, the result, the messages of the invalid fields."""

    values: dict[str, Any]
    result: Any
    messages: dict[str, str]


Memory: TypeAlias = dict[str, tuple[str, Any]]
"""What stood in each field when it was last parsed, and what its parser made of it: a value, or `Invalid`."""


def parsed(field: Field, text: str, memory: Memory, said: str = "auto") -> Any:
    """What the parser of a field makes of `text`: a value, or `Invalid`. What is in `memory` is not parsed again. Of a
    table whose columns can be taken for several things, `said` is what they are said to be: it is remembered under the
    field that says so, which is parsed next.
    """
    columns = field.sheet.columns if field.sheet else ""
    same = field.name in memory and memory[field.name][0] == text
    if not (same and (not columns or (columns in memory and memory[columns][0] == said))):
        try:
            memory[field.name] = (text, field.parse(text, said) if columns else field.parse(text))
        except Invalid as invalid:
            memory[field.name] = (text, invalid.with_traceback(None))  # it would keep alive what the parser held
    return memory[field.name][1]


def reading(
    calculator: Calculator, raw: Raw, memory: Memory | None = None, ask: bool = True
) -> Generator[Progress | Job, Found | None, Reading]:
    """Read raw values in slices: it yields how far it is, and returns the reading. What stands in `memory` is not
    parsed again.

    An invalid or missing field takes its default's value, so that the page keeps its shape while every figure on
    it is marked stale. A value may be sound by itself and still not go with the others: then `compute` refuses it. Of
    one that can be meant in several ways, each is read too, if the reading is to `ask`.
    """
    known: Memory = {} if memory is None else memory
    values: dict[str, Any] = {}
    messages: dict[str, str] = {}
    for each in calculator.fields:
        said = raw.get(each.sheet.columns, "auto") if each.sheet else ""
        found = parsed(each, raw.get(each.name, each.default), known, said)
        if isinstance(found, Invalid):
            messages[each.name] = (yield from _message(calculator, raw, found, known)) if ask else str(found)
            found = each.parse(each.default)
        values[each.name] = found
    for _ in range(len(calculator.fields) + 1):
        try:
            computed = calculator.compute(values)
            result = (yield from computed) if isinstance(computed, Generator) else computed
            return Reading(values, result, messages)
        except Invalid as invalid:
            at = next(each for each in calculator.fields if each.name == invalid.field)
            messages[at.name] = (yield from _message(calculator, raw, invalid, known)) if ask else str(invalid)
            values[at.name] = at.parse(at.default)
    raise AssertionError(f"{calculator.slug}: the defaults of its fields do not go together")


def _message(
    calculator: Calculator, raw: Raw, invalid: Invalid, known: Memory
) -> Generator[Progress | Job, Found | None, Message]:
    """What is said of a refusal: its words, where the input belongs, and what every way to read it comes to. Of the
    texts that are `known`, a way replaces some, and the others are not parsed again.
    """
    message = Message.of(invalid)
    cards: list[tuple[Card, ...]] = []
    wrong: list[str] = []
    for way in invalid.ways:
        kept = {name: each for name, each in known.items() if name not in way.texts}
        values, result, messages = yield from reading(calculator, {**raw, **way.texts}, kept, ask=False)
        cards.append(() if messages else calculator.view(values, result).cards)
        wrong.append(next(iter(messages.values()), ""))
    answered = [each for each in cards if each]
    # The first answer that the ways differ in: the same figure for both tells nothing.
    at = next((at for at, each in enumerate(zip(*answered, strict=False)) if len({*each}) > 1), 0)
    message.asked = tuple(
        Asked(way, (f"{each[at].label} ", *each[at].answer) if each else (why,))
        for way, each, why in zip(invalid.ways, cards, wrong, strict=True)
    )
    return message


def read(calculator: Calculator, raw: Raw) -> Reading:
    """Read raw values in one go."""
    return finish(reading(calculator, raw))


def finish(work: Generator[object, Any, T]) -> T:
    """The result of work in slices, all of it done at once and in Python."""
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: T = done.value
            return found
