"""The ROC-AUC page as rendered: outputs, named cases, refusals, tables, picture and files."""

from __future__ import annotations

import csv
import doctest
import io
import itertools
import random
from math import inf

import pytest

from app.calculators.roc_auc import figures, inputs
from app.calculators.roc_auc.calculator import CALCULATOR
from app.calculators.roc_auc.curve import MOST_DRAWN, curve, thinned
from app.calculators.roc_auc.delong import interval
from app.calculators.roc_auc.interval import hanley_mcneil
from app.calculators.roc_auc.partial import partial
from app.calculators.roc_auc.sheets import MOST_ROWS
from app.page import rendering
from app.vocabulary import link, table
from app.vocabulary.calculator import Figure, Memory, Plot, Reading, Table, finish, read, reading
from tests import reading as html
from tests.oracles import paired, roc, roc_hull

SPECIFIED = [(0.1, 0.5), (0.2, 0.7), (0.5, 0.9)]  # MODEL.md 2
LABELLED = "1,0.9;0,0.8;1,0.7;1,0.4;0,0.3;0,0.1"


def regions(**raw: str) -> dict[str, str]:
    """The page for these inputs, the defaults elsewhere."""
    return rendering.regions(CALCULATOR, CALCULATOR.defaults | raw)


def outputs(**raw: str) -> dict[str, float]:
    """Its outputs at full precision."""
    return html.outputs(regions(**raw))


def words(name: str, **raw: str) -> str:
    """What a person reads in one region."""
    return html.text(regions(**raw)[name])


def tables(**raw: str) -> dict[str, Table]:
    """The tables for these inputs."""
    return rendering.tables(CALCULATOR, CALCULATOR.defaults | raw)


def files(**raw: str) -> dict[str, list[list[str]]]:
    """Every file that can be had, as rows of cells."""
    every = (each for made in tables(**raw).values() for each in made.downloads)
    return {each.filename: list(csv.reader(io.StringIO(each.make()))) for each in every if each.make}


def picture(**raw: str) -> Plot:
    """The picture of the curves."""
    found, *_ = tables(**raw)["curve"].plots
    assert isinstance(found, Plot)
    return found


def test_the_examples_in_the_text_are_true() -> None:
    for module, fewest in ((inputs, 5), (figures, 2)):
        failed, tried = doctest.testmod(module)
        assert tried >= fewest
        assert not failed


# --- outputs ---


def test_the_outputs_are_what_the_arithmetic_gives() -> None:
    found = outputs(n_pos="50", n_neg="70", max_fpr="20%")
    points = curve(SPECIFIED).points
    band, sure = partial(points, 0.2), hanley_mcneil(found["auc"], 50, 70)
    assert found == {
        "auc": pytest.approx(0.8, abs=1e-15),
        "gini": pytest.approx(0.6, abs=1e-15),
        "hull_auc": roc_hull(points).area,
        "youden": pytest.approx(0.5),
        "youden_fpr": 0.2,
        "youden_tpr": 0.7,
        "best_fpr": 0.2,
        "best_tpr": 0.7,
        "partial_auc": band.area,
        "partial_auc_standardised": band.standardised,
        "auc_low": sure.low,
        "auc_high": sure.high,
    }


def test_the_order_of_points_changes_nothing() -> None:
    for order in itertools.permutations(SPECIFIED):
        text = table.write([[str(fpr), str(tpr)] for fpr, tpr in order])
        assert outputs(points=text) == outputs()


def test_ties_in_fpr_are_taken_upwards() -> None:
    assert outputs(points="0,0;0,0.5;1,1")["auc"] == 0.75  # MODEL.md 2: not 0.70
    assert outputs(points="1,1;0,0.5;0,0")["auc"] == 0.75


def test_without_ends_the_area_is_named_no_auc_and_has_no_gini_and_no_interval() -> None:
    raw = {"ends": "as typed", "n_pos": "50", "n_neg": "50"}
    found = regions(**raw)
    assert html.outputs(found)["auc"] == pytest.approx(0.3)
    assert not html.outputs(found).keys() & {"gini", "auc_low", "auc_high"}
    assert "no AUC" in html.text(found["verdict"])
    assert "The trap" in html.text(found["verdict"])
    assert "Area under the points: no AUC 0.3" in html.text(found["cards"])
    assert "The points reach from FPR 0.1 to 0.5 only" in html.text(found["cards"])


def test_points_that_reach_both_ends_are_an_auc_though_none_was_added() -> None:
    assert "The trap" not in words("verdict", points="0,0;0.2,0.7;1,1", ends="as typed")


