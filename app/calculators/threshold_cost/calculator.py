"""The threshold calculator's declaration: what it asks and how the answers are read."""

from __future__ import annotations

from typing import Any

from app.calculators.threshold_cost import amounts, inputs
from app.calculators.threshold_cost.compute import compute
from app.calculators.threshold_cost.matrix import DEFAULTS
from app.calculators.threshold_cost.view import view
from app.vocabulary import heads
from app.vocabulary.calculator import Calculator, Field, Group, Slider, one_of
from app.vocabulary.quantity import share, show_typed
from app.vocabulary.tables import declared


def _percent(value: Any) -> float:
    return min(max(round(100 * float(value)), 1), 99)


def _default(field: str) -> str:
    return show_typed(DEFAULTS[field])


CALCULATOR = Calculator(
    slug="threshold-cost",
    title="Classification threshold cost calculator",
    promise="The probability from which flagging a case pays, and what any other threshold costs.",
    groups=(
        Group("right", "Costs of correct answers"),
        Group("points", "Operating points"),
        Group("reading", "How cases are read"),
        Group("capacity", "Capacity and comparison"),
    ),
    fields=(
        Field(
            "cost_fp",
            "Cost of a false positive",
            _default("cost_fp"),
            inputs.answer,
            hint="A false alarm, in any unit. A negative cost is a gain.",
        ),
        Field(
            "cost_fn",
            "Cost of a false negative",
            _default("cost_fn"),
            inputs.answer,
            hint="A miss, in that unit. A negative cost is a gain.",
        ),
        Field(
            "scores",
            "Labels and probabilities",
            "",
            inputs.scores,
            "table",
            hint="A row for each case: its label and its probability. Cases the model was not trained on.",
            upload=declared.upload("File of cases", inputs.take),
            sheet=inputs.SCORES,
        ),
        Field(
            "scores_columns",
            "Columns of cases",
            "auto",
            inputs.scores_columns,
            "select",
            choices=declared.BY_CONTENT,
            group="reading",
        ),
        Field(
            "positive",
            "Positive label",
            "auto",
            heads.positive,
            hint="The label of the class that is flagged, or auto: 1, yes, true, pos.",
            group="reading",
        ),
        Field(
            "prevalence",
            "Prevalence",
            "auto",
            inputs.prevalence,
            hint="Share of positives where you decide, such as 10%, or auto: as in your table.",
            slider=Slider(1, 99, _percent, "%"),
        ),
        Field(
            "auc",
            "AUC of the scores",
            "0.8",
            inputs.auc,
            hint="An assumption that illustrates, while no table of your own is given.",
        ),
        Field(
            "cost_tn",
            "Cost of a true negative",
            _default("cost_tn"),
            inputs.answer,
            hint="A negative cost is a gain.",
            group="right",
        ),
        Field(
            "cost_tp",
            "Cost of a true positive",
            _default("cost_tp"),
            inputs.answer,
            hint="Such as what checking it costs. A negative cost is a gain.",
            group="right",
        ),
        Field(
            "points",
            "Operating points",
            "",
            inputs.points,
            "table",
            hint="TPR and FPR, or TP, FP, FN and TN; a threshold may stand before them. Column names are understood.",
            upload=declared.upload("File of points", inputs.take),
            sheet=inputs.POINTS,
            group="points",
        ),
        Field(
            "points_columns",
            "Columns of points",
            "auto",
            inputs.point_columns,
            "select",
            choices=declared.BY_CONTENT,
            group="points",
        ),
        Field(
            "amounts",
            "What an amount is",
            "missed",
            one_of(*amounts.KINDS),
            "select",
            hint="Of a third column that says it for each case.",
            choices=amounts.KINDS,
            group="reading",
        ),
        Field(
            "at",
            "A threshold to compare",
            "0.5",
            share,
            hint="On the scores of your model.",
            group="capacity",
        ),
        Field(
            "cap",
            "Most cases you can flag",
            "none",
            inputs.cap,
            hint="Of 1,000, such as 50, or a share such as 5%; or none.",
            group="capacity",
        ),
        Field(
            "trained",
            "Prevalence of the training data",
            "auto",
            inputs.trained,
            hint="If it was resampled or weighted, such as 50%; or auto, if it was the same.",
            group="capacity",
        ),
    ),
    compute=compute,
    view=view,
)
