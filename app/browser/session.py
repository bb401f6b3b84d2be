"""One calculator on the page: raw values in, patches out. With dom.py, cells.py and main.py all that knows the DOM.

A change walks the same road as a link: raw values -> reading (in slices, where that takes long) -> HTML -> patch.
"""

from __future__ import annotations

from functools import partial
from time import perf_counter

from app.browser import dom
from app.browser.cells import Cells
from app.browser.later import Later
from app.page import combobox, form, rendering, upload
from app.vocabulary import link
from app.vocabulary.calculator import Calculator, Field, Invalid, Memory, Reading, read, reading

FRAGMENT_AFTER_MS = 250
"""The address follows when typing pauses. Browsers refuse scripts that rewrite it at every keystroke (Chromium
drops calls beyond 200 in 10 s, WebKit throws beyond 100 in 30 s)."""

AT_ONCE_S, SLICE_S = 0.1, 0.012
"""Seconds that a computation may take before the page says that it is at it, and between two frames from then on."""

PART_COPIED = "Copied from the # on: put it behind the address of this page, on the web or in a file."
"""What is said where the page is a file of the visitor's, whose whole address would lead nobody else anywhere."""


class Session:
    """What is on the page now: the calculator, the raw values, and the HTML each region was last given."""

    def __init__(self, calculator: Calculator, later: Later) -> None:
        self.calculator, self.later = calculator, later
        self.slug = calculator.slug
        self.fields = {field.name: field for field in calculator.fields}
        self.raw: dict[str, str] = calculator.defaults
        self.memory: Memory = {}
        self.found: Reading | None = None  # of the raw values, once they are read
        self.work = reading(calculator, self.raw)
        self.busy = False  # whether the page says that it computes
        self.cells = {
            field.name: Cells(self.slug, field, field.default, partial(self.follow, field.name))
            for field in calculator.fields
            if field.sheet
        }
        self.refused: dict[str, str] = {}  # why a file was not taken, by field, until the field changes
        self.told: set[str] = set()  # fields beside which it says what became of a file
        self.denied = ""  # where it says why a file cannot be had
        self.listing: combobox.Listing | None = None  # the list that is open
        self.shown: dict[str, str] = {}
        self.editing = ""  # the field whose present edit already has its own step in the history
        self.pushing = False
        self.address = dom.Later(self.write_address, FRAGMENT_AFTER_MS)
        self.rendering = rendering.Rendering({}, {}, {})
        self.built = False  # whether the page is what the build made of these inputs
        self.seen: set[str] = set()  # the tables that are on the screen
        self.waiting: list[str] = []  # the tables that still show what was
        self.rest = dom.Later(self.show_next, 0)
        self.slices = dom.Later(self.advance, 0)
        self.adopting = dom.Later(self.adopt, 0)
        dom.watch(self.slug, self.seen)

    @property
    def fragment(self) -> str:
        """The link to what is on the page."""
        return link.write(self.slug, self.raw, self.calculator.defaults)

    @property
    def too_long(self) -> list[str]:
        """The labels of the fields whose text is too long for a link."""
        return [self.fields[name].label for name in link.too_long(self.raw, self.calculator.defaults)]

    def taker(self, name: str, files: list[dom.File]) -> Field | None:
        """The field that takes files: the one called `name` if it does, else the one that takes files such as the first
        of these, by the ending of its name, else the first that takes any.
        """
        takers = [field for field in self.calculator.fields if field.upload]
        meant = next((field for field in takers if field.name == name), None)
        fitting = next((field for field in takers if files and upload.accepts(field, files[0].name)), None)
        return meant or fitting or next(iter(takers), None)

    # --- raw values -> HTML -> page ---

    def adopt(self) -> None:
        """Take what the build rendered for the defaults as shown, part by part; it also warms every cache for the first
        keystroke.
        """
        if not self.rendering.now and not self.busy:
            self.built = True
            self.found = read(self.calculator, self.calculator.defaults)
            self.rendering = rendering.render(self.calculator, self.calculator.defaults, found=self.found)
            self.shown |= self.rendering.now
            self.wait_for(list(self.rendering.tables))

    def show(self) -> None:
        """Compute, and patch the regions whose HTML has changed: what is on the screen at once, then the other tables,
        one at a time, so that the next keystroke need not wait for them.
        """
        self.built = False
        if self.denied:
            dom.say(self.denied, "")
            self.denied = ""
        self.later.patiently(f"{self.slug} show", self.begin)

    def begin(self) -> None:
        """Begin to compute anew; what was being computed is dropped."""
        self.work = reading(self.calculator, self.raw, self.memory)
        self.slices.cancel()
        self.advance(AT_ONCE_S if not self.busy else SLICE_S)

    def advance(self, seconds: float = SLICE_S) -> None:
        """Compute for a while, then let the page live before it goes on."""
        until = perf_counter() + seconds
        try:
            progress = next(self.work)
            while perf_counter() < until:
                progress = next(self.work)
        except StopIteration as done:
            found: Reading = done.value
        else:
            self.busy = True
            dom.computing(self.slug, progress.done, progress.doing)
            self.slices.ask()
            return
        self.show_found(found)

    def cancel(self) -> None:
        """Compute no further; the figures stay unknown until something changes or it is told to go on."""
        self.slices.cancel()
        dom.stopped(self.slug)

    def show_found(self, found: Reading) -> None:
        """Render what was computed, and patch."""
        if self.busy:
            self.busy = False
            dom.computed(self.slug)
        self.found = found
        self.rendering = rendering.render(self.calculator, self.raw, self.refused, found)
        self.patch(self.rendering.now)
        for name, cells in self.cells.items():
            cells.show(self.raw[name])
            said = self.memory[name][1]
            cells.mark(said.cells if isinstance(said, Invalid) else {})
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

        def put() -> None:
            regions = self.rendering.tables[name]()
            if self.built:
                self.shown |= regions
            else:
                self.patch(regions)

        self.later.patiently(f"{self.slug} table {name}", put, urgent=False)

    def patch(self, regions: dict[str, str]) -> None:
        """Bring the page's regions up to `regions`."""
        for name, html in regions.items():
            if self.shown.get(name) != html:
                put = dom.patch if name.startswith(("field-", "list-")) else dom.replace
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
                        dom.expand(box, form.option_id(self.slug, field, active) if active >= 0 else "")
                    else:
                        dom.collapse(box)
                elif self.shown.get(region):
                    self.patch({region: ""})
                    dom.collapse(box)

    def turn(self, listing: combobox.Listing | None) -> None:
        """Open this list, or close what is open."""
        if listing != self.listing:
            self.listing = listing
            self.show_list()

    def reveal(self) -> None:
        """Show, with what is not as it was built unfolded."""
        self.show()
        if self.later.awaited:
            self.later.then(f"{self.slug} unfold", self.unfold)
        else:
            self.unfold()

    def unfold(self) -> None:
        """Open the groups in which something is not as it was built, or wrong."""
        for group in {field.group for field in self.calculator.fields if field.group}:
            members = [field for field in self.calculator.fields if field.group == group]
            if any(self.raw[each.name] != each.default or each.name in self.rendering.messages for each in members):
                dom.unfold(f"{self.slug}-fold-{group}")

    # --- changes ---

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

    def follow(self, name: str, text: str, typed: bool) -> None:
        """Take the text of a table whose cells were changed, by typing or in one go."""
        (self.set if typed else self.choose)(name, text)

    def open(self, raw: dict[str, str]) -> None:
        """Take what a link says: unknown keys in it are ignored, what it does not say is as it was built."""
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
            taken = field.upload.take(text) if field.upload else text
        except Invalid as invalid:
            taken, why = upload.one_line(text), str(invalid)
        self.editing = ""
        text = taken if isinstance(taken, str) else taken[field.name]
        self.raw = self.raw | ({} if isinstance(taken, str) else dict(taken))
        if field.sheet and not why:
            self.cells[field.name].become(field.sheet.rows(text))
        else:
            self.choose(field.name, text, why)
        return not why

    def take_file(self, field: Field, files: list[dom.File]) -> None:
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

            self.later.patiently(f"{self.slug} take {field.name}", take)

        try:
            upload.check(file.name, file.size, field.upload.limit)
        except Invalid as invalid:
            say(str(invalid), bad=True)
            return
        file.read(dom.reported(done), lambda: say(upload.unreadable(file.name), bad=True))

    def tell(self, name: str, text: str, bad: bool = False) -> None:
        """Say beside a field what became of a file."""
        dom.say(f"{self.slug}-taken-{name}", text, bad)
        self.told = self.told | {name} if text else self.told - {name}

    # --- what is taken away ---

    def write_address(self) -> None:
        """Let the address follow the inputs."""
        dom.fragment.write(self.fragment, push=self.pushing)
        self.pushing = False

    def reset(self) -> None:
        """Go back to the defaults, which is a step in the history."""
        self.address.now()
        self.replace(self.calculator.defaults)
        self.pushing = True
        self.write_address()
        self.show()
        dom.say(f"{self.slug}-said", "Back to the defaults.")

    def copy_link(self) -> None:
        """Put the link to what is on the page on the clipboard."""
        said = f"{self.slug}-said"
        self.address.now()
        without = f" It leaves out {' and '.join(self.too_long)}: too long for a link." if self.too_long else ""
        address = dom.address(self.fragment)
        copied = "Link copied." if address != self.fragment else PART_COPIED
        dom.copy(
            address,
            lambda: dom.say(said, f"{copied}{without}"),
            lambda: dom.say(said, "This browser keeps the clipboard closed: copy the address bar."),
        )

    def save(self, filename: str) -> None:
        """Hand a file to the visitor, or say why it cannot be had."""
        if self.busy:
            self.denied = f"got-{filename}"
            dom.say(self.denied, "Still computing: take it when that is done.", bad=True)
            return
        found = self.found or read(self.calculator, self.raw)
        file = rendering.downloads(self.calculator, found).get(filename)
        if file and file.make:
            try:
                dom.save(filename, file.make())
            except Invalid as invalid:  # not every shape can be said in the terms of every family
                self.denied = f"got-{filename}"
                dom.say(self.denied, str(invalid), bad=True)
