"""Extreme and contradictory inputs of every calculator, drawn by chance: all fields at once, mostly such as each takes
by itself. The pruning page has its own in tests/unit/calculators/pruning/test_extremes.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from app.calculators.registry import load
from app.vocabulary import table
from app.vocabulary.calculator import Field, Invalid, Raw

Pool = Sequence[str]

ABSURD = ("", " ", "banana", "NaN", "inf", "-inf", "∞", "1e999", "1e-999", "0x10", "1,2,3", "½", "\x00", "=1+1", "🦔")
SHARES = (
    *("0", "1", "-0", "0%", "100%", "50%", "0,5", "0.5", "0.1", "0.9", "0.05", "0.95", "0.001", "0.999"),
    *("5e-324", "1e-300", "1e-16", "1e-12", "1e-9", "1e-8", "0.9999999999999999", "0.999999999", "99.99999999999999%"),
    *("0.3333333333333333", "2.2250738585072014e-308", "0.49999999999999994", "0.5000000000000001", "1e-15"),
)
NUMBERS = (
    *(
        "0",
        "1",
        "2",
        "3",
        "10",
        "1e3",
        "-1",
        "-0",
        "-0.0",
        "0,5",
        "1.5",
        "1e15",
        "1e12",
        "1e11",
        "-1e11",
        "1e9",
        "1e-9",
    ),
    *("5e-324", "1e-300", "1e-16", "1e-100", "1e100", "-1e100", "1e308", "-1e308", "1.7976931348623157e308"),
    *("9e99", "1.0000000000000002", "0.9999999999999999", "123456789.123456789", "1 000", "1e-155", "1e-160", "1e-50"),
)
COUNTS = ("1", "2", "3", "7", "100", "1e12", "999999999999", "100000", "1.5", "0", "1k", "1B")
LABELS = (
    "1",
    "0",
    "yes",
    "no",
    "a",
    "A",
    "b",
    "-1",
    "−1",
    "1.0",
    "noise",
    "Noise",
    "nan",
    "",
    " ",
    "ab",
    "12",
    "é",
    "=a",
)


def taken(chance: random.Random, field: Field, draw: Callable[[], str]) -> str:
    """A value of a field that it takes by itself, mostly: so the fields get to contradict each other."""
    for _ in range(8):
        text = draw()
        try:
            field.parse(text)
        except Invalid:
            if chance.random() < 0.02:
                break
        else:
            return text
    else:
        return field.default
    return text


def one(chance: random.Random, field: Field, pool: Pool) -> str:
    """A value of a field: its default, one of its pool, or seldom an absurd one."""
    kind = chance.random()
    if kind < 0.5:
        return field.default
    return chance.choice(ABSURD) if kind > 0.997 else taken(chance, field, lambda: chance.choice(pool))


def rows(chance: random.Random, columns: Sequence[Pool], heads: Sequence[str]) -> str:
    """A table as it may be typed, pasted or dropped: of few values or many, ragged, without rows, with heads or not."""
    few = [chance.sample(list(pool), min(len(pool), chance.choice([1, 2, 3, 99]))) for pool in columns]
    count = chance.choice([0, 1, 1, 2, 2, 3, 4, 6, 13, 70])
    made = [[chance.choice(pool) for pool in few] for _ in range(count)]
    if made and chance.random() < 0.2:
        made += [chance.choice(made) for _ in range(chance.randint(1, 3))]
    if made and chance.random() < 0.1:
        row = chance.choice(made)
        row[chance.randrange(1, len(row) + 1) :] = chance.choice([[], ["1", "2", "3"], ["x"], [""]])
    if made and chance.random() < 0.1:
        made[chance.randrange(len(made))][0] = chance.choice(ABSURD)
    if chance.random() < 0.35:
        named = list(heads)
        if chance.random() < 0.2:
            chance.shuffle(named)
        made.insert(0, named[: chance.choice([1, len(named), len(named), len(named)])])
    if chance.random() < 0.3:
        return "\n".join("\t".join(row) for row in made)
    return table.write(made)


POSITIVE = ("auto", "auto", "1", "0", "yes", "a", "b", "nan")
CASES = (
    *(
        "auto",
        "auto",
        "ask",
        "label,score",
        "score,label",
        "label,score,weight",
        "label,score,amount",
        "out,label,score",
    ),
    *("label,score,curve", "label,score,score", "label,score,out", "label,out", "out,out", "logistic:label,score"),
    *("logistic:auto", "label,label"),
)
"""What the columns of labels and scores may be said to be."""


def points_of_a_curve(chance: random.Random) -> str:
    """Rates, rising or not."""
    heads = chance.choice([("FPR", "TPR"), ("sensitivity", "specificity"), ("TPR", "FPR"), ("TPR %", "FPR %")])
    columns: list[Pool] = [SHARES, SHARES]
    if chance.random() < 0.3:
        heads, columns = (*heads, "model"), [*columns, LABELS[:4]]
    return rows(chance, columns, heads)


def labelled(chance: random.Random) -> str:
    """Labels with scores."""
    labels = chance.choice([("0", "1"), ("yes", "no"), ("a", "b"), LABELS])
    columns: list[Pool] = [labels, chance.choice([NUMBERS, SHARES])]
    heads = chance.choice([("label", "score"), ("y_true", "y_score"), ("score", "label")])
    heads, columns = _with_third(chance, heads, columns)
    return rows(chance, columns, heads)


THIRD: tuple[tuple[str, Pool], ...] = (
    ("model", LABELS[:4]),
    ("weight", NUMBERS),
    ("weight", COUNTS),
    ("amount", NUMBERS),
    ("id", ("1", "2", "3", "4")),
)
"""What may stand beside labels and scores: the head, and what is below it."""


def _with_third(
    chance: random.Random, heads: tuple[str, ...], columns: list[Pool]
) -> tuple[tuple[str, ...], list[Pool]]:
    if chance.random() < 0.5:
        return heads, columns
    head, pool = chance.choice(THIRD)
    return (*heads, head), [*columns, pool]


def roc_auc(chance: random.Random) -> Raw:
    """All fields of the ROC page."""
    kind = chance.random()
    pools: dict[str, Pool] = {
        "positive": POSITIVE,
        "scores_columns": CASES,
        "columns": (
            *("fpr,tpr", "sensitivity,specificity", "specificity,sensitivity", "auto", "ask", "tpr,fpr", "tpr,tnr"),
            *("fpr,tpr,curve", "curve,fpr,tpr", "out,fpr,tpr", "tp,fp,fn,tn", "fpr,out", "fpr,fpr"),
        ),
        "ends": ("add", "as typed"),
        "cost_fp": NUMBERS,
        "cost_fn": NUMBERS,
        "prevalence": ("auto", *SHARES),
        "max_fpr": ("none", *SHARES),
        "min_fpr": SHARES,
        "n_pos": ("auto", *COUNTS),
        "n_neg": ("auto", *COUNTS),
        "level": SHARES,
        "bootstrap": ("none", "none", "200", "201", "500", "199", "10001"),
    }
    tables: dict[str, Callable[[], str]] = {}
    if kind < 0.65:
        tables["points"] = lambda: points_of_a_curve(chance)
    if kind > 0.55:
        tables["scores"] = lambda: labelled(chance)
    return _drawn_by("roc-auc", chance, pools, **tables)


def operating(chance: random.Random) -> str:
    """Operating points: rates or counts."""
    heads, columns = chance.choice(
        [
            (("TPR", "FPR"), (SHARES, SHARES)),
            (("threshold", "TPR", "FPR"), ((*SHARES, "inf", "-inf", "2", "1e308", "-1e308"), SHARES, SHARES)),
            (("TP", "FP", "FN", "TN"), (COUNTS,) * 4),
            (("threshold", "TP", "FP", "FN", "TN"), (SHARES, *((*COUNTS, "0", "5e-324"),) * 4)),
            (("threshold", "sensitivity", "specificity"), (SHARES,) * 3),
        ]
    )
    return rows(chance, columns, heads)


def probabilities(chance: random.Random) -> str:
    """Labels with probabilities, or log odds; with amounts, weights or numbers of rows beside them."""
    odds = ("-3", "-0.5", "0", "0.2", "4", "700", "-745", "60")
    columns: list[Pool] = [("0", "1"), chance.choice([SHARES, SHARES, SHARES, odds])]
    heads, columns = _with_third(chance, ("label", "probability"), columns)
    return rows(chance, columns, heads)


def threshold_cost(chance: random.Random) -> Raw:
    """All fields of the threshold page."""
    pools: dict[str, Pool] = {
        "positive": POSITIVE,
        "scores_columns": CASES,
        "points_columns": (
            *("auto", "auto", "ask", "tpr,fpr", "threshold,tpr,fpr", "threshold,tpr,tnr", "tp,fp,fn,tn", "out,tpr,fpr"),
            *("threshold,tp,fp,fn,tn", "tpr,out", "out,out,out", "fn,tn,tp,fp"),
        ),
        "amounts": ("missed", "flagged", "both"),
        "cost_fp": NUMBERS,
        "cost_fn": NUMBERS,
        "cost_tn": NUMBERS,
        "cost_tp": NUMBERS,
        "prevalence": ("auto", *SHARES),
        "auc": ("0.51", "0.999", "0.5", "1", "0.9989999999999999", "0.51000001", *SHARES),
        "at": SHARES,
        "cap": ("none", "50", "1000", "5 per 1,000", *SHARES, *NUMBERS),
        "trained": ("auto", *SHARES),
    }
    kind = chance.random()
    tables: dict[str, Callable[[], str]] = {}
    if kind < 0.4:
        tables["points"] = lambda: operating(chance)
    if 0.35 < kind < 0.75:
        tables["scores"] = lambda: probabilities(chance)
    return _drawn_by("threshold-cost", chance, pools, **tables)


def coordinates(chance: random.Random) -> str:
    """Points with labels."""
    width = chance.choice([1, 1, 2, 2, 3, 5])
    pool = chance.choice(
        [NUMBERS, SHARES, ("0", "1", "5", "6"), ("1e-300", "-1e-300", "0", "5e-324"), ("1e100", "-1e100")]
    )
    labels = chance.choice([("a", "b"), ("a", "b", "c"), LABELS, ("a",), ("-1", "0", "1")])
    return rows(
        chance, [*[pool] * width, labels], (*"xyzuvw"[:width], chance.choice(["label", "cluster", "y", "species"]))
    )


def matrix(chance: random.Random) -> str:
    """Distances, mostly such as can be."""
    size = chance.choice([0, 1, 2, 3, 4, 7])
    pool = chance.choice([NUMBERS, SHARES, ("0", "1", "5", "6"), ("1e100", "0"), ("5e-324", "1e-300", "0")])
    made = [["0"] * size for _ in range(size)]
    for row in range(size):
        for column in range(row):
            made[row][column] = made[column][row] = chance.choice(pool)
    if size and chance.random() < 0.1:
        made[chance.randrange(size)][chance.randrange(size)] = chance.choice([*ABSURD, *NUMBERS])
    labels = chance.choice([("a", "b"), LABELS, ("-1", "0", "1")])
    made = [[*row, chance.choice(labels)] for row in made]
    if chance.random() < 0.2:
        made.insert(0, [*(f"p{at}" for at in range(size)), "label"])
    return table.write(made)


def silhouette(chance: random.Random) -> Raw:
    """All fields of the silhouette page."""
    pools: dict[str, Pool] = {
        "a": NUMBERS,
        "b": (*NUMBERS, "0;0", "1e100;5e-324", "0.7, 0.9", "5e-324;5e-324", "1;1;1;1;1;1;1;1;1;1;1;1;1;1;1"),
        "metric": ("euclidean", "sqeuclidean", "manhattan", "cosine"),
        "point": ("all", "1", "2", "3", "5", "100000", "1.5", "0"),
        "singletons": ("0", "1"),
        "noise": ("none", "-1", "0", "noise"),
        "noise_as": ("out", "cluster", "alone"),
        "points_columns": (
            *(
                "auto",
                "auto",
                "auto",
                "ask",
                "x,cluster",
                "x,x,cluster",
                "cluster,x,x",
                "x,cluster,class",
                "x,x",
                "x,x,x",
            ),
            *("out,x,cluster", "x,out", "cluster,out", "class,cluster,x"),
        ),
        "scale": ("none", "standard"),
        "k": ("labels", "labels", "2", "3", "10", "off", "11"),
        "sweep": ("no", "no", "2", "4", "10", "30", "31", "1"),
        "sample": ("auto", "all", "100", "100000", "99"),
        "single": ("no", "yes"),
    }
    kind = chance.random()
    tables: dict[str, Callable[[], str]] = {}
    if kind < 0.6:
        tables["points"] = lambda: coordinates(chance)
    if 0.55 < kind < 0.75:
        tables["distances"] = lambda: matrix(chance)
    return _drawn_by("silhouette", chance, pools, **tables)


def _drawn_by(slug: str, chance: random.Random, pools: Mapping[str, Pool], **tables: Callable[[], str]) -> Raw:
    fields = {field.name: field for field in load(slug).fields}
    return {
        **{name: one(chance, fields[name], pool) for name, pool in pools.items()},
        **{name: taken(chance, fields[name], draw) for name, draw in tables.items()},
    }


MADE: dict[str, Callable[[random.Random], Raw]] = {
    "roc-auc": roc_auc,
    "threshold-cost": threshold_cost,
    "silhouette": silhouette,
}
