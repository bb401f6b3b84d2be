"""A checkpoint on the page, from the files to the verdict, in a fake browser: what it is asked for, it answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from app.vocabulary.calculator import Download, Files, Invalid, Job, Progress, Row, Table
from app.vocabulary.study import Filled, Heat, HeatCell, Report, Slice, Study
from tests.fake_browser import Browser
from tests.unit.browser import conftest
from tests.unit.browser.conftest import Open, click

HOSTILE = "<img src=x onerror=alert(1)>"


class Asked:
    """What the study was given and answered, and how it goes on."""

    def __init__(self) -> None:
        self.files: Sequence[tuple[str, int]] = ()
        self.answers: list[Any] = []
        self.closed = 0
        self.fault: Exception | None = None
        self.steps = 1

    def study(self, files: Sequence[tuple[str, int]]) -> Study:
        self.files = files
        try:
            yield Progress(0.0, "reading headers")
            self.answers.append((yield Slice(0, 4, 2)))
            if self.fault:
                raise self.fault
            yield Filled({"x": "4", "extra": "5"}, "Measured from a file.")
            yield Report((f"So far {HOSTILE}",))
            for _ in range(self.steps):
                self.answers.append((yield Job("count-zeros", {"tasks": []}, Progress(0.5, "1 of 2"), 0.5)))
            table = Table("By tensor", ("Name",), lambda: [Row((HOSTILE,), ())])
            heat = Heat("Zeros", (HOSTILE,), ("0",), ((HeatCell(0.5, "2:4"),),))
            csv = Download("checkpoint.csv", "CSV", lambda: "name\n")
            yield Report(("Half is zero.",), ((HOSTILE,),), (table,), heat, (("x", "7"),), "Take over", (csv,), "half")
        finally:
            self.closed += 1


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def browser(monkeypatch: pytest.MonkeyPatch, open_page: Open, asked: Asked) -> Iterator[Browser]:
    """A page whose calculator studies files that end in .model."""
    plain = conftest.calculator
    declared = Files("Study", "Study", "Choose", "", (".model",), asked.study)
    monkeypatch.setattr(conftest, "calculator", lambda *of: plain(*of)._replace(files=declared))
    yield open_page()


def file(browser: Browser, path: str = "a.model", size: int = 10) -> Any:
    """A file whose slices are read when the test says so."""
    sliced = lambda *_: SimpleNamespace(arrayBuffer=lambda: browser._promise(browser.reads))  # noqa: E731
    return browser.dom.File(SimpleNamespace(name=path.rpartition("/")[2], size=size, slice=sliced), path)


def bring(browser: Browser, kind: str, **event: Any) -> None:
    """Let an event bring files, and what studies them arrive with the first."""
    before = len(browser.fetched)
    browser.fire(kind, section="demo", **event)
    if len(browser.fetched) > before:
        browser.arrive()
    browser.wait()


def choose(browser: Browser, *files: Any) -> None:
    bring(browser, "change", takes="study", chosen=list(files))


def shown(browser: Browser) -> str:
    return browser.html.get("demo-study", "")


def finished(browser: Browser) -> None:
    choose(browser, file(browser))
    browser.read(b"ab")
    browser.wait()
    browser.workers[-1].say({"result": {"counts": [1]}})
    browser.wait()


def test_files_are_read_by_slices_counted_beside_the_page_and_said(browser: Browser, asked: Asked) -> None:
    model = file(browser, "m/a.model")
    choose(browser, model)
    assert asked.files == [("m/a.model", 10)]
    assert ("unfold", "demo-table-study") in browser.done
    assert ("studying", "demo", 0.0, "Counting: reading headers") in browser.done
    browser.read(b"ab")
    browser.wait()
    assert 'value="8.0"' in browser.html["demo-cards"], "what the files say is the model at once"
    assert browser.said["demo-taken-x"] == "Measured from a file."
    assert "So far &lt;img" in shown(browser)
    (worker,) = browser.workers
    assert worker.address == "zeros.js"
    assert worker.posted == [{"job": "count-zeros", "data": {"tasks": [], "files": [model.whole]}}]
    worker.say({"result": {"counts": [1]}})
    browser.wait()
    assert asked.answers == [b"ab", {"counts": [1]}]
    assert "Half is zero." in shown(browser)
    assert HOSTILE not in shown(browser)
    assert browser.said["demo-study-said"] == "Counted."
    assert browser.said["demo-study-gist"] == "half"
    assert browser.done.count(("studied", "demo")) == 1
    assert browser.console == []


def test_what_was_found_is_carried_over_and_taken_away(browser: Browser) -> None:
    finished(browser)
    click(browser, action="download", file="checkpoint.csv")
    assert ("save", "checkpoint.csv", "name\n") in browser.done
    click(browser, action="carry", sets="x=7")
    assert 'value="14.0"' in browser.html["demo-cards"]
    assert ("scroll_to", "demo-title") in browser.done


@pytest.mark.parametrize("names", [["a.model"], ["config.json", "x/b.MODEL"]])
def test_files_to_be_studied_are_dropped_anywhere(browser: Browser, asked: Asked, names: list[str]) -> None:
    bring(browser, "drop", brings_files=True, dropped=[file(browser, name) for name in names])
    assert [name for name, _ in asked.files] == names


def test_a_folder_that_is_dropped_is_walked(browser: Browser, asked: Asked) -> None:
    entries = [object()]

    def walk(given: list[Any], most: int, done: Any, _failed: Any) -> None:
        assert (given, most) == (entries, 2_000)
        done([file(browser, "m/a.model")])

    browser.patch.setattr(browser.dom, "walk", walk)
    bring(browser, "drop", brings_files=True, folders=entries)
    assert asked.files == [("m/a.model", 10)]


def test_other_files_are_what_they_were(browser: Browser, asked: Asked) -> None:
    browser.fire("drop", section="demo", brings_files=True, dropped=[browser.file("five.txt", b"5")])
    browser.read(b"5")
    assert 'value="5"' in browser.html["demo-field-extra"]
    assert not asked.files


def test_it_waits_and_goes_on(browser: Browser, asked: Asked) -> None:
    asked.steps = 2
    choose(browser, file(browser))
    browser.read(b"ab")
    browser.wait()
    click(browser, action="study-pause")
    assert ("study_paused", "demo") in browser.done
    browser.workers[-1].say({"progress": 1.0})
    browser.workers[-1].say({"result": {"counts": [1]}})
    browser.wait()
    assert len(browser.workers[-1].posted) == 1, "nothing goes on"
    assert browser.done[-1] == ("study_paused", "demo")
    click(browser, action="study-go-on")
    assert len(browser.workers[-1].posted) == 2
    click(browser, action="study-go-on")
    assert len(browser.workers[-1].posted) == 2
    browser.workers[-1].say({"result": {"counts": [2]}})
    browser.wait()
    assert "Half is zero." in shown(browser)


def test_it_is_cancelled_and_what_is_known_says_that_it_is_not_all(browser: Browser, asked: Asked) -> None:
    choose(browser, file(browser))
    browser.read(b"ab")
    browser.wait()
    click(browser, action="study-cancel")
    assert browser.workers[-1].ended
    assert asked.closed == 1
    assert "So far" in shown(browser)
    assert browser.said["demo-study-said"] == "Stopped: not every weight was counted."
    click(browser, action="study-cancel")
    assert browser.done.count(("studied", "demo")) == 1


@pytest.mark.parametrize("how", ["replace", "reset"])
def test_what_is_stale_is_not_shown(browser: Browser, asked: Asked, how: str) -> None:
    finished(browser)
    if how == "reset":
        click(browser, action="reset")
    else:
        choose(browser, file(browser, "b.model"))
        assert asked.files == [("b.model", 10)]
    assert shown(browser) == ""
    assert browser.said["demo-study-gist"] == browser.said["demo-study-said"] == ""
    click(browser, action="download", file="checkpoint.csv")
    assert not browser.times("save", "checkpoint.csv")


def test_bytes_of_files_that_were_replaced_are_not_taken(browser: Browser, asked: Asked) -> None:
    choose(browser, file(browser))
    first = browser.reads[-1]
    choose(browser, file(browser, "b.model"))
    first.resolve(SimpleNamespace(to_bytes=lambda: b"old"))
    browser.wait()
    assert asked.answers == []
    browser.read(b"new")
    assert asked.answers == [b"new"]


@pytest.mark.parametrize(
    ("fault", "said", "logged"),
    [
        (Invalid(f"The header is damaged: {HOSTILE}"), "The header is damaged: &lt;img", 0),
        (ZeroDivisionError("ours"), "a fault of this page", 1),
    ],
)
def test_files_that_cannot_be_used_say_why(
    browser: Browser, asked: Asked, fault: Exception, said: str, logged: int
) -> None:
    asked.fault = fault
    choose(browser, file(browser))
    browser.read(b"ab")
    browser.wait()
    assert said in shown(browser)
    assert 'class="message"' in shown(browser)
    assert len(browser.console) == logged
    assert ("studied", "demo") in browser.done


def test_a_file_that_cannot_be_read_says_so(browser: Browser) -> None:
    choose(browser, file(browser, f"m/{HOSTILE}.model"))
    browser.reads[-1].reject()
    assert "could not be read" in shown(browser)
    assert HOSTILE not in shown(browser)


def test_without_a_script_python_is_told_so(browser: Browser, asked: Asked) -> None:
    browser.without_workers = True
    choose(browser, file(browser))
    browser.read(b"ab")
    browser.wait()
    assert asked.answers == [b"ab", None]
    assert "Half is zero." in shown(browser)


def test_nothing_is_asked_of_a_study_that_never_was(browser: Browser) -> None:
    click(browser, action="study-pause")
    choose(browser)
    assert shown(browser) == ""
    assert browser.console == []


# --- what studies them, which comes with the first ---


def chosen(browser: Browser, *names: str) -> None:
    """Choose files while what studies them is on its way."""
    browser.fire("change", section="demo", takes="study", chosen=[file(browser, name) for name in names])


def test_what_studies_files_is_fetched_with_the_first_and_once(browser: Browser, asked: Asked) -> None:
    assert browser.addresses == ["later.zip"]
    chosen(browser, "a.model")
    assert browser.addresses == ["later.zip", "study.zip"]
    assert ("unfold", "demo-table-study") in browser.done
    assert "Fetching" in browser.said["demo-study-said"]
    chosen(browser, "b.model")
    browser.arrive()
    browser.wait()
    assert asked.files == [("b.model", 10)], "the last counts"
    assert browser.said["demo-study-said"] == ""
    choose(browser, file(browser, "c.model"))
    assert asked.files == [("c.model", 10)]
    assert len(browser.addresses) == 2


@pytest.mark.parametrize("lost", ["not sent", "refused", "cut", "not whole"])
@pytest.mark.parametrize("way", ["again", "another file"])
def test_where_it_did_not_arrive_that_is_said_and_it_is_asked_for_again(
    browser: Browser, asked: Asked, lost: str, way: str
) -> None:
    chosen(browser, "a.model")
    browser.lose(lost)
    assert "did not arrive" in shown(browser)
    assert 'data-action="study-again"' in shown(browser)
    assert browser.said["demo-study-said"].startswith("Not read")
    assert browser.state == "ready"
    if way == "again":
        click(browser, action="study-again")
    else:
        chosen(browser, "b.model")
    assert shown(browser) == ""
    assert "Fetching" in browser.said["demo-study-said"]
    browser.arrive()
    browser.wait()
    assert asked.files == [("a.model" if way == "again" else "b.model", 10)]
    assert browser.addresses == ["later.zip", "study.zip", "study.zip"]
    assert browser.console == []


@pytest.mark.parametrize("arrives", [True, False])
def test_after_a_reset_nothing_is_studied_nor_asked_for_again(browser: Browser, asked: Asked, arrives: bool) -> None:
    chosen(browser, "a.model")
    click(browser, action="reset")
    assert browser.said["demo-study-said"] == ""
    if arrives:
        browser.arrive()
    else:
        browser.lose("refused")
    browser.wait()
    click(browser, action="study-again")
    assert not asked.files
    assert shown(browser) == ""
    assert browser.addresses == ["later.zip", "study.zip"]


def test_it_waits_for_the_rest_of_the_program(monkeypatch: pytest.MonkeyPatch, open_page: Open, asked: Asked) -> None:
    plain = conftest.calculator
    declared = Files("Study", "Study", "Choose", "", (".model",), asked.study)
    monkeypatch.setattr(conftest, "calculator", lambda *of: plain(*of)._replace(files=declared))
    browser = open_page(at_once=True)
    chosen(browser, "a.model")
    browser.arrive()
    assert browser.addresses == ["later.zip", "study.zip"]
    assert not asked.files
    browser.fetched.pop()
    browser.arrive()
    assert asked.files == [("a.model", 10)]


# --- a folder ---


def entry(path: str, inside: list[Any] | None = None) -> Any:
    """A file or a folder as the browser has it: it lists two at a time."""
    name = path.rpartition("/")[2]
    if inside is None:
        got = SimpleNamespace(name=name, size=1)
        return SimpleNamespace(name=name, fullPath=f"/{path}", isDirectory=False, file=lambda done, _: done(got))
    rest = [*inside]

    def some(done: Any, _: Any) -> None:
        batch = [rest.pop(0) for _ in range(min(2, len(rest)))]
        done(batch)

    return SimpleNamespace(
        name=name, fullPath=f"/{path}", isDirectory=True, createReader=lambda: SimpleNamespace(readEntries=some)
    )


def walked(browser: Browser, entries: list[Any], most: int = 100) -> list[str]:
    found: list[str] = []
    browser.dom.walk(entries, most, lambda files: found.extend(each.path for each in files), partial(pytest.fail))
    return found


def test_a_folder_has_the_files_of_its_folders_without_hidden_ones(open_page: Open) -> None:
    browser = open_page()
    deep = entry("m/deep", [entry("m/deep/c")])
    hidden = entry("m/.git", [entry("m/.git/x")])
    assert walked(browser, [entry("m", [entry("m/a"), hidden, deep, entry("m/b")])]) == ["m/a", "m/b", "m/deep/c"]
    assert walked(browser, [None, entry("a")]) == ["a"]


def test_of_a_folder_without_end_some_is_looked_at(open_page: Open) -> None:
    browser = open_page()
    assert len(walked(browser, [entry("m", [entry(f"m/{at}") for at in range(50)])], most=11)) == 10
