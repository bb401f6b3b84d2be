"""Tables as people have them: our own small data in the shapes that programs write, each with its right answer or its
right question.

The shapes are those of pandas (`to_csv`), R (`write.csv`, `write.csv2`, `write.table`), Excel in several languages,
NumPy, scikit-learn, caret, pROC, Seurat, scanpy, WEKA, SPSS, JMP, Google Sheets and Kaggle. The answers are
scikit-learn's, or those of the definitions, never our own.
"""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

import numpy
from sklearn.metrics import roc_auc_score, roc_curve, silhouette_score

# --- data of our own ---

_chance = random.Random(20261125)
COUNT = 40
Y = [_chance.randint(0, 1) for _ in range(COUNT)]
SCORES = [round(min(max(_chance.gauss(0.35 + 0.3 * y, 0.2), 0.001), 0.999), 4) for y in Y]
OTHER = [round(min(max(_chance.gauss(0.4 + 0.2 * y, 0.25), 0.001), 0.999), 4) for y in Y]
LOGITS = [round(_chance.gauss(1.4 * y - 0.6, 1.3), 4) for y in Y]
WEIGHTS = [_chance.randint(1, 5) for _ in Y]
AMOUNTS = [round(_chance.uniform(5, 900), 2) for _ in Y]
IDS = [_chance.randint(1, 9) * 100000 + at * 37 for at in range(COUNT)]
SHUFFLED = _chance.sample(range(COUNT), COUNT)
HARD = [int(score >= 0.5) for score in SCORES]

CLUSTERS = [at % 3 for at in range(36)]
XY = [(round(_chance.gauss((0, 4, 2)[kind], 1), 3), round(_chance.gauss((0, 1, 5)[kind], 1), 3)) for kind in CLUSTERS]
KINDS = [("setosa", "versicolor", "virginica")[kind] for kind in CLUSTERS]
CLASSES = [(kind + int(_chance.random() < 0.3)) % 3 for kind in CLUSTERS]

AUC, AUC_OTHER = roc_auc_score(Y, SCORES), roc_auc_score(Y, OTHER)
MEAN = silhouette_score(XY, CLUSTERS)
FPR, TPR, THRESHOLDS = (list(map(float, each)) for each in roc_curve(Y, SCORES))
SQUARE = [[round(float(numpy.hypot(a - c, b - d)), 6) for c, d in XY[:12]] for a, b in XY[:12]]
MEAN_OF_SQUARE = silhouette_score(numpy.array(SQUARE), CLUSTERS[:12], metric="precomputed")
TP = [round(rate * sum(Y)) for rate in TPR]
FP = [round(rate * (COUNT - sum(Y))) for rate in FPR]

Table = Sequence[Sequence[object]]


# --- how programs write a table ---


def joined(rows: Table, mark: str = ",", end: str = "\n") -> str:
    """Lines of cells; one that holds the mark, or a quotation mark, stands in quotation marks."""

    def cell(value: object) -> str:
        text = str(value)
        return '"' + text.replace('"', '""') + '"' if mark in text or '"' in text or "\n" in text else text

    return "".join(mark.join(map(cell, row)) + end for row in rows)


def columns(*each: Sequence[object]) -> list[tuple[object, ...]]:
    """The rows of columns."""
    return list(zip(*each, strict=True))


def pandas(heads: Sequence[object], rows: Table, index: Sequence[object] | None = None) -> str:
    """As `DataFrame.to_csv()` writes it, with its index or, without one, as with `index=False`."""
    if index is None:
        return joined([heads, *rows])
    return joined([("", *heads), *[(at, *row) for at, row in zip(index, rows, strict=True)]])


def quoted(value: object) -> str:
    """As R writes a text."""
    return f'"{value}"' if isinstance(value, str) else str(value)


def r_csv(heads: Sequence[str], rows: Table) -> str:
    """As `write.csv` writes it."""
    lines = [",".join(map(quoted, ("", *heads)))]
    lines += [",".join((f'"{at}"', *map(quoted, row))) for at, row in enumerate(rows, 1)]
    return "\n".join(lines) + "\n"


