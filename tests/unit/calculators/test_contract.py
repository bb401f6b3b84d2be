"""Every calculator keeps the page contract. A new one is tested by being in the registry."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.registry import CALCULATORS
from app.page import form, rendering
from app.vocabulary import link
from app.vocabulary.calculator import Calculator, Invalid, read
from tests import reading
from tools.build.complete import calculators, declared

every_calculator = pytest.mark.parametrize(
    "calculator", [declared(slug) for slug in CALCULATORS], ids=list(CALCULATORS)
)


@every_calculator
def test_the_defaults_compute_and_every_figure_of_theirs_is_known(calculator: Calculator) -> None:
    values, result, messages = read(calculator, calculator.defaults)
    assert not messages
    assert calculator.view(values, result).verdict
    regions = rendering.regions(calculator, calculator.defaults)
    assert "" not in reading.read("".join(regions.values())).figures
    seen_at_once = rendering.render(calculator, calculator.defaults).now
    assert reading.outputs(regions) == reading.outputs(seen_at_once), "an output waits for nothing"


@every_calculator
def test_every_field_has_one_named_control_with_a_label_and_a_place_for_its_message(
    calculator: Calculator,
) -> None:
    tags = reading.read(reading.form(rendering.regions(calculator, calculator.defaults))).tags
    ids = {attributes["id"] for _, attributes in tags if "id" in attributes}
    labelled = {attributes["for"] for tag, attributes in tags if tag == "label" and "for" in attributes}
    for field in calculator.fields:
        named = [(tag, found) for tag, found in tags if found.get("name") == field.name]
        assert named, field.name
        if field.control == "radio":
            assert len(named) == len(field.choices)
        else:
            assert len(named) == 1
            assert named[0][1]["id"] in labelled
        assert f"{calculator.slug}-{field.name}-message" in ids


@every_calculator
@pytest.mark.parametrize(
    "typed", ["banana", "-1", "NaN", "∞", "<script>alert(1)</script>", "9" * 1000, "\x00", "1e999", "{}"]
)
def test_a_bad_value_is_refused_with_a_message_kept_and_leaves_no_figure(calculator: Calculator, typed: str) -> None:
    # Of what is seen at once; that a table shows none either does not hang on what was typed: the next test.
    for field in calculator.fields:
        if typed in {choice.value for choice in field.choices}:
            continue  # what is offered is not bad
        if typed == "-1" and "negative" in field.hint:
            assert field.parse(typed) == -1  # a field that takes negative numbers says so
            continue
        if typed == "-1" and "Removed: -" in field.hint:
            assert field.parse(typed).removed == 1  # and so does one to which a minus sign means less of something
            continue
        raw = calculator.defaults | {field.name: typed}
        found = read(calculator, raw)
        assert list(found.messages) == [field.name]  # refused by its parser or by what it goes with
        now = rendering.render(calculator, raw, found=found).now
        form = reading.form(now)
        seen = reading.read(form)
        message_id = f"{calculator.slug}-{field.name}-message"
        marked = [tag for _, tag in seen.tags if tag.get("aria-invalid") == "true"]
        assert len(marked) == 1
        assert message_id in (marked[0]["aria-describedby"] or "")
        assert f'id="{message_id}" aria-live="polite"></p>' not in form, "the message is empty"
        assert " ".join(found.messages[field.name].split()) in reading.text(now["verdict"])
        if field.control == "text":
            assert marked[0]["value"] == typed
        assert set(reading.read("".join(now.values())).figures) == {""}
        assert "<script>" not in "".join(now.values())


BEGINNINGS = [
    "",
    "FPR,TPR\n",
    "label;score\n",
    "x,y,label\n",
    "threshold\ttp\tfp\tfn\ttn\n",
    '{"model_type": "',
    "0.1,0.5;1,0;",
    '"',
]
ENDS = ["", '"' + "a" * 140_000, "[" * 2000, "9" * 5000, "\ud83d", "," * 200_000]
characters = st.one_of(st.characters(exclude_categories=[]), st.sampled_from(",;\"'\t\r\n\x00\u2028\ufeff 01.-ae%"))


@every_calculator
@given(st.sampled_from(BEGINNINGS), st.text(characters), st.sampled_from(ENDS))
def test_any_text_is_read_or_refused_typed_or_in_a_file(
    calculator: Calculator, begins: str, text: str, ends: str
) -> None:
    typed = begins + text + ends
    for field in calculator.fields:
        takers = [
            field.parse,
            *([field.upload.take] if field.upload else []),
            partial(form.lines_of, field),
            partial(form.sheet, calculator.slug, field),
        ]
        for take in takers:
            with suppress(Invalid):  # anything else would be a fault of the page
                take(typed)


@every_calculator
@pytest.mark.parametrize("unit", [" ", "\t", "1", "a", "per ", "(", "1 ", "a1 ", "-", "1e", "%"])
def test_a_long_text_is_gone_through_once(calculator: Calculator, unit: str) -> None:
    # Gone through once for each of its signs, it would take an hour. Tables have their own way to bring many.
    for field in calculator.fields:
        for take in (field.parse, field.upload.take) if field.upload else (field.parse, field.search or str):
            if not field.sheet:
                with suppress(Invalid):
                    take(unit * (200_000 // len(unit)) + "x")


@every_calculator
def test_no_table_shows_a_figure_or_what_was_typed_while_a_value_is_bad(calculator: Calculator) -> None:
    for field in calculator.fields:
        html = "".join(rendering.regions(calculator, calculator.defaults | {field.name: "<script>"}).values())
        assert set(reading.read(html).figures) == {""}, field.name
        assert "<script>" not in html, field.name


@every_calculator
def test_every_group_is_declared_has_fields_and_says_what_it_is_set_to(calculator: Calculator) -> None:
    regions = rendering.regions(calculator, calculator.defaults)
    assert {field.group for field in calculator.fields if field.group} == {group.key for group in calculator.groups}
    for group in calculator.groups:
        assert reading.text(regions[f"group-{group.key}"])


@every_calculator
def test_what_a_box_can_be_filled_with_is_found_by_its_name_and_is_valid(calculator: Calculator) -> None:
    for field in calculator.fields:
        if field.search:
            everything = field.search("")
            assert len({choice.value for choice in everything}) == len(everything) > 0
            for choice in everything:
                assert choice in field.search(choice.label)
                field.parse(choice.value)
            assert not field.search("no such thing")


@every_calculator
def test_what_was_refused_has_its_message_whatever_stands_in_the_box(calculator: Calculator) -> None:
    field = calculator.fields[0]
    rendered = rendering.render(calculator, calculator.defaults, {field.name: "Too <large>."})
    assert "Too &lt;large&gt;." in rendered.now[f"field-{field.name}"]
    assert rendered.messages == {field.name: "Too <large>."}
    assert set(reading.read("".join(rendered.now.values())).figures) == {""}


@every_calculator
def test_a_link_restores_every_field(calculator: Calculator) -> None:
    raw = {
        field.name: field.choices[-1].value if field.choices else f" {field.default} &=#?+é"
        for field in calculator.fields
    }
    assert link.read(link.write(calculator.slug, raw, calculator.defaults)) == (
        calculator.slug,
        {name: text for name, text in raw.items() if text != calculator.defaults[name]},
    )


def test_nothing_that_a_calculator_must_bring_is_missing() -> None:
    found = calculators()  # raises with the file that lacks something
    assert [each.calculator.slug for each in found] == [*CALCULATORS]


@every_calculator
def test_rendering_twice_gives_the_same_html(calculator: Calculator) -> None:
    assert rendering.regions(calculator, calculator.defaults) == rendering.regions(
        calculator, dict(calculator.defaults)
    )


@every_calculator
def test_no_two_places_of_a_calculator_have_the_same_name(calculator: Calculator) -> None:
    regions = rendering.regions(calculator, calculator.defaults)
    html = "".join(f'<div id="{calculator.slug}-{name}">{content}</div>' for name, content in regions.items())
    ids = [found["id"] for _, found in reading.read(html).tags if "id" in found]
    assert len(ids) == len(set(ids)), sorted(each for each in ids if ids.count(each) > 1)
