"""What the style sheet does not do, on which tests in a browser rely."""

from __future__ import annotations

import re

from tools.paths import ROOT

STYLE = (ROOT / "static" / "style.css").read_text(encoding="utf-8")
BY_WIDTH = re.findall(r"@media \([^)]*width[^)]*\) \{\n?((?:[^{}]*\{[^{}]*\})*)", STYLE)


def test_a_dark_scheme_changes_colours_alone() -> None:
    assert "prefers-color-scheme" not in STYLE
    assert STYLE.count("light-dark(") > 5  # which takes nothing but colours


def test_the_width_changes_no_colour() -> None:
    assert len(BY_WIDTH) >= 2
    for block in BY_WIDTH:
        assert not re.search(r"color|background|border|outline|opacity|--", block)
