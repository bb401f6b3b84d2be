"""Pages about two classes, with a box for labelled cases and one for points of a curve: into which of them a table goes
that is brought, and what is asked where it may be either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from app.vocabulary.calculator import Invalid, Way
from app.vocabulary.tables import kinds
from app.vocabulary.tables.guesses import Guess, guesses, settled
from app.vocabulary.tables.roles import ASK, AUTO
from app.vocabulary.tables.route import elsewhere, other_page
from app.vocabulary.tables.shape import Shape, shape


class Boxes(NamedTuple):
    """The boxes of the page with this `slug`, `scores` and `points`. `columns` is the field that says what the columns
    of points are, `said` how the page says it, and `called` what it calls points.
    """

    slug: str
    columns: str
    called: str
    said: Callable[[str], str] = str

    def take(self, text: str) -> Mapping[str, str]:
        """The texts of the fields for a table that is dropped or pasted, on whatever box: cases go to theirs, points to
        theirs, and where it may be either, the page asks.
        """
        found = shape(text)
        if not found.rows:
            raise Invalid("There are no rows in it: bring a table with a row for each case or point.")
        if kinds.is_weka(found):
            raise Invalid(kinds.WEKA)
        every = guesses(found)
        here = [guess for guess in every if guess.kind in ("cases", "points")]
        if every and not here:
            raise elsewhere(every[0].kind, self.slug, text)
        line = settled(found.rows, found)
        return self._texts(line, here[0]) if len(here) == 1 else self._as_cases(line, ASK if here else AUTO)

    def ask(self, found: Shape, text: str) -> None:
        """Ask what a table is, with what each way to read it comes to; where there is none, nothing is asked."""
        ways = self.ways(found)
        kinds_of = {guess.kind for guess in guesses(found)}
        link = other_page("coordinates", self.slug, text) if "coordinates" in kinds_of else None
        if ways:
            raise Invalid("This table can be read in more than one way. Which is meant?", ways=ways, link=link)

    def ways(self, found: Shape) -> tuple[Way, ...]:
        """The ways to read a table on this page."""
        line, called = settled(found.rows, found), {"cases": "Labels and scores", "points": self.called}
        return tuple(
            Way(guess.words or called[guess.kind], self._texts(line, guess))
            for guess in guesses(found)
            if guess.kind in called
        )

    def refuse_no_cases(self, found: Shape, text: str) -> None:
        """Say of a table without labels and scores what it is, and where it belongs, where that is known."""
        possible = guesses(found)
        if possible and possible[0].kind == "points":
            self.ask(found, text)
        if possible and possible[0].kind != "cases":
            raise elsewhere(possible[0].kind, self.slug, text)
        if kinds.is_weka(found):
            raise Invalid(kinds.WEKA)

    def as_points(self, line: str, said: str) -> dict[str, str]:
        """The texts of the fields for a table of points on one line."""
        return {"points": line, self.columns: self.said(said), "scores": "", "scores_columns": AUTO, "positive": "auto"}

    def _as_cases(self, line: str, said: str) -> dict[str, str]:
        return {"scores": line, "scores_columns": said, "positive": "auto"}

    def _texts(self, line: str, guess: Guess) -> dict[str, str]:
        if guess.kind == "points":
            return self.as_points(guess.text or line, guess.roles)
        return self._as_cases(line, guess.roles)