def test_falling_tpr_is_warned_of_with_its_rows() -> None:
    said = words("verdict", points="0.5,0.9;0.1,0.5;0.2,0.4")
    assert "The trap: TPR falls from 0.5 to 0.4 between row 2 and row 3, though FPR rises: no threshold" in said


def test_below_a_half_it_says_what_turning_round_gives() -> None:
    said = words("verdict", points="0.4,0.1;0.7,0.3")
    assert "AUC 0.275" in said
    assert "it would be 0.725" in said


@pytest.mark.parametrize(("points", "auc"), [("0,1", 1), ("1,0", 0)])
def test_an_auc_of_zero_or_one_has_no_interval_and_says_why(points: str, auc: int) -> None:
    found = regions(points=points, n_pos="50", n_neg="50")
    assert html.outputs(found)["auc"] == auc
    assert "auc_low" not in html.outputs(found)
    assert f"At an AUC of {auc} the formula gives no width" in html.text(found["cards"])


def test_one_number_of_cases_alone_gives_no_interval() -> None:
    found = regions(n_pos="50")
    assert "auc_low" not in html.outputs(found)
    assert "Give this one too" in html.text(found["field-n_neg"])


def test_costs_move_the_cheapest_point_and_nothing_else() -> None:
    found = outputs(cost_fn="10")
    assert (found["best_fpr"], found["best_tpr"]) == (1, 1)
    assert {**found, "best_fpr": 0.2, "best_tpr": 0.7} == outputs()
    rare = outputs(prevalence="1%")
    assert (rare["best_fpr"], rare["best_tpr"]) == (0, 0)


def test_the_partial_area_is_there_only_when_it_is_asked_for() -> None:
    assert "partial_auc" not in outputs()
    assert outputs(max_fpr="0.2")["partial_auc"] == pytest.approx(0.085)
    assert outputs(max_fpr="0.5", min_fpr="0.2")["partial_auc"] == pytest.approx(0.24)
    assert outputs(min_fpr="0.5")["partial_auc"] == pytest.approx(0.475)
    assert outputs(max_fpr="100%")["partial_auc_standardised"] == pytest.approx(0.8)


# --- labels and scores ---


def test_labels_and_scores_are_used_instead_of_points_and_it_says_so() -> None:
    found = regions(scores=LABELLED)
    scored = roc([True, False, True, True, False, False], [0.9, 0.8, 0.7, 0.4, 0.3, 0.1])
    assert html.outputs(found)["auc"] == scored.auc == pytest.approx(7 / 9)
    sure = interval(scored, 0.95)
    assert sure is not None
    assert (html.outputs(found)["auc_low"], html.outputs(found)["auc_high"]) == (sure.low, sure.high)
    assert "Not used: labels and scores are given" in html.text(found["field-points"])
    assert "Read as 6 cases, 3 of them positive (“1”)" in html.text(found["field-scores"])
    assert "score ≥ 0.4" in html.text(found["curve"])


@pytest.mark.parametrize(
    "labels", [("1", "0"), ("TRUE", "false"), ("Yes", "no"), ("pos", "neg"), ("1", "-1"), ("+", "-"), ("1.0", "0.0")]
)
def test_label_words_are_understood(labels: tuple[str, str]) -> None:
    text = LABELLED.replace("1,0.", f"{labels[0]},0.").replace(";0,0.", f";{labels[1]},0.")
    assert outputs(scores=text) == outputs(scores=LABELLED)


def test_any_two_words_will_do_where_one_is_named_positive() -> None:
    text = "spam,0.9;ham,0.8;spam,0.7;spam,0.4;ham,0.3;ham,0.1"
    assert outputs(scores=text, positive="Spam") == outputs(scores=LABELLED)
    assert outputs(scores=text, positive="ham")["auc"] == pytest.approx(2 / 9)
    refused = read(CALCULATOR, CALCULATOR.defaults | {"scores": text}).messages
    assert refused == {"scores": "The labels are “spam” and “ham”: write under “Positive label” which one is positive."}


def test_prevalence_and_counts_come_from_the_labels_unless_they_are_typed() -> None:
    text = "1,0.9;0,0.8;0,0.7;0,0.4"
    assert "25% in the labels" in words("field-prevalence", scores=text)
    assert "Instead of 1 in the labels" in words("field-n_pos", scores=text, n_pos="100")
    assert read(CALCULATOR, CALCULATOR.defaults | {"scores": text}).result.costs.prevalence == 0.25
    assert "50%" in words("group-costs")


