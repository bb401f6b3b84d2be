"""What serving costs, what is saved, and when a pruning project has paid for itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import ceil, inf, isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.calculators.pruning import inputs, money, project
from app.calculators.pruning.calculator import CALCULATOR
from app.calculators.pruning.money import Price, Training
from app.calculators.pruning.options import Option, Result
from app.calculators.pruning.options import option as priced
from app.calculators.pruning.show.amounts import TYPE_A_PRICE
from app.calculators.pruning.speed.devices import device
from app.calculators.pruning.speed.laws.ranges import Span
from app.page import rendering
from app.vocabulary.calculator import Figure, Invalid, Line, Table, read
from tests import reading


def asked(**typed: str) -> Result:
    """The result at a price of $2.50, and what else is typed."""
    found = read(CALCULATOR, CALCULATOR.defaults | {"price": "2.50"} | typed)
    assert not found.messages
    result: Result = found.result
    return result


def option(result: Result, key: str) -> Option:
    return next(each for each in result.options if each.key == key)


def timed(result: Result, request_us: Span, batch: int, **typed: Any) -> Result:
    """The result with all options taking so long for a batch of so many."""
    asked, served = result.question, result.dense.served
    assert served is not None
    question = asked._replace(workload=asked.workload._replace(batch=batch), **typed)
    options = tuple(each._replace(served=served._replace(request_us=request_us)) for each in result.options)
    chosen = next(each for each in options if each.key == result.chosen.key)
    return result._replace(question=question, options=options, dense=options[0], chosen=chosen)


def outputs(**typed: str) -> Mapping[str, Any]:
    """The page's outputs."""
    return reading.outputs(rendering.regions(CALCULATOR, CALCULATOR.defaults | typed))


def table(slug: str, **typed: str) -> Table:
    return rendering.tables(CALCULATOR, CALCULATOR.defaults | typed)[slug]


def words(line: Line) -> str:
    return "".join(each if isinstance(each, str) else each.text for each in line)


def rows(found: Table) -> dict[str, list[str]]:
    """The cells of a table by the head of their row, in words."""
    return {words(row.head): [words(cell) for cell in row.cells] for row in found.rows()}


# What is typed


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("2", Price(2.0)),
        ("2.50", Price(2.5)),
        ("$2.50", Price(2.5, "$")),
        ("2.5 $", Price(2.5, "$")),
        ("2.5/h", Price(2.5)),
        ("$2.50 per GPU-hour", Price(2.5, "$")),
        ("US$ 2.50 an hour", Price(2.5, "$")),
        ("2.50 USD", Price(2.5, "$")),
        ("€1,80/h", Price(1.8, "€")),
        ("1,80 EUR", Price(1.8, "EUR")),
        ("chf 3", Price(3.0, "CHF")),
        ("₹ 180", Price(180.0, "₹")),
        ("0", Price(0.0)),
        ("1e-3", Price(0.001)),
    ],
)
def test_a_price_is_read_as_people_write_it(typed: str, means: Price) -> None:
    assert inputs.price(typed) == means


