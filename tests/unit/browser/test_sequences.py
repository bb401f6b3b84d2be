"""Whatever is done, fails and is late, in whatever order: the page answers, and no figure on it is of other inputs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.page import rendering
from app.page.grid import Cell
from app.vocabulary import link
from tests.fake_browser import Browser
from tests.unit.browser.conftest import Switch, calculator, click, opened, type_into

Act: TypeAlias = Callable[[Browser, Switch, str], Any]

PARTS = (
    *(
        "parse",
        "compute",
        "slice 0",
        "slice 1",
        "view",
        "first",
        "second",
        "fixed",
        "worked",
        "download",
        "take",
        "list",
    ),
    *("rows", "load other"),
)
_FIGURE = re.compile('<data value="([^"]+)"')


def _fail(part: str) -> Act:
    return lambda _, switch, __: switch.fail(part)


def _fire(kind: str, **read: Any) -> Act:
    return lambda browser, _, slug: browser.fire(kind, section=slug, **read)


def _click(**data: str) -> Act:
    return lambda browser, _, slug: click(browser, slug, **data)


def _type(name: str, text: str) -> Act:
    return lambda browser, _, slug: type_into(browser, name, text, slug)


def _follow(fragment: str) -> Act:
    return lambda browser, _, __: browser.follow(fragment)


def _slices(count: int) -> Act:
    return lambda _, switch, __: setattr(switch, "slices", count)


def _drop(browser: Browser, _: Switch, slug: str) -> None:
    browser.fire("drop", section=slug, brings_files=True, dropped=[browser.file("a.txt", b"5")])
    if browser.reads:  # a calculator that did not start asks for none
        browser.read(b"5")


ACTS: dict[str, Act] = {
    **{f"{part} fails": _fail(part) for part in PARTS},
    "nothing fails": lambda _, switch, __: switch.faults.clear(),
    **{f"{count} slices": _slices(count) for count in (0, 2)},
    **{f"x is {text}": _type("x", text) for text in ("1", "2", "3", "none")},
    **{f"name is {text}": _type("name", text) for text in ("alpha", "bet")},
    **{f"extra is {text}": _type("extra", text) for text in ("0", "13")},
    **{f"a cell is {text}": _fire("input", cell=("points", Cell(0, 0)), text=text) for text in ("5", "a")},
    "a block is pasted": _fire("paste", cell=("points", Cell(1, 0)), pasted="7\t8\n9\n"),
    "a file is pasted": _fire("paste", name="extra", pasted="5\n6\n"),
    "a file is dropped": _drop,
    "the list is toggled": _click(action="list", field="name"),
    "a name is chosen": _click(action="choose", field="name", value="beta"),
    "down": _fire("keydown", key=("name", "bet", "ArrowDown")),
    "enter": _fire("keydown", key=("name", "bet", "Enter")),
    "the box is left": _fire("focusout", is_combobox=True),
    **{f"{action} is clicked": _click(action=action) for action in ("reset", "copy-link", "cancel", "go-on")},
    "undo": _click(action="undo", field="points"),
    "download": _click(action="download", file="demo.csv"),
    **{f"to {fragment}": _follow(fragment) for fragment in ("#demo", "#demo?x=2", "#other?x=3", "#demo?extra=13")},
    "a turn": lambda browser, _, __: browser.turn(),
    "rest": lambda browser, _, __: browser.wait(1000),
}


def figures(browser: Browser, slug: str) -> set[float] | None:
    """The figures that the page of a calculator shows, from all that was done to it; None while they are marked as not
    computed.
    """
    built = calculator(slug, Switch())
    regions = {f"{slug}-{name}": html for name, html in rendering.regions(built, built.defaults).items()}
    computing = False
    for name, *what in browser.done:
        if name in ("patch", "replace"):
            regions[what[0]] = what[1]
        elif name == "take_back" and what[0] == slug:
            taken = "-".join(what)
            for region in [region for region in regions if f"{region}-".startswith(f"{taken}-")]:
                regions[region] = _FIGURE.sub('<data value=""', regions[region])
        elif name in ("computing", "computed") and what[0] == slug:
            computing = name == "computing"
    shown = "".join(html for region, html in regions.items() if region.startswith(f"{slug}-"))
    wrong = 'aria-invalid="true"' in shown
    assert not (wrong and _FIGURE.search(shown)), "an input is invalid"
    return None if computing else {float(value) for value in _FIGURE.findall(shown)}


def at(browser: Browser) -> tuple[str, str]:
    """The calculator that is seen, and its number as it stands in the address."""
    slug, raw = link.read(browser.location.hash)
    return slug or "demo", raw.get("x", "1")


@given(
    st.sampled_from(["", "#demo?x=2", "#demo?x=none", "#other?x=3"]),
    st.sets(st.sampled_from(PARTS), max_size=2),
    st.lists(st.sampled_from(sorted(ACTS)), max_size=14),
)
@example("", set(), ["rows fails", "to #demo", "a block is pasted"])
def test_no_figure_is_of_other_inputs(fragment: str, faults: set[str], acts: list[str]) -> None:
    switch = Switch()
    for part in faults:
        switch.fail(part)
    with pytest.MonkeyPatch.context() as patch:
        browser = opened(patch, switch, fragment)
        for act in [*acts, "rest"]:
            ACTS[act](browser, switch, at(browser)[0])
            assert browser.state == "ready"
            if act == "rest":
                slug, x = at(browser)
                shown = figures(browser, slug)
                known = {2 * float(x), 1.0} if x != "none" else set()
                assert shown is None or shown <= known, (slug, x)
        switch.faults.clear()
        switch.slices = 0
        slug = at(browser)[0]
        browser.follow(f"#{slug}?x=7")  # one that did not start starts now
        for name, text in (("extra", "0"), ("points", "1;2"), ("x", "21")):
            type_into(browser, name, text, slug)
        browser.wait(1000)
        assert figures(browser, slug) == {42.0, 1.0}