def test_tied_scores_are_flagged_together_and_counted() -> None:
    found = regions(scores="1,0.5;0,0.5;1,0.9;0,0.1")
    assert html.outputs(found)["auc"] == 0.875
    assert "4 cases have 3 different scores; 1 repeat the score of another" in html.text(found["done"])


# --- several curves ---

FOUR = "0.1,0.5,A;0.3,0.8,B;0.5,0.9,A;0.2,0.3,C;0.4,0.6,D"


def test_a_third_column_makes_up_to_four_curves() -> None:
    found = regions(points=FOUR)
    assert html.outputs(found)["auc"] == outputs(points="0.1,0.5;0.5,0.9")["auc"]
    assert "“A”: AUC" in html.text(found["verdict"])
    assert [row.head for row in tables(points=FOUR)["compared"].rows()] == [("“A”",), ("“B”",), ("“C”",), ("“D”",)]
    assert [trace.part for trace in picture(points=FOUR).traces if trace.label in tuple("ABCD")] == [1, 2, 3, 4]


def test_every_point_keeps_the_row_of_the_whole_table() -> None:
    heads = [
        html.text("".join(part if isinstance(part, str) else part.text for part in row.head))
        for row in tables(points=FOUR)["curve"].rows()
    ]
    assert heads[:4] == ["“A”, added, flags nothing", "“A”, row 1", "“A”, row 3", "“A”, added, flags everything"]
    assert "“B”, row 2" in heads


def test_curves_that_cross_are_told_apart_from_those_that_do_not() -> None:
    crossing = "0.1,0.5,A;0.6,0.7,A;0.2,0.4,B;0.5,0.9,B"
    assert "“A” and “B” cross" in words("compared-notes", points=crossing)
    assert "No two of these curves cross" in words("compared-notes", points="0.1,0.5,A;0.2,0.3,B")


def test_curves_of_labels_and_scores_have_their_own_counts() -> None:
    text = "1,0.9,A;0,0.1,A;1,0.2,B;0,0.8,B;0,0.3,B;1,0.85,B"
    found = read(CALCULATOR, CALCULATOR.defaults | {"scores": text}).result
    assert [(each.name, each.auc) for each in found.curves] == [("A", 1), ("B", 0.5)]
    assert (found.curves[1].interval.n_pos, found.curves[1].interval.n_neg) == (2, 2)


# --- several models, weights, cases drawn anew ---


def found_of(raw: dict[str, str], **changed: object) -> dict[str, str]:
    """The page for these inputs, with more columns beside the labels and scores."""
    values, _, messages = read(CALCULATOR, CALCULATOR.defaults | raw)
    assert not messages
    values["scores"] = values["scores"]._replace(**changed)
    made = Reading(values, finish(CALCULATOR.compute(values)), {})
    page = rendering.render(CALCULATOR, CALCULATOR.defaults | raw, found=made)
    return page.now | {name: "".join(make().values()) for name, make in page.tables.items()}


def test_two_models_on_the_same_cases_are_tested_and_the_test_is_told() -> None:
    other = [0.7, 0.9, 0.8, 0.2, 0.1, 0.3]
    found = found_of({"scores": LABELLED}, others=(("B", other),), name="A")
    test = paired([True, False, True, True, False, False], [0.9, 0.8, 0.7, 0.4, 0.3, 0.1], other)
    assert html.outputs(found)["auc_b"] == pytest.approx(5 / 9)
    assert html.outputs(found)["p_value"] == test.p
    assert "“B” has 0.5556: difference +0.2222" in html.text(found["verdict"])
    assert "not told apart on the same cases" in html.text(found["verdict"])
    assert "correlation of the two AUCs" in html.text(found["compared"])
    assert "highest AUC; against “B”, the next, p 0.16: not told apart" in html.text(found["compared"])
    assert "The first against “B” z = difference" in html.text(found["worked"])


def test_curves_of_different_cases_are_tested_as_such() -> None:
    text = ";".join(f"{row},{name}" for name in "AB" for row in LABELLED.split(";"))
    found = regions(scores=text)
    assert html.outputs(found)["p_value"] == 1
    assert "as if on different cases" in html.text(found["verdict"])
    assert "bring each model as a column of its own" in html.text(found["compared-notes"])
    assert "Points say nothing of single cases" in html.text(regions(points=FOUR)["compared-notes"])


def test_average_precision_is_there_with_labels_and_scores_alone() -> None:
    found = regions(scores=LABELLED)
    assert html.outputs(found)["average_precision"] == pytest.approx(1 / 3 + 2 / 9 + 1 / 4)
    assert "average_precision" not in outputs()
    precision = tables(scores=LABELLED)["curve"].plots[1]
    assert isinstance(precision, Plot)
    guess, steps, *_ = precision.traces
    assert guess.points == ((0, 0.5), (1, 0.5))
    assert steps.points[:2] == ((0, 1), (1 / 3, 1))
    assert len(tables()["curve"].plots) == 1


