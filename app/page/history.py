"""What was done to a table, so that it can be taken back. Pure: it changes the rows that it is given, and nothing else.

A change holds the rows that became others, and not the table: of a hundred thousand rows a hundred edits would
otherwise keep a hundred copies.
"""

from __future__ import annotations

from typing import NamedTuple

from app.vocabulary.table import Row, Rows

MOST_CHANGES = 100

MOST_CHARACTERS = 5_000_000
"""Of all rows that are kept to be put back, with their marks: a few tables of a hundred thousand rows. The last change
can be taken back however large it is.
"""


class Change(NamedTuple):
    """The rows from the place `at` on that became others: any number of them, none included."""

    at: int
    before: Rows
    after: Rows

    @property
    def size(self) -> int:
        """Characters of its rows as they are written, with a mark after each cell."""
        return sum(len(";".join(map(",".join, rows))) + 1 for rows in (self.before, self.after) if rows)

    def make(self, rows: list[Row]) -> None:
        """Change `rows`."""
        rows[self.at : self.at + len(self.before)] = self.after

    def take_back(self, rows: list[Row]) -> None:
        """Make `rows` again what they were."""
        rows[self.at : self.at + len(self.after)] = self.before

    def then(self, other: Change) -> Change:
        """One change for this and another, which is made of the rows that this one made.

        >>> Change(1, (), (("a",), ("b",))).then(Change(2, (("b",),), (("c",),)))
        Change(at=1, before=(), after=(('a',), ('c',)))
        """
        start = other.at - self.at
        end = start + len(other.before)
        return self._replace(after=self.after[:start] + other.after + self.after[end:])


class History:
    """The changes of one table that can be taken back, and those that can be made again."""

    def __init__(self) -> None:
        self.past: list[Change] = []
        self.future: list[Change] = []
        self.size = 0  # of all of them

    def add(self, change: Change, goes_on: bool = False) -> None:
        """Remember a change that is made, as one with the last if it `goes_on` with it."""
        while self.future:
            self.size -= self.future.pop().size
        if goes_on and self.past:
            last = self.past.pop()
            self.size -= last.size
            change = last.then(change)
        self.past.append(change)
        self.size += change.size
        while len(self.past) > 1 and (len(self.past) > MOST_CHANGES or self.size > MOST_CHARACTERS):
            self.size -= self.past.pop(0).size

    def undo(self, rows: list[Row]) -> bool:
        """Take the last change of `rows` back. Whether there is one."""
        if self.past:
            self.future.append(self.past.pop())
            self.future[-1].take_back(rows)
            return True
        return False

    def redo(self, rows: list[Row]) -> bool:
        """Make the change of `rows` again that was taken back last. Whether there is one."""
        if self.future:
            self.past.append(self.future.pop())
            self.past[-1].make(rows)
            return True
        return False
