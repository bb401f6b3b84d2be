"""Claims about the cost of a classification threshold."""

from __future__ import annotations

import doctest
from importlib import import_module
from itertools import pairwise
from math import exp, inf, isfinite, lgamma, log, nan

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from app.calculators.threshold_cost import calibrated, points, prevalence, scores
from app.calculators.threshold_cost.calibrated import LEAST_AUC, MOST_AUC, Calibrated, from_auc
from app.calculators.threshold_cost.cost import (
    CASES,
    LARGEST,
    Capped,
    Costs,
    Outcomes,
    capped,
    case_cost,
    cheapest,
    flag_all,
    flag_none,
    net_benefit,
    policy,
    reasonable,
    threshold,
    whole,
)
from app.calculators.threshold_cost.points import FLAG_ALL, FLAG_NONE, OperatingPoint
from app.calculators.threshold_cost.prevalence import negatives_factor, score_threshold, shifted
from app.vocabulary.calculator import Invalid, finish
from app.vocabulary.distributions import incomplete_beta
from tests import depth
from tests.oracles import expected_cost, iso_cost_slope, off_hull, realised, realised_curve, table, worth_using

TEN = Costs(c10=1, c01=10)
TABLE = table((0.5, 0.6, 0.1), (0.2, 0.8, 0.3), (0.1, 0.95, 0.5))

shares = st.floats(0, 1, allow_subnormal=False)
inside = st.floats(0.001, 0.999)
aucs = st.floats(LEAST_AUC, MOST_AUC)
regrets = st.floats(0.01, 1000)
matrices = st.builds(
    lambda c00, c11, fp, fn: Costs(c00 + fp, c11 + fn, c00, c11),
    st.floats(-1000, 1000),
    st.floats(-1000, 1000),
    regrets,
    regrets,
)
tables = st.lists(st.builds(OperatingPoint, shares, shares), min_size=1, max_size=8)
labelled = st.lists(
    st.tuples(st.floats(0, 1) | st.sampled_from([0.1, 0.5, 0.9]), st.sampled_from([0, 1])), min_size=2, max_size=30
).filter(lambda cases: 0 < sum(label for _, label in cases) < len(cases))


@pytest.mark.parametrize("name", ["cost", "prevalence", "calibrated", "points", "scores", "inputs", "figures"])
def test_the_examples_in_the_docstrings_hold(name: str) -> None:
    failed, tried = doctest.testmod(import_module(f"app.calculators.threshold_cost.{name}"))
    assert tried > 0 == failed


# The threshold


def test_a_miss_that_costs_ten_times_puts_the_threshold_at_one_eleventh() -> None:
    # MODEL.md 3; Elkan 2001, equation 2
    assert threshold(TEN) == 1 / 11


def test_a_ratio_of_one_to_five_is_one_sixth_and_not_one_fifth() -> None:
    assert threshold(Costs(c10=1, c01=5)) == 1 / 6


def test_equal_regrets_put_the_threshold_at_one_half_whatever_right_answers_cost() -> None:
    assert threshold(Costs(c10=3, c01=3)) == threshold(Costs(c10=4, c01=-2, c00=1, c11=-5)) == 0.5


@given(matrices, shares)
def test_p_star_is_the_cheaper_answer_for_every_probability(costs: Costs, p: float) -> None:
    flagged, spared = case_cost(costs, p, flagged=True), case_cost(costs, p, flagged=False)
    margin = 1e-9 * max(map(abs, costs))
    if p >= threshold(costs):
        assert flagged <= spared + margin
    else:
        assert spared <= flagged + margin


@given(matrices)
def test_at_p_star_both_answers_cost_the_same(costs: Costs) -> None:
    p = threshold(costs)
    assert case_cost(costs, p, flagged=True) == pytest.approx(
        case_cost(costs, p, flagged=False), abs=1e-9 * max(map(abs, costs))
    )


@given(matrices, st.floats(0.001, 1000), st.floats(-100, 100), st.floats(-100, 100))
def test_p_star_knows_no_unit_and_no_cost_that_both_answers_share(
    costs: Costs, unit: float, negative: float, positive: float
) -> None:
    scaled = Costs(*(unit * each for each in costs))
    moved = Costs(costs.c10 + negative, costs.c01 + positive, costs.c00 + negative, costs.c11 + positive)
    assert threshold(scaled) == pytest.approx(threshold(costs), rel=1e-9)
    assert threshold(moved) == pytest.approx(threshold(costs), rel=1e-9)