def test_weights_change_the_curve_and_leave_no_interval_but_that_of_cases_drawn_anew() -> None:
    weights = [2.0, 1.0, 1.0, 0.5, 3.0, 1.0]
    weighed = roc([True, False, True, True, False, False], [0.9, 0.8, 0.7, 0.4, 0.3, 0.1], weights)
    found = found_of({"scores": LABELLED}, weights=weights)
    assert html.outputs(found)["auc"] == weighed.auc
    assert "auc_low" not in html.outputs(found)
    assert "DeLong’s method has no weights" in html.text(found["cards"])
    assert "Counted in 8.5 of weight" in html.text(found["counts"])
    drawn = found_of({"scores": LABELLED, "bootstrap": "200"}, weights=weights)
    assert html.outputs(drawn)["auc_low"] < weighed.auc < html.outputs(drawn)["auc_high"]


def test_cases_drawn_anew_give_a_band_and_an_interval_beside_the_other() -> None:
    raw = {"scores": LABELLED, "bootstrap": "300"}
    found = outputs(**raw)
    assert found.pop("bootstrap_low") < found["auc"] < found.pop("bootstrap_high")
    assert found == outputs(scores=LABELLED)
    assert "drawn anew 300 times: " in words("cards", **raw)
    band = [trace for trace in picture(**raw).traces if trace.label == "band of cases drawn anew"]
    assert len(band[0].points) == 51
    assert "point by point, not for the whole curve at once" in words("curve-notes", **raw)


def test_an_interval_of_cases_drawn_anew_without_a_width_is_none() -> None:
    found = regions(scores="1,0.9;1,0.8;1,0.7;0,0.3;0,0.2;0,0.1", bootstrap="200")
    assert html.outputs(found)["auc"] == 1
    assert "auc_low" not in html.outputs(found)
    assert "1, without an interval." in html.text(found["verdict"])


def test_why_two_curves_are_not_tested_is_said() -> None:
    alone = "1,0.9,A;0,0.1,A;1,0.2,A;1,0.2,B;0,0.8,B;0,0.3,B"
    assert "a class of one case leaves no test" in words("verdict", scores=alone)
    assert "A class of one case leaves no test, so there is no p-value." in words("compared-notes", scores=alone)
    assert "points say nothing of single cases" in words("verdict", points=FOUR)


def test_both_ends_of_an_interval_have_the_same_digits() -> None:
    found = regions(scores=";".join(f"{int(at > 100)},{at + 12 * (at <= 100)}" for at in range(200)))
    low, high = (html.outputs(found)[name] for name in ("auc_low", "auc_high"))
    assert low < 0.99 < 0.999 < high < 1, "alone the one would have four decimals, the other six"
    assert f"{low:.4f} – {high:.4f}" in html.text(found["cards"])


def test_predicted_classes_are_no_scores_and_it_says_so() -> None:
    assert "as predicted classes are" in words("verdict", scores="1,1;0,0;1,0;0,0;1,1")
    assert "as predicted classes are" not in words("verdict", scores=LABELLED)


def test_there_is_a_line_to_cite() -> None:
    assert "AUC 0.778, 95% CI 0.291–1 (DeLong), 6 cases, 3 positive; average precision 0.806" in words(
        "verdict", scores=LABELLED
    )
    assert 'data-kind="cite"' in regions(scores=LABELLED)["verdict"]
    assert 'data-kind="cite"' not in regions(ends="as typed")["verdict"]


def test_cutoffs_have_every_measure() -> None:
    assert "score ≥ 0.4Youden, cheapest, best F1 1 0.6667 0.75 0.8571 0.8333 3 0" in words("cutoffs", scores=LABELLED)
    assert "row 2Youden, cheapest 0.7 0.8 0.7778 0.7368 0.75 3.5 0.375" in words("cutoffs")


# --- how tables are read ---


