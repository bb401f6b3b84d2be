"""Files as people have them, dropped on whatever box: the answer, or the question with what each reading comes to; what
each column is taken for, changed by keyboard; and all of it in the link.
"""

from __future__ import annotations

import base64

import pytest
from playwright.sync_api import Page, expect

from tests import corpus
from tests.browser.looks import check_for_everyone
from tests.browser.opening import Open
from tests.corpus import AUC, XY_HEADS, XY_ROWS, columns, german, joined, pandas, r_table, xlsx


def drop(page: Page, slug: str, field: str, content: str | bytes, name: str = "table.csv") -> None:
    """Drop a file on a box, wherever it belongs."""
    data = content.encode() if isinstance(content, str) else content
    page.eval_on_selector(
        f"#{slug} .field[data-name={field}]",
        """(box, [name, text]) => {
          const data = new DataTransfer();
          const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
          data.items.add(new File([bytes], name));
          box.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        [name, base64.b64encode(data).decode()],
    )


def value(page: Page, output: str) -> float:
    return float(page.locator(f"output[name={output}] data").first.get_attribute("value") or "nan")


def answers(page: Page, slug: str, output: str, wanted: float) -> None:
    """The page has this answer, once it is there."""
    expect(page.locator(f"#{slug}-verdict .claim")).not_to_contain_text("No answer")
    page.wait_for_function(
        """([slug, name, wanted]) => {
          const data = document.querySelector(`#${slug} output[name=${name}] data`);
          return data && data.value && Math.abs(data.value - wanted) < 1e-9;
        }""",
        arg=[slug, output, wanted],
    )


def test_files_dropped_on_any_box_of_the_roc_page(open_here: Open) -> None:
    page = open_here("#roc-auc")
    cases = pandas(("y_true", "y_score"), corpus.CASES_ROWS, corpus.SHUFFLED)
    drop(page, "roc-auc", "points", cases)
    answers(page, "roc-auc", "auc", AUC)
    expect(page.locator("#roc-auc [name=scores]")).not_to_be_empty()
    roles = page.locator("#roc-auc-heads-scores select")
    expect(roles).to_have_count(3)
    assert [each.input_value() for each in roles.all()] == ["out", "label", "score"]
    expect(page.locator("#roc-auc-scores-note")).to_contain_text("Left out: column 1")
    # By keyboard: the score is left out, and the answer stands no more; then it is the score again.
    roles.nth(2).focus()
    page.keyboard.press("End")
    expect(page.locator("#roc-auc-verdict")).to_contain_text("Choose above the columns")
    assert page.evaluate("document.activeElement.id") == "roc-auc-scores-role-2"
    page.keyboard.press("s")
    answers(page, "roc-auc", "auc", AUC)
    page.wait_for_url("**scores_columns=out,label,score**")
    # A few cases in order may be a curve: the page asks, with what each comes to.
    drop(page, "roc-auc", "scores", "0,0.1\n0,0.2\n0,0.3\n1,0.6\n1,0.8\n")
    ways = page.locator("#roc-auc-verdict .ways li")
    expect(ways).to_have_count(2)
    expect(ways.nth(0)).to_contain_text("Area under the ROC curve 1")
    check_for_everyone(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    ways.nth(0).get_by_role("button").press("Enter")
    answers(page, "roc-auc", "auc", 1)
    page.wait_for_url("**scores_columns=label,score**")
    link = page.url.partition("#")[2]
    # Which label is positive is asked in the same way.
    drop(
        page,
        "roc-auc",
        "points",
        german(("Diagnose", "Score"), columns([("B", "M")[y] for y in corpus.Y], corpus.SCORES)),
    )
    page.get_by_role("button", name="“m” is positive").click()
    answers(page, "roc-auc", "auc", AUC)
    drop(page, "roc-auc", "scores", xlsx([("label", "score"), *corpus.CASES_ROWS]), "table.xlsx")
    answers(page, "roc-auc", "auc", AUC)
    drop(page, "roc-auc", "scores", joined([("label", "score"), *corpus.CASES_ROWS], "\t").encode("utf-16"))
    answers(page, "roc-auc", "auc", AUC)
    drop(page, "roc-auc", "scores", "label,score\n1,0.5\n0,0.4,7\n")
    expect(page.locator("#roc-auc-verdict")).to_contain_text("Row 2 has 3 cells, and there are 2 heads")
    expect(page.locator("#roc-auc [name=scores]")).to_have_value("label,score\n1,0.5\n0,0.4,7\n")
    # What belongs to another page has the way there, with the table.
    drop(page, "roc-auc", "scores", pandas(XY_HEADS, XY_ROWS, range(36)))
    page.get_by_role("link", name="To the silhouette calculator").click()
    answers(page, "silhouette", "silhouette", corpus.MEAN)
    page = open_here(f"#{link}")
    answers(page, "roc-auc", "auc", 1)
    assert [each.input_value() for each in page.locator("#roc-auc-heads-scores select").all()] == ["label", "score"]


def test_files_dropped_on_the_threshold_and_the_silhouette_page(open_here: Open) -> None:
    page = open_here("#threshold-cost")
    drop(page, "threshold-cost", "points", r_table(("label", "score"), corpus.CASES_ROWS))
    answers(page, "threshold-cost", "expected_cost", corpus.COST)
    drop(page, "threshold-cost", "scores", joined([("label", "logit"), *columns(corpus.Y, corpus.LOGITS)]))
    page.get_by_role("button", name="Read them as log odds").click()
    expect(page.locator("#threshold-cost-verdict")).to_contain_text("log odds")
    page = open_here("#silhouette")
    drop(page, "silhouette", "distances", german(("Länge", "Breite", "Cluster"), XY_ROWS))
    answers(page, "silhouette", "silhouette", corpus.MEAN)
    heads = page.locator("#silhouette-heads-points th")
    expect(heads.nth(1)).to_contain_text("Länge")
    page.locator("#silhouette-points-role-0").select_option("out")
    one = pytest.importorskip("sklearn.metrics").silhouette_score([[row[1]] for row in XY_ROWS], corpus.CLUSTERS)
    answers(page, "silhouette", "silhouette", one)
    page.wait_for_url("**points_columns=**")  # the address follows after a pause
    page.go_back()
    answers(page, "silhouette", "silhouette", corpus.MEAN)
    page.locator("#silhouette-points-0-0").fill("0.5")
    expect(page.locator("#silhouette [name=points]")).to_have_value(
        f"Länge,Breite,Cluster;0.5,{joined(XY_ROWS)[joined(XY_ROWS).index(',') + 1 :].strip().replace(chr(10), ';')}"
    )
    check_for_everyone(page)