@given(regrets, regrets)
def test_swapping_the_two_mistakes_mirrors_the_threshold(fp: float, fn: float) -> None:
    assert threshold(Costs(fp, fn)) == pytest.approx(1 - threshold(Costs(fn, fp)), abs=1e-15)


@pytest.mark.parametrize(
    ("costs", "field", "words"),
    [
        (Costs(1, 10, c00=2), "cost_fp", "flag every case.*c10 > c00.*more than 2"),
        (Costs(0, 10), "cost_fp", "flag every case.*c10 > c00.*more than 0"),
        (Costs(1, 10, c11=12), "cost_fn", "flag no case.*c01 > c11.*more than 12"),
        (Costs(1, -3), "cost_fn", "costs −3.*flag no case.*more than 0"),
        (Costs(0, 0), "cost_fp", "changes nothing.*c10 > c00.*c01 > c11"),
        (Costs(1, 2, c00=3, c11=4), "cost_fp", "swapped.*more than 3.*more than 4"),
        (Costs(nan, 10), "cost_fp", "false positive is not a number"),
        (Costs(1, inf), "cost_fn", "false negative is not a number"),
        (Costs(1, 10, c00=nan), "cost_tn", "true negative is not a number"),
        (Costs(1, 10, c11=-inf), "cost_tp", "true positive is not a number"),
        (Costs(1, 2 * LARGEST), "cost_fn", "false negative is 2e12: use a larger unit"),
    ],
)
def test_a_matrix_that_no_threshold_serves_is_refused_by_name(costs: Costs, field: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        threshold(costs)
    assert refused.value.field == field


@given(st.builds(Costs, *[st.integers(-3, 3)] * 4))
def test_what_is_refused_is_exactly_what_one_answer_serves_always_or_never(costs: Costs) -> None:
    # Elkan 2001, section 1.1: c10 > c00 and c01 > c11, else one row of the matrix dominates or both conditions fail
    fails = costs.c10 <= costs.c00 or costs.c01 <= costs.c11
    flag_is_never_dearer = costs.c10 <= costs.c00 and costs.c11 <= costs.c01
    flag_is_never_cheaper = costs.c10 >= costs.c00 and costs.c11 >= costs.c01
    if not fails:
        reasonable(costs)
        assert not flag_is_never_dearer
        assert not flag_is_never_cheaper
        return
    with pytest.raises(Invalid) as refused:
        reasonable(costs)
    if "flag every case" in str(refused.value):
        assert flag_is_never_dearer
    if "flag no case" in str(refused.value):
        assert flag_is_never_cheaper


# Expected cost


def test_a_worked_case_per_thousand() -> None:
    # 100 positive: 80 found, 20 missed at 10; 900 negative: 180 flagged at 1
    found = policy(TEN, 0.1, 0.8, 0.2)
    assert found.per_1000 == pytest.approx(20 * 10 + 180 * 1)
    assert found.flagged == pytest.approx(0.26)
    assert whole(found.outcomes) == Outcomes(80, 180, 20, 720)


def test_a_benefit_is_a_negative_cost() -> None:
    assert policy(Costs(1, 10, c11=-5), 0.1, 0.8, 0.2).per_1000 == pytest.approx(380 - 80 * 5)


@given(matrices, shares)
def test_without_a_model_flag_all_wins_exactly_from_the_break_even_prevalence_on(costs: Costs, base: float) -> None:
    even = threshold(costs)
    margin = 1e-9 * max(map(abs, costs))
    every, none = flag_all(costs, base).cost, flag_none(costs, base).cost
    assert every <= none + margin if base >= even else none <= every + margin


@given(matrices, inside, shares, shares)
def test_a_point_is_worth_using_between_two_prevalences(costs: Costs, base: float, tpr: float, fpr: float) -> None:
    assume(abs(tpr - fpr) > 1e-6)
    found = worth_using(costs, tpr, fpr)
    margin = 1e-9 * max(map(abs, costs))
    cost = expected_cost(costs, base, tpr, fpr)
    trivial = min(flag_all(costs, base).cost, flag_none(costs, base).cost)
    if found and found[0] <= base <= found[1]:
        assert cost <= trivial + margin
    else:
        assert cost >= trivial - margin
    assert found is None or found[0] <= threshold(costs) <= found[1]


@given(matrices, shares, shares, shares)
def test_net_benefit_is_what_is_saved_over_flagging_none(costs: Costs, base: float, tpr: float, fpr: float) -> None:
    # Vickers and Elkin 2006: the threshold probability is harm / (harm + benefit), which is p*
    saved = flag_none(costs, base).cost - expected_cost(costs, base, tpr, fpr)
    benefit = net_benefit(base, tpr, fpr, threshold(costs)) * costs.regret_fn
    assert benefit == pytest.approx(saved, abs=1e-9 * max(map(abs, costs)))


@pytest.mark.parametrize("bad", [-0.1, 1.1, nan, inf, -inf])
@pytest.mark.parametrize(
    ("place", "field", "what"),
    [(0, "prevalence", "prevalence"), (1, "points", "true-positive rate"), (2, "points", "false-positive rate")],
)
def test_a_share_that_is_none_is_refused(bad: float, place: int, field: str, what: str) -> None:
    values = [0.1, 0.8, 0.2]
    values[place] = bad
    for function in (
        lambda base, tpr, fpr: policy(TEN, base, tpr, fpr),
        lambda base, tpr, fpr: net_benefit(base, tpr, fpr, 0.5),
    ):
        with pytest.raises(Invalid, match=f"{what}.*such as") as refused:
            function(*values)
        assert refused.value.field == field


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4).filter(lambda parts: sum(parts) > 0.01), st.integers(0, 5000))
@example([0.1 * 0.7, 0.1 * 0.3, 0.9 * 0.7, 0.9 * 0.3], CASES)
@example([1 / 3, 1 / 3, 1 / 3, 0], CASES)
def test_whole_cases_add_up_and_are_off_by_less_than_one(parts: list[float], cases: int) -> None:
    outcomes = Outcomes(*(part / sum(parts) for part in parts))
    counts = whole(outcomes, cases)
    assert sum(counts) == cases
    for number, part in zip(counts, outcomes, strict=True):
        assert isinstance(number, int)
        assert number >= 0
        assert abs(number - cases * part) < 1 + 1e-6