@pytest.mark.parametrize(
    "points",
    [
        "FPR,TPR\n0.1,0.5\n0.2,0.7\n0.5,0.9\n",
        "tpr\tthreshold\tfpr\n0.5\t0.9\t0.1\n0.7\t0.5\t0.2\n0.9\t0.2\t0.5",
        "1-Specificity;Sensitivity\n0,1;0,5\n0,2;0,7\n0,5;0,9",
        "False positive rate;Recall\r\n10 %;50 %\r\n20 %;70 %\r\n50 %;90 %\r\n",
        "Sensitivity,Specificity\n0.5,0.9\n0.7,0.8\n0.9,0.5",
        "specificity;sensitivity\n90%;50%\n80%;70%\n50%;90%",
        "Specificity (%);Sensitivity (%)\n90;50\n80;70\n50;90",
        "fpr,tpr;10%,50%;.2,7e-1;0.5,0.9",
        '"0,1","0,5"\n"0,2","0,7"\n"0,5","0,9"',
    ],
)
def test_heads_percentages_and_decimal_commas_are_understood(points: str) -> None:
    assert outputs(points=points) == outputs()
    # A file's text becomes the same points, and so do its cells once they are edited.
    field = next(each for each in CALCULATOR.fields if each.name == "points")
    assert field.upload is not None and field.sheet is not None
    taken = field.upload.take(points)
    # What the heads say counts, whatever the columns were said to be before.
    said = {"columns": "specificity,sensitivity"} | taken if isinstance(taken, dict) else {"points": taken}
    assert outputs(**said) == outputs()
    assert field.sheet.rows(said["points"]) == field.sheet.rows(points)
    assert field.sheet.named is not None
    assert field.sheet.named(said["points"]) == field.sheet.named(points)


@pytest.mark.parametrize(
    ("columns", "points"),
    [("sensitivity,specificity", "0.5,0.9;0.7,0.8;0.9,0.5"), ("specificity,sensitivity", "0.9,0.5;0.8,0.7;0.5,0.9")],
)
def test_columns_without_heads_are_what_the_choice_says(columns: str, points: str) -> None:
    found = regions(columns=columns, points=points)
    assert html.outputs(found) == outputs()
    assert "Row 1 is FPR 0.1, TPR 0.5." in html.text(found["field-columns"])


def test_a_line_of_heads_goes_before_the_choice_of_columns() -> None:
    found = regions(columns="specificity,sensitivity", points="fpr,tpr\n0.1,0.5\n0.2,0.7\n0.5,0.9")
    assert html.outputs(found) == outputs()
    assert "Not used: the line of heads" in html.text(found["field-columns"])


def test_heads_of_labels_and_scores_are_understood() -> None:
    text = "id,y_score,y_true\n" + "\n".join(
        f"{at},{score},{label}" for at, (label, score) in enumerate(row.split(",") for row in LABELLED.split(";"))
    )
    assert outputs(scores=text) == outputs(scores=LABELLED)


def test_a_file_for_the_other_table_is_sent_there() -> None:
    for upload in [each.upload for each in CALCULATOR.fields if each.upload]:
        labelled = dict(upload.take("label,score\n1,0.5\n0,0.3\n"))
        assert labelled["scores"] == "label,score;1,0.5;0,0.3"
        assert outputs(**labelled)["auc"] == 1
        pointed = dict(upload.take("fpr,tpr\n0.1,0.5\n"))
        assert outputs(**{"scores": LABELLED} | pointed) == outputs(points="0.1,0.5")
        with pytest.raises(ValueError, match="There are no rows in it"):
            upload.take("\n\n")


