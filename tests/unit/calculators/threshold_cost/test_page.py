"""The threshold page as rendered: its outputs are the arithmetic's, what is wrong is said, what is given is used."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator
from math import inf

import pytest

from app.calculators.threshold_cost import inputs
from app.calculators.threshold_cost.calculator import CALCULATOR
from app.calculators.threshold_cost.calibrated import from_auc
from app.calculators.threshold_cost.compute import Result
from app.calculators.threshold_cost.cost import (
    CASES,
    Costs,
    cheapest,
    flag_all,
    flag_none,
    policy,
    threshold,
    whole,
)
from app.calculators.threshold_cost.matrix import DEFAULTS
from app.calculators.threshold_cost.points import normalised_cost, priced, probability_cost
from app.calculators.threshold_cost.prevalence import score_threshold, shifted
from app.page import rendering
from app.vocabulary import link, table
from app.vocabulary.calculator import Invalid, Plot, Progress, Waffle, finish, read, reading
from tests import reading as html
from tests.oracles import expected_cost, iso_cost_slope, off_hull, realised, realised_curve, worth_using
from tests.oracles import table as operating_points

TEN = Costs(c10=1, c01=10)
POINTS = "0.5,0.6,0.1;0.2,0.8,0.3;0.1,0.95,0.5"
LABELS, PROBABILITIES = (1, 0, 1, 0, 0, 1, 0), (0.9, 0.6, 0.3, 0.05, 0.3, 0.02, 0.7)
CASES_TEXT = ";".join(f"{label},{score}" for label, score in zip(LABELS, PROBABILITIES, strict=True))
OUTPUTS = {
    "threshold",
    "expected_cost",
    "cost_at",
    "cost_flag_all",
    "cost_flag_none",
    "cheapest_cost",
    "cheapest_threshold",
    "score_threshold",
    "capped_cost",
}


def regions(**raw: str) -> dict[str, str]:
    """The page for these inputs, the defaults elsewhere."""
    return rendering.regions(CALCULATOR, CALCULATOR.defaults | raw)


def outputs(**raw: str) -> dict[str, float]:
    """Its outputs at full precision."""
    return html.outputs(regions(**raw))


def text(name: str, **raw: str) -> str:
    """What is read in one region."""
    return html.text(regions(**raw)[name])


def result(**raw: str) -> Result:
    """What the page computed."""
    found = read(CALCULATOR, CALCULATOR.defaults | raw)
    assert not found.messages
    assert isinstance(found.result, Result)
    return found.result


def messages(**raw: str) -> dict[str, str]:
    """What the page refuses, by field."""
    return read(CALCULATOR, CALCULATOR.defaults | raw).messages


def near(value: float) -> object:
    """Equal to what figures on the page are rounded to: twelve digits."""
    return pytest.approx(value, rel=1e-11, abs=1e-12)


def parsed(name: str, **raw: str) -> list[list[str]]:
    """The rows of a file that can be had, without its heads."""
    made = rendering.downloads(CALCULATOR, read(CALCULATOR, CALCULATOR.defaults | raw))[name].make
    assert made is not None
    return list(csv.reader(io.StringIO(made())))[1:]


# --- the contract ---


def test_every_output_of_the_contract_is_on_the_page_once() -> None:
    assert outputs().keys() == OUTPUTS


def test_the_fields_start_as_the_contract_says() -> None:
    wanted = {"cost_fp": "1", "cost_fn": "10", "prevalence": "auto", "auc": "0.8", "cost_tn": "0", "cost_tp": "0"}
    wanted |= {"points": "", "scores": "", "at": "0.5", "cap": "none", "trained": "auto", "positive": "auto"}
    wanted |= {"amounts": "missed"}
    wanted |= {"scores_columns": "auto", "points_columns": "auto"}
    assert CALCULATOR.defaults == wanted
    first = [field.name for field in CALCULATOR.fields if not field.group]
    assert first == ["cost_fp", "cost_fn", "scores", "prevalence", "auc"]
    assert {name: float(CALCULATOR.defaults[name]) for name in DEFAULTS} == DEFAULTS


def test_a_miss_that_costs_ten_times_puts_the_threshold_at_one_eleventh() -> None:
    # MODEL.md 3; Elkan 2001, equation 2
    assert outputs(cost_fp="1", cost_fn="10")["threshold"] == 1 / 11
    assert outputs(cost_fp="1", cost_fn="5")["threshold"] == 1 / 6
    assert outputs(cost_fp="10", cost_fn="100", cost_tp="-20")["threshold"] == threshold(Costs(10, 100, 0, -20))


def test_costs_alone_are_enough_and_the_page_says_on_what_assumption() -> None:
    found, model = outputs(), from_auc(0.1, 0.8)
    assert found["expected_cost"] == near(model.at(TEN, 1 / 11).per_1000)
    assert found["cost_at"] == near(model.at(TEN, 0.5).per_1000)
    assert (found["cost_flag_all"], found["cost_flag_none"]) == (900, 1000)
    assert found["cheapest_cost"] == found["capped_cost"] == found["expected_cost"]
    assert found["cheapest_threshold"] == near(1 / 11)
    assert found["score_threshold"] == found["threshold"]
    assert "518 per 1,000 cases, 965.5 at 0.5; flagging all 900, none 1,000" in text("verdict")
    assert "If scores are calibrated and separate with AUC 0.8, that is the bill." in text("verdict")
    assert "The threshold is for calibrated probabilities" in text("verdict")


def test_a_threshold_that_costs_more_than_flagging_everyone_is_a_trap() -> None:
    said = "The trap: a threshold of 0.5 costs 965.5 per 1,000 cases, more than flagging every case, which costs 900"
    assert said in text("verdict")
    assert "The trap" not in text("verdict", at="0.1")
    assert "more than flagging no case" in text("verdict", prevalence="0.1%", at="0.001")


def test_the_prevalence_moves_the_bill_and_not_the_threshold() -> None:
    rare, common = outputs(prevalence="1%"), outputs(prevalence="40%")
    assert rare["threshold"] == common["threshold"] == 1 / 11
    assert rare["expected_cost"] < common["expected_cost"]


def test_what_right_answers_cost_counts_and_a_negative_cost_is_a_benefit() -> None:
    costs = Costs(c10=5, c01=20, c00=-1, c11=2)
    found = outputs(cost_fp="5", cost_fn="20", cost_tn="-1", cost_tp="2", prevalence="20%", auc="0.9")
    assert found["threshold"] == threshold(costs) == 6 / 24
    assert found["expected_cost"] == near(from_auc(0.2, 0.9).at(costs, 0.25).per_1000)
    assert found["cost_flag_all"] == near(flag_all(costs, 0.2).per_1000)
    assert found["cost_flag_none"] == near(flag_none(costs, 0.2).per_1000)


@pytest.mark.parametrize("cap", ["50", "5%", "0.05", "50 per 1,000", "50/1000", "50‰"])
def test_a_limit_costs_what_the_model_says(cap: str) -> None:
    capped = from_auc(0.1, 0.8).capped(TEN, 0.05)
    assert outputs(cap=cap)["capped_cost"] == near(capped.capped.per_1000)
    assert (
        f"{1000 * (capped.capped.cost - capped.free.cost):.1f} more than the cheapest"
        in text("cards", cap=cap)
        == text("cards", cap="50")
    )


def test_a_limit_that_does_not_bind_costs_nothing() -> None:
    assert outputs(cap="100%")["capped_cost"] == outputs()["cheapest_cost"]
    assert outputs(cap="0")["capped_cost"] == outputs()["cost_flag_none"]


def test_resampled_training_data_moves_the_threshold_on_the_scores_and_what_is_compared() -> None:
    found = outputs(trained="50%")
    assert found["threshold"] == 1 / 11
    assert found["score_threshold"] == score_threshold(1 / 11, 0.5, 0.1)
    assert found["cost_at"] == near(from_auc(0.1, 0.8).at(TEN, shifted(0.5, 0.5, 0.1)).per_1000)
    assert "score is at least 0.4737: that is a probability of 0.0909" in text("verdict", trained="50%")
    assert "The trap" not in text("verdict", trained="50%"), "0.5 is near p* on balanced scores"


# --- operating points ---


@pytest.mark.parametrize(
    "typed",
    [
        POINTS,
        "threshold,tpr,fpr\n0.5,0.6,0.1\n0.2,0.8,0.3\n0.1,0.95,0.5\n",
        "FPR\tTPR\tThresholds\n0.1\t0.6\t0.5\n0.3\t0.8\t0.2\n0.5\t0.95\t0.1",
        "Cutoff;Sensitivity;Specificity\n0,5;60 %;90 %\n0,2;80%;70%\n0,1;0,95;0,5",
        "threshold,tp,fp,fn,tn\n0.5,60,90,40,810\n0.2,80,270,20,630\n0.1,95,450,5,450",
        "TP,FP,FN,TN,threshold\n6,9,4,81,0.5\n8,27,2,63,0.2\n95,450,5,450,0.1",
    ],
)
def test_points_are_read_however_they_come(typed: str) -> None:
    table_of = operating_points((0.5, 0.6, 0.1), (0.2, 0.8, 0.3), (0.1, 0.95, 0.5))
    bills = [each.per_1000 for each in priced(table_of, TEN, 0.1)]
    found = outputs(points=typed)
    assert found["expected_cost"] == near(bills[2]), "0.1 is the nearest to 1/11"
    assert found["cost_at"] == near(bills[0])
    assert (found["cheapest_cost"], found["cheapest_threshold"]) == (near(bills[1]), near(0.2))
    assert "The point nearest to p* has the threshold 0.1" in text("verdict", points=typed)
    assert outputs(**inputs.take(typed)) == found


def test_points_without_thresholds_let_the_cheapest_stand_for_p_star_and_leave_yours_unknown() -> None:
    found = outputs(points="0.6,0.1;0.8,0.3;0.95,0.5")
    assert found["expected_cost"] == found["cheapest_cost"] == near(470)
    assert found.keys() == OUTPUTS - {"cost_at", "cheapest_threshold"}
    assert "no thresholds from 0 to 1, so the cheapest of them stands for p*" in text("verdict", points="0.6,0.1")
    assert "flagged" in plot("policies", points="0.6,0.1;0.8,0.3").title


def test_thresholds_that_are_no_probabilities_are_not_compared_with_p_star() -> None:
    typed = "3.2,0.6,0.1;-1.1,0.8,0.3"
    assert "cost_at" not in outputs(points=typed)
    assert outputs(points=typed)["cheapest_threshold"] == -1.1
    assert "Thresholds beyond 0 to 1 are no probabilities" in text("field-points", points=typed)


def test_the_infinite_threshold_that_libraries_write_is_read() -> None:
    assert outputs(points="inf,0,0;0.2,0.8,0.3;0.01,1,1")["cheapest_cost"] == near(470)
    assert outputs(points="∞,0,0;0.2,0.8,0.3")["cost_at"] == near(470)


def test_every_point_is_priced_and_one_below_the_hull_is_marked() -> None:
    typed = f"{POINTS};0.35,0.62,0.2"
    rows = re.findall(r"<tr.*?</tr>", regions(points=typed)["operating-points"])
    table_of = operating_points(*(tuple(map(float, row.split(","))) for row in typed.split(";")))
    assert [("never" in row) for row in rows] == list(off_hull(table_of)) == [False, False, False, True]
    assert sum("the cheapest" in row for row in rows) == 1
    for row, each in zip(rows, priced(table_of, TEN, 0.1), strict=True):
        assert float(html.read(row).figures[4]) == near(each.per_1000)


def test_points_below_the_diagonal_ask_for_the_order() -> None:
    assert "is the order TPR, then FPR?" in text("field-points", points="0.1,0.6;0.3,0.8")
    assert "no point beats flagging every case" in text("operating-points-notes", points="0.1,0.6;0.3,0.8")


def test_a_limit_takes_a_point_that_need_not_lie_on_the_hull() -> None:
    typed = "0.6,0.2,0.05;0.5,0.25,0.15;0.2,0.8,0.2"
    found = outputs(points=typed, cap="17%", prevalence="10%", cost_fn="100")
    assert found["capped_cost"] == near(1000 * expected_cost(Costs(1, 100), 0.1, 0.25, 0.15))


def test_the_prevalence_of_counts_is_used_when_auto_is_written_and_told_otherwise() -> None:
    typed = "0.5,60,90,40,210"
    assert outputs(points=typed)["cost_flag_none"] == near(10 * 1000 * 100 / 400)
    told = text("field-prevalence", points=typed, prevalence="10%")
    assert "Your table has 25% positives, and costs are weighed to 10%" in told
    assert outputs(prevalence="10%") == outputs()
    assert "An assumption: nothing is known of it." in text("field-prevalence")


def test_a_table_of_any_size_has_its_first_rows_on_the_page_and_all_in_its_file() -> None:
    typed = ";".join(f"{at / 200},{1 - at / 250},{(1 - at / 200) ** 2}" for at in range(200))
    assert regions(points=typed)["operating-points"].count("<tr") == 50
    assert "And 150 more, in the file." in text("operating-points-notes", points=typed)
    assert len(parsed("operating-points-cost.csv", points=typed)) == 200


# --- labels and probabilities ---


def test_cases_are_used_as_brute_force_over_them_says() -> None:
    curve_of = realised_curve(PROBABILITIES, LABELS, TEN, 0.1)
    best = cheapest(curve_of)
    assert best is not None
    found = outputs(scores=CASES_TEXT, prevalence="10%")
    assert found["expected_cost"] == near(realised(PROBABILITIES, LABELS, TEN, 1 / 11, 0.1).per_1000)
    assert found["cost_at"] == near(realised(PROBABILITIES, LABELS, TEN, 0.5, 0.1).per_1000)
    assert (found["cheapest_cost"], found["cheapest_threshold"]) == (near(best.per_1000), near(best.threshold or 0))
    within = cheapest(curve_of, 0.3)
    assert within is not None
    assert outputs(scores=CASES_TEXT, cap="30%", prevalence="10%")["capped_cost"] == near(within.per_1000)


def test_the_cases_count_as_they_are_unless_a_prevalence_is_given() -> None:
    found = outputs(scores=CASES_TEXT)
    assert found == outputs(scores=CASES_TEXT, prevalence="auto")
    assert found["expected_cost"] == near(realised(PROBABILITIES, LABELS, TEN, 1 / 11).per_1000)
    assert found["cost_flag_none"] == near(10 * 1000 * 3 / 7)


@pytest.mark.parametrize(
    "typed",
    [
        CASES_TEXT,
        "probability,label\n" + "\n".join(f"{p},{y}" for y, p in zip(LABELS, PROBABILITIES, strict=True)),
        "id;y_true;y_score\n"
        + "\n".join(f"a;{y};{p}".replace(".", ",") for y, p in zip(LABELS, PROBABILITIES, strict=True)),
        "\n".join(f"{'yes' if y else 'no'}\t{100 * p:.12g} %" for y, p in zip(LABELS, PROBABILITIES, strict=True)),
    ],
)
def test_cases_are_read_however_they_come(typed: str) -> None:
    assert outputs(scores=typed) == outputs(scores=CASES_TEXT)
    assert outputs(**inputs.take(typed)) == outputs(scores=CASES_TEXT)


def test_scores_of_resampled_data_are_cut_where_p_star_stands_on_them() -> None:
    found = outputs(scores=CASES_TEXT, trained="50%", prevalence="10%")
    at = score_threshold(1 / 11, 0.5, 0.1)
    assert found["expected_cost"] == near(realised(PROBABILITIES, LABELS, TEN, at, 0.1).per_1000)
    assert found["cost_at"] == near(realised(PROBABILITIES, LABELS, TEN, 0.5, 0.1).per_1000)
    assert shifted(0.3, 0.5, 0.1) == near(
        outputs(scores="1,0.3;0,0.2", trained="50%", prevalence="10%")["cheapest_threshold"]
    )


def test_what_is_given_decides_and_what_is_not_used_is_said() -> None:
    both = {"points": POINTS, "scores": CASES_TEXT}
    assert outputs(**both) == outputs(scores=CASES_TEXT)
    assert "Not used: labels and probabilities are given" in text("field-points", **both)
    assert "Not used: your labels and probabilities are." in text("field-auc", **both)
    assert "Not used: your operating points are." in text("field-auc", points=POINTS)
    assert outputs(points=POINTS, auc="0.9") == outputs(points=POINTS)


def test_scores_that_are_no_probabilities_are_found_out() -> None:
    generator = random.Random(5)
    truth = [generator.random() for _ in range(2000)]
    typed = ";".join(f"{int(generator.random() < p**3)},{p:.4f}" for p in truth)
    said = text("verdict", scores=typed, prevalence="auto", at="0.6")
    assert "the cheapest threshold here is not p*" in said
    calibrated = ";".join(f"{int(generator.random() < p)},{p:.4f}" for p in truth)
    rows = re.findall(r"<tr.*?</tr>", regions(scores=calibrated, prevalence="auto")["calibration"])
    assert len(rows) == 10
    assert sum(float(html.read(row).figures[0]) for row in rows) == 2000
    assert all(abs(float(html.read(row).figures[3])) < 0.12 for row in rows)
    assert "Give labels and probabilities to see." in text("calibration-notes")


def test_any_two_labels_will_do_where_one_is_named_positive() -> None:
    spam = ";".join(f"{'spam' if y else 'ham'},{p}" for y, p in zip(LABELS, PROBABILITIES, strict=True))
    assert outputs(scores=spam, positive="Spam") == outputs(scores=CASES_TEXT)
    turned = ";".join(f"{1 - y},{p}" for y, p in zip(LABELS, PROBABILITIES, strict=True))
    assert outputs(scores=spam, positive="ham") == outputs(scores=turned)
    assert "write under “Positive label” which one is positive" in messages(scores=spam)["scores"]


def test_the_headline_follows_the_cases_and_the_assumed_auc_is_gone() -> None:
    generator = random.Random(5)
    truth = [generator.random() for _ in range(2000)]
    honest = ";".join(f"{int(generator.random() < p)},{p:.4f}" for p in truth)
    assert "On your 2,000 cases flag from a probability of 0.0909, not 0.5." in text("verdict", scores=honest)
    flattered = ";".join(f"{int(generator.random() < p**3)},{p:.4f}" for p in truth)
    assert re.match(
        r"On your 2,000 cases flag from 0\.\d+: p\*, 0\.0909, costs more here\.", text("verdict", scores=flattered)
    )
    few = ";".join(honest.split(";")[:300])  # on few cases some other threshold is always a little cheaper
    assert "On your 300 cases flag from a probability of 0.0909" in text("verdict", scores=few)
    assert "less, too little or too uncertain to count." in text("verdict", scores=few)
    assert rendering.UNUSED in regions(scores=honest)["field-auc"]
    assert rendering.UNUSED in regions(points=POINTS)["field-auc"]
    assert rendering.UNUSED not in regions()["field-auc"]


def test_what_looks_like_something_else_is_called_by_its_name() -> None:
    assert "every probability is 0 or 1, as predicted classes are" in text("verdict", scores="1,1;0,0;1,0;0,0")
    said = text("verdict", scores="1,0.1;0,0.9;1,0.2;0,0.7")
    assert "positive cases have lower probabilities than negative ones, 0.15 against 0.8 on average" in said
    assert "lower probabilities" not in text("verdict", scores="1,0.9;0,0.1;1,0.7;0,0.2")


def test_gains_are_negative_costs_in_every_field() -> None:
    found = outputs(cost_fp="-1", cost_tn="-5", cost_fn="-2", cost_tp="-20", prevalence="20%")
    costs = Costs(c10=-1, c01=-2, c00=-5, c11=-20)
    assert found["threshold"] == threshold(costs) == 4 / 22
    assert found["cost_flag_all"] == near(flag_all(costs, 0.2).per_1000)
    assert found["cost_flag_all"] < 0


def test_few_cases_are_called_chance() -> None:
    assert "largely chance" in text("field-scores", scores=CASES_TEXT)
    many = ";".join(f"{at % 2},{at / 200}" for at in range(200))
    assert "largely chance" not in text("field-scores", scores=many)


def test_a_hundred_thousand_cases_are_read_in_slices() -> None:
    generator = random.Random(1)
    scored = [round(generator.random(), 6) for _ in range(100_000)]
    labels = [int(generator.random() < score) for score in scored]
    typed = ";".join(f"{label},{score}" for label, score in zip(labels, scored, strict=True))
    work = reading(CALCULATOR, CALCULATOR.defaults | {"scores": typed})
    steps: list[Progress] = []
    while True:
        try:
            steps.append(next(work))
        except StopIteration as done:
            found = done.value
            break
    assert len(steps) >= 5
    assert [each.done for each in steps] == sorted(each.done for each in steps)
    assert all(0 < each.done < 1 for each in steps)
    assert found.result.star.per_1000 == near(realised(scored, labels, TEN, 1 / 11).per_1000)
    drawn = rendering.render(CALCULATOR, CALCULATOR.defaults | {"scores": typed}, found=found).tables["policies"]()
    assert len(drawn["policies-plots"]) < 20_000


@pytest.mark.parametrize("kind", ["", "missed", "both"])
def test_what_a_cost_does_not_change_is_not_counted_again(kind: str) -> None:
    amounts = [50.0, 20.0, 30.0, 40.0, 10.0, 25.0, 35.0] if kind else None
    values = read(CALCULATOR, CALCULATOR.defaults | {"scores": CASES_TEXT}).values
    values |= {"scores": values["scores"]._replace(amounts=amounts)} | ({"amounts": kind} if kind else {})

    def counted(**changed: object) -> tuple[set[str], Result]:
        """What is done on the way, and what comes of it."""
        work, doing = CALCULATOR.compute(values | changed), set()
        while True:
            try:
                doing.add(next(work).doing)
            except StopIteration as done:
                return doing, done.value

    def anew(**changed: object) -> object:
        """What comes of another table that says the same."""
        return finish(CALCULATOR.compute(values | changed | {"scores": values["scores"]._replace()}))

    assert "thresholds" in counted()[0]
    for changed in ({"cost_fp": 2.0}, {"cost_fn": 30.0}, {"prevalence": 0.3}, {"cap": 0.2}, {"at": 0.4}):
        doing, found = counted(**changed)
        assert doing <= ({"amounts"} if kind else set())
        assert found == anew(**changed)
        counted()
    for changed in ({"cost_tp": -5.0}, {"trained": 0.5}, {"positive": "0"}):
        assert counted(**changed)[1] == anew(**changed)
        counted()


def test_the_slider_stands_at_the_prevalence_that_is_taken() -> None:
    def at(**raw: str) -> str:
        found = html.read(regions(**raw)["field-prevalence"]).tags
        return next(str(tag["value"]) for _, tag in found if tag.get("type") == "range")

    assert (at(), at(scores=CASES_TEXT), at(scores=CASES_TEXT, prevalence="20%")) == ("10", "43", "20")


# --- what is wrong is said ---

BAD = [
    ("cost_fp", "-1", "so it is best to flag every case"),
    ("cost_fp", "1e13", "is too large: write a number that is at least −100,000,000,000 and at most 100,000,000,000"),
    ("cost_fn", "ten", "is not a number I can read: write a number, such as 10"),
    ("cost_fn", "0", "so it is best to flag no case"),
    ("cost_fp", "0", "so it is best to flag every case"),
    ("cost_tn", "3", "A true negative costs 3, and a false positive must cost more"),
    ("cost_tp", "12", "A true positive costs 12, and a false negative must cost more"),
    ("cost_tp", "-1e12", "is too small: write a number that is at least −100,000,000,000"),
    ("prevalence", "0", "leaves only one kind of case: write a share above 0 and below 1"),
    ("prevalence", "100%", "leaves only one kind of case"),
    ("prevalence", "10", "10 is more than 1. Did you mean 10%? Or write auto"),
    ("auc", "0.5", "It must be at least 0.51 and at most 0.999, such as 0.8"),
    ("auc", "0.3", "Below 0.5 the scores point the wrong way: turn them round"),
    ("at", "1.5", "1.5 is more than 1. Did you mean 1.5%?"),
    ("cap", "2000", "is too large: write a number that is at least 0 and at most 1,000, such as 50"),
    ("cap", "many", "That is of 1,000 cases; 5% is a share; none is no limit"),
    ("trained", "1", "leaves only one kind of case: write a share above 0 and below 1, such as 10%. Or write auto"),
    ("points", "0.8", "A row has 1 cell: write TPR, FPR or TP, FP, FN, TN"),
    ("points", "0.5,0.6,0.1;0.2,0.8,1.3", "Row 2, FPR: 1.3 is more than 1. Did you mean 1.3%?"),
    ("points", "0.5,0.6,0.1;0.2,eight,0.3;0.1,,0.5", "Row 2, TPR: “eight” is not a number I can read"),
    ("points", "0.5,0,90,0,810", "Row 1, TP: TP and FN cannot both be 0"),
    ("points", "60,0,40,0", "Row 1, FP: FP and TN cannot both be 0"),
    ("points", "1,2,3,4,5,6", "A row has 6 cells"),
    ("scores", "1,0.9;0,0.4;maybe,0.4", "Row 3, Label: “maybe” is a third label beside “1” and “0”"),
    ("scores", "1,0.9;,0.4", "Row 2, Label: Write the label of the case, such as 1 or 0."),
    ("positive", "spam", "There are no labels to look for it"),
    ("scores", "1,0.9;0,1.4", "Row 2, Score: 1.4 is more than 1. Did you mean 1.4%?"),
    ("scores", "1,0.9;1,0.4", "No case is negative: at least one must have the label 0"),
    ("scores", "0,0.9;0,0.4", "No case is positive: at least one must have the label 1"),
    ("scores", "1,0.9,a;0,0.3,b", "A row has 3 cells: write a label and a probability"),
]


@pytest.mark.parametrize(("field", "typed", "said"), BAD)
def test_what_is_wrong_is_said_at_its_field_kept_and_leaves_no_figure(field: str, typed: str, said: str) -> None:
    found = messages(**{field: typed})
    assert list(found) == [field]
    assert said in found[field]
    shown = regions(**{field: typed})
    assert set(html.read("".join(shown.values())).figures) == {""}
    form = html.read(shown[f"field-{field}"])
    if field in ("points", "scores"):
        assert typed in "".join(form.words)
    else:
        assert any(attributes.get("value") == typed for _, attributes in form.tags)
    assert not rendering.downloads(CALCULATOR, read(CALCULATOR, CALCULATOR.defaults | {field: typed}))


def test_two_cells_are_rates_and_not_half_a_row() -> None:
    assert outputs(points="0.5,0.6")["cheapest_cost"] == 900


def test_every_wrong_cell_is_named_and_the_first_is_told() -> None:
    with pytest.raises(Invalid) as raised:
        inputs.points("0.5,0.6,0.1;0.2,eight,0.3;0.1,,2")
    assert set(raised.value.cells) == {(1, 1), (2, 1), (2, 2)}
    assert str(raised.value).startswith("Row 2, TPR") and str(raised.value).endswith("And 2 more.")
    with pytest.raises(Invalid) as raised:
        inputs.scores("1,0.9;2,0.4;0,x")
    assert set(raised.value.cells) == {(1, 0), (2, 1)}


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        ({"cost_fp": "2", "cost_tn": "3"}, {"cost_tn"}),
        ({"cost_fp": "0", "cost_fn": "0"}, {"cost_fp", "cost_fn"}),
        ({"cost_fp": "0", "cost_tn": "5"}, {"cost_fp", "cost_tn"}),
        ({"cost_fn": "3", "cost_tp": "4"}, {"cost_fn"}),
        ({"cost_tn": "1", "cost_tp": "10"}, {"cost_tn", "cost_tp"}),
        ({"cost_fp": "1e11", "cost_fn": "1e-9"}, {"cost_fn"}),
    ],
)
def test_a_matrix_that_no_threshold_serves_is_refused_where_it_was_changed(
    raw: dict[str, str], fields: set[str]
) -> None:
    found = messages(**raw)
    assert set(found) == fields
    assert set(found) <= set(raw)
    assert set(html.read("".join(regions(**raw).values())).figures) == {""}


def test_costs_that_look_swapped_are_asked_about() -> None:
    assert "Are the costs swapped?" in messages(cost_fp="0", cost_tn="1", cost_fn="2", cost_tp="9")["cost_fp"]
    assert "so flagging changes nothing" in messages(cost_fp="0", cost_fn="0")["cost_fp"]


# --- links, files, tables and pictures ---


def test_a_bare_link_is_enough() -> None:
    slug, raw = link.read("#threshold-cost?points=0.8,0.2;0.95,0.5&cost_fn=5")
    assert slug == CALCULATOR.slug
    assert outputs(**raw)["cheapest_cost"] == near(min(1000 * expected_cost(Costs(1, 5), 0.1, 0.8, 0.2), 500))


@pytest.mark.parametrize("raw", [{"points": POINTS}, {"scores": CASES_TEXT, "cap": "5%", "trained": "50%"}])
def test_a_link_brings_the_same_page(raw: dict[str, str]) -> None:
    written = link.write(CALCULATOR.slug, CALCULATOR.defaults | raw, CALCULATOR.defaults)
    assert link.read(written) == (CALCULATOR.slug, raw)
    assert outputs(**link.read(written)[1]) == outputs(**raw)


def test_cells_of_a_table_are_named_by_what_stands_in_them() -> None:
    for typed, heads in (
        ("0.8,0.2", ("TPR", "FPR")),
        (POINTS, ("Threshold", "TPR", "FPR")),
        ("80,180,20,720", ("TP", "FP", "FN", "TN")),
        ("0.5,80,180,20,720", ("Threshold", "TP", "FP", "FN", "TN")),
        ("", ("Threshold", "TPR", "FPR")),
    ):
        assert inputs.POINTS.heads(inputs.POINTS.rows(typed)) == heads
    assert inputs.POINTS.rows(table.write(inputs.POINTS.rows(POINTS))) == inputs.POINTS.rows(POINTS)


def test_the_policies_stand_side_by_side_with_what_the_arithmetic_says() -> None:
    rows = re.findall(r"<tr.*?</tr>", regions(cap="50")["policies"])
    model = from_auc(0.1, 0.8)
    free, capped = model.capped(TEN, 0.05)
    wanted = (free, model.at(TEN, 0.5), flag_all(TEN, 0.1), flag_none(TEN, 0.1), free, capped)
    assert len(rows) == len(wanted)
    for row, each in zip(rows, wanted, strict=True):
        figures = [float(figure) for figure in html.read(row).figures]
        numbers = (each.per_1000, CASES * each.flagged, each.tpr, each.fpr, *(CASES * share for share in each.outcomes))
        assert figures[-8:] == [near(number) for number in numbers]


def tables(**raw: str) -> Iterator[object]:
    """The pictures of every table."""
    for found in rendering.tables(CALCULATOR, CALCULATOR.defaults | raw).values():
        yield from found.plots


def plot(name: str, **raw: str) -> Plot:
    """The picture of a table."""
    found = rendering.tables(CALCULATOR, CALCULATOR.defaults | raw)[name].plots[0]
    assert isinstance(found, Plot)
    return found


def test_the_cost_curve_is_the_models_with_its_thresholds_marked_and_flagging_dashed() -> None:
    drawn = {trace.label: trace for trace in plot("policies").traces}
    model = from_auc(0.1, 0.8)
    wanted = [(step / 100, model.at(TEN, step / 100).per_1000) for step in range(101)]
    assert [*drawn["assumed scores"].points] == wanted
    assert {at for _, at in drawn["flag every case"].points} == {900}
    assert {at for _, at in drawn["flag no case"].points} == {1000}
    assert drawn["flag every case"].look == drawn["flag no case"].look == "dashed"
    assert drawn["p*, the cheapest"].points == ((1 / 11, result().star.per_1000),)
    assert drawn["your threshold"].points[0][0] == 0.5
    assert drawn["your threshold"].marks == ("0.5",)


def test_a_small_threshold_is_drawn_by_equal_factors() -> None:
    axis = plot("policies", cost_fn="1000").x
    assert axis.log
    assert axis.low < 1 / 1001 < axis.high == 1


def test_the_curve_of_points_and_of_cases_holds_them() -> None:
    drawn = {trace.label: trace for trace in plot("policies", points=POINTS).traces}
    assert [at for at, _ in drawn["operating points"].points] == [0.1, 0.2, 0.5]
    assert [at for at, _ in drawn["cheapest"].points] == [0.2]
    cases = {trace.label: trace for trace in plot("policies", scores=CASES_TEXT).traces}["your cases"].points
    for t, bill in cases[::10]:
        assert bill == near(realised(PROBABILITIES, LABELS, TEN, t).per_1000)


@pytest.mark.parametrize(
    "raw", [{}, {"points": POINTS}, {"scores": CASES_TEXT, "prevalence": "auto"}, {"cost_fn": "500"}]
)
def test_every_picture_stays_within_its_frame_and_every_waffle_has_a_thousand_dots(raw: dict[str, str]) -> None:
    for drawn in tables(**raw):
        if isinstance(drawn, Waffle):
            assert sum(segment.value for segment in drawn.segments) == 1000
            continue
        assert isinstance(drawn, Plot)
        for trace in drawn.traces:
            for x, y in trace.points:
                assert drawn.x.low <= x <= drawn.x.high
                assert drawn.y.low <= y <= drawn.y.high


def test_a_thousand_cases_are_those_of_the_table() -> None:
    found = rendering.tables(CALCULATOR, CALCULATOR.defaults)["outcomes"]
    waffle = found.plots[0]
    assert isinstance(waffle, Waffle)
    tp, fp, fn, tn = whole(result().star.outcomes)
    assert [segment.value for segment in waffle.segments] == [tp, fp, fn, tn]
    assert html.text(regions()["outcomes"]).startswith(f"At p* {tp:.0f} {fn:.0f} {fp:.0f} {tn:.0f}")


@pytest.mark.parametrize("raw", [{}, {"points": POINTS}, {"scores": CASES_TEXT}])
def test_cost_curves_draw_the_prevalences_of_their_table(raw: dict[str, str]) -> None:
    drawn = {trace.label: trace for trace in plot("by-prevalence", **raw).traces}
    rows = re.findall(r"<tr.*?</tr>", regions(**raw)["by-prevalence"])
    figures = [[float(figure) for figure in html.read(row).figures] for row in rows]
    assert [(row[-2], row[-1]) for row in figures] == [
        (near(x), near(y)) for x, y in drawn["prevalences of the table"].points
    ]
    assert [row[0] for row in figures] == sorted(row[0] for row in figures)
    assert sum("your choice" in html.text(row) for row in rows) == 1
    assert drawn["yours"].points[0][0] == near(probability_cost(TEN, 3 / 7 if "scores" in raw else 0.1))


def test_the_best_point_moves_with_the_prevalence_as_points_say() -> None:
    low, high = worth_using(TEN, 0.8, 0.2) or (0, 0)
    rows = re.findall(r"<tr.*?</tr>", regions(points="0.8,0.2")["operating-points"])
    assert "2.4% to 28.6%" in html.text(rows[0])
    assert (round(low, 3), round(high, 3)) == (0.024, 0.286)
    assert "p* is 0.0909 in every row" in text("by-prevalence-notes", points="0.8,0.2")


def test_the_best_threshold_at_another_prevalence_is_where_the_line_of_equal_cost_touches() -> None:
    # On calibrated scores the slope of the ROC curve at a score is its odds over those of the prevalence.
    found = result().classifier.best(TEN, 0.3)
    t = found.threshold or 0
    slope = t / (1 - t) * 0.9 / 0.1
    assert slope == pytest.approx(iso_cost_slope(TEN, 0.3))
    bill = policy(TEN, 0.3, found.tpr, found.fpr).cost
    model = from_auc(0.1, 0.8)
    assert all(bill <= policy(TEN, 0.3, model.tpr(at / 50), model.fpr(at / 50)).cost + 1e-12 for at in range(51))


@pytest.mark.parametrize(
    "raw", [{}, {"points": POINTS}, {"scores": CASES_TEXT}, {"cost_tp": "-20", "cost_tn": "2.5", "cost_fp": "3"}]
)
def test_wrong_costs_never_gain_and_right_ones_lose_nothing_on_calibrated_scores(raw: dict[str, str]) -> None:
    rows = re.findall(r"<tr.*?</tr>", regions(**raw)["uncertain"])
    lost = [float(html.read(row).figures[-1]) for row in rows]
    assert min(lost) >= 0
    if "points" not in raw and "scores" not in raw:
        assert lost[2] == 0 < lost[0] and lost[4] > 0


def test_every_file_is_a_table_and_says_what_the_page_does() -> None:
    for raw in ({}, {"points": POINTS}, {"scores": CASES_TEXT}):
        for name, file in rendering.downloads(CALCULATOR, read(CALCULATOR, CALCULATOR.defaults | raw)).items():
            assert file.make is not None
            lines = list(csv.reader(io.StringIO(file.make())))
            assert len(lines) > 1, name
            assert {len(line) for line in lines} == {len(lines[0])}, name
    policies = {row[0]: row for row in parsed("threshold-policies.csv")}
    assert float(policies["p*"][-1]) == near(outputs()["expected_cost"])
    assert (float(policies["flag every case"][1]), float(policies["flag no case"][1])) == (-inf, inf)
    assert len(parsed("threshold-cost-curve.csv")) == 101
    assert len(parsed("threshold-prevalence.csv", prevalence="7%")) == 7


# --- the worked example ---


def test_the_worked_example_has_the_numbers_of_the_reader_and_comes_out() -> None:
    said = text("worked", cost_fp="5", cost_fn="20", cost_tn="-1", cost_tp="2", prevalence="20%", points="0.8,0.1")
    assert "(5 − (−1)) / ((5 − (−1)) + (20 − 2)) = 0.25" in said
    assert "0.25 × 2 + 0.75 × 5 = 4.25" in said
    assert "0.25 × 20 + 0.75 × −1 = 4.25" in said
    assert "200 × 0.8 and 800 × 0.1 = TP 160, FN 40, FP 80, TN 720" in said
    assert "160 × 2 + 80 × 5 + 40 × 20 + 720 × −1 = 800" in said
    assert "200 × 20 + 800 × −1 = 3,200" in said, "flagging none"
    assert "160 − 80 × 0.333 = 133.3; × 18 = 2,400" in said, "3,200 − 800 is saved"


def test_the_matrix_and_its_conditions_are_shown() -> None:
    said = text("matrix-notes", cost_fp="5", cost_tn="-1")
    assert "c10 > c00: 5 > −1" in said
    assert "c01 > c11: 10 > 0" in said


def test_normalised_costs_of_the_two_ways_without_a_model_are_the_diagonals() -> None:
    assert normalised_cost(result(points="0.8,0.2").classifier.corners()[0], 0.3) == 0.3