def test_of_equal_remainders_the_first_are_rounded_up() -> None:
    assert whole(Outcomes(0.25, 0.25, 0.25, 0.25), 2) == Outcomes(1, 1, 0, 0)
    assert whole(Outcomes(1 / 3, 1 / 3, 1 / 3, 0.0), CASES) == Outcomes(334, 333, 333, 0)


# Choosing


def extra(found: Capped) -> float:
    """What a limit costs per case; 0 where it does not bind."""
    return found.capped.cost - found.free.cost


def test_of_equally_cheap_policies_the_first_is_taken() -> None:
    same = [policy(TEN, 0.1, 0.8, 0.2, t) for t in (0.3, 0.2)]
    assert cheapest(same).threshold == 0.3
    # the same cost, computed by another route and a bit lower in its last digit
    last = same[1]._replace(cost=same[1].cost * (1 - 2e-16))
    assert cheapest([same[0], last]).threshold == 0.3


@given(tables, matrices, shares, shares, shares)
def test_a_tighter_cap_never_costs_less(
    table: list[OperatingPoint], costs: Costs, base: float, one: float, other: float
) -> None:
    policies = points.priced([*table, FLAG_NONE], costs, base)
    tight, loose = (capped(policies, cap) for cap in sorted((one, other)))
    margin = 1e-9 * max(map(abs, costs))
    assert tight.capped.flagged <= min(one, other) + 1e-9
    assert extra(tight) >= extra(loose) - margin >= -2 * margin
    assert extra(capped(policies, 1.0)) == pytest.approx(0, abs=margin)


def test_no_row_within_the_cap_is_no_answer() -> None:
    assert cheapest(points.priced(TABLE, TEN, 0.1), cap=0.01) is None
    assert capped(points.priced(TABLE, TEN, 0.1), cap=0.01) is None
    assert cheapest([]) is None


@pytest.mark.parametrize("bad", [-0.01, 1.5, nan])
def test_a_cap_that_is_no_share_is_refused(bad: float) -> None:
    for function in (lambda cap: cheapest([], cap), lambda cap: from_auc(0.1, 0.8).capped(TEN, cap)):
        with pytest.raises(Invalid, match="can be flagged") as refused:
            function(bad)
        assert refused.value.field == "cap"