# --- refusals ---


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("points", "", "Write at least one point: FPR and TPR, such as 0.1, 0.5."),
        ("points", "0.1", "Row 1, TPR: Write a share such as 0.5 or 50%."),
        ("points", "0.1,0.5;0.2,seven", "Row 2, TPR: “seven” is not a number I can read"),
        ("points", "0.1,0.5;1.5,0.7", "Row 2, FPR: 1.5 is more than 1. Did you mean 1.5%?"),
        ("points", "-0.1,0.5", "Row 1, FPR: “-0.1” is negative"),
        ("points", "10,50;20,70", "Row 1, FPR: 10 is more than 1. Did you mean 10%? And 3 more."),
        ("points", "nan,0.5", "Row 1, FPR: “nan” is not a number"),
        ("points", "0,1,0,5\n0,2,0,7", "Between decimal commas, put tabs or semicolons."),
        ("points", "a,b\n0.1,0.5", "The columns “a” and “b” are not known here: call them FPR and TPR"),
        (
            "points",
            "0,.1,inf;.1,.5,.9;.2,.6,.8;.3,.7,.7;.4,.8,.6",
            "Row 5, Curve: “.6” would be a fifth curve: keep it to 4. If the third column is no name",
        ),
        ("scores", "1,0.5", "Every label is “1”: a ROC curve needs cases of both classes."),
        ("scores", "1,0.5;0,high", "Row 2, Score: “high” is not a number I can read"),
        ("scores", ",0.5;0,0.4", "Row 1, Label: Write the label of the case"),
        ("scores", "0.9,1;0.8,0.5;0.7,0.3", "There are 3 different labels, “0.9”, “0.8”, “0.7”: a ROC curve has two"),
        ("scores", "1,inf;0,0.5", "Row 1, Score: “inf” is not a number"),
        ("scores", "1,0.9,A;0,0.5,A;1,0.3,B", "Curve “B”: Every case is positive"),
        ("positive", "spam", "There are no labels to look for it: fill in labels and scores, or write auto."),
        ("columns", "tpr,score", "“score” is nothing that a column can be here: write auto, or fpr, tpr"),
        ("scores_columns", "label,label", "Two columns are taken for Label: choose one, and leave the other out."),
        ("cost_fp", "-1", "“-1” is negative: write a number that is at least 0"),
        ("prevalence", "30", "30 is more than 1. Did you mean 30%? Or write auto"),
        ("max_fpr", "0", "The highest FPR of the band is a share above 0"),
        ("max_fpr", "ten", "“ten” is not a number I can read"),
        ("min_fpr", "1", "The lowest FPR of the band is a share from 0 to less than 1."),
        ("n_pos", "0", "“0” is too small: write a number that is at least 1"),
        ("n_neg", "2.5", "“2.5” is not a whole number: write one such as 100. Or write auto"),
        ("bootstrap", "20", "“20” is too small: write a number that is at least 200 and at most 10,000"),
        ("bootstrap", "1000", "Only cases can be drawn anew: fill in labels and scores, or write none."),
        ("level", "100%", "A level of confidence lies between 0 and 1: write one such as 95%."),
    ],
)
def test_a_bad_input_has_its_message_is_kept_and_leaves_no_number(field: str, typed: str, says: str) -> None:
    found = regions(**{field: typed})
    assert says in html.text(found[f"field-{field}"])
    assert not html.outputs(found)
    marked = [tag for tag in html.read(html.form(found)).tags if tag[1].get("aria-invalid") == "true"]
    assert [tag[1]["name"] for tag in marked] == [field]
    if marked[0][0] == "input":
        assert marked[0][1]["value"] == typed


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"cost_fp": "0", "cost_fn": "0"}, "cost_fn"),
        ({"cost_fp": "0", "prevalence": "0"}, "cost_fp"),
        ({"cost_fn": "0", "prevalence": "1"}, "cost_fn"),
        ({"max_fpr": "0.3", "ends": "as typed"}, "max_fpr"),
        ({"max_fpr": "0.3", "min_fpr": "0.05", "ends": "as typed"}, "min_fpr max_fpr"),
        ({"min_fpr": "0.2", "ends": "as typed"}, "min_fpr"),
        ({"max_fpr": "0.3", "min_fpr": "0.4"}, "min_fpr"),
        ({"points": "0.1,0.5", "ends": "as typed"}, "points"),
        ({"scores": LABELLED, "positive": "2"}, "positive"),
    ],
)
def test_inputs_that_do_not_go_together_are_refused_where_something_was_changed(
    raw: dict[str, str], field: str
) -> None:
    assert list(read(CALCULATOR, CALCULATOR.defaults | raw).messages) == field.split()


@pytest.mark.deep
# --- tables, picture, files ---


def test_every_region_of_the_page_is_there_whatever_is_given() -> None:
    plain = regions().keys()
    for raw in ({"scores": LABELLED}, {"points": FOUR, "max_fpr": "0.1"}, {"ends": "as typed"}):
        assert regions(**raw).keys() == plain


def test_the_segments_add_up_to_the_area() -> None:
    rows = files()["roc-segments.csv"]
    assert sum(float(row[-1]) for row in rows[1:]) == pytest.approx(outputs()["auc"])
    assert "(0.5 − 0.2) × (0.7 + 0.9) / 2 = 0.24" in words("worked")
    assert "0.025 + 0.06 + 0.24 + 0.475 = 0.8" in words("worked")
    assert words("segments").endswith("Together (0, 0) (1, 1) 1 0.8 0.8")


def test_points_below_the_hull_are_marked_in_table_picture_and_file() -> None:
    sagging = "0.1,0.5;0.2,0.55;0.5,0.9"
    assert "row 2 0.2 0.55 below it" in words("curve", points=sagging)
    shown = {trace.label: trace for trace in picture(points=sagging).traces}
    assert shown["never the best"].points == ((0.2, 0.55),)
    assert shown["convex hull"].points == ((0, 0), (0.1, 0.5), (0.5, 0.9), (1, 1))
    assert [row[4] for row in files(points=sagging)["roc-points.csv"]] == ["on_hull", "yes", "yes", "no", "yes", "yes"]
    assert "convex hull" not in {trace.label for trace in picture().traces}


