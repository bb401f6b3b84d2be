"""The silhouette calculator's declaration: what it asks and how the answers are read."""

from __future__ import annotations

from app.calculators.silhouette import choices, inputs
from app.calculators.silhouette.compute import compute
from app.calculators.silhouette.view import view
from app.vocabulary.calculator import Calculator, Choice, Field, Group, one_of
from app.vocabulary.tables import declared

METRICS = (
    Choice("euclidean", "Euclidean"),
    Choice("sqeuclidean", "Squared Euclidean"),
    Choice("manhattan", "Manhattan"),
    Choice("cosine", "Cosine"),
)
SINGLETONS = (Choice("0", "s = 0 (scikit-learn, R)"), Choice("1", "s = 1 (MATLAB)"))
NOISE = (
    Choice("none", "No label: every one is a cluster"),
    Choice("-1", "Label −1 (scikit-learn’s DBSCAN)"),
    Choice("0", "Label 0 (R’s dbscan)"),
    Choice("noise", "Labels noise and outlier"),
)
ALONE = (Choice("no", "No, there are others"), Choice("yes", "Yes, it is alone"))

CALCULATOR = Calculator(
    slug="silhouette",
    title="Silhouette calculator",
    promise="How well a point sits in its cluster, from mean distances, coordinates or a distance matrix.",
    groups=(
        Group("settings", "Metric, point and conventions"),
        Group("matrix", "A distance matrix instead"),
    ),
    fields=(
        Field(
            "points",
            "Points with labels",
            "",
            inputs.points,
            "table",
            hint="A row for each: coordinates, then the label. Any CSV or .xlsx, with heads or without.",
            upload=declared.upload("File of points", inputs.take),
            sheet=inputs.POINTS,
        ),
        Field(
            "points_columns",
            "Columns of points",
            "auto",
            inputs.columns,
            "select",
            choices=declared.BY_CONTENT,
            group="settings",
        ),
        Field(
            "a",
            "Or a, mean distance within its own cluster",
            "0.3",
            inputs.own_distance,
            hint="From the point to the others in it.",
        ),
        Field(
            "b",
            "b, mean distance to another cluster",
            "0.7",
            inputs.other_distances,
            hint="The nearest one, or several separated by semicolons.",
        ),
        Field("metric", "Metric", "euclidean", one_of(*METRICS), "select", choices=METRICS, group="settings"),
        Field("point", "Point", "all", inputs.row, hint="all, or the number of a row.", group="settings"),
        choices.SCALE,
        choices.K,
        choices.SWEEP,
        choices.SAMPLE,
        Field(
            "singletons",
            "A cluster of one point counts",
            "0",
            lambda text: float(one_of(*SINGLETONS)(text)),
            "select",
            choices=SINGLETONS,
            group="settings",
        ),
        Field(
            "noise",
            "Noise",
            "none",
            lambda text: inputs.NOISE[one_of(*NOISE)(text)],
            "select",
            choices=NOISE,
            group="settings",
        ),
        choices.COUNTED,
        Field(
            "single",
            "With a and b: is the point alone in its cluster?",
            "no",
            lambda text: one_of(*ALONE)(text) == "yes",
            "select",
            choices=ALONE,
            group="settings",
        ),
        Field(
            "distances",
            "Distance matrix with labels",
            "",
            inputs.distances,
            "table",
            hint="A row for each point: its distances to all points, then its label. It goes before points.",
            upload=declared.upload("File of distances", inputs.take),
            sheet=inputs.DISTANCES,
            group="matrix",
        ),
    ),
    compute=compute,
    view=view,
)