# Prevalence


def test_p_star_stays_and_the_best_point_moves() -> None:
    best = [cheapest(points.priced(TABLE, TEN, base)).threshold for base in (0.02, 0.1, 0.3)]
    assert best == [0.5, 0.2, 0.1]
    assert iso_cost_slope(TEN, 0.02) > iso_cost_slope(TEN, 0.1) > iso_cost_slope(TEN, 0.3)
    assert threshold(TEN) == 1 / 11  # it is asked for nothing but costs


@given(matrices, inside)
def test_a_step_along_the_slope_costs_nothing(costs: Costs, base: float) -> None:
    slope = iso_cost_slope(costs, base)
    step = min(0.5, 0.5 / slope)
    one, other = expected_cost(costs, base, 0.25, 0.25), expected_cost(costs, base, 0.25 + slope * step, 0.25 + step)
    assert one == pytest.approx(other, abs=1e-9 * max(map(abs, costs)))


def test_where_none_is_positive_the_slope_is_infinite() -> None:
    assert iso_cost_slope(TEN, 0) == inf
    assert iso_cost_slope(TEN, 1) == 0


@given(inside, inside, inside)
def test_shifting_is_theorem_2_of_elkan(p: float, base: float, new: float) -> None:
    # Elkan 2001, theorem 2: p' = b' (p - p b) / (b - p b + b' p - b b')
    theorem = new * (p - p * base) / (base - p * base + new * p - base * new)
    assert shifted(p, base, new) == pytest.approx(theorem, rel=1e-9)


@given(inside, inside, inside)
def test_shifting_multiplies_the_odds_and_can_be_undone(p: float, base: float, new: float) -> None:
    there = shifted(p, base, new)
    odds = p / (1 - p) * (new / (1 - new)) / (base / (1 - base))
    assert there == pytest.approx(odds / (1 + odds), rel=1e-12)
    assert shifted(there, new, base) == pytest.approx(p, rel=1e-9)
    assert shifted(p, base, base) == pytest.approx(p, rel=1e-12)


def test_the_prevalence_itself_becomes_the_new_one() -> None:
    assert shifted(0.5, 0.5, 0.01) == pytest.approx(0.01, rel=1e-12)
    assert shifted(0.3, 0.3, 0.0) == 0.0
    assert shifted(0.3, 0.3, 1.0) == 1.0


@given(matrices, inside, inside, inside)
def test_the_threshold_on_uncorrected_scores_decides_as_p_star_on_corrected_ones(
    costs: Costs, score: float, trained: float, deployed: float
) -> None:
    raw, p_star = score_threshold(threshold(costs), trained, deployed), threshold(costs)
    assume(abs(score - raw) > 1e-9)
    assert (score >= raw) == (shifted(score, trained, deployed) >= p_star)


@given(inside, inside, st.floats(0.05, 0.95))
def test_changing_the_negatives_is_theorem_1_of_elkan(p_star: float, p0: float, base: float) -> None:
    # With the negatives times f, the prevalence in training becomes b / (b + f (1 - b)), and p* becomes p0.
    factor = negatives_factor(p_star, p0)
    changed = base / (base + factor * (1 - base))
    assert shifted(p_star, base, changed) == pytest.approx(p0, rel=1e-9)


