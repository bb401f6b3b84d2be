"""A picture that stands alone."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from app.page.picture import Key, Picture, standalone

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = Picture(
    "Speed against sparsity",
    "curves",
    '<path xmlns="http://www.w3.org/2000/svg" d="M0 0h9" stroke="rgb(1, 2, 3)"/>',
    400,
    280,
    False,
    (Key("key line part-1", "rgb(1, 2, 3)", "2:4"), Key("key rings part-2", "rgb(4, 5, 6)", "<measured> & known")),
    "rgb(250, 250, 249)",
    "rgb(26, 31, 36)",
)


def test_it_has_its_title_its_drawing_its_legend_and_where_it_is_from() -> None:
    made = standalone(DRAWN, "Pruning calculator")
    root = ElementTree.fromstring(made.text)
    assert (root.get("width"), root.get("height")) == (str(made.width), str(made.height))
    assert root.findtext(f"{SVG}title") == "Speed against sparsity"
    assert [each.text for each in root.iter(f"{SVG}text")] == [
        "Speed against sparsity",
        "2:4",
        "<measured> & known",
        "Pruning calculator",
    ]
    assert root.find(f".//{SVG}g/{SVG}path[@stroke='rgb(1, 2, 3)']") is not None
    assert root.find(f"{SVG}circle").get("stroke") == "rgb(4, 5, 6)"  # type: ignore[union-attr]


def test_it_asks_for_nothing_and_needs_no_style() -> None:
    text = standalone(DRAWN, "Pruning calculator").text
    assert [*re.findall(r"https?://[^\"]+", text)] == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"href|url\(|class=|style|@import|<script", text)


@pytest.mark.parametrize(
    ("across", "down", "stretched", "scales"), [(1000, 40, True, (0.64, 0.7)), (400, 280, False, (1.6, 1.6))]
)
def test_a_drawing_is_as_wide_as_all_and_a_bar_as_high_as_on_the_page(
    across: float, down: float, stretched: bool, scales: tuple[float, float]
) -> None:
    text = standalone(DRAWN._replace(across=across, down=down, stretched=stretched), "").text
    found = re.search(r"scale\(([\d.]+) ([\d.]+)\)", text)
    assert found
    assert (float(found[1]), float(found[2])) == scales


def test_nothing_lies_beyond_its_edge() -> None:
    words = "a fairly long entry of a legend " * 12
    made = standalone(DRAWN._replace(title=words, legend=(Key("key", "red", words),) * 3), "")
    ys = [float(each.get("y") or 0) for each in ElementTree.fromstring(made.text).iter(f"{SVG}text")]
    assert ys == sorted(ys)
    assert len(ys) > 12
    assert max(ys) < made.height
