"""What a page declares of a field for tables: the files that it takes, its cells, and what its columns can be taken
for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.vocabulary.calculator import Choice, Sheet, Upload
from app.vocabulary.table import MOST_CHARACTERS, Row, Rows
from app.vocabulary.tables import kinds, roles
from app.vocabulary.tables.roles import AUTO, Taken
from app.vocabulary.tables.shape import Shape, shape

_FILES = ".csv,.tsv,.txt,.tab,.dat,.arff,.xlsx,text/csv,text/plain,text/tab-separated-values"
"""The files that a table comes in."""

BY_CONTENT = (Choice(AUTO, "By their heads and what stands in them"),)
"""What the columns of a table are said to be before anything is chosen above them."""


def upload(label: str, take: Callable[[str], Mapping[str, str]]) -> Upload:
    """A file with a table."""
    return Upload(label, _FILES, MOST_CHARACTERS, take, kinds.ahead)


def sheet(
    columns: str, offered: tuple[str, ...], taken: Callable[[Shape, str], Taken], heads: Callable[[Rows], Row]
) -> Sheet:
    """A table whose columns can be taken for what is `offered`: what they are said to be is in the field `columns`, and
    what they are `taken` for follows from that and the table.
    """

    def roles_of(text: str, said: str) -> tuple[str, ...]:
        return tuple([column.role for column in taken(shape(text), said).columns])

    return Sheet(_rows_of, heads, columns, roles.choices(*offered), _heads_of, roles_of)


def _rows_of(text: str) -> Rows:
    """The cells of a table, without its line of heads."""
    return shape(text).rows


def _heads_of(text: str) -> Row:
    return shape(text).heads