def test_the_picture_holds_the_points_of_the_table() -> None:
    traces = {trace.label: trace for trace in picture(max_fpr="0.3").traces if trace.label}
    assert traces["ROC curve"].points == curve(SPECIFIED).points
    assert traces["chance"].points == ((0, 0), (1, 1))
    assert traces["partial area"].points[-1] == (0.3, pytest.approx(0.7 + 0.1 * 2 / 3))
    start, end = traces["equal cost"].points
    assert (end[1] - start[1]) / (end[0] - start[0]) == pytest.approx(1)
    rows = [(row.cells[0][0], row.cells[1][0]) for row in tables()["curve"].rows()]
    assert [(fpr.value, tpr.value) for fpr, tpr in rows] == list(curve(SPECIFIED).points)  # type: ignore[union-attr]


def test_the_conventions_name_what_others_give() -> None:
    said = words("conventions")
    assert "This page 0.8" in said
    assert "sklearn.metrics.auc, points as typed 0.3" in said
    assert "roc_auc_score not from points" in said
    unsorted = words("conventions", points="0.2,0.7;0.1,0.5;0.5,0.9")
    assert "ValueError: x is neither increasing nor decreasing" in unsorted
    assert "ValueError: At least 2 points are needed" in words("conventions", points="0.2,0.7")
    assert "roc_auc_score with max_fpr 0.6806" in words("conventions", max_fpr="0.2")
    assert "sklearn.metrics.roc_auc_score 0.7778" in words("conventions", scores=LABELLED)


def test_what_was_done_to_the_points_is_said() -> None:
    said = words("done", points="0.5,0.9;0.1,0.5;0.2,0.7;0.2,0.7")
    assert "Sorted By FPR, then by TPR: the order was another." in said
    assert "(0, 0) and (1, 1) added" in said
    assert "Row 4 repeats row 3 and changes nothing." in said
    assert "Nowhere" in said
    untouched = words("done", points="0,0;0.2,0.7;1,1")
    assert "In order as typed" in untouched
    assert "Nothing to add" in untouched


def test_many_falls_are_one_remark() -> None:
    up_and_down = table.write([[str(step / 10), str((step % 2) / 2 + 0.1)] for step in range(1, 10)])
    assert "(and 3 more)" in words("done", points=up_and_down)


def test_precision_follows_the_prevalence() -> None:
    assert "Youden’s J row 2 0.2 0.7 0.5 0.25 45% 77.8%" in words("operating").replace("\u202f", " ")
    assert "3.4%" in words("operating", prevalence="1%").replace("\u202f", " ")


def test_counts_are_of_the_labels_or_of_a_thousand_cases() -> None:
    assert "row 2 350 100 150 400" in words("counts")
    assert "score ≥ 0.4 3 1 0 2" in words("counts", scores=LABELLED)


def test_files_are_tables_with_every_row() -> None:
    found = files(scores=LABELLED)
    assert set(found) == {"roc-points.csv", "roc-segments.csv", "roc-thresholds.csv"}
    for rows in found.values():
        assert len({len(row) for row in rows}) == 1
    heads, nothing, first, *_ = found["roc-thresholds.csv"]
    assert heads[7:] == ["precision", "f1", "accuracy", "lr_positive", "lr_negative"]
    assert nothing == ["inf", "0", "0", "3", "3", "0.0", "0.0", "", "0.0", "0.5", "", "1.0"]
    assert [float(cell) for cell in first[7:]] == pytest.approx([1, 0.5, 2 / 3, inf, 2 / 3])
    assert set(files()) == {"roc-points.csv", "roc-segments.csv"}
    thresholds = next(each for each in tables()["counts"].downloads)
    assert thresholds.make is None
    assert thresholds.note


def test_a_name_that_looks_like_a_formula_is_no_formula_in_a_file() -> None:
    assert files(points="0.1,0.5,=1+1")["roc-points.csv"][1][0] == "'=1+1"


def test_a_link_brings_back_tables_and_choices() -> None:
    raw = CALCULATOR.defaults | {"points": FOUR, "scores": LABELLED, "max_fpr": "10%", "ends": "as typed"}
    slug, found = link.read(link.write("roc-auc", raw, CALCULATOR.defaults))
    assert slug == "roc-auc"
    assert CALCULATOR.defaults | found == raw
    assert (
        html.outputs(rendering.regions(CALCULATOR, link.read("#roc-auc?points=0.1,0.5;0.2,0.7;0.5,0.9")[1]))
        == outputs()
    )


