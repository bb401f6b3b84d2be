"""One calculator on the page: what stands in its controls, and the way from there to what is seen.

A change walks the same road as a link: raw values -> reading (in slices, where that takes long) -> HTML -> patch.
"""

from __future__ import annotations

from functools import partial

from app.browser import dom
from app.browser.address import Address
from app.browser.cells import Cells
from app.browser.computation import Computation
from app.browser.listbox import ListBox
from app.browser.regions import Regions
from app.browser.remainder import Remainder
from app.page import rendering
from app.vocabulary import link
from app.vocabulary.calculator import Calculator, Invalid, Memory, Reading, read, reading


class Session:
    """The raw values of one calculator, and the parts of the page that follow them."""

    def __init__(self, calculator: Calculator, remainder: Remainder) -> None:
        self.calculator, self.remainder = calculator, remainder
        self.slug = calculator.slug
        self.fields = {field.name: field for field in calculator.fields}
        self.raw: dict[str, str] = calculator.defaults
        self.refused: dict[str, str] = {}  # why a file was not taken, by field, until the field changes
        self.told: set[str] = set()  # fields beside which it says what became of a file
        self.denied = ""  # where it says why a file cannot be had
        self.memory: Memory = {}
        self.reading: Reading | None = None  # of the raw values, once they are read
        self.messages: dict[str, str] = {}  # what is wrong, by field
        self.computation = Computation(self.slug, self.answer)
        self.regions = Regions(self.slug, remainder)
        self.listbox = ListBox(self.slug, calculator.fields, self.regions)
        self.cells = {
            field.name: Cells(self.slug, field, field.default, partial(self.follow, field.name))
            for field in calculator.fields
            if field.sheet
        }
        self.address = Address(self.fragment)
        self.adopting = dom.Timer(self.adopt, 0)

    def fragment(self) -> str:
        """The link to what is on the page."""
        return link.write(self.slug, self.raw, self.calculator.defaults)

    # --- raw values -> reading -> page ---

    def show(self) -> None:
        """Compute what stands in the controls, and show it."""
        if self.denied:
            dom.say(self.denied, "")
            self.denied = ""
        self.remainder.patiently(f"{self.slug} show", self.begin)

    def begin(self) -> None:
        """Begin to compute."""
        self.computation.begin(reading(self.calculator, self.raw, self.memory))

    def answer(self, found: Reading) -> None:
        """Show what was computed."""
        self.reading = found
        rendered = rendering.render(self.calculator, self.raw, self.refused, found)
        self.messages = rendered.messages
        self.regions.show(rendered)
        for name, cells in self.cells.items():
            cells.show(self.raw[name])
            said = self.memory[name][1]
            cells.mark(said.cells if isinstance(said, Invalid) else {})
        self.listbox.show()

    def adopt(self) -> None:
        """Take what the build made of the defaults as shown, unless something else is."""
        if not self.reading and not self.computation.busy and self.raw == self.calculator.defaults:
            self.reading = read(self.calculator, self.raw)
            self.regions.adopt(rendering.render(self.calculator, self.raw, found=self.reading))

    def reveal(self) -> None:
        """Show, with what is not as it was built unfolded."""
        self.show()
        if self.remainder.awaited:
            self.remainder.then(f"{self.slug} unfold", self.unfold)
        else:
            self.unfold()

    def unfold(self) -> None:
        """Open the groups in which something is not as it was built, or wrong."""
        for field in self.calculator.fields:
            if field.group and (self.raw[field.name] != field.default or field.name in self.messages):
                dom.unfold(f"{self.slug}-fold-{field.group}")

    # --- changes ---

    def set(self, name: str, text: str, refused: str = "") -> None:
        """Take what now stands in one control."""
        self.address.edit(name)
        self.tell(name, "")
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
        dom.say(f"{self.slug}-said", "Back to the defaults.")

    def replace(self, raw: dict[str, str]) -> None:
        """Take other raw values altogether."""
        for name in self.fields:
            self.tell(name, "")
        self.raw, self.refused, self.listbox.open = raw, {}, None
        self.address.finish()

    # --- what is said ---

    def copy_link(self) -> None:
        """Put the link to what is on the page on the clipboard."""
        left_out = link.too_long(self.raw, self.calculator.defaults)
        self.address.copy(f"{self.slug}-said", [self.fields[name].label for name in left_out])

    def tell(self, name: str, text: str, bad: bool = False) -> None:
        """Say beside a field what became of a file, or nothing any more."""
        if text or name in self.told:
            dom.say(f"{self.slug}-taken-{name}", text, bad)
            self.told = self.told | {name} if text else self.told - {name}

    def deny(self, place: str, why: str) -> None:
        """Say beside the button of a file why it cannot be had, until something changes."""
        self.denied = place
        dom.say(place, why, bad=True)