def r_csv2(heads: Sequence[str], rows: Table) -> str:
    """As `write.csv2` writes it, where a comma is the decimal mark."""
    lines = [";".join(map(quoted, ("", *heads)))]
    lines += [";".join((f'"{at}"', *map(_comma, row))) for at, row in enumerate(rows, 1)]
    return "\n".join(lines) + "\n"


def _comma(value: object) -> str:
    return quoted(value) if isinstance(value, str) else str(value).replace(".", ",")


def r_table(heads: Sequence[str], rows: Table) -> str:
    """As `write.table` writes it: blanks, and one head fewer than columns."""
    lines = [" ".join(map(quoted, heads))]
    lines += [" ".join((f'"{at}"', *map(quoted, row))) for at, row in enumerate(rows, 1)]
    return "\n".join(lines) + "\n"


def german(heads: Sequence[str], rows: Table) -> bytes:
    """As Excel in German saves a CSV in UTF-8: semicolons, decimal commas, a byte order mark."""
    lines = [heads, *[[_comma(value) for value in row] for row in rows]]
    return joined([[str(cell).strip('"') for cell in row] for row in lines], ";", "\r\n").encode("utf-8-sig")


def savetxt(rows: Table, heads: str = "") -> str:
    """As `numpy.savetxt` writes it."""
    buffer = io.StringIO()
    numpy.savetxt(buffer, numpy.array(rows, dtype=float), header=heads)
    return buffer.getvalue()


def xlsx(rows: Table) -> bytes:
    """A workbook with one sheet: numbers as numbers, texts shared, as Excel writes it."""
    strings: list[str] = []

    def cell(value: object, at: int, row: int) -> str:
        place = f"{chr(65 + at)}{row}"
        if isinstance(value, str):
            if value not in strings:
                strings.append(value)
            return f'<c r="{place}" t="s"><v>{strings.index(value)}</v></c>'
        return f'<c r="{place}"><v>{value}</v></c>'

    body = "".join(
        f'<row r="{at}">{"".join(cell(value, column, at) for column, value in enumerate(row))}</row>'
        for at, row in enumerate(rows, 1)
    )
    escaped = [each.replace("&", "&amp;").replace("<", "&lt;") for each in strings]
    shared = "".join(f'<si><t xml:space="preserve">{each}</t></si>' for each in escaped)
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    files = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{relations}"><sheets>'
        '<sheet name="Data &amp; more" sheetId="1" r:id="rId3"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId3" Type="worksheet"'
        ' Target="worksheets/sheet7.xml"/></Relationships>',
        "xl/worksheets/sheet7.xml": f"<worksheet {main}><sheetData>{body}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {main}>{shared}</sst>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return buffer.getvalue()


# --- the corpus ---


class Case(NamedTuple):
    """A table that is brought to a page: `output` is the figure that answers, `value` what it must be. A table that has
    to be asked about has the words of the way that is meant (`asks`). `warns` is in the warning or the note on the
    table; `refused` in the refusal, whose link leads `to` another page where it belongs there.
    """

    name: str
    page: str
    content: str | bytes
    output: str = ""
    value: float = 0.0
    asks: str = ""
    warns: str = ""
    refused: str = ""
    to: str = ""
    file: str = "table.csv"


def _roc(name: str, content: str | bytes, value: float = AUC, **more: str) -> Case:
    return Case(name, "roc-auc", content, "auc", value, **more)


def _silhouette(name: str, content: str | bytes, value: float = MEAN, **more: str) -> Case:
    return Case(name, "silhouette", content, "silhouette", value, **more)


CASES_ROWS = columns(Y, SCORES)
WORDS = [("no", "yes")[y] for y in Y]
XY_ROWS = [(*xy, kind) for xy, kind in zip(XY, CLUSTERS, strict=True)]
XY_KINDS = [(*xy, kind) for xy, kind in zip(XY, KINDS, strict=True)]
XY_HEADS = ("length", "width", "cluster")
CURVE_ROWS = columns(FPR, TPR, ["inf", *THRESHOLDS[1:]])

