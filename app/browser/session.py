"""One calculator on the page: what stands in its controls, and the way from there to what is seen.

A change walks the same road as a link: raw values -> reading (in slices, where that takes long) -> HTML -> patch.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from app.browser import dom
from app.browser.address import Address
from app.browser.cells import Cells
from app.browser.computation import Computation
from app.browser.listbox import ListBox
from app.browser.notices import Notices
from app.browser.regions import Regions
from app.browser.remainder import Remainder
from app.page import faults, rendering
from app.vocabulary.calculator import Calculator, Invalid, Memory, Reading, finish, reading


class Session:
    """The raw values of one calculator, and the parts of the page that follow them."""

    def __init__(self, calculator: Calculator, remainder: Remainder) -> None:
        self.calculator, self.remainder = calculator, remainder
        self.slug = calculator.slug
        self.fields = {field.name: field for field in calculator.fields}
        self.raw: dict[str, str] = calculator.defaults
        self.refused: dict[str, str] = {}  # why a file was not taken, by field, until the field changes
        self.memory: Memory = {}
        self.reading: Reading | None = None  # of the raw values, once they are read
        self.messages: dict[str, str] = {}  # what is wrong, by field
        self.revealing = False  # whether the groups of what is not as it was built are to open with the answer
        self.computation = Computation(self.slug, self.computing, self.answer, self.not_computed)
        self.regions = Regions(self.slug, remainder, self.failed)
        self.listbox = ListBox(self.slug, calculator.fields, self.regions)
        self.cells = {
            field.name: Cells(self.slug, field, field.default, partial(self.follow, field.name), self.failed)
            for field in calculator.fields
            if field.sheet
        }
        self.address = Address(calculator, lambda: self.raw)
        self.notices = Notices(self.slug)
        self.adopting = dom.Timer(self.adopt, 0, self.not_computed)

    # --- raw values -> reading -> page ---

    def show(self) -> None:
        """Compute what stands in the controls, and show it."""
        self.adopting.cancel()
        self.notices.allow()
        try:
            self.begin()
        except Exception as fault:
            self.not_computed(fault)

    def begin(self) -> None:
        """Begin to compute."""
        self.computation.begin(reading(self.calculator, self.raw, self.memory))

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
        self.reading = found
        rendered = rendering.render(self.calculator, self.raw, self.refused, found)
        new, self.messages = rendered.messages.keys() - self.messages.keys(), rendered.messages
        self.regions.show(rendered)
        for name, cells in self.cells.items():
            cells.show(self.raw[name])
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
            self.reading = finish(reading(self.calculator, self.raw, self.memory))
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
        self.regions.patch(faults.inputs(self.calculator, self.raw, self.memory, self.refused))
        for name, cells in self.cells.items():
            try:
                cells.show(self.raw[name])
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

    def choose(self, name: str, text: str, refused: str = "") -> None:
        """Take what was chosen for a field as a whole: the next change is another edit."""
        self.listbox.open = None
        self.set(name, text, refused)
        self.address.finish()

    def follow(self, name: str, text: str, typed: bool) -> None:
        """Take the text of a table whose cells were changed, by typing or in one go."""
        (self.set if typed else self.choose)(name, text)

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
        self.raw, self.refused, self.listbox.open = raw, {}, None
        self.address.finish()