@pytest.mark.parametrize("typed", ["", "none", " None "])
def test_no_price_is_none(typed: str) -> None:
    assert inputs.price(typed) is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("-1", "negative"),
        ("−$2", "not a number"),
        ("$-2", "negative"),
        ("NaN", "not a number"),
        ("∞", "not a number"),
        ("$", "rite a number"),
        ("$2 €", "two currencies"),
        ("2 bananas", "does not belong"),
        ("2000000", "too large"),
        ("1e999", "too large"),
        ("9" * 1000, "too long"),
        (" " * 500_000 + "x$", "not a number"),
        ("$" * 500_000, "too long"),
        ("<script>", "not a number"),
    ],
)
def test_what_is_no_price_is_refused_in_words(typed: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        inputs.price(typed)


@pytest.mark.parametrize(
    ("typed", "per_second"),
    [
        ("20", 20),
        ("20/s", 20),
        ("20 rps", 20),
        ("20 requests per second", 20),
        ("30/min", 0.5),
        ("3600 req/h", 1),
        ("86.4k/day", 1),
        ("2.628M a month", 1),  # 730 hours
        ("0", 0),
    ],
)
def test_a_load_is_read_by_the_second_the_minute_the_hour_the_day_and_the_month(typed: str, per_second: float) -> None:
    assert inputs.load(typed) == pytest.approx(per_second)


@pytest.mark.parametrize("typed", ["-1", "NaN", "20 tokens/s", "fast", "/s", "9" * 1000])
def test_what_is_no_load_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        inputs.load(typed)


def test_training_is_tokens_or_hours() -> None:
    assert inputs.training("13B") == inputs.training("13B tokens") == Training(13e9)
    assert inputs.training("2000 h") == inputs.training("2,000 H100-hours") == Training(hours=2000.0)
    assert inputs.training("none") == Training(0.0)
    with pytest.raises(Invalid):
        inputs.training("-3 h")


def test_two_currencies_are_refused_at_the_second_field() -> None:
    typed = {"price": "2 €", "training_price": "$3"}
    found = read(CALCULATOR, CALCULATOR.defaults | typed)
    assert found.messages == {
        "training_price": "This is in $ and the price of a device-hour in €: write both in one currency."
    }
    assert not read(CALCULATOR, CALCULATOR.defaults | typed | {"training_price": "3"}).messages


# What it costs, by hand


def test_a_million_output_tokens_by_hand() -> None:
    # $3.60 an hour is 0.1 cent a second; 8 requests of 250 tokens in 2 s are 1,000 tokens a second: $1 a million.
    result = timed(asked(price="3.60"), Span(1e6, 2e6, 4e6), batch=8, output=250)
    assert money.cost_of(result, result.dense) == pytest.approx(Span(0.5, 1.0, 2.0))
    # Two devices cost twice as much. With a prompt of 2,250 tokens there are ten times as many.
    two = timed(asked(price="3.60", devices="2", prompt="2250"), Span(1e6, 2e6, 4e6), batch=8, output=250)
    assert money.cost_of(two, two.dense) == pytest.approx(Span(1.0, 2.0, 4.0))
    assert money.cost_per_million(two, two.dense, prompt=True) == pytest.approx(Span(0.1, 0.2, 0.4))


def test_a_model_that_writes_nothing_is_counted_by_the_tokens_it_reads() -> None:
    # BERT: 512 tokens a request; $3.60 an hour, 4 requests in 2,048 µs are a million tokens a second: 0.1 cent.
    result = timed(asked(price="3.60", params="BERT-base-uncased", prompt="512"), Span(2048, 2048, 2048), batch=4)
    assert money.cost_of(result, result.dense) == pytest.approx(Span(1e-3, 1e-3, 1e-3))


def test_the_devices_for_a_load_are_whole_replicas() -> None:
    # 8 requests in 2 s are 4 a second: 10 a second take three replicas of two devices each.
    result = timed(asked(devices="2", load="10"), Span(1e6, 2e6, 4e6), batch=8)
    assert money.fleet(result, result.dense) == (4, 6, 10)
    assert money.per_month(result, result.dense) == (4 * 1825, 6 * 1825, 10 * 1825)  # $2.50 × 730 h
    # Three that are exactly full are not four.
    assert money.fleet(result, result.dense, 12.0) == (4, 6, 12)
    assert money.fleet(result, result.dense, 0.0) == (0, 0, 0)


def test_without_a_load_only_the_share_of_a_device_counts_that_serves_as_much() -> None:
    result = asked(structure="structured", devices="1")
    dense, chosen = result.dense.served, result.chosen.served
    assert dense is not None
    assert chosen is not None
    assert money.fleet(result, result.dense) == (1, 1, 1)
    assert money.fleet(result, result.chosen) == pytest.approx(
        [each / dense.request_us.likely for each in chosen.request_us]
    )
    saved = money.saved_per_month(result, result.chosen)
    assert saved is not None
    assert saved.likely == pytest.approx(1825 * (1 - 1 / chosen.speedup.likely))


def test_what_does_not_fit_is_served_by_the_devices_that_hold_it() -> None:
    # Llama-3.1-70B in BF16 is 141 GB: two H100s do not hold it beside 10 % of each and the cache of 16 requests.
    result = asked(params="Llama-3.1-70B", batch="16")
    assert not result.dense.fit.fits
    place = money.placed(result.question, result.dense)
    assert place is not None
    assert place.devices == 4
    four = asked(params="Llama-3.1-70B", batch="16", devices="4")
    assert four.dense.fit.fits
    assert not asked(params="Llama-3.1-70B", batch="16", devices="2").dense.fit.fits
    assert money.cost_of(result, result.dense) == pytest.approx(money.cost_of(four, four.dense))
    note = next(row.note for row in table("cost", params="Llama-3.1-70B", batch="16", price="2").rows())
    assert words(note) == "needs 4 devices"


def test_one_option_is_what_it_is_among_all() -> None:
    for typed in ({}, {"structure": "n:m", "quantize": "8-bit"}, {"structure": "unstructured", "quantize": "4-bit"}):
        result = asked(device="l4", **typed)
        for each in result.options:
            assert priced(result.question, each.key) == each


def test_what_no_number_of_devices_holds_costs_nothing_that_is_known() -> None:
    result = asked(overhead="100%")
    assert money.cost_of(result, result.dense) is None
    assert money.saved_per_month(result, result.chosen) is None
    assert rows(table("cost", overhead="100%", price="2"))["Dense"][0] == "fits on no number of devices up to 64"
    assert "cost_per_million_tokens" not in outputs(overhead="100%", price="2")


def test_without_a_roofline_nothing_is_known_and_said_so() -> None:
    result = asked(params="ResNet-50")
    assert result.dense.served is None
    assert money.cost_of(result, result.dense) is None
    assert rows(table("cost", params="ResNet-50", price="2"))["Dense"][0] == "no time is known"


def test_where_the_memory_is_not_known_it_is_taken_to_fit() -> None:
    result = asked(device="other-datacenter", bandwidth="2000", tflops="300")
    assert result.dense.fit.memory is None
    assert money.placed(result.question, result.dense) == (result.dense, 1, result.dense.served)


def test_an_hour_that_costs_nothing_saves_nothing() -> None:
    result = asked(price="0", structure="structured")
    assert money.cost_of(result, result.chosen) == (0, 0, 0)
    assert money.saved_per_month(result, result.chosen) == (0, 0, 0)
    cells = rows(table("cost", price="0", structure="structured"))["Structured"]
    assert cells[0] == "$0"
    assert cells[-1] == "never: an hour costs nothing"


def test_without_a_price_there_is_no_figure_but_a_hint() -> None:
    found = table("cost")
    assert list(found.rows()) == []
    assert words(found.notes[0]) == TYPE_A_PRICE
    assert "$12.29 (Azure, 2026-06-18)" in words(found.notes[1])
    assert not [name for name in outputs() if "cost" in name or "month" in name]
    assert list(table("payback").rows()) == []
    assert rows(table("cost", device="cpu")) == {}
    assert words(table("cost", device="cpu").notes[1]) == "No price of Another CPU is listed here."


# The project


def test_the_rates_are_those_of_the_sources() -> None:
    # Model-Optimizer: about 600 H100-hours for 6.3 B tokens of a model of 7 B: 13.6 for a billion of both.
    dense = project.rate(experts=False)
    assert dense.hours.likely == pytest.approx(600 / 6.3 / 7, rel=1e-3)
    # LLM-Shearing: 1.3 B, 2.7 B and 6.74 B on A100s differ by 63/0.42/6.74 over 2821/50.33/2.7.
    off = (1610 / 50.33 / 1.3) / (2821 / 50.33 / 2.7)
    assert dense.hours.high / dense.hours.likely == pytest.approx(off, rel=1e-3)
    assert dense.hours.likely / dense.hours.low == pytest.approx(off, rel=1e-3)
    # Nemotron-3-Nano: 900 H100-hours for 10 B tokens, 3 B of 22.3 B active.
    experts = project.rate(True, 10.0)
    assert experts.hours.likely == pytest.approx(900 / 10 / 3)
    assert experts.hours.high == pytest.approx(900 / 10 / 22.3 * 10 * off, rel=1e-3)
    assert all(each.source.url for each in (*dense.of, *experts.of))


def test_the_published_recovery_nearest_to_what_is_asked_says_how_many_tokens() -> None:
    found = project.effort(asked(), option(asked(), "2:4"))
    assert found is not None
    assert found.nearest is not None
    assert (found.nearest.model, found.nearest.after[-1].tokens_b) == ("Llama-3.1-8B", 13)
    assert found.tokens == (2e9, 13e9, 13e9)  # MaskLLM learned its masks on 2 B
    structured = project.effort(asked(), option(asked(), "structured"))
    assert structured is not None
    assert structured.nearest is not None
    assert structured.nearest.pruned_to == "4.5B"
    assert structured.tokens == (1.9e9, 94e9, 380e9)
    left = option(asked(), "structured").remaining_params
    assert structured.hours.likely == pytest.approx(94 * left / 1e9 * 600 / 6.3 / 7, rel=1e-3)


def test_tokens_and_hours_of_ones_own_come_before_the_published() -> None:
    tokens = asked(training="2B")
    found = project.effort(tokens, option(tokens, "2:4"))
    assert found is not None
    assert found.tokens == (2e9, 2e9, 2e9)
    assert found.nearest is None
    assert found.hours.likely == pytest.approx(2 * tokens.question.model.total / 1e9 * 600 / 6.3 / 7, rel=1e-3)
    hours = asked(training="100 h", device="l4")
    assert project.project_cost(hours, option(hours, "2:4")) == (250, 250, 250)  # at the price of an L4-hour
    none = asked(training="none")
    assert project.project_cost(none, option(none, "structured")) == (0, 0, 0)


def test_an_hour_of_training_costs_what_h100s_cost() -> None:
    assert project.training_price(asked()) == (2.5, 2.5, 2.5)  # the device is one
    # On another device as listed: the cheapest, the middle of six, the dearest.
    assert project.training_price(asked(device="l4")) == pytest.approx((3.20, (4.29 + 49.24 / 8) / 2, 12.29))
    assert project.training_price(asked(device="l4", training_price="$3")) == (3, 3, 3)
    euros = asked(device="l4", price="1 €")
    assert project.training_price(euros) is None
    assert project.project_cost(euros, option(euros, "structured")) is None
    assert rows(table("cost", device="l4", price="1 €"))["Structured"][-1] == "not known"


def test_quantization_is_counted_as_nothing_and_pruning_before_it_is_not() -> None:
    result = asked()
    assert project.project_cost(result, option(result, "int4")) == (0, 0, 0)
    assert project.project_cost(result, option(result, "int8+2:4")) == project.project_cost(
        result, option(result, "2:4")
    )
    cells = rows(table("cost", price="2.50"))["INT4"]
    assert cells[-1].startswith("0\u202fmonths")


def test_of_a_model_that_writes_nothing_no_recovery_is_known() -> None:
    result = asked(params="BERT-base-uncased")
    assert project.project_cost(result, option(result, "structured")) is None
    own = asked(params="BERT-base-uncased", training="10 h")
    assert project.project_cost(own, option(own, "structured")) == (25, 25, 25)


def test_where_nothing_is_left_nothing_is_trained() -> None:
    result = asked(params="7B", structure="structured", sparsity="100%", training="13B")
    assert result.chosen.remaining_params == 0
    assert project.project_cost(result, result.chosen) == (0, 0, 0)


def test_break_even_by_hand() -> None:
    assert project.break_even_months(Span(100, 200, 300), Span(10, 20, 50)) == (2, 10, 30)
    assert project.break_even_months(Span(0, 0, 0), Span(-1, 1, 2)) == (0, 0, inf)
    assert project.break_even_months(Span(5, 5, 5), Span(-3, -2, 0)) == (inf, inf, inf)


def test_where_one_replica_serves_both_it_never_pays() -> None:
    found = rows(table("payback", price="2.50", structure="2:4", batch="32"))
    assert found["1"] == ["1", "1", "$0", "never: as many devices are needed"]
    assert list(found) == ["1", "10", "100", "1,000"]
    mine = table("payback", price="2.50", structure="2:4", batch="32", load="50")
    assert [words(row.head) for row in mine.rows() if row.chosen] == ["50"]


def test_the_dense_model_is_no_project() -> None:
    assert rows(table("cost", price="2.50"))["Dense"][3:] == ["–", "–", "–"]
    found = table("payback", price="2.50", structure="dense")
    assert list(found.rows()) == []
    assert "choose another option" in words(found.notes[0])


def test_the_card_and_the_table_say_the_same() -> None:
    typed = {"price": "2.50", "structure": "structured", "batch": "8"}
    result = asked(**typed)
    found = outputs(**typed)
    cost, saved = money.cost_of(result, result.chosen), money.saved_per_month(result, result.chosen)
    spent = project.project_cost(result, result.chosen)
    dense = money.cost_of(result, result.dense)
    assert cost is not None
    assert dense is not None
    assert saved is not None
    assert spent is not None
    assert float(found["cost_per_million_tokens"]) == cost.likely
    assert float(found["cost_per_million_tokens_low"]) == cost.low
    assert float(found["cost_per_million_tokens_high"]) == cost.high
    assert float(found["dense_cost_per_million_tokens"]) == dense.likely
    assert float(found["saved_per_month"]) == saved.likely
    assert float(found["break_even_months"]) == spent.likely / saved.likely
    row = next(each for each in table("cost", **typed).rows() if each.chosen)
    assert row.cells[0][0].value == cost.likely  # type: ignore[union-attr]


# Properties

typed_states = st.fixed_dictionaries(
    {
        "params": st.sampled_from(
            ["Llama-3.1-8B", "Llama-3.1-70B", "Mixtral-8x7B", "7B", "BERT-base-uncased", "ResNet-50"]
        ),
        "device": st.sampled_from(["h100-sxm", "l4", "rtx-4090", "mi300x", "cpu-epyc-genoa", "other-accelerator"]),
        "devices": st.sampled_from(["1", "2", "8", "16"]),
        "batch": st.sampled_from(["1", "16", "256"]),
        "structure": st.sampled_from(["unstructured", "2:4", "structured"]),
        "sparsity": st.sampled_from(["0", "25%", "50%", "90%"]),
        "price": st.sampled_from(["0", "0.5", "$2.50", "1e6"]),
        "load": st.sampled_from(["auto", "0", "0.3", "20/s", "1e12"]),
        "training": st.sampled_from(["auto", "none", "13B", "100 h"]),
    }
)


@given(typed_states)
def test_ranges_are_ordered_and_cheaper_is_what_takes_less_of_a_device(typed: dict[str, str]) -> None:
    result = asked(**typed)
    question = result.question
    dense = money.placed(question, result.dense)
    for each in result.options:
        place, cost = money.placed(question, each), money.cost_of(result, each)
        assert (place is None) == (cost is None)
        spans = [cost, money.fleet(result, each), money.per_month(result, each), money.saved_per_month(result, each)]
        spans += [project.project_cost(result, each), project.load_that_pays(result, each, 12)]
        for span in spans:
            if span is not None:
                assert span.low <= span.likely <= span.high
        if place and dense:
            before, after = money.device_seconds(dense, question), money.device_seconds(place, question)
            saved, other = money.saved_per_month(result, each), money.cost_of(result, result.dense)
            assert cost is not None
            assert other is not None
            assert saved is not None
            if question.budget is not None and question.budget.price.amount:
                assert (cost.likely < other.likely) == (after.likely < before.likely)
                if question.budget.load is None:
                    assert saved.likely > 0 if after.likely < before.likely * (1 - 1e-9) else saved.likely <= 1e-6
            # Never less than the load asks, never a replica too many.
            devices, load = money.fleet(result, each), question.budget and question.budget.load
            if load is not None and devices is not None:
                assert devices.likely % place.devices == 0
                assert devices.likely >= load * after.likely * (1 - 1e-9) - 1e-6
                assert devices.likely < load * after.likely * (1 + 1e-9) + place.devices + 1e-6


@given(typed_states)
def test_break_even_is_where_what_was_saved_reaches_what_was_spent(typed: dict[str, str]) -> None:
    result = asked(**typed)
    for each in result.options:
        spent, saved = project.project_cost(result, each), money.saved_per_month(result, each)
        if spent is None or saved is None:
            continue
        months = project.break_even_months(spent, saved)
        assert months.low <= months.likely <= months.high
        for paid, cost, gain in zip(months, spent, reversed(saved), strict=True):
            if isfinite(paid):
                assert paid * gain == pytest.approx(cost)
            else:
                assert gain <= 0


@given(typed_states)
def test_every_state_can_be_shown(typed: dict[str, str]) -> None:
    for slug in ("cost", "payback"):
        for row in table(slug, **typed).rows():
            figures = [each for cell in row.cells for each in cell if isinstance(each, Figure)]
            assert all(isfinite(each.value) for each in figures)


# The list of prices


def test_every_price_has_a_device_a_source_an_address_and_a_date() -> None:
    assert len(money.offers()) > 50
    for each in money.offers():
        assert device(each.device) is not None, each
        assert each.usd_per_hour > 0
        assert each.devices >= 1
        assert each.source.title
        assert each.source.url.startswith("https://")
        assert each.source.locator
        day = date.fromisoformat(each.source.as_of)
        assert date(2026, 1, 1) <= day <= date(2026, 11, 30)
    assert len({(each.device, each.provider, each.name) for each in money.offers()}) == len(money.offers())


def test_prices_are_for_one_device_and_the_cheapest_comes_first() -> None:
    # p5.48xlarge has eight H100s for $55.04
    aws = next(each for each in money.offers() if each.name == "p5.48xlarge")
    assert aws.each == pytest.approx(6.88)
    found = [each.each for each in money.listed("h100-sxm")]
    assert found == sorted(found)
    first = next(iter(table("prices", device="l4").rows()))
    assert words(first.head) == "L4"


def test_a_month_is_that_of_the_clouds() -> None:
    assert money.HOURS_PER_MONTH == 730
    assert ceil(money.HOURS_PER_MONTH) == 730