ROC = (
    _roc("pandas without index", pandas(("y_true", "y_score"), CASES_ROWS)),
    _roc("pandas with index", pandas(("y_true", "y_score"), CASES_ROWS, range(COUNT))),
    _roc("pandas with the index of a test split", pandas(("target", "proba"), CASES_ROWS, SHUFFLED), warns="Left out"),
    _roc("pandas, written twice", pandas(("Unnamed: 0", "label", "score"), columns(range(COUNT), Y, SCORES))),
    _roc("R, write.csv", r_csv(("outcome", "prediction"), CASES_ROWS)),
    _roc("R, write.csv with a factor", r_csv(("obs", "prob"), columns(WORDS, SCORES))),
    _roc("R, write.csv2", r_csv2(("outcome", "prediction"), CASES_ROWS)),
    _roc("R, write.table", r_table(("label", "score"), CASES_ROWS)),
    _roc("Excel in German", german(("Label", "Score"), CASES_ROWS)),
    _roc("Excel in German, unknown heads", german(("Ist", "Modellwert"), CASES_ROWS)),
    _roc("Excel in German, percent", german(("Label", "Score (%)"), columns(Y, [round(100 * s, 2) for s in SCORES]))),
    _roc(
        "Excel in French, percent",
        "étiquette;score\n" + joined(columns(Y, [f"{100 * s:.2f} %".replace(".", ",") for s in SCORES]), ";", "\r\n"),
    ),
    _roc("Excel in Swiss German", joined([("Label", "Score"), *CASES_ROWS], ";", "\r\n")),
    _roc("Excel, copied", joined([("label", "score"), *CASES_ROWS], "\t")),
    _roc("Excel with sep=", "sep=;\r\n" + joined([("label", "score"), *CASES_ROWS], ";", "\r\n")),
    _roc("Excel, Unicode text", joined([("label", "score"), *CASES_ROWS], "\t", "\r\n").encode("utf-16")),
    _roc(
        "Windows",
        joined([("Größe", "Label", "Score"), *columns(["groß"] * COUNT, Y, SCORES)], ";").encode("cp1252"),
        warns="no numbers",
    ),
    _roc(
        "Excel with empty columns and rows at the end",
        joined([("label", "score", "", ""), *[(*row, "", "") for row in CASES_ROWS], *[("", "", "", "")] * 3]),
    ),
    _roc(
        "Excel with a title",
        joined([("Validation 2026", ""), ("", ""), ("label", "score"), *CASES_ROWS]).replace(
            "Validation 2026,", "Validation 2026"
        ),
    ),
    _roc("Excel, .xlsx", xlsx([("label", "score"), *CASES_ROWS]), file="table.xlsx"),
    _roc("Excel, .xlsx with words", xlsx([("Klasse & Fall", "Score"), *columns(WORDS, SCORES)]), file="a.xlsx"),
    _roc(
        "Google Sheets with a comment",
        joined([("label", "score", "comment"), *columns(Y, SCORES, ['said "no", then yes'] * COUNT)]),
    ),
    _roc("NumPy, savetxt", savetxt(CASES_ROWS)),
    _roc("NumPy, savetxt with a header", savetxt(CASES_ROWS, "y_true y_score")),
    _roc(
        "pandas, two numbered columns",
        pandas((0, 1), CASES_ROWS),
        roc_auc_score([0, *Y], [1, *SCORES]),
        warns="The first row is 0, 1: if these are the names of the columns, take it out.",
    ),
    _roc("score before label, no heads", joined(columns(SCORES, Y))),
    _roc("label before score, no heads", joined(CASES_ROWS)),
    _roc("yes and no", joined([("diagnosed", "risk"), *columns(WORDS, SCORES)])),
    _roc("True and False", pandas(("churn", "probability"), columns([bool(y) for y in Y], SCORES))),
    _roc(
        "SVM: −1 and 1 with distances",
        joined([("label", "decision_function"), *columns([2 * y - 1 for y in Y], LOGITS)]),
        roc_auc_score(Y, LOGITS),
    ),
    _roc(
        "M and B",
        joined([("diagnosis", "score"), *columns([("B", "M")[y] for y in Y], SCORES)]),
        asks="“m” is positive",
    ),
    _roc(
        "1 and 2, as R codes a factor",
        joined([("class", "score"), *columns([y + 1 for y in Y], SCORES)]),
        asks="“2” is positive",
    ),
    _roc(
        "predict_proba, both columns",
        pandas(("y", "prob_0", "prob_1"), columns(Y, [round(1 - s, 4) for s in SCORES], SCORES)),
    ),
    _roc(
        "predict_proba, by number",
        pandas(("label", "0", "1"), columns(Y, [round(1 - s, 4) for s in SCORES], SCORES), range(COUNT)),
    ),
    _roc(
        "caret",
        r_csv(
            ("pred", "obs", "No", "Yes", "rowIndex"),
            columns(
                [("No", "Yes")[h] for h in HARD],
                [("No", "Yes")[y] for y in Y],
                [round(1 - s, 4) for s in SCORES],
                SCORES,
                SHUFFLED,
            ),
        ),
    ),
    _roc("several models", pandas(("y_true", "logreg", "forest"), columns(Y, SCORES, OTHER))),
    _roc(
        "several models by score heads, beside features",
        pandas(("age", "y", "score_a", "score_b"), columns(IDS, Y, SCORES, OTHER)),
        warns="“age”",
    ),
    _roc(
        "a long table of models",
        joined(
            [
                ("model", "y", "score"),
                *[("a", y, s) for y, s in CASES_ROWS],
                *[("b", y, s) for y, s in columns(Y, OTHER)],
            ]
        ),
    ),
    _roc(
        "weights",
        joined([("label", "score", "sample_weight"), *columns(Y, SCORES, WEIGHTS)]),
        roc_auc_score(Y, SCORES, sample_weight=WEIGHTS),
    ),
    _roc(
        "Kaggle, Titanic",
        joined([("PassengerId", "Survived", "Probability"), *columns(range(892, 892 + COUNT), Y, SCORES)]),
    ),
    _roc("Kaggle with Id", joined([("Id", "target", "prediction"), *columns(IDS, Y, SCORES)])),
    _roc(
        "a customer number", joined([("customer", "churned", "p_churn"), *columns(IDS, Y, SCORES)]), warns="“customer”"
    ),
    _roc(
        "hard predictions",
        joined([("y_true", "y_pred"), *columns(Y, HARD)]),
        roc_auc_score(Y, HARD),
        warns="predictions, not scores",
    ),
    _roc("hard predictions beside scores", joined([("y_true", "y_pred", "y_score"), *columns(Y, HARD, SCORES)])),
    _roc(
        "hard predictions without heads",
        joined(columns(Y, HARD)),
        roc_auc_score(Y, HARD),
        asks="the label in column 1",
        warns="predictions, not scores",
    ),
    _roc(
        "NA among the labels",
        r_csv(("label", "score"), [*CASES_ROWS, ("NA", 0.5), ("NA", 0.1)]).replace('"NA"', "NA"),
        warns="2 rows are left out",
    ),
    _roc("NaN among the scores", joined([("label", "score"), *CASES_ROWS, (1, "NaN")]), warns="1 row is left out"),
    _roc("pandas with a score missing", pandas(("label", "score"), [*CASES_ROWS, (1, "")]), asks="Leave out the row"),
    _roc("thousands", joined([("label", "score"), *columns(Y, [f"{round(1e6 * s):,}" for s in SCORES])])),
    _roc("three classes", pandas(("label", "score"), columns(CLUSTERS, SCORES[:36])), refused="3 different labels"),
    _roc(
        "WEKA, predictions",
        joined(
            [
                ("inst#", "actual", "predicted", "error", "prediction"),
                *[
                    (at, f"{y + 1}:{WORDS[at - 1]}", f"{h + 1}:{('no', 'yes')[h]}", "+" if y != h else "", 0.8)
                    for at, (y, h) in enumerate(columns(Y, HARD), 1)
                ],
            ]
        ),
        refused="WEKA’s list of predictions",
    ),
    _roc(
        "WEKA, ARFF",
        "% from Weka\n@relation 'a b'\n@attribute score numeric\n@attribute class {no,yes}\n@data\n"
        + joined(columns(SCORES, WORDS)),
    ),
    _roc("SPSS", german(("outcome", "PRE_1"), CASES_ROWS)),
    _roc(
        "JMP",
        joined(
            [
                ("outcome", "Prob[0]", "Prob[1]", "Most Likely outcome"),
                *columns(Y, [round(1 - s, 4) for s in SCORES], SCORES, HARD),
            ]
        ),
    ),
    _roc(
        "a row too long",
        joined([("label", "score"), *CASES_ROWS[:6], (1, 0.5, 7), *CASES_ROWS[6:]]),
        refused="Row 7 has 3 cells",
    ),
    _roc(
        "a row too short",
        joined([("label", "score"), *CASES_ROWS[:6], (1,), *CASES_ROWS[6:]]),
        refused="Row 7 has 1 cell",
    ),
    _roc(
        "turned round",
        joined([("label", "score"), *columns([1 - y for y in Y], SCORES)]),
        1 - AUC,
        warns="ranks the wrong way round",
    ),
    _roc(
        "a few cases in order",
        "0,0.1\n0,0.2\n0,0.3\n1,0.6\n1,0.8\n",
        1.0,
        asks="Labels and scores: the label in column 1",
    ),
    _roc("only heads", "label,score\n", refused="no rows"),
    _roc(
        "iris",
        pandas(("sepal length (cm)", "sepal width (cm)", "target"), XY_ROWS, range(36)),
        refused="silhouette calculator",
        to="#silhouette",
    ),
    _roc("a distance matrix", r_csv(tuple("abcdefghijkl"), SQUARE), refused="silhouette calculator", to="#silhouette"),
    _roc("roc_curve in pandas", pandas(("fpr", "tpr", "thresholds"), CURVE_ROWS, range(len(FPR)))),
    _roc("roc_curve, stacked", joined(CURVE_ROWS)),
    _roc("roc_curve without thresholds", savetxt(columns(FPR, TPR))),
    _roc(
        "pROC, coords",
        r_csv(
            ("threshold", "specificity", "sensitivity"),
            columns(THRESHOLDS[::-1], [1 - f for f in FPR[::-1]], TPR[::-1]),
        ).replace("inf", "Inf"),
    ),
    _roc(
        "percent with decimal commas",
        german(
            ("Sensitivität", "Sensitivity (%)", "1-Specificity (%)"),
            columns(["x"] * len(FPR), [100 * t for t in TPR], [100 * f for f in FPR]),
        ),
    ),
    _roc("TPR before FPR without heads", joined(columns(TPR[1:], FPR[1:])), asks="TPR, then FPR"),
    _roc(
        "sensitivity and specificity without heads",
        joined(columns(TPR, [1 - f for f in FPR])),
        asks="Sensitivity, then specificity",
    ),
    _roc(
        "counts by threshold",
        joined(
            [
                ("threshold", "tp", "fp", "fn", "tn"),
                *columns(["inf", *THRESHOLDS[1:]], TP, FP, [sum(Y) - t for t in TP], [COUNT - sum(Y) - f for f in FP]),
            ]
        ),
    ),
    _roc(
        "counts without heads, which the sums of rows tell",
        joined(columns(TP, FP, [sum(Y) - t for t in TP], [COUNT - sum(Y) - f for f in FP])),
    ),
    _roc(
        "ravel of a confusion matrix",
        "720,180,20,80\n",
        (0.8 + 0.8) / 2,
        asks="TN, FP, FN, TP, as scikit-learn’s ravel",
    ),
    _roc("confusion_matrix", "720 180\n20 80\n", (0.8 + 0.8) / 2, asks="0 first, as scikit-learn gives it"),
    _roc("crosstab with names", "Actual,Predicted 0,Predicted 1\n0,720,180\n1,20,80\n", (0.8 + 0.8) / 2),
    _roc("R's table of predictions", '"","Reference no","Reference yes"\n"no",720,20\n"yes",180,80\n', (0.8 + 0.8) / 2),
)

