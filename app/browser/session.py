"""One calculator on the page: what stands in its controls, and the way from there to what is seen.

A change walks the same road as a link: raw values -> reading (in slices, where that takes long) -> HTML -> patch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from app.browser import dom
from app.browser.address import Address
from app.browser.annex import Annex
from app.browser.cells import Cells
from app.browser.computation import READING, Computation
from app.browser.listbox import ListBox
from app.browser.notices import Notices
from app.browser.pins import Pins
from app.browser.regions import Regions
from app.browser.remainder import Remainder
from app.page import combobox, faults, form, rendering
from app.vocabulary.calculator import Calculator, Choice, Invalid, Memory, Raw, Reading, Work, finish, parsed, reading

if TYPE_CHECKING:
    from app.browser.studying import Studying

LEFT_MS = 250
"""What was typed is taken so long after its box was left, or with the click that left it: a message that came between
press and release would push what is clicked away from under the mouse."""


class Scripts(NamedTuple):
    """Where the scripts beside the page are: the inner loops of long computations, and what counts zeros in files."""

    inner_loops: str = ""
    zeros: str = ""


class Session:
    """The raw values of one calculator, and the parts of the page that follow them."""

    def __init__(
        self, calculator: Calculator, remainder: Remainder, scripts: Scripts, annexes: Mapping[str, Annex]
    ) -> None:
        self.calculator, self.remainder, self.scripts, self.annexes = calculator, remainder, scripts, annexes
        self.slug = calculator.slug
        self.fields = {field.name: field for field in calculator.fields}
        self.raw: dict[str, str] = calculator.defaults
        self.refused: dict[str, str] = {}  # why a file was not taken, by field, until the field changes
        self.memory: Memory = {}
        self.reading: Reading | None = None  # of the raw values, once they are read
        self.answered: Raw = {}  # the raw values that the reading is of
        self.messages: dict[str, str] = {}  # what is wrong, by field
        self.typing = ""  # the box with a list into which something is being typed
        self.standing = ("", "")  # what that box showed before, and for which text
        self.sought = False  # whether that is only a search so far
        self.held = False  # whether the page is marked as the answer to what stood there before
        self.places: dict[str, float] = {}  # where plots are read, by table
        self.revealing = False  # whether the groups of what is not as it was built are to open with the answer
        self.computation = Computation(self.slug, scripts.inner_loops, self.computing, self.not_computed)
        self.taking: Work | None = None  # the reading of a file that was handed over, until it stands in the controls
        self.regions = Regions(self.slug, remainder, self.failed)
        self.listbox = ListBox(self.slug, calculator.fields, self.regions)
        self.cells = {
            field.name: Cells(self.slug, field, field.default, partial(self.follow, field.name), self.failed)
            for field in calculator.fields
            if field.sheet
        }
        self.pins = Pins(calculator)
        self.address = Address(calculator, lambda: self.raw, lambda: self.pins.beside)
        self.notices = Notices(self.slug)
        self.adopting = dom.Timer(self.adopt, 0, self.not_computed)
        self.soon = dom.Timer(self.show, 0, self.not_computed)
        self.leaving = dom.Timer(self.settle, LEFT_MS, self.failed)
        self.studying: Studying | None = None  # once there were files

    # --- raw values -> reading -> page ---

    def show(self) -> None:
        """Compute what stands in the controls, and show it."""
        self.adopting.cancel()
        self.notices.allow()
        try:
            self.sought = self.searching()
            if self.sought and self.reading:
                self.keep()
            else:
                self.begin()
        except Exception as fault:
            self.not_computed(fault)

    def searching(self) -> bool:
        """Whether what is being typed is no value yet, but may be the beginning of one on the list."""
        field, text = self.fields.get(self.typing), self.raw.get(self.typing, "")
        return bool(field and combobox.is_search(field, text) and isinstance(parsed(field, text, self.memory), Invalid))

    def keep(self) -> None:
        """Keep the last answer while its successor is looked for, and mark it as what it is."""
        if not self.messages:
            self.hold(True)
        last = "" if self.messages else self.shown(self.typing)
        field = self.fields[self.typing]
        self.regions.patch(rendering.searching(self.calculator, field, self.raw[field.name], last))
        self.listbox.show()
        dom.ready()

    def hold(self, on: bool) -> None:
        """Mark what is seen as the last answer, or no longer."""
        if on != self.held:
            self.held = on
            dom.hold(self.slug, on)

    def shown(self, name: str) -> str:
        """What the box of a field shows when nobody types into it, as of the last answer."""
        if self.reading and name not in self.messages:
            return form.shown(self.fields[name], self.answered[name], self.reading.values[name])
        return self.raw[name]

    def meant(self, name: str) -> str:
        """What stands in a box, as the list has it: where the list has everything, what is shown is on it."""
        return self.shown(name) if self.fields[name].choices and self.typing != name else self.raw[name]

    def begin(self) -> None:
        """Begin to compute; first what a file comes to, if one is being read."""
        self.hold(False)
        if self.taking:
            self.computation.begin(self.taking, self.took)
        else:
            self.computation.begin(reading(self.calculator, self.raw, self.memory), self.answer)

    def take(self, work: Work, long: bool = False) -> None:
        """Read a file, which may be known to take `long`; the work returns what puts it into the controls."""
        if self.taking:
            self.took(finish(self.taking))  # nothing that was handed over is lost
        self.taking = work
        if long:
            self.computation.tell(READING)
            self.soon.start()
        else:
            self.show()

    def took(self, put: Callable[[], None]) -> None:
        """Put what was read of a file into the controls."""
        self.taking = None
        put()

    def computing(self) -> None:
        """Take the figures back: there will be others, and not at once."""
        self.reading = None
        self.regions.blank(faults.computing())

    def answer(self, found: Reading) -> None:
        """Show what was computed."""
        try:
            self.put(found)
        except Exception as fault:
            self.fail("while writing the answer", fault)

    def put(self, found: Reading) -> None:
        """Bring the page up to a reading of the raw values."""
        self.reading, self.answered = found, self.raw
        rendered = rendering.render(self.calculator, self.raw, self.refused, found, self.typing, self.places)
        self.pins.put_beside(self.raw, rendered)
        new, self.messages = rendered.messages.keys() - self.messages.keys(), rendered.messages
        self.regions.show(rendered)
        for name, cells in self.cells.items():
            cells.show(self.raw[name], self.said_of(name))
            said = self.memory[name][1]
            cells.mark(said.cells if isinstance(said, Invalid) else {})
        self.listbox.show()
        self.unfold(new)
        self.unfold(self.revealed())
        dom.ready()

    def cancel(self) -> None:
        """Compute no further; the figures stay unknown until something changes or it is told to go on."""
        self.computation.cancel()
        dom.ready()

    def adopt(self) -> None:
        """Take what the build made of the defaults as shown, unless something else is."""
        if not self.reading and not self.computation.busy and self.raw == self.calculator.defaults:
            self.reading, self.answered = finish(reading(self.calculator, self.raw, self.memory)), self.raw
            self.regions.adopt(rendering.render(self.calculator, self.raw, found=self.reading))

    def reveal(self) -> None:
        """Show, with the groups unfolded in which something is not as it was built."""
        self.revealing, self.messages = True, {}
        self.show()

    def revealed(self) -> list[str]:
        """The fields that are to be seen once there is an answer: after a link, those that are not as built."""
        revealing, self.revealing = self.revealing, False
        return [name for name, field in self.fields.items() if revealing and self.raw[name] != field.default]

    def unfold(self, names: Iterable[str]) -> None:
        """Open the groups that these fields are folded away in."""
        for group in {self.fields[name].group for name in names} - {""}:
            dom.unfold(f"{self.slug}-fold-{group}")

    # --- where the page fails ---

    def not_computed(self, fault: Exception) -> None:
        """Own a fault in the reading of the raw values."""
        # What is parsed is remembered: the first field that is not is the one that failed.
        failed = (field for name, field in self.fields.items() if self.memory.get(name, ("",))[0] != self.raw[name])
        field = next(failed, None)
        self.fail(f"while reading “{field.label}”" if field else "while computing", fault)

    def failed(self, fault: Exception) -> None:
        """Own a fault in anything else."""
        self.fail("at what was done last", fault)

    def fail(self, doing: str, fault: Exception) -> None:
        """Take the figures back and say that the page failed `doing` what; or, if something is only not here yet, that
        it is on its way. What was typed stays.
        """
        self.computation.finish()
        self.taking = None
        self.adopting.cancel()  # what the build made is not shown any more
        self.hold(False)
        self.reading, self.messages = None, {}
        if self.remainder.explains(fault):
            self.regions.blank(faults.coming())
            self.remainder.then(f"{self.slug} show", self.begin, self.not_computed)
            self.remainder.bring_again()
        else:
            dom.log(fault)
            self.regions.blank(faults.answer(doing))
            self.regions.mark("")
            dom.ready()
        self.regions.patch(faults.inputs(self.calculator, self.raw, self.memory, self.refused, self.typing))
        for name, cells in self.cells.items():
            try:
                cells.show(self.raw[name], self.said_of(name))
            except Exception as another:  # they may be what failed
                dom.log(another)
        self.listbox.show()
        self.unfold(self.revealed())

    # --- changes ---

    def set(self, name: str, text: str, refused: str = "") -> None:
        """Take what now stands in one control."""
        self.address.edit(name)
        self.notices.forget(name)
        self.raw = self.raw | {name: text}
        self.refused = {name: refused} if refused else {key: why for key, why in self.refused.items() if key != name}
        self.show()

    def type(self, name: str, text: str) -> None:
        """Take what is typed into a control, key by key."""
        self.settle(name)
        field = self.fields[name]
        if self.typing != name:
            self.standing = self.shown(name), self.raw[name]
        before, raw = self.standing
        unchanged = text == before != raw
        self.typing = name if field.search and not unchanged else ""
        self.listbox.open = None if unchanged else combobox.typed(field, text)
        self.set(name, raw if unchanged else text)

    def settle(self, but: str = "") -> None:
        """Take what was typed into a box with a list, unless it is the box `but`: as the choice that it comes to, if it
        was a search for one or names one of all there are, else as it stands.
        """
        self.leaving.cancel()
        name, sought = self.typing, self.sought
        if name in ("", but):
            return
        self.typing, self.sought = "", False
        field = self.fields[name]
        found = self.listbox.only(field, self.raw[name]) if sought else self.named(name)
        if found:
            self.choose(name, found.value)
            return
        self.listbox.turn(None)
        if sought or self.shown(name) != self.raw[name]:
            self.show()
        self.address.finish()

    def named(self, name: str) -> Choice | None:
        """The choice that what stands in a box is another name of, where the list has everything."""
        field, shown = self.fields[name], self.shown(name)
        return next((each for each in field.choices if each.label == shown and each.value != self.raw[name]), None)

    def choose(self, name: str, text: str, refused: str = "") -> None:
        """Take what was chosen for a field as a whole: the next change is another edit."""
        self.settle(name)
        self.typing, self.listbox.open = "", None
        self.set(name, text, refused)
        self.address.finish()

    def fill(self, texts: Mapping[str, str]) -> None:
        """Take texts for several fields in one step."""
        known = {name: text for name, text in texts.items() if name in self.fields}
        self.settle()
        self.address.step()
        self.notices.forget(*known)
        self.listbox.open = None
        self.raw = self.raw | known
        self.refused = {name: why for name, why in self.refused.items() if name not in known}
        self.address.due.start()
        self.show()
        self.address.finish()

    def said_of(self, name: str) -> str:
        """What the columns of a table are said to be."""
        sheet = self.fields[name].sheet
        return self.raw.get(sheet.columns, "") if sheet else ""

    def take_for(self, name: str, column: int, role: str) -> None:
        """Take a column of a table for something."""
        from app.vocabulary.tables.roles import changed

        sheet = self.fields[name].sheet
        roles = form.roles_of(self.fields[name], self.raw[name], self.said_of(name))
        if sheet and column < len(roles):
            self.refused = {key: why for key, why in self.refused.items() if key != name}
            self.choose(sheet.columns, changed(roles, column, role))

    def read_plot(self, slug: str, place: float) -> None:
        """Say what the lines of a table's plots come to at a place along their axis, from 0 to 1."""
        if self.places.get(slug) == place:  # a pointer moves many times within a step
            return
        self.places[slug] = place
        dom.mark_read(self.slug, slug, place)
        self.regions.read(f"{slug}{rendering.READ}", place)

    def follow(self, name: str, text: str, typed: bool) -> None:
        """Take the text of a table whose cells were changed, by typing or in one go."""
        (self.type if typed else self.choose)(name, text)

    def open(self, raw: dict[str, str]) -> None:
        """Take what a link says: unknown keys in it are ignored, what it does not say is as it was built."""
        defaults = self.calculator.defaults
        self.replace(defaults | {name: text for name, text in raw.items() if name in defaults})

    def reset(self) -> None:
        """Go back to the defaults, which is a step in the history."""
        self.address.step()
        self.replace(self.calculator.defaults)
        self.address.write()
        self.show()
        dom.say(self.address.place, "Back to the defaults.")

    def replace(self, raw: dict[str, str]) -> None:
        """Take other raw values altogether."""
        self.notices.forget(*self.fields)
        self.leaving.cancel()
        self.raw, self.refused, self.typing, self.listbox.open, self.taking = raw, {}, "", None, None
        self.address.finish()
