"""A page of two small calculators in a fake browser. Any part of either fails when it is told to."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

import pytest

from app.calculators import registry
from app.vocabulary import table
from app.vocabulary.calculator import (
    Calculator,
    Card,
    Choice,
    Download,
    Field,
    Figure,
    Group,
    Invalid,
    Job,
    Progress,
    Row,
    Sheet,
    Step,
    Table,
    Upload,
    Values,
    View,
    Work,
)
from tests.fake_browser import Browser, Event

SLUGS = ("demo", "other")

FRUIT = {"k1": "Kiwi", "k2": "Kumquat", "m1": "Mango"}
"""What the one box takes, by key or by name, beside anything that begins as a file does; it shows the name."""


class Switch:
    """What fails, by its name and with what; and in how many slices there is an answer."""

    def __init__(self) -> None:
        self.faults: dict[str, Exception] = {}
        self.slices = self.seconds = 0  # each slice takes a second
        self.ahead = 0  # slices in which a file is read
        self.handed_out = False  # whether the rest is a job for the script beside the page
        self.made: list[str] = []  # what was asked for, in order

    def fail(self, part: str, fault: Exception | None = None) -> None:
        """Let a part fail from now on."""
        self.faults[part] = fault or ZeroDivisionError(f"planted in {part}")

    def check(self, part: str) -> None:
        """Fail, if this part is to."""
        self.made.append(part)
        if part in self.faults:
            raise self.faults[part]


def calculator(slug: str, switch: Switch) -> Calculator:
    """It doubles a number, in a card, a table that is seen, one that is folded, and one that is always the same."""

    def number(text: str) -> float:
        switch.check("parse")
        try:
            return float(text)
        except ValueError:
            raise Invalid(f"“{text}” is no number. Write one such as 2.") from None

    def taken(text: str) -> str:
        switch.check("take")
        if text == "bad":
            raise Invalid("This file has no number.")
        return text.strip()

    def ahead(_text: str) -> Iterator[None]:
        for _ in range(switch.ahead):
            switch.seconds += 1
            yield

    def search(query: str) -> tuple[Choice, ...]:
        switch.check("list")
        names = [name for name in ("alpha", "beta") if query in name]
        return tuple(Choice(name, name.title()) for name in names)

    def fruit(text: str) -> str:
        switch.check("fruit")
        if text.startswith("{"):
            return f"file of {len(text)} <signs>"
        found = [name for key, name in FRUIT.items() if text.casefold() in (key, name.casefold())]
        if not found:
            raise Invalid(f"“{text}” is no fruit.")
        return found[0]

    def find(query: str) -> tuple[Choice, ...]:
        switch.check("list")
        return tuple(Choice(key, name) for key, name in FRUIT.items() if query.casefold() in name.casefold())

    def shows(_text: str, value: str) -> str:
        switch.check("shows")
        return value

    def rows(text: str) -> table.Rows:
        switch.check("rows")
        return table.rows(text)

    def points(text: str) -> table.Rows:
        found = table.rows(text)
        wrong = {(at, 0): "Not a number." for at, row in enumerate(found) if not row or not row[0].isdigit()}
        if wrong:
            raise Invalid("A cell is wrong.", cells=wrong)
        return found

    def compute(values: Values) -> Any:
        switch.check("compute")
        if values["extra"] == "13":
            raise Invalid("Not with this.", "extra")
        return sliced(values["x"]) if switch.slices or switch.handed_out else 2 * values["x"]

    def sliced(x: float) -> Work:
        for at in range(switch.slices):
            switch.check(f"slice {at}")
            switch.seconds += 1
            yield Progress(at / switch.slices, "doubling")
        if switch.handed_out:
            switch.made.append("job")
            found = yield Job("double", {"x": x}, Progress(0.5, "doubling fast"), 0.25)
            if found is not None:
                return float(found["double"])
            yield Progress(0.75, "doubling slowly")
        return 2 * x

    def figure(result: float, name: str = "") -> Figure:
        return Figure(result, f"{result:g}", name)

    def first(result: float) -> Table:
        switch.check("first")
        csv = Download("demo.csv", "Download", partial(made, result))
        return Table("First", ("Double",), lambda: [Row(("all",), ((figure(result),),))], downloads=(csv,))

    def second(result: float) -> Table:
        switch.check("second")
        return Table("Second", ("Double",), lambda: [Row(("all",), ((figure(result),),))])

    def fixed() -> Table:
        switch.check("fixed")
        return Table("Fixed", ("One",), lambda: [Row(("all",), ((figure(1),),))])

    def made(result: float) -> str:
        switch.check("download")
        if result == 26:
            raise Invalid("Not in this shape.")
        return f"double\n{result:g}\n"

    def steps(result: float) -> tuple[Step, ...]:
        switch.check("worked")
        return (Step("Double", "2x", (), (figure(result),)),)

    def view(_values: Values, result: float) -> View:
        switch.check("view")
        tables: dict[str, Callable[[], Table]] = {
            "first": partial(first, result),
            "second": partial(second, result),
            "fixed": fixed,
        }
        card = Card("Double", (figure(result, "double"),))
        return View(("It is ", figure(result), "."), (), (), (card,), tables, partial(steps, result))

    upload = Upload("Choose", ".txt", 20, taken, ahead)
    fields = (
        Field("x", "Number", "1", number),
        Field("name", "Name", "alpha", str, search=search),
        Field("fruit", "Fruit", "k1", fruit, choices=find(""), search=find, shows=shows),
        Field("extra", "Extra", "0", str, upload=upload, group="more"),
        Field(
            "points", "Points", "1;2", points, control="table", upload=upload, sheet=Sheet(rows, lambda _: ("A", "B"))
        ),
    )
    return Calculator(slug, slug.title(), "", fields, compute, view, groups=(Group("more", "More"),))


def opened(
    patch: pytest.MonkeyPatch,
    switch: Switch,
    fragment: str = "",
    at_once: bool = False,
    protocol: str = "https:",
    **page: Any,
) -> Browser:
    """The page opened at a fragment, the rest of the program there and all at rest; or `at_once`, as it is when it says
    that it answers.
    """

    def load(slug: str) -> Calculator:
        switch.check(f"load {slug}")
        return calculator(slug, switch)

    patch.setattr(registry, "CALCULATORS", dict.fromkeys(SLUGS, ""))
    patch.setattr(registry, "load", load)
    browser = Browser(patch, f"{protocol}//page/{fragment}")
    vars(browser).update(page)
    main = importlib.import_module("app.browser.main")
    patch.setattr("app.browser.computation.perf_counter", lambda: switch.seconds)
    main.start("later.zip", "inner_loops.js", "zeros.js", study="study.zip")
    if not at_once:
        browser.arrive()
        browser.wait()
    return browser


Open: TypeAlias = Callable[..., Browser]


@pytest.fixture
def switch() -> Switch:
    """What fails."""
    return Switch()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch, switch: Switch) -> Open:
    """Opens the page."""
    return partial(opened, monkeypatch, switch)


def verdict(browser: Browser, slug: str = "demo") -> str:
    """What stands where the answer does."""
    return browser.html.get(f"{slug}-verdict", "")


def type_into(browser: Browser, name: str, text: str, slug: str = "demo") -> None:
    """Type into a control."""
    browser.fire("input", section=slug, control=(name, text))


def press(browser: Browser, name: str, key: str, slug: str = "demo") -> Event:
    """Press a key in a box with a list."""
    return browser.fire("keydown", section=slug, key=(name, "", key))


def click(browser: Browser, slug: str = "demo", **data: str) -> None:
    """Click what has this `data-action`, with its other `data-` attributes."""
    browser.fire("click", section=slug, action=data)