_COST = "expected_cost"


def cost_of(labels: Sequence[int], scores: Sequence[float], threshold: float = 1 / 11) -> float:
    """What 1,000 of these cases cost, a miss ten and a false alarm one."""
    bill = sum(
        (10 if y and s < threshold else 0) + (1 if not y and s >= threshold else 0)
        for y, s in zip(labels, scores, strict=True)
    )
    return 1000 * bill / len(labels)


COST = cost_of(Y, SCORES)


def _threshold(name: str, content: str | bytes, value: float = COST, **more: str) -> Case:
    return Case(name, "threshold-cost", content, _COST, value, **more)


THRESHOLD = (
    _threshold("pandas with index", pandas(("y_true", "y_score"), CASES_ROWS, range(COUNT))),
    _threshold("R, write.csv", r_csv(("obs", "prob"), columns(WORDS, SCORES))),
    _threshold("R, write.table", r_table(("label", "score"), CASES_ROWS)),
    _threshold("Excel in German", german(("Label", "Score"), CASES_ROWS)),
    _threshold("no heads", joined(CASES_ROWS)),
    _threshold("score before label, no heads", joined(columns(SCORES, Y))),
    _threshold(
        "any two labels",
        joined([("type", "score"), *columns([("ham", "spam")[y] for y in Y], SCORES)]),
        asks="“spam” is positive",
    ),
    _threshold(
        "log odds",
        joined([("label", "logit"), *columns(Y, LOGITS)]),
        cost_of(Y, [1 / (1 + numpy.exp(-each)) for each in LOGITS]),
        asks="Read them as log odds",
    ),
    _threshold("several models", pandas(("y", "a", "b"), columns(Y, SCORES, OTHER)), asks="The probability is “a”"),
    _threshold(
        "hard predictions",
        joined([("y_true", "y_pred"), *columns(Y, HARD)]),
        cost_of(Y, HARD),
        warns="predictions, not scores",
    ),
    Case(
        "roc_curve in pandas",
        "threshold-cost",
        pandas(("fpr", "tpr", "thresholds"), CURVE_ROWS, range(len(FPR))),
        "cheapest_cost",
        min(1000 * (0.9 * fpr + 0.1 * 10 * (1 - tpr)) for fpr, tpr in zip(FPR, TPR, strict=True)),
    ),
    _threshold("iris", pandas(XY_HEADS, XY_ROWS), refused="silhouette calculator", to="#silhouette"),
)

