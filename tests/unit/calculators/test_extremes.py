"""Every field at once over extreme and contradictory values: a message or an answer, never an exception, and no answer
that is no number.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable, Iterator, Mapping
from math import inf
from typing import Any

import pytest

from app.calculators.registry import load
from app.page import rendering
from app.vocabulary.calculator import Calculator, Figure, Message, Raw, Reading, read
from tests import depth, reading
from tests.extremes import MADE

SPELLED = re.compile(r"\b(?:nan|inf)\b", re.IGNORECASE)

UNKNOWN = {
    "roc-auc": {"gini", "auc_b"},
    "threshold-cost": {"cost_at", "cheapest_threshold"},
    "silhouette": set[str](),
}
"""Outputs that an answer need not have."""

SHARE = (0.0, 1.0)
SIGNED = (-1.0, 1.0)
WITHIN = {
    "roc-auc": {
        **dict.fromkeys(("auc", "hull_auc", "youden_fpr", "youden_tpr", "best_fpr", "best_tpr"), SHARE),
        **dict.fromkeys(("auc_low", "auc_high", "partial_auc"), SHARE),
        **dict.fromkeys(("gini", "youden"), SIGNED),
    },
    "threshold-cost": dict.fromkeys(("threshold", "score_threshold"), SHARE),
    "silhouette": dict.fromkeys(("silhouette", "mean_silhouette"), SIGNED) | {"standard_error": SHARE},
}
"""Between what an output lies."""


def wrong(calculator: Calculator, raw: Raw) -> list[str]:
    """What is wrong with the answer to these inputs, all of it rendered."""
    found = read(calculator, calculator.defaults | dict(raw))
    regions = rendering.regions(calculator, calculator.defaults | dict(raw))
    # What was typed is no answer.
    page = reading.read("".join(html for name, html in regions.items() if not name.startswith(("field-", "sheet-"))))
    if found.messages:
        return [
            *(f"no message for {name}" for name, message in found.messages.items() if len(message) < 12),
            *(f"a figure beside a message: {figure}" for figure in page.figures if figure not in _asked(found)),
        ]
    return [
        *(f"no figure: {figure}" for figure in page.figures if SPELLED.search(figure)),
        *(f"drawn nowhere: {place[:60]}" for place in _drawn(page) if SPELLED.search(place)),
        *_wrong_outputs(calculator.slug, page.outputs),
        *(["a figure is not known"] if "" in page.figures and not _half_known(calculator.slug, found.result) else []),
        *(claim for claim, kept in SOUND[calculator.slug](found.result) if not kept),
        *_wrong_files(calculator, found),
    ]


def _asked(found: Reading) -> set[str]:
    """The figures that may stand beside a message: none, and what each way to read the inputs would come to."""
    asked = [each for message in found.messages.values() if isinstance(message, Message) for each in message.asked]
    figures = [part for each in asked for part in each.answer if isinstance(part, Figure)]
    return {"", *(repr(each.value) for each in figures)}


def _half_known(slug: str, result: Any) -> bool:
    """Whether an answer has figures that cannot be known: of an area that is no AUC, of points without thresholds."""
    if slug == "roc-auc":
        return not all(each.curve.whole for each in result.curves)
    return slug == "threshold-cost" and (result.yours is None or result.cheapest.threshold in (None, inf))


def _wrong_outputs(slug: str, outputs: Mapping[str, str]) -> Iterator[str]:
    for name, value in outputs.items():
        if not value and name not in UNKNOWN[slug]:
            yield f"{name} is not known"
        low, high = WITHIN[slug].get(name, (-inf, inf))
        if value and not low <= float(value) <= high:
            yield f"{name} is {value}"


def _wrong_files(calculator: Calculator, found: Reading) -> Iterator[str]:
    for download in rendering.downloads(calculator, found).values():
        made = list(csv.reader(io.StringIO(download.make()))) if download.make else []
        if len({*map(len, made)}) > 1:
            yield f"{download.filename} is ragged"
        # A label may be called so.
        if any(cell == "nan" for row in made for cell in row) and "nan" not in str(found.values).casefold():
            yield f"{download.filename} has a cell that is no number"


def _drawn(page: reading.Reader) -> Iterator[str]:
    """Where the marks of pictures are."""
    for tag, attributes in page.tags:
        if tag in ("path", "rect", "text"):
            yield from (attributes.get(name) or "" for name in ("d", "x", "y", "width"))


def roc_auc_sound(result: Any) -> Iterator[tuple[str, bool]]:
    """Claims about curves."""
    for each in result.curves:
        yield "the hull lies below the curve", each.hull.area >= each.auc - 1e-9
        yield "a cost is negative or endless", 0 <= each.cheapest.value < inf
        dearest = result.costs.expected((1, 0))
        yield (
            "the cheapest point is not",
            each.cheapest.value <= result.costs.expected(each.youden.point) + 2e-12 * dearest,
        )
        if each.partial:
            low, high = each.partial.low, each.partial.high
            yield "the partial area is none", 0 <= each.partial.area <= (high - low) * (1 + 1e-9)
            yield "the standardised area is too large", -inf < each.partial.standardised <= 1 + 1e-6
        if each.interval:
            yield "the interval is none", 0 <= each.interval.low <= each.auc <= each.interval.high <= 1


def threshold_cost_sound(result: Any) -> Iterator[tuple[str, bool]]:
    """Claims about policies."""
    near = 1e-9 * max(map(abs, result.costs))
    for each in (result.star, result.yours, result.cheapest, result.capped, result.everyone, result.nobody):
        if each is not None:
            yield "an outcome is no share", all(-1e-12 <= share <= 1 + 1e-12 for share in each.outcomes)
            yield "outcomes are not all cases", abs(sum(each.outcomes) - 1) < 1e-9
            yield "a rate is no share", 0 <= each.tpr <= 1 and 0 <= each.fpr <= 1
            yield "the cheapest is not", result.cheapest.cost <= each.cost + near
    # Where scores crowd together, a rate of the assumed ones is true to seven digits.
    yield "too many are flagged", result.cap is None or result.capped.flagged <= result.cap * (1 + 1e-6) + 2e-12
    yield "p* is no threshold", 0 < result.p_star < 1


def silhouette_sound(result: Any) -> Iterator[tuple[str, bool]]:
    """Claims about silhouettes."""
    for each in result.whole.points if result.whole else ():
        yield "s is none", -1 <= each.s <= 1
        yield "a mean distance is none", 0 <= (each.a or 0) < inf and 0 <= each.b < inf
    for each in result.whole.clusters if result.whole else ():
        yield "the mean is below the lowest", each.lowest <= each.mean + 1e-12
    for each in result.swept:
        yield "a mean of k is none", -1 <= each.whole.mean <= 1
        yield "there are more clusters than k", len(set(each.labels) - result.noise) <= each.k
    for each in result.reckoned:
        yield "noise has neither mean nor reason", bool(each.whole) != bool(each.why)
    for each in result.means:
        yield "with 1 for those alone the mean falls", each.with_0 <= each.with_1


SOUND: dict[str, Callable[[Any], Iterator[tuple[str, bool]]]] = {
    "roc-auc": roc_auc_sound,
    "threshold-cost": threshold_cost_sound,
    "silhouette": silhouette_sound,
}


@pytest.mark.deep
@pytest.mark.parametrize("slug", MADE)
def test_any_inputs_at_once_get_an_answer_or_a_message(slug: str) -> None:
    chance = random.Random(f"extremes of {slug}")
    for _ in range(depth.cases(150, 2000)):
        raw = MADE[slug](chance)
        assert not wrong(load(slug), raw), raw


@pytest.mark.parametrize("slug", MADE)
def test_every_field_is_drawn(slug: str) -> None:
    chance = random.Random(slug)
    drawn = {name for _ in range(100) for name in MADE[slug](chance)}
    assert drawn == {field.name for field in load(slug).fields}


FOUND: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("roc-auc", {"points": "FPR;0.1"}, {"points": "“FPR” stands alone"}),
    ("roc-auc", {"points": "FPR;=1+1;=1+1"}, {"points": "“FPR” stands alone"}),
    ("roc-auc", {"min_fpr": "0.9999999999999999"}, {"min_fpr": "begin lower, such as at 0.99"}),
    ("roc-auc", {"min_fpr": "0.3333333333333333", "max_fpr": "0.3333333333333334"}, {"min_fpr": "is too narrow"}),
    ("roc-auc", {"cost_fp": "5e-324", "cost_fn": "1e-300"}, {"cost_fn": "write larger costs"}),
    ("roc-auc", {"cost_fp": "0", "prevalence": "5e-324"}, {"cost_fp": "write larger costs"}),
    ("roc-auc", {"scores": "1,0.9,0.2;0,0.5,0.7"}, {}),
    ("roc-auc", {"scores": "1,0.9,0.1;1,0.8,0.2;0,0.5,0.7;0,0.4,0.6"}, {}),
    ("threshold-cost", {"cost_fp": "5e-324", "cost_fn": "1"}, {"cost_fp": "quadrillion"}),
    (
        "threshold-cost",
        {"cost_fp": "5e-324", "cost_fn": "5e-323"},
        {"cost_fn": "a smaller unit", "cost_fp": "a quadr"},
    ),
    ("threshold-cost", {"cost_fp": "1e-5", "cost_fn": "1e9"}, {}),
    ("threshold-cost", {"cap": "0"}, {}),
    ("threshold-cost", {"points": "inf,0.5,0.4;0.2,0.8,0.3"}, {"points": "flags no case"}),
    ("threshold-cost", {"points": "-inf,10,20,0,0;-inf,9,20,1,0"}, {"points": "Row 2, Threshold: A threshold of −∞"}),
    (
        "silhouette",
        {"points": "x,cluster;0,1,a;1,1,a;5,5,b;6,1,b"},
        {"points": "Row 1 has 3 cells, and there are 2 heads"},
    ),
    (
        "silhouette",
        {"points": "u,x,label,v,y,z;6,1,0,6,6,1,2,3"},
        {"points": "Row 1 has 8 cells, and there are 6 heads"},
    ),
    (
        "silhouette",
        {"points": "x,y,label;0,1;1,1,a;5,5,b;6,1,b"},
        {"points": "Row 1 has 2 cells, and there are 3 heads"},
    ),
    ("silhouette", {"points": "x\tlabel\n0\ta\t\n1\ta\t\n5\tb\t\n"}, {}),
    ("silhouette", {"points": "0,5;1,5;2,5", "noise": "-1", "k": "2"}, {}),
    (
        "silhouette",
        {"points": "0,-1;1,-1;2,-1", "noise": "-1", "k": "2"},
        {"k": "too few", "points": "There are no points"},
    ),
    (
        "threshold-cost",
        {"scores": "label,probability,amount;1,0.9,20;1,0.8,30"},
        {"scores": "No case is negative"},
    ),
    ("silhouette", {"points": "5,0;5,0", "points_columns": "out,x"}, {"points": "too few"}),
    ("silhouette", {"points_columns": "x,out"}, {}),
    ("roc-auc", {"scores_columns": "out,out"}, {}),
    ("threshold-cost", {"scores_columns": "out,out"}, {}),
    ("silhouette", {"points": "1e-200,a;2e-200,a;9e-200,b", "metric": "sqeuclidean"}, {"points": "too close to zero"}),
]
"""Inputs that raised or were answered wrongly, and what their messages say now; none where there is an answer."""


@pytest.mark.parametrize(("slug", "raw", "said"), FOUND)
def test_inputs_that_once_raised_get_an_answer_or_say_what_would_be_right(
    slug: str, raw: dict[str, str], said: dict[str, str]
) -> None:
    calculator = load(slug)
    messages = read(calculator, calculator.defaults | raw).messages
    assert messages.keys() == said.keys()
    for field, part in said.items():
        assert part in messages[field]
    assert not wrong(calculator, raw)


def _outputs(slug: str, raw: Raw) -> dict[str, float]:
    calculator = load(slug)
    return reading.outputs(rendering.regions(calculator, calculator.defaults | dict(raw)))


@pytest.mark.parametrize("power", [-500, -300, 20])
@pytest.mark.parametrize("slug", ["roc-auc", "threshold-cost"])
def test_the_unit_of_costs_changes_no_decision_and_nothing_is_lost(slug: str, power: int) -> None:
    chance = random.Random(power)
    kept = {"roc-auc": ("best_fpr", "best_tpr"), "threshold-cost": ("threshold", "cheapest_threshold")}[slug]
    costs = ("expected_cost", "cost_at", "cheapest_cost", "capped_cost") if slug == "threshold-cost" else ()
    for _ in range(12):
        rates = (sorted(f"{chance.random():.4f}" for _ in range(5)) for _ in range(2))
        raw = {"points": ";".join(map(",".join, zip(*rates, strict=True)))}
        typed = {"cost_fp": chance.choice([0.5, 1.0, 7.0]), "cost_fn": chance.choice([1.0, 3.0, 1000.0])}
        one, other = (
            _outputs(slug, raw | {name: repr(cost * scale) for name, cost in typed.items()})
            for scale in (1.0, 2.0**power)
        )
        assert one.keys() == other.keys()
        assert [one[name] for name in kept if name in one] == [other[name] for name in kept if name in one]
        for name in costs:
            assert name not in one or other[name] == pytest.approx(one[name] * 2.0**power, rel=1e-9)


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean", "manhattan", "cosine"])
def test_the_unit_of_coordinates_changes_no_silhouette(metric: str) -> None:
    chance = random.Random(metric)
    points = [(chance.uniform(1, 5), chance.uniform(-5, -1), chance.choice("abc")) for _ in range(12)]
    units = (1.0, 2.0**-300, 2.0**300)
    texts = (";".join(f"{x * unit!r},{y * unit!r},{label}" for x, y, label in points) for unit in units)
    found = [_outputs("silhouette", {"points": text, "metric": metric})["silhouette"] for text in texts]
    assert found[0] == found[1] == found[2]
