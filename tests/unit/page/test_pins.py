"""Pinned scenarios: their names, their texts, and the table that compares them."""

from __future__ import annotations

import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.registry import CALCULATORS, load
from app.page import pins, rendering
from app.page.pins import Pin, Scenario
from app.vocabulary import link
from app.vocabulary.calculator import Invalid, read
from tests import cases, reading

PRUNING = load("pruning")

every_calculator = pytest.mark.parametrize("slug", CALCULATORS)


def state(**changed: str) -> dict[str, str]:
    return PRUNING.defaults | changed


def pinned(name: str, **changed: str) -> Scenario:
    found = pins.scenario(PRUNING, Pin(name, state(**changed)))
    assert found
    return found


def table(now: dict[str, str], *found: Scenario | None) -> list[list[str]]:
    """The cells of the table in words, heads included."""
    cards = rendering.render(PRUNING, now).cards
    regions = pins.compared(PRUNING, now, cards, found)
    rows = re.findall(r"<tr>.*?</tr>", regions["pins-head"] + regions["pins"])
    return [[reading.text(cell) for cell in re.findall(r"<t[hd][ >].*?</t[hd]>", row)] for row in rows]


# --- texts ---


@every_calculator
def test_a_pin_is_read_as_it_was_written(slug: str) -> None:
    calculator = load(slug)
    for raw in islice(cases.made(slug, 20), 20):
        pin = Pin("2:4, 50% & <more>?", calculator.defaults | raw)
        assert pins.read(calculator, pins.write(calculator, pin)) == pin


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_whatever_it_is_called_it_survives_a_link(name: str) -> None:
    pin = Pin(pins.tidy(name), state(structure="2:4"))
    text = pins.write(PRUNING, pin)
    if text.startswith("?"):  # without a name: there is always one
        return
    fragment = link.write("pruning", state(sparsity="90%"), PRUNING.defaults, link.Beside((text,)))
    assert link.read(fragment) == ("pruning", {"sparsity": "90%"})
    assert [pins.read(PRUNING, each) for each in link.beside(fragment).pins] == [pin]


def test_what_is_unknown_in_a_pin_is_ignored_and_what_cannot_be_read_is_left_out() -> None:
    assert pins.read(PRUNING, "a?nonsense=1&sparsity=90%25").raw == state(sparsity="90%")
    assert pins.scenario(PRUNING, pins.read(PRUNING, "a?sparsity=much")) is None
    heads, *_ = table(state(), None, pinned("b", sparsity="90%"))
    assert len(heads) == 3


def test_a_table_that_is_too_long_for_a_pin_says_so() -> None:
    calculator = load("roc-auc")
    raw = calculator.defaults | {"points": ";".join(["0.1,0.5"] * 1200)}
    with pytest.raises(Invalid, match="“Points of the curve” is too long"):
        pins.write(calculator, Pin("long", raw))


# --- names ---


def test_a_name_is_made_of_what_differs() -> None:
    first = Pin(pins.default_name(PRUNING, state(structure="2:4"), []), state(structure="2:4"))
    assert first.name == "2:4"
    assert (
        pins.default_name(PRUNING, state(structure="2:4", sparsity="60%", batch="8"), [first])
        == "Concurrent requests 8, 2:4, 60%"
    )
    assert pins.default_name(PRUNING, state(), [first]) == "unstructured"
    assert pins.default_name(PRUNING, state(), []) == "As it came"
    assert pins.default_name(PRUNING, state(structure="2:4"), [first]) == "2:4 (2)"
    assert len(pins.default_name(PRUNING, state(params="x" * 900, device="y" * 900), [])) <= pins.LONGEST_NAME


# --- the table ---


def test_inputs_that_differ_are_marked_and_the_others_are_not_there() -> None:
    heads, *rows = table(
        state(sparsity="90%"), pinned("a", structure="2:4", sparsity="90%"), pinned("b", sparsity="90%")
    )
    assert heads[1] == "Now"
    (row,) = [row for row in rows if row[0] == "Sparsity pattern"]
    assert row[2].endswith("≠ changed")
    assert "changed" not in row[1] + row[3]
    assert not [row for row in rows if row[0] == "Sparsity"]


def test_answers_differ_by_a_sign_and_in_words() -> None:
    now, other = state(structure="2:4"), pinned("int4", dtype="int4", structure="2:4")
    rows = {row[0]: row for row in table(now, other, pinned("same", structure="2:4"))}
    weights = rows["Weights on the device"]
    share = 1 - other_bytes(other) / other_bytes(pinned("now", structure="2:4"))
    assert weights[2].endswith(f"▼ {share:.0%} lower")
    assert weights[3].endswith("= the same")


def other_bytes(found: Scenario) -> float:
    (card,) = [card for card in found.cards if card.label == "Weights on the device"]
    return next(part.value for part in card.answer if not isinstance(part, str) and hasattr(part, "value"))


@pytest.mark.parametrize(
    ("now", "pinned", "said"),
    [
        ([2.0], [3.0], "▲ 50% higher"),
        ([2.0], [1.0], "▼ 50% lower"),
        ([2.0], [2.001], "▲ under 1% higher"),
        ([0.0], [1.0], "▲ higher"),
        ([1.0], [50.0], "▲ higher"),
        ([1.0, 2.0], [1.0, 3.0], "▲ higher"),
        ([1.0, 2.0], [0.5, 3.0], "≠ differs"),
        ([1.0], [1.0, 2.0], "▲ higher"),
        ([1.0, 2.0], [0.99999999, 3.0], "▲ higher"),  # which reads as 1
        ([1.0, 2.0], [1.0, 2.0, 3.0], "≠ differs"),
        ([float("nan")], [1.0], "≠ differs"),
    ],
)
def test_how_an_answer_differs(now: list[float], pinned: list[float], said: str) -> None:
    from app.vocabulary.calculator import Figure

    lines = [tuple(Figure(value, f"{value:g}") for value in values) for values in (now, pinned)]
    assert reading.text(pins._differs(*lines)) == said


@every_calculator
def test_outputs_stand_on_the_page_once_and_what_is_typed_stays_text(slug: str) -> None:
    calculator = load(slug)
    name, text = cases.typed(slug)
    scenario = pins.scenario(calculator, Pin("<script>", calculator.defaults | {name: text}))
    cards = rendering.render(calculator, calculator.defaults).cards
    html = "".join(pins.compared(calculator, calculator.defaults, cards, [scenario]).values())
    assert "<output" not in html
    assert "<script>" not in html
    assert html.count("<tr>") > 2


def test_while_an_input_is_wrong_the_present_answers_are_not_known_and_nothing_is_compared() -> None:
    raw = state(sparsity="much")
    regions = pins.compared(PRUNING, raw, (), [pinned("a", structure="2:4")])
    assert "higher" not in regions["pins"]
    assert f'<td data-of="Now">{rendering.STALE}</td>' in regions["pins"]
    assert read(PRUNING, raw).messages
