"""The cells of a table on the page: the rows that can be seen, what is typed into them, and what can be undone.

A table may have a hundred thousand rows; on the page are those around the ones that can be seen (`form.sheet_rows`).
What was typed is kept in a row here, and becomes the text of the field at once, or in a pause where the table is large.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from app.browser import dom
from app.browser.computation import READING
from app.page import form, grid
from app.page.grid import Cell
from app.page.history import Change, History
from app.vocabulary import table
from app.vocabulary.calculator import Field, Work

LARGE = 2000
"""Rows, beyond which the text of the whole table waits for a pause in the typing."""

PAUSE_MS = 300


class Cells:
    """The cells of one table. `changed` is told the table's new text, and whether it was typed or done in one go."""

    def __init__(
        self, slug: str, field: Field, text: str, changed: Callable[[str, bool], None], failed: dom.Failed
    ) -> None:
        self.slug, self.field, self.changed = slug, field, changed
        self.text = text  # that the lines were last in step with
        self.lines: list[table.Row] = list(
            form.lines_of(field, text)
        )  # the heads, empty where there are none, and rows
        self.understood = ("", "")  # the text and what was said of its columns, for which their roles are known
        self.roles: tuple[str, ...] = ()
        self.heads = self._heads()
        self.first = 0  # of the rows that are on the page
        self.wrong: Mapping[tuple[int, int], str] = {}
        self.editing: Cell | None = None  # the cell whose present edit can be undone as one
        self.elsewhere = False  # whether the last change did not come from here: the next such change goes on with it
        self.history = History()
        self.soon = dom.Timer(self.flush, PAUSE_MS, failed)

    @property
    def count(self) -> int:
        """How many rows are filled."""
        return len(self.lines) - 1

    def _heads(self) -> tuple[form.Head, ...]:
        return form.heads_of(self.field, self.lines, self.roles)

    # --- what is shown ---

    def show(self, text: str, said: str = "") -> None:
        """Show the cells of a text that did not come from here, and what its columns are taken for, by what is `said`
        of them.
        """
        roles = self.roles if (text, said) == self.understood else form.roles_of(self.field, text, said)
        other, self.roles, self.understood = roles != self.roles, roles, (text, said)
        if text != self.text:
            change = grid.whole(self.lines, form.lines_of(self.field, text))
            self.history.add(change, goes_on=self.elsewhere)
            change.make(self.lines)
            self._turn(text, elsewhere=True)
            self.first = 0
            self.draw()
        elif other:
            self.draw()

    def draw(self) -> None:
        """Put the rows around those that are seen onto the page."""
        heads, self.heads = self.heads, self._heads()
        rows = form.sheet_rows(self.slug, self.field, self.lines, self.heads, self.first, self.wrong)
        if heads != self.heads:
            dom.patch(f"{self.slug}-heads-{self.field.name}", form.sheet_heads(self.slug, self.field, self.heads))
        dom.put_rows(f"{self.slug}-rows-{self.field.name}", rows, self.first, self.count + 1)

    def scroll(self, top: float, row_height: float) -> None:
        """Follow the scrolling: the rows on the page are changed for others before their end is seen."""
        first = grid.first_row(top, row_height, self.count)
        if abs(first - self.first) >= grid.AROUND // 2:
            self.first = first
            self.draw()

    def mark(self, wrong: Mapping[tuple[int, int], str]) -> None:
        """Mark the cells that are wrong, with why, and no others."""
        if wrong == self.wrong:
            return
        before, self.wrong = self.wrong, wrong
        last = self.first + form.SHEET_ROWS
        for at in {*before, *self.wrong}:
            if self.first <= at[0] < last and before.get(at) != self.wrong.get(at):
                dom.mark_cell(self._identity(at), self.wrong.get(at, ""))

    def _identity(self, at: tuple[int, int]) -> str:
        return f"{self.slug}-{self.field.name}-{at[0]}-{at[1]}"

    def go(self, at: Cell) -> None:
        """Put the keyboard into a cell, wherever it is."""
        if not self.first <= at.row < self.first + form.SHEET_ROWS:
            self.first = max(0, min(at.row - grid.AROUND, self.count + 1 - form.SHEET_ROWS))
            self.draw()
        dom.enter_cell(self._identity(at))

    # --- what is done ---

    def type(self, at: Cell, text: str) -> None:
        """Take what now stands in a cell."""
        change = grid.typed(self.lines, _below(at), text, len(self.lines[0]))
        self.history.add(change, goes_on=at == self.editing)
        change.make(self.lines)
        self.editing, self.elsewhere = at, False
        if not change.before:
            at_end = form.sheet_rows(self.slug, self.field, self.lines, self.heads, self.count)
            dom.add_row(self._identity(at), form.remover(self.field.name, at.row), at_end)
        if self.count > LARGE:
            self.soon.start()
        else:
            self.flush()

    def flush(self) -> None:
        """Let the field's text follow what was typed."""
        self.text = self._text(self.lines)
        self.changed(self.text, True)

    @staticmethod
    def _text(lines: Sequence[table.Row]) -> str:
        return table.write(lines if lines[0] else lines[1:])

    def pasting(self, at: Cell, text: str) -> Work:
        """Read a block of cells, and make the table that it comes to over those from `at` on. What is returned has the
        table be so. Raises `Invalid` for what is no block.
        """
        block = self.field.sheet.rows(text) if self.field.sheet else ()
        yield READING
        before, change = self.text, grid.pasted(self.lines, _below(at), block)
        yield READING
        after = [*self.lines]
        change.make(after)
        written = self._text(after)
        yield READING
        table.rows(written)  # what reads it for the answer has it at hand
        yield READING

        def put() -> None:
            if self.text is before and not self.soon.pending:
                self._do(change, written)
            else:  # something was typed meanwhile
                self._do(grid.pasted(self.lines, _below(at), block))

        return put

    def remove(self, row: int) -> None:
        """Take a row away."""
        self._do(grid.without(self.lines, row + 1))

    def clear(self) -> None:
        """Empty the table."""
        self.become(((),))

    def become(self, lines: table.Rows, text: str = "") -> None:
        """Be another table: its line of heads, empty where it has none, and its rows; the `text` of them, if known."""
        self._do(grid.whole(self.lines, lines), text)

    def undo(self) -> None:
        """Take the last change back."""
        if self.history.undo(self.lines):
            self._follow()

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        if self.history.redo(self.lines):
            self._follow()

    def _do(self, change: Change, text: str = "") -> None:
        self.history.add(change)
        change.make(self.lines)
        self._follow(text)

    def _follow(self, text: str = "") -> None:
        """Show the rows as they are now, and let the field's text follow."""
        self._turn(text or self._text(self.lines), elsewhere=False)
        self.first = max(0, min(self.first, self.count + 1 - form.SHEET_ROWS))
        self.draw()
        self.changed(self.text, False)

    def _turn(self, text: str, elsewhere: bool) -> None:
        """Have another text, of the rows as they are now."""
        self.soon.cancel()
        self.text, self.elsewhere = text, elsewhere
        self.wrong, self.editing = {}, None

    def press(self, at: Cell, key: str, caret: grid.Caret) -> bool:
        """Do what a key in a cell asks for; false where it is for the cell itself."""
        if caret.control and key.lower() == "z":
            (self.redo if caret.shift else self.undo)()
        elif caret.control and key.lower() == "y":
            self.redo()
        elif caret.control and key in ("Delete", "Backspace"):
            if at.row < self.count:
                self.remove(at.row)
        elif key in grid.KEYS:
            to = grid.moved(at, key, caret, self.count, len(self.heads))
            if to is None:
                return key == "Enter"
            self.go(to)
            return True
        else:
            return False
        self.go(Cell(min(at.row, self.count), at.column))
        return True


def _below(at: Cell) -> Cell:
    """Where a cell stands among the lines, of which the first has the heads."""
    return Cell(at.row + 1, at.column)