# --- large tables ---

ROWS = 100_000


def _slices(raw: dict[str, str]) -> tuple[list[float], rendering.Rendering]:
    """How far each slice is, and the page once all are done."""
    work, shares = reading(CALCULATOR, CALCULATOR.defaults | raw), []
    while True:
        try:
            shares.append(next(work).done)
        except StopIteration as done:
            assert not done.value.messages
            return shares, rendering.render(CALCULATOR, CALCULATOR.defaults | raw, found=done.value)


def _assert_small(rendered: rendering.Rendering) -> None:
    for name, make in rendered.tables.items():
        made = make()
        assert sum(map(len, made.values())) < 60_000, name
        assert made.get(name, "").count("<tr") <= MOST_ROWS + 2, name


def test_a_hundred_thousand_points_are_computed_in_slices_and_shown_in_short() -> None:
    chance = random.Random(1)
    text = ";".join(f"{(fpr := chance.random()):.6f},{fpr**0.5:.6f}" for _ in range(ROWS))
    shares, rendered = _slices({"points": text, "max_fpr": "10%"})
    assert len(shares) >= 5
    assert shares == sorted(shares)
    assert html.outputs(rendered.now)["auc"] == pytest.approx(2 / 3, abs=1e-4)
    _assert_small(rendered)


def test_a_hundred_thousand_cases_are_computed_in_slices_and_shown_in_short() -> None:
    chance = random.Random(1)
    text = "label,score,model\n" + "\n".join(
        f"{'yes' if chance.random() < 0.3 else 'no'},{chance.random():.6f},{'ABCD'[at % 4]}"
        for at in range(ROWS - 1)  # and the line of heads
    )
    shares, rendered = _slices({"scores": text})
    assert len(shares) >= 12
    assert shares == sorted(shares)
    assert html.outputs(rendered.now)["auc"] == pytest.approx(0.5, abs=0.02)
    _assert_small(rendered)


def test_what_a_cost_does_not_change_is_not_counted_again() -> None:
    memory: Memory = {}
    raw = CALCULATOR.defaults | {"scores": LABELLED, "bootstrap": "200"}
    steps, found = _steps(raw, memory)
    assert steps > 8
    dearer = raw | {"cost_fn": "10", "prevalence": "1%"}
    steps, other = _steps(dearer, memory)
    assert steps == 0
    assert other == read(CALCULATOR, dearer).result != found
    for changed in ({"level": "90%"}, {"positive": "0"}, {"bootstrap": "300"}, {"n_pos": "50"}, {"scores": "1,2;0,1"}):
        assert _steps(raw | changed, memory)[1] == read(CALCULATOR, raw | changed).result
    points = CALCULATOR.defaults
    for changed in ({}, {"ends": "as typed"}, {"columns": "sensitivity,specificity"}, {"points": "0.3,0.4"}):
        assert _steps(points | changed, memory)[1] == read(CALCULATOR, points | changed).result


def _steps(raw: dict[str, str], memory: Memory) -> tuple[int, object]:
    """In how many steps that is computed, and what comes of it."""
    work, steps = reading(CALCULATOR, raw, memory), 0
    while True:
        try:
            next(work)
            steps += 1
        except StopIteration as done:
            return steps, done.value.result


def test_too_many_draws_are_refused_with_what_would_do() -> None:
    text = ";".join(f"{at % 2},{at}" for at in range(9000))
    messages = read(CALCULATOR, CALCULATOR.defaults | {"scores": text, "bootstrap": "5000"}).messages
    assert messages["bootstrap"].startswith(
        "5,000 times 9,000 cases are too many to draw: draw them at most 2,222 times."
    )


def test_a_curve_is_thinned_to_what_can_be_drawn_without_losing_its_extremes() -> None:
    chance = random.Random(4)
    points = sorted((chance.random(), chance.random()) for _ in range(5000))
    places = thinned(points)
    assert len(places) <= MOST_DRAWN + 2
    assert places == sorted(set(places))
    assert {0, len(points) - 1} <= set(places)
    heights = [tpr - fpr for fpr, tpr in points]
    assert heights.index(max(heights)) in places
    assert heights.index(min(heights)) in places


def test_only_nothing_is_zero_and_only_the_whole_is_one() -> None:
    for value in (1e-9, 0.00004, 0.99996, 1 - 1e-9):
        assert figures.rate(value).text not in ("0", "1", "0.00", "1.00")
    assert [figures.rate(value).text for value in (0, 1, -1, 0.12346)] == ["0", "1", "−1", "0.1235"]
    assert isinstance(figures.rate(inf), Figure)
