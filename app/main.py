"""Browser entry: events in, patches out. One direction: fragment or event -> raw values -> HTML -> patch."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from . import browser, combobox, form, link, page, upload
from .calculator import Calculator, Choice, Field, Invalid
from .registry import CALCULATORS, load

FRAGMENT_AFTER_MS = 250
"""The address follows when typing pauses. Browsers refuse scripts that rewrite it at every keystroke (Chromium
drops calls beyond 200 in 10 s, WebKit throws beyond 100 in 30 s)."""


LATER = "./later.zip"
"""What the first answer does without (see tools/bytecode.py): fetched once the page answers."""

NOT_WHOLE = (
    "A part of the page did not arrive: published measurements and files cannot be read yet. Change an input to try"
    " again, or reload the page."
)

ABSENT = (ModuleNotFoundError, FileNotFoundError)
"""What is raised by what needs it before it is there."""


class Session:
    """What is on the page now: the calculator, the raw values, and the HTML each region was last given."""

    def __init__(self, calculator: Calculator) -> None:
        self.calculator = calculator
        self.fields = {field.name: field for field in calculator.fields}
        self.raw: dict[str, str] = calculator.defaults
        self.refused: dict[str, str] = {}  # why a file was not taken, by field, until the field changes
        self.told: set[str] = set()  # fields beside which it says what became of a file
        self.denied = ""  # where it says why a file cannot be had
        self.listing: combobox.Listing | None = None  # the list that is open
        self.shown: dict[str, str] = {}
        self.editing = ""  # the field whose present edit already has its own step in the history
        self.pushing = False
        self.address = browser.Later(self.write_address, FRAGMENT_AFTER_MS)
        self.rendering = page.Rendering({}, {}, {})
        self.built = False  # whether the page is what the build made of these inputs
        self.seen: set[str] = set()  # the tables that are on the screen
        self.waiting: list[str] = []  # the tables that still show what was
        self.rest = browser.Later(self.show_next, 0)
        self.whole = False  # whether all of the program is here
        self.stuck = False  # whether the rest of it did not arrive
        self.after: list[Callable[[], object]] = []  # what waits for the rest
        self.late: list[str] = []  # the tables that do

    @property
    def slug(self) -> str:
        """The slug of the calculator."""
        return self.calculator.slug

    @property
    def fragment(self) -> str:
        """The link to what is on the page."""
        return link.write(self.slug, self.raw, self.calculator.defaults)

    def taker(self, files: list[browser.File]) -> Field | None:
        """The field that takes files such as the first of these, by the ending of its name, else the first that takes
        any.
        """
        takers = [field for field in self.calculator.fields if field.upload]
        return next(
            (field for field in takers if files and upload.accepts(field, files[0].name)), next(iter(takers), None)
        )

    def adopt(self) -> None:
        """Take what the build rendered for the defaults as shown, part by part; it also warms every cache for the first
        keystroke.
        """
        if not self.rendering.now:
            self.built = True
            self.rendering = page.render(self.calculator, self.calculator.defaults)
            self.shown |= self.rendering.now
            self.wait_for(list(self.rendering.tables))

    def show(self) -> None:
        """Render, and patch the regions whose HTML has changed: what is on the screen at once, then the other tables,
        one at a time, so that the next keystroke need not wait for them.
        """
        self.built = False
        if self.denied:
            browser.say(self.denied, "")
            self.denied = ""
        self.late = []
        self.patiently(self.show_now)

    def show_now(self) -> None:
        """Render and patch."""
        self.rendering = page.render(self.calculator, self.raw, self.refused)
        self.patch(self.rendering.now)
        for name in self.rendering.tables:
            if name in self.seen:
                self.show_table(name)
        self.show_list()
        self.wait_for([name for name in self.rendering.tables if name not in self.seen])

    def wait_for(self, tables: list[str]) -> None:
        """Leave `tables` for later."""
        self.waiting = tables
        self.rest.ask()

    def show_next(self) -> None:
        """Patch the next table that still shows what was, or take it as shown where the build made it."""
        if self.waiting:
            self.show_table(self.waiting.pop(0))
            self.rest.ask()

    def show_table(self, name: str) -> None:
        """Patch one table, or take it as shown where the build made it; later, where what it needs is not here."""
        try:
            regions = self.rendering.tables[name]()
        except ABSENT:
            if self.whole:
                raise
            self.late.append(name)
            return
        if self.built:
            self.shown |= regions
        else:
            self.patch(regions)

    def patiently(self, call: Callable[[], object]) -> None:
        """Call, now or when all of the program is here if it needs more than is."""
        try:
            call()
        except ABSENT:
            if self.whole:
                raise
            if call not in self.after:
                self.after.append(call)
            if self.stuck:
                self.bring()

    def bring(self) -> None:
        """Fetch what the first answer did without, then do what waits for it. What does not arrive is asked for again
        when it is needed.
        """

        def arrived() -> None:
            self.whole = True
            browser.tell("")
            after, self.after = self.after, []
            for call in after:
                call()
            self.wait_for([*self.waiting, *self.late])
            self.late = []

        def failed() -> None:
            self.stuck = True
            if browser.ready in self.after:
                browser.fail("the rest of the program did not arrive whole")
            browser.tell(NOT_WHOLE)

        self.stuck = False
        browser.unpack(LATER, _reported(arrived), failed)

    def patch(self, regions: dict[str, str]) -> None:
        """Bring the page's regions up to `regions`."""
        for name, html in regions.items():
            if self.shown.get(name) != html:
                put = browser.patch if name.startswith(("field-", "list-")) else browser.replace
                put(f"{self.slug}-{name}", html)
                self.shown[name] = html

    def show_list(self) -> None:
        """Bring the lists below comboboxes up to what is open, and tell the boxes."""
        for name, field in self.fields.items():
            if field.search:
                box, region = f"{self.slug}-{name}", f"list-{name}"
                if self.listing and self.listing.field is field:
                    _, query, active = self.listing
                    self.patch({region: form.options(self.slug, field, query, active)})
                    if self.listing.choices:
                        browser.expand(box, form.option_id(self.slug, field, active) if active >= 0 else "")
                    else:
                        browser.collapse(box)
                elif self.shown.get(region):
                    self.patch({region: ""})
                    browser.collapse(box)

    def turn(self, listing: combobox.Listing | None) -> None:
        """Open this list, or close what is open."""
        if listing != self.listing:
            self.listing = listing
            self.show_list()

    def reveal(self) -> None:
        """Show, with what is not as it was built unfolded."""
        self.show()
        if self.after:
            self.after.append(self.unfold)
        else:
            self.unfold()

    def unfold(self) -> None:
        """Open the groups in which something is not as it was built, or wrong."""
        for group in {field.group for field in self.calculator.fields if field.group}:
            members = [field for field in self.calculator.fields if field.group == group]
            if any(self.raw[each.name] != each.default or each.name in self.rendering.messages for each in members):
                browser.unfold(f"{self.slug}-fold-{group}")

    def set(self, name: str, text: str, refused: str = "") -> None:
        """Take what now stands in one control. The first change of an edit makes a step in the history."""
        if name != self.editing:
            self.address.now()
            self.editing, self.pushing = name, True
        if name in self.told:
            self.tell(name, "")
        self.raw = self.raw | {name: text}
        self.refused = {name: refused} if refused else {key: why for key, why in self.refused.items() if key != name}
        self.address.ask()
        self.show()

    def choose(self, name: str, text: str, refused: str = "") -> None:
        """Take what was chosen for a field as a whole: the next change is another edit."""
        self.listing = None
        self.set(name, text, refused)
        self.editing = ""

    def open(self, fragment: str) -> None:
        """Restore what a link says: none means the defaults, an unknown one changes nothing, unknown keys in it are
        ignored.
        """
        slug, raw = link.read(fragment)
        if slug in ("", self.slug):
            defaults = self.calculator.defaults
            self.replace(defaults | {name: text for name, text in raw.items() if name in defaults})

    def replace(self, raw: dict[str, str]) -> None:
        """Take other raw values altogether."""
        for name in [*self.told]:
            self.tell(name, "")
        self.raw, self.refused, self.listing, self.editing = raw, {}, None, ""

    def take(self, field: Field, text: str) -> bool:
        """Put into the box what the field makes of a file's text, or the text itself with what is wrong with it."""
        why = ""
        try:
            text = field.upload.take(text) if field.upload else text
        except Invalid as invalid:
            text, why = upload.one_line(text), str(invalid)
        self.editing = ""
        self.choose(field.name, text, why)
        return not why

    def take_file(self, field: Field, files: list[browser.File]) -> None:
        """Read the first of `files` into the box, and say what became of it."""
        if not files or not field.upload:
            return
        file, say = files[0], partial(self.tell, field.name)

        def done(content: bytes) -> None:
            try:
                text = upload.decoded(file.name, content)
            except Invalid as invalid:
                say(str(invalid), bad=True)
                return

            def take() -> None:
                say(upload.told(file.name, len(files), self.take(field, text)))

            self.patiently(take)

        try:
            upload.check(file.name, file.size, field.upload.limit)
        except Invalid as invalid:
            say(str(invalid), bad=True)
            return
        file.read(_reported(done), lambda: say(upload.unreadable(file.name), bad=True))

    def tell(self, name: str, text: str, bad: bool = False) -> None:
        """Say beside a field what became of a file."""
        browser.say(f"{self.slug}-taken-{name}", text, bad)
        self.told = self.told | {name} if text else self.told - {name}

    def write_address(self) -> None:
        """Let the address follow the inputs."""
        browser.write_fragment(self.fragment, push=self.pushing)
        self.pushing = False


