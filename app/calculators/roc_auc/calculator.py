"""The ROC-AUC calculator's declaration: what it asks and how the answers are read."""

from __future__ import annotations

from app.calculators.roc_auc import inputs
from app.calculators.roc_auc.compute import compute
from app.calculators.roc_auc.view import view
from app.vocabulary import heads
from app.vocabulary.calculator import Calculator, Choice, Field, Group, one_of
from app.vocabulary.quantity import share
from app.vocabulary.tables import declared

_ENDS = (Choice("add", "Add (0, 0) and (1, 1)"), Choice("as typed", "Leave the points as typed"))

CALCULATOR = Calculator(
    slug="roc-auc",
    title="ROC-AUC calculator",
    promise="The area under a ROC curve from its points or from labels and scores, with every step shown.",
    groups=(
        Group("reading", "How tables are read"),
        Group("costs", "Costs and prevalence"),
        Group("band", "Partial area"),
        Group("sure", "How sure it is"),
    ),
    fields=(
        Field(
            "scores",
            "Labels and scores",
            "",
            inputs.cases,
            "table",
            hint="A row for each case. Any CSV or .xlsx: what each column is taken for stands above it, to be changed.",
            upload=declared.upload("File of cases", inputs.BOXES.take),
            sheet=inputs.CASES,
        ),
        Field(
            "scores_columns",
            "Columns of labels and scores",
            "auto",
            inputs.case_columns,
            "select",
            choices=declared.BY_CONTENT,
            group="reading",
        ),
        Field(
            "positive",
            "Positive label",
            "auto",
            heads.positive,
            hint="The label of the class that high scores speak for, or auto: 1, yes, true, pos.",
        ),
        Field(
            "points",
            "Points of the curve",
            "0.1,0.5;0.2,0.7;0.5,0.9",
            inputs.points,
            "table",
            hint="FPR, TPR; a third column names the curve. Heads such as sensitivity are understood.",
            upload=declared.upload("File of points", inputs.BOXES.take),
            sheet=inputs.POINTS,
        ),
        Field(
            "columns",
            "Columns of points",
            "fpr,tpr",
            inputs.columns,
            "select",
            choices=inputs.COLUMNS,
            group="reading",
        ),
        Field("ends", "Ends of the curve", "add", one_of(*_ENDS), "select", choices=_ENDS, group="reading"),
        Field(
            "cost_fp", "Cost of a false positive", "1", inputs.cost, hint="In any currency, such as 1.", group="costs"
        ),
        Field("cost_fn", "Cost of a false negative", "1", inputs.cost, hint="In the same currency.", group="costs"),
        Field(
            "prevalence",
            "Prevalence",
            "auto",
            inputs.or_auto(share, "what the labels say, else a half"),
            hint="Share of positives where the model will work, such as 2%, or auto.",
            group="costs",
        ),
        Field(
            "max_fpr",
            "Highest FPR that counts",
            "none",
            inputs.or_auto(share, "no partial area"),
            hint="Such as 10%, or none.",
            group="band",
        ),
        Field("min_fpr", "Lowest FPR that counts", "0", share, hint="Mostly 0.", group="band"),
        Field(
            "n_pos",
            "Positives",
            "auto",
            inputs.counted,
            hint="Cases behind the curve, or auto: as the labels say.",
            group="sure",
        ),
        Field("n_neg", "Negatives", "auto", inputs.counted, hint="Likewise.", group="sure"),
        Field("level", "Confidence", "95%", inputs.level, hint="Such as 95%.", group="sure"),
        Field("bootstrap", "Draw the cases anew", "none", inputs.draws, hint="So often, such as 2000.", group="sure"),
    ),
    compute=compute,
    view=view,
)