CLUSTERED = (
    _silhouette("pandas without index, numbered", pandas((0, 1, "label"), XY_ROWS)),
    _silhouette("pandas with index, numbered", pandas((0, 1, "label"), XY_ROWS, range(36))),
    _silhouette("pandas with index", pandas(XY_HEADS, XY_ROWS, range(36)), warns="Left out"),
    _silhouette(
        "pandas, four numbered columns",
        pandas((0, 1, 2, 3, "species"), [(*xy, *xy, kind) for xy, kind in zip(XY, KINDS, strict=True)]),
        silhouette_score([(*xy, *xy) for xy in XY], CLUSTERS),
    ),
    _silhouette(
        "R, write.csv of iris",
        r_csv(("Sepal.Length", "Sepal.Width", "Species"), XY_KINDS),
    ),
    _silhouette(
        "R, write.table of iris",
        r_table(("Sepal.Length", "Sepal.Width", "Species"), XY_KINDS),
    ),
    _silhouette("Excel in German", german(("Länge", "Breite", "Cluster"), XY_ROWS)),
    _silhouette(
        "Excel in German, three decimals",
        german(
            ("a", "b", "Cluster"),
            [(f"{a:.3f}".replace(".", ","), f"{b:.3f}".replace(".", ","), c) for a, b, c in XY_ROWS],
        ),
    ),
    _silhouette(
        "a day before one coordinate",
        pandas(("day", "y", "cluster"), [(at, a, kind) for at, (a, _, kind) in enumerate(XY_ROWS)]),
        silhouette_score([[row[0]] for row in XY_ROWS], CLUSTERS),
        warns="“day” (it counts the rows)",
    ),
    _silhouette("NumPy, savetxt", savetxt(XY_ROWS)),
    _silhouette(
        "no heads, a counter first", joined([(at, *row) for at, row in enumerate(XY_ROWS, 1)]), warns="Left out"
    ),
    _silhouette(
        "no heads, a few rows, a counter first",
        "1,0.1,0.2,a\n2,0.3,0.1,a\n3,0.9,0.8,b\n4,0.7,0.9,b\n",
        silhouette_score([(0.1, 0.2), (0.3, 0.1), (0.9, 0.8), (0.7, 0.9)], [0, 0, 1, 1]),
        asks="only numbers the rows: leave it out",
    ),
    _silhouette(
        "Kaggle, Mall customers",
        joined(
            [
                ("CustomerID", "Gender", "Income", "Spending", "cluster"),
                *[(at, ("Male", "Female")[at % 2], *row) for at, row in enumerate(XY_ROWS, 1)],
            ]
        ),
        warns="“CustomerID”",
    ),
    _silhouette(
        "numbers that rise under an unknown head",
        joined([("Kennung", *XY_HEADS), *[(1000 + 17 * at, *row) for at, row in enumerate(XY_ROWS)]]),
        asks="“Kennung” only numbers the rows",
    ),
    _silhouette(
        "a class beside a cluster",
        pandas(
            ("x", "y", "target", "cluster"),
            [(*xy, kind, cluster) for xy, kind, cluster in zip(XY, CLASSES, CLUSTERS, strict=True)],
        ),
        warns="“target” (a second label is no coordinate)",
    ),
    _silhouette(
        "species beside kmeans_labels",
        pandas(
            ("x", "y", "species", "kmeans_labels"),
            [(*xy, kind, cluster) for xy, kind, cluster in zip(XY, KINDS, CLUSTERS, strict=True)],
        ),
        warns="“species”",
    ),
    _silhouette(
        "Seurat",
        r_csv(
            ("UMAP_1", "UMAP_2", "seurat_clusters"), [(*xy, str(kind)) for xy, kind in zip(XY, CLUSTERS, strict=True)]
        ),
    ),
    _silhouette("scanpy", pandas(("UMAP1", "UMAP2", "leiden"), XY_ROWS, [f"AAAC{at:02}GT-1" for at in range(36)])),
    _silhouette(
        "DBSCAN",
        pandas(("x", "y", "label"), [(*xy, (0, 1, -1)[kind]) for xy, kind in zip(XY, CLUSTERS, strict=True)]),
        warns="noise",
    ),
    _silhouette("Excel, .xlsx", xlsx([("Länge", "Breite", "Cluster"), *XY_ROWS]), file="table.xlsx"),
    _silhouette(
        "Excel, .xlsx with words",
        xlsx([("length", "width", "kind"), *XY_KINDS]),
        file="table.xlsx",
    ),
    _silhouette(
        "distances from R",
        r_csv(
            ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "cluster"),
            [(*row, kind) for row, kind in zip(SQUARE, CLUSTERS, strict=False)],
        ),
        MEAN_OF_SQUARE,
    ),
    _silhouette(
        "distances without names", joined([(*row, KINDS[at]) for at, row in enumerate(SQUARE)]), MEAN_OF_SQUARE
    ),
    _silhouette(
        "a matrix of correlations",
        joined([[1 if a == b else 0.3 for b in range(5)] for a in range(5)]),
        refused="similarities",
    ),
    _silhouette(
        "labels and scores",
        pandas(("y_true", "y_score"), CASES_ROWS),
        asks="Points on a line, in clusters",
        value=silhouette_score([[s] for s in SCORES], Y),
    ),
    _silhouette(
        "points of a curve",
        pandas(("fpr", "tpr", "thresholds"), CURVE_ROWS),
        refused="ROC-AUC calculator",
        to="#roc-auc",
    ),
    _silhouette(
        "NaN among the coordinates",
        pandas(XY_HEADS, [*XY_ROWS, ("", 1.5, 2), (0.5, "", 1)]),
        asks="Leave out these 2 rows",
    ),
    _silhouette(
        "a row too long", pandas(XY_HEADS, [*XY_ROWS[:4], (1, 2, 3, 4), *XY_ROWS[4:]]), refused="Row 5 has 4 cells"
    ),
)

EVERY = (*ROC, *THRESHOLD, *CLUSTERED)