@pytest.mark.parametrize(
    ("function", "field"),
    [
        (lambda: shifted(1.2, 0.5, 0.1), "threshold"),
        (lambda: shifted(0.5, 0, 0.1), "trained"),
        (lambda: shifted(0.5, nan, 0.1), "trained"),
        (lambda: shifted(0.5, 0.5, -1), "prevalence"),
        (lambda: shifted(0.0, 0.5, 1.0), "prevalence"),
        (lambda: shifted(1.0, 0.5, 0.0), "prevalence"),
        (lambda: score_threshold(0.1, 0.5, 1.0), "prevalence"),
        (lambda: score_threshold(0.1, 1.0, 0.5), "trained"),
        (lambda: negatives_factor(0.0), "threshold"),
        (lambda: negatives_factor(0.1, 1.0), "threshold"),
        (lambda: net_benefit(0.1, 0.8, 0.2, 1.0), "threshold"),
        (lambda: points.probability_cost(TEN, nan), "prevalence"),
        (lambda: points.prevalence_at(TEN, 1.2), "prevalence"),
        (lambda: points.nearest(TABLE, nan), "threshold"),
        (lambda: from_auc(0.1, 0.8).at(TEN, nan), "threshold"),
        (lambda: from_auc(0.1, 0.8).at(Costs(nan, 1), 0.5), "cost_fp"),
    ],
)
def test_every_other_bad_value_is_refused_at_its_field(function, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        function()
    assert refused.value.field == field


# Operating points


def test_the_nearest_row_is_found_and_the_first_of_two() -> None:
    assert [points.nearest(TABLE, t) for t in (1.0, 0.35, 0.34, 0.15, 0.0)] == [0, 0, 1, 1, 2]
    assert points.nearest([OperatingPoint(0.8, 0.2)], 0.5) is None


@given(tables, matrices, inside)
def test_the_envelope_is_the_cheapest_point_by_brute_force(
    table: list[OperatingPoint], costs: Costs, base: float
) -> None:
    here = points.probability_cost(costs, base)
    stretch = next(each for each in points.envelope(table) if each.low <= here <= each.high)
    least = min(points.normalised_cost(each, here) for each in (*table, FLAG_NONE, FLAG_ALL))
    assert points.normalised_cost(stretch.point, here) == pytest.approx(least, abs=1e-12)
    by_base = next(each for each in points.by_prevalence(table, costs) if each.low - 1e-12 <= base <= each.high + 1e-12)
    cost = min(each.cost for each in points.priced([*table, FLAG_NONE, FLAG_ALL], costs, base))
    assert expected_cost(costs, base, by_base.point.tpr, by_base.point.fpr) == pytest.approx(
        cost, abs=1e-9 * max(map(abs, costs))
    )


@given(tables)
def test_the_envelope_covers_the_axis_without_a_gap(table: list[OperatingPoint]) -> None:
    stretches = points.envelope(table)
    assert stretches[0].low == 0
    assert stretches[-1].high == 1
    for one, two in pairwise(stretches):
        assert one.high == two.low
        assert points.normalised_cost(one.point, one.high) == pytest.approx(
            points.normalised_cost(two.point, one.high), abs=1e-12
        )


@given(matrices, shares, shares, inside)
def test_the_normalised_cost_is_the_expected_cost_on_a_scale_from_perfect_to_always_wrong(
    costs: Costs, tpr: float, fpr: float, base: float
) -> None:
    # Drummond and Holte 2006, with what right answers cost taken off
    perfect, wrong = expected_cost(costs, base, 1, 0), expected_cost(costs, base, 0, 1)
    here = points.probability_cost(costs, base)
    normalised = points.normalised_cost(OperatingPoint(tpr, fpr), here)
    assert perfect + normalised * (wrong - perfect) == pytest.approx(
        expected_cost(costs, base, tpr, fpr), abs=1e-9 * max(map(abs, costs))
    )
    assert points.prevalence_at(costs, here) == pytest.approx(base, rel=1e-9)


@given(tables)
def test_a_row_off_the_hull_is_never_the_cheapest_and_any_other_is_somewhere(table: list[OperatingPoint]) -> None:
    everything = [*table, FLAG_NONE, FLAG_ALL]
    corners = [each.high for each in points.envelope(table)]
    # between the corners and at them; nothing can change elsewhere
    places = sorted({0.5 * (a + b) for a, b in pairwise([0.0, *corners])} | set(corners[:-1]))
    for row, off in zip(table, off_hull(table), strict=True):
        gaps = [
            points.normalised_cost(row, place) - min(points.normalised_cost(each, place) for each in everything)
            for place in places
        ]
        assert (min(gaps) > 0) if off else (min(gaps) <= 1e-11)


def test_a_row_on_an_edge_or_twice_there_is_not_off_the_hull() -> None:
    edge = table((0.5, 0.0), (0.75, 0.25), (1.0, 0.5), (0.75, 0.25))
    assert off_hull(edge) == (False, False, False, False)
    below = table((0.4, 0.0), (0.5, 0.0), (0.5, 0.2), (1.0, 0.5), (1.0, 0.6))
    assert off_hull(below) == (True, False, True, False, True)
    assert off_hull([OperatingPoint(0.3, 0.3), OperatingPoint(0.2, 0.6)]) == (False, True)


# Calibrated scores


def test_a_uniform_score_is_arithmetic_one_can_do_by_hand() -> None:
    # p uniform: positives have density 2p, so TPR(t) = 1 - t^2 and FPR(t) = (1 - t)^2; AUC = 5/6
    uniform = Calibrated(1, 1)
    assert uniform.prevalence == 0.5
    assert uniform.auc == pytest.approx(5 / 6, rel=1e-14)
    for t in (0.1, 0.5, 0.9):
        assert uniform.tpr(t) == pytest.approx(1 - t * t, rel=1e-13)
        assert uniform.fpr(t) == pytest.approx((1 - t) ** 2, rel=1e-13)


@pytest.mark.parametrize(("t", "rate"), [(-1, 1), (0, 1), (1, 0), (inf, 0)])
def test_a_threshold_at_an_end_flags_all_or_none(t: float, rate: float) -> None:
    model = from_auc(0.1, 0.8)
    assert (model.tpr(t), model.fpr(t)) == (rate, rate)
    assert model.at(TEN, t).cost == pytest.approx((flag_all if rate else flag_none)(TEN, model.prevalence).cost)


@given(inside, aucs)
def test_the_model_has_the_prevalence_and_the_auc_it_was_asked_for(base: float, auc: float) -> None:
    model = from_auc(base, auc)
    assert model.prevalence == pytest.approx(base, rel=1e-12)
    assert model.auc == pytest.approx(auc, abs=1e-11)


@given(inside, st.floats(-3, 5), st.floats(0.01, 1))
def test_the_closer_together_the_scores_the_lower_the_auc(base: float, size: float, more: float) -> None:
    near, far = (Calibrated(base * 10**each, (1 - base) * 10**each) for each in (size + more, size))
    assert 0.5 < near.auc < far.auc <= 1


@given(inside, aucs, matrices, shares)
def test_no_threshold_is_cheaper_than_p_star_for_calibrated_scores(
    base: float, auc: float, costs: Costs, t: float
) -> None:
    model = from_auc(base, auc)
    margin = 1e-9 * max(map(abs, costs))
    best = model.at(costs, threshold(costs)).cost
    assert best <= model.at(costs, t).cost + margin
    assert best <= min(flag_all(costs, base).cost, flag_none(costs, base).cost) + margin


@given(inside, st.floats(LEAST_AUC, 0.99), st.floats(0.001, 0.009), matrices)
def test_a_better_auc_never_costs_more_at_p_star(base: float, auc: float, more: float, costs: Costs) -> None:
    worse, better = (from_auc(base, each).at(costs, threshold(costs)).cost for each in (auc, auc + more))
    assert better <= worse + 1e-9 * max(map(abs, costs))


@given(inside, aucs, shares)
def test_the_outcomes_of_the_model_are_its_rates(base: float, auc: float, t: float) -> None:
    model = from_auc(base, auc)
    found = model.at(TEN, t)
    assert sum(found.outcomes) == pytest.approx(1, abs=1e-12)
    assert all(0 <= each <= 1 + 1e-12 for each in (*found.outcomes, found.tpr, found.fpr))
    assert found.outcomes.tp == pytest.approx(model.prevalence * found.tpr, rel=1e-12)
    assert found.outcomes.fp == pytest.approx((1 - model.prevalence) * found.fpr, rel=1e-9)
    assert found.cost == pytest.approx(expected_cost(TEN, model.prevalence, *found[1:3]), abs=1e-9)


def test_the_flagged_are_as_positive_as_their_scores_say() -> None:
    # calibration itself: between two thresholds the share of positives lies between the thresholds
    model = from_auc(0.1, 0.8)
    policies = [model.at(TEN, t / 20) for t in range(21)]
    for low, high in pairwise(policies):
        tp, fp = low.outcomes.tp - high.outcomes.tp, low.outcomes.fp - high.outcomes.fp
        assert low.threshold <= tp / (tp + fp) <= high.threshold


@given(inside, aucs, matrices, shares, shares)
@example(0.999, 0.999, TEN, 0.05, 0.01)  # more scores within 1e-300 of 1 than can be flagged
@example(0.5, 0.999, TEN, 0.05, 0.0)
def test_the_model_meets_a_cap_and_pays_for_it(base: float, auc: float, costs: Costs, one: float, other: float) -> None:
    model = from_auc(base, auc)
    tight, loose = (model.capped(costs, cap) for cap in sorted((one, other)))
    margin = 1e-9 * max(map(abs, costs))
    assert tight.capped.flagged <= min(one, other) + 1e-9
    assert extra(tight) >= extra(loose) - margin >= -2 * margin
    assert tight.capped.threshold >= threshold(costs) - 1e-12
    if tight.free.flagged > min(one, other):  # then it binds, and nothing of it is wasted
        assert tight.capped.flagged == pytest.approx(min(one, other), abs=1e-9)


def test_a_cap_that_does_not_bind_changes_nothing() -> None:
    found = from_auc(0.1, 0.8).capped(TEN, 0.9)
    assert found.capped == found.free
    assert extra(found) == 0


@given(inside, aucs)
def test_the_curve_runs_from_flag_all_to_flag_none(base: float, auc: float) -> None:
    model = from_auc(base, auc)
    found = [model.at(TEN, step / 10) for step in range(11)]
    assert found[0].cost == pytest.approx(flag_all(TEN, base).cost)
    assert found[-1].cost == pytest.approx(flag_none(TEN, base).cost)
    for low, high in pairwise(found):
        assert high.flagged <= low.flagged + 1e-12


@pytest.mark.parametrize(
    ("base", "auc", "field", "words"),
    [
        (0, 0.8, "prevalence", "more than 0 and less than 1"),
        (1, 0.8, "prevalence", "more than 0 and less than 1"),
        (nan, 0.8, "prevalence", "not a number"),
        (0.1, 0.3, "auc", "wrong way.*at least 0.51"),
        (0.1, 0.5, "auc", "at least 0.51 and at most 0.999"),
        (0.1, 1, "auc", "at most 0.999"),
        (0.1, 80, "auc", "is 80.*at most 1"),
        (0.1, nan, "auc", "not a number"),
    ],
)
def test_a_model_that_cannot_be_is_refused(base: float, auc: float, field: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        from_auc(base, auc)
    assert refused.value.field == field


@given(st.floats(0.01, 100), st.floats(0.01, 100), shares)
def test_the_incomplete_beta_is_symmetric_and_obeys_its_recurrence(a: float, b: float, x: float) -> None:
    # DLMF 8.17.4 and 8.17.20
    value = incomplete_beta(a, b, x)
    assert value + incomplete_beta(b, a, 1 - x, x) == pytest.approx(1, abs=1e-12)
    assume(0 < x < 1)
    term = exp(a * log(x) + b * log(1 - x) + lgamma(a + b) - lgamma(a + 1) - lgamma(b))
    assert incomplete_beta(a + 1, b, x) == pytest.approx(value - term, abs=1e-11)


def test_the_incomplete_beta_has_its_ends() -> None:
    assert incomplete_beta(2, 3, 0) == 0
    assert incomplete_beta(2, 3, 1) == 1
    assert incomplete_beta(1, 1, 0.3) == pytest.approx(0.3, rel=1e-14)


# Scores


def test_the_realised_cost_can_be_counted_by_hand() -> None:
    found = realised([0.9, 0.6, 0.3, 0.05], [1, 0, 0, 1], TEN, 0.5)
    assert found.outcomes == Outcomes(0.25, 0.25, 0.25, 0.25)
    assert found.cost == 0.25 * 1 + 0.25 * 10
    # twice as many negatives as in the sample: two thirds of all
    other = realised([0.9, 0.6, 0.3, 0.05], [1, 0, 0, 1], TEN, 0.5, prevalence=1 / 3)
    assert other.cost == pytest.approx((2 / 3) / 2 * 1 + (1 / 3) / 2 * 10)
    assert (other.tpr, other.fpr) == (found.tpr, found.fpr)


@given(labelled, matrices, st.none() | shares)
def test_the_curve_of_labelled_scores_has_every_threshold_and_agrees_with_each(cases, costs: Costs, base) -> None:
    values, labels = zip(*cases, strict=True)
    found = realised_curve(values, labels, costs, base)
    assert [each.threshold for each in found] == [inf, *sorted(set(values), reverse=True)]
    for each in found:
        assert each == realised(values, labels, costs, each.threshold, base)


@given(labelled, matrices, shares)
def test_no_other_threshold_beats_the_curve_of_labelled_scores(cases, costs: Costs, t: float) -> None:
    values, labels = zip(*cases, strict=True)
    best = cheapest(realised_curve(values, labels, costs))
    assert best.cost <= realised(values, labels, costs, t).cost + 1e-9 * max(map(abs, costs))


def test_the_cap_on_labelled_scores_gives_the_threshold_that_meets_it() -> None:
    values, labels = [0.9, 0.8, 0.7, 0.6, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1], [1, 0, 1, 0, 1, 0, 0, 0, 0, 0]
    found = capped(realised_curve(values, labels, TEN), 0.3)
    assert (found.free.threshold, found.capped.threshold) == (0.2, 0.7)
    assert found.capped.flagged == pytest.approx(0.3)
    assert extra(found) == pytest.approx((10 + 1 - 2) / 10)
    # tied scores are flagged together or not at all
    assert capped(realised_curve([0.5] * 4, [1, 1, 0, 0], TEN), 0.5).capped.threshold == inf


def test_scores_of_the_model_cost_what_the_model_says() -> None:
    # 20,000 scores at the quantiles of Beta(a, b): their mean cost is the closed form of the model
    model, many = Calibrated(1, 1), 20_000
    values = [(index + 0.5) / many for index in range(many)]
    for t in (threshold(TEN), 0.5):
        mean = sum(case_cost(TEN, p, flagged=p >= t) for p in values) / many
        assert mean == pytest.approx(model.at(TEN, t).cost, abs=1e-4)


@settings(max_examples=depth.cases(300, 3000))
@given(st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), st.floats(-1e12, 1e12), inside, aucs)
def test_any_costs_give_numbers_or_are_refused(c10, c01, c00, c11, base: float, auc: float) -> None:
    costs = Costs(c10, c01, c00, c11)
    try:
        p_star = threshold(costs)
    except Invalid:
        return
    assert 0 <= p_star <= 1
    found = from_auc(base, auc).capped(costs, 0.01)
    assert all(isfinite(each) for each in (found.free.cost, found.capped.cost, found.capped.flagged))


def test_the_modules_are_pure() -> None:
    for module in (calibrated, points, prevalence, scores):
        assert not {"js", "pyscript", "numpy"} & set(vars(module))


# Cases in slices


@given(labelled, matrices, inside, shares)
def test_a_sweep_finds_the_cheapest_threshold_that_brute_force_finds(
    rows: list[tuple[float, int]], costs: Costs, prevalence: float, cap: float
) -> None:
    values, labels = [score for score, _ in rows], [label for _, label in rows]
    whole_of = scores.cases(values, labels)
    found, every = finish(scores.sweep(whole_of)), realised_curve(values, labels, costs, prevalence)
    largest = max(abs(each.cost) for each in every)
    for limit in (1.0, cap):
        best = cheapest(every, limit)
        assert best is not None
        ours = found.cheapest(whole_of, costs, prevalence, limit)
        assert ours.cost == pytest.approx(best.cost, abs=1e-11 * largest)
        assert ours.flagged <= limit + 1e-11


@given(labelled, matrices, inside, st.floats(0, 1))
def test_sorted_cases_give_what_looking_at_each_gives(
    rows: list[tuple[float, int]], costs: Costs, prevalence: float, t: float
) -> None:
    values, labels = [score for score, _ in rows], [label for _, label in rows]
    assert scores.cases(values, labels).at(costs, t, prevalence) == realised(values, labels, costs, t, prevalence)


@given(labelled)
def test_the_corners_of_a_sweep_are_those_of_the_curve(rows: list[tuple[float, int]]) -> None:
    values, labels = [score for score, _ in rows], [label for _, label in rows]
    curve_of = realised_curve(values, labels, TEN)
    wanted = points.hull([OperatingPoint(each.tpr, each.fpr, each.threshold) for each in curve_of])
    found = finish(scores.sweep(scores.cases(values, labels))).corners
    assert all(not points.is_off(wanted, each) for each in found)
    assert all(not points.is_off(found, each) for each in wanted)


def test_a_limit_is_met_where_p_star_is_one_to_a_float() -> None:
    costs = Costs(c10=1e12, c01=1e-7)
    assert threshold(costs) == 1
    found = from_auc(0.1, 0.8).capped(costs, 0.0)
    assert found.capped.flagged == 0


def test_costs_and_benefits_that_cancel_leave_nothing() -> None:
    assert policy(Costs(c10=1, c01=0, c11=-9), 0.1, 0.2, 0.2).cost == 0