def start() -> None:
    """Take over the prerendered page: the link first, then what was typed while Python was loading."""
    session = Session(load(next(iter(CALCULATORS))))
    said, inputs = f"{session.slug}-said", f"{session.slug}-inputs"

    def on_input(event: Any) -> None:
        changed = browser.control(event)
        if changed and changed[0] in session.raw:
            name, text = changed
            session.listing = combobox.typed(session.fields[name], text)
            session.set(name, text)

    def on_change(event: Any) -> None:
        session.editing = ""  # the edit is finished: the next one is a new step in the history
        field = session.fields.get(browser.takes(event))
        if field:
            session.take_file(field, browser.chosen(event))

    def on_fragment(_event: Any) -> None:
        session.address.cancel()
        session.open(browser.fragment())
        session.reveal()

    def on_click(event: Any) -> None:
        data, anchor = browser.action(event), browser.anchor(event)
        action, field = data.get("action"), session.fields.get(data.get("field", ""))
        if action == "reset":
            reset()
        elif action == "copy-link":
            copy_link()
        elif action == "download":
            session.patiently(partial(save, data["file"]))
        elif action == "list" and field:
            browser.focus(f"{session.slug}-{field.name}")
            session.turn(None if session.listing else combobox.opened(field, session.raw[field.name]))
        elif action == "choose" and field:
            session.choose(field.name, data["value"])
        elif anchor and link.read(anchor)[0] not in CALCULATORS:
            # The fragment is the state: a jump within the page must not replace it.
            event.preventDefault()
            browser.scroll_to(anchor.removeprefix("#"))

    def on_key(event: Any) -> None:
        name, text, key = browser.key(event)
        if name not in session.fields or key not in combobox.KEYS:
            return
        was = session.listing
        now = combobox.pressed(session.fields[name], text, was, key)
        if isinstance(now, Choice):
            session.choose(name, now.value)
        else:
            session.turn(now)
        if key != "Tab" and (was or now):
            event.preventDefault()

    def on_press(event: Any) -> None:
        # The box keeps the keyboard while its list is pressed or scrolled.
        if session.listing and browser.within(event, ".list, .opener"):
            event.preventDefault()

    def on_leave(event: Any) -> None:
        if session.listing and browser.is_combobox(event.target):
            session.turn(None)

    def on_paste(event: Any) -> None:
        name, text = browser.pasted(event)
        field = session.fields.get(name)
        if field and field.upload and upload.is_file(text):
            event.preventDefault()
            session.patiently(partial(session.take, field, text))

    def on_drag(event: Any) -> None:
        if browser.brings_files(event):
            browser.mark_drop(session.slug, bool(session.taker([])) and browser.within(event, f"#{session.slug}"))

    def on_drag_out(_event: Any) -> None:
        browser.mark_drop(session.slug, False)  # still over the page, it is marked again in no time

    def on_drop(event: Any) -> None:
        if browser.brings_files(event):
            browser.mark_drop(session.slug, False)
            files = browser.dropped(event)
            field = session.taker(files)
            if field and browser.within(event, f"#{session.slug}"):
                session.take_file(field, files)

    def reset() -> None:
        session.address.now()
        session.replace(session.calculator.defaults)
        session.pushing = True
        session.write_address()
        session.show()
        browser.say(said, "Back to the defaults.")

    def copy_link() -> None:
        session.address.now()
        browser.copy(
            browser.address(session.fragment),
            lambda: browser.say(said, "Link copied."),
            lambda: browser.say(said, "This browser keeps the clipboard closed: copy the address bar."),
        )

    def save(filename: str) -> None:
        file = page.downloads(session.calculator, session.raw).get(filename)
        if file and file.make:
            try:
                browser.save(filename, file.make())
            except Invalid as invalid:  # not every shape can be said in the terms of every family
                session.denied = f"got-{filename}"
                browser.say(session.denied, str(invalid), bad=True)

    session.open(browser.fragment())
    before = browser.typed(inputs)
    session.raw = session.raw | {name: text for name, text in before.items() if name in session.raw}
    adopting = browser.Later(session.adopt, 0)
    if session.raw == session.calculator.defaults:
        adopting.ask()  # the page shows it already: answer first, render when idle
    else:
        session.reveal()
    if before:
        session.address.ask()
    handlers = {
        "input": on_input,
        "change": on_change,
        "click": on_click,
        "keydown": on_key,
        "mousedown": on_press,
        "focusout": on_leave,
        "paste": on_paste,
        "dragover": on_drag,
        "dragleave": on_drag_out,
        "drop": on_drop,
    }
    for kind, handler in handlers.items():
        browser.listen(kind, _reported(handler))
    browser.listen("hashchange", _reported(on_fragment), on_window=True)
    browser.listen("pagehide", _reported(lambda _event: session.address.now()), on_window=True)
    browser.watch(session.slug, session.seen)
    if session.after:
        browser.waiting()
        session.after.append(browser.ready)
    else:
        browser.ready()
    session.bring()


def _reported(handler: Callable[..., None]) -> Callable[..., None]:
    """`handler`, with a fault of ours shown and logged."""

    def guarded(*event: Any) -> None:
        try:
            handler(*event)
        except Exception:
            browser.fail(traceback.format_exc())

    return guarded
