"""Claims about tables that are written on one line: what is remembered of them is what reading them again finds."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from app.vocabulary import table
from app.vocabulary.calculator import Invalid
from app.vocabulary.tables import shape as room
from app.vocabulary.tables.guesses import settled
from app.vocabulary.tables.shape import shape

cells = st.sampled_from(
    [
        "0",
        "1",
        "0.5",
        "1e-3",
        "-2",
        "1,5",
        "50%",
        "",
        " ",
        "a",
        "label",
        "score",
        "fpr",
        "x;y",
        '"',
        'q"q',
        "#",
        "NA",
        "0,1",
    ]
)
tables = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=6)
)


def forget() -> None:
    """Forget what was read."""
    table.remember("", ())
    room._shapes.clear()


@given(tables, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]))
@example([["0", "1", "label"], ["5.1", "3.5", "a"], ["4.9", "3.1", "b"]], ",", "\n")
@example([["label", "score"], ["1", "0.9"], ["0", "0.2"]], "\t", "\n")
def test_what_is_remembered_of_a_table_is_what_is_read_again(rows, mark: str, end: str) -> None:
    text = end.join(mark.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    try:
        found = shape(text)
    except Invalid:
        return
    line = settled(found.rows, found)
    remembered = table.rows(line), shape(line)
    forget()
    assert (table.rows(line), shape(line)) == remembered
